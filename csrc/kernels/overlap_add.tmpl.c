/* The way back from spectra: to frames times their window, added where they belong. See frames.tmpl.c. */

typedef struct {
    R *re, *im;   /* a spectrum */
    P *z;
    V *lanes;
    R *rows;      /* frames */
    R *spectra;   /* of a group of fewer frames */
} FN(back_work);

static size_t FN(back_work_at)(const sk_spectrum *s, char *scratch, FN(back_work) *work)
{
    const size_t n = (size_t)s->plan->n, real = sizeof(R), group = FN(is_within)(s) ? 1 : (size_t)LANES;
    size_t used = 0;
#define PIECE(member, bytes) \
    if (work) \
        work->member = (void *)(scratch + used); \
    used += ((size_t)(bytes) + 63) & ~(size_t)63
    PIECE(rows, 2 * group * (size_t)s->n * real);
    if (FN(is_within)(s)) {
        PIECE(z, 2 * n * real);
        PIECE(re, n * real + 64);
        PIECE(im, n * real + 64);
    } else {
        PIECE(z, n * sizeof(P));
        PIECE(lanes, (n + 1) * sizeof(P));
        PIECE(spectra, 2 * group * (size_t)s->bins * real);
    }
#undef PIECE
    return used;
}

static size_t FN(overlap_add_scratch)(const sk_spectrum *s)
{
    return FN(back_work_at)(s, NULL, NULL);
}

/* The window over the number of points: the transform back leaves its scale to it. */
static void FN(overlap_add_window)(const sk_spectrum *s, void *to)
{
    for (ptrdiff_t j = 0; j < s->length; j++)
        ((R *)to)[j] = (R)(s->window[j] / (double)s->n);
}

/* The point of a packed frame from bin k and the one that mirrors it: the reverse of part(); parts swapped. */
SK_INLINE P FN(pack)(P a, P b, V re, V im)
{
    const P even = {a.re + b.re, a.im - b.im}, odd = FN(times)((P){a.re - b.re, a.im + b.im}, re, -im);
    return (P){even.im + odd.re, even.re - odd.im};
}

typedef struct {
    const R *re, *im, *turns, *turns_im;
    const P *lanes;
    ptrdiff_t n, bins, first; /* points; bins; which of them comes first */
} FN(back_source);

SK_INLINE P FN(load_packed_bins)(const void *context, ptrdiff_t i)
{
    const FN(back_source) *s = context;
    const ptrdiff_t k = i * LANES, back = s->n - k - LANES + 1;
    const P a = {VLOAD(s->re + k), VLOAD(s->im + k)};
    const P b = {SHUFFLE(reversed, VLOAD(s->re + back), VLOAD(s->re + back)),
                 SHUFFLE(reversed, VLOAD(s->im + back), VLOAD(s->im + back))};
    return FN(pack)(a, b, VLOAD(s->turns + k), VLOAD(s->turns_im + k));
}

SK_INLINE P FN(load_complex_bins)(const void *context, ptrdiff_t i)
{
    const FN(back_source) *s = context;
    const ptrdiff_t at = i * LANES + s->first;
    const P a = FN(load_complex)(s->re + 2 * (at >= s->n ? at - s->n : at));
    return (P){a.im, a.re};
}

SK_INLINE P FN(load_packed_lanes)(const void *context, ptrdiff_t k)
{
    const FN(back_source) *s = context;
    return FN(pack)(s->lanes[k], s->lanes[s->n - k], VEVERY(s->turns[k]), VEVERY(s->turns_im[k]));
}

SK_INLINE P FN(load_bin_lanes)(const void *context, ptrdiff_t k)
{
    const FN(back_source) *s = context;
    if (k >= s->bins) { /* one side of a real frame of odd length */
        const P a = s->lanes[s->n - k];
        return (P){-a.im, a.re};
    }
    const ptrdiff_t at = k + s->first;
    const P a = s->lanes[at >= s->n ? at - s->n : at];
    return (P){a.im, a.re};
}

SK_INLINE void FN(store_frame)(void *context, ptrdiff_t k, P p)
{
    FN(store_complex)((R *)context + 2 * LANES * k, (P){p.im, p.re});
}

static void FN(back_within)(const sk_spectrum *s, const R *bins, const FN(back_work) *work)
{
    const ptrdiff_t m = s->plan->n;
    const R *turns = s->turns;
    if (!s->packed) {
        const FN(back_source) source = {.re = bins, .n = m, .first = s->centered ? m / 2 : 0};
        FN(fft_line)(s->plan, FN(load_complex_bins), &source, work->z, FN(store_frame), work->rows);
        return;
    }
    for (ptrdiff_t k = 0; k < m; k += LANES) {
        const P a = FN(load_complex)(bins + 2 * k);
        VSTORE(work->re + k, a.re);
        VSTORE(work->im + k, a.im);
    }
    work->re[m] = bins[2 * m];
    work->im[0] = work->im[m] = 0; /* what a real frame's spectrum cannot have */
    const FN(back_source) source = {work->re, work->im, turns, turns + m + 1, NULL, m, m + 1, 0};
    FN(fft_line)(s->plan, FN(load_packed_bins), &source, work->z, FN(store_frame), work->rows);
}

static void FN(back_in_lanes)(const sk_spectrum *s, const R *spectra, ptrdiff_t stride, ptrdiff_t count, int parts,
                              const FN(back_work) *work)
{
    const ptrdiff_t m = s->plan->n, reals = 2 * s->bins;
    const R *turns = s->turns;
    if (count < LANES) {
        memset(work->spectra, 0, (size_t)(LANES * reals) * sizeof(R));
        for (ptrdiff_t f = 0; f < count; f++)
            memcpy(work->spectra + f * reals, (const char *)spectra + f * stride, (size_t)reals * sizeof(R));
        spectra = work->spectra;
        stride = reals * (ptrdiff_t)sizeof(R);
    }
    FN(rows_to_lanes)(spectra, stride, reals, work->lanes, 1);
    FN(back_source) source = {.lanes = (P *)work->lanes, .n = m, .bins = s->bins, .first = s->centered ? m / 2 : 0};
    V *frame = work->lanes;
    if (parts == 1) {
        work->lanes[1] = VEVERY(0);
        if (s->n % 2 == 0)
            work->lanes[reals - 1] = VEVERY(0);
    }
    if (s->packed) {
        source.turns = turns;
        source.turns_im = turns + m + 1;
        FN(fft_rows)(s->plan, FN(load_packed_lanes), &source, work->z);
    } else {
        FN(fft_rows)(s->plan, FN(load_bin_lanes), &source, work->z);
    }
    for (ptrdiff_t j = 0; j < m; j++) {
        const P p = work->z[j];
        if (parts == 1 && !s->packed) {
            frame[j] = p.im;
        } else {
            frame[2 * j] = p.im;
            frame[2 * j + 1] = p.re;
        }
    }
    FN(lanes_to_rows)(frame, parts * s->n, work->rows, parts * s->n * (ptrdiff_t)sizeof(R));
}

/* Whether a spectrum holds what is not finite, imaginary parts that a real frame's cannot have left out. */
static int FN(has_poison)(const sk_spectrum *s, const R *bins, int parts)
{
    R poison = 0;
#pragma omp simd reduction(+ : poison)
    for (ptrdiff_t k = 0; k < 2 * s->bins; k++)
        poison += bins[k] * 0;
    if (poison == 0 || parts == 2)
        return poison != 0;
    poison = 0;
    for (ptrdiff_t k = 0; k < s->bins; k++)
        poison += bins[2 * k] * 0 + (k == 0 || 2 * k == s->n ? 0 : bins[2 * k + 1] * 0);
    return poison != 0;
}

SK_INLINE void FN(add_frames)(const sk_spectrum *s, const char *spectra, ptrdiff_t stride, ptrdiff_t count,
                              ptrdiff_t hop, char *scratch, R *sum, ptrdiff_t begin, ptrdiff_t end, int parts)
{
    FN(back_work) work;
    FN(back_work_at)(s, scratch, &work);
    const R *window = s->table;
    const ptrdiff_t group = FN(is_within)(s) ? 1 : LANES;
    for (ptrdiff_t f = 0; f < count; f += group) {
        const ptrdiff_t some = count - f < group ? count - f : group;
        const R *bins = (const R *)(spectra + f * stride);
        if (FN(is_within)(s))
            FN(back_within)(s, bins, &work);
        else
            FN(back_in_lanes)(s, bins, stride, some, parts, &work);
        for (ptrdiff_t g = 0; g < some; g++) {
            const ptrdiff_t at = (f + g) * hop; /* of the window's first sample */
            const ptrdiff_t first = begin > at ? begin - at : 0, last = end - at < s->length ? end - at : s->length;
            const R *frame = work.rows + parts * (g * s->n + s->offset);
            R *to = sum + parts * (at - begin);
            if (FN(has_poison)(s, (const R *)(spectra + (f + g) * stride), parts)) {
                for (ptrdiff_t i = parts * first; i < parts * last; i++)
                    to[i] = (R)NAN;
            } else if (parts == 1) {
                for (ptrdiff_t j = first; j < last; j++)
                    to[j] += frame[j] * window[j];
            } else {
                for (ptrdiff_t j = first; j < last; j++) {
                    to[2 * j] += frame[2 * j] * window[j];
                    to[2 * j + 1] += frame[2 * j + 1] * window[j];
                }
            }
        }
    }
}

static void FN(overlap_add_real)(const sk_spectrum *s, const void *spectra, ptrdiff_t stride, ptrdiff_t count,
                                 ptrdiff_t hop, void *scratch, void *sum, ptrdiff_t begin, ptrdiff_t end)
{
    FN(add_frames)(s, spectra, stride, count, hop, scratch, sum, begin, end, 1);
}

static void FN(overlap_add_complex)(const sk_spectrum *s, const void *spectra, ptrdiff_t stride, ptrdiff_t count,
                                    ptrdiff_t hop, void *scratch, void *sum, ptrdiff_t begin, ptrdiff_t end)
{
    FN(add_frames)(s, spectra, stride, count, hop, scratch, sum, begin, end, 2);
}

/* out[i] = sum[i] weights[i], of one or two parts. */
static void FN(weigh)(const void *sum, const void *weights, void *out, ptrdiff_t n, int parts)
{
    const R *x = sum, *w = weights;
    R *to = out;
    if (parts == 1) {
        for (ptrdiff_t i = 0; i < n; i++)
            to[i] = x[i] * w[i];
        return;
    }
    for (ptrdiff_t i = 0; i < n; i++) {
        to[2 * i] = x[2 * i] * w[i];
        to[2 * i + 1] = x[2 * i + 1] * w[i];
    }
}

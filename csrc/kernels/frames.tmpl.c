/* Spectra of windowed frames: samples to rows of results, see sk_frames_fn.
 *
 * Within one transform (fft_line): a frame is loaded where it lies, times its window. Lane = frame (fft_rows), for the
 * numbers of points that do not spread over the lanes: as many frames as lanes are turned over on the way in and out.
 * A real frame of even length is `packed`: its even samples are the real parts of half as many points, its odd ones
 * the imaginary parts, and the two spectra that so overlap are told apart afterwards. */

typedef struct {
    R *points;       /* a frame that must be copied */
    R *re, *im;      /* a spectrum in natural order, and one element more */
    P *z;            /* of the transform */
    V *lanes;        /* points, then results, of as many frames as lanes */
    R *frames, *raw; /* of a group of fewer frames; results in the making */
} FN(frame_work);

SK_INLINE int FN(is_within)(const sk_spectrum *s)
{
    return s->plan->rows != s->plan->n;
}

/* Reals of a result before it is made a magnitude, an angle or decibels. */
SK_INLINE int FN(raw_parts)(const sk_spectrum *s)
{
    return s->keep == SK_KEEP_COMPLEX || s->keep == SK_KEEP_PHASE ? 2 : 1;
}

static size_t FN(frame_work_at)(const sk_spectrum *s, char *scratch, FN(frame_work) *work)
{
    const size_t n = (size_t)s->plan->n, real = sizeof(R), group = FN(is_within)(s) ? 1 : (size_t)LANES;
    size_t used = 0;
#define PIECE(member, bytes) \
    if (work) \
        work->member = (void *)(scratch + used); \
    used += ((size_t)(bytes) + 63) & ~(size_t)63
    PIECE(raw, 2 * group * (size_t)s->bins * real);
    if (FN(is_within)(s)) {
        PIECE(z, 2 * n * real);
        PIECE(points, 2 * n * real);
        PIECE(re, n * real + 64);
        PIECE(im, n * real + 64);
    } else {
        PIECE(z, n * sizeof(P));
        PIECE(lanes, (n + 1) * sizeof(P));
        PIECE(frames, 2 * group * (size_t)s->length * real);
    }
#undef PIECE
    return used;
}

static size_t FN(frames_scratch)(const sk_spectrum *s)
{
    return FN(frame_work_at)(s, NULL, NULL);
}

/* The window as the loads want it: a value for each sample; packed and within one transform, those of the even samples
 * of a vector before those of the odd ones. Packed it is halved: that leaves nothing to scale when spectra part. */
static void FN(frames_window)(const sk_spectrum *s, void *to)
{
    R *w = to;
    const R factor = s->packed ? (R)0.5 : 1;
    if (!FN(is_within)(s)) {
        for (ptrdiff_t j = 0; j < s->length; j++)
            w[j] = (R)s->window[j] * factor;
        return;
    }
    memset(w, 0, (size_t)s->n * sizeof(R));
    for (ptrdiff_t j = 0; j < s->length; j++) {
        const ptrdiff_t i = j + s->offset, vector = i / (2 * LANES) * 2 * LANES, within = i - vector;
        w[s->packed ? vector + within % 2 * LANES + within / 2 : i] = (R)s->window[j] * factor;
    }
}

/* Of samples of one or two parts: each part's mean, and (linear) its rise from sample to sample. */
static void FN(trend)(const R *x, ptrdiff_t length, int parts, sk_detrend detrend, double mean[2], double rise[2])
{
    enum { SUMS = 16 };
    double sum[SUMS] = {0};
    mean[0] = mean[1] = rise[0] = rise[1] = 0;
    if (detrend == SK_DETREND_NONE)
        return;
    ptrdiff_t i = 0;
    for (; i + SUMS <= parts * length; i += SUMS)
        for (int k = 0; k < SUMS; k++)
            sum[k] += (double)x[i + k];
    for (int k = 0; i < parts * length; i++, k++)
        sum[k] += (double)x[i];
    for (int k = 0; k < SUMS; k++)
        mean[k % parts] += sum[k];
    const double n = (double)length, middle = 0.5 * (n - 1);
    mean[0] /= n;
    mean[1] = parts == 2 ? mean[1] / n : 0;
    if (detrend != SK_DETREND_LINEAR || length < 2)
        return;
    for (int part = 0; part < parts; part++) {
        for (ptrdiff_t j = 0; j < length; j++)
            rise[part] += ((double)x[parts * j + part] - mean[part]) * ((double)j - middle);
        rise[part] /= n * (n * n - 1) / 12;
    }
}

SK_INLINE R FN(rounding)(double value)
{
    return (R)(value - (double)(R)value);
}

/* ---- within one transform ---- */

typedef struct {
    const R *x, *window;
    P mean, rest; /* what to subtract, and what its rounding left: a large mean would lose its last digits */
} FN(frame_source);

SK_INLINE P FN(load_packed_frame)(const void *context, ptrdiff_t i)
{
    const FN(frame_source) *s = context;
    const P a = FN(load_complex)(s->x + 2 * LANES * i);
    const R *w = s->window + 2 * LANES * i;
    return (P){(a.re - s->mean.re - s->rest.re) * VLOAD(w), (a.im - s->mean.im - s->rest.im) * VLOAD(w + LANES)};
}

SK_INLINE P FN(load_complex_frame)(const void *context, ptrdiff_t i)
{
    const FN(frame_source) *s = context;
    const P a = FN(load_complex)(s->x + 2 * LANES * i);
    const V w = VLOAD(s->window + LANES * i);
    return (P){(a.re - s->mean.re - s->rest.re) * w, (a.im - s->mean.im - s->rest.im) * w};
}

typedef struct {
    R *out, *im;
    ptrdiff_t first, bins; /* where bin 0 goes */
} FN(frame_target);

SK_INLINE void FN(store_parts)(void *context, ptrdiff_t k, P p)
{
    const FN(frame_target) *t = context;
    VSTORE(t->out + k * LANES, p.re);
    VSTORE(t->im + k * LANES, p.im);
}

SK_INLINE ptrdiff_t FN(bin_place)(const FN(frame_target) *t, ptrdiff_t k)
{
    const ptrdiff_t at = k * LANES + t->first;
    return at >= t->bins ? at - t->bins : at;
}

SK_INLINE void FN(store_bins)(void *context, ptrdiff_t k, P p)
{
    const FN(frame_target) *t = context;
    FN(store_complex)(t->out + 2 * FN(bin_place)(t, k), p);
}

SK_INLINE void FN(store_powers)(void *context, ptrdiff_t k, P p)
{
    const FN(frame_target) *t = context;
    VSTORE(t->out + FN(bin_place)(t, k), MADD(p.re, p.re, p.im * p.im));
}

/* a + conj(b), and -i w (a - conj(b)): their sum is bin k, the conjugate of their difference bin n - k. */
SK_INLINE void FN(part)(P a, P b, V re, V im, P *bin, P *mirror)
{
    const P even = {a.re + b.re, a.im - b.im}, odd = FN(times)((P){a.im + b.im, b.re - a.re}, re, im);
    *bin = FN(plus)(even, odd);
    *mirror = (P){even.re - odd.re, odd.im - even.im};
}

/* The bins of a packed frame from the m points of its transform. */
SK_INLINE void FN(part_row)(const sk_spectrum *s, const R *re, const R *im, R *out, int powers)
{
    const ptrdiff_t m = s->plan->n, half = m / 2;
    const R *turns = s->turns, *turns_im = turns + m + 1;
    for (ptrdiff_t k = 0; k < half; k += LANES) {
        const ptrdiff_t back = m - k - LANES + 1;
        const P a = {VLOAD(re + k), VLOAD(im + k)};
        const P b = {SHUFFLE(reversed, VLOAD(re + back), VLOAD(re + back)),
                     SHUFFLE(reversed, VLOAD(im + back), VLOAD(im + back))};
        P bin, mirror;
        FN(part)(a, b, VLOAD(turns + k), VLOAD(turns_im + k), &bin, &mirror);
        mirror = (P){SHUFFLE(reversed, mirror.re, mirror.re), SHUFFLE(reversed, mirror.im, mirror.im)};
        if (powers) {
            VSTORE(out + k, MADD(bin.re, bin.re, bin.im * bin.im));
            VSTORE(out + back, MADD(mirror.re, mirror.re, mirror.im * mirror.im));
        } else {
            FN(store_complex)(out + 2 * k, bin);
            FN(store_complex)(out + 2 * back, mirror);
        }
    }
    const R middle_re = 2 * re[half], middle_im = -2 * im[half];
    if (powers) {
        out[half] = middle_re * middle_re + middle_im * middle_im;
    } else {
        out[2 * half] = middle_re;
        out[2 * half + 1] = middle_im;
        out[1] = out[2 * m + 1] = 0; /* not -0 */
    }
}

/* One frame's bins or their powers. */
static void FN(spectrum_within)(const sk_spectrum *s, const R *x, int parts, int powers, const FN(frame_work) *work,
                                R *out)
{
    const int width = s->packed ? 1 : 2;
    double mean[2], rise[2];
    FN(trend)(x, s->length, parts, s->detrend, mean, rise);
    const int second = !s->packed;
    FN(frame_source) source = {x, s->table, {VEVERY((R)mean[0]), VEVERY((R)mean[second])},
                               {VEVERY(FN(rounding)(mean[0])), VEVERY(FN(rounding)(mean[second]))}};
    if (s->length < s->n || s->detrend == SK_DETREND_LINEAR || parts < width) {
        R *to = work->points + width * s->offset;
        memset(work->points, 0, (size_t)(width * s->n) * sizeof(R));
        if (s->detrend == SK_DETREND_LINEAR) {
            const double middle = 0.5 * (double)(s->length - 1);
            for (ptrdiff_t j = 0; j < s->length; j++)
                for (int part = 0; part < parts; part++)
                    to[width * j + part] = (R)((double)x[parts * j + part] - mean[part]
                                               - rise[part] * ((double)j - middle));
            source.mean = source.rest = (P){VEVERY(0), VEVERY(0)};
        } else if (parts == width) {
            memcpy(to, x, (size_t)(parts * s->length) * sizeof(R));
        } else {
            for (ptrdiff_t j = 0; j < s->length; j++)
                to[2 * j] = x[j];
        }
        source.x = work->points;
    }
    if (s->packed) {
        FN(frame_target) target = {work->re, work->im, 0, 0};
        FN(fft_line)(s->plan, FN(load_packed_frame), &source, work->z, FN(store_parts), &target);
        work->re[s->plan->n] = work->re[0];
        work->im[s->plan->n] = work->im[0];
        if (powers)
            FN(part_row)(s, work->re, work->im, out, 1);
        else
            FN(part_row)(s, work->re, work->im, out, 0);
        return;
    }
    FN(frame_target) target = {out, NULL, s->centered ? s->n / 2 : 0, s->n};
    if (powers)
        FN(fft_line)(s->plan, FN(load_complex_frame), &source, work->z, FN(store_powers), &target);
    else
        FN(fft_line)(s->plan, FN(load_complex_frame), &source, work->z, FN(store_bins), &target);
}

/* ---- lane = frame ---- */

SK_INLINE P FN(load_lanes)(const void *context, ptrdiff_t i)
{
    return ((const P *)context)[i];
}

/* lanes[base + step j] = reals j of `rows`, rows `stride` bytes apart. */
SK_INLINE void FN(rows_to_lanes)(const R *rows, ptrdiff_t stride, ptrdiff_t n, V *lanes, ptrdiff_t step)
{
    const char *from = (const char *)rows;
    ptrdiff_t j = 0;
#if IS_F64
    for (; j + 2 <= n; j += 2)
        FN(turn)(from + j * (ptrdiff_t)sizeof(R), stride, lanes + step * j, lanes + step * (j + 1));
#else
    for (; j + 4 <= n; j += 4)
        FN(turn)(from + j * (ptrdiff_t)sizeof(R), stride, lanes + step * j, lanes + step * (j + 1),
                 lanes + step * (j + 2), lanes + step * (j + 3));
#endif
    for (; j < n; j++)
        for (ptrdiff_t lane = 0; lane < LANES; lane++)
            memcpy((R *)(lanes + step * j) + lane, from + lane * stride + j * (ptrdiff_t)sizeof(R), sizeof(R));
}

/* Reals j of rows `stride` bytes apart = lanes[j]. */
SK_INLINE void FN(lanes_to_rows)(const V *lanes, ptrdiff_t n, R *rows, ptrdiff_t stride)
{
    char *to = (char *)rows;
    ptrdiff_t j = 0;
#if IS_F64
    for (; j + 2 <= n; j += 2) {
        char *at = to + j * (ptrdiff_t)sizeof(R);
        sk_chunks_store(at, 2 * stride, (sk_vf32)SHUFFLE(low, lanes[j], lanes[j + 1]));
        sk_chunks_store(at + stride, 2 * stride, (sk_vf32)SHUFFLE(high, lanes[j], lanes[j + 1]));
    }
#else
    for (; j + 4 <= n; j += 4) {
        char *at = to + j * (ptrdiff_t)sizeof(R);
        const sk_vf64 l0 = (sk_vf64)SHUFFLE(low, lanes[j], lanes[j + 1]);
        const sk_vf64 l1 = (sk_vf64)SHUFFLE(low, lanes[j + 2], lanes[j + 3]);
        const sk_vf64 h0 = (sk_vf64)SHUFFLE(high, lanes[j], lanes[j + 1]);
        const sk_vf64 h1 = (sk_vf64)SHUFFLE(high, lanes[j + 2], lanes[j + 3]);
        sk_chunks_store(at, 4 * stride, (V)sk_vf64_low(l0, l1));
        sk_chunks_store(at + stride, 4 * stride, (V)sk_vf64_high(l0, l1));
        sk_chunks_store(at + 2 * stride, 4 * stride, (V)sk_vf64_low(h0, h1));
        sk_chunks_store(at + 3 * stride, 4 * stride, (V)sk_vf64_high(h0, h1));
    }
#endif
    for (; j < n; j++)
        for (ptrdiff_t lane = 0; lane < LANES; lane++)
            memcpy(to + lane * stride + j * (ptrdiff_t)sizeof(R), (const R *)(lanes + j) + lane, sizeof(R));
}

/* The samples x of LANES frames, which lie in `at`, freed of their trends. */
static void FN(detrend_lanes)(const sk_spectrum *s, const R *x, ptrdiff_t stride, int parts, V *at, ptrdiff_t step)
{
    double mean[2][LANES], rise[2][LANES];
    V rounded[2], rest[2];
    for (ptrdiff_t lane = 0; lane < LANES; lane++) {
        double of[2], slope[2];
        FN(trend)((const R *)((const char *)x + lane * stride), s->length, parts, s->detrend, of, slope);
        for (int part = 0; part < parts; part++) {
            mean[part][lane] = of[part];
            rise[part][lane] = slope[part];
            rounded[part][lane] = (R)of[part];
            rest[part][lane] = FN(rounding)(of[part]);
        }
    }
    const double middle = 0.5 * (double)(s->length - 1);
    for (ptrdiff_t j = 0; j < s->length; j++)
        for (int part = 0; part < parts; part++) {
            V *v = at + step * (parts * j + part);
            if (s->detrend == SK_DETREND_CONSTANT) {
                *v = *v - rounded[part] - rest[part];
                continue;
            }
            R *each = (R *)v;
            for (ptrdiff_t lane = 0; lane < LANES; lane++)
                each[lane] = (R)((double)each[lane] - mean[part][lane] - rise[part][lane] * ((double)j - middle));
        }
}

/* Samples of LANES frames to points: freed of their trends, times the window. */
static void FN(points_in_lanes)(const sk_spectrum *s, const R *x, ptrdiff_t stride, int parts, V *lanes)
{
    const R *window = s->table;
    const ptrdiff_t step = s->packed || parts == 2 ? 1 : 2, points = s->packed ? s->n / 2 : s->n;
    V *at = lanes + (s->packed ? 1 : 2) * s->offset;
    if (s->length < s->n || step == 2)
        memset(lanes, 0, (size_t)points * sizeof(P));
    FN(rows_to_lanes)(x, stride, parts * s->length, at, step);
    if (s->detrend)
        FN(detrend_lanes)(s, x, stride, parts, at, step);
    for (ptrdiff_t j = 0; j < s->length; j++)
        for (int part = 0; part < parts; part++)
            at[step * (parts * j + part)] *= window[j];
}

SK_INLINE void FN(put_bin)(V *lanes, ptrdiff_t at, P p, int powers)
{
    if (powers) {
        lanes[at] = MADD(p.re, p.re, p.im * p.im);
    } else {
        lanes[2 * at] = p.re;
        lanes[2 * at + 1] = p.im;
    }
}

/* Bins of LANES frames, or their powers, from the points of their transforms. */
static void FN(bins_in_lanes)(const sk_spectrum *s, const P *z, V *lanes, int powers)
{
    if (!s->packed) {
        for (ptrdiff_t k = 0; k < s->bins; k++) {
            const ptrdiff_t at = k + (s->centered ? s->n / 2 : 0);
            FN(put_bin)(lanes, at >= s->n ? at - s->n : at, z[k], powers);
        }
        return;
    }
    const ptrdiff_t m = s->plan->n;
    const R *turns = s->turns, *turns_im = turns + m + 1;
    for (ptrdiff_t k = 0; k <= m / 2; k++) {
        P bin, mirror;
        FN(part)(z[k], z[k ? m - k : 0], VEVERY(turns[k]), VEVERY(turns_im[k]), &bin, &mirror);
        FN(put_bin)(lanes, m - k, mirror, powers);
        FN(put_bin)(lanes, k, bin, powers);
    }
    if (!powers)
        lanes[1] = lanes[2 * m + 1] = VEVERY(0);
}

/* Bins, or their powers, of up to LANES frames, `stride` bytes apart, to rows `out_stride` bytes apart. */
static void FN(spectra_in_lanes)(const sk_spectrum *s, const R *x, ptrdiff_t stride, int parts, ptrdiff_t count,
                                 int powers, const FN(frame_work) *work, R *out, ptrdiff_t out_stride)
{
    const ptrdiff_t reals = parts * s->length, results = (powers ? 1 : 2) * s->bins;
    if (count < LANES) { /* beside frames of zeros */
        memset(work->frames, 0, (size_t)(LANES * reals) * sizeof(R));
        for (ptrdiff_t f = 0; f < count; f++)
            memcpy(work->frames + f * reals, (const char *)x + f * stride, (size_t)reals * sizeof(R));
        x = work->frames;
        stride = reals * (ptrdiff_t)sizeof(R);
    }
    FN(points_in_lanes)(s, x, stride, parts, work->lanes);
    FN(fft_rows)(s->plan, FN(load_lanes), work->lanes, work->z);
    FN(bins_in_lanes)(s, work->z, work->lanes, powers);
    if (count == LANES) {
        FN(lanes_to_rows)(work->lanes, results, out, out_stride);
        return;
    }
    for (ptrdiff_t f = 0; f < count; f++)
        for (ptrdiff_t k = 0; k < results; k++)
            ((R *)((char *)out + f * out_stride))[k] = ((const R *)(work->lanes + k))[f];
}

/* ---- what becomes of a row ---- */

static void FN(spectra)(const sk_spectrum *s, const R *x, ptrdiff_t stride, int parts, ptrdiff_t count, int powers,
                        const FN(frame_work) *work, R *out, ptrdiff_t out_stride)
{
    if (FN(is_within)(s))
        FN(spectrum_within)(s, x, parts, powers, work, out);
    else
        FN(spectra_in_lanes)(s, x, stride, parts, count, powers, work, out, out_stride);
}

/* Where the square of a magnitude neither overflows nor loses digits. */
#define LOW (IS_F64 ? 0x1p-900 : 0x1p-90)
#define HIGH (IS_F64 ? 0x1p1000 : 0x1p120)

/* In place of a power too large or too small, the magnitude or decibels from the bin itself; NaN for all others. */
static void FN(exactly)(const sk_spectrum *s, const R *row, ptrdiff_t last, double low, R *raw)
{
    for (ptrdiff_t k = 0; k < s->bins; k++) {
        const double gain = k > 0 && k < last ? sqrt(s->mirrored) : 1;
        const double magnitude = gain * hypot((double)raw[2 * k], (double)raw[2 * k + 1]);
        if (row[k] >= low && row[k] <= HIGH)
            raw[k] = (R)NAN;
        else if (s->keep == SK_KEEP_MAGNITUDE)
            raw[k] = (R)magnitude;
        else
            raw[k] = (R)(20 * log10(fmax(magnitude, sqrt(s->floor))) + s->level);
    }
}

/* Powers to what is kept. */
static void FN(finish_powers)(const sk_spectrum *s, const R *x, ptrdiff_t stride, int parts, const FN(frame_work) *work,
                              R *row)
{
    /* behind the bins with a mirror image */
    const ptrdiff_t last = s->mirrored == 1 ? 0 : s->n % 2 ? s->bins : s->bins - 1;
    for (ptrdiff_t k = 1; k < last; k++)
        row[k] *= (R)s->mirrored;
    if (s->keep == SK_KEEP_POWER)
        return;
    R least = row[0], most = row[0];
#pragma omp simd reduction(min : least) reduction(max : most)
    for (ptrdiff_t k = 1; k < s->bins; k++) {
        least = row[k] < least ? row[k] : least;
        most = row[k] > most ? row[k] : most;
    }
    const double low = s->keep == SK_KEEP_DECIBELS && s->floor > LOW ? -1 : LOW;
    const int exactly = !(least >= low && most <= HIGH);
    if (exactly) {
        FN(spectra)(s, x, stride, parts, 1, 0, work, work->raw, 0);
        FN(exactly)(s, row, last, low, work->raw);
    }
    if (s->keep == SK_KEEP_DECIBELS)
        FN(decibels)(row, s->bins, s->floor, s->level);
    else
        for (ptrdiff_t k = 0; k < s->bins; k++)
            row[k] = (R)sqrt(row[k]);
    for (ptrdiff_t k = 0; exactly && k < s->bins; k++)
        row[k] = isnan(work->raw[k]) ? row[k] : work->raw[k];
}
#undef LOW
#undef HIGH

/* Whether a frame's result must be NaN: some sample under the window is not finite. Bin 0 holds all of them. */
static int FN(is_poisoned)(const sk_spectrum *s, const R *x, int parts, const R *raw)
{
    const ptrdiff_t at = s->centered ? s->n / 2 : 0;
    const int width = FN(raw_parts)(s);
    R poison = raw[width * at] * 0 + raw[width * at + width - 1] * 0;
    if (poison == 0)
        return 0;
    poison = 0;
    for (ptrdiff_t i = 0; i < parts * s->length; i++)
        poison += x[i] * 0;
    return poison != 0;
}

SK_INLINE void FN(frames)(const sk_spectrum *s, const R *x, ptrdiff_t hop, ptrdiff_t count, char *scratch, char *out,
                          ptrdiff_t out_stride, int parts)
{
    FN(frame_work) work;
    FN(frame_work_at)(s, scratch, &work);
    const ptrdiff_t group = FN(is_within)(s) ? 1 : LANES, stride = hop * parts * (ptrdiff_t)sizeof(R);
    const int powers = FN(raw_parts)(s) == 1, angles = s->keep == SK_KEEP_PHASE;
    const ptrdiff_t raw_stride = angles ? 2 * s->bins * (ptrdiff_t)sizeof(R) : out_stride;
    for (ptrdiff_t f = 0; f < count; f += group) {
        const ptrdiff_t some = count - f < group ? count - f : group;
        char *raw = angles ? (char *)work.raw : out + f * out_stride;
        FN(spectra)(s, x + f * hop * parts, stride, parts, some, powers, &work, (R *)raw, raw_stride);
        for (ptrdiff_t g = 0; g < some; g++) {
            const R *frame = x + (f + g) * hop * parts, *bins = (R *)(raw + g * raw_stride);
            R *row = (R *)(out + (f + g) * out_stride);
            if (FN(is_poisoned)(s, frame, parts, bins)) {
                for (ptrdiff_t k = 0; k < (powers || angles ? 1 : 2) * s->bins; k++)
                    row[k] = (R)NAN;
            } else if (angles) {
                for (ptrdiff_t k = 0; k < s->bins; k++)
                    row[k] = (R)atan2(bins[2 * k + 1], bins[2 * k]);
            } else if (powers) {
                FN(finish_powers)(s, frame, stride, parts, &work, row);
            }
        }
    }
}

static void FN(frames_real)(const sk_spectrum *s, const void *x, ptrdiff_t hop, ptrdiff_t count, void *scratch,
                            void *out, ptrdiff_t stride)
{
    FN(frames)(s, x, hop, count, scratch, out, stride, 1);
}

static void FN(frames_complex)(const sk_spectrum *s, const void *x, ptrdiff_t hop, ptrdiff_t count, void *scratch,
                               void *out, ptrdiff_t stride)
{
    FN(frames)(s, x, hop, count, scratch, out, stride, 2);
}

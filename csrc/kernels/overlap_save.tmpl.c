/* Convolution of one block with kernels of a bank, through spectra.
 *
 * A complex block of n points is convolved cyclically. A real block of 2 n samples a is convolved with its end wrapped
 * round negated: a[j] + i a[j + n], twisted by e^(i pi j / (2 n)), is its residue modulo x^n - i (of the pair that make
 * up x^2n + 1), and the residue of a product is the cyclic product of residues. That needs n complex points and no step
 * that splits spectra; overlap-save throws away what wraps round, negated or not. */

typedef struct {
    const R *block, *twist;
    V scale;
    ptrdiff_t n;
} FN(block_source);

SK_INLINE P FN(load_real_block)(const void *context, ptrdiff_t i)
{
    const FN(block_source) *s = context;
    const R *t = s->twist + 2 * LANES * i;
    const P a = {VLOAD(s->block + i * LANES) * s->scale, VLOAD(s->block + s->n + i * LANES) * s->scale};
    return FN(times)(a, VLOAD(t), VLOAD(t + LANES));
}

SK_INLINE P FN(load_complex_block)(const void *context, ptrdiff_t i)
{
    const FN(block_source) *s = context;
    const P a = FN(load_complex)(s->block + 2 * LANES * i);
    return (P){a.re * s->scale, a.im * s->scale};
}

SK_INLINE void FN(store_spectrum)(void *context, ptrdiff_t k, P p)
{
    ((P *)context)[k] = p;
}

static void FN(block_spectrum_real)(const sk_fft *plan, const void *block, double scale, void *scratch, void *spectrum)
{
    const FN(block_source) source = {block, plan->twist, VEVERY((R)scale), plan->n};
    FN(fft_line)(plan, FN(load_real_block), &source, scratch, FN(store_spectrum), spectrum);
}

static void FN(block_spectrum_complex)(const sk_fft *plan, const void *block, double scale, void *scratch,
                                       void *spectrum)
{
    const FN(block_source) source = {block, NULL, VEVERY((R)scale), plan->n};
    FN(fft_line)(plan, FN(load_complex_block), &source, scratch, FN(store_spectrum), spectrum);
}

typedef struct {
    const P *x, *h;
} FN(product_source);

SK_INLINE P FN(load_product)(const void *context, ptrdiff_t i)
{
    const FN(product_source) *s = context;
    const P p = FN(times)(s->x[i], s->h[i].re, s->h[i].im);
    return (P){p.im, p.re}; /* swapped: the transform becomes the inverse one */
}

/* `out` is where sample `begin` of the block goes; reals from `begin` to `end` exist. */
typedef struct {
    R *out;
    const R *twist;
    V first, second; /* two factors: their product may lie outside the range */
    ptrdiff_t n, begin, end;
} FN(block_target);

SK_INLINE void FN(put)(const FN(block_target) *t, ptrdiff_t at, V v)
{
    v = v * t->first * t->second;
    if (at >= t->begin && at + LANES <= t->end) {
        VSTORE(t->out + (at - t->begin), v);
        return;
    }
    R lane[SK_VECTOR_BYTES / sizeof(R)];
    VSTORE(lane, v);
    for (ptrdiff_t i = 0; i < LANES; i++)
        if (at + i >= t->begin && at + i < t->end)
            t->out[at + i - t->begin] = lane[i];
}

SK_INLINE void FN(store_real_block)(void *context, ptrdiff_t k, P p)
{
    const FN(block_target) *t = context;
    const R *w = t->twist + 2 * LANES * k;
    const P y = FN(times)((P){p.im, p.re}, VLOAD(w), -VLOAD(w + LANES));
    FN(put)(t, k * LANES, y.re);
    FN(put)(t, t->n + k * LANES, y.im);
}

SK_INLINE void FN(store_complex_block)(void *context, ptrdiff_t k, P p)
{
    const FN(block_target) *t = context;
    const ptrdiff_t at = 2 * k * LANES;
    const P y = {p.im * t->first * t->second, p.re * t->first * t->second};
    if (at >= t->begin && at + 2 * LANES <= t->end) {
        FN(store_complex)(t->out + (at - t->begin), y);
        return;
    }
    R lane[2 * SK_VECTOR_BYTES / sizeof(R)];
    FN(store_complex)(lane, y);
    for (ptrdiff_t i = 0; i < 2 * LANES; i++)
        if (at + i >= t->begin && at + i < t->end)
            t->out[at + i - t->begin] = lane[i];
}

static void FN(block_product_real)(const sk_fft *plan, const void *x, const void *h, const double scale[2],
                                   void *scratch, void *out, ptrdiff_t begin, ptrdiff_t end)
{
    const FN(product_source) source = {x, h};
    FN(block_target) target = {out, plan->twist, VEVERY((R)scale[0]), VEVERY((R)scale[1]), plan->n, begin, end};
    FN(fft_line)(plan, FN(load_product), &source, scratch, FN(store_real_block), &target);
}

static void FN(block_product_complex)(const sk_fft *plan, const void *x, const void *h, const double scale[2],
                                      void *scratch, void *out, ptrdiff_t begin, ptrdiff_t end)
{
    const FN(product_source) source = {x, h};
    FN(block_target) target = {out, NULL, VEVERY((R)scale[0]), VEVERY((R)scale[1]), plan->n, 2 * begin, 2 * end};
    FN(fft_line)(plan, FN(load_product), &source, scratch, FN(store_complex_block), &target);
}

/* total += x conj(y) scale, for spectra of n points; total is float64, laid out like them. */
static void FN(add_cross_spectrum)(const void *x, const void *y, double scale, double *restrict total, ptrdiff_t n)
{
    for (ptrdiff_t k = 0; k < 2 * n; k += 2 * LANES) {
        const R *a = (const R *)x + k, *b = (const R *)y + k;
        double *t = total + k;
        for (ptrdiff_t i = 0; i < LANES; i++) {
            const double ar = a[i], ai = a[LANES + i], br = b[i], bi = b[LANES + i];
            t[i] += (ar * br + ai * bi) * scale;
            t[LANES + i] += (ai * br - ar * bi) * scale;
        }
    }
}

/* Of n reals: 0 where one is not finite, else 1 and the exponent of the largest magnitude (all zeros: 0). */
static int FN(peak)(const void *x, ptrdiff_t n, int *exponent)
{
    R largest = 0;
#if IS_F64
    const uint64_t inf = 0x7ff0000000000000u, magnitude = 0x7fffffffffffffffu;
    uint64_t most = 0, bits;
#else
    const uint32_t inf = 0x7f800000u, magnitude = 0x7fffffffu;
    uint32_t most = 0, bits;
#endif
    for (ptrdiff_t i = 0; i < n; i++) {
        memcpy(&bits, (const R *)x + i, sizeof bits);
        bits &= magnitude;
        most = bits > most ? bits : most;
    }
    if (most >= inf)
        return 0;
    memcpy(&largest, &most, sizeof most);
    frexp((double)largest, exponent);
    return 1;
}

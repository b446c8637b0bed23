/* What filters of images do to sums before they are stored. */

/* sum = (or, with `add`, +=) term^2; the root of that where `last`. */
static void FN(add_squares)(const void *terms, void *sums, ptrdiff_t n, int add, int last)
{
    const R *term = terms;
    R *sum = sums;
    if (!add) {
#pragma omp simd
        for (ptrdiff_t i = 0; i < n; i++)
            sum[i] = term[i] * term[i];
    } else {
#pragma omp simd
        for (ptrdiff_t i = 0; i < n; i++)
            sum[i] += term[i] * term[i];
    }
    if (last) {
#pragma omp simd
        for (ptrdiff_t i = 0; i < n; i++)
            sum[i] = IS_F64 ? (R)sqrt((double)sum[i]) : (R)sqrtf((float)sum[i]);
    }
}

/* Rounded half to even, saturated, NaN to 0. */
#define ROUND_TO(name, TO, low, high) \
    static void FN(name)(const void *from, void *to, ptrdiff_t n) \
    { \
        const R *x = from; \
        TO *y = to; \
        _Pragma("omp simd") \
        for (ptrdiff_t i = 0; i < n; i++) { \
            const R v = x[i] == x[i] ? x[i] : 0; \
            const R limited = v < (R)(low) ? (R)(low) : v > (R)(high) ? (R)(high) : v; \
            y[i] = (TO)(int32_t)(IS_F64 ? rint(limited) : rintf((float)limited)); \
        } \
    }
ROUND_TO(round_to_i8, int8_t, INT8_MIN, INT8_MAX)
ROUND_TO(round_to_u8, uint8_t, 0, UINT8_MAX)
ROUND_TO(round_to_i16, int16_t, INT16_MIN, INT16_MAX)
ROUND_TO(round_to_u16, uint16_t, 0, UINT16_MAX)
#undef ROUND_TO

/* Sums of windows of w, from those of 1, 2, 4 .. samples, each the sum of two of the one before: additions alone, in
 * the same order for every output. */
enum { FN(MOST_LEVELS) = 64 };

/* The bits of w: how many beyond the first, and at[0 .. *terms): where the levels that w is made of begin, the largest
 * first, when level l stands at l apart and a sample takes `sample`. */
static ptrdiff_t FN(levels_of)(ptrdiff_t w, ptrdiff_t apart, ptrdiff_t sample, ptrdiff_t *at, ptrdiff_t *terms)
{
    ptrdiff_t top = 0, offset = 0;
    while (w >> (top + 1))
        top++;
    *terms = 0;
    for (ptrdiff_t l = top; l >= 0; l--)
        if (w >> l & 1) {
            at[(*terms)++] = l * apart + offset * sample;
            offset += (ptrdiff_t)1 << l;
        }
    return top;
}

/* out[i] = the sum of x[at[0] + i], x[at[1] + i] .., for i < n; whole vectors. */
SK_INLINE void FN(sum_levels)(const R *x, const ptrdiff_t *at, ptrdiff_t terms, R *out, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i += LANES) {
        V sum = VLOAD(x + at[0] + i);
        for (ptrdiff_t j = 1; j < terms; j++)
            sum += VLOAD(x + at[j] + i);
        VSTORE(out + i, sum);
    }
}

/* out[i][c] = the sum of rows[i .. i + w)[c], for i < n; scratch holds n + w chunks for each bit of w. */
static void FN(sum_down)(const void *const *rows, ptrdiff_t w, ptrdiff_t n, void *out, ptrdiff_t stride,
                         ptrdiff_t columns, void *scratch)
{
    enum { CHUNK = SK_CACHE_LINE / sizeof(R) };
    const ptrdiff_t all = n + w - 1;
    ptrdiff_t at[FN(MOST_LEVELS)], terms;
    const ptrdiff_t top = FN(levels_of)(w, all * CHUNK, CHUNK, at, &terms);
    R *x = scratch;
    for (ptrdiff_t c = 0; c < columns; c += CHUNK) {
        c = columns - c < CHUNK ? columns - CHUNK : c;
        for (ptrdiff_t k = 0; k < all; k++) {
            __builtin_prefetch((const R *)rows[k] + c + 2 * CHUNK); /* a line of a row: hardware does not foresee it */
            memcpy(x + k * CHUNK, (const R *)rows[k] + c, SK_CACHE_LINE);
        }
        for (ptrdiff_t l = 0; l < top; l++) {
            const ptrdiff_t length = (ptrdiff_t)CHUNK << l;
            const R *a = x + l * all * CHUNK;
            R *to = x + (l + 1) * all * CHUNK;
            for (ptrdiff_t i = 0; i < all * CHUNK - 2 * length + CHUNK; i += LANES)
                VSTORE(to + i, VLOAD(a + i) + VLOAD(a + i + length));
        }
        for (ptrdiff_t k = 0; k < n; k++)
            FN(sum_levels)(x + k * CHUNK, at, terms, (R *)((char *)out + k * stride) + c, CHUNK);
    }
}

/* out[i] = the sum of x[i], x[i + parts] .., w of them, over `divisor`, for i < n; x is level 0, the next ones stand
 * `apart` reals apart behind it. */
static void FN(sum_across)(void *samples, ptrdiff_t apart, ptrdiff_t parts, ptrdiff_t w, ptrdiff_t n, double divisor,
                           void *result)
{
    R *x = samples, *out = result;
    const ptrdiff_t all = n + parts * (w - 1);
    ptrdiff_t at[FN(MOST_LEVELS)], terms;
    const ptrdiff_t top = FN(levels_of)(w, apart, parts, at, &terms);
    for (ptrdiff_t l = 0; l < top; l++) {
        const ptrdiff_t length = parts << l;
        const R *a = x + l * apart;
        R *to = x + (l + 1) * apart;
        for (ptrdiff_t i = 0; i < all - 2 * length + parts; i += LANES)
            VSTORE(to + i, VLOAD(a + i) + VLOAD(a + i + length));
    }
    FN(sum_levels)(x, at, terms, out, n);
    const R count = (R)divisor;
    for (ptrdiff_t i = 0; i < n; i += LANES)
        VSTORE(out + i, VLOAD(out + i) / count);
}

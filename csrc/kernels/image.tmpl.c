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
            sum[i] = IS_F64 ? sqrt(sum[i]) : sqrtf((float)sum[i]);
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

/* out[i][c] = the sum of rows[i .. i + w)[c], for i < n, by sums of windows of twice the length each time: additions
 * alone, in the same order for every output. scratch holds n + w - 1 chunks. */
static void FN(sum_down)(const void *const *rows, ptrdiff_t w, ptrdiff_t n, void *out, ptrdiff_t stride,
                         ptrdiff_t columns, void *scratch)
{
    enum { CHUNK = SK_CACHE_LINE / sizeof(R) };
    R(*x)[CHUNK] = scratch;
    for (ptrdiff_t c = 0; c < columns; c += CHUNK) {
        c = columns - c < CHUNK ? columns - CHUNK : c;
        ptrdiff_t count = n + w - 1, offset = 0;
        for (ptrdiff_t k = 0; k < count; k++)
            memcpy(x[k], (const R *)rows[k] + c, sizeof x[k]);
        for (ptrdiff_t length = 1; length <= w; length *= 2) {
            if (w & length) {
                for (ptrdiff_t k = 0; k < n; k++) {
                    R *to = (R *)((char *)out + k * stride) + c;
#pragma omp simd
                    for (ptrdiff_t i = 0; i < CHUNK; i++)
                        to[i] = w & (length - 1) ? to[i] + x[k + offset][i] : x[k][i];
                }
                offset += length;
            }
            count -= length;
            for (ptrdiff_t k = 0; k < count && 2 * length <= w; k++) {
#pragma omp simd
                for (ptrdiff_t i = 0; i < CHUNK; i++)
                    x[k][i] += x[k + length][i];
            }
        }
    }
}

/* out[i] = the sum of x[i], x[i + parts] .., w of them, over `divisor`, for i < n, in the same way; x is overwritten. */
static void FN(sum_across)(void *samples, ptrdiff_t parts, ptrdiff_t w, ptrdiff_t n, double divisor, void *result)
{
    R *x = samples, *out = result;
    ptrdiff_t count = n + parts * (w - 1), offset = 0;
    for (ptrdiff_t length = 1; length <= w; length *= 2) {
        const ptrdiff_t apart = parts * length;
        if (w & length) {
            const R *y = x + offset;
            if (!offset) {
                memcpy(out, x, (size_t)n * sizeof(R));
            } else {
#pragma omp simd
                for (ptrdiff_t i = 0; i < n; i++)
                    out[i] += y[i];
            }
            offset += apart;
        }
        count -= apart;
        if (2 * length > w)
            break;
#pragma omp simd
        for (ptrdiff_t i = 0; i < count; i++)
            x[i] += x[i + apart];
    }
    const R all = (R)divisor;
    if (all != 1) {
#pragma omp simd
        for (ptrdiff_t i = 0; i < n; i++)
            out[i] /= all;
    }
}

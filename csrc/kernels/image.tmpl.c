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

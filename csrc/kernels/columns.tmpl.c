/* Correlation across rows: the sums of slide.tmpl.c, in the same order, with lines in place of shifts, so that
 * an axis other than the last needs no transposed copy. */

/* Ten outputs down, one vector wide, of m <= SK_RESTART taps `step` reals apart, in the order of slide_tile. An
 * aligned load for each multiply-add is no more than a CPU can do: sharing loads, as slide_tile must, would need
 * outputs as far apart as the taps of a phase, whose lines meet in the same cache sets. */
static inline void FN(columns_tile)(const R *lines, const R *h, ptrdiff_t step, ptrdiff_t m, char *out,
                                    ptrdiff_t stride, int add)
{
    const ptrdiff_t phases = LANES / W, line = SK_CACHE_LINE / sizeof(R);
    V a0 = {0}, a1 = {0}, a2 = {0}, a3 = {0}, a4 = {0}, a5 = {0}, a6 = {0}, a7 = {0}, a8 = {0}, a9 = {0};
    for (ptrdiff_t p = 0; p < phases; p++)
        for (ptrdiff_t j = p; j < m; j += phases) {
            const R *x = lines + j * line;
            if (phases < 8) /* of ten rows more than two come again in the next turn */
                FORGET(x);
            const V tap = VEVERY(h[j * step]);
#define ROW(k, a) a = MADD(VLOAD(x + (k) * line), tap, a)
            ROW(0, a0); ROW(1, a1); ROW(2, a2); ROW(3, a3); ROW(4, a4);
            ROW(5, a5); ROW(6, a6); ROW(7, a7); ROW(8, a8); ROW(9, a9);
#undef ROW
        }
#define STORE(k, a) do { \
        R *to = (R *)(out + (k) * stride); \
        VSTORE(to, add ? VLOAD(to) + a : a); \
    } while (0)
    STORE(0, a0); STORE(1, a1); STORE(2, a2); STORE(3, a3); STORE(4, a4);
    STORE(5, a5); STORE(6, a6); STORE(7, a7); STORE(8, a8); STORE(9, a9);
#undef STORE
}

static inline void FN(columns_sum)(const R *lines, const R *h, ptrdiff_t step, ptrdiff_t m, char *out,
                                   ptrdiff_t stride)
{
    for (ptrdiff_t j = 0; j < m; j += SK_RESTART)
        FN(columns_tile)(lines + j * (ptrdiff_t)(SK_CACHE_LINE / sizeof(R)), h + step * j, step,
                         m - j < SK_RESTART ? m - j : SK_RESTART, out, stride, j > 0);
}

static inline void FN(columns_lines)(const R *lines, const R *h, ptrdiff_t m, char *out, ptrdiff_t stride,
                                     int complex_taps)
{
    for (ptrdiff_t c = 0; c < (ptrdiff_t)(SK_CACHE_LINE / sizeof(R)); c += LANES, out += SK_VECTOR_BYTES) {
        if (!complex_taps) {
            FN(columns_sum)(lines + c, h, 1, m, out, stride);
            continue;
        }
        R re[SK_ROWS * SK_VECTOR_BYTES / sizeof(R)], im[SK_ROWS * SK_VECTOR_BYTES / sizeof(R)];
        FN(columns_sum)(lines + c, h, W, m, (char *)re, SK_VECTOR_BYTES);
        FN(columns_sum)(lines + c, h + 1, W, m, (char *)im, SK_VECTOR_BYTES);
        for (ptrdiff_t k = 0; k < SK_ROWS * LANES; k += 2) {
            const R a = re[k] - im[k + 1], b = re[k + 1] + im[k];
            re[k] = a;
            re[k + 1] = b;
        }
        for (ptrdiff_t k = 0; k < SK_ROWS; k++)
            memcpy(out + k * stride, re + k * LANES, SK_VECTOR_BYTES);
    }
}

static void FN(columns)(const void *lines, const void *h, ptrdiff_t m, void *out, ptrdiff_t stride)
{
    FN(columns_lines)(lines, h, m, out, stride, W == 2);
}

#if W == 2
static void FN(columns_real_taps)(const void *lines, const void *h, ptrdiff_t m, void *out, ptrdiff_t stride)
{
    FN(columns_lines)(lines, h, m, out, stride, 0);
}
#endif

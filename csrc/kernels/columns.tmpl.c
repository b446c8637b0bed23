/* Correlation across rows: rows in place of shifts, so that an axis other than the last needs no transposed copy. */

/* Eight outputs down, one vector wide, of m <= SK_RESTART taps `step` reals apart; every sum runs over the taps in
 * their order. */
static inline void FN(columns_tile)(const R *const *rows, ptrdiff_t c, const R *h, ptrdiff_t step, ptrdiff_t m,
                                    char *out, ptrdiff_t stride, int add)
{
    TILE_ZERO(V);
    ptrdiff_t j = 0;
#define ROW(k) VLOAD(rows[k] + c)
    for (; j + 4 <= m; j += 4, h += 4 * step, rows += 4) {
        const V b0 = VEVERY(h[0]), b1 = VEVERY(h[step]), b2 = VEVERY(h[2 * step]), b3 = VEVERY(h[3 * step]);
        FORGET(rows); /* or the compiler carries seven rows over to the next turn, and spills sums for that */
        TILE_TAP4(V, ROW, MADD, b0, b1, b2, b3);
    }
    if (j + 2 <= m) {
        const V b0 = VEVERY(h[0]), b1 = VEVERY(h[step]);
        TILE_TAP2(V, ROW, MADD, b0, b1);
        j += 2, h += 2 * step, rows += 2;
    }
    if (j < m) {
        const V b0 = VEVERY(h[0]);
        TILE_TAP1(V, ROW, MADD, b0);
    }
#undef ROW
#define ADD(k, a) VSTORE((R *)(out + (k) * stride), VLOAD((R *)(out + (k) * stride)) + a)
#define SET(k, a) VSTORE((R *)(out + (k) * stride), a)
    if (add) {
        TILE_STORE(ADD);
    } else {
        TILE_STORE(SET);
    }
#undef ADD
#undef SET
}

static inline void FN(columns_sum)(const R *const *rows, ptrdiff_t c, const R *h, ptrdiff_t step, ptrdiff_t m,
                                   char *out, ptrdiff_t stride)
{
    for (ptrdiff_t j = 0; j < m; j += SK_RESTART)
        FN(columns_tile)(rows + j, c, h + step * j, step, m - j < SK_RESTART ? m - j : SK_RESTART, out, stride, j > 0);
}

/* Complex taps are two real correlations of the same samples, as in slide.tmpl.c. */
static inline void FN(columns_of_complex_taps)(const R *const *rows, ptrdiff_t c, const R *h, ptrdiff_t m, char *out,
                                               ptrdiff_t stride)
{
    R re[SK_ROWS * SK_VECTOR_BYTES / sizeof(R)], im[SK_ROWS * SK_VECTOR_BYTES / sizeof(R)];
    FN(columns_sum)(rows, c, h, W, m, (char *)re, SK_VECTOR_BYTES);
    FN(columns_sum)(rows, c, h + 1, W, m, (char *)im, SK_VECTOR_BYTES);
    for (ptrdiff_t k = 0; k < SK_ROWS * LANES; k += 2) {
        const R a = re[k] - im[k + 1], b = re[k + 1] + im[k];
        re[k] = a;
        re[k + 1] = b;
    }
    for (ptrdiff_t k = 0; k < SK_ROWS; k++)
        memcpy(out + k * stride, re + k * LANES, SK_VECTOR_BYTES);
}

static inline void FN(columns_rows)(const void *const *rows, const void *h, ptrdiff_t m, void *out, ptrdiff_t stride,
                                    ptrdiff_t columns, const char *const *ahead, int complex_taps)
{
    const ptrdiff_t reals = W * columns;
    for (ptrdiff_t c = 0; c < reals; c += LANES) {
        if (c > reals - LANES)
            c = reals - LANES; /* the last vector ends with the row */
        char *to = (char *)((R *)out + c);
        if (c % (SK_CACHE_LINE / (ptrdiff_t)sizeof(R)) < LANES)
            for (ptrdiff_t k = 0; k < SK_ROWS; k++) /* rows are too short for the hardware to foresee the next ones */
                __builtin_prefetch(ahead[k] + c * (ptrdiff_t)sizeof(R), 0, 2);
        if (complex_taps)
            FN(columns_of_complex_taps)((const R *const *)rows, c, h, m, to, stride);
        else
            FN(columns_sum)((const R *const *)rows, c, h, 1, m, to, stride);
    }
}

static void FN(columns)(const void *const *rows, const void *h, ptrdiff_t m, void *out, ptrdiff_t stride,
                        ptrdiff_t columns, const char *const *ahead)
{
    FN(columns_rows)(rows, h, m, out, stride, columns, ahead, W == 2);
}

#if W == 2
static void FN(columns_real_taps)(const void *const *rows, const void *h, ptrdiff_t m, void *out, ptrdiff_t stride,
                                  ptrdiff_t columns, const char *const *ahead)
{
    FN(columns_rows)(rows, h, m, out, stride, columns, ahead, 0);
}
#endif

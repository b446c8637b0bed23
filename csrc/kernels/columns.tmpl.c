/* Correlation across rows: the register tile of slide.tmpl.c with row pointers in
 * place of shifts, so that an axis other than the last needs no transposed copy. */

/* Eight outputs down, one vector wide, of m <= SK_RESTART taps `step` reals apart. */
static inline void FN(columns_tile)(const void *const *rows, ptrdiff_t c, const R *h, ptrdiff_t step, ptrdiff_t m,
                                    R *out, ptrdiff_t stride, int add)
{
    TILE_ZERO(V);
    ptrdiff_t q = 0;
#define LOAD(k) VLOAD((const R *)rows[q + (k)] + c)
#define TAP(k) VEVERY(h[(q + (k)) * step])
    for (; q + 4 <= m; q += 4) {
        const V b0 = TAP(0), b1 = TAP(1), b2 = TAP(2), b3 = TAP(3);
        TILE_TAP4(V, LOAD, MADD, b0, b1, b2, b3);
    }
    if (q + 2 <= m) {
        const V b0 = TAP(0), b1 = TAP(1);
        TILE_TAP2(V, LOAD, MADD, b0, b1);
        q += 2;
    }
    if (q < m) {
        const V b0 = TAP(0);
        TILE_TAP1(V, LOAD, MADD, b0);
    }
#undef LOAD
#undef TAP
#define ADD(k, a) VSTORE(out + (k) * stride, VLOAD(out + (k) * stride) + a)
#define SET(k, a) VSTORE(out + (k) * stride, a)
    if (add) {
        TILE_STORE(ADD);
    } else {
        TILE_STORE(SET);
    }
#undef ADD
#undef SET
}

static inline void FN(columns_block)(const void *const *rows, ptrdiff_t c, const R *h, ptrdiff_t m, void *const *outs,
                                     int complex_taps)
{
    const ptrdiff_t step = complex_taps ? W : 1;
    R re[8 * SK_VECTOR_BYTES / sizeof(R)], im[8 * SK_VECTOR_BYTES / sizeof(R)];
    for (ptrdiff_t j = 0; j < m; j += SK_RESTART) {
        const ptrdiff_t count = m - j < SK_RESTART ? m - j : SK_RESTART;
        FN(columns_tile)(rows + j, c, h + step * j, step, count, re, LANES, j > 0);
        if (complex_taps)
            FN(columns_tile)(rows + j, c, h + step * j + 1, step, count, im, LANES, j > 0);
    }
    for (ptrdiff_t k = 0; complex_taps && k < 8 * LANES; k += 2) {
        const R a = re[k] - im[k + 1], b = re[k + 1] + im[k];
        re[k] = a;
        re[k + 1] = b;
    }
    for (ptrdiff_t k = 0; k < 8; k++)
        VSTORE((R *)outs[k] + c, VLOAD(re + k * LANES));
}

static inline void FN(columns_rows)(const void *const *rows, const R *h, ptrdiff_t m, void *const *outs, ptrdiff_t n,
                                    ptrdiff_t columns, int complex_taps)
{
    const ptrdiff_t reals = W * columns;
    for (ptrdiff_t r = 0; r < n; r += SK_ROWS) {
        ptrdiff_t c = 0;
        for (; c + LANES <= reals; c += LANES)
            FN(columns_block)(rows + r, c, h, m, outs + r, complex_taps);
        if (c < reals)
            FN(columns_block)(rows + r, reals - LANES, h, m, outs + r, complex_taps);
    }
}

static void FN(columns)(const void *const *rows, const void *h, ptrdiff_t m, void *const *outs, ptrdiff_t n,
                        ptrdiff_t columns)
{
    FN(columns_rows)(rows, h, m, outs, n, columns, W == 2);
}

#if W == 2
static void FN(columns_real_taps)(const void *const *rows, const void *h, ptrdiff_t m, void *const *outs, ptrdiff_t n,
                                  ptrdiff_t columns)
{
    FN(columns_rows)(rows, h, m, outs, n, columns, 0);
}
#endif

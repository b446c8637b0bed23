/* Sums over windows of weighted samples less a number of each window's own, or of the squares of these: four vectors of
 * windows at a time, so that three operations a tap fill the units while each sum waits for its last one. */
#if IS_F64
SK_INLINE void FN(about)(const double *x, const double *zero, const double *h, ptrdiff_t m, double *out, ptrdiff_t n,
                         int square)
{
    for (ptrdiff_t i = 0; i < n; i += 4 * LANES) {
        const V z0 = VLOAD(zero + i), z1 = VLOAD(zero + i + LANES), z2 = VLOAD(zero + i + 2 * LANES),
                z3 = VLOAD(zero + i + 3 * LANES);
        for (ptrdiff_t begin = 0; begin < m; begin += SK_RESTART) {
            const ptrdiff_t end = m - begin < SK_RESTART ? m : begin + SK_RESTART;
            V a0 = {0}, a1 = {0}, a2 = {0}, a3 = {0};
            for (ptrdiff_t j = begin; j < end; j++) {
                const V b = VEVERY(h[j]);
                const V d0 = VLOAD(x + i + j) - z0, d1 = VLOAD(x + i + j + LANES) - z1,
                        d2 = VLOAD(x + i + j + 2 * LANES) - z2, d3 = VLOAD(x + i + j + 3 * LANES) - z3;
                a0 = MADD(square ? b * d0 : b, d0, a0);
                a1 = MADD(square ? b * d1 : b, d1, a1);
                a2 = MADD(square ? b * d2 : b, d2, a2);
                a3 = MADD(square ? b * d3 : b, d3, a3);
            }
            VSTORE(out + i, VLOAD(out + i) + a0);
            VSTORE(out + i + LANES, VLOAD(out + i + LANES) + a1);
            VSTORE(out + i + 2 * LANES, VLOAD(out + i + 2 * LANES) + a2);
            VSTORE(out + i + 3 * LANES, VLOAD(out + i + 3 * LANES) + a3);
        }
    }
}

static void FN(products_about)(const double *x, const double *zero, const double *h, ptrdiff_t m, double *out,
                               ptrdiff_t n)
{
    FN(about)(x, zero, h, m, out, n, 0);
}

static void FN(squares_about)(const double *x, const double *zero, const double *h, ptrdiff_t m, double *out,
                              ptrdiff_t n)
{
    FN(about)(x, zero, h, m, out, n, 1);
}
#endif

/* Filters whose outputs have windows and taps of their own (polyphase filters). The lanes of a vector are as many
 * outputs with the same taps; a tile is four such outputs with overlapping windows by three vectors: twelve sums, to
 * which a row of samples adds with three loads and four broadcast taps. */

/* part = (or, with `add`, +=) the sums of four windows of at most SK_RESTART taps, `step` reals apart, at three places
 * of the rows. Each sum runs over its taps in their order: first those before the windows meet, then those of all. */
SK_INLINE void FN(window_tile)(const void *const *rows, const R *const h[4], const ptrdiff_t first[4],
                               const ptrdiff_t count[4], ptrdiff_t step, const ptrdiff_t at[3], R *part, int add)
{
    V s00 = {0}, s01 = {0}, s02 = {0}, s10 = {0}, s11 = {0}, s12 = {0};
    V s20 = {0}, s21 = {0}, s22 = {0}, s30 = {0}, s31 = {0}, s32 = {0};
    const ptrdiff_t at0 = at[0], at1 = at[1], at2 = at[2];
    ptrdiff_t low = first[0], high = first[0] + count[0];
    for (int k = 1; k < 4; k++) {
        low = first[k] > low ? first[k] : low;
        high = first[k] + count[k] < high ? first[k] + count[k] : high;
    }
    high = high < low ? low : high;
#define ALONE(k, begin, end) \
    for (ptrdiff_t u = begin; u < end; u++) { \
        const R *row = rows[u]; \
        const V b = VEVERY(h[k][(u - first[k]) * step]); \
        s##k##0 = MADD(VLOAD(row + at0), b, s##k##0); \
        s##k##1 = MADD(VLOAD(row + at1), b, s##k##1); \
        s##k##2 = MADD(VLOAD(row + at2), b, s##k##2); \
    }
#define BEFORE(k) ALONE(k, first[k], (first[k] + count[k] < low ? first[k] + count[k] : low))
#define AFTER(k) ALONE(k, (first[k] > high ? first[k] : high), first[k] + count[k])
#define ROW(k, tap) do { \
        const V b = VEVERY(tap); \
        s##k##0 = MADD(v0, b, s##k##0); \
        s##k##1 = MADD(v1, b, s##k##1); \
        s##k##2 = MADD(v2, b, s##k##2); } while (0)
    BEFORE(0) BEFORE(1) BEFORE(2) BEFORE(3)
    if (low < high) {
        const R *h0 = h[0] + (low - first[0]) * step, *h1 = h[1] + (low - first[1]) * step;
        const R *h2 = h[2] + (low - first[2]) * step, *h3 = h[3] + (low - first[3]) * step;
        const ptrdiff_t together = high - low;
        rows += low;
        for (ptrdiff_t u = 0; u < together; u++) {
            const R *row = rows[u];
            V v0 = VLOAD(row + at0), v1 = VLOAD(row + at1), v2 = VLOAD(row + at2);
            PIN(v0);
            PIN(v1);
            PIN(v2);
            ROW(0, h0[u * step]);
            ROW(1, h1[u * step]);
            ROW(2, h2[u * step]);
            ROW(3, h3[u * step]);
        }
        rows -= low;
    }
    AFTER(0) AFTER(1) AFTER(2) AFTER(3)
#undef ALONE
#undef BEFORE
#undef AFTER
#undef ROW
#define PUT(i, s) VSTORE(part + (i) * LANES, add ? VLOAD(part + (i) * LANES) + s : s)
    PUT(0, s00); PUT(1, s01); PUT(2, s02);
    PUT(3, s10); PUT(4, s11); PUT(5, s12);
    PUT(6, s20); PUT(7, s21); PUT(8, s22);
    PUT(9, s30); PUT(10, s31); PUT(11, s32);
#undef PUT
}

SK_INLINE void FN(polyphase_rows)(const void *const *rows, const sk_window *windows, ptrdiff_t n, void *out,
                                  ptrdiff_t stride, ptrdiff_t columns, int complex_taps)
{
    const ptrdiff_t step = complex_taps ? W : 1, reals = W * columns;
    R re[12 * SK_VECTOR_BYTES / sizeof(R)], im[12 * SK_VECTOR_BYTES / sizeof(R)];
    for (ptrdiff_t r = 0; r < n; r += 4) {
        ptrdiff_t most = 0;
        for (ptrdiff_t k = r; k < r + 4 && k < n; k++)
            most = windows[k].count > most ? windows[k].count : most;
        for (ptrdiff_t c = 0; c < reals; c += 3 * LANES) {
            ptrdiff_t at[3]; /* at the end of a row they overlap */
            for (int i = 0; i < 3; i++)
                at[i] = c + (i + 1) * LANES <= reals ? c + i * LANES : reals - LANES;
            ptrdiff_t j = 0;
            do {
                const R *h[4], *h_im[4];
                ptrdiff_t first[4], count[4];
                for (int k = 0; k < 4; k++) { /* behind the last window it is repeated */
                    const sk_window *w = windows + (r + k < n ? r + k : n - 1);
                    const ptrdiff_t left = w->count - j;
                    h[k] = left > 0 ? (const R *)w->taps + step * j : w->taps;
                    h_im[k] = complex_taps ? h[k] + 1 : h[k];
                    first[k] = left > 0 ? w->first + j : w->first;
                    count[k] = left < 0 ? 0 : left < SK_RESTART ? left : SK_RESTART;
                }
                FN(window_tile)(rows, h, first, count, step, at, re, j > 0);
                if (complex_taps)
                    FN(window_tile)(rows, h_im, first, count, step, at, im, j > 0);
                j += SK_RESTART;
            } while (j < most);
            for (ptrdiff_t i = 0; complex_taps && i < 12 * LANES; i += 2) {
                const R a = re[i] - im[i + 1], b = re[i + 1] + im[i];
                re[i] = a;
                re[i + 1] = b;
            }
            for (ptrdiff_t k = 0; k < 4 && r + k < n; k++)
                for (int i = 0; i < 3; i++)
                    VSTORE((R *)((char *)out + (r + k) * stride) + at[i], VLOAD(re + (3 * k + i) * LANES));
        }
    }
}

static void FN(polyphase)(const void *const *rows, const sk_window *windows, ptrdiff_t n, void *out, ptrdiff_t stride,
                          ptrdiff_t columns)
{
    FN(polyphase_rows)(rows, windows, n, out, stride, columns, W == 2);
}

/* Vectors of which one lane counts, so that multiply-adds round as in the tile. */
SK_INLINE void FN(dot_in_order)(const R *x, const R *h, ptrdiff_t m, R *out, int accumulate,
                               int complex_taps)
{
    const ptrdiff_t step = complex_taps ? W : 1;
    R sums[2][2] = {{0}}; /* [part of the taps][part of the samples] */
    for (int i = 0; i < (complex_taps ? 2 : 1); i++)
        for (int k = 0; k < W; k++)
            for (ptrdiff_t j = 0; j < m; j += SK_RESTART) {
                const ptrdiff_t end = m - j < SK_RESTART ? m : j + SK_RESTART;
                V sum = {0};
                for (ptrdiff_t t = j; t < end; t++)
                    sum = MADD(VEVERY(x[W * t + k]), VEVERY(h[step * t + i]), sum);
                sums[i][k] = j > 0 ? sums[i][k] + sum[0] : sum[0];
            }
    const R parts[2] = {sums[0][0] - sums[1][1], sums[0][1] + sums[1][0]};
    for (int k = 0; k < W; k++) {
        const R sum = complex_taps ? parts[k] : sums[0][k];
        out[k] = accumulate ? out[k] + sum : sum;
    }
}

static void FN(window_dot)(const void *x, const void *taps, ptrdiff_t m, void *out, int accumulate)
{
    FN(dot_in_order)(x, taps, m, out, accumulate, W == 2);
}

#if W == 2
static void FN(polyphase_real_taps)(const void *const *rows, const sk_window *windows, ptrdiff_t n, void *out,
                                    ptrdiff_t stride, ptrdiff_t columns)
{
    FN(polyphase_rows)(rows, windows, n, out, stride, columns, 0);
}

static void FN(window_dot_real_taps)(const void *x, const void *taps, ptrdiff_t m, void *out, int accumulate)
{
    FN(dot_in_order)(x, taps, m, out, accumulate, 0);
}
#endif

static void FN(transpose)(const void *from, ptrdiff_t from_stride, void *to, ptrdiff_t to_stride, ptrdiff_t rows,
                          ptrdiff_t columns)
{
    if (W * sizeof(R) == 4)
        sk_transpose4(from, from_stride, to, to_stride, rows, columns);
    else if (W * sizeof(R) == 8)
        sk_transpose8(from, from_stride, to, to_stride, rows, columns);
    else
        sk_transpose16(from, from_stride, to, to_stride, rows, columns);
}

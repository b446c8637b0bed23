/* Moments of pairs of short lines (chunks that stay in cache): the means first, then the sums about them. Samples
 * are summed over short runs, which are added up in float64. Beside the zero the means are small, and what their
 * rounding adds to a sum of squares is its square: nothing. */

/* Samples in a run: two accumulators of so few terms lose nothing that counts. */
#define RUN (16 * LANES)

/* The sums of a run's samples less the pair's zero, added to sums[0] and sums[1]. */
static inline __attribute__((always_inline)) void FN(sum_run)(const R *x, const R *y, ptrdiff_t n, V zero_x,
                                                              V zero_y, double sums[2])
{
    V x0 = {0}, x1 = {0}, y0 = {0}, y1 = {0};
#pragma GCC unroll 8
    for (ptrdiff_t i = 0; i < n; i += 2 * LANES) {
        x0 += VLOAD(x + i) - zero_x;
        y0 += VLOAD(y + i) - zero_y;
        x1 += VLOAD(x + i + LANES) - zero_x;
        y1 += VLOAD(y + i + LANES) - zero_y;
    }
    sums[0] += (double)VSUM(x0 + x1);
    sums[1] += (double)VSUM(y0 + y1);
}

/* The sums of a run's squares and products about the means, added to sums[0 .. 2]. */
static inline __attribute__((always_inline)) void FN(square_run)(const R *x, const R *y, ptrdiff_t n, V zero_x,
                                                                 V zero_y, V mean_x, V mean_y, double sums[3])
{
    V xx0 = {0}, xx1 = {0}, yy0 = {0}, yy1 = {0}, xy0 = {0}, xy1 = {0};
#pragma GCC unroll 8
    for (ptrdiff_t i = 0; i < n; i += 2 * LANES) {
        const V dx0 = VLOAD(x + i) - zero_x - mean_x, dy0 = VLOAD(y + i) - zero_y - mean_y;
        const V dx1 = VLOAD(x + i + LANES) - zero_x - mean_x, dy1 = VLOAD(y + i + LANES) - zero_y - mean_y;
        xx0 = MADD(dx0, dx0, xx0);
        yy0 = MADD(dy0, dy0, yy0);
        xy0 = MADD(dx0, dy0, xy0);
        xx1 = MADD(dx1, dx1, xx1);
        yy1 = MADD(dy1, dy1, yy1);
        xy1 = MADD(dx1, dy1, xy1);
    }
    sums[0] += (double)VSUM(xx0 + xx1);
    sums[1] += (double)VSUM(yy0 + yy1);
    sums[2] += (double)VSUM(xy0 + xy1);
}

static inline void FN(pair_means)(sk_pair *pair, ptrdiff_t n)
{
    const R *x = pair->x, *y = pair->y, x0 = *(const R *)pair->zero_x, y0 = *(const R *)pair->zero_y;
    const V zero_x = VEVERY(x0), zero_y = VEVERY(y0);
    const ptrdiff_t vectors = n - n % (2 * LANES);
    double sums[2] = {0.0, 0.0};
    ptrdiff_t i = 0;
    for (; i + RUN <= vectors; i += RUN) /* of a constant length: no branch to guess */
        FN(sum_run)(x + i, y + i, RUN, zero_x, zero_y, sums);
    if (i < vectors)
        FN(sum_run)(x + i, y + i, vectors - i, zero_x, zero_y, sums);
    for (i = vectors; i < n; i++) {
        sums[0] += (double)(x[i] - x0);
        sums[1] += (double)(y[i] - y0);
    }
    pair->moments[0] = (double)n;
    pair->moments[1] = (double)(R)(sums[0] / (double)n);
    pair->moments[2] = (double)(R)(sums[1] / (double)n);
}

static inline void FN(pair_squares)(sk_pair *pair, ptrdiff_t n)
{
    const R *x = pair->x, *y = pair->y, x0 = *(const R *)pair->zero_x, y0 = *(const R *)pair->zero_y;
    const R mx = (R)pair->moments[1], my = (R)pair->moments[2];
    const V zero_x = VEVERY(x0), zero_y = VEVERY(y0), mean_x = VEVERY(mx), mean_y = VEVERY(my);
    const ptrdiff_t vectors = n - n % (2 * LANES);
    double sums[3] = {0.0, 0.0, 0.0};
    ptrdiff_t i = 0;
    for (; i + RUN <= vectors; i += RUN)
        FN(square_run)(x + i, y + i, RUN, zero_x, zero_y, mean_x, mean_y, sums);
    if (i < vectors)
        FN(square_run)(x + i, y + i, vectors - i, zero_x, zero_y, mean_x, mean_y, sums);
    for (i = vectors; i < n; i++) {
        const double dx = (double)(x[i] - x0 - mx), dy = (double)(y[i] - y0 - my);
        sums[0] += dx * dx;
        sums[1] += dy * dy;
        sums[2] += dx * dy;
    }
    for (int k = 0; k < 3; k++)
        pair->moments[3 + k] = sums[k];
}

/* The means of a pair before the squares of the one before it: its sums wait for each other, and a CPU that has
 * two pairs at hand works on one while the other waits. */
static void FN(pair_moments)(sk_pair *pairs, ptrdiff_t count, ptrdiff_t n)
{
    FN(pair_means)(pairs, n);
    for (ptrdiff_t k = 1; k < count; k++) {
        FN(pair_means)(pairs + k, n);
        FN(pair_squares)(pairs + k - 1, n);
    }
    FN(pair_squares)(pairs + count - 1, n);
}
#undef RUN

/* Moments of a pair of short lines (a chunk that stays in cache): the means first, then
 * the sums about them. float32 lines are summed as such over short runs, which are added
 * up in float64. Beside the shift the means are small, and what their rounding adds to a sum
 * of squares is its square: nothing. */

/* Vectors in a float32 run: two accumulators of so few terms lose nothing that counts. */
#define RUN_VECTORS 16

/* The sum of a vector's lanes, by halves. */
static inline double FN(across)(V v)
{
    R lane[SK_VECTOR_BYTES / sizeof(R)];
    VSTORE(lane, v);
    for (ptrdiff_t half = LANES / 2; half > 1; half /= 2)
        for (ptrdiff_t i = 0; i < half; i++)
            lane[i] += lane[i + half];
    return (double)(lane[0] + lane[1]);
}

static void FN(pair_moments)(const void *xv, const void *yv, ptrdiff_t n, const double shift[2], double moments[6])
{
    const R *x = xv, *y = yv;
    const R sx = (R)shift[0], sy = (R)shift[1];
    const V shift_x = VEVERY(sx), shift_y = VEVERY(sy);
    const ptrdiff_t run = IS_F64 ? n : RUN_VECTORS * LANES, vectors = n - n % (2 * LANES);

    double mean_x = 0.0, mean_y = 0.0;
    for (ptrdiff_t begin = 0; begin < vectors; begin += run) {
        const ptrdiff_t end = begin + run < vectors ? begin + run : vectors;
        V x0 = {0}, x1 = {0}, y0 = {0}, y1 = {0};
        for (ptrdiff_t i = begin; i < end; i += 2 * LANES) {
            x0 += VLOAD(x + i) - shift_x;
            y0 += VLOAD(y + i) - shift_y;
            x1 += VLOAD(x + i + LANES) - shift_x;
            y1 += VLOAD(y + i + LANES) - shift_y;
        }
        mean_x += FN(across)(x0 + x1);
        mean_y += FN(across)(y0 + y1);
    }
    for (ptrdiff_t i = vectors; i < n; i++) {
        mean_x += (double)(x[i] - sx);
        mean_y += (double)(y[i] - sy);
    }
    const R mx = (R)(mean_x / (double)n), my = (R)(mean_y / (double)n);

    const V mean_vx = VEVERY(mx), mean_vy = VEVERY(my);
    double xx = 0.0, yy = 0.0, xy = 0.0;
    for (ptrdiff_t begin = 0; begin < vectors; begin += run) {
        const ptrdiff_t end = begin + run < vectors ? begin + run : vectors;
        V xx0 = {0}, xx1 = {0}, yy0 = {0}, yy1 = {0}, xy0 = {0}, xy1 = {0};
        for (ptrdiff_t i = begin; i < end; i += 2 * LANES) {
            const V dx0 = VLOAD(x + i) - shift_x - mean_vx, dy0 = VLOAD(y + i) - shift_y - mean_vy;
            const V dx1 = VLOAD(x + i + LANES) - shift_x - mean_vx, dy1 = VLOAD(y + i + LANES) - shift_y - mean_vy;
            xx0 = MADD(dx0, dx0, xx0);
            yy0 = MADD(dy0, dy0, yy0);
            xy0 = MADD(dx0, dy0, xy0);
            xx1 = MADD(dx1, dx1, xx1);
            yy1 = MADD(dy1, dy1, yy1);
            xy1 = MADD(dx1, dy1, xy1);
        }
        xx += FN(across)(xx0 + xx1);
        yy += FN(across)(yy0 + yy1);
        xy += FN(across)(xy0 + xy1);
    }
    for (ptrdiff_t i = vectors; i < n; i++) {
        const double dx = (double)(x[i] - sx - mx), dy = (double)(y[i] - sy - my);
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    moments[0] = (double)n;
    moments[1] = (double)mx;
    moments[2] = (double)my;
    moments[3] = xx;
    moments[4] = yy;
    moments[5] = xy;
}
#undef RUN_VECTORS

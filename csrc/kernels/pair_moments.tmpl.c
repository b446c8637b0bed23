/* Moments of a pair of short lines (a chunk that stays in cache): the means first,
 * then the sums about them, all in float64. */
#define VD sk_vf64
#define VD_LANES ((ptrdiff_t)(SK_VECTOR_BYTES / 8))

/* One vector of doubles from R: x scale - shift. */
static inline VD FN(widened)(const R *x, VD shift, VD scale)
{
    VD v;
#if IS_F64
    v = sk_vf64_load(x);
#else
    typedef float half __attribute__((vector_size(SK_VECTOR_BYTES / 2)));
    half narrow;
    memcpy(&narrow, x, sizeof narrow);
    v = __builtin_convertvector(narrow, VD);
#endif
    return v * scale - shift;
}

static inline double FN(across)(VD v)
{
    double sum = 0.0;
    for (ptrdiff_t i = 0; i < VD_LANES; i++)
        sum += v[i];
    return sum;
}

static void FN(pair_moments)(const void *xv, const void *yv, ptrdiff_t n, const double shift[2],
                             const double scale[2], double moments[6])
{
    const R *x = xv, *y = yv;
    const VD shift_x = sk_vf64_every(shift[0]), shift_y = sk_vf64_every(shift[1]);
    const VD scale_x = sk_vf64_every(scale[0]), scale_y = sk_vf64_every(scale[1]);
    const ptrdiff_t pairs = n - n % (2 * VD_LANES);

    VD sx0 = {0}, sx1 = {0}, sy0 = {0}, sy1 = {0};
    for (ptrdiff_t i = 0; i < pairs; i += 2 * VD_LANES) {
        sx0 += FN(widened)(x + i, shift_x, scale_x);
        sy0 += FN(widened)(y + i, shift_y, scale_y);
        sx1 += FN(widened)(x + i + VD_LANES, shift_x, scale_x);
        sy1 += FN(widened)(y + i + VD_LANES, shift_y, scale_y);
    }
    double mean_x = FN(across)(sx0 + sx1), mean_y = FN(across)(sy0 + sy1);
    for (ptrdiff_t i = pairs; i < n; i++) {
        mean_x += (double)x[i] * scale[0] - shift[0];
        mean_y += (double)y[i] * scale[1] - shift[1];
    }
    mean_x /= (double)n;
    mean_y /= (double)n;

    const VD mx = sk_vf64_every(mean_x), my = sk_vf64_every(mean_y);
    VD rx0 = {0}, rx1 = {0}, ry0 = {0}, ry1 = {0};
    VD xx0 = {0}, xx1 = {0}, yy0 = {0}, yy1 = {0}, xy0 = {0}, xy1 = {0};
    for (ptrdiff_t i = 0; i < pairs; i += 2 * VD_LANES) {
        const VD dx0 = FN(widened)(x + i, shift_x, scale_x) - mx, dy0 = FN(widened)(y + i, shift_y, scale_y) - my;
        const VD dx1 = FN(widened)(x + i + VD_LANES, shift_x, scale_x) - mx;
        const VD dy1 = FN(widened)(y + i + VD_LANES, shift_y, scale_y) - my;
        rx0 += dx0;
        rx1 += dx1;
        ry0 += dy0;
        ry1 += dy1;
        xx0 = sk_madd_f64(dx0, dx0, xx0);
        yy0 = sk_madd_f64(dy0, dy0, yy0);
        xy0 = sk_madd_f64(dx0, dy0, xy0);
        xx1 = sk_madd_f64(dx1, dx1, xx1);
        yy1 = sk_madd_f64(dy1, dy1, yy1);
        xy1 = sk_madd_f64(dx1, dy1, xy1);
    }
    double rx = FN(across)(rx0 + rx1), ry = FN(across)(ry0 + ry1);
    double xx = FN(across)(xx0 + xx1), yy = FN(across)(yy0 + yy1), xy = FN(across)(xy0 + xy1);
    for (ptrdiff_t i = pairs; i < n; i++) {
        const double dx = (double)x[i] * scale[0] - shift[0] - mean_x;
        const double dy = (double)y[i] * scale[1] - shift[1] - mean_y;
        rx += dx;
        ry += dy;
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    /* What rounding left of the sums about the means is taken out again. */
    moments[0] = (double)n;
    moments[1] = mean_x + rx / (double)n;
    moments[2] = mean_y + ry / (double)n;
    moments[3] = xx - rx * rx / (double)n;
    moments[4] = yy - ry * ry / (double)n;
    moments[5] = xy - rx * ry / (double)n;
}
#undef VD
#undef VD_LANES

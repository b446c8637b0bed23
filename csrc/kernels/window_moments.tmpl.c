/* Moments of the windows of a line, or of two (drivers/rolling.c): from parts of one sample to parts of w, by doubling.
 *
 * A part is known by the sums of its samples less its first one, and by its squares and products about its mean. Two
 * that meet make one: squares add up, and the difference of the two means adds its own. All of that is made of
 * differences of samples of the window, and squares are only added: nothing cancels at any offset, and no sample
 * reaches beyond its window. */
#if IS_F64

/* Samples at which a step is done before the next one follows: what lies between the first step and the last, some w
 * samples, stays in the nearest cache. */
#define STRIDE 128
/* Steps follow each other at distances of whole vectors of any ISA. */
#define WHOLE(n) (((n) + 7) & ~(ptrdiff_t)7)

typedef struct {
    V x, y, xx, yy, xy;
} FN(part_moments);

/* Two samples. */
SK_INLINE FN(part_moments) FN(two_samples)(const double *x, const double *y, int two)
{
    const V half = VEVERY(0.5);
    FN(part_moments) a = {VLOAD(x + 1) - VLOAD(x), {0}, {0}, {0}, {0}};
    a.xx = half * (a.x * a.x);
    if (two) {
        a.y = VLOAD(y + 1) - VLOAD(y);
        a.yy = half * (a.y * a.y);
        a.xy = half * (a.x * a.y);
    }
    return a;
}

/* Four samples: what differs in each half, and between the halves. */
SK_INLINE FN(part_moments) FN(four_samples)(const double *x, const double *y, int two)
{
    const V half = VEVERY(0.5), quarter = VEVERY(0.25);
    const V x0 = VLOAD(x), x1 = VLOAD(x + 1), x2 = VLOAD(x + 2), x3 = VLOAD(x + 3);
    const V ax = x1 - x0, bx = x3 - x2, dx = (x2 - x0) + (x3 - x1);
    FN(part_moments) a = {(ax + (x2 - x0)) + (x3 - x0), {0}, {0}, {0}, {0}};
    a.xx = MADD(quarter, dx * dx, half * MADD(ax, ax, bx * bx));
    if (two) {
        const V y0 = VLOAD(y), y1 = VLOAD(y + 1), y2 = VLOAD(y + 2), y3 = VLOAD(y + 3);
        const V ay = y1 - y0, by = y3 - y2, dy = (y2 - y0) + (y3 - y1);
        a.y = (ay + (y2 - y0)) + (y3 - y0);
        a.yy = MADD(quarter, dy * dy, half * MADD(ay, ay, by * by));
        a.xy = MADD(quarter, dx * dy, half * MADD(ax, ay, bx * by));
    }
    return a;
}

/* The part of h samples at i and that behind it. */
SK_INLINE FN(part_moments) FN(two_parts)(const double *x, const double *y, sk_parts p, ptrdiff_t h, ptrdiff_t i,
                                         V width, V share, int two)
{
    const V rise = VLOAD(x + i + h) - VLOAD(x + i), ax = VLOAD(p.x + i), bx = VLOAD(p.x + i + h);
    const V dx = MADD(width, rise, bx - ax);
    FN(part_moments) a = {MADD(width, rise, bx + ax), {0}, {0}, {0}, {0}};
    a.xx = MADD(share, dx * dx, VLOAD(p.xx + i) + VLOAD(p.xx + i + h));
    if (two) {
        const V rise_y = VLOAD(y + i + h) - VLOAD(y + i), ay = VLOAD(p.y + i), by = VLOAD(p.y + i + h);
        const V dy = MADD(width, rise_y, by - ay);
        a.y = MADD(width, rise_y, by + ay);
        a.yy = MADD(share, dy * dy, VLOAD(p.yy + i) + VLOAD(p.yy + i + h));
        a.xy = MADD(share, dx * dy, VLOAD(p.xy + i) + VLOAD(p.xy + i + h));
    }
    return a;
}

/* From parts of h samples, at [i, end), to parts of twice as many, with one sample more where `odd`. Parts of one
 * sample, and where `four` those of two, are not there yet. In place: it reads ahead of what it writes. */
SK_INLINE void FN(longer_parts)(const double *x, const double *y, sk_parts p, ptrdiff_t h, ptrdiff_t i, ptrdiff_t end,
                                int one, int four, int odd, int two)
{
    const double n = 2.0 * (double)h;
    const V width = VEVERY((double)h), share = VEVERY(1.0 / n), more = VEVERY(n / (n + 1.0));
    for (; i < end; i += LANES) {
        FN(part_moments) a = one    ? FN(two_samples)(x + i, y + i, two)
                             : four ? FN(four_samples)(x + i, y + i, two)
                                    : FN(two_parts)(x, y, p, h, i, width, share, two);
        if (odd) {
            const V rise = VLOAD(x + i + 2 * h) - VLOAD(x + i), dx = rise - share * a.x;
            a.x += rise;
            a.xx = MADD(more, dx * dx, a.xx);
            if (two) {
                const V rise_y = VLOAD(y + i + 2 * h) - VLOAD(y + i), dy = rise_y - share * a.y;
                a.y += rise_y;
                a.yy = MADD(more, dy * dy, a.yy);
                a.xy = MADD(more, dx * dy, a.xy);
            }
        }
        VSTORE(p.x + i, a.x);
        VSTORE(p.xx + i, a.xx);
        if (two) {
            VSTORE(p.y + i, a.y);
            VSTORE(p.yy + i, a.yy);
            VSTORE(p.xy + i, a.xy);
        }
    }
}

/* The binary digits of w, from the second on, are the steps from 1 to w: twice, and one more for a 1. */
SK_INLINE void FN(all_parts)(const double *x, const double *y, ptrdiff_t w, ptrdiff_t n, sk_parts p, int two)
{
    ptrdiff_t lags[64], lag = 0;
    int first = 0;
    while (w >> first > 1)
        first++;
    const int four = first > 1 && !(w >> (first - 1) & 1), last = first - four;
    for (int k = last; k-- > 0;) {
        lags[k] = lag;
        lag += k ? WHOLE(w >> k) : 0;
    }
    for (ptrdiff_t front = STRIDE; front < n + lag + STRIDE; front += STRIDE) {
        for (int k = last; k-- > 0;) {
            const ptrdiff_t h = w >> (k + 1), end = front - lags[k], begin = end > STRIDE ? end - STRIDE : 0;
            const int odd = (int)(w >> k & 1);
            if (end <= 0)
                break;
            if (k < last - 1 && odd)
                FN(longer_parts)(x, y, p, h, begin, end, 0, 0, 1, two);
            else if (k < last - 1)
                FN(longer_parts)(x, y, p, h, begin, end, 0, 0, 0, two);
            else if (four && odd)
                FN(longer_parts)(x, y, p, h, begin, end, 0, 1, 1, two);
            else if (four)
                FN(longer_parts)(x, y, p, h, begin, end, 0, 1, 0, two);
            else if (odd)
                FN(longer_parts)(x, y, p, h, begin, end, 1, 0, 1, two);
            else
                FN(longer_parts)(x, y, p, h, begin, end, 1, 0, 0, two);
        }
    }
}

/* Windows of one sample have no spread; of one that is not finite, NaN. */
static void FN(windows_of_1)(const double *x, double *squares, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        squares[i] = x[i] - x[i];
}

static void FN(window_moments)(const double *x, const double *y, ptrdiff_t w, ptrdiff_t n, sk_parts p)
{
    if (w > 1 && y) {
        FN(all_parts)(x, y, w, n, p, 1);
    } else if (w > 1) {
        FN(all_parts)(x, x, w, n, p, 0);
    } else {
        memset(p.x, 0, (size_t)n * sizeof(double));
        FN(windows_of_1)(x, p.xx, n);
        if (y) {
            memset(p.y, 0, (size_t)n * sizeof(double));
            FN(windows_of_1)(y, p.yy, n);
            memset(p.xy, 0, (size_t)n * sizeof(double));
        }
    }
}

static void FN(join_moments)(const double *x, const double *y, ptrdiff_t w, ptrdiff_t n, sk_parts p,
                             const sk_pair *core)
{
    const double m = core->moments[0], k = (double)w, of_w = 1.0 / k, share = k * m / (k + m);
    const double x0 = *(const double *)core->zero_x, y0 = *(const double *)core->zero_y;
#pragma omp simd
    for (ptrdiff_t i = 0; i < n; i++) {
        const double dx = (x0 - x[i]) + (core->moments[1] - p.x[i] * of_w);
        p.xx[i] += core->moments[3] + dx * dx * share;
    }
    if (!y)
        return;
#pragma omp simd
    for (ptrdiff_t i = 0; i < n; i++) {
        const double dx = (x0 - x[i]) + (core->moments[1] - p.x[i] * of_w);
        const double dy = (y0 - y[i]) + (core->moments[2] - p.y[i] * of_w);
        p.yy[i] += core->moments[4] + dy * dy * share;
        p.xy[i] += core->moments[5] + dx * dy * share;
    }
}
#undef STRIDE
#undef WHOLE
#endif

static ptrdiff_t FN(window_coefficient)(const double *restrict xx, const double *restrict yy, const double *restrict xy,
                                        double fill, void *restrict out, ptrdiff_t n)
{
    R *restrict r = out;
    double wrong = 0.0;
#pragma omp simd reduction(+ : wrong)
    for (ptrdiff_t i = 0; i < n; i++) {
        const double power = xx[i] * yy[i], c = xy[i] / sqrt(power), within = c > 1.0 ? 1.0 : c < -1.0 ? -1.0 : c;
        const int sound = sk_sound(xx[i]) & sk_sound(yy[i]) & sk_sound(power);
        wrong += sound ? 0.0 : 1.0;
        r[i] = (R)(sound ? within : (xx[i] + yy[i]) * 0.0 + fill);
    }
    return (ptrdiff_t)wrong;
}

static ptrdiff_t FN(window_deviation)(const double *restrict xx, double divisor, double scale, void *restrict out,
                                      ptrdiff_t n)
{
    R *restrict deviation = out;
    double wrong = 0.0;
#pragma omp simd reduction(+ : wrong)
    for (ptrdiff_t i = 0; i < n; i++) {
        const int sound = sk_sound(xx[i]);
        wrong += sound ? 0.0 : 1.0;
        deviation[i] = (R)(sound ? sqrt(xx[i] / divisor) * scale : xx[i] * 0.0);
    }
    return (ptrdiff_t)wrong;
}

static ptrdiff_t FN(window_mean)(const double *restrict sum, double divisor, double scale, void *restrict out,
                                 ptrdiff_t n)
{
    R *restrict mean = out;
    double wrong = 0.0;
#pragma omp simd reduction(+ : wrong)
    for (ptrdiff_t i = 0; i < n; i++) {
        wrong += fabs(sum[i]) <= DBL_MAX ? 0.0 : 1.0;
        mean[i] = (R)(sum[i] / divisor * scale);
    }
    return (ptrdiff_t)wrong;
}

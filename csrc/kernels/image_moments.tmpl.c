/* Sums of windows and of the squares of what is left of their samples about their own mean, by doubling: the moments
 * of a window are put together from those of its halves, so that nothing cancels, whatever the mean (Chan, Golub and
 * LeVeque 1983). In float64 always. */

/* (sum, spread) of na samples become those of na + nb, with (s, q) of the others. */
static inline void FN(merge_moments)(double *restrict sum, double *restrict spread, double na, const double *restrict s,
                                     const double *restrict q, double nb, ptrdiff_t n)
{
    const double a = 1.0 / na, b = 1.0 / nb, weight = na * nb / (na + nb);
#pragma omp simd
    for (ptrdiff_t i = 0; i < n; i++) {
        const double apart = sum[i] * a - s[i] * b;
        spread[i] += q[i] + apart * apart * weight;
        sum[i] += s[i];
    }
}

/* The moments of windows of w elements, `step` apart, from those of elements, of `each` samples: s and q, of n + w - 1
 * elements, are overwritten; sum and spread take n. Lengths are in steps. */
static inline void FN(double_moments)(double *restrict s, double *restrict q, ptrdiff_t step, double each, ptrdiff_t w,
                                      double *restrict sum, double *restrict spread, ptrdiff_t n)
{
    ptrdiff_t have = 0, count = n + w - 1;
    for (ptrdiff_t width = 1;; width *= 4) {
        for (ptrdiff_t digit = w / width % 4; digit > 0; digit--, have += width) { /* those behind what they have */
            if (have) {
                FN(merge_moments)(sum, spread, each * (double)have, s + have * step, q + have * step,
                                  each * (double)width, n * step);
            } else {
                memcpy(sum, s, (size_t)(n * step) * sizeof(double));
                memcpy(spread, q, (size_t)(n * step) * sizeof(double));
            }
        }
        if (have == w)
            return;
        count -= 3 * width;
        const double pair = 0.5 / (each * (double)width), four = 0.5 * pair;
        const ptrdiff_t reach = width * step;
#pragma omp simd
        for (ptrdiff_t i = 0; i < count * step; i++) { /* in place: it reads ahead of what it writes */
            const double a = s[i] - s[i + reach], b = s[i + 2 * reach] - s[i + 3 * reach];
            const double low = s[i] + s[i + reach], high = s[i + 2 * reach] + s[i + 3 * reach], c = low - high;
            const double apart = (a * a + b * b) * pair + c * c * four;
            q[i] = ((q[i] + q[i + reach]) + (q[i + 2 * reach] + q[i + 3 * reach])) + apart;
            s[i] = low + high;
        }
    }
}

static void FN(moments_down)(const double *const *rows, ptrdiff_t w, ptrdiff_t n, double *sum, double *spread,
                             ptrdiff_t stride, ptrdiff_t columns, double *scratch)
{
    enum { CHUNK = 2 * SK_CACHE_LINE / sizeof(double) };
    const ptrdiff_t all = n + w - 1;
    double *s = scratch, *q = s + all * CHUNK, *to_s = q + all * CHUNK, *to_q = to_s + n * CHUNK;
    for (ptrdiff_t c = 0; c < columns; c += CHUNK) {
        for (ptrdiff_t k = 0; k < all; k++)
            memcpy(s + k * CHUNK, rows[k] + c, CHUNK * sizeof(double));
        memset(q, 0, (size_t)(all * CHUNK) * sizeof(double));
        FN(double_moments)(s, q, CHUNK, 1.0, w, to_s, to_q, n);
        for (ptrdiff_t k = 0; k < n; k++) {
            memcpy(sum + k * stride + c, to_s + k * CHUNK, CHUNK * sizeof(double));
            memcpy(spread + k * stride + c, to_q + k * CHUNK, CHUNK * sizeof(double));
        }
    }
}

static void FN(moments_across)(double *s, double *q, double each, ptrdiff_t w, double *sum, double *spread,
                               ptrdiff_t n)
{
    FN(double_moments)(s, q, 1, each, w, sum, spread, n);
}

static void FN(add_moments)(double *sum, double *spread, double na, const double *s, const double *q, double nb,
                            ptrdiff_t n)
{
    FN(merge_moments)(sum, spread, na, s, q, nb, n);
}

static double FN(shift)(double *restrict x, ptrdiff_t n, double scale, double centre, double clip,
                        double *restrict square)
{
    const double most = clip < DBL_MAX ? clip : DBL_MAX;
    double power = 0.0;
#pragma omp simd reduction(+ : power)
    for (ptrdiff_t i = 0; i < n; i++) {
        const double d = x[i] * scale - centre, kept = fabs(d) <= most ? d : 0.0;
        x[i] = kept;
        power += kept * kept;
    }
    if (square) {
#pragma omp simd
        for (ptrdiff_t i = 0; i < n; i++)
            square[i] = x[i] * x[i];
    }
    return power;
}

static void FN(add_power)(const double *restrict sum, const double *restrict spread, double samples, int about_zero,
                          double *restrict power, double *restrict variance, ptrdiff_t n, int add)
{
    const double per_sample = 1.0 / samples;
#pragma omp simd
    for (ptrdiff_t i = 0; i < n; i++) {
        const double of_mean = sum[i] * sum[i] * per_sample, v = about_zero ? spread[i] - of_mean : spread[i];
        power[i] = (add ? power[i] : 0.0) + (v + of_mean);
        variance[i] = (add ? variance[i] : 0.0) + v;
    }
}

static ptrdiff_t FN(sound_inverse)(const double *restrict power, double *restrict variance, double limit, double least,
                                   ptrdiff_t n)
{
    double count = 0.0;
#pragma omp simd reduction(+ : count)
    for (ptrdiff_t i = 0; i < n; i++) {
        const double v = variance[i];
        const int sound = (power[i] < limit * v) & (v > least);
        variance[i] = sound ? 1.0 / sqrt(v) : 0.0;
        count += sound ? 0.0 : 1.0;
    }
    return (ptrdiff_t)count;
}

/* Sums over samples, and samples shifted and scaled, in double precision whatever their own. Only float64 ones need a
 * scale: squares of float32 neither overflow nor vanish there. */
#define SCALED(x) (IS_F64 ? (double)(x) * scale : (double)(x))

SK_INLINE void FN(range_of_line)(const R *x, const unsigned char *mask, int masked, ptrdiff_t n, double scale,
                                 double zero, double sums[SK_SUMS])
{
    double sum = 0.0, counted = 0.0;
    const R top = IS_F64 ? (R)DBL_MAX : (R)FLT_MAX;
    R least = top, most = -top;
#pragma omp simd reduction(+ : sum, counted) reduction(min : least) reduction(max : most)
    for (ptrdiff_t i = 0; i < n; i++) {
        const int counts = !masked || mask[i];
        const R low = counts ? x[i] : top, high = counts ? x[i] : -top;
        sum += counts ? SCALED(x[i]) - zero : 0.0;
        counted += counts ? 1.0 : 0.0;
        least = low < least ? low : least;
        most = high > most ? high : most;
    }
    sums[SK_SUM_OF] = sum;
    sums[SK_COUNT_OF] = masked ? counted : (double)n;
    sums[SK_LEAST_OF] = SCALED(least);
    sums[SK_MOST_OF] = SCALED(most);
    sums[SK_POISON] = 0.0;
    if (!(fabs(sum) <= DBL_MAX)) /* or no more than an overflow */
        for (ptrdiff_t i = 0; i < n; i++)
            sums[SK_POISON] += !masked || mask[i] ? (double)x[i] * 0.0 : 0.0;
}

static void FN(line_range)(const void *x, const unsigned char *mask, ptrdiff_t n, double scale, double zero,
                           double sums[SK_SUMS])
{
    if (mask)
        FN(range_of_line)(x, mask, 1, n, scale, zero, sums);
    else
        FN(range_of_line)(x, NULL, 0, n, scale, zero, sums);
}

static double FN(line_squares)(const void *from, const unsigned char *mask, ptrdiff_t n, double scale, double zero)
{
    const R *x = from;
    double squares = 0.0;
    if (mask) {
#pragma omp simd reduction(+ : squares)
        for (ptrdiff_t i = 0; i < n; i++) {
            const double d = mask[i] ? SCALED(x[i]) - zero : 0.0;
            squares += d * d;
        }
        return squares;
    }
#pragma omp simd reduction(+ : squares)
    for (ptrdiff_t i = 0; i < n; i++) {
        const double d = SCALED(x[i]) - zero;
        squares += d * d;
    }
    return squares;
}

static void FN(rescale)(const void *from, const unsigned char *mask, ptrdiff_t n, double scale, double centre,
                        double factor, void *to)
{
    const R *x = from;
    R *out = to;
    if (mask) {
#pragma omp simd
        for (ptrdiff_t i = 0; i < n; i++) {
            const double v = (SCALED(x[i]) - centre) * factor;
            out[i] = mask[i] ? (R)v : 0;
        }
        return;
    }
#pragma omp simd
    for (ptrdiff_t i = 0; i < n; i++)
        out[i] = (R)((SCALED(x[i]) - centre) * factor);
}
#undef SCALED

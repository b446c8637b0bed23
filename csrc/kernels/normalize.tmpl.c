/* Sums over samples, and samples shifted and scaled, in double precision whatever their own. */

SK_INLINE void FN(sums_of_line)(const R *x, const unsigned char *mask, int masked, ptrdiff_t n, double scale,
                                double zero, double sums[SK_SUMS])
{
    double sum = 0.0, squares = 0.0, poison = 0.0, least = sums[SK_LEAST_OF], most = sums[SK_MOST_OF], counted = 0.0;
#pragma omp simd reduction(+ : sum, squares, poison, counted) reduction(min : least) reduction(max : most)
    for (ptrdiff_t i = 0; i < n; i++) {
        const int counts = !masked || mask[i];
        const double v = (double)x[i] * scale, d = counts ? v - zero : 0.0;
        const double low = counts ? v : DBL_MAX, high = counts ? v : -DBL_MAX;
        sum += d;
        squares += d * d;
        poison += counts ? (double)x[i] * 0.0 : 0.0;
        counted += counts ? 1.0 : 0.0;
        least = low < least ? low : least;
        most = high > most ? high : most;
    }
    sums[SK_SUM_OF] += sum;
    sums[SK_SQUARES_OF] += squares;
    sums[SK_POISON] += poison;
    sums[SK_LEAST_OF] = least;
    sums[SK_MOST_OF] = most;
    sums[SK_COUNT_OF] += counted;
}

static void FN(line_sums)(const void *x, const unsigned char *mask, ptrdiff_t n, double scale, double zero,
                          double sums[SK_SUMS])
{
    if (mask)
        FN(sums_of_line)(x, mask, 1, n, scale, zero, sums);
    else
        FN(sums_of_line)(x, NULL, 0, n, scale, zero, sums);
}

static void FN(rescale)(const void *from, const unsigned char *mask, ptrdiff_t n, double scale, double centre,
                        double factor, void *to)
{
    const R *x = from;
    R *out = to;
    if (mask) {
#pragma omp simd
        for (ptrdiff_t i = 0; i < n; i++) {
            const double v = ((double)x[i] * scale - centre) * factor;
            out[i] = mask[i] ? (R)v : 0;
        }
        return;
    }
#pragma omp simd
    for (ptrdiff_t i = 0; i < n; i++)
        out[i] = (R)(((double)x[i] * scale - centre) * factor);
}

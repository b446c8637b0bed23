/* The pieces of the sliding Pearson coefficient (drivers/sliding_pearson.c puts them
 * together): window sums, norms, and the quotient. Statistics are float64 always. */
#if IS_F64
static void FN(window_sum)(double *restrict p, ptrdiff_t w, double *restrict out, ptrdiff_t n)
{
    /* p holds sums of `width` = 4^k samples; the digits of w in base 4 say how many of them
     * make the next part of every window. A step in place reads ahead of what it writes. */
    ptrdiff_t offset = 0, count = n + w - 1;
    for (ptrdiff_t width = 1;; width *= 4) {
        for (ptrdiff_t digit = w / width % 4; digit > 0; digit--, offset += width) {
#pragma omp simd
            for (ptrdiff_t i = 0; i < n; i++)
                out[i] += p[i + offset];
        }
        if (4 * width > w)
            break;
        count -= 3 * width;
#pragma omp simd
        for (ptrdiff_t i = 0; i < count; i++)
            p[i] = (p[i] + p[i + width]) + (p[i + 2 * width] + p[i + 3 * width]);
    }
}

static ptrdiff_t FN(inverse_norm)(const double *restrict s1, const double *restrict s2, double m, double limit,
                                  double least, double *restrict inverse, unsigned char *restrict bad, ptrdiff_t n)
{
    const double per_sample = 1.0 / m;
    double count = 0.0;
#pragma omp simd reduction(+ : count)
    for (ptrdiff_t i = 0; i < n; i++) {
        const double variance = s2[i] - s1[i] * s1[i] * per_sample;
        const int sound = (s2[i] < limit * variance) & (variance > least);
        inverse[i] = sound ? 1.0 / sqrt(variance) : 0.0;
        count += sound ? 0.0 : 1.0;
    }
    for (ptrdiff_t i = 0; i < n; i++)
        bad[i] = inverse[i] == 0.0;
    return (ptrdiff_t)count;
}

static void FN(center)(double *restrict x, ptrdiff_t n, double scale, double centre, double *restrict copy,
                       double *restrict square)
{
#pragma omp simd
    for (ptrdiff_t i = 0; i < n; i++) {
        const double d = x[i] * scale - centre, kept = fabs(d) <= DBL_MAX ? d : 0.0;
        x[i] = copy[i] = kept;
        square[i] = kept * kept;
    }
}

static int FN(scan)(const double *x, ptrdiff_t n, double *sum, double *largest)
{
    double total = 0.0, peak = 0.0, poison = 0.0;
#pragma omp simd reduction(+ : total, poison) reduction(max : peak)
    for (ptrdiff_t i = 0; i < n; i++) {
        const double a = fabs(x[i]);
        total += x[i] * 0x1p-32;
        poison += x[i] * 0.0;
        peak = a > peak ? a : peak;
    }
    if (poison == 0.0) {
        *sum = total;
        *largest = peak;
        return 1;
    }
    total = peak = 0.0;
    for (ptrdiff_t i = 0; i < n; i++) {
        const double a = isfinite(x[i]) ? fabs(x[i]) : 0.0;
        total += isfinite(x[i]) ? x[i] * 0x1p-32 : 0.0;
        peak = a > peak ? a : peak;
    }
    *sum = total;
    *largest = peak;
    return 0;
}
#endif

static void FN(coefficient)(const double *restrict product, const double *restrict inverse, void *restrict out,
                            ptrdiff_t n)
{
    R *restrict r = out;
#pragma omp simd
    for (ptrdiff_t i = 0; i < n; i++) {
        const double c = product[i] * inverse[i];
        r[i] = (R)(c > 1.0 ? 1.0 : c < -1.0 ? -1.0 : c);
    }
}

static void FN(widen_add)(const void *restrict from, double *restrict into, ptrdiff_t n)
{
    const R *restrict x = from;
#pragma omp simd
    for (ptrdiff_t i = 0; i < n; i++)
        into[i] += (double)x[i];
}

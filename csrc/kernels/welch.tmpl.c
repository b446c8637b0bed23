/* Sums of spectra in double precision. */

/* What two rows of bins add to the sums of their powers (unless NULL) and of conj(a) b, its parts in turn. */
static void FN(add_cross)(const void *a, const void *b, ptrdiff_t bins, double *aa, double *bb, double *ab)
{
    const R *x = a, *y = b;
    for (ptrdiff_t k = 0; aa && k < bins; k++) {
        const double re = (double)x[2 * k], im = (double)x[2 * k + 1];
        aa[k] += re * re + im * im;
    }
    for (ptrdiff_t k = 0; bb && k < bins; k++) {
        const double re = (double)y[2 * k], im = (double)y[2 * k + 1];
        bb[k] += re * re + im * im;
    }
    for (ptrdiff_t k = 0; k < bins; k++) {
        const double re = (double)x[2 * k], im = (double)x[2 * k + 1];
        const double other = (double)y[2 * k], other_im = (double)y[2 * k + 1];
        ab[2 * k] += re * other + im * other_im;
        ab[2 * k + 1] += re * other_im - im * other;
    }
}

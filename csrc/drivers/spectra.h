/* What the drivers that multiply spectra share: exact scaling. */
#ifndef SK_SPECTRA_H
#define SK_SPECTRA_H

#include "lines.h"

#include <math.h>

/* The power of two that brings a peak of this exponent below 1; the exponent is held within the range of normal
 * numbers. */
static inline double scale_of(int *exponent, int dtype)
{
    const int most = real_of(dtype) == SK_F32 ? 126 : 1000;
    *exponent = *exponent < -most ? -most : *exponent;
    return ldexp(1.0, -*exponent);
}

/* Two factors that make 2^exponent / points: one alone may lie outside the range. */
static inline void unscale(int exponent, double points, double scale[2])
{
    scale[0] = ldexp(1.0, exponent / 2);
    scale[1] = ldexp(1.0, exponent - exponent / 2) / points;
}

/* Zeros in place of what is not finite. */
static inline void only_finite(void *x, ptrdiff_t reals, int real)
{
    for (ptrdiff_t i = 0; i < reals; i++) {
        if (real == SK_F32 && !isfinite(((float *)x)[i]))
            ((float *)x)[i] = 0.0f;
        else if (real == SK_F64 && !isfinite(((double *)x)[i]))
            ((double *)x)[i] = 0.0;
    }
}

#endif

/* Moments of pairs (sk_pair_moments_fn) put together. */
#ifndef SK_MOMENTS_H
#define SK_MOMENTS_H

#include "sk.h"

#include <math.h>

/* Adds the moments of one more part: Chan, Golub and LeVeque's update. */
static inline void add_moments(double into[6], const double part[6])
{
    const double n = into[0] + part[0], weight = into[0] * part[0] / n, share = part[0] / n;
    const double dx = part[1] - into[1], dy = part[2] - into[2];
    into[3] += part[3] + dx * dx * weight;
    into[4] += part[4] + dy * dy * weight;
    into[5] += part[5] + dx * dy * weight;
    into[1] += dx * share;
    into[2] += dy * share;
    into[0] = n;
}

static inline double clamp_coefficient(double r)
{
    return r > 1.0 ? 1.0 : r < -1.0 ? -1.0 : r;
}

/* The power of two that brings `largest` into [1/2, 1): squares then neither overflow nor vanish. */
static inline double power_of_two_scale(double largest)
{
    int exponent = 0;
    frexp(largest, &exponent);
    if (exponent > 1000)
        exponent = 1000;
    return largest > 0.0 ? ldexp(1.0, exponent < -1000 ? 1000 : -exponent) : 1.0;
}

#endif

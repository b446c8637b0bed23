/* Complex samples as channels of real ones. */

static void FN(points)(const void *from, ptrdiff_t n, void *to)
{
    const R *z = from;
    P *points = to;
    for (; n >= LANES; n -= LANES, z += 2 * LANES)
        *points++ = FN(load_complex)(z);
    if (n > 0) {
        R last[2 * SK_VECTOR_BYTES / sizeof(R)] = {0};
        memcpy(last, z, (size_t)(2 * n) * sizeof(R));
        *points = FN(load_complex)(last);
    }
}

/* Neither overflows nor vanishes where the squares would; NaN where a part is. */
SK_INLINE double FN(channel_magnitude)(double re, double im)
{
    const double square = re * re + im * im;
    if (!IS_F64 || (square >= 1e-290 && square <= 1e290))
        return sqrt(square);
    return isnan(re) || isnan(im) ? (double)NAN : hypot(re, im);
}

/* In the samples' own precision: that of double takes twice as long. */
SK_INLINE R FN(phase)(R re, R im)
{
    return IS_F64 ? (R)atan2((double)im, (double)re) : (R)atan2f((float)im, (float)re);
}

/* Log magnitude, cosine and sine; a sample of magnitude 0 has phase 0. */
SK_INLINE void FN(log_polar)(double re, double im, double floor, double log_floor, R to[3])
{
    const double m = FN(channel_magnitude)(re, im);
    to[0] = (R)(m <= floor ? log_floor : log(m));
    if (m == 0.0) {
        to[1] = 1;
        to[2] = 0;
    } else if (m < 1e-290 || m > DBL_MAX) {
        const double phase = atan2(im, re);
        to[1] = (R)cos(phase);
        to[2] = (R)sin(phase);
    } else {
        to[1] = (R)(re / m);
        to[2] = (R)(im / m);
    }
}

SK_INLINE void FN(channels_as)(const P *points, ptrdiff_t n, sk_representation parts, double floor, void *const *to,
                               ptrdiff_t step)
{
    enum { MOST = 3 };
    const int count = parts == SK_AS_LOG_POLAR ? 3 : parts == SK_AS_POWER ? 1 : 2;
    const double log_floor = parts == SK_AS_LOG_POLAR ? log(floor) : 0.0;
    for (ptrdiff_t at = 0; at < n; at += LANES, points++) {
        const ptrdiff_t some = n - at < LANES ? n - at : LANES;
        V c[MOST] = {{0}};
        if (parts == SK_AS_IQ) {
            c[0] = points->re;
            c[1] = points->im;
        } else if (parts == SK_AS_POWER) {
            c[0] = MADD(points->re, points->re, points->im * points->im);
        } else {
            R re[SK_VECTOR_BYTES / sizeof(R)], im[SK_VECTOR_BYTES / sizeof(R)];
            R values[MOST][SK_VECTOR_BYTES / sizeof(R)] = {{0}};
            VSTORE(re, points->re);
            VSTORE(im, points->im);
            for (ptrdiff_t i = 0; i < some; i++) {
                if (parts == SK_AS_POLAR) {
                    values[0][i] = (R)FN(channel_magnitude)((double)re[i], (double)im[i]);
                    values[1][i] = FN(phase)(re[i], im[i]);
                } else {
                    R three[MOST];
                    FN(log_polar)((double)re[i], (double)im[i], floor, log_floor, three);
                    for (int k = 0; k < MOST; k++)
                        values[k][i] = three[k];
                }
            }
            for (int k = 0; k < count; k++)
                c[k] = VLOAD(values[k]);
        }
        for (int k = 0; k < count; k++) {
            R *out = (R *)to[k] + at * step, lanes[SK_VECTOR_BYTES / sizeof(R)];
            if (step == 1 && some == LANES) {
                VSTORE(out, c[k]);
                continue;
            }
            VSTORE(lanes, c[k]);
            for (ptrdiff_t i = 0; i < some; i++)
                out[i * step] = lanes[i];
        }
    }
}

static void FN(channels)(const void *points, ptrdiff_t n, sk_representation parts, double floor, void *const *to,
                         ptrdiff_t step)
{
    if (parts == SK_AS_IQ && step == 1) {
        FN(channels_as)(points, n, SK_AS_IQ, floor, to, 1);
    } else if (parts == SK_AS_IQ && step == 2 && (R *)to[1] == (R *)to[0] + 1) {
        const P *p = points;
        R *out = to[0];
        for (; n >= LANES; n -= LANES, out += 2 * LANES)
            FN(store_complex)(out, *p++);
        if (n > 0) {
            R last[2 * SK_VECTOR_BYTES / sizeof(R)];
            FN(store_complex)(last, *p);
            memcpy(out, last, (size_t)(2 * n) * sizeof(R));
        }
    } else {
        FN(channels_as)(points, n, parts, floor, to, step);
    }
}

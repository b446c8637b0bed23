/* The Fourier transform inside kernels: passes over points of any smooth number, decimation in time, in place.
 *
 * Two layouts share the passes. Lane = frame: fft_rows transforms as many frames as lanes. Within one transform:
 * fft_line sees n points as a matrix of n / LANES rows, transforms its columns by fft_rows (lane = column), then
 * turns groups of LANES rows over in registers and transforms across what were lanes.
 *
 * `load` brings point (row) i and is inlined into the first pass, `store` takes vector k of the result from the last:
 * windows, conversions, products and shifts cost no pass of their own. Inverse: real and imaginary parts swapped in both. */

typedef P FN(fft_load)(const void *context, ptrdiff_t i);
typedef void FN(fft_store)(void *context, ptrdiff_t k, P p);

#define X2 &x0, &x1
#define X3 X2, &x2
#define X4 X3, &x3
#define X5 X4, &x4
#define X7 X5, &x5, &x6
#define X8 X7, &x7
#define X16 X8, &x8, &x9, &x10, &x11, &x12, &x13, &x14, &x15
#define REST2(DO) DO(1)
#define REST3(DO) REST2(DO) DO(2)
#define REST4(DO) REST3(DO) DO(3)
#define REST5(DO) REST4(DO) DO(4)
#define REST7(DO) REST5(DO) DO(5) DO(6)
#define REST8(DO) REST7(DO) DO(7)
#define REST16(DO) REST8(DO) DO(8) DO(9) DO(10) DO(11) DO(12) DO(13) DO(14) DO(15)

/* The first pass: no twiddles, and its groups of points go where decimation in time wants them. */
#define FIRST_POINT(k) P x##k = load(context, g + (k) * stride);
#define PUT_POINT(k) to[k] = x##k;
#define FIRST_PASS(r) \
    SK_INLINE void FN(fft_first_##r)(const sk_fft *plan, FN(fft_load) *load, const void *context, P *z) \
    { \
        const ptrdiff_t stride = plan->rows / r; \
        for (ptrdiff_t g = 0; g < stride; g++) { \
            P *to = z + plan->place[g]; \
            FIRST_POINT(0) REST##r(FIRST_POINT) \
            FN(fft_##r)(X##r); \
            PUT_POINT(0) REST##r(PUT_POINT) \
        } \
    }

/* A later pass: r transforms of l points become one of r l. */
#define NEXT_POINT(k) P x##k = FN(times)(to[(k) * l], VEVERY(w[2 * (k) - 2]), VEVERY(w[2 * (k) - 1]));
#define SET_POINT(k) to[(k) * l] = x##k;
#define NEXT_PASS(r) \
    static void FN(fft_next_##r)(P *z, ptrdiff_t rows, ptrdiff_t l, const R *twiddles) \
    { \
        for (ptrdiff_t b = 0; b < rows; b += r * l) { \
            const R *w = twiddles; \
            for (ptrdiff_t i = 0; i < l; i++, w += 2 * r - 2) { \
                P *to = z + b + i; \
                P x0 = to[0]; \
                REST##r(NEXT_POINT) \
                FN(fft_##r)(X##r); \
                SET_POINT(0) REST##r(SET_POINT) \
            } \
        } \
    }

#define EVERY_RADIX(DO) DO(2) DO(3) DO(4) DO(5) DO(7) DO(8) DO(16)
EVERY_RADIX(FIRST_PASS)
EVERY_RADIX(NEXT_PASS)

/* z[k] = transform of the plan's rows, in natural order. */
SK_INLINE void FN(fft_rows)(const sk_fft *plan, FN(fft_load) *load, const void *context, P *z)
{
#define FIRST(r) case r: FN(fft_first_##r)(plan, load, context, z); break;
#define NEXT(r) case r: FN(fft_next_##r)(z, plan->rows, l, twiddles); break;
    switch (plan->radix[0]) {
    EVERY_RADIX(FIRST)
    default: z[0] = load(context, 0);
    }
    const R *twiddles = plan->twiddles;
    ptrdiff_t l = plan->radix[0];
    for (int pass = 1; pass < plan->passes; pass++) {
        const int r = plan->radix[pass];
        switch (r) { EVERY_RADIX(NEXT) }
        twiddles += l * (2 * r - 2);
        l *= r;
    }
#undef FIRST
#undef NEXT
}

/* The four (float64: two) vectors that hold columns `at` on of LANES rows, `row` bytes apart: a turn in
 * registers of pieces of 16 bytes. */
#define SHUFFLE(name, a, b) SK_JOIN(V, name)(a, b)
#if IS_F64
SK_INLINE void FN(turn)(const char *at, ptrdiff_t row, V *a, V *b)
{
    const V t0 = (V)sk_chunks_load(at, 2 * row), t1 = (V)sk_chunks_load(at + row, 2 * row);
    *a = SHUFFLE(low, t0, t1);
    *b = SHUFFLE(high, t0, t1);
}
#define COLUMNS(q, a, b) \
    FN(turn)((const char *)&rows->re + 16 * (q), sizeof(P), &a.re, &b.re); \
    FN(turn)((const char *)&rows->im + 16 * (q), sizeof(P), &a.im, &b.im)
#else
SK_INLINE void FN(turn)(const char *at, ptrdiff_t row, V *a, V *b, V *c, V *d)
{
    const V t0 = sk_chunks_load(at, 4 * row), t1 = sk_chunks_load(at + row, 4 * row);
    const V t2 = sk_chunks_load(at + 2 * row, 4 * row), t3 = sk_chunks_load(at + 3 * row, 4 * row);
    const sk_vf64 l0 = (sk_vf64)SHUFFLE(low, t0, t1), l1 = (sk_vf64)SHUFFLE(low, t2, t3);
    const sk_vf64 h0 = (sk_vf64)SHUFFLE(high, t0, t1), h1 = (sk_vf64)SHUFFLE(high, t2, t3);
    *a = (V)sk_vf64_low(l0, l1);
    *b = (V)sk_vf64_high(l0, l1);
    *c = (V)sk_vf64_low(h0, h1);
    *d = (V)sk_vf64_high(h0, h1);
}
#define COLUMNS(q, a, b, c, d) \
    FN(turn)((const char *)&rows->re + 16 * (q), sizeof(P), &a.re, &b.re, &c.re, &d.re); \
    FN(turn)((const char *)&rows->im + 16 * (q), sizeof(P), &a.im, &b.im, &c.im, &d.im)
#endif

/* Vector k of the transform of n points to store(to, k, .), k = 0 .. n / LANES - 1 in some order. LANES^2 divides n. */
SK_INLINE void FN(fft_line)(const sk_fft *plan, FN(fft_load) *load, const void *from, P *z, FN(fft_store) *store, void *to)
{
    FN(fft_rows)(plan, load, from, z);
    const ptrdiff_t groups = plan->rows / LANES;
    const R *w = plan->columns;
    for (ptrdiff_t g = 0; g < groups; g++, w += 2 * LANES * (LANES - 1)) {
        const P *rows = z + g * LANES;
#define TURN_POINT(k) x##k = FN(times)(x##k, VLOAD(w + (2 * (k) - 2) * LANES), VLOAD(w + (2 * (k) - 1) * LANES));
#define STORE_POINT(k) store(to, g + (k) * groups, x##k);
#define ACROSS(r) REST##r(TURN_POINT) FN(fft_##r)(X##r); STORE_POINT(0) REST##r(STORE_POINT)
#if SK_VECTOR_BYTES == 16 && IS_F64
        P x0, x1;
        COLUMNS(0, x0, x1);
        ACROSS(2)
#elif SK_VECTOR_BYTES == 32 && IS_F64
        P x0, x1, x2, x3;
        COLUMNS(0, x0, x1);
        COLUMNS(1, x2, x3);
        ACROSS(4)
#elif SK_VECTOR_BYTES == 64 && IS_F64
        P x0, x1, x2, x3, x4, x5, x6, x7;
        COLUMNS(0, x0, x1);
        COLUMNS(1, x2, x3);
        COLUMNS(2, x4, x5);
        COLUMNS(3, x6, x7);
        ACROSS(8)
#elif SK_VECTOR_BYTES == 16
        P x0, x1, x2, x3;
        COLUMNS(0, x0, x1, x2, x3);
        ACROSS(4)
#elif SK_VECTOR_BYTES == 32
        P x0, x1, x2, x3, x4, x5, x6, x7;
        COLUMNS(0, x0, x1, x2, x3);
        COLUMNS(1, x4, x5, x6, x7);
        ACROSS(8)
#else
        P x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15;
        COLUMNS(0, x0, x1, x2, x3);
        COLUMNS(1, x4, x5, x6, x7);
        COLUMNS(2, x8, x9, x10, x11);
        COLUMNS(3, x12, x13, x14, x15);
        ACROSS(16)
#endif
#undef TURN_POINT
#undef STORE_POINT
#undef ACROSS
    }
}

#undef COLUMNS

/* LANES complex samples, from and to memory where real and imaginary parts alternate. */
SK_INLINE P FN(load_complex)(const R *p)
{
    const V a = (V)sk_chunks_load((const char *)p, 32), b = (V)sk_chunks_load((const char *)p + 16, 32);
    return (P){SHUFFLE(even, a, b), SHUFFLE(odd, a, b)};
}

SK_INLINE void FN(store_complex)(R *p, P v)
{
#if SK_VECTOR_BYTES == 16
    VSTORE(p, SHUFFLE(low, v.re, v.im));
    VSTORE(p + LANES, SHUFFLE(high, v.re, v.im));
#else
    sk_chunks_store((char *)p, 32, (sk_vf32)SHUFFLE(low, v.re, v.im));
    sk_chunks_store((char *)p + 16, 32, (sk_vf32)SHUFFLE(high, v.re, v.im));
#endif
}

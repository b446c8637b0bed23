/* Sliding dot product along a contiguous line.
 *
 * Taps j = p + P q of one phase p (P samples to a vector) are whole vectors apart, so
 * they share loads: for each phase the sum is a small correlation of vectors, done by
 * the register tile. A sum runs over the phases and within a phase over q, restarted
 * every so many taps, in the same order for every output. */

/* out[0 .. 8 LANES) = (or, with `add`, +=) the products of m taps, which
 * stand `step` reals apart; x is read as plain reals, a complex sample being two. */
static inline void FN(slide_tile)(const R *x, const R *h, ptrdiff_t step, ptrdiff_t m, R *out, int add)
{
    const ptrdiff_t phases = LANES / W;
    TILE_ZERO(V);
    for (ptrdiff_t p = 0; p < phases && p < m; p++) {
        const ptrdiff_t count = (m - p + phases - 1) / phases;
        const R *xp = x + W * p, *hp = h + step * p;
        const ptrdiff_t apart = step * phases;
        ptrdiff_t q = 0;
#define LOAD(k) VLOAD(xp + (q + (k)) * LANES)
#define TAP(k) VEVERY(hp[(q + (k)) * apart])
        TILE_TAPS(V, LOAD, TAP, MADD, q, count);
#undef LOAD
#undef TAP
    }
#define ADD(k, a) VSTORE(out + (k) * LANES, VLOAD(out + (k) * LANES) + a)
#define SET(k, a) VSTORE(out + (k) * LANES, a)
    if (add) {
        TILE_STORE(ADD);
    } else {
        TILE_STORE(SET);
    }
#undef ADD
#undef SET
}

/* One block of 8 LANES reals of output. Complex taps are two real correlations on the
 * same samples, with the taps' real and imaginary parts, joined at the end. */
static inline void FN(slide_block)(const R *x, const R *h, ptrdiff_t m, R *out, int accumulate, int complex_taps,
                                   ptrdiff_t restart)
{
    if (!complex_taps) {
        for (ptrdiff_t j = 0; j < m; j += restart)
            FN(slide_tile)(x + W * j, h + j, 1, m - j < restart ? m - j : restart, out, accumulate || j > 0);
        return;
    }
    R re[8 * SK_VECTOR_BYTES / sizeof(R)], im[8 * SK_VECTOR_BYTES / sizeof(R)];
    for (ptrdiff_t j = 0; j < m; j += restart) {
        const ptrdiff_t count = m - j < restart ? m - j : restart;
        FN(slide_tile)(x + W * j, h + W * j, W, count, re, j > 0);
        FN(slide_tile)(x + W * j, h + W * j + 1, W, count, im, j > 0);
    }
    for (ptrdiff_t i = 0; i < 8 * LANES; i += 2) {
        const R a = re[i] - im[i + 1], b = re[i + 1] + im[i];
        out[i] = accumulate ? out[i] + a : a;
        out[i + 1] = accumulate ? out[i + 1] + b : b;
    }
}

static inline void FN(slide_line)(const R *x, const R *h, ptrdiff_t m, R *out, ptrdiff_t n, int accumulate,
                                  int complex_taps, ptrdiff_t restart)
{
    const ptrdiff_t block = 8 * LANES, reals = W * n;
    ptrdiff_t i = 0;
    for (; i + block <= reals; i += block)
        FN(slide_block)(x + i, h, m, out + i, accumulate, complex_taps, restart);
    if (i == reals)
        return;
    /* The rest: the last full block once more, of which only what is new is kept. */
    R last[8 * SK_VECTOR_BYTES / sizeof(R)];
    FN(slide_block)(x + reals - block, h, m, last, 0, complex_taps, restart);
    for (; i < reals; i++)
        out[i] = accumulate ? out[i] + last[i - reals + block] : last[i - reals + block];
}

static void FN(slide)(const void *x, const void *h, ptrdiff_t m, void *out, ptrdiff_t n, int accumulate)
{
    FN(slide_line)(x, h, m, out, n, accumulate, W == 2, SK_RESTART);
}

#if W == 2
static void FN(slide_real_taps)(const void *x, const void *h, ptrdiff_t m, void *out, ptrdiff_t n, int accumulate)
{
    FN(slide_line)(x, h, m, out, n, accumulate, 0, SK_RESTART);
}
#endif


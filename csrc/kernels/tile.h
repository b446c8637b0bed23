/* The register tile of the direct sums: eight vectors of outputs, a0 .. a7, by up
 * to four taps. Vector k of the input serves output r with tap k - r, so that eight
 * outputs and four taps need eleven loads for 32 multiply-adds. The accumulators are
 * named variables: compilers keep those in registers and arrays not always. LOAD(k)
 * gives vector k; every sum runs over the taps in their order. */
#ifndef SK_TILE_H
#define SK_TILE_H

/* Keeps a loaded vector in its register: compilers would load it again for every use, or
 * carry it over to the next turn and spill accumulators for that. */
#if SK_VECTOR_BYTES > 16 && !defined(__AVX2__) || SK_VECTOR_BYTES > 32 && !defined(__AVX512F__)
#define PIN(v) (void)0
#elif defined(__AVX512F__)
#define PIN(v) __asm__ volatile("" : "+v"(v))
#elif defined(__x86_64__)
#define PIN(v) __asm__ volatile("" : "+x"(v))
#elif defined(__aarch64__)
#define PIN(v) __asm__ volatile("" : "+w"(v))
#else
#define PIN(v) (void)0
#endif

/* Makes a pointer one that the compiler knows nothing of, or it carries what it has loaded over to the next turn of
 * a loop, and spills accumulators for that. */
#define FORGET(p) __asm__ volatile("" : "+r"(p))

#define TILE_ZERO(V) V a0 = {0}, a1 = {0}, a2 = {0}, a3 = {0}, a4 = {0}, a5 = {0}, a6 = {0}, a7 = {0}

#define TILE_STORE(STORE) STORE(0, a0); STORE(1, a1); STORE(2, a2); STORE(3, a3); \
    STORE(4, a4); STORE(5, a5); STORE(6, a6); STORE(7, a7)

#define TILE_TAP1(V, LOAD, MADD, b0) do { \
    a0 = MADD(LOAD(0), b0, a0); a1 = MADD(LOAD(1), b0, a1); \
    a2 = MADD(LOAD(2), b0, a2); a3 = MADD(LOAD(3), b0, a3); \
    a4 = MADD(LOAD(4), b0, a4); a5 = MADD(LOAD(5), b0, a5); \
    a6 = MADD(LOAD(6), b0, a6); a7 = MADD(LOAD(7), b0, a7); } while (0)

#define TILE_TAP2(V, LOAD, MADD, b0, b1) do { V v; \
    v = LOAD(0); PIN(v); a0 = MADD(v, b0, a0); \
    v = LOAD(1); PIN(v); a0 = MADD(v, b1, a0); a1 = MADD(v, b0, a1); \
    v = LOAD(2); PIN(v); a1 = MADD(v, b1, a1); a2 = MADD(v, b0, a2); \
    v = LOAD(3); PIN(v); a2 = MADD(v, b1, a2); a3 = MADD(v, b0, a3); \
    v = LOAD(4); PIN(v); a3 = MADD(v, b1, a3); a4 = MADD(v, b0, a4); \
    v = LOAD(5); PIN(v); a4 = MADD(v, b1, a4); a5 = MADD(v, b0, a5); \
    v = LOAD(6); PIN(v); a5 = MADD(v, b1, a5); a6 = MADD(v, b0, a6); \
    v = LOAD(7); PIN(v); a6 = MADD(v, b1, a6); a7 = MADD(v, b0, a7); \
    v = LOAD(8); PIN(v); a7 = MADD(v, b1, a7); } while (0)

#define TILE_TAP3(V, LOAD, MADD, b0, b1, b2) do { V v; \
    v = LOAD(0); PIN(v); a0 = MADD(v, b0, a0); \
    v = LOAD(1); PIN(v); a0 = MADD(v, b1, a0); a1 = MADD(v, b0, a1); \
    v = LOAD(2); PIN(v); a0 = MADD(v, b2, a0); a1 = MADD(v, b1, a1); a2 = MADD(v, b0, a2); \
    v = LOAD(3); PIN(v); a1 = MADD(v, b2, a1); a2 = MADD(v, b1, a2); a3 = MADD(v, b0, a3); \
    v = LOAD(4); PIN(v); a2 = MADD(v, b2, a2); a3 = MADD(v, b1, a3); a4 = MADD(v, b0, a4); \
    v = LOAD(5); PIN(v); a3 = MADD(v, b2, a3); a4 = MADD(v, b1, a4); a5 = MADD(v, b0, a5); \
    v = LOAD(6); PIN(v); a4 = MADD(v, b2, a4); a5 = MADD(v, b1, a5); a6 = MADD(v, b0, a6); \
    v = LOAD(7); PIN(v); a5 = MADD(v, b2, a5); a6 = MADD(v, b1, a6); a7 = MADD(v, b0, a7); \
    v = LOAD(8); PIN(v); a6 = MADD(v, b2, a6); a7 = MADD(v, b1, a7); \
    v = LOAD(9); PIN(v); a7 = MADD(v, b2, a7); } while (0)

#define TILE_TAP4(V, LOAD, MADD, b0, b1, b2, b3) do { V v; \
    v = LOAD(0); PIN(v); a0 = MADD(v, b0, a0); \
    v = LOAD(1); PIN(v); a0 = MADD(v, b1, a0); a1 = MADD(v, b0, a1); \
    v = LOAD(2); PIN(v); a0 = MADD(v, b2, a0); a1 = MADD(v, b1, a1); a2 = MADD(v, b0, a2); \
    v = LOAD(3); PIN(v); a0 = MADD(v, b3, a0); a1 = MADD(v, b2, a1); a2 = MADD(v, b1, a2); a3 = MADD(v, b0, a3); \
    v = LOAD(4); PIN(v); a1 = MADD(v, b3, a1); a2 = MADD(v, b2, a2); a3 = MADD(v, b1, a3); a4 = MADD(v, b0, a4); \
    v = LOAD(5); PIN(v); a2 = MADD(v, b3, a2); a3 = MADD(v, b2, a3); a4 = MADD(v, b1, a4); a5 = MADD(v, b0, a5); \
    v = LOAD(6); PIN(v); a3 = MADD(v, b3, a3); a4 = MADD(v, b2, a4); a5 = MADD(v, b1, a5); a6 = MADD(v, b0, a6); \
    v = LOAD(7); PIN(v); a4 = MADD(v, b3, a4); a5 = MADD(v, b2, a5); a6 = MADD(v, b1, a6); a7 = MADD(v, b0, a7); \
    v = LOAD(8); PIN(v); a5 = MADD(v, b3, a5); a6 = MADD(v, b2, a6); a7 = MADD(v, b1, a7); \
    v = LOAD(9); PIN(v); a6 = MADD(v, b3, a6); a7 = MADD(v, b2, a7); \
    v = LOAD(10); PIN(v); a7 = MADD(v, b3, a7); } while (0)

/* Two taps b0 and b1, and their mirror images: LOW(k) is the vector that b0 meets for output k, HIGH(k) the one that
 * the image of b1 meets. Vectors that meet the same weight are added up first. */
#define TILE_FOLD2(V, LOW, HIGH, MADD, b0, b1) do { V u0, u1, v0, v1; \
    u0 = LOW(0); v0 = HIGH(0); PIN(u0); PIN(v0); \
    TILE_FOLDED(V, LOW, HIGH, MADD, b0, b1, 1, a0, u0, u1, v0, v1); \
    TILE_FOLDED(V, LOW, HIGH, MADD, b0, b1, 2, a1, u1, u0, v1, v0); \
    TILE_FOLDED(V, LOW, HIGH, MADD, b0, b1, 3, a2, u0, u1, v0, v1); \
    TILE_FOLDED(V, LOW, HIGH, MADD, b0, b1, 4, a3, u1, u0, v1, v0); \
    TILE_FOLDED(V, LOW, HIGH, MADD, b0, b1, 5, a4, u0, u1, v0, v1); \
    TILE_FOLDED(V, LOW, HIGH, MADD, b0, b1, 6, a5, u1, u0, v1, v0); \
    TILE_FOLDED(V, LOW, HIGH, MADD, b0, b1, 7, a6, u0, u1, v0, v1); \
    TILE_FOLDED(V, LOW, HIGH, MADD, b0, b1, 8, a7, u1, u0, v1, v0); } while (0)
#define TILE_FOLDED(V, LOW, HIGH, MADD, b0, b1, next, a, u, u_next, v, v_next) do { \
    u_next = LOW(next); v_next = HIGH(next); PIN(u_next); PIN(v_next); \
    a = MADD(u + v_next, b0, a); a = MADD(u_next + v, b1, a); } while (0)

/* Taps q .. count - 1, as TAP(0) .. gives them from q on; LOAD(k) gives vectors from q on too. */
#define TILE_TAPS(V, LOAD, TAP, MADD, q, count) do { \
    for (; q + 4 <= (count); q += 4) { \
        const V b0 = TAP(0), b1 = TAP(1), b2 = TAP(2), b3 = TAP(3); \
        TILE_TAP4(V, LOAD, MADD, b0, b1, b2, b3); \
    } \
    if ((count) - q == 3) { \
        const V b0 = TAP(0), b1 = TAP(1), b2 = TAP(2); \
        TILE_TAP3(V, LOAD, MADD, b0, b1, b2); \
    } else if ((count) - q == 2) { \
        const V b0 = TAP(0), b1 = TAP(1); \
        TILE_TAP2(V, LOAD, MADD, b0, b1); \
    } else if ((count) - q == 1) { \
        const V b0 = TAP(0); \
        TILE_TAP1(V, LOAD, MADD, b0); \
    } } while (0)

#endif

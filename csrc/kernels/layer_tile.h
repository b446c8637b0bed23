/* The register tiles of layers: rows of weights, or images, by vectors of places. A row is a letter, a vector of it a
 * digit: compilers keep accumulators with names in registers, and arrays not always. */
#ifndef SK_LAYER_TILE_H
#define SK_LAYER_TILE_H

#define ZERO_1(a, r) V a##0 = {0};
#define ZERO_2(a, r) ZERO_1(a, r) V a##1 = {0};
#define ZERO_3(a, r) ZERO_2(a, r) V a##2 = {0};
#define ZERO_4(a, r) ZERO_3(a, r) V a##3 = {0};
#define ZERO_8(a, r) ZERO_4(a, r) V a##4 = {0}; V a##5 = {0}; V a##6 = {0}; V a##7 = {0};
#define ADD_1(a, r) a##0 = MADD(x0, weight, a##0);
#define ADD_2(a, r) ADD_1(a, r) a##1 = MADD(x1, weight, a##1);
#define ADD_3(a, r) ADD_2(a, r) a##2 = MADD(x2, weight, a##2);
#define ADD_4(a, r) ADD_3(a, r) a##3 = MADD(x3, weight, a##3);
#define ADD_8(a, r) ADD_4(a, r) a##4 = MADD(x4, weight, a##4); a##5 = MADD(x5, weight, a##5); \
    a##6 = MADD(x6, weight, a##6); a##7 = MADD(x7, weight, a##7);
#define LOAD_1 const V x0 = VLOAD(p);
#define LOAD_2 LOAD_1 const V x1 = VLOAD(p + LANES);
#define LOAD_3 LOAD_2 const V x2 = VLOAD(p + 2 * LANES);
#define LOAD_4 LOAD_3 const V x3 = VLOAD(p + 3 * LANES);
#define LOAD_8 LOAD_4 const V x4 = VLOAD(p + 4 * LANES); const V x5 = VLOAD(p + 5 * LANES); \
    const V x6 = VLOAD(p + 6 * LANES); const V x7 = VLOAD(p + 7 * LANES);
#define KEEP(a, i) VSTORE(to + (i) * LANES, add ? VLOAD(to + (i) * LANES) + a : a);
#define STORE_1(a, r) to = out + (r) * stride; KEEP(a##0, 0)
#define STORE_2(a, r) STORE_1(a, r) KEEP(a##1, 1)
#define STORE_3(a, r) STORE_2(a, r) KEEP(a##2, 2)
#define STORE_4(a, r) STORE_3(a, r) KEEP(a##3, 3)
#define STORE_8(a, r) STORE_4(a, r) KEEP(a##4, 4) KEEP(a##5, 5) KEEP(a##6, 6) KEEP(a##7, 7)
#define ROWS_1(M) M(a, 0)
#define ROWS_2(M) ROWS_1(M) M(b, 1)
#define ROWS_3(M) ROWS_2(M) M(c, 2)
#define ROWS_4(M) ROWS_3(M) M(d, 3)
#define ROWS_6(M) ROWS_4(M) M(e, 4) M(f, 5)
/* A weight is spread over a vector where it is used: there is no register to hold six of them. */
#define WEIGHT_1(a, r) { const V weight = VEVERY(w[r]); ADD_1(a, r) }
#define WEIGHT_2(a, r) { const V weight = VEVERY(w[r]); ADD_2(a, r) }
#define WEIGHT_3(a, r) { const V weight = VEVERY(w[r]); ADD_3(a, r) }
#define WEIGHT_4(a, r) { const V weight = VEVERY(w[r]); ADD_4(a, r) }
#define WEIGHT_8(a, r) { const V weight = VEVERY(w[r]); ADD_8(a, r) }


#endif

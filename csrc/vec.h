/* Vectors of the ISA that this object is compiled for: GCC/Clang vector types, and
 * the one operation that they cannot express, a fused multiply-add. */
#ifndef SK_VEC_H
#define SK_VEC_H

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* May be set from outside: vectors of any width compile for any ISA, so that the lanes of one
 * that is not at hand can be tested (a wide vector then takes several registers). */
#ifndef SK_VECTOR_BYTES
#if defined(__AVX512F__)
#define SK_VECTOR_BYTES 64
#elif defined(__AVX2__)
#define SK_VECTOR_BYTES 32
#else
#define SK_VECTOR_BYTES 16
#endif
#endif

#define SK_INLINE static inline __attribute__((always_inline))

typedef float sk_vf32 __attribute__((vector_size(SK_VECTOR_BYTES)));
typedef double sk_vf64 __attribute__((vector_size(SK_VECTOR_BYTES)));
typedef uint64_t sk_vi64 __attribute__((vector_size(SK_VECTOR_BYTES)));

/* Loads and stores of any alignment, and one value in every lane. */
#define SK_VECTOR_OPS(vector, R) \
    static inline vector vector##_load(const R *p) \
    { \
        vector v; \
        memcpy(&v, p, sizeof v); \
        return v; \
    } \
    static inline void vector##_store(R *p, vector v) \
    { \
        memcpy(p, &v, sizeof v); \
    } \
    static inline vector vector##_every(R value) \
    { \
        return value - (vector){0}; \
    }
SK_VECTOR_OPS(sk_vf32, float)
SK_VECTOR_OPS(sk_vf64, double)
SK_VECTOR_OPS(sk_vi64, uint64_t)

/* a b + c; one rounding where the ISA has it, two elsewhere. */
static inline sk_vf32 sk_madd_f32(sk_vf32 a, sk_vf32 b, sk_vf32 c)
{
#if defined(__AVX512F__) && SK_VECTOR_BYTES == 64
    return (sk_vf32)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__AVX2__) && SK_VECTOR_BYTES == 32
    return (sk_vf32)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__aarch64__) && SK_VECTOR_BYTES == 16
    return (sk_vf32)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
    return a * b + c;
#endif
}

static inline sk_vf64 sk_madd_f64(sk_vf64 a, sk_vf64 b, sk_vf64 c)
{
#if defined(__AVX512F__) && SK_VECTOR_BYTES == 64
    return (sk_vf64)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif defined(__AVX2__) && SK_VECTOR_BYTES == 32
    return (sk_vf64)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#elif defined(__aarch64__) && SK_VECTOR_BYTES == 16
    return (sk_vf64)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
#else
    return a * b + c;
#endif
}

static inline sk_vi64 sk_madd_i64(sk_vi64 a, sk_vi64 b, sk_vi64 c)
{
    return a * b + c;
}

/* c - a b, rounded like sk_madd. */
static inline sk_vf32 sk_nmadd_f32(sk_vf32 a, sk_vf32 b, sk_vf32 c)
{
#if defined(__AVX512F__) && SK_VECTOR_BYTES == 64
    return (sk_vf32)_mm512_fnmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__AVX2__) && SK_VECTOR_BYTES == 32
    return (sk_vf32)_mm256_fnmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__aarch64__) && SK_VECTOR_BYTES == 16
    return (sk_vf32)vfmsq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
    return c - a * b;
#endif
}

static inline sk_vf64 sk_nmadd_f64(sk_vf64 a, sk_vf64 b, sk_vf64 c)
{
#if defined(__AVX512F__) && SK_VECTOR_BYTES == 64
    return (sk_vf64)_mm512_fnmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif defined(__AVX2__) && SK_VECTOR_BYTES == 32
    return (sk_vf64)_mm256_fnmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#elif defined(__aarch64__) && SK_VECTOR_BYTES == 16
    return (sk_vf64)vfmsq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
#else
    return c - a * b;
#endif
}

/* ---- shuffles within the 16-byte chunks of a vector, and chunks from and to memory ---- */

typedef int32_t sk_index32 __attribute__((vector_size(SK_VECTOR_BYTES)));
typedef int64_t sk_index64 __attribute__((vector_size(SK_VECTOR_BYTES)));

/* The same choice in every chunk: i of a's elements below SK_L32 (SK_L64), of b's from there on. */
#define SK_L32 (SK_VECTOR_BYTES / 4)
#define SK_L64 (SK_VECTOR_BYTES / 8)
#if SK_VECTOR_BYTES == 16
#define SK_EACH4(i, j, k, l) i, j, k, l
#define SK_EACH2(i, j) i, j
#elif SK_VECTOR_BYTES == 32
#define SK_EACH4(i, j, k, l) i, j, k, l, (i) + 4, (j) + 4, (k) + 4, (l) + 4
#define SK_EACH2(i, j) i, j, (i) + 2, (j) + 2
#else
#define SK_EACH4(i, j, k, l) i, j, k, l, (i) + 4, (j) + 4, (k) + 4, (l) + 4, (i) + 8, (j) + 8, (k) + 8, (l) + 8, \
    (i) + 12, (j) + 12, (k) + 12, (l) + 12
#define SK_EACH2(i, j) i, j, (i) + 2, (j) + 2, (i) + 4, (j) + 4, (i) + 6, (j) + 6
#endif
#if defined(__clang__) || __GNUC__ >= 12
#define SK_SHUFFLE(a, b, index, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SK_SHUFFLE(a, b, index, ...) __builtin_shuffle(a, b, (index){__VA_ARGS__})
#endif

#define SK_SHUFFLE_OP(name, vector, index, ...) \
    static inline vector name(vector a, vector b) \
    { \
        return SK_SHUFFLE(a, b, index, __VA_ARGS__); \
    }
/* a0 b0 a1 b1 | a2 b2 a3 b3; and a0 a2 b0 b2 | a1 a3 b1 b3, in every chunk */
SK_SHUFFLE_OP(sk_vf32_low, sk_vf32, sk_index32, SK_EACH4(0, SK_L32 + 0, 1, SK_L32 + 1))
SK_SHUFFLE_OP(sk_vf32_high, sk_vf32, sk_index32, SK_EACH4(2, SK_L32 + 2, 3, SK_L32 + 3))
SK_SHUFFLE_OP(sk_vf32_even, sk_vf32, sk_index32, SK_EACH4(0, 2, SK_L32 + 0, SK_L32 + 2))
SK_SHUFFLE_OP(sk_vf32_odd, sk_vf32, sk_index32, SK_EACH4(1, 3, SK_L32 + 1, SK_L32 + 3))
SK_SHUFFLE_OP(sk_vf64_low, sk_vf64, sk_index64, SK_EACH2(0, SK_L64 + 0))
SK_SHUFFLE_OP(sk_vf64_high, sk_vf64, sk_index64, SK_EACH2(1, SK_L64 + 1))
/* The elements in the other order */
#if SK_VECTOR_BYTES == 16
SK_SHUFFLE_OP(sk_vf32_reversed, sk_vf32, sk_index32, 3, 2, 1, 0)
SK_SHUFFLE_OP(sk_vf64_reversed, sk_vf64, sk_index64, 1, 0)
#elif SK_VECTOR_BYTES == 32
SK_SHUFFLE_OP(sk_vf32_reversed, sk_vf32, sk_index32, 7, 6, 5, 4, 3, 2, 1, 0)
SK_SHUFFLE_OP(sk_vf64_reversed, sk_vf64, sk_index64, 3, 2, 1, 0)
#else
SK_SHUFFLE_OP(sk_vf32_reversed, sk_vf32, sk_index32, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
SK_SHUFFLE_OP(sk_vf64_reversed, sk_vf64, sk_index64, 7, 6, 5, 4, 3, 2, 1, 0)
#endif
#define sk_vf64_even sk_vf64_low
#define sk_vf64_odd sk_vf64_high

/* Chunk i of the vector from (to) p + i stride bytes. */
#if SK_VECTOR_BYTES == 16
static inline sk_vf32 sk_chunks_load(const char *p, ptrdiff_t stride)
{
    (void)stride;
    return sk_vf32_load((const float *)p);
}

static inline void sk_chunks_store(char *p, ptrdiff_t stride, sk_vf32 v)
{
    (void)stride;
    sk_vf32_store((float *)p, v);
}
#else
typedef float sk_chunk __attribute__((vector_size(16)));

static inline sk_chunk sk_chunk_load(const char *p)
{
    sk_chunk c;
    memcpy(&c, p, sizeof c);
    return c;
}

static inline sk_vf32 sk_chunks_load(const char *p, ptrdiff_t stride)
{
#if defined(__AVX512F__) && SK_VECTOR_BYTES == 64
    __m512 v = _mm512_castps128_ps512((__m128)sk_chunk_load(p));
    v = _mm512_insertf32x4(v, (__m128)sk_chunk_load(p + stride), 1);
    v = _mm512_insertf32x4(v, (__m128)sk_chunk_load(p + 2 * stride), 2);
    return (sk_vf32)_mm512_insertf32x4(v, (__m128)sk_chunk_load(p + 3 * stride), 3);
#elif defined(__AVX2__) && SK_VECTOR_BYTES == 32
    return (sk_vf32)_mm256_insertf128_ps(_mm256_castps128_ps256((__m128)sk_chunk_load(p)),
                                         (__m128)sk_chunk_load(p + stride), 1);
#else
    sk_vf32 v;
    for (int i = 0; i < SK_VECTOR_BYTES / 16; i++)
        memcpy((char *)&v + 16 * i, p + i * stride, 16);
    return v;
#endif
}

static inline void sk_chunks_store(char *p, ptrdiff_t stride, sk_vf32 v)
{
#if defined(__AVX512F__) && SK_VECTOR_BYTES == 64
    _mm_storeu_ps((float *)p, _mm512_castps512_ps128((__m512)v));
    _mm_storeu_ps((float *)(p + stride), _mm512_extractf32x4_ps((__m512)v, 1));
    _mm_storeu_ps((float *)(p + 2 * stride), _mm512_extractf32x4_ps((__m512)v, 2));
    _mm_storeu_ps((float *)(p + 3 * stride), _mm512_extractf32x4_ps((__m512)v, 3));
#elif defined(__AVX2__) && SK_VECTOR_BYTES == 32
    _mm_storeu_ps((float *)p, _mm256_castps256_ps128((__m256)v));
    _mm_storeu_ps((float *)(p + stride), _mm256_extractf128_ps((__m256)v, 1));
#else
    for (int i = 0; i < SK_VECTOR_BYTES / 16; i++)
        memcpy(p + i * stride, (char *)&v + 16 * i, 16);
#endif
}
#endif

/* The sum of a vector's lanes, by halves: lane i with lane i + half of them, and so on down. Through memory, as C
 * alone has it, a sum would wait for a store to be read back, four times. */
#define SK_VECTOR_SUM(vector, R) \
    static inline R vector##_sum(vector v) \
    { \
        R lane[SK_VECTOR_BYTES / sizeof(R)]; \
        memcpy(lane, &v, sizeof v); \
        for (size_t half = SK_VECTOR_BYTES / sizeof(R) / 2; half > 0; half /= 2) \
            for (size_t i = 0; i < half; i++) \
                lane[i] += lane[i + half]; \
        return lane[0]; \
    }
#if defined(__AVX2__) && (SK_VECTOR_BYTES == 32 || (SK_VECTOR_BYTES == 64 && defined(__AVX512F__)))
static inline float sk_vf32_sum(sk_vf32 v)
{
#if SK_VECTOR_BYTES == 64
    const __m256 w = _mm512_castps512_ps256((__m512)v) + _mm256_castpd_ps(_mm512_extractf64x4_pd((__m512d)v, 1));
#else
    const __m256 w = (__m256)v;
#endif
    __m128 q = _mm256_castps256_ps128(w) + _mm256_extractf128_ps(w, 1);
    q += _mm_movehl_ps(q, q);
    return q[0] + q[1];
}

static inline double sk_vf64_sum(sk_vf64 v)
{
#if SK_VECTOR_BYTES == 64
    const __m256d w = _mm512_castpd512_pd256((__m512d)v) + _mm512_extractf64x4_pd((__m512d)v, 1);
#else
    const __m256d w = (__m256d)v;
#endif
    const __m128d q = _mm256_castpd256_pd128(w) + _mm256_extractf128_pd(w, 1);
    return q[0] + q[1];
}
#else
SK_VECTOR_SUM(sk_vf32, float)
SK_VECTOR_SUM(sk_vf64, double)
#endif

#endif

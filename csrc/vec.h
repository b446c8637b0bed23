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

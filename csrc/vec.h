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

#endif

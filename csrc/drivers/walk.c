/* Lines of any stride, dtype and byte order, to and from the contiguous lines that
 * kernels see, and their boundaries. Pieces of a tile's size are copied, never arrays. */
#include "sk.h"

#include <math.h>
#include <string.h>

const int sk_itemsize[SK_NDTYPE] = {
    [SK_BOOL] = 1, [SK_I8] = 1,  [SK_U8] = 1,  [SK_I16] = 2, [SK_U16] = 2, [SK_I32] = 4, [SK_U32] = 4,
    [SK_U64] = 8,  [SK_F16] = 2, [SK_I64] = 8, [SK_F32] = 4, [SK_F64] = 8, [SK_C64] = 8, [SK_C128] = 16,
};

typedef uint16_t half_bits;

static float from_half(half_bits h)
{
    const uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = (h >> 10) & 31, fraction = h & 0x3ff;
    uint32_t bits;
    if (exponent == 31) {
        bits = sign | 0x7f800000u | fraction << 13;
    } else if (exponent) {
        bits = sign | (exponent + 112) << 23 | fraction << 13;
    } else {
        const float magnitude = (float)fraction * 0x1p-24f;
        return sign ? -magnitude : magnitude;
    }
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline void reverse_bytes(unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        const unsigned char byte = p[i];
        p[i] = p[n - 1 - i];
        p[n - 1 - i] = byte;
    }
}

/* One loop for a pair of dtypes: `part` is one real of the source, `parts` of them in
 * an element, and DST one real of the destination, `wide` of them in an element. */
#define LOOP(part, parts, DST, wide, convert) do { \
    DST *to = dst; \
    if ((parts) == 1 && (wide) == 1 && !swapped && stride == (ptrdiff_t)sizeof(part)) { \
        for (ptrdiff_t i = 0; i < n; i++) { /* the compiler's vectors */ \
            part v; \
            memcpy(&v, from + i * (ptrdiff_t)sizeof v, sizeof v); \
            to[i] = (DST)convert(v); \
        } \
        break; \
    } \
    for (ptrdiff_t i = 0; i < n; i++, from += stride) { \
        for (int k = 0; k < (parts); k++) { \
            part v; \
            memcpy(&v, from + (size_t)k * sizeof v, sizeof v); \
            if (swapped) \
                reverse_bytes((unsigned char *)&v, sizeof v); \
            to[(wide) * i + k] = (DST)convert(v); \
        } \
        if ((wide) > (parts)) \
            to[(wide) * i + 1] = 0; \
    } } while (0)

#define AS_IS(v) (v)
#define TRUTH(v) ((v) != 0)

#define FROM_INTEGERS(DST, wide) \
    case SK_BOOL: LOOP(uint8_t, 1, DST, wide, TRUTH); break; \
    case SK_I8: LOOP(int8_t, 1, DST, wide, AS_IS); break; \
    case SK_U8: LOOP(uint8_t, 1, DST, wide, AS_IS); break; \
    case SK_I16: LOOP(int16_t, 1, DST, wide, AS_IS); break; \
    case SK_U16: LOOP(uint16_t, 1, DST, wide, AS_IS); break; \
    case SK_I32: LOOP(int32_t, 1, DST, wide, AS_IS); break; \
    case SK_U32: LOOP(uint32_t, 1, DST, wide, AS_IS); break; \
    case SK_I64: LOOP(int64_t, 1, DST, wide, AS_IS); break; \
    case SK_U64: LOOP(uint64_t, 1, DST, wide, AS_IS); break;
#define FROM_REALS(DST, wide) \
    FROM_INTEGERS(DST, wide) \
    case SK_F16: LOOP(half_bits, 1, DST, wide, from_half); break; \
    case SK_F32: LOOP(float, 1, DST, wide, AS_IS); break; \
    case SK_F64: LOOP(double, 1, DST, wide, AS_IS); break;
#define FROM_COMPLEX(DST) \
    case SK_C64: LOOP(float, 2, DST, 2, AS_IS); break; \
    case SK_C128: LOOP(double, 2, DST, 2, AS_IS); break;

/* Kept out of line from the boundary code: every source position here exists. */
static void load_converted(const char *from, ptrdiff_t stride, ptrdiff_t n, int dtype, int swapped, int to_dtype,
                           void *dst)
{
    switch (to_dtype) {
    case SK_I64:
        switch (dtype) { FROM_INTEGERS(uint64_t, 1) default: break; }
        break;
    case SK_F32:
        switch (dtype) { FROM_REALS(float, 1) default: break; }
        break;
    case SK_F64:
        switch (dtype) { FROM_REALS(double, 1) default: break; }
        break;
    case SK_C64:
        switch (dtype) { FROM_REALS(float, 2) FROM_COMPLEX(float) default: break; }
        break;
    default:
        switch (dtype) { FROM_REALS(double, 2) FROM_COMPLEX(double) default: break; }
    }
}

/* Strided elements of one size, without looking at them. */
#define MOVE(type) do { \
    for (ptrdiff_t i = 0; i < n; i++) { \
        type v; \
        memcpy(&v, from + i * from_stride, sizeof v); \
        memcpy(to + i * to_stride, &v, sizeof v); \
    } } while (0)

typedef struct { uint64_t part[2]; } sixteen_bytes;

static void move(const char *from, ptrdiff_t from_stride, char *to, ptrdiff_t to_stride, ptrdiff_t n, int itemsize)
{
    if (from_stride == itemsize && to_stride == itemsize) {
        memcpy(to, from, (size_t)n * (size_t)itemsize);
        return;
    }
    switch (itemsize) {
    case 1: MOVE(uint8_t); break;
    case 2: MOVE(uint16_t); break;
    case 4: MOVE(uint32_t); break;
    case 8: MOVE(uint64_t); break;
    default: MOVE(sixteen_bytes);
    }
}

void sk_load(const char *from, ptrdiff_t stride, ptrdiff_t n, int dtype, int swapped, int to, void *dst)
{
    if (dtype == to && !swapped)
        move(from, stride, dst, sk_itemsize[to], n, sk_itemsize[to]);
    else
        load_converted(from, stride, n, dtype, swapped, to, dst);
}

void sk_store(const void *src, ptrdiff_t n, int dtype, char *to, ptrdiff_t stride)
{
    move(src, sk_itemsize[dtype], to, stride, n, sk_itemsize[dtype]);
}

/* How many samples from i on, which is outside of [0, n), stand for samples that lie `*step` apart from *first on;
 * where none does, *first is -1. */
static ptrdiff_t run_outside(ptrdiff_t i, ptrdiff_t n, sk_boundary boundary, ptrdiff_t *first, ptrdiff_t *step)
{
    ptrdiff_t period;
    *step = 0;
    switch (boundary) {
    case SK_WRAP: period = n; break;
    case SK_SYMMETRIC: period = 2 * n; break;
    case SK_REFLECT: period = n > 1 ? 2 * n - 2 : 1; break;
    default:
        *first = boundary != SK_EDGE ? -1 : i < 0 ? 0 : n - 1;
        return i < 0 ? -i : PTRDIFF_MAX;
    }
    i %= period;
    i = i < 0 ? i + period : i;
    *step = i < n ? 1 : -1;
    *first = i < n ? i : period - i - (boundary == SK_SYMMETRIC);
    return (i < n ? n : period) - i;
}

ptrdiff_t sk_reflect(ptrdiff_t i, ptrdiff_t n, sk_boundary boundary)
{
    ptrdiff_t first, step;
    if (i >= 0 && i < n)
        return i;
    run_outside(i, n, boundary, &first, &step);
    return first;
}

/* The sample at i, outside of [0, n), for the boundaries that compute it: one element of dtype `to`. Each is a sample
 * inside, or its mirror image, plus so many times a rise. One sample alone has no rise: it stands for all. */
static void extrapolate(const sk_view *v, const char *line, ptrdiff_t stride, ptrdiff_t n, ptrdiff_t i,
                        sk_boundary boundary, int to, char *dst)
{
    const int wide = to == SK_C64 || to == SK_C128 ? SK_C128 : SK_F64;
    ptrdiff_t near = i < 0 ? 0 : n - 1, low = 0, high = n - 1;
    double times, value[2], from[2], upto[2];
    int mirrored = 0;
    if (boundary == SK_ANTISYMMETRIC) {
        near = (i % (2 * n) + 2 * n) % (2 * n);
        mirrored = near >= n;
        near = mirrored ? 2 * n - 1 - near : near;
        times = 0.0;
    } else if (boundary == SK_ANTIREFLECT) {
        const ptrdiff_t period = n > 1 ? 2 * n - 2 : 1;
        near = (i % period + period) % period;
        times = 2.0 * (double)((i - near) / period); /* a period climbs twice */
        mirrored = near >= n;
        near = mirrored ? period - near : near;
    } else {
        if (boundary == SK_SMOOTH && n > 1) {
            low = i < 0 ? 0 : n - 2;
            high = low + 1;
        }
        times = (double)(i - near) / (double)(high > low ? high - low : 1);
    }
    sk_load(line + near * stride, stride, 1, v->dtype, v->swapped, wide, value);
    sk_load(line + low * stride, stride, 1, v->dtype, v->swapped, wide, from);
    sk_load(line + high * stride, stride, 1, v->dtype, v->swapped, wide, upto);
    for (int k = 0; k < (wide == SK_C128 ? 2 : 1); k++) {
        if (mirrored)
            value[k] = boundary == SK_ANTISYMMETRIC ? -value[k] : 2.0 * upto[k] - value[k];
        if (times != 0.0)
            value[k] += times * (upto[k] - from[k]);
    }
    sk_load((const char *)value, sk_itemsize[wide], 1, wide, 0, to, dst);
}

void sk_extend(const sk_view *v, const char *line, ptrdiff_t stride, ptrdiff_t n, ptrdiff_t at, ptrdiff_t count,
               sk_boundary boundary, const void *fill, int to, void *dst)
{
    const int size = sk_itemsize[to];
    char *d = dst;
    ptrdiff_t begin = at < 0 ? 0 : at, end = at + count < n ? at + count : n;
    if (begin >= end)
        begin = end = at + count; /* nothing of the line itself */
    else
        sk_load(line + begin * stride, stride, end - begin, v->dtype, v->swapped, to, d + (begin - at) * size);
    if (boundary == SK_EXISTING) {
        memset(d, 0, (size_t)((begin - at) * size));
        memset(d + (end - at) * size, 0, (size_t)((at + count - end) * size));
        return;
    }
    for (ptrdiff_t i = at, run; i < at + count; i += run) {
        const ptrdiff_t upto = i < begin ? begin : at + count;
        ptrdiff_t first, step;
        char *to_here = d + (i - at) * size;
        if (i == begin && end > begin) {
            run = end - begin;
        } else if (boundary >= SK_SMOOTH) {
            extrapolate(v, line, stride, n, i, boundary, to, to_here);
            run = 1;
        } else {
            run = run_outside(i, n, boundary, &first, &step);
            run = run < upto - i ? run : upto - i;
            if (first >= 0)
                sk_load(line + first * stride, step * stride, run, v->dtype, v->swapped, to, to_here);
            else
                move(fill, 0, to_here, size, run, size);
        }
    }
}

int sk_in_place(const char *line, ptrdiff_t stride, int dtype)
{
    const int complex_ = dtype == SK_C64 || dtype == SK_C128, real = sk_itemsize[dtype] / (complex_ ? 2 : 1);
    return stride == sk_itemsize[dtype] && (uintptr_t)line % (uintptr_t)real == 0;
}

const void *sk_piece(const sk_view *v, const char *line, ptrdiff_t stride, ptrdiff_t at, ptrdiff_t count, int to,
                     void *dst)
{
    if (v->dtype == to && !v->swapped && sk_in_place(line, stride, to))
        return line + at * stride;
    sk_load(line + at * stride, stride, count, v->dtype, v->swapped, to, dst);
    return dst;
}

int sk_finite(const void *x, ptrdiff_t n, int dtype)
{
    const int reals = dtype == SK_C64 || dtype == SK_C128 ? 2 : 1;
    double poison = 0.0;
    if (dtype == SK_F32 || dtype == SK_C64) {
        float poison32 = 0.0f;
        const float *p = x;
#pragma omp simd reduction(+ : poison32)
        for (ptrdiff_t i = 0; i < reals * n; i++)
            poison32 += p[i] * 0.0f;
        poison = poison32;
    } else if (dtype != SK_I64) {
        const double *p = x;
#pragma omp simd reduction(+ : poison)
        for (ptrdiff_t i = 0; i < reals * n; i++)
            poison += p[i] * 0.0;
    }
    return poison == 0.0;
}

int sk_has_nan(const void *x, ptrdiff_t n, int dtype)
{
    int found = 0;
    if (dtype == SK_F32) {
        const float *p = x;
#pragma omp simd reduction(| : found)
        for (ptrdiff_t i = 0; i < n; i++)
            found |= p[i] != p[i];
    } else if (dtype == SK_F64) {
        const double *p = x;
#pragma omp simd reduction(| : found)
        for (ptrdiff_t i = 0; i < n; i++)
            found |= p[i] != p[i];
    }
    return found;
}

void sk_conjugate(void *x, ptrdiff_t n, int dtype)
{
    if (dtype == SK_C64) {
        float *p = x;
        for (ptrdiff_t i = 0; i < n; i++)
            p[2 * i + 1] = -p[2 * i + 1];
    } else if (dtype == SK_C128) {
        double *p = x;
        for (ptrdiff_t i = 0; i < n; i++)
            p[2 * i + 1] = -p[2 * i + 1];
    }
}

/* Transposition of matrices of 4-, 8- and 16-byte elements. A vector is loaded as 16-byte chunks, each from a row of
 * its own, so that shuffles within the chunks are all that is left to do. */
#ifndef SK_TRANSPOSE_H
#define SK_TRANSPOSE_H

#define CHUNKS (SK_VECTOR_BYTES / 16)

/* Columns [begin, end) of rows [r, last), one element after the other. */
static inline void sk_transpose_rest(const char *from, ptrdiff_t from_stride, char *to, ptrdiff_t to_stride,
                                     ptrdiff_t r, ptrdiff_t last, ptrdiff_t begin, ptrdiff_t end, size_t size)
{
    for (; r < last; r++)
        for (ptrdiff_t c = begin; c < end; c++)
            memcpy(to + c * to_stride + r * (ptrdiff_t)size, from + r * from_stride + c * (ptrdiff_t)size, size);
}

/* In every chunk, four vectors of 4-byte elements (two of 8-byte ones) become their columns. */
SK_INLINE void sk_turn4(sk_vf32 *v0, sk_vf32 *v1, sk_vf32 *v2, sk_vf32 *v3)
{
    const sk_vf64 low01 = (sk_vf64)sk_vf32_low(*v0, *v1), low23 = (sk_vf64)sk_vf32_low(*v2, *v3);
    const sk_vf64 high01 = (sk_vf64)sk_vf32_high(*v0, *v1), high23 = (sk_vf64)sk_vf32_high(*v2, *v3);
    *v0 = (sk_vf32)sk_vf64_low(low01, low23);
    *v1 = (sk_vf32)sk_vf64_high(low01, low23);
    *v2 = (sk_vf32)sk_vf64_low(high01, high23);
    *v3 = (sk_vf32)sk_vf64_high(high01, high23);
}

SK_INLINE void sk_turn2(sk_vf32 *v0, sk_vf32 *v1)
{
    const sk_vf64 a = (sk_vf64)*v0, b = (sk_vf64)*v1;
    *v0 = (sk_vf32)sk_vf64_low(a, b);
    *v1 = (sk_vf32)sk_vf64_high(a, b);
}

static inline void sk_store_at(char *p, sk_vf32 v)
{
    memcpy(p, &v, sizeof v);
}

static inline void sk_transpose4(const char *from, ptrdiff_t from_stride, char *to, ptrdiff_t to_stride,
                                 ptrdiff_t rows, ptrdiff_t columns)
{
    ptrdiff_t r = 0;
    for (; r + 4 * CHUNKS <= rows; r += 4 * CHUNKS) {
        const char *p = from + r * from_stride;
        char *q = to + 4 * r;
        ptrdiff_t c = 0;
        for (; c + 4 <= columns; c += 4) {
            sk_vf32 v0 = sk_chunks_load(p + 4 * c, 4 * from_stride);
            sk_vf32 v1 = sk_chunks_load(p + 4 * c + from_stride, 4 * from_stride);
            sk_vf32 v2 = sk_chunks_load(p + 4 * c + 2 * from_stride, 4 * from_stride);
            sk_vf32 v3 = sk_chunks_load(p + 4 * c + 3 * from_stride, 4 * from_stride);
            sk_turn4(&v0, &v1, &v2, &v3);
            sk_store_at(q + c * to_stride, v0);
            sk_store_at(q + (c + 1) * to_stride, v1);
            sk_store_at(q + (c + 2) * to_stride, v2);
            sk_store_at(q + (c + 3) * to_stride, v3);
        }
        if (c < columns)
            sk_transpose_rest(from, from_stride, to, to_stride, r, r + 4 * CHUNKS, c, columns, 4);
    }
    sk_transpose_rest(from, from_stride, to, to_stride, r, rows, 0, columns, 4);
}

static inline void sk_transpose8(const char *from, ptrdiff_t from_stride, char *to, ptrdiff_t to_stride,
                                 ptrdiff_t rows, ptrdiff_t columns)
{
    ptrdiff_t r = 0;
    for (; r + 2 * CHUNKS <= rows; r += 2 * CHUNKS) {
        const char *p = from + r * from_stride;
        char *q = to + 8 * r;
        ptrdiff_t c = 0;
        for (; c + 2 <= columns; c += 2) {
            sk_vf32 v0 = sk_chunks_load(p + 8 * c, 2 * from_stride);
            sk_vf32 v1 = sk_chunks_load(p + 8 * c + from_stride, 2 * from_stride);
            sk_turn2(&v0, &v1);
            sk_store_at(q + c * to_stride, v0);
            sk_store_at(q + (c + 1) * to_stride, v1);
        }
        if (c < columns)
            sk_transpose_rest(from, from_stride, to, to_stride, r, r + 2 * CHUNKS, c, columns, 8);
    }
    sk_transpose_rest(from, from_stride, to, to_stride, r, rows, 0, columns, 8);
}

static inline void sk_transpose16(const char *from, ptrdiff_t from_stride, char *to, ptrdiff_t to_stride,
                                  ptrdiff_t rows, ptrdiff_t columns)
{
    ptrdiff_t r = 0;
    for (; r + CHUNKS <= rows; r += CHUNKS)
        for (ptrdiff_t c = 0; c < columns; c++)
            sk_store_at(to + c * to_stride + 16 * r, sk_chunks_load(from + r * from_stride + 16 * c, from_stride));
    sk_transpose_rest(from, from_stride, to, to_stride, r, rows, 0, columns, 16);
}

#undef CHUNKS
#endif

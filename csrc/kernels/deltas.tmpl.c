/* Derivatives along time of frames that lie in rows, and the store that puts them side by side. */

static void FN(weighted_rows)(const void *rows, const void *h, ptrdiff_t m, void *out, ptrdiff_t n, ptrdiff_t stride)
{
    const R *taps = h;
    for (ptrdiff_t r = 0; r < n; r++) {
        const char *first = (const char *)rows + r * stride;
        char *to = (char *)out + r * stride;
        ptrdiff_t c = 0;
        for (; c + 4 * SK_VECTOR_BYTES <= stride; c += 4 * SK_VECTOR_BYTES) { /* four sums share a tap */
            V s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
            const char *row = first + c;
            for (ptrdiff_t j = 0; j < m; j++, row += stride) {
                const V tap = VEVERY(taps[j]);
                s0 = MADD(VLOAD((const R *)row), tap, s0);
                s1 = MADD(VLOAD((const R *)(row + SK_VECTOR_BYTES)), tap, s1);
                s2 = MADD(VLOAD((const R *)(row + 2 * SK_VECTOR_BYTES)), tap, s2);
                s3 = MADD(VLOAD((const R *)(row + 3 * SK_VECTOR_BYTES)), tap, s3);
            }
            VSTORE((R *)(to + c), s0);
            VSTORE((R *)(to + c + SK_VECTOR_BYTES), s1);
            VSTORE((R *)(to + c + 2 * SK_VECTOR_BYTES), s2);
            VSTORE((R *)(to + c + 3 * SK_VECTOR_BYTES), s3);
        }
        for (; c < stride; c += SK_VECTOR_BYTES) {
            V sum = {0};
            const char *row = first + c;
            for (ptrdiff_t j = 0; j < m; j++, row += stride)
                sum = MADD(VLOAD((const R *)row), VEVERY(taps[j]), sum);
            VSTORE((R *)(to + c), sum);
        }
    }
}

/* Three rows, by chunks of 16 bytes. */
typedef R FN(chunk) __attribute__((vector_size(16)));
#if IS_F64
typedef int64_t FN(chunk_index) __attribute__((vector_size(16)));
#else
typedef int32_t FN(chunk_index) __attribute__((vector_size(16)));
#endif

SK_INLINE void FN(interleave3)(const R *a, const R *b, const R *c, ptrdiff_t n, R *to)
{
    enum { STEP = 16 / sizeof(R) };
    ptrdiff_t i = 0;
    for (; i + STEP <= n; i += STEP, to += 3 * STEP) {
        FN(chunk) x, y, z;
        memcpy(&x, a + i, sizeof x);
        memcpy(&y, b + i, sizeof y);
        memcpy(&z, c + i, sizeof z);
#if IS_F64
        const FN(chunk) p = SK_SHUFFLE(x, y, FN(chunk_index), 0, 2), q = SK_SHUFFLE(z, x, FN(chunk_index), 0, 3);
        const FN(chunk) r = SK_SHUFFLE(y, z, FN(chunk_index), 1, 3);
#else
        const FN(chunk) low = SK_SHUFFLE(x, y, FN(chunk_index), 0, 4, 1, 5);  /* x0 y0 x1 y1 */
        const FN(chunk) high = SK_SHUFFLE(y, z, FN(chunk_index), 2, 6, 3, 7); /* y2 z2 y3 z3 */
        const FN(chunk) mid = SK_SHUFFLE(z, x, FN(chunk_index), 0, 1, 6, 7);  /* z0 z1 x2 x3 */
        const FN(chunk) ends = SK_SHUFFLE(low, mid, FN(chunk_index), 2, 3, 4, 5); /* x1 y1 z0 z1 */
        const FN(chunk) p = SK_SHUFFLE(low, ends, FN(chunk_index), 0, 1, 6, 4);
        const FN(chunk) middle = SK_SHUFFLE(mid, high, FN(chunk_index), 2, 3, 4, 5); /* x2 x3 y2 z2 */
        const FN(chunk) q = SK_SHUFFLE(ends, middle, FN(chunk_index), 1, 3, 4, 6);
        const FN(chunk) r = SK_SHUFFLE(middle, high, FN(chunk_index), 3, 1, 6, 7);
#endif
        memcpy(to, &p, sizeof p);
        memcpy(to + STEP, &q, sizeof q);
        memcpy(to + 2 * STEP, &r, sizeof r);
    }
    for (; i < n; i++, to += 3) {
        to[0] = a[i];
        to[1] = b[i];
        to[2] = c[i];
    }
}

static void FN(interleave)(const void *const *parts, ptrdiff_t count, ptrdiff_t n, void *out)
{
    R *to = out;
    if (count == 3) {
        FN(interleave3)(parts[0], parts[1], parts[2], n, to);
        return;
    }
    for (ptrdiff_t p = 0; p < count; p++)
        for (ptrdiff_t i = 0; i < n; i++)
            to[count * i + p] = ((const R *)parts[p])[i];
}

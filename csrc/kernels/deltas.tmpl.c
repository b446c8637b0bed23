/* Derivatives along time of frames that lie in rows, and the store that puts them side by side. */

static void FN(weighted_rows)(const void *rows, const void *h, ptrdiff_t m, void *out, ptrdiff_t n, ptrdiff_t stride)
{
    const R *taps = h;
    for (ptrdiff_t r = 0; r < n; r++)
        for (ptrdiff_t c = 0; c < stride; c += SK_VECTOR_BYTES) {
            const char *row = (const char *)rows + r * stride + c;
            V sum = {0};
            for (ptrdiff_t j = 0; j < m; j++, row += stride)
                sum = MADD(VEVERY(taps[j]), VLOAD((const R *)row), sum);
            VSTORE((R *)((char *)out + r * stride + c), sum);
        }
}

static void FN(interleave)(const void *const *parts, ptrdiff_t count, ptrdiff_t n, void *out)
{
    R *to = out;
    const R *a = parts[0], *b = parts[1];
    if (count == 3) {
        const R *c = parts[2];
        for (ptrdiff_t i = 0; i < n; i++) {
            to[3 * i] = a[i];
            to[3 * i + 1] = b[i];
            to[3 * i + 2] = c[i];
        }
    } else if (count == 2) {
        for (ptrdiff_t i = 0; i < n; i++) {
            to[2 * i] = a[i];
            to[2 * i + 1] = b[i];
        }
    } else {
        for (ptrdiff_t p = 0; p < count; p++)
            for (ptrdiff_t i = 0; i < n; i++)
                to[count * i + p] = ((const R *)parts[p])[i];
    }
}

/* Sums of magnitudes of differences: two rows of one panel by all four of the other at a time, so that eight sums,
 * their six samples, a mask and a difference fill sixteen registers; where there are more, it is no slower. */

SK_INLINE V FN(magnitude)(V v, INDEX mask)
{
    INDEX bits;
    memcpy(&bits, &v, sizeof bits);
    bits &= mask;
    memcpy(&v, &bits, sizeof v);
    return v;
}

#define LINE (SK_CACHE_LINE / (ptrdiff_t)sizeof(R))
#define ADD_ROW(i) do { \
    V samples = VLOAD(a + i * LINE + v); \
    PIN(samples); \
    s##i##0 += FN(magnitude)(samples - y0, mask); \
    s##i##1 += FN(magnitude)(samples - y1, mask); } while (0)
#define ADD_SUMS(i) do { \
    into[SK_PANEL * i] += (double)VSUM(s##i##0); \
    into[SK_PANEL * i + 1] += (double)VSUM(s##i##1); } while (0)

static void FN(differences)(const void *x, const void *y, ptrdiff_t lines, double *sums)
{
    const V minus_zero = -VEVERY(0);
    INDEX mask;
    memcpy(&mask, &minus_zero, sizeof mask);
    mask = ~mask; /* all but the sign */
    for (ptrdiff_t k = 0; k < SK_PANEL; k += 2) {
        V s00 = {0}, s01 = {0}, s10 = {0}, s11 = {0}, s20 = {0}, s21 = {0}, s30 = {0}, s31 = {0};
        const R *a = x, *b = (const R *)y + k * LINE;
        for (ptrdiff_t line = 0; line < lines; line++, a += SK_PANEL * LINE, b += SK_PANEL * LINE) {
#pragma GCC unroll 4
            for (ptrdiff_t v = 0; v < LINE; v += LANES) {
                V y0 = VLOAD(b + v), y1 = VLOAD(b + LINE + v);
                PIN(y0);
                PIN(y1);
                ADD_ROW(0);
                ADD_ROW(1);
                ADD_ROW(2);
                ADD_ROW(3);
            }
        }
        double *into = sums + k;
        ADD_SUMS(0);
        ADD_SUMS(1);
        ADD_SUMS(2);
        ADD_SUMS(3);
    }
}
#undef LINE
#undef ADD_ROW
#undef ADD_SUMS

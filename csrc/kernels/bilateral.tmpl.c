/* Means of neighbours, weighted by distance and by difference. */

/* e^t for t <= 0; 0 where that is next to nothing; NaN for NaN. t = k log 2 + r, and the series of e^r up to the term
 * below eps / 8. */
SK_INLINE V FN(exp_of_negative)(V t)
{
    /* 1.5 times the power of two whose last place is 1: adding it rounds, and leaves the integer in the lowest bits. */
    const R least = IS_F64 ? (R)-707 : (R)-86, magic = IS_F64 ? (R)0x1.8p52 : (R)0x1.8p23;
    /* log 2 in two parts, the first of so few bits that its product with any k is exact. */
    const R high = IS_F64 ? (R)0x1.62e42fefa38p-1 : (R)0x1.62ep-1;
    const R low = IS_F64 ? (R)0x1.ef35793c7673p-45 : (R)0x1.0bfbe8e7bcd5ep-15;
    enum { FRACTION = IS_F64 ? 52 : 23, DEGREE = IS_F64 ? 13 : 7 };
    static const double factorials[] = {1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362880, 3628800, 39916800, 479001600,
                                        6227020800};
    const V x = FN(select)(t < least, VEVERY(least), t);
    const V k = MADD(x, VEVERY((R)1.44269504088896340736), VEVERY(magic)), rounded = k - magic;
    const V r = NMADD(rounded, VEVERY(low), NMADD(rounded, VEVERY(high), x));
    V sum = VEVERY((R)(1 / factorials[DEGREE]));
    for (int i = DEGREE - 1; i >= 0; i--)
        sum = MADD(sum, r, VEVERY((R)(1 / factorials[i])));
    INDEX bits, exponent;
    memcpy(&bits, &sum, sizeof bits);
    memcpy(&exponent, &k, sizeof exponent);
    bits += exponent << FRACTION; /* what magic adds to k is shifted out */
    memcpy(&sum, &bits, sizeof sum);
    sum = FN(select)(t < least, VEVERY(0), sum);
    return FN(select)(t == t, sum, t);
}

SK_INLINE void FN(bilateral_vectors)(const sk_bilateral_row *b, ptrdiff_t channels)
{
    const R *const *const *rows = (const R *const *const *)b->rows;
    const R steepness = (R)b->steepness;
    R *sums = b->scratch; /* of differences, a vector for each channel */
    for (ptrdiff_t c = 0; c < b->n; c += LANES) {
        c = b->n - c < LANES ? b->n - LANES : c; /* the last vector ends with the row */
        const R *spatial = b->spatial;
        V norm = {0}, sum = {0}, center = VLOAD(rows[0][b->m / 2] + c + b->width / 2);
        memset(sums, 0, (size_t)channels * sizeof(V));
        for (ptrdiff_t j = 0; j < b->m; j++)
            for (ptrdiff_t i = 0; i < b->width; i++) {
                const V difference = VLOAD(rows[0][j] + c + i) - center;
                V square = difference * steepness; /* which squares neither the smallest nor the largest samples */
                square *= square;
                for (ptrdiff_t h = 1; h < channels; h++) {
                    const V d = (VLOAD(rows[h][j] + c + i) - VLOAD(rows[h][b->m / 2] + c + b->width / 2)) * steepness;
                    square = MADD(d, d, square);
                }
                const V weight = FN(exp_of_negative)(-square) * *spatial++;
                norm += weight;
                sum = MADD(weight, difference, sum);
                for (ptrdiff_t h = 1; h < channels; h++) {
                    const V d = VLOAD(rows[h][j] + c + i) - VLOAD(rows[h][b->m / 2] + c + b->width / 2);
                    VSTORE(sums + h * LANES, MADD(weight, d, VLOAD(sums + h * LANES)));
                }
            }
        VSTORE((R *)b->out[0] + c, center + sum / norm);
        for (ptrdiff_t h = 1; h < channels; h++)
            VSTORE((R *)b->out[h] + c,
                   VLOAD(rows[h][b->m / 2] + c + b->width / 2) + VLOAD(sums + h * LANES) / norm);
    }
}

static void FN(bilateral)(const sk_bilateral_row *b)
{
    if (b->channels == 1)
        FN(bilateral_vectors)(b, 1);
    else
        FN(bilateral_vectors)(b, b->channels);
}

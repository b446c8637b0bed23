/* Logarithms of rows of powers. */

/* 10 log10 of normal numbers: x = m 2^e with m from sqrt(1/2) to sqrt(2), and 10 log10(m) without loss near 1. */
SK_INLINE V FN(ten_log10)(V x)
{
    INDEX bits;
#if IS_F64
    const int64_t root_half = 0x3fe6a09e667f3bcd;
    enum { FRACTION = 52 };
#else
    const int32_t root_half = 0x3f3504f3;
    enum { FRACTION = 23 };
#endif
    memcpy(&bits, &x, sizeof bits);
    const INDEX exponent = (bits - root_half) >> FRACTION;
    bits -= exponent << FRACTION;
    V m;
    memcpy(&m, &bits, sizeof m);
    const V e = __builtin_convertvector(exponent, V), f = m - 1;
    /* 10 log10(1 + f) = c (f - f^2 / 2 + ...): f alone is exact, what follows is smaller, and c has a second part. */
    const double c = 4.34294481903251827651128918916605, two = 3.01029995663981195213738894724493;
#if IS_F64
    /* log(1 + f) = f - h + s (h + r), h = f^2 / 2, s = f / (2 + f), r = 2 s^2 / 3 + 2 s^4 / 5 + ... (of 2 atanh(s));
     * the first term left out is below 2^-56 of the sum. */
    const double c_rest = -1.1221263990335479709e-16, two_rest = -1.39059583740367357e-16;
    const V s = f / (f + 2), square = s * s, h = f * f * 0.5;
    V r = VEVERY(2.0 / 21);
    for (int k = 19; k > 1; k -= 2)
        r = MADD(r, square, VEVERY(2.0 / k));
    const V rest = MADD(s, MADD(r, square, h), -h) * c;
#else
    /* The polynomial of this degree whose largest error, of the whole, is the least: 1e-8. */
    static const float terms[] = {0.5604732233856768f, -0.5751348985249395f, 0.6159015597020473f,
                                  -0.7213223673033224f, 0.8686751002295069f, -1.0858050192810533f,
                                  1.447647934023681f, -2.1714719022206865f};
    const double c_rest = c - (double)(float)c, two_rest = two - (double)(float)two;
    V sum = VEVERY(-0.3310596789620996f);
    for (int i = 0; i < 8; i++)
        sum = MADD(sum, f, VEVERY(terms[i]));
    const V rest = f * f * sum;
#endif
    const V part = MADD(f, VEVERY((R)c), MADD(f, VEVERY((R)c_rest), rest));
    return MADD(e, VEVERY((R)two), MADD(e, VEVERY((R)two_rest), part));
}

/* p[i] = 10 log10(max(p[i], floor)) + level; Inf and NaN stay. */
static void FN(decibels)(void *row, ptrdiff_t n, double floor, double level)
{
    R *p = row;
    const double normal = IS_F64 ? DBL_MIN : FLT_MIN;
    const V least = VEVERY((R)(floor > normal ? floor : normal)), most = VEVERY((R)(IS_F64 ? DBL_MAX : FLT_MAX));
    for (ptrdiff_t i = 0; i < n; i += LANES) {
        V x = VEVERY(1);
        if (i + LANES <= n)
            x = VLOAD(p + i);
        else
            memcpy(&x, p + i, (size_t)(n - i) * sizeof(R));
        x = FN(select)(x < least, least, x);
        x = FN(select)(x <= most, FN(ten_log10)(x) + (R)level, x);
        if (i + LANES <= n)
            VSTORE(p + i, x);
        else
            memcpy(p + i, &x, (size_t)(n - i) * sizeof(R));
    }
}

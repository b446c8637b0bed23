/* Logarithms of rows of powers. */

#if IS_F64
#define INDEX sk_index64
#else
#define INDEX sk_index32
#endif

/* a where the comparison held, b elsewhere. */
SK_INLINE V FN(select)(INDEX held, V a, V b)
{
    INDEX x, y;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    x = (x & held) | (y & ~held);
    memcpy(&a, &x, sizeof a);
    return a;
}

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
#if IS_F64
    /* 2 atanh(s), s = f / (2 + f), |s| < 0.172: the next term is below 2^-56 of the sum. */
    const V s = f / (f + 2), square = s * s, twice = s * 8.685889638065036553022579; /* in decibels */
    V sum = VEVERY(1.0 / 21);
    for (int k = 19; k > 1; k -= 2)
        sum = MADD(sum, square, VEVERY(1.0 / k));
    const V part = MADD(sum * square, twice, twice);
#else
    /* The polynomial of this degree whose largest relative error is the least: 5e-8. */
    static const float c[] = {-0.6239416822711205f, 0.6493694010132084f, -0.7192959772004665f, 0.8667142371080594f,
                              -1.0858262624443187f, 1.447685288096256f,  -2.171471887018201f,  4.342944706937729f};
    V sum = VEVERY(0.3788022112064697f);
    for (int i = 0; i < 8; i++)
        sum = MADD(sum, f, VEVERY(c[i]));
    const V part = sum * f;
#endif
    return MADD(e, VEVERY((R)3.010299956639811952137388947244930), part);
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
#undef INDEX

/* Discrete Fourier transforms of 2, 3, 4, 5, 7, 8 and 16 points, forward (e^-i), in place and in natural
 * order. A point is a vector of real and one of imaginary parts: as many transforms as lanes at once, no shuffles. */

typedef struct {
    V re, im;
} FN(point);
#define P FN(point)
#define CONSTANT(name, value) const V name = VEVERY((R)(value))

SK_INLINE P FN(plus)(P a, P b)
{
    return (P){a.re + b.re, a.im + b.im};
}

SK_INLINE P FN(minus)(P a, P b)
{
    return (P){a.re - b.re, a.im - b.im};
}

/* a - i b and a + i b */
SK_INLINE P FN(minus_i)(P a, P b)
{
    return (P){a.re + b.im, a.im - b.re};
}

SK_INLINE P FN(plus_i)(P a, P b)
{
    return (P){a.re - b.im, a.im + b.re};
}

SK_INLINE P FN(times)(P a, V re, V im)
{
    return (P){NMADD(a.im, im, a.re * re), MADD(a.im, re, a.re * im)};
}

/* a + c b, c real */
SK_INLINE P FN(add)(P a, V c, P b)
{
    return (P){MADD(c, b.re, a.re), MADD(c, b.im, a.im)};
}

SK_INLINE P FN(scaled)(V c, P b)
{
    return (P){c * b.re, c * b.im};
}

SK_INLINE void FN(fft_2)(P *x0, P *x1)
{
    const P a = *x0, b = *x1;
    *x0 = FN(plus)(a, b);
    *x1 = FN(minus)(a, b);
}

SK_INLINE void FN(fft_3)(P *x0, P *x1, P *x2)
{
    CONSTANT(half, -0.5);
    CONSTANT(s, 0.866025403784438646763723170752936183);
    const P t = FN(plus)(*x1, *x2), u = FN(scaled)(s, FN(minus)(*x1, *x2)), m = FN(add)(*x0, half, t);
    *x0 = FN(plus)(*x0, t);
    *x1 = FN(minus_i)(m, u);
    *x2 = FN(plus_i)(m, u);
}

SK_INLINE void FN(fft_4)(P *x0, P *x1, P *x2, P *x3)
{
    const P a = FN(plus)(*x0, *x2), b = FN(minus)(*x0, *x2), c = FN(plus)(*x1, *x3), d = FN(minus)(*x1, *x3);
    *x0 = FN(plus)(a, c);
    *x1 = FN(minus_i)(b, d);
    *x2 = FN(minus)(a, c);
    *x3 = FN(plus_i)(b, d);
}

SK_INLINE void FN(fft_5)(P *x0, P *x1, P *x2, P *x3, P *x4)
{
    CONSTANT(c1, 0.309016994374947424102293417182819059);
    CONSTANT(c2, -0.809016994374947424102293417182819059);
    CONSTANT(s1, 0.951056516295153572116439333379382143);
    CONSTANT(s2, 0.587785252292473129168705954639072769);
    const P t1 = FN(plus)(*x1, *x4), t2 = FN(plus)(*x2, *x3), u1 = FN(minus)(*x1, *x4), u2 = FN(minus)(*x2, *x3);
    const P m1 = FN(add)(FN(add)(*x0, c1, t1), c2, t2), m2 = FN(add)(FN(add)(*x0, c2, t1), c1, t2);
    const P n1 = FN(add)(FN(scaled)(s1, u1), s2, u2), n2 = FN(add)(FN(scaled)(s2, u1), -s1, u2);
    *x0 = FN(plus)(*x0, FN(plus)(t1, t2));
    *x1 = FN(minus_i)(m1, n1);
    *x2 = FN(minus_i)(m2, n2);
    *x3 = FN(plus_i)(m2, n2);
    *x4 = FN(plus_i)(m1, n1);
}

SK_INLINE void FN(fft_7)(P *x0, P *x1, P *x2, P *x3, P *x4, P *x5, P *x6)
{
    CONSTANT(c1, 0.623489801858733530525004884004239811);
    CONSTANT(c2, -0.222520933956314404288902564496794759);
    CONSTANT(c3, -0.900968867902419126236102319507445051);
    CONSTANT(s1, 0.781831482468029808708444526674057750);
    CONSTANT(s2, 0.974927912181823607018131682993931217);
    CONSTANT(s3, 0.433883739117558120475768332848358754);
    const P t1 = FN(plus)(*x1, *x6), t2 = FN(plus)(*x2, *x5), t3 = FN(plus)(*x3, *x4);
    const P u1 = FN(minus)(*x1, *x6), u2 = FN(minus)(*x2, *x5), u3 = FN(minus)(*x3, *x4);
    const P m1 = FN(add)(FN(add)(FN(add)(*x0, c1, t1), c2, t2), c3, t3);
    const P m2 = FN(add)(FN(add)(FN(add)(*x0, c2, t1), c3, t2), c1, t3);
    const P m3 = FN(add)(FN(add)(FN(add)(*x0, c3, t1), c1, t2), c2, t3);
    const P n1 = FN(add)(FN(add)(FN(scaled)(s1, u1), s2, u2), s3, u3);
    const P n2 = FN(add)(FN(add)(FN(scaled)(s2, u1), -s3, u2), -s1, u3);
    const P n3 = FN(add)(FN(add)(FN(scaled)(s3, u1), -s1, u2), s2, u3);
    *x0 = FN(plus)(*x0, FN(plus)(t1, FN(plus)(t2, t3)));
    *x1 = FN(minus_i)(m1, n1);
    *x2 = FN(minus_i)(m2, n2);
    *x3 = FN(minus_i)(m3, n3);
    *x4 = FN(plus_i)(m3, n3);
    *x5 = FN(plus_i)(m2, n2);
    *x6 = FN(plus_i)(m1, n1);
}

/* a + w b to *sum and a - w b to *difference, w = e^(-i pi/4) and e^(-3i pi/4). */
SK_INLINE void FN(eighth)(P a, P b, P *sum, P *difference)
{
    CONSTANT(c, 0.707106781186547524400844362104849039);
    const V re = b.re + b.im, im = b.im - b.re;
    *sum = (P){MADD(c, re, a.re), MADD(c, im, a.im)};
    *difference = (P){NMADD(c, re, a.re), NMADD(c, im, a.im)};
}

SK_INLINE void FN(three_eighths)(P a, P b, P *sum, P *difference)
{
    CONSTANT(c, 0.707106781186547524400844362104849039);
    const V re = b.im - b.re, im = b.re + b.im;
    *sum = (P){MADD(c, re, a.re), NMADD(c, im, a.im)};
    *difference = (P){NMADD(c, re, a.re), MADD(c, im, a.im)};
}

SK_INLINE void FN(fft_8)(P *x0, P *x1, P *x2, P *x3, P *x4, P *x5, P *x6, P *x7)
{
    FN(fft_4)(x0, x2, x4, x6);
    FN(fft_4)(x1, x3, x5, x7);
    const P e0 = *x0, e1 = *x2, e2 = *x4, e3 = *x6, o0 = *x1, o1 = *x3, o2 = *x5, o3 = *x7;
    *x0 = FN(plus)(e0, o0);
    *x4 = FN(minus)(e0, o0);
    FN(eighth)(e1, o1, x1, x5);
    *x2 = FN(minus_i)(e2, o2);
    *x6 = FN(plus_i)(e2, o2);
    FN(three_eighths)(e3, o3, x3, x7);
}

SK_INLINE void FN(fft_16)(P *x0, P *x1, P *x2, P *x3, P *x4, P *x5, P *x6, P *x7, P *x8, P *x9, P *x10, P *x11, P *x12,
                          P *x13, P *x14, P *x15)
{
    CONSTANT(c, 0.923879532511286756128183189396788287);
    CONSTANT(s, 0.382683432365089771728459984030398867);
    FN(fft_8)(x0, x2, x4, x6, x8, x10, x12, x14);
    FN(fft_8)(x1, x3, x5, x7, x9, x11, x13, x15);
    const P e0 = *x0, e1 = *x2, e2 = *x4, e3 = *x6, e4 = *x8, e5 = *x10, e6 = *x12, e7 = *x14;
    const P o0 = *x1, o1 = FN(times)(*x3, c, -s), o2 = *x5, o3 = FN(times)(*x7, s, -c), o4 = *x9;
    const P o5 = FN(times)(*x11, -s, -c), o6 = *x13, o7 = FN(times)(*x15, -c, -s);
    *x0 = FN(plus)(e0, o0);
    *x8 = FN(minus)(e0, o0);
    *x1 = FN(plus)(e1, o1);
    *x9 = FN(minus)(e1, o1);
    FN(eighth)(e2, o2, x2, x10);
    *x3 = FN(plus)(e3, o3);
    *x11 = FN(minus)(e3, o3);
    *x4 = FN(minus_i)(e4, o4);
    *x12 = FN(plus_i)(e4, o4);
    *x5 = FN(plus)(e5, o5);
    *x13 = FN(minus)(e5, o5);
    FN(three_eighths)(e6, o6, x6, x14);
    *x7 = FN(plus)(e7, o7);
    *x15 = FN(minus)(e7, o7);
}

#undef CONSTANT

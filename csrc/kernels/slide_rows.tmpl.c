/* Sums across of several lines at once, transposed: where a vector holds one column of some lines, taps are whole
 * vectors apart, and as many multiply-adds share a load as down the rows.
 *
 * A chunk of 16 bytes takes a sample from each of SIDE lines; the chunks of a vector come from columns far apart, at
 * most SEGMENT, so that all transposing is done within chunks. */
enum { FN(SIDE) = 16 / (W * sizeof(R)), FN(CHUNKS) = SK_VECTOR_BYTES / 16, FN(SEGMENT) = 128 };

/* Transposes the blocks of SIDE vectors in each chunk. */
SK_INLINE void FN(turn_blocks)(V *a, V *b, V *c, V *d)
{
    sk_vf32 v0 = (sk_vf32)*a, v1 = (sk_vf32)*b, v2 = (sk_vf32)*c, v3 = (sk_vf32)*d;
    if (FN(SIDE) == 4) {
        sk_turn4(&v0, &v1, &v2, &v3);
    } else if (FN(SIDE) == 2) {
        sk_turn2(&v0, &v1);
        sk_turn2(&v2, &v3);
    }
    *a = (V)v0;
    *b = (V)v1;
    *c = (V)v2;
    *d = (V)v3;
}

/* Where vector k of columns that lie from p on in lines `line` bytes apart comes from, or goes to. */
#define PLACE(p, line, k) ((p) + (k) % FN(SIDE) * (line) + (k) / FN(SIDE) * 16)

/* `columns` columns of SIDE lines, and those `apart` bytes from them, to one vector each; four or more. Returns,
 * with `squares`, lanes whose sum is that of the squares, in which some may be counted twice. */
static inline V FN(turn_lines)(const char *lines, ptrdiff_t line, ptrdiff_t apart, ptrdiff_t columns, R *to,
                              int squares)
{
    V energy = {0};
    for (ptrdiff_t c = 0; c < columns; c += 4) {
        const ptrdiff_t from = c < columns - 4 ? c : columns - 4;
        const char *p = lines + from * (ptrdiff_t)(W * sizeof(R));
#define LOAD(k) (V)sk_chunks_load(PLACE(p, line, k), apart)
        V v0 = LOAD(0), v1 = LOAD(1), v2 = LOAD(2), v3 = LOAD(3);
#undef LOAD
        if (squares)
            energy += MADD(v0, v0, v1 * v1) + MADD(v2, v2, v3 * v3);
        FN(turn_blocks)(&v0, &v1, &v2, &v3);
        VSTORE(to + from * LANES, v0);
        VSTORE(to + (from + 1) * LANES, v1);
        VSTORE(to + (from + 2) * LANES, v2);
        VSTORE(to + (from + 3) * LANES, v3);
    }
    return energy;
}

/* Taps that are the same from either end can be folded: samples that meet the same one are added up first. That may
 * overflow where no plain sum does, so outputs that come out as no finite number are summed once more, one tap after
 * the other. FOLD_CAREFULLY looks for them, where some sample nearby is so large that there may be some: whether it is
 * chosen makes no difference to an output. */
enum { FN(PLAIN), FN(FOLD), FN(FOLD_CAREFULLY), FN(FEWEST_FOLDED) = 16 };

/* A factor which, if it leaves the square of each sample finite, says that no sum of their products overflows; 0 for
 * taps that are not folded. */
static R FN(fold_limit)(const R *h, ptrdiff_t m)
{
    R sum = 1;
    for (ptrdiff_t j = 0; j < m; j++)
        sum += h[j] < 0 ? -h[j] : h[j];
    for (ptrdiff_t j = 0; j < m / 2; j++)
        if (h[j] != h[m - 1 - j])
            return 0;
    return m < FN(FEWEST_FOLDED) ? 0 : 16 * sum * sum;
}

/* Eight vectors of sums become those of one product after the other, where they are not finite. */
static __attribute__((noinline, cold)) void FN(unfold)(const R *x, const R *h, ptrdiff_t m, V *sums)
{
    for (ptrdiff_t k = 0; k < 8; k++, x += LANES) {
        V plain = {0};
        R one[LANES], other[LANES];
        for (ptrdiff_t j = 0; j < m; j++)
            plain = MADD(VLOAD(x + j * LANES), VEVERY(h[j]), plain);
        VSTORE(one, sums[k]);
        VSTORE(other, plain);
        for (ptrdiff_t i = 0; i < LANES; i++)
            one[i] = one[i] - one[i] == 0 ? one[i] : other[i];
        sums[k] = VLOAD(one);
    }
}

/* Eight columns of SIDE rows, and those `apart` bytes from them. */
static inline void FN(turned_tile)(const R *x, const R *h, ptrdiff_t m, int way, char *out, ptrdiff_t stride,
                                   ptrdiff_t apart, int add)
{
    ptrdiff_t q = 0;
    TILE_ZERO(V);
    if (way != FN(PLAIN)) {
        const R *low = x, *high = x + (m - 2) * LANES;
#define LOW(k) VLOAD(low + (k) * LANES)
#define HIGH(k) VLOAD(high + (k) * LANES)
#define BOTH(k) (LOW(k) + HIGH((k) + 1))
        for (; q + 2 <= m / 2; q += 2, low += 2 * LANES, high -= 2 * LANES) {
            const V b0 = VEVERY(h[q]), b1 = VEVERY(h[q + 1]);
            FORGET(low);
            FORGET(high);
            TILE_FOLD2(V, LOW, HIGH, MADD, b0, b1);
        }
        FORGET(low);
        FORGET(high);
        if (q < m / 2) {
            const V b0 = VEVERY(h[q]);
            TILE_TAP1(V, BOTH, MADD, b0);
            low += LANES;
        }
        FORGET(low);
        if (m % 2) {
            const V b0 = VEVERY(h[m / 2]);
            TILE_TAP1(V, LOW, MADD, b0);
        }
#undef BOTH
#undef HIGH
#undef LOW
        if (way == FN(FOLD_CAREFULLY)) {
            V sums[8] = {a0, a1, a2, a3, a4, a5, a6, a7};
            FN(unfold)(x, h, m, sums);
#define GET(k, a) a = sums[k]
            TILE_STORE(GET);
#undef GET
        }
    } else {
#define LOAD(k) VLOAD(x + (q + (k)) * LANES)
#define TAP(k) VEVERY(h[q + (k)])
        TILE_TAPS(V, LOAD, TAP, MADD, q, m);
#undef LOAD
#undef TAP
    }
    FN(turn_blocks)(&a0, &a1, &a2, &a3);
    FN(turn_blocks)(&a4, &a5, &a6, &a7);
#define SET(k, a) sk_chunks_store(PLACE(out, stride, k), apart, (sk_vf32)(a))
#define ADD(k, a) SET(k, (V)sk_chunks_load(PLACE(out, stride, k), apart) + a)
    if (add) {
        TILE_STORE(ADD);
    } else {
        TILE_STORE(SET);
    }
#undef ADD
#undef SET
}
#undef PLACE

/* The sums at `columns` columns, eights of them, and at those `apart` bytes from them, of m <= SK_RESTART taps. */
static inline void FN(slide_segments)(const char *lines, ptrdiff_t line, const R *h, ptrdiff_t m, R limit, char *out,
                                      ptrdiff_t stride, ptrdiff_t columns, ptrdiff_t apart, int add)
{
    R turned[(FN(SEGMENT) + SK_RESTART) * SK_VECTOR_BYTES / sizeof(R)];
    for (ptrdiff_t r = 0; r < SK_IMAGE_ROWS; r += FN(SIDE), out += FN(SIDE) * stride) {
        const V energy = FN(turn_lines)(lines + r * line, line, apart, columns + m - 1, turned, limit > 0);
        const R most = limit > 0 ? VSUM(energy) * limit : 0;
        const int way = limit == 0 ? FN(PLAIN) : most - most == 0 ? FN(FOLD) : FN(FOLD_CAREFULLY);
        for (ptrdiff_t c = 0; c < columns; c += 8)
            FN(turned_tile)(turned + c * LANES, h, m, way, out + c * (ptrdiff_t)(W * sizeof(R)), stride, apart, add);
    }
}

static inline void FN(slide_turned)(const char *lines, ptrdiff_t line, const R *h, ptrdiff_t m, char *out,
                                    ptrdiff_t stride, ptrdiff_t n, int add)
{
    const ptrdiff_t size = W * sizeof(R), least = 8 * FN(CHUNKS);
    const R limit = FN(fold_limit)(h, m);
    for (ptrdiff_t c = 0, columns; n - c >= least; c += columns * FN(CHUNKS)) {
        columns = (n - c) / least * 8;
        columns = columns < FN(SEGMENT) ? columns : FN(SEGMENT);
        FN(slide_segments)(lines + c * size, line, h, m, limit, out + c * size, stride, columns, columns * size, add);
    }
    /* The rest: the last columns once more, of which only what is new is kept. */
    const ptrdiff_t rest = n % least;
    if (rest == 0)
        return;
    R last[SK_IMAGE_ROWS * 8 * SK_VECTOR_BYTES / 16 * W];
    FN(slide_segments)(lines + (n - least) * size, line, h, m, limit, (char *)last, least * size, 8, 8 * size, 0);
    for (ptrdiff_t r = 0; r < SK_IMAGE_ROWS; r++) {
        R *to = (R *)(out + r * stride) + W * (n - rest);
        const R *from = last + W * (r * least + least - rest);
        for (ptrdiff_t i = 0; i < W * rest; i++)
            to[i] = add ? to[i] + from[i] : from[i];
    }
}

static inline void FN(slide_restarted)(const void *lines, ptrdiff_t line, const R *h, ptrdiff_t m, void *out,
                                       ptrdiff_t stride, ptrdiff_t n, int add)
{
    for (ptrdiff_t j = 0; j < m; j += SK_RESTART)
        FN(slide_turned)((const char *)((const R *)lines + W * j), line, h + j, m - j < SK_RESTART ? m - j : SK_RESTART,
                         out, stride, n, add || j > 0);
}

#if W == 1
static void FN(slide_rows)(const void *lines, ptrdiff_t line, const void *h, ptrdiff_t m, void *out, ptrdiff_t stride,
                           ptrdiff_t n, int add)
{
    FN(slide_restarted)(lines, line, h, m, out, stride, n, add);
}
#else
static void FN(slide_rows)(const void *lines, ptrdiff_t line, const void *h, ptrdiff_t m, void *out, ptrdiff_t stride,
                           ptrdiff_t n, int add)
{
    for (ptrdiff_t r = 0; r < SK_IMAGE_ROWS; r++)
        FN(slide)((const char *)lines + r * line, h, m, (char *)out + r * stride, n, add);
}

static void FN(slide_rows_real_taps)(const void *lines, ptrdiff_t line, const void *h, ptrdiff_t m, void *out,
                                     ptrdiff_t stride, ptrdiff_t n, int add)
{
    FN(slide_restarted)(lines, line, h, m, out, stride, n, add);
}
#endif

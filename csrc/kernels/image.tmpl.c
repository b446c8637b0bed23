/* Sums of few weighted neighbours, of squares and of boxes, and what filters of images do to sums before they are
 * stored. */

/* out[c] = (or, with `add`, +=) the sum of weights[k] at[k][c], for c < n. As many loads as multiply-adds: for few
 * taps, where rows that are read one after the other, as the hardware foresees it, count for more. */
static void FN(sum_taps)(const void *const *at, const void *weights, ptrdiff_t count, void *result, ptrdiff_t n,
                         int add)
{
    const R *w = weights;
    R *out = result, last[LANES];
    ptrdiff_t c = 0;
#define SAMPLE(i) VLOAD(x + (i) * LANES)
#define ADD(i, a) VSTORE(out + c + (i) * LANES, VLOAD(out + c + (i) * LANES) + a)
#define SET(i, a) VSTORE(out + c + (i) * LANES, a)
    for (; c + 8 * LANES <= n; c += 8 * LANES) {
        TILE_ZERO(V);
        for (ptrdiff_t k = 0; k < count; k++) {
            const R *x = (const R *)at[k] + c;
            const V b0 = VEVERY(w[k]);
            TILE_TAP1(V, SAMPLE, MADD, b0);
        }
        if (add) {
            TILE_STORE(ADD);
        } else {
            TILE_STORE(SET);
        }
    }
#undef SAMPLE
#undef ADD
#undef SET
    for (; c < n; c += LANES) {
        const ptrdiff_t from = c + LANES <= n ? c : n - LANES; /* the last vector ends with the row */
        V sum = {0};
        for (ptrdiff_t k = 0; k < count; k++)
            sum = MADD(VLOAD((const R *)at[k] + from), VEVERY(w[k]), sum);
        if (add && from < c) {
            VSTORE(last, sum);
            for (ptrdiff_t i = c; i < n; i++)
                out[i] += last[i - from];
        } else {
            VSTORE(out + from, add ? VLOAD(out + from) + sum : sum);
        }
    }
}

/* out[c] = the root of the sum of squares of two sums as above, over the same samples, of weights[0 .. count) and those
 * behind them. */
static void FN(root_of_taps)(const void *const *at, const void *weights, ptrdiff_t count, void *result, ptrdiff_t n)
{
    const R *w = weights;
    R *out = result;
    ptrdiff_t c = 0;
    for (; c + 4 * LANES <= n; c += 4 * LANES) {
        V a0 = {0}, a1 = {0}, a2 = {0}, a3 = {0}, b0 = {0}, b1 = {0}, b2 = {0}, b3 = {0};
        for (ptrdiff_t k = 0; k < count; k++) {
            const R *x = (const R *)at[k] + c;
            const V a = VEVERY(w[k]), b = VEVERY(w[count + k]);
            const V x0 = VLOAD(x), x1 = VLOAD(x + LANES), x2 = VLOAD(x + 2 * LANES), x3 = VLOAD(x + 3 * LANES);
            a0 = MADD(x0, a, a0); a1 = MADD(x1, a, a1); a2 = MADD(x2, a, a2); a3 = MADD(x3, a, a3);
            b0 = MADD(x0, b, b0); b1 = MADD(x1, b, b1); b2 = MADD(x2, b, b2); b3 = MADD(x3, b, b3);
        }
        VSTORE(out + c, a0 * a0 + b0 * b0);
        VSTORE(out + c + LANES, a1 * a1 + b1 * b1);
        VSTORE(out + c + 2 * LANES, a2 * a2 + b2 * b2);
        VSTORE(out + c + 3 * LANES, a3 * a3 + b3 * b3);
    }
    for (; c < n; c += LANES) {
        const ptrdiff_t from = c + LANES <= n ? c : n - LANES; /* the last vector ends with the row */
        V a = {0}, b = {0};
        for (ptrdiff_t k = 0; k < count; k++) {
            a = MADD(VLOAD((const R *)at[k] + from), VEVERY(w[k]), a);
            b = MADD(VLOAD((const R *)at[k] + from), VEVERY(w[count + k]), b);
        }
        VSTORE(out + from, a * a + b * b);
    }
#pragma omp simd
    for (ptrdiff_t i = 0; i < n; i++)
        out[i] = IS_F64 ? (R)sqrt((double)out[i]) : (R)sqrtf((float)out[i]);
}

/* sum = (or, with `add`, +=) term^2; the root of that where `last`. */
static void FN(add_squares)(const void *terms, void *sums, ptrdiff_t n, int add, int last)
{
    const R *term = terms;
    R *sum = sums;
    if (!add) {
#pragma omp simd
        for (ptrdiff_t i = 0; i < n; i++)
            sum[i] = term[i] * term[i];
    } else {
#pragma omp simd
        for (ptrdiff_t i = 0; i < n; i++)
            sum[i] += term[i] * term[i];
    }
    if (last) {
#pragma omp simd
        for (ptrdiff_t i = 0; i < n; i++)
            sum[i] = IS_F64 ? (R)sqrt((double)sum[i]) : (R)sqrtf((float)sum[i]);
    }
}

/* Rounded half to even, saturated, NaN to 0, which it is not above: a loop for each condition, as compilers make a
 * tangle of several in one. */
#define ROUND_TO(name, TO, low, high) \
    static void FN(name)(const void *from, void *to, ptrdiff_t n) \
    { \
        enum { PIECE = 256 }; \
        const R *x = from; \
        TO *y = to; \
        R v[PIECE]; \
        for (; n > 0; n -= PIECE, x += PIECE, y += PIECE) { \
            const ptrdiff_t count = n < PIECE ? n : PIECE; \
            const R *numbers = x; \
            if ((low) < 0) { \
                numbers = v; \
                _Pragma("omp simd") \
                for (ptrdiff_t i = 0; i < count; i++) \
                    v[i] = x[i] == x[i] ? x[i] : 0; \
            } \
            _Pragma("omp simd") \
            for (ptrdiff_t i = 0; i < count; i++) \
                v[i] = numbers[i] > (R)(low) ? numbers[i] : (R)(low); \
            _Pragma("omp simd") \
            for (ptrdiff_t i = 0; i < count; i++) { \
                const R limited = v[i] < (R)(high) ? v[i] : (R)(high); \
                y[i] = (TO)(int32_t)(IS_F64 ? rint(limited) : rintf((float)limited)); \
            } \
        } \
    }
ROUND_TO(round_to_i8, int8_t, INT8_MIN, INT8_MAX)
ROUND_TO(round_to_u8, uint8_t, 0, UINT8_MAX)
ROUND_TO(round_to_i16, int16_t, INT16_MIN, INT16_MAX)
ROUND_TO(round_to_u16, uint16_t, 0, UINT16_MAX)
#undef ROUND_TO

/* Sums of windows of w, from those of 1, 2, 4 .. samples, each the sum of two of the one before: additions alone, in
 * the same order for every output. */
enum { FN(MOST_PARTS) = 65 };

/* Sets at[0 .. *count) to where the parts of the first window begin: those of the largest level first, whose two halves
 * are added where they are needed. Level 0 is x, the others stand `apart` reals apart from `above` on; a sample takes
 * `step` reals. Returns how many levels above the first are read. */
static ptrdiff_t FN(parts_of)(ptrdiff_t w, const R *x, const R *above, ptrdiff_t apart, ptrdiff_t step, const R **at,
                              ptrdiff_t *count)
{
    ptrdiff_t top = 0, offset = 0;
    while (w >> (top + 1))
        top++;
    *count = 0;
    for (ptrdiff_t l = top; l >= 0; l--) {
        if (!(w >> l & 1))
            continue;
        const ptrdiff_t from = l == top && l > 0 ? l - 1 : l; /* the level that is read */
        for (ptrdiff_t half = 0; half < (from < l ? 2 : 1); half++, offset += (ptrdiff_t)1 << from)
            at[(*count)++] = (from ? above + (from - 1) * apart : x) + offset * step;
    }
    return top > 0 ? top - 1 : 0;
}

SK_INLINE V FN(sum_parts)(const R *const *at, ptrdiff_t count, ptrdiff_t i)
{
    V sum = VLOAD(at[0] + i);
    for (ptrdiff_t j = 1; j < count; j++)
        sum += VLOAD(at[j] + i);
    return sum;
}

/* `body` with a number of parts that the compiler knows. */
#define FOR_PARTS(count, body) do { \
    switch (count) { \
    case 1: { enum { PARTS = 1 }; body } break; \
    case 2: { enum { PARTS = 2 }; body } break; \
    case 3: { enum { PARTS = 3 }; body } break; \
    case 4: { enum { PARTS = 4 }; body } break; \
    case 5: { enum { PARTS = 5 }; body } break; \
    default: { const ptrdiff_t PARTS = count; body } \
    } } while (0)

/* out[i][c] = the sum of rows[i .. i + w)[c], for i < n; scratch holds n + w chunks for each bit of w. */
static void FN(sum_down)(const void *const *rows, ptrdiff_t w, ptrdiff_t n, void *result, ptrdiff_t stride,
                         ptrdiff_t columns, void *scratch)
{
    enum { CHUNK = SK_CACHE_LINE / sizeof(R) };
    const ptrdiff_t all = n + w - 1, apart = all * CHUNK;
    R *x = scratch, *above = x + apart;
    const R *at[FN(MOST_PARTS)];
    ptrdiff_t count;
    const ptrdiff_t top = FN(parts_of)(w, x, above, apart, CHUNK, at, &count);
    for (ptrdiff_t c = 0; c < columns; c += CHUNK) {
        c = columns - c < CHUNK ? columns - CHUNK : c;
        for (ptrdiff_t k = 0; k < all; k++) {
            __builtin_prefetch((const R *)rows[k] + c + 2 * CHUNK); /* a line of a row: hardware does not foresee it */
            memcpy(x + k * CHUNK, (const R *)rows[k] + c, SK_CACHE_LINE);
        }
        for (ptrdiff_t l = 0; l < top; l++) {
            const ptrdiff_t length = (ptrdiff_t)CHUNK << l;
            const R *a = x + l * apart;
            R *to = above + l * apart;
            for (ptrdiff_t i = 0; i < apart - 2 * length + CHUNK; i += LANES)
                VSTORE(to + i, VLOAD(a + i) + VLOAD(a + i + length));
        }
        char *out = (char *)((R *)result + c);
        FOR_PARTS(count,
            for (ptrdiff_t k = 0; k < n; k++)
                for (ptrdiff_t i = 0; i < CHUNK; i += LANES)
                    VSTORE((R *)(out + k * stride) + i, FN(sum_parts)(at, PARTS, k * CHUNK + i));
        );
    }
}

/* out[i] = the sum of x[i], x[i + parts] .., w of them, over `divisor`, for i < n, which fill a cache line. */
static void FN(sum_across)(const void *samples, ptrdiff_t parts, ptrdiff_t w, ptrdiff_t n, double divisor,
                           void *result, void *scratch, ptrdiff_t apart)
{
    const R *x = samples, *at[FN(MOST_PARTS)];
    const R by = (R)divisor;
    R *out = result, *above = scratch;
    const ptrdiff_t all = n + parts * (w - 1);
    ptrdiff_t count;
    const ptrdiff_t top = FN(parts_of)(w, x, above, apart, parts, at, &count);
    for (ptrdiff_t l = 0; l < top; l++) {
        const ptrdiff_t length = parts << l;
        const R *a = l ? above + (l - 1) * apart : x;
        R *to = above + l * apart;
        for (ptrdiff_t i = 0; i < all - 2 * length + parts; i += LANES)
            VSTORE(to + i, VLOAD(a + i) + VLOAD(a + i + length));
    }
    FOR_PARTS(count,
        for (ptrdiff_t i = 0; i < n; i += LANES) {
            i = n - i < LANES ? n - LANES : i; /* the last vector ends with the line */
            VSTORE(out + i, FN(sum_parts)(at, PARTS, i) / by);
        }
    );
}
#undef FOR_PARTS

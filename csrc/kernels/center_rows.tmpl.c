/* The pieces of centred rows and of what is common to pairs of them (drivers/center_rows.c and common_pairs.c put them
 * together). Sums are float64 always. */

static void FN(center_store)(const double *x, const double *roots, ptrdiff_t n, const sk_centring *c, void *to,
                             ptrdiff_t step)
{
    R *out = to;
    const double scale = c->scale, mean = c->mean, rest = c->rest, factor = c->factor;
    if (step != 1 || roots) { /* parts of complex samples; weights */
        for (ptrdiff_t i = 0; i < n; i++) {
            const double d = (x[i] * scale - mean - rest) * factor;
            out[i * step] = (R)(fabs(x[i]) <= DBL_MAX ? d * (roots ? roots[i] : 1.0) : 0.0);
        }
        return;
    }
#pragma omp simd
    for (ptrdiff_t i = 0; i < n; i++) {
        const double d = (x[i] * scale - mean - rest) * factor;
        out[i] = (R)(fabs(x[i]) <= DBL_MAX ? d : 0.0);
    }
}

#if IS_F64
SK_INLINE void sk_sums_about(const double *x, const double *weights, int weighted, ptrdiff_t n, double scale,
                             double zero, double sums[4])
{
    double count = 0.0, sum = 0.0, squares = 0.0, largest = 0.0;
#pragma omp simd reduction(+ : count, sum, squares) reduction(max : largest)
    for (ptrdiff_t i = 0; i < n; i++) {
        const double finite = fabs(x[i]) <= DBL_MAX ? 1.0 : 0.0;
        const double d = fabs(x[i]) <= DBL_MAX ? x[i] * scale - zero : 0.0;
        const double weighed = weighted ? weights[i] * d : d, size = fabs(d);
        count += finite;
        sum += weighed;
        squares += weighed * d;
        largest = size > largest ? size : largest;
    }
    sums[0] += count;
    sums[1] += sum;
    sums[2] += squares;
    sums[3] = largest > sums[3] ? largest : sums[3];
}

static void FN(row_sums)(const double *x, const double *weights, ptrdiff_t n, double scale, double zero,
                         double sums[4])
{
    if (weights)
        sk_sums_about(x, weights, 1, n, scale, zero, sums);
    else
        sk_sums_about(x, NULL, 0, n, scale, zero, sums);
}

static void FN(sample_bits)(const double *x, ptrdiff_t n, uint64_t *finite, uint64_t *present)
{
    for (ptrdiff_t at = 0; at < n; at += 64) {
        const ptrdiff_t count = n - at < 64 ? n - at : 64;
        uint64_t f = 0, p = 0;
        for (ptrdiff_t i = 0; i < count; i++) {
            f |= (uint64_t)(fabs(x[at + i]) <= DBL_MAX) << i;
            p |= (uint64_t)(x[at + i] == x[at + i]) << i;
        }
        finite[at / 64] = f;
        present[at / 64] = p;
    }
}

static ptrdiff_t FN(common_bits)(const uint64_t *a, const uint64_t *b, ptrdiff_t words)
{
    ptrdiff_t count = 0;
#pragma GCC unroll 4
    for (ptrdiff_t i = 0; i < words; i++)
        count += __builtin_popcountll(a[i] & b[i]);
    return count;
}

/* Words without a common sample cost nothing; in the others, what is not common is masked, not branched about. */
static void FN(common_sums)(const double *x, const double *y, const uint64_t *a, const uint64_t *b, ptrdiff_t n,
                            const sk_pair_origin *o, double sums[5])
{
    V sum[5] = {{0}};
    double rest[5] = {0.0};
    INDEX lane;
    for (int i = 0; i < LANES; i++)
        lane[i] = (int64_t)1 << i;
    const V x_scale = VEVERY(o->x_scale), y_scale = VEVERY(o->y_scale), x_zero = VEVERY(-o->x_zero);
    const V y_zero = VEVERY(-o->y_zero);
    for (ptrdiff_t at = 0; at < n; at += 64) {
        uint64_t word = a[at / 64] & b[at / 64];
        if (!word)
            continue;
        const ptrdiff_t end = n - at < 64 ? n : at + 64;
        ptrdiff_t i = at;
        for (; i + LANES <= end; i += LANES) {
            const INDEX common = (lane & (int64_t)(word >> (i - at))) == lane;
            const V dx = FN(select)(common, MADD(VLOAD(x + i), x_scale, x_zero), (V){0});
            const V dy = FN(select)(common, MADD(VLOAD(y + i), y_scale, y_zero), (V){0});
            sum[0] += dx;
            sum[1] += dy;
            sum[2] = MADD(dx, dx, sum[2]);
            sum[3] = MADD(dy, dy, sum[3]);
            sum[4] = MADD(dx, dy, sum[4]);
        }
        for (; i < end; i++)
            if (word >> (i - at) & 1) {
                const double dx = x[i] * o->x_scale - o->x_zero, dy = y[i] * o->y_scale - o->y_zero;
                rest[0] += dx;
                rest[1] += dy;
                rest[2] += dx * dx;
                rest[3] += dy * dy;
                rest[4] += dx * dy;
            }
    }
    for (int k = 0; k < 5; k++)
        sums[k] += VSUM(sum[k]) + rest[k];
}

/* Four vectors of sums and four of squares: as many as the additions under way at once. */
static void FN(listed_sums)(const double *rows, const uint16_t *list, ptrdiff_t count, double *sums)
{
    for (ptrdiff_t c = 0; c < SK_LISTED; c += 4 * LANES) {
        V sum[4], squares[4];
        for (int v = 0; v < 4; v++) {
            sum[v] = VLOAD(sums + c + v * LANES);
            squares[v] = VLOAD(sums + SK_LISTED + c + v * LANES);
        }
        for (ptrdiff_t k = 0; k < count; k++) {
            const double *row = rows + list[k] * SK_LISTED + c;
#pragma GCC unroll 4
            for (int v = 0; v < 4; v++) {
                const V x = VLOAD(row + v * LANES);
                sum[v] += x;
                squares[v] = MADD(x, x, squares[v]);
            }
        }
        for (int v = 0; v < 4; v++) {
            VSTORE(sums + c + v * LANES, sum[v]);
            VSTORE(sums + SK_LISTED + c + v * LANES, squares[v]);
        }
    }
}
#endif

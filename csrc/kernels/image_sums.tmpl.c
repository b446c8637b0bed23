/* Sums of weighted neighbours in images, from pointers to rows. */

/* Eight outputs down, one vector wide. h points to the first tap, taps down stand `step` reals apart, those of the next
 * column `apart`; m down and `width` across are no more than SK_RESTART together. */
static inline void FN(image_tile)(const R *const *rows, ptrdiff_t c, const R *h, ptrdiff_t step, ptrdiff_t apart,
                                    ptrdiff_t m, ptrdiff_t width, char *out, ptrdiff_t stride, int add)
{
    TILE_ZERO(V);
    for (ptrdiff_t b = 0; b < width; b++, c += W, h += apart) {
        const R *const *r = rows;
        const R *tap = h;
        ptrdiff_t j = 0;
#define ROW(k) VLOAD(r[k] + c)
        for (; j + 4 <= m; j += 4, tap += 4 * step, r += 4) {
            const V b0 = VEVERY(tap[0]), b1 = VEVERY(tap[step]), b2 = VEVERY(tap[2 * step]), b3 = VEVERY(tap[3 * step]);
            FORGET(r); /* or the compiler carries seven rows over to the next turn, and spills sums for that */
            TILE_TAP4(V, ROW, MADD, b0, b1, b2, b3);
        }
        FORGET(r);
        if (m - j == 3) {
            const V b0 = VEVERY(tap[0]), b1 = VEVERY(tap[step]), b2 = VEVERY(tap[2 * step]);
            TILE_TAP3(V, ROW, MADD, b0, b1, b2);
        } else if (m - j == 2) {
            const V b0 = VEVERY(tap[0]), b1 = VEVERY(tap[step]);
            TILE_TAP2(V, ROW, MADD, b0, b1);
        } else if (m - j == 1) {
            const V b0 = VEVERY(tap[0]);
            TILE_TAP1(V, ROW, MADD, b0);
        }
#undef ROW
    }
#define ADD(k, a) VSTORE((R *)(out + (k) * stride), VLOAD((R *)(out + (k) * stride)) + a)
#define SET(k, a) VSTORE((R *)(out + (k) * stride), a)
    if (add) {
        TILE_STORE(ADD);
    } else {
        TILE_STORE(SET);
    }
#undef ADD
#undef SET
}

/* Reals [c, end) of each row, whole vectors, of taps `step` reals apart. */
static inline void FN(image_vectors)(const sk_image_sums *s, ptrdiff_t c, ptrdiff_t end, const R *h, ptrdiff_t step,
                                     char *out, ptrdiff_t stride, int add)
{
    const ptrdiff_t m = s->m, width = s->width;
    for (ptrdiff_t j = 0; j < m; j += SK_RESTART) {
        const ptrdiff_t down = m - j < SK_RESTART ? m - j : SK_RESTART, across = SK_RESTART / down;
        for (ptrdiff_t b = 0; b < width; b += across, add = 1)
            for (ptrdiff_t i = c; i < end; i += LANES) {
                if (i % (SK_CACHE_LINE / (ptrdiff_t)sizeof(R)) < LANES && s->ahead && j == 0 && b == 0)
                    for (ptrdiff_t k = 0; k < SK_IMAGE_ROWS; k++) /* rows are too short for the hardware to foresee */
                        __builtin_prefetch(s->ahead[k] + i * (ptrdiff_t)sizeof(R), 0, 2);
                FN(image_tile)((const R *const *)s->rows + j, W * (s->from + b) + i, h + step * (b * m + j), step,
                               step * m, down, width - b < across ? width - b : across,
                               out + (i - c) * (ptrdiff_t)sizeof(R), stride, add);
            }
    }
}

/* Complex taps are two real correlations of the same samples, as in slide.tmpl.c. */
static inline void FN(image_complex_sums)(const sk_image_sums *s, ptrdiff_t c, char *out)
{
    R re[SK_IMAGE_ROWS * SK_VECTOR_BYTES / sizeof(R)], im[SK_IMAGE_ROWS * SK_VECTOR_BYTES / sizeof(R)];
    FN(image_vectors)(s, c, c + LANES, s->h, W, (char *)re, SK_VECTOR_BYTES, 0);
    FN(image_vectors)(s, c, c + LANES, (const R *)s->h + 1, W, (char *)im, SK_VECTOR_BYTES, 0);
    for (ptrdiff_t k = 0; k < SK_IMAGE_ROWS * LANES; k += 2) {
        const R a = re[k] - im[k + 1], b = re[k + 1] + im[k];
        re[k] = a;
        re[k + 1] = b;
    }
    for (ptrdiff_t k = 0; k < SK_IMAGE_ROWS; k++) {
        R *to = (R *)(out + k * s->stride);
        const V sum = VLOAD(re + k * LANES);
        VSTORE(to, s->add ? VLOAD(to) + sum : sum);
    }
}

static inline void FN(image_rows)(const sk_image_sums *s, int complex_taps)
{
    const ptrdiff_t reals = W * s->columns, whole = reals / LANES * LANES;
    char last[SK_IMAGE_ROWS * SK_VECTOR_BYTES];
    if (!complex_taps)
        FN(image_vectors)(s, 0, whole, s->h, 1, s->out, s->stride, s->add);
    for (ptrdiff_t c = 0; complex_taps && c < whole; c += LANES)
        FN(image_complex_sums)(s, c, (char *)((R *)s->out + c));
    if (whole == reals)
        return;
    /* The rest: the vector that ends with the row, of which only what is new is kept. */
    sk_image_sums rest = *s;
    rest.stride = SK_VECTOR_BYTES;
    rest.add = 0;
    if (complex_taps)
        FN(image_complex_sums)(&rest, reals - LANES, last);
    else
        FN(image_vectors)(&rest, reals - LANES, reals, s->h, 1, last, SK_VECTOR_BYTES, 0);
    for (ptrdiff_t k = 0; k < SK_IMAGE_ROWS; k++) {
        R *to = (R *)((char *)s->out + k * s->stride);
        const R *from = (const R *)(last + k * SK_VECTOR_BYTES) + LANES - reals;
        for (ptrdiff_t c = whole; c < reals; c++)
            to[c] = s->add ? to[c] + from[c] : from[c];
    }
}

static void FN(image_sums)(const sk_image_sums *s)
{
    FN(image_rows)(s, W == 2);
}

#if W == 2
static void FN(image_sums_real_weights)(const sk_image_sums *s)
{
    FN(image_rows)(s, 0);
}
#endif

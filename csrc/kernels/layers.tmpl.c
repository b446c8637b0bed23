/* Sums of products for network layers: lines of weights against shifted lines of samples. */

#define CONV_TILE(rows, vectors) \
    static inline void FN(conv_##rows##_##vectors)(const R *x, const ptrdiff_t *offsets, const R *w, ptrdiff_t terms, \
                                                   R *out, ptrdiff_t stride, int add) \
    { \
        ROWS_##rows(ZERO_##vectors) \
        for (ptrdiff_t k = 0; k < terms; k++, w += rows) { \
            const R *p = x + offsets[k]; \
            LOAD_##vectors \
            ROWS_##rows(WEIGHT_##vectors) \
        } \
        R *to; \
        ROWS_##rows(STORE_##vectors) \
        (void)stride; \
    }
CONV_TILE(6, 2)
CONV_TILE(6, 1)
CONV_TILE(4, 3)
CONV_TILE(4, 1)
CONV_TILE(3, 3)
CONV_TILE(3, 1)
CONV_TILE(2, 4)
CONV_TILE(2, 1)
CONV_TILE(1, 8)
CONV_TILE(1, 4)
CONV_TILE(1, 1)

/* As many vectors at a time as there are, then one by one; the last one ends with the line, where nothing is added to
 * what it holds. */
#define CONV_LINES(rows, vectors) \
    for (; i + (vectors) * LANES <= n; i += (vectors) * LANES) \
        FN(conv_##rows##_##vectors)(x + i, s->offsets, s->w, s->terms, out + i, s->stride, s->add);
#define CONV_REST(rows) \
    for (; i < n; i += LANES) { \
        i = n - i < LANES && n >= LANES && !s->add ? n - LANES : i; \
        FN(conv_##rows##_1)(x + i, s->offsets, s->w, s->terms, out + i, s->stride, s->add); \
    }

static void FN(conv_sums)(const sk_conv_sums *s)
{
    const R *x = s->x;
    R *out = s->out;
    const ptrdiff_t n = s->n;
    ptrdiff_t i = 0;
    switch (s->rows) {
    case 6: CONV_LINES(6, 2) CONV_REST(6) break;
    case 4: CONV_LINES(4, 3) CONV_REST(4) break;
    case 3: CONV_LINES(3, 3) CONV_REST(3) break;
    case 2: CONV_LINES(2, 4) CONV_REST(2) break;
    default: CONV_LINES(1, 8) CONV_LINES(1, 4) CONV_REST(1)
    }
}
#undef CONV_LINES
#undef CONV_REST
#undef CONV_TILE

/* One image, or two that share the weights as they are read, at `vectors` vectors of places. */
#define ADD_LOCAL_1(i) { const V w0 = VLOAD(w + (i) * LANES); a##i = MADD(VLOAD(p + (i) * LANES), w0, a##i); }
#define ADD_LOCAL_2(i) { const V w0 = VLOAD(w + (i) * LANES); a##i = MADD(VLOAD(p + (i) * LANES), w0, a##i); \
    b##i = MADD(VLOAD(p + step + (i) * LANES), w0, b##i); }
#define LOCAL_TILE(images, vectors, EACH) \
    static inline void FN(local_##images##_##vectors)(const R *x, ptrdiff_t step, const ptrdiff_t *offsets, const R *w, \
                                                      ptrdiff_t w_step, ptrdiff_t terms, R *out, ptrdiff_t stride, \
                                                      int add) \
    { \
        ROWS_##images(ZERO_##vectors) \
        for (ptrdiff_t k = 0; k < terms; k++, w += w_step) { \
            const R *p = x + offsets[k]; \
            EACH(ADD_LOCAL_##images) \
        } \
        R *to; \
        ROWS_##images(STORE_##vectors) \
        (void)stride; \
        (void)step; \
    }
#define EACH_1(M) M(0)
#define EACH_4(M) M(0) M(1) M(2) M(3)
LOCAL_TILE(2, 4, EACH_4)
LOCAL_TILE(2, 1, EACH_1)
LOCAL_TILE(1, 4, EACH_4)
LOCAL_TILE(1, 1, EACH_1)

/* Places from i on: four vectors at a time, then one by one; the last one may lack weights, which are then copied. */
#define LOCAL_PLACES(images) do { \
    ptrdiff_t i = 0; \
    for (; i + 4 * LANES <= s->n; i += 4 * LANES) \
        FN(local_##images##_4)(x + i, s->x_step, s->offsets, w + i, s->w_step, s->terms, out + i, s->out_step, s->add); \
    for (; i + LANES <= s->n; i += LANES) \
        FN(local_##images##_1)(x + i, s->x_step, s->offsets, w + i, s->w_step, s->terms, out + i, s->out_step, s->add); \
    if (i < s->n) \
        FN(local_##images##_1)(x + i, s->x_step, s->offsets, rest, LANES, s->terms, out + i, s->out_step, s->add); \
    } while (0)

static void FN(local_sums)(const sk_local_sums *s)
{
    const R *x = s->x, *w = s->w;
    R *out = s->out, rest[SK_LAYER_TERMS * LANES];
    const ptrdiff_t whole = s->n / LANES * LANES;
    for (ptrdiff_t k = 0; k < s->terms && whole < s->n; k++)
        for (ptrdiff_t i = 0; i < LANES; i++)
            rest[k * LANES + i] = whole + i < s->n ? w[k * s->w_step + whole + i] : 0;
    ptrdiff_t image = 0;
    for (; image + 2 <= s->images; image += 2, x += 2 * s->x_step, out += 2 * s->out_step)
        LOCAL_PLACES(2);
    if (image < s->images)
        LOCAL_PLACES(1);
}
#undef LOCAL_PLACES
#undef EACH_1
#undef EACH_4
#undef LOCAL_TILE
#undef ADD_LOCAL_1
#undef ADD_LOCAL_2

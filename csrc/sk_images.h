/* What sk.h holds for the drivers of images; included there, once its views are known. */
#ifndef SK_IMAGES_H
#define SK_IMAGES_H

/* sum[i] = (or, with `add`, +=) term[i]^2, for i < n; with `last` the root of that. */
typedef void sk_add_squares_fn(const void *term, void *sum, ptrdiff_t n, int add, int last);

/* to[i] = x[i] as a short integer: rounded half to even, saturated, NaN as 0. */
typedef void sk_round_to_fn(const void *x, void *to, ptrdiff_t n);

/* n elements of `dtype` (F32, F64, C64, C128) to `to`, `stride` bytes apart, as `to_dtype`, no complex one as a real one:
 * integers rounded half to even once and saturated (NaN: 0), bool where they are not 0. `scratch` holds n elements. */
void sk_store_as(const void *src, ptrdiff_t n, int dtype, int to_dtype, char *to, ptrdiff_t stride, void *scratch);

/* One term of a filter: weights (down, across), or their outer product, over the samples from (y + at_down, x + at_across)
 * on. Weights are indices into the job's array of them. */
typedef struct {
    ptrdiff_t plane;                  /* on which plane it stands: see sk_image_filter */
    ptrdiff_t down, m, at_down;       /* separable: m weights down; else (width, m) of them */
    ptrdiff_t across, width, at_across; /* separable: `width` weights across; else across is -1 */
} sk_image_term;

/* out[..., y, x] = sum of terms over the image x[..., :, :], extended by the boundary of each axis; or the root of the sum
 * of their squares. Axes between the batches and the last two are filtered too: a term stands on the plane whose offsets
 * along them are planes[term.plane]; terms of a plane come one after the other. */
typedef struct {
    sk_view x, out;
    int naxes;              /* that are filtered: 2 and more */
    int dtype;              /* F32, F64, C64 or C128, in which sums are taken */
    int real_weights;
    int sequential;         /* a separable term's second sum sees `fill` outside as its first does, not what that makes of it */
    int root;
    sk_boundary boundary[SK_MAXDIM];
    unsigned char fill[16];
    const void *weights;    /* of the job's dtype, or its real one */
    const sk_image_term *terms;
    const ptrdiff_t *planes; /* (count, naxes - 2) */
    ptrdiff_t term_count, plane_count;
    /* set by sk_image_filter_plan */
    ptrdiff_t tiles, rows, columns, row_blocks, column_blocks;
    ptrdiff_t top, bottom, left, right; /* what a plane's terms reach: rows and columns beyond an output */
    double tile_work;
    size_t scratch;
} sk_image_filter;
void sk_image_filter_plan(sk_image_filter *job);
int sk_image_filter_run(sk_image_filter *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);

#endif

/* What sk.h holds for the drivers of images; included there, once its views are known. */
#ifndef SK_IMAGES_H
#define SK_IMAGES_H

/* Output rows that a kernel computes at once. */
#define SK_IMAGE_ROWS 8

/* out[r][c] = sum over j < m and b < width of h[b][j] rows[r + j][from + c + b], for r < SK_IMAGE_ROWS and c < columns;
 * added to out where `add`. Rows of out are `stride` bytes apart; columns fill at least SK_CACHE_LINE bytes; reals are
 * aligned; m, width >= 1; nothing overlaps. Every sum runs over b, and within it over j, restarted every so many terms.
 * Rows `ahead`, SK_IMAGE_ROWS of them unless it is NULL, are brought into the cache meanwhile. */
typedef struct {
    const void *const *rows;
    ptrdiff_t from;
    const void *h; /* (width, m) */
    ptrdiff_t m, width;
    void *out;
    ptrdiff_t stride, columns;
    int add;
    const char *const *ahead;
} sk_image_sums;
typedef void sk_image_sums_fn(const sk_image_sums *s);

/* What sk_slide_fn does, of SK_IMAGE_ROWS lines at once, which are `line` bytes apart, to rows of out, `stride` apart;
 * samples that meet the same weight, at either end of m, may be added up first. */
typedef void sk_slide_rows_fn(const void *lines, ptrdiff_t line, const void *h, ptrdiff_t m, void *out,
                              ptrdiff_t stride, ptrdiff_t n, int add);

/* out[c] = (or, with `add`, +=) the sum over k < count of weights[k] at[k][c], for c < n reals, which fill at least
 * SK_CACHE_LINE bytes; reals are aligned, nothing overlaps. */
typedef void sk_sum_taps_fn(const void *const *at, const void *weights, ptrdiff_t count, void *out, ptrdiff_t n,
                            int add);

/* out[c] = the root of the sum of squares of two such sums, of weights[0 .. count) and weights[count .. 2 count). */
typedef void sk_root_of_taps_fn(const void *const *at, const void *weights, ptrdiff_t count, void *out, ptrdiff_t n);

/* sum[i] = (or, with `add`, +=) term[i]^2, for i < n; with `last` the root of that. */
typedef void sk_add_squares_fn(const void *term, void *sum, ptrdiff_t n, int add, int last);

/* to[i] = x[i] as a short integer: rounded half to even, saturated, NaN as 0. */
typedef void sk_round_to_fn(const void *x, void *to, ptrdiff_t n);

/* out[i][c] = the sum (the least, the largest) of rows[i .. i + w)[c], for i < n and c < columns, which fill at least
 * SK_CACHE_LINE bytes; rows of out are `stride` bytes apart; scratch holds n + w cache lines, for sums so many for each
 * bit of w. Nothing overlaps. */
typedef void sk_window_down_fn(const void *const *rows, ptrdiff_t w, ptrdiff_t n, void *out, ptrdiff_t stride,
                               ptrdiff_t columns, void *scratch);
/* out[i] = the least (the largest) of x[i .. i + w), for i < n; x is overwritten. */
typedef void sk_window_across_fn(void *x, ptrdiff_t w, ptrdiff_t n, void *out);
/* out[i] = the sum of x[i], x[i + parts] .. x[i + (w - 1) parts] over `divisor`, for i < n reals, which fill at least
 * SK_CACHE_LINE bytes. Scratch holds a line of `apart` reals for each bit of w but two; each, and x, has room for a
 * vector behind what is read. */
typedef void sk_sum_across_fn(const void *x, ptrdiff_t parts, ptrdiff_t w, ptrdiff_t n, double divisor, void *out,
                              void *scratch, ptrdiff_t apart);

/* One row of a bilateral filter. For each sample the mean of m by `width` neighbours, rows[channel][j][c + i], weighted
 * by spatial[j][i] e^-(steepness |difference|)^2, with |.| over the channels; to out[channel][c], c < n, which fill at least
 * SK_CACHE_LINE bytes. The sample itself is the one at m / 2, width / 2. Sums are those of differences from it.
 * scratch: a cache line for each channel. */
typedef struct {
    const void *const *const *rows;
    ptrdiff_t channels, m, width, n;
    const void *spatial;
    double steepness;
    void *const *out;
    void *scratch;
} sk_bilateral_row;
typedef void sk_bilateral_fn(const sk_bilateral_row *b);

/* out[i] = the median of w rows[.][i .. i + w), w = 3 or 5, for i < n; scratch holds w lines of n + w - 1 samples.
 * Returns whether the last row's are not all numbers. */
typedef int sk_median_fn(const void *const *rows, ptrdiff_t n, void *out, void *scratch);
/* out[i] = what a network of `count` comparisons leaves at place `rank` of lines[0 .. k)[i], for i < n: comparison j
 * puts places pairs[2 j] and pairs[2 j + 1] in order. scratch holds k cache lines. */
typedef void sk_select_rank_fn(const void *const *lines, ptrdiff_t k, const uint16_t *pairs, ptrdiff_t count,
                               ptrdiff_t rank, ptrdiff_t n, void *out, void *scratch);

/* out[i stride + c] = the byte of rank `rank` among rows[i .. i + w[0])[c .. c + w[1]), for i < n and c < columns; w is
 * below 65536 samples in all. scratch: 17 * 32 bytes for each of columns + w[1] - 1. */
typedef void sk_byte_ranks_fn(const void *const *rows, const ptrdiff_t w[2], ptrdiff_t rank, ptrdiff_t n, void *out,
                              ptrdiff_t stride, ptrdiff_t columns, void *scratch);

/* n elements of `dtype` (F32, F64, C64, C128) to `to`, `stride` bytes apart, as `to_dtype`, no complex one as a real
 * one: integers rounded half to even once and saturated (NaN: 0), bool where they are not 0. `scratch` holds n
 * elements. */
void sk_store_as(const void *src, ptrdiff_t n, int dtype, int to_dtype, char *to, ptrdiff_t stride, void *scratch);

/* One term of a filter: weights (down, across), or their outer product, over the samples from (y + at_down, x +
 * at_across) on. Weights are indices into the job's array of them. */
typedef struct {
    ptrdiff_t plane;                  /* on which plane it stands: see sk_image_filter */
    ptrdiff_t down, m, at_down;       /* separable: m weights down; else (width, m) of them */
    ptrdiff_t across, width, at_across; /* separable: `width` weights across; else across is SK_DIRECT or SK_SPARSE */
} sk_image_term;
/* SK_SPARSE: weights that are 0 are none, so that NaN there reaches nothing; real ones, SK_FEW at most. */
enum { SK_DIRECT = -1, SK_SPARSE = -2, SK_FEW = 9 };

/* out[..., y, x] = sum of terms over the image x[..., :, :], extended by the boundary of each axis; or the root of the
 * sum of their squares. Axes between the batches and the last two are filtered too: a term stands on the plane whose
 * offsets along them are planes[term.plane]; terms of a plane come one after the other. */
typedef struct {
    sk_view x, out;
    int naxes;              /* that are filtered: 2 and more */
    int dtype;              /* F32, F64, C64 or C128, in which sums are taken */
    int real_weights;
    int sequential;         /* a separable term's second sum too sees `fill` outside, not what the first makes of it */
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
    ptrdiff_t together;                 /* rows of outputs that are computed at once */
    int separable;                      /* whether some term is */
    double tile_work;
    size_t scratch;
} sk_image_filter;
void sk_image_filter_plan(sk_image_filter *job);
int sk_image_filter_run(sk_image_filter *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);

/* Sums over w[0] by w[1] samples over `divisor`, or the least or largest of them: out[..., y, x] of the image
 * x[..., :, :] from (y + at[0], x + at[1]) on. Sums are taken in `dtype` (F32, F64, C64, C128) and stored as out's; the
 * least and largest are of x's dtype, and NaN where the window holds one. */
typedef enum { SK_SUM, SK_LEAST, SK_LARGEST } sk_window_kind;
typedef struct {
    sk_view x, out;
    int dtype;
    sk_window_kind kind;
    ptrdiff_t w[2], at[2];
    sk_boundary boundary[2];
    unsigned char fill[16];
    double divisor;
    /* set by sk_windows_plan */
    ptrdiff_t tiles, rows, columns, row_blocks, column_blocks;
    double tile_work;
    size_t scratch;
} sk_windows;
void sk_windows_plan(sk_windows *job);
int sk_windows_run(sk_windows *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);

/* out[..., channel, y, x] = the mean of w[0] by w[1] neighbours (odd numbers) of x, weighted by spatial[][] and by
 * e^-(steepness |difference|)^2: see sk_bilateral_row. Sums are taken in `dtype` (F32, F64) and stored as out's. */
typedef struct {
    sk_view x, out;
    int dtype;
    ptrdiff_t w[2];
    sk_boundary boundary[2];
    unsigned char fill[16];
    const void *spatial;
    double steepness;
    /* set by sk_bilateral_plan */
    ptrdiff_t tiles, rows, columns, row_blocks, column_blocks;
    double tile_work;
    size_t scratch;
} sk_bilateral;
void sk_bilateral_plan(sk_bilateral *job);
int sk_bilateral_run(sk_bilateral *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);

/* The sample of rank `rank` among those of a footprint: out[..., y, x] of x at (y, x) + offsets, over the last `naxes`
 * axes. offsets are (count, 3): on which plane (as in sk_image_filter), down, across. NaN where the footprint holds
 * one. SK_BY_MEDIAN_3, SK_BY_MEDIAN_5 and SK_BY_COUNTS are for whole rectangles on one plane, the last one for bytes.
 * */
typedef ptrdiff_t sk_offset[3];
typedef enum { SK_BY_MEDIAN_3, SK_BY_MEDIAN_5, SK_BY_NETWORK, SK_BY_BITS, SK_BY_COUNTS } sk_rank_method;
typedef struct {
    sk_view x, out; /* of one dtype */
    int naxes;
    sk_boundary boundary[SK_MAXDIM];
    unsigned char fill[16];
    const sk_offset *offsets;
    const ptrdiff_t *planes;
    ptrdiff_t count, plane_count, rank;
    sk_rank_method method;
    const uint16_t *pairs; /* SK_BY_NETWORK */
    ptrdiff_t pair_count;
    /* set by sk_rank_filter_plan */
    ptrdiff_t tiles, rows, columns, row_blocks, column_blocks, top, bottom, left, right;
    double tile_work;
    size_t scratch;
} sk_rank_filter;
void sk_rank_filter_plan(sk_rank_filter *job);
int sk_rank_filter_run(sk_rank_filter *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);

#endif

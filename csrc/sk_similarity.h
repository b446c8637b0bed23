/* What sk.h holds for the drivers of coefficients and distances; included there, once its views are known. */
#ifndef SK_SIMILARITY_H
#define SK_SIMILARITY_H

/* Pearson coefficient of each window of x with each template: templates are (k, m),
 * contiguous, centred, of unit norm, in float64 and (float32 work only) float32.
 * out is (..., k, n - m + 1), x is (..., n). */
typedef struct {
    sk_view x, out;
    const double *templates;
    const float *templates32;
    ptrdiff_t k, m;
    double fill;
    int dtype;
    const sk_fft *plan; /* float64, for long templates; else NULL */
    /* set by sk_sliding_pearson_plan */
    ptrdiff_t tiles, tile, blocks;
    double tile_work;
    size_t scratch;
    char *spectra;
} sk_sliding_pearson;
void sk_sliding_pearson_plan(sk_sliding_pearson *job);
int sk_sliding_pearson_begin(sk_sliding_pearson *job); /* -1: out of memory */
void sk_sliding_pearson_end(sk_sliding_pearson *job);
int sk_sliding_pearson_run(sk_sliding_pearson *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);

/* Pearson coefficient of pairs of lines, with a status per pair: 0, 1 (one is
 * constant) or 2 (nearly constant). x and y are (..., n), out and status (...). */
typedef struct {
    sk_view x, y, out, status;
    int dtype;
    /* set by sk_pair_pearson_plan */
    ptrdiff_t tiles, chunks, lines, lines_per_tile, block;
    double tile_work;
    size_t scratch, line_scratch;
    double *partial;
} sk_pair_pearson;
void sk_pair_pearson_plan(sk_pair_pearson *job);
int sk_pair_pearson_begin(sk_pair_pearson *job);
int sk_pair_pearson_run(sk_pair_pearson *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);
void sk_pair_pearson_end(sk_pair_pearson *job);

/* Rows of samples, laid side by side for the sums below: a cache line of each row of a panel in turn, then the next of
 * each. */
#define SK_PANEL 4
/* Lines of a row that one call may sum: a lane of the narrowest vectors then adds 256 terms. */
#define SK_PANEL_LINES 64

/* sums[SK_PANEL i + k] += the sum of |x - y| over the samples of row i of the panel x and row k of the panel y. Panels
 * are aligned; lines <= SK_PANEL_LINES. The order of a sum hangs on `lines` alone, and x and y may change places. */
typedef void sk_differences_fn(const void *x, const void *y, ptrdiff_t lines, double *sums);

/* Mean absolute difference of rows: out[..., i, k] = mean of |x[..., i, :] - y[..., k, :]|, x being (..., p, n), y
 * (..., q, n) and n >= 1. `symmetric`: x and y are the same rows, and each pair is summed once. */
typedef struct {
    sk_view x, y, out;
    int dtype, symmetric;
    /* set by sk_row_differences_plan */
    ptrdiff_t tiles, segments, block[2], blocks[2], per_batch, pairs, group;
    double tile_work;
    size_t scratch, panel;
    double *partial, *total;
} sk_row_differences;
void sk_row_differences_plan(sk_row_differences *job);
int sk_row_differences_begin(sk_row_differences *job); /* -1: out of memory */
int sk_row_differences_run(sk_row_differences *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);
void sk_row_differences_end(sk_row_differences *job);

#endif

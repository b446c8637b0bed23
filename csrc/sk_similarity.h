/* What sk.h holds for the drivers of coefficients and distances; included there, once its views are known. */
#ifndef SK_SIMILARITY_H
#define SK_SIMILARITY_H

/* Pearson coefficient of each window of x with each template: templates are (k, m),
 * contiguous, centred, of unit norm, in float64 and (float32 work only) float32.
 * out is (..., k, n - m + 1), x is (..., n). With weights, not negative, m of them,
 * the templates are centred, scaled and multiplied by them. */
typedef struct {
    sk_view x, out;
    const double *templates;
    const float *templates32;
    const double *weights; /* or NULL; there is no plan, then */
    double total;          /* of the weights; m without */
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

#endif

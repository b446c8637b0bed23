/* What sk.h holds for the drivers of coefficients and distances; included there, once its views are known. */
#ifndef SK_SIMILARITY_H
#define SK_SIMILARITY_H

/* Moments of parts of a line, or of two, one beginning at each sample: sums of the samples less the part's first one,
 * and sums of squares and products about the part's means. */
typedef struct {
    double *x, *y, *xx, *yy, *xy;
} sk_parts;

/* Beyond the n + w samples under n windows, so many more are read, and parts written. */
#define SK_PARTS_BEYOND 640

/* The moments of windows [i, i + w), for i < n, of x and (unless NULL) y. Arrays hold n + w + SK_PARTS_BEYOND values;
 * nothing overlaps; without y nothing of it is touched. Same bits for a window whatever the others; exactly 0 for equal
 * samples; NaN or Inf where a sample is not finite. */
typedef void sk_window_moments_fn(const double *x, const double *y, ptrdiff_t w, ptrdiff_t n, sk_parts windows);

/* Adds the samples that `core` knows to the squares and products of n windows of w. */
typedef void sk_join_moments_fn(const double *x, const double *y, ptrdiff_t w, ptrdiff_t n, sk_parts windows,
                                const sk_pair *core);

/* Sums of squares, and products of two of them, that have neither overflowed nor lost anything below the least number.
 * A NaN has not. */
static inline int sk_sound(double squares)
{
    return (squares > 0x1p-900) & (squares < 0x1p1000);
}

/* out[i] = xy[i] / sqrt(xx[i] yy[i]), clamped to [-1, 1]; `fill` where that is not sound, NaN where squares are not
 * finite. out is the kernel's dtype. Returns how many are not sound. */
typedef ptrdiff_t sk_window_coefficient_fn(const double *xx, const double *yy, const double *xy, double fill, void *out,
                                           ptrdiff_t n);

/* out[i] = the root of squares[i] / divisor, times `scale`; 0 where that is not sound, NaN where it is not finite; or
 * sums[i] / divisor times `scale`. Returns how many are not sound, or not finite. */
typedef ptrdiff_t sk_window_quotient_fn(const double *sums, double divisor, double scale, void *out, ptrdiff_t n);

/* Mean, standard deviation or Pearson coefficient of all windows of w samples: x (and y) are (..., n), out is
 * (..., n - w + 1). */
typedef enum { SK_ROLLING_MEAN, SK_ROLLING_STD, SK_ROLLING_PEARSON } sk_rolling_kind;
typedef struct {
    sk_view x, y, out;
    sk_rolling_kind kind;
    ptrdiff_t w;
    double divisor, fill; /* of sums, or sums of squares; in place of a coefficient that is not defined */
    int dtype;
    /* set by sk_rolling_plan */
    ptrdiff_t tiles, tile, runs, blocks, block_tiles, held;
    double tile_work;
    size_t scratch;
    void *known; /* moments of blocks */
} sk_rolling;
void sk_rolling_plan(sk_rolling *job);
int sk_rolling_begin(sk_rolling *job); /* -1: out of memory */
int sk_rolling_run(sk_rolling *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);
void sk_rolling_end(sk_rolling *job);

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

#endif

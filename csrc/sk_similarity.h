/* What sk.h holds for the drivers of coefficients and distances; included there, once its views are known. */
#ifndef SK_SIMILARITY_H
#define SK_SIMILARITY_H

/* Of windows of w samples down rows[i .. i + w)[c]: sum[i][c], and spread[i][c], the sum of squares about their own
 * mean, for i < n and c < columns, whole pairs of cache lines; rows of either are `stride` doubles apart. scratch: four
 * doubles for each row and column of such a pair. */
typedef void sk_moments_down_fn(const double *const *rows, ptrdiff_t w, ptrdiff_t n, double *sum, double *spread,
                                ptrdiff_t stride, ptrdiff_t columns, double *scratch);
/* The same of w neighbours with moments (s, q), of `each` samples: s and q hold n + w - 1 and are overwritten. */
typedef void sk_moments_across_fn(double *s, double *q, double each, ptrdiff_t w, double *sum, double *spread,
                                  ptrdiff_t n);
/* The moments of na samples become those of these and nb others. */
typedef void sk_add_moments_fn(double *sum, double *spread, double na, const double *s, const double *q, double nb,
                               ptrdiff_t n);
/* Sets, or adds to, the sum of squares of n windows' samples and of those about their mean, from sum and spread; or,
 * where `about_zero`, from the sum and the former. */
typedef void sk_add_power_fn(const double *sum, const double *spread, double samples, int about_zero, double *power,
                             double *variance, ptrdiff_t n, int add);
/* x[i] becomes x[i] scale - centre, or 0 where that is beyond `clip` or not finite; square, unless NULL, takes
 * its square. Returns the sum of squares. */
typedef double sk_shift_fn(double *x, ptrdiff_t n, double scale, double centre, double clip, double *square);
/* variance[i] becomes the inverse of its root, or 0 where power[i] is not below `limit` times it, or it is not above
 * `least`. Returns how many are 0. */
typedef ptrdiff_t sk_sound_inverse_fn(const double *power, double *variance, double limit, double least, ptrdiff_t n);
/* out[i] += sum over j < m of h[j] (x[i + j] - zero[i]), or of its square, for i < n rounded up to SK_BLOCK / 8; zero
 * and out hold so many, x holds m - 1 more. Nothing overlaps. Same bits for a window whatever the others. */
typedef void sk_products_about_fn(const double *x, const double *zero, const double *h, ptrdiff_t m, double *out,
                                  ptrdiff_t n);

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

/* Pearson coefficient of each window of x with each template: templates are (k, m), contiguous, centred, of unit norm,
 * in float64; sums[k, j] are minus those of templates[k, : j + 1]. out is (..., k, n - m + 1), x is (..., n). With
 * weights, not negative, m of them, the templates are centred, scaled and multiplied by them, and sums are not used. */
typedef struct {
    sk_view x, out;
    const double *templates, *sums;
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

/* A rectangle of templates: its samples in one plane of one channel. */
typedef struct {
    ptrdiff_t channel, plane, y, x, height, width;
    ptrdiff_t taps; /* where its (width, height) ones begin in a template */
} sk_match_part;

/* Pearson coefficient of each window of images, or volumes, with each template: x is (..., channels, planes, height,
 * width), out (..., k, planes, height, width) of windows. Templates are (k, taps), parts in their order, centred in
 * each channel, of unit norm. With a mask there are two more of them: the weights of samples, and 1 where these are not
 * 0;
 * templates are then multiplied by the weights. */
typedef struct {
    sk_view x, out;
    const double *templates;
    const sk_match_part *parts; /* channel by channel */
    ptrdiff_t part_count, k, taps, channels;
    ptrdiff_t m[3];             /* of a template: planes, height, width */
    int masked;
    double samples;             /* of a window in each channel; masked: their weights */
    double fill;
    int dtype;
    const sk_fft *across, *down; /* float64, for large templates; else NULL */
    /* set by sk_match_plan */
    ptrdiff_t tiles, rows, columns, row_blocks, column_blocks, part_height, part_width;
    double tile_work;
    size_t scratch;
    char *spectra;
} sk_match;
void sk_match_plan(sk_match *job);
int sk_match_begin(sk_match *job, int threads); /* -1: out of memory */
int sk_match_run(sk_match *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);
void sk_match_end(sk_match *job);
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
/* ---- rows against rows: centred copies, and what two rows with missing samples have in common ---- */

/* A sample x of a row becomes (x scale - mean - rest) factor: `rest` is what the mean's own rounding left. */
typedef struct {
    double scale, mean, rest, factor;
} sk_centring;

/* out[i step] = sample i of the row centred, times roots[i] (unless NULL); 0 where it is not finite. out is of the
 * kernel's dtype. */
typedef void sk_center_store_fn(const double *x, const double *roots, ptrdiff_t n, const sk_centring *c, void *out,
                                ptrdiff_t step);

/* Of d = x scale - zero over the finite samples, added to sums: their number, the sum of weights d and of weights d^2
 * (NULL: weights of 1); and into sums[3] the largest |d|. */
typedef void sk_row_sums_fn(const double *x, const double *weights, ptrdiff_t n, double scale, double zero,
                            double sums[4]);

/* Bit i % 64 of word i / 64: is sample i finite; is it no NaN? Bits from n on are 0. */
typedef void sk_sample_bits_fn(const double *x, ptrdiff_t n, uint64_t *finite, uint64_t *present);

/* How many bits are set in both. */
typedef ptrdiff_t sk_common_bits_fn(const uint64_t *a, const uint64_t *b, ptrdiff_t words);

/* Of dx = x x_scale - x_zero and dy alike, over the samples whose bits are set in both: added to sums those of dx, dy,
 * dx^2, dy^2 and dx dy. */
typedef struct {
    double x_scale, x_zero, y_scale, y_zero;
} sk_pair_origin;
typedef void sk_common_sums_fn(const double *x, const double *y, const uint64_t *a, const uint64_t *b, ptrdiff_t n,
                               const sk_pair_origin *origin, double sums[5]);

/* sums[c] += x and sums[SK_LISTED + c] += x^2 for x = rows[list[k]][c], k < count, c < SK_LISTED, in the order of the
 * list. */
#define SK_LISTED 32
typedef void sk_listed_sums_fn(const double *rows, const uint16_t *list, ptrdiff_t count, double *sums);

/* Centred copies of lines. x is (..., n), real or complex; out (..., parts, n) of real dtype: real parts and, of two
 * parts, imaginary ones. Each line is divided by its norm about the mean (`unit`), or multiplied by a power of two near
 * 1 / norm. info is (..., SK_INFO). A line with a sample that is not finite becomes NaN, and so does a constant one
 * where `unit`; where `omit`, samples that are not finite become 0 and count for nothing, and bits say which they are.
 * weights: n, and their square roots, or NULL (and where `omit`). */
enum { SK_EXPONENT, SK_FINITE, SK_SQUARES, SK_SQUARES_IMAGINARY, SK_INFO };
typedef struct {
    sk_view x, out, info;
    const double *weights, *roots;
    double total; /* of the weights; n without */
    int dtype, unit, omit;
    uint64_t *finite, *present; /* per line `words` of 64 bits each */
    ptrdiff_t words;
    /* set by sk_center_rows_plan */
    ptrdiff_t tiles, lines, lines_per_tile, together;
    int kept; /* whether a line is loaded once, with as many of its neighbours as go together */
    double tile_work;
    size_t scratch, piece, zeros;
} sk_center_rows;
void sk_center_rows_plan(sk_center_rows *job);
int sk_center_rows_run(sk_center_rows *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);

/* sums[i, j] += z[i, t] and squares[i, j] += z[i, t]^2 over samples t of [first, last) whose bit in line j is set (where
 * listed[j]) or not set (elsewhere). z is (p, n), float64, contiguous along n; sums and squares are (p, q). first is a
 * multiple of 64. */
typedef struct {
    sk_view z;
    const uint64_t *bits;
    const unsigned char *listed;
    double *sums, *squares;
    ptrdiff_t q, words, first, last;
    /* set by sk_listed_plan */
    ptrdiff_t tiles, groups;
    double tile_work;
    size_t scratch;
} sk_listed;
void sk_listed_plan(sk_listed *job);
int sk_listed_run(sk_listed *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);

/* counts[i, j]: how many samples line i of a and line j of b have in common. */
typedef struct {
    const uint64_t *a, *b;
    int64_t *counts;
    ptrdiff_t p, q, words;
    /* set by sk_common_counts_plan */
    ptrdiff_t tiles;
    double tile_work;
} sk_common_counts;
void sk_common_counts_plan(sk_common_counts *job);
int sk_common_counts_run(sk_common_counts *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);

/* The sums of dx^2, dy^2 and dx dy about the means of the samples that pairs of lines have in common, each line times a
 * power of two. x and y are (p, n) and (q, n); pair k is of part i % parts of line i / parts, for i = first[k] of x and
 * second[k] of y; moments are (pairs, 3). */
typedef struct {
    sk_view x, y;
    const uint64_t *x_bits, *y_bits;
    const double *x_scale, *y_scale; /* per line */
    const int64_t *first, *second;
    double *moments;
    ptrdiff_t pairs, words;
    int x_parts, y_parts;
    /* set by sk_common_pairs_plan */
    ptrdiff_t tiles, pairs_per_tile;
    double tile_work;
    size_t scratch;
} sk_common_pairs;
void sk_common_pairs_plan(sk_common_pairs *job);
int sk_common_pairs_run(sk_common_pairs *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);

#endif

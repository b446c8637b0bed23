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

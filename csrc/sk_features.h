/* What sk.h holds for the drivers and kernels of features; included there, once its views and transforms are known. */
#ifndef SK_FEATURES_H
#define SK_FEATURES_H

/* What makes features of a frame; tables are of one real type. Band k is the sum of weights[start[k]] on times bins (or
 * rows) first[k] on; with `log` it becomes 10 log10(max(it, floor)) unit, no floor below
 * the least normal number. */
typedef struct {
    ptrdiff_t n_fft, frame_length, hop_length, bands;
    const sk_fft *plan; /* of n_fft / 2 points, lane = frame; NULL where only bands are made */
    const void *window; /* halved, zeros behind it up to n_fft */
    const void *split;  /* e^(-2 pi i k / n_fft), k <= n_fft / 4 */
    const ptrdiff_t *first, *start;
    const void *weights;
    double preemphasis, floor, unit;
    int remove_dc, magnitude, log;
} sk_mel;

/* Columns, a multiple of `lanes`, of the matrix of hops that holds so many frames: see log_mel.tmpl.c. */
static inline ptrdiff_t sk_hop_columns(ptrdiff_t frame_length, ptrdiff_t hop, ptrdiff_t frames, ptrdiff_t lanes)
{
    const ptrdiff_t whole = (frames + lanes - 1) / lanes * lanes;
    return (whole + (frame_length - 1) / hop + lanes - 1) / lanes * lanes;
}

/* Features of `frames` frames, `hop` <= frame_length samples apart. `samples` holds as many hops as sk_hop_columns
 * says. Feature k of frame f goes to out[f frame_stride + k band_stride], reals; one of the strides is 1. A frame's
 * bits depend on its samples alone. samples, scratch (sk_log_mel_plan)  and tables are aligned. */
typedef void sk_log_mel_fn(const sk_mel *mel, const void *samples, ptrdiff_t hop, ptrdiff_t frames, void *scratch,
                           void *out, ptrdiff_t frame_stride, ptrdiff_t band_stride);

/* The same of bins that are there: bin k of frame f is rows[k stride + f], and whole vectors of frames can be read.
 * scratch holds bands + a vector's lanes vectors. */
typedef void sk_combine_rows_fn(const sk_mel *mel, const void *rows, ptrdiff_t stride, ptrdiff_t frames, void *scratch,
                                void *out, ptrdiff_t frame_stride, ptrdiff_t band_stride);

/* Row r of out = sum over j < m of h[j] times row r + j of `rows`, for r < n, the terms in their order. A row is a
 * whole number of vectors, `stride` bytes on from the one before, in both. */
typedef void sk_weighted_rows_fn(const void *rows, const void *h, ptrdiff_t m, void *out, ptrdiff_t n,
                                 ptrdiff_t stride);

/* out[count i + p] = parts[p][i] for i < n. */
typedef void sk_interleave_fn(const void *const *parts, ptrdiff_t count, ptrdiff_t n, void *out);

/* ---- drivers ---- */

/* Derivatives along time, orders 1 to `orders`: count[k] (odd) taps, applied to the frames or, where `iterated`, to
 * order k - 1. The first and last frame stand for those outside; or, where `fit` is not 0, the first and last outputs
 * are sums over `fit` frames at the ends with weights ends[k], count[k] / 2 rows for either end; all outputs of a line
 * of n < fit frames are sums over these with weights few[k], n rows of n behind those of shorter lines. Tables are of
 * the job's dtype. */
#define SK_DELTAS 8
typedef struct {
    int orders, iterated;
    ptrdiff_t count[SK_DELTAS + 1], fit;
    const void *taps[SK_DELTAS + 1], *ends[SK_DELTAS + 1], *few[SK_DELTAS + 1];
} sk_delta_taps;

/* out = derivatives (with `statics` the frames before them) of frames `first` on of x. */
typedef struct {
    sk_view x, out; /* (..., frames, bands) and (..., frames, bands, orders) */
    const sk_delta_taps *taps;
    ptrdiff_t first;
    int statics, dtype;
    /* set by sk_deltas_plan */
    ptrdiff_t tiles, tile, blocks;
    double tile_work;
    size_t scratch;
} sk_deltas;
void sk_deltas_plan(sk_deltas *job);
int sk_deltas_run(sk_deltas *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);

/* Log-mel features: frame t of a line, in row t - first of out for t < first + counts[line], holds the samples from
 * t hop_length + origin on of lengths[line] samples, of which x holds those from `base` on. Derivatives stand beside
 * the features where there are taps. */
typedef enum { SK_PAD_CONSTANT, SK_PAD_REFLECT, SK_PAD_SYMMETRIC, SK_PAD_EDGE } sk_pad;
typedef struct {
    sk_view x, out; /* (..., samples) and (..., frames, bands, 1 + orders) */
    const sk_mel *mel;
    const sk_delta_taps *taps; /* or NULL; then first is 0 */
    const ptrdiff_t *lengths, *counts;
    ptrdiff_t origin, base, first;
    sk_pad pad;
    int dtype;
    /* set by sk_log_mel_plan */
    ptrdiff_t tiles, tile, blocks, chunk;
    double tile_work;
    size_t scratch, samples_size, kernel_size;
} sk_log_mel;
void sk_log_mel_plan(sk_log_mel *job);
int sk_log_mel_run(sk_log_mel *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);

/* out (..., bands, n) = bands of the rows x (..., m, n). */
typedef struct {
    sk_view x, out;
    const sk_mel *mel;
    int dtype;
    /* set by sk_combine_plan */
    ptrdiff_t tiles, tile, blocks;
    double tile_work;
    size_t scratch;
} sk_combine;
void sk_combine_plan(sk_combine *job);
int sk_combine_run(sk_combine *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);

#endif

/* The whole C surface of sigkit: dtypes, kernel types with their contracts, the
 * table of kernels, and the drivers that walk arrays and call them.
 *
 * Layers: drivers -> table -> kernels. Python is not known here. C reports only
 * one kind of failure, out of memory: everything else is checked before. */
#ifndef SK_H
#define SK_H

#include <stddef.h>
#include <stdint.h>

#define SK_MAXDIM 64

/* What an array may hold. Kernels compute in I64 (modulo 2^64), F32, F64, C64
 * and C128; the load functions convert the others. */
typedef enum {
    SK_BOOL, SK_I8, SK_U8, SK_I16, SK_U16, SK_I32, SK_U32, SK_U64, SK_F16,
    SK_I64, SK_F32, SK_F64, SK_C64, SK_C128,
    SK_NDTYPE
} sk_dtype;

extern const int sk_itemsize[SK_NDTYPE];

typedef struct {
    char *ptr;
    int dtype;
    int swapped; /* the bytes are in the other order than the machine's */
    int ndim;
    ptrdiff_t shape[SK_MAXDIM];
    ptrdiff_t stride[SK_MAXDIM]; /* in bytes; 0 along a broadcast axis */
} sk_view;

typedef enum {
    SK_EXISTING, /* only the samples that exist: no term at all outside */
    SK_CONSTANT, /* a constant outside */
    SK_WRAP,     /* a b c d | a b c d | a b c d */
    SK_SYMMETRIC, /* d c b a | a b c d | d c b a */
    SK_REFLECT,   /* d c b | a b c d | c b a */
    SK_EDGE,      /* a a a | a b c d | d d d */
    /* From here on a sample outside is computed from several inside. */
    SK_SMOOTH,        /* on with the difference of the last two */
    SK_LINE,          /* on with the slope from the first to the last */
    SK_ANTISYMMETRIC, /* -d -c -b -a | a b c d | -d -c -b -a */
    SK_ANTIREFLECT    /* reflected through the point at the end: 2a-c 2a-b | a b c d | 2d-c 2d-b */
} sk_boundary;

/* ---- kernels ------------------------------------------------------------ */

/* One block of outputs, in bytes, for every ISA. Where a contract asks for "a
 * block", the driver supplies it from scratch when the array is shorter. */
#define SK_BLOCK 512
/* Output rows that a column kernel computes at once, and the bytes of each: a cache line, a vector of the widest ISA. */
#define SK_ROWS 10
#define SK_CACHE_LINE 64
/* Terms that one accumulator may sum before it is restarted. */
#define SK_RESTART 256

/* out[i] = sum over j < m of h[j] x[i + j], for i < n; added to out where
 * `accumulate`. n samples of out are at least a block; x holds n + m - 1; m >= 1;
 * nothing overlaps; reals are aligned. Each output's sum is taken in the same order
 * whatever i and n, so that results do not depend on tiles. */
typedef void sk_slide_fn(const void *x, const void *h, ptrdiff_t m, void *out, ptrdiff_t n, int accumulate);

/* Line r of out = sum over j < m of h[j] times line r + j of `lines`, for r < SK_ROWS.
 * A line is SK_CACHE_LINE bytes of neighbouring samples; `lines` holds SK_ROWS + m - 1, one
 * after the other, aligned; out's are `stride` bytes apart, its reals aligned. m >= 1;
 * nothing overlaps. Same bits as sk_slide_fn along the other axis. */
typedef void sk_columns_fn(const void *lines, const void *h, ptrdiff_t m, void *out, ptrdiff_t stride);

/* out[i] += sum over j < w of p[i + j], for i < n, by additions alone: nothing
 * outlives its window. p holds n + w - 1 values and is overwritten. */
typedef void sk_window_sum_fn(double *p, ptrdiff_t w, double *out, ptrdiff_t n);

/* inverse[i] = 1 / sqrt(s2 - s1^2 / m), and bad[i] = 1 where s2 is not below
 * `limit` times that variance (cancellation, or no variance at all), or the variance not
 * above `least`. Returns how many are bad. */
typedef ptrdiff_t sk_inverse_norm_fn(const double *s1, const double *s2, double m, double limit, double least,
                                     double *inverse, unsigned char *bad, ptrdiff_t n);

/* x[i] becomes x[i] scale - centre, or 0 where that is not finite; it is copied to `copy`, its square goes to `square`.
 * Nothing overlaps. */
typedef void sk_center_fn(double *x, ptrdiff_t n, double scale, double centre, double *copy, double *square);

/* out[i] = product[i] inverse[i], clamped to [-1, 1]. out is the kernel's dtype. */
typedef void sk_coefficient_fn(const double *product, const double *inverse, void *out, ptrdiff_t n);

/* into[i] += from[i], from of the kernel's dtype. */
typedef void sk_widen_add_fn(const void *from, double *into, ptrdiff_t n);

/* Sum of x[i], and the largest |x[i]|, over the finite samples; returns 0 where
 * some sample is not finite. Summed as x 2^-32, so that no sum overflows. */
typedef int sk_scan_fn(const double *x, ptrdiff_t n, double *sum, double *largest);

/* A pair of lines, the sample of each that the others are taken about, and the moments of what is left: n,
 * mean x, mean y, sum dx^2, sum dy^2, sum dx dy, each about the means. Squares must neither overflow nor vanish
 * in the dtype. */
typedef struct {
    const void *x, *y, *zero_x, *zero_y;
    double moments[6];
} sk_pair;
/* The moments of pairs of lines of n samples. Same bits for a pair whatever the others. */
typedef void sk_pair_moments_fn(sk_pair *pairs, ptrdiff_t count, ptrdiff_t n);

/* A Fourier transform of n points: made in Python (_fft.py), of one real type, for vectors of one width. */
#define SK_FFT_PASSES 16
typedef struct {
    ptrdiff_t n;
    ptrdiff_t rows;           /* points that the passes transform: n, or n / lanes (within one transform) */
    int passes;
    int radix[SK_FFT_PASSES]; /* of each pass, the first one first; 1 alone for one row */
    const int32_t *place;     /* where the first pass puts the points of each group */
    const void *twiddles;     /* of the other passes */
    const void *columns;      /* within one transform: of the last pass, across the lanes */
    const void *twist;        /* e^(i pi j / (2 n)), vectors of real and imaginary parts in turn */
} sk_fft;

/* spectrum = transform of `block` times `scale`: 2 n reals or n complex values; spectrum and
 * scratch hold 2 n reals and are aligned to 64 bytes. lanes^2 divides n. */
typedef void sk_block_spectrum_fn(const sk_fft *plan, const void *block, double scale, void *scratch, void *spectrum);

/* Samples [begin, end) of the block whose spectrum is the product of x and h, times both scales, to out. */
typedef void sk_block_product_fn(const sk_fft *plan, const void *x, const void *h, const double scale[2], void *scratch,
                                 void *out, ptrdiff_t begin, ptrdiff_t end);

/* The same in two dimensions: down->n rows (lane = frame) of across->n points (within one transform). A spectrum is
 * down->n rows of across->n / lanes + 1 points of vectors; product and spectrum are alike; scratch holds the points of
 * a row or of a column. outs[i] takes samples [begin, end) of row first + i, for i < count. */
typedef void sk_rows_spectrum_fn(const sk_fft *across, const sk_fft *down, const void *const *rows, double scale,
                                 void *scratch, void *spectrum);
typedef void sk_rows_product_fn(const sk_fft *across, const sk_fft *down, const void *x, const void *h,
                                const double scale[2], void *scratch, void *product, void *const *outs,
                                ptrdiff_t first, ptrdiff_t count, ptrdiff_t begin, ptrdiff_t end);

/* total += x conj(y) scale, for spectra of n points; total is laid out like them, in float64. */
typedef void sk_add_cross_spectrum_fn(const void *x, const void *y, double scale, double *total, ptrdiff_t n);

/* Of n reals: 0 where one is not finite, else 1 and the exponent of the largest magnitude (all zeros: 0). */
typedef int sk_peak_fn(const void *x, ptrdiff_t n, int *exponent);

/* The samples under one output of a filter, and its taps in their order. */
typedef struct {
    const void *taps;
    ptrdiff_t first, count;
} sk_window;

/* out[r][c] = sum over j < count of taps[j] rows[first + j][c], for r < n and c < columns, as windows[r] says; rows of
 * out are `stride` bytes apart. columns are at least a vector; nothing overlaps. The order of each output's sum is
 * that of its taps, restarted every SK_RESTART, and nothing else. */
typedef void sk_polyphase_fn(const void *const *rows, const sk_window *windows, ptrdiff_t n, void *out,
                             ptrdiff_t stride, ptrdiff_t columns);

/* One such output: the sum over j < m of taps[j] x[j], in the same order; added to out where `accumulate`. */
typedef void sk_window_dot_fn(const void *x, const void *taps, ptrdiff_t m, void *out, int accumulate);

/* to[c][r] = from[r][c], for r < rows and c < columns; strides in bytes; nothing overlaps. */
typedef void sk_transpose_fn(const void *from, ptrdiff_t from_stride, void *to, ptrdiff_t to_stride, ptrdiff_t rows,
                             ptrdiff_t columns);
/* What becomes of a frame's spectrum, and what a frame is. */
typedef enum { SK_KEEP_COMPLEX, SK_KEEP_POWER, SK_KEEP_MAGNITUDE, SK_KEEP_PHASE, SK_KEEP_DECIBELS } sk_keep;
typedef enum { SK_DETREND_NONE, SK_DETREND_CONSTANT, SK_DETREND_LINEAR } sk_detrend;
typedef struct {
    const sk_fft *plan;
    const void *turns;    /* packed: e^(-2 pi i k / n) for k <= n / 2, real parts, then imaginary parts */
    const double *window; /* of `length` samples, which begin at point `offset` of n; the others are zero */
    void *table;          /* the window as the kernels load it: n reals at most */
    ptrdiff_t n, length, offset, bins;
    int packed;           /* a real frame's even and odd samples are the parts of n / 2 points */
    int centered;         /* bin 0 goes to n / 2, round the end */
    sk_keep keep;
    sk_detrend detrend;
    double mirrored;      /* factor of the power of a bin that has a mirror image among those left out */
    double floor, level;  /* decibels: of the larger of power and floor, plus level */
} sk_spectrum;

/* The window as frames or overlap_add load it, and the scratch that they take, in bytes. */
typedef void sk_spectrum_table_fn(const sk_spectrum *s, void *table);
typedef size_t sk_spectrum_scratch_fn(const sk_spectrum *s);

/* Row f of out, rows `stride` bytes apart = what is kept of the spectrum of the frame whose window begins at x[f hop].
 * A window that holds a sample which is not finite makes its row NaN. Each row has the same bits whatever f and count.
 * */
typedef void sk_frames_fn(const sk_spectrum *s, const void *x, ptrdiff_t hop, ptrdiff_t count, void *scratch, void *out,
                          ptrdiff_t stride);

/* sum[i - begin] += the frames of `count` rows of bins, transformed back, times the window, that of row f beginning at
 * i = f hop; for begin <= i < end, which all of them reach. In the order of f. A row with a bin that is not finite adds
 * NaN. */
typedef void sk_overlap_add_fn(const sk_spectrum *s, const void *bins, ptrdiff_t stride, ptrdiff_t count, ptrdiff_t hop,
                               void *scratch, void *sum, ptrdiff_t begin, ptrdiff_t end);

/* out[i] = sum[i] weights[i] for n samples of one or two parts. */
typedef void sk_weigh_fn(const void *sum, const void *weights, void *out, ptrdiff_t n, int parts);

/* What two rows of bins add to the sums of their powers (unless NULL) and of conj(a) b, its parts in turn. */
typedef void sk_add_cross_fn(const void *a, const void *b, ptrdiff_t bins, double *aa, double *bb, double *ab);

/* p[i] = 10 log10(max(p[i], floor)) + level, in place, no floor below the least normal number. Inf and NaN stay. */
typedef void sk_decibels_fn(void *p, ptrdiff_t n, double floor, double level);

#include "sk_features.h"
#include "sk_images.h"
#include "sk_layers.h"
#include "sk_network.h"
#include "sk_similarity.h"

typedef struct {
    const char *isa;
    int vector_bytes;
#define SK_KERNEL(name, type, dtypes) sk_##type##_fn *name[SK_NDTYPE];
#include "kernels.def"
#undef SK_KERNEL
} sk_kernels;

/* ---- dispatch ----------------------------------------------------------- */

/* The tables compiled in, weakest first, ended by NULL; whether this CPU and its
 * operating system can run one; the active one, set once at import. */
extern const sk_kernels *const sk_compiled[];
int sk_usable(const sk_kernels *table);
extern const sk_kernels *sk_active;
/* Sets sk_active to the best usable table not above `cap` (NULL: no cap). Returns
 * 0 if no table is named `cap`, -1 if the CPU is below the baseline, else 1. */
int sk_dispatch(const char *cap);

/* ---- memory and threads -------------------------------------------------- */

/* Every allocation of this library: 64-byte aligned, counted, NULL on failure. */
void *sk_alloc(size_t size);
void sk_free(void *p);
ptrdiff_t sk_live_allocations(void);
/* Makes the n-th allocation from now fail (n < 0: every one from the |n|-th on; 0: none). */
void sk_fail_allocation(ptrdiff_t n);

/* Calls tile(job, i, scratch) for begin <= i < end by `threads` threads, each with
 * `scratch` bytes of its own. *team becomes the number of threads that ran. Returns
 * 0, or -1 when memory ran out (some tiles are then not done). */
typedef void sk_tile_fn(void *job, ptrdiff_t index, char *scratch);
int sk_run_tiles(sk_tile_fn *tile, void *job, ptrdiff_t begin, ptrdiff_t end, size_t scratch, int threads, int *team);

double sk_seconds(void);         /* a clock that only goes forward */
int sk_openmp(void);             /* built with OpenMP? */
int sk_openmp_max_threads(void); /* of the calling thread; 1 without OpenMP */
void sk_watch_fork(void);        /* once, at import */
int sk_forked(void);             /* in a child forked after that? */
/* The floating-point control word of each thread of a team (0 where there is no such thing). */
void sk_mxcsr_of_team(unsigned *words, int threads);

/* ---- walking arrays ------------------------------------------------------ */

/* n elements from `from`, `stride` bytes apart, as the dtype `to`, contiguous. */
void sk_load(const char *from, ptrdiff_t stride, ptrdiff_t n, int dtype, int swapped, int to, void *dst);
/* n contiguous elements of `dtype` to `to`, `stride` bytes apart. */
void sk_store(const void *src, ptrdiff_t n, int dtype, char *to, ptrdiff_t stride);
/* The index in [0, n) whose sample stands at i, or -1 where no sample does. */
ptrdiff_t sk_reflect(ptrdiff_t i, ptrdiff_t n, sk_boundary boundary);
/* Samples [at, at + count) of the line `line` of length n, extended by `boundary`
 * (SK_EXISTING: with zeros), as the dtype `to`. `fill` is one element of it. */
void sk_extend(const sk_view *v, const char *line, ptrdiff_t stride, ptrdiff_t n, ptrdiff_t at, ptrdiff_t count,
               sk_boundary boundary, const void *fill, int to, void *dst);
/* Can a kernel work on a line as it lies: contiguous, each real aligned? */
int sk_in_place(const char *line, ptrdiff_t stride, int dtype);
/* Elements `at` on of a line: as they lie where a kernel can use them and they are of dtype `to`, else loaded into dst.
 * */
const void *sk_piece(const sk_view *v, const char *line, ptrdiff_t stride, ptrdiff_t at, ptrdiff_t count, int to,
                     void *dst);
int sk_finite(const void *x, ptrdiff_t n, int dtype);
int sk_has_nan(const void *x, ptrdiff_t n, int dtype); /* of real samples */
void sk_conjugate(void *x, ptrdiff_t n, int dtype);

/* ---- drivers ------------------------------------------------------------- */

/* Correlation: out[..., i] = sum over j of h[..., j] x[..., start + i + j] over the
 * last `naxes` axes; the axes before them are batches. h is conjugated where
 * `conjugate`. The views have equal ndim; `out` decides the sizes of the batch axes. */
typedef struct {
    sk_view x, h, out;
    int naxes, conjugate, real_taps, dtype;
    ptrdiff_t start[SK_MAXDIM];
    sk_boundary boundary;
    unsigned char fill[16];
    /* set by sk_correlation_plan */
    ptrdiff_t tiles;   /* units of work */
    double tile_work;  /* multiply-adds in one */
    size_t scratch;    /* bytes, per thread */
    ptrdiff_t tile, blocks, column_axis, tile_columns, column_blocks;
} sk_correlation;
void sk_correlation_plan(sk_correlation *job);
int sk_correlation_run(sk_correlation *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);

/* Sums over long lines, lag by lag: out[..., l] = sum over t of x[..., t + first + l] h[..., t],
 * over the samples that exist; h conjugated where `conjugate`. `out` is contiguous along its last axis. */
typedef struct {
    sk_view x, h, out;
    int conjugate, dtype;
    ptrdiff_t first;
    /* set by sk_lags_plan */
    ptrdiff_t tiles, chunks, blocks, items, group;
    double tile_work;
    size_t scratch;
    void *partial;
    double *total;
} sk_lags;
void sk_lags_plan(sk_lags *job);
int sk_lags_begin(sk_lags *job); /* -1: out of memory */
int sk_lags_run(sk_lags *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);
void sk_lags_end(sk_lags *job);

/* Overlap-save: out[..., k, i] = sum over j of h[k, j] x[..., lo + i - j], samples outside x being 0. Blocks are
 * transformed alone. A sample that is not finite counts as 0 and marks its line of x in `poisoned`. h is finite. */
typedef struct {
    sk_view x, out;  /* (..., n) and (..., templates, size) */
    const void *h;   /* (templates, m), contiguous, of the job's dtype */
    const sk_fft *plan;
    ptrdiff_t m, lo;
    int dtype;
    unsigned char *poisoned;
    /* set by sk_overlap_save_plan */
    ptrdiff_t tiles, templates, block, step, blocks, groups;
    double tile_work;
    size_t scratch;
    char *spectra;
    int *exponents;
} sk_overlap_save;
void sk_overlap_save_plan(sk_overlap_save *job);
int sk_overlap_save_begin(sk_overlap_save *job, int threads); /* the spectra of h; -1: out of memory */
int sk_overlap_save_run(sk_overlap_save *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);
void sk_overlap_save_end(sk_overlap_save *job);

/* The same for images: out[..., i, k] = sum over (a, b) of h[a, b] x[..., lo[0] + i - a, lo[1] + k - b], x extended by
 * `boundary`. */
typedef struct {
    sk_view x, out;
    const void *h; /* (m[0], m[1]), contiguous, of the job's dtype */
    const sk_fft *across, *down;
    ptrdiff_t m[2], lo[2];
    int dtype;
    sk_boundary boundary;
    unsigned char fill[16];
    unsigned char *poisoned;
    /* set by sk_overlap_save_2d_plan */
    ptrdiff_t tiles, block[2], step[2], blocks[2];
    double tile_work;
    size_t scratch;
    char *taps;
    int exponent;
} sk_overlap_save_2d;
void sk_overlap_save_2d_plan(sk_overlap_save_2d *job);
int sk_overlap_save_2d_begin(sk_overlap_save_2d *job); /* the spectrum of h; -1: out of memory */
int sk_overlap_save_2d_run(sk_overlap_save_2d *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);
void sk_overlap_save_2d_end(sk_overlap_save_2d *job);

/* The spectrum of sums over long lines at a run of lags: the inverse transform of total[line] (n complex points, in
 * float64; of real lines twisted and folded, see overlap_save.tmpl.c) begins with the sums over t of
 * x[..., t + first + l] conj(y[..., t]), l = 0 .. lags - 1, over the samples that exist. */
typedef struct {
    sk_view x, y, total;
    const sk_fft *plan;
    ptrdiff_t first, lags;
    int dtype;
    int poisoned; /* a sample was not finite: the totals are of no use */
    /* set by sk_lag_spectra_plan */
    ptrdiff_t tiles, block, step, blocks, chunks, per_chunk;
    double tile_work;
    size_t scratch;
    double *partial;
} sk_lag_spectra;
void sk_lag_spectra_plan(sk_lag_spectra *job);
int sk_lag_spectra_begin(sk_lag_spectra *job); /* -1: out of memory */
int sk_lag_spectra_run(sk_lag_spectra *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);
void sk_lag_spectra_end(sk_lag_spectra *job); /* adds up the chunks, in their order */

/* Polyphase filter: out[..., k] = sum over j of h[j] x[..., (first + k down - j) / up] over the j for which that is an
 * integer, samples outside x as the boundary says. h is contiguous, of the job's dtype or its real part's (real_taps).
 * */
typedef struct {
    sk_view x, out; /* (..., n) and (..., outputs), n >= 1 */
    const void *h;
    ptrdiff_t m, up, down, first; /* first >= 0 */
    int real_taps, dtype;
    sk_boundary boundary;
    unsigned char fill[16];
    /* set by sk_polyphase_plan */
    ptrdiff_t tiles;
    double tile_work;
    size_t scratch;
    int way, column_axis;
    ptrdiff_t period, advance; /* outputs k + period lie `advance` samples further and have the same taps */
    ptrdiff_t longest;         /* taps of a phase */
    ptrdiff_t windows_at_hand, tile, blocks, columns, row_bytes, tile_columns, column_blocks;
    sk_window *windows; /* of outputs k < windows_at_hand, in samples from the first one's */
    char *taps;
    int finite;
} sk_polyphase;
void sk_polyphase_plan(sk_polyphase *job);
int sk_polyphase_begin(sk_polyphase *job); /* -1: out of memory */
int sk_polyphase_run(sk_polyphase *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);
void sk_polyphase_end(sk_polyphase *job);
/* Frames of lines: frame f of a line is the `length` samples from f hop + begin on. */
typedef struct {
    sk_view x;                   /* (..., n) */
    int dtype;                   /* what they are loaded as: SK_F32, SK_F64, SK_C64 or SK_C128 */
    ptrdiff_t hop, begin, length;
    ptrdiff_t pad;               /* samples that exist before the first, and behind the last, as `outside` says; */
    const ptrdiff_t *outside;    /* which one stands for each, the former first; NULL: others are zero */
    const double *factors;       /* of each, or NULL */
} sk_frame_source;

/* Short-time spectra: out[..., f, :] = what is kept of frame f of x[..., :]. */
typedef struct {
    sk_frame_source source;
    sk_spectrum spectrum;
    sk_view out; /* (..., frames, bins) */
    int dtype;   /* of the results */
    /* set by sk_frames_plan */
    ptrdiff_t tiles, tile, blocks;
    double tile_work;
    size_t scratch;
} sk_frames;
void sk_frames_plan(sk_frames *job);
int sk_frames_begin(sk_frames *job); /* -1: out of memory */
int sk_frames_run(sk_frames *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);
void sk_frames_end(sk_frames *job);

/* The lines out[..., :] whose short-time spectra come closest to x[..., frames, bins]: their first window begins at
 * sample `first` (or before 0). */
typedef struct {
    sk_spectrum spectrum;
    sk_view x, out;
    int dtype; /* of the results */
    ptrdiff_t hop, first;
    /* set by sk_overlap_add_plan */
    ptrdiff_t tiles, tile, blocks;
    double tile_work;
    size_t scratch;
    void *weights;
    ptrdiff_t period;
} sk_overlap_add;
void sk_overlap_add_plan(sk_overlap_add *job);
int sk_overlap_add_begin(sk_overlap_add *job);
int sk_overlap_add_run(sk_overlap_add *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);
void sk_overlap_add_end(sk_overlap_add *job);

/* Sums over the frames of lines of their powers, or of two signals' powers and conj(x) y: each out is contiguous,
 * (..., bins), of double or (cross) of two doubles a bin. */
typedef struct {
    sk_frame_source x, y;
    sk_spectrum spectrum; /* keeps powers, or (two signals) bins */
    ptrdiff_t lines, count;
    int two;
    double *xx, *yy, *xy; /* sums; two: xx and yy may be NULL */
    /* set by sk_welch_plan */
    ptrdiff_t tiles, chunks, group;
    double tile_work;
    size_t scratch;
    double *partial;
} sk_welch;
void sk_welch_plan(sk_welch *job);
int sk_welch_begin(sk_welch *job);
int sk_welch_run(sk_welch *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);
void sk_welch_end(sk_welch *job);

#endif

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

/* ---- kernels ------------------------------------------------------------ */

/* One block of outputs, in bytes, for every ISA. Where a contract asks for "a
 * block", the driver supplies it from scratch when the array is shorter. */
#define SK_BLOCK 512
/* Output rows that a column kernel computes at once, and the bytes of each: a cache line, a vector of the widest ISA. */
#define SK_ROWS 10
#define SK_LINE 64
/* Terms that one accumulator may sum before it is restarted. */
#define SK_RESTART 256
/* The same for float32 sums that must lose as little as they can (slide_short). */
#define SK_SHORT_RESTART 16

/* out[i] = sum over j < m of h[j] x[i + j], for i < n; added to out where
 * `accumulate`. n samples of out are at least a block; x holds n + m - 1; m >= 1;
 * nothing overlaps; reals are aligned. Each output's sum is taken in the same order
 * whatever i and n, so that results do not depend on tiles. */
typedef void sk_slide_fn(const void *x, const void *h, ptrdiff_t m, void *out, ptrdiff_t n, int accumulate);

/* Line r of out = sum over j < m of h[j] times line r + j of `lines`, for r < SK_ROWS.
 * A line is SK_LINE bytes of neighbouring samples; `lines` holds SK_ROWS + m - 1, one
 * after the other, aligned; out's are `stride` bytes apart, its reals aligned. m >= 1;
 * nothing overlaps. Same bits as sk_slide_fn along the other axis. */
typedef void sk_columns_fn(const void *lines, const void *h, ptrdiff_t m, void *out, ptrdiff_t stride);

/* out[i] += sum over j < w of p[i + j], for i < n, by additions alone: nothing
 * outlives its window. p holds n + w - 1 values and is overwritten. */
typedef void sk_window_sum_fn(double *p, ptrdiff_t w, double *out, ptrdiff_t n);

/* inverse[i] = 1 / sqrt(s2 - s1^2 / m), and bad[i] = 1 where s2 is not below
 * `limit` times that variance (cancellation, or no variance at all). Returns how
 * many are bad. */
typedef ptrdiff_t sk_inverse_norm_fn(const double *s1, const double *s2, double m, double limit, double *inverse,
                                     unsigned char *bad, ptrdiff_t n);

/* x[i] becomes x[i] scale - centre, or 0 where that is not finite; copies of it go to
 * `copy` and (unless NULL) `narrow`, its square to `square`. Nothing overlaps. */
typedef void sk_center_fn(double *x, ptrdiff_t n, double scale, double centre, double *copy, double *square,
                          float *narrow);

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

typedef struct {
    const char *isa;
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

typedef enum {
    SK_EXISTING, /* only the samples that exist: no term at all outside */
    SK_CONSTANT, /* a constant outside */
    SK_WRAP,     /* a b c d | a b c d | a b c d */
    SK_SYMMETRIC /* d c b a | a b c d | d c b a */
} sk_boundary;

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
/* Elements `at` on of a line: as they lie where a kernel can use them and they are of dtype `to`, else loaded into dst. */
const void *sk_piece(const sk_view *v, const char *line, ptrdiff_t stride, ptrdiff_t at, ptrdiff_t count, int to,
                     void *dst);
int sk_finite(const void *x, ptrdiff_t n, int dtype);
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
    /* set by sk_sliding_pearson_plan */
    ptrdiff_t tiles, tile, blocks;
    double tile_work;
    size_t scratch;
} sk_sliding_pearson;
void sk_sliding_pearson_plan(sk_sliding_pearson *job);
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

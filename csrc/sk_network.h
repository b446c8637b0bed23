/* What sk.h holds for the drivers of network inputs and of images' spectra; included there, once its views are known. */
#ifndef SK_NETWORK_H
#define SK_NETWORK_H

/* Of n samples, those alone whose mask is not 0 where there is one: the sum of x scale - zero, 0 (NaN where a sample is
 * not finite), the least and the largest x scale, and how many there are; and the sum of squares of x scale - zero. Sums
 * take their samples in an order that depends on n alone. */
enum { SK_SUM_OF, SK_POISON, SK_LEAST_OF, SK_MOST_OF, SK_COUNT_OF, SK_SUMS };
typedef void sk_line_range_fn(const void *x, const unsigned char *mask, ptrdiff_t n, double scale, double zero,
                              double sums[SK_SUMS]);
typedef double sk_line_squares_fn(const void *x, const unsigned char *mask, ptrdiff_t n, double scale, double zero);

/* out[i] = (x[i] scale - centre) factor, 0 where a mask is 0. `out` may be x. */
typedef void sk_rescale_fn(const void *x, const unsigned char *mask, ptrdiff_t n, double scale, double centre,
                           double factor, void *out);

/* What is kept of complex samples. Points are vectors of real parts and of imaginary parts in turn, as many as hold n
 * samples. */
typedef enum { SK_AS_IQ, SK_AS_POLAR, SK_AS_LOG_POLAR, SK_AS_POWER } sk_representation;
typedef void sk_points_fn(const void *z, ptrdiff_t n, void *points);
/* Channel k of sample i to to[k][i step]. floor: the least magnitude whose logarithm is taken. */
typedef void sk_channels_fn(const void *points, ptrdiff_t n, sk_representation parts, double floor, void *const *to,
                            ptrdiff_t step);

/* A 2-D transform. across and down are plans whose lanes are frames. Point (j, k) of the transform is sample
 * ((j + start[0]) mod rows, (k + start[1]) mod columns) of the image, result (j, k) goes to place (j + place[0], ...).
 * A spectrum is kept as rows of points of vectors, `apart` points from one to the next: those of as many rows as a
 * multiple of the lanes is, and of whole vectors. */
typedef struct {
    const sk_fft *across, *down;
    ptrdiff_t start[2], place[2], apart;
    int inverse;
} sk_plane;
/* Rows [first, first + lanes) of an image, `stride` bytes apart, transformed and turned over to `spectrum`; 0 where a
 * sample is not finite. scratch: across->n and so many and lanes more points of vectors. */
typedef int sk_plane_rows_fn(const sk_plane *p, const void *rows, ptrdiff_t stride, ptrdiff_t first, void *scratch,
                             void *spectrum);
/* The columns of such a spectrum transformed, in place. scratch: down->n points of vectors. */
typedef void sk_plane_columns_fn(const sk_plane *p, void *scratch, void *spectrum);

/* ---- drivers */

typedef enum { SK_AS_IS, SK_ZSCORE, SK_MINMAX, SK_PEAK_MAGNITUDE, SK_RMS } sk_scaling;

/* out[...] = x[...] less a mean (or least value), over a deviation (or range, peak, root of the mean square), of all
 * samples of its group: the last `axes` axes. Where there is a mask (mask.ptr), samples without it neither count nor
 * remain. A group without variation becomes 0, one with a sample that is not finite NaN. */
typedef struct {
    sk_view x, mask, out;
    int axes, dtype;
    sk_scaling scaling;
    /* set by sk_normalize_plan */
    ptrdiff_t tiles, groups, together, pieces, pieces_of_line, lines;
    int staged, stage, again; /* large groups: their pieces' moments first, then the pieces */
    double tile_work;
    size_t scratch;
    void *moments, *rules;
} sk_normalize;
void sk_normalize_plan(sk_normalize *job);
int sk_normalize_begin(sk_normalize *job); /* -1: out of memory */
int sk_normalize_run(sk_normalize *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);
/* Between the stages; whether the first one has to run again. */
int sk_normalize_combine(sk_normalize *job);
void sk_normalize_end(sk_normalize *job);

/* Recordings of different lengths to rows of one length: out[i, t, c] = sample t of channel c of items[i], rescaled each
 * channel by itself; `fill` behind its end, where mask[i, t] becomes 0 and else 1. */
typedef struct {
    const char *ptr;
    ptrdiff_t n, stride, channel_stride;
    int dtype, swapped;
} sk_recording;
typedef struct {
    const sk_recording *items;
    sk_view out;  /* (items, length, channels) */
    sk_view mask; /* (items, length), contiguous bytes */
    int dtype;
    sk_scaling scaling;
    unsigned char fill[16];
    ptrdiff_t samples; /* of all items */
    /* set by sk_pad_batch_plan */
    ptrdiff_t tiles;
    double tile_work;
    size_t scratch;
} sk_pad_batch;
void sk_pad_batch_plan(sk_pad_batch *job);
int sk_pad_batch_run(sk_pad_batch *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);

/* out[..., b, a] = x[..., a, b]; out is contiguous, of `dtype`. */
typedef struct {
    sk_view x, out;
    int dtype;
    /* set by sk_swap_axes_plan */
    ptrdiff_t tiles, blocks[2];
    double tile_work;
    size_t scratch;
} sk_swap_axes;
void sk_swap_axes_plan(sk_swap_axes *job);
int sk_swap_axes_run(sk_swap_axes *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);

/* Channels of complex samples: out[..., k, :] = channel k of x[..., :]. */
typedef struct {
    sk_view x, out; /* out: (..., channels, n), of the real type of `dtype` */
    int dtype;      /* what samples are loaded as: SK_C64 or SK_C128 */
    sk_representation parts;
    double floor;
    /* set by sk_split_plan */
    ptrdiff_t tiles, lines, together, blocks;
    double tile_work;
    size_t scratch;
} sk_split;
void sk_split_plan(sk_split *job);
int sk_split_run(sk_split *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);

/* The 2-D transform of the images x[..., :, :]: to out[..., :, :] of `dtype`, or (channels > 0) its channels to
 * out[..., channels, :, :] of the real type. An image with a sample that is not finite becomes NaN. */
typedef struct {
    sk_plane plane;
    sk_view x, out;
    int dtype, channels;
    sk_representation parts;
    double floor;
    /* set by sk_planes_plan */
    ptrdiff_t tiles, images, together, lanes;
    double tile_work;
    size_t scratch, transform, spectrum, rows;
} sk_planes;
void sk_planes_plan(sk_planes *job);
int sk_planes_run(sk_planes *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team);

#endif

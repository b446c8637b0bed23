/* Complex samples as channels of real ones, as they are or of the centred spectra of images, which stay in the cache from
 * their samples to their channels. */
#include "lines.h"

#include <math.h>
#include <string.h>

enum { PIECE = 4096, TILE = 1 << 14, MOST_CHANNELS = 3 };

/* Points of vectors that hold n samples, in bytes. */
static size_t points_size(ptrdiff_t n, int real)
{
    const ptrdiff_t lanes = sk_active->vector_bytes / sk_itemsize[real];
    return aligned(2 * divide_up(n, lanes) * sk_active->vector_bytes);
}

/* Samples to channels, those of one line: channel k to `out`, `apart` bytes from one to the next. */
static void to_channels(const void *points, ptrdiff_t n, sk_representation parts, double floor, char *out, ptrdiff_t apart,
                        ptrdiff_t stride, int real)
{
    void *to[MOST_CHANNELS];
    for (int k = 0; k < MOST_CHANNELS; k++)
        to[k] = out + k * apart;
    sk_active->channels[real](points, n, parts, floor, to, stride / sk_itemsize[real]);
}

/* ---- samples as they are ---- */

void sk_split_plan(sk_split *job)
{
    const int batches = job->x.ndim - 1, real = real_of(job->dtype);
    const ptrdiff_t n = job->x.shape[batches];
    job->lines = 1;
    for (int axis = 0; axis < batches; axis++)
        job->lines *= job->x.shape[axis];
    job->blocks = divide_up(n, PIECE);
    job->together = job->blocks > 1 ? 1 : at_least(TILE / n, 1);
    job->tiles = job->blocks > 1 ? job->lines * job->blocks : divide_up(job->lines, job->together);
    job->tile_work = (job->parts == SK_AS_IQ ? 8.0 : job->parts == SK_AS_POWER ? 8.0 : 100.0)
                     * (double)(job->blocks > 1 ? PIECE : n * at_most(job->together, job->lines));
    job->scratch = points_size(PIECE, real) + aligned(PIECE * sk_itemsize[job->dtype]);
}

static void split_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_split *job = context;
    const int batches = job->x.ndim - 1, real = real_of(job->dtype);
    const ptrdiff_t n = job->x.shape[batches];
    const ptrdiff_t first = job->blocks > 1 ? index / job->blocks : index * job->together;
    const ptrdiff_t end = job->blocks > 1 ? first + 1 : at_most(first + job->together, job->lines);
    const ptrdiff_t at = job->blocks > 1 ? index % job->blocks * PIECE : 0, count = at_most(PIECE, n - at);
    char *samples = scratch + points_size(PIECE, real);
    for (ptrdiff_t line = first; line < end; line++) {
        const char *from = line_start(&job->x, job->x.shape, batches, line);
        const ptrdiff_t apart = job->out.stride[batches], stride = job->out.stride[batches + 1];
        char *out = line_start(&job->out, job->x.shape, batches, line) + at * stride;
        sk_active->points[real](
            sk_piece(&job->x, from, job->x.stride[batches], at, count, job->dtype, samples), count, scratch);
        to_channels(scratch, count, job->parts, job->floor, out, apart, stride, real);
    }
}

int sk_split_run(sk_split *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(split_tile, job, begin, end, job->scratch, threads, team);
}

/* ---- spectra of images ---- */

void sk_planes_plan(sk_planes *job)
{
    const int nd = job->x.ndim, real = real_of(job->dtype);
    const ptrdiff_t height = job->x.shape[nd - 2], width = job->x.shape[nd - 1];
    const ptrdiff_t point = 2 * sk_active->vector_bytes;
    const double n = (double)height * (double)width;
    job->lanes = sk_active->vector_bytes / sk_itemsize[real];
    job->images = 1;
    for (int axis = 0; axis < nd - 2; axis++)
        job->images *= job->x.shape[axis];
    job->together = at_least(TILE / (height * width), 1);
    job->tiles = divide_up(job->images, job->together);
    job->tile_work = (double)at_most(job->together, job->images) * n * (2.5 * log2(n + 1.0) + 10.0);
    job->plane.apart = divide_up(width, job->lanes) | 1; /* an odd number, so that columns fill the sets of a cache */
    job->transform = aligned(at_least(2 * width + job->lanes, height) * point);
    job->spectrum = aligned(divide_up(height, job->lanes) * job->lanes * job->plane.apart * point);
    job->rows = aligned(job->lanes * width * sk_itemsize[job->dtype]);
    job->scratch = job->transform + job->spectrum + job->rows;
}

static void fill_with_nan(char *out, ptrdiff_t n, ptrdiff_t stride, int real)
{
    const float single = NAN;
    const double wide = (double)NAN;
    for (ptrdiff_t i = 0; i < n; i++, out += stride)
        memcpy(out, real == SK_F32 ? (const void *)&single : (const void *)&wide, (size_t)sk_itemsize[real]);
}

static void one_image(const sk_planes *job, ptrdiff_t image, char *scratch)
{
    const int nd = job->x.ndim, real = real_of(job->dtype), out_nd = job->out.ndim, size = sk_itemsize[real];
    const ptrdiff_t height = job->x.shape[nd - 2], width = job->x.shape[nd - 1], item = sk_itemsize[job->dtype];
    const ptrdiff_t down = job->x.stride[nd - 2], across = job->x.stride[nd - 1];
    const char *from = line_start(&job->x, job->x.shape, nd - 2, image);
    char *out = line_start(&job->out, job->x.shape, nd - 2, image);
    char *spectrum = scratch + job->transform, *rows = spectrum + job->spectrum;
    const int direct = job->x.dtype == job->dtype && !job->x.swapped && sk_in_place(from, across, job->dtype);
    int finite = 1;
    for (ptrdiff_t r = 0; r < height; r += job->lanes) {
        const void *group = from + r * down;
        ptrdiff_t stride = down;
        if (!direct || r + job->lanes > height) {
            const ptrdiff_t some = at_most(job->lanes, height - r);
            stride = width * item;
            for (ptrdiff_t i = 0; i < some; i++)
                sk_load(from + (r + i) * down, across, width, job->x.dtype, job->x.swapped, job->dtype, rows + i * stride);
            memset(rows + some * stride, 0, (size_t)((job->lanes - some) * stride));
            group = rows;
        }
        finite &= sk_active->plane_rows[real](&job->plane, group, stride, r, scratch, spectrum);
    }
    const ptrdiff_t out_row = job->out.stride[out_nd - 2], out_column = job->out.stride[out_nd - 1];
    const ptrdiff_t apart = job->channels ? job->out.stride[out_nd - 3] : size;
    const int channels = job->channels ? job->channels : 2;
    if (!finite) {
        for (int k = 0; k < channels; k++)
            for (ptrdiff_t r = 0; r < height; r++)
                fill_with_nan(out + k * apart + r * out_row, width, out_column, real);
        return;
    }
    sk_active->plane_columns[real](&job->plane, scratch, spectrum);
    /* Row after row: columns would come back to each cache line of the result, from afar. */
    const ptrdiff_t points = job->plane.apart * 2 * sk_active->vector_bytes;
    const int in_place = (uintptr_t)out % (uintptr_t)size == 0 && out_row % size == 0 && out_column % size == 0;
    for (ptrdiff_t r = 0; r < height; r++) {
        if (in_place) {
            to_channels(spectrum + r * points, width, job->parts, job->floor, out + r * out_row, apart, out_column, real);
            continue;
        }
        to_channels(spectrum + r * points, width, SK_AS_IQ, job->floor, rows, size, item, real);
        sk_store(rows, width, job->dtype, out + r * out_row, out_column);
    }
}

static void planes_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_planes *job = context;
    const ptrdiff_t end = at_most((index + 1) * job->together, job->images);
    for (ptrdiff_t image = index * job->together; image < end; image++)
        one_image(job, image, scratch);
}

int sk_planes_run(sk_planes *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(planes_tile, job, begin, end, job->scratch, threads, team);
}

/* The last two axes in turn, a square of samples at a time: no line of the cache is read, or written, twice. */
#include "lines.h"

enum { SIDE = 64 };

void sk_swap_axes_plan(sk_swap_axes *job)
{
    const int last = job->x.ndim - 1;
    job->blocks[0] = divide_up(job->x.shape[last - 1], SIDE);
    job->blocks[1] = divide_up(job->x.shape[last], SIDE);
    job->tiles = job->blocks[0] * job->blocks[1];
    for (int axis = 0; axis < last - 1; axis++)
        job->tiles *= job->x.shape[axis];
    job->tile_work = 16.0 * (double)at_most(SIDE, job->x.shape[last - 1]) * (double)at_most(SIDE, job->x.shape[last]);
    job->scratch = aligned(SIDE * SIDE * sk_itemsize[job->dtype]);
}

static void swap_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_swap_axes *job = context;
    const int last = job->x.ndim - 1;
    const ptrdiff_t size = sk_itemsize[job->dtype], down = job->x.stride[last - 1], across = job->x.stride[last];
    const ptrdiff_t c = index % job->blocks[1] * SIDE, r = index / job->blocks[1] % job->blocks[0] * SIDE;
    const ptrdiff_t matrix = index / job->blocks[1] / job->blocks[0];
    const ptrdiff_t rows = at_most(SIDE, job->x.shape[last - 1] - r), columns = at_most(SIDE, job->x.shape[last] - c);
    const char *from = line_start(&job->x, job->x.shape, last - 1, matrix) + r * down + c * across;
    char *to = line_start(&job->out, job->x.shape, last - 1, matrix) + c * job->out.stride[last - 1] + r * size;
    ptrdiff_t stride = down;
    if (job->x.dtype != job->dtype || job->x.swapped || across != size) {
        stride = columns * size;
        for (ptrdiff_t i = 0; i < rows; i++)
            sk_load(from + i * down, across, columns, job->x.dtype, job->x.swapped, job->dtype, scratch + i * stride);
        from = scratch;
    }
    sk_active->transpose[job->dtype](from, stride, to, job->out.stride[last - 1], rows, columns);
}

int sk_swap_axes_run(sk_swap_axes *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(swap_tile, job, begin, end, job->scratch, threads, team);
}

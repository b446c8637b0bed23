/* Family "stencil": means of neighbours that are near in space and in value, row by row, all channels together. */
#include "rows.h"

enum {
    TILE_ROWS = 32, TILE_BYTES = 2048, /* of outputs of a channel in a tile */
    OPERATIONS = 24,                   /* of a weight, about */
    LARGEST_TILE = 1 << 25,            /* operations in a tile: some milliseconds */
    MOST_SCRATCH = 14 << 20
};

static ptrdiff_t bytes_of_row(const sk_bilateral *job)
{
    return (job->columns + job->w[1] - 1) * sk_itemsize[job->dtype];
}

static size_t scratch_of(const sk_bilateral *job)
{
    const ptrdiff_t channels = job->out.shape[job->out.ndim - 3], high = job->w[0] - 1;
    const size_t pointers = aligned(channels * (ptrdiff_t)sizeof(void *));
    const size_t rows = sk_rows_scratch(job->rows + high, high + 1, bytes_of_row(job));
    return aligned(channels * (ptrdiff_t)sizeof(sk_rows)) + 2 * pointers
           + (size_t)channels * (rows + (size_t)sk_row_line(bytes_of_row(job)) + SK_CACHE_LINE);
}

void sk_bilateral_plan(sk_bilateral *job)
{
    const int nd = job->out.ndim, size = sk_itemsize[job->dtype];
    const ptrdiff_t height = job->out.shape[nd - 2], width = job->out.shape[nd - 1], line = SK_CACHE_LINE / size;
    const ptrdiff_t channels = job->out.shape[nd - 3];
    const double work = (double)job->w[0] * (double)job->w[1] * (OPERATIONS + 2.0 * (double)channels);
    ptrdiff_t images = 1;
    for (int axis = 0; axis < nd - 3; axis++)
        images *= job->out.shape[axis];
    job->columns = at_most(TILE_BYTES / size, divide_up(width, line) * line);
    job->rows = at_most(TILE_ROWS, height);
    while (job->rows > 1 && (double)job->rows * (double)job->columns * work > LARGEST_TILE)
        job->rows = divide_up(job->rows, 2);
    while (job->columns > line && scratch_of(job) > MOST_SCRATCH)
        job->columns = divide_up(job->columns / 2, line) * line;
    job->row_blocks = divide_up(height, job->rows);
    job->column_blocks = divide_up(width, job->columns);
    job->tiles = images * job->row_blocks * job->column_blocks;
    job->tile_work = (double)job->rows * (double)at_most(job->columns, width) * work;
    job->scratch = scratch_of(job);
}

static void bilateral_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_bilateral *job = context;
    const int nd = job->out.ndim;
    const ptrdiff_t channels = job->out.shape[nd - 3], high = job->w[0] - 1;
    const ptrdiff_t c = index % job->column_blocks * job->columns;
    const ptrdiff_t r = index / job->column_blocks % job->row_blocks * job->rows;
    const ptrdiff_t n = at_most(job->rows, job->out.shape[nd - 2] - r);
    const ptrdiff_t columns = at_most(job->columns, job->out.shape[nd - 1] - c);
    ptrdiff_t place[SK_MAXDIM];
    char *image = sk_image_at(&job->out, 3, index / job->column_blocks / job->row_blocks, place);
    char *out = image + r * job->out.stride[nd - 2] + c * job->out.stride[nd - 1];
    sk_rows *rows = (sk_rows *)scratch;
    const void *const **from = (const void *const **)(scratch + aligned(channels * (ptrdiff_t)sizeof(sk_rows)));
    const size_t pointers = aligned(channels * (ptrdiff_t)sizeof(void *));
    void **lines = (void **)((char *)from + pointers);
    char *behind = (char *)lines + pointers;
    for (ptrdiff_t h = 0; h < channels; h++) {
        place[nd - 3] = h;
        rows[h] = sk_plane_rows(&job->x, 2, job->boundary, NULL, place, job->fill, job->dtype);
        rows[h].at = r - job->w[0] / 2;
        rows[h].left = c - job->w[1] / 2;
        rows[h].columns = job->columns + job->w[1] - 1;
        rows[h].held = rows[h].together = high + 1;
        behind = sk_rows_begin(&rows[h], n + high, behind);
        lines[h] = behind;
        behind += rows[h].line;
    }
    sk_bilateral_row row = {.rows = (const void *const *const *)from, .channels = channels, .m = job->w[0],
                            .width = job->w[1], .n = job->columns, .spatial = job->spatial, .steepness = job->steepness,
                            .out = lines, .scratch = behind};
    for (ptrdiff_t i = 0; i < n; i++) {
        for (ptrdiff_t h = 0; h < channels; h++) {
            sk_rows_need(&rows[h], i + high + 1);
            from[h] = (const void *const *)rows[h].rows + i;
        }
        sk_active->bilateral[job->dtype](&row);
        for (ptrdiff_t h = 0; h < channels; h++)
            sk_store_as(lines[h], columns, job->dtype, job->out.dtype,
                        out + h * job->out.stride[nd - 3] + i * job->out.stride[nd - 2], job->out.stride[nd - 1],
                        rows[h].ring + (i % rows[h].held) * rows[h].line);
    }
}

int sk_bilateral_run(sk_bilateral *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(bilateral_tile, job, begin, end, job->scratch, threads, team);
}

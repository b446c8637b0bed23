/* Family "stencil": sums, least and largest of rectangles: down all rows of a tile, then across each. */
#include "rows.h"

#include <string.h>

enum { WINDOW_BYTES = 2048, WINDOW_ROWS = 64, MOST_ROWS = 512 }; /* of outputs in a tile */

/* Bits of w beyond the first: lines, or columns, of scratch for its sum. */
static ptrdiff_t levels(ptrdiff_t w)
{
    ptrdiff_t count = 0;
    while (w >> (count + 1))
        count++;
    return count;
}

static ptrdiff_t width_of_rows(const sk_windows *job)
{
    return job->columns + job->w[1] - 1; /* columns are whole cache lines */
}

void sk_windows_plan(sk_windows *job)
{
    const int nd = job->out.ndim, size = sk_itemsize[job->dtype];
    const ptrdiff_t height = job->out.shape[nd - 2], width = job->out.shape[nd - 1], line = SK_CACHE_LINE / size;
    ptrdiff_t images = 1;
    for (int axis = 0; axis < nd - 2; axis++)
        images *= job->out.shape[axis];
    /* Tall and wide windows ask for tall and wide tiles: what lies under two of them is summed twice. */
    const ptrdiff_t wide = at_least(WINDOW_BYTES / size, at_most(job->w[1], 8 * WINDOW_BYTES / size));
    job->columns = at_most(divide_up(wide, line), divide_up(width, line)) * line;
    job->rows = at_most(at_least(WINDOW_ROWS, at_most(job->w[0], MOST_ROWS)), height);
    job->row_blocks = divide_up(height, job->rows);
    job->column_blocks = divide_up(width, job->columns);
    job->tiles = images * job->row_blocks * job->column_blocks;
    job->tile_work = (double)job->rows * (double)at_most(job->columns, width) * 8.0;
    const ptrdiff_t all = job->rows + job->w[0] - 1, bytes = width_of_rows(job) * size;
    job->scratch = sk_rows_scratch(all, all, bytes) + (size_t)(job->rows * sk_row_line(bytes)
                              + (levels(job->w[1]) + 2) * (sk_row_line(bytes) + 2 * SK_CACHE_LINE))
                   + (size_t)((job->rows + job->w[0]) * (levels(job->w[0]) + 1) * SK_CACHE_LINE);
}

/* Sets to NaN what a row with NaN reaches, in rows [first, end) of out. */
static void spread_nan(const sk_windows *job, const char *row, char *out, ptrdiff_t stride, ptrdiff_t first,
                       ptrdiff_t end, ptrdiff_t columns)
{
    const int size = sk_itemsize[job->dtype];
    for (ptrdiff_t i = 0, done = 0; i < columns + job->w[1] - 1; i++) {
        if (!sk_has_nan(row + i * size, 1, job->dtype))
            continue;
        const ptrdiff_t from = at_least(done, i - job->w[1] + 1);
        done = at_most(i + 1, columns);
        for (ptrdiff_t r = first; r < end; r++)
            for (ptrdiff_t c = from; c < done; c++)
                memcpy(out + r * stride + c * size, row + i * size, (size_t)size);
    }
}

static void window_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_windows *job = context;
    const int nd = job->out.ndim, size = sk_itemsize[job->dtype], parts = is_complex(job->dtype) ? 2 : 1;
    const int real = real_of(job->dtype);
    const ptrdiff_t c = index % job->column_blocks * job->columns;
    const ptrdiff_t r = index / job->column_blocks % job->row_blocks * job->rows;
    const ptrdiff_t n = at_most(job->rows, job->out.shape[nd - 2] - r);
    const ptrdiff_t columns = at_most(job->columns, job->out.shape[nd - 1] - c), step = job->out.stride[nd - 1];
    const ptrdiff_t all = n + job->w[0] - 1, apart = job->out.stride[nd - 2];
    ptrdiff_t place[SK_MAXDIM];
    char *image = sk_image_at(&job->out, 2, index / job->column_blocks / job->row_blocks, place);
    char *out = image + r * apart + c * step;
    sk_rows rows = sk_plane_rows(&job->x, 2, job->boundary, NULL, place, job->fill, job->dtype);
    rows.at = r + job->at[0];
    rows.left = c + job->at[1];
    rows.columns = width_of_rows(job);
    rows.held = job->rows + job->w[0] - 1;
    rows.together = 1;
    char *sums = sk_rows_begin(&rows, rows.held, scratch), *line = sums + job->rows * rows.line;
    const ptrdiff_t line_of = rows.line + 2 * SK_CACHE_LINE; /* of scratch, with room for whole vectors */
    char *across = line + line_of, *behind = across + (levels(job->w[1]) + 1) * line_of;
    sk_rows_need(&rows, all);
    sk_window_down_fn *down = job->kind == SK_SUM ? sk_active->sum_down[real]
                              : job->kind == SK_LEAST ? sk_active->least_down[real] : sk_active->largest_down[real];
    down((const void *const *)rows.rows, job->w[0], n, sums, rows.line, rows.columns * parts, behind);
    const int direct = job->out.dtype == job->dtype && columns * size >= SK_CACHE_LINE
                       && sk_in_place(out, step, job->dtype) && sk_in_place(out + apart, step, job->dtype);
    if (job->kind == SK_SUM) {
        const ptrdiff_t reals = at_least(columns * size, SK_CACHE_LINE) / sk_itemsize[real];
        for (ptrdiff_t i = 0; i < n; i++) {
            sk_active->sum_across[real](sums + i * rows.line, parts, job->w[1], reals, job->divisor,
                                        direct ? out + i * apart : line, across, line_of / sk_itemsize[real]);
            if (!direct)
                sk_store_as(line, columns, job->dtype, job->out.dtype, out + i * apart, step, across);
        }
        return;
    }
    const ptrdiff_t stride = direct ? apart : rows.line;
    char *results = direct ? out : sums;
    for (ptrdiff_t i = 0; i < n; i++) {
        sk_window_across_fn *const *kernels =
            job->kind == SK_LEAST ? sk_active->least_across : sk_active->largest_across;
        kernels[real](sums + i * rows.line, job->w[1], columns, direct ? out + i * apart : line);
        if (!direct)
            memcpy(sums + i * rows.line, line, (size_t)(columns * size));
    }
    for (ptrdiff_t k = 0; k < all; k++)
        if (sk_has_nan(rows.rows[k], columns + job->w[1] - 1, job->dtype))
            spread_nan(job, rows.rows[k], results, stride, at_least(k - job->w[0] + 1, 0), at_most(k + 1, n), columns);
    for (ptrdiff_t i = 0; !direct && i < n; i++)
        sk_store(sums + i * rows.line, columns, job->dtype, out + i * apart, step);
}

int sk_windows_run(sk_windows *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(window_tile, job, begin, end, job->scratch, threads, team);
}

/* Overlap-save of images: blocks of rows that stay in the cache, with any boundary. */
#include "lines.h"
#include "spectra.h"

#include <string.h>

static size_t spectrum_size(const sk_overlap_save_2d *job)
{
    const ptrdiff_t point = 2 * sk_active->vector_bytes, real = sk_itemsize[real_of(job->dtype)];
    const ptrdiff_t vectors = job->across->n * real / sk_active->vector_bytes;
    return aligned(job->down->n * (vectors + 1) * point);
}

static size_t transform_size(const sk_overlap_save_2d *job)
{
    const ptrdiff_t real = sk_itemsize[real_of(job->dtype)];
    return aligned(at_least(2 * job->across->n * real, job->down->n * 2 * sk_active->vector_bytes));
}

void sk_overlap_save_2d_plan(sk_overlap_save_2d *job)
{
    const int nd = job->out.ndim, size = sk_itemsize[job->dtype];
    const double n = (double)job->across->n * (double)job->down->n;
    job->block[0] = job->down->n;
    job->block[1] = is_complex(job->dtype) ? job->across->n : 2 * job->across->n;
    job->tiles = 1;
    for (int i = 0; i < 2; i++) {
        job->step[i] = job->block[i] - job->m[i] + 1;
        job->blocks[i] = divide_up(job->out.shape[nd - 2 + i], job->step[i]);
        job->tiles *= job->blocks[i];
    }
    for (int axis = 0; axis < nd - 2; axis++)
        job->tiles *= job->out.shape[axis];
    job->tile_work = 2.0 * n * (2.5 * log2(n) + 6.0);
    job->scratch = transform_size(job) + 2 * spectrum_size(job)
                   + (size_t)job->block[0] * (aligned(job->block[1] * size) + sizeof(void *)) + 64;
}

static void transform(const sk_overlap_save_2d *job, const void *const *rows, double scale, void *scratch,
                      void *spectrum)
{
    const int real = real_of(job->dtype);
    sk_rows_spectrum_fn *kernel =
        is_complex(job->dtype) ? sk_active->rows_spectrum_complex[real] : sk_active->rows_spectrum_real[real];
    kernel(job->across, job->down, rows, scale, scratch, spectrum);
}

/* The pieces of a thread's scratch. */
typedef struct {
    char *transform, *spectrum, *product, *buffer;
    const void **rows;
    ptrdiff_t row;
} pieces;

static pieces carve(const sk_overlap_save_2d *job, char *scratch)
{
    pieces p = {.transform = scratch, .row = (ptrdiff_t)aligned(job->block[1] * sk_itemsize[job->dtype])};
    p.spectrum = scratch + transform_size(job);
    p.product = p.spectrum + spectrum_size(job);
    p.buffer = p.product + spectrum_size(job);
    p.rows = (const void **)(p.buffer + job->block[0] * p.row);
    return p;
}

static void taps_tile(void *context, ptrdiff_t index, char *scratch)
{
    (void)index;
    sk_overlap_save_2d *job = context;
    const ptrdiff_t size = sk_itemsize[job->dtype], parts = is_complex(job->dtype) ? 2 : 1;
    const pieces p = carve(job, scratch);
    memset(p.buffer, 0, (size_t)(job->block[0] * p.row));
    for (ptrdiff_t i = 0; i < job->block[0]; i++) {
        p.rows[i] = p.buffer + i * p.row;
        if (i < job->m[0])
            memcpy(p.buffer + i * p.row, (const char *)job->h + i * job->m[1] * size, (size_t)(job->m[1] * size));
    }
    sk_active->peak[real_of(job->dtype)](job->h, parts * job->m[0] * job->m[1], &job->exponent);
    transform(job, p.rows, scale_of(&job->exponent, job->dtype), p.transform, job->taps);
}

int sk_overlap_save_2d_begin(sk_overlap_save_2d *job)
{
    int team;
    job->taps = sk_alloc(spectrum_size(job));
    return job->taps ? sk_run_tiles(taps_tile, job, 0, 1, job->scratch, 1, &team) : -1;
}

void sk_overlap_save_2d_end(sk_overlap_save_2d *job)
{
    sk_free(job->taps);
}

/* The rows of samples under a block that begins at (y, x); the exponent of their peak. */
static int load_rows(const sk_overlap_save_2d *job, const char *image, ptrdiff_t y, ptrdiff_t x, const pieces *p,
                     int copy)
{
    const int nd = job->x.ndim, real = real_of(job->dtype), parts = is_complex(job->dtype) ? 2 : 1;
    const ptrdiff_t height = job->x.shape[nd - 2], width = job->x.shape[nd - 1], size = sk_itemsize[job->dtype];
    const ptrdiff_t down = job->x.stride[nd - 2], across = job->x.stride[nd - 1], n = job->block[1];
    int largest = -2000, finite = 1;
    for (ptrdiff_t i = 0; i < job->block[0]; i++) {
        const ptrdiff_t from = sk_reflect(y + i, height, job->boundary);
        char *buffer = p->buffer + i * p->row;
        int exponent;
        p->rows[i] = buffer;
        if (from < 0 && job->boundary == SK_CONSTANT) {
            for (ptrdiff_t k = 0; k < n; k++)
                memcpy(buffer + k * size, job->fill, (size_t)size);
        } else if (from < 0) {
            memset(buffer, 0, (size_t)(n * size));
        } else if (x >= 0 && x + n <= width) {
            p->rows[i] = sk_piece(&job->x, image + from * down, across, x, n, job->dtype, buffer);
            if (copy && p->rows[i] != buffer)
                p->rows[i] = memcpy(buffer, p->rows[i], (size_t)(n * size));
        } else {
            sk_extend(&job->x, image + from * down, across, width, x, n, job->boundary, job->fill, job->dtype, buffer);
        }
        if (copy)
            only_finite(buffer, parts * n, real);
        finite &= sk_active->peak[real](p->rows[i], parts * n, &exponent);
        largest = exponent > largest ? exponent : largest;
    }
    return finite ? largest : INT32_MAX;
}

static void block_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_overlap_save_2d *job = context;
    const int nd = job->out.ndim, real = real_of(job->dtype);
    const ptrdiff_t bx = index % job->blocks[1], by = index / job->blocks[1] % job->blocks[0];
    const ptrdiff_t image = index / job->blocks[1] / job->blocks[0];
    const ptrdiff_t y = by * job->step[0], x = bx * job->step[1];
    const ptrdiff_t height = at_most(job->step[0], job->out.shape[nd - 2] - y);
    const ptrdiff_t width = at_most(job->step[1], job->out.shape[nd - 1] - x);
    const pieces p = carve(job, scratch);
    const char *from = line_start(&job->x, job->out.shape, nd - 2, image);
    const ptrdiff_t top = job->lo[0] + y - (job->m[0] - 1), left = job->lo[1] + x - (job->m[1] - 1);
    int exponent = load_rows(job, from, top, left, &p, 0);
    if (exponent == INT32_MAX) {
        __atomic_store_n(&job->poisoned[image], 1, __ATOMIC_RELAXED);
        exponent = load_rows(job, from, top, left, &p, 1);
    }
    transform(job, p.rows, scale_of(&exponent, job->dtype), p.transform, p.spectrum);
    double scale[2];
    unscale(exponent + job->exponent, (double)job->across->n * (double)job->down->n, scale);

    const ptrdiff_t down = job->out.stride[nd - 2], across = job->out.stride[nd - 1];
    char *to = line_start(&job->out, job->out.shape, nd - 2, image) + y * down + x * across;
    void **outs = (void **)p.rows;
    for (ptrdiff_t i = 0; i < height; i++)
        outs[i] = sk_in_place(to + i * down, across, job->dtype) ? to + i * down : p.buffer + i * p.row;
    sk_rows_product_fn *kernel =
        is_complex(job->dtype) ? sk_active->rows_product_complex[real] : sk_active->rows_product_real[real];
    kernel(job->across, job->down, p.spectrum, job->taps, scale, p.transform, p.product, outs, job->m[0] - 1, height,
           job->m[1] - 1, job->m[1] - 1 + width);
    for (ptrdiff_t i = 0; i < height; i++)
        if (outs[i] == p.buffer + i * p.row)
            sk_store(outs[i], width, job->dtype, to + i * down, across);
}

int sk_overlap_save_2d_run(sk_overlap_save_2d *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(block_tile, job, begin, end, job->scratch, threads, team);
}

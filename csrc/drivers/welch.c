/* Family "reduce": sums of spectra over all frames of a line. A tile is a chunk of frames; each chunk is summed alone,
 * in double precision, and the chunks in their order. */
#include "frames.h"

#include <string.h>

enum { CHUNKS_AT_ONCE = 256 }; /* between two additions to the totals */

/* Doubles of one chunk's sums: powers; or those of x, of y, and two for each bin of the product. */
static ptrdiff_t sums(const sk_welch *job)
{
    return (job->two ? 4 : 1) * job->spectrum.bins;
}

static ptrdiff_t row_size(const sk_welch *job)
{
    return job->spectrum.bins * sk_itemsize[real_of(job->x.dtype)] * (job->two ? 2 : 1);
}

static size_t buffer_size(const sk_welch *job)
{
    const size_t x = sk_frame_buffer(&job->x, FEWEST_AT_ONCE);
    const size_t y = job->two ? sk_frame_buffer(&job->y, FEWEST_AT_ONCE) : 0;
    return x > y ? x : y;
}

static size_t kernel_scratch(const sk_welch *job)
{
    return aligned((ptrdiff_t)sk_active->frames_scratch[real_of(job->x.dtype)](&job->spectrum));
}

void sk_welch_plan(sk_welch *job)
{
    const ptrdiff_t tile = frames_at_once(job->spectrum.n);
    job->chunks = divide_up(job->count, tile);
    job->tiles = job->lines * job->chunks;
    job->group = at_most(CHUNKS_AT_ONCE, job->tiles);
    job->tile_work = (double)at_most(tile, job->count) * frame_work(job->spectrum.n) * (job->two ? 2 : 1);
    job->scratch = kernel_scratch(job) + buffer_size(job) + 2 * aligned(FEWEST_AT_ONCE * row_size(job));
}

int sk_welch_begin(sk_welch *job)
{
    const int real = real_of(job->x.dtype);
    job->partial = sk_alloc((size_t)(job->group * sums(job)) * sizeof(double));
    job->spectrum.table = sk_alloc((size_t)job->spectrum.n * (size_t)sk_itemsize[real]);
    if (!job->partial || !job->spectrum.table)
        return -1;
    sk_active->frames_window[real](&job->spectrum, job->spectrum.table);
    return 0;
}

void sk_welch_end(sk_welch *job)
{
    sk_free(job->partial);
    sk_free(job->spectrum.table);
}

/* Rows of results for frames [f, f + count) of a line. */
static void results(const sk_welch *job, const sk_frame_source *source, ptrdiff_t line, ptrdiff_t f, ptrdiff_t count,
                    char *scratch, char *rows)
{
    const int real = real_of(source->dtype);
    ptrdiff_t hop;
    const void *samples = sk_frame_samples(source, line_start(&source->x, source->x.shape, source->x.ndim - 1, line), f,
                                           count, scratch + kernel_scratch(job), &hop);
    sk_frames_fn *kernel = is_complex(source->dtype) ? sk_active->frames_complex[real] : sk_active->frames_real[real];
    kernel(&job->spectrum, samples, hop, count, scratch, rows, row_size(job));
}

static void welch_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_welch *job = context;
    const int real = real_of(job->x.dtype);
    const ptrdiff_t tile = frames_at_once(job->spectrum.n), bins = job->spectrum.bins, line = index / job->chunks;
    const ptrdiff_t first = index % job->chunks * tile, end = at_most(first + tile, job->count);
    char *x_rows = scratch + kernel_scratch(job) + buffer_size(job);
    char *y_rows = x_rows + aligned(FEWEST_AT_ONCE * row_size(job));
    double *sum = job->partial + index % job->group * sums(job);
    memset(sum, 0, (size_t)sums(job) * sizeof(double));
    for (ptrdiff_t f = first; f < end; f += FEWEST_AT_ONCE) {
        const ptrdiff_t count = at_most(FEWEST_AT_ONCE, end - f);
        results(job, &job->x, line, f, count, scratch, x_rows);
        if (job->two)
            results(job, &job->y, line, f, count, scratch, y_rows);
        for (ptrdiff_t i = 0; i < count; i++) {
            const char *a = x_rows + i * row_size(job), *b = y_rows + i * row_size(job);
            if (job->two)
                sk_active->add_cross[real](a, b, bins, job->xx ? sum : NULL, job->yy ? sum + bins : NULL,
                                           sum + 2 * bins);
            else
                sk_active->widen_add[real](a, sum, bins);
        }
    }
}

static void add(double *into, const double *from, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; into && i < n; i++)
        into[i] += from[i];
}

int sk_welch_run(sk_welch *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    const ptrdiff_t bins = job->spectrum.bins;
    while (begin < end) {
        const ptrdiff_t until = at_most(begin + job->group, end);
        if (sk_run_tiles(welch_tile, job, begin, until, job->scratch, threads, team))
            return -1;
        for (; begin < until; begin++) {
            const double *sum = job->partial + begin % job->group * sums(job);
            const ptrdiff_t line = begin / job->chunks;
            add(job->xx ? job->xx + line * bins : NULL, sum, bins);
            if (job->two) {
                add(job->yy ? job->yy + line * bins : NULL, sum + bins, bins);
                add(job->xy + 2 * line * bins, sum + 2 * bins, 2 * bins);
            }
        }
    }
    return 0;
}

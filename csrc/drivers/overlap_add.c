/* Family "frames", the way back: lines from their short-time spectra. A tile is a run of samples of one line: it alone
 * writes them, and transforms every frame that reaches into it, so that no two threads add to the same sample. */
#include "frames.h"

#include <float.h>
#include <string.h>

enum { LONG_TILE = 1 << 15, SHORT_TILE = 1 << 12, PERIOD = 512 };

static int parts_of(const sk_overlap_add *job)
{
    return is_complex(job->dtype) ? 2 : 1;
}

static int bins_dtype(const sk_overlap_add *job)
{
    return real_of(job->dtype) == SK_F32 ? SK_C64 : SK_C128;
}

static ptrdiff_t most_frames(const sk_overlap_add *job)
{
    return job->tile / job->hop + divide_up(job->spectrum.length, job->hop) + 1;
}

/* Rows of bins that are gathered at once, where they do not lie as the kernel wants them. */
static ptrdiff_t gathered(const sk_overlap_add *job)
{
    return at_most(frames_at_once(job->spectrum.n), most_frames(job));
}

void sk_overlap_add_plan(sk_overlap_add *job)
{
    const int last = job->out.ndim - 1, real = real_of(job->dtype);
    const ptrdiff_t n = job->out.shape[last];
    const ptrdiff_t wanted = at_least(at_most(FRAMES_AT_ONCE * job->hop, at_least(LONG_TILE, 8 * job->spectrum.n)),
                                      SHORT_TILE);
    job->tile = at_least(at_most(wanted, n), 1);
    job->blocks = divide_up(n, job->tile);
    job->tiles = job->blocks;
    for (int axis = 0; axis < last; axis++)
        job->tiles *= job->out.shape[axis];
    job->period = divide_up(PERIOD, job->hop) * job->hop;
    job->tile_work = (double)at_most(most_frames(job), job->x.shape[job->x.ndim - 2]) * frame_work(job->spectrum.n);
    job->scratch = aligned((ptrdiff_t)sk_active->overlap_add_scratch[real](&job->spectrum))
                   + aligned(job->tile * sk_itemsize[job->dtype])
                   + aligned(gathered(job) * job->spectrum.bins * sk_itemsize[bins_dtype(job)]);
}

/* The sum of the squared windows of the frames over sample p, counted from the first one's first. */
static double weight(const sk_overlap_add *job, ptrdiff_t p, ptrdiff_t frames)
{
    const ptrdiff_t length = job->spectrum.length, first = p < length ? 0 : (p - length) / job->hop + 1;
    double sum = 0;
    for (ptrdiff_t f = first; f < frames && f * job->hop <= p; f++)
        sum += job->spectrum.window[p - f * job->hop] * job->spectrum.window[p - f * job->hop];
    return sum > (real_of(job->dtype) == SK_F32 ? FLT_MIN : DBL_MIN) ? 1 / sum : 1;
}

static void put_weight(const sk_overlap_add *job, void *weights, ptrdiff_t i, double value)
{
    if (real_of(job->dtype) == SK_F32)
        ((float *)weights)[i] = (float)value;
    else
        ((double *)weights)[i] = value;
}

int sk_overlap_add_begin(sk_overlap_add *job)
{
    const int real = real_of(job->dtype), size = sk_itemsize[real];
    job->weights = sk_alloc((size_t)(job->period * size));
    job->spectrum.table = sk_alloc((size_t)(job->spectrum.n * size));
    if (!job->weights || !job->spectrum.table)
        return -1;
    sk_active->overlap_add_window[real](&job->spectrum, job->spectrum.table);
    /* A place where as many frames overlap as ever do. */
    const ptrdiff_t inside = divide_up(job->spectrum.length, job->hop) * job->hop;
    for (ptrdiff_t i = 0; i < job->hop; i++)
        put_weight(job, job->weights, i, weight(job, inside + i, PTRDIFF_MAX));
    for (ptrdiff_t i = job->hop; i < job->period; i += job->hop)
        memcpy((char *)job->weights + i * size, job->weights, (size_t)(job->hop * size));
    return 0;
}

void sk_overlap_add_end(sk_overlap_add *job)
{
    sk_free(job->weights);
    sk_free(job->spectrum.table);
}

/* Sums of samples [p, p + n), counted from the first window's first, over their weights. */
static void weigh(const sk_overlap_add *job, char *sum, ptrdiff_t p, ptrdiff_t n)
{
    const int real = real_of(job->dtype), size = sk_itemsize[job->dtype], parts = parts_of(job);
    const ptrdiff_t count = job->x.shape[job->x.ndim - 2], length = job->spectrum.length;
    const ptrdiff_t steady = at_least(length - job->hop, 0), end = count * job->hop;
    const ptrdiff_t covered = (count - 1) * job->hop + length;
    for (ptrdiff_t i = 0; i < n;) {
        const ptrdiff_t at = p + i;
        char *from = sum + i * size;
        if (at >= steady && at < end) {
            const ptrdiff_t phase = at % job->hop, run = at_most(at_most(job->period - phase, n - i), end - at);
            sk_active->weigh[real](from, (char *)job->weights + phase * sk_itemsize[real], from, run, parts);
            i += run;
            continue;
        }
        if (at >= 0 && at < covered) {
            double one;
            put_weight(job, &one, 0, weight(job, at, count));
            sk_active->weigh[real](from, &one, from, 1, parts);
        }
        i++;
    }
}

static void overlap_add_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_overlap_add *job = context;
    const int last = job->out.ndim - 1, real = real_of(job->dtype), size = sk_itemsize[job->dtype];
    const int bins_type = bins_dtype(job), bins_size = sk_itemsize[bins_type];
    const ptrdiff_t line = index / job->blocks, a = index % job->blocks * job->tile, hop = job->hop;
    const ptrdiff_t n = at_most(job->tile, job->out.shape[last] - a), bins = job->spectrum.bins;
    const ptrdiff_t count = job->x.shape[job->x.ndim - 2], p = a - job->first;
    const ptrdiff_t row = job->x.stride[job->x.ndim - 2], step = job->x.stride[job->x.ndim - 1];
    char *sum = scratch + aligned((ptrdiff_t)sk_active->overlap_add_scratch[real](&job->spectrum));
    char *rows = sum + aligned(job->tile * size);
    char *out = line_start(&job->out, job->out.shape, last, line) + a * job->out.stride[last];
    const char *x = line_start(&job->x, job->out.shape, last, line);
    const int in_place = job->x.dtype == bins_type && !job->x.swapped && sk_in_place(x, step, bins_type)
                         && row % sk_itemsize[real] == 0;
    sk_overlap_add_fn *const *kernels =
        parts_of(job) == 2 ? sk_active->overlap_add_complex : sk_active->overlap_add_real;

    memset(sum, 0, (size_t)(n * size));
    ptrdiff_t f = p < job->spectrum.length ? 0 : (p - job->spectrum.length) / hop + 1;
    const ptrdiff_t end = p + n <= 0 ? 0 : at_most(count, (p + n - 1) / hop + 1);
    while (f < end) {
        const ptrdiff_t some = in_place ? end - f : at_most(gathered(job), end - f);
        for (ptrdiff_t i = 0; i < some && !in_place; i++)
            sk_load(x + (f + i) * row, step, bins, job->x.dtype, job->x.swapped, bins_type,
                    rows + i * bins * bins_size);
        kernels[real](&job->spectrum, in_place ? x + f * row : rows, in_place ? row : bins * bins_size, some, hop,
                      scratch, sum, p - f * hop, p + n - f * hop);
        f += some;
    }
    weigh(job, sum, p, n);
    sk_store(sum, n, job->dtype, out, job->out.stride[last]);
}

int sk_overlap_add_run(sk_overlap_add *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(overlap_add_tile, job, begin, end, job->scratch, threads, team);
}

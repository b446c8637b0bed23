/* Family "reduce": a few lags of the correlation of two long lines.
 *
 * An item is a run of lags of one pair of lines; the line is summed chunk by chunk, each
 * chunk being a sliding dot product with its samples for taps, and the chunks' sums are
 * added in float64 (integers: modulo 2^64) in their order. A tile is one chunk of one item,
 * so that it is short however long the line; tiles go through a panel of a few items at a
 * time, group of chunks by group, and only a group's sums are kept. */
#include "lines.h"

#include <string.h>

enum {
    CHUNK = 16384,    /* samples */
    RUN = 1024,       /* lags in an item */
    PANEL = 8,        /* items at a time */
    PARTIAL = 1 << 20 /* numbers kept of a group of chunks: 8 MiB */
};

/* Sums are kept as this many 8-byte numbers a lag. */
static ptrdiff_t width(const sk_lags *job)
{
    return is_complex(job->dtype) ? 2 : 1;
}

static ptrdiff_t run_of_lags(const sk_lags *job)
{
    return at_most(RUN, job->out.shape[job->out.ndim - 1]);
}

void sk_lags_plan(sk_lags *job)
{
    const int nd = job->out.ndim;
    const ptrdiff_t n = job->h.shape[nd - 1], lags = job->out.shape[nd - 1], run = run_of_lags(job);
    job->blocks = divide_up(lags, RUN);
    job->items = job->blocks;
    for (int axis = 0; axis < nd - 1; axis++)
        job->items *= job->out.shape[axis];
    job->chunks = divide_up(n, CHUNK);
    const ptrdiff_t sums = at_least(run * width(job) * at_most(job->items, PANEL), 1);
    job->group = job->chunks > 1 ? at_most(at_least(PARTIAL / sums, 1), job->chunks) : 0;
    job->tiles = job->items * job->chunks;
    job->tile_work = (double)run * (double)(at_most(n, CHUNK) + 16);
    job->scratch = sk_line_scratch_size(run, at_most(n, CHUNK), job->dtype) + aligned(8 * width(job) * run);
    job->partial = NULL;
    job->total = NULL;
}

int sk_lags_begin(sk_lags *job)
{
    if (!job->group)
        return 0;
    const size_t sums = (size_t)(8 * width(job) * run_of_lags(job) * at_most(job->items, PANEL));
    job->partial = sk_alloc(sums * (size_t)job->group);
    job->total = sk_alloc(sums);
    if (!job->partial || !job->total)
        return -1;
    memset(job->total, 0, sums);
    return 0;
}

void sk_lags_end(sk_lags *job)
{
    sk_free(job->partial);
    sk_free(job->total);
}

static void add(const sk_lags *job, const char *from, double *total, ptrdiff_t lags)
{
    if (job->dtype == SK_I64) {
        uint64_t *sum = (uint64_t *)total;
        for (ptrdiff_t i = 0; i < lags; i++)
            sum[i] += ((const uint64_t *)from)[i];
        return;
    }
    const int real = is_complex(job->dtype) ? job->dtype - 2 : job->dtype;
    sk_active->widen_add[real](from, total, lags * width(job));
}

/* The sums of one chunk for one item go to s->out. */
static ptrdiff_t sum_chunk(const sk_lags *job, ptrdiff_t item, ptrdiff_t chunk, const line_scratch *s)
{
    const int last = job->out.ndim - 1;
    const ptrdiff_t first = item % job->blocks * RUN, line = item / job->blocks;
    const ptrdiff_t lags = at_most(RUN, job->out.shape[last] - first);
    sk_correlation part = {.x = job->x, .h = job->h, .naxes = 1, .conjugate = job->conjugate, .dtype = job->dtype,
                           .boundary = SK_EXISTING};
    part.start[0] = chunk * CHUNK + job->first;
    part.h.shape[last] = at_most(CHUNK, job->h.shape[last] - chunk * CHUNK);
    const char *x = line_start(&job->x, job->out.shape, last, line);
    const char *h = line_start(&job->h, job->out.shape, last, line) + chunk * CHUNK * job->h.stride[last];
    if (!sk_add_row(&part, x, h, first, s->out, lags, 0, s))
        memset(s->out, 0, (size_t)(lags * sk_itemsize[job->dtype]));
    return lags;
}

/* The sums of one item, narrowed to the dtype of `out`. */
static void finish(const sk_lags *job, ptrdiff_t item, const double *total)
{
    const int last = job->out.ndim - 1, size = sk_itemsize[job->dtype];
    const ptrdiff_t first = item % job->blocks * RUN;
    const ptrdiff_t lags = at_most(RUN, job->out.shape[last] - first), reals = lags * width(job);
    char *out = line_start(&job->out, job->out.shape, last, item / job->blocks) + first * size;
    if (job->dtype == SK_F32 || job->dtype == SK_C64)
        for (ptrdiff_t i = 0; i < reals; i++)
            ((float *)out)[i] = (float)total[i];
    else
        memcpy(out, total, (size_t)(8 * reals));
}

/* Lines of one chunk: an item from end to end. */
static void item_tile(void *context, ptrdiff_t item, char *scratch)
{
    const sk_lags *job = context;
    const ptrdiff_t run = run_of_lags(job);
    const size_t sums = aligned(8 * width(job) * run);
    double *total = (double *)scratch;
    const line_scratch s = sk_line_scratch(scratch + sums, run, at_most(job->h.shape[job->h.ndim - 1], CHUNK),
                                           job->dtype);
    memset(total, 0, sums);
    const ptrdiff_t lags = sum_chunk(job, item, 0, &s);
    add(job, s.out, total, lags);
    finish(job, item, total);
}

/* Where a tile stands: panel by panel, chunk by chunk, item by item. */
typedef struct {
    ptrdiff_t first, items, chunk, item; /* of the panel: its first item and their number; item within it */
} place;

static place place_of(const sk_lags *job, ptrdiff_t index)
{
    const ptrdiff_t panel = index / (PANEL * job->chunks), within = index - panel * PANEL * job->chunks;
    place p = {.first = panel * PANEL};
    p.items = at_most(PANEL, job->items - p.first);
    p.chunk = within / p.items;
    p.item = within % p.items;
    return p;
}

static char *partial_sums(const sk_lags *job, place p)
{
    return (char *)job->partial + 8 * (p.chunk % job->group * p.items + p.item) * run_of_lags(job) * width(job);
}

static void chunk_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_lags *job = context;
    const place p = place_of(job, index);
    const line_scratch s = sk_line_scratch(scratch, run_of_lags(job), CHUNK, job->dtype);
    const ptrdiff_t lags = sum_chunk(job, p.first + p.item, p.chunk, &s);
    memcpy(partial_sums(job, p), s.out, (size_t)(lags * sk_itemsize[job->dtype]));
}

int sk_lags_run(sk_lags *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    if (!job->group)
        return sk_run_tiles(item_tile, job, begin, end, job->scratch, threads, team);
    const ptrdiff_t run = run_of_lags(job) * width(job);
    while (begin < end) { /* one group of chunks of one panel */
        const place at = place_of(job, begin);
        const ptrdiff_t chunks = at_most((at.chunk / job->group + 1) * job->group, job->chunks);
        const ptrdiff_t until = at_most(end, at.first * job->chunks + chunks * at.items);
        if (sk_run_tiles(chunk_tile, job, begin, until, job->scratch, threads, team))
            return -1;
        for (; begin < until; begin++) {
            const place p = place_of(job, begin);
            double *total = job->total + p.item * run;
            const ptrdiff_t first = (p.first + p.item) % job->blocks * RUN;
            add(job, partial_sums(job, p), total, at_most(RUN, job->out.shape[job->out.ndim - 1] - first));
            if (p.chunk == job->chunks - 1) {
                finish(job, p.first + p.item, total);
                memset(total, 0, (size_t)(8 * run));
            }
        }
    }
    return 0;
}

/* Derivatives of features along time: blocks of frames, with those round them that they depend on. */
#include "deltas.h"

#include <string.h>

enum { TILE = 256 };

static ptrdiff_t row_bytes(ptrdiff_t bands, int dtype)
{
    return (ptrdiff_t)aligned(bands * sk_itemsize[dtype]);
}

/* Half the taps of what order k is applied to and of those below: how far it sees. */
static ptrdiff_t radius(const sk_delta_taps *taps, int order)
{
    ptrdiff_t sum = 0;
    for (int k = taps->iterated ? 1 : order; k <= order; k++)
        sum += k > 0 ? taps->count[k] / 2 : 0;
    return sum;
}

ptrdiff_t sk_delta_reach(const sk_delta_taps *taps)
{
    ptrdiff_t reach = taps->fit ? taps->fit - 1 : 0;
    for (int k = 1; k <= taps->orders; k++)
        reach = at_least(reach, radius(taps, k));
    return reach;
}

size_t sk_delta_scratch(const sk_delta_taps *taps, ptrdiff_t frames, ptrdiff_t bands, int dtype)
{
    return (size_t)(row_bytes(bands, dtype) * (taps->orders + 1) * (frames + 2 * sk_delta_reach(taps)));
}

/* Rows [low, high) lie in memory, rows [begin, end) of them exist: the others become the nearest one. */
static void extend(char *rows, ptrdiff_t low, ptrdiff_t high, ptrdiff_t begin, ptrdiff_t end, ptrdiff_t stride)
{
    for (ptrdiff_t i = low; i < begin; i++)
        memcpy(rows + (i - low) * stride, rows + (begin - low) * stride, (size_t)stride);
    for (ptrdiff_t i = end; i < high; i++)
        memcpy(rows + (i - low) * stride, rows + (end - 1 - low) * stride, (size_t)stride);
}

/* Outputs of order k at the ends of the line, among [begin, end): sums over the frames there. */
static void fitted_ends(const sk_delta_taps *taps, int k, const char *statics, ptrdiff_t low, ptrdiff_t begin,
                        ptrdiff_t end, ptrdiff_t total, char *out, ptrdiff_t stride, int dtype)
{
    const ptrdiff_t size = sk_itemsize[dtype], half = taps->count[k] / 2, fit = at_most(taps->fit, total);
    for (ptrdiff_t t = begin; t < end; t++) {
        const char *weights = taps->few[k], *rows = statics - low * stride;
        if (fit < taps->fit) {
            weights += ((fit - 1) * fit * (2 * fit - 1) / 6 + t * fit) * size;
        } else if (t < half) {
            weights = (const char *)taps->ends[k] + t * fit * size;
        } else if (t >= total - half) {
            weights = (const char *)taps->ends[k] + (2 * half - (total - t)) * fit * size;
            rows += (total - fit) * stride;
        } else {
            continue;
        }
        sk_active->weighted_rows[dtype](rows, weights, fit, out + (t - begin) * stride, 1, stride);
    }
}

void sk_delta_block(const sk_delta_taps *taps, sk_frame_rows_fn *frames, void *context, ptrdiff_t begin, ptrdiff_t end,
                    ptrdiff_t total, ptrdiff_t bands, int statics, int dtype, char *scratch, char *out,
                    const ptrdiff_t stride[3])
{
    const ptrdiff_t reach = sk_delta_reach(taps), row = row_bytes(bands, dtype), size = sk_itemsize[dtype];
    const ptrdiff_t low = begin - reach, high = end + reach, part = row * (high - low);
    const ptrdiff_t exist = at_least(low, 0), beyond = at_most(high, total);
    memset(scratch, 0, (size_t)part); /* what pads a row must be no garbage: it is computed with */
    frames(context, exist, beyond, scratch + (exist - low) * row, row);
    extend(scratch, low, high, exist, beyond, row);

    const char *orders[SK_DELTAS + 1] = {scratch + reach * row}; /* where frame `begin` of each lies */
    for (int k = 1; k <= taps->orders; k++) {
        char *rows = scratch + k * part;
        const ptrdiff_t wide = taps->iterated ? radius(taps, taps->orders) - radius(taps, k) : 0;
        const ptrdiff_t half = taps->count[k] / 2, from = begin - wide, to = end + wide;
        const ptrdiff_t first = at_least(from, 0), last = at_most(to, total);
        const char *input = orders[taps->iterated ? k - 1 : 0] + (first - half - begin) * row;
        sk_active->weighted_rows[dtype](input, taps->taps[k], taps->count[k], rows + (first - from) * row, last - first,
                                        row);
        if (taps->fit)
            fitted_ends(taps, k, scratch, low, begin, end, total, rows, row, dtype);
        extend(rows, from, to, first, last, row);
        orders[k] = rows + wide * row;
    }

    const int skip = !statics, stored = taps->orders + statics;
    for (ptrdiff_t t = 0; t < end - begin; t++, out += stride[0]) {
        const void *parts[SK_DELTAS + 1];
        for (int k = 0; k < stored; k++)
            parts[k] = orders[k + skip] + t * row;
        if (stored > 1 && stride[1] == stored * size && sk_in_place(out, stride[2], dtype)) {
            sk_active->interleave[dtype](parts, stored, bands, out);
            continue;
        }
        for (int k = 0; k < stored; k++)
            sk_store(parts[k], bands, dtype, out + k * stride[2], stride[1]);
    }
}

/* ---- derivatives of features that are there ---- */

void sk_deltas_plan(sk_deltas *job)
{
    const int last = job->out.ndim - 1;
    const ptrdiff_t frames = job->out.shape[last - 2], bands = job->out.shape[last - 1];
    job->tile = TILE;
    job->blocks = divide_up(frames, job->tile);
    job->tiles = job->blocks;
    for (int axis = 0; axis < last - 2; axis++)
        job->tiles *= job->out.shape[axis];
    double taps = 8.0;
    for (int k = 1; k <= job->taps->orders; k++)
        taps += (double)job->taps->count[k];
    job->tile_work = taps * (double)(at_most(job->tile, frames) * bands);
    job->scratch = sk_delta_scratch(job->taps, job->tile, bands, job->dtype);
}

typedef struct {
    const sk_deltas *job;
    const char *line;
} delta_line;

static void load_frames(void *context, ptrdiff_t begin, ptrdiff_t end, char *rows, ptrdiff_t stride)
{
    const delta_line *from = context;
    const sk_view *x = &from->job->x;
    const int bands = x->ndim - 1;
    for (ptrdiff_t t = begin; t < end; t++, rows += stride)
        sk_load(from->line + t * x->stride[bands - 1], x->stride[bands], x->shape[bands], x->dtype, x->swapped,
                from->job->dtype, rows);
}

static void delta_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_deltas *job = context;
    const int last = job->out.ndim - 1, batches = last - 2;
    const ptrdiff_t line = index / job->blocks, begin = index % job->blocks * job->tile;
    const ptrdiff_t end = at_most(begin + job->tile, job->out.shape[last - 2]);
    delta_line from = {job, line_start(&job->x, job->out.shape, batches, line)};
    char *out = line_start(&job->out, job->out.shape, batches, line) + begin * job->out.stride[last - 2];
    sk_delta_block(job->taps, load_frames, &from, job->first + begin, job->first + end, job->x.shape[batches],
                   job->out.shape[last - 1], job->statics, job->dtype, scratch, out, job->out.stride + last - 2);
}

int sk_deltas_run(sk_deltas *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(delta_tile, job, begin, end, job->scratch, threads, team);
}

/* Family "pairs": the mean absolute difference of every row of x with every row of y.
 *
 * A tile is a block of pairs over a segment of their samples. Chunk by chunk it copies its rows into panels that stay
 * in cache, whatever their dtype and strides, filled up with zeros: samples that are equal and add nothing. The sums
 * of a chunk are those of a few lanes, in the rows' dtype; they are added up in float64. Rows of one segment are
 * finished by their tile, those of several in the order of the segments, by compensated sums. */
#include "lines.h"

#include <math.h>
#include <string.h>

enum {
    SIDE = 64,        /* rows of a block: so many of x and of y, a chunk of each, fill a second-level cache */
    CHUNKS = 16,      /* of a segment */
    OPERATIONS = 3,   /* of a difference, in multiply-adds */
    PARTIAL = 1 << 20 /* sums kept of segments: 8 MiB */
};

static ptrdiff_t chunk_of(const sk_row_differences *job)
{
    return SK_PANEL_LINES * SK_CACHE_LINE / sk_itemsize[job->dtype];
}

/* The panel rows for so many rows. */
static ptrdiff_t filled_up(ptrdiff_t rows)
{
    return divide_up(rows, SK_PANEL) * SK_PANEL;
}

void sk_row_differences_plan(sk_row_differences *job)
{
    const int batches = job->out.ndim - 2;
    const ptrdiff_t n = job->x.shape[batches + 1], segment = CHUNKS * chunk_of(job);
    for (int k = 0; k < 2; k++) {
        job->block[k] = at_most(SIDE, job->out.shape[batches + k]);
        job->blocks[k] = divide_up(job->out.shape[batches + k], job->block[k]);
    }
    job->per_batch = job->symmetric ? job->blocks[0] * (job->blocks[0] + 1) / 2 : job->blocks[0] * job->blocks[1];
    job->pairs = filled_up(job->block[0]) * filled_up(job->block[1]);
    job->segments = divide_up(n, segment);
    job->tiles = job->per_batch * job->segments;
    for (int axis = 0; axis < batches; axis++)
        job->tiles *= job->out.shape[axis];
    job->group = job->segments > 1 ? at_most(PARTIAL / job->pairs, job->tiles) : 0;
    job->tile_work = OPERATIONS * (double)job->pairs * (double)at_most(n, segment);
    job->panel = (size_t)(SK_PANEL_LINES * SK_CACHE_LINE);
    job->scratch = job->panel * (size_t)(filled_up(job->block[0]) + filled_up(job->block[1]) + 1)
                   + aligned(job->pairs * (ptrdiff_t)sizeof(double));
    job->partial = job->total = NULL;
}

int sk_row_differences_begin(sk_row_differences *job)
{
    if (!job->group)
        return 0;
    const size_t sums = (size_t)job->pairs * sizeof(double);
    job->partial = sk_alloc((size_t)job->group * sums);
    job->total = sk_alloc(2 * sums); /* and what their rounding has left out */
    if (!job->partial || !job->total)
        return -1;
    memset(job->total, 0, 2 * sums);
    return 0;
}

void sk_row_differences_end(sk_row_differences *job)
{
    sk_free(job->partial);
    sk_free(job->total);
}

/* Which rows a block compares: `count` from `first` on, of x and of y. */
typedef struct {
    ptrdiff_t batch, first[2], count[2];
    int diagonal; /* the same rows twice */
} place;

static place place_of(const sk_row_differences *job, ptrdiff_t block)
{
    const ptrdiff_t within = block % job->per_batch;
    place p = {.batch = block / job->per_batch};
    ptrdiff_t at[2] = {within / job->blocks[1], within % job->blocks[1]};
    if (job->symmetric) {
        /* the triangle from the diagonal on: its row i and its row i from below make one line of blocks + 1 */
        const ptrdiff_t blocks = job->blocks[0], i = within / (blocks + 1), k = within % (blocks + 1);
        at[0] = k < blocks - i ? i : blocks - 1 - i;
        at[1] = k < blocks - i ? i + k : k - 1;
        p.diagonal = at[0] == at[1];
    }
    for (int k = 0; k < 2; k++) {
        p.first[k] = at[k] * job->block[k];
        p.count[k] = at_most(job->block[k], job->out.shape[job->out.ndim - 2 + k] - p.first[k]);
    }
    return p;
}

/* Samples [at, at + count) of `rows` rows, laid into panels one after the other. */
static void fill_panels(const sk_row_differences *job, const sk_view *v, const char *first, ptrdiff_t rows,
                        ptrdiff_t at, ptrdiff_t count, char *line, char *panels)
{
    const int last = v->ndim - 1;
    const ptrdiff_t bytes = count * sk_itemsize[job->dtype], lines = divide_up(bytes, SK_CACHE_LINE);
    const ptrdiff_t whole = bytes / SK_CACHE_LINE, rest = bytes % SK_CACHE_LINE;
    for (ptrdiff_t r = 0; r < filled_up(rows); r++) {
        char *to = panels + (r - r % SK_PANEL) * lines * SK_CACHE_LINE + r % SK_PANEL * SK_CACHE_LINE;
        const ptrdiff_t step = SK_PANEL * SK_CACHE_LINE;
        if (r >= rows) {
            for (ptrdiff_t i = 0; i < lines; i++)
                memset(to + i * step, 0, SK_CACHE_LINE);
            continue;
        }
        const char *from = sk_piece(v, first + r * v->stride[last - 1], v->stride[last], at, count, job->dtype, line);
        for (ptrdiff_t i = 0; i < whole; i++)
            memcpy(to + i * step, from + i * SK_CACHE_LINE, SK_CACHE_LINE);
        if (rest) {
            memset(to + whole * step, 0, SK_CACHE_LINE);
            memcpy(to + whole * step, from + whole * SK_CACHE_LINE, (size_t)rest);
        }
    }
}

/* The sums of a block over samples [at, end): pairs of panels in turn, SK_PANEL^2 sums of each. */
static void sum_block(const sk_row_differences *job, const place *p, ptrdiff_t at, ptrdiff_t end, char *scratch,
                      double *sums)
{
    const int batches = job->out.ndim - 2, size = sk_itemsize[job->dtype];
    const ptrdiff_t rows[2] = {filled_up(p->count[0]), filled_up(p->count[1])};
    const char *x = line_start(&job->x, job->out.shape, batches, p->batch) + p->first[0] * job->x.stride[batches];
    const char *y = line_start(&job->y, job->out.shape, batches, p->batch) + p->first[1] * job->y.stride[batches];
    char *line = scratch, *x_panels = line + job->panel;
    char *y_panels = p->diagonal ? x_panels : x_panels + (size_t)rows[0] * job->panel;
    memset(sums, 0, (size_t)(rows[0] * rows[1]) * sizeof(double));
    for (; at < end; at += chunk_of(job)) {
        const ptrdiff_t count = at_most(chunk_of(job), end - at), lines = divide_up(count * size, SK_CACHE_LINE);
        const ptrdiff_t bytes = lines * SK_CACHE_LINE; /* of a row */
        fill_panels(job, &job->x, x, p->count[0], at, count, line, x_panels);
        if (!p->diagonal)
            fill_panels(job, &job->y, y, p->count[1], at, count, line, y_panels);
        for (ptrdiff_t i = 0; i < rows[0]; i += SK_PANEL)
            for (ptrdiff_t k = p->diagonal ? i : 0; k < rows[1]; k += SK_PANEL)
                sk_active->differences[job->dtype](x_panels + i * bytes, y_panels + k * bytes, lines,
                                                   sums + i * rows[1] + k * SK_PANEL);
    }
}

/* Where sum_block leaves the sum of row i of x and row k of y. */
static inline ptrdiff_t place_of_sum(const place *p, ptrdiff_t i, ptrdiff_t k)
{
    if (p->diagonal && i > k) {
        const ptrdiff_t other = i;
        i = k;
        k = other;
    }
    return (i - i % SK_PANEL) * filled_up(p->count[1]) + (k - k % SK_PANEL) * SK_PANEL + i % SK_PANEL * SK_PANEL
           + k % SK_PANEL;
}

/* Writes a block's means; `turned`: those of y's rows with x's, on the other side of the diagonal. */
static void store_means(const sk_row_differences *job, const place *p, const double *sums, int turned)
{
    const int last = job->out.ndim - 1, rows = turned ? 1 : 0, columns = 1 - rows;
    const double n = (double)job->x.shape[job->x.ndim - 1];
    char *out = line_start(&job->out, job->out.shape, last - 1, p->batch)
                + p->first[rows] * job->out.stride[last - 1] + p->first[columns] * job->out.stride[last];
    for (ptrdiff_t i = 0; i < p->count[rows]; i++, out += job->out.stride[last - 1]) {
        float means32[SIDE];
        double means[SIDE];
        for (ptrdiff_t k = 0; k < p->count[columns]; k++) {
            means[k] = sums[turned ? place_of_sum(p, k, i) : place_of_sum(p, i, k)] / n;
            means32[k] = (float)means[k];
        }
        sk_store(job->dtype == SK_F32 ? (const void *)means32 : means, p->count[columns], job->dtype, out,
                 job->out.stride[last]);
    }
}

static void finish(const sk_row_differences *job, const place *p, const double *sums)
{
    store_means(job, p, sums, 0);
    if (job->symmetric && !p->diagonal)
        store_means(job, p, sums, 1);
}

static void block_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_row_differences *job = context;
    const place p = place_of(job, index);
    double *sums = (double *)scratch;
    sum_block(job, &p, 0, job->x.shape[job->x.ndim - 1], scratch + aligned(job->pairs * (ptrdiff_t)sizeof(double)),
              sums);
    finish(job, &p, sums);
}

static void segment_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_row_differences *job = context;
    const place p = place_of(job, index / job->segments);
    const ptrdiff_t segment = CHUNKS * chunk_of(job), at = index % job->segments * segment;
    sum_block(job, &p, at, at_most(at + segment, job->x.shape[job->x.ndim - 1]), scratch,
              job->partial + index % job->group * job->pairs);
}

/* total[i] += part[i]; rest[i] keeps what the rounded total lacks (Kahan's summation). */
static void add_segment(const double *part, double *total, double *rest, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        const double term = part[i] + rest[i], sum = total[i] + term;
        rest[i] = fabs(sum) < INFINITY ? term - (sum - total[i]) : 0.0;
        total[i] = sum;
    }
}

int sk_row_differences_run(sk_row_differences *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    if (!job->group)
        return sk_run_tiles(block_tile, job, begin, end, job->scratch, threads, team);
    while (begin < end) {
        const ptrdiff_t until = at_most(end, (begin / job->group + 1) * job->group);
        if (sk_run_tiles(segment_tile, job, begin, until, job->scratch, threads, team))
            return -1;
        for (; begin < until; begin++) {
            const place p = place_of(job, begin / job->segments);
            add_segment(job->partial + begin % job->group * job->pairs, job->total, job->total + job->pairs,
                        filled_up(p.count[0]) * filled_up(p.count[1]));
            if (begin % job->segments < job->segments - 1)
                continue;
            finish(job, &p, job->total);
            memset(job->total, 0, 2 * (size_t)job->pairs * sizeof(double));
        }
    }
    return 0;
}

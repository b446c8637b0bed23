/* Family "reduce": the Pearson coefficient of pairs of lines.
 *
 * Lines are cut into chunks that stay in cache; the moments of each are taken about its
 * own means and put together, in float64, in the order of the chunks. Short lines come
 * many to a tile, long ones a chunk to a tile. Lines whose squares overflow or vanish in
 * their dtype are done again in float64, scaled by powers of two. */
#include "lines.h"
#include "moments.h"

#include <string.h>

enum {
    CHUNK = 16384,
    PAIRS = 8, PAIRS_BYTES = 16384 /* pairs of short lines at once, and what they may take of L1 */
};

void sk_pair_pearson_plan(sk_pair_pearson *job)
{
    const int batches = job->x.ndim - 1;
    const ptrdiff_t n = job->x.shape[batches];
    job->lines = 1;
    for (int axis = 0; axis < batches; axis++)
        job->lines *= job->out.shape[axis];
    job->chunks = divide_up(n, CHUNK);
    job->lines_per_tile = job->chunks > 1 ? 1 : at_least(CHUNK / n, 1);
    job->tiles = job->chunks > 1 ? job->lines * job->chunks : divide_up(job->lines, job->lines_per_tile);
    job->tile_work = 8.0 * (double)(at_most(n, CHUNK) * job->lines_per_tile);
    job->pairs = job->chunks > 1 ? 1 : at_least(at_most(PAIRS_BYTES / (2 * n * sk_itemsize[job->dtype]), PAIRS), 1);
    job->line_scratch = aligned(at_most(n, CHUNK) * 8);
    job->scratch = 2 * (size_t)job->pairs * job->line_scratch;
    job->partial = NULL;
}

int sk_pair_pearson_begin(sk_pair_pearson *job)
{
    if (job->chunks == 1)
        return 0;
    job->partial = sk_alloc((size_t)job->tiles * 6 * sizeof(double));
    return job->partial ? 0 : -1;
}

void sk_pair_pearson_end(sk_pair_pearson *job)
{
    sk_free(job->partial);
}

/* Where a pair of lines and its results lie, and its indices along the batch axes. */
typedef struct {
    const char *x, *y;
    char *out, *status;
    ptrdiff_t index[SK_MAXDIM];
} place;

static void find(const sk_pair_pearson *job, ptrdiff_t line, place *p)
{
    p->x = job->x.ptr;
    p->y = job->y.ptr;
    p->out = job->out.ptr;
    p->status = job->status.ptr;
    for (int axis = job->x.ndim - 2; axis >= 0; axis--) {
        const ptrdiff_t i = p->index[axis] = line % job->out.shape[axis];
        line /= job->out.shape[axis];
        p->x += i * job->x.stride[axis];
        p->y += i * job->y.stride[axis];
        p->out += i * job->out.stride[axis];
        p->status += i * job->status.stride[axis];
    }
}

/* To the next pair, without the divisions of `find`. */
static void advance(const sk_pair_pearson *job, place *p)
{
    for (int axis = job->x.ndim - 2; axis >= 0; axis--) {
        const ptrdiff_t i = ++p->index[axis] < job->out.shape[axis] ? 1 : 1 - job->out.shape[axis];
        p->x += i * job->x.stride[axis];
        p->y += i * job->y.stride[axis];
        p->out += i * job->out.stride[axis];
        p->status += i * job->status.stride[axis];
        if (i == 1)
            return;
        p->index[axis] = 0;
    }
}

/* One sample in float64. */
static double sample(const sk_view *v, const char *line, ptrdiff_t i)
{
    double value;
    sk_load(line + i * v->stride[v->ndim - 1], 0, 1, v->dtype, v->swapped, SK_F64, &value);
    return value;
}

/* Samples are taken about the first one: near the mean, differences are exact and the means of
 * chunks do not cancel. Should it lie far out, it dominates the moments, and all is well too. */
static void shift_of(const sk_pair_pearson *job, const place *p, double shift[2])
{
    shift[0] = sample(&job->x, p->x, 0);
    shift[1] = sample(&job->y, p->y, 0);
}

static int is_constant(const sk_view *v, const char *line)
{
    const ptrdiff_t n = v->shape[v->ndim - 1];
    const double first = sample(v, line, 0);
    for (ptrdiff_t i = 1; i < n; i++)
        if (sample(v, line, i) != first)
            return 0;
    return 1;
}

static double largest_of(const sk_view *v, const char *line)
{
    double largest = 0.0;
    for (ptrdiff_t i = 0; i < v->shape[v->ndim - 1]; i++) {
        const double a = fabs(sample(v, line, i));
        if (!(a <= largest)) /* a NaN stays */
            largest = a;
        if (isnan(largest))
            break;
    }
    return largest;
}

/* Sets `pair` to samples [at, at + count) of the k-th pair that scratch has room for. */
static void take(const sk_pair_pearson *job, const place *p, ptrdiff_t at, ptrdiff_t count, ptrdiff_t k, char *scratch,
                 sk_pair *pair)
{
    const int last = job->x.ndim - 1;
    char *first = scratch + (size_t)(2 * k) * job->line_scratch, *second = first + job->line_scratch;
    pair->x = sk_piece(&job->x, p->x, job->x.stride[last], at, count, job->dtype, first);
    pair->y = sk_piece(&job->y, p->y, job->y.stride[last], at, count, job->dtype, second);
    if (at > 0) {
        shift_of(job, p, pair->shift);
    } else if (job->dtype == SK_F32) {
        pair->shift[0] = *(const float *)pair->x;
        pair->shift[1] = *(const float *)pair->y;
    } else {
        pair->shift[0] = *(const double *)pair->x;
        pair->shift[1] = *(const double *)pair->y;
    }
}

/* A piece of a line in float64, times a power of two. */
static double *scaled_piece(const sk_view *v, const char *line, ptrdiff_t at, ptrdiff_t count, double scale,
                            char *scratch)
{
    double *piece = (double *)scratch;
    const ptrdiff_t stride = v->stride[v->ndim - 1];
    sk_load(line + at * stride, stride, count, v->dtype, v->swapped, SK_F64, piece);
    for (ptrdiff_t i = 0; i < count; i++)
        piece[i] *= scale;
    return piece;
}

/* All of a pair's moments, in float64, each line scaled to a largest magnitude below 1. */
static void scaled_moments(const sk_pair_pearson *job, const place *p, double largest_x, double largest_y, char *scratch,
                           double moments[6])
{
    const ptrdiff_t n = job->x.shape[job->x.ndim - 1];
    const double scale_x = power_of_two_scale(largest_x), scale_y = power_of_two_scale(largest_y);
    double shift[2];
    shift_of(job, p, shift);
    memset(moments, 0, 6 * sizeof(double));
    for (ptrdiff_t at = 0; at < n; at += CHUNK) {
        const ptrdiff_t count = at_most(CHUNK, n - at);
        sk_pair pair = {.x = scaled_piece(&job->x, p->x, at, count, scale_x, scratch),
                        .y = scaled_piece(&job->y, p->y, at, count, scale_y, scratch + job->line_scratch),
                        .shift = {shift[0] * scale_x, shift[1] * scale_y}};
        sk_active->pair_moments[SK_F64](&pair, 1, count);
        add_moments(moments, pair.moments);
    }
}

/* Nearly constant, as scipy.stats.pearsonr warns of: the norm about the mean is at most eps^(3/4) times the mean. */
static inline int nearly_constant(double squares, double mean, int dtype)
{
    const double few = (dtype == SK_F32 ? 0x1.ae89f995ad3adp-18 : 0x1p-39) * mean;
    return squares <= few * few;
}

/* Sums of squares within these bounds have neither overflowed nor vanished. */
static inline int sound(double squares, int dtype)
{
    return squares > (dtype == SK_F32 ? 1e-20 : 1e-200) && squares < (dtype == SK_F32 ? 1e30 : 1e200);
}

/* What is not sound or not sure: the status, and moments once more where that helps. */
static signed char look_again(const sk_pair_pearson *job, const place *p, double moments[6], char *scratch)
{
    const int constant = is_constant(&job->x, p->x) || is_constant(&job->y, p->y);
    if (constant)
        return 1;
    if (sound(moments[3], job->dtype) && sound(moments[4], job->dtype))
        return 2;
    const double largest_x = largest_of(&job->x, p->x), largest_y = largest_of(&job->y, p->y);
    if (isfinite(largest_x) && isfinite(largest_y))
        scaled_moments(job, p, largest_x, largest_y, scratch, moments);
    else
        moments[3] = 0.0;
    return 0;
}

static inline void finish(const sk_pair_pearson *job, const place *p, sk_pair *pair, char *scratch)
{
    double *s = pair->moments, r = NAN;
    signed char status = 0;
    if (!sound(s[3], job->dtype) || !sound(s[4], job->dtype)
        || nearly_constant(s[3], pair->shift[0] + s[1], job->dtype)
        || nearly_constant(s[4], pair->shift[1] + s[2], job->dtype))
        status = look_again(job, p, s, scratch);
    if (status != 1 && s[3] > 0.0 && s[4] > 0.0)
        r = clamp_coefficient(s[5] / (job->dtype == SK_F32 ? sqrt(s[3] * s[4]) : sqrt(s[3]) * sqrt(s[4])));
    if (job->dtype == SK_F32)
        *(float *)p->out = (float)r;
    else
        *(double *)p->out = r;
    *p->status = (char)status;
}

static void lines_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_pair_pearson *job = context;
    const ptrdiff_t first = index * job->lines_per_tile, end = at_most(first + job->lines_per_tile, job->lines);
    const ptrdiff_t n = job->x.shape[job->x.ndim - 1];
    place ahead, behind;
    find(job, first, &ahead);
    behind = ahead;
    for (ptrdiff_t line = first; line < end; line += job->pairs) {
        const ptrdiff_t count = at_most(end - line, job->pairs);
        sk_pair pairs[PAIRS];
        for (ptrdiff_t k = 0; k < count; k++, advance(job, &ahead))
            take(job, &ahead, 0, n, k, scratch, pairs + k);
        sk_active->pair_moments[job->dtype](pairs, count, n);
        for (ptrdiff_t k = 0; k < count; k++, advance(job, &behind))
            finish(job, &behind, pairs + k, scratch);
    }
}

static void chunk_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_pair_pearson *job = context;
    const ptrdiff_t at = index % job->chunks * CHUNK, count = at_most(CHUNK, job->x.shape[job->x.ndim - 1] - at);
    place p;
    sk_pair pair;
    find(job, index / job->chunks, &p);
    take(job, &p, at, count, 0, scratch, &pair);
    sk_active->pair_moments[job->dtype](&pair, 1, count);
    memcpy(job->partial + 6 * index, pair.moments, sizeof pair.moments);
}

int sk_pair_pearson_run(sk_pair_pearson *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    if (job->chunks == 1)
        return sk_run_tiles(lines_tile, job, begin, end, job->scratch, threads, team);
    if (sk_run_tiles(chunk_tile, job, begin, end, job->scratch, threads, team))
        return -1;
    if (end < job->tiles)
        return 0;
    char *scratch = sk_alloc(job->scratch);
    if (!scratch)
        return -1;
    for (ptrdiff_t line = 0; line < job->lines; line++) {
        place p;
        sk_pair pair = {.moments = {0.0}};
        find(job, line, &p);
        for (ptrdiff_t chunk = 0; chunk < job->chunks; chunk++)
            add_moments(pair.moments, job->partial + 6 * (line * job->chunks + chunk));
        shift_of(job, &p, pair.shift);
        finish(job, &p, &pair, scratch);
    }
    sk_free(scratch);
    return 0;
}

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
    BLOCK = 4 /* pairs of lines to a call of the kernel: enough to have work while a sum is waited for */
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
    job->block = at_most(job->lines_per_tile, BLOCK);
    job->line_scratch = aligned(at_most(n, CHUNK) * 8);
    job->scratch = 2 * (size_t)job->block * job->line_scratch;
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

/* Where a pair of lines and its results lie. */
typedef struct {
    const char *x, *y;
    char *out, *status;
} place;

static place find(const sk_pair_pearson *job, ptrdiff_t line)
{
    const int batches = job->x.ndim - 1;
    const ptrdiff_t *shape = job->out.shape;
    return (place){line_start(&job->x, shape, batches, line), line_start(&job->y, shape, batches, line),
                   line_start(&job->out, shape, batches, line), line_start(&job->status, shape, batches, line)};
}

/* The place `lines` further along the last batch axis. */
static inline place beyond(const sk_pair_pearson *job, place p, ptrdiff_t lines)
{
    const int axis = job->x.ndim - 2;
    if (axis < 0)
        return p;
    return (place){p.x + lines * job->x.stride[axis], p.y + lines * job->y.stride[axis],
                   p.out + lines * job->out.stride[axis], p.status + lines * job->status.stride[axis]};
}

/* One sample in float64. */
static double sample(const sk_view *v, const char *line, ptrdiff_t i)
{
    double value;
    sk_load(line + i * v->stride[v->ndim - 1], 0, 1, v->dtype, v->swapped, SK_F64, &value);
    return value;
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
static void scaled_moments(const sk_pair_pearson *job, const place *p, double largest_x, double largest_y,
                           char *scratch, double moments[6])
{
    const ptrdiff_t n = job->x.shape[job->x.ndim - 1];
    const double scale_x = power_of_two_scale(largest_x), scale_y = power_of_two_scale(largest_y);
    const double zero_x = scale_x * sample(&job->x, p->x, 0), zero_y = scale_y * sample(&job->y, p->y, 0);
    memset(moments, 0, 6 * sizeof(double));
    for (ptrdiff_t at = 0; at < n; at += CHUNK) {
        const ptrdiff_t count = at_most(CHUNK, n - at);
        const double *x = scaled_piece(&job->x, p->x, at, count, scale_x, scratch);
        const double *y = scaled_piece(&job->y, p->y, at, count, scale_y, scratch + job->line_scratch);
        sk_pair pair = {x, y, &zero_x, &zero_y, {0.0}};
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

/* What is not sound or not sure: the status, and moments once more where that helps. Rare, so kept out of line. */
static __attribute__((noinline)) signed char look_again(const sk_pair_pearson *job, const place *p, double moments[6],
                                                        char *scratch)
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

static inline double in_double(const void *sample, int dtype)
{
    return dtype == SK_F32 ? (double)*(const float *)sample : *(const double *)sample;
}

static inline void finish(const sk_pair_pearson *job, const place *p, sk_pair *pair, char *scratch)
{
    const int dtype = job->dtype;
    double *s = pair->moments, r = NAN;
    signed char status = 0;
    if (!sound(s[3], dtype) || !sound(s[4], dtype)
        || nearly_constant(s[3], in_double(pair->zero_x, dtype) + s[1], dtype)
        || nearly_constant(s[4], in_double(pair->zero_y, dtype) + s[2], dtype))
        status = look_again(job, p, s, scratch);
    if (status != 1 && s[3] > 0.0 && s[4] > 0.0)
        r = clamp_coefficient(s[5] / (dtype == SK_F32 ? sqrt(s[3] * s[4]) : sqrt(s[3]) * sqrt(s[4])));
    if (dtype == SK_F32)
        *(float *)p->out = (float)r;
    else
        *(double *)p->out = r;
    *p->status = (char)status;
}

/* `count` pairs, neighbours along the last batch axis. Samples are taken about the first of a line: near the mean,
 * differences are exact. Should it lie far out, it dominates the moments, and all is well too. */
static void solve(const sk_pair_pearson *job, place first, ptrdiff_t count, char *scratch)
{
    const int last = job->x.ndim - 1, dtype = job->dtype;
    const ptrdiff_t n = job->x.shape[last];
    sk_pair pairs[BLOCK];
    for (ptrdiff_t k = 0; k < count; k++) { /* no sample is read here: kernels go through memory line by line */
        const place p = beyond(job, first, k);
        char *for_x = scratch + (size_t)(2 * k) * job->line_scratch, *for_y = for_x + job->line_scratch;
        pairs[k].x = pairs[k].zero_x = sk_piece(&job->x, p.x, job->x.stride[last], 0, n, dtype, for_x);
        pairs[k].y = pairs[k].zero_y = sk_piece(&job->y, p.y, job->y.stride[last], 0, n, dtype, for_y);
    }
    sk_active->pair_moments[dtype](pairs, count, n);
    for (ptrdiff_t k = 0; k < count; k++) {
        const place p = beyond(job, first, k);
        finish(job, &p, pairs + k, scratch);
    }
}

static void lines_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_pair_pearson *job = context;
    const ptrdiff_t end = at_most((index + 1) * job->lines_per_tile, job->lines);
    const ptrdiff_t row = job->x.ndim > 1 ? job->out.shape[job->x.ndim - 2] : 1;
    ptrdiff_t count;
    for (ptrdiff_t line = index * job->lines_per_tile; line < end; line += count) {
        count = at_most(at_most(end - line, job->block), row - line % row);
        solve(job, find(job, line), count, scratch);
    }
}

/* Moments of samples [at, at + count) of a long line's pair. */
static void chunk_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_pair_pearson *job = context;
    const int last = job->x.ndim - 1;
    const ptrdiff_t at = index % job->chunks * CHUNK, count = at_most(CHUNK, job->x.shape[last] - at);
    const place p = find(job, index / job->chunks);
    double zero_x, zero_y; /* of the job's dtype */
    sk_load(p.x, 0, 1, job->x.dtype, job->x.swapped, job->dtype, &zero_x);
    sk_load(p.y, 0, 1, job->y.dtype, job->y.swapped, job->dtype, &zero_y);
    const void *x = sk_piece(&job->x, p.x, job->x.stride[last], at, count, job->dtype, scratch);
    const void *y = sk_piece(&job->y, p.y, job->y.stride[last], at, count, job->dtype, scratch + job->line_scratch);
    sk_pair pair = {x, y, &zero_x, &zero_y, {0.0}};
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
        const place p = find(job, line);
        double zero_x, zero_y;
        sk_load(p.x, 0, 1, job->x.dtype, job->x.swapped, job->dtype, &zero_x);
        sk_load(p.y, 0, 1, job->y.dtype, job->y.swapped, job->dtype, &zero_y);
        sk_pair pair = {.zero_x = &zero_x, .zero_y = &zero_y};
        for (ptrdiff_t chunk = 0; chunk < job->chunks; chunk++)
            add_moments(pair.moments, job->partial + 6 * (line * job->chunks + chunk));
        finish(job, &p, &pair, scratch);
    }
    sk_free(scratch);
    return 0;
}

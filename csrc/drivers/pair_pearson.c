/* Family "reduce": the Pearson coefficient of pairs of lines.
 *
 * Lines are cut into chunks that stay in cache; the moments of each are taken about its
 * own means and put together, in float64, in the order of the chunks. Short lines come
 * many to a tile, long ones a chunk to a tile. Lines whose squares overflow or vanish in
 * their dtype are done again in float64, scaled by powers of two. */
#include "lines.h"
#include "moments.h"

#include <string.h>

enum { CHUNK = 16384 };

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
    job->scratch = 2 * aligned(at_most(n, CHUNK) * 8);
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

typedef struct {
    const char *x, *y;
} pair;

static pair pair_at(const sk_pair_pearson *job, ptrdiff_t line)
{
    const int batches = job->x.ndim - 1;
    return (pair){line_start(&job->x, job->out.shape, batches, line),
                  line_start(&job->y, job->out.shape, batches, line)};
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
static void shift_of(const sk_pair_pearson *job, pair p, double shift[2])
{
    shift[0] = sample(&job->x, p.x, 0);
    shift[1] = sample(&job->y, p.y, 0);
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

/* Moments of samples [at, at + count) of a pair about `shift`. */
static void chunk_moments(const sk_pair_pearson *job, pair p, ptrdiff_t at, ptrdiff_t count, const double shift[2],
                          char *scratch, double moments[6])
{
    const int last = job->x.ndim - 1;
    char *second = scratch + job->scratch / 2;
    const void *x = sk_piece(&job->x, p.x, job->x.stride[last], at, count, job->dtype, scratch);
    const void *y = sk_piece(&job->y, p.y, job->y.stride[last], at, count, job->dtype, second);
    sk_active->pair_moments[job->dtype](x, y, count, shift, moments);
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
static void scaled_moments(const sk_pair_pearson *job, pair p, double largest_x, double largest_y, char *scratch,
                           double moments[6])
{
    const ptrdiff_t n = job->x.shape[job->x.ndim - 1];
    const double scale_x = power_of_two_scale(largest_x), scale_y = power_of_two_scale(largest_y);
    double shift[2];
    shift_of(job, p, shift);
    shift[0] *= scale_x;
    shift[1] *= scale_y;
    memset(moments, 0, 6 * sizeof(double));
    for (ptrdiff_t at = 0; at < n; at += CHUNK) {
        const ptrdiff_t count = at_most(CHUNK, n - at);
        const double *x = scaled_piece(&job->x, p.x, at, count, scale_x, scratch);
        const double *y = scaled_piece(&job->y, p.y, at, count, scale_y, scratch + job->scratch / 2);
        double part[6];
        sk_active->pair_moments[SK_F64](x, y, count, shift, part);
        add_moments(moments, part);
    }
}

/* Nearly constant, as scipy.stats.pearsonr warns of: the norm about the mean is at most eps^(3/4) times the mean. */
static int nearly_constant(double squares, double mean, int dtype)
{
    const double few = (dtype == SK_F32 ? 0x1.ae89f995ad3adp-18 : 0x1p-39) * fabs(mean);
    return squares <= few * few;
}

static void finish(const sk_pair_pearson *job, ptrdiff_t line, pair p, const double shift[2], double moments[6],
                   char *scratch)
{
    const int batches = job->x.ndim - 1;
    /* Sums of squares within these bounds have neither overflowed nor vanished. */
    const double tiny = job->dtype == SK_F32 ? 1e-20 : 1e-200, huge = job->dtype == SK_F32 ? 1e30 : 1e200;
    const double *s = moments;
    double r = NAN;
    signed char status = 0;
    if (!(s[3] > tiny && s[3] < huge && s[4] > tiny && s[4] < huge)) {
        const double largest_x = largest_of(&job->x, p.x), largest_y = largest_of(&job->y, p.y);
        if (is_constant(&job->x, p.x) || is_constant(&job->y, p.y))
            status = 1;
        else if (isfinite(largest_x) && isfinite(largest_y))
            scaled_moments(job, p, largest_x, largest_y, scratch, moments);
    } else if (nearly_constant(s[3], shift[0] + s[1], job->dtype) || nearly_constant(s[4], shift[1] + s[2], job->dtype)) {
        status = is_constant(&job->x, p.x) || is_constant(&job->y, p.y) ? 1 : 2;
    }
    if (status != 1 && s[3] > 0.0 && s[4] > 0.0)
        r = clamp_coefficient(s[5] / (job->dtype == SK_F32 ? sqrt(s[3] * s[4]) : sqrt(s[3]) * sqrt(s[4])));
    char *to = line_start(&job->out, job->out.shape, batches, line);
    if (job->dtype == SK_F32)
        *(float *)to = (float)r;
    else
        *(double *)to = r;
    *line_start(&job->status, job->out.shape, batches, line) = (char)status;
}

static void lines_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_pair_pearson *job = context;
    const ptrdiff_t first = index * job->lines_per_tile, n = job->x.shape[job->x.ndim - 1];
    for (ptrdiff_t line = first; line < at_most(first + job->lines_per_tile, job->lines); line++) {
        const pair p = pair_at(job, line);
        double shift[2], moments[6];
        shift_of(job, p, shift);
        chunk_moments(job, p, 0, n, shift, scratch, moments);
        finish(job, line, p, shift, moments, scratch);
    }
}

static void chunk_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_pair_pearson *job = context;
    const ptrdiff_t at = index % job->chunks * CHUNK;
    const pair p = pair_at(job, index / job->chunks);
    double shift[2];
    shift_of(job, p, shift);
    chunk_moments(job, p, at, at_most(CHUNK, job->x.shape[job->x.ndim - 1] - at), shift, scratch,
                  job->partial + 6 * index);
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
        const pair p = pair_at(job, line);
        double moments[6] = {0.0}, shift[2];
        for (ptrdiff_t chunk = 0; chunk < job->chunks; chunk++)
            add_moments(moments, job->partial + 6 * (line * job->chunks + chunk));
        shift_of(job, p, shift);
        finish(job, line, p, shift, moments, scratch);
    }
    sk_free(scratch);
    return 0;
}

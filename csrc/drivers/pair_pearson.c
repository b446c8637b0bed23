/* Family "reduce": the Pearson coefficient of pairs of lines.
 *
 * Lines are cut into chunks that stay in cache; the moments of each are taken about its
 * own means, in float64, and put together in the order of the chunks. Short lines come
 * many to a tile, long ones a chunk to a tile. */
#include "lines.h"
#include "moments.h"

#include <float.h>
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
    job->scratch = 2 * aligned(at_most(n, CHUNK) * sk_itemsize[job->dtype]);
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
        largest = a > largest ? a : largest;
    }
    return largest;
}

static const double unit[2] = {1.0, 1.0};

/* Moments of samples [at, at + count) of a pair, times `scale`, about `shift`. */
static void chunk_moments(const sk_pair_pearson *job, pair p, ptrdiff_t at, ptrdiff_t count, const double shift[2],
                          const double scale[2], char *scratch, double moments[6])
{
    const int last = job->x.ndim - 1;
    char *second = scratch + aligned(at_most(job->x.shape[last], CHUNK) * sk_itemsize[job->dtype]);
    const void *x = sk_piece(&job->x, p.x, job->x.stride[last], at, count, job->dtype, scratch);
    const void *y = sk_piece(&job->y, p.y, job->y.stride[last], at, count, job->dtype, second);
    sk_active->pair_moments[job->dtype](x, y, count, shift, scale, moments);
}

/* Samples are taken about the first one: near the mean, differences are exact and the means of
 * chunks do not cancel. Should it lie far out, it dominates the moments, and all is well too. */
static void shift_of(const sk_pair_pearson *job, pair p, const double scale[2], double shift[2])
{
    shift[0] = sample(&job->x, p.x, 0) * scale[0];
    shift[1] = sample(&job->y, p.y, 0) * scale[1];
}

static void whole_moments(const sk_pair_pearson *job, pair p, const double scale[2], char *scratch, double moments[6])
{
    double shift[2];
    shift_of(job, p, scale, shift);
    const ptrdiff_t n = job->x.shape[job->x.ndim - 1];
    memset(moments, 0, 6 * sizeof(double));
    for (ptrdiff_t at = 0; at < n; at += CHUNK) {
        double part[6];
        chunk_moments(job, p, at, at_most(CHUNK, n - at), shift, scale, scratch, part);
        add_moments(moments, part);
    }
}

/* Nearly constant, as scipy.stats.pearsonr warns of: the norm about the mean vanishes beside the mean. */
static int nearly_constant(double squares, double mean, double epsilon)
{
    return sqrt(squares) <= pow(epsilon, 0.75) * fabs(mean);
}

static void finish(const sk_pair_pearson *job, ptrdiff_t line, const double shift[2], double moments[6], char *scratch)
{
    const int batches = job->x.ndim - 1;
    const pair p = pair_at(job, line);
    const double epsilon = job->dtype == SK_F32 ? FLT_EPSILON : DBL_EPSILON;
    const double mean_x = shift[0] + moments[1], mean_y = shift[1] + moments[2];
    double r = NAN;
    signed char status = 0;
    /* Squares that overflowed, vanished or came near it: again, scaled by powers of two. */
    const double tiny = 0x1p-900, huge = 0x1p900;
    const double *s = moments;
    const int finite = isfinite(mean_x) && isfinite(mean_y);
    if (!(s[3] > tiny && s[3] < huge && s[4] > tiny && s[4] < huge)) {
        const double peak_x = largest_of(&job->x, p.x), peak_y = largest_of(&job->y, p.y);
        if (is_constant(&job->x, p.x) || is_constant(&job->y, p.y)) {
            status = 1;
        } else if (isfinite(peak_x) && isfinite(peak_y)) {
            const double scale[2] = {power_of_two_scale(peak_x), power_of_two_scale(peak_y)};
            whole_moments(job, p, scale, scratch, moments);
        }
    } else if (finite && (nearly_constant(s[3], mean_x, epsilon) || nearly_constant(s[4], mean_y, epsilon))) {
        status = is_constant(&job->x, p.x) || is_constant(&job->y, p.y) ? 1 : 2;
    }
    if (status != 1 && s[3] > 0.0 && s[4] > 0.0)
        r = clamp_coefficient(s[5] / (sqrt(s[3]) * sqrt(s[4])));
    const float narrow = (float)r;
    sk_store(job->dtype == SK_F32 ? (const void *)&narrow : (const void *)&r, 1, job->dtype,
             line_start(&job->out, job->out.shape, batches, line), 0);
    *line_start(&job->status, job->out.shape, batches, line) = (char)status;
}

static void lines_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_pair_pearson *job = context;
    const ptrdiff_t first = index * job->lines_per_tile, n = job->x.shape[job->x.ndim - 1];
    for (ptrdiff_t line = first; line < at_most(first + job->lines_per_tile, job->lines); line++) {
        const pair p = pair_at(job, line);
        double shift[2], moments[6];
        shift_of(job, p, unit, shift);
        chunk_moments(job, p, 0, n, shift, unit, scratch, moments);
        finish(job, line, shift, moments, scratch);
    }
}

static void chunk_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_pair_pearson *job = context;
    const ptrdiff_t line = index / job->chunks, at = index % job->chunks * CHUNK;
    const pair p = pair_at(job, line);
    double shift[2];
    shift_of(job, p, unit, shift);
    chunk_moments(job, p, at, at_most(CHUNK, job->x.shape[job->x.ndim - 1] - at), shift, unit, scratch,
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
        double moments[6] = {0.0}, shift[2];
        for (ptrdiff_t chunk = 0; chunk < job->chunks; chunk++)
            add_moments(moments, job->partial + 6 * (line * job->chunks + chunk));
        shift_of(job, pair_at(job, line), unit, shift);
        finish(job, line, shift, moments, scratch);
    }
    sk_free(scratch);
    return 0;
}

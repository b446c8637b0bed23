/* Family "lines": mean, standard deviation and Pearson coefficient of the windows of lines.
 *
 * A tile is a run of windows, and all it knows of its samples it makes by doubling: sums for the mean, moments for the
 * others, which no offset, step or spike can spoil (kernels/window_moments.tmpl.c). So every tile costs the same,
 * whatever its samples, but for squares that overflow or vanish in float64: these are done again, the samples scaled
 * by a power of two.
 *
 * Long windows, of no fewer samples than a tile has windows, have a core in common: the samples that all windows of the
 * tile hold. A window then is the core with the last samples before it and the first behind it, as many of these as the
 * tile has windows. The core is put together from the moments of blocks, made once beforehand. */
#include "lines.h"
#include "moments.h"

#include <float.h>
#include <string.h>

enum {
    TILE = 4096, /* windows in a tile */
    LONG = 2048  /* samples in a window that make it long; then windows in a tile, and samples in a block */
};

/* What is known of a block: of its samples times powers of two, about its first; for the mean, that of its samples and
 * that of its samples times SMALL, about 0. */
typedef struct {
    double scale[2], zero[2], moments[6];
    int found[2]; /* what may be wrong with its squares, and those of its last sample and the one behind it */
} known_block;

/* Sums of samples times this do not overflow. */
static const double SMALL = 0x1p-64;
/* Where no step from one sample to the next is below SMALL_STEP, nor a sample above LARGE_SAMPLE, sums of squares are
 * sound, or those of equal samples (0) or of some that are not finite (neither are they). Where there are such, samples
 * times one of SCALES have squares that are sound. */
static const double SMALL_STEP = 0x1p-200, LARGE_SAMPLE = 0x1p180;
enum { AS_THEY_ARE, TOO_SMALL, TOO_LARGE };
static const double SCALES[] = {[AS_THEY_ARE] = 1.0, [TOO_SMALL] = 0x1p700, [TOO_LARGE] = 0x1p-600};

typedef struct {
    const sk_rolling *job;
    const char *line[2];          /* of x and y */
    char *out;
    const known_block *known;     /* of these lines */
    ptrdiff_t first, n;           /* the tile's windows */
    double *samples[2];
    sk_parts moments;             /* of the windows; for the mean, their sums are its x */
    char *r;                      /* the results */
    unsigned char *pending;       /* windows whose result is not known yet */
} work;

static int lines_of(const sk_rolling *job)
{
    return job->kind == SK_ROLLING_PEARSON ? 2 : 1;
}

/* Arrays of sums: that of x, of its squares; the same of y, and the products. */
static int sums_of(const sk_rolling *job)
{
    return job->kind == SK_ROLLING_MEAN ? 1 : job->kind == SK_ROLLING_STD ? 2 : 5;
}

static ptrdiff_t length(const sk_rolling *job)
{
    return job->x.shape[job->x.ndim - 1];
}

void sk_rolling_plan(sk_rolling *job)
{
    const int nd = job->out.ndim;
    const ptrdiff_t windows = job->out.shape[nd - 1], tile = job->w < LONG ? TILE : LONG;
    ptrdiff_t lines = 1;
    for (int axis = 0; axis < nd - 1; axis++)
        lines *= job->out.shape[axis];
    job->tile = at_most(windows, tile);
    job->runs = divide_up(windows, tile);
    job->blocks = job->w < LONG ? 0 : length(job) / LONG;
    job->block_tiles = lines * job->blocks;
    job->tiles = job->block_tiles + lines * job->runs;
    /* An odd number of cache lines: neighbours in several of the arrays do not meet in the sets of a cache. */
    job->held = (divide_up(job->tile + at_most(job->w, LONG) + SK_PARTS_BEYOND, 8) | 1) * 8;
    double levels = 1.0;
    for (ptrdiff_t w = at_most(job->w, LONG); w > 1; w /= 2)
        levels += 1.0;
    job->tile_work = (double)job->tile * levels * (job->kind == SK_ROLLING_MEAN ? 12.0 : 30.0 * lines_of(job));
    job->scratch = (size_t)((lines_of(job) + sums_of(job)) * job->held * 8) + aligned(8 * job->tile)
                   + aligned(job->tile);
    job->known = NULL;
}

int sk_rolling_begin(sk_rolling *job)
{
    if (!job->block_tiles)
        return 0;
    job->known = sk_alloc((size_t)job->block_tiles * sizeof(known_block));
    return job->known ? 0 : -1;
}

void sk_rolling_end(sk_rolling *job)
{
    sk_free(job->known);
}

static work carve(const sk_rolling *job, ptrdiff_t line, char *scratch)
{
    const int batches = job->out.ndim - 1, lines = lines_of(job);
    double *next = (double *)scratch;
    work w = {.job = job, .out = line_start(&job->out, job->out.shape, batches, line)};
    const sk_view *views[] = {&job->x, &job->y};
    for (int k = 0; k < lines; k++, next += job->held) {
        w.line[k] = line_start(views[k], job->out.shape, batches, line);
        w.samples[k] = next;
    }
    double **sums[] = {&w.moments.x, &w.moments.xx, &w.moments.y, &w.moments.yy, &w.moments.xy};
    for (int k = 0; k < sums_of(job); k++, next += job->held)
        *sums[k] = next;
    w.r = (char *)next;
    w.pending = (unsigned char *)w.r + aligned(8 * job->tile);
    w.known = job->blocks ? (const known_block *)job->known + line * job->blocks : NULL;
    return w;
}

/* Samples [at, at + count) of line k, times a power of two. */
static void load(const work *w, int k, ptrdiff_t at, ptrdiff_t count, double scale, double *samples)
{
    const sk_view *v = k ? &w->job->y : &w->job->x;
    const ptrdiff_t stride = v->stride[v->ndim - 1];
    sk_load(w->line[k] + at * stride, stride, count, v->dtype, v->swapped, SK_F64, samples);
    if (scale != 1.0)
        for (ptrdiff_t i = 0; i < count; i++)
            samples[i] *= scale;
}

/* What squares of samples [at, end) of line k may become, as bits. */
static int found_in(const work *w, int k, ptrdiff_t at, ptrdiff_t end, double *samples)
{
    const ptrdiff_t n = end - at;
    double least = DBL_MAX, largest = 0.0;
    load(w, k, at, n, 1.0, samples);
    samples[n] = samples[n - 1];
#pragma omp simd reduction(min : least) reduction(max : largest)
    for (ptrdiff_t i = 0; i < n; i++) {
        const double step = fabs(samples[i + 1] - samples[i]), seen = step > 0.0 ? step : DBL_MAX;
        const double size = fabs(samples[i]), finite = size <= DBL_MAX ? size : 0.0;
        least = seen < least ? seen : least;
        largest = finite > largest ? finite : largest;
    }
    return (least < SMALL_STEP) << TOO_SMALL | (largest > LARGE_SAMPLE) << TOO_LARGE;
}

/* What is known of samples [at, at + count), at most a block of them; scratch holds two blocks. */
static known_block look(const work *w, ptrdiff_t at, ptrdiff_t count, double *scratch)
{
    known_block b = {{1.0, SMALL}, {0.0, 0.0}, {0.0}, {0, 0}};
    double *const samples[] = {scratch, scratch + LONG};
    for (int k = 0; k < 2; k++) {
        const int line = lines_of(w->job) == 2 ? k : 0;
        if (w->job->kind != SK_ROLLING_MEAN) {
            double total, largest;
            load(w, line, at, count, 1.0, samples[k]);
            sk_active->scan[SK_F64](samples[k], count, &total, &largest);
            b.scale[k] = power_of_two_scale(largest);
        }
        load(w, line, at, count, b.scale[k], samples[k]);
        if (w->job->kind != SK_ROLLING_MEAN)
            b.zero[k] = samples[k][0];
    }
    sk_pair pair = {samples[0], samples[1], b.zero, b.zero + 1, {0.0}};
    sk_active->pair_moments[SK_F64](&pair, 1, count);
    memcpy(b.moments, pair.moments, sizeof b.moments);
    return b;
}

/* The block that begins at `at`, or what there is of it between `at` and `end`; *next is where the next one begins. */
static known_block block_at(const work *w, ptrdiff_t at, ptrdiff_t end, double *scratch, ptrdiff_t *next)
{
    *next = at_most((at / LONG + 1) * LONG, end);
    return *next - at == LONG ? w->known[at / LONG] : look(w, at, *next - at, scratch);
}

/* The sum of samples [at, end), times 1 or (`small`) SMALL. */
static double sum_of(const work *w, ptrdiff_t at, ptrdiff_t end, int small, double *scratch)
{
    double sum = 0.0;
    for (ptrdiff_t next; at < end; at = next) {
        const known_block b = block_at(w, at, end, scratch, &next);
        sum += b.moments[0] * b.moments[1 + small];
    }
    return sum;
}

/* The moments of samples [at, end) of the lines, times their scales, about what becomes `zero`. */
static void moments_of(const work *w, ptrdiff_t at, ptrdiff_t end, const double scales[2], double *scratch,
                       double zero[2], double moments[6])
{
    memset(moments, 0, 6 * sizeof(double));
    for (ptrdiff_t next; at < end; at = next) {
        known_block b = block_at(w, at, end, scratch, &next);
        const double unit[] = {scales[0] / b.scale[0], scales[1] / b.scale[1]};
        for (int k = 0; k < 2; k++) {
            if (moments[0] == 0.0)
                zero[k] = b.zero[k] * unit[k];
            b.moments[1 + k] = b.moments[1 + k] * unit[k] + (b.zero[k] * unit[k] - zero[k]);
            b.moments[3 + k] = b.moments[3 + k] * unit[k] * unit[k];
        }
        b.moments[5] = b.moments[5] * unit[0] * unit[1];
        add_moments(moments, b.moments);
    }
}

/* Samples of a window that the tile looks at: all, or those that are not in the core. */
static ptrdiff_t own_width(const work *w)
{
    return w->known ? w->n : w->job->w;
}

/* Loads the samples of line k under the windows, or on both sides of their core, times `scale`, and zeros behind. */
static void load_tile(const work *w, int k, double scale)
{
    const ptrdiff_t n = w->n, count = n + own_width(w) - 1;
    double *samples = w->samples[k];
    if (w->known) {
        load(w, k, w->first, n, scale, samples);
        load(w, k, w->first + w->job->w, n - 1, scale, samples + n);
    } else {
        load(w, k, w->first, count, scale, samples);
    }
    memset(samples + count, 0, (size_t)(w->job->held - count) * 8);
}

/* The same samples, where they lie if that does. */
static const double *tile_samples(const work *w, int k, double scale)
{
    const sk_view *v = k ? &w->job->y : &w->job->x;
    const ptrdiff_t stride = v->stride[v->ndim - 1];
    if (scale == 1.0 && !w->known && v->dtype == SK_F64 && !v->swapped && sk_in_place(w->line[k], stride, SK_F64)
        && w->first + w->job->held <= length(w->job))
        return (const double *)(const void *)w->line[k] + w->first;
    load_tile(w, k, scale);
    return w->samples[k];
}

/* The sums of all windows, times 1 or (`small`) SMALL. */
static void sum_windows(const work *w, int small)
{
    const ptrdiff_t n = w->n;
    const double core = w->known ? sum_of(w, w->first + n, w->first + w->job->w, small, w->samples[0]) : 0.0;
    load_tile(w, 0, small ? SMALL : 1.0);
    for (ptrdiff_t i = 0; i < n; i++)
        w->moments.x[i] = core;
    sk_active->window_sum[SK_F64](w->samples[0], own_width(w), w->moments.x, n);
}

/* The same of the samples under the tile's windows, and perhaps of a few beside them. */
static int found_in_tile(const work *w, int k)
{
    const ptrdiff_t end = w->first + w->n + w->job->w - 1;
    if (!w->known)
        return found_in(w, k, w->first, end, w->samples[k]);
    int found = 0;
    ptrdiff_t block = w->first / LONG;
    for (; block < w->job->blocks && block * LONG < end; block++)
        found |= w->known[block].found[k];
    return block * LONG < end ? found | found_in(w, k, block * LONG, end, w->samples[k]) : found;
}

/* Result i becomes that of `from`. */
static void copy_result(const work *w, const void *from, ptrdiff_t i)
{
    const size_t size = (size_t)sk_itemsize[w->job->dtype];
    memcpy(w->r + (size_t)i * size, (const char *)from + (size_t)i * size, size);
}

static void means(const work *w)
{
    const sk_rolling *job = w->job;
    sum_windows(w, 0);
    const ptrdiff_t wrong = sk_active->window_mean[job->dtype](w->moments.x, job->divisor, 1.0, w->r, w->n);
    if (!wrong || !(found_in_tile(w, 0) >> TOO_LARGE & 1))
        return;
    for (ptrdiff_t i = 0; i < w->n; i++)
        w->pending[i] = (unsigned char)!isfinite(w->moments.x[i]);
    sum_windows(w, 1);
    void *again = w->samples[0];
    sk_active->window_mean[job->dtype](w->moments.x, job->divisor, 1.0 / SMALL, again, w->n);
    for (ptrdiff_t i = 0; i < w->n; i++)
        if (w->pending[i])
            copy_result(w, again, i);
}

/* The moments of all windows, of samples times their scales. */
static void moments_of_windows(const work *w, const double scales[2])
{
    const ptrdiff_t n = w->n, width = w->job->w, own = own_width(w);
    double zero[2];
    sk_pair core = {NULL, NULL, zero, zero + 1, {0.0}};
    if (w->known)
        moments_of(w, w->first + n, w->first + width, scales, w->samples[0], zero, core.moments);
    const double *x = tile_samples(w, 0, scales[0]), *y = lines_of(w->job) == 2 ? tile_samples(w, 1, scales[1]) : NULL;
    sk_active->window_moments[SK_F64](x, y, own, n, w->moments);
    if (own < width)
        sk_active->join_moments[SK_F64](x, y, own, n, w->moments, &core);
}

/* The results of moments of samples times their scales, and how many are not sound. */
static ptrdiff_t results(const work *w, const double scales[2], void *r)
{
    const sk_rolling *job = w->job;
    const sk_parts *m = &w->moments;
    if (job->kind == SK_ROLLING_STD)
        return sk_active->window_deviation[job->dtype](m->xx, job->divisor, 1.0 / scales[0], r, w->n);
    return sk_active->window_coefficient[job->dtype](m->xx, m->yy, m->xy, job->fill, r, w->n);
}

/* Results that are not sound, of samples scaled so that they are. Those that never are, of equal samples, become what
 * they should be as soon as all sums are finite; those of samples that are not finite stay what they are. */
static void look_again(const work *w)
{
    const sk_parts *m = &w->moments;
    const int lines = lines_of(w->job), found[] = {found_in_tile(w, 0), lines == 2 ? found_in_tile(w, 1) : 0};
    const double *xx = m->xx, *yy = lines == 2 ? m->yy : m->xx;
    if (!(found[0] | found[1]))
        return;
    memset(w->pending, 1, (size_t)w->n);
    for (int a = AS_THEY_ARE; a <= TOO_LARGE; a++) {
        for (int b = AS_THEY_ARE; b <= TOO_LARGE; b++) {
            const double scales[] = {SCALES[a], SCALES[b]};
            void *again = w->samples[0];
            if ((a && !(found[0] >> a & 1)) || (b && !(found[1] >> b & 1)))
                continue;
            if (a || b)
                moments_of_windows(w, scales);
            results(w, scales, again);
            for (ptrdiff_t i = 0; i < w->n; i++) {
                if (!w->pending[i] || !isfinite(xx[i]) || !isfinite(yy[i]))
                    continue;
                w->pending[i] = !(sk_sound(xx[i]) & sk_sound(yy[i]));
                if (w->pending[i] || lines == 1 || sk_sound(xx[i] * yy[i])) {
                    copy_result(w, again, i);
                } else {
                    const double r = clamp_coefficient(m->xy[i] / (sqrt(xx[i]) * sqrt(yy[i])));
                    sk_load((const char *)&r, 8, 1, SK_F64, 0, w->job->dtype, w->r + i * sk_itemsize[w->job->dtype]);
                }
            }
        }
    }
}

/* The scale for the tile's samples of line k if a few of them are like the others. */
static double likely_scale(const work *w, int k)
{
    enum { FEW = 16 };
    const sk_view *v = k ? &w->job->y : &w->job->x;
    const ptrdiff_t stride = v->stride[v->ndim - 1], all = w->n + w->job->w - 1, count = at_most(all, FEW);
    double few[FEW], total, largest;
    sk_load(w->line[k] + w->first * stride, all / count * stride, count, v->dtype, v->swapped, SK_F64, few);
    sk_active->scan[SK_F64](few, count, &total, &largest);
    return largest > LARGE_SAMPLE ? SCALES[TOO_LARGE] : largest < SMALL_STEP && largest > 0.0 ? SCALES[TOO_SMALL] : 1.0;
}

static void window_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_rolling *job = context;
    const int last = job->out.ndim - 1;
    const ptrdiff_t line = index / job->runs, first = index % job->runs * job->tile, stride = job->out.stride[last];
    work w = carve(job, line, scratch);
    w.first = first;
    w.n = at_most(job->tile, job->out.shape[last] - first);
    const int in_place = sk_in_place(w.out, stride, job->dtype);
    if (in_place)
        w.r = w.out + first * stride;
    if (job->kind == SK_ROLLING_MEAN) {
        means(&w);
    } else {
        static const double as_they_are[] = {1.0, 1.0};
        const double scales[] = {likely_scale(&w, 0), lines_of(job) == 2 ? likely_scale(&w, 1) : 1.0};
        moments_of_windows(&w, scales);
        ptrdiff_t wrong = results(&w, scales, w.r);
        if (wrong && (scales[0] != 1.0 || scales[1] != 1.0)) {
            moments_of_windows(&w, as_they_are);
            wrong = results(&w, as_they_are, w.r);
        }
        if (wrong)
            look_again(&w);
    }
    if (!in_place)
        sk_store(w.r, w.n, job->dtype, w.out + first * stride, stride);
}

static void block_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_rolling *job = context;
    const ptrdiff_t at = index % job->blocks * LONG, end = at_most(at + LONG + 1, length(job));
    const work w = carve(job, index / job->blocks, scratch);
    known_block *block = (known_block *)job->known + index;
    *block = look(&w, at, LONG, (double *)scratch);
    for (int k = 0; k < lines_of(job); k++)
        block->found[k] = found_in(&w, k, at, end, (double *)scratch);
}

int sk_rolling_run(sk_rolling *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    const ptrdiff_t blocks = job->block_tiles;
    if (begin < blocks && sk_run_tiles(block_tile, job, begin, at_most(end, blocks), job->scratch, threads, team))
        return -1;
    if (end <= blocks)
        return 0;
    return sk_run_tiles(window_tile, job, at_least(begin - blocks, 0), end - blocks, job->scratch, threads, team);
}

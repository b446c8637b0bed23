/* Family "lines": the Pearson coefficient of every window of a line with templates.
 *
 * A tile is a run of windows. By themselves ("directly") they cost the same whatever the samples: their squares are put
 * together from those of their halves (kernels/window_moments.tmpl.c), and their products with a centred template are
 * those of the steps from sample to sample with its partial sums, sum t[j] x[j] = sum of (x[j + 1] - x[j]) times
 * -(t[0] + ... + t[j]) (Abel). Both are made of differences of samples of the window: nothing cancels at any offset,
 * and no sample reaches beyond its window. Squares that overflow or vanish leave a few windows, done one by one.
 *
 * Under long templates the numerators of many windows go through the spectrum of their samples, less the tile's mean;
 * sums and sums of squares of windows are made by additions alone. Where the squares are large beside the variance (a
 * step, a spike or a trend nearby), or the variance small beside that of all samples, a window is bad: runs of bad
 * windows are done again, about their own mean where a transform pays, else directly.
 *
 * With weights, means are sliding dot products, and squares and products are taken about each window's own. */
#include "lines.h"
#include "moments.h"

#include <string.h>

enum {
    SHORT_RUN = 1024, LONG_RUN = 4096, /* windows in a tile, by the template's length */
    FEWEST_WINDOWS = 256,              /* in a tile: fewer would not repay the scan of their samples */
    LARGEST_TILE_WORK = 1 << 29,       /* multiply-adds in a tile, unless that makes too few windows */
    TAPS = 4096,                       /* of the template at once: bounds the scratch */
    RETRIED = 512,                     /* taps from which bad windows are tried by spectra once more */
    SMALL_PIECE = 64,                  /* windows: below the kernel's block nothing is saved */
    ONE_BY_ONE = 8                     /* windows: so few are cheaper alone */
};

/* Sum of squares over variance, above which a window is done again, by the dtype of the result: so many times the
 * rounding of the sums must stay below the promise. */
static const double LIMIT[] = {[SK_F32] = 1e6, [SK_F64] = 1e3};
/* Power of all samples over a window's variance, above which a numerator through spectra is done again: its error is
 * a few eps times the root of that. */
static const double SPECTRAL_LIMIT[] = {[SK_F32] = 1e15, [SK_F64] = 1e5};
/* Multiply-adds in the time of one point of a transform there and back. */
static const double POINT_WORK = 30.0;
/* Samples of which none is above the larger, nor all below the smaller, need no scale before they are squared. */
static const double SMALL_SAMPLE = 0x1p-300, LARGE_SAMPLE = 0x1p300;
/* Squares above this have lost nothing below the least number. */
static const double LEAST_POWER = 0x1p-900;
/* Weighted squares over that of the mean and the weights, below which they may be what is left of equal samples. */
static const double ROUNDED_POWER = 1e-20;

typedef struct {
    const sk_sliding_pearson *job;
    const char *line; /* of x */
    char *out;        /* of x's first template */
    ptrdiff_t origin; /* the tile's first window */
    /* Of samples: as they are or centred; their steps; the same for sums, and their squares; parts of windows. */
    double *samples, *steps, *copy, *square;
    sk_parts parts;
    double *mean, *power, *inverse, *product; /* of windows */
    char *spectrum, *transform;
    char *r;
    unsigned char *bad; /* of each window of the tile */
} work;

static ptrdiff_t taps_at_once(const sk_sliding_pearson *job)
{
    return job->plan ? job->m : at_most(job->m, TAPS);
}

/* Windows that the buffers hold: a kernel's block at least. */
static ptrdiff_t room(const sk_sliding_pearson *job)
{
    return at_least(job->tile, SK_BLOCK / 4) + SK_BLOCK / 4;
}

/* Samples that they hold, with what doubling looks at beyond them. An odd number of cache lines: neighbours in several
 * of the arrays do not meet in the sets of a cache. */
static ptrdiff_t held(const sk_sliding_pearson *job)
{
    return (divide_up(room(job) + taps_at_once(job) + SK_PARTS_BEYOND, 8) | 1) * 8;
}

static size_t spectrum_size(const sk_sliding_pearson *job)
{
    return job->plan ? aligned(16 * job->plan->n) : 0;
}

void sk_sliding_pearson_plan(sk_sliding_pearson *job)
{
    const int nd = job->out.ndim;
    const ptrdiff_t windows = job->out.shape[nd - 1];
    job->tile = job->m <= SHORT_RUN / 2 ? SHORT_RUN : LONG_RUN;
    const ptrdiff_t products_of_window = job->m * (job->k + (job->weights ? 2 : 0));
    job->tile = at_most(job->tile, at_least(LARGEST_TILE_WORK / products_of_window, FEWEST_WINDOWS));
    if (job->plan)
        job->tile = 2 * job->plan->n - job->m + 1;
    job->blocks = divide_up(windows, job->tile);
    job->tiles = job->blocks;
    for (int axis = 0; axis < nd - 2; axis++)
        job->tiles *= job->out.shape[axis];
    const double products = job->plan ? 100.0 : (double)job->m, sums = job->weights ? 4.0 * (double)job->m : 0.0;
    job->tile_work = (double)at_most(job->tile, windows) * (products * (double)job->k + sums + 200.0);
    const ptrdiff_t n = room(job), samples = held(job);
    job->scratch = 4 * aligned(8 * samples) + 4 * aligned(8 * n) + aligned(8 * n) + aligned(n)
                   + 2 * spectrum_size(job);
}

static void template_tile(void *context, ptrdiff_t k, char *scratch)
{
    const sk_sliding_pearson *job = context;
    const ptrdiff_t m = job->m, block = 2 * job->plan->n;
    double *taps = (double *)(scratch + spectrum_size(job));
    for (ptrdiff_t j = 0; j < m; j++) /* a correlation is the convolution with the reversed template */
        taps[j] = job->templates[k * m + m - 1 - j];
    memset(taps + m, 0, (size_t)(block - m) * 8);
    sk_active->block_spectrum_real[SK_F64](job->plan, taps, 1.0, scratch, job->spectra + (size_t)k * spectrum_size(job));
}

int sk_sliding_pearson_begin(sk_sliding_pearson *job)
{
    int team;
    job->spectra = NULL;
    if (!job->plan)
        return 0;
    job->spectra = sk_alloc((size_t)job->k * spectrum_size(job));
    return job->spectra ? sk_run_tiles(template_tile, job, 0, job->k, 2 * spectrum_size(job), 1, &team) : -1;
}

void sk_sliding_pearson_end(sk_sliding_pearson *job)
{
    sk_free(job->spectra);
}

static work carve(const sk_sliding_pearson *job, char *scratch)
{
    const ptrdiff_t n = room(job), samples = held(job);
    work w = {.job = job};
    double **of_samples[] = {&w.samples, &w.steps, &w.copy, &w.square};
    double **of_windows[] = {&w.mean, &w.power, &w.inverse, &w.product};
    for (int i = 0; i < 4; i++, scratch += aligned(8 * samples))
        *of_samples[i] = (double *)scratch;
    for (int i = 0; i < 4; i++, scratch += aligned(8 * n))
        *of_windows[i] = (double *)scratch;
    w.parts = (sk_parts){.x = w.copy, .xx = w.square}; /* whoever needs these does not need those */
    w.r = scratch;
    w.bad = (unsigned char *)(scratch += aligned(8 * n));
    w.spectrum = scratch + aligned(n);
    w.transform = w.spectrum + spectrum_size(job);
    return w;
}

/* Samples [at, at + count) as they are, in float64. */
static void load(const work *w, ptrdiff_t at, ptrdiff_t count)
{
    const sk_view *x = &w->job->x;
    const ptrdiff_t stride = x->stride[x->ndim - 1];
    sk_load(w->line + at * stride, stride, count, x->dtype, x->swapped, SK_F64, w->samples);
}

/* The centre and scale of samples [at, at + count); 0 where some are not finite. */
static int scan(const work *w, ptrdiff_t at, ptrdiff_t count, double *centre, double *scale)
{
    const ptrdiff_t most = w->job->tile + taps_at_once(w->job) - 1;
    double total = 0.0, largest = 0.0;
    int finite = 1;
    for (ptrdiff_t i = 0; i < count; i += most) {
        const ptrdiff_t n = at_most(most, count - i);
        double sum, peak;
        load(w, at + i, n);
        finite &= sk_active->scan[SK_F64](w->samples, n, &sum, &peak);
        total += sum;
        largest = peak > largest ? peak : largest;
    }
    *scale = power_of_two_scale(largest);
    *centre = total / (double)count * *scale * 0x1p32;
    return finite;
}

static void put(const work *w, ptrdiff_t template, ptrdiff_t a, const void *r, ptrdiff_t n)
{
    const sk_view *out = &w->job->out;
    const ptrdiff_t stride = out->stride[out->ndim - 1];
    sk_store(r, n, w->job->dtype, w->out + template * out->stride[out->ndim - 2] + a * stride, stride);
}

static void put_value(const work *w, ptrdiff_t template, ptrdiff_t window, double value)
{
    const float narrow = (float)value;
    put(w, template, window, w->job->dtype == SK_F32 ? (const void *)&narrow : (const void *)&value, 1);
}

/* The same for whole templates, by the spectrum of the tile's samples. */
static void multiply_spectra(const work *w, ptrdiff_t template, ptrdiff_t n)
{
    const sk_sliding_pearson *job = w->job;
    const double scale[2] = {1.0 / (double)job->plan->n, 1.0};
    sk_active->block_product_real[SK_F64](job->plan, w->spectrum, job->spectra + (size_t)template * spectrum_size(job),
                                          scale, w->transform, w->product, job->m - 1, job->m - 1 + n);
}

/* Windows [a, a + n) about one centre, by spectra. Marks and counts the bad ones. */
static ptrdiff_t evaluate(const work *w, ptrdiff_t a, ptrdiff_t n, double centre, double scale)
{
    const sk_sliding_pearson *job = w->job;
    const ptrdiff_t m = job->m, samples = n + m - 1;
    unsigned char *bad = w->bad + (a - w->origin);
    double power, peak;
    load(w, a, samples);
    sk_active->center[SK_F64](w->samples, samples, scale, centre, w->copy, w->square);
    sk_active->scan[SK_F64](w->square, samples, &power, &peak);
    memset(w->mean, 0, (size_t)n * 8);
    memset(w->power, 0, (size_t)n * 8);
    sk_active->window_sum[SK_F64](w->copy, m, w->mean, n);
    sk_active->window_sum[SK_F64](w->square, m, w->power, n);
    const double least = power * 0x1p32 / SPECTRAL_LIMIT[job->dtype];
    const ptrdiff_t wrong = sk_active->inverse_norm[SK_F64](w->mean, w->power, (double)m, LIMIT[job->dtype], least,
                                                            w->inverse, bad, n);
    if (wrong == n)
        return n;
    memset(w->samples + samples, 0, (size_t)(2 * job->plan->n - samples) * 8);
    sk_active->block_spectrum_real[SK_F64](job->plan, w->samples, 1.0, w->transform, w->spectrum);
    for (ptrdiff_t t = 0; t < job->k; t++) {
        memset(w->product, 0, (size_t)n * 8);
        multiply_spectra(w, t, n);
        sk_active->coefficient[job->dtype](w->product, w->inverse, w->r, n);
        put(w, t, a, w->r, n);
    }
    return wrong;
}

/* The same value for windows [a, a + n) of all templates. */
static void put_equal(const work *w, ptrdiff_t a, ptrdiff_t n, double value)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        if (w->job->dtype == SK_F32)
            ((float *)(void *)w->r)[i] = (float)value;
        else
            ((double *)(void *)w->r)[i] = value;
    }
    for (ptrdiff_t t = 0; t < w->job->k; t++)
        put(w, t, a, w->r, n);
}

/* Sets the windows of [a, a + n) that hold a sample which is not finite to NaN, or those bad ones
 * whose samples are all equal to the fill value, and takes them off the bad ones. */
static void mark(const work *w, ptrdiff_t a, ptrdiff_t n, int constant)
{
    enum { FOUND = 2 };
    unsigned char *bad = w->bad + (a - w->origin);
    const ptrdiff_t m = w->job->m, all = n + m - 1, most = w->job->tile + taps_at_once(w->job) - 1;
    ptrdiff_t last = -1; /* sample that is not finite; or that differs from the one before */
    double before = 0.0;
    for (ptrdiff_t i = 0; i < all; i += most) {
        const ptrdiff_t count = at_most(most, all - i);
        load(w, a + i, count);
        for (ptrdiff_t k = 0; k < count; k++) {
            const double v = w->samples[k];
            const ptrdiff_t window = i + k - m + 1;
            if (constant ? v != before : !isfinite(v))
                last = i + k;
            before = v;
            if (window < 0 || (constant ? last > window : last < window))
                continue;
            if (!constant || bad[window])
                bad[window] = FOUND;
        }
    }
    for (ptrdiff_t i = 0, end; i < n; i = end) {
        const int found = bad[i] == FOUND;
        for (end = i + 1; end < n && (bad[end] == FOUND) == found; end++)
            ;
        if (!found)
            continue;
        put_equal(w, a + i, end - i, constant ? w->job->fill : (double)NAN);
        memset(bad + i, 0, (size_t)(end - i));
    }
}

/* Samples [j, j + count) of a window; those of weight 0, which do not count, become its first that does. */
static void load_counting(const work *w, ptrdiff_t window, ptrdiff_t j, ptrdiff_t count)
{
    const double *weights = w->job->weights;
    ptrdiff_t first = 0;
    while (weights[first] == 0.0)
        first++;
    load(w, window + first, 1);
    const double counts = w->samples[0];
    load(w, window + j, count);
    for (ptrdiff_t k = 0; k < count; k++)
        w->samples[k] = weights[j + k] == 0.0 ? counts : w->samples[k];
}

/* The scale of the samples of a window that count, and whether they are all equal. */
static double scale_of_counting(const work *w, ptrdiff_t window, int *constant)
{
    double largest = 0.0, first = NAN;
    *constant = 1;
    for (ptrdiff_t j = 0; j < w->job->m; j += TAPS) {
        const ptrdiff_t count = at_most(TAPS, w->job->m - j);
        load_counting(w, window, j, count);
        first = j ? first : w->samples[0];
        for (ptrdiff_t k = 0; k < count; k++) {
            largest = fmax(largest, fabs(w->samples[k]));
            *constant &= w->samples[k] == first;
        }
    }
    return power_of_two_scale(largest);
}

/* sum of x[i] y[i], for the few windows that are computed alone */
static double dot(const double *x, const double *y, ptrdiff_t n)
{
    double sums[8] = {0.0};
    ptrdiff_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; k++)
            sums[k] += x[i + k] * y[i + k];
    for (int k = 0; i < n; i++, k++)
        sums[k] += x[i] * y[i];
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

/* Sums over a window of its centred samples, and of their squares, with weights, and of products with a template. */
static void weighted_sums(const work *w, ptrdiff_t window, double centre, double scale, const double *template,
                          double sums[3])
{
    const sk_sliding_pearson *job = w->job;
    memset(sums, 0, 3 * sizeof *sums);
    for (ptrdiff_t j = 0; j < job->m; j += TAPS) {
        const ptrdiff_t count = at_most(TAPS, job->m - j);
        load_counting(w, window, j, count);
        sk_active->center[SK_F64](w->samples, count, scale, centre, w->copy, w->square);
        sums[0] += dot(w->copy, job->weights + j, count);
        sums[1] += dot(w->square, job->weights + j, count);
        sums[2] += dot(w->copy, template + j, count);
    }
}

/* One window by itself, about its own weighted mean. */
static void one_weighted_window(const work *w, ptrdiff_t window)
{
    const sk_sliding_pearson *job = w->job;
    int constant;
    const double scale = scale_of_counting(w, window, &constant);
    double centre = 0.0, sums[3];
    for (int i = 0; i < 2; i++) { /* the second time what rounding has left of the first */
        weighted_sums(w, window, centre, scale, job->templates, sums);
        centre += sums[0] / job->total;
    }
    for (ptrdiff_t t = 0; t < job->k; t++) {
        weighted_sums(w, window, centre, scale, job->templates + t * job->m, sums);
        const double variance = sums[1] - sums[0] * sums[0] / job->total;
        const double r = clamp_coefficient(sums[2] / sqrt(variance));
        put_value(w, t, window, constant || !(variance > 0.0) ? job->fill : r);
    }
}

/* One window by itself: the moments about its own mean. */
static void one_window(const work *w, ptrdiff_t window)
{
    static const double zero = 0.0;
    const sk_sliding_pearson *job = w->job;
    double centre, scale;
    scan(w, window, job->m, &centre, &scale);
    for (ptrdiff_t t = 0; t < job->k; t++) {
        double moments[6] = {0.0};
        for (ptrdiff_t j = 0; j < job->m; j += TAPS) {
            const ptrdiff_t count = at_most(TAPS, job->m - j);
            sk_pair part = {w->samples, job->templates + t * job->m + j, &zero, &zero, {0.0}};
            load(w, window + j, count);
            sk_active->center[SK_F64](w->samples, count, scale, centre, w->copy, w->square);
            sk_active->pair_moments[SK_F64](&part, 1, count);
            add_moments(moments, part.moments);
        }
        const double norm = sqrt(moments[3]) * sqrt(moments[4]);
        put_value(w, t, window, norm > 0.0 ? clamp_coefficient(moments[5] / norm) : job->fill);
    }
}

/* The samples under taps [j, j + count) of windows [a, a + n), and one more where there are more taps; zeros behind. */
static void load_plain(const work *w, ptrdiff_t a, ptrdiff_t n, ptrdiff_t j, ptrdiff_t count, double scale)
{
    const ptrdiff_t samples = n + count - (j + count == w->job->m);
    load(w, a + j, samples);
    if (scale != 1.0)
        for (ptrdiff_t i = 0; i < samples; i++)
            w->samples[i] *= scale;
    memset(w->samples + samples, 0, (size_t)(held(w->job) - samples) * 8);
}

/* The steps between the loaded samples, for taps [j, j + count). Returns how many of these have one. */
static ptrdiff_t make_steps(const work *w, ptrdiff_t n, ptrdiff_t j, ptrdiff_t count)
{
    const ptrdiff_t steps = count - (j + count == w->job->m);
    for (ptrdiff_t i = 0; i < at_least(n, SK_BLOCK / 8) + steps; i++)
        w->steps[i] = w->samples[i + 1] - w->samples[i];
    return steps;
}

/* Joins what parts of `count` samples, from sample j of the windows on, hold to their powers, and to their means less
 * their first samples, which w->inverse holds meanwhile. */
static void join_parts(const work *w, ptrdiff_t n, ptrdiff_t j, ptrdiff_t count)
{
    const double before = (double)j, more = (double)count, share = more / (before + more), weight = before * share;
    if (j == 0) {
        memcpy(w->inverse, w->samples, (size_t)n * 8);
        memset(w->mean, 0, (size_t)n * 8);
        memset(w->power, 0, (size_t)n * 8);
    }
    for (ptrdiff_t i = 0; i < n; i++) {
        const double rise = (w->samples[i] - w->inverse[i]) + w->parts.x[i] / more - w->mean[i];
        w->power[i] += w->parts.xx[i] + rise * rise * weight;
        w->mean[i] += rise * share;
    }
}

/* Squares of windows [a, a + n), about their means, and 1 over the root of them; the other windows are marked and
 * counted. */
static ptrdiff_t direct_norms(const work *w, ptrdiff_t a, ptrdiff_t n, double scale)
{
    const ptrdiff_t m = w->job->m, step = taps_at_once(w->job);
    for (ptrdiff_t j = 0; j < m; j += step) {
        const ptrdiff_t count = at_most(step, m - j);
        load_plain(w, a, n, j, count, scale);
        sk_active->window_moments[SK_F64](w->samples, NULL, count, n, w->parts);
        if (m > step)
            join_parts(w, n, j, count);
    }
    memset(w->product, 0, (size_t)n * 8); /* the sums of samples less their mean */
    return sk_active->inverse_norm[SK_F64](w->product, m > step ? w->power : w->parts.xx, 1.0, 2.0, LEAST_POWER,
                                           w->inverse, w->bad + (a - w->origin), n);
}

/* Products of windows [a, a + n) with a template: of steps with its partial sums. */
static void direct_products(const work *w, ptrdiff_t t, ptrdiff_t a, ptrdiff_t n, double scale)
{
    const ptrdiff_t m = w->job->m, step = taps_at_once(w->job);
    memset(w->product, 0, (size_t)at_least(n, SK_BLOCK / 8) * 8);
    for (ptrdiff_t j = 0; j < m - 1; j += step) {
        const ptrdiff_t count = at_most(step, m - j);
        if (m > step)
            load_plain(w, a, n, j, count, scale);
        const ptrdiff_t steps = m > step || t == 0 ? make_steps(w, n, j, count) : m - 1;
        sk_active->slide[SK_F64](w->steps, w->job->sums + t * m + j, steps, w->product, at_least(n, SK_BLOCK / 8), 1);
    }
}

/* The same with weights: the samples are loaded, and taken less the windows' weighted means. */
static ptrdiff_t weighted_norms(const work *w, ptrdiff_t a, ptrdiff_t n, double scale)
{
    const sk_sliding_pearson *job = w->job;
    const ptrdiff_t m = job->m, step = taps_at_once(job);
    unsigned char *bad = w->bad + (a - w->origin);
    ptrdiff_t wrong = 0;
    memset(w->mean, 0, (size_t)room(job) * 8);
    memset(w->power, 0, (size_t)room(job) * 8);
    for (ptrdiff_t j = 0; j < m; j += step) {
        load_plain(w, a, n, j, at_most(step, m - j), scale);
        sk_active->slide[SK_F64](w->samples, job->weights + j, at_most(step, m - j), w->mean,
                                 at_least(n, SK_BLOCK / 8), 1);
    }
    for (ptrdiff_t i = 0; i < n; i++)
        w->mean[i] /= job->total;
    for (ptrdiff_t j = 0; j < m; j += step) {
        if (m > step)
            load_plain(w, a, n, j, at_most(step, m - j), scale);
        sk_active->squares_about[SK_F64](w->samples, w->mean, job->weights + j, at_most(step, m - j), w->power, n);
    }
    for (ptrdiff_t i = 0; i < n; i++) {
        const double rounding = w->mean[i] * w->mean[i] * (job->total * ROUNDED_POWER);
        bad[i] = !(sk_sound(w->power[i]) & (w->power[i] > rounding));
        w->inverse[i] = 1.0 / sqrt(w->power[i]);
        wrong += bad[i];
    }
    return wrong;
}

static void weighted_products(const work *w, ptrdiff_t t, ptrdiff_t a, ptrdiff_t n, double scale)
{
    const ptrdiff_t m = w->job->m, step = taps_at_once(w->job);
    memset(w->product, 0, (size_t)room(w->job) * 8);
    for (ptrdiff_t j = 0; j < m; j += step) {
        if (m > step)
            load_plain(w, a, n, j, at_most(step, m - j), scale);
        sk_active->products_about[SK_F64](w->samples, w->mean, w->job->templates + t * m + j, at_most(step, m - j),
                                          w->product, n);
    }
}

static ptrdiff_t run_of_bad(const work *w, ptrdiff_t a, ptrdiff_t end, ptrdiff_t gap);

/* Windows [a, a + n), each about its own mean. Runs of those whose squares overflow or vanish are done again at a scale
 * of their own, the last few one by one. */
static void solve_directly(const work *w, ptrdiff_t a, ptrdiff_t n)
{
    const sk_sliding_pearson *job = w->job;
    double centre, scale;
    const int finite = scan(w, a, n + job->m - 1, &centre, &scale);
    if (scale > 1.0 / LARGE_SAMPLE && scale < 1.0 / SMALL_SAMPLE)
        scale = 1.0;
    ptrdiff_t wrong = (job->weights ? weighted_norms : direct_norms)(w, a, n, scale);
    for (ptrdiff_t t = 0; t < job->k && wrong < n; t++) {
        (job->weights ? weighted_products : direct_products)(w, t, a, n, scale);
        sk_active->coefficient[job->dtype](w->product, w->inverse, w->r, n);
        put(w, t, a, w->r, n);
    }
    if (!finite)
        mark(w, a, n, 0);
    if (wrong)
        mark(w, a, n, 1);
    for (ptrdiff_t i = a, end; i < a + n && wrong; i = end) {
        end = i + 1;
        if (!w->bad[i - w->origin])
            continue;
        end = run_of_bad(w, i, a + n, 0);
        if (end - i > ONE_BY_ONE && end - i < n) {
            solve_directly(w, i, end - i);
            continue;
        }
        for (ptrdiff_t k = i; k < end; k++)
            (job->weights ? one_weighted_window : one_window)(w, k);
    }
}

/* Where the run of bad windows ends that begins at a: gaps that are not longer do not end it. */
static ptrdiff_t run_of_bad(const work *w, ptrdiff_t a, ptrdiff_t end, ptrdiff_t gap)
{
    ptrdiff_t behind = a + 1;
    for (ptrdiff_t k = behind; k < end && k <= behind + gap; k++)
        if (w->bad[k - w->origin])
            behind = k + 1;
    return behind;
}

/* Windows [a, a + n): about their mean, then runs of bad ones about theirs, as what spoilt them lies in none of these,
 * then pieces of these; or directly. */
static void solve(const work *w, ptrdiff_t a, ptrdiff_t n, int again)
{
    const sk_sliding_pearson *job = w->job;
    const ptrdiff_t m = job->m, origin = w->origin;
    double centre, scale;
    if (!job->plan || (again && m < RETRIED) || (double)n * (double)m <= POINT_WORK * (double)job->plan->n) {
        solve_directly(w, a, n);
        return;
    }
    const int finite = scan(w, a, n + m - 1, &centre, &scale);
    const ptrdiff_t wrong = evaluate(w, a, n, centre, scale);
    if (!finite)
        mark(w, a, n, 0);
    if (!wrong)
        return;
    if (wrong == n && again && (again > 1 || n <= m)) { /* no progress */
        solve_directly(w, a, n);
        return;
    }
    mark(w, a, n, 1);
    /* Gaps between bad windows that are shorter than any step or spike would leave are done again too. */
    const ptrdiff_t gap = at_most(m / 2, SMALL_PIECE), piece = m < RETRIED || !again ? n : m;
    for (ptrdiff_t i = a; i < a + n;) {
        if (!w->bad[i - origin]) {
            i++;
            continue;
        }
        const ptrdiff_t end = run_of_bad(w, i, a + n, gap);
        for (; i < end; i += piece)
            solve(w, i, at_most(piece, end - i), again + 1);
        i = end;
    }
}

static void tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_sliding_pearson *job = context;
    const int batches = job->x.ndim - 1;
    const ptrdiff_t line = index / job->blocks, first = index % job->blocks * job->tile;
    work w = carve(job, scratch);
    w.line = line_start(&job->x, job->out.shape, batches, line);
    w.out = line_start(&job->out, job->out.shape, batches, line);
    w.origin = first;
    solve(&w, first, at_most(job->tile, job->out.shape[job->out.ndim - 1] - first), 0);
}

int sk_sliding_pearson_run(sk_sliding_pearson *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(tile, job, begin, end, job->scratch, threads, team);
}

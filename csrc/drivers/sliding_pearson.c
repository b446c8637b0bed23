/* Family "lines": the Pearson coefficient of every window of a line with templates.
 *
 * A tile is a run of windows. Its samples, less their mean and scaled by a power of two,
 * give window sums and sums of squares by additions alone, so that nothing outlives its
 * window, and the sliding dot product with the centred template gives the numerator. Where
 * the sum of squares is large beside the variance (a step, a spike or a trend nearby), that
 * cancels: every maximal run of such windows is centred on its own mean and done again in
 * float64, in pieces of about the template's length, and again where that does not do. A
 * bad run never holds what spoilt it: the windows over a step or a spike are good. So one
 * more round is the rule; the few windows that are left are computed one by one.
 *
 * With weights the two sums are sliding dot products with them, of unit norm as the templates are. A window that is
 * centred on a mean which samples of no weight have spoilt ends among those that are computed one by one.
 *
 * Under long templates the numerators of many windows go through the spectrum of their samples, in float64. The error
 * goes with the norm of all these samples: windows of little variance beside that are bad, too. */
#include "lines.h"
#include "moments.h"

#include <string.h>

enum {
    SHORT_RUN = 1024, LONG_RUN = 4096, /* windows in a tile, by the template's length */
    FEWEST_WINDOWS = 256,              /* in a tile: fewer would not repay the scan of their samples */
    LARGEST_TILE_WORK = 1 << 29,       /* multiply-adds in a tile, unless that makes too few windows */
    TAPS = 4096,                       /* of the template at once: bounds the scratch */
    RESTART32 = 64,                    /* float32 sums of so many, added up in float64 */
    SMALL_PIECE = 64,                  /* windows: below the kernel's block nothing is saved */
    ONE_BY_ONE = 8                     /* windows: so few are cheaper alone */
};

/* Sum of squares over variance, above which a window is done again: sqrt(limit) times the
 * numerator's rounding, and limit times that of the sums, must stay below the promise. */
static const double LIMIT32 = 8.0, LIMIT64 = 1e3, LIMIT64_OF_32 = 1e6;
/* The same with weights, whose sums are of many terms one after the other. */
static const double LIMIT64_WEIGHTED = 256.0;
/* Power of all samples over a window's variance, above which a numerator through spectra is done again: its error is
 * a few eps times the root of that. */
static const double SPECTRAL_LIMIT64 = 1e5, SPECTRAL_LIMIT64_OF_32 = 1e15;
/* Multiply-adds in the time of one point of a transform there and back. */
static const double POINT_WORK = 30.0;

typedef struct {
    const sk_sliding_pearson *job;
    const char *line; /* of x */
    char *out;        /* of x's first template */
    ptrdiff_t origin; /* the tile's first window */
    double *samples, *copy, *square, *s1, *s2, *inverse, *product;
    char *spectrum, *transform;
    float *narrow, *product32;
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
    return at_least(job->tile, SK_BLOCK / 4);
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
    const double products = job->plan ? 100.0 : (double)job->m, sums = job->weights ? 2.0 * (double)job->m : 0.0;
    job->tile_work = (double)at_most(job->tile, windows) * (products * (double)job->k + sums + 200.0);
    const ptrdiff_t n = room(job), samples = n + taps_at_once(job);
    job->scratch = 3 * aligned(8 * samples) + 4 * aligned(8 * n) + aligned(4 * samples) + aligned(4 * n)
                   + aligned(8 * n) + aligned(n) + 2 * spectrum_size(job);
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
    const ptrdiff_t n = room(job), samples = n + taps_at_once(job);
    work w = {.job = job};
    double **of_samples[] = {&w.samples, &w.copy, &w.square}, **of_windows[] = {&w.s1, &w.s2, &w.inverse, &w.product};
    for (int i = 0; i < 3; i++, scratch += aligned(8 * samples))
        *of_samples[i] = (double *)scratch;
    for (int i = 0; i < 4; i++, scratch += aligned(8 * n))
        *of_windows[i] = (double *)scratch;
    w.narrow = (float *)scratch;
    w.product32 = (float *)(scratch += aligned(4 * samples));
    w.r = (scratch += aligned(4 * n));
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

/* The centred samples under taps [j, j + count) of windows [a, a + n), zeros behind them up to a block. */
static void load_centred(const work *w, ptrdiff_t a, ptrdiff_t n, ptrdiff_t j, ptrdiff_t count, double centre,
                         double scale, int narrow)
{
    const ptrdiff_t block = SK_BLOCK / 4, samples = n + count - 1, padded = at_least(n, block) + count - 1;
    load(w, a + j, samples);
    sk_active->center[SK_F64](w->samples, samples, scale, centre, w->copy, w->square, narrow ? w->narrow : NULL);
    memset(w->samples + samples, 0, (size_t)(padded - samples) * 8);
    if (w->job->weights)
        memset(w->square + samples, 0, (size_t)(padded - samples) * 8);
    if (narrow)
        memset(w->narrow + samples, 0, (size_t)(padded - samples) * 4);
}

/* Adds to w->product the products of windows [0, n) of the loaded samples with taps [j, j + count). */
static void multiply(const work *w, ptrdiff_t template, ptrdiff_t n, ptrdiff_t j, ptrdiff_t count, int narrow)
{
    const ptrdiff_t offset = template * w->job->m + j;
    if (!narrow) {
        sk_active->slide[SK_F64](w->samples, w->job->templates + offset, count, w->product,
                                 at_least(n, SK_BLOCK / 8), 1);
        return;
    }
    for (ptrdiff_t i = 0; i < count; i += RESTART32) {
        sk_active->slide_short[SK_F32](w->narrow + i, w->job->templates32 + offset + i, at_most(RESTART32, count - i),
                                 w->product32, at_least(n, SK_BLOCK / 4), 0);
        sk_active->widen_add[SK_F32](w->product32, w->product, n);
    }
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

/* Adds to w->s1 and w->s2 what taps [j, j + count) see of windows [0, n) of the loaded samples. */
static void add_sums(const work *w, ptrdiff_t n, ptrdiff_t j, ptrdiff_t count)
{
    if (w->job->weights) {
        const double *weights = w->job->weights + j;
        sk_active->slide[SK_F64](w->samples, weights, count, w->s1, at_least(n, SK_BLOCK / 8), 1);
        sk_active->slide[SK_F64](w->square, weights, count, w->s2, at_least(n, SK_BLOCK / 8), 1);
        return;
    }
    sk_active->window_sum[SK_F64](w->copy, count, w->s1, n);
    sk_active->window_sum[SK_F64](w->square, count, w->s2, n);
}

/* Windows [a, a + n) about one centre. Marks and counts the bad ones. */
static ptrdiff_t evaluate(const work *w, ptrdiff_t a, ptrdiff_t n, double centre, double scale, int narrow, int spectral)
{
    const sk_sliding_pearson *job = w->job;
    const ptrdiff_t m = job->m, step = taps_at_once(job);
    double least = 0.0;
    const double limit64 = job->weights ? LIMIT64_WEIGHTED : LIMIT64;
    const double limit = job->dtype == SK_F64 ? limit64 : narrow ? LIMIT32 : LIMIT64_OF_32;
    memset(w->s1, 0, (size_t)at_least(n, SK_BLOCK / 8) * 8);
    memset(w->s2, 0, (size_t)at_least(n, SK_BLOCK / 8) * 8);
    for (ptrdiff_t j = 0; j < m; j += step) {
        const ptrdiff_t count = at_most(step, m - j);
        load_centred(w, a, n, j, count, centre, scale, narrow);
        if (spectral) {
            double power, peak;
            sk_active->scan[SK_F64](w->square, n + m - 1, &power, &peak);
            least = power * 0x1p32 / (job->dtype == SK_F64 ? SPECTRAL_LIMIT64 : SPECTRAL_LIMIT64_OF_32);
        }
        add_sums(w, n, j, count);
    }
    unsigned char *bad = w->bad + (a - w->origin);
    const ptrdiff_t wrong = sk_active->inverse_norm[SK_F64](w->s1, w->s2, job->total, limit, least, w->inverse, bad, n);
    if (wrong == n)
        return n;
    if (spectral) {
        memset(w->samples + n + m - 1, 0, (size_t)(2 * job->plan->n - (n + m - 1)) * 8);
        sk_active->block_spectrum_real[SK_F64](job->plan, w->samples, 1.0, w->transform, w->spectrum);
    }
    for (ptrdiff_t t = 0; t < job->k; t++) {
        memset(w->product, 0, (size_t)at_least(n, SK_BLOCK / 8) * 8);
        if (spectral)
            multiply_spectra(w, t, n);
        for (ptrdiff_t j = 0; j < m && !spectral; j += step) {
            const ptrdiff_t count = at_most(step, m - j);
            if (m > step)
                load_centred(w, a, n, j, count, centre, scale, narrow);
            multiply(w, t, n, j, count, narrow);
        }
        sk_active->coefficient[job->dtype](w->product, w->inverse, w->r, n);
        put(w, t, a, w->r, n);
    }
    return wrong;
}

/* Sets the windows of [a, a + n) that hold a sample which is not finite to NaN, or those
 * whose samples are all equal to the fill value, and takes them off the bad ones. */
static void mark(const work *w, ptrdiff_t a, ptrdiff_t n, int constant)
{
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
            if (constant && !w->bad[a + window - w->origin])
                continue;
            w->bad[a + window - w->origin] = 0;
            for (ptrdiff_t t = 0; t < w->job->k; t++)
                put_value(w, t, a + window, constant ? w->job->fill : (double)NAN);
        }
    }
}

/* Whether all samples of a window that have any weight are equal. */
static int constant_but_for_weights(const work *w, ptrdiff_t window)
{
    const sk_sliding_pearson *job = w->job;
    double first = NAN;
    for (ptrdiff_t j = 0; j < job->m; j += TAPS) {
        const ptrdiff_t count = at_most(TAPS, job->m - j);
        load(w, window + j, count);
        for (ptrdiff_t k = 0; k < count; k++)
            if (job->weights[j + k] > 0.0) {
                if (isnan(first))
                    first = w->samples[k];
                else if (w->samples[k] != first)
                    return 0;
            }
    }
    return 1;
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
        load(w, window + j, count);
        sk_active->center[SK_F64](w->samples, count, scale, centre, w->copy, w->square, NULL);
        sums[0] += dot(w->copy, job->weights + j, count);
        sums[1] += dot(w->square, job->weights + j, count);
        sums[2] += dot(w->copy, template + j, count);
    }
}

/* One window by itself, about its own weighted mean. */
static void one_weighted_window(const work *w, ptrdiff_t window)
{
    const sk_sliding_pearson *job = w->job;
    const int constant = constant_but_for_weights(w, window);
    double centre, scale, sums[3];
    scan(w, window, job->m, &centre, &scale);
    weighted_sums(w, window, centre, scale, job->templates, sums);
    centre += sums[0] / job->total;
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
            sk_active->center[SK_F64](w->samples, count, scale, centre, w->copy, w->square, NULL);
            sk_active->pair_moments[SK_F64](&part, 1, count);
            add_moments(moments, part.moments);
        }
        const double norm = sqrt(moments[3]) * sqrt(moments[4]);
        put_value(w, t, window, norm > 0.0 ? clamp_coefficient(moments[5] / norm) : job->fill);
    }
}

/* Windows [a, a + n): about their mean, then the bad runs about theirs. */
static void solve(const work *w, ptrdiff_t a, ptrdiff_t n, int again)
{
    if (again && n <= ONE_BY_ONE) {
        for (ptrdiff_t i = 0; i < n; i++)
            (w->job->weights ? one_weighted_window : one_window)(w, a + i);
        return;
    }
    const ptrdiff_t m = w->job->m;
    double centre, scale;
    const int finite = scan(w, a, n + m - 1, &centre, &scale);
    const int spectral = w->job->plan && (double)n * (double)m > POINT_WORK * (double)w->job->plan->n;
    const int narrow = !again && !spectral && w->job->dtype == SK_F32;
    ptrdiff_t wrong = evaluate(w, a, n, centre, scale, narrow, spectral);
    if (!again && !finite)
        mark(w, a, n, 0);
    if (!wrong)
        return;
    if (!again)
        mark(w, a, n, 1);
    /* Gaps between bad windows that are shorter than any step or spike would leave are done again too. */
    const ptrdiff_t gap = at_most(m / 2, SMALL_PIECE), origin = w->origin;
    for (ptrdiff_t i = a; i < a + n;) {
        if (!w->bad[i - origin]) {
            i++;
            continue;
        }
        ptrdiff_t end = i + 1;
        for (ptrdiff_t k = end; k < a + n && k <= end + gap; k++)
            if (w->bad[k - origin])
                end = k + 1;
        ptrdiff_t piece = at_least(m, SMALL_PIECE);
        if (end - i == n) /* no progress: smaller pieces */
            piece = at_most(piece, (n + 1) / 2);
        for (; i < end; i += piece)
            solve(w, i, at_most(piece, end - i), 1);
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

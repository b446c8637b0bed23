/* Family "stencil": Pearson coefficient of templates with every window of images and volumes.
 *
 * A tile is a rectangle of windows of one image. Its samples are centred on their mean; sums and spreads of windows are
 * put together by doubling, which nothing cancels in; numerators are direct sums, or for large templates products of
 * spectra. What is left to go wrong is the rounding of a numerator where the window's own spread is small beside the
 * distance of its samples from the centre: such windows are done again in smaller rectangles about their own mean, and
 * the last few one by one. */
#include "match.h"
#include "moments.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum {
    SMALLEST_PIECE = 16, /* windows a side: smaller ones save nothing at first */
    ONE_BY_ONE = 8,      /* windows: so few are cheaper alone */
    SAMPLED = 31,        /* windows that a median is of */
    MOST_PASSES = 4      /* over a tile, each for the windows of one level and spread */
};
/* What is known of a window; FINAL: its value is stored and stays; HELD: it is left out this time. */
enum { SOUND, BAD, FINAL, HELD };

/* Sum of squares over spread, above which a window is done again: the root of it times the rounding of a numerator
 * must stay below the promise. Masked sums of squares do cancel. */
static const double LIMIT64 = 1e5, LIMIT64_OF_32 = 1e15, LIMIT_MASKED = 1e3, LIMIT_MASKED_OF_32 = 1e7;
/* Power of all samples over a window's spread, above which a numerator through spectra is done again. */
static const double SPECTRAL_LIMIT64 = 1e5, SPECTRAL_LIMIT64_OF_32 = 1e14;
/* The same for their sums of squares under a mask: spread over the norms of all squares and of the weights. */
static const double SQUARES_LIMIT64 = 1e2, SQUARES_LIMIT64_OF_32 = 1e8;
/* The least spread of a sample, scaled, whose square keeps its digits. */
static const double LEAST = 1e-290;
/* Multiply-adds in the time of one point of a transform there and back. */
static const double POINT_WORK = 30.0;

/* ---- coefficients ---- */

static void put(const match_work *w, ptrdiff_t template, ptrdiff_t y, ptrdiff_t x, const void *r, ptrdiff_t n)
{
    const sk_view *out = &w->job->out;
    const ptrdiff_t *stride = out->stride + out->ndim - 4;
    sk_store(r, n, w->job->dtype, w->out + template * stride[0] + y * stride[2] + x * stride[3], stride[3]);
}

static void put_value(const match_work *w, ptrdiff_t template, ptrdiff_t y, ptrdiff_t x, double value)
{
    const float narrow = (float)value;
    put(w, template, y, x, w->job->dtype == SK_F32 ? (const void *)&narrow : (const void *)&value, 1);
}

static unsigned char *state_of(const match_work *w, ptrdiff_t y, ptrdiff_t x)
{
    return w->state + (y - w->top) * w->width + (x - w->left);
}

/* NaN or the fill value for all templates. */
static void put_final(const match_work *w, ptrdiff_t y, ptrdiff_t x, double value)
{
    *state_of(w, y, x) = FINAL;
    for (ptrdiff_t t = 0; t < w->job->k; t++)
        put_value(w, t, y, x, value);
}

/* n coefficients of a row, but for windows that have their value or are left out. */
static void put_row(const match_work *w, ptrdiff_t template, ptrdiff_t y, ptrdiff_t x, ptrdiff_t n)
{
    const unsigned char *state = state_of(w, y, x);
    const int size = sk_itemsize[w->job->dtype];
    for (ptrdiff_t i = 0, end; i < n; i = end + 1) {
        for (end = i; end < n && state[end] < FINAL; end++)
            continue;
        if (end > i)
            put(w, template, y, x + i, w->r + i * size, end - i);
    }
}

static double spectral_limit(const sk_match *job)
{
    return job->dtype == SK_F32 ? SPECTRAL_LIMIT64_OF_32 : SPECTRAL_LIMIT64;
}

/* What the spread of a window must exceed where sums come by spectra. */
static double least_spread(const match_work *w)
{
    const sk_match *job = w->job;
    const double products = w->power_of_all / spectral_limit(job);
    if (!job->masked)
        return products;
    /* weights are at most 1: the root of their sum is no less than their norm */
    const double squares = sqrt(w->power_of_squares) * sqrt(job->samples)
                           / (job->dtype == SK_F32 ? SQUARES_LIMIT64_OF_32 : SQUARES_LIMIT64);
    return products > squares ? products : squares;
}

/* ny by nx windows from (y, x) on about the centres. Marks and counts the bad ones. */
static ptrdiff_t evaluate(match_work *w, ptrdiff_t y, ptrdiff_t ny, ptrdiff_t x, ptrdiff_t nx, int spectral)
{
    const sk_match *job = w->job;
    const int single = job->dtype == SK_F32;
    const double sums = single ? LIMIT_MASKED_OF_32 : LIMIT_MASKED;
    const double limit = job->masked ? sums : single ? LIMIT64_OF_32 : LIMIT64;
    ptrdiff_t wrong = 0, all = 0;
    match_moments(w, y, ny, x, nx, spectral);
    const double own = LEAST * job->samples, others = spectral ? least_spread(w) : 0.0;
    const double least = own > others ? own : others;
    for (ptrdiff_t i = 0; i < ny; i++) {
        double *inverse = w->spread + i * w->line;
        unsigned char *state = state_of(w, y + i, x);
        memcpy(inverse, w->product + i * w->line, (size_t)nx * 8);
        const ptrdiff_t unsound = sk_active->sound_inverse[SK_F64](w->power + i * w->line, inverse, limit, least, nx);
        if (!unsound && !memchr(state, FINAL, (size_t)nx) && !memchr(state, HELD, (size_t)nx)) {
            memset(state, SOUND, (size_t)nx);
            all += nx;
            continue;
        }
        for (ptrdiff_t k = 0; k < nx; k++)
            if (state[k] < FINAL) {
                state[k] = inverse[k] == 0.0 ? BAD : SOUND;
                wrong += state[k] == BAD;
                all++;
            }
    }
    if (wrong == all)
        return wrong;
    if (spectral && job->part_count == 1)
        match_transform(w, w->rows, w->spectrum);
    for (ptrdiff_t t = 0; t < job->k; t++) {
        match_clear(w, w->product, ny);
        for (ptrdiff_t p = 0; p < job->part_count; p++) {
            const sk_match_part *part = &job->parts[p];
            if (job->part_count > 1) {
                match_load(w, part, y, ny, x, nx, spectral);
                if (spectral)
                    match_transform(w, w->rows, w->spectrum);
            }
            if (spectral)
                match_multiply_spectra(w, t, p, ny, nx, w->product);
            else
                match_multiply(w, w->rows, t, part, ny, nx, w->product);
        }
        for (ptrdiff_t i = 0; i < ny; i++) {
            sk_active->coefficient[job->dtype](w->product + i * w->line, w->spread + i * w->line, w->r, nx);
            put_row(w, t, y + i, x, nx);
        }
    }
    return wrong;
}

/* The scale and the centres of the samples that count in one window: these are the first of them in each channel. */
static void centre_window(match_work *w, ptrdiff_t y, ptrdiff_t x)
{
    const sk_match *job = w->job;
    const double *weights = job->masked ? job->templates + job->k * job->taps : NULL;
    double largest = 0.0;
    for (ptrdiff_t p = 0, begun = 0; p < job->part_count; p++) {
        const sk_match_part *part = &job->parts[p];
        begun = p && part[-1].channel == part->channel ? begun : 0;
        for (ptrdiff_t i = 0; i < part->height; i++) {
            match_load_row(w, part, y + i, x, part->width, w->samples);
            for (ptrdiff_t j = 0; j < part->width; j++) {
                if (weights && weights[part->taps + j * part->height + i] == 0.0)
                    continue;
                if (!begun)
                    w->centres[part->channel] = w->samples[j];
                begun = 1;
                const double apart = fabs(w->samples[j] - w->centres[part->channel]);
                largest = apart > largest ? apart : largest;
            }
        }
    }
    w->scale = power_of_two_scale(largest);
    w->clip = INFINITY;
    for (ptrdiff_t c = 0; c < job->channels; c++)
        w->centres[c] *= w->scale;
}

/* One window by itself: two passes. */
static void one_window(match_work *w, ptrdiff_t y, ptrdiff_t x)
{
    const sk_match *job = w->job;
    const double *weights = job->masked ? job->templates + job->k * job->taps : NULL;
    centre_window(w, y, x);
    for (ptrdiff_t t = 0; t < job->k; t++) {
        double variance = 0.0, product = 0.0;
        int level = 1; /* all samples of each channel are equal */
        for (ptrdiff_t p = 0, end; p < job->part_count; p = end) {
            double mean = 0.0, rest = 0.0, spread = 0.0, first = 0.0;
            int begun = 0;
            for (int pass = 0; pass < 2; pass++) {
                for (end = p; end < job->part_count && job->parts[end].channel == job->parts[p].channel; end++) {
                    const sk_match_part *part = &job->parts[end];
                    const double *taps = job->templates + t * job->taps + part->taps;
                    match_load(w, part, y, 1, x, 1, 0);
                    for (ptrdiff_t i = 0; i < part->height; i++) {
                        double row_rest = 0.0, row_spread = 0.0, row_product = 0.0;
                        for (ptrdiff_t j = 0; j < part->width; j++) {
                            const ptrdiff_t tap = j * part->height + i;
                            const double d = w->rows[i][j] - mean, u = weights ? weights[part->taps + tap] : 1.0;
                            if (u == 0.0)
                                continue;
                            first = begun++ ? first : d;
                            level &= pass > 0 || d == first;
                            row_rest += u * d;
                            row_spread += u * d * d;
                            row_product += taps[tap] * d;
                        }
                        rest += row_rest;
                        spread += row_spread;
                        product += pass ? row_product : 0.0;
                    }
                }
                if (!pass) {
                    mean = rest / job->samples;
                    rest = spread = 0.0;
                }
            }
            variance += spread - rest * rest / job->samples;
        }
        *state_of(w, y, x) = SOUND;
        put_value(w, t, y, x, level || !(variance > 0.0) ? job->fill : clamp_coefficient(product / sqrt(variance)));
    }
}

/* ---- what is not finite, and what is constant ---- */

/* extreme[..] of each window of a part: the largest, or the least, sample; w->rows hold them. */
static void extreme_of(const match_work *w, const sk_match_part *part, int largest, double *extreme, int first)
{
    const ptrdiff_t line = w->samples_line, columns = at_least(w->width + part->width - 1, SK_CACHE_LINE / 8);
    sk_window_down_fn *down = largest ? sk_active->largest_down[SK_F64] : sk_active->least_down[SK_F64];
    sk_window_across_fn *across = largest ? sk_active->largest_across[SK_F64] : sk_active->least_across[SK_F64];
    down((const void *const *)w->rows, part->height, w->height, w->down_sum, line * 8, columns, w->scratch);
    for (ptrdiff_t i = 0; i < w->height; i++) {
        double *row = w->down_sum + i * line, *to = extreme + i * w->line, *from = first ? to : w->scratch;
        across(row, part->width, w->width, from);
        for (ptrdiff_t k = 0; !first && k < w->width; k++)
            to[k] = largest ? (from[k] > to[k] ? from[k] : to[k]) : from[k] < to[k] ? from[k] : to[k];
    }
}

/* Makes w->sum more than 1/2 where a window of the tile holds a sample further than `clip` from the centre, or one that
 * is no number. */
static void find_far(const match_work *w, double clip)
{
    const sk_match *job = w->job;
    if (job->masked)
        match_clear(w, w->sum, w->height);
    for (ptrdiff_t p = 0; p < job->part_count; p++) {
        const sk_match_part *part = &job->parts[p];
        const ptrdiff_t height = w->height + part->height - 1, width = w->width + part->width - 1;
        const ptrdiff_t all = divide_up(w->height, SK_IMAGE_ROWS) * SK_IMAGE_ROWS + part->height - 1;
        for (ptrdiff_t i = 0; i < at_least(all, job->across ? job->down->n : 0); i++) {
            double *row = w->samples + i * w->samples_line;
            memset(row, 0, (size_t)w->samples_line * 8);
            w->rows[i] = row;
            if (i >= height)
                continue;
            match_load_row(w, part, w->top + i, w->left, width, row);
            for (ptrdiff_t k = 0; k < width; k++)
                row[k] = fabs(row[k] * w->scale - w->centres[part->channel]) <= clip ? 0.0 : 1.0;
        }
        /* samples of no weight are none; sums of ones are counts, which spectra err in by far less than 1/2 */
        if (job->masked && job->across) {
            match_transform(w, w->rows, w->spectrum);
            match_multiply_spectra(w, job->k + 1, p, w->height, w->width, w->sum);
        } else if (job->masked) {
            match_multiply(w, w->rows, job->k + 1, part, w->height, w->width, w->sum);
        } else {
            extreme_of(w, part, 1, w->sum, p == 0);
        }
    }
}

/* Windows of the tile that hold a sample which is not finite become NaN. */
static void mark_not_finite(const match_work *w)
{
    find_far(w, DBL_MAX);
    for (ptrdiff_t i = 0; i < w->height; i++)
        for (ptrdiff_t k = 0; k < w->width; k++)
            if (w->sum[i * w->line + k] > 0.5)
                put_final(w, w->top + i, w->left + k, (double)NAN);
}

/* Bad windows of the tile whose samples are all equal in each channel take the fill value; returns how many. */
static ptrdiff_t mark_constant(const match_work *w)
{
    const sk_match *job = w->job;
    ptrdiff_t count = 0;
    for (ptrdiff_t p = 0; p < job->part_count; p++) {
        const sk_match_part *part = &job->parts[p];
        const int first = p == 0 || part[-1].channel != part->channel;
        const int last = p == job->part_count - 1 || part[1].channel != part->channel;
        for (ptrdiff_t i = 0; i < w->height + part->height - 1; i++) {
            double *row = w->samples + i * w->samples_line;
            memset(row, 0, (size_t)w->samples_line * 8);
            match_load_row(w, part, w->top + i, w->left, w->width + part->width - 1, row);
            w->rows[i] = row;
        }
        extreme_of(w, part, 0, w->product, first);
        extreme_of(w, part, 1, w->spread, first);
        for (ptrdiff_t i = 0; last && i < w->height; i++)
            for (ptrdiff_t k = 0; k < w->width; k++) {
                double *differs = w->down_spread + i * w->line + k;
                *differs = (part->channel ? *differs : 0.0)
                           + (w->product[i * w->line + k] == w->spread[i * w->line + k] ? 0.0 : 1.0);
                unsigned char *state = state_of(w, w->top + i, w->left + k);
                if (p == job->part_count - 1 && *differs == 0.0 && *state == BAD) {
                    put_final(w, w->top + i, w->left + k, job->fill);
                    count++;
                }
            }
    }
    return count;
}

/* Bad windows whose samples all lie at the centres, as those of a background do, take the fill value; returns how many.
 * */
static ptrdiff_t mark_level(const match_work *w)
{
    ptrdiff_t count = 0;
    find_far(w, 0.0);
    for (ptrdiff_t i = 0; i < w->height; i++)
        for (ptrdiff_t k = 0; k < w->width; k++)
            if (*state_of(w, w->top + i, w->left + k) == BAD && w->sum[i * w->line + k] < 0.5) {
                put_final(w, w->top + i, w->left + k, w->job->fill);
                count++;
            }
    return count;
}

/* ---- a tile ---- */

static void again(match_work *w, ptrdiff_t y, ptrdiff_t ny, ptrdiff_t x, ptrdiff_t nx, ptrdiff_t height,
                  ptrdiff_t width);

/* ny by nx windows from (y, x) on about their own mean. */
static void solve_piece(match_work *w, ptrdiff_t y, ptrdiff_t ny, ptrdiff_t x, ptrdiff_t nx)
{
    const sk_match *job = w->job;
    int constant;
    match_scan(w, y, ny, x, nx, &constant);
    if (constant) {
        for (ptrdiff_t i = 0; i < ny; i++)
            for (ptrdiff_t k = 0; k < nx; k++)
                if (*state_of(w, y + i, x + k) != FINAL)
                    put_final(w, y + i, x + k, job->fill);
        return;
    }
    const int spectral = job->across && (double)(ny * nx) * (double)job->taps
                                            > POINT_WORK * match_points(job) * (double)job->part_count;
    if (evaluate(w, y, ny, x, nx, spectral))
        again(w, y, ny, x, nx, divide_up(ny, 2), divide_up(nx, 2));
}

/* Does the bad windows of a rectangle again, in pieces of at most height by width. */
static void again(match_work *w, ptrdiff_t y, ptrdiff_t ny, ptrdiff_t x, ptrdiff_t nx, ptrdiff_t height,
                  ptrdiff_t width)
{
    for (ptrdiff_t a = y; a < y + ny; a += height)
        for (ptrdiff_t b = x; b < x + nx; b += width) {
            const ptrdiff_t below = at_most(a + height, y + ny), behind = at_most(b + width, x + nx);
            ptrdiff_t top = below, bottom = a, left = behind, right = b; /* of the bad ones */
            for (ptrdiff_t i = a; i < below; i++)
                for (ptrdiff_t k = b; k < behind; k++)
                    if (*state_of(w, i, k) == BAD) {
                        top = at_most(top, i);
                        bottom = i + 1;
                        left = at_most(left, k);
                        right = at_least(right, k + 1);
                    }
            if (bottom <= top)
                continue;
            if ((bottom - top) * (right - left) > ONE_BY_ONE) {
                solve_piece(w, top, bottom - top, left, right - left);
                continue;
            }
            for (ptrdiff_t i = top; i < bottom; i++)
                for (ptrdiff_t k = left; k < right; k++)
                    if (*state_of(w, i, k) == BAD)
                        one_window(w, i, k);
        }
}

/* The mean of a window of one channel, and its spread, both scaled. */
static void window_moments(const match_work *w, ptrdiff_t y, ptrdiff_t x, double *mean, double *spread)
{
    const sk_match *job = w->job;
    *mean = *spread = 0.0;
    for (int again = 0; again < 2; again++) {
        double sum = 0.0;
        for (ptrdiff_t p = 0; p < job->part_count; p++)
            for (ptrdiff_t i = 0; i < job->parts[p].height; i++) {
                match_load_row(w, &job->parts[p], y + i, x, job->parts[p].width, w->samples);
                for (ptrdiff_t k = 0; k < job->parts[p].width; k++) {
                    const double d = w->samples[k] * w->scale - *mean;
                    sum += again ? d * d : d;
                }
            }
        *(again ? spread : mean) = again ? sum : sum / job->samples;
    }
}

/* One more pass over a tile for bad windows: about the level of most of them, with samples far from it left out, and
 * with these the windows that hold them. Returns how many it has done. */
static ptrdiff_t pass(match_work *w)
{
    const sk_match *job = w->job;
    double means[SAMPLED + 1], spreads[SAMPLED + 1];
    ptrdiff_t bad = 0, count = 0;
    for (ptrdiff_t i = 0; i < w->height * w->width; i++)
        bad += w->state[i] == BAD;
    for (ptrdiff_t i = 0, next = 0; i < w->height * w->width; i++)
        if (w->state[i] == BAD && next-- == 0) {
            window_moments(w, w->top + i / w->width, w->left + i % w->width, &means[count], &spreads[count]);
            count++;
            next = bad / SAMPLED;
        }
    w->centres[0] = match_median(means, count);
    /* so far away that the block's power stays below the limit, were half of its samples as far */
    w->clip = sqrt(2.0 * spectral_limit(job) * match_median(spreads, count) / match_points(job));
    find_far(w, w->clip);
    for (ptrdiff_t i = 0; i < w->height * w->width; i++) {
        if (w->state[i] == SOUND)
            w->state[i] = FINAL;
        else if (w->state[i] == BAD && w->sum[i / w->width * w->line + i % w->width] > 0.5)
            w->state[i] = HELD;
    }
    evaluate(w, w->top, w->height, w->left, w->width, 1);
    for (ptrdiff_t i = 0; i < w->height * w->width; i++) {
        bad -= w->state[i] == BAD || w->state[i] == HELD;
        if (w->state[i] == HELD)
            w->state[i] = BAD;
    }
    return bad;
}

static void match_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_match *job = context;
    const int nd = job->out.ndim, batches = nd - 4;
    const ptrdiff_t height = job->out.shape[nd - 2], width = job->out.shape[nd - 1];
    match_work w;
    match_begin(&w, job, scratch);
    w.left = index % job->column_blocks * job->columns;
    index /= job->column_blocks;
    w.top = index % job->row_blocks * job->rows;
    index /= job->row_blocks;
    const ptrdiff_t plane = index % job->out.shape[nd - 3], image = index / job->out.shape[nd - 3];
    w.image = line_start(&job->x, job->out.shape, batches, image) + plane * job->x.stride[job->x.ndim - 3];
    w.out = line_start(&job->out, job->out.shape, batches, image) + plane * job->out.stride[nd - 3];
    w.height = at_most(job->rows, height - w.top);
    w.width = at_most(job->columns, width - w.left);
    memset(w.state, SOUND, (size_t)(w.height * w.width));
    int constant;
    if (!match_scan(&w, w.top, w.height, w.left, w.width, &constant))
        mark_not_finite(&w);
    ptrdiff_t wrong = evaluate(&w, w.top, w.height, w.left, w.width, job->across != NULL);
    if (!wrong)
        return;
    wrong -= mark_constant(&w);
    if (job->masked && wrong)
        wrong -= mark_level(&w);
    const int usable = job->across && !job->masked && job->channels == 1;
    for (int i = 0; i < MOST_PASSES && usable && wrong; i++) {
        const ptrdiff_t better = pass(&w);
        wrong -= better;
        if (3 * better < wrong) /* pieces are cheaper */
            break;
    }
    again(&w, w.top, w.height, w.left, w.width, at_least(job->m[1], SMALLEST_PIECE),
          at_least(job->m[2], SMALLEST_PIECE));
}

int sk_match_run(sk_match *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(match_tile, job, begin, end, job->scratch, threads, team);
}

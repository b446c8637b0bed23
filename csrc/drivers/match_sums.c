/* Matching templates: samples and sums over windows. */
#include "match.h"
#include "moments.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLED = 255 }; /* samples that a median is of */

/* The first sample of a part of the windows from (y, x) on. */
static const char *sample(const match_work *w, const sk_match_part *part, ptrdiff_t y, ptrdiff_t x)
{
    const sk_view *v = &w->job->x;
    const ptrdiff_t *stride = v->stride + v->ndim - 4;
    return w->image + part->channel * stride[0] + part->plane * stride[1] + (part->y + y) * stride[2]
           + (part->x + x) * stride[3];
}

void match_load_row(const match_work *w, const sk_match_part *part, ptrdiff_t y, ptrdiff_t x, ptrdiff_t n, double *row)
{
    const sk_view *v = &w->job->x;
    sk_load(sample(w, part, y, x), v->stride[v->ndim - 1], n, v->dtype, v->swapped, SK_F64, row);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double match_median(double *values, ptrdiff_t count)
{
    qsort(values, (size_t)count, sizeof *values, ascending);
    return count ? values[count / 2] : 0.0;
}

int match_scan(match_work *w, ptrdiff_t y, ptrdiff_t ny, ptrdiff_t x, ptrdiff_t nx, int *constant)
{
    const sk_match *job = w->job;
    const ptrdiff_t height = ny + job->m[1] - 1, width = nx + job->m[2] - 1, most = w->samples_line;
    const ptrdiff_t apart = job->m[0] * height * width / SAMPLED | 1;
    double largest = 0.0, sampled[SAMPLED + 1];
    int finite = 1;
    *constant = 1;
    for (ptrdiff_t c = 0; c < job->channels; c++) {
        double first = 0.0;
        ptrdiff_t next = 0, count = 0; /* of the samples that the median is of */
        for (ptrdiff_t i = 0; i < job->m[0] * height; i++)
            for (ptrdiff_t j = 0; j < width; j += most) {
                const sk_match_part row = {.channel = c, .plane = i / height};
                const ptrdiff_t n = at_most(most, width - j);
                double sum, peak;
                match_load_row(w, &row, y + i % height, x + j, n, w->samples);
                if (i == 0 && j == 0)
                    first = w->samples[0];
                for (ptrdiff_t k = 0; *constant && k < n; k++)
                    *constant = w->samples[k] == first;
                for (; next < n && count <= SAMPLED; next += apart)
                    if (isfinite(w->samples[next]))
                        sampled[count++] = w->samples[next];
                next -= n;
                finite &= sk_active->scan[SK_F64](w->samples, n, &sum, &peak);
                largest = peak > largest ? peak : largest;
            }
        w->centres[c] = match_median(sampled, count);
    }
    w->scale = power_of_two_scale(largest);
    for (ptrdiff_t c = 0; c < job->channels; c++)
        w->centres[c] *= w->scale;
    w->clip = INFINITY;
    return finite;
}

void match_load(match_work *w, const sk_match_part *part, ptrdiff_t y, ptrdiff_t ny, ptrdiff_t x, ptrdiff_t nx,
                int spectral)
{
    const sk_match *job = w->job;
    const ptrdiff_t height = ny + part->height - 1, width = nx + part->width - 1, line = w->samples_line;
    const ptrdiff_t all = at_least(divide_up(ny, SK_IMAGE_ROWS) * SK_IMAGE_ROWS + part->height - 1,
                                   spectral ? job->down->n : 0);
    double *none = w->samples + match_sample_rows(job) * line;
    memset(none, 0, (size_t)line * 8);
    for (ptrdiff_t i = 0; i < all; i++) {
        double *row = w->samples + i * line, *square = job->masked ? w->squares + i * line : NULL;
        w->rows[i] = none;
        w->square_rows[i] = none;
        if (i >= height)
            continue;
        match_load_row(w, part, y + i, x, width, row);
        w->power_of_all += sk_active->shift[SK_F64](row, width, w->scale, w->centres[part->channel], w->clip, square);
        memset(row + width, 0, (size_t)(line - width) * 8);
        w->rows[i] = row;
        if (square) {
            for (ptrdiff_t k = 0; k < width; k++)
                w->power_of_squares += square[k] * square[k];
            memset(square + width, 0, (size_t)(line - width) * 8);
            w->square_rows[i] = square;
        }
    }
}

void match_multiply(const match_work *w, const double *const *rows, ptrdiff_t template, const sk_match_part *part,
                     ptrdiff_t ny, ptrdiff_t nx, double *into)
{
    const double *taps = w->job->templates + template * w->job->taps + part->taps;
    const char *ahead[SK_IMAGE_ROWS];
    for (int k = 0; k < SK_IMAGE_ROWS; k++)
        ahead[k] = (const char *)rows[0];
    for (ptrdiff_t i = 0; i < ny; i += SK_IMAGE_ROWS) {
        const sk_image_sums sums = {.rows = (const void *const *)(rows + i), .h = taps, .m = part->height,
                                    .width = part->width, .out = into + i * w->line, .stride = w->line * 8,
                                    .columns = at_least(nx, SK_CACHE_LINE / 8), .add = 1, .ahead = ahead};
        sk_active->image_sums[SK_F64](&sums);
    }
}

void match_transform(const match_work *w, const double *const *rows, char *spectrum)
{
    sk_active->rows_spectrum_real[SK_F64](w->job->across, w->job->down, (const void *const *)rows, 1.0, w->transform,
                                          spectrum);
}

void match_multiply_spectra(const match_work *w, ptrdiff_t template, ptrdiff_t part, ptrdiff_t ny, ptrdiff_t nx,
                            double *into)
{
    const sk_match *job = w->job;
    const sk_match_part *p = &job->parts[part];
    const double scale[2] = {1.0 / ((double)job->across->n * (double)job->down->n), 1.0};
    for (ptrdiff_t i = 0; i < ny; i++)
        w->outs[i] = w->down_sum + i * w->samples_line;
    sk_active->rows_product_real[SK_F64](job->across, job->down, w->spectrum, match_spectrum(job, template, part),
                                         scale, w->transform, w->spectrum2, (void *const *)w->outs, p->height - 1, ny,
                                         p->width - 1, p->width - 1 + nx);
    for (ptrdiff_t i = 0; i < ny; i++)
        sk_active->widen_add[SK_F64](w->outs[i], into + i * w->line, nx);
}

void match_clear(const match_work *w, double *windows, ptrdiff_t ny)
{
    memset(windows, 0, (size_t)(divide_up(ny, SK_IMAGE_ROWS) * SK_IMAGE_ROWS * w->line) * 8);
}

/* Sum and spread of the loaded part's windows, added to those of `have` samples. */
static void add_part(const match_work *w, const sk_match_part *part, ptrdiff_t ny, ptrdiff_t nx, double have)
{
    const ptrdiff_t line = w->samples_line, columns = nx + part->width - 1;
    double *sum = w->scratch, *spread = sum + line;
    sk_active->moments_down[SK_F64](w->rows, part->height, ny, w->down_sum, w->down_spread, line,
                                    divide_up(columns, 16) * 16, spread + line);
    for (ptrdiff_t i = 0; i < ny; i++) {
        double *to = w->sum + i * w->line, *to_spread = w->spread + i * w->line;
        sk_active->moments_across[SK_F64](w->down_sum + i * line, w->down_spread + i * line, (double)part->height,
                                          part->width, have > 0.0 ? sum : to, have > 0.0 ? spread : to_spread, nx);
        if (have > 0.0)
            sk_active->add_moments[SK_F64](to, to_spread, have, sum, spread, (double)(part->height * part->width), nx);
    }
}

/* Sums of samples and of squares under the mask. */
static void add_masked_part(const match_work *w, ptrdiff_t part, ptrdiff_t ny, ptrdiff_t nx, int spectral)
{
    const sk_match_part *p = &w->job->parts[part];
    const ptrdiff_t mask = w->job->k; /* its weights stand behind the templates */
    if (!spectral) {
        match_multiply(w, w->rows, mask, p, ny, nx, w->sum);
        match_multiply(w, w->square_rows, mask, p, ny, nx, w->spread);
        return;
    }
    match_transform(w, w->rows, w->spectrum);
    match_multiply_spectra(w, mask, part, ny, nx, w->sum);
    match_transform(w, w->square_rows, w->spectrum);
    match_multiply_spectra(w, mask, part, ny, nx, w->spread);
}

void match_moments(match_work *w, ptrdiff_t y, ptrdiff_t ny, ptrdiff_t x, ptrdiff_t nx, int spectral)
{
    const sk_match *job = w->job;
    double have = 0.0; /* samples of windows, of the channel at hand */
    w->power_of_all = w->power_of_squares = 0.0;
    for (ptrdiff_t p = 0; p < job->part_count; p++) {
        const sk_match_part *part = &job->parts[p];
        match_load(w, part, y, ny, x, nx, spectral);
        if (job->masked && have == 0.0) {
            match_clear(w, w->sum, ny);
            match_clear(w, w->spread, ny);
        }
        if (job->masked)
            add_masked_part(w, p, ny, nx, spectral);
        else
            add_part(w, part, ny, nx, have);
        have += (double)(part->height * part->width);
        if (p == job->part_count - 1 || part[1].channel != part->channel) {
            for (ptrdiff_t i = 0; i < ny; i++)
                sk_active->add_power[SK_F64](w->sum + i * w->line, w->spread + i * w->line, job->samples, job->masked,
                                             w->power + i * w->line, w->product + i * w->line, nx, part->channel > 0);
            have = 0.0;
        }
    }
}

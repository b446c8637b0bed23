/* Matching templates: the plan of a job, a thread's scratch, the spectra of templates. */
#include "match.h"

#include <math.h>
#include <string.h>

enum { TILE_ROWS = 64, TILE_COLUMNS = 128 }; /* windows in a tile of direct sums */
static const double LARGEST_TILE = 6e8;       /* multiply-adds in one: some tens of milliseconds */

static ptrdiff_t odd_line(ptrdiff_t elements)
{
    return (divide_up(elements * 8, SK_CACHE_LINE) | 1) * (SK_CACHE_LINE / 8);
}

double match_points(const sk_match *job)
{
    return job->across ? 2.0 * (double)job->across->n * (double)job->down->n : 0.0;
}

size_t match_spectrum_size(const sk_match *job)
{
    if (!job->across)
        return 0;
    const ptrdiff_t vectors = job->across->n * 8 / sk_active->vector_bytes;
    return aligned(job->down->n * (vectors + 1) * 2 * sk_active->vector_bytes);
}

static size_t transform_size(const sk_match *job)
{
    return job->across ? aligned(at_least(2 * job->across->n * 8, job->down->n * 2 * sk_active->vector_bytes)) : 0;
}

ptrdiff_t match_sample_rows(const sk_match *job)
{
    return at_least(job->rows + SK_IMAGE_ROWS + job->part_height, job->down ? job->down->n : 0);
}

static ptrdiff_t sample_columns(const sk_match *job)
{
    return odd_line(at_least(job->columns + 32 + job->part_width, job->across ? 2 * job->across->n : 0));
}

static ptrdiff_t window_line(const sk_match *job)
{
    return odd_line(job->columns + 32);
}

/* Scratch that is laid out; base is NULL where only its size is asked for. */
typedef struct {
    char *base;
    size_t used;
} layout;

static char *take(layout *scratch, size_t bytes)
{
    char *p = scratch->base ? scratch->base + scratch->used : NULL;
    scratch->used += aligned((ptrdiff_t)bytes);
    return p;
}

/* Returns the bytes that it takes. */
static size_t carve(match_work *w, const sk_match *job, char *base)
{
    layout scratch = {base, 0};
    const ptrdiff_t rows = job->rows + SK_IMAGE_ROWS, held = match_sample_rows(job);
    w->job = job;
    w->line = window_line(job);
    w->samples_line = sample_columns(job);
    const size_t windows = (size_t)(rows * w->line) * 8, samples = (size_t)((held + 1) * w->samples_line) * 8;
    double **of_windows[] = {&w->sum, &w->spread, &w->power, &w->product};
    for (int i = 0; i < 4; i++)
        *of_windows[i] = (double *)take(&scratch, windows);
    w->down_sum = (double *)take(&scratch, (size_t)(rows * w->samples_line) * 8);
    w->down_spread = (double *)take(&scratch, (size_t)(rows * w->samples_line) * 8);
    w->samples = (double *)take(&scratch, samples);
    w->squares = job->masked ? (double *)take(&scratch, samples) : NULL;
    w->scratch = (double *)take(&scratch, (size_t)(4 * held + 4) * 2 * SK_CACHE_LINE + 2 * (size_t)w->samples_line * 8);
    w->r = take(&scratch, (size_t)w->line * 8);
    w->spectrum = take(&scratch, match_spectrum_size(job));
    w->spectrum2 = take(&scratch, match_spectrum_size(job));
    w->transform = take(&scratch, transform_size(job));
    w->rows = (const double **)take(&scratch, (size_t)held * sizeof(void *));
    w->square_rows = (const double **)take(&scratch, (size_t)held * sizeof(void *));
    w->outs = (double **)take(&scratch, (size_t)held * sizeof(void *));
    w->state = (unsigned char *)take(&scratch, (size_t)(job->rows * job->columns));
    w->centres = (double *)take(&scratch, (size_t)job->channels * 8);
    return scratch.used;
}

void sk_match_plan(sk_match *job)
{
    const int nd = job->out.ndim;
    const ptrdiff_t height = job->out.shape[nd - 2], width = job->out.shape[nd - 1];
    job->part_height = job->part_width = 0;
    for (ptrdiff_t p = 0; p < job->part_count; p++) {
        job->part_height = at_least(job->part_height, job->parts[p].height);
        job->part_width = at_least(job->part_width, job->parts[p].width);
    }
    job->rows = job->across ? job->down->n - job->part_height + 1 : TILE_ROWS;
    job->columns = job->across ? 2 * job->across->n - job->part_width + 1 : TILE_COLUMNS;
    job->rows = at_most(job->rows, height);
    job->columns = at_most(job->columns, width);
    while (!job->across && job->rows > SK_IMAGE_ROWS
           && (double)(job->rows * job->columns) * (double)job->taps * (double)job->k > LARGEST_TILE)
        job->rows = at_least(job->rows / 2, SK_IMAGE_ROWS);
    job->row_blocks = divide_up(height, job->rows);
    job->column_blocks = divide_up(width, job->columns);
    job->tiles = job->row_blocks * job->column_blocks * job->out.shape[nd - 3];
    for (int axis = 0; axis < nd - 4; axis++)
        job->tiles *= job->out.shape[axis];
    const double windows = (double)job->rows * (double)job->columns;
    const double direct = windows * (double)job->taps;
    const double points = match_points(job);
    const double spectral = points * (5.0 * log2(points + 1.0) + 6.0) * (double)job->part_count;
    job->tile_work = (job->across ? spectral : direct) * (double)(job->k + 2 * job->masked)
                     + windows * 60.0 * (double)job->part_count;
    match_work w;
    job->scratch = carve(&w, job, NULL);
}

void match_begin(match_work *w, const sk_match *job, char *scratch)
{
    carve(w, job, scratch);
}

/* ---- templates ---- */

const char *match_spectrum(const sk_match *job, ptrdiff_t template, ptrdiff_t part)
{
    return job->spectra + (size_t)(template * job->part_count + part) * match_spectrum_size(job);
}

static void template_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_match *job = context;
    const sk_match_part *part = &job->parts[index % job->part_count];
    const double *taps = job->templates + index / job->part_count * job->taps + part->taps;
    const ptrdiff_t rows = job->down->n, columns = 2 * job->across->n;
    double *block = (double *)scratch;
    const void **at = (const void **)(block + rows * columns);
    char *transform = (char *)at + aligned(rows * (ptrdiff_t)sizeof(void *));
    memset(block, 0, (size_t)(rows * columns) * 8);
    for (ptrdiff_t i = 0; i < rows; i++)
        at[i] = block + i * columns;
    for (ptrdiff_t i = 0; i < part->height; i++) /* a correlation is the convolution with the reversed template */
        for (ptrdiff_t j = 0; j < part->width; j++)
            block[i * columns + j] = taps[(part->width - 1 - j) * part->height + part->height - 1 - i];
    char *spectrum = job->spectra + (size_t)index * match_spectrum_size(job);
    sk_active->rows_spectrum_real[SK_F64](job->across, job->down, at, 1.0, transform, spectrum);
}

int sk_match_begin(sk_match *job, int threads)
{
    int team;
    job->spectra = NULL;
    if (!job->across)
        return 0;
    const ptrdiff_t spectra = (job->k + 2 * job->masked) * job->part_count, rows = job->down->n;
    job->spectra = sk_alloc((size_t)spectra * match_spectrum_size(job));
    if (!job->spectra)
        return -1;
    const size_t scratch = (size_t)(rows * 2 * job->across->n) * 8 + aligned(rows * (ptrdiff_t)sizeof(void *))
                           + transform_size(job);
    return sk_run_tiles(template_tile, job, 0, spectra, scratch, threads, &team);
}

void sk_match_end(sk_match *job)
{
    sk_free(job->spectra);
}

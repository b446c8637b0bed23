/* What the parts of template matching share: the work on a tile of windows. */
#ifndef SK_MATCH_H
#define SK_MATCH_H

#include "lines.h"

/* A tile: its windows, and the buffers of a thread. Samples are float64, less a centre, times a power of two. */
typedef struct {
    const sk_match *job;
    const char *image; /* of x, at the first plane of the windows */
    char *out;         /* of the first template */
    ptrdiff_t top, left, height, width; /* of the tile */
    ptrdiff_t line, samples_line;       /* doubles between rows of windows, of samples */
    double *samples, *squares, *down_sum, *down_spread, *sum, *spread, *power, *product, *scratch;
    char *spectrum, *spectrum2, *transform, *r;
    const double **rows, **square_rows;
    double **outs;
    unsigned char *state;
    double *centres; /* of each channel, scaled */
    double scale;
    double clip;         /* samples further from the centre count as 0 */
    double power_of_all; /* of the samples that were loaded; masked: and the sum of their squares' squares */
    double power_of_squares;
} match_work;

/* Of one transform: a block of samples, and its spectrum in bytes; 0 for direct sums. */
double match_points(const sk_match *job);
size_t match_spectrum_size(const sk_match *job);
const char *match_spectrum(const sk_match *job, ptrdiff_t template, ptrdiff_t part);
/* Rows of samples that the buffers hold. */
ptrdiff_t match_sample_rows(const sk_match *job);
/* Lays the buffers out in a thread's scratch. */
void match_begin(match_work *w, const sk_match *job, char *scratch);

/* n samples of a row of a part of the windows from (y, x) on, as they are. */
void match_load_row(const match_work *w, const sk_match_part *part, ptrdiff_t y, ptrdiff_t x, ptrdiff_t n, double *row);
/* Finds the scale of the samples under ny by nx windows from (y, x) on, and a centre of each channel: the median of some
 * of them, as a few large ones must not move it. Returns whether all are finite; sets *constant where those of each
 * channel are all equal. */
int match_scan(match_work *w, ptrdiff_t y, ptrdiff_t ny, ptrdiff_t x, ptrdiff_t nx, int *constant);
/* The median of `count` numbers, which are sorted. */
double match_median(double *values, ptrdiff_t count);
/* The samples of a part under ny by nx windows from (y, x) on, zeros behind them; adds their power to that of all. */
void match_load(match_work *w, const sk_match_part *part, ptrdiff_t y, ptrdiff_t ny, ptrdiff_t x, ptrdiff_t nx,
                int spectral);
/* The spectrum of loaded rows. */
void match_transform(const match_work *w, const double *const *rows, char *spectrum);
/* Adds to `into` the products of the loaded rows with a part of a template: directly, or by the spectrum that
 * w->spectrum holds. */
void match_multiply(const match_work *w, const double *const *rows, ptrdiff_t template, const sk_match_part *part,
                    ptrdiff_t ny, ptrdiff_t nx, double *into);
void match_multiply_spectra(const match_work *w, ptrdiff_t template, ptrdiff_t part, ptrdiff_t ny, ptrdiff_t nx,
                            double *into);
void match_clear(const match_work *w, double *windows, ptrdiff_t ny);
/* Loads ny by nx windows part by part and makes of them w->power, sums of squares about the centres, and w->product,
 * those about the windows' own means. */
void match_moments(match_work *w, ptrdiff_t y, ptrdiff_t ny, ptrdiff_t x, ptrdiff_t nx, int spectral);

#endif

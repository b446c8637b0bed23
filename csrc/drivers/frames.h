/* What the drivers of the family "frames" share. */
#ifndef SK_FRAMES_H
#define SK_FRAMES_H

#include "lines.h"
#include "spectra.h"

#include <math.h>

enum { FRAMES_AT_ONCE = 64, FEWEST_AT_ONCE = 16, POINTS_AT_ONCE = 1 << 17 };

/* Frames of n points in a tile: some hundred microseconds of work, and a multiple of the lanes of any ISA. */
static inline ptrdiff_t frames_at_once(ptrdiff_t n)
{
    return at_least(at_most(FRAMES_AT_ONCE, POINTS_AT_ONCE / n / FEWEST_AT_ONCE * FEWEST_AT_ONCE), FEWEST_AT_ONCE);
}

/* Multiply-adds that a frame of n points takes. */
static inline double frame_work(ptrdiff_t n)
{
    return (double)n * (2.5 * log2((double)n + 1) + 10);
}

/* Frames [f, f + count) of a line: where the first one's samples lie, *hop samples from one to the next; in place, or
 * in the buffer. */
const void *sk_frame_samples(const sk_frame_source *source, const char *line, ptrdiff_t f, ptrdiff_t count,
                             void *buffer, ptrdiff_t *hop);
/* Bytes of a buffer for so many frames. */
size_t sk_frame_buffer(const sk_frame_source *source, ptrdiff_t count);

#endif

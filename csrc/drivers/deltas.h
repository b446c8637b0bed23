/* Derivatives of a block of frames, for the drivers that make frames. */
#ifndef SK_DELTAS_H
#define SK_DELTAS_H

#include "lines.h"

/* Frames [begin, end) of the caller's into rows `stride` bytes apart. */
typedef void sk_frame_rows_fn(void *context, ptrdiff_t begin, ptrdiff_t end, char *rows, ptrdiff_t stride);

/* Frames beyond a block that its derivatives depend on, at each end. */
ptrdiff_t sk_delta_reach(const sk_delta_taps *taps);
size_t sk_delta_scratch(const sk_delta_taps *taps, ptrdiff_t frames, ptrdiff_t bands, int dtype);
/* The statics (where wanted) and derivatives of frames [begin, end) of `total` to out, whose strides over frames, bands
 * and orders are given in bytes. */
void sk_delta_block(const sk_delta_taps *taps, sk_frame_rows_fn *frames, void *context, ptrdiff_t begin, ptrdiff_t end,
                    ptrdiff_t total, ptrdiff_t bands, int statics, int dtype, char *scratch, char *out,
                    const ptrdiff_t stride[3]);

#endif

/* The samples under a tile of a layer's outputs, laid out so that every product of its windows is a shift. */
#ifndef SK_LAYER_PANELS_H
#define SK_LAYER_PANELS_H

#include "rows.h"

#include <string.h>

/* A copy of a row, mostly a short one: a call would take as long. */
static inline void sk_copy_row(char *to, const char *from, ptrdiff_t bytes)
{
    ptrdiff_t i = 0;
    if (bytes < 16 || bytes > 1024) {
        memcpy(to, from, (size_t)bytes);
        return;
    }
    for (; i + 16 <= bytes; i += 16)
        memcpy(to + i, from + i, 16);
    memcpy(to + bytes - 16, from + bytes - 16, 16);
}

/* Plans axis `a` (0: down, 1: across) of a tile of so many outputs, for `kernel` samples of the kernel. */
sk_layer_axis sk_layer_plan(const sk_layer_windows *w, int a, ptrdiff_t outputs, ptrdiff_t kernel);

/* A block of terms: kernel samples [first, first + count) of each axis, of so many channels. */
typedef struct {
    ptrdiff_t channels, first[2], count[2];
} sk_layer_block;

/* Where the samples come from, and how a panel of them is laid out: channels `plane` reals apart, in each the groups of
 * both axes, rows `pitch` reals apart. */
typedef struct {
    const sk_view *x;
    const char *image;     /* of the first channel */
    ptrdiff_t between;     /* bytes between channels */
    const sk_layer_windows *windows;
    const sk_layer_axis *axis;
    ptrdiff_t pitch, plane;
    int dtype;             /* of the panel */
} sk_layer_panel;

/* Loads the samples under rows by columns of outputs, of which the first one stands at place[]; what lies beyond the
 * image's sides comes from its boundary. */
void sk_layer_load(const sk_layer_panel *p, const sk_layer_block *block, const ptrdiff_t place[2],
                   const ptrdiff_t outputs[2], char *panel);

/* Where, in reals from the sample of output (0, 0), the terms of a block lie: channel by channel, row by row. Returns
 * their number. */
ptrdiff_t sk_layer_offsets(const sk_layer_panel *p, const sk_layer_block *block, ptrdiff_t *offsets);

#endif

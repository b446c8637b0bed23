/* Rows of samples under a tile of an image, as kernels that sum across rows take them. */
#ifndef SK_ROWS_H
#define SK_ROWS_H

#include "lines.h"

/* Those that a kernel can read where they lie, it does. The others come into a ring of lines: of another dtype, beyond
 * the image's sides, or so many so far apart that they would drive each other out of the cache. */
typedef struct {
    /* of the image */
    const sk_view *x;
    const char *start;      /* its sample (0, 0) */
    ptrdiff_t height, apart /* bytes between rows */, width, step /* bytes between columns */;
    sk_boundary down, across;
    const void *fill;       /* one element of dtype */
    int dtype;              /* what a kernel sees */
    /* of the tile */
    ptrdiff_t at, left;     /* where row 0 and column 0 lie in the image */
    ptrdiff_t columns;      /* of a row */
    ptrdiff_t held;         /* rows that are in use at once */
    ptrdiff_t together;     /* rows that a kernel reads side by side, again and again */
    /* set by sk_rows_begin */
    ptrdiff_t known, line;  /* rows are known up to this one; bytes of a line of the ring */
    const char **rows;      /* where each begins */
    char *ring, *absent;    /* absent: the row that stands where there are no samples */
    int in_place;
} sk_rows;

/* Where image number `index` of `out` begins, whose last `kept` axes are its own; place[...] takes its indices along
 * those before them. */
static inline char *sk_image_at(const sk_view *out, int kept, ptrdiff_t index, ptrdiff_t *place)
{
    char *image = out->ptr;
    for (int axis = out->ndim - kept - 1; axis >= 0; axis--) {
        place[axis] = index % out->shape[axis];
        index /= out->shape[axis];
        image += place[axis] * out->stride[axis];
    }
    return image;
}

/* The rows of the image of x, whose last `naxes` axes are filtered, that lies `offset` from the one at place[...] along
 * those before the last two; where that is outside, rows of the constant. The tile's own numbers are still to be set.
 * */
sk_rows sk_plane_rows(const sk_view *x, int naxes, const sk_boundary *boundary, const ptrdiff_t *offset,
                      const ptrdiff_t *place, const void *fill, int dtype);

/* Of the columns [c, end) of a tile those that need no sample from beyond the sides, which can be read in place: from
 * *low on up to *high, whole blocks from either end. Where there is no block of them, both are c. */
void sk_inner_columns(ptrdiff_t left, ptrdiff_t right, ptrdiff_t width, ptrdiff_t block, ptrdiff_t c, ptrdiff_t end,
                      ptrdiff_t *low, ptrdiff_t *high);

/* The bytes of a line of a ring: an odd number of cache lines, so that rows fill the sets of a cache evenly. */
static inline ptrdiff_t sk_row_line(ptrdiff_t bytes)
{
    return (divide_up(bytes, SK_CACHE_LINE) | 1) * SK_CACHE_LINE;
}

/* The scratch for a tile of so many rows of so many bytes, of which `held` are in use at once. */
size_t sk_rows_scratch(ptrdiff_t rows, ptrdiff_t held, ptrdiff_t bytes);
/* Takes its part of the scratch, for a tile of so many rows, and returns what is behind it. */
char *sk_rows_begin(sk_rows *t, ptrdiff_t rows, char *scratch);
/* Makes rows before `end` known; those `held` before that may go. */
void sk_rows_need(sk_rows *t, ptrdiff_t end);
/* Where rows [t->known, t->known + SK_IMAGE_ROWS) lie, to be asked for ahead: some row where there is none. */
void sk_rows_ahead(const sk_rows *t, const char **ahead);

#endif

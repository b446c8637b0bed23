/* Rows of an image: in place, or through a ring of lines. */
#include "rows.h"

#include <string.h>

/* Do so many rows, `stride` bytes apart, meet in so few sets of the first cache (lines 4 KB apart meet) that they would
 * drive each other out? */
static int crowded(ptrdiff_t stride, ptrdiff_t rows)
{
    return at_most(stride & -stride, 4096) * rows > 6 * 4096;
}

sk_rows sk_plane_rows(const sk_view *x, int naxes, const sk_boundary *boundary, const ptrdiff_t *offset,
                      const ptrdiff_t *place, const void *fill, int dtype)
{
    const int outer = naxes - 2, batch = x->ndim - naxes, rows = x->ndim - 2, columns = x->ndim - 1;
    sk_rows t = {.x = x, .start = x->ptr, .height = x->shape[rows], .apart = x->stride[rows],
                 .width = x->shape[columns], .step = x->stride[columns], .down = boundary[outer],
                 .across = boundary[outer + 1], .fill = fill, .dtype = dtype};
    for (int axis = 0; axis < batch; axis++)
        t.start += place[axis] * x->stride[axis];
    for (int axis = 0; axis < outer; axis++) {
        const ptrdiff_t i = sk_reflect(place[batch + axis] + offset[axis], x->shape[batch + axis], boundary[axis]);
        if (i < 0) {
            t.height = 0;
            t.down = SK_CONSTANT;
        } else {
            t.start += i * x->stride[batch + axis];
        }
    }
    return t;
}

void sk_inner_columns(ptrdiff_t left, ptrdiff_t right, ptrdiff_t width, ptrdiff_t block, ptrdiff_t c, ptrdiff_t end,
                      ptrdiff_t *low, ptrdiff_t *high)
{
    *low = c + divide_up(at_least(-left - c, 0), block) * block;
    *high = end + right <= width ? end : end - divide_up(right, block) * block;
    if (*high - *low < block)
        *low = *high = c;
}

size_t sk_rows_scratch(ptrdiff_t rows, ptrdiff_t held, ptrdiff_t bytes)
{
    return aligned(rows * (ptrdiff_t)sizeof(char *)) + (size_t)((held + 1) * sk_row_line(bytes));
}

char *sk_rows_begin(sk_rows *t, ptrdiff_t rows, char *scratch)
{
    const int size = sk_itemsize[t->dtype];
    t->known = 0;
    t->line = sk_row_line(t->columns * size);
    t->rows = (const char **)scratch;
    t->ring = scratch + aligned(rows * (ptrdiff_t)sizeof(char *));
    t->absent = t->ring + t->held * t->line;
    t->in_place = t->x->dtype == t->dtype && !t->x->swapped && t->left >= 0 && t->left + t->columns <= t->width
                  && sk_in_place(t->start, t->step, t->dtype) && sk_in_place(t->start + t->apart, t->step, t->dtype)
                  && !crowded(t->apart, t->together);
    memset(t->absent, 0, (size_t)t->line);
    for (ptrdiff_t k = 0; t->down == SK_CONSTANT && k < t->columns; k++)
        memcpy(t->absent + k * size, t->fill, (size_t)size);
    return t->absent + t->line;
}

/* Row k of the tile from column 0 of the image on, NULL where there is none. */
static inline const char *image_row(const sk_rows *t, ptrdiff_t k)
{
    ptrdiff_t i = t->at + k;
    if (i < 0 || i >= t->height)
        i = sk_reflect(i, t->height, t->down);
    return i < 0 ? NULL : t->start + i * t->apart;
}

void sk_rows_need(sk_rows *t, ptrdiff_t end)
{
    for (; t->known < end; t->known++) {
        const char *row = image_row(t, t->known);
        if (row && t->in_place) {
            row += t->left * t->step;
        } else if (row) {
            char *line = t->ring + t->known % t->held * t->line;
            sk_extend(t->x, row, t->step, t->width, t->left, t->columns, t->across, t->fill, t->dtype, line);
            row = line;
        }
        t->rows[t->known] = row ? row : t->absent;
    }
}

void sk_rows_ahead(const sk_rows *t, const char **ahead)
{
    const ptrdiff_t first = at_least(t->left, 0) * t->step;
    for (ptrdiff_t k = 0; k < SK_IMAGE_ROWS; k++) {
        const char *row = image_row(t, t->known + k);
        ahead[k] = row ? row + first : t->absent;
    }
}

/* What drivers share: sizes, dtypes, places in arrays; and the scratch of lines. */
#ifndef SK_LINES_H
#define SK_LINES_H

#include "sk.h"

static inline ptrdiff_t at_least(ptrdiff_t a, ptrdiff_t b)
{
    return a > b ? a : b;
}

static inline ptrdiff_t at_most(ptrdiff_t a, ptrdiff_t b)
{
    return a < b ? a : b;
}

static inline ptrdiff_t divide_up(ptrdiff_t a, ptrdiff_t b)
{
    return (a + b - 1) / b;
}

static inline size_t aligned(ptrdiff_t bytes)
{
    return ((size_t)bytes + 63) & ~(size_t)63;
}

static inline int is_complex(int dtype)
{
    return dtype == SK_C64 || dtype == SK_C128;
}

static inline int real_of(int dtype)
{
    return dtype == SK_C64 ? SK_F32 : dtype == SK_C128 ? SK_F64 : dtype;
}

/* The start of line number `line` of a view whose axes before the last `kept` ones are
 * batches of the sizes in `shape`. */
static inline char *line_start(const sk_view *v, const ptrdiff_t *shape, int batches, ptrdiff_t line)
{
    char *p = v->ptr;
    for (int axis = batches - 1; axis >= 0; axis--) {
        p += line % shape[axis] * v->stride[axis];
        line /= shape[axis];
    }
    return p;
}

/* Pieces of a thread's scratch: a run of outputs, the samples under it, the taps, one block. */
typedef struct {
    char *out, *samples, *taps, *one;
} line_scratch;

size_t sk_line_scratch_size(ptrdiff_t outputs, ptrdiff_t taps, int dtype);
line_scratch sk_line_scratch(char *scratch, ptrdiff_t outputs, ptrdiff_t taps, int dtype);

/* Sets (or, with `accumulate`, adds to) outputs [first, first + n) of the correlation of one
 * row of samples with one row of taps, as job->start of the last axis says. `out` holds at
 * least a block. Returns 1, or `accumulate` where no tap lies over a sample (out untouched). */
int sk_add_row(const sk_correlation *job, const char *line, const char *tap_row, ptrdiff_t first, char *out,
               ptrdiff_t n, int accumulate, const line_scratch *s);

#endif

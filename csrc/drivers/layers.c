/* Panels of samples for layers: padding at load, one contiguous run for every step of the kernel. */
#include "layers.h"

#include <string.h>

/* Kernel samples that are `period` apart fall into the same group: (j dilation) modulo stride is the same. */
static ptrdiff_t period(ptrdiff_t stride, ptrdiff_t dilation)
{
    ptrdiff_t a = stride, b = dilation % stride;
    while (b) {
        const ptrdiff_t rest = a % b;
        a = b;
        b = rest;
    }
    return stride / a;
}

sk_layer_axis sk_layer_plan(const sk_layer_windows *w, int a, ptrdiff_t outputs, ptrdiff_t kernel)
{
    const ptrdiff_t groups = at_most(kernel, period(w->stride[a], w->dilation[a]));
    const ptrdiff_t length = outputs + (kernel - 1) * w->dilation[a] / w->stride[a];
    /* Far apart, each sample of the kernel has a run of its own. */
    if (length > (kernel * outputs + groups - 1) / groups)
        return (sk_layer_axis){.groups = kernel, .length = outputs, .merged = 0};
    return (sk_layer_axis){.groups = groups, .length = length, .merged = 1};
}

/* The group of kernel sample j of a block, and how far into it that one begins. */
static ptrdiff_t group_of(const sk_layer_panel *p, int a, ptrdiff_t j)
{
    return j % p->axis[a].groups;
}

static ptrdiff_t shift_of(const sk_layer_panel *p, int a, ptrdiff_t j)
{
    return p->axis[a].merged ? j * p->windows->dilation[a] / p->windows->stride[a] : 0;
}

/* The first sample of a group, for output `place`; further ones are a stride apart. */
static ptrdiff_t begin_of(const sk_layer_panel *p, int a, ptrdiff_t first, ptrdiff_t group, ptrdiff_t place)
{
    const sk_layer_windows *w = p->windows;
    const ptrdiff_t reach = group * w->dilation[a];
    return place * w->stride[a] + w->start[a] + first * w->dilation[a]
           + (p->axis[a].merged ? reach % w->stride[a] : reach);
}

ptrdiff_t sk_layer_offsets(const sk_layer_panel *p, const sk_layer_block *block, ptrdiff_t *offsets)
{
    const ptrdiff_t parts = is_complex(p->dtype) ? 2 : 1, area = p->axis[0].length * p->pitch;
    ptrdiff_t count = 0;
    for (ptrdiff_t c = 0; c < block->channels; c++)
        for (ptrdiff_t j = 0; j < block->count[0]; j++)
            for (ptrdiff_t i = 0; i < block->count[1]; i++)
                offsets[count++] = c * p->plane
                                   + (group_of(p, 0, j) * p->axis[1].groups + group_of(p, 1, i)) * area
                                   + shift_of(p, 0, j) * p->pitch + shift_of(p, 1, i) * parts;
    return count;
}

/* A group of columns: its first sample, how many it holds, and [low, high) of them, which exist. */
typedef struct {
    ptrdiff_t begin, count, low, high;
} column_group;

static column_group columns_of(const sk_layer_panel *p, const sk_layer_block *block, ptrdiff_t group, ptrdiff_t place,
                               ptrdiff_t outputs)
{
    const ptrdiff_t step = p->windows->stride[1], width = p->x->shape[p->x->ndim - 1];
    column_group g = {.begin = begin_of(p, 1, block->first[1], group, place),
                      .count = outputs + shift_of(p, 1, block->count[1] - 1)};
    g.low = g.begin < 0 ? at_most(divide_up(-g.begin, step), g.count) : 0;
    g.high = g.begin < width ? at_least(at_most(divide_up(width - g.begin, step), g.count), g.low) : g.low;
    return g;
}

/* Those beyond the sides, places [from, end) of a line of the panel. */
static void load_beyond(const sk_layer_panel *p, const char *row, ptrdiff_t begin, ptrdiff_t from, ptrdiff_t end,
                        char *to)
{
    const sk_view *x = p->x;
    const int size = sk_itemsize[p->dtype], axis = x->ndim - 1;
    for (ptrdiff_t i = from; i < end; i++) {
        const ptrdiff_t at = sk_reflect(begin + i * p->windows->stride[1], x->shape[axis], p->windows->boundary);
        sk_load(row + at * x->stride[axis], 0, 1, x->dtype, x->swapped, p->dtype, to + i * size);
    }
}

/* Zeros, mostly none or one: a call would take longer. */
static inline void clear(char *to, ptrdiff_t bytes)
{
    if (bytes == 4)
        memset(to, 0, 4);
    else if (bytes > 0)
        memset(to, 0, (size_t)bytes);
}

/* What is beyond the sides of rows already in the panel. */
static inline void load_sides(const sk_layer_panel *p, const column_group *g, const char *row, char *line)
{
    const int size = sk_itemsize[p->dtype];
    if (p->windows->boundary == SK_EXISTING) {
        clear(line, g->low * size);
        clear(line + g->high * size, (g->count - g->high) * size);
        return;
    }
    if (g->low > 0)
        load_beyond(p, row, g->begin, 0, g->low, line);
    if (g->high < g->count)
        load_beyond(p, row, g->begin, g->high, g->count, line);
}

/* Are channels neighbours, so that a row of them is turned as a whole? */
static int is_turned(const sk_layer_panel *p, ptrdiff_t channels)
{
    const sk_view *x = p->x;
    return channels > 1 && x->dtype == p->dtype && !x->swapped && x->stride[x->ndim - 1] != sk_itemsize[p->dtype]
           && sk_in_place(p->image, p->between, p->dtype);
}

/* `length` rows of a group of columns, from row `first` of the image on, of so many channels. */
static void load_group(const sk_layer_panel *p, const column_group *g, ptrdiff_t first, ptrdiff_t length,
                       ptrdiff_t channels, char *panel)
{
    const sk_view *x = p->x;
    const int rows = x->ndim - 2, size = sk_itemsize[p->dtype], real = sk_itemsize[real_of(p->dtype)];
    const int turned = is_turned(p, channels);
    const ptrdiff_t step = p->windows->stride[1] * x->stride[rows + 1], inner = g->begin * x->stride[rows + 1];
    const ptrdiff_t plane = p->plane * real, exist = g->high - g->low;
    const int copied = x->dtype == p->dtype && !x->swapped && step == size;
    for (ptrdiff_t c = 0; c < channels; c += turned ? channels : 1)
        for (ptrdiff_t i = 0; i < length; i++) {
            const ptrdiff_t at = sk_reflect(first + i * p->windows->stride[0], x->shape[rows], p->windows->boundary);
            const char *row = at < 0 ? NULL : p->image + c * p->between + at * x->stride[rows];
            char *line = panel + c * plane + i * p->pitch * real;
            if (turned && row && exist > 0)
                sk_active->transpose[p->dtype](row + inner + g->low * step, step, line + g->low * size, plane, exist,
                                               channels);
            else if (copied && row && exist > 0)
                sk_copy_row(line + g->low * size, row + inner + g->low * step, exist * size);
            else if (row && exist > 0)
                sk_load(row + inner + g->low * step, step, exist, x->dtype, x->swapped, p->dtype, line + g->low * size);
            for (ptrdiff_t k = 0; k < (turned ? channels : 1); k++) {
                if (row)
                    load_sides(p, g, row + k * p->between, line + k * plane);
                else
                    memset(line + k * plane, 0, (size_t)(g->count * size));
            }
        }
}

void sk_layer_load(const sk_layer_panel *p, const sk_layer_block *block, const ptrdiff_t place[2],
                   const ptrdiff_t outputs[2], char *panel)
{
    const ptrdiff_t down = at_most(p->axis[0].groups, block->count[0]);
    const ptrdiff_t across = at_most(p->axis[1].groups, block->count[1]);
    const ptrdiff_t length = outputs[0] + shift_of(p, 0, block->count[0] - 1);
    const ptrdiff_t bytes = p->axis[0].length * p->pitch * sk_itemsize[real_of(p->dtype)];
    for (ptrdiff_t h = 0; h < across; h++) {
        const column_group g = columns_of(p, block, h, place[1], outputs[1]);
        for (ptrdiff_t k = 0; k < down; k++)
            load_group(p, &g, begin_of(p, 0, block->first[0], k, place[0]), length, block->channels,
                       panel + (k * p->axis[1].groups + h) * bytes);
    }
}

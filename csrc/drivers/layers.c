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

/* Samples of one line from `begin` on, `step` apart: those that exist lie at [*low, *high) of `count`. */
static void inside(ptrdiff_t begin, ptrdiff_t step, ptrdiff_t n, ptrdiff_t count, ptrdiff_t *low, ptrdiff_t *high)
{
    *low = begin < 0 ? at_most(divide_up(-begin, step), count) : 0;
    *high = begin < n ? at_least(at_most(divide_up(n - begin, step), count), *low) : *low;
}

/* Those beyond the sides, places [from, end) of a line of the panel. */
static void load_beyond(const sk_layer_panel *p, const char *line, ptrdiff_t begin, ptrdiff_t from, ptrdiff_t end,
                        char *to)
{
    const sk_view *x = p->x;
    const int size = sk_itemsize[p->dtype], axis = x->ndim - 1;
    if (p->windows->boundary == SK_EXISTING) {
        memset(to + from * size, 0, (size_t)(at_least(end - from, 0) * size));
        return;
    }
    for (ptrdiff_t i = from; i < end; i++) {
        const ptrdiff_t at = sk_reflect(begin + i * p->windows->stride[1], x->shape[axis], p->windows->boundary);
        sk_load(line + at * x->stride[axis], 0, 1, x->dtype, x->swapped, p->dtype, to + i * size);
    }
}

/* One row of a group for channels [from, end): `row` is the image's row of channel 0, NULL where there is none. */
static void load_row(const sk_layer_panel *p, const char *row, ptrdiff_t begin, ptrdiff_t count, ptrdiff_t from,
                     ptrdiff_t end, int turned, char *to)
{
    const sk_view *x = p->x;
    const int axis = x->ndim - 1, size = sk_itemsize[p->dtype];
    const ptrdiff_t step = p->windows->stride[1], plane = p->plane * sk_itemsize[real_of(p->dtype)];
    ptrdiff_t low, high;
    inside(begin, step, x->shape[axis], count, &low, &high);
    if (row && turned)
        sk_active->transpose[p->dtype](row + from * p->between + (begin + low * step) * x->stride[axis],
                                       step * x->stride[axis], to + from * plane + low * size, plane, high - low,
                                       end - from);
    for (ptrdiff_t c = from; c < end; c++) {
        char *line = to + c * plane;
        const char *source = row + (row ? c * p->between : 0);
        if (!row) {
            memset(line, 0, (size_t)(count * size));
            continue;
        }
        if (!turned && high > low)
            sk_load(source + (begin + low * step) * x->stride[axis], step * x->stride[axis], high - low, x->dtype,
                    x->swapped, p->dtype, line + low * size);
        load_beyond(p, source, begin, 0, low, line);
        load_beyond(p, source, begin, high, count, line);
    }
}

/* Are channels neighbours, so that a row of them is turned as a whole? */
static int is_turned(const sk_layer_panel *p, ptrdiff_t channels)
{
    const sk_view *x = p->x;
    return channels > 1 && x->dtype == p->dtype && !x->swapped && x->stride[x->ndim - 1] != sk_itemsize[p->dtype]
           && sk_in_place(p->image, p->between, p->dtype);
}

void sk_layer_load(const sk_layer_panel *p, const sk_layer_block *block, const ptrdiff_t place[2],
                   const ptrdiff_t outputs[2], char *panel)
{
    const sk_view *x = p->x;
    const int rows = x->ndim - 2, turned = is_turned(p, block->channels);
    const ptrdiff_t real = sk_itemsize[real_of(p->dtype)], down = at_most(p->axis[0].groups, block->count[0]);
    const ptrdiff_t across = at_most(p->axis[1].groups, block->count[1]);
    const ptrdiff_t length = outputs[0] + shift_of(p, 0, block->count[0] - 1);
    const ptrdiff_t count = outputs[1] + shift_of(p, 1, block->count[1] - 1);
    const ptrdiff_t together = turned ? block->channels : 1;
    for (ptrdiff_t c = 0; c < block->channels; c += together)
        for (ptrdiff_t g = 0; g < down; g++) {
            const ptrdiff_t first = begin_of(p, 0, block->first[0], g, place[0]);
            for (ptrdiff_t i = 0; i < length; i++) {
                const ptrdiff_t at = sk_reflect(first + i * p->windows->stride[0], x->shape[rows],
                                                p->windows->boundary);
                const char *row = at < 0 ? NULL : p->image + at * x->stride[rows];
                for (ptrdiff_t h = 0; h < across; h++)
                    load_row(p, row, begin_of(p, 1, block->first[1], h, place[1]), count, c, c + together, turned,
                             panel + ((g * p->axis[1].groups + h) * p->axis[0].length + i) * p->pitch * real);
            }
        }
}

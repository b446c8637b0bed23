/* Locally connected layers: weights of their own at every place, each read once for a group of images. */
#include "layers.h"

#include <string.h>

enum {
    MOST_IMAGES = 16,         /* that share weights as they are read */
    LOCAL_PLACES = 1024,      /* of outputs in a tile */
    LOCAL_SUMS = 1 << 16,     /* in a tile */
    LOCAL_PANEL = 1 << 20     /* bytes */
};

static size_t panel_bytes(const sk_local *job)
{
    return aligned(job->images * job->plane * sk_itemsize[job->dtype]) + SK_CACHE_LINE;
}

static void plan_places(sk_local *job, ptrdiff_t places)
{
    const ptrdiff_t height = job->out.shape[2], width = job->out.shape[3], size = sk_itemsize[job->dtype];
    job->columns = at_most(width, places);
    job->rows = job->columns < width ? 1 : at_least(at_most(height, places / width), 1);
    job->rows = divide_up(height, divide_up(height, job->rows)); /* no small rest */
    job->axis[1] = sk_layer_plan(&job->windows, 1, job->columns, job->across);
    job->axis[0] = sk_layer_plan(&job->windows, 0, job->rows, job->down);
    job->pitch = job->axis[1].length;
    job->plane = job->axis[0].groups * job->axis[1].groups * job->axis[0].length * job->pitch;
    job->line = divide_up(job->columns * size, SK_CACHE_LINE) * SK_CACHE_LINE / size;
}

void sk_local_plan(sk_local *job)
{
    const ptrdiff_t *kernel = job->windows.kernel, *shape = job->out.shape;
    job->across = at_most(kernel[1], SK_LAYER_TERMS);
    job->down = job->across < kernel[1] ? 1 : at_most(kernel[0], at_least(SK_LAYER_TERMS / job->across, 1));
    job->images = at_most(shape[0], MOST_IMAGES);
    ptrdiff_t places = LOCAL_PLACES;
    plan_places(job, places);
    while (places > SK_CACHE_LINE && panel_bytes(job) > LOCAL_PANEL) {
        places /= 2;
        plan_places(job, places);
    }
    const ptrdiff_t sums = job->rows * job->line;
    job->filters = at_most(shape[1], at_least(LOCAL_SUMS / (job->images * sums), 1));
    job->image_blocks = divide_up(shape[0], job->images);
    job->filter_blocks = divide_up(shape[1], job->filters);
    job->row_blocks = divide_up(shape[2], job->rows);
    job->column_blocks = divide_up(shape[3], job->columns);
    job->tiles = job->image_blocks * job->filter_blocks * job->row_blocks * job->column_blocks;
    job->tile_work = (double)(job->images * job->filters * sums) * (double)(job->x.shape[1] * kernel[0] * kernel[1]);
    job->scratch = panel_bytes(job) + SK_LAYER_TERMS * sizeof(ptrdiff_t)
                   + (size_t)((job->images * job->filters * sums + job->line) * sk_itemsize[job->dtype]);
}

typedef struct {
    const sk_local *job;
    ptrdiff_t place[2], outputs[2], image, images, filter, filters;
    char *panel, *sums, *bias;
    ptrdiff_t *offsets;
} local_tile;

/* Where the sums of an image and filter of the tile begin. */
static char *sums_of(const local_tile *t, ptrdiff_t image, ptrdiff_t filter)
{
    const sk_local *job = t->job;
    return t->sums + (filter * job->images + image) * job->rows * job->line * sk_itemsize[job->dtype];
}

/* Adds the products of `terms` terms of channel c, from kernel sample `first` on. */
static void add_block(const local_tile *t, ptrdiff_t c, ptrdiff_t first, ptrdiff_t terms)
{
    const sk_local *job = t->job;
    const int size = sk_itemsize[job->dtype];
    const ptrdiff_t area = job->windows.kernel[0] * job->windows.kernel[1], width = job->out.shape[3];
    const ptrdiff_t map = job->out.shape[2] * width;
    sk_local_sums s = {.offsets = t->offsets, .terms = terms, .images = t->images, .x_step = job->plane, .w_step = map,
                       .out_step = job->rows * job->line, .n = t->outputs[1], .add = c > 0 || first > 0};
    for (ptrdiff_t o = 0; o < t->filters; o++) {
        const ptrdiff_t kernel = ((t->filter + o) * job->x.shape[1] + c) * area + first;
        const char *w = (const char *)job->weights + (kernel * map + t->place[0] * width + t->place[1]) * size;
        for (ptrdiff_t row = 0; row < t->outputs[0]; row++) {
            s.x = t->panel + row * job->pitch * size;
            s.w = w + row * width * size;
            s.out = sums_of(t, 0, o) + row * job->line * size;
            sk_active->local_sums[job->dtype](&s);
        }
    }
}

static void add_terms(const local_tile *t)
{
    const sk_local *job = t->job;
    const sk_view *x = &job->x;
    const ptrdiff_t *kernel = job->windows.kernel;
    /* The images of one channel lie in the panel as channels of one image do elsewhere. */
    sk_layer_panel p = {.x = x, .windows = &job->windows, .axis = job->axis, .pitch = job->pitch, .plane = job->plane,
                        .dtype = job->dtype, .between = x->stride[0]};
    sk_layer_block b = {.channels = t->images};
    for (ptrdiff_t c = 0; c < x->shape[1]; c++)
        for (b.first[0] = 0; b.first[0] < kernel[0]; b.first[0] += job->down)
            for (b.first[1] = 0; b.first[1] < kernel[1]; b.first[1] += job->across) {
                b.count[0] = at_most(job->down, kernel[0] - b.first[0]);
                b.count[1] = at_most(job->across, kernel[1] - b.first[1]);
                p.image = x->ptr + t->image * x->stride[0] + c * x->stride[1];
                sk_layer_load(&p, &b, t->place, t->outputs, t->panel);
                sk_layer_block one = b;
                one.channels = 1;
                add_block(t, c, b.first[0] * kernel[1] + b.first[1], sk_layer_offsets(&p, &one, t->offsets));
            }
}

#define ADD_BIAS(R) do { \
    R *sum = sums; \
    const R *more = bias; \
    for (ptrdiff_t i = 0; i < n; i++) \
        sum[i] += more[i]; \
    } while (0)

static void add_bias(int dtype, void *sums, const void *bias, ptrdiff_t n)
{
    if (dtype == SK_F32)
        ADD_BIAS(float);
    else
        ADD_BIAS(double);
}

static void store(const local_tile *t)
{
    const sk_local *job = t->job;
    const sk_view *out = &job->out, *bias = &job->bias;
    const int size = sk_itemsize[job->dtype];
    for (ptrdiff_t o = 0; o < t->filters; o++)
        for (ptrdiff_t row = 0; row < t->outputs[0]; row++) {
            const ptrdiff_t y = t->place[0] + row;
            if (job->has_bias)
                sk_load(bias->ptr + (t->filter + o) * bias->stride[0] + y * bias->stride[1]
                            + t->place[1] * bias->stride[2],
                        bias->stride[2], t->outputs[1], bias->dtype, bias->swapped, job->dtype, t->bias);
            for (ptrdiff_t n = 0; n < t->images; n++) {
                char *sums = sums_of(t, n, o) + row * job->line * size;
                if (job->has_bias)
                    add_bias(job->dtype, sums, t->bias, t->outputs[1]);
                sk_store(sums, t->outputs[1], job->dtype,
                         out->ptr + (t->image + n) * out->stride[0] + (t->filter + o) * out->stride[1]
                             + y * out->stride[2] + t->place[1] * out->stride[3],
                         out->stride[3]);
            }
        }
}

static void local_tile_run(void *context, ptrdiff_t index, char *scratch)
{
    const sk_local *job = context;
    const ptrdiff_t *shape = job->out.shape;
    local_tile t = {.job = job};
    t.place[1] = index % job->column_blocks * job->columns;
    index /= job->column_blocks;
    t.place[0] = index % job->row_blocks * job->rows;
    index /= job->row_blocks;
    t.filter = index % job->filter_blocks * job->filters;
    t.image = index / job->filter_blocks * job->images;
    t.outputs[0] = at_most(job->rows, shape[2] - t.place[0]);
    t.outputs[1] = at_most(job->columns, shape[3] - t.place[1]);
    t.filters = at_most(job->filters, shape[1] - t.filter);
    t.images = at_most(job->images, shape[0] - t.image);
    t.panel = scratch;
    t.offsets = (ptrdiff_t *)(scratch + panel_bytes(job));
    t.sums = (char *)(t.offsets + SK_LAYER_TERMS);
    t.bias = t.sums + job->images * job->filters * job->rows * job->line * sk_itemsize[job->dtype];
    memset(t.panel + panel_bytes(job) - 2 * SK_CACHE_LINE, 0, 2 * SK_CACHE_LINE); /* read, not used */
    add_terms(&t);
    store(&t);
}

int sk_local_run(sk_local *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(local_tile_run, job, begin, end, job->scratch, threads, team);
}

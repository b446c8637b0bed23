/* Convolution layers: a panel of samples for each block of terms, and register tiles of weights by places over it.
 *
 * A tile is a block of filters (or of whole groups) by a block of places of one image. Places are counted along the
 * rows of the panel, the reach of the kernel at the end of each included, so that narrow images too fill vectors; what
 * is summed there is not stored. */
#include "layers.h"

#include <string.h>

enum {
    MOST_LINES = 72,           /* of weights in a tile: a multiple of the widest block of lines */
    MOST_SUMS = 9 << 12,       /* of 4 bytes in a tile */
    FEWEST_PLACES = 512, MOST_PLACES = 4096, /* of a float in a tile, */
    LEAST_PLACES = 64,         /* and where terms are many */
    MOST_GROUPS = 16,          /* worked on at once */
    PANEL_BYTES = 192 << 10,
    LARGEST_TILE = 1 << 27     /* multiply-adds: some milliseconds */
};

/* Lines of weights that go side by side into one call of the kernel, of `left` that are to come. */
static ptrdiff_t side_by_side(ptrdiff_t left)
{
    if (left > 8 || left == 6)
        return 6;
    return left > 6 ? 4 : left == 5 ? 3 : left;
}

static int parts_of(int dtype)
{
    return is_complex(dtype) ? 2 : 1;
}

static ptrdiff_t terms_of(const sk_conv *job)
{
    return job->x.shape[2] * job->windows.kernel[0] * job->windows.kernel[1];
}

static ptrdiff_t line_bytes(const sk_conv *job)
{
    const int real = sk_itemsize[real_of(job->dtype)];
    return sk_row_line(((job->rows - 1) * job->pitch + job->columns * parts_of(job->dtype)) * real);
}

/* Bytes of a line of `columns` results. */
static ptrdiff_t result_bytes(const sk_conv *job)
{
    return sk_row_line(job->columns * sk_itemsize[job->out.dtype]);
}

static size_t panel_bytes(const sk_conv *job)
{
    const int real = sk_itemsize[real_of(job->dtype)];
    return aligned(job->groups * job->channels * job->plane * real) + SK_CACHE_LINE;
}

static void plan_places(sk_conv *job, ptrdiff_t places)
{
    const int parts = parts_of(job->dtype);
    const ptrdiff_t height = job->out.shape[3], width = job->out.shape[4];
    const ptrdiff_t reach = (job->across - 1) * job->windows.dilation[1] / job->windows.stride[1];
    job->columns = width;
    if (width + reach > places / parts) /* a long reach asks for long tiles: what lies under two is loaded twice */
        job->columns = at_most(width, at_least(places / parts, at_most(reach, 4 * places / parts)));
    job->axis[1] = sk_layer_plan(&job->windows, 1, job->columns, job->across);
    job->pitch = job->axis[1].length * parts;
    job->rows = job->columns < width ? 1 : at_least(at_most(height, places / job->pitch), 1);
    job->rows = divide_up(height, divide_up(height, job->rows)); /* no small rest */
    job->axis[0] = sk_layer_plan(&job->windows, 0, job->rows, job->down);
    job->plane = job->axis[0].groups * job->axis[1].groups * job->axis[0].length * job->pitch;
}

void sk_conv_plan(sk_conv *job)
{
    const ptrdiff_t *kernel = job->windows.kernel, *shape = job->out.shape;
    const ptrdiff_t area = kernel[0] * kernel[1], channels = job->x.shape[2], terms = terms_of(job);
    const ptrdiff_t all = shape[2] * parts_of(job->weights_dtype);
    const int real = sk_itemsize[real_of(job->dtype)];
    job->across = at_most(kernel[1], SK_LAYER_TERMS);
    job->down = at_most(kernel[0], at_least(SK_LAYER_TERMS / job->across, 1));
    job->channels = at_most(channels, at_least(SK_LAYER_TERMS / area, 1));
    if (job->across < kernel[1])
        job->down = 1;
    job->line_blocks = divide_up(all, MOST_LINES);
    job->lines = job->line_blocks == 1 ? all : divide_up(divide_up(all, job->line_blocks), 6) * 6;
    job->line_blocks = divide_up(all, job->lines);
    ptrdiff_t places = at_least(FEWEST_PLACES, at_most(MOST_SUMS / job->lines, MOST_PLACES)) * 4 / real;
    while (places > LEAST_PLACES && (double)places * (double)job->lines * (double)terms > LARGEST_TILE)
        places /= 2;
    plan_places(job, places);
    job->groups = 1;
    while (places > LEAST_PLACES && panel_bytes(job) > PANEL_BYTES) {
        places /= 2;
        plan_places(job, places);
    }
    const ptrdiff_t sums = job->rows * job->pitch * job->lines;
    if (job->line_blocks == 1 && job->channels == channels && job->down * job->across == area) {
        /* Small groups go together, and so do neighbouring channels. */
        const ptrdiff_t between = job->x.stride[1], sample = sk_itemsize[job->x.dtype];
        job->groups = at_most(MOST_SUMS / sums, MOST_GROUPS);
        if (between == channels * sample && job->x.stride[4] != sample)
            job->groups = at_least(job->groups, MOST_GROUPS / channels);
        job->groups = at_most(at_least(job->groups, 1), shape[1]);
        while (job->groups > 1 && panel_bytes(job) > 2 * PANEL_BYTES)
            job->groups = job->groups / 2;
    }
    job->group_blocks = divide_up(shape[1], job->groups);
    job->row_blocks = divide_up(shape[3], job->rows);
    job->column_blocks = divide_up(shape[4], job->columns);
    job->tiles = shape[0] * job->group_blocks * job->line_blocks * job->row_blocks * job->column_blocks;
    /* Samples that are loaded, and results that are stored, take as long as some products. */
    job->tile_work = (double)job->groups * ((double)sums * ((double)terms + 8.0) + (double)channels
                                            * (double)job->plane * 8.0);
    job->scratch = panel_bytes(job) + SK_LAYER_TERMS * sizeof(ptrdiff_t)
                   + (size_t)(job->groups * job->lines * (line_bytes(job) + result_bytes(job)) + result_bytes(job));
    job->packed = NULL;
}

/* ---- the weights: of every call of the kernel those of one term side by side ---- */

int sk_conv_begin(sk_conv *job)
{
    const int parts = parts_of(job->weights_dtype);
    const ptrdiff_t size = sk_itemsize[job->weights_dtype], real = size / parts, terms = terms_of(job);
    const ptrdiff_t all = job->out.shape[2] * parts, groups = job->out.shape[1];
    const char *from = job->weights;
    char *to = job->packed = sk_alloc((size_t)(groups * all * terms * real));
    if (!to)
        return -1;
    for (ptrdiff_t g = 0; g < groups; g++)
        for (ptrdiff_t first = 0; first < all; first += job->lines)
            for (ptrdiff_t left = at_most(job->lines, all - first); left > 0;) {
                const ptrdiff_t lines = side_by_side(left), bytes = lines * terms * real;
                sk_active->transpose[job->weights_dtype](from, terms * size, to, lines * real, lines / parts, terms);
                from += bytes;
                to += bytes;
                left -= lines;
            }
    return 0;
}

void sk_conv_end(sk_conv *job)
{
    sk_free(job->packed);
    job->packed = NULL;
}

/* ---- a tile ---- */

typedef struct {
    const sk_conv *job;
    ptrdiff_t place[2], outputs[2]; /* the first output, and how many */
    ptrdiff_t group, groups, line, lines;
    char *panel, *sums, *results, *bias;
    ptrdiff_t *offsets;
    ptrdiff_t between; /* bytes between lines of sums, */
    ptrdiff_t apart;   /* and between rows that are summed one by one: 0, all at once */
} conv_tile;

/* Adds the terms of a block, the first of which is number `first` of its filters, to the sums of group g. */
static void add_block(const conv_tile *t, ptrdiff_t g, const char *samples, ptrdiff_t first, ptrdiff_t terms)
{
    const sk_conv *job = t->job;
    const int real = real_of(job->dtype), size = sk_itemsize[real];
    const ptrdiff_t all = job->out.shape[2] * parts_of(job->weights_dtype), of_line = terms_of(job);
    const ptrdiff_t row = t->outputs[1] * parts_of(job->dtype);
    const ptrdiff_t rows = t->apart ? t->outputs[0] : 1, n = row + (t->apart ? 0 : (t->outputs[0] - 1) * job->pitch);
    /* Wide blocks of lines use the samples under a few vectors of places while these are at hand. */
    const ptrdiff_t run = t->lines > 3 ? 6 * sk_active->vector_bytes / size : n;
    const char *weights = job->packed + ((t->group + g) * all + t->line) * of_line * size;
    sk_conv_sums s = {.offsets = t->offsets, .terms = terms, .stride = t->between / size, .add = first > 0};
    for (ptrdiff_t r = 0; r < rows; r++)
        for (ptrdiff_t i = 0; i < n; i += s.n) {
            s.x = samples + (r * job->pitch + i) * size;
            s.n = at_most(run, n - i);
            if (t->apart && n - i - s.n < SK_CACHE_LINE / size) /* what ends with a row is no less than a vector */
                s.n = n - i;
            for (ptrdiff_t line = 0; line < t->lines; line += s.rows) {
                s.rows = side_by_side(t->lines - line);
                s.w = weights + (line * of_line + first * s.rows) * size;
                s.out = t->sums + (g * t->lines + line) * t->between + r * t->apart + i * size;
                sk_active->conv_sums[real](&s);
            }
        }
}

static void add_terms(const conv_tile *t, const sk_layer_panel *panel)
{
    const sk_conv *job = t->job;
    const ptrdiff_t *kernel = job->windows.kernel, channels = job->x.shape[2];
    const int size = sk_itemsize[real_of(job->dtype)];
    sk_layer_panel p = *panel;
    sk_layer_block b;
    for (ptrdiff_t c = 0; c < channels; c += job->channels)
        for (b.first[0] = 0; b.first[0] < kernel[0]; b.first[0] += job->down)
            for (b.first[1] = 0; b.first[1] < kernel[1]; b.first[1] += job->across) {
                b.channels = at_most(job->channels, channels - c);
                b.count[0] = at_most(job->down, kernel[0] - b.first[0]);
                b.count[1] = at_most(job->across, kernel[1] - b.first[1]);
                p.image = panel->image + c * job->x.stride[2];
                const ptrdiff_t terms = sk_layer_offsets(&p, &b, t->offsets);
                if (t->groups > 1 && p.between * channels == job->x.stride[1]) {
                    b.channels *= t->groups;
                    sk_layer_load(&p, &b, t->place, t->outputs, t->panel);
                } else {
                    for (ptrdiff_t g = 0; g < t->groups; g++, p.image += job->x.stride[1])
                        sk_layer_load(&p, &b, t->place, t->outputs, t->panel + g * channels * job->plane * size);
                }
                for (ptrdiff_t g = 0; g < t->groups; g++)
                    add_block(t, g, t->panel + g * channels * job->plane * size,
                              (c * kernel[0] + b.first[0]) * kernel[1] + b.first[1], terms);
            }
}

/* n results of one filter, from its line of sums (two where weights are complex) and the bias, or NULL. */
#define FINISH(R) do { \
    const R *a = sums, *b = (const R *)((const char *)sums + between), *more = bias; \
    R *to = result; \
    if (samples == 2 && weights == 2) { \
        for (ptrdiff_t i = 0; i < n; i++) { \
            to[2 * i] = a[2 * i] - b[2 * i + 1]; \
            to[2 * i + 1] = a[2 * i + 1] + b[2 * i]; \
        } \
    } else if (weights == 2) { \
        for (ptrdiff_t i = 0; i < n; i++) { \
            to[2 * i] = a[i]; \
            to[2 * i + 1] = b[i]; \
        } \
    } else { \
        sk_copy_row((char *)to, (const char *)a, samples * n * (ptrdiff_t)sizeof(R)); \
    } \
    for (ptrdiff_t i = 0; more && i < at_least(samples, weights) * n; i++) \
        to[i] += more[i]; \
    } while (0)

static void finish(const sk_conv *job, const void *sums, ptrdiff_t between, const void *bias, ptrdiff_t n,
                   void *result)
{
    const int samples = parts_of(job->dtype), weights = parts_of(job->weights_dtype);
    if (real_of(job->dtype) == SK_F32)
        FINISH(float);
    else
        FINISH(double);
}

/* The bias of a filter along row `row` of the tile; NULL where there is none. `held`: that of the row before it, which
 * may be the same. */
static const void *bias_of(const conv_tile *t, ptrdiff_t g, ptrdiff_t o, ptrdiff_t row, int held)
{
    const sk_conv *job = t->job;
    const sk_view *bias = &job->bias;
    if (!job->has_bias)
        return NULL;
    if (!held || bias->stride[2] != 0)
        sk_load(bias->ptr + (t->group + g) * bias->stride[0] + o * bias->stride[1]
                    + (t->place[0] + row) * bias->stride[2] + t->place[1] * bias->stride[3],
                bias->stride[3], t->outputs[1], bias->dtype, bias->swapped, job->out.dtype, t->bias);
    return t->bias;
}

/* The tile's outputs, from `image` on: filter by filter, or all of a row's turned where filters are neighbours. */
static void store(const conv_tile *t, char *image)
{
    const sk_conv *job = t->job;
    const sk_view *out = &job->out;
    const int size = sk_itemsize[out->dtype], parts = parts_of(job->weights_dtype);
    const ptrdiff_t n = t->outputs[1], filters = t->lines / parts, line = result_bytes(job);
    const ptrdiff_t pitch = job->pitch * sk_itemsize[real_of(job->dtype)];
    const int turned = out->stride[4] != size && sk_in_place(image, out->stride[2], out->dtype)
                       && (t->groups == 1 || out->stride[1] == out->shape[2] * out->stride[2]);
    const int direct = sk_in_place(image, out->stride[4], out->dtype);
    for (ptrdiff_t first = 0; first < t->outputs[0]; first += turned ? 1 : t->outputs[0]) {
        for (ptrdiff_t g = 0; g < t->groups; g++)
            for (ptrdiff_t o = 0; o < filters; o++)
                for (ptrdiff_t row = first; row < (turned ? first + 1 : t->outputs[0]); row++) {
                    const char *sums = t->sums + (g * t->lines + o * parts) * t->between + row * pitch;
                    char *to = image + g * out->stride[1] + o * out->stride[2] + row * out->stride[3];
                    char *result = turned ? t->results + (g * filters + o) * line : direct ? to : t->results;
                    finish(job, sums, t->between, bias_of(t, g, t->line / parts + o, row, row > first), n,
                           result);
                    if (!turned && !direct)
                        sk_store(result, n, out->dtype, to, out->stride[4]);
                }
        if (turned)
            sk_active->transpose[out->dtype](t->results, line, image + first * out->stride[3], out->stride[4],
                                             t->groups * filters, n);
    }
}

static void conv_tile_run(void *context, ptrdiff_t index, char *scratch)
{
    const sk_conv *job = context;
    const sk_view *x = &job->x, *out = &job->out;
    const int parts = parts_of(job->weights_dtype);
    conv_tile t = {.job = job, .between = line_bytes(job)};
    t.place[1] = index % job->column_blocks * job->columns;
    index /= job->column_blocks;
    t.place[0] = index % job->row_blocks * job->rows;
    index /= job->row_blocks;
    t.line = index % job->line_blocks * job->lines;
    index /= job->line_blocks;
    t.group = index % job->group_blocks * job->groups;
    const ptrdiff_t image = index / job->group_blocks;
    t.outputs[0] = at_most(job->rows, out->shape[3] - t.place[0]);
    t.outputs[1] = at_most(job->columns, out->shape[4] - t.place[1]);
    t.groups = at_most(job->groups, out->shape[1] - t.group);
    t.lines = at_most(job->lines, out->shape[2] * parts - t.line);
    t.panel = scratch;
    t.offsets = (ptrdiff_t *)(scratch + panel_bytes(job));
    t.sums = (char *)(t.offsets + SK_LAYER_TERMS);
    t.results = t.sums + job->groups * job->lines * t.between;
    t.bias = t.results + job->groups * job->lines * result_bytes(job);
    memset(t.panel + panel_bytes(job) - 2 * SK_CACHE_LINE, 0, 2 * SK_CACHE_LINE); /* read, not used */
    sk_layer_panel panel = {.x = x, .windows = &job->windows, .axis = job->axis, .pitch = job->pitch,
                            .plane = job->plane, .dtype = job->dtype, .between = x->stride[2]};
    panel.image = x->ptr + image * x->stride[0] + t.group * x->stride[1];
    char *first = out->ptr + image * out->stride[0] + t.group * out->stride[1] + t.line / parts * out->stride[2]
                  + t.place[0] * out->stride[3] + t.place[1] * out->stride[4];
    /* A single block of terms can be summed where its results are to stand. */
    const int size = sk_itemsize[out->dtype];
    const ptrdiff_t apart = out->stride[3];
    if (!job->has_bias && parts == 1 && t.groups == 1 && job->channels == x->shape[2]
        && job->down * job->across == job->windows.kernel[0] * job->windows.kernel[1]
        && t.outputs[1] * size >= SK_CACHE_LINE && sk_in_place(first, out->stride[4], out->dtype)
        && sk_in_place(first + apart, size, out->dtype) && sk_in_place(first + out->stride[2], size, out->dtype)) {
        t.sums = first;
        t.between = out->stride[2];
        t.apart = apart;
        add_terms(&t, &panel);
        return;
    }
    add_terms(&t, &panel);
    store(&t, first);
}

int sk_conv_run(sk_conv *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(conv_tile_run, job, begin, end, job->scratch, threads, team);
}

/* Family "stencil": sums of weighted neighbours in images, rank by rank, direct and separable.
 *
 * A tile is a block of rows by columns of one image. A few direct taps are summed row by row, from rows that need no
 * copy. Else a tile is worked off SK_IMAGE_ROWS rows at a time: a direct term is one call of the kernel that sums
 * across rows; a separable one is summed down into lines, then across. */
#include "rows.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum {
    TILE_ROWS = 64, TILE_BYTES = 2048, /* of outputs in a tile; higher and wider where weights are many, */
    LONG_BYTES = 8192,                 /* and where rows are read one after the other */
    MOST_SCRATCH = 14 << 20,           /* narrower where many rows of it would take more */
    LARGEST_TILE = 1 << 25             /* multiply-adds in a tile: some milliseconds */
};

/* ---- storing ---- */

/* `convert` makes one value of type TO of v. */
#define STORE(FROM, TO, convert) do { \
    const FROM *from = src; \
    for (ptrdiff_t i = 0; i < n; i++) { \
        const FROM v = from[i]; \
        const TO value = convert; \
        memcpy(to + i * stride, &value, sizeof value); \
    } } while (0)
/* The upper limit of a wide type is no value of FROM: what reaches `limit`, the next one above, is beyond. */
#define WIDE(FROM, TO, rint, low, high, limit) \
    STORE(FROM, TO, !(v == v) ? 0 : v <= (FROM)(low) ? (low) : rint(v) >= (FROM)(limit) ? (high) : (TO)rint(v))
#define STORE_REALS(FROM, rint) \
    switch (to_dtype) { \
    case SK_BOOL: STORE(FROM, uint8_t, v != 0); break; \
    case SK_I32: WIDE(FROM, int32_t, rint, INT32_MIN, INT32_MAX, 0x1p31); break; \
    case SK_U32: WIDE(FROM, uint32_t, rint, 0, UINT32_MAX, 0x1p32); break; \
    case SK_I64: WIDE(FROM, int64_t, rint, INT64_MIN, INT64_MAX, 0x1p63); break; \
    case SK_U64: WIDE(FROM, uint64_t, rint, 0, UINT64_MAX, 0x1p64); break; \
    case SK_F32: STORE(FROM, float, (float)v); break; \
    default: STORE(FROM, double, (double)v); \
    }
#define PAIRS(FROM, TO) do { \
    const FROM *from = src; \
    for (ptrdiff_t i = 0; i < n; i++) { \
        const TO v[2] = {(TO)from[2 * i], (TO)from[2 * i + 1]}; \
        memcpy(to + i * stride, v, sizeof v); \
    } } while (0)

/* The kernel that rounds to a short integer, NULL for other types. */
static sk_round_to_fn *rounds_to(int dtype, int to_dtype)
{
    switch (to_dtype) {
    case SK_I8: return sk_active->round_to_i8[dtype];
    case SK_U8: return sk_active->round_to_u8[dtype];
    case SK_I16: return sk_active->round_to_i16[dtype];
    case SK_U16: return sk_active->round_to_u16[dtype];
    default: return NULL;
    }
}

void sk_store_as(const void *src, ptrdiff_t n, int dtype, int to_dtype, char *to, ptrdiff_t stride, void *scratch)
{
    const int size = sk_itemsize[to_dtype];
    sk_round_to_fn *round_to = rounds_to(dtype, to_dtype);
    if (round_to) {
        const int in_place = stride == size && (uintptr_t)to % (uintptr_t)size == 0;
        round_to(src, in_place ? to : scratch, n);
        if (!in_place)
            sk_store(scratch, n, to_dtype, to, stride);
    } else if (dtype == to_dtype) {
        sk_store(src, n, dtype, to, stride);
    } else if (dtype == SK_F32) {
        STORE_REALS(float, rintf)
    } else if (dtype == SK_F64) {
        STORE_REALS(double, rint)
    } else if (dtype == SK_C64) {
        PAIRS(float, double);
    } else {
        PAIRS(double, float);
    }
}

/* ---- the plan ---- */

static ptrdiff_t work_of(const sk_image_term *term)
{
    return term->across < 0 ? term->m * term->width : term->m + term->width;
}

static size_t scratch_of(const sk_image_filter *job)
{
    const int size = sk_itemsize[job->dtype];
    const ptrdiff_t high = job->bottom - job->top, bytes = (job->columns + job->right - job->left) * size;
    const ptrdiff_t line = sk_row_line(bytes);
    return sk_rows_scratch(job->rows + high, high + job->together, bytes)
           + (size_t)(job->together * line)                                         /* lines summed down */
           + (size_t)((job->plane_count > 1 ? job->rows : job->together) * line)    /* outputs */
           + (size_t)(job->root ? job->together * line : 0);                        /* one term of a root */
}

/* The fewest outputs side by side that kernels compute: those that sum across need more. */
static ptrdiff_t block_of(const sk_image_filter *job)
{
    return (job->separable ? SK_BLOCK : SK_CACHE_LINE) / sk_itemsize[job->dtype];
}

void sk_image_filter_plan(sk_image_filter *job)
{
    const int nd = job->out.ndim, size = sk_itemsize[job->dtype];
    const ptrdiff_t height = job->out.shape[nd - 2], width = job->out.shape[nd - 1];
    ptrdiff_t images = 1, work = 0;
    for (int axis = 0; axis < nd - 2; axis++)
        images *= job->out.shape[axis];
    job->top = job->left = PTRDIFF_MAX;
    job->bottom = job->right = PTRDIFF_MIN;
    job->together = is_complex(job->dtype) && !job->real_weights ? SK_IMAGE_ROWS : 1;
    job->separable = 0;
    for (ptrdiff_t t = 0; t < job->term_count; t++) {
        const sk_image_term *term = &job->terms[t];
        job->top = at_most(job->top, term->at_down);
        job->bottom = at_least(job->bottom, term->at_down + term->m - 1);
        job->left = at_most(job->left, term->at_across);
        job->right = at_least(job->right, term->at_across + term->width - 1);
        work += work_of(term) * (!is_complex(job->dtype) ? 1 : job->real_weights ? 2 : 4);
        job->separable |= term->across >= 0;
        if (term->across >= 0 || work_of(term) > SK_FEW)
            job->together = SK_IMAGE_ROWS;
    }
    const ptrdiff_t reach = job->right - job->left, block = block_of(job);
    const ptrdiff_t twice = divide_up(at_most(2 * reach, 8 * TILE_BYTES / size), block) * block;
    const ptrdiff_t wide = job->together == 1 ? LONG_BYTES / size : at_least(TILE_BYTES / size, twice);
    job->columns = at_most(wide, at_least(divide_up(width, block) * block, block));
    const ptrdiff_t high = divide_up(at_least(4 * (job->bottom - job->top), TILE_ROWS), job->together);
    job->rows = at_most(high, divide_up(height, job->together)) * job->together;
    while (job->rows > job->together && job->rows * job->columns * work > LARGEST_TILE)
        job->rows -= job->together;
    while (job->columns > block && scratch_of(job) > MOST_SCRATCH)
        job->columns = at_least(job->columns / 2 / block, 1) * block;
    job->row_blocks = divide_up(height, job->rows);
    job->column_blocks = divide_up(width, job->columns);
    job->tiles = images * job->row_blocks * job->column_blocks;
    job->tile_work = (double)job->rows * (double)at_most(job->columns, width) * ((double)work + 8.0);
    job->scratch = scratch_of(job);
}

/* ---- a tile ---- */

/* The weights of a few taps, of two terms at most, and how far from the first sample under an output theirs lie. */
typedef struct {
    const sk_image_term *term;
    ptrdiff_t count, down[SK_FEW], across[SK_FEW]; /* rows, bytes */
    double weights[2 * SK_FEW];
} few_taps;

typedef struct {
    const sk_image_filter *job;
    sk_rows rows;
    few_taps taps;
    ptrdiff_t columns; /* of outputs, as kernels count them: at least a block */
    ptrdiff_t stride;         /* of lines and term */
    char *lines, *term;
    const char *ahead[SK_IMAGE_ROWS];
} image_tile;

/* Columns that lie outside become the constant, in lines that were summed down. */
static void refill(const image_tile *t, ptrdiff_t columns)
{
    const sk_image_filter *job = t->job;
    const int size = sk_itemsize[job->dtype];
    const ptrdiff_t before = at_most(at_least(-t->rows.left, 0), columns);
    const ptrdiff_t behind = at_most(at_least(t->rows.left + columns - t->rows.width, 0), columns);
    for (ptrdiff_t r = 0; r < SK_IMAGE_ROWS; r++) {
        char *line = t->lines + r * t->stride;
        for (ptrdiff_t c = 0; c < before; c++)
            memcpy(line + c * size, job->fill, (size_t)size);
        for (ptrdiff_t c = columns - behind; c < columns; c++)
            memcpy(line + c * size, job->fill, (size_t)size);
    }
}

/* Weights that count, behind the first `held` reals of taps->weights. */
static void take_taps(const sk_image_filter *job, const sk_image_term *term, few_taps *taps, ptrdiff_t held)
{
    const int size = sk_itemsize[job->dtype], single = real_of(job->dtype) == SK_F32;
    taps->term = term;
    taps->count = 0;
    for (ptrdiff_t b = 0; b < term->width; b++)
        for (ptrdiff_t j = 0; j < term->m; j++) {
            const ptrdiff_t at = term->down + b * term->m + j, to = held + taps->count;
            const double weight =
                single ? (double)((const float *)job->weights)[at] : ((const double *)job->weights)[at];
            if (term->across == SK_SPARSE && weight == 0)
                continue;
            const float narrow = (float)weight;
            if (single)
                memcpy((char *)taps->weights + to * (ptrdiff_t)sizeof narrow, &narrow, sizeof narrow);
            else
                taps->weights[to] = weight;
            taps->down[taps->count] = term->at_down - job->top + j;
            taps->across[taps->count++] = (term->at_across - job->left + b) * size;
        }
}

/* Where the samples under the taps begin, for one row of outputs. */
static void place_taps(const image_tile *t, ptrdiff_t row, const void **at)
{
    for (ptrdiff_t k = 0; k < t->taps.count; k++)
        at[k] = t->rows.rows[row + t->taps.down[k]] + t->taps.across[k];
}

/* As add_term, of one row, by few taps. */
static void add_taps(image_tile *t, const sk_image_term *term, ptrdiff_t row, char *out, int add)
{
    const int dtype = t->job->dtype;
    const void *at[SK_FEW];
    if (t->taps.term != term)
        take_taps(t->job, term, &t->taps, 0);
    place_taps(t, row, at);
    sk_active->sum_taps[real_of(dtype)](at, t->taps.weights, t->taps.count, out,
                                        t->columns * (is_complex(dtype) ? 2 : 1), add);
}

/* The root of the sum of squares of two terms that lie over the same few samples, as those of most gradients do. */
static int is_pair(const sk_image_filter *job)
{
    const sk_image_term *a = job->terms, *b = a + 1;
    return job->root && job->together == 1 && job->term_count == 2 && a->across == SK_DIRECT && b->across == SK_DIRECT
           && a->m == b->m && a->width == b->width && a->at_down == b->at_down && a->at_across == b->at_across;
}

static void root_of_pair(image_tile *t, ptrdiff_t row, char *out)
{
    const sk_image_filter *job = t->job;
    const void *at[SK_FEW];
    if (t->taps.term == NULL) {
        take_taps(job, job->terms, &t->taps, 0);
        take_taps(job, job->terms + 1, &t->taps, t->taps.count);
    }
    place_taps(t, row, at);
    sk_active->root_of_taps[job->dtype](at, t->taps.weights, t->taps.count, out, t->columns);
}

/* Sets, or adds to, job->together rows of out what a term makes of the rows from `row` of the tile on. */
static void add_term(image_tile *t, const sk_image_term *term, ptrdiff_t row, char *out, ptrdiff_t stride, int add)
{
    const sk_image_filter *job = t->job;
    const int size = sk_itemsize[job->dtype];
    const int real_weights = job->real_weights && is_complex(job->dtype), weight_size = real_weights ? size / 2 : size;
    const ptrdiff_t from = term->at_across - job->left;
    const char *weights = job->weights;
    if (job->together == 1) {
        add_taps(t, term, row, out, add);
        return;
    }
    sk_image_sums_fn *columns =
        real_weights ? sk_active->image_sums_real_weights[job->dtype] : sk_active->image_sums[job->dtype];
    sk_slide_rows_fn *across =
        real_weights ? sk_active->slide_rows_real_taps[job->dtype] : sk_active->slide_rows[job->dtype];
    sk_image_sums sums = {.rows = (const void *const *)(t->rows.rows + row + term->at_down - job->top), .from = from,
                           .h = weights + term->down * weight_size, .m = term->m, .width = term->width, .out = out,
                           .stride = stride, .columns = t->columns, .add = add, .ahead = add ? NULL : t->ahead};
    if (term->across < 0) {
        columns(&sums);
        return;
    }
    const ptrdiff_t length = t->columns + term->width - 1;
    sums.width = 1;
    sums.out = t->lines + from * size;
    sums.stride = t->stride;
    sums.columns = length;
    sums.add = 0;
    columns(&sums);
    if (job->sequential && job->boundary[job->naxes - 1] == SK_CONSTANT)
        refill(t, t->rows.columns);
    across(t->lines + from * size, t->stride, weights + term->across * weight_size, term->width, out, stride,
           t->columns, add);
}

/* n by `columns` outputs from row r and column c on; `image` is where the first of their image is stored. */
static void run_block(const sk_image_filter *job, const ptrdiff_t *place, char *image, ptrdiff_t r, ptrdiff_t n,
                      ptrdiff_t c, ptrdiff_t columns, char *scratch)
{
    const int nd = job->out.ndim;
    const ptrdiff_t together = job->together, whole = divide_up(n, together) * together;
    const ptrdiff_t high = job->bottom - job->top, step = job->out.stride[nd - 1];
    char *out = image + r * job->out.stride[nd - 2] + c * step;
    image_tile t = {.job = job, .columns = at_least(columns, block_of(job))};
    const int many = job->plane_count > 1, pair = is_pair(job);
    const int in_place = !many && columns == t.columns && job->out.dtype == job->dtype
                         && sk_in_place(out, step, job->dtype)
                         && sk_in_place(out + job->out.stride[nd - 2], step, job->dtype);
    char *behind = NULL, *sums = NULL;

    for (ptrdiff_t p = 0, begin = 0, end; p < job->plane_count; p++, begin = end) {
        for (end = begin; end < job->term_count && job->terms[end].plane == p; end++)
            continue;
        t.rows = sk_plane_rows(&job->x, job->naxes, job->boundary, job->planes + p * (job->naxes - 2), place, job->fill,
                               job->dtype);
        t.rows.at = r + job->top;
        t.rows.left = c + job->left;
        t.rows.columns = t.columns + job->right - job->left;
        t.rows.held = t.rows.together = high + together;
        behind = sk_rows_begin(&t.rows, whole + high, scratch);
        t.stride = t.rows.line;
        t.lines = behind;
        sums = behind + together * t.stride;
        t.term = sums + (many ? job->rows : together) * t.stride;
        const int last = p == job->plane_count - 1;
        for (ptrdiff_t i = 0; i < whole; i += together) {
            char *to = out + i * job->out.stride[nd - 2];
            const ptrdiff_t rows = at_most(together, n - i);
            const int direct = in_place && rows == together;
            char *sum = direct ? to : sums + (many ? i * t.stride : 0);
            const ptrdiff_t stride = direct ? job->out.stride[nd - 2] : t.stride;
            sk_rows_need(&t.rows, i + high + together);
            if (together > 1)
                sk_rows_ahead(&t.rows, t.ahead);
            if (pair)
                root_of_pair(&t, i, sum);
            for (ptrdiff_t k = begin; !pair && k < end; k++) {
                if (!job->root) {
                    add_term(&t, &job->terms[k], i, sum, stride, k > 0);
                    continue;
                }
                add_term(&t, &job->terms[k], i, t.term, t.stride, 0);
                for (ptrdiff_t j = 0; j < together; j++)
                    sk_active->add_squares[job->dtype](t.term + j * t.stride, sum + j * stride, t.columns, k > 0,
                                                       k == job->term_count - 1);
            }
            if (!last || direct)
                continue;
            for (ptrdiff_t k = 0; k < rows; k++)
                sk_store_as(sum + k * t.stride, columns, job->dtype, job->out.dtype,
                            to + k * job->out.stride[nd - 2], step, t.lines);
        }
    }
}

static void image_tile_run(void *context, ptrdiff_t index, char *scratch)
{
    const sk_image_filter *job = context;
    const int nd = job->out.ndim;
    const ptrdiff_t c = index % job->column_blocks * job->columns, width = job->out.shape[nd - 1];
    const ptrdiff_t r = index / job->column_blocks % job->row_blocks * job->rows;
    const ptrdiff_t n = at_most(job->rows, job->out.shape[nd - 2] - r), end = at_most(c + job->columns, width);
    ptrdiff_t place[SK_MAXDIM];
    char *image = sk_image_at(&job->out, 2, index / job->column_blocks / job->row_blocks, place);
    ptrdiff_t low = c, high = c;
    if (job->together == 1)
        sk_inner_columns(job->left, job->right, width, block_of(job), c, end, &low, &high);
    if (low > c)
        run_block(job, place, image, r, n, c, low - c, scratch);
    if (high > low)
        run_block(job, place, image, r, n, low, high - low, scratch);
    if (end > high)
        run_block(job, place, image, r, n, high, end - high, scratch);
}

int sk_image_filter_run(sk_image_filter *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(image_tile_run, job, begin, end, job->scratch, threads, team);
}

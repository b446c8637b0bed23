/* Family "lines": correlation along the last axes of a job, batches over the others.
 *
 * A tile is a run of outputs on one line. For N-D taps it sums the 1-D correlations
 * of the rows under the taps' rows. Where the line is strided and another axis is
 * contiguous (correlation along axis 0), a tile is a block of rows by columns
 * instead, and nothing is transposed. */
#include "lines.h"

#include <string.h>

enum {
    SHORT_TILE = 2048, LONG_TILE = 8192, /* outputs in a tile, by the number of taps */
    SEGMENT = 65536,                     /* taps at once: bounds the scratch; a multiple of SK_RESTART */
    COLUMN_TAPS = 4096,                  /* above this the rows under an output would not stay in cache */
    COLUMN_BYTES = 512,                 /* of a row in a tile of columns, fewer where its rows would take more than */
    COLUMN_SCRATCH = 98304,              /* this much: it stays in L2, and malloc takes no new pages for it */
    COLUMN_ROWS = 26 * SK_ROWS, COLUMN_SPARE = 7 * SK_ROWS, /* outputs of a tile; lines of scratch beyond m - 1 */
    LARGEST_TILE_WORK = 1 << 25          /* multiply-adds in a tile: some milliseconds */
};

/* The bytes between axis `axis` elements of x, 0 where there is only one. */
static ptrdiff_t step(const sk_view *v, int axis)
{
    return v->shape[axis] > 1 ? v->stride[axis] : 0;
}

/* The batch axis to run columns along, or -1. */
static int find_column_axis(const sk_correlation *job)
{
    const int nd = job->out.ndim, last = nd - 1, size = sk_itemsize[job->dtype], x_size = sk_itemsize[job->x.dtype];
    if (job->naxes != 1 || step(&job->x, last) == x_size || job->h.shape[last] > COLUMN_TAPS)
        return -1;
    for (int axis = 0; axis < last; axis++)
        if (job->x.stride[axis] == x_size && job->out.stride[axis] == size && job->h.stride[axis] == 0
            && job->out.shape[axis] * size >= SK_CACHE_LINE)
            return axis;
    return -1;
}

void sk_correlation_plan(sk_correlation *job)
{
    const int nd = job->out.ndim, last = nd - 1, size = sk_itemsize[job->dtype];
    const ptrdiff_t m = job->h.shape[last], n = job->out.shape[last], block = SK_BLOCK / size;
    ptrdiff_t lines = 1, rows = 1;
    for (int axis = 0; axis < last; axis++)
        lines *= job->out.shape[axis];
    for (int axis = nd - job->naxes; axis < last; axis++)
        rows *= job->h.shape[axis];

    job->column_axis = find_column_axis(job);
    if (job->column_axis >= 0) {
        const ptrdiff_t columns = job->out.shape[job->column_axis], wide = SK_CACHE_LINE / size;
        const ptrdiff_t bytes = at_most(COLUMN_BYTES, COLUMN_SCRATCH / (m - 1 + COLUMN_SPARE));
        job->tile_columns = at_least(bytes / SK_CACHE_LINE, 1) * wide;
        job->tile = COLUMN_ROWS;
        /* A last piece too narrow for a line joins the one before it. */
        job->column_blocks = (columns - wide) / job->tile_columns + 1;
        job->blocks = divide_up(n, job->tile);
        job->tiles = lines / columns * job->blocks * job->column_blocks;
        job->tile_work = (double)at_most(n, job->tile) * (double)at_most(columns, job->tile_columns) * (double)(m + 16);
        job->scratch = aligned((at_most(columns, job->tile_columns) / wide + 1) * (m - 1 + COLUMN_SPARE + 2) * SK_CACHE_LINE)
                       + SK_ROWS * SK_CACHE_LINE + aligned(m * size);
        return;
    }
    job->tile = m * rows <= SK_RESTART ? LONG_TILE : SHORT_TILE;
    job->tile = at_least(at_most(job->tile, LARGEST_TILE_WORK / at_most(m * rows, LARGEST_TILE_WORK)), block);
    job->blocks = divide_up(n, job->tile);
    job->tiles = lines * job->blocks;
    /* A line shorter than a block costs a block, and every row of taps a call. */
    job->tile_work = (double)rows * ((double)at_least(at_most(job->tile, n), block) * (double)m + 2000.0)
                     + 16.0 * (double)at_most(job->tile, n);
    job->scratch = sk_line_scratch_size(at_most(job->tile, n), m, job->dtype);
}

/* ---- lines ---- */

size_t sk_line_scratch_size(ptrdiff_t outputs, ptrdiff_t taps, int dtype)
{
    const ptrdiff_t size = sk_itemsize[dtype], block = SK_BLOCK / size;
    outputs = at_least(outputs, block) + block;
    taps = at_most(taps, SEGMENT);
    return aligned(outputs * size) + aligned((outputs + taps) * size) + aligned(taps * size) + SK_BLOCK;
}

line_scratch sk_line_scratch(char *scratch, ptrdiff_t outputs, ptrdiff_t taps, int dtype)
{
    const ptrdiff_t size = sk_itemsize[dtype], block = SK_BLOCK / size;
    outputs = at_least(outputs, block) + block;
    taps = at_most(taps, SEGMENT);
    line_scratch s = {.one = scratch, .out = scratch + SK_BLOCK};
    s.samples = s.out + aligned(outputs * size);
    s.taps = s.samples + aligned((outputs + taps) * size);
    return s;
}

/* Taps [from, from + count) of one row as the job's dtype, conjugated where asked. */
static const char *some_taps(const sk_correlation *job, const char *row, ptrdiff_t from, ptrdiff_t count, char *buffer)
{
    const int last = job->h.ndim - 1;
    const int dtype = !job->real_taps ? job->dtype : job->dtype == SK_C64 ? SK_F32 : SK_F64;
    const void *taps = sk_piece(&job->h, row, job->h.stride[last], from, count, dtype, buffer);
    if (job->conjugate && !job->real_taps && (dtype == SK_C64 || dtype == SK_C128)) {
        if (taps != buffer)
            memcpy(buffer, taps, (size_t)(count * sk_itemsize[dtype]));
        sk_conjugate(buffer, count, dtype);
        return buffer;
    }
    return taps;
}

static sk_slide_fn *slide_kernel(const sk_correlation *job)
{
    return job->real_taps ? sk_active->slide_real_taps[job->dtype] : sk_active->slide[job->dtype];
}

/* Some taps are not finite and some samples under them do not exist: 0 times infinity
 * must not arise. Outputs whose window lies inside go to the kernel, the others one by
 * one over the samples that exist. */
static void slide_existing(const sk_correlation *job, const char *line, ptrdiff_t at, const char *taps, ptrdiff_t m,
                           char *out, ptrdiff_t n, int accumulate, const line_scratch *s)
{
    const int last = job->x.ndim - 1, size = sk_itemsize[job->dtype];
    const int tap_size = job->real_taps ? size / 2 : size;
    const ptrdiff_t length = job->x.shape[last], stride = job->x.stride[last], block = SK_BLOCK / size;
    const ptrdiff_t inside = at_least(0, -at), beyond = at_most(n, length - m + 1 - at);
    const int whole = beyond - inside >= block;
    sk_slide_fn *slide = slide_kernel(job);
    if (whole)
        slide(sk_piece(&job->x, line, stride, at + inside, beyond - inside + m - 1, job->dtype, s->samples), taps, m,
              out + inside * size, beyond - inside, accumulate);
    for (ptrdiff_t i = 0; i < n; i++) {
        if (whole && i == inside)
            i = beyond;
        if (i >= n)
            break;
        const ptrdiff_t first = at_least(0, -(at + i)), count = at_most(m, length - (at + i)) - first;
        memset(s->one, 0, SK_BLOCK);
        if (accumulate)
            memcpy(s->one, out + i * size, (size_t)size);
        if (count > 0) {
            sk_extend(&job->x, line, stride, length, at + i + first, count + block - 1, SK_EXISTING, NULL, job->dtype,
                      s->samples);
            slide(s->samples, taps + first * tap_size, count, s->one, block, 1);
        }
        memcpy(out + i * size, s->one, (size_t)size);
    }
}

int sk_add_row(const sk_correlation *job, const char *line, const char *tap_row, ptrdiff_t first, char *out,
               ptrdiff_t n, int accumulate, const line_scratch *s)
{
    const int last = job->x.ndim - 1, size = sk_itemsize[job->dtype];
    const ptrdiff_t length = job->x.shape[last], stride = job->x.stride[last], m = job->h.shape[last];
    const ptrdiff_t padded = at_least(n, SK_BLOCK / size);
    const ptrdiff_t at = job->start[last - (job->x.ndim - job->naxes)] + first;
    ptrdiff_t from = 0, end = m;
    if (job->boundary == SK_EXISTING) { /* only taps over some sample; whole restarts, to keep every sum's order */
        from = at_least(0, -at - n + 1) / SK_RESTART * SK_RESTART;
        end = at_most(m, length - at);
    }
    sk_slide_fn *slide = slide_kernel(job);
    for (ptrdiff_t j = from; j < end; j += SEGMENT) {
        const ptrdiff_t count = at_most(SEGMENT, end - j), a = at + j;
        const int outside = a < 0 || a + n + count - 1 > length;
        const char *taps = some_taps(job, tap_row, j, count, s->taps);
        if (outside && job->boundary == SK_EXISTING
            && !sk_finite(taps, count, job->real_taps ? job->dtype - 2 : job->dtype)) {
            slide_existing(job, line, a, taps, count, out, n, accumulate, s);
        } else if (a >= 0 && a + padded + count - 1 <= length) {
            slide(sk_piece(&job->x, line, stride, a, padded + count - 1, job->dtype, s->samples), taps, count, out,
                  padded, accumulate);
        } else {
            sk_extend(&job->x, line, stride, length, a, padded + count - 1, job->boundary, job->fill, job->dtype,
                      s->samples);
            slide(s->samples, taps, count, out, padded, accumulate);
        }
        accumulate = 1;
    }
    return accumulate;
}

/* A row of samples that lies outside along an earlier axis: the constant all along it. */
static int add_constant_row(const sk_correlation *job, const char *tap_row, char *out, ptrdiff_t n, int accumulate,
                            const line_scratch *s)
{
    sk_correlation constant = *job;
    const int last = job->x.ndim - 1;
    constant.x.ptr = (char *)job->fill;
    constant.x.dtype = job->dtype;
    constant.x.swapped = 0;
    constant.x.stride[last] = 0;
    return sk_add_row(&constant, constant.x.ptr, tap_row, 0, out, n, accumulate, s);
}

static void line_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_correlation *job = context;
    const int nd = job->out.ndim, last = nd - 1, batch = nd - job->naxes, size = sk_itemsize[job->dtype];
    const ptrdiff_t block = SK_BLOCK / size, first = index % job->blocks * job->tile;
    const ptrdiff_t n = at_most(job->tile, job->out.shape[last] - first);
    ptrdiff_t line = index / job->blocks, output[SK_MAXDIM], tap[SK_MAXDIM] = {0};
    char *out = job->out.ptr;
    const char *x = job->x.ptr, *h = job->h.ptr;
    for (int axis = last - 1; axis >= 0; axis--) {
        output[axis] = line % job->out.shape[axis];
        line /= job->out.shape[axis];
        out += output[axis] * job->out.stride[axis];
        if (axis < batch) {
            x += output[axis] * job->x.stride[axis];
            h += output[axis] * job->h.stride[axis];
        }
    }
    const line_scratch s = sk_line_scratch(scratch, at_most(job->tile, job->out.shape[last]), job->h.shape[last],
                                           job->dtype);
    out += first * job->out.stride[last];
    char *to = n >= block && sk_in_place(out, job->out.stride[last], job->dtype) ? out : s.out;
    int accumulate = 0;
    for (;;) { /* over the rows of taps */
        const char *row = x, *tap_row = h;
        int exists = 1;
        for (int axis = batch; axis < last; axis++) {
            const ptrdiff_t i = sk_reflect(job->start[axis - batch] + output[axis] + tap[axis], job->x.shape[axis],
                                           job->boundary);
            tap_row += tap[axis] * job->h.stride[axis];
            row += i * job->x.stride[axis];
            exists = exists && i >= 0;
        }
        if (exists)
            accumulate = sk_add_row(job, row, tap_row, first, to, n, accumulate, &s);
        else if (job->boundary == SK_CONSTANT)
            accumulate = add_constant_row(job, tap_row, to, n, accumulate, &s);
        int axis = last - 1;
        for (; axis >= batch && ++tap[axis] == job->h.shape[axis]; axis--)
            tap[axis] = 0;
        if (axis < batch)
            break;
    }
    if (!accumulate)
        memset(to, 0, (size_t)(n * size));
    if (to != out)
        sk_store(to, n, job->dtype, out, job->out.stride[last]);
}

/* ---- columns ---- */

/* The samples of a tile, as a kernel takes them: strips of SK_CACHE_LINE bytes of columns, in each the rows one line
 * after the other. Kernels so read aligned lines that fill the cache evenly, which rows as they lie in memory,
 * often a power of two apart, do not. Rows come in as the outputs advance: `first` .. `end` stand in the strips. */
typedef struct {
    const sk_correlation *job;
    const char *x;                        /* the columns' samples at index 0 of the axis */
    ptrdiff_t length, stride;             /* of that axis */
    ptrdiff_t at, rows;                   /* the tile's row 0 on it, the rows under the tile's outputs */
    int as_is;                            /* the samples are of the job's dtype */
    ptrdiff_t columns, row_bytes, strips; /* of a row, in the job's dtype */
    ptrdiff_t first, end, held;           /* held: lines that a strip can hold */
    char *lines, *absent, *converted;     /* absent: the row that stands where there are no samples */
} column_strips;

/* Where a strip begins in a row: the last one ends with the row. */
static ptrdiff_t strip_offset(const column_strips *t, ptrdiff_t strip)
{
    return at_most(strip * SK_CACHE_LINE, t->row_bytes - SK_CACHE_LINE);
}

/* Row k of the tile as it lies in memory, NULL where there is none. */
static inline const char *row_in_place(const column_strips *t, ptrdiff_t k)
{
    ptrdiff_t i = t->at + k;
    if (k >= t->rows)
        return NULL;
    if (i < 0 || i >= t->length)
        i = sk_reflect(i, t->length, t->job->boundary);
    return i < 0 ? NULL : t->x + i * t->stride;
}

/* Brings rows [from, end) into the strips; those before `from` may go. */
static void need_rows(column_strips *t, ptrdiff_t from, ptrdiff_t end)
{
    const sk_correlation *job = t->job;
    if (end - t->first > t->held) {
        for (ptrdiff_t s = 0; s < t->strips; s++) {
            char *strip = t->lines + s * t->held * SK_CACHE_LINE;
            memmove(strip, strip + (from - t->first) * SK_CACHE_LINE, (size_t)((t->end - from) * SK_CACHE_LINE));
        }
        t->first = from;
    }
    for (; t->end < end; t->end++) {
        const char *row = row_in_place(t, t->end);
        if (!row) {
            row = t->absent;
        } else if (!t->as_is) {
            sk_load(row, sk_itemsize[job->x.dtype], t->columns, job->x.dtype, job->x.swapped, job->dtype, t->converted);
            row = t->converted;
        }
        const ptrdiff_t strips = t->strips - 1, apart = t->held * SK_CACHE_LINE;
        char *line = t->lines + (t->end - t->first) * SK_CACHE_LINE;
        for (ptrdiff_t s = 0; s < strips; s++)
            memcpy(line + s * apart, row + s * SK_CACHE_LINE, SK_CACHE_LINE);
        memcpy(line + strips * apart, row + strip_offset(t, strips), SK_CACHE_LINE);
    }
}

/* Asks for a row (into L2) before it is needed: kernels run meanwhile, and the copy does not wait. */
static void prefetch_row(const column_strips *t, ptrdiff_t k)
{
    const ptrdiff_t bytes = t->columns * sk_itemsize[t->job->x.dtype];
    const char *row = row_in_place(t, k);
    for (ptrdiff_t i = 0; row && i < bytes; i += SK_CACHE_LINE)
        __builtin_prefetch(row + i, 0, 2);
}

static const char *strip_line(const column_strips *t, ptrdiff_t strip, ptrdiff_t row)
{
    return t->lines + (strip * t->held + row - t->first) * SK_CACHE_LINE;
}

/* Outputs [from, from + n), n <= SK_ROWS, whose windows reach beyond the line, once more over the samples that
 * exist: the taps are not all finite, and 0 times infinity must not arise. */
static void existing_rows(column_strips *t, sk_columns_fn *kernel, const char *taps, ptrdiff_t from, ptrdiff_t n,
                          char *out, char *block)
{
    const int last = t->job->h.ndim - 1, tap_size = sk_itemsize[t->job->dtype] / (t->job->real_taps ? 2 : 1);
    const ptrdiff_t m = t->job->h.shape[last];
    need_rows(t, from, from + m - 1 + 2 * SK_ROWS);
    for (ptrdiff_t k = from; k < from + n; k++, out += t->job->out.stride[last]) {
        const ptrdiff_t first = at_least(0, -(t->at + k)), count = at_most(m, t->length - (t->at + k)) - first;
        if (first == 0 && count == m)
            continue;
        memset(block, 0, SK_CACHE_LINE);
        for (ptrdiff_t s = 0; s < t->strips; s++) {
            if (count > 0)
                kernel(strip_line(t, s, k + first), taps + first * tap_size, count, block, SK_CACHE_LINE);
            memcpy(out + strip_offset(t, s), block, SK_CACHE_LINE);
        }
    }
}

static void column_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_correlation *job = context;
    const int last = job->out.ndim - 1, size = sk_itemsize[job->dtype], x_size = sk_itemsize[job->x.dtype];
    const ptrdiff_t m = job->h.shape[last], all = job->out.shape[job->column_axis];
    const ptrdiff_t column_block = index % job->column_blocks, row_block = index / job->column_blocks % job->blocks;
    const ptrdiff_t c = column_block * job->tile_columns, r = row_block * job->tile;
    const ptrdiff_t columns = column_block == job->column_blocks - 1 ? all - c : job->tile_columns;
    const ptrdiff_t n = at_most(job->tile, job->out.shape[last] - r), stride = job->out.stride[last];
    ptrdiff_t line = index / job->column_blocks / job->blocks;
    char *out = job->out.ptr + c * size + r * stride;
    const char *x = job->x.ptr + c * x_size, *h = job->h.ptr;
    for (int axis = last - 1; axis >= 0; axis--) {
        if (axis == job->column_axis)
            continue;
        const ptrdiff_t i = line % job->out.shape[axis];
        line /= job->out.shape[axis];
        out += i * job->out.stride[axis];
        x += i * job->x.stride[axis];
        h += i * job->h.stride[axis];
    }
    column_strips t = {.job = job, .x = x, .length = job->x.shape[last], .stride = job->x.stride[last],
                       .at = job->start[0] + r, .rows = n + m - 1,
                       .as_is = job->x.dtype == job->dtype && !job->x.swapped, .columns = columns,
                       .row_bytes = columns * size, .strips = divide_up(columns * size, SK_CACHE_LINE),
                       .held = m - 1 + COLUMN_SPARE, .lines = scratch};
    t.absent = t.lines + t.strips * t.held * SK_CACHE_LINE;
    t.converted = t.absent + t.strips * SK_CACHE_LINE;
    char *block = t.converted + t.strips * SK_CACHE_LINE;
    const char *taps = some_taps(job, h, 0, m, block + SK_ROWS * SK_CACHE_LINE);
    sk_columns_fn *kernel = job->real_taps ? sk_active->columns_real_taps[job->dtype] : sk_active->columns[job->dtype];
    const int outside = t.at < 0 || t.at + t.rows > t.length;
    const int careful = outside && job->boundary == SK_EXISTING
                        && !sk_finite(taps, m, job->real_taps ? job->dtype - 2 : job->dtype);
    const int direct = sk_in_place(out, size, job->dtype) && sk_in_place(out + stride, size, job->dtype);

    memset(t.absent, 0, (size_t)(t.strips * SK_CACHE_LINE));
    for (ptrdiff_t k = 0; job->boundary == SK_CONSTANT && k < columns; k++)
        memcpy(t.absent + k * size, job->fill, (size_t)size);
    const ptrdiff_t ahead = divide_up(SK_ROWS, t.strips); /* rows to ask for with each strip */
    for (ptrdiff_t i = 0; i < n; i += SK_ROWS, out += SK_ROWS * stride) {
        const ptrdiff_t rows = at_most(n - i, SK_ROWS);
        need_rows(&t, i, i + m - 1 + SK_ROWS);
        for (ptrdiff_t s = 0, asked = 0; s < t.strips; s++) {
            const ptrdiff_t offset = strip_offset(&t, s);
            for (ptrdiff_t k = 0; k < ahead && asked < SK_ROWS; k++, asked++)
                prefetch_row(&t, t.end + asked);
            if (direct && rows == SK_ROWS) {
                kernel(strip_line(&t, s, i), taps, m, out + offset, stride);
                continue;
            }
            kernel(strip_line(&t, s, i), taps, m, block, SK_CACHE_LINE);
            for (ptrdiff_t k = 0; k < rows; k++)
                memcpy(out + offset + k * stride, block + k * SK_CACHE_LINE, SK_CACHE_LINE);
        }
        if (careful)
            existing_rows(&t, kernel, taps, i, rows, out, block);
    }
}

int sk_correlation_run(sk_correlation *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(job->column_axis >= 0 ? column_tile : line_tile, job, begin, end, job->scratch, threads, team);
}

/* Polyphase filters along the last axis, batches over the others.
 *
 * Outputs one period apart have the same taps, and their windows lie `advance` samples apart. So the line goes into a
 * matrix whose rows are its samples modulo `advance`, one column to a period: the windows of all periods are rows of it,
 * and the lanes of a vector are periods. Where another axis is contiguous (filters along axis 0), its samples are such
 * rows already, and nothing is transposed. Where neither fits, every output is summed alone. The order of a sum is
 * that of its taps in all three. */
#include "lines.h"

#include <string.h>

enum { MATRIX, COLUMNS, ALONE };

enum {
    MATRIX_BYTES = 65536,                         /* of a tile's samples, and of its outputs */
    MOST_ROWS = 16384, MOST_TAPS = 131072,        /* of a matrix: they bound the scratch */
    WINDOWS = 4, VECTORS = 3,                     /* the kernel's tile */
    COLUMN_TAPS = 4096, COLUMN_OUTPUTS = 64,      /* above so many taps the rows would not stay in cache */
    COLUMN_BYTES = 131072,                        /* of the rows under a tile, */
    COLUMN_PIECE = 192, COLUMN_PIECES = 6,        /* each some pieces wide: tiles of the kernel for every ISA */
    ALONE_OUTPUTS = 1024,
    WINDOW_COST = 8,                              /* summing alone: what a tap costs, in samples transposed */
    LARGEST_TILE_WORK = 1 << 25
};

static ptrdiff_t common_divisor(ptrdiff_t a, ptrdiff_t b)
{
    return b ? common_divisor(b, a % b) : a;
}

static int taps_dtype(const sk_polyphase *job)
{
    return !job->real_taps ? job->dtype : job->dtype == SK_C64 ? SK_F32 : SK_F64;
}

/* The batch axis whose samples lie side by side, or -1. */
static int find_column_axis(const sk_polyphase *job)
{
    const int last = job->out.ndim - 1, size = sk_itemsize[job->dtype], x_size = sk_itemsize[job->x.dtype];
    if (job->boundary >= SK_SMOOTH || job->longest > COLUMN_TAPS
        || (job->x.shape[last] > 1 && job->x.stride[last] == x_size))
        return -1;
    for (int axis = 0; axis < last; axis++)
        if (job->x.stride[axis] == x_size && job->out.stride[axis] == size
            && job->out.shape[axis] * size >= SK_CACHE_LINE)
            return axis;
    return -1;
}

/* Rows of the matrix, or pointers to rows of samples, that some windows in a row reach over. */
static ptrdiff_t reach(const sk_polyphase *job, ptrdiff_t outputs)
{
    return divide_up((outputs - 1) * job->down, job->up) + 1 + job->longest;
}

static void plan_matrix(sk_polyphase *job)
{
    const ptrdiff_t size = sk_itemsize[job->dtype], n = job->out.shape[job->out.ndim - 1];
    const ptrdiff_t step = VECTORS * sk_active->vector_bytes / size;
    /* A period several times over fills the kernel's tiles and the transposition's vectors. */
    const ptrdiff_t group = at_least(WINDOWS, sk_active->vector_bytes / size);
    const ptrdiff_t more = job->period < 16 * group ? group / common_divisor(job->period, group) : 1;
    job->period *= more;
    job->advance *= more;
    ptrdiff_t columns = MATRIX_BYTES / (at_least(job->period, job->advance) * size);
    columns = at_most(columns, LARGEST_TILE_WORK / at_most(job->period * job->longest, LARGEST_TILE_WORK));
    columns = at_most(columns, divide_up(n, job->period));
    job->tile_columns = divide_up(at_least(columns, 1), step) * step;
    job->tile = job->period * job->tile_columns;
    job->columns = job->tile_columns + divide_up(reach(job, job->period), job->advance);
    /* An odd number of cache lines: rows must not all fall into one set. */
    job->row_bytes = (ptrdiff_t)(aligned(job->columns * size) | SK_CACHE_LINE);
    job->windows_at_hand = at_most(job->period, n);
    job->scratch = aligned(reach(job, job->period) * (ptrdiff_t)sizeof(void *))
                   + aligned(job->advance * job->columns * size) + (size_t)(job->advance * job->row_bytes)
                   + (size_t)(job->period * job->row_bytes) + aligned(job->tile * size);
}

void sk_polyphase_plan(sk_polyphase *job)
{
    const int last = job->out.ndim - 1;
    const ptrdiff_t size = sk_itemsize[job->dtype], n = job->out.shape[last];
    const ptrdiff_t divisor = common_divisor(job->up, job->down);
    ptrdiff_t lines = 1;
    for (int axis = 0; axis < last; axis++)
        lines *= job->out.shape[axis];
    job->longest = divide_up(job->m, job->up);
    job->period = job->up / divisor;
    job->advance = job->down / divisor;
    job->column_axis = find_column_axis(job);
    job->column_blocks = 1;
    job->windows_at_hand = at_most(job->period, n);
    const int sparse = job->advance / WINDOW_COST > at_least(job->period, 1) * job->longest;
    if (job->column_axis >= 0) {
        const ptrdiff_t columns = job->out.shape[job->column_axis];
        job->way = COLUMNS;
        job->tile = at_most(at_least(COLUMN_TAPS * (job->up / job->down + 1) / (job->down / job->up + 1), WINDOWS),
                            COLUMN_OUTPUTS);
        const ptrdiff_t rows = reach(job, job->tile), wide = SK_CACHE_LINE / size;
        const ptrdiff_t pieces = at_most(at_least(COLUMN_BYTES / rows / COLUMN_PIECE, 1), COLUMN_PIECES);
        job->tile_columns = pieces * COLUMN_PIECE / size;
        /* A last piece too narrow for a vector joins the one before it. */
        job->column_blocks = (columns - wide) / job->tile_columns + 1;
        /* An odd number of cache lines: rows must not all fall into one set. */
        job->row_bytes = (ptrdiff_t)(aligned((at_most(columns, job->tile_columns) + wide) * size) | SK_CACHE_LINE);
        lines /= columns;
        job->scratch = aligned(job->tile * (ptrdiff_t)sizeof(sk_window)) + aligned(rows * (ptrdiff_t)sizeof(void *))
                       + (size_t)((rows + 1) * job->row_bytes) + aligned(job->longest * size);
    } else if (sparse || at_least(job->period, job->advance) > MOST_ROWS || job->longest > MOST_TAPS) {
        job->way = ALONE;
        job->tile = at_least(at_most(LARGEST_TILE_WORK / 8 / job->longest, ALONE_OUTPUTS), 1);
        job->tile_columns = 1;
        job->scratch = aligned(at_most(job->longest, MOST_TAPS) * size) + aligned(ALONE_OUTPUTS * size);
    } else {
        job->way = MATRIX;
        plan_matrix(job);
    }
    job->blocks = divide_up(n, job->tile);
    job->tiles = lines * job->blocks * job->column_blocks;
    job->tile_work = (double)at_most(job->tile, n) * (job->way == COLUMNS ? (double)job->tile_columns : 1.0)
                         * ((double)job->longest + 8.0) * (job->way == ALONE ? 8.0 : 1.0)
                     + 500.0;
}

/* The newest sample under output k: windows are counted from `longest` - 1 before that of the first. */
static ptrdiff_t newest(const sk_polyphase *job, ptrdiff_t k)
{
    return (job->first + k * job->down) / job->up;
}

int sk_polyphase_begin(sk_polyphase *job)
{
    const int size = sk_itemsize[taps_dtype(job)];
    job->windows = sk_alloc((size_t)job->windows_at_hand * sizeof(sk_window));
    job->taps = sk_alloc((size_t)(job->m * size));
    if (!job->windows || !job->taps)
        return -1;
    const ptrdiff_t phases = job->up / common_divisor(job->up, job->down);
    char *taps = job->taps;
    for (ptrdiff_t k = 0; k < job->windows_at_hand; k++) {
        sk_window *w = job->windows + k;
        const ptrdiff_t phase = (job->first + k * job->down) % job->up;
        w->count = phase < job->m ? divide_up(job->m - phase, job->up) : 0;
        w->first = newest(job, k) - newest(job, 0) + job->longest - w->count;
        w->taps = k < phases ? taps : job->windows[k - phases].taps;
        for (ptrdiff_t t = 0; k < phases && t < w->count; t++, taps += size)
            memcpy(taps, (const char *)job->h + (phase + (w->count - 1 - t) * job->up) * size, (size_t)size);
    }
    job->finite = sk_finite(job->h, job->m, taps_dtype(job));
    return 0;
}

void sk_polyphase_end(sk_polyphase *job)
{
    sk_free(job->windows);
    sk_free(job->taps);
}

/* The window of output k, its first sample counted along the line. */
static sk_window window_of(const sk_polyphase *job, ptrdiff_t k)
{
    sk_window w = job->windows[k % job->period];
    w.first += newest(job, 0) - (job->longest - 1) + k / job->period * job->advance;
    return w;
}

/* Output k of a line by itself, over the samples that exist alone where `existing`, to `out`. buffer holds
 * MOST_TAPS samples, or the longest window. */
static void sum_alone(const sk_polyphase *job, const char *line, ptrdiff_t k, int existing, char *out, char *buffer)
{
    const int last = job->x.ndim - 1, size = sk_itemsize[job->dtype], real = taps_dtype(job);
    const ptrdiff_t n = job->x.shape[last], stride = job->x.stride[last];
    const sk_window w = window_of(job, k);
    const ptrdiff_t begin = existing ? at_least(0, -w.first) : 0;
    const ptrdiff_t end = existing ? at_most(w.count, n - w.first) : w.count;
    sk_window_dot_fn *dot = job->real_taps ? sk_active->window_dot_real_taps[job->dtype]
                                           : sk_active->window_dot[job->dtype];
    memset(out, 0, (size_t)size);
    for (ptrdiff_t t = begin; t < end; t += MOST_TAPS) {
        const ptrdiff_t count = at_most(MOST_TAPS, end - t), at = w.first + t;
        const void *samples = buffer;
        if (at >= 0 && at + count <= n)
            samples = sk_piece(&job->x, line, stride, at, count, job->dtype, buffer);
        else
            sk_extend(&job->x, line, stride, n, at, count, job->boundary, job->fill, job->dtype, buffer);
        dot(samples, (const char *)w.taps + t * sk_itemsize[real], count, out, t > begin);
    }
}

/* Some taps are not finite: the outputs of [first, first + n) whose window holds samples that do not exist once more,
 * without them, so that 0 times infinity does not arise. */
static void without_outside(const sk_polyphase *job, const char *line, ptrdiff_t first, ptrdiff_t n, char *out,
                            ptrdiff_t stride, char *buffer)
{
    const int size = sk_itemsize[job->dtype];
    if (job->finite || job->boundary != SK_EXISTING)
        return;
    for (ptrdiff_t k = 0; k < n; k++) {
        const sk_window w = window_of(job, first + k);
        union {
            float single[2];
            double both[2];
        } one;
        if (w.first >= 0 && w.first + w.count <= job->x.shape[job->x.ndim - 1])
            continue;
        sum_alone(job, line, first + k, 1, (char *)&one, buffer);
        memcpy(out + k * stride, &one, (size_t)size);
    }
}

static void alone_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_polyphase *job = context;
    const int last = job->out.ndim - 1, size = sk_itemsize[job->dtype];
    const ptrdiff_t first = index % job->blocks * job->tile, n = at_most(job->tile, job->out.shape[last] - first);
    const char *line = line_start(&job->x, job->out.shape, last, index / job->blocks);
    char *out = line_start(&job->out, job->out.shape, last, index / job->blocks) + first * job->out.stride[last];
    char *results = scratch + aligned(at_most(job->longest, MOST_TAPS) * size);
    const int existing = !job->finite && job->boundary == SK_EXISTING;
    for (ptrdiff_t k = 0; k < n; k++)
        sum_alone(job, line, first + k, existing, results + k * size, scratch);
    sk_store(results, n, job->dtype, out, job->out.stride[last]);
}

/* ---- one line as a matrix ---- */

static void matrix_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_polyphase *job = context;
    const int last = job->out.ndim - 1;
    const ptrdiff_t size = sk_itemsize[job->dtype], first = index % job->blocks * job->tile;
    const ptrdiff_t n = at_most(job->tile, job->out.shape[last] - first), length = job->x.shape[last];
    const char *line = line_start(&job->x, job->out.shape, last, index / job->blocks);
    char *out = line_start(&job->out, job->out.shape, last, index / job->blocks) + first * job->out.stride[last];
    const ptrdiff_t windows = at_most(n, job->period), filled = divide_up(n, job->period);
    const sk_window *w = job->windows + windows - 1;
    const ptrdiff_t rows_used = reach(job, job->period), advance = job->advance;
    const ptrdiff_t across = at_least(filled, sk_active->vector_bytes / size);
    const ptrdiff_t columns = across + (rows_used - 1) / advance;

    const void **rows = (const void **)scratch;
    char *piece = scratch + aligned(rows_used * (ptrdiff_t)sizeof(void *));
    char *matrix = piece + aligned(advance * job->columns * size);
    char *sums = matrix + advance * job->row_bytes, *results = sums + job->period * job->row_bytes;

    /* The samples under the tile, zeros behind them for the lanes that are not wanted. */
    const ptrdiff_t at = newest(job, 0) - (job->longest - 1) + first / job->period * advance;
    const ptrdiff_t all = advance * columns;
    const ptrdiff_t needed = (filled - 1) * advance + w->first + w->count;
    const char *samples = piece;
    if (at >= 0 && at + all <= length) {
        samples = sk_piece(&job->x, line, job->x.stride[last], at, all, job->dtype, piece);
    } else {
        sk_extend(&job->x, line, job->x.stride[last], length, at, needed, job->boundary, job->fill, job->dtype, piece);
        memset(piece + needed * size, 0, (size_t)((all - needed) * size));
    }
    sk_transpose_fn *transpose = sk_active->transpose[job->dtype];
    if (advance > 1)
        transpose(samples, advance * size, matrix, job->row_bytes, columns, advance);
    const char *from = advance > 1 ? matrix : samples;
    for (ptrdiff_t u = 0, row = 0, column = 0; u < rows_used; u++) {
        rows[u] = from + row * job->row_bytes + column * size;
        if (++row == advance) {
            row = 0;
            column++;
        }
    }

    sk_polyphase_fn *kernel = job->real_taps ? sk_active->polyphase_real_taps[job->dtype]
                                             : sk_active->polyphase[job->dtype];
    kernel(rows, job->windows, windows, sums, job->row_bytes, across);
    char *to = sk_in_place(out, job->out.stride[last], job->dtype) ? out : results;
    const ptrdiff_t whole = n / job->period;
    transpose(sums, job->row_bytes, to, job->period * size, whole ? job->period : 0, whole);
    transpose(sums + whole * size, job->row_bytes, to + whole * job->period * size, job->period * size,
              n - whole * job->period, 1);
    without_outside(job, line, first, n, to, size, piece);
    if (to != out)
        sk_store(to, n, job->dtype, out, job->out.stride[last]);
}

/* ---- across lines ---- */

static void column_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_polyphase *job = context;
    const int last = job->out.ndim - 1;
    const ptrdiff_t size = sk_itemsize[job->dtype], length = job->x.shape[last], stride = job->x.stride[last];
    const ptrdiff_t all = job->out.shape[job->column_axis], block = index % job->column_blocks;
    const ptrdiff_t c = block * job->tile_columns, first = index / job->column_blocks % job->blocks * job->tile;
    const ptrdiff_t columns = block == job->column_blocks - 1 ? all - c : job->tile_columns;
    const ptrdiff_t n = at_most(job->tile, job->out.shape[last] - first);
    ptrdiff_t line = index / job->column_blocks / job->blocks;
    char *out = job->out.ptr + c * size + first * job->out.stride[last];
    const ptrdiff_t x_size = sk_itemsize[job->x.dtype];
    const char *x = job->x.ptr + c * x_size;
    for (int axis = last - 1; axis >= 0; axis--) {
        if (axis == job->column_axis)
            continue;
        const ptrdiff_t i = line % job->out.shape[axis];
        line /= job->out.shape[axis];
        out += i * job->out.stride[axis];
        x += i * job->x.stride[axis];
    }
    sk_window *windows = (sk_window *)scratch;
    const void **rows = (const void **)(scratch + aligned(job->tile * (ptrdiff_t)sizeof(sk_window)));
    char *outside = (char *)rows + aligned(reach(job, job->tile) * (ptrdiff_t)sizeof(void *));
    char *samples = outside + job->row_bytes, *buffer = samples + reach(job, job->tile) * job->row_bytes;

    if (job->boundary == SK_CONSTANT)
        for (ptrdiff_t k = 0; k < columns; k++)
            memcpy(outside + k * size, job->fill, (size_t)size);
    else
        memset(outside, 0, (size_t)(columns * size));
    const ptrdiff_t at = newest(job, first) - (job->longest - 1);
    for (ptrdiff_t k = 0; k < n; k++) {
        windows[k] = window_of(job, first + k);
        windows[k].first -= at;
    }
    const ptrdiff_t reached = windows[n - 1].first + windows[n - 1].count;
    for (ptrdiff_t u = 0; u < reached; u++, samples += job->row_bytes) {
        const ptrdiff_t i = sk_reflect(at + u, length, job->boundary);
        rows[u] = i >= 0 ? samples : outside;
        if (i >= 0)
            sk_load(x + i * stride, x_size, columns, job->x.dtype, job->x.swapped, job->dtype, samples);
    }
    sk_polyphase_fn *kernel = job->real_taps ? sk_active->polyphase_real_taps[job->dtype]
                                             : sk_active->polyphase[job->dtype];
    kernel(rows, windows, n, out, job->out.stride[last], columns);
    for (ptrdiff_t k = 0; k < columns; k++)
        without_outside(job, x + k * x_size, first, n, out + k * size, job->out.stride[last], buffer);
}

int sk_polyphase_run(sk_polyphase *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    sk_tile_fn *tile = job->way == MATRIX ? matrix_tile : job->way == COLUMNS ? column_tile : alone_tile;
    return sk_run_tiles(tile, job, begin, end, job->scratch, threads, team);
}

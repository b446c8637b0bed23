/* Family "stencil": the sample of one rank under a footprint.
 *
 * Small footprints: a network of comparisons over whole lines. Large ones: the samples under a tile are sorted once,
 * and from then on a sample is its place in that order. The samples under an output are a set of places, one bit each;
 * from output to output a few bits change, and the place of the wanted rank is sought from where it was (the idea of J.
 * Suomela, "Median filtering is equivalent to sorting", arXiv:1406.1717). */
#include "rows.h"

#include <stdint.h>
#include <string.h>

enum {
    RANK_BYTES = 8192, RANK_ROWS = 64,   /* of outputs in a tile: long rows, which the hardware foresees */
    PIECE_BYTES = 1024,                  /* of them at once, so that what networks leave stays in L1 */
    BITS_ROWS = 64, BITS_COLUMNS = 128   /* of a tile whose samples are sorted */
};

static ptrdiff_t high(const sk_rank_filter *job)
{
    return job->bottom - job->top;
}

static ptrdiff_t wide(const sk_rank_filter *job)
{
    return job->columns + job->right - job->left;
}

/* Samples under a tile, where they are sorted. */
static ptrdiff_t samples(const sk_rank_filter *job)
{
    return job->plane_count * (job->rows + high(job)) * wide(job);
}

void sk_rank_filter_plan(sk_rank_filter *job)
{
    const int nd = job->out.ndim, size = sk_itemsize[job->x.dtype];
    const ptrdiff_t height = job->out.shape[nd - 2], width = job->out.shape[nd - 1];
    ptrdiff_t images = 1;
    for (int axis = 0; axis < nd - 2; axis++)
        images *= job->out.shape[axis];
    job->top = job->left = PTRDIFF_MAX;
    job->bottom = job->right = PTRDIFF_MIN;
    for (ptrdiff_t k = 0; k < job->count; k++) {
        job->top = at_most(job->top, job->offsets[k][1]);
        job->bottom = at_least(job->bottom, job->offsets[k][1]);
        job->left = at_most(job->left, job->offsets[k][2]);
        job->right = at_least(job->right, job->offsets[k][2]);
    }
    const int by_bits = job->method == SK_BY_BITS, by_counts = job->method == SK_BY_COUNTS;
    job->columns = by_bits || by_counts ? BITS_COLUMNS : RANK_BYTES / size;
    job->columns = at_most(job->columns, at_least(width, SK_CACHE_LINE / size));
    job->rows = at_most(by_bits ? BITS_ROWS : RANK_ROWS, height);
    job->row_blocks = divide_up(height, job->rows);
    job->column_blocks = divide_up(width, job->columns);
    job->tiles = images * job->row_blocks * job->column_blocks;
    const double each = by_counts ? 64.0 : by_bits ? 16.0 * (double)(high(job) + 1) * (double)job->plane_count
                                : 2.0 * (double)at_least(job->pair_count, 9);
    job->tile_work = (double)job->rows * (double)at_most(job->columns, width) * (each + 16.0);

    const ptrdiff_t all = job->rows + high(job), n = samples(job);
    job->scratch = aligned(job->plane_count * (ptrdiff_t)sizeof(sk_rows))
                   + (size_t)job->plane_count * sk_rows_scratch(all, all, wide(job) * size)
                   + (size_t)(job->rows * sk_row_line(job->columns * size))       /* outputs */
                   + aligned(at_least(job->count, 5) * (ptrdiff_t)sizeof(char *)) /* lines under them */
                   + (by_bits ? aligned(n * size) + 4 * aligned(n * (ptrdiff_t)sizeof(uint32_t)) + aligned(n / 8 + 16)
                                    + aligned(job->count * 2 * (ptrdiff_t)sizeof(ptrdiff_t))
                   : by_counts ? aligned(17 * 32 * wide(job))
                              : (size_t)(at_least(job->count, 5) * sk_row_line(PIECE_BYTES + 4 * size)));
}

/* ---- sorting: by the bytes of a key, least significant first ---- */

/* Byte b of a sample's key: keys stand in the order of the samples, as unsigned numbers. NaN comes wherever it does. */
static inline unsigned key_byte(const char *sample, int dtype, int b)
{
    const int size = sk_itemsize[dtype];
    uint64_t key = 0;
    memcpy(&key, sample, (size_t)size); /* little-endian */
    const uint64_t sign = (uint64_t)1 << (8 * size - 1);
    if (dtype == SK_F32 || dtype == SK_F64)
        key = key & sign ? ~key : key | sign;
    else if (dtype == SK_I8 || dtype == SK_I16 || dtype == SK_I32 || dtype == SK_I64)
        key ^= sign;
    return (unsigned)(key >> (8 * b)) & 255;
}

/* order[place] = index of the sample there; other is of the same size. */
static uint32_t *sort_samples(const char *x, ptrdiff_t n, int dtype, uint32_t *order, uint32_t *other)
{
    const int size = sk_itemsize[dtype];
    for (ptrdiff_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    for (int b = 0; b < size; b++) {
        ptrdiff_t begin[257] = {0};
        for (ptrdiff_t i = 0; i < n; i++)
            begin[key_byte(x + i * size, dtype, b) + 1]++;
        int alike = 0;
        for (int v = 1; v <= 256; v++)
            alike |= begin[v] == n;
        if (alike)
            continue;
        for (int v = 1; v < 256; v++)
            begin[v] += begin[v - 1];
        for (ptrdiff_t i = 0; i < n; i++)
            other[begin[key_byte(x + order[i] * (ptrdiff_t)size, dtype, b)]++] = order[i];
        uint32_t *swap = order;
        order = other;
        other = swap;
    }
    return order;
}

/* ---- a set of places ---- */

typedef struct {
    uint64_t *bits;
    ptrdiff_t word, below; /* members in the words before `word` */
} place_set;

static inline void flip(place_set *s, uint32_t place)
{
    const uint64_t bit = (uint64_t)1 << (place & 63);
    const ptrdiff_t word = place >> 6;
    const ptrdiff_t change = s->bits[word] & bit ? -1 : 1;
    s->bits[word] ^= bit;
    s->below += word < s->word ? change : 0;
}

/* The member of rank `rank`; there are more. */
static inline ptrdiff_t member(place_set *s, ptrdiff_t rank)
{
    while (s->below > rank)
        s->below -= __builtin_popcountll(s->bits[--s->word]);
    for (ptrdiff_t here; here = __builtin_popcountll(s->bits[s->word]), s->below + here <= rank; s->word++)
        s->below += here;
    uint64_t bits = s->bits[s->word];
    for (ptrdiff_t i = s->below; i < rank; i++)
        bits &= bits - 1;
    return s->word * 64 + __builtin_ctzll(bits);
}

/* ---- a tile ---- */

typedef struct {
    const sk_rank_filter *job;
    sk_rows *planes;
    ptrdiff_t n, columns; /* outputs */
    char *out, *behind;   /* rows of outputs, `stride` bytes apart; scratch */
    ptrdiff_t stride;
} rank_tile;

static const char *sample_row(const rank_tile *t, ptrdiff_t plane, ptrdiff_t row)
{
    return t->planes[plane].rows[row];
}

/* Returns whether some sample may be NaN. */
static int by_networks(const rank_tile *t)
{
    const sk_rank_filter *job = t->job;
    const int dtype = job->x.dtype, size = sk_itemsize[dtype];
    const ptrdiff_t piece = PIECE_BYTES / size;
    const void **lines = (const void **)t->behind;
    char *scratch = t->behind + aligned(at_least(job->count, 5) * (ptrdiff_t)sizeof(char *));
    sk_median_fn *median = (job->method == SK_BY_MEDIAN_3 ? sk_active->median_3 : sk_active->median_5)[dtype];
    int found = job->method == SK_BY_NETWORK;
    for (ptrdiff_t row = 0; !found && row < high(job); row++) /* the other rows are some output's last ones */
        found = sk_has_nan(sample_row(t, 0, row), t->columns + job->right - job->left, dtype);
    for (ptrdiff_t i = 0; i < t->n; i++)
        for (ptrdiff_t c = 0; c < t->columns; c += piece) {
            const ptrdiff_t n = at_most(piece, t->columns - c);
            char *out = t->out + i * t->stride + c * size;
            if (job->method != SK_BY_NETWORK) {
                for (ptrdiff_t k = 0; k <= high(job); k++)
                    lines[k] = sample_row(t, 0, i + k) + c * size;
                found |= median(lines, n, out, scratch);
                continue;
            }
            for (ptrdiff_t k = 0; k < job->count; k++) {
                const ptrdiff_t *offset = job->offsets[k];
                lines[k] = sample_row(t, offset[0], i + offset[1] - job->top) + (c + offset[2] - job->left) * size;
            }
            sk_active->select_rank[dtype](lines, job->count, job->pairs, job->pair_count, job->rank, n, out, scratch);
        }
    return found;
}

static void by_bits(const rank_tile *t)
{
    const sk_rank_filter *job = t->job;
    const int dtype = job->x.dtype, size = sk_itemsize[dtype];
    const ptrdiff_t width = t->columns + job->right - job->left, height = t->n + high(job);
    const ptrdiff_t n = job->plane_count * height * width, room = samples(job);
    char *behind = t->behind + aligned(at_least(job->count, 5) * (ptrdiff_t)sizeof(char *));
    char *x = behind;
    uint32_t *one = (uint32_t *)(behind += aligned(room * size));
    uint32_t *two = (uint32_t *)(behind += aligned(room * (ptrdiff_t)sizeof(uint32_t)));
    uint32_t *place = (uint32_t *)(behind += aligned(room * (ptrdiff_t)sizeof(uint32_t)));
    place_set set = {.bits = (uint64_t *)(behind += aligned(room * (ptrdiff_t)sizeof(uint32_t)))};
    ptrdiff_t *enter = (ptrdiff_t *)(behind + aligned(room / 8 + 16)), *leave = enter + job->count, edges = 0;

    for (ptrdiff_t p = 0; p < job->plane_count; p++)
        for (ptrdiff_t i = 0; i < height; i++)
            memcpy(x + (p * height + i) * width * size, sample_row(t, p, i), (size_t)(width * size));
    const uint32_t *order = sort_samples(x, n, dtype, one, two);
    for (ptrdiff_t i = 0; i < n; i++)
        place[order[i]] = (uint32_t)i;
    /* What enters and leaves when the footprint moves on: the ends of its runs. Offsets come row by row. */
#define AT(k) ((job->offsets[k][0] * height + job->offsets[k][1] - job->top) * width + job->offsets[k][2] - job->left)
    for (ptrdiff_t k = 0; k < job->count; k++) {
        if (k == 0 || AT(k) != AT(k - 1) + 1)
            leave[edges] = AT(k);
        if (k == job->count - 1 || AT(k + 1) != AT(k) + 1)
            enter[edges++] = AT(k);
    }
    for (ptrdiff_t i = 0; i < t->n; i++) {
        memset(set.bits, 0, (size_t)(n / 8 + 8));
        set.below = set.word = 0;
        const uint32_t *at = place + i * width;
        for (ptrdiff_t k = 0; k < job->count; k++)
            flip(&set, at[AT(k)]);
        for (ptrdiff_t c = 0;; c++) {
            const char *sample = x + order[member(&set, job->rank)] * (ptrdiff_t)size;
            memcpy(t->out + i * t->stride + c * size, sample, (size_t)size);
            if (c == t->columns - 1)
                break;
            for (ptrdiff_t k = 0; k < edges; k++) {
                flip(&set, at[c + leave[k]]);
                flip(&set, at[c + enter[k] + 1]);
            }
        }
    }
#undef AT
}

/* Outputs whose footprint holds NaN become NaN. */
static void spread_nan(const rank_tile *t)
{
    const sk_rank_filter *job = t->job;
    const int dtype = job->x.dtype, size = sk_itemsize[dtype];
    const ptrdiff_t width = t->columns + job->right - job->left;
    for (ptrdiff_t p = 0; p < job->plane_count; p++)
        for (ptrdiff_t row = 0; row < t->n + high(job); row++) {
            const char *x = sample_row(t, p, row);
            for (ptrdiff_t c = 0; sk_has_nan(x, width, dtype) && c < width; c++)
                for (ptrdiff_t k = 0; sk_has_nan(x + c * size, 1, dtype) && k < job->count; k++) {
                    const ptrdiff_t i = row - (job->offsets[k][1] - job->top), j = c - (job->offsets[k][2] - job->left);
                    if (job->offsets[k][0] == p && i >= 0 && i < t->n && j >= 0 && j < t->columns)
                        memcpy(t->out + i * t->stride + j * size, x + c * size, (size_t)size);
                }
        }
}

/* n by `columns` outputs from row r and column c on; `image` is where the first of their image is stored. */
static void run_block(const sk_rank_filter *job, ptrdiff_t *place, char *image, ptrdiff_t r, ptrdiff_t n, ptrdiff_t c,
                      ptrdiff_t columns, char *scratch)
{
    const int nd = job->out.ndim, size = sk_itemsize[job->x.dtype];
    const ptrdiff_t apart = job->out.stride[nd - 2], step = job->out.stride[nd - 1];
    rank_tile t = {.job = job, .planes = (sk_rows *)scratch, .n = n, .columns = columns};
    char *out = image + r * apart + c * step;
    char *behind = scratch + aligned(job->plane_count * (ptrdiff_t)sizeof(sk_rows));
    for (ptrdiff_t p = 0; p < job->plane_count; p++) {
        t.planes[p] = sk_plane_rows(&job->x, job->naxes, job->boundary, job->planes + p * (job->naxes - 2), place,
                                    job->fill, job->x.dtype);
        t.planes[p].at = r + job->top;
        t.planes[p].left = c + job->left;
        t.planes[p].columns = columns + job->right - job->left;
        t.planes[p].held = job->rows + high(job);
        t.planes[p].together = 1;
        behind = sk_rows_begin(&t.planes[p], job->rows + high(job), behind);
        sk_rows_need(&t.planes[p], n + high(job));
    }
    const int direct = sk_in_place(out, step, job->x.dtype) && sk_in_place(out + apart, step, job->x.dtype);
    t.stride = direct ? apart : sk_row_line(job->columns * size);
    t.out = direct ? out : behind;
    t.behind = behind + job->rows * sk_row_line(job->columns * size);
    const ptrdiff_t w[2] = {high(job) + 1, job->right - job->left + 1};
    int nan = 1; /* there may be some */
    if (job->method == SK_BY_COUNTS)
        sk_active->byte_ranks[SK_U8]((const void *const *)t.planes->rows, w, job->rank, n, t.out, t.stride, columns,
                                     t.behind);
    else if (job->method == SK_BY_BITS)
        by_bits(&t);
    else
        nan = by_networks(&t);
    if (nan && (job->x.dtype == SK_F32 || job->x.dtype == SK_F64))
        spread_nan(&t);
    for (ptrdiff_t i = 0; !direct && i < n; i++)
        sk_store(t.out + i * t.stride, columns, job->out.dtype, out + i * apart, step);
}

static void rank_tile_run(void *context, ptrdiff_t index, char *scratch)
{
    const sk_rank_filter *job = context;
    const int nd = job->out.ndim;
    const ptrdiff_t c = index % job->column_blocks * job->columns, width = job->out.shape[nd - 1];
    const ptrdiff_t r = index / job->column_blocks % job->row_blocks * job->rows;
    const ptrdiff_t n = at_most(job->rows, job->out.shape[nd - 2] - r), end = at_most(c + job->columns, width);
    ptrdiff_t place[SK_MAXDIM];
    char *image = sk_image_at(&job->out, 2, index / job->column_blocks / job->row_blocks, place);
    ptrdiff_t low = c, high = c;
    if (job->method != SK_BY_BITS && job->method != SK_BY_COUNTS)
        sk_inner_columns(job->left, job->right, width, 1, c, end, &low, &high);
    if (low > c)
        run_block(job, place, image, r, n, c, low - c, scratch);
    if (high > low)
        run_block(job, place, image, r, n, low, high - low, scratch);
    if (end > high)
        run_block(job, place, image, r, n, high, end - high, scratch);
}

int sk_rank_filter_run(sk_rank_filter *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(rank_tile_run, job, begin, end, job->scratch, threads, team);
}

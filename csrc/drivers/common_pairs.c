/* Family "pairs": what two rows with missing samples have in common.
 *
 * Sums over the samples of one row that another one lacks, or has, whichever are fewer, are added up sample by sample
 * from a list: of a block of samples that is transposed, so that a sample of many rows is one line of memory. The few
 * pairs for which such sums say nothing (what is common to both is small beside what is not) come back one by one,
 * their common samples packed. */
#include "lines.h"
#include "moments.h"

#include <string.h>

enum {
    BLOCK = 256,   /* samples, transposed, that stay in the second cache */
    GROUP = 512,   /* rows whose lists go over one block */
    PACKED = 16384 /* samples of a pair at a time */
};

void sk_listed_plan(sk_listed *job)
{
    job->groups = divide_up(job->q, GROUP);
    job->tiles = divide_up(job->z.shape[0], SK_LISTED) * job->groups;
    job->tile_work = 0.1 * SK_LISTED * (double)at_most(job->q, GROUP) * (double)(job->last - job->first);
    job->scratch = (size_t)SK_LISTED * 8 * (BLOCK + 2 * (size_t)at_most(job->q, GROUP));
}

/* The samples of a block whose bits, of the words given, are set (or, turned, are not). */
static ptrdiff_t make_list(const uint64_t *words, ptrdiff_t n, uint64_t turn, uint16_t *list)
{
    ptrdiff_t count = 0;
    for (ptrdiff_t at = 0; at < n; at += 64) {
        uint64_t word = words[at / 64] ^ turn;
        if (n - at < 64)
            word &= ((uint64_t)1 << (n - at)) - 1;
        for (; word; word &= word - 1)
            list[count++] = (uint16_t)(at + __builtin_ctzll(word));
    }
    return count;
}

static void listed_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_listed *job = context;
    const ptrdiff_t i0 = index / job->groups * SK_LISTED, rows = at_most(SK_LISTED, job->z.shape[0] - i0);
    const ptrdiff_t j0 = index % job->groups * GROUP, others = at_most(GROUP, job->q - j0);
    double *block = (double *)scratch, *sums = block + SK_LISTED * BLOCK;
    uint16_t list[BLOCK];
    memset(scratch, 0, job->scratch); /* also the lanes of rows that are not there */
    for (ptrdiff_t at = job->first; at < job->last; at += BLOCK) {
        const ptrdiff_t n = at_most(BLOCK, job->last - at);
        int transposed = 0;
        for (ptrdiff_t j = 0; j < others; j++) {
            const uint64_t *words = job->bits + (j0 + j) * job->words + at / 64;
            const ptrdiff_t count = make_list(words, n, job->listed[j0 + j] ? 0 : ~(uint64_t)0, list);
            if (count && !transposed) {
                sk_active->transpose[SK_F64](job->z.ptr + i0 * job->z.stride[0] + at * 8, job->z.stride[0], block,
                                             SK_LISTED * 8, rows, n);
                transposed = 1;
            }
            if (count)
                sk_active->listed_sums[SK_F64](block, list, count, sums + 2 * SK_LISTED * j);
        }
    }
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t j = 0; j < others; j++) {
            job->sums[(i0 + i) * job->q + j0 + j] += sums[2 * SK_LISTED * j + i];
            job->squares[(i0 + i) * job->q + j0 + j] += sums[2 * SK_LISTED * j + SK_LISTED + i];
        }
}

int sk_listed_run(sk_listed *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(listed_tile, job, begin, end, job->scratch, threads, team);
}

void sk_common_counts_plan(sk_common_counts *job)
{
    job->tiles = job->p;
    job->tile_work = 3.0 * (double)job->q * (double)job->words;
}

static void counts_tile(void *context, ptrdiff_t i, char *scratch)
{
    const sk_common_counts *job = context;
    (void)scratch;
    const int same = job->a == job->b;
    for (ptrdiff_t j = 0; j < (same ? i + 1 : job->q); j++) {
        const ptrdiff_t count =
            sk_active->common_bits[SK_F64](job->a + i * job->words, job->b + j * job->words, job->words);
        job->counts[i * job->q + j] = count;
        if (same)
            job->counts[j * job->q + i] = count;
    }
}

int sk_common_counts_run(sk_common_counts *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(counts_tile, job, begin, end, 0, threads, team);
}

void sk_common_pairs_plan(sk_common_pairs *job)
{
    const ptrdiff_t n = job->x.shape[1];
    job->pairs_per_tile = at_least(PACKED / n, 1);
    job->tiles = divide_up(job->pairs, job->pairs_per_tile);
    job->tile_work = 16.0 * (double)n * (double)job->pairs_per_tile;
    job->scratch = 4 * aligned(at_most(n, PACKED) * 8);
}

/* The common samples of a piece, put side by side and scaled. */
static ptrdiff_t pack(const double *x, const double *y, const uint64_t *a, const uint64_t *b, ptrdiff_t n,
                      double x_scale, double y_scale, double *x_packed, double *y_packed)
{
    ptrdiff_t count = 0;
    for (ptrdiff_t at = 0; at < n; at += 64) {
        const uint64_t word = a[at / 64] & b[at / 64];
        const ptrdiff_t many = at_most(64, n - at);
        for (ptrdiff_t i = 0; i < many; i++) { /* no branch to guess: what is not common is written over */
            x_packed[count] = x[at + i] * x_scale;
            y_packed[count] = y[at + i] * y_scale;
            count += (ptrdiff_t)(word >> i & 1);
        }
    }
    return count;
}

static void solve(const sk_common_pairs *job, ptrdiff_t k, char *scratch)
{
    const ptrdiff_t n = job->x.shape[1], i = job->first[k] / job->x_parts, j = job->second[k] / job->y_parts;
    const size_t piece = aligned(at_most(n, PACKED) * 8);
    sk_view x = job->x, y = job->y;
    x.dtype = real_of(x.dtype);
    y.dtype = real_of(y.dtype);
    const char *x_line = x.ptr + i * x.stride[0] + job->first[k] % job->x_parts * (x.dtype == SK_F32 ? 4 : 8);
    const char *y_line = y.ptr + j * y.stride[0] + job->second[k] % job->y_parts * (y.dtype == SK_F32 ? 4 : 8);
    double *x_packed = (double *)(scratch + 2 * piece), *y_packed = (double *)(scratch + 3 * piece);
    double *moments = job->moments + 6 * k, zero_x = 0.0, zero_y = 0.0;
    memset(moments, 0, 6 * sizeof(double));
    for (ptrdiff_t at = 0; at < n; at += PACKED) {
        const ptrdiff_t count = at_most(PACKED, n - at);
        const double *from_x = sk_piece(&x, x_line, x.stride[1], at, count, SK_F64, scratch);
        const double *from_y = sk_piece(&y, y_line, y.stride[1], at, count, SK_F64, scratch + piece);
        const ptrdiff_t packed = pack(from_x, from_y, job->x_bits + i * job->words + at / 64,
                                      job->y_bits + j * job->words + at / 64, count, job->x_scale[i], job->y_scale[j],
                                      x_packed, y_packed);
        if (!packed)
            continue;
        if (moments[0] == 0.0) {
            zero_x = x_packed[0];
            zero_y = y_packed[0];
        }
        sk_pair pair = {x_packed, y_packed, &zero_x, &zero_y, {0.0}};
        sk_active->pair_moments[SK_F64](&pair, 1, packed);
        add_moments(moments, pair.moments);
    }
}

static void pairs_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_common_pairs *job = context;
    const ptrdiff_t end = at_most((index + 1) * job->pairs_per_tile, job->pairs);
    for (ptrdiff_t k = index * job->pairs_per_tile; k < end; k++)
        solve(job, k, scratch);
}

int sk_common_pairs_run(sk_common_pairs *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(pairs_tile, job, begin, end, job->scratch, threads, team);
}

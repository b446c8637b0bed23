/* Family "pairs": what two rows with missing samples have in common.
 *
 * Sums over the samples of one row that another one lacks, or has, whichever are fewer, are added up sample by sample
 * from a list: of a block of samples that is transposed, so that a sample of many rows is one line of memory. The few
 * pairs for which such sums say nothing (what is common to both is small beside what is not) come back one by one. */
#include "lines.h"

#include <string.h>

enum {
    BLOCK = 256,   /* samples, transposed, that stay in the second cache */
    GROUP = 512,   /* rows whose lists go over one block */
    PIECE = 4096   /* samples of a pair whose sums are taken in one go */
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
    job->pairs_per_tile = at_least(PIECE / n, 1);
    job->tiles = divide_up(job->pairs, job->pairs_per_tile);
    job->tile_work = 8.0 * (double)n * (double)job->pairs_per_tile;
    job->scratch = 2 * aligned(at_most(n, PIECE) * 8);
}

/* A pair of lines. */
typedef struct {
    sk_view x, y;
    const char *x_line, *y_line;
    const uint64_t *a, *b;
    ptrdiff_t n;
    char *scratch;
} common_pair;

static const char *part_of(sk_view *v, ptrdiff_t i, int parts)
{
    v->dtype = real_of(v->dtype);
    return v->ptr + i / parts * v->stride[0] + i % parts * (v->dtype == SK_F32 ? 4 : 8);
}

static void take(const common_pair *p, ptrdiff_t at, ptrdiff_t count, const double **x, const double **y)
{
    *x = sk_piece(&p->x, p->x_line, p->x.stride[1], at, count, SK_F64, p->scratch);
    *y = sk_piece(&p->y, p->y_line, p->y.stride[1], at, count, SK_F64,
                  p->scratch + aligned(at_most(p->n, PIECE) * 8));
}

static void sums_about(const common_pair *p, const sk_pair_origin *origin, double sums[5])
{
    const double *x, *y;
    memset(sums, 0, 5 * sizeof(double));
    for (ptrdiff_t at = 0; at < p->n; at += PIECE) {
        const ptrdiff_t count = at_most(PIECE, p->n - at);
        take(p, at, count, &x, &y);
        sk_active->common_sums[SK_F64](x, y, p->a + at / 64, p->b + at / 64, count, origin, sums);
    }
}

/* The mean of the first few common samples, about the first: of equal ones exactly these. */
static void near_means(const common_pair *p, sk_pair_origin *origin)
{
    ptrdiff_t at = 0;
    while (at < p->n && !(p->a[at / 64] & p->b[at / 64]))
        at += 64;
    if (at >= p->n)
        return;
    const double *x, *y;
    take(p, at, at_most(64, p->n - at), &x, &y);
    uint64_t word = p->a[at / 64] & p->b[at / 64];
    const int first = __builtin_ctzll(word), count = __builtin_popcountll(word);
    double dx = 0.0, dy = 0.0;
    for (; word; word &= word - 1) {
        const int i = __builtin_ctzll(word);
        dx += (x[i] - x[first]) * origin->x_scale;
        dy += (y[i] - y[first]) * origin->y_scale;
    }
    origin->x_zero = x[first] * origin->x_scale + dx / count;
    origin->y_zero = y[first] * origin->y_scale + dy / count;
}

static void solve(const sk_common_pairs *job, ptrdiff_t k, char *scratch)
{
    const ptrdiff_t i = job->first[k] / job->x_parts, j = job->second[k] / job->y_parts;
    common_pair p = {.x = job->x, .y = job->y, .a = job->x_bits + i * job->words, .b = job->y_bits + j * job->words,
                     .n = job->x.shape[1], .scratch = scratch};
    p.x_line = part_of(&p.x, job->first[k], job->x_parts);
    p.y_line = part_of(&p.y, job->second[k], job->y_parts);
    const double count = (double)sk_active->common_bits[SK_F64](p.a, p.b, job->words);
    sk_pair_origin origin = {job->x_scale[i], 0.0, job->y_scale[j], 0.0};
    double *moments = job->moments + 3 * k, s[5];
    near_means(&p, &origin);
    for (int again = 1; again >= 0; again--) {
        sums_about(&p, &origin, s);
        moments[0] = s[2] - s[0] / count * s[0];
        moments[1] = s[3] - s[1] / count * s[1];
        moments[2] = s[4] - s[0] / count * s[1];
        if (s[2] <= 16.0 * moments[0] && s[3] <= 16.0 * moments[1])
            return;
        /* the origin was too far from the means: now it is as near as numbers are */
        origin.x_zero += s[0] / count;
        origin.y_zero += s[1] / count;
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

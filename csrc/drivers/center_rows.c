/* Family "pairs": rows centred for the products of every one with every other.
 *
 * A row is read three times, in pieces: about its first sample for the mean, about the mean for what its rounding left
 * and for the norm, and to be written. In float64 throughout, whatever the dtypes of input and output. */
#include "lines.h"
#include "moments.h"

#include <float.h>
#include <string.h>

enum {
    PIECE = 2048, /* samples at a time */
    KEPT = 32768, /* a line up to here is loaded once, and stays */
    PARTS = 2,
    NEIGHBOURS = 8 /* lines side by side in memory, which share its cache lines, are loaded together */
};

void sk_center_rows_plan(sk_center_rows *job)
{
    const int batches = job->x.ndim - 1;
    const ptrdiff_t n = job->x.shape[batches];
    job->lines = 1;
    for (int axis = 0; axis < batches; axis++)
        job->lines *= job->out.shape[axis];
    const ptrdiff_t stride = job->x.stride[batches];
    job->kept = n <= KEPT && !sk_in_place(job->x.ptr, stride, SK_F64);
    job->together = job->kept && (stride > SK_CACHE_LINE || -stride > SK_CACHE_LINE) ? NEIGHBOURS : 1;
    job->lines_per_tile = at_least(PIECE / n / job->together, 1) * job->together;
    job->tiles = divide_up(job->lines, job->lines_per_tile);
    job->tile_work = 16.0 * (double)n * (double)job->lines_per_tile;
    job->piece = aligned((job->kept ? n : PIECE) * 8);
    job->zeros = (size_t)(job->together * (is_complex(job->x.dtype) ? 2 : 1)) * job->piece;
    job->scratch = job->zeros + aligned(at_most(n, PIECE) * 8);
}

/* A line: where its parts begin, how many they are, and how far apart samples are. */
typedef struct {
    const sk_center_rows *job;
    const char *part[PARTS];
    int parts, dtype;
    ptrdiff_t n, stride;
    uint64_t *finite, *present;
    double *pieces[PARTS]; /* scratch: the line, or a piece of it */
    double *zeros;
} row;

static row find(const sk_center_rows *job, ptrdiff_t line, ptrdiff_t neighbour, char *scratch)
{
    const int batches = job->x.ndim - 1, parts = is_complex(job->x.dtype) ? 2 : 1;
    row r = {.job = job, .parts = parts, .dtype = real_of(job->x.dtype), .n = job->x.shape[batches],
             .stride = job->x.stride[batches], .zeros = (double *)(scratch + job->zeros)};
    r.part[0] = line_start(&job->x, job->out.shape, batches, line);
    r.part[1] = r.part[0] + (r.dtype == SK_F32 ? 4 : 8);
    if (job->omit) {
        r.finite = job->finite + line * job->words;
        r.present = job->present + line * job->words;
    }
    for (int k = 0; k < parts; k++)
        r.pieces[k] = (double *)(scratch + (size_t)(neighbour * parts + k) * job->piece);
    return r;
}

/* Samples [at, at + count) of the parts to where they belong in a kept line, or to the start of the scratch. */
static void load(const row *r, ptrdiff_t at, ptrdiff_t count)
{
    const ptrdiff_t to = r->job->kept ? at : 0;
    for (int k = 0; k < r->parts; k++)
        sk_load(r->part[k] + at * r->stride, r->stride, count, r->dtype, r->job->x.swapped, SK_F64, r->pieces[k] + to);
    if (r->parts == 1)
        return;
    for (ptrdiff_t i = to; i < to + count; i++) { /* a sample whose other part is not finite is not finite */
        const double real = r->pieces[0][i], imaginary = r->pieces[1][i];
        if (!(fabs(real) <= DBL_MAX && fabs(imaginary) <= DBL_MAX))
            r->pieces[0][i] = r->pieces[1][i] = isnan(real) || isnan(imaginary) ? NAN : INFINITY;
    }
}

/* Where samples `at` on are: in the kept line, in x itself, or loaded. */
static void get(const row *r, ptrdiff_t at, ptrdiff_t count, const double *piece[PARTS])
{
    const sk_view *x = &r->job->x;
    if (!r->job->kept && x->dtype == SK_F64 && !x->swapped && sk_in_place(r->part[0], r->stride, SK_F64)) {
        piece[0] = (const double *)(r->part[0] + at * r->stride);
        return;
    }
    if (!r->job->kept)
        load(r, at, count);
    for (int k = 0; k < r->parts; k++)
        piece[k] = r->pieces[k] + (r->job->kept ? at : 0);
}

static void all_sums(const row *r, double scale, const double zero[PARTS], double sums[PARTS][4])
{
    const double *piece[PARTS];
    memset(sums, 0, PARTS * sizeof *sums);
    for (ptrdiff_t at = 0; at < r->n; at += PIECE) {
        const ptrdiff_t count = at_most(PIECE, r->n - at);
        const double *weights = r->job->weights ? r->job->weights + at : NULL;
        get(r, at, count, piece);
        for (int k = 0; k < r->parts; k++)
            sk_active->row_sums[SK_F64](piece[k], weights, count, scale, zero[k], sums[k]);
    }
}

/* Writes the bits, and finds the first sample that is finite: near the mean, differences from it are exact. Should it
 * lie far out, it dominates the sums, and all is well too. Returns whether there is one. */
static int first_finite(const row *r, double first[PARTS])
{
    const double *piece[PARTS];
    int found = 0;
    for (ptrdiff_t at = 0; at < r->n && (r->job->omit || at == 0); at += PIECE) {
        const ptrdiff_t count = at_most(PIECE, r->n - at);
        get(r, at, count, piece);
        if (r->job->omit)
            sk_active->sample_bits[SK_F64](piece[0], count, r->finite + at / 64, r->present + at / 64);
        for (ptrdiff_t i = 0; i < count && !found; i++)
            if (fabs(piece[0][i]) <= DBL_MAX) {
                found = 1;
                for (int k = 0; k < r->parts; k++)
                    first[k] = piece[k][i];
            }
    }
    return found;
}

static void write_row(const row *r, ptrdiff_t line, const sk_centring *centring)
{
    const sk_center_rows *job = r->job;
    const int last = job->out.ndim - 1;
    const ptrdiff_t step = job->out.stride[last] / (job->dtype == SK_F32 ? 4 : 8);
    char *out = line_start(&job->out, job->out.shape, last - 1, line);
    static const sk_centring none = {0.0, 0.0, 0.0, 0.0}, undefined = {0.0, NAN, 0.0, 0.0};
    const double *piece[PARTS];
    memset(r->zeros, 0, (size_t)at_most(r->n, PIECE) * 8);
    for (ptrdiff_t at = 0; at < r->n; at += PIECE) {
        const ptrdiff_t count = at_most(PIECE, r->n - at);
        const double *roots = job->roots ? job->roots + at : NULL;
        get(r, at, count, piece);
        for (int k = 0; k < job->out.shape[last - 1]; k++) {
            const sk_centring *c = !centring ? &undefined : k < r->parts ? centring + k : &none;
            const double *x = centring && k < r->parts ? piece[k] : r->zeros;
            sk_active->center_store[job->dtype](x, roots, count, c,
                                                out + k * job->out.stride[last - 1] + at * job->out.stride[last], step);
        }
    }
}

/* Sums of squares within these bounds have neither overflowed nor vanished. */
static inline int sound(double squares)
{
    return squares > 1e-200 && squares < 1e200;
}

static void center(const row *r, ptrdiff_t line)
{
    const sk_center_rows *job = r->job;
    double *info = (double *)line_start(&job->info, job->out.shape, job->x.ndim - 1, line);
    double zero[PARTS] = {0.0, 0.0}, first[PARTS], sums[PARTS][4], scale = 1.0;
    const double origin[PARTS] = {0.0, 0.0};
    int exponent = 0;
    sk_centring centring[PARTS];
    const int any = first_finite(r, zero);
    all_sums(r, scale, zero, sums);
    info[SK_FINITE] = sums[0][0];
    info[SK_EXPONENT] = info[SK_SQUARES] = info[SK_SQUARES_IMAGINARY] = 0.0;
    if (!job->omit && sums[0][0] < (double)r->n) {
        info[SK_SQUARES] = NAN;
        write_row(r, line, NULL);
        return;
    }
    const int constant = !any || (sums[0][3] == 0.0 && sums[1][3] == 0.0);
    if (!constant && !sound(sums[0][2] + sums[1][2])) {
        memcpy(first, zero, sizeof zero);
        all_sums(r, 1.0, origin, sums);
        scale = power_of_two_scale(fmax(sums[0][3], sums[1][3]));
        frexp(scale, &exponent);
        exponent -= 1;
        for (int k = 0; k < r->parts; k++)
            zero[k] = first[k] * scale;
        all_sums(r, scale, zero, sums);
    }
    const double total = job->omit ? sums[0][0] : job->total;
    double squares = 0.0;
    for (int k = 0; k < r->parts; k++)
        centring[k].mean = zero[k] = any ? zero[k] + sums[k][1] / total : 0.0;
    all_sums(r, scale, zero, sums);
    for (int k = 0; k < r->parts; k++) {
        centring[k].scale = scale;
        centring[k].rest = any ? sums[k][1] / total : 0.0;
        info[SK_SQUARES + k] = constant ? 0.0 : fmax(sums[k][2] - centring[k].rest * sums[k][1], 0.0);
        squares += info[SK_SQUARES + k];
    }
    const double norm = sqrt(squares);
    int power = 0;
    if (!job->unit && norm > 0.0 && norm <= DBL_MAX) {
        const int most = job->dtype == SK_F32 ? 100 : 1000;
        frexp(norm, &power);
        power = (int)at_least(at_most(power, most + exponent), exponent - most);
    }
    const double factor = job->unit ? 1.0 / norm : ldexp(1.0, -power);
    for (int k = 0; k < r->parts; k++) {
        centring[k].factor = factor;
        info[SK_SQUARES + k] *= factor * factor;
    }
    info[SK_EXPONENT] = exponent - power;
    write_row(r, line, job->unit && constant ? NULL : centring);
}

static void rows_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_center_rows *job = context;
    const ptrdiff_t end = at_most((index + 1) * job->lines_per_tile, job->lines);
    row rows[NEIGHBOURS];
    for (ptrdiff_t line = index * job->lines_per_tile; line < end; line += job->together) {
        const ptrdiff_t count = at_most(job->together, end - line);
        for (ptrdiff_t k = 0; k < count; k++)
            rows[k] = find(job, line + k, k, scratch);
        for (ptrdiff_t at = 0; job->kept && at < rows[0].n; at += PIECE)
            for (ptrdiff_t k = 0; k < count; k++)
                load(rows + k, at, at_most(PIECE, rows[0].n - at));
        for (ptrdiff_t k = 0; k < count; k++)
            center(rows + k, line + k);
    }
}

int sk_center_rows_run(sk_center_rows *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(rows_tile, job, begin, end, job->scratch, threads, team);
}

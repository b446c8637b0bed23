/* Samples less a mean, over a deviation, or the like: of whole groups of samples at once.
 *
 * A group is cut into pieces. The moments of a piece are taken about its own first sample, then about its mean, while
 * it lies in the cache; those of all are put together in their order. A small group's tile does all of this and then
 * rescales it; of a large one pieces are the tiles, once for their moments and once to be rescaled. */
#include "lines.h"
#include "moments.h"

#include <float.h>
#include <string.h>

enum { PIECE = 8192, SMALL = 1 << 17, TILE = 1 << 15 };

typedef struct {
    double n, mean, squares, least, most, poison;
} moments;

static const moments nothing = {0.0, 0.0, 0.0, DBL_MAX, -DBL_MAX, 0.0};

/* (x scale - centre) factor. undefined: some sample is not finite. */
typedef struct {
    double scale, centre, factor;
    int undefined;
} rule;

/* Samples beside each other along one axis, and where they go. */
typedef struct {
    const char *x, *mask;
    char *out;
    ptrdiff_t stride, mask_stride, out_stride, n;
    int dtype, swapped;
} line;

typedef struct {
    char *samples, *mask, *out;
} buffers;

static const void *samples_of(const line *l, ptrdiff_t at, ptrdiff_t count, int dtype, char *buffer)
{
    if (l->dtype == dtype && !l->swapped && sk_in_place(l->x, l->stride, dtype))
        return l->x + at * l->stride;
    sk_load(l->x + at * l->stride, l->stride, count, l->dtype, l->swapped, dtype, buffer);
    return buffer;
}

static const unsigned char *mask_of(const line *l, ptrdiff_t at, ptrdiff_t count, char *buffer)
{
    if (!l->mask)
        return NULL;
    if (l->mask_stride == 1)
        return (const unsigned char *)l->mask + at;
    for (ptrdiff_t i = 0; i < count; i++)
        buffer[i] = l->mask[(at + i) * l->mask_stride];
    return (const unsigned char *)buffer;
}

static double sample(const void *x, ptrdiff_t i, int dtype)
{
    return dtype == SK_F32 ? (double)((const float *)x)[i] : ((const double *)x)[i];
}

static moments piece_moments(const line *l, ptrdiff_t at, ptrdiff_t count, double scale, int dtype, sk_scaling scaling,
                             const buffers *b)
{
    const void *x = samples_of(l, at, count, dtype, b->samples);
    const unsigned char *mask = mask_of(l, at, count, b->mask);
    double sums[SK_SUMS];
    ptrdiff_t first = 0;
    while (mask && first < count && !mask[first])
        first++;
    if (first == count)
        return nothing;
    const double zero = sample(x, first, dtype) * scale;
    sk_active->line_range[dtype](x, mask, count, scale, zero, sums);
    moments m = {sums[SK_COUNT_OF], 0.0, 0.0, sums[SK_LEAST_OF], sums[SK_MOST_OF], sums[SK_POISON]};
    if (scaling == SK_ZSCORE)
        m.mean = zero + sums[SK_SUM_OF] / m.n;
    if (scaling == SK_ZSCORE || scaling == SK_RMS)
        m.squares = sk_active->line_squares[dtype](x, mask, count, scale, m.mean);
    return m;
}

static void add(moments *into, const moments *part, sk_scaling scaling)
{
    if (part->n == 0.0)
        return;
    const double n = into->n + part->n, d = part->mean - into->mean;
    into->squares += part->squares;
    if (scaling == SK_ZSCORE && into->n > 0.0) {
        into->squares += d * d * (into->n * part->n / n);
        into->mean += d * (part->n / n);
    } else {
        into->mean = part->mean;
    }
    into->n = n;
    into->least = part->least < into->least ? part->least : into->least;
    into->most = part->most > into->most ? part->most : into->most;
    into->poison += part->poison;
}

/* The scale that the sums need so that no square overflows or vanishes: of the largest magnitude. */
static double sound_scale(const moments *m)
{
    const double largest = fmax(fabs(m->least), fabs(m->most));
    if (m->n == 0.0 || m->poison != 0.0 || (largest >= 1e-100 && largest <= 1e100))
        return 1.0;
    return power_of_two_scale(largest);
}

static rule rule_of(const moments *m, double scale, sk_scaling scaling)
{
    rule r = {scale, 0.0, 0.0, 0};
    double over = 0.0;
    if (m->n == 0.0)
        return r;
    if (m->poison != 0.0) {
        r.undefined = 1;
        return r;
    }
    switch (scaling) {
    case SK_ZSCORE:
        r.centre = m->mean;
        over = m->least < m->most ? sqrt(m->squares / m->n) : 0.0;
        break;
    case SK_MINMAX:
        r.centre = m->least;
        over = m->most - m->least;
        break;
    case SK_PEAK_MAGNITUDE:
        over = fmax(fabs(m->least), fabs(m->most));
        break;
    default:
        over = sqrt(m->squares / m->n);
    }
    r.factor = over > 0.0 ? 1.0 / over : 0.0;
    return r;
}

static void apply(const line *l, ptrdiff_t at, ptrdiff_t count, const rule *r, int dtype, const buffers *b)
{
    const int size = sk_itemsize[dtype];
    const int in_place = sk_in_place(l->out, l->out_stride, dtype);
    char *to = in_place ? l->out + at * size : b->out;
    const void *x = samples_of(l, at, count, dtype, b->samples);
    const unsigned char *mask = mask_of(l, at, count, b->mask);
    if (r->undefined) {
        for (ptrdiff_t i = 0; i < count; i++) {
            const double value = mask && !mask[i] ? 0.0 : (double)NAN;
            if (dtype == SK_F32)
                ((float *)to)[i] = (float)value;
            else
                ((double *)to)[i] = value;
        }
    } else if (r->factor > 0.0) {
        sk_active->rescale[dtype](x, mask, count, r->scale, r->centre, r->factor, to);
    } else {
        memset(to, 0, (size_t)(count * size));
    }
    if (!in_place)
        sk_store(to, count, dtype, l->out + at * l->out_stride, l->out_stride);
}

static buffers carve(char *scratch, int dtype)
{
    const size_t samples = aligned(PIECE * sk_itemsize[dtype]);
    return (buffers){scratch, scratch + 2 * samples, scratch + samples};
}

static size_t scratch_size(int dtype)
{
    return 2 * aligned(PIECE * sk_itemsize[dtype]) + aligned(PIECE);
}

/* Where piece number `piece` lies: its line, and samples [*at, *at + *count) of that. */
typedef line piece_fn(const void *context, ptrdiff_t piece, ptrdiff_t *at, ptrdiff_t *count);

/* All pieces of a group, one after the other. */
static void normalize(piece_fn *find, const void *context, ptrdiff_t pieces, int dtype, sk_scaling scaling,
                      const buffers *b)
{
    double scale = 1.0;
    moments all;
    ptrdiff_t at, count;
    for (;;) {
        all = nothing;
        for (ptrdiff_t piece = 0; piece < pieces; piece++) {
            const line l = find(context, piece, &at, &count);
            const moments m = piece_moments(&l, at, count, scale, dtype, scaling, b);
            add(&all, &m, scaling);
        }
        if (scale != 1.0 || sound_scale(&all) == 1.0)
            break;
        scale = sound_scale(&all);
    }
    const rule r = rule_of(&all, scale, scaling);
    for (ptrdiff_t piece = 0; piece < pieces; piece++) {
        const line l = find(context, piece, &at, &count);
        apply(&l, at, count, &r, dtype, b);
    }
}

/* ---- groups of an array ---- */

static line line_of(const sk_normalize *job, ptrdiff_t group, ptrdiff_t index)
{
    const int last = job->x.ndim - 1, batches = job->x.ndim - job->axes;
    ptrdiff_t place[SK_MAXDIM];
    for (int axis = last - 1; axis >= batches; axis--) {
        place[axis] = index % job->x.shape[axis];
        index /= job->x.shape[axis];
    }
    for (int axis = batches - 1; axis >= 0; axis--) {
        place[axis] = group % job->x.shape[axis];
        group /= job->x.shape[axis];
    }
    line l = {job->x.ptr, job->mask.ptr, job->out.ptr, job->x.stride[last], job->mask.ptr ? job->mask.stride[last] : 0,
              job->out.stride[last], job->x.shape[last], job->x.dtype, job->x.swapped};
    for (int axis = 0; axis < last; axis++) {
        l.x += place[axis] * job->x.stride[axis];
        l.out += place[axis] * job->out.stride[axis];
        if (l.mask)
            l.mask += place[axis] * job->mask.stride[axis];
    }
    return l;
}

void sk_normalize_plan(sk_normalize *job)
{
    const int last = job->x.ndim - 1, batches = job->x.ndim - job->axes;
    ptrdiff_t samples = job->x.shape[last];
    job->groups = job->lines = 1;
    for (int axis = 0; axis < batches; axis++)
        job->groups *= job->x.shape[axis];
    for (int axis = batches; axis < last; axis++)
        job->lines *= job->x.shape[axis];
    job->pieces_of_line = divide_up(samples, PIECE);
    job->pieces = job->lines * job->pieces_of_line;
    samples *= job->lines;
    job->staged = samples > SMALL;
    job->stage = job->again = 0;
    job->together = job->staged ? 1 : at_least(TILE / samples, 1);
    job->tiles = job->staged ? job->groups * job->pieces : divide_up(job->groups, job->together);
    job->tile_work = 12.0 * (double)(job->staged ? at_most(samples, PIECE) : at_most(job->together, job->groups) * samples);
    job->scratch = scratch_size(job->dtype);
}

int sk_normalize_begin(sk_normalize *job)
{
    job->moments = job->rules = NULL;
    if (!job->staged)
        return 0;
    job->moments = sk_alloc((size_t)job->tiles * sizeof(moments));
    job->rules = sk_alloc((size_t)job->groups * sizeof(rule));
    if (!job->moments || !job->rules)
        return -1;
    for (ptrdiff_t group = 0; group < job->groups; group++)
        ((rule *)job->rules)[group] = (rule){1.0, 0.0, 0.0, 0};
    return 0;
}

void sk_normalize_end(sk_normalize *job)
{
    sk_free(job->moments);
    sk_free(job->rules);
}

typedef struct {
    const sk_normalize *job;
    ptrdiff_t group;
} group_number;

/* Piece number `piece` of a group. */
static line piece_of(const sk_normalize *job, ptrdiff_t group, ptrdiff_t piece, ptrdiff_t *at, ptrdiff_t *count)
{
    const line l = line_of(job, group, piece / job->pieces_of_line);
    *at = piece % job->pieces_of_line * PIECE;
    *count = at_most(PIECE, l.n - *at);
    return l;
}

static line piece_of_group(const void *context, ptrdiff_t piece, ptrdiff_t *at, ptrdiff_t *count)
{
    const group_number *g = context;
    return piece_of(g->job, g->group, piece, at, count);
}

static void normalize_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_normalize *job = context;
    const buffers b = carve(scratch, job->dtype);
    if (!job->staged) {
        const ptrdiff_t end = at_most((index + 1) * job->together, job->groups);
        for (ptrdiff_t group = index * job->together; group < end; group++) {
            const group_number number = {job, group};
            normalize(piece_of_group, &number, job->pieces, job->dtype, job->scaling, &b);
        }
        return;
    }
    ptrdiff_t at, count;
    const ptrdiff_t group = index / job->pieces;
    const line l = piece_of(job, group, index % job->pieces, &at, &count);
    const rule *r = (const rule *)job->rules + group;
    if (job->stage == 0)
        ((moments *)job->moments)[index] = piece_moments(&l, at, count, r->scale, job->dtype, job->scaling, &b);
    else
        apply(&l, at, count, r, job->dtype, &b);
}

int sk_normalize_run(sk_normalize *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(normalize_tile, job, begin, end, job->scratch, threads, team);
}

int sk_normalize_combine(sk_normalize *job)
{
    int redo = 0;
    for (ptrdiff_t group = 0; group < job->groups; group++) {
        rule *r = (rule *)job->rules + group;
        moments all = nothing;
        for (ptrdiff_t piece = 0; piece < job->pieces; piece++)
            add(&all, (const moments *)job->moments + group * job->pieces + piece, job->scaling);
        const double scale = job->again ? 1.0 : sound_scale(&all);
        if (scale != 1.0) {
            r->scale = scale;
            redo = 1;
        } else {
            *r = rule_of(&all, r->scale, job->scaling);
        }
    }
    job->again = redo;
    job->stage = !redo;
    return redo;
}

/* ---- recordings of different lengths ---- */

void sk_pad_batch_plan(sk_pad_batch *job)
{
    job->tiles = job->out.shape[0];
    job->tile_work = 12.0 * ((double)job->samples / (double)job->tiles + (double)job->out.shape[1])
                     * (double)job->out.shape[2];
    job->scratch = scratch_size(job->dtype);
}

static void pad(const sk_pad_batch *job, char *to, ptrdiff_t begin, ptrdiff_t end)
{
    static const unsigned char zeros[16];
    const ptrdiff_t stride = job->out.stride[1], size = sk_itemsize[job->dtype];
    if (stride == size && !memcmp(job->fill, zeros, (size_t)size)) {
        memset(to + begin * stride, 0, (size_t)((end - begin) * size));
        return;
    }
    for (ptrdiff_t t = begin; t < end; t++)
        memcpy(to + t * stride, job->fill, (size_t)size);
}

static line piece_of_line(const void *context, ptrdiff_t piece, ptrdiff_t *at, ptrdiff_t *count)
{
    const line *l = context;
    *at = piece * PIECE;
    *count = at_most(PIECE, l->n - *at);
    return *l;
}

static void pad_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_pad_batch *job = context;
    const sk_recording *item = job->items + index;
    const ptrdiff_t length = job->out.shape[1], size = sk_itemsize[job->dtype];
    const buffers b = job->scaling == SK_AS_IS ? (buffers){0} : carve(scratch, job->dtype);
    char *mask = job->mask.ptr + index * length;
    memset(mask, 1, (size_t)item->n);
    memset(mask + item->n, 0, (size_t)(length - item->n));
    for (ptrdiff_t channel = 0; channel < job->out.shape[2]; channel++) {
        const line l = {.x = item->ptr + channel * item->channel_stride, .stride = item->stride, .n = item->n,
                        .out = job->out.ptr + index * job->out.stride[0] + channel * job->out.stride[2],
                        .out_stride = job->out.stride[1], .dtype = item->dtype, .swapped = item->swapped};
        pad(job, l.out, l.n, length);
        if (job->scaling == SK_AS_IS) {
            for (ptrdiff_t at = 0; at < l.n; at += PIECE) {
                const ptrdiff_t count = at_most(PIECE, l.n - at);
                const int direct = l.out_stride == size;
                char *to = direct ? l.out + at * size : scratch;
                sk_load(l.x + at * l.stride, l.stride, count, l.dtype, l.swapped, job->dtype, to);
                if (!direct)
                    sk_store(to, count, job->dtype, l.out + at * l.out_stride, l.out_stride);
            }
            continue;
        }
        normalize(piece_of_line, &l, divide_up(l.n, PIECE), job->dtype, job->scaling, &b);
    }
}

int sk_pad_batch_run(sk_pad_batch *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(pad_tile, job, begin, end, job->scratch, threads, team);
}

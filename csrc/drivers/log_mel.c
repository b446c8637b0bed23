/* Family "frames": from samples to features. A tile is a run of frames of one line; its samples are gathered, with what
 * stands outside the line, into a buffer, from which a kernel makes features chunk by chunk. */
#include "deltas.h"

#include <math.h>
#include <string.h>

enum {
    TILE = 256,            /* frames */
    MATRIX_BYTES = 49152   /* of the matrix of hops: with the transform it stays in the first-level cache, or nearly */
};

static ptrdiff_t lanes(int dtype)
{
    return sk_active->vector_bytes / sk_itemsize[dtype];
}

/* Samples from one frame to the next in the buffer: frames that do not touch are gathered one by one. */
static ptrdiff_t buffered_hop(const sk_mel *mel)
{
    return at_most(mel->hop_length, mel->frame_length);
}

static ptrdiff_t buffered_samples(const sk_log_mel *job, ptrdiff_t frames)
{
    const ptrdiff_t hop = buffered_hop(job->mel);
    return sk_hop_columns(job->mel->frame_length, hop, frames, lanes(job->dtype)) * hop;
}

void sk_log_mel_plan(sk_log_mel *job)
{
    const sk_mel *mel = job->mel;
    const int last = job->out.ndim - 1, size = sk_itemsize[job->dtype];
    const ptrdiff_t frames = job->out.shape[last - 2], vector = sk_active->vector_bytes, width = lanes(job->dtype);
    const ptrdiff_t hop = buffered_hop(mel), fit = MATRIX_BYTES / (hop * size) - (mel->frame_length - 1) / hop;
    job->chunk = at_most(at_least(fit / width, 1) * width, TILE);
    job->tile = job->taps ? TILE : divide_up(64, job->chunk) * job->chunk;
    job->blocks = divide_up(frames, job->tile);
    job->tiles = job->blocks;
    for (int axis = 0; axis < last - 2; axis++)
        job->tiles *= job->out.shape[axis];
    const double half = (double)mel->n_fft / 2.0;
    job->tile_work = (double)at_most(job->tile, frames)
                     * (half * (2.5 * log2(half + 1.0) + 12.0) + 3.0 * (double)mel->start[mel->bands]
                        + 30.0 * (double)mel->bands);

    const ptrdiff_t columns = sk_hop_columns(mel->frame_length, hop, job->chunk, width);
    job->samples_size = aligned(buffered_samples(job, job->chunk) * size);
    job->kernel_size = aligned((mel->n_fft + 2 + mel->bands + width + mel->n_fft) * vector
                               + (hop + 1) * columns * size + mel->n_fft * (ptrdiff_t)sizeof(int32_t));
    job->scratch = job->samples_size + job->kernel_size + aligned(job->chunk * mel->bands * size);
    if (job->taps)
        job->scratch += sk_delta_scratch(job->taps, job->tile, mel->bands, job->dtype);
}

/* The index of the sample that stands at i, or -1 for a zero. */
static ptrdiff_t padded(ptrdiff_t i, ptrdiff_t n, sk_pad pad)
{
    switch (pad) {
    case SK_PAD_REFLECT:
        i %= at_least(2 * n - 2, 1);
        i = i < 0 ? i + at_least(2 * n - 2, 1) : i;
        return i < n ? i : 2 * n - 2 - i;
    case SK_PAD_SYMMETRIC:
        return sk_reflect(i, n, SK_SYMMETRIC);
    case SK_PAD_EDGE:
        return i < 0 ? 0 : n - 1;
    default:
        return -1;
    }
}

/* Samples [at, at + count) of a line of n samples, `line` being where sample 0 lies, or would. */
static void gather(const sk_log_mel *job, const char *line, ptrdiff_t n, ptrdiff_t at, ptrdiff_t count, char *to)
{
    const sk_view *x = &job->x;
    const ptrdiff_t stride = x->stride[x->ndim - 1], size = sk_itemsize[job->dtype];
    const ptrdiff_t begin = at_most(at_least(at, 0), at + count), end = at_least(at_most(at + count, n), begin);
    memset(to, 0, (size_t)((begin - at) * size));
    sk_load(line + begin * stride, stride, end - begin, x->dtype, x->swapped, job->dtype, to + (begin - at) * size);
    memset(to + (end - at) * size, 0, (size_t)((at + count - end) * size));
    if (job->pad == SK_PAD_CONSTANT)
        return;
    for (ptrdiff_t i = at; i < at + count; i++) {
        if (i == begin && end > begin)
            i = end;
        if (i < at + count)
            sk_load(line + padded(i, n, job->pad) * stride, stride, 1, x->dtype, x->swapped, job->dtype,
                    to + (i - at) * size);
    }
}

typedef struct {
    const sk_log_mel *job;
    const char *line; /* where sample 0 lies, or would */
    ptrdiff_t n;      /* samples of the line */
    char *samples, *kernel, *features;
} frame_source;

/* The samples of frames [t, t + frames), `hop` apart, with whole hops of anything finite behind them. */
static const void *samples_of(const frame_source *from, ptrdiff_t t, ptrdiff_t frames)
{
    const sk_log_mel *job = from->job;
    const sk_mel *mel = job->mel;
    const sk_view *x = &job->x;
    const ptrdiff_t hop = buffered_hop(mel), size = sk_itemsize[job->dtype], stride = x->stride[x->ndim - 1];
    const ptrdiff_t room = buffered_samples(job, frames), at = t * mel->hop_length + job->origin;
    if (mel->hop_length > hop) {
        for (ptrdiff_t f = 0; f < frames; f++)
            gather(job, from->line, from->n, at + f * mel->hop_length, mel->frame_length, from->samples + f * hop * size);
        memset(from->samples + frames * hop * size, 0, (size_t)((room - frames * hop) * size));
        return from->samples;
    }
    if (at >= job->base && at + room <= from->n && x->dtype == job->dtype && !x->swapped
        && sk_in_place(from->line + at * stride, stride, job->dtype))
        return from->line + at * stride;
    const ptrdiff_t needed = (frames - 1) * hop + mel->frame_length;
    gather(job, from->line, from->n, at, needed, from->samples);
    memset(from->samples + needed * size, 0, (size_t)((room - needed) * size));
    return from->samples;
}

/* Frames [begin, end) to out, `stride` bytes from one to the next and from one band to the next. */
static void features_of(const frame_source *from, ptrdiff_t begin, ptrdiff_t end, char *out, const ptrdiff_t stride[2])
{
    const sk_log_mel *job = from->job;
    const ptrdiff_t size = sk_itemsize[job->dtype], bands = job->mel->bands, hop = buffered_hop(job->mel);
    const int in_place = (uintptr_t)out % (uintptr_t)size == 0 && stride[0] % size == 0 && stride[1] % size == 0
                         && (stride[0] == size || stride[1] == size);
    for (ptrdiff_t t = begin; t < end; t += job->chunk) {
        const ptrdiff_t frames = at_most(job->chunk, end - t);
        const void *samples = samples_of(from, t, frames);
        char *to = out + (t - begin) * stride[0];
        if (in_place) {
            sk_active->log_mel[job->dtype](job->mel, samples, hop, frames, from->kernel, to, stride[0] / size,
                                           stride[1] / size);
            continue;
        }
        sk_active->log_mel[job->dtype](job->mel, samples, hop, frames, from->kernel, from->features, bands, 1);
        for (ptrdiff_t f = 0; f < frames; f++)
            sk_store(from->features + f * bands * size, bands, job->dtype, to + f * stride[0], stride[1]);
    }
}

static void statics_of(void *context, ptrdiff_t begin, ptrdiff_t end, char *rows, ptrdiff_t stride)
{
    const frame_source *from = context;
    features_of(from, begin, end, rows, (ptrdiff_t[2]){stride, sk_itemsize[from->job->dtype]});
}

static void log_mel_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_log_mel *job = context;
    const int last = job->out.ndim - 1, batches = last - 2;
    const ptrdiff_t line = index / job->blocks, begin = index % job->blocks * job->tile;
    const ptrdiff_t end = at_most(begin + job->tile, job->counts[line]);
    if (begin >= end)
        return;
    char *out = line_start(&job->out, job->out.shape, batches, line) + begin * job->out.stride[batches];
    frame_source from = {.job = job, .n = job->lengths[line], .samples = scratch};
    from.line = line_start(&job->x, job->out.shape, batches, line) - job->base * job->x.stride[batches];
    from.kernel = from.samples + job->samples_size;
    from.features = from.kernel + job->kernel_size;
    if (job->taps) {
        char *rest = from.features + aligned(job->chunk * job->mel->bands * sk_itemsize[job->dtype]);
        sk_delta_block(job->taps, statics_of, &from, begin, end, job->counts[line], job->mel->bands, 1, job->dtype, rest,
                       out, job->out.stride + batches);
    } else {
        features_of(&from, job->first + begin, job->first + end, out, job->out.stride + batches);
    }
}

int sk_log_mel_run(sk_log_mel *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(log_mel_tile, job, begin, end, job->scratch, threads, team);
}

/* ---- bands of rows that are there ---- */

void sk_combine_plan(sk_combine *job)
{
    const int last = job->out.ndim - 1, size = sk_itemsize[job->dtype];
    const ptrdiff_t width = lanes(job->dtype), rows = job->x.shape[last - 1], n = job->out.shape[last];
    job->tile = at_most(at_least(MATRIX_BYTES / (rows * size) / width, 1) * width, TILE);
    job->blocks = divide_up(n, job->tile);
    job->tiles = job->blocks;
    for (int axis = 0; axis < last - 1; axis++)
        job->tiles *= job->out.shape[axis];
    job->tile_work = (double)at_most(job->tile, n)
                     * ((double)rows + (double)job->mel->start[job->mel->bands] + 30.0 * (double)job->mel->bands);
    job->scratch = aligned(rows * job->tile * size) + aligned((job->mel->bands + width) * sk_active->vector_bytes)
                   + aligned(job->mel->bands * job->tile * size);
}

static void combine_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_combine *job = context;
    const sk_view *x = &job->x;
    const int last = job->out.ndim - 1, dtype = job->dtype;
    const ptrdiff_t size = sk_itemsize[dtype], line = index / job->blocks, at = index % job->blocks * job->tile;
    const ptrdiff_t n = at_most(job->tile, job->out.shape[last] - at), rows = x->shape[last - 1];
    const char *from = line_start(x, job->out.shape, last - 1, line) + at * x->stride[last];
    char *out = line_start(&job->out, job->out.shape, last - 1, line) + at * job->out.stride[last];
    char *kernel = scratch + aligned(rows * job->tile * size);
    char *features = kernel + aligned((job->mel->bands + lanes(dtype)) * sk_active->vector_bytes);
    for (ptrdiff_t k = 0; k < rows; k++) {
        char *row = scratch + k * job->tile * size;
        sk_load(from + k * x->stride[last - 1], x->stride[last], n, x->dtype, x->swapped, dtype, row);
        memset(row + n * size, 0, (size_t)((job->tile - n) * size));
    }
    sk_active->combine_rows[dtype](job->mel, scratch, job->tile, n, kernel, features, 1, job->tile);
    for (ptrdiff_t k = 0; k < job->mel->bands; k++)
        sk_store(features + k * job->tile * size, n, dtype, out + k * job->out.stride[last - 1], job->out.stride[last]);
}

int sk_combine_run(sk_combine *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(combine_tile, job, begin, end, job->scratch, threads, team);
}

/* Family "frames": short-time spectra. A tile is a run of frames of one line, each from its samples to its results
 * in the cache. */
#include "frames.h"

#include <string.h>

size_t sk_frame_buffer(const sk_frame_source *source, ptrdiff_t count)
{
    const ptrdiff_t step = at_most(source->hop, source->length);
    return aligned(((count - 1) * step + source->length) * sk_itemsize[source->dtype]);
}

/* Sample i of a line, outside of it. */
static void load_outside(const sk_frame_source *source, const char *line, ptrdiff_t i, void *dst)
{
    const int last = source->x.ndim - 1;
    const ptrdiff_t n = source->x.shape[last], at = i < 0 ? i + source->pad : i - n + source->pad;
    if (!source->outside) {
        memset(dst, 0, (size_t)sk_itemsize[source->dtype]);
        return;
    }
    sk_load(line + source->outside[at] * source->x.stride[last], source->x.stride[last], 1, source->x.dtype,
            source->x.swapped, source->dtype, dst);
    for (int part = 0; source->factors && part <= is_complex(source->dtype); part++) {
        if (real_of(source->dtype) == SK_F32)
            ((float *)dst)[part] = (float)((double)((float *)dst)[part] * source->factors[at]);
        else
            ((double *)dst)[part] *= source->factors[at];
    }
}

/* Samples [at, at + count) of a line. */
static void load_samples(const sk_frame_source *source, const char *line, ptrdiff_t at, ptrdiff_t count, char *dst)
{
    const int last = source->x.ndim - 1, size = sk_itemsize[source->dtype];
    const ptrdiff_t n = source->x.shape[last], begin = at_most(at_least(at, 0), at + count);
    const ptrdiff_t end = at_least(at_most(at + count, n), begin);
    for (ptrdiff_t i = at; i < begin; i++)
        load_outside(source, line, i, dst + (i - at) * size);
    if (begin < end)
        sk_load(line + begin * source->x.stride[last], source->x.stride[last], end - begin, source->x.dtype,
                source->x.swapped, source->dtype, dst + (begin - at) * size);
    for (ptrdiff_t i = end; i < at + count; i++)
        load_outside(source, line, i, dst + (i - at) * size);
}

const void *sk_frame_samples(const sk_frame_source *source, const char *line, ptrdiff_t f, ptrdiff_t count,
                             void *buffer, ptrdiff_t *hop)
{
    const int last = source->x.ndim - 1, size = sk_itemsize[source->dtype];
    const ptrdiff_t at = f * source->hop + source->begin, span = (count - 1) * source->hop + source->length;
    *hop = source->hop;
    if (at >= 0 && at + span <= source->x.shape[last] && source->x.dtype == source->dtype && !source->x.swapped
        && sk_in_place(line, source->x.stride[last], source->dtype))
        return line + at * size;
    if (source->hop <= source->length) {
        load_samples(source, line, at, span, buffer);
        return buffer;
    }
    *hop = source->length;
    for (ptrdiff_t i = 0; i < count; i++)
        load_samples(source, line, at + i * source->hop, source->length, (char *)buffer + i * source->length * size);
    return buffer;
}

void sk_frames_plan(sk_frames *job)
{
    const int last = job->out.ndim - 1;
    const ptrdiff_t count = job->out.shape[last - 1], bins = job->out.shape[last];
    job->tile = frames_at_once(job->spectrum.n);
    job->blocks = divide_up(count, job->tile);
    job->tiles = job->blocks;
    for (int axis = 0; axis < last - 1; axis++)
        job->tiles *= job->out.shape[axis];
    job->tile_work = (double)at_most(job->tile, count) * frame_work(job->spectrum.n);
    job->scratch = aligned((ptrdiff_t)sk_active->frames_scratch[real_of(job->dtype)](&job->spectrum))
                   + sk_frame_buffer(&job->source, job->tile) + aligned(job->tile * bins * sk_itemsize[job->dtype]);
}

int sk_frames_begin(sk_frames *job)
{
    const int real = real_of(job->dtype);
    job->spectrum.table = sk_alloc((size_t)job->spectrum.n * (size_t)sk_itemsize[real]);
    if (!job->spectrum.table)
        return -1;
    sk_active->frames_window[real](&job->spectrum, job->spectrum.table);
    return 0;
}

void sk_frames_end(sk_frames *job)
{
    sk_free(job->spectrum.table);
}

static void frames_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_frames *job = context;
    const int last = job->out.ndim - 1, real = real_of(job->dtype), size = sk_itemsize[job->dtype];
    const ptrdiff_t line = index / job->blocks, f = index % job->blocks * job->tile, bins = job->out.shape[last];
    const ptrdiff_t count = at_most(job->tile, job->out.shape[last - 1] - f), row = job->out.stride[last - 1];
    char *buffer = scratch + aligned((ptrdiff_t)sk_active->frames_scratch[real](&job->spectrum));
    char *rows = buffer + sk_frame_buffer(&job->source, job->tile);
    char *out = line_start(&job->out, job->out.shape, last - 1, line) + f * row;
    const int in_place = sk_in_place(out, job->out.stride[last], job->dtype) && row % sk_itemsize[real] == 0;
    ptrdiff_t hop;
    const void *samples = sk_frame_samples(&job->source, line_start(&job->source.x, job->out.shape, last - 1, line), f,
                                           count, buffer, &hop);
    sk_frames_fn *const *kernels =
        is_complex(job->source.dtype) ? sk_active->frames_complex : sk_active->frames_real;
    if (in_place) {
        kernels[real](&job->spectrum, samples, hop, count, scratch, out, row);
        return;
    }
    kernels[real](&job->spectrum, samples, hop, count, scratch, rows, bins * size);
    for (ptrdiff_t i = 0; i < count; i++)
        sk_store(rows + i * bins * size, bins, job->dtype, out + i * row, job->out.stride[last]);
}

int sk_frames_run(sk_frames *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(frames_tile, job, begin, end, job->scratch, threads, team);
}

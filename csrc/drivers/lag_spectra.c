/* Family "reduce": sums at many lags through spectra. The products of the spectra of two blocks are added up, block by
 * block and in float64, so that one inverse transform does for a whole line. */
#include "lines.h"
#include "spectra.h"

#include <string.h>

enum { CHUNK = 16, MOST_CHUNKS = 32 };

static size_t spectrum_size(const sk_lag_spectra *job)
{
    return aligned(2 * job->plan->n * sk_itemsize[real_of(job->dtype)]);
}

void sk_lag_spectra_plan(sk_lag_spectra *job)
{
    const double n = (double)job->plan->n;
    job->block = is_complex(job->dtype) ? job->plan->n : 2 * job->plan->n;
    job->step = job->block - job->lags + 1;
    job->blocks = divide_up(job->y.shape[job->y.ndim - 1], job->step);
    job->per_chunk = at_least(CHUNK, divide_up(job->blocks, MOST_CHUNKS));
    job->chunks = divide_up(job->blocks, job->per_chunk);
    job->tiles = job->chunks;
    for (int axis = 0; axis < job->total.ndim - 1; axis++)
        job->tiles *= job->total.shape[axis];
    job->tile_work = (double)at_most(job->per_chunk, job->blocks) * n * (2.5 * log2(n) + 6.0) * 2.0;
    job->scratch = 3 * spectrum_size(job) + aligned(job->block * sk_itemsize[job->dtype]);
    job->poisoned = 0;
}

int sk_lag_spectra_begin(sk_lag_spectra *job)
{
    job->partial = sk_alloc((size_t)(job->tiles * 2 * job->plan->n) * sizeof(double));
    return job->partial ? 0 : -1;
}

/* The spectrum of samples [at, at + count) of a line, those that exist; the exponent by which it was scaled. */
static int transform(const sk_lag_spectra *job, const sk_view *v, const char *line, ptrdiff_t at, ptrdiff_t count,
                     char *buffer, char *scratch, char *spectrum, int *exponent)
{
    const int last = v->ndim - 1, real = real_of(job->dtype), parts = is_complex(job->dtype) ? 2 : 1;
    const ptrdiff_t n = v->shape[last], stride = v->stride[last], size = sk_itemsize[job->dtype];
    const void *block = buffer;
    if (count == job->block && at >= 0 && at + count <= n) {
        block = sk_piece(v, line, stride, at, count, job->dtype, buffer);
    } else {
        sk_extend(v, line, stride, n, at, count, SK_EXISTING, NULL, job->dtype, buffer);
        memset(buffer + count * size, 0, (size_t)((job->block - count) * size));
    }
    if (!sk_active->peak[real](block, parts * job->block, exponent))
        return 0;
    sk_block_spectrum_fn *kernel =
        parts == 2 ? sk_active->block_spectrum_complex[real] : sk_active->block_spectrum_real[real];
    kernel(job->plan, block, scale_of(exponent, job->dtype), scratch, spectrum);
    return 1;
}

static void chunk_tile(void *context, ptrdiff_t index, char *scratch)
{
    sk_lag_spectra *job = context;
    const int batches = job->total.ndim - 1, real = real_of(job->dtype);
    const ptrdiff_t line = index / job->chunks, first = index % job->chunks * job->per_chunk;
    const char *x = line_start(&job->x, job->total.shape, batches, line);
    const char *y = line_start(&job->y, job->total.shape, batches, line);
    char *one = scratch + spectrum_size(job), *two = one + spectrum_size(job), *buffer = two + spectrum_size(job);
    double *total = job->partial + index * 2 * job->plan->n;
    memset(total, 0, (size_t)(2 * job->plan->n) * sizeof(double));
    for (ptrdiff_t b = first; b < at_most(first + job->per_chunk, job->blocks); b++) {
        int exponent_x = 0, exponent_y = 0;
        const ptrdiff_t at = b * job->step;
        const int finite = transform(job, &job->x, x, at + job->first, job->block, buffer, scratch, one, &exponent_x)
                           && transform(job, &job->y, y, at, job->step, buffer, scratch, two, &exponent_y);
        if (!finite) {
            __atomic_store_n(&job->poisoned, 1, __ATOMIC_RELAXED);
            return;
        }
        sk_active->add_cross_spectrum[real](one, two, ldexp(1.0, exponent_x + exponent_y), total, job->plan->n);
    }
}

int sk_lag_spectra_run(sk_lag_spectra *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(chunk_tile, job, begin, end, job->scratch, threads, team);
}

void sk_lag_spectra_end(sk_lag_spectra *job)
{
    const ptrdiff_t n = job->plan->n, lanes = sk_active->vector_bytes / sk_itemsize[real_of(job->dtype)];
    for (ptrdiff_t line = 0; job->partial && line < job->tiles / job->chunks; line++) {
        double *total = (double *)job->total.ptr + line * 2 * n;
        memset(total, 0, (size_t)(2 * n) * sizeof(double));
        for (ptrdiff_t c = 0; c < job->chunks; c++) {
            const double *part = job->partial + (line * job->chunks + c) * 2 * n;
            for (ptrdiff_t k = 0; k < n; k++) { /* vectors of real and imaginary parts to complex numbers */
                const ptrdiff_t at = k / lanes * 2 * lanes + k % lanes;
                total[2 * k] += part[at];
                total[2 * k + 1] += part[at + lanes];
            }
        }
    }
    sk_free(job->partial);
}

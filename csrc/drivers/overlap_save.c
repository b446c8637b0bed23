/* Overlap-save: lines in blocks that stay in the cache, each transformed alone, once for all templates of a group.
 * Blocks and templates are scaled by exact powers of two: nothing overflows, nothing is lost. */
#include "lines.h"
#include "spectra.h"

#include <string.h>

/* Templates that share one transform of a block: enough to spread its cost, few enough to share out the work. */
#define GROUP 8

static size_t spectrum_size(const sk_overlap_save *job)
{
    return aligned(2 * job->plan->n * sk_itemsize[real_of(job->dtype)]);
}

void sk_overlap_save_plan(sk_overlap_save *job)
{
    const int last = job->out.ndim - 1, size = sk_itemsize[job->dtype];
    const double n = (double)job->plan->n;
    job->templates = job->out.shape[last - 1];
    job->block = is_complex(job->dtype) ? job->plan->n : 2 * job->plan->n;
    job->step = job->block - job->m + 1;
    job->blocks = divide_up(job->out.shape[last], job->step);
    job->groups = divide_up(job->templates, GROUP);
    job->tiles = job->blocks * job->groups;
    for (int axis = 0; axis < last - 1; axis++)
        job->tiles *= job->out.shape[axis];
    job->tile_work = n * (2.5 * log2(n) + 6.0) * (double)(1 + at_most(GROUP, job->templates));
    job->scratch = 2 * spectrum_size(job) + 2 * aligned(job->block * size);
}

static void transform(const sk_overlap_save *job, const void *block, double scale, void *scratch, void *spectrum)
{
    const int real = real_of(job->dtype);
    sk_block_spectrum_fn *kernel =
        is_complex(job->dtype) ? sk_active->block_spectrum_complex[real] : sk_active->block_spectrum_real[real];
    kernel(job->plan, block, scale, scratch, spectrum);
}

static void template_tile(void *context, ptrdiff_t k, char *scratch)
{
    const sk_overlap_save *job = context;
    const int size = sk_itemsize[job->dtype], real = real_of(job->dtype), parts = is_complex(job->dtype) ? 2 : 1;
    char *taps = scratch + spectrum_size(job);
    memcpy(taps, (const char *)job->h + k * job->m * size, (size_t)(job->m * size));
    memset(taps + job->m * size, 0, (size_t)((job->block - job->m) * size));
    int *exponent = job->exponents + k;
    sk_active->peak[real](taps, parts * job->m, exponent);
    transform(job, taps, scale_of(exponent, job->dtype), scratch, job->spectra + (size_t)k * spectrum_size(job));
}

int sk_overlap_save_begin(sk_overlap_save *job, int threads)
{
    int team;
    job->exponents = sk_alloc((size_t)job->templates * sizeof(int));
    job->spectra = sk_alloc((size_t)job->templates * spectrum_size(job));
    if (!job->exponents || !job->spectra)
        return -1;
    return sk_run_tiles(template_tile, job, 0, job->templates, job->scratch, threads, &team);
}

void sk_overlap_save_end(sk_overlap_save *job)
{
    sk_free(job->spectra);
    sk_free(job->exponents);
}

/* Samples of block b of a line, zeros outside; *exponent of their peak. `buffer` holds a block. */
static const void *load_block(const sk_overlap_save *job, ptrdiff_t line, ptrdiff_t b, void *buffer, int *exponent)
{
    const int last = job->x.ndim - 1, real = real_of(job->dtype), parts = is_complex(job->dtype) ? 2 : 1;
    const char *from = line_start(&job->x, job->x.shape, last, line);
    const ptrdiff_t at = job->lo + b * job->step - (job->m - 1), n = job->x.shape[last], stride = job->x.stride[last];
    const void *block = buffer;
    if (at >= 0 && at + job->block <= n)
        block = sk_piece(&job->x, from, stride, at, job->block, job->dtype, buffer);
    else
        sk_extend(&job->x, from, stride, n, at, job->block, SK_EXISTING, NULL, job->dtype, buffer);
    if (!sk_active->peak[real](block, parts * job->block, exponent)) {
        if (block != buffer)
            memcpy(buffer, block, (size_t)(job->block * sk_itemsize[job->dtype]));
        block = buffer;
        only_finite(buffer, parts * job->block, real);
        sk_active->peak[real](block, parts * job->block, exponent);
        __atomic_store_n(&job->poisoned[line], 1, __ATOMIC_RELAXED);
    }
    return block;
}

static void block_tile(void *context, ptrdiff_t index, char *scratch)
{
    const sk_overlap_save *job = context;
    const int last = job->out.ndim - 1, real = real_of(job->dtype), size = sk_itemsize[job->dtype];
    const ptrdiff_t group = index % job->groups, b = index / job->groups % job->blocks;
    const ptrdiff_t line = index / job->groups / job->blocks;
    char *spectrum = scratch + spectrum_size(job), *buffer = spectrum + spectrum_size(job);
    char *results = buffer + aligned(job->block * size);
    const ptrdiff_t stride = job->out.stride[last], n = at_most(job->step, job->out.shape[last] - b * job->step);
    char *lines = line_start(&job->out, job->out.shape, last - 1, line) + b * job->step * stride;
    sk_block_product_fn *kernel =
        is_complex(job->dtype) ? sk_active->block_product_complex[real] : sk_active->block_product_real[real];
    int exponent;
    const void *block = load_block(job, line, b, buffer, &exponent);
    transform(job, block, scale_of(&exponent, job->dtype), scratch, spectrum);
    const ptrdiff_t end = at_most((group + 1) * GROUP, job->templates);
    for (ptrdiff_t k = group * GROUP; k < end; k++) {
        double scale[2];
        unscale(exponent + job->exponents[k], (double)job->plan->n, scale);
        char *out = lines + k * job->out.stride[last - 1];
        char *to = sk_in_place(out, stride, job->dtype) ? out : results;
        kernel(job->plan, spectrum, job->spectra + (size_t)k * spectrum_size(job), scale, scratch, to, job->m - 1,
               job->m - 1 + n);
        if (to != out)
            sk_store(to, n, job->dtype, out, stride);
    }
}

int sk_overlap_save_run(sk_overlap_save *job, ptrdiff_t begin, ptrdiff_t end, int threads, int *team)
{
    return sk_run_tiles(block_tile, job, begin, end, job->scratch, threads, team);
}

# The part of _core.pyx that crosses into the drivers of images: included there.


def run_image_filter(x, int x_dtype, out, int out_dtype, int dtype, int naxes, tuple boundaries, bytes fill, weights,
                     bint real_weights, terms, planes, bint sequential, bint root, threads):
    """out[...] = the sum of the terms over x[...], or the root of the sum of their squares; see sk_image_filter."""
    cdef sk_image_filter job
    cdef sk_view v
    cdef Views views = Views()
    cdef int i
    views.take(out, out_dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    views.take(weights, 0, False, &v)
    job.weights = v.ptr
    views.take(terms, 0, False, &v)
    job.terms = <const sk_image_term *>v.ptr
    job.term_count = v.shape[0]
    views.take(planes, 0, False, &v)
    job.planes = <const ptrdiff_t *>v.ptr
    job.plane_count = v.shape[0]
    job.naxes = naxes
    job.dtype = dtype
    job.real_weights = real_weights
    job.sequential = sequential
    job.root = root
    for i in range(naxes):
        job.boundary[i] = <sk_boundary><int>boundaries[i]
    memcpy(job.fill, <const char *>fill, len(fill))
    sk_image_filter_plan(&job)
    return run(<run_function>sk_image_filter_run, &job, job.tiles, job.tile_work,
               threads(job.tiles * job.tile_work, job.tiles))


def run_windows(x, int x_dtype, out, int out_dtype, int dtype, int kind, tuple size, tuple at, tuple boundaries,
                bytes fill, double divisor, threads):
    """out[...] = the sum over `divisor`, the least or the largest of rectangles of x[...]; see sk_windows."""
    cdef sk_windows job
    cdef Views views = Views()
    cdef int i
    views.take(out, out_dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    job.dtype = dtype
    job.kind = <sk_window_kind>kind
    job.divisor = divisor
    for i in range(2):
        job.w[i] = size[i]
        job.at[i] = at[i]
        job.boundary[i] = <sk_boundary><int>boundaries[i]
    memcpy(job.fill, <const char *>fill, len(fill))
    sk_windows_plan(&job)
    return run(<run_function>sk_windows_run, &job, job.tiles, job.tile_work,
               threads(job.tiles * job.tile_work, job.tiles))


def run_bilateral(x, int x_dtype, out, int out_dtype, int dtype, tuple size, tuple boundaries, bytes fill, spatial,
                  double steepness, threads):
    """out[..., channel, :, :] = means weighted by distance and difference of x[...]; see sk_bilateral."""
    cdef sk_bilateral job
    cdef sk_view v
    cdef Views views = Views()
    cdef int i
    views.take(out, out_dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    views.take(spatial, 0, False, &v)
    job.spatial = v.ptr
    job.dtype = dtype
    job.steepness = steepness
    for i in range(2):
        job.w[i] = size[i]
        job.boundary[i] = <sk_boundary><int>boundaries[i]
    memcpy(job.fill, <const char *>fill, len(fill))
    sk_bilateral_plan(&job)
    return run(<run_function>sk_bilateral_run, &job, job.tiles, job.tile_work,
               threads(job.tiles * job.tile_work, job.tiles))


def run_rank_filter(x, out, int dtype, int naxes, tuple boundaries, bytes fill, offsets, planes, ptrdiff_t rank,
                    int method, pairs, threads):
    """out[...] = the sample of rank `rank` under a footprint of x[...]; see sk_rank_filter."""
    cdef sk_rank_filter job
    cdef sk_view v
    cdef Views views = Views()
    cdef int i
    views.take(out, dtype, True, &job.out)
    views.take(x, dtype, False, &job.x)
    views.take(offsets, 0, False, &v)
    job.offsets = <const sk_offset *>v.ptr
    job.count = v.shape[0]
    views.take(planes, 0, False, &v)
    job.planes = <const ptrdiff_t *>v.ptr
    job.plane_count = v.shape[0]
    views.take(pairs, 0, False, &v)
    job.pairs = <const unsigned short *>v.ptr
    job.pair_count = v.shape[0]
    job.naxes = naxes
    job.rank = rank
    job.method = <sk_rank_method>method
    for i in range(naxes):
        job.boundary[i] = <sk_boundary><int>boundaries[i]
    memcpy(job.fill, <const char *>fill, len(fill))
    sk_rank_filter_plan(&job)
    return run(<run_function>sk_rank_filter_run, &job, job.tiles, job.tile_work,
               threads(job.tiles * job.tile_work, job.tiles))

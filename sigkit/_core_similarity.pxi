# The drivers of coefficients and distances, of _core.pyx: see csrc/sk_similarity.h.


def run_sliding_pearson(x, int x_dtype, templates, templates32, weights, double total, out, int dtype, double fill,
                        FFTPlan plan, threads):
    """out[..., k, i]: the coefficient of x[..., i : i + m] with templates[k]; plan is None for direct sums, weights
    are None where all are equal."""
    cdef sk_sliding_pearson job
    cdef sk_view t, t32, w
    cdef Views views = Views()
    views.take(out, dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    views.take(templates, 0, False, &t)
    views.take(templates32, 0, False, &t32)
    broadcast(&job.x, &job.out, 1, job.out.ndim - 2)
    job.templates = <const double *>t.ptr
    job.templates32 = <const float *>t32.ptr
    job.weights = NULL
    job.total = total
    if weights is not None:
        views.take(weights, 0, False, &w)
        job.weights = <const double *>w.ptr
    job.k = t.shape[0]
    job.m = t.shape[1]
    job.fill = fill
    job.dtype = dtype
    job.plan = NULL if plan is None else &plan.plan
    sk_sliding_pearson_plan(&job)
    try:
        if sk_sliding_pearson_begin(&job):
            raise MemoryError("sigkit: no memory for spectra of templates")
        return run(<run_function>sk_sliding_pearson_run, &job, job.tiles, job.tile_work,
                   threads(job.tiles * job.tile_work, job.tiles))
    finally:
        sk_sliding_pearson_end(&job)


def run_pair_pearson(x, int x_dtype, y, int y_dtype, out, int dtype, status, threads):
    """out[...] and status[...]: the coefficient of x[..., :] with y[..., :]."""
    cdef sk_pair_pearson job
    cdef Views views = Views()
    views.take(out, dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    views.take(y, y_dtype, False, &job.y)
    views.take(status, 0, True, &job.status)
    broadcast(&job.x, &job.out, 1, job.out.ndim)
    broadcast(&job.y, &job.out, 1, job.out.ndim)
    job.dtype = dtype
    sk_pair_pearson_plan(&job)
    try:
        if sk_pair_pearson_begin(&job):
            raise MemoryError("sigkit: no memory for partial sums")
        return run(<run_function>sk_pair_pearson_run, &job, job.tiles, job.tile_work,
                   threads(job.tiles * job.tile_work, job.tiles))
    finally:
        sk_pair_pearson_end(&job)

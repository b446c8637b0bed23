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


def run_match(x, int x_dtype, templates, templates32, parts, out, int dtype, tuple m, double mask_sum, double fill,
              FFTPlan across, FFTPlan down, threads):
    """out[..., k, :, :, :]: the coefficient of windows of x[..., channel, :, :, :] with templates[k]; see sk_match.
    mask_sum is 0 without a mask, else the last two templates are its own; plans are None for direct sums."""
    cdef sk_match job
    cdef sk_view t, t32, p
    cdef Views views = Views()
    cdef int i, team
    views.take(out, dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    views.take(templates, 0, False, &t)
    views.take(templates32, 0, False, &t32)
    views.take(parts, 0, False, &p)
    job.templates = <const double *>t.ptr
    job.templates32 = <const float *>t32.ptr
    job.parts = <const sk_match_part *>p.ptr
    job.part_count = p.shape[0]
    job.masked = mask_sum > 0
    job.k = t.shape[0] - (2 if job.masked else 0)
    job.taps = t.shape[1]
    broadcast(&job.x, &job.out, 4, job.out.ndim - 4)
    job.channels = job.x.shape[job.x.ndim - 4]
    for i in range(3):
        job.m[i] = m[i]
    job.samples = mask_sum if job.masked else <double>m[0] * m[1] * m[2]
    job.fill = fill
    job.dtype = dtype
    job.across = NULL if across is None else &across.plan
    job.down = NULL if down is None else &down.plan
    sk_match_plan(&job)
    team = threads(job.tiles * job.tile_work, job.tiles)
    try:
        if sk_match_begin(&job, team):
            raise MemoryError("sigkit: no memory for spectra of templates")
        return run(<run_function>sk_match_run, &job, job.tiles, job.tile_work, team)
    finally:
        sk_match_end(&job)
def run_row_differences(x, int x_dtype, y, int y_dtype, out, int dtype, bint symmetric, threads):
    """out[..., i, k]: the mean absolute difference of x[..., i, :] and y[..., k, :]."""
    cdef sk_row_differences job
    cdef Views views = Views()
    views.take(out, dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    views.take(y, y_dtype, False, &job.y)
    broadcast(&job.x, &job.out, 2, job.out.ndim - 2)
    broadcast(&job.y, &job.out, 2, job.out.ndim - 2)
    job.dtype = dtype
    job.symmetric = symmetric
    sk_row_differences_plan(&job)
    try:
        if sk_row_differences_begin(&job):
            raise MemoryError("sigkit: no memory for partial sums")
        return run(<run_function>sk_row_differences_run, &job, job.tiles, job.tile_work,
                   threads(job.tiles * job.tile_work, job.tiles))
    finally:
        sk_row_differences_end(&job)
def run_rolling(x, int x_dtype, y, int y_dtype, out, int dtype, int kind, ptrdiff_t w, double divisor, double fill,
                threads):
    """out[..., i]: a statistic of x[..., i : i + w] (and y[..., i : i + w], unless None); `kind` is sk_rolling_kind."""
    cdef sk_rolling job
    cdef Views views = Views()
    views.take(out, dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    broadcast(&job.x, &job.out, 1, job.out.ndim - 1)
    if y is not None:
        views.take(y, y_dtype, False, &job.y)
        broadcast(&job.y, &job.out, 1, job.out.ndim - 1)
    job.kind = <sk_rolling_kind>kind
    job.w = w
    job.divisor = divisor
    job.fill = fill
    job.dtype = dtype
    sk_rolling_plan(&job)
    try:
        if sk_rolling_begin(&job):
            raise MemoryError("sigkit: no memory for the moments of blocks")
        return run(<run_function>sk_rolling_run, &job, job.tiles, job.tile_work,
                   threads(job.tiles * job.tile_work, job.tiles))
    finally:
        sk_rolling_end(&job)

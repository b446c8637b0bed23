# The drivers of coefficients and distances, of _core.pyx: see csrc/sk_similarity.h.


def run_sliding_pearson(x, int x_dtype, templates, sums, weights, double total, out, int dtype, double fill,
                        FFTPlan plan, threads):
    """out[..., k, i]: the coefficient of x[..., i : i + m] with templates[k]; plan is None for direct sums, weights
    are None where all are equal."""
    cdef sk_sliding_pearson job
    cdef sk_view t, s, w
    cdef Views views = Views()
    views.take(out, dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    views.take(templates, 0, False, &t)
    views.take(sums, 0, False, &s)
    broadcast(&job.x, &job.out, 1, job.out.ndim - 2)
    job.templates = <const double *>t.ptr
    job.sums = <const double *>s.ptr
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


def run_match(x, int x_dtype, templates, parts, out, int dtype, tuple m, double mask_sum, double fill,
              FFTPlan across, FFTPlan down, threads):
    """out[..., k, :, :, :]: the coefficient of windows of x[..., channel, :, :, :] with templates[k]; see sk_match.
    mask_sum is 0 without a mask, else the last two templates are its own; plans are None for direct sums."""
    cdef sk_match job
    cdef sk_view t, p
    cdef Views views = Views()
    cdef int i, team
    views.take(out, dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    views.take(templates, 0, False, &t)
    views.take(parts, 0, False, &p)
    job.templates = <const double *>t.ptr
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


cdef void *take_plain(Views views, object array, int writable, sk_view *view) except? NULL:
    """Where the elements of a contiguous array of native dtype lie."""
    views.take(array, 0, writable, view)
    return view.ptr


def run_center_rows(x, int x_dtype, out, int dtype, info, weights, roots, double total, bint unit, finite, present,
                    threads):
    """out[..., parts, :]: the lines of x centred. finite and present are None unless samples are omitted."""
    cdef sk_center_rows job
    cdef sk_view v
    cdef Views views = Views()
    views.take(out, dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    views.take(info, 0, True, &job.info)
    broadcast(&job.x, &job.out, 1, job.out.ndim - 2)
    job.weights = job.roots = NULL
    if weights is not None:
        job.weights = <const double *>take_plain(views, weights, False, &v)
        job.roots = <const double *>take_plain(views, roots, False, &v)
    job.total = total
    job.dtype = dtype
    job.unit = unit
    job.omit = finite is not None
    job.words = 0
    if job.omit:
        job.finite = <uint64_t *>take_plain(views, finite, True, &v)
        job.present = <uint64_t *>take_plain(views, present, True, &v)
        job.words = v.shape[v.ndim - 1]
    sk_center_rows_plan(&job)
    return run(<run_function>sk_center_rows_run, &job, job.tiles, job.tile_work,
               threads(job.tiles * job.tile_work, job.tiles))


def run_listed(z, bits, listed, sums, squares, ptrdiff_t first, ptrdiff_t last, threads):
    """Adds to sums and squares (p, q) those of the rows of z (p, n), over samples of [first, last) in lists (q)."""
    cdef sk_listed job
    cdef sk_view v
    cdef Views views = Views()
    views.take(z, 0, False, &job.z)
    job.sums = <double *>take_plain(views, sums, True, &v)
    job.squares = <double *>take_plain(views, squares, True, &v)
    job.listed = <const unsigned char *>take_plain(views, listed, False, &v)
    job.bits = <const uint64_t *>take_plain(views, bits, False, &v)
    job.q = v.shape[0]
    job.words = v.shape[1]
    job.first = first
    job.last = last
    sk_listed_plan(&job)
    return run(<run_function>sk_listed_run, &job, job.tiles, job.tile_work,
               threads(job.tiles * job.tile_work, job.tiles))


def run_common_counts(a, b, counts, threads):
    """counts[i, j]: the bits set in row i of a and in row j of b."""
    cdef sk_common_counts job
    cdef sk_view v
    cdef Views views = Views()
    job.counts = <int64_t *>take_plain(views, counts, True, &v)
    job.p = v.shape[0]
    job.q = v.shape[1]
    job.a = <const uint64_t *>take_plain(views, a, False, &v)
    job.b = <const uint64_t *>take_plain(views, b, False, &v)
    job.words = v.shape[1]
    sk_common_counts_plan(&job)
    return run(<run_function>sk_common_counts_run, &job, job.tiles, job.tile_work,
               threads(job.tiles * job.tile_work, job.tiles))


def run_common_pairs(x, int x_dtype, y, int y_dtype, tuple parts, tuple bits, tuple scales, pairs, moments,
                     threads):
    """moments[k]: of the samples that row pairs[0, k] of x and row pairs[1, k] of y have in common."""
    cdef sk_common_pairs job
    cdef sk_view v
    cdef Views views = Views()
    views.take(x, x_dtype, False, &job.x)
    views.take(y, y_dtype, False, &job.y)
    job.x_parts, job.y_parts = parts
    job.x_scale = <const double *>take_plain(views, scales[0], False, &v)
    job.y_scale = <const double *>take_plain(views, scales[1], False, &v)
    job.first = <const int64_t *>take_plain(views, pairs, False, &v)
    job.pairs = v.shape[1]
    job.second = job.first + job.pairs
    job.moments = <double *>take_plain(views, moments, True, &v)
    job.x_bits = <const uint64_t *>take_plain(views, bits[0], False, &v)
    job.words = v.shape[1]
    job.y_bits = <const uint64_t *>take_plain(views, bits[1], False, &v)
    sk_common_pairs_plan(&job)
    return run(<run_function>sk_common_pairs_run, &job, job.tiles, job.tile_work,
               threads(job.tiles * job.tile_work, job.tiles))

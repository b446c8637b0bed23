# The drivers of network inputs and of images' spectra, of _core.pyx: see csrc/sk_network.h.


cdef extern from "sk.h" nogil:
    void *sk_alloc(size_t)
    void sk_free(void *)

    ctypedef enum sk_scaling:
        pass
    ctypedef struct sk_normalize:
        sk_view x
        sk_view mask
        sk_view out
        int axes
        int dtype
        sk_scaling scaling
        int staged
        ptrdiff_t tiles
        double tile_work
    void sk_normalize_plan(sk_normalize *)
    int sk_normalize_begin(sk_normalize *)
    int sk_normalize_run(sk_normalize *, ptrdiff_t, ptrdiff_t, int, int *)
    int sk_normalize_combine(sk_normalize *)
    void sk_normalize_end(sk_normalize *)

    ctypedef struct sk_recording:
        const char *ptr
        ptrdiff_t n
        ptrdiff_t stride
        ptrdiff_t channel_stride
        int dtype
        int swapped
    ctypedef struct sk_pad_batch:
        const sk_recording *items
        sk_view out
        sk_view mask
        int dtype
        sk_scaling scaling
        unsigned char *fill
        ptrdiff_t samples
        ptrdiff_t tiles
        double tile_work
    void sk_pad_batch_plan(sk_pad_batch *)
    int sk_pad_batch_run(sk_pad_batch *, ptrdiff_t, ptrdiff_t, int, int *)

    ctypedef struct sk_swap_axes:
        sk_view x
        sk_view out
        int dtype
        ptrdiff_t tiles
        double tile_work
    void sk_swap_axes_plan(sk_swap_axes *)
    int sk_swap_axes_run(sk_swap_axes *, ptrdiff_t, ptrdiff_t, int, int *)

    ctypedef enum sk_representation:
        pass
    ctypedef struct sk_split:
        sk_view x
        sk_view out
        int dtype
        sk_representation parts
        double floor
        ptrdiff_t tiles
        double tile_work
    void sk_split_plan(sk_split *)
    int sk_split_run(sk_split *, ptrdiff_t, ptrdiff_t, int, int *)

    ctypedef struct sk_plane:
        const sk_fft *across
        const sk_fft *down
        ptrdiff_t *start
        ptrdiff_t *place
        int inverse
    ctypedef struct sk_planes:
        sk_plane plane
        sk_view x
        sk_view out
        int dtype
        int channels
        sk_representation parts
        double floor
        ptrdiff_t tiles
        double tile_work
    void sk_planes_plan(sk_planes *)
    int sk_planes_run(sk_planes *, ptrdiff_t, ptrdiff_t, int, int *)


def run_normalize(x, int x_dtype, mask, out, int dtype, int axes, int scaling, threads):
    """out[...] = x[...], each group (its last `axes` axes) rescaled by its own moments; see sk_normalize."""
    cdef sk_normalize job
    cdef Views views = Views()
    cdef int team = 1
    views.take(out, dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    job.mask.ptr = NULL
    if mask is not None:
        views.take(mask, 0, False, &job.mask)
    job.axes = axes
    job.dtype = dtype
    job.scaling = <sk_scaling>scaling
    sk_normalize_plan(&job)
    try:
        if sk_normalize_begin(&job):
            raise MemoryError("sigkit: no memory for partial sums")
        while job.staged:
            run(<run_function>sk_normalize_run, &job, job.tiles, job.tile_work,
                threads(job.tiles * job.tile_work, job.tiles))
            if not sk_normalize_combine(&job):
                break
        return run(<run_function>sk_normalize_run, &job, job.tiles, job.tile_work,
                   threads(job.tiles * job.tile_work, job.tiles))
    finally:
        sk_normalize_end(&job)


cdef class Recordings:
    """The buffers of any number of arrays, held as long as C works on them."""
    cdef Py_buffer *buffers
    cdef sk_recording *items
    cdef ptrdiff_t held

    def __cinit__(self, list arrays, list codes):
        cdef ptrdiff_t count = len(arrays)
        cdef Py_buffer *b
        cdef sk_recording *item
        cdef int code
        self.held = 0
        self.buffers = <Py_buffer *>sk_alloc(count * sizeof(Py_buffer))
        self.items = <sk_recording *>sk_alloc(count * sizeof(sk_recording))
        if self.buffers == NULL or self.items == NULL:
            raise MemoryError("sigkit: no memory for the places of recordings")
        for array in arrays:
            b = &self.buffers[self.held]
            PyObject_GetBuffer(array, b, PyBUF_STRIDED_RO)
            item = &self.items[self.held]
            code = codes[self.held]
            self.held += 1
            item.ptr = <const char *>b.buf
            item.n = b.shape[0]
            item.stride = b.strides[0]
            item.channel_stride = b.strides[1] if b.ndim > 1 else 0
            item.swapped = code < 0
            item.dtype = ~code if code < 0 else code

    def __dealloc__(self):
        cdef ptrdiff_t i
        for i in range(self.held):
            PyBuffer_Release(&self.buffers[i])
        sk_free(self.buffers)
        sk_free(self.items)


def run_pad(list arrays, list codes, out, mask, int dtype, int scaling, bytes fill, threads):
    """out[i, t, c] = sample t of channel c of arrays[i], (n, channels) or (n,), rescaled; see sk_pad_batch."""
    cdef sk_pad_batch job
    cdef Views views = Views()
    cdef Recordings items = Recordings(arrays, codes)
    cdef ptrdiff_t i
    job.items = items.items
    views.take(out, dtype, True, &job.out)
    views.take(mask, 0, True, &job.mask)
    job.dtype = dtype
    job.scaling = <sk_scaling>scaling
    memcpy(job.fill, <const char *>fill, len(fill))
    job.samples = 0
    for i in range(items.held):
        job.samples += items.items[i].n
    sk_pad_batch_plan(&job)
    return run(<run_function>sk_pad_batch_run, &job, job.tiles, job.tile_work,
               threads(job.tiles * job.tile_work, job.tiles))


def run_swap_axes(x, int x_dtype, out, int dtype, threads):
    """out[..., b, a] = x[..., a, b]; see sk_swap_axes."""
    cdef sk_swap_axes job
    cdef Views views = Views()
    views.take(out, dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    job.dtype = dtype
    sk_swap_axes_plan(&job)
    return run(<run_function>sk_swap_axes_run, &job, job.tiles, job.tile_work,
               threads(job.tiles * job.tile_work, job.tiles))


def run_split(x, int x_dtype, out, int dtype, int parts, double floor, threads):
    """out[..., k, :] = channel k of the complex samples x[..., :]; see sk_split."""
    cdef sk_split job
    cdef Views views = Views()
    views.take(out, 0, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    job.dtype = dtype
    job.parts = <sk_representation>parts
    job.floor = floor
    sk_split_plan(&job)
    return run(<run_function>sk_split_run, &job, job.tiles, job.tile_work,
               threads(job.tiles * job.tile_work, job.tiles))


def run_planes(x, int x_dtype, out, int dtype, int channels, int parts, double floor, FFTPlan across, FFTPlan down,
               tuple start, tuple place, bint inverse, threads):
    """out[...] = the 2-D transforms of the images x[...], or their channels; see sk_planes."""
    cdef sk_planes job
    cdef Views views = Views()
    cdef int i
    views.take(out, 0, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    job.dtype = dtype
    job.channels = channels
    job.parts = <sk_representation>parts
    job.floor = floor
    job.plane.across = &across.plan
    job.plane.down = &down.plan
    for i in range(2):
        job.plane.start[i] = start[i]
        job.plane.place[i] = place[i]
    job.plane.inverse = inverse
    sk_planes_plan(&job)
    return run(<run_function>sk_planes_run, &job, job.tiles, job.tile_work,
               threads(job.tiles * job.tile_work, job.tiles))

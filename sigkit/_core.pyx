# cython: freethreading_compatible=True
"""The crossing from Python to C: array buffers become views, one function per driver.

No policy here: the gate (`_array.py`) has checked every argument. Each `run_*` takes
arrays whose shapes already agree, releases the GIL, looks for signals between slices of
work, and returns the number of threads that ran.
"""

import os

from cpython.buffer cimport PyBUF_STRIDED, PyBUF_STRIDED_RO, PyBuffer_Release, PyObject_GetBuffer
from cpython.exc cimport PyErr_CheckSignals
from libc.stddef cimport ptrdiff_t
from libc.string cimport memcpy


# ---- what this build and this machine are ----

OPENMP = bool(sk_openmp())


def isa_compiled():
    """Names of the instruction sets compiled in, weakest first."""
    names, i = [], 0
    while sk_compiled[i] != NULL:
        names.append((<bytes>sk_compiled[i].isa).decode())
        i += 1
    return tuple(names)


def isa_detected():
    """Those that this CPU and its operating system can run."""
    names, i = [], 0
    while sk_compiled[i] != NULL:
        if sk_usable(sk_compiled[i]):
            names.append((<bytes>sk_compiled[i].isa).decode())
        i += 1
    return tuple(names)


def isa_active():
    return (<bytes>sk_active.isa).decode()


def vector_bytes():
    """The width of the active kernels' vectors."""
    return sk_active.vector_bytes


def openmp_max_threads():
    return sk_openmp_max_threads()


def forked():
    """True in a child forked after the import."""
    return bool(sk_forked())


def mxcsr(int threads):
    """The floating-point control word of each thread of a team."""
    cdef unsigned words[64]
    cdef int i
    threads = max(1, min(threads, 64))
    for i in range(threads):
        words[i] = 0
    with nogil:
        sk_mxcsr_of_team(words, threads)
    return [words[i] for i in range(threads)]


def allocations():
    """Live allocations of the C side."""
    return sk_live_allocations()


def fail_allocation(ptrdiff_t n):
    """For tests: the n-th allocation from now fails (n < 0: all from the |n|-th on; 0: none)."""
    sk_fail_allocation(n)


def _dispatch(cap):
    """Choose the kernels, capped by the environment."""
    cdef bytes name
    cdef int done
    if cap:
        name = cap.encode("utf-8", "surrogateescape")
        done = sk_dispatch(name)
    else:
        done = sk_dispatch(NULL)
    if done < 0:
        raise ImportError("sigkit needs an x86-64-v2 CPU (SSE4.2, POPCNT), which this one is not")
    if done == 0:
        raise ValueError(f"SIGKIT_ISA={cap!r}: expected one of {', '.join(isa_compiled())}")


_dispatch(os.environ.get("SIGKIT_ISA"))
sk_watch_fork()


# ---- views ----

cdef class Views:
    """The buffers of a call, held as long as C works on them."""
    cdef Py_buffer buffers[8]
    cdef int held

    def __cinit__(self):
        self.held = 0

    def __dealloc__(self):
        cdef int i
        for i in range(self.held):
            PyBuffer_Release(&self.buffers[i])

    cdef int take(self, object array, int dtype, int writable, sk_view *view) except -1:
        """Fill `view` from `array`; dtype is its code, negative where its bytes are swapped."""
        cdef Py_buffer *b = &self.buffers[self.held]
        cdef int i
        PyObject_GetBuffer(array, b, PyBUF_STRIDED if writable else PyBUF_STRIDED_RO)
        self.held += 1
        view.ptr = <char *>b.buf
        view.swapped = dtype < 0
        view.dtype = ~dtype if dtype < 0 else dtype
        view.ndim = b.ndim
        for i in range(b.ndim):
            view.shape[i] = b.shape[i]
            view.stride[i] = b.strides[i]
        return 0


cdef void broadcast(sk_view *v, const sk_view *out, int kept, int batches) noexcept nogil:
    """Give v the batch axes of `out`: its last `kept` axes stay, those it lacks or has once repeat."""
    cdef int own = v.ndim - kept, i, k
    for i in range(kept - 1, -1, -1):
        v.shape[batches + i] = v.shape[own + i]
        v.stride[batches + i] = v.stride[own + i]
    for i in range(batches - 1, -1, -1):
        k = i - (batches - own)
        if k >= 0 and v.shape[k] == out.shape[i] and out.shape[i] != 1:
            v.stride[i] = v.stride[k]
        else:
            v.stride[i] = 0
        v.shape[i] = out.shape[i]
    v.ndim = batches + kept


ctypedef int (*run_function)(void *, ptrdiff_t, ptrdiff_t, int, int *) noexcept nogil

# The first look at the signals comes after so many multiply-adds of a thread, a few milliseconds
# at most; by the time they took, the next ones come about every 40 ms. Tiles that had nothing to
# sum (lags beyond the samples) tell nothing about the next: no slice has more than LARGEST_SLICE.
cdef double FIRST_SLICE = 2e7
cdef double LARGEST_SLICE = 2e8
cdef double SECONDS = 0.04


cdef int run(run_function function, void *job, ptrdiff_t tiles, double tile_work, int threads) except -1:
    cdef ptrdiff_t begin = 0, end
    cdef double tiles_of_work = threads / (tile_work + 1.0), step = FIRST_SLICE * tiles_of_work, before, took
    cdef int team = 1, failed, largest = 1
    while begin < tiles:
        end = tiles if step >= tiles - begin else begin + max(<ptrdiff_t>step, threads)
        with nogil:
            before = sk_seconds()
            failed = function(job, begin, end, threads, &team)
            took = sk_seconds() - before
        if failed:
            raise MemoryError("sigkit: no memory for the scratch of a thread")
        largest = max(largest, team)
        step = min((end - begin) * min(SECONDS / max(took, 1e-6), 64.0), LARGEST_SLICE * tiles_of_work)
        begin = end
        if begin < tiles:
            PyErr_CheckSignals()
    return largest


# ---- one function per driver ----

cdef class FFTPlan:
    """The tables of one Fourier transform, made by `_fft.py`: see sk_fft in csrc/sk.h."""
    cdef sk_fft plan
    cdef readonly ptrdiff_t n
    cdef Views views

    def __init__(self, ptrdiff_t n, ptrdiff_t rows, tuple radices, place, twiddles, columns, twist):
        cdef sk_view v
        cdef int i
        self.views = Views()
        self.plan.n = self.n = n
        self.plan.rows = rows
        self.plan.passes = len(radices)
        for i in range(self.plan.passes):
            self.plan.radix[i] = radices[i]
        self.views.take(place, 0, False, &v)
        self.plan.place = <const int *>v.ptr
        self.views.take(twiddles, 0, False, &v)
        self.plan.twiddles = v.ptr
        self.views.take(columns, 0, False, &v)
        self.plan.columns = v.ptr
        self.views.take(twist, 0, False, &v)
        self.plan.twist = v.ptr


def run_correlation(x, int x_dtype, h, int h_dtype, out, int dtype, int naxes, tuple start, int boundary,
                    bytes fill, bint conjugate, bint real_taps, threads):
    """out[..., i] = sum over j of h[..., j] x[..., start + i + j] over the last `naxes` axes.

    threads(work, tiles) decides the number of threads.
    """
    cdef sk_correlation job
    cdef Views views = Views()
    cdef int i, batches
    views.take(out, dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    views.take(h, h_dtype, False, &job.h)
    batches = job.out.ndim - naxes
    broadcast(&job.x, &job.out, naxes, batches)
    broadcast(&job.h, &job.out, naxes, batches)
    job.dtype = dtype
    job.naxes = naxes
    job.conjugate = conjugate
    job.real_taps = real_taps
    job.boundary = <sk_boundary>boundary
    for i in range(naxes):
        job.start[i] = start[i]
    memcpy(job.fill, <const char *>fill, len(fill))
    sk_correlation_plan(&job)
    return run(<run_function>sk_correlation_run, &job, job.tiles, job.tile_work,
               threads(job.tiles * job.tile_work, job.tiles))


def run_lags(x, int x_dtype, h, int h_dtype, out, int dtype, ptrdiff_t first, bint conjugate, threads):
    """out[..., l] = sum over t of x[..., t + first + l] h[..., t]."""
    cdef sk_lags job
    cdef Views views = Views()
    cdef int batches
    views.take(out, dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    views.take(h, h_dtype, False, &job.h)
    batches = job.out.ndim - 1
    broadcast(&job.x, &job.out, 1, batches)
    broadcast(&job.h, &job.out, 1, batches)
    job.dtype = dtype
    job.first = first
    job.conjugate = conjugate
    sk_lags_plan(&job)
    try:
        if sk_lags_begin(&job):
            raise MemoryError("sigkit: no memory for partial sums")
        return run(<run_function>sk_lags_run, &job, job.tiles, job.tile_work,
                   threads(job.tiles * job.tile_work, job.tiles))
    finally:
        sk_lags_end(&job)


def run_overlap_save(x, int x_dtype, taps, out, int dtype, ptrdiff_t lo, FFTPlan plan, poisoned, threads):
    """out[..., k, i] = sum over j of taps[k, j] x[..., lo + i - j]; marks the lines of x with a sample not finite."""
    cdef sk_overlap_save job
    cdef sk_view h, marks
    cdef Views views = Views()
    cdef int team
    views.take(out, dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    views.take(taps, 0, False, &h)
    views.take(poisoned, 0, True, &marks)
    broadcast(&job.x, &job.out, 1, job.out.ndim - 2)
    job.h = h.ptr
    job.m = h.shape[1]
    job.lo = lo
    job.dtype = dtype
    job.plan = &plan.plan
    job.poisoned = <unsigned char *>marks.ptr
    sk_overlap_save_plan(&job)
    team = threads(job.tiles * job.tile_work, job.tiles)
    try:
        if sk_overlap_save_begin(&job, team):
            raise MemoryError("sigkit: no memory for spectra of templates")
        return run(<run_function>sk_overlap_save_run, &job, job.tiles, job.tile_work, team)
    finally:
        sk_overlap_save_end(&job)


def run_overlap_save_2d(x, int x_dtype, taps, out, int dtype, tuple lo, int boundary, bytes fill, FFTPlan across,
                        FFTPlan down, poisoned, threads):
    """The same for images; `across` is a plan within one transform, `down` one whose lanes are frames."""
    cdef sk_overlap_save_2d job
    cdef sk_view h, marks
    cdef Views views = Views()
    cdef int i
    views.take(out, dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    views.take(taps, 0, False, &h)
    views.take(poisoned, 0, True, &marks)
    broadcast(&job.x, &job.out, 2, job.out.ndim - 2)
    job.h = h.ptr
    for i in range(2):
        job.m[i] = h.shape[i]
        job.lo[i] = lo[i]
    job.dtype = dtype
    job.boundary = <sk_boundary>boundary
    memcpy(job.fill, <const char *>fill, len(fill))
    job.across = &across.plan
    job.down = &down.plan
    job.poisoned = <unsigned char *>marks.ptr
    sk_overlap_save_2d_plan(&job)
    try:
        if sk_overlap_save_2d_begin(&job):
            raise MemoryError("sigkit: no memory for the spectrum of a kernel")
        return run(<run_function>sk_overlap_save_2d_run, &job, job.tiles, job.tile_work,
                   threads(job.tiles * job.tile_work, job.tiles))
    finally:
        sk_overlap_save_2d_end(&job)


def run_lag_spectra(x, int x_dtype, y, int y_dtype, total, int dtype, ptrdiff_t first, ptrdiff_t lags, FFTPlan plan,
                    threads):
    """total[...] = the spectrum of the sums at `lags` lags from `first` on; False where a sample is not finite."""
    cdef sk_lag_spectra job
    cdef Views views = Views()
    cdef int batches
    views.take(total, dtype, True, &job.total)
    views.take(x, x_dtype, False, &job.x)
    views.take(y, y_dtype, False, &job.y)
    batches = job.total.ndim - 1
    broadcast(&job.x, &job.total, 1, batches)
    broadcast(&job.y, &job.total, 1, batches)
    job.plan = &plan.plan
    job.first = first
    job.lags = lags
    job.dtype = dtype
    sk_lag_spectra_plan(&job)
    try:
        if sk_lag_spectra_begin(&job):
            raise MemoryError("sigkit: no memory for partial sums")
        run(<run_function>sk_lag_spectra_run, &job, job.tiles, job.tile_work,
            threads(job.tiles * job.tile_work, job.tiles))
    finally:
        sk_lag_spectra_end(&job)
    return not job.poisoned


def run_polyphase(x, int x_dtype, taps, out, int dtype, ptrdiff_t up, ptrdiff_t down, ptrdiff_t first, int boundary,
                  bytes fill, bint real_taps, threads):
    """out[..., k] = sum over j of taps[j] x[..., (first + k down - j) / up] where that is an integer."""
    cdef sk_polyphase job
    cdef sk_view h
    cdef Views views = Views()
    views.take(out, dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    views.take(taps, 0, False, &h)
    broadcast(&job.x, &job.out, 1, job.out.ndim - 1)
    job.h = h.ptr
    job.m = h.shape[0]
    job.up = up
    job.down = down
    job.first = first
    job.real_taps = real_taps
    job.dtype = dtype
    job.boundary = <sk_boundary>boundary
    memcpy(job.fill, <const char *>fill, len(fill))
    sk_polyphase_plan(&job)
    try:
        if sk_polyphase_begin(&job):
            raise MemoryError("sigkit: no memory for the taps by phase")
        return run(<run_function>sk_polyphase_run, &job, job.tiles, job.tile_work,
                   threads(job.tiles * job.tile_work, job.tiles))
    finally:
        sk_polyphase_end(&job)


cdef class Spectrum:
    """What a frame is and what becomes of its spectrum: see sk_spectrum in csrc/sk.h. No call changes it."""
    cdef sk_spectrum spectrum
    cdef FFTPlan plan
    cdef Views views

    def __init__(self, FFTPlan plan, turns, window, ptrdiff_t n, ptrdiff_t offset, ptrdiff_t bins, bint packed,
                 bint centered, int keep, int detrend, double mirrored, double floor, double level):
        cdef sk_view v
        self.views = Views()
        self.plan = plan
        self.spectrum.plan = &plan.plan
        self.views.take(turns, 0, False, &v)
        self.spectrum.turns = v.ptr
        self.views.take(window, 0, False, &v)
        self.spectrum.window = <const double *>v.ptr
        self.spectrum.table = NULL
        self.spectrum.length = v.shape[0]
        self.spectrum.n = n
        self.spectrum.offset = offset
        self.spectrum.bins = bins
        self.spectrum.packed = packed
        self.spectrum.centered = centered
        self.spectrum.keep = <sk_keep>keep
        self.spectrum.detrend = <sk_detrend>detrend
        self.spectrum.mirrored = mirrored
        self.spectrum.floor = floor
        self.spectrum.level = level


cdef int take_source(Views views, x, int x_dtype, int dtype, ptrdiff_t hop, ptrdiff_t begin, ptrdiff_t length,
                     outside, factors, sk_frame_source *source) except -1:
    cdef sk_view v
    views.take(x, x_dtype, False, &source.x)
    source.dtype = dtype
    source.hop = hop
    source.begin = begin
    source.length = length
    source.pad = 0
    source.outside = NULL
    source.factors = NULL
    if outside is not None:
        views.take(outside, 0, False, &v)
        source.outside = <const ptrdiff_t *>v.ptr
        source.pad = v.shape[0] // 2
    if factors is not None:
        views.take(factors, 0, False, &v)
        source.factors = <const double *>v.ptr
    return 0


def run_frames(x, int x_dtype, int dtype, ptrdiff_t hop, ptrdiff_t begin, outside, factors, Spectrum spectrum, out,
               int out_dtype, threads):
    """out[..., f, :] = what is kept of the frame of x[..., :] that begins at f hop + begin."""
    cdef sk_frames job
    cdef Views views = Views()
    job.spectrum = spectrum.spectrum
    views.take(out, out_dtype, True, &job.out)
    take_source(views, x, x_dtype, dtype, hop, begin, job.spectrum.length, outside, factors, &job.source)
    job.dtype = out_dtype
    sk_frames_plan(&job)
    try:
        if sk_frames_begin(&job):
            raise MemoryError("sigkit: no memory for a window")
        return run(<run_function>sk_frames_run, &job, job.tiles, job.tile_work,
                   threads(job.tiles * job.tile_work, job.tiles))
    finally:
        sk_frames_end(&job)


def run_overlap_add(x, int x_dtype, ptrdiff_t hop, ptrdiff_t first, Spectrum spectrum, out, int dtype, threads):
    """out[..., :] = the line whose spectra come closest to x[..., frames, bins], its first window at `first`."""
    cdef sk_overlap_add job
    cdef Views views = Views()
    job.spectrum = spectrum.spectrum
    views.take(out, dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    job.dtype = dtype
    job.hop = hop
    job.first = first
    job.weights = NULL
    sk_overlap_add_plan(&job)
    try:
        if sk_overlap_add_begin(&job):
            raise MemoryError("sigkit: no memory for a window")
        return run(<run_function>sk_overlap_add_run, &job, job.tiles, job.tile_work,
                   threads(job.tiles * job.tile_work, job.tiles))
    finally:
        sk_overlap_add_end(&job)


def run_welch(x, int x_dtype, y, int y_dtype, int dtype, int y_to, ptrdiff_t hop, ptrdiff_t count, Spectrum spectrum,
              xx, yy, xy, threads):
    """Adds to xx, or where y is not None to xx, yy (unless None) and xy, the sums over `count` frames of each line."""
    cdef sk_welch job
    cdef sk_view v
    cdef Views views = Views()
    cdef int i
    job.spectrum = spectrum.spectrum
    take_source(views, x, x_dtype, dtype, hop, 0, job.spectrum.length, None, None, &job.x)
    job.two = y is not None
    if job.two:
        take_source(views, y, y_dtype, y_to, hop, 0, job.spectrum.length, None, None, &job.y)
    job.count = count
    job.lines = 1
    for i in range(job.x.x.ndim - 1):
        job.lines *= job.x.x.shape[i]
    job.xx = job.yy = job.xy = NULL
    if xx is not None:
        views.take(xx, 0, True, &v)
        job.xx = <double *>v.ptr
    if yy is not None:
        views.take(yy, 0, True, &v)
        job.yy = <double *>v.ptr
    if xy is not None:
        views.take(xy, 0, True, &v)
        job.xy = <double *>v.ptr
    job.partial = NULL
    sk_welch_plan(&job)
    try:
        if sk_welch_begin(&job):
            raise MemoryError("sigkit: no memory for partial sums")
        return run(<run_function>sk_welch_run, &job, job.tiles, job.tile_work,
                   threads(job.tiles * job.tile_work, job.tiles))
    finally:
        sk_welch_end(&job)


include "_core_features.pxi"
include "_core_images.pxi"
include "_core_layers.pxi"
include "_core_network.pxi"
include "_core_similarity.pxi"

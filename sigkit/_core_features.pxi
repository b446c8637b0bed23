# The part of _core.pyx that crosses into the drivers of features: included there.


cdef class MelPlan:
    """Tables of features, made by `_mel_settings.py`: see sk_mel in csrc/sk.h."""
    cdef sk_mel mel
    cdef FFTPlan fft
    cdef Views views

    def __init__(self, FFTPlan fft, ptrdiff_t n_fft, ptrdiff_t frame_length, ptrdiff_t hop_length, window, split, first,
                 start, weights, double preemphasis, bint remove_dc, bint magnitude, bint log, double floor,
                 double unit):
        cdef sk_view v
        self.views = Views()
        self.fft = fft
        self.mel.plan = NULL if fft is None else &fft.plan
        self.mel.n_fft = n_fft
        self.mel.frame_length = frame_length
        self.mel.hop_length = hop_length
        self.views.take(window, 0, False, &v)
        self.mel.window = v.ptr
        self.views.take(split, 0, False, &v)
        self.mel.split = v.ptr
        self.views.take(first, 0, False, &v)
        self.mel.first = <const ptrdiff_t *>v.ptr
        self.mel.bands = v.shape[0]
        self.views.take(start, 0, False, &v)
        self.mel.start = <const ptrdiff_t *>v.ptr
        self.views.take(weights, 0, False, &v)
        self.mel.weights = v.ptr
        self.mel.preemphasis = preemphasis
        self.mel.remove_dc = remove_dc
        self.mel.magnitude = magnitude
        self.mel.log = log
        self.mel.floor = floor
        self.mel.unit = unit


cdef class DeltaPlan:
    """Taps of derivatives, made by `_deltas.py`: see sk_delta_taps in csrc/sk.h."""
    cdef sk_delta_taps taps
    cdef list views

    def __init__(self, bint iterated, ptrdiff_t fit, list taps, list ends, list few):
        cdef sk_view v
        cdef Views views
        cdef int k
        self.views = []
        self.taps.orders = len(taps)
        self.taps.iterated = iterated
        self.taps.fit = fit
        for k in range(len(taps)):
            views = Views()
            self.views.append(views)
            views.take(taps[k], 0, False, &v)
            self.taps.taps[k + 1] = v.ptr
            self.taps.count[k + 1] = v.shape[0]
            if fit:
                views.take(ends[k], 0, False, &v)
                self.taps.ends[k + 1] = v.ptr
                views.take(few[k], 0, False, &v)
                self.taps.few[k + 1] = v.ptr


def run_log_mel(x, int x_dtype, out, int dtype, MelPlan mel, DeltaPlan deltas, lengths, counts, ptrdiff_t origin,
                ptrdiff_t base, ptrdiff_t first, int pad, threads):
    """out[..., t, k, 0]: feature k of frame first + t of x[...], with its derivatives behind it."""
    cdef sk_log_mel job
    cdef sk_view v
    cdef Views views = Views()
    views.take(out, dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    broadcast(&job.x, &job.out, 1, job.out.ndim - 3)
    views.take(lengths, 0, False, &v)
    job.lengths = <const ptrdiff_t *>v.ptr
    views.take(counts, 0, False, &v)
    job.counts = <const ptrdiff_t *>v.ptr
    job.mel = &mel.mel
    job.taps = NULL if deltas is None else &deltas.taps
    job.origin = origin
    job.base = base
    job.first = first
    job.pad = <sk_pad>pad
    job.dtype = dtype
    sk_log_mel_plan(&job)
    return run(<run_function>sk_log_mel_run, &job, job.tiles, job.tile_work,
               threads(job.tiles * job.tile_work, job.tiles))


def run_combine(x, int x_dtype, out, int dtype, MelPlan mel, threads):
    """out[..., k, i]: band k of the rows x[..., :, i]."""
    cdef sk_combine job
    cdef Views views = Views()
    views.take(out, dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    broadcast(&job.x, &job.out, 2, job.out.ndim - 2)
    job.mel = &mel.mel
    job.dtype = dtype
    sk_combine_plan(&job)
    return run(<run_function>sk_combine_run, &job, job.tiles, job.tile_work,
               threads(job.tiles * job.tile_work, job.tiles))


def run_deltas(x, int x_dtype, out, int dtype, DeltaPlan deltas, ptrdiff_t first, bint statics, threads):
    """out[..., t, k, :]: derivatives of frame first + t of x[..., :, k]; with `statics` behind the frame itself."""
    cdef sk_deltas job
    cdef Views views = Views()
    views.take(out, dtype, True, &job.out)
    views.take(x, x_dtype, False, &job.x)
    broadcast(&job.x, &job.out, 2, job.out.ndim - 3)
    job.taps = &deltas.taps
    job.first = first
    job.statics = statics
    job.dtype = dtype
    sk_deltas_plan(&job)
    return run(<run_function>sk_deltas_run, &job, job.tiles, job.tile_work,
               threads(job.tiles * job.tile_work, job.tiles))

"""Log-mel features of lines of samples, and what `log_mel` and `melspectrogram` do to batches of them."""

import numpy as np

from sigkit import _array, _deltas, _fft, _mel_settings

_CHUNK_SAMPLES, _CHUNK_FRAMES = 1 << 16, 64
_FINISHED_AT_ONCE = 1 << 12
"""Frames whose range is limited at once."""


# ---- frames: one line of samples, any FFT length ----


def outside(i, n, boundary):
    """Indices, in [0, n), of the samples that stand at the places i of a line of n > 0; n for a zero."""
    if boundary == "constant":
        return np.where((i >= 0) & (i < n), i, n)
    if boundary == "edge":
        return np.clip(i, 0, n - 1)
    if boundary == "symmetric":
        i = i % (2 * n)
        return np.minimum(i, 2 * n - 1 - i)
    i = i % max(2 * n - 2, 1)
    return np.minimum(i, 2 * n - 2 - i) if n > 1 else i


def _samples(line, base, n, at, count, boundary, into):
    """into = samples [at, at + count) of a signal of n samples, extended; `line` holds those from `base` on."""
    begin = min(max(at, 0), at + count)
    end = max(min(at + count, n), begin)
    into[begin - at : end - at] = line[begin - base : end - base]
    for a, b in ((at, begin), (end, at + count)):
        if a < b:
            places = outside(np.arange(a, b), n, boundary)
            into[a - at : b - at] = 0
            into[a - at : b - at][places < n] = line[places[places < n] - base]


def _spectra(frames, settings, padded):
    """Power (or magnitude) spectra of frames (rows, frame_length), which are overwritten; (bins, rows)."""
    if settings.remove_dc:
        frames -= frames.mean(axis=1, keepdims=True)
    if settings.preemphasis:
        a = frames.dtype.type(settings.preemphasis)
        frames[:, 1:] -= a * frames[:, :-1]
        frames[:, 0] -= a * frames[:, 0]
    np.multiply(frames, _mel_settings.window(settings, frames.dtype), out=padded[:, : settings.frame_length])
    spectrum = _fft.rfft(padded).T
    power = spectrum.real**2 + spectrum.imag**2
    if settings.power != 2:
        np.power(power, settings.power / 2, out=power)
    # A frame with a sample that is not finite has no band that is: all are NaN.
    power += spectrum[0].real * 0
    return power


def _by_transforms(line, base, n, first, settings, out):
    """out (frames, bands), for lengths that no kernel transforms."""
    s, dtype, count = settings, out.dtype, len(out)
    plan = _mel_settings.plan(s, dtype)
    rows = max(1, min(_CHUNK_FRAMES, _CHUNK_SAMPLES // max(s.n_fft, s.hop_length)))
    samples = np.zeros((rows - 1) * s.hop_length + s.frame_length, dtype)
    view = np.lib.stride_tricks.sliding_window_view(samples, s.frame_length)[:: s.hop_length]
    padded = np.zeros((rows, s.n_fft), dtype)
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        for t in range(first, first + count, rows):
            some = min(rows, first + count - t)
            needed = (some - 1) * s.hop_length + s.frame_length
            _samples(line, base, n, t * s.hop_length + s.origin, needed, s.boundary, samples[:needed])
            samples[needed:] = 0  # a chunk is always as large: an FFT's bits could depend on that
            bins = _spectra(view.copy(), s, padded)
            _array.combine_rows(bins[:, :some], out[t - first : t - first + some].T, plan)


# ---- recordings: batches, limits of range, derivatives ----


def frames(x, base, n, first, settings, out):
    """out (..., frames, bands) = features, without limit of range, of the frames from `first` on of signals of n
    samples, of which x (..., k) holds those from `base` on that these frames need."""
    batch = x.shape[:-1]
    lengths, counts = (np.full(batch, k, np.intp) for k in (n, out.shape[-2]))
    _statics(x, lengths, counts, settings, out[..., None], base, first)
    if settings.whisper:
        for i in np.ndindex(batch):
            _rescale(out[i])


def _statics(x, lengths, counts, settings, out, base=0, first=0):
    """out (..., frames, bands, 1)."""
    if _mel_settings.in_kernel(settings):
        plan = _mel_settings.plan(settings, out.dtype)
        _array.log_mel(
            x, out, plan, None, lengths, counts, origin=settings.origin, pad=settings.boundary, base=base, first=first
        )
        return
    for i in np.ndindex(x.shape[:-1]):
        if counts[i]:
            _by_transforms(x[i], base, int(lengths[i]), first, settings, out[i][: counts[i], :, 0])


def stack(statics, first, deltas, out):
    """out (..., frames, bands, 1 + orders) = features (..., k, bands) from the frame `first` on, and derivatives."""
    _array.stack_deltas(statics, out, _deltas.plan(deltas, out.dtype), first=first, statics=True)


def _blocks(features):
    return [features[t : t + _FINISHED_AT_ONCE] for t in range(0, len(features), _FINISHED_AT_ONCE)]


def _rescale(features):
    """What Whisper does at last; in place."""
    for block in _blocks(features):
        block += 4
        block /= 4


def largest(features):
    """The largest feature (frames, bands) that is not NaN; NaN where there is none."""
    return np.fmax.reduce([np.fmax.reduce(block, axis=None) for block in _blocks(features)], initial=np.nan)


def least(largest_of_all, top, dtype):
    """The largest feature less `top`, which may be more than the dtype holds."""
    return dtype.type(largest_of_all) - dtype.type(min(top, float(np.finfo(dtype).max)))


def limit(features, largest_of_all, top):
    """Raise features (frames, bands) to the largest less `top`, in place; NaN stays."""
    if not np.isnan(largest_of_all):
        for block in _blocks(features):
            np.maximum(block, least(largest_of_all, top, features.dtype), out=block)


def recordings(x, lengths, settings, deltas, out):
    """out (..., frames, bands, 1 + orders) = features of x (..., n), zeros behind those of lengths[...] samples."""
    batch = x.shape[:-1]
    if lengths is None:
        lengths = np.full(batch, x.shape[-1], np.intp)
    lengths = np.array(lengths, np.intp, order="C")
    counts = np.array([settings.count(n) for n in lengths.ravel().tolist()], np.intp).reshape(batch)
    changed = settings.top_db != np.inf or settings.whisper
    if deltas.orders and not changed and _mel_settings.in_kernel(settings):
        _array.log_mel(
            x, out, _mel_settings.plan(settings, out.dtype), _deltas.plan(deltas, out.dtype), lengths, counts,
            origin=settings.origin, pad=settings.boundary,
        )  # fmt: skip
    else:
        _statics(x, lengths, counts, settings, out[..., :1])
        for i in np.ndindex(batch) if changed or deltas.orders else ():
            features = out[i][: counts[i]]
            if settings.top_db != np.inf:
                limit(features[..., 0], largest(features[..., 0]), settings.top)
            if settings.whisper:
                _rescale(features[..., 0])
            if deltas.orders:
                plan = _deltas.plan(deltas, out.dtype)
                _array.stack_deltas(features[..., 0], features[..., 1:], plan, statics=False)
    if (counts < out.shape[-3]).any():
        for i in np.ndindex(batch):
            out[i][counts[i] :] = 0

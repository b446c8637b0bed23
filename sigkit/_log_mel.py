"""Log-mel features of lines of samples, and what `log_mel` and `melspectrogram` do to batches of them."""

import numpy as np

from sigkit import _deltas, _fft, _mel_settings

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
    """into = samples [at, at + count) of a signal of n samples, extended, of which `line` holds those from `base` on."""
    begin = min(max(at, 0), at + count)
    end = max(min(at + count, n), begin)
    into[begin - at : end - at] = line[begin - base : end - base]
    for a, b in ((at, begin), (end, at + count)):
        if a < b:
            places = outside(np.arange(a, b), n, boundary)
            into[a - at : b - at] = 0
            into[a - at : b - at][places < n] = line[places[places < n] - base]


def _spectra(frames, settings, tables, padded):
    """Power (or magnitude) spectra of frames (rows, frame_length), which are overwritten; (bins, rows)."""
    if settings.remove_dc:
        frames -= frames.mean(axis=1, keepdims=True)
    if settings.preemphasis:
        a = frames.dtype.type(settings.preemphasis)
        frames[:, 1:] -= a * frames[:, :-1]
        frames[:, 0] -= a * frames[:, 0]
    np.multiply(frames, tables.window, out=padded[:, : settings.frame_length])
    spectrum = _fft.rfft(padded).T
    power = spectrum.real**2 + spectrum.imag**2
    if settings.power != 2:
        np.power(power, settings.power / 2, out=power)
    # A frame with a sample that is not finite has no band that is: all are NaN.
    power += spectrum[0].real * 0
    return power


def band_sums(rows, tables, out):
    """out[k] = weighted sum of some neighbouring rows (bins, ...): one band after the other, one bin after the other."""
    for k, (first, a, b) in enumerate(zip(tables.first, tables.start[:-1], tables.start[1:], strict=True)):
        total = tables.weights[a] * rows[first] if a < b else rows[0] * 0
        for j in range(1, b - a):
            total += tables.weights[a + j] * rows[first + j]
        out[k] = total


def combine_rows(x, matrix, out):
    """out (..., k, n) = matrix (k, m) times x (..., m, n), each result the same sum wherever it stands."""
    first, start, weights = _mel_settings.sparse(matrix.astype(out.dtype))
    tables = _mel_settings.Tables(None, first, start, weights)
    for i in np.ndindex(out.shape[:-2]):
        band_sums(x[i], tables, out[i])


def _logarithm(mel, settings):
    """In place."""
    if settings.log is None:
        return mel
    np.maximum(mel, mel.dtype.type(settings.floor), out=mel)
    with np.errstate(divide="ignore"):
        np.log(mel, out=mel)
    if settings.unit != 1:
        mel *= mel.dtype.type(settings.unit)
    return mel


def lines(line, base, n, first, count, settings, dtype, out):
    """out (count, n_mels) = the features of frames [first, first + count) of a signal of n samples, without limit of
    range, of which `line` holds those from `base` on that these frames need."""
    tables = _mel_settings.tables(settings, dtype)
    s = settings
    rows = max(1, min(_CHUNK_FRAMES, _CHUNK_SAMPLES // max(s.n_fft, s.hop_length)))
    samples = np.zeros((rows - 1) * s.hop_length + s.frame_length, dtype)
    view = np.lib.stride_tricks.sliding_window_view(samples, s.frame_length)[:: s.hop_length]
    padded = np.zeros((rows, s.n_fft), dtype)
    mel = np.empty((s.n_mels, rows), dtype)
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        for t in range(first, first + count, rows):
            some = min(rows, first + count - t)
            needed = (some - 1) * s.hop_length + s.frame_length
            _samples(line, base, n, t * s.hop_length + s.origin, needed, s.boundary, samples[:needed])
            samples[needed:] = 0  # a chunk is always as large: an FFT's bits could depend on that
            band_sums(_spectra(view.copy(), s, tables, padded), tables, mel)
            out[t - first : t - first + some] = _logarithm(mel, s)[:, :some].T


# ---- recordings: batches, limits of range, derivatives ----


def frames(x, base, n, first, settings, out):
    """out (..., frames, bands) = features, without limit of range, of the frames from `first` on of signals of n
    samples, of which x (..., k) holds those from `base` on that these frames need."""
    count = out.shape[-2]
    for i in np.ndindex(x.shape[:-1]):
        if count:
            lines(x[i], base, n, first, count, settings, out.dtype, out[i])
        _rescale(out[i], settings)


def stack(statics, first, deltas, out):
    """out (..., frames, bands, 1 + orders) = features (..., k, bands) from frame `first` of them on, and derivatives."""
    count = out.shape[-3]
    out[..., 0] = statics[..., first : first + count, :]
    lines_ = np.moveaxis(statics, -2, -1)
    for order in range(1, 1 + deltas.orders):
        whole = np.empty(lines_.shape, out.dtype)
        _deltas.differentiate(lines_, whole, deltas.method, deltas.width, order)
        out[..., order] = np.moveaxis(whole[..., first : first + count], -1, -2)


def _rescale(features, settings):
    if settings.whisper:
        for t in range(0, len(features), _FINISHED_AT_ONCE):
            block = features[t : t + _FINISHED_AT_ONCE]
            block += 4
            block /= 4


def _limit(features, settings):
    """Limit the range of one recording's features (frames, bands), in place."""
    if settings.top_db == np.inf:
        return
    blocks = [features[t : t + _FINISHED_AT_ONCE] for t in range(0, len(features), _FINISHED_AT_ONCE)]
    largest = np.fmax.reduce([np.fmax.reduce(block, axis=None) for block in blocks]) if blocks else np.nan
    if not np.isnan(largest):
        for block in blocks:
            np.maximum(block, largest - features.dtype.type(settings.top), out=block)


def recordings(x, lengths, settings, deltas, out):
    """out (..., frames, bands, 1 + orders) = features of x (..., n), zeros behind those of lengths[...] samples."""
    for i in np.ndindex(x.shape[:-1]):
        n = x.shape[-1] if lengths is None else int(lengths[i])
        count = settings.count(n)
        features = out[i][:count]
        if count:
            lines(x[i], 0, n, 0, count, settings, out.dtype, features[..., 0])
        _limit(features[..., 0], settings)
        _rescale(features[..., 0], settings)
        time_last = np.moveaxis(features, 0, -1)
        for order in range(1, 1 + deltas.orders):
            _deltas.differentiate(time_last[:, 0], time_last[:, order], deltas.method, deltas.width, order)
        out[i][count:] = 0

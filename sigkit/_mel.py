"""Mel scales, triangular filters on them, and windows: the tables of the feature pipelines, in float64."""

import math
import warnings

import numpy as np

from sigkit import _array, _windows

MEL_SCALES = ("slaney", "htk", "kaldi")


def own_lengths(lengths, batch, n, what):
    """`lengths`, an integer from 0 to n for each recording of a batch of n samples or frames."""
    lengths = _array.as_array(lengths, "lengths")
    if lengths.dtype.kind not in "iu" and lengths.size:  # an empty list has no integers
        raise TypeError(f"lengths: expected integers, got dtype {lengths.dtype}")
    if lengths.shape != batch:
        raise ValueError(f"lengths: expected shape {batch}, one for each recording, got {lengths.shape}")
    if lengths.size and not (0 <= lengths.min() and lengths.max() <= n):
        raise ValueError(f"lengths: expected 0 to {n} {what}, got {lengths.min()} to {lengths.max()}")
    return lengths


# Slaney's scale is linear up to 1 kHz, 200/3 Hz to the mel, and logarithmic above: 27 mels for a factor of 6.4.
_LINEAR_HZ, _BREAK_HZ, _STEP = 200 / 3, 1000.0, math.log(6.4) / 27
_BREAK_MEL = _BREAK_HZ / _LINEAR_HZ


def hz_to_mel(hz, scale):
    hz = np.asarray(hz, np.float64)
    if scale != "slaney":
        return 2595 * np.log10(1 + hz / 700)
    return np.where(hz < _BREAK_HZ, hz / _LINEAR_HZ, _BREAK_MEL + np.log(np.maximum(hz, _BREAK_HZ) / _BREAK_HZ) / _STEP)


def mel_to_hz(mel, scale):
    mel = np.asarray(mel, np.float64)
    if scale != "slaney":
        return 700 * (10 ** (mel / 2595) - 1)
    above = np.maximum(mel - _BREAK_MEL, 0)
    return np.where(mel < _BREAK_MEL, mel * _LINEAR_HZ, _BREAK_HZ * np.exp(_STEP * above))


def _triangles(fs, n_fft, n_mels, fmin, fmax, scale):
    """(filters of peak 1, shape (n_mels, 1 + n_fft // 2), the n_mels + 2 corner frequencies in Hz).

    Corners are equally far apart in mels; sides are straight over Hz, with "kaldi" over mels.
    """
    _array.check_size(n_mels * (1 + n_fft // 2), _array.FLOAT64, f"n_mels={n_mels}, n_fft={n_fft}")
    mels = np.linspace(hz_to_mel(fmin, scale), hz_to_mel(fmax, scale), n_mels + 2)
    corners = mel_to_hz(mels, scale)
    bins = np.arange(1 + n_fft // 2) * (fs / n_fft)
    at, edges = (hz_to_mel(bins, scale), mels) if scale == "kaldi" else (bins, corners)
    width = np.diff(edges)[:, None]
    rising = (at - edges[:-2, None]) / width[:-1]
    falling = (edges[2:, None] - at) / width[1:]
    return np.maximum(0, np.minimum(rising, falling)), corners


def filters(*, fs, n_fft, n_mels, fmin, fmax, mel_scale, norm, dtype=np.float64):
    """Mel filters; norm "slaney": unit area over Hz, None: peak 1, a number: unit norm of that order."""
    with np.errstate(all="ignore"):  # what leaves the range is told of below
        weights, corners = _triangles(fs, n_fft, n_mels, fmin, fmax, mel_scale)
        if norm == "slaney":
            weights *= (2 / (corners[2:] - corners[:-2]))[:, None]
        elif norm is not None:
            length = np.linalg.norm(weights, norm, axis=1, keepdims=True)
            weights /= np.where(length > np.finfo(np.float64).tiny, length, 1)
        weights = weights.astype(dtype)
    if not np.isfinite(weights).all():
        raise ValueError(f"fmin={fmin:g}, fmax={fmax:g}: mel filters between these at a sampling rate of {fs:g} Hz "
                         f"have weights beyond {weights.dtype}")
    return weights


def warn_of_empty(weights, fmin, stacklevel):
    """As librosa does, where a band has no bin; one that begins at 0 Hz may have none."""
    silent = ~weights.any(axis=1)
    if (silent if fmin > 0 else silent[1:]).any():
        warnings.warn(
            "empty filters in the mel basis: some bands will always be empty; a higher sampling rate, a longer FFT or "
            "fewer bands would fill them", stacklevel=stacklevel + 1)  # fmt: skip


def window(spec, length):
    """A window's `length` samples: "povey", or what `_windows.values` takes."""
    if isinstance(spec, str) and spec == "povey":
        phase = 2 * np.pi * np.arange(length) / max(length - 1, 1)
        return (0.5 - 0.5 * np.cos(phase)) ** 0.85 if length > 1 else np.ones(1)
    return _windows.values(spec, length)

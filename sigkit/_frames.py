"""How a line is cut into frames, what lies beyond its ends, the window, and what becomes of a frame's spectrum.

Frames of a smooth number of points are the C kernels' work, from samples to results. Others go through `_fft`, by
cache-sized blocks, in NumPy; that path also says what the kernels must return.
"""

import functools
import math
import sys
from typing import NamedTuple

import numpy as np

from sigkit import _array, _core, _fft, _fft_plan, _windows

PAD_MODES = ("constant", "edge", "linear_ramp", "reflect", "symmetric", "wrap")
LAYOUTS = ("ft", "tf")
DETREND_CODES = {None: 0, "constant": 1, "linear": 2}
DETREND = {"constant": "constant", "c": "constant", "linear": "linear", "l": "linear"}
COMPLEX, POWER, MAGNITUDE, PHASE, DECIBELS = range(5)
"""What is kept of a spectrum."""
MOST_POINTS = 1 << 14
"""Of a transform in the kernels."""
BYTES_AT_ONCE = 1 << 20
"""Of the frames that are transformed by one call."""


class Frames(NamedTuple):
    """Frame f is `n_fft` points; those from `offset` on are the samples from ``f hop + offset - pad`` on, times the
    window, and the others are zero. Samples outside of the line are as `pad_mode` says, up to `pad` of them."""

    n_fft: int
    hop: int
    window: np.ndarray
    offset: int = 0
    pad: int = 0
    pad_mode: str = "constant"

    def count(self, n):
        """How many whole frames n samples hold, with the padding."""
        return max((n + 2 * self.pad - self.n_fft) // self.hop + 1, 0)

    def checked_count(self, n, name):
        """The same, where none is an error."""
        if n == 0 and self.pad_mode != "constant" and self.pad:
            raise ValueError(f"{name}: expected at least one sample for pad_mode={self.pad_mode!r} to extend, got none")
        count = self.count(n)
        if not count:
            least = self.n_fft - 2 * self.pad
            raise ValueError(f"{name}: expected at least {least} samples for a frame of n_fft={self.n_fft}, got {n}")
        return count


class Spectrum(NamedTuple):
    """What is kept of a frame's spectrum: which bins, in which order, and what of each."""

    onesided: bool
    centered: bool = False
    kind: int = COMPLEX
    mirrored: float = 1.0  # what the power of a bin that has a mirror image is multiplied by
    floor: float = 0.0  # least power that decibels tell apart
    offset: float = 0.0  # added to decibels

    def bins(self, n_fft):
        return n_fft // 2 + 1 if self.onesided else n_fft

    def dtype(self, complex_dtype):
        return complex_dtype if self.kind == COMPLEX else _array.REAL_OF[complex_dtype]


# ---------------------------------------------------------------------------------------------------- arguments


_LARGEST_FLOAT32 = float(np.finfo(np.float32).max)


def check_window(window, real):
    """Refuse values that the type `real`, in which frames are windowed, cannot hold."""
    if real == _array.FLOAT32 and not np.abs(window).max() <= _LARGEST_FLOAT32:
        raise ValueError(f"window: expected values, as scaled, that {real} can hold, got {np.abs(window).max()}")


def frames_of(n_fft, hop_length, win_length, window, center, pad_mode):
    """The `Frames` that librosa's arguments describe."""
    n_fft = _array.size(n_fft, "n_fft")
    win_length = n_fft if win_length is None else _array.size(win_length, "win_length")
    if win_length > n_fft:
        raise ValueError(f"win_length={win_length}: expected at most n_fft={n_fft}")
    hop = max(win_length // 4, 1) if hop_length is None else _array.size(hop_length, "hop_length")
    center = _array.flag(center, "center")
    if callable(pad_mode):
        raise TypeError("pad_mode: expected a name, got a function; pad the samples with it and pass center=False")
    if pad_mode not in PAD_MODES:
        raise ValueError(f"pad_mode={pad_mode!r}: expected one of {', '.join(PAD_MODES)}")
    offset = (n_fft - win_length) // 2
    return Frames(n_fft, hop, _windows.values(window, win_length), offset, n_fft // 2 if center else 0, pad_mode)


def sides(x, onesided, centered):
    """Whether the result is one-sided: by default where the samples are real and the order of bins is as it comes."""
    complex_ = x.dtype.kind == "c"
    onesided = None if onesided is None else _array.flag(onesided, "onesided")
    if onesided and complex_:
        raise ValueError("onesided=True: a complex signal's spectrum has two sides")
    if onesided and centered:
        raise ValueError("centered=True: expected onesided=False, since a one-sided spectrum starts at DC")
    return not complex_ and not centered if onesided is None else onesided


def complex_dtype(*arrays):
    """complex64 or complex128: integers and bool compute in double precision."""
    return np.dtype(np.result_type(_array.common_dtype(*arrays), np.complex64))


def precision(x, name, given, choices):
    """complex64 or complex128: of the samples, or as the argument `dtype` says."""
    if given is None:
        return complex_dtype(x)
    try:
        wanted = np.dtype(given)
    except TypeError:
        raise TypeError(f"{name}: expected a dtype, got {given!r}") from None
    if wanted not in choices or not wanted.isnative:
        raise ValueError(f"{name}={wanted}: expected one of {', '.join(map(str, choices))}")
    return np.dtype(np.result_type(wanted, np.complex64))


def sampling_rate(fs, points):
    """Samples a second as float: the seconds that so many points take are finite as well."""
    rate = _array.real(fs, "fs", above=0)
    if not points / rate < np.inf:
        raise ValueError(f"fs={fs}: expected so much that {points} points do not take forever")
    return rate


def trend(detrend):
    """None, "constant" or "linear"."""
    if detrend is None or detrend is False:
        return None
    if not isinstance(detrend, str):
        raise TypeError(f"detrend: expected 'constant', 'linear' or False, got {detrend!r}")
    if detrend not in DETREND:
        raise ValueError(f"detrend={detrend!r}: expected 'constant', 'linear' or False")
    return DETREND[detrend]


def scale(window, scaling, fs):
    """What the power of a spectrum is multiplied by."""
    with np.errstate(over="ignore", under="ignore"):
        if scaling == "density":
            total = fs * np.square(window).sum()
        elif scaling == "spectrum":
            total = window.sum() ** 2
        else:
            raise ValueError(f"Parameter scaling={scaling!r}: expected 'density' or 'spectrum'")
    if not sys.float_info.min <= total < np.inf:  # the inverse of less may be infinite
        raise ValueError(f"window: cannot be scaled to a {scaling}: its sum or its sum of squares is {total}")
    return 1 / total


def check_layout(layout):
    if layout not in LAYOUTS:
        raise ValueError(f"layout={layout!r}: expected one of {', '.join(LAYOUTS)}")


def output(out, batch, count, bins, dtype, layout, inputs):
    """(array to compute into, array to return), as `_array.output`, and the former as (..., frames, bins).

    A fresh array has the bins of a frame side by side in memory, in both layouts.
    """
    shape = (*batch, bins, count) if layout == "ft" else (*batch, count, bins)
    _array.check_size(math.prod(shape), dtype, f"{bins} bins of {count} frames")
    if out is None and layout == "ft":
        # The strides of a pattern say which axis is to be the fastest; a transposed view would not own its memory.
        size = dtype.itemsize
        strides = (*(4 * size,) * len(batch), size, 2 * size)
        ones = (2, *(1,) * (len(batch) - 1)) if batch else ()
        pattern = np.ndarray((*ones, 2, 2), dtype, np.empty(8, dtype), strides=strides)
        computed = out = np.empty_like(pattern, shape=shape)
    else:
        computed, out = _array.output(out, shape, dtype, inputs)
    return computed, out, computed.swapaxes(-1, -2) if layout == "ft" else computed


# ---------------------------------------------------------------------------------------------------- samples


def _stand_ins(i, n, mode, pad):
    """Which of n samples stands for each place i outside of them, and what it is multiplied by, or None."""
    if mode == "linear_ramp":
        return np.where(i < 0, 0, n - 1), (pad - np.where(i < 0, -i, i - (n - 1))) / pad
    if mode == "edge" or n == 1:
        return np.clip(i, 0, n - 1), None
    if mode == "wrap":
        return i % n, None
    if mode == "symmetric":
        i = i % (2 * n)
        return np.minimum(i, 2 * n - 1 - i), None
    i = i % (2 * (n - 1))
    return np.minimum(i, 2 * (n - 1) - i), None


def _ends(frames, n):
    """(stand-ins for all samples outside that frames reach, factors) as the kernels take them."""
    if not frames.pad or frames.pad_mode == "constant":
        return None, None
    i = np.concatenate([np.arange(-frames.pad, 0), np.arange(n, n + frames.pad)])
    index, factors = _stand_ins(i, n, frames.pad_mode, frames.pad)
    return np.ascontiguousarray(index, np.intp), factors


def extended(x, begin, end, mode, pad, dtype):
    """Samples from `begin` to `end` of lines that go on outside as `mode` says, `pad` samples far."""
    n = x.shape[-1]
    out = np.empty((*x.shape[:-1], end - begin), dtype)
    first, last = max(begin, 0), min(end, n)
    if first < last:
        out[..., first - begin : last - begin] = x[..., first:last]
    for a, b in ((begin, min(end, 0)), (max(begin, n), end)):
        if a < b:
            part = out[..., a - begin : b - begin]
            if mode == "constant":
                part[...] = 0
                continue
            index, factors = _stand_ins(np.arange(a, b), n, mode, pad)
            part[...] = x[..., index] if factors is None else x[..., index] * factors
    return out


def at_once(frames, itemsize):
    """How many frames to take at once: as many as stay in cache, and no more than their samples do."""
    limit = BYTES_AT_ONCE // itemsize
    return max(1, min(limit // frames.n_fft, limit // frames.hop))


def blocks(batch, count, step):
    """(index of lines, first frame, frame behind the last): all of `count` frames of each line of a batch, `step` at
    once. Of lines with fewer so many are taken together; which frames of a line are does not depend on other lines."""
    total = math.prod(batch)
    together = max(1, min(step // max(count, 1), total))
    for i in range(0, total, together):
        some = i if together == 1 else np.arange(i, min(i + together, total))
        for first in range(0, count, step):
            yield np.unravel_index(some, batch), first, min(first + step, count)


def windowed(lines, frames, first, last, dtype, detrend=None):
    """The points (..., last - first, n_fft) of some frames of `lines`."""
    begin = first * frames.hop + frames.offset - frames.pad
    length, count = len(frames.window), last - first
    end = begin + (count - 1) * frames.hop + length
    piece = extended(lines, begin, end, frames.pad_mode, frames.pad, dtype)
    # Not sliding_window_view, which costs more than a short transform.
    strides = (*piece.strides[:-1], frames.hop * dtype.itemsize, dtype.itemsize)
    rows = np.ndarray((*piece.shape[:-1], count, length), dtype, piece, strides=strides)
    if detrend:
        rows = without_trend(rows, detrend)
    points = np.zeros((*piece.shape[:-1], count, frames.n_fft), dtype)
    np.multiply(rows, frames.window.astype(dtype.type(0).real.dtype),
                out=points[..., frames.offset : frames.offset + length])  # fmt: skip
    return points


def _sums(rows):
    """The sum of each row, half and half: beside any other rows the same bits, which NumPy's and BLAS's may not be."""
    while (n := rows.shape[-1]) > 1:
        half = rows[..., : (n + 1) // 2].copy()
        half[..., : n // 2] += rows[..., (n + 1) // 2 :]
        rows = half
    return rows


def without_trend(rows, detrend):
    """Rows less their mean ("constant") or their least-squares line ("linear"), in double precision."""
    n = rows.shape[-1]
    rest = rows.astype(np.result_type(rows, np.float64))
    rest -= _sums(rest) / n
    if detrend == "linear" and n > 1:
        t = np.arange(n) - (n - 1) / 2
        rest -= _sums(rest * t) / (n * (n * n - 1) / 12) * t
    return rest


def spectra(points, onesided):
    """Of each row of points; not a number throughout where a point is not finite."""
    bad = ~np.isfinite(points).all(axis=-1)
    if bad.any():
        points[bad] = 0
    spectrum = _fft.spectra(points, onesided)
    spectrum[bad] = complex(np.nan, np.nan)
    return spectrum


# ---------------------------------------------------------------------------------------------------- spectra


def keep(spectrum, what, n_fft):
    """What is kept of each row of `spectrum`."""
    if what.centered:
        spectrum = np.roll(spectrum, n_fft // 2, axis=-1)
    if what.kind == COMPLEX:
        return spectrum
    if what.kind == PHASE:
        return np.angle(spectrum)
    if what.kind == POWER:
        values = np.square(spectrum.real) + np.square(spectrum.imag)
    else:  # np.abs neither overflows nor vanishes where the square would
        values = np.abs(spectrum)
    if what.mirrored != 1:
        inner = values[..., 1 : -1 if n_fft % 2 == 0 else None]
        inner *= what.mirrored if what.kind == POWER else np.sqrt(what.mirrored)
    if what.kind == DECIBELS:
        with np.errstate(divide="ignore"):
            values = 20 * np.log10(np.maximum(values, values.dtype.type(np.sqrt(what.floor)))) + what.offset
    return values


@functools.lru_cache(maxsize=64)
def _turns(n, real):
    """e^(-2 pi i k / n) for k <= n / 2: real parts, then imaginary parts."""
    values = _fft_plan.roots(np.arange(n // 2 + 1), n)
    return np.concatenate([values.real, values.imag]).astype(real)


def compiled(frames, what, real, detrend=None):
    """The kernels' description of these frames and what is kept of them, `real` being the type they compute in; None
    where they have no such transform."""
    n = frames.n_fft
    packed = what.onesided and n % 2 == 0
    points = n // 2 if packed else n
    if points > MOST_POINTS or not _fft_plan.is_smooth(points):
        return None
    plan = _fft_plan.within if _fft_plan.within_one(points, real) else _fft_plan.lane_is_frame
    return _core.Spectrum(
        plan(points, real), _turns(n, real) if packed else frames.window, frames.window, n, frames.offset, what.bins(n),
        packed, what.centered, what.kind, DETREND_CODES[detrend], what.mirrored, what.floor, what.offset,
    )  # fmt: skip


def transform(x, frames, what, out, detrend=None):
    """out[..., f, :] = what is kept of the spectrum of frame f of x[..., :]."""
    dtype = np.dtype(np.result_type(out, np.complex64))
    real = _array.REAL_OF[dtype]
    check_window(frames.window, real)
    if x.dtype.kind != "c":
        dtype = real
    spectrum = compiled(frames, what, real, detrend)
    if spectrum is not None:
        _array.frames(x, spectrum, dtype, frames.hop, frames.offset - frames.pad, *_ends(frames, x.shape[-1]), out)
        return
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        for lines, first, last in blocks(out.shape[:-2], out.shape[-2], at_once(frames, dtype.itemsize)):
            points = windowed(x[lines], frames, first, last, dtype, detrend)
            out[(*lines, slice(first, last))] = keep(spectra(points, what.onesided), what, frames.n_fft)

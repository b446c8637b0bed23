"""Averages of the spectra of overlapping segments. See `sigkit.spectral`."""

import math
import warnings
from typing import NamedTuple

import numpy as np

from sigkit import _array, _frames, _windows

SEGMENTS = 64
"""Summed before the sum is added to the others, in double precision: what makes results independent of threads."""


class _Plan(NamedTuple):
    """How lines fall into segments, and what is done to them."""

    frames: _frames.Frames
    count: int
    onesided: bool
    detrend: object  # None, "constant", "linear", or a function
    dtype: np.dtype  # of spectra
    median: bool
    frequencies: np.ndarray


def _integer(value, name, least):
    """An int, of an integral float as well: SciPy's users give ``nperseg=2 * fs``."""
    if isinstance(value, (float, np.floating)):
        if not np.isfinite(value):
            raise ValueError(f"Parameter {name}={value}: expected an integer")
        value = int(value) if value == int(value) else value
    return _array.size(value, f"Parameter {name}", least)


def _plan(n, complex_, dtype, fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling, average):
    """The arguments of `csd`, checked, for lines of n samples."""
    if isinstance(window, (str, tuple)):
        length = 256 if nperseg is None else _integer(nperseg, "nperseg", 1)
        if length > n:
            warnings.warn(f"nperseg={length} is greater than signal length max(len(x), len(y)) = {n}, using "
                          f"nperseg = {n}", stacklevel=4)  # fmt: skip
            length = n
    else:
        window = _array.as_array(window, "window", real=True)
        if window.ndim != 1 or not len(window):
            raise ValueError(f"window: expected one dimension and at least one value, got shape {window.shape}")
        length = len(window) if nperseg is None else _integer(nperseg, "nperseg", 1)
        if length != len(window):
            raise ValueError(f"Parameter nperseg={length}: expected the window's length {len(window)}")
        if length > n:
            raise ValueError(f"window: expected at most the signal's {n} samples, got {length}")
    values = _windows.values(window, length)
    points = length if nfft is None else _integer(nfft, "nfft", 1)
    if points < length:
        raise ValueError(f"Parameter nfft={points}: expected at least nperseg={length}")
    overlap = length // 2 if noverlap is None else _integer(noverlap, "noverlap", 0)
    if overlap >= length:
        raise ValueError(f"Parameter noverlap={overlap}: expected less than nperseg={length}")
    if average not in ("mean", "median"):
        raise ValueError(f"Parameter average={average!r}: expected 'mean' or 'median'")
    rate = _frames.sampling_rate(fs, points)
    onesided = _array.flag(return_onesided, "return_onesided") and not complex_
    gain = _frames.scale(values, scaling, rate)
    frames = _frames.Frames(points, length - overlap, values * np.sqrt(gain))
    _frames.check_window(frames.window, _array.REAL_OF[dtype])
    count = (n - length) // frames.hop + 1
    frequencies = np.fft.rfftfreq(points, 1 / rate) if onesided else np.fft.fftfreq(points, 1 / rate)
    if not callable(detrend):
        detrend = _frames.trend(detrend)
    return _Plan(frames, count, onesided, detrend, dtype, average == "median", frequencies)


def _dtype(line, plan):
    """What the samples of a line are windowed and transformed in: of two lines perhaps only one is real."""
    return plan.dtype if line.dtype.kind == "c" else _array.REAL_OF[plan.dtype]


def _segments(lines, plan):
    """(index of lines, first segment, spectra (..., segments, bins) of each of `lines`), group by group."""
    frames = plan.frames
    if callable(plan.detrend):
        for f in range(plan.count):
            yield ..., f, [_frames.spectra(_by_function(x, plan, f), plan.onesided) for x in lines]
        return
    step = _frames.at_once(frames, plan.dtype.itemsize)
    step -= step % SEGMENTS if step > SEGMENTS else 0
    for some, first, last in _frames.blocks(lines[0].shape[:-1], plan.count, step):
        points = [_frames.windowed(x[some], frames, first, last, _dtype(x, plan), plan.detrend) for x in lines]
        yield some, first, [_frames.spectra(p, plan.onesided) for p in points]


def _by_function(x, plan, f):
    """The points (..., 1, nfft) of one segment of every line, detrended by the caller's function."""
    frames, dtype = plan.frames, _dtype(x, plan)
    length = len(frames.window)
    segment = _frames.extended(x, f * frames.hop, f * frames.hop + length, "constant", 0, dtype)
    rest = _array.as_array(plan.detrend(segment), "detrend")
    if rest.shape != segment.shape:
        raise ValueError(f"detrend: expected a result of shape {segment.shape}, got {rest.shape}")
    if rest.dtype.kind == "c" and dtype.kind != "c":
        raise TypeError(f"detrend: expected a real result for real samples, got {rest.dtype}")
    points = np.zeros((*segment.shape[:-1], 1, frames.n_fft), dtype)
    points[..., 0, :length] = rest * frames.window
    return points


def _product(spectra, i, j):
    """The power of one spectrum, conj(one) times the other of two."""
    if i == j:
        return np.square(spectra[i].real) + np.square(spectra[i].imag)
    return spectra[i].conj() * spectra[j]


def _averages(lines, plan, pairs):
    """For each pair (i, j) the average of conj(lines[i]'s spectra) times lines[j]'s, in double precision."""
    batch, bins = lines[0].shape[:-1], len(plan.frequencies)
    _array.check_size(math.prod(batch) * bins, plan.dtype, f"Parameter nfft={plan.frames.n_fft}")
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        if plan.median:
            return _normalised([_median(_products(lines, plan, *pairs[0]))], plan)
        wide = [np.float64 if i == j else np.complex128 for i, j in pairs]
        totals = [np.zeros((*batch, bins), dtype) for dtype in wide]
        if plan.count == 1 and len(lines) == 1 and lines[0].flags.c_contiguous and not callable(plan.detrend):
            _single_powers(lines[0], plan, totals[0])
        elif not _in_kernels(lines, plan, pairs, totals):
            for some, _, spectra in _segments(lines, plan):
                for total, (i, j) in zip(totals, pairs, strict=True):
                    product = _product(spectra, i, j)
                    for f in range(0, product.shape[-2], SEGMENTS):
                        total[some] += product[..., f : f + SEGMENTS, :].sum(axis=-2, dtype=total.dtype)
    for total in totals:
        total /= plan.count
    return _normalised(totals, plan)


def _single_powers(x, plan, out):
    """out = the powers of lines of one segment each, which lie as one line's frames do and so are done many at once."""
    powers = np.empty((math.prod(x.shape[:-1]), out.shape[-1]), _array.REAL_OF[plan.dtype])
    what = _frames.Spectrum(plan.onesided, kind=_frames.POWER)
    _frames.transform(x.reshape(-1), plan.frames._replace(hop=x.shape[-1]), what, powers, plan.detrend)
    out[...] = powers.reshape(out.shape)


def _products(lines, plan, i, j):
    """The products of all segments, (..., segments, bins)."""
    shape = (*lines[0].shape[:-1], plan.count, len(plan.frequencies))
    kind = _frames.POWER if i == j else _frames.COMPLEX
    what = _frames.Spectrum(plan.onesided, kind=kind)
    _array.check_size(math.prod(shape), plan.dtype, f"Parameter nfft={plan.frames.n_fft}")
    if callable(plan.detrend):
        products = np.empty(shape, what.dtype(plan.dtype))
        for _, f, spectra in _segments(lines, plan):
            products[..., f : f + 1, :] = _product(spectra, i, j)
        return products
    results = [np.empty(shape, what.dtype(plan.dtype)) for _ in lines]
    for x, result in zip(lines, results, strict=True):
        _frames.transform(x, plan.frames, what, result, plan.detrend)
    if i == j:
        return results[i]
    np.conj(results[i], out=results[i])
    results[i] *= results[j]
    return results[i]


def _normalised(totals, plan):
    for total in totals:
        if plan.onesided:  # one side stands for two
            total[..., 1 : -1 if plan.frames.n_fft % 2 == 0 else None] *= 2
    return totals


def _in_kernels(lines, plan, pairs, totals):
    """Add up the segments' spectra in C; False, and nothing done, where C has no such transform."""
    if callable(plan.detrend):
        return False
    kind = _frames.POWER if len(lines) == 1 else _frames.COMPLEX
    real = _array.REAL_OF[plan.dtype]
    what = _frames.Spectrum(plan.onesided, kind=kind)
    spectrum = _frames.compiled(plan.frames, what, real, plan.detrend)
    if spectrum is None:
        return False
    sums = [dict(zip(pairs, totals, strict=True)).get(pair) for pair in ((0, 0), (1, 1), (0, 1))]
    computes = [plan.dtype if line.dtype.kind == "c" else real for line in lines]
    _array.spectral_sums(lines, computes, spectrum, plan.frames.hop, plan.count, sums)
    return True


def _median(values):
    """The median over the last axis but one, of real and imaginary parts alone, over its bias for noise."""
    n = values.shape[-2]
    even = 2.0 * np.arange(1, (n - 1) // 2 + 1)
    bias = 1 + np.sum(1 / (even + 1) - 1 / even)
    if values.dtype.kind == "c":
        result = np.empty((*values.shape[:-2], values.shape[-1]), np.complex128)
        result.real, result.imag = np.median(values.real, axis=-2), np.median(values.imag, axis=-2)
    else:
        result = np.median(values, axis=-2).astype(np.float64)
    result /= bias
    return result


def _spectra(x, y, pairs, axis, fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling, average):
    """(frequencies, averages for `pairs` with the frequencies last, dtype of spectra, axis they belong at), or the
    two empty arrays that SciPy returns where there is no sample."""
    same = y is x
    x = _array.as_array(x, "x")
    lines = [_array.axis_last(x, axis, "x")]
    if not same:
        lines.append(_array.axis_last(_array.as_array(y, "y"), axis, "y"))
    try:
        batch = np.broadcast_shapes(*(line.shape[:-1] for line in lines))
    except ValueError:
        raise ValueError("x and y cannot be broadcast together: their shapes but for the axis are "
                         f"{lines[0].shape[:-1]} and {lines[1].shape[:-1]}") from None  # fmt: skip
    place = _array.line_place(_array.index(axis, "axis"), len(batch))
    if any(line.size == 0 for line in lines):
        shortest = min(line.shape[-1] for line in lines)
        return np.empty((*batch[:place], shortest, *batch[place:]))
    n = max(line.shape[-1] for line in lines)
    complex_ = any(line.dtype.kind == "c" for line in lines)
    dtype = _frames.complex_dtype(*lines)
    plan = _plan(n, complex_, dtype, fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling, average)
    lines = [np.broadcast_to(line, (*batch, line.shape[-1])) for line in lines]
    return plan, _averages(lines, plan, pairs), dtype, place


def _result(values, dtype, place):
    """`values`, the frequencies last, as the array to return."""
    return np.array(np.moveaxis(values, -1, place), dtype, order="C")


def welch(x, fs=1.0, window="hann", nperseg=None, noverlap=None, nfft=None, detrend="constant", return_onesided=True,
          scaling="density", axis=-1, average="mean"):  # fmt: skip
    """Power spectral density by Welch's method: the average over overlapping windowed segments.

    Parameters
    ----------
    x : array_like
        Real or complex samples along `axis`; other axes are batches.
    fs : float, default 1.0
        Samples a second.
    window : str, tuple or array_like, default "hann"
        What `scipy.signal.get_window` names (periodic), or the values. Default "hann": with half-overlapping segments
        little leaks and little is left out.
    nperseg : int, optional
        Samples of a segment. Default: the length of a window given by values, else 256, or all samples if these are
        fewer (with a UserWarning).
    noverlap : int, optional
        Samples that two neighbouring segments share. Default ``nperseg // 2``.
    nfft : int, optional
        Points of each transform: zeros behind the segment. Default `nperseg`.
    detrend : {"constant", "linear", False} or function
        What each segment is freed of before it is windowed: its mean (default: an offset would leak into its
        neighbours), its least-squares line, nothing; a function takes a segment of all batches, (..., nperseg), and
        returns it detrended, real where it is.
    return_onesided : bool, default True
        For real samples: only bins up to half the sampling rate, all but DC and half the rate doubled. Complex samples
        always give two sides.
    scaling : {"density", "spectrum"}
        V**2/Hz (default: noise does not depend on `nperseg`) or V**2 (a sine's peak is its power).
    axis : int, default -1
        The axis of time in `x`, and of frequency in the result.
    average : {"mean", "median"}
        How the segments are averaged. "median" (each bin's, over its bias for noise) ignores bursts, and keeps the
        spectra of all segments in memory.

    Returns
    -------
    f : ndarray of float64
        The bins' frequencies.
    Pxx : ndarray
        float32 for float16, float32 and complex64 samples, else float64.

    Raises
    ------
    TypeError
        For masked arrays, matrices, other dtypes than bool, integers, float16/32/64 and complex64/128, and numbers that
        are not what they should be.
    ValueError
        For numbers out of range, unknown names, a window of another length than `nperseg`, longer than the signal, or
        with values that are not finite.

    See Also
    --------
    csd : of two signals.
    coherence : how much two signals share, bin by bin.
    periodogram : one segment.
    spectrogram : the segments one by one.

    Notes
    -----
    Counterpart: `scipy.signal.welch`. Differences: integers and bool compute in float64 (SciPy: int16 in float32);
    float32 segments are transformed in single precision and averaged in double; complex windows are refused; no sample
    gives two empty arrays, as SciPy. Segments are averaged in the same order for any number of threads. One NaN or
    infinite sample makes the whole average NaN. Error bound: twice that of a spectrum's bin (see `sigkit.spectral`)
    times its magnitude, averaged.
    Source: P. D. Welch, "The use of fast Fourier transform for the estimation of power spectra", 1967.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> noise = np.random.default_rng(0).standard_normal(100_000)
    >>> f, Pxx = sigkit.welch(noise, fs=100.0, nperseg=1000)
    >>> f.shape, float(Pxx.mean().round(3))  # power 1, spread over 50 Hz
    ((501,), 0.02)
    """
    found = _spectra(x, x, [(0, 0)], axis, fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling,
                     average)  # fmt: skip
    if isinstance(found, np.ndarray):
        return found, found.copy()
    plan, (power,), dtype, place = found
    return plan.frequencies, _result(power, _array.REAL_OF[dtype], place)


def csd(x, y, fs=1.0, window="hann", nperseg=None, noverlap=None, nfft=None, detrend="constant", return_onesided=True,
        scaling="density", axis=-1, average="mean"):  # fmt: skip
    """Cross power spectral density by Welch's method: the average of conj(X) Y over windowed segments.

    Parameters
    ----------
    x, y : array_like
        Real or complex samples along `axis`; other axes broadcast. The shorter signal is continued with zeros.
    fs : float, default 1.0
        Samples a second.
    window : str, tuple or array_like, default "hann"
        As in `welch`.
    nperseg : int, optional
        As in `welch`; of the longer signal.
    noverlap : int, optional
        As in `welch`. Default ``nperseg // 2``.
    nfft : int, optional
        As in `welch`. Default `nperseg`.
    detrend : {"constant", "linear", False} or function
        As in `welch`. Default "constant".
    return_onesided : bool, default True
        As in `welch`, where both signals are real.
    scaling : {"density", "spectrum"}
        As in `welch`. Default "density".
    axis : int, default -1
        As in `welch`, for both signals.
    average : {"mean", "median"}
        As in `welch`; the median of real and imaginary parts each.

    Returns
    -------
    f : ndarray of float64
        The bins' frequencies.
    Pxy : ndarray
        complex64 or complex128; real where `y` is the very same object as `x`, as SciPy's.

    Raises
    ------
    TypeError, ValueError
        As `welch`, and where `x` and `y` do not broadcast.

    See Also
    --------
    welch : of one signal.
    coherence : normalised.

    Notes
    -----
    Counterpart: `scipy.signal.csd`. Differences as in `welch`; two sides where either signal is complex, for which
    SciPy raises if it is `y`. Error bound: each signal's of a bin times the other's magnitude, averaged; NaN rule as
    in `welch`.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> x = np.random.default_rng(0).standard_normal(10_000)
    >>> f, Pxy = sigkit.csd(x, np.roll(x, 3), nperseg=64)
    >>> bool(abs(np.angle(Pxy[8]) + 2 * np.pi * f[8] * 3) < 0.1)  # a delay by 3 samples
    True
    """
    same = y is x
    found = _spectra(x, y, [(0, 0)] if same else [(0, 1)], axis, fs, window, nperseg, noverlap, nfft, detrend,
                     return_onesided, scaling, average)  # fmt: skip
    if isinstance(found, np.ndarray):
        return found, found.copy()
    plan, (cross,), dtype, place = found
    return plan.frequencies, _result(cross, _array.REAL_OF[dtype] if same else dtype, place)


def coherence(x, y, fs=1.0, window="hann", nperseg=None, noverlap=None, nfft=None, detrend="constant", axis=-1):
    """Magnitude-squared coherence, ``abs(Pxy)**2 / (Pxx * Pyy)``, bin by bin, by Welch's method.

    Parameters
    ----------
    x, y : array_like
        Real or complex samples along `axis`; other axes broadcast. The shorter signal is continued with zeros.
    fs : float, default 1.0
        Samples a second.
    window : str, tuple or array_like, default "hann"
        As in `welch`.
    nperseg : int, optional
        As in `welch`. With a single segment all coherence is 1.
    noverlap : int, optional
        As in `welch`. Default ``nperseg // 2``.
    nfft : int, optional
        As in `welch`. Default `nperseg`.
    detrend : {"constant", "linear", False} or function
        As in `welch`. Default "constant".
    axis : int, default -1
        As in `welch`, for both signals.

    Returns
    -------
    f : ndarray of float64
        The bins' frequencies.
    Cxy : ndarray
        From 0 to 1, but for rounding; float32 or float64. NaN where a signal has no power at all.

    Raises
    ------
    TypeError, ValueError
        As `csd`.

    See Also
    --------
    csd : the numerator.
    welch : each factor of the denominator.

    Notes
    -----
    Counterpart: `scipy.signal.coherence`. Differences as in `welch` and `csd`; the three averages come from one pass
    over the signals. Error: that of the three averages, relative; NaN rule as in `welch`.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal(20_000)
    >>> f, Cxy = sigkit.coherence(x, x + rng.standard_normal(20_000), nperseg=100)
    >>> float(Cxy.mean().round(2))
    0.5
    """
    pairs = [(0, 0)] if y is x else [(0, 0), (1, 1), (0, 1)]
    found = _spectra(x, y, pairs, axis, fs, window, nperseg, noverlap, nfft, detrend, True, "density", "mean")
    if isinstance(found, np.ndarray):
        return found, found.copy()
    plan, powers, dtype, place = found
    xx, yy, xy = powers if len(powers) == 3 else powers * 3
    with np.errstate(invalid="ignore", divide="ignore", over="ignore", under="ignore"):
        shared = (np.abs(xy) / np.sqrt(xx) / np.sqrt(yy)) ** 2
    return plan.frequencies, _result(shared, _array.REAL_OF[dtype], place)


def periodogram(x, fs=1.0, window="boxcar", nfft=None, detrend="constant", return_onesided=True, scaling="density",
                axis=-1):  # fmt: skip
    """Power spectral density of all samples as one segment.

    Parameters
    ----------
    x : array_like
        Real or complex samples along `axis`; other axes are batches.
    fs : float, default 1.0
        Samples a second.
    window : str, tuple, array_like or None, default "boxcar"
        As in `welch`, of as many values as there are samples. Default: none at all.
    nfft : int, optional
        Points of the transform; so many samples are taken, or zeros are added. Default: the number of samples.
    detrend : {"constant", "linear", False} or function
        As in `welch`. Default "constant".
    return_onesided : bool, default True
        As in `welch`.
    scaling : {"density", "spectrum"}
        As in `welch`. Default "density".
    axis : int, default -1
        As in `welch`.

    Returns
    -------
    f : ndarray of float64
        The bins' frequencies.
    Pxx : ndarray
        float32 for float16, float32 and complex64 samples, else float64.

    Raises
    ------
    TypeError, ValueError
        As `welch`.

    See Also
    --------
    welch : the average over segments, whose variance falls as the signal grows longer.

    Notes
    -----
    Counterpart: `scipy.signal.periodogram`. Differences, error bound and NaN rule as in `welch`. More points than
    16,384 are one transform of `scipy.fft`, which takes memory of its own and cannot be interrupted.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> f, Pxx = sigkit.periodogram(np.sin(np.arange(1000) * 2 * np.pi * 0.1), scaling="spectrum")
    >>> float(f[Pxx.argmax()]), float(Pxx.max().round(6))
    (0.1, 0.5)
    """
    x = _array.as_array(x, "x")
    array = _array.axis_last(x, axis, "x")
    if not x.size:
        return np.empty(x.shape), np.empty(x.shape)
    place = _array.index(axis, "axis") % x.ndim
    n = array.shape[-1]
    window = "boxcar" if window is None else window
    if nfft is not None:
        nfft = _integer(nfft, "nfft", 1)
        if nfft < n:
            array, n, nfft = array[..., :nfft], nfft, None
    if np.size(window) != n and not isinstance(window, (str, tuple)):
        raise ValueError("window: the size of the window must be the same size of the input on the specified axis")
    plan, (power,), dtype, _ = _spectra(array, array, [(0, 0)], -1, fs, window, n, 0, nfft, detrend, return_onesided,
                                        scaling, "mean")  # fmt: skip
    return plan.frequencies, _result(power, _array.REAL_OF[dtype], place)

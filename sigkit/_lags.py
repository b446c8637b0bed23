"""`autocorrelate` and `crosscorrelate` of `sigkit.correlation`: a few lags of long lines."""

import math

import numpy as np

from sigkit import _array, _fft, _fft_plan

_PRODUCT = {_array.FLOAT32: 0.03, _array.FLOAT64: 0.06, _array.COMPLEX64: 0.14, _array.COMPLEX128: 0.28}
_POINT = {_array.FLOAT32: 3.2, _array.FLOAT64: 6.6, _array.COMPLEX64: 3.2, _array.COMPLEX128: 7.0}
_TRANSFORM_CALL = 1e5
"""Nanoseconds of one thread, as in `_convolution`: of a product, of a point of two blocks, of a call by spectra."""


def autocorrelate(x, max_lag=None, *, axis=-1, normalize=False):
    """Autocorrelation at the lags 0 to `max_lag`.

    ``r[l] = sum over t of x[t + l] * conj(x[t])``, over the samples that exist; ``r[-l]`` is ``conj(r[l])``.

    Parameters
    ----------
    x : array_like, shape (..., n)
        Samples along `axis`.
    max_lag : int, optional
        The largest lag. Default None: n - 1, all of them. The work grows with the lags asked for.
    axis : int, default -1
        The axis of time.
    normalize : bool, default False
        Divide by ``r[0]``, the energy; integers then give float64. Default False, as `correlate`. A line of zeros
        gives NaN.

    Returns
    -------
    ndarray, shape (..., max_lag + 1)
        Dtype as `correlate`; zero at lags of n and more.

    Raises
    ------
    TypeError, ValueError
        As `correlate`; also for a `max_lag` that is negative, not an integer or more than an array can hold, and a
        `normalize` that is not a bool.

    See Also
    --------
    crosscorrelate : two signals, lags of both signs.
    correlate : all lags of two signals.

    Notes
    -----
    No mean is subtracted. Sums are of 16,384 samples, added up in float64: the error is at most
    ``(min(n, 256) + 2) * eps * sum(|a| |b|)``; many lags of long lines go through sums of spectra of blocks, added up
    in float64, with the module's FFT bound. Counterpart: the middle of ``scipy.signal.correlate(x, x)``.
    A NaN or infinity reaches the lags at which it meets a sample. Source: Oppenheim and Schafer, Discrete-Time Signal
    Processing, section 2.

    Examples
    --------
    >>> import sigkit
    >>> sigkit.autocorrelate([1.0, 2.0, 3.0], 1)
    array([14.,  8.])
    """
    array = _array.as_array(x, "x")
    lines = _array.axis_last(array, axis, "x")
    return _lags(lines, lines, 0, _last_lag(max_lag, lines, lines) + 1, axis, normalize)


def crosscorrelate(x, y, max_lag=None, *, axis=-1, normalize=False):
    """Cross-correlation at the lags -`max_lag` to `max_lag`.

    ``r[l] = sum over t of x[t + l] * conj(y[t])``, over the samples that exist: a peak at lag l says that `x` is `y`
    delayed by l samples.

    Parameters
    ----------
    x, y : array_like, shape (..., n) and (..., m)
        Samples along `axis`; the other axes broadcast, a 1-D array serves every line.
    max_lag : int, optional
        The largest lag. Default None: ``max(n, m) - 1``, all of them. The work grows with the lags asked for.
    axis : int, default -1
        The axis of time.
    normalize : bool, default False
        Divide by the root of the product of the two energies, so that ``|r| <= 1``; integers then give float64. A line
        of zeros gives NaN.

    Returns
    -------
    ndarray, shape (..., 2 * max_lag + 1)
        ``r[..., max_lag + l]`` is lag l. Dtype as `correlate`.

    Raises
    ------
    TypeError, ValueError
        As `correlate`; also for a `max_lag` that is negative, not an integer or more than an array can hold, and a
        `normalize` that is not a bool.

    See Also
    --------
    autocorrelate : of a signal with itself.
    correlate, correlation_lags : all lags.

    Notes
    -----
    Error bound, NaN rule and counterpart: as `autocorrelate`.

    Examples
    --------
    >>> import sigkit
    >>> sigkit.crosscorrelate([0.0, 0.0, 1.0, 2.0], [1.0, 2.0, 0.0, 0.0], 2)
    array([0., 0., 0., 2., 5.])
    """
    one, two = _array.as_array(x, "x"), _array.as_array(y, "y")
    one, two = _array.axis_last(one, axis, "x", other=two), _array.axis_last(two, axis, "y", other=one)
    last = _last_lag(max_lag, one, two)
    return _lags(one, two, -last, 2 * last + 1, axis, normalize)


def _last_lag(max_lag, x, y):
    for line, name in ((x, "x"), (y, "y")):
        if not line.shape[-1]:
            raise ValueError(f"{name}: expected at least one sample along the axis, got none")
    longest = max(x.shape[-1], y.shape[-1]) - 1
    return longest if max_lag is None else _array.index(max_lag, "max_lag", 0)


def _lags(x, y, first, count, axis, normalize):
    batch = _array.batch_shape(x, 1, y, 1, ("x", "y"))
    normalize = _array.flag(normalize, "normalize")
    dtype = _array.common_dtype(x, y, exact=not normalize)
    _array.check_size(math.prod(batch) * count, dtype, f"max_lag={first + count - 1}")
    result = np.empty((*batch, count), dtype)
    if not _by_spectra(x, y, first, result):
        _array.lags(x, y, first, result, dtype)
    if normalize:
        energies = [np.empty((*line.shape[:-1], 1), dtype) for line in (x, y)]
        for line, energy in zip((x, y), energies, strict=True):
            _array.lags(line, line, 0, energy, dtype)
        with np.errstate(invalid="ignore", divide="ignore"):
            result /= energies[0].real if x is y else np.sqrt(energies[0].real) * np.sqrt(energies[1].real)
    place = _array.line_place(axis, len(batch))
    return result if place == len(batch) else np.ascontiguousarray(np.moveaxis(result, -1, place))


def _by_spectra(x, y, first, out):
    """Compute through sums of spectra and return True, where that is faster and all samples are finite."""
    dtype, count, n = out.dtype, out.shape[-1], y.shape[-1]
    if dtype == _array.INT64 or out.size == 0 or count > n:
        return False
    products = out.size * n * _PRODUCT[dtype]
    if products <= _TRANSFORM_CALL:
        return False
    batch = out.shape[:-1]
    if count <= _fft_plan.LONGEST:
        points, samples = _fft_plan.block(count, n, dtype)
        blocks = -(-n // (samples - count + 1))
        if products <= _TRANSFORM_CALL + out.size / count * blocks * points * _POINT[dtype]:
            return False
        total = _array.lag_spectra(x, y, first, count, batch, dtype, _fft_plan.within(points, dtype))
        if total is None:
            return False
        out[...] = _fft.sums_of_spectra(total, count, dtype.kind != "c")
        return True
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return False
    ones, twos = (np.broadcast_to(line, (*batch, line.shape[-1])) for line in (x, y))
    for i in np.ndindex(batch):
        _fft.lag_sums(ones[i], twos[i], first, out[i])
    return True

"""The largest coefficient of two records over the lags between them."""

from typing import NamedTuple

import numpy as np

from sigkit import _array, _sliding_pearson


class LagMaximum(NamedTuple):
    """Where two records are most alike: the result of `max_coefficient`.

    Attributes
    ----------
    coefficients : ndarray of float, shape (...)
        The largest coefficient of each pair.
    lags : ndarray of int64, shape (...)
        The lag that has it.
    """

    coefficients: np.ndarray
    lags: np.ndarray


def max_coefficient(x, y, max_lag, *, axis=-1):
    """Largest Pearson coefficient of pairs of records over a range of lags, and the lag.

    ``r[l]`` is the coefficient of ``x[max_lag + l : n - max_lag + l]`` with ``y[max_lag : n - max_lag]``, for l from
    ``-max_lag`` to `max_lag`: every lag compares the same number of samples, the middle of `y` with as many of `x`.

    Parameters
    ----------
    x, y : array_like of real numbers, shape (..., n)
        Records of one length along `axis`; all other axes broadcast.
    max_lag : int
        The largest lag of either sign, less than n / 2. Small beside n: what is beyond the middle of `y` is not used.
    axis : int, default -1
        The axis of time.

    Returns
    -------
    LagMaximum
        The named tuple ``(coefficients, lags)``, each of the other axes' shape. A lag of 3 says that `x` has at sample
        i + 3 what `y` has at i. Of equal coefficients the lag nearest to 0 is given, the negative one first.

    Raises
    ------
    TypeError
        For complex and unsupported dtypes, masked arrays and matrices, and a `max_lag` that is no integer.
    ValueError
        For records of different lengths or without samples, shapes that do not broadcast, a `max_lag` out of range.

    See Also
    --------
    sigkit.correlation.crosscorrelate : the products alone, at the same lags.
    pearsonr : the coefficient at lag 0, of all samples.
    matched_filter : a template's coefficients over a network, at given moveouts.

    Notes
    -----
    Lags at which a record is constant have no coefficient and are passed over; where there is none at all, the
    coefficient is NaN and the lag 0. A NaN or infinity among the samples of any lag makes the pair's coefficient NaN.
    The error bound is `sliding_pearson`'s, which computes the coefficients, a call a pair; lags whose coefficients
    differ by less may be taken for each other.

    Counterpart: ObsPy's ``xcorr_max(correlate(x, y, max_lag))``, with ``abs_max=False``. Differences: there all lags
    are divided by the norms of the whole records, though fewer samples overlap at the outer ones, so that an exact copy
    at lag l has less than 1; and its sums cancel beside large offsets. Source: Schaff and Waldhauser, Waveform
    cross-correlation-based differential travel-time measurements (2005).

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> record = np.random.default_rng(0).standard_normal(300)
    >>> found = sigkit.max_coefficient(1e6 + record[10:210], 3 * record[3:203], 20)
    >>> int(found.lags), bool(abs(found.coefficients - 1) < 1e-9)
    (-7, True)
    """
    x, y = _array.as_array(x, "x", real=True), _array.as_array(y, "y", real=True)
    dtype = _array.common_dtype(x, y)
    x, y = _array.axis_last(x, axis, "x", other=y), _array.axis_last(y, axis, "y", other=x)
    n = x.shape[-1]
    if y.shape[-1] != n:
        raise ValueError(f"y: expected {n} samples along the axis, as x has, got {y.shape[-1]}")
    if not n:
        raise ValueError("x: expected at least one sample along the axis, got 0")
    max_lag = _array.index(max_lag, "max_lag", 0, (n - 1) // 2)
    batch = _array.batch_shape(x, 1, y, 1, ("x", "y"))
    x, y = np.broadcast_to(x, (*batch, n)), np.broadcast_to(y, (*batch, n))
    lags = np.arange(-max_lag, max_lag + 1)
    order = np.argsort(abs(lags), kind="stable")
    found = LagMaximum(np.empty(batch, dtype), np.empty(batch, np.int64))
    r = np.empty((1, lags.size), dtype)
    for pair in np.ndindex(batch):
        _sliding_pearson.coefficients(x[pair], y[pair][None, max_lag : n - max_lag], -np.inf, r)
        best = order[r[0, order].argmax()]  # NaN before any number
        none = np.isneginf(r[0, best])
        found.coefficients[pair] = np.nan if none else r[0, best]
        found.lags[pair] = 0 if none else lags[best]
    return found

"""Means, standard deviations and Pearson coefficients of all windows of a series."""

import numpy as np

from sigkit import _array


def rolling_mean(x, window, *, axis=-1, out=None):
    """Mean of the samples in every window.

    ``out[i]`` is the mean of ``x[i : i + window]``. Also known as moving average.

    Parameters
    ----------
    x : array_like, shape (..., n)
        Samples along `axis`, real or complex.
    window : int
        Samples in a window, from 1 to n.
    axis : int, default -1
        The axis along which the window moves.
    out : ndarray, shape (..., n - window + 1), optional
        Where to put the result; of exactly the result's dtype. May overlap `x`.

    Returns
    -------
    ndarray, shape (..., n - window + 1)
        Means, in place of `axis`: of the windows that lie within the samples. float16 gives float32, integers float64,
        all others keep their dtype.

    Raises
    ------
    TypeError
        For unsupported dtypes, masked arrays and matrices, and a `window` that is no integer.
    ValueError
        If `window` is not from 1 to n, or `out` does not fit.

    See Also
    --------
    rolling_std : the spread about it.
    sigkit.filters.uniform_filter1d : the same with a boundary, one output a sample.

    Notes
    -----
    |error| <= (1.25 log2(window) + 2) eps times the mean of |x| in the window, and (window / 4096 + 64) eps more in
    windows of 2,048 samples and above, whose blocks are added one by one; the sums are in float64 for float32 too.
    They are made of additions only: a NaN or an infinity reaches exactly the windows that hold it (an infinity makes
    their mean infinite), and what is large leaves no trace behind it.

    Counterparts: `pandas.Series.rolling(window).mean()` and `bottleneck.move_mean(x, window)`. Both give n outputs,
    the first ``window - 1`` NaN; this one gives only those behind. Both carry one sum along the series (pandas
    compensates its roundings): what a large sample made of it stays, and in bottleneck an infinity, which pandas
    takes for a NaN. bottleneck's `min_count`, and pandas' `min_periods`, which skip NaN, are not here.

    Source: the doubling, M. van Herk, "A fast algorithm for local minimum and maximum filters", Pattern Recognition
    Letters 13 (1992) 517-521, for sums.

    Examples
    --------
    >>> import sigkit
    >>> sigkit.rolling_mean([1, 2, 6, 3, 0], 3)
    array([3.        , 3.66666667, 3.        ])
    """
    x = _array.as_array(x, "x")
    dtype = _array.common_dtype(x)
    x = _array.axis_last(x, axis, "x")
    window = _window(window, x, axis)
    computed, out, result = _result((x,), x.shape[:-1], window, axis, dtype, out)
    parts = ((x.real, result.real), (x.imag, result.imag)) if dtype.kind == "c" else ((x, result),)
    for samples, means in parts:
        _array.rolling(_array.ROLLING_MEAN, samples, None, means, window, window)
    return _array.deliver(computed, out)


def rolling_std(x, window, *, axis=-1, ddof=0, out=None):
    """Standard deviation of the samples in every window.

    ``out[i]`` is the standard deviation of ``x[i : i + window]`` about the mean of the same samples.

    Parameters
    ----------
    x : array_like of real numbers, shape (..., n)
        Samples along `axis`.
    window : int
        Samples in a window, from 1 to n.
    axis : int, default -1
        The axis along which the window moves.
    ddof : int, default 0
        The sum of squares is divided by ``window - ddof``, which must be positive. The default, as NumPy has it,
        describes the samples themselves; 1 estimates the spread of what they were drawn from.
    out : ndarray, shape (..., n - window + 1), optional
        Where to put the result; of exactly the result's dtype. May overlap `x`.

    Returns
    -------
    ndarray, shape (..., n - window + 1)
        Standard deviations, in place of `axis`; exactly 0 where all samples of a window are equal. float32 for float16
        and float32 input, else float64.

    Raises
    ------
    TypeError
        For complex and unsupported dtypes, masked arrays and matrices, and a `window` or `ddof` that is no integer.
    ValueError
        If `window` is not from 1 to n, `ddof` not from 0 to ``window - 1``, or `out` does not fit.

    See Also
    --------
    rolling_mean : what it is the spread about.
    rolling_pearson : how two series vary together.

    Notes
    -----
    |error| <= 1e-12 (float64) and 1e-6 (float32) times the result, whatever the offset, the steps, spikes and trends
    and the scale: see `rolling_pearson` for how. A NaN or an infinity gives NaN in exactly the windows that hold it.

    Counterparts: `pandas.Series.rolling(window).std()` and `bottleneck.move_std(x, window)`. Both give n outputs, the
    first ``window - 1`` NaN; this one gives only those behind. pandas' default is ``ddof=1``. Both carry their sums
    along the series: at an offset of 1e8 standard deviations 7 digits are left, behind a step of 1e6 of them 4; behind
    one of 1e9, or an infinity, none in bottleneck 1.6, while pandas 3.1 starts anew where it notices a loss.
    bottleneck's `min_count`, and pandas' `min_periods`, which skip NaN, are not here.

    Source: T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for computing the sample variance", The American
    Statistician 37 (1983) 242-247.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> sigkit.rolling_std(1e9 + np.array([0.0, 2.0, 0.0, 0.0, 0.0]), 2)
    array([1., 1., 0., 0.])
    """
    x = _array.as_array(x, "x", real=True)
    dtype = _array.common_dtype(x)
    x = _array.axis_last(x, axis, "x")
    window = _window(window, x, axis)
    ddof = _array.index(ddof, "ddof", 0)
    if ddof >= window:
        raise ValueError(f"ddof={_array.shown(ddof)}: expected less than window={window}")
    computed, out, result = _result((x,), x.shape[:-1], window, axis, dtype, out)
    _array.rolling(_array.ROLLING_STD, x, None, result, window, window - ddof)
    return _array.deliver(computed, out)


def rolling_pearson(x, y, window, *, axis=-1, fill_value=np.nan, out=None):
    """Pearson coefficient of two series in every window.

    ``out[i]`` is the coefficient of ``x[i : i + window]`` with ``y[i : i + window]``.

    Parameters
    ----------
    x, y : array_like of real numbers, shape (..., n)
        Samples, as many of `x` as of `y` along `axis`, broadcast against each other over all other axes. A 1-D array
        beside one of more dimensions is one series for all of the other's.
    window : int
        Samples in a window, from 1 to n.
    axis : int, default -1
        The axis along which the window moves.
    fill_value : float, default nan
        The value where the coefficient is not defined: all samples of the window are equal, in `x` or in `y`. Default
        NaN: a number would pass for a measurement.
    out : ndarray, shape (..., n - window + 1), optional
        Where to put the result; of exactly the result's dtype. May overlap the inputs.

    Returns
    -------
    ndarray, shape (..., n - window + 1)
        Coefficients in [-1, 1], in place of `axis`. float32 if both inputs are float16 or float32, else float64.

    Raises
    ------
    TypeError
        For complex and unsupported dtypes, masked arrays and matrices, and a `window` that is no integer.
    ValueError
        If `x` and `y` differ in length along `axis` or do not broadcast, `window` is not from 1 to n, or `out` does
        not fit.

    See Also
    --------
    pearsonr : of whole rows, with p-value and interval.
    sliding_pearson : a template with every window of a signal.
    rolling_std, rolling_mean : of one series.

    Notes
    -----
    |error| <= 1e-12 in float64 and 1e-6 in float32, against exact arithmetic on the samples given, at any mean offset,
    1e8 standard deviations included, beside steps and spikes of any size, on any trend and at any scale. A NaN or an
    infinity gives NaN in exactly the windows that hold it. A window of one sample is constant. The time does not depend
    on the samples, but for differences below 1e-60 and samples above 1e54: beside others they take several times as
    long.

    The moments of a window of 2k samples are those of its halves, and the difference of the two halves' means, which
    is a sum of differences of samples; from 2, 4, 8, ... samples to `window`, with nothing subtracted from a sum of
    squares. So there is no cancellation to detect, and no sum that runs along the series.

    Counterparts: ``pandas.Series(x).rolling(window).corr(pandas.Series(y))``, which gives n outputs, the first
    ``window - 1`` NaN (this one gives only those behind); its sums run along the series and start anew where it
    notices that digits were lost, but behind a step of 1e6 standard deviations its error is 3e-5 (pandas 3.1). Its
    `min_periods`, which skips NaN, is not here. Others take five `bottleneck.move_mean`, of x, y, x x, y y and x y: at
    an offset of 1e8 standard deviations nothing of the coefficient is left, and nothing behind an infinity.

    Source: T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for computing the sample variance", The American
    Statistician 37 (1983) 242-247, for pairs of halves.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> x = np.array([0.0, 1.0, 2.0, 3.0, 2.0, 1.0, 0.0])
    >>> sigkit.rolling_pearson(x, 1e9 + abs(x - 2), 3).round(3) + 0
    array([-1.,  0.,  1.,  0., -1.])
    """
    x, y = _array.as_array(x, "x", real=True), _array.as_array(y, "y", real=True)
    dtype = _array.common_dtype(x, y)
    x, y = _array.axis_last(x, axis, "x", other=y), _array.axis_last(y, axis, "y", other=x)
    if x.shape[-1] != y.shape[-1]:
        raise ValueError(f"x and y: expected equal lengths along the axis, got {x.shape[-1]} and {y.shape[-1]}")
    window = _window(window, x, axis)
    fill = _array.fill_value(fill_value, dtype)
    batch = _array.batch_shape(x, 1, y, 1, ("x", "y"))
    computed, out, result = _result((x, y), batch, window, axis, dtype, out)
    _array.rolling(_array.ROLLING_PEARSON, x, y, result, window, fill=fill)
    return _array.deliver(computed, out)


def _window(window, x, axis):
    """`window` as an int from 1 to the length of x, whose last axis is the caller's `axis`."""
    n = x.shape[-1]
    if not n:
        raise ValueError(f"x: expected at least one sample along axis {axis} for the window, got 0")
    return _array.index(window, "window", 1, n)


def _result(inputs, batch, window, axis, dtype, out):
    """What to compute into, what to return, and a view of the former with `axis` last."""
    place, size = _array.line_place(axis, len(batch)), inputs[0].shape[-1] - window + 1
    computed, out = _array.output(out, (*batch[:place], size, *batch[place:]), dtype, inputs)
    return computed, out, computed if place == len(batch) else np.moveaxis(computed, place, -1)

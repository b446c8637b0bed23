r"""Correlation and convolution of signals, images and arrays of any rank.

How the two are related
-----------------------
The correlation of a signal ``x`` with a template ``h`` slides the template along and takes a dot product at each
place; the convolution does the same with the kernel reversed. The kernel is what is flipped, never the output:

>>> import numpy as np
>>> import sigkit
>>> x = np.array([0.0, 1.0, 4.0, 2.0, 0.0])
>>> h = np.array([1.0, 2.0, 3.0])
>>> bool((sigkit.convolve(x, h) == sigkit.correlate(x, h[::-1])).all())
True

Three taps over ten samples give eight valid dot products:

>>> sigkit.sliding_dot_product(np.arange(10.0), np.ones(3))
array([ 3.,  6.,  9., 12., 15., 18., 21., 24.])

Convolution is associative: filters in a row are one kernel, such as the derivative applied twice, or smoothing and
then differentiating:

>>> sigkit.convolve([-1, 0, 1], [-1, 0, 1])
array([ 1,  0, -2,  0,  1])
>>> smoothed = sigkit.convolve(x, [0.25, 0.5, 0.25])
>>> kernel = sigkit.convolve([0.25, 0.5, 0.25], [1.0, 0.0, -1.0])
>>> bool(np.allclose(sigkit.convolve(smoothed, [1.0, 0.0, -1.0]), sigkit.convolve(x, kernel)))
True

Correlation is what matches templates. Its normalised form, the Pearson coefficient of `sigkit.pearson`, is the dot
product of two zero-mean vectors over their norms.

Common to all functions here
----------------------------
Results keep the precision of the inputs (float32 stays float32); integers and bool are exact, in int64 modulo 2**64,
except in `fftconvolve` and `oaconvolve`, which return float64 as SciPy's do; float16 gives float32. A sample that is
NaN or infinite reaches exactly the outputs whose window holds it, whichever method runs. All work is done by up to
`sigkit.get_workers()` threads; results have the same bits for any number of them.

Error bounds, `eps` being the machine epsilon of the result: direct sums of m products,
``(min(m, 256) + 2) * eps * sum(|a| |b|)`` (m up to 65,536 along the last axis); by FFT,
``8 * eps * log2(N) * norm(block) * norm(taps)``, where a block of N samples does not see the others.
"""

import math

import numpy as np

from sigkit import _array, _convolution
from sigkit._convolve2d import convolve2d, correlate2d
from sigkit._fftconvolve import fftconvolve, oaconvolve
from sigkit._lags import autocorrelate, crosscorrelate

__all__ = [
    "autocorrelate",
    "choose_conv_method",
    "convolve",
    "convolve2d",
    "correlate",
    "correlate2d",
    "correlate_bank",
    "correlation_lags",
    "crosscorrelate",
    "fftconvolve",
    "oaconvolve",
    "sliding_dot_product",
]

def sliding_dot_product(signal, template, *, axis=-1, out=None):
    """Dot product of a template with the signal at every place where it fits.

    ``out[i] = sum(signal[i : i + m] * conj(template))`` along `axis`: the ``valid`` part of `correlate`, by direct sums
    or, where that is faster, through an FFT.

    Parameters
    ----------
    signal : array_like, shape (..., n)
        Real or complex samples along `axis`.
    template : array_like, shape (m,) or (..., m)
        With ``1 <= m <= n``; other axes broadcast against those of `signal`. Complex templates are conjugated.
    axis : int, default -1
        The axis to slide along, in both arrays unless the template is 1-D. Default -1: the last axis is time in
        NumPy's layout and the one that is contiguous.
    out : ndarray, shape (..., n - m + 1), optional
        Where to put the result; of exactly the result's dtype. May overlap the inputs.

    Returns
    -------
    ndarray, shape (..., n - m + 1)
        Of dtype ``np.result_type(signal, template)``; int64 (modulo 2**64) for integers. `out` where it was given.

    Raises
    ------
    TypeError
        For masked arrays, matrices, and dtypes other than bool, integers, float16/32/64 and complex64/128.
    ValueError
        If the template is empty or longer than the signal, batch shapes do not broadcast, or `out` does not fit.

    See Also
    --------
    correlate : other extents, and a choice of the method.
    correlate_bank : many templates.
    sigkit.pearson.sliding_pearson : normalised: independent of each window's offset and scale.

    Notes
    -----
    Counterpart: ``numpy.correlate(signal, template, "valid")``, which takes no axis and requires no order of lengths.
    Long templates go through an FFT, as with ``method="auto"`` of `correlate`.
    Error bound and NaN rule: see the module.

    Examples
    --------
    >>> import sigkit
    >>> sigkit.sliding_dot_product([1.0, 2.0, 3.0, 4.0], [1.0, -1.0])
    array([-1., -1., -1.])
    """
    x, h = _array.as_array(signal, "signal"), _array.as_array(template, "template")
    dtype = _array.common_dtype(x, h, exact=True)
    x, h = _array.axis_last(x, axis, "signal", other=h), _array.axis_last(h, axis, "template", other=x)
    n, m = x.shape[-1], h.shape[-1]
    if not n:
        raise ValueError("signal: expected at least one sample along the axis for the template, got 0")
    if not 1 <= m <= n:
        raise ValueError(f"template: expected between 1 and {n} samples (the signal's length), got {m}")
    batch = _array.batch_shape(x, 1, h, 1, ("signal", "template"))
    return _along_axis((x, h), batch, n - m + 1, axis, dtype, out, lambda result: _convolution.compute(
        x, h, (m - 1,), result, "auto", True))  # fmt: skip


def _along_axis(inputs, batch, size, axis, dtype, out, compute):
    """Allocate (or check `out`), compute with the axis last, and return the array with the axis in its place."""
    place = _array.line_place(axis, len(batch))
    computed, out = _array.output(out, (*batch[:place], size, *batch[place:]), dtype, inputs)
    compute(computed if place == len(batch) else np.moveaxis(computed, place, -1))
    return _array.deliver(computed, out)


def _filter(in1, in2, mode, method, axis, correlate):
    """`correlate` and `convolve`."""
    x, h = _array.as_array(in1, "in1"), _array.as_array(in2, "in2")
    _convolution.check_mode(mode)
    _convolution.check_method(method)
    dtype = _array.common_dtype(x, h, exact=True)
    if x.ndim == h.ndim == 1 and axis is None and method != "fft":
        # Short lines: the call costs more than the sums.
        n, m = len(x), len(h)
        lo, size = _convolution.extent(mode, n, m)
        if 0 < m <= n and size * m <= _convolution.FEW_PRODUCTS_OF_LINES:
            result = np.empty(size, dtype)
            _array.correlation(x, h if correlate else h[::-1], (lo - m + 1,), result, dtype, conjugate=correlate)
            return result
    if axis is None:
        if x.ndim != h.ndim:
            raise ValueError(
                f"in1 and in2 should have the same dimensionality, got {x.ndim} and {h.ndim} (or give `axis`)"
            )
        if x.ndim == 0:
            return np.multiply(x, np.conjugate(h) if correlate else h, dtype=dtype)
        axes, batch = x.ndim, ()
    else:
        x, h = _array.axis_last(x, axis, "in1", other=h), _array.axis_last(h, axis, "in2", other=x)
        axes, batch = 1, _array.batch_shape(x, 1, h, 1, ("in1", "in2"))
    x_shape, h_shape = x.shape[x.ndim - axes :], h.shape[h.ndim - axes :]
    lo, sizes = _convolution.extents(mode, x_shape, h_shape)
    if 0 in h_shape or (0 in x_shape and mode != "same"):
        raise ValueError(f"in1 and in2 cannot be empty along the axes {'correlated' if correlate else 'convolved'}, "
                         f"got lengths {x_shape} and {h_shape}")  # fmt: skip
    if axis is None:
        result = np.empty(sizes, dtype)
        _convolution.compute(x, h, lo, result, method, correlate)
        return result
    return _along_axis((x, h), batch, sizes[0], axis, dtype, None, lambda result: _convolution.compute(
        x, h, lo, result, method, correlate))  # fmt: skip


def correlate(in1, in2, mode="full", method="auto", *, axis=None):
    """Cross-correlate two arrays: N-D, or 1-D along an axis.

    ``z[k] = sum over l of in1[l] * conj(in2[l - k])`` for the lags k that `mode` asks for.

    Parameters
    ----------
    in1, in2 : array_like
        Of equal rank (with `axis`: broadcastable along the others; a 1-D array serves every line).
    mode : {"full", "same", "valid"}
        Size of the output along each axis for n samples and m: ``n + m - 1``; n, centred on the full output; or
        ``|n - m| + 1``, what needs no sample outside, for which one input must be at least as large as the other along
        every axis. Default "full", as SciPy's: nothing is left out.
    method : {"auto", "direct", "fft"}
        How; the result is the same within the module's bounds. "auto" (default) decides by shapes and dtype alone.
        "fft" is overlap-save in cache-sized blocks along one axis, one transform over more. On integers "fft" is used
        only where rounding provably gives the exact sums.
    axis : int, optional
        Correlate 1-D along this axis and broadcast over the others. Default None: over all axes, as SciPy.

    Returns
    -------
    ndarray
        Of dtype ``np.result_type(in1, in2)``; integers and bool give int64 (exact modulo 2**64), float16 float32.

    Raises
    ------
    TypeError
        For masked arrays, matrices, and dtypes other than bool, integers, float16/32/64 and complex64/128.
    ValueError
        For an unknown mode or method, different ranks, an empty axis, or sizes that do not fit "valid".

    See Also
    --------
    correlation_lags : the lag of each output.
    crosscorrelate : a few lags of long signals.
    sliding_dot_product : the valid part, with ``out=``.

    Notes
    -----
    Counterpart: `scipy.signal.correlate`. Differences: `axis`; integers are promoted, never wrapped in their own width;
    object and longdouble arrays are refused; one NaN or infinity reaches only the outputs over it, with the FFT too.
    ``np.correlate(a, v, "same")`` returns ``max(n, m)`` samples, this returns n. Error bound and NaN rule: see the
    module.

    Examples
    --------
    >>> import sigkit
    >>> sigkit.correlate([1, 2, 3], [0, 1, 2])
    array([2, 5, 8, 3, 0])
    >>> sigkit.correlate([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]], [1.0, 1.0], mode="valid", axis=1)
    array([[3., 5.],
           [5., 3.]])
    """
    return _filter(in1, in2, mode, method, axis, True)


def convolve(in1, in2, mode="full", method="auto", *, axis=None):
    """Convolve two arrays: N-D, or 1-D along an axis.

    ``y[k] = sum over l of in1[l] * in2[k - l]`` for the k that `mode` asks for.

    Parameters
    ----------
    in1, in2 : array_like
        Of equal rank (with `axis`: broadcastable along the others; a 1-D array serves every line).
    mode : {"full", "same", "valid"}
        Size of the output along each axis for n samples and m: ``n + m - 1``; n, centred on the full output; or
        ``|n - m| + 1``, what needs no sample outside. Default "full", as SciPy's.
    method : {"auto", "direct", "fft"}
        As in `correlate`. Default "auto": by shapes and dtype alone.
    axis : int, optional
        Convolve 1-D along this axis and broadcast over the others. Default None: over all axes, as SciPy.

    Returns
    -------
    ndarray
        Of dtype ``np.result_type(in1, in2)``; integers and bool give int64 (exact modulo 2**64), float16 float32.

    Raises
    ------
    TypeError, ValueError
        As `correlate`.

    See Also
    --------
    correlate : the kernel not reversed (and conjugated).
    fftconvolve : floating-point results, over chosen axes.
    convolve2d : other boundaries than zeros.

    Notes
    -----
    Counterpart: `scipy.signal.convolve`; differences as in `correlate`. Samples outside do not exist, they are not
    zeros: ``convolve([1, 2], [inf, 1])`` is ``[inf, inf, 2]``. Error bound and NaN rule: see the module.

    Examples
    --------
    >>> import sigkit
    >>> sigkit.convolve([1, 2, 3], [0, 1, 2])
    array([0, 1, 4, 7, 6])
    >>> sigkit.convolve([1.0, 2.0, 3.0], [0.5, 0.5], mode="same")
    array([0.5, 1.5, 2.5])
    """
    return _filter(in1, in2, mode, method, axis, False)


def choose_conv_method(in1, in2, mode="full", measure=False):
    """The method that ``convolve(in1, in2, mode, method="auto")`` takes.

    Parameters
    ----------
    in1, in2 : array_like
        Of equal rank.
    mode : {"full", "same", "valid"}
        As in `convolve`.
    measure : bool, default False
        Time both methods on these arrays and name the faster one, instead of going by shapes and dtype.

    Returns
    -------
    method : {"direct", "fft"}
    times : dict
        Seconds by method; only with ``measure=True``.

    Raises
    ------
    TypeError, ValueError
        As `convolve`.

    See Also
    --------
    convolve : takes the method as an argument.

    Notes
    -----
    Counterpart: `scipy.signal.choose_conv_method`; the choice differs, since the methods do. It depends on shapes and
    dtype alone, so that equal shapes always give equal bits. Values are not computed, so no error bound or NaN rule.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> sigkit.choose_conv_method(np.zeros(1_000_000), np.zeros(31))
    'direct'
    >>> sigkit.choose_conv_method(np.zeros(1_000_000), np.zeros(10_000))
    'fft'
    """
    x, h = _array.as_array(in1, "in1"), _array.as_array(in2, "in2")
    _convolution.check_mode(mode)
    if measure:
        import timeit

        times = {
            method: min(timeit.repeat(lambda method=method: convolve(x, h, mode, method), number=1, repeat=3))
            for method in ("direct", "fft")
        }
        return min(times, key=times.get), times
    if x.ndim != h.ndim:
        raise ValueError(f"in1 and in2 should have the same dimensionality, got {x.ndim} and {h.ndim}")
    _, sizes = _convolution.extents(mode, x.shape, h.shape)
    real_taps = (x if x.shape < h.shape else h).dtype.kind != "c"
    return _convolution.choose_method(
        x.shape, h.shape, sizes, _array.common_dtype(x, h, exact=True), real_taps=real_taps
    )


def correlation_lags(in1_len, in2_len, mode="full"):
    """The lag that each output of ``correlate(in1, in2, mode)`` stands for, in samples.

    Parameters
    ----------
    in1_len, in2_len : int
        Lengths of the two lines.
    mode : {"full", "same", "valid"}
        As in `correlate`.

    Returns
    -------
    ndarray of int64
        ``lags[k]`` is how many samples `in2` was moved to the right for output k.

    Raises
    ------
    TypeError, ValueError
        For lengths that are not integers >= 1 or have more lags than an array can hold, and unknown
        modes.

    See Also
    --------
    correlate : the outputs.

    Notes
    -----
    Counterpart: `scipy.signal.correlation_lags`, with the same result. No rounding, no NaN.

    Examples
    --------
    >>> import sigkit
    >>> sigkit.correlation_lags(3, 2)
    array([-1,  0,  1,  2])
    """
    n, m = _array.index(in1_len, "in1_len", 1), _array.index(in2_len, "in2_len", 1)
    if mode not in _convolution.MODES:
        raise ValueError(f"Mode {mode} is invalid: expected mode to be 'full', 'same' or 'valid'")
    if mode == "valid":
        first, size = min(n - m, 0), abs(n - m) + 1
    elif mode == "full":
        first, size = 1 - m, n + m - 1
    else:
        first, size = (n + m - 1) // 2 - n // 2 - (m - 1), n
    _array.check_size(max(size, -first), _array.INT64, f"in1_len={n}, in2_len={m}")
    return np.arange(first, first + size)


def correlate_bank(signal, templates, *, axis=-1, out=None):
    """Sliding dot products of one signal with many templates of one length.

    Parameters
    ----------
    signal : array_like, shape (..., n)
        Samples along `axis`.
    templates : array_like, shape (k, m)
        With ``1 <= m <= n``; conjugated where complex.
    axis : int, default -1
        The signal's axis to slide along.
    out : ndarray, shape (..., k, n - m + 1), optional
        Where to put the result; of exactly the result's dtype. May overlap the inputs.

    Returns
    -------
    ndarray, shape (..., k, n - m + 1)
        The two new axes stand where `axis` was. Dtype as `sliding_dot_product`.

    Raises
    ------
    TypeError, ValueError
        As `sliding_dot_product`; also where `templates` is not 2-D.

    See Also
    --------
    sliding_dot_product : one template.
    sigkit.pearson.sliding_pearson : takes banks too.

    Notes
    -----
    Long templates go through an FFT, the signal's spectra being computed once for all of them. Counterpart: a loop over
    ``scipy.signal.correlate(signal, template, "valid")``. Error bound and NaN rule: see the module.

    Examples
    --------
    >>> import sigkit
    >>> sigkit.correlate_bank([1.0, 2.0, 3.0, 4.0], [[1.0, 1.0], [1.0, -1.0]])
    array([[ 3.,  5.,  7.],
           [-1., -1., -1.]])
    """
    x, h = _array.as_array(signal, "signal"), _array.as_array(templates, "templates")
    if h.ndim != 2:
        raise ValueError(f"templates: expected shape (k, m), got {h.shape}")
    dtype = _array.common_dtype(x, h, exact=True)
    x = _array.axis_last(x, axis, "signal")
    n, (k, m) = x.shape[-1], h.shape
    if not 1 <= m <= n:
        raise ValueError(f"templates: expected between 1 and {n} samples each (the signal's length), got {m}")
    lines, size = x.shape[:-1], n - m + 1
    place = _array.line_place(axis, len(lines))
    shape = (*lines[:place], k, size, *lines[place:])
    computed, out = _array.output(out, shape, dtype, (x, h))
    result = np.moveaxis(computed, (place, place + 1), (-2, -1))
    finite = dtype != _array.INT64 and bool(np.isfinite(h).all())
    if finite and _convolution.choose_method((n,), (m,), (size,), dtype, lines=math.prod(lines), templates=k) == "fft":
        _convolution.overlap_save(x, np.conjugate(h[:, ::-1]), m - 1, result)
    else:
        _array.correlation(x[..., None, :], h, (0,), result, dtype, conjugate=True)
    return _array.deliver(computed, out)

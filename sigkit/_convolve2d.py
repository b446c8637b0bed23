"""`convolve2d` and `correlate2d` of `sigkit.correlation`: two axes, with a choice of boundaries."""

import numpy as np

from sigkit import _array, _convolution

_BOUNDARIES = {
    "fill": _array.CONSTANT,
    "pad": _array.CONSTANT,
    "wrap": _array.WRAP,
    "circular": _array.WRAP,
    "symm": _array.SYMMETRIC,
    "symmetric": _array.SYMMETRIC,
}


def convolve2d(in1, in2, mode="full", boundary="fill", fillvalue=0):
    """Convolve two 2-D arrays with a choice of boundaries.

    Parameters
    ----------
    in1, in2 : array_like, 2-D
        An image and a kernel.
    mode : {"full", "same", "valid"}
        As in `convolve`.
    boundary : {"fill", "wrap", "symm"}
        What lies outside of `in1`::

            fill    k k k k | a b c d | k k k k      k = fillvalue
            wrap    a b c d | a b c d | a b c d
            symm    d c b a | a b c d | d c b a

        Default "fill", as SciPy's. "pad", "circular" and "symmetric" are the same three.
    fillvalue : scalar, default 0
        The value of "fill", in the result's dtype.

    Returns
    -------
    ndarray, 2-D
        Dtype as `convolve`: integers give int64, exactly.

    Raises
    ------
    TypeError, ValueError
        As `convolve`; also for arrays that are not 2-D, an unknown boundary, or a fill value that is not a scalar.

    See Also
    --------
    correlate2d : the kernel not reversed.
    convolve : any rank, zeros outside.

    Notes
    -----
    Counterpart: `scipy.signal.convolve2d`. Differences: integers give int64; large kernels with the zero boundary go
    through an FFT. Error bound and NaN rule: see the module; over two axes the bound's m is the number of taps.

    Examples
    --------
    >>> import sigkit
    >>> sigkit.convolve2d([[1, 2], [3, 4]], [[1, 1]], mode="same", boundary="wrap")
    array([[3, 3],
           [7, 7]])
    """
    return _filter2d(in1, in2, mode, boundary, fillvalue, False)


def correlate2d(in1, in2, mode="full", boundary="fill", fillvalue=0):
    """Cross-correlate two 2-D arrays with a choice of boundaries.

    Parameters
    ----------
    in1, in2 : array_like, 2-D
        An image and a template; complex templates are conjugated.
    mode : {"full", "same", "valid"}
        As in `correlate`; but "same" puts the middle of an even template half a sample before the centre, as SciPy's
        `correlate2d` does, and its `correlate` half a sample behind.
    boundary : {"fill", "wrap", "symm"}
        As in `convolve2d`. Default "fill".
    fillvalue : scalar, default 0
        The value of "fill", in the result's dtype.

    Returns
    -------
    ndarray, 2-D
        Dtype as `correlate`: integers give int64, exactly.

    Raises
    ------
    TypeError, ValueError
        As `convolve2d`.

    See Also
    --------
    convolve2d : the kernel reversed.
    correlate : any rank, zeros outside.

    Notes
    -----
    Counterpart: `scipy.signal.correlate2d`; differences as in `convolve2d`. With "valid" and an `in1` smaller than
    `in2` SciPy's complex result is the conjugate of what its `correlate` gives; this one agrees with `correlate`.
    Error bound and NaN rule: see the module.

    Examples
    --------
    >>> import sigkit
    >>> sigkit.correlate2d([[1, 2, 3], [4, 5, 6]], [[1, 0]], mode="valid")
    array([[1, 2],
           [4, 5]])
    """
    return _filter2d(in1, in2, mode, boundary, fillvalue, True)


def _filter2d(in1, in2, mode, boundary, fillvalue, correlate):
    x, h = _array.as_array(in1, "in1"), _array.as_array(in2, "in2")
    _convolution.check_mode(mode)
    if not isinstance(boundary, str) or boundary not in _BOUNDARIES:
        raise ValueError(
            "acceptable boundary flags are 'fill', 'circular' (or 'wrap'), and 'symmetric' (or 'symm'), "
            f"got boundary={boundary!r}"
        )
    if not x.ndim == h.ndim == 2:
        raise ValueError(f"in1 and in2 must both be 2-D arrays, got {x.ndim} and {h.ndim} dimensions")
    fill = _array.as_array(fillvalue, "fillvalue")
    if fill.size != 1:
        raise ValueError(f"`fillvalue` must be scalar or an array with one element, got shape {fill.shape}")
    dtype = _array.common_dtype(x, h, exact=True)
    if dtype.kind != "c" and fill.dtype.kind == "c":
        raise ValueError(f"could not cast `fillvalue` directly to the output dtype {dtype}: got {fillvalue!r}")
    if dtype == _array.INT64 and not float(fill.item()).is_integer():
        raise ValueError(f"could not cast `fillvalue` directly to the output dtype {dtype}: got {fillvalue!r}")
    lo, sizes = _convolution.extents(mode, x.shape, h.shape)
    result = np.empty(sizes, dtype)
    kind = _BOUNDARIES[boundary]
    if mode == "same" and correlate:
        lo = tuple(m - 1 - (m - 1) // 2 for m in h.shape)
    if mode == "valid" or x.size == 0 or (kind == _array.CONSTANT and fill.item() == 0):
        _convolution.compute(x, h, lo, result, "auto", correlate)
    else:
        _convolution.compute_extended(x, h, lo, result, correlate, kind, fill.astype(dtype).item())
    return result

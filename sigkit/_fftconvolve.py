"""`fftconvolve` and `oaconvolve` of `sigkit.correlation`: convolution over chosen axes, in floating point."""

import numpy as np

from sigkit import _array, _convolution


def fftconvolve(in1, in2, mode="full", axes=None):
    """Convolve two arrays over chosen axes, in floating point.

    Parameters
    ----------
    in1, in2 : array_like
        Of equal rank; along the axes not in `axes` their lengths broadcast.
    mode : {"full", "same", "valid"}
        As in `convolve`.
    axes : int or sequence of int, optional
        The axes to convolve over. Default None: all.

    Returns
    -------
    ndarray
        float64 for integers and bool, else as `convolve`.

    Raises
    ------
    TypeError, ValueError
        As `convolve`; also for axes that are repeated, out of range or empty.

    See Also
    --------
    convolve : integers stay exact.
    oaconvolve : the same function; both names are SciPy's.

    Notes
    -----
    Counterpart: `scipy.signal.fftconvolve`, and `scipy.signal.oaconvolve`. The method is chosen as by
    ``convolve(..., method="auto")``: short kernels are summed directly, long lines go through overlap-save. Error bound
    and NaN rule: see the module; in SciPy one NaN makes all of the result NaN.

    Examples
    --------
    >>> import sigkit
    >>> sigkit.fftconvolve([1, 2, 3], [0, 1, 2])
    array([0., 1., 4., 7., 6.])
    """
    return _float_convolve(in1, in2, mode, axes)


def oaconvolve(in1, in2, mode="full", axes=None):
    """Convolve two arrays over chosen axes, in floating point; the same as `fftconvolve`.

    Parameters
    ----------
    in1, in2 : array_like
        Of equal rank; along the axes not in `axes` their lengths broadcast.
    mode : {"full", "same", "valid"}
        As in `convolve`.
    axes : int or sequence of int, optional
        The axes to convolve over. Default None: all.

    Returns
    -------
    ndarray
        float64 for integers and bool, else as `convolve`.

    Raises
    ------
    TypeError, ValueError
        As `fftconvolve`.

    See Also
    --------
    fftconvolve : the same function.

    Notes
    -----
    Counterpart: `scipy.signal.oaconvolve` (overlap-add). SciPy has two functions because the user has to know which is
    faster; here that is decided by the shapes. Error bound and NaN rule: see the module.

    Examples
    --------
    >>> import sigkit
    >>> sigkit.oaconvolve([1.0, 2.0, 3.0], [0.0, 1.0, 2.0], mode="valid")
    array([4.])
    """
    return _float_convolve(in1, in2, mode, axes)


def _float_convolve(in1, in2, mode, axes):
    x, h = _array.as_array(in1, "in1"), _array.as_array(in2, "in2")
    _convolution.check_mode(mode)
    dtype = _array.common_dtype(x, h)
    if x.ndim != h.ndim:
        raise ValueError(f"in1 and in2 should have the same dimensionality, got {x.ndim} and {h.ndim}")
    if x.ndim == 0:
        return np.multiply(x, h, dtype=dtype)
    if x.size == 0 or h.size == 0:
        return np.empty(0, dtype)
    chosen = _convolution.check_axes(axes, x.ndim)
    # Along an axis where one is a single sample, the product broadcasts.
    chosen = [a for a in chosen if x.shape[a] != 1 and h.shape[a] != 1]
    others = [a for a in range(x.ndim) if a not in chosen]
    if any(x.shape[a] != h.shape[a] and 1 not in (x.shape[a], h.shape[a]) for a in others):
        raise ValueError(f"incompatible shapes for in1 and in2: {x.shape} and {h.shape}")
    wanted = [x.shape[a] if mode == "same" else max(x.shape[a], h.shape[a]) for a in others]
    last = tuple(range(-len(chosen), 0))
    x, h = np.moveaxis(x, chosen, last), np.moveaxis(h, chosen, last)
    kept = len(chosen)
    batch = np.broadcast_shapes(x.shape[: x.ndim - kept], h.shape[: h.ndim - kept])
    lo, sizes = _convolution.extents(mode, x.shape[x.ndim - kept :], h.shape[h.ndim - kept :])
    if not chosen:
        result = np.multiply(x, h, dtype=dtype)
    else:
        order = np.argsort([*others, *chosen])
        result = np.empty(tuple(np.array([*batch, *sizes])[order]), dtype)
        _convolution.compute(x, h, lo, result.transpose([*others, *chosen]), "auto", False)
    if list(batch) == wanted:
        return result
    # "same" means the size of in1 along every axis: the middle of what in2 repeated.
    middle = [slice(None)] * result.ndim
    for axis, full, n in zip(others, batch, wanted, strict=True):
        middle[axis] = slice((full - n) // 2, (full - n) // 2 + n)
    return result[tuple(middle)].copy()

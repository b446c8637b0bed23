"""`correlate`, `convolve` and their 1-D forms of `sigkit.filters`: filters whose weights the caller brings."""

from sigkit import _array, _image_arguments, _linear_jobs


def correlate(
    input, weights, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None, nan_policy="propagate"
):
    """Correlate an image of any rank with weights.

    ``out[i] = sum over j of input[i + j - size // 2 - origin] * conj(weights[j])``.

    Parameters
    ----------
    input : array_like
        Real or complex, of any rank.
    weights : array_like
        With one dimension for each axis filtered; of any size, also even or larger than the image.
    output : dtype or ndarray, optional
        The dtype of the result, or where to put it; may overlap `input`. Default: see the module.
    mode : str or sequence of str, default "reflect"
        What lies beyond the edges, also one word for each axis: see the module.
    cval : scalar, default 0.0
        The value of "constant".
    origin : int or sequence of int, default 0
        How far the middle of the weights, ``size // 2``, is moved along each axis: positive numbers move the result
        towards higher indices.
    axes : int or sequence of int, optional
        The axes to filter along, all others are batches. The dimensions of `weights` belong to them in ascending order,
        `origin` and `mode` in the order given (as SciPy's, but where it gets all axes). Default None: all.
    nan_policy : {"propagate", "omit"}
        Whether a NaN sample reaches every output whose window holds it (default), or counts as missing: see the module.

    Returns
    -------
    ndarray
        Of the shape of `input`; its dtype: see the module. `output` where it was given.

    Raises
    ------
    TypeError
        For masked arrays, matrices, unsupported dtypes, and arguments of the wrong type.
    ValueError
        If `weights` are empty or have another number of dimensions, for an origin outside of the weights, an unknown
        mode, and an `output` that does not fit.

    See Also
    --------
    convolve : the weights reversed.
    correlate1d : along one axis.
    sigkit.correlation.correlate : other extents, zeros outside, exact integers.

    Notes
    -----
    Counterpart: `scipy.ndimage.correlate`. Differences: integers saturate; a mode for each axis; `nan_policy`; wrong
    shapes raise `ValueError`.

    Weights that are an outer product are summed along one axis after the other; so are those of two axes that are a sum
    of few such products (by their singular values), and large ones of two axes go through an FFT in blocks, with one
    mode for both axes. Which way is chosen by the weights, shapes and dtype. Error bounds of each: see the module.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import filters
    >>> image = np.arange(25).reshape(5, 5)
    >>> filters.correlate(image, [[0, 1, 0], [1, 1, 1], [0, 1, 0]])
    array([[  6,  10,  15,  20,  24],
           [ 26,  30,  35,  40,  44],
           [ 51,  55,  60,  65,  69],
           [ 76,  80,  85,  90,  94],
           [ 96, 100, 105, 110, 114]])
    """
    return _nd(input, weights, output, mode, cval, origin, axes, nan_policy, False)


def convolve(
    input, weights, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None, nan_policy="propagate"
):
    """Convolve an image of any rank with weights.

    ``out[i] = sum over j of input[i - j + size // 2 + origin] * weights[j]``, for even sizes as for odd ones.

    Parameters
    ----------
    input : array_like
        Real or complex, of any rank.
    weights : array_like
        With one dimension for each axis filtered; of any size, also even or larger than the image.
    output : dtype or ndarray, optional
        The dtype of the result, or where to put it; may overlap `input`. Default: see the module.
    mode : str or sequence of str, default "reflect"
        What lies beyond the edges, also one word for each axis: see the module.
    cval : scalar, default 0.0
        The value of "constant".
    origin : int or sequence of int, default 0
        How far the middle of the weights, ``size // 2``, is moved along each axis, towards lower indices of the result.
    axes : int or sequence of int, optional
        As in `correlate`.
    nan_policy : {"propagate", "omit"}
        As in `correlate`.

    Returns
    -------
    ndarray
        Of the shape of `input`; its dtype: see the module. `output` where it was given.

    Raises
    ------
    TypeError, ValueError
        As `correlate`.

    See Also
    --------
    correlate : the weights as they are (and conjugated).
    sigkit.correlation.convolve : other extents, zeros outside, exact integers.

    Notes
    -----
    Counterpart: `scipy.ndimage.convolve`; differences, methods and errors as `correlate`. ``cv2.filter2D`` and the
    layers of neural networks correlate.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import filters
    >>> impulse = np.zeros((3, 4), np.uint8)
    >>> impulse[1, 1] = 1
    >>> filters.convolve(impulse, [[1, 2, 3], [4, 5, 6]])
    array([[1, 2, 3, 0],
           [4, 5, 6, 0],
           [0, 0, 0, 0]], dtype=uint8)
    """
    return _nd(input, weights, output, mode, cval, origin, axes, nan_policy, True)


def correlate1d(
    input, weights, axis=-1, output=None, mode="reflect", cval=0.0, origin=0, *, nan_policy="propagate"
):
    """Correlate every line along one axis with weights.

    Parameters
    ----------
    input : array_like
        Real or complex, with at least one dimension.
    weights : array_like, 1-D
        Of any length, also even or longer than the lines; complex ones are conjugated.
    axis : int, default -1
        The axis to filter along.
    output : dtype or ndarray, optional
        The dtype of the result, or where to put it; may overlap `input`. Default: see the module.
    mode : str, default "reflect"
        What lies beyond the ends: see the module.
    cval : scalar, default 0.0
        The value of "constant".
    origin : int, default 0
        As in `correlate`.
    nan_policy : {"propagate", "omit"}
        As in `correlate`.

    Returns
    -------
    ndarray
        Of the shape of `input`; its dtype: see the module. `output` where it was given.

    Raises
    ------
    TypeError, ValueError
        As `correlate`; also for an `axis` out of range.

    See Also
    --------
    convolve1d : the weights reversed.
    sigkit.correlation.sliding_dot_product : only where all samples exist.

    Notes
    -----
    Counterpart: `scipy.ndimage.correlate1d`; differences as `correlate`. Always a direct sum: for error bound and NaN
    rule see the module.

    Examples
    --------
    >>> from sigkit import filters
    >>> filters.correlate1d([2, 8, 0, 4, 1, 9, 9, 0], weights=[1, 3])
    array([ 8, 26,  8, 12,  7, 28, 36,  9])
    """
    return _1d(input, weights, axis, output, mode, cval, origin, nan_policy, False)


def convolve1d(
    input, weights, axis=-1, output=None, mode="reflect", cval=0.0, origin=0, *, nan_policy="propagate"
):
    """Convolve every line along one axis with weights.

    Parameters
    ----------
    input : array_like
        Real or complex, with at least one dimension.
    weights : array_like, 1-D
        Of any length, also even or longer than the lines.
    axis : int, default -1
        The axis to filter along.
    output : dtype or ndarray, optional
        The dtype of the result, or where to put it; may overlap `input`. Default: see the module.
    mode : str, default "reflect"
        What lies beyond the ends: see the module.
    cval : scalar, default 0.0
        The value of "constant".
    origin : int, default 0
        As in `convolve`.
    nan_policy : {"propagate", "omit"}
        As in `correlate`.

    Returns
    -------
    ndarray
        Of the shape of `input`; its dtype: see the module. `output` where it was given.

    Raises
    ------
    TypeError, ValueError
        As `correlate1d`.

    See Also
    --------
    correlate1d : the weights as they are (and conjugated).

    Notes
    -----
    Counterpart: `scipy.ndimage.convolve1d`; differences as `correlate`. Always a direct sum: for error bound and NaN
    rule see the module.

    Examples
    --------
    >>> from sigkit import filters
    >>> filters.convolve1d([2, 8, 0, 4, 1, 9, 9, 0], weights=[1, 3])
    array([14, 24,  4, 13, 12, 36, 27,  0])
    """
    return _1d(input, weights, axis, output, mode, cval, origin, nan_policy, True)


def _nd(input, weights, output, mode, cval, origin, axes, nan_policy, convolution):
    taps = _image_arguments.weights(weights)
    call = _image_arguments.Filtering(input, output, complex_weights=taps.dtype.kind == "c")
    axes = _image_arguments.normal_axes(axes, call.x.ndim)
    if taps.ndim != len(axes):
        raise ValueError(
            f"weights: expected {len(axes)} dimensions, one for each axis of input that is filtered, got {taps.ndim}"
        )
    origins = _image_arguments.per_axis(origin, len(axes), "origin")
    modes = _image_arguments.per_axis(mode, len(axes), "mode")
    order = sorted(range(len(axes)), key=axes.__getitem__)
    axes, origins, modes = ([values[i] for i in order] for values in (axes, origins, modes))
    return _filtered(call, taps, axes, origins, modes, cval, nan_policy, convolution)


def _1d(input, weights, axis, output, mode, cval, origin, nan_policy, convolution):
    taps = _image_arguments.weights(weights)
    if taps.ndim != 1:
        raise ValueError(f"weights: expected 1 dimension, got {taps.ndim}")
    call = _image_arguments.Filtering(input, output, complex_weights=taps.dtype.kind == "c")
    if call.x.ndim == 0:
        raise ValueError("input: expected at least one dimension, got a scalar")
    axis = _array.index(axis, "axis")
    axes = _image_arguments.normal_axes(axis, call.x.ndim, "axis")
    return _filtered(call, taps, axes, [origin], mode, cval, nan_policy, convolution)


def _filtered(call, taps, axes, origins, mode, cval, nan_policy, convolution):
    starts = [_image_arguments.first_tap(n, o) for n, o in zip(taps.shape, origins, strict=True)]
    if convolution:
        taps = taps[(slice(None, None, -1),) * taps.ndim]
        starts = [-start - n + 1 for start, n in zip(starts, taps.shape, strict=True)]
    else:
        taps = taps.conj()
    modes = _image_arguments.boundaries(mode, len(axes))
    job = _linear_jobs.Kernel(taps, starts, axes, modes)
    return _linear_jobs.apply(call, job, _image_arguments.fill(cval, call), nan_policy)

"""`uniform_filter`, `minimum_filter`, `maximum_filter` of `sigkit.filters`, and their 1-D forms."""

import math

import numpy as np

from sigkit import _array, _image_arguments, _neighbourhoods, _rank_filters


def uniform_filter(input, size=3, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    """Mean over a box around each sample.

    Parameters
    ----------
    input : array_like
        Real or complex, of any rank.
    size : int or sequence of int, default 3
        Samples of the box along each axis that is filtered, odd or even.
    output : dtype or ndarray, optional
        The dtype of the result, or where to put it; may overlap `input`. Default: see the module.
    mode : str or sequence of str, default "reflect"
        What lies beyond the edges, also one word for each axis: see the module.
    cval : scalar, default 0.0
        The value of "constant".
    origin : int or sequence of int, default 0
        How far the middle of the box, ``size // 2``, is moved along each axis: positive numbers move the result towards
        higher indices.
    axes : int or sequence of int, optional
        The axes to filter along, all others are batches. `size`, `mode` and `origin` belong to them in the order given.
        Default None: all.

    Returns
    -------
    ndarray
        Of the shape of `input`; its dtype: see the module. `output` where it was given.

    Raises
    ------
    TypeError
        For masked arrays, matrices, unsupported dtypes, and arguments of the wrong type.
    ValueError
        For a size below 1, an origin outside of the box, an unknown mode, and an `output` that does not fit.

    See Also
    --------
    uniform_filter1d : along one axis.
    gaussian_filter : a window without side lobes.
    median_filter : the middle one in place of the mean.

    Notes
    -----
    Counterpart: `scipy.ndimage.uniform_filter`. Differences: integers are rounded, once, not cut off along each axis; a
    mean is the sum of its own samples alone, taken by additions of partial sums, where SciPy carries a running sum
    along the line: a NaN stays in its windows, and large values leave nothing behind.

    Error: a sample passes through at most ``2 log2(size)`` additions along each axis; the result is off by so many eps
    of the mean of the absolute values, and by 2 eps of itself. The sum must not overflow the computing dtype.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import filters
    >>> filters.uniform_filter(np.array([[0, 0, 0], [0, 90, 0], [0, 0, 0]]), size=3)
    array([[10, 10, 10],
           [10, 10, 10],
           [10, 10, 10]])
    """
    call = _image_arguments.Filtering(input, output)
    axes = _image_arguments.normal_axes(axes, call.x.ndim)
    return _uniform(call, size, axes, origin, mode, cval)


def uniform_filter1d(input, size, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):
    """Mean over a window along one axis.

    Parameters
    ----------
    input : array_like
        Real or complex, of any rank but 0.
    size : int
        Samples of the window, odd or even.
    axis : int, default -1
        The axis to filter along.
    output : dtype or ndarray, optional
        The dtype of the result, or where to put it; may overlap `input`. Default: see the module.
    mode : str, default "reflect"
        What lies beyond the ends: see the module.
    cval : scalar, default 0.0
        The value of "constant".
    origin : int, default 0
        As in `uniform_filter`.

    Returns
    -------
    ndarray
        Of the shape of `input`; its dtype: see the module. `output` where it was given.

    Raises
    ------
    TypeError, ValueError
        As `uniform_filter`.

    See Also
    --------
    uniform_filter : along several axes.

    Notes
    -----
    Counterpart: `scipy.ndimage.uniform_filter1d`; differences, NaN rule and error as `uniform_filter`.

    Examples
    --------
    >>> from sigkit import filters
    >>> filters.uniform_filter1d([2.0, 8, 0, 4, 1, 9, 9, 0], size=3)
    array([4.        , 3.33333333, 4.        , 1.66666667, 4.66666667,
           6.33333333, 6.        , 3.        ])
    """
    call = _image_arguments.Filtering(input, output)
    return _uniform(call, size, _one_axis(call.x, axis), origin, mode, cval)


def minimum_filter(
    input, size=None, footprint=None, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None
):
    """Least sample of a neighbourhood: erosion by a flat structuring element.

    Parameters
    ----------
    input : array_like
        Real, of any rank.
    size : int or sequence of int, optional
        Samples of a box along each axis that is filtered. Either this or `footprint` is given; with both, `footprint`
        is taken.
    footprint : array_like of bool, optional
        Which samples belong to the neighbourhood, with one dimension for each axis that is filtered, in ascending
        order.
    output : dtype or ndarray, optional
        The dtype of the result, or where to put it; may overlap `input`. Default: that of `input`, float32 for float16.
    mode : str or sequence of str, default "reflect"
        What lies beyond the edges, also one word for each axis: see the module.
    cval : scalar, default 0.0
        The value of "constant"; for integers rounded and saturated.
    origin : int or sequence of int, default 0
        How far the middle of the neighbourhood, ``size // 2``, is moved along each axis: positive numbers move the
        result towards higher indices.
    axes : int or sequence of int, optional
        The axes to filter along, all others are batches. `size`, `mode` and `origin` belong to them in the order given.
        Default None: all.

    Returns
    -------
    ndarray
        Of the shape of `input`; `output` where it was given. Samples are compared in their own dtype: it is exact.

    Raises
    ------
    TypeError
        For complex input, masked arrays, matrices, unsupported dtypes, and arguments of the wrong type.
    ValueError
        If neither size nor footprint is given, for an empty footprint, a size below 1, an origin outside, an unknown
        mode, and an `output` that does not fit.

    See Also
    --------
    maximum_filter : the largest; rank_filter : any other.

    Notes
    -----
    Counterpart: `scipy.ndimage.minimum_filter`. Difference: the result is NaN exactly where the neighbourhood holds
    one.

    Boxes are worked off along one axis after the other, at a cost that hardly depends on their size (M. van Herk, "A
    fast algorithm for local minimum and maximum filters on rectangular and octagonal kernels", Pattern Recognition
    Letters 13, 1992); other footprints as `rank_filter` does.

    Examples
    --------
    >>> from sigkit import filters
    >>> filters.minimum_filter([5, 3, 8, 9, 9, 7], size=3)
    array([3, 3, 3, 8, 7, 7])
    """
    return _extreme(_array.LEAST, input, size, footprint, output, mode, cval, origin, axes)


def maximum_filter(
    input, size=None, footprint=None, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None
):
    """Largest sample of a neighbourhood: dilation by a flat structuring element.

    Parameters
    ----------
    input : array_like
        Real, of any rank.
    size : int or sequence of int, optional
        As in `minimum_filter`.
    footprint : array_like of bool, optional
        As in `minimum_filter`; it is not mirrored.
    output : dtype or ndarray, optional
        As in `minimum_filter`.
    mode : str or sequence of str, default "reflect"
        What lies beyond the edges, also one word for each axis: see the module.
    cval : scalar, default 0.0
        The value of "constant"; for integers rounded and saturated.
    origin : int or sequence of int, default 0
        As in `minimum_filter`.
    axes : int or sequence of int, optional
        The axes to filter along, all others are batches. `size`, `mode` and `origin` belong to them in the order given.
        Default None: all.

    Returns
    -------
    ndarray
        Of the shape of `input`; `output` where it was given. Exact.

    Raises
    ------
    TypeError, ValueError
        As `minimum_filter`.

    See Also
    --------
    minimum_filter : the least.
    maximum_filter1d : along one axis.

    Notes
    -----
    Counterpart: `scipy.ndimage.maximum_filter`; NaN rule and method as `minimum_filter`.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import filters
    >>> image = np.zeros((3, 4), np.uint8)
    >>> image[1, 1] = 9
    >>> filters.maximum_filter(image, footprint=[[0, 1, 0], [1, 1, 1], [0, 1, 0]])
    array([[0, 9, 0, 0],
           [9, 9, 9, 0],
           [0, 9, 0, 0]], dtype=uint8)
    """
    return _extreme(_array.LARGEST, input, size, footprint, output, mode, cval, origin, axes)


def minimum_filter1d(input, size, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):
    """Least sample of a window along one axis.

    Parameters
    ----------
    input : array_like
        Real, of any rank but 0.
    size : int
        Samples of the window.
    axis : int, default -1
        The axis to filter along.
    output : dtype or ndarray, optional
        As in `minimum_filter`.
    mode : str, default "reflect"
        What lies beyond the ends: see the module.
    cval : scalar, default 0.0
        The value of "constant"; for integers rounded and saturated.
    origin : int, default 0
        As in `minimum_filter`.

    Returns
    -------
    ndarray
        Of the shape of `input`; `output` where it was given. Exact.

    Raises
    ------
    TypeError, ValueError
        As `minimum_filter`.

    See Also
    --------
    minimum_filter : along several axes, or under a footprint.

    Notes
    -----
    Counterpart: `scipy.ndimage.minimum_filter1d`; NaN rule and method as `minimum_filter`.

    Examples
    --------
    >>> from sigkit import filters
    >>> filters.minimum_filter1d([2, 8, 0, 4, 1, 9, 9, 0], size=3)
    array([2, 0, 0, 0, 1, 1, 0, 0])
    """
    return _extreme_1d(_array.LEAST, input, size, axis, output, mode, cval, origin)


def maximum_filter1d(input, size, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):
    """Largest sample of a window along one axis.

    Parameters
    ----------
    input : array_like
        Real, of any rank but 0.
    size : int
        Samples of the window.
    axis : int, default -1
        The axis to filter along.
    output : dtype or ndarray, optional
        As in `minimum_filter`.
    mode : str, default "reflect"
        What lies beyond the ends: see the module.
    cval : scalar, default 0.0
        The value of "constant"; for integers rounded and saturated.
    origin : int, default 0
        As in `minimum_filter`.

    Returns
    -------
    ndarray
        Of the shape of `input`; `output` where it was given. Exact.

    Raises
    ------
    TypeError, ValueError
        As `minimum_filter`.

    See Also
    --------
    maximum_filter : along several axes, or under a footprint.

    Notes
    -----
    Counterpart: `scipy.ndimage.maximum_filter1d`; NaN rule and method as `minimum_filter`.

    Examples
    --------
    >>> from sigkit import filters
    >>> filters.maximum_filter1d([2, 8, 0, 4, 1, 9, 9, 0], size=3)
    array([8, 8, 8, 4, 9, 9, 9, 9])
    """
    return _extreme_1d(_array.LARGEST, input, size, axis, output, mode, cval, origin)


def _one_axis(x, axis):
    if x.ndim == 0:
        raise ValueError("input: expected at least one dimension, got a scalar")
    return _image_arguments.normal_axes(_array.index(axis, "axis"), x.ndim, "axis")


def _box(size, axes, origin):
    """(sizes, where each begins) along the axes."""
    sizes = _image_arguments.sizes(size, len(axes))
    origins = _image_arguments.per_axis(origin, len(axes), "origin")
    return sizes, [_image_arguments.first_tap(n, o) for n, o in zip(sizes, origins, strict=True)]


def _uniform(call, size, axes, origin, mode, cval):
    sizes, starts = _box(size, axes, origin)
    dtype = _image_arguments.summed_in(call.x, call.dtype, False)
    modes, fill = _image_arguments.boundaries(mode, len(axes)), _image_arguments.fill(cval, call).astype(dtype)
    _neighbourhoods.rectangle(
        call.x, call.computed, _array.SUM, sizes, starts, axes, modes, fill, dtype, float(math.prod(sizes))
    )
    return call.finish()


def _extreme(kind, input, size, footprint, output, mode, cval, origin, axes):
    call = _rank_filters.Ordering(input, output, cval)
    axes = _image_arguments.normal_axes(axes, call.samples.ndim)
    if footprint is not None:
        shape = _rank_filters.neighbourhood(size, footprint, axes)
        if not shape.all():
            count = int(np.count_nonzero(shape))
            return call.rank(0 if kind == _array.LEAST else count - 1, shape, axes, mode, origin)
        size = shape.shape
    elif size is None:
        raise ValueError("size and footprint: expected one of them, got neither")
    return _boxed(kind, call, size, axes, mode, origin)


def _extreme_1d(kind, input, size, axis, output, mode, cval, origin):
    call = _rank_filters.Ordering(input, output, cval)
    return _boxed(kind, call, size, _one_axis(call.samples, axis), mode, origin)


def _boxed(kind, call, size, axes, mode, origin):
    sizes, starts = _box(size, axes, origin)
    modes = _image_arguments.boundaries(mode, len(axes))
    dtype = call.samples.dtype
    for i, axis in enumerate(axes):  # what lies further away than two lengths of the image repeats what does not
        far = 2 * call.samples.shape[axis]
        sizes[i], starts[i] = min(starts[i] + sizes[i], far + 1) - max(starts[i], -far), max(starts[i], -far)
    _neighbourhoods.rectangle(call.samples, call.results, kind, sizes, starts, axes, modes, call.fill, dtype)
    return call.finish()

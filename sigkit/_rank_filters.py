"""`rank_filter`, `median_filter`, `percentile_filter` of `sigkit.filters`: samples by their order nearby."""

import math

import numpy as np

from sigkit import _array, _image_arguments, _neighbourhoods


class Ordering:
    """One call of a filter that compares samples: in their own dtype, whatever becomes of them."""

    def __init__(self, input, output, cval):
        self.call = _image_arguments.Filtering(input, output)
        x = self.call.x
        if x.dtype.kind == "c":
            raise TypeError(f"input: complex samples have no order, got dtype {x.dtype}")
        if x.dtype == np.float16:
            x = x.astype(np.float32)
        elif x.dtype.kind == "b":
            x = x.view(np.uint8)
        elif not x.dtype.isnative:
            x = x.astype(x.dtype.newbyteorder("="))
        self.samples = x
        computed = self.call.computed
        if computed.dtype.kind == "b" and x.dtype == np.uint8 and self.call.x.dtype.kind == "b":
            computed = computed.view(np.uint8)
        self.results = computed if computed.dtype == x.dtype else np.empty(x.shape, x.dtype)
        fill = _image_arguments.constant(cval, self.call)
        self.fill = _saturated(fill != 0 if self.call.x.dtype.kind == "b" else fill, x.dtype)

    def rank(self, place, shape, axes, mode, origin):
        origins = _image_arguments.per_axis(origin, len(axes), "origin")
        starts = [_image_arguments.first_tap(n, o) for n, o in zip(shape.shape, origins, strict=True)]
        modes = _image_arguments.boundaries(mode, len(axes))
        _neighbourhoods.rank(self.samples, self.results, place, shape, starts, axes, modes, self.fill)
        return self.finish()

    def finish(self):
        computed = self.call.computed
        if self.results.dtype != computed.dtype and not (computed.dtype.kind == "b" and self.results.base is computed):
            computed[...] = _saturated(self.results, computed.dtype)
        return self.call.finish()


def rank_filter(
    input, rank, size=None, footprint=None, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None
):
    """The sample of a certain rank in a neighbourhood.

    Parameters
    ----------
    input : array_like
        Real, of any rank.
    rank : int
        Place in ascending order, from 0 on; negative from the largest, -1, on.
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
        If neither size nor footprint is given, for an empty footprint, a size below 1, a rank or an origin outside, an
        unknown mode, and an `output` that does not fit.

    See Also
    --------
    median_filter, percentile_filter : ranks by their share.
    minimum_filter, maximum_filter : the first and the last one, faster for boxes.

    Notes
    -----
    Counterpart: `scipy.ndimage.rank_filter`. Difference: the result is NaN exactly where the neighbourhood holds one.

    Medians of 3 x 3 and 5 x 5 and other small neighbourhoods: by networks of comparisons. Large boxes of bytes: by
    counts of values (S. Perreault and P. Hebert, "Median filtering in constant time", IEEE Transactions on Image
    Processing 16, 2007). All others: the samples under a tile are sorted once, and a set of places follows the
    neighbourhood (J. Suomela, "Median filtering is equivalent to sorting", arXiv:1406.1717).

    Examples
    --------
    >>> from sigkit import filters
    >>> filters.rank_filter([5, 3, 8, 9, 9, 7], rank=1, size=3)
    array([5, 5, 8, 9, 9, 7])
    """
    rank = _array.index(rank, "rank")
    return _ranked(input, size, footprint, output, mode, cval, origin, axes, lambda count: _place(rank, count))


def median_filter(input, size=None, footprint=None, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    """The middle sample of a neighbourhood; of an even number the upper one of two.

    Parameters
    ----------
    input : array_like
        Real, of any rank.
    size : int or sequence of int, optional
        As in `rank_filter`.
    footprint : array_like of bool, optional
        As in `rank_filter`.
    output : dtype or ndarray, optional
        As in `rank_filter`.
    mode : str or sequence of str, default "reflect"
        What lies beyond the edges, also one word for each axis: see the module.
    cval : scalar, default 0.0
        The value of "constant"; for integers rounded and saturated.
    origin : int or sequence of int, default 0
        As in `rank_filter`.
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
        As `rank_filter`.

    See Also
    --------
    rank_filter : any other rank; the methods.
    uniform_filter : the mean.

    Notes
    -----
    Counterpart: `scipy.ndimage.median_filter`; difference and NaN rule as `rank_filter`. ``cv2.medianBlur`` is this
    with ``mode="nearest"``, for odd sizes.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import filters
    >>> image = np.full((3, 4), 7, np.uint8)
    >>> image[1, 1] = 255
    >>> filters.median_filter(image, size=3)
    array([[7, 7, 7, 7],
           [7, 7, 7, 7],
           [7, 7, 7, 7]], dtype=uint8)
    """
    return _ranked(input, size, footprint, output, mode, cval, origin, axes, lambda count: count // 2)


def percentile_filter(
    input, percentile, size=None, footprint=None, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None
):
    """The sample of a neighbourhood below which a certain share of it lies.

    Parameters
    ----------
    input : array_like
        Real, of any rank.
    percentile : float
        From 0, the least, to 100, the largest; from -100 on it counts from there: -20 is 80. Of n samples it is the one
        of rank ``int(n * percentile / 100)``: no value between two samples.
    size : int or sequence of int, optional
        As in `rank_filter`.
    footprint : array_like of bool, optional
        As in `rank_filter`.
    output : dtype or ndarray, optional
        As in `rank_filter`.
    mode : str or sequence of str, default "reflect"
        What lies beyond the edges, also one word for each axis: see the module.
    cval : scalar, default 0.0
        The value of "constant"; for integers rounded and saturated.
    origin : int or sequence of int, default 0
        As in `rank_filter`.
    axes : int or sequence of int, optional
        The axes to filter along, all others are batches. `size`, `mode` and `origin` belong to them in the order given.
        Default None: all.

    Returns
    -------
    ndarray
        Of the shape of `input`; `output` where it was given. Exact.

    Raises
    ------
    TypeError
        As `rank_filter`.
    ValueError
        As `rank_filter`, and for a percentile outside of -100 to 100.

    See Also
    --------
    rank_filter : ranks by number; the methods.

    Notes
    -----
    Counterpart: `scipy.ndimage.percentile_filter`; difference and NaN rule as `rank_filter`.

    Examples
    --------
    >>> from sigkit import filters
    >>> filters.percentile_filter([5, 3, 8, 9, 9, 7], 25, size=4)
    array([3, 5, 5, 8, 8, 7])
    """
    share = _image_arguments.number(percentile, "percentile")
    if not -100 <= share <= 100:
        raise ValueError(f"percentile={percentile!r}: expected -100 to 100")
    share += 100 if share < 0 else 0
    return _ranked(input, size, footprint, output, mode, cval, origin, axes,
                   lambda count: min(int(count * share / 100), count - 1))  # fmt: skip


def neighbourhood(size, footprint, axes):
    """The footprint as an array of bool with one dimension for each axis, in the order of `axes`."""
    if footprint is None:
        if size is None:
            raise ValueError("size and footprint: expected one of them, got neither")
        sizes = _image_arguments.sizes(size, len(axes))
        if math.prod(sizes) > _array.LONGEST:
            raise ValueError(f"size={_array.shown(size)}: a window has more samples than can be counted")
        return np.ones(sizes, bool)
    shape = _array.as_array(footprint, "footprint").astype(bool)
    if shape.ndim != len(axes):
        raise ValueError(
            f"footprint: expected {len(axes)} dimensions, one for each axis of input that is filtered, got {shape.ndim}"
        )
    if not shape.any():
        raise ValueError("footprint: expected at least one sample that is True, got none")
    return shape.transpose([sorted(axes).index(axis) for axis in axes])


def _ranked(input, size, footprint, output, mode, cval, origin, axes, place):
    call = Ordering(input, output, cval)
    axes = _image_arguments.normal_axes(axes, call.samples.ndim)
    shape = neighbourhood(size, footprint, axes)
    return call.rank(place(int(np.count_nonzero(shape))), shape, axes, mode, origin)


def _place(rank, count):
    if not -count <= rank < count:
        raise ValueError(f"rank={rank}: expected {-count} to {count - 1} in a neighbourhood of {count}")
    return rank % count


def _saturated(x, dtype):
    """x as another dtype: integers rounded half to even and saturated, NaN as 0."""
    if dtype.kind not in "iu" or x.dtype == dtype:
        return x.astype(dtype)
    limits = np.iinfo(dtype)
    if x.dtype.kind in "iub":
        own = np.iinfo(x.dtype) if x.dtype.kind != "b" else np.iinfo(np.uint8)
        return np.clip(x, max(limits.min, own.min), min(limits.max, own.max)).astype(dtype)
    x = np.rint(np.where(np.isnan(x), 0, x))
    above, below = x >= float(limits.max), x <= float(limits.min)
    whole = np.where(above | below, 0, x).astype(dtype)
    whole[above], whole[below] = limits.max, limits.min
    return whole

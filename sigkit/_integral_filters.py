"""`integral_image` and `haar_features` of `sigkit.filters`: sums over rectangles."""

import math

import numpy as np

from sigkit import _array, _image_arguments

_CELLS = {
    "type-2-x": ((0, 0), (0, 1)),
    "type-2-y": ((0, 0), (1, 0)),
    "type-3-x": ((0, 0), (0, 1), (0, 2)),
    "type-3-y": ((0, 0), (1, 0), (2, 0)),
    "type-4": ((0, 0), (0, 1), (1, 1), (1, 0)),
}
"""Of each type, (row, column) of its rectangles in units of one of them: the first and the third are subtracted."""

_MOST_RECTANGLES = 4
_TILE = 1 << 16
"""Samples of images that are worked on at once, one window at least."""
_EDGE = 1 << 8
"""Samples along a side of a tile of a large image, one window at least."""
_STACK = 1 << 18
"""Sums over rectangles that are held at once, those of one size at least."""
_FEATURES = 1 << 16
_VALUES = 1 << 17
"""Features at once, and values of them."""
_MOST_FEATURES = 1 << 62


def integral_image(image, *, dtype=None, axes=None):
    """Summed-area table: the sum of all samples above and to the left of each one, and of itself.

    Parameters
    ----------
    image : array_like
        Real or complex, of any rank.
    dtype : dtype, optional
        In which sums are taken and returned: bool and float16 are none. Default: float64 for floating point images,
        complex128 for complex ones; of integers as `numpy.cumsum`, int64, or uint64 for unsigned ones.
    axes : int or sequence of int, optional
        The axes to sum along; all others are batches: ``(-2, -1)`` for a stack of images. Default None: all.

    Returns
    -------
    ndarray
        Of the shape of `image`: ``out[i, j] = image[: i + 1, : j + 1].sum()``.

    Raises
    ------
    TypeError
        For masked arrays, matrices, unsupported dtypes, and a `dtype` that would lose fractions, signs or imaginary
        parts.
    ValueError
        For axes out of range, or named twice.

    See Also
    --------
    haar_features : differences between sums over rectangles.
    uniform_filter : means of boxes, without the cancellation of large sums.

    Notes
    -----
    Counterpart: `skimage.transform.integral_image`; `axes` is ours. ``cv2.integral`` puts a row and a column of zeros
    before it, so that four entries give the sum over any rectangle, also at the edges: ``numpy.pad(out, ((1, 0), (1,
    0)))`` here.

    Integers are exact modulo 2^64 (of the `dtype` given), so that the sum over a rectangle is exact wherever it fits in
    itself. A floating point sum is off by at most ``(rows + columns) * eps`` times the sum of the magnitudes, and a
    rectangle's sum by four such errors, however small the rectangle. NaN and infinity reach every entry below and to
    the right of them, whose sums hold them: rectangles there are lost. `haar_features` does neither.

    Source: F. Crow, "Summed-area tables for texture mapping", Computer Graphics 18 (SIGGRAPH), 1984.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import filters
    >>> image = np.arange(12, dtype=np.uint8).reshape(3, 4)
    >>> filters.integral_image(image)
    array([[ 0,  1,  3,  6],
           [ 4, 10, 18, 28],
           [12, 27, 45, 66]], dtype=uint64)

    The sum over rows 1 to 2 and columns 2 to 3, of four entries:

    >>> table = np.pad(filters.integral_image(image, dtype=np.int64), ((1, 0), (1, 0)))
    >>> (table[3, 4] - table[1, 4] - table[3, 2] + table[1, 2]).item(), image[1:3, 2:4].sum().item()
    (34, 34)
    """
    x = _array.as_array(image, "image")
    axes = _image_arguments.normal_axes(axes, x.ndim, of="image")
    out = np.empty(x.shape, _sum_dtype(x.dtype, dtype))
    if not axes or x.size == 0:
        out[...] = x
        return out
    source = x
    with np.errstate(invalid="ignore", over="ignore"):
        for axis in axes:
            if axis == x.ndim - 1:
                np.cumsum(source, axis, out.dtype, out)
            else:  # line upon line, where NumPy would step through memory
                lines, sums = np.moveaxis(source, axis, 0), np.moveaxis(out, axis, 0)
                sums[0] = lines[0]
                for i in range(1, len(sums)):
                    np.add(sums[i - 1], lines[i], out=sums[i], dtype=out.dtype)
            source = out
    return out


def _sum_dtype(own, dtype):
    if dtype is None:
        if own.kind in "fc":
            return np.promote_types(own, np.float64)
        return np.dtype(np.uint64 if own.kind == "u" else np.int64)
    try:
        result = np.dtype(dtype).newbyteorder("=")
    except (TypeError, ValueError, SyntaxError):
        raise TypeError(f"dtype: expected a dtype, got {_array.shown(dtype)}") from None
    if result.kind not in "iufc" or result.itemsize > (16 if result.kind == "c" else 8) or result == np.float16:
        raise TypeError(f"dtype: {result} is not supported; expected integers, float32, float64, complex64, complex128")
    if not np.can_cast(own, result, "same_kind"):
        raise TypeError(f"dtype: {result} would lose part of what an image of {own} holds")
    return result


def haar_features(image, feature_type=None, *, indices=None, window=None, step=1, return_rectangles=False):
    """Rectangle features of Viola and Jones: sums over some rectangles less sums over others beside them.

    Parameters
    ----------
    image : array_like, shape (..., rows, columns)
        Real images, not integral ones. Those of a batch are worked on together.
    feature_type : str or sequence of str, optional
        Two rectangles side by side ("type-2-x") or one above the other ("type-2-y"), three of them ("type-3-x",
        "type-3-y"), or two by two like a chessboard ("type-4"). Default None: all five, in this order.
    indices : array_like of int, shape (n_features,), optional
        Which features, by their places in the whole list, such as the best ones of a classifier that was trained on
        all. Default None: all.
    window : int or pair of int, optional
        Rows and columns of a window that slides over the image; its features are taken wherever it fits. Default None:
        the whole image is the window.
    step : int or pair of int, default 1
        Rows and columns from one place of the window to the next.
    return_rectangles : bool, default False
        Return the rectangles, too.

    Returns
    -------
    features : ndarray, shape (..., n_features) or (..., window rows, window columns, n_features)
        int64 for integers and bool, float32 for float16 and float32 images, float64 for float64. The places of a
        `window` stand before the features: ``(rows - window[0]) // step[0] + 1`` down, the like across.
    rectangles : ndarray of int64, shape (n_features, 4, 4)
        Only with `return_rectangles`: (top, bottom, left, right) of up to four rectangles within the window, as the
        slice ``[top:bottom, left:right]``; all 0, which is empty, where a feature has fewer. The first and the third
        one are subtracted, the second and the fourth one added.

    Raises
    ------
    TypeError
        For complex images, masked arrays, matrices, unsupported dtypes, and arguments of the wrong type.
    ValueError
        For fewer than two dimensions, an unknown type, indices out of range, a window that does not fit, a step below
        1, and more features than an array can hold.

    See Also
    --------
    integral_image : the table that others take them from.
    uniform_filter : means of boxes.

    Notes
    -----
    Counterparts: `skimage.feature.haar_like_feature` and `haar_like_feature_coord`: the same features, signs and order
    (by type, top, left, height and width); 162 336 for a window of 24 x 24. Differences: takes images, a batch of them,
    and windows at once; rectangles are slices, not inclusive corners. scikit-image 0.26 reads a window that does not
    begin at the first row and column from an integral image cut out there, and is wrong at the window's own first row
    and column. The cascades of ``cv2`` give the middle one of three rectangles twice the weight, so that all their
    weights sum to 0: here a constant image has features of three rectangles that are not 0.

    No integral image is subtracted from another: a sum over a rectangle is made of its own samples, by additions of
    sums of 1, 2, 4, ... of them. So it is as exact beside large values as without them, NaN and infinity reach exactly
    the features whose rectangles hold them, and an index gives the same bits alone and among all. Integers are exact
    modulo 2^64. Floating point images are summed in float64 and rounded once: the error is below ``(2 log2(height) + 2
    log2(width) + 3) * eps`` of float64 times the sum of the magnitudes under the rectangles, and eps / 2 of the result
    for float32. Scratch: 12 MiB, or a window of more than 65536 samples some 20 times in 8 bytes each.

    Source: P. Viola and M. Jones, "Rapid object detection using a boosted cascade of simple features", CVPR 2001.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import filters
    >>> image = np.array([[1, 2, 3], [4, 5, 6]])
    >>> filters.haar_features(image, "type-2-x")
    array([1, 2, 1, 2, 1, 1])
    >>> features, rectangles = filters.haar_features(image, indices=[1], return_rectangles=True)
    >>> features, rectangles[0, :2].tolist()
    (array([2]), [[0, 2, 0, 1], [0, 2, 1, 2]])

    A bright bar, found by the 5 x 3 window whose middle column is brightest:

    >>> scene = np.zeros((40, 60))
    >>> scene[20:25, 31] = 1
    >>> bars, where = filters.haar_features(scene, "type-3-x", window=(5, 3), return_rectangles=True)
    >>> tallest = where[:, 0, 1].argmax()
    >>> [int(i) for i in np.unravel_index(bars[..., tallest].argmax(), bars.shape[:2])]
    [20, 30]
    """
    x = _array.as_array(image, "image", real=True)
    if x.ndim < 2:
        raise ValueError(f"image: expected at least 2 dimensions, got {x.ndim}")
    shape, places = x.shape[-2:], (1, 1)
    steps = [_array.size(n, "step") for n in _pair(step, "step")]
    if window is not None:
        shape = tuple(_array.size(n, "window") for n in _pair(window, "window"))
        if any(n > whole for n, whole in zip(shape, x.shape[-2:], strict=True)):
            raise ValueError(f"window={_array.shown(window)}: expected at most the image's {x.shape[-2:]}")
        places = tuple((n - m) // s + 1 for n, m, s in zip(x.shape[-2:], shape, steps, strict=True))
    which = _Features(_types(feature_type), shape, indices)
    is_integer = x.dtype.kind in "biu"
    dtype = _array.INT64 if is_integer else np.promote_types(x.dtype, np.float32)
    rectangles = which.rectangles() if _array.flag(return_rectangles, "return_rectangles") else None
    result_shape = (*x.shape[:-2], *(places if window is not None else ()), which.count)
    _array.check_size(math.prod(result_shape), dtype, "image, window and feature_type")
    features = np.empty(result_shape, dtype)
    if features.size:
        stack = x if x.ndim > 2 else x[None]
        values = features.reshape(math.prod(stack.shape[:-2]), *places, which.count)
        with np.errstate(invalid="ignore", over="ignore"):
            _write(stack, values, which, steps, _array.INT64 if is_integer else _array.FLOAT64)
    return features if rectangles is None else (features, rectangles)


def _pair(value, name):
    pair = list(value) if np.iterable(value) and not isinstance(value, str) else [value] * 2
    if len(pair) != 2:
        raise ValueError(f"{name}: expected one value or two, for rows and columns, got {len(pair)}")
    return pair


def _types(feature_type):
    if feature_type is None:
        return list(_CELLS)
    named = [feature_type] if isinstance(feature_type, str) or not np.iterable(feature_type) else list(feature_type)
    if not named:
        raise ValueError(f"feature_type: expected at least one of {', '.join(map(repr, _CELLS))}")
    return [_array.choice(one, "feature_type", _CELLS) for one in named]


class _Of:
    """All features of one type in a window, in order of top, left, height and width."""

    def __init__(self, name, shape):
        self.cells = np.array(_CELLS[name])
        down, across = self.cells.max(0) + 1
        # How many heights there are at each top, how many widths at each left; and in all up to there.
        self.heights = np.arange(shape[0], 0, -1) // down
        self.widths = np.arange(shape[1], 0, -1) // across
        self.to_top, self.to_left = np.cumsum(self.heights), np.cumsum(self.widths)
        self.count = sum(map(int, self.heights)) * sum(map(int, self.widths))

    def at(self, i):
        """(top, left, height, width) of the first rectangles of features i, of which there are some."""
        top = np.searchsorted(self.to_top * self.to_left[-1], i, "right")
        heights = self.heights[top]
        i = i - (self.to_top[top] - heights) * self.to_left[-1]
        left = np.searchsorted(self.to_left, i // heights, "right")
        widths = self.widths[left]
        i = i - (self.to_left[left] - widths) * heights
        return top, left, i // widths + 1, i % widths + 1


class _Features:
    """The features that were asked for: where they lie, some of them at a time."""

    def __init__(self, types, shape, indices):
        self.shape = shape
        self.types = [_Of(name, shape) for name in types]
        self.ends = [0]
        for one in self.types:
            self.ends.append(self.ends[-1] + one.count)
        whole = self.ends[-1]
        if whole > _MOST_FEATURES:
            raise ValueError(f"window: one of {shape} has more features than can be counted")
        self.indices = None if indices is None else _chosen(indices, whole)
        self.count = whole if self.indices is None else len(self.indices)

    def some(self, start, stop):
        """(type, top, left, height, width) of features start to stop - 1."""
        stop = min(stop, self.count)
        i = np.arange(start, stop) if self.indices is None else self.indices[start:stop]
        types = np.searchsorted(self.ends[1:], i, "right")
        found = np.empty((5, len(i)), np.int64)
        found[0] = types
        for t in np.unique(types):
            of_type = types == t
            found[1:, of_type] = self.types[t].at(i[of_type] - self.ends[t])
        return found

    def rectangles(self):
        _array.check_size(self.count * _MOST_RECTANGLES * 4, _array.INT64, "window and feature_type")
        result = np.zeros((self.count, _MOST_RECTANGLES, 4), np.int64)
        for start in range(0, self.count, _FEATURES):
            part = result[start : start + _FEATURES]
            types, *place = self.some(start, start + _FEATURES)
            for t in np.unique(types):
                of_type = types == t
                top, left, height, width = (v[of_type] for v in place)
                for k, (i, j) in enumerate(self.types[t].cells):
                    y, x = top + i * height, left + j * width
                    part[of_type, k] = np.stack([y, y + height, x, x + width], -1)
        return result


def _chosen(indices, count):
    i = _array.as_array(indices, "indices", real=True)
    if i.dtype.kind not in "iu" and i.size:
        advice = "; of a mask, np.flatnonzero(mask)" if i.dtype.kind == "b" else ""
        raise TypeError(f"indices: expected integers, got dtype {i.dtype}{advice}")
    if i.ndim != 1:
        raise ValueError(f"indices: expected 1 dimension, got {i.ndim}")
    if i.size and (i.min() < 0 or i.max() >= count):
        wrong = i[(i < 0) | (i >= count)][0]
        raise ValueError(f"indices: {wrong} is out of range for {count} features")
    return i.astype(np.int64)


def _write(stack, values, which, steps, computes):
    """values[image, row, column] = the features of the window there."""
    height, width = which.shape
    batch, down, across = values.shape[:3]
    # Places of the window that share a tile, and the samples of that.
    columns = _places(min(stack.shape[-1], max(width, _EDGE)), width, steps[1], across)
    reach = (columns - 1) * steps[1] + width
    rows = _places(max(height, _TILE // reach), height, steps[0], down)
    images = max(1, _TILE // (((rows - 1) * steps[0] + height) * reach))
    for start in range(0, which.count, _FEATURES):
        found = which.some(start, start + _FEATURES)
        order = np.lexsort((found[0], found[4], found[3]))
        found = found[:, order]
        order += start
        for n in range(0, batch, images):
            some = np.unravel_index(np.arange(n, min(n + images, batch)), stack.shape[:-2])
            for i in range(0, down, rows):
                for j in range(0, across, columns):
                    part = values[n : n + images, i : i + rows, j : j + columns]
                    window = [slice(k * s, (k + m - 1) * s + size) for k, s, m, size in
                              zip((i, j), steps, part.shape[1:3], which.shape, strict=True)]  # fmt: skip
                    tile = np.ascontiguousarray(stack[(*some, *window)], computes)
                    _write_tile(tile, part, which.types, found, order, steps)


def _places(samples, size, step, most):
    """How many windows lie within so many samples."""
    return min((samples - size) // step + 1, most)


def _write_tile(tile, part, types, found, order, steps):
    """part[image, row, column, order] = features `found`, sorted by height, width and type, of the images of a tile."""
    images, rows, columns = tile.shape
    top = np.arange(part.shape[1])[:, None] * steps[0]
    place = (top * columns + np.arange(part.shape[2]) * steps[1]).ravel()[:, None]
    at_once = max(1, _STACK // tile.size)
    held = np.empty((images, at_once, rows, columns), tile.dtype)
    for height, tall, first, last in _box_sums(tile, found[3], 1):
        widths, used = [], 0
        for width, sums, _, end in _box_sums(tall, found[4, first:last], 2):
            slot = len(widths)
            held[:, slot, : sums.shape[1], : sums.shape[2]] = sums
            widths.append(width)
            if slot + 1 < at_once and first + end < last:
                continue
            chosen = slice(first + used, first + end)
            _gather(held, np.array(widths), found[:, chosen], order[chosen], types, place, height, part)
            widths, used = [], end


def _box_sums(x, lengths, axis):
    """(length, x's sums of so many samples along the axis, the first and last + 1 of the places where it is asked for),
    for each of the ascending `lengths`.

    The additions for a length are always the same: of sums of 2^k samples, the longest first.
    """
    powers, chain = [x], []
    starts = np.flatnonzero(np.diff(lengths, prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(lengths)], strict=True):
        length = int(lengths[start])
        while chain and length & -(chain[-1][0] & -chain[-1][0]) != chain[-1][0]:
            chain.pop()  # its binary digits are not the leading ones of this length
        have, sums = chain[-1] if chain else (0, None)
        for k in reversed(range((length - have).bit_length())):
            if not (length - have) >> k & 1:
                continue
            while len(powers) <= k:
                powers.append(_added(powers[-1], powers[-1], 1 << (len(powers) - 1), axis))
            sums = powers[k] if sums is None else _added(sums, powers[k], have, axis)
            have += 1 << k
            chain.append((have, sums))
        yield length, sums, start, end


def _added(sums, more, shift, axis):
    """sums[i] + more[i + shift], as far as there are any."""
    size = more.shape[axis] - shift
    before = (slice(None),) * axis
    return sums[(*before, slice(size))] + more[(*before, slice(shift, None))]


def _gather(held, widths, found, order, types, place, height, part):
    """Features of one height from the sums over rectangles of each of `widths`."""
    images, _, rows, columns = held.shape
    flat = held.reshape(images, -1)
    at_once = max(1, _VALUES // (images * len(place)))
    for t in np.unique(found[0]):
        of_type = np.flatnonzero(found[0] == t)
        for start in range(0, len(of_type), at_once):
            some = of_type[start : start + at_once]
            _, top, left, _, width = found[:, some]
            origin = np.searchsorted(widths, width) * (rows * columns) + top * columns + left + place
            sides = [None, None]  # of which the first is subtracted
            for k, (i, j) in enumerate(types[t].cells):
                sums = flat.take(origin + (i * height * columns + j * width), axis=1)
                sides[k % 2] = sums if sides[k % 2] is None else np.add(sides[k % 2], sums, out=sums)
            value = np.subtract(sides[1], sides[0], out=sides[1])
            part[..., order[some]] = value.reshape(*part.shape[:3], len(some))

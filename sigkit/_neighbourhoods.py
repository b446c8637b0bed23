"""Jobs for C on the samples under a window: sums, least and largest of rectangles, ranks under footprints."""

import functools

import numpy as np

from sigkit import _array

_MOST_IN_A_NETWORK = 400
"""Samples above which no network is tried: some other method is faster for every dtype."""


def rectangle(x, out, kind, sizes, starts, axes, modes, fill, dtype, divisor=1.0):
    """out = the sum over `divisor`, the least or the largest of x over a box of `sizes` along `axes`.

    Of more than two axes the first ones are worked off one after the other, through intermediate arrays.
    """
    if out.size == 0:
        return
    axes = list(axes)
    steps = [slice(i, i + 1) for i in range(len(axes) - 2)] + [slice(max(len(axes) - 2, 0), None)]
    for step in steps:
        last = step is steps[-1]
        into = out if last else np.empty(out.shape, dtype)
        by = divisor if last else 1.0
        _images(x, into, kind, sizes[step], starts[step], axes[step], modes[step], fill, dtype, by)
        x = into
        if kind == _array.SUM and not last:  # what follows sees sums, also beyond the edges
            fill = _times(fill, sizes[step][0])


def _times(number, factor):
    """Each part of a complex one alone: (inf + 0j) * 2 has no NaN."""
    parts = np.atleast_1d(number).view(_array.REAL_OF[number.dtype])
    with np.errstate(over="ignore"):
        return (parts * parts.dtype.type(factor)).view(number.dtype)[0]


def _images(x, out, kind, sizes, starts, axes, modes, fill, dtype, divisor):
    x, out, axes, added = _with_two_axes(x, out, axes)
    pairs = [(axis, 1, 0, _array.EDGE) for axis in added]
    pairs += zip(axes, sizes, starts, modes, strict=True)
    if added:
        pairs.sort(key=lambda pair: -abs(x.strides[pair[0]]))
    axes, sizes, starts, modes = zip(*pairs, strict=True)
    x, out = np.moveaxis(x, axes, (-2, -1)), np.moveaxis(out, axes, (-2, -1))
    _array.windows(x, out, dtype, kind, sizes, starts, modes, fill, divisor)


def _with_two_axes(x, out, axes):
    """(x, out, axes, axes to add so that there are two): beside an axis the one that lies closest in memory."""
    while x.ndim < 2:
        x, out, axes = x[None], out[None], [axis + 1 for axis in axes]
    others = sorted((a for a in range(x.ndim) if a not in axes), key=lambda a: (x.shape[a] == 1, abs(x.strides[a])))
    return x, out, axes, others[: max(2 - len(axes), 0)]


def rank(x, out, place, footprint, starts, axes, modes, fill):
    """out = the sample of rank `place` among those of x under `footprint`, an array of bool with one axis for each of
    `axes`; x and out are of one native dtype."""
    if out.size == 0:
        return
    x, out, axes, added = _with_two_axes(x, out, axes)
    axes, modes, starts = [*added, *axes], [*(_array.EDGE for _ in added), *modes], [*(0 for _ in added), *starts]
    footprint = footprint[(None,) * len(added)]
    last = range(-len(axes), 0)
    x, out = np.moveaxis(x, axes, last), np.moveaxis(out, axes, last)
    offsets = np.argwhere(footprint) + starts
    outer = offsets[:, :-2]
    planes, plane = np.zeros((1, 0)), np.zeros(len(outer))
    if outer.shape[1]:
        planes, plane = np.unique(outer, axis=0, return_inverse=True)
    table = np.ascontiguousarray(np.column_stack([np.ravel(plane), offsets[:, -2:]]), np.intp)
    method, pairs = _method(footprint, place, x.dtype)
    _array.rank_filter(x, out, modes, fill, table, np.ascontiguousarray(planes, np.intp), place, method, pairs)


def _method(footprint, place, dtype):
    """By shape and dtype alone. Times are nanoseconds of an output, measured for footprints from 3 x 3 to 31 x 31."""
    count, rows = int(np.count_nonzero(footprint)), footprint.size // footprint.shape[-1]
    rectangle = footprint.ndim == 2 and count == footprint.size
    if rectangle and place == count // 2 and footprint.shape in ((3, 3), (5, 5)):
        return _array.BY_MEDIAN_3 if count == 9 else _array.BY_MEDIAN_5, _NO_PAIRS
    counts = rectangle and dtype == np.uint8 and count < 1 << 16
    sets = 12 if counts else 4.8 * rows + 15 * dtype.itemsize
    if count <= _MOST_IN_A_NETWORK:
        pairs = selection_network(count, place)
        if 0.024 * dtype.itemsize * len(pairs) < sets:
            return _array.BY_NETWORK, pairs
    return _array.BY_COUNTS if counts else _array.BY_BITS, _NO_PAIRS


_NO_PAIRS = np.zeros((0, 2), np.uint16)


@functools.lru_cache(maxsize=64)
def selection_network(count, place):
    """The comparisons of Batcher's odd-even merge sort of `count` values that the one at `place` depends on.

    K. E. Batcher, "Sorting networks and their applications", AFIPS Spring Joint Computing Conference 32 (1968).
    """
    pairs, run = [], 1
    while run < count:
        gap = run
        while gap:
            for start in range(gap % run, count - gap, 2 * gap):
                for i in range(start, min(start + gap, count - gap)):
                    if i // (2 * run) == (i + gap) // (2 * run):
                        pairs.append((i, i + gap))
            gap //= 2
        run *= 2
    needed, kept = {place}, []
    for low, high in reversed(pairs):
        if low in needed or high in needed:
            needed |= {low, high}
            kept.append((low, high))
    return np.array(kept[::-1], np.uint16).reshape(-1, 2)

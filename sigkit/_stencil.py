"""Sums of weighted neighbours along chosen axes of an array: how filters of any rank become jobs for C."""

import functools

import numpy as np

from sigkit import _array

SHORT = 16
"""Weights of a separable filter, up to which one sum over their products is faster than two passes."""
_IDENTITY = (np.ones(1), 0)
_FEW = 9
"""SK_FEW: taps that are summed as such, in a box of no more."""
_NARROW = 48
"""Samples of a row, below which another axis is taken for it."""
_NARROWEST, _MOST_HELD = 2048, 12 << 20
"""Bytes of a row of outputs in a tile, and of all rows under it."""
_MOST_REMEMBERED = 1024
"""Weights along one axis that are remembered in another precision."""
_DIRECT, _SPARSE = -1, -2
"""In place of weights across: a box of weights, or one whose zeros are none."""


def correlate(x, out, dtype, taps, axes, starts, modes, fill):
    """out = sum over the box of `taps`, one axis of it for each of `axes`, of taps[j] x[i + start + j], in `dtype`."""
    if taps.ndim < 2:
        (start,), taps = starts or (0,), taps.reshape(-1)
        if axes and taps.dtype.kind != "c":
            taps, start = _folded(taps, start, x.shape[axes[0]], modes[0])
        _run(x, out, dtype, axes, modes, fill, [()], [(0, *_one_axis(taps, start))])
        return
    planes = list(np.ndindex(taps.shape[:-2]))
    offsets = [tuple(s + i for s, i in zip(starts, index, strict=False)) for index in planes]
    terms = [(p, taps[index], starts[-2], _DIRECT, starts[-1]) for p, index in enumerate(planes)]
    _run(x, out, dtype, axes, modes, fill, offsets, terms)


def root_of_squares(x, out, dtype, kernels, axes, start, modes, fill):
    """out = the root of the sum of squares of correlations with real 2-D kernels that begin at the same place."""
    terms = [(0, taps, start[0], _DIRECT, start[1]) for taps in kernels]
    _run(x, out, dtype, axes, modes, fill, [()], terms, root=True)


def separable(x, out, dtype, terms, axes, modes, fill, *, root=False, sequential=True):
    """out = sum over the terms, or the root of the sum of their squares; a term is (taps, start) for each of `axes`.

    `modes`: one for each axis, or for each term a list of them.

    With `sequential` each pass sees the constant beyond the edges, in the order of the axes, as passes one after the
    other would; else what the passes before it make of the constant: then the term is one sum over its products.
    """
    lengths = [x.shape[axis] for axis in axes]
    modes = modes if axes and isinstance(modes[0], list) else [modes] * len(terms)
    terms = [
        [_folded(*factor, n, mode) for factor, n, mode in zip(term, lengths, of_term, strict=True)]
        for term, of_term in zip(terms, modes, strict=True)
    ]
    if not (sequential and any(_array.CONSTANT in of_term for of_term in modes) and np.any(fill)):
        sequential = False
        order = sorted(range(len(axes)), key=axes.__getitem__)
        axes = [axes[i] for i in order]
        terms, modes = ([[one[i] for i in order] for one in values] for values in (terms, modes))
    at_once = len(axes) <= 2 and all(of_term == modes[0] for of_term in modes) and not (root and dtype.kind == "c")
    if at_once and not any(_one_by_one(x, axes, term, dtype) for term in terms):
        _images(x, out, dtype, terms, axes, modes[0], fill, sequential, root)
        return
    total = None
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        for term, of_term in zip(terms, modes, strict=True):
            into = out if len(terms) == 1 and not root else np.empty(x.shape, dtype)
            _passes(x, into, dtype, term, axes, of_term, fill, sequential)
            if root:
                np.square(into, out=into)
            total = into if total is None else np.add(total, into, out=total)
        if root:
            np.sqrt(total, out=total)
    if total is not out:
        store(total, out, dtype)


def store(x, out, dtype):
    """out = x, rounded and saturated as every result is."""
    _run(x, out, dtype, [], [], 0, [()], [(0, *_one_axis(*_IDENTITY))])


def _passes(x, out, dtype, term, axes, modes, fill, sequential):
    """One term over many axes: all but the last two, or one, are summed one by one, through arrays of their own."""
    kept = [i for i, (taps, start) in enumerate(term) if len(taps) > 1 or start or taps[0] != 1]
    axes, modes, term = ([values[i] for i in kept] for values in (axes, modes, term))
    last = max(len(axes) - (1 if _one_by_one(x, axes[-2:], term[-2:], dtype) else 2), 0)
    for axis, mode, (taps, start) in zip(axes[:last], modes[:last], term[:last], strict=True):
        passed = np.empty(x.shape, dtype)
        _run(x, passed, dtype, [axis], [mode], fill, [()], [(0, *_one_axis(taps, start))])
        x, fill = passed, fill if sequential else fill * taps.sum()
    _images(x, out, dtype, [term[last:]], axes[last:], modes[last:], fill, sequential, False)


def _one_by_one(x, axes, term, dtype):
    """Whether the two axes of a term are summed one after the other: where rows are so short that a longer axis should
    lie across, and where those under an output of the narrowest tile are more than a thread may hold."""
    if len(term) < 2:
        return False
    if x.shape[max(axes)] < _NARROW < max(x.shape):
        return True
    down, across = (len(taps) for taps, _ in term)
    return across > 1 and down * (across * dtype.itemsize + _NARROWEST) > _MOST_HELD


def _images(x, out, dtype, terms, axes, modes, fill, sequential, root):
    """Terms over two axes at most, in one job. A box would see, beyond the edges, the constant times its weights."""
    short = 0 if sequential else SHORT
    terms = [(0, *_image_term(term or [_IDENTITY], short)) for term in terms]
    terms = terms if root else _merged(terms)
    _run(x, out, dtype, axes, modes, fill, [()], terms, sequential=sequential, root=root)


def _folded(taps, start, n, mode):
    """Taps that reach far beyond n samples, as fewer ones: those that always meet the same sample are added up."""
    if n == 0 or len(taps) <= 4 * n + 16:
        return taps, start
    offsets = start + np.arange(len(taps))
    period = {_array.WRAP: n, _array.SYMMETRIC: 2 * n, _array.REFLECT: max(2 * n - 2, 1)}.get(mode)
    if period:
        offsets, start = (offsets + n) % period, -n
    else:
        offsets = np.clip(offsets, -n, n)
        offsets, start = offsets - offsets[0], int(offsets[0])
    return np.bincount(offsets, taps), start


def _one_axis(taps, start):
    return taps[:, None], start, _DIRECT, 0


def _image_term(term, short):
    """Down and across; a single axis is down alone. What has no more than `short` weights is summed as a box."""
    if len(term) == 1:
        return _one_axis(*term[0])
    (down, at_down), (across, at_across) = term
    if len(down) == 1 and down[0] == 1:  # no product: of a complex infinity it would be NaN
        return across[None], at_down, _DIRECT, at_across
    if len(across) == 1 or len(down) * len(across) <= short:
        return down[:, None] * across, at_down, _DIRECT, at_across
    return down, at_down, across, at_across


def _merged(terms):
    """Direct terms of few taps as one, in which a tap that several have is their sum; else the terms."""
    if len(terms) < 2 or any(isinstance(across, np.ndarray) or not np.all(taps) for _, taps, _, across, _ in terms):
        return terms
    top, left = (min(term[k] for term in terms) for k in (2, 4))
    ends = [(at_down + taps.shape[0], at_across + taps.shape[1]) for _, taps, at_down, _, at_across in terms]
    shape = (max(end[0] for end in ends) - top, max(end[1] for end in ends) - left)
    if shape[0] * shape[1] > _FEW or any(term[1].dtype.kind == "c" for term in terms):
        return terms
    box, held = np.zeros(shape), np.zeros(shape, bool)
    for (_, taps, at_down, _, at_across), end in zip(terms, ends, strict=True):
        place = (slice(at_down - top, end[0] - top), slice(at_across - left, end[1] - left))
        box[place] += taps
        held[place] = True
    return [(0, box, top, _SPARSE, left)] if (held == (box != 0)).all() else terms


def _run(x, out, dtype, axes, modes, fill, planes, terms, *, sequential=False, root=False):
    """One job. A term is (plane, weights down or a box of them, start, weights across or the kind of box, start)."""
    if out.size == 0:
        return
    if len(axes) < 2:
        x, out, axes, modes, terms = _as_images(x, out, axes, modes, terms)
    if list(axes) != list(range(x.ndim - len(axes), x.ndim)):
        last = range(-len(axes), 0)
        x, out = np.moveaxis(x, axes, last), np.moveaxis(out, axes, last)
    real = all(np.asarray(w).dtype.kind != "c" for term in terms for w in (term[1], term[3]))
    weights_dtype = _array.REAL_OF[dtype] if real else dtype
    pieces, table, length = [], [], 0
    for plane, down, at_down, across, at_across in terms:
        box = not isinstance(across, np.ndarray)
        pieces += [down.T.ravel()] if box else [down, across]
        width = down.shape[1] if box else len(across)
        table.append((plane, length, len(down), at_down, across if box else length + len(down), width, at_across))
        length += down.size + (0 if box else width)
    weights = np.concatenate([_rounded(piece, weights_dtype) for piece in pieces])
    _array.image_filter(
        x, out, dtype, modes, fill, weights, np.array(table, np.intp),
        np.array(planes, np.intp).reshape(len(planes), -1), sequential=sequential, root=root,
    )  # fmt: skip


def _rounded(weights, dtype):
    """Weights in another precision, each within two eps and a half; their sum is closer, and a constant image stays."""
    if dtype != _array.FLOAT32 or len(weights) > _MOST_REMEMBERED:
        return _closest(weights, dtype)
    return _remembered(np.ascontiguousarray(weights, np.float64).tobytes())


@functools.lru_cache(maxsize=64)
def _remembered(weights):
    """The same for calls that come again and again with the same weights: it takes longer than a small image."""
    return _closest(np.frombuffer(weights), _array.FLOAT32)


def _closest(weights, dtype):
    with np.errstate(over="ignore"):
        rounded = weights.astype(dtype)
    if dtype != _array.FLOAT32 or (rounded == weights).all():
        return rounded
    most, half = 2 * np.finfo(dtype).eps, len(weights) // 2
    mirrored = half > 0 and bool((weights == weights[::-1]).all())  # what is the same from either end stays so
    free = rounded[:half] if mirrored else rounded
    for _ in range(4):
        with np.errstate(invalid="ignore"):
            left = (weights.sum() - rounded.sum(dtype=np.float64)) / (2 if mirrored else 1)
        room = np.flatnonzero(most * abs(free) >= abs(left))
        if not (left and room.size):
            break
        finest = room[np.argmin(abs(free[room]))]
        free[finest] += left
        if mirrored:
            rounded[-1 - finest] = free[finest]
    return rounded


def _as_images(x, out, axes, modes, terms):
    """A filter along one axis, or none, as one of images, whose columns are the axis that lies closest in memory."""
    while x.ndim < 2:
        x, out, axes = x[None], out[None], [axis + 1 for axis in axes]
    axis, mode = (axes[0], modes[0]) if axes else (x.ndim - 2, _array.EDGE)
    others = [a for a in range(x.ndim) if a != axis]
    other = min(others, key=lambda a: (x.shape[a] == 1, abs(x.strides[a])))
    longest = max(others, key=x.shape.__getitem__)
    down = x.shape[other] > 1 and abs(x.strides[other]) < abs(x.strides[axis])
    if x.shape[other if down else axis] < _NARROW < x.shape[longest]:
        other, down = longest, True
    if down:
        return x, out, [axis, other], [mode, _array.EDGE], terms
    terms = [(p, *_image_term([_IDENTITY, (taps[:, 0], start)], SHORT)) for p, taps, start, *_ in terms]
    return x, out, [other, axis], [_array.EDGE, mode], terms

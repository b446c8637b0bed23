"""Sums of weighted neighbours along chosen axes of an array: how filters of any rank become jobs for C."""

import numpy as np

from sigkit import _array

_SHORT = 16
"""Weights of a separable filter, up to which one sum over their products is faster than two passes."""


def correlate(call, taps, axes, starts, modes, fill, out=None):
    """out = sum over the box of `taps`, one axis of it for each of `axes`, of taps[j] x[i + start + j]."""
    out = call.computed if out is None else out
    if taps.ndim == 1:
        terms = [(0, *_one_axis(taps, starts[0]))]
        _run(call, call.x, out, axes, modes, fill, [()], terms)
        return
    planes = list(np.ndindex(taps.shape[:-2]))
    offsets = [tuple(s + i for s, i in zip(starts, index, strict=False)) for index in planes]
    terms = [(p, taps[index], starts[-2], None, starts[-1]) for p, index in enumerate(planes)]
    _run(call, call.x, out, axes, modes, fill, offsets, terms)


def separable(call, factors, axes, modes, fill, *, root=False):
    """computed = sum over the terms, or the root of the sum of their squares; a term is (taps, start) for each of `axes`.

    Of more than two axes the first ones are summed one after the other, through an intermediate array.
    """
    # A box would see the constant times its weights outside, where the second of two passes sees the constant.
    as_box = 0 if modes[-1] == _array.CONSTANT and np.any(fill) else _SHORT
    if len(axes) <= 2:
        terms = [(0, *_image_term(term, as_box)) for term in factors]
        _run(call, call.x, call.computed, axes, modes, fill, [()], terms, sequential=True, root=root)
        return
    total = None
    for term in factors:
        x = call.x
        for axis, mode, (taps, start) in zip(axes[:-2], modes[:-2], term[:-2], strict=True):
            passed = call.intermediate()
            _run(call, x, passed, [axis], [mode], fill, [()], [(0, *_one_axis(taps, start))])
            x = passed
        last = call.computed if len(factors) == 1 and not root else call.intermediate()
        _run(call, x, last, axes[-2:], modes[-2:], fill, [()], [(0, *_image_term(term[-2:], as_box))], sequential=True)
        if root:
            np.square(last, out=last)
        total = last if total is None else np.add(total, last, out=total)
    if root:
        np.sqrt(total, out=total)
    if total is not call.computed:
        store(call, total)


def store(call, x):
    """computed = x, rounded and saturated as every result is."""
    _run(call, x, call.computed, [x.ndim - 1], [_array.EDGE], 0, [()], [(0, *_one_axis(np.ones(1), 0))])


def _one_axis(taps, start):
    return taps[:, None], start, None, 0


def _image_term(term, as_box=_SHORT):
    """Down and across; a single axis is down alone. What has no more than `as_box` weights is summed as a box."""
    if len(term) == 1:
        return _one_axis(*term[0])
    (down, at_down), (across, at_across) = term
    if len(across) == 1 or len(down) * len(across) <= as_box:
        return down[:, None] * across, at_down, None, at_across
    return down, at_down, across, at_across


def _run(call, x, out, axes, modes, fill, planes, terms, *, sequential=False, root=False):
    """One job. A term is (plane, weights down (m,) or of a box (m, width), start down, weights across or None, start)."""
    if out.size == 0:
        return
    if len(axes) == 1:
        x, out, axes, modes, terms = _as_images(x, out, axes[0], modes[0], terms)
    last = range(-len(axes), 0)
    x, out = np.moveaxis(x, axes, last), np.moveaxis(out, axes, last)
    real = all(w is None or w.dtype.kind != "c" for term in terms for w in (term[1], term[3]))
    dtype = _array.REAL_OF[call.dtype] if real else call.dtype
    pieces, table, length = [], [], 0
    for plane, down, at_down, across, at_across in terms:
        box = across is None
        pieces += [down.T.ravel() if box else down] + ([] if box else [across])
        width = down.shape[1] if box else len(across)
        table.append((plane, length, len(down), at_down, -1 if box else length + len(down), width, at_across))
        length += sum(map(np.size, pieces[-1 if box else -2 :]))
    with np.errstate(over="ignore"):
        weights = np.concatenate(pieces).astype(dtype)
    _array.image_filter(
        x, out, call.dtype, modes, fill, weights, np.array(table, np.intp),
        np.array(planes, np.intp).reshape(len(planes), -1), sequential=sequential, root=root,
    )  # fmt: skip


def _as_images(x, out, axis, mode, terms):
    """A filter along one axis as one of images, whose columns are the axis that lies closest in memory."""
    if x.ndim == 1:
        x, out, axis = x[None], out[None], 1
    other = min((a for a in range(x.ndim) if a != axis), key=lambda a: (x.shape[a] == 1, abs(x.strides[a])))
    if x.shape[other] > 1 and abs(x.strides[other]) < abs(x.strides[axis]):
        return x, out, [axis, other], [mode, _array.EDGE], terms
    terms = [(p, *_image_term(((np.ones(1), 0), (taps[:, 0], start)))) for p, taps, start, *_ in terms]
    return x, out, [other, axis], [_array.EDGE, mode], terms

"""What layers do with their arguments: sizes along axes, padding, layouts, dtypes; the words of torch."""

import math
import operator

import numpy as np

from sigkit import _array

LAYOUTS = {1: ("NCL", "NLC"), 2: ("NCHW", "NHWC")}
PADDING_MODES = {"zeros": _array.EXISTING, "reflect": _array.REFLECT, "replicate": _array.EDGE,
                 "circular": _array.WRAP}  # fmt: skip
_PADDINGS = ("valid", "same", "same_tensorflow")


def _count(value, name, least):
    return _array.size(value, name, least)


def sizes(value, name, axes, least=1):
    """`value` as one integer for each of so many axes: an integer stands for all."""
    if isinstance(value, (str, bytes, set, dict)) or isinstance(value, np.ndarray) and value.ndim > 1:
        raise TypeError(f"{name}: expected an integer or {axes} of them, got {_array.shown(value)}")
    try:
        values = list(value)
    except TypeError:
        return (_count(value, name, least),) * axes
    if len(values) == 1:
        values *= axes
    if len(values) != axes:
        raise ValueError(f"{name}={_array.shown(value)}: expected an integer or {axes} of them, got {len(values)}")
    return tuple(_count(item, name, least) for item in values)


def padding_pairs(padding, kernel, stride, dilation, lengths):
    """((before, after), ...) for each axis: what `padding` means for windows over so many samples."""
    axes = len(kernel)
    if isinstance(padding, str):
        _array.choice(padding, "padding", _PADDINGS)
        if padding == "valid":
            return ((0, 0),) * axes
        if padding == "same" and any(s != 1 for s in stride):
            raise ValueError(
                f"padding='same': expected stride 1, got stride={_array.shown(stride)}; torch's 'same' has no other, "
                "padding='same_tensorflow' has"
            )
        pairs = []
        for k, s, d, n in zip(kernel, stride, dilation, lengths, strict=True):
            reach = d * (k - 1)
            total = reach if padding == "same" else max((-(-n // s) - 1) * s + reach + 1 - n, 0)
            pairs.append((total // 2, total - total // 2))
        return tuple(pairs)
    if isinstance(padding, (bytes, dict, set)):
        raise TypeError(f"padding: expected integers, pairs (before, after) or a word, got {_array.shown(padding)}")
    try:
        values = list(padding)
    except TypeError:
        values = [padding]
    if len(values) == 1:
        values *= axes
    if len(values) != axes:
        raise ValueError(
            f"padding={_array.shown(padding)}: expected an integer, {axes} of them or {axes} pairs "
            f"{'((before, after),)' if axes == 1 else '(before, after)'}, got {len(values)}"
        )
    pairs = []
    for value in values:
        try:
            pair = (operator.index(value),) * 2 if not isinstance(value, (bool, np.bool_)) else None
        except TypeError:
            pair = tuple(value) if isinstance(value, (tuple, list, np.ndarray)) else None
        if pair is None or len(pair) != 2:
            raise TypeError(f"padding: expected integers, pairs (before, after) or a word, got {_array.shown(padding)}")
        pairs.append(tuple(_count(item, "padding", 0) for item in pair))
    return tuple(pairs)


def output_lengths(lengths, kernel, stride, pairs, dilation, name="input"):
    """How many places windows have along each axis, at least one."""
    result = []
    for n, k, s, (before, after), d in zip(lengths, kernel, stride, pairs, dilation, strict=True):
        padded, reach = n + before + after, d * (k - 1) + 1
        if padded < reach:
            dilated = f" (dilation {d}: {reach} samples)" if d > 1 and k > 1 else ""
            raise ValueError(
                f"kernel of {k}{dilated} on {name} of {n}: expected a kernel no longer than the padded {name}, "
                f"{padded}, of spatial shape {_array.shown(tuple(lengths))}"
            )
        result.append((padded - reach) // s + 1)
    return tuple(result)


def check_padding_mode(mode, pairs, lengths):
    """The boundary's code. As in torch, a reflection needs more samples than it adds, a circle as many."""
    _array.choice(mode, "padding_mode", PADDING_MODES)
    for pair, n in zip(pairs, lengths, strict=True):
        most = {"reflect": n - 1, "circular": n, "replicate": max(pair) if n else 0}.get(mode, max(pair))
        if max(pair) > max(most, 0):
            raise ValueError(
                f"padding={pair}: expected at most {max(most, 0)} with padding_mode={mode!r} on an input of {n} samples"
            )
    return PADDING_MODES[mode]


def channels_first(x, layout, axes, name):
    """(a view with axes (N, C, ...), whether the batch axis was added, whether channels are last)."""
    _array.choice(layout, "layout", LAYOUTS[axes])
    last = layout == LAYOUTS[axes][1]
    if x.ndim not in (axes + 1, axes + 2):
        raise ValueError(
            f"{name}: expected {axes + 2} dimensions, {layout}, or {axes + 1} without the batch, got shape "
            f"{_array.shown(x.shape)}"
        )
    single = x.ndim == axes + 1
    x = x[np.newaxis] if single else x
    return (np.moveaxis(x, -1, 1) if last else x), single, last


def result(shape, dtype, single, last):
    """(what is returned, a view of it with axes (N, C, ...)), of such a shape (N, C, ...)."""
    out = np.empty((shape[0], *shape[2:], shape[1])[single:] if last else shape[single:], dtype)
    view = out[np.newaxis] if single else out
    return out, np.moveaxis(view, -1, 1) if last else view


def plain(a, dtype=None):
    """`a` contiguous, aligned, in native order: what BLAS makes of it then does not hang on how it lay."""
    return np.require(a, dtype or a.dtype.newbyteorder("="), "CA")


def dtype_of(*arrays):
    """What a layer computes in: np.result_type, float64 for integers, float32 for float16."""
    dtypes = [a.dtype for a in arrays if a is not None]
    if all(d.kind in "biu" for d in dtypes):
        return _array.FLOAT64
    dtype = np.result_type(*dtypes)
    return _array.FLOAT32 if dtype.itemsize == 2 else dtype.newbyteorder("=")


def part_dtype(array, dtype):
    """The dtype of `array` in that precision: real where it is real."""
    return dtype if array.dtype.kind == "c" else _array.REAL_OF[dtype]


def check_result(shape, dtype):
    _array.check_size(math.prod(shape), dtype, "input and weight")

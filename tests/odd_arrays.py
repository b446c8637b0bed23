"""Every way an array can lie in memory, everything else that holds numbers, and what must be refused."""

import itertools

import numpy as np


def _raw(shape, dtype, offset):
    """An array of zeros whose first byte lies `offset` bytes behind a 64-byte boundary."""
    size = int(np.prod(shape)) * dtype.itemsize
    buffer = np.zeros(size + offset + 64, np.uint8)
    start = -buffer.ctypes.data % 64 + offset
    return np.ndarray(shape, dtype, buffer, start)


def _strided(x, strides, dtype, offset):
    if strides == "F":
        return _raw(x.shape[::-1], dtype, offset).T
    if strides == "sliced":
        return _raw(tuple(2 * n + 1 for n in x.shape), dtype, offset)[(slice(1, None, 2),) * x.ndim]
    if strides == "negative":
        return _raw(x.shape, dtype, offset)[(slice(None, None, -1),) * x.ndim]
    if strides == "zero":
        one = _raw(x.shape[:-1] + (1,), dtype, offset)
        return np.lib.stride_tricks.as_strided(one, x.shape, one.strides[:-1] + (0,), writeable=True)
    return _raw(x.shape, dtype, offset)


def lay_out(x, strides, alignment, order, access):
    """The values of x, those at the start of each line where the stride is zero, in another place and manner."""
    dtype = x.dtype.newbyteorder() if order == "swapped" else x.dtype
    laid = _strided(x, strides, dtype, offset=1 if alignment == "off by one" else 0)
    laid[...] = x[..., :1] if strides == "zero" else x
    if access == "read-only":
        laid.flags.writeable = False
    return laid


STRIDES = ("C", "F", "sliced", "negative", "zero")
LAYOUTS = list(itertools.product(("aligned", "off by one"), ("native", "swapped"), ("writeable", "read-only")))


class Subclass(np.ndarray):
    """Says so in every result that is made of it without care."""


class Provider:
    """Anything that knows how to become an array."""

    def __init__(self, x):
        self.x = x

    def __array__(self, dtype=None, copy=None):
        return self.x


def _memmap(x, folder):
    mapped = np.memmap(folder / "x.bin", x.dtype, "w+", shape=x.shape)
    mapped[...] = x
    mapped.flush()
    return np.memmap(folder / "x.bin", x.dtype, "r", shape=x.shape)


def _tuples(x, folder):
    return tuple(_tuples(row, folder) for row in x) if x.ndim else x[()]


ACCEPTED = {
    "list": lambda x, folder: x.tolist(),
    "tuples": _tuples,
    "subclass": lambda x, folder: x.view(Subclass),
    "memmap": _memmap,
    "memoryview": lambda x, folder: memoryview(x),
    "__array__": lambda x, folder: Provider(x),
    "33 axes": lambda x, folder: x.reshape((1,) * (33 - x.ndim) + x.shape),
    "64 axes": lambda x, folder: x.reshape((1,) * (64 - x.ndim) + x.shape),
    "empty": lambda x, folder: x[..., :0],
    "no rows": lambda x, folder: x[None][:0],
    "0-d": lambda x, folder: x.ravel()[0].reshape(()),
    "scalar": lambda x, folder: x.ravel()[0],
    "Python scalar": lambda x, folder: x.ravel()[0].item(),
}
"""(array, folder for files) -> what must give the right answer, or a TypeError or ValueError naming the argument."""

WITH_ANSWER = ("list", "tuples", "subclass", "memmap", "memoryview", "__array__")
"""Those of ACCEPTED that must not be refused."""

STRUCTURED = np.dtype([("value", np.float64)])
REFUSED = {
    "MaskedArray": lambda x: np.ma.masked_array(x, mask=np.zeros(x.shape, bool)),
    "matrix": lambda x: x.reshape(-1, x.shape[-1]).view(np.matrix),
    "object": lambda x: x.astype(object),
    "longdouble": lambda x: x.real.astype(np.longdouble),
    "clongdouble": lambda x: x.astype(np.clongdouble),
    "datetime": lambda x: np.zeros(x.shape, "datetime64[s]"),
    "timedelta": lambda x: np.zeros(x.shape, "timedelta64[s]"),
    "str": lambda x: x.astype(str),
    "bytes": lambda x: x.astype("S"),
    "variable-width str": lambda x: x.astype(np.dtypes.StringDType()),
    "structured": lambda x: np.zeros(x.shape, STRUCTURED),
    "void": lambda x: np.zeros(x.shape, "V4"),
    "None": lambda x: None,
    "list of None": lambda x: [None] * x.size,
    "Python string": lambda x: "1 2 3",
    "dict": lambda x: {"x": 1.0},
    "set": lambda x: {1.0, 2.0},
    "generator": lambda x: (value for value in (1.0, 2.0)),
    "object itself": lambda x: object(),
    "class": lambda x: float,
    "huge integers": lambda x: [2**70] * x.size,
    "ragged list": lambda x: [[1.0, 2.0], [3.0]],
}
"""array -> what must raise a TypeError naming the argument."""

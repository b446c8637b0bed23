"""The gate: what every public function does with its arrays before and after the one call into C.

Here are the dtype rules, axes, broadcasting, outputs, overlap, and the errors about them. No copy is made: C reads
any strides, alignment and byte order, and converts while it loads.
"""

import operator
import sys

import numpy as np

from sigkit import _core, _workers

# The codes of sk_dtype in csrc/sk.h.
_CODES = {
    np.dtype(name): code
    for code, name in enumerate(
        "bool int8 uint8 int16 uint16 int32 uint32 uint64 float16 int64 float32 float64 complex64 complex128".split()
    )
}
_CODES |= {dtype.newbyteorder(): ~code for dtype, code in _CODES.items() if dtype.itemsize > 1}

FLOAT32, FLOAT64, COMPLEX64, COMPLEX128, INT64 = map(np.dtype, ("f4", "f8", "c8", "c16", "i8"))
REAL_OF = {FLOAT32: FLOAT32, FLOAT64: FLOAT64, COMPLEX64: FLOAT32, COMPLEX128: FLOAT64}
_COMPUTED = frozenset((FLOAT32, FLOAT64, COMPLEX64, COMPLEX128))

# sk_boundary in csrc/sk.h
EXISTING, CONSTANT, WRAP, SYMMETRIC = range(4)
_NO_FILL = bytes(16)
_PEARSON_TAPS = 1 << 19
"""Of a bank at once, so that a tile of windows stays short: a large bank must not keep Ctrl-C waiting."""


def as_array(value, name, *, real=False):
    """`value` as an ndarray of a dtype that C reads; `name` is the argument's."""
    if type(value) is not np.ndarray:
        if isinstance(value, np.ndarray):
            if isinstance(value, np.ma.MaskedArray):
                raise TypeError(f"{name}: a MaskedArray's mask would be lost; pass {name}.filled(...) instead")
            if isinstance(value, np.matrix):
                raise TypeError(f"{name}: np.matrix is not supported; pass np.asarray({name})")
        try:
            value = np.asarray(value)
        except (ValueError, RuntimeError, TypeError) as error:
            raise TypeError(f"{name}: expected an array, got {type(value).__name__}: {error}") from error
    if value.ndim > 32:  # np.broadcast_shapes ends there, and a bank's result has one axis more
        raise ValueError(f"{name}: expected at most 32 dimensions, got {value.ndim}")
    if value.dtype not in _CODES:
        advice = "float64 or complex128" if value.dtype.kind in "fc" else "numbers"
        raise TypeError(f"{name}: dtype {value.dtype} is not supported; convert it to {advice} first")
    if real and value.dtype.kind == "c":
        raise TypeError(f"{name}: expected real values, got dtype {value.dtype}")
    return value


def common_dtype(x, y=None, *, exact=False):
    """The dtype that a call computes in and returns: np.result_type, but integers (and bool) become int64 where
    the function is `exact` on them and float64 elsewhere, and float16 becomes float32."""
    one = x.dtype
    two = one if y is None else y.dtype
    if one is two and one in _COMPUTED:
        return one
    if one.kind in "biu" and two.kind in "biu":
        return INT64 if exact else FLOAT64
    dtype = np.result_type(one, two)
    return FLOAT32 if dtype.itemsize == 2 else dtype


def index(value, name, least=None):
    """`value` as an int, at least `least`."""
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name}: expected an integer, got {value!r}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: expected an integer, got {type(value).__name__}") from None
    if least is not None and number < least:
        raise ValueError(f"{name}={number}: expected at least {least}")
    return number


def flag(value, name):
    """`value` as a bool: only what is one."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name}: expected True or False, got {value!r}")
    return bool(value)


def check_size(count, dtype, what):
    """Refuse what no array can be, in words about the arguments; what the machine cannot hold is a MemoryError."""
    if count > sys.maxsize // dtype.itemsize // 2:  # beyond this NumPy's own sums of sizes overflow
        raise ValueError(f"{what}: the result is larger than an array can be")


def axis_last(array, axis, name, *, other=None):
    """A view of `array` with `axis` last. Beside an `other` of more dimensions a 1-D array is a line for all of them,
    whatever the axis."""
    if array.ndim == 0:
        raise ValueError(f"{name}: expected at least one dimension, got a scalar")
    if type(axis) is not int:
        axis = index(axis, "axis")
    if array.ndim == 1 and other is not None and other.ndim > 1:
        return array
    if not -array.ndim <= axis < array.ndim:
        raise ValueError(f"axis={axis}: out of range for {name} of {array.ndim} dimensions")
    return array if axis in (-1, array.ndim - 1) else np.moveaxis(array, axis, -1)


def line_place(axis, batches):
    """Where what stands for `axis` goes in a result with `batches` other axes before or behind it."""
    if not batches:
        return 0
    return axis + batches + 1 if axis < 0 else axis


def batch_shape(a, a_kept, b, b_kept, names):
    """The broadcast shape of the axes before the last kept ones."""
    one, two = a.shape[: a.ndim - a_kept], b.shape[: b.ndim - b_kept]
    if one == two or not two:
        return one
    if not one:
        return two
    try:
        return np.broadcast_shapes(one, two)
    except ValueError:
        raise ValueError(f"{names[0]} and {names[1]}: batch shapes {one} and {two} do not broadcast") from None


def output(out, shape, dtype, inputs):
    """(array to compute into, array to return): `out` itself, or a fresh one where `out` overlaps an input."""
    if out is None:
        fresh = np.empty(shape, dtype)
        return fresh, fresh
    if not isinstance(out, np.ndarray) or isinstance(out, (np.ma.MaskedArray, np.matrix)):
        raise TypeError(f"out: expected an ndarray, got {type(out).__name__}")
    if out.shape != shape:
        raise ValueError(f"out: expected shape {shape}, got {out.shape}")
    if out.dtype != dtype or not out.dtype.isnative:
        raise ValueError(f"out: expected dtype {np.dtype(dtype)}, got {out.dtype.str}")
    if not out.flags.writeable:
        raise ValueError("out: expected a writeable array, got a read-only one")
    if any(stride == 0 and length > 1 for stride, length in zip(out.strides, out.shape, strict=True)):
        raise ValueError("out: expected elements of its own, got a broadcast array")
    if any(np.may_share_memory(out, a) for a in inputs):
        return np.empty(shape, dtype), out
    return out, out


def deliver(computed, out):
    if computed is not out:
        out[...] = computed
    return out


def correlation(x, h, start, out, dtype, *, conjugate=False, boundary=EXISTING, fill=0):
    """out[..., i] = sum over j of h[..., j] x[..., start + i + j] over the last len(start) axes, in C.

    The axes before them broadcast to those of `out`, whose dtype is `dtype`.
    """
    if out.size == 0:
        return
    axes = len(start)
    if 0 in h.shape or 0 in x.shape[x.ndim - axes :]:
        out[...] = 0
        return
    _core.run_correlation(
        x,
        _CODES[x.dtype],
        h,
        _CODES[h.dtype],
        out,
        _CODES[dtype],
        axes,
        start,
        boundary,
        np.asarray(fill, dtype).tobytes() if boundary == CONSTANT else _NO_FILL,
        conjugate,
        dtype.kind == "c" and h.dtype.kind != "c",
        _workers.resolve,
    )


def lags(x, h, first, out, dtype):
    """out[..., l] = sum over t of x[..., t + first + l] conj(h[..., t]), in C."""
    if out.size == 0:
        return
    if 0 in h.shape or 0 in x.shape:
        out[...] = 0
        return
    _core.run_lags(
        x, _CODES[x.dtype], h, _CODES[h.dtype], out, _CODES[dtype], first, dtype.kind == "c", _workers.resolve
    )


def sliding_pearson(x, templates, templates32, out, fill):
    """out[..., k, i]: Pearson coefficient of x[..., i : i + m] with the centred unit templates[k], in C."""
    if out.size == 0:
        return
    many = max(1, _PEARSON_TAPS // templates.shape[1])
    for k in range(0, len(templates), many):
        some = slice(k, k + many)
        _core.run_sliding_pearson(
            x, _CODES[x.dtype], templates[some], templates32[some], out[..., some, :], _CODES[out.dtype], fill,
            _workers.resolve,
        )  # fmt: skip


def pearson_rows(x, y):
    """Pearson coefficient along the last axis of x and y, broadcast over the others.

    Returns it with a status: 0, 1 (one of the two is constant: NaN) or 2 (nearly constant).
    """
    dtype = common_dtype(x, y)
    shape = batch_shape(x, 1, y, 1, ("x", "y"))
    out, status = np.empty(shape, dtype), np.empty(shape, np.int8)
    if out.size:
        _core.run_pair_pearson(
            x, _CODES[x.dtype], y, _CODES[y.dtype], out, _CODES[dtype], status, _workers.resolve
        )
    return out, status

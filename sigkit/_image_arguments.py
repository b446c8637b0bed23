"""What `sigkit.filters` does with arguments: dtypes, axes, boundaries, outputs, as scipy.ndimage."""

import functools
import math
import sys
import warnings

import numpy as np

from sigkit import _array

_BOUNDARIES = {
    "reflect": _array.SYMMETRIC,
    "grid-mirror": _array.SYMMETRIC,
    "symmetric": _array.SYMMETRIC,
    "mirror": _array.REFLECT,
    "constant": _array.CONSTANT,
    "grid-constant": _array.CONSTANT,
    "nearest": _array.EDGE,
    "edge": _array.EDGE,
    "wrap": _array.WRAP,
    "grid-wrap": _array.WRAP,
}
_LARGEST_TILE = 1 << 13
"""Outputs that are worked on at once along an axis."""
_COMPLEX_OF = {_array.FLOAT32: _array.COMPLEX64, _array.FLOAT64: _array.COMPLEX128}
_WIDER = {_array.FLOAT32: _array.FLOAT64, _array.COMPLEX64: _array.COMPLEX128}
_SAMPLES = 128
"""That an image is judged by."""
_SQUARED = 1e-12, 1e15
"""Magnitudes whose squares, also of a millionth of them, are far from the ends of float32's range."""
_FAR, _FAR_FOR_MEANS = 16.0, 1024.0
"""The mean over the spread of samples, from which float32 sums lose what matters: of weights that cancel, of others."""


class Filtering:
    """One call: the input, what sums are taken in, where the result goes.

    A filter reads `x` and writes `computed`, of any dtype; `finish` returns what the user gets.
    """

    def __init__(self, input, output=None, *, name="input", complex_weights=False, computes=None):
        """`computes`: at least this precision."""
        self.x = _array.as_array(input, name)
        kind = self.x.dtype.kind
        self.result_dtype = _result_dtype(self.x.dtype, output, complex_weights or kind == "c")
        self.dtype = _computed_in(self.x.dtype, self.result_dtype, complex_weights)
        if computes is not None:
            self.dtype = np.promote_types(self.dtype, computes)
        self.target = output if isinstance(output, np.ndarray) else None
        if self.target is None:
            self.computed = np.empty(self.x.shape, self.result_dtype)
            return
        _check_output(output, self.x.shape)
        usable = output.dtype.isnative and not np.may_share_memory(output, self.x)
        self.computed = output if usable else np.empty(output.shape, output.dtype.newbyteorder("="))

    def finish(self):
        return self.computed if self.target is None else _array.deliver(self.computed, self.target)


def _result_dtype(dtype, output, is_complex):
    if isinstance(output, np.ndarray):
        if is_complex and output.dtype.kind != "c":
            raise TypeError(f"output: expected a complex dtype, got {output.dtype}")
        return output.dtype
    if output is None:
        result = _array.FLOAT32 if dtype == np.float16 else dtype.newbyteorder("=")
    else:
        try:
            result = np.dtype(output)
        except (TypeError, ValueError, SyntaxError):
            raise TypeError(f"output: expected an array or a dtype, got {_array.shown(output)}") from None
        result = result.newbyteorder("=")
    if is_complex and result.kind != "c":
        if output is not None:
            warnings.warn("output: promoting specified output dtype to complex", stacklevel=5)
        result = np.result_type(result, np.complex64)
    return result


def _check_output(output, shape):
    if isinstance(output, (np.ma.MaskedArray, np.matrix)):
        raise TypeError(f"output: expected an ndarray, got {type(output).__name__}")
    if output.shape != shape:
        raise ValueError(f"output: expected shape {shape}, got {output.shape}")
    if not output.flags.writeable:
        raise ValueError("output: expected a writeable array, got a read-only one")
    if not output.flags.forc and _array.may_overlap_itself(output):
        raise ValueError(f"output: expected elements of its own, got strides {output.strides} for shape {output.shape}")


def _computed_in(dtype, result, complex_weights):
    """float32 for what has at most 16 bits, the input's own floating dtype, else float64; wider where the result is."""
    widest = 16 if result.kind == "c" else 8
    if result.kind not in "biufc" or result.itemsize > widest or result == np.float16:
        expected = "bool, integers, float32, float64, complex64 or complex128"
        raise TypeError(f"output: dtype {result} is not supported; expected {expected}")
    if dtype.kind in "fc":
        computed = np.promote_types(dtype, np.float32)
    else:
        computed = _array.FLOAT32 if dtype.itemsize <= 2 else _array.FLOAT64
    if result.kind in "fc":
        computed = np.promote_types(computed, result)
    return _COMPLEX_OF.get(computed, computed) if complex_weights else computed


def normal_axes(axes, ndim, name="axes", of="input"):
    """`axes` as a list of non-negative ints; None: all."""
    if axes is None:
        return list(range(ndim))
    try:
        chosen = [_array.index(a, name) for a in (axes if np.iterable(axes) else (axes,))]
    except TypeError:
        words = "cannot be interpreted as an integer or a sequence of them"
        raise TypeError(f"{name}: {_array.shown(axes)} {words}") from None
    if any(not -ndim <= a < ndim for a in chosen):
        raise ValueError(f"{name}={axes!r}: out of range for {of} of {ndim} dimensions")
    chosen = [a % ndim for a in chosen]
    if len(set(chosen)) != len(chosen):
        raise ValueError(f"{name}={axes!r}: axes must be unique")
    return chosen


def normal_axis(axis, ndim):
    axis = _array.index(axis, "axis")
    if not -ndim <= axis < ndim:
        raise ValueError(f"axis={axis}: out of range for input of {ndim} dimensions")
    return axis % ndim


def per_axis(value, count, name):
    """One value for each axis: a sequence of that length, or one for all."""
    if np.iterable(value) and not isinstance(value, str):
        values = list(value)
        if len(values) != count:
            raise ValueError(
                f"{name}: expected one value or {count}, one for each axis of the input image that is filtered, "
                f"got {len(values)}"
            )
        return values
    return [value] * count


def boundaries(mode, count):
    """sk_boundary of each axis."""
    return [_boundary(one) for one in per_axis(mode, count, "mode")]


def _boundary(mode):
    if not isinstance(mode, str) or mode not in _BOUNDARIES:
        raise ValueError(f"mode={mode!r}: expected one of {', '.join(map(repr, _BOUNDARIES))}")
    return _BOUNDARIES[mode]


def summed_in(x, dtype, cancels, squares=False):
    """The dtype to take sums in: of float32 images far from 0, as judged by some of their samples, the next wider one.

    There float32 would round the offset, and that could be as much as what stands on it. The same for samples whose
    squares come near the ends of float32's range, where `squares` are summed.
    """
    if dtype not in _WIDER or x.dtype.kind not in "fc" or x.ndim == 0 or x.size == 0:
        return dtype
    samples = x[_places(x.shape)].astype(_WIDER[dtype])
    samples = samples[np.isfinite(samples)]
    if not samples.size:
        return dtype
    if squares and not _SQUARED[0] <= abs(samples).max() <= _SQUARED[1]:
        return _WIDER[dtype]
    middle = np.sort(samples)[samples.size // 2]
    spread = np.sort(abs(samples - middle))[samples.size // 2]
    return _WIDER[dtype] if abs(middle) > (_FAR if cancels else _FAR_FOR_MEANS) * spread else dtype


@functools.lru_cache(maxsize=16)
def _places(shape):
    """Indices of some samples: a Weyl sequence, on no grid that could lie on the rows or columns of an image."""
    size = math.prod(shape)
    places = (np.arange(min(_SAMPLES, size)) * 0.6180339887498949) % 1.0 * size
    return np.unravel_index(places.astype(np.intp), shape)


def constant(cval, call):
    """`cval` as an array without dimensions, of its own dtype."""
    if isinstance(cval, int) and not -(2**63) <= cval < 2**64:
        cval = _array.real(cval, "cval")
    value = np.asarray(cval)
    if value.ndim or value.dtype.kind not in "biufc" or isinstance(cval, np.ma.MaskedArray):
        raise TypeError(f"cval: expected a number, got {_array.shown(cval)}")
    if value.dtype.kind == "c" and call.x.dtype.kind != "c":
        raise TypeError(f"cval={cval!r}: expected a real number for a real input")
    return value


def fill(cval, call):
    """`cval` as an element of the call's computing dtype."""
    with np.errstate(over="ignore"):
        return constant(cval, call).astype(call.dtype)


def weights(value, name="weights"):
    """`value` as an array of float64 or complex128, not empty."""
    array = _array.as_array(value, name)
    if array.size == 0:
        raise ValueError(f"{name}: expected at least one weight, got shape {array.shape}")
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def first_tap(size, origin, name="origin"):
    """Where the first of `size` weights lies, as seen from the output: the middle one at 0, moved by `origin`."""
    origin = _array.index(origin, name)
    if not 0 <= size // 2 + origin < size:
        raise ValueError(f"{name}={origin}: expected {-(size // 2)} to {(size - 1) // 2} for a filter of size {size}")
    return -(size // 2) - origin


def sizes(size, count):
    """Samples of a window along each axis, such that no tile of two axes has more bytes than can be counted."""
    found = [_array.size(n, "size") for n in per_axis(size, count, "size")]
    if math.prod(n + _LARGEST_TILE for n in sorted(found)[-2:]) > sys.maxsize // _LARGEST_TILE:
        raise ValueError(f"size={_array.shown(size)}: a window has more samples than can be counted")
    return found


def positive(value, name, *, least=0):
    """`value` as a finite float, at least `least`."""
    return _array.real(value, name, least=least)


def number(value, name):
    """`value` as a finite float."""
    return _array.real(value, name)


def as_float_image(image):
    """(array, factor) of scikit-image's float image: integers span [0, 1] or [-1, 1], the two lowest ones are -1."""
    x = _array.as_array(image, "image", real=True)
    if x.dtype.kind in "bf":
        return x, 1.0
    limits = np.iinfo(x.dtype)
    if x.dtype.kind == "i" and x.size and x.min() == limits.min:
        x = np.maximum(x, -limits.max)
    return x, 1 / limits.max


def float_result(x):
    """The dtype that a filter without an integer result returns: that in which it is computed."""
    if x.dtype.kind == "f":
        return None
    return _array.FLOAT32 if x.dtype.itemsize <= 2 else _array.FLOAT64

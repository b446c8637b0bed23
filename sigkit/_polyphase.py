"""Polyphase filters on arrays: dtypes of taps, boundaries, lengths and designs, for `sigkit.multirate`."""

import math
import numbers
import sys

import numpy as np

from sigkit import _array, _designs

MODES = {
    "constant": _array.CONSTANT,
    "wrap": _array.WRAP,
    "edge": _array.EDGE,
    "smooth": _array.SMOOTH,
    "symmetric": _array.SYMMETRIC,
    "reflect": _array.REFLECT,
    "antisymmetric": _array.ANTISYMMETRIC,
    "antireflect": _array.ANTIREFLECT,
    "line": _array.LINE,
}

LARGEST_RATE = 1 << 31
"""Rates below it, with lines of at most 2**31 samples, keep every position within 63 bits; longer lines are checked."""


def rate(value, name):
    """A positive integer, also as a float without a fraction."""
    if not isinstance(value, int) and isinstance(value, numbers.Real) and not isinstance(value, numbers.Integral):
        if not math.isfinite(value) or value != int(value):
            raise ValueError(f"{name} must be an integer, got {value!r}")
        value = int(value)
    value = _array.index(value, name)
    if not 1 <= value < LARGEST_RATE:
        raise ValueError(f"{name}={value}: expected {name} >= 1 and < 2**31")
    return value


def taps_array(value, name, *, scalar=False):
    """Taps as a 1-D array of at least one; a scalar is one where it may be."""
    taps = _array.as_array(value, name)
    if scalar and not taps.ndim:
        return taps.reshape(1)
    if scalar and (taps.ndim > 1 or not taps.size):
        raise ValueError(f"Parameter {name} is not a non-empty 1-D array: got shape {taps.shape}")
    if taps.ndim != 1 or not taps.size:
        raise ValueError(f"{name} must be 1-D with non-zero length, got shape {taps.shape}")
    return taps


def result_dtype(x, *taps):
    """The signal's precision; complex where the signal or some taps are."""
    dtype = _array.common_dtype(x)
    if any(t.dtype.kind == "c" for t in taps) and dtype.kind != "c":
        return np.result_type(dtype, _array.COMPLEX64)
    return dtype


def fitted(taps, dtype):
    """Contiguous and aligned taps for results of `dtype`: real ones stay real."""
    return np.require(taps, dtype if taps.dtype.kind == "c" else _array.REAL_OF[dtype], "CA")


def boundary_of(mode, name):
    if not isinstance(mode, str) or mode.lower() not in MODES:
        raise ValueError(f"Unknown {name}: {mode!r}; expected one of {', '.join(MODES)}")
    return MODES[mode.lower()]


def fill_value(value, name, dtype):
    """The constant outside as a Python number, which a real result must be able to hold."""
    if type(value) is int and value == 0:  # by default: every dtype holds it
        return 0
    if not isinstance(value, (numbers.Number, np.number, np.bool_)):
        raise TypeError(f"{name}: expected a number, got {value!r}")
    if dtype.kind != "c" and isinstance(value, (complex, np.complexfloating)):
        raise TypeError(f"{name}: expected a real number for real signals and taps, got {value!r}")
    try:
        fill = complex(value)
        with np.errstate(over="ignore"):
            held = np.isfinite(dtype.type(fill if dtype.kind == "c" else fill.real)) or not np.isfinite(fill)
    except OverflowError:
        held = False
    if not held:
        raise ValueError(f"{name}={value}: expected a number that {dtype} can hold")
    return fill if dtype.kind == "c" else fill.real


def output_length(taps, samples, up, down):
    """Outputs whose window can hold a sample: (samples - 1) up + taps positions, every down-th of them."""
    return max(0, -(-((samples - 1) * up + taps) // down))


def run(x, taps, up, down, first, count, axis, dtype, *, mode=_array.CONSTANT, cval=0):
    """count outputs from position `first` on, along `axis` of a fresh array; x has its axis last already."""
    place = _array.line_place(axis, x.ndim - 1)
    batch, n = x.shape[:-1], x.shape[-1]
    if max(n * up + len(taps), first + count * down) > sys.maxsize >> 1:
        raise ValueError(f"up={up}: expected fewer samples than {n}, whose positions at that rate cannot be counted")
    _array.check_size(math.prod(batch) * count, dtype, f"up={up}")
    result = np.empty((*batch[:place], count, *batch[place:]), dtype)
    out = result if place == len(batch) else np.moveaxis(result, place, -1)
    if mode == _array.CONSTANT and cval == 0:
        mode = _array.EXISTING
    if mode not in (_array.EXISTING, _array.CONSTANT) and not n:
        raise ValueError("x: expected at least one sample along the axis to extend, got 0")
    _array.polyphase(x, fitted(taps, dtype), up, down, first, out, boundary=mode, fill=cval)
    return result


def resampling_filter(up, down, window):
    """Taps at `up` times the signal's rate, of gain `up`, and how many of them come before the centre; without a
    change of rate (None, 0), but `window` is checked all the same."""
    largest = max(up, down)
    if largest == 1:
        if isinstance(window, (list, np.ndarray)):
            taps_array(window, "window")
        else:
            _designs.window_values(21, window)
        return None, 0
    if isinstance(window, (list, np.ndarray)):
        taps = taps_array(window, "window")
        taps = taps.astype(np.float64) if taps.dtype.kind in "biu" or taps.dtype.itemsize == 2 else taps
        return taps * taps.dtype.type(up), (len(taps) - 1) // 2
    return _designs.lowpass(20 * largest + 1, 1 / largest, window) * up, 10 * largest

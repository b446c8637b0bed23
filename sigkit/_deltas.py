"""Time derivatives of features: taps, ends, and the public functions for whole arrays."""

import dataclasses
import functools
import math

import numpy as np

from sigkit import _array, _core

MOST = 8
"""Derivatives beside each other: SK_DELTAS in csrc/sk.h."""
METHODS = ("savgol", "regression", "kaldi")
_WIDTH = {"savgol": 9, "regression": 5, "kaldi": 5}
_MODE = {"savgol": "interp", "regression": "nearest", "kaldi": "nearest"}
_MODES = ("interp", "mirror", "constant", "nearest", "wrap")
_HIGHEST = 32
"""Order of a derivative, whose last digits rounding has taken long before."""
_WIDEST, _WIDEST_IN_PIPELINES = 2047, 255
"""Frames of a fit: the work grows with their square, and that of a pipeline's tables for shorter recordings with their
cube."""
_BLOCK_SAMPLES = 1 << 18
"""Samples of a block in time over all lines: what a pass keeps beside its output."""


@dataclasses.dataclass(frozen=True)
class Deltas:
    """The derivatives of orders 1 to `orders`."""

    orders: int
    method: str = "regression"
    width: int = 5

    @property
    def reach(self):
        """How far from a frame another one may lie that a derivative depends on."""
        return self.width - 1 if self.method == "savgol" else self.orders * (self.width // 2)


def resolve(orders, method, width, names=("deltas", "delta_method", "delta_width")):
    """Deltas for the keywords of these names."""
    orders = _array.index(orders, names[0], 0)
    if orders > MOST:
        raise ValueError(f"{names[0]}={orders}: expected at most {MOST}")
    method = _array.choice(method, names[1], METHODS)
    width = _odd_width(_WIDTH[method] if width is None else width, names[2], _WIDEST_IN_PIPELINES)
    if method == "savgol" and orders >= width:
        raise ValueError(f"{names[0]}={orders}: expected less than {names[2]}, which is {width}")
    return Deltas(orders, method, width)


def _odd_width(width, name, most):
    width = _array.index(width, name, 3, most)
    if width % 2 == 0:
        raise ValueError(f"{name}={width}: expected an odd number of frames")
    return width


# ---- weights ----


def _polynomial_weights(n, at, degree, order, spacing):
    """Weights (len(at), n) that give the derivative of the given order, at the indices `at`, of the polynomial fitted
    to n samples `spacing` apart; zeros where the polynomial has no such derivative."""
    degree = min(degree, n - 1)
    if order > degree:
        return np.zeros((len(at), n))
    half = max((n - 1) / 2, 1.0)  # positions in [-1, 1]: a well-conditioned fit
    fit = np.linalg.pinv(np.vander((np.arange(n) - (n - 1) / 2) / half, degree + 1, increasing=True))
    place = (np.asarray(at) - (n - 1) / 2) / half
    weights = np.zeros((len(at), n))
    for power in range(order, degree + 1):
        weights += math.perm(power, order) * np.power(place, power - order)[:, None] * fit[power]
    # Rounding left something in place of zeros, which would make an infinite sample infinite where it should not count.
    weights[np.abs(weights) < 1e-13 * np.abs(weights).max()] = 0
    return weights / np.float64(half * spacing) ** order


@functools.lru_cache(maxsize=64)
def taps(method, width, order, polyorder, spacing=1.0):
    """h of ``out[t] = sum(h[j] * x[t - len(h) // 2 + j])``."""
    half = width // 2
    if method == "savgol":
        h = _polynomial_weights(width, [half], polyorder, order, spacing)[0]
        h = (h + (-1) ** order * h[::-1]) / 2  # exactly even or odd
    else:
        slope = np.arange(-half, half + 1) * (3 / (half * (half + 1) * (2 * half + 1) * spacing))
        h = functools.reduce(np.convolve, [slope] * (order if method == "kaldi" else 1))
    h.flags.writeable = False
    return h


@functools.lru_cache(maxsize=32)
def plan(deltas, dtype):
    """What C needs for the derivatives of the pipelines."""
    d, orders = deltas, range(1, 1 + deltas.orders)
    kernels = [taps(d.method, d.width, order, order).astype(dtype) for order in orders]
    if d.method != "savgol":
        return _core.DeltaPlan(d.method == "regression", 0, kernels, [], [])
    half = d.width // 2
    at = [*range(half), *range(d.width - half, d.width)]
    ends = [_polynomial_weights(d.width, at, order, order, 1).astype(dtype) for order in orders]
    few = [
        np.concatenate([_polynomial_weights(n, range(n), order, order, 1).ravel() for n in range(1, d.width)])
        for order in orders
    ]
    few = [weights.astype(dtype) for weights in few]
    return _core.DeltaPlan(False, d.width, kernels, ends, few)


# ---- lines: arrays (..., n), filtered along the last axis ----


def _places(at, count, n, mode):
    """The indices of the samples that stand at `at` and behind it; n where there is none."""
    i = np.arange(at, at + count)
    if mode == "wrap":
        return i % n
    if mode == "mirror":
        i %= max(2 * n - 2, 1)
        return np.minimum(i, 2 * n - 2 - i) if n > 1 else i
    if mode == "constant":
        return np.where((i >= 0) & (i < n), i, n)
    return np.clip(i, 0, n - 1)


def _extended(x, at, count, mode, cval, dtype):
    n = x.shape[-1]
    places = _places(at, count, n, mode)
    if mode != "constant":
        return x[..., places].astype(dtype)
    piece = np.full((*x.shape[:-1], count), cval, dtype)
    piece[..., places < n] = x[..., places[places < n]]
    return piece


def _filter(x, begin, end, h, mode, cval, out):
    """out = outputs [begin, end) of x extended by `mode`; inside the line nothing is copied."""
    n, half = x.shape[-1], len(h) // 2
    h = h.astype(_array.REAL_OF[out.dtype])
    first, last = min(max(begin, half), end), max(min(end, n - half), begin)
    if first < last:
        inside = x[..., first - half : last + half]
        _array.correlation(inside, h, (0,), out[..., first - begin : last - begin], out.dtype)
    else:
        first = last = end
    for a, b in ((begin, first), (last, end)):
        if a < b:
            piece = _extended(x, a - half, b - a + 2 * half, mode, cval, out.dtype)
            _array.correlation(piece, h, (0,), out[..., a - begin : b - begin], out.dtype)


def _fitted_ends(x, out, width, order, polyorder, spacing):
    """The first and last outputs, from the polynomial through the first and the last `width` samples; all outputs of a
    shorter line, from one polynomial through it."""
    if out.dtype.kind == "c":  # its parts alone: a factor must not make a NaN of (inf + 0j)
        _fitted_ends(x.real, out.real, width, order, polyorder, spacing)
        _fitted_ends(x.imag, out.imag, width, order, polyorder, spacing)
        return
    n, half = x.shape[-1], width // 2
    ends = ((0, range(half)), (n - width, range(width - half, width))) if n >= width else ((0, range(n)),)
    for begin, places in ends:
        weights = _polynomial_weights(min(n, width), places, polyorder, order, spacing).astype(out.dtype)
        total = weights[:, 0] * x[..., begin, None].astype(out.dtype)
        for j in range(1, weights.shape[1]):
            total += weights[:, j] * x[..., begin + j, None].astype(out.dtype)
        out[..., begin + places.start : begin + places.stop] = total


def _regression(x, begin, end, h, order, mode, cval, out):
    """Outputs [begin, end) of the slope of the slope ...: every pass extends its own input."""
    if order == 1:
        _filter(x, begin, end, h, mode, cval, out)
        return
    n, half = x.shape[-1], len(h) // 2
    if mode == "wrap":  # what lies across the ends is needed: all of it
        low, high = 0, n
    else:
        low, high = max(begin - 2 * half, 0), min(end + 2 * half, n)
    slope = np.empty((*x.shape[:-1], high - low), out.dtype)
    _regression(x, low, high, h, order - 1, mode, cval, slope)
    if low == 0 and high == n or mode == "wrap":
        _filter(slope, begin, end, h, mode, cval, out)
        return
    # An end of `slope` that is not one of the line is far enough from [begin, end).
    _filter(slope, begin - low, end - low, h, mode, cval, out)


def differentiate(x, out, method, width, order, *, mode=None, cval=0.0, polyorder=None, spacing=1.0):
    """out = the derivative of the given order of x along the last axis; both (..., n)."""
    n = x.shape[-1]
    if not x.size:
        return
    mode = mode or _MODE[method]
    polyorder = order if polyorder is None else polyorder
    h = taps(method, width, order, polyorder, spacing)
    if mode == "interp":
        if n >= width:
            half = width // 2
            _filter(x, half, n - half, h, "nearest", 0, out[..., half : n - half])
        with np.errstate(invalid="ignore", over="ignore", under="ignore"):
            _fitted_ends(x, out, width, order, polyorder, spacing)
    elif method == "regression":
        step = max(1, _BLOCK_SAMPLES // max(x.size // n, 1)) if mode != "wrap" else n
        for begin in range(0, n, step):
            end = min(begin + step, n)
            _regression(x, begin, end, h, order, mode, cval, out[..., begin:end])
    else:
        _filter(x, 0, n, h, mode, cval, out)


@functools.lru_cache(maxsize=64)
def _check_weights(method, width, order, polyorder, spacing, dtype):
    """Refuse a spacing so small that derivatives leave the range."""
    with np.errstate(all="ignore"):
        weights = [taps(method, width, order, order if polyorder is None else polyorder, spacing)]
        if method == "savgol":  # the largest are those at an end
            weights.append(_polynomial_weights(width, [0], order if polyorder is None else polyorder, order, spacing))
        finite = all(np.isfinite(some.astype(dtype)).all() for some in weights)
    if not finite:
        raise ValueError(f"delta={spacing}: derivatives of order {order} per so little leave the range of {dtype}")


# ---- the public functions ----


def delta(
    data, *, width=None, order=1, axis=-1, mode=None, method="savgol", polyorder=None, delta=1.0, cval=0.0, out=None
):
    """Derivative of features along time: the slope of a line (or polynomial) fitted to the frames around each frame.

    Parameters
    ----------
    data : array_like, shape (..., n, ...)
        Features, real or complex, with time along `axis`.
    width : int, optional
        Frames that a fit covers: odd, from 3 to 2047. More frames smooth more. Default: librosa's 9 for "savgol",
        torchaudio's and Kaldi's 5 for the others.
    order : int, default 1
        Which derivative, up to 32; 2 is that of delta-deltas.
    axis : int, default -1
        The time axis. Default -1: librosa's layout, (bands, frames); `log_mel` returns (frames, bands), axis -2.
    mode : {"interp", "nearest", "mirror", "constant", "wrap"}, optional
        What the first and last ``width // 2`` frames are made of, for frames a b c d:

        - "interp": a polynomial through the first (last) `width` frames; through all where there are fewer
        - "nearest": ``a a a | a b c d | d d d``
        - "mirror": ``d c b | a b c d | c b a``
        - "constant": `cval` all along
        - "wrap": ``b c d | a b c d | a b c``

        Default: "interp" for "savgol" (librosa), "nearest" for the others (torchaudio, Kaldi).
    method : {"savgol", "regression", "kaldi"}, default "savgol"
        - "savgol": Savitzky-Golay: the derivative, at each frame, of the polynomial that fits best
        - "regression": ``sum(k * (c[t + k] - c[t - k])) / (2 * sum(k**2))``, again and again for higher orders, the
          result of each pass being extended at its ends (torchaudio)
        - "kaldi": the same as one filter over the extended features (Kaldi's add-deltas): it differs from
          "regression" near the ends, for orders above 1
    polyorder : int, optional
        Of the polynomial of "savgol"; below `width`. Default: `order`, the smoothest that has such a derivative.
    delta : float, default 1.0
        Time between frames: the result is per unit of it. Default 1: per frame.
    cval : float, default 0.0
        What ``mode="constant"`` extends with.
    out : ndarray, shape (..., n, ...), optional
        Where to put the result; of exactly the result's dtype. May overlap `data`.

    Returns
    -------
    ndarray, shape (..., n, ...)
        Of the dtype of `data`; float64 for integers, float32 for float16. `out` where it was given.

    Raises
    ------
    TypeError
        For masked arrays, matrices, unsupported dtypes, and parameters of the wrong type.
    ValueError
        For an even, small or huge `width`, an `order` out of range, ``polyorder >= width``, a `delta` so small that the
        derivatives leave the range, an unknown `mode` or `method`, "interp" with another method than "savgol", or an
        `out` that does not fit.

    See Also
    --------
    stack_deltas : features with their derivatives in one array.
    log_mel : has them on request.

    Notes
    -----
    Counterparts: ``librosa.feature.delta`` (a call of ``scipy.signal.savgol_filter``); for ``method="regression"``
    ``torchaudio.functional.compute_deltas``, where `width` is `win_length`. Differences: `width` may exceed the number
    of frames, where librosa raises: "interp" then fits one polynomial to all frames (its degree at most their number
    less one: a single frame has derivative 0); complex data keep their imaginary part.

    A NaN reaches the frames whose fit holds it. Error: ``(width + 4) * eps * sum(|weights| * |data|)``, for each pass
    of "regression".

    Source: A. Savitzky and M. Golay, Analytical Chemistry 36 (1964); S. Young et al., The HTK Book, section 5.9.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> sigkit.delta(np.arange(6.0) ** 2, width=3)
    array([2., 2., 4., 6., 8., 8.])
    >>> sigkit.delta(np.arange(6.0) ** 2, width=3, method="regression")
    array([0.5, 2. , 4. , 6. , 8. , 4.5])
    """
    x = _array.as_array(data, "data")
    dtype = _array.common_dtype(x)
    method = _array.choice(method, "method", METHODS)
    width = _odd_width(_WIDTH[method] if width is None else width, "width", _WIDEST)
    order = _array.index(order, "order", 1, _HIGHEST)
    mode = _MODE[method] if mode is None else _array.choice(mode, "mode", _MODES)
    if mode == "interp" and method != "savgol":
        raise ValueError(f"mode='interp': expected method='savgol', got {method!r}")
    if polyorder is not None:
        polyorder = _array.index(polyorder, "polyorder", 0)
        if method != "savgol":
            raise ValueError(f"polyorder={polyorder}: expected method='savgol', got {method!r}")
    if method == "savgol" and (order if polyorder is None else polyorder) >= width:
        raise ValueError(f"polyorder={order if polyorder is None else polyorder}: expected less than width={width}")
    spacing, cval = _array.real(delta, "delta", above=0), _array.real(cval, "cval")
    _check_weights(method, width, order, polyorder, spacing, _array.REAL_OF[dtype])
    lines = _array.axis_last(x, axis, "data")
    computed, out = _array.output(out, x.shape, dtype, (x,))
    place = axis if x.ndim > 1 else -1
    differentiate(
        lines, np.moveaxis(computed, place, -1), method, width, order,
        mode=mode, cval=cval, polyorder=polyorder, spacing=spacing,
    )  # fmt: skip
    return _array.deliver(computed, out)


def stack_deltas(features, deltas=2, *, axis=-2, stack_axis=-1, method="regression", width=None, out=None):
    """Features with their first, second, ... derivatives along time, as the channels of one array.

    Parameters
    ----------
    features : array_like, shape (..., frames, bands)
        Real or complex, with time along `axis`.
    deltas : int, default 2
        How many derivatives. Default 2: static, delta and delta-delta, the three channels ("depth") that the encoders
        of end-to-end speech models take.
    axis : int, default -2
        The time axis of `features`. Default -2: the layout of `log_mel`; -1 for librosa's.
    stack_axis : int, default -1
        The axis of the result along which they are stacked. Default -1: (frames, bands, 3); 0 gives (3, frames, bands)
        for a single recording.
    method : {"regression", "kaldi", "savgol"}, default "regression"
        As in `delta`. Default: what the speech toolkits compute.
    width : int, optional
        Frames that a fit covers; odd, up to 255. Default: 5, for "savgol" 9.
    out : ndarray, optional
        Where to put the result; of its shape and exactly its dtype. May overlap `features`.

    Returns
    -------
    ndarray, shape (..., frames, bands, 1 + deltas)
        Of the dtype of `features`; float64 for integers, float32 for float16. `out` where it was given.

    Raises
    ------
    TypeError
        For masked arrays, matrices, unsupported dtypes, and parameters of the wrong type.
    ValueError
        For ``deltas < 0``, an even `width`, an unknown `method`, an axis out of range, or an `out` that does not fit.

    See Also
    --------
    delta : one derivative, with more choices.
    log_mel : computes all of them in one call.

    Notes
    -----
    No counterpart; with "regression" equal to stacking features, ``torchaudio.functional.compute_deltas`` of them, and
    the same of that. Errors and the NaN rule are those of `delta`.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> features = np.outer(np.arange(100.0), np.ones(80))
    >>> sigkit.stack_deltas(features).shape
    (100, 80, 3)
    >>> sigkit.stack_deltas(features)[50, 0].round(12)
    array([50.,  1.,  0.])
    """
    x = _array.as_array(features, "features")
    if x.ndim < 1:
        raise ValueError("features: expected at least one dimension, got a scalar")
    dtype = _array.common_dtype(x)
    spec = resolve(deltas, method, width, ("deltas", "method", "width"))
    axis = _axis(axis, "axis", x.ndim)
    stack_axis = _axis(stack_axis, "stack_axis", x.ndim + 1)
    shape = (*x.shape[:stack_axis], 1 + spec.orders, *x.shape[stack_axis:])
    computed, out = _array.output(out, shape, dtype, (x,))
    stacked = np.moveaxis(computed, stack_axis, 0)
    stacked[0] = x
    lines = np.moveaxis(x, axis, -1)
    for order in range(1, 1 + spec.orders):
        differentiate(lines, np.moveaxis(stacked[order], axis, -1), spec.method, spec.width, order)
    return _array.deliver(computed, out)


def _axis(axis, name, ndim):
    number = _array.index(axis, name)
    if not -ndim <= number < ndim:
        raise ValueError(f"{name}={number}: out of range for {ndim} dimensions")
    return number % ndim

"""The gate: what every public function does with its arrays before and after the one call into C.

Here are the dtype rules, axes, broadcasting, outputs, overlap, and the errors about them. No copy is made: C reads
any strides, alignment and byte order, and converts while it loads.
"""

import math
import operator
import sys

import numpy as np

from sigkit import _core, _fft_plan, _workers

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
LONGEST = sys.maxsize >> 6
"""Of points, hops and lengths: beyond it sizes in bytes would not be counted right."""

# sk_boundary in csrc/sk.h
EXISTING, CONSTANT, WRAP, SYMMETRIC, REFLECT, EDGE, SMOOTH, LINE, ANTISYMMETRIC, ANTIREFLECT = range(10)
_NO_FILL = bytes(16)
_PEARSON_TAPS = 1 << 18
"""Of a bank at once, so that a tile of windows stays short: a large bank must not keep Ctrl-C waiting."""


_SPECTRAL_TAPS = 64
"""Taps from which a sliding Pearson coefficient takes its numerators through spectra."""
_SPECTRA_BYTES = 1 << 24
"""Of a bank of templates at once."""


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


def shown(value):
    """`value` for a message, in a line: a number of thousands of digits has no text, and an array may have many."""
    try:
        text = " ".join((str if isinstance(value, np.generic) else repr)(value).split())
    except ValueError:
        text = f"({type(value).__name__})"
    return text if len(text) <= 60 else f"{text[:40]}..."


def index(value, name, least=None, most=None):
    """`value` as an int, at least `least` and at most `most`."""
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name}: expected an integer, got {value!r}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: expected an integer, got {type(value).__name__}") from None
    if least is not None and number < least:
        raise ValueError(f"{name}={shown(number)}: expected at least {least}")
    if most is not None and number > most:
        raise ValueError(f"{name}={shown(number)}: expected at most {most}")
    return number


def size(value, name, least=1):
    """`value` as a number of samples, frames or bands: an int that C holds, also times others of its kind."""
    return index(value, name, least, LONGEST)


def _as_float(value, name):
    kind = getattr(getattr(value, "dtype", None), "kind", "f")
    if isinstance(value, (bool, str, bytes, np.ma.MaskedArray)) or getattr(value, "ndim", 0) or kind not in "iuf":
        raise TypeError(f"{name}: expected a real number, got {shown(value)}")
    try:
        return float(value)
    except OverflowError:  # an integer or a fraction
        return math.inf if value > 0 else -math.inf
    except (TypeError, ValueError):
        raise TypeError(f"{name}: expected a real number, got {type(value).__name__}") from None


def real(value, name, *, least=None, above=None, most=None, finite=True):
    """`value` as a float within the limits that are given; `finite`: neither infinite nor NaN, which no limit holds."""
    number = value if type(value) is float else _as_float(value, name)
    holds = (not finite or math.isfinite(number), least is None or number >= least, above is None or number > above,
             most is None or number <= most)  # fmt: skip
    if not all(holds):
        words = "a finite number" if finite else "a number"
        words += "" if above is None else f" above {above}"
        limits = [f"at {word} {limit}" for word, limit in (("least", least), ("most", most)) if limit is not None]
        raise ValueError(f"{name}={shown(value)}: expected {', '.join([words, ' and '.join(limits)]).rstrip(', ')}")
    return number


def fill_value(value, dtype):
    """What stands where a result is not defined, as a float: any that `dtype` holds."""
    fill = real(value, "fill_value", finite=False)
    if math.isfinite(fill) and abs(fill) > float(np.finfo(dtype).max):
        raise ValueError(f"fill_value={shown(value)}: expected a value that {dtype} holds")
    return fill


def flag(value, name):
    """`value` as a bool: only what is one."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name}: expected True or False, got {value!r}")
    return bool(value)


def choice(value, name, choices):
    """`value`, which must be one of `choices`."""
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected one of {', '.join(map(repr, choices))}, got {type(value).__name__}")
    if value not in choices:
        raise ValueError(f"{name}={value!r}: expected one of {', '.join(map(repr, choices))}")
    return value


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


def may_overlap_itself(array):
    """Whether elements could share bytes: in no slice or transpose of an array does an axis step into a smaller one."""
    reach = array.itemsize
    for stride, length in sorted((abs(s), n) for s, n in zip(array.strides, array.shape, strict=True) if n > 1):
        if stride < reach:
            return array.size > 0
        reach += stride * (length - 1)
    return False


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
    if not out.flags.forc and may_overlap_itself(out):
        raise ValueError(f"out: expected elements of its own, got strides {out.strides} for shape {out.shape}")
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


def polyphase(x, taps, up, down, first, out, *, boundary=EXISTING, fill=0):
    """out[..., k] = sum over j of taps[j] x[..., (first + k down - j) / up] over the j for which that is an integer,
    in C. x[...] has out's batch; taps are contiguous, of out's dtype or of its real part's."""
    if out.size == 0:
        return
    if x.shape[-1] == 0:
        if boundary != CONSTANT:
            out[...] = 0
            return
        x = np.full((*x.shape[:-1], 1), fill, out.dtype)
    _core.run_polyphase(
        x,
        _CODES[x.dtype],
        taps,
        out,
        _CODES[out.dtype],
        up,
        down,
        first,
        boundary,
        np.asarray(fill, out.dtype).tobytes() if boundary == CONSTANT else _NO_FILL,
        out.dtype != taps.dtype,
        _workers.resolve,
    )


def overlap_save(x, taps, lo, out):
    """out[..., k, i] = sum over j of taps[k, j] x[..., lo + i - j], in C, through spectra of blocks. x[...] broadcasts
    to out's batch; taps are finite, contiguous, of out's dtype. A sample that is not finite counts as 0.

    Returns whether each line of the batch had such a sample.
    """
    marks = np.zeros(out.shape[:-2], np.uint8)
    if out.size:
        plan = _fft_plan.overlap_save(taps.shape[1], out.shape[-1], out.dtype)
        at_once = max(1, _SPECTRA_BYTES // (2 * plan.n * REAL_OF[out.dtype].itemsize))
        for k in range(0, len(taps), at_once):
            some = slice(k, k + at_once)
            _core.run_overlap_save(
                x, _CODES[x.dtype], taps[some], out[..., some, :], _CODES[out.dtype], lo, plan, marks, _workers.resolve
            )
    return marks


def overlap_save_2d(x, taps, lo, out, *, boundary=EXISTING, fill=0):
    """The same for images, extended by `boundary`: out[..., i, k] = sum over (a, b) of
    taps[a, b] x[..., lo[0] + i - a, lo[1] + k - b]."""
    marks = np.zeros(out.shape[:-2], np.uint8)
    if out.size:
        across, down = _fft_plan.overlap_save_2d(taps.shape, out.shape[-2:], out.dtype)
        _core.run_overlap_save_2d(
            x, _CODES[x.dtype], taps, out, _CODES[out.dtype], lo, boundary,
            np.asarray(fill, out.dtype).tobytes() if boundary == CONSTANT else _NO_FILL, across, down, marks,
            _workers.resolve,
        )  # fmt: skip
    return marks


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


def lag_spectra(x, y, first, lags, batch, dtype, plan):
    """The spectra, shape (*batch, plan.n), of sum over t of x[..., t + first + l] conj(y[..., t]), l < lags, in C: see
    sk_lag_spectra; None where a sample is not finite."""
    total = np.empty((*batch, plan.n), COMPLEX128)
    finite = _core.run_lag_spectra(
        x, _CODES[x.dtype], y, _CODES[y.dtype], total, _CODES[dtype], first, lags, plan, _workers.resolve
    )
    return total if finite else None


def sliding_pearson(x, templates, out, fill, weights=None):
    """out[..., k, i]: Pearson coefficient of x[..., i : i + m] with the centred unit templates[k], in C."""
    if out.size == 0:
        return
    m, size = templates.shape[1], out.shape[-1]
    spectral = weights is None and _SPECTRAL_TAPS <= m <= _fft_plan.LONGEST // 2
    total = m if weights is None else weights.sum()
    plan = _fft_plan.overlap_save(m, size, FLOAT64) if spectral else None
    many = max(1, _PEARSON_TAPS // m)
    sums = -templates.cumsum(axis=-1, dtype=np.longdouble).astype(np.float64)
    for k in range(0, len(templates), many):
        some = slice(k, k + many)
        _core.run_sliding_pearson(
            x, _CODES[x.dtype], templates[some], sums[some], weights, total, out[..., some, :], _CODES[out.dtype],
            fill, plan, _workers.resolve,
        )  # fmt: skip


def match(x, templates, plan, out, m, mask_sum, fill):
    """out[..., k, :, :, :] = coefficients of windows of x[..., channel, :, :, :] with the centred unit templates[k], as
    `plan` cuts them into parts, in C: see sk_match."""
    _core.run_match(
        x, _CODES[x.dtype], templates, plan.parts, out, _CODES[out.dtype], m, mask_sum, fill, plan.across, plan.down,
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


def row_differences(x, y, out, *, symmetric):
    """out[..., i, k] = mean of |x[..., i, :] - y[..., k, :]|, in C; `symmetric`: x is y."""
    _core.run_row_differences(
        x, _CODES[x.dtype], y, _CODES[y.dtype], out, _CODES[out.dtype], symmetric, _workers.resolve
    )
# sk_rolling_kind in csrc/sk_similarity.h
ROLLING_MEAN, ROLLING_STD, ROLLING_PEARSON = range(3)


def rolling(kind, x, y, out, window, divisor=1.0, fill=0.0):
    """out[..., i] = a statistic of x[..., i : i + window] (and of the same samples of y, unless None), in C."""
    if out.size:
        _core.run_rolling(
            x, _CODES[x.dtype], y, 0 if y is None else _CODES[y.dtype], out, _CODES[out.dtype], kind, window, divisor,
            fill, _workers.resolve,
        )  # fmt: skip
def center_rows(x, out, *, unit, weights=None, bits=None):
    """out[..., parts, :] = the rows of x about their means, over their norms (`unit`) or times a power of two, in C:
    see sk_center_rows. weights: (weights, their roots, their sum). bits: where to write which samples are finite, and
    which no NaN; all others are then left out.

    Returns (..., 4): the exponent of that power; how many samples are finite; the squares of each part of out.
    """
    info = np.empty((*out.shape[:-2], 4))
    if out.size:
        each, roots, total = (None, None, float(x.shape[-1])) if weights is None else weights
        _core.run_center_rows(
            x, _CODES[x.dtype], out, _CODES[out.dtype], info, each, roots, total, unit, *(bits or (None, None)),
            _workers.resolve,
        )  # fmt: skip
    return info


def common_counts(a, b, counts):
    """counts[i, j] = how many bits are set both in a[i] and in b[j], in C."""
    if counts.size:
        _core.run_common_counts(a, b, counts, _workers.resolve)


_LISTED_SAMPLES = 1 << 14
"""At once, so that a tile stays short."""


def listed_sums(z, bits, listed, sums, squares):
    """Add to sums[i, j] and squares[i, j] those of z[i] over the samples whose bits in bits[j] are set (where
    listed[j]) or not set (elsewhere), in C."""
    n = z.shape[1]
    for first in range(0, n if sums.size else 0, _LISTED_SAMPLES):
        last = min(first + _LISTED_SAMPLES, n)
        _core.run_listed(z, bits, listed, sums, squares, first, last, _workers.resolve)


def common_pairs(rows, parts, bits, scales, pairs, moments):
    """moments[k] = squares and products of what pair k of rows has in common, in C: see sk_common_pairs."""
    x, y = rows
    _core.run_common_pairs(
        x, _CODES[x.dtype], y, _CODES[y.dtype], parts, bits, scales, pairs, moments, _workers.resolve
    )


def frames(x, spectrum, computes, hop, begin, outside, factors, out):
    """out[..., f, :] = what `spectrum` keeps of the frame of x[..., :] from sample f hop + begin on, in C; computes is
    the dtype that samples are loaded as. `outside`: which sample stands for each beyond the ends, times `factors`."""
    if out.size:
        _core.run_frames(
            x, _CODES[x.dtype], _CODES[computes], hop, begin, outside, factors, spectrum, out, _CODES[out.dtype],
            _workers.resolve,
        )  # fmt: skip


def overlap_add(x, spectrum, hop, first, out):
    """out[..., :] = the line whose spectra come closest to x[..., frames, bins], in C; its first window begins at
    sample `first`."""
    if out.size:
        _core.run_overlap_add(x, _CODES[x.dtype], hop, first, spectrum, out, _CODES[out.dtype], _workers.resolve)


def spectral_sums(lines, computes, spectrum, hop, count, sums):
    """Add to `sums` what `count` segments of one line, or of two, give: in C, in double precision. Of one its powers;
    of two the powers of the first, of the second (or None) and the product, conj(first) second."""
    x, y = lines if len(lines) == 2 else (lines[0], None)
    _core.run_welch(
        x, _CODES[x.dtype], y, 0 if y is None else _CODES[y.dtype], _CODES[computes[0]], _CODES[computes[-1]], hop,
        count, spectrum, *sums, _workers.resolve,
    )  # fmt: skip


# sk_pad in csrc/sk.h
_PADS = {name: code for code, name in enumerate(("constant", "reflect", "symmetric", "edge"))}


def log_mel(x, out, mel, deltas, lengths, counts, *, origin, pad, base=0, first=0):
    """out[..., t, k, 0] = feature k of frame first + t of x[...], in C, for t < counts[...]; with a plan of deltas its
    derivatives behind it. A frame begins `origin` behind each hop; x holds the samples from `base` on of lengths[...].
    """
    if out.size and x.size:
        _core.run_log_mel(
            x, _CODES[x.dtype], out, _CODES[out.dtype], mel, deltas, lengths, counts, origin, base, first, _PADS[pad],
            _workers.resolve,
        )  # fmt: skip


def combine_rows(x, out, mel):
    """out[..., k, i] = band k of the rows x[..., :, i], in C."""
    if out.size:
        _core.run_combine(x, _CODES[x.dtype], out, _CODES[out.dtype], mel, _workers.resolve)


def stack_deltas(x, out, deltas, *, first=0, statics):
    """out[..., t, k, :] = derivatives of frame first + t of x[..., :, k], in C, `statics` also the frame itself."""
    if out.size:
        _core.run_deltas(x, _CODES[x.dtype], out, _CODES[out.dtype], deltas, first, statics, _workers.resolve)


def image_filter(x, out, dtype, boundaries, fill, weights, terms, planes, *, sequential, root):
    """out[...] = the sum of `terms` (or the root of the sum of their squares) over the last axes of x, in `dtype`: in
    C, see sk_image_filter. Each of those axes has a boundary; weights are of `dtype`, or real."""
    _core.run_image_filter(
        x, _CODES[x.dtype], out, _CODES[out.dtype], _CODES[dtype], len(boundaries), tuple(boundaries),
        np.asarray(fill, dtype).tobytes(), weights, weights.dtype.kind != "c", terms, planes, sequential, root,
        _workers.resolve,
    )  # fmt: skip


# sk_window_kind and sk_rank_method in csrc/sk_images.h
SUM, LEAST, LARGEST = range(3)
BY_MEDIAN_3, BY_MEDIAN_5, BY_NETWORK, BY_BITS, BY_COUNTS = range(5)


def windows(x, out, dtype, kind, size, at, boundaries, fill, divisor=1.0):
    """out[..., y, x] = the sum (over `divisor`), the least or the largest of a rectangle of the images x[...], in C."""
    if out.size:
        _core.run_windows(
            x, _CODES[x.dtype], out, _CODES[out.dtype], _CODES[dtype], kind, tuple(size), tuple(at), tuple(boundaries),
            np.asarray(fill, dtype).tobytes(), divisor, _workers.resolve,
        )  # fmt: skip


def bilateral(x, out, boundaries, fill, spatial, steepness):
    """out[..., channel, y, x] = means of the images x[...] weighted by `spatial` and by difference, in C: sk_bilateral.
    Computed in the dtype of `spatial`."""
    if out.size:
        _core.run_bilateral(
            x, _CODES[x.dtype], out, _CODES[out.dtype], _CODES[spatial.dtype], spatial.shape, tuple(boundaries),
            np.asarray(fill, spatial.dtype).tobytes(), spatial, steepness, _workers.resolve,
        )  # fmt: skip


def rank_filter(x, out, boundaries, fill, offsets, planes, rank, method, pairs):
    """out[...] = the sample of rank `rank` of those at `offsets` from each of x[...], in C: see sk_rank_filter."""
    if out.size:
        _core.run_rank_filter(
            x, out, _CODES[x.dtype], len(boundaries), tuple(boundaries), np.asarray(fill, x.dtype).tobytes(), offsets,
            planes, rank, method, pairs, _workers.resolve,
        )  # fmt: skip


def conv(x, weights, bias, out, dtype, windows):
    """out[n, g, o] = sum over c of the correlations of x[n, g, c] with weights[g, o, c], plus bias[g, o] unless None,
    in C: see sk_conv. `dtype` is what x is computed as; weights are contiguous; windows: see sk_layer_windows."""
    if out.size:
        _core.run_conv(
            x, _CODES[x.dtype], _CODES[dtype], weights, _CODES[weights.dtype], bias,
            0 if bias is None else _CODES[bias.dtype], out, _CODES[out.dtype], windows, _workers.resolve,
        )  # fmt: skip


def local(x, weights, bias, out, windows):
    """out[n, o] = the same with weights[o, c, :, :, y, x] at every place, all real, in C: see sk_local."""
    if out.size:
        _core.run_local(
            x, _CODES[x.dtype], _CODES[out.dtype], weights, bias, 0 if bias is None else _CODES[bias.dtype], out,
            windows, _workers.resolve,
        )  # fmt: skip


def normalize(x, mask, out, axes, method):
    """out[...] = x[...] rescaled over its last `axes` axes where the mask, unless None, says so, in C."""
    _core.run_normalize(x, _CODES[x.dtype], mask, out, _CODES[out.dtype], axes, method, _workers.resolve)


def pad(items, out, mask, method, fill):
    """out[i] = items[i], rescaled by `method`, and `fill` behind it; mask[i] says which is which; in C."""
    _core.run_pad(
        items, [_CODES[item.dtype] for item in items], out, mask, _CODES[out.dtype], method,
        np.asarray(fill, out.dtype).tobytes(), _workers.resolve,
    )  # fmt: skip


def image_spectra(x, out, dtype, channels, representation, floor, plans, shifts, inverse):
    """out = the 2-D transforms of images x in `dtype`, or their channels, in C: see csrc/sk_network.h."""
    _core.run_planes(x, _CODES[x.dtype], out, _CODES[dtype], channels, representation, floor, *plans, *shifts, inverse,
                     _workers.resolve)  # fmt: skip


def split(x, out, dtype, representation, floor):
    """out[..., channels, :] = the channels of the complex samples x[..., :], computed in `dtype`, in C."""
    if out.size:
        _core.run_split(x, _CODES[x.dtype], out, _CODES[dtype], representation, floor, _workers.resolve)


def swap_axes(x, out):
    """out = x, whose last axis lies apart, in C: square by square."""
    _core.run_swap_axes(x, _CODES[x.dtype], out, _CODES[out.dtype], _workers.resolve)

"""Naive oracles: one per public function, same signature, as slow and as plain as they come.

NumPy alone, never sigkit. Floating-point input is summed in ``longdouble`` (``clongdouble``), integers in Python's own
integers, wrapped into int64 once at the end. Sums run over the samples that exist: nothing is padded with zeros, so
``convolve([1, 2], [inf, 1])`` is ``[inf, inf, 2]`` and no ``0 * inf`` ever arises. Results come back in the wide dtype.
"""

import numpy as np
from reference_features import *  # noqa: F403
from reference_filter_design import *  # noqa: F403
from reference_multirate import *  # noqa: F403
from reference_spectral import *  # noqa: F403

QUIET = np.errstate(invalid="ignore", over="ignore", divide="ignore", under="ignore")


def widen(*arrays, exact=True):
    """Python integers where all are integers and these are exact, else the widest float or complex of each."""
    arrays = [np.asarray(x) for x in arrays]
    if exact and all(x.dtype.kind in "biu" for x in arrays):
        wide = [x.astype(int if x.dtype.kind == "b" else x.dtype).astype(object) for x in arrays]
    else:
        wide = [x.astype(np.clongdouble if x.dtype.kind == "c" else np.longdouble) for x in arrays]
    return wide if len(wide) > 1 else wide[0]


def wrap_to_int64(total):
    """Python integers modulo 2^64, as int64 holds them; anything else as it is."""
    if total.dtype != object:
        return total
    return np.array([(int(v) + 2**63) % 2**64 - 2**63 for v in total.ravel()], np.int64).reshape(total.shape)


def multiply(a, b):
    """a times b, where a real factor scales each part of a complex one alone: (inf + 0j) * 2 has no NaN."""
    if np.iscomplexobj(a) == np.iscomplexobj(b):
        return a * b
    real, other = (b, a) if np.iscomplexobj(a) else (a, b)
    product = np.empty(broadcast(np.shape(a), np.shape(b)), np.clongdouble)
    product.real, product.imag = other.real * real, other.imag * real
    return product


@QUIET
def full_convolution(in1, in2):
    """Every product of two samples, added to the output that it belongs to, over all axes."""
    if in1.ndim != in2.ndim:
        raise ValueError(f"in1 has {in1.ndim} axes and in2 has {in2.ndim}")
    shape = tuple(n + m - 1 if n and m else 0 for n, m in zip(in1.shape, in2.shape, strict=True))
    out = np.zeros(shape, np.result_type(in1, in2))
    for k in np.ndindex(in2.shape) if in1.size else ():
        out[tuple(slice(start, start + n) for start, n in zip(k, in1.shape, strict=True))] += multiply(in1, in2[k])
    return out


def cut(full, shape1, shape2, mode):
    """The part of a full result that `mode` names."""
    if mode == "full":
        return full
    if mode == "same":
        part = [slice((m - 1) // 2, (m - 1) // 2 + n) for n, m in zip(shape1, shape2, strict=True)]
    else:
        shorter = [n < m for n, m in zip(shape1, shape2, strict=True)]
        if any(shorter) and any(n > m for n, m in zip(shape1, shape2, strict=True)):
            raise ValueError("neither input is at least as large as the other along every axis")
        part = [slice(min(n, m) - 1, max(n, m)) for n, m in zip(shape1, shape2, strict=True)]
    return full[tuple(part)]


def broadcast(*shapes):
    """As np.broadcast_shapes, which gives up beyond 32 axes."""
    rank = max(map(len, shapes))
    sizes = [set(lengths) - {1} for lengths in zip(*((1,) * (rank - len(s)) + s for s in shapes), strict=True)]
    if any(len(lengths) > 1 for lengths in sizes):
        raise ValueError(f"shapes {shapes} do not broadcast")
    return tuple(lengths.pop() if lengths else 1 for lengths in sizes)


def along(function, axis, *arrays):
    """function(line, line, ...) for each line along `axis`, broadcast over all others; a 1-D array is one line.

    The axes of function's result, one or more, stand where `axis` was.
    """
    lines = [x if x.ndim == 1 else np.moveaxis(x, axis, -1) for x in arrays]
    outer = broadcast(*(x.shape[:-1] for x in lines))
    lines = [np.broadcast_to(x, outer + x.shape[-1:]) for x in lines]
    results = [np.asarray(function(*(x[i] for x in lines))) for i in np.ndindex(outer)]
    like = results[0] if results else np.asarray(function(*(np.ones(x.shape[-1], x.dtype) for x in lines)))
    place = axis % (len(outer) + 1)
    stacked = np.array(results, like.dtype).reshape(outer + like.shape)
    return np.moveaxis(stacked, range(-like.ndim, 0), range(place, place + like.ndim))


def conjugate_reversed(x):
    return np.conj(x[(slice(None, None, -1),) * x.ndim])


# ---------------------------------------------------------------------------------------------------- correlation


def convolve(in1, in2, mode="full", method="auto", *, axis=None):
    def lines(a, b):
        return wrap_to_int64(cut(full_convolution(a, b), a.shape, b.shape, mode))

    in1, in2 = widen(in1, in2)
    return lines(in1, in2) if axis is None else along(lines, axis, in1, in2)


def correlate(in1, in2, mode="full", method="auto", *, axis=None):
    if axis is None:
        return convolve(in1, conjugate_reversed(np.asarray(in2)), mode)
    return along(lambda a, b: correlate(a, b, mode), axis, np.asarray(in1), np.asarray(in2))


def sliding_dot_product(signal, template, *, axis=-1):
    return correlate(signal, template, "valid", axis=axis)


def correlate_bank(signal, templates, *, axis=-1):
    return along(lambda line: [correlate(line, t, "valid") for t in np.asarray(templates)], axis, np.asarray(signal))


def fftconvolve(in1, in2, mode="full", axes=None):
    """Over `axes`, broadcasting all others: the N-D sum of one index of those others at a time."""
    in1, in2 = widen(in1, in2, exact=False)
    if in1.ndim != in2.ndim:
        raise ValueError(f"in1 has {in1.ndim} axes and in2 has {in2.ndim}")
    if not in1.size or not in2.size:
        return np.zeros(0, np.result_type(in1, in2))  # SciPy's answer, whatever the rank
    axes = range(in1.ndim) if axes is None else np.atleast_1d(axes)
    last = range(in1.ndim - len(axes), in1.ndim)
    in1, in2 = np.moveaxis(in1, axes, last), np.moveaxis(in2, axes, last)
    outer = broadcast(in1.shape[: last[0]], in2.shape[: last[0]]) if len(axes) else in1.shape
    in1 = np.broadcast_to(in1, outer + in1.shape[len(outer) :])
    in2 = np.broadcast_to(in2, outer + in2.shape[len(outer) :])
    results = [convolve(in1[i], in2[i], mode) for i in np.ndindex(outer)]
    return np.moveaxis(np.array(results).reshape(outer + results[0].shape), last, axes)


def compose_kernels(f, g):
    return fftconvolve(f, g)


oaconvolve = fftconvolve


def convolve2d(in1, in2, mode="full", boundary="fill", fillvalue=0, shift=0):
    """Every sample that the kernel can reach is written down first; `shift` moves the centre of "same"."""
    in1, in2 = widen(in1, in2)
    n, m = in1.shape, in2.shape
    if not in1.size or not in2.size:  # zeros, as SciPy: no output has a sample to sum
        sizes = [{"full": a + k - 1, "same": a, "valid": abs(a - k) + 1}[mode] for a, k in zip(n, m, strict=True)]
        return wrap_to_int64(np.zeros(sizes, np.result_type(in1, in2)))
    full = full_convolution(in1, in2)
    if mode == "valid":
        return wrap_to_int64(cut(full, n, m, mode))
    if boundary != "fill" or fillvalue:
        how = {"wrap": {"mode": "wrap"}, "symm": {"mode": "symmetric"}}.get(boundary, {"constant_values": fillvalue})
        extended = np.pad(in1, [(k - 1, k - 1) for k in m], **how)
        full = full_convolution(extended, in2)[tuple(slice(k - 1, 1 - k if k > 1 else None) for k in m)]
    if mode == "same":
        full = full[tuple(slice((k - 1 + shift) // 2, (k - 1 + shift) // 2 + a) for a, k in zip(n, m, strict=True))]
    return wrap_to_int64(full)


def correlate2d(in1, in2, mode="full", boundary="fill", fillvalue=0):
    """SciPy centres "same" at m // 2 here, and at (m - 1) // 2 everywhere else."""
    return convolve2d(in1, conjugate_reversed(np.asarray(in2)), mode, boundary, fillvalue, shift=1)


def correlation_lags(in1_len, in2_len, mode="full"):
    lags = np.arange(-in2_len + 1, in1_len)
    if mode == "same":  # SciPy takes the middle of all lags, which is not always the middle of correlate's "same"
        return lags[(in1_len + in2_len - 1) // 2 - in1_len // 2 :][:in1_len]
    return cut(lags, (in1_len,), (in2_len,), mode)


def choose_conv_method(in1, in2, mode="full", measure=False):
    """Small problems: a handful of products per output is never worth a transform."""
    if np.size(in2) > 16:
        raise NotImplementedError("the oracle answers for small kernels")
    return "direct"


@QUIET
def lagged_products(a, b, lags, normalize):
    def total(lag):
        first, last = max(0, -lag), max(0, -lag, min(len(b), len(a) - lag))
        return multiply(a[first + lag : last + lag], np.conj(b[first:last])).sum()

    def energy(line):
        return multiply(line, np.conj(line)).sum().real

    sums = np.array([total(lag) for lag in lags], np.result_type(a, b))
    return sums / np.sqrt(energy(a) * energy(b)) if normalize else wrap_to_int64(sums)


def autocorrelate(x, max_lag=None, *, axis=-1, normalize=False):
    x = widen(x, exact=not normalize)
    last = x.shape[axis] - 1 if max_lag is None else max_lag
    return along(lambda a: lagged_products(a, a, range(last + 1), normalize), axis, x)


def crosscorrelate(x, y, max_lag=None, *, axis=-1, normalize=False):
    x, y = widen(x, y, exact=not normalize)
    length = max(line.shape[0 if line.ndim == 1 else axis] for line in (x, y))
    last = length - 1 if max_lag is None else max_lag
    return along(lambda a, b: lagged_products(a, b, range(-last, last + 1), normalize), axis, x, y)


# -------------------------------------------------------------------------------------------------------- pearson

"""Variables in rows, centred, and the products of every one with every other: what `corrcoef` and `cov` share."""

import math

import numpy as np

from sigkit import _array

# Rows of a block of the matrix: so many that BLAS, whose threads wait for each other at the end of every call, is at
# its best; no more, as a block on the diagonal of a complex matrix is computed whole.
_BLOCK = 1024
# Multiply-adds times bytes per element given to BLAS in one call: about 100 ms on two cores, so that Ctrl-C gets its
# turn in between.
_SLICE = 5 << 32
# Terms of single precision that BLAS adds up by itself, in pieces of a few hundred: the sum of more would lose digits.
_TERMS = 1 << 14
# Elements of windows that are centred at once: their copy needs no more memory, however much the windows overlap.
_GROUP = 1 << 20
_POLICIES = "propagate", "omit", "raise"


def variables(x, y, rowvar, cross):
    """[x] or [x, y] with a variable a row, all of one batch shape: (..., p, n) and (..., q, n)."""
    cross = _array.flag(cross, "cross")
    if cross and y is None:
        raise ValueError("cross=True: expected y, the rows that those of x are to be compared with")
    given = [_array.as_array(x, "x")] if y is None else [_array.as_array(x, "x"), _array.as_array(y, "y")]
    windows = any(a.ndim > 2 for a in given)
    arrays = []
    for number, a in enumerate(given):
        # NumPy turns no y that has one row, whatever rowvar says
        as_it_is = rowvar or a.ndim < 2 or (number == 1 and not windows and len(a) == 1)
        arrays.append(np.atleast_2d(a) if as_it_is else np.swapaxes(a, -1, -2))
    n = arrays[0].shape[-1]
    if arrays[-1].shape[-1] != n:
        raise ValueError(f"y: expected as many observations as x has, {n}, got {arrays[-1].shape[-1]}")
    if windows:
        batch = _array.batch_shape(arrays[0], 2, arrays[-1], 2, ("x", "y"))
        arrays = [np.broadcast_to(a, batch + a.shape[-2:]) for a in arrays]
    return arrays


def chosen_dtype(dtype, arrays):
    """The precision of the products and of the result."""
    natural = _array.common_dtype(*arrays)
    if dtype is None:
        return natural
    try:
        dtype = np.dtype(dtype)
    except TypeError:
        raise TypeError(f"dtype: expected float32, float64, complex64 or complex128, got {dtype!r}") from None
    if dtype not in _array.REAL_OF:
        raise TypeError(f"dtype: expected float32, float64, complex64 or complex128, got {dtype}")
    if natural.kind == "c" and dtype.kind != "c":
        raise TypeError(f"dtype: expected a complex one for complex input, got {dtype}")
    return dtype


def check_missing(nan_policy, min_count, return_counts, arrays):
    """Whether NaN are omitted, and how many common samples a pair needs; ValueError where NaN are to raise one."""
    _array.choice(nan_policy, "nan_policy", _POLICIES)
    _array.flag(return_counts, "return_counts")
    if nan_policy == "raise":
        for name, a in zip("xy", arrays, strict=False):
            if a.size and a.dtype.kind in "fc" and np.isnan(a.min()):
                raise ValueError(f"{name}: contains NaN, and nan_policy is 'raise'")
    return nan_policy == "omit", 1 if min_count is None else _array.size(min_count, "min_count")


def windows_of(arrays):
    """Index after index into the batch axes that all the arrays have, each with so many windows as go together."""
    batch = arrays[0].shape[:-2]
    most = max(1, _GROUP // max(1, sum(math.prod(a.shape[-2:]) for a in arrays)))
    whole = len(batch)
    while whole and math.prod(batch[whole - 1 :]) <= most:
        whole -= 1
    if not whole:
        yield ()
        return
    step = max(1, most // math.prod(batch[whole:]))
    for outer in np.ndindex(batch[: whole - 1]):
        for start in range(0, batch[whole - 1], step):
            yield (*outer, slice(start, start + step))


def centred(arrays, dtype, *, unit, weights=None):
    """The arrays' rows in one array, each minus its mean: over its norm where `unit` (constant ones NaN), else times
    2**exponent, which brings its norm to about 1. Returns it with the exponents."""
    sizes = [a.shape[-2] for a in arrays]
    *batch, _, n = arrays[0].shape
    z = np.empty((*batch, sum(sizes), n), dtype)
    real = _array.REAL_OF[dtype]
    parts = np.swapaxes(z.view(real).reshape(*z.shape, dtype.itemsize // real.itemsize), -1, -2)
    exponents, start = [], 0
    for a, size in zip(arrays, sizes, strict=True):
        info = _array.center_rows(a, parts[..., start : start + size, :, :], unit=unit, weights=weights)
        exponents.append(info[..., 0])
        start += size
    return z, np.concatenate(exponents, axis=-1)


def products(a, b, out):
    """out[..., i, j] = sum over t of a[..., i, t] conj(b[..., j, t]). `b` may be `a`: half the work."""
    p, n, q = *a.shape[-2:], b.shape[-2]
    work = max(1, p * q * n * a.itemsize)
    if a.ndim == 2:
        _blocks(a, b, out)
    elif out.size and work <= _SLICE:
        a, b, out = (m.reshape(-1, *m.shape[-2:]) for m in (a, b, out))
        for start in range(0, len(a), max(1, _SLICE // work)):
            some = slice(start, start + _SLICE // work)
            np.matmul(a[some], np.swapaxes(_conjugate(b[some]), -1, -2), out=out[some])
    else:
        for window in np.ndindex(a.shape[:-2]):
            _blocks(a[window], a[window] if b is a else b[window], out[window])


def _blocks(a, b, out):
    for i in range(0, len(a), _BLOCK):
        rows = slice(i, i + _BLOCK)
        for j in range(i if b is a else 0, len(b), _BLOCK):
            columns = slice(j, j + _BLOCK)
            _block(a[rows], b[columns], out[rows, columns], symmetric=b is a and i == j and out.dtype.kind != "c")
            if b is a and j > i:
                out[columns, rows] = _conjugate(out[rows, columns]).T


def _block(a, b, out, symmetric):
    """`symmetric`: BLAS does half the work."""
    n = a.shape[1]
    single = _array.REAL_OF[a.dtype] == np.float32
    pieces = max(1, -(-len(a) * len(b) * n * a.itemsize // ((1 + symmetric) * _SLICE)), -(-n // _TERMS) * single)
    step = max(1, -(-n // pieces))
    np.matmul(a[:, :step], _conjugate(b[:, :step]).T, out=out)
    if step >= n:
        return
    total = out.astype(np.result_type(out.dtype, np.float64))
    for start in range(step, n, step):
        some = slice(start, start + step)
        total += np.matmul(a[:, some], _conjugate(b[:, some]).T)
    out[...] = total


def _conjugate(a):
    return a.conj() if a.dtype.kind == "c" else a


def clamp(r):
    """Coefficients that rounding took beyond 1, in place."""
    if r.dtype.kind != "c":
        np.clip(r, -1, 1, out=r)
        return
    rows = r.reshape(-1, r.shape[-1]) if r.size else r[:0]
    step = max(1, _GROUP // max(1, r.shape[-1]))
    for start in range(0, len(rows), step):
        some = rows[start : start + step]
        magnitude = np.abs(some)
        np.divide(some, magnitude * (1 + np.finfo(r.dtype).eps), out=some, where=magnitude > 1)


def coefficients(units, others):
    """Those of rows of unit norm with others, or with themselves where these are the same array."""
    r = np.empty((len(units), len(others)), units.dtype)
    products(units, others, r)
    clamp(r)
    return r


def diagonal(matrices):
    """A view of the diagonals that can be written to."""
    return np.einsum("...ii->...i", matrices)

"""Rows brought to norm 1, and their products with each other: what matrices of coefficients are made of."""

import numpy as np

# Row blocks are this many elements: 1 MiB in float64, so the passes over one stay in cache.
_BLOCK = 1 << 17
# Multiply-adds times bytes per element given to BLAS in one call: about 100 ms on a slow core, so that Ctrl-C gets its
# turn in between.
_SLICE = 1 << 33
# Rows whose sum of squares is inside are neither near overflow nor, once centred, near underflow.
_SAFE_POWER = 1e-200, 1e200


def unit_rows(x, out, *, center=True, flat=np.nan):
    """Write the rows of x to out, each minus its mean (if `center`) and over its norm, and return these norms.

    Rows that have none, being constant (or, not centred, zero), are filled with `flat`; their norm counts as infinite.
    """
    count, n = x.shape
    if not n:
        return np.full(count, np.inf)
    wide = np.result_type(out.dtype, np.float64)
    step = max(1, _BLOCK // n)
    scratch = np.empty((min(step, count), n), wide)
    norms = np.empty(count)
    with np.errstate(all="ignore"):
        for start in range(0, count, step):
            source = x[start : start + step]
            block = scratch[: len(source)]
            block[...] = source
            mean, power = _moments(block, center)
            scale = 1.0
            if not _SAFE_POWER[0] <= power.min() <= power.max() <= _SAFE_POWER[1]:  # or NaN
                block[...] = source
                scale = _power_of_two_scale(block)
                block *= scale[:, np.newaxis]
                mean, power = _moments(block, center)
            norm = np.sqrt(power)
            # what rounding leaves of a constant row is no spread: such small norms earn a look at the samples
            small = np.flatnonzero(norm <= n**1.5 * np.finfo(wide).eps * np.abs(mean))
            is_flat = small[(source[small] == source[small, :1]).all(axis=1)]
            norm[is_flat] = np.inf
            np.multiply(block, 1 / norm[:, np.newaxis], out=out[start : start + step], casting="same_kind")
            out[start + is_flat] = flat
            norms[start : start + step] = norm / scale
    return norms


def _moments(rows, center):
    """Subtract each row's mean in place (if `center`); the means and the sums of squares that remain."""
    mean = np.zeros(len(rows))
    if center:
        mean = rows.mean(axis=1)
        rows -= mean[:, np.newaxis]
        rows -= rows.mean(axis=1, keepdims=True)  # again: the first mean is rounded in proportion to the offset
    parts = rows.view(rows.real.dtype)
    return mean, np.einsum("ij,ij->i", parts, parts)


def _power_of_two_scale(rows):
    """Per row, the power of two that brings its largest component to about 1."""
    peak = np.abs(rows.view(rows.real.dtype)).max(axis=1, initial=0)
    exponent = np.frexp(np.where(np.isfinite(peak), peak, 1))[1]
    return np.ldexp(1.0, np.clip(-exponent, -1000, 1000))


def row_products(x, y):
    """x @ y^H through BLAS, slice by slice."""
    out = np.empty((len(x), len(y)), x.dtype)
    conjugate = y.conj() if y.dtype.kind == "c" else y
    step = max(1, _SLICE // max(1, len(y) * x.shape[1] * x.itemsize))
    for start in range(0, len(x), step):
        np.matmul(x[start : start + step], conjugate.T, out=out[start : start + step])
    return out


def gram(rows):
    """rows @ rows^H: one triangle through BLAS, slice by slice, and the other copied from it."""
    count, n = rows.shape
    out = np.empty((count, count), rows.dtype)
    conjugate = rows.conj() if rows.dtype.kind == "c" else rows
    step = max(1, _SLICE // max(1, count * n * rows.itemsize))
    for start in range(0, count, step):
        stop = min(start + step, count)
        np.matmul(rows[start:stop], conjugate[start:stop].T, out=out[start:stop, start:stop])
        if stop < count:
            np.matmul(rows[start:stop], conjugate[stop:].T, out=out[start:stop, stop:])
            out[stop:, start:stop] = out[start:stop, stop:].conj().T
    return out


def coefficients(products):
    """Products of unit rows with the magnitudes that rounding left above 1 brought down to it, in place."""
    if products.dtype.kind == "c":
        magnitude = np.abs(products)
        np.divide(products, magnitude * (1 + np.finfo(products.dtype).eps), out=products, where=magnitude > 1)
    else:
        np.clip(products, -1, 1, out=products)
    return products

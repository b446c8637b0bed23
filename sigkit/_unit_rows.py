"""Rows brought to norm 1: what matrices of cosines are made of."""

import numpy as np

# Row blocks are this many elements: 1 MiB in float64, so the passes over one stay in cache.
_BLOCK = 1 << 17
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

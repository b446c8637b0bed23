"""Kernels as sums of outer products."""

import numpy as np

from sigkit import _array

_LARGEST = 128
"""Rows or columns, whichever are fewer, of a kernel that is decomposed: what takes a few milliseconds."""


def terms(weights, dtype, most):
    """Lists of vectors, one for each axis, whose outer products add up to `weights`; None if they are more than `most`.

    One term is found for any rank, more for two axes.
    """
    if most < 1:
        return None
    vectors = _one(weights, dtype)
    if vectors:
        return [vectors]
    return _several(weights, dtype, most) if weights.ndim == 2 and most > 1 else None


def _one(weights, dtype):
    """The lines through the largest weight, if each product is within the rounding of `dtype`: zeros stay zeros, so
    that infinite samples stay what they are."""
    sizes = abs(weights)
    with np.errstate(all="ignore"):
        place = np.unravel_index(np.argmax(sizes), weights.shape)
        vectors = [
            weights[(*place[:axis], slice(None), *place[axis + 1 :])] / (weights[place] if axis else 1)
            for axis in range(weights.ndim)
        ]
        product = vectors[0]
        for vector in vectors[1:]:
            product = product[..., None] * vector
        near = abs(product - weights) <= _rounding(dtype) * sizes
    return vectors if near.all() else None


def _several(weights, dtype, most):
    """By singular values: within the rounding of `dtype`, relative to the spectral norm."""
    if min(weights.shape) > _LARGEST or not np.isfinite(weights).all():
        return None
    u, sizes, v = np.linalg.svd(weights, full_matrices=False)
    rank = int(np.sum(sizes > _rounding(dtype) * sizes[0]))
    if rank > most:
        return None
    scales = np.sqrt(sizes)
    return [[u[:, k] * scales[k], v[k] * scales[k]] for k in range(rank)]


def _rounding(dtype):
    return np.finfo(_array.REAL_OF[dtype]).eps / 2

"""Rows against rows: mean absolute differences and cosines."""

import math

import numpy as np

from sigkit import _array, _row_products, _unit_rows

_DOWN = 64
"""Rows whose sums overflow are summed once more times 2**-64: of 2**63 differences no sum is then too large."""


def mean_absolute_difference(x, y=None, *, out=None):
    """Matrix of the mean absolute differences of every row with every other: 0 where rows are equal.

    Parameters
    ----------
    x : array_like of real, shape (..., p, n)
        Rows of n samples. Axes before the last two are batches.
    y : array_like of real, shape (..., q, n), optional
        The rows to compare them with; batches broadcast. By default those of `x`, each pair of which is summed once.
    out : ndarray, shape (..., p, q), optional
        Where the result goes, in its dtype; may overlap an input. The default is a fresh array.

    Returns
    -------
    ndarray of float32 or float64, shape (..., p, q)
        ``mean(abs(x[..., i, :] - y[..., k, :]))`` at ``[..., i, k]``, in the units of the samples. Without `y` the
        matrix is symmetric to the bit and its diagonal exactly 0.

    Raises
    ------
    TypeError
        Input that is complex or no array of numbers; `out` that is no ndarray.
    ValueError
        Fewer than two dimensions, rows of unequal lengths, batches that do not broadcast, `out` of another shape or
        dtype.

    See Also
    --------
    cosine_similarity, corrcoef : rows whose size, or size and offset, do not count.
    redundant_groups : which rows are nearly equal.

    Notes
    -----
    Counterpart: `scipy.spatial.distance.cdist` with ``metric="cityblock"``, over n. Differences: the mean takes the
    place of the sum, so that thresholds do not hang on the length of a row; float32 (and float16) is computed in and
    returned as float32, where SciPy works in float64 on one thread; batches. Complex rows are refused.

    A NaN or an Inf in a row reaches the pairs of that row and no other: NaN for a NaN, for an Inf ``inf``, or NaN
    beside the same Inf (so on the diagonal). Rows of no samples give NaN.

    The error is at most (min(n, 256) + 2) eps of the result for every n: differences are rounded once, sums are
    restarted, and what is rounded off the sums of long rows is carried along. Sums that would overflow are scaled.
    Same bits for any number of threads, any layout, and with `x` and `y` exchanged.

    Source: eight sums at a time on rows packed side by side, as matrix products are blocked: K. Goto and R. van de
    Geijn, "Anatomy of high-performance matrix multiplication", ACM Trans. Math. Softw. 34 (2008) 12.

    Examples
    --------
    >>> import sigkit
    >>> sigkit.mean_absolute_difference([[1, 2, 3], [1, 2, 6], [0, 0, 0]])
    array([[0., 1., 2.],
           [1., 0., 3.],
           [2., 3., 0.]])
    """
    symmetric = y is None
    x, y = _two_sets_of_rows(x, y, real=True)
    dtype = _array.common_dtype(x, y)
    shape = (*_array.batch_shape(x, 2, y, 2, ("x", "y")), x.shape[-2], y.shape[-2])
    _array.check_size(math.prod(shape), dtype, "x and y")
    computed, out = _array.output(out, shape, dtype, (x, y))
    if not x.shape[-1]:
        computed[...] = np.nan
    elif computed.size:
        _array.row_differences(x, y, computed, symmetric=symmetric)
        _sum_again_what_overflowed(x, y, computed, symmetric)
    return _array.deliver(computed, out)


def _two_sets_of_rows(x, y, *, real):
    x = _array.as_array(x, "x", real=real)
    if x.ndim < 2:
        raise ValueError(f"x: expected rows, an array of at least two dimensions, got shape {x.shape}")
    if y is None:
        return x, x
    y = _array.as_array(y, "y", real=real)
    if y.ndim < 2:
        raise ValueError(f"y: expected rows, an array of at least two dimensions, got shape {y.shape}")
    if y.shape[-1] != x.shape[-1]:
        raise ValueError(f"y: expected rows of {x.shape[-1]} samples as x has, got {y.shape[-1]}")
    return x, y


def _sum_again_what_overflowed(x, y, means, symmetric):
    """Infinite means of rows that are finite themselves."""
    lost = np.isinf(means)
    if not lost.any():
        return
    lost &= np.isfinite(x).all(axis=-1)[..., :, np.newaxis]
    lost &= np.isfinite(y).all(axis=-1)[..., np.newaxis, :]
    if not lost.any():
        return
    scale = means.dtype.type(2.0**-_DOWN)
    x_scaled = x * scale
    scaled = np.empty_like(means)
    _array.row_differences(x_scaled, x_scaled if symmetric else y * scale, scaled, symmetric=symmetric)
    with np.errstate(over="ignore"):  # a mean can be too large itself
        np.divide(scaled, scale, out=means, where=lost)


def cosine_similarity(x, y=None):
    """Matrix of the cosines of the angles between every row and every other.

    Parameters
    ----------
    x : array_like, shape (p, n)
        Rows of n samples, real or complex.
    y : array_like, shape (q, n), optional
        The rows to compare them with. By default those of `x`.

    Returns
    -------
    ndarray, shape (p, q)
        ``sum(x[i] * conj(y[k])) / (norm(x[i]) * norm(y[k]))`` at ``[i, k]``, of magnitude at most 1. Without `y` the
        diagonal is exactly 1 (0 for rows of zeros), and the matrix of real rows symmetric to the bit. float32, float64,
        complex64 and complex128 are computed and returned as such, float16 as float32, integers as float64.

    Raises
    ------
    TypeError
        Input that is no array of numbers.
    ValueError
        Not two dimensions; rows of unequal lengths.

    See Also
    --------
    corrcoef : the same of rows less their means.
    mean_absolute_difference : rows whose size counts.

    Notes
    -----
    Counterpart: `sklearn.metrics.pairwise.cosine_similarity`, and 1 less `scipy.spatial.distance.cdist` with
    ``metric="cosine"``. A row of zeros has no direction: its cosines are 0, as in scikit-learn (SciPy: NaN).
    Differences: the diagonal is exactly 1 and no magnitude above 1; rows whose squares overflow or vanish (1e200,
    1e-200) are scaled first; complex rows; NaN and Inf are let in, sparse matrices are not.

    A NaN or an Inf in a row makes the cosines of that row NaN, and no other. Norms are taken in float64:
    |r - r_exact| <= (n + 8) eps of the result's precision, n counting as 16,384 at most in single precision; in
    practice below 30 eps. The product is `numpy.matmul` (BLAS), in slices of less than 100 ms.

    Examples
    --------
    >>> import sigkit
    >>> print(sigkit.cosine_similarity([[3, 4], [6, 8], [-4, 3], [0, 0]]).round(3) + 0.0)
    [[1. 1. 0. 0.]
     [1. 1. 0. 0.]
     [0. 0. 1. 0.]
     [0. 0. 0. 0.]]
    """
    symmetric = y is None
    x, y = _two_sets_of_rows(x, y, real=False)
    for rows, name in ((x, "x"), (y, "y")):
        if rows.ndim != 2:
            raise ValueError(f"{name}: expected two dimensions, got shape {rows.shape}")
    dtype = _array.common_dtype(x, y)
    _array.check_size(len(x) * len(y), dtype, "x and y")
    units = np.empty(x.shape, dtype)
    _unit_rows.unit_rows(x, units, center=False, flat=0)
    if symmetric:
        r = _row_products.coefficients(units, units)
        diagonal = _row_products.diagonal(r)
        diagonal[np.abs(diagonal) > 0] = 1  # neither NaN nor a row of zeros
        return r
    others = np.empty(y.shape, dtype)
    _unit_rows.unit_rows(y, others, center=False, flat=0)
    return _row_products.coefficients(units, others)

"""Matrices of coefficients: every row with every other."""

import numpy as np

from sigkit import _pairwise, _row_products


def corrcoef(
    x,
    y=None,
    rowvar=True,
    *,
    dtype=None,
    cross=False,
    nan_policy="propagate",
    min_count=None,
    return_counts=False,
):
    """Matrix of Pearson's coefficients of every row with every other.

    Parameters
    ----------
    x : array_like, shape (p, n) or (n,) or (..., p, n)
        Real or complex: one variable a row, one observation a column (the transpose with ``rowvar=False``). More than
        two dimensions are windows, each of which gets a matrix of its own.
    y : array_like, shape (q, n) or (n,) or (..., q, n), optional
        More variables, stacked under those of `x`. Its windows broadcast against those of `x`.
    rowvar : bool, default True
        Whether the rows are the variables.
    dtype : {float32, float64, complex64, complex128}, optional
        Precision of the product and of the result. The default is that of the input: float32 stays float32, since the
        product of large matrices costs twice as much in float64; float16 counts as float32, integers as float64.
    cross : bool, default False
        Only the rows of `x` against the rows of `y`: the upper right part of the matrix, without the rest of it.
    nan_policy : {"propagate", "omit", "raise"}, default "propagate"
        What a NaN does: makes the coefficients of its row NaN; is left out, so that each pair of rows is compared over
        the samples that both have; is an error.
    min_count : int, optional
        Least number of samples that two rows must have in common, else their coefficient is NaN. The default is 1.
    return_counts : bool, default False
        Also return how many samples that was.

    Returns
    -------
    r : ndarray, shape (p + q, p + q), with windows (..., p + q, p + q), or a scalar for a single variable
        ``r[i, j]``, the coefficient of variables i and j: |r| <= 1, the diagonal exactly 1. With `cross` (p, q) or
        (..., p, q), in which nothing is exactly 1 by definition.
    counts : ndarray of int64, the shape of r
        Samples common to both. Only with `return_counts`.

    Raises
    ------
    TypeError
        Input that is no array of numbers; a `dtype` that is none of the four, or is real for complex input; a
        `min_count` that is no integer.
    ValueError
        `x` and `y` with unequal numbers of observations, or windows that do not broadcast; `cross` without `y`; an
        unknown `nan_policy`, or a NaN where it is "raise"; a `min_count` below 1.

    See Also
    --------
    cov : covariances, shrunk or regularised.
    pearsonr : pairs of rows, with p-value and interval.

    Notes
    -----
    Counterpart: `numpy.corrcoef`; with ``nan_policy="omit"`` `pandas.DataFrame.corr`, whose `min_periods` is
    `min_count`. Differences: float32 stays float32 where NumPy returns float64; a constant row gives NaN, always and in
    silence, where NumPy may return 1.0 (numpy#32446) and warns; the diagonal is 1 and |r| <= 1 also for complex input;
    NumPy refuses windows and has no `cross`; pandas leaves out Inf as well as NaN, and takes no complex numbers.

    A NaN or an Inf in a row makes the coefficients of that row NaN, and no other. Where NaN are omitted, an Inf does so
    for every pair whose common samples hold it, and a pair whose common samples are constant in one of the rows is NaN.

    Rows are centred in float64 at any input precision, twice, and scaled by a power of two where their squares would
    overflow or vanish, so results hold at any offset and from 1e-300 to 1e300: |r - r_exact| <= (n + 8) eps of the
    result's precision, n counting as 16,384 at most in single precision; in practice below 30 eps. The product
    is `numpy.matmul` (BLAS), in slices of about 100 ms. Memory beside input and output is one centred copy, of windows
    that of a group of them.

    Where NaN are omitted, means and norms over common samples follow from those of whole rows: what the missing samples
    had is taken away. Pairs for which that leaves less than 1/16 of a row's power (float32: 1e-6) are done again from
    their samples. |r - r_exact| <= 1e-12 (float64) and 1e-6 (float32) at any offset up to 1e6 standard deviations.
    The copy is float64 there, beside some eight matrices of the result's shape.

    Source: K. Pearson, "Note on regression and inheritance in the case of two parents", Proc. R. Soc. London 58 (1895)
    240-242.

    Examples
    --------
    >>> import numpy as np, sigkit
    >>> print(sigkit.corrcoef([[1, 2, 3], [3, 2, 1], [1, 2, 4]]).round(3))
    [[ 1.    -1.     0.982]
     [-1.     1.    -0.982]
     [ 0.982 -0.982  1.   ]]
    >>> x = [[1, 2, 3, np.nan], [2, 4, 6, 9], [np.nan, 1, 0, 2]]
    >>> r, counts = sigkit.corrcoef(x, nan_policy="omit", return_counts=True)
    >>> print(r.round(3))
    [[ 1.     1.    -1.   ]
     [ 1.     1.     0.596]
     [-1.     0.596  1.   ]]
    >>> print(counts)
    [[3 3 2]
     [3 4 3]
     [2 3 3]]
    """
    arrays = _row_products.variables(x, y, rowvar, cross)
    dtype = _row_products.chosen_dtype(dtype, arrays)
    omit, least = _row_products.check_missing(nan_policy, min_count, return_counts, arrays)
    single = not cross and arrays[0].ndim == 2 and sum(map(len, arrays)) == 1
    if omit:
        r, counts = _pairwise.by_windows(_common_coefficients, arrays, dtype, cross, least)
    else:
        r = _coefficients(arrays, dtype, cross)
        n = arrays[0].shape[-1]
        if n < least:
            r[...] = np.nan
        counts = np.full(r.shape, n, np.int64) if return_counts else None
    if single:
        r, counts = r[0, 0], None if counts is None else counts[0, 0]
    return (r, counts) if return_counts else r


def _coefficients(arrays, dtype, cross):
    *batch, _, n = arrays[0].shape
    sizes = [a.shape[-2] for a in arrays]
    r = np.empty((*batch, *sizes) if cross else (*batch, sum(sizes), sum(sizes)), dtype)
    if n == 0:
        r[...] = np.nan
        return r
    for window in _row_products.windows_of(arrays):
        _write_coefficients([a[window] for a in arrays], r[window], cross)
    return r


def _write_coefficients(arrays, r, cross):
    z, _ = _row_products.centred(arrays, r.dtype, unit=True)
    first = arrays[0].shape[-2]
    _row_products.products(*((z[..., :first, :], z[..., first:, :]) if cross else (z, z)), r)
    _row_products.clamp(r)
    if not cross:
        _one_on_the_diagonal(r)


def _one_on_the_diagonal(r):
    diagonal = _row_products.diagonal(r)
    diagonal[~np.isnan(diagonal)] = 1


def _common_coefficients(x, y, dtype, least):
    m = _pairwise.common_moments(x, y, dtype)
    with np.errstate(invalid="ignore", divide="ignore"):
        r = m.products / (np.sqrt(m.x_squares) * np.sqrt(m.y_squares))
    r[(m.x_squares == 0) | (m.y_squares == 0) | m.undefined | (m.counts < least)] = np.nan
    r = r.astype(dtype)
    _row_products.clamp(r)
    if y is None:
        _one_on_the_diagonal(r)
    return r, m.counts

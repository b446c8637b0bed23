"""Matrices of covariances: every row with every other."""

import warnings
from typing import NamedTuple

import numpy as np

from sigkit import _array, _pairwise, _row_products, _shrinkage


def cov(
    x,
    y=None,
    rowvar=True,
    bias=False,
    ddof=None,
    fweights=None,
    aweights=None,
    *,
    dtype=None,
    cross=False,
    ridge=0.0,
    shrinkage=None,
    structure="full",
    nan_policy="propagate",
    min_count=None,
    return_counts=False,
):
    """Matrix of covariances of every row with every other, on request one that can be inverted.

    Parameters
    ----------
    x : array_like, shape (p, n) or (n,) or (..., p, n)
        Real or complex: one variable a row, one observation a column (the transpose with ``rowvar=False``). More than
        two dimensions are windows, each of which gets a matrix of its own.
    y : array_like, shape (q, n) or (n,) or (..., q, n), optional
        More variables, stacked under those of `x`. Its windows broadcast against those of `x`.
    rowvar : bool, default True
        Whether the rows are the variables.
    bias : bool, default False
        Divide by n, not by n - 1: where the matrix describes these samples, as in the M-step of a mixture, and not the
        population that they come from.
    ddof : int, optional
        Divide by n - ddof, whatever `bias` says.
    fweights : array_like of int, shape (n,), optional
        How many times each observation was made.
    aweights : array_like of float, shape (n,), optional
        How much each observation counts: 1 / its variance, or the responsibility of a component for it. One that is
        NaN or infinite makes everything NaN.
    dtype : {float32, float64, complex64, complex128}, optional
        Precision of the product and of the result. The default is that of the input: float32 stays float32, float16
        counts as float32, integers as float64.
    cross : bool, default False
        Only the rows of `x` against the rows of `y`: the upper right part of the matrix, without the rest of it.
    ridge : float, default 0.0
        Added to the diagonal, in the units of the variances. More than the rounding errors of the largest variance
        makes any matrix positive definite.
    shrinkage : {"ledoit-wolf", "oas"} or float, optional
        How far the matrix C is pulled towards its mean variance: (1 - s) C + s tr(C)/p I. The methods choose s from the
        samples, so that the error to be expected is least; a number between 0 and 1 is s itself. The default keeps C.
    structure : {"full", "diagonal", "spherical"}, default "full"
        What is kept of the matrix, after shrinkage and before `ridge`: all, the variances, or their mean. Fewer
        numbers are to be estimated, so fewer observations suffice. The result's shape is the same.
    nan_policy : {"propagate", "omit", "raise"}, default "propagate"
        What a NaN does: makes the covariances of its row NaN; is left out, so that each pair of rows is compared over
        the samples that both have; is an error.
    min_count : int, optional
        Least number of samples that two rows must have in common, else their covariance is NaN. The default is 1.
    return_counts : bool, default False
        Also return how many samples that was.

    Returns
    -------
    c : ndarray, shape (p + q, p + q), with windows (..., p + q, p + q), or () for a single variable
        ``c[i, j]``, the mean of dx_i conj(dx_j), each about its mean. With `cross` (p, q) or (..., p, q).
    counts : ndarray of int64, the shape of c
        Samples common to both. Only with `return_counts`.

    Warns
    -----
    RuntimeWarning
        There are no more observations than `ddof`: the result is Inf and NaN. (Not where NaN are omitted: such pairs
        are NaN.)

    Raises
    ------
    TypeError
        Input or weights that are no array of numbers; a `dtype` that is none of the four, or is real for complex input;
        `fweights` that are no integers; options of another type.
    ValueError
        `x` and `y` with unequal numbers of observations, or windows that do not broadcast; weights of another shape,
        negative ones, or all zero; a `ddof` that is no integer; `cross` without `y`, or with options that need a square
        matrix; `shrinkage` or `ridge` out of range, an unknown `structure` or `nan_policy`, a NaN where that is
        "raise"; weights, or a method of `shrinkage`, where NaN are omitted; "oas" for complex numbers.

    See Also
    --------
    corrcoef : the same over the norms of the rows.

    Notes
    -----
    Counterparts: `numpy.cov`, whose results these are; `sklearn.covariance.ledoit_wolf`, `oas` and `shrunk_covariance`
    for `shrinkage`; with ``nan_policy="omit"`` `pandas.DataFrame.cov`, whose `min_periods` is `min_count`. Differences:
    float32 stays float32 where NumPy returns float64; errors about shapes of weights are ValueErrors; weights that are
    all zero too; a complex diagonal has no imaginary part; NumPy refuses windows. scikit-learn takes samples in rows
    and divides by n: its results are those with ``bias=True``, while with the default all entries are n / (n - 1) times
    as large, and s is the same. pandas leaves out Inf as well as NaN, and knows no `ddof` once a NaN is there.

    With weights the methods count what an observation is worth: f ones of `fweights` are f observations, exactly as if
    they had been repeated; with `aweights` the error of the mean is the sum of f (a / W)**2 |z z^H - C|**2, W the sum
    of all weights, and the number of observations in "oas" is W**2 / sum(f a**2). In a window or a matrix with a NaN, s
    is NaN, and so is all of it; a number as `shrinkage`, or "spherical", spreads it over the diagonal alone.

    Rows are centred in float64 at any input precision, twice, and scaled by powers of two:
    |c_ij - exact| <= (n + 8) eps sqrt(c_ii c_jj) of the result's precision at any offset up to 1e6 standard
    deviations, in practice a few eps. The product is `numpy.matmul` (BLAS), in slices of about 100 ms. Memory
    beside input and output is one centred copy, of windows that of a group of them.

    What `corrcoef` says of omitted NaN holds here, with the error times sqrt(c_ii c_jj) of the common samples. Such a
    matrix need not be positive definite: its entries come from different samples.

    Source: O. Ledoit, M. Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", J.
    Multivariate Analysis 88 (2004) 365-411; Y. Chen et al., "Shrinkage algorithms for MMSE covariance estimation", IEEE
    Trans. Signal Processing 58 (2010) 5016-5029.

    Examples
    --------
    >>> import numpy as np, sigkit
    >>> print(sigkit.cov([[0, 1, 2], [2, 1, 0]]))
    [[ 1. -1.]
     [-1.  1.]]
    >>> few = np.array([[1.0, 3.0], [2.0, 2.0], [0.0, 4.0]])  # two observations of three variables
    >>> print(np.linalg.matrix_rank(sigkit.cov(few)), np.linalg.matrix_rank(sigkit.cov(few, shrinkage="oas")))
    1 3
    """
    arrays = _row_products.variables(x, y, rowvar, cross)
    dtype = _row_products.chosen_dtype(dtype, arrays)
    ridge, shrinkage, structure = _shrinkage.check(ridge, shrinkage, structure)
    if cross and (ridge or shrinkage is not None or structure != "full"):
        raise ValueError("cross=True: expected no ridge, shrinkage or structure, which are for square matrices")
    if isinstance(shrinkage, str) and shrinkage == "oas" and dtype.kind == "c":
        raise ValueError("shrinkage='oas': expected real variables; for complex ones there is 'ledoit-wolf'")
    ddof = _checked_ddof(bias, ddof)
    weights = _checked_weights(fweights, aweights, arrays[0].shape[-1])
    omit, least = _row_products.check_missing(nan_policy, min_count, return_counts, arrays)
    single = not cross and arrays[0].ndim == 2 and sum(map(len, arrays)) == 1
    if omit:
        if weights is not None:
            raise ValueError("nan_policy='omit': expected no fweights or aweights")
        if isinstance(shrinkage, str):
            raise ValueError(f"shrinkage={shrinkage!r}: expected a number where nan_policy is 'omit'")
        c, counts = _pairwise.by_windows(_common_covariances(ddof), arrays, dtype, cross, least)
        _shrinkage.apply(c, ridge, shrinkage, structure)
    else:
        c = _covariances(arrays, dtype, cross, weights, ddof, (ridge, shrinkage, structure))
        n = arrays[0].shape[-1]
        if n < least:
            c[...] = np.nan
        counts = np.full(c.shape, n, np.int64) if return_counts else None
    if single:
        c, counts = c.reshape(()), None if counts is None else counts[0, 0]
    return (c, counts) if return_counts else c


class _Weights(NamedTuple):
    each: np.ndarray
    total: float
    reliability: np.ndarray | None
    """aweights."""
    per_repeat: np.ndarray
    """1 / fweights, 0 where that is 0."""
    squared: float
    """The sum of f a**2."""

    @property
    def effective_size(self):
        return self.total**2 / self.squared


def _checked_ddof(bias, ddof):
    if ddof is None:
        return 0 if bias else 1
    if isinstance(ddof, (float, np.floating)):
        if not float(ddof).is_integer():
            raise ValueError(f"ddof={ddof}: expected an integer")
        ddof = int(ddof)
    return _array.index(ddof, "ddof")


def _checked_weights(fweights, aweights, n):
    if fweights is None and aweights is None:
        return None
    repeats, reliability = _weight_line(fweights, "fweights", n), _weight_line(aweights, "aweights", n)
    if repeats is not None and not (repeats == np.rint(repeats)).all():
        raise TypeError(f"fweights: expected integers, got {repeats[repeats != np.rint(repeats)][0]}")
    if reliability is not None:
        # a common factor cancels: roots of weights must not vanish in float32
        reliability = np.ldexp(reliability, -np.frexp(reliability.max(initial=0))[1])
    each = repeats if reliability is None else reliability if repeats is None else repeats * reliability
    total = float(each.sum())
    if not total > 0 and not np.isnan(total) and n:
        raise ValueError("fweights and aweights: expected a positive sum, got 0")
    with np.errstate(divide="ignore"):
        per_repeat = np.ones(n) if repeats is None else np.where(repeats > 0, 1 / repeats, 0)
    squared = total if reliability is None else float((each * reliability).sum())
    return _Weights(each, total, reliability, per_repeat, squared)


def _weight_line(weights, name, n):
    if weights is None:
        return None
    weights = _array.as_array(weights, name, real=True)
    if weights.shape != (n,):
        raise ValueError(f"{name}: expected one for each of {n} observations, got shape {weights.shape}")
    if (weights < 0).any():
        raise ValueError(f"{name}: expected none below 0, got {weights.min()}")
    return np.array(weights, np.float64)


def _divisor(n, weights, ddof):
    """What the sums of products are divided by: NumPy's rule."""
    if weights is None:
        divisor = n - ddof
    elif ddof == 0:
        divisor = weights.total
    else:
        divisor = weights.total - ddof * (1 if weights.reliability is None else weights.squared / weights.total)
    if divisor <= 0:
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=4)
        divisor = 0.0
    return divisor


def _covariances(arrays, dtype, cross, weights, ddof, options):
    *batch, _, n = arrays[0].shape
    sizes = [a.shape[-2] for a in arrays]
    c = np.empty((*batch, *sizes) if cross else (*batch, sum(sizes), sum(sizes)), dtype)
    divisor = _divisor(n, weights, ddof) if c.size else n
    if n == 0:
        c[...] = np.nan
        return c
    for window in _row_products.windows_of(arrays):
        _write_covariances([a[window] for a in arrays], c[window], cross, weights, divisor, options)
    return c


def _write_covariances(arrays, c, cross, weights, divisor, options):
    ridge, shrinkage, structure = options
    first = arrays[0].shape[-2]
    given = None if weights is None else (weights.each, np.sqrt(weights.each), weights.total)
    z, exponents = _row_products.centred(arrays, c.dtype, unit=False, weights=given)
    exponents = exponents.astype(np.int32)
    _row_products.products(*((z[..., :first, :], z[..., first:, :]) if cross else (z, z)), c)
    if isinstance(shrinkage, str):
        shrinkage = _shrinkage.intensity(shrinkage, c, z, exponents, weights)
    scales = np.ldexp(np.ones((), c.dtype).real, -exponents)
    with np.errstate(all="ignore"):
        c /= divisor
        c *= scales[..., : c.shape[-2], None]
        c *= scales[..., None, -c.shape[-1] :]
    if cross:
        return
    if c.dtype.kind == "c":
        _row_products.diagonal(c).imag = 0
    _shrinkage.apply(c, ridge, shrinkage, structure)


def _common_covariances(ddof):
    def matrix(x, y, dtype, least):
        m = _pairwise.common_moments(x, y, dtype)
        with np.errstate(all="ignore"):
            c = m.products / (m.counts - ddof)
            c *= np.ldexp(1.0, -m.x_exponents)[:, None]
            c *= np.ldexp(1.0, -m.y_exponents)
        c[m.undefined | (m.counts <= ddof) | (m.counts < least)] = np.nan
        with np.errstate(over="ignore"):
            return c.astype(dtype), m.counts

    return matrix

"""Matrices of coefficients: every row with every other."""

import numpy as np

from sigkit import _array, _unit_rows


def corrcoef(x, y=None, rowvar=True, *, dtype=None):
    """Matrix of Pearson's coefficients of every row with every other.

    Parameters
    ----------
    x : array_like, shape (p, n) or (n,)
        Real or complex: one variable a row, one observation a column (the transpose with ``rowvar=False``).
    y : array_like, shape (q, n) or (n,), optional
        More variables, stacked under those of `x`.
    rowvar : bool, default True
        Whether the rows are the variables.
    dtype : {float32, float64, complex64, complex128}, optional
        Precision of the product and of the result. The default is that of the input: float32 stays float32, since the
        product of large matrices costs twice as much in float64; float16 counts as float32, integers as float64.

    Returns
    -------
    ndarray, shape (p + q, p + q), or a scalar for a single variable
        ``r[i, j]``, the coefficient of variables i and j: |r| <= 1, the diagonal exactly 1.

    Raises
    ------
    TypeError
        Input that is no array of numbers; a `dtype` that is none of the four, or is real for complex input.
    ValueError
        More than two dimensions; `x` and `y` with unequal numbers of observations.

    See Also
    --------
    pearsonr : pairs of rows, with p-value and interval.
    cosine_similarity : the same of rows that are not centred.
    redundant_groups : the rows that are nearly alike.

    Notes
    -----
    Counterpart: `numpy.corrcoef`. Differences: float32 stays float32 where NumPy returns float64; a constant row gives
    NaN, always and in silence, where NumPy may return 1.0 (numpy#32446) and warns; the diagonal is 1 and |r| <= 1 also
    for complex input.

    A NaN or an Inf in a row makes the coefficients of that row NaN, and no other. Rows are centred in float64 at any
    input precision, twice, and scaled by a power of two where their squares would overflow or vanish, so results hold
    at any offset and from 1e-300 to 1e300: |r - r_exact| <= (n + 8) eps of the result's precision, in practice a few
    eps. The product is `numpy.matmul` (BLAS), in slices of less than 100 ms.

    Source: K. Pearson, "Note on regression and inheritance in the case of two parents", Proc. R. Soc. London 58 (1895)
    240-242.

    Examples
    --------
    >>> import sigkit
    >>> print(sigkit.corrcoef([[1, 2, 3], [3, 2, 1], [1, 2, 4]]).round(3))
    [[ 1.    -1.     0.982]
     [-1.     1.    -0.982]
     [ 0.982 -0.982  1.   ]]
    """
    x = _variables(x, "x", lambda a: rowvar or a.ndim == 1)
    variables = [x] if y is None else [x, _variables(y, "y", lambda a: rowvar or a.ndim == 1 or len(a) == 1)]
    natural = _array.common_dtype(*variables)
    dtype = natural if dtype is None else np.dtype(dtype)
    if dtype not in _array.REAL_OF:
        raise TypeError(f"dtype: expected float32, float64, complex64 or complex128, got {dtype}")
    if natural.kind == "c" and dtype.kind != "c":
        raise TypeError(f"dtype: expected a complex one for complex input, got {dtype}")
    n = x.shape[1]
    if variables[-1].shape[1] != n:
        raise ValueError(f"y: expected as many observations as x has, {n}, got {variables[-1].shape[1]}")
    rows = np.empty((sum(map(len, variables)), n), dtype)
    if n == 0:
        rows = np.full((len(rows), 1), np.nan, dtype)
    else:
        _unit_rows.unit_rows(x, rows[: len(x)])
        if y is not None:
            _unit_rows.unit_rows(variables[1], rows[len(x) :])
    r = _unit_rows.coefficients(_unit_rows.gram(rows))
    diagonal = np.einsum("ii->i", r)
    diagonal[~np.isnan(diagonal)] = 1
    return r[0, 0] if len(r) == 1 else r


def _variables(x, name, are_rows):
    x = _array.as_array(x, name)
    if x.ndim > 2:
        raise ValueError(f"{name}: expected at most 2 dimensions, got shape {x.shape}")
    rows = np.atleast_2d(x)
    return rows if are_rows(x) else rows.T

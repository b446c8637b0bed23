"""Pearson correlation: of pairs of rows, of all rows with each other, and the matches read from a coefficient series.

Every coefficient here is the dot product of two zero-mean vectors over their norms. What goes wrong elsewhere is the
centring: sums of raw squares lose all their digits once the mean is large beside the spread. sigkit subtracts first
and sums afterwards, so a coefficient is as good at an offset of a million standard deviations as at none.
"""

from typing import NamedTuple

import numpy as np

from sigkit import _array
from sigkit._pearsonr import pearsonr

__all__ = ["Matches", "corrcoef", "find_matches", "pearsonr", "sliding_pearson"]

# Row blocks of the matrix functions are this many elements: 1 MiB in float64, so the passes over one stay in cache.
_BLOCK = 1 << 17
# Multiply-adds times bytes per element given to BLAS in one call: about 100 ms on a slow core, so that Ctrl-C gets its
# turn in between.
_SLICE = 1 << 33
# Rows whose sum of squares is inside are neither near overflow nor, once centred, near underflow.
_SAFE_POWER = 1e-200, 1e200
# Largest magnitudes with which a line can be centred and squared as it is.
_SAFE_SCALE = 1e-100, 1e100


class Matches(NamedTuple):
    """Where a template was found: the result of `find_matches`.

    Attributes
    ----------
    positions : ndarray of int64, shape (k,)
        Samples at which the matching windows start, ascending.
    coefficients : ndarray of float, shape (k,)
        The coefficient at each of them.
    """

    positions: np.ndarray
    coefficients: np.ndarray


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
        _standardize_rows(x, rows[: len(x)])
        if y is not None:
            _standardize_rows(variables[1], rows[len(x) :])
    r = _gram(rows)
    if dtype.kind == "c":
        magnitude = np.abs(r)
        np.divide(r, magnitude * (1 + np.finfo(dtype).eps), out=r, where=magnitude > 1)
    else:
        np.clip(r, -1, 1, out=r)
    diagonal = np.einsum("ii->i", r)
    diagonal[~np.isnan(diagonal)] = 1
    return r[0, 0] if len(r) == 1 else r


def _variables(x, name, are_rows):
    x = _array.as_array(x, name)
    if x.ndim > 2:
        raise ValueError(f"{name}: expected at most 2 dimensions, got shape {x.shape}")
    rows = np.atleast_2d(x)
    return rows if are_rows(x) else rows.T


def _standardize_rows(x, out):
    """Write the rows of x to out, each minus its mean and over its norm; rows without spread become NaN."""
    count, n = x.shape
    wide = np.result_type(out.dtype, np.float64)
    step = max(1, _BLOCK // n)
    scratch = np.empty((min(step, count), n), wide)
    with np.errstate(all="ignore"):
        for start in range(0, count, step):
            source = x[start : start + step]
            block = scratch[: len(source)]
            block[...] = source
            mean, power = _center_rows(block)
            if not _SAFE_POWER[0] <= power.min() <= power.max() <= _SAFE_POWER[1]:  # or NaN
                block[...] = source
                block *= _power_of_two_scale(block)
                mean, power = _center_rows(block)
            norm = np.sqrt(power)
            # what rounding leaves of a constant row is no spread: such small norms earn a look at the samples
            small = np.flatnonzero(norm <= n**1.5 * np.finfo(wide).eps * np.abs(mean))
            norm[small[(source[small] == source[small, :1]).all(axis=1)]] = np.nan
            np.multiply(block, 1 / norm[:, np.newaxis], out=out[start : start + step], casting="same_kind")


def _center_rows(rows):
    """Subtract each row's mean in place; the means and the sums of squares that remain."""
    mean = rows.mean(axis=1, keepdims=True)
    rows -= mean
    rows -= rows.mean(axis=1, keepdims=True)  # again: the first mean is rounded in proportion to the offset
    parts = rows.view(rows.real.dtype)
    return mean[:, 0], np.einsum("ij,ij->i", parts, parts)


def _power_of_two_scale(rows):
    """Per row, the power of two that brings its largest component to about 1."""
    peak = np.abs(rows.view(rows.real.dtype)).max(axis=1, keepdims=True, initial=0)
    exponent = np.frexp(np.where(np.isfinite(peak), peak, 1))[1]
    return np.ldexp(1.0, np.clip(-exponent, -1000, 1000))


def _gram(rows):
    """rows @ rows^H: one triangle through BLAS, slice by slice, and the other copied from it."""
    count, n = rows.shape
    gram = np.empty((count, count), rows.dtype)
    conjugate = rows.conj() if rows.dtype.kind == "c" else rows
    step = max(1, _SLICE // max(1, count * n * rows.itemsize))
    for start in range(0, count, step):
        stop = min(start + step, count)
        np.matmul(rows[start:stop], conjugate[start:stop].T, out=gram[start:stop, start:stop])
        if stop < count:
            np.matmul(rows[start:stop], conjugate[stop:].T, out=gram[start:stop, stop:])
            gram[stop:, start:stop] = gram[start:stop, stop:].conj().T
    return gram


def find_matches(coefficients, threshold, distance=1):
    """Local maxima of a coefficient series that reach a threshold: where the template was found.

    Parameters
    ----------
    coefficients : array_like of float, shape (n,)
        The output of `sliding_pearson` or of any other correlation.
    threshold : float
        Least coefficient of a match. 0.7 finds shapes that share half of their variance (r**2) with the template.
    distance : float, default 1
        Least number of samples between two matches, at least 1. Of matches that are nearer the highest is kept, the
        first of equally high ones. About one template length keeps one match per event; 1 keeps every maximum.

    Returns
    -------
    Matches
        The named tuple ``(positions, coefficients)``, positions int64 and ascending. A plateau is one match, in its
        middle (of an even number of samples, the left of the middle two). The first and the last sample can match.

    Raises
    ------
    TypeError
        `coefficients` is no array of real numbers, `threshold` or `distance` is no real number.
    ValueError
        `coefficients` is not 1-D, `threshold` is not finite, `distance` is less than 1 or not finite.

    See Also
    --------
    sliding_pearson : the coefficients.

    Notes
    -----
    Counterpart: `scipy.signal.find_peaks` with `height` and `distance`, which does the search. Differences: the end
    samples count, and among equally high maxima the first wins. NaN is never a match, and counts as lower than any
    number beside it.

    Examples
    --------
    >>> import sigkit
    >>> sigkit.find_matches([0.9, 0.1, 0.5, 0.8, 0.8, 0.8, 0.2, 0.7], threshold=0.6)
    Matches(positions=array([0, 4, 7]), coefficients=array([0.9, 0.8, 0.7]))
    """
    coefficients = _array.as_array(coefficients, "coefficients", real=True)
    if coefficients.ndim != 1:
        raise ValueError(f"coefficients: expected one dimension, got shape {coefficients.shape}")
    threshold, distance = _array.real(threshold, "threshold"), _array.real(distance, "distance", least=1)
    from scipy.signal import find_peaks

    heights = np.full(coefficients.size + 2, -np.inf)  # a bed for the ends
    np.copyto(heights[1:-1], coefficients, where=~np.isnan(coefficients))
    peaks, _ = find_peaks(heights, height=threshold)
    if distance > 1 and peaks.size:
        # Ranks in place of heights: with no two equal, the outcome hangs on no sorting routine's order of ties.
        ranks = np.zeros(heights.size)
        lowest_first = peaks[::-1][np.argsort(heights[peaks[::-1]], kind="stable")]
        ranks[lowest_first] = np.arange(1, peaks.size + 1)
        peaks, _ = find_peaks(ranks, distance=distance)
    positions = peaks.astype(np.int64) - 1
    return Matches(positions, coefficients[positions].astype(_array.common_dtype(coefficients), copy=False))


def sliding_pearson(signal, template, *, axis=-1, fill_value=np.nan, out=None):
    """Pearson coefficient of a template with the signal at every place where it fits.

    ``out[i]`` is the coefficient of ``signal[i : i + m]`` with the template: 1 for any scaled copy on any offset, -1
    for a mirrored one. Also known as normalised cross-correlation and, in images, as TM_CCOEFF_NORMED.

    Parameters
    ----------
    signal : array_like of real numbers, shape (..., n)
        Samples along `axis`.
    template : array_like of real numbers, shape (m,) or (k, m)
        One template or a bank of k, with ``1 <= m <= n``.
    axis : int, default -1
        The signal's axis to slide along.
    fill_value : float, default nan
        The value where the coefficient is not defined: all samples of the window, or of the template, are equal.
        Default NaN: a number would pass for a measurement.
    out : ndarray, shape (..., n - m + 1) or (..., k, n - m + 1), optional
        Where to put the result; of exactly the result's dtype. May overlap the inputs.

    Returns
    -------
    ndarray, shape (..., n - m + 1), or (..., k, n - m + 1) for a bank
        Coefficients in [-1, 1], in place of `axis`. float32 for float16 and float32 input, else float64.

    Raises
    ------
    TypeError
        For complex and unsupported dtypes, masked arrays and matrices.
    ValueError
        If the template is empty, longer than the signal or not 1-D or 2-D, or `out` does not fit.

    See Also
    --------
    find_matches : where the coefficient says that the template is.
    sigkit.correlation.sliding_dot_product : the dot product alone.

    Notes
    -----
    |error| <= 1e-12 in float64 and 1e-6 in float32, against exact arithmetic on the samples given, at any mean offset
    up to 1e6 standard deviations of the window, beside steps and spikes of that size, and at scales from 1e-30 to
    1e30: each block of windows is centred on its own mean, windows over which the sums still cancel are centred again
    on theirs, and sums are made by additions only. A NaN or infinity gives NaN in exactly the windows that hold it. A
    template of one sample is constant.

    Counterparts: `cv2.matchTemplate` with TM_CCOEFF_NORMED on one row, `stumpy.mass` (as a distance), ObsPy's
    `correlate_template`; their sums cancel at offsets of 1e3 to 1e7 standard deviations. Templates of 160 samples in
    float32, of 64 in float64, up to 16,384 take their numerators through spectra of blocks, in time in proportion to n
    times log(m); all others by direct sums, n times m. Source: J. P. Lewis, Fast Normalized Cross-Correlation (1995);
    the sums, by doubling, after van Herk (1992).

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> beat = np.array([0.0, 1.0, 4.0, -2.0, 0.0])
    >>> signal = np.concatenate([np.zeros(3), 1e6 + 5 * beat, 1e6 + np.arange(4.0)])
    >>> r = sigkit.sliding_pearson(signal, beat)
    >>> int(r.argmax()), bool(abs(r.max() - 1) < 1e-12)
    (3, True)
    """
    x, h = _array.as_array(signal, "signal", real=True), _array.as_array(template, "template", real=True)
    dtype = _array.common_dtype(x, h)
    x = _array.axis_last(x, axis, "signal")
    if h.ndim not in (1, 2):
        raise ValueError(f"template: expected shape (m,) or (k, m), got {h.shape}")
    n, m, bank = x.shape[-1], h.shape[-1], h.ndim == 2
    if not n:
        raise ValueError("signal: expected at least one sample along the axis for the template, got 0")
    if not 1 <= m <= n:
        raise ValueError(f"template: expected between 1 and {n} samples (the signal's length), got {m}")
    fill = _array.real(fill_value, "fill_value", finite=False)
    if np.isfinite(fill) and abs(fill) > float(np.finfo(dtype).max):
        raise ValueError(f"fill_value={fill_value!r}: expected a value that {dtype} holds")
    lines, size = x.shape[:-1], n - m + 1
    place = _array.line_place(axis, len(lines))
    new = (len(h), size) if bank else (size,)
    computed, out = _array.output(out, (*lines[:place], *new, *lines[place:]), dtype, (x, h))
    result = computed
    if place < len(lines):
        result = np.moveaxis(computed, range(place, place + len(new)), range(-len(new), 0))
    units, undefined = _unit_templates(h.reshape(-1, m))
    narrow = units.astype(np.float32) if dtype == np.float32 else np.empty(0, np.float32)
    rows = result if bank else result[..., None, :]
    _array.sliding_pearson(x, units, narrow, rows, fill)
    for k in undefined.nonzero()[0]:
        np.copyto(rows[..., k, :], fill, where=~np.isnan(rows[..., k, :]))
    for k in np.isnan(units[:, 0]).nonzero()[0]:  # not finite: also beside the fill value of a constant window
        rows[..., k, :] = np.nan
    return _array.deliver(computed, out)


def _unit_templates(h):
    """The rows of h less their means, of unit norm, in float64; and which of them are constant (and come out as 0)."""
    constant = (h == h[:, :1]).all(axis=-1)
    units = h.astype(np.float64, order="C")  # as C reads them
    with np.errstate(invalid="ignore", over="ignore"):
        largest = np.abs(units).max(axis=-1, keepdims=True)
        # squares might overflow or vanish; a bank may be empty
        if not (_SAFE_SCALE[0] < largest.min(initial=1) and largest.max(initial=1) < _SAFE_SCALE[1]):
            units *= np.ldexp(1.0, -np.clip(np.frexp(largest)[1], -1000, 1000))
        units -= units.mean(axis=-1, keepdims=True)
        units -= units.mean(axis=-1, keepdims=True)  # what rounding left
        units /= np.sqrt(np.einsum("ij,ij->i", units, units))[:, None]
    units[constant] = 0.0
    return units, constant

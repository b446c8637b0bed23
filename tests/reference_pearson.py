"""Naive oracles of `sigkit.pearson`, in long double; they never import sigkit."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from reference import QUIET, along, broadcast, widen


@QUIET
def coefficient(x, y, fill_value=np.nan):
    """The dot product of two zero-mean vectors over their norms, along the last axis; two passes."""
    x, y = np.broadcast_arrays(*widen(x, y, exact=False))
    finite = np.isfinite(x).all(-1) & np.isfinite(y).all(-1)
    constant = (x == x[..., :1]).all(-1) | (y == y[..., :1]).all(-1)
    x, y = (z - z.mean(-1, keepdims=True) for z in (x, y))
    x, y = (z / np.sqrt((z * z).sum(-1, keepdims=True)) for z in (x, y))
    r = (x * y).sum(-1)
    return np.where(finite, np.where(constant, np.longdouble(fill_value), r), np.longdouble(np.nan))


def sliding_pearson(signal, template, *, axis=-1, fill_value=np.nan):
    template = np.asarray(template)

    def line(x):
        windows = sliding_window_view(x, template.shape[-1])
        return coefficient(windows if template.ndim == 1 else windows[None], template[..., None, :], fill_value)

    return along(line, axis, np.asarray(signal))


def pearsonr(x, y, *, axis=0):
    """The coefficient and the two-sided p-value: for normal data the density of r = sin(u) goes as cos(u)^(n - 3)."""
    x, y = np.moveaxis(np.asarray(x), axis, -1), np.moveaxis(np.asarray(y), axis, -1)
    r = coefficient(x, y)
    n = broadcast(x.shape, y.shape)[-1]
    if n == 2:
        return r, np.where(np.isnan(r), r, 1)
    nodes, weights = np.polynomial.legendre.leggauss(200)

    def integral(lower):
        half = (np.longdouble(np.pi) / 2 - np.asarray(lower)[..., None]) / 2
        return (np.cos(np.pi / 2 - half * (1 - nodes)) ** (n - 3) * weights * half).sum(-1)

    return r, integral(np.arcsin(abs(r))) / integral(0)


def stacked_rows(x, y, rowvar):
    rows = [np.atleast_2d(np.asarray(z)) for z in (x, y) if z is not None]
    return np.concatenate([z if rowvar or z.shape[0] == 1 else z.T for z in rows])


def each_window(function):
    """A matrix of each of the windows of x; without them, what function gives."""

    def matrices(x, *arguments, **keywords):
        x = np.asarray(x)
        if x.ndim < 3:
            return function(x, *arguments, **keywords)
        p = x.shape[-2]
        each = [function(window, *arguments, **keywords) for window in x.reshape(-1, *x.shape[-2:])]
        return np.array(each, np.longdouble if not each else each[0].dtype).reshape(*x.shape[:-2], p, p)

    return matrices


def by_pairs(statistic, rows, cross, first):
    """statistic(a, b) of every two rows; of the first ones with the others where `cross`."""
    above, below = (rows[:first], rows[first:]) if cross else (rows, rows)
    table = np.array([[statistic(a, b) for b in below] for a in above])
    return table.reshape(len(above), len(below))[()] if cross or len(rows) != 1 else table[0, 0]


def common(a, b):
    """What both have: the samples that are NaN in neither."""
    both = ~(np.isnan(a) | np.isnan(b))
    return widen(a[both], b[both], exact=False)


@each_window
@QUIET
def corrcoef(x, y=None, rowvar=True, *, dtype=None, cross=False, nan_policy="propagate", min_count=1):
    rows = stacked_rows(x, y, rowvar)
    first = len(stacked_rows(x, None, rowvar))

    def pair(a, b):
        a, b = common(a, b) if nan_policy == "omit" else widen(a, b, exact=False)
        if a.size < max(min_count, 1):
            return np.longdouble(np.nan)
        if not (np.iscomplexobj(a) or np.iscomplexobj(b)):
            return coefficient(a, b)
        if (a == a[0]).all() or (b == b[0]).all():
            return np.clongdouble(np.nan)
        a, b = a - a.mean(), b - b.mean()
        return (a * b.conj()).sum() / np.sqrt((abs(a) ** 2).sum()) / np.sqrt((abs(b) ** 2).sum())

    return by_pairs(pair, rows, cross, first)


@each_window
@QUIET
def cov(
    x, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None,
    *, cross=False, ridge=0, shrinkage=None, structure="full", nan_policy="propagate", min_count=1,
):  # fmt: skip
    """Every observation written as often as fweights say; shrinkage is a number."""
    rows = stacked_rows(x, y, rowvar)
    first = len(stacked_rows(x, None, rowvar))
    ddof = (0 if bias else 1) if ddof is None else ddof
    repeats = np.ones(rows.shape[1], int) if fweights is None else np.asarray(fweights)
    weights = np.ones(rows.shape[1]) if aweights is None else np.asarray(aweights)
    rows, weights = np.repeat(rows, repeats, axis=1), widen(np.repeat(weights, repeats), exact=False)

    def pair(a, b):
        w = weights
        if nan_policy == "omit":
            w = w[~(np.isnan(a) | np.isnan(b))]
            a, b = common(a, b)
            if a.size < max(min_count, 1) or a.size <= ddof:
                return np.longdouble(np.nan)
        a, b = widen(a, b, exact=False)
        a, b = (z - (w * z).sum() / w.sum() for z in (a, b))
        return (w * a * b.conj()).sum() / (w.sum() - ddof * (w * w).sum() / w.sum())

    c = by_pairs(pair, rows, cross, first)
    if c.ndim == 2 and not cross:
        mean = np.trace(c).real / len(c)
        c = c if shrinkage is None else (1 - shrinkage) * c + shrinkage * mean * np.eye(len(c))
        target = {"full": c, "diagonal": np.diag(np.diag(c)), "spherical": np.eye(len(c)) * mean}[structure]
        c = np.where(np.eye(len(c)) + (structure == "full") > 0, target, 0) + ridge * np.eye(len(c))
    return c


def find_matches(coefficients, threshold, distance=1):
    """The middles of plateaus above their neighbours; of those nearer than `distance` the highest, else the first."""
    values, coefficients = np.asarray(coefficients), widen(coefficients, exact=False)
    heights = [-np.inf, *np.where(np.isnan(coefficients), -np.inf, coefficients), -np.inf]
    peaks, first = [], 1
    for last in range(1, len(heights) - 1):
        if heights[last] != heights[last + 1]:
            if heights[first - 1] < heights[first] > heights[last + 1] and heights[first] >= threshold:
                peaks.append((first + last) // 2 - 1)
            first = last + 1
    positions = []
    for peak in sorted(peaks, key=lambda i: (-coefficients[i], i)):
        if all(abs(peak - other) >= distance for other in positions):
            positions.append(peak)
    positions = np.array(sorted(positions), dtype=np.int64)
    return positions, values[positions]

"""Naive oracles of `sigkit.pearson`, in long double; they never import sigkit."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from reference import QUIET, along, broadcast, widen


@QUIET
def coefficient(x, y, fill_value=np.nan, weights=None):
    """The dot product of two zero-mean vectors over their norms, along the last axis; two passes. Weights weigh every
    sum."""
    x, y = np.broadcast_arrays(*widen(x, y, exact=False))
    w = np.ones(x.shape[-1], np.longdouble) if weights is None else widen(weights, exact=False)
    finite = np.isfinite(x).all(-1) & np.isfinite(y).all(-1)
    x, y, w = x[..., w > 0], y[..., w > 0], w[w > 0]
    constant = (x == x[..., :1]).all(-1) | (y == y[..., :1]).all(-1)
    x, y = (z - (w * z).sum(-1, keepdims=True) / w.sum() for z in (x, y))
    x, y = (z / np.sqrt((w * z * z).sum(-1, keepdims=True)) for z in (x, y))
    r = (w * x * y).sum(-1)
    return np.where(finite, np.where(constant, np.longdouble(fill_value), r), np.longdouble(np.nan))


def sliding_pearson(signal, template, *, axis=-1, fill_value=np.nan, weights=None):
    template = np.asarray(template)

    def line(x):
        windows = sliding_window_view(x, template.shape[-1])
        windows = windows if template.ndim == 1 else windows[None]
        return coefficient(windows, template[..., None, :], fill_value, weights)

    return along(line, axis, np.asarray(signal))


@QUIET
def znorm_distance(signal, template, *, axis=-1):
    """The distance of z-normalised vectors; a constant one is z-normalised to zeros."""
    template = np.asarray(template)

    def znormalised(windows):
        z = windows - windows.mean(-1, keepdims=True)
        z = z / np.sqrt((z * z).mean(-1, keepdims=True))
        constant = (windows == windows[..., :1]).all(-1, keepdims=True) & np.isfinite(windows[..., :1])
        return np.where(constant, 0, z)

    def line(x):
        windows, h = widen(sliding_window_view(x, template.shape[-1]), template, exact=False)
        return np.sqrt(((znormalised(windows) - znormalised(h)[..., None, :]) ** 2).sum(-1))

    return along(line, axis, np.asarray(signal))


@QUIET
def matched_filter(templates, moveouts, weights, data):
    """One coefficient at a time; a channel that has none adds nothing, one that is not read neither."""
    templates, data = np.asarray(templates), np.asarray(data)
    if templates.ndim == data.ndim:
        templates = templates[None]
    shape, m = templates.shape[:-1], templates.shape[-1]
    moveouts, weights = (np.broadcast_to(np.reshape(v, np.shape(v) + (1,) * (len(shape) - np.ndim(v))), shape)
                         for v in (moveouts, weights))  # fmt: skip
    total = np.zeros((len(templates), data.shape[-1] - m + 1), np.longdouble)
    for where in np.ndindex(shape):
        r = sliding_pearson(data[where[1:]], templates[where], fill_value=0)
        for i in range(total.shape[1]) if weights[where] else ():
            if 0 <= i + int(moveouts[where]) < r.size:
                total[where[0], i] += weights[where] * r[i + int(moveouts[where])]
    return total


def max_coefficient(x, y, max_lag, *, axis=-1):
    """The coefficients alone: which of two lags that have the same is found hangs on rounding."""

    def pair(a, b):
        middle = np.asarray(b)[max_lag : b.size - max_lag]
        r = sliding_pearson(a, middle, fill_value=-np.inf)
        return np.where(np.isneginf(r.max()), np.longdouble(np.nan), r.max())

    return along(pair, axis, np.asarray(x), np.asarray(y))


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


@QUIET
def corrcoef(x, y=None, rowvar=True, *, dtype=None):
    rows = [np.atleast_2d(np.asarray(z)) for z in (x, y) if z is not None]
    rows = np.concatenate([z if rowvar or z.shape[0] == 1 else z.T for z in rows])
    if np.iscomplexobj(rows):
        rows = widen(rows)
        rows = rows - rows.mean(-1, keepdims=True)
        products = rows @ rows.conj().T
        norms = np.sqrt(np.diagonal(products).real)
        r = products / norms[:, None] / norms
    elif rows.shape[1]:
        r = coefficient(rows[:, None], rows[None])
    else:
        r = np.full((len(rows),) * 2, np.longdouble(np.nan))
    return r[0, 0] if len(r) == 1 else r


def find_matches(coefficients, threshold, distance=1, *, subpixel=False):
    """The middles of plateaus above their neighbours; of those nearer than `distance` the highest, else the first."""
    values, wide = np.asarray(coefficients), widen(coefficients, exact=False)
    heights = {place: -np.inf if np.isnan(wide[place]) else wide[place] for place in np.ndindex(wide.shape)}
    shifts = [s for s in np.ndindex((3,) * wide.ndim) if s != (1,) * wide.ndim]
    peaks, seen = [], set()
    for start in heights:
        if start in seen:
            continue
        plateau, top = [start], heights[start] >= threshold
        seen.add(start)
        for place in plateau:
            for shift in shifts:
                beside = tuple(i + s - 1 for i, s in zip(place, shift, strict=True))
                if heights.get(beside) == heights[start] and beside not in seen:
                    seen.add(beside)
                    plateau.append(beside)
                top = top and not heights.get(beside, -np.inf) > heights[start]
        if top:
            spans = [(min(places), max(places)) for places in zip(*plateau, strict=True)]
            peaks.append(min(plateau, key=lambda place: (
                sum((2 * i - low - high) ** 2 for i, (low, high) in zip(place, spans, strict=True)), place)))
    kept = []
    for peak in sorted(peaks, key=lambda place: (-heights[place], place)):
        if all(max(abs(i - k) for i, k in zip(peak, other, strict=True)) >= distance for other in kept):
            kept.append(peak)
    kept.sort()
    positions = np.array(kept, dtype=np.int64).reshape(len(kept), wide.ndim)
    found = np.array([values[place] for place in kept], values.dtype)
    if subpixel:
        tops = [quadratic_top(heights, place) for place in kept]
        positions = np.array([place for place, _ in tops], np.longdouble).reshape(positions.shape)
        found = np.array([height for _, height in tops], np.longdouble)
    return (positions if wide.ndim > 1 else positions[:, 0]), found


@QUIET
def quadratic_top(heights, place):
    """Solve slope + curvature shift = 0, by central differences, for all axes at once or else for each alone."""
    def at(*shift):
        return heights.get(tuple(i + s for i, s in zip(place, shift, strict=True)), -np.inf)

    n = len(place)
    units = np.eye(n, dtype=int)
    level = at(*np.zeros(n, int))
    slope = np.array([(at(*u) - at(*-u)) / 2 for u in units], np.longdouble)
    curvature = np.array([at(*u) - 2 * level + at(*-u) for u in units], np.longdouble)
    good = np.isfinite(slope) & np.isfinite(curvature) & (curvature < 0)
    shift = np.where(good, -slope / np.where(good, curvature, -1), 0)
    if n == 2 and good.all():
        mixed = (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / 4
        determinant = curvature[0] * curvature[1] - mixed**2
        joint = (mixed * slope[::-1] - curvature[::-1] * slope) / determinant
        if determinant > 0 and (abs(joint) <= 1).all():
            shift = joint
    return place + shift, level + (np.where(good, slope, 0) * shift).sum() / 2

"""Naive oracles of `sigkit.pearson`, in long double; they never import sigkit."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from reference import QUIET, along, broadcast, widen


@QUIET
def coefficient(x, y, fill_value=np.nan, weights=None):
    """The dot product of two zero-mean vectors over their norms, along the last axis; means are taken off twice, as
    the first is rounded. Weights weigh every sum."""
    x, y = np.broadcast_arrays(*widen(x, y, exact=False))
    w = np.ones(x.shape[-1], np.longdouble) if weights is None else widen(weights, exact=False)
    finite = np.isfinite(x).all(-1) & np.isfinite(y).all(-1)
    x, y, w = x[..., w > 0], y[..., w > 0], w[w > 0]
    constant = (x == x[..., :1]).all(-1) | (y == y[..., :1]).all(-1)
    for _ in range(2):
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
def rolling_mean(x, window, *, axis=-1):
    def line(x):
        windows = sliding_window_view(x, window)
        means = np.empty(len(windows), x.dtype)
        means.real = windows.real.mean(-1)
        if np.iscomplexobj(x):  # part by part: a quotient of complex numbers would mix those of an infinite one
            means.imag = windows.imag.mean(-1)
        return means

    return along(line, axis, widen(x, exact=False))


@QUIET
def rolling_std(x, window, *, axis=-1, ddof=0):
    def line(x):
        windows = sliding_window_view(x, window)
        return np.sqrt(((windows - windows.mean(-1, keepdims=True)) ** 2).sum(-1) / (window - ddof))

    return along(line, axis, widen(x, exact=False))


def rolling_pearson(x, y, window, *, axis=-1, fill_value=np.nan):
    def line(x, y):
        return coefficient(sliding_window_view(x, window), sliding_window_view(y, window), fill_value)

    return along(line, axis, np.asarray(x), np.asarray(y))


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


def match_template(
    image, template, pad_input=False, mode="constant", constant_values=0, *, mask=None, axes=None, channel_axis=None,
    fill_value=0.0,
):  # fmt: skip
    """Window by window, in two passes; channels are told apart by an axis of their own, at the end."""
    image, template = np.asarray(image), np.asarray(template)
    searched = None if axes is None else [a % image.ndim for a in axes]
    if channel_axis is None:
        image, template = image[..., None], template[..., None]
    else:
        channel = channel_axis % image.ndim
        searched = searched and [a - (a > channel) for a in searched]
        template = np.moveaxis(template, channel - image.ndim, -1)
        image = np.moveaxis(image, channel, -1)
    rank = template.ndim - 1 if axes is None else len(axes)
    if axes is not None:
        image = np.moveaxis(image, searched, range(-1 - rank, -1))
    m = template.shape[-1 - rank : -1]
    keep = image.ndim - 1 - rank
    if pad_input:
        options = {"constant_values": constant_values} if mode == "constant" else {}
        image = image.astype(np.result_type(image.dtype, np.float32))
        image = np.pad(image, [(0, 0)] * keep + [(k, k) for k in m] + [(0, 0)], mode, **options)
        inner = [slice(k - k // 2, n - k + (k - 1) // 2) for k, n in zip(m, image.shape[keep:-1], strict=True)]
        image = image[(..., *inner, slice(None))]
    windows = sliding_window_view(image, m, axis=tuple(range(keep, keep + rank)))  # (..., *places, channels, *m)
    windows = np.moveaxis(windows, keep + rank, -1)  # (..., *places, *m, channels)
    bank = template.shape[: template.ndim - 1 - rank]
    weights = np.ones(m) if mask is None else np.asarray(mask)
    out = np.empty((*image.shape[:keep], *bank, *windows.shape[keep : keep + rank]), np.longdouble)
    for b in np.ndindex(*bank):
        index = (slice(None),) * keep + b
        out[index] = weighted_coefficient(windows, template[b], weights, fill_value, rank)
    return out


@QUIET
def weighted_coefficient(windows, template, weights, fill_value, rank):
    """Over the last axes (*m, channels), each channel about its own weighted mean."""
    over = tuple(range(-1 - rank, -1))
    w = widen(weights, exact=False)[..., None]
    x, t = (widen(a, exact=False) for a in (windows, template))
    inside = np.broadcast_to(w != 0, t.shape)
    finite = (np.isfinite(x) | ~inside).all((*over, -1)) & (np.isfinite(t) | ~inside).all()
    x, t = np.where(inside, x, 0), np.where(inside, t, 0)
    first = (..., *np.unravel_index(np.argmax(w[..., 0] != 0), w.shape[:-1]), slice(None))
    alike = [((a == np.expand_dims(a[first], over)) | ~inside).all((*over, -1)) for a in (x, t)]
    for _ in range(2):
        x, t = (a - (a * w).sum(over, keepdims=True) / w.sum() for a in (x, t))
    every = (*over, -1)
    x, t = (a / np.abs(a).max(every, keepdims=True) for a in (x, t))
    r = (w * x * t).sum(every) / np.sqrt((w * x * x).sum(every) * (w * t * t).sum(every))
    return np.where(finite, np.where(alike[0] | alike[1], np.longdouble(fill_value), r), np.longdouble(np.nan))


def _rows(x, y):
    """Both sets of rows as they are computed, integers in float64, made wide; y None: x once more."""
    x, y = (np.asarray(z) for z in (x, x if y is None else y))
    return widen(*(z.astype(np.float64) if z.dtype.kind in "biu" else z for z in (x, y)), exact=False)


@QUIET
def mean_absolute_difference(x, y=None):
    x, y = _rows(x, y)
    return abs(x[..., :, None, :] - y[..., None, :, :]).sum(-1) / np.longdouble(x.shape[-1])


@QUIET
def cosine_similarity(x, y=None):
    x, y = _rows(x, y)
    for rows in (x, y):
        norms = np.sqrt((abs(rows) ** 2).sum(-1, keepdims=True))
        rows /= np.where(norms == 0, 1, norms)
        rows[~np.isfinite(rows).all(-1)] = np.nan
    return x @ y.conj().T


@QUIET
def redundant_groups(weights, threshold, metric="pearson"):
    """The sizes of the groups, and their members one after the other."""
    weights = np.asarray(weights)
    eps = np.finfo(np.float32 if weights.dtype in (np.float16, np.float32) else np.float64).eps
    if metric == "mad":
        alike = mean_absolute_difference(weights) <= threshold
    else:
        r = np.atleast_2d(corrcoef(weights))
        alike = r >= threshold - (weights.shape[1] + 8) * eps
    groups, left = [], list(range(len(weights)))
    while left:
        group = [left.pop(0)]
        for i in group:  # which grows
            near = [k for k in left if alike[i, k]]
            group += near
            left = [k for k in left if k not in near]
        groups.append(sorted(group))
    groups = [group for group in groups if len(group) > 1]
    return np.array([len(g) for g in groups], np.int64), np.array([i for g in groups for i in g], np.int64)


@QUIET
def decorrelation_penalty(weights):
    """The sum over pairs, and its derivative pair by pair: of r_ik by w_i it is (z_k - r_ik z_i) / s_i."""
    weights = _rows(weights, None)[0]
    if not weights.size:
        return np.longdouble(0), weights
    constant = (weights == weights[:, :1]).all(-1)
    centred = weights - weights.mean(-1, keepdims=True)
    norms = np.sqrt((centred**2).sum(-1, keepdims=True))
    z = np.where(constant[:, None], 0, centred / norms)
    p = len(z)
    value, gradient = np.longdouble(0), np.zeros_like(z)
    for i in range(p):
        for k in range(p):
            if i != k and not constant[i]:
                r = (z[i] * z[k]).sum()
                value += r**2
                gradient[i] += 2 * 2 * r * (z[k] - r * z[i]) / norms[i]
    value, gradient = (total / max(p * (p - 1), 1) for total in (value, gradient))
    if not np.isfinite(weights).all():
        value, gradient = np.longdouble(np.nan), np.full_like(z, np.nan)
    gradient[constant] = 0
    return value, gradient

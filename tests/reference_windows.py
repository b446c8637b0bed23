"""Naive oracles of the filters that look at a neighbourhood as such: means, least, largest and ranks."""

import numpy as np

BEYOND = {"reflect": "symmetric", "mirror": "reflect", "nearest": "edge", "wrap": "wrap"}


def neighbours(x, shape, axes, mode, cval, origin):
    """The samples under each output, along a new last axis: x is extended, then read at every offset of `shape`."""
    x = np.asarray(x)
    axes = list(range(x.ndim)) if axes is None else [a % x.ndim for a in np.atleast_1d(axes)]
    modes = [mode] * len(axes) if isinstance(mode, str) else mode
    origins = [origin] * len(axes) if np.ndim(origin) == 0 else origin
    if x.size == 0:
        return np.empty((*x.shape, np.count_nonzero(shape)), object)
    wide = x.astype(object)
    for axis, size, one in zip(axes, shape.shape, modes, strict=True):
        width = [(size, size) if a == axis else (0, 0) for a in range(x.ndim)]
        options = {"constant_values": cval} if one == "constant" else {}
        wide = np.pad(wide, width, BEYOND.get(one, one), **options)
    found = []
    for place in np.argwhere(shape):
        window = [slice(None)] * x.ndim
        for axis, size, p, o in zip(axes, shape.shape, place, origins, strict=True):
            start = size + p - size // 2 - o
            window[axis] = slice(start, start + x.shape[axis])
        found.append(wide[tuple(window)])
    return np.stack(found, -1)


def box(size, footprint, x, axes):
    """With one dimension for each axis, in their order; a footprint comes with them in ascending order."""
    if footprint is None:
        return np.ones([size] * count_of(x, axes) if np.ndim(size) == 0 else size, bool)
    footprint = np.asarray(footprint, bool)
    return footprint if axes is None else footprint.transpose(np.argsort(np.argsort(np.atleast_1d(axes) % np.ndim(x))))


def count_of(x, axes):
    return np.ndim(x) if axes is None else len(np.atleast_1d(axes))


def of_rank(place, input, size, footprint, mode, cval, origin, axes):
    x = np.asarray(input)
    samples = neighbours(x, box(size, footprint, x, axes), axes, mode, cval, origin)
    if x.dtype.kind == "f":
        samples = samples.astype(np.longdouble)
        result = np.sort(samples, -1)[..., place(samples.shape[-1])]
        return np.where(np.isnan(samples).any(-1), np.nan, result)
    return np.sort(samples, -1)[..., place(samples.shape[-1])].astype(x.dtype)


def minimum_filter(input, size=None, footprint=None, mode="reflect", cval=0, origin=0, axes=None):
    return of_rank(lambda n: 0, input, size, footprint, mode, cval, origin, axes)


def maximum_filter(input, size=None, footprint=None, mode="reflect", cval=0, origin=0, axes=None):
    return of_rank(lambda n: n - 1, input, size, footprint, mode, cval, origin, axes)


def minimum_filter1d(input, size, axis=-1, mode="reflect", cval=0, origin=0):
    return minimum_filter(input, size, None, mode, cval, origin, axis)


def maximum_filter1d(input, size, axis=-1, mode="reflect", cval=0, origin=0):
    return maximum_filter(input, size, None, mode, cval, origin, axis)


def rank_filter(input, rank, size=None, footprint=None, mode="reflect", cval=0, origin=0, axes=None):
    return of_rank(lambda n: rank % n, input, size, footprint, mode, cval, origin, axes)


def median_filter(input, size=None, footprint=None, mode="reflect", cval=0, origin=0, axes=None):
    return of_rank(lambda n: n // 2, input, size, footprint, mode, cval, origin, axes)


def percentile_filter(input, percentile, size=None, footprint=None, mode="reflect", cval=0, origin=0, axes=None):
    share = percentile % 100 if percentile < 0 else percentile
    return of_rank(lambda n: min(int(n * share / 100), n - 1), input, size, footprint, mode, cval, origin, axes)


def uniform_filter(input, size=3, mode="reflect", cval=0, origin=0, axes=None):
    x = np.asarray(input)
    samples = neighbours(x, box(size, None, x, axes), axes, mode, cval, origin)
    if x.dtype.kind == "c":  # each part alone: (inf + 0j) / 2 has no NaN
        samples = samples.astype(np.clongdouble)
        mean = np.empty(x.shape, np.clongdouble)
        mean.real, mean.imag = (part.sum(-1) / part.shape[-1] for part in (samples.real, samples.imag))
        return mean
    with np.errstate(invalid="ignore"):
        mean = samples.astype(np.longdouble).sum(-1) / samples.shape[-1]
    return mean if x.dtype.kind == "f" else (mean != 0) if x.dtype.kind == "b" else np.rint(mean).astype(x.dtype)


def uniform_filter1d(input, size, axis=-1, mode="reflect", cval=0, origin=0):
    return uniform_filter(input, size, mode, cval, origin, axis)


def bilateral_filter(
    image, sigma_color, sigma_spatial=1.0, size=None, mode="reflect", axes=(-2, -1), channel_axis=None
):  # fmt: skip
    """Differences from the sample itself, so that an infinite one is NaN wherever its window reaches."""
    x = np.asarray(image)
    axes = [a % x.ndim for a in axes]
    sigmas = [sigma_spatial] * 2 if np.ndim(sigma_spatial) == 0 else sigma_spatial
    if size is None:
        size = [2 * int(np.ceil(3 * s)) + 1 for s in sigmas]
    sizes = np.broadcast_to(size, 2)
    samples = neighbours(x, np.ones(sizes, bool), axes, mode, 0, 0).astype(np.longdouble)
    places = [np.arange(n) - n // 2 for n in sizes]
    bells = [np.exp(-((at / np.longdouble(s)) ** 2) / 2) for at, s in zip(places, sigmas, strict=True)]
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        differences = samples - x.astype(np.longdouble)[..., None]
        square = (differences / np.longdouble(sigma_color)) ** 2
        if channel_axis is not None:
            square = square.sum(channel_axis % x.ndim, keepdims=True)
        weights = np.exp(-square / 2) * np.multiply.outer(*bells).ravel()
        result = x + (weights * differences).sum(-1) / weights.sum(-1)
    return result if x.dtype.kind == "f" else (result != 0) if x.dtype.kind == "b" else np.rint(result).astype(x.dtype)


def integral_image(image, dtype=None, axes=None):
    x = np.asarray(image)
    axes = range(x.ndim) if axes is None else np.atleast_1d(axes)
    sums = x.astype(object if x.dtype.kind in "biu" else np.clongdouble if x.dtype.kind == "c" else np.longdouble)
    if x.dtype.kind == "b":
        sums = x.astype(int).astype(object)
    with np.errstate(invalid="ignore"):
        for axis in axes:
            lines = np.moveaxis(sums, axis, 0)
            summed = np.array([lines[: i + 1].sum(0) for i in range(len(lines))], sums.dtype).reshape(lines.shape)
            sums = np.moveaxis(summed, 0, axis)
    if x.dtype.kind not in "biu":
        return sums
    whole = np.vectorize(lambda s: int(s) % 2**64, otypes=[np.uint64])(sums) if sums.size else sums.astype(np.uint64)
    return whole if x.dtype.kind == "u" else whole.astype(np.int64)


CELLS = {
    "type-2-x": [(0, 0), (0, 1)],
    "type-2-y": [(0, 0), (1, 0)],
    "type-3-x": [(0, 0), (0, 1), (0, 2)],
    "type-3-y": [(0, 0), (1, 0), (2, 0)],
    "type-4": [(0, 0), (0, 1), (1, 1), (1, 0)],
}


def haar_rectangles(height, width, feature_type=None):
    """(top, bottom, left, right) of the rectangles of each feature."""
    kinds = list(CELLS) if feature_type is None else np.atleast_1d(feature_type)
    for cells in (CELLS[kind] for kind in kinds):
        down, across = (1 + max(c) for c in zip(*cells, strict=True))
        for top in range(height):
            for left in range(width):
                for h in range(1, (height - top) // down + 1):
                    for w in range(1, (width - left) // across + 1):
                        yield [(top + i * h, top + i * h + h, left + j * w, left + j * w + w) for i, j in cells]


def haar_features(image, feature_type=None, indices=None, window=None, step=1):
    x = np.asarray(image)
    wide = x.astype(int).astype(object) if x.dtype.kind in "biu" else x.astype(np.longdouble)
    height, width = x.shape[-2:] if window is None else np.broadcast_to(window, 2)
    steps = np.broadcast_to(step, 2)
    rectangles = list(haar_rectangles(height, width, feature_type))
    if indices is not None:
        rectangles = [rectangles[i] for i in indices]
    places = [range(0, n - m + 1, s) for n, m, s in zip(x.shape[-2:], (height, width), steps, strict=True)]
    if window is None:
        places = [[0], [0]]
    features = np.zeros((*x.shape[:-2], len(places[0]), len(places[1]), len(rectangles)), wide.dtype)
    with np.errstate(invalid="ignore"):
        for i, y in enumerate(places[0]):
            for j, left in enumerate(places[1]):
                at = wide[..., y : y + height, left : left + width]
                for k, parts in enumerate(rectangles):
                    sums = [at[..., a:b, c:d].sum((-1, -2)) for a, b, c, d in parts]
                    features[..., i, j, k] = sum(sums[1::2]) - sum(sums[::2])
    features = features[..., 0, 0, :] if window is None else features
    if x.dtype.kind not in "biu":
        return features
    signed = np.vectorize(lambda s: (int(s) + 2**63) % 2**64 - 2**63, otypes=[np.int64])
    return signed(features) if features.size else features.astype(np.int64)

"""Rows of cases.py for the filters of `sigkit.filters` that look at a neighbourhood as such."""

import numpy as np
from cases import EVERY, REALS, Case, equal, exact, samples


def held_by_a_double(x):
    """Sums of longer integers are rounded."""
    return x // 2**16 if x.dtype.kind in "iu" and x.itemsize == 8 else x


def image(*arguments, **keywords):
    """About n samples."""

    def of(dtype, rng, n):
        height = max(int(np.sqrt(n)), 1)
        return (held_by_a_double(samples(rng, dtype, height, max(n // height, 1))), *arguments), keywords

    return of


def volume(*arguments, **keywords):
    def of(dtype, rng, n):
        edge = max(round(n ** (1 / 3)), 1)
        return (held_by_a_double(samples(rng, dtype, edge, edge, edge)), *arguments), keywords

    return of


def own(*dtypes):
    """That of the input, float32 for float16."""
    return np.dtype(np.float32) if dtypes[0] == np.float16 else dtypes[0]


def of_mean(case, positional, keywords):
    """2 log2(size) + 2 eps along each axis of the mean of the absolute values, which the oracle takes."""
    x = np.asarray(positional[0])
    if x.dtype.kind not in "fc":
        return 0
    size = np.ravel(positional[1:] or (3,))
    with np.errstate(invalid="ignore"):
        mean = case.oracle(abs(x.astype(np.clongdouble if x.dtype.kind == "c" else np.longdouble)), *positional[1:],
                           **keywords)  # fmt: skip
    return case.eps(positional) * (4 * np.log2(np.prod(size) + 1) + 4) * mean


def of_differences(case, positional, keywords):
    """(n + 8) eps of the largest difference, and eps of the result, with the n samples of the largest window here."""
    x = np.asarray(positional[0])
    if x.dtype.kind not in "fc":
        return 0
    values = x[np.isfinite(x)].astype(np.longdouble)
    return case.eps(positional) * ((81 + 8) * np.ptp(values) + 2 * abs(values).max()) if values.size else 0


def colours(*arguments, **keywords):
    """About n samples, of three channels each."""

    def of(dtype, rng, n):
        height = max(int(np.sqrt(n)), 1)
        return (held_by_a_double(samples(rng, dtype, height, max(n // height, 1), 3)), *arguments), keywords

    return of


def thumbnails(dtype, rng, n):
    """About n samples in small images."""
    return (samples(rng, dtype, max(n // 30, 1), min(n, 5), min(n, 6)),), {}


def windows_of_thumbnails(dtype, rng, n):
    shape = min(n, 6), min(n, 7)
    window = min(shape[0], 3), min(shape[1], 4)
    return (samples(rng, dtype, max(n // 42, 1), *shape), ("type-4", "type-2-x")), {"window": window, "step": (1, 3)}


def of_features(case, positional, keywords):
    """(2 log2(height) + 2 log2(width) + 3) eps of float64 of the magnitudes under the window, and the rounding."""
    x = np.asarray(positional[0])
    if x.dtype.kind != "f":
        return 0
    result = case.oracle(*positional, **keywords)
    size = np.nansum(np.where(np.isfinite(x), abs(x), 0).astype(np.longdouble))
    terms = 2 * np.log2(max(x.shape[-2], 1)) + 2 * np.log2(max(x.shape[-1], 1)) + 3
    rounded = np.where(np.isfinite(result), abs(result), 0) * case.eps(positional) / 2
    return terms * np.finfo(float).eps * size + rounded


def of_running_sum(case, positional, keywords):
    """(rows + columns) eps of the sum of the magnitudes."""
    x = np.asarray(positional[0])
    if x.dtype.kind not in "fc":
        return 0
    size = np.where(np.isfinite(x), abs(x), 0).astype(np.longdouble).sum()
    return sum(x.shape) * np.finfo(float).eps * size


def integral(*dtypes):
    """That of numpy.cumsum, but double precision for all floating ones."""
    if dtypes[0].kind in "biu":
        return np.dtype(np.uint64 if dtypes[0].kind == "u" else np.int64)
    return np.promote_types(dtypes[0], np.float64)


RING = ((0, 1, 1, 1, 0), (1, 0, 0, 0, 1), (1, 0, 0, 0, 1), (0, 1, 1, 1, 0))
ONE = {"arrays": (0,), "result_dtype": own}

ROWS = [
    Case("filters.uniform_filter", image((4, 7), mode="mirror"), of_mean, EVERY, bench=("box",), **ONE),
    Case("filters.uniform_filter:volume", volume(3), of_mean, EVERY, **ONE),
    Case("filters.uniform_filter1d", image(5, axis=0, mode="wrap"), of_mean, EVERY, **ONE),
    Case("filters.bilateral_filter", image(1.5), of_differences, REALS, **ONE),
    Case(
        "filters.bilateral_filter:channels", colours(0.8, 2.0, size=(3, 9), mode="mirror", axes=(0, 1), channel_axis=2),
        of_differences, REALS, **ONE
    ),
    Case("filters.minimum_filter", image((3, 12)), equal, REALS, **ONE),
    Case("filters.maximum_filter", image((6, 2), mode="nearest", origin=(1, 0)), equal, REALS, **ONE),
    Case("filters.maximum_filter:footprint", image(footprint=RING, mode="constant", cval=1), equal, REALS, **ONE),
    Case("filters.minimum_filter1d", image(4, axis=0), equal, REALS, **ONE),
    Case("filters.maximum_filter1d", image(9, mode="wrap"), equal, REALS, **ONE),
    Case("filters.median_filter", image(3), equal, REALS, bench=("median-3",), **ONE),
    Case("filters.median_filter:5 x 5", image(5, mode="nearest"), equal, REALS, bench=("median-5",), **ONE),
    Case("filters.median_filter:footprint", image(footprint=RING), equal, REALS, **ONE),
    Case("filters.median_filter:large", image(23, mode="mirror"), equal, REALS, bench=("median-u8-15",), **ONE),
    Case("filters.median_filter:volume", volume(3), equal, REALS, **ONE),
    Case("filters.rank_filter", image(-2, (2, 5)), equal, REALS, **ONE),
    Case("filters.percentile_filter", image(20, 4, axes=1), equal, REALS, **ONE),
    Case("filters.integral_image", image(), of_running_sum, EVERY, integral, arrays=(0,), parallel=False),
    Case("filters.integral_image:axis", image(axes=-2), of_running_sum, EVERY, integral, arrays=(0,), parallel=False),
    Case("filters.haar_features", thumbnails, of_features, REALS, exact, arrays=(0,), parallel=False),
    Case(
        "filters.haar_features:windows", windows_of_thumbnails, of_features, REALS, exact, arrays=(0,), parallel=False
    ),
]

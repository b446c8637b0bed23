"""Rows of cases.py for `sigkit.pearson`."""

import numpy as np
import reference
from cases import (
    DOUBLE,
    EVERY,
    REALS,
    SINGLE,
    Case,
    arrays_of,
    equal,
    floating,
    index,
    line_and_bank,
    line_and_taps,
    samples,
)
from reference import widen


def pearson(case, positional, keywords):
    """What the library promises of a coefficient, whatever the data."""
    return 1e-6 if case.eps(positional) == np.finfo(SINGLE).eps else 1e-12


def matrix_product(case, positional, keywords):
    """(n + 8) eps: a dot product of unit vectors of n samples, as BLAS may sum it."""
    return (np.atleast_1d(positional[0]).shape[-1] + 8) * case.eps(positional)


def of_itself(case, positional, keywords):
    """As much of the result."""
    return pearson(case, positional, keywords) * case.oracle(*positional, **keywords)


def means(case, positional, keywords):
    """A sum by doubling, four parts and up to three behind them at a step, and the quotient; or blocks one by one."""
    x, window = positional
    sizes = case.oracle(abs(reference.widen(x, exact=False)), window, **keywords)
    return (1.25 * np.log2(window) + 2 + (window / 4096 + 64 if window >= 2048 else 0)) * case.eps(positional) * sizes
def distance(case, positional, keywords):
    """Of d = sqrt(2 m (1 - r)), whose r is within 1e-12: |d^2 - exact^2| <= 2e-12 m, and one rounding."""
    exact = case.oracle(*positional, **keywords)
    square = 2e-12 * np.shape(positional[1])[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.fmin(np.sqrt(square), square / exact)
    return error + 4 * case.eps(positional) * np.nan_to_num(exact)


def stacked(case, positional, keywords):
    """The bounds of the coefficients, times their weights."""
    return pearson(case, positional, keywords) * abs(np.asarray(positional[2])).sum()


def finite_peak(x):
    x = abs(widen(x, exact=False))
    return np.max(x, initial=0, where=np.isfinite(x))


def covariance_product(case, positional, keywords):
    """The same times the norms of the rows, which are at most twice their peaks, by the divisor."""
    return 8 * matrix_product(case, positional, keywords) * finite_peak(positional[0]) ** 2


def pairwise_covariance(case, positional, keywords):
    return 8 * pearson(case, positional, keywords) * finite_peak(positional[0]) ** 2


def pearson_and_pvalue(case, positional, keywords):
    """The density of the coefficient of 32 normal pairs stays below 2.5: p, of two tails, moves 5 times as far as r."""
    r = pearson(case, positional, keywords)
    return r, 5 * r + case.eps(positional)


def line_and_constant(dtype, rng, n):
    return line_and_ones(dtype, rng, n)[0], {"fill_value": -0.5}


def weighted_line_and_taps(dtype, rng, n):
    """Among the weights are a 0 and, of samples enough, several sizes."""
    positional, _ = line_and_taps(13)(dtype, rng, n)
    weights = np.resize([1, 0.25, 0, 1e-3, 7], positional[1].size)
    return positional, {"weights": weights, "fill_value": 0.5}


def line_and_ones(dtype, rng, n):
    return (samples(rng, dtype, n), np.ones(min(n, 5), dtype)), {}


def network(dtype, rng, n):
    """Two templates on three channels of n samples; some windows lie beyond the ends, one channel is not read."""
    moveouts = np.array([[0, 2, -1], [3, 0, 1]])
    weights = np.array([[0.5, 0.25, -0.25], [0.4, 0.6, 0]])
    return (samples(rng, dtype, 2, 3, min(n, 6)), moveouts, weights, samples(rng, dtype, 3, n)), {}


def record_pairs(dtype, rng, n):
    """Two records, or three pairs of them where there are samples enough."""
    shape = (n,) if n < 100 else (3, n // 3)
    return (samples(rng, dtype, *shape), samples(rng, dtype, *shape)), {"max_lag": min((shape[-1] - 1) // 2, 4)}


def windows_of(width, lines=1, **keywords):
    """Lines, and the width of windows: of short lines, half of it."""
    return lambda dtype, rng, n: (
        (*(samples(rng, dtype, n) for _ in range(lines)), width if width < n else (n + 1) // 2),
        keywords,
    )


def row_pairs(dtype, rng, n):
    """Pairs of rows of 32, long enough in all for n samples; two samples are too few for a p-value to be smooth."""
    return tuple(samples(rng, dtype, max(n // 32, 1), 32) for _ in range(2)), {"axis": 1}


def few_rows(dtype, rng, n):
    return (samples(rng, dtype, 4, max(n // 4, 2)),), {}


def peaks(axes, **keywords):
    def arguments(dtype, rng, n):
        shape = (n,) if axes == 1 else (max(int(n**0.5), 1), max(n // max(int(n**0.5), 1), 1))
        heights = samples(rng, dtype, *shape)
        return (heights.round(1) if heights.dtype.kind == "f" else heights, 0.5, 3), keywords  # equal heights occur

    return arguments


def parabola(case, positional, keywords):
    """A few roundings of float64 in slopes and curvatures, over the least curvature; that of the result's dtype."""
    x = np.asarray(positional[0])
    eps, x = np.finfo(floating(x.dtype)).eps, x[np.isfinite(x)].astype(np.longdouble)
    bent = abs(np.diff(x, 2))
    size = abs(x).max(initial=1)
    error = 8 * size * np.finfo(DOUBLE).eps / bent.min(where=bent > 0, initial=size)
    return error, size * (error + 4 * eps)


def double(*dtypes):
    return np.dtype(DOUBLE)


def mean_of_terms(case, positional, keywords):
    """(min(n, 256) + 2) eps of the result: all terms have one sign."""
    terms = min(positional[0].shape[-1], 256)
    return (terms + 2) * case.eps(positional) * case.oracle(*positional, **keywords)


def penalty_and_gradient(case, positional, keywords):
    """2 (n + p + 8) eps sqrt(value) + ((n + 8) eps)^2, and 12 (n + p + 10) eps over (p - 1) norms of centred rows."""
    (p, n), eps = positional[0].shape, case.eps(positional)
    rows = positional[0].astype(np.longdouble)
    with np.errstate(invalid="ignore"):
        norms = np.sqrt(((rows - rows.sum(1, keepdims=True) / max(n, 1)) ** 2).sum(1))
    norms[(rows == rows[:, :1]).all(1)] = np.inf
    value = 2 * (n + p + 8) * eps * np.sqrt(case.oracle(positional[0])[0]) + ((n + 8) * eps) ** 2
    return value, (12 * (n + p + 10) * eps / (max(p - 1, 1) * norms))[:, np.newaxis]


def rows_against_rows(dtype, rng, n):
    return (samples(rng, dtype, 5, max(n // 5, 1)), samples(rng, dtype, 6, max(n // 5, 1))), {}


def many_rows(dtype, rng, n):
    """More than a block of rows."""
    return (samples(rng, dtype, min(n, 70), max(n // 70, 1)),), {}


def rows_with_copies(**keywords):
    def arguments(dtype, rng, n):
        rows = samples(rng, dtype, 9, max(n // 9, 2))
        rows[5], rows[[7, 8]] = rows[1], rows[2]
        return (rows,), keywords

    return arguments


def sizes_and_members(groups):
    return tuple(np.array(part, np.int64) for part in (list(map(len, groups)), [i for group in groups for i in group]))


def rows_with_missing(dtype, rng, n):
    x = samples(rng, dtype, 4, max(n // 4, 2))
    if x.dtype.kind in "fc":
        x[rng.random(x.shape) < 0.2] = np.nan
    return (x,), {"nan_policy": "omit", "min_count": 2}


ROWS = [
    Case(
        "pearson.sliding_pearson",
        line_and_taps(11, fill_value=0.25),
        pearson,
        REALS,
        out=True,
        bench=("sliding-pearson", "sliding-pearson-f64"),
    ),
    Case("pearson.sliding_pearson:long template", line_and_taps(200), pearson, REALS, out=True),
    Case("pearson.sliding_pearson:bank", line_and_bank, pearson, REALS, out=True),
    Case("pearson.sliding_pearson:weights", weighted_line_and_taps, pearson, REALS, out=True),
    Case("pearson.sliding_pearson:constant template", line_and_constant, pearson, REALS, out=True),
    Case("pearson.rolling_mean", windows_of(11), means, EVERY, arrays=(0,), out=True, bench=("rolling-mean",)),
    Case("pearson.rolling_mean:long window", windows_of(3000), means, EVERY, arrays=(0,), out=True),
    Case(
        "pearson.rolling_std",
        windows_of(11),
        of_itself,
        REALS,
        arrays=(0,),
        out=True,
        bench=("rolling-std",),
    ),
    Case("pearson.rolling_std:long window", windows_of(3000), of_itself, REALS, arrays=(0,), out=True),
    Case(
        "pearson.rolling_pearson",
        windows_of(11, 2, fill_value=0.25),
        pearson,
        REALS,
        out=True,
        bench=("rolling-pearson", "rolling-pearson-f32"),
    ),
    Case("pearson.rolling_pearson:long window", windows_of(3000, 2), pearson, REALS, out=True),
    Case("pearson.znorm_distance", line_and_taps(11), distance, REALS, out=True),
    Case("pearson.znorm_distance:bank", line_and_bank, distance, REALS, out=True),
    Case("pearson.znorm_distance:constant template", line_and_ones, distance, REALS, out=True),
    Case("pearson.matched_filter", network, stacked, REALS, arrays=(0, 3), out=True),
    Case(
        "pearson.max_coefficient",
        record_pairs,
        pearson,
        REALS,
        unpack=lambda result: (np.asarray(result.coefficients),),
        parallel=False,
    ),
    Case(
        "pearson.pearsonr",
        row_pairs,
        pearson_and_pvalue,
        REALS,
        unpack=lambda result: arrays_of(tuple(result)),
        bench=("pearson-rows", "pearson-rows-pvalue"),
    ),
    # y may be None, so that it is no array to these rows: test_similarity.py has what they see for
    Case(
        "pearson.mean_absolute_difference",
        rows_against_rows,
        mean_of_terms,
        REALS,
        arrays=(0,),
        out=True,
        bench=("mad",),
    ),
    Case("pearson.mean_absolute_difference:itself", many_rows, mean_of_terms, REALS, arrays=(0,), out=True),
    Case(
        "pearson.cosine_similarity",
        rows_against_rows,
        matrix_product,
        EVERY,
        arrays=(0,),
        parallel=False,
        bench=("cosine",),
    ),
    Case("pearson.cosine_similarity:itself", few_rows, matrix_product, EVERY, arrays=(0,), parallel=False),
    *(
        Case(
            f"pearson.redundant_groups:{metric}",
            rows_with_copies(threshold=threshold, metric=metric),
            equal,
            REALS,
            index,
            arrays=(0,),
            unpack=sizes_and_members,
            parallel=False,
        )
        for metric, threshold in (("pearson", 0.9), ("mad", 0.123))
    ),
    Case("pearson.decorrelation_penalty", few_rows, penalty_and_gradient, REALS, arrays=(0,), parallel=False),
    Case("pearson.find_matches", peaks(1), equal, REALS, index, arrays=(0,), parallel=False),
    Case("pearson.find_matches:2-D", peaks(2), equal, REALS, index, arrays=(0,), parallel=False),
    Case(
        "pearson.find_matches:subpixel",
        peaks(1, subpixel=True),
        parabola,
        REALS,
        double,
        arrays=(0,),
        parallel=False,
    ),
    Case("pearson.corrcoef", few_rows, matrix_product, EVERY, arrays=(0,), bench=("corrcoef",)),
    Case("pearson.corrcoef:missing", rows_with_missing, pearson, EVERY, arrays=(0,), bench=("corrcoef-nan",)),
    Case("pearson.cov", few_rows, covariance_product, EVERY, arrays=(0,)),
    Case("pearson.cov:missing", rows_with_missing, pairwise_covariance, EVERY, arrays=(0,)),
]

"""Rows of cases.py for `sigkit.pearson`."""

import numpy as np
from cases import (
    EVERY,
    REALS,
    SINGLE,
    Case,
    arrays_of,
    equal,
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
    return (samples(rng, dtype, n), np.ones(min(n, 5), dtype)), {"fill_value": -0.5}


def row_pairs(dtype, rng, n):
    """Pairs of rows of 32, long enough in all for n samples; two samples are too few for a p-value to be smooth."""
    return tuple(samples(rng, dtype, max(n // 32, 1), 32) for _ in range(2)), {"axis": 1}


def few_rows(dtype, rng, n):
    return (samples(rng, dtype, 4, max(n // 4, 2)),), {}


def rows_with_missing(dtype, rng, n):
    x = samples(rng, dtype, 4, max(n // 4, 2))
    if x.dtype.kind in "fc":
        x[rng.random(x.shape) < 0.2] = np.nan
    return (x,), {"nan_policy": "omit", "min_count": 2}


def peaks(dtype, rng, n):
    heights = samples(rng, dtype, n)
    return (heights.round(1) if heights.dtype.kind == "f" else heights, 0.5, 3), {}  # rounded: equal heights occur


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
    Case("pearson.sliding_pearson:constant template", line_and_constant, pearson, REALS, out=True),
    Case(
        "pearson.pearsonr",
        row_pairs,
        pearson_and_pvalue,
        REALS,
        unpack=lambda result: arrays_of(tuple(result)),
        bench=("pearson-rows", "pearson-rows-pvalue"),
    ),
    Case("pearson.corrcoef", few_rows, matrix_product, EVERY, arrays=(0,), bench=("corrcoef",)),
    Case("pearson.corrcoef:missing", rows_with_missing, pearson, EVERY, arrays=(0,), bench=("corrcoef-nan",)),
    Case("pearson.cov", few_rows, covariance_product, EVERY, arrays=(0,)),
    Case("pearson.cov:missing", rows_with_missing, pairwise_covariance, EVERY, arrays=(0,)),
    Case("pearson.find_matches", peaks, equal, REALS, index, arrays=(0,), parallel=False),
]

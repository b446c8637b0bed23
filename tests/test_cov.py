"""Covariances against long double, NumPy and scikit-learn; what they are good for."""

import itertools
import warnings

import numpy as np
import pytest
import reference_pearson
from compare import assert_same_bits, assert_within
from hard_signals import SIGNALS

import sigkit


def rows_of(rng, dtype, *shape):
    x = rng.standard_normal(shape)
    return (x + 1j * rng.standard_normal(shape) if np.dtype(dtype).kind == "c" else x).astype(dtype)


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_cov_is_accurate(dtype, name, rng):
    """Times the norms of the rows, as the bound is; what leaves float32's range is Inf or 0."""
    n = 300
    x = np.stack([SIGNALS[name](n, 50, rng) for _ in range(5)])
    if np.dtype(dtype).kind == "c":
        with np.errstate(invalid="ignore"):
            x = x + 1j * np.roll(x, 1, axis=0)
    x = x.astype(dtype)
    limits = np.finfo(dtype)
    with np.errstate(invalid="ignore"):
        expected = reference_pearson.cov(x)
        norms = np.sqrt(np.diagonal(expected).real)
    bound = np.nan_to_num((n + 8) * limits.eps * norms[:, None] * norms) + limits.tiny
    expected = np.where(abs(expected) > limits.max, np.longdouble(np.inf), expected)
    c = sigkit.cov(x)
    assert c.dtype == dtype
    if np.isinf(expected).any():  # with a sign, and of either part
        assert not np.isfinite(c[np.isinf(expected)]).any()
        keep = ~np.isinf(expected)
        c, expected, bound = c[keep], expected[keep], bound[keep]
    assert_within(c, expected, bound, label=f"cov {dtype}")


WEIGHTS = {
    "none": lambda rng: {},
    "fweights": lambda rng: {"fweights": rng.integers(0, 4, 12)},
    "aweights": lambda rng: {"aweights": rng.random(12)},
    "both": lambda rng: {"fweights": rng.integers(0, 4, 12), "aweights": rng.random(12)},
    "tiny": lambda rng: {"aweights": rng.random(12) * 1e-120},
}


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("rowvar", [True, False])
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128", "int16"])
def test_cov_agrees_with_numpy(dtype, rowvar, weights, rng):
    x = rows_of(rng, "float64", 5, 12) * 100
    x, y = x.astype(dtype), rows_of(rng, "complex64" if dtype == "complex128" else "float64", 3, 12) * 100
    x, y = (x, y) if rowvar else (x.T, y.T)
    line = rows_of(rng, "float64", 12).astype(dtype)
    weights = WEIGHTS[weights](rng)
    grid = itertools.product(((x, None), (x, y), (y, x), (line, None), (line, line)), (False, True), (None, 0, 1, 3))
    for (first, second), bias, ddof in grid:
        expected = np.cov(first, second, rowvar, bias, ddof, **weights)
        c = sigkit.cov(first, second, rowvar, bias, ddof, **weights)
        assert type(c) is np.ndarray and c.shape == expected.shape
        assert (c.dtype == np.float32) == (dtype == "float32" and (second is None or second is line) and first is not y)
        # each of the two within the bound, and the divisor's own rounding
        diagonal = np.sqrt(abs(np.diagonal(np.atleast_2d(expected)).real))
        bound = 2 * (12 + 8) * np.finfo(c.dtype).eps * diagonal[:, None] * diagonal
        assert_within(np.atleast_2d(c), np.atleast_2d(expected), bound)


@pytest.mark.parametrize("shape", [(3, 1), (1, 1), (3, 2), (2, 0), (1,), (0, 5)])
@pytest.mark.parametrize("ddof", [None, 0, 2, 5])
def test_too_few_observations(ddof, shape, rng):
    """NumPy's results and NumPy's warning; of no observations it warns of more."""
    x = rng.standard_normal(shape)
    with warnings.catch_warnings(record=True) as theirs, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        expected = np.cov(x, ddof=ddof)
    with warnings.catch_warnings(record=True) as ours:
        warnings.simplefilter("always")
        c = sigkit.cov(x, ddof=ddof)
    assert_within(c, expected, 20 * np.finfo(float).eps)
    text = "Degrees of freedom <= 0 for slice"
    assert [str(w.message) for w in ours] == [text] * (text in [str(w.message) for w in theirs])


def test_exact_where_the_samples_are():
    c = sigkit.cov([[0, 1, 2], [2, 1, 0], [4, 4, 4]])
    assert np.array_equal(c, [[1, -1, 0], [-1, 1, 0], [0, 0, 0]])
    assert sigkit.cov([1, 2, 3]) == 1 and sigkit.cov([1, 2, 3]).shape == ()
    assert sigkit.cov(5.0, bias=True) == 0
    assert (sigkit.cov(np.full((2, 7), 0.1)) == 0).all()
    c, counts = sigkit.cov([1, 2, 3], return_counts=True)
    assert c == 1 and counts == 3


@pytest.mark.parametrize("exponent", [-500, 480])
def test_cov_at_extreme_scales(exponent, rng):
    """A row of any scale beside others: what can be represented is right."""
    x = rng.standard_normal((4, 60))
    plain = sigkit.cov(x)
    scales = np.ldexp(1.0, [exponent, 0, 0, -exponent])
    assert_same_bits(sigkit.cov(x * scales[:, None]), plain * scales[:, None] * scales)


def test_cross_and_windows(rng):
    x, y = rng.standard_normal((2, 3, 4, 50)) + 1e5, rng.standard_normal((3, 6, 50))
    across, whole = sigkit.cov(x, y, cross=True), sigkit.cov(x, y)
    assert across.shape == (2, 3, 4, 6) and whole.shape == (2, 3, 10, 10)
    bound = 2 * 58 * np.finfo(float).eps * 4
    assert_within(whole[..., :4, 4:], across, bound)
    for i, j in np.ndindex(2, 3):
        assert_within(whole[i, j], np.cov(x[i, j] - 1e5, y[j]), 1e-9)
    weights = {"fweights": rng.integers(0, 3, 50), "aweights": rng.random(50)}
    options = {"ridge": 0.1, "shrinkage": "ledoit-wolf", "structure": "full", **weights}
    each = np.array([[sigkit.cov(w, bias=True, **options) for w in row] for row in x])
    assert_within(sigkit.cov(x, bias=True, **options), each, bound)
    assert sigkit.cov(x[:0], shrinkage="oas").shape == (0, 3, 4, 4)


# ---------------------------------------------------------------------------------------------- that can be inverted


@pytest.mark.parametrize(("p", "n"), [(1, 9), (2, 2), (5, 3), (5, 40), (60, 20), (20, 2000), (130, 50)])
def test_shrinkage_is_scikit_learns(p, n, rng):
    covariance = pytest.importorskip("sklearn.covariance")
    x = rng.standard_normal((p, n)) * 10 ** rng.uniform(-2, 2, (p, 1)) + rng.standard_normal(n)
    bound = 1e-12 * np.var(x, axis=1).max()
    lw, oas = covariance.ledoit_wolf(x.T)[0], covariance.oas(x.T)[0]
    assert_within(
        sigkit.cov(x, shrinkage="ledoit-wolf", bias=True), np.atleast_2d(lw).reshape((p, p) if p > 1 else ()), bound
    )
    assert_within(sigkit.cov(x, shrinkage="oas", bias=True), np.atleast_2d(oas).reshape((p, p) if p > 1 else ()), bound)
    # the default divisor: every entry n / (n - 1) times as large, and as much shrunk
    assert_within(sigkit.cov(x, shrinkage="oas"), np.reshape(oas, (p, p) if p > 1 else ()) * n / (n - 1), 2 * bound)
    if p > 1:
        for s in (0, 0.1, 1):
            assert_within(sigkit.cov(x, shrinkage=s), covariance.shrunk_covariance(np.cov(x), s), 2 * bound)
        single = sigkit.cov(x.astype(np.float32), shrinkage="ledoit-wolf", bias=True)
        assert single.dtype == np.float32
        assert_within(single, lw, (n + 8) * 4 * np.finfo(np.float32).eps * np.var(x, axis=1).max())


@pytest.mark.parametrize("method", ["ledoit-wolf", "oas"])
def test_shrinkage_with_weights(method, rng):
    """Repeated observations are as many; weights of 1 are none, and their common factor counts for nothing."""
    x, repeats = rng.standard_normal((6, 30)) + 1e5, rng.integers(0, 4, 30)
    repeated = sigkit.cov(np.repeat(x, repeats, axis=1), shrinkage=method)
    assert_within(sigkit.cov(x, fweights=repeats, shrinkage=method), repeated, 1e-12)
    plain = sigkit.cov(x, shrinkage=method, bias=True)
    assert_within(sigkit.cov(x, aweights=np.full(30, 1e-3), shrinkage=method, bias=True), plain, 1e-12)
    # what has no weight is not there
    keep = (repeats > 0).astype(float)
    assert_within(
        sigkit.cov(x, aweights=keep, shrinkage=method), sigkit.cov(x[:, repeats > 0], shrinkage=method), 1e-12
    )


def test_ledoit_wolf_with_weights_is_the_formula(rng):
    """s = E|S - C|^2 / |C - mu I|^2, the error of a weighted mean written out term by term."""
    x, a, f = rng.standard_normal((4, 25)), rng.random(25), rng.integers(0, 4, 25)
    w = a * f
    c = sigkit.cov(x, aweights=a, fweights=f, bias=True)
    z = x - (x * w).sum(1, keepdims=True) / w.sum()
    error = sum(f[t] * a[t] ** 2 * ((np.outer(z[:, t], z[:, t]) - c) ** 2).sum() for t in range(25)) / w.sum() ** 2
    target = np.trace(c) / 4 * np.eye(4)
    s = min(error / ((c - target) ** 2).sum(), 1)
    assert 0 < s < 1
    shrunk = sigkit.cov(x, aweights=a, fweights=f, bias=True, shrinkage="ledoit-wolf")
    assert_within(shrunk, (1 - s) * c + s * target, 1e-13)


def test_shrinkage_knows_no_scale_and_no_offset(rng):
    z = rng.standard_normal((5, 12)) + 1j * rng.standard_normal((5, 12))
    for x, methods in ((z.real, ("oas", "ledoit-wolf")), (z, ("ledoit-wolf",))):
        for method in methods:
            c = sigkit.cov(x, shrinkage=method)
            for exponent in (-250, 250):
                scaled = sigkit.cov(x * np.ldexp(1.0, exponent), shrinkage=method)
                assert np.array_equal(scaled, c * np.ldexp(1.0, 2 * exponent))
            assert_within(sigkit.cov(x + 2.0**17, shrinkage=method), c, 1e-9)
    assert_within(c, c.conj().T, 1e-15)
    assert (np.diagonal(c).imag == 0).all()


def test_structures(rng):
    x = rng.standard_normal((5, 30))
    c = np.cov(x)
    assert_within(sigkit.cov(x, structure="diagonal"), np.diag(np.diag(c)), 1e-14)
    assert_within(sigkit.cov(x, structure="spherical"), np.trace(c) / 5 * np.eye(5), 1e-14)
    s = sigkit.cov(x, shrinkage="oas")
    assert_within(
        sigkit.cov(x, shrinkage="oas", structure="diagonal", ridge=2), np.diag(np.diag(s)) + 2 * np.eye(5), 1e-14
    )
    x[2, 3] = np.nan
    assert np.array_equal(np.isnan(sigkit.cov(x, structure="diagonal")), np.diag(np.arange(5) == 2))


def test_ridge_makes_any_matrix_positive_definite(rng):
    x = rng.standard_normal((60, 7)) + 1e3
    c = sigkit.cov(x)
    assert np.linalg.matrix_rank(c) == 6
    ridge = 60 * np.finfo(float).eps * np.linalg.eigvalsh(c)[-1]
    np.linalg.cholesky(sigkit.cov(x, ridge=ridge))
    assert_within(sigkit.cov(x, ridge=0.5), c + 0.5 * np.eye(60), 1e-15)


def gaussian_mixture(x, responsibility, covariance, steps=150):
    """EM as in a textbook: the least eigenvalue of a component's covariance after each step, until one is singular."""
    history = []
    for _ in range(steps):
        shares = responsibility.mean(1)
        means = responsibility @ x.T / responsibility.sum(1, keepdims=True)
        matrices = [covariance(x, w) for w in responsibility]
        history.append(min(np.linalg.eigvalsh(c)[0] for c in matrices))
        logs = []
        for share, mean, c in zip(shares, means, matrices, strict=True):
            sign, logdet = np.linalg.slogdet(c)
            if sign <= 0:
                return history
            d = x - mean[:, None]
            logs.append(np.log(share) - (logdet + (d * np.linalg.solve(c, d)).sum(0)) / 2)
        responsibility = np.exp(np.array(logs) - np.max(logs, axis=0))
        responsibility /= responsibility.sum(0)
    return history


MIXTURES = {
    "ridge": {"ridge": 1e-6},
    "ledoit-wolf": {"shrinkage": "ledoit-wolf"},
    "oas": {"shrinkage": "oas"},
    "a number": {"shrinkage": 0.05},
    "ridge, diagonal": {"ridge": 1e-6, "structure": "diagonal"},
    "spherical": {"structure": "spherical"},
}


@pytest.mark.parametrize("name", MIXTURES)
def test_a_mixture_does_not_collapse(name, rng):
    """One coordinate is 0 in nearly every sample. The component that takes only such samples has less variance there
    with every step: 1e-124, then 0, and the mixture is lost. What `cov` adds keeps every step invertible."""
    x = rng.standard_normal((3, 400))
    x[0] += np.where(np.arange(400) < 200, 3, -3)
    x[2] = np.where(np.arange(400) % 60 == 5, x[2], 0) * (x[0] > 2)
    start = np.stack([x[0] > 0, x[0] <= 0]) * 0.9 + 0.05

    def plain(x, weights):
        return sigkit.cov(x, aweights=weights, bias=True)

    def regular(x, weights):
        return sigkit.cov(x, aweights=weights, bias=True, **MIXTURES[name])

    lost, kept = gaussian_mixture(x, start, plain), gaussian_mixture(x, start, regular)
    assert len(lost) < 150 and min(lost) < 1e-60, "the data do not degenerate: this test shows nothing"
    assert len(kept) == 150 and min(kept) > 1e-7


# ------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("error", "keywords", "message"),
    [
        (TypeError, {"fweights": np.full(4, 1.5)}, "fweights: expected integers"),
        (TypeError, {"fweights": np.full(4, np.nan)}, "fweights: expected integers"),
        (ValueError, {"fweights": [1, -1, 1, 1]}, "fweights: expected none below 0, got -1"),
        (ValueError, {"fweights": np.ones((2, 2))}, "fweights: expected one for each of 4"),
        (ValueError, {"fweights": 3}, "fweights: expected one for each of 4"),
        (ValueError, {"aweights": np.ones(3)}, "aweights: expected one for each of 4"),
        (ValueError, {"aweights": -np.ones(4)}, "aweights: expected none below 0"),
        (TypeError, {"aweights": np.ones(4) * 1j}, "aweights: expected real"),
        (ValueError, {"aweights": np.zeros(4)}, "fweights and aweights: expected a positive sum"),
        (ValueError, {"ddof": 1.5}, "ddof=1.5"),
        (ValueError, {"ddof": np.nan}, "ddof=nan"),
        (TypeError, {"ddof": "1"}, "ddof"),
        (TypeError, {"dtype": "float16"}, "dtype"),
        (ValueError, {"y": np.ones((2, 5))}, "y: expected as many observations"),
        (ValueError, {"cross": True}, "cross=True: expected y"),
        (ValueError, {"y": np.ones((2, 4)), "cross": True, "ridge": 1}, "cross=True: expected no ridge"),
        (ValueError, {"y": np.ones((2, 4)), "cross": True, "structure": "diagonal"}, "cross=True: expected no ridge"),
        (ValueError, {"ridge": -1}, "ridge=-1"),
        (ValueError, {"ridge": np.inf}, "ridge=inf"),
        (ValueError, {"shrinkage": 1.5}, "shrinkage=1.5"),
        (ValueError, {"shrinkage": "lw"}, "shrinkage='lw'"),
        (TypeError, {"shrinkage": True}, "shrinkage"),
        (ValueError, {"shrinkage": "oas", "dtype": complex}, "shrinkage='oas': expected real"),
        (ValueError, {"structure": "tied"}, "structure='tied'"),
        (TypeError, {"structure": None}, "structure"),
        (ValueError, {"nan_policy": "drop"}, "nan_policy='drop'"),
    ],
)
def test_cov_refuses(error, keywords, message):
    with pytest.raises(error, match=message):
        sigkit.cov(np.ones((3, 4)), **keywords)


@pytest.mark.parametrize(
    "keywords",
    [{"fweights": [1.5] * 4}, {"fweights": [-1] * 4}, {"fweights": [[1] * 4]}, {"aweights": [1] * 3},
     {"aweights": [-1.0] * 4}, {"aweights": np.ones((2, 2))}, {"ddof": 0.5}, {"aweights": np.zeros(4)}],
)  # fmt: skip
def test_refused_where_numpy_refuses(keywords):
    x = np.arange(8.0).reshape(2, 4)
    for function in (np.cov, sigkit.cov):
        with pytest.raises((ValueError, TypeError, RuntimeError, ZeroDivisionError)):
            function(x, **keywords)

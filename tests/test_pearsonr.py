"""Coefficients of pairs against long double and SciPy."""

import warnings

import numpy as np
import pytest
import reference_pearson
import scipy.signal
import scipy.stats
from compare import assert_within
from hard_signals import BOUND, SIGNALS, windows_to_check
from numpy.lib.stride_tricks import sliding_window_view

import sigkit
from sigkit._pearsonr import PearsonRResult

EPS = np.finfo(np.float64).eps
ALTERNATIVES = ("two-sided", "greater", "less")


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_pearsonr_is_accurate(dtype, name, rng):
    """Windows of the hard signals as rows, against a row of noise and against each other."""
    for n in (3, 16, 129, 2000):
        signal = SIGNALS[name](3 * n + 1000, n, rng).astype(dtype)
        windows = sliding_window_view(signal, n)
        x = windows[windows_to_check(signal, n, rng, most=100)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pairs = [(x, rng.standard_normal(n).astype(dtype)), (x[1:], x[:-1])]
            for x, y in pairs:
                r = sigkit.pearsonr(x, y, axis=-1).statistic
                assert_within(r, reference_pearson.coefficient(x, y), BOUND[r.dtype], label=f"pearsonr {dtype}")
                assert np.nanmax(abs(r), initial=0) <= 1


@pytest.mark.parametrize("exponent", [-900, -500, 500, 900])
def test_pearsonr_at_extreme_scales(exponent, rng):
    x, y = rng.standard_normal((2, 20, 50))
    got, expected = (sigkit.pearsonr(x, z, axis=1).statistic for z in (np.ldexp(y, exponent), y))
    assert_within(got, expected, 2 * BOUND[got.dtype], label=f"pearsonr float64, times 2^{exponent}")


def scipy_bounds(r, n, delta):
    """How far p-value and interval bounds may lie from SciPy's, if the coefficients differ by delta: p by its density
    (both tails) and by the rounding of x^a in the incomplete beta function; the interval by the derivative of artanh.
    """
    a = n / 2 - 1
    density = (1 - r**2) ** (a - 1) / (2 ** (2 * a - 1) * scipy.special.beta(a, a))
    p = scipy.special.betainc(a, a, (1 - abs(r)) / 2)
    # SciPy rounds (1 + r)/2, which the density multiplies too
    pvalue = 2 * density * (delta + EPS) + (16 + n * abs(np.log((1 - abs(r)) / 2))) * EPS * p
    return pvalue, delta / (1 - r**2) + 8 * EPS * (1 + abs(np.arctanh(r)))


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize(
    ("x_shape", "y_shape", "axis"),
    [((9,), (9,), 0), ((4, 30), (4, 30), 1), ((30, 4), (30, 4), 0), ((2, 1, 12), (3, 12), -1), ((5, 6), (5, 6), None)],
)
def test_pearsonr_agrees_with_scipy(x_shape, y_shape, axis, alternative, rng):
    x, y = rng.standard_normal(x_shape), rng.standard_normal(y_shape)
    ours = sigkit.pearsonr(x, y, alternative=alternative, axis=axis)
    theirs = scipy.stats.pearsonr(x, y, alternative=alternative, axis=axis)
    n = x.size if axis is None else x.shape[axis]
    delta = BOUND[x.dtype] + (n + 8) * EPS  # ours, and SciPy's sums of n products
    pvalue, interval = scipy_bounds(np.asarray(theirs.statistic), n, delta)
    assert_within(ours.statistic, theirs.statistic, delta)
    assert_within(ours.pvalue, theirs.pvalue, pvalue)
    for level in (0.5, 0.95):
        for got, expected in zip(ours.confidence_interval(level), theirs.confidence_interval(level), strict=True):
            assert_within(got, expected, interval)
    assert type(ours.statistic) is type(theirs.statistic)
    assert type(ours.pvalue) is type(theirs.pvalue)


@pytest.mark.parametrize("r", [0.0, 0.3, -0.75, 1 - 2.0**-20, 2.0**-40 - 1, 1.0])
def test_pvalues_have_closed_forms(r):
    """Of 4 samples r is uniform, of 6 its density is 3/4 (1 - r^2), of 3 it is that of a sine."""
    r = np.float64(r)
    tail = {3: np.arccos(abs(r)) / np.pi, 4: (1 - abs(r)) / 2, 6: (1 - abs(r)) ** 2 * (2 + abs(r)) / 4}
    for n, p in tail.items():
        x = np.zeros(n)
        two_sided, greater, less = (PearsonRResult(r, a, x, x).pvalue for a in ALTERNATIVES)
        # arccos(r) loses digits in proportion to r, as r nears 1; the incomplete beta function has no such trouble
        bound = 32 * EPS * p + (EPS / np.sqrt(max(1 - r**2, EPS)) if n == 3 else 0)
        assert_within(two_sided, min(2 * p, 1), 2 * bound)
        assert_within(greater if r >= 0 else less, p, bound)
        assert_within(less if r >= 0 else greater, 1 - p, bound + EPS)


def test_pearsonr_result_is_scipys(rng):
    x, y = rng.standard_normal((2, 8))
    result = sigkit.pearsonr(x, y)
    r, p = result
    assert (r, p) == tuple(result) == result[:] == (result.statistic, result.pvalue)
    assert (result[0], result[1], result[-2], result[-1]) == (r, p, r, p)
    assert len(result) == 2 and result.correlation == r
    assert repr(result) == f"PearsonRResult(statistic={r!r}, pvalue={p!r})"
    assert result == sigkit.pearsonr(x, y) == (r, p)
    assert hash(result) == hash((r, p))
    assert result != (p, r) and result != 1
    with pytest.raises(IndexError):
        result[2]
    for level in (-0.1, 1.1, np.nan):
        with pytest.raises(ValueError, match="confidence_level"):
            result.confidence_interval(level)
    with pytest.raises(TypeError, match="confidence_level"):
        result.confidence_interval("high")
    with pytest.raises(ValueError, match="`method` must be an instance of"):
        result.confidence_interval(method="exact")


def test_the_pvalue_waits_until_it_is_asked_for(monkeypatch, rng):
    calls = []
    betainc = scipy.special.betainc
    monkeypatch.setattr(scipy.special, "betainc", lambda *args: calls.append(args) or betainc(*args))
    result = sigkit.pearsonr(*rng.standard_normal((2, 10)))
    assert result.statistic == result[0] == result.correlation
    result.confidence_interval()
    assert not calls
    assert result.pvalue == result[1]
    assert len(calls) == 1


def test_two_samples_are_on_a_line():
    result = sigkit.pearsonr([[1, 2], [1, 2], [2, 1e-9]], [[3, 5], [5, 3], [0.1, 7]], axis=1)
    assert result.statistic.tolist() == [1, -1, -1]
    assert result.pvalue.tolist() == [1, 1, 1]
    low, high = result.confidence_interval()
    assert low.tolist() == [-1, -1, -1] and high.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("given", "returned"),
    [("float16", "float32"), ("float32", "float32"), ("float64", "float64"), ("int8", "float64"), ("bool", "float64")],
)
def test_pearsonr_dtypes(given, returned, rng):
    x, y = (rng.standard_normal((2, 3, 40)) > 0).astype(given)
    result = sigkit.pearsonr(x, y, axis=1)
    low, high = result.confidence_interval()
    assert {a.dtype for a in (result.statistic, result.pvalue, low, high)} == {np.dtype(returned)}
    assert_within(result.statistic, reference_pearson.coefficient(x, y), BOUND[np.dtype(returned)])


@pytest.mark.parametrize(
    ("rows", "category"),
    [
        ([[1.0, 1, 1], [1, 2, 4]], scipy.stats.ConstantInputWarning),
        ([[0.0, 0, 0], [1, 2, 4]], scipy.stats.ConstantInputWarning),
        ([[2, 2, 2 + 4 * EPS], [1, 2, 4]], scipy.stats.NearConstantInputWarning),
    ],
)
def test_rows_without_spread_are_warned_of(rows, category):
    x = np.array(rows)
    for a, b in ((x, x[1]), (x[1], x)):
        with pytest.warns(category, match="constant") as caught:
            r = sigkit.pearsonr(a, b, axis=-1).statistic
        assert [w.filename for w in caught] == [__file__]
        assert np.isnan(r).tolist() == [category is scipy.stats.ConstantInputWarning, False]


@pytest.mark.parametrize(
    ("error", "x", "y", "keywords", "message"),
    [
        (ValueError, [1, 2, 3], [4], {}, "same length along `axis`"),
        (ValueError, [1, 2, 3], [4, 5], {}, "broadcastable"),
        (ValueError, [1], [2], {}, "length at least 2"),
        (ValueError, 1, 2, {"axis": None}, "length at least 2"),
        (ValueError, np.ones((0, 3)), np.ones((0, 3)), {}, "length at least 2"),
        (ValueError, [1, 2], [3, 4], {"axis": 0.5}, "`axis` must be an integer"),
        (ValueError, [1, 2], [3, 4], {"axis": 1}, "axis"),
        (ValueError, 1, 2, {}, "axis"),
        (ValueError, [1, 2], [3, 4], {"alternative": "more"}, "`alternative` must be"),
        (ValueError, [1, 2], [3, 4], {"method": "exact"}, "`method` must be an instance of"),
        (TypeError, [1, 2], [3, 4], {"axis": "x"}, "axis"),
        (TypeError, [1j, 2], [3, 4], {}, "x"),
        (TypeError, [1, 2], [3j, 4], {}, "y"),
        (TypeError, [1, None], [3, 4], {}, "x"),
        (TypeError, np.longdouble([1, 2]), [3, 4], {}, "x"),
        (TypeError, np.ma.array([1, 2]), [3, 4], {}, "x"),
    ],
)
def test_pearsonr_refuses(error, x, y, keywords, message):
    with pytest.raises(error, match=message):
        sigkit.pearsonr(x, y, **keywords)


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_resampling_draws_what_scipy_draws(alternative, monkeypatch, rng):
    x, y = rng.standard_normal((2, 3, 12))
    x[2], y[2] = np.arange(12), rng.permutation(np.arange(12) // 2)  # a row with ties, of which no resample is constant
    options = {"axis": 1, "alternative": alternative}

    def methods():
        yield scipy.stats.PermutationMethod(n_resamples=300, rng=np.random.default_rng(1))
        yield scipy.stats.MonteCarloMethod(n_resamples=300, rng=np.random.default_rng(2))
        yield scipy.stats.MonteCarloMethod(n_resamples=300, rvs=(np.random.default_rng(3).uniform,) * 2)

    def bootstrap(result):
        method = scipy.stats.BootstrapMethod(n_resamples=300, rng=np.random.default_rng(4))
        return result.confidence_interval(0.9, method=method)

    expected = [scipy.stats.pearsonr(x, y, method=method, **options) for method in methods()]
    interval = bootstrap(expected[0])
    monkeypatch.setattr(scipy.stats, "pearsonr", None)
    monkeypatch.setattr(scipy.stats._stats_py, "pearsonr", None)
    got = [sigkit.pearsonr(x, y, method=method, **options) for method in methods()]
    for ours, theirs in zip(got, expected, strict=True):
        assert ours.pvalue.tolist() == theirs.pvalue.tolist()  # both count the same resamples
    delta = BOUND[x.dtype] + 20 * EPS
    for ours, theirs in zip(bootstrap(got[0]), interval, strict=True):
        # BCa takes a percentile of the 300, at a level that moves with them: by no more than the coefficients
        assert_within(ours, theirs, 300 * delta)
    with pytest.raises(ValueError, match="`method` must be an instance of"):
        sigkit.pearsonr(x, y, method=scipy.stats.BootstrapMethod(), **options)

"""Pearson coefficients against long double, SciPy and NumPy; matches against their definition."""

import warnings
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
import reference
import scipy.signal
import scipy.stats
from compare import MEASURED, assert_same_bits, assert_within
from hard_signals import SIGNALS, bad_windows, integers, windows_to_check
from hypothesis import given
from numpy.lib.stride_tricks import sliding_window_view

import sigkit
from sigkit import pearson
from sigkit._pearsonr import PearsonRResult

RECORDINGS = Path(__file__).resolve().parents[2] / "shared" / "data"
EPS = np.finfo(np.float64).eps
BOUND = {np.dtype(np.float32): 1e-6, np.dtype(np.float64): 1e-12}
"""What the library promises of every coefficient, by the dtype of the result."""

ALTERNATIVES = ("two-sided", "greater", "less")
LENGTHS = {16: 6000, 256: 8000, 2000: 12000, 10000: 30000}
"""Template length: signal length. All but the longest cross several tiles of any kernel."""


# ------------------------------------------------------------------------------------------------ sliding_pearson


def two_templates(signal, m, rng):
    """A window of the signal, the first from n/5 on with any spread and no bad sample, and one of noise."""
    constant, bad = bad_windows(signal, m)
    start = signal.size // 5
    start += int(np.argmin((constant | bad)[start:]))
    level = np.abs(signal[np.isfinite(signal)]).mean()
    return np.stack([signal[start : start + m], (rng.standard_normal(m) * level).astype(signal.dtype)])


def check_sliding_pearson(signal, m, rng, label):
    """Every output for its place among the undefined ones and for |r| <= 1; every output against other roads to the
    same number (reversed, and for float32 in float64); and those that differ most, with many others, against the
    oracle."""
    templates = two_templates(signal, m, rng)
    result = sigkit.sliding_pearson(signal, templates)
    bound = BOUND[result.dtype]
    constant, bad = bad_windows(signal, m)
    np.testing.assert_array_equal(np.isnan(result), np.broadcast_to(constant | bad, result.shape))
    assert np.nanmax(abs(result)) <= 1
    other = sigkit.sliding_pearson(signal[::-1], templates[:, ::-1])[:, ::-1]
    assert_within(result, other, 2 * bound, f"{label}, reversed")
    suspicion = list(abs(result - other))
    if result.dtype == np.float32:
        other = sigkit.sliding_pearson(signal.astype(np.float64), templates.astype(np.float64))
        assert_within(result, other, bound + BOUND[other.dtype], f"{label}, float64")
        suspicion += list(abs(result - other))
    starts = windows_to_check(signal, m, rng, *suspicion)
    expected = reference.coefficient(sliding_window_view(signal, m)[starts], templates[:, None])
    assert_within(result[:, starts], expected, bound, f"{label}, m = {m}", label=label)


@pytest.mark.parametrize("m", LENGTHS)
@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sliding_pearson_is_accurate(dtype, name, m, rng):
    signal = SIGNALS[name](LENGTHS[m], m, rng).astype(dtype)
    check_sliding_pearson(signal, m, rng, f"sliding_pearson {dtype}, {name}")


@pytest.mark.parametrize("m", LENGTHS)
@pytest.mark.parametrize("dtype", ["int16", "uint8"])
def test_sliding_pearson_of_integers_is_accurate(dtype, m, rng):
    check_sliding_pearson(integers(LENGTHS[m], m, rng, dtype), m, rng, f"sliding_pearson {dtype}")


@pytest.mark.parametrize("exponent", [-900, -500, 500, 900])
def test_sliding_pearson_at_extreme_scales(exponent, rng):
    """Squares of these samples overflow or vanish; a power of two changes none of their digits."""
    signal = SIGNALS["random walk"](5000, 64, rng)
    template = signal[100:164]
    expected = sigkit.sliding_pearson(signal, template)
    bound = BOUND[expected.dtype]
    got = sigkit.sliding_pearson(np.ldexp(signal, exponent), template)
    assert_within(got, expected, 2 * bound, label=f"sliding_pearson float64, signal times 2^{exponent}")
    got = sigkit.sliding_pearson(signal, np.ldexp(template, exponent))
    assert_within(got, expected, 2 * bound, label=f"sliding_pearson float64, template times 2^{exponent}")


@pytest.mark.parametrize("m", [16, 256, 2000])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_equal_windows_far_apart_are_equal(dtype, m, rng):
    """The same samples amid noise, after a step and beside a spike are a perfect match at all three places."""
    signal = rng.standard_normal(12 * m + 5000)
    window = rng.standard_normal(m) + 1e4
    starts = np.array([m, 4 * m + 1700, 9 * m + 4001])
    signal[3 * m :] += 1e6
    signal[starts[2] + m] = -1e9
    for start in starts:
        signal[start : start + m] = window
    signal = signal.astype(dtype)
    bound = BOUND[signal.dtype]
    r = sigkit.sliding_pearson(signal, np.stack([signal[m : 2 * m], rng.standard_normal(m).astype(dtype)]))
    assert_within(r[0, starts], np.ones(3), bound, label=f"sliding_pearson {dtype}, equal windows")
    assert_within(r[1, starts[1:]], r[1, starts[:-1]], 2 * bound)


@pytest.mark.parametrize("m", [3, 16, 300, 2000])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int16"])
def test_a_bank_has_the_bits_of_its_templates(dtype, m, rng):
    signal = (SIGNALS["square wave"](6000, m, rng) / 100).astype(dtype)
    bank = (100 * rng.standard_normal((7, m))).astype(dtype)
    bank[2] = 1
    got = sigkit.sliding_pearson(signal, bank, fill_value=-2)
    assert got.shape == (7, 6001 - m)
    assert (got[2] == -2).all()
    assert_same_bits(sigkit.sliding_pearson(signal, np.asfortranarray(bank), fill_value=-2), got)
    for row, template in zip(got, bank, strict=True):
        assert_same_bits(row, sigkit.sliding_pearson(signal, template, fill_value=-2))


def test_sliding_pearson_works_along_an_axis(rng):
    signal, bank = rng.standard_normal((2, 300, 3)), rng.standard_normal((4, 20))
    single, many = (sigkit.sliding_pearson(signal, template, axis=1) for template in (bank[1], bank))
    assert single.shape == (2, 281, 3)
    assert many.shape == (2, 4, 281, 3)
    for i, j in np.ndindex(2, 3):
        assert_same_bits(single[i, :, j], sigkit.sliding_pearson(signal[i, :, j], bank[1]))
        assert_same_bits(many[i, :, :, j], sigkit.sliding_pearson(signal[i, :, j], bank))
    assert_within(single, reference.sliding_pearson(signal, bank[1], axis=1), BOUND[single.dtype])


def test_what_is_undefined(rng):
    signal = rng.standard_normal(50)
    signal[10:20] = 4
    r = sigkit.sliding_pearson(signal, rng.standard_normal(6), fill_value=0.5)
    assert (r[10:15] == 0.5).all()
    assert abs(r[[9, 15]] - 0.5).min() > BOUND[r.dtype]
    assert (sigkit.sliding_pearson(signal, np.full(6, 1e9 + 0.1), fill_value=-1) == -1).all()
    assert np.isnan(sigkit.sliding_pearson(signal, np.zeros(6))).all()
    assert (sigkit.sliding_pearson(signal, [3.0], fill_value=0) == 0).all()  # one sample has no spread
    for bad in (np.nan, np.inf, -np.inf):
        template = rng.standard_normal(6)
        template[3] = bad
        assert np.isnan(sigkit.sliding_pearson(signal, template, fill_value=0)).all()
        signal[30] = bad
        r = sigkit.sliding_pearson(signal, rng.standard_normal(6), fill_value=0)
        assert np.flatnonzero(np.isnan(r)).tolist() == list(range(25, 31))


@pytest.mark.parametrize(
    ("error", "signal", "template", "keywords", "message"),
    [
        (ValueError, np.ones(5), np.ones(6), {}, "template"),
        (ValueError, np.ones((6, 5)), np.ones(6), {}, "template"),
        (ValueError, np.ones(5), np.ones(0), {}, "template"),
        (ValueError, np.ones(5), np.ones((2, 2, 2)), {}, "template"),
        (ValueError, np.ones(5), np.float64(1), {}, "template"),
        (ValueError, np.float64(1), np.ones(1), {}, "signal"),
        (ValueError, np.ones((5, 5)), np.ones(2), {"axis": 2}, "axis"),
        (TypeError, np.ones(5) + 1j, np.ones(2), {}, "signal"),
        (TypeError, np.ones(5), np.ones(2) + 1j, {}, "template"),
        (TypeError, np.ones(5, object), np.ones(2), {}, "signal"),
        (TypeError, np.ones(5), np.ones(2), {"fill_value": "x"}, "fill_value"),
    ],
)
def test_sliding_pearson_refuses(error, signal, template, keywords, message):
    with pytest.raises(error, match=message):
        sigkit.sliding_pearson(signal, template, **keywords)


def test_normal_beats_of_a_real_record_are_found():
    if not RECORDINGS.is_dir():
        pytest.skip(f"no folder {RECORDINGS.parent.name}/{RECORDINGS.name} with the MIT-BIH record beside the checkout")
    wfdb = pytest.importorskip("wfdb")
    record = str(RECORDINGS / "mitbih_100")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what wfdb's own calls of pandas are warned of
        ecg = wfdb.rdrecord(record).p_signal[:, 0]
        annotations = wfdb.rdann(record, "atr")
    symbols = np.array(annotations.symbol)
    beats = annotations.sample[symbols != "+"]  # which marks a change of rhythm
    normal = annotations.sample[symbols == "N"]
    template = ecg[normal[10] - 60 : normal[10] + 84]
    found = sigkit.find_matches(sigkit.sliding_pearson(ecg, template), 0.7, 100).positions + 60

    def within_50_ms(these, those):
        return np.mean(np.abs(np.subtract.outer(these, those)).min(axis=1) <= 0.05 * 360)

    recall, precision = within_50_ms(normal, found), within_50_ms(found, beats)
    MEASURED["MIT-BIH 100: 1 - recall of normal beats"] = 1 - recall
    MEASURED["MIT-BIH 100: 1 - precision, premature atrial beats with their normal QRS being beats"] = 1 - precision
    assert recall >= 0.99
    assert precision >= 0.99


# ------------------------------------------------------------------------------------------------------- pearsonr


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
                assert_within(r, reference.coefficient(x, y), BOUND[r.dtype], label=f"pearsonr {dtype}")
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
    assert_within(result.statistic, reference.coefficient(x, y), BOUND[np.dtype(returned)])


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
    x[2], y[2] = np.arange(12), np.round(y[2])  # a row with many ties
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


# ------------------------------------------------------------------------------------------------------- corrcoef


def rows_of(rng, dtype, *shape):
    x = rng.standard_normal(shape)
    return (x + 1j * rng.standard_normal(shape) if np.dtype(dtype).kind == "c" else x).astype(dtype)


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_corrcoef_is_accurate(dtype, name, rng):
    n = 500
    x = np.stack([SIGNALS[name](n, 50, rng) for _ in range(6)])
    if np.dtype(dtype).kind == "c":
        with np.errstate(invalid="ignore"):
            x = x + 1j * np.roll(x, 1, axis=0)
    x = x.astype(dtype)
    r = sigkit.corrcoef(x)
    bound = (n + 8) * np.finfo(dtype).eps
    with np.errstate(invalid="ignore"):
        expected = reference.corrcoef(x)
    assert_within(r, expected, bound, label=f"corrcoef {dtype}")
    defined = ~np.isnan(r)
    assert (abs(r[defined]) <= 1).all()
    assert (np.diagonal(r)[np.diagonal(defined)] == 1).all()
    assert_within(r, r.conj().T, 0 if r.dtype.kind == "f" else 2 * bound)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("rowvar", [True, False])
def test_corrcoef_agrees_with_numpy(rowvar, dtype, rng):
    x, y = rows_of(rng, dtype, 5, 7), rows_of(rng, "float64", 5, 7)
    line = rows_of(rng, dtype, 7 if rowvar else 5)
    for first, second in ((x, None), (x, y), (y, x), (x, line), (line, None), (line, line), (x[:1, :1], None)):
        with np.errstate(invalid="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # NumPy's, of one observation
            expected = np.corrcoef(first, second, rowvar)
        r = sigkit.corrcoef(first, second, rowvar)
        assert r.dtype == np.result_type(first, first if second is None else second)
        # NumPy sums no more than 7 products, and divides twice by a root
        assert_within(r, expected, 2 * (7 + 8) * np.finfo(r.dtype).eps)
    for chosen in ("float32", "float64", "complex64", "complex128"):
        if np.dtype(chosen).kind == "f" and np.dtype(dtype).kind == "c":
            with pytest.raises(TypeError, match="dtype"):
                sigkit.corrcoef(x, dtype=chosen)
        else:
            assert sigkit.corrcoef(x, dtype=chosen).dtype == chosen


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("exponent", [-1000, -600, 600, 1000])
def test_corrcoef_at_extreme_scales(exponent, dtype, rng):
    x = rows_of(rng, dtype, 6, 100)
    assert_same_bits(sigkit.corrcoef(x * np.ldexp(1.0, exponent)), sigkit.corrcoef(x))


def test_corrcoef_of_constant_and_bad_rows(rng):
    """Two constant rows have no coefficient (numpy#32446 gives 1.0); nothing spreads and nobody is warned."""
    values = np.array([1.810, 0.576, 0.0, 1e308, 5e-324])
    assert np.isnan(sigkit.corrcoef(np.repeat(values[:, None], 1448, axis=1))).all()
    assert np.isnan(sigkit.corrcoef(values[:, None])).all()
    assert np.isnan(sigkit.corrcoef(np.empty((2, 0)))).all()
    assert np.isnan(sigkit.corrcoef(np.full(10, 0.1)))
    assert sigkit.corrcoef(np.empty((0, 5))).shape == (0, 0)
    assert sigkit.corrcoef([1, 2, 4]) == 1
    x = rng.standard_normal((7, 50)) + 1e6
    clean = sigkit.corrcoef(x)
    x[1, 3], x[2, 4], x[4], x[5, 49] = np.nan, np.inf, 1e6 + 0.1, -np.inf
    expected = clean.copy()
    expected[[1, 2, 4, 5]] = np.nan
    expected[:, [1, 2, 4, 5]] = np.nan
    np.testing.assert_array_equal(sigkit.corrcoef(x), expected)


@pytest.mark.parametrize("dtype", ["float32", "complex128"])
def test_corrcoef_in_blocks_and_slices(dtype, monkeypatch, rng):
    x = rows_of(rng, dtype, 23, 40)
    whole = sigkit.corrcoef(x)
    monkeypatch.setattr(pearson, "_BLOCK", 7 * 40)
    assert_same_bits(sigkit.corrcoef(x), whole)
    monkeypatch.setattr(pearson, "_SLICE", 5 * 23 * 40 * np.dtype(dtype).itemsize)
    assert_within(sigkit.corrcoef(x), whole, 2 * (40 + 8) * np.finfo(dtype).eps)


@pytest.mark.parametrize(
    ("error", "x", "keywords", "message"),
    [
        (ValueError, np.ones((2, 2, 2)), {}, "x: expected at most 2 dimensions"),
        (ValueError, np.ones((2, 2)), {"y": np.ones((2, 2, 2))}, "y: expected at most 2 dimensions"),
        (ValueError, np.ones((2, 3)), {"y": np.ones((2, 4))}, "y: expected as many observations"),
        (TypeError, np.ones((2, 3)), {"dtype": "int64"}, "dtype"),
        (TypeError, np.ones((2, 3)), {"dtype": "float16"}, "dtype"),
        (TypeError, np.ones((2, 3), object), {}, "x"),
        (TypeError, np.ones((2, 3)), {"y": np.ones((2, 3), np.longdouble)}, "y"),
    ],
)
def test_corrcoef_refuses(error, x, keywords, message):
    with pytest.raises(error, match=message):
        sigkit.corrcoef(x, **keywords)


# --------------------------------------------------------------------------------------------------- find_matches


@pytest.mark.parametrize(
    ("coefficients", "threshold", "distance", "positions"),
    [
        ([0.9, 0.1, 0.5, 0.2, 0.95], 0.4, 1, [0, 2, 4]),  # both ends
        ([0.9, 0.1, 0.5, 0.2, 0.95], 0.4, 3, [0, 4]),
        ([0.9, 0.1, 0.5, 0.2, 0.95], 0.4, 5, [4]),
        ([0.1, 0.8, 0.8, 0.8, 0.2, 0.7, 0.7], 0.6, 1, [2, 5]),  # plateaus, the second at the end
        ([0.5, 0.5, 0.5], 0.5, 1, [1]),
        ([0.5], 0.5, 1, [0]),
        ([0.5], 0.6, 1, []),
        ([], 0, 1, []),
        ([np.nan, 0.5, np.nan, 0.9, 0.95, np.nan], 0.4, 1, [1, 4]),
        ([np.nan, np.nan], -1, 1, []),
        ([1, 0, 1, 0, 1, 0, 1], 0.5, 3, [0, 4]),  # of equals the first
        ([0.7, 0.8, 0.9, 0.8, 0.7], 0.6, 2, [2]),  # a slope is no match, however far from the top
        ([-0.9, -0.5, -0.8], -0.6, 1, [1]),
        ([1, 0, 0.9, 0, 0.8], 0.5, 2.5, [0, 4]),
    ],
)
def test_matches_by_hand(coefficients, threshold, distance, positions):
    matches = sigkit.find_matches(coefficients, threshold, distance)
    assert matches.positions.tolist() == positions
    assert matches.coefficients.tolist() == [coefficients[i] for i in positions]
    assert matches.positions.dtype == np.int64
    assert matches == sigkit.pearson.Matches(*matches)


@given(
    st.lists(st.integers(-3, 3) | st.just(np.nan), max_size=30),
    st.integers(-3, 3),
    st.integers(1, 8),
    st.sampled_from(["float32", "float64"]),
)
def test_matches_meet_their_definition(values, threshold, distance, dtype):
    """The candidates are the middles of runs of equal values between lower ones; each is kept unless a kept one that
    ranks before it, by height and then by position, is nearer than the distance."""
    r = np.array(values, dtype)
    height = np.nan_to_num(r, nan=-np.inf)
    candidates = []
    for i in range(len(r)):
        j = i
        while j + 1 < len(r) and height[j + 1] == height[i]:
            j += 1
        rises = i == 0 or height[i - 1] < height[i]
        falls = j + 1 == len(r) or height[j + 1] < height[i]
        if height[i] >= threshold and rises and falls:
            candidates.append((i + j) // 2)
    kept = []
    for i in sorted(candidates, key=lambda i: (-height[i], i)):
        if all(abs(i - k) >= distance for k in kept):
            kept.append(i)
    matches = sigkit.find_matches(r, threshold, distance)
    assert matches.positions.tolist() == sorted(kept)
    assert_same_bits(matches.coefficients, r[sorted(kept)])


def test_matches_are_scipys_peaks(rng):
    r = rng.standard_normal(5000)
    for distance in (1, 2, 17.5, 400):
        expected, _ = scipy.signal.find_peaks(np.pad(r, 1, constant_values=-9), height=0.3, distance=distance)
        assert sigkit.find_matches(r, 0.3, distance).positions.tolist() == (expected - 1).tolist()


@pytest.mark.parametrize(
    ("error", "arguments", "message"),
    [
        (ValueError, (np.ones((2, 2)), 0.5), "coefficients: expected one dimension"),
        (ValueError, (np.float64(1), 0.5), "coefficients: expected one dimension"),
        (ValueError, (np.ones(3), np.nan), "threshold=.*: expected a finite number"),
        (ValueError, (np.ones(3), np.inf), "threshold=.*: expected a finite number"),
        (ValueError, (np.ones(3), 0.5, 0), "distance=.*: expected a finite number"),
        (ValueError, (np.ones(3), 0.5, np.nan), "distance=.*: expected a finite number"),
        (ValueError, (np.ones(3), 0.5, np.inf), "distance=.*: expected a finite number"),
        (TypeError, (np.ones(3), "0.5"), "threshold: expected a real number"),
        (TypeError, (np.ones(3), None), "threshold: expected a real number"),
        (TypeError, (np.ones(3), [0.5, 0.6]), "threshold: expected a real number"),
        (TypeError, (np.ones(3), 0.5, 1j), "distance: expected a real number"),
        (TypeError, (np.ones(3), 0.5, True), "distance: expected a real number"),
        (TypeError, (np.ones(3) * 1j, 0.5), "coefficients"),
        (TypeError, (["a", "b"], 0.5), "coefficients"),
    ],
)
def test_find_matches_refuses(error, arguments, message):
    with pytest.raises(error, match=message):
        sigkit.find_matches(*arguments)

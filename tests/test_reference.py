"""The oracles against NumPy and SciPy at their strong points, and the comparison helpers against known faults."""

import itertools

import numpy as np
import pytest
import reference
import reference_pearson
import scipy.signal
import scipy.stats
from compare import assert_within

MODES = ("full", "same", "valid")
SIZES = [(n, m) for n in (1, 2, 5, 8) for m in (1, 2, 3, 7)]


def tolerance(x, h):
    """The float64 reference's own error: (m + 2) eps sum|a||b|, with the largest output's sum for all."""
    return (min(x.size, h.size) + 2) * np.finfo(float).eps * np.abs(x).max() * np.abs(h).sum()


def samples(rng, shape, complex_=True):
    x = rng.standard_normal(shape)
    return x + 1j * rng.standard_normal(shape) if complex_ else x


@pytest.mark.parametrize("name", ["convolve", "correlate"])
@pytest.mark.parametrize("mode", MODES)
def test_lines_agree_with_scipy(name, mode, rng):
    for n, m in SIZES:
        x, h = samples(rng, n), samples(rng, m)
        expected = getattr(scipy.signal, name)(x, h, mode, "direct")
        assert_within(getattr(reference, name)(x, h, mode), expected, tolerance(x, h), f"{n=} {m=}")


@pytest.mark.parametrize("name", ["convolve", "correlate", "fftconvolve"])
@pytest.mark.parametrize("mode", MODES)
def test_nd_agrees_with_scipy(name, mode, rng):
    x, h = samples(rng, (5, 4, 6)), samples(rng, (2, 3, 4))
    expected = getattr(scipy.signal, name)(x, h, mode)
    bound = 8 * np.finfo(float).eps * np.log2(1024) * np.linalg.norm(x) * np.linalg.norm(h)
    assert_within(getattr(reference, name)(x, h, mode), expected, bound)


@pytest.mark.parametrize("mode", MODES)
def test_fftconvolve_axes_agree_with_scipy(mode, rng):
    x, h = samples(rng, (5, 4, 6)), samples(rng, (1, 4, 3))
    bound = 8 * np.finfo(float).eps * np.log2(1024) * np.linalg.norm(x) * np.linalg.norm(h)
    for axes in (2, [1, 2], [2, -2], [0, 2]):
        assert_within(reference.fftconvolve(x, h, mode, axes), scipy.signal.fftconvolve(x, h, mode, axes), bound)


@pytest.mark.parametrize("name", ["convolve2d", "correlate2d"])
@pytest.mark.parametrize("boundary", ["fill", "wrap", "symm"])
@pytest.mark.parametrize("mode", MODES)
def test_2d_agrees_with_scipy(name, mode, boundary, rng):
    for n, m in itertools.product((1, 3, 4), (1, 2, 3)):
        x, h = samples(rng, (n, 4)), samples(rng, (m, 2))
        if mode == "valid" and m > n:
            continue
        for fillvalue in (0, 1.5):
            arguments = x, h, mode, boundary, fillvalue
            expected = getattr(scipy.signal, name)(*arguments)
            bound = tolerance(np.append(x, 1.5), h)
            assert_within(getattr(reference, name)(*arguments), expected, bound, f"{n=} {m=} {fillvalue=}")


@pytest.mark.parametrize("mode", MODES)
def test_lags_agree_with_scipy(mode):
    for n, m in SIZES:
        assert np.array_equal(reference.correlation_lags(n, m, mode), scipy.signal.correlation_lags(n, m, mode))


def test_integers_wrap_modulo_two_to_64():
    x = np.array([2**63 - 1, -(2**63), 3], np.int64)
    with np.errstate(over="ignore"):
        expected = np.convolve(x, x)
    got = reference.convolve(x, x)
    assert got.dtype == np.int64 and np.array_equal(got, expected)
    assert np.array_equal(reference.convolve(x.astype(np.uint64), x), expected)


def test_only_samples_that_exist():
    assert reference.convolve([1, 2], [np.inf, 1]).tolist() == [np.inf, np.inf, 2]
    assert np.array_equal(np.isnan(reference.convolve([1, np.nan, 2, 3], [1, 1])), [0, 1, 1, 0, 0])
    product = reference.convolve(np.array([complex(np.inf, 0)]), [2.0])
    assert product.real == np.inf and product.imag == 0


def test_lagged_products_are_slices_of_the_correlation(rng):
    x, y = samples(rng, 9), samples(rng, 9)
    full = scipy.signal.correlate(x, y, method="direct")
    assert_within(reference.crosscorrelate(x, y), full, tolerance(x, y))
    assert_within(reference.crosscorrelate(x, y, 3), full[5:12], tolerance(x, y))
    assert_within(reference.autocorrelate(x, 2), scipy.signal.correlate(x, x, method="direct")[8:11], tolerance(x, x))
    assert_within(reference.crosscorrelate(x, y[:4], 9)[:6], np.zeros(6), 0)
    energies = np.linalg.norm(x) * np.linalg.norm(y)
    assert_within(reference.crosscorrelate(x, y, normalize=True), full / energies, tolerance(x, y))


def test_lines_broadcast(rng):
    x, h = samples(rng, (3, 8)), samples(rng, 3)
    expected = np.array([np.correlate(line, h, "valid") for line in x])
    assert_within(reference.sliding_dot_product(x, h), expected, tolerance(x, h))
    assert_within(reference.sliding_dot_product(x.T, h, axis=0), expected.T, tolerance(x, h))
    bank = samples(rng, (2, 3))
    got = reference.correlate_bank(x, bank)
    assert got.shape == (3, 2, 6)
    assert_within(got[1, 1], np.correlate(x[1], bank[1], "valid"), tolerance(x, h))


def test_pearson_agrees_with_scipy(rng):
    x, y = rng.standard_normal((2, 40, 5))
    bound = 40 * np.finfo(float).eps
    r, p = reference_pearson.pearsonr(x, y)
    expected = scipy.stats.pearsonr(x, y)
    assert_within(r, expected.statistic, bound)
    # The density of r is below sqrt(n) everywhere, so an error of r is at most 2 sqrt(n) times larger in p.
    assert_within(p, expected.pvalue, 2 * np.sqrt(40) * bound)
    assert_within(reference_pearson.corrcoef(x), np.corrcoef(x), bound)
    assert_within(reference_pearson.corrcoef(x, y, rowvar=False), np.corrcoef(x, y, rowvar=False), bound)
    z = samples(rng, (3, 20))
    assert_within(reference_pearson.corrcoef(z), np.corrcoef(z), bound)


def test_sliding_pearson_states_its_degenerate_windows(rng):
    signal = rng.standard_normal(30)
    signal[5:12], signal[20] = 2.5, np.nan
    got = reference_pearson.sliding_pearson(signal, rng.standard_normal(4), fill_value=7.0)
    assert np.array_equal(np.flatnonzero(got == 7), np.arange(5, 9))
    assert np.array_equal(np.flatnonzero(np.isnan(got)), np.arange(17, 21))
    windows = np.lib.stride_tricks.sliding_window_view(signal[:12], 4)
    t = signal[24:28]
    expected = [scipy.stats.pearsonr(w, t).statistic for w in windows[:5]]
    assert_within(reference_pearson.sliding_pearson(signal, t)[:5], expected, 40 * np.finfo(float).eps)
    assert np.isnan(reference_pearson.sliding_pearson(signal, np.ones(4))).all()


def test_matches_agree_with_scipy(rng):
    r = rng.standard_normal(300)
    for distance in (1, 2, 7):
        framed = np.concatenate([[-9], r, [-9]])
        expected = scipy.signal.find_peaks(framed, height=0.5, distance=distance)[0] - 1
        positions, heights = reference_pearson.find_matches(r, 0.5, distance)
        assert np.array_equal(positions, expected) and np.array_equal(heights, r[expected]) and len(expected) > 20
    assert reference_pearson.find_matches([0.9, 0.1, 0.8, 0.8, 0.8, 0.2, np.nan, 0.7], 0.6)[0].tolist() == [0, 3, 7]
    assert reference_pearson.find_matches([0.9, 0.1, 0.8, 0.1, 0.9], 0.6, 3)[0].tolist() == [0, 4]


@pytest.mark.parametrize(
    "got, expected, bound",
    [
        ([1.0, 2.0], [1.0, 2.1], 0.05),
        ([1.0, np.nan], [1.0, 2.0], 10.0),
        ([1.0, 2.0], [1.0, np.nan], 10.0),
        ([np.inf], [-np.inf], np.inf),
        ([np.inf], [1.0], np.inf),
        ([1.0], [1.0, 1.0], 1.0),
        ([1, 2], [1, 3], 0.5),
        ([1.0, 2.0], [1.0, 2.0], np.nan),
    ],
    ids=["beyond", "NaN", "no NaN", "sign of Inf", "Inf", "shape", "integers", "bound NaN"],
)
def test_comparison_sees_faults(got, expected, bound):
    with pytest.raises(AssertionError):
        assert_within(np.array(got), np.array(expected), bound)

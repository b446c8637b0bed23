"""The largest coefficient over lags: planted lags, gaps, and ObsPy."""

import warnings

import numpy as np
import pytest
from compare import assert_same_bits, assert_within
from hard_signals import BOUND, SIGNALS

import sigkit


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16"])
@pytest.mark.parametrize("lag", [-20, -3, 0, 1, 20])
def test_a_planted_lag_is_found(dtype, lag, rng):
    record = (rng.standard_normal(400) * 1000).astype(dtype)
    x, y = record[50 - lag : 250 - lag], record[50:250]
    found = sigkit.max_coefficient(x, y, 20)
    assert found.lags == lag and found.coefficients == pytest.approx(1, abs=1e-6)
    assert found.lags.dtype == np.int64 and found.coefficients.shape == ()
    back = sigkit.max_coefficient(y, x, 20)
    assert back.lags == -lag and found == sigkit.pearson.LagMaximum(*found)


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_is_the_maximum_of_all_lags(dtype, name, rng):
    x, y = SIGNALS[name](300, 64, rng).astype(dtype), rng.standard_normal(300).astype(dtype)
    found = sigkit.max_coefficient(x, y, 30)
    r = [sigkit.pearsonr(x[30 + lag : 270 + lag].astype(float), y[30:270].astype(float)).statistic
         for lag in range(-30, 31)]  # fmt: skip
    assert_within(found.coefficients, np.max(r), 2 * BOUND[found.coefficients.dtype], name)
    if not np.isnan(found.coefficients):
        assert r[found.lags + 30] >= np.max(r) - 4 * BOUND[found.coefficients.dtype]


def test_pairs_broadcast_along_any_axis(rng):
    x, y = rng.standard_normal((50, 4, 1)), rng.standard_normal((50, 1, 3))
    found = sigkit.max_coefficient(x, y, 5, axis=0)
    assert found.coefficients.shape == found.lags.shape == (4, 3)
    for i, k in np.ndindex(4, 3):
        one = sigkit.max_coefficient(x[:, i, 0], y[:, 0, k], 5)
        assert_same_bits((found.coefficients[i, k], found.lags[i, k]), one)
    one = sigkit.max_coefficient(x[:, 0, 0], y[:, 0], 5, axis=0)
    assert_same_bits(one.lags, found.lags[0])
    assert sigkit.max_coefficient(np.ones((0, 5)), np.ones(5), 1).lags.shape == (0,)


def test_constants_are_passed_over(rng):
    y = rng.standard_normal(60)
    x = np.zeros(60)
    x[45:] = rng.standard_normal(15)
    found = sigkit.max_coefficient(x, y, 20)
    r = sigkit.sliding_pearson(x, y[20:40])
    assert np.isnan(r[:26]).all() and found.coefficients == np.nanmax(r) and found.lags == np.nanargmax(r) - 20
    for pair in ((np.zeros(60), y), (y, np.full(60, 3.0))):
        found = sigkit.max_coefficient(*pair, 20)
        assert np.isnan(found.coefficients) and found.lags == 0
    assert np.isnan(sigkit.max_coefficient([5.0], [3.0], 0).coefficients)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite(value, rng):
    x, y = rng.standard_normal((2, 40))
    for where in (0, 20, 39):
        bad = np.where(np.arange(40) == where, value, x)
        assert np.isnan(sigkit.max_coefficient(bad, y, 5).coefficients)
    y[0] = value  # which no lag looks at
    assert not np.isnan(sigkit.max_coefficient(x, y, 5).coefficients)


def test_of_equal_coefficients_the_nearest_lag_is_given():
    x = np.resize([1.0, 0.0, -1.0, 0.0], 80)
    assert sigkit.max_coefficient(x, x, 9).lags == 0
    shifted = sigkit.max_coefficient(x[2:42], x[:40], 9)
    assert shifted.coefficients == pytest.approx(1, abs=1e-12) and abs(shifted.lags) in (2, 6)


def test_obspy_finds_the_same_lag(rng):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from obspy.signal.cross_correlation import correlate, xcorr_max
        except ImportError:
            pytest.skip("ObsPy is not installed")
    record = rng.standard_normal(5000)
    for lag in (-40, 0, 13):
        x, y = record[100 + lag : 4100 + lag], record[100:4100] + 0.5 * rng.standard_normal(4000)
        shift, value = xcorr_max(correlate(x, y, 50), abs_max=False)
        found = sigkit.max_coefficient(x, y, 50)
        assert shift == found.lags == -lag
        assert value == pytest.approx(found.coefficients, abs=0.05)  # over another number of samples


@pytest.mark.parametrize("error, x, y, max_lag, keywords, message", [
    (ValueError, np.ones(5), np.ones(6), 1, {}, "y: expected 5 samples"),
    (ValueError, np.ones(0), np.ones(0), 0, {}, "x: expected at least one sample"),
    (ValueError, np.ones(5), np.ones(5), 3, {}, "max_lag=3: expected at most 2"),
    (ValueError, np.ones(6), np.ones(6), 3, {}, "max_lag=3: expected at most 2"),
    (ValueError, np.ones(5), np.ones(5), -1, {}, "max_lag=-1: expected at least 0"),
    (TypeError, np.ones(5), np.ones(5), 1.0, {}, "max_lag: expected an integer"),
    (TypeError, np.ones(5) * 1j, np.ones(5), 1, {}, "x"),
    (TypeError, np.ones(5), None, 1, {}, "y"),
    (ValueError, np.float64(1), np.ones(5), 1, {}, "x: expected at least one dimension"),
    (ValueError, np.ones((2, 5)), np.ones((3, 5)), 1, {}, "x and y: batch shapes"),
    (ValueError, np.ones(5), np.ones(5), 1, {"axis": 1}, "axis=1"),
])  # fmt: skip
def test_max_coefficient_refuses(error, x, y, max_lag, keywords, message):
    with pytest.raises(error, match=message):
        sigkit.max_coefficient(x, y, max_lag, **keywords)

"""Weighted coefficients against long double, on the signals that break sliding statistics elsewhere."""

import numpy as np
import pytest
import reference_pearson
from compare import assert_same_bits, assert_within
from hard_signals import BOUND, SIGNALS, bad_windows, integers, windows_to_check
from numpy.lib.stride_tricks import sliding_window_view
from test_sliding_pearson import two_templates

import sigkit

LENGTHS = {16: 5000, 300: 6000, 5000: 12_000}  # the longest is more than the kernel takes at once


def some_weights(m, rng, kind):
    few = np.where(np.arange(m) % 5, rng.random(m) < 0.2, 1)
    return {"taper": np.hanning(m + 2)[1:-1], "few": few, "any": 10 ** rng.uniform(-6, 6, m),
            "one side": np.arange(m) / m}[kind]  # fmt: skip


@pytest.mark.parametrize("m", LENGTHS)
@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weighted_coefficients_are_accurate(dtype, name, m, rng):
    signal = SIGNALS[name](LENGTHS[m], m, rng).astype(dtype)
    templates = two_templates(signal, m, rng)
    _, bad = bad_windows(signal, m)
    for kind in ("taper", "few", "any", "one side") if m < 1000 else ("taper", "few"):
        weights = some_weights(m, rng, kind)
        result = sigkit.sliding_pearson(signal, templates, weights=weights)
        bound = BOUND[result.dtype]
        assert np.isnan(result[:, bad]).all() and np.nanmax(abs(result)) <= 1
        other = sigkit.sliding_pearson(signal[::-1], templates[:, ::-1], weights=weights[::-1])[:, ::-1]
        assert_within(result, other, 2 * bound, f"{kind}, reversed")
        starts = windows_to_check(signal, m, rng, *abs(result - other), most=100)
        windows = sliding_window_view(signal, m)[starts]
        expected = reference_pearson.coefficient(windows, templates[:, None], np.nan, weights)
        label = f"sliding_pearson {dtype}, weights, {name}"
        assert_within(result[:, starts], expected, bound, f"{kind}, m = {m}", label=label)


@pytest.mark.parametrize("dtype", ["int16", "uint8"])
def test_integers(dtype, rng):
    signal = integers(4000, 50, rng, dtype)
    weights = rng.random(50)
    result = sigkit.sliding_pearson(signal, signal[:50], weights=weights)
    expected = reference_pearson.sliding_pearson(signal, signal[:50], weights=weights)
    assert_within(result, expected, 1e-12)


def test_what_weights_mean(rng):
    """Equal ones change nothing, whole ones are repeated samples, a factor cancels, 0 leaves a sample out."""
    signal, template = rng.standard_normal(500) + 100, rng.standard_normal(10)
    plain = sigkit.sliding_pearson(signal, template)
    assert_within(sigkit.sliding_pearson(signal, template, weights=np.full(10, 3)), plain, 2e-12)
    counts = rng.integers(0, 4, 10)
    counts[0] = 1
    repeated = [np.corrcoef(np.repeat(window, counts), np.repeat(template, counts))[0, 1]
                for window in sliding_window_view(signal, 10)]  # fmt: skip
    r = sigkit.sliding_pearson(signal, template, weights=counts)
    assert_within(r, np.array(repeated), 1e-10)
    for scale in (1e-300, 1e-8, 1e300):
        assert_within(sigkit.sliding_pearson(signal, template, weights=counts * scale), r, 2e-12)
    whole = np.r_[np.zeros(3), template, np.zeros(2)]
    inner = sigkit.sliding_pearson(signal, whole, weights=whole != 0)
    assert_within(inner, plain[3 : 3 + inner.size], 2e-12)
    covariance = np.cov(np.stack([signal[:10], template]), aweights=counts)
    assert r[0] == pytest.approx(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]), abs=1e-10)


def test_constant_where_there_is_weight():
    weights = [1, 0, 2, 0]
    signal = np.array([5, 1, 5, 9, 5, 2, 6, 3, 7, 7, 7, 7, 7], float)
    r = sigkit.sliding_pearson(signal, [1, 2, 3, 4], weights=weights, fill_value=-9)
    expected = reference_pearson.sliding_pearson(signal, [1, 2, 3, 4], weights=weights, fill_value=-9)
    assert_within(r, expected, 1e-12)
    assert (r == -9).tolist() == [True, False, True] + [False] * 5 + [True] * 2
    assert (sigkit.sliding_pearson(signal, [1, 2, 1, 4], weights=weights, fill_value=-9) == -9).all()
    assert np.isnan(sigkit.sliding_pearson(signal, [1, np.nan, 1, 4], weights=weights, fill_value=-9)).all()
    assert np.isnan(sigkit.sliding_pearson(signal, [1, 2, 1, 4], weights=[0, 0, 0, 5])).all()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_samples_without_weight_that_are_not_finite(value, rng):
    signal = rng.standard_normal(60)
    signal[30] = value
    r = sigkit.sliding_pearson(signal, signal[:5], weights=[1, 1, 0, 1, 1])
    assert np.flatnonzero(np.isnan(r)).tolist() == [26, 27, 28, 29, 30]


def test_a_spike_without_weight_does_no_harm(rng):
    """The window's plain mean is far off; its weighted one is not."""
    signal, template, weights = rng.standard_normal(3000), rng.standard_normal(200), np.ones(200)
    signal[1000:1003] = 1e8
    weights[50:53] = 0
    r = sigkit.sliding_pearson(signal, template, weights=weights)
    expected = reference_pearson.coefficient(signal[950:1150], template, np.nan, weights)
    assert_within(r[950], expected, 1e-12)


def test_threads_and_banks_change_no_bit(rng, parallel):
    signal, bank, weights = rng.standard_normal(100_000), rng.standard_normal((3, 40)), rng.random(40)
    with sigkit.set_workers(1):
        expected = sigkit.sliding_pearson(signal, bank, weights=weights)
    for workers in (2, 3):
        with sigkit.set_workers(workers):
            assert_same_bits(sigkit.sliding_pearson(signal, bank, weights=weights), expected)
    for k in range(3):
        assert_same_bits(sigkit.sliding_pearson(signal, bank[k], weights=weights), expected[k])


@pytest.mark.parametrize(
    ("error", "weights", "message"),
    [
        (ValueError, np.ones(4), r"weights: expected shape \(5,\)"),
        (ValueError, 1.0, "weights: expected shape"),
        (ValueError, np.ones((1, 5)), "weights: expected shape"),
        (ValueError, [1, 1, 1, 1, -1e-9], "weights: expected finite numbers of at least 0"),
        (ValueError, np.zeros(5), "not all 0"),
        (ValueError, [1, 1, np.nan, 1, 1], "weights: expected finite"),
        (ValueError, [1, 1, np.inf, 1, 1], "weights: expected finite"),
        (TypeError, np.ones(5) * 1j, "weights"),
        (TypeError, ["a"] * 5, "weights"),
        (TypeError, np.ma.masked_array(np.ones(5)), "weights"),
    ],
)
def test_weights_refused(error, weights, message):
    with pytest.raises(error, match=message):
        sigkit.sliding_pearson(np.arange(9.0), np.arange(5.0), weights=weights)


@pytest.mark.parametrize("spike", [1e6, 1e28, 1e200])
def test_a_sample_of_no_weight_does_not_count(spike):
    """However large it is: neither the mean nor the scale of a window is its."""
    signal, template = np.array([1.0, 2, 4, 3, 5, spike]), [1, 3, 2, 5, 4, 0]
    weights = [1, 1, 1, 1, 1, 0]
    expected = reference_pearson.coefficient(signal[:5], np.array(template[:5], float))
    assert_within(sigkit.sliding_pearson(signal, template, weights=weights), [expected], BOUND[np.dtype(np.float64)])

"""Matches against their definition and SciPy."""


import hypothesis.strategies as st
import numpy as np
import pytest
import scipy.signal
import scipy.stats
from compare import assert_same_bits
from hypothesis import given

import sigkit


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
        (ValueError, (np.ones((2, 2, 2)), 0.5), "coefficients: expected one or two dimensions"),
        (ValueError, (np.float64(1), 0.5), "coefficients: expected one or two dimensions"),
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

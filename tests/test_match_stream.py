"""Matches of a series in blocks are those of the whole."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import sigkit
from sigkit._match_stream import MatchStream


def streamed(r, cuts, threshold, distance):
    stream = MatchStream(threshold, distance)
    found = [stream.process(block) for block in np.split(r, sorted(cuts))]
    found.append(stream.flush())
    positions, coefficients = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return positions, coefficients.astype(r.dtype)


@given(
    st.lists(st.integers(-2, 2) | st.just(np.nan), max_size=40),
    st.lists(st.integers(0, 40), max_size=12),
    st.integers(-2, 2),
    st.sampled_from([1, 1.5, 2, 3, 7, 100]),
)
def test_any_cut_gives_the_same_matches(values, cuts, threshold, distance):
    r = np.array(values, float)
    expected = sigkit.find_matches(r, threshold, distance)
    positions, coefficients = streamed(r, [min(cut, r.size) for cut in cuts], threshold, distance)
    assert positions.tolist() == expected.positions.tolist()
    assert coefficients.tolist() == expected.coefficients.tolist()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("distance", [1, 20, 3000])
def test_long_series(dtype, distance, rng):
    r = rng.standard_normal(50_000).astype(dtype)
    expected = sigkit.find_matches(r, -9, distance)
    positions, coefficients = streamed(r, range(0, r.size, 777), -9, distance)
    assert np.array_equal(positions, expected.positions) and np.array_equal(coefficients, expected.coefficients)


def test_little_is_kept(rng):
    """Long plateaus, gaps and crowds leave nothing behind."""
    stream = MatchStream(-9, 500)
    most = 0
    for k in range(100):
        block = {0: np.zeros(1000), 1: np.full(1000, np.nan)}.get(k % 4, rng.standard_normal(1000))
        stream.process(block)
        most = max(most, stream._maxima[0].size + len(stream._kept))
    assert most < 2000

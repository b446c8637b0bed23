"""Matches in images, and between samples, against their definitions."""

import hypothesis.strategies as st
import numpy as np
import pytest
import reference_pearson
from compare import assert_same_bits, assert_within
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays

import sigkit

NAN = np.nan


@pytest.mark.parametrize(
    ("coefficients", "threshold", "distance", "positions"),
    [
        ([[0.9]], 0.5, 1, [[0, 0]]),
        ([[0.9]], 0.95, 1, []),
        (np.empty((0, 5)), 0, 1, []),
        (np.empty((5, 0)), 0, 3, []),
        (np.zeros((5, 6)), 0, 1, [[2, 2]]),  # one plateau
        (np.full((3, 3), NAN), -1, 1, []),
        ([[1, 0, 1], [0, 0, 0], [1, 0, 0.9]], 0.5, 1, [[0, 0], [0, 2], [2, 0], [2, 2]]),  # the corners
        ([[1, 0, 1], [0, 0, 0], [1, 0, 0.9]], 0.5, 2, [[0, 0], [0, 2], [2, 0], [2, 2]]),
        ([[1, 0, 1], [0, 0, 0], [1, 0, 0.9]], 0.5, 2.5, [[0, 0]]),
        ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], 0.5, 1, [[1, 1]]),  # plateaus touch along corners, too
        ([[1, 1, 0], [0, 1, 2], [0, 0, 0]], 0.5, 1, [[1, 2]]),  # it rises on one side
        ([[1, 1, 1], [1, 0, 1], [1, 1, 1]], 0.5, 1, [[0, 1]]),  # a ring: the first next to its middle
        ([[5, 5, NAN], [NAN, 4, 9]], 0.5, 1, [[1, 2]]),
        ([[5, NAN, 4], [NAN, NAN, NAN]], 0.5, 1, [[0, 0], [0, 2]]),
        ([[3, 0, 0, 0, 4, 0, 0, 0, 3]], 1, 5, [[0, 4]]),
        ([[3, 0, 0, 0, 3, 0, 0, 0, 3]], 1, 5, [[0, 0], [0, 8]]),  # of equals the first
        ([[3], [0], [3]], 1, 2, [[0, 0], [2, 0]]),
    ],
)
def test_matches_by_hand(coefficients, threshold, distance, positions):
    matches = sigkit.find_matches(coefficients, threshold, distance)
    assert matches.positions.tolist() == positions and matches.positions.shape == (len(positions), 2)
    assert matches.coefficients.tolist() == [np.asarray(coefficients)[tuple(place)] for place in positions]
    assert matches.positions.dtype == np.int64


small = arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=9), fill=st.nothing(),
               elements=st.integers(-2, 2) | st.just(NAN))  # fmt: skip


@given(small, st.integers(-2, 2), st.sampled_from([1, 1.5, 2, 3, 5, 100]))
def test_matches_meet_their_definition(r, threshold, distance):
    positions, values = reference_pearson.find_matches(r, threshold, distance)
    matches = sigkit.find_matches(r, threshold, distance)
    assert_same_bits(matches.positions, positions)
    assert_same_bits(matches.coefficients, values)


@given(st.lists(st.integers(-2, 2) | st.just(NAN), max_size=20), st.sampled_from([1, 2, 4]))
def test_a_row_is_a_series(values, distance):
    r = np.array(values)
    line = sigkit.find_matches(r, -1, distance)
    for image, axis in ((r[None], 1), (r[:, None], 0)):
        matches = sigkit.find_matches(image, -1, distance)
        assert_same_bits(matches.positions[:, axis].copy(), line.positions)
        assert_same_bits(matches.coefficients, line.coefficients)


@given(small, st.sampled_from([1, 2, 3]))
def test_tops_meet_their_definition(r, distance):
    """Of small integers every step is exact but the division."""
    for values in (r, r[0]):
        positions, heights = reference_pearson.find_matches(values, -2, distance, subpixel=True)
        matches = sigkit.find_matches(values, -2, distance, subpixel=True)
        assert matches.positions.dtype == np.float64 and matches.coefficients.dtype == np.float32
        assert_within(matches.positions, positions, 1e-14)
        assert_within(matches.coefficients, heights, 1e-6)


def test_scikit_image_finds_the_same(rng):
    feature = pytest.importorskip("skimage.feature")
    r = rng.standard_normal((200, 300))
    for distance in (1, 3, 17):
        peaks = feature.peak_local_max(r, min_distance=distance, threshold_abs=0.3, exclude_border=False)
        found = sigkit.find_matches(r, 0.3, distance)
        kept = {tuple(place) for place in found.positions.tolist()}
        # its candidates are the maxima of a window of 2 distance + 1: fewer than all maxima
        assert {tuple(place) for place in peaks.tolist()} <= kept
        away = abs(found.positions[:, None] - found.positions).max(axis=-1) + 1000 * np.eye(len(kept))
        assert away.min() >= distance


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_tops_of_quadratics_are_exact(dtype, rng):
    for _ in range(50):
        centre = rng.uniform(3, 5, 2)
        turn = rng.uniform(0, np.pi)
        axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        form = axes.T @ np.diag([1, rng.uniform(0.3, 1)]) @ axes / 50
        offsets = np.moveaxis(np.indices((9, 9)), 0, -1) - centre
        r = (0.9 - np.einsum("...i,ij,...j", offsets, form, offsets)).astype(dtype)
        matches = sigkit.find_matches(r, 0.8, 9, subpixel=True)
        rounding = np.finfo(dtype).eps
        assert_within(matches.positions, centre[None], 1000 * rounding)
        assert_within(matches.coefficients, np.array([0.9]), 20 * rounding)
        line = r[:, 4].astype(np.float64)
        top = sigkit.find_matches(line, 0, 9, subpixel=True)
        fit = np.polynomial.Polynomial.fit(np.arange(9), line, 2).convert()
        assert_within(top.positions, -fit.coef[1:2] / (2 * fit.coef[2]), 1000 * rounding)


def test_a_shift_between_samples_is_read(rng):
    """A wave packet, the template shifted by a fraction of a sample: the bound that the documentation gives."""
    t = np.arange(400.0)

    def packet(at):
        return np.cos(0.5 * (t - at)) * np.exp(-(((t - at) / 15) ** 2))

    template = packet(200.0)[150:251]
    for shift in np.linspace(-0.5, 0.5, 11):
        r = sigkit.sliding_pearson(packet(200 + shift), template)
        (place,) = sigkit.find_matches(r, 0.9, 400, subpixel=True).positions
        assert abs(place - 150 - shift) < 0.02


def test_no_top_is_far_off(rng):
    for r in (rng.standard_normal((300, 300)), rng.standard_normal((300, 300)).round(), np.zeros((4, 4))):
        plain, fine = (sigkit.find_matches(r, -9, subpixel=subpixel) for subpixel in (False, True))
        assert abs(fine.positions - plain.positions).max() <= 1
        assert (fine.coefficients >= plain.coefficients).all()
    r = rng.standard_normal(3000)
    plain, fine = (sigkit.find_matches(r, -9, subpixel=subpixel) for subpixel in (False, True))
    assert abs(fine.positions - plain.positions).max() <= 0.5


def test_tops_at_borders_and_beside_nan():
    r = np.array([3, 2, 0, 1, 4, NAN, 5, 6, 5.5])
    assert sigkit.find_matches(r, 1, subpixel=True).positions.tolist() == [0, 4, pytest.approx(7 + 0.25 / 1.5)]
    image = np.array([[3, 2, 0], [1, 1, 0], [0, 5, 4], [1, 4, NAN]])
    found = sigkit.find_matches(image, 2.5, subpixel=True).positions
    assert found.tolist() == [[0, 0], [pytest.approx(2 + 1.5 / 5), pytest.approx(1 + 2 / 6)]]


def test_a_crowd_of_matches(rng):
    """No pair of matches is ever compared: the time goes with the image."""
    r = rng.standard_normal((1500, 1500), dtype=np.float32)
    assert len(sigkit.find_matches(r, -9).positions) > 200_000
    assert len(sigkit.find_matches(r, -9, 4).positions) > 50_000
    checks = np.indices((1500, 1500)).sum(axis=0) % 2
    assert sigkit.find_matches(checks, 0).positions.tolist() == [[749, 750]]  # one plateau along corners


@pytest.mark.parametrize("subpixel", [1, None, "yes"])
def test_subpixel_is_a_flag(subpixel):
    with pytest.raises(TypeError, match="subpixel: expected True or False"):
        sigkit.find_matches([0.0, 1.0], 0.5, subpixel=subpixel)

"""cmvn and pcen: offsets, spikes, streams, and the ends of the range."""

import warnings

import numpy as np
import pytest
import reference_features as oracle
from compare import assert_same_bits, assert_within

import sigkit
from sigkit import _channel_normalization

EPS = np.finfo(float).eps
WINDOWS = ({}, {"window": 1}, {"window": 7}, {"window": 40}, {"window": 1000}, {"window": 7, "center": False},
           {"window": 60, "center": False, "min_window": 9})  # fmt: skip


@pytest.mark.parametrize("options", WINDOWS, ids=str)
@pytest.mark.parametrize("variance", [True, False])
@pytest.mark.parametrize("offset", [0, 1e4, 1e6, 1e8, -1e12])
def test_an_offset_costs_nothing(options, variance, offset, rng):
    """But what it has rounded away of the data before."""
    x = rng.standard_normal((150, 3)) + offset
    options = {**options, "variance": variance}
    assert_within(sigkit.cmvn(x, **options), oracle.cmvn(x, **options), oracle.cmvn_bound(x, EPS, **options))


@pytest.mark.parametrize("options", WINDOWS, ids=str)
def test_a_constant_band_becomes_zero_exactly(options):
    for value in (1e3 + 1 / 3, -23.025850929940457, 1e300, -1.7e308, 5e-324, 0):
        for floor in (1e-20, 0):
            assert not sigkit.cmvn(np.full((300, 3), value), floor=floor, **options).any(), value
    steps = np.repeat([[0.1], [1e9 + 1 / 3]], 100, axis=0)  # constant but for the windows over the step
    flat = sigkit.cmvn(steps, window=20)
    assert np.flatnonzero(flat).tolist() == list(range(91, 110))


@pytest.mark.parametrize("options", WINDOWS, ids=str)
@pytest.mark.parametrize("size", [1e200, 1e154, 1e-100, 1e-200, 1.7e308])
def test_squares_do_not_leave_the_range(options, size, rng):
    x = rng.uniform(-1, 1, (100, 2)) * size
    x[50:, 0] = rng.standard_normal(50)  # windows of both kinds beside each other
    options = {**options, "floor": 0}
    assert_within(sigkit.cmvn(x, **options), oracle.cmvn(x, **options), oracle.cmvn_bound(x, EPS, **options))
    if size < 1e308:  # or deviations themselves are beyond the range
        means = {**options, "variance": False}
        assert_within(sigkit.cmvn(x, **means), oracle.cmvn(x, **means), oracle.cmvn_bound(x, EPS, **means))
    if size > 1:
        assert sigkit.cmvn([[size], [-size]]).tolist() == [[1], [-1]]


def test_pcen_goes_on_where_it_stopped(rng, monkeypatch):
    S = rng.random((4, 6, 90)) * 1e9
    whole, state = sigkit.pcen(S, max_size=3, max_axis=1, return_zf=True)
    parts, zi = [], None
    for some in np.split(S, [1, 40], axis=-1):
        part, zi = sigkit.pcen(some, max_size=3, max_axis=1, zi=zi, return_zf=True)
        parts.append(part)
    assert_same_bits(np.concatenate(parts, axis=-1), whole)
    assert_same_bits(zi, state)
    moved = sigkit.pcen(np.moveaxis(S, -1, 0), axis=0, max_size=3, max_axis=2)
    assert_same_bits(np.moveaxis(moved, 0, -1).copy(), whole)
    monkeypatch.setattr(_channel_normalization, "_FRAMES_AT_ONCE", 1)
    assert_same_bits(sigkit.pcen(S, max_size=3, max_axis=1), whole)
    assert sigkit.pcen(S[0, 0].astype(np.float32)).dtype == np.float32
    assert sigkit.pcen(np.zeros((0, 5))).shape == (0, 5) and sigkit.pcen(np.zeros((5, 0))).shape == (5, 0)
    followed = sigkit.pcen(S[0], ref=2 * S[0], b=0.1)
    assert (followed < sigkit.pcen(S[0], b=0.1)).all()


def test_cmvn(rng, monkeypatch):
    x = rng.normal(1e6, 2, (3, 50, 4))
    whole = sigkit.cmvn(x)
    assert_within(whole, oracle.cmvn(x), oracle.cmvn_bound(x, np.finfo(float).eps))
    lengths = [50, 7, 0]
    padded = sigkit.cmvn(x, lengths=lengths)
    for i, n in enumerate(lengths):
        if n:
            assert_same_bits(np.ascontiguousarray(padded[i, :n]), sigkit.cmvn(x[i, :n]))
        assert not padded[i, n:].any()
    assert not sigkit.cmvn(np.full((9, 2), 3.0)).any(), "a constant band"
    assert not sigkit.cmvn(np.full((9, 2), 3.0), window=4).any()
    moved = np.swapaxes(sigkit.cmvn(np.swapaxes(x, 1, 2), axis=-1), 1, 2)
    assert np.array_equal(moved, whole)
    wide = sigkit.cmvn(x, window=60)
    bound = oracle.cmvn_bound(x, np.finfo(float).eps)
    assert_within(wide, whole, 2 * bound, "a window of everything")
    for window, center in ((7, True), (7, False), (50, False), (1, True)):
        before = sigkit.cmvn(x[0], window=window, center=center, variance=False)
        with monkeypatch.context() as patch:
            patch.setattr(_channel_normalization, "_FRAMES_AT_ONCE", 3)
            patch.setattr(_channel_normalization, "_BANDS_AT_ONCE", 1)
            assert_same_bits(sigkit.cmvn(x[0], window=window, center=center, variance=False), before)


def test_a_spike_stays_in_its_window(rng):
    x = rng.standard_normal((200, 1))
    spiked = x.copy()
    spiked[100] = 1e16
    for center in (True, False):
        a, b = (sigkit.cmvn(v, window=11, center=center, min_window=5) for v in (x, spiked))
        same = (a == b)[:, 0]
        assert same[:89].all() and same[112:].all()


def test_no_lengths_for_no_recordings():
    assert sigkit.cmvn(np.zeros((0, 5, 2)), lengths=[]).shape == (0, 5, 2)


def test_pcen_follows_a_reference_as_it_is(rng):
    """librosa takes the largest of neighbouring bands of S alone."""
    S, ref = rng.random((2, 6, 40)) * 1e9
    assert_same_bits(sigkit.pcen(S, ref=ref, b=0.1, max_size=3), sigkit.pcen(S, ref=ref, b=0.1))
    assert not np.array_equal(sigkit.pcen(S, b=0.1, max_size=3), sigkit.pcen(S, b=0.1))


def test_pcen_follows_the_largest_of_all(rng):
    S = rng.random((3, 40)) * 1e9
    expected = sigkit.pcen(S, ref=np.broadcast_to(S.max(axis=0), S.shape), b=0.1)
    for size in (6, 7, 10**7):
        assert_same_bits(sigkit.pcen(S, b=0.1, max_size=size), expected)


@pytest.mark.parametrize("seconds", [1e-300, 1e-200, 1e-9, 1e-6, 1e-3, 0.4, 1e3, 1e9, 1e200, 1e300])
def test_pcen_of_any_time_constant(seconds, rng):
    """The coefficient is the root of a quadratic, without cancellation."""
    S = rng.random((2, 5))
    t = np.longdouble(seconds) * 22050 / 512
    b = 2 / (1 + np.sqrt(1 + 4 * t * t))
    state = sigkit.pcen(S, time_constant=seconds, return_zf=True)[1]
    exact = (1 - b) * np.ones(2)
    for column in S.T:
        exact = (1 - b) * (b * column + exact)
    # a rounding of 1 - b and a few more, five times
    assert np.abs(state[:, 0] - exact).max() <= 5 * 8 * EPS


@pytest.mark.parametrize("arguments, says", [
    ({"power": 1e5}, "power=100000.0: expected bias\\*\\*power"),
    ({"zi": np.ones((1, 1))}, r"zi: expected shape \(2, 1\), got \(1, 1\)"),
    ({"zi": 1.0}, r"zi: expected shape \(2, 1\), got \(\)"),
    ({"zi": -np.ones((2, 1))}, "zi: expected a state that is not negative"),
    ({"max_axis": 7}, "max_axis=7"),
    ({"max_axis": -1}, "max_axis=-1"),
    ({"max_size": 2**63}, f"max_size={2**63}"),
    ({"gain": 10**400}, "gain=1000.*: expected a finite number"),
])  # fmt: skip
def test_pcen_refuses(arguments, says):
    with pytest.raises(ValueError, match=says):
        sigkit.pcen(np.ones((2, 5)), **arguments)


def test_pcen_goes_on_behind_a_nan(rng):
    """Its own state is one that it takes."""
    S = rng.random((3, 20))
    S[1, 4] = np.nan
    first, state = sigkit.pcen(S[:, :10], return_zf=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        both = np.concatenate([first, sigkit.pcen(S[:, 10:], zi=state)], axis=1)
    assert_same_bits(both, sigkit.pcen(S))

"""Sums of coefficients over a network: the definition, gaps, ends, and blocks."""

import tracemalloc

import numpy as np
import pytest
import reference_pearson
from compare import assert_same_bits, assert_within
from hard_signals import BOUND, SIGNALS

import sigkit
from sigkit import _matched_filter


def network(rng, t, channels, n, m):
    data = rng.standard_normal((channels, n))
    templates = rng.standard_normal((t, channels, m))
    return templates, rng.integers(-20, 60, (t, channels)), rng.uniform(-1, 1, (t, channels)), data


def by_definition(templates, moveouts, weights, data):
    """From `sliding_pearson`: each channel shifted by its moveout, nothing where it has no window."""
    t, channels, m = templates.shape
    size = data.shape[-1] - m + 1
    total = np.zeros((t, size))
    for k, c in np.ndindex(t, channels):
        r = sigkit.sliding_pearson(data[c], templates[k, c], fill_value=0)
        i = np.arange(size) + moveouts[k, c]
        within = (i >= 0) & (i < size)
        total[k, within] += weights[k, c] * r[i[within]]
    return total


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_hard_signals_on_one_channel(dtype, name, rng):
    """Beside a quiet one; against long double."""
    m = 16
    templates, moveouts, weights, data = network(rng, 2, 2, 400, m)
    data[1] = SIGNALS[name](400, m, rng)
    data, templates = data.astype(dtype), templates.astype(dtype)
    expected = reference_pearson.matched_filter(templates, moveouts, weights, data)
    got = sigkit.matched_filter(templates, moveouts, weights, data)
    assert got.dtype == dtype
    limit = BOUND[got.dtype] * abs(weights).sum(axis=1, keepdims=True)
    assert_within(got, expected, limit, name, label=f"matched_filter {dtype}")


@pytest.mark.parametrize("windows, numbers", [(1, 1 << 21), (64, 1), (37, 500)])
def test_blocks_make_no_difference(windows, numbers, rng, monkeypatch):
    """Beyond rounding: a block is centred on its own mean."""
    arguments = network(rng, 5, 3, 3000, 20)
    whole = sigkit.matched_filter(*arguments)
    monkeypatch.setattr(_matched_filter, "_WINDOWS_AT_ONCE", windows)
    monkeypatch.setattr(_matched_filter, "_NUMBERS_AT_ONCE", numbers)
    limit = 1e-12 * abs(arguments[2]).sum(axis=1, keepdims=True)
    assert_within(sigkit.matched_filter(*arguments), whole, 2 * limit)
    batch = sigkit.matched_filter(*arguments)
    for t in range(5):  # nor the templates beside it any at all
        assert_same_bits(sigkit.matched_filter(*(part[t : t + 1] for part in arguments[:3]), arguments[3]),
                         batch[t : t + 1])
    assert_within(whole, by_definition(*arguments), 2 * limit)


def test_an_event_adds_up(rng):
    """20 channels, the wave in each at half of the noise's amplitude: one channel does not show it, all of them do."""
    channels, n, m = 20, 20_000, 100
    wave = np.sin(np.arange(m) * 0.3) * np.hanning(m)
    moveouts = rng.integers(0, 500, (1, channels))
    data = rng.standard_normal((channels, n)) * 10 ** rng.uniform(-3, 3, (channels, 1)) + 1e4
    scale = data.std(axis=1, keepdims=True)
    for place in (3000, 11_000):
        for c in range(channels):
            data[c, place + moveouts[0, c] :][:m] += 0.8 * scale[c] * wave
    templates = np.broadcast_to(wave, (1, channels, m))
    stack = sigkit.matched_filter(templates, moveouts, 1 / channels, data)
    threshold = 8 * 1.4826 * np.median(abs(stack[0]))
    assert sigkit.find_matches(stack[0], threshold, m).positions.tolist() == [3000, 11_000]
    alone = [sigkit.find_matches(r, 8 * 1.4826 * np.median(abs(r)), m).positions.size
             for r in sigkit.sliding_pearson(data, wave)]
    assert max(alone) == 0


def test_channels_without_data_add_nothing(rng):
    templates, _, _, data = network(rng, 1, 3, 300, 10)
    data[1, 100:150] = 0  # a gap, filled
    data[2, 200:] = 7.25
    stack = sigkit.matched_filter(templates, [[0, 0, 295]], [[1, 1, 1]], data)[0]
    r = sigkit.sliding_pearson(data[:2], templates[0, 1], fill_value=9)
    assert (r[1, 100:141] == 9).all()
    first = sigkit.sliding_pearson(data[0], templates[0, 0])
    assert_within(stack[100:141], first[100:141], 2e-12)
    assert np.array_equal(sigkit.matched_filter(templates, -1000, 1, data), np.zeros((1, 291)))
    assert np.array_equal(sigkit.matched_filter(templates, 291, 1, data), np.zeros((1, 291)))
    last = sigkit.matched_filter(templates, [[290, 2**62, -(2**62)]], 1, data)[0]
    assert last[0] == pytest.approx(first[290], abs=1e-12) and not last[1:].any()
    assert not sigkit.matched_filter(np.ones((1, 3, 10)), 0, 1, data).any()  # constant templates


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite(value, rng):
    templates, moveouts, weights, data = network(rng, 3, 3, 500, 10)
    data[1, 250] = value
    weights[1, 1] = 0
    stack = sigkit.matched_filter(templates, moveouts, weights, data)
    for k in range(3):
        at = np.arange(241, 251) - moveouts[k, 1]
        assert np.flatnonzero(np.isnan(stack[k])).tolist() == ([] if k == 1 else at.tolist())
    templates[2, 0, 4] = value
    stack = sigkit.matched_filter(templates, 0, weights, data)
    assert np.isnan(stack[2]).all() and not np.isnan(stack[1]).any()


def test_shapes_broadcast(rng):
    """(stations, components); moveouts and weights of stations, of templates, or of all."""
    data, templates = rng.standard_normal((4, 3, 200)), rng.standard_normal((2, 4, 3, 9))
    moveouts, weights = rng.integers(0, 9, (2, 4)), rng.random((2, 4))
    full = [np.repeat(v[..., None], 3, axis=-1) for v in (moveouts, weights)]
    expected = sigkit.matched_filter(templates, *full, data)
    assert expected.shape == (2, 192)
    assert_same_bits(sigkit.matched_filter(templates, moveouts, weights, data), expected)
    flat = templates.reshape(2, 12, 9), *(v.reshape(2, 12) for v in full), data.reshape(12, 200)
    assert_same_bits(sigkit.matched_filter(*flat), expected)
    one = sigkit.matched_filter(templates[1], moveouts[1:], weights[1:], data)
    assert_same_bits(one, expected[1:])
    assert_same_bits(sigkit.matched_filter(templates, 2, [0.5, 0.25], data),
                     sigkit.matched_filter(templates, np.full((1, 1), 2), np.array([[0.5], [0.25]]), data))
    assert sigkit.matched_filter(templates[:0], 0, 1, data).shape == (0, 192)
    assert not sigkit.matched_filter(templates[:, :0], 0, 1, data[:0]).any()


def test_the_number_of_workers_changes_no_bit(rng, parallel):
    arguments = network(rng, 3, 4, 150_000, 300)
    with sigkit.set_workers(1):
        expected = sigkit.matched_filter(*arguments)
    for workers in (2, 3):
        with sigkit.set_workers(workers):
            assert_same_bits(sigkit.matched_filter(*arguments), expected)


def test_memory_does_not_grow_with_channels(rng):
    """The result, and some megabytes: never (templates, channels, n)."""
    data = rng.standard_normal((16, 400_000), dtype=np.float32)
    templates = rng.standard_normal((2, 16, 50), dtype=np.float32)
    sigkit.matched_filter(templates, 0, 1, data)
    tracemalloc.start()
    try:
        stack = sigkit.matched_filter(templates, 0, 1, data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < stack.nbytes + (4 << 20)


GOOD = {"templates": np.ones((2, 3, 5)), "moveouts": np.zeros((2, 3), int), "weights": np.ones((2, 3)),
        "data": np.ones((3, 20))}  # fmt: skip


@pytest.mark.parametrize("error, name, value, message", [
    (ValueError, "data", np.ones(20), r"data: expected shape \(channels, n\)"),
    (ValueError, "data", np.ones((4, 20)), r"templates: expected shape \(t, 4, m\)"),
    (ValueError, "data", np.ones((3, 4)), "templates: expected between 1 and 4 samples"),
    (ValueError, "data", np.ones((3, 0)), "templates: expected between 1 and 0"),
    (ValueError, "templates", np.ones((2, 3, 0)), "templates: expected between 1 and 20"),
    (ValueError, "templates", np.ones(5), "templates: expected shape"),
    (ValueError, "templates", np.ones((1, 2, 3, 5)), "templates: expected shape"),
    (TypeError, "templates", np.ones((2, 3, 5)) * 1j, "templates"),
    (TypeError, "data", None, "data"),
    (TypeError, "moveouts", np.zeros((2, 3)), "moveouts: expected integers, got dtype float64"),
    (TypeError, "moveouts", [[True] * 3] * 2, "moveouts: expected integers, got dtype bool"),
    (ValueError, "moveouts", np.zeros((3, 2), int), r"moveouts: expected shape \(2, 3\)"),
    (ValueError, "moveouts", np.zeros((2, 3, 1), int), r"moveouts: expected shape \(2, 3\)"),
    (TypeError, "moveouts", None, "moveouts"),
    (ValueError, "weights", np.ones(3), "weights: expected shape"),
    (ValueError, "weights", np.nan, "weights: expected finite numbers"),
    (TypeError, "weights", "x", "weights"),
])  # fmt: skip
def test_matched_filter_refuses(error, name, value, message):
    with pytest.raises(error, match=message):
        sigkit.matched_filter(**GOOD | {name: value})

"""Coefficients of windows against long double, and on a real record."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import reference_pearson
from compare import MEASURED, assert_same_bits, assert_within
from hard_signals import BOUND, SIGNALS, bad_windows, integers, windows_to_check
from numpy.lib.stride_tricks import sliding_window_view

import sigkit

RECORDINGS = Path(__file__).resolve().parents[2] / "shared" / "data"
LENGTHS = {16: 6000, 256: 8000, 2000: 12000, 10000: 30000}
"""Template length: signal length. All but the longest cross several tiles of any kernel."""


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
    expected = reference_pearson.coefficient(sliding_window_view(signal, m)[starts], templates[:, None])
    assert_within(result[:, starts], expected, bound, f"{label}, m = {m}", label=label)


@pytest.mark.parametrize("m", LENGTHS)
@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sliding_pearson_is_accurate(dtype, name, m, rng):
    signal = SIGNALS[name](LENGTHS[m], m, rng).astype(dtype)
    check_sliding_pearson(signal, m, rng, f"sliding_pearson {dtype}, {name}")


@pytest.mark.parametrize(("n", "m"), [(3000, 40), (3000, 100), (30000, 20000)])
@pytest.mark.parametrize("name", ["square wave", "growth", "random walk", "constant stretches", "offset 1e6 sigma"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_short_and_long_templates_are_accurate(dtype, name, n, m, rng):
    """Direct sums only, either way about the first transform, and of more taps than are taken at once."""
    check_sliding_pearson(SIGNALS[name](n, m, rng).astype(dtype), m, rng, f"sliding_pearson {dtype}, {name}")


def test_a_slow_rise_far_from_zero(rng):
    """Its samples are 1e6 sigma away, and the parts of a long window differ in their means alone."""
    rise = np.sin(np.arange(20000) * 3 / 20000) + 1e6
    assert_within(sigkit.sliding_pearson(rise, rise), [1.0], BOUND[rise.dtype])
    template = np.arange(20000.0)
    assert_within(sigkit.sliding_pearson(rise, template), [reference_pearson.coefficient(rise, template)],
                  BOUND[rise.dtype])  # fmt: skip


def test_long_integers_are_themselves(rng):
    signal = 2**62 + rng.integers(0, 100_000, 60)
    assert_within(sigkit.sliding_pearson(signal, signal[5:45])[5], 1.0, BOUND[np.dtype(np.float64)])


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


@pytest.mark.parametrize("m", [16, 100, 600])
@pytest.mark.parametrize("weighted", [False, True])
def test_samples_whose_squares_overflow_spoil_their_own_windows_alone(m, weighted, rng):
    """Windows between them have squares that vanish at the scale of these: runs of them have one of their own."""
    signal, template = rng.standard_normal(6 * m), rng.standard_normal(m)
    weights = rng.uniform(0.5, 1, m) if weighted else None
    expected = sigkit.sliding_pearson(signal, template, weights=weights)
    places = np.array([2 * m + 3, 2 * m + 8, 4 * m + 20])
    signal[places] = 1e250
    got = sigkit.sliding_pearson(signal, template, weights=weights)
    starts = np.arange(got.size)[:, None]
    free = ~((starts <= places) & (places < starts + m)).any(axis=1)
    assert_within(got[free], expected[free], 2 * BOUND[expected.dtype])
    assert (abs(got) <= 1).all()


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


@pytest.mark.parametrize("m", [3, 16, 300, 2000, 4500])
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
    assert_within(single, reference_pearson.sliding_pearson(signal, bank[1], axis=1), BOUND[single.dtype])


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

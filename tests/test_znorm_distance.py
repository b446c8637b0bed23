"""Distances of z-normalised windows against long double, stumpy and the coefficient itself."""

import numpy as np
import pytest
import reference_pearson
from compare import MEASURED, assert_same_bits, assert_within
from hard_signals import SIGNALS, bad_windows, windows_to_check
from numpy.lib.stride_tricks import sliding_window_view

import sigkit

M = 64


def bound(m, exact, dtype):
    square = 2e-12 * m
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.fmin(np.sqrt(square), square / exact) + 4 * np.finfo(dtype).eps * np.nan_to_num(exact)


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_distances_are_accurate(dtype, name, rng):
    signal = SIGNALS[name](5000, M, rng).astype(dtype)
    constant, bad = bad_windows(signal, M)
    start = 1000 + int(np.argmin((constant | bad)[1000:]))
    template = signal[start : start + M]
    d = sigkit.znorm_distance(signal, template)
    assert d.dtype == dtype and np.array_equal(np.isnan(d), bad)
    assert d[start] <= np.sqrt(2e-12 * M) and np.nanmin(d) >= 0 and np.nanmax(d) <= 2 * np.sqrt(M) * (1 + 1e-7)
    assert (d[constant & ~bad] == np.sqrt(np.array(M, dtype))).all()
    starts = windows_to_check(signal, M, rng, abs(d - np.sqrt(2 * M)))
    windows = sliding_window_view(signal, M)[starts]
    expected = np.array([reference_pearson.znorm_distance(window, template)[0] for window in windows])
    assert_within(d[starts], expected, bound(M, expected, dtype), name, label=f"znorm_distance {dtype}, {name}")


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16"])
def test_constants_are_zeros(dtype):
    signal = np.array([5, 5, 5, 5, 1, 2, 7, 7, 7], dtype)
    root = np.sqrt(3)
    d = sigkit.znorm_distance(signal, np.array([[4, 4, 4], [1, 2, 3], [0, 0, 0]], dtype))
    assert np.allclose(d[0], [0, 0, root, root, root, root, 0], rtol=1e-7) and np.array_equal(d[0], d[2])
    assert np.allclose(d[1][[0, 1, 6]], root, rtol=1e-7)
    assert np.array_equal(sigkit.znorm_distance(signal, signal[:1]), np.zeros(9))  # windows of one sample


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_nan(value):
    signal = np.arange(20.0) ** 2
    d = sigkit.znorm_distance(np.where(np.arange(20) == 9, value, signal), signal[:4])
    assert np.array_equal(np.flatnonzero(np.isnan(d)), [6, 7, 8, 9])
    for template in ([value, 1.0, 2.0], [value] * 3, [value]):
        assert np.isnan(sigkit.znorm_distance(signal, template)).all()
        assert np.isnan(sigkit.sliding_pearson(signal, template, fill_value=0)).all()
    d = sigkit.znorm_distance([value, value, 1, 1, 1], [2, 2])
    assert np.array_equal(d, [np.nan, np.nan, 0, 0], equal_nan=True)


def test_stumpy_agrees_where_it_is_right(rng):
    stumpy = pytest.importorskip("stumpy")
    signal = rng.standard_normal(3000)
    signal[700:900], signal[1500:1520] = 2.5, 0
    template = signal[100:150]
    d = sigkit.znorm_distance(signal, template)
    # its error in r is some hundred eps beside this offset, that of d the root of it next to 0
    square = 100 * 2 * template.size * np.finfo(float).eps
    with np.errstate(divide="ignore"):
        limit = np.fmin(np.sqrt(square), square / d)
    assert_within(stumpy.core.mass(template, signal), d, limit + 1e-12 * d)
    assert_within(stumpy.core.mass(np.full(50, 3.0), signal), sigkit.znorm_distance(signal, np.full(50, 3.0)), 1e-12)
    offset = 1e8
    MEASURED["stumpy.core.mass, an exact match at an offset of 1e8"] = stumpy.core.mass(
        template + offset, signal + offset)[100]
    assert sigkit.znorm_distance(signal + offset, template + offset)[100] < np.sqrt(2e-12 * 50)


def test_any_axis_bank_and_out(rng):
    signal, bank = rng.standard_normal((40, 3)), rng.standard_normal((2, 7))
    bank[1] = 3
    d = sigkit.znorm_distance(signal, bank, axis=0)
    assert d.shape == (2, 34, 3)
    for k, column in np.ndindex(2, 3):
        assert_same_bits(sigkit.znorm_distance(signal[:, column], bank[k]), d[k, :, column])
    out = np.empty((2, 34, 3), np.float32)
    narrow = signal.astype("f4"), bank.astype("f4")
    assert sigkit.znorm_distance(*narrow, axis=0, out=out) is out
    assert_within(out, d, 1e-5 * abs(d) + np.sqrt(2e-12 * 7))


def test_the_metric_is_a_metric(rng):
    """Of three windows none is further from another than round the third; and a template knows its mirror image."""
    a, b, c = rng.standard_normal((3, 50))

    def d(x, y):
        return sigkit.znorm_distance(x, y)[0]

    assert d(a, b) == pytest.approx(d(b, a), rel=1e-12) and d(a, c) <= d(a, b) + d(b, c)
    assert d(a, -3 * a + 7) == pytest.approx(2 * np.sqrt(50), rel=1e-12)


@pytest.mark.parametrize(
    ("error", "signal", "template", "keywords", "message"),
    [
        (ValueError, np.ones(5), np.ones(6), {}, "template: expected between 1 and 5"),
        (ValueError, np.ones(5), [], {}, "template"),
        (ValueError, [], np.ones(1), {}, "signal"),
        (ValueError, np.ones(5), np.ones(2), {"axis": 1}, "axis=1"),
        (TypeError, np.ones(5) * 1j, np.ones(2), {}, "signal"),
        (TypeError, np.ones(5), ["a", "b"], {}, "template"),
        (ValueError, np.ones(5), np.ones(2), {"out": np.empty(3)}, "out: expected shape"),
    ],
)
def test_znorm_distance_refuses(error, signal, template, keywords, message):
    with pytest.raises(error, match=message):
        sigkit.znorm_distance(signal, template, **keywords)

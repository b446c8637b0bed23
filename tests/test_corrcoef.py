"""Matrices of coefficients against long double and NumPy."""

import warnings

import numpy as np
import pytest
import reference_pearson
from compare import assert_same_bits, assert_within
from hard_signals import SIGNALS

import sigkit
from sigkit import _unit_rows


def rows_of(rng, dtype, *shape):
    x = rng.standard_normal(shape)
    return (x + 1j * rng.standard_normal(shape) if np.dtype(dtype).kind == "c" else x).astype(dtype)


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_corrcoef_is_accurate(dtype, name, rng):
    n = 500
    x = np.stack([SIGNALS[name](n, 50, rng) for _ in range(6)])
    if np.dtype(dtype).kind == "c":
        with np.errstate(invalid="ignore"):
            x = x + 1j * np.roll(x, 1, axis=0)
    x = x.astype(dtype)
    r = sigkit.corrcoef(x)
    bound = (n + 8) * np.finfo(dtype).eps
    with np.errstate(invalid="ignore"):
        expected = reference_pearson.corrcoef(x)
    assert_within(r, expected, bound, label=f"corrcoef {dtype}")
    defined = ~np.isnan(r)
    assert (abs(r[defined]) <= 1).all()
    assert (np.diagonal(r)[np.diagonal(defined)] == 1).all()
    assert_within(r, r.conj().T, 0 if r.dtype.kind == "f" else 2 * bound)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("rowvar", [True, False])
def test_corrcoef_agrees_with_numpy(rowvar, dtype, rng):
    x, y = rows_of(rng, dtype, 5, 7), rows_of(rng, "float64", 5, 7)
    line = rows_of(rng, dtype, 7 if rowvar else 5)
    for first, second in ((x, None), (x, y), (y, x), (x, line), (line, None), (line, line), (x[:1, :1], None)):
        with np.errstate(invalid="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # NumPy's, of one observation
            expected = np.corrcoef(first, second, rowvar)
        r = sigkit.corrcoef(first, second, rowvar)
        assert r.dtype == np.result_type(first, first if second is None else second)
        # NumPy sums no more than 7 products, and divides twice by a root
        assert_within(r, expected, 2 * (7 + 8) * np.finfo(r.dtype).eps)
    for chosen in ("float32", "float64", "complex64", "complex128"):
        if np.dtype(chosen).kind == "f" and np.dtype(dtype).kind == "c":
            with pytest.raises(TypeError, match="dtype"):
                sigkit.corrcoef(x, dtype=chosen)
        else:
            assert sigkit.corrcoef(x, dtype=chosen).dtype == chosen


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("exponent", [-1000, -600, 600, 1000])
def test_corrcoef_at_extreme_scales(exponent, dtype, rng):
    x = rows_of(rng, dtype, 6, 100)
    assert_same_bits(sigkit.corrcoef(x * np.ldexp(1.0, exponent)), sigkit.corrcoef(x))


def test_corrcoef_of_constant_and_bad_rows(rng):
    """Two constant rows have no coefficient (numpy#32446 gives 1.0); nothing spreads and nobody is warned."""
    values = np.array([1.810, 0.576, 0.0, 1e308, 5e-324])
    assert np.isnan(sigkit.corrcoef(np.repeat(values[:, None], 1448, axis=1))).all()
    assert np.isnan(sigkit.corrcoef(values[:, None])).all()
    assert np.isnan(sigkit.corrcoef(np.empty((2, 0)))).all()
    assert np.isnan(sigkit.corrcoef(np.full(10, 0.1)))
    assert sigkit.corrcoef(np.empty((0, 5))).shape == (0, 0)
    assert sigkit.corrcoef([1, 2, 4]) == 1
    x = rng.standard_normal((7, 50)) + 1e6
    clean = sigkit.corrcoef(x)
    x[1, 3], x[2, 4], x[4], x[5, 49] = np.nan, np.inf, 1e6 + 0.1, -np.inf
    expected = clean.copy()
    expected[[1, 2, 4, 5]] = np.nan
    expected[:, [1, 2, 4, 5]] = np.nan
    np.testing.assert_array_equal(sigkit.corrcoef(x), expected)


@pytest.mark.parametrize("dtype", ["float32", "complex128"])
def test_corrcoef_in_blocks_and_slices(dtype, monkeypatch, rng):
    x = rows_of(rng, dtype, 23, 40)
    whole = sigkit.corrcoef(x)
    monkeypatch.setattr(_unit_rows, "_BLOCK", 7 * 40)
    assert_same_bits(sigkit.corrcoef(x), whole)
    monkeypatch.setattr(_unit_rows, "_SLICE", 5 * 23 * 40 * np.dtype(dtype).itemsize)
    assert_within(sigkit.corrcoef(x), whole, 2 * (40 + 8) * np.finfo(dtype).eps)


@pytest.mark.parametrize(
    ("error", "x", "keywords", "message"),
    [
        (ValueError, np.ones((2, 2, 2)), {}, "x: expected at most 2 dimensions"),
        (ValueError, np.ones((2, 2)), {"y": np.ones((2, 2, 2))}, "y: expected at most 2 dimensions"),
        (ValueError, np.ones((2, 3)), {"y": np.ones((2, 4))}, "y: expected as many observations"),
        (TypeError, np.ones((2, 3)), {"dtype": "int64"}, "dtype"),
        (TypeError, np.ones((2, 3)), {"dtype": "float16"}, "dtype"),
        (TypeError, np.ones((2, 3), object), {}, "x"),
        (TypeError, np.ones((2, 3)), {"y": np.ones((2, 3), np.longdouble)}, "y"),
    ],
)
def test_corrcoef_refuses(error, x, keywords, message):
    with pytest.raises(error, match=message):
        sigkit.corrcoef(x, **keywords)

"""Matrices of coefficients against long double and NumPy."""

import tracemalloc
import warnings

import numpy as np
import pytest
import reference_pearson
from compare import assert_same_bits, assert_within
from hard_signals import SIGNALS

import sigkit
from sigkit import _row_products


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
@pytest.mark.parametrize("windows", [(), (3,)])
def test_corrcoef_in_blocks_and_slices(windows, dtype, monkeypatch, rng):
    x, y = rows_of(rng, dtype, *windows, 23, 40), rows_of(rng, dtype, *windows, 9, 40)
    whole, across = sigkit.corrcoef(x), sigkit.corrcoef(x, y, cross=True)
    bound = 2 * (40 + 8) * np.finfo(dtype).eps
    monkeypatch.setattr(_row_products, "_BLOCK", 7)
    assert_within(sigkit.corrcoef(x), whole, bound)
    monkeypatch.setattr(_row_products, "_SLICE", 5 * 7 * 7 * np.dtype(dtype).itemsize)
    assert_within(sigkit.corrcoef(x), whole, bound)
    assert_within(sigkit.corrcoef(x, y, cross=True), across, bound)


def test_corrcoef_of_windows_is_that_of_each(monkeypatch, rng):
    signal = rng.standard_normal((5, 200)) + 1e6
    windows = np.lib.stride_tricks.sliding_window_view(signal, 30, axis=-1)[:, ::3].swapaxes(0, 1)
    each = np.stack([sigkit.corrcoef(w) for w in windows])
    assert_within(sigkit.corrcoef(windows), each, 2 * 38 * np.finfo(float).eps)
    assert_same_bits(sigkit.corrcoef(windows.swapaxes(1, 2), rowvar=False), sigkit.corrcoef(windows))
    deep = windows[:54].reshape(2, 9, 3, 5, 30)
    for group in (1, 4 * 150, 7 * 150, 30 * 150, 10**6):
        monkeypatch.setattr(_row_products, "_GROUP", group)
        assert_within(sigkit.corrcoef(deep), each[:54].reshape(2, 9, 3, 5, 5), 2 * 38 * np.finfo(float).eps)
    r, counts = sigkit.corrcoef(deep, return_counts=True)
    assert counts.shape == r.shape and (counts == 30).all()
    assert np.isnan(sigkit.corrcoef(deep, min_count=31)).all()
    assert sigkit.corrcoef(deep[:, :0]).shape == (2, 0, 3, 5, 5)
    bad = windows.copy()
    bad[3, 1, 7] = np.nan
    touched = np.isnan(sigkit.corrcoef(bad))
    assert touched[3, 1].all() and touched[3, :, 1].all() and touched.sum() == 9


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_corrcoef_across(dtype, rng):
    """The upper right part of NumPy's matrix, without the rest; windows of y broadcast."""
    x, y = rows_of(rng, dtype, 5, 17), rows_of(rng, "float64", 3, 17)
    r = sigkit.corrcoef(x, y, cross=True)
    bound = 2 * (17 + 8) * np.finfo(r.dtype).eps
    assert r.dtype == np.result_type(x, y)
    assert_within(r, np.corrcoef(x, y)[:5, 5:], bound)
    assert_within(sigkit.corrcoef(x.T, y.T, False, cross=True), r, bound)
    assert_within(sigkit.corrcoef(x, y[0], cross=True), r[:, :1], bound)
    assert_within(sigkit.corrcoef(x[0], y[0], cross=True), r[:1, :1], bound)
    assert_within(sigkit.corrcoef(np.stack([x, x[::-1]]), y, cross=True), np.stack([r, r[::-1]]), bound)
    assert_within(sigkit.corrcoef(x, np.stack([y, y[::-1]]), cross=True), np.stack([r, r[:, ::-1]]), bound)
    x[2, 3] = np.nan
    assert np.isnan(sigkit.corrcoef(x, y, cross=True)).any(axis=1).tolist() == [False, False, True, False, False]


def peak_of(call):
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("cross", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "complex64"])
def test_corrcoef_needs_one_centred_copy(dtype, cross, rng):
    """Beside the output: no second copy of the input, of the rows or of the matrix."""
    x = rows_of(rng, dtype, 3000, 1500)
    y = {"y": x[:1000], "cross": True} if cross else {}
    result, copy = 3000 * (1000 if cross else 3000), (4000 if cross else 3000) * 1500
    peak = peak_of(lambda: sigkit.corrcoef(x, **y))
    size = np.dtype(dtype).itemsize
    # a block of the matrix, or one of the rows conjugated, at a time
    assert peak <= (result + copy) * size + 1024 * 1500 * size + 2**22
    assert peak >= (result + copy) * size


def test_windows_are_centred_in_groups(rng):
    """Windows that overlap hold the signal a hundred times: their copy would too."""
    signal = rng.standard_normal((8, 20_000))
    windows = np.lib.stride_tricks.sliding_window_view(signal, 400, axis=-1)[:, ::4].swapaxes(0, 1)
    assert peak_of(lambda: sigkit.corrcoef(windows)) <= 4900 * 64 * 8 + 12 * 2**20 < windows.size * 8 // 4


@pytest.mark.parametrize(
    ("error", "x", "keywords", "message"),
    [
        (ValueError, np.ones((3, 2, 2)), {"y": np.ones((2, 2, 2))}, "x and y: batch shapes"),
        (ValueError, np.ones((2, 3)), {"cross": True}, "cross=True: expected y"),
        (TypeError, np.ones((2, 3)), {"cross": 1}, "cross"),
        (ValueError, np.ones((2, 3)), {"nan_policy": "skip"}, "nan_policy='skip'"),
        (ValueError, np.array([[1, np.nan]]), {"nan_policy": "raise"}, "x: contains NaN"),
        (ValueError, np.ones((2, 2)), {"y": [[1, np.nan]], "nan_policy": "raise"}, "y: contains NaN"),
        (ValueError, np.ones((2, 3)), {"min_count": 0}, "min_count=0"),
        (TypeError, np.ones((2, 3)), {"min_count": 2.5}, "min_count"),
        (TypeError, np.ones((2, 3)), {"return_counts": None}, "return_counts"),
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


@pytest.mark.parametrize("function", [sigkit.corrcoef, sigkit.cov])
def test_long_rows_of_two_levels_keep_single_precision(function, rng):
    """Most products are alike, and so are their roundings: BLAS alone would lose 100 to 200 eps of these rows."""
    n = 400_000
    x = (rng.standard_normal((3, n)) + 1e6 * (np.arange(n) > n // 10)).astype(np.float32)
    expected = getattr(reference_pearson, function.__name__)(x)
    assert_within(function(x), expected, 32 * np.finfo(np.float32).eps * np.max(expected), function.__name__)

"""Rows against rows: mean absolute differences and cosines, beside long double, SciPy and scikit-learn."""

import numpy as np
import odd_arrays
import pytest
import reference_pearson
from compare import assert_same_bits, assert_within
from hard_signals import SIGNALS
from scipy.spatial import distance

import sigkit
from sigkit import _core, _row_products, _unit_rows

REAL = ["float32", "float64"]
BOTH = [sigkit.mean_absolute_difference, sigkit.cosine_similarity]
both = pytest.mark.parametrize("function", BOTH, ids=lambda function: function.__name__)


def rows_of(rng, dtype, *shape):
    x = rng.standard_normal(shape)
    return (x + 1j * rng.standard_normal(shape) if np.dtype(dtype).kind == "c" else x).astype(dtype)


def check_differences(x, y=None, label=None):
    means = sigkit.mean_absolute_difference(x, y)
    expected = reference_pearson.mean_absolute_difference(x, y)
    assert means.dtype == np.result_type(x, x if y is None else y)
    bound = (min(x.shape[-1], 256) + 2) * np.finfo(means.dtype).eps * expected
    assert_within(means, expected, bound, f"{x.shape} {None if y is None else y.shape}", label)
    if y is None:
        assert_same_bits(means, np.ascontiguousarray(means.mT), "not symmetric")
        diagonal = np.einsum("...ii->...i", means)
        assert (diagonal[np.isfinite(x).all(-1)] == 0).all()
    return means


# ------------------------------------------------------------------------------------------------ differences


@pytest.mark.parametrize("dtype", REAL)
def test_differences_of_any_shape(dtype, rng):
    """Panels, blocks, chunks and segments, whole and not: every size is one below, at and one above a border."""
    shapes = [(1, 1, 1), (2, 3, 2), (3, 5, 15), (4, 4, 16), (5, 31, 17), (32, 64, 7), (65, 2, 31), (193, 63, 1)]
    shapes += [(3, 2, n + d) for n in (512, 1024, 8192, 16384) for d in (-1, 0, 1)] + [(65, 5, 20_000)]
    for p, q, n in shapes:
        x, y = rows_of(rng, dtype, p, n), rows_of(rng, dtype, q, n)
        forth = check_differences(x, y, label=f"mean_absolute_difference {dtype}")
        assert_same_bits(sigkit.mean_absolute_difference(y, x), np.ascontiguousarray(forth.T), "x and y exchanged")
        alone = check_differences(x) if p * p * n < 1e6 else sigkit.mean_absolute_difference(x)
        assert_same_bits(alone, sigkit.mean_absolute_difference(x, x.copy()))
    for n in (0, 1, 5):
        assert sigkit.mean_absolute_difference(np.ones((0, n)), np.ones((3, n))).shape == (0, 3)
        assert sigkit.mean_absolute_difference(np.ones((0, n))).shape == (0, 0)
    assert np.isnan(sigkit.mean_absolute_difference(np.ones((2, 0)), np.ones((3, 0)))).all()


@pytest.mark.parametrize("dtype", REAL)
@pytest.mark.parametrize("name", SIGNALS)
def test_differences_of_hard_rows(name, dtype, rng):
    x = np.stack([SIGNALS[name](3000, 50, rng) for _ in range(6)]).astype(dtype)
    check_differences(x, label=f"mean_absolute_difference {dtype}, hard rows")
    check_differences(x[:2], x[::-2] * dtype_one(dtype, 1.5))


def dtype_one(dtype, value):
    return np.dtype(dtype).type(value)


def test_long_rows_lose_nothing():
    """Terms that each add a rounding error of one sign to a plain sum: 0.1, 2**23 times, and one large one in front."""
    n = 1 << 23
    for dtype in REAL:
        x = np.zeros((1, n), dtype)
        x[0, 0] = 1e7
        y = np.full((1, n), dtype_one(dtype, 0.1))
        exact = (np.longdouble(x[0, 0]) - y[0, 0] + np.longdouble(y[0, 0]) * (n - 1)) / n
        assert_within(sigkit.mean_absolute_difference(x, y), [[exact]], 258 * np.finfo(dtype).eps * exact,
                      label=f"mean_absolute_difference {dtype}, 8 million samples")  # fmt: skip


def test_differences_agree_with_scipy(rng):
    x, y = rows_of(rng, "float64", 40, 300), rows_of(rng, "float64", 50, 300)
    for a, b in ((x, y), (x + 1e6, y + 1e6), (np.round(10 * x), np.round(10 * y)), (np.float32(x), np.float32(y))):
        expected = distance.cdist(a, b, "cityblock") / 300
        means = sigkit.mean_absolute_difference(a, b)
        assert_within(means, expected, 2 * 258 * np.finfo(means.dtype).eps * expected)


@pytest.mark.parametrize("dtype", REAL)
def test_batches(dtype, rng):
    x, y = rows_of(rng, dtype, 3, 1, 7, 20), rows_of(rng, dtype, 2, 40, 20)
    means = sigkit.mean_absolute_difference(x, y)
    assert means.shape == (3, 2, 7, 40)
    for i, k in np.ndindex(3, 2):
        assert_same_bits(means[i, k], sigkit.mean_absolute_difference(x[i, 0], y[k]))
    alone = sigkit.mean_absolute_difference(y)
    assert_same_bits(alone, np.stack([sigkit.mean_absolute_difference(rows) for rows in y]))
    long = rows_of(rng, dtype, 2, 3, 50_000)
    each = np.stack([sigkit.mean_absolute_difference(rows) for rows in long])
    assert_same_bits(sigkit.mean_absolute_difference(long), each)
    assert_same_bits(sigkit.mean_absolute_difference(long[:, :, None], long[0, :, None]).shape, (2, 3, 1, 1))


def test_overflow(rng):
    """Where the sum is too large and the mean is not, also beside rows that are not finite."""
    for dtype in REAL:
        most = np.finfo(dtype).max
        x = rng.uniform(-1, 1, (9, 2000)).astype(dtype)
        x[2:5] *= most
        x[3, 7], x[5, 0], x[6, 1] = np.inf, -np.inf, np.nan
        means = check_differences(x)
        assert np.isfinite(means[4, [0, 1, 2, 4, 7, 8]]).all() and np.isinf(means[3, 4]) and np.isnan(means[3, 3])
        check_differences(x[:4], x[2:])
        check_differences(x[None, 2:4], x[:, None])
        opposite = np.full((2, 70), most)
        opposite[1] *= -1
        assert np.isinf(sigkit.mean_absolute_difference(opposite)[0, 1])  # the mean itself
        tiny = np.finfo(dtype).smallest_subnormal * np.arange(8, dtype=dtype).reshape(2, 4)
        assert_within(sigkit.mean_absolute_difference(tiny)[0, 1], 4 * np.finfo(dtype).smallest_subnormal, 0)


def test_whole_numbers_are_exact(rng):
    """Means of equal differences are these differences, whatever n: no reciprocal is multiplied with."""
    for n in (3, 7, 49, 1000, 33_000):
        x = rng.integers(-1000, 1000, n)
        means = sigkit.mean_absolute_difference([x, x + 1, x - 7])
        assert np.array_equal(means, [[0, 1, 7], [1, 0, 8], [7, 8, 0]])


def test_threads_and_slices(rng, parallel):
    shapes = [(200, 90, 33), (3, 4, 200_000), (70, 80, 40_000)]
    for p, q, n in shapes:
        x, y = rows_of(rng, "float32", p, n), rows_of(rng, "float64", q, n)
        with sigkit.set_workers(1):
            expected = sigkit.mean_absolute_difference(x, y), sigkit.mean_absolute_difference(y)
        for workers in (2, 3):
            with sigkit.set_workers(workers):
                assert_same_bits(sigkit.mean_absolute_difference(x, y), expected[0])
                assert_same_bits(sigkit.mean_absolute_difference(y), expected[1])
    if _core.OPENMP:
        assert max(parallel) > 1


def test_memory_of_long_rows():
    """Sums of segments are kept for a few of them at a time."""
    import tracemalloc

    row = np.lib.stride_tricks.as_strided(np.ones(1, np.float32), (40, 4_000_000), (0, 0))
    tracemalloc.start()
    try:
        means = sigkit.mean_absolute_difference(row[:2], row)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    assert (means == 0).all()


# ---------------------------------------------------------------------------------------------------- cosines


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("dtype", [*REAL, "complex64", "complex128"])
def test_cosines_are_accurate(dtype, name, rng):
    n = 500
    x = np.stack([SIGNALS[name](n, 50, rng) for _ in range(6)])
    if np.dtype(dtype).kind == "c":
        with np.errstate(invalid="ignore"):
            x = x + 1j * np.roll(x, 1, axis=0)
    x = x.astype(dtype)
    bound = (n + 8) * np.finfo(dtype).eps
    for y in (None, x[::-2]):
        r = sigkit.cosine_similarity(x, y)
        assert_within(r, reference_pearson.cosine_similarity(x, y), bound, label=f"cosine_similarity {dtype}")
        assert (abs(r[~np.isnan(r)]) <= 1).all()
    r = sigkit.cosine_similarity(x)
    assert (np.diagonal(r)[~np.isnan(np.diagonal(r))] == 1).all()
    assert_within(r, r.conj().T, 0 if r.dtype.kind == "f" else 2 * bound)


def test_cosines_agree_with_peers(rng):
    pairwise = pytest.importorskip("sklearn.metrics.pairwise", reason="scikit-learn is not installed")
    for dtype in REAL:
        x, y = rows_of(rng, dtype, 40, 300), rows_of(rng, dtype, 50, 300)
        x[3], y[7] = 0, 0
        r = sigkit.cosine_similarity(x, y)
        theirs = pairwise.cosine_similarity(x, y)
        assert theirs.dtype == r.dtype
        assert_within(r, theirs, 2 * 308 * np.finfo(dtype).eps)
        assert_within(sigkit.cosine_similarity(x), pairwise.cosine_similarity(x), 2 * 308 * np.finfo(dtype).eps)
        assert not r[3].any() and not r[:, 7].any() and sigkit.cosine_similarity(x)[3, 3] == 0
        x[3], y[7] = 1, 1
        assert_within(sigkit.cosine_similarity(x, y), 1 - distance.cdist(x, y, "cosine"), 310 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("exponent", [-1050, -600, 600, 1000])
def test_cosines_at_extreme_scales(exponent, dtype, rng):
    x, y = np.round(2**20 * rows_of(rng, dtype, 6, 100)), rows_of(rng, dtype, 3, 100)
    assert_same_bits(sigkit.cosine_similarity(np.ldexp(x.view(float), exponent).view(dtype), y),
                     sigkit.cosine_similarity(x, y))  # fmt: skip
    assert sigkit.cosine_similarity([[1e-200, 0], [1e300, 1e300]])[0, 1] == pytest.approx(0.5**0.5, rel=1e-15)


@pytest.mark.parametrize("dtype", ["float32", "complex128"])
def test_cosines_in_blocks_and_slices(dtype, monkeypatch, rng):
    x, y = rows_of(rng, dtype, 23, 40), rows_of(rng, dtype, 11, 40)
    whole, alone = sigkit.cosine_similarity(x, y), sigkit.cosine_similarity(x)
    monkeypatch.setattr(_unit_rows, "_BLOCK", 7 * 40)
    assert_same_bits(sigkit.cosine_similarity(x, y), whole)
    for rows in (1, 5):
        monkeypatch.setattr(_row_products, "_BLOCK", 6)
        monkeypatch.setattr(_row_products, "_SLICE", rows * 11 * 40 * np.dtype(dtype).itemsize)
        assert_within(sigkit.cosine_similarity(x, y), whole, 2 * (40 + 8) * np.finfo(dtype).eps)
        assert_within(sigkit.cosine_similarity(x), alone, 2 * (40 + 8) * np.finfo(dtype).eps)


def test_rows_without_direction():
    r = sigkit.cosine_similarity([[0, 0], [1, 0], [np.inf, 1], [np.nan, 0]])
    np.testing.assert_array_equal(r, [[0, 0, *[np.nan] * 2], [0, 1, *[np.nan] * 2], [np.nan] * 4, [np.nan] * 4])
    assert np.array_equal(sigkit.cosine_similarity(np.ones((2, 0))), np.zeros((2, 2)))
    assert np.array_equal(sigkit.cosine_similarity(np.ones((2, 0)), np.ones((3, 0))), np.zeros((2, 3)))
    assert sigkit.cosine_similarity(np.ones((0, 5))).shape == (0, 0)
    assert sigkit.cosine_similarity(np.ones((0, 5)), np.ones((2, 5))).shape == (0, 2)
    assert sigkit.cosine_similarity([[5]]) == 1


# --------------------------------------------------------------------------- of both, what cases.py sees for x


@both
@pytest.mark.parametrize("strides", odd_arrays.STRIDES)
def test_layout_of_y_changes_no_bit(function, strides, rng):
    for dtype in (*REAL, "float16", "int16"):
        x, y = (rng.integers(-99, 99, shape).astype(dtype) for shape in ((5, 70), (6, 70)))
        for layout in odd_arrays.LAYOUTS:
            laid = odd_arrays.lay_out(y, strides, *layout)
            plain = np.array(laid, laid.dtype.newbyteorder("="), order="C")
            assert_same_bits(function(x, laid), function(x, plain), f"{dtype} {' '.join(layout)}")


@both
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nonfinite_samples_of_y_stay_in_their_pairs(function, value, rng):
    for dtype in REAL:
        x, y = rows_of(rng, dtype, 7, 1100), rows_of(rng, dtype, 6, 1100)
        clean = function(x, y)
        y[2, 1099] = value
        touched = function(x, y)
        expected = np.inf if function is sigkit.mean_absolute_difference and np.isinf(value) else np.nan
        assert np.array_equal(touched[:, 2], np.full(7, expected), equal_nan=True)
        assert_same_bits(np.delete(touched, 2, axis=1), np.delete(clean, 2, axis=1))


def test_out_may_overlap_y(rng):
    pool = rows_of(rng, "float64", 12, 12)
    x, y = rows_of(rng, "float64", 4, 12), pool[:6]
    expected = sigkit.mean_absolute_difference(x, y)
    out = pool.ravel()[5:29].reshape(4, 6)
    assert sigkit.mean_absolute_difference(x, y, out=out) is out
    assert_same_bits(out.copy(), expected)


@both
def test_mixed_dtypes(function, rng):
    for one, two, expected in (("f2", "f2", "f4"), ("f4", "f8", "f8"), ("f4", "i2", "f4"), ("i4", "u8", "f8"),
                               ("f4", "i4", "f8"), ("?", "f4", "f4"), ("?", "?", "f8")):  # fmt: skip
        x, y = rng.integers(0, 2, (3, 9)).astype(one), rng.integers(0, 2, (4, 9)).astype(two)
        assert function(x, y).dtype == expected
        assert function(y, x).dtype == expected


@both
@pytest.mark.parametrize(
    ("error", "x", "y", "message"),
    [
        (ValueError, np.ones(5), None, r"x: expected rows, .* got shape \(5,\)"),
        (ValueError, np.ones((2, 5)), np.ones(5), r"y: expected rows, .* got shape \(5,\)"),
        (ValueError, np.ones((2, 5)), np.ones((2, 4)), "y: expected rows of 5 samples as x has, got 4"),
        (ValueError, np.ones((2, 1, 5)), np.ones((3, 1, 5)), "x( and y: batch shapes|: expected two dimensions)"),
        (TypeError, np.ones((2, 3), object), None, "x"),
        (TypeError, np.ones((2, 3)), np.ones((2, 3), np.longdouble), "y"),
        (TypeError, np.ones((2, 3)), np.ma.ones((2, 3)), "y"),
        (TypeError, [[1, 2], [3]], None, "x"),
        (TypeError, None, None, "x"),
        (ValueError, np.broadcast_to(1.0, (1 << 40, 2)), np.broadcast_to(1.0, (1 << 40, 2)), "x and y"),
    ],
)
def test_refuses(function, error, x, y, message):
    with pytest.raises(error, match=message):
        function(x, y)


def test_complex_differences_are_refused():
    for x, y, name in ((np.ones((2, 3), "c8"), None, "x"), (np.ones((2, 3)), np.ones((2, 3), "c16"), "y")):
        with pytest.raises(TypeError, match=f"{name}: expected real values, got dtype complex"):
            sigkit.mean_absolute_difference(x, y)
    with pytest.raises(ValueError, match="x: expected two dimensions"):
        sigkit.cosine_similarity(np.ones((2, 2, 2)))

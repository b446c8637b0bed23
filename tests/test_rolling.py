"""Means, deviations and coefficients of windows against long double, pandas and bottleneck."""

import numpy as np
import pytest
import reference_pearson
from compare import assert_same_bits, assert_within
from hard_signals import BOUND, SIGNALS, bad_windows, integers, windows_to_check
from numpy.lib.stride_tricks import sliding_window_view

import sigkit

LENGTHS = {16: 6000, 255: 8000, 2000: 12000, 10000: 30000}
"""Window: signal length. All cross several tiles; the last one takes the way of long windows."""


def mean_bound(window, eps):
    """Relative to the mean of |x|: see rolling_mean."""
    return (1.25 * np.log2(window) + 2 + (window / 4096 + 64 if window >= 2048 else 0)) * eps


def check_all(x, y, m, rng, label):
    """Every output for its place among the undefined ones, for |r| <= 1 and against the same samples reversed and, for
    float32, in float64; those that differ most, with many others, against the oracles."""
    constant_x, bad_x = bad_windows(x, m)
    constant_y, bad_y = bad_windows(y, m)
    r, std, mean = sigkit.rolling_pearson(x, y, m), sigkit.rolling_std(x, m), sigkit.rolling_mean(x, m)
    bound = BOUND[r.dtype]
    np.testing.assert_array_equal(np.isnan(r), constant_x | constant_y | bad_x | bad_y)
    np.testing.assert_array_equal(np.isnan(std), bad_x)
    np.testing.assert_array_equal(std == 0, constant_x)
    np.testing.assert_array_equal(~np.isfinite(mean), bad_x)
    assert np.nanmax(abs(r), initial=0) <= 1
    other = sigkit.rolling_pearson(x[::-1], y[::-1], m)[::-1]
    assert_within(r, other, 2 * bound, f"{label}, reversed")
    suspicion = [abs(r - other)]
    if r.dtype == np.float32:
        other = sigkit.rolling_pearson(x.astype(np.float64), y.astype(np.float64), m)
        assert_within(r, other, bound + BOUND[other.dtype], f"{label}, float64")
        suspicion.append(abs(r - other))
    starts = windows_to_check(x, m, rng, *suspicion)
    windows = sliding_window_view(x, m)[starts]
    expected = reference_pearson.coefficient(windows, sliding_window_view(y, m)[starts])
    assert_within(r[starts], expected, bound, f"{label}, m = {m}", label=f"rolling_pearson {label}")
    windows = np.where(np.isfinite(windows), windows, np.nan).astype(np.longdouble)
    expected = reference_pearson.rolling_std(windows, m)[:, 0]
    assert_within(std[starts], expected, bound * expected, label=f"rolling_std {label}")
    finite = ~bad_x[starts]
    expected, sizes = windows[finite].mean(-1), abs(windows[finite]).mean(-1)
    bound = mean_bound(m, np.finfo(mean.dtype).eps)
    assert_within(mean[starts][finite], expected, bound * sizes, label=f"rolling_mean {label}")


def partners(name, n, m, rng):
    """What to correlate with: noise, the same kind of signal, and one that is nearly the same."""
    x = SIGNALS[name](n, m, rng)
    level = np.abs(x[np.isfinite(x)]).mean()
    return x, {
        "noise": noise(n, rng) * level,
        "its kind": SIGNALS[name](n, m, rng)[::-1],
        "nearly itself": x + 1e-5 * level * noise(n, rng),
    }


def noise(n, rng):
    return rng.standard_normal(n)


@pytest.mark.parametrize("m", LENGTHS)
@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rolling_statistics_are_accurate(dtype, name, m, rng):
    x, others = partners(name, LENGTHS[m], m, rng)
    with np.errstate(invalid="ignore", over="ignore"):
        for y in others.values():
            check_all(x.astype(dtype), y.astype(dtype), m, rng, f"{dtype}, {name}")


@pytest.mark.parametrize("m", LENGTHS)
@pytest.mark.parametrize("dtype", ["int16", "uint8", "int64"])
def test_integers(dtype, m, rng):
    x, y = (integers(LENGTHS[m], m, rng, dtype) for _ in range(2))
    if dtype == "int64":  # as float64 holds them
        x, y = (z.astype(np.float64).clip(-(2.0**63), 2.0**63 - 1024).astype(dtype) for z in (x, y))
    check_all(x, y, m, rng, dtype)


@pytest.mark.parametrize("sigmas", [1e8, 1e12])
@pytest.mark.parametrize("m", LENGTHS)
def test_any_offset(m, sigmas, rng):
    """What the samples keep of the noise is all there is to find, at any offset that leaves them some digits of it."""
    x, y = rng.standard_normal((2, LENGTHS[m])) + sigmas
    check_all(x, y, m, rng, f"float64, offset {sigmas:g} sigma")


@pytest.mark.parametrize("m", [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 31, 63, 64, 65, 127, 1023, 2047, 2048, 2049, 4097, 9001])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_window_of_any_width(dtype, m, rng):
    """All windows, for lengths about those at which a tile, or a block, ends."""
    for windows in (1, 2, 2047, 2048, 2049, 4097):
        x, y = (rng.standard_normal((2, m + windows - 1)) + 1e3).astype(dtype)
        starts = np.unique([0, windows - 1, *rng.integers(0, windows, 60)])
        got = [f(*a, m)[starts] for f, a in ((sigkit.rolling_pearson, (x, y)), (sigkit.rolling_std, (x,)),
                                             (sigkit.rolling_mean, (x,)))]  # fmt: skip
        x, y = (sliding_window_view(z, m)[starts] for z in (x, y))
        bound = BOUND[got[0].dtype]
        assert_within(got[0], reference_pearson.coefficient(x, y), bound, f"{windows} windows")
        x = x.astype(np.longdouble)
        assert_within(got[1], x.std(-1), bound * x.std(-1), f"{windows} windows")
        assert_within(got[2], x.mean(-1), mean_bound(m, np.finfo(dtype).eps) * abs(x).mean(-1), f"{windows} windows")


def test_a_window_knows_nothing_of_its_neighbours(rng):
    """The same samples have the same bits after an offset, a spike, a NaN or nothing at all."""
    for m in (3, 40, 255, 256, 1500):
        x, y = rng.standard_normal((2, 9000))
        for z in (x, y):
            z[100 : 100 + m] = z[4000 : 4000 + m] = z[7001 : 7001 + m]
        x[99], x[3999], x[7000], y[7001 + m] = 1e200, np.nan, np.inf, -1e17
        y[:50] = 3
        r, std, mean = sigkit.rolling_pearson(x, y, m), sigkit.rolling_std(x, m), sigkit.rolling_mean(x, m)
        for start in (100, 4000, 7001):
            own = slice(start, start + m)
            assert_same_bits(r[start : start + 1], sigkit.rolling_pearson(x[own], y[own], m))
            assert_same_bits(std[start : start + 1], sigkit.rolling_std(x[own], m))
            assert_same_bits(mean[start : start + 1], sigkit.rolling_mean(x[own], m))
        assert r[100] == r[4000] == r[7001]


@pytest.mark.parametrize("m", [2049, 5000])
def test_long_equal_windows_are_equal(m, rng):
    x, y = rng.standard_normal((2, 9 * m))
    starts = np.array([7, 3 * m + 1000, 7 * m + 3])
    for z in (x, y):
        z[starts[1] : starts[1] + m] = z[starts[0] : starts[0] + m]
        z[starts[2] : starts[2] + m] = z[starts[0] : starts[0] + m]
    x[starts[1] - 1], y[starts[2] + m] = 1e12, np.nan
    r, std = sigkit.rolling_pearson(x, y, m)[starts], sigkit.rolling_std(x, m)[starts]
    assert_within(r, np.full(3, r[0]), 2 * BOUND[r.dtype])
    assert_within(std, np.full(3, std[0]), 2 * BOUND[r.dtype] * std[0])


@pytest.mark.parametrize("m", [9, 300, 3000])
def test_nothing_outlives_its_window(m, rng):
    """Large, infinite and undefined samples touch the windows that hold them, and no other by a single bit."""
    clean = rng.standard_normal(4 * m + 5000)
    y = rng.standard_normal(clean.size)
    places = [1000, 2 * m + 3000]
    touched = np.zeros(clean.size - m + 1, bool)
    for place in places:
        touched[max(place - m + 1, 0) : place + 1] = True
    assert not touched.all()
    for bad in (np.nan, np.inf, -np.inf, 1e300):
        x = clean.copy()
        x[places] = bad
        for function, arrays in ((sigkit.rolling_mean, ()), (sigkit.rolling_std, ()), (sigkit.rolling_pearson, (y,))):
            expected, got = function(clean, *arrays, m), function(x, *arrays, m)
            if m < 2048:
                assert_same_bits(got[~touched], expected[~touched])
            else:
                assert_within(got[~touched], expected[~touched], 2e-12)
            if function is sigkit.rolling_mean and not np.isnan(bad):
                assert (got[touched] == bad).all() if np.isinf(bad) else (got[touched] > 1e295).all()
            else:
                assert (np.isfinite(got[touched]) == np.isfinite(bad)).all()
    x = clean.copy()
    x[[1000, 1001]] = np.inf, -np.inf
    assert np.isnan(sigkit.rolling_mean(x, m)[1000])


# -------------------------------------------------------------------------------------------------------- scales


@pytest.mark.parametrize("m", [7, 256, 3000])
@pytest.mark.parametrize("exponent", [-1000, -900, -500, -300, 300, 500, 900, 1000])
def test_extreme_scales(exponent, m, rng):
    """Squares of these samples overflow or vanish; a power of two changes none of their digits."""
    x, y = SIGNALS["random walk"](9000, m, rng), rng.standard_normal(9000)
    x[5000 : 5100 + m] = 1.5
    large = np.ldexp(x, exponent)
    r, bound = sigkit.rolling_pearson(x, y, m, fill_value=-2), BOUND[np.dtype(np.float64)]
    for a, b in ((large, y), (y, large), (large, np.ldexp(y, -exponent)), (np.ldexp(y, exponent), large)):
        assert_within(sigkit.rolling_pearson(a, b, m, fill_value=-2), r, 2 * bound, f"{exponent} {m}")
    std = sigkit.rolling_std(x, m)
    assert_within(np.ldexp(sigkit.rolling_std(large, m), -exponent), std, 2 * bound * std)
    mean = sigkit.rolling_mean(x, m)
    assert_within(np.ldexp(sigkit.rolling_mean(large, m), -exponent), mean, mean_bound(m, 2e-16) * abs(x).max())


@pytest.mark.parametrize("m", [5, 256, 2500])
def test_scales_side_by_side(m, rng):
    """In one tile, windows of 1e-200, of 1e200, of 1 and of equal samples of any size, and a NaN."""
    x, y = rng.standard_normal((2, 6 * m + 7000))
    piece = x.size // 6
    for k, scale in enumerate((1e-200, 1e200, 1.0, 1e-300, 1e307)):
        x[k * piece : (k + 1) * piece] *= scale
        y[(5 - k) * piece : (6 - k) * piece] *= scale
    x[piece - m // 2 : piece + m + 9] = 1e300
    y[2 * piece : 2 * piece + m + 5] = -1e-310
    y[3 * piece] = np.nan
    with np.errstate(invalid="ignore", over="ignore"):
        check_all(x, y, m, rng, "float64, scales from 1e-310 to 1e307")


@pytest.mark.parametrize("m", [2, 100, 2048, 5000])
def test_the_largest_numbers_have_a_mean(m):
    largest = np.finfo(np.float64).max
    x = np.full(m + 3000, largest)
    assert_within(sigkit.rolling_mean(x, m) / largest, np.ones(3001), mean_bound(m, 2e-16))
    assert (sigkit.rolling_std(x, m) == 0).all()
    x[::2] *= -1
    assert_within(sigkit.rolling_std(x, 2), np.full(x.size - 1, largest), 1e-12 * largest)
    x[7] = np.inf
    assert sigkit.rolling_mean(x, m)[7] == np.inf


def test_the_smallest_numbers_have_a_mean():
    x = np.full(50, 5e-324)
    assert (sigkit.rolling_mean(x, 7) == x[0]).all()
    assert (sigkit.rolling_std(x, 7) == 0).all()
    x[::2] = 0
    assert (sigkit.rolling_pearson(x, x, 4) == 1).all()


# ---------------------------------------------------------------------------------------------- what is undefined


@pytest.mark.parametrize("m", [2, 30, 256, 2300])
@pytest.mark.parametrize("level", [0.0, 0.1, 1e-310, 1e15 + 0.125, -1e300])
def test_constant_stretches(level, m, rng):
    x, y = rng.standard_normal((2, 4 * m + 3000))
    x[m : 2 * m + 10] = level
    constant, _ = bad_windows(x, m)
    assert constant.sum() == 11
    for a, b in ((x, y), (y, x)):
        r = sigkit.rolling_pearson(a, b, m, fill_value=0.5)
        np.testing.assert_array_equal(r == 0.5, constant)
    assert np.isnan(sigkit.rolling_pearson(x, y, m)[constant]).all()
    np.testing.assert_array_equal(sigkit.rolling_std(x, m, ddof=1) == 0, constant)
    y[m + 5] = np.nan  # beside the fill value of a constant window
    r = sigkit.rolling_pearson(x, y, m, fill_value=0.5)
    np.testing.assert_array_equal(np.isnan(r), bad_windows(y, m)[1])


def test_windows_of_one_sample():
    x = np.array([1.0, np.nan, np.inf, 1e300, -0.0])
    np.testing.assert_array_equal(sigkit.rolling_mean(x, 1), x)
    np.testing.assert_array_equal(sigkit.rolling_std(x, 1), [0, np.nan, np.nan, 0, 0])
    np.testing.assert_array_equal(sigkit.rolling_pearson(x, x[::-1], 1, fill_value=7), [7, np.nan, np.nan, np.nan, 7])
    np.testing.assert_array_equal(sigkit.rolling_pearson([3], [4], 1, fill_value=np.inf), [np.inf])


def test_a_series_and_itself(rng):
    x = rng.standard_normal(5000) + 1e9
    for m in (2, 15, 3000):
        assert (sigkit.rolling_pearson(x, x, m) == 1).all()
        assert (sigkit.rolling_pearson(x, -x, m) == -1).all()
        assert abs(abs(sigkit.rolling_pearson(x, 7 - 3 * x, m)) - 1).max() < 1e-5  # 3 x is rounded
    assert set(sigkit.rolling_pearson(x, rng.standard_normal(5000), 2).round(12)) == {-1, 1}


# ------------------------------------------------------------------------------------------------- arrays and axes


@pytest.mark.parametrize("axis", [0, 1, -1, -2])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int16"])
def test_axes_and_broadcasting(axis, dtype, rng):
    x = (100 * rng.standard_normal((2, 40, 30))).astype(dtype)
    y = (100 * rng.standard_normal((3, 1, 40, 30))).astype(dtype)
    lines = np.moveaxis(np.broadcast_to(x, (3, 2, 40, 30)), axis - 2 if axis >= 0 else axis, -1)
    others = np.moveaxis(np.broadcast_to(y, (3, 2, 40, 30)), axis - 2 if axis >= 0 else axis, -1)
    place = axis if axis < 0 else axis - 2
    r = sigkit.rolling_pearson(x if axis < 0 else x[None].repeat(3, 0), y, 9, axis=place)
    r = np.moveaxis(r, place, -1)
    std, mean = (np.moveaxis(f(x, 9, axis=place), place, -1) for f in (sigkit.rolling_std, sigkit.rolling_mean))
    for i in np.ndindex(r.shape[:-1]):
        assert_same_bits(r[i], sigkit.rolling_pearson(lines[i], others[i], 9))
        assert_same_bits(std[i[1:]], sigkit.rolling_std(lines[i], 9))
        assert_same_bits(mean[i[1:]], sigkit.rolling_mean(lines[i], 9))


def test_one_series_for_all(rng):
    x, y = rng.standard_normal((5, 60)), rng.standard_normal(5)
    r = sigkit.rolling_pearson(x, y, 3, axis=0)
    assert r.shape == (3, 60)
    for k in range(60):
        assert_same_bits(r[:, k].copy(), sigkit.rolling_pearson(x[:, k], y, 3))
    for m in (3, 5):
        assert_same_bits(sigkit.rolling_pearson(y, x, m, axis=0), sigkit.rolling_pearson(x, y, m, axis=0))


def test_no_lines_at_all():
    empty = np.empty((0, 12), np.float32)
    assert sigkit.rolling_mean(empty, 5).shape == sigkit.rolling_pearson(empty, np.ones(12), 5).shape == (0, 8)


def test_mean_of_complex_samples(rng):
    z = (rng.standard_normal((3, 500)) + 1j * rng.standard_normal((3, 500))).astype(np.complex64)
    z[1, 50] = np.inf
    z[2, 60] = complex(0, np.nan)
    for m in (1, 8, 499):
        mean = sigkit.rolling_mean(z, m)
        assert mean.dtype == np.complex64
        assert_same_bits(mean.real.copy(), sigkit.rolling_mean(z.real, m))
        assert_same_bits(mean.imag.copy(), sigkit.rolling_mean(z.imag, m))
    out = np.zeros((500, 3), np.complex64)[4:]
    assert sigkit.rolling_mean(z.T[:, ::-1], 5, axis=0, out=out) is out
    assert_same_bits(out, sigkit.rolling_mean(z[::-1], 5).T.copy())


def test_ddof(rng):
    x = rng.standard_normal(300)
    for ddof in (0, 1, 6):
        expected = sliding_window_view(x, 7).std(-1, ddof=ddof)
        assert_within(sigkit.rolling_std(x, 7, ddof=ddof), expected, 1e-14 * expected)


def test_exact_results():
    """Sums of small integers are exact, and so are their quotients."""
    assert (sigkit.rolling_mean(np.ones(200), 49) == 1).all()
    assert (sigkit.rolling_mean(np.arange(100), 5) == np.arange(2, 98)).all()
    assert (sigkit.rolling_std(1e15 + np.arange(100) % 2, 98) == 0.5).all()


# ----------------------------------------------------------------------------------------------------------- peers


@pytest.mark.parametrize("m", [2, 20, 251])
def test_pandas_agrees_on_benign_data(m, rng):
    pandas = pytest.importorskip("pandas")
    x, y = rng.standard_normal((2, 3000))
    a, b = pandas.Series(x), pandas.Series(y)
    bound = 3000 * np.finfo(np.float64).eps  # of sums carried along the series
    for ours, theirs in (
        (sigkit.rolling_mean(x, m), a.rolling(m).mean()),
        (sigkit.rolling_std(x, m, ddof=1), a.rolling(m).std()),
        (sigkit.rolling_std(x, m), a.rolling(m).std(ddof=0)),
    ):
        theirs = theirs.to_numpy()
        assert np.isnan(theirs[: m - 1]).all()
        # the spread of two close samples is the root of what rounding may have left of its square
        assert_within(ours, theirs[m - 1 :], np.sqrt(bound) if m == 2 else bound)
    theirs = a.rolling(m).corr(b).to_numpy()[m - 1 :]
    assert_within(sigkit.rolling_pearson(x, y, m), theirs, np.sqrt(bound) if m == 2 else bound)


@pytest.mark.parametrize("m", [5, 100])
def test_bottleneck_agrees_on_benign_data(m, rng):
    bottleneck = pytest.importorskip("bottleneck")
    x = rng.standard_normal(3000)
    bound = 3000 * np.finfo(np.float64).eps
    assert_within(sigkit.rolling_mean(x, m), bottleneck.move_mean(x, m)[m - 1 :], bound)
    assert_within(sigkit.rolling_std(x, m, ddof=1), bottleneck.move_std(x, m, ddof=1)[m - 1 :], 10 * bound)


def test_five_moving_means_lose_what_sigkit_keeps(rng):
    """The differences that the docstrings name."""
    mean = pytest.importorskip("bottleneck").move_mean
    x, y = rng.standard_normal((2, 2000)) + 1e8
    expected = reference_pearson.rolling_pearson(x, y, 50)
    assert_within(sigkit.rolling_pearson(x, y, 50), expected, 1e-12)
    with np.errstate(all="ignore"):
        means = [mean(z, 50)[49:] for z in (x, y, x * x, y * y, x * y)]
        theirs = (means[4] - means[0] * means[1]) / np.sqrt((means[2] - means[0] ** 2) * (means[3] - means[1] ** 2))
    assert not np.nanmedian(abs(theirs - expected)) < 0.1
    x[200] = np.inf
    assert not np.isfinite(mean(x, 50)[300:]).any()
    assert np.isfinite(sigkit.rolling_mean(x, 50)[201:]).all()


# -------------------------------------------------------------------------------------------------------- refusals

ONE = (sigkit.rolling_mean, sigkit.rolling_std)
BAD_WINDOWS = [
    (ValueError, 0), (ValueError, -3), (ValueError, 6), (ValueError, 10**30), (TypeError, 2.0), (TypeError, True),
    (TypeError, None), (TypeError, "3"), (TypeError, [2]),
]  # fmt: skip


@pytest.mark.parametrize(("error", "window"), BAD_WINDOWS)
def test_bad_windows_are_refused(error, window):
    x = np.ones(5)
    for call in (*(lambda f=f: f(x, window) for f in ONE), lambda: sigkit.rolling_pearson(x, x, window)):
        with pytest.raises(error, match="window"):
            call()


@pytest.mark.parametrize(
    ("error", "function", "arguments", "keywords", "message"),
    [
        *((ValueError, f, (np.empty(0), 1), {}, "x: expected at least one sample") for f in ONE),
        *((ValueError, f, (np.empty((3, 0)), 1), {}, "x: expected at least one sample") for f in ONE),
        *((ValueError, f, (np.float64(1), 1), {}, "x: ") for f in ONE),
        *((ValueError, f, (np.ones((5, 5)), 2), {"axis": 2}, "axis=2") for f in ONE),
        *((TypeError, f, (np.ones(5, object), 2), {}, "x: ") for f in ONE),
        (TypeError, sigkit.rolling_std, (np.ones(5) + 1j, 2), {}, "x: expected real"),
        (ValueError, sigkit.rolling_std, (np.ones(5), 2), {"ddof": 2}, "ddof=2: expected less than window=2"),
        (ValueError, sigkit.rolling_std, (np.ones(5), 2), {"ddof": -1}, "ddof=-1"),
        (TypeError, sigkit.rolling_std, (np.ones(5), 2), {"ddof": 0.5}, "ddof"),
        (ValueError, sigkit.rolling_std, (np.ones(5), 2), {"ddof": 10**5000}, "ddof"),
        (TypeError, sigkit.rolling_pearson, (np.ones(5) + 1j, np.ones(5), 2), {}, "x: expected real"),
        (TypeError, sigkit.rolling_pearson, (np.ones(5), np.ones(5) + 1j, 2), {}, "y: expected real"),
        (ValueError, sigkit.rolling_pearson, (np.ones(5), np.ones(6), 2), {}, "x and y: .* 5 and 6"),
        (ValueError, sigkit.rolling_pearson, (np.ones((2, 5)), np.ones((3, 5)), 2), {}, "x and y"),
        (ValueError, sigkit.rolling_pearson, (np.empty(0), np.empty(0), 1), {}, "at least one sample"),
        (ValueError, sigkit.rolling_pearson, (np.ones(5), 3.0, 1), {}, "y: "),
        (TypeError, sigkit.rolling_pearson, (np.ones(5), np.ones(5), 2), {"fill_value": "x"}, "fill_value"),
        (ValueError, sigkit.rolling_pearson, (np.ones(5, "f4"), np.ones(5, "f4"), 2), {"fill_value": 1e300}, "fill"),
    ],
)
def test_bad_arguments_are_refused(error, function, arguments, keywords, message):
    with pytest.raises(error, match=message):
        function(*arguments, **keywords)

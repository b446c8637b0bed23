"""Correlation and convolution: parity with SciPy and NumPy, both methods, scales, extents, lags, memory, messages."""

import itertools
import sys

import numpy as np
import processes
import pytest
import reference
import scipy.signal
from cases import FLOATING, samples
from compare import assert_same_bits, assert_within

import sigkit

MODES = ("full", "same", "valid")
BOTH = pytest.mark.parametrize("name", ["convolve", "correlate"])
every_mode = pytest.mark.parametrize("mode", MODES)
every_dtype = pytest.mark.parametrize("dtype", FLOATING, ids=lambda d: d.__name__)


def direct_bound(x, h, dtype):
    """(min(m, 256) + 2) eps sum|a||b|, with the largest of these sums for all outputs."""
    size = scipy.signal.convolve(np.abs(x).astype(float), np.abs(h).astype(float), method="direct").max()
    return (min(x.size, h.size, 256) + 2) * np.finfo(dtype).eps * size


def fft_bound(x, h, dtype):
    norms = np.linalg.norm(x.ravel().astype(np.complex128)) * np.linalg.norm(h.ravel().astype(np.complex128))
    return 8 * np.finfo(dtype).eps * np.log2(2 * (x.size + h.size)) * norms


def any_bound(x, h, dtype):
    return max(direct_bound(x, h, dtype), fft_bound(x, h, dtype))


def both_bounds(x, h, dtype):
    """The peer computes in the same precision and is no better: its error counts as well."""
    return 2 * any_bound(x, h, dtype)


# -------------------------------------------------------------------------------------------------------- parity


@BOTH
@every_mode
@pytest.mark.parametrize("method", ["direct", "fft", "auto"])
@every_dtype
def test_lines_as_scipy(name, mode, method, dtype, rng):
    """Every pair of small sizes, so every convention of "same" and every swap of "valid", and some large primes."""
    small = itertools.product((1, 2, 3, 4, 5, 8), repeat=2)
    for n, m in [*small, (101, 17), (17, 101), (1009, 263), (263, 1009)]:
        x, h = samples(rng, dtype, n), samples(rng, dtype, m)
        expected = getattr(scipy.signal, name)(x, h, mode, "direct")
        got = getattr(sigkit, name)(x, h, mode, method)
        assert got.dtype == dtype
        assert_within(got, expected, both_bounds(x, h, dtype), f"{n=} {m=}")


@BOTH
@every_mode
@pytest.mark.parametrize("method", ["direct", "fft", "auto"])
@pytest.mark.parametrize(
    "shape1, shape2",
    [
        ((6, 7), (3, 2)),
        ((3, 2), (6, 7)),
        ((4, 5, 6), (2, 2, 3)),
        ((3, 4, 2, 5), (1, 3, 2, 2)),
        ((3, 9), (3, 1)),
        ((), ()),
    ],
    ids=str,
)
def test_nd_as_scipy(name, mode, method, shape1, shape2, rng):
    x, h = samples(rng, np.complex128, *shape1), samples(rng, np.complex128, *shape2)
    expected = getattr(scipy.signal, name)(x, h, mode, "direct")
    got = getattr(sigkit, name)(x, h, mode, method)
    assert_within(np.asarray(got), np.asarray(expected), both_bounds(x, h, np.float64))


@pytest.mark.parametrize("name", ["fftconvolve", "oaconvolve"])
@every_mode
@pytest.mark.parametrize("axes", [None, 0, 1, -1, [0, 1], [1, 2], (2, 0)], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.complex128], ids=lambda d: d.__name__)
def test_fftconvolve_as_scipy(name, mode, axes, dtype, rng):
    shape = [5, 6, 7]
    for axis in range(3):  # the kernel is smaller along the axes of the sum, and broadcast along one other
        if axes is None or axis in np.atleast_1d(axes) % 3:
            shape[axis] = 2 + axis
        elif axis == 0:
            shape[axis] = 1
    x, h = samples(rng, dtype, 5, 6, 7), samples(rng, dtype, *shape)
    for in1, in2 in ((x, h), (h, x)):
        expected = scipy.signal.fftconvolve(in1, in2, mode, axes)
        assert_within(getattr(sigkit, name)(in1, in2, mode, axes), expected, both_bounds(x, h, dtype))


@pytest.mark.parametrize("name", ["fftconvolve", "oaconvolve"])
def test_fftconvolve_of_nothing(name):
    function = getattr(sigkit, name)
    assert function([], [1.0]).shape == function([1.0], []).shape == (0,)
    assert function(2.0, 3.0) == 6
    assert function([2, 3], [4, 5]).dtype == np.float64


@pytest.mark.parametrize("name", ["convolve2d", "correlate2d"])
@every_mode
@pytest.mark.parametrize("boundary", ["fill", "wrap", "symm"])
@pytest.mark.parametrize("dtype", [np.float32, np.complex128], ids=lambda d: d.__name__)
def test_2d_as_scipy(name, mode, boundary, dtype, rng):
    """Also kernels larger than the image, whose boundary goes round more than once."""
    for n, m in itertools.product((1, 2, 3, 6), (1, 2, 3, 8)):
        x, h = samples(rng, dtype, n, 5), samples(rng, dtype, m, 2 if m < 8 else 7)
        smaller = m > n and mode == "valid"
        if smaller and h.shape[1] < 5:
            continue
        for fillvalue in (0, 1.5) if boundary == "fill" else (0,):
            expected = getattr(scipy.signal, name)(x, h, mode, boundary, fillvalue)
            if smaller and name == "correlate2d":
                expected = expected.conj()  # SciPy conjugates the wrong one after its swap; its `correlate` does not
            got = getattr(sigkit, name)(x, h, mode, boundary, fillvalue)
            largest = np.append(abs(x), fillvalue).max() * abs(h).sum()
            bound = 2 * (h.size + 2) * np.finfo(dtype).eps * largest
            assert_within(got, expected, bound, f"{n=} {m=} {fillvalue=}")


@BOTH
@every_mode
def test_axis_is_a_loop_over_lines(name, mode, rng):
    function = getattr(sigkit, name)
    x, h = samples(rng, np.float64, 4, 1, 30), samples(rng, np.float64, 3, 5)
    got = function(x, h, mode, "direct", axis=-1)
    for i, j in np.ndindex(4, 3):
        assert_same_bits(got[i, j], function(x[i, 0], h[j], mode, "direct"))
    assert_same_bits(function(x[:, 0].T, h[0], mode, "direct", axis=0), np.ascontiguousarray(got[:, 0].T))
    assert_within(function(x, h, mode, "fft", axis=-1), got, fft_bound(x, h, np.float64))


def test_sliding_dot_product_as_numpy(rng):
    for dtype in FLOATING:
        for n, m in ((1, 1), (5, 5), (40, 1), (40, 3), (1013, 31), (1013, 600), (20_000, 2_000)):
            x, h = samples(rng, dtype, n), samples(rng, dtype, m)
            got = sigkit.sliding_dot_product(x, h)
            assert got.dtype == dtype
            assert_within(got, np.correlate(x, h, "valid"), both_bounds(x, h, dtype), f"{dtype.__name__} {n=} {m=}")


def test_bank_is_a_loop_over_templates(rng):
    for dtype in FLOATING:
        for m in (1, 7, 900):
            x, bank = samples(rng, dtype, 2, 3000), samples(rng, dtype, 5, m)
            got = sigkit.correlate_bank(x, bank)
            assert got.shape == (2, 5, 3000 - m + 1) and got.dtype == dtype
            for i, j in np.ndindex(2, 5):
                expected = np.correlate(x[i], bank[j], "valid")
                assert_within(got[i, j], expected, both_bounds(x[i], bank[j], dtype), f"{dtype.__name__} {m=}")


@every_mode
def test_lags_as_scipy(mode):
    for n, m in itertools.product((1, 2, 3, 4, 7, 100), repeat=2):
        got = sigkit.correlation_lags(n, m, mode)
        assert_same_bits(got, scipy.signal.correlation_lags(n, m, mode))
        assert got.size == sigkit.correlate(np.ones(n), np.ones(m), mode).size


# ------------------------------------------------------------------------------------------------------ conjugate


def test_the_second_input_is_conjugated():
    x, h = np.array([1 + 2j, 3 - 1j]), np.array([2 - 3j])
    assert_same_bits(sigkit.sliding_dot_product(x, h), x * h.conj())
    assert_same_bits(sigkit.correlate(x, h), x * h.conj())
    assert_same_bits(sigkit.correlate2d(x[None], h[None]), x[None] * h.conj())
    assert_same_bits(sigkit.correlate_bank(x, h[None]), (x * h.conj())[None])
    assert_same_bits(sigkit.convolve(x, h), x * h)
    assert sigkit.crosscorrelate(x, x * 1j, 0)[0] == (x * (x * 1j).conj()).sum()
    assert sigkit.autocorrelate(x, 1)[1] == x[1] * x[0].conj()


# --------------------------------------------------------------------------------------------------- both methods


@pytest.mark.parametrize("dtype", FLOATING, ids=lambda d: d.__name__)
def test_methods_agree_over_many_blocks(dtype, rng):
    x, h = samples(rng, dtype, 60_000), samples(rng, dtype, 700)
    direct = sigkit.correlate(x, h, "full", "direct")
    for method in ("fft", "auto"):
        got = sigkit.correlate(x, h, "full", method)
        assert got.dtype == direct.dtype
        assert_within(got, direct, any_bound(x, h, dtype), label=f"direct and {method}, {dtype.__name__}")


def test_choice_depends_on_shape_and_dtype_alone(rng):
    chosen = set()
    for dtype, n, m in itertools.product(FLOATING, (50, 3000, 100_000), (3, 150, 3000)):
        x, h = samples(rng, dtype, n), samples(rng, dtype, m)
        method = sigkit.choose_conv_method(x, h)
        chosen.add(method)
        assert sigkit.choose_conv_method(np.full_like(x, np.nan), h * 0) == method
        assert_same_bits(sigkit.convolve(x, h), sigkit.convolve(x, h, method=method), f"{n=} {m=}")
    assert chosen == {"direct", "fft"}
    integers = rng.integers(-1000, 1000, 100_000)
    assert sigkit.choose_conv_method(integers, integers) == "fft"
    assert_same_bits(sigkit.convolve(integers, integers[:300]), np.convolve(integers, integers[:300]), "still exact")
    large = integers << 40
    assert_same_bits(sigkit.convolve(large, large[:300]), np.convolve(large, large[:300]), "modulo 2**64 too")


def test_choice_can_be_measured(rng):
    x, h = samples(rng, np.float64, 5000), samples(rng, np.float64, 2000)
    method, times = sigkit.choose_conv_method(x, h, measure=True)
    assert method in times and set(times) == {"direct", "fft"}
    assert times[method] == min(times.values()) > 0


@pytest.mark.parametrize("method", ["direct", "fft", "auto"])
@pytest.mark.parametrize("dtype", FLOATING, ids=lambda d: d.__name__)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nonfinite_samples_reach_their_windows_alone(method, dtype, value, rng):
    n, m = 50_000, 900
    x, h = samples(rng, dtype, n), samples(rng, dtype, m)
    clean = sigkit.convolve(x, h, method=method)
    for place in (0, 20_000, n - 1):
        spoilt = x.copy()
        spoilt[place] = value
        got = sigkit.convolve(spoilt, h, method=method)
        touched = np.zeros(n + m - 1, bool)
        touched[place : place + m] = True
        assert np.array_equal(~np.isfinite(got), touched)
        assert_within(got[~touched], clean[~touched], any_bound(x, h, dtype))
    for place in (0, 300, m - 1):
        spoilt = h.copy()
        spoilt[place] = value
        touched = np.zeros(n + m - 1, bool)
        touched[place : place + n] = True
        got = sigkit.convolve(x, spoilt, method=method)
        assert np.array_equal(~np.isfinite(got), touched)
        assert_within(got[~touched], clean[~touched], any_bound(x, h, dtype))


@pytest.mark.parametrize("method", ["direct", "fft"])
@pytest.mark.parametrize("share", [0.0005, 0.01, 1])
def test_many_missing_samples(method, share, rng):
    """Gaps that lie apart, that touch, and that leave nothing, in several lines of several blocks."""
    m, x = 301, rng.standard_normal((3, 40_000))
    clean = sigkit.convolve(x, np.ones(m), method="direct", axis=-1)
    missing = rng.random(x.shape) < share
    missing[1] = False
    x[missing] = np.nan
    reached = np.cumsum(np.pad(missing, ((0, 0), (0, m - 1))), axis=1)
    reached[:, m:] -= reached[:, :-m].copy()
    got = sigkit.convolve(x, np.ones(m), method=method, axis=-1)
    assert np.array_equal(np.isnan(got), reached > 0)
    bound = any_bound(np.nan_to_num(x[1]), np.ones(m), np.float64) * np.sqrt(3)
    assert_within(got[reached == 0], clean[reached == 0], bound)


@pytest.mark.parametrize("method", ["direct", "fft", "auto"])
def test_no_product_with_a_sample_that_does_not_exist(method):
    assert sigkit.convolve([1, 2], [np.inf, 1], method=method).tolist() == [np.inf, np.inf, 2]
    assert sigkit.correlate([1, 2], [np.inf, 1], method=method).tolist() == [1, np.inf, np.inf]
    assert sigkit.convolve2d([[1.0, 2.0]], [[np.inf, 1.0]]).tolist() == [[np.inf, np.inf, 2]]
    assert sigkit.fftconvolve([1, 2], [np.inf, 1]).tolist() == [np.inf, np.inf, 2]


# --------------------------------------------------------------------------------------------------------- scales


@pytest.mark.parametrize("method", ["direct", "fft"])
@pytest.mark.parametrize("scale, taps", [(1e36, 1e-3), (1e-3, 1e36), (1e-30, 1.0), (1.0, 1e-30), (1e30, 1e-30)])
@pytest.mark.parametrize("dtype", [np.float32, np.complex64], ids=lambda d: d.__name__)
def test_single_precision_at_any_scale(method, scale, taps, dtype, rng):
    """Nothing overflows on the way to a result that does not, and nothing is lost."""
    wide = np.result_type(dtype, np.float64)
    x = (samples(rng, wide, 20_000) * scale).astype(dtype)
    h = (samples(rng, wide, 600) * taps).astype(dtype)
    expected = sigkit.convolve(x.astype(wide), h.astype(wide), method="direct")
    bound = fft_bound(x, h, dtype) if method == "fft" else direct_bound(x.astype(wide), h.astype(wide), dtype)
    assert_within(sigkit.convolve(x, h, method=method), expected, bound, label=f"{method} scale {scale:g} x {taps:g}")


@pytest.mark.parametrize("method", ["direct", "fft"])
@pytest.mark.parametrize("scale, taps", [(1e300, 1e-10), (1e-290, 1.0), (1e200, 1e-200)])
def test_double_precision_at_any_scale(method, scale, taps, rng):
    x, h = rng.standard_normal(5000) * scale, rng.standard_normal(300) * taps
    expected = reference.convolve(x, h)
    exponent = np.longdouble(scale) * np.longdouble(taps)
    bound = (fft_bound if method == "fft" else direct_bound)(x / scale, h / taps, np.float64) * exponent
    assert_within(sigkit.convolve(x, h, method=method), expected, bound, label=f"{method} scale {scale:g} x {taps:g}")


@pytest.mark.parametrize("dtype, spike", [(np.float64, 1e16), (np.float32, 1e8)])
def test_a_spike_stays_in_its_block(dtype, spike, rng):
    """What lies farther from a spike than the largest block is as exact as without it."""
    n, m, block = 200_000, 801, 32_768
    x, h = np.ones(n, dtype), samples(rng, dtype, m)
    x[n // 2] = spike
    got = sigkit.correlate(x, h, "valid", "fft")
    total = h.astype(np.longdouble).sum()
    far = abs(np.arange(got.size) - n // 2) > block + m
    bound = fft_bound(np.ones(block), h, dtype)
    assert far.sum() > n // 2
    assert_within(got[far], np.full(far.sum(), total), bound, label=f"far from a spike, {np.dtype(dtype)}")


def test_quiet_blocks_beside_loud_ones(rng):
    """Each block has an error bound and a scale of its own: 46 decades quieter, a stretch keeps all its digits."""
    x = rng.standard_normal(400_000).astype(np.float32)
    x[:200_000] *= np.float32(1e28)
    x[200_000:] *= np.float32(1e-18)
    h = rng.standard_normal(600).astype(np.float32)
    got = sigkit.correlate(x, h, "valid", "fft")[240_000:]
    expected = sigkit.correlate(x[240_000:].astype(float), h.astype(float), "valid", "direct")
    assert_within(got, expected, fft_bound(x[240_000 : 240_000 + 32_768], h, np.float32), label="quiet blocks")


def test_long_sums_restart():
    """Sums of 100,000 terms are as exact as sums of 256."""
    for dtype in (np.float32, np.float64):
        x = np.full(100_001, 0.1, dtype)
        for got in (sigkit.sliding_dot_product(x, x[:-1]), sigkit.correlate(x, x[:-1], "valid", "direct")):
            expected = x[0].astype(np.longdouble) ** 2 * 100_000
            assert_within(got, np.full(2, expected), 258 * np.finfo(dtype).eps * expected, label="100,000 terms")


# ----------------------------------------------------------------------------------------------------------- lags


@every_dtype
def test_few_lags_of_long_series(dtype, rng):
    """Longer than the chunks that partial sums are kept of."""
    x, y = samples(rng, dtype, 70_000), samples(rng, dtype, 70_000)
    wide = np.result_type(dtype, np.float64)
    lags = np.arange(-20, 21)
    products = [
        np.vdot(y[max(0, -lag) : y.size - max(0, lag)].astype(wide), x[max(0, lag) : x.size + min(0, lag)].astype(wide))
        for lag in lags
    ]
    size = np.vdot(abs(x), abs(y)).real
    got = sigkit.crosscorrelate(x, y, 20)
    assert got.dtype == dtype and got.shape == (41,)
    assert_within(got, products, 258 * np.finfo(dtype).eps * size, label=f"crosscorrelate {np.dtype(dtype)}")
    r = sigkit.autocorrelate(x, 20)
    energy = np.vdot(x.astype(wide), x.astype(wide)).real
    assert_within(r, sigkit.crosscorrelate(x, x, 20)[20:], 2 * 258 * np.finfo(dtype).eps * energy)
    assert abs(r[0].imag) <= 258 * np.finfo(dtype).eps * energy


def test_all_lags_and_large_counts(rng):
    for n in (1, 2, 5, 20_000):
        x, y = rng.standard_normal(n), rng.standard_normal(n)
        some, bound = n // 2, 2 * 258 * np.finfo(float).eps * np.linalg.norm(x) * np.linalg.norm(y)
        full = scipy.signal.correlate(x, y, method="fft")
        assert_within(sigkit.crosscorrelate(x, y), full, bound, label="all lags")
        assert_within(sigkit.crosscorrelate(x, y, some), full[n - 1 - some : n + some], bound, label="half the lags")
        r, bound = sigkit.autocorrelate(x), 2 * 258 * np.finfo(float).eps * np.vdot(x, x)
        assert_within(r, sigkit.crosscorrelate(x, x)[n - 1 :], bound)
        assert_within(r, sigkit.crosscorrelate(x, x)[n - 1 :: -1], bound)


def test_lags_beyond_the_series():
    """No sample meets another there: the sum is empty, or the lag is refused."""
    try:
        got = sigkit.crosscorrelate([1.0, 2.0], [3.0, 4.0], 4)
    except ValueError as error:
        assert "max_lag" in str(error) and "4" in str(error)
    else:
        assert got.tolist() == [0, 0, 0, 4, 11, 6, 0, 0, 0]


def test_lags_along_an_axis(rng):
    x, y = rng.standard_normal((2, 50, 3)), rng.standard_normal((1, 50, 3))
    got = sigkit.crosscorrelate(x, y, 4, axis=1)
    assert got.shape == (2, 9, 3)
    for i, j in np.ndindex(2, 3):
        assert_same_bits(got[i, :, j].copy(), sigkit.crosscorrelate(x[i, :, j], y[0, :, j], 4))
    assert_same_bits(sigkit.autocorrelate(x, 4, axis=1)[1, :, 2].copy(), sigkit.autocorrelate(x[1, :, 2], 4))


def test_normalized_lags(rng):
    x, y = rng.standard_normal(500), rng.standard_normal(500)
    r = sigkit.autocorrelate(x, 10, normalize=True)
    assert r[0] == 1
    bound = 2 * 258 * np.finfo(float).eps
    assert_within(r, sigkit.autocorrelate(x, 10) / np.vdot(x, x), bound)
    energies = np.linalg.norm(x) * np.linalg.norm(y)
    assert_within(
        sigkit.crosscorrelate(x, y, 10, normalize=True), sigkit.crosscorrelate(x, y, 10) / energies, bound
    )


# --------------------------------------------------------------------------------------------------------- memory

@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/status")
@pytest.mark.parametrize(
    "call, shape, m",
    [
        ("sigkit.sliding_dot_product(x, h)", 16_000_000, 31),
        ("sigkit.sliding_dot_product(x, h)", 8_000_000, 5000),
        ("sigkit.sliding_dot_product(x[::-1], h)", 16_000_000, 31),
        ("sigkit.correlate(x, h, method='fft')", 8_000_000, 700),
        ("sigkit.sliding_dot_product(x, h, axis=0)", (80_000, 200), 31),
        ("sigkit.convolve(x, h, 'same', 'direct', axis=0)", (80_000, 200), 31),
        ("sigkit.autocorrelate(x, 200)", 16_000_000, 1),
        ("sigkit.convolve2d(x, h[None], boundary='symm')", (4000, 4000), 5),
        ("sigkit.sliding_pearson(x, h)", 8_000_000, 256),
    ],
)
def test_scratch_is_bounded(call, shape, m):
    """No more than 16 MiB for each thread beside the output, with 32 MB and more of input: no copy of it is made."""
    setup = f"x = np.ones({shape}, np.float32); h = np.ones({m}, np.float32)"
    assert processes.scratch_of(call, setup) <= 2 * 16 * 2**20


# ------------------------------------------------------------------------------------------------------ bad input

X, H, ROWS = np.arange(5.0), np.ones(3), np.ones((2, 9))


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: sigkit.sliding_dot_product(H, X), ValueError, ("template", "5", "3")),
        (lambda: sigkit.sliding_dot_product(X, []), ValueError, ("template",)),
        (lambda: sigkit.sliding_dot_product([], H), ValueError, ("template", "0")),
        (lambda: sigkit.sliding_dot_product(2.0, H), ValueError, ("signal",)),
        (lambda: sigkit.sliding_dot_product(X, 2.0), ValueError, ("template",)),
        (lambda: sigkit.sliding_dot_product(X, H, axis=1), ValueError, ("axis", "1")),
        (lambda: sigkit.sliding_dot_product(X, H, axis=-2), ValueError, ("axis", "-2")),
        (lambda: sigkit.sliding_dot_product(X, H, axis=0.5), TypeError, ("axis", "float")),
        (lambda: sigkit.sliding_dot_product(X, H, axis="x"), TypeError, ("axis", "str")),
        (lambda: sigkit.sliding_dot_product(X, H, axis=None), TypeError, ("axis", "None")),
        (lambda: sigkit.sliding_dot_product(X, H, -1), TypeError, ("positional",)),
        (lambda: sigkit.sliding_dot_product(ROWS, np.ones((3, 4))), ValueError, ("signal", "template", "(2,)", "(3,)")),
        (lambda: sigkit.correlate(X, H, "most"), ValueError, ("mode", "most", "full", "same", "valid")),
        (lambda: sigkit.correlate(X, H, 3), (TypeError, ValueError), ("mode", "3")),
        (lambda: sigkit.correlate(X, H, method="quick"), ValueError, ("method", "quick", "direct", "fft", "auto")),
        (lambda: sigkit.correlate(X, np.ones((2, 2))), ValueError, ("in1", "in2", "dimension")),
        (lambda: sigkit.convolve(np.ones((2, 3)), np.ones((3, 2)), "valid"), ValueError, ("in1", "in2", "(2, 3)")),
        (lambda: sigkit.convolve(X, H, axis=3), ValueError, ("axis", "3")),
        (lambda: sigkit.convolve(ROWS, np.ones((3, 4)), axis=-1), ValueError, ("in1", "in2", "(2,)", "(3,)")),
        (lambda: sigkit.fftconvolve(X, np.ones((2, 2))), ValueError, ("in1", "in2", "dimension")),
        (lambda: sigkit.fftconvolve(X, H, axes=2), ValueError, ("axes", "2")),
        (lambda: sigkit.fftconvolve(X[None], H[None], axes=[1, 1]), ValueError, ("axes", "unique")),
        (lambda: sigkit.fftconvolve(X[None], H[None], axes=[]), ValueError, ("axes",)),
        (lambda: sigkit.oaconvolve(X, H, "most"), ValueError, ("mode", "most")),
        (lambda: sigkit.convolve2d(X, H), ValueError, ("2-D",)),
        (lambda: sigkit.convolve2d([X], [H], boundary="mirror"), ValueError, ("boundary", "mirror", "wrap", "symm")),
        (lambda: sigkit.convolve2d([X], [H], fillvalue=[1, 2]), ValueError, ("fillvalue", "scalar", "(2,)")),
        (lambda: sigkit.convolve2d([X], [H], fillvalue="no"), (TypeError, ValueError), ("fillvalue", "no")),
        (lambda: sigkit.correlate2d(np.ones((2, 3)), np.ones((3, 2)), "valid"), ValueError, ("in1", "in2")),
        (lambda: sigkit.correlate_bank(X, H), ValueError, ("templates", "(3,)")),
        (lambda: sigkit.correlate_bank(X, np.ones((2, 6))), ValueError, ("templates", "6", "5")),
        (lambda: sigkit.autocorrelate(X, -1), ValueError, ("max_lag", "-1")),
        (lambda: sigkit.autocorrelate(X, 1.5), TypeError, ("max_lag", "float")),
        (lambda: sigkit.autocorrelate(X, True), TypeError, ("max_lag", "True")),
        (lambda: sigkit.autocorrelate(X, 2**62), ValueError, ("max_lag", str(2**62))),
        (lambda: sigkit.autocorrelate(X, 2**80), ValueError, ("max_lag", str(2**80))),
        (lambda: sigkit.autocorrelate(X, normalize="no"), TypeError, ("normalize", "'no'", "True or False")),
        (lambda: sigkit.crosscorrelate(X, H, normalize=1), TypeError, ("normalize", "1", "True or False")),
        (lambda: sigkit.crosscorrelate(X, H, 2**62), ValueError, ("max_lag", str(2**62))),
        (lambda: sigkit.autocorrelate([]), ValueError, ("x",)),
        (lambda: sigkit.crosscorrelate(X, H, 2.0), TypeError, ("max_lag", "float")),
        (lambda: sigkit.crosscorrelate(X, H, axis=5), ValueError, ("axis", "5")),
        (lambda: sigkit.correlation_lags(5, 3, "most"), ValueError, ("mode", "most")),
        (lambda: sigkit.correlation_lags(5.5, 3), TypeError, ("in1_len", "float")),
        (lambda: sigkit.correlation_lags(5, "3"), TypeError, ("in2_len", "str")),
        (lambda: sigkit.correlation_lags(-5, 3), ValueError, ("in1_len", "-5")),
        (lambda: sigkit.correlation_lags(2**62, 3), ValueError, ("in1_len", str(2**62))),
        (lambda: sigkit.correlation_lags(2**63, 3), ValueError, ("in1_len", str(2**63))),
        (lambda: sigkit.correlation_lags(3, 2**80, "same"), ValueError, ("in2_len", str(2**80))),
        (lambda: sigkit.correlation_lags(3, 2**60, "valid"), ValueError, ("in2_len", str(2**60))),
        (lambda: sigkit.choose_conv_method(X, H, "most"), ValueError, ("mode", "most")),
    ],
)
def test_messages_name_argument_value_and_expectation(call, error, words):
    with pytest.raises(error) as caught:
        call()
    for word in words:
        assert word in str(caught.value), str(caught.value)


def test_an_output_too_large_for_memory_is_a_memory_error():
    """Sizes are checked before C is entered; a zero stride makes the input without taking memory."""
    huge = np.lib.stride_tricks.as_strided(np.ones(1, np.float32), (2**60,), (0,))
    for call in (sigkit.sliding_dot_product, sigkit.sliding_pearson):
        with pytest.raises((MemoryError, ValueError)):
            call(huge, np.arange(3, dtype=np.float32))
    wide = np.lib.stride_tricks.as_strided(np.ones(1, np.float32), (2**30, 2**30), (0, 0))
    with pytest.raises((MemoryError, ValueError)):
        sigkit.convolve2d(wide, np.ones((2, 2), np.float32))
    with pytest.raises((MemoryError, ValueError)):
        sigkit.correlate_bank(huge, np.ones((2, 1), np.float32))
    with pytest.raises(MemoryError):
        sigkit.correlation_lags(2**50, 3)
    with pytest.raises(MemoryError):
        sigkit.autocorrelate(np.ones(3), 2**50)
    assert sigkit.correlation_lags(2**62, 2**62, "valid") == [0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128], ids=lambda d: d.__name__)
@pytest.mark.parametrize("rows", [9, 10, 259, 260, 261, 700])
@pytest.mark.parametrize("columns", [3, 16, 37, 530])
@pytest.mark.parametrize("taps", [7, 300])
def test_axis_0_gives_the_bits_of_the_last_axis(rng, dtype, rows, columns, taps):
    """Across rows, in blocks of rows and columns, another kernel sums: in the same order."""
    x, h = samples(rng, dtype, rows, columns), samples(rng, dtype, taps)
    for mode in ("full", "same", "valid"):
        got = sigkit.convolve(x, h, mode, "direct", axis=0)
        lines = sigkit.convolve(x.T.copy(), h, mode, "direct", axis=-1)
        assert_same_bits(got.T.copy(), lines, f"{mode} {rows} x {columns}")

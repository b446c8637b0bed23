"""Convolution through spectra: images and their boundaries, locality, scales, lags, the choice of the method, plans."""

import numpy as np
import pytest
import reference
import scipy.signal
from cases import FLOATING, samples
from compare import assert_same_bits, assert_within

import sigkit
from sigkit import _convolution, _fft_plan

every_dtype = pytest.mark.parametrize("dtype", FLOATING, ids=lambda d: d.__name__)


def bound(x, h, dtype):
    """8 eps log2(N) ||x|| ||h||, N of the largest block: what the module promises, the whole input being the block."""
    norms = np.linalg.norm(x.ravel().astype(np.complex128)) * np.linalg.norm(h.ravel().astype(np.complex128))
    return 8 * np.finfo(dtype).eps * np.log2(_fft_plan.LARGEST_IMAGE) * norms


def exactly(x, h, mode="full"):
    wide = np.complex128 if np.iscomplexobj(x) else np.float64
    return scipy.signal.convolve(x.astype(wide), h.astype(wide), mode, "direct")


# -------------------------------------------------------------------------------------------------------- images


@every_dtype
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize(
    "shape, kernel",
    [((3, 3), (2, 2)), ((40, 50), (1, 7)), ((50, 40), (7, 1)), ((131, 97), (17, 23)), ((20, 300), (19, 2))],
)
def test_images_as_scipy(dtype, mode, shape, kernel, rng):
    x, h = samples(rng, dtype, *shape), samples(rng, dtype, *kernel)
    got = sigkit.convolve(x, h, mode, "fft")
    assert got.dtype == dtype
    assert_within(got, exactly(x, h, mode), bound(x, h, dtype), f"{shape} {kernel}", label=f"images, {got.dtype}")
    assert_within(sigkit.convolve(h, x, mode, "fft"), exactly(h, x, mode), bound(x, h, dtype), "the kernel first")
    turned = sigkit.correlate(x.T, h.T[::-1, ::-1].conj(), mode, "fft")
    assert_within(turned, exactly(x.T, h.T, mode), bound(x, h, dtype), "strided, correlated")


@every_dtype
@pytest.mark.parametrize("boundary, fill", [("fill", 0), ("fill", 2.5), ("wrap", 0), ("symm", 0)])
@pytest.mark.parametrize("mode", ["full", "same"])
def test_boundaries_by_spectra(dtype, boundary, fill, mode, rng):
    """Kernels so large that spectra are faster, over images that are smaller along one axis than the kernel is."""
    for shape, kernel in (((150, 140), (45, 30)), ((30, 400), (41, 20))):
        x, h = samples(rng, dtype, *shape), samples(rng, dtype, *kernel)
        method = _convolution.choose_method(shape, kernel, shape, x.dtype)
        assert method == "fft" or shape[0] == 30, "large enough for this test to mean anything"
        wide = np.complex128 if np.iscomplexobj(x) else np.float64
        got = sigkit.convolve2d(x, h, mode, boundary, fill)
        expected = scipy.signal.convolve2d(x.astype(wide), h.astype(wide), mode, boundary, fill)
        size = np.full(1, np.hypot(np.linalg.norm(x), abs(fill) * np.sqrt(4 * x.size)) * 3)  # what the extension adds
        assert_within(got, expected, bound(size, h, dtype), f"{shape}", label=f"boundaries, {got.dtype}")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_bad_pixel_reaches_its_windows_alone(bad, rng):
    x, h = rng.standard_normal((200, 210)), rng.standard_normal((31, 33))
    clean = sigkit.convolve(x, h, "same", "fft")
    x[77, 150] = bad
    got = sigkit.convolve(x, h, "same", "fft")
    reached = np.zeros(x.shape, bool)
    reached[77 - 15 : 77 + 16, 150 - 16 : 150 + 17] = True
    assert np.array_equal(np.isfinite(got), ~reached)
    assert_within(got[~reached], clean[~reached], bound(np.nan_to_num(x, posinf=0), h, np.float64))
    assert_same_bits(np.isfinite(sigkit.convolve2d(x, h, "same", "wrap")), ~reached)


def test_a_bright_block_leaves_the_others_alone(rng):
    """1e16 in one corner: every block that does not see it has the very bits it had without it."""
    x, h = rng.standard_normal((2000, 2000)), rng.standard_normal((31, 31))
    clean = sigkit.convolve(x, h, "same", "fft")
    x[0, 0] = 1e16
    got = sigkit.convolve(x, h, "same", "fft")
    block = _fft_plan.image_block((31, 31), (2000, 2000), np.dtype(float))
    assert max(block.rows, block.columns) < 1900
    assert_same_bits(got[block.rows :], clean[block.rows :], "rows of other blocks")
    assert_same_bits(got[:, block.columns :], clean[:, block.columns :], "columns of other blocks")


@pytest.mark.parametrize("scale, taps", [(1e36, 1e-3), (1e-30, 1.0), (1.0, 1e-30), (1e30, 1e-30)])
def test_images_in_single_precision_at_any_scale(scale, taps, rng):
    x = (rng.standard_normal((90, 80)) * scale).astype(np.float32)
    h = (rng.standard_normal((20, 20)) * taps).astype(np.float32)
    limit = bound(x.astype(float) / scale, h.astype(float) / taps, np.float32) * scale * taps
    label = f"images, scale {scale:g} x {taps:g}"
    assert_within(sigkit.convolve(x, h, method="fft"), exactly(x, h), limit, label=label)


# --------------------------------------------------------------------------------------------------------- lines


def test_a_spike_in_one_block_changes_no_bit_of_another(rng):
    x, h = rng.standard_normal(300_000), rng.standard_normal(500)
    clean = sigkit.convolve(x, h, "valid", "fft")
    x[150_000] = 1e16
    changed = np.flatnonzero(sigkit.convolve(x, h, "valid", "fft") != clean)
    _, samples_in_block = _fft_plan.block(500, len(clean), np.float64)
    assert changed.size and changed[-1] - changed[0] < 2 * samples_in_block


@every_dtype
@pytest.mark.parametrize("m", [33_000, 40_000])
def test_more_taps_than_the_kernels_transform_takes(dtype, m, rng):
    x, h = samples(rng, dtype, 90_000), samples(rng, dtype, m)
    assert m > _fft_plan.LONGEST
    wide = np.complex128 if np.iscomplexobj(x) else np.float64
    expected = scipy.signal.fftconvolve(x.astype(wide), h.astype(wide))
    double = 8 * np.finfo(float).eps * 18 * np.linalg.norm(x) * np.linalg.norm(h)  # the peer's own error
    assert_within(sigkit.convolve(x, h), expected, bound(x, h, dtype) + double)


@every_dtype
@pytest.mark.parametrize("first", [0, -150])
def test_many_lags_by_spectra(dtype, first, rng):
    x, y = samples(rng, dtype, 2, 30_011), samples(rng, dtype, 1, 25_013)
    got = sigkit.crosscorrelate(x, y, 150) if first else sigkit.autocorrelate(x, 150)
    expected = reference.crosscorrelate(x, y, 150) if first else reference.autocorrelate(x, 150)
    assert_within(got, expected, bound(x, x, dtype), label=f"many lags, {got.dtype}")
    x[1, 20_000] = np.nan
    assert np.isnan(sigkit.autocorrelate(x, 150)[1]).all()
    assert np.isfinite(sigkit.autocorrelate(x, 150)[0]).all()


# --------------------------------------------------------------------------------------------------------- plans


@pytest.mark.parametrize("n", [1, 2, 3, 5, 7, 8, 16, 24, 49, 60, 128, 210, 360, 1024, 6125, 16384])
def test_passes_make_up_the_length(n):
    factors = _fft_plan.radices(n)
    assert np.prod(factors) == n
    assert set(factors) <= {1, 2, 3, 4, 5, 7, 8, 16}


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 12, 360, 1001, 16384])
def test_roots_are_within_an_ulp(n):
    k = np.arange(-n, 2 * n)
    turn = 2 * np.longdouble("3.14159265358979323846264338327950288") * (k % n) / n
    roots = _fft_plan.roots(k, n)
    for got, exact in ((roots.real, np.cos(turn)), (roots.imag, -np.sin(turn))):
        assert np.max(np.abs(got - exact)) <= np.finfo(float).eps


def test_smooth_lengths():
    smooth = [n for n in range(1, 50) if _fft_plan.is_smooth(n)]
    assert smooth == [n for n in range(1, 50) if all(n % p for p in (11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47))]

"""`filters.gabor`: scikit-image's result, waves with a known response, images that are hard."""

import itertools

import numpy as np
import pytest
import reference_filters as oracles
import scipy.ndimage
from cases import samples
from compare import assert_same_bits, assert_within
from reference_filters import growth

from sigkit import filter_design, filters

SETTINGS = [
    {"frequency": 0.2}, {"frequency": 0.05, "theta": 1.0}, {"frequency": 0.3, "bandwidth": 0.5, "offset": 0.8},
    {"frequency": 0.1, "theta": 0.7, "sigma_x": 3, "sigma_y": 7}, {"frequency": -0.15, "theta": -2, "n_stds": 2},
    {"frequency": 0, "sigma_x": 1.5, "sigma_y": 2.0},
]  # fmt: skip


def bound(x, kernel, dtype):
    """Of direct sums, and of outer products by singular values: their spectral norm in place of magnitudes."""
    return growth(kernel.size) * np.finfo(dtype).eps * (abs(kernel).sum() + np.linalg.norm(kernel, 2)) * abs(x).max()


@pytest.mark.parametrize("mode", ["reflect", "constant", "nearest", "mirror", "wrap"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_scikit_image(dtype, mode, rng):
    theirs = pytest.importorskip("skimage.filters")
    shapes = [(40, 41), (37, 90), (150, 160)]  # in smaller ones SciPy reads beyond the image
    for shape, keywords in itertools.product(shapes, SETTINGS):
        x = samples(rng, dtype, *shape)
        kernel = filter_design.gabor_kernel(**keywords)
        got = filters.gabor(x, **keywords, mode=mode, cval=0.75)
        for one, other in zip(got, theirs.gabor(x, **keywords, mode=mode, cval=0.75), strict=True):
            assert one.dtype == other.dtype
            allowed = bound(x, kernel, one.dtype)  # theirs rounds the weights to the image's precision
            assert_within(one, other, allowed, f"{shape} {keywords}", label="gabor, scikit-image")


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.bool_, np.uint32])
def test_integers_are_a_float_image(dtype, rng):
    x = samples(rng, dtype, 20, 21)
    scale = 1 if dtype == np.bool_ else np.iinfo(dtype).max
    exact = np.maximum(x.astype(np.float64) / scale, -1)
    for one, other in zip(filters.gabor(x, 0.2, 0.5), filters.gabor(exact, 0.2, 0.5), strict=True):
        assert one.dtype == np.float64
        assert_within(one, other, bound(exact, filter_design.gabor_kernel(0.2, 0.5), np.float64))


@pytest.mark.parametrize("theta", [0, 0.6, np.pi / 2, 2.5])
def test_a_wave_answers_with_its_phase(theta):
    y, x = np.mgrid[:81, :81] - 40
    along = x * np.cos(theta) + y * np.sin(theta)
    for frequency, phase in itertools.product((0.08, 0.2), (0, 1.0, -2.0)):
        wave = np.cos(2 * np.pi * frequency * along + phase)
        real, imag = filters.gabor(wave, frequency, theta, n_stds=5)
        at = 2 * np.pi * frequency * along[40, 40] + phase
        # convolved: the wave's positive frequency passes, the negative one is 3 octaves off
        assert abs(real[40, 40] + 1j * imag[40, 40] - np.exp(1j * at) / 2) < 5e-3
        across = np.hypot(*filters.gabor(wave, frequency, theta + np.pi / 2, n_stds=5))[40, 40]
        assert across < 0.02


@pytest.mark.parametrize("keywords", SETTINGS)
def test_large_images_under_every_way_of_summing(keywords, rng):
    x = samples(rng, np.float64, 260, 270)
    kernel = filter_design.gabor_kernel(**keywords)
    for got, weights in zip(filters.gabor(x, **keywords), (kernel.real, kernel.imag), strict=True):
        assert_within(got, scipy.ndimage.convolve(x, weights), bound(x, kernel, np.float64))


def test_offsets_and_constants(rng):
    kernel = filter_design.gabor_kernel(0.2, 0.4)
    for dtype in (np.float32, np.float64):
        x = np.full((40, 50), 1e6 + 1 / 3, dtype)
        for got, weights in zip(filters.gabor(x, 0.2, 0.4), (kernel.real, kernel.imag), strict=True):
            assert_within(got, np.full(x.shape, weights.sum() * float(x[0, 0])), bound(x, kernel, dtype))


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (0, 0), (1, 1), (1, 7), (2, 3)])
def test_few_samples_or_none(shape, rng):
    x = samples(rng, np.float64, *shape)
    for got, expected in zip(filters.gabor(x, 0.2, 0.4), oracles.gabor(x, 0.2, 0.4), strict=True):
        assert got.shape == shape and got.dtype == np.float64
        if x.size:
            assert_within(got, expected, bound(x, filter_design.gabor_kernel(0.2, 0.4), np.float64))


def test_layouts(rng):
    base = samples(rng, np.float32, 40, 3, 50)
    expected = filters.gabor(np.ascontiguousarray(base[:, 1]), 0.2)
    for image in (base[:, 1], base[:, 1].astype(">f4"), base[::-1, 1, ::-1][::-1, ::-1]):
        assert_same_bits(filters.gabor(image, 0.2), expected)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_stays_in_its_window(value, rng):
    for shape in ((40, 50), (200, 210)):
        x = samples(rng, np.float32, *shape)
        clean = filters.gabor(x, 0.2, 0.4)
        x[20, 30] = value
        reached = np.zeros(shape, bool)
        down, across = (n // 2 for n in filter_design.gabor_kernel(0.2, 0.4).shape)
        reached[20 - down : 21 + down, 30 - across : 31 + across] = True
        for got, before in zip(filters.gabor(x, 0.2, 0.4), clean, strict=True):
            assert not np.isfinite(got[reached]).any() and np.isfinite(got[~reached]).all()
            assert_within(got[~reached], before[~reached], 1e-5)
        holes = filters.gabor(x, 0.2, 0.4, nan_policy="omit")
        assert np.isnan(value) == all(np.isfinite(part).all() for part in holes)


X = np.ones((6, 7))
BAD = [
    ((X[0], 0.2), {}, ValueError, "image"),
    ((X[None], 0.2), {}, ValueError, "image"),
    ((X * 1j, 0.2), {}, TypeError, "image"),
    ((X, "0.2"), {}, TypeError, "frequency"),
    ((X, np.nan), {}, ValueError, "frequency"),
    ((X, 0), {}, ValueError, "frequency"),
    ((X, 0.2), {"theta": np.inf}, ValueError, "theta"),
    ((X, 0.2), {"bandwidth": 0}, ValueError, "bandwidth"),
    ((X, 0.2), {"sigma_x": -1}, ValueError, "sigma_x"),
    ((X, 0.2), {"n_stds": 0}, ValueError, "n_stds"),
    ((X, 1e-300), {}, ValueError, "n_stds"),
    ((X, 0.2), {"offset": None}, TypeError, "offset"),
    ((X, 0.2), {"mode": "edges"}, ValueError, "mode"),
    ((X, 0.2), {"cval": 1j}, TypeError, "cval"),
    ((X, 0.2), {"nan_policy": "raise"}, ValueError, "nan_policy"),
]


@pytest.mark.parametrize("positional, keywords, error, named", BAD)
def test_bad_input(positional, keywords, error, named):
    with pytest.raises(error, match=named):
        filters.gabor(*positional, **keywords)

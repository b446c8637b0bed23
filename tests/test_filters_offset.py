"""Filters of float32 images that stand far from 0, or near the ends of the range: nothing is lost."""

import numpy as np
import pytest
import scipy.ndimage

from sigkit import filters

OFFSET = 1e6


def image(rng, dtype, *shape):
    noise = rng.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        return (OFFSET * (1 - 2j) + noise + 1j * rng.standard_normal(shape)).astype(dtype)
    return (OFFSET + noise).astype(dtype)


def assert_rounded(got, exact, ulps):
    """`exact` is float64's; its own error, of at most a thousand roundings of the offset, is far below float32's."""
    own = 1000 * OFFSET * np.finfo(np.float64).eps
    for part in ("real", "imag") if np.iscomplexobj(exact) else ("real",):
        g, e = getattr(got, part), getattr(exact, part)
        bound = ulps * np.spacing(abs(e).astype(np.float32)).astype(np.float64) + own
        assert (abs(g - e) <= bound).all(), f"{(abs(g - e) / bound).max():.3g} times the bound"


LINEAR = {
    "gaussian_filter": (2.0,),
    "gaussian_filter1d": (3.0,),
    "gaussian_laplace": (2.0,),
    "laplace": (),
    "sobel": (),
    "prewitt": (),
    "uniform_filter": (7,),
    "uniform_filter1d": (9,),
}


@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
@pytest.mark.parametrize("name", LINEAR)
def test_scipy_in_double_precision(rng, name, dtype):
    x = image(rng, dtype, 90, 130)
    got = getattr(filters, name)(x, *LINEAR[name])
    assert got.dtype == dtype
    assert_rounded(got, getattr(scipy.ndimage, name)(x.astype(np.result_type(dtype, np.float64)), *LINEAR[name]), 0.5)


@pytest.mark.parametrize("size", [3, 7, 40])
@pytest.mark.parametrize("cancel", [False, True])
def test_any_weights(rng, size, cancel):
    """Also those that go through an FFT."""
    x, weights = image(rng, np.float32, 150, 160), rng.random((size, size))
    weights -= cancel * weights.mean()
    exact = scipy.ndimage.correlate(x.astype(np.float64), weights)
    assert_rounded(filters.correlate(x, weights), exact, 0.5 + 1e-6 * size**2)


@pytest.mark.parametrize("name", ["gaussian_gradient_magnitude", "scharr", "farid"])
def test_magnitudes(rng, name):
    x = image(rng, np.float32, 80, 90)
    more = (1.5,) if name.startswith("gaussian") else ()
    assert_rounded(getattr(filters, name)(x, *more), getattr(filters, name)(x.astype(np.float64), *more), 2)


def test_gradient(rng):
    x = image(rng, np.float32, 80, 90)
    for got, exact in zip(filters.gradient(x), filters.gradient(x.astype(np.float64)), strict=True):
        assert_rounded(got, exact, 2)


def test_missing_samples(rng):
    x = image(rng, np.float32, 60, 70)
    x[rng.random(x.shape) < 0.1] = np.nan
    for name in ("gaussian_filter", "gaussian_laplace"):
        got = getattr(filters, name)(x, 2.0, nan_policy="omit")
        assert_rounded(got, getattr(filters, name)(x.astype(np.float64), 2.0, nan_policy="omit"), 1)


def test_few_samples_elsewhere_do_not_matter(rng):
    x = image(rng, np.float32, 90, 130)
    x[40:44, 50:58] = 0, 1e12, -np.inf, np.nan, 3, 0, 1, 1e-30
    rest = np.ones(x.shape, bool)
    rest[38:46, 48:60] = False
    got = filters.laplace(x)
    assert_rounded(got[rest], scipy.ndimage.laplace(x.astype(np.float64))[rest], 0.5)


@pytest.mark.parametrize("scale", [2.0**-100, 2.0**100])
@pytest.mark.parametrize("name", ["gaussian_gradient_magnitude", "scharr", "farid"])
def test_squares_neither_vanish_nor_overflow(rng, name, scale):
    x = rng.standard_normal((40, 50)).astype(np.float32)
    more = (1.5,) if name.startswith("gaussian") else ()
    function = getattr(filters, name)
    scale = np.float32(scale)
    np.testing.assert_allclose(function(x * scale, *more) / scale, function(x, *more), rtol=2e-5)
    got, exact = filters.gradient(x * scale).magnitude, filters.gradient(x).magnitude
    np.testing.assert_allclose(got / scale, exact, rtol=2e-5)


@pytest.mark.parametrize("value", [0.5, -0.5, 0.25])
def test_wide_integers_saturate_by_halves(value):
    for dtype in (np.int32, np.uint32):
        for edge in (float(np.iinfo(dtype).min), float(np.iinfo(dtype).max)):
            got = filters.gaussian_filter(np.array([edge + value]), 0, output=dtype)
            assert got[0] == np.clip(np.rint(edge + value), np.iinfo(dtype).min, np.iinfo(dtype).max)


@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
@pytest.mark.parametrize("sigma", [2, 8])
def test_two_samples_whose_sum_is_beyond_the_range(rng, dtype, sigma):
    """Weights that are the same from either end may be given to the sum of two samples, where that is finite."""
    x = rng.standard_normal((70, 220)).astype(dtype)
    y = x.copy()
    x[:, :60], x[:, 60:120] = 3e38, -3e38
    exact = scipy.ndimage.gaussian_filter(x.astype(np.result_type(dtype, np.float64)), sigma)
    got, far = filters.gaussian_filter(x, sigma), 120 + round(4 * sigma)
    assert abs(got - exact).max() <= 2 * 70 * np.finfo(np.float32).eps * 3e38
    assert np.array_equal(got[:, far:], filters.gaussian_filter(y, sigma)[:, far:])

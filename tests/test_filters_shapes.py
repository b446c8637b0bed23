"""Linear filters of images that are narrow, tiny or long: other axes are taken for rows, with the same results."""

import numpy as np
import pytest
import scipy.ndimage

from sigkit import filters

SHAPES = [
    ((300, 3, 3), (1, 2)),
    ((3, 3, 300), (0, 1)),
    ((2, 400, 5), (1, 2)),
    ((5000, 1), (0, 1)),
    ((1, 5000), (0, 1)),
    ((60, 70, 3), (0, 1, 2)),
    ((3, 60, 70), (0, 2)),
    ((4, 5, 6, 90), (0, 1, 2)),
    ((17, 129), (0, 1)),
    ((129, 17), (0, 1)),
]
each = pytest.mark.parametrize("shape, axes", SHAPES, ids=str)
CALLS = {
    "gaussian_filter": (1.5,),
    "gaussian_laplace": (1.0,),
    "gaussian_gradient_magnitude": (1.0,),
    "laplace": (),
    "uniform_filter": (3,),
}
by_mode = pytest.mark.parametrize("mode", ["reflect", "mirror", "nearest", "wrap", "constant"])


def assert_close(got, expected, x):
    """Sums of at most 60 products along three axes, whose weights' magnitudes sum to less than 12."""
    assert abs(got - expected).max(initial=0) <= 3 * 62 * 12 * np.finfo(x.dtype).eps * max(abs(x).max(initial=0), 2)


def each_image(function, x, axes, *arguments, **options):
    """Of every image over `axes` alone: SciPy's gradient magnitude with `axes` smooths along the others too."""
    last = range(-len(axes), 0)
    images = np.moveaxis(x, axes, last)
    result = np.empty(images.shape)
    for place in np.ndindex(images.shape[: x.ndim - len(axes)]):
        result[place] = function(images[place], *arguments, **options)
    return np.moveaxis(result, last, axes)


@each
@by_mode
@pytest.mark.parametrize("name", CALLS)
def test_scipy(rng, shape, axes, mode, name):
    x = rng.standard_normal(shape)
    options = {"mode": mode, "cval": 2.0, "axes": axes}
    expected = each_image(getattr(scipy.ndimage, name), x, axes, *CALLS[name], mode=mode, cval=2.0)
    assert_close(getattr(filters, name)(x, *CALLS[name], **options), expected, x)
    got = getattr(filters, name)(np.asfortranarray(x.astype(np.float32)), *CALLS[name], **options)
    assert_close(got, expected, x.astype(np.float32))


@each
@by_mode
def test_scipy_of_all_axes(rng, shape, axes, mode):
    x = rng.standard_normal(shape)
    for axis in range(x.ndim):
        options = {"axis": axis, "mode": mode, "cval": -1.0}
        for name in ("sobel", "prewitt"):
            expected = getattr(scipy.ndimage, name)(x, **options)
            assert_close(getattr(filters, name)(x, **options), expected, x)
        taps = rng.standard_normal(5)
        assert_close(filters.correlate1d(x, taps, **options), scipy.ndimage.correlate1d(x, taps, **options), x)


@each
def test_weights_of_any_shape(rng, shape, axes):
    x = rng.standard_normal(shape)
    for size in (1, 2, 3, 5):
        weights = rng.standard_normal((size, 3, 4)[: len(axes)])
        expected = scipy.ndimage.correlate(x, weights, axes=axes)
        assert_close(filters.correlate(x, weights, axes=axes), expected, x)


@each
@pytest.mark.parametrize("dtype", [np.uint8, np.int16])
def test_integers(rng, shape, axes, dtype):
    x = rng.integers(0, 256, shape).astype(dtype)
    got = filters.gaussian_filter(x, 1.0, axes=axes)
    exact = scipy.ndimage.gaussian_filter(x.astype(np.float64), 1.0, axes=axes)
    assert got.dtype == dtype
    assert abs(got - exact).max() <= 0.5 + 1e-3


def test_gaussians_of_any_radius_and_order(rng):
    x = rng.standard_normal(50)
    assert np.array_equal(filters.gaussian_filter1d(x, 0.5, radius=10**9), filters.gaussian_filter1d(x, 0.5, radius=20))
    assert np.isfinite(filters.gaussian_filter1d(x, 1.0, order=40)).all()
    with pytest.raises(ValueError, match="order=400: the weights of sigma=1 are beyond the range"):
        filters.gaussian_filter(x, 1.0, order=400)

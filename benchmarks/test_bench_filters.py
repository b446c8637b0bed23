"""Rows of `sigkit.filters`."""

import numpy as np
from rows import Contest, Target, peer, row
from test_bench_correlation import normal

from sigkit import filters

SIDE = 2048
EPS = np.finfo(np.float32).eps


def picture(rng, dtype=np.float32):
    if dtype == np.uint8:
        return rng.integers(0, 256, (SIDE, SIDE), np.uint8)
    return normal(rng, (SIDE, SIDE), dtype)


def conv2d(name, work, size, target, *, ndimage=False, dtype=np.float32):
    """The row of one non-separable kernel."""
    peers = {"cv2.filter2D": target} | ({"ndimage.correlate": None} if ndimage else {})

    @row(name, work, peers)
    def make(rng):
        x, weights = picture(rng, dtype), normal(rng, (size, size))
        cv2, scipy_ndimage = peer("cv2"), peer("scipy.ndimage")
        images = np.empty((2, SIDE, SIDE), np.float32)
        calls = {
            "sigkit": lambda: filters.correlate(x, weights, output=np.float32),
            "cv2.filter2D": lambda: cv2.filter2D(x, cv2.CV_32F, weights, dst=images[0], borderType=cv2.BORDER_REFLECT),
            "ndimage.correlate": lambda: scipy_ndimage.correlate(x, weights, output=images[1]),
        }
        # of an FFT, where one is taken; its blocks hold a part of the image
        bound = 8 * EPS * np.log2(x.size) * np.linalg.norm(x.astype(np.float32)) * np.linalg.norm(weights)
        return Contest(calls, bound)


conv2d("conv2d-3", "2048 x 2048 float32, 3 x 3 weights", 3, Target(1.3, 2), ndimage=True)
conv2d("conv2d-7", "2048 x 2048 float32, 7 x 7 weights", 7, Target(1.5, 2.5), ndimage=True)
conv2d("conv2d-15", "2048 x 2048 float32, 15 x 15 weights", 15, Target(2, 4))
conv2d("conv2d-31", "2048 x 2048 float32, 31 x 31 weights", 31, Target(1, 2))
conv2d("conv2d-u8", "2048 x 2048 uint8 to float32, 5 x 5 weights", 5, Target(1, 1.5), dtype=np.uint8)


def gaussian(name, work, sigma, target, *, dtype=np.float32, ndimage=False):
    """The row of one Gaussian, up to 4 sigma."""
    peers = {"cv2.GaussianBlur": target} | ({"ndimage.gaussian_filter": None} if ndimage else {})

    @row(name, work, peers)
    def make(rng):
        x = picture(rng, dtype)
        cv2, scipy_ndimage = peer("cv2"), peer("scipy.ndimage")
        size, images = 2 * round(4 * sigma) + 1, np.empty((2, SIDE, SIDE), dtype)
        calls = {
            "sigkit": lambda: filters.gaussian_filter(x, sigma),
            "cv2.GaussianBlur": lambda: cv2.GaussianBlur(x, (size, size), sigma, dst=images[0],
                                                         borderType=cv2.BORDER_REFLECT),
            "ndimage.gaussian_filter": lambda: scipy_ndimage.gaussian_filter(x, sigma, output=images[1]),
        }  # fmt: skip
        # OpenCV blurs bytes in fixed point
        bound = 2 if dtype == np.uint8 else 2 * (2 * size + 2) * EPS * abs(x).max()
        views = {label: lambda result: result.astype(np.float32) for label in calls} if dtype == np.uint8 else {}
        return Contest(calls, bound, views)


gaussian("gauss-2", "Gaussian of sigma 2, 2048 x 2048 float32", 2, Target(1.4, 2), ndimage=True)
gaussian("gauss-8", "Gaussian of sigma 8, 2048 x 2048 float32", 8, Target(2.5, 4), ndimage=True)
gaussian("gauss-u8", "Gaussian of sigma 1, 2048 x 2048 uint8", 1, Target(0.6, 1), dtype=np.uint8)


def bell(sigma, order=0):
    """The weights that sigkit and SciPy take, up to 4 sigma, as OpenCV correlates with them."""
    x = np.arange(-round(4 * sigma), round(4 * sigma) + 1.0)
    weights = np.exp(-0.5 * (x / sigma) ** 2)
    weights /= weights.sum()
    return (weights * (x**2 / sigma**4 - 1 / sigma**2) if order else weights).astype(np.float32)


@row("log", "Laplacian of a Gaussian of sigma 2, 2048 x 2048 float32",
     {"cv2.sepFilter2D x 2, add": Target(2, 3.5), "ndimage.gaussian_laplace": None})
def laplacian_of_gaussian(rng):
    x, smooth, second = picture(rng), bell(2), bell(2, 2)
    cv2, ndimage = peer("cv2"), peer("scipy.ndimage")
    a, b, c = np.empty((3, SIDE, SIDE), np.float32)

    def composed():
        cv2.sepFilter2D(x, -1, smooth, second, dst=a, borderType=cv2.BORDER_REFLECT)
        cv2.sepFilter2D(x, -1, second, smooth, dst=b, borderType=cv2.BORDER_REFLECT)
        return cv2.add(a, b, dst=a)

    calls = {"sigkit": lambda: filters.gaussian_laplace(x, 2), "cv2.sepFilter2D x 2, add": composed,
             "ndimage.gaussian_laplace": lambda: ndimage.gaussian_laplace(x, 2, output=c)}  # fmt: skip
    return Contest(calls, 200 * EPS * abs(x).max())


@row("dog", "difference of Gaussians of sigma 2 and 3.2, 2048 x 2048 float32",
     {"cv2.GaussianBlur x 2, subtract": Target(2, 3.5), "skimage.filters.difference_of_gaussians": None})
def difference(rng):
    x = picture(rng)
    cv2, skimage = peer("cv2"), peer("skimage.filters")
    a, b = np.empty((2, SIDE, SIDE), np.float32)

    def composed():
        cv2.GaussianBlur(x, (17, 17), 2, dst=a, borderType=cv2.BORDER_REPLICATE)
        cv2.GaussianBlur(x, (27, 27), 3.2, dst=b, borderType=cv2.BORDER_REPLICATE)
        return cv2.subtract(a, b, dst=a)

    calls = {"sigkit": lambda: filters.difference_of_gaussians(x, 2, 3.2), "cv2.GaussianBlur x 2, subtract": composed,
             "skimage.filters.difference_of_gaussians": lambda: skimage.difference_of_gaussians(x, 2, 3.2)}  # fmt: skip
    return Contest(calls, 200 * EPS * abs(x).max())


@row("sobel-mag", "magnitude of Sobel's gradient, 2048 x 2048 float32", {"cv2.Sobel x 2, magnitude": Target(2, 4)})
def sobel_magnitude(rng):
    x, cv2 = picture(rng), peer("cv2")
    a, b = np.empty((2, SIDE, SIDE), np.float32)

    def composed():
        cv2.Sobel(x, -1, 1, 0, dst=a, borderType=cv2.BORDER_REFLECT)
        cv2.Sobel(x, -1, 0, 1, dst=b, borderType=cv2.BORDER_REFLECT)
        return cv2.magnitude(a, b, magnitude=a)

    calls = {"sigkit": lambda: filters.gradient(x, parts=("magnitude",)).magnitude,
             "cv2.Sobel x 2, magnitude": composed}  # fmt: skip
    return Contest(calls, 100 * EPS * abs(x).max())


@row("laplace", "Laplacian by second differences, 2048 x 2048 float32",
     {"cv2.Laplacian": Target(0.9, 1.2), "ndimage.laplace": None})
def laplace(rng):
    x = picture(rng)
    cv2, ndimage = peer("cv2"), peer("scipy.ndimage")
    a, b = np.empty((2, SIDE, SIDE), np.float32)
    calls = {"sigkit": lambda: filters.laplace(x),
             "cv2.Laplacian": lambda: cv2.Laplacian(x, -1, dst=a, ksize=1, borderType=cv2.BORDER_REFLECT),
             "ndimage.laplace": lambda: ndimage.laplace(x, output=b)}  # fmt: skip
    return Contest(calls, 100 * EPS * abs(x).max())


def test_bench_filters(benchmark, contender):
    benchmark(contender)

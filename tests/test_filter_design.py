"""sigkit.filter_design: Gaussians, Sobel's, Gabor's, composed and separated kernels, what they do, and bad input."""

import itertools
import math

import numpy as np
import odd_arrays
import pytest
import scipy.ndimage
import scipy.signal
from compare import assert_within

from sigkit import filter_design

EPS = np.finfo(float).eps


# -------------------------------------------------------------------------------------------------- Gaussians


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("sigma", [0.3, 0.5, 1.0, 3.7])
@pytest.mark.parametrize("extent", [{}, {"radius": 9}, {"truncate": 2.5}], ids=str)
def test_gaussian_weights_are_scipys(sigma, order, extent):
    kernel = filter_design.gaussian_kernel1d(sigma, order, **extent)
    impulse = np.zeros(len(kernel) + 40)
    impulse[20 + len(kernel) // 2] = 1
    scipys = scipy.ndimage.gaussian_filter1d(impulse, sigma, order=order, **extent)
    assert_within(kernel, scipys[20 : 20 + len(kernel)][::-1], 16 * (order + 1) * EPS * abs(kernel).max())
    assert not scipys[:20].any() and not scipys[20 + len(kernel) :].any()


@pytest.mark.parametrize("sigma", [0.3, 0.5, 1.0, 2.0, (0.4, 3.0)], ids=str)
def test_gaussian_derivatives_of_images(sigma):
    """Exact on x^j y^k up to the derivative along each axis, and one more by symmetry."""
    for derivative in itertools.product(range(3), repeat=2):
        kernel = filter_design.gaussian_derivative_kernel(sigma, derivative)
        got = filter_design.moments(kernel, 3)
        bound = filter_design.moments(abs(kernel), 0)[0, 0] * kernel.size * EPS * (max(kernel.shape) / 2) ** 6
        for j, k in itertools.product(range(derivative[0] + 2), range(derivative[1] + 2)):
            wanted = math.prod(map(math.factorial, derivative)) if (j, k) == derivative else 0
            assert abs(got[j, k] - wanted) <= bound


def test_one_derivative_makes_a_line():
    for derivative in (1, 2, 3):
        line = filter_design.gaussian_derivative_kernel(0.8, derivative)
        assert np.array_equal(line, filter_design.derivative_kernel(derivative, method="gaussian", sigma=0.8))
    smooth = filter_design.gaussian_derivative_kernel(0.8, 0)
    assert_within(smooth, filter_design.gaussian_kernel1d(0.8), 8 * EPS)


@pytest.mark.parametrize("sigma", [2.0, 3.0])
def test_laplacian_of_gaussian_agrees_with_scipys(sigma):
    kernel = filter_design.log_kernel(sigma)
    impulse = np.zeros(kernel.shape)
    impulse[kernel.shape[0] // 2, kernel.shape[1] // 2] = 1
    scipys = scipy.ndimage.gaussian_laplace(impulse, sigma, mode="constant")
    assert_within(kernel, scipys, 0.01 * abs(scipys).max())  # the second moment lost beyond 4 sigma, which ours has
    assert np.array_equal(kernel, filter_design.laplace_kernel(method="gaussian", sigma=sigma))


@pytest.mark.parametrize("sigma", [0.2, 0.5, 1.5])
@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_laplacian_of_gaussian_on_constants_and_parabolas(sigma, ndim):
    kernel = filter_design.log_kernel(sigma, ndim=ndim)
    got = filter_design.moments(kernel, 2)
    bound = kernel.size * EPS * abs(kernel).max() * (len(kernel) / 2) ** 2
    assert abs(got[(0,) * ndim]) <= bound
    for axis in range(ndim):
        assert abs(got[tuple(2 * (i == axis) for i in range(ndim))] - 2) <= bound


def test_difference_of_gaussians_is_scipys(rng):
    image = rng.standard_normal((40, 41))
    for high, keywords in ((3.0, {}), (None, {}), (3.0, {"truncate": 2.0})):
        expected = scipy.ndimage.gaussian_filter(image, 1.1, **keywords) - scipy.ndimage.gaussian_filter(
            image, 1.6 * 1.1 if high is None else high, **keywords
        )
        got = scipy.ndimage.correlate(image, filter_design.dog_kernel(1.1, high, **keywords))
        assert_within(got, expected, 700 * EPS * abs(image).max())
    kernel = filter_design.dog_kernel(1.1)
    assert abs(kernel.sum()) <= kernel.size * EPS and kernel[kernel.shape[0] // 2, kernel.shape[1] // 2] > 0


# ---------------------------------------------------------------------------------------------- Sobel and Gabor


@pytest.mark.parametrize("size", [3, 5, 7, 9, 31])
@pytest.mark.parametrize("derivative", [(0, 1), (1, 0), (1, 1), (2, 0), (0, 2)])
def test_sobel_is_opencvs(size, derivative):
    cv2 = pytest.importorskip("cv2")
    for gain, normalize in (("raw", False), ("unit", True)):
        across, along = cv2.getDerivKernels(derivative[1], derivative[0], size, normalize=normalize, ktype=cv2.CV_64F)
        kernel = filter_design.sobel_kernel(size, derivative=derivative, gain=gain)
        assert np.array_equal(kernel, along * across.T)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_sobel_is_scipys(axis, rng):
    image = rng.integers(-100, 100, (20, 30)).astype(float)
    kernel = filter_design.sobel_kernel(derivative=[(1, 0), (0, 1)][axis])
    assert np.array_equal(scipy.ndimage.correlate(image, kernel), scipy.ndimage.sobel(image, axis))


@pytest.mark.parametrize("derivative", [1, 2, (0, 1), (2, 1), (1, 0, 0)], ids=str)
@pytest.mark.parametrize("size", [3, 5, 9])
def test_sobel_of_unit_gain_differentiates(size, derivative):
    kernel = filter_design.sobel_kernel(size, derivative=derivative, gain="unit")
    orders = derivative if isinstance(derivative, tuple) else (derivative,)
    assert filter_design.moments(kernel, 2)[orders] == math.prod(map(math.factorial, orders))
    raw = filter_design.sobel_kernel(size, derivative=derivative)
    assert np.array_equal(raw, kernel * math.prod(2 ** (size - 1 - d) for d in orders))


def gabor(frequency, theta, sigma_x, sigma_y, n_stds, offset):
    """scikit-image's formula and extent."""
    c, s = math.cos(theta), math.sin(theta)
    x0 = math.ceil(max(abs(n_stds * sigma_x * c), abs(n_stds * sigma_y * s), 1))
    y0 = math.ceil(max(abs(n_stds * sigma_y * c), abs(n_stds * sigma_x * s), 1))
    y, x = np.mgrid[-y0 : y0 + 1, -x0 : x0 + 1]
    u, v = x * c + y * s, -x * s + y * c
    wave = np.exp(-0.5 * (u**2 / sigma_x**2 + v**2 / sigma_y**2) + 1j * (2 * np.pi * frequency * u + offset))
    return wave / (2 * np.pi * sigma_x * sigma_y)


@pytest.mark.parametrize("theta", [0, 0.4, np.pi / 2, 2.0])
@pytest.mark.parametrize("frequency, bandwidth, given", [
    (0.1, 1, {}), (0.25, 0.5, {}), (0.25, 1, {"sigma_x": 0.2, "sigma_y": 3}), (0, 1, {"sigma_x": 2, "sigma_y": 1}),
    (-0.2, 2, {"n_stds": 4, "offset": 1.0}),
])  # fmt: skip
def test_gabor_is_scikit_images(frequency, bandwidth, given, theta):
    default = math.sqrt(math.log(2) / 2) / math.pi * (2**bandwidth + 1) / (2**bandwidth - 1) / (abs(frequency) or 1)
    sigmas = given.get("sigma_x", default), given.get("sigma_y", default)
    expected = gabor(frequency, theta, *sigmas, given.get("n_stds", 3), given.get("offset", 0))
    bound = (64 + 8 * np.pi * abs(frequency) * max(expected.shape)) * EPS * abs(expected).max()
    kernel = filter_design.gabor_kernel(frequency, theta, bandwidth, **given)
    assert kernel.dtype == np.complex128
    assert_within(kernel, expected, bound)
    single = filter_design.gabor_kernel(frequency, theta, bandwidth, **given, dtype=np.complex64)
    assert single.dtype == np.complex64 and np.array_equal(single, kernel.astype(np.complex64))


def test_gabor_is_scikit_images_own():
    filters = pytest.importorskip("skimage.filters")
    for arguments in ((0.1,), (0.2, 0.7, 0.8), (0.2, 1.0, 1, 2, 5, 2, 0.3)):
        ours, theirs = filter_design.gabor_kernel(*arguments), filters.gabor_kernel(*arguments)
        bound = (64 + 8 * np.pi * arguments[0] * max(theirs.shape)) * EPS * abs(theirs).max()
        assert_within(ours, theirs, bound)


@pytest.mark.parametrize("bandwidth", [0.5, 1, 1.5])
def test_gabors_bandwidth_is_at_half_of_the_response(bandwidth):
    """In octaves, and 1 at the frequency itself."""
    kernel = filter_design.gabor_kernel(0.08, bandwidth=bandwidth, n_stds=6)
    line = kernel.sum(axis=0).conj()  # conjugated: the template of the wave
    ratio = 2.0**bandwidth
    low = 0.08 * 2 / (1 + ratio)
    response = filter_design.frequency_response(line, [low, 0.08, low * ratio])
    assert_within(abs(response), [0.5, 1, 0.5], 1e-4)  # beyond 6 sigma and between the samples


# ------------------------------------------------------------------------------------- composing and separating


@pytest.mark.parametrize("shapes", [((5,), (3,)), ((3, 5), (5, 3)), ((3, 1, 3), (1, 3, 3))], ids=str)
def test_composed_kernels_do_what_the_two_do_in_turn(shapes, rng):
    f, g = (rng.standard_normal(shape) for shape in shapes)
    image = rng.standard_normal((17, 18, 19)[: f.ndim])
    both = filter_design.compose_kernels(f, g)
    bound = (f.size + g.size + 2) * EPS * abs(image).max() * abs(f).sum() * abs(g).sum()
    for apply in (scipy.ndimage.correlate, scipy.ndimage.convolve):
        in_turn = apply(apply(image, g, mode="wrap"), f, mode="wrap")
        assert_within(apply(image, both, mode="wrap"), in_turn, bound)
        reflected = apply(apply(image, g), f)
        inside = tuple(slice(n // 2, -(n // 2) or None) for n in both.shape)
        assert_within(apply(image, both)[inside], reflected[inside], bound)
        assert abs(apply(image, both) - reflected).max() > bound
    full = scipy.signal.convolve(scipy.signal.convolve(image, g, method="direct"), f, method="direct")
    assert_within(scipy.signal.convolve(image, both, method="direct"), full, bound)


def test_two_even_kernels_in_turn_are_one_sample_late(rng):
    f, g, line = rng.standard_normal(4), rng.standard_normal(2), rng.standard_normal(30)
    both = scipy.ndimage.correlate(line, filter_design.compose_kernels(f, g), mode="wrap")
    in_turn = scipy.ndimage.correlate(scipy.ndimage.correlate(line, g, mode="wrap"), f, mode="wrap")
    bound = 8 * EPS * abs(line).max() * abs(f).sum() * abs(g).sum()
    assert_within(np.roll(both, 1), in_turn, bound)


@pytest.mark.parametrize("sigma", [1.0, 2.0, 4.0])
def test_a_gaussian_and_a_difference_are_nearly_the_derivative_of_gaussian(sigma):
    both = filter_design.compose_kernels(filter_design.gaussian_kernel1d(sigma), filter_design.derivative_kernel(1))
    kernel = filter_design.gaussian_derivative_kernel(sigma, 1, size=len(both))
    assert abs(both - kernel).max() < 0.4 / sigma**2 * abs(kernel).max()


def same_sum(factors, kernel):
    columns, rows = factors
    bound = (4 * max(kernel.shape) + 2 * len(rows)) * np.finfo(columns.dtype).eps * abs(kernel).max()
    assert_within(columns.T @ rows, kernel, bound)
    assert columns.shape == (len(rows), kernel.shape[0]) and rows.shape[1] == kernel.shape[1]
    return len(rows)


@pytest.mark.parametrize("make, rank", [
    (lambda: filter_design.sobel_kernel(7), 1),
    (lambda: filter_design.gaussian_derivative_kernel(1.5, (1, 2)), 1),
    (lambda: filter_design.dog_kernel(1.0), 2),
    (lambda: filter_design.log_kernel(1.0), 2),
    (lambda: filter_design.laplace_kernel(), 2),
    (lambda: filter_design.laplace_kernel(isotropic=True), 2),
    (lambda: filter_design.laplace_kernel(accuracy=4, isotropic=True), 3),
    (lambda: filter_design.laplace_kernel((64, 48), method="fourier"), 2),
    (lambda: filter_design.gabor_kernel(0.2), 1),
    (lambda: filter_design.gabor_kernel(0.2, sigma_x=3, sigma_y=2, theta=0.3).real[::-1], None),
    (lambda: np.ones((1, 5)), 1),
    (lambda: np.ones((5, 1)), 1),
    (lambda: np.full((1, 1), 3.0), 1),
    (lambda: np.eye(3), None),
    (lambda: np.zeros((4, 3)), 1),
    (lambda: np.outer([1e-155, 2e-155], [1e-155, 3e-155]), 1),
    (lambda: np.outer([1e154, 2e153], [1e154, -3e153]), 1),
    (lambda: np.full((3, 3), np.nan), None),
    (lambda: np.array([[1, np.inf], [0, 0]]), None),
])  # fmt: skip
def test_ranks(make, rank):
    kernel = make()
    factors = filter_design.separate(kernel)
    assert factors is None if rank is None else same_sum(factors, kernel) == rank


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16"])
@pytest.mark.parametrize("rank", [1, 2, 5])
def test_sums_of_random_products_are_found(dtype, rank, rng):
    for shape in ((7, 6), (9, 40), (40, 9)):
        factors = [rng.standard_normal((rank, n)) + 1j * rng.standard_normal((rank, n)) for n in shape]
        columns, rows = (x.astype("c16") if dtype[0] == "c" else x.real for x in factors)
        kernel = (columns.T @ rows).astype(dtype)
        found = filter_design.separate(kernel)
        assert found[0].dtype == found[1].dtype == np.dtype(dtype)
        assert same_sum(found, kernel) == rank
        changed = kernel.copy()
        changed[0, 0] += abs(kernel).max() / 100
        more = filter_design.separate(changed)
        assert more is None if rank + 1 == min(shape) else same_sum(more, changed) == rank + 1


def test_symmetric_kernels_separate_symmetrically():
    for kernel in (filter_design.log_kernel(1.3), filter_design.dog_kernel(0.8), filter_design.sobel_kernel(5)):
        for factors, axis in zip(filter_design.separate(kernel), (0, 1), strict=True):
            sign = 1 if np.array_equal(np.flip(kernel, axis), kernel) else -1
            assert np.array_equal(factors[:, ::-1], sign * factors)


def test_integers_separate_as_float64():
    kernel = np.outer([1, 3, 2], [4, -2, 8]).astype(np.int16)
    columns, rows = filter_design.separate(kernel)
    assert columns.dtype == rows.dtype == np.float64
    assert np.array_equal(columns.T @ rows, kernel)
    half = filter_design.separate(kernel.astype(np.float16))
    assert half[0].dtype == np.float32


# ------------------------------------------------------------------------------------------- what a kernel does


def test_response_is_what_correlating_a_wave_gives(rng):
    kernel = rng.standard_normal((4, 5))
    f = np.array([0.11, -0.2])
    got = filter_design.frequency_response(kernel, f)
    assert got.shape == (2, 2)
    y, x = np.mgrid[:20, :21]
    for i, k in np.ndindex(2, 2):
        wave = np.exp(2j * np.pi * (f[i] * y + f[k] * x))
        filtered = scipy.ndimage.correlate(wave, kernel)
        assert abs(filtered[9, 9] / wave[9, 9] - got[i, k]) <= 200 * EPS * abs(kernel).sum()


def test_noise_gain_is_the_mean_response(rng):
    kernel = rng.standard_normal((6, 7)) + 1j * rng.standard_normal((6, 7))
    response = filter_design.frequency_response(kernel, np.arange(8) / 8)
    assert filter_design.noise_gain(kernel) == pytest.approx(np.sqrt(np.mean(abs(response) ** 2)), rel=100 * EPS)
    assert filter_design.noise_gain([3e200, 4e200]) == pytest.approx(5e200)
    assert filter_design.noise_gain(np.array([-128, 0], np.int8)) == 128


# ------------------------------------------------------------------------------------------------- every result


def test_results_are_the_callers_own():
    """What is kept for the next call cannot be changed through a result."""
    for make in (
        lambda: filter_design.derivative_kernel(2, accuracy=4),
        lambda: filter_design.laplace_kernel(isotropic=True),
        lambda: filter_design.laplace_kernel(ndim=1),
        lambda: filter_design.gaussian_derivative_kernel(1.0, 1),
        lambda: filter_design.dog_kernel(1.0),
        lambda: filter_design.sobel_kernel(),
    ):
        kernel = make()
        before = kernel.copy()
        assert kernel.dtype == np.float64 and kernel.flags.writeable and kernel.flags.c_contiguous
        kernel[...] = 7
        assert np.array_equal(make(), before)


def test_sizes():
    assert filter_design.laplace_kernel().shape == (3, 3) and filter_design.laplace_kernel(3).shape == (3, 3)
    assert np.array_equal(filter_design.laplace_kernel(), filter_design.laplace_kernel(3))
    assert filter_design.laplace_kernel((3, 5, 7), ndim=3).shape == (3, 5, 7)
    assert filter_design.derivative_kernel(2, method="gaussian", sigma=1.0).shape == (9,)
    assert filter_design.derivative_kernel(9, method="gaussian", sigma=1.0).shape == (11,)
    assert filter_design.log_kernel(1.0, size=(3, 5)).shape == (3, 5)
    assert filter_design.gaussian_kernel1d(0.1).tolist() == [1.0]


@pytest.mark.parametrize("kind", odd_arrays.REFUSED)
def test_separate_refuses_what_is_no_kernel(kind):
    odd = odd_arrays.REFUSED[kind](filter_design.sobel_kernel())
    with pytest.raises((TypeError, ValueError), match="kernel"):
        filter_design.separate(odd)


@pytest.mark.parametrize("strides, alignment, order, access", [
    (strides, *layout) for strides in odd_arrays.STRIDES for layout in odd_arrays.LAYOUTS
])  # fmt: skip
def test_separate_of_any_layout(strides, alignment, order, access):
    laid = odd_arrays.lay_out(filter_design.log_kernel(0.8), strides, alignment, order, access)
    found, expected = filter_design.separate(laid), filter_design.separate(np.array(laid, float))
    for one, other in zip(found, expected, strict=True):
        assert one.tobytes() == other.tobytes()


design = filter_design
BAD = [
    (TypeError, "derivative", lambda: design.derivative_kernel(1.0)),
    (TypeError, "derivative", lambda: design.derivative_kernel(True)),
    (ValueError, "derivative=0", lambda: design.derivative_kernel(0)),
    (ValueError, "derivative=1200", lambda: design.derivative_kernel(1200, method="sinc", size=2001)),
    (ValueError, "derivative=900", lambda: design.derivative_kernel(900, method="fourier", size=8)),
    (TypeError, "method", lambda: design.derivative_kernel(1, method=None)),
    (ValueError, "method='cubic'", lambda: design.derivative_kernel(1, method="cubic")),
    (TypeError, "accuracy", lambda: design.derivative_kernel(1, accuracy="2")),
    (ValueError, "accuracy=3", lambda: design.derivative_kernel(1, accuracy=3)),
    (ValueError, "accuracy=0", lambda: design.derivative_kernel(1, accuracy=0)),
    (ValueError, "accuracy=4", lambda: design.derivative_kernel(1, accuracy=4, method="fourier", size=8)),
    (ValueError, "accuracy=4", lambda: design.derivative_kernel(1, accuracy=4, method="sinc", size=9)),
    (ValueError, "accuracy=40", lambda: design.derivative_kernel(1, accuracy=40, method="spline")),
    (TypeError, "size", lambda: design.derivative_kernel(1, size=3.0)),
    (ValueError, "size=4", lambda: design.derivative_kernel(1, size=4)),
    (ValueError, "size=1", lambda: design.derivative_kernel(1, size=1)),
    (ValueError, "size=3", lambda: design.derivative_kernel(2, size=3, accuracy=4)),
    (ValueError, "size=3", lambda: design.derivative_kernel(4, size=3, method="gaussian", sigma=1.0)),
    (ValueError, "size=None", lambda: design.derivative_kernel(1, method="sinc")),
    (ValueError, "size=None", lambda: design.derivative_kernel(1, method="fourier")),
    (ValueError, "size=0", lambda: design.derivative_kernel(1, method="fourier", size=0)),
    (ValueError, "sigma=None", lambda: design.derivative_kernel(1, method="gaussian")),
    (ValueError, "sigma=1.0", lambda: design.derivative_kernel(1, sigma=1.0)),
    (ValueError, "sigma=0", lambda: design.derivative_kernel(1, method="gaussian", sigma=0)),
    (ValueError, "sigma=nan", lambda: design.derivative_kernel(1, method="gaussian", sigma=math.nan)),
    (ValueError, "sigma=1e\\+300", lambda: design.derivative_kernel(1, method="gaussian", sigma=1e300)),
    (TypeError, "sigma", lambda: design.derivative_kernel(1, method="gaussian", sigma="1")),
    (ValueError, "correction='center'", lambda: design.derivative_kernel(1, correction="center")),
    (ValueError, "correction='hann'", lambda: design.derivative_kernel(1, method="sinc", size=9, correction="hann")),
    (TypeError, "correction", lambda: design.derivative_kernel(1, method="sinc", size=9, correction=1)),
    (ValueError, "ndim=33", lambda: design.laplace_kernel(1, method="fourier", ndim=33)),
    (ValueError, "ndim=33", lambda: design.dog_kernel(0.1, ndim=33)),
    (ValueError, "derivative", lambda: design.sobel_kernel(derivative=(0,) * 33)),
    (ValueError, "ndim=0", lambda: design.laplace_kernel(ndim=0)),
    (ValueError, "ndim", lambda: design.laplace_kernel(ndim=32, accuracy=4, isotropic=True)),
    (ValueError, "size", lambda: design.laplace_kernel((3, 3), ndim=3)),
    (ValueError, "size=2", lambda: design.laplace_kernel((3, 2))),
    (ValueError, "size", lambda: design.laplace_kernel(2**40, method="fourier", ndim=2)),
    (TypeError, "isotropic", lambda: design.laplace_kernel(isotropic=1)),
    (ValueError, "isotropic", lambda: design.laplace_kernel(5, isotropic=True)),
    (ValueError, "isotropic", lambda: design.laplace_kernel(method="spline", isotropic=True)),
    (TypeError, "sigma", lambda: design.log_kernel((1.0, 2.0))),
    (ValueError, "sigma=-1", lambda: design.log_kernel(-1)),
    (ValueError, "derivative=-1", lambda: design.gaussian_derivative_kernel(1.0, -1)),
    (ValueError, "derivative", lambda: design.gaussian_derivative_kernel(1.0, ())),
    (ValueError, "sigma", lambda: design.gaussian_derivative_kernel((1.0, 2.0), 1)),
    (ValueError, "size=1", lambda: design.gaussian_derivative_kernel(1.0, (0, 1), size=1)),
    (ValueError, "order=-1", lambda: design.gaussian_kernel1d(1.0, -1)),
    (ValueError, "radius=-1", lambda: design.gaussian_kernel1d(1.0, radius=-1)),
    (TypeError, "radius", lambda: design.gaussian_kernel1d(1.0, radius=1.5)),
    (ValueError, "radius", lambda: design.gaussian_kernel1d(1.0, radius=2**62)),
    (ValueError, "truncate=-1", lambda: design.gaussian_kernel1d(1.0, truncate=-1)),
    (ValueError, "sigma=1e-200", lambda: design.gaussian_kernel1d(1e-200, 2)),
    (TypeError, "low_sigma", lambda: design.dog_kernel(None)),
    (ValueError, "high_sigma=0.5", lambda: design.dog_kernel(1.0, 0.5)),
    (ValueError, "ndim", lambda: design.dog_kernel(1.0, ndim=30)),
    (TypeError, "frequency", lambda: design.gabor_kernel(None)),
    (ValueError, "frequency=0", lambda: design.gabor_kernel(0, sigma_x=1)),
    (ValueError, "bandwidth=0", lambda: design.gabor_kernel(0.1, bandwidth=0)),
    (ValueError, "sigma_y=0", lambda: design.gabor_kernel(0.1, sigma_y=0)),
    (ValueError, "n_stds=inf", lambda: design.gabor_kernel(0.1, n_stds=math.inf)),
    (ValueError, "n_stds", lambda: design.gabor_kernel(1e-300)),
    (TypeError, "dtype", lambda: design.gabor_kernel(0.1, dtype=float)),
    (TypeError, "dtype", lambda: design.gabor_kernel(0.1, dtype="no dtype")),
    (ValueError, "size=2", lambda: design.sobel_kernel(2)),
    (ValueError, "size=33", lambda: design.sobel_kernel(33)),
    (ValueError, "derivative=3", lambda: design.sobel_kernel(derivative=(0, 3))),
    (TypeError, "derivative", lambda: design.sobel_kernel(derivative="x")),
    (ValueError, "gain='half'", lambda: design.sobel_kernel(gain="half")),
    (ValueError, "f and g", lambda: design.compose_kernels([1.0], [[1.0]])),
    (ValueError, "f and g", lambda: design.compose_kernels([], [1.0])),
    (TypeError, "^f:", lambda: design.compose_kernels(None, [1.0])),
    (ValueError, "kernel", lambda: design.separate([1.0, 2.0])),
    (ValueError, "kernel", lambda: design.separate(np.ones((0, 3)))),
    (TypeError, "kernel", lambda: design.separate([["a"]])),
    (TypeError, "order", lambda: design.moments([1.0], 1.5)),
    (ValueError, "order=-1", lambda: design.moments([1.0], -1)),
    (ValueError, "kernel", lambda: design.moments(3.0, 1)),
    (ValueError, "frequencies", lambda: design.frequency_response([1.0], 0.1)),
    (ValueError, "frequencies", lambda: design.frequency_response([1.0], [math.nan])),
    (TypeError, "frequencies", lambda: design.frequency_response([1.0], [1j])),
    (ValueError, "kernel", lambda: design.noise_gain([])),
]


@pytest.mark.parametrize("error, text, call", BAD, ids=[f"{i} {text}" for i, (_, text, _) in enumerate(BAD)])
def test_bad_input(error, text, call):
    with pytest.raises(error, match=text):
        call()

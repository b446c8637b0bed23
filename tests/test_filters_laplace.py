"""`filters.laplace` by its five methods: kernels of filter_design, closed forms, orders of convergence, hard images."""

import itertools

import numpy as np
import pytest
import scipy.ndimage
from cases import FLOATING, samples
from compare import assert_same_bits, assert_within
from reference_filters import growth

from sigkit import filter_design, filters

PERIODIC = ("reflect", "mirror", "wrap")
METHODS = {
    "finite-difference": {}, "accurate": {"accuracy": 6}, "least squares": {"size": 9, "accuracy": 4},
    "gaussian": {"sigma": 1.1}, "gaussian, short": {"method": "gaussian", "sigma": 0.6, "accuracy": 4},
    "sinc": {"size": 15}, "spline": {}, "quintic": {"method": "spline", "accuracy": 4},
}  # fmt: skip
METHODS = {
    name: {"method": name} | keywords if name in ("gaussian", "sinc", "spline") else keywords
    for name, keywords in METHODS.items()
}


def period(n, mode):
    return max({"reflect": 2 * n, "mirror": 2 * n - 2, "wrap": n}[mode], 1)


def by_transform(x, axes):
    """The definition: the Fourier transform times -(2 pi)**2 (u**2 + v**2 + ...), in float64."""
    squares = sum(
        np.fft.fftfreq(x.shape[a]).reshape([-1 if k == a else 1 for k in range(x.ndim)]) ** 2 for a in axes
    )
    result = np.fft.ifftn(-((2 * np.pi) ** 2) * squares * np.fft.fftn(x, axes=axes), axes=axes)
    return result if np.iscomplexobj(x) else result.real


def extended(x, mode):
    """One period of the image along all of its axes."""
    for axis, n in enumerate(x.shape):
        tail = np.flip(x, axis)
        if mode == "mirror":
            tail = np.take(tail, range(1, max(n - 1, 1)), axis)
        x = np.concatenate([x, tail], axis) if mode != "wrap" else x
    return x


def line_bound(x, axes, dtype):
    """The module's, of an FFT of each line; the weights' norm is pi**2 / sqrt(5) at most."""
    sizes = [np.linalg.norm(x, axis=a, keepdims=True) * np.log2(2 * x.shape[a]) for a in axes]
    return 8 * np.finfo(dtype).eps * np.pi**2 / np.sqrt(5) * sum(sizes)


# -------------------------------------------------------------------------------------------------- right weights


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("mode", ["reflect", "constant", "nearest", "mirror", "wrap"])
def test_the_result_is_the_correlation_with_the_kernel(name, mode, rng):
    for shape, dtype in itertools.product([(50,), (31, 40), (9, 10, 17)], FLOATING):
        if name in ("spline", "quintic") and len(shape) == 3:
            continue  # a kernel of 41**3 weights is a test of patience
        x = samples(rng, dtype, *shape)
        kernel = filter_design.laplace_kernel(**METHODS[name], ndim=len(shape))
        exact = x.astype(np.result_type(x, np.float64))
        expected = scipy.ndimage.correlate(exact, kernel, mode=mode, cval=1.5)
        size = scipy.ndimage.correlate(abs(exact), abs(kernel), mode=mode, cval=1.5)
        bound = growth(len(shape) * sum(kernel.shape)) * (np.finfo(dtype).eps + 1e-15) * (size + 1)
        got = filters.laplace(x, mode=mode, cval=1.5, **METHODS[name])
        assert got.dtype == dtype
        assert_within(got, expected, bound, f"{shape} {dtype}", label=f"laplace, {name}")


@pytest.mark.parametrize("mode", ["reflect", "constant", "nearest", "mirror", "wrap"])
def test_the_default_is_scipys(mode, rng):
    for shape in ((1,), (7,), (30, 41), (5, 6, 7)):
        x = samples(rng, np.float64, *shape)
        got, expected = (m.laplace(x, mode=mode, cval=0.5) for m in (filters, scipy.ndimage))
        assert_within(got, expected, 16 * np.finfo(float).eps * (scipy.ndimage.maximum_filter(abs(x), 3) + 0.5) * 4)


@pytest.mark.parametrize("mode", PERIODIC)
@pytest.mark.parametrize("dtype", FLOATING)
def test_fourier_is_the_transform_of_the_periodic_image(dtype, mode, rng):
    for shape in ((1,), (2,), (3,), (13,), (64,), (1, 1), (1, 6), (17, 16), (101, 2), (5, 4, 7)):
        x = samples(rng, dtype, *shape)
        whole = extended(x.astype(np.result_type(x, np.float64)), mode)
        expected = by_transform(whole, range(x.ndim))[tuple(map(slice, shape))]
        bound = line_bound(x, range(x.ndim), dtype) + line_bound(whole, range(x.ndim), float).max()
        got = filters.laplace(x, mode=mode, method="fourier")
        assert got.dtype == dtype
        assert_within(got, expected, bound, f"{shape}", label=f"laplace, fourier {mode}")


def test_fourier_is_its_kernel():
    for shape in ((16, 17), (9, 6)):
        impulse = np.zeros(shape)
        impulse[tuple(n // 2 for n in shape)] = 1
        got = filters.laplace(impulse, mode="wrap", method="fourier")
        expected = filter_design.laplace_kernel(shape, method="fourier")
        assert_within(got, expected, line_bound(impulse, (0, 1), float).max())
        assert_same_bits(filters.laplace(impulse, mode="wrap", method="fourier", size=shape), got)


def test_an_impulse_under_the_fourier_laplacian():
    impulse = np.zeros((256, 256))
    impulse[100, 30] = 1
    got = filters.laplace(impulse, mode="wrap", method="fourier")
    assert got[100, 30].round(5) == -6.57994
    assert (got[[99, 101, 100, 100], [30, 30, 29, 31]].round(5) == 2.0001).all()
    assert np.count_nonzero(got) == 511 and np.count_nonzero(got[100]) == np.count_nonzero(got[:, 30]) == 256


@pytest.mark.parametrize("n", [1, 2, 3, 7, 31, 100, 128])
def test_waves_of_each_extension(n):
    j, eps = np.arange(n), np.finfo(float).eps
    for k in range(n):
        waves = {"reflect": (np.cos(np.pi * k * (j + 0.5) / n), np.pi * k / n),
                 "mirror": (np.cos(np.pi * k * j / max(n - 1, 1)), np.pi * k / max(n - 1, 1)),
                 "wrap": (np.cos(2 * np.pi * k * j / n), 2 * np.pi * min(k, n - k) / n)}  # fmt: skip
        for mode, (wave, w) in waves.items():
            got = filters.laplace(wave, mode=mode, method="fourier")
            expected = -w * w * wave if n > 1 else 0 * wave
            # the wave's own samples are off by the rounding of its phase
            assert abs(got - expected).max() <= line_bound(wave, [0], float)[0] + 40 * eps * np.pi**3 * (k + 1) * n**0.5


@pytest.mark.parametrize("name", [name for name in METHODS if name != "sinc"])
def test_polynomials_are_exact(name):
    keywords = METHODS[name]
    y, x = np.mgrid[-60.0:61, -60:61] / 60
    centre = (slice(45, -45),) * 2
    for a, b in itertools.product(range(9), repeat=2):
        if a + b > keywords.get("accuracy", 2) + 1:
            continue
        got = filters.laplace(y**a * x**b, **keywords)[centre] * 60**2
        expected = a * (a - 1) * y ** max(a - 2, 0) * x**b + b * (b - 1) * y**a * x ** max(b - 2, 0)
        assert abs(got - expected[centre]).max() <= 200 * np.finfo(float).eps * 60**2, (a, b)


@pytest.mark.parametrize("method, accuracy", [("finite-difference", 2), ("finite-difference", 4),
                                              ("finite-difference", 6), ("spline", 2), ("spline", 4),
                                              ("gaussian", 2)])  # fmt: skip
def test_order_of_convergence(method, accuracy):
    """Of a smooth periodic image the error falls as the stated power of the spacing."""
    errors = []
    for n in (32, 64):
        t = 2 * np.pi * np.arange(n) / n
        smooth, wave = np.exp(np.sin(t))[:, None], np.cos(t)
        exact = ((np.cos(t) ** 2 - np.sin(t))[:, None] - 1) * smooth * wave * (2 * np.pi / n) ** 2
        sigma = {"sigma": 0.8} if method == "gaussian" else {}
        got = filters.laplace(smooth * wave, mode="wrap", method=method, accuracy=accuracy, **sigma)
        errors.append(abs(got - exact).max() / (2 * np.pi / n) ** 2)
        spectral = filters.laplace(smooth * wave, mode="wrap", method="fourier")
        assert abs(spectral - exact).max() <= 1e-13
    assert abs(np.log2(errors[0] / errors[1]) - accuracy) < 0.25, errors


@pytest.mark.parametrize("method, accuracy, error", [("finite-difference", 2, (4, 1 / 12)),
                                                     ("finite-difference", 4, (6, -1 / 90)),
                                                     ("spline", 2, (4, -1 / 12)), ("spline", 4, (6, 1 / 720)),
                                                     ("gaussian", 2, (4, 0.9**2 / 2))])  # fmt: skip
def test_what_is_left_of_the_error(method, accuracy, error):
    """As the docstring's table has it, of a wave so slow that the next term is small."""
    order, factor = error
    w = 2 * np.pi / 100
    wave = np.cos(w * np.arange(100))
    got = filters.laplace(wave, mode="wrap", method=method, accuracy=accuracy,
                          sigma=0.9 if method == "gaussian" else None)  # fmt: skip
    left = (got + w**2 * wave)[0]
    assert abs(left / (factor * (-1) ** (order // 2) * w**order) - 1) < 0.02


# ---------------------------------------------------------------------------------------------------- hard images


EVERY = {**METHODS, "fourier": {"method": "fourier"}}


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_has_no_laplacian(name, dtype):
    for value in (0.1, 1e6 + 1 / 3, -1e-30):
        x = np.full((40, 50), value, dtype)
        assert abs(filters.laplace(x, **EVERY[name])).max() <= 60 * np.finfo(dtype).eps * abs(x[0, 0])


def test_an_offset_costs_fourier_no_more_than_storing_it(rng):
    noise = rng.standard_normal((60, 70))
    x = (1e6 + noise).astype(np.float32)
    exact = filters.laplace(x.astype(np.float64), method="fourier")
    assert abs(filters.laplace(x, method="fourier") - exact).max() <= line_bound(noise, (0, 1), np.float32).max() * 2
    stored = 2 * np.pi**2 * np.finfo(np.float32).eps * 1e6
    assert abs(exact - filters.laplace(noise, method="fourier")).max() <= stored * 3


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("shape", [(0,), (0, 5), (5, 0), (2, 0, 3), (1,), (1, 1), (1, 7), ()])
def test_few_samples_or_none(name, shape, rng):
    for dtype, mode in itertools.product((np.float32, np.uint8, np.complex64), PERIODIC):
        x = np.ones(shape, dtype)
        got = filters.laplace(x, mode=mode, **EVERY[name])
        assert got.shape == shape and got.dtype == dtype
        assert_within(got.astype(complex), np.full(shape, 0 if shape else 1, complex), 1e-5)


@pytest.mark.parametrize("name", EVERY)
def test_layouts_batches_and_outputs(name, rng):
    keywords = {"mode": "mirror", **EVERY[name]}
    base = samples(rng, np.float32, 33, 3, 37)
    expected = [filters.laplace(np.ascontiguousarray(base[:, i]), **keywords) for i in range(3)]
    stack = filters.laplace(base, axes=(0, 2), **keywords)
    for i, one in enumerate(expected):
        for image in (base[:, i], base[:, i].astype(">f4"), np.asfortranarray(base[:, i])):
            assert_same_bits(filters.laplace(image, **keywords), one)
        assert_within(stack[:, i], one, line_bound(base[:, i], (0, 1), np.float32).max())
    backwards = np.ascontiguousarray(base[::-1, 0, ::-1])[::-1, ::-1]
    assert_same_bits(filters.laplace(backwards, **keywords), expected[0])
    shared = base[:, 0].copy()
    assert filters.laplace(shared, shared, **keywords) is shared
    assert_same_bits(shared, expected[0])
    pool = np.zeros(33 * 37 + 5, np.float32)
    source, target = pool[: 33 * 37].reshape(33, 37), pool[5:].reshape(33, 37)
    source[...] = base[:, 0]
    filters.laplace(source, target, **keywords)
    assert_same_bits(target, expected[0])
    assert filters.laplace(base[:, 0], np.float64, **keywords).dtype == np.float64


@pytest.mark.parametrize("name", EVERY)
def test_complex_images_are_their_parts(name, rng):
    x = samples(rng, np.complex128, 21, 24)
    got = filters.laplace(x, **EVERY[name])
    bound = line_bound(abs(x), (0, 1), float).max()
    assert_within(got.real, filters.laplace(x.real, **EVERY[name]), bound)
    assert_within(got.imag, filters.laplace(x.imag, **EVERY[name]), bound)


@pytest.mark.parametrize("name", EVERY)
def test_bytes_saturate(name):
    step = np.zeros((6, 16), np.uint8)
    step[:, 8:] = 255
    exact = filters.laplace(step.astype(np.float64), **EVERY[name])
    for dtype in (np.uint8, np.int8, np.int16):
        limits = np.iinfo(dtype)
        error = abs(filters.laplace(step, dtype, **EVERY[name]) - np.clip(exact, limits.min, limits.max))
        assert (error <= 0.5 + 255 * 60 * np.finfo(np.float32).eps).all()
    assert exact.min() < 0 and filters.laplace(step, **EVERY[name]).min() == 0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("mode", PERIODIC)
def test_what_is_not_finite_stays_in_line_with_fourier(value, mode, rng):
    for dtype in FLOATING:
        x = samples(rng, dtype, 3, 20, 21)
        clean = filters.laplace(x, axes=(1, 2), mode=mode, method="fourier")
        x[1, 7, 9] = value
        got = filters.laplace(x, axes=(1, 2), mode=mode, method="fourier")
        cross = np.zeros(x.shape, bool)
        cross[1, 7, :] = cross[1, :, 9] = True
        assert_same_bits(got[~cross], clean[~cross])
        if np.isnan(value) or mode == "reflect":  # there each sample is met twice, with opposite signs
            assert np.isnan(got[cross]).all()
        else:
            signs = filters.laplace((x == value).real.astype(np.float64), axes=(1, 2), mode=mode, method="fourier")
            assert np.array_equal(got.real[cross], np.sign(signs[cross]) * value)


def test_a_spectrum_beyond_the_range_is_not_needed():
    x = np.where(np.arange(1000) % 2, -1, 1) * np.float32(3e37)
    got = filters.laplace(x, mode="wrap", method="fourier")
    assert_within(got / 3e37, -(np.pi**2) * (x / 3e37), growth(1000) * np.finfo(np.float32).eps * np.pi**2)


@pytest.mark.parametrize("name", EVERY)
def test_holes_in_a_constant_image(name, rng):
    x = np.full((30, 31), 3.25)
    x[rng.random(x.shape) < 0.2] = np.nan
    got = filters.laplace(x, nan_policy="omit", **EVERY[name])
    assert np.isnan(got).mean() < 0.05 and np.nanmax(abs(got)) <= 3000 * np.finfo(float).eps * 3.25


def test_a_mode_for_each_axis(rng):
    x = samples(rng, np.float64, 12, 13)
    parts = [filters.laplace(x, axes=axis, mode=mode, method="fourier") for axis, mode in ((0, "wrap"), (1, "mirror"))]
    got = filters.laplace(x, mode=("wrap", "mirror"), method="fourier")
    assert_within(got, sum(parts), 4 * np.finfo(float).eps * (abs(parts[0]) + abs(parts[1])))
    for one, other in (("reflect", "symmetric"), ("reflect", "grid-mirror"), ("wrap", "grid-wrap")):
        assert_same_bits(*(filters.laplace(x, mode=m, method="fourier") for m in (one, other)))
    with pytest.raises(AssertionError):
        assert_within(got, filters.laplace(x, mode="wrap", method="fourier"), 1e-3)


X = np.ones((6, 7))
BAD = [
    ({"method": "laplacian"}, ValueError, "method"),
    ({"method": 2}, TypeError, "method"),
    ({"accuracy": 3}, ValueError, "accuracy=3"),
    ({"accuracy": 0}, ValueError, "accuracy"),
    ({"accuracy": 2.0}, TypeError, "accuracy"),
    ({"method": "sinc"}, ValueError, "size"),
    ({"method": "sinc", "size": 4}, ValueError, "size=4"),
    ({"method": "sinc", "size": 9, "accuracy": 4}, ValueError, "accuracy=4"),
    ({"method": "sinc", "size": 9, "sigma": 1.0}, ValueError, "sigma=1.0"),
    ({"method": "fourier", "mode": "wrap", "accuracy": 4}, ValueError, "accuracy=4"),
    ({"method": "fourier", "mode": "wrap", "sigma": 1.0}, ValueError, "sigma=1.0"),
    ({"method": "fourier", "mode": "wrap", "size": 7}, ValueError, "size"),
    ({"method": "fourier", "mode": "nearest"}, ValueError, "mode='nearest'"),
    ({"method": "fourier", "mode": ("wrap", "constant")}, ValueError, "'wrap'"),
    ({"method": "gaussian"}, ValueError, "sigma=None"),
    ({"method": "gaussian", "sigma": 0}, ValueError, "sigma=0"),
    ({"method": "gaussian", "sigma": "1"}, TypeError, "sigma"),
    ({"sigma": 1.0}, ValueError, "sigma=1.0"),
    ({"size": 1}, ValueError, "size=1"),
    ({"size": 4}, ValueError, "size=4"),
    ({"size": (3, 3, 3)}, ValueError, "size"),
    ({"size": 3.0}, TypeError, "size"),
    ({"size": 2**61 + 1}, ValueError, "size"),
    ({"size": 3, "accuracy": 4}, ValueError, "size=3"),
    ({"method": "spline", "accuracy": 40}, ValueError, "accuracy=40"),
    ({"nan_policy": "raise"}, ValueError, "nan_policy"),
    ({"mode": "edges"}, ValueError, "mode"),
    ({"axes": (0, 0)}, ValueError, "axes"),
]


@pytest.mark.parametrize("keywords, error, named", BAD)
def test_bad_input(keywords, error, named):
    with pytest.raises(error, match=named):
        filters.laplace(X, **keywords)

"""Derivative kernels of sigkit.filter_design: exact on polynomials, of the order stated, equal to closed forms."""

import fractions
import math

import numpy as np
import pytest
import scipy.interpolate
import scipy.ndimage
import scipy.signal
from compare import assert_within

from sigkit import _derivative_weights, filter_design

EPS = np.finfo(float).eps
LEAST_SQUARES = {"size": 21, "correction": "least-squares"}
WITH_AN_ORDER = [
    ("finite-difference", {}),
    ("finite-difference", {"size": 15}),
    ("gaussian", {"sigma": 0.3}),
    ("gaussian", {"sigma": 0.7}),
    ("gaussian", {"sigma": 2.5}),
    ("sinc", LEAST_SQUARES),
    ("spline", {}),
    ("spline", LEAST_SQUARES),
]
each_with_an_order = pytest.mark.parametrize(
    "method, keywords", WITH_AN_ORDER, ids=[" ".join([m, *map(str, k.values())]) for m, k in WITH_AN_ORDER]
)


def offsets(kernel):
    return np.arange(len(kernel)) - len(kernel) // 2


def rounding(kernel, power):
    """What rounding each weight once, and summing, can do to the moment of this power."""
    return (len(kernel) + 2) * EPS * np.sum(abs(offsets(kernel).astype(float) ** power * kernel))


def lagrange(derivative, accuracy):
    """Rational weights at 0 of the derivative of the polynomial through the fewest samples."""
    radius = (derivative + 1) // 2 + accuracy // 2 - 1
    weights = []
    for k in range(-radius, radius + 1):
        basis, scale = [fractions.Fraction(1)], 1
        for j in range(-radius, radius + 1):
            if j != k:  # times (x - j)
                basis = [a - j * b for a, b in zip([0, *basis], [*basis, 0], strict=True)]
                scale *= k - j
        weights.append(basis[derivative] * math.factorial(derivative) / scale)
    return weights


# ------------------------------------------------------------------------------------------------ polynomials


@pytest.mark.parametrize("accuracy", [2, 4, 6, 8, 12])
@pytest.mark.parametrize("derivative", range(1, 9))
def test_finite_differences_are_exact_rationals(derivative, accuracy):
    """Those of the interpolating polynomial, each rounded once."""
    exact = lagrange(derivative, accuracy)
    assert _derivative_weights.finite_difference(derivative, accuracy, len(exact)) == exact
    kernel = filter_design.derivative_kernel(derivative, accuracy=accuracy)
    assert kernel.dtype == np.float64 and kernel.tolist() == [float(weight) for weight in exact]


@pytest.mark.parametrize("extra", [0, 2, 10])
@pytest.mark.parametrize("derivative, accuracy", [(1, 2), (2, 2), (2, 4), (3, 2), (4, 6), (7, 2)])
def test_rational_weights_are_exact_on_polynomials(derivative, accuracy, extra):
    """Of every degree below derivative + accuracy, in rational arithmetic; of the next one not."""
    size = 2 * ((derivative + 1) // 2) - 1 + accuracy + extra
    weights = _derivative_weights.finite_difference(derivative, accuracy, size)
    for degree in range(derivative + accuracy + 1):
        moment = sum((n - size // 2) ** degree * w for n, w in enumerate(weights))
        wanted = math.factorial(derivative) if degree == derivative else 0
        assert (moment == wanted) == (degree < derivative + accuracy), degree


@pytest.mark.parametrize("derivative, accuracy, size", [(1, 2, 5), (1, 4, 9), (2, 2, 7), (2, 4, 15), (3, 2, 11)])
def test_more_taps_are_those_of_savitzky_and_golay(derivative, accuracy, size):
    kernel = filter_design.derivative_kernel(derivative, accuracy=accuracy, size=size)
    degree = derivative + accuracy - 1
    expected = scipy.signal.savgol_coeffs(size, degree, deriv=derivative, use="dot")
    assert_within(kernel, expected, 1e4 * EPS * abs(expected).max())  # SciPy solves powers up to (size / 2)^degree
    fewest = filter_design.derivative_kernel(derivative, accuracy=accuracy)
    assert filter_design.noise_gain(kernel) < filter_design.noise_gain(fewest)


@each_with_an_order
@pytest.mark.parametrize("accuracy", [2, 4, 6])
@pytest.mark.parametrize("derivative", [1, 2, 3, 4])
def test_kernels_are_exact_on_polynomials(derivative, accuracy, method, keywords):
    kernel = filter_design.derivative_kernel(derivative, method=method, accuracy=accuracy, **keywords)
    # A spline's kernel as long as its weights are above rounding lacks what is below it, half eps of the largest each.
    cut = EPS if method == "spline" and "size" not in keywords else 0
    for degree in range(derivative + accuracy):
        moment = np.sum(offsets(kernel).astype(float) ** degree * kernel)
        missing = cut * abs(kernel).max() * (len(kernel) / 2) ** degree * len(kernel)
        wanted = math.factorial(derivative) if degree == derivative else 0
        assert abs(moment - wanted) <= rounding(kernel, degree) + missing, degree


@pytest.mark.parametrize("derivative", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("method", _derivative_weights.METHODS)
def test_weights_are_even_or_odd(method, derivative):
    extra = {"gaussian": {"sigma": 1.1}, "sinc": {"size": 25}, "fourier": {"size": 25}}.get(method, {})
    kernel = filter_design.derivative_kernel(derivative, method=method, **extra)
    assert np.array_equal(kernel[::-1], (-1) ** derivative * kernel)
    assert not np.signbit(kernel[kernel == 0]).any()


@pytest.mark.parametrize("derivative", [1, 2, 3, 4])
@pytest.mark.parametrize("method", _derivative_weights.METHODS)
def test_correlating_gives_the_derivative_with_its_sign(method, derivative):
    """Of a wave of low frequency; of a quarter of the sampling rate for the sinc, which is at its best there."""
    n = 160
    w = 2 * np.pi / (4 if method == "sinc" else n / 4)
    extra = {"gaussian": {"sigma": 0.5}, "sinc": {"size": 61, "correction": "taper"}, "fourier": {"size": n}}
    kernel = filter_design.derivative_kernel(derivative, method=method, **extra.get(method, {}))
    wave, phase = np.cos(w * np.arange(n) + 0.3), derivative * np.pi / 2
    got = scipy.ndimage.correlate(wave, kernel, mode="wrap")
    expected = w**derivative * np.cos(w * np.arange(n) + 0.3 + phase)
    assert_within(got, expected, 0.04 * w**derivative)


# ----------------------------------------------------------------------------------------------- convergence


def measured_order(derivative, kernel, steps):
    """How the largest error on exp(sin(x)) falls from one step to the next."""
    x, errors = np.linspace(0.1, 6.0, 40), []
    for step in steps:
        got = sum(h * np.exp(np.sin(x + n * step)) for h, n in zip(kernel, offsets(kernel), strict=True))
        errors.append(abs(got / step**derivative - exact_derivative(derivative, x)).max())
    return np.log(errors[0] / errors[1]) / np.log(steps[0] / steps[1])


def exact_derivative(derivative, x):
    """Of exp(sin(x)) up to the third."""
    s, c = np.sin(x), np.cos(x)
    return np.exp(s) * [c, c**2 - s, c**3 - 3 * s * c - c][derivative - 1]


@each_with_an_order
@pytest.mark.parametrize("derivative, accuracy", [(1, 2), (1, 4), (2, 2), (2, 4), (3, 2)])
def test_convergence_is_of_the_order_stated(derivative, accuracy, method, keywords):
    kernel = filter_design.derivative_kernel(derivative, method=method, accuracy=accuracy, **keywords)
    if method == "spline" and derivative % 2:
        accuracy = max(accuracy, 4) if keywords == {} else accuracy  # at the knots
    order = measured_order(derivative, kernel, (0.03, 0.015))
    assert abs(order - accuracy) < 0.25


@pytest.mark.parametrize("ndim, accuracy", [(2, 2), (2, 4), (2, 6), (3, 2), (3, 4)])
def test_the_isotropic_error_is_a_power_of_the_laplacian(ndim, accuracy):
    kernel = filter_design.laplace_kernel(accuracy=accuracy, ndim=ndim, isotropic=True)
    assert kernel.shape == (accuracy + 1,) * ndim
    got = filter_design.moments(kernel, accuracy + 2)
    power = accuracy // 2 + 1
    error = got[(accuracy + 2, *[0] * (ndim - 1))] / math.factorial(accuracy + 2)
    bound = 2 * kernel.size * EPS * (accuracy / 2) ** (accuracy + 2) * abs(kernel).max() * ndim
    for powers in np.ndindex(got.shape):
        total = sum(powers)
        if total > accuracy + 2:
            continue
        wanted = 0
        if total == 2 and max(powers) == 2:
            wanted = 2
        elif total == accuracy + 2 and not any(p % 2 for p in powers):
            ways = math.factorial(power) / math.prod(math.factorial(p // 2) for p in powers)
            wanted = error * ways * math.prod(map(math.factorial, powers))
        assert abs(got[powers] - wanted) <= bound, powers
    plain = filter_design.laplace_kernel(accuracy=accuracy, ndim=ndim)
    along = plain[(slice(None), *[accuracy // 2] * (ndim - 1))]
    assert np.count_nonzero(plain) == ndim * accuracy + 1 and along[0] != 0


def test_nineteen_points():
    """The isotropic kernel in 3-D: -4 in the middle, 1/3 on faces, 1/6 on edges, 0 at the corners."""
    kernel = filter_design.laplace_kernel(ndim=3, isotropic=True)
    expected = {0: -4.0, 1: 1 / 3, 2: 1 / 6, 3: 0.0}
    for index in np.ndindex(3, 3, 3):
        assert kernel[index] == expected[sum(abs(i - 1) for i in index)]


# --------------------------------------------------------------------------------------- kernels without an end


@pytest.mark.parametrize("size", [3, 5, 21, 101])
def test_sinc_of_the_first_and_second_derivative(size):
    """-(-1)^n / n and -2 (-1)^n / n^2; the middle is minus the sum, and the moments are those of a truncated series."""
    n = np.arange(1, size // 2 + 1)
    first = filter_design.derivative_kernel(1, method="sinc", size=size)
    second = filter_design.derivative_kernel(2, method="sinc", size=size)
    assert_within(first[size // 2 + 1 :], -((-1.0) ** n) / n, EPS)
    assert_within(second[size // 2 + 1 :], -2 * (-1.0) ** n / n**2, 4 * EPS)
    assert abs(second.sum()) <= rounding(second, 0)
    moment = 2 * (size // 2 % 2)
    assert abs(np.sum(offsets(second) ** 2 * second) / 2 - moment) <= rounding(second, 2)
    assert abs(np.sum(offsets(first) * first) - moment) <= rounding(first, 1)


def test_the_sincs_middle_comes_near_the_ideal_one():
    kernel = filter_design.derivative_kernel(2, method="sinc", size=2001)
    assert abs(kernel[1000] + np.pi**2 / 3) < 2.1 / 1000**2  # the first term left out


@pytest.mark.parametrize("derivative", [1, 2, 3, 4, 7, 12])
def test_tapered_sinc_is_hanns_window_times_the_sinc(derivative):
    plain = filter_design.derivative_kernel(derivative, method="sinc", size=31)
    tapered = filter_design.derivative_kernel(derivative, method="sinc", size=31, correction="taper")
    window = scipy.signal.windows.hann(33)[1:-1]
    sides = offsets(plain) != 0
    assert_within(tapered[sides], (plain * window)[sides], 4 * EPS * abs(plain).max())
    assert abs(tapered.sum()) <= rounding(tapered, 0)
    if derivative < 3:
        moment = np.sum(offsets(plain) ** derivative * tapered) / derivative
        assert abs(moment - 1) < 0.01


@pytest.mark.parametrize("method", ["sinc", "spline"])
@pytest.mark.parametrize("derivative, accuracy", [(1, 2), (2, 2), (2, 4), (3, 2)])
def test_least_squares_changes_the_weights_least(method, derivative, accuracy, rng):
    """The change is orthogonal to every other way of keeping the conditions; among random ones none is smaller."""
    if method == "sinc":
        ideal = _derivative_weights._sinc_taps(derivative, 6)
    else:
        ideal = filter_design.derivative_kernel(derivative, method=method, accuracy=accuracy)
        ideal = ideal[len(ideal) // 2 - 6 :][:13]
    kernel = filter_design.derivative_kernel(
        derivative, method=method, accuracy=accuracy, size=13, correction="least-squares"
    )
    conditions = np.vander(offsets(kernel) / 6, derivative + accuracy, increasing=True).T
    free = np.linalg.svd(conditions)[2][len(conditions) :]
    assert abs(free @ (kernel - ideal)).max() <= 200 * EPS * abs(ideal).max()
    for _ in range(20):
        other = kernel + rng.standard_normal(len(free)) @ free
        assert np.linalg.norm(other - ideal) > np.linalg.norm(kernel - ideal)


def test_cubic_splines_in_closed_form():
    """6 - 6 sqrt(3) and -6 sqrt(3) z^n; +-3 z^n: z = sqrt(3) - 2."""
    z = math.sqrt(3) - 2
    second = filter_design.derivative_kernel(2, method="spline")
    first = filter_design.derivative_kernel(1, method="spline")
    n = np.arange(1, 29)
    assert len(first) == len(second) == 57
    assert_within(second[29:], -6 * math.sqrt(3) * z**n, 8 * EPS)
    assert_within(second[28], 6 - 6 * math.sqrt(3), 16 * EPS)
    assert_within(first[29:], -3 * z**n, 8 * EPS)
    assert abs(filter_design.noise_gain(second) - 6) < 1e-14


@pytest.mark.parametrize(
    "derivative, accuracy, degree", [(1, 2, 3), (2, 2, 3), (2, 4, 5), (1, 6, 5), (3, 4, 5), (4, 4, 7)]
)
def test_splines_agree_with_scipys(derivative, accuracy, degree):
    """Of an impulse so far from the ends that their conditions do not matter; SciPy solves for its coefficients."""
    kernel = filter_design.derivative_kernel(derivative, method="spline", accuracy=accuracy)
    x = np.arange(301.0)
    spline = scipy.interpolate.make_interp_spline(x, x == 150, degree)
    taps = spline.derivative(derivative)(x[150 - len(kernel) // 2 :][: len(kernel)])
    assert_within(kernel, taps[::-1], 1e4 * EPS * abs(kernel).max())


def test_splines_cut_short():
    full = filter_design.derivative_kernel(2, method="spline")
    short = filter_design.derivative_kernel(2, method="spline", size=9)
    assert np.array_equal(np.delete(short, 4), np.delete(full[24:33], 4))
    assert abs(short.sum()) <= rounding(short, 0) and abs(short[4] - full[28]) < 0.04


# ----------------------------------------------------------------------------------------------------- fourier


@pytest.mark.parametrize("size", [2, 3, 8, 9, 256, 255])
def test_fourier_in_closed_form(size):
    """Trefethen's differentiation matrices for an even and for an odd number of samples."""
    first = filter_design.derivative_kernel(1, method="fourier", size=size)
    second = filter_design.derivative_kernel(2, method="fourier", size=size)
    step, n = 2 * np.pi / size, offsets(first)
    with np.errstate(divide="ignore", invalid="ignore"):
        half, sign = n * step / 2, -((-1.0) ** n)
        if size % 2 == 0:
            expected1, expected2 = sign * step / 2 / np.tan(half), sign * step**2 / 2 / np.sin(half) ** 2
            middle = -(np.pi**2) / 3 - step**2 / 6
        else:
            expected1 = sign * step / 2 / np.sin(half)
            expected2 = sign * step**2 / 2 * np.cos(half) / np.sin(half) ** 2
            middle = -(np.pi**2) / 3 + step**2 / 12
    expected1[n == 0], expected2[n == 0] = 0, middle
    bound = 8 * EPS * np.log2(2 * size) * np.pi
    assert_within(first, expected1, bound)
    assert_within(second, expected2, bound * np.pi)


@pytest.mark.parametrize("derivative", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("size", [31, 32])
def test_fourier_differentiates_every_wave(derivative, size, rng):
    """Up to, not including, the Nyquist frequency."""
    kernel = filter_design.derivative_kernel(derivative, method="fourier", size=size)
    t = np.arange(size)
    for k in range((size + 1) // 2):
        w, phase = 2 * np.pi * k / size, rng.uniform(0, 6)
        got = scipy.ndimage.correlate(np.cos(w * t + phase), kernel, mode="wrap")
        expected = w**derivative * np.cos(w * t + phase + derivative * np.pi / 2)
        assert_within(got, expected, 16 * size * EPS * np.pi**derivative)


def test_fourier_laplacian_is_the_multiplication_of_the_spectrum(rng):
    image = rng.standard_normal((12, 15))
    kernel = filter_design.laplace_kernel(image.shape, method="fourier")
    u, v = np.fft.fftfreq(12)[:, None], np.fft.fftfreq(15)
    expected = np.fft.ifft2(-((2 * np.pi) ** 2) * (u**2 + v**2) * np.fft.fft2(image)).real
    got = scipy.ndimage.correlate(image, kernel, mode="wrap")
    assert_within(got, expected, 16 * image.size * EPS * np.linalg.norm(image))


# ---------------------------------------------------------------------------------------- Gaussian derivatives


@pytest.mark.parametrize("sigma, slope, curvature", [(0.3, 0.085, 0.431), (0.5, 0.860, 1.341), (0.7, 0.998, 1.017)])
def test_gaussian_derivatives_have_unit_gain_where_scipys_have_not(sigma, slope, curvature):
    for derivative, gain in ((1, slope), (2, curvature)):
        sampled = filter_design.gaussian_kernel1d(sigma, derivative)
        ours = filter_design.derivative_kernel(derivative, method="gaussian", sigma=sigma)
        for kernel, expected, bound in ((sampled, gain, 5e-4), (ours, 1, rounding(ours, derivative))):
            got = np.sum(offsets(kernel) ** derivative * kernel) / derivative
            assert abs(got - expected) <= bound
    assert abs(filter_design.gaussian_kernel1d(0.5, 2).sum() + 0.56) < 5e-4


@pytest.mark.parametrize("derivative", [1, 2, 3, 4])
def test_gaussian_derivatives_agree_with_sampled_ones_where_these_are_right(derivative):
    """Sampling errs by exp(-2 (pi sigma)^2); the tails left out beyond 8 sigma are below 1e-10."""
    kernel = filter_design.derivative_kernel(derivative, method="gaussian", sigma=2.0, size=33)
    sampled = filter_design.gaussian_kernel1d(2.0, derivative, radius=16)
    assert_within(kernel, sampled, 1e-10 * abs(sampled).max())


@pytest.mark.parametrize("sigma", [1e-300, 1e-9, 0.01, 0.05, 0.1])
@pytest.mark.parametrize("derivative, accuracy", [(1, 2), (2, 2), (3, 2), (2, 4), (6, 2)])
def test_a_vanishing_sigma_leaves_the_finite_difference(derivative, accuracy, sigma):
    expected = filter_design.derivative_kernel(derivative, accuracy=accuracy)
    for size in (None, len(expected) + 8):
        kernel = filter_design.derivative_kernel(
            derivative, method="gaussian", accuracy=accuracy, sigma=sigma, size=size
        )
        pad = (len(kernel) - len(expected)) // 2
        # What lies outside weighs exp(-(2 r + 1) / 2 sigma^2) of what lies inside, with a factor from the powers.
        outside = 1e3 * abs(expected).max() * math.exp(-0.5 / sigma / sigma) if sigma > 0.03 else 0
        assert_within(kernel, np.pad(expected, pad), outside + 2 * EPS * abs(expected).max())


# ------------------------------------------------------------------------------------------- what a kernel does


W = np.linspace(0.05, np.pi, 30)
SINE = np.sin(W / 2) ** 2


@pytest.mark.parametrize("keywords, response, gain", [
    ({}, -4 * SINE, 2.449),
    ({"accuracy": 4}, -4 * SINE * (1 + SINE / 3), 3.134),
    ({"method": "spline"}, -12 * SINE / (3 - 2 * SINE), 6.0),
    ({"method": "spline", "accuracy": 4}, -20 * SINE * (3 - 2 * SINE) / (15 - 15 * SINE + 2 * SINE**2), 4.798),
], ids=["3 taps", "5 taps", "cubic", "quintic"])  # fmt: skip
def test_responses_and_noise_gains_of_the_docstring(keywords, response, gain):
    kernel = filter_design.derivative_kernel(2, **keywords)
    got = filter_design.frequency_response(kernel, W / (2 * np.pi))
    assert_within(got, response + 0j, 16 * len(kernel) * EPS * abs(kernel).sum())
    assert abs(filter_design.noise_gain(kernel) - gain) < 5e-4


def test_noise_gains_of_the_docstring():
    for method, size in (("sinc", 2001), ("fourier", 512)):
        kernel = filter_design.derivative_kernel(2, method=method, size=size)
        assert abs(filter_design.noise_gain(kernel) - np.pi**2 / math.sqrt(5)) < 5e-4
    for sigma in (1.0, 2.0):
        gain = filter_design.noise_gain(filter_design.derivative_kernel(2, method="gaussian", sigma=sigma))
        assert gain == pytest.approx(0.46 / sigma**2.5, rel=0.01)
        gain = filter_design.noise_gain(filter_design.log_kernel(sigma))
        assert gain == pytest.approx(1 / (math.sqrt(2 * np.pi) * sigma**3), rel=0.01)
    assert filter_design.noise_gain(filter_design.laplace_kernel()) == math.sqrt(20)
    assert filter_design.noise_gain(filter_design.laplace_kernel(isotropic=True)) == pytest.approx(math.sqrt(13))


@pytest.mark.parametrize("derivative", [1, 2, 3])
@pytest.mark.parametrize("method", _derivative_weights.METHODS)
def test_responses_begin_as_the_ideal_one(method, derivative):
    extra = {"gaussian": {"sigma": 0.5}, "sinc": {"size": 9, "correction": "least-squares"}, "fourier": {"size": 200}}
    kernel = filter_design.derivative_kernel(derivative, method=method, **extra.get(method, {}))
    frequencies = np.array([0.005, 0.01])
    got = filter_design.frequency_response(kernel, frequencies)
    assert_within(got / (2j * np.pi * frequencies) ** derivative, [1 + 0j, 1], 0.02)

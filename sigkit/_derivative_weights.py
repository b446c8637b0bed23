"""Weights of derivative kernels in one dimension, by five methods, for `sigkit.filter_design`.

All are float64 correlation kernels, centred on index ``size // 2``. What they must do to polynomials is solved in
rational arithmetic and rounded once, so that it holds for every size and sigma.
"""

import fractions
import functools
import math

import numpy as np

from sigkit import _fft

METHODS = ("finite-difference", "gaussian", "sinc", "spline", "fourier")
CORRECTIONS = ("center", "taper", "least-squares")
_LONGEST_KEPT = 4096
"""Taps of a kernel that is remembered for the next call."""


def fewest_taps(derivative, accuracy):
    """The size of the central difference: its weights on one side are as many as the conditions on them."""
    return 2 * ((derivative + 1) // 2) - 1 + accuracy


def gaussian_radius(sigma, truncate):
    """Taps on each side, as scipy.ndimage.gaussian_filter1d counts them."""
    reach = truncate * sigma + 0.5
    if reach >= 2**40:
        raise ValueError(f"sigma={sigma!r}: a radius of {truncate!r} sigma is more taps than memory holds")
    return int(reach)


def default_size(derivative, method, accuracy, sigma):
    """The size where none is given; None where the method has none."""
    fewest = fewest_taps(derivative, accuracy)
    if method == "gaussian":
        return max(fewest, 2 * gaussian_radius(sigma, 4.0) + 1)
    if method == "spline":  # what lies further out is below half a rounding of the largest
        slowest = max(abs(_spline(derivative, accuracy)[1]))
        return max(fewest, 2 * math.ceil(-53 * math.log(2) / math.log(slowest)) + 1)
    return fewest if method == "finite-difference" else None


def weights(derivative, method, accuracy, size, sigma=None, correction=None):
    """The kernel, read-only; all arguments have been checked, `size` is a number."""
    make = _weights if size <= _LONGEST_KEPT else _weights.__wrapped__
    return make(derivative, method, accuracy, size, sigma, correction)


@functools.lru_cache(maxsize=128)
def _weights(derivative, method, accuracy, size, sigma, correction):
    radius = size // 2
    try:
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            if method == "finite-difference":
                kernel = rounded(finite_difference(derivative, accuracy, size))
            elif method == "gaussian":
                kernel = _gaussian(derivative, accuracy, radius, sigma)
            elif method == "sinc":
                kernel = _cut(_sinc_taps(derivative, radius), derivative, accuracy, correction)
            elif method == "spline":
                kernel = _cut(_spline_taps(derivative, accuracy, radius), derivative, accuracy, correction)
            else:
                kernel = _fourier(derivative, size)
    except OverflowError:
        kernel = np.array(np.inf)
    if not np.isfinite(kernel).all():
        raise ValueError(f"derivative={derivative}: {method} weights of this order are beyond the range of float64")
    kernel = kernel + 0.0  # no negative zeros
    kernel.flags.writeable = False
    return kernel


def rounded(kernel):
    """Rational weights as float64."""
    return np.array([float(weight) for weight in kernel])


# ---- least squares over polynomials, exact ----


def _orthogonal_polynomials(nodal, degree):
    """(values, coefficients, squared norm) of the monic polynomials of degree 0 to `degree` that are orthogonal over
    the nodes -r to r with the symmetric positive weights `nodal`."""
    nodes = range(-(len(nodal) // 2), len(nodal) // 2 + 1)
    values, coefficients = [fractions.Fraction(1)] * len(nodal), [fractions.Fraction(1)]
    old_values, old_coefficients, old_norm = [0] * len(nodal), [], None
    for _ in range(degree + 1):
        norm = sum(w * v * v for w, v in zip(nodal, values, strict=True))
        yield values, coefficients, norm
        ratio = norm / old_norm if old_norm else 0
        following = [n * v - ratio * o for n, v, o in zip(nodes, values, old_values, strict=True)]
        old_coefficients = [*old_coefficients, 0, 0][: len(coefficients) + 1]
        higher = [c - ratio * o for c, o in zip([0, *coefficients], old_coefficients, strict=True)]
        old_values, old_coefficients, old_norm = values, coefficients, norm
        values, coefficients = following, higher


def _fit(nodal, derivative, accuracy, given=None):
    """The rational kernel closest to `given` (default: zeros) by least squares weighted with ``1 / nodal`` that
    differentiates every polynomial of a degree below ``derivative + accuracy`` exactly.

    `given` is even or odd as the derivative is. The solution is ``given + nodal * q`` with a polynomial q, which the
    orthogonal ones give term by term; with as many weights as conditions there is only one, the central difference.
    """
    given = [0] * len(nodal) if given is None else given
    kernel = given
    for values, coefficients, norm in _orthogonal_polynomials(nodal, derivative + accuracy - 2):
        degree = len(coefficients) - 1
        if (degree - derivative) % 2:
            continue  # met by symmetry
        wanted = math.factorial(derivative) * coefficients[derivative] if degree >= derivative else 0
        missing = (wanted - sum(g * v for g, v in zip(given, values, strict=True))) / norm
        kernel = [k + missing * w * v for k, w, v in zip(kernel, nodal, values, strict=True)]
    return kernel


def finite_difference(derivative, accuracy, size):
    """Rational weights: the central difference, or of more taps the derivative of the polynomial fitted to them."""
    return _fit([1] * size, derivative, accuracy)


def _gaussian(derivative, accuracy, radius, sigma):
    """Gaussian times a polynomial: the derivative at 0 of the polynomial fitted with Gaussian weights."""
    half = [1.0]
    while len(half) <= radius:
        z = len(half) / sigma
        half.append(math.exp(-0.5 * z * z))
        if half[-1] == 0:  # a sigma so small that nothing is left of the tail
            half.pop()
            break
    fewest = fewest_taps(derivative, accuracy)
    reach = len(half) - 1
    if reach <= fewest // 2:  # the fewest taps: their solution does not depend on the Gaussian
        reach, kernel = fewest // 2, finite_difference(derivative, accuracy, fewest)
    else:
        kernel = _fit([fractions.Fraction(half[abs(n)]) for n in range(-reach, reach + 1)], derivative, accuracy)
    return np.pad(rounded(kernel), radius - reach)


# ---- kernels without an end ----


def _sinc_taps(derivative, radius):
    """(-1)^d times the d-th derivative of sin(pi x) / (pi x) at -radius to radius.

    At n > 0 it is ``-(-1)^n d! / n^d * sum((-1)^j (pi n)^(2 j) / (2 j + 1)!, j = 0 .. (d - 1) // 2)``: the beginning of
    the series of sinc(pi n), which is 0. Where its terms shrink to the end, the rest with the other sign is taken.
    """
    last = (derivative - 1) // 2
    half = [0.0 if derivative % 2 else (-1) ** (derivative // 2) * math.pi**derivative / (derivative + 1)]
    for n in range(1, radius + 1):
        square = (math.pi * n) ** 2
        if square < 2 * last * (2 * last + 1):
            # From j = 2 * last on each term is less than a quarter of the one before: thirty more are all that count.
            terms, sign = range(last + 1, 2 * last + 30), -1
        else:
            terms, sign = range(last + 1), 1
        term = (-1) ** terms[0] * square ** terms[0] / math.factorial(2 * terms[0] + 1)
        total = 0.0
        for j in terms:
            total += term
            term *= -square / ((2 * j + 2) * (2 * j + 3))
        half.append(-sign * (-1) ** n * total * (math.factorial(derivative) / n**derivative))
    return _mirrored(half, derivative)


def _mirrored(half, derivative):
    """The weights at -r to r from those at 0 to r."""
    half = np.asarray(half)
    return np.concatenate([(-1) ** derivative * half[:0:-1], half])


def spline_degree(derivative, accuracy):
    """The lowest odd degree of a spline whose derivative of this order is continuous and, at the knots, that accurate:
    for even derivatives to the order degree + 1 - derivative, for odd ones to one more."""
    return derivative + (max(accuracy, 4) - 2 if derivative % 2 else accuracy - 1)


def _b_spline(degree, derivative):
    """Derivative of the centred B-spline at the integers from (1 - degree) / 2 to (degree - 1) / 2, rational."""
    half, power = (degree + 1) // 2, degree - derivative
    return [
        fractions.Fraction(
            sum((-1) ** j * math.comb(degree + 1, j) * (x + half - j) ** power for j in range(x + half)),
            math.factorial(power),
        )
        for x in range(1 - half, half)
    ]


def _value(polynomial, z):
    return functools.reduce(lambda total, coefficient: total * z + coefficient, polynomial)


@functools.lru_cache(maxsize=32)
def _spline(derivative, accuracy):
    """(samples, poles, gains): the derivative at a knot is sum(samples * coefficients around it), where the coefficient
    of a knot is the sum of gains * poles^|n| over the samples of the signal n knots from it."""
    degree = spline_degree(derivative, accuracy)
    values = _b_spline(degree, 0)
    slope = [value * power for value, power in zip(values, range(len(values) - 1, 0, -1), strict=False)]
    poles, gains = [], []
    for z in np.roots(rounded([value / values[0] for value in values])):
        if abs(z) < 1:
            z = z.real
            for _ in range(3):  # the roots of such polynomials are ill-conditioned: Newton's steps are exact
                z = float(z - _value(values, fractions.Fraction(z)) / _value(slope, fractions.Fraction(z)))
            poles.append(z)
            gains.append(float(fractions.Fraction(z) ** (len(values) // 2 - 1) / _value(slope, fractions.Fraction(z))))
    return rounded(_b_spline(degree, derivative))[::-1], np.array(poles), np.array(gains)


def _spline_taps(derivative, accuracy, radius):
    """Derivative of the interpolating spline at a knot: its coefficients, then the B-spline's derivative over them."""
    samples, poles, gains = _spline(derivative, accuracy)
    reach = radius + len(samples) // 2
    coefficients = gains @ poles[:, None] ** np.arange(reach + 1)
    half = np.convolve(_mirrored(coefficients, 0), samples, "valid")[radius:]
    if derivative % 2:
        half[0] = 0
    return _mirrored(half, derivative)


def _cut(ideal, derivative, accuracy, correction):
    """The taps of a kernel without an end, made to ignore constants (or to differentiate polynomials)."""
    radius = len(ideal) // 2
    if correction == "least-squares":
        given = [fractions.Fraction(weight) for weight in ideal.tolist()]
        return rounded(_fit([1] * len(ideal), derivative, accuracy, given))
    if correction == "taper":  # Hann's window, whose zeros are the first taps that are left out
        ideal = ideal * np.cos(np.arange(-radius, radius + 1) * (np.pi / (2 * (radius + 1)))) ** 2
    if derivative % 2 == 0:
        ideal[radius] = -2 * math.fsum(ideal[radius + 1 :])
    return ideal


# ---- kernels of the signal's length ----


def _fourier(derivative, size):
    """Inverse transform of (2 pi i u)^d, u = -1/2 to 1/2; an odd derivative has none at the Nyquist frequency."""
    k = np.arange(size)
    symbol = (2 * np.pi / size * np.where(2 * k > size, k - size, k)) ** derivative
    if derivative % 2 and size % 2 == 0:
        symbol[size // 2] = 0
    spectrum = _fft.rfft(symbol)
    sign = (-1) ** ((derivative + 1) // 2)
    half = sign * (spectrum.imag if derivative % 2 else spectrum.real) / size
    kernel = _mirrored(half, derivative)
    return kernel if size % 2 else kernel[:-1]

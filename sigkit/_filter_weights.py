"""Weights along one axis of the filters in `sigkit.filters`, as factors: (taps to correlate with, place of the first).
"""

import numpy as np

from sigkit import _array, _image_arguments

IDENTITY = (np.ones(1), 0)
SMALLEST_SIGMA = 1e-15
"""Up to here a Gaussian is an impulse, as in scipy.ndimage."""

# name -> (derivative, smoothing): to correlate with
OPERATORS = {
    "central": ((-1, 0, 1), (1,)),
    "prewitt": ((-1, 0, 1), (1, 1, 1)),
    "sobel": ((-1, 0, 1), (1, 2, 1)),
    "scharr": ((-1, 0, 1), (3, 10, 3)),
    # H. Farid and E. P. Simoncelli, IEEE Trans. Image Processing 13(4), 2004, table 1, 5 taps; digits as scikit-image's
    "farid": (
        (-0.109603762960254, -0.276690988455557, 0, 0.276690988455557, 0.109603762960254),
        (0.0376593171958126, 0.249153396177344, 0.426374573253687, 0.249153396177344, 0.0376593171958126),
    ),
}


def centered(taps):
    taps = np.asarray(taps, np.float64)
    return taps, -(len(taps) // 2)


def operator(name):
    """(derivative, smoothing) as factors."""
    return tuple(map(centered, OPERATORS[name]))


def scaled(term, factor):
    """A term of factors, one for each axis, times a number: the last, before which all that passes see is unscaled."""
    *rest, (taps, start) = term
    return [*rest, (taps * factor, start)]


def along_each(derivative, smoothing, count):
    """For each of `count` axes the term that differentiates along it and smooths along the others."""
    return [[derivative if a == axis else smoothing for a in range(count)] for axis in range(count)]


def sigmas(value, count, name="sigma"):
    return [_image_arguments.positive(one, name) for one in _image_arguments.per_axis(value, count, name)]


def radii(sigmas, truncate, radius=None):
    """The radius of the Gaussian along each axis: as given, or `truncate` standard deviations, rounded."""
    truncate = _image_arguments.positive(truncate, "truncate")
    given = _image_arguments.per_axis(radius, len(sigmas), "radius")
    found = [
        int(truncate * sigma + 0.5) if one is None else _array.index(one, "radius", 0)
        for one, sigma in zip(given, sigmas, strict=True)
    ]
    for one in found:
        _array.check_size(2 * one + 1, _array.FLOAT64, f"a Gaussian of radius {one:g}")
    return found


def gaussian(sigma, order, radius):
    """The factor of a Gaussian, or of its derivative of any order, sampled at the integers, over the sum of the
    Gaussian's samples."""
    if sigma <= SMALLEST_SIGMA:
        return IDENTITY
    x = np.arange(-radius, radius + 1.0)
    with np.errstate(under="ignore", over="ignore"):
        bell = np.exp(-0.5 * (x / sigma) ** 2)
        bell /= bell.sum()
        polynomial = np.ones(1)  # the factor of the bell, lowest power first, of the derivative
        for _ in range(order):
            raised = np.append(0.0, polynomial) / -(sigma * sigma)
            raised[: len(polynomial) - 1] += polynomial[1:] * np.arange(1, len(polynomial))
            polynomial = raised
        taps = np.polynomial.polynomial.polyval(x, polynomial) * bell
    return taps[::-1].copy(), -radius


def gaussian_derivatives(sigmas, order, radii):
    """For each axis the term of the derivative of that order along it, of a Gaussian over all axes."""
    bells = [gaussian(s, 0, r) for s, r in zip(sigmas, radii, strict=True)]
    steep = [gaussian(s, order, r) for s, r in zip(sigmas, radii, strict=True)]
    return [[*bells[:i], steep[i], *bells[i + 1 :]] for i in range(len(sigmas))]

"""Weights along one axis, of the filters in `sigkit.filters` and the kernels in `sigkit.filter_design`.

The filters take them as factors: (taps to correlate with, place of the first).
"""

import numpy as np

from sigkit import _array, _derivative_weights, _image_arguments

IDENTITY = (np.ones(1), 0)
SMALLEST_SIGMA = 1e-15
"""Up to here a Gaussian is an impulse, as in scipy.ndimage."""


def binomial(size, derivative):
    """Sobel's weights of any size: as many sums or differences of two neighbours, one after the other."""
    taps = np.ones(1)
    for k in range(size - 1):
        taps = np.convolve(taps, [-1, 1] if k < derivative else [1, 1])
    return taps


def sampled_gaussian(sigma, order, radius):
    """A Gaussian, or its derivative with its own sign, at the integers from -radius to radius, over the sum of the
    Gaussian's samples: not finite where that is beyond the range of float64."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        z = np.arange(-radius, radius + 1) / sigma
        bell = np.exp(-0.5 * z * z)
        bell /= bell.sum()
        hermite = np.polynomial.hermite_e.hermeval(z, [0] * order + [1])
        return np.where(bell > 0, hermite * bell, 0) / np.float64(sigma) ** order


_LAST = 39
"""Standard deviations, beyond which a Gaussian is 0 in float64."""

# name -> (derivative, smoothing): to correlate with
OPERATORS = {
    "central": ((-1, 0, 1), (1,)),
    "prewitt": ((-1, 0, 1), (1, 1, 1)),
    "sobel": (binomial(3, 1), binomial(3, 0)),
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


def along_each(pairs):
    """For each axis, of which `pairs` has (derivative, smoothing), the term that differentiates along it and smooths
    along the others."""
    return [[pair[k != axis] for k, pair in enumerate(pairs)] for axis in range(len(pairs))]


def sigmas(value, count, name="sigma"):
    return [_image_arguments.positive(one, name) for one in _image_arguments.per_axis(value, count, name)]


def radii(sigmas, truncate, radius=None):
    """The radius of the Gaussian along each axis: as given, or `truncate` standard deviations, rounded."""
    truncate = _image_arguments.positive(truncate, "truncate")
    given = _image_arguments.per_axis(radius, len(sigmas), "radius")
    found = [
        _derivative_weights.gaussian_radius(sigma, truncate) if one is None else _array.index(one, "radius", 0)
        for one, sigma in zip(given, sigmas, strict=True)
    ]
    for one in found:
        _array.check_size(2 * one + 1, _array.FLOAT64, f"a Gaussian of radius {one:g}")
    return found


def gaussian(sigma, order, radius):
    """The factor of a Gaussian, or of its derivative of any order."""
    if sigma <= SMALLEST_SIGMA:
        return IDENTITY
    radius = min(radius, int(_LAST * sigma) + 1)
    taps = sampled_gaussian(sigma, order, radius)
    if not np.isfinite(taps).all():
        raise ValueError(f"order={order}: the weights of sigma={sigma:g} are beyond the range of float64")
    return taps, -radius


def gaussian_derivatives(sigmas, order, radii):
    """For each axis the term of the derivative of that order along it, of a Gaussian over all axes."""
    return along_each([(gaussian(s, order, r), gaussian(s, 0, r)) for s, r in zip(sigmas, radii, strict=True)])

"""Kernels of image filters in closed form: Gaussians and their differences, Gabor's, Sobel's."""

import math

import numpy as np

from sigkit import _array, _derivative_weights, _filter_weights
from sigkit._derivative_kernels import orders, outer, rank

_LARGEST_SOBEL = 31


def gaussian_kernel1d(sigma, order=0, radius=None, *, truncate=4.0):
    """Weights of a sampled Gaussian or of its derivative, as `scipy.ndimage.gaussian_filter1d` applies them.

    Parameters
    ----------
    sigma : float
        Standard deviation in samples.
    order : int, default 0
        Which derivative of the Gaussian; 0, the Gaussian itself, smooths.
    radius : int, optional
        Taps on each side of the middle. Default: `truncate` standard deviations, rounded.
    truncate : float, default 4.0
        Standard deviations on each side where no radius is given. Default 4, SciPy's: the weights left out are below
        3e-4 of the largest.

    Returns
    -------
    ndarray, shape (2 * radius + 1,)
        float64 correlation kernel: the derivative comes out with its own sign, so for ``order=1`` the first weights are
        negative. In units of 1 / sample**order.

    Raises
    ------
    TypeError
        For numbers that are none.
    ValueError
        For a sigma that is not positive, a negative order, radius or truncate, and weights beyond float64.

    See Also
    --------
    gaussian_derivative_kernel : derivatives with the right gain at small sigma, in any number of dimensions.
    dog_kernel : the difference of two.

    Notes
    -----
    ``He_order(n / sigma) / sigma**order * g(n)``, He being Hermite's polynomials and ``g(n)`` the Gaussian
    ``exp(-n**2 / (2 sigma**2))`` over its sum: the weights of ``order=0`` sum to 1, those of derivatives are the
    sampled ones, whatever their moments. Below a sigma of about 1 that shows: at 0.5 the response of ``order=2`` to
    ``x**2 / 2`` is 1.341 and to a constant -0.56.

    Counterpart: `scipy.ndimage.gaussian_filter1d`, which makes these weights and keeps them; equal to
    ``16 (order + 1) eps`` of the largest up to order 4.

    Source: M. Abramowitz and I. Stegun, Handbook of Mathematical Functions (1964), 22.11.8.

    Examples
    --------
    >>> from sigkit import filter_design
    >>> filter_design.gaussian_kernel1d(1.0, radius=2).round(4)
    array([0.0545, 0.2442, 0.4026, 0.2442, 0.0545])
    >>> filter_design.gaussian_kernel1d(1.0, 1, radius=2).round(4)
    array([-0.109 , -0.2442,  0.    ,  0.2442,  0.109 ])
    """
    sigma = _array.real(sigma, "sigma", above=0)
    order = _array.index(order, "order", 0)
    truncate = _array.real(truncate, "truncate", least=0)
    if radius is None:
        radius = _derivative_weights.gaussian_radius(sigma, truncate)
    else:
        radius = _array.index(radius, "radius", 0)
    _array.check_size(2 * radius + 1, _array.FLOAT64, "radius")
    kernel = _filter_weights.sampled_gaussian(sigma, order, radius)
    if not np.isfinite(kernel).all():
        raise ValueError(f"sigma={sigma!r}: the weights of order {order} are beyond the range of float64")
    return kernel


def dog_kernel(low_sigma, high_sigma=None, *, ndim=2, truncate=4.0):
    """Weights of the difference of Gaussians (DoG): a narrow one less a wide one, which passes a band.

    Parameters
    ----------
    low_sigma : float
        Standard deviation of the narrow Gaussian in samples.
    high_sigma : float, optional
        Standard deviation of the wide one, at least `low_sigma`. Default: 1.6 `low_sigma`, where the difference comes
        closest to the Laplacian of Gaussian.
    ndim : int, default 2
        Number of axes. Default 2: images.
    truncate : float, default 4.0
        Each Gaussian ends after so many of its standard deviations. Default 4, as in SciPy.

    Returns
    -------
    ndarray, shape (size, ...) of `ndim` axes
        float64 weights that sum to 0; positive in the middle.

    Raises
    ------
    TypeError
        For numbers that are none.
    ValueError
        For a `low_sigma` that is not positive, a `high_sigma` below it, a negative `truncate`, and ``ndim < 1``.

    See Also
    --------
    log_kernel : the Laplacian of Gaussian, which this resembles with the other sign.
    gaussian_derivative_kernel : the derivative of Gaussian, which some texts abbreviate DoG as well.

    Notes
    -----
    Counterpart: ``skimage.filters.difference_of_gaussians(image, low_sigma, high_sigma)``, whose result is the
    correlation with this kernel, to rounding.

    Source: D. Marr and E. Hildreth, Proceedings of the Royal Society B 207 (1980), for the ratio 1.6.

    Examples
    --------
    >>> from sigkit import filter_design
    >>> kernel = filter_design.dog_kernel(1.0, 2.0, ndim=1)
    >>> kernel.shape, float(kernel.max().round(4))
    ((17,), 0.1995)
    >>> bool(abs(kernel.sum()) < 1e-15)
    True
    """
    low = _array.real(low_sigma, "low_sigma", above=0)
    high = 1.6 * low if high_sigma is None else _array.real(high_sigma, "high_sigma", least=low)
    ndim = rank(ndim)
    narrow, wide = (gaussian_kernel1d(sigma, truncate=truncate) for sigma in (low, high))
    _array.check_size(wide.size**ndim, _array.FLOAT64, "ndim")
    return np.pad(outer([narrow] * ndim), (wide.size - narrow.size) // 2) - outer([wide] * ndim)


def gabor_kernel(frequency, theta=0, bandwidth=1, sigma_x=None, sigma_y=None, n_stds=3, offset=0, dtype=np.complex128):
    """Weights of a Gabor filter: a complex wave under a Gaussian, in 2-D.

    Parameters
    ----------
    frequency : float
        Of the wave, in cycles per pixel.
    theta : float, default 0
        Direction in which the wave runs, in radians: 0 along x (the last axis), pi / 2 along y. Default 0, as all
        defaults here, is scikit-image's.
    bandwidth : float, default 1
        Width of the band in octaves, at half of the largest response. It sets the sigmas that are not given: a wider
        band takes a narrower Gaussian. Default 1: from 2/3 to 4/3 of `frequency`.
    sigma_x, sigma_y : float, optional
        Standard deviations along the wave and across it, in pixels. Default: from `bandwidth` and `frequency`.
    n_stds : float, default 3
        Standard deviations on each side; the kernel covers the rotated ellipse, and one pixel on each side at least.
    offset : float, default 0
        Phase of the wave in the middle, in radians.
    dtype : dtype, default complex128
        complex64 or complex128: of the result.

    Returns
    -------
    ndarray, shape (2 * y + 1, 2 * x + 1)
        The complex weights. The Gaussian's integral is 1: the response to its own wave is 1, where the sigmas are large
        enough to be sampled.

    Raises
    ------
    TypeError
        For numbers that are none, and a dtype that is not complex.
    ValueError
        For a sigma, bandwidth or n_stds that is not positive, and a frequency of 0 without both sigmas.

    See Also
    --------
    gaussian_kernel1d : without a wave.
    frequency_response : the band that it passes.

    Notes
    -----
    ``exp(-(x'**2 / sigma_x**2 + y'**2 / sigma_y**2) / 2 + i (2 pi frequency x' + offset)) / (2 pi sigma_x sigma_y)``
    with x' and y' turned by `theta`. The real part (``offset=0``) is even; the imaginary one is odd, so that of a
    convolution is minus that of a correlation: ``skimage.filters.gabor`` convolves.

    Counterpart: ``skimage.filters.gabor_kernel``, with its arguments and result, within ``(64 + 8 pi frequency r) eps``
    of the largest weight for a radius of r pixels. Differences: a dtype that is not complex is a TypeError; a sigma of
    0 is refused.

    Source: J. Daugman, Journal of the Optical Society of America A 2 (1985); N. Petkov and P. Kruizinga, Biological
    Cybernetics 76 (1997), for `bandwidth`.

    Examples
    --------
    >>> from sigkit import filter_design
    >>> kernel = filter_design.gabor_kernel(0.25)
    >>> kernel.shape, kernel.dtype
    ((15, 15), dtype('complex128'))
    >>> filter_design.gabor_kernel(0.25, sigma_x=1, sigma_y=1, n_stds=1).round(3)
    array([[0.   -0.059j, 0.097+0.j   , 0.   +0.059j],
           [0.   -0.097j, 0.159+0.j   , 0.   +0.097j],
           [0.   -0.059j, 0.097+0.j   , 0.   +0.059j]])
    """
    frequency, theta = _array.real(frequency, "frequency"), _array.real(theta, "theta")
    bandwidth, offset = _array.real(bandwidth, "bandwidth", above=0), _array.real(offset, "offset")
    n_stds = _array.real(n_stds, "n_stds", above=0)
    try:
        dtype = np.dtype(dtype)
    except TypeError as error:
        raise TypeError(f"dtype: expected complex64 or complex128, got {dtype!r}") from error
    if dtype not in (np.complex64, np.complex128):
        raise TypeError(f"dtype: expected complex64 or complex128, got {dtype}")
    if frequency == 0 and (sigma_x is None or sigma_y is None):
        raise ValueError(f"frequency={frequency!r}: expected sigma_x and sigma_y, which it cannot set")
    # Of a Gaussian whose response falls to a half half a bandwidth away from `frequency`, in octaves.
    wide = 2 / -math.expm1(-bandwidth * math.log(2)) - 1
    cycles = math.sqrt(math.log(2) / 2) / math.pi * wide
    along, across = (
        cycles / abs(frequency) if sigma is None else _array.real(sigma, name, above=0)
        for sigma, name in ((sigma_x, "sigma_x"), (sigma_y, "sigma_y"))
    )
    cos, sin = math.cos(theta), math.sin(theta)
    reach_x, reach_y = (max(abs(n_stds * along * a), abs(n_stds * across * b), 1) for a, b in ((cos, sin), (sin, cos)))
    if not reach_x * reach_y < 2**60:
        raise ValueError(f"n_stds={n_stds!r}: a kernel of {reach_y:.3g} by {reach_x:.3g} pixels on each side is larger "
                         "than an array can be")  # fmt: skip
    right, down = math.ceil(reach_x), math.ceil(reach_y)
    x, y = np.arange(-right, right + 1), np.arange(-down, down + 1)[:, None]
    turned_x, turned_y = x * cos + y * sin, y * cos - x * sin
    with np.errstate(under="ignore"):
        envelope = np.exp(-0.5 * ((turned_x / along) ** 2 + (turned_y / across) ** 2)) / (2 * np.pi * along * across)
        return (envelope * np.exp(1j * (2 * np.pi * frequency * turned_x + offset))).astype(dtype)


def sobel_kernel(size=3, *, derivative=(0, 1), gain="raw"):
    """Weights of Sobel's operators: binomial smoothing and differences, of any size and derivative.

    Parameters
    ----------
    size : int, default 3
        Number of taps along each axis: odd, at most 31, as in OpenCV. Default 3: Sobel's.
    derivative : int or tuple of int, default (0, 1)
        Which derivative along each axis, each below `size`; 0 smooths. Default: images along their rows (x, the last
        axis), smoothed down the columns. An int gives a 1-D kernel.
    gain : {"raw", "unit"}, default "raw"
        "raw": integers, as all other libraries have them: a slope of 1 gives 8 with ``size=3``, 128 with 5.
        "unit": divided by that, so that the result is the derivative. Default "raw": the result of SciPy and OpenCV.

    Returns
    -------
    ndarray, shape (size, ...), one axis for each derivative
        float64 correlation kernel; of "unit" gain in units of 1 / sample for each derivative.

    Raises
    ------
    TypeError
        For numbers that are none, and a gain that is no string.
    ValueError
        For an even size or one beyond 31, a derivative that is negative or not below it, and an unknown gain.

    See Also
    --------
    derivative_kernel : differences without smoothing.
    gaussian_derivative_kernel : smoothing by any width, alike in all directions.

    Notes
    -----
    Along an axis with derivative d: ``[1, 1]`` convolved with itself ``size - 1 - d`` times and with ``[-1, 1]`` d
    times, which smooths with a variance of ``(size - 1 - d) / 4``; the raw gain is ``2**(size - 1 - d)``. With "unit"
    gain the weights are exact in binary.

    Counterparts: `scipy.ndimage.sobel` (size 3) and ``cv2.getDerivKernels(dx, dy, size)``, whose two vectors are this
    kernel's factors, for (dy, dx); its ``normalize=True`` is "unit". ``skimage.filters.sobel`` divides by 4: its gain
    is 2.

    Source: P.-E. Danielsson and O. Seger, Machine Vision for Three-Dimensional Scenes (1990).

    Examples
    --------
    >>> from sigkit import filter_design
    >>> filter_design.sobel_kernel()
    array([[-1.,  0.,  1.],
           [-2.,  0.,  2.],
           [-1.,  0.,  1.]])
    >>> filter_design.sobel_kernel(5, derivative=2)
    array([ 1.,  0., -2.,  0.,  1.])
    >>> filter_design.sobel_kernel(derivative=(1, 0), gain="unit")
    array([[-0.125, -0.25 , -0.125],
           [ 0.   ,  0.   ,  0.   ],
           [ 0.125,  0.25 ,  0.125]])
    """
    size = _array.index(size, "size", 1)
    if size % 2 == 0 or size > _LARGEST_SOBEL:
        raise ValueError(f"size={size}: expected an odd number of taps up to {_LARGEST_SOBEL}")
    gain = _array.choice(gain, "gain", ("raw", "unit"))
    each = orders(derivative)
    for order in each:
        if order >= size:
            raise ValueError(f"derivative={order}: expected less than size={size}")
    _array.check_size(size ** len(each), _array.FLOAT64, "derivative")
    gains = [2 ** (size - 1 - order) if gain == "unit" else 1 for order in each]
    return outer([_filter_weights.binomial(size, order) / g for order, g in zip(each, gains, strict=True)])

"""Derivative kernels of one and of more dimensions: the public functions over the weights of five methods."""

import functools
import itertools
import math

import numpy as np

from sigkit import _array, _derivative_weights

_HIGHEST_DEGREE = 31
"""Of a spline: beyond it the weights are off by more than 1e-12 of the largest."""
_MOST_AXES = 32
"""What `_array.as_array` takes."""


def outer(factors):
    """The kernel whose weights are the products of one-dimensional ones, an axis each."""
    return functools.reduce(np.multiply.outer, factors)


def per_axis(value, name, ndim):
    """`value` as a list, one for each axis."""
    if not isinstance(value, (tuple, list)):
        return [value] * ndim
    if len(value) != ndim:
        raise ValueError(f"{name}={value!r}: expected {ndim} values, one for each axis, got {len(value)}")
    return list(value)


def rank(ndim):
    """The number of axes of a kernel."""
    ndim = _array.index(ndim, "ndim", 1)
    if ndim > _MOST_AXES:
        raise ValueError(f"ndim={ndim}: expected at most {_MOST_AXES}")
    return ndim


def orders(derivative):
    """The derivative along each axis, from an int or a sequence of them."""
    several = isinstance(derivative, (tuple, list))
    if several and not 1 <= len(derivative) <= _MOST_AXES:
        raise ValueError(f"derivative={derivative!r}: expected an order for each of 1 to {_MOST_AXES} axes")
    return [_array.index(order, "derivative", 0) for order in (derivative if several else [derivative])]


def _check_method(method, derivative, accuracy, sigma, correction):
    """(accuracy, sigma, correction), each for a method that takes it."""
    method = _array.choice(method, "method", _derivative_weights.METHODS)
    accuracy = _array.index(accuracy, "accuracy", 2)
    if accuracy % 2:
        raise ValueError(f"accuracy={accuracy}: expected an even order, as all centred kernels have")
    endless = method in ("sinc", "spline")
    if correction is None:
        correction = "center" if endless else None
    else:
        correction = _array.choice(correction, "correction", _derivative_weights.CORRECTIONS)
        if not endless:
            raise ValueError(f"correction={correction!r}: expected method='sinc' or 'spline', got {method!r}")
    if accuracy != 2 and method == "fourier":
        raise ValueError(f"accuracy={accuracy}: expected 2 for method='fourier', whose error has no order")
    if accuracy != 2 and method == "sinc" and correction != "least-squares":
        raise ValueError(f"accuracy={accuracy}: expected 2 for method='sinc' unless correction='least-squares', got "
                         f"{correction!r}")  # fmt: skip
    if method == "spline" and _derivative_weights.spline_degree(derivative, accuracy) > _HIGHEST_DEGREE:
        raise ValueError(f"accuracy={accuracy}: derivative {derivative} takes a spline of a degree above "
                         f"{_HIGHEST_DEGREE}, whose weights float64 cannot give")  # fmt: skip
    if method != "gaussian" and sigma is not None:
        raise ValueError(f"sigma={sigma!r}: expected method='gaussian', got {method!r}")
    if method == "gaussian":
        if sigma is None:
            raise ValueError("sigma=None: expected a standard deviation in samples for method='gaussian'")
        sigma = _array.real(sigma, "sigma", above=0)
    return accuracy, sigma, correction


def _check_size(size, derivative, method, accuracy, sigma):
    """The number of taps along one axis."""
    if size is None:
        size = _derivative_weights.default_size(derivative, method, accuracy, sigma)
        if size is None:
            what = "length of the data along the axis" if method == "fourier" else "number of taps"
            raise ValueError(f"size=None: expected the {what} for method={method!r}")
        return size
    size = _array.index(size, "size", 1)
    if method != "fourier":
        fewest = _derivative_weights.fewest_taps(derivative, accuracy)
        if size % 2 == 0:
            raise ValueError(f"size={size}: expected an odd number of taps, with one in the middle")
        if size < fewest:
            raise ValueError(f"size={size}: expected at least {fewest} taps for derivative {derivative} with "
                             f"accuracy={accuracy}")  # fmt: skip
    return size


def derivative_kernel(derivative, *, method="finite-difference", accuracy=2, size=None, sigma=None, correction=None):
    """Weights that differentiate a sampled signal, by one of five methods.

    Parameters
    ----------
    derivative : int
        Which derivative, from 1 on.
    method : {"finite-difference", "gaussian", "sinc", "spline", "fourier"}, default "finite-difference"
        What is differentiated in place of the signal:

        - "finite-difference": the polynomial through the samples under the kernel; rational weights, each rounded once.
          With more taps than it takes, the polynomial that fits them best by least squares (Savitzky-Golay).
        - "gaussian": the signal smoothed by a Gaussian. The weights are sampled and corrected, so that polynomials of a
          degree up to `derivative` (+ 1, and more with `accuracy`) are differentiated exactly at any `sigma`.
        - "sinc": the band-limited signal through the samples; a kernel without end that falls as 1 / n, cut to `size`.
        - "spline": the interpolating spline of the lowest odd degree that is as accurate; without end, but it falls
          exponentially.
        - "fourier": the trigonometric polynomial through all samples of a periodic signal of `size` samples; to be
          applied with ``mode="wrap"``.

        Default: the shortest, and exact on the signals that one knows best.
    accuracy : int, default 2
        Order p of the error, even: it falls as the p-th power of the sample spacing, and polynomials of degree
        ``derivative + p - 1`` are differentiated exactly. "fourier", and "sinc" unless ``correction="least-squares"``,
        have no such order: there it must stay 2. Default 2: the fewest taps.
    size : int, optional
        Number of taps, odd ("fourier": the length of the signal, even or odd). Default: for "finite-difference" the
        fewest that are as accurate, ``2 * ((derivative + 1) // 2) - 1 + accuracy``; for "gaussian" 4 `sigma` on each
        side, as in SciPy; for "spline" all that are above the rounding of the largest; "sinc" and "fourier" need a
        size.
    sigma : float, optional
        Standard deviation of the Gaussian in samples; for "gaussian", which needs it, alone.
    correction : {"center", "taper", "least-squares"}, optional
        How "sinc" and "spline" are cut to `size`:

        - "center": the middle weight of an even derivative is set so that all sum to 0; nothing else is touched
        - "taper": the weights are multiplied by Hann's window first
        - "least-squares": the least change of the weights (so of the response, over all frequencies) that makes them
          differentiate polynomials of degree ``derivative + accuracy - 1`` exactly

        Default "center": the weights stay those of the method, and a constant has no derivative.

    Returns
    -------
    ndarray, shape (size,)
        float64 correlation kernel, even or odd as `derivative` is, in units of 1 / sample**derivative: divide by
        ``spacing**derivative``.

    Raises
    ------
    TypeError
        For numbers that are none, and a method or correction that is no string.
    ValueError
        For an unknown method or correction, an odd `accuracy`, a `size` that is even or has too few taps, a parameter
        of another method, and weights beyond the range or the precision of float64.

    See Also
    --------
    laplace_kernel : the second derivatives along all axes.
    gaussian_derivative_kernel : of more dimensions.
    moments : what a kernel does to polynomials; `frequency_response`, `noise_gain` : to waves, to noise.

    Notes
    -----
    The second derivative, with w the frequency in radians per sample, whose ideal response is ``-w**2``:

    ===================  ========  =================================================  ===============  ================
    method               accuracy  response                                           error at low w   noise gain
    ===================  ========  =================================================  ===============  ================
    "finite-difference"  2         ``-4 s**2``, s being sin(w / 2)                    w**4 / 12        2.449
    "finite-difference"  4         ``-4 s**2 (1 + s**2 / 3)``                         w**6 / 90        3.134
    "gaussian"           2         about ``-w**2 exp(-(sigma w)**2 / 2)``             sigma**2 w**4/2  0.46 sigma**-2.5
    "sinc", "fourier"              ``-w**2`` of all taps                              none             4.414
    "spline", cubic      2         ``-12 s**2 / (3 - 2 s**2)``                        -w**4 / 12       6.000
    "spline", quintic    4         ``-20 s**2 (3 - 2 s**2)/(15 - 15 s**2 + 2 s**4)``  -w**6 / 720      4.798
    ===================  ========  =================================================  ===============  ================

    The noise gain is the standard deviation of the result for white noise of unit variance: sharp methods amplify noise
    most. "sinc" is ``-pi**2 / 3, 2, -1/2, 2/9, ...``, ``-2 (-1)**n / n**2``. Cut to `size` with "center" its moment
    ``sum(n**2 h) / 2``, which is the response to x**2 / 2 and should be 1, is 2 for sizes 3, 7, 11, ... and 0 for 5, 9,
    13, ...: the series that it is alternates between the two, and no factor would mend that without spoiling all other
    frequencies. "taper" takes its mean, about 1; "least-squares" makes it 1. The same holds for the first derivative
    and ``sum(n h)``; of higher ones only "least-squares" mends all moments below the derivative's own. It fits all
    frequencies alike: the order of its error holds at wavelengths well above `size`.

    "gaussian" is a Gaussian times the polynomial that makes the moments right; with `sigma` to 0 it becomes the
    finite difference of the fewest taps. ``scipy.ndimage.gaussian_filter1d(..., order=2)`` samples the derivative
    without correction: at sigma 0.5 its response to x**2 / 2 is 1.341 and to a constant -0.56, at 0.3 it is 0.431.

    The splines' degree is ``derivative + accuracy - 1`` for even derivatives: cubic for (2, 2), quintic for (2, 4); for
    odd ones ``derivative + max(accuracy, 4) - 2``: at the knots a cubic spline has a slope of order 4. Their noise gain
    and response at high frequencies come down to the ideal ones as the degree rises.

    Error: "finite-difference" half a rounding of each weight; others ``8 eps`` of the largest up to accuracy 8 and
    derivative 6, "spline" up to ``1e4 eps`` at its highest degree, 31.

    Counterparts: ``findiff.coefficients(deriv, acc)`` for "finite-difference"; ``scipy.signal.savgol_coeffs(size,
    derivative + accuracy - 1, deriv=derivative, use="dot")`` with more taps; ``scipy.interpolate.make_interp_spline``
    for "spline", with the spline itself.

    Sources: B. Fornberg, Mathematics of Computation 51 (1988); M. Unser, IEEE Signal Processing Magazine 16 (1999)
    for splines; L. N. Trefethen, Spectral Methods in MATLAB (2000), chapters 2 and 3, for "sinc" and "fourier".

    Examples
    --------
    >>> from sigkit import filter_design
    >>> filter_design.derivative_kernel(1)
    array([-0.5,  0. ,  0.5])
    >>> filter_design.derivative_kernel(2, accuracy=4) * 12
    array([ -1.,  16., -30.,  16.,  -1.])
    >>> filter_design.derivative_kernel(2, method="sinc", size=7).round(4)
    array([ 0.2222, -0.5   ,  2.    , -3.4444,  2.    , -0.5   ,  0.2222])
    >>> filter_design.derivative_kernel(1, method="gaussian", sigma=0.3)
    array([-0.5,  0. ,  0.5])
    """
    derivative = _array.index(derivative, "derivative", 1)
    accuracy, sigma, correction = _check_method(method, derivative, accuracy, sigma, correction)
    size = _check_size(size, derivative, method, accuracy, sigma)
    return _derivative_weights.weights(derivative, method, accuracy, size, sigma, correction).copy()


def laplace_kernel(
    size=None, *, method="finite-difference", accuracy=2, sigma=None, ndim=2, isotropic=False, correction=None
):
    """Weights of the Laplacian, the sum of the second derivatives along all axes.

    Parameters
    ----------
    size : int or tuple of int, optional
        Number of taps along each axis, as in `derivative_kernel`; for "fourier" the shape of the image. Default: what
        `accuracy` (or `sigma`) takes, 3 for the 5-point kernel. More taps for the same accuracy lower the noise gain.
    method : {"finite-difference", "gaussian", "sinc", "spline", "fourier"}, default "finite-difference"
        As in `derivative_kernel`. "gaussian" is the Laplacian of Gaussian; all others have weights on the axes alone.
    accuracy : int, default 2
        Order of the error, even; see `derivative_kernel`.
    sigma : float, optional
        Standard deviation of the Gaussian in samples, for "gaussian" alone.
    ndim : int, default 2
        Number of axes. Default 2: images.
    isotropic : bool, default False
        For "finite-difference" of the fewest taps alone: also use the weights off the axes, so that the error is the
        same in all directions. In 2-D with accuracy 2 the 9-point kernel ``[1 4 1; 4 -20 4; 1 4 1] / 6``. Default
        False: 5 weights.
    correction : {"center", "taper", "least-squares"}, optional
        How "sinc" and "spline" are cut to `size`; see `derivative_kernel`.

    Returns
    -------
    ndarray, shape (size, ...) of `ndim` axes
        float64 weights in units of 1 / sample**2, symmetric in all axes: as a correlation or a convolution kernel.

    Raises
    ------
    TypeError, ValueError
        As `derivative_kernel`; also for ``ndim < 1``, a tuple of another length, and `isotropic` with another method or
        size.

    See Also
    --------
    derivative_kernel : the methods, with their responses and noise gains.
    log_kernel : the same as ``method="gaussian"``.

    Notes
    -----
    Of a 5-point kernel the leading error is ``(d4/dx4 + d4/dy4) / 12``, which depends on the direction; `isotropic`
    adds differences along two and more axes so that it is the Laplacian of the Laplacian over 12, and likewise
    ``error * laplacian**(accuracy / 2 + 1)`` for any accuracy and `ndim` (in 3-D with accuracy 2: 19 points).

    "fourier" of shape (rows, columns) is the inverse transform of ``-(2 pi)**2 (u**2 + v**2)``, with u and v in cycles
    per sample. Applied with ``mode="wrap"`` to an image of this shape it is the multiplication of the image's transform
    by that. Noise gains in 2-D: 4.472 of 5 points, 3.606 of 9, of "gaussian" about
    ``1 / (sqrt(2 pi) sigma**3)``.

    Counterparts: `scipy.ndimage.laplace` (5 points) and ``skimage.filters.laplace``, whose `ksize` has no effect;
    ``findiff.Laplacian(acc=accuracy)``; `scipy.ndimage.gaussian_laplace` for "gaussian", without the correction of
    moments: see `derivative_kernel`. ``cv2.Laplacian`` smooths across the axes with ``ksize > 1`` and does not divide
    by its gain.

    Source: as `derivative_kernel`; L. Collatz, The Numerical Treatment of Differential Equations (1960), for 9 points.

    Examples
    --------
    >>> from sigkit import filter_design
    >>> filter_design.laplace_kernel()
    array([[ 0.,  1.,  0.],
           [ 1., -4.,  1.],
           [ 0.,  1.,  0.]])
    >>> filter_design.laplace_kernel(isotropic=True) * 6
    array([[  1.,   4.,   1.],
           [  4., -20.,   4.],
           [  1.,   4.,   1.]])
    >>> filter_design.laplace_kernel(256, method="fourier")[127:130, 127:130].round(5)
    array([[ 0.     ,  2.0001 ,  0.     ],
           [ 2.0001 , -6.57994,  2.0001 ],
           [ 0.     ,  2.0001 ,  0.     ]])
    """
    ndim = rank(ndim)
    sizes, method, accuracy, sigma, correction = laplacian_settings(size, ndim, method, accuracy, sigma, correction)
    if not _array.flag(isotropic, "isotropic"):
        return _laplacian(sizes, method, accuracy, sigma, correction)
    if method != "finite-difference" or any(n != accuracy + 1 for n in sizes):
        raise ValueError(f"isotropic=True: expected method='finite-difference' and size={accuracy + 1}, got "
                         f"{method!r} and {size!r}")  # fmt: skip
    _array.check_size((accuracy + 1) ** ndim, _array.FLOAT64, "ndim")
    return _isotropic_laplacian(accuracy, ndim).copy()


def laplacian_settings(size, ndim, method, accuracy, sigma, correction=None):
    """(sizes, method, accuracy, sigma, correction), checked: a size for each axis."""
    accuracy, sigma, correction = _check_method(method, 2, accuracy, sigma, correction)
    sizes = [_check_size(n, 2, method, accuracy, sigma) for n in per_axis(size, "size", ndim)]
    _array.check_size(max(sizes, default=0), _array.FLOAT64, "size")
    return sizes, method, accuracy, sigma, correction


def laplacian_factors(sizes, method, accuracy, sigma, correction):
    """For each axis (second, zeroth): the weights that differentiate along it twice, and those along it where another
    axis is differentiated: of "gaussian" smoothing ones, a single 1 of all other methods."""
    single = np.ones(1)
    return [
        (
            _derivative_weights.weights(2, method, accuracy, size, sigma, correction),
            _derivative_weights.weights(0, method, accuracy, size, sigma) if method == "gaussian" else single,
        )
        for size in sizes
    ]


def _laplacian(sizes, *settings):
    _array.check_size(math.prod(sizes), _array.FLOAT64, "size")
    factors = laplacian_factors(sizes, *settings)
    kernel = np.zeros(sizes)
    for axis in range(len(sizes)):
        term = outer([pair[k != axis] for k, pair in enumerate(factors)])
        middle = (slice(n // 2 - m // 2, n // 2 - m // 2 + m) for n, m in zip(sizes, term.shape, strict=True))
        kernel[tuple(middle)] += term
    return kernel


@functools.lru_cache(maxsize=16)
def _isotropic_laplacian(accuracy, ndim):
    """sum(D_i) + c (sum(d_i)**q - sum(d_i**q)) over the axes i: D_i the second derivative with the error c times the
    derivative of order 2 q, d_i the difference [1, -2, 1]."""
    size, radius, power = accuracy + 1, accuracy // 2, accuracy // 2 + 1
    second = np.array(_derivative_weights.finite_difference(2, accuracy, size))
    nodes = np.arange(size).astype(object) - radius
    error = (nodes ** (2 * power) * second).sum() / math.factorial(2 * power)
    # differences[e] = d**e; of every product but those of one axis alone no power exceeds the radius
    differences = [
        np.array([(-1) ** (e + n) * math.comb(2 * e, e + n) if abs(n) <= e else 0 for n in nodes], object)
        for e in range(power)
    ]
    kernel = sum(outer([second if i == axis else differences[0] for i in range(ndim)]) for axis in range(ndim))
    for powers in itertools.product(range(power), repeat=ndim):
        if sum(powers) == power:
            ways = math.factorial(power) // math.prod(map(math.factorial, powers))
            kernel = kernel + error * ways * outer([differences[e] for e in powers])
    kernel = kernel.astype(float)
    kernel.flags.writeable = False
    return kernel


def log_kernel(sigma, *, size=None, ndim=2):
    """Weights of the Laplacian of Gaussian (LoG): smoothing and the Laplacian as one kernel.

    Parameters
    ----------
    sigma : float
        Standard deviation of the Gaussian in samples.
    size : int or tuple of int, optional
        Number of taps along each axis, odd, at least 3. Default: 4 `sigma` on each side, as in SciPy.
    ndim : int, default 2
        Number of axes. Default 2: images.

    Returns
    -------
    ndarray, shape (size, ...) of `ndim` axes
        float64 weights in units of 1 / sample**2; negative in the middle, as the Laplacian of a bright blob is. They
        sum to 0, and their response to ``x**2 / 2`` along any axis is 1, to rounding.

    Raises
    ------
    TypeError, ValueError
        As `laplace_kernel`.

    See Also
    --------
    laplace_kernel : the same kernel as ``method="gaussian"``, also of a higher accuracy.
    dog_kernel : the difference of Gaussians, which comes close to it with the other sign.

    Notes
    -----
    ``((x**2 + y**2) / sigma**4 - 2 / sigma**2) * gaussian``, the derivatives along each axis corrected as in
    `derivative_kernel`. Multiply by ``sigma**2`` to compare blobs of different sizes.

    Counterparts: `scipy.ndimage.gaussian_laplace`, whose weights are not corrected: at sigma 0.5 it answers a constant
    1 with -1.12; MATLAB's ``fspecial("log")``, which subtracts the mean of the weights and keeps the error of their
    gain.

    Source: D. Marr and E. Hildreth, Proceedings of the Royal Society B 207 (1980).

    Examples
    --------
    >>> from sigkit import filter_design
    >>> kernel = filter_design.log_kernel(0.5, size=3)
    >>> kernel.round(4)
    array([[ 0.213 ,  0.574 ,  0.213 ],
           [ 0.574 , -3.1479,  0.574 ],
           [ 0.213 ,  0.574 ,  0.213 ]])
    >>> bool(abs(kernel.sum()) < 1e-15)
    True
    """
    return laplace_kernel(size, method="gaussian", sigma=sigma, ndim=ndim)


def gaussian_derivative_kernel(sigma, derivative, *, size=None):
    """Weights that smooth with a Gaussian and differentiate, along each axis.

    Parameters
    ----------
    sigma : float or tuple of float
        Standard deviation of the Gaussian in samples; one for all axes or one for each.
    derivative : int or tuple of int
        Which derivative along each axis: ``(0, 1)`` differentiates images along their rows (x, the last axis) and
        smooths across them, ``(1, 1)`` is the mixed derivative. An int gives a 1-D kernel.
    size : int or tuple of int, optional
        Number of taps along each axis, odd. Default: 4 sigma on each side, as in SciPy, and at least what the
        derivative takes.

    Returns
    -------
    ndarray, shape (size, ...), one axis for each derivative
        float64 correlation kernel, in units of 1 / sample for each derivative.

    Raises
    ------
    TypeError
        For numbers that are none.
    ValueError
        For a sigma that is not positive, a negative derivative, tuples of different lengths, and a `size` that is even
        or has too few taps.

    See Also
    --------
    derivative_kernel : in 1-D, by five methods; this is the product of those with ``method="gaussian"``.
    gaussian_kernel1d : SciPy's weights, without the correction.
    compose_kernels : a Gaussian and any other derivative as one kernel.

    Notes
    -----
    Some texts abbreviate "derivative of Gaussian" as DoG; here `dog_kernel` is the difference of Gaussians. Smoothing
    with `gaussian_kernel1d` and then differentiating with `derivative_kernel` is, composed, nearly the same kernel;
    the difference falls as 1 / sigma**2.

    The weights along each axis are exact on polynomials of a degree up to its derivative + 1, at any sigma: see
    `derivative_kernel`.

    Counterparts: `scipy.ndimage.gaussian_filter` with ``order=derivative``, whose weights are not corrected;
    ``diplib.Gauss`` with `derivativeOrder`.

    Source: J. Canny, IEEE Transactions on Pattern Analysis and Machine Intelligence 8 (1986).

    Examples
    --------
    >>> from sigkit import filter_design
    >>> filter_design.gaussian_derivative_kernel(0.5, (0, 1), size=3).round(4)
    array([[-0.0533,  0.    ,  0.0533],
           [-0.3935,  0.    ,  0.3935],
           [-0.0533,  0.    ,  0.0533]])
    >>> filter_design.gaussian_derivative_kernel(1.0, 1, size=5).round(4)
    array([-0.1179, -0.2642,  0.    ,  0.2642,  0.1179])
    """
    each = orders(derivative)
    sigmas = [_array.real(s, "sigma", above=0) for s in per_axis(sigma, "sigma", len(each))]
    axes = [
        (order, "gaussian", 2, _check_size(n, order, "gaussian", 2, s), s)
        for order, s, n in zip(each, sigmas, per_axis(size, "size", len(each)), strict=True)
    ]
    _array.check_size(math.prod(n for *_, n, _ in axes), _array.FLOAT64, "size")
    return outer([_derivative_weights.weights(*axis) for axis in axes]).copy()

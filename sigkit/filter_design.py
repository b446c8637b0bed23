r"""Kernels to look at, combine and apply: derivatives by five methods, Gaussians, Gabor's and Sobel's; what they do.

How a kernel lies on the signal
-------------------------------
All are correlation kernels of float64, with their middle at index ``size // 2``: the weights lie on the samples as they
are written, and the sum of products stands under the middle one. (Only `gabor_kernel`, which is scikit-image's, is
complex, and meant for a convolution.) A derivative has its own sign::

    signal      0    1    4    9   16        n**2
    kernel         -1/2   0   1/2            derivative_kernel(1)
    sum                   4                  -1/2 * 1 + 0 * 4 + 1/2 * 9: the slope 2 n at n = 2

so that ``scipy.ndimage.correlate(signal, kernel)`` differentiates; for a convolution flip the kernel:

>>> import numpy as np
>>> import scipy.ndimage
>>> from sigkit import filter_design
>>> signal = np.arange(5.0) ** 2
>>> scipy.ndimage.correlate(signal, filter_design.derivative_kernel(1))[1:-1]
array([2., 4., 6.])
>>> scipy.ndimage.convolve(signal, filter_design.derivative_kernel(1)[::-1])[1:-1]
array([2., 4., 6.])

Samples are 1 apart: divide by ``spacing**derivative``. Along the last axis is x, along the last but one y.

Three words
-----------
`derivative` is which derivative, `accuracy` the order of its error (doubling the resolution divides it by
``2**accuracy``), `size` the number of taps.

What a kernel does
------------------
`moments` say what it does to polynomials, `frequency_response` to waves, `noise_gain` to noise. Sharp kernels follow
the ideal response further up and amplify noise more; without noise they win, with it a Gaussian does:

>>> for method, size in (("finite-difference", 3), ("spline", None), ("sinc", 101)):
...     kernel = filter_design.derivative_kernel(2, method=method, size=size)
...     response = filter_design.frequency_response(kernel, [0.05, 0.25]).real
...     ideal = -((2 * np.pi * np.array([0.05, 0.25])) ** 2)
...     print(method, (response / ideal).round(3), round(filter_design.noise_gain(kernel), 3))
finite-difference [0.992 0.811] 2.449
spline [1.008 1.216] 6.0
sinc [0.984 0.999] 4.413
"""

import math

import numpy as np

from sigkit import _array, _convolution
from sigkit._derivative_kernels import derivative_kernel, gaussian_derivative_kernel, laplace_kernel, log_kernel
from sigkit._image_kernels import dog_kernel, gabor_kernel, gaussian_kernel1d, sobel_kernel

__all__ = [
    "compose_kernels",
    "derivative_kernel",
    "dog_kernel",
    "frequency_response",
    "gabor_kernel",
    "gaussian_derivative_kernel",
    "gaussian_kernel1d",
    "laplace_kernel",
    "log_kernel",
    "moments",
    "noise_gain",
    "separate",
    "sobel_kernel",
]


def compose_kernels(f, g):
    """One kernel for two filters in a row: ``f * (g * image) = (f * g) * image``.

    Parameters
    ----------
    f, g : array_like
        Kernels of equal rank, real or complex; the order does not matter.

    Returns
    -------
    ndarray, of ``n + m - 1`` taps along each axis for n and m
        Of dtype ``np.result_type(f, g)``; float64 for integers, float32 for float16. A correlation kernel of two
        correlation kernels, a convolution kernel of two convolution kernels.

    Raises
    ------
    TypeError
        For masked arrays, matrices, and dtypes other than bool, integers, float16/32/64 and complex64/128.
    ValueError
        For different ranks, scalars and empty kernels.

    See Also
    --------
    sigkit.correlation.convolve : the same sums, with a choice of the extent, the method and the axis.
    separate : one kernel into several short ones.

    Notes
    -----
    At the boundary the two ways agree where the intermediate image is known as far as `f` reaches: for ``mode="wrap"``,
    and for "full" results of images that are 0 outside. Elsewhere the first filter's result is extended, not the
    image, and they agree in the interior alone: where the composed kernel lies within the image. Two kernels of even
    size, each with its middle at ``size // 2``, one after the other give the result one sample late.

    Counterpart: ``scipy.signal.convolve(f, g)``. Error bound and NaN rule: see `sigkit.correlation`.

    Source: the associative law of convolution.

    Examples
    --------
    >>> from sigkit import filter_design
    >>> filter_design.compose_kernels([1, 2, 1], [-1, 0, 1])
    array([-1., -2.,  0.,  2.,  1.])
    >>> smooth = filter_design.gaussian_kernel1d(1.0)
    >>> filter_design.compose_kernels(smooth, filter_design.derivative_kernel(1))[3:8].round(3)
    array([-0.119, -0.172,  0.   ,  0.172,  0.119])
    """
    f, g = _array.as_array(f, "f"), _array.as_array(g, "g")
    if f.ndim != g.ndim or not f.ndim:
        raise ValueError(f"f and g: expected kernels of equal rank, got {f.ndim} and {g.ndim} axes")
    if not f.size or not g.size:
        raise ValueError(f"f and g: expected at least one weight each, got shapes {f.shape} and {g.shape}")
    lo, sizes = _convolution.extents("full", f.shape, g.shape)
    kernel = np.empty(sizes, _array.common_dtype(f, g))
    _convolution.compute(f, g, lo, kernel, "auto", False)
    return kernel


def separate(kernel):
    """A 2-D kernel as a sum of outer products, so that it can be applied along one axis after the other.

    Parameters
    ----------
    kernel : array_like, shape (m, n)
        Weights, real or complex.

    Returns
    -------
    (columns, rows) : ndarrays, shapes (r, m) and (r, n), or None
        ``columns.T @ rows`` is the kernel: the sum of ``np.outer(columns[k], rows[k])`` over k < r, the kernel's rank.
        float32 and complex64 keep their precision, float16 gives float32 and integers float64. None where no sum of
        fewer than ``min(m, n)`` products is exact (unless one product is), or a weight is not finite.

    Raises
    ------
    TypeError
        For masked arrays, matrices, and dtypes other than bool, integers, float16/32/64 and complex64/128.
    ValueError
        For a kernel that is empty or not of two axes.

    See Also
    --------
    compose_kernels : several kernels as one.

    Notes
    -----
    Exact means: no weight of the sum, of the factors as they are returned, differs from the kernel's by more than
    ``4 * max(m, n) * eps`` times the largest weight, eps being the machine epsilon of the result. A kernel of rank r
    whose weights were each rounded once is that close to one whose products are.

    The products are those of Gaussian elimination with complete pivoting, not of a singular value decomposition: where
    the kernel is symmetric so are they, to the last bit, and small integers give rational factors.

    No counterpart; by hand ``np.linalg.svd`` and a tolerance.

    Source: G. Golub and C. Van Loan, Matrix Computations, section 3.4, on complete pivoting.

    Examples
    --------
    >>> from sigkit import filter_design
    >>> columns, rows = filter_design.separate(filter_design.sobel_kernel())
    >>> columns, rows
    (array([[0.5, 1. , 0.5]]), array([[-2.,  0.,  2.]]))
    >>> columns, rows = filter_design.separate(filter_design.laplace_kernel())
    >>> len(rows), bool((columns.T @ rows == filter_design.laplace_kernel()).all())
    (2, True)
    >>> filter_design.separate([[1, 2], [3, 4]]) is None
    True
    """
    kernel = _checked(kernel)
    if kernel.ndim != 2:
        raise ValueError(f"kernel: expected 2 axes, got {kernel.ndim}")
    dtype = _array.common_dtype(kernel)
    exact = kernel.astype(_double(dtype))
    if not np.isfinite(exact).all():
        return None
    with np.errstate(under="ignore", over="ignore", invalid="ignore"):
        tolerance = 4 * max(exact.shape) * np.finfo(dtype).eps * abs(exact).max()
        factors = _eliminate(exact.copy(), tolerance)
        if factors is None:
            return None
        columns, rows = (np.array(factor, dtype) for factor in factors)
        error = columns.T.astype(exact.dtype) @ rows.astype(exact.dtype) - exact
    return (columns, rows) if abs(error).max() <= tolerance else None


def _eliminate(rest, tolerance):
    """(columns, rows) whose products leave nothing above the tolerance of `rest`, or None; `rest` is written to."""
    columns, rows = [], []
    while not columns or abs(rest).max() > tolerance:
        if len(columns) == max(min(rest.shape) - 1, 1):
            return None
        i, j = np.unravel_index(abs(rest).argmax(), rest.shape)
        pivot = rest[i, j] or 1.0  # of a kernel of zeros
        columns.append(rest[:, j] / pivot)
        rows.append(rest[i].copy())
        rest -= np.outer(columns[-1], rows[-1])
        rest[i], rest[:, j] = 0, 0
    return columns, rows


def moments(kernel, order):
    """Moments of a kernel about its middle: what it does to polynomials.

    Parameters
    ----------
    kernel : array_like
        Weights of any rank, real or complex, with the middle at ``size // 2`` along each axis.
    order : int
        Highest power of each coordinate.

    Returns
    -------
    ndarray, shape (order + 1, ...), an axis for each of the kernel's
        ``m[k] = sum(n**k * kernel[n])``, in 2-D ``m[j, k] = sum(y**j * x**k * kernel[y, x])``, of float64 or
        complex128.

    Raises
    ------
    TypeError
        For masked arrays, matrices, dtypes other than bool, integers, float16/32/64 and complex64/128, and an order
        that is no integer.
    ValueError
        For a scalar or empty kernel and a negative order.

    See Also
    --------
    frequency_response : what it does to waves; the moments are its derivatives at 0, over powers of i.

    Notes
    -----
    By Taylor's theorem a kernel gives ``sum(m[k] / k! * (k-th derivative))``. So that of the d-th derivative has
    ``m[k] = 0`` but for ``m[d] = d!``, and its accuracy is p if ``m[d + p]`` is the next that is not 0; then
    ``m[d + p] / (d + p)!`` times the derivative of that order is the leading error.

    Error: ``(size + 2) * eps * sum(abs(n**k * kernel))``. A weight that is NaN or infinite reaches all moments.

    No counterpart.

    Source: B. Fornberg, Mathematics of Computation 51 (1988), whose weights are defined by these sums.

    Examples
    --------
    The central difference is accurate to order 2, with the error 2/24 = 1/12 of the fourth derivative:

    >>> from sigkit import filter_design
    >>> filter_design.moments(filter_design.derivative_kernel(2), 4)
    array([0., 0., 2., 0., 2.])
    >>> filter_design.moments(filter_design.laplace_kernel(), 2)
    array([[0., 0., 2.],
           [0., 0., 0.],
           [2., 0., 0.]])
    """
    order = _array.index(order, "order", 0)
    kernel = _checked(kernel)
    _array.check_size((order + 1) ** kernel.ndim, _array.COMPLEX128, "order")

    def powers(n):
        return (np.arange(n) - n // 2)[:, None].astype(float) ** np.arange(order + 1)

    if kernel.dtype.kind != "c":
        return _along_all_axes(kernel, powers)
    result = np.empty((order + 1,) * kernel.ndim, complex)
    result.real = _along_all_axes(kernel.real, powers)  # its parts alone: 0 must not make a NaN of (inf + 0j)
    result.imag = _along_all_axes(kernel.imag, powers)
    return result


def frequency_response(kernel, frequencies):
    """Response of a correlation kernel to waves.

    Parameters
    ----------
    kernel : array_like
        Weights of any rank, real or complex, with the middle at ``size // 2`` along each axis.
    frequencies : array_like, shape (m,)
        In cycles per sample; in 2-D and beyond the same for each axis.

    Returns
    -------
    ndarray, shape (m, ...), an axis for each of the kernel's
        ``H(f) = sum(kernel[n] * exp(2 pi i f n))``, of complex128: correlating ``exp(2 pi i f t)`` with the kernel
        multiplies it by ``H(f)``. That of the d-th derivative should be ``(2 pi i f)**d``.

    Raises
    ------
    TypeError
        For masked arrays, matrices, dtypes other than bool, integers, float16/32/64 and complex64/128, and complex
        frequencies.
    ValueError
        For a scalar or empty kernel, and frequencies that are not 1-D or not finite.

    See Also
    --------
    moments : its behaviour at low frequencies.
    noise_gain : its root mean square over all frequencies.

    Notes
    -----
    Counterpart: ``scipy.signal.freqz(kernel[::-1], worN=frequencies, fs=1)``, whose kernel begins at 0 and so has a
    delay, and which knows 1-D only.

    Error: ``(size + 8 * radius) * eps * sum(abs(kernel))`` along each axis.

    Source: A. Oppenheim and R. Schafer, Discrete-Time Signal Processing, section 2.6.

    Examples
    --------
    >>> from sigkit import filter_design
    >>> filter_design.frequency_response(filter_design.derivative_kernel(2), [0, 0.25, 0.5]).real
    array([ 0., -2., -4.])
    >>> response = filter_design.frequency_response(filter_design.laplace_kernel(), [0, 0.5])
    >>> response.real
    array([[ 0., -4.],
           [-4., -8.]])
    """
    kernel = _checked(kernel)
    frequencies = _array.as_array(frequencies, "frequencies", real=True).astype(float)
    if frequencies.ndim != 1:
        raise ValueError(f"frequencies: expected one dimension, got {frequencies.ndim}")
    if not np.isfinite(frequencies).all():
        raise ValueError("frequencies: expected finite numbers")
    _array.check_size(len(frequencies) ** kernel.ndim, _array.COMPLEX128, "frequencies")
    return _along_all_axes(kernel, lambda n: np.exp(2j * np.pi * np.outer(np.arange(n) - n // 2, frequencies)))


def noise_gain(kernel):
    """Standard deviation of the result for white noise of unit variance: the root of the sum of squares.

    Parameters
    ----------
    kernel : array_like
        Weights of any rank, real or complex.

    Returns
    -------
    float
        ``sqrt(sum(abs(kernel)**2))``.

    Raises
    ------
    TypeError
        For masked arrays, matrices, and dtypes other than bool, integers, float16/32/64 and complex64/128.
    ValueError
        For a scalar or empty kernel.

    See Also
    --------
    frequency_response : its root mean square over all frequencies is this.

    Notes
    -----
    Counterpart: ``np.linalg.norm(kernel.ravel())``. Error: ``(size + 4) * eps`` of it; neither too large nor too small
    weights leave the range. NaN and infinity reach it.

    Source: A. Oppenheim and R. Schafer, Discrete-Time Signal Processing, section 2.10.

    Examples
    --------
    >>> from sigkit import filter_design
    >>> filter_design.noise_gain(filter_design.derivative_kernel(1))
    0.7071067811865476
    """
    kernel = _checked(kernel)
    return math.hypot(*abs(kernel.astype(_double(kernel.dtype))).ravel().tolist())


def _checked(kernel):
    kernel = _array.as_array(kernel, "kernel")
    if not kernel.ndim or not kernel.size:
        raise ValueError(f"kernel: expected at least one axis and one weight, got shape {kernel.shape}")
    return kernel


def _double(dtype):
    """The dtype of double precision that holds the values of this one."""
    return _array.COMPLEX128 if dtype.kind == "c" else _array.FLOAT64


def _along_all_axes(kernel, matrix):
    """The kernel's products with ``matrix(n)``, shape (n, m), along each of its axes of n weights."""
    result = kernel.astype(_double(kernel.dtype))
    with np.errstate(invalid="ignore", over="ignore"):
        for n in kernel.shape:  # each axis is taken from the front and put at the end: at last all are in their places
            # No BLAS: it multiplies by 1 + 0j, which makes a NaN of an infinite weight.
            result = np.einsum("i...,ij->...j", result, matrix(n), order="C")
    return result

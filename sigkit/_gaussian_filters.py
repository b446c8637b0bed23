"""Gaussian filters of `sigkit.filters`: smoothing, derivatives, their Laplacian and gradient magnitude."""

from sigkit import _array, _filter_weights, _image_arguments, _linear_jobs


def gaussian_filter(
    input, sigma, order=0, output=None, mode="reflect", cval=0.0, truncate=4.0, *, radius=None, axes=None,
    nan_policy="propagate",
):  # fmt: skip
    """Smooth an image of any rank with a Gaussian, or differentiate what is smoothed.

    Parameters
    ----------
    input : array_like
        Real or complex, of any rank.
    sigma : float or sequence of float
        The standard deviation in samples, also one for each axis. An axis of sigma 0 is left as it is, whatever its
        order.
    order : int or sequence of int, default 0
        Which derivative of the Gaussian, also one for each axis. 0 smooths.
    output : dtype or ndarray, optional
        The dtype of the result, or where to put it; may overlap `input`. Default: see the module.
    mode : str or sequence of str, default "reflect"
        What lies beyond the edges, also one word for each axis: see the module.
    cval : scalar, default 0.0
        The value of "constant", for the pass along each axis.
    truncate : float, default 4.0
        The weights end after so many standard deviations, rounded to whole samples. 4: what is left out is 6e-5 of the
        Gaussian.
    radius : int or sequence of int, optional
        The weights end there instead: ``2 * radius + 1`` of them. Also one for each axis.
    axes : int or sequence of int, optional
        The axes to filter along, in this order; all others are batches. Default None: all.
    nan_policy : {"propagate", "omit"}
        Whether a NaN sample reaches every output whose window holds it (default), or counts as missing: see the module.

    Returns
    -------
    ndarray
        Of the shape of `input`; its dtype: see the module. `output` where it was given.

    Raises
    ------
    TypeError
        For masked arrays, matrices, unsupported dtypes, and arguments of the wrong type.
    ValueError
        For a sigma, order or radius below 0, a sequence whose length is not that of `axes`, an unknown mode, and an
        `output` that does not fit.

    See Also
    --------
    gaussian_filter1d : along one axis.
    gaussian_laplace, gaussian_gradient_magnitude : of its derivatives.
    difference_of_gaussians : a band-pass filter.

    Notes
    -----
    Counterpart: `scipy.ndimage.gaussian_filter`. Differences: one rounding of integers at the end, not one for each
    axis; a sigma below 0 raises; `nan_policy`. `cv2.GaussianBlur` takes other weights: radius 4 sigma for float, 3
    sigma for uint8, in fixed point.

    The weights are samples of the Gaussian and its derivatives, divided by the sum of the Gaussian's samples: for sigma
    below 1 a derivative's gain is wrong by up to a factor of ten (at 0.3). Error bound: see the module.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import filters
    >>> image = np.arange(50, step=2).reshape(5, 5)
    >>> filters.gaussian_filter(image, sigma=1)
    array([[ 5,  6,  8, 10, 11],
           [12, 13, 15, 17, 18],
           [21, 22, 24, 26, 27],
           [30, 31, 33, 35, 36],
           [37, 38, 40, 42, 43]])
    """
    call = _image_arguments.Filtering(input, output)
    axes = _image_arguments.normal_axes(axes, call.x.ndim)
    sigmas, radii = _scales(sigma, axes, truncate, radius)
    orders = [_array.index(one, "order", 0) for one in _image_arguments.per_axis(order, len(axes), "order")]
    term = [_filter_weights.gaussian(*one) for one in zip(sigmas, orders, radii, strict=True)]
    return _apply(call, [term], axes, mode, cval, nan_policy)


def gaussian_filter1d(
    input, sigma, axis=-1, order=0, output=None, mode="reflect", cval=0.0, truncate=4.0, *, radius=None,
    nan_policy="propagate",
):  # fmt: skip
    """Smooth every line along one axis with a Gaussian, or differentiate what is smoothed.

    Parameters
    ----------
    input : array_like
        Real or complex, with at least one dimension.
    sigma : float
        The standard deviation in samples; 0 leaves the lines as they are.
    axis : int, default -1
        The axis to filter along.
    order : int, default 0
        Which derivative of the Gaussian. 0 smooths.
    output : dtype or ndarray, optional
        The dtype of the result, or where to put it; may overlap `input`. Default: see the module.
    mode : str, default "reflect"
        What lies beyond the ends: see the module.
    cval : scalar, default 0.0
        The value of "constant".
    truncate : float, default 4.0
        The weights end after so many standard deviations, rounded to whole samples.
    radius : int, optional
        The weights end there instead: ``2 * radius + 1`` of them.
    nan_policy : {"propagate", "omit"}
        As in `gaussian_filter`.

    Returns
    -------
    ndarray
        Of the shape of `input`; its dtype: see the module. `output` where it was given.

    Raises
    ------
    TypeError, ValueError
        As `gaussian_filter`; also for an `axis` out of range, and a derivative of sigma 0.

    See Also
    --------
    gaussian_filter : along several axes.

    Notes
    -----
    Counterpart: `scipy.ndimage.gaussian_filter1d`, with the same weights. Differences: integers are rounded and
    saturate; sigma 0 is an impulse (SciPy: NaN); `nan_policy`. Error bound: see the module.

    Examples
    --------
    >>> from sigkit import filters
    >>> filters.gaussian_filter1d([1.0, 2.0, 3.0, 4.0, 5.0], 1).round(4)
    array([1.427 , 2.0678, 3.    , 3.9322, 4.573 ])
    >>> filters.gaussian_filter1d([0.0, 1.0, 2.0, 3.0, 4.0], 1, order=1, mode="reflect").round(2)
    array([0.36, 0.85, 0.97, 0.85, 0.36])
    """
    call = _image_arguments.Filtering(input, output)
    if call.x.ndim == 0:
        raise ValueError("input: expected at least one dimension, got a scalar")
    axes = _image_arguments.normal_axes(_array.index(axis, "axis"), call.x.ndim, "axis")
    sigmas, radii = _scales(sigma, axes, truncate, radius)
    order = _array.index(order, "order", 0)
    if order and sigmas[0] <= _filter_weights.SMALLEST_SIGMA:
        raise ValueError(f"sigma={sigma!r}: expected more than 0 for a derivative")
    taps = _filter_weights.gaussian(sigmas[0], order, radii[0])
    return _apply(call, [[taps]], axes, mode, cval, nan_policy)


def gaussian_laplace(
    input, sigma, output=None, mode="reflect", cval=0.0, *, axes=None, truncate=4.0, radius=None,
    nan_policy="propagate",
):  # fmt: skip
    """Laplacian of a Gaussian: the sum of the second derivatives of what is smoothed.

    Parameters
    ----------
    input : array_like
        Real or complex, of any rank.
    sigma : float or sequence of float
        The standard deviation in samples, also one for each axis; above 0 where there is to be a derivative.
    output : dtype or ndarray, optional
        The dtype of the result, or where to put it; may overlap `input`. Default: see the module.
    mode : str or sequence of str, default "reflect"
        What lies beyond the edges, also one word for each axis: see the module.
    cval : scalar, default 0.0
        The value of "constant", for the pass along each axis.
    axes : int or sequence of int, optional
        The axes to filter along, all others are batches. Default None: all.
    truncate : float, default 4.0
        The weights end after so many standard deviations, rounded to whole samples.
    radius : int or sequence of int, optional
        The weights end there instead. Also one for each axis.
    nan_policy : {"propagate", "omit"}
        As in `gaussian_filter`.

    Returns
    -------
    ndarray
        Of the shape of `input`; its dtype: see the module. `output` where it was given.

    Raises
    ------
    TypeError, ValueError
        As `gaussian_filter`.

    See Also
    --------
    laplace : of neighbours, without smoothing.
    difference_of_gaussians : close to it, and cheaper to tune.

    Notes
    -----
    Counterpart: `scipy.ndimage.gaussian_laplace`, with the same weights; as there, the derivative along each axis takes
    that axis's `mode` along all of them. Differences: computed in one pass over the image (with one mode), and rounded
    once; integers saturate, where SciPy's wrap; `truncate` and `radius` are arguments of its own; `nan_policy`. A
    bright blob gives a minimum. Error bound: see the module.

    Source: D. Marr and E. Hildreth, "Theory of edge detection", Proc. R. Soc. London B 207, 1980.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import filters
    >>> y, x = np.mgrid[-20:21, -20:21] / 4.0
    >>> blob = np.exp(-(x**2 + y**2) / 2)
    >>> response = filters.gaussian_laplace(blob, 2)
    >>> np.unravel_index(response.argmin(), response.shape) == (20, 20)
    True
    """
    call = _image_arguments.Filtering(input, output)
    axes = _image_arguments.normal_axes(axes, call.x.ndim)
    sigmas, radii = _scales(sigma, axes, truncate, radius)
    modes, fill = _modes_of_terms(mode, len(axes)), _image_arguments.fill(cval, call)
    terms = _filter_weights.gaussian_derivatives(sigmas, 2, radii) or [[]]
    return _linear_jobs.apply(call, _linear_jobs.Separable(terms, axes, modes), fill, nan_policy)


def gaussian_gradient_magnitude(
    input, sigma, output=None, mode="reflect", cval=0.0, *, axes=None, truncate=4.0, radius=None,
    nan_policy="propagate",
):  # fmt: skip
    """Magnitude of the gradient of what a Gaussian smooths.

    Parameters
    ----------
    input : array_like
        Real or complex, of any rank.
    sigma : float or sequence of float
        The standard deviation in samples, also one for each axis; above 0 where there is to be a derivative.
    output : dtype or ndarray, optional
        The dtype of the result, or where to put it; may overlap `input`. Default: see the module.
    mode : str or sequence of str, default "reflect"
        What lies beyond the edges, also one word for each axis: see the module.
    cval : scalar, default 0.0
        The value of "constant", for the pass along each axis.
    axes : int or sequence of int, optional
        The axes to smooth and differentiate along, all others are batches. Default None: all.
    truncate : float, default 4.0
        The weights end after so many standard deviations, rounded to whole samples.
    radius : int or sequence of int, optional
        The weights end there instead. Also one for each axis.
    nan_policy : {"propagate", "omit"}
        As in `gaussian_filter`, for the derivative along each axis.

    Returns
    -------
    ndarray
        Of the shape of `input`; its dtype: see the module. `output` where it was given.

    Raises
    ------
    TypeError, ValueError
        As `gaussian_filter`.

    See Also
    --------
    gradient : components and direction too, and other operators.

    Notes
    -----
    Counterpart: `scipy.ndimage.gaussian_gradient_magnitude`, with the same weights. Differences: computed in one pass
    over the image (with one mode), and rounded once; only `axes` are smoothed, where SciPy smooths all; `nan_policy`.
    As there, the derivative along each axis takes that axis's `mode` along all of them, and of a complex image the root
    is the complex one of the sum of squares. Error bound: see the module.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import filters
    >>> ramp = 3.0 * np.arange(20) + 4.0 * np.arange(20)[:, None]
    >>> filters.gaussian_gradient_magnitude(ramp, 1)[10, 10].round(3)
    np.float64(5.0)
    """
    call = _image_arguments.Filtering(input, output)
    axes = _image_arguments.normal_axes(axes, call.x.ndim)
    sigmas, radii = _scales(sigma, axes, truncate, radius)
    modes, fill = _modes_of_terms(mode, len(axes)), _image_arguments.fill(cval, call)
    terms = _filter_weights.gaussian_derivatives(sigmas, 1, radii)
    parts = [_linear_jobs.Separable([term], axes, of_term) for term, of_term in zip(terms, modes, strict=True)]
    job = _linear_jobs.RootOfSquares(parts) if parts else _linear_jobs.Separable([[]], axes, modes)
    return _linear_jobs.apply(call, job, fill, nan_policy)


def _scales(sigma, axes, truncate, radius):
    sigmas = _filter_weights.sigmas(sigma, len(axes))
    return sigmas, _filter_weights.radii(sigmas, truncate, radius)


def _modes_of_terms(mode, count):
    """As SciPy: the derivative along an axis takes that axis's mode along all."""
    return [[one] * count for one in _image_arguments.boundaries(mode, count)]


def _apply(call, terms, axes, mode, cval, nan_policy):
    job = _linear_jobs.Separable(terms, axes, _image_arguments.boundaries(mode, len(axes)))
    return _linear_jobs.apply(call, job, _image_arguments.fill(cval, call), nan_policy)

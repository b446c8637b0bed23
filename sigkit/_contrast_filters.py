"""Filters of `sigkit.filters` that raise or level local contrast: differences of what Gaussians smooth."""

import numpy as np

from sigkit import _array, _filter_weights, _image_arguments, _linear_jobs, _stencil


def difference_of_gaussians(
    image, low_sigma, high_sigma=None, *, mode="nearest", cval=0, channel_axis=None, truncate=4.0,
    nan_policy="propagate",
):  # fmt: skip
    """Band-pass filter: what a narrow Gaussian smooths, less what a wide one does.

    Parameters
    ----------
    image : array_like
        Real, of any rank. Integers are taken as scikit-image's float image: unsigned ones from 0 to 1, signed ones from
        -1 to 1.
    low_sigma : float or sequence of float
        The standard deviation of the narrow Gaussian in samples, also one for each axis. 0: the image itself.
    high_sigma : float or sequence of float, optional
        That of the wide one, nowhere below `low_sigma`. Default: 1.6 times `low_sigma`, where the difference comes
        closest to the Laplacian of a Gaussian.
    mode : str or sequence of str, default "nearest"
        What lies beyond the edges, also one word for each axis: see the module. Default: scikit-image's, not that of
        the other filters.
    cval : float, default 0
        The value of "constant", in units of the float image.
    channel_axis : int, optional
        An axis that is not smoothed, such as that of colours.
    truncate : float, default 4.0
        The weights end after so many standard deviations, rounded to whole samples.
    nan_policy : {"propagate", "omit"}
        Whether a NaN sample reaches every output whose window holds it (default), or counts as missing: see the module.

    Returns
    -------
    ndarray
        Of the shape of `image`; float64 for integers, float32 for float16, else of its dtype.

    Raises
    ------
    TypeError
        For complex images, masked arrays, matrices, unsupported dtypes, and arguments of the wrong type.
    ValueError
        For a sigma below 0, a `high_sigma` below `low_sigma`, sequences of another length than the image has axes, an
        axis out of range, or an unknown mode.

    See Also
    --------
    gaussian_laplace : what it approximates, but for sign and scale.
    unsharp_mask : adds what a Gaussian takes away.

    Notes
    -----
    Counterpart: `skimage.filters.difference_of_gaussians`. Differences: computed in one pass over the image;
    `nan_policy`. Error bound: see the module.

    Source: D. Marr and E. Hildreth, "Theory of edge detection", Proc. R. Soc. London B 207, 1980.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import filters
    >>> impulse = np.zeros((21, 21))
    >>> impulse[10, 10] = 1
    >>> filters.difference_of_gaussians(impulse, 1)[10, 9:12].round(4)
    array([0.0454, 0.097 , 0.0454])
    """
    x, factor = _image_arguments.as_float_image(image)
    axes = _spatial_axes(x, channel_axis)
    low = _filter_weights.sigmas(low_sigma, len(axes), "low_sigma")
    if high_sigma is None:
        high = [1.6 * sigma for sigma in low]
    else:
        high = _filter_weights.sigmas(high_sigma, len(axes), "high_sigma")
    if any(h < n for h, n in zip(high, low, strict=True)):
        raise ValueError(f"high_sigma={high_sigma!r}: expected nowhere less than low_sigma={low_sigma!r}")
    call = _image_arguments.Filtering(x, None if x.dtype.kind == "f" else _array.FLOAT64)
    terms = [_smoothing(low, truncate, factor), _smoothing(high, truncate, -factor)]
    job = _linear_jobs.Separable(terms, axes, _image_arguments.boundaries(mode, len(axes)))
    return _linear_jobs.apply(call, job, _image_arguments.fill(cval, call) / factor, nan_policy)


def unsharp_mask(
    image, radius=1.0, amount=1.0, preserve_range=False, *, channel_axis=None, nan_policy="propagate"
):
    """Sharpen: add `amount` times what a Gaussian takes away.

    Parameters
    ----------
    image : array_like
        Real, of any rank. Integers are taken as scikit-image's float image, unless `preserve_range`.
    radius : float or sequence of float, default 1.0
        The standard deviation of the Gaussian in samples, also one for each axis. Larger ones sharpen coarser detail.
    amount : float, default 1.0
        How much of the detail is added; below 0 smooths.
    preserve_range : bool, default False
        Take the values as they are, and do not clip the result. Default: clip to [0, 1], or to [-1, 1] if some value is
        negative.
    channel_axis : int, optional
        An axis that is not smoothed, such as that of colours.
    nan_policy : {"propagate", "omit"}
        As in `difference_of_gaussians`; a missing sample itself becomes what the Gaussian makes of its neighbours.

    Returns
    -------
    ndarray
        Of the shape of `image`; float64 for integers, float32 for float16, else of its dtype.

    Raises
    ------
    TypeError, ValueError
        As `difference_of_gaussians`.

    See Also
    --------
    local_normalize : levels contrast instead.

    Notes
    -----
    Counterpart: `skimage.filters.unsharp_mask`: edges "reflect", weights up to 4 standard deviations. Differences:
    computed in one pass over the image; `nan_policy`. Error bound: see the module.

    Source: M. Petrou and C. Petrou, "Image Processing: The Fundamentals", 2nd edition, 2010, page 357.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import filters
    >>> edge = np.array([0.25, 0.25, 0.25, 0.75, 0.75, 0.75])
    >>> filters.unsharp_mask(edge, radius=0.5).round(3)
    array([0.25 , 0.25 , 0.197, 0.803, 0.75 , 0.75 ])
    """
    if _array.flag(preserve_range, "preserve_range"):
        x, factor = _array.as_array(image, "image", real=True), 1.0
    else:
        x, factor = _image_arguments.as_float_image(image)
    axes = _spatial_axes(x, channel_axis)
    sigmas = _filter_weights.sigmas(radius, len(axes), "radius")
    amount = _image_arguments.number(amount, "amount")
    call = _image_arguments.Filtering(x, None if x.dtype.kind == "f" else _array.FLOAT64)
    image_itself = _filter_weights.scaled([_filter_weights.IDENTITY] * len(axes), (1 + amount) * factor)
    terms, modes = [image_itself, _smoothing(sigmas, 4.0, -amount * factor)], [_array.SYMMETRIC] * len(axes)
    _linear_jobs.apply(call, _linear_jobs.Separable(terms, axes, modes), np.zeros((), call.dtype), nan_policy)
    if not preserve_range:
        np.clip(call.computed, -1 if x.dtype.kind in "if" and (x < 0).any() else 0, 1, out=call.computed)
    return call.computed


def local_normalize(image, sigma, *, floor=0.0, mode="reflect", cval=0.0, truncate=4.0, axes=None):
    """Level local contrast: subtract the local mean, divide by the local standard deviation.

    ``d = image - G(image)``, ``out = d / max(sqrt(G(d**2)), floor)``, where G smooths with a Gaussian.

    Parameters
    ----------
    image : array_like
        Real, of any rank.
    sigma : float or sequence of float
        The standard deviation of the Gaussian in samples, above 0, also one for each axis: the size of what counts as
        local. Larger ones keep coarser contrast.
    floor : float, default 0.0
        The least standard deviation to divide by, in units of the image. Default 0: faint noise is raised to unit
        variance; take the noise level to leave it faint.
    mode : str or sequence of str, default "reflect"
        What lies beyond the edges, also one word for each axis: see the module.
    cval : float, default 0.0
        The value of "constant"; there ``d`` is 0.
    truncate : float, default 4.0
        The weights end after so many standard deviations, rounded to whole samples.
    axes : int or sequence of int, optional
        The axes to normalize along, all others are batches. Default None: all.

    Returns
    -------
    ndarray
        Of the shape and dtype of `image`; float32 for float16 and integers of up to 16 bits, float64 for wider ones. 0
        where the image is constant, to rounding, as far as the weights reach twice.

    Raises
    ------
    TypeError
        For complex images, masked arrays, matrices, unsupported dtypes, and arguments of the wrong type.
    ValueError
        For a scalar, a `sigma` that is not above 0, a `floor` below 0, axes out of range, or an unknown mode.

    See Also
    --------
    difference_of_gaussians : without the division.
    sigkit.pearson.sliding_pearson : each window less its mean, over its norm, times a template.

    Notes
    -----
    No counterpart in the libraries; the local contrast normalization of networks, and no sum of squares of what has an
    offset: a mean of a million standard deviations costs nothing. Computed in float64 also for float32. Let m be the
    number of weights and E the local mean of ``|image|``: errors of ``d`` are below ``(min(m, 256) + 3) * eps * E``, of
    float64, and those of the result in proportion to the standard deviation there, and eps of the result.

    Source: K. Jarrett, K. Kavukcuoglu, M. Ranzato and Y. LeCun, "What is the best multi-stage architecture for object
    recognition?", ICCV 2009.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import filters
    >>> shaded = np.sin(np.arange(400.0)) * np.linspace(1, 100, 400) + 1e6
    >>> level = filters.local_normalize(shaded, 10)
    >>> level[50:350].std().round(2), abs(level[50:350].mean()) < 0.02
    (np.float64(1.0), np.True_)
    """
    x = _array.as_array(image, "image", real=True)
    if x.ndim == 0:
        raise ValueError("image: expected at least one dimension, got a scalar")
    axes = _image_arguments.normal_axes(axes, x.ndim, of="image")
    sigmas = _filter_weights.sigmas(sigma, len(axes))
    if not axes or min(sigmas) <= _filter_weights.SMALLEST_SIGMA:
        raise ValueError(f"sigma={sigma!r}: expected more than 0, along at least one axis")
    floor = _image_arguments.positive(floor, "floor")
    call = _image_arguments.Filtering(x, _image_arguments.float_result(x), computes=_array.FLOAT64)
    modes, fill = _image_arguments.boundaries(mode, len(axes)), _image_arguments.fill(cval, call)
    term = _smoothing(sigmas, truncate, 1.0)
    mean, spread = np.empty(x.shape), np.empty(x.shape)
    _stencil.separable(x, mean, call.dtype, [term], axes, modes, fill)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore", under="ignore"):
        difference = x - mean
        _stencil.separable(np.square(difference), spread, call.dtype, [term], axes, modes, 0)
        np.sqrt(spread, out=spread)
        # What differs from its mean by the rounding of that mean is constant.
        rounding = abs(mean) * (sum(len(taps) for taps, _ in term) + 4) * np.finfo(np.float64).eps
        difference[(spread <= rounding) & np.isfinite(rounding)] = 0
        difference /= np.maximum(spread, max(floor, np.finfo(np.float64).tiny), out=spread)
        call.computed[...] = difference
    return call.computed


def _smoothing(sigmas, truncate, factor):
    """The term of a Gaussian over all axes, times a factor."""
    radii = _filter_weights.radii(sigmas, truncate)
    term = [_filter_weights.gaussian(sigma, 0, radius) for sigma, radius in zip(sigmas, radii, strict=True)]
    return _filter_weights.scaled(term, factor)


def _spatial_axes(x, channel_axis):
    """All axes but that of the channels."""
    axes = list(range(x.ndim))
    if channel_axis is not None:
        channel = _array.index(channel_axis, "channel_axis")
        axes.remove(*_image_arguments.normal_axes(channel, x.ndim, "channel_axis", "image"))
    if not axes:
        raise ValueError("image: expected at least one axis to smooth along")
    return axes

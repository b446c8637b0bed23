"""The bilateral filter of `sigkit.filters`."""

import numpy as np

from sigkit import _array, _image_arguments

_REACH = 3.0
"""Standard deviations after which a window ends, unless its size is given."""


def bilateral_filter(
    image, sigma_color, sigma_spatial=1.0, *, size=None, output=None, mode="reflect", cval=0.0, axes=(-2, -1),
    channel_axis=None,
):  # fmt: skip
    """Smooth what is alike and keep edges: a mean of neighbours, weighted by distance and by difference in value.

    ``out[p] = sum over q of G(|p - q|, sigma_spatial) G(|x[p] - x[q]|, sigma_color) x[q]``, over the sum of the
    weights, with ``G(d, s) = exp(-d**2 / (2 s**2))``.

    Parameters
    ----------
    image : array_like, shape (..., rows, columns)
        Real.
    sigma_color : float
        The standard deviation in value, above 0, in units of the image: differences well below it are smoothed, those
        well above are kept. There is no default, since that depends on the image; twice the noise is a start.
    sigma_spatial : float or (float, float), default 1.0
        The standard deviation in space in samples, above 0, also one for each of `axes`.
    size : int or (int, int), optional
        The samples of the window along each axis, odd. Default: ``2 * ceil(3 * sigma_spatial) + 1``.
    output : dtype or ndarray, optional
        The dtype of the result, or where to put it; may overlap `image`. Default: see the module.
    mode : str or (str, str), default "reflect"
        What lies beyond the edges, also one word for each of `axes`: see the module.
    cval : float, default 0.0
        The value of "constant".
    axes : (int, int), default (-2, -1)
        The two axes of an image; all others are batches.
    channel_axis : int, optional
        An axis of channels, such as colours, which are smoothed together: their difference is the root of the sum of
        squares over the channels. Default None: all other axes are batches.

    Returns
    -------
    ndarray
        Of the shape of `image`; its dtype: see the module. `output` where it was given.

    Raises
    ------
    TypeError
        For complex images, masked arrays, matrices, unsupported dtypes, and arguments of the wrong type.
    ValueError
        For a sigma that is not above 0, an even `size`, an image of fewer than two dimensions, `axes` that are not two,
        a `channel_axis` among them, an unknown mode, and an `output` that does not fit.

    See Also
    --------
    gaussian_filter : smooths edges too.
    median_filter : keeps edges, and removes outliers.

    Notes
    -----
    Counterpart: `skimage.restoration.denoise_bilateral` and ``cv2.bilateralFilter`` in one; as those differ, the
    arguments are own. Each weight is computed here; both take theirs from a table. In scikit-image 0.26 the weights in
    space of an odd window are off by one sample; OpenCV's window is a disc, and its difference of colours a sum of
    magnitudes.

    A NaN makes every output whose window holds it NaN, in all channels; an infinite sample does so in its own channel,
    and in all channels at its own place.

    Sums are taken of differences from the sample itself, in float32 for images of float16, float32 and integers of 8
    and 16 bits, else in float64: an offset costs nothing. With n samples in the window, errors are below
    ``(n + 8) * eps`` of the largest difference in the window plus ``eps`` of the result; integers are off by one half
    more.

    Source: C. Tomasi and R. Manduchi, "Bilateral filtering for gray and color images", ICCV 1998.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import filters
    >>> step = np.array([[0.0, 0.1, 0.0, 5.0, 5.1, 5.0]] * 3)
    >>> filters.bilateral_filter(step, 0.5)[1].round(2)
    array([0.03, 0.04, 0.03, 5.03, 5.04, 5.03])
    """
    x = _array.as_array(image, "image", real=True)
    if x.ndim < 2:
        raise ValueError(f"image: expected at least 2 dimensions, got {x.ndim}")
    places = _image_arguments.normal_axes(axes, x.ndim, of="image")
    if len(places) != 2:
        raise ValueError(f"axes={axes!r}: expected two")
    channel = None
    if channel_axis is not None:
        channel = _array.index(channel_axis, "channel_axis")
        (channel,) = _image_arguments.normal_axes(channel, x.ndim, "channel_axis", "image")
        if channel in places:
            raise ValueError(f"channel_axis={channel_axis!r}: expected none of axes={axes!r}")
    spread = _array.real(sigma_color, "sigma_color", above=0)
    sigmas = _image_arguments.per_axis(sigma_spatial, 2, "sigma_spatial")
    sigmas = [_array.real(one, "sigma_spatial", above=0) for one in sigmas]
    sizes = [_window(one, sigma) for one, sigma in zip(_image_arguments.per_axis(size, 2, "size"), sigmas, strict=True)]
    call = _image_arguments.Filtering(x, output, name="image")
    if call.result_dtype.kind == "c":
        raise TypeError(f"output: expected a real dtype, got {call.result_dtype}")
    modes, fill = _image_arguments.boundaries(mode, 2), _image_arguments.fill(cval, call)
    _array.check_size(sizes[0] * sizes[1], call.dtype, f"a window of {sizes[0]} x {sizes[1]}")
    with np.errstate(under="ignore"):
        down, across = (_bell(n, sigma) for n, sigma in zip(sizes, sigmas, strict=True))
        spatial = np.ascontiguousarray(np.multiply.outer(down, across), call.dtype)
    arrays = [_channels_first(array, channel, places) for array in (call.x, call.computed)]
    steepness = min(np.sqrt(0.5) / spread, float(np.finfo(call.dtype).max))
    _array.bilateral(*arrays, modes, fill, spatial, steepness)
    return call.finish()


def _window(size, sigma):
    if size is None:
        return 2 * int(np.ceil(min(_REACH * sigma, 1e9))) + 1
    size = _array.index(size, "size", 1)
    if size % 2 == 0:
        raise ValueError(f"size={size}: expected an odd number")
    return size


def _bell(size, sigma):
    x = np.arange(size) - size // 2
    return np.exp(-0.5 * (x / sigma) ** 2)


def _channels_first(array, channel, places):
    """(..., channels, rows, columns)."""
    if channel is None:
        return np.expand_dims(np.moveaxis(array, places, (-2, -1)), -3)
    return np.moveaxis(array, [channel, *places], (-3, -2, -1))

"""`gabor` of `sigkit.filters`: local frequencies of images."""

import numpy as np

from sigkit import _array, _image_arguments, _image_kernels, _linear_jobs


def gabor(
    image, frequency, theta=0, bandwidth=1, sigma_x=None, sigma_y=None, n_stds=3, offset=0, mode="reflect", cval=0, *,
    nan_policy="propagate",
):  # fmt: skip
    """Real and imaginary response of an image to a Gabor filter: how strong a wave is around each pixel, and its phase.

    Parameters
    ----------
    image : array_like, 2-D
        Real. Integers are taken as in `scharr`: unsigned ones from 0 to 1, signed ones from -1 to 1.
    frequency : float
        Of the wave, in cycles per pixel.
    theta : float, default 0
        Direction in which the wave runs, in radians: 0 along x (the last axis), pi / 2 along y. Default 0, as all
        defaults here, is scikit-image's.
    bandwidth : float, default 1
        Width of the band in octaves, at half of the largest response. It sets the sigmas that are not given: a wider
        band takes a narrower Gaussian.
    sigma_x, sigma_y : float, optional
        Standard deviations of the Gaussian along the wave and across it, in pixels. Default: from `bandwidth` and
        `frequency`.
    n_stds : float, default 3
        Standard deviations on each side, where the weights end.
    offset : float, default 0
        Phase of the wave in the middle, in radians.
    mode : str or (str, str), default "reflect"
        What lies beyond the edges, also one word for each axis: see the module.
    cval : float, default 0
        The value of "constant", in units of the float image.
    nan_policy : {"propagate", "omit"}
        Whether a NaN sample reaches every output whose window holds it (default), or counts as missing: see the module.
        For the real and the imaginary weights each.

    Returns
    -------
    real, imag : ndarrays, 2-D
        float64 for integers, float32 for float16, else of the dtype of `image`. ``np.hypot(real, imag)`` is the
        amplitude: half that of a cosine of this frequency and direction, where the sigmas are large enough to be
        sampled.

    Raises
    ------
    TypeError
        For complex images, masked arrays, matrices, unsupported dtypes, and arguments of the wrong type.
    ValueError
        For an image that is not 2-D, a sigma, bandwidth or n_stds that is not positive, a frequency of 0 without both
        sigmas, and an unknown mode or policy.

    See Also
    --------
    sigkit.filter_design.gabor_kernel : the weights.
    convolve : any other weights, also complex ones.

    Notes
    -----
    The convolution with `sigkit.filter_design.gabor_kernel`, as a sum of outer products where that is faster: with both
    sigmas equal, or a `theta` along an axis, each part of the weights is the sum of two at most.

    Counterpart: `skimage.filters.gabor`. Differences: it leaves integers as they are and rounds the response to them,
    towards 0, where negative ones wrap; a mode for each axis; `nan_policy`. Error bound: see the module; weights within
    ``(64 + 8 pi frequency r) eps`` of float64 and of the largest, for a radius of r pixels.

    Source: J. Daugman, Journal of the Optical Society of America A 2 (1985).

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import filters
    >>> stripes = np.cos(2 * np.pi * 0.2 * np.arange(40) + np.zeros((40, 1)))
    >>> for theta in (0, np.pi / 2):
    ...     real, imag = filters.gabor(stripes, 0.2, theta)
    ...     print(np.hypot(real, imag)[20, 20].round(3))
    0.499
    0.0
    """
    x, factor = _image_arguments.as_float_image(image)
    if x.ndim != 2:
        raise ValueError(f"image: expected 2 dimensions, got {x.ndim}")
    weights = _image_kernels.gabor_kernel(frequency, theta, bandwidth, sigma_x, sigma_y, n_stds, offset)
    weights = weights[::-1, ::-1] * factor  # the jobs correlate
    starts, modes = [-(n // 2) for n in weights.shape], _image_arguments.boundaries(mode, 2)

    def response(taps):
        call = _image_arguments.Filtering(x, None if x.dtype.kind == "f" else _array.FLOAT64)
        job = _linear_jobs.Kernel(np.ascontiguousarray(taps), starts, [0, 1], modes)
        return _linear_jobs.apply(call, job, _image_arguments.fill(cval, call) / factor, nan_policy)

    return response(weights.real), response(weights.imag)

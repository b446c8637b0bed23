"""Gradients of `sigkit.filters`: components and magnitudes, by operators of few weights."""

from typing import NamedTuple

import numpy as np

from sigkit import _array, _filter_weights, _image_arguments, _linear_jobs, _stencil


def sobel(input, axis=-1, output=None, mode="reflect", cval=0.0, *, nan_policy="propagate"):
    """Sobel's derivative along one axis: ``[-1, 0, 1]`` there, ``[1, 2, 1]`` along all others.

    Parameters
    ----------
    input : array_like
        Real or complex, with at least one dimension.
    axis : int, default -1
        The axis to differentiate along; all others are smoothed.
    output : dtype or ndarray, optional
        The dtype of the result, or where to put it; may overlap `input`. Default: see the module. Of an unsigned image
        only a signed or floating dtype can hold what is negative.
    mode : str or sequence of str, default "reflect"
        What lies beyond the edges, also one word for each axis of `input`: see the module.
    cval : scalar, default 0.0
        The value of "constant", for the pass along each axis, the one along `axis` first.
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
        For a scalar, an axis out of range, an unknown mode or policy, and an `output` that does not fit.

    See Also
    --------
    gradient : both components, magnitude and direction, with unit gain on request.
    prewitt, scharr, farid : other weights.

    Notes
    -----
    Counterpart: `scipy.ndimage.sobel`. Differences: integers saturate, where SciPy's wrap (a step from 0 to 255 gives
    252 there); `nan_policy`. A ramp of slope 1 gives 8 in two dimensions, and four times as much for each more;
    `skimage.filters.sobel` gives the magnitude over 4 sqrt(2). Error bound: see the module.

    Source: I. Sobel and G. Feldman, "A 3x3 isotropic gradient operator for image processing", 1968.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import filters
    >>> step = np.array([[0, 0, 255, 255]] * 3, np.uint8)
    >>> filters.sobel(step)
    array([[  0, 255, 255,   0],
           [  0, 255, 255,   0],
           [  0, 255, 255,   0]], dtype=uint8)
    >>> filters.sobel(step, output=np.int16)[1]
    array([   0, 1020, 1020,    0], dtype=int16)
    """
    return _derivative(input, "sobel", axis, output, mode, cval, nan_policy)


def prewitt(input, axis=-1, output=None, mode="reflect", cval=0.0, *, nan_policy="propagate"):
    """Prewitt's derivative along one axis: ``[-1, 0, 1]`` there, ``[1, 1, 1]`` along all others.

    Parameters
    ----------
    input : array_like
        Real or complex, with at least one dimension.
    axis : int, default -1
        The axis to differentiate along; all others are smoothed.
    output : dtype or ndarray, optional
        As in `sobel`.
    mode : str or sequence of str, default "reflect"
        As in `sobel`.
    cval : scalar, default 0.0
        As in `sobel`.
    nan_policy : {"propagate", "omit"}
        As in `sobel`.

    Returns
    -------
    ndarray
        Of the shape of `input`; its dtype: see the module. `output` where it was given.

    Raises
    ------
    TypeError, ValueError
        As `sobel`.

    See Also
    --------
    sobel : smooths closer to a Gaussian.
    gradient : both components, magnitude and direction, with unit gain on request.

    Notes
    -----
    Counterpart: `scipy.ndimage.prewitt`; differences as `sobel`. A ramp of slope 1 gives 6 in two dimensions. Error
    bound: see the module.

    Source: J. M. S. Prewitt, "Object enhancement and extraction", in Picture Processing and Psychopictorics, 1970.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import filters
    >>> filters.prewitt(np.tile(np.arange(4.0), (3, 1)))[1]
    array([3., 6., 6., 3.])
    """
    return _derivative(input, "prewitt", axis, output, mode, cval, nan_policy)


def scharr(image, mask=None, *, axis=None, mode="reflect", cval=0.0, nan_policy="propagate"):
    """Magnitude of the gradient by Scharr's weights, or its component along an axis.

    Parameters
    ----------
    image : array_like
        Real, of any rank from 1 on. Integers are taken as scikit-image's float image: unsigned ones from 0 to 1, signed
        ones from -1 to 1.
    mask : array_like of bool, optional
        Of the shape of `image`: the result is 0 at, and beside, samples where it is False.
    axis : int or sequence of int, optional
        One axis: the component along it. None (all axes) or several: the root of the sum of squares of theirs, over
        ``sqrt(image.ndim)``.
    mode : str or sequence of str, default "reflect"
        What lies beyond the edges, also one word for each axis: see the module.
    cval : float, default 0.0
        The value of "constant", in units of the float image.
    nan_policy : {"propagate", "omit"}
        As in `sobel`; of a magnitude, for each of the components that it is the root of.

    Returns
    -------
    ndarray
        Of the shape of `image`; float64 for integers, float32 for float16, else of its dtype.

    Raises
    ------
    TypeError
        For complex images, masked arrays, matrices, unsupported dtypes, and arguments of the wrong type.
    ValueError
        For a scalar, a `mask` of another shape, an axis out of range, or an unknown mode or policy.

    See Also
    --------
    gradient : components, magnitude and direction, without scaling of integers.
    farid : five weights along each axis.

    Notes
    -----
    Counterpart: `skimage.filters.scharr`. Differences: a mode for each axis; axes may be negative also for magnitudes;
    `nan_policy`.
    Weights ``[-1, 0, 1]`` and ``[3, 10, 3] / 16``, whose gain for a ramp of slope 1 is 2. Error bound: see the module.

    Source: H. Scharr, "Optimal operators in digital image processing", dissertation, Heidelberg, 2000.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import filters
    >>> ramp = np.tile(np.arange(5.0), (5, 1))
    >>> filters.scharr(ramp, axis=1)[2]
    array([1., 2., 2., 2., 1.])
    >>> filters.scharr(ramp)[2, 2].round(4)
    np.float64(1.4142)
    """
    return _edges(image, mask, "scharr", axis, mode, cval, nan_policy)


def farid(image, mask=None, *, axis=None, mode="reflect", cval=0.0, nan_policy="propagate"):
    """Magnitude of the gradient by the weights of Farid and Simoncelli, or its component along an axis.

    Parameters
    ----------
    image : array_like
        As in `scharr`.
    mask : array_like of bool, optional
        As in `scharr`; as there, only samples beside one where it is False are 0, not all that the five weights reach.
    axis : int or sequence of int, optional
        As in `scharr`.
    mode : str or sequence of str, default "reflect"
        What lies beyond the edges, also one word for each axis: see the module.
    cval : float, default 0.0
        The value of "constant", in units of the float image.
    nan_policy : {"propagate", "omit"}
        As in `scharr`.

    Returns
    -------
    ndarray
        Of the shape of `image`; float64 for integers, float32 for float16, else of its dtype.

    Raises
    ------
    TypeError, ValueError
        As `scharr`.

    See Also
    --------
    scharr : three weights along each axis.
    gradient : components, magnitude and direction, with unit gain on request.

    Notes
    -----
    Counterpart: `skimage.filters.farid`; differences as `scharr`. Its gain for a ramp of slope 1 is 0.992. Error bound:
    see the module.

    Source: H. Farid and E. P. Simoncelli, "Differentiation of discrete multidimensional signals", IEEE Transactions on
    Image Processing 13(4), 2004, table 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import filters
    >>> filters.farid(np.tile(np.arange(9.0), (9, 1)), axis=1)[4, 4].round(4)
    np.float64(0.9918)
    """
    return _edges(image, mask, "farid", axis, mode, cval, nan_policy)


def roberts(image, mask=None, *, nan_policy="propagate"):
    """Magnitude of the gradient by Roberts' cross: the differences along both diagonals of 2 by 2 samples.

    Parameters
    ----------
    image : array_like, 2-D
        Real. Integers are taken as in `scharr`.
    mask : array_like of bool, optional
        As in `scharr`.
    nan_policy : {"propagate", "omit"}
        As in `scharr`, for each of the two differences.

    Returns
    -------
    ndarray, 2-D
        Float64 for integers, float32 for float16, else of the dtype of `image`.

    Raises
    ------
    TypeError, ValueError
        As `scharr`; also for an image that is not 2-D.

    See Also
    --------
    scharr : centred on a sample.

    Notes
    -----
    Counterpart: `skimage.filters.roberts`: the root of the mean of both squares, of the samples at and behind each
    place, the edges mirrored. Difference: `nan_policy`. Error bound: see the module.

    Source: L. G. Roberts, "Machine perception of three-dimensional solids", MIT, 1963.

    Examples
    --------
    >>> from sigkit import filters
    >>> filters.roberts([[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
    array([[0., 1., 0.],
           [0., 1., 0.]])
    """
    x, factor = _image_arguments.as_float_image(image)
    if x.ndim != 2:
        raise ValueError(f"image: expected 2 dimensions, got {x.ndim}")
    mask = _mask(mask, x)
    call = _image_arguments.Filtering(x, None if x.dtype.kind == "f" else _array.FLOAT64)
    crosses = [np.sqrt(0.5) * factor * np.array(cross) for cross in ([[-1, 0], [0, 1]], [[0, -1], [1, 0]])]
    parts = [_linear_jobs.Kernel(cross, [0, 0], [0, 1], [_array.SYMMETRIC] * 2) for cross in crosses]
    job = _linear_jobs.RootOfSquares(parts)
    return _masked(_linear_jobs.apply(call, job, np.zeros((), call.dtype), nan_policy), mask)


class Gradient(NamedTuple):
    """What `gradient` returns."""

    down: np.ndarray
    """The derivative along the first of the two axes."""
    across: np.ndarray
    """That along the second one."""
    magnitude: np.ndarray
    """The root of the sum of their squares."""
    direction: np.ndarray
    """In radians, from -pi to pi: of steepest ascent, 0 along the second axis, pi / 2 along the first."""


def gradient(
    image, operator="sobel", *, gain="raw", sigma=None, truncate=4.0, axes=(-2, -1), mode="reflect", cval=0.0,
    parts=("down", "across", "magnitude", "direction"), nan_policy="propagate",
):  # fmt: skip
    """Gradient of an image: both components, magnitude and direction.

    Parameters
    ----------
    image : array_like, shape (..., rows, columns)
        Real.
    operator : {"sobel", "prewitt", "scharr", "farid", "central", "gaussian"}
        The weights of the derivative: along its axis and, to smooth, along the other one::

            central     [-1, 0, 1]   [1]             gain  2      prewitt  [-1, 0, 1]  [1, 1, 1]   gain 6
            sobel       [-1, 0, 1]   [1, 2, 1]             8      farid    five and five                0.992
            scharr      [-1, 0, 1]   [3, 10, 3]           32      gaussian derivative and Gaussian      about 1

        Default "sobel": what most code takes. "scharr" and "farid" err least in direction.
    gain : {"raw", "unit"}
        "unit" divides by the gain, so that a ramp of slope 1 gives 1 and the result is in units of the image per
        sample. Default "raw": the weights as they are known.
    sigma : float or (float, float), optional
        The standard deviation of "gaussian" in samples, which needs it; of no other operator.
    truncate : float, default 4.0
        The weights of "gaussian" end after so many standard deviations.
    axes : (int, int), default (-2, -1)
        The two axes, rows first; all others are batches.
    mode : str or (str, str), default "reflect"
        What lies beyond the edges, also one word for each of `axes`: see the module.
    cval : float, default 0.0
        The value of "constant".
    parts : sequence of {"down", "across", "magnitude", "direction"}
        What to compute: the magnitude alone takes one pass and no other array. Default: all.
    nan_policy : {"propagate", "omit"}
        As in `sobel`, for both components, of which magnitude and direction are made.

    Returns
    -------
    Gradient
        Named tuple of arrays of the shape of `image`: `down` (along the first axis), `across` (along the second),
        `magnitude`, and `direction` in radians: ``arctan2(down, across)``, 0 where both are 0. Of the dtype of `image`;
        float32 for float16 and integers of up to 16 bits, float64 for wider ones. None in place of what is not in
        `parts`.

    Raises
    ------
    TypeError
        For complex images, masked arrays, matrices, unsupported dtypes, and arguments of the wrong type.
    ValueError
        For an image of fewer than two dimensions, an unknown word, `axes` that are not two, a `sigma` that is missing,
        superfluous or not above 0.

    See Also
    --------
    sobel, prewitt : one component, of any rank, also of integers.
    gaussian_gradient_magnitude : the magnitude alone, of any rank.

    Notes
    -----
    No counterpart does all of it; `across` is ``cv2.Sobel(image, -1, 1, 0)`` or ``cv2.Scharr``, `down` is ``0, 1``.
    Error bound of the components: see the module; of the magnitude, theirs together.

    Source: B. Jaehne, "Digital Image Processing", 2005, chapter 12.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import filters
    >>> ramp = 3.0 * np.arange(6) + 4.0 * np.arange(5)[:, None]
    >>> slope = filters.gradient(ramp, "scharr", gain="unit")
    >>> slope.down[2, 2], slope.across[2, 2], slope.magnitude[2, 2]
    (np.float64(4.0), np.float64(3.0), np.float64(5.0))
    >>> np.degrees(slope.direction[2, 2]).round(2)
    np.float64(53.13)
    """
    x = _array.as_array(image, "image", real=True)
    if x.ndim < 2:
        raise ValueError(f"image: expected at least 2 dimensions, got {x.ndim}")
    axes = _image_arguments.normal_axes(axes, x.ndim, of="image")
    if len(axes) != 2:
        raise ValueError(f"axes: expected two, got {len(axes)}")
    terms = _gradient_terms(operator, gain, sigma, truncate)
    wanted = _parts(parts)
    modes = _image_arguments.boundaries(mode, 2)

    components = [_linear_jobs.Separable([term], axes, modes, sequential=False) for term in terms]

    def filtered(job):
        call = _image_arguments.Filtering(x, _image_arguments.float_result(x))
        return _linear_jobs.apply(call, job, _image_arguments.fill(cval, call), nan_policy)

    down, across = (
        filtered(component) if {name, "direction"} & wanted else None
        for name, component in zip(_PARTS, components, strict=False)
    )
    magnitude = filtered(_linear_jobs.RootOfSquares(components)) if "magnitude" in wanted else None
    direction = np.arctan2(down, across) if "direction" in wanted else None
    found = Gradient(down, across, magnitude, direction)
    return Gradient(*(part if name in wanted else None for name, part in zip(_PARTS, found, strict=True)))


_PARTS = Gradient._fields


def _parts(parts):
    try:
        wanted = {parts} if isinstance(parts, str) else set(parts)
    except TypeError:
        raise TypeError(f"parts: expected a sequence of names, got {parts!r}") from None
    if not wanted or not wanted <= set(_PARTS):
        raise ValueError(f"parts={parts!r}: expected some of {', '.join(map(repr, _PARTS))}")
    return wanted


def _gradient_terms(operator, gain, sigma, truncate):
    if not isinstance(operator, str) or operator not in (*_filter_weights.OPERATORS, "gaussian"):
        known = ", ".join(map(repr, (*_filter_weights.OPERATORS, "gaussian")))
        raise ValueError(f"operator={operator!r}: expected one of {known}")
    if not isinstance(gain, str) or gain not in ("raw", "unit"):
        raise ValueError(f"gain={gain!r}: expected 'raw' or 'unit'")
    if operator == "gaussian":
        if sigma is None:
            raise ValueError("sigma: expected for operator='gaussian'")
        sigmas = _filter_weights.sigmas(sigma, 2)
        if min(sigmas) <= _filter_weights.SMALLEST_SIGMA:
            raise ValueError(f"sigma={sigma!r}: expected more than 0")
        terms = _filter_weights.gaussian_derivatives(sigmas, 1, _filter_weights.radii(sigmas, truncate))
    else:
        if sigma is not None:
            raise ValueError(f"sigma={sigma!r}: expected with operator='gaussian' only")
        terms = _filter_weights.along_each([_filter_weights.operator(operator)] * 2)
    return [_with_unit_gain(term, axis) for axis, term in enumerate(terms)] if gain == "unit" else terms


def _with_unit_gain(term, axis):
    """The term over what it makes of a ramp of slope 1 along the axis."""
    response = 1.0
    for other, (taps, start) in enumerate(term):
        response *= (taps * (start + np.arange(len(taps)))).sum() if other == axis else taps.sum()
    return _filter_weights.scaled(term, 1 / response)


def _derivative(input, operator, axis, output, mode, cval, nan_policy):
    call = _image_arguments.Filtering(input, output)
    ndim = call.x.ndim
    if ndim == 0:
        raise ValueError("input: expected at least one dimension, got a scalar")
    (axis,) = _image_arguments.normal_axes(_array.index(axis, "axis"), ndim, "axis")
    modes = _image_arguments.per_axis(mode, ndim, "mode")
    order = [axis, *(other for other in range(ndim) if other != axis)]
    derivative, smoothing = _filter_weights.operator(operator)
    terms = [[derivative] + [smoothing] * (ndim - 1)]
    return _apply(call, terms, order, [modes[a] for a in order], cval, nan_policy)


def _apply(call, terms, axes, mode, cval, nan_policy):
    job = _linear_jobs.Separable(terms, axes, _image_arguments.boundaries(mode, len(axes)))
    return _linear_jobs.apply(call, job, _image_arguments.fill(cval, call), nan_policy)


def _edges(image, mask, operator, axis, mode, cval, nan_policy):
    x, factor = _image_arguments.as_float_image(image)
    if x.ndim == 0:
        raise ValueError("image: expected at least one dimension, got a scalar")
    mask = _mask(mask, x)
    chosen = _image_arguments.normal_axes(axis, x.ndim, "axis", "image")
    if not chosen:
        raise ValueError(f"axis={axis!r}: expected at least one")
    derivative, smoothing = _filter_weights.operator(operator)
    magnitude = len(chosen) > 1
    scale = factor / smoothing[0].sum() ** (x.ndim - 1) / (np.sqrt(x.ndim) if magnitude else 1)
    terms = _filter_weights.along_each([(derivative, smoothing)] * x.ndim)
    axes, modes = list(range(x.ndim)), _image_arguments.boundaries(mode, x.ndim)
    parts = [
        _linear_jobs.Separable([_filter_weights.scaled(terms[a], scale)], axes, modes, sequential=False) for a in chosen
    ]
    call = _image_arguments.Filtering(x, None if x.dtype.kind == "f" else _array.FLOAT64)
    job = _linear_jobs.RootOfSquares(parts) if magnitude else parts[0]
    return _masked(_linear_jobs.apply(call, job, _image_arguments.fill(cval, call) / factor, nan_policy), mask)


def _mask(mask, x):
    if mask is None:
        return None
    mask = _array.as_array(mask, "mask")
    if mask.shape != x.shape:
        raise ValueError(f"mask: expected the shape of image, {x.shape}, got {mask.shape}")
    return mask


def _masked(result, mask):
    """0 where the mask, or a neighbour of it, is False; beyond its edges it is."""
    if mask is None:
        return result
    inside = np.empty(mask.shape, np.float32)
    threes = [[(np.ones(3), -1)] * mask.ndim]
    axes, modes = list(range(mask.ndim)), [_array.CONSTANT] * mask.ndim
    _stencil.separable(mask != 0, inside, _array.FLOAT32, threes, axes, modes, 0)
    result *= inside == 3**mask.ndim
    return result

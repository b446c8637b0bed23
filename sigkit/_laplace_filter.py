"""`laplace` of `sigkit.filters`: the second derivatives of `sigkit.filter_design`, summed over the axes of an image."""

import dataclasses

import numpy as np

from sigkit import _array, _derivative_kernels, _fft, _filter_weights, _image_arguments, _linear_jobs, _stencil

# of a trigonometric polynomial: how many samples of an axis of n each extension repeats
_PERIODS = {_array.WRAP: lambda n: n, _array.SYMMETRIC: lambda n: 2 * n, _array.REFLECT: lambda n: 2 * n - 2}


def laplace(
    input, output=None, mode="reflect", cval=0.0, *, axes=None, nan_policy="propagate", method="finite-difference",
    accuracy=2, size=None, sigma=None,
):  # fmt: skip
    """Laplacian of an image of any rank: the sum of the second derivatives along its axes, by one of five methods.

    Parameters
    ----------
    input : array_like
        Real or complex, of any rank.
    output : dtype or ndarray, optional
        The dtype of the result, or where to put it; may overlap `input`. Default: see the module. Of an unsigned image
        only a signed or floating dtype can hold what is negative.
    mode : str or sequence of str, default "reflect"
        What lies beyond the edges, also one word for each axis: see the module. With "fourier" only what makes the
        image periodic: "reflect", "mirror", "wrap" and their other names.
    cval : scalar, default 0.0
        The value of "constant".
    axes : int or sequence of int, optional
        The axes to differentiate along, all others are batches. Default None: all.
    nan_policy : {"propagate", "omit"}
        Whether a NaN sample reaches every output whose window holds it (default), or counts as missing: see the module.
        The window of "fourier" are all samples in line with the output.
    method : {"finite-difference", "gaussian", "sinc", "spline", "fourier"}, default "finite-difference"
        What is differentiated in place of the image, along each axis:

        - "finite-difference": the polynomial through the samples under the weights, ``[1, -2, 1]`` by default
        - "gaussian": the image smoothed by a Gaussian; the only one that also filters across the axis
        - "sinc": the band-limited line through the samples, from weights that are cut to `size`
        - "spline": the interpolating spline
        - "fourier": the trigonometric polynomial through all samples of the extended line. With "wrap" that multiplies
          the image's Fourier transform by ``-(2 pi)**2 (u**2 + v**2)``, u and v in cycles per sample; with "reflect"
          its cosine transform DCT-II, with "mirror" DCT-I, by the same.

        Default: the fastest, and SciPy's.
    accuracy : int, default 2
        Order p of the error, even: it falls as the p-th power of the sample spacing, and polynomials of degree p + 1
        come out exactly, away from the edges. For "finite-difference", "gaussian" and "spline"; the others have no
        such order, and must be left at 2. Larger ones take more weights. Default 2: the fewest.
    size : int or sequence of int, optional
        Number of weights along each axis, odd. More of them than `accuracy` takes: for "finite-difference" the
        polynomial that fits best, with less noise. Default: what `accuracy` or `sigma` takes; "sinc" needs a size,
        "fourier" has the image's own.
    sigma : float, optional
        Standard deviation of the Gaussian in samples; for "gaussian", which needs it, alone.

    Returns
    -------
    ndarray
        Of the shape of `input`; its dtype: see the module. `output` where it was given. In units of the image per
        square of the sample spacing.

    Raises
    ------
    TypeError
        For masked arrays, matrices, unsupported dtypes, and arguments of the wrong type.
    ValueError
        For axes out of range, an unknown mode, policy or method, a mode that "fourier" cannot have, a parameter of
        another method, an odd `accuracy`, a `size` that is even or too small, and an `output` that does not fit.

    See Also
    --------
    gaussian_laplace : SciPy's weights of "gaussian", with a sigma for each axis.
    sigkit.filter_design.laplace_kernel : the weights, also those that err the same in all directions.
    sigkit.filter_design.derivative_kernel : what the methods are, their responses and errors.
    sigkit.filter_design.noise_gain : how much noise they amplify.

    Notes
    -----
    The result is the correlation of the image with ``filter_design.laplace_kernel`` of the same arguments, taken along
    one axis at a time. What is left of the error, with the 4th, 6th, ... derivatives d4, d6, summed over the axes; and
    the standard deviation of the result for white noise of unit variance in 2-D:

    ===================  ========  ====================================================  ==================
    method               accuracy  error                                                 noise gain
    ===================  ========  ====================================================  ==================
    "finite-difference"  2         d4 / 12                                               4.47
    "finite-difference"  4         -d6 / 90                                              5.67
    "gaussian"           2         sigma**2 / 2 times the Laplacian of the Laplacian     0.40 sigma**-3
    "spline"             2         -d4 / 12                                              10.5
    "spline"             4         d6 / 720                                              8.43
    "sinc"                         of the weights that are cut off                       7.79
    "fourier"                      none up to half the sampling rate                     7.79
    ===================  ========  ====================================================  ==================

    With "fourier" an image that is not smooth where it is extended has waves of all frequencies, whose second
    derivative is large: of a ramp "wrap" meets a jump and "reflect" a bend. Each axis takes O(log n) operations a
    sample; lines with samples that are not finite take O(n), as do all with ``nan_policy="omit"`` where some are
    missing. The mean of each line is subtracted first, so that an offset costs no more than it costs to store it.

    Counterpart: `scipy.ndimage.laplace`. Differences: integers saturate, where SciPy's wrap; `nan_policy`; all methods
    but the first, of 3 weights. ``cv2.Laplacian(..., ksize=1)`` is the same, with its borders;
    `skimage.filters.laplace` has the opposite sign. Error bound: see the module; with "fourier" each line is a
    block of its own.

    Sources: as `sigkit.filter_design.derivative_kernel`; S. A. Martucci, "Symmetric convolution and the discrete sine
    and cosine transforms", IEEE Transactions on Signal Processing 42(5), 1994, for "fourier" without "wrap".

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import filters
    >>> filters.laplace(np.arange(5.0) ** 2)
    array([ 1.,  2.,  2.,  2., -7.])
    >>> filters.laplace(np.arange(9.0) ** 4, accuracy=4)[3:6].round(9)  # 12 n**2
    array([108., 192., 300.])

    Of a wave of 10 samples, -(2 pi / 10)**2 = -0.3948 of it is right:

    >>> wave = np.cos(2 * np.pi / 10 * np.arange(40))
    >>> for method, keywords in (("finite-difference", {}), ("spline", {}), ("sinc", {"size": 31}), ("fourier", {})):
    ...     print(method, filters.laplace(wave, mode="wrap", method=method, **keywords)[10].round(4))
    finite-difference -0.382
    spline -0.4079
    sinc -0.4113
    fourier -0.3948
    """
    call = _image_arguments.Filtering(input, output)
    axes = _image_arguments.normal_axes(axes, call.x.ndim)
    modes, fill = _image_arguments.boundaries(mode, len(axes)), _image_arguments.fill(cval, call)
    sizes = _image_arguments.per_axis(size, len(axes), "size")
    by_transforms = isinstance(method, str) and method == "fourier"
    if by_transforms:
        sizes = _periods(sizes, [call.x.shape[axis] for axis in axes], modes, mode)
    settings = _derivative_kernels.laplacian_settings(sizes, len(axes), method, accuracy, sigma)
    job = _Fourier(axes, modes, settings) if by_transforms and axes else _by_weights(axes, modes, settings)
    return _linear_jobs.apply(call, job, fill, nan_policy)


def _by_weights(axes, modes, settings):
    factors = _derivative_kernels.laplacian_factors(*settings)
    terms = _filter_weights.along_each([tuple(map(_filter_weights.centered, pair)) for pair in factors])
    return _linear_jobs.Separable(terms or [[]], axes, modes, sequential=False)


def _periods(sizes, lengths, modes, mode):
    """The sizes of the kernels of "fourier", which the user leaves to the image."""
    if any(size not in (None, n) for size, n in zip(sizes, lengths, strict=True)):
        raise ValueError(f"size={sizes}: expected None for method='fourier', or the lengths of the axes, {lengths}")
    if not _PERIODS.keys() >= set(modes):
        raise ValueError(f"mode={mode!r}: expected 'reflect', 'mirror' or 'wrap' for method='fourier', whose image is "
                         "periodic")  # fmt: skip
    return [max(_PERIODS[one](n), 1) for one, n in zip(modes, lengths, strict=True)]


@dataclasses.dataclass(frozen=True)
class _Fourier:
    """Kernels as long as the periods of the image, through transforms of its lines."""

    axes: list
    modes: list
    settings: tuple
    """Of the kernels."""

    def cancels(self):
        return False  # of an offset: the transforms of lines leave their means out

    def run(self, x, out, dtype, fill):
        if not x.size:
            return
        total, (periods, *settings) = None, self.settings
        for axis, mode, period in zip(self.axes, self.modes, periods, strict=True):
            part = _fft.second_derivative(x, axis, mode, dtype)
            lines, results = (np.moveaxis(array, axis, -1) for array in (x, part))
            with np.errstate(invalid="ignore", over="ignore"):
                odd = ~np.isfinite(results.sum(axis=-1))
                if odd.any():  # of them no transform can tell where a sample that is not finite stood
                    results[odd] = _line_sums(lines[odd], [period], settings, mode, dtype, fill)
                total = part if total is None else np.add(total, part, out=total)
        _stencil.store(total, out, dtype)

    def over_present(self, *arguments):
        return _by_weights(self.axes, self.modes, self.settings).over_present(*arguments)


def _line_sums(lines, periods, settings, mode, dtype, fill):
    result = np.empty(lines.shape, dtype)
    _by_weights([1], [mode], (periods, *settings)).run(lines, result, dtype, fill)
    return result

"""Complex signals, images and spectra as channels of real numbers."""

import math

import numpy as np

from sigkit import _array, _images, _planes

LAYOUTS = ("first", "last", "flat")


def complex_channels(z, representation="iq", layout="first", *, ndim=None, transform=None, origin="corner",
                     floor=1e-10):  # fmt: skip
    """Complex samples as channels of real numbers, for networks that know no complex ones.

    Parameters
    ----------
    z : array_like, shape (..., n), (..., rows, columns) or any other
        Examples: signals, images, or their spectra. Real ones have an imaginary part of zero.
    representation : {"iq", "polar", "log-polar", "power"}, default "iq"
        What the channels are, see Notes: real and imaginary part; magnitude and phase; log magnitude, cosine and sine
        of the phase (which, other than the phase, do not jump); the squared magnitude alone.
    layout : {"first", "last", "flat"}, default "first"
        Where the channels go: before the axes of an example (PyTorch), behind them (Keras, TensorFlow), or one after
        the other in a single axis (dense layers).
    ndim : int, optional
        How many axes an example has: 1 for signals, 2 for images. The axes before them are batches. Default: all axes
        but the first, and one for a `z` of one axis: ``(N, n)`` is a batch of signals, ``(N, rows, columns)`` of
        images. Say 2 for a single image, and 1 for signals of several antennas ``(N, antennas, n)``.
    transform : {None, "fft2"}, default None
        "fft2": the channels are those of each image's centred 2-D spectrum, `fft2_centered`; examples are images, and
        the spectra are not stored.
    origin : {"corner", "center"}, default "corner"
        Of the images that are transformed, as in `fft2_centered`.
    floor : float, default 1e-10
        Of "log-polar": the least magnitude whose logarithm is taken, smaller ones are taken for it. The default is 200
        dB below 1; take less for samples in volts of a weak signal.

    Returns
    -------
    ndarray, shape (..., channels, *example), (..., *example, channels) or (..., channels * size of an example)
        float32 for float16, float32 and complex64 samples, else float64.

    Raises
    ------
    TypeError
        For masked arrays, matrices, and dtypes other than bool, integers, float16/32/64 and complex64/128; for an
        `ndim` or `floor` that is no number.
    ValueError
        For an unknown word; an `ndim` that is not 1 to the number of axes of `z`, or not 2 with "fft2"; an origin
        without a transform; a `floor` that is not a positive number; images without samples that are to be transformed.

    See Also
    --------
    sigkit.fft2_centered : the spectra themselves.
    normalize : brings channels to one size.

    Notes
    -----
    With z = x + iy, each channel sample by sample: "iq" x, y; "polar" ``|z|``, the phase ``atan2(y, x)`` in radians;
    "log-polar" ``ln(max(|z|, floor))``, ``x / |z|``, ``y / |z|``; "power" ``x**2 + y**2``. A sample of magnitude 0 has
    cosine 1 and sine 0.

    The flat layout is row-major: all of the first channel, row after row, then all of the second. MATLAB, and NumPy
    with ``order="F"``, flatten ``(rows, columns, 2)`` column-major: the channels come in the same order, but each
    column after column. Weights of a dense layer that was trained on such vectors want ``flat[:, order]`` with
    ``order = np.arange(2 * rows * columns).reshape(2, rows, columns).swapaxes(1, 2).ravel()``.

    Counterpart: none; ``np.stack([z.real, z.imag], axis=1)`` and its like, after `scipy.fft.fftshift` and
    `scipy.fft.fft2`, each of which writes all images once more. "polar" is `numpy.abs` and `numpy.angle`.

    NaN rule: a sample with a part that is not finite has a channel that is not; "fft2" makes the
    whole image NaN. Error bound of a channel: 2 eps of itself ("iq": none), "polar" of pi; of the logarithm eps more.
    With "fft2", those of `fft2_centered` come first. Results have the same bits for any number of threads.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import network_input
    >>> z = np.array([[1 + 2j, 3 + 4j]])
    >>> network_input.complex_channels(z)
    array([[[1., 3.],
            [2., 4.]]])
    >>> network_input.complex_channels(z, layout="flat")
    array([[1., 3., 2., 4.]])
    >>> images = np.ones((5, 8, 6), np.complex64)
    >>> network_input.complex_channels(images, "log-polar", "last").shape
    (5, 8, 6, 3)
    >>> network_input.complex_channels(images, transform="fft2").shape
    (5, 2, 8, 6)
    """
    x = _array.as_array(z, "z")
    _array.choice(representation, "representation", tuple(_planes.REPRESENTATIONS))
    _array.choice(layout, "layout", LAYOUTS)
    _array.choice(origin, "origin", ("corner", "center"))
    floor = _array.real(floor, "floor", above=0)
    if transform is not None:
        _array.choice(transform, "transform", ("fft2",))
    elif origin != "corner":
        raise ValueError(f"origin={origin!r}: expected transform='fft2' beside it")
    ndim = _example_axes(x, ndim, transform)
    dtype = np.dtype(np.result_type(_array.common_dtype(x), np.complex64))
    real = _array.REAL_OF[dtype]
    if not float(np.finfo(real).smallest_normal) <= floor <= float(np.finfo(real).max):
        raise ValueError(f"floor={floor}: expected a normal number of {real}")
    batch, example = x.shape[: x.ndim - ndim], x.shape[x.ndim - ndim :]
    channels = _planes.CHANNELS[representation]
    size = math.prod(example)
    _array.check_size(math.prod(batch) * channels * size, real, "z")
    shape = {"first": (channels, *example), "last": (*example, channels), "flat": (channels * size,)}[layout]
    out = np.empty((*batch, *shape), real)
    if not out.size:
        return out
    if transform is None and x.flags.c_contiguous:  # long lines where they can be had
        x, example = x.reshape((*batch, size)), (size,)
    if layout == "last":
        view = np.moveaxis(out.reshape((*batch, *example, channels)), -1, len(batch))
    else:
        view = out.reshape((*batch, channels, *example))
    if transform:
        _spectra(x, view, dtype, origin, representation, floor)
    else:
        _planes.split(x, np.moveaxis(view, len(batch), -2), dtype, representation, floor)
    return out


def _example_axes(x, ndim, transform):
    if x.ndim == 0:
        raise ValueError("z: expected at least one dimension, got a scalar")
    if ndim is not None:
        ndim = _array.index(ndim, "ndim", 1, x.ndim)
    if transform is None:
        return max(x.ndim - 1, 1) if ndim is None else ndim
    if x.ndim < 2:
        raise ValueError(f"z: expected images for transform={transform!r}, got {x.ndim} dimension(s)")
    if ndim not in (None, 2):
        raise ValueError(f"ndim={ndim}: expected 2, or None, with transform={transform!r}")
    if 0 in x.shape[-2:]:
        raise ValueError(f"z: expected images of at least one sample, got shape {x.shape}")
    return 2


def _spectra(x, view, dtype, origin, representation, floor):
    if _planes.usable(x.shape[-2:], dtype):
        channels = _planes.CHANNELS[representation]
        _planes.transform(x, view, dtype, origin, channels=channels, representation=representation, floor=floor)
        return
    for group, target in _images.groups(x, view, dtype):
        spectra = np.empty(group.shape, dtype)
        _images.transform(group, spectra, origin, False)
        _planes.split(spectra, np.moveaxis(target, -3, -2), dtype, representation, floor)

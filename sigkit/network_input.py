r"""From signals, images and spectra to what a network takes: channels, normalisation, equal lengths, layouts, batches.

Layouts
-------
Frameworks differ in where the features (channels) of a batch stand:

===================  =============================  ===============================
                     signals                        images
===================  =============================  ===============================
PyTorch              ``(N, channels, n)``           ``(N, channels, rows, columns)``
Keras, TensorFlow    ``(N, n, channels)``           ``(N, rows, columns, channels)``
recurrent layers     ``(N, timesteps, features)``
===================  =============================  ===============================

``layout="first"`` writes the former, ``layout="last"`` the latter, each directly, as C-contiguous memory: not as a
transposed view, which a framework would have to copy, nor by a reshape, which would mix the channels (see
`as_sequences`).

From complex signals to a batch:

>>> import numpy as np
>>> from sigkit import network_input
>>> rng = np.random.default_rng(0)
>>> z = rng.standard_normal((8, 1024, 2), np.float32).view(np.complex64)[..., 0]
>>> network_input.normalize(network_input.complex_channels(z), axis=(1, 2)).shape
(8, 2, 1024)

Common to all functions here
----------------------------
float32 stays float32 and float64 stays float64; integers and bool give float64, float16 float32. Results are fresh,
C-contiguous, aligned and writeable, so that ``torch.from_numpy`` and DLPack share their memory; nothing handed out is a
view of an argument. Tensors on the CPU are taken as arrays are. Random numbers come from `rng` alone.
"""

import math

import numpy as np

from sigkit import _array, multirate
from sigkit._complex_channels import complex_channels
from sigkit._normalize import normalize
from sigkit._normalizer import Normalizer
from sigkit._pad_batch import PaddedBatch, pad_batch
from sigkit._signal_dataset import IterableSignalDataset, SignalDataset

__all__ = [
    "IterableSignalDataset",
    "Normalizer",
    "PaddedBatch",
    "SignalDataset",
    "as_sequences",
    "complex_channels",
    "fixed_length",
    "frame",
    "normalize",
    "pad_batch",
]


def fixed_length(x, length, *, axis=-1, how="crop", where="start", fill_value=0.0, rng=None):
    """Signals of a given length: a part of them, or with something beside them, or resampled.

    Parameters
    ----------
    x : array_like, shape (..., n)
        Real or complex samples along `axis`.
    length : int
        Samples of the result, at least 1.
    axis : int, default -1
        Along which.
    how : {"crop", "pad", "crop-or-pad", "resample"}, default "crop"
        "crop": a part of longer signals; "pad": shorter ones with `fill_value` beside them; "crop-or-pad": what is
        needed; "resample": the whole signal at another sampling rate, which stretches its frequencies by
        ``n / length``. The first two refuse what they cannot do rather than pass it on.
    where : {"start", "center", "random"}, default "start"
        Which part of the signal, or where the signal stands in the result: at the start; in the middle, an odd rest
        behind it; anywhere, all places equally likely. All lines of `x` are cut alike, so that channels stay together:
        for examples that are to differ, call it for each (`SignalDataset` does).
    fill_value : float, default 0.0
        What stands beside a padded signal.
    rng : numpy.random.Generator or seed, optional
        Of ``where="random"``. Default: other numbers in each call.

    Returns
    -------
    ndarray
        A fresh array of `length` samples along `axis`, of the dtype of `x`; float64 for integers and bool, float32 for
        float16.

    Raises
    ------
    TypeError
        For masked arrays, matrices and unsupported dtypes; for a `length` or `axis` that is no integer, and an `rng`
        that is none.
    ValueError
        For a signal that is too short to be cropped, too long to be padded or has no sample to be resampled; for an
        unknown word; an `axis` that does not exist; a `fill_value` that the result does not hold.

    See Also
    --------
    pad_batch : recordings of different lengths in one array.
    sigkit.multirate.resample_poly : resamples by a ratio.

    Notes
    -----
    Counterpart: ``librosa.util.fix_length`` (``how="crop-or-pad"``) and ``librosa.util.pad_center``.

    Resampling is `resample_poly` by ``length / n``, divided by what they have in common: its low-pass filter has
    ``20 * max(length, n) + 1`` taps where that is 1, so two large primes take time. Outside of the signal it takes
    zeros, hence the ends fade.

    NaN rule: cropped and padded samples are copied as they are; in resampling, that of `resample_poly`.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import network_input
    >>> x = np.arange(6.0)
    >>> network_input.fixed_length(x, 3, where="center")
    array([1., 2., 3.])
    >>> network_input.fixed_length(x, 9, how="pad", where="center")
    array([0., 0., 1., 2., 3., 4., 5., 0., 0.])
    >>> network_input.fixed_length(np.ones((2, 1000), np.float32), 250, how="resample").shape
    (2, 250)
    """
    x = _array.as_array(x, "x")
    length = _array.size(length, "length")
    _array.choice(how, "how", ("crop", "pad", "crop-or-pad", "resample"))
    _array.choice(where, "where", ("start", "center", "random"))
    generator = _generator(rng)
    lines = _array.axis_last(x, axis, "x")
    n = lines.shape[-1]
    dtype = _array.common_dtype(x)
    fill = _array.fill_value(fill_value, dtype)
    if n < length and how == "crop":
        raise ValueError(f"x: expected at least length={length} samples to crop, got {n}; how='pad' adds to them")
    if n > length and how == "pad":
        raise ValueError(f"x: expected at most length={length} samples to pad, got {n}; how='crop' takes a part")
    if how == "resample":
        if n == 0:
            raise ValueError(f"x: expected at least one sample to resample, got shape {x.shape}")
        return multirate.resample_poly(x, length, n, axis=axis)
    shape = list(x.shape)
    shape[axis] = length
    _array.check_size(math.prod(shape), dtype, f"length={length}")
    out = np.empty(shape, dtype)
    target = np.moveaxis(out, axis, -1)
    spare = abs(n - length)
    if where == "random":
        first = int(generator.integers(spare, endpoint=True))
    else:
        first = spare // 2 if where == "center" else 0
    if n >= length:
        target[...] = lines[..., first : first + length]
    else:
        target[..., :first] = fill
        target[..., first : first + n] = lines
        target[..., first + n :] = fill
    return out


def frame(x, length, hop):
    """Frames of a signal, each a few samples behind the one before.

    Parameters
    ----------
    x : array_like, shape (..., n)
        Real or complex samples along the last axis.
    length : int
        Samples of a frame.
    hop : int
        From the beginning of a frame to that of the next. Less than `length`: they overlap; more: there are gaps.

    Returns
    -------
    ndarray, shape (..., frames, length)
        ``1 + (n - length) // hop`` whole frames; samples behind the last one are left out. A fresh array of the dtype
        of `x`; float64 for integers and bool, float32 for float16.

    Raises
    ------
    TypeError
        For masked arrays, matrices and unsupported dtypes; for sizes that are no integers.
    ValueError
        For sizes below 1, a scalar, and fewer samples than a frame has.

    See Also
    --------
    fixed_length : one part of a signal, or more samples than it has.
    sigkit.stft : spectra of such frames, without writing them.

    Notes
    -----
    Counterpart: ``librosa.util.frame``, whose result is a read-only view and has the frames last by default; and
    `numpy.lib.stride_tricks.sliding_window_view`. A view's samples lie over each other, which no framework takes
    without a copy: here that copy is made.

    NaN rule: samples are copied as they are.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import network_input
    >>> network_input.frame(np.arange(7.0), 3, 2)
    array([[0., 1., 2.],
           [2., 3., 4.],
           [4., 5., 6.]])
    """
    x = _array.as_array(x, "x")
    length, hop = _array.size(length, "length"), _array.size(hop, "hop")
    lines = _array.axis_last(x, -1, "x")
    if lines.shape[-1] < length:
        raise ValueError(f"x: expected at least length={length} samples, got {lines.shape[-1]}")
    windows = np.lib.stride_tricks.sliding_window_view(lines, length, axis=-1)[..., ::hop, :]
    dtype = _array.common_dtype(x)
    _array.check_size(math.prod(windows.shape), dtype, f"length={length}, hop={hop}")
    return np.array(windows, dtype, order="C")


def as_sequences(x, time_axis, layout="last"):
    """A batch of any order of axes as ``(samples, timesteps, features)``, by transposing.

    Parameters
    ----------
    x : array_like, of at least two axes
        Real or complex: of the axes but `time_axis`, the first counts the samples (examples), all others are features.
    time_axis : int
        Which axis is time.
    layout : {"last", "first"}, default "last"
        "last": ``(samples, timesteps, features)``, of recurrent layers and Keras; "first":
        ``(samples, features, timesteps)``, of convolutions in PyTorch.

    Returns
    -------
    ndarray, shape (samples, timesteps, features) or (samples, features, timesteps)
        A fresh array of the dtype of `x`; float64 for integers and bool, float32 for float16. Several axes of features
        become one, in their order, the last one fastest; no axis of features becomes one of length 1.

    Raises
    ------
    TypeError
        For masked arrays, matrices and unsupported dtypes; for a `time_axis` that is no integer.
    ValueError
        For fewer than two axes, a `time_axis` that does not exist, and an unknown `layout`.

    See Also
    --------
    pad_batch : recordings of different lengths.

    Notes
    -----
    Counterpart: `numpy.moveaxis` or ``torch.Tensor.permute``, and a copy.

    720 recordings of 4 channels and 256 samples are ``(720, 4, 256)``; a recurrent layer wants ``(720, 256, 4)``: at
    each time step the 4 channels. ``x.reshape(720, 256, 4)`` has that shape and no error, but not that meaning: its
    first "time step" is the first 4 samples of channel 0, and each "feature" every 4th sample of all channels in turn.

    >>> import numpy as np
    >>> from sigkit import network_input
    >>> x = 100 * np.arange(4)[:, None] + np.arange(256.0)  # 100 times the channel, and the sample
    >>> x = np.broadcast_to(x, (720, 4, 256))
    >>> network_input.as_sequences(x, 2)[0, :2]
    array([[  0., 100., 200., 300.],
           [  1., 101., 201., 301.]])
    >>> x.reshape(720, 256, 4)[0, :2]
    array([[0., 1., 2., 3.],
           [4., 5., 6., 7.]])

    NaN rule: samples are copied as they are.

    Examples
    --------
    >>> network_input.as_sequences(x, time_axis=2).shape
    (720, 256, 4)
    >>> network_input.as_sequences(np.ones((256, 720, 4)), time_axis=0, layout="first").shape
    (720, 4, 256)
    """
    x = _array.as_array(x, "x")
    if x.ndim < 2:
        raise ValueError(f"x: expected at least 2 dimensions, samples and time, got {x.ndim}")
    _array.choice(layout, "layout", ("last", "first"))
    axis = _array.index(time_axis, "time_axis")
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(f"time_axis={axis}: out of range for x of {x.ndim} dimensions")
    moved = np.moveaxis(x, axis, 1 if layout == "last" else -1)
    features = moved.shape[2:] if layout == "last" else moved.shape[1:-1]
    samples, timesteps = moved.shape[0], x.shape[axis]
    count = math.prod(features)
    shape = (samples, timesteps, count) if layout == "last" else (samples, count, timesteps)
    out = np.empty(shape, _array.common_dtype(x))
    if moved.ndim == 3 and out.size and abs(moved.strides[1]) < abs(moved.strides[2]):
        swapped = moved.swapaxes(1, 2)  # by squares: NumPy would come back to each line of the cache, from afar
        _array.swap_axes(swapped, out)
    else:
        out.reshape(moved.shape)[...] = moved
    return out


def _generator(rng):
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        words = f"rng: expected a numpy.random.Generator or a seed, got {_array.shown(rng)}"
        raise type(error)(words) from None

"""Samples brought to one size: of examples, channels or whatever axes hold together."""

import math

import numpy as np

from sigkit import _array

# sk_scaling in csrc/sk_network.h
METHODS = {"zscore": 1, "minmax": 2, "peak": 3, "rms": 4}
AS_IS = 0


def axes_of(axis, ndim, name):
    """`axis`, an int, several or None (all), as a sorted tuple of numbers from 0 on."""
    if ndim == 0:
        raise ValueError(f"{name}: expected at least one dimension, got a scalar")
    if axis is None:
        return tuple(range(ndim))
    several = isinstance(axis, (tuple, list))
    given = [_array.index(number, "axis") for number in (axis if several else (axis,))]
    for number in given:
        if not -ndim <= number < ndim:
            raise ValueError(f"axis={_array.shown(axis)}: out of range for {name} of {ndim} dimensions")
    found = tuple(sorted({number % ndim for number in given}))
    if len(found) != len(given) or not found:
        raise ValueError(f"axis={_array.shown(axis)}: expected one axis, or several different ones")
    return found


def mask_for(mask, shape, name="x"):
    """`mask` as a view of bool of this shape, or None."""
    if mask is None:
        return None
    mask = _array.as_array(mask, "mask")
    if mask.dtype != np.bool_:
        raise TypeError(f"mask: expected bool, got {mask.dtype}")
    try:
        return np.broadcast_to(mask, shape)
    except ValueError:
        raise ValueError(f"mask: shape {mask.shape} does not broadcast to {shape}, that of {name}") from None


def normalize(x, method="zscore", axis=-1, mask=None):
    """Samples of zero mean and unit variance, or of unit range, peak or power: each example, or channel, by itself.

    Parameters
    ----------
    x : array_like
        Real samples, of any shape.
    method : {"zscore", "minmax", "peak", "rms"}, default "zscore"
        "zscore": less the mean, over the standard deviation; "minmax": the least becomes 0, the largest 1; "peak": over
        the largest magnitude; "rms": over the root of the mean square. The last two keep zero where it is.
    axis : int, tuple of int or None, default -1
        Over which axes the samples hold together. Of a batch ``(N, channels, n)``, -1 normalises each channel of each
        example by itself, (1, 2) each example as a whole, so that the channels keep their proportions. None: all.
    mask : array_like of bool, optional
        Broadcasts to the shape of `x`: True for samples that count. The others become 0, whatever they are: the mask of
        `pad_batch` keeps padding what it is; ``np.isfinite(x)`` leaves gaps out.

    Returns
    -------
    ndarray
        Of the shape of `x`; of its dtype, float64 for integers and bool, float32 for float16.

    Raises
    ------
    TypeError
        For complex samples (see `complex_channels`), masked arrays, matrices and unsupported dtypes; for a `mask` that
        is not bool; for an `axis` that is no integer.
    ValueError
        For an unknown method, an axis that does not exist or is named twice, or a `mask` that does not fit.

    See Also
    --------
    Normalizer : the same with statistics of a training set, kept for later.
    pad_batch : normalises recordings of different lengths on the way.
    sigkit.features.cmvn : of features, also over a sliding window.

    Notes
    -----
    Counterpart: none in NumPy; `scipy.stats.zscore` with ``ddof=0``, ``sklearn.preprocessing.minmax_scale`` and
    ``librosa.util.normalize`` along one axis each. Differences: constant samples give 0, with every method where
    nothing is left to divide by: "zscore" and "minmax" of equal samples, "peak" and "rms" of zeros. There is no
    division by zero, and no small number is added to the divisor.

    NaN rule: a sample that counts and is NaN or infinite makes all that hold together with it NaN, and nothing else.

    Statistics are taken in double precision, the variance about the mean in a second pass over what is in the cache.
    Error bound: ``4 eps |result|``, and of double precision what the rounding of samples and mean gives, ``eps
    max|x| / divisor``. Results have the same bits for any number of threads.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import network_input
    >>> x = np.array([[1.0, 2.0, 3.0, 6.0], [7.0, 7.0, 7.0, 7.0]])
    >>> network_input.normalize(x).round(3)
    array([[-1.069, -0.535,  0.   ,  1.604],
           [ 0.   ,  0.   ,  0.   ,  0.   ]])
    >>> float(network_input.normalize(x, "peak", axis=None).max())
    1.0
    >>> network_input.normalize(x[0], "minmax", mask=[True, True, True, False])
    array([0. , 0.5, 1. , 0. ])
    """
    x = _array.as_array(x, "x", real=True)
    code = METHODS[_array.choice(method, "method", tuple(METHODS))]
    axes = axes_of(axis, x.ndim, "x")
    mask = mask_for(mask, x.shape)
    out = np.empty(x.shape, _array.common_dtype(x))
    if not out.size:
        return out
    count = len(axes)
    trailing = tuple(range(x.ndim - count, x.ndim))
    if axes == trailing and count > 1 and x.flags.c_contiguous and (mask is None or mask.flags.c_contiguous):
        shape = (*x.shape[: x.ndim - count], math.prod(x.shape[x.ndim - count :]))  # long lines where they can be had
        arrays, count = [a if a is None else a.reshape(shape) for a in (x, mask, out)], 1
    else:
        arrays = [a if a is None else np.moveaxis(a, axes, trailing) for a in (x, mask, out)]
    _array.normalize(*arrays, count, code)
    return out

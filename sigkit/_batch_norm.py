"""`batch_norm` of `sigkit.layers`."""

import itertools
import math
from typing import NamedTuple

import numpy as np

from sigkit import _array

_ELEMENTS_AT_ONCE = 1 << 17
"""That are normalised in float64 at once."""


class BatchStatistics(NamedTuple):
    """What `batch_norm` returns with ``return_statistics=True``."""

    output: np.ndarray
    running_mean: np.ndarray
    running_var: np.ndarray


def batch_norm(
    input, running_mean=None, running_var=None, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5, *,
    channel_axis=1, return_statistics=False,
):  # fmt: skip
    """Batch normalisation: each channel less its mean, over its deviation, times a weight, plus a bias.

    Parameters
    ----------
    input : array_like, shape (N, C, ...)
        Real, of at least two dimensions.
    running_mean : array_like, shape (C,), optional
        The means that prediction uses; needed unless `training`.
    running_var : array_like, shape (C,), optional
        The variances that prediction uses; needed unless `training`.
    weight : array_like, shape (C,), optional
        What the normalised channels are multiplied by. Default None: 1.
    bias : array_like, shape (C,), optional
        What is added then. Default None: 0.
    training : bool, default False
        Whether the batch's own mean and variance are used.
    momentum : float, default 0.1
        How much of the batch's statistics the running ones take up: ``(1 - momentum) * running + momentum * batch``.
    eps : float, default 1e-5
        Added to the variance.
    channel_axis : int, default 1
        Which axis the channels are; -1 where they are last.
    return_statistics : bool, default False
        Whether to return the running statistics too, as the batch changes them where `training`.

    Returns
    -------
    ndarray or BatchStatistics
        ``(input - mean) / sqrt(var + eps) * weight + bias``, of the shape and dtype of `input`; float64 for integers,
        float32 for float16. With `return_statistics` ``output``, ``running_mean``, ``running_var``, the latter in
        float64: those given (0 and 1 if none were), moved where `training` towards the batch's, whose variance is over
        count - 1 there.

    Raises
    ------
    TypeError
        For complex arrays, masked arrays, matrices, unsupported dtypes, and arguments of the wrong type.
    ValueError
        For arrays that are not one number a channel, missing running statistics, a batch with no more than one value a
        channel while training, a momentum or eps out of range.

    See Also
    --------
    dropout : the other layer that training and prediction see differently.

    Notes
    -----
    Counterpart: `torch.nn.functional.batch_norm`, which writes to `running_mean` and `running_var` while training: here
    inputs are never written to, and `return_statistics` hands the new ones out. Difference: sums and products are taken
    in float64 whatever the input, so that a mean of a million deviations costs nothing.

    A NaN or Inf makes its own output NaN (or Inf), while training all of its channel. With m values a channel, float32
    is within 2 eps of the result and of each of its two terms; float64 within ``(m + 8) * eps`` of
    ``(|x| + max|x|) / deviation * |weight| + |bias|`` while training, 8 eps of it else.

    Source: S. Ioffe and C. Szegedy, "Batch normalization", ICML 2015.

    Examples
    --------
    >>> from sigkit import layers
    >>> x = [[1.0, 10.0], [3.0, 30.0]]
    >>> layers.batch_norm(x, [1.0, 10.0], [4.0, 100.0], eps=0)
    array([[0., 0.],
           [1., 2.]])
    >>> layers.batch_norm(x, training=True, eps=0)
    array([[-1., -1.],
           [ 1.,  1.]])
    """
    x = _array.as_array(input, "input", real=True)
    if x.ndim < 2:
        raise ValueError(f"input: expected at least two dimensions, (N, C, ...), got shape {_array.shown(x.shape)}")
    axis = _array.index(channel_axis, "channel_axis", -x.ndim, x.ndim - 1)
    moved = np.moveaxis(x, axis, 0)
    channels, others = moved.shape[0], math.prod(moved.shape[1:])
    mean = _each(running_mean, "running_mean", channels)
    var = _each(running_var, "running_var", channels)
    scale, shift = _each(weight, "weight", channels), _each(bias, "bias", channels)
    momentum = _array.real(momentum, "momentum", least=0, most=1)
    eps = _array.real(eps, "eps", least=0)
    training = _array.flag(training, "training")
    if not training and (mean is None or var is None):
        missing = "running_mean" if mean is None else "running_var"
        raise ValueError(f"{missing}=None: expected {channels} numbers unless training=True")
    if training and others < 2:
        raise ValueError(f"input: expected more than one value a channel when training, got shape "
                         f"{_array.shown(x.shape)}")  # fmt: skip
    running = (np.zeros(channels) if mean is None else mean, np.ones(channels) if var is None else var)
    with np.errstate(all="ignore"):
        if training:
            mean, var = _statistics(moved)
            batch = (mean, var * (others / (others - 1)))
            running = tuple((1 - momentum) * a + momentum * b for a, b in zip(running, batch, strict=True))
        factor = 1 / np.sqrt(var + eps) if scale is None else scale / np.sqrt(var + eps)
        out = np.empty(x.shape, _array.common_dtype(x))
        _normalize(moved, np.moveaxis(out, axis, 0), mean, factor, shift)
    return BatchStatistics(out, *map(np.array, running)) if _array.flag(return_statistics, "return_statistics") else out


def _each(value, name, channels):
    if value is None:
        return None
    values = _array.as_array(value, name, real=True)
    if values.shape != (channels,):
        raise ValueError(f"{name}: expected shape {(channels,)}, a number for each of input's channels, got "
                         f"{_array.shown(values.shape)}")  # fmt: skip
    return values.astype(np.float64)


def _statistics(x):
    """Mean and variance of each channel, in two passes."""
    mean, var = np.empty(len(x)), np.empty(len(x))
    step = max(1, _ELEMENTS_AT_ONCE // max(1, math.prod(x.shape[1:])))
    for c in range(0, len(x), step):
        some = slice(c, c + step)
        values = x[some].astype(np.float64, order="C").reshape(len(mean[some]), -1)
        mean[some] = values.mean(axis=1)
        values -= mean[some, None]
        var[some] = np.square(values).mean(axis=1)
    return mean, var


def _normalize(x, out, mean, factor, shift):
    """out[c] = (x[c] - mean[c]) factor[c] + shift[c], some channels of some examples at a time."""
    mean, factor, shift = (None if a is None else a.reshape(-1, *(1,) * (x.ndim - 1)) for a in (mean, factor, shift))
    size = max(1, math.prod(x.shape[2:]))
    examples = max(1, _ELEMENTS_AT_ONCE // size)
    channels = max(1, _ELEMENTS_AT_ONCE // (size * max(1, x.shape[1])))
    for c, first in itertools.product(range(0, len(x), channels), range(0, x.shape[1], examples)):
        these, some = slice(c, c + channels), slice(first, first + examples)
        values = x[these, some].astype(np.float64)
        values -= mean[these]
        values *= factor[these]
        if shift is not None:
            values += shift[these]
        out[these, some] = values

"""Statistics of a training set, kept for what comes later."""

import math

import numpy as np

from sigkit import _array, _normalize

SAMPLES_AT_ONCE = 1 << 17


class Normalizer:
    """Statistics of a training set, with which any later samples are brought to the same size.

    Parameters
    ----------
    method : {"zscore", "minmax", "peak", "rms"}, default "zscore"
        As in `normalize`.
    axis : int, tuple of int or None, default 0
        Over which axes the samples hold together; the examples' own must be among them. The default gives each feature
        of ``(N, features)`` statistics of its own, (0, 2) each channel of ``(N, channels, n)``. None: all samples have
        one.

    Attributes
    ----------
    center_, scale_ : ndarray of float64
        What is subtracted, and what is divided by: of the shape of a batch, 1 along `axis`. A `scale_` of 0 stands
        where the samples did not vary.
    count_ : ndarray of int64
        How many samples they come from.

    Raises
    ------
    TypeError, ValueError
        As `normalize`; ValueError for batches without samples or whose axes do not fit those before,
        and before anything was fitted.

    See Also
    --------
    normalize : each example by its own statistics.

    Notes
    -----
    Counterpart: ``sklearn.preprocessing.StandardScaler`` ("zscore"), ``MinMaxScaler``, ``MaxAbsScaler`` ("peak"), for
    any number of axes, with masks, and float32 results for float32 samples.

    `fit` reads an array, or a memory map, in pieces of 1 MB; given an iterator, it takes batch after batch;
    `partial_fit` takes one. However they are cut, the statistics agree within a few eps of float64: moments of pieces
    are put together (Chan, Golub, LeVeque 1979), so that a large mean costs nothing.

    NaN rule: a sample that counts and is NaN or infinite makes the statistics it goes into NaN, and later all that is
    transformed with them. Samples that did not vary are transformed to 0, and back to `center_`.

    An object holds a few arrays: it can be pickled, copied and sent to other processes. Squares of samples must fit
    float64. The work is NumPy's, on one thread.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import network_input
    >>> train = np.random.default_rng(0).normal(5, [1, 10, 100], (1000, 3))
    >>> scaler = network_input.Normalizer().fit(train)
    >>> scaler.transform(train).std(axis=0).round(6)
    array([1., 1., 1.])
    >>> bool(np.abs(scaler.inverse_transform(scaler.transform(train)) - train).max() < 1e-12)
    True
    >>> batches = (train[i : i + 100] for i in range(0, 1000, 100))
    >>> bool(np.allclose(network_input.Normalizer().fit(batches).scale_, scaler.scale_, rtol=1e-14))
    True
    """

    def __init__(self, method="zscore", axis=0):
        self.method = _array.choice(method, "method", tuple(_normalize.METHODS))
        _normalize.axes_of(axis, 32, "axis")
        self.axis = tuple(axis) if isinstance(axis, list) else axis
        self._moments = None  # count, mean, sum of squares about it, least, most

    def fit(self, x, mask=None):
        """Statistics of `x` alone, an array or an iterator of batches; returns the object itself."""
        fresh = Normalizer(self.method, self.axis)
        if hasattr(x, "__next__"):
            if mask is not None:
                raise TypeError("mask: expected None beside an iterator of batches; call partial_fit(batch, mask)")
            for batch in x:
                fresh.partial_fit(batch)
            if fresh._moments is None:
                raise ValueError("x: expected at least one batch, got none")
        else:
            fresh.partial_fit(x, mask)
        self._moments = fresh._moments
        return self

    def partial_fit(self, x, mask=None):
        """Statistics of all batches so far and of this one; returns the object itself."""
        x, axes = self._array(x, "x")
        if not x.size:
            raise ValueError(f"x: expected at least one sample, got shape {x.shape}")
        mask = _normalize.mask_for(mask, x.shape)
        moments = self._moments
        longest = max(axes, key=lambda axis: x.shape[axis])
        step = max(1, SAMPLES_AT_ONCE * x.shape[longest] // x.size)
        for first in range(0, x.shape[longest], step):
            some = (*(slice(None),) * longest, slice(first, first + step))
            moments = _joined(moments, _moments(x[some], None if mask is None else mask[some], axes))
        self._moments = moments
        return self

    def fit_transform(self, x, mask=None):
        """The same as ``fit(x, mask).transform(x, mask)``."""
        return self.fit(x, mask).transform(x, mask)

    def transform(self, x, mask=None):
        """`x` less `center_`, over `scale_`, as a fresh array; 0 where there is a mask that is False."""
        center, scale = self.center_, self.scale_
        scale = np.where(scale == 0, np.inf, scale)  # what does not vary becomes 0
        return self._rescaled(x, mask, lambda part, at: (part - center[at]) / scale[at])

    def inverse_transform(self, x):
        """What was transformed to `x`, as a fresh array."""
        center, scale = self.center_, self.scale_
        return self._rescaled(x, None, lambda part, at: part * scale[at] + center[at])

    @property
    def count_(self):
        return self._fitted()[0].astype(np.int64)

    @property
    def center_(self):
        count, mean, _, least, _ = self._fitted()
        if self.method == "zscore":
            return mean
        return np.where(count > 0, least, 0.0) if self.method == "minmax" else np.zeros(mean.shape)

    @property
    def scale_(self):
        count, mean, squares, least, most = self._fitted()
        with np.errstate(all="ignore"):
            variance = np.where(count > 0, squares / np.maximum(count, 1), 0.0)
            varies = ~(least >= most)  # a NaN does
            if self.method == "zscore":
                return np.where(varies, np.sqrt(variance), 0.0)
            if self.method == "minmax":
                return np.where(varies, most - least, 0.0)
            if self.method == "peak":
                return np.where(count > 0, np.maximum(abs(least), abs(most)), 0.0)
            return np.sqrt(variance + np.square(mean))

    def __repr__(self):
        state = "not fitted" if self._moments is None else f"fitted to {int(self._moments[0].max(initial=0))} samples"
        return f"Normalizer(method={self.method!r}, axis={self.axis}), {state}"

    def _fitted(self):
        if self._moments is None:
            raise _NotFitted("Normalizer: expected a call of fit or partial_fit before")
        return self._moments

    def _array(self, x, name):
        x = _array.as_array(x, name, real=True)
        axes = _normalize.axes_of(self.axis, x.ndim, name)
        if self._moments is not None:
            kept = tuple(1 if axis in axes else n for axis, n in enumerate(x.shape))
            if kept != self._moments[0].shape:
                raise ValueError(f"{name}: shape {x.shape} does not fit statistics of shape {self._moments[0].shape}")
        return x, axes

    def _rescaled(self, x, mask, function):
        x, _ = self._array(x, "x")
        mask = _normalize.mask_for(mask, x.shape)
        out = np.empty(x.shape, _array.common_dtype(x))
        longest = int(np.argmax(x.shape))
        step = max(1, SAMPLES_AT_ONCE * x.shape[longest] // max(x.size, 1))
        whole = self._moments[0].shape[longest] == 1
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            for first in range(0, x.shape[longest], step):
                some = (*(slice(None),) * longest, slice(first, first + step))
                part = function(x[some].astype(np.float64), slice(None) if whole else some)
                out[some] = part if mask is None else np.where(mask[some], part, 0)
        return out


class _NotFitted(ValueError, AttributeError):
    """`hasattr(normalizer, "scale_")` says whether it has been fitted."""


def _moments(x, mask, axes):
    """Count, mean, sum of squares about it, least and most over some axes, in float64."""
    keywords = {"axis": axes, "keepdims": True}
    x = x.astype(np.float64)
    counts = np.ones((1,) * x.ndim, bool) if mask is None else mask
    total = math.prod(x.shape[axis] for axis in axes)
    with np.errstate(all="ignore"):
        least = x.min(**keywords, where=counts, initial=np.inf)
        most = x.max(**keywords, where=counts, initial=-np.inf)
        count = np.broadcast_to(counts, x.shape).sum(**keywords) if mask is not None else np.full(least.shape, total)
        zero = np.where(np.isfinite(least), least, 0.0)
        x -= zero
        rest = x.sum(**keywords, where=counts) / np.maximum(count, 1)
        x -= rest
        squares = np.square(x, out=x).sum(**keywords, where=counts)
        mean = np.where(least == most, zero, zero + rest)
    undefined = (count > 0) & ~(np.isfinite(least) & np.isfinite(most))
    mean, squares, least, most = (np.where(undefined, np.nan, part) for part in (mean, squares, least, most))
    return count.astype(np.float64), mean, squares, least, most


def _joined(a, b):
    """The moments of two sets of samples together."""
    if a is None:
        return b
    count = a[0] + b[0]
    with np.errstate(all="ignore"):
        share = b[0] / np.maximum(count, 1)
        difference = np.where(b[0] > 0, b[1] - a[1], 0.0)
        mean = np.where(a[0] > 0, a[1] + difference * share, b[1])
        squares = a[2] + b[2] + np.where(a[0] > 0, np.square(difference) * a[0] * share, 0.0)
        return count, mean, squares, np.minimum(a[3], b[3]), np.maximum(a[4], b[4])

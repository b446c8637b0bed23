"""`max_pool1d`, `max_pool2d`, `avg_pool1d`, `avg_pool2d` of `sigkit.layers`."""

import math

import numpy as np

from sigkit import _array, _layer_arguments

_BYTES_AT_ONCE = 1 << 19
"""Of the maps that are pooled at once: what stays in a second-level cache."""


def max_pool1d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, *, layout="NCL"):
    """Largest sample of each window of signals.

    Parameters
    ----------
    input : array_like, shape (N, C, L) or (C, L); with ``layout="NLC"`` (N, L, C) or (L, C)
        Signals, real.
    kernel_size : int
        Samples of a window.
    stride : int, optional
        Samples from one window to the next. Default None: `kernel_size`.
    padding : int, default 0
        Samples beyond each end, smaller than any: at most half a window.
    dilation : int, default 1
        Samples from one of a window to its next.
    ceil_mode : bool, default False
        Whether a last window that is not complete counts.
    layout : {"NCL", "NLC"}, default "NCL"
        Where the channels are.

    Returns
    -------
    ndarray, shape (N, C, L_out), (C, L_out), or with the channels last
        As `max_pool2d`.

    Raises
    ------
    TypeError, ValueError
        As `max_pool2d`.

    See Also
    --------
    max_pool2d : of images.

    Notes
    -----
    Counterpart: `torch.nn.functional.max_pool1d`; differences and NaN rule as `max_pool2d`.

    Examples
    --------
    >>> from sigkit import layers
    >>> layers.max_pool1d([[[3.0, 1, 4, 1, 5, 9, 2]]], 2)
    array([[[3., 4., 9.]]])
    """
    windows = _Windows(input, kernel_size, stride, padding, dilation, ceil_mode, layout, 1)
    return windows.pooled(-np.inf, np.maximum)


def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, *, layout="NCHW"):
    """Largest sample of each window of images.

    Parameters
    ----------
    input : array_like, shape (N, C, H, W) or (C, H, W); with ``layout="NHWC"`` (N, H, W, C) or (H, W, C)
        Images, real.
    kernel_size : int or (int, int)
        Samples of a window, down and across.
    stride : int or (int, int), optional
        Samples from one window to the next. Default None: `kernel_size`.
    padding : int or (int, int), default 0
        Samples beyond each side, smaller than any: at most half a window.
    dilation : int or (int, int), default 1
        Samples from one of a window to its next.
    ceil_mode : bool, default False
        Whether a last window that is not complete counts, if it begins in the image or the padding before it.
    layout : {"NCHW", "NHWC"}, default "NCHW"
        Where the channels are.

    Returns
    -------
    ndarray, shape (N, C, H_out, W_out), (C, H_out, W_out), or with the channels last
        In the dtype of the input; float64 for integers, float32 for float16.

    Raises
    ------
    TypeError
        For complex input, masked arrays, matrices, unsupported dtypes, and arguments of the wrong type.
    ValueError
        For windows larger than the padded input, padding of more than half a window, a stride or dilation below 1, the
        wrong number of dimensions.

    See Also
    --------
    avg_pool2d : the mean.
    sigkit.filters.maximum_filter : at every sample.

    Notes
    -----
    Counterpart: `torch.nn.functional.max_pool2d`. Differences: `layout`; no ``return_indices``. Exact. A window that
    holds a NaN gives NaN, and no other does.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import layers
    >>> layers.max_pool2d(np.arange(16.0).reshape(1, 4, 4), 2)
    array([[[ 5.,  7.],
            [13., 15.]]])
    """
    windows = _Windows(input, kernel_size, stride, padding, dilation, ceil_mode, layout, 2)
    return windows.pooled(-np.inf, np.maximum)


def avg_pool1d(
    input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, *, layout="NCL"
):
    """Mean of each window of signals.

    Parameters
    ----------
    input : array_like, shape (N, C, L) or (C, L); with ``layout="NLC"`` (N, L, C) or (L, C)
        Signals, real.
    kernel_size : int
        Samples of a window.
    stride : int, optional
        Samples from one window to the next. Default None: `kernel_size`.
    padding : int, default 0
        Zeros beyond each end: at most half a window.
    ceil_mode : bool, default False
        Whether a last window that is not complete counts.
    count_include_pad : bool, default True
        Whether the zeros count as samples.
    layout : {"NCL", "NLC"}, default "NCL"
        Where the channels are.

    Returns
    -------
    ndarray, shape (N, C, L_out), (C, L_out), or with the channels last
        As `avg_pool2d`.

    Raises
    ------
    TypeError, ValueError
        As `avg_pool2d`.

    See Also
    --------
    avg_pool2d : of images.

    Notes
    -----
    Counterpart: `torch.nn.functional.avg_pool1d`; differences, NaN rule and error as `avg_pool2d`.

    Examples
    --------
    >>> from sigkit import layers
    >>> layers.avg_pool1d([[[3.0, 1, 4, 1, 5, 9, 2]]], 3)
    array([[[2.66666667, 5.        ]]])
    """
    windows = _Windows(input, kernel_size, stride, padding, 1, ceil_mode, layout, 1)
    return windows.averaged(count_include_pad, None)


def avg_pool2d(
    input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None, *,
    layout="NCHW",
):  # fmt: skip
    """Mean of each window of images.

    Parameters
    ----------
    input : array_like, shape (N, C, H, W) or (C, H, W); with ``layout="NHWC"`` (N, H, W, C) or (H, W, C)
        Images, real.
    kernel_size : int or (int, int)
        Samples of a window, down and across.
    stride : int or (int, int), optional
        Samples from one window to the next. Default None: `kernel_size`.
    padding : int or (int, int), default 0
        Zeros beyond each side: at most half a window.
    ceil_mode : bool, default False
        Whether a last window that is not complete counts, if it begins in the image or the padding before it.
    count_include_pad : bool, default True
        Whether the zeros count as samples. What is beyond the padding, in a last window, never does.
    divisor_override : int, optional
        What sums are divided by in place of the number of samples. Default None.
    layout : {"NCHW", "NHWC"}, default "NCHW"
        Where the channels are.

    Returns
    -------
    ndarray, shape (N, C, H_out, W_out), (C, H_out, W_out), or with the channels last
        In the dtype of the input; float64 for integers, float32 for float16.

    Raises
    ------
    TypeError
        For complex input, masked arrays, matrices, unsupported dtypes, and arguments of the wrong type.
    ValueError
        For windows larger than the padded input, padding of more than half a window, a stride or divisor below 1, the
        wrong number of dimensions.

    See Also
    --------
    max_pool2d : the largest sample.
    sigkit.filters.uniform_filter : at every sample.

    Notes
    -----
    Counterpart: `torch.nn.functional.avg_pool2d`. Difference: `layout`. A NaN or Inf reaches the windows that hold it.
    A mean of m samples is off by at most ``(m + 1) * eps`` of the mean of their magnitudes.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import layers
    >>> layers.avg_pool2d(np.arange(16.0).reshape(1, 4, 4), 2)
    array([[[ 2.5,  4.5],
            [10.5, 12.5]]])
    """
    windows = _Windows(input, kernel_size, stride, padding, 1, ceil_mode, layout, 2)
    return windows.averaged(count_include_pad, divisor_override)


class _Windows:
    """Windows over maps: their places, and what is made of them."""

    def __init__(self, input, kernel_size, stride, padding, dilation, ceil_mode, layout, axes):
        x = _array.as_array(input, "input", real=True)
        self.x, self.single, self.last = _layer_arguments.channels_first(x, layout, axes, "input")
        self.kernel = _layer_arguments.sizes(kernel_size, "kernel_size", axes)
        self.stride = self.kernel if stride is None else _layer_arguments.sizes(stride, "stride", axes)
        self.padding = _layer_arguments.sizes(padding, "padding", axes, 0)
        self.dilation = _layer_arguments.sizes(dilation, "dilation", axes)
        for p, k, d in zip(self.padding, self.kernel, self.dilation, strict=True):
            if 2 * p > d * (k - 1) + 1:
                raise ValueError(f"padding={p}: expected at most half of a window of {d * (k - 1) + 1} samples")
        self.sizes = self.x.shape[2:]
        self.lengths = self._lengths(_array.flag(ceil_mode, "ceil_mode"))
        self.dtype = _array.common_dtype(self.x)

    def _lengths(self, ceil_mode):
        more = []
        for n, k, s, p, d in zip(self.sizes, self.kernel, self.stride, self.padding, self.dilation, strict=True):
            count = -(-(n + 2 * p - d * (k - 1) - 1) // s) + 1
            more.append(count - ((count - 1) * s >= n + p))
        if ceil_mode and min(more) > 0 < min(self.sizes):
            return tuple(more)
        pairs = [(p, p) for p in self.padding]
        return _layer_arguments.output_lengths(self.sizes, self.kernel, self.stride, pairs, self.dilation)

    def _within(self, axis):
        """The samples of a window that exist at some place, of a window that may be far larger than the map."""
        n, s, d, p = (values[axis] for values in (self.sizes, self.stride, self.dilation, self.padding))
        places = range(self.lengths[axis]) if s > n else (0, self.lengths[axis] - 1)
        runs = [(max(-((i * s - p) // d), 0), min((n - 1 + p - i * s) // d + 1, self.kernel[axis])) for i in places]
        if s > n:
            return sorted({k for run in runs for k in range(*run)})
        return range(runs[-1][0], runs[0][1])

    def _meets(self, axis, k):
        """(places whose k-th sample exists, those samples) along an axis, as slices."""
        n, s = self.sizes[axis], self.stride[axis]
        offset = k * self.dilation[axis] - self.padding[axis]
        first, end = max(0, -(offset // s)), min(self.lengths[axis], (n - 1 - offset) // s + 1)
        end = max(end, first)
        begin = first * s + offset
        return slice(first, end), slice(begin, begin + (end - first - 1) * s + 1 if end > first else begin, s)

    def _at(self, axis, place):
        """The samples of the window at a place along an axis, as a slice."""
        n, k, d = self.sizes[axis], self.kernel[axis], self.dilation[axis]
        first = place * self.stride[axis] - self.padding[axis]
        low, high = max(0, -(first // d)), min(k, (n - 1 - first) // d + 1)
        return slice(first + low * d, first + (high - 1) * d + 1, d) if high > low else slice(0, 0)

    def _groups(self):
        """Indices of some maps at a time: of many images, or of some channels of one."""
        n, channels = self.x.shape[:2]
        maps = max(1, _BYTES_AT_ONCE // max(1, math.prod(self.sizes) * self.dtype.itemsize))
        images = max(1, maps // max(1, channels))
        for image in range(0, n, images):
            for c in range(0, channels, maps):
                yield slice(image, image + images), slice(c, c + maps)

    def pooled(self, start, combine):
        """Every window's samples, combined: sample by sample for all windows, or few large windows each by itself."""
        shape = (*self.x.shape[:2], *self.lengths)
        _layer_arguments.check_result(shape, self.dtype)
        out, view = _layer_arguments.result(shape, self.dtype, self.single, self.last)
        out[...] = start
        taps = [[(to, frm) for to, frm in (self._meets(axis, k) for k in self._within(axis)) if to.stop > to.start]
                for axis in range(len(self.sizes))]  # fmt: skip
        by_window = math.prod(map(len, taps)) > math.prod(self.lengths)
        with np.errstate(invalid="ignore", over="ignore"):
            for some in self._groups():
                for where in np.ndindex(*self.lengths) if by_window else ():
                    samples = self.x[(*some, *(self._at(axis, i) for axis, i in enumerate(where)))]
                    samples = samples.astype(self.dtype, order="C").reshape(*samples.shape[:2], -1)
                    view[(*some, *where)] = combine.reduce(samples, axis=-1, initial=start)
                for where in () if by_window else np.ndindex(*map(len, taps)):
                    to, frm = zip(*(taps[axis][i] for axis, i in enumerate(where)), strict=True)
                    target = view[(*some, *to)]
                    combine(target, self.x[(*some, *frm)], out=target)
        return out

    def averaged(self, count_include_pad, divisor_override):
        include = _array.flag(count_include_pad, "count_include_pad")
        if divisor_override is not None:
            divisor = _array.size(divisor_override, "divisor_override")
        else:
            divisor = np.ones((1,) * len(self.sizes))
            for axis, (n, k, s, p) in enumerate(zip(self.sizes, self.kernel, self.stride, self.padding, strict=True)):
                begin = np.arange(self.lengths[axis]) * s - p
                end = np.minimum(begin + k, n + p if include else n)
                count = end - (begin if include else np.maximum(begin, 0))
                divisor = divisor * count.reshape([-1 if a == axis else 1 for a in range(len(self.sizes))])
            divisor = (divisor[..., np.newaxis] if self.last else divisor).astype(self.dtype)
        out = self.pooled(0, np.add)
        with np.errstate(invalid="ignore", over="ignore"):
            out /= divisor
        return out

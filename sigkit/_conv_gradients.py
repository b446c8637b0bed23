"""`conv2d_backward` of `sigkit.layers`."""

import math
from typing import NamedTuple

import numpy as np

from sigkit import _array, _conv_layers, _convolution_jobs, _dense_layers, _layer_arguments

_COLUMNS_BYTES = 1 << 22
"""Of the samples under windows that are laid out for one matrix product."""


class ConvGradients(NamedTuple):
    """What `conv2d_backward` returns: the gradients of `conv2d`'s arguments."""

    input: np.ndarray
    weight: np.ndarray
    bias: np.ndarray


def conv2d_backward(
    grad_output, input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1, *, layout="NCHW",
    padding_mode="zeros",
):  # fmt: skip
    """Gradients of `conv2d`: of a loss by the input, the weight and the bias, given those by the output.

    Parameters
    ----------
    grad_output : array_like, of the output's shape
        The loss's gradient by the output of `conv2d` with the other arguments.
    input : array_like, shape (N, C, H, W) or (C, H, W); with ``layout="NHWC"`` (N, H, W, C) or (H, W, C)
        As given to `conv2d`.
    weight : array_like, shape (O, C / groups, kh, kw)
        As given to `conv2d`.
    bias : array_like, shape (O,) or the output's without its batch, optional
        As given to `conv2d`; only its shape counts. Default None: (O,).
    stride : int or (int, int), default 1
        As given to `conv2d`, and so all that follow.
    padding : int, sequence or {"valid", "same", "same_tensorflow"}, default 0
        See `conv2d`.
    dilation : int or (int, int), default 1
        See `conv2d`.
    groups : int, default 1
        See `conv2d`.
    layout : {"NCHW", "NHWC"}, default "NCHW"
        See `conv2d`: that of the input, of the output, and of their gradients.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}, default "zeros"
        See `conv2d`.

    Returns
    -------
    ConvGradients
        ``input``, ``weight`` and ``bias``, in the shapes of these; the latter two are sums over the batch.

    Raises
    ------
    TypeError, ValueError
        As `conv2d`; ValueError also for a `grad_output` that is not of the output's shape.

    See Also
    --------
    conv2d : the layer.
    linear_backward : those of a dense layer.

    Notes
    -----
    Counterpart: `torch.autograd.grad` through `torch.nn.functional.conv2d`; as there, gradients of complex arguments
    are by their conjugates.

    The input's gradient is a convolution of `grad_output` with the kernel reversed, one for each phase of the stride:
    no zeros are put in. The weight's is a product of `grad_output` with the samples under the windows, laid out 4 MiB
    at a time, by `numpy.matmul` (BLAS): its bits may differ with the number of BLAS's threads. Unlike the layer itself,
    it writes the padding of an image out: paddings of millions of samples take their memory.

    A NaN or Inf reaches the gradients it is multiplied for: in `grad_output` those of the input under its window, of
    the weights and the bias of its filter. Errors: of ``input`` as `conv2d`, with O / groups * kh * kw products; of
    ``weight`` at most ``(m + 2) * eps * sum(|x| |g|)`` with the m = N * H_out * W_out products of each; of ``bias``
    that of a sum in float64, and one rounding.

    Examples
    --------
    >>> import numpy as np
    >>> from sigkit import layers
    >>> x, weight = np.arange(9.0).reshape(1, 1, 3, 3), np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> grads = layers.conv2d_backward(np.ones((1, 1, 2, 2)), x, weight)
    >>> grads.input[0, 0]
    array([[ 1.,  3.,  2.],
           [ 4., 10.,  6.],
           [ 3.,  7.,  4.]])
    >>> grads.weight[0, 0], grads.bias
    (array([[ 8., 12.],
           [20., 24.]]), array([4.]))
    """
    g, x = _array.as_array(grad_output, "grad_output"), _array.as_array(input, "input")
    w = _array.as_array(weight, "weight")
    b = None if bias is None else _array.as_array(bias, "bias")
    x, single, last = _layer_arguments.channels_first(x, layout, 2, "input")
    stride, pairs, dilation, groups = _conv_layers.check(x, w.shape, stride, padding, dilation, groups, 2)
    boundary = _layer_arguments.check_padding_mode(padding_mode, pairs, x.shape[2:])
    lengths = _layer_arguments.output_lengths(x.shape[2:], w.shape[2:], stride, pairs, dilation)
    shape = (x.shape[0], w.shape[0], *lengths)
    expected = (shape[0], *lengths, shape[1])[single:] if last else shape[single:]
    if g.shape != expected:
        raise ValueError(f"grad_output: expected shape {_array.shown(expected)}, the output's of that input, got "
                         f"{_array.shown(g.shape)}")  # fmt: skip
    g = _layer_arguments.channels_first(_layer_arguments.plain(g), layout, 2, "grad_output")[0]
    untied = b is not None and _conv_layers.checked_bias(b, shape, last).ndim > 1
    dtype = _layer_arguments.dtype_of(g, x, w, b)
    of_x, view = _layer_arguments.result(x.shape, dtype, single, last)
    of_x[...] = 0
    finite = bool(np.isfinite(w).all())
    if boundary == _array.EXISTING and finite:
        _by_input(g, w, view, groups, stride, dilation, [before for before, _ in pairs])
    else:
        padded = np.zeros((*x.shape[:2], *(n + sum(p) for n, p in zip(x.shape[2:], pairs, strict=True))), dtype)
        if finite:
            _by_input(g, w, padded, groups, stride, dilation, [0, 0])
        else:
            _by_terms(g, w, padded, groups, stride, dilation)
        with np.errstate(invalid="ignore", over="ignore"):
            padded = _folded(padded, 2, pairs[0], x.shape[2], boundary)
            view[...] = _folded(padded, 3, pairs[1], x.shape[3], boundary)
    of_w = _by_weight(g, x, w.shape, dtype, groups, stride, pairs, dilation, padding_mode)
    with np.errstate(invalid="ignore", over="ignore"):
        wide = np.result_type(dtype, np.float64)
        of_b = g.sum(axis=0 if untied else (0, 2, 3), dtype=wide).astype(dtype)
    if untied and last:
        of_b = np.ascontiguousarray(np.moveaxis(of_b, 0, -1))
    return ConvGradients(of_x, of_w, of_b)


def _by_input(g, w, out, groups, stride, dilation, before):
    """out = the gradient by the input, `before` samples of which lie beyond the first one of out."""
    filters, channels, *kernel = w.shape
    w = w.conj() if w.dtype.kind == "c" else w
    w = w.reshape(groups, filters // groups, channels, *kernel).swapaxes(1, 2)
    w = w.reshape(groups * channels, filters // groups, *kernel)
    runs = [list(_phases(*values)) for values in zip(kernel, stride, dilation, before, strict=True)]
    for first_y, taps_y, apart_y, start_y in runs[0]:
        for first_x, taps_x, apart_x, start_x in runs[1]:
            target = out[:, :, first_y :: stride[0], first_x :: stride[1]]
            taps = w[:, :, taps_y, taps_x][:, :, ::-1, ::-1]
            _convolution_jobs.correlate(g, taps, None, target, groups, (1, 1), (apart_y, apart_x), (start_y, start_x))


def _by_terms(g, w, out, groups, stride, dilation):
    """The same product by product: there is none beyond the sides of `g`, where 0 times a NaN would be one."""
    filters, channels, *kernel = w.shape
    n, _, *size = g.shape
    g = g.astype(out.dtype, copy=False).reshape(n, groups, filters // groups, *size)
    w = w.conj().astype(out.dtype, copy=False).reshape(groups, filters // groups, channels, *kernel)
    for k in np.ndindex(*kernel):
        where = (slice(i * d, i * d + (m - 1) * s + 1, s) for i, d, m, s in zip(k, dilation, size, stride, strict=True))
        with np.errstate(invalid="ignore", over="ignore"):
            part = np.einsum("goc,ngoyx->ngcyx", w[(..., *k)], g)
            out[(..., *where)] += part.reshape(n, groups * channels, *size)


def _phases(kernel, stride, dilation, before):
    """Samples that are a stride apart meet the same weights: (the first sample, its weights, how far apart these are
    along the output's gradient, where the last of them stands)."""
    period = stride // math.gcd(stride, dilation)
    for first in range(min(period, kernel)):
        phase = first * dilation % stride
        sample = (phase - before) % stride
        apart = period * dilation // stride
        count = -(-(kernel - first) // period)
        start = (sample + before) // stride - first * dilation // stride - (count - 1) * apart
        yield sample, slice(first, None, period), apart, start


def _folded(padded, axis, pair, n, boundary):
    """Gradients by samples beyond the sides, added to those of the samples that stood there."""
    moved = np.moveaxis(padded, axis, 0)
    result = moved[pair[0] : pair[0] + n].copy()
    if boundary == _array.EXISTING:
        return np.moveaxis(result, 0, axis)
    for i in (*range(pair[0]), *range(pair[0] + n, len(moved))):
        at = i - pair[0]
        if boundary == _array.EDGE:
            at = 0 if at < 0 else n - 1
        elif boundary == _array.WRAP:
            at %= n
        else:
            at = abs(at) if at < n else 2 * (n - 1) - at
        result[at] += moved[i]
    return np.moveaxis(result, 0, axis)


def _by_weight(g, x, shape, dtype, groups, stride, pairs, dilation, padding_mode):
    """The gradient by the weight: products with the samples under the windows of some images, or rows, at a time."""
    filters, channels, *kernel = shape
    n, _, height, width = g.shape
    result = np.zeros(shape, dtype)
    total = result.reshape(groups, filters // groups, channels * kernel[0] * kernel[1])
    part = np.empty(total.shape[1:], dtype)
    bytes_of_row = x.shape[1] * kernel[0] * kernel[1] * width * dtype.itemsize
    rows = max(1, _COLUMNS_BYTES // bytes_of_row)
    images = max(1, rows // height)
    mode = {"zeros": "constant", "replicate": "edge", "circular": "wrap"}.get(padding_mode, padding_mode)
    for image in range(0, n, images):
        these = slice(image, image + images)
        padded = np.pad(x[these].astype(dtype, copy=False), ((0, 0), (0, 0), *pairs), mode)
        if dtype.kind == "c":
            padded = padded.conj()
        step, c, down, across = padded.strides
        windows = np.lib.stride_tricks.as_strided(
            padded, (x.shape[1], *kernel, len(padded), height, width),
            (c, down * dilation[0], across * dilation[1], step, down * stride[0], across * stride[1]), writeable=False,
        )  # fmt: skip
        of_images = _layer_arguments.plain(g[these].swapaxes(0, 1), dtype)
        of_images = of_images.reshape(groups, filters // groups, len(padded), height, width)
        for first in range(0, height, rows):
            some = slice(first, first + rows)
            columns = windows[..., some, :].reshape(groups, total.shape[2], -1)
            with np.errstate(invalid="ignore", over="ignore"):
                for k in range(groups):
                    one = of_images[k, :, :, some].reshape(filters // groups, -1)
                    _dense_layers.product(one, columns[k].T, part)
                    total[k] += part
    return result

"""Oracles of `sigkit.layers`: sums window by window, in longdouble; NumPy alone."""

import numpy as np
from reference_filters import QUIET, times, wide

MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def quiet():
    return np.errstate(invalid="ignore", over="ignore", divide="ignore", under="ignore")


def growth(m):
    """eps that a sum of m products may be off: accumulators are restarted after 64 to 128 of them."""
    return min(m, 128) + m // 64 + 4


def each(value, axes):
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * axes


def sides(padding, kernel, stride, dilation, sizes):
    """(before, after) for each axis."""
    if isinstance(padding, str):
        pairs = []
        for k, s, d, n in zip(kernel, stride, dilation, sizes, strict=True):
            reach = d * (k - 1)
            more = {"valid": 0, "same": reach, "same_tensorflow": (-(-n // s) - 1) * s + reach + 1 - n}
            more = max(more[padding], 0)
            pairs.append((more // 2, more - more // 2))
        return pairs
    return [tuple(each(p, 2)) for p in each(padding, len(kernel))]


def padded(x, pairs, mode="zeros"):
    """x with what lies beyond the sides of its last axes."""
    pairs = [(0, 0)] * (x.ndim - len(pairs)) + pairs
    return np.pad(x, pairs) if mode == "zeros" else np.pad(x, pairs, MODES[mode])


def places(size, k, s, d):
    return (size - d * (k - 1) - 1) // s + 1


def first_channels(x, layout, axes):
    x = wide(x)
    x = x[None] if x.ndim == axes + 1 else x
    return np.moveaxis(x, -1, 1) if layout[-1] == "C" else x


def back(out, single, layout):
    out = np.moveaxis(out, 1, -1) if layout[-1] == "C" else out
    return out[0] if single else out


def layer(x, weight, bias, stride, padding, dilation, groups, layout, padding_mode, axes, local=False):
    """Every filter at every place: the sum over its channels and the kernel."""
    single = np.ndim(x) == axes + 1
    x, w = first_channels(x, layout, axes), wide(weight)
    kernel, (stride, dilation) = w.shape[2 : 2 + axes], (each(stride, axes), each(dilation, axes))
    x = padded(x, sides(padding, kernel, stride, dilation, x.shape[2:]), padding_mode)
    lengths = [places(*values) for values in zip(x.shape[2:], kernel, stride, dilation, strict=True)]
    filters, channels = w.shape[:2]
    out = np.zeros((len(x), filters, *lengths), np.result_type(x, w))
    with quiet():
        for o in range(filters):
            group = o // (filters // groups) * channels
            for c in range(channels):
                for k in np.ndindex(*kernel):
                    at = tuple(slice(i * d, i * d + (n - 1) * s + 1, s)
                               for i, d, n, s in zip(k, dilation, lengths, stride, strict=True))  # fmt: skip
                    out[:, o] += times(w[(o, c, *k)], x[(slice(None), group + c, *at)])
        if bias is not None:
            b = wide(bias)
            b = np.moveaxis(b, -1, 0) if b.ndim > 1 and layout[-1] == "C" else b
            out = out + (b.reshape(-1, *[1] * axes) if b.ndim == 1 else b)
    return back(out, single, layout)


def conv1d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1, *, layout="NCL", padding_mode="zeros"):
    return layer(input, weight, bias, stride, padding, dilation, groups, layout, padding_mode, 1)


def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1, *, layout="NCHW", padding_mode="zeros"):
    return layer(input, weight, bias, stride, padding, dilation, groups, layout, padding_mode, 2)


def locally_connected1d(input, weight, bias=None, stride=1, padding=0, dilation=1, *, layout="NCL",
                        padding_mode="zeros"):  # fmt: skip
    return layer(input, weight, bias, stride, padding, dilation, 1, layout, padding_mode, 1)


def locally_connected2d(input, weight, bias=None, stride=1, padding=0, dilation=1, *, layout="NCHW",
                        padding_mode="zeros"):  # fmt: skip
    return layer(input, weight, bias, stride, padding, dilation, 1, layout, padding_mode, 2)


def linear(input, weight, bias=None):
    x, w = wide(input), wide(weight)
    out = np.zeros((*x.shape[:-1], len(w)), np.result_type(x, w))
    with quiet():
        for o, i in np.ndindex(*w.shape):
            out[..., o] += times(w[o, i], x[..., i])
        return out if bias is None else out + wide(bias)


def linear_backward(grad_output, input, weight):
    g, x, w = (wide(a).reshape(-1, np.shape(a)[-1]) for a in (grad_output, input, weight))
    dtype = np.result_type(g, x, w)
    of_x, of_w = np.zeros(x.shape, dtype), np.zeros(w.shape, dtype)
    with quiet():
        for o, i in np.ndindex(*w.shape):
            of_x[:, i] += g[:, o] * np.conj(w[o, i])
            for row in range(len(x)):
                of_w[o, i] += g[row, o] * np.conj(x[row, i])
        of_b = g.sum(axis=0).astype(dtype)
    return of_x.reshape(np.shape(input)), of_w, of_b


def conv2d_backward(grad_output, input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1, *, layout="NCHW",
                    padding_mode="zeros"):  # fmt: skip
    """Every product of the layer, back to the sample and the weight that it is made of."""
    single = np.ndim(input) == 3
    g, x, w = first_channels(grad_output, layout, 2), first_channels(input, layout, 2), wide(weight)
    stride, dilation = each(stride, 2), each(dilation, 2)
    pairs = sides(padding, w.shape[2:], stride, dilation, x.shape[2:])
    number = padded(np.arange(x.shape[2] * x.shape[3]).reshape(x.shape[2:]) + 1, pairs, padding_mode) - 1
    big = padded(x, pairs, padding_mode)
    dtype = np.result_type(g, x, w)
    of_x, of_w = np.zeros((*x.shape[:2], number.max(initial=-1) + 1), dtype), np.zeros(w.shape, dtype)
    with quiet():
        for o, c, ky, kx in np.ndindex(*w.shape):
            channel = o // (w.shape[0] // groups) * w.shape[1] + c
            for y, z in np.ndindex(*g.shape[2:]):
                at = y * stride[0] + ky * dilation[0], z * stride[1] + kx * dilation[1]
                products = g[:, o, y, z] * np.conj(big[(slice(None), channel, *at)])
                of_w[o, c, ky, kx] += products.sum()
                if number[at] >= 0:
                    of_x[:, channel, number[at]] += g[:, o, y, z] * np.conj(w[o, c, ky, kx])
        untied = bias is not None and np.ndim(bias) > 1
        of_b = g.sum(axis=0 if untied else (0, 2, 3)).astype(dtype)
    of_b = np.moveaxis(of_b, 0, -1) if untied and layout[-1] == "C" else of_b
    return back(of_x.reshape(x.shape), single, layout), of_w, of_b


# ---------------------------------------------------------------------------------------------------------- pooling


def pooled(input, kernel, stride, padding, dilation, ceil_mode, layout, axes, combine):
    """combine(the samples of a window that exist, the window's begin and end in the padded map)."""
    single = np.ndim(input) == axes + 1
    x = first_channels(input, layout, axes)
    kernel, padding, dilation = (each(value, axes) for value in (kernel, padding, dilation))
    stride = kernel if stride is None else each(stride, axes)
    lengths = []
    for n, k, s, p, d in zip(x.shape[2:], kernel, stride, padding, dilation, strict=True):
        room = n + 2 * p - d * (k - 1) - 1
        count = (-(-room // s) if ceil_mode else room // s) + 1
        lengths.append(count - (1 if ceil_mode and (count - 1) * s >= n + p else 0))
    out = np.zeros((*x.shape[:2], *lengths), np.longdouble)
    for image, c in np.ndindex(*x.shape[:2]):
        for at in np.ndindex(*lengths):
            begin = [i * s - p for i, s, p in zip(at, stride, padding, strict=True)]
            window = (tuple(b + j * d for b, j, d in zip(begin, k, dilation, strict=True)) for k in np.ndindex(*kernel))
            values = [x[(image, c, *place)] for place in window
                      if all(0 <= i < n for i, n in zip(place, x.shape[2:], strict=True))]  # fmt: skip
            end = [min(b + k, n + p) for b, k, n, p in zip(begin, kernel, x.shape[2:], padding, strict=True)]
            out[(image, c, *at)] = combine(values, int(np.prod(np.subtract(end, begin))))
    return back(out, single, layout)


def largest(values, count):
    return np.longdouble(np.nan) if any(np.isnan(values)) else max(values, default=-np.inf)


def mean_of(include, divisor):
    def mean(values, count):
        with quiet():
            return sum(values, np.longdouble(0)) / (divisor or (count if include else len(values)))

    return mean


def max_pool1d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, *, layout="NCL"):
    return pooled(input, kernel_size, stride, padding, dilation, ceil_mode, layout, 1, largest)


def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, *, layout="NCHW"):
    return pooled(input, kernel_size, stride, padding, dilation, ceil_mode, layout, 2, largest)


def avg_pool1d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, *, layout="NCL"):
    return pooled(input, kernel_size, stride, padding, 1, ceil_mode, layout, 1, mean_of(count_include_pad, None))


def avg_pool2d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True,
               divisor_override=None, *, layout="NCHW"):  # fmt: skip
    mean = mean_of(count_include_pad, divisor_override)
    return pooled(input, kernel_size, stride, padding, 1, ceil_mode, layout, 2, mean)


# ------------------------------------------------------------------------------------------------- sample by sample


def parts_of_norm(input, running_mean, running_var, weight, bias, training, eps, channel_axis):
    """(deviations, what they are multiplied by, the bias), channels first."""
    x = np.moveaxis(wide(input), channel_axis, 0)
    shape = (len(x),) + (1,) * (x.ndim - 1)
    with quiet():
        if training:
            mean = x.reshape(len(x), -1).mean(axis=1)
            var = ((x.reshape(len(x), -1) - mean[:, None]) ** 2).mean(axis=1)
        else:
            mean, var = wide(running_mean), wide(running_var)
        factor = (1 if weight is None else wide(weight)) / np.sqrt(var + np.longdouble(eps))
        shift = np.zeros(len(x)) if bias is None else wide(bias)
        return x - mean.reshape(shape), factor.reshape(shape), shift.reshape(shape), x


def batch_norm(input, running_mean=None, running_var=None, weight=None, bias=None, training=False, momentum=0.1,
               eps=1e-5, *, channel_axis=1, return_statistics=False):  # fmt: skip
    deviations, factor, shift, x = parts_of_norm(input, running_mean, running_var, weight, bias, training, eps,
                                                 channel_axis)  # fmt: skip
    with quiet():
        out = np.moveaxis(deviations * factor + shift, 0, channel_axis)
        if not return_statistics:
            return out
        rows = x.reshape(len(x), -1)
        batch = rows.mean(axis=1), rows.var(axis=1, ddof=1)
        return out, *((1 - momentum) * wide(old) + momentum * new
                      for old, new in zip((running_mean, running_var), batch, strict=True))  # fmt: skip


@QUIET
def relu(input):
    x = wide(input)
    return np.where(x > 0, x, np.where(np.isnan(x), x, 0))


@QUIET
def sigmoid(input):
    return 1 / (1 + np.exp(-wide(input)))


@QUIET
def tanh(input):
    return np.tanh(wide(input))


@QUIET
def elu(input, alpha=1.0):
    x = wide(input)
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


@QUIET
def silu(input):
    x = wide(input)
    return np.where(x == -np.inf, 0, x / (1 + np.exp(-x)))


@QUIET
def softmax(input, dim=-1):
    x = wide(input)
    if not x.size:
        return x
    e = np.exp(x - x.max(axis=dim, keepdims=True))
    return e / e.sum(axis=dim, keepdims=True)


def dropout(input, p=0.5, training=False):
    return wide(input)


# ------------------------------------------------------------------------------------------------------- arithmetic


def conv_output_shape(input_shape, kernel_size, stride=1, padding=0, dilation=1, out_channels=None):
    """Counted on an array that is zero: for each axis the windows that fit."""
    axes = len(kernel_size) if np.ndim(kernel_size) else min(len(input_shape), 2)
    kernel, stride, dilation = (each(value, axes) for value in (kernel_size, stride, dilation))
    *before, = input_shape[: len(input_shape) - axes]
    sizes = input_shape[len(input_shape) - axes :]
    lengths = []
    for n, (low, high), k, s, d in zip(sizes, sides(padding, kernel, stride, dilation, sizes), kernel, stride, dilation,
                                       strict=True):  # fmt: skip
        lengths.append(len([i for i in range(0, n + low + high, s) if i + d * (k - 1) < n + low + high]))
    if out_channels is not None:
        before = [*before[:-1], out_channels]
    return (*before, *lengths)


def conv_parameters(in_channels, out_channels, kernel_size, groups=1, bias=True):
    kernel = kernel_size if np.ndim(kernel_size) else (kernel_size, kernel_size)
    count = np.zeros((out_channels, in_channels // groups, *kernel)).size
    return count + (np.zeros(bias).size if np.ndim(bias) else out_channels * bias)


def linear_parameters(in_features, out_features, bias=True):
    return np.zeros((out_features, in_features)).size + out_features * bias


def receptive_field(layers):
    """The samples that the outputs 0 and 1 depend on, walked back from the last layer to the first."""
    first, second = {0}, {1}
    for kernel, stride, padding, dilation in [(*entry, *(1, 1, 0, 1)[len(entry) :]) for entry in layers][::-1]:
        first, second = ({i * stride - padding + k * dilation for i in seen for k in range(kernel)}
                         for seen in (first, second))  # fmt: skip
    return max(first) - min(first) + 1, min(second) - min(first), -min(first)


def conv_multiply_adds(input_shape, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1):
    shape = conv_output_shape(input_shape, kernel_size, stride, padding, dilation, out_channels)
    channels = input_shape[len(input_shape) - len(kernel_size) - 1]
    return int(np.prod(shape)) * (channels // groups) * int(np.prod(kernel_size))

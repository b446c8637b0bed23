"""Rows of cases.py for `sigkit.layers`."""

import numpy as np
from cases import DOUBLE, EVERY, REALS, Case, equal, index, samples
from reference_filters import wide
from reference_layers import growth, parts_of_norm, softmax

SMALLEST = np.finfo(np.float32).tiny
"""What a result that underflows may lose."""


# ------------------------------------------------------------------------------------------------------------ bounds


def magnitude(x):
    x = abs(wide(x))
    return np.where(np.isfinite(x), x, 0)


def sizes_of(case, positional, keywords):
    """Sums of the magnitudes of the products, the bias's included."""
    keywords = {name: magnitude(value) if name == "bias" else value for name, value in keywords.items()}
    return case.oracle(*case.with_arrays(positional, magnitude), **keywords)


def summed(case, positional, keywords):
    return growth(np.asarray(positional[1])[0].size) * case.eps(positional) * sizes_of(case, positional, keywords)


def summed_apart(case, positional, keywords):
    """Locally connected: channel by channel."""
    _, channels, *kernel = np.shape(positional[1])
    m = channels + int(np.prod(kernel[: len(kernel) // 2]))
    return 2 * (m + 4) * case.eps(positional) * sizes_of(case, positional, keywords)


def product(case, positional, keywords):
    return (np.shape(positional[1])[-1] + 4) * case.eps(positional) * sizes_of(case, positional, keywords)


def gradients(case, positional, keywords):
    """Of the input: a sum over filters (and the kernel); of the weight over places; of the bias in float64."""
    eps, (g, _, w) = case.eps(positional), map(np.asarray, positional)
    of_x, of_w, of_b = sizes_of(case, positional, keywords)
    filters, rest = w.shape[0] // keywords.get("groups", 1), w.shape[2:]
    m = g.size // max(w.shape[0], 1)
    of_sums = growth(filters * int(np.prod(rest))) if rest else filters + 4
    return of_sums * eps * of_x, (m + 4) * eps * of_w, (eps + (m + 4) * np.finfo(float).eps) * of_b


def mean(case, positional, keywords):
    with np.errstate(invalid="ignore"):
        size = case.oracle(*case.with_arrays(positional, magnitude), **keywords)
    return (int(np.prod(positional[1])) ** 2 + 2) * case.eps(positional) * size


def normalised(case, positional, keywords):
    x, mean, var = (*positional, None, None)[:3]
    arguments = [keywords.get(name) for name in ("weight", "bias")]
    deviations, factor, shift, x = parts_of_norm(x, mean, var, *arguments, keywords.get("training", False), 1e-5, 1)
    wide_eps = np.finfo(float).eps * (x.size + 16)
    with np.errstate(invalid="ignore", over="ignore"):
        terms = abs(deviations * factor)
        size = (magnitude(x) + magnitude(x).max(initial=0)) * abs(factor) + terms + abs(shift)
        error = 2 * case.eps(positional) * (terms + abs(shift)) + wide_eps * size
    error = np.moveaxis(np.where(np.isfinite(error), error, 0), 0, 1)
    running = wide_eps * (1 + magnitude(x).max(initial=0)) ** 2
    return (error, running, running) if keywords.get("return_statistics") else error


def relative(count):
    """So many eps of the result."""

    def bound(case, positional, keywords):
        return count * case.eps(positional) * magnitude(case.oracle(*positional, **keywords)) + SMALLEST

    return bound


def of_softmax(case, positional, keywords):
    x, dim = wide(positional[0]), keywords.get("dim", -1)
    with np.errstate(invalid="ignore"):
        below = magnitude(x - x.max(axis=dim, keepdims=True)) if x.size else x
        result = magnitude(softmax(x, dim))
    count = x.shape[dim] + 8 + np.minimum(below, 2000)
    return count * case.eps(positional) * result + SMALLEST


# -------------------------------------------------------------------------------------------------------------- rows


def weights_of(rng, dtype, *shape):
    """In the input's precision; of integers and bool, float64."""
    return samples(rng, DOUBLE if np.dtype(dtype).kind in "biu" else dtype, *shape)


def side_of(n, channels):
    return max(int(np.sqrt(n / channels)), 1)


def images(channels, shape, bias=None, last=False, **keywords):
    """About n samples, and filters of this shape; the bias is one for each of so many filters."""

    def arguments(dtype, rng, n):
        side = side_of(n, channels)
        x = samples(rng, dtype, 1, *((side, side, channels) if last else (channels, side, side)))
        layout = {"layout": "NHWC"} if last else {}
        more = {} if bias is None else {"bias": weights_of(rng, dtype, shape[0])}
        return (x, weights_of(rng, dtype, *shape)), {**keywords, **layout, **more}

    return arguments


def signals(dtype, rng, n):
    return (samples(rng, dtype, 2, n // 2 + 1), weights_of(rng, dtype, 3, 2, 5)), {"padding": 2, "stride": 2}


def long_kernels(dtype, rng, n):
    """Through spectra where there is much of it."""
    return (samples(rng, dtype, 1, n), weights_of(rng, dtype, 2, 1, min(n, 300))), {"padding": "same"}


def mixed_images(dtype, rng, n):
    """Complex weights over whatever images."""
    side = side_of(n, 2)
    return (samples(rng, dtype, 2, side, side), samples(rng, np.complex64, 3, 2, 2, 3)), {"padding": ((1, 0), (0, 2))}


def places_of(side, k, stride):
    return (side + 2 - k) // stride + 1


def local_images(dtype, rng, n):
    side = side_of(n, 2)
    size = places_of(side, 3, 2)
    x, bias = samples(rng, dtype, 1, 2, side, side), weights_of(rng, dtype, 3, size, size)
    weight = weights_of(rng, dtype, 3, 2, 3, 3, size, size)
    return (x, weight), {"padding": 1, "stride": 2, "bias": bias}


def local_signals(dtype, rng, n):
    length = n // 2 + 1
    x, weight = samples(rng, dtype, 2, length), weights_of(rng, dtype, 2, 2, 3, length)
    return (x, weight), {"padding": "same", "padding_mode": "replicate"}


def examples(dtype, rng, n):
    return (samples(rng, dtype, n // 4 + 1, 4), weights_of(rng, dtype, 3, 4)), {"bias": weights_of(rng, dtype, 3)}


def examples_back(dtype, rng, n):
    (x, weight), _ = examples(dtype, rng, n)
    return (weights_of(rng, dtype, len(x), 3), x, weight), {}


def images_back(channels, shape, stride=1, **keywords):
    def arguments(dtype, rng, n):
        side = side_of(min(n, 120), channels)
        x = samples(rng, dtype, 2, channels, side, side)
        size = places_of(side, shape[-1], stride)
        g = weights_of(rng, dtype, 2, shape[0], size, size)
        return (g, x, weights_of(rng, dtype, *shape)), {"padding": 1, "stride": stride, **keywords}

    return arguments


def maps(*arguments, last=False, **keywords):
    def of(dtype, rng, n):
        side = side_of(n, 2)
        x = samples(rng, dtype, 1, *((side, side, 2) if last else (2, side, side)))
        return (x, *arguments), {**keywords, **({"layout": "NHWC"} if last else {})}

    return of


def lines(*arguments, **keywords):
    return lambda dtype, rng, n: ((samples(rng, dtype, 2, n), *arguments), keywords)


def table(*arguments, channels=3, **keywords):
    def of(dtype, rng, n):
        more = {"weight": rng.standard_normal(channels), "bias": rng.standard_normal(channels)}
        return (samples(rng, dtype, n // 3 + 2, channels, 2), *arguments), {**more, **keywords}

    return of


def plain(*arguments, **keywords):
    return lambda dtype, rng, n: (arguments, keywords)


ONE = {"arrays": (0,), "parallel": False}
NONE = {"arrays": (), "dtypes": (DOUBLE,), "result_dtype": index, "parallel": False}
CONV2D = ("layer-conv2d", "layer-conv2d-1x1", "layer-conv2d-depthwise")
MEANS, VARIANCES = np.array([0.5, -1.0, 2.0]), np.array([1.0, 4.0, 0.25])
# fmt: off
ROWS = [
    Case("layers.conv1d", signals, summed, EVERY),
    Case("layers.conv1d:long", long_kernels, summed, EVERY),
    Case("layers.conv2d", images(2, (7, 2, 3, 3), padding=1, bias=True), summed, EVERY, bench=CONV2D),
    Case("layers.conv2d:depthwise", images(4, (8, 1, 2, 3), padding="same", groups=4), summed, EVERY),
    Case("layers.conv2d:strided", images(2, (5, 2, 3, 3), stride=(2, 3), dilation=(1, 2), padding=((1, 2), 2),
         padding_mode="zeros"), summed, EVERY),
    Case("layers.conv2d:channels last", images(4, (6, 2, 3, 3), last=True, groups=2, padding=1, bias=True), summed,
         EVERY),
    Case("layers.conv2d:circular", images(3, (2, 3, 1, 1), padding=(0, 1), padding_mode="circular"), summed, EVERY),
    Case("layers.conv2d:1 x 1", images(5, (9, 5, 1, 1)), summed, EVERY),
    Case("layers.conv2d:complex weights", mixed_images, summed, EVERY),
    Case("layers.locally_connected1d", local_signals, summed_apart, EVERY),
    Case("layers.locally_connected2d", local_images, summed_apart, EVERY, bench=("layer-local",)),
    Case("layers.linear", examples, product, EVERY, parallel=False),
    Case("layers.linear_backward", examples_back, gradients, EVERY, arrays=(0, 1, 2), parallel=False),
    Case("layers.conv2d_backward", images_back(2, (3, 2, 3, 3), stride=2), gradients, EVERY, arrays=(0, 1, 2),
         parallel=False),
    Case("layers.conv2d_backward:replicate", images_back(2, (4, 1, 2, 2), groups=2, padding_mode="replicate"),
         gradients, EVERY, arrays=(0, 1, 2), parallel=False),
    Case("layers.max_pool1d", lines(1, 2), relative(1), REALS, **ONE),
    Case("layers.max_pool2d", maps(2, 2, 1), relative(1), REALS, **ONE),
    Case("layers.max_pool2d:ceil", maps((2, 3), (3, 2), 1, 1, True, last=True), relative(1), REALS, **ONE),
    Case("layers.avg_pool1d", lines(3, 2, 1), mean, REALS, **ONE),
    Case("layers.avg_pool2d", maps(2, 1, 1), mean, REALS, **ONE),
    Case("layers.avg_pool2d:ceil", maps(3, 2, 1, True, False), mean, REALS, **ONE),
    Case("layers.batch_norm", table(MEANS, VARIANCES), normalised, REALS, **ONE),
    Case("layers.batch_norm:training", table(MEANS, VARIANCES, training=True, return_statistics=True), normalised,
         REALS, **ONE),
    Case("layers.relu", lines(), relative(1), REALS, **ONE),
    Case("layers.sigmoid", lines(), relative(8), REALS, **ONE),
    Case("layers.tanh", lines(), relative(8), REALS, **ONE),
    Case("layers.elu", lines(1.5), relative(8), REALS, **ONE),
    Case("layers.silu", lines(), relative(10), REALS, **ONE),
    Case("layers.softmax", lines(dim=0), of_softmax, REALS, **ONE),
    Case("layers.dropout", lines(0.3), relative(1), EVERY, **ONE),
    Case("layers.conv_output_shape", plain((2, 3, 17, 20), (3, 5), (2, 3), ((1, 2), 0), (1, 2), 7), equal, **NONE),
    Case("layers.conv_parameters", plain(6, 4, (3, 5), 2), equal, **NONE),
    Case("layers.linear_parameters", plain(12, 5), equal, **NONE),
    Case("layers.receptive_field", plain([(3, 2, 1), (5, 1, 2, 2), (2, 3)]), equal, **NONE),
    Case("layers.conv_multiply_adds", plain((2, 6, 17, 20), 4, (3, 5), 2, 1, 1, 2), equal, **NONE),
]
# fmt: on

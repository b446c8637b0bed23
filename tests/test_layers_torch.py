"""`sigkit.layers` beside torch 2.13: layers to the bound over a grid of their arguments, gradients beside autograd's,
the arithmetic over random configurations."""

import itertools

import numpy as np
import pytest
from compare import assert_within
from reference_layers import growth

from sigkit import layers

torch = pytest.importorskip("torch", reason="torch is not installed: `pip install torch` brings it")
functional = torch.nn.functional

DTYPES = ("float32", "float64", "complex64", "complex128")


def draw(rng, dtype, *shape):
    x = rng.standard_normal(shape)
    return (x + 1j * rng.standard_normal(shape) if np.dtype(dtype).kind == "c" else x).astype(dtype)


def exactly(a):
    """A tensor in double precision."""
    a = torch.from_numpy(np.ascontiguousarray(a))
    return a.to(torch.complex128 if a.is_complex() else torch.float64)


def magnitudes(a):
    return torch.from_numpy(np.ascontiguousarray(abs(a))).double()


def padded(x, pairs, mode):
    if mode == "zeros":
        return functional.pad(x, [*pairs[1], *pairs[0]])
    if x.is_complex():
        return torch.complex(padded(x.real, pairs, mode), padded(x.imag, pairs, mode))
    return functional.pad(x, [*pairs[1], *pairs[0]], mode=mode)


def configurations(rng, count):
    """Strides, paddings, dilations and groups that fit, each with another layout, dtype and mode."""
    modes = itertools.cycle(("zeros", "reflect", "replicate", "circular"))
    for number, (dtype, last, groups) in enumerate(itertools.product(DTYPES, (False, True), (1, 2, 3))):
        for _ in range(count):
            kernel, stride, dilation = (tuple(map(int, rng.integers(1, 4, 2))) for _ in range(3))
            pairs = [tuple(map(int, rng.integers(0, 4, 2))) for _ in range(2)]
            sizes = [int(rng.integers(d * (k - 1) + 4, 20)) for k, d in zip(kernel, dilation, strict=True)]
            yield number, dtype, last, groups, kernel, stride, dilation, pairs, sizes, next(modes)


def test_convolution_and_its_gradients(rng):
    """Forward and backward, tied bias and untied, each to its bound."""
    for number, dtype, last, groups, kernel, stride, dilation, pairs, sizes, mode in configurations(rng, 5):
        channels, filters = (int(n) for n in rng.integers(1, 9, 2))
        x = draw(rng, dtype, 2, groups * channels, *sizes)
        w = draw(rng, dtype, groups * filters, channels, *kernel)
        lengths = layers.conv_output_shape(tuple(sizes), kernel, stride, pairs, dilation)
        b = draw(rng, dtype, len(w), *(lengths if number % 2 else ()))
        there = [exactly(a).requires_grad_() for a in (x, w, b)]

        def compute(x, w, b, stride=stride, pairs=pairs, dilation=dilation, groups=groups, mode=mode):
            y = functional.conv2d(padded(x, pairs, mode), w, None, stride, 0, dilation, groups)
            return y + (b if b.ndim > 1 else b[:, None, None])

        y = compute(*there)
        g = draw(rng, dtype, *y.shape)
        y.backward(exactly(g))
        layout, turn = ("NHWC", lambda a: np.moveaxis(a, -3, -1)) if last else ("NCHW", lambda a: a)
        arguments = turn(x), w, turn(b) if b.ndim > 1 else b, stride, pairs, dilation, groups
        got = layers.conv2d(*arguments, layout=layout, padding_mode=mode)
        back = layers.conv2d_backward(turn(g), *arguments, layout=layout, padding_mode=mode)
        sized = [magnitudes(a).requires_grad_() for a in (x, w, b)]
        size = compute(*sized)
        size.backward(magnitudes(g))
        eps = np.finfo(dtype).eps
        message = f"{dtype} {layout} {kernel=} {stride=} {pairs=} {dilation=} {groups=} {mode}"
        terms, places = w[0].size, g[:, 0].size
        assert got.dtype == dtype
        assert_within(got, turn(y.detach().numpy()), growth(terms) * eps * turn(size.detach().numpy()), message)
        counts = growth(filters * kernel[0] * kernel[1]) + 2 * sum(map(sum, pairs)), places + 4, places + 4
        for result, tensor, bound, count in zip(back, there, sized, counts, strict=True):
            turned = turn if result.ndim > 2 and result is not back.weight else lambda a: a
            assert_within(result, turned(tensor.grad.numpy()), count * eps * turned(bound.grad.numpy()), message)


def test_signals_and_words_of_padding(rng):
    x, w = draw(rng, "float32", 3, 4, 50), draw(rng, "float32", 6, 2, 5)
    for padding, stride, dilation in (("same", 1, 3), ("valid", 2, 1), (4, 3, 2)):
        got = layers.conv1d(x, w, None, stride, padding, dilation, 2)
        theirs = functional.conv1d(exactly(x), exactly(w), None, stride, padding, dilation, 2).numpy()
        size = functional.conv1d(magnitudes(x), magnitudes(w), None, stride, padding, dilation, 2).numpy()
        bound = growth(10) * np.finfo(np.float32).eps * size
        assert_within(got, theirs, bound)
        assert_within(layers.conv1d(x.swapaxes(1, 2), w, None, stride, padding, dilation, 2, layout="NLC"),
                      theirs.swapaxes(1, 2), bound.swapaxes(1, 2))  # fmt: skip
    for n, stride in ((7, 2), (8, 2), (9, 3), (5, 4)):
        total = max((-(-n // stride) - 1) * stride + 3 - n, 0)
        image, weight = draw(rng, "float64", 1, 2, n, n), draw(rng, "float64", 2, 2, 3, 3)
        got = layers.conv2d(image, weight, stride=stride, padding="same_tensorflow")
        pair = (total // 2, total - total // 2)
        theirs = functional.conv2d(padded(exactly(image), [pair, pair], "zeros"), exactly(weight), None, stride)
        assert got.shape[2:] == (-(-n // stride),) * 2
        assert_within(got, theirs.numpy(), 1e-13)


def test_many_channels_and_large_kernels(rng):
    """More filters, channels and products than one tile, or one run of an accumulator, holds; and a kernel through
    spectra, whose bound is that of an FFT."""
    for shape, weights, keywords in (((2, 70, 13, 9), (85, 70, 3, 3), {"padding": 1}),
                                     ((1, 300, 6, 5), (7, 300, 1, 1), {}), ((1, 2, 40, 700), (1, 2, 17, 140), {}),
                                     ((1, 40, 7, 7), (80, 1, 7, 7), {"groups": 40, "padding": 3})):  # fmt: skip
        x, w = draw(rng, "float32", *shape), draw(rng, "float32", *weights)
        theirs = functional.conv2d(exactly(x), exactly(w), **keywords).numpy()
        size = functional.conv2d(magnitudes(x), magnitudes(w), **keywords).numpy()
        bound = growth(w[0].size) * np.finfo(np.float32).eps * size
        assert_within(layers.conv2d(x, w, **keywords), theirs, bound, str(weights))
        last = np.moveaxis(layers.conv2d(np.moveaxis(x, 1, -1), w, **keywords, layout="NHWC"), -1, 1)
        assert_within(last, theirs, bound, str(weights))


@pytest.mark.parametrize("dtype", DTYPES)
def test_locally_connected_equals_unfold_and_einsum(dtype, rng):
    grid = (
        ((3, 2, 11, 14), (3, 2), 1, 0, 1), ((19, 3, 9, 9), (2, 3), 2, 2, 1), ((1, 1, 6, 40), (3, 3), (1, 3), (0, 2), 2),
    )  # fmt: skip
    for shape, kernel, stride, padding, dilation in grid:
        lengths = layers.conv_output_shape(shape[2:], kernel, stride, padding, dilation)
        x, w = draw(rng, dtype, *shape), draw(rng, dtype, 4, shape[1], *kernel, *lengths)
        bias = draw(rng, dtype, 4, *lengths)

        def einsum(x, w, kernel=kernel, stride=stride, padding=padding, dilation=dilation):
            parts = (x.real, x.imag) if x.is_complex() else (x,)
            columns = [functional.unfold(part, kernel, dilation, padding, stride) for part in parts]
            columns = torch.complex(*columns) if x.is_complex() else columns[0]
            return torch.einsum("nkl,okl->nol", columns, w.reshape(4, columns.shape[1], -1)).numpy()

        got = layers.locally_connected2d(x, w, bias, stride, padding, dilation)
        expected = einsum(exactly(x), exactly(w)).reshape(got.shape) + bias.astype(np.result_type(dtype, np.float64))
        size = einsum(magnitudes(x), magnitudes(w)).reshape(got.shape) + abs(bias)
        assert_within(got, expected, 2 * (shape[1] + kernel[0] * kernel[1] + 4) * np.finfo(dtype).eps * size)


def test_linear_and_its_gradients(rng):
    for dtype in DTYPES:
        x, w, b = draw(rng, dtype, 5, 7, 6), draw(rng, dtype, 4, 6), draw(rng, dtype, 4)
        there = [exactly(a).requires_grad_() for a in (x, w, b)]
        y = functional.linear(*there)
        g = draw(rng, dtype, *y.shape)
        y.backward(exactly(g))
        bound = 40 * 40 * np.finfo(dtype).eps
        assert_within(layers.linear(x, w, b), y.detach().numpy(), bound)
        for got, tensor in zip(layers.linear_backward(g, x, w), there, strict=True):
            assert_within(got, tensor.grad.numpy(), bound)


def test_pooling(rng):
    x = draw(rng, "float32", 2, 3, 13, 10)
    x[0, 0, 4, 4] = np.nan
    tensor = torch.from_numpy(x)
    for kernel, stride, padding, ceil in itertools.product((2, (3, 4)), (None, (2, 3)), (0, 1), (False, True)):
        for dilation in (1, 2):
            theirs = functional.max_pool2d(tensor, kernel, stride, padding, dilation, ceil).numpy()
            got = layers.max_pool2d(x, kernel, stride, padding, dilation, ceil)
            assert np.array_equal(got, theirs, equal_nan=True)
        for include, divisor in ((True, None), (False, None), (True, 5)):
            theirs = functional.avg_pool2d(tensor, kernel, stride, padding, ceil, include, divisor).numpy()
            assert_within(layers.avg_pool2d(x, kernel, stride, padding, ceil, include, divisor), theirs, 1e-5)
    line = tensor[0, :, 0]
    assert np.array_equal(layers.max_pool1d(x[0, :, 0], 3, 2, 1), functional.max_pool1d(line, 3, 2, 1).numpy())
    assert_within(layers.avg_pool1d(x[0, :, 0], 3, 2, 1), functional.avg_pool1d(line, 3, 2, 1).numpy(), 1e-6)


def test_normalisation_and_activations(rng):
    x = draw(rng, "float64", 4, 3, 5, 6)
    mean, var, weight, bias = rng.random((4, 3)) + 0.5
    tensors = [torch.from_numpy(a.copy()) for a in (x, mean, var, weight, bias)]
    for training in (False, True):
        theirs = functional.batch_norm(*tensors, training=training, momentum=0.3).numpy()
        got = layers.batch_norm(x, mean, var, weight, bias, training, 0.3, return_statistics=True)
        assert_within(got.output, theirs, 1e-13)
        assert_within(got.running_mean, tensors[1].numpy(), 1e-14)
        assert_within(got.running_var, tensors[2].numpy(), 1e-13)
    large = np.concatenate([x.ravel() * 10, [1e3, -1e3, 0.0, -0.0, 1e-300, np.inf, np.nan]])
    for name, theirs in (("relu", functional.relu), ("sigmoid", torch.sigmoid), ("tanh", torch.tanh),
                         ("elu", functional.elu), ("silu", functional.silu)):  # fmt: skip
        expected = theirs(torch.from_numpy(large)).numpy()
        assert_within(getattr(layers, name)(large), expected, 16 * np.finfo(float).eps * abs(expected) + 1e-300, name)
    for dim in (-1, 0, 2):
        expected = functional.softmax(torch.from_numpy(x * 300), dim).numpy()
        assert_within(layers.softmax(x * 300, dim), expected, 1e-12 * expected + 1e-300)


def test_the_arithmetic_of_a_thousand_layers(rng):
    """Shapes, parameters, multiply-adds and receptive fields, on tensors without memory."""
    flop_counter = pytest.importorskip("torch.utils.flop_counter")
    done = 0
    while done < 1000:
        groups, channels, filters = (int(n) for n in rng.integers(1, 5, 3))
        kernel, stride, dilation = (tuple(map(int, rng.integers(1, 5, 2))) for _ in range(3))
        padding = tuple(map(int, rng.integers(0, 4, 2)))
        shape = (int(rng.integers(1, 4)), groups * channels, *map(int, rng.integers(13, 60, 2)))
        bias = bool(rng.random() < 0.5)
        x = torch.empty(shape, device="meta")
        layer = torch.nn.Conv2d(groups * channels, groups * filters, kernel, stride, padding, dilation, groups, bias,
                                device="meta")  # fmt: skip
        with flop_counter.FlopCounterMode(display=False) if done % 10 == 0 else torch.no_grad() as counter:
            y = layer(x)
        where = (kernel, stride, padding, dilation)
        assert layers.conv_output_shape(shape, *where, groups * filters) == tuple(y.shape)
        numbers = sum(p.numel() for p in layer.parameters())
        assert layers.conv_parameters(groups * channels, groups * filters, kernel, groups, bias) == numbers
        if done % 10 == 0:
            count = layers.conv_multiply_adds(shape, groups * filters, *where, groups)
            assert 2 * count == counter.get_total_flops()
            dense = torch.nn.Linear(shape[2], filters, bias, device="meta")
            count = layers.linear_parameters(shape[2], filters, bias)
            assert count == sum(p.numel() for p in dense.parameters())
        if min(y.shape[2:]) >= 3:
            more = torch.nn.Conv2d(groups * filters, 1, 3, 2, 1, device="meta")(y)
            field = layers.receptive_field([where, (3, 2, 1)])
            assert layers.conv_output_shape(shape, *field, out_channels=1) == tuple(more.shape)
        done += 1

"""`sigkit.layers` by itself: what it refuses and how, what reaches which output, and that no torch is needed."""

import itertools
import re

import numpy as np
import pytest
import reference_layers
from cases import samples
from compare import assert_same_bits, assert_within
from processes import run_python
from reference_layers import growth

import sigkit
from sigkit import _core, layers

X, W = np.ones((2, 4, 6, 7)), np.ones((3, 4, 3, 3))


def test_without_torch():
    """Every name of the module computes in a process that cannot import torch; nor is SciPy needed."""
    code = """
import sys
sys.modules["torch"] = None
import numpy as np
from sigkit import layers
x, w = np.ones((2, 4, 6, 6), np.float32), np.ones((3, 4, 3, 3), np.float32)
y = layers.conv2d(x, w, padding=1)
assert y.shape == (2, 3, 6, 6) and y[0, 0, 2, 2] == 36 and y.dtype == np.float32
assert layers.conv2d_backward(y, x, w, padding=1).weight.shape == w.shape
assert layers.locally_connected2d(x, np.ones((1, 4, 3, 3, 4, 4)))[0, 0, 0, 0] == 36
assert layers.conv1d(x[:, :, 0], w[:, :, 0], padding="same").shape == (2, 3, 6)
assert layers.linear(x[0, 0], w[0, :, :, 0].repeat(2, axis=1)).shape == (6, 4)
norm = layers.batch_norm(layers.relu(y), training=True)
assert layers.softmax(layers.max_pool2d(norm, 2).reshape(2, -1)).shape == (2, 27)
assert layers.conv_output_shape((4, 6, 6), 3, out_channels=3) == (3, 4, 4)
try:
    import torch
except ImportError:
    print("no torch")
assert not [name for name in sys.modules if name.startswith("torch.")]
"""
    assert run_python(code) == "no torch"


# ------------------------------------------------------------------------------------------------------------ refusals


REFUSED = [
    (lambda: layers.conv2d(X, np.ones((3, 5, 3, 3))), "input: expected 5 channels", "got 4"),
    (lambda: layers.conv2d(X, W, groups=3), "groups=3: expected a divisor of input's 4 channels", ""),
    (lambda: layers.conv2d(X, np.ones((3, 2, 3, 3)), groups=2), "groups=2: expected a divisor of weight's 3", ""),
    (lambda: layers.conv2d(X, np.ones((4, 4, 3, 3)), groups=2), "input: expected 8 channels (2 groups", "got 4"),
    (lambda: layers.conv2d(X, np.ones((3, 4, 7, 3))), "kernel of 7 on input of 6", "(6, 7)"),
    (lambda: layers.conv2d(X, W, dilation=(1, 4)), "kernel of 3 (dilation 4: 9 samples) on input of 7", ""),
    (lambda: layers.conv2d(X, W, stride=0), "stride=0: expected at least 1", ""),
    (lambda: layers.conv2d(X, W, dilation=(1, 0)), "dilation=0: expected at least 1", ""),
    (lambda: layers.conv2d(X, W, padding=-1), "padding=-1: expected at least 0", ""),
    (lambda: layers.conv2d(X, W, padding="same", stride=2), "padding='same': expected stride 1", "same_tensorflow"),
    (lambda: layers.conv2d(X, W, padding="full"), "padding='full': expected one of 'valid', 'same'", ""),
    (lambda: layers.conv2d(X, W, padding=(1, 2, 3)), "padding=(1, 2, 3): expected an integer, 2 of them", "got 3"),
    (lambda: layers.conv2d(X, W, stride=(1, 2, 3)), "stride=(1, 2, 3): expected an integer or 2", "got 3"),
    (lambda: layers.conv2d(X, W, padding=6, padding_mode="reflect"), "padding=(6, 6): expected at most 5", "reflect"),
    (lambda: layers.conv2d(X, W, padding=7, padding_mode="circular"), "padding=(7, 7): expected at most 6", "circular"),
    (lambda: layers.conv2d(X, W, padding_mode="symmetric"), "padding_mode='symmetric': expected one of 'zeros'", ""),
    (lambda: layers.conv2d(X, W, layout="NWHC"), "layout='NWHC': expected one of 'NCHW', 'NHWC'", ""),
    (lambda: layers.conv2d(X[0, 0], W), "input: expected 4 dimensions, NCHW, or 3 without the batch", "(6, 7)"),
    (lambda: layers.conv2d(X, W[0]), "weight: expected 4 dimensions, (O, C / groups, kh, kw)", "(4, 3, 3)"),
    (lambda: layers.conv2d(X, W[:0]), "weight: expected at least one filter", "(0, 4, 3, 3)"),
    (lambda: layers.conv2d(X, W, np.ones(4)), "bias: expected shape (3,), or untied (3, 4, 5)", "got (4,)"),
    (lambda: layers.conv1d(X, W[..., 0]), "input: expected 3 dimensions, NCL, or 2", "(2, 4, 6, 7)"),
    (lambda: layers.conv2d_backward(X, X, W), "grad_output: expected shape (2, 3, 4, 5)", "got (2, 4, 6, 7)"),
    (lambda: layers.locally_connected2d(X, np.ones((3, 4, 3, 3, 5, 5))), "weight: expected weights for (4, 5)", "5, 5"),
    (lambda: layers.locally_connected2d(X, W), "weight: expected (O, C, kh, kw, H_out, W_out)", "(3, 4, 3, 3)"),
    (lambda: layers.linear(X, W[0, :, :, 0]), "input: expected 3 features along the last axis", "(2, 4, 6, 7)"),
    (lambda: layers.linear(X, X), "weight: expected (out_features, in_features)", "(2, 4, 6, 7)"),
    (lambda: layers.linear_backward(np.ones((2, 2)), np.ones((2, 3)), np.ones((4, 3))), "grad_output", "(2, 4)"),
    (lambda: layers.max_pool2d(X, 8), "kernel of 8 on input of 6", ""),
    (lambda: layers.avg_pool2d(X, 3, padding=2), "padding=2: expected at most half of a window of 3", ""),
    (lambda: layers.avg_pool2d(X, 2, divisor_override=0), "divisor_override=0: expected at least 1", ""),
    (lambda: layers.batch_norm(X), "running_mean=None: expected 4 numbers unless training=True", ""),
    (lambda: layers.batch_norm(X[:1, :, :1, :1], training=True), "input: expected more than one value a channel", ""),
    (lambda: layers.batch_norm(X, [1.0], [1.0]), "running_mean: expected shape (4,)", "(1,)"),
    (lambda: layers.dropout(X, training=True), "training=True: expected False", ""),
    (lambda: layers.dropout(X, 1.5), "p=1.5: expected a finite number, at least 0 and at most 1", ""),
    (lambda: layers.softmax(X, 4), "dim=4: expected at most 3", ""),
    (lambda: layers.conv_output_shape((3, 5), 6), "kernel of 6 on input_shape of 3", ""),
    (lambda: layers.conv_output_shape((1, 2, 3, 4, 5), 2), "input_shape=(1, 2, 3, 4, 5)", "got 5"),
    (lambda: layers.conv_parameters(6, 4, 3, 4), "groups=4: expected a divisor of in_channels=6", ""),
    (lambda: layers.conv_parameters(6, 4, 3, bias=(5, 2)), "bias=(5, 2): expected a shape that begins with", "4"),
    (lambda: layers.receptive_field([{"kernel": 3}]), "layers: expected kernel_size", "kernel"),
    (lambda: layers.receptive_field([(3, (1, 2)), ((3, 3, 3),)]), "as many numbers in every tuple", "[2, 3]"),
    (lambda: layers.conv_multiply_adds((5, 5), 2, 3), "input_shape=(5, 5): expected channels before 2 axes", ""),
]


@pytest.mark.parametrize("call, begin, end", REFUSED, ids=[begin for _, begin, _ in REFUSED])
def test_what_is_wrong_is_named(call, begin, end):
    with pytest.raises(ValueError, match=re.escape(begin)) as info:
        call()
    assert end in str(info.value)


@pytest.mark.parametrize("name, value", [
    ("stride", 1.0), ("stride", True), ("stride", "2"), ("stride", None), ("padding", 0.5), ("padding", [[1, 2.0], 3]),
    ("padding", {1: 2}), ("dilation", "same"), ("groups", 2.0), ("groups", None), ("layout", 2), ("padding_mode", None),
    ("bias", "abc"), ("bias", [object()]), ("stride", np.ones((2, 2), int)), ("padding", b"same"),
])  # fmt: skip
def test_arguments_of_the_wrong_type(name, value):
    with pytest.raises(TypeError, match=name):
        layers.conv2d(X, W, **{name: value})


# ----------------------------------------------------------------------------------------------------- what is computed


def test_empty_batches():
    for layout, x in (("NCHW", X), ("NHWC", X.transpose(0, 2, 3, 1))):
        y = layers.conv2d(x[:0], W, np.ones(3), layout=layout)
        assert y.shape == ((0, 3, 4, 5) if layout == "NCHW" else (0, 4, 5, 3)) and y.dtype == float
        grads = layers.conv2d_backward(y, x[:0], W, layout=layout)
        assert grads.input.shape == x[:0].shape and not grads.weight.any() and not grads.bias.any()
    assert layers.locally_connected2d(X[:0], np.ones((2, 4, 3, 3, 4, 5))).shape == (0, 2, 4, 5)
    assert layers.linear(np.ones((0, 4)), np.ones((2, 4))).shape == (0, 2)
    assert layers.max_pool2d(X[:0], 2).shape == layers.avg_pool2d(X[:0], 2).shape == (0, 4, 3, 3)
    assert layers.batch_norm(X[:0], np.ones(4), np.ones(4)).shape == (0, 4, 6, 7)
    assert layers.conv2d(np.ones((1, 1, 0, 0)), np.ones((1, 1, 2, 2)), padding=1).tolist() == [[[[0.0]]]]


def test_a_sample_alone_is_a_batch_of_one(rng):
    x, w, b = rng.standard_normal((1, 4, 6, 7)), rng.standard_normal((3, 4, 3, 3)), rng.standard_normal((3, 4, 5))
    y = layers.conv2d(x, w, b)
    assert_same_bits(layers.conv2d(x[0], w, b), y[0].copy())
    assert_same_bits(layers.max_pool2d(x[0], 2), layers.max_pool2d(x, 2)[0].copy())
    for one, batch in zip(layers.conv2d_backward(y[0], x[0], w, b), layers.conv2d_backward(y, x, w, b), strict=True):
        assert_same_bits(one, batch.reshape(one.shape))


def test_layouts_and_batches_change_no_bit(rng):
    """Channels first or last, images alone or together, filters alone or together, any number of threads."""
    for dtype, groups in itertools.product((np.float32, np.complex64), (1, 4)):
        x, w, bias = (samples(rng, dtype, *shape) for shape in ((5, 8, 23, 30), (12, 8 // groups, 3, 3), (12,)))
        y = layers.conv2d(x, w, bias, padding=1, groups=groups)
        last = layers.conv2d(x.transpose(0, 2, 3, 1), w, bias, padding=1, groups=groups, layout="NHWC")
        assert_same_bits(last.transpose(0, 3, 1, 2).copy(), y)
        assert_same_bits(layers.conv2d(x[3], w, bias, padding=1, groups=groups), y[3].copy())
        if groups == 1:
            assert_same_bits(layers.conv2d(x, w[5:6], bias[5:6], padding=1), y[:, 5:6].copy())
        with sigkit.set_workers(1):
            assert_same_bits(layers.conv2d(x, w, bias, padding=1, groups=groups), y)


@pytest.mark.parametrize("kernel, sizes", [((3, 3), (9, 12)), ((1, 200), (1, 3000)), ((40, 50), (90, 300))])
def test_one_nan_stays_in_its_windows(kernel, sizes, rng):
    """Also where kernels are so large that sums go through spectra: the other images keep their bits."""
    x = rng.standard_normal((2, 2, *sizes)).astype(np.float32)
    w = rng.standard_normal((2, 2, *kernel)).astype(np.float32)
    clean = layers.conv2d(x, w)
    at = sizes[0] // 2, sizes[1] // 3
    x[(1, 0, *at)] = np.nan
    y = layers.conv2d(x, w)
    touched = np.zeros(clean.shape[2:], bool)
    touched[tuple(slice(max(a - k + 1, 0), a + 1) for a, k in zip(at, kernel, strict=True))] = True
    assert touched.any() and (~touched).any()
    assert_same_bits(y[0], clean[0])
    assert np.array_equal(np.isnan(y[1]), np.broadcast_to(touched, y[1].shape))
    size = growth(w[0].size) * np.finfo(np.float32).eps * np.linalg.norm(x[0]) * np.linalg.norm(w)
    assert_within(y[1][:, ~touched], clean[1][:, ~touched], size)
    bias = np.array([np.nan, np.inf], np.float32)
    assert np.isnan(layers.conv2d(x[:1], w, bias)[:, 0]).all() and np.isinf(layers.conv2d(x[:1], w, bias)[:, 1]).all()


def test_far_strides_and_dilations_need_little_memory(rng):
    """The samples between those that are read take no room: a window may span what no scratch could hold."""
    x = rng.standard_normal((1, 1, 4, 200_000)).astype(np.float32)
    w = rng.standard_normal((1, 1, 2, 3)).astype(np.float32)
    y = layers.conv2d(x, w, stride=(1, 19_999), dilation=(3, 77_777))
    expected = reference_layers.conv2d(x, w, stride=(1, 19_999), dilation=(3, 77_777))
    assert_within(y, expected, growth(6) * np.finfo(np.float32).eps * 6 * abs(x).max() * abs(w).max())
    far = layers.conv1d(np.ones((1, 1, 3)), np.ones((1, 1, 2)), padding=10**12, stride=10**12, dilation=1)
    assert far.tolist() == [[[0.0, 2.0, 0.0]]]


def test_same_bits_from_every_vector_width(rng):
    """Rows of all lengths around a vector and a tile of vectors, for every number of filters side by side."""
    for filters, width in itertools.product(range(1, 9), (1, 3, 4, 5, 15, 16, 17, 31, 33, 50)):
        x = rng.standard_normal((1, 2, 3, width)).astype(np.float32)
        w = rng.standard_normal((filters, 2, 2, 1)).astype(np.float32)
        bound = growth(4) * np.finfo(np.float32).eps * reference_layers.conv2d(abs(x), abs(w))
        assert_within(layers.conv2d(x, w), reference_layers.conv2d(x, w), bound, f"{filters} {width}")


def test_batch_norm_at_an_offset(rng):
    """A mean of a million deviations: torch's float32 scale and shift keep no digit of the result."""
    x = (1e6 + rng.standard_normal((50, 2, 4))).astype(np.float32)
    y = layers.batch_norm(x, training=True, eps=0)
    expected = reference_layers.batch_norm(x, training=True, eps=0)
    assert_within(y, expected, 4 * np.finfo(np.float32).eps * (1 + abs(expected)))


def test_activations_far_out():
    """Nothing overflows, nothing warns, small results keep their digits."""
    x = np.array([-1e308, -745.0, -1e-30, 0.0, 1e-30, 745.0, 1e308])
    assert layers.sigmoid(x)[[0, 3, 6]].tolist() == [0.0, 0.5, 1.0] and 0 < layers.sigmoid(x)[1] < 1e-320
    assert layers.elu(x)[2] == -1e-30 and layers.silu(np.array([-np.inf]))[0] == 0
    assert layers.softmax(x).tolist() == [0, 0, 0, 0, 0, 0, 1]
    assert layers.softmax([-np.inf, 0.0]).tolist() == [0.0, 1.0] and np.isnan(layers.softmax([np.inf, 0.0])).all()


def test_allocations_are_given_back():
    before = _core.allocations()
    layers.conv2d(X, W, padding=1)
    layers.locally_connected2d(X, np.ones((3, 4, 3, 3, 4, 5)))
    assert _core.allocations() == before


def test_alpha_that_the_precision_does_not_hold():
    with pytest.raises(ValueError, match="alpha=1e"):
        layers.elu(np.array([0, -0.5, 2], np.float32), 1e39)
    assert layers.elu(np.array([0.0, 2.0]), 1e39).tolist() == [0, 2]


@pytest.mark.parametrize(("dtype", "x"), [(np.float64, -714.8636), (np.float32, -91.8504), (np.float32, -20.0)])
def test_silu_keeps_the_digits_of_small_results(dtype, x):
    x = np.array([x], dtype)
    expected = x.astype(np.longdouble) / (1 + np.exp(-x.astype(np.longdouble)))
    assert_within(layers.silu(x), expected, 10 * np.finfo(dtype).eps * abs(expected))


@pytest.mark.parametrize("pool", [layers.max_pool2d, layers.avg_pool2d])
@pytest.mark.parametrize("padding", [0, 2])
def test_windows_as_large_as_the_map(pool, padding, rng):
    """Few large windows are taken one by one: like the same windows as part of a larger map."""
    x = rng.standard_normal((3, 2, 9, 11))
    one = pool(x, (9, 11), padding=padding)
    assert one.shape == (3, 2, 1, 1) if not padding else one.shape[2:] == (1, 1)
    part = x[:, :, : 9 - padding or None, : 11 - padding or None]
    whole = part.max((2, 3)) if pool is layers.max_pool2d else part.sum((2, 3)) / 99
    assert_within(one[:, :, 0, 0], whole, 1e-14)


@pytest.mark.parametrize("training", [False, True])
def test_many_channels_of_few_values(training, rng):
    x, mean, var = rng.standard_normal((4, 300_000)), np.zeros(300_000), np.ones(300_000)
    got = layers.batch_norm(x, mean, var, training=training, eps=0)
    expected = (x - x.mean(0)) / x.std(0) if training else x
    assert_within(got[:, ::999], expected[:, ::999], 1e-12 * (1 + abs(expected[:, ::999])))


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (layers.receptive_field, ([(3, ())],), "layers: expected at least one number for stride"),
        (layers.conv_parameters, (4, 4, [1, [2, 3]]), "kernel_size"),
        (layers.conv_output_shape, ((3, 9, 9), [1, [2]]), "kernel_size"),
        (layers.conv_parameters, (4, 4, 2, 1, [4, [1, 2]]), "bias"),
    ],
)
def test_ragged_sizes(function, arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        function(*arguments)

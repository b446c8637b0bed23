"""Numbers that the textbooks of the field work out by hand, one test each."""

import doctest
import pathlib

import numpy as np
import pytest
from compare import assert_within

import sigkit
from sigkit import filter_design, layers


@pytest.mark.parametrize("method", ["direct", "fft", "auto"])
def test_difference_twice(method):
    """(-1, 0, 1) * (-1, 0, 1) = (1, 0, -2, 0, 1): the second difference of double spacing, exact in integers."""
    difference = [-1, 0, 1]
    assert sigkit.convolve(difference, difference, method=method).tolist() == [1, 0, -2, 0, 1]


def test_smoothing_then_differentiating_is_one_kernel():
    """(1, 2, 1) * (1, 0, -1) = (1, 2, 0, -2, -1), and applying it once is applying the two in turn."""
    smooth, differentiate = np.array([1, 2, 1]), np.array([1, 0, -1])
    both = sigkit.convolve(smooth, differentiate)
    assert both.tolist() == [1, 2, 0, -2, -1]
    signal = np.array([3, 1, 4, 1, 5, 9, 2, 6, 5, 3])
    in_turn = sigkit.convolve(sigkit.convolve(signal, smooth), differentiate)
    assert np.array_equal(in_turn, sigkit.convolve(signal, both))


def test_sobel_is_the_product_of_smoothing_and_difference():
    """The 2-D kernel that smooths down the columns and differentiates along the rows."""
    kernel = sigkit.convolve2d([[1], [2], [1]], [[1, 0, -1]])
    assert kernel.tolist() == [[1, 0, -1], [2, 0, -2], [1, 0, -1]]


def test_three_taps_over_ten_samples():
    """8 positions at which all three taps meet a sample, 12 at which one does, 10 centred on a sample."""
    signal, taps = np.arange(10), np.array([1, 0, -1])
    assert sigkit.sliding_dot_product(signal, taps).tolist() == [-2] * 8
    assert sigkit.correlate(signal, taps, "valid").shape == (8,)
    assert sigkit.correlate(signal, taps, "full").shape == (12,)
    assert sigkit.correlate(signal, taps, "same").shape == (10,)


def test_the_kernel_is_flipped_and_never_the_output():
    """Convolution is correlation with the flipped kernel; an impulse gives the kernel back, as it is."""
    signal, kernel = np.array([0, 0, 1, 0, 0]), np.array([1, 2, 3])
    assert sigkit.convolve(signal, kernel, "same").tolist() == [0, 1, 2, 3, 0]
    assert sigkit.correlate(signal, kernel, "same").tolist() == [0, 3, 2, 1, 0]
    signal = np.array([3, 1, 4, 1, 5])
    flipped_kernel = sigkit.correlate(signal, kernel[::-1])
    flipped_output = sigkit.correlate(signal, kernel)[::-1]
    assert np.array_equal(sigkit.convolve(signal, kernel), flipped_kernel)
    assert not np.array_equal(sigkit.convolve(signal, kernel), flipped_output)


def test_symmetric_kernels_make_the_two_equal():
    signal, kernel = np.array([3, 1, 4, 1, 5]), np.array([1, 2, 1])
    assert np.array_equal(sigkit.convolve(signal, kernel), sigkit.correlate(signal, kernel))


def test_convolution_is_associative_and_correlation_is_not():
    """f * (g * I) = (f * g) * I; for correlation the same grouping gives other numbers."""
    f, g, signal = np.array([1, 2, 4]), np.array([1, -1]), np.array([2, 7, 1, 8])
    left = sigkit.convolve(f, sigkit.convolve(g, signal))
    assert np.array_equal(left, sigkit.convolve(sigkit.convolve(f, g), signal))
    once = sigkit.correlate(signal, sigkit.correlate(g, f))
    assert not np.array_equal(sigkit.correlate(sigkit.correlate(signal, g), f), once)


def test_the_coefficient_is_a_dot_product_over_norms():
    """x = (1, 2, 3), y = (1, 3, 2): zero-mean (-1, 0, 1) and (-1, 1, 0), product 1, norms sqrt(2) each: 1/2."""
    x, y = np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0])
    for r in (sigkit.pearsonr(x, y).statistic, sigkit.sliding_pearson(x, y)[0], sigkit.corrcoef(x, y)[0, 1]):
        assert_within(r, 0.5, 1e-12)
    centred = [z - z.mean() for z in (x, y)]
    product = sigkit.sliding_dot_product(*centred)[0]
    assert product / np.linalg.norm(centred[0]) / np.linalg.norm(centred[1]) == pytest.approx(0.5, abs=1e-15)


def test_correlation_finds_a_template():
    """The template (1, 2, 1) lies at 4, scaled by 3 and lifted by 10: the coefficient is 1 there and nowhere else."""
    signal = np.array([0.0, 5.0, 2.0, 2.0, 13.0, 16.0, 13.0, 1.0, 0.0, 4.0])
    r = sigkit.sliding_pearson(signal, [1.0, 2.0, 1.0])
    assert r.shape == (8,)
    matches = sigkit.find_matches(r, 0.99)
    assert matches.positions.tolist() == [4]
    assert_within(matches.coefficients, [1.0], 1e-12)


def test_a_loud_sample_beats_the_template_in_a_plain_correlation():
    """Why the coefficient is normalised: the raw sum is largest beside the loud sample, not at the template."""
    signal = np.array([0.0, 1.0, 2.0, 1.0, 0.0, 0.0, 9.0, 9.0, 9.0, 0.0])
    template = [1.0, 2.0, 1.0]
    assert np.argmax(sigkit.sliding_dot_product(signal, template)) == 6
    assert np.nanargmax(sigkit.sliding_pearson(signal, template)) == 1


def test_a_delay_is_the_lag_of_the_largest_correlation():
    """y is x, three samples later."""
    x = np.array([0, 1, 3, -2, 1, 0, 0, 0])
    y = np.roll(x, 3)
    lags = sigkit.correlation_lags(8, 8)
    assert lags[np.argmax(sigkit.correlate(y, x))] == 3
    r = sigkit.crosscorrelate(y, x, 4)
    assert np.argmax(r) - 4 == 3 and r.max() == 15


def test_the_autocorrelation_of_a_period_repeats_it():
    """A period of 4 samples: peaks at the lags 0, 4, 8, each 4 products of a sample pair fewer."""
    x = np.tile([1, 0, -1, 0], 4)
    assert sigkit.autocorrelate(x, 8).tolist() == [8, 0, -7, 0, 6, 0, -5, 0, 4]


def test_a_moving_average_is_a_convolution():
    signal = [2, 4, 6, 8, 10]
    assert sigkit.convolve(signal, [1, 1, 1], "valid").tolist() == [12, 18, 24]


def test_the_laplacian_of_five_points_and_of_nine():
    assert filter_design.laplace_kernel().tolist() == [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
    nine = np.array([[1, 4, 1], [4, -20, 4], [1, 4, 1]]) / 6
    assert filter_design.laplace_kernel(isotropic=True).tolist() == nine.tolist()


def test_the_fourth_order_second_derivative():
    """(-1, 16, -30, 16, -1) / 12."""
    kernel = filter_design.derivative_kernel(2, accuracy=4)
    assert kernel.tolist() == [-1 / 12, 4 / 3, -5 / 2, 4 / 3, -1 / 12]


def test_the_second_derivative_of_the_sinc():
    """-pi^2 / 3, 2, -1/2, 2/9, -1/8, 2/25: the middle of a finite kernel lies within the first weights left out."""
    kernel = filter_design.derivative_kernel(2, method="sinc", size=20_001)
    assert_within(kernel[10_001:10_006], [2, -1 / 2, 2 / 9, -1 / 8, 2 / 25], 2 * np.finfo(float).eps)
    assert abs(kernel[10_000] + np.pi**2 / 3) < 4 / 10_001**2


@pytest.mark.parametrize("size, moment", [(3, 2), (5, 0), (7, 2), (9, 0), (11, 2)])
def test_the_moment_of_a_truncated_sinc(size, moment):
    """sum(n^2 h) / 2, which should be 1, alternates between 2 and 0; the constraint makes it 1."""
    for correction, expected in (("center", moment), ("least-squares", 1)):
        kernel = filter_design.derivative_kernel(2, method="sinc", size=size, correction=correction)
        assert filter_design.moments(kernel, 2)[2] / 2 == pytest.approx(expected, abs=1e-13)
        assert kernel.sum() == pytest.approx(0, abs=1e-14)


def test_the_fourier_laplacian_of_an_impulse():
    """On 256 x 256: -6.57994 in the middle, 2.00010 beside it, 511 weights along the axes and zeros elsewhere."""
    kernel = filter_design.laplace_kernel((256, 256), method="fourier")
    assert kernel.shape == (256, 256) and np.count_nonzero(kernel) == 511
    assert np.count_nonzero(kernel[128]) == np.count_nonzero(kernel[:, 128]) == 256
    assert round(kernel[128, 128], 5) == -6.57994
    for neighbour in ((127, 128), (129, 128), (128, 127), (128, 129)):
        assert round(kernel[neighbour], 5) == 2.0001


def test_the_cubic_splines_second_derivative():
    """6 - 6 sqrt(3) = -4.3923, and -6 sqrt(3) z^n with z = sqrt(3) - 2: 2.7846, -0.7461, 0.1999."""
    kernel = filter_design.derivative_kernel(2, method="spline")
    assert kernel[28:32].round(4).tolist() == [-4.3923, 2.7846, -0.7461, 0.1999]


def test_sobels_gain():
    """8 for 3 x 3 and 128 for 5 x 5 on a ramp of slope 1; 1 on request."""
    for size, gain in ((3, 8), (5, 128)):
        assert filter_design.moments(filter_design.sobel_kernel(size), 1)[0, 1] == gain
        assert filter_design.moments(filter_design.sobel_kernel(size, gain="unit"), 1)[0, 1] == 1


# ------------------------------------------------------------------------------------------------------------- layers


def test_the_page_of_layers():
    """docs/layers.md: every example, as it stands there."""
    page = pathlib.Path(__file__).resolve().parent.parent / "docs" / "layers.md"
    outcome = doctest.testfile(str(page), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert not outcome.failed and outcome.attempted > 50


def of_zeros(shape, filters, kernel, stride=1, groups=1):
    """(weights of a convolution, shape of its output), from the layer; the arithmetic says the same."""
    weight = np.zeros((filters, shape[0] // groups, kernel, kernel), np.float32)
    y = layers.conv2d(np.zeros(shape, np.float32), weight, stride=stride, groups=groups)
    assert y.shape == layers.conv_output_shape(shape, kernel, stride, out_channels=filters)
    assert weight.size == layers.conv_parameters(shape[0], filters, kernel, groups, bias=False)
    products = y.size * weight[0].size
    assert products == layers.conv_multiply_adds(shape, filters, kernel, stride, groups=groups)
    return weight.size, y.shape


def test_weights_and_shapes_of_convolutions():
    assert of_zeros((6, 10, 5), 16, 3) == (864, (16, 8, 3))
    assert of_zeros((3, 227, 227), 96, 11, 4) == (96 * 363, (96, 55, 55))
    assert of_zeros((3, 224, 224), 96, 11, 4)[1] == (96, 54, 54)
    assert of_zeros((4, 11, 11), 1, 5, 2) == (100, (1, 4, 4))
    assert of_zeros((20, 16, 16), 1, 3)[0] == 180
    assert of_zeros((3, 32, 32), 6, 5)[1] == (6, 28, 28)
    assert of_zeros((6, 28, 28), 1, 5)[1] == (1, 24, 24)
    assert of_zeros((1, 24, 24), 16, 5)[1] == (16, 20, 20)
    assert of_zeros((8, 20, 20), 16, 7)[0] == 6272 and of_zeros((8, 20, 20), 16, 7, groups=8)[0] == 784
    assert of_zeros((6, 13, 13), 50, 5, 2) == (7500, (50, 5, 5))


def test_every_output_channel_sees_every_input_channel(rng):
    """A change in any one of 6 channels changes all 16 outputs, by what that channel alone would give."""
    x, weight = rng.standard_normal((6, 10, 5)), rng.standard_normal((16, 6, 3, 3))
    y = layers.conv2d(x, weight)
    for c in range(6):
        without = x.copy()
        without[c] = 0
        assert_within(y - layers.conv2d(without, weight), layers.conv2d(x[c : c + 1], weight[:, c : c + 1]), 1e-12)


def test_places_of_a_filter_of_two_on_three_inputs(rng):
    """Weights that are shared and unshared, biases that are tied and untied: what each place computes."""
    x, (a, b, c, d) = rng.standard_normal((1, 3)), rng.standard_normal(4)
    shared = layers.conv1d(x, np.array([[[a, b]]]), np.array([c]))
    assert_within(shared, [[a * x[0, 0] + b * x[0, 1] + c, a * x[0, 1] + b * x[0, 2] + c]], 1e-14)
    untied = layers.conv1d(x, np.array([[[a, b]]]), np.array([[c, d]]))
    assert_within(untied - shared, [[0, d - c]], 1e-14)
    weight = np.array([[[[a, c], [b, d]]]])
    apart = layers.locally_connected1d(x, weight)
    assert_within(apart, [[a * x[0, 0] + b * x[0, 1], c * x[0, 1] + d * x[0, 2]]], 1e-14)
    assert weight.size + apart.size == 2 * layers.conv_parameters(1, 1, (2,)) == 6


def test_a_batch_steps_once(rng):
    """The gradient of 100 examples is the sum of theirs, of a convolution too."""
    x, weight = rng.standard_normal((100, 2, 5, 5)), rng.standard_normal((3, 2, 3, 3))
    g = rng.standard_normal((100, 3, 3, 3))
    together = layers.conv2d_backward(g, x, weight)
    alone = [layers.conv2d_backward(g[i], x[i], weight) for i in range(100)]
    assert_within(together.weight, sum(one.weight for one in alone), 1e-11)
    assert_within(together.bias, sum(one.bias for one in alone), 1e-11)
    assert_within(together.input, np.array([one.input for one in alone]), 1e-12)

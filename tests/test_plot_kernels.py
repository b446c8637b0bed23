"""`kernel_show`: what it draws of the weights and of the response, and what it refuses."""

import importlib
import sys

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sigkit import filter_design, plot

EPS = 2.0**-52


def shown(kernel, **options):
    """The two axes after a rendering."""
    figure = Figure()
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, 2)
    result = plot.kernel_show(kernel, axes=axes, **options)
    assert tuple(result) == tuple(axes)
    figure.canvas.draw()
    return result


def spectrum(kernel, count):
    """The response by NumPy's transform at count - 1 frequencies from -1/2 on: the kernel's middle put at index 0."""
    n = count - 1
    around = np.zeros((n,) * kernel.ndim, complex)
    np.add.at(around, np.ix_(*[(np.arange(size) - size // 2) % n for size in kernel.shape]), kernel)
    # correlation: exp(+2 pi i f n) in place of the transform's exp(-2 pi i f n)
    return np.fft.fftshift(np.fft.ifftn(around)) * n**kernel.ndim


def bound(kernel):
    """Of both ways: that of frequency_response along each axis, and of a transform of sums of abs(kernel)."""
    return 2 * sum(size + 8 * size + 64 for size in kernel.shape) * EPS * abs(kernel).sum()


def stems(axes):
    return [(c.markerline.get_xdata(), c.markerline.get_ydata()) for c in axes.containers]


# ------------------------------------------------------------------------------------------------------- one axis


@pytest.mark.parametrize("kernel, part", [
    (filter_design.derivative_kernel(2), "real"),
    (filter_design.derivative_kernel(1, accuracy=6), "imag"),
    (filter_design.derivative_kernel(3, method="sinc", size=41).astype(np.float32), "imag"),
    (filter_design.gaussian_kernel1d(2.0).astype(np.float32), "real"),
    (np.array([1.0, 2.0]), "abs"),
    (np.array([1, -3, 2]), "abs"),
], ids=["second", "first", "third, sinc", "Gaussian", "even size", "integers"])  # fmt: skip
def test_one_axis(kernel, part):
    weights, response = shown(kernel)
    ((offsets, drawn),) = stems(weights)
    assert np.array_equal(offsets, np.arange(kernel.size) - kernel.size // 2) and np.array_equal(drawn, kernel)
    line = response.lines[0]
    exact = spectrum(kernel, 1025)[512:]
    exact = abs(exact) if part == "abs" else getattr(exact, part)
    assert np.array_equal(line.get_xdata(), np.linspace(0, 0.5, 513))
    assert abs(line.get_ydata()[:512] - exact).max() <= bound(kernel)
    assert response.get_xlim() == (0, 0.5) and response.get_xlabel() == "frequency (cycles per sample)"
    names = {"real": "real part", "imag": "imaginary part", "abs": "magnitude"}
    assert response.get_title() == f"frequency response, {names[part]}"
    assert weights.get_title() == f"{kernel.size} weights"


def test_a_slope_of_the_response_is_the_derivative():
    """The response of a first derivative is 2 pi i f near 0, in the units of the axis."""
    _, response = shown(filter_design.derivative_kernel(1, accuracy=8))
    f, drawn = response.lines[0].get_data()
    low = f < 0.02
    # of order 8: the error is below w**9 / 630
    assert abs(drawn - 2 * np.pi * f)[low].max() <= (2 * np.pi * 0.02) ** 9 / 630 + 1e-14


def test_complex_weights_of_one_axis():
    kernel = filter_design.gabor_kernel(0.15)[5]
    weights, response = shown(kernel)
    (_, real), (_, imag) = stems(weights)
    assert np.array_equal(real, kernel.real) and np.array_equal(imag, kernel.imag)
    assert [text.get_text() for text in weights.get_legend().get_texts()] == ["real part", "imaginary part"]
    line = response.lines[0]
    assert response.get_xlim() == (-0.5, 0.5)
    assert abs(line.get_ydata()[:512] - spectrum(kernel, 513).real).max() <= bound(kernel)
    assert abs(line.get_xdata()[line.get_ydata().argmax()] + 0.15) < 1 / 512  # as a correlation: of the other sign


@pytest.mark.parametrize("part", ["real", "imag", "abs"])
def test_part_that_is_asked_for(part, rng):
    kernel = rng.standard_normal(7)
    _, response = shown(kernel, part=part, n_frequencies=65)
    exact = spectrum(kernel, 129)[64:]
    exact = abs(exact) if part == "abs" else getattr(exact, part)
    assert abs(response.lines[0].get_ydata()[:64] - exact).max() <= bound(kernel)


# ------------------------------------------------------------------------------------------------------ two axes


@pytest.mark.parametrize("kernel, part", [
    (filter_design.laplace_kernel(method="gaussian", sigma=0.8), "real"),
    (filter_design.sobel_kernel(), "imag"),
    (np.arange(12.0).reshape(3, 4), "abs"),
    (np.array([[1, 0], [0, -1]], np.int8), "abs"),
    (filter_design.gabor_kernel(0.15, theta=0.5), "real"),
    (np.zeros((3, 5)), "real"),
    (np.array([[2.0]]), "real"),
], ids=["LoG", "Sobel", "even size", "Roberts", "Gabor", "zeros", "one"])  # fmt: skip
def test_two_axes(kernel, part):
    weights, response = shown(kernel)
    (image,), (spectra,) = weights.images, response.images
    assert np.array_equal(image.get_array(), kernel.real)
    most = abs(kernel.real).max() or 1
    assert image.get_clim() == (-most, most) and image.get_cmap().name == "RdBu_r"
    # Weight (i, j) lies about its offset from the middle, the first axis downwards.
    left, right, bottom, top = image.get_extent()
    rows, columns = kernel.shape
    assert (left, top) == (-(columns // 2) - 0.5, -(rows // 2) - 0.5)
    assert (right - left, bottom - top) == (columns, rows)
    exact = spectrum(kernel, 129)
    exact = abs(exact) if part == "abs" else getattr(exact, part)
    drawn = np.asarray(spectra.get_array())
    assert abs(drawn[:128, :128] - exact).max() <= bound(kernel)
    low, high = spectra.get_clim()
    assert high == (abs(drawn).max() or 1) and low == (0 if part == "abs" else -high)
    assert spectra.get_cmap().name == ("magma" if part == "abs" else "RdBu_r")
    half = 0.5 / 128
    np.testing.assert_allclose(spectra.get_extent(), [-0.5 - half, 0.5 + half, 0.5 + half, -0.5 - half], rtol=1e-12)
    assert weights.get_title() == f"{rows} x {columns} weights" + ", real part" * np.iscomplexobj(kernel)
    assert image.colorbar and spectra.colorbar


def test_values_in_their_squares(rng):
    kernel = rng.standard_normal((5, 9))
    weights, _ = shown(kernel)
    assert [text.get_text() for text in weights.texts] == [f"{w:.3g}" for w in kernel.ravel()]
    assert [text.get_position() for text in weights.texts] == [(x, y) for y in range(-2, 3) for x in range(-4, 5)]
    dark = {text.get_color() for text, w in zip(weights.texts, kernel.ravel(), strict=True) if abs(w) < 0.1}
    assert dark <= {plot.TRACE}
    assert weights.texts[abs(kernel).argmax()].get_color() == "white"
    assert not shown(kernel, values=False)[0].texts
    large = rng.standard_normal((3, 10))
    assert not shown(large)[0].texts and len(shown(large, values=True)[0].texts) == 30


def test_colours_and_frequencies_that_are_asked_for(rng):
    weights, response = shown(rng.standard_normal((3, 3)), part="real", n_frequencies=17, cmap="PuOr")
    assert weights.images[0].get_cmap().name == response.images[0].get_cmap().name == "PuOr"
    assert response.images[0].get_array().shape == (17, 17)


def test_odd_kernels(rng):
    """Lists, other dtypes, long ones and weights at the ends of the range are drawn without a warning."""
    shown([1, 0, -1])
    shown([[True, False], [False, True]])
    for dtype in ("f2", ">f4", "u8", "c8"):
        shown(np.arange(9).astype(dtype))
        shown(np.arange(9).reshape(3, 3).astype(dtype))
    shown(filter_design.derivative_kernel(2, method="sinc", size=2001))
    shown(filter_design.laplace_kernel(64, method="fourier"))
    for size in (1e300, 1e-310):
        shown(np.full(3, size))
        shown(np.full((3, 3), -size))


def test_the_argument_is_not_changed(rng):
    kernel = rng.standard_normal((5, 5))
    kept = kernel.copy()
    shown(kernel)
    assert np.array_equal(kernel, kept)


def test_own_axes_and_no_state():
    pyplot = importlib.import_module("matplotlib.pyplot")
    pyplot.switch_backend("Agg")
    before = dict(sys.modules["matplotlib"].rcParams)
    weights, response = plot.kernel_show(filter_design.laplace_kernel())
    assert weights.figure is response.figure and weights.figure.number in pyplot.get_fignums()
    pyplot.close(weights.figure)
    assert dict(sys.modules["matplotlib"].rcParams) == before


# ---------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("change, error, says", [
    ({"kernel": np.ones((2, 2, 2))}, ValueError, r"`kernel` must be 1-D or 2-D and hold something, got .*\(2, 2, 2\)"),
    ({"kernel": 3.0}, ValueError, r"1-D or 2-D and hold something, got shape \(\)"),
    ({"kernel": []}, ValueError, r"hold something, got shape \(0,\)"),
    ({"kernel": np.empty((3, 0))}, ValueError, r"hold something, got shape \(3, 0\)"),
    ({"kernel": [1, np.nan]}, ValueError, "`kernel` must hold finite weights"),
    ({"kernel": [[1, np.inf]]}, ValueError, "`kernel` must hold finite weights"),
    ({"kernel": [1, complex(0, np.inf)]}, ValueError, "`kernel` must hold finite weights"),
    ({"kernel": [1e301]}, ValueError, r"of at most 1e\+300"),
    ({"kernel": "sobel"}, TypeError, "kernel: dtype"),
    ({"kernel": np.ma.ones(3)}, TypeError, "kernel: a MaskedArray"),
    ({"part": "phase"}, ValueError, "part='phase': expected one of 'auto', 'real', 'imag', 'abs'"),
    ({"part": 3}, TypeError, "part: expected one of"),
    ({"n_frequencies": 1}, ValueError, "n_frequencies=1: expected at least 2"),
    ({"n_frequencies": 6.5}, TypeError, "n_frequencies: expected an integer"),
    ({"values": 1}, TypeError, "values: expected True or False, got 1"),
    ({"cmap": "no such colours"}, ValueError, "no such colours"),
    ({"axes": 3}, TypeError, "axes: expected two matplotlib.axes.Axes, got 3"),
    ({"axes": Figure().subplots()}, TypeError, "axes: expected two matplotlib.axes.Axes"),
    ({"axes": (Figure().subplots(), 3)}, TypeError, "axes: expected two matplotlib.axes.Axes, got int"),
    ({"axes": Figure().subplots(3)}, TypeError, "axes: expected two matplotlib.axes.Axes"),
])  # fmt: skip
def test_refused(change, error, says):
    with pytest.raises(error, match=says):
        plot.kernel_show(**{"kernel": np.eye(3), "axes": Figure().subplots(2), **change})


def test_without_matplotlib(monkeypatch):
    for module, axes in (("matplotlib.pyplot", None), ("matplotlib.axes", Figure().subplots(2))):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(ImportError, match=r'pip install "sigkit-dsp\[plot\]"'):
            plot.kernel_show([1, 2, 1], axes=axes)

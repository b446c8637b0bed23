"""`specshow`: where things stand on its axes, pictures of long spectrograms, and what it refuses."""

import importlib
import sys

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import sigkit
from sigkit import _specshow, plot

FS, HOP = 8000, 100


def shown(values, **options):
    """(axes, what was drawn on them) after a rendering."""
    figure = Figure()
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    assert plot.specshow(values, **{"fs": FS, "hop_length": HOP, "axes": axes, **options}) is axes
    figure.canvas.draw()
    (drawn,) = axes.images or axes.collections
    return axes, drawn


def decibels(rng, bins=65, frames=40):
    return rng.normal(-40, 10, (bins, frames))


# ------------------------------------------------------------------------------------------------------ axes


def test_linear_axis(rng):
    values = decibels(rng)
    axes, image = shown(values)
    assert np.array_equal(image.get_array(), values) and image.origin == "lower"
    # Bin k lies about k fs / n_fft, frame f about f hop / fs: half a step more at each end.
    np.testing.assert_allclose(image.get_extent(), [-0.00625, 39.5 * 0.0125, -31.25, 64.5 * 62.5], rtol=1e-12)
    np.testing.assert_allclose((*axes.get_xlim(), *axes.get_ylim()), image.get_extent(), rtol=1e-12)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time (s)", "frequency (Hz)")
    assert "2k" in [label.get_text() for label in axes.get_yticklabels()]
    assert image.get_clim() == (values.min(), values.max())


@pytest.mark.parametrize("n_fft, bins, extent", [
    (128, 65, (-31.25, 4031.25)), (129, 65, (-4000 / 129, 64.5 * 8000 / 129)), (1, 1, (-4000, 4000)),
    (2, 2, (-2000, 6000)),
])  # fmt: skip
def test_length_of_the_transform(rng, n_fft, bins, extent):
    _, image = shown(decibels(rng, bins), n_fft=n_fft)
    np.testing.assert_allclose(image.get_extent()[2:], extent, rtol=1e-12)
    for wrong in (n_fft + 2, max(n_fft - 2, 1) if n_fft > 2 else 5):
        with pytest.raises(ValueError, match=f"n_fft={wrong}: expected"):
            shown(decibels(rng, bins), n_fft=wrong)


@pytest.mark.parametrize("n_fft", [64, 65, 1])
def test_centred_axis(n_fft):
    """A tone above 0 Hz and one below, of a complex signal, stand where they sound."""
    if n_fft > 1:
        z = np.exp(2j * np.pi * 1000 / FS * np.arange(4000)) + 0.5 * np.exp(-2j * np.pi * 2000 / FS * np.arange(4000))
        power = np.abs(np.fft.fftshift(np.fft.fft(z[: n_fft * 61].reshape(-1, n_fft) * np.hanning(n_fft)), axes=1)) ** 2
    else:
        power = np.ones((5, 1))
    axes, image = shown(power.T, y_axis="centered")
    low, high = image.get_extent()[2:]
    centres = low + (np.arange(n_fft) + 0.5) * (high - low) / n_fft
    np.testing.assert_allclose(centres, (np.arange(n_fft) - n_fft // 2) * FS / n_fft, rtol=1e-12, atol=1e-9)
    if n_fft > 1:
        order = np.argsort(image.get_array().mean(axis=1))
        assert abs(centres[order[-1]] - 1000) <= FS / n_fft / 2
        assert abs(centres[power.mean(axis=0)[: n_fft // 2].argmax()] + 2000) <= FS / n_fft / 2


def htk(hz):
    return 2595 * np.log10(1 + np.asarray(hz) / 700)


@pytest.mark.parametrize("scale, fmin, fmax", [("htk", 0.0, None), ("kaldi", 20.0, 3800.0), ("slaney", 0.0, 4000.0)])
def test_mel_axis(rng, scale, fmin, fmax):
    bands = 20
    values = decibels(rng, bands)
    axes, mesh = shown(values, y_axis="mel", fmin=fmin, fmax=fmax, mel_scale=scale)
    assert np.array_equal(np.asarray(mesh.get_array()).reshape(values.shape), values)
    hz = mesh.get_coordinates()[:, 0, 1]
    to_mel, to_hz = axes.yaxis.get_transform()._forward, axes.yaxis.get_transform()._inverse
    steps = np.diff(to_mel(hz))
    np.testing.assert_allclose(steps, steps[0], rtol=1e-9)  # in mels as far from each other
    np.testing.assert_allclose(to_mel(to_hz(to_mel(hz))), to_mel(hz), rtol=1e-12)
    whole = to_mel([fmin, fmax or FS / 2])
    np.testing.assert_allclose(to_mel(hz[[0, -1]]), whole + steps[0] * np.array([0.5, -0.5]), rtol=1e-9)
    if scale != "slaney":
        np.testing.assert_allclose(to_mel(hz), htk(hz), rtol=1e-12)
    assert axes.get_ylim() == (hz[0], hz[-1])
    assert {500, 1000, 2000} <= {*axes.get_yticks()} and "1k" in [t.get_text() for t in axes.get_yticklabels()]
    # A line that the user adds is in Hz.
    line = axes.axhline(1000)
    assert list(line.get_ydata()) == [1000, 1000]


def test_mel_axis_below_speech(rng):
    """Of an ECG: no round number of hundreds is on the axis."""
    axes, _ = shown(decibels(rng, 8), y_axis="mel", fs=100)
    assert len([t for t in axes.get_yticks() if 0 <= t <= 50]) > 2


def test_the_rest(rng):
    values = decibels(rng, 13)
    axes, image = shown(values.T, y_axis="index", layout="tf", start=2.0, vmin=-50, vmax=-30, cmap="gray",
                        colorbar="dB")  # fmt: skip
    assert np.array_equal(image.get_array(), values)
    np.testing.assert_allclose(axes.get_xlim(), (2 - 0.00625, 2 + 39.5 * 0.0125), rtol=1e-12)
    assert axes.get_ylim() == (-0.5, 12.5) and axes.get_ylabel() == "index"
    assert image.get_clim() == (-50, -30) and image.get_cmap().name == "gray"
    assert image.colorbar.ax.get_ylabel() == "dB"


def test_dtypes(rng):
    for dtype in ("?", "i2", "u8", ">f4", "f2", "f8"):
        values = rng.integers(0, 2, (5, 7)).astype(dtype)
        assert np.array_equal(shown(values)[1].get_array(), values)
    assert np.array_equal(shown([[1, 2], [3, 4]])[1].get_array(), [[1, 2], [3, 4]])


def test_values_that_are_not_finite(rng):
    values = decibels(rng)
    values[3, 4], values[5, 6], values[7, 8] = np.nan, -np.inf, np.inf
    axes, image = shown(values)
    finite = values[np.isfinite(values)]
    assert image.get_clim() == (finite.min(), finite.max())
    assert np.array_equal(np.ma.getdata(image.get_array())[4:], values[4:], equal_nan=True)
    for nothing in (np.nan, np.inf, -np.inf):
        shown(np.full((5, 7), nothing))
        shown(np.full((5, 7), nothing), y_axis="mel")


def test_spectrograms_of_sigkit():
    """A tone at 1 kHz from second 1 to 2 is where the brightest part is, on either axis."""
    fs = 16_000
    seconds = np.arange(3 * fs) / fs
    tone = np.sin(2 * np.pi * 1000 * seconds) * ((seconds >= 1) & (seconds < 2)) + 1e-3
    axes, image = shown(sigkit.spectrogram(tone, n_fft=512, hop_length=160, db=True), fs=fs, hop_length=160)
    left, right, low, high = image.get_extent()
    row, column = np.unravel_index(np.argmax(image.get_array()), image.get_array().shape)
    rows, columns = image.get_array().shape
    assert 1 <= left + (column + 0.5) * (right - left) / columns <= 2
    assert abs(low + (row + 0.5) * (high - low) / rows - 1000) <= fs / 512 / 2
    axes, mesh = shown(sigkit.log_mel(tone, fs=fs), fs=fs, hop_length=160, y_axis="mel", layout="tf")
    row, column = np.unravel_index(np.argmax(np.asarray(mesh.get_array()).reshape(80, -1)), (80, 301))
    corners = mesh.get_coordinates()
    assert 1 <= corners[0, column, 0] <= 2 and corners[row, 0, 1] - 50 <= 1000 <= corners[row + 1, 0, 1] + 50


# ------------------------------------------------------------------------------------------------ pictures of hours


def pooled(values, width, height):
    bins, frames = values.shape
    return np.array([[values[i:i + height, j:j + width].max() for j in range(0, frames, width)]
                     for i in range(0, bins, height)])  # fmt: skip


@pytest.mark.parametrize("frames", [1, 15, 16, 17, 32, 33, 47, 64, 65, 1000, 1024, 1025])
@pytest.mark.parametrize("bins", [1, 7, 8, 9, 20])
def test_picture(rng, monkeypatch, frames, bins):
    """The largest of each group, however the frames arrive."""
    monkeypatch.setattr(_specshow, "COLUMNS", 16)
    monkeypatch.setattr(_specshow, "ROWS", 8)
    values = decibels(rng, bins, frames)
    values[rng.random(values.shape) < 0.01] = np.nan
    expected = None
    for step in (1, 5, 16, 100, frames):
        picture = _specshow.Picture(bins)
        for first in range(0, frames, step):
            picture.add(values.T[first:first + step])
        if expected is None:
            rows, columns = picture.image.shape
            assert picture.frames == frames and rows <= 8 and min(frames, 9) <= columns <= 16
            expected = pooled(values, picture.width, picture.height)
        assert np.array_equal(picture.image, expected, equal_nan=True)


def test_picture_of_what_has_two_signs(rng, monkeypatch):
    monkeypatch.setattr(_specshow, "COLUMNS", 16)
    values = rng.standard_normal((5, 100))
    values[2, 40] = np.nan
    picture = _specshow.Picture(5, signed=True)
    for block in np.array_split(values.T, 7):
        picture.add(block)
    groups = np.split(values, range(picture.width, 100, picture.width), axis=1)
    for column, group in zip(picture.image.T, groups, strict=True):
        for drawn, row in zip(column, group, strict=True):
            assert np.isnan(drawn) if np.isnan(row).any() else drawn == row[np.abs(row).argmax()]


def test_empty_blocks_of_a_picture(rng):
    picture = _specshow.Picture(5)
    for frames in (np.empty((0, 5)), decibels(rng, 5).T, np.empty((0, 5))):
        picture.add(frames)
    assert picture.image.shape == (5, 40)


@pytest.mark.parametrize("y_axis", ["linear", "mel"])
def test_an_hour_draws(rng, y_axis):
    """360,000 frames; the one loud frame among them is seen, at its time."""
    values = np.zeros((1300, 20_000), np.float32) if y_axis == "linear" else np.zeros((40, 360_000), np.float32)
    frame = values.shape[1] * 2 // 3
    values[20, frame] = 9
    axes, drawn = shown(values, y_axis=y_axis)
    image = np.asarray(drawn.get_array())
    assert image.shape[0] <= 1280 and image.shape[1] <= 2048 and image.max() == 9
    row, column = np.unravel_index(image.argmax(), image.shape)
    if y_axis == "linear":
        left, right, low, high = drawn.get_extent()
        times = left + np.array([column, column + 1]) * (right - left) / image.shape[1]
        hz = low + np.array([row, row + 1]) * (high - low) / image.shape[0]
        assert hz[0] <= 20 * FS / 2598 <= hz[1]
    else:
        times = drawn.get_coordinates()[0, column : column + 2, 0]
    assert times[0] <= frame * HOP / FS <= times[1]
    # The axes end with the data, whatever the last group lacks.
    np.testing.assert_allclose(axes.get_xlim()[1], (values.shape[1] - 0.5) * HOP / FS, rtol=1e-9)
    if y_axis == "linear":
        np.testing.assert_allclose(axes.get_ylim()[1], 1299.5 * FS / 2598, rtol=1e-9)


# ---------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("change, error, says", [
    ({"spectrogram": np.ones((5, 7)) * 1j}, TypeError, "spectrogram: expected real values"),
    ({"spectrogram": np.ones((5, 7), object)}, TypeError, "spectrogram: dtype object"),
    ({"spectrogram": np.ma.ones((5, 7))}, TypeError, "MaskedArray"),
    ({"spectrogram": np.ones(5)}, ValueError, r"`spectrogram` must be 2-D and hold something, got shape \(5,\)"),
    ({"spectrogram": np.ones((5, 7, 2))}, ValueError, "must be 2-D"),
    ({"spectrogram": np.ones((5, 0))}, ValueError, "hold something"),
    ({"spectrogram": np.ones((0, 5))}, ValueError, "hold something"),
    ({"fs": 0}, ValueError, "fs=0"),
    ({"fs": np.nan}, ValueError, "fs=nan"),
    ({"fs": "8000"}, TypeError, "fs: expected a real number"),
    ({"hop_length": 0}, ValueError, "hop_length=0"),
    ({"hop_length": 1.5}, TypeError, "hop_length: expected an integer"),
    ({"n_fft": 0}, ValueError, "n_fft=0"),
    ({"n_fft": 64}, ValueError, "n_fft=64: expected 33 bins on a linear axis, got 5"),
    ({"n_fft": 6, "y_axis": "centered"}, ValueError, "n_fft=6: expected 6 bins on a centered axis, got 5"),
    ({"y_axis": "log"}, ValueError, "y_axis='log': expected one of 'linear', 'centered', 'mel', 'index'"),
    ({"y_axis": 3}, TypeError, "y_axis: expected one of"),
    ({"y_axis": "mel", "mel_scale": "bark"}, ValueError, "mel_scale='bark'"),
    ({"y_axis": "mel", "fmin": 4000}, ValueError, "fmin=4000: expected less than fmax, which is 4000"),
    ({"y_axis": "mel", "fmin": -1}, ValueError, "fmin=-1"),
    ({"layout": "time"}, ValueError, "`layout` must be 'ft' or 'tf', got 'time'"),
    ({"start": np.inf}, ValueError, "start=inf"),
    ({"vmin": 3, "vmax": 2}, ValueError, "vmin=3.0: expected at most vmax, which is 2.0"),
    ({"vmin": "low"}, TypeError, "vmin: expected a real number"),
    ({"cmap": "no such colours"}, ValueError, "no such colours"),
    ({"axes": 3}, TypeError, "axes: expected a matplotlib.axes.Axes, got int"),
    ({"fs": 10**400}, ValueError, "fs=1000.*: expected a finite number above 0"),
    ({"hop_length": 10**400}, ValueError, "hop_length=1000.*: expected at most"),
])
def test_refused(change, error, says):
    with pytest.raises(error, match=says):
        plot.specshow(**{"spectrogram": np.arange(35.0).reshape(5, 7), "fs": FS, "hop_length": HOP,
                         "axes": Figure().subplots(), **change})  # fmt: skip


def test_own_axes_and_no_state():
    pyplot = importlib.import_module("matplotlib.pyplot")
    pyplot.switch_backend("Agg")
    before = dict(sys.modules["matplotlib"].rcParams)
    axes = plot.specshow(np.eye(5), fs=FS, hop_length=HOP)
    assert axes.figure.number in pyplot.get_fignums()
    pyplot.close(axes.figure)
    assert dict(sys.modules["matplotlib"].rcParams) == before


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r'pip install "sigkit-dsp\[plot\]"'):
        plot.specshow(np.eye(5), fs=FS, hop_length=HOP)


def test_the_argument_is_not_changed(rng):
    values = decibels(rng, 40, 5000)
    kept = values.copy()
    shown(values)
    assert np.array_equal(values, kept)

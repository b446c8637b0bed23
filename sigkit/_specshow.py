"""A picture of a spectrogram of any length, made of its largest values while it arrives, and its drawing on axes."""

import functools

import numpy as np

from sigkit import _array, _mel
from sigkit._extras import require

COLUMNS, ROWS = 2048, 1280
"""A picture has at most these columns and rows: more than a figure has pixels."""
_AT_ONCE = 1 << 20  # numbers


class Picture:
    """
    The largest value in every group of `width` neighbouring frames and `height` neighbouring bins.

    Largest, because a mean would hide what is short or narrow. NaN, where a group has one: a gap is shown rather than
    hidden. While frames arrive, groups grow to twice their width whenever there are too many. `signed`: the value
    farthest from 0 instead, for what has no bottom.
    """

    def __init__(self, bins, signed=False):
        self._opposite = Picture(bins) if signed else None
        self.bins, self.height = bins, -(-bins // ROWS)
        self.frames, self.width = 0, 1
        self._tops = np.arange(0, bins, self.height)
        self._columns = np.empty((COLUMNS, len(self._tops)))
        self._used = 0

    def add(self, frames):
        """Take the next frames, of shape (frames, bins)."""
        if self._opposite is not None:
            self._opposite.add(-frames)
        step = max(1, _AT_ONCE // self.bins)
        for first in range(0, len(frames), step):
            self._add(frames[first:first + step])

    def _add(self, frames):
        if self.height > 1:
            frames = np.maximum.reduceat(frames, self._tops, axis=1)
        while len(frames):
            # Columns end at whole multiples of the width; the last one may still be open.
            if self.frames == COLUMNS * self.width:
                self._columns[:COLUMNS // 2] = np.maximum(self._columns[0::2], self._columns[1::2])
                self._used, self.width = COLUMNS // 2, 2 * self.width
            now, frames = np.split(frames, [COLUMNS * self.width - self.frames])
            starts = np.arange(-(self.frames % self.width), len(now), self.width)
            grouped = np.maximum.reduceat(now, np.maximum(starts, 0), axis=0)
            first = self.frames // self.width
            if first < self._used:
                np.maximum(grouped[0], self._columns[first], out=grouped[0])
            self._used = first + len(grouped)
            self._columns[first:self._used] = grouped
            self.frames += len(now)

    def change(self, function):
        """Replace all values by a growing function of them."""
        self._columns[:self._used] = function(self._columns[:self._used])

    @property
    def image(self):
        """The picture, shape (rows, columns), lowest bins first."""
        image = self._columns[:self._used].T
        if self._opposite is None:
            return image
        least = -self._opposite.image
        return np.where(image >= -least, image, least)


Y_AXES = "linear", "centered", "mel", "index"
_MEL_TICKS = np.array([0, 500, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000])  # Hz


def draw(picture, *, fs, hop_length, y_axis, axes, n_fft=None, fmin=0.0, fmax=None, mel_scale="slaney", start=0.0,
         vmin=None, vmax=None, cmap="magma", colorbar=None):  # fmt: skip
    """What `sigkit.plot.specshow` draws."""
    fs, start = _array.real(fs, "fs", above=0), _array.real(start, "start")
    step = _array.size(hop_length, "hop_length") / fs
    edges = _edges(picture, fs, n_fft, _array.choice(y_axis, "y_axis", Y_AXES), fmin, fmax, mel_scale)
    finite = picture.image[np.isfinite(picture.image)]
    vmin = finite.min(initial=np.inf) if vmin is None else _array.real(vmin, "vmin")
    vmax = finite.max(initial=-np.inf) if vmax is None else _array.real(vmax, "vmax")
    if finite.size and vmin > vmax:
        raise ValueError(f"vmin={vmin}: expected at most vmax, which is {vmax}")
    colours = {"cmap": cmap, "vmin": vmin, "vmax": vmax} if finite.size else {"cmap": cmap}
    if axes is None:
        axes = require("matplotlib.pyplot", "plot").subplots(figsize=(11, 4), layout="constrained")[1]
    elif not isinstance(axes, require("matplotlib.axes", "plot").Axes):
        raise TypeError(f"axes: expected a matplotlib.axes.Axes, got {type(axes).__name__}")
    rows, columns = picture.image.shape
    left = start - step / 2
    if y_axis == "mel":
        times = left + np.arange(columns + 1) * picture.width * step
        bands = edges(np.minimum(np.arange(rows + 1) * picture.height, picture.bins))
        drawn = axes.pcolormesh(times, bands, picture.image, rasterized=True, **colours)
        axes.set_yscale("function", functions=(functools.partial(_mel.hz_to_mel, scale=mel_scale),
                                               functools.partial(_mel.mel_to_hz, scale=mel_scale)))
        ticks = _MEL_TICKS[(_MEL_TICKS >= bands[0]) & (_MEL_TICKS <= bands[-1])]
        if len(ticks) > 2:
            axes.set_yticks(ticks)
    else:
        ends = edges(np.array([0, rows * picture.height]))
        drawn = axes.imshow(picture.image, aspect="auto", origin="lower", extent=(
            left, left + columns * picture.width * step, *ends), **colours)  # fmt: skip
    axes.set(xlim=(left, left + picture.frames * step), ylim=edges(np.array([0, picture.bins])), xlabel="time (s)",
             ylabel="index" if y_axis == "index" else "frequency (Hz)")
    if y_axis != "index":
        axes.yaxis.set_major_formatter(require("matplotlib.ticker", "plot").EngFormatter(sep=""))
    if colorbar is not None:
        axes.figure.colorbar(drawn, ax=axes, label=colorbar, pad=0.01)
    return axes


def _edges(picture, fs, n_fft, y_axis, fmin, fmax, mel_scale):
    """Function of the numbers of rows that gives where they begin, on the vertical axis."""
    if y_axis == "index":
        return lambda row: row - 0.5
    if y_axis == "mel":
        scale = _array.choice(mel_scale, "mel_scale", _mel.MEL_SCALES)
        fmax = fs / 2 if fmax is None else _array.real(fmax, "fmax", above=0)
        if not _array.real(fmin, "fmin", least=0) < fmax:
            raise ValueError(f"fmin={fmin}: expected less than fmax, which is {fmax}")
        low, high = _mel.hz_to_mel([fmin, fmax], scale)
        width = (high - low) / (picture.bins + 1)
        return lambda row: _mel.mel_to_hz(low + (row + 0.5) * width, scale)
    count = {"linear": 2 * (picture.bins - 1), "centered": picture.bins}[y_axis] or 1
    n_fft = count if n_fft is None else _array.index(n_fft, "n_fft", 1)
    expected = n_fft // 2 + 1 if y_axis == "linear" else n_fft
    if picture.bins != expected:
        raise ValueError(f"n_fft={n_fft}: expected {expected} bins on a {y_axis} axis, got {picture.bins}")
    zero = 0 if y_axis == "linear" else n_fft // 2
    return lambda row: (row - zero - 0.5) * (fs / n_fft)

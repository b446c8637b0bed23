"""The figures of ``sigkit match``."""

import numpy as np

from sigkit._extras import require
from sigkit._specshow import Picture

TRACE, COEFFICIENT, MATCH = "#22313f", "#3b82c4", "#c2410c"
MARKED = 10_000
"""Matches on a figure at most: the highest ones."""
WINDOWS = 20
"""Of the highest matches, drawn over the template."""


class _Figure:
    """A figure for the .png among the outputs, where there is one."""

    def __init__(self, outputs):
        self._outputs, self.wanted = outputs, outputs.path(".png") is not None
        self._figure = require("matplotlib.figure", "plot").Figure if self.wanted else None  # missing: told at once

    def new(self, title, **options):
        figure = self._figure(layout="constrained", **options)
        # A file's name may hold dollars, and characters that the font lacks.
        figure.suptitle(title, fontsize="medium", parse_math=False)
        return figure

    def save(self, figure):
        with self._outputs.writing(".png"):
            figure.savefig(self._outputs.path(".png"), format="png", dpi=130)


class RecordingFigure:
    """Signal and coefficients as bands of their extremes, drawn when all have been added; and the highest matches."""

    def __init__(self, outputs, source, template, threshold):
        self._file, self._source, self._template, self._threshold = _Figure(outputs), source, template, threshold
        self._high, self._low, self._best = Picture(1), Picture(1), Picture(1)
        self._known = 0
        self._positions, self._coefficients = np.empty(0, np.int64), np.empty(0)

    def add(self, block, coefficients):
        """The next samples, behind m - 1 of those before, and the coefficients of their windows."""
        if self._file.wanted:
            samples = block[self._known :, None].astype(np.float64)
            self._high.add(samples)
            self._low.add(-samples)
            self._best.add(np.where(np.isnan(coefficients), -np.inf, coefficients)[:, None])
            self._known = len(self._template) - 1

    def mark(self, positions, coefficients):
        """The next matches."""
        if not self._file.wanted or not positions.size:
            return
        self._positions = np.concatenate([self._positions, positions])
        self._coefficients = np.concatenate([self._coefficients, coefficients])
        if self._positions.size > 2 * MARKED:
            self._keep(MARKED)

    def _keep(self, count):
        order = np.argsort(-self._coefficients, kind="stable")[:count]
        self._positions, self._coefficients = self._positions[order], self._coefficients[order]

    def draw(self):
        if not self._file.wanted:
            return
        self._keep(MARKED)
        fs, m = self._source.fs, len(self._template)
        figure = self._file.new(self._source.described, figsize=(11, 7))
        above, below = figure.subfigures(2, height_ratios=[3, 2])
        signal, series = above.subplots(2, sharex=True)
        high, low, best = (np.where(np.isinf(picture.image[0]), np.nan, picture.image[0])
                           for picture in (self._high, self._low, self._best))
        seconds = (np.arange(high.size) + 0.5) * (self._high.width / fs)
        signal.fill_between(seconds, high, -low, color=TRACE, linewidth=0.6, step="mid")
        signal.set_ylabel("signal")
        at = np.arange(best.size) * (self._best.width / fs)
        series.plot(at, best, color=COEFFICIENT, linewidth=0.8, drawstyle="steps-post")
        series.plot(self._positions / fs, self._coefficients, "v", color=MATCH, markersize=5)
        series.axhline(self._threshold, color=MATCH, linewidth=0.8, linestyle="--")
        series.set(ylabel="Pearson r", xlabel="time (s)", xlim=(0, self._source.samples / fs))
        windows = below.subplots()
        time = np.arange(m) / fs
        for position in np.sort(self._positions[:WINDOWS]).tolist():  # forward: OGG is decoded up to each
            window = _scaled(self._source.read(position, position + m))
            windows.plot(time, window, color=MATCH, alpha=0.3, linewidth=0.8)
        windows.plot(time, _scaled(self._template), color=TRACE, linewidth=1.2)
        windows.set(xlabel="time (s)", ylabel="scaled", xlim=(0, max(time[-1], 1 / fs)),
                    title=f"the template and the {min(WINDOWS, self._positions.size)} highest matches")  # fmt: skip
        self._file.save(figure)


def _scaled(window):
    window = window.astype(np.float64)
    window -= window.mean()
    return window / (abs(window).max() or 1)


class ImageFigure:
    """The image with a frame round each match, the template, and the coefficients."""

    def __init__(self, outputs, image, template):
        self._file, self._image, self._template = _Figure(outputs), image, template

    def draw(self, found, threshold):
        if not self._file.wanted:
            return
        patches = require("matplotlib.patches", "plot")
        collections = require("matplotlib.collections", "plot")
        height, width = self._template.shape
        figure = self._file.new(self._image.described, figsize=(11, 7))
        left, right = figure.subfigures(1, 2, width_ratios=[3, 1])
        axes = left.subplots()
        axes.imshow(self._image.pixels, cmap="gray", interpolation="nearest")
        highest = np.argsort(-found.coefficients, kind="stable")[:MARKED]
        frames = [patches.Rectangle((column - 0.5, row - 0.5), width, height)
                  for row, column in found.positions[highest].tolist()]  # fmt: skip
        axes.add_collection(collections.PatchCollection(frames, facecolor="none", edgecolor=MATCH, linewidth=1.2))
        shape, values = right.subplots(2)
        shape.imshow(self._template, cmap="gray", interpolation="nearest")
        shape.set_title("template", fontsize="medium")
        values.hist(found.coefficients, bins=np.linspace(min(threshold, 1 - 1e-3), 1, 41), color=COEFFICIENT)
        values.set_title(f"{found.coefficients.size:,} matches", fontsize="medium")
        values.set(xlabel="Pearson r")
        self._file.save(figure)

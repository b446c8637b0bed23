"""``sigkit match``: where a template occurs in a recording of any length or in an image, as a table and as a figure."""

import argparse
import os
import re
import stat

import numpy as np

from sigkit import _command_files, _command_match_figure, _command_outputs
from sigkit._extras import require
from sigkit._match_stream import MatchStream
from sigkit.pearson import find_matches, match_template, sliding_pearson
from sigkit.recordings import open_recording

IMAGES = ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"
GREY = 0.2125, 0.7154, 0.0721  # of red, green and blue, as scikit-image's `rgb2gray`
SUFFIXES = ".csv", ".png"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``sigkit match``."""
    _command_files.add_arguments(parser, "NAME-matches.csv and NAME-matches.png", ".csv or .png",
                                 "; an image: PNG, JPEG, TIFF ...")
    parser.add_argument("--template", metavar="FILE2",
                        help="what to look for, a file of the same kind (default: FILE itself, a part of it)")
    parser.add_argument("--part", metavar="START:STOP",
                        help="the samples of FILE2 that are the template, from 0 on, STOP not being one of them; of an "
                             "image START:STOP,START:STOP, rows and columns (default: all)")
    parser.add_argument("--threshold", metavar="R", type=float, default=0.7,
                        help="least coefficient of a match, from -1 to 1 (default: 0.7)")
    parser.add_argument("--distance", metavar="N", type=float,
                        help="least distance of two matches, in samples or pixels; of nearer ones the highest is kept "
                             "(default: the template's length; of an image its shorter side)")


def run(arguments: argparse.Namespace) -> int:
    """``sigkit match``: the exit code. Bad input raises OSError, ValueError or ImportError."""
    if not -1 <= arguments.threshold <= 1:
        raise ValueError(f"--threshold must be from -1 to 1, got {arguments.threshold}")
    if arguments.distance is not None and not 1 <= arguments.distance <= 1e15:
        raise ValueError(f"--distance must be from 1 to 1e15, got {arguments.distance}")
    if arguments.template is None and arguments.part is None:
        raise ValueError("what to look for? Pass --template FILE2, or --part START:STOP for a part of FILE")
    suffix = os.path.splitext(arguments.file)[1].lower()
    image = suffix in IMAGES if arguments.format is None else arguments.format == "image"
    return (_match_image if image else _match_recording)(arguments)


# -------------------------------------------------------------------------------------------------------- recordings


def _match_recording(arguments):
    with (
        _command_files.Source(arguments) as source,
        _command_outputs.outputs_of(arguments, ("matches.csv", "matches.png"), SUFFIXES) as outputs,
    ):
        if source.dtype.kind == "c":
            raise ValueError(f"{source.name} holds complex samples: matches are of real ones")
        template = _template_of_recording(arguments, source)
        m = len(template)
        table = _Table(outputs, ("sample", "seconds", "coefficient", "channel"))
        figure = _command_match_figure.RecordingFigure(outputs, source, template, arguments.threshold)
        with table:
            stream = MatchStream(arguments.threshold, arguments.distance or m)
            for block in source.blocks(max(_command_files.SAMPLES, 4 * m), m - 1):
                coefficients = sliding_pearson(block, template)
                figure.add(block, coefficients)
                _put(table, figure, source, *stream.process(coefficients), coefficients.dtype)
            _put(table, figure, source, *stream.flush(), coefficients.dtype)
        figure.draw()
        _report(arguments, source, table, f"{m:,} samples", outputs)
    return 0


def _put(table, figure, source, positions, coefficients, dtype):
    coefficients = coefficients.astype(dtype)  # float32 has fewer digits to write
    table.add(positions, positions / source.fs, coefficients, np.full(positions.shape, source.channel))
    figure.mark(positions, coefficients)


def _template_of_recording(arguments, source):
    """Its samples, no more than those of the recording; of a file of one channel that one, else the recording's."""
    path = arguments.template
    if path is None:
        return _checked(source.read(*_part(arguments.part, (source.samples,), source.name)[0]), source.name)
    name, endings = ascii(path), {os.path.splitext(file)[1] for file in (arguments.file, path)}
    with (
        _command_files.told(arguments.command),
        _command_files.open_along_the_longer_axis(
            path, arguments.fs, arguments.format if len(endings) == 1 else None) as recording,
    ):  # fmt: skip
        if recording.fs not in (None, source.fs):
            raise ValueError(f"--template {name} is at {recording.fs:g} Hz, {source.name} at {source.fs:g} Hz")
        channels = 1 if recording.ndim == 1 else recording.shape[1]
        channel = source.channel if channels > 1 else 0
        if channel >= channels:
            raise ValueError(f"--channel {channel}: --template {name} has {channels} channels, counted from 0")
        start, stop = _part(arguments.part or f"0:{len(recording)}", (len(recording),), name)[0]
        if stop - start > source.samples:
            raise ValueError(f"--template {name}: {stop - start:,} samples, more than the {source.samples:,} of "
                             f"{source.name}")
        return _checked(_command_files.one_channel(recording[start:stop], channel), name)


# ------------------------------------------------------------------------------------------------------------ images


class _Image:
    """An image in shades of grey, from a file."""

    kind = "image"

    def __init__(self, path):
        self.name = ascii(path)
        if path.lower().endswith(".npy"):
            with open_recording(path) as recording:
                pixels = recording.read()
        else:
            imread = require("matplotlib.image", "plot").imread
            with open(path, "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise ValueError(f"{self.name} is not a regular file")
                try:
                    pixels = imread(file, format="png" if path.lower().endswith(".png") else "image")
                except (MemoryError, ImportError):
                    raise
                except Exception as error:  # readers raise what they like, SyntaxError for one
                    raise ValueError(f"{self.name} is no image that can be read: {error}") from error
        if pixels.dtype.kind == "c":
            raise ValueError(f"{self.name} holds complex samples: matches are of real ones")
        self.pixels = pixels[..., :3] @ np.array(GREY) if pixels.ndim == 3 and pixels.shape[2] >= 3 else pixels
        if self.pixels.ndim == 3:  # grey and alpha
            self.pixels = self.pixels[..., 0]
        if self.pixels.ndim != 2 or not self.pixels.size:
            raise ValueError(f"{self.name} is no image: its shape is {pixels.shape}")
        self.described = f"{self.name}, {_size(self.pixels)} pixels"


def _match_image(arguments):
    for name in ("fs", "channel"):
        if getattr(arguments, name):
            raise ValueError(f"--{name} is of recordings: {ascii(arguments.file)} is an image")
    with _command_files.told(arguments.command):
        image = _Image(arguments.file)
        other = image if arguments.template is None else _Image(arguments.template)
    with _command_outputs.outputs_of(arguments, ("matches.csv", "matches.png"), SUFFIXES) as outputs:
        whole = ",".join(f"0:{n}" for n in other.pixels.shape)
        (top, bottom), (left, right) = _part(arguments.part or whole, other.pixels.shape, other.name)
        template = _checked(other.pixels[top:bottom, left:right], other.name)
        if any(n > most for n, most in zip(template.shape, image.pixels.shape, strict=True)):
            raise ValueError(f"--template {other.name}: {_size(template)} pixels do not fit into {image.described}")
        figure = _command_match_figure.ImageFigure(outputs, image, template)
        coefficients = match_template(image.pixels, template)
        found = find_matches(coefficients, arguments.threshold, arguments.distance or min(template.shape))
        with _Table(outputs, ("row", "column", "coefficient")) as table:
            table.add(*found.positions.T, found.coefficients)
        figure.draw(found, arguments.threshold)
        _report(arguments, image, table, f"{_size(template)} pixels", outputs)
    return 0


# -------------------------------------------------------------------------------------------------------------- both


def _part(text, lengths, name):
    """[(start, stop), ...] within the lengths."""
    parts = [re.fullmatch(r"(\d{1,15}):(\d{1,15})", part.strip()) for part in text.split(",")]
    if len(parts) != len(lengths) or None in parts:
        form = "START:STOP" if len(lengths) == 1 else "START:STOP,START:STOP (rows, columns)"
        raise ValueError(f"--part {ascii(text)}: expected {form} of whole numbers")
    parts = [(int(part[1]), int(part[2])) for part in parts]
    for (start, stop), length in zip(parts, lengths, strict=True):
        if not start < stop <= length:
            raise ValueError(f"--part {ascii(text)}: expected START < STOP <= {length:,}, as {name} has")
    return parts


def _size(pixels):
    return " x ".join(f"{n:,}" for n in pixels.shape)


def _checked(template, name):
    """The template, if it is one."""
    if template.dtype.kind == "c":
        raise ValueError(f"{name} holds complex samples: matches are of real ones")
    if not np.isfinite(template).all():
        raise ValueError(f"the template ({name}) holds NaN or infinity")
    if (template == template.flat[0]).all():
        raise ValueError(f"the template ({name}) is constant: it has no shape to be found by")
    return template


def _report(arguments, source, table, size, outputs):
    text = f"{table.rows:,} of a template of {size}, at {arguments.threshold:g} and above"
    _command_files.report(arguments, source, "matches", text, outputs.commit())


class _Table:
    """The .csv that grows by matches, where one is wanted; a context manager."""

    def __init__(self, outputs, columns):
        self._outputs, self._columns, self._file, self.rows = outputs, columns, None, 0

    def __enter__(self):
        if path := self._outputs.path(".csv"):
            with self._outputs.writing(".csv"):
                self._file = open(path, "w", encoding="ascii", newline="\n")
                self._file.write(",".join(self._columns) + "\n")
        return self

    def __exit__(self, *_):
        if self._file is not None:
            with self._outputs.writing(".csv"):
                self._file.close()

    def add(self, *columns):
        self.rows += len(columns[0])
        if self._file is not None:
            with self._outputs.writing(".csv"):
                self._file.writelines(",".join(map(str, row)) + "\n" for row in zip(*columns, strict=True))

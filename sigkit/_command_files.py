"""What the commands about files share: the recording they read, the files they write, and the progress they show."""

import argparse
import contextlib
import os
import re
import sys
import warnings
import zipfile

import numpy as np

from sigkit import _specshow
from sigkit._command_outputs import Outputs
from sigkit._extras import require
from sigkit.recordings import open_recording

SAMPLES = 1 << 18
"""Read at once."""
NUMBERS = 1 << 20
"""Computed at once, about."""


def add_arguments(parser: argparse.ArgumentParser, defaults: str, kinds: str = ".png, .npy or .npz",
                  more: str = "") -> None:
    """The arguments of every command that reads a recording (and what else `more` names) and writes files."""
    parser.add_argument("file", metavar="FILE",
                        help=f"WAV, FLAC or OGG; .npy; raw I/Q (.cu8 .cs8 .cs16 .cf32 ...){more}")
    parser.add_argument("--output", "-o", metavar="OUT", action="append",
                        help=f"a {kinds} to write; may be given several times (default: in the current "
                             f"folder {defaults})")
    parser.add_argument("--overwrite", action="store_true", help="replace outputs that exist; without it they are kept")
    parser.add_argument("--fs", metavar="HZ", type=float,
                        help="sampling frequency (default: what an audio file says; other files need it)")
    parser.add_argument("--format", metavar="NAME", help="what FILE holds whatever its name: audio, npy, cs16, ...")
    parser.add_argument("--channel", metavar="N", type=int, default=0,
                        help="which channel, from 0; in a 2-D .npy the longer axis is time (default: 0)")
    parser.add_argument("--quiet", action="store_true",
                        help="neither summary nor progress bar (the bar needs a terminal, and tqdm)")


class Source:
    """One channel of the recording that the arguments name; a context manager."""

    kind = "recording"

    def __init__(self, arguments: argparse.Namespace):
        self.path, self.channel, self._quiet = arguments.file, arguments.channel, arguments.quiet
        if arguments.fs is not None and not 1e-6 <= arguments.fs <= 1e12:
            raise ValueError(f"--fs must be from 1e-6 to 1e12 Hz, got {arguments.fs}")
        self.name = ascii(self.path)
        with told(arguments.command):
            self._recording = open_along_the_longer_axis(self.path, arguments.fs, arguments.format)
        try:
            self._check()
        except BaseException:
            self._recording.close()
            raise
        self.fs, self.dtype, self.samples = self._recording.fs, self._recording.dtype, len(self._recording)

    def _check(self):
        recording = self._recording
        channels = 1 if recording.ndim == 1 else recording.shape[1]
        if recording.fs is None:
            raise ValueError(f"{self.name} carries no sampling frequency: pass --fs HZ")
        if not 0 <= self.channel < channels:
            raise ValueError(f"--channel {self.channel}: {self.name} has {channels} channel(s), counted from 0")
        if not len(recording):
            raise ValueError(f"{self.name} has no samples")
        self.described = (f"{self.name}, {len(recording):,} samples at {recording.fs:g} Hz"
                          + (f", channel {self.channel} of {channels}" if channels > 1 else ""))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._recording.close()

    def blocks(self, length, overlap=0):
        """The channel's samples, `length` of them at a time, of which `overlap` were at the end of those before, beside
        a bar that shows how many have been taken."""
        known = 0
        with progress(self.samples, self._quiet) as advance:
            for block in self._recording.blocks(length, overlap):
                line = one_channel(block, self.channel)
                yield line
                advance(len(line) - known)
                known = overlap

    def read(self, start, stop):
        """The channel's samples `start` to `stop` - 1."""
        return one_channel(self._recording[start:stop], self.channel)


def one_channel(block, channel):
    """The samples of a channel, in a dtype that sigkit computes with."""
    line = block if block.ndim == 1 else block[:, channel]
    widest = {"g": np.float64, "G": np.complex128}.get(line.dtype.char)  # long double is computed in double
    return line if widest is None else line.astype(widest)


@contextlib.contextmanager
def options_named(names):
    """Errors about keywords of these names, told as those of the options."""
    try:
        yield
    except ValueError as error:
        text = re.sub(rf"\b({'|'.join(names)})(?=[=:,])", lambda word: "--" + word[0].replace("_", "-"), str(error))
        raise ValueError(text) from error


@contextlib.contextmanager
def told(command):
    """What sigkit warns of, as a line each."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        warn(command, warning.message)


def warn(command, text):
    print(f"sigkit {command}: warning: {text}", file=sys.stderr)


def open_along_the_longer_axis(path, fs=None, format=None):
    """The recording; of a 2-D .npy the longer axis is time."""
    recording = open_recording(path, fs=fs, format=format)
    if recording.metadata["format"] == "npy" and recording.ndim == 2 and recording.shape[0] < recording.shape[1]:
        recording.close()
        return open_recording(path, fs=fs, format=format, axis=1)
    return recording


def samples_at_once(hop, numbers):
    """How long blocks should be, for frames `hop` samples apart that are so many numbers each."""
    return max(1 << 12, min(hop * (NUMBERS // numbers), SAMPLES))


def report(arguments, source, what, text, names):
    """Print what was read, what was made of it, and the files that hold it."""
    if arguments.quiet:
        return
    lines = {source.kind: source.described, what: text}
    kinds = {".png": "figure", ".npy": "array", ".npz": "archive", ".csv": "table"}
    lines |= {kinds[suffix]: name for suffix, name in names.items()}
    for name, value in lines.items():
        print(f"{name:<12} {value}")


@contextlib.contextmanager
def progress(total, quiet):
    """A function that takes how many samples more are done. The bar is seen on a terminal that has tqdm."""
    if quiet or not sys.stderr.isatty():
        yield lambda count: None
        return
    try:
        tqdm = require("tqdm", "io").tqdm
    except ImportError:
        yield lambda count: None
        return
    with tqdm(total=total, unit=" samples", unit_scale=True, leave=False) as bar:
        yield bar.update


# ---------------------------------------------------------------------------------------------------------- results


class ArrayFile:
    """A .npy file that grows by frames, which lie one behind the other; `finish` writes its header."""

    _HEADER = 128  # bytes: more than the header of any such array takes, and a multiple of 64 as NumPy's are

    def __init__(self, path):
        self._file, self.frames, self.shape, self.dtype = open(path, "r+b"), 0, None, None
        self._file.seek(self._HEADER)

    def close(self):
        self._file.close()

    def append(self, frames):
        self.shape, self.dtype, self.frames = frames.shape[1:], frames.dtype, self.frames + len(frames)
        self._file.write(np.ascontiguousarray(frames).data.cast("B"))

    def read(self, first, stop):
        """Frames `first` to `stop` - 1 of those that were appended."""
        frame = self.dtype.itemsize * int(np.prod(self.shape))
        self._file.seek(self._HEADER + first * frame)
        data = self._file.read((stop - first) * frame)
        self._file.seek(0, os.SEEK_END)
        return np.frombuffer(data, self.dtype).reshape(stop - first, *self.shape)

    def finish(self, frames_last=False):
        """Make it a .npy file of shape (frames, ...), or (..., frames)."""
        shape = (*self.shape[::-1], self.frames) if frames_last else (self.frames, *self.shape)
        header = repr({"descr": np.lib.format.dtype_to_descr(self.dtype), "fortran_order": frames_last, "shape": shape})
        magic = np.lib.format.magic(1, 0)
        length = self._HEADER - len(magic) - 2
        self._file.seek(0)
        self._file.write(magic + length.to_bytes(2, "little") + header.ljust(length - 1).encode("ascii") + b"\n")
        self._file.flush()


class Results:
    """Takes frames as they are computed, for the array and the pictures of them, where these are wanted."""

    def __init__(self, outputs: Outputs):
        self._outputs, self._array, self.frames, self.shape = outputs, None, 0, ()
        self._pictures = []
        if outputs.path(".png"):
            self._figure = require("matplotlib.figure", "plot").Figure  # missing, it is told of before the work
        if outputs.path(".npy") or outputs.path(".npz"):
            self._array_path = outputs.path(".npy") or outputs.temporary()
            self._array = ArrayFile(self._array_path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._array is not None:
            self._array.close()

    def add(self, frames):
        """The next ones, of shape (frames, rows) or (frames, rows, panels)."""
        if not len(frames):
            return
        self.shape, self.frames = frames.shape[1:], self.frames + len(frames)
        if self._array is not None:
            with self._outputs.writing(".npy", ".npz"):
                self._array.append(frames)
        if self._outputs.path(".png"):
            panels = np.moveaxis(frames.reshape(*frames.shape[:2], -1), -1, 0)
            if not self._pictures:  # derivatives come behind the features
                self._pictures = [_specshow.Picture(frames.shape[1], signed=n > 0) for n in range(len(panels))]
            for picture, panel in zip(self._pictures, panels, strict=True):
                picture.add(panel)

    def save(self, name, *, frames_last=False, **others):
        """Write the array: alone, and as `name` beside the `others`."""
        if self._array is None:
            return
        with self._outputs.writing(".npy", ".npz"):
            self._array.finish(frames_last)
        if path := self._outputs.path(".npz"):
            with self._outputs.writing(".npz"), zipfile.ZipFile(path, "w") as archive:
                archive.write(self._array_path, f"{name}.npy")
                for key, value in others.items():
                    with archive.open(f"{key}.npy", "w") as file:
                        np.lib.format.write_array(file, np.asarray(value), allow_pickle=False)

    def draw(self, title, draw):
        """Write the figure: ``draw(picture, axes, number of the panel)`` for each panel."""
        if not self._pictures:
            return
        count = len(self._pictures)
        figure = self._figure(figsize=(11, 1 + 3.5 * count), layout="constrained")
        for number, axes in enumerate(figure.subplots(count, sharex=True, squeeze=False)[:, 0]):
            draw(self._pictures[number], axes, number)
            axes.label_outer()
        # A file's name may hold dollars, and characters that the font lacks.
        figure.suptitle(title, fontsize="medium", parse_math=False)
        with self._outputs.writing(".png"):
            figure.savefig(self._outputs.path(".png"), format="png", dpi=130)

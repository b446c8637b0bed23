"""``sigkit demo``: the main job end to end on a real recording.

A template is cut out of an ECG, found again everywhere by sliding Pearson correlation, and the windows found are
normalised as a network takes them; and a photograph goes through the image filters; what
networks take of both are tensors: two ``.npz``, a figure, and tables of times and errors beside SciPy and NumPy.
"""

import argparse
import contextlib
import errno
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from sigkit import (
    _command_demo_figure,
    _command_demo_input,
    _command_demo_times,
    _command_files,
    _command_outputs,
    pearson,
)  # fmt: skip
from sigkit._extras import require

EXTRA = "demo"
DEFAULT_FS = 360.0  # Hz: of most ECG archives. At it the default record beats 66 times a minute; it states no rate.
MAGNITUDES = 1e-60, 1e60  # of the largest sample: with offsets, its fourth power is still a normal double


class Record(NamedTuple):
    """One channel of a recording."""

    signal: np.ndarray  # float64, (n,)
    fs: float  # Hz
    name: str


class Analysis(NamedTuple):
    """What the panels draw."""

    record: Record
    start: int  # the template is record.signal[start:stop]
    stop: int
    threshold: float
    coefficients: np.ndarray  # (n - m + 1,)
    found: pearson.Matches
    windows: np.ndarray  # float32, (N, 1, m)

    @property
    def template(self):
        return self.record.signal[self.start:self.stop]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``sigkit demo``."""
    parser.add_argument("--input", metavar="FILE", type=Path,
                        help="a .npy array, or a WAV or other audio file (default: the ECG that PyWavelets carries)")
    parser.add_argument("--fs", metavar="HZ", type=float,
                        help=f"sampling frequency (default: what an audio file says, else {DEFAULT_FS:g})")
    parser.add_argument("--channel", metavar="N", type=int, default=0,
                        help="which channel, from 0; in a 2-D .npy the longer axis is time (default: 0)")
    parser.add_argument("--template", metavar=("START", "STOP"), type=int, nargs=2,
                        help="first sample of the template and the one behind its last (default: a typical beat, from "
                             "1/6 s before its peak to 7/30 s behind)")
    parser.add_argument("--threshold", metavar="R", type=float, default=0.7,
                        help="least coefficient of a match (default: 0.7)")
    parser.add_argument("--distance", metavar="N", type=int,
                        help="least number of samples between two matches (default: half a template)")
    parser.add_argument("--output", metavar="DIR", type=Path, default=Path("sigkit-demo"),
                        help="folder for matches.png, windows.npz and tensors.npz (default: sigkit-demo)")
    parser.add_argument("--rounds", metavar="N", type=int, default=9,
                        help="rounds of the timings, whose medians are printed (default: 9)")


def run(arguments: argparse.Namespace) -> int:
    """``sigkit demo``: the exit code. Bad input raises OSError, ValueError or ImportError, which the caller prints."""
    _check_options(arguments)
    _check_folder(arguments.output)
    record = _read(arguments.input, arguments.channel, arguments.fs)
    print(f"record      {record.name}, {record.signal.size:,} samples at {record.fs:g} Hz")
    image = require("skimage.data", EXTRA).camera()  # lies in scikit-image's wheel: nothing is fetched
    analysis = _analyse(record, arguments.template, arguments.threshold, arguments.distance)
    print(f"template    samples {analysis.start:,} to {analysis.stop:,} ({analysis.template.size:,} samples, "
          f"{analysis.template.size / record.fs:.3g} s)")
    print(f"matches     {analysis.found.positions.size:,} with r >= {arguments.threshold:g}{_listing(analysis.found)}")
    tensors = _command_demo_input.tensors(analysis, image)
    files = {".png": arguments.output / "matches.png", ".npz": arguments.output / "windows.npz",
             "tensors": arguments.output / "tensors.npz"}  # fmt: skip
    # Its own files of an earlier run are replaced, or the command could be run once only.
    with _folder(arguments.output), _command_outputs.Outputs(files, overwrite=True) as outputs:
        with outputs.writing(".png"):
            _command_demo_figure.draw(analysis, image, tensors, outputs.path(".png"))
        with outputs.writing(".npz"):
            _save(analysis, outputs.path(".npz"))
        with outputs.writing("tensors"), open(outputs.path("tensors"), "wb") as file:
            np.savez(file, **tensors)
        names = outputs.commit()
    print(f"figure      {names['.png']}")
    print(f"windows     {names['.npz']}, float32 {analysis.windows.shape}, zero mean and unit variance each")
    print(f"tensors     {names['tensors']}", *_command_demo_input.lines(tensors), sep="\n  ", flush=True)
    _command_demo_times.compare(analysis, arguments.rounds)
    _command_demo_times.compare_filters(image, arguments.rounds)
    return 0


def _check_options(arguments):
    for name, low in (("channel", 0), ("distance", 1), ("rounds", 1)):
        if (value := getattr(arguments, name)) is not None and value < low:
            raise ValueError(f"--{name} must be at least {low}, got {value}")
    if arguments.fs is not None and not 1e-6 <= arguments.fs <= 1e12:
        raise ValueError(f"--fs must be from 1e-6 to 1e12 Hz, got {arguments.fs}")
    if not -1 <= arguments.threshold <= 1:
        raise ValueError(f"--threshold must be a coefficient from -1 to 1, got {arguments.threshold}")


def _check_folder(path):
    """Before any work: the folder is there or can be made, and can be written to."""
    while not path.exists():
        path = path.parent
    if not path.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    if not os.access(path, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


@contextlib.contextmanager
def _folder(path):
    """The folder, made where it is missing; what was made goes again where nothing came to stand in it."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for folder in missing:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def _listing(found):
    if not found.positions.size:
        return ""
    listed = ", ".join(f"{p} (r = {r:.3f})" for p, r in zip(found.positions[:4], found.coefficients[:4], strict=True))
    return f", at {listed}{', ...' if found.positions.size > 4 else ''}"


# ------------------------------------------------------------------------------------------------------- the record


def _read(path: Path | None, channel: int, fs: float | None) -> Record:
    if path is None:
        signal = require("pywt.data", EXTRA).ecg().astype(np.float64)
        own_fs, name, channels = None, "pywt.data.ecg()", 1
    else:
        name = ascii(str(path))
        with _command_files.told("demo"), _command_files.open_along_the_longer_axis(path) as recording:
            if recording.dtype.kind == "c":
                raise ValueError(f"{name} must hold real numbers, got {recording.dtype}")
            own_fs, channels = recording.fs, 1 if recording.ndim == 1 else recording.shape[1]
            chosen = min(channel, channels - 1)
            parts = [np.array(block if block.ndim == 1 else block[:, chosen], np.float64)
                     for block in recording.blocks(_command_files.SAMPLES)]
            signal = np.concatenate([np.empty(0), *parts])
    if channel >= channels:
        raise ValueError(f"--channel {channel}: {name} has {channels} channel(s), counted from 0")
    _check_signal(signal, name)
    return Record(signal, fs or own_fs or DEFAULT_FS, name)


def _check_signal(signal, name):
    if signal.size < 4:
        raise ValueError(f"{name} is too short: {signal.size} samples")
    finite = signal[np.isfinite(signal)]
    if not finite.size:
        raise ValueError(f"{name} has no finite sample among {signal.size:,}")
    if finite.min() == finite.max():
        raise ValueError(f"{name} is constant: correlation is undefined")
    largest = np.abs(finite).max()
    if not MAGNITUDES[0] <= largest <= MAGNITUDES[1]:
        raise ValueError(f"{name} has samples up to {largest:.3g}: rescale it, their squares overflow or vanish")


# ------------------------------------------------------------------------------------------------------ the matches


def _analyse(record, bounds, threshold, distance):
    start, stop = _typical_beat(record) if bounds is None else bounds
    _check_template(record.signal, start, stop)
    coefficients = pearson.sliding_pearson(record.signal, record.signal[start:stop])
    found = pearson.find_matches(coefficients, threshold, distance or max(1, (stop - start) // 2))
    windows = _normalised(record.signal, found.positions, stop - start)
    return Analysis(record, start, stop, threshold, coefficients, found, windows)


def _typical_beat(record):
    """Bounds of the window round the median one among the high peaks: a beat, neither an artefact nor the smallest."""
    signal, fs = record.signal, record.fs
    before, after = round(fs / 6), round(fs * 7 / 30)
    length = before + 1 + after
    if not 4 <= length <= signal.size:
        raise ValueError(f"the default template (0.4 s) has {length:,} samples at {fs:g} Hz and {record.name} has "
                         f"{signal.size:,}: pass --template START STOP, or the right --fs")
    finite = np.isfinite(signal)
    deviation = np.where(finite, np.abs(signal - np.median(signal[finite])), 0)
    # R peaks fill about 2 % of the samples: half of this quantile parts them from T waves, and no lone spike moves it.
    high = np.quantile(deviation[finite], 0.99) / 2
    peaks, _ = require("scipy.signal", EXTRA).find_peaks(deviation, height=high, distance=length)
    usable = [p for p in peaks if p >= before and finite[p - before:p + after + 1].sum() == length]
    if not usable:
        raise ValueError(f"no beat stands out in {record.name}: pass --template START STOP")
    peak = sorted(usable, key=lambda p: deviation[p])[len(usable) // 2]
    return int(peak) - before, int(peak) + after + 1


def _check_template(signal, start, stop):
    if not (0 <= start and start + 2 <= stop <= signal.size):
        raise ValueError(f"--template must be at least 2 samples inside 0 to {signal.size}, got {start} {stop}")
    template = signal[start:stop]
    if not np.isfinite(template).all():
        raise ValueError(f"--template {start} {stop} holds NaN or Inf")
    if template.min() == template.max():
        raise ValueError(f"--template {start} {stop} is constant: correlation with it is undefined")


def _normalised(signal, positions, length):
    """The windows at `positions`, each with zero mean and unit variance: float32 (N, 1, length)."""
    windows, out = sliding_window_view(signal, length), np.empty((positions.size, 1, length), np.float32)
    step = max(1, (1 << 20) // length)
    for first in range(0, positions.size, step):
        block = windows[positions[first:first + step]]
        block -= block.mean(axis=1, keepdims=True)
        block /= np.abs(block).max(axis=1, keepdims=True)
        block /= block.std(axis=1, keepdims=True)
        out[first:first + step, 0] = block
    return out


def _save(analysis, path):
    with open(path, "wb") as file:  # to a name np.savez would add its own ending
        np.savez(file, windows=analysis.windows, positions=analysis.found.positions,
                 coefficients=analysis.found.coefficients, fs=analysis.record.fs)

"""``sigkit demo``: the main job end to end on a real recording.

A template is cut out of an ECG, found again everywhere by sliding Pearson correlation, and the windows found are
normalised as a network takes them: an ``.npz``, a figure, and a table of times and errors beside SciPy and NumPy.
"""

import argparse
import errno
import os
import stat
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from sigkit import _core, _workers, correlation, pearson, plot
from sigkit._extras import require

EXTRA = "demo"
DEFAULT_FS = 360.0  # Hz: of most ECG archives. At it the default record beats 66 times a minute; it states no rate.
SEED = 20250
LONG = 1_000_000  # samples of the long series
OFFSETS = (0, 1e4, 1e6)  # mean offsets of the error table, in standard deviations
EXCERPT = 20  # templates side by side in the figure: more cannot be told apart
OVERLAID = 200  # windows drawn over each other at most
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
                        help="folder for matches.png and windows.npz (default: sigkit-demo)")
    parser.add_argument("--rounds", metavar="N", type=int, default=9,
                        help="rounds of the timings, whose medians are printed (default: 9)")


def run(arguments: argparse.Namespace) -> int:
    """``sigkit demo``: the exit code. Bad input raises OSError, ValueError or ImportError, which the caller prints."""
    _check_options(arguments)
    _check_folder(arguments.output)
    record = _read(arguments.input, arguments.channel, arguments.fs)
    print(f"record      {record.name}, {record.signal.size:,} samples at {record.fs:g} Hz")
    analysis = _analyse(record, arguments.template, arguments.threshold, arguments.distance)
    print(f"template    samples {analysis.start:,} to {analysis.stop:,} ({analysis.template.size:,} samples, "
          f"{analysis.template.size / record.fs:.3g} s)")
    print(f"matches     {analysis.found.positions.size:,} with r >= {arguments.threshold:g}{_listing(analysis.found)}")
    arguments.output.mkdir(parents=True, exist_ok=True)
    print(f"figure      {_draw(analysis, arguments.output / 'matches.png')}")
    print(f"windows     {_save(analysis, arguments.output / 'windows.npz')}, float32 {analysis.windows.shape}, zero "
          "mean and unit variance each", flush=True)
    _compare(analysis, arguments.rounds)
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


def _listing(found):
    if not found.positions.size:
        return ""
    listed = ", ".join(f"{p} (r = {r:.3f})" for p, r in zip(found.positions[:4], found.coefficients[:4], strict=True))
    return f", at {listed}{', ...' if found.positions.size > 4 else ''}"


# ------------------------------------------------------------------------------------------------------- the record


def _read(path: Path | None, channel: int, fs: float | None) -> Record:
    if path is None:
        samples, own_fs, name = require("pywt.data", EXTRA).ecg()[:, np.newaxis], None, "pywt.data.ecg()"
    else:
        if not stat.S_ISREG(os.stat(path).st_mode):  # opening a pipe would wait for a writer
            raise ValueError(f"{str(path)!a} is not a regular file")
        path.open("rb").close()  # the system's own words where it may not be read
        samples, own_fs = (_read_npy if path.suffix.lower() == ".npy" else _read_audio)(path, channel)
        name = ascii(str(path))
    if channel >= samples.shape[1]:
        raise ValueError(f"--channel {channel}: {name} has {samples.shape[1]} channel(s), counted from 0")
    signal = np.array(samples[:, channel], np.float64)
    _check_signal(signal, name)
    return Record(signal, fs or own_fs or DEFAULT_FS, name)


def _read_npy(path, channel):
    try:
        samples = np.lib.format.open_memmap(path, mode="r")  # a header that lies about the size fails; no pickles
    except (OSError, MemoryError):
        raise
    except Exception as error:  # the header parser meets arbitrary bytes
        raise _unreadable(path, "a .npy file of numbers", error) from error
    if samples.dtype.kind not in "biuf":
        raise ValueError(f"{str(path)!a} must hold real numbers, got dtype {samples.dtype}")
    if samples.ndim not in (1, 2):
        raise ValueError(f"{str(path)!a} must be 1-D or 2-D, got shape {samples.shape}")
    if samples.ndim == 1:
        return samples[:, np.newaxis], None
    return (samples if samples.shape[0] >= samples.shape[1] else samples.T), None


def _unreadable(path, expected, error):
    reason = " ".join(str(error).split())  # parsers quote what they met: any bytes, any number of lines
    return ValueError(f"{str(path)!a} is not {expected}, or is damaged: {reason:.200}")


def _read_audio(path, channel):
    soundfile = require("soundfile", EXTRA)
    try:
        with soundfile.SoundFile(path) as file:
            fs, claimed, channels = file.samplerate, file.frames, file.channels
            _check_riff(path)
            # Block by block and one channel only: memory grows with what is read, never with what a header claims.
            chosen = min(channel, channels - 1)
            block = max(1, (1 << 22) // channels)
            parts = [np.empty(0)]
            while len(part := file.read(block, always_2d=True)):
                parts.append(part[:, chosen].copy())
    except (OSError, MemoryError, ValueError):
        raise
    except Exception as error:  # libsndfile and its wrapper have errors of several kinds
        raise _unreadable(path, "audio that libsndfile knows", error) from error
    signal = np.concatenate(parts)
    if signal.size < claimed:
        raise ValueError(f"{str(path)!a} is truncated: {claimed:,} samples claimed, {signal.size:,} found")
    return np.broadcast_to(signal[:, np.newaxis], (signal.size, channels)), float(fs)


def _check_riff(path):
    """Raise where a WAV file claims more data than it has: libsndfile reads what is left and says nothing."""
    with path.open("rb") as file:
        if file.read(12)[:4] not in (b"RIFF", b"RF64"):
            return
        size, data64 = os.fstat(file.fileno()).st_size, None
        while len(header := file.read(8)) == 8:
            name, length = struct.unpack("<4sI", header)
            begin = file.tell()
            if name == b"ds64" and len(sizes := file.read(16)) == 16:  # of an RF64: the sizes that 32 bits cannot hold
                _, data64 = struct.unpack("<QQ", sizes)
            if name == b"data":
                # all ones: the size is in ds64, or unknown because a pipe was written to
                claimed = data64 or 0 if length == 0xFFFFFFFF else length
                if claimed > size - begin:
                    raise ValueError(f"{str(path)!a} is truncated: {claimed:,} bytes of data claimed, {size - begin:,} "
                                     "found")
                return
            file.seek(begin + length + length % 2)


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
    np.savez(path, windows=analysis.windows, positions=analysis.found.positions,
             coefficients=analysis.found.coefficients, fs=analysis.record.fs)
    return path


# ------------------------------------------------------------------------------------------------------- the figure


def _panel_matches(figure, analysis):
    """The trace and the coefficient, of as many windows as the eye can tell apart."""
    record, length = analysis.record, analysis.template.size
    n = min(record.signal.size, EXCERPT * length)
    first = min(max(0, analysis.start - n // 2), record.signal.size - n)
    r = analysis.coefficients[first:first + n - length + 1]
    inside = (analysis.found.positions >= first) & (analysis.found.positions < first + r.size)
    found = analysis.found.positions[inside] - first, analysis.found.coefficients[inside]
    trace, _ = plot.matches(record.signal[first:first + n], r, found, length, threshold=analysis.threshold,
                            fs=record.fs, start=first, axes=figure.subplots(2, sharex=True))
    seconds = np.arange(analysis.start, analysis.stop) / record.fs
    trace.plot(seconds, analysis.template, color=TEMPLATE, linewidth=1.6, label="template")
    trace.legend(loc="upper right", frameon=False)
    part = "" if n == record.signal.size else f", {n:,} of them shown"
    trace.set_title(f"{record.name}: {record.signal.size:,} samples{part}; "
                    f"{analysis.found.positions.size:,} matches with r >= {analysis.threshold:g}",
                    fontsize="medium", parse_math=False)  # a file's name may hold dollars


def _panel_windows(figure, analysis):
    """The normalised windows over each other."""
    axes, windows = figure.subplots(), analysis.windows[:, 0]
    milliseconds = 1e3 * np.arange(analysis.template.size) / analysis.record.fs
    shown = windows[::-(-len(windows) // OVERLAID) or 1]
    axes.plot(milliseconds, shown.T, color=plot.MATCH, linewidth=0.8, alpha=max(0.1, 0.8 / max(1, len(shown)) ** 0.5))
    if len(windows):
        axes.plot(milliseconds, windows.mean(axis=0, dtype=np.float64), color=plot.TRACE, linewidth=1.6, label="mean")
        axes.legend(loc="upper right", frameon=False)
    axes.set_title(f"{len(windows):,} windows as the network gets them: zero mean, unit variance", fontsize="medium")
    axes.set(xlabel="time in the window (ms)", ylabel="standard deviations", xlim=(0, milliseconds[-1]))
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


TEMPLATE = "#d97706"
PANELS = ((_panel_matches, 5), (_panel_windows, 3))  # what the figure shows from top to bottom, and its inches


def _draw(analysis, path):
    figure = require("matplotlib.figure", EXTRA).Figure  # without pyplot: no backend, no window, nothing to close
    height = [inches for _, inches in PANELS]
    whole = figure(figsize=(11, sum(height)), layout="constrained")
    for part, (draw, _) in zip(whole.subfigures(len(PANELS), height_ratios=height), PANELS, strict=True):
        draw(part, analysis)
    whole.savefig(path, dpi=130)
    return path


# ------------------------------------------------------------------------------------------------- times and errors


def _compare(analysis, rounds):
    """Print the tables: the record, and a long series made of it, without what is not finite (SciPy spreads NaN)."""
    signal, template = analysis.record.signal, analysis.template
    record = signal[np.isfinite(signal)][:max(LONG, 2 * template.size)]
    series = {"the record" if record.size == signal.size else "the record, its first finite samples": record}
    if record.size < LONG:
        noise = 0.01 * record.std() * np.random.default_rng(SEED).standard_normal(LONG)
        series[f"the record repeated, with 1 % noise (seed {SEED})"] = np.resize(record, LONG) + noise
    print(f"\ntimes: medians of {rounds} interleaved rounds, float64, template of {template.size:,} samples; sigkit "
          f"{_core.isa_active()}, {_workers.get_workers()} thread(s), SciPy and NumPy as they come")
    print(f"{'':24}{'sigkit':>12}{'SciPy/NumPy':>14}{'ratio':>9}  the fastest of SciPy/NumPy")
    for name, samples in series.items():
        print(f"  {samples.size:,} samples: {name}")
        for line in _time_lines(samples, template, rounds):
            print(f"    {line}", flush=True)
    bits = np.finfo(np.longdouble).nmant + 1
    print(f"\nlargest error of sliding Pearson against a two-pass reference in long double ({bits} bits)")
    print(f"{'mean offset':>24}{'sigkit':>12}{'SciPy/NumPy':>14}")
    for name, samples in series.items():
        count = samples.size - template.size + 1
        starts = _sample_of_windows(count, template.size)
        print(f"  {samples.size:,} samples, {starts.size:,} of {count:,} windows: {name}")
        for line in _error_lines(samples, template, starts):
            print(f"    {line}", flush=True)


def _time_lines(samples, template, rounds):
    flipped = template[::-1]
    ways = _correlators(samples.size * template.size)
    jobs = {
        "sliding dot product": (
            lambda: correlation.sliding_dot_product(samples, template),
            {name: lambda f=f: f(samples, template, "valid") for name, f in ways.items()},
        ),
        "convolve": (
            lambda: correlation.convolve(samples, flipped),
            {name: lambda f=f: f(samples, template, "full") for name, f in ways.items()},
        ),
        "sliding Pearson": (
            lambda: pearson.sliding_pearson(samples, template),
            {f"{name} + uniform_filter1d": lambda f=f: _composed_pearson(samples, template, f)
             for name, f in ways.items()},
        ),
    }
    for job, (own, peers) in jobs.items():
        seconds = _medians({"": own, **peers}, rounds)
        ours = seconds.pop("")
        best = min(seconds, key=seconds.get)
        yield f"{job:<20}{_duration(ours):>12}{_duration(seconds[best]):>14}{seconds[best] / ours:>8.1f}x  {best}"


def _correlators(multiplications: int) -> dict[str, Callable]:
    """SciPy's ways to correlate, each (samples, template, mode); the direct one only where it ends within a second."""
    signal = require("scipy.signal", EXTRA)
    ways = {
        "correlate, direct": lambda x, t, mode: signal.correlate(x, t, mode, method="direct"),
        "correlate, fft": lambda x, t, mode: signal.correlate(x, t, mode, method="fft"),
        "oaconvolve": lambda x, t, mode: signal.oaconvolve(x, t[::-1], mode),
    }
    if multiplications > 1 << 29:
        del ways["correlate, direct"]
    return ways


def _composed_pearson(samples, template, correlate):
    """Sliding Pearson as it is usually put together: running moments, and one correlation."""
    ndimage, m = require("scipy.ndimage", EXTRA), template.size
    valid = slice(m // 2, m // 2 + samples.size - m + 1)
    mean = ndimage.uniform_filter1d(samples, m)[valid]
    power = ndimage.uniform_filter1d(samples * samples, m)[valid] - mean * mean
    np.maximum(power, 0, out=power)
    centred = template - template.mean()
    norm = np.sqrt(power * (m * (centred @ centred)))
    dot = correlate(samples, centred, "valid")
    return np.divide(dot, norm, out=np.zeros_like(dot), where=norm > 0)


def _medians(calls, rounds):
    """Median seconds of each call; every round times all of them, so that they share what else the machine does."""
    repeats = {name: max(1, round(2e-3 / _seconds(call, 1))) for name, call in calls.items()}
    timed = [[_seconds(call, repeats[name]) for name, call in calls.items()] for _ in range(rounds)]
    return dict(zip(calls, np.median(timed, axis=0), strict=True))


def _seconds(call, repeat):
    begin = time.perf_counter()
    for _ in range(repeat):
        call()
    return (time.perf_counter() - begin) / repeat


def _duration(seconds):
    return f"{seconds * 1e6:.1f} us" if seconds < 1e-3 else f"{seconds * 1e3:.2f} ms"


def _sample_of_windows(count, length):
    """Window starts for the reference: all, or as many as it can do in a moment."""
    most = max(16, (1 << 20) // length)
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(SEED).choice(count, most, replace=False))


def _error_lines(samples, template, starts):
    ways = _correlators(samples.size * template.size)
    correlate = ways.get("correlate, direct", ways["oaconvolve"])
    for offset in OFFSETS:
        shift = offset * samples.std()
        shifted, cut = samples + shift, template + shift
        exact = _reference(shifted, cut, starts)
        defined = np.isfinite(exact)
        own, usual = (np.abs(r[starts] - exact).max(where=defined, initial=0) for r in (
            pearson.sliding_pearson(shifted, cut), _composed_pearson(shifted, cut, correlate)))
        yield f"{f'{offset:g} sigma' if offset else '0':>20}{own:>12.1e}{usual:>14.1e}"


def _reference(samples, template, starts):
    """The coefficients in long double, mean first; not finite where they are undefined."""
    windows = sliding_window_view(samples, template.size)[starts].astype(np.longdouble)
    constant = np.ptp(windows, axis=1) == 0
    windows -= windows.mean(axis=1, keepdims=True)
    centred = template.astype(np.longdouble)
    centred -= centred.mean()
    power = (windows * windows).sum(axis=1) * (centred * centred).sum()
    power[constant] = np.nan
    with np.errstate(invalid="ignore", divide="ignore"):  # a template that an offset has rounded to a constant
        return (windows * centred).sum(axis=1) / np.sqrt(power)

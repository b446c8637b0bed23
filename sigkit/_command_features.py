"""``sigkit features``: log-mel features of a recording of any length, as a figure and as an array."""

import argparse
import functools

import numpy as np

from sigkit import _command_files, _command_outputs, _log_mel, _mel, _mel_settings, _specshow
from sigkit.features import FeatureStream

FRAMES = 1 << 12
"""Of a limited range, made at once."""
TITLES = {"ln": "ln", "log10": "log10", "db": "dB"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``sigkit features``."""
    _command_files.add_arguments(parser, "NAME-features.png and NAME-features.npz")
    parser.add_argument("--preset", choices=[name for name in _mel_settings.PRESETS if name],
                        help="whose convention (default: 80 bands, frames of 25 ms every 10 ms, ln)")
    parser.add_argument("--n-mels", metavar="N", type=int, help="mel bands (default: the preset's)")
    parser.add_argument("--deltas", type=int, choices=(0, 1, 2), default=0,
                        help="how many derivatives along time (default: 0)")
    parser.add_argument("--frame-length", metavar="N", type=int, help="samples of a frame (default: the preset's)")
    parser.add_argument("--hop-length", metavar="N", type=int,
                        help="samples from one frame to the next (default: the preset's)")
    parser.add_argument("--n-fft", metavar="N", type=int, help="points of a transform (default: the preset's)")
    parser.add_argument("--fmin", metavar="HZ", type=float, help="where the lowest band begins (default: the preset's)")
    parser.add_argument("--fmax", metavar="HZ", type=float, help="where the highest band ends (default: the preset's)")
    parser.add_argument("--top-db", metavar="DB", type=float,
                        help="raise features to so many dB below the largest; inf: do not (default: the preset's)")


def run(arguments: argparse.Namespace) -> int:
    """``sigkit features``: the exit code. Bad input raises OSError, ValueError or ImportError."""
    with (
        _command_files.Source(arguments) as source,
        _command_outputs.outputs_of(arguments, ("features.npz", "features.png")) as outputs,
        _command_files.Results(outputs) as results,
    ):
        if source.dtype.kind == "c":
            raise ValueError(f"{source.name} holds complex samples: log-mel features are of real ones")
        names = "n_mels", "frame_length", "hop_length", "n_fft", "fmin", "fmax", "top_db"
        options = {name: getattr(arguments, name) for name in names}
        with _command_files.options_named(("fs", "preset", *names)):
            settings, deltas = _mel_settings.resolve(source.fs, arguments.preset,
                                                     {**options, "deltas": arguments.deltas})  # fmt: skip
        if empty := settings.n_mels - np.count_nonzero(settings.filters().any(axis=1)):
            _command_files.warn(arguments.command, f"{empty} of {settings.n_mels} bands are empty: {settings.n_fft} "
                                f"points at {source.fs:g} Hz do not resolve them; try a larger --n-fft, or fewer "
                                "--n-mels")  # fmt: skip
        limited = settings.top_db != np.inf
        stream = FeatureStream(fs=source.fs, preset=arguments.preset,
                               **{**options, "top_db": np.inf, "deltas": 0 if limited else deltas.orders})
        blocks = _streamed(stream, source, settings, deltas)
        for features in _limited(blocks, settings, deltas, outputs) if limited else blocks:
            results.add(features)
        if not results.frames:
            raise ValueError(f"{source.name} is shorter than a frame of {settings.frame_length:,} samples")
        hop, start = settings.hop_length, (settings.origin + settings.frame_length // 2) / source.fs
        times = start + np.arange(results.frames) * (hop / source.fs)
        results.save("features", times=times, mel_frequencies=_centres(settings), fs=source.fs, hop_length=hop,
                     frame_length=settings.frame_length, n_fft=settings.n_fft)  # fmt: skip
        results.draw(source.described, functools.partial(_draw, settings, start))
        shape = " x ".join(f"{n:,}" for n in (results.frames, *results.shape))
        _command_files.report(arguments, source, "features", f"{shape}, {hop / source.fs * 1e3:.4g} ms apart",
                              outputs.commit())
    return 0


def _streamed(stream, source, settings, deltas):
    numbers = settings.n_fft + settings.n_mels * (1 + deltas.orders)
    for block in source.blocks(_command_files.samples_at_once(settings.hop_length, numbers)):
        yield stream.process(block)
    yield stream.flush()


def _limited(blocks, settings, deltas, outputs):
    """Features raised to the least that the largest of the recording allows, with derivatives: in a second pass, over a
    file, as the largest is known behind the end."""
    file, largest = _command_files.ArrayFile(outputs.temporary()), -np.inf
    try:
        for features in blocks:
            if not len(features):
                continue
            with outputs.writing():
                file.append(features)
            largest = np.fmax(largest, np.fmax.reduce(features, axis=None, initial=-np.inf))
        least = _log_mel.least(largest, settings.top / 4 if settings.whisper else settings.top, file.dtype)
        for first in range(0, file.frames, FRAMES):
            stop = min(first + FRAMES, file.frames)
            begin = max(first - deltas.reach, 0)
            features = np.maximum(file.read(begin, min(stop + deltas.reach, file.frames)), least)
            if deltas.orders:
                stacked = np.empty((stop - first, settings.n_mels, 1 + deltas.orders), features.dtype)
                _log_mel.stack(features, first - begin, deltas, stacked)
                yield stacked
            else:
                yield features[first - begin:stop - begin]
    finally:
        file.close()


def _centres(settings):
    """The middle of each band in Hz."""
    ends = _mel.hz_to_mel([settings.fmin, settings.fmax], settings.mel_scale)
    return _mel.mel_to_hz(np.linspace(*ends, settings.n_mels + 2)[1:-1], settings.mel_scale)


def _draw(settings, start, picture, axes, order):
    colours = {"colorbar": "(log10 + 4) / 4" if settings.whisper else TITLES[settings.log]}
    if order:
        most = np.abs(picture.image).max(where=np.isfinite(picture.image), initial=0) or 1
        colours = {"colorbar": "delta " * order, "cmap": "RdBu_r", "vmin": -most, "vmax": most}
    _specshow.draw(picture, fs=settings.fs, hop_length=settings.hop_length, y_axis="mel", fmin=settings.fmin,
                   fmax=settings.fmax, mel_scale=settings.mel_scale, start=start, axes=axes, **colours)

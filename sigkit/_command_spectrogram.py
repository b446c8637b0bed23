"""``sigkit spectrogram``: the spectrogram of a recording of any length, as a figure and as an array."""

import argparse
import functools

import numpy as np

from sigkit import _command_files, _command_outputs, _specshow
from sigkit.spectral import SpectrogramStream

LEAST = 1e-20  # the power that decibels end at: below the noise of any converter
TITLES = {"spectrum": "dB", "density": "dB / Hz", "none": "dB"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``sigkit spectrogram``."""
    _command_files.add_arguments(parser, "NAME-spectrogram.png")
    parser.add_argument("--n-fft", metavar="N", type=int, default=2048, help="points of a transform (default: 2048)")
    parser.add_argument("--hop-length", metavar="N", type=int,
                        help="samples from one frame to the next (default: a quarter of --win-length, at least 1)")
    parser.add_argument("--win-length", metavar="N", type=int, help="samples of a frame (default: --n-fft)")
    parser.add_argument("--window", metavar="NAME", default="hann",
                        help="what scipy.signal.get_window names (default: hann)")
    parser.add_argument("--quantity", choices=("db", "power", "magnitude"), default="db",
                        help="of the array; the figure is always in decibels (default: db)")
    parser.add_argument("--scaling", choices=TITLES, default="spectrum",
                        help="spectrum: a sine's peak is its power, 0 dB being a power of 1; density: per Hz; none: as "
                             "librosa and torch (default: spectrum)")
    parser.add_argument("--range", metavar="DB", type=float, default=80.0,
                        help="decibels from the darkest colour to the brightest (default: 80)")


def run(arguments: argparse.Namespace) -> int:
    """``sigkit spectrogram``: the exit code. Bad input raises OSError, ValueError or ImportError."""
    if not 0 < arguments.range <= 1000:
        raise ValueError(f"--range must be above 0 and at most 1000 dB, got {arguments.range}")
    with (
        _command_files.Source(arguments) as source,
        _command_outputs.outputs_of(arguments, ("spectrogram.png",)) as outputs,
        _command_files.Results(outputs) as results,
    ):
        n_fft, hop, centered = arguments.n_fft, arguments.hop_length, source.dtype.kind == "c"
        if hop is None:
            hop = max(1, (n_fft if arguments.win_length is None else arguments.win_length) // 4)
        with _command_files.options_named(("n_fft", "hop_length", "win_length", "window")):
            stream = SpectrogramStream(
                fs=source.fs, n_fft=n_fft, hop_length=hop, win_length=arguments.win_length, window=arguments.window,
                power=1.0 if arguments.quantity == "magnitude" else 2.0, db=arguments.quantity == "db", amin=LEAST,
                scaling=None if arguments.scaling == "none" else arguments.scaling, centered=centered, layout="tf",
            )  # fmt: skip
        bins, zero = (n_fft, n_fft // 2) if centered else (n_fft // 2 + 1, 0)
        for block in source.blocks(_command_files.samples_at_once(hop, bins)):
            results.add(stream.process(block))
        results.add(stream.flush())
        results.save("spectrogram", frames_last=True, frequencies=(np.arange(bins) - zero) * (source.fs / n_fft),
                     times=np.arange(results.frames) * (hop / source.fs), fs=source.fs, n_fft=n_fft, hop_length=hop)
        results.draw(source.described, functools.partial(_draw, arguments, source.fs, hop, centered))
        _command_files.report(arguments, source, "spectrogram", f"{bins:,} bins x {results.frames:,} frames, "
                              f"{hop / source.fs * 1e3:.4g} ms apart", outputs.commit())
    return 0


def _draw(arguments, fs, hop, centered, picture, axes, _):
    if arguments.quantity != "db":
        factor, least = {"power": (10, LEAST), "magnitude": (20, LEAST ** 0.5)}[arguments.quantity]
        picture.change(lambda values: factor * np.log10(np.maximum(values, least)))
    top = picture.image.max(where=np.isfinite(picture.image), initial=-np.inf)
    _specshow.draw(picture, fs=fs, hop_length=hop, n_fft=arguments.n_fft, y_axis="centered" if centered else "linear",
                   vmin=top - arguments.range if top > -np.inf else None, colorbar=TITLES[arguments.scaling], axes=axes)

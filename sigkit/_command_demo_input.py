"""What ``sigkit demo`` makes of a recording and a photograph for networks: tensors, and their shapes."""

import numpy as np

from sigkit import network_input, spectral
from sigkit._command_demo_figure import excerpt, frames_of

TILE = 64  # samples of a side of the photograph's tiles
FLOOR = 1e-6  # magnitudes below it have one logarithm


def tensors(analysis, image):
    """{name: array} of what networks of several kinds take; the recording's part that is drawn, cut at its matches."""
    record, found = analysis.record, analysis.found.positions
    first, n = excerpt(analysis)
    samples = record.signal[first : first + n]
    cuts = np.sort(found[(found > first) & (found < first + n)]) - first
    beats = network_input.pad_batch(np.split(samples, cuts), normalize="zscore", layout="first")
    frame, hop, n_fft, _ = frames_of(record.fs, n)
    spectrum = spectral.stft(samples, n_fft=n_fft, win_length=frame, hop_length=hop, pad_mode="constant")
    side = min(TILE, *image.shape)
    rows, columns = (size // side for size in image.shape)
    tiles = image[: rows * side, : columns * side].reshape(rows, side, columns, side).swapaxes(1, 2)
    tiles = tiles.reshape(-1, side, side).astype(np.float32)
    return {
        "beats": beats.samples.astype(np.float32),
        "lengths": beats.lengths,
        "mask": beats.mask,
        "sequences": network_input.as_sequences(analysis.windows, time_axis=2),
        "spectrum": network_input.complex_channels(spectrum, "log-polar", ndim=2, floor=FLOOR).astype(np.float32),
        "tiles": network_input.complex_channels(tiles, "log-polar", transform="fft2", floor=FLOOR),
    }


MEANING = {
    "beats": "from match to match, z-scored and padded",
    "lengths": "their samples",
    "mask": "where they are",
    "sequences": "the windows for a recurrent layer",
    "spectrum": "log magnitude, cosine and sine of the recording's spectra",
    "tiles": "the same of the photograph's tiles, transformed in two dimensions",
}


def lines(made):
    """A line for each tensor: its name, dtype and shape."""
    return [f"{name:<12}{array.dtype} {array.shape}, {MEANING[name]}" for name, array in made.items()]

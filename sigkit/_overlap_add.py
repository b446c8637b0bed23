"""The way back from spectra to a line: frames are added where they were, over the sum of the squared windows."""

import numpy as np

from sigkit import _array, _fft, _frames

NOLA = 1e-10
"""The least sum of squared windows, of the largest, that still lets a signal through."""


def check_nola(frames):
    """Refuse a window that, moved by the hop, has zeros in common with all its neighbours."""
    squares = np.zeros(-(-frames.n_fft // frames.hop) * frames.hop)
    squares[frames.offset : frames.offset + len(frames.window)] = frames.window**2
    sums = squares.reshape(-1, frames.hop).sum(axis=0)
    if not sums.min() > NOLA * sums.max():
        raise ValueError(
            f"window and hop_length={frames.hop}: the squared windows leave gaps (NOLA), so no signal can be recovered"
        )


def _add_up(rows, hop, out):
    """out[f hop + j] += rows[f, j], each sum in the order of f."""
    count, length = rows.shape
    blocks = out[: (count + (length - 1) // hop) * hop].reshape(-1, hop)
    for r in range((length - 1) // hop, -1, -1):
        part = rows[:, r * hop : (r + 1) * hop]
        blocks[r : r + count, : part.shape[1]] += part


def inverse(spectra, frames, centered, out):
    """out[...] = the line whose spectra (..., frames, bins) come closest, from sample `pad` of its frames on."""
    real = out.dtype.kind != "c"
    dtype = np.dtype(np.result_type(out, np.complex64))
    spectrum = _frames.compiled(frames, _frames.Spectrum(real, centered), _array.REAL_OF[dtype])
    if spectrum is not None:
        _array.overlap_add(spectra, spectrum, frames.hop, frames.offset - frames.pad, out)
        return
    window = frames.window.astype(dtype.type(0).real.dtype)
    squares = np.square(frames.window)
    count, n, hop, length = spectra.shape[-2], out.shape[-1], frames.hop, len(window)
    first = frames.offset - frames.pad  # where the first window begins in the result
    step = _frames.at_once(frames, dtype.itemsize)
    reach = (length - 1) // hop * hop  # of a frame, beyond its own hop
    tiny = np.finfo(dtype).tiny
    for line in np.ndindex(out.shape[:-1]):
        y = out[line]
        y[: max(min(first, n), 0)] = 0
        sums, weights = np.zeros(reach, out.dtype), np.zeros(reach)
        done = first
        for f in range(0, count, step):
            if done >= n:
                break
            rows = np.array(spectra[line][f : f + step], dtype, order="C")
            if centered:
                rows = np.roll(rows, -(frames.n_fft // 2), axis=-1)
            if real:  # what a real line's spectrum cannot have is not looked at
                rows[:, 0].imag = 0
                if frames.n_fft % 2 == 0:
                    rows[:, -1].imag = 0
            bad = ~np.isfinite(rows).all(axis=-1)
            rows[bad] = 0
            points = _fft.samples(rows, frames.n_fft, real)[:, frames.offset : frames.offset + length] * window
            points[bad] = np.nan if real else complex(np.nan, np.nan)
            last = f + len(rows) == count
            sums = np.concatenate([sums, np.zeros(len(rows) * hop, out.dtype)])
            weights = np.concatenate([weights, np.zeros(len(rows) * hop)])
            _add_up(points, hop, sums)
            _add_up(np.broadcast_to(squares, (len(rows), length)), hop, weights)
            end = len(sums) if last else len(rows) * hop
            a, b = max(done, 0), min(done + end, n)
            if a < b:
                part, weight = sums[a - done : b - done], weights[a - done : b - done]
                y[a:b] = np.divide(part, weight.astype(window.dtype), out=part, where=weight > tiny)
            sums, weights, done = sums[end:], weights[end:], done + end
        y[max(done, 0) :] = 0

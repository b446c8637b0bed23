"""The way back from spectra to a line: frames are added where they were, over the sum of the squared windows."""

import numpy as np

from sigkit import _array, _fft, _frames

NOLA = 1e-10
"""The least sum of squared windows, of the largest, that still lets a signal through."""


def check_nola(frames, real):
    """Refuse a window that, moved by the hop, has zeros in common with all its neighbours, and one whose squares the
    type `real` cannot hold."""
    window, hop = frames.window, frames.hop
    gaps = hop > len(window)
    if not gaps:
        squares = np.zeros(-(-len(window) // hop) * hop)
        with np.errstate(over="ignore", under="ignore"):
            squares[: len(window)] = window**2
            sums = squares.reshape(-1, hop).sum(axis=0)
        least, most = sums.min(), sums.max()
        if not most <= np.finfo(real).max or 0 < most < np.finfo(real).tiny / NOLA:
            raise ValueError(f"window: expected squares that {real} can hold and divide by, got sums up to {most}")
        gaps = not least > NOLA * most
    if gaps:
        raise ValueError(
            f"window and hop_length={frames.hop}: the squared windows leave gaps (NOLA), so no signal can be recovered"
        )


def _add_up(rows, hop, out):
    """out[..., f hop + j] += rows[..., f, j], each sum in the order of f; as long as the rows reach, to a whole hop."""
    count, length = rows.shape[-2:]
    blocks = out.reshape(*out.shape[:-1], -1, hop)
    for r in range((length - 1) // hop, -1, -1):
        part = rows[..., r * hop : (r + 1) * hop]
        blocks[..., r : r + count, : part.shape[-1]] += part


def inverse(spectra, frames, centered, out):
    """out[...] = the line whose spectra (..., frames, bins) come closest, from sample `pad` of its frames on."""
    real = out.dtype.kind != "c"
    dtype = np.dtype(np.result_type(out, np.complex64))
    spectrum = _frames.compiled(frames, _frames.Spectrum(real, centered), _array.REAL_OF[dtype])
    if spectrum is not None:
        _array.overlap_add(spectra, spectrum, frames.hop, frames.offset - frames.pad, out)
        return
    window = frames.window.astype(_array.REAL_OF[dtype])
    squares = np.square(frames.window)
    count, n, hop, length = spectra.shape[-2], out.shape[-1], frames.hop, len(window)
    start = frames.offset - frames.pad  # where the first window begins in the result
    reach = (length - 1) // hop * hop  # of a frame, beyond its own hop
    tiny = np.finfo(dtype).tiny
    out[..., : max(min(start, n), 0)] = 0
    out[..., max(start + count * hop + reach, 0) :] = 0
    for lines, first, last in _frames.blocks(out.shape[:-1], count, _frames.at_once(frames, dtype.itemsize)):
        done = start + first * hop
        if done >= n:
            continue
        rows = np.array(spectra[(*lines, slice(first, last))], dtype, order="C")
        if centered:
            rows = np.roll(rows, -(frames.n_fft // 2), axis=-1)
        if real:  # what a real line's spectrum cannot have is not looked at
            rows[..., 0].imag = 0
            if frames.n_fft % 2 == 0:
                rows[..., -1].imag = 0
        bad = ~np.isfinite(rows).all(axis=-1)
        rows[bad] = 0
        points = _fft.samples(rows, frames.n_fft, real)[..., frames.offset : frames.offset + length] * window
        points[bad] = np.nan if real else complex(np.nan, np.nan)
        batch = rows.shape[:-2]
        if first == 0:
            sums, weights = np.zeros((*batch, reach), out.dtype), np.zeros(reach)
        sums = np.concatenate([sums, np.zeros((*batch, (last - first) * hop), out.dtype)], axis=-1)
        weights = np.concatenate([weights, np.zeros((last - first) * hop)])
        _add_up(points, hop, sums)
        _add_up(np.broadcast_to(squares, (last - first, length)), hop, weights)
        end = len(weights) if last == count else (last - first) * hop
        a, b = max(done, 0), min(done + end, n)
        if a < b:
            part, weight = sums[..., a - done : b - done], weights[a - done : b - done]
            out[(*lines, slice(a, b))] = np.divide(part, weight.astype(window.dtype), out=part, where=weight > tiny)
        sums, weights = sums[..., end:], weights[end:]

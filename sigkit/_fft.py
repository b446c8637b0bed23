"""The one place where an FFT backend is named: scipy.fft, through its public namespace.

Transforms are of real or complex lines in the precision of the data. float32 data are scaled by powers of two,
block by block, so that neither 1e36 times 1e-3 overflows nor 1e-30 is lost.
"""

import math

import numpy as np

from sigkit import _workers

SHORTEST_BLOCK = 8192
"""Below this a block's transform does not repay the call."""
BYTES_AT_ONCE = 1 << 20
"""Blocks transformed by one call: they stay in the second-level cache."""


def _transforms(dtype):
    import scipy.fft

    if dtype.kind == "c":
        return scipy.fft.fft, scipy.fft.ifft
    return scipy.fft.rfft, scipy.fft.irfft


def fast_length(n, dtype):
    import scipy.fft

    return scipy.fft.next_fast_len(n, real=dtype.kind != "c")


def _workers_for(blocks, length):
    return _workers.resolve(blocks * length * 20, blocks)


def _unit_scale(x):
    """Scale the rows of x, in place, by powers of two to a largest magnitude in [1/2, 1); returns the exponents."""
    parts = x.view(x.real.dtype)
    _, exponents = np.frexp(np.max(np.abs(parts), axis=-1, initial=0))
    half = exponents // 2  # in two steps: one power of two may lie outside the range
    np.ldexp(parts, -half[..., None], out=parts)
    np.ldexp(parts, (half - exponents)[..., None], out=parts)
    return exponents


def _rescale(x, exponents):
    parts = x.view(x.real.dtype)
    half = exponents // 2
    np.ldexp(parts, half[..., None], out=parts)
    np.ldexp(parts, (exponents - half)[..., None], out=parts)


def block_length(m, size, dtype):
    """The transform's length for m taps and `size` outputs: about eight times the taps."""
    block = max(SHORTEST_BLOCK, 1 << math.ceil(math.log2(8 * m)))
    whole = m + size - 1
    return fast_length(whole, dtype) if whole <= block else block


def overlap_save(x, h, lo, out):
    """out[l, k] = full convolution of x[l] with h[k], from index `lo` on, by blocks each transformed alone.

    Samples that are not finite are taken as 0. Returns the l, and the indices, of such samples; the taps are finite.
    """
    lines, n = x.shape
    m, size, dtype = h.shape[-1], out.shape[-1], out.dtype
    forward, inverse = _transforms(dtype)
    length = block_length(m, size, dtype)
    step = length - m + 1
    blocks = -(-size // step)
    scaled = np.array(h, dtype, order="C")
    tap_exponents = _unit_scale(scaled)
    spectra = forward(scaled, length, axis=-1)
    at_once = max(1, min(lines * blocks, BYTES_AT_ONCE // (length * dtype.itemsize)))
    samples = np.empty((at_once, length), dtype)
    poisoned = [np.empty((2, 0), np.intp)]
    for first in range(0, lines * blocks, at_once):
        items = [divmod(i, blocks) for i in range(first, min(first + at_once, lines * blocks))]
        rows = samples[: len(items)]
        for row, (line, block) in zip(rows, items, strict=True):
            at = lo - (m - 1) + block * step
            begin, end = min(max(at, 0), n), max(min(at + length, n), 0)
            row[: begin - at] = 0
            row[begin - at : end - at] = x[line, begin:end]
            row[max(end - at, 0) :] = 0
        finite = np.isfinite(rows)
        if not finite.all():
            rows[~finite] = 0
            row, place = np.nonzero(~finite)
            line, block = np.array(items)[row].T
            poisoned.append(np.stack([line, lo - (m - 1) + block * step + place]))
        exponents = _unit_scale(rows)
        workers = _workers_for(len(items), length)
        spectrum = forward(rows, length, axis=-1, workers=workers)
        for k in range(len(spectra)):
            result = inverse(spectrum * spectra[k], length, axis=-1, overwrite_x=True, workers=workers)
            result = np.ascontiguousarray(result[:, m - 1 :])
            _rescale(result, exponents + tap_exponents[k])
            for row, (line, block) in zip(result, items, strict=True):
                begin = block * step
                part = out[line, k, begin : begin + step]
                part[...] = row[: part.shape[0]]
    return np.concatenate(poisoned, axis=1)


def convolve_nd(x, h, lo, out):
    """out = full convolution of x and h (finite) over their last len(lo) axes, from the indices `lo` on."""
    import scipy.fft

    axes = tuple(range(-len(lo), 0))
    lengths = [x.shape[a] + h.shape[a] - 1 for a in axes]
    dtype = out.dtype
    complex_ = dtype.kind == "c"
    padded = [fast_length(n, dtype) for n in lengths]
    forward, inverse = (scipy.fft.fftn, scipy.fft.ifftn) if complex_ else (scipy.fft.rfftn, scipy.fft.irfftn)
    workers = _workers_for(math.prod(padded) // max(padded), max(padded))
    spectra, total = [], 0
    for array in (x, h):
        scaled = np.array(array, dtype, order="C").reshape(-1)
        total += _unit_scale(scaled)
        spectra.append(forward(scaled.reshape(array.shape), padded, axes=axes, workers=workers))
    result = inverse(spectra[0] * spectra[1], padded, axes=axes, overwrite_x=True, workers=workers)
    window = (..., *(slice(a, a + size) for a, size in zip(lo, out.shape[-len(lo) :], strict=True)))
    out[...] = result[window]
    if out.flags.c_contiguous:
        _rescale(out.reshape(-1), np.asarray(total))
    else:
        out[...] = np.ldexp(out.real, total) + (1j * np.ldexp(out.imag, total) if complex_ else 0)


def lag_sums(x, y, first, out):
    """out[l] = sum over t of x[t + first + l] conj(y[t]) for finite 1-D lines and many lags: the spectra of blocks are
    added up, in double precision, and transformed back once."""
    dtype = np.dtype(np.complex128 if out.dtype.kind == "c" else np.float64)
    forward, inverse = _transforms(dtype)
    lags = out.shape[0]
    whole = fast_length(lags + y.shape[0] - 1, dtype)
    length = min(max(SHORTEST_BLOCK, 1 << math.ceil(math.log2(4 * lags))), whole)
    step = length - lags + 1
    total = 0
    for t in range(0, y.shape[0], step):
        begin, end = max(t + first, 0), min(t + first + length, x.shape[0])
        if begin >= end:
            continue
        samples = np.zeros(length, dtype)
        samples[begin - t - first : end - t - first] = x[begin:end]
        total = total + forward(samples) * forward(y[t : t + step].astype(dtype), length).conj()
    out[...] = inverse(total, length)[:lags] if np.ndim(total) else 0

"""The one place where an FFT backend is named: scipy.fft, through its public namespace.

Transforms are of real or complex lines in the precision of the data. float32 data are scaled by powers of two,
block by block, so that neither 1e36 times 1e-3 overflows nor 1e-30 is lost.
"""

import functools
import math

import numpy as np

from sigkit import _array, _fft_plan, _workers

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


def _peaks(rows):
    """The largest magnitude in each row, of real or imaginary parts; not finite where the row holds such a value."""
    parts = rows.view(rows.real.dtype)
    return np.maximum(parts.max(axis=-1, initial=0), -parts.min(axis=-1, initial=0))


def _scales(peaks, dtype):
    """Powers of two that bring extreme magnitudes near 1, and their exponents; None where no row is extreme."""
    single = dtype in (np.float32, np.complex64)
    most, safe = (126, 40) if single else (1000, 450)
    exponents = np.clip(np.frexp(peaks)[1], -most, most)
    if np.abs(exponents[peaks > 0]).max(initial=0) <= safe:
        return None, np.zeros_like(exponents)
    return np.ldexp(np.ones_like(peaks), -exponents)[..., None], exponents


def _rescale(x, exponents):
    """Multiply the rows of x by powers of two, in two steps: one factor may lie outside the range."""
    if exponents.any():
        parts = x.view(x.real.dtype)
        for half in (exponents // 2, exponents - exponents // 2):
            parts *= np.ldexp(parts.dtype.type(1), half)[..., None]


def _cut(n, m, lo, size, dtype):
    """(length, begin, skip): the transform's length, the sample at which the first block begins, and how many of a
    block's results come before the first that is wanted. About eight times the taps make a block; where one transform
    of the whole line is no longer, that is taken."""
    block = max(SHORTEST_BLOCK, 1 << math.ceil(math.log2(8 * m)))
    whole = max(n + m - 1 - lo, lo + size)  # what wraps round comes to lie before lo
    if whole <= block:
        return fast_length(whole, dtype), 0, lo
    return block, lo - (m - 1), m - 1


def rfft(rows):
    """Transforms of real rows, each alone, by one thread."""
    import scipy.fft

    return scipy.fft.rfft(rows, axis=-1)


def overlap_save(x, h, lo, out):
    """out[k] = full convolution of the line x with h[k], from index `lo` on, by blocks each transformed alone: for
    more taps than the kernels' own transform is made for.

    Samples that are not finite are taken as 0; returns whether there were any. The taps are finite.
    """
    n, m, size, dtype = x.shape[-1], h.shape[-1], out.shape[-1], out.dtype
    forward, inverse = _transforms(dtype)
    length, start, skip = _cut(n, m, lo, size, dtype)
    step = length - skip
    blocks = -(-size // step)
    taps = np.array(h, dtype, order="C")
    scale, tap_exponents = _scales(_peaks(taps), dtype)
    spectra = forward(taps if scale is None else taps * scale, length, axis=-1)
    at_once = max(1, min(blocks, BYTES_AT_ONCE // (length * dtype.itemsize)))
    samples = np.empty((at_once, length), dtype)
    poisoned = False
    for first in range(0, blocks, at_once):
        block_numbers = range(first, min(first + at_once, blocks))
        rows = samples[: len(block_numbers)]
        for row, block in zip(rows, block_numbers, strict=True):
            at = start + block * step
            begin, end = min(max(at, 0), n), max(min(at + length, n), 0)
            row[: begin - at] = 0
            row[begin - at : end - at] = x[begin:end]
            row[max(end - at, 0) :] = 0
        peaks = _peaks(rows)
        if not np.isfinite(peaks).all():
            rows[~np.isfinite(rows)] = 0
            poisoned = True
            peaks = _peaks(rows)
        scale, exponents = _scales(peaks, dtype)
        if scale is not None:
            rows.view(rows.real.dtype)[...] *= scale
        workers = _workers_for(len(rows), length)
        spectrum = forward(rows, length, axis=-1, workers=workers)
        for k in range(len(spectra)):
            product = np.multiply(spectrum, spectra[k], out=spectrum if k == len(spectra) - 1 else None)
            result = inverse(product, length, axis=-1, overwrite_x=True, workers=workers)
            _rescale(result, exponents + tap_exponents[k])
            for row, block in zip(result, block_numbers, strict=True):
                part = out[k, block * step : (block + 1) * step]
                part[...] = row[skip : skip + part.shape[0]]
    return poisoned


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
        scale, exponent = _scales(_peaks(np.array(array, dtype, order="C").reshape(-1)), dtype)
        total = total + exponent
        scaled = np.asarray(array, dtype) if scale is None else array * scale.astype(dtype)[0]
        spectra.append(forward(scaled, padded, axes=axes, workers=workers))
    result = inverse(spectra[0] * spectra[1], padded, axes=axes, overwrite_x=True, workers=workers)
    window = result[(..., *(slice(a, a + size) for a, size in zip(lo, out.shape[-len(lo) :], strict=True)))]
    if total:
        window = np.ascontiguousarray(window)
        _rescale(window.reshape(1, -1), total[None])
    out[...] = window


def sums_of_spectra(total, lags, real):
    """The sums at `lags` lags whose spectra `_array.lag_spectra` gives."""
    import scipy.fft

    sums = scipy.fft.ifft(total, axis=-1)
    if real:
        sums *= _fft_plan.roots(np.arange(sums.shape[-1]), 4 * sums.shape[-1])
        sums = np.concatenate([sums.real, sums.imag], axis=-1)
    return sums[..., :lags]


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


def spectra(rows, onesided):
    """The transform of each row; with `onesided` of real rows, the bins up to half the sampling rate."""
    import scipy.fft

    function = scipy.fft.rfft if onesided else scipy.fft.fft
    return function(rows, axis=-1, overwrite_x=True, workers=_workers_for(rows[..., 0].size, rows.shape[-1]))


def samples(rows, n, onesided):
    """The inverse of `spectra`: rows of n samples, real ones where the spectra are onesided."""
    import scipy.fft

    function = scipy.fft.irfft if onesided else scipy.fft.ifft
    return function(rows, n, axis=-1, overwrite_x=True, workers=_workers_for(rows[..., 0].size, n))


def images(stack, inverse):
    """The 2-D transform, or its inverse, of each image of a stack (k, rows, columns), which may be overwritten."""
    import scipy.fft

    function = scipy.fft.ifft2 if inverse else scipy.fft.fft2
    return function(stack, overwrite_x=True, workers=_workers_for(stack.shape[0], stack[0].size))


def second_derivative(x, axis, boundary, dtype):
    """Along the axis, of the trigonometric polynomials through the samples of each line of x, which are not empty: in
    `dtype`. `boundary` extends the lines: WRAP, SYMMETRIC (as DCT-II does) or REFLECT (as DCT-I).

    A line with a sample that is not finite, or whose spectrum overflows, has results that are not finite.
    """
    import scipy.fft

    n = x.shape[axis]
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        mean = x.mean(axis, dtype=np.promote_types(dtype, np.float64), keepdims=True)
        lines = np.subtract(x, mean.astype(dtype), dtype=dtype, casting="unsafe")  # an offset has rounding alone
        if n == 1:
            return lines
        k = np.arange(n)
        if boundary == _array.WRAP:
            forward, inverse = _transforms(dtype)
            waves = 2 * (np.minimum(k, n - k) if dtype.kind == "c" else k[: n // 2 + 1]) / n
        else:
            kind, period = (2, n) if boundary == _array.SYMMETRIC else (1, n - 1)
            forward, inverse = (functools.partial(f, type=kind) for f in (scipy.fft.dct, scipy.fft.idct))
            waves = k / period
        keywords = {"n": n, "axis": axis, "overwrite_x": True, "workers": _workers_for(x.size // n, n)}
        spectrum = forward(lines, **keywords)
        spectrum *= (-((np.pi * waves) ** 2)).astype(spectrum.real.dtype).reshape(-1, *[1] * (x.ndim - 1 - axis))
        return inverse(spectrum, **keywords)

"""Oracles of `sigkit.multirate`, re-exported by reference.py; NumPy alone."""

import numpy as np

__all__ = ["decimate", "lfilter", "lowpass", "polyphase_size", "resample_poly", "upfirdn"]

QUIET = np.errstate(invalid="ignore", over="ignore", divide="ignore", under="ignore")
LONG = {"f": np.longdouble, "c": np.clongdouble}


def wide(x):
    x = np.asarray(x)
    return x.astype(LONG["c" if x.dtype.kind == "c" else "f"])


def scaled(z, factor):
    """z times a real factor, each part of a complex z alone; no multiple of an infinity but by 0: that is none."""
    if factor == 0:
        return z * 0 if np.isfinite(z) else type(z)(0)
    return np.array([z.real * factor, z.imag * factor]).view(np.clongdouble)[0] if np.iscomplexobj(z) else z * factor


def sample(x, i, mode, cval, size):
    """The sample of the line x at i, outside as `mode` says; with `size` the sum of the magnitudes it is made of."""
    n = len(x)
    if 0 <= i < n:
        return x[i]
    if mode == "constant":
        return cval
    if mode == "edge" or n == 1 and mode in ("reflect", "antireflect", "smooth", "line"):
        return x[0 if i < 0 else -1]
    if mode == "wrap":
        return x[i % n]
    mirrored = [*range(n), *range(n - 1, -1, -1)] if mode.endswith("symmetric") else [*range(n), *range(n - 2, 0, -1)]
    turns, place = divmod(i, len(mirrored))
    if mode in ("symmetric", "reflect"):
        return x[mirrored[place]]
    sign = 1 if size else -1
    if mode == "antisymmetric":
        return x[mirrored[place]] if place < n else scaled(x[mirrored[place]], sign)
    if mode == "antireflect":
        here = x[place] if place < n else scaled(x[-1], 2) + scaled(x[mirrored[place]], sign)
        low, high, times = x[0], x[-1], 2 * turns
    else:
        here = x[0 if i < 0 else -1]
        low, high = (x[0], x[-1]) if mode == "line" else x[:2] if i < 0 else x[-2:]
        times = np.longdouble(i if i < 0 else i - (n - 1)) / (n - 1 if mode == "line" else 1)
    return here + scaled(high + scaled(low, sign), abs(times) if size else times)


@QUIET
def polyphase(h, x, up, down, first, count, mode="constant", cval=0, size=False):
    """Outputs k < count of a line: the sum over j of h[j] x[(first + k down - j) / up] where that is an integer."""
    n = len(x)
    positions = first + down * np.arange(count)
    lowest, highest = -len(h), (int(positions[-1]) // up if count else 0) + 1
    extends = n and (mode != "constant" or cval != 0)
    line = np.array([sample(x, i, mode, cval, size) for i in range(lowest, highest + 1)], x.dtype) if extends else x
    out = np.zeros(count, np.result_type(h, x))
    for j, tap in enumerate(h):
        hits = (positions - j) % up == 0
        places = (positions - j) // up
        if extends:
            places = places - lowest
        else:
            hits &= (places >= 0) & (places < n)
        if np.iscomplexobj(tap) == np.iscomplexobj(line):
            out[hits] += tap * line[places[hits]]
        else:  # a real factor scales each part of a complex one alone
            real, other = (line[places[hits]], tap) if np.iscomplexobj(tap) else (tap, line[places[hits]])
            out.real[hits] += other.real * real
            out.imag[hits] += other.imag * real
    return out


def along(function, x, axis):
    x = np.moveaxis(np.asarray(x), axis, -1)
    lines = [function(x[i]) for i in np.ndindex(x.shape[:-1])]
    length = len(lines[0] if lines else function(np.ones(x.shape[-1], x.dtype)))
    return np.moveaxis(np.reshape(lines, (*x.shape[:-1], length)), -1, axis)


def polyphase_size(h, x, up=1, down=1, axis=-1, mode="constant", cval=0, first=0, count=None):
    """How many products are in each output, and the sum of their sizes."""
    h, x = abs(wide(h)), abs(wide(x))
    if count is None:
        count = outputs(len(h), x.shape[axis], up, down)
    ones = np.ones_like(h), np.ones(x.shape)
    terms = along(lambda line: polyphase(ones[0], line, up, down, first, count, "edge"), ones[1], axis)
    return terms, along(lambda line: polyphase(h, line, up, down, first, count, mode, abs(cval), True), x, axis)


def outputs(taps, samples, up, down):
    return max(0, -(-((samples - 1) * up + taps) // down))


def upfirdn(h, x, up=1, down=1, axis=-1, mode="constant", cval=0):
    h, x = wide(h), wide(x)
    count = outputs(len(h), x.shape[axis], up, down)
    return along(lambda line: polyphase(h, line, up, down, 0, count, mode, cval), x, axis)


def lowpass(half, cutoff, window):
    """A windowed sinc of 2 half + 1 taps with gain 1 at frequency 0."""
    taps = cutoff * np.sinc(cutoff * np.arange(-half, half + 1)) * window(2 * half + 1)
    return taps / taps.sum()


def resample_poly(x, up, down, axis=0, window=None, padtype="constant", cval=None):
    x = wide(x)
    divisor = np.gcd(up, down)
    up, down = up // divisor, down // divisor
    if window is None:
        h = lowpass(10 * max(up, down), 1 / max(up, down), lambda n: np.kaiser(n, 5.0))
    else:
        h = np.asarray(window)
    half, h = (len(h) - 1) // 2, wide(h * up)
    count = -(-x.shape[axis] * up // down)

    def line(samples):
        if padtype in ("mean", "median", "minimum", "maximum"):
            level = {"mean": np.mean, "median": np.median, "minimum": np.min, "maximum": np.max}[padtype](samples)
            return polyphase(h, samples - level, up, down, half, count) + level
        return polyphase(h, samples, up, down, half, count, padtype, cval or 0)

    return along(line, x, axis)


def decimate(x, q, n=None, ftype="fir", axis=-1, zero_phase=True):
    if ftype != "fir":
        raise NotImplementedError("the oracle answers for FIR filters")
    half = 10 * q if n is None else n // 2
    h = wide(lowpass(half, 1 / q, np.hamming))
    x = wide(x)
    count = -(-x.shape[axis] // q)
    return along(lambda line: polyphase(h, line, 1, q, half if zero_phase else 0, count), x, axis)


def lfilter(b, a, x, axis=-1, zi=None):
    b = np.atleast_1d(b)
    b, x = wide(b) if a == 1 else wide(b) / wide(a), wide(x)
    n, kept = x.shape[axis], len(b) - 1
    full = along(lambda line: polyphase(b, line, 1, 1, 0, n + kept), x, axis)
    full = np.moveaxis(full, axis, -1)
    if zi is not None:
        full = full.astype(np.result_type(full, wide(zi)))
        full[..., :kept] += np.moveaxis(wide(zi), axis, -1)
    y, zf = np.moveaxis(full[..., :n], -1, axis), np.moveaxis(full[..., n:], -1, axis)
    return y if zi is None else (y, zf)

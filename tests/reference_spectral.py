"""Naive oracles of `sigkit.spectral`: sums over samples as their definitions say, in extended precision."""

import numpy as np

__all__ = [
    "amplitude_to_db", "coherence", "csd", "fft2_centered", "ifft2_centered", "istft", "periodogram", "power_to_db",
    "spectrogram", "stft", "welch",
]  # fmt: skip

QUIET = np.errstate(invalid="ignore", over="ignore", divide="ignore", under="ignore")
PI = np.longdouble("3.14159265358979323846264338327950288")
COSINES = {"boxcar": (1,), "hann": (0.5, 0.5), "hamming": (0.54, 0.46), "blackman": (0.42, 0.5, 0.08)}


def wide(x):
    x = np.asarray(x)
    return x.astype(np.clongdouble if x.dtype.kind == "c" else np.longdouble)


def growth(n):
    """g of the module's docstring: rounding errors of a transform of n points, in eps of the sum of all magnitudes."""
    g, p = 4, 2
    while n > 1:
        while n % p == 0:
            g, n = g + p + 4, n // p
        p += 1
    return g


def window_values(window, length):
    if not isinstance(window, str):
        return wide(window)
    if length == 1:
        return np.ones(1, np.longdouble)
    angle = 2 * PI * np.arange(length) / length
    return sum((-1) ** k * np.longdouble(str(a)) * np.cos(k * angle) for k, a in enumerate(COSINES[window]))


@QUIET
def dft(points, bins, sign=-1):
    """Bin k is the sum over j of points[..., j] exp(sign 2 pi i j k / n); all are NaN if some point is not finite."""
    n = points.shape[-1]
    turns = np.outer(np.arange(n), np.arange(bins)) % n
    finite = np.isfinite(points).all(axis=-1)
    spectrum = np.where(np.isfinite(points), points, 0) @ np.exp(sign * 2j * PI * turns / n)
    spectrum[~finite] = complex(np.nan, np.nan)
    return spectrum


def cut(y, n_fft, hop, length, offset, pad, pad_mode):
    """The samples under the window of each frame, (..., frames, length)."""
    if pad:
        y = np.pad(y, [(0, 0)] * (y.ndim - 1) + [(pad, pad)], mode=pad_mode)
    starts = range(0, y.shape[-1] - n_fft + 1, hop)
    if not len(starts):
        raise ValueError("no frame")
    return np.stack([y[..., s + offset : s + offset + length] for s in starts], axis=-2)


def without_trend(rows, detrend):
    if detrend in (None, False):
        return rows
    t = np.arange(rows.shape[-1]) - np.longdouble(rows.shape[-1] - 1) / 2
    rows = rows - rows.mean(axis=-1, keepdims=True)
    slope = (rows * t).sum(axis=-1, keepdims=True) / (t * t).sum() if detrend == "linear" and t.size > 1 else 0
    return rows - slope * t


def turned(spectrum, layout):
    return spectrum.swapaxes(-1, -2) if layout == "ft" else spectrum


@QUIET
def short_time(y, n_fft, hop_length, win_length, window, center, pad_mode, onesided, centered, detrend=False, gain=1):
    """(spectra (..., frames, bins), sum of |window sample| of each frame, with the largest twice more if detrended)."""
    y = wide(y)
    length = n_fft if win_length is None else win_length
    hop = length // 4 if hop_length is None else hop_length
    offset = (n_fft - length) // 2
    if onesided is None:
        onesided = y.dtype.kind != "c" and not centered
    w = window_values(window, length) * np.sqrt(np.longdouble(gain))
    rows = cut(y, n_fft, hop, length, offset, n_fft // 2 if center else 0, pad_mode)
    finite = np.where(np.isfinite(rows), rows, 0)
    size = abs(finite) + (2 * abs(finite).max(axis=-1, keepdims=True) if detrend else 0)
    points = np.zeros((*rows.shape[:-1], n_fft), rows.dtype)
    points[..., offset : offset + length] = without_trend(rows, detrend) * w
    spectrum = dft(points, n_fft // 2 + 1 if onesided else n_fft)
    if centered:
        spectrum = np.roll(spectrum, n_fft // 2, axis=-1)
    return spectrum, (size * abs(w)).sum(axis=-1)


def stft(y, *, n_fft=2048, hop_length=None, win_length=None, window="hann", center=True, dtype=None,
         pad_mode="constant", onesided=None, centered=False, layout="ft"):  # fmt: skip
    spectrum, _ = short_time(y, n_fft, hop_length, win_length, window, center, pad_mode, onesided, centered)
    return turned(spectrum, layout)


def full(spectra, n_fft, onesided, centered):
    """Both sides, DC first."""
    spectra = wide(spectra).astype(np.clongdouble)
    if centered:
        return np.roll(spectra, -(n_fft // 2), axis=-1)
    if not onesided:
        return spectra
    spectra.imag[..., 0] = 0
    if n_fft % 2 == 0:
        spectra.imag[..., -1] = 0
    return np.concatenate([spectra, spectra[..., (n_fft - 1) // 2 : 0 : -1].conj()], axis=-1)


@QUIET
def overlap_add(rows, weights, hop, offset, pad, length):
    """Rows times the window, added up where their frames were, over the sums of its squares."""
    count, size = rows.shape[-2:]
    n = (count - 1) * hop + offset + size
    total, sums = np.zeros((*rows.shape[:-2], n), rows.dtype), np.zeros(n, np.longdouble)
    for f in range(count):
        part = slice(f * hop + offset, f * hop + offset + size)
        total[..., part] += np.where(np.isfinite(rows[..., f, :]), rows[..., f, :] * weights, rows[..., f, :])
        sums[part] += weights**2
    total = np.where(sums > np.finfo(np.float32).tiny, total / sums, total)
    result = np.zeros((*total.shape[:-1], length), total.dtype)
    kept = total[..., pad : pad + length]
    result[..., : kept.shape[-1]] = kept
    return result


def istft_places(bins, count, n_fft, hop_length, win_length, center, length, onesided):
    """(n_fft, hop, win_length, offset, pad, samples of the result)."""
    n_fft = n_fft or (2 * (bins - 1) if onesided else bins) or 1
    size = win_length or n_fft
    hop = hop_length or size // 4
    pad = n_fft // 2 if center else 0
    n = n_fft + hop * (count - 1) - 2 * pad if length is None else length
    return n_fft, hop, size, (n_fft - size) // 2, pad, n


def istft(stft_matrix, *, hop_length=None, win_length=None, n_fft=None, window="hann", center=True, dtype=None,
          length=None, onesided=True, centered=False, layout="ft"):  # fmt: skip
    spectra = turned(np.asarray(stft_matrix), layout)
    onesided = onesided and not centered
    count, bins = spectra.shape[-2:]
    places = istft_places(bins, count, n_fft, hop_length, win_length, center, length, onesided)
    n_fft, hop, size, offset, pad, n = places
    points = dft(full(spectra, n_fft, onesided, centered), n_fft, 1)[..., offset : offset + size] / n_fft
    return overlap_add(points.real if onesided else points, window_values(window, size), hop, offset, pad, n)


def scale(window, length, scaling, fs):
    w = window_values(window, length)
    return {None: 1, "density": 1 / (np.longdouble(fs) * (w * w).sum()), "spectrum": 1 / w.sum() ** 2}[scaling]


@QUIET
def spectrogram(x, *, fs=1.0, n_fft=2048, hop_length=None, win_length=None, window="hann", center=True,
                pad_mode="constant", detrend=False, power=2.0, scaling=None, phase=False, db=False, ref=1.0, amin=1e-10,
                onesided=None, centered=False, layout="ft", dtype=None):  # fmt: skip
    gain = scale(window, win_length or n_fft, scaling, fs)
    spectrum, _ = short_time(x, n_fft, hop_length, win_length, window, center, pad_mode, onesided, centered, detrend,
                             gain)  # fmt: skip
    if phase:
        return turned(np.arctan2(spectrum.imag, spectrum.real), layout)
    values = spectrum.real**2 + spectrum.imag**2
    if scaling and spectrum.shape[-1] < n_fft or (scaling and n_fft <= 2 and onesided is not False):
        values[..., 1 : -1 if n_fft % 2 == 0 else None] *= 2
    if db:
        values = power_to_db(values, ref=ref, amin=amin, top_db=None)
    elif power != 2:
        values = values ** (np.longdouble(power) / 2)
    return turned(values, layout)


# --------------------------------------------------------------------------------------------------------- welch


@QUIET
def segments(x, fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling, complex_, n):
    """(frequencies, spectra (..., segments, bins), sums of |window sample|, factor of each bin)."""
    x = wide(x)
    x = np.concatenate([x, np.zeros((*x.shape[:-1], n - x.shape[-1]), x.dtype)], axis=-1)
    length = nperseg if isinstance(window, str) else len(window)
    overlap = length // 2 if noverlap is None else noverlap
    points = nfft or length
    onesided = return_onesided and not complex_
    bins = points // 2 + 1 if onesided else points
    w = window_values(window, length) * np.sqrt(scale(window, length, scaling, fs))
    rows = cut(x, length, length - overlap, length, 0, 0, None)
    finite = np.where(np.isfinite(rows), rows, 0)
    size = abs(finite) + (2 * abs(finite).max(axis=-1, keepdims=True) if detrend else 0)
    padded = np.zeros((*rows.shape[:-1], points), rows.dtype)
    padded[..., :length] = without_trend(rows, detrend) * w
    factor = np.ones(bins)
    if onesided:
        factor[1 : -1 if points % 2 == 0 else None] = 2
    frequencies = np.arange(bins) / (points * np.float64(1) / fs)
    if not onesided:
        frequencies[(points + 1) // 2 :] -= fs
    return frequencies, dft(padded, bins), (size * abs(w)).sum(axis=-1), factor


def average_of(products, average):
    """Over the segments, the last axis but one."""
    if average == "mean":
        return products.mean(axis=-2)
    n = products.shape[-2]
    bias = 1 + sum(1 / np.longdouble(k + 1) - 1 / np.longdouble(k) for k in range(2, n, 2))

    def median(values):
        return np.where(np.isnan(values).any(axis=-2), np.nan, np.sort(values, axis=-2)[..., [(n - 1) // 2, n // 2], :]
                        .mean(axis=-2))  # fmt: skip

    if products.dtype.kind == "c":
        return (median(products.real) + 1j * median(products.imag)) / bias
    return median(products) / bias


def both(x, y, axis, *arguments):
    """(frequencies, spectra of x, of y, their sums, factor), time moved to the last axis."""
    x, y = (np.moveaxis(np.asarray(z), axis, -1) for z in (x, y))
    complex_ = any(z.dtype.kind == "c" for z in (x, y))
    n = max(x.shape[-1], y.shape[-1])
    f, first, first_sums, factor = segments(x, *arguments, complex_, n)
    _, second, second_sums, _ = segments(y, *arguments, complex_, n)
    return f, first, second, first_sums, second_sums, factor


def nothing(x, y, axis):
    """What SciPy returns where there is no sample, for frequencies as well."""
    outer = np.broadcast_shapes(*(np.delete(np.shape(z), axis) for z in (x, y)))
    empty = np.empty((*map(int, outer), min(np.shape(x)[axis], np.shape(y)[axis])))
    return np.moveaxis(empty, -1, axis), np.moveaxis(empty, -1, axis)


@QUIET
def csd(x, y, fs=1.0, window="hann", nperseg=None, noverlap=None, nfft=None, detrend="constant", return_onesided=True,
        scaling="density", axis=-1, average="mean"):  # fmt: skip
    if not np.size(x) or not np.size(y):
        return nothing(x, y, axis)
    f, a, b, _, _, factor = both(x, y, axis, fs, window, nperseg, noverlap, nfft, detrend, return_onesided, scaling)
    products = (a.conj() * b).real if y is x else a.conj() * b
    return f, np.moveaxis(average_of(products, average) * factor, -1, axis)


def welch(x, *arguments, **keywords):
    return csd(x, x, *arguments, **keywords)


@QUIET
def coherence(x, y, fs=1.0, window="hann", nperseg=None, noverlap=None, nfft=None, detrend="constant", axis=-1):
    if not np.size(x) or not np.size(y):
        return nothing(x, y, axis)
    f, a, b, _, _, _ = both(x, y, axis, fs, window, nperseg, noverlap, nfft, detrend, True, "density")
    xy, xx, yy = (average_of(p, "mean") for p in (a.conj() * b, abs(a) ** 2, abs(b) ** 2))
    return f, np.moveaxis(abs(xy) ** 2 / xx / yy, -1, axis)


def periodogram(x, fs=1.0, window="boxcar", nfft=None, detrend="constant", return_onesided=True, scaling="density",
                axis=-1):  # fmt: skip
    if not np.size(x):
        return nothing(x, x, axis)
    x = np.moveaxis(np.asarray(x), axis, -1)
    if nfft is not None:
        x = x[..., :nfft]
    f, power = welch(x, fs, window, x.shape[-1], 0, nfft, detrend, return_onesided, scaling)
    return f, np.moveaxis(power, -1, axis)


# ------------------------------------------------------------------------------------------------------ decibels


@QUIET
def power_to_db(S, *, ref=1.0, amin=1e-10, top_db=80.0):
    values = wide(S)
    reference = abs(ref(values)) if callable(ref) else abs(np.longdouble(ref))
    decibels = 10 * np.log10(np.maximum(values, np.longdouble(amin)))
    decibels = decibels - 10 * np.log10(np.maximum(reference, np.longdouble(amin)))
    finite = decibels[np.isfinite(decibels)]
    return decibels if top_db is None or not finite.size else np.maximum(decibels, finite.max() - top_db)


@QUIET
def amplitude_to_db(S, *, ref=1.0, amin=1e-5, top_db=80.0):
    magnitude = abs(wide(S))
    reference = ref(magnitude) if callable(ref) else np.longdouble(ref)
    return power_to_db(magnitude**2, ref=reference**2, amin=np.longdouble(amin) ** 2, top_db=top_db)


# -------------------------------------------------------------------------------------------------------- images


def transform_2d(z, sign):
    spectrum = dft(z.swapaxes(-1, -2), z.shape[-2], sign).swapaxes(-1, -2)
    spectrum = dft(spectrum, z.shape[-1], sign)
    spectrum[~np.isfinite(z).all(axis=(-1, -2))] = complex(np.nan, np.nan)
    return spectrum


def moved(z, direction):
    return np.roll(z, [direction * (n // 2) for n in z.shape[-2:]], axis=(-2, -1))


@QUIET
def fft2_centered(z, *, origin="corner"):
    z = wide(z)
    return moved(transform_2d(moved(z, -1) if origin == "center" else z, -1), 1)


@QUIET
def ifft2_centered(z, *, origin="corner"):
    z = moved(wide(z), -1)
    image = transform_2d(z, 1) / (z.shape[-1] * z.shape[-2])
    return moved(image, 1) if origin == "center" else image

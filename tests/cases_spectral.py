"""Rows of `sigkit.spectral`, and the bounds on its errors."""

import numpy as np
import reference_spectral as oracles
from cases import EVERY, REALS, Case, floating, samples
from reference_spectral import growth

SPECTRUM = {"n_fft": 2048, "hop_length": None, "win_length": None, "window": "hann", "center": True,
            "pad_mode": "constant", "onesided": None, "centered": False}  # fmt: skip
WELCH = {"fs": 1.0, "window": "hann", "nperseg": None, "noverlap": None, "nfft": None, "detrend": "constant",
         "return_onesided": True, "scaling": "density"}  # fmt: skip


def taken(defaults, keywords):
    return [keywords.get(name, value) for name, value in defaults.items()]


def bin_errors(case, positional, keywords, gain=1):
    """(magnitudes of the bins, their largest errors), (..., frames, bins)."""
    spectrum, sums = oracles.short_time(positional[0], *taken(SPECTRUM, keywords), keywords.get("detrend", False), gain)
    error = growth(keywords["n_fft"]) * case.eps(positional) * sums[..., None]
    return np.where(np.isnan(spectrum), 0, abs(spectrum)), np.broadcast_to(error, spectrum.shape)


def spectrum(case, positional, keywords):
    return oracles.turned(bin_errors(case, positional, keywords)[1], keywords.get("layout", "ft"))


def power_error(case, positional, magnitude, error, mirrored=2):
    return mirrored * (2 * magnitude * error + error**2 + 4 * case.eps(positional) * magnitude**2)


def of_spectrum(case, positional, keywords):
    """Of a spectrogram: the error of a bin, carried through what is made of it."""
    k = {"fs": 1.0, "power": 2.0, "scaling": None, "phase": False, "db": False, "amin": 1e-10, "window": "hann"}
    k |= keywords
    gain = oracles.scale(k["window"], k.get("win_length") or k["n_fft"], k["scaling"], k["fs"])
    magnitude, error = bin_errors(case, positional, keywords, gain)
    eps = case.eps(positional)
    dp = power_error(case, positional, magnitude, error)
    p = magnitude**2 * (2 if k["scaling"] else 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        if k["phase"]:
            # beyond a right angle, and across the cut from -pi to pi, anything goes
            spread = np.where(error < magnitude, np.arcsin(np.minimum(error / magnitude, 1)), np.inf)
            angle = oracles.spectrogram(positional[0], **{**keywords, "layout": "tf"})
            result = np.where(abs(angle) + spread < np.pi, spread + 4 * eps * np.pi, 2 * np.pi + 1)
        elif k["db"]:
            low, high = np.maximum(p - dp, k["amin"]), np.maximum(p + dp, k["amin"])
            middle = np.maximum(p, k["amin"])
            result = 10 * np.maximum(np.log10(high / middle), np.log10(middle / low))
            result = result + 8 * eps * (abs(10 * np.log10(middle)) + 100)
        else:
            exponent = k["power"] / 2
            high, low = (p + dp) ** exponent, np.maximum(p - dp, 0) ** exponent
            result = np.maximum(high - p**exponent, p**exponent - low) + 8 * eps * p**exponent
    return oracles.turned(result, keywords.get("layout", "ft"))


def inverse(case, positional, keywords):
    k = {"hop_length": None, "win_length": None, "n_fft": None, "window": "hann", "center": True, "length": None,
         "onesided": True, "centered": False, "layout": "ft"} | keywords  # fmt: skip
    spectra = oracles.turned(np.asarray(positional[0]), k["layout"])
    onesided = k["onesided"] and not k["centered"]
    count, bins = spectra.shape[-2:]
    n_fft, hop, size, offset, pad, n = oracles.istft_places(
        bins, count, k["n_fft"], k["hop_length"], k["win_length"], k["center"], k["length"], onesided
    )
    whole = oracles.full(np.where(np.isfinite(spectra), spectra, 0), n_fft, onesided, k["centered"])
    mean = abs(whole).sum(axis=-1) / n_fft
    weights = oracles.window_values(k["window"], size)
    rows = np.broadcast_to(mean[..., None], (*mean.shape, size))
    g = growth(n_fft) + size // hop + 4
    return g * case.eps(positional) * oracles.overlap_add(rows, abs(weights), hop, offset, pad, n)


FREQUENCY = 4 * np.finfo(np.float64).eps  # of frequencies, at a sampling rate of 1


def precision(x):
    return np.finfo(real_of(x.dtype)).eps


def segment_errors(case, positional, keywords):
    """Of each signal: (magnitudes, errors) of its bins, (..., segments, bins), and the factor of each bin."""
    x, y = (positional * 2)[:2]
    arguments = taken(WELCH, keywords)
    _, a, b, a_sums, b_sums, factor = oracles.both(x, y, keywords.get("axis", -1), *arguments)
    g = growth(keywords.get("nfft") or keywords["nperseg"]) * precision(x)
    return [(np.where(np.isnan(s), 0, abs(s)), g * t[..., None]) for s, t in ((a, a_sums), (b, b_sums))], factor


def where_samples(bound):
    """No error is to be explained where there is no sample."""
    def either(case, positional, keywords):
        return bound(case, positional, keywords) if all(map(np.size, case.inputs(positional))) else (0, 0)

    return either


@where_samples
def averaged(case, positional, keywords):
    ((a, da), (b, db)), factor = segment_errors(case, positional, keywords)
    eps = precision(positional[0])
    error = a * db + b * da + da * db + 4 * eps * a * b
    # A median moves no further than what moves furthest.
    error = error.max(axis=-2) if keywords.get("average") == "median" else error.mean(axis=-2)
    return FREQUENCY, np.moveaxis((error + eps * (a * b).mean(axis=-2)) * factor, -1, keywords.get("axis", -1))


@where_samples
def of_coherence(case, positional, keywords):
    ((a, da), (b, db)), _ = segment_errors(case, positional, keywords)
    eps = precision(positional[0])
    xx, yy = (a * a).mean(axis=-2), (b * b).mean(axis=-2)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = [(2 * m * d + d * d + 4 * eps * m * m).mean(axis=-2) / p for m, d, p in ((a, da, xx), (b, db, yy))]
        cross = (a * db + b * da + da * db + 4 * eps * a * b).mean(axis=-2) / np.sqrt(xx * yy)
    error = 2 * (sum(own) + 2 * cross) + 8 * eps  # coherence is at most 1
    return FREQUENCY, np.where(error < 0.1, error, 2)


@where_samples
def periodogram_error(case, positional, keywords):
    x = np.asarray(positional[0])
    keywords = {"window": "boxcar", **keywords, "nperseg": min(x.shape[-1], keywords.get("nfft") or x.shape[-1]),
                "noverlap": 0}  # fmt: skip
    return averaged(case, [x[..., : keywords["nperseg"]]], keywords)


def decibels(case, positional, keywords):
    """3 eps of the logarithms' magnitudes: of the values, of the reference, of the largest, less than 400 dB."""
    return 3 * case.eps(positional) * 700


def image(case, positional, keywords):
    """Two transforms in a row, of all magnitudes of the image."""
    z = np.asarray(positional[0])
    size = abs(oracles.wide(np.where(np.isfinite(z), z, 0))).sum(axis=(-1, -2), keepdims=True)
    if case.function_name.startswith("i"):
        size = size / (z.shape[-1] * z.shape[-2])
    return np.broadcast_to((growth(z.shape[-1]) + growth(z.shape[-2])) * case.eps(positional) * size, z.shape)


# --------------------------------------------------------------------------------------------------------- rows


def complex_of(*dtypes):
    return np.result_type(floating(*dtypes), np.complex64)


def real_of(*dtypes):
    return np.finfo(floating(*dtypes)).dtype


def line(shortest=1, **keywords):
    return lambda dtype, rng, n: ((samples(rng, dtype, max(n, shortest)),), keywords)


def two_rows(dtype, rng, n):
    return (samples(rng, dtype, 2, max(n // 2, 12)),), {"n_fft": 12, "hop_length": 15, "center": False,
                                                        "window": "hamming"}  # fmt: skip


def matrix(bins, layout="ft", **keywords):
    def arguments(dtype, rng, n):
        count = max(n // bins, 2)
        shape = (bins, count) if layout == "ft" else (count, bins)
        return (samples(rng, dtype, *shape),), {"layout": layout, **keywords}

    return arguments


def segments(signals, columns=False, **keywords):
    def arguments(dtype, rng, n):
        length = min(keywords.get("nperseg", 16), n)
        shape = (n, 2) if columns else (n,)
        return tuple(samples(rng, dtype, *shape) for _ in range(signals)), {
            **keywords, "nperseg": length, **({"axis": 0} if columns else {})}  # fmt: skip

    return arguments


def pictures(rows_, columns):
    return lambda dtype, rng, n: ((samples(rng, dtype, max(n // (rows_ * columns), 1), rows_, columns),), {})


def powers(dtype, rng, n):
    values = samples(rng, dtype, n)
    return (np.abs(values) if values.dtype.kind == "f" else values,), {}


def frequencies(*dtypes):
    """The first result of the averages; the dtype of the second is tested in test_welch.py."""
    return np.dtype(np.float64)


one = {"arrays": (0,)}
spectrum_of = one | {"result_dtype": complex_of, "out": True}
spectrogram_of = one | {"result_dtype": real_of, "out": True}
back = one | {"result_dtype": real_of, "out": True}
average = {"result_dtype": frequencies}
# fmt: off
ROWS = [
    Case("spectral.stft", line(n_fft=16, hop_length=5, layout="tf"), spectrum, EVERY, bench=("stft",),
         **spectrum_of),
    Case("spectral.stft:two-sided", line(n_fft=32, win_length=21, pad_mode="reflect", onesided=False, centered=True),
         spectrum, EVERY, **spectrum_of, columns=True),
    Case("spectral.stft:not smooth", line(n_fft=22, win_length=13, hop_length=40, pad_mode="symmetric", layout="tf"),
         spectrum, EVERY, **spectrum_of),
    Case("spectral.stft:rows", two_rows, spectrum, EVERY, **spectrum_of, columns=True),
    Case("spectral.stft:longer", line(n_fft=256, hop_length=64, pad_mode="edge"), spectrum, EVERY, **spectrum_of,
         columns=True),
    Case("spectral.istft", matrix(9, hop_length=5), inverse, EVERY, bench=("istft",), **back),
    Case("spectral.istft:two-sided", matrix(12, "tf", hop_length=3, win_length=9, window="hamming", centered=True,
         center=False), inverse, EVERY, **(back | {"result_dtype": complex_of})),
    Case("spectral.istft:not smooth", matrix(12, n_fft=23, hop_length=9, length=50), inverse, EVERY, **back),
    Case("spectral.istft:longer", matrix(129, hop_length=64), inverse, EVERY, **back),
    Case("spectral.spectrogram", line(n_fft=16, hop_length=5, layout="tf"), of_spectrum, EVERY, **spectrogram_of),
    Case("spectral.spectrogram:decibels", line(n_fft=32, hop_length=8, db=True, centered=True), of_spectrum, EVERY,
         bench=("iq-spectrogram",), **spectrogram_of, columns=True),
    Case("spectral.spectrogram:magnitude density", line(n_fft=20, hop_length=20, power=1, scaling="density", fs=3.0,
         detrend="constant", window="hamming"), of_spectrum, EVERY, **spectrogram_of, columns=True),
    Case("spectral.spectrogram:phase", line(n_fft=24, hop_length=6, phase=True, layout="tf"), of_spectrum, EVERY,
         **spectrogram_of),
    Case("spectral.spectrogram:not smooth", line(n_fft=26, hop_length=7, db=True, scaling="spectrum",
         detrend="linear"), of_spectrum, EVERY, **spectrogram_of, columns=True),
    Case("spectral.welch", segments(1), averaged, EVERY, bench=("welch",), **one, **average),
    Case("spectral.welch:median", segments(1, columns=True, nfft=21, average="median", scaling="spectrum"), averaged,
         EVERY, **one, **average),
    Case("spectral.csd", segments(2, detrend="linear"), averaged, EVERY, **average),
    Case("spectral.coherence", segments(2, detrend=False), of_coherence, EVERY, **average),
    Case("spectral.periodogram", lambda dtype, rng, n: ((samples(rng, dtype, 3, n),), {"detrend": "constant"}),
         periodogram_error, EVERY, parallel=False, **one, **average),
    Case("spectral.power_to_db", powers, decibels, REALS, real_of, parallel=False, **one),
    Case("spectral.amplitude_to_db", line(), decibels, EVERY, real_of, parallel=False, **one),
    Case("spectral.fft2_centered", pictures(6, 7), image, EVERY, **spectrum_of),
    Case("spectral.ifft2_centered", pictures(5, 4), image, EVERY, **spectrum_of),
]
# fmt: on

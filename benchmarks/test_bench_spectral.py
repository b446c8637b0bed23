"""Rows of `sigkit.spectral`."""

import numpy as np
from rows import Contest, Target, peer, row, scipy_threads
from test_bench_correlation import normal

import sigkit

SPEECH = {"n_fft": 512, "hop_length": 160}  # 32 ms and 10 ms at 16 kHz
IQ = {"n_fft": 1024, "hop_length": 512}


def hann(n):
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)).astype(np.float32)


def bin_bound(x, window):
    """Largest rounding error of a bin: 8 eps log2(n) times the sum of a frame's magnitudes, none above the largest."""
    return 8 * np.finfo(x.dtype).eps * np.log2(window.size) * window.sum() * np.abs(x).max()


@row("stft", "short-time spectra of 960,000 float32, 512 points every 160, Hann, centred",
     {"torch.stft": Target(1.5, 2.5), "librosa.stft": Target(3, 6), "ShortTimeFFT": Target(20, 60)})
def stft(rng):
    x, window = normal(rng, 960_000), hann(512)
    librosa, torch, signal = peer("librosa"), peer("torch"), peer("scipy.signal")

    def by_torch():
        return torch.stft(torch.from_numpy(x), 512, 160, window=torch.from_numpy(window), pad_mode="reflect",
                          return_complex=True).numpy()  # fmt: skip

    def by_scipy():
        with scipy_threads():
            transform = signal.ShortTimeFFT(window.copy(), 160, 1, phase_shift=None)
            return transform.stft(x, 0, 6001, padding="even")

    calls = {"sigkit": lambda: sigkit.stft(x, pad_mode="reflect", **SPEECH), "torch.stft": by_torch,
             "librosa.stft": lambda: librosa.stft(x, pad_mode="reflect", **SPEECH), "ShortTimeFFT": by_scipy}
    return Contest(calls, bin_bound(x, window))


@row("istft", "960,000 float32 from their short-time spectra, 512 points every 160, Hann, centred",
     {"torch.istft": Target(4, 7), "librosa.istft": Target(4, 7)})
def istft(rng):
    x, window = normal(rng, 960_000), hann(512)
    spectra = sigkit.stft(x, pad_mode="reflect", **SPEECH)
    librosa, torch = peer("librosa"), peer("torch")

    def by_torch():
        return torch.istft(torch.from_numpy(spectra), 512, 160, window=torch.from_numpy(window)).numpy()

    calls = {"sigkit": lambda: sigkit.istft(spectra, hop_length=160), "torch.istft": by_torch,
             "librosa.istft": lambda: librosa.istft(spectra, hop_length=160)}
    # a bin's error over the points, of both transforms, over the least share of the windows that a sample has: 1
    return Contest(calls, 2 * bin_bound(x, window))


@row("iq-spectrogram", "spectrogram of 10,000,000 complex64 in dB, 1024 points every 512, Hann, DC in the middle",
     {"torch.stft, composed": Target(8, 20), "signal.spectrogram, composed": Target(8, 20)})
def iq_spectrogram(rng):
    z, window = normal(rng, 10**7, np.complex64), hann(1024)
    torch, signal, fft = peer("torch"), peer("scipy.signal"), peer("scipy.fft")

    def by_torch():
        spectra = torch.stft(torch.from_numpy(z), 1024, 512, window=torch.from_numpy(window), center=False,
                             onesided=False, return_complex=True)  # fmt: skip
        power = torch.fft.fftshift(spectra, dim=0).abs().square_()
        return power.clamp_(min=1e-10).log10_().mul_(10).numpy()

    def by_scipy():
        with scipy_threads():
            power = signal.spectrogram(z, window=window, noverlap=512, detrend=False, return_onesided=False)[2]
        power = fft.fftshift(power, axes=0)
        np.maximum(power, np.float32(1e-10), out=power)
        np.log10(power, out=power)
        power *= 10
        return power

    calls = {
        "sigkit": lambda: sigkit.spectrogram(z, center=False, centered=True, db=True, **IQ),
        "torch.stft, composed": by_torch,
        "signal.spectrogram, composed": by_scipy,
    }
    # What SciPy returns is a density. Decibels of the weakest bins differ by any amount: those above 0 dB are compared,
    # whose magnitude is above 1.
    density = np.float32(10 * np.log10(np.square(window, dtype=np.float64).sum()))
    views = {name: lambda result: np.maximum(result, 0) for name in calls}
    views["signal.spectrogram, composed"] = lambda result: np.maximum(result + density, 0)
    return Contest(calls, 20 * np.log10(1 + bin_bound(z, window)), views)


@row("welch", "power spectral density of 10,000,000 complex64, 1024 points, half overlapping",
     {"signal.welch": Target(5, 15)})
def welch(rng):
    z = normal(rng, 10**7, np.complex64)
    signal = peer("scipy.signal")

    def by_scipy():
        with scipy_threads():
            return signal.welch(z, nperseg=1024, return_onesided=False)[1]

    calls = {"sigkit": lambda: sigkit.welch(z, nperseg=1024)[1], "signal.welch": by_scipy}
    # of white noise of power 2: each segment's error is below 1e-6 of it
    return Contest(calls, 2e-6 * 2)


def test_bench_spectral(benchmark, contender):
    benchmark(contender)

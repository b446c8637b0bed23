"""Rows of `sigkit.network_input`."""

import numpy as np
from rows import Contest, Target, cpus, peer, row
from test_bench_correlation import normal

from sigkit import network_input


@row("pad-batch", "512 ECGs of 9,000 to 18,000 float32, z-scored, padded, with a mask",
     {"torch pad_sequence": Target(3, 6)})
def pad_batch(rng):
    torch = peer("torch")
    ecgs = [normal(rng, int(n)) for n in (*rng.integers(9000, 18_001, 511), 18_000)]

    def by_torch():
        scaled = []
        for ecg in map(torch.from_numpy, ecgs):
            deviation, mean = torch.std_mean(ecg, correction=0)
            scaled.append((ecg - mean).div_(deviation))
        padded = torch.nn.utils.rnn.pad_sequence(scaled, batch_first=True)
        lengths = torch.tensor([len(ecg) for ecg in ecgs])
        return padded, torch.arange(padded.shape[1]) < lengths[:, None]

    calls = {"sigkit": lambda: network_input.pad_batch(ecgs, normalize="zscore"), "torch pad_sequence": by_torch}
    views = {"sigkit": lambda batch: np.where(batch.mask, batch.samples, 9), "torch pad_sequence":
             lambda result: np.where(result[1].numpy(), result[0].numpy(), 9)}  # fmt: skip
    # torch's mean, of float32 sums, and its deviation are each some eps off; samples are below 6
    return Contest(calls, 32 * np.finfo(np.float32).eps * 6, views)


@row("fft2-channels", "256 images of 128 x 128 complex64: centred spectra as two planes",
     {"torch, composed": Target(3, 7), "scipy.fft, composed": Target(3, 6)})
def fft2_channels(rng):
    z = normal(rng, 256 * 128 * 128, np.complex64).reshape(256, 128, 128)
    torch, fft = peer("torch"), peer("scipy.fft")

    def by_torch():
        spectra = torch.fft.fftshift(torch.fft.fft2(torch.from_numpy(z)), dim=(-2, -1))
        return torch.stack([spectra.real, spectra.imag], dim=1).numpy()

    def by_scipy():
        spectra = fft.fftshift(fft.fft2(z, workers=cpus()), (-2, -1))
        return np.stack([spectra.real, spectra.imag], axis=1)

    calls = {"sigkit": lambda: network_input.complex_channels(z, transform="fft2"), "torch, composed": by_torch,
             "scipy.fft, composed": by_scipy}
    # rounding of 14 radix-2 steps, each some eps of the largest bins, which are of some six times the spectrum's rms
    return Contest(calls, 8 * np.finfo(np.float32).eps * 14 * 6 * 128 * 2**0.5)


def test_bench_network_input(benchmark, contender):
    benchmark(contender)

"""Rows of `sigkit.multirate`."""

import numpy as np
from rows import Contest, Target, peer, row

import sigkit


def complex_noise(rng, n):
    return rng.standard_normal((n, 2), dtype=np.float32).view(np.complex64)[:, 0]


def bound(x, h, terms):
    """Twice the largest rounding error of `terms` products and sums in float32."""
    return 2 * (terms + 2) * np.finfo(np.float32).eps * np.abs(h).sum() * np.abs(x).max()


@row("fir-decimate", "FIR decimation by 4, 4,000,000 complex64, 129 taps", {"signal.upfirdn": Target(20, 60)})
def fir_decimate(rng):
    signal = peer("scipy.signal")
    x = complex_noise(rng, 4_000_000)
    h = (np.hamming(129) * np.sinc(np.arange(-64, 65) / 4) / 4).astype(np.float32)
    calls = {
        "sigkit": lambda: sigkit.upfirdn(h, x, 1, 4),
        "signal.upfirdn": lambda: signal.upfirdn(h, x, 1, 4),
    }
    return Contest(calls, bound(x, h, 129))


@row("resample", "resampling by 160/147, 1,000,000 complex64, default window", {"signal.resample_poly": Target(8, 25)})
def resample(rng):
    signal = peer("scipy.signal")
    x = complex_noise(rng, 1_000_000)
    calls = {
        "sigkit": lambda: sigkit.resample_poly(x, 160, 147),
        "signal.resample_poly": lambda: signal.resample_poly(x, 160, 147),
    }
    return Contest(calls, bound(x, np.full(21, 2.0), 21))  # no phase's taps sum up to more than 21 times 2


def test_bench_multirate(benchmark, contender):
    benchmark(contender)

"""Signals that break sliding statistics elsewhere, and the windows at which an oracle should look.

Every row of `SIGNALS` gives n samples for windows of m, in float64; the caller stores them in the dtype under test, and
those stored samples are the truth. A function that slides over a signal is tested by one loop over the rows.
"""

import numpy as np

BOUND = {np.dtype(np.float32): 1e-6, np.dtype(np.float64): 1e-12}
"""What the library promises of every coefficient, by the dtype of the result."""


def noise(n, m, rng):
    return rng.standard_normal(n)


def offset(sigmas):
    return lambda n, m, rng: noise(n, m, rng) + sigmas


def scaled(factor):
    return lambda n, m, rng: noise(n, m, rng) * factor


def step(n, m, rng):
    return noise(n, m, rng) + 1e6 * (np.arange(n) >= n // 2)


def spike(n, m, rng):
    signal = noise(n, m, rng)
    signal[n // 2] *= 1e6
    return signal


def ramp(n, m, rng):
    return noise(n, m, rng) + np.linspace(0, 1e6, n)


def random_walk(n, m, rng):
    return np.cumsum(noise(n, m, rng))


def constant_stretches(n, m, rng):
    """Two are longer than a window, one at an offset; one is shorter."""
    signal = noise(n, m, rng)
    signal[n // 4 : n // 4 + m + m // 2] = 3.7
    signal[n // 2 : n // 2 + m + 1] = 1e4 + 0.1
    signal[7 * n // 8 : 7 * n // 8 + m // 2] = 0
    return signal


def growth(n, m, rng):
    return (1 + 0.1 * noise(n, m, rng)) * 10 ** np.linspace(-30, 30, n)


def decay(n, m, rng):
    return growth(n, m, rng)[::-1].copy()


def square_wave(n, m, rng):
    """Half a period is one sample longer than a window: flat windows between those that straddle an edge."""
    return noise(n, m, rng) + 1e6 * (np.arange(n) // (m + 1) % 2)


def fast_square_wave(n, m, rng):
    """Half a period is one sample shorter than a window: every window straddles an edge, at one sample's distance."""
    return noise(n, m, rng) + 1e6 * (np.arange(n) // (m - 1) % 2)


def levels(n, m, rng):
    """Steps between a few constant levels: equal samples meet equal taps, and all roundings go the same way."""
    lengths = rng.integers(m // 4 + 1, m + 1, 4 * n // m + 8)
    return np.repeat(rng.standard_normal(lengths.size) * 10 ** rng.uniform(0, 1.2, lengths.size), lengths)[:n]


def pulses(n, m, rng):
    """About two in a window, of either sign and any height up to a few 1e6 sigma, on an offset."""
    return noise(n, m, rng) + 1e6 * (1 + (rng.random(n) < 2 / m) * noise(n, m, rng))


def bursts(n, m, rng):
    return noise(n, m, rng) * 10 ** (4 * np.sin(np.arange(n) * 40 / n))


def one_bad_sample(value):
    def signal(n, m, rng):
        samples = offset(1e4)(n, m, rng)
        samples[n // 2] = value
        return samples

    return signal


SIGNALS = {
    "white noise": noise,
    "offset 1e2 sigma": offset(1e2),
    "offset 1e4 sigma": offset(1e4),
    "offset 1e6 sigma": offset(1e6),
    "1e6 step": step,
    "1e6x spike": spike,
    "ramp": ramp,
    "random walk": random_walk,
    "constant stretches": constant_stretches,
    "scale 1e-30": scaled(1e-30),
    "scale 1e30": scaled(1e30),
    "growth": growth,
    "decay": decay,
    "square wave": square_wave,
    "fast square wave": fast_square_wave,
    "levels": levels,
    "pulses": pulses,
    "bursts": bursts,
    "one NaN": one_bad_sample(np.nan),
    "one Inf": one_bad_sample(np.inf),
}


def integers(n, m, rng, dtype):
    """Small variations at the upper end of an integer dtype, then its whole range."""
    limits = np.iinfo(dtype)
    half = n // 2
    return np.concatenate(
        [
            rng.integers(limits.max - 5, limits.max, half, dtype, endpoint=True),
            rng.integers(limits.min, limits.max, n - half, dtype, endpoint=True),
        ]
    )


def bad_windows(signal, m):
    """(constant, not finite): which windows of m hold equal samples only, and which hold a NaN or an Inf."""

    def any_in(flags, width):
        total = np.concatenate([[0], np.cumsum(flags)])
        return total[width:] > total[: total.size - width]

    finite = np.isfinite(signal)
    changes = signal[1:] != signal[:-1]
    return ~any_in(changes, m - 1) & ~any_in(~finite, m), any_in(~finite, m)


def windows_to_check(signal, m, rng, *suspicion, most=400):
    """Starts of windows for the oracle: the ends, those that just touch the largest jump, the most suspicious ones by
    each of the given measures (one value a window), and as many random ones as the oracle has time for."""
    count = signal.size - m + 1
    with np.errstate(invalid="ignore"):
        jump = int(np.argmax(np.nan_to_num(abs(np.diff(signal)), nan=np.inf)))
    starts = {0, 1, count - 2, count - 1, jump - m, jump - m + 1, jump - m + 2, jump - 1, jump, jump + 1, jump + 2}
    for measure in suspicion:
        starts.update(np.argsort(np.nan_to_num(measure))[-8:].tolist())
    starts.update(rng.integers(0, count, min(most, 600_000 // m)).tolist())
    return np.array(sorted(start for start in starts if 0 <= start < count))

"""Images that break template matching elsewhere: as hard_signals.py, for windows of m by m."""

import numpy as np


def noise(n, m, rng):
    return rng.standard_normal((n, n))


def offset(sigmas):
    return lambda n, m, rng: noise(n, m, rng) + sigmas


def scaled(factor):
    return lambda n, m, rng: noise(n, m, rng) * factor


def step(n, m, rng):
    return noise(n, m, rng) + 1e6 * (np.arange(n) >= n // 2)


def corner(n, m, rng):
    image = noise(n, m, rng)
    image[: n // 4, : n // 4] *= 1e6
    return image


def spike(n, m, rng):
    image = noise(n, m, rng)
    image[n // 2, n // 3] = 1e6
    return image


def specks(n, m, rng):
    """One for every few windows, so that most hold none and no rectangle of them is free of any."""
    image = noise(n, m, rng)
    image[rng.random(image.shape) < 0.5 / m**2] *= 1e6
    return image


def ramp(n, m, rng):
    return noise(n, m, rng) + np.linspace(0, 1e6, n)


def tilted(n, m, rng):
    return ramp(n, m, rng) + np.linspace(0, 1e6, n)[:, None]


def random_surface(n, m, rng):
    return np.cumsum(np.cumsum(noise(n, m, rng), axis=0), axis=1)


def constant_patches(n, m, rng):
    """One at an offset; one a sample larger than a window, one smaller."""
    image = noise(n, m, rng)
    image[n // 3 : 2 * n // 3, n // 4 : 3 * n // 4] = 1e4 + 0.1
    image[: m + 1, : m + 1] = 3.7
    image[-m // 2 :, -m // 2 :] = 0
    return image


def print_on_paper(n, m, rng):
    """Nearly all windows hold one value and a few others, or that value alone."""
    image = np.ones((n, n))
    image[rng.random(image.shape) < 0.5 / m**2] = 0
    return image


def tiles(n, m, rng):
    """Larger than windows, each of one level."""
    levels = rng.integers(0, 5, (n // (2 * m) + 1,) * 2).astype(float)
    return levels.repeat(2 * m, 0).repeat(2 * m, 1)[:n, :n]


def growth(n, m, rng):
    return (1 + 0.1 * noise(n, m, rng)) * 10 ** np.linspace(-30, 30, n)


def one_bad_sample(value):
    def image(n, m, rng):
        x = noise(n, m, rng)
        x[2 * n // 3, n // 2] = value
        return x

    return image


IMAGES = {
    "white noise": noise,
    "offset 1e2 sigma": offset(1e2),
    "offset 1e4 sigma": offset(1e4),
    "offset 1e6 sigma": offset(1e6),
    "1e6 step": step,
    "1e6x corner": corner,
    "1e6 spike": spike,
    "1e6x specks": specks,
    "ramp": ramp,
    "two ramps": tilted,
    "random surface": random_surface,
    "constant patches": constant_patches,
    "print on paper": print_on_paper,
    "tiles": tiles,
    "scale 1e-30": scaled(1e-30),
    "scale 1e30": scaled(1e30),
    "growth": growth,
    "one NaN": one_bad_sample(np.nan),
    "one Inf": one_bad_sample(np.inf),
}

"""Naive oracles of `sigkit.filter_design`, in longdouble: definitions written out, by other ways than the library's.

Conditions on moments are solved by elimination, the sinc's derivatives integrated over its band, splines divided on a
grid of frequencies, the Fourier kernels summed wave by wave.
"""

import numpy as np

__all__ = [
    "derivative_kernel", "dog_kernel", "frequency_response", "gabor_kernel", "gaussian_derivative_kernel",
    "gaussian_kernel1d", "laplace_kernel", "log_kernel", "moments", "noise_gain", "separate", "sobel_kernel",
]  # fmt: skip

LONG = np.longdouble
PI = 4 * np.arctan(LONG(1))
QUIET = np.errstate(invalid="ignore", over="ignore", divide="ignore", under="ignore")


def widen(x):
    x = np.asarray(x)
    return x.astype(np.clongdouble if x.dtype.kind == "c" else LONG)


def offsets(size):
    return np.arange(size).astype(LONG) - size // 2


def factorial(n):
    return np.prod(np.arange(1, n + 1).astype(LONG))


def each(value, ndim):
    return value if isinstance(value, (tuple, list)) else (value,) * ndim


def product(factors):
    """One weight after the other, each the product of one from every factor."""
    out = np.ones([len(factor) for factor in factors], LONG)
    for index in np.ndindex(out.shape):
        for i, factor in zip(index, factors, strict=True):
            out[index] *= factor[i]
    return out


# ------------------------------------------------------------------------------------------- weights on a line


def solve(matrix, right):
    """Gaussian elimination with rows exchanged, in longdouble."""
    n = len(right)
    rows = np.concatenate([matrix, right[:, None]], axis=1)
    for i in range(n):
        best = i + np.argmax(abs(rows[i:, i]))
        rows[[i, best]] = rows[[best, i]]
        rows[i] /= rows[i, i]
        for k in range(n):
            if k != i:
                rows[k] -= rows[k, i] * rows[i]
    return rows[:, -1]


def fit(nodal, derivative, accuracy, given):
    """given + nodal * (polynomial of the derivative's parity) with the moments of the derivative."""
    reach = max(len(given) // 2, 1)
    t = offsets(len(given)) / reach
    powers = range(derivative % 2, derivative + accuracy - 1, 2)
    wanted = [factorial(derivative) / LONG(reach) ** derivative if k == derivative else LONG(0) for k in powers]
    missing = np.array([w - np.sum(t**k * given) for w, k in zip(wanted, powers, strict=True)])
    matrix = np.array([[np.sum(nodal * t ** (j + k)) for j in powers] for k in powers])
    return given + nodal * sum(a * t**j for a, j in zip(solve(matrix, missing), powers, strict=True))


def gaussian(sigma, size):
    return np.exp(-(offsets(size) ** 2) / (2 * LONG(sigma) ** 2))


def sinc_taps(derivative, size):
    """Mean over the band -pi to pi of (i w)^d exp(-i w n), by parts: what it is at the ends, and the mean for d - 1."""
    out = np.zeros(size, LONG)
    for at, n in enumerate(offsets(size)):
        if n == 0:
            out[at] = 0 if derivative % 2 else (-1) ** (derivative // 2) * PI**derivative / (derivative + 1)
            continue
        for d in range(1, derivative + 1):
            ends = (-1) ** ((d + 1) // 2) * (-1) ** int(n) * PI ** (d - 1) if d % 2 else 0
            out[at] = (ends + d * out[at]) / n
    return out


def b_spline(degree, x, derivative=0):
    if derivative:
        return b_spline(degree - 1, x + 0.5, derivative - 1) - b_spline(degree - 1, x - 0.5, derivative - 1)
    if degree == 0:
        return LONG(1 if abs(x) < 0.5 else 0.5 if abs(x) == 0.5 else 0)
    low, high = b_spline(degree - 1, x - 0.5), b_spline(degree - 1, x + 0.5)
    return ((LONG(degree + 1) / 2 + x) * high + (LONG(degree + 1) / 2 - x) * low) / degree


def spline_degree(derivative, accuracy):
    """The first odd degree with a continuous derivative and enough of an order."""
    degree = 1
    while degree < derivative + 1 or 2 * ((degree + 2 - derivative) // 2) < accuracy:
        degree += 2
    return degree


def spline_taps(derivative, accuracy, size):
    """Mean over 1024 frequencies of the response, the derivative's samples over those of the B-spline."""
    degree = spline_degree(derivative, accuracy)
    knots = range(-degree, degree + 1)
    w = 2 * PI * np.arange(1024).astype(LONG) / 1024
    above = sum(b_spline(degree, k, derivative) * np.exp(-1j * w * k) for k in knots)
    below = sum(b_spline(degree, k) * np.exp(-1j * w * k) for k in knots)
    return np.array([np.mean((above / below * np.exp(-1j * w * n)).real) for n in offsets(size)])


def fourier_taps(derivative, size):
    out = np.zeros(size, LONG)
    for k in range(-(size // 2), size // 2 + 1):
        w = 2 * PI * k / size
        share = 0.5 if 2 * abs(k) == size else 1  # the Nyquist frequency, once with either sign
        out += share * w**derivative * np.cos(derivative * PI / 2 - w * offsets(size)) / size
    return out


def line(derivative, method, accuracy, size, sigma, correction):
    fewest = 2 * ((derivative + 1) // 2) - 1 + accuracy
    if method == "finite-difference":
        size = size or fewest
        return fit(np.ones(size, LONG), derivative, accuracy, np.zeros(size, LONG))
    if method == "gaussian":
        size = size or max(fewest, 2 * int(4 * sigma + 0.5) + 1)
        return fit(gaussian(sigma, size), derivative, accuracy, np.zeros(size, LONG))
    if method == "fourier":
        return fourier_taps(derivative, size)
    taps = sinc_taps(derivative, size) if method == "sinc" else spline_taps(derivative, accuracy, size)
    if correction == "least-squares":
        return fit(np.ones(size, LONG), derivative, accuracy, taps)
    if correction == "taper":
        taps *= (1 + np.cos(PI * offsets(size) / (size // 2 + 1))) / 2
    taps[size // 2] -= np.sum(taps)
    return taps


# -------------------------------------------------------------------------------------------------- functions


def derivative_kernel(derivative, *, method="finite-difference", accuracy=2, size=None, sigma=None, correction=None):
    return line(derivative, method, accuracy, size, sigma, correction)


def laplace_kernel(
    size=None, *, method="finite-difference", accuracy=2, sigma=None, ndim=2, isotropic=False, correction=None
):
    if isotropic:  # of 3 x 3
        return np.array([[1, 4, 1], [4, -20, 4], [1, 4, 1]], LONG) / 6
    seconds = [line(2, method, accuracy, n, sigma, correction) for n in each(size, ndim)]
    smooths = [
        gaussian(sigma, len(s)) / np.sum(gaussian(sigma, len(s))) if method == "gaussian" else offsets(len(s)) == 0
        for s in seconds
    ]
    return sum(product([*smooths[:i], seconds[i], *smooths[i + 1 :]]) for i in range(ndim))


def log_kernel(sigma, *, size=None, ndim=2):
    return laplace_kernel(size, method="gaussian", sigma=sigma, ndim=ndim)


def gaussian_derivative_kernel(sigma, derivative, *, size=None):
    orders = each(derivative, 1)
    sizes, sigmas = each(size, len(orders)), each(sigma, len(orders))
    return product([line(d, "gaussian", 2, n, s, None) for d, n, s in zip(orders, sizes, sigmas, strict=True)])


def gaussian_kernel1d(sigma, order=0, radius=None, *, truncate=4.0):
    """The Gaussian times a polynomial q: another derivative makes q' - n / sigma^2 q of it."""
    size = 2 * (int(truncate * sigma + 0.5) if radius is None else radius) + 1
    kernel, q = gaussian(sigma, size) / np.sum(gaussian(sigma, size)), [LONG(1)]
    for _ in range(order):
        slope = [k * q[k] for k in range(1, len(q))] + [LONG(0)] * 2
        q = [s - c / LONG(sigma) ** 2 for s, c in zip(slope, [LONG(0), *q], strict=True)]
    return sum(c * (-offsets(size)) ** k for k, c in enumerate(q)) * kernel


def dog_kernel(low_sigma, high_sigma=None, *, ndim=2, truncate=4.0):
    wide = gaussian_kernel1d(1.6 * low_sigma if high_sigma is None else high_sigma, truncate=truncate)
    narrow, short = np.zeros(len(wide), LONG), gaussian_kernel1d(low_sigma, truncate=truncate)
    begin = (len(wide) - len(short)) // 2
    narrow[begin : begin + len(short)] = short
    return product([narrow] * ndim) - product([wide] * ndim)


def gabor_kernel(frequency, theta=0, bandwidth=1, sigma_x=None, sigma_y=None, n_stds=3, offset=0, dtype=None):
    power = 2.0**bandwidth
    default = np.sqrt(np.log(2) / 2) / np.pi * (power + 1) / (power - 1) / frequency
    sigma_x, sigma_y = sigma_x or default, sigma_y or default
    cos, sin = np.cos(theta), np.sin(theta)
    x0 = int(np.ceil(max(abs(n_stds * sigma_x * cos), abs(n_stds * sigma_y * sin), 1)))
    y0 = int(np.ceil(max(abs(n_stds * sigma_y * cos), abs(n_stds * sigma_x * sin), 1)))
    out = np.zeros((2 * y0 + 1, 2 * x0 + 1), np.clongdouble)
    for i, k in np.ndindex(out.shape):
        x, y = LONG(k - x0), LONG(i - y0)
        u, v = x * np.cos(LONG(theta)) + y * np.sin(LONG(theta)), y * np.cos(LONG(theta)) - x * np.sin(LONG(theta))
        phase = 2 * PI * frequency * u + offset
        size = np.exp(-((u / sigma_x) ** 2 + (v / sigma_y) ** 2) / 2) / (2 * PI * sigma_x * sigma_y)
        out[i, k] = size * np.cos(phase) + 1j * (size * np.sin(phase))
    return out


def sobel_kernel(size=3, *, derivative=(0, 1), gain="raw"):
    factors = []
    for order in each(derivative, 1):
        row = [1]
        for step in range(size - 1):
            sign = -1 if step < order else 1
            row = [sign * b + a for a, b in zip([0, *row], [*row, 0], strict=True)]
        factors.append(np.array(row, LONG) / (LONG(2) ** (size - 1 - order) if gain == "unit" else 1))
    return product(factors)


def separate(kernel):
    """What the sum of the products must be."""
    return widen(kernel)


@QUIET
def moments(kernel, order):
    kernel = widen(kernel)
    out = np.zeros((order + 1,) * kernel.ndim, kernel.dtype)
    for powers in np.ndindex(out.shape):
        weights = np.ones(kernel.shape, LONG)
        for axis, power in enumerate(powers):
            shape = [-1 if i == axis else 1 for i in range(kernel.ndim)]
            weights = weights * (offsets(kernel.shape[axis]) ** power).reshape(shape)
        out[powers] = np.sum(kernel.real * weights)
        if kernel.dtype.kind == "c":
            out.imag[powers] = np.sum(kernel.imag * weights)
    return out


@QUIET
def frequency_response(kernel, frequencies):
    kernel, f = widen(kernel), widen(frequencies)
    for size in kernel.shape:  # the first axis goes, its frequencies come at the end
        waves = np.exp(2j * PI * f * offsets(size)[:, None])
        kernel = np.stack([np.sum(np.moveaxis(kernel, 0, -1) * wave, axis=-1) for wave in waves.T], axis=-1)
    return kernel


@QUIET
def noise_gain(kernel):
    return np.sqrt(np.sum(abs(widen(kernel)) ** 2))

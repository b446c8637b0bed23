"""Rows of `sigkit.network_input`: see cases.py."""

import numpy as np
import reference_network_input as oracle
from cases import DOUBLE, EVERY, REALS, SINGLE, Case, equal, floating, samples
from cases_multirate import of_resampling
from reference_spectral import growth


def real_of(*dtypes):
    return np.finfo(np.result_type(floating(*dtypes), np.float32)).dtype


def spread(dtype, rng, *shape):
    """Samples of all sizes, some of them 0: but for those of integers."""
    x = samples(rng, dtype, *shape)
    if x.dtype.kind in "fc":
        most = 4 if x.dtype == np.float16 else 20
        x *= (2.0 ** rng.integers(-most, most, shape)).astype(x.real.dtype)
        x[rng.random(shape) < 0.1] = 0
    return x


def signals(*more, lines=3, **keywords):
    return lambda dtype, rng, n: ((spread(dtype, rng, lines, -(-n // lines)), *more), keywords)


def images(*more, shape=(4, 6), **keywords):
    def arguments(dtype, rng, n):
        return (spread(dtype, rng, max(n // (shape[0] * shape[1]), 1), *shape), *more), keywords

    return arguments


def with_mask(dtype, rng, n):
    x = spread(dtype, rng, 3, -(-n // 3), 2)
    return (x, "zscore", (1, 2)), {"mask": rng.random(x.shape[1:]) < 0.7}


def recordings(dtype, features=(), **keywords):
    """Lists of arrays, none of which a test can replace; one of them empty."""
    def arguments(_, rng, n):
        lengths = [0, n, *rng.integers(1, n, 3, endpoint=True)]
        return ([samples(rng, dtype, k, *features) for k in lengths],), keywords

    return arguments


def few_samples(length, **keywords):
    """Of lines that are long enough for it."""
    return lambda dtype, rng, n: ((samples(rng, dtype, 2, n + length), length), keywords)


def rounded(case, positional, keywords):
    """Copied: but for integers that float64 does not hold."""
    x = positional[0]
    return np.finfo(float).eps / 2 * abs(case.oracle(*positional, **keywords)) if x.dtype.kind in "iu" else 0


def resampled(case, positional, keywords):
    x, length = positional
    return of_resampling(case, (x, length, x.shape[-1]), {"axis": -1})


def of_channels(case, positional, keywords):
    z, representation, layout = (*positional, *["iq", "first"][len(positional) - 1 :])
    eps = case.eps(positional)
    if "transform" not in keywords:
        exact = abs(oracle.complex_channels(*positional, **keywords))
        tiny = np.finfo(real_of(z.dtype)).smallest_normal  # what vanishes does so by this much
        if representation == "iq":
            return rounded(case, positional, keywords)
        least = 1 if representation == "log-polar" else 0  # as much as an eps of a magnitude makes
        return 3 * eps * np.maximum(np.where(np.isfinite(exact), exact, 0), least) + tiny
    # An error of the spectrum reaches a part, or as much of the magnitude
    wide = z.astype(np.clongdouble)
    size = np.where(np.isfinite(wide), abs(wide), 0).sum(axis=(-1, -2), keepdims=True)
    error = (growth(z.shape[-1]) + growth(z.shape[-2])) * eps * size
    spectra = abs(oracle.fft2_centered(z, origin=keywords.get("origin", "corner")))
    spectra = np.where(np.isfinite(spectra), spectra, 0)
    if representation == "power":
        error = 2 * spectra * error + error**2 + 4 * eps * spectra**2
    channels = {"iq": 2, "power": 1}[representation]
    error = np.broadcast_to(error, spectra.shape)
    if layout == "flat":
        return np.tile(error.reshape((*z.shape[:-2], z.shape[-2] * z.shape[-1])), channels)
    return np.stack([error] * channels, axis=-1 if layout == "last" else -3)


def of_normalization(case, positional, keywords):
    """4 eps of a result; and in double precision what n sums, and what is subtracted, lose, over the divisor."""
    result, divisors = oracle.normalize_and_divisors(*positional, **keywords)
    x = oracle.wide(positional[0])
    size = np.where(np.isfinite(result), abs(result), 0)
    largest = abs(x[np.isfinite(x)]).max(initial=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = np.where(divisors > 0, (8 + x.size) * np.finfo(float).eps * (1 + size) * (1 + largest / divisors), 0)
    return 4 * case.eps(positional) * size + rest + np.finfo(real_of(positional[0].dtype)).smallest_normal


def of_padding(case, positional, keywords):
    if not keywords.get("normalize"):
        return 0
    size = abs(oracle.pad_batch(*positional, **keywords)[0])
    return 16 * np.finfo(case.result_dtype()).eps * np.maximum(size, 1)


def single(*dtypes):
    return np.dtype(SINGLE)


def double(*dtypes):
    return np.dtype(DOUBLE)


one = {"arrays": (0,)}
channels = one | {"result_dtype": real_of}
copied = one | {"parallel": False}
listed = {"arrays": ()}
# fmt: off
ROWS = [
    Case("network_input.complex_channels", signals(), of_channels, EVERY, **channels),
    Case("network_input.complex_channels:images, last", images("iq", "last"), of_channels, EVERY, **channels),
    Case("network_input.complex_channels:flat power", images("power", "flat"), of_channels, EVERY, **channels),
    Case("network_input.complex_channels:polar", signals("polar", "last"), of_channels, EVERY, **channels),
    Case("network_input.complex_channels:log-polar", signals("log-polar", ndim=1), of_channels, EVERY, **channels),
    Case("network_input.complex_channels:fft2", images(shape=(6, 7), transform="fft2"), of_channels, EVERY,
         bench=("fft2-channels",), **channels),
    Case("network_input.complex_channels:fft2, flat", images("iq", "flat", shape=(5, 12), transform="fft2",
         origin="center"), of_channels, EVERY, **channels),
    Case("network_input.complex_channels:fft2, not smooth", images("power", "last", shape=(3, 11), transform="fft2"),
         of_channels, EVERY, **(channels | {"parallel": False})),
    Case("network_input.normalize", signals(lines=20), of_normalization, REALS, **one),
    Case("network_input.normalize:minmax", signals("minmax", 0, lines=5), of_normalization, REALS, **one),
    Case("network_input.normalize:peak", signals("peak", None), of_normalization, REALS, **one),
    Case("network_input.normalize:rms", images("rms", (0, 2)), of_normalization, REALS, **one),
    Case("network_input.normalize:mask", with_mask, of_normalization, REALS, **one),
    Case("network_input.pad_batch", recordings(SINGLE, normalize="zscore"), of_padding, (SINGLE,), single,
         bench=("pad-batch",), **listed),
    Case("network_input.pad_batch:channels first", recordings(DOUBLE, (3,), normalize="minmax", layout="first"),
         of_padding, (DOUBLE,), double, **listed),
    Case("network_input.pad_batch:as they are", recordings(np.int16, (2,), fill_value=-1), equal, (DOUBLE,), double,
         **listed),
    Case("network_input.fixed_length", few_samples(7, where="center"), rounded, EVERY, **copied),
    Case("network_input.fixed_length:pad", lambda dtype, rng, n: ((samples(rng, dtype, n, 2), n + 5),
         {"axis": 0, "how": "pad", "where": "center", "fill_value": 2.0}), rounded, EVERY, **copied),
    Case("network_input.fixed_length:resample", few_samples(8, how="resample"), resampled, EVERY, **copied),
    Case("network_input.frame", lambda dtype, rng, n: ((samples(rng, dtype, 2, n), min(n, 9), 4), {}), rounded, EVERY,
         **copied),
    Case("network_input.as_sequences", images(2), rounded, EVERY, **copied),
    Case("network_input.as_sequences:first", images(0, "first"), rounded, EVERY, **copied),
]
# fmt: on

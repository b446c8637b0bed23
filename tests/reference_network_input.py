"""Oracles of `sigkit.network_input`: sample by sample, or example by example, in extended precision."""

import numpy as np
from reference_multirate import resample_poly
from reference_spectral import fft2_centered

QUIET = np.errstate(invalid="ignore", over="ignore", divide="ignore", under="ignore")
CHANNELS = {
    "iq": lambda x, y, floor: [x, y],
    "polar": lambda x, y, floor: [np.hypot(x, y), np.arctan2(y, x)],
    "log-polar": lambda x, y, floor: [np.log(np.maximum(np.hypot(x, y), floor)), *unit(x, y)],
    "power": lambda x, y, floor: [x * x + y * y],
}


def wide(x):
    x = np.asarray(x)
    return x.astype(np.clongdouble if x.dtype.kind == "c" else np.longdouble)


def unit(x, y):
    phase = np.arctan2(y, x)
    nothing = (x == 0) & (y == 0)
    return np.where(nothing, 1, np.cos(phase)), np.where(nothing, 0, np.sin(phase))


@QUIET
def complex_channels(z, representation="iq", layout="first", *, ndim=None, transform=None, origin="corner",
                     floor=1e-10):  # fmt: skip
    z = np.asarray(z)
    if transform:
        ndim = 2
    elif ndim is None:
        ndim = max(z.ndim - 1, 1)
    z = fft2_centered(z, origin=origin) if transform else wide(z).astype(np.clongdouble)
    batch, example = z.shape[: z.ndim - ndim], z.shape[z.ndim - ndim :]
    examples = []
    for i in np.ndindex(batch):
        channels = CHANNELS[representation](z[i].real, z[i].imag, np.longdouble(floor))
        if layout == "flat":
            examples.append(np.concatenate([channel.ravel() for channel in channels]))
        else:
            examples.append(np.stack(channels, axis=0 if layout == "first" else -1))
    count = {"iq": 2, "polar": 2, "log-polar": 3, "power": 1}[representation]
    shape = {"first": (count, *example), "last": (*example, count), "flat": (count * int(np.prod(example)),)}[layout]
    return np.reshape(examples, (*batch, *shape)).astype(np.longdouble)


@QUIET
def moments(x, method, axis):
    """(what is subtracted, what is divided by) of samples that all count."""
    size = {"axis": axis, "keepdims": True}
    if method == "zscore":
        mean = x.mean(**size)
        return mean, np.sqrt(np.square(x - mean).mean(**size))
    if method == "minmax":
        return x.min(**size), x.max(**size) - x.min(**size)
    return 0, abs(x).max(**size) if method == "peak" else np.sqrt(np.square(x).mean(**size))


@QUIET
def normalize_and_divisors(x, method="zscore", axis=-1, mask=None):
    x = wide(x)
    axes = tuple(range(x.ndim)) if axis is None else tuple(a % x.ndim for a in np.atleast_1d(axis))
    counts = np.ones(x.shape, bool) if mask is None else np.broadcast_to(mask, x.shape)
    out, divisors = np.zeros(x.shape, np.longdouble), np.zeros(x.shape, np.longdouble)
    for i in np.ndindex(*[1 if a in axes else n for a, n in enumerate(x.shape)]):
        group = tuple(slice(None) if a in axes else k for a, k in enumerate(i))
        samples = x[group][counts[group]]
        if not samples.size:
            continue
        center, scale = moments(samples, method, 0)
        values = (samples - center) / scale if not (scale == 0).all() else 0 * samples
        if not np.isfinite(samples).all():
            values = np.full(samples.shape, np.nan)
        part = np.zeros(x[group].shape, np.longdouble)
        part[counts[group]] = values
        out[group] = part
        divisors[group] = scale
    return out, divisors


def normalize(x, method="zscore", axis=-1, mask=None):
    return normalize_and_divisors(x, method, axis, mask)[0]


def fixed_length(x, length, *, axis=-1, how="crop", where="start", fill_value=0.0, rng=None):
    if how == "resample":
        return resample_poly(x, length, np.shape(x)[axis], axis=axis)
    lines = np.moveaxis(wide(x), axis, -1)
    n = lines.shape[-1]
    spare = abs(n - length)
    first = {"start": 0, "center": spare // 2}.get(where)
    if first is None:
        first = np.random.default_rng(rng).integers(spare, endpoint=True)
    if n >= length:
        result = lines[..., first : first + length]
    else:
        sides = [(0, 0)] * (lines.ndim - 1) + [(first, spare - first)]
        result = np.pad(lines, sides, constant_values=fill_value)
    return np.moveaxis(result, -1, axis)


def frame(x, length, hop):
    x = wide(x)
    return np.stack([x[..., i : i + length] for i in range(0, x.shape[-1] - length + 1, hop)], axis=-2)


def pad_batch(arrays, length=None, *, normalize=None, layout=None, fill_value=0.0):
    items = [wide(x) for x in arrays]
    if normalize:
        items = [globals()["normalize"](x, normalize, 0) for x in items]
    lengths = np.array([len(x) for x in items], np.int64)
    length = lengths.max() if length is None else length
    mask = np.arange(length) < lengths[:, None]
    rows = []
    for x in items:
        x = x if x.ndim == 2 or layout is None else x[:, None]
        sides = [(0, length - len(x))] + [(0, 0)] * (x.ndim - 1)
        rows.append(np.pad(x, sides, constant_values=fill_value))
    samples = np.stack(rows)
    return samples.swapaxes(1, 2) if layout == "first" else samples, lengths, mask


def as_sequences(x, time_axis, layout="last"):
    x = wide(x)
    rest = [a for a in range(x.ndim) if a != time_axis % x.ndim]
    order = [rest[0], time_axis % x.ndim, *rest[1:]]
    moved = x.transpose(order)
    result = moved.reshape(*moved.shape[:2], int(np.prod(moved.shape[2:])))
    return result if layout == "last" else result.swapaxes(1, 2)

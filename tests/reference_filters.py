"""Oracles of `sigkit.filters`, some of them namesakes of those in reference.py; NumPy alone.

Every output is the sum of its window, sample by sample, in longdouble. Integers come back unrounded, but within the
range of their dtype; bool as 0 and 1.
"""

import numpy as np
import reference_filter_design as design
from reference_windows import *  # noqa: F403

QUIET = np.errstate(invalid="ignore", over="ignore", divide="ignore", under="ignore")
LONG = {"f": np.longdouble, "c": np.clongdouble}


def growth(m):
    """eps by which a sum of m products may be off, relative to the sum of their sizes."""
    return min(m, 256) + m // 256 + 3


def wide(x):
    x = np.asarray(x)
    return x.astype(LONG["c" if x.dtype.kind == "c" else "f"])


def place(i, n, mode):
    """Which of n samples stands at i; None where the constant does."""
    if 0 <= i < n:
        return i
    if mode in ("constant", "grid-constant"):
        return None
    if mode in ("nearest", "edge"):
        return 0 if i < 0 else n - 1
    if mode in ("wrap", "grid-wrap"):
        return i % n
    if mode == "mirror":
        order = [*range(n), *range(n - 2, 0, -1)]
    else:
        order = [*range(n), *range(n - 1, -1, -1)]
    return order[i % len(order)]


def times(weight, samples):
    """A real factor scales each part of a complex one alone: (inf + 0j) * 2 has no NaN."""
    if np.iscomplexobj(weight) == np.iscomplexobj(samples):
        return weight * samples
    real, other = (samples, weight) if np.iscomplexobj(weight) else (weight, samples)
    result = np.empty(samples.shape, np.clongdouble)
    result.real, result.imag = other.real * real, other.imag * real
    return result


def moved(x, shift, axis, mode, cval):
    """out[i] = x[i + shift] along the axis, of x extended."""
    n = x.shape[axis]
    out = np.empty_like(x)
    for i in range(n):
        j = place(i + shift, n, mode)
        out[(slice(None),) * axis + (i,)] = cval if j is None else x[(slice(None),) * axis + (j,)]
    return out


@QUIET
def window_sums(x, weights, starts, axes, modes, cval):
    """out[i] = sum over j of weights[j] x[i + starts + j] over the axes."""
    x = wide(x)
    out = np.zeros(x.shape, np.result_type(x, weights))
    for index in np.ndindex(weights.shape):
        samples = x
        for k, axis in enumerate(axes):
            samples = moved(samples, starts[k] + index[k], axis, modes[k], cval)
        out += times(weights[index], samples)
    return out


@QUIET
def passes(x, term, axes, modes, cval, sequential=True):
    """One axis after the other; each pass sees the constant, or what the passes before make of it."""
    for (taps, start), axis, mode in zip(term, axes, modes, strict=True):
        x = window_sums(x, taps, [start], [axis], [mode], cval)
        cval = cval if sequential else cval * taps.sum()
    return x


def stored(x, image, output=None):
    """As the result's dtype holds it: integers are not rounded here."""
    dtype = np.dtype(output) if output is not None else np.asarray(image).dtype
    if np.iscomplexobj(x):
        return x
    if dtype.kind == "b":
        return (x != 0).astype(np.longdouble)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return np.clip(x, np.longdouble(limits.min), np.longdouble(limits.max))
    return x


def chosen(axes, ndim):
    return list(range(ndim)) if axes is None else [a % ndim for a in np.atleast_1d(axes)]


def each(value, count):
    return [value] * count if isinstance(value, str) or np.ndim(value) == 0 else list(value)


# ------------------------------------------------------------------------------------------------ given weights


def present(x, cval):
    """(samples with 0 for NaN, 1 where they are not, the same of the constant)."""
    x = wide(x)
    there = ~np.isnan(x)
    return np.where(there, x, 0), there.astype(np.longdouble), 0 if np.isnan(cval) else cval, float(not np.isnan(cval))


@QUIET
def over_present(x, cval, sums, sizes, total):
    """A missing sample stands for the weighted mean of those present: sums and sizes filter (x, cval), by the weights
    and by their magnitudes."""
    samples, there, constant, inside = present(x, cval)
    count = sizes(there, inside)
    mean = sizes(samples, constant) / count
    missing = total - sums(there, inside)
    return sums(samples, constant) + np.where(np.isinf(mean), 0, mean * missing)


def weighted(input, weights, output, mode, cval, origin, axes, nan_policy, convolution):
    x, weights = np.asarray(input), wide(weights)
    axes = chosen(axes, x.ndim)
    if not convolution:
        weights = weights.conj()
    modes, origins = each(mode, len(axes)), each(origin, len(axes))
    order = np.argsort(axes, kind="stable")
    axes, modes, origins = [axes[i] for i in order], [modes[i] for i in order], [origins[i] for i in order]
    starts = [-(n // 2) - o for n, o in zip(weights.shape, origins, strict=True)]
    if convolution:
        starts = [-s - n + 1 for s, n in zip(starts, weights.shape, strict=True)]
        weights = weights[(slice(None, None, -1),) * weights.ndim]

    def filtered(w):
        return lambda samples, constant: window_sums(samples, w, starts, axes, modes, constant)

    if nan_policy == "omit" and (np.isnan(wide(x)).any() or np.isnan(cval)):
        result = over_present(x, cval, filtered(weights), filtered(abs(weights)), weights.sum())
    else:
        result = filtered(weights)(x, cval)
    return stored(result, x, output)


def correlate(
    input, weights, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None, nan_policy="propagate"
):
    return weighted(input, weights, output, mode, cval, origin, axes, nan_policy, False)


def convolve(
    input, weights, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None, nan_policy="propagate"
):
    return weighted(input, weights, output, mode, cval, origin, axes, nan_policy, True)


def correlate1d(
    input, weights, axis=-1, output=None, mode="reflect", cval=0.0, origin=0, *, nan_policy="propagate"
):
    return weighted(input, weights, output, mode, cval, origin, axis, nan_policy, False)


def convolve1d(
    input, weights, axis=-1, output=None, mode="reflect", cval=0.0, origin=0, *, nan_policy="propagate"
):
    return weighted(input, weights, output, mode, cval, origin, axis, nan_policy, True)


# -------------------------------------------------------------------------------------------------- own weights


def centered(*taps):
    return np.array(taps, np.longdouble), -(len(taps) // 2)


def bell(sigma, order, radius):
    """The Gaussian's derivative by its Hermite polynomial, over the sum of the Gaussian."""
    sigma = np.longdouble(sigma)
    if sigma == 0:
        return centered(1)
    t = np.arange(radius, -radius - 1, -1) / sigma
    phi = np.exp(-t * t / 2)
    hermite = [np.ones_like(t), t]
    for k in range(1, order):
        hermite.append(t * hermite[k] - k * hermite[k - 1])
    return (-1) ** order * hermite[order] * phi / phi.sum() / sigma**order, -radius


def bells(sigma, order, truncate, radius, count):
    sigmas, orders, radii = each(sigma, count), each(order, count), each(radius, count)
    radii = [int(truncate * s + 0.5) if r is None else r for s, r in zip(sigmas, radii, strict=True)]
    return [bell(*one) for one in zip(sigmas, orders, radii, strict=True)]


def along_each(derivative, smoothing, count):
    return [[derivative if a == axis else smoothing for a in range(count)] for axis in range(count)]


def bells_along_each(sigma, order, truncate, radius, count):
    terms = []
    for axis in range(count):
        orders = [0] * count
        orders[axis] = order
        terms.append(bells(sigma, orders, truncate, radius, count))
    return terms


@QUIET
def combined(x, terms, axes, modes, cval, how="sum", sequential=True, nan_policy="propagate"):
    """The sum of terms, each with its modes, the root of the sum of their squares, or ("size") what bounds both."""
    if not axes:  # as SciPy: a copy, also of what would be a sum over no axes
        return abs(np.where(np.isfinite(wide(x)), wide(x), 0)) if how == "size" else wide(x)
    if how == "root":
        each_term = zip(terms, modes, strict=True)
        parts = [combined(x, [t], axes, [m], cval, "sum", sequential, nan_policy) for t, m in each_term]
        return np.sqrt(sum(part * part for part in parts))
    sizes = [[(abs(taps), start) for taps, start in term] for term in terms]
    total, sizes_total = (sum(np.prod([taps.sum() for taps, _ in term]) for term in some) for some in (terms, sizes))
    omits = nan_policy == "omit" and (np.isnan(wide(x)).any() or np.isnan(cval))
    sequential = sequential and not omits

    def filtered(terms):
        return lambda samples, constant: sum(
            passes(samples, term, axes, of_term, constant, sequential)
            for term, of_term in zip(terms, modes, strict=True)
        )

    if how == "size":
        samples, there, constant, inside = present(np.where(np.isinf(wide(x)), 0, x), cval)
        size = filtered(sizes)(abs(samples), abs(constant))
        # what stands for the missing: a quotient of two sums, times a third one
        return size + 3 * sizes_total * np.nan_to_num(size / filtered(sizes)(there, inside)) if omits else size
    if omits:
        return over_present(x, cval, filtered(terms), filtered(sizes), total)
    return filtered(terms)(wide(x), cval)


def gaussian_filter(
    input, sigma, order=0, output=None, mode="reflect", cval=0.0, truncate=4.0, *, radius=None, axes=None,
    nan_policy="propagate", how="sum",
):  # fmt: skip
    x = np.asarray(input)
    axes = chosen(axes, x.ndim)
    terms = [bells(sigma, order, truncate, radius, len(axes))]
    result = combined(x, terms, axes, [each(mode, len(axes))], cval, how, nan_policy=nan_policy)
    return stored(result, x, output)


def gaussian_filter1d(
    input, sigma, axis=-1, order=0, output=None, mode="reflect", cval=0.0, truncate=4.0, *, radius=None,
    nan_policy="propagate", how="sum",
):  # fmt: skip
    keywords = {"radius": radius, "axes": axis, "nan_policy": nan_policy, "how": how}
    return gaussian_filter(input, sigma, order, output, mode, cval, truncate, **keywords)


def gaussian_laplace(
    input, sigma, output=None, mode="reflect", cval=0.0, *, axes=None, truncate=4.0, radius=None,
    nan_policy="propagate", how="sum",
):  # fmt: skip
    x = np.asarray(input)
    axes = chosen(axes, x.ndim)
    terms = bells_along_each(sigma, 2, truncate, radius, len(axes))
    modes = [[one] * len(axes) for one in each(mode, len(axes))]
    return stored(combined(x, terms, axes, modes, cval, how, nan_policy=nan_policy), x, output)


def gaussian_gradient_magnitude(
    input, sigma, output=None, mode="reflect", cval=0.0, *, axes=None, truncate=4.0, radius=None,
    nan_policy="propagate", how="root",
):  # fmt: skip
    x = np.asarray(input)
    axes = chosen(axes, x.ndim)
    terms = bells_along_each(sigma, 1, truncate, radius, len(axes))
    modes = [[one] * len(axes) for one in each(mode, len(axes))]
    return stored(combined(x, terms, axes, modes, cval, how, nan_policy=nan_policy), x, output)


def periods(shape, modes):
    """How many samples of an extended axis come before they repeat."""
    period = {"reflect": lambda n: 2 * n, "mirror": lambda n: 2 * n - 2, "wrap": lambda n: n}
    return [max(period[mode](n), 1) for n, mode in zip(shape, modes, strict=True)]


def laplace(
    input, output=None, mode="reflect", cval=0.0, *, axes=None, nan_policy="propagate", method="finite-difference",
    accuracy=2, size=None, sigma=None, how="sum",
):  # fmt: skip
    x = np.asarray(input)
    axes = chosen(axes, x.ndim)
    modes, sizes = each(mode, len(axes)), each(size, len(axes))
    if method == "fourier":
        sizes = periods([x.shape[a] for a in axes], modes)
    seconds = [centered(*design.line(2, method, accuracy, n, sigma, "center")) for n in sizes]
    bells = [design.gaussian(sigma, len(w)) if method == "gaussian" else np.ones(1) for w, _ in seconds]
    zeroth = [centered(*bell / bell.sum()) for bell in bells]
    terms = [[*zeroth[:i], seconds[i], *zeroth[i + 1 :]] for i in range(len(axes))]
    result = combined(x, terms, axes, [modes] * len(axes), cval, how, False, nan_policy)
    return stored(result, x, output)


def derivative(input, axis, output, mode, cval, nan_policy, how, smoothing):
    x = np.asarray(input)
    axis %= x.ndim
    axes = [axis, *(a for a in range(x.ndim) if a != axis)]
    modes = each(mode, x.ndim)
    terms = [[centered(-1, 0, 1)] + [smoothing] * (x.ndim - 1)]
    result = combined(x, terms, axes, [[modes[a] for a in axes]], cval, how, nan_policy=nan_policy)
    return stored(result, x, output)


def sobel(input, axis=-1, output=None, mode="reflect", cval=0.0, *, nan_policy="propagate", how="sum"):
    return derivative(input, axis, output, mode, cval, nan_policy, how, centered(1, 2, 1))


def prewitt(input, axis=-1, output=None, mode="reflect", cval=0.0, *, nan_policy="propagate", how="sum"):
    return derivative(input, axis, output, mode, cval, nan_policy, how, centered(1, 1, 1))


# ---------------------------------------------------------------------------------------- scikit-image's and own


def float_image(image):
    x = np.asarray(image)
    if x.dtype.kind in "bf":
        return wide(x)
    return np.maximum(wide(x) / np.iinfo(x.dtype).max, -1)


def masked(result, mask):
    if mask is None:
        return result
    ones = np.ones((3,) * result.ndim, np.longdouble)
    axes = list(range(result.ndim))
    count = window_sums(np.asarray(mask, bool), ones, [-1] * result.ndim, axes, ["constant"] * result.ndim, 0)
    return result * (count == ones.size)


def edges(image, mask, axis, mode, cval, nan_policy, how, edge, smoothing):
    x = float_image(image)
    wanted, every = chosen(axis, x.ndim), list(range(x.ndim))
    taps, start = smoothing
    terms = [along_each(edge, (taps / taps.sum(), start), x.ndim)[a] for a in wanted]
    modes = [each(mode, x.ndim)] * len(terms)
    if how == "size" or len(wanted) == 1:
        return combined(x, terms, every, modes, cval, "size" if how == "size" else "sum", False, nan_policy)
    magnitude = combined(x, terms, every, modes, cval, "root", False, nan_policy)
    return masked(magnitude / np.sqrt(np.longdouble(x.ndim)), mask)


FARID = (
    centered(-0.109603762960254, -0.276690988455557, 0, 0.276690988455557, 0.109603762960254),
    centered(0.0376593171958126, 0.249153396177344, 0.426374573253687, 0.249153396177344, 0.0376593171958126),
)
PAIRS = {
    "central": (centered(-1, 0, 1), centered(1)),
    "prewitt": (centered(-1, 0, 1), centered(1, 1, 1)),
    "sobel": (centered(-1, 0, 1), centered(1, 2, 1)),
    "scharr": (centered(-1, 0, 1), centered(3, 10, 3)),
    "farid": FARID,
}


def scharr(image, mask=None, *, axis=None, mode="reflect", cval=0.0, nan_policy="propagate", how="root"):
    return edges(image, mask, axis, mode, cval, nan_policy, how, *PAIRS["scharr"])


def farid(image, mask=None, *, axis=None, mode="reflect", cval=0.0, nan_policy="propagate", how="root"):
    return edges(image, mask, axis, mode, cval, nan_policy, how, *FARID)


@QUIET
def roberts(image, mask=None, *, nan_policy="propagate", how="root"):
    x = float_image(image)
    kernels = [np.array(k, np.longdouble) for k in ([[-1, 0], [0, 1]], [[0, -1], [1, 0]])]
    omits = nan_policy == "omit" and np.isnan(x).any()

    def filtered(kernel):
        return lambda samples, constant: window_sums(samples, kernel, [0, 0], [0, 1], ["reflect"] * 2, constant)

    if how == "size":
        sums = filtered(sum(abs(k) for k in kernels))
        size = sums(abs(np.where(np.isfinite(x), x, 0)), 0)
        return size + 3 * 4 * np.nan_to_num(size / sums(~np.isnan(x), 0)) if omits else size
    one, two = (
        over_present(x, 0, filtered(k), filtered(abs(k)), 0) if omits else filtered(k)(x, 0) for k in kernels
    )
    return masked(np.sqrt((one * one + two * two) / 2), mask)


@QUIET
def gabor(
    image, frequency, theta=0, bandwidth=1, sigma_x=None, sigma_y=None, n_stds=3, offset=0, mode="reflect", cval=0, *,
    nan_policy="propagate", how="",
):  # fmt: skip
    x = float_image(image)
    kernel = design.gabor_kernel(frequency, theta, bandwidth, sigma_x, sigma_y, n_stds, offset)
    keywords = {"mode": mode, "cval": cval, "origin": 0, "axes": None, "convolution": True}
    if how == "size":
        samples, there, constant, inside = present(np.where(np.isinf(x), 0, x), cval)
        results = []
        for w in (abs(kernel.real), abs(kernel.imag)):
            size, count = (
                weighted(y, w, None, **{**keywords, "cval": c}, nan_policy="propagate")
                for y, c in ((abs(samples), abs(constant)), (there, inside))
            )
            results.append(size + (3 * w.sum() * np.nan_to_num(size / count) if nan_policy == "omit" else 0))
        return tuple(results)
    return tuple(weighted(x, w, None, **keywords, nan_policy=nan_policy) for w in (kernel.real, kernel.imag))


@QUIET
def gradient(
    image, operator="sobel", *, gain="raw", sigma=None, truncate=4.0, axes=(-2, -1), mode="reflect", cval=0.0,
    nan_policy="propagate", how="",
):  # fmt: skip
    x = wide(image)
    axes = chosen(axes, x.ndim)
    if operator == "gaussian":
        terms = bells_along_each(sigma, 1, truncate, None, 2)
    else:
        terms = along_each(*PAIRS[operator], 2)
    parts = []
    for axis, term in enumerate(terms):
        ramp = 1
        for a, (taps, start) in enumerate(term):
            ramp = ramp * ((taps * (start + np.arange(len(taps)))).sum() if a == axis else taps.sum())
        part = combined(x, [term], axes, [each(mode, 2)], cval, how or "sum", False, nan_policy)
        parts.append(part / abs(ramp) if gain == "unit" else part)
    return (*parts, np.sqrt(parts[0] ** 2 + parts[1] ** 2), np.arctan2(*parts))


def difference_of_gaussians(
    image, low_sigma, high_sigma=None, *, mode="nearest", cval=0, channel_axis=None, truncate=4.0,
    nan_policy="propagate", how="sum",
):  # fmt: skip
    x = float_image(image)
    axes = [a for a in range(x.ndim) if channel_axis is None or a != channel_axis % x.ndim]
    low, high = each(low_sigma, len(axes)), high_sigma
    high = [1.6 * s for s in low] if high is None else each(high, len(axes))
    *before, (taps, start) = bells(high, 0, truncate, None, len(axes))
    terms = [bells(low, 0, truncate, None, len(axes)), [*before, (-taps, start)]]
    return combined(x, terms, axes, [each(mode, len(axes))] * 2, cval, how, nan_policy=nan_policy)


@QUIET
def unsharp_mask(
    image, radius=1.0, amount=1.0, preserve_range=False, *, channel_axis=None, nan_policy="propagate", how="sum"
):
    x = wide(image) if preserve_range else float_image(image)
    axes = [a for a in range(x.ndim) if channel_axis is None or a != channel_axis % x.ndim]
    *before, (taps, start) = bells(radius, 0, 4.0, None, len(axes))
    terms = [[centered(1)] * len(before) + [centered(1 + amount)], [*before, (-amount * taps, start)]]
    result = combined(x, terms, axes, [["reflect"] * len(axes)] * 2, 0, how, nan_policy=nan_policy)
    return result if preserve_range or how == "size" else np.clip(result, -1 if (x < 0).any() else 0, 1)


@QUIET
def local_normalize(image, sigma, *, floor=0.0, mode="reflect", cval=0.0, truncate=4.0, axes=None, how=""):
    x = wide(image)
    axes = chosen(axes, x.ndim)
    term, modes = bells(sigma, 0, truncate, None, len(axes)), each(mode, len(axes))
    d = x - passes(x, term, axes, modes, cval)
    spread = np.sqrt(passes(d * d, term, axes, modes, 0))
    if how == "parts":
        return d, spread, combined(x, [term], axes, [modes], cval, "size")
    constant = (spread <= 1e-15 * abs(x)) & np.isfinite(x)
    return np.where(constant, 0, d / np.maximum(np.where(constant, 1, spread), floor))

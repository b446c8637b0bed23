"""Rows of `sigkit.filters`, and the bounds on its errors."""

import numpy as np
import reference_filter_design as design
import reference_filters as oracles
from cases import EVERY, REALS, Case, floating, samples
from reference_filters import growth

SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
WEIGHTS = 20
"""Of the weights that are computed: in eps of float64."""


# -------------------------------------------------------------------------------------------------------- dtypes


def like_image(*dtypes):
    """The image's dtype, complex where the weights are."""
    dtype = SINGLE if dtypes[0] == np.float16 else dtypes[0]
    return np.result_type(dtype, np.complex64) if any(d.kind == "c" for d in dtypes) else dtype


def as_computed(*dtypes):
    """Integers and bool become what sums over them are taken in."""
    dtype = like_image(*dtypes)
    return dtype if dtype.kind == "f" else SINGLE if dtype.itemsize <= 2 else DOUBLE


def eps_of(case, positional):
    """The precision in which sums are taken."""
    dtypes = case.input_dtypes(positional)
    result = case.result_dtype(*dtypes)
    return np.finfo(result if result.kind in "fc" else as_computed(dtypes[0])).eps


# -------------------------------------------------------------------------------------------------------- bounds


def as_stored(case, positional, raw, error):
    """The error of what is stored: half of one for integers; for bool anything, where the sum may or may not be 0."""
    kind = case.result_dtype(*case.input_dtypes(positional)).kind
    if kind == "b":
        return np.where(abs(raw()) <= error, 1, 0)
    return error + 0.5 if kind in "iu" else error


def finite(x):
    x = oracles.wide(x)
    return abs(np.where(np.isfinite(x), x, 0))


def of_weights(case, positional, keywords):
    """Direct sums, of all weights at once."""
    image, weights = positional
    given = keywords
    keywords = keywords | {"cval": abs(keywords.get("cval", 0))}
    size = case.oracle(finite(image), finite(weights), **keywords)
    error = growth(np.size(weights)) * eps_of(case, positional) * size
    if keywords.get("nan_policy") == "omit":
        there = ~np.isnan(oracles.wide(image))
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            mean = size / case.oracle(there.astype(float), finite(weights), **(keywords | {"cval": 1}))
        error = error + 3 * growth(np.size(weights)) * eps_of(case, positional) * np.where(
            np.isfinite(mean), mean, 0) * finite(weights).sum()  # fmt: skip
    return as_stored(case, positional, lambda: case.oracle(*positional, **given, output=DOUBLE), error)


def separable(m):
    """Sums along one axis after the other, of m weights in all terms and axes together."""

    def bound(case, positional, keywords):
        integer_result = case.result_dtype(*case.input_dtypes(positional)).kind in "biu"
        wide = keywords | ({"output": DOUBLE} if integer_result else {})
        size = case.oracle(*positional, **(wide | {"how": "size"}))
        error = (growth(m) * eps_of(case, positional) + WEIGHTS * np.finfo(DOUBLE).eps) * size
        return as_stored(case, positional, lambda: case.oracle(*positional, **wide), error)

    return bound


def root(m):
    """The root of a sum of squares; of a complex one near a sum of 0, or on either side of the root's cut, anything."""

    def bound(case, positional, keywords):
        error = separable(m)(case, positional, keywords)
        if np.asarray(positional[0]).dtype.kind != "c":
            return error
        value = case.oracle(*positional, **keywords)
        with np.errstate(invalid="ignore", over="ignore"):
            square = value * value
            slack = 2 * abs(value) * error + error**2 + 4 * np.sqrt(error)
            return np.where(abs(square.imag) <= slack * 8, 2 * abs(value) + 8 * np.sqrt(error), 8 * slack / abs(value))

    return bound


def of_lines(case, positional, keywords):
    """An FFT of each line, along one axis after the other; what is not finite, or missing, is summed by weights."""
    x = np.asarray(positional[0])
    axes = oracles.chosen(keywords.get("axes"), x.ndim)
    sizes = oracles.periods([x.shape[a] for a in axes], oracles.each(keywords.get("mode", "reflect"), len(axes)))
    error = separable(sum(sizes))(case, positional, keywords)
    for axis, size in zip(axes, sizes, strict=True):
        norm = np.sqrt((finite(x) ** 2).sum(axis, keepdims=True)) * np.linalg.norm(
            design.fourier_taps(2, size).astype(float))  # fmt: skip
        error = error + 8 * eps_of(case, positional) * np.log2(2 * max(x.shape[axis], 1)) * norm
    return error


def of_gabor(case, positional, keywords):
    """Direct sums, of each part of the weights."""
    m = design.gabor_kernel(*positional[1:8]).size
    sizes = case.oracle(*positional, **keywords, how="size")
    return tuple((growth(m) * eps_of(case, positional) + WEIGHTS * np.finfo(DOUBLE).eps) * size for size in sizes)


def of_gradient(case, positional, keywords):
    eps = eps_of(case, positional)
    down, across, *_ = case.oracle(*positional, **keywords, how="size")
    down, across = ((growth(22) * eps + WEIGHTS * np.finfo(DOUBLE).eps) * size for size in (down, across))
    *_, magnitude, direction = case.oracle(*positional, **keywords)
    error = down + across
    with np.errstate(invalid="ignore", divide="ignore"):
        turn = np.where(error < magnitude, np.arcsin(np.minimum(error / magnitude, 1)), np.inf)
    turn = np.where(abs(direction) + turn < np.pi, turn + 4 * eps * np.pi, 2 * np.pi + 1)
    return down, across, error + 4 * eps * np.where(np.isfinite(magnitude), magnitude, 0), turn


def of_normalization(case, positional, keywords):
    """Computed in float64; what the local mean loses, over the deviation."""
    d, spread, size = case.oracle(*positional, **keywords, how="parts")
    result = np.asarray(case.oracle(*positional, **keywords))
    loss = (growth(22) + WEIGHTS) * np.finfo(DOUBLE).eps
    worst = loss * np.max(size, initial=0)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        deviation = np.maximum(spread, keywords.get("floor", 0))
        relative = worst / deviation + loss
        error = (loss * size / deviation + abs(result) * relative) / np.maximum(1 - relative, 0.5)
        error = error + 4 * eps_of(case, positional) * abs(result)
    return np.where(np.isfinite(error), error, 0)


# ---------------------------------------------------------------------------------------------------------- rows


def image_of(rng, dtype, n):
    height = max(int(np.sqrt(n)), 1)
    return samples(rng, dtype, height, max(n // height, 1))


def image(*more, **keywords):
    return lambda dtype, rng, n: ((image_of(rng, dtype, n), *more), keywords)


def volume(*more, **keywords):
    def arguments(dtype, rng, n):
        side = max(round(n ** (1 / 3)), 1)
        return (samples(rng, dtype, side, side, max(n // side**2, 1)), *more), keywords

    return arguments


def weights_of(rng, dtype, *shape):
    """In the image's precision; of integers and bool, float64."""
    return samples(rng, DOUBLE if np.dtype(dtype).kind in "biu" else dtype, *shape)


def image_and_weights(*shape, **keywords):
    return lambda dtype, rng, n: ((image_of(rng, dtype, n), weights_of(rng, dtype, *shape)), keywords)


def volume_and_weights(*shape, **keywords):
    return lambda dtype, rng, n: ((volume()(dtype, rng, n)[0][0], weights_of(rng, dtype, *shape)), keywords)


def missing(arguments):
    """A third of the samples, where the dtype has a NaN for them."""

    def with_missing(dtype, rng, n):
        (x, *more), keywords = arguments(dtype, rng, n)
        if x.dtype.kind in "fc":
            x[rng.random(x.shape) < 0.3] = np.nan
        return (x, *more), {**keywords, "nan_policy": "omit"}

    return with_missing


def complex_weights(dtype, rng, n):
    return (image_of(rng, dtype, n), samples(rng, np.complex128, 3, 3)), {}


linear = {"result_dtype": like_image}
one = {"arrays": (0,)}
own = one | linear
floats = one | {"result_dtype": floating}
SHORT = {"radius": 5}
CONV2D = tuple(f"conv2d-{k}" for k in (3, 7, 15, 31, "u8"))
# fmt: off
ROWS = [
    Case("filters.correlate", image_and_weights(3, 4), of_weights, EVERY, bench=CONV2D, **linear),
    Case("filters.correlate:wrap", image_and_weights(4, 6, mode="wrap", origin=(-1, 2)), of_weights, EVERY, **linear),
    Case("filters.correlate:constant", image_and_weights(5, 2, mode="constant", cval=1.5), of_weights, EVERY, **linear),
    Case("filters.correlate:3-D", volume_and_weights(2, 3, 3, mode="mirror"), of_weights, EVERY, **linear),
    Case("filters.correlate:complex weights", complex_weights, of_weights, EVERY, **linear),
    Case("filters.correlate:omit", missing(image_and_weights(3, 3, mode="nearest")), of_weights, EVERY, **linear),
    Case("filters.convolve", image_and_weights(2, 5, mode="mirror"), of_weights, EVERY, **linear),
    Case("filters.convolve:axes", volume_and_weights(3, 4, axes=(2, 0), mode="nearest"), of_weights, EVERY, **linear),
    Case("filters.correlate1d", image_and_weights(7, mode="nearest", origin=2), of_weights, EVERY, **linear),
    Case("filters.correlate1d:axis 0", image_and_weights(6, axis=0, mode="wrap"), of_weights, EVERY, **linear),
    Case("filters.convolve1d", image_and_weights(6, mode="constant", cval=-2.0), of_weights, EVERY, **linear),
    Case("filters.gaussian_filter", image(1.2), separable(22), EVERY, bench=("gauss-2", "gauss-8", "gauss-u8"), **own),
    Case("filters.gaussian_filter:orders", image((1.5, 0.8), (1, 2), mode=("constant", "wrap"), cval=2.0,
         radius=(5, None)), separable(18), EVERY, **own),
    Case("filters.gaussian_filter:3-D", volume((1.0, 0.0, 0.7), mode="nearest"), separable(20), EVERY, **own),
    Case("filters.gaussian_filter:wide", image(40.0, mode="mirror"), separable(642), EVERY, **own),
    Case("filters.gaussian_filter1d", image(1.4, 0, 1, mode="mirror"), separable(13), EVERY, **own),
    Case("filters.gaussian_laplace", image(1.3, **SHORT), separable(44), EVERY, bench=("log",), **own),
    Case("filters.gaussian_laplace:3-D", volume(0.9, mode=("wrap", "reflect", "constant"), cval=3.0, radius=3),
         separable(63), EVERY, **own),
    Case("filters.gaussian_gradient_magnitude", image(1.3, **SHORT), root(44), EVERY, **own),
    Case("filters.gaussian_gradient_magnitude:3-D", volume(0.9, radius=3, mode="nearest"), root(63), EVERY, **own),
    Case("filters.gaussian_gradient_magnitude:omit", missing(image(0.9, radius=3)), root(28), EVERY, **own),
    Case("filters.laplace", image(), separable(6), EVERY, bench=("laplace",), **own),
    Case("filters.laplace:3-D", volume(mode="constant", cval=1.0, axes=(0, 2)), separable(6), EVERY, **own),
    Case("filters.laplace:accuracy", image(accuracy=4, size=(9, 5), mode="nearest"), separable(14), EVERY, **own),
    Case("filters.laplace:gaussian", volume(method="gaussian", sigma=0.8, mode="constant", cval=1.5, axes=(2, 0)),
         separable(28), EVERY, **own),
    Case("filters.laplace:sinc", image(method="sinc", size=21, mode=("mirror", "constant"), cval=-2.0), separable(42),
         EVERY, **own),
    Case("filters.laplace:spline", volume(method="spline", accuracy=4, size=15, mode="wrap"), separable(45), EVERY,
         **own),
    Case("filters.laplace:fourier", image(method="fourier"), of_lines, EVERY, **own),
    Case("filters.laplace:fourier, mixed", volume(method="fourier", mode=("mirror", "wrap"), axes=(2, 0)), of_lines,
         EVERY, **own),
    Case("filters.laplace:omit", missing(image(accuracy=4)), separable(10), EVERY, **own),
    Case("filters.laplace:fourier, omit", missing(image(method="fourier", mode="wrap")), of_lines, EVERY, **own),
    Case("filters.sobel", image(), separable(6), EVERY, **own),
    Case("filters.sobel:constant", image(1, mode="constant", cval=4.0), separable(6), EVERY, **own),
    Case("filters.prewitt", volume(0, mode="mirror"), separable(9), EVERY, **own),
    Case("filters.scharr", image(), separable(12), REALS, **floats),
    Case("filters.scharr:axis", volume(axis=1, mode="constant", cval=0.3), separable(9), REALS, **floats),
    Case("filters.scharr:omit", missing(image(mode="constant", cval=0.3)), separable(12), REALS, **floats),
    Case("filters.farid", image(mode="wrap"), separable(20), REALS, **floats),
    Case("filters.farid:omit", missing(volume(axis=(0, 2))), separable(30), REALS, **floats),
    Case("filters.roberts", image(), separable(8), REALS, **floats),
    Case("filters.roberts:omit", missing(image()), separable(8), REALS, **floats),
    Case("filters.gabor", image(0.3, 0.5, 1.2), of_gabor, REALS, **floats),
    Case("filters.gabor:constant", image(0.25, 2.0, 1, 1.5, 2.5, 2, 0.7, "constant", 0.3), of_gabor, REALS, **floats),
    Case("filters.gabor:omit", missing(image(0.3)), of_gabor, REALS, **floats),
    Case("filters.gradient", image("scharr", gain="unit"), of_gradient, REALS, bench=("sobel-mag",), **one,
         result_dtype=as_computed),
    Case("filters.gradient:gaussian", volume("gaussian", sigma=(1.0, 0.8), axes=(0, -1), mode="constant", cval=2.0),
         of_gradient, REALS, **one, result_dtype=as_computed),
    Case("filters.gradient:omit", missing(image("farid", mode="mirror")), of_gradient, REALS, **one,
         result_dtype=as_computed),
    Case("filters.difference_of_gaussians", image(1.0, 1.5), separable(44), REALS, bench=("dog",), **floats),
    Case("filters.difference_of_gaussians:channels", volume((0.8, 1.2), channel_axis=-1, mode="constant", cval=0.5),
         separable(44), REALS, **floats),
    Case("filters.unsharp_mask", image(1.2, 2.5), separable(24), REALS, **floats),
    Case("filters.unsharp_mask:range", image((0.8, 1.2), -0.5, True), separable(24), REALS, **floats),
    Case("filters.unsharp_mask:omit", missing(volume((0.8, 1.2), 1.5, channel_axis=1)), separable(24), REALS, **floats),
    Case("filters.local_normalize", image(1.2), of_normalization, REALS, **one, result_dtype=as_computed),
    Case("filters.local_normalize:floor", volume(0.9, floor=0.5, mode="constant", cval=1.0), of_normalization, REALS,
         **one, result_dtype=as_computed),
]
# fmt: on

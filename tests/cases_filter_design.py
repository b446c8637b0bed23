"""Rows of cases.py for `sigkit.filter_design`: kernels are made of numbers, so that few rows have arrays."""

import numpy as np
import reference
from cases import DOUBLE, EVERY, Case, either, image_and_kernel, line_and_taps, samples

EPS = np.finfo(DOUBLE).eps


def double(*dtypes):
    return np.dtype(np.complex128 if any(d.kind == "c" for d in dtypes) else DOUBLE)


def complex_double(*dtypes):
    return np.dtype(np.complex128)


def weights(case, positional, keywords):
    """8 eps of the largest weight."""
    return 8 * EPS * abs(case.oracle(*positional, **keywords)).max()


def of_gaussian(case, positional, keywords):
    """16 (order + 1) eps of the largest."""
    return 16 * (keywords.get("order", 0) + 1) * EPS * abs(case.oracle(*positional, **keywords)).max()


def of_gabor(case, positional, keywords):
    kernel = case.oracle(*positional, **keywords)
    return (64 + 8 * np.pi * abs(positional[0]) * max(kernel.shape)) * EPS * abs(kernel).max()


def of_moments(case, positional, keywords):
    kernel, order = positional
    kernel = abs(reference.widen(kernel, exact=False))
    sizes = np.zeros((order + 1,) * kernel.ndim, np.longdouble)
    for powers in np.ndindex(sizes.shape):
        weights = kernel
        for axis, power in enumerate(powers):
            shape = [-1 if i == axis else 1 for i in range(kernel.ndim)]
            weights = weights * (abs(np.arange(kernel.shape[axis]) - kernel.shape[axis] // 2) ** power).reshape(shape)
        sizes[powers] = np.where(np.isfinite(weights), weights, 0).sum()
    return (sum(kernel.shape) + 2 * kernel.ndim) * EPS * sizes


def of_response(case, positional, keywords):
    kernel = abs(reference.widen(positional[0], exact=False))
    return sum(n + 8 * (n // 2) for n in kernel.shape) * EPS * np.where(np.isfinite(kernel), kernel, 0).sum()


def of_norm(case, positional, keywords):
    return (np.size(positional[0]) + 4) * EPS * reference.noise_gain(positional[0])


def of_separation(case, positional, keywords):
    """The tolerance that makes it exact, and the sum of three products."""
    kernel = positional[0]
    return (4 * max(kernel.shape) + 6) * EPS * abs(kernel).max()


def made_of(*positional, **keywords):
    """No arrays: the same numbers whatever the dtype and the size."""
    return lambda dtype, rng, n: (positional, keywords)


def one_kernel(*more):
    return lambda dtype, rng, n: ((samples(rng, dtype, min(n, 500)), *more), {})


def image_kernel(*more):
    def arguments(dtype, rng, n):
        side = min(int(np.ceil(np.sqrt(n))), 15)
        return (samples(rng, dtype, side, side + 1), *more), {}

    return arguments


def sum_of_products(dtype, rng, n):
    m = 4 + n % 5
    return (samples(rng, dtype, m, 3) @ samples(rng, dtype, 3, m + 1),), {}


def row(name, arguments, bound=weights):
    return Case(f"filter_design.{name}", arguments, bound, (DOUBLE,), double, arrays=(), parallel=False)


ROWS = [
    row("gaussian_kernel1d", made_of(1.3, order=3), of_gaussian),
    row("gaussian_kernel1d:radius", made_of(0.4, radius=5), of_gaussian),
    row("derivative_kernel", made_of(3, accuracy=4)),
    row("derivative_kernel:least squares", made_of(1, accuracy=4, size=11)),
    row("derivative_kernel:gaussian", made_of(2, method="gaussian", sigma=0.7, accuracy=4)),
    row("derivative_kernel:sinc", made_of(3, method="sinc", size=21)),
    row("derivative_kernel:sinc, tapered", made_of(2, method="sinc", size=15, correction="taper")),
    row("derivative_kernel:sinc, fitted", made_of(4, method="sinc", size=13, correction="least-squares", accuracy=4)),
    row("derivative_kernel:spline", made_of(1, method="spline", accuracy=6, size=31)),
    row("derivative_kernel:spline, fitted", made_of(2, method="spline", size=9, correction="least-squares")),
    row("derivative_kernel:fourier", made_of(3, method="fourier", size=24)),
    row("laplace_kernel", made_of((5, 7))),
    row("laplace_kernel:isotropic", made_of(isotropic=True)),
    row("laplace_kernel:fourier", made_of((6, 9, 4), method="fourier", ndim=3)),
    row("log_kernel", made_of(1.2)),
    row("dog_kernel", made_of(0.9), of_gaussian),
    row("gaussian_derivative_kernel", made_of((0.5, 2.0), (1, 2))),
    Case("filter_design.gabor_kernel", made_of(0.2, 0.7, sigma_y=4.0, offset=0.3), of_gabor, (DOUBLE,), complex_double,
         arrays=(), parallel=False),
    row("sobel_kernel", made_of(7, derivative=(2, 0), gain="unit")),
    Case("filter_design.compose_kernels", line_and_taps(), either, EVERY),
    Case("filter_design.compose_kernels:2-D", image_and_kernel(), either, EVERY),
    Case("filter_design.separate", sum_of_products, of_separation, (DOUBLE,), double, arrays=(), parallel=False,
         unpack=lambda factors: (factors[0].T @ factors[1],)),
    Case("filter_design.moments", one_kernel(3), of_moments, EVERY, double, arrays=(0,), parallel=False),
    Case("filter_design.moments:2-D", image_kernel(2), of_moments, EVERY, double, arrays=(0,), parallel=False),
    Case("filter_design.frequency_response", one_kernel([0.07, 0.31]), of_response, EVERY, complex_double, arrays=(0,),
         parallel=False),
    Case("filter_design.frequency_response:2-D", image_kernel([0.07, -0.31]), of_response, EVERY, complex_double,
         arrays=(0,), parallel=False),
    Case("filter_design.noise_gain", one_kernel(), of_norm, EVERY, lambda *dtypes: np.dtype(DOUBLE), arrays=(0,),
         parallel=False),
]  # fmt: skip

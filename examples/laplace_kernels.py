"""Which Laplacian for which noise? The error of the five methods of `filter_design.laplace_kernel`, in a figure.

    python examples/laplace_kernels.py --output laplace-kernels.png

The image is a sum of plane waves that fit into it a whole number of times, none shorter than 1 / 0.15 samples: it is
periodic and band-limited, and its Laplacian is known in closed form, wave by wave. White noise is added, and every
kernel is applied with ``filters.correlate(..., mode="wrap")``. What is measured is the relative error::

    root mean square of (result - true Laplacian of the image without noise) / root mean square of the true Laplacian

so 1 is what a result of zeros would have. Noise is given as its standard deviation in percent of the image's.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sigkit import filter_design, filters

BAND = 0.15  # cycles per sample, in any direction
WAVES = 100
LEVELS = np.array([0, *np.geomspace(1e-6, 0.1, 41)])  # standard deviation of the noise, in units of the image's
SIGMA = 0.8
SIGMAS = np.linspace(0.3, 1.5, 25)
SIGMA_LEVELS = 0.01, 0.02, 0.05, 0.1
LOG = f"Laplacian of Gaussian, sigma {SIGMA}"
LOWEST = 3e-6  # error on the figure
COLOURS = {"finite differences": "#3b82c4", "spline, quintic": "#d97706", "sinc, 31 taps": "#7c3aed",
           "fourier": "#22313f", LOG: "#b91c1c"}  # fmt: skip


class Errors(NamedTuple):
    """What `measure` finds; every error is relative, see above."""

    of_methods: dict  # for each kernel an array over LEVELS
    of_sigmas: np.ndarray  # of the Laplacian of Gaussian: (SIGMA_LEVELS, SIGMAS)
    crossings: dict  # for each other kernel the level from which the Laplacian of Gaussian is better
    pictures: dict  # what the figure shows


def kernels(n):
    """The five methods for an image of n x n samples."""
    return {
        "finite differences": filter_design.laplace_kernel(),
        "spline, quintic": filter_design.laplace_kernel(method="spline", accuracy=4),
        "sinc, 31 taps": filter_design.laplace_kernel(31, method="sinc", correction="taper"),
        "fourier": filter_design.laplace_kernel(n, method="fourier"),
        LOG: filter_design.laplace_kernel(method="gaussian", sigma=SIGMA),
    }


def band_limited_image(n, rng):
    """An image of n x n samples with variance 1, and its Laplacian in closed form."""
    every = np.stack(np.meshgrid(*[np.arange(-(n // 2), n // 2 + 1)] * 2), axis=-1).reshape(-1, 2)
    cycles = np.hypot(*every.T)
    within = every[(cycles > 0) & (cycles <= BAND * n)]
    image, laplacian = np.zeros((2, n, n))
    rows, columns = np.ogrid[:n, :n]
    for down, across in rng.choice(within, WAVES):
        phase = 2 * np.pi * (down * rows + across * columns) / n
        wave = rng.standard_normal() * np.cos(phase + rng.uniform(0, 2 * np.pi))
        image += wave
        laplacian -= ((2 * np.pi / n) ** 2 * (down**2 + across**2)) * wave
    return image / image.std(), laplacian / image.std()


def measure(n, seed):
    """The errors of all methods at all levels of noise."""
    rng = np.random.default_rng(seed)
    image, exact = band_limited_image(n, rng)
    noise = rng.standard_normal((n, n))

    def filtered(kernel, level):
        return filters.correlate(image + level * noise, kernel, mode="wrap")

    def error(kernel, level):
        return np.linalg.norm(filtered(kernel, level) - exact) / np.linalg.norm(exact)

    methods = kernels(n)
    of_methods = {name: np.array([error(kernel, level) for level in LEVELS]) for name, kernel in methods.items()}
    gaussians = [filter_design.laplace_kernel(method="gaussian", sigma=sigma) for sigma in SIGMAS]
    of_sigmas = np.array([[error(kernel, level) for kernel in gaussians] for level in SIGMA_LEVELS])
    crossings = {name: crossing(errors, of_methods[LOG]) for name, errors in of_methods.items() if name != LOG}
    pictures = {"image with 10 % of noise": image + LEVELS[-1] * noise, "true Laplacian": exact,
                **{name: filtered(methods[name], LEVELS[-1]) for name in ("fourier", LOG)}}  # fmt: skip
    return Errors(of_methods, of_sigmas, crossings, pictures)


def crossing(sharp, smooth):
    """The level from which `smooth` is better, by a straight line between two of LEVELS; None where nothing crosses."""
    gap = sharp - smooth
    (better,) = np.nonzero(gap > 0)
    if not better.size or not better[0]:
        return None
    i = better[0]
    return LEVELS[i - 1] + (LEVELS[i] - LEVELS[i - 1]) * gap[i - 1] / (gap[i - 1] - gap[i])


def table(found):
    """The lines that are printed."""
    shown = [np.abs(LEVELS - level).argmin() for level in (0, 0.001, 0.01, 0.03, 0.1)]
    yield "relative root mean square error against the true Laplacian"
    yield f"{'noise':34}" + "".join(f"{f'{100 * LEVELS[i]:.2g} %':>9}" for i in shown) + "   LoG is better"
    for name, errors in found.of_methods.items():
        level = found.crossings.get(name)
        yield f"{name:34}" + "".join(f"{errors[i]:9.2g}" for i in shown) + (f"   from {level:.1%}" if level else "")
    best = [f"{SIGMAS[errors.argmin()]:.2f} at {level:.0%}"
            for level, errors in zip(SIGMA_LEVELS, found.of_sigmas, strict=True)]  # fmt: skip
    yield f"best sigma of the Laplacian of Gaussian: {', '.join(best)}"


def draw(found, path):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 9), layout="constrained")
    above, below = figure.subfigures(2, height_ratios=[5, 3.6])
    left, right = above.subplots(1, 2)
    for name, errors in found.of_methods.items():
        # What is 0 but for rounding would squeeze all the rest on a logarithmic axis: it is said in words.
        exact = f" (without noise {errors[0]:.0e})" if errors[0] < LOWEST else ""
        left.plot(100 * LEVELS, errors, color=COLOURS[name], linewidth=2, label=name + exact)
        if found.crossings.get(name):
            at = found.crossings[name]
            left.plot(100 * at, np.interp(at, LEVELS, errors), "o", color=COLOURS[name], markersize=8,
                      markeredgecolor="white", zorder=3)  # fmt: skip
    left.set_xscale("symlog", linthresh=100 * LEVELS[1], linscale=0.5)  # logarithmic, but for the 0
    left.set(yscale="log", ylim=(LOWEST, 3), xlim=(0, 10), xlabel="noise (standard deviation, % of the image's)",
             ylabel="relative RMS error of the Laplacian")  # fmt: skip
    left.set_xticks([0, 1e-4, 1e-3, 0.01, 0.1, 1, 10], ["0", "0.0001", "0.001", "0.01", "0.1", "1", "10"])
    left.set_title("sharp kernels win without noise; dots: from here on the LoG does", fontsize="medium")
    left.legend(loc="lower right", fontsize="small")
    for level, errors, shade in zip(SIGMA_LEVELS, found.of_sigmas, (0.35, 0.55, 0.75, 1), strict=True):
        right.plot(SIGMAS, errors, color=COLOURS[LOG], alpha=shade, linewidth=2, label=f"{level:.0%} noise")
        best = errors.argmin()
        right.plot(SIGMAS[best], errors[best], "v", color=COLOURS[LOG], alpha=shade, markersize=9)
    right.axvline(SIGMA, color="#22313f", linewidth=0.8, linestyle="--")
    right.set(xlabel="sigma of the Laplacian of Gaussian (samples)", ylabel="relative RMS error of the Laplacian",
              yscale="log", xlim=(SIGMAS[0], SIGMAS[-1]))  # fmt: skip
    right.set_title("the best sigma (triangles) grows with the noise; dashed: the one on the left", fontsize="medium")
    right.legend(fontsize="small")
    for axes in (left, right):
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    most = 3 * found.pictures["true Laplacian"].std()
    for axes, (title, picture) in zip(below.subplots(1, 4), found.pictures.items(), strict=True):
        part = picture[:96, :96]
        of_image = title.startswith("image")
        limit = 3 if of_image else most
        axes.imshow(part, cmap="gray" if of_image else "RdBu_r", vmin=-limit, vmax=limit)
        error = {name: f"\nerror {errors[-1]:.2f}" for name, errors in found.of_methods.items()}.get(title, "\n")
        axes.set_title(title + error, fontsize="medium")
        axes.set(xticks=[], yticks=[])
    figure.savefig(path, dpi=130)


def main(arguments=None):
    parser = argparse.ArgumentParser(description="the error of five Laplacians at noise from 0 to 10 %%")
    parser.add_argument("--output", type=Path, default=Path("laplace-kernels.png"), help="the figure (%(default)s)")
    parser.add_argument("--size", type=int, default=256, help="rows and columns of the image (%(default)s)")
    parser.add_argument("--seed", type=int, default=20250, help="of the image and the noise (%(default)s)")
    options = parser.parse_args(arguments)
    if options.size < 32:
        parser.error(f"--size must be at least 32, got {options.size}")
    if options.seed < 0:
        parser.error(f"--seed must be at least 0, got {options.seed}")
    found = measure(options.size, options.seed)
    print("\n".join(table(found)))
    draw(found, options.output)
    print(f"figure: {options.output}")
    return found


if __name__ == "__main__":
    main()

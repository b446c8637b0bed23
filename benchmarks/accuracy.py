"""Print the README's accuracy table: errors of sliding Pearson coefficients under a mean offset, a step and a spike.

    python benchmarks/accuracy.py

Every contender gets the same samples, and its coefficients are compared with a two-pass reference in long double on
those samples as they are stored. A peer that is not installed gets a row that says so.
"""

import importlib.metadata

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from rows import MissingPeer, peer
from scipy import ndimage, signal

import sigkit

SEED, N, M, AT, CHECKED = 20250, 100_000, 256, 40_000, 20_000


def noise_with(disturbance):
    """Unit noise, disturbed; the template is the M samples at AT, of the disturbed signal."""
    rng = np.random.default_rng(SEED)
    return rng.standard_normal(N) + disturbance


def step(size):
    return size * (np.arange(N) >= N // 2)


def spike(size):
    return size * (np.arange(N) == N // 2)


SIGNALS = {"no offset": 0.0, "offset 1e2": 1e2, "offset 1e4": 1e4, "offset 1e6": 1e6, "step of 1e6": step(1e6),
           "spike of 1e6": spike(1e6)}


def composition(x, template):
    """Running moments and one correlation, in the precision of the input."""
    mean = ndimage.uniform_filter1d(x, M)[M // 2:][:N - M + 1]
    power = np.maximum(ndimage.uniform_filter1d(x * x, M)[M // 2:][:N - M + 1] - mean * mean, 0)
    centred = template - template.mean()
    norm = np.sqrt(power * (M * (centred @ centred)))
    dot = signal.oaconvolve(x, centred[::-1], "valid")
    return np.divide(dot, norm, out=np.zeros_like(dot), where=norm > 0)


def opencv(x, template):
    cv2 = peer("cv2")
    return cv2.matchTemplate(x[None], template[None], cv2.TM_CCOEFF_NORMED)[0]


def skimage(x, template):
    return peer("skimage.feature").match_template(x[None], template[None])[0]


def stumpy(x, template):
    return 1 - peer("stumpy").core.mass(template, x) ** 2 / (2 * M)


CONTENDERS = [
    ("sigkit", None, np.float32, sigkit.sliding_pearson),
    ("OpenCV `matchTemplate`", "opencv-python-headless", np.float32, opencv),
    ("scikit-image `match_template`", "scikit-image", np.float32, skimage),
    ("SciPy `uniform_filter1d` + `oaconvolve`", "scipy", np.float32, composition),
    ("sigkit", None, np.float64, sigkit.sliding_pearson),
    ("scikit-image `match_template`", "scikit-image", np.float64, skimage),
    ("stumpy `mass`", "stumpy", np.float64, stumpy),
    ("SciPy `uniform_filter1d` + `oaconvolve`", "scipy", np.float64, composition),
]


def reference(x, template, starts):
    windows = sliding_window_view(x, M)[starts].astype(np.longdouble)
    windows -= windows.mean(axis=1, keepdims=True)
    template = template.astype(np.longdouble)
    template -= template.mean()
    return (windows * template).sum(axis=1) / np.sqrt((windows**2).sum(axis=1) * (template**2).sum())


def largest_error(contender, x, starts, exact):
    try:
        with np.errstate(all="ignore"):
            r = contender(x, x[AT:AT + M])[starts]
    except MissingPeer as error:
        return str(error)
    return f"{np.abs(r - exact).max():.0e}" if np.isfinite(r).all() else "NaN or Inf"


def main():
    starts = np.random.default_rng(SEED).choice(N - M + 1, CHECKED, replace=False)
    starts[0] = AT  # the perfect match is among the windows checked
    columns = {}
    for dtype in (np.float32, np.float64):
        for name, disturbance in SIGNALS.items():
            x = noise_with(disturbance).astype(dtype)
            columns[dtype, name] = x, reference(x, x[AT:AT + M], starts)
    print("| largest error of r | | " + " | ".join(SIGNALS) + " |")
    print("|---|---|" + "---|" * len(SIGNALS))
    for label, distribution, dtype, contender in CONTENDERS:
        errors = [largest_error(contender, x, starts, exact)
                  for x, exact in (columns[dtype, name] for name in SIGNALS)]
        try:
            version = " " + importlib.metadata.version(distribution) if distribution else ""
        except importlib.metadata.PackageNotFoundError:
            version = ""
        print(f"| {label}{version} | {np.dtype(dtype)} | " + " | ".join(errors) + " |")


if __name__ == "__main__":
    main()

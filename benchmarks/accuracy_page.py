"""Write docs/accuracy.md: errors of coefficients, sigkit's and its peers', where a mean or a neighbour is large.

    python benchmarks/accuracy_page.py

Every contender gets the same samples, in the precision it is named with, and its coefficients are compared with two
passes in long double over those samples as they are stored. Windows that are constant have no coefficient and do not
count. A peer that is not installed gets a row that says so.
"""

import datetime
import importlib.metadata
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from rows import MissingPeer, peer

import sigkit

PAGE = Path(__file__).resolve().parent.parent / "docs" / "accuracy.md"
SEED, N, M = 20250, 20_000, 100  # of a line and its template
SIDE, PART = 200, 12  # of an image and its template
SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)


def places(shape):
    """0 to 1 along the last axis."""
    return np.broadcast_to(np.linspace(0, 1, shape[-1]), shape)


def single_spike(noise):
    noise[(noise.shape[0] // 2,) * noise.ndim] = 1e6
    return noise


def constant_stretch(noise):
    noise[..., noise.shape[-1] // 2 : noise.shape[-1] * 3 // 4] = 3.7
    return noise


CASES = {
    "no offset": lambda noise: noise,
    "1e2": lambda noise: noise + 1e2,
    "1e4": lambda noise: noise + 1e4,
    "1e6": lambda noise: noise + 1e6,
    "1e8": lambda noise: noise + 1e8,
    "step of 1e6": lambda noise: noise + 1e6 * (places(noise.shape) > 0.5),
    "spike of 1e6": single_spike,
    "ramp to 1e6": lambda noise: noise + 1e6 * places(noise.shape),
    "constant stretch": constant_stretch,
    "times 1e-30": lambda noise: noise * 1e-30,
    "times 1e30": lambda noise: noise * 1e30,
}


def coefficient(x, y, axes):
    """Over the last axes, in two passes; NaN where one of the two is constant."""
    x, y = (z.astype(np.longdouble) for z in (x, y))
    constant = (np.ptp(x, axis=axes) == 0) | (np.ptp(y, axis=axes) == 0)
    x, y = (z - z.mean(axes, keepdims=True) for z in (x, y))
    x, y = (z / np.maximum(abs(z).max(axes, keepdims=True), np.finfo(float).tiny) for z in (x, y))
    r = (x * y).sum(axes) / np.sqrt(np.maximum((x * x).sum(axes) * (y * y).sum(axes), 1e-300))
    return np.where(constant, np.nan, r)


def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


# ---------------------------------------------------------------------------------------------------------- contenders


def opencv(x, template):
    cv2 = peer("cv2")
    if x.ndim == 1:
        return cv2.matchTemplate(x[None], template[None], cv2.TM_CCOEFF_NORMED)[0]
    return cv2.matchTemplate(x, template, cv2.TM_CCOEFF_NORMED)


def skimage(x, template):
    return peer("skimage.feature").match_template(x, template)


def stumpy(x, template):
    return 1 - peer("stumpy").core.mass(template, x) ** 2 / (2 * template.size)


def obspy(x, template):
    return peer("obspy.signal.cross_correlation").correlate_template(x, template, mode="valid", normalize="full")


def rolling(x, y):
    return sigkit.rolling_pearson(x, y, M)


def pandas(x, y):
    frame = peer("pandas")
    return frame.Series(x).rolling(M).corr(frame.Series(y)).to_numpy()[M - 1 :]


def line(case, dtype, rng):
    x = case(rng.standard_normal(N)).astype(dtype)
    template = x[N // 5 : N // 5 + M]
    return (x, template), coefficient(sliding_window_view(x, M), template[None], -1)


def image(case, dtype, rng):
    x = case(rng.standard_normal((SIDE, SIDE))).astype(dtype)
    template = np.ascontiguousarray(x[40 : 40 + PART, 30 : 30 + PART])
    return (x, template), coefficient(sliding_window_view(x, (PART, PART)), template[None, None], (-1, -2))


def series(case, dtype, rng):
    """Two that share half of their variance."""
    common, *own = rng.standard_normal((3, N))
    x, y = (case(common + part).astype(dtype) for part in own)
    windows = [sliding_window_view(z, M) for z in (x, y)]
    return (x, y), coefficient(*windows, -1)


SECTIONS = [
    (f"A template of {M} along a line of {N:,}", line, [
        ("sigkit `sliding_pearson`", "", SINGLE, sigkit.sliding_pearson),
        ("OpenCV `matchTemplate`", "opencv-python-headless", SINGLE, opencv),
        ("ObsPy `correlate_template`", "obspy", SINGLE, obspy),
        ("sigkit `sliding_pearson`", "", DOUBLE, sigkit.sliding_pearson),
        ("ObsPy `correlate_template`", "obspy", DOUBLE, obspy),
        ("stumpy `mass`", "stumpy", DOUBLE, stumpy),
    ]),
    (f"A template of {PART} x {PART} in an image of {SIDE} x {SIDE}", image, [
        ("sigkit `match_template`", "", SINGLE, sigkit.match_template),
        ("OpenCV `matchTemplate`", "opencv-python-headless", SINGLE, opencv),
        ("scikit-image `match_template`", "scikit-image", SINGLE, skimage),
        ("sigkit `match_template`", "", DOUBLE, sigkit.match_template),
        ("scikit-image `match_template`", "scikit-image", DOUBLE, skimage),
    ]),
    (f"Two series in windows of {M}", series, [
        ("sigkit `rolling_pearson`", "", SINGLE, rolling),
        ("pandas `rolling().corr`", "pandas", SINGLE, pandas),
        ("sigkit `rolling_pearson`", "", DOUBLE, rolling),
        ("pandas `rolling().corr`", "pandas", DOUBLE, pandas),
    ]),
]  # fmt: skip


def largest_error(contender, arguments, exact):
    try:
        with np.errstate(all="ignore"):
            r = np.asarray(contender(*arguments))
    except MissingPeer as error:
        return str(error)
    r, exact = r[~np.isnan(exact)], exact[~np.isnan(exact)]
    if not r.size:
        return "undefined"
    lost = np.count_nonzero(~np.isfinite(r)) / r.size
    return f"{np.abs(r - exact).max():.0e}" if not lost else f"{lost:.0%} lost"


def section(title, make, contenders):
    made = {}
    for dtype in (SINGLE, DOUBLE):
        for name, case in CASES.items():
            made[dtype, name] = make(case, dtype, np.random.default_rng(SEED))
    yield from ("", f"## {title}", "", "| largest error of r | | " + " | ".join(CASES) + " |")
    yield "|---|---|" + "---|" * len(CASES)
    for label, distribution, dtype, contender in contenders:
        errors = [largest_error(contender, *made[dtype, name]) for name in CASES]
        yield f"| {' '.join(filter(None, (label, version(distribution) if distribution else '')))} | {dtype} | " \
              + " | ".join(errors) + " |"


def page():
    yield from (
        "# How wrong a coefficient may be",
        "",
        f"Written by `python benchmarks/accuracy_page.py` on {datetime.date.today()}, NumPy {np.__version__}.",
        "",
        "White noise of variance 1 with what each column names: a mean of so many standard deviations, a step, one",
        "large sample, a ramp, a stretch of equal samples, another scale. Errors are those against two passes in long",
        "double over the samples as they are stored: at 1e8 a float32 holds multiples of 8 alone, and what is then",
        "correlated is those. Windows and templates that are constant have no coefficient and do not count; lost: how",
        "many of the others are NaN or infinite. sigkit promises 1e-6 in float32 and 1e-12 in float64 up to 1e6.",
    )
    for title, make, contenders in SECTIONS:
        yield from section(title, make, contenders)


if __name__ == "__main__":
    text = "\n".join(page()) + "\n"
    PAGE.write_text(text, encoding="utf-8")
    print(text)

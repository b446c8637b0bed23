"""Rows of the filters of `sigkit.filters` that look at a neighbourhood as such."""

import numpy as np
from rows import Contest, Target, peer, row

from sigkit import filters


def image(rng):
    return rng.standard_normal((2048, 2048), dtype=np.float32)


@row("box", "mean of 15 x 15, 2048 x 2048 float32", {"cv2.blur": Target(1.2, 2)})
def box(rng):
    cv2 = peer("cv2")
    x = image(rng)
    calls = {
        "sigkit": lambda: filters.uniform_filter(x, 15),
        "cv2.blur": lambda: cv2.blur(x, (15, 15), borderType=cv2.BORDER_REFLECT),
    }
    return Contest(calls, 225 * np.finfo(np.float32).eps * np.abs(x).max())


def median(x, size):
    cv2 = peer("cv2")
    calls = {
        "sigkit": lambda: filters.median_filter(x, size, mode="nearest"),
        "cv2.medianBlur": lambda: cv2.medianBlur(x, size),
    }
    return Contest(calls, 0)


@row("median-3", "median of 3 x 3, 2048 x 2048 float32", {"cv2.medianBlur": Target(0.9, 1.2)})
def median_3(rng):
    return median(image(rng), 3)


@row("median-5", "median of 5 x 5, 2048 x 2048 float32", {"cv2.medianBlur": Target(0.9, 1.2)})
def median_5(rng):
    return median(image(rng), 5)


@row("median-u8-15", "median of 15 x 15, 2048 x 2048 uint8", {"cv2.medianBlur": Target(1, 3)})
def median_u8_15(rng):
    return median(rng.integers(0, 256, (2048, 2048), np.uint8), 15)


def test_bench_windows(benchmark, contender):
    benchmark(contender)

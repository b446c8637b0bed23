"""Rows of template matching in images."""

import numpy as np
from rows import Contest, Target, peer, row

import sigkit

EPS = np.finfo(np.float32).eps


def match(side, targets):
    """The row of a template of `side` in an image of 1024 x 1024 float32."""
    @row(f"match-{side}", f"template of {side} x {side} in 1024 x 1024 float32", targets)
    def make(rng):
        image = rng.standard_normal((1024, 1024), dtype=np.float32)
        template = np.ascontiguousarray(image[500 : 500 + side, 300 : 300 + side])
        cv2, feature = peer("cv2"), peer("skimage.feature")
        out = np.empty((1025 - side,) * 2, np.float32)
        calls = {
            "sigkit": lambda: sigkit.match_template(image, template),
            "cv2.matchTemplate": lambda: cv2.matchTemplate(image, template, cv2.TM_CCOEFF_NORMED, result=out),
            "skimage.feature.match_template": lambda: feature.match_template(image, template),
        }
        return Contest(calls, 8 * np.log2(image.size) * 1024 / side * EPS)


match(16, {"cv2.matchTemplate": Target(1.2, 2), "skimage.feature.match_template": None})
match(64, {"cv2.matchTemplate": Target(1, 1.5), "skimage.feature.match_template": Target(4, 8)})


def test_bench_match(benchmark, contender):
    benchmark(contender)

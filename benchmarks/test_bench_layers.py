"""Rows of `sigkit.layers`."""

import numpy as np
from rows import Contest, Target, peer, row

from sigkit import layers

EPS = np.finfo(np.float32).eps


def draw(rng, *shape):
    return rng.standard_normal(shape, dtype=np.float32)


def conv2d(name, work, weights, padding, groups):
    """The row of one kernel over 8 images of 64 channels, 56 x 56, against torch's oneDNN."""
    @row(name, f"{work}, 8 images of 64 x 56 x 56 float32", {"torch.nn.functional.conv2d": Target(0.5, 0.9)})
    def make(rng):
        x, weight = draw(rng, 8, 64, 56, 56), draw(rng, *weights)
        torch = peer("torch")

        def theirs():
            with torch.inference_mode():
                return torch.nn.functional.conv2d(torch.from_numpy(x), torch.from_numpy(weight), None, 1, padding, 1,
                                                  groups)  # fmt: skip

        calls = {"sigkit": lambda: layers.conv2d(x, weight, padding=padding, groups=groups),
                 "torch.nn.functional.conv2d": theirs}  # fmt: skip
        terms = weight[0].size
        return Contest(calls, 2 * terms * EPS * np.linalg.norm(weight.reshape(64, -1), axis=1).max() * abs(x).max())


conv2d("layer-conv2d", "64 filters of 3 x 3", (64, 64, 3, 3), 1, 1)
conv2d("layer-conv2d-1x1", "64 filters of 1 x 1", (64, 64, 1, 1), 0, 1)
conv2d("layer-conv2d-depthwise", "a filter of 3 x 3 a channel", (64, 1, 3, 3), 1, 64)


@row("layer-local", "16 filters of 3 x 3 of their own at every place, 8 images of 16 x 56 x 56 float32",
     {"torch unfold + einsum": Target(2, 5)})
def local(rng):
    x, weight = draw(rng, 8, 16, 56, 56), draw(rng, 16, 16, 3, 3, 56, 56)
    torch = peer("torch")

    def composed():
        with torch.inference_mode():
            columns = torch.nn.functional.unfold(torch.from_numpy(x), 3, padding=1)
            flat = torch.from_numpy(weight).reshape(16, 144, 56 * 56)
            return torch.einsum("nkl,okl->nol", columns, flat).reshape(8, 16, 56, 56)

    calls = {"sigkit": lambda: layers.locally_connected2d(x, weight, padding=1), "torch unfold + einsum": composed}
    return Contest(calls, 2 * 144 * EPS * 12 * abs(x).max())


def test_bench_layers(benchmark, contender):
    benchmark(contender)

"""Rows of cases.py for template matching."""

import numpy as np
from cases import DOUBLE, HALF, REALS, SINGLE, Case, samples
from cases_pearson import pearson


def of_image(*dtypes):
    """The image's precision alone counts."""
    return np.dtype(SINGLE if dtypes[0] in (HALF, SINGLE) else DOUBLE)


def image_and_template(rows, columns, **keywords):
    """About n samples, and a template of no more than half its sides."""

    def arguments(dtype, rng, n):
        height = max(int(np.sqrt(n)), 1)
        image = samples(rng, dtype, height, max(n // height, 1))
        template = samples(rng, dtype, min(height // 2 + 1, rows), min(image.shape[1] // 2 + 1, columns))
        return (image, template), keywords

    return arguments


def masked(dtype, rng, n):
    positional, keywords = image_and_template(6, 5)(dtype, rng, n)
    weights = rng.random(positional[1].shape)
    weights[0, 0] = 1  # one at least
    return positional, {"mask": np.where(weights < 0.3, 0, weights)}


def volume_of_colours(dtype, rng, n):
    edge = max(round((n / 2) ** (1 / 3)), 1)
    small = [min(edge, k) for k in (3, 2, 4)]
    return (samples(rng, dtype, edge, edge, edge, 2), samples(rng, dtype, *small, 2)), {"channel_axis": -1}


def stack_and_bank(dtype, rng, n):
    edge = max(int(np.sqrt(n / 2)), 1)
    bank = samples(rng, dtype, 3, min(edge, 4), min(edge, 3))
    return (samples(rng, dtype, edge, 2, edge), bank), {"axes": (0, 2), "fill_value": 0.25}


ROWS = [
    Case("pearson.match_template", image_and_template(5, 7), pearson, REALS, of_image, out=True, bench=("match-16",)),
    Case(
        "pearson.match_template:large",
        image_and_template(40, 40),
        pearson,
        REALS,
        of_image,
        out=True,
        bench=("match-64",),
    ),
    Case("pearson.match_template:padded", image_and_template(4, 3, pad_input=True), pearson, REALS, of_image, out=True),
    Case("pearson.match_template:mask", masked, pearson, REALS, of_image, out=True),
    Case("pearson.match_template:volume", volume_of_colours, pearson, REALS, of_image, out=True),
    Case("pearson.match_template:bank", stack_and_bank, pearson, REALS, of_image, out=True),
]

"""The tops of quadratics through the samples round maxima."""

import itertools

import numpy as np


def tops(heights, positions):
    """(positions, heights) in float64 of the tops round these samples of a line or an image; -inf is no sample."""
    positions = positions.reshape(len(positions), heights.ndim)
    shifts = itertools.product((-1, 0, 1), repeat=heights.ndim)
    around = {shift: _samples(heights, positions + shift) for shift in shifts}
    level = around[(0,) * heights.ndim]
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        parts = []
        for axis in range(heights.ndim):
            one = tuple(int(a == axis) for a in range(heights.ndim))
            before, after = around[tuple(-s for s in one)], around[one]
            slope, curvature = (after - before) / 2, after - level + (before - level)
            known = np.isfinite(slope) & np.isfinite(curvature) & (curvature < 0)
            parts.append((np.where(known, slope, 0), np.where(known, curvature, -1), known))
        shifts = np.stack([-slope / curvature for slope, curvature, _ in parts], axis=-1)
        slopes = np.stack([slope for slope, *_ in parts], axis=-1)
        if heights.ndim == 2:
            (_, down, known), (_, across, other) = parts
            mixed = (around[1, 1] - around[1, -1] - around[-1, 1] + around[-1, -1]) / 4
            determinant = down * across - mixed * mixed
            joint = np.stack([mixed * slopes[:, 1] - across * slopes[:, 0], mixed * slopes[:, 0] - down * slopes[:, 1]],
                             axis=-1) / determinant[:, None]  # fmt: skip
            usable = known & other & (determinant > 0) & (abs(joint) <= 1).all(axis=-1)  # NaN is not
            shifts[usable] = joint[usable]
        gain = (slopes * shifts).sum(axis=-1) / 2
    places = positions + shifts
    return (places if heights.ndim == 2 else places[:, 0].copy()), level + gain


def _samples(heights, places):
    """The heights at these places, -inf beyond the borders."""
    within = ((places >= 0) & (places < heights.shape)).all(axis=-1)
    values = np.full(len(places), -np.inf)
    values[within] = heights[tuple(places[within].T)]
    return values

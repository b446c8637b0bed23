"""Comparison of results with oracles (within a derived bound) and with each other (in bits)."""

import numpy as np

MEASURED = {}
"""Largest error / bound seen by `assert_within` under each label; pytest prints the table at the end of the session."""


def arrays_of(result):
    """A result as a tuple of arrays: tuples (named or not) fall apart, scalars become 0-d."""
    return tuple(np.asarray(part) for part in (result if isinstance(result, tuple) else (result,)))


def assert_within(got, expected, bound, message="", label=None):
    """|got - expected| <= bound for every finite element, each part of a complex one alone; the same NaN and Inf.

    Integers, booleans and strings must be equal whatever the bound.
    """
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape, f"shape {got.shape} instead of {expected.shape} {message}"
    if expected.dtype.kind not in "fc":
        assert np.array_equal(got, expected), f"{got} instead of {expected} {message}"
        return
    nan = np.isnan(expected)
    differs = np.isnan(got) != nan
    assert not differs.any(), f"NaN misplaced at {np.argwhere(differs)[:5].tolist()} {message}"
    bound = np.broadcast_to(np.asarray(bound, np.longdouble), got.shape)
    for part in ("real", "imag") if np.iscomplexobj(expected) or np.iscomplexobj(got) else ("real",):
        g, e = getattr(got, part)[~nan], getattr(expected, part)[~nan]
        infinite = np.isinf(g) | np.isinf(e)
        assert np.array_equal(g[infinite], e[infinite]), f"Inf misplaced in the {part} part {message}"
        g, e, limit = g[~infinite], e[~infinite], bound[~nan][~infinite]
        error = abs(g - e)
        outside = ~(error <= limit)  # a NaN in the bound is a fault of the test: it counts as outside
        if outside.any():
            worst = np.argmax(np.where(outside, error, -1))
            raise AssertionError(
                f"{outside.sum()} of {g.size} beyond the bound, the worst {g[worst]!r} instead of "
                f"{e[worst]!r}: error {error[worst]:.3g}, bound {limit[worst]:.3g} {message}"
            )
        if label and error.size:
            ratio = float(np.max(np.where(limit > 0, error / np.where(limit > 0, limit, 1), 0)))
            MEASURED[label] = max(MEASURED.get(label, 0.0), ratio)


def assert_same_bits(got, expected, message=""):
    got, expected = arrays_of(got), arrays_of(expected)
    assert len(got) == len(expected), message
    for g, e in zip(got, expected, strict=True):
        assert (g.dtype, g.shape) == (e.dtype, e.shape), f"{g.dtype} {g.shape}, not {e.dtype} {e.shape} {message}"
        if g.tobytes() != e.tobytes():
            where = np.argwhere(np.asarray(g != e) & ~(np.isnan(g) & np.isnan(e)))
            raise AssertionError(f"{len(where)} of {g.size} differ, first at {where[:5].tolist()} {message}")

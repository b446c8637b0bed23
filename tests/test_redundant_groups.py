"""Redundant neurons: groups of rows by both metrics, and the penalty beside finite differences and autograd."""

import numpy as np
import pytest
import reference_pearson
from compare import assert_same_bits, assert_within
from scipy.cluster import hierarchy

import sigkit
from sigkit import _row_products

PLANTED = [(0, 4), (1, 6, 7), (2, 14)]


def layer(rng, dtype="float64", noise=0.1):
    """16 rows of 64 weights; those of a group are one row with noise on each."""
    weights = rng.standard_normal((16, 64))
    for group in PLANTED:
        weights[list(group)] = weights[group[0]] + noise * rng.standard_normal((len(group), 64))
    return weights.astype(dtype)


# --------------------------------------------------------------------------------------------------------- groups


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_planted_groups_are_recovered(dtype, rng):
    for noise in (0, 0.01, 0.1, 0.2):
        weights = layer(rng, dtype, noise)
        assert sigkit.redundant_groups(weights, 0.9) == PLANTED
        assert sigkit.redundant_groups(weights, 0.9, metric="pearson") == PLANTED
        assert sigkit.redundant_groups(weights, weights.std(dtype="f8") / 3, metric="mad") == PLANTED
        small = (1e-3 * weights.astype("f8")).astype(dtype)
        assert sigkit.redundant_groups(small, 0.9) == PLANTED
        assert sigkit.redundant_groups(small, small.std(dtype="f8") / 3, "mad") == PLANTED


def test_what_each_metric_is_blind_to(rng):
    weights = rng.standard_normal((6, 64))
    weights[3] = 5 * weights[1]  # amplified
    weights[4] = weights[0] + 1e6  # at another offset
    weights[5] = -weights[2]  # mirrored
    assert sigkit.redundant_groups(weights, 0.999) == [(0, 4), (1, 3)]
    assert sigkit.redundant_groups(weights, 0.1, "mad") == []
    weights[3:] = weights[:3] + 0.01
    assert sigkit.redundant_groups(weights, 0.1, "mad") == [(0, 3), (1, 4), (2, 5)]
    weights[3:] *= -1
    assert sigkit.redundant_groups(weights, 0.1, "mad") == sigkit.redundant_groups(weights, 0.9) == []


def test_exact_copies_at_the_ends_of_the_range(rng):
    """Equal rows have a coefficient of 1 within rounding, and a difference of 0."""
    for dtype in ("float32", "float64"):
        for n in (2, 3, 64, 5000):
            weights = rng.standard_normal((9, n)).astype(dtype) + 10
            weights[[5, 8]] = weights[2]
            assert sigkit.redundant_groups(weights, 0, "mad") == [(2, 5, 8)]
            if n > 2:  # of two weights all coefficients are 1 or -1
                assert sigkit.redundant_groups(weights, 1) == [(2, 5, 8)]
            weights[5] *= 2
            if n > 2:
                assert sigkit.redundant_groups(weights, 1.0) == [(2, 5, 8)]
            assert sigkit.redundant_groups(weights, 0.0, "mad") == [(2, 8)]


def test_chains_are_one_group():
    """Each row is alike the next, the first and the last are not; one group as single linkage has it."""
    weights = np.zeros((7, 4))
    weights[[3, 0, 5, 1]] = np.arange(4)[:, None]
    weights[[2, 4, 6]] = [[50], [52], [51]]
    assert sigkit.redundant_groups(weights, 1, "mad") == [(0, 1, 3, 5), (2, 4, 6)]
    assert sigkit.redundant_groups(weights, 0.99, "mad") == []
    assert sigkit.redundant_groups(weights, 47, "mad") == [tuple(range(7))]
    assert sigkit.redundant_groups(weights, 46.9, "mad") == [(0, 1, 3, 5), (2, 4, 6)]


@pytest.mark.parametrize("metric, threshold", [("mad", 0.16), ("pearson", 0.82)])
def test_groups_agree_with_single_linkage(metric, threshold, rng):
    for _ in range(5):
        weights = rng.random((80, 9))
        groups = sigkit.redundant_groups(weights, threshold, metric)
        if metric == "mad":
            labels = hierarchy.fclusterdata(weights, 9 * threshold, "distance", "cityblock")
        else:
            labels = hierarchy.fclusterdata(weights, 1 - threshold, "distance", "correlation")
        expected = [tuple(np.flatnonzero(labels == label).tolist()) for label in set(labels)]
        assert groups == sorted(group for group in expected if len(group) > 1)
        assert len(groups) > 1 and all(type(i) is int for group in groups for i in group)


def test_rows_that_have_no_coefficient(rng):
    weights = rng.standard_normal((8, 20))
    weights[[1, 2]], weights[[3, 4]], weights[5:] = 0.3, 0.3, weights[0]
    weights[[2, 6]], weights[7, 3] = 0, np.nan
    assert sigkit.redundant_groups(weights, -1)[0] == (0, 5)
    assert sigkit.redundant_groups(weights, 0, "mad") == [(0, 5), (1, 3, 4), (2, 6)]
    weights[5, 0] = np.inf
    assert sigkit.redundant_groups(weights, -1) == []
    assert sigkit.redundant_groups(weights, 1e300, "mad") == [(0, 1, 2, 3, 4, 6)]


def test_few_rows():
    for metric in ("pearson", "mad"):
        assert sigkit.redundant_groups(np.ones((0, 5)), 0, metric) == []
        assert sigkit.redundant_groups(np.ones((3, 0)), 0, metric) == []
        assert sigkit.redundant_groups([[1.0, 2]], 0, metric) == []
    assert sigkit.redundant_groups([[1, 2], [1, 2]], 1) == sigkit.redundant_groups([[1, 2], [1, 2]], 0, "mad")


@pytest.mark.parametrize(
    ("error", "arguments", "message"),
    [
        (ValueError, (np.ones(5), 0.5), r"weights: expected two dimensions, .*\(5,\)"),
        (ValueError, (np.ones((2, 3, 4)), 0.5), "weights"),
        (TypeError, (np.ones((2, 3), complex), 0.5), "weights: expected real values"),
        (TypeError, (None, 0.5), "weights"),
        (TypeError, (np.ones((2, 3)), None), "threshold"),
        (TypeError, (np.ones((2, 3)), "0.5"), "threshold"),
        (ValueError, (np.ones((2, 3)), 1.01), "threshold=1.01"),
        (ValueError, (np.ones((2, 3)), -1.01), "threshold=-1.01"),
        (ValueError, (np.ones((2, 3)), np.nan), "threshold"),
        (ValueError, (np.ones((2, 3)), -0.1, "mad"), "threshold=-0.1"),
        (ValueError, (np.ones((2, 3)), np.inf, "mad"), "threshold"),
        (ValueError, (np.ones((2, 3)), 0.5, "cosine"), "metric='cosine': expected one of 'pearson', 'mad'"),
        (TypeError, (np.ones((2, 3)), 0.5, None), "metric"),
    ],
)
def test_groups_refuse(error, arguments, message):
    with pytest.raises(error, match=message):
        sigkit.redundant_groups(*arguments)


# -------------------------------------------------------------------------------------------------------- penalty


def value_bound(value, shape, dtype):
    eps = np.finfo(dtype).eps
    return 2 * (sum(shape) + 8) * eps * np.sqrt(value) + ((shape[1] + 8) * eps) ** 2


def gradient_bound(weights, dtype):
    """Of each row, as the docstring says."""
    (p, n), wide = weights.shape, weights.astype(np.longdouble)
    norms = np.sqrt(((wide - wide.mean(1, keepdims=True)) ** 2).sum(1, keepdims=True))
    return 12 * (n + p + 10) * np.finfo(dtype).eps / ((p - 1) * norms)


@pytest.mark.parametrize("shape", [(2, 3), (5, 4), (16, 64), (3, 500)])
def test_gradient_is_that_of_finite_differences(shape, rng):
    """Central differences of long double values: errors of h^2 and of 1e-19 / h."""
    weights = rng.standard_normal(shape) * rng.uniform(0.5, 3, (shape[0], 1)) + rng.standard_normal((shape[0], 1))
    value, gradient = sigkit.decorrelation_penalty(weights)
    r = np.corrcoef(weights)
    assert value == pytest.approx((r**2 - np.diag(np.diag(r**2))).sum() / (shape[0] * (shape[0] - 1)), rel=1e-13)
    h = np.longdouble(1e-5)
    for i, k in [(0, 0), (shape[0] - 1, shape[1] - 1), *zip(*(rng.integers(0, m, 10) for m in shape), strict=True)]:
        values = []
        for step in (h, -h):
            moved = weights.astype(np.longdouble)
            moved[i, k] += step
            values.append(reference_pearson.decorrelation_penalty(moved)[0])
        assert abs((values[0] - values[1]) / (2 * h) - gradient[i, k]) < 1e-9


def test_gradient_is_that_of_autograd(rng):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    for dtype in ("float32", "float64"):
        weights = layer(rng, dtype)
        leaf = torch.tensor(weights.astype("f8"), requires_grad=True)
        z = leaf - leaf.mean(1, keepdim=True)
        r = (z / z.norm(dim=1, keepdim=True)) @ (z / z.norm(dim=1, keepdim=True)).T
        loss = ((r**2).sum() - (r.diagonal() ** 2).sum()) / (16 * 15)
        loss.backward()
        value, gradient = sigkit.decorrelation_penalty(torch.tensor(weights))
        assert type(gradient) is np.ndarray and gradient.dtype == value.dtype == dtype
        assert_within(value, loss.item(), 2 * value_bound(value, weights.shape, dtype))
        assert_within(gradient, leaf.grad.numpy(), 2 * gradient_bound(weights, dtype))
        with pytest.raises(TypeError, match="weights: .*detach"):
            sigkit.decorrelation_penalty(leaf)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "offset, scale", [(0, 1), (1e3, 1), (1e6, 1), (1e6, 1e-12), (0, 1e-30), (0, 1e30), (1e30, 1e24)]
)
def test_penalty_is_accurate_at_any_offset_and_scale(offset, scale, dtype, rng):
    weights = (layer(rng) * scale + offset).astype(dtype)
    if np.ptp(weights) == 0:
        assert sigkit.decorrelation_penalty(weights).value == 0
        return
    value, gradient = sigkit.decorrelation_penalty(weights)
    expected = reference_pearson.decorrelation_penalty(weights)
    assert_within(value, expected[0], value_bound(expected[0], weights.shape, dtype), label=f"penalty {dtype}")
    with np.errstate(divide="ignore"):
        bound = np.where(np.ptp(weights, axis=1, keepdims=True) == 0, 0, gradient_bound(weights, dtype))
    bound += np.finfo(dtype).smallest_subnormal
    assert_within(gradient, expected[1], bound, label=f"penalty's gradient {dtype}")


@pytest.mark.parametrize("exponent", [-900, 900])
def test_penalty_at_extreme_scales(exponent, rng):
    weights = layer(rng)
    value, gradient = sigkit.decorrelation_penalty(weights)
    there = sigkit.decorrelation_penalty(np.ldexp(weights, exponent))
    assert there.value == value
    assert_same_bits(np.ldexp(there.gradient, exponent), gradient)


def test_constant_rows_count_as_uncorrelated(rng):
    weights = rng.standard_normal((7, 30))
    weights[2], weights[5] = 0, 1e6 + 0.1
    value, gradient = sigkit.decorrelation_penalty(weights)
    others = sigkit.decorrelation_penalty(np.delete(weights, [2, 5], axis=0))
    assert not gradient[[2, 5]].any()
    assert value == pytest.approx(others.value * (5 * 4) / (7 * 6), rel=1e-14)
    np.testing.assert_allclose(np.delete(gradient, [2, 5], axis=0), others.gradient * (5 * 4) / (7 * 6), rtol=1e-12)
    weights[0, 0] = np.nan
    value, gradient = sigkit.decorrelation_penalty(weights)
    assert np.isnan(value) and np.isnan(gradient[[0, 1, 3, 4, 6]]).all() and not gradient[[2, 5]].any()


def test_few_rows_have_no_pairs():
    for weights in (np.ones((0, 4)), np.ones((3, 0)), [[1.0, 2, 4]], np.ones((4, 4)), np.ones((4, 1))):
        value, gradient = sigkit.decorrelation_penalty(weights)
        assert value == 0 and gradient.shape == np.shape(weights) and not gradient.any()
        assert type(value) is np.float64


def test_gradient_turns_rows_and_keeps_their_size(rng):
    weights = layer(rng, noise=1) + 5
    gradient = sigkit.decorrelation_penalty(weights).gradient
    assert abs(gradient.sum(1)).max() < 1e-15
    assert abs((gradient * (weights - 5)).sum(1)).max() < 1e-14


def test_descent_removes_the_groups(rng):
    weights = layer(rng)
    values = []
    for _ in range(300):
        value, gradient = sigkit.decorrelation_penalty(weights)
        values.append(value)
        weights -= 100 * gradient
    assert (np.diff(values) < 0).all() and values[-1] < values[0] / 100
    assert sigkit.redundant_groups(weights, 0.5) == []


def test_penalty_of_slices(monkeypatch, rng):
    weights = layer(rng)
    whole = sigkit.decorrelation_penalty(weights)
    monkeypatch.setattr(_row_products, "_SLICE", 3 * 16 * 16 * 8)
    assert_within(sigkit.decorrelation_penalty(weights).gradient, whole.gradient, 2 * gradient_bound(weights, "f8"))


@pytest.mark.parametrize(
    ("error", "weights", "message"),
    [
        (ValueError, np.ones(5), "weights: expected two dimensions"),
        (TypeError, np.ones((2, 3), complex), "weights: expected real values"),
        (TypeError, np.ones((2, 3), object), "weights"),
    ],
)
def test_penalty_refuses(error, weights, message):
    with pytest.raises(error, match=message):
        sigkit.decorrelation_penalty(weights)

"""Linear filters of images with missing samples: what `nan_policy="omit"` makes of them."""

import numpy as np
import pytest
import scipy.ndimage
from cases import FLOATING, samples
from compare import assert_same_bits, assert_within

from sigkit import filters

SMOOTHING = {
    "gaussian_filter": (2.0,), "correlate": (np.full((5, 5), 1 / 25),), "convolve": (np.full((2, 4), 1 / 8),),
}  # fmt: skip


@pytest.mark.parametrize("dtype", FLOATING)
def test_omitted_samples_leave_a_constant_constant(dtype, rng):
    x = np.full((30, 40), 3.25, dtype)
    x[rng.random(x.shape) < 0.3] = np.nan
    near = 60 * np.finfo(dtype).eps
    for name, more in SMOOTHING.items():
        got = getattr(filters, name)(x, *more, nan_policy="omit")
        assert np.isnan(got).mean() < 0.01 and np.nanmax(abs(got - 3.25)) <= near * 3.25, name
    for name, more in {"laplace": (), "sobel": (), "prewitt": ()}.items():
        got = getattr(filters, name)(x, *more, nan_policy="omit")
        assert np.isnan(got).mean() < 0.1 and np.nanmax(abs(got)) <= 8 * near * 3.25, name


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_magnitudes_omit_samples_in_each_component(dtype, rng):
    x = np.full((30, 40), 0.75, dtype)
    x[rng.random(x.shape) < 0.3] = np.nan
    near = 60 * np.finfo(dtype).eps
    flat = {name: (getattr(filters, name)(x, nan_policy="omit"), 0) for name in ("scharr", "farid", "roberts")}
    flat["gradient"] = filters.gradient(x, nan_policy="omit").magnitude, 0
    flat["gaussian"] = filters.gaussian_gradient_magnitude(x, 1, nan_policy="omit"), 0
    flat["unsharp_mask"] = filters.unsharp_mask(x, nan_policy="omit"), 0.75
    for name, (got, expected) in flat.items():
        assert np.isnan(got).mean() < 0.25 and np.nanmax(abs(got - expected)) <= 8 * near, name
    one = rng.standard_normal((9, 9)).astype(dtype)
    one[4, 4] = np.nan
    slope = filters.gradient(one, "scharr", nan_policy="omit")
    assert_within(slope.magnitude, np.hypot(slope.down, slope.across), 8 * np.finfo(dtype).eps * slope.magnitude)
    for got in (filters.scharr(one, nan_policy="omit"), filters.roberts(one, nan_policy="omit")):
        assert np.isfinite(got).all()
    assert np.isnan(filters.scharr(one)).sum() == 9


def test_omitting_is_a_normalised_convolution(rng):
    x = samples(rng, np.float64, 40, 41)
    x[rng.random(x.shape) < 0.3] = np.nan
    x[10:30, 10:30] = np.nan
    present = ~np.isnan(x)
    got = filters.gaussian_filter(x, 1, nan_policy="omit")
    with np.errstate(invalid="ignore"):
        expected = (scipy.ndimage.gaussian_filter(np.where(present, x, 0), 1)
                    / scipy.ndimage.gaussian_filter(present.astype(float), 1))  # fmt: skip
    assert np.isnan(got[20, 20])
    share = scipy.ndimage.gaussian_filter(present * 1.0, 1)
    assert_within(got, expected, 1e-13 / np.where(np.isnan(expected), 1, share))


def test_omitting_nothing_changes_no_bit(rng):
    x = samples(rng, np.float32, 40, 41)
    for name, more in {**SMOOTHING, "sobel": (), "correlate1d": ([1, 2, 3],)}.items():
        function = getattr(filters, name)
        assert_same_bits(function(x, *more, nan_policy="omit"), function(x, *more))


def test_the_outside_can_be_missing(rng):
    x = samples(rng, np.float64, 9, 10)
    got = filters.correlate(x, np.ones((3, 3)) / 9, mode="constant", cval=np.nan, nan_policy="omit")
    np.testing.assert_allclose(got[0, 0], x[:2, :2].mean(), atol=1e-15)
    np.testing.assert_allclose(got[4, 9], x[3:6, 8:].mean(), atol=1e-15)
    assert filters.correlate(np.ones((4, 4), np.uint8), np.ones((3, 3)) / 9, mode="constant", cval=np.nan,
                             nan_policy="omit").tolist() == [[1] * 4] * 4  # fmt: skip

"""The bilateral filter: its definition, scikit-image, offsets, scales, what is not finite, and what is refused."""

import numpy as np
import pytest
import reference_filters as reference
from compare import assert_within

from sigkit import filters

MODES = ("reflect", "mirror", "nearest", "wrap")


def bound(x, n):
    values = x[np.isfinite(x)].astype(np.longdouble)
    return np.finfo(x.dtype).eps * ((n + 8) * np.ptp(values) + 2 * abs(values).max())


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1, 1), (2, 40), (17, 5), (60, 131)], ids=str)
def test_definition(rng, mode, dtype, shape):
    x = rng.standard_normal(shape).astype(dtype)
    for sigma_color, sigma_spatial, size in (
        (0.3, 1.0, None), (2.0, (0.4, 2.5), None), (1.0, 3.0, (1, 7)), (1.0, 1.0, 1)
    ):  # fmt: skip
        got = filters.bilateral_filter(x, sigma_color, sigma_spatial, size=size, mode=mode)
        expected = reference.bilateral_filter(x, sigma_color, sigma_spatial, size, mode)
        assert_within(got, expected, bound(x, 150), f"{sigma_color} {sigma_spatial}", label="bilateral")


def test_scikit_image(rng):
    """With weights that are equal in space: those of odd windows are, in scikit-image 0.26, off by one sample."""
    restoration = pytest.importorskip("skimage.restoration")
    x = rng.random((40, 50))
    x[0, :2] = 0, 1
    expected = restoration.denoise_bilateral(x, 5, 0.2, 1e6, bins=1_000_000, mode="symmetric")
    # A weight of its table is off by a step of it, times the steepest slope exp(-1/2) / sigma.
    np.testing.assert_allclose(filters.bilateral_filter(x, 0.2, 1e6, size=5), expected, rtol=0, atol=1e-6 * 0.61 / 0.2)


def test_channels_are_weighed_together(rng):
    x = rng.standard_normal((3, 25, 34))
    together = filters.bilateral_filter(x, 0.7, channel_axis=0)
    assert_within(together, reference.bilateral_filter(x, 0.7, channel_axis=0), bound(x, 49))
    apart = filters.bilateral_filter(x, 0.7)
    assert not np.allclose(together, apart)
    for one, image in zip(apart, x, strict=True):
        assert np.array_equal(one, filters.bilateral_filter(image, 0.7))
    last = filters.bilateral_filter(np.moveaxis(x, 0, -1), 0.7, axes=(0, 1), channel_axis=-1)
    assert np.array_equal(np.moveaxis(last, -1, 0), together)


def test_many_channels_and_batches(rng):
    x = rng.standard_normal((2, 70, 9, 11))
    got = filters.bilateral_filter(x, 5.0, channel_axis=1)
    for one, image in zip(got, x, strict=True):
        assert_within(one, reference.bilateral_filter(image, 5.0, channel_axis=0), bound(x, 49))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_offset_costs_nothing(rng, dtype):
    x = (1e6 + rng.standard_normal((40, 60))).astype(dtype)
    expected = reference.bilateral_filter(x, 1.0)
    got = filters.bilateral_filter(x, 1.0)
    assert_within(got, expected, np.finfo(dtype).eps * (57 * np.longdouble(np.ptp(x)) + expected / 2))


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_scales(rng, scale):
    x = rng.standard_normal((30, 30)).astype(np.float32)
    got = filters.bilateral_filter(x * np.float32(scale), scale)
    assert_within(got / np.float32(scale), reference.bilateral_filter(x, 1.0), bound(x, 80))


def test_constant_images_stay():
    for value in (0.1, 1e6, 7):
        x = np.full((20, 30), value)
        assert np.array_equal(filters.bilateral_filter(x, 1e-300), x)
        assert np.array_equal(filters.bilateral_filter(x.astype(np.float32), 1e-60), x.astype(np.float32))


def test_far_values_count_for_nothing():
    x = np.zeros((9, 9), np.float32)
    x[4, 4] = 1e30
    got = filters.bilateral_filter(x, 1.0)
    assert np.array_equal(got, x)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nonfinite_samples_reach_their_windows_only(rng, value):
    x = rng.standard_normal((3, 30, 40)).astype(np.float32)
    clean = filters.bilateral_filter(x, 1.0, size=(3, 5), channel_axis=0)
    x[1, 10, 20] = value
    got = filters.bilateral_filter(x, 1.0, size=(3, 5), channel_axis=0)
    held = np.zeros((30, 40), bool)
    held[9:12, 18:23] = True
    assert np.isnan(got[1, held]).all()
    assert np.isnan(got[:, 10, 20]).all()
    assert np.isnan(got[:, held]).all() == np.isnan(value)
    assert np.array_equal(got[:, ~held], clean[:, ~held])


def test_integers_round_once_and_keep_their_range(rng):
    x = rng.integers(0, 256, (30, 40)).astype(np.uint8)
    got = filters.bilateral_filter(x, 40.0)
    assert got.dtype == np.uint8
    exact = reference.bilateral_filter(x.astype(np.float64), 40.0)
    assert abs(got - exact).max() <= 0.5 + 64 * np.finfo(np.float32).eps * 255
    as_float = filters.bilateral_filter(x, 40.0, output=np.float32)
    assert as_float.dtype == np.float32


def test_output_may_be_the_image(rng):
    x = rng.standard_normal((50, 60))
    expected = filters.bilateral_filter(x, 1.0)
    assert filters.bilateral_filter(x, 1.0, output=x) is x
    assert np.array_equal(x, expected)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"image": [1.0]}, ValueError, "image: expected at least 2"),
        ({"image": np.zeros((3, 3), complex)}, TypeError, "image: expected real"),
        ({"image": np.ma.zeros((3, 3))}, TypeError, "image"),
        ({"sigma_color": 0}, ValueError, "sigma_color=0: expected a finite number above 0"),
        ({"sigma_color": np.nan}, ValueError, "sigma_color"),
        ({"sigma_color": "wide"}, TypeError, "sigma_color: expected a real number"),
        ({"sigma_spatial": (1, -1)}, ValueError, "sigma_spatial=-1"),
        ({"sigma_spatial": (1, 1, 1)}, ValueError, "sigma_spatial: expected one value or 2"),
        ({"sigma_spatial": 1e300}, (ValueError, MemoryError), "window"),
        ({"size": 4}, ValueError, "size=4: expected an odd number"),
        ({"size": 0}, ValueError, "size=0: expected at least 1"),
        ({"axes": 0}, ValueError, "axes=0: expected two"),
        ({"axes": (0, 2)}, ValueError, "axes"),
        ({"channel_axis": 1}, ValueError, "channel_axis=1: expected none of axes"),
        ({"mode": "mirrored"}, ValueError, "mode='mirrored'"),
        ({"output": np.complex64}, TypeError, "output: expected a real dtype"),
        ({"output": np.zeros((2, 2))}, ValueError, "output: expected shape"),
    ],
)  # fmt: skip
def test_what_is_refused(options, error, message):
    arguments = {"image": np.zeros((4, 4)), "sigma_color": 1.0} | options
    with pytest.raises(error, match=message):
        filters.bilateral_filter(**arguments)

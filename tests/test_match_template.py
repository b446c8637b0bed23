"""Template matching against long double, scikit-image and OpenCV."""

import numpy as np
import pytest
import reference_pearson
import scipy.ndimage
from compare import assert_same_bits, assert_within
from hard_images import IMAGES
from hard_signals import BOUND
from numpy.lib.stride_tricks import sliding_window_view

import sigkit
from sigkit import _array, _fft_plan, _match_template

SIZES = {8: 150, 24: 260, 64: 290}
"""Side of the template: of the image, so large that tiles meet."""


def ways(m, rows=128, columns=128):
    """Plans for templates of shape m: direct sums, spectra, and spectra of parts."""
    halves = [-(-m[-2] // 2), -(-m[-1] // 2)]
    plans = _fft_plan.within(columns // 2, _array.FLOAT64), _fft_plan.lane_is_frame(rows, _array.FLOAT64)
    yield "direct", _match_template._Plan(_match_template._parts(m, (64, 256)), None, None, 2)
    yield "direct, parts", _match_template._Plan(_match_template._parts(m, halves), None, None, 2)
    if max(m[-2:]) <= min(rows, columns) // 2:
        yield "spectra", _match_template._Plan(_match_template._parts(m, m[-2:]), *plans, 2)
    yield "spectra, parts", _match_template._Plan(_match_template._parts(m, halves), *plans, 2)


def templates_for(image, m, rng):
    """A window of the image with some spread, and noise."""
    windows = sliding_window_view(image, (m, m))[:: m // 2, :: m // 2].reshape(-1, m, m)
    good = [w for w in windows if np.isfinite(w).all() and (w != w[0, 0]).any()]
    level = np.abs(image[np.isfinite(image)]).mean()
    own = good[len(good) // 2] if good else rng.standard_normal((m, m))
    return np.stack([own, rng.standard_normal((m, m)) * level]).astype(image.dtype)


def check(image, templates, result, rng, label, most=1500):
    """Which windows are undefined, and all others against each other's mirror image; some, the most suspicious ones
    among them, against the oracle."""
    m = templates.shape[-1]
    windows = sliding_window_view(image, (m, m))
    finite = np.isfinite(image)
    inside = tuple(slice(m // 2, m // 2 + n) for n in windows.shape[:2])
    bad = scipy.ndimage.maximum_filter(~finite, m)[inside]
    level = np.where(finite, image, 0)
    constant = (scipy.ndimage.maximum_filter(level, m) == scipy.ndimage.minimum_filter(level, m))[inside] & ~bad
    assert (np.isnan(result) == bad).all()
    assert (result[:, constant] == 0).all()
    assert np.nanmax(abs(result)) <= 1
    bound = BOUND[result.dtype]
    turned = sigkit.match_template(image[::-1, ::-1], templates[:, ::-1, ::-1], axes=(0, 1))[:, ::-1, ::-1]
    assert_within(result, turned, 2 * bound, f"{label}, turned")
    chosen = set(rng.integers(0, bad.size, min(most, 2_000_000 // m**2)).tolist())
    for r, other in zip(result, turned, strict=True):
        chosen.update(np.argsort(np.nan_to_num(abs(r - other)), axis=None)[-50:].tolist())
    chosen = np.array(sorted(chosen))
    y, x = np.unravel_index(chosen, bad.shape)
    for r, template in zip(result, templates, strict=True):
        expected = reference_pearson.coefficient(windows[y, x].reshape(len(y), -1), template.reshape(-1), 0.0)
        assert_within(r[y, x], expected, bound, label)


@pytest.mark.parametrize("m", SIZES)
@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_match_template_is_accurate(dtype, name, m, rng):
    with np.errstate(over="ignore", under="ignore"):
        image = IMAGES[name](SIZES[m], m, rng).astype(dtype)
    templates = templates_for(image, m, rng)
    check(image, templates, sigkit.match_template(image, templates, axes=(0, 1)), rng, f"match_template {dtype}")


@pytest.mark.parametrize("name", [name for name in IMAGES if not name.startswith("scale")])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_way_is_accurate(dtype, name, monkeypatch, rng):
    with np.errstate(over="ignore", under="ignore"):
        image = IMAGES[name](200, 22, rng).astype(dtype)
    templates = templates_for(image, 22, rng)
    for way, plan in ways((1, 1, 22, 22)):
        monkeypatch.setattr(_match_template, "_plan", lambda *_, plan=plan: plan)
        result = sigkit.match_template(image, templates, axes=(0, 1))
        check(image, templates, result, rng, f"match_template, {way}, {dtype}", most=300)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_volumes_and_channels_in_every_way(dtype, masked, monkeypatch, rng):
    """Planes, channels with offsets of their own, parts, masks, a NaN and a constant region at once."""
    image = (rng.standard_normal((2, 9, 40, 45)) + np.array([1e5, -3e5])[:, None, None, None]).astype(dtype)
    image[0, 4, 7, 9], image[:, :, 20:36, 20:36] = np.nan, 2.5
    template = rng.standard_normal((2, 3, 10, 8)).astype(dtype)
    mask = rng.random((3, 10, 8)) * (rng.random((3, 10, 8)) < 0.7) if masked else None
    expected = reference_pearson.match_template(image, template, channel_axis=0, mask=mask)
    for way, plan in ways((2, 3, 10, 8), 64, 128):
        monkeypatch.setattr(_match_template, "_plan", lambda *_, plan=plan: plan)
        result = sigkit.match_template(image, template, channel_axis=0, mask=mask)
        assert_within(result, expected, BOUND[result.dtype], f"match_template, {way}, masked={masked}")
    assert (np.isnan(result).sum(), (result == 0).sum()) == (np.isnan(expected).sum(), (expected == 0).sum())


@pytest.mark.parametrize("name", ["offset 1e6 sigma", "1e6 step", "1e6x specks", "constant patches", "one NaN"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_masks_are_accurate(dtype, name, rng):
    """A disc, and weights: whatever lies under a 0 does not count, not even a NaN."""
    image = IMAGES[name](90, 15, rng).astype(dtype)
    y, x = np.mgrid[-7:8, -7:8]
    disc = (x * x + y * y <= 49).astype(float)
    template = templates_for(image, 15, rng)[0]
    for mask in (disc, disc > 0, disc * rng.random(disc.shape)):
        got = sigkit.match_template(image, template, mask=mask)
        expected = reference_pearson.match_template(image, template, mask=mask.astype(float))
        assert_within(got, expected, BOUND[got.dtype], f"match_template, mask, {dtype}")


@pytest.mark.parametrize(
    ("shape", "template", "keywords"),
    [
        ((20, 30), (4, 5), {"pad_input": True}),
        ((20, 30), (5, 4), {"pad_input": True, "constant_values": 3.5}),
        ((20, 30), (5, 4), {"pad_input": True, "mode": "reflect"}),
        ((20, 30), (4, 7), {"pad_input": True, "mode": "linear_ramp"}),
        ((20, 30), (20, 30), {}),
        ((20, 30), (1, 30), {}),
        ((20, 30), (20, 1), {}),
        ((9, 10, 11), (3, 4, 2), {}),
        ((9, 10, 11), (3, 4, 2), {"pad_input": True}),
        ((16, 17, 3), (5, 6, 3), {}),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "float16"])
def test_agrees_with_scikit_image(dtype, shape, template, keywords, rng):
    """Where it is right: without an offset, and in float64, whose running sums leave an error below 1e-9 here."""
    feature = pytest.importorskip("skimage.feature")
    image = (rng.random(shape) * 9).astype(dtype)
    h = image[tuple(slice(n - k, n) for n, k in zip(shape, template, strict=True))]
    got, theirs = sigkit.match_template(image, h, **keywords), feature.match_template(image, h, **keywords)
    assert got.shape == theirs.shape and got.dtype == theirs.dtype
    wide = feature.match_template(image.astype(np.float64), h.astype(np.float64), **keywords)
    assert_within(got, wide, BOUND[got.dtype] + 1e-9, "match_template, scikit-image")


def test_agrees_with_opencv(rng):
    """Channels and masks, without an offset."""
    cv2 = pytest.importorskip("cv2")
    image, mask = rng.random((60, 70, 3), dtype=np.float32), rng.random((9, 8), dtype=np.float32)
    template = image[20:29, 30:38]
    theirs = cv2.matchTemplate(image, template, cv2.TM_CCOEFF_NORMED)
    assert_within(sigkit.match_template(image, template, channel_axis=2), theirs, 1e-5, "match_template, OpenCV")
    one, h = np.ascontiguousarray(image[..., 0]), np.ascontiguousarray(template[..., 0])
    binary = (mask > 0.4).astype(np.float32)  # OpenCV squares what it multiplies with: other weights mean another thing
    theirs = cv2.matchTemplate(one, h, cv2.TM_CCOEFF_NORMED, mask=binary)
    assert_within(sigkit.match_template(one, h, mask=binary), theirs, 1e-5, "match_template, OpenCV, mask")


def test_peers_lose_what_is_found_here(rng):
    """A template cut from an image at 1e4 standard deviations: its place reads 1 here alone."""
    image = (rng.standard_normal((256, 256)) + 1e4).astype(np.float32)
    template = image[100:112, 50:62]
    got = sigkit.match_template(image, template)
    assert abs(got[100, 50] - 1) <= 1e-6 and np.delete(got.ravel(), 100 * got.shape[1] + 50).max() < 0.6


@pytest.mark.parametrize("m", [5, 30])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int16"])
def test_stacks_and_banks_have_the_bits_of_their_parts(dtype, m, rng):
    images = (rng.standard_normal((3, 2, 70, 65)) * 1000).astype(dtype)
    bank = (rng.standard_normal((4, m, m)) * 1000).astype(dtype)
    every = sigkit.match_template(images, bank, axes=(2, 3))
    assert every.shape == (3, 2, 4, 71 - m, 66 - m)
    for i, j, k in np.ndindex(3, 2, 4):
        assert_same_bits(sigkit.match_template(images[i, j], bank[k]), every[i, j, k])
    assert_same_bits(sigkit.match_template(np.moveaxis(images, 2, 0), bank[1], axes=(0, 3)), every[:, :, 1])


def test_equal_windows_far_apart_are_equal(rng):
    patch = rng.standard_normal((20, 20))
    image = rng.standard_normal((300, 300)) + np.linspace(0, 1e6, 300)
    places = [(3, 7), (150, 151), (279, 280)]
    for y, x in places:
        image[y : y + 20, x : x + 20] = patch * 10.0 ** (x % 5) + 1e5 * x
    r = sigkit.match_template(image, patch)
    for y, x in places:
        exact = reference_pearson.coefficient(image[y : y + 20, x : x + 20].ravel(), patch.ravel())
        assert_within(r[y, x], exact, 1e-12, "match_template, equal windows")


def test_what_is_undefined(rng):
    image = rng.standard_normal((12, 13))
    assert (sigkit.match_template(image, np.ones((3, 4))) == 0).all()
    assert np.isnan(sigkit.match_template(image, np.ones((3, 4)), fill_value=np.nan)).all()
    assert np.isnan(sigkit.match_template(image, np.full((3, 4), np.nan))).all()
    assert (sigkit.match_template(image, np.ones((1, 1))) == 0).all()
    assert sigkit.match_template(np.zeros((0, 12, 13)), np.ones((3, 4))).shape == (0, 10, 10)
    assert sigkit.match_template(image, np.ones((0, 3, 4)), axes=(0, 1)).shape == (0, 10, 10)
    mask = np.zeros((3, 4))
    mask[1, 1] = 1  # one sample is constant
    assert (sigkit.match_template(image, image[:3, :4], mask=mask) == 0).all()


def test_out_is_written_and_returned(rng):
    image = rng.standard_normal((3, 40, 50))
    expected = sigkit.match_template(image, image[0, 5:12, 6:10])
    out = np.empty((34, 47, 3)).transpose(2, 0, 1)
    assert sigkit.match_template(image, image[0, 5:12, 6:10], out=out) is out
    assert_same_bits(out, expected)
    into = image[:, :34, :47]
    assert sigkit.match_template(image, image[0, 5:12, 6:10].copy(), out=into) is into
    assert_same_bits(np.ascontiguousarray(into), expected)


IMAGE, TEMPLATE = np.ones((8, 9)), np.ones((3, 4))


@pytest.mark.parametrize(
    ("error", "positional", "keywords", "message"),
    [
        (ValueError, (IMAGE, np.ones(3)), {}, "template: expected two or three axes to search"),
        (ValueError, (IMAGE, np.ones((2, 2, 2, 2))), {}, "template: expected two or three axes to search"),
        (ValueError, (IMAGE, np.ones((2, 3, 4))), {}, "template: expected no more dimensions than the image, 2, got 3"),
        (ValueError, (IMAGE, np.ones((9, 4))), {}, r"no side longer than the image's, got \(9, 4\) for \(8, 9\)"),
        (ValueError, (IMAGE, np.ones((0, 4))), {}, "at least one sample"),
        (ValueError, (np.ones((0, 9)), TEMPLATE), {}, "no side longer than the image's"),
        (TypeError, (IMAGE + 0j, TEMPLATE), {}, "image: expected real values"),
        (TypeError, (IMAGE, TEMPLATE + 0j), {}, "template: expected real values"),
        (TypeError, (np.ma.array(IMAGE), TEMPLATE), {}, "MaskedArray"),
        (TypeError, (IMAGE, TEMPLATE, 1), {}, "pad_input: expected True or False"),
        (ValueError, (IMAGE, TEMPLATE, True, "no such mode"), {}, "mode"),
        (ValueError, (IMAGE, TEMPLATE), {"axes": (0,)}, "axes=.*expected two or three axes"),
        (ValueError, (IMAGE, TEMPLATE), {"axes": (0, 2)}, "axes=.*out of range"),
        (ValueError, (IMAGE, TEMPLATE), {"axes": (0, 0)}, "axes=.*unique"),
        (TypeError, (IMAGE, TEMPLATE), {"axes": "ab"}, "axes"),
        (ValueError, (IMAGE, TEMPLATE), {"channel_axis": 2}, "channel_axis=2: out of range"),
        (TypeError, (IMAGE, TEMPLATE), {"channel_axis": 0.5}, "channel_axis: expected an integer"),
        (ValueError, (np.ones((8, 9, 3)), np.ones((3, 4, 2))), {"channel_axis": -1}, "as many channels as the image"),
        (ValueError, (np.ones((8, 9, 3)), np.ones((3, 4, 3))), {"channel_axis": 2, "axes": (1, 2)}, "none of them"),
        (ValueError, (IMAGE, np.ones((2, 2, 3, 4))), {"axes": (0, 1)}, "at most one of a bank"),
        (ValueError, (IMAGE, TEMPLATE), {"mask": np.ones((4, 3))}, r"mask: expected shape \(3, 4\)"),
        (ValueError, (IMAGE, TEMPLATE), {"mask": -TEMPLATE}, "mask: expected finite weights"),
        (ValueError, (IMAGE, TEMPLATE), {"mask": 0 * TEMPLATE}, "mask: expected finite weights"),
        (ValueError, (IMAGE, TEMPLATE), {"mask": TEMPLATE * np.nan}, "mask: expected finite weights"),
        (TypeError, (IMAGE, TEMPLATE), {"mask": TEMPLATE * 1j}, "mask: expected real values"),
        (ValueError, (IMAGE.astype("f4"), TEMPLATE), {"fill_value": 1e39}, "fill_value=1e\\+39"),
        (TypeError, (IMAGE, TEMPLATE), {"fill_value": "0"}, "fill_value: expected a real number"),
        (ValueError, (IMAGE, TEMPLATE), {"out": np.empty((3, 3))}, "out: expected shape"),
    ],
)
def test_match_template_refuses(error, positional, keywords, message):
    with pytest.raises(error, match=message):
        sigkit.match_template(*positional, **keywords)


def test_small_samples_beside_large_ones(rng):
    """In one tile: float32 must not lose what its own range, seen from the largest sample, does not hold."""
    image = rng.standard_normal((20, 40))
    image[:, :20] *= 1e-30
    image[:, 20:] *= 1e30
    for dtype in ("float32", "float64"):
        x = image.astype(dtype)
        expected = reference_pearson.match_template(x, x[2:8, 2:8])
        assert_within(sigkit.match_template(x, x[2:8, 2:8]), expected, BOUND[x.dtype], "match_template, two scales")
    channels = np.stack([np.full((6, 7), 1e200), rng.standard_normal((6, 7))])  # the first one is constant
    template = rng.standard_normal((2, 3, 3))
    expected = reference_pearson.match_template(channels, template, channel_axis=0)
    assert_within(sigkit.match_template(channels, template, channel_axis=0), expected, 1e-12, "match_template")
    one = rng.standard_normal((6, 7))
    one[2, 2], mask = 1e200, np.arange(9).reshape(3, 3) != 4
    expected = reference_pearson.match_template(one, template[0], mask=mask.astype(float))
    assert_within(sigkit.match_template(one, template[0], mask=mask), expected, 1e-12, "match_template")


def test_a_large_bank_has_the_bits_of_its_templates(rng):
    image, bank = rng.standard_normal((150, 300), dtype=np.float32), rng.standard_normal((1000, 8, 8)).astype("f4")
    every = sigkit.match_template(image, bank, axes=(0, 1))
    for k in (0, 511, 512, 999):
        assert_same_bits(sigkit.match_template(image, bank[k]), every[k])

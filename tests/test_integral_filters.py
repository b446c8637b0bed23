"""Summed-area tables and rectangle features: scikit-image, OpenCV, offsets, spikes, NaN, and what is refused."""

import tracemalloc

import numpy as np
import pytest
import reference_windows as reference
from cases import samples
from compare import assert_same_bits, assert_within

from sigkit import _integral_filters, filters

TYPES = ("type-2-x", "type-2-y", "type-3-x", "type-3-y", "type-4")
SIZES = [(5, 6), (1, 7), (7, 1), (9, 4), (12, 13)]
EPS = np.finfo(float).eps
by_size = pytest.mark.parametrize("size", SIZES, ids=str)

# ------------------------------------------------------------------------------------------------------------- peers


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int16, np.uint32, np.int64, np.uint64], ids=lambda d: d.__name__)
def test_scikit_image_sums_of_integers(rng, dtype):
    transform = pytest.importorskip("skimage.transform")
    for shape in ((9,), (7, 11), (4, 5, 6), ()):
        x = np.asarray(samples(rng, dtype, *shape))
        if shape:  # scikit-image returns a 0-d image as it is
            assert_same_bits(filters.integral_image(x), transform.integral_image(x), f"{shape}")


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64, np.complex128])
def test_scikit_image_sums(rng, dtype):
    transform = pytest.importorskip("skimage.transform")
    x = samples(rng, dtype, 30, 40)
    got, expected = filters.integral_image(x), transform.integral_image(x)
    assert got.dtype == expected.dtype
    assert_within(got, expected, 2 * 70 * EPS * abs(x).sum())
    single = filters.integral_image(x, dtype=np.complex64 if got.dtype.kind == "c" else np.float32)
    assert single.itemsize == got.itemsize // 2
    assert_within(single, got, 80 * np.finfo(np.float32).eps * abs(x).sum())


@by_size
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float64], ids=lambda d: d.__name__)
def test_scikit_image_features(rng, dtype, size):
    feature, transform = pytest.importorskip("skimage.feature"), pytest.importorskip("skimage.transform")
    x = samples(rng, dtype, *size)
    if dtype is np.int64:
        x //= 2**20
    for chosen in (None, ["type-4", "type-2-y", "type-2-x"]):  # scikit-image fails where there is none
        expected = feature.haar_like_feature(transform.integral_image(x), 0, 0, size[1], size[0], chosen)
        got, rectangles = filters.haar_features(x, chosen, return_rectangles=True)
        assert got.dtype == expected.dtype
        assert_within(got, expected, 40 * EPS * abs(x.astype(float)).sum(), f"{chosen}")
        theirs, _ = feature.haar_like_feature_coord(size[1], size[0], chosen)
        corners = [[[(a, c), (b - 1, d - 1)] for a, b, c, d in parts if b > a] for parts in rectangles.tolist()]
        assert corners == list(theirs)


def test_opencv(rng):
    cv2 = pytest.importorskip("cv2")
    x = samples(rng, np.uint8, 60, 70)
    assert np.array_equal(np.pad(filters.integral_image(x), ((1, 0), (1, 0))), cv2.integral(x))


# ------------------------------------------------------------------------------------------------------- definitions


def test_published_number_of_features():
    counts = [filters.haar_features(np.zeros((24, 24), bool), kind).size for kind in TYPES]
    assert counts == [43200, 43200, 27600, 27600, 20736]
    assert sum(counts) == 162336


@by_size
def test_against_the_definition(rng, size):
    x = samples(rng, np.int64, 2, *size)
    got, rectangles = filters.haar_features(x, return_rectangles=True)
    assert np.array_equal(got, reference.haar_features(x))
    expected = list(reference.haar_rectangles(*size))
    assert [[tuple(r) for r in parts if any(r)] for parts in rectangles.tolist()] == expected
    sums = np.array([[x[:, a:b, c:d].sum((1, 2)) for a, b, c, d in parts] for parts in rectangles])
    assert np.array_equal(got, (sums[:, 1] + sums[:, 3] - sums[:, 0] - sums[:, 2]).T)


def test_windows_are_images_cut_out(rng):
    """scikit-image cuts them out of the integral image instead, which is wrong at their first row and column."""
    x = samples(rng, np.float32, 3, 2, 30, 40)
    chosen = [0, 700, 3, 3, 411]
    for step in (1, (7, 4)):
        got = filters.haar_features(x, indices=chosen, window=(7, 9), step=step)
        rows, columns = np.broadcast_to(step, 2)
        cut = np.lib.stride_tricks.sliding_window_view(x, (7, 9), (-2, -1))[..., ::rows, ::columns, :, :]
        assert_same_bits(got, filters.haar_features(cut, indices=chosen))
    whole = filters.haar_features(x, window=(30, 40), indices=chosen)
    assert_same_bits(whole[..., 0, 0, :].copy(), filters.haar_features(x, indices=chosen))


@pytest.mark.parametrize("name", ["_TILE", "_EDGE", "_STACK", "_FEATURES", "_VALUES"])
def test_blocks_change_no_bit(rng, monkeypatch, name):
    x = samples(rng, np.float64, 5, 12, 14)
    options = [{}, {"window": (5, 6)}, {"window": 9, "step": 2, "indices": rng.integers(0, 500, 99)}]
    expected = [filters.haar_features(x, **each) for each in options]
    for size in (1, 7, 150):
        monkeypatch.setattr(_integral_filters, name, size)
        for each, values in zip(options, expected, strict=True):
            assert_same_bits(filters.haar_features(x, **each), values, f"{size} {each}")


def test_a_feature_alone_is_that_among_all(rng):
    x = samples(rng, np.float32, 24, 24)
    everything, rectangles = filters.haar_features(x, return_rectangles=True)
    chosen = rng.integers(0, everything.size, 200)
    some, where = filters.haar_features(x, indices=chosen, return_rectangles=True)
    assert_same_bits(some, everything[chosen])
    assert_same_bits(where, rectangles[chosen])
    last = filters.haar_features(x, "type-4", indices=[20735])
    assert_same_bits(last, everything[-1:])


# ------------------------------------------------------------------------------------------------------ nasty samples


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_offsets_and_spikes_cost_nothing(rng, dtype):
    """Of an integral image what lies behind 1e17 would be lost, and of an offset of 1e6 ten digits."""
    x = (samples(rng, dtype, 24, 24) * 1e-3 + 1e6).astype(dtype)
    x[0, 3] = 1e17
    got, rectangles = filters.haar_features(x, return_rectangles=True)
    some = rng.integers(0, got.size, 3000)
    for value, parts in zip(got[some], rectangles[some], strict=True):
        sums = [x[a:b, c:d].astype(np.longdouble) for a, b, c, d in parts]
        exact = sums[1].sum() + sums[3].sum() - sums[0].sum() - sums[2].sum()
        height, width = parts[0, 1] - parts[0, 0], parts[0, 3] - parts[0, 2]
        bound = (2 * np.log2(height) + 2 * np.log2(width) + 3) * EPS * sum(abs(s).sum() for s in sums)
        assert abs(value - exact) <= bound + abs(exact) * np.finfo(dtype).eps / 2, parts


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_sample_reaches_its_rectangles_and_no_other(rng, value):
    x = samples(rng, np.float32, 2, 8, 9)
    x[1, 3, 4] = value
    got, rectangles = filters.haar_features(x, return_rectangles=True)
    holds = [any(a <= 3 < b and c <= 4 < d for a, b, c, d in parts) for parts in rectangles.tolist()]
    assert np.array_equal(~np.isfinite(got[1]), holds)
    assert np.isfinite(got[0]).all()
    table = filters.integral_image(x, axes=(1, 2))
    assert np.array_equal(np.argwhere(~np.isfinite(table)), [(1, i, j) for i in range(3, 8) for j in range(4, 9)])


def test_integers_are_exact_to_the_last_bit():
    x = np.full((6, 6), np.iinfo(np.int64).max)
    x[2, 2] = -5
    assert np.array_equal(filters.haar_features(x), reference.haar_features(x))
    x = np.full((6, 6), 2**64 - 1, np.uint64)
    assert np.array_equal(filters.haar_features(x), reference.haar_features(x))
    assert np.array_equal(filters.integral_image(x), reference.integral_image(x))
    large = np.full((3, 3), 2**53 + 1)
    assert filters.integral_image(large)[-1, -1] == 9 * (2**53 + 1)


def test_scales():
    for scale in (1e-300, 1e-40, 1e30, 1e300):
        x = scale * np.arange(30.0).reshape(5, 6)
        expected = filters.haar_features(np.arange(30.0).reshape(5, 6)) * scale
        assert_within(filters.haar_features(x), expected, 30 * EPS * x.sum())
    single = np.array([[-3e38, 3e38]], np.float32)
    assert np.isposinf(filters.haar_features(single, "type-2-x"))  # beyond float32, without a warning


def test_empty_and_small():
    for shape in ((0, 5), (5, 0), (0, 0)):
        assert filters.haar_features(np.empty(shape)).shape == (0,)
        assert filters.integral_image(np.empty(shape)).shape == shape
    assert filters.haar_features(np.ones((1, 1))).shape == (0,)
    assert filters.haar_features(np.ones((2, 1)), "type-2-y").tolist() == [0]
    assert filters.haar_features(np.empty((0, 4, 4))).shape == (0, 136)
    assert filters.haar_features(np.empty((3, 0, 4, 4)), indices=[2, 1]).shape == (3, 0, 2)
    assert filters.haar_features(np.ones((4, 4)), indices=[]).shape == (0,)
    features, rectangles = filters.haar_features(np.ones((1, 1)), window=1, return_rectangles=True)
    assert features.shape == (1, 1, 0) and rectangles.shape == (0, 4, 4)
    assert filters.integral_image(3).tolist() == 3
    assert filters.integral_image(np.float32(3)).dtype == np.float64
    assert filters.integral_image(np.ones((2, 3)), axes=()).tolist() == [[1, 1, 1]] * 2


def test_axes_are_those_of_each_image(rng):
    x = samples(rng, np.int16, 3, 4, 5)
    for axes in (0, (-2, -1), (2, 0), (1,)):
        expected = x.astype(np.int64)
        for axis in np.atleast_1d(axes):
            expected = expected.cumsum(axis)
        assert_same_bits(filters.integral_image(x, axes=axes), expected, f"{axes}")


def test_little_scratch(rng):
    cases = [
        (filters.haar_features, samples(rng, np.float32, 30, 24, 24), {}),
        (filters.haar_features, samples(rng, np.float64, 50, 50), {"feature_type": "type-4"}),
        (filters.haar_features, samples(rng, np.float32, 700, 900), {"window": 24, "indices": [9, 100000]}),
        (filters.integral_image, samples(rng, np.float32, 1500, 1500), {}),
    ]
    for function, x, options in cases:
        tracemalloc.start()
        try:
            result = function(x, **options)
            scratch = tracemalloc.get_traced_memory()[1] - result.nbytes
        finally:
            tracemalloc.stop()
        assert scratch < 2**24, f"{scratch} {function.__name__} {options}"


# ---------------------------------------------------------------------------------------------------------- refusals

IMAGE = np.ones((5, 6))


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: filters.integral_image("x"), TypeError, ("image",)),
        (lambda: filters.integral_image(IMAGE, dtype="no"), TypeError, ("dtype", "no")),
        (lambda: filters.integral_image(IMAGE, dtype=object), TypeError, ("dtype", "object")),
        (lambda: filters.integral_image(IMAGE, dtype=np.float16), TypeError, ("dtype", "float16")),
        (lambda: filters.integral_image(IMAGE, dtype=int), TypeError, ("dtype", "int64", "float64")),
        (lambda: filters.integral_image(IMAGE * 1j, dtype=float), TypeError, ("dtype", "complex128")),
        (lambda: filters.integral_image(IMAGE, axes=2), ValueError, ("axes=2", "image")),
        (lambda: filters.integral_image(IMAGE, axes=(0, -2)), ValueError, ("axes",)),
        (lambda: filters.integral_image(IMAGE, axes=1.5), TypeError, ("axes", "1.5")),
        (lambda: filters.haar_features(np.ones(5)), ValueError, ("image", "2 dimensions")),
        (lambda: filters.haar_features(IMAGE * 1j), TypeError, ("image", "complex128")),
        (lambda: filters.haar_features(IMAGE, "type-5"), ValueError, ("feature_type='type-5'", "type-4")),
        (lambda: filters.haar_features(IMAGE, 4), TypeError, ("feature_type", "int")),
        (lambda: filters.haar_features(IMAGE, []), ValueError, ("feature_type", "type-4")),
        (lambda: filters.haar_features(IMAGE, indices=[453]), ValueError, ("indices", "453")),
        (lambda: filters.haar_features(IMAGE, indices=[0, -1]), ValueError, ("indices", "-1")),
        (lambda: filters.haar_features(IMAGE, indices=3), ValueError, ("indices", "1 dimension")),
        (lambda: filters.haar_features(IMAGE, indices=[0.5]), TypeError, ("indices", "float64")),
        (lambda: filters.haar_features(IMAGE, indices=np.ones(453, bool)), TypeError, ("indices", "flatnonzero")),
        (lambda: filters.haar_features(IMAGE, window=7), ValueError, ("window=7", "(5, 6)")),
        (lambda: filters.haar_features(IMAGE, window=(0, 2)), ValueError, ("window=0",)),
        (lambda: filters.haar_features(IMAGE, window=(2, 2, 2)), ValueError, ("window", "two")),
        (lambda: filters.haar_features(IMAGE, window=2.0), TypeError, ("window", "float")),
        (lambda: filters.haar_features(IMAGE, window="ab"), TypeError, ("window", "str")),
        (lambda: filters.haar_features(IMAGE, window=2, step=0), ValueError, ("step=0",)),
        (lambda: filters.haar_features(IMAGE, return_rectangles=1), TypeError, ("return_rectangles", "1")),
        (lambda: filters.haar_features(np.broadcast_to(IMAGE[0, 0], (10**5, 10**5))), ValueError, ("window",)),
        (lambda: filters.haar_features(np.broadcast_to(IMAGE[0, 0], (3000, 3000))), MemoryError, ()),
    ],
)  # fmt: skip
def test_refused(call, error, words):
    with pytest.raises(error) as raised:
        call()
    assert issubclass(type(raised.value), error)
    for word in words:
        assert word in str(raised.value), str(raised.value)

"""Means, least, largest and ranks of neighbourhoods: SciPy, OpenCV, every method, tiles, and what is refused."""

import itertools

import numpy as np
import pytest
import reference_filters as reference
import scipy.ndimage
from cases import samples
from compare import assert_same_bits, assert_within

from sigkit import _array, _neighbourhoods, filters

MODES = ("reflect", "mirror", "nearest", "wrap", "constant")
ORDERED = (np.bool_, np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, np.uint64, np.int64, np.float32,
           np.float64)  # fmt: skip
by_mode = pytest.mark.parametrize("mode", MODES)
by_dtype = pytest.mark.parametrize("dtype", ORDERED, ids=lambda d: d.__name__)


def few_values(rng, dtype, *shape):
    """With many ties; negative ones where the dtype has them."""
    x = rng.integers(0, 40, shape)
    return (x - 20 if np.dtype(dtype).kind in "if" else x % 2 if dtype is np.bool_ else x).astype(dtype)


# ------------------------------------------------------------------------------------------------------ against SciPy


@by_mode
@by_dtype
@pytest.mark.parametrize("shape", [(1, 1), (3, 50), (130, 7), (70, 90)], ids=str)
def test_scipy_ranks(rng, dtype, mode, shape):
    x = few_values(rng, dtype, *shape)
    for size in (1, 2, 3, 5, (1, 4), (7, 2), (16, 3)):
        options = {"size": size, "mode": mode, "cval": 1}
        assert_same_bits(filters.minimum_filter(x, **options), scipy.ndimage.minimum_filter(x, **options), f"{size}")
        assert_same_bits(filters.maximum_filter(x, **options), scipy.ndimage.maximum_filter(x, **options), f"{size}")
        if shape != (1, 1):  # SciPy's 1-D median reads beyond an array shorter than its window
            assert_same_bits(filters.median_filter(x, **options), scipy.ndimage.median_filter(x, **options), f"{size}")


@by_mode
def test_scipy_footprints_and_origins(rng, mode):
    x = few_values(rng, np.float32, 20, 30)
    for count in (1, 4, 9):
        footprint = np.zeros(20, bool)
        footprint[rng.permutation(20)[:count]] = True
        footprint = footprint.reshape(4, 5)
        for origin in ((0, 0), (1, -1), (-2, 2)):
            options = {"footprint": footprint, "mode": mode, "cval": -3.0, "origin": origin}
            for name, more in (("minimum_filter", ()), ("maximum_filter", ()), ("median_filter", ()),
                               ("rank_filter", (-1,)), ("percentile_filter", (70,))):  # fmt: skip
                got = getattr(filters, name)(x, *more, **options)
                assert_same_bits(got, getattr(scipy.ndimage, name)(x, *more, **options), f"{name} {count} {origin}")


@pytest.mark.parametrize("shape", [(9,), (6, 7, 8), (3, 4, 5, 6)], ids=str)
def test_scipy_other_ranks(rng, shape):
    x = few_values(rng, np.int16, *shape)
    for name in ("minimum_filter", "maximum_filter", "median_filter"):
        assert_same_bits(getattr(filters, name)(x, 3), getattr(scipy.ndimage, name)(x, 3), name)
    y = x.astype(np.float64)
    assert_within(filters.uniform_filter(y, 4), scipy.ndimage.uniform_filter(y, 4), 40 * 16 * np.finfo(float).eps)


@by_mode
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128], ids=lambda d: d.__name__)
def test_scipy_means(rng, dtype, mode):
    x = samples(rng, dtype, 45, 300)
    wide = x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)
    for size, origin in ((1, 0), (3, 1), (8, -1), ((70, 3), 0), ((2, 500), (0, 100))):
        expected = scipy.ndimage.uniform_filter(wide, size, mode=mode, cval=2.0, origin=origin)
        bound = (4 * np.log2(np.prod(np.broadcast_to(size, 2)) + 1) + 4) * np.finfo(dtype).eps * abs(wide).max()
        got = filters.uniform_filter(x, size, mode=mode, cval=2.0, origin=origin)
        assert_within(got, expected, 2 * bound, f"{size}")


@by_mode
def test_means_of_volumes_beyond_the_edges(rng, mode):
    """What the first axes give are sums: so is the constant beside them."""
    for dtype in (np.float64, np.complex128):
        x = samples(rng, dtype, 4, 5, 6, 3)
        for size in ((2, 3, 4, 1), (3, 9, 1, 5)):
            expected = scipy.ndimage.uniform_filter(x, size, mode=mode, cval=-7.0)
            assert_within(filters.uniform_filter(x, size, mode=mode, cval=-7.0), expected, 1e-14 * 10, f"{size}")
    for cval in (np.nan, np.inf):
        got = filters.uniform_filter(samples(rng, np.complex64, 4, 5, 6), (3, 1, 3), mode=mode, cval=cval)
        assert np.isfinite(got[1:-1, :, 1:-1]).all()
        assert np.isfinite(got.imag).all() or cval != np.inf


def test_footprints_and_the_order_of_axes(rng):
    """As SciPy: the dimensions of a footprint come in ascending order, sizes and origins as the axes do."""
    x = few_values(rng, np.int16, 7, 8, 9)
    footprint = rng.random((2, 5)) < 0.5
    footprint[0, 0], footprint[1, 4] = True, False
    for axes in ((1, 2), (2, 1), (0, 2), (-1, -3)):
        options = {"footprint": footprint, "axes": axes}
        for name in ("minimum_filter", "maximum_filter", "median_filter"):
            expected = getattr(scipy.ndimage, name)(x, **options)
            assert_same_bits(getattr(filters, name)(x, **options), expected, f"{name} {axes}")
        sized = filters.maximum_filter(x, (2, 5), axes=axes, origin=(0, 2), mode=("wrap", "nearest"))
        expected = scipy.ndimage.maximum_filter(x, (2, 5), axes=axes, origin=(0, 2), mode=("wrap", "nearest"))
        assert_same_bits(sized, expected)
        assert_same_bits(filters.rank_filter(x, -1, (2, 5), axes=axes, origin=(0, 2), mode=("wrap", "nearest")), sized)


def test_opencv(rng):
    cv2 = pytest.importorskip("cv2")
    x, u = samples(rng, np.float32, 100, 130), samples(rng, np.uint8, 100, 130)
    for size in (3, 5):
        assert_same_bits(filters.median_filter(x, size, mode="nearest"), cv2.medianBlur(x, size))
    for size in (3, 5, 7, 15, 31):
        assert_same_bits(filters.median_filter(u, size, mode="nearest"), cv2.medianBlur(u, size))
    expected = cv2.blur(x, (7, 4), borderType=cv2.BORDER_REFLECT)
    assert_within(filters.uniform_filter(x, (4, 7)), expected, 60 * np.finfo(np.float32).eps * abs(x).max())
    expected = cv2.erode(u, np.ones((5, 9), np.uint8), borderType=cv2.BORDER_REPLICATE)
    assert_same_bits(filters.minimum_filter(u, (5, 9), mode="nearest"), expected)


# ------------------------------------------------------------------------------------------------------ every method


@by_dtype
@pytest.mark.parametrize("shape", [(1, 1), (65, 129), (3, 4, 70)], ids=str)
def test_methods_agree(rng, dtype, shape, monkeypatch):
    """Networks, places in sorted tiles and counts of bytes, over the borders of their tiles."""
    x = samples(rng, dtype, *shape) if dtype is not np.bool_ else few_values(rng, dtype, *shape)
    for count, share in itertools.product((2, 3, 12), (0, 0.3, 1)):
        box = np.ones((count, 3, 3)[-x.ndim :] if x.ndim == 3 else (count, 5), bool)
        for footprint in (box, rng.random(box.shape) < 0.5):
            footprint.flat[0] = True
            place = int(share * (np.count_nonzero(footprint) - 1))
            results = [filters.rank_filter(x, place, footprint=footprint, mode="mirror")]
            whole = footprint.all() and x.ndim == 2 and dtype in (np.uint8, np.bool_)
            for method in (_array.BY_NETWORK, _array.BY_BITS, *((_array.BY_COUNTS,) if whole else ())):
                pairs = _neighbourhoods.selection_network(np.count_nonzero(footprint), place)
                monkeypatch.setattr(_neighbourhoods, "_method", lambda *args, m=method, p=pairs: (m, p))
                results.append(filters.rank_filter(x, place, footprint=footprint, mode="mirror"))
            monkeypatch.undo()
            for other in results[1:]:
                assert_same_bits(other, results[0], f"{footprint.shape} {place}")
            assert_same_bits(results[0], reference.rank_filter(x, place, None, footprint, "mirror").astype(dtype))


@pytest.mark.parametrize("count", range(1, 12))
def test_networks_select(count):
    """By the zero-one principle: right for all samples if it is for all of zeros and ones."""
    inputs = np.array(list(itertools.product((0, 1), repeat=count))).T
    for place in range(count):
        v = inputs.copy()
        for a, b in _neighbourhoods.selection_network(count, place):
            v[a], v[b] = np.minimum(v[a], v[b]), np.maximum(v[a], v[b])
        assert np.array_equal(v[place], np.sort(inputs, 0)[place])


# ------------------------------------------------------------------------------------------------------ nasty samples


def test_nan_reaches_its_windows_and_no_other(rng):
    x = samples(rng, np.float32, 90, 200)
    x[40, 100], x[5, 199], x[89, 0] = np.nan, np.inf, -np.inf
    for size in (3, 5, 7, 31):
        options = {"size": size, "mode": "nearest"}
        expected = scipy.ndimage.maximum_filter(np.isnan(x), **options)
        for name in ("minimum_filter", "maximum_filter", "median_filter"):
            assert np.array_equal(np.isnan(getattr(filters, name)(x, **options)), expected), f"{name} {size}"
    assert np.isnan(filters.uniform_filter(x, 5)).sum() == 25  # and not the infinities


def test_nothing_outlives_its_window(rng):
    """A running sum would carry 1e17 along."""
    x = np.ones(3000)
    x[1000] = 1e17
    got = filters.uniform_filter1d(x, 15)
    assert np.array_equal(got[1010:], np.ones(1990))
    noise = (1e6 + rng.standard_normal((300, 300))).astype(np.float32)
    exact = scipy.ndimage.uniform_filter(noise.astype(np.float64), 15)
    assert_within(filters.uniform_filter(noise, 15), exact, 4 * np.finfo(np.float32).eps * 1e6)


def test_integers_are_rounded_once_and_saturate():
    x = np.array([[0, 0, 1, 255, 255, 254]], np.uint8)
    assert filters.uniform_filter(x, (1, 2)).tolist() == [[0, 0, 0, 128, 255, 254]]  # half to even: 0.5, 254.5
    wide = np.array([-300.0, 2.5, 3.5, 70000.0, np.nan])
    assert filters.median_filter(wide, 1, output=np.uint8).tolist() == [0, 2, 4, 255, 0]
    assert filters.maximum_filter(np.array([-5, 300], np.int16), 1, output=np.uint8).tolist() == [0, 255]
    assert filters.minimum_filter(np.array([9, 9], np.uint8), 3, mode="constant", cval=-7).tolist() == [0, 0]
    assert filters.maximum_filter(np.array([2**63 - 1, 5]), 1, output=np.float64).tolist() == [2.0**63, 5]


def test_results_do_not_depend_on_tiles(rng):
    """A box sums in the same order wherever it lies."""
    x = samples(rng, np.float32, 300, 700)
    whole = filters.uniform_filter(x, (15, 6))
    part = filters.uniform_filter(x[37:, 101:], (15, 6))
    assert_same_bits(part[7:, 3:].copy(), whole[44:, 104:].copy())


@pytest.mark.parametrize("name", ["uniform_filter", "minimum_filter", "median_filter"])
def test_output(rng, name):
    function = getattr(filters, name)
    x = samples(rng, np.float32, 40, 50)
    expected = function(x, 4)
    out = np.full((40, 100), 7, np.float32)[:, ::2]
    assert function(x, 4, output=out) is out
    assert np.array_equal(out, expected)
    same = x.copy()
    function(same, 4, output=same)
    assert_same_bits(same, expected)
    swapped = np.empty(x.shape, ">f4")
    assert np.array_equal(function(x.astype(">f4"), 4, output=swapped), expected)
    assert function(x, 4, output="float64").dtype == np.float64


# ------------------------------------------------------------------------------------------------------ refusals

IMAGE = np.ones((5, 6))
OVERLAPPING = np.lib.stride_tricks.as_strided(np.ones(10), (5, 6), (8, 8))


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: filters.median_filter(IMAGE), ValueError, ("size", "footprint")),
        (lambda: filters.minimum_filter(IMAGE), ValueError, ("size", "footprint")),
        (lambda: filters.median_filter(IMAGE, 0), ValueError, ("size=0",)),
        (lambda: filters.median_filter(IMAGE, 2.5), TypeError, ("size", "float")),
        (lambda: filters.median_filter(IMAGE, (3, 3, 3)), ValueError, ("size", "2", "3")),
        (lambda: filters.median_filter(IMAGE, footprint=np.ones(3)), ValueError, ("footprint", "2", "1")),
        (lambda: filters.median_filter(IMAGE, footprint=np.zeros((3, 3))), ValueError, ("footprint",)),
        (lambda: filters.median_filter(IMAGE * 1j, 3), TypeError, ("input", "complex128")),
        (lambda: filters.median_filter("x", 3), TypeError, ("input",)),
        (lambda: filters.median_filter(IMAGE, 3, origin=2), ValueError, ("origin=2", "-1", "1")),
        (lambda: filters.uniform_filter(IMAGE, 4, origin=(0, 3)), ValueError, ("origin=3",)),
        (lambda: filters.uniform_filter(IMAGE, 3, mode="periodic"), ValueError, ("mode='periodic'", "wrap")),
        (lambda: filters.uniform_filter(IMAGE, 3, mode=("wrap",)), ValueError, ("mode", "2", "1")),
        (lambda: filters.uniform_filter(IMAGE, 3, cval="a", mode="constant"), TypeError, ("cval",)),
        (lambda: filters.uniform_filter(IMAGE, 3, cval=1j), TypeError, ("cval", "1j")),
        (lambda: filters.uniform_filter(IMAGE, 3, cval=10**400), ValueError, ("cval", "...")),
        (lambda: filters.uniform_filter(IMAGE, 3, cval=np.ma.masked), TypeError, ("cval", "masked")),
        (lambda: filters.uniform_filter(IMAGE, 3, axes=(0, 0)), ValueError, ("axes",)),
        (lambda: filters.uniform_filter(IMAGE, 3, axes=True), TypeError, ("axes", "True")),
        (lambda: filters.uniform_filter(IMAGE, 3, axes="01"), TypeError, ("axes", "'01'")),
        (lambda: filters.uniform_filter(IMAGE, 3, origin=(0, 3)), ValueError, ("origin=3", "expected -1 to 1")),
        (lambda: filters.uniform_filter(IMAGE, 1, origin=1), ValueError, ("origin=1", "expected 0 to 0")),
        (lambda: filters.uniform_filter(IMAGE, 3, output=OVERLAPPING), ValueError, ("output", "strides (8, 8)")),
        (lambda: filters.uniform_filter(IMAGE, 3, axes=2), ValueError, ("axes=2",)),
        (lambda: filters.uniform_filter1d(IMAGE, 3, axis=2), ValueError, ("axis=2",)),
        (lambda: filters.uniform_filter1d(1.0, 3), ValueError, ("input",)),
        (lambda: filters.rank_filter(IMAGE, 9, 3), ValueError, ("rank=9", "-9", "8")),
        (lambda: filters.rank_filter(IMAGE, 1.0, 3), TypeError, ("rank", "float")),
        (lambda: filters.percentile_filter(IMAGE, 101, 3), ValueError, ("percentile=101",)),
        (lambda: filters.percentile_filter(IMAGE, np.nan, 3), ValueError, ("percentile",)),
        (lambda: filters.median_filter(IMAGE, 3, output=np.empty((5, 5))), ValueError, ("output", "(5, 6)", "(5, 5)")),
        (lambda: filters.median_filter(IMAGE, 3, output="no"), TypeError, ("output", "no")),
        (lambda: filters.median_filter(IMAGE, 3, output=object), TypeError, ("output", "object")),
        (lambda: filters.uniform_filter(IMAGE * 1j, 3, output=IMAGE.copy()), TypeError, ("output", "complex")),
    ],
)  # fmt: skip
def test_refused(call, error, words):
    with pytest.raises(error) as raised:
        call()
    assert type(raised.value) is error
    for word in words:
        assert word in str(raised.value), str(raised.value)


def test_windows_larger_than_the_image(rng):
    """Against the oracle: SciPy's median over (40, 3) of 4 x 5 samples is another one."""
    x = few_values(rng, np.float64, 4, 5)
    for mode in MODES:
        for size in ((9, 9), (40, 3), (3, 40)):
            for name in ("median_filter", "minimum_filter", "maximum_filter"):
                expected = getattr(reference, name)(x, size, None, mode, 2.0).astype(x.dtype)
                got = getattr(filters, name)(x, size, mode=mode, cval=2.0)
                assert_same_bits(got, expected, f"{name} {mode} {size}")


def test_constants_of_their_own_dtype():
    """Integers keep all their digits; of bool a constant is whether it is not 0, one byte of 0 or 1."""
    for dtype, cval, expected in ((np.int64, 2**53 + 1, 2**53 + 1), (np.uint64, 2**64 - 3, 2**64 - 3),
                                  (np.int64, 10**30, 2**63 - 1), (np.uint8, 2**63, 255), (np.int8, 2**64 - 1, 127),
                                  (np.uint64, -1, 0), (np.float64, 10**30, 1e30)):  # fmt: skip
        got = filters.maximum_filter(np.zeros(3, dtype), 3, mode="constant", cval=cval)
        assert got[[0, 2]].tolist() == [expected] * 2 and got[1] == 0
    for cval, expected in ((300, 1), (-1, 1), (0.3, 1), (0, 0)):
        for function in (filters.maximum_filter, filters.median_filter):
            got = function(np.zeros((1, 3), bool), (1, 5), mode="constant", cval=cval)
            assert set(got.view(np.uint8)[0, [0, -1]].tolist()) <= {0, expected}
        assert filters.maximum_filter(np.zeros(1, bool), 3, mode="constant", cval=cval).view(np.uint8) == expected


def test_sizes_beyond_all_measure(rng):
    """An extreme of a huge window is that of a large one; what cannot be counted is refused."""
    x = few_values(rng, np.int16, 4, 5)
    for mode, origin in itertools.product(MODES, (-3, 0, 40)):
        options = {"mode": mode, "cval": 3, "origin": (origin, 0)}
        for name in ("minimum_filter", "maximum_filter"):
            expected = getattr(reference, name)(x, (91, 30), None, mode, 3, (origin, 0)).astype(x.dtype)
            assert_same_bits(getattr(filters, name)(x, (91, 30), **options), expected, f"{name} {mode}")
            huge = getattr(filters, name)(x, (2**30, 2**13), mode=mode, cval=3)
            assert_same_bits(huge, getattr(filters, name)(x, 100, mode=mode, cval=3))
    for function, size in itertools.product(
        (filters.uniform_filter, filters.maximum_filter, filters.median_filter),
        (2**45, 2**57, 2**62, 2**64, 10**30, (2**31, 2**31), (1, 2**50)),
    ):
        with pytest.raises(ValueError, match="size="):
            function(x, size)
    with pytest.raises(ValueError, match="size="):
        filters.uniform_filter1d(x, 2**62)
    with pytest.raises(ValueError, match="size="):
        filters.median_filter(np.ones((1,) * 32), 2**4)
    assert filters.uniform_filter(np.ones((1,) * 32), 2**4).tolist() == np.ones((1,) * 32).tolist()
    with pytest.raises(ValueError, match=r"percentile=1000.*[.][.][.]: "):
        filters.percentile_filter(x, 10**400, 3)
    with pytest.raises(TypeError, match="percentile"):
        filters.percentile_filter(x, True, 3)


def test_empty():
    for shape in ((0,), (0, 5), (5, 0), (3, 0, 4)):
        for function in (filters.uniform_filter, filters.maximum_filter, filters.median_filter):
            assert function(np.empty(shape, np.float32), 3).shape == shape

"""Linear filters of images: parity with SciPy, OpenCV and scikit-image; every way a kernel is summed; hard images."""

import itertools
import pathlib
import warnings

import numpy as np
import pytest
import reference_filters as oracles
import scipy.ndimage
from compare import assert_same_bits, assert_within

from sigkit import filters

MODES = ("reflect", "constant", "nearest", "mirror", "wrap", "grid-mirror", "grid-constant", "grid-wrap")
SHAPES = [(1,), (9,), (7, 8), (1, 1), (1, 6), (40, 50), (5, 4, 6), (3, 2, 4, 3)]
DTYPES = (np.float32, np.float64, np.complex64, np.complex128)
INTEGERS = (np.uint8, np.int8, np.int16, np.uint16, np.int32, np.uint32, np.int64)
VECTORS = pathlib.Path(__file__).parent / "vectors" / "filters.npz"


def draw(rng, dtype, *shape):
    x = rng.standard_normal(shape)
    return (x + 1j * rng.standard_normal(shape) if np.dtype(dtype).kind == "c" else x).astype(dtype)


def wide(x):
    return np.asarray(x).astype(np.result_type(x, np.float64))


def allowed(m, size, dtype):
    """The module's bound, and as much for what SciPy's own sums in float64 lose."""
    return oracles.growth(m) * np.finfo(dtype).eps * size + 1e-15 * size


# --------------------------------------------------------------------------------------------- against SciPy


@pytest.mark.parametrize("name", ["correlate", "convolve"])
@pytest.mark.parametrize("mode", MODES)
def test_weights_are_scipys(name, mode, rng):
    ours, theirs = getattr(filters, name), getattr(scipy.ndimage, name)
    for number, shape in enumerate(SHAPES):
        dtype = DTYPES[number % len(DTYPES)]
        x = draw(rng, dtype, *shape)
        for size in (1, 2, 3, 5 if len(shape) > 2 else 11):
            weights = draw(rng, np.complex128 if number % 3 == 0 else np.float64, *(size,) * len(shape))
            for origin in {0, -(size // 2), (size - 1) // 2}:
                keywords = {"mode": mode, "cval": 1.25, "origin": origin}
                got = ours(x, weights, **keywords)
                expected = theirs(wide(x), weights, **keywords)
                bound = allowed(weights.size, theirs(abs(wide(x)), abs(weights), **keywords), dtype)
                assert_within(got, expected, bound, f"{shape} {size} {origin}", label=f"{name}, SciPy")


@pytest.mark.parametrize("name", ["correlate1d", "convolve1d"])
@pytest.mark.parametrize("mode", MODES)
def test_lines_are_scipys(name, mode, rng):
    ours, theirs = getattr(filters, name), getattr(scipy.ndimage, name)
    for number, shape in enumerate(SHAPES):
        dtype = DTYPES[number % len(DTYPES)]
        x = draw(rng, dtype, *shape)
        for axis, size in itertools.product(range(len(shape)), (1, 2, 7, 300)):
            weights = draw(rng, np.float64, size)
            for origin in {0, -(size // 2), (size - 1) // 2}:
                keywords = {"axis": axis, "mode": mode, "cval": 1.25, "origin": origin}
                bound = allowed(size, theirs(abs(wide(x)), abs(weights), **keywords), dtype)
                message = f"{shape} {axis=} {size} {origin}"
                assert_within(ours(x, weights, **keywords), theirs(wide(x), weights, **keywords), bound, message)


CALLS = {
    "gaussian_filter": [{"sigma": 1.3}, {"sigma": 7}, {"sigma": 1.3, "order": 1}, {"sigma": 2, "truncate": 1.5},
                        {"sigma": 0.9, "order": 3, "radius": 4}],
    "gaussian_laplace": [{"sigma": 1.1}, {"sigma": 2, "truncate": 2.5}],
    "gaussian_gradient_magnitude": [{"sigma": 1.1}, {"sigma": 0.7, "radius": 2}],
    "laplace": [{}],
    "sobel": [{}, {"axis": 0}],
    "prewitt": [{}, {"axis": 0}],
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("mode", MODES)
def test_own_weights_are_scipys(name, mode, rng):
    ours, theirs = getattr(filters, name), getattr(scipy.ndimage, name)
    for shape, keywords in itertools.product(SHAPES, CALLS[name]):
        x = draw(rng, np.float64, *shape)
        got = ours(x, **keywords, mode=mode, cval=1.25)
        expected = theirs(x, **keywords, mode=mode, cval=1.25)
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12, err_msg=f"{shape} {keywords}")


def test_modes_sigmas_and_orders_of_each_axis(rng):
    x = draw(rng, np.float64, 11, 12, 13)
    modes = ["wrap", "constant", "mirror"]
    keywords = {"sigma": (1.0, 0.0, 2.0), "order": (1, 0, 2), "mode": modes, "cval": 2.0, "radius": (4, 3, None)}
    got = filters.gaussian_filter(x, **keywords)
    np.testing.assert_allclose(got, scipy.ndimage.gaussian_filter(x, **keywords), atol=1e-13)
    for name in ("gaussian_laplace", "gaussian_gradient_magnitude"):
        for image in (x, x[0]):
            keywords = {"sigma": (1.0, 0.8, 2.0)[: image.ndim], "mode": modes[: image.ndim], "cval": 2.0}
            got, expected = (getattr(module, name)(image, **keywords) for module in (filters, scipy.ndimage))
            np.testing.assert_allclose(got, expected, atol=1e-13, err_msg=name)
    for name in ("sobel", "prewitt"):
        for axis in range(3):
            got, expected = (getattr(m, name)(x, axis, mode=modes, cval=2.0) for m in (filters, scipy.ndimage))
            np.testing.assert_allclose(got, expected, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("axes", [(0,), (2,), (0, 1), (2, 0), (-1, -2), (0, 1, 2), ()])
def test_axes_leave_the_others_alone(axes, rng):
    x = draw(rng, np.float64, 6, 7, 8)
    weights = draw(rng, np.float64, *range(3, 3 + len(axes)))
    origin = [(-1, 0, 1)[i] for i in range(len(axes))]
    for name in ("correlate", "convolve"):
        got, expected = (getattr(m, name)(x, weights, axes=axes, origin=origin) for m in (filters, scipy.ndimage))
        np.testing.assert_allclose(got, expected, atol=1e-13)
    for name, *more in (("gaussian_filter", 1.1), ("laplace",), ("gaussian_laplace", 1.1)):
        got, expected = (getattr(m, name)(x, *more, axes=axes, mode="wrap") for m in (filters, scipy.ndimage))
        np.testing.assert_allclose(got, expected, atol=1e-13)


def test_a_gradient_magnitude_smooths_its_axes_alone(rng):
    x = draw(rng, np.float64, 3, 20, 21)
    got = filters.gaussian_gradient_magnitude(x, 1.5, axes=(1, 2))
    for plane, image in zip(got, x, strict=True):
        np.testing.assert_allclose(plane, scipy.ndimage.gaussian_gradient_magnitude(image, 1.5), atol=1e-13)


# --------------------------------------------------------------------------------- every way a kernel is summed


def large_kernels(rng):
    return {
        "outer product": np.outer(draw(rng, np.float64, 31), draw(rng, np.float64, 12)),
        "rank 2": draw(rng, np.float64, 25, 2) @ draw(rng, np.float64, 2, 30),
        "full rank": draw(rng, np.float64, 9, 9),
        "for an FFT": draw(rng, np.float64, 41, 36),
        "with zeros": np.eye(33),
        "constant": np.full((30, 30), 1 / 900),
    }


@pytest.mark.parametrize("mode", MODES[:5])
@pytest.mark.parametrize("dtype", [*DTYPES, np.uint8])
def test_large_kernels(dtype, mode, rng):
    x = rng.integers(0, 256, (190, 203)).astype(dtype) if dtype == np.uint8 else draw(rng, dtype, 190, 203)
    computed = np.float32 if dtype == np.uint8 else dtype
    for kind, weights in large_kernels(rng).items():
        keywords = {"mode": mode, "cval": 0.75, "origin": (1, -2)}
        got = filters.correlate(x, weights, **keywords, output=computed)
        expected = scipy.ndimage.correlate(wide(x), weights, **keywords)
        # through an FFT, or outer products that cancel: norms in place of magnitudes
        norms = np.linalg.norm(weights) * np.linalg.norm(wide(x)) + np.linalg.norm(weights, 2) * abs(wide(x)).max()
        bound = 8 * np.finfo(computed).eps * np.log2(2 * x.size) * norms
        assert_within(got, expected, bound, f"{kind}", label=f"large kernels, {kind}")
        if kind in ("outer product", "full rank"):
            size = scipy.ndimage.correlate(abs(wide(x)), abs(weights), **keywords)
            assert_within(got, expected, allowed(sum(weights.shape), size, computed) * 4, kind)


@pytest.mark.parametrize("kind", ["outer product", "rank 2", "for an FFT", "full rank"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_stays_in_its_window(kind, value, rng):
    x, weights = draw(rng, np.float32, 2, 150, 160), large_kernels(rng)[kind]
    clean = filters.correlate(x, weights, axes=(1, 2))
    x[1, 70, 80] = value
    got = filters.correlate(x, weights, axes=(1, 2))
    one = np.zeros((150, 160))
    one[70, 80] = 1
    reached = scipy.ndimage.correlate(one, np.ones(weights.shape)) > 0.5
    assert not np.isfinite(got[1][reached]).any() and np.isfinite(got[1][~reached]).all()
    if value == np.inf:
        signs = np.sign(scipy.ndimage.correlate(one, weights))
        assert np.array_equal(np.sign(got[1][reached]), signs[reached])
    if kind == "rank 2" and value == np.inf:  # summed anew, without outer products
        assert_within(got[0], clean[0], 1e-5 * abs(clean[0]).max())
    else:
        assert_same_bits(got[0], clean[0])


def test_a_kernel_on_many_axes_that_is_an_outer_product(rng):
    x = draw(rng, np.float64, 30, 31, 32)
    weights = np.einsum("i,j,k", *(draw(rng, np.float64, n) for n in (5, 6, 7)))
    for mode in MODES[:5]:
        got = filters.correlate(x, weights, mode=mode, cval=1.5)
        expected = scipy.ndimage.correlate(x, weights, mode=mode, cval=1.5)
        np.testing.assert_allclose(got, expected, atol=1e-12 * abs(weights).sum(), err_msg=mode)


def test_methods_depend_on_no_value_of_the_image(rng):
    x, weights = draw(rng, np.float32, 300, 300), draw(rng, np.float64, 35, 35)
    one, other = filters.correlate(x, weights), filters.correlate(np.stack([x, 2 * x]), weights, axes=(1, 2))
    assert_within(other[0], one, 1e-3)
    assert_same_bits(filters.correlate(2 * x, weights), 2 * one)


# ------------------------------------------------------------------------------------------------------- dtypes


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_round_once_and_saturate(dtype, rng):
    limits = np.iinfo(dtype)
    x = rng.integers(limits.min, limits.max, (20, 21), dtype, endpoint=True)
    step = np.zeros((4, 8), dtype)
    step[:, 4:] = limits.max
    for name, *more in (("sobel",), ("laplace",), ("prewitt", 0), ("gaussian_filter", 1.0), ("gaussian_laplace", 1.0)):
        for image in (x, step):
            got = getattr(filters, name)(image, *more)
            exact = getattr(scipy.ndimage, name)(image.astype(np.float64), *more)
            assert got.dtype == dtype
            precision = np.finfo(np.float32 if got.itemsize <= 2 else np.float64).eps
            clipped = np.clip(exact.astype(np.longdouble), limits.min, limits.max)
            error = abs(got.astype(np.longdouble) - clipped)
            assert (error <= 0.5 + 100 * precision * float(limits.max)).all(), name
    assert filters.sobel(step).max() == limits.max


def test_a_step_of_bytes_saturates():
    step = np.zeros((5, 8), np.uint8)
    step[:, 4:] = 255
    assert filters.sobel(step)[2].tolist() == [0, 0, 0, 255, 255, 0, 0, 0]
    assert filters.laplace(step)[2].tolist() == [0, 0, 0, 255, 0, 0, 0, 0]
    assert filters.laplace(step, output=np.int16)[2].tolist() == [0, 0, 0, 255, -255, 0, 0, 0]
    assert filters.correlate(np.full(4, 200, np.uint8), [2, 2]).tolist() == [255] * 4


def test_half_is_rounded_to_even():
    assert filters.correlate1d(np.array([1, 3, 5, 7], np.uint8), [0.5]).tolist() == [0, 2, 2, 4]
    assert filters.correlate1d(np.array([-1, -3, 5], np.int8), [0.5]).tolist() == [0, -2, 2]


@pytest.mark.parametrize("output", [np.float32, np.float64, np.int16, np.uint8, "complex64", bool, np.dtype(">f4")])
@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float32, np.int32])
def test_output_is_a_dtype_or_an_array(dtype, output, rng):
    x = rng.integers(0, 100, (9, 10)).astype(dtype)
    by_dtype = filters.gaussian_filter(x, 1, output=output)
    assert by_dtype.dtype == np.dtype(output).newbyteorder("=")
    exact = scipy.ndimage.gaussian_filter(x.astype(np.float64), 1)
    if output is bool:
        assert by_dtype.all()
    else:
        assert abs(by_dtype - exact).max() <= (0.5001 if by_dtype.dtype.kind in "iu" else 1e-4)
    into = np.zeros((9, 10), output)
    assert filters.gaussian_filter(x, 1, output=into) is into
    assert np.array_equal(into, by_dtype)
    strided = np.zeros((18, 20), output)[::-2, ::2]
    assert filters.gaussian_filter(x, 1, output=strided) is strided and np.array_equal(strided, by_dtype)


@pytest.mark.parametrize("name, more", [("correlate", (np.ones((3, 3)),)), ("gaussian_filter", (2,)), ("sobel", ()),
                                        ("gaussian_laplace", (1,)), ("gaussian_gradient_magnitude", (1,))])  # fmt: skip
def test_output_may_be_the_input(name, more, rng):
    for dtype in (np.float32, np.uint8):
        x = rng.integers(0, 200, (70, 80)).astype(dtype)
        expected = getattr(filters, name)(x, *more)
        shared = x.copy()
        assert getattr(filters, name)(shared, *more, output=shared) is shared
        assert_same_bits(shared, expected)
        pool = np.zeros(x.size + 7, dtype)
        source, target = pool[: x.size].reshape(x.shape), pool[7:].reshape(x.shape)
        source[...] = x
        getattr(filters, name)(source, *more, output=target)
        assert_same_bits(target, expected)


def test_real_output_of_complex_sums():
    x = np.ones((4, 4), np.complex64)
    with pytest.warns(UserWarning, match="promoting specified output dtype"):
        assert filters.correlate(x, np.ones((2, 2)), output=np.float64).dtype == np.complex128
    with pytest.raises(TypeError, match="output"):
        filters.correlate(x, np.ones((2, 2)), output=np.zeros((4, 4)))


# ------------------------------------------------------------------------------------------------------- images


SMOOTHING = {
    "gaussian_filter": (2.0,), "correlate": (np.full((5, 5), 1 / 25),), "convolve": (np.full((2, 4), 1 / 8),),
}  # fmt: skip


@pytest.mark.parametrize("value", [0.1, 1e6 + 1 / 3, 1e-30])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_image_stays_constant(dtype, value):
    x = np.full((40, 50), value, dtype)
    eps = np.finfo(dtype).eps * float(x[0, 0])
    for name, more in SMOOTHING.items():
        assert abs(getattr(filters, name)(x, *more) - x).max() <= 4 * eps, name
    for name, more in {"laplace": (), "sobel": (), "prewitt": (0,), "difference_of_gaussians": (1, 2)}.items():
        assert abs(getattr(filters, name)(x, *more)).max() <= 8 * eps, name
    # the weights are SciPy's, which do not add up to 0
    left = oracles.gaussian_laplace(np.ones((1, 1)), 2)[0, 0]
    assert abs(filters.gaussian_laplace(x, 2) - left * x[0, 0]).max() <= 8 * eps
    assert abs(filters.unsharp_mask(x, 1.5, 1, True) - x).max() <= 8 * eps
    assert not filters.local_normalize(x, 2).any()


@pytest.mark.parametrize(
    "name, more", [*SMOOTHING.items(), ("sobel", ()), ("laplace", ()), ("gaussian_laplace", (1.5,))]
)
def test_an_offset_costs_no_more_than_storing_it(name, more, rng):
    """float32 of 1e6 + noise: within a few of the roundings that storing such samples costs."""
    x = (1e6 + rng.standard_normal((60, 70))).astype(np.float32)
    got = getattr(filters, name)(x, *more)
    exact = getattr(filters, name)(x.astype(np.float64), *more)
    weight = getattr(oracles, name)(np.ones((9, 9)), *more, how="size").max() if name in CALLS else 1
    assert abs(got - exact).max() <= 4 * np.finfo(np.float32).eps * 1e6 * float(weight)


@pytest.mark.parametrize("shape", [(0,), (0, 5), (5, 0), (2, 0, 3)])
def test_images_without_samples(shape):
    x = np.zeros(shape, np.float32)
    for name, more in {**SMOOTHING, "sobel": (), "laplace": (), "scharr": (), "unsharp_mask": ()}.items():
        if name in ("correlate", "convolve"):
            more = (np.ones((3,) * x.ndim),)
        got = getattr(filters, name)(x, *more)
        assert got.shape == shape and got.dtype == np.float32


@pytest.mark.parametrize("mode", MODES)
def test_kernels_larger_than_the_image(mode, rng):
    for shape in ((1, 1), (2, 3), (5, 1)):
        x = draw(rng, np.float64, *shape)
        weights = draw(rng, np.float64, 23, 24)
        # the oracle's: in some modes SciPy reads beyond so small an image
        got, expected = (m.correlate(x, weights, mode=mode, cval=2.0) for m in (filters, oracles))
        np.testing.assert_allclose(got, expected.astype(float), atol=1e-11)
        for sigma in (3, 50, 300):
            got, expected = (m.gaussian_filter(x, sigma, mode=mode, cval=2.0) for m in (filters, scipy.ndimage))
            np.testing.assert_allclose(got, expected, atol=1e-12, err_msg=f"{shape} {sigma}")


def test_layouts(rng):
    base = draw(rng, np.float32, 64, 70, 3)
    expected = filters.gaussian_filter(np.ascontiguousarray(base[..., 1]), 2)
    swapped = base[..., 1].astype(">f4")
    read_only = base[..., 1].copy()
    read_only.flags.writeable = False
    for image in (base[..., 1], np.asfortranarray(base[..., 1]), swapped, read_only, base[::-1, ::-1, 1][::-1, ::-1]):
        assert_same_bits(filters.gaussian_filter(image, 2), expected)
    assert_same_bits(filters.gaussian_filter(base, 2, axes=(0, 1))[..., 1], expected)


# ------------------------------------------------------------------------------------------- OpenCV, scikit-image


def test_opencv(rng):
    cv2 = pytest.importorskip("cv2")
    borders = {"reflect": cv2.BORDER_REFLECT, "mirror": cv2.BORDER_REFLECT_101, "nearest": cv2.BORDER_REPLICATE,
               "constant": cv2.BORDER_CONSTANT}  # fmt: skip
    x = draw(rng, np.float32, 50, 61)
    eps = np.finfo(np.float32).eps
    for mode, border in borders.items():
        for shape in ((3, 3), (5, 2), (4, 7), (21, 20)):
            weights = draw(rng, np.float32, *shape)
            got = filters.correlate(x, weights, mode=mode)
            size = abs(weights).sum() * abs(x).max()
            assert abs(got - cv2.filter2D(x, -1, weights, borderType=border)).max() <= 40 * eps * size, shape
        taps = cv2.getGaussianKernel(17, 2.0, cv2.CV_64F)[:, 0]
        got = filters.gaussian_filter(x, 2.0, radius=8, mode=mode)
        assert abs(got - cv2.sepFilter2D(x, -1, taps, taps, borderType=border)).max() <= 40 * eps * abs(x).max()
        assert abs(got - cv2.GaussianBlur(x, (17, 17), 2.0, borderType=border)).max() <= 40 * eps * abs(x).max()
        slope = filters.gradient(x, mode=mode)
        for ours, (dx, dy) in ((slope.down, (0, 1)), (slope.across, (1, 0))):
            theirs = cv2.Sobel(x, -1, dx, dy, borderType=border)
            assert abs(ours - theirs).max() <= 40 * eps * abs(x).max()
        laplacian = cv2.Laplacian(x, -1, ksize=1, borderType=border)
        assert abs(filters.laplace(x, mode=mode) - laplacian).max() <= 40 * eps * abs(x).max()
    bytes_ = rng.integers(0, 256, (50, 61), np.uint8)
    got = filters.correlate(bytes_, np.ones((3, 3)), mode="reflect")
    assert np.array_equal(got, cv2.filter2D(bytes_, -1, np.ones((3, 3)), borderType=cv2.BORDER_REFLECT))


def scikit_image_calls():
    """label -> call(filters, image, mask); what vectors/filters.npz holds of scikit-image."""
    calls = {"roberts": lambda f, x, m: f.roberts(x), "roberts mask": lambda f, x, m: f.roberts(x, m)}
    for name in ("scharr", "farid"):
        calls |= {
            name: lambda f, x, m, name=name: getattr(f, name)(x),
            f"{name} mask": lambda f, x, m, name=name: getattr(f, name)(x, mask=m),
            f"{name} axis": lambda f, x, m, name=name: getattr(f, name)(x, axis=0),
            f"{name} constant": lambda f, x, m, name=name: getattr(f, name)(x, mode="constant", cval=0.3),
        }
    return calls | {
        "dog": lambda f, x, m: f.difference_of_gaussians(x, 1, 2),
        "dog constant": lambda f, x, m: f.difference_of_gaussians(x, (1, 1.5), mode="constant", cval=0.3),
        "dog channels": lambda f, x, m: f.difference_of_gaussians(x, 1.5, channel_axis=0, truncate=3),
        "unsharp": lambda f, x, m: f.unsharp_mask(x, 1.5, 2.0),
        "unsharp range": lambda f, x, m: f.unsharp_mask(x, 1.5, 2.0, preserve_range=True),
        "unsharp channels": lambda f, x, m: f.unsharp_mask(x, (1,), -0.5, channel_axis=1),
    }


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "uint8", "int8", "uint16", "int32", "bool"])
def test_scikit_image(dtype):
    with np.load(VECTORS) as vectors:
        x, mask = vectors[f"{dtype} image"], vectors["mask"]
        for label, call in scikit_image_calls().items():
            got, expected = call(filters, x, mask), vectors[f"{dtype} {label}"]
            assert got.dtype == expected.dtype, label
            tolerance = 64 * np.finfo(expected.dtype).eps * max(abs(expected).max(), 1)
            assert abs(got - expected).max() <= tolerance, label


# -------------------------------------------------------------------------------------------------- own functions


@pytest.mark.parametrize("operator", ["central", "prewitt", "sobel", "scharr", "farid", "gaussian"])
def test_a_ramp_has_unit_gain(operator):
    down, across = np.mgrid[:20, :25]
    keywords = {"sigma": 0.4} if operator == "gaussian" else {}
    slope = filters.gradient(0.5 * down - 2.0 * across, operator, gain="unit", **keywords)
    inside = (slice(5, -5),) * 2
    for got, expected in zip(slope, (0.5, -2.0, np.hypot(0.5, 2), np.arctan2(0.5, -2.0)), strict=True):
        np.testing.assert_allclose(got[inside], expected, rtol=1e-13)


def test_gradient_of_raw_gain_and_of_axes(rng):
    x = draw(rng, np.float64, 12, 3, 14)
    slope = filters.gradient(x, "sobel", axes=(0, 2))
    for i in range(3):
        np.testing.assert_allclose(slope.down[:, i], scipy.ndimage.sobel(x[:, i], 0), atol=1e-13)
        np.testing.assert_allclose(slope.across[:, i], scipy.ndimage.sobel(x[:, i], 1), atol=1e-13)
    np.testing.assert_allclose(slope.magnitude, np.hypot(slope.down, slope.across), atol=1e-13)
    only = filters.gradient(x, "sobel", axes=(0, 2), parts=("magnitude",))
    assert only.down is only.across is only.direction is None
    assert_same_bits(only.magnitude, slope.magnitude)
    flat = filters.gradient(np.full((5, 5), 7, np.uint8))
    assert flat.direction.dtype == np.float32 and not any(part.any() for part in flat)


def test_local_contrast_does_not_depend_on_offset_and_scale(rng):
    x = rng.standard_normal((60, 70))
    expected = filters.local_normalize(x, 4)
    assert abs(filters.local_normalize(3 * x + 1e6, 4) - expected).max() < 1e-7
    assert abs(filters.local_normalize((1e6 + np.round(x * 8)).astype(np.float32), 4)
               - filters.local_normalize(np.round(x * 8), 4)).max() < 1e-6  # fmt: skip
    x[:30] = 5.0
    assert not filters.local_normalize(x, 1)[:20].any()
    assert abs(filters.local_normalize(x * 1e-3, 4, floor=1.0)).max() < 0.01


# ------------------------------------------------------------------------------------------------------ bad input


X = np.ones((6, 7))
BAD = [
    ("correlate", (X, np.ones(3)), {}, ValueError, "weights"),
    ("correlate", (X, np.ones((3, 0))), {}, ValueError, "weights"),
    ("correlate", (X, [["a"]]), {}, TypeError, "weights"),
    ("correlate", (X, np.ones((3, 3))), {"origin": 2}, ValueError, "origin"),
    ("correlate", (X, np.ones((4, 4))), {"origin": (0, -3)}, ValueError, "origin"),
    ("convolve", (X, np.ones((4, 4))), {"origin": 2}, ValueError, "origin"),
    ("convolve", (X, np.ones((4, 4))), {"origin": 0.5}, TypeError, "origin"),
    ("correlate", (X, np.ones((3, 3))), {"mode": "mirrored"}, ValueError, "mode"),
    ("correlate", (X, np.ones((3, 3))), {"mode": 3}, ValueError, "mode"),
    ("correlate", (X, np.ones((3, 3))), {"mode": ["wrap"]}, ValueError, "mode"),
    ("correlate", (X, np.ones((3, 3))), {"cval": 1j}, TypeError, "cval"),
    ("correlate", (X, np.ones((3, 3))), {"cval": "0"}, TypeError, "cval"),
    ("correlate", (X, np.ones((3, 3))), {"axes": (0, 2)}, ValueError, "axes"),
    ("correlate", (X, np.ones((3, 3))), {"axes": (0, 0)}, ValueError, "axes must be unique"),
    ("correlate", (X, np.ones((3, 3))), {"axes": "01"}, TypeError, "axes"),
    ("correlate", (X, np.ones((3, 3))), {"nan_policy": "raise"}, ValueError, "nan_policy"),
    ("correlate", (X, np.ones((3, 3))), {"output": np.ones((6, 6))}, ValueError, "output"),
    ("correlate", (X, np.ones((3, 3))), {"output": "float99"}, TypeError, "output"),
    ("correlate", (X, np.ones((3, 3))), {"output": np.float16}, TypeError, "output"),
    ("correlate", (X, np.ones((3, 3))), {"output": "U5"}, TypeError, "output"),
    ("correlate", (X, np.ones((3, 3))), {"output": np.longdouble}, TypeError, "output"),
    ("correlate", (X, np.ones((3, 3))), {"output": np.broadcast_to(1.0, (6, 7))}, ValueError, "output"),
    ("correlate", (X, np.ones((3, 3))), {"output": np.ma.ones((6, 7))}, TypeError, "output"),
    ("correlate1d", (X, np.ones((2, 2))), {}, ValueError, "weights"),
    ("correlate1d", (X, [1, 2]), {"axis": 2}, ValueError, "axis"),
    ("correlate1d", (X, [1, 2]), {"axis": 1.0}, TypeError, "axis"),
    ("correlate1d", (3.0, [1, 2]), {}, ValueError, "input"),
    ("gaussian_filter", (X, -1), {}, ValueError, "sigma"),
    ("gaussian_filter", (X, np.nan), {}, ValueError, "sigma"),
    ("gaussian_filter", (X, np.inf), {}, ValueError, "sigma"),
    ("gaussian_filter", (X, "2"), {}, TypeError, "sigma"),
    ("gaussian_filter", (X, (1, 2, 3)), {}, ValueError, "sigma"),
    ("gaussian_filter", (X, 1, -1), {}, ValueError, "order"),
    ("gaussian_filter", (X, 1, 1.5), {}, TypeError, "order"),
    ("gaussian_filter", (X, 1), {"radius": -1}, ValueError, "radius"),
    ("gaussian_filter", (X, 1), {"radius": 2.5}, TypeError, "radius"),
    ("gaussian_filter", (X, 1), {"truncate": -1}, ValueError, "truncate"),
    ("gaussian_filter", (X, 1e30), {}, ValueError, "radius"),
    ("gaussian_filter1d", (X, 0), {"order": 1}, ValueError, "sigma"),
    ("gaussian_filter1d", (1.0, 1), {}, ValueError, "input"),
    ("sobel", (1.0,), {}, ValueError, "input"),
    ("sobel", (X, 2), {}, ValueError, "axis"),
    ("scharr", (X * 1j,), {}, TypeError, "image"),
    ("scharr", (1.0,), {}, ValueError, "image"),
    ("scharr", (X, np.ones((6, 6), bool)), {}, ValueError, "mask"),
    ("scharr", (X,), {"axis": 2}, ValueError, "axis"),
    ("scharr", (X,), {"axis": ()}, ValueError, "axis"),
    ("scharr", (X,), {"nan_policy": "raise"}, ValueError, "nan_policy"),
    ("roberts", (X[0],), {}, ValueError, "image"),
    ("roberts", (X,), {"nan_policy": None}, ValueError, "nan_policy"),
    ("gradient", (X[0],), {}, ValueError, "image"),
    ("gradient", (X, "canny"), {}, ValueError, "operator"),
    ("gradient", (X,), {"gain": 1}, ValueError, "gain"),
    ("gradient", (X, "gaussian"), {}, ValueError, "sigma"),
    ("gradient", (X, "gaussian"), {"sigma": 0}, ValueError, "sigma"),
    ("gradient", (X, "sobel"), {"sigma": 1}, ValueError, "sigma"),
    ("gradient", (X,), {"axes": (0,)}, ValueError, "axes"),
    ("gradient", (X,), {"parts": ("norm",)}, ValueError, "parts"),
    ("gradient", (X,), {"parts": 3}, TypeError, "parts"),
    ("gradient", (X,), {"nan_policy": "drop"}, ValueError, "nan_policy"),
    ("difference_of_gaussians", (X, 2, 1), {}, ValueError, "high_sigma"),
    ("difference_of_gaussians", (X, (1, 2, 3)), {}, ValueError, "low_sigma"),
    ("difference_of_gaussians", (X, 1), {"channel_axis": 2}, ValueError, "channel_axis"),
    ("difference_of_gaussians", (X[0], 1), {"channel_axis": 0}, ValueError, "image"),
    ("unsharp_mask", (X, -1), {}, ValueError, "radius"),
    ("unsharp_mask", (X, 1, np.nan), {}, ValueError, "amount"),
    ("unsharp_mask", (X,), {"preserve_range": 1}, TypeError, "preserve_range"),
    ("unsharp_mask", (X,), {"nan_policy": ""}, ValueError, "nan_policy"),
    ("local_normalize", (X, 0), {}, ValueError, "sigma"),
    ("local_normalize", (X, 1), {"floor": -1}, ValueError, "floor"),
    ("local_normalize", (1.0, 1), {}, ValueError, "image"),
]


@pytest.mark.parametrize("name, positional, keywords, error, named", BAD)
def test_bad_input(name, positional, keywords, error, named):
    with pytest.raises(error, match=named), warnings.catch_warnings():
        warnings.simplefilter("error")
        getattr(filters, name)(*positional, **keywords)


def test_an_error_leaves_the_output_alone():
    into = np.full((6, 7), 9.0)
    for keywords in ({"mode": "no"}, {"origin": 5}, {"cval": None}, {"nan_policy": "no"}):
        with pytest.raises((TypeError, ValueError)):
            filters.correlate(X, np.ones((3, 3)), output=into, **keywords)
    assert (into == 9).all()


@pytest.mark.parametrize("mode", ["nearest", "constant", "wrap"])
def test_a_shifted_window_longer_than_the_image_holds_no_more_than_it_does(rng, mode):
    x = rng.standard_normal((40, 7))
    x[20, 2] = np.nan
    taps = np.outer(rng.standard_normal(11), rng.standard_normal(101))  # summed along one axis after the other
    for origin in (-50, 50):
        for name in ("correlate", "convolve"):
            expected = getattr(oracles, name)(x, taps, mode=mode, origin=(0, origin))
            assert_within(getattr(filters, name)(x, taps, mode=mode, origin=(0, origin)), expected, 1e-11)
            expected = getattr(oracles, name + "1d")(x, taps[1], mode=mode, origin=origin)
            assert_within(getattr(filters, name + "1d")(x, taps[1], mode=mode, origin=origin), expected, 1e-11)

"""Averages of spectra: SciPy's, whatever the arguments; the same bits for any chunks; offsets that drown the rest."""

import itertools
import warnings

import numpy as np
import pytest
import scipy.signal
import signals
from compare import assert_same_bits, assert_within
from reference_spectral import growth

import sigkit

# nperseg, noverlap, nfft: within one transform, lane = frame, by scipy.fft; odd; padded
SEGMENTS = [(256, None, None), (100, 30, 120), (75, 60, None), (58, None, None), (64, 0, 131), (1, 0, 4)]
DTYPES = (np.float32, np.float64, np.complex64, np.complex128, np.int64)


def samples(rng, dtype, *shape):
    values = rng.standard_normal(shape) * 10 + 5
    if np.dtype(dtype).kind == "c":
        values = values + 1j * rng.standard_normal(shape)
    return values.astype(dtype)


def assert_like_scipy(name, arguments, keywords, points, factor=4):
    """Same frequencies, shape and dtype; within the error of powers of transforms of so many points: 2 g eps of the
    largest on either side, where g eps is a bin's own error, of a sum of magnitudes that the mean's bin reaches."""
    f, expected = getattr(scipy.signal, name)(*arguments, **keywords)
    g, got = getattr(sigkit, name)(*arguments, **keywords)
    assert_same_bits(g, f, name)
    assert (got.shape, got.dtype) == (expected.shape, expected.dtype), f"{name}: {got.dtype} {got.shape}"
    assert got.flags.c_contiguous and got.flags.owndata
    bound = factor * growth(points) * np.finfo(expected.dtype).eps * abs(expected).max()
    assert_within(got, expected, bound, f"{name} {keywords}", label=f"{name} {expected.dtype}")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("segments", SEGMENTS, ids=str)
def test_like_scipy(segments, dtype, rng):
    nperseg, noverlap, nfft = segments
    x, y = samples(rng, dtype, 3, 900), samples(rng, dtype, 3, 900)
    for detrend, scaling, average, onesided in itertools.product(
        ("constant", "linear", False), ("density", "spectrum"), ("mean", "median"), (True, False)
    ):
        keywords = {"fs": 7.0, "nperseg": nperseg, "noverlap": noverlap, "nfft": nfft, "detrend": detrend,
                    "scaling": scaling, "average": average, "return_onesided": onesided}  # fmt: skip
        if nperseg == 1 and detrend:
            continue  # nothing is left
        for name, arguments in (("welch", (x,)), ("csd", (x, y)), ("csd", (x, x))):
            assert_like_scipy(name, arguments, keywords, nfft or nperseg)
    if nperseg > 1:
        keywords = {"nperseg": nperseg, "noverlap": noverlap, "nfft": nfft, "detrend": False}
        assert_like_scipy("coherence", (x, y), keywords, nfft or nperseg, 100)  # of small powers


@pytest.mark.parametrize("axis", [0, 1, -1, -2])
def test_axes_and_broadcasting(axis, rng):
    x, y = samples(rng, float, 300, 300), samples(rng, complex, 300, 300)
    for name, arguments in (("welch", (x,)), ("csd", (x, x + 1)), ("csd", (y, x)), ("coherence", (x, x * x)),
                            ("periodogram", (x,))):  # fmt: skip
        keywords = {"axis": axis} | ({} if name == "periodogram" else {"nperseg": 60})
        assert_like_scipy(name, arguments, keywords, 300, 1000 if name == "coherence" else 4)
    batch = samples(rng, float, 4, 1, 300)
    f, got = sigkit.csd(batch, x[:5], nperseg=50)
    assert got.shape == (4, 5, 26)
    for i, j in np.ndindex(4, 5):
        assert_same_bits(sigkit.csd(batch[i, 0], x[j], nperseg=50)[1], got[i, j])
    _, got = sigkit.csd(batch[..., :120], x[0], nperseg=50)
    assert_same_bits(got[2, 0], sigkit.csd(np.pad(batch[2, 0, :120], (0, 180)), x[0], nperseg=50)[1])


def test_real_beside_complex(rng):
    """Two sides for both, whichever is complex."""
    x, z = samples(rng, float, 500), samples(rng, complex, 500)
    for a, b in ((x, z), (z, x)):
        assert_same_bits(sigkit.csd(a, b, nperseg=64)[0], np.fft.fftfreq(64))
        expected = scipy.signal.csd(a, b, nperseg=64, return_onesided=False)[1]
        assert_within(sigkit.csd(a, b, nperseg=64)[1], expected, 1e-13 * abs(expected).max())
    # where SciPy transforms, and for each bin's median
    for keywords in ({"nperseg": 127}, {"nperseg": 64, "average": "median"}, {"nperseg": 64, "detrend": lambda s: s}):
        for a, b in ((x, z), (z, x), (x, 1j * x)):
            expected = scipy.signal.csd(a, b, return_onesided=False, **keywords)[1]
            got = sigkit.csd(a, b, **keywords)[1]
            assert_within(got, expected, 1e-13 * abs(expected).max(), f"{keywords}")
    assert_within(sigkit.coherence(x, 1j * x, nperseg=127)[1], np.ones(127), 1e-10)
    with np.errstate(all="raise"):
        mixed = sigkit.coherence(x.astype(np.float32), z, nperseg=64)[1]
    assert mixed.dtype == np.float64 and (mixed <= 1 + 1e-12).all()


@pytest.mark.parametrize("nfft", [None, 50, 128, 300])
@pytest.mark.parametrize("window", ["boxcar", "hann", None, ("kaiser", 3.0)], ids=str)
def test_periodogram(window, nfft, rng):
    for dtype in DTYPES:
        x = samples(rng, dtype, 2, 128)
        for onesided in (True, False):
            assert_like_scipy("periodogram", (x, 4.0, window, nfft), {"return_onesided": onesided}, nfft or 128)
    assert_like_scipy("periodogram", (samples(rng, float, 5, 40_009),), {}, 40_009)  # one transform of scipy.fft


def test_counts_may_be_integral_floats(rng):
    """As in ``nperseg=2 * fs``."""
    x = samples(rng, float, 500)
    expected = sigkit.welch(x, nperseg=100, noverlap=50, nfft=128)
    for got, array in zip(sigkit.welch(x, nperseg=100.0, noverlap=np.float64(50), nfft=128.0), expected, strict=True):
        assert_same_bits(got, array)


def test_a_short_signal_is_one_segment(rng):
    x = samples(rng, float, 30)
    with pytest.warns(UserWarning, match="nperseg=256 is greater than signal length.* = 30, using") as caught:
        _, got = sigkit.welch(x)
    assert caught[0].filename == __file__
    assert_same_bits(got, sigkit.welch(x, nperseg=30)[1])


def test_no_sample(rng):
    for shape in ((0,), (3, 0), (0, 5)):
        for f, power in (sigkit.welch(np.ones(shape)), sigkit.periodogram(np.ones(shape))):
            assert f.shape == power.shape == shape and f is not power
    f, cross = sigkit.csd(np.ones((3, 10)), np.ones((1, 0)))
    assert f.shape == cross.shape == (3, 0)


def test_a_function_detrends(rng):
    x, y = samples(rng, np.float32, 2, 400), samples(rng, float, 2, 400)
    seen = []

    def less_median(segment):
        seen.append((segment.shape, segment.dtype))
        return segment - np.median(segment, axis=-1, keepdims=True)

    keywords = {"nperseg": 64, "noverlap": 16}
    for name, arguments in (("welch", (x,)), ("csd", (y, y[::-1]))):
        assert_like_scipy(name, arguments, {"detrend": less_median, **keywords}, 64)
    assert ((2, 64), np.float32) in seen
    # the same function as the kernels' own
    _, got = sigkit.welch(y, detrend=lambda s: s - s.mean(axis=-1, keepdims=True), **keywords)
    expected = sigkit.welch(y, **keywords)[1]
    assert_within(got, expected, 1e-13 * expected.max())
    with pytest.raises(TypeError, match="detrend: expected a real result for real samples, got complex128"):
        sigkit.welch(y, detrend=lambda segment: 1j * segment, **keywords)
    with pytest.raises(TypeError, match="detrend: dtype object"):
        sigkit.welch(y, detrend=lambda segment: None, **keywords)
    with pytest.raises(ValueError, match=r"detrend: expected a result of shape \(2, 64\), got \(64,\)"):
        sigkit.welch(y, detrend=lambda segment: segment[0], **keywords)


@pytest.mark.parametrize("nperseg", [64, 60, 58])
@pytest.mark.parametrize("dtype", [np.float32, np.complex64, np.float64])
def test_offsets(nperseg, dtype, rng):
    """A mean of 1e4 standard deviations is taken away before it can drown the rest, or leak."""
    n = 60_000
    noise = signals.noise(rng, n).astype(np.float64) * (1 + 0j if np.dtype(dtype).kind == "c" else 1)
    x = (noise + 1e4).astype(dtype)
    # what rounding to the dtype has left of the noise
    exact = sigkit.welch(x.astype(np.result_type(dtype, np.float64)) - 1e4, nperseg=nperseg)[1]
    got = sigkit.welch(x, nperseg=nperseg)[1]
    away = slice(2, -1)
    assert_within(got[away] / exact[away], np.ones_like(exact[away]), 1e-2 if np.finfo(dtype).bits == 32 else 1e-10)


@pytest.mark.parametrize("nperseg, noverlap", [(16, 8), (17, 16), (127, 0), (400, 0), (200, 20), (199, 0)])
@pytest.mark.parametrize("average", ["mean", "median"])
@pytest.mark.parametrize("detrend", ["constant", "linear"])
def test_lines_together_are_as_if_alone(nperseg, noverlap, average, detrend, rng):
    """The same bits, in any order of memory; of one segment as well."""
    for dtype in (np.float32, np.complex128):
        x = samples(rng, dtype, 4, 3, 400)
        y = x[::-1] * x
        keywords = {"nperseg": nperseg, "noverlap": noverlap, "average": average, "detrend": detrend}
        power, cross = sigkit.welch(x, **keywords)[1], sigkit.csd(x, y, **keywords)[1]
        for i in np.ndindex(4, 3):
            assert_same_bits(sigkit.welch(x[i], **keywords)[1], power[i])
            assert_same_bits(sigkit.csd(x[i], y[i], **keywords)[1], cross[i])
        assert_same_bits(sigkit.welch(np.asfortranarray(x), **keywords)[1], power)
        turned = sigkit.welch(x.transpose(2, 0, 1), axis=0, **keywords)[1]
        assert_same_bits(np.ascontiguousarray(np.moveaxis(turned, 0, -1)), power)


@pytest.mark.parametrize("nperseg", [64, 60, 58])
def test_averages_of_long_signals(nperseg, rng):
    """Many chunks of segments, many lines: each line as if alone, and float32 sums in double precision."""
    x = rng.standard_normal((3, 200_000)).astype(np.float32)
    got = sigkit.welch(x, nperseg=nperseg)[1]
    for line, expected in zip(x, got, strict=True):
        assert_same_bits(sigkit.welch(line, nperseg=nperseg)[1], expected)
    wide = sigkit.welch(x.astype(np.float64), nperseg=nperseg)[1]
    assert_within(got, wide, 4e-7 * wide)


def test_coherence_of_the_same_signal(rng):
    x = samples(rng, float, 1000)
    for y, expected in ((x, 1), (-3 * x, 1)):
        got = sigkit.coherence(x, y, nperseg=100, detrend=False)[1]
        assert_within(got, np.full(51, float(expected)), 1e-13)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(sigkit.coherence(x, np.zeros(1000), nperseg=100)[1]).all()


# --------------------------------------------------------------------------------------------------------- bad input

X = np.arange(100.0)


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: sigkit.welch(1.0), ValueError, ("x", "scalar")),
        (lambda: sigkit.welch(X, axis=1), ValueError, ("axis=1",)),
        (lambda: sigkit.welch(X, fs=0, nperseg=8), ValueError, ("fs=0",)),
        (lambda: sigkit.welch(X, fs="8", nperseg=8), TypeError, ("fs",)),
        (lambda: sigkit.welch(X, fs=10**400, nperseg=8), ValueError, ("fs=1000",)),
        (lambda: sigkit.welch(X, fs=1e-320, nperseg=8), ValueError, ("fs=1e-320",)),
        (lambda: sigkit.welch(X, fs=3e-308, nperseg=8), ValueError, ("fs=3e-308", "8 points")),
        (lambda: sigkit.welch(X, nperseg=8, nfft=2**62), ValueError, (f"nfft={2**62}",)),
        (lambda: sigkit.welch(X, nperseg=2.0**70), ValueError, ("nperseg=1180591620717411303424",)),
        (lambda: sigkit.welch(X, nperseg=8, return_onesided="x"), TypeError, ("return_onesided", "'x'")),
        (lambda: sigkit.welch(X, nperseg=8, window=()), ValueError, ("window=()",)),
        (lambda: sigkit.welch(X, nperseg=8, window=("kaiser", np.nan)), ValueError, ("window", "finite")),
        (lambda: sigkit.welch(X, window=np.full(8, 1e300)), ValueError, ("window", "density")),
        (lambda: sigkit.welch(np.float32(X), window=np.ones(8), fs=1e-100), ValueError, ("window", "float32")),
        (lambda: sigkit.welch(X, nperseg=0), ValueError, ("nperseg=0",)),
        (lambda: sigkit.welch(X, nperseg=8.5), TypeError, ("nperseg", "float")),
        (lambda: sigkit.welch(X, nperseg=np.inf), ValueError, ("nperseg=inf",)),
        (lambda: sigkit.welch(X, nperseg=np.nan), ValueError, ("nperseg=nan",)),
        (lambda: sigkit.welch(X, nperseg=8, noverlap=8), ValueError, ("noverlap=8", "nperseg=8")),
        (lambda: sigkit.welch(X, nperseg=8, noverlap=-1), ValueError, ("noverlap=-1",)),
        (lambda: sigkit.welch(X, nperseg=8, nfft=7), ValueError, ("nfft=7", "nperseg=8")),
        (lambda: sigkit.welch(X, nperseg=8, window="no"), ValueError, ("window='no'",)),
        (lambda: sigkit.welch(X, window=np.ones(101)), ValueError, ("window", "100", "101")),
        (lambda: sigkit.welch(X, window=np.ones((2, 2))), ValueError, ("window", "(2, 2)")),
        (lambda: sigkit.welch(X, window=np.ones(0)), ValueError, ("window", "(0,)")),
        (lambda: sigkit.welch(X, window=np.ones(8), nperseg=9), ValueError, ("nperseg=9", "8")),
        (lambda: sigkit.welch(X, window=np.ones(8) * 1j), TypeError, ("window", "complex128")),
        (lambda: sigkit.welch(X, window=np.zeros(8)), ValueError, ("window", "density")),
        (lambda: sigkit.welch(X, nperseg=8, detrend="parabola"), ValueError, ("detrend='parabola'",)),
        (lambda: sigkit.welch(X, nperseg=8, detrend=3), TypeError, ("detrend", "3")),
        (lambda: sigkit.welch(X, nperseg=8, scaling="power"), ValueError, ("scaling='power'", "density")),
        (lambda: sigkit.welch(X, nperseg=8, average="mode"), ValueError, ("average='mode'", "median")),
        (lambda: sigkit.csd(np.ones((2, 9)), np.ones((3, 9)), nperseg=8), ValueError, ("x and y", "(2,)", "(3,)")),
        (lambda: sigkit.csd(X, "x"), TypeError, ("y",)),
        (lambda: sigkit.coherence(X, X, nperseg=-1), ValueError, ("nperseg=-1",)),
        (lambda: sigkit.periodogram(X, nfft=0), ValueError, ("nfft=0",)),
        (lambda: sigkit.periodogram(X, window=np.ones(9)), ValueError, ("window", "size")),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error) as caught:
        call()
    for word in words:
        assert word in str(caught.value)

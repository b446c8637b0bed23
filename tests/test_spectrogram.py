"""Spectrograms at once and in blocks, decibels, and centred transforms of images."""

import itertools

import numpy as np
import pytest
import scipy.fft
import scipy.signal
import signals
from compare import assert_same_bits, assert_within
from reference_spectral import dft, growth, wide, without_trend

import sigkit

LENGTHS = (256, 200, 75, 58)  # within one transform, lane = frame, odd, by scipy.fft
DTYPES = (np.float32, np.float64, np.complex64, np.complex128)


def bin_bound(x, n_fft):
    return growth(n_fft) * np.finfo(x.dtype).eps * abs(x).max() * n_fft


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_fft", LENGTHS)
def test_what_is_made_of_a_spectrum(n_fft, dtype):
    """Power, magnitude, other powers, decibels and angles agree with `stft`."""
    x = signals.noise(n=3000, dtype=dtype)
    keywords = {"n_fft": n_fft, "hop_length": 50, "centered": x.dtype.kind == "c"}
    bins = sigkit.stft(x, **keywords)
    magnitude, e, eps = abs(bins), bin_bound(x, n_fft), np.finfo(dtype).eps
    power = sigkit.spectrogram(x, **keywords)
    assert power.dtype == bins.real.dtype and power.mT.flags.c_contiguous and power.flags.owndata
    assert_within(power, magnitude**2, 4 * magnitude * e + 8 * eps * magnitude**2)
    assert_within(sigkit.spectrogram(x, power=1, **keywords), magnitude, 2 * e + 4 * eps * magnitude)
    assert_within(sigkit.spectrogram(x, power=3, **keywords), magnitude**3, (magnitude + 2 * e) ** 3 * (1 + 16 * eps)
                  - magnitude**3)  # fmt: skip
    large = magnitude > magnitude.max() / 100
    decibels = sigkit.spectrogram(x, db=True, **keywords)
    assert_within(decibels[large], 20 * np.log10(magnitude[large]), 20 * e / magnitude[large] + 400 * eps)
    turn = np.exp(1j * (sigkit.spectrogram(x, phase=True, **keywords) - np.angle(bins)))
    assert_within(turn[large], np.ones_like(turn[large]), 4 * e / magnitude[large] + 16 * eps)


@pytest.mark.parametrize("n_fft", LENGTHS)
@pytest.mark.parametrize("scaling", ["spectrum", "density"])
@pytest.mark.parametrize("detrend", [False, "constant", "linear"])
def test_scaling_is_that_of_scipy(n_fft, scaling, detrend):
    for dtype in DTYPES:
        x = signals.noise(n=2000, dtype=dtype) + 3
        window = scipy.signal.get_window("hamming", n_fft)
        expected = scipy.signal.spectrogram(x, 8.0, window, noverlap=n_fft // 2, detrend=detrend, scaling=scaling,
                                            return_onesided=x.dtype.kind != "c")[2]  # fmt: skip
        keywords = {"n_fft": n_fft, "window": "hamming", "fs": 8.0, "scaling": scaling, "detrend": detrend}
        got = sigkit.spectrogram(x, hop_length=n_fft - n_fft // 2, center=False, **keywords)
        assert (got.shape, got.dtype) == (expected.shape, expected.dtype)
        assert abs(got - expected).max() < 64 * np.finfo(dtype).eps * expected.max()
        magnitude = sigkit.spectrogram(x, hop_length=n_fft - n_fft // 2, center=False, power=1, **keywords)
        assert_within(magnitude**2, got, 8 * np.finfo(dtype).eps * got.max())


@pytest.mark.parametrize("dtype", [np.float32, np.complex64, np.float64, np.complex128])
@pytest.mark.parametrize("n_fft", LENGTHS)
def test_nothing_overflows_that_fits(n_fft, dtype):
    """Magnitudes and decibels of samples whose squares lie outside the range."""
    x = signals.noise(n=700, dtype=dtype)
    single = np.finfo(dtype).bits == 32
    scales = (2.0**-110, 2.0**-70, 2.0**90) if single else (2.0**-1000, 2.0**-600, 2.0**900)
    keywords = {"n_fft": n_fft, "hop_length": 64}
    for mixed, factor in itertools.product((False, True), scales):
        weights = np.where(np.arange(x.size) < 300, 1, factor) if mixed else factor
        scaled = (x * weights).astype(dtype)
        bins = sigkit.stft(scaled, **keywords).astype(np.complex128)
        magnitude = sigkit.spectrogram(scaled, power=1, **keywords)
        decibels = sigkit.spectrogram(scaled, db=True, amin=float(np.finfo(np.float64).tiny), **keywords)
        assert np.isfinite(magnitude).all() and (magnitude > 0).all() and np.isfinite(decibels).all()
        assert_within(magnitude, abs(bins), 8 * np.finfo(dtype).eps * abs(bins))
        exact = np.maximum(20 * np.log10(abs(bins)), 10 * np.log10(np.finfo(np.float64).tiny))
        assert_within(decibels, exact, 8 * np.finfo(dtype).eps * (abs(exact) + 10))


@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
@pytest.mark.parametrize("n_fft", [1024, 1000, 256, 50, 75, 58, 22, 17])
def test_trends_cost_no_digits(n_fft, dtype, rng):
    """In single precision a bin's bound is of the samples without their trend, however large that is."""
    rise = np.linspace(-1, 1, n_fft)
    for detrend, size in itertools.product(("constant", "linear"), (1e4, 1e6)):
        noise = np.stack([signals.noise(rng, n_fft, dtype) for _ in range(20)])
        trend = size * (1 + (rise if detrend == "linear" else 0)) * (1 - 1j if noise.dtype.kind == "c" else 1)
        x = (noise + trend).astype(dtype)
        rest = without_trend(wide(x), detrend)
        exact = abs(dft(rest, n_fft))
        got = sigkit.spectrogram(x.ravel(), n_fft=n_fft, hop_length=n_fft, center=False, window="boxcar", power=1,
                                 onesided=False, detrend=detrend, layout="tf")  # fmt: skip
        # and of the trend's own sums in double precision: n additions
        found = n_fft * np.finfo(np.float64).eps * abs(x).sum(axis=-1, keepdims=True)
        bound = growth(n_fft) * np.finfo(dtype).eps * abs(rest).sum(axis=-1, keepdims=True) + found
        assert_within(got, exact, np.broadcast_to(bound, exact.shape), f"{detrend} {size}")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logarithm(dtype):
    """Of one sample, over all exponents and round 0 dB: an ulp, a fifth more where products are rounded."""
    info = np.finfo(dtype)
    rng = np.random.default_rng(3)
    exponents = np.repeat(np.arange(info.minexp // 2 + 8, info.maxexp // 2 - 8), 50)
    x = np.ldexp(1 + rng.random(exponents.size), exponents).astype(dtype)
    x = np.concatenate([x, 1 + np.arange(-3000, 3000).astype(dtype) * info.eps * 5, [1]]).astype(dtype)
    got = sigkit.spectrogram(x, n_fft=1, hop_length=1, db=True, amin=float(info.tiny), layout="tf")[:, 0]
    expected = 10 * np.log10(np.square(x).astype(np.longdouble))
    assert got[-1] == 0
    error = abs(got - expected) / np.maximum(np.spacing(abs(expected).astype(dtype)), info.tiny)
    print(f"{np.dtype(dtype)}: largest error {float(error.max()):.2f} ulp")
    assert error.max() < 1.25


def test_silence_and_its_floor():
    x = np.zeros(100, np.float32)
    assert (sigkit.spectrogram(x, n_fft=16, power=1) == 0).all()
    for amin, expected in ((1e-10, -100), (1e-3, -30)):
        assert_within(sigkit.spectrogram(x, n_fft=16, db=True, amin=amin), np.full((9, 26), expected), 1e-4)
    assert_within(sigkit.spectrogram(x, n_fft=16, db=True, ref=100.0), np.full((9, 26), -120.0), 1e-4)


def test_decibels_are_those_of_power_to_db():
    x = signals.noise(n=4000)
    power = sigkit.spectrogram(x, n_fft=128)
    for keywords in ({}, {"ref": 25.0}, {"amin": 1.0, "ref": 0.5}):
        got = sigkit.spectrogram(x, n_fft=128, db=True, **keywords)
        assert_within(got, sigkit.power_to_db(power, top_db=None, **keywords), 1e-12)
        assert_same_bits(sigkit.spectrogram(x, n_fft=128, db=True, power=1, **keywords), got)


# ----------------------------------------------------------------------------------------------------------- streams

PLANS = [
    {"n_fft": 64, "hop_length": 24},
    {"n_fft": 64, "hop_length": 24, "center": False, "db": True},
    {"n_fft": 50, "hop_length": 20, "pad_mode": "reflect", "power": 1, "layout": "tf"},
    {"n_fft": 33, "hop_length": 9, "win_length": 20, "pad_mode": "symmetric", "phase": True},
    {"n_fft": 22, "hop_length": 100, "pad_mode": "edge", "scaling": "density", "fs": 5.0},
    {"n_fft": 40, "hop_length": 7, "pad_mode": "linear_ramp", "detrend": "linear", "power": 3.0},
    {"n_fft": 48, "hop_length": 60, "center": False, "dtype": np.float32},
    {"n_fft": 11, "hop_length": 8, "detrend": "linear"},
    {"n_fft": 11, "hop_length": 1, "detrend": "constant", "center": False},
]


def stream(x, sizes, **plan):
    """All that a stream returns for blocks of the sizes given, the last of them again and again."""
    processor = sigkit.SpectrogramStream(**plan)
    axis = -2 if plan.get("layout") == "tf" else -1
    for _ in range(2):  # flush() begins anew
        parts, at, blocks = [], 0, itertools.chain(sizes, itertools.repeat(sizes[-1]))
        while at < x.shape[-1]:
            k = next(blocks)
            parts.append(processor.process(x[..., at : at + k]))
            at += k
        parts.append(processor.flush())
    return np.concatenate(parts, axis=axis)


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: " ".join(map(str, plan.values())))
@pytest.mark.parametrize("dtype", [np.float32, np.complex128, np.int16])
def test_streams_give_the_same_bits(plan, dtype, rng):
    if np.dtype(dtype).kind == "i":
        samples = rng.integers(-1000, 1000, (2, 700)).astype(dtype)
    else:
        samples = np.stack([signals.noise(rng, 700, dtype) for _ in range(2)])
    for n in (1, 20, 33, 64, 65, 130, 700):
        x = samples[..., :n]
        try:
            expected = sigkit.spectrogram(x, **plan)
        except ValueError as error:
            with pytest.raises(ValueError, match=str(error)[3:20].replace("(", ".")):
                stream(x, [n], **plan)
            continue
        for sizes in ([n], [1], [3], [0, 5, 0, 17], [50], [64], [n - 1, 1], [200]):
            assert_same_bits(stream(x, [s for s in sizes if s] or [1], **plan), expected, f"{n=} {sizes}")


def test_a_stream_holds_little(rng):
    """Frames come as soon as their samples are there, and samples that are not needed again go."""
    processor = sigkit.SpectrogramStream(n_fft=100, hop_length=30)
    total = 0
    for k in range(1, 200):
        total += processor.process(rng.standard_normal(10)).shape[-1]
        assert total == max((10 * k + 50 - 100) // 30 + 1, 0)
        assert processor._held.shape[-1] <= 2 * 100 + 30
    assert total + processor.flush().shape[-1] == 1 + 1990 // 30


def test_bad_blocks():
    with pytest.raises(ValueError, match="pad_mode='wrap'"):
        sigkit.SpectrogramStream(pad_mode="wrap")
    processor = sigkit.SpectrogramStream(n_fft=16)
    with pytest.raises(TypeError, match="block"):
        processor.process(["a"])
    with pytest.raises(ValueError, match="block.*scalar"):
        processor.process(1.0)
    processor.process(np.ones((2, 5)))
    for odd in (np.ones(5), np.ones((3, 5)), np.ones((2, 5), np.float32)):
        with pytest.raises(ValueError, match=r"block: expected shape \(2, 'k'\) and samples that compute in float64"):
            processor.process(odd)
    processor.process(np.ones((2, 30), np.int16))  # which does


@pytest.mark.parametrize("plan", [{}, {"center": False}, {"n_fft": 15}, {"pad_mode": "edge"}])
def test_a_stream_without_a_block_is_of_no_samples(plan):
    plan = {"n_fft": 16, **plan}
    for blocks in ((), (np.empty(0),)):
        processor = sigkit.SpectrogramStream(**plan)
        for block in blocks:
            processor.process(block)
        if plan == {"n_fft": 16}:
            assert_same_bits(processor.flush(), sigkit.spectrogram(np.empty(0), **plan))
        else:
            with pytest.raises(ValueError, match="all blocks together: expected at least"):
                processor.flush()


# --------------------------------------------------------------------------------------------------------- bad input

X = np.ones(100)


@pytest.mark.parametrize(
    "keywords, error, words",
    [
        ({"fs": 0}, ValueError, ("fs=0",)),
        ({"fs": "1"}, TypeError, ("fs", "'1'")),
        ({"fs": np.nan}, ValueError, ("fs=nan",)),
        ({"power": 0}, ValueError, ("power=0",)),
        ({"power": None}, TypeError, ("power", "None")),
        ({"scaling": "psd"}, ValueError, ("scaling='psd'", "density")),
        ({"scaling": "spectrum", "window": np.tile([1.0, -1.0], 8)}, ValueError, ("window", "spectrum")),
        ({"detrend": "none"}, ValueError, ("detrend='none'",)),
        ({"detrend": np.mean}, TypeError, ("detrend",)),
        ({"phase": True, "db": True}, ValueError, ("phase",)),
        ({"phase": True, "power": 1}, ValueError, ("phase", "power")),
        ({"db": True, "power": 3}, ValueError, ("db", "3")),
        ({"db": True, "ref": -1}, ValueError, ("ref=-1",)),
        ({"ref": -1}, ValueError, ("ref=-1",)),
        ({"fs": 10**400}, ValueError, ("fs=1000",)),
        ({"fs": 1e-320}, ValueError, ("fs=1e-320",)),
        ({"fs": 3e-308}, ValueError, ("fs=3e-308", "16 points")),
        ({"fs": 1j}, TypeError, ("fs",)),
        ({"fs": [1.0]}, TypeError, ("fs",)),
        ({"phase": 1}, TypeError, ("phase", "True or False")),
        ({"db": "no"}, TypeError, ("db", "'no'")),
        ({"center": "False"}, TypeError, ("center", "'False'")),
        ({"centered": None}, TypeError, ("centered", "None")),
        ({"onesided": "x"}, TypeError, ("onesided", "'x'")),
        ({"window": ("gaussian", 0)}, ValueError, ("window=('gaussian', 0)", "finite")),
        ({"db": True, "amin": 0}, ValueError, ("amin=0",)),
        ({"dtype": complex}, ValueError, ("dtype=complex128", "float32")),
        ({"layout": "t"}, ValueError, ("layout='t'",)),
    ],
)
def test_bad_input(keywords, error, words):
    for call in (lambda: sigkit.spectrogram(X, n_fft=16, **keywords),
                 lambda: sigkit.SpectrogramStream(n_fft=16, **keywords).process(X)):  # fmt: skip
        with pytest.raises(error) as caught:
            call()
        for word in words:
            assert word in str(caught.value)


# ---------------------------------------------------------------------------------------------------------- decibels


@pytest.mark.parametrize("name", ["power_to_db", "amplitude_to_db"])
@pytest.mark.parametrize("keywords", [{}, {"ref": np.max}, {"ref": 0.01, "top_db": None}, {"amin": 0.1, "top_db": 3}])
def test_decibels_of_librosa(name, keywords, rng):
    librosa = pytest.importorskip("librosa", reason="librosa is not installed: the `bench` extra brings it")
    for dtype in (np.float32, np.float64):
        values = (abs(rng.standard_normal((20, 30))) * 10.0 ** rng.integers(-9, 9, (20, 30))).astype(dtype)
        expected, got = getattr(librosa, name)(values, **keywords), getattr(sigkit, name)(values, **keywords)
        assert (got.shape, got.dtype) == (expected.shape, expected.dtype)
        assert_within(got, expected, 8 * np.finfo(dtype).eps * 200)
    assert getattr(sigkit, name)(2, **keywords) == pytest.approx(getattr(librosa, name)(2, **keywords))


def test_decibels_of_what_is_not_finite():
    power = np.array([1.0, np.nan, np.inf, 1e-12])
    assert_within(sigkit.power_to_db(power), np.array([0, np.nan, np.inf, -80]), 1e-13)
    assert_within(sigkit.amplitude_to_db(power), np.array([0, np.nan, np.inf, -80]), 1e-13)
    assert sigkit.power_to_db(np.zeros((0, 3))).shape == (0, 3)
    assert np.isnan(sigkit.power_to_db([np.nan, np.nan])).all()
    assert sigkit.amplitude_to_db([3 + 4j, 0]) == pytest.approx([20 * np.log10(5), 20 * np.log10(5) - 80])
    assert sigkit.amplitude_to_db(np.float32([1e-30, 1e30]), amin=1e-35, top_db=None) == pytest.approx([-600, 600])


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: sigkit.power_to_db(1j * X), TypeError, ("S", "complex128", "abs")),
        (lambda: sigkit.power_to_db(X, amin=0), ValueError, ("amin=0",)),
        (lambda: sigkit.power_to_db(X, amin="x"), TypeError, ("amin", "'x'")),
        (lambda: sigkit.amplitude_to_db(X, top_db=-1), ValueError, ("top_db=-1",)),
        (lambda: sigkit.amplitude_to_db(X, ref="max"), TypeError, ("ref", "'max'")),
        (lambda: sigkit.power_to_db(X, ref=10**400), ValueError, ("ref=1000",)),
        (lambda: sigkit.power_to_db(X, ref=np.nan), ValueError, ("ref=nan",)),
        (lambda: sigkit.power_to_db(X, ref=lambda S: None), TypeError, ("ref", "object")),
        (lambda: sigkit.power_to_db(X, ref=lambda S: 1j), TypeError, ("ref", "complex128")),
        (lambda: sigkit.power_to_db(X, amin=10**400), ValueError, ("amin=1000",)),
        (lambda: sigkit.power_to_db(X, top_db=np.nan), ValueError, ("top_db=nan",)),
    ],
)
def test_bad_decibels(call, error, words):
    with pytest.raises(error) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


# ------------------------------------------------------------------------------------------------------------ images


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
@pytest.mark.parametrize("shape", [(1, 1), (4, 6), (5, 7), (3, 8, 9), (2, 3, 16, 16), (40, 64, 64)])
def test_centred_images(shape, dtype):
    z = signals.noise(n=int(np.prod(shape)), dtype=dtype).reshape(shape)
    axes = (-2, -1)
    corner = scipy.fft.fftshift(scipy.fft.fft2(z), axes)
    center = scipy.fft.fftshift(scipy.fft.fft2(scipy.fft.ifftshift(z, axes)), axes)
    bound = (growth(shape[-1]) + growth(shape[-2])) * np.finfo(dtype).eps * abs(z).sum(axis=axes).max()
    for origin, expected in (("corner", corner), ("center", center)):
        got = sigkit.fft2_centered(z, origin=origin)
        assert got.dtype == np.result_type(dtype, np.complex64) and got.flags.c_contiguous
        assert_within(got, expected, bound)
        assert_within(sigkit.ifft2_centered(got, origin=origin), z, 2 * bound)
        assert_same_bits(sigkit.fft2_centered(z, origin=origin, out=np.empty_like(got)), got)


def test_bad_images():
    for call, words in [
        (lambda: sigkit.fft2_centered(X), ("z", "2 dimensions")),
        (lambda: sigkit.fft2_centered(np.ones((3, 0))), ("z", "(3, 0)")),
        (lambda: sigkit.ifft2_centered(np.ones((3, 3)), origin="middle"), ("origin='middle'",)),
    ]:
        with pytest.raises(ValueError) as caught:
            call()
        assert all(word in str(caught.value) for word in words)
    assert sigkit.fft2_centered(np.ones((0, 3, 3))).shape == (0, 3, 3)

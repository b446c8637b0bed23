"""Short-time spectra and the way back: frames, padding, bins, accuracy, and the peers'."""

import itertools
import math
import sys

import numpy as np
import processes
import pytest
import reference
import scipy.signal
import signals
from compare import assert_same_bits, assert_within
from reference_spectral import growth, overlap_add

import sigkit
from sigkit import _designs, _fft, _fft_plan, _frames

DTYPES = (np.float32, np.float64, np.complex64, np.complex128)
MODES = ("constant", "edge", "reflect", "symmetric", "linear_ramp", "wrap")
# within one transform, lane = frame, of odd length, by scipy.fft
LENGTHS = (512, 400, 225, 202)


def eps_of(x):
    return np.finfo(x.dtype).eps


def relative(got, expected):
    """Root-mean-square error, relative."""
    return float(np.linalg.norm(np.ravel(got - expected)) / np.linalg.norm(np.ravel(expected)))


# --------------------------------------------------------------------------------------------------- frames, padding


@pytest.mark.parametrize("n_fft", [8, 9, 22])
@pytest.mark.parametrize("hop", [1, 4, 8, 30])
def test_frame_counts(n_fft, hop):
    """The table of the module's docstring."""
    for n in (0, 1, n_fft - 1, n_fft, n_fft + 1, 5 * n_fft):
        x = np.arange(1.0, n + 1)
        keywords = {"n_fft": n_fft, "hop_length": hop}
        if n == 0 and n_fft % 2:
            with pytest.raises(ValueError, match="y: expected at least 1 sample"):
                sigkit.stft(x, **keywords)
        else:
            count = 1 + (n // hop if n_fft % 2 == 0 else (n - 1) // hop)
            assert sigkit.stft(x, **keywords).shape == (n_fft // 2 + 1, count)
            assert sigkit.spectrogram(x, **keywords).shape == (n_fft // 2 + 1, count)
        if n < n_fft:
            with pytest.raises(ValueError, match=f"y: expected at least {n_fft} samples .* got {n}"):
                sigkit.stft(x, center=False, **keywords)
        else:
            assert sigkit.stft(x, center=False, **keywords).shape == (n_fft // 2 + 1, 1 + (n - n_fft) // hop)


def test_the_documented_frames():
    """First and last frame of the table with n_fft = 8 and hop_length = 4, as the samples under them say."""
    for n, first, last in [(1, -4, -4), (7, -4, 0), (8, -4, 4), (9, -4, 4), (12, -4, 8)]:
        x = np.arange(1.0, n + 1)
        frames = sigkit.stft(x, n_fft=8, hop_length=4, window="boxcar", onesided=False, layout="tf")
        for frame, start in ((frames[0], first), (frames[-1], last)):
            samples = [x[i] if 0 <= i < n else 0 for i in range(start, start + 8)]
            assert_within(np.fft.ifft(frame), np.array(samples, complex), 8 * growth(8) * np.finfo(float).eps * n)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("n_fft", LENGTHS)
def test_padding_is_that_of_numpy(mode, n_fft):
    """The same bits as of the signal padded by NumPy; also where it is shorter than what it is extended by."""
    half = n_fft // 2
    for n, dtype in ((1, float), (2, complex), (70, float), (half, np.float32), (1500, np.complex64)):
        x = signals.noise(n=n, dtype=dtype)
        padded = np.pad(x, n_fft // 2, mode=mode)
        got = sigkit.stft(x, n_fft=n_fft, hop_length=100, pad_mode=mode)
        expected = sigkit.stft(padded.astype(dtype), n_fft=n_fft, hop_length=100, center=False)
        if mode != "linear_ramp":
            assert_same_bits(got, expected, f"{n=}")
        else:  # NumPy's ramp is rounded otherwise
            bound = (growth(n_fft) + 4) * eps_of(x) * (abs(padded).max() * n_fft)
            assert_within(got, expected, bound, f"{n=}")


def test_the_documented_padding():
    x = np.array([1.0, 2.0, 3.0, 4.0])
    drawn = {"constant": (0, 0, 0), "edge": (1, 1, 1), "reflect": (4, 3, 2), "symmetric": (3, 2, 1), "wrap": (2, 3, 4),
             "linear_ramp": (0, 1 / 3, 2 / 3)}  # fmt: skip
    for mode, left in drawn.items():
        assert np.allclose(_frames.extended(x, -3, 4, mode, 3, np.dtype(float)), [*left, 1, 2, 3, 4]), mode


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "constant"])
def test_nothing_cannot_be_extended(mode):
    with pytest.raises(ValueError, match=f"y: expected at least one sample for pad_mode='{mode}'"):
        sigkit.stft([], n_fft=8, pad_mode=mode)


@pytest.mark.parametrize("n_fft", LENGTHS)
def test_a_window_lies_in_the_middle(n_fft):
    """win_length < n_fft: zeros round the window, and samples under them are not looked at."""
    x = signals.noise(n=3000)
    for length in (1, 2, n_fft // 3, n_fft - 1):
        window = scipy.signal.get_window("hamming", length)
        padded = np.zeros(n_fft)
        padded[(n_fft - length) // 2 :][:length] = window
        keywords = {"n_fft": n_fft, "hop_length": 200}
        got = sigkit.stft(x, window="hamming", win_length=length, **keywords)
        assert_within(got, sigkit.stft(x, window=padded, **keywords), growth(n_fft) * eps_of(x) * abs(x).max() * length)
        poisoned = x.copy()
        poisoned[5 * 200 + length] = np.nan  # beyond the window that is centred on sample 1000, within its frame
        assert np.isfinite(sigkit.stft(poisoned, window="hamming", win_length=length, **keywords)[:, 5]).all()


# -------------------------------------------------------------------------------------------------- bins and layouts


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_fft", LENGTHS)
def test_sides_and_layouts(n_fft, dtype):
    x = signals.noise(n=2000, dtype=dtype)
    keywords = {"n_fft": n_fft, "hop_length": n_fft // 3}
    both = sigkit.stft(x, onesided=False, **keywords)
    assert both.dtype == np.result_type(dtype, np.complex64) and both.shape[0] == n_fft
    assert_same_bits(sigkit.stft(x, onesided=False, centered=True, **keywords), np.fft.fftshift(both, axes=0))
    assert_same_bits(sigkit.stft(x, centered=True, **keywords), np.fft.fftshift(both, axes=0))
    assert_same_bits(sigkit.stft(x, onesided=False, layout="tf", **keywords), both.T)
    assert both.T.flags.c_contiguous and both.flags.owndata
    if np.dtype(dtype).kind == "c":
        assert_same_bits(sigkit.stft(x, **keywords), both)
        return
    one = sigkit.stft(x, **keywords)
    bound = 2 * growth(n_fft) * eps_of(both.real) * abs(x).max() * n_fft
    assert_within(one, both[: n_fft // 2 + 1], bound)
    assert (one[0].imag == 0).all() and (n_fft % 2 or (one[-1].imag == 0).all())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_fft", LENGTHS)
def test_a_frame_has_the_same_bits_everywhere(n_fft, dtype):
    """Whatever its place in the line and the batch, how many others there are, and how it lies in memory."""
    x = signals.noise(n=64 * n_fft, dtype=dtype).reshape(4, -1)
    keywords = {"n_fft": n_fft, "hop_length": 77, "center": False, "layout": "tf"}
    whole = sigkit.stft(x, **keywords)
    assert whole.shape[1] > 2 * 16
    assert_same_bits(sigkit.stft(x[2], **keywords), whole[2])
    assert_same_bits(sigkit.stft(np.asfortranarray(x), **keywords), whole)
    for first, count in ((0, 1), (1, 2), (3, 7), (5, 16), (whole.shape[1] - 1, 1)):
        part = x[:, first * 77 : (first + count - 1) * 77 + n_fft]
        assert_same_bits(sigkit.stft(part, **keywords), whole[:, first : first + count], f"{first=} {count=}")
    out = np.empty((n_fft if x.dtype.kind == "c" else n_fft // 2 + 1, whole.shape[1]), whole.dtype)
    assert_same_bits(sigkit.stft(x[1], out=out, **{**keywords, "layout": "ft"}), whole[1].T)


def test_batches():
    x = signals.noise(n=6000).reshape(2, 3, 1000)
    got = sigkit.stft(x, n_fft=100)
    assert got.shape == (2, 3, 51, 41) and got.mT.flags.c_contiguous
    assert sigkit.stft(x, n_fft=100, layout="tf").shape == (2, 3, 41, 51)
    assert sigkit.stft(x[:0], n_fft=100).shape == (0, 3, 51, 41)
    assert_same_bits(sigkit.istft(got), np.stack([[sigkit.istft(m) for m in row] for row in got]))


def transforms_of(monkeypatch, name, call):
    """How often a function of `_fft` is called."""
    counted, function = [], getattr(_fft, name)
    monkeypatch.setattr(_fft, name, lambda *arguments: counted.append(1) or function(*arguments))
    call()
    return len(counted)


def test_short_lines_are_transformed_together(monkeypatch):
    """Lengths that are scipy.fft's: some calls for a megabyte of frames, not one for each line."""
    x = signals.noise(n=3000 * 50).reshape(3000, 50).astype(np.float32)
    calls = {
        "stft": lambda: sigkit.stft(x, n_fft=17, hop_length=4),
        "spectrogram": lambda: sigkit.spectrogram(x, n_fft=17, hop_length=4),
        "welch": lambda: sigkit.welch(x, nperseg=17),
        "welch, axis 0": lambda: sigkit.welch(x.T, nperseg=17, axis=0),
        "csd": lambda: sigkit.csd(x, x + 1, nperseg=17),
        "welch, median": lambda: sigkit.welch(x, nperseg=17, average="median"),
        "csd, median": lambda: sigkit.csd(x, x + 1, nperseg=17, average="median"),
        "periodogram": lambda: sigkit.periodogram(x[:, :47]),
    }
    frames = 3000 * 13 * 17 * 8 / _frames.BYTES_AT_ONCE  # of stft, the most
    for name, call in calls.items():
        assert transforms_of(monkeypatch, "spectra", call) <= 2 * frames + 2, name
    spectra = sigkit.stft(x, n_fft=17, hop_length=4)
    assert transforms_of(monkeypatch, "samples", lambda: sigkit.istft(spectra, n_fft=17)) <= frames + 1


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n, n_fft", [(60, 17), (900, 202), (9000, 202), (3000, 2049)])
def test_lines_transformed_together_are_as_if_alone(n, n_fft, dtype):
    """In any order of memory; also where a line is done in several blocks."""
    x = signals.noise(n=6 * n, dtype=dtype).reshape(2, 3, n)
    real = x.dtype.kind != "c"
    keywords = {"n_fft": n_fft, "hop_length": max(n_fft // 50, 1), "window": "hamming"}
    got = sigkit.stft(x, pad_mode="reflect", **keywords)
    back = sigkit.istft(got, onesided=real, length=n + 5, **keywords)
    power = sigkit.spectrogram(x, detrend="linear", onesided=False, centered=True, **keywords)
    for line in np.ndindex(2, 3):
        assert_same_bits(sigkit.stft(x[line], pad_mode="reflect", **keywords), got[line])
        assert_same_bits(sigkit.istft(got[line], onesided=real, length=n + 5, **keywords), back[line])
        alone = sigkit.spectrogram(x[line], detrend="linear", onesided=False, centered=True, **keywords)
        assert_same_bits(alone, power[line])
    other = np.asfortranarray(x.transpose(1, 0, 2)).transpose(1, 0, 2)
    assert_same_bits(sigkit.stft(other, pad_mode="reflect", **keywords), got)
    assert_same_bits(sigkit.istft(np.asfortranarray(got), onesided=real, length=n + 5, **keywords), back)


def test_long_designs_are_not_kept():
    """Neither windows nor filters hold on to memory that their next call would hardly repay."""
    for design in (_designs.window_values, _designs.lowpass):
        design.kept.cache_clear()
    for length, kept in ((100_000, 0), (64, 1)):
        sigkit.periodogram(np.ones(length), window="hann")
        sigkit.resample_poly(np.ones(100), 1, length // 10)
        for design in (_designs.window_values, _designs.lowpass):
            assert design.kept.cache_info().currsize == kept
    assert not _designs.window_values(64, "hann").flags.writeable


def test_parameters_of_windows_may_be_arrays():
    x = signals.noise(n=200)
    expected = sigkit.stft(x, n_fft=32, window="hann")
    for halves in ([0.5, 0.5], np.array([0.5, 0.5])):
        assert_same_bits(sigkit.stft(x, n_fft=32, window=("general_cosine", halves)), expected)


def test_the_default_hop_is_at_least_one():
    x = signals.noise(n=40)
    for keywords in ({"n_fft": 2}, {"n_fft": 3}, {"n_fft": 16, "win_length": 1}):
        assert_same_bits(sigkit.stft(x, **keywords), sigkit.stft(x, hop_length=1, **keywords))


# ---------------------------------------------------------------------------------------------------------- accuracy

SMOOTH = [n for n in range(1, 1100) if _fft_plan.is_smooth(n)]
LARGE = [1280, 1536, 2000, 2048, 2401, 3125, 4096, 5000, 6561, 8192, 10_000, 12_288, 14_406, 16_384]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("lengths", [SMOOTH, LARGE], ids=["all to 1100", "up to 16384"])
def test_relative_error_of_every_smooth_length(lengths, dtype):
    """The root mean square stays within the bound of the docstring, against NumPy's transform in extended precision."""
    limit = 4e-7 if np.finfo(dtype).bits == 32 else 8e-16
    worst = 0.0
    for n_fft in lengths:
        x = signals.noise(np.random.default_rng(n_fft), n_fft, dtype)
        window = 0.5 + np.random.default_rng(1).random(n_fft)
        got = sigkit.stft(x, n_fft=n_fft, hop_length=n_fft, center=False, window=window, onesided=False)[:, 0]
        wide = np.fft.fft(reference.widen(x) * window)
        errors = [relative(got, wide)]
        if np.dtype(dtype).kind == "f":
            one = sigkit.stft(x, n_fft=n_fft, hop_length=n_fft, center=False, window=window)[:, 0]
            errors.append(relative(one, wide[: n_fft // 2 + 1]))
        assert max(errors) < limit, f"{n_fft=}: {errors}"
        worst = max(worst, *errors)
    print(f"{np.dtype(dtype)}: largest relative error {worst:.2e}")


@pytest.mark.parametrize("n_fft", [2**14 + 2, 4099, 2 * 16_381])
def test_other_lengths_are_right(n_fft):
    x = signals.noise(n=n_fft)
    got = sigkit.stft(x, n_fft=n_fft, center=False, window="boxcar")[:, 0]
    assert relative(got, np.fft.rfft(x)) < 2 * np.finfo(float).eps * np.log2(n_fft)


def test_single_precision_stays_single():
    for dtype, expected in ((np.float32, np.complex64), (np.complex64, np.complex64), (np.float16, np.complex64),
                            (np.float64, np.complex128), (np.int16, np.complex128), (bool, np.complex128)):  # fmt: skip
        assert sigkit.stft(np.ones(64, dtype), n_fft=16).dtype == expected
    x = signals.noise(n=500)
    assert_same_bits(sigkit.stft(x, n_fft=16, dtype=np.complex64), sigkit.stft(x.astype(np.float32), n_fft=16))
    assert sigkit.istft(sigkit.stft(x, n_fft=16), dtype=np.float32).dtype == np.float32
    assert sigkit.istft(sigkit.stft(x.astype(np.float32), n_fft=16), dtype="f8").dtype == np.float64


# ----------------------------------------------------------------------------------------------------------- inverse


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_fft", LENGTHS)
def test_perfect_reconstruction(n_fft, dtype):
    """At machine precision: two transforms' error of a frame, its norm, goes to each sample by weight over squares."""
    x = signals.noise(n=5 * n_fft + 3, dtype=dtype)
    real = x.dtype.kind != "c"
    overlaps = [("hann", n_fft // 4), ("hann", 37), ("hamming", n_fft // 2), ("boxcar", n_fft), ("blackman", 1)]
    for (window, hop), centered in itertools.product(overlaps, (False,) if real else (False, True)):
        keywords = {"hop_length": hop, "window": window, "centered": centered}
        spectra = sigkit.stft(x, n_fft=n_fft, **keywords)
        got = sigkit.istft(spectra, n_fft=n_fft, onesided=real, length=len(x), **keywords)
        assert got.dtype == x.dtype
        w = scipy.signal.get_window(window, n_fft)
        norm = np.sqrt((abs(x) ** 2).max() * (w**2).sum())
        ones = np.ones((spectra.shape[1], n_fft))
        bound = 2 * growth(n_fft) * eps_of(x) * norm * overlap_add(ones, w, hop, 0, n_fft // 2, len(x))
        reached = bound > 0  # large hops leave a rest at the end
        assert reached.sum() > 4 * n_fft
        assert_within(got[reached], x[reached], bound[reached], f"{window} {hop}", label=f"round trip {x.dtype}")


@pytest.mark.parametrize("n_fft", LENGTHS)
def test_lengths_of_the_inverse(n_fft):
    x = signals.noise(n=1500)
    for center in (True, False):
        spectra = sigkit.stft(x, n_fft=n_fft, hop_length=90, center=center, window="hamming")
        whole = n_fft + 90 * (spectra.shape[1] - 1) - (2 * (n_fft // 2) if center else 0)
        keywords = {"n_fft": n_fft, "hop_length": 90, "center": center, "window": "hamming"}
        plain = sigkit.istft(spectra, **keywords)
        assert plain.shape == (whole,)
        for length in (0, 1, 89, 700, whole, 1500, 5000):
            got = sigkit.istft(spectra, length=length, **keywords)
            assert got.shape == (length,)
            assert_same_bits(got[: min(length, whole)], plain[:length])
            if center and length > whole:  # the last window goes on behind what whole frames cover
                assert (got[whole + n_fft // 2 :] == 0).all()


def test_windows_that_leave_gaps_are_refused():
    spectra = sigkit.stft(signals.noise(n=400), n_fft=16, hop_length=16)
    for window, hop in (("hann", 16), ("hann", 17), ("boxcar", 17), (np.eye(16)[3], 2)):
        with pytest.raises(ValueError, match="NOLA"):
            sigkit.istft(spectra, hop_length=hop, window=window)
    sigkit.istft(spectra, hop_length=16, window="boxcar")


@pytest.mark.parametrize("n_fft", [16, 22, 15])
def test_what_a_real_spectrum_cannot_have_counts_for_nothing(n_fft):
    spectra = sigkit.stft(signals.noise(n=300), n_fft=n_fft)
    odd = spectra.copy()
    odd[0].imag = np.nan
    if n_fft % 2 == 0:
        odd[-1].imag = 7
    assert_same_bits(sigkit.istft(odd, n_fft=n_fft), sigkit.istft(spectra, n_fft=n_fft))


@pytest.mark.parametrize("n_fft", LENGTHS)
def test_layout_of_the_matrix_changes_no_bit(n_fft):
    spectra = sigkit.stft(signals.noise(n=4000).astype(np.float32), n_fft=n_fft)
    expected = sigkit.istft(spectra, n_fft=n_fft)
    assert_same_bits(sigkit.istft(np.ascontiguousarray(spectra), n_fft=n_fft), expected)
    assert_same_bits(sigkit.istft(spectra.T, n_fft=n_fft, layout="tf"), expected)
    assert_same_bits(sigkit.istft(spectra[::-1][::-1], n_fft=n_fft), expected)
    assert_same_bits(sigkit.istft(spectra.astype(">c8"), n_fft=n_fft), expected)


# ------------------------------------------------------------------------------------------------------------- peers


def speech_like():
    return {"speech": signals.speech(), "noise": signals.noise(n=30_000, dtype=np.float32)}


@pytest.mark.parametrize("signal", ["speech", "noise"])
@pytest.mark.parametrize(
    "keywords",
    [
        {},
        {"n_fft": 512, "hop_length": 160, "pad_mode": "reflect"},
        {"n_fft": 400, "hop_length": 160, "win_length": 320, "window": "hamming", "center": False},
        {"n_fft": 1023, "hop_length": 700, "window": ("kaiser", 8.0), "pad_mode": "symmetric"},
    ],
    ids=["defaults", "512", "400", "odd"],
)
def test_librosa(signal, keywords):
    """1e-6 of the largest bin, which float32 takes; in float64 at machine precision."""
    librosa = pytest.importorskip("librosa", reason="librosa is not installed: the `bench` extra brings it")
    y = speech_like()[signal]
    for x, limit in ((y, 1e-6), (y.astype(np.float64), 1e-14)):
        expected = librosa.stft(x, **keywords)
        got = sigkit.stft(x, **keywords)
        assert (got.shape, got.dtype) == (expected.shape, expected.dtype)
        assert relative(got, expected) < limit
        assert abs(got - expected).max() < limit * abs(expected).max()
        back = {k: v for k, v in keywords.items() if k not in ("pad_mode",)}
        for length in (None, len(x)):
            ours, theirs = sigkit.istft(got, length=length, **back), librosa.istft(expected, length=length, **back)
            assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
            # where a window begins with nothing, librosa divides rounding errors by hardly anything
            inside = slice(keywords.get("n_fft", 2048), -keywords.get("n_fft", 2048))
            assert abs(ours - theirs)[inside].max() < limit * abs(theirs).max()


def test_torch():
    """Real and complex, one and two sides."""
    torch = pytest.importorskip("torch", reason="torch is not installed: the `torch` extra brings it")
    for x in (signals.speech(), signals.iq(), signals.noise(n=5000, dtype=np.complex128)):
        window = torch.hann_window(400, dtype=torch.float64 if x.real.itemsize == 8 else torch.float32)
        for onesided in (True, False) if x.dtype.kind == "f" else (False,):
            expected = torch.stft(torch.from_numpy(x), 480, 160, 400, window, return_complex=True, onesided=onesided,
                                  pad_mode="reflect").numpy()  # fmt: skip
            got = sigkit.stft(x, n_fft=480, hop_length=160, win_length=400, pad_mode="reflect", onesided=onesided)
            assert (got.shape, got.dtype) == (expected.shape, expected.dtype)
            assert relative(got, expected) < (1e-6 if x.real.itemsize == 4 else 1e-14)
            theirs = torch.istft(torch.from_numpy(expected), 480, 160, 400, window, onesided=onesided,
                                 return_complex=not onesided).numpy()  # fmt: skip
            ours = sigkit.istft(got, n_fft=480, hop_length=160, win_length=400, onesided=onesided)
            assert ours.shape == theirs.shape
            assert relative(ours, theirs) < (1e-6 if x.real.itemsize == 4 else 1e-14)


def test_short_time_fft():
    """SciPy's object, on I/Q."""
    z = signals.iq()
    window = scipy.signal.get_window("hann", 256)
    transform = scipy.signal.ShortTimeFFT(window, 64, 1, fft_mode="centered", phase_shift=None)
    count = 1 + len(z) // 64
    expected = transform.stft(z, 0, count)
    assert relative(sigkit.stft(z, n_fft=256, hop_length=64, centered=True), expected) < 1e-6


NAMED = ["barthann", "bartlett", "blackman", "blackmanharris", "bohman", "boxcar", "cosine", "flattop",
         ("exponential", None, 30.0), "hamming", "hann", "lanczos", "nuttall", "parzen", "taylor", "triang", "tukey",
         ("kaiser", 5.0),
         ("gaussian", 30.0), ("general_gaussian", 1.5, 30.0), ("general_hamming", 0.6), ("chebwin", 80.0),
         ("dpss", 3.0), 7.5]  # fmt: skip


@pytest.mark.parametrize("window", NAMED, ids=str)
def test_every_window_of_scipy(window):
    x = signals.noise(n=1000)
    values = scipy.signal.get_window(window, 128)
    assert_same_bits(sigkit.stft(x, n_fft=128, window=window), sigkit.stft(x, n_fft=128, window=values))
    back = sigkit.istft(sigkit.stft(x, n_fft=128, window=window), window=window, length=1000)
    # the least sum of squares of four windows that overlap
    least = (values.reshape(4, 32) ** 2).sum(axis=0).min()
    bound = 4 * growth(128) * eps_of(x) * np.abs(values).sum() * abs(values).max() * abs(x).max() * 4 / least
    assert_within(back, x, bound)


# ------------------------------------------------------------------------------------------------------------ memory

@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/status")
@pytest.mark.parametrize(
    "call, dtype",
    [
        ("sigkit.stft(x, n_fft=512, hop_length=512)", "float32"),
        ("sigkit.stft(x[::-1], n_fft=400, hop_length=400, pad_mode='reflect')", "float32"),
        ("sigkit.spectrogram(x, n_fft=4096, hop_length=2048, db=True)", "complex64"),
        ("sigkit.spectrogram(x, n_fft=10_000, hop_length=10_000)", "int16"),
        ("sigkit.spectrogram(x, n_fft=4099, hop_length=4099)", "float32"),
        ("sigkit.istft(np.broadcast_to(x[:513, None] + 0j, (513, len(x) // 513)))", "float32"),
        ("sigkit.istft(np.broadcast_to(x[:521, None] + 0j, (521, len(x) // 521)), n_fft=1041)", "float32"),
        ("sigkit.welch(x, nperseg=1024)", "complex64"),
        ("sigkit.coherence(x, x[::-1], nperseg=1031)", "float64"),
    ],
)
def test_scratch_is_bounded(call, dtype):
    """No more than 16 MiB for each thread beside the output, with 24 MB and more of input: no copy of it is made."""
    setup = f"x = np.ones(12_000_000, np.{dtype})"
    assert processes.scratch_of(call, setup, warm=100_000) <= 2 * 16 * 2**20


# --------------------------------------------------------------------------------------------------------- bad input

X = np.ones(100)
D = sigkit.stft(X, n_fft=16)


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: sigkit.stft(1.0), ValueError, ("y", "scalar")),
        (lambda: sigkit.stft(X, n_fft=0), ValueError, ("n_fft=0", "at least 1")),
        (lambda: sigkit.stft(X, n_fft=16.0), TypeError, ("n_fft", "float")),
        (lambda: sigkit.stft(X, n_fft=True), TypeError, ("n_fft", "True")),
        (lambda: sigkit.stft(X, n_fft=16, hop_length=0), ValueError, ("hop_length=0",)),
        (lambda: sigkit.stft(X, n_fft=2**62), ValueError, (f"n_fft={2**62}",)),
        (lambda: sigkit.stft(X, n_fft=2**63), ValueError, (f"n_fft={2**63}",)),
        (lambda: sigkit.stft(X, n_fft=16, hop_length=2**63), ValueError, (f"hop_length={2**63}",)),
        (lambda: sigkit.stft(X, n_fft=16, center="False"), TypeError, ("center", "'False'")),
        (lambda: sigkit.stft(X, n_fft=16, onesided=1), TypeError, ("onesided", "1")),
        (lambda: sigkit.stft(X, n_fft=16, centered="x"), TypeError, ("centered", "'x'")),
        (lambda: sigkit.stft(X, n_fft=16, window=()), ValueError, ("window=()",)),
        (lambda: sigkit.stft(X, n_fft=16, window=np.nan), ValueError, ("window=nan", "finite")),
        (lambda: sigkit.stft(X, n_fft=16, window=1e300), ValueError, ("window=1e+300", "finite")),
        (lambda: sigkit.stft(X, n_fft=16, window=10**400), ValueError, ("window=1000",)),
        (lambda: sigkit.stft(X, n_fft=16, window=("kaiser", np.inf)), ValueError, ("window=('kaiser', inf)", "finite")),
        (lambda: sigkit.stft(X, n_fft=16, window=("gaussian", 0)), ValueError, ("window=('gaussian', 0)", "finite")),
        (lambda: sigkit.stft(np.float32(X), n_fft=16, window=np.full(16, 1e300)), ValueError, ("window", "float32")),
        (lambda: sigkit.stft(np.broadcast_to(X, (2**40, 2**13, 100)), n_fft=16), ValueError, ("9 bins of 26 frames",)),
        (lambda: sigkit.stft(X, n_fft=16, win_length=17), ValueError, ("win_length=17", "n_fft=16")),
        (lambda: sigkit.stft(X, n_fft=16, win_length=0), ValueError, ("win_length=0",)),
        (lambda: sigkit.stft(X, n_fft=16, window="none"), ValueError, ("window='none'",)),
        (lambda: sigkit.stft(X, n_fft=16, window=("kaiser",)), ValueError, ("window", "kaiser")),
        (lambda: sigkit.stft(X, n_fft=16, window=np.ones(15)), ValueError, ("window", "(16,)", "(15,)")),
        (lambda: sigkit.stft(X, n_fft=16, window=np.ones((4, 4))), ValueError, ("window", "(4, 4)")),
        (lambda: sigkit.stft(X, n_fft=16, window=np.full(16, np.nan)), ValueError, ("window", "finite")),
        (lambda: sigkit.stft(X, n_fft=16, window=np.ones(16, complex)), TypeError, ("window", "complex128")),
        (lambda: sigkit.stft(X, n_fft=16, window=None), TypeError, ("window",)),
        (lambda: sigkit.stft(X, n_fft=16, pad_mode="mean"), ValueError, ("pad_mode='mean'", "reflect")),
        (lambda: sigkit.stft(X, n_fft=16, pad_mode=np.pad), TypeError, ("pad_mode", "function")),
        (lambda: sigkit.stft(X, n_fft=16, dtype="no"), TypeError, ("dtype", "'no'")),
        (lambda: sigkit.stft(X, n_fft=16, dtype=float), ValueError, ("dtype=float64", "complex64")),
        (lambda: sigkit.stft(X, n_fft=16, dtype=">c8"), ValueError, ("dtype", "complex64")),
        (lambda: sigkit.stft(X, n_fft=16, layout="xy"), ValueError, ("layout='xy'", "ft, tf")),
        (lambda: sigkit.stft(X + 0j, n_fft=16, onesided=True), ValueError, ("onesided", "complex")),
        (lambda: sigkit.stft(X, n_fft=16, onesided=True, centered=True), ValueError, ("centered", "onesided")),
        (lambda: sigkit.stft(X, n_fft=16, out=np.empty((9, 27), np.complex128)), ValueError, ("out", "(9, 26)")),
        (lambda: sigkit.stft(X, n_fft=16, out=np.empty((9, 26), np.complex64)), ValueError, ("out", "complex128")),
        (lambda: sigkit.istft(X), ValueError, ("stft_matrix", "2 dimensions")),
        (lambda: sigkit.istft(D[:, :0]), ValueError, ("stft_matrix", "(9, 0)")),
        (lambda: sigkit.istft(D[:0]), ValueError, ("stft_matrix", "(0, 26)")),
        (lambda: sigkit.istft(D, n_fft=18), ValueError, ("stft_matrix", "10 bins", "n_fft=18", "got 9")),
        (lambda: sigkit.istft(D, length=-1), ValueError, ("length=-1",)),
        (lambda: sigkit.istft(D, length=2**62), ValueError, (f"length={2**62}",)),
        (lambda: sigkit.istft(D, hop_length=2**50), ValueError, (f"hop_length={2**50}", "NOLA")),
        (lambda: sigkit.istft(D, hop_length=2**62), ValueError, (f"hop_length={2**62}",)),
        (lambda: sigkit.istft(D, n_fft=2**62), ValueError, (f"n_fft={2**62}",)),
        (lambda: sigkit.istft(D, onesided="x"), TypeError, ("onesided", "'x'")),
        (lambda: sigkit.istft(D, window=np.full(16, 1e200)), ValueError, ("window", "float64", "inf")),
        (lambda: sigkit.istft(np.complex64(D), window=np.full(16, 1e30)), ValueError, ("window", "float32")),
        (lambda: sigkit.istft(np.complex64(D), window=np.full(16, 1e-30)), ValueError, ("window", "float32")),
        (lambda: sigkit.istft(D, length=1.5), TypeError, ("length", "float")),
        (lambda: sigkit.istft(D, dtype=complex), ValueError, ("dtype=complex128", "float32")),
        (lambda: sigkit.istft(D, onesided=False, window="hann", dtype=float), ValueError, ("dtype=float64",)),
        (lambda: sigkit.istft(D, layout=1), ValueError, ("layout=1",)),
    ],
)  # fmt: skip
def test_bad_input(call, error, words):
    with pytest.raises(error) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


def test_an_odd_spectrum_is_a_nyquist_away_from_an_even_one():
    """15 and 14 points have 8 bins both: the odd length must be given."""
    x = signals.noise(n=300)
    spectra = sigkit.stft(x, n_fft=15, hop_length=3)
    assert_within(sigkit.istft(spectra, n_fft=15, hop_length=3, length=300), x, 100 * growth(15) * eps_of(x))
    assert math.isclose(sigkit.istft(spectra, hop_length=3).shape[0], 14 + 3 * (spectra.shape[1] - 1) - 14)

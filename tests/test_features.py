"""Features: frames at every edge, any length of transform, batches, streams, range, memory, and what is refused."""

import os
import subprocess
import sys
import warnings

import numpy as np
import pytest
import reference_features as oracle
import scipy.fft
import scipy.signal
from compare import assert_same_bits, assert_within

import sigkit
from sigkit import _deltas, _feature_stream, _mel_settings, _melspectrogram

FRAMES = {"fs": 8000, "n_mels": 5, "frame_length": 16, "hop_length": 5}
EDGES = ("snip", "reflect", "constant", "symmetric")


def check(x, message="", **options):
    """`log_mel` agrees with the oracle."""
    eps = np.finfo(x.dtype).eps
    values, bound = oracle.log_mel_and_bound(x, eps, **options)
    got = sigkit.log_mel(x, **options)
    assert got.dtype == x.dtype
    assert_within(got, values, bound, f"{message} {options}", label=f"log_mel {x.dtype}")
    return got


# -------------------------------------------------------------------------------------------------------- frames


@pytest.mark.parametrize("edges", EDGES)
@pytest.mark.parametrize("frame, hop, n_fft", [(16, 5, 16), (16, 16, 20), (15, 40, 16), (8, 3, 32), (1, 1, 2),
                                               (7, 2, 7)])  # fmt: skip
def test_frames_at_the_edges(edges, frame, hop, n_fft, rng):
    """Counts and values for no sample, one, and one less and more than fit; hops within and beyond a frame."""
    formula = {
        "snip": lambda n: max(0, 1 + (n - frame) // hop),
        "reflect": lambda n: 1 + n // hop if n else 0,
        "constant": lambda n: 1 + n // hop if n else 0,
        "symmetric": lambda n: (n + hop // 2) // hop,
    }[edges]
    for n in sorted({0, 1, 2, 3, frame - 1, frame, frame + 1, n_fft - 1, n_fft, n_fft + 1, 2 * hop, 61, 200}):
        for dtype in (np.float32, np.float64):
            options = {**FRAMES, "frame_length": frame, "hop_length": hop, "n_fft": n_fft, "edges": edges}
            got = check(rng.standard_normal(n).astype(dtype), f"{n=}", **options)
            assert got.shape == (formula(n), 5)


@pytest.mark.parametrize("pad_mode", ["constant", "reflect", "symmetric", "edge"])
@pytest.mark.parametrize("center", [True, False])
def test_frames_of_melspectrogram(pad_mode, center, rng):
    for n, win_length, n_fft in ((0, 9, 16), (1, 16, 16), (15, 9, 16), (16, 16, 16), (17, 12, 15), (80, 7, 22)):
        x = rng.standard_normal(n)
        options = {"sr": 8000, "n_fft": n_fft, "win_length": win_length, "hop_length": 6, "n_mels": 4, "center": center,
                   "pad_mode": pad_mode}  # fmt: skip
        values, bound = oracle.melspectrogram_and_bound(x, np.finfo(float).eps, **options)
        assert_within(sigkit.melspectrogram(x, **options), values, bound, f"{options} {n=}")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_length_of_transform(dtype, rng):
    """In the kernels, and by scipy.fft where they have none."""
    x = rng.standard_normal(120).astype(dtype)
    kernels = 0
    for n_fft in (*range(1, 50), 64, 98, 110, 125, 126):
        options = {"fs": 8000, "n_mels": 3, "frame_length": max(n_fft - 3, 1), "hop_length": 7, "n_fft": n_fft}
        check(x, **options)
        settings = _mel_settings.resolve(8000, None, {k: v for k, v in options.items() if k != "fs"} | {"deltas": 0})[0]
        kernels += _mel_settings.in_kernel(settings)
    assert 0 < kernels < 54, "both ways are taken"


def test_both_ways_agree(rng, monkeypatch):
    """scipy.fft serves as the reference of the kernels at lengths that oracles would take too long for."""
    x = rng.standard_normal(20000)
    for n_fft, preset in ((512, None), (400, "whisper"), (2048, "librosa"), (512, "kaldi"), (1536, None),
                          (16384, None)):  # fmt: skip
        options = {"fs": 16000, "preset": preset, "n_fft": n_fft, "top_db": np.inf}
        by_kernel = sigkit.log_mel(x, **options)
        monkeypatch.setattr(_mel_settings, "in_kernel", lambda settings: False)
        _mel_settings.plan.cache_clear()
        by_transforms = sigkit.log_mel(x, **options)
        monkeypatch.undo()
        _mel_settings.plan.cache_clear()
        # 8 eps log2(n) of a frame, of which no band of noise has less than a ten-thousandth
        assert np.abs(by_kernel - by_transforms).max() < 2 * 8 * np.finfo(float).eps * 14 * 1e4 * 10


def test_long_hops_take_little_memory(rng):
    x = rng.standard_normal(300_000).astype(np.float32)
    check(x, fs=8000, n_mels=3, frame_length=10, hop_length=100_000)
    check(x, fs=8000, n_mels=3, frame_length=11, n_fft=11, hop_length=100_000)


def test_the_default_is_what_speech_models_take(rng):
    x = rng.standard_normal(16000).astype(np.float32)
    assert sigkit.log_mel(x, fs=16000, n_mels=80, deltas=2).shape == (101, 80, 3)
    for fs, frames, n_fft in ((8000, 101, 256), (16000, 101, 512), (22050, 101, 1024), (44100, 101, 2048),
                              (48000, 101, 2048)):  # fmt: skip
        settings = _mel_settings.resolve(fs, None, {"deltas": 0})[0]
        assert (settings.frame_length, settings.hop_length) == (fs * 25 // 1000, fs * 10 // 1000)
        assert settings.n_fft == n_fft and settings.count(fs) == frames


# ------------------------------------------------------------------------------------------------------- batches


@pytest.mark.parametrize("n_fft", [16, 22])
@pytest.mark.parametrize("options", [{}, {"deltas": 2}, {"deltas": 2, "delta_method": "savgol"}, {"preset": "whisper",
                                     "fs": 16_000}, {"preset": "librosa", "deltas": 1}], ids=str)  # fmt: skip
def test_recordings_of_a_batch_are_alone(options, n_fft, rng):
    """In bits: each as it would be by itself, whatever stands beside and behind it; zeros where it has no frame."""
    lengths = np.array([[0, 3, 61], [200, 17, 118]])
    x = rng.standard_normal((2, 3, 200)).astype(np.float32)
    options = {**FRAMES, "n_fft": n_fft, **options}
    for layout in ("tf", "ft"):
        features, mask = sigkit.log_mel(x, **options, layout=layout, lengths=lengths)
        if layout == "ft":
            features = np.swapaxes(features, 2, 3)
        assert mask.dtype == bool and mask.shape == features.shape[:3]
        for i in np.ndindex(lengths.shape):
            alone = sigkit.log_mel(x[i][: lengths[i]], **options)
            assert mask[i].sum() == len(alone) and mask[i][: len(alone)].all()
            assert_same_bits(np.ascontiguousarray(features[i][: len(alone)]), alone, f"{i}")
            assert not features[i][len(alone) :].any()
    out = np.full((*lengths.shape, *features.shape[2:]), np.nan, np.float32)
    returned, _ = sigkit.log_mel(x, **options, lengths=lengths, out=out)
    assert returned is out
    assert_same_bits(out, np.ascontiguousarray(features))


def test_a_batch_without_samples(rng):
    features, mask = sigkit.log_mel(np.zeros((0, 500)), fs=16000, lengths=[])
    assert features.shape == (0, 0, 80) and mask.shape == (0, 0)
    features, mask = sigkit.log_mel(np.zeros((3, 0), np.float32), fs=16000, lengths=[0, 0, 0], deltas=1)
    assert features.shape == (3, 0, 80, 2) and mask.shape == (3, 0)
    assert sigkit.log_mel(np.zeros((0, 500)), fs=16000).shape == (0, 4, 80)


def test_frames_do_not_depend_on_their_place(rng):
    """The same samples, a whole number of hops later: the same bits, in every lane of a vector."""
    x = rng.standard_normal(3000).astype(np.float32)
    for options in ({}, {"preset": "kaldi"}, {"n_fft": 512, "frame_length": 300}):
        options = {"fs": 8000, "edges": "snip", "n_mels": 20, "hop_length": 80, **options}
        whole = sigkit.log_mel(x, **options)
        for shift in range(1, 20):
            assert_same_bits(sigkit.log_mel(x[80 * shift :], **options), whole[shift:], f"{shift=}")


# ------------------------------------------------------------------------------------------------------- streams


def random_options(rng):
    frame = int(rng.integers(1, 90))
    method = str(rng.choice(["savgol", "regression", "kaldi"]))
    return {
        "fs": 8000, "n_mels": 6, "frame_length": frame, "hop_length": int(rng.integers(1, 120)),
        "n_fft": frame + int(rng.integers(0, 50)), "edges": str(rng.choice(EDGES)), "deltas": int(rng.integers(0, 3)),
        "delta_method": method, "delta_width": int(rng.choice([3, 5, 9])), "remove_dc": bool(rng.integers(2)),
        "preemphasis": float(rng.choice([0, 0.9])),
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(100))
def test_a_stream_gives_the_bits_of_one_call(seed):
    """However it is cut, from no sample at all to many frames at once."""
    rng = np.random.default_rng(seed)
    options, n = random_options(rng), int(rng.integers(1, 700))
    x = rng.standard_normal((2, n)).astype(rng.choice([np.float32, np.float64]))
    stream = sigkit.FeatureStream(**options)
    for _ in range(2):  # the second time after a flush
        parts, i = [], 0
        while i < n:
            step = int(rng.integers(0, 150))
            parts.append(stream.process(x[:, i : i + step]))
            i += step
        parts.append(stream.flush())
        assert_same_bits(np.concatenate(parts, axis=1), sigkit.log_mel(x, **options), f"{options} {n=}")


@pytest.mark.parametrize("preset", [None, "librosa", "torchaudio", "kaldi", "whisper"])
def test_a_stream_of_every_preset(preset, rng):
    x = rng.standard_normal(9001).astype(np.float32)
    options = {"fs": 16000, "preset": preset, "top_db": np.inf, "deltas": 2}
    stream = sigkit.FeatureStream(**options)
    parts = [stream.process(block) for block in np.split(x, [1, 100, 101, 5000])] + [stream.flush()]
    assert_same_bits(np.concatenate(parts), sigkit.log_mel(x, **options))
    assert stream.delay == (8 if preset == "librosa" else 4)


def test_a_stream_delivers_early_and_keeps_little(rng):
    stream = sigkit.FeatureStream(fs=16000)
    seen = 0
    for _ in range(50):
        seen += len(stream.process(rng.standard_normal(160)))
    assert seen == 49  # a frame about sample t 160 reaches 200 samples on
    assert stream._samples.size <= 2 * 512
    block = rng.standard_normal(2 * _feature_stream._SAMPLES_AT_ONCE + 1000)
    assert stream.flush().shape == (2, 80)
    got = np.concatenate([stream.process(block), stream.flush()])
    assert_same_bits(got, sigkit.log_mel(block, fs=16000), "a block of many pieces")


def test_a_stream_of_nothing():
    """Blocks without samples decide nothing and fit everywhere; without any block there is nothing to flush."""
    stream = sigkit.FeatureStream(fs=16000, n_mels=7, deltas=1)
    for _ in range(2):
        with pytest.raises(ValueError, match="block: expected at least one before flush"):
            stream.flush()
        assert stream.process(np.zeros((2, 0), np.float32)).shape == (2, 0, 7, 2)
        assert stream.flush().shape == (2, 0, 7, 2)
    assert stream.process([]).dtype == float
    got = [stream.process(np.ones((2, 500), np.float32)), stream.process([]), stream.process(np.ones((2, 500), "f4"))]
    got = np.concatenate([*got, stream.flush()], axis=1)
    assert_same_bits(got, sigkit.log_mel(np.ones((2, 1000), np.float32), fs=16000, n_mels=7, deltas=1))


def test_a_stream_refuses_what_does_not_fit(rng):
    with pytest.raises(ValueError, match="top_db=80: expected np.inf"):
        sigkit.FeatureStream(fs=16000, preset="whisper")
    with pytest.raises(TypeError, match="layout"):
        sigkit.FeatureStream(fs=16000, layout="ft")
    with pytest.raises(ValueError, match="n_mels=0"):
        sigkit.FeatureStream(fs=16000, n_mels=0)
    stream = sigkit.FeatureStream(fs=16000)
    stream.process(np.zeros((2, 5), np.float32))
    with pytest.raises(ValueError, match="block: expected shape"):
        stream.process(np.zeros(5, np.float32))
    with pytest.raises(ValueError, match="block: expected dtype float32"):
        stream.process(np.zeros((2, 5)))
    with pytest.raises(TypeError, match="block"):
        stream.process(np.zeros((2, 5), complex))
    with pytest.raises(ValueError, match="block"):
        stream.process(1.0)


# --------------------------------------------------------------------------------------------------- range, NaN


def test_range_is_counted_from_the_largest_that_is_a_number(rng):
    x = rng.standard_normal(20_000)
    x[1030] = np.nan
    x[10_000:] *= 1e-9
    features = sigkit.log_mel(x, fs=16000, preset="librosa")
    silent = np.isnan(features).all(axis=1)
    assert silent.sum() == 4 and (np.isnan(features).any(axis=1) == silent).all()  # of 2048 samples every 512
    assert np.nanmin(features) == np.nanmax(features) - 80
    everywhere = sigkit.log_mel(np.full(3000, np.nan), fs=16000, preset="librosa")
    assert np.isnan(everywhere).all()


def test_a_range_beyond_the_dtype_is_no_limit(rng):
    """And no warning."""
    for dtype, top_db in ((np.float32, 1e300), (float, 1.7e308)):
        x = rng.standard_normal(3000).astype(dtype)
        for power in (1, 2):
            options = {"fs": 16000, "preset": "librosa", "power": power, "n_mels": 40}
            assert_same_bits(sigkit.log_mel(x, **options, top_db=top_db), sigkit.log_mel(x, **options, top_db=np.inf))
        decibels = sigkit.power_to_db(x**2, top_db=top_db)
        assert_same_bits(decibels, sigkit.power_to_db(x**2, top_db=None))


def test_a_window_with_arrays_as_parameters(rng):
    """Which cannot be kept by its name."""
    x = rng.standard_normal(3000)
    cosine = ("general_cosine", [0.5, 0.5])
    samples = scipy.signal.get_window(cosine, 400)
    assert_same_bits(sigkit.log_mel(x, fs=16000, window=cosine), sigkit.log_mel(x, fs=16000, window=samples))


def test_no_deltas_by_any_name(rng):
    x = rng.standard_normal(3000)
    assert_same_bits(sigkit.log_mel(x, fs=16000, deltas=None), sigkit.log_mel(x, fs=16000))
    stream = sigkit.FeatureStream(fs=16000, deltas=None)
    assert_same_bits(np.concatenate([stream.process(x), stream.flush()]), sigkit.log_mel(x, fs=16000))


def test_floor_zero_is_the_least_normal_number():
    silence = sigkit.log_mel(np.zeros(500, np.float32), fs=16000, floor=0)
    assert np.allclose(silence, np.log(np.finfo(np.float32).tiny))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logarithms(dtype, rng):
    """Within 4 eps, over the whole range and near 1: of frames of one sample, and a band of one bin of weight 1."""
    span = 18 if dtype == np.float32 else 150
    x = np.concatenate([10 ** rng.uniform(-span, span, 4000), rng.uniform(0.7, 1.4, 4000), [1.0]]).astype(dtype)
    options = {"fs": 2, "n_mels": 1, "frame_length": 1, "hop_length": 1, "n_fft": 4, "window": [1.0], "edges": "snip",
               "norm": "peak", "floor": 0}  # fmt: skip
    power = (x * x).astype(np.longdouble)  # rounded once, as the kernel does
    eps = np.finfo(dtype).eps
    for log, exact in (("ln", np.log(power)), ("db", 10 * np.log10(power)), ("log10", np.log10(power))):
        got = sigkit.log_mel(x, **options, log=log)[:, 0]
        unit = abs(exact / np.where(power == 1, 1, np.log(power)))  # the weight itself is within an eps of 1
        assert_within(got, exact, 4 * eps * abs(exact) + 2 * eps * unit, log, label=f"{log} {np.dtype(dtype)}")


# ------------------------------------------------------------------------------------------- matrices of features


def test_melspectrogram_of_a_spectrogram(rng):
    S = rng.random((2, 33, 50))
    got = sigkit.melspectrogram(S=S, sr=8000, n_fft=64, n_mels=6)
    filters = sigkit.mel_filters(sr=8000, n_fft=64, n_mels=6, dtype=np.float64)
    expected = filters.astype(np.longdouble) @ S
    assert_within(got, expected, 40 * np.finfo(float).eps * expected)
    assert_same_bits(sigkit.melspectrogram(S=S, sr=8000, n_mels=6), got, "n_fft from the bins")
    assert_same_bits(sigkit.melspectrogram(S=S[1, :, 7:], sr=8000, n_mels=6), np.ascontiguousarray(got[1, :, 7:]))
    single = sigkit.melspectrogram(S=S.astype(np.float32), sr=8000, n_mels=6)
    assert single.dtype == np.float32 and abs(single - expected).max() < 40 * np.finfo(np.float32).eps * expected.max()
    out = np.empty((2, 6, 50)).transpose(0, 2, 1).copy().transpose(0, 2, 1)
    assert sigkit.melspectrogram(S=S, sr=8000, n_mels=6, out=out) is out
    assert (out == got).all()
    x = rng.standard_normal(700)
    power = abs(np.fft.rfft(np.lib.stride_tricks.sliding_window_view(np.pad(x, 32), 64)[::16]
                            * scipy.signal.get_window("hann", 64))) ** 2  # fmt: skip
    options = {"sr": 8000, "n_fft": 64, "n_mels": 6}
    assert np.allclose(sigkit.melspectrogram(x, hop_length=16, **options), sigkit.melspectrogram(S=power.T, **options))


@pytest.mark.parametrize("kind", [1, 2, 3])
@pytest.mark.parametrize("norm", ["ortho", None])
def test_mfcc_is_the_cosine_transform(kind, norm, rng):
    S = rng.standard_normal((3, 24, 40))
    expected = scipy.fft.dct(S, kind, axis=-2, norm=norm)
    bound = 26 * np.finfo(float).eps * 4 * abs(S).sum(axis=1, keepdims=True)
    for n_mfcc in (1, 13, 24):
        got = sigkit.mfcc(S=S, n_mfcc=n_mfcc, dct_type=kind, norm=norm)
        assert (abs(got - expected[:, :n_mfcc]) <= bound).all()
    lifted = sigkit.mfcc(S=S, n_mfcc=13, dct_type=kind, norm=norm, lifter=22)
    factors = 1 + 11 * np.sin(np.pi * np.arange(1, 14) / 22)[:, None]
    assert (abs(lifted - expected[:, :13] * factors) <= 13 * bound).all()
    assert_same_bits(sigkit.mfcc(S=S, n_mfcc=13, dct_type=kind, norm=norm, lifter=1e-320), got[:, :13].copy())


def test_mfcc_by_blocks(rng, monkeypatch):
    """A long recording is read twice, for its largest feature first: the same bits."""
    x = rng.standard_normal((2, 30_000)).astype(np.float32)
    x[1] *= 1e-3
    whole = sigkit.mfcc(x, sr=8000, n_mels=20)
    monkeypatch.setattr(_melspectrogram, "_BLOCK_BYTES", 7 * 20 * 4)
    assert_same_bits(sigkit.mfcc(x, sr=8000, n_mels=20), whole)


def test_empty_filters_are_told():
    for call in (
        lambda: sigkit.mel_filters(sr=16000, n_fft=64, n_mels=80),
        lambda: sigkit.melspectrogram(np.zeros(100), sr=16000, n_fft=64, n_mels=80),
        lambda: sigkit.melspectrogram(S=np.zeros((33, 5)), sr=16000, n_mels=80),
        lambda: sigkit.mfcc(np.zeros(100), sr=16000, n_fft=64, n_mels=80),
    ):
        with pytest.warns(UserWarning, match="empty filters") as told:
            call()
        assert told[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sigkit.log_mel(np.zeros(1000), fs=16000, preset="torchaudio")  # whose defaults leave bands empty


# ------------------------------------------------------------------------------------------------------- deltas


def test_delta_is_savgol(rng):
    x = rng.standard_normal((3, 40, 2))
    for width, polyorder, order in ((5, 2, 1), (9, 4, 3), (21, 5, 2), (3, 1, 1)):
        for mode in ("interp", "mirror", "constant", "nearest", "wrap"):
            keywords = {"delta": 0.3, "axis": 1, "mode": mode, "cval": 2}
            expected = scipy.signal.savgol_filter(x, width, polyorder, deriv=order, **keywords)
            got = sigkit.delta(x, width=width, order=order, polyorder=polyorder, **keywords)
            assert np.abs(got - expected).max() <= 1e-11 * abs(expected).max()  # SciPy's least squares, order 3
    assert not sigkit.delta(x, width=7, polyorder=1, order=2).any(), "a line has no second derivative"


@pytest.mark.parametrize("method", ["savgol", "regression", "kaldi"])
def test_short_and_long_lines_of_frames(method, rng, monkeypatch):
    for n in range(25):
        x = rng.standard_normal((n, 3))
        for order in (1, 2):
            bound = oracle.delta_bound(x, np.finfo(float).eps, axis=0, method=method, order=order)
            expected = oracle.delta(x, axis=0, method=method, order=order)
            assert_within(sigkit.delta(x, axis=0, method=method, order=order), expected, bound, f"{n=}")
        stacked = sigkit.stack_deltas(x, method=method)
        assert (stacked[..., 0] == x).all()
        assert (stacked[..., 2] == sigkit.delta(x, axis=0, method=method, order=2)).all()
    assert not sigkit.delta(np.ones((1, 4)), axis=0, method=method).any(), "one frame has no slope"
    x = rng.standard_normal(1000)
    whole = sigkit.delta(x, method=method, order=3)
    monkeypatch.setattr(_deltas, "_BLOCK_SAMPLES", 37)
    assert_same_bits(sigkit.delta(x, method=method, order=3), whole)


@pytest.mark.parametrize("method, width", [("savgol", 9), ("savgol", 3), ("regression", 5), ("kaldi", 7)])
def test_deltas_of_log_mel(method, width, rng):
    """Those of the features, within the rounding of another order of sums; over tiles, their ends, and few frames."""
    for frames in (1, 2, 5, 8, 9, 10, 255, 256, 257, 700):
        x = rng.standard_normal(5 * frames - 4)
        options = {**FRAMES, "deltas": 3 if method != "savgol" or width > 3 else 2}
        got = sigkit.log_mel(x, **options, delta_method=method, delta_width=width)
        assert got.shape[0] == frames
        features = np.ascontiguousarray(got[..., 0])
        assert_same_bits(features, sigkit.log_mel(x, **FRAMES))
        for order in range(1, got.shape[-1]):
            keywords = {"axis": 0, "method": method, "width": width, "order": order}
            bound = 2 * oracle.delta_bound(features, np.finfo(float).eps, **keywords)
            assert_within(got[..., order], sigkit.delta(features, **keywords), bound, f"{frames=} {order=}")


# ------------------------------------------------------------------------------------------------------- memory

HOUR = """
import resource, sys
import numpy as np, sigkit
x = np.zeros(57_600_000, np.float32)  # never written: the system shows one page of zeros for all
sigkit.log_mel(x[:16000], fs=16000, {options})
used = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = used()
result = {call}
print(used() - before - result.nbytes)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of the resident set in Linux's unit")
@pytest.mark.parametrize("options, call", [
    ("", "sigkit.log_mel(x, fs=16000)"),
    ("deltas=2", "sigkit.log_mel(x, fs=16000, deltas=2)"),
    ("deltas=2", "sigkit.log_mel(x, fs=16000, preset='whisper', deltas=2)"),
    ("", "sigkit.log_mel(x[:16_000_000], fs=16000, n_fft=401)"),
    ("", "sigkit.mfcc(x, sr=16000)"),
], ids=str)  # fmt: skip
def test_an_hour_of_speech(options, call):
    """Less than 64 MiB beside input and output."""
    code = HOUR.format(options=options, call=call)
    environment = {**os.environ, "SIGKIT_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=250, env=environment)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 64 * 2**20


# ------------------------------------------------------------------------------------------------------- refused

X = np.zeros(100)
WRONG = [
    (lambda: sigkit.log_mel(X), TypeError, "fs"),
    (lambda: sigkit.log_mel(X, fs=0), ValueError, "fs=0"),
    (lambda: sigkit.log_mel(X, fs="16k"), TypeError, "fs"),
    (lambda: sigkit.log_mel(X, fs=10), ValueError, "fs=10"),
    (lambda: sigkit.log_mel(X, fs=np.inf), ValueError, "fs"),
    (lambda: sigkit.log_mel(X, fs=10**400), ValueError, "fs=1000"),
    (lambda: sigkit.log_mel(X, fs=1e308), ValueError, "fs=1e+308: 25 ms hold more samples"),
    (lambda: sigkit.log_mel(X, fs=1e308, frame_length=5), ValueError, "fs=1e+308: 10 ms hold more samples"),
    (lambda: sigkit.log_mel(X.astype("f4"), fs=1e-300, frame_length=9, hop_length=3), ValueError, "beyond float32"),
    (lambda: sigkit.log_mel(X, fs=8000, hop_length=2**63), ValueError, f"hop_length={2**63}: expected at most"),
    (lambda: sigkit.log_mel(X, fs=8000, n_mels=2**63), ValueError, f"n_mels={2**63}: expected at most"),
    (lambda: sigkit.log_mel(X, fs=8000, n_mels=2**48), MemoryError, ""),
    (lambda: sigkit.mel_filters(sr=8000, n_fft=2**40, n_mels=2**40), ValueError, f"n_mels={2**40}, n_fft={2**40}"),
    (lambda: sigkit.mel_filters(sr=8000, n_fft=10**5000), ValueError, "n_fft=(int): expected at most"),
    (lambda: sigkit.log_mel(X, fs=8000, window=np.where(np.arange(200) == 7, np.nan, 1)), ValueError,
     "window: expected finite values"),
    (lambda: sigkit.log_mel(X, fs=8000, window=("kaiser", np.nan)), ValueError, "window=('kaiser', nan)"),
    (lambda: sigkit.log_mel(X, fs=8000, window=np.inf), ValueError, "window=inf"),
    (lambda: sigkit.log_mel(X, fs=8000, window=2**63), ValueError, f"window={2**63}"),
    (lambda: sigkit.log_mel(X, fs=8000, window=10**400), ValueError, "window=1000"),
    (lambda: sigkit.log_mel(X, fs=8000, window=()), ValueError, "window=()"),
    (lambda: sigkit.log_mel(X, fs=8000, window=("kaiser", [1, 2])), ValueError, "window="),
    (lambda: sigkit.FeatureStream(fs=8000, window="hanning2"), ValueError, "window='hanning2'"),
    (lambda: sigkit.log_mel(X, fs=8000, power=np.array([1, 2])), TypeError, "power: expected a real number"),
    (lambda: sigkit.log_mel(X, fs=8000, top_db=np.array([1, 2])), TypeError, "top_db: expected a real number"),
    (lambda: sigkit.log_mel(X, fs=8000, top_db=np.ma.masked), TypeError, "top_db: expected a real number"),
    (lambda: sigkit.log_mel(X, fs=8000, fmin=1j), TypeError, "fmin: expected a real number"),
    (lambda: sigkit.log_mel(X.astype("f4"), fs=8000, floor=1e300), ValueError, "floor=1e+300: expected a finite"),
    (lambda: sigkit.FeatureStream(fs=8000, floor=1e300).process(X.astype("f4")), ValueError, "floor=1e+300"),
    (lambda: sigkit.log_mel(X, fs=8000, delta_width=2**63 - 1), ValueError, "delta_width=9223372036854775807"),
    (lambda: sigkit.log_mel(X, fs=8000, delta_width=257), ValueError, "delta_width=257: expected at most 255"),
    (lambda: sigkit.delta(X, width=2**63 + 1), ValueError, "width=9223372036854775809"),
    (lambda: sigkit.delta(X, width=2**24 + 1, method="regression"), ValueError, "width=16777217"),
    (lambda: sigkit.delta(X, order=3000, method="regression"), ValueError, "order=3000: expected at most 32"),
    (lambda: sigkit.delta(X, delta=1e-320), ValueError, "delta=1e-320"),
    (lambda: sigkit.delta(X, order=4, delta=1e-100, method="kaldi"), ValueError, "delta=1e-100"),
    (lambda: sigkit.delta(X.astype("f4"), delta=1e-41), ValueError, "delta=1e-41"),
    (lambda: sigkit.mel_filters(sr=8000, n_fft=64, norm=np.array([1, 2])), TypeError, "norm: expected a real number"),
    (lambda: sigkit.mfcc(X, mel_norm=-1), ValueError, "mel_norm=-1"),
    (lambda: sigkit.cmvn(X[None], window=10**400), ValueError, "window=1000"),
    (lambda: sigkit.cmvn(X[None], floor=10**400), ValueError, "floor=1000"),
    (lambda: sigkit.log_mel(X, fs=8000, preset="htk"), ValueError, "preset='htk'"),
    (lambda: sigkit.log_mel(X, fs=8000, preset=1), TypeError, "preset"),
    (lambda: sigkit.log_mel(X, fs=8000, n_mels=0), ValueError, "n_mels=0"),
    (lambda: sigkit.log_mel(X, fs=8000, n_mels=2.5), TypeError, "n_mels"),
    (lambda: sigkit.log_mel(X, fs=8000, frame_length=0), ValueError, "frame_length=0"),
    (lambda: sigkit.log_mel(X, fs=8000, hop_length=0), ValueError, "hop_length=0"),
    (lambda: sigkit.log_mel(X, fs=8000, n_fft=100), ValueError, "n_fft=100"),
    (lambda: sigkit.log_mel(X, fs=8000, window="hanning2"), ValueError, "window='hanning2'"),
    (lambda: sigkit.log_mel(X, fs=8000, window=np.ones(7)), ValueError, "window"),
    (lambda: sigkit.log_mel(X, fs=8000, window=True), ValueError, "window"),
    (lambda: sigkit.log_mel(X, fs=8000, fmax=5000), ValueError, "fmax=5000"),
    (lambda: sigkit.log_mel(X, fs=8000, fmin=-1), ValueError, "fmin=-1"),
    (lambda: sigkit.log_mel(X, fs=8000, fmin=2000, fmax=2000), ValueError, "fmin=2000"),
    (lambda: sigkit.log_mel(X, fs=8000, preset="whisper"), ValueError, "fs=8000: expected 16000 with preset='whisper'"),
    (lambda: sigkit.log_mel(X, fs=8000, mel_scale="bark"), ValueError, "mel_scale='bark'"),
    (lambda: sigkit.log_mel(X, fs=8000, norm=None, edges="wrap"), ValueError, "edges='wrap'"),
    (lambda: sigkit.log_mel(X, fs=8000, norm="l2"), ValueError, "norm='l2'"),
    (lambda: sigkit.log_mel(X, fs=8000, power=3), ValueError, "power=3"),
    (lambda: sigkit.log_mel(X, fs=8000, preemphasis=1.5), ValueError, "preemphasis=1.5"),
    (lambda: sigkit.log_mel(X, fs=8000, remove_dc=1), TypeError, "remove_dc"),
    (lambda: sigkit.log_mel(X, fs=8000, log="log2"), ValueError, "log='log2'"),
    (lambda: sigkit.log_mel(X, fs=8000, floor=-1), ValueError, "floor=-1"),
    (lambda: sigkit.log_mel(X, fs=8000, top_db=-3), ValueError, "top_db=-3"),
    (lambda: sigkit.log_mel(X, fs=8000, deltas=-1), ValueError, "deltas=-1"),
    (lambda: sigkit.log_mel(X, fs=8000, deltas=9), ValueError, "deltas=9"),
    (lambda: sigkit.log_mel(X, fs=8000, deltas=3, delta_method="savgol", delta_width=3), ValueError, "deltas=3"),
    (lambda: sigkit.log_mel(X, fs=8000, delta_width=4), ValueError, "delta_width=4"),
    (lambda: sigkit.log_mel(X, fs=8000, delta_method="diff"), ValueError, "delta_method='diff'"),
    (lambda: sigkit.log_mel(X, fs=8000, layout="tfc"), ValueError, "layout='tfc'"),
    (lambda: sigkit.log_mel(X, fs=8000, lengths=101), ValueError, "lengths"),
    (lambda: sigkit.log_mel(X[None], fs=8000, lengths=[1.0]), TypeError, "lengths"),
    (lambda: sigkit.log_mel(X[None], fs=8000, lengths=[1, 2]), ValueError, "lengths"),
    (lambda: sigkit.log_mel(X[None], fs=8000, lengths=[-1]), ValueError, "lengths"),
    (lambda: sigkit.mel_filters(sr=8000, n_fft=64, dtype=np.int32), ValueError, "dtype=int32"),
    (lambda: sigkit.mel_filters(sr=8000, n_fft=64, dtype="nothing"), TypeError, "dtype"),
    (lambda: sigkit.mel_filters(sr=8000, n_fft=64, norm="l1"), ValueError, "norm='l1'"),
    (lambda: sigkit.mel_filters(sr=8000, n_fft=64, htk="yes"), TypeError, "htk"),
    (lambda: sigkit.melspectrogram(), TypeError, "y, S"),
    (lambda: sigkit.melspectrogram(X, S=X), TypeError, "y, S"),
    (lambda: sigkit.melspectrogram(S=X), ValueError, "S"),
    (lambda: sigkit.melspectrogram(X, win_length=4096), ValueError, "win_length=4096"),
    (lambda: sigkit.melspectrogram(X, pad_mode="wrap"), ValueError, "pad_mode='wrap'"),
    (lambda: sigkit.melspectrogram(X, power=0), ValueError, "power=0"),
    (lambda: sigkit.melspectrogram(X, center=1), TypeError, "center"),
    (lambda: sigkit.mfcc(X, n_mfcc=129), ValueError, "n_mfcc=129"),
    (lambda: sigkit.mfcc(X, dct_type=4), ValueError, "dct_type=4"),
    (lambda: sigkit.mfcc(X, norm="slaney"), ValueError, "norm='slaney'"),
    (lambda: sigkit.mfcc(X, lifter=-1), ValueError, "lifter=-1"),
    (lambda: sigkit.mfcc(S=X), ValueError, "S"),
    (lambda: sigkit.mfcc(S=X[None], dct_type=1, n_mfcc=1), ValueError, "dct_type=1"),
    (lambda: sigkit.delta(X, width=4), ValueError, "width=4"),
    (lambda: sigkit.delta(X, width=1), ValueError, "width=1"),
    (lambda: sigkit.delta(X, order=0), ValueError, "order=0"),
    (lambda: sigkit.delta(X, width=5, polyorder=5), ValueError, "polyorder=5"),
    (lambda: sigkit.delta(X, method="regression", mode="interp"), ValueError, "mode='interp'"),
    (lambda: sigkit.delta(X, method="regression", polyorder=1), ValueError, "polyorder=1"),
    (lambda: sigkit.delta(X, mode="reflect"), ValueError, "mode='reflect'"),
    (lambda: sigkit.delta(X, axis=1), ValueError, "axis=1"),
    (lambda: sigkit.delta(X, delta=0), ValueError, "delta=0"),
    (lambda: sigkit.stack_deltas(X), ValueError, "axis=-2"),
    (lambda: sigkit.stack_deltas(X, axis=0, stack_axis=2), ValueError, "stack_axis=2"),
    (lambda: sigkit.stack_deltas(X, axis=0, width=2), ValueError, "width=2"),
    (lambda: sigkit.stack_deltas(1.0), ValueError, "features"),
    (lambda: sigkit.pcen(X, b=2), ValueError, "b=2"),
    (lambda: sigkit.pcen(X[None, None], max_size=2), ValueError, "max_axis"),
    (lambda: sigkit.pcen(X[None], max_size=2, max_axis=-1), ValueError, "max_axis=-1"),
    (lambda: sigkit.pcen(X, ref=X[1:]), ValueError, "ref"),
    (lambda: sigkit.pcen(X[None], zi=np.zeros((2, 2))), ValueError, "zi"),
    (lambda: sigkit.pcen(X, gain=-1), ValueError, "gain=-1"),
    (lambda: sigkit.pcen(X, time_constant=0), ValueError, "time_constant=0"),
    (lambda: sigkit.cmvn(X), ValueError, "features"),
    (lambda: sigkit.cmvn(X[None], window=0), ValueError, "window=0"),
    (lambda: sigkit.cmvn(X[None], window=5, center=False, min_window=6), ValueError, "min_window=6"),
    (lambda: sigkit.cmvn(X[None], variance=1), TypeError, "variance"),
    (lambda: sigkit.cmvn(X[None], window=5, lengths=1), ValueError, "lengths"),
    (lambda: sigkit.cmvn(X[None], lengths=[1]), ValueError, "lengths"),
    (lambda: sigkit.cmvn(X[None], floor=-1), ValueError, "floor=-1"),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_wrong_arguments_are_named(number):
    call, error, message = WRONG[number]
    with pytest.raises(error) as told:
        call()
    assert message in str(told.value)

"""Features against the tools whose conventions they follow: in their own versions where these are installed, and always
against what they returned when tests/vectors/make_features.py was run.

Measured is the natural logarithm, and the bound 1e-4. The tools compute in single precision somewhere (tables,
transforms, or both), which a band far below its frame shows: where `resolution` says so, that comes on top.
"""

import json
import pathlib

import numpy as np
import pytest
import reference_features as oracle
import scipy.signal

import sigkit

HERE = pathlib.Path(__file__).parent
VECTORS = np.load(HERE / "vectors" / "features.npz")
SPEECH = HERE.parent.parent / "shared" / "data" / "jfk.flac"
FS = 16000
DECIBEL = 10 / np.log(10)
LOG10 = 1 / np.log(10)

# What `log_mel` is told beside the preset, what the tool calls its own, and one in its logarithm in nepers.
PRESETS = {
    "librosa": ({"preset": "librosa", "layout": "ft"}, DECIBEL),
    "torchaudio": ({"preset": "torchaudio", "layout": "ft"}, DECIBEL),
    "torchaudio_kaldi": ({"preset": "kaldi", "n_mels": 80}, 1),
    "torchaudio_kaldi_edges": ({"preset": "kaldi", "n_mels": 80, "edges": "symmetric"}, 1),
    "kaldi_native": ({"preset": "kaldi", "n_mels": 80}, 1),
    "kaldi_native_hann": (
        {"preset": "kaldi", "n_mels": 80, "window": "hann", "preemphasis": 0, "remove_dc": False, "n_fft": 400}, 1),
    "whisper": ({"preset": "whisper", "layout": "ft"}, LOG10 / 4),
    "whisper_torch": ({"preset": "whisper", "layout": "ft"}, LOG10 / 4),
}  # fmt: skip
SINGLE_TABLES = {"torchaudio", "kaldi"}
"""Those whose tools compute filters in single precision."""
DOUBLE = {"librosa", "whisper"}
"""Tools that compute in double precision when they are given it (librosa's filters are single all the same)."""


def scaled(x, name):
    return 32768 * x if "kaldi" in name else x


def conventions(options):
    """A preset, spelt out."""
    table = {
        "librosa": (2048, 512, 2048, "hann", "constant", 0, False, "slaney", "slaney", 0, 128),
        "torchaudio": (400, 200, 400, "hann", "reflect", 0, False, "htk", None, 0, 128),
        "kaldi": (400, 160, 512, "povey", "snip", 0.97, True, "kaldi", None, 20, 23),
        "whisper": (400, 160, 400, "hann", "reflect", 0, False, "slaney", "slaney", 0, 80),
    }
    names = ("frame_length", "hop_length", "n_fft", "window", "edges", "preemphasis", "remove_dc", "mel_scale", "norm",
             "fmin", "n_mels")  # fmt: skip
    return dict(zip(names, table[options["preset"]], strict=True)) | {k: v for k, v in options.items() if k != "preset"}


def resolution(x, options, eps):
    """How far rounding at `eps` moves the logarithm of each band: (hardly ever farther, never farther).

    A transform is within 2 eps of its own norm, so that its bins are off by 2 eps of that of their frame, at random,
    and by 8 eps log2(n) of it at most; corners of filters are off by 4 eps of themselves, and weights by that over
    their width.
    """
    c = conventions(options)
    length, n = c["frame_length"], c["n_fft"]
    starts = oracle.frame_starts(len(x), length, c["hop_length"], n, c["edges"])
    if options["preset"] == "whisper":
        starts = starts[:-1]
    extended = np.pad(np.asarray(x, float), n, mode={"snip": "constant"}.get(c["edges"], c["edges"]))
    frames = np.array([extended[n + s : n + s + length] for s in starts])
    window = oracle.window_of(c["window"], length).astype(float)
    size = np.sqrt(((frames * window) ** 2).sum(axis=1, keepdims=True))
    if c["remove_dc"]:
        frames = frames - frames.mean(axis=1, keepdims=True)
    frames = frames - c["preemphasis"] * np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    magnitude = abs(np.fft.rfft(frames * window, n))
    filters = {"sr": FS, "n_fft": n, "n_mels": c["n_mels"], "fmin": c["fmin"], "mel_scale": c["mel_scale"]}
    weights = oracle.mel_filters(**filters, norm=c["norm"]).astype(float)
    mel = np.maximum(magnitude**2 @ weights.T, 1e-10)
    typical, most = 2 * eps * size, 8 * eps * np.log2(2 * n) * size
    usual = 4 * np.sqrt((2 * magnitude * typical) ** 2 @ (weights**2).T) + typical**2 * weights.sum(axis=1)
    worst = (2 * magnitude * most + most**2) @ weights.T
    hz = np.arange(1 + n // 2) * FS / n
    top = np.array([hz[row > 0].max() if row.any() else 0 for row in weights]) + FS / n
    width = np.array([max((row > 0).sum(), 1) for row in weights]) * FS / n / 2
    wide = np.apply_along_axis(np.convolve, 1, weights > 0, np.ones(3), mode="same") > 0
    shift = (4 * eps * top / np.minimum(width, FS / n) * weights.max(axis=1))[:, None]
    tables = magnitude**2 @ (wide * shift).T * (options["preset"] in SINGLE_TABLES)
    return (usual + tables) / mel, (worst + tables) / mel


def assert_parity(name, got, expected, x, capsys, exact=False):
    options, unit = PRESETS[name]
    assert got.shape == expected.shape
    error = abs(got - expected.astype(np.float64)) / unit
    usual, worst = (np.zeros(error.shape),) * 2
    if not exact:
        usual, worst = resolution(x, options, np.finfo(np.float32).eps)
        if options.get("layout") == "ft":
            usual, worst = usual.T, worst.T
    resolved = error[usual < 1e-4]
    with capsys.disabled():
        print(f"\n{name} {got.dtype}: largest difference {error.max():.1e} nepers; {resolved.max():.1e} where float32 "
              f"resolves the band ({resolved.size / error.size:.0%})")  # fmt: skip
    assert resolved.size > error.size / 3, "bands that say nothing"
    assert resolved.max() <= 1e-4
    excess = error - 1e-4 - worst
    place = np.unravel_index(np.argmax(excess), error.shape)
    assert excess[place] <= 0, f"{error[place]:.2g} at {place}, where float32 explains {worst[place]:.2g}"


# ------------------------------------------------------------------------------------------------------- vectors


def test_vectors_name_their_tools():
    versions = json.loads(str(VECTORS["versions"]))
    assert {"librosa", "torchaudio", "kaldi-native-fbank", "transformers"} <= versions.keys()
    assert (HERE / "vectors" / "make_features.py").exists()
    assert (HERE / "vectors" / "features.npz").stat().st_size < 200_000


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", PRESETS)
def test_presets_equal_the_vectors(name, dtype, capsys):
    x = scaled(VECTORS["x"], name).astype(dtype)
    got = sigkit.log_mel(x, fs=FS, **PRESETS[name][0])
    assert got.dtype == dtype
    assert_parity(name, got, VECTORS[name], x, capsys, exact=name in DOUBLE and dtype == np.float64)


def close(got, expected, scale=None):
    """Within what single precision keeps of the stored values."""
    scale = abs(expected).max() if scale is None else scale
    assert got.shape == expected.shape
    assert np.abs(got - expected).max() <= 1e-6 * scale


def test_the_other_functions_equal_the_vectors():
    x, features, energies = VECTORS["x"].astype(np.float64), VECTORS["features"], VECTORS["energies"].astype(np.float64)
    close(sigkit.mfcc(x, sr=FS, n_mfcc=13, lifter=22), VECTORS["librosa_mfcc"])
    close(sigkit.mel_filters(sr=FS, n_fft=256, n_mels=20, htk=True, norm=np.inf, fmin=50), VECTORS["librosa_filters"])
    options = {"n_fft": 300, "win_length": 200, "hop_length": 250, "n_mels": 12, "center": False, "power": 1.0}
    close(sigkit.melspectrogram(x, sr=FS, **options), VECTORS["librosa_melspectrogram"])
    close(sigkit.delta(features, axis=0), VECTORS["librosa_delta"])
    close(sigkit.delta(features, axis=0, order=2, width=7, mode="mirror"), VECTORS["librosa_delta2"])
    close(sigkit.delta(features, axis=0, method="regression"), VECTORS["torchaudio_delta"])
    close(sigkit.stack_deltas(features)[..., 2], VECTORS["torchaudio_delta2"])
    close(sigkit.pcen(energies, sr=FS, hop_length=160), VECTORS["librosa_pcen"])
    close(sigkit.pcen(energies, gain=0.8, bias=10, power=0.25, max_size=3, b=0.05), VECTORS["librosa_pcen_max"])
    close(sigkit.cmvn(features, window=9), VECTORS["torchaudio_cmn"])
    close(sigkit.cmvn(features, window=9, min_window=5, center=False, variance=False), VECTORS["torchaudio_cmn_left"])


def test_kaldi_coefficients_as_the_docstring_says():
    x = 32768 * VECTORS["x"].astype(np.float64)
    coefficients = sigkit.mfcc(S=sigkit.log_mel(x, fs=FS, preset="kaldi", layout="ft"), n_mfcc=13)
    lifted = coefficients * (1 + 11 * np.sin(np.pi * np.arange(13) / 22))[:, None]
    # 1e-4 in each of 23 bands, of weight sqrt(2 / 23), lifted twelvefold
    assert np.abs(lifted.T - VECTORS["torchaudio_kaldi_mfcc"]).max() <= 1e-4 * np.sqrt(2 * 23) * 12


# --------------------------------------------------------------------------------------------- the tools themselves


def tool(name):
    """The module, or a skip; torchaudio may be there without being able to load its library."""
    try:
        return pytest.importorskip(name, reason=f"{name} is not installed: see the vectors")
    except (OSError, RuntimeError) as error:
        pytest.skip(f"{name} does not load: see the vectors ({error})")


@pytest.fixture(scope="module", params=["speech", "noise"])
def recording(request):
    if request.param == "noise":
        return np.random.default_rng(3).standard_normal(2 * FS).astype(np.float32)
    if not SPEECH.exists():
        pytest.skip("no recording of speech beside the checkout: see the vectors")
    soundfile = pytest.importorskip("soundfile")
    samples, rate = soundfile.read(SPEECH)
    return scipy.signal.resample_poly(samples.mean(axis=1), FS // 100, rate // 100).astype(np.float32)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_librosa(recording, dtype, capsys):
    librosa = tool("librosa")
    x = recording.astype(dtype)
    expected = librosa.power_to_db(librosa.feature.melspectrogram(y=x, sr=FS))
    got = sigkit.log_mel(x, fs=FS, preset="librosa", layout="ft")
    assert_parity("librosa", got, expected, x, capsys, exact=dtype == np.float64)
    coefficients = librosa.feature.mfcc(y=x.astype(float), sr=FS)
    assert np.abs(sigkit.mfcc(x.astype(float), sr=FS) - coefficients).max() <= 1e-4
    features = expected.astype(np.float64)
    for width, order, mode in ((9, 1, "interp"), (9, 2, "interp"), (5, 1, "nearest"), (7, 2, "wrap")):
        keywords = {"width": width, "order": order, "mode": mode}
        slopes = librosa.feature.delta(features, **keywords)
        assert np.abs(sigkit.delta(features, **keywords) - slopes).max() <= 1e-10
    energies = librosa.feature.melspectrogram(y=x.astype(float), sr=FS, power=1) * 2.0**31
    for keywords in ({}, {"max_size": 5}, {"power": 0}, {"bias": 0, "gain": 0.5}):
        expected = librosa.pcen(energies, sr=FS, **keywords)
        assert np.abs(sigkit.pcen(energies, sr=FS, **keywords) - expected).max() <= 1e-9 * expected.max()
    for keywords in ({"n_mels": 40, "htk": True}, {"norm": None, "fmax": 7000.0}, {"norm": 1}, {"norm": np.inf}):
        expected = librosa.filters.mel(sr=FS, n_fft=512, n_mels=keywords.pop("n_mels", 60), **keywords)
        got = sigkit.mel_filters(sr=FS, n_fft=512, n_mels=len(expected), **keywords)
        assert np.abs(got - expected).max() <= 2 * np.finfo(np.float32).eps * expected.max()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("edges", ["snip", "symmetric"])
def test_kaldi_native_fbank(recording, edges, capsys):
    kaldi = tool("kaldi_native_fbank")
    options = kaldi.FbankOptions()
    options.frame_opts.dither, options.mel_opts.num_bins = 0, 80
    options.frame_opts.snip_edges = edges == "snip"
    bank = kaldi.OnlineFbank(options)
    bank.accept_waveform(FS, (32768 * recording).tolist())
    bank.input_finished()
    expected = np.array([bank.get_frame(t) for t in range(bank.num_frames_ready)])
    name = "kaldi_native" if edges == "snip" else "torchaudio_kaldi_edges"
    for dtype in (np.float32, np.float64):
        x = 32768 * recording.astype(dtype)
        got = sigkit.log_mel(x, fs=FS, **PRESETS[name][0])
        assert_parity(name, got, expected, x, capsys)


@pytest.mark.filterwarnings("ignore")
def test_whisper(recording, capsys):
    tool("torch")
    transformers = tool("transformers")
    extractor = transformers.WhisperFeatureExtractor()
    padded = np.zeros(30 * FS, np.float32)
    padded[: recording.size] = recording
    expected = extractor(recording, sampling_rate=FS, return_tensors="np")["input_features"][0]
    for dtype in (np.float32, np.float64):
        got = sigkit.log_mel(padded.astype(dtype), fs=FS, preset="whisper", layout="ft")
        assert_parity("whisper_torch", got, expected, padded, capsys)
    exact = extractor._np_extract_fbank_features(padded.astype(float)[None], "cpu")[0]
    assert_parity("whisper", got, exact, padded, capsys, exact=True)


@pytest.mark.filterwarnings("ignore")
def test_torchaudio(recording, capsys):
    torch, torchaudio = tool("torch"), tool("torchaudio")
    transform = torchaudio.transforms.MelSpectrogram()
    for dtype, kind in ((np.float32, torch.float32), (np.float64, torch.float64)):
        x = recording.astype(dtype)
        expected = torchaudio.transforms.AmplitudeToDB()(transform.to(kind)(torch.from_numpy(x))).numpy()
        assert_parity("torchaudio", sigkit.log_mel(x, fs=FS, **PRESETS["torchaudio"][0]), expected, x, capsys)

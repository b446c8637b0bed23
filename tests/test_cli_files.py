"""`sigkit spectrogram` and `sigkit features`: the same numbers as one call, and what they refuse."""

import os
import pathlib
import re
import sys

import numpy as np
import pytest
import soundfile
from commands import COMMANDS, FS, fails, is_png, left, load, noise, recording
from processes import run_python

import sigkit
from sigkit import _command_features, _command_files
from sigkit.recordings import open_recording

DATA = pathlib.Path(__file__).resolve().parents[2] / "shared" / "data"


# ----------------------------------------------------------------------------------------------------- spectrograms


def test_default_spectrogram(run, folder):
    recording("x.wav")
    code, out, err = run("spectrogram", "x.wav")
    assert (code, err) == (0, "") and left(folder) == ["x-spectrogram.png", "x.wav"]
    assert is_png(folder / "x-spectrogram.png")
    assert out.splitlines() == ["recording    'x.wav', 20,000 samples at 8000 Hz",
                                "spectrogram  1,025 bins x 40 frames, 64 ms apart",
                                "figure       x-spectrogram.png"]  # fmt: skip


@pytest.mark.parametrize("options, keywords", [
    ([], {}),
    (["--n-fft", 256], {"n_fft": 256}),
    (["--n-fft", 255, "--hop-length", 100], {"n_fft": 255, "hop_length": 100}),
    (["--n-fft", 256, "--win-length", 99, "--window", "boxcar"], {"n_fft": 256, "win_length": 99, "window": "boxcar"}),
    (["--n-fft", 64, "--hop-length", 500], {"n_fft": 64, "hop_length": 500}),
    (["--quantity", "power"], {"db": False}),
    (["--quantity", "magnitude", "--scaling", "none"], {"db": False, "power": 1, "scaling": None}),
    (["--scaling", "density"], {"scaling": "density"}),
    (["--scaling", "none", "--quantity", "power"], {"db": False, "scaling": None}),
])
@pytest.mark.parametrize("once", [False, True])
def test_spectrogram_is_that_of_one_call(run, folder, monkeypatch, options, keywords, once):
    if not once:
        monkeypatch.setattr(_command_files, "NUMBERS", 1)  # blocks of 4096 samples
    samples = recording("x.wav")
    code, out, err = run("spectrogram", "x.wav", "-o", "a.png", "-o", "a.npy", "--output", "a.NPZ", *options)
    assert (code, err) == (0, "") and left(folder) == ["a.NPZ", "a.npy", "a.png", "x.wav"]
    keywords = {"fs": FS, "n_fft": 2048, "scaling": "spectrum", "db": True, "amin": 1e-20} | keywords
    expected = sigkit.spectrogram(samples, **keywords)
    array = np.load("a.npy")
    assert array.dtype == np.float32 and np.array_equal(array, expected)
    archive = load("a.NPZ")
    assert np.array_equal(archive["spectrogram"], expected)
    n_fft = keywords["n_fft"]
    hop = keywords.get("hop_length", keywords.get("win_length", n_fft) // 4)
    np.testing.assert_allclose(archive["frequencies"], np.fft.rfftfreq(n_fft, 1 / FS), rtol=1e-12)
    np.testing.assert_allclose(archive["times"], np.arange(expected.shape[1]) * hop / FS, rtol=1e-12)
    assert (archive["fs"], archive["n_fft"], archive["hop_length"]) == (FS, n_fft, hop)
    assert "array        a.npy" in out and "archive      a.NPZ" in out and is_png(folder / "a.png")


def test_spectrogram_of_iq(run, folder):
    """Two sides, 0 Hz in the middle: a tone below it is found there."""
    z = 0.7 * np.exp(-2j * np.pi * 250e3 / 2e6 * np.arange(40_000))
    np.round(z.view(np.float64) * 32767).astype("<i2").tofile("x.cs16")
    code, _, err = run("spectrogram", "x.cs16", "--fs", 2e6, "--n-fft", 512, "-o", "x.npz", "-o", "x.png")
    assert (code, err) == (0, "")
    found = load("x.npz")
    assert found["spectrogram"].shape[0] == 512 and found["frequencies"][0] == -1e6 and found["frequencies"][256] == 0
    assert found["frequencies"][found["spectrogram"][:, 40].argmax()] == -250e3
    # A tone of amplitude 0.7 has the power 0.49; I and Q are wrong by half a step of 16 bits each.
    assert abs(found["spectrogram"][:, 40].max() - 10 * np.log10(0.49)) < 20 * np.log10(1 + 2**-15 / 0.7)


def test_real_files(run, folder):
    if not DATA.is_dir():
        pytest.skip("no shared/data beside the checkout")
    code, out, err = run("spectrogram", DATA / "adsb_2mhz.cu8", "--fs", 2e6, "--n-fft", 128, "--hop-length", 32)
    assert (code, err) == (0, "") and "128 bins x 11,153 frames" in out and is_png(folder / "adsb_2mhz-spectrogram.png")
    code, out, err = run("features", DATA / "jfk.flac", "--deltas", 2, "--channel", 1)
    assert (code, err) == (0, "") and "1,101 x 80 x 3, 10 ms apart" in out and "channel 1 of 2" in out
    with open_recording(DATA / "jfk.flac") as file:
        expected = sigkit.log_mel(file[:, 1], fs=44_100, deltas=2)
    assert np.array_equal(load("jfk-features.npz")["features"], expected)


# --------------------------------------------------------------------------------------------------------- features


PRESETS = [None, "librosa", "torchaudio", "kaldi", "whisper"]


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("deltas", [0, 1, 2])
def test_features_are_those_of_one_call(run, folder, monkeypatch, preset, deltas):
    monkeypatch.setattr(_command_files, "NUMBERS", 1)
    monkeypatch.setattr(_command_features, "FRAMES", 7)
    soundfile.write("x.wav", noise(18_000) * np.linspace(0, 1, 18_000) ** 12, 16_000)  # over 80 dB: the limit counts
    with open_recording("x.wav") as file:
        samples = file.read()
    code, out, err = run("features", "x.wav", "--deltas", deltas, *(["--preset", preset] if preset else []),
                         *(["-o", "x-features.npz"] if deltas < 2 else []))
    assert code == 0 and left(folder) == ["x-features.npz", *["x-features.png"] * (deltas == 2), "x.wav"]
    assert not err or preset == "torchaudio" and "4 of 128 bands are empty" in err
    expected = sigkit.log_mel(samples, fs=16_000, preset=preset, deltas=deltas)
    found = load("x-features.npz")
    features = found["features"]
    assert features.shape == expected.shape and features.dtype == np.float32
    if preset == "whisper":
        # The limit is taken after (x + 4) / 4 instead of before: three roundings of numbers below 2, and of their
        # differences, whose weights sum up to 1 in every derivative.
        assert np.abs(features - expected).max() <= 6 * np.finfo(np.float32).eps
    else:
        assert np.array_equal(features, expected)
    bands = expected.shape[1]
    assert len(found["times"]) == len(expected) and found["mel_frequencies"].shape == (bands,)
    assert (np.diff(found["mel_frequencies"]) > 0).all() and 0 < found["mel_frequencies"][0] < 8000
    assert deltas < 2 or is_png(folder / "x-features.png")
    assert f"{len(expected)} x {bands}{f' x {1 + deltas}' if deltas else ''}, " in out


def test_options_of_features(run, folder):
    samples = recording("x.wav")
    code, _, err = run("features", "x.wav", "--n-mels", 20, "--n-fft", 512, "--frame-length", 300, "--hop-length", 70,
                       "--fmin", 100, "--fmax", 3000, "--top-db", 30, "-o", "a.npy")
    assert (code, err) == (0, "") and left(folder) == ["a.npy", "x.wav"]
    expected = sigkit.log_mel(samples, fs=FS, n_mels=20, n_fft=512, frame_length=300, hop_length=70, fmin=100,
                              fmax=3000, top_db=30)
    assert np.array_equal(np.load("a.npy"), expected) and np.ptp(expected) <= 30 * np.log(10) / 10 * 1.0001
    code, _, err = run("features", "x.wav", "--preset", "librosa", "--n-mels", 40, "--top-db", "inf", "-o", "b.npy")
    assert np.array_equal(np.load("b.npy"), sigkit.log_mel(samples, fs=FS, preset="librosa", n_mels=40, top_db=np.inf))


@pytest.mark.parametrize("preset, start", [("kaldi", 0.0125), ("librosa", 0.0), ("whisper", 0.0)])
def test_times_are_of_the_middle_of_frames(run, preset, start):
    """A click stands where its frame's time says."""
    samples = np.zeros(32_000)
    samples[16_000] = 0.9
    soundfile.write("x.wav", samples, 16_000)
    run("features", "x.wav", "--preset", preset, "-o", "x.npz")
    found = load("x.npz")
    assert found["times"][0] == start
    level = found["features"].sum(axis=1)
    assert abs(found["times"][level == level.max()].mean() - 1) <= found["hop_length"] / 16_000


def test_silence_and_gaps(run, folder):
    """Of no power at all, and of NaN: no warning, and the NaN in its frames only."""
    for name, samples in (("zeros", np.zeros(9000)), ("gap", np.where(np.arange(9000) == 5000, np.nan, noise(9000))),
                          ("nothing", np.full(9000, np.nan))):
        np.save(f"{name}.npy", samples)
        for command in COMMANDS:
            for options in ([], ["--quantity", "power"]) if command == "spectrogram" else ([], ["--preset", "whisper"]):
                options += [] if options else ["-o", "a.png"]
                code, _, err = run(command, f"{name}.npy", "--fs", 16_000, "-o", "a.npz", "--overwrite", *options)
                assert (code, err) == (0, "")
                values = next(iter(load("a.npz").values()))
                frames = np.isnan(values).any(axis=0 if command == "spectrogram" else 1)
                assert frames.sum() == {"zeros": 0, "nothing": len(frames)}.get(name, frames.sum())
                if name == "gap":
                    assert 1 <= frames.sum() <= 5


# --------------------------------------------------------------------------------------------- what may be read


@pytest.mark.parametrize("command", COMMANDS)
def test_channels(run, command):
    samples = recording("x.wav", channels=3)
    np.save("x.npy", samples)
    np.save("y.npy", samples.T)
    np.save("mono.npy", samples[:, 2])
    run(command, "mono.npy", "--fs", FS, "-o", "expected.npy")
    for number, source in enumerate((["x.wav"], ["x.npy", "--fs", FS], ["y.npy", "--fs", FS])):
        code, _, err = run(command, *source, "--channel", 2, "-o", f"{number}.npy")
        assert (code, err) == (0, "")
        assert np.array_equal(np.load(f"{number}.npy"), np.load("expected.npy"))


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("dtype", ["?", "i2", ">i4", "u8", "f2", ">f4", "f8", "g"])
def test_dtypes(run, command, dtype):
    samples = (noise(6000) * 100).astype(dtype)
    np.save("x.npy", samples)
    code, _, err = run(command, "x.npy", "--fs", FS, "-o", "a.npy")
    assert (code, err) == (0, "")
    narrow = samples.astype("f8") if dtype == "g" else samples
    if command == "spectrogram":
        expected = sigkit.spectrogram(narrow, scaling="spectrum", db=True, amin=1e-20)
    else:
        expected = sigkit.log_mel(narrow, fs=FS)
    got = np.load("a.npy")
    assert got.dtype == expected.dtype and np.array_equal(got, expected)


@pytest.mark.parametrize("n", [1, 2, 100, 1023, 1024, 1025, 4096, 4097])
@pytest.mark.parametrize("command", COMMANDS)
def test_short_recordings(run, folder, command, n):
    samples = recording("x.wav", n)
    code, _, err = run(command, "x.wav", "-o", "a.npy", *(["-o", "a.png"] if n == 1 else []))
    assert (code, err) == (0, "") and (n > 1 or is_png(folder / "a.png"))
    if command == "spectrogram":
        expected = sigkit.spectrogram(samples, scaling="spectrum", db=True, amin=1e-20)
    else:
        expected = sigkit.log_mel(samples, fs=FS)
    assert np.array_equal(np.load("a.npy"), expected)


def test_format_and_rate_of_the_users(run):
    recording("x.wav")
    os.rename("x.wav", "x.iq")
    code, out, _ = run("features", "x.iq", "--format", "audio", "--fs", 16_000, "-o", "x.npz")
    assert code == 0 and "at 16000 Hz" in out and load("x.npz")["fs"] == 16_000


def test_odd_names(run, folder):
    """Names reach the terminal and the figure, where dollars would be mathematics and other scripts missing glyphs."""
    for name in ("a$\\frac$b.npy", "two\nlines.npy", "\u5fc3\u96fb\u56f3.npy", "not utf-8 \udcff.npy"):
        np.save(folder / name, noise(3000))
        for command in COMMANDS:
            code, out, err = run(command, name, "--fs", FS)
            assert (code, err) == (0, "") and out.isascii()
            assert is_png(folder / f"{name[:-4]}-{command}.png")


# ---------------------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("options, says", [
    (["--fs", "0"], "--fs must be from 1e-6 to 1e12 Hz, got 0"),
    (["--fs", "nan"], "--fs must be from"),
    (["--fs", "1e300"], "--fs must be from"),
    (["--channel", "1"], r"--channel 1: 'x.wav' has 1 channel\(s\), counted from 0"),
    (["--channel", "-1"], "--channel -1"),
    (["--format", "mp3"], "format='mp3': expected one of"),
    (["--format", "cs16"], "carries no sampling frequency: pass --fs HZ"),
    (["--format", "npy"], "is not a .npy file"),
    (["--n-fft", "0"], "--n-fft=0: expected at least 1"),
    (["--n-fft", "-5"], "--n-fft=-5"),
    (["--hop-length", "0"], "--hop-length=0"),
    (["-o", "a.jpg"], "--output 'a.jpg': expected a name that ends in .png, .npy or .npz"),
    (["-o", "a"], "--output 'a': expected a name"),
    (["-o", "a.png", "-o", "b.png"], "--output 'b.png': a second .png"),
    (["-o", "missing/a.png"], "No such file or directory: 'missing/a.png'"),
    (["-o", "x.wav/a.png"], "Not a directory: 'x.wav/a.png'"),
    (["-o", "folder.png"], "--output 'folder.png': exists, and is no regular file"),
    (["-o", "folder.png", "--overwrite"], "is no regular file"),
])
def test_bad_options(run, folder, command, options, says):
    recording("x.wav")
    (folder / "folder.png").mkdir()
    fails(run, folder, command, "x.wav", *options, says=says)


@pytest.mark.parametrize("arguments, says", [
    (["spectrogram", "--hop-length", str(10**20)], f"--hop-length={10**20}: expected at most"),
    (["spectrogram", "--n-fft", str(2**63 - 1)], f"--n-fft={2**63 - 1}: expected at most"),
    (["features", "--hop-length", str(2**63)], f"--hop-length={2**63}: expected at most"),
    (["features", "--preset", "whisper"], "--fs=8000: expected 16000 with --preset='whisper'.* sigkit.resample_poly"),
    (["spectrogram", "--win-length", "4096"], "--win-length=4096: expected at most --n-fft=2048"),
    (["spectrogram", "--window", "glass"], "--window='glass': "),
    (["spectrogram", "--range", "0"], "--range must be above 0"),
    (["spectrogram", "--range", "nan"], "--range must be above 0"),
    (["features", "--n-mels", "0"], "--n-mels=0"),
    (["features", "--n-fft", "100"], "--n-fft=100: expected at least --frame-length, which is 200"),
    (["features", "--fmax", "5000"], "--fmax=5000.0: expected a finite number above 0, at most 4000"),
    (["features", "--fmin", "4000"], "--fmin=4000.0: expected less than --fmax"),
    (["features", "--top-db", "-1"], "--top-db=-1.0: expected a number, at least 0"),
    (["features", "--top-db", "nan"], "--top-db=nan"),
    (["features", "--preset", "kaldi", "--frame-length", "30000"], "'x.wav' is shorter than a frame of 30,000 samples"),
])
def test_bad_options_of_one(run, folder, arguments, says):
    recording("x.wav")
    fails(run, folder, arguments[0], "x.wav", *arguments[1:], says=says)


@pytest.mark.parametrize("command", COMMANDS)
def test_bad_recordings(run, folder, command):
    fails(run, folder, command, "missing.wav", says="No such file or directory: 'missing.wav'")
    (folder / "folder").mkdir()
    fails(run, folder, command, "folder", "--format", "npy", says="Is a directory: 'folder'")
    recording("x.wav")
    (folder / "half.wav").write_bytes((folder / "x.wav").read_bytes()[:1000])
    fails(run, folder, command, "half.wav", says="truncated: 40,000 bytes of samples claimed, 956 found")
    (folder / "odd.cs16").write_bytes(bytes(7))
    fails(run, folder, command, "odd.cs16", "--fs", 1, says="has 7 bytes, expected a multiple of 4")
    soundfile.write("none.wav", np.empty(0), FS)
    fails(run, folder, command, "none.wav", says="'none.wav' has no samples")
    np.save("object.npy", np.array([{}]), allow_pickle=True)
    fails(run, folder, command, "object.npy", "--fs", 1, says="Python objects, which are never unpickled")
    np.save("x.npy", noise(100))
    fails(run, folder, command, "x.npy", says="'x.npy' carries no sampling frequency: pass --fs HZ")
    fails(run, folder, command, "x.npy", "--fs", FS, "-o", "x.npy", "--overwrite", says="is the recording itself")
    os.link("x.npy", "y.npy")
    fails(run, folder, command, "x.npy", "--fs", FS, "-o", "y.npy", "--overwrite", says="is the recording itself")
    os.mkfifo("pipe.wav")
    fails(run, folder, command, "pipe.wav", says="is not a regular file")


def test_features_are_of_real_samples(run, folder):
    (folder / "x.cu8").write_bytes(bytes(8000))
    fails(run, folder, "features", "x.cu8", "--fs", 2e6, says="'x.cu8' holds complex samples")


@pytest.mark.parametrize("command", COMMANDS)
def test_recording_that_shrinks_while_it_is_read(run, folder, monkeypatch, command):
    np.save("x.npy", noise(50_000))
    monkeypatch.setattr(_command_files, "NUMBERS", 1)
    add = _command_files.Results.add
    monkeypatch.setattr(_command_files.Results, "add", lambda *args: os.truncate("x.npy", 1000) or add(*args))
    fails(run, folder, command, "x.npy", "--fs", FS, "-o", "a.npy", says="truncated: it was shortened")


@pytest.mark.parametrize("command", COMMANDS)
def test_warnings_are_lines(run, folder, command):
    recording("x.wav", 3000)
    content = bytearray((folder / "x.wav").read_bytes())
    content[40:44] = (4000).to_bytes(4, "little")
    (folder / "x.wav").write_bytes(content)
    code, _, err = run(command, "x.wav", "-o", "a.npy")
    assert code == 0
    assert err == (f"sigkit {command}: warning: 'x.wav': 2,000 bytes behind the samples that the header claims are not "
                   "read\n")


def test_a_range_beyond_float32_is_no_limit(run):
    recording("x.wav")
    arrays = []
    for value in ("1e300", "inf"):
        code, _, err = run("features", "x.wav", "--preset", "librosa", "--n-mels", 40, "--top-db", value, "-o",
                           f"{value}.npy")
        assert (code, err) == (0, "")
        arrays.append(np.load(f"{value}.npy"))
    assert np.array_equal(*arrays)


def test_spectrogram_of_three_points(run):
    """A quarter of which is no sample: the hop is one."""
    samples = recording("x.wav", 100)
    assert run("spectrogram", "x.wav", "--n-fft", 3, "-o", "a.npy", "--quantity", "power")[0] == 0
    assert np.array_equal(np.load("a.npy"), sigkit.spectrogram(samples, n_fft=3, hop_length=1, scaling="spectrum"))


def test_empty_bands_are_told(run):
    soundfile.write("x.wav", noise(44_100), 44_100)
    code, _, err = run("features", "x.wav", "--preset", "torchaudio", "-o", "a.npy")
    assert code == 0 and re.fullmatch(r"sigkit features: warning: 16 of 128 bands are empty: 400 points at .*\n", err)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("module, extra, options", [
    ("soundfile", "io", []), ("matplotlib.figure", "plot", ["-o", "a.png"]),
])
def test_missing_extras(run, folder, monkeypatch, command, module, extra, options):
    recording("x.wav")
    monkeypatch.setitem(sys.modules, module, None)
    fails(run, folder, command, "x.wav", *options, says=rf'{module} .*pip install "sigkit-dsp\[{extra}\]"')


def test_nothing_extra_for_arrays(run, monkeypatch):
    np.save("x.npy", noise(3000))
    for module in ("soundfile", "matplotlib.figure", "matplotlib", "tqdm"):
        monkeypatch.setitem(sys.modules, module, None)
    for command in COMMANDS:
        assert run(command, "x.npy", "--fs", FS, "-o", f"{command}.npy")[0] == 0


# -------------------------------------------------------------------------------------- the terminal, and memory


@pytest.mark.parametrize("command", COMMANDS)
def test_progress_bar(run, folder, monkeypatch, command):
    recording("x.wav")
    for terminal, installed, options, expected in (
        (True, True, [], True), (False, True, [], False), (True, False, [], False), (True, True, ["--quiet"], False),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(sys.stderr, "isatty", lambda terminal=terminal: terminal, raising=False)
            if not installed:
                patch.setitem(sys.modules, "tqdm", None)
            code, out, err = run(command, "x.wav", "-o", "a.npy", "--overwrite", *options)
        assert code == 0 and bool(out) == ("--quiet" not in options)
        assert ("20.0k/20.0k" in err or "0.00/20.0k" in err) == expected, (terminal, installed, options)
        assert expected or not err


MEMORY = """
import resource, sys
import soundfile, scipy.signal, scipy.fft
from sigkit import cli
assert cli.main([*{arguments!r}, "small.wav", "-o", "small.npz", "--quiet"]) == 0
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
before = peak()
assert cli.main([*{arguments!r}, "large.wav", "-o", "large.npz", "--quiet"]) == 0
print(peak() - before)
"""


@pytest.mark.parametrize("arguments", [
    ["spectrogram", "--n-fft", "512"], ["features"], ["features", "--preset", "whisper"],
])
def test_memory_does_not_grow(folder, arguments):
    """From two minutes to twelve: tens of MB of samples and results more, none of it kept."""
    soundfile.write("small.wav", np.tile(noise(16_000), 120), 16_000)
    soundfile.write("large.wav", np.tile(noise(16_000), 720), 16_000)
    grown = int(run_python(MEMORY.format(arguments=arguments)))
    size = (folder / "large.npz").stat().st_size
    print(f"{arguments}: {grown / 2**20:.1f} MiB more for a result of {size / 2**20:.0f} MiB")
    assert size > 20 << 20 and grown < 6 << 20


def test_commands_cost_only_what_they_need():
    """`sigkit features --help` in a process of its own brings neither SciPy nor matplotlib."""
    code = """
import sys
from sigkit import cli
try:
    cli.main(["features", "--help"])
except SystemExit as end:
    assert end.code == 0
print([name for name in ("scipy", "matplotlib", "soundfile", "tqdm") if name in sys.modules])
"""
    assert run_python(code).splitlines()[-1] == "[]"

"""``sigkit demo`` end to end on good and bad input, and the figure it draws with `sigkit.plot`."""

import importlib
import io
import os
import re
import struct
import subprocess
import sys

import numpy as np
import pytest
import pywt.data
import scipy.ndimage
import skimage.data
import soundfile
from matplotlib.figure import Figure
from processes import finish, start_python

import sigkit
from sigkit import _command_demo_figure, _command_demo_input, _command_demo_times, cli, demo, filters, plot

ECG = pywt.data.ecg()
CAMERA = skimage.data.camera()
ERROR = "sigkit demo: error: "
FAILED = 2  # the exit code of bad input, as of wrong arguments
EPS32 = 2.0**-24  # relative error of rounding to float32


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run the command with little to do; the exit code, what was printed, and the output folder."""
    monkeypatch.setattr(_command_demo_times, "LONG", 5000)
    monkeypatch.setattr(skimage.data, "camera", lambda: CAMERA[100:148, 200:264])

    def call(*arguments):
        folder = tmp_path / "out"
        code = cli.main(["demo", "--rounds", "1", "--output", str(folder), *map(str, arguments)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err, folder

    return call


def load(folder):
    with np.load(folder / "windows.npz", allow_pickle=False) as file:
        return dict(file)


def save(path, array, **options):
    np.save(path, array, **options)
    return path


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What the default record gives."""
    folder = tmp_path_factory.mktemp("expected")
    demo._save(demo._analyse(demo._read(None, 0, None), None, 0.7, None), folder / "windows.npz")
    return load(folder)


# ------------------------------------------------------------------------------------------------------- good input


def test_default_record_at_full_size(tmp_path):
    """The command as a user types it: files in the folder named, both tables, errors within sigkit's promise."""
    done = subprocess.run([sys.executable, "-m", "sigkit", "demo", "--rounds", "1", "--output", "found"], cwd=tmp_path,
                          capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "found" / "matches.png").read_bytes().startswith(b"\x89PNG\r\n")
    assert {"tensors.npz", "windows.npz", "matches.png"} == {path.name for path in (tmp_path / "found").iterdir()}
    jobs = ["sliding dot product", "convolve", "sliding Pearson", "spectrogram", "log-mel"]
    assert re.findall(rf"^ +({'|'.join(jobs)})(?: +[\d.]+ [um]s){{2}}", done.stdout, re.M) == 2 * jobs
    errors = re.findall(r"^ +(0|1?[\de+]+ sigma) +(\S+) +(\S+)$", done.stdout, re.M)
    assert [offset for offset, _, _ in errors] == 2 * ["0", "10000 sigma", "1e+06 sigma"]
    for offset, own, usual in errors:
        print(offset, own, usual)
        assert float(own) <= 1e-12
    assert "1,000,000 samples" in done.stdout and "880 of 880 windows" in done.stdout
    assert "image filters, 512 x 512 samples" in done.stdout
    table = done.stdout[done.stdout.index("image filters"):].splitlines()[2:]
    assert [line[4:32].split(",")[0] for line in table] == [job.split(",")[0] for job in ROUNDING]
    for line, (job, bound) in zip(table, ROUNDING.items(), strict=True):
        assert line.startswith(f"    {job}  ") and re.search(r"( +[\d.]+ [um]s){2} +[\d.]+x +\S+ +\S+$", line)
        own = float(line.split()[-2])
        print(job, own, bound)
        assert own <= bound


EPS = 2.0**-23  # of float32
ROUNDING = {  # the largest error allowed, in grey levels: the bound of sigkit.filters, on samples up to 255
    "gaussian_filter, sigma 2, float32": (17 + 17 + 2) * EPS * 255,
    "gaussian_filter, sigma 2, uint8": 0.5 + (17 + 17 + 2) * EPS * 255,
    "gaussian_laplace, sigma 2, float32": 2 * (17 + 17 + 2) * EPS * 255 * 0.25,  # sum(abs(w)) of a second derivative
    "Sobel's magnitude, float32": 2**0.5 * (3 + 3 + 2 + 1) * EPS * 255 * 8,
    "median_filter, 5 x 5, uint8": 0,
}


def test_finds_the_beats(run):
    code, out, err, folder = run()
    assert (code, err) == (0, "")
    found = load(folder)
    before = 60  # samples of the default template before its peak, at 360 Hz
    thirds = [(0, 341), (341, 682), (682, 1024)]  # the record holds three beats, each the highest of its third
    assert found["positions"].tolist() == [a + ECG[a:b].argmax() - before for a, b in thirds]
    assert found["fs"] == 360
    assert found["windows"].shape == (3, 1, 145) and found["windows"].dtype == np.float32
    assert "3 with r >= 0.7" in out and str(folder / "windows.npz") in out


def test_windows_are_normalised(run):
    found = load(run("--threshold", "-1", "--distance", "1")[3])
    windows = found["windows"].astype(np.float64)
    assert len(windows) > 20
    for window, position in zip(windows[:, 0], found["positions"], strict=True):
        raw = ECG[position:position + 145].astype(np.float64)
        exact = (raw - raw.mean()) / raw.std()
        # rounding to float32, and some float64 operations of far smaller error
        np.testing.assert_allclose(window, exact, rtol=1.01 * EPS32, atol=1e-12)
    # elements of mean square 1 that are each wrong by EPS32 of themselves
    assert np.abs(windows.mean(axis=-1)).max() <= 1.01 * EPS32
    assert np.abs(windows.var(axis=-1) - 1).max() <= 2.02 * EPS32


def test_tensors(run):
    """What is printed is what is saved, and shapes are those that networks take."""
    code, out, err, folder = run()
    with np.load(folder / "tensors.npz", allow_pickle=False) as file:
        tensors = dict(file)
    for name, array in tensors.items():
        assert f"  {name:<12}{array.dtype} {array.shape}, " in out
        assert array.dtype == {"lengths": np.int64, "mask": bool}.get(name, np.float32) and np.isfinite(array).all()
    assert tensors["lengths"].sum() == ECG.size and (tensors["mask"].sum(axis=1) == tensors["lengths"]).all()
    assert tensors["beats"].shape == (4, 1, tensors["lengths"].max()) and tensors["sequences"].shape == (3, 145, 1)
    cut = ECG[: tensors["lengths"][0]].astype(float)
    assert abs(tensors["beats"][0, 0, : cut.size] - (cut - cut.mean()) / cut.std()).max() <= 1e-6 * 6
    spectra = np.fft.fftshift(np.fft.fft2(CAMERA[100:148, 200:248].astype(float)))
    assert tensors["tiles"].shape == (1, 3, 48, 48)
    assert abs(tensors["tiles"][0, 0] - np.log(abs(spectra)))[abs(spectra) > 100].max() <= 1e-2


def test_coefficients_are_those_of_numpy(expected):
    template = ECG[458:603]  # round the median one of the three peaks, at 518
    exact = [np.corrcoef(ECG[p:p + 145], template)[0, 1] for p in expected["positions"]]
    assert np.abs(expected["coefficients"] - exact).max() <= 1e-12


@pytest.mark.parametrize("dtype, layout", [
    ("int16", "1-D"), (">f4", "1-D"), ("float64", "samples by channels"), ("longdouble", "samples by channels"),
    ("float16", "channels by samples"),
])
def test_arrays(run, tmp_path, expected, dtype, layout):
    samples = {"1-D": ECG, "samples by channels": np.stack([ECG[::-1], ECG], 1),
               "channels by samples": np.stack([ECG[::-1], ECG])}[layout].astype(dtype)
    code, _, err, folder = run("--input", save(tmp_path / "x.npy", samples), *(layout != "1-D") * ["--channel", 1])
    assert (code, err) == (0, "")
    for name, value in load(folder).items():
        np.testing.assert_array_equal(value, expected[name])


@pytest.mark.parametrize("name, subtype", [("x.wav", "PCM_16"), ("x.wav", "FLOAT"), ("x.flac", "PCM_24")])
def test_audio(run, tmp_path, expected, name, subtype):
    soundfile.write(tmp_path / name, np.stack([0 * ECG, ECG / 512], 1), 360, subtype=subtype)  # exact in 16 bits
    code, _, err, folder = run("--input", tmp_path / name, "--channel", 1)
    assert (code, err) == (0, "")
    found = load(folder)
    np.testing.assert_array_equal(found["positions"], expected["positions"])
    assert np.abs(found["coefficients"] - expected["coefficients"]).max() <= 2e-12


def test_sampling_frequency(run, tmp_path):
    soundfile.write(tmp_path / "x.wav", ECG / 512, 180)
    assert load(run("--input", tmp_path / "x.wav")[3])["windows"].shape[-1] == 73  # 1/6 s, the peak, 7/30 s
    assert load(run("--input", tmp_path / "x.wav", "--fs", 720)[3])["fs"] == 720


def test_template_of_the_user(run):
    found = load(run("--template", 500, 540, "--threshold", 0.9, "--distance", 30)[3])
    assert found["windows"].shape[-1] == 40 and 500 in found["positions"]
    assert (found["coefficients"] >= 0.9).all() and (np.diff(found["positions"]) >= 30).all()


def test_nan_costs_the_windows_that_hold_it(run, tmp_path):
    samples = ECG.astype(np.float64)
    samples[[200, 201]] = np.nan, np.inf
    code, out, err, folder = run("--input", save(tmp_path / "x.npy", samples), "--template", 458, 603)
    assert (code, err) == (0, "")
    assert load(folder)["positions"].tolist() == [458, 788]
    assert "1,022 samples: the record, its first finite samples" in out


def test_flat_stretches(run, tmp_path):
    samples = np.concatenate([ECG, np.full(3000, 7), ECG])
    code, out, err, folder = run("--input", save(tmp_path / "x.npy", samples))
    assert (code, err) == (0, "") and len(load(folder)["positions"]) == 6
    assert "nan" not in out


def test_an_artefact_is_not_the_template(run, tmp_path):
    samples = np.tile(ECG, 5).astype(np.float64)
    samples[2700] = 1e6
    assert len(load(run("--input", save(tmp_path / "x.npy", samples))[3])["positions"]) == 15


def test_long_record_is_drawn_in_part(run, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(plot, "matches", lambda signal, *args, matches=plot.matches, **options:
                        drawn.append(signal.size) or matches(signal, *args, **options))
    code, _, err, folder = run("--input", save(tmp_path / "x.npy", np.tile(ECG, 20)))
    assert (code, err) == (0, "") and drawn == [_command_demo_figure.EXCERPT * 145]
    assert len(load(folder)["positions"]) == 60


def test_odd_file_names(run, tmp_path):
    """Names reach the terminal and the figure, where dollars would be mathematics and other scripts missing glyphs."""
    for name in ("a$\\frac$b.npy", "two\nlines.npy", "\u5fc3\u96fb\u56f3.npy", "not utf-8 \udcff.npy"):
        code, out, err, _ = run("--input", save(tmp_path / name, ECG))
        assert (code, err) == (0, "")
        assert out.isascii()


def test_no_match_at_all(tmp_path):
    record = demo.Record(ECG.astype(np.float64), 360.0, "record")
    nothing = np.empty(0, np.int64)
    windows = demo._normalised(record.signal, nothing, 145)
    assert windows.shape == (0, 1, 145)
    found = sigkit.find_matches(np.zeros(880), 0.7)
    analysis = demo.Analysis(record, 458, 603, 0.7, np.zeros(880), found, windows)
    tensors = _command_demo_input.tensors(analysis, CAMERA)
    assert tensors["sequences"].shape == (0, 145, 1) and tensors["lengths"].tolist() == [1024]
    assert _command_demo_figure.draw(analysis, CAMERA, tensors, tmp_path / "x.png").stat().st_size > 10_000


def spectra(signal, fs, start, stop):
    """The axes of the two panels, rendered."""
    record = demo.Record(np.asarray(signal, np.float64), float(fs), "record")
    figure = Figure(layout="constrained")
    _command_demo_figure._panel_spectra(figure, demo._analyse(record, (start, stop), 0.9, None))
    figure.savefig(io.BytesIO())
    return figure.axes[:2]


def test_spectra_of_the_ecg():
    """Most of its power lies below 40 Hz, and more of it in beats; what the bands are is told as it is."""
    upper, lower = spectra(ECG, 360, 458, 603)
    (image,), (mesh,) = upper.images, lower.collections
    left, right, low, high = image.get_extent()
    rows, columns = image.get_array().shape
    power = 10 ** (np.asarray(image.get_array()) / 10)
    hz = low + (np.arange(rows) + 0.5) * (high - low) / rows
    seconds = left + (np.arange(columns) + 0.5) * (right - left) / columns
    np.testing.assert_allclose(hz, np.fft.rfftfreq(256, 1 / 360), rtol=0, atol=1e-9)
    assert power[hz < 40].sum() > 0.99 * power.sum()
    beats = [ECG[a:b].argmax() + a for a, b in ((0, 341), (341, 682), (682, 1024))]
    level = power[(hz > 10) & (hz < 40)].sum(axis=0)
    for beat in beats:
        assert level[np.abs(seconds - beat / 360).argmin()] > 10 * np.median(level)
    assert upper.get_title() == "spectrogram: frames of 500 ms every 50 ms"
    assert lower.get_title() == "log energy in 64 mel bands, equally wide: the mel scale is linear below 1 kHz"
    np.testing.assert_allclose(lower.get_xlim(), (0, 1023 / 360), rtol=1e-12)
    assert mesh.get_array().size == 64 * columns


def test_spectra_of_sound():
    tone = np.sin(2 * np.pi * 440 / 16_000 * np.arange(160_000))
    tone += 1e-3 * np.random.default_rng(1).standard_normal(tone.size)
    upper, lower = spectra(tone, 16_000, 80_000, 81_000)
    assert upper.get_title() == "spectrogram: frames of 25 ms every 10 ms"
    assert lower.get_title() == "log energy in 80 mel bands, as speech encoders take it"
    np.testing.assert_allclose(upper.get_xlim(), (70_000 / 16_000, 89_999 / 16_000), rtol=1e-12)  # as the trace above
    (image,) = upper.images
    low, high = image.get_extent()[2:]
    peak = np.asarray(image.get_array())[:, 60].argmax()
    assert abs(low + (peak + 0.5) * (high - low) / len(image.get_array()) - 440) <= 16_000 / 512


@pytest.mark.parametrize("signal, fs, start, stop", [
    ([1, 2, 4, 3], 1, 0, 2), ([1, 2, 4, 3], 1e12, 0, 3), ([1, 2, 4, 3], 1e-6, 1, 4), (ECG[:50], 8000, 0, 9),
    (np.where(np.arange(1024) % 300, ECG, np.nan), 360, 458, 590), (ECG * 1e55, 360, 458, 603),
    (ECG * 1e-55, 360, 458, 603), (np.where(np.arange(1024) % 5, np.nan, ECG), 360, 0, 0),
    (np.repeat([0.0, 1, 0], 5000), 16_000, 4990, 5010),
])
def test_spectra_of_odd_records(signal, fs, start, stop):
    """Drawn without a warning."""
    if stop:
        spectra(signal, fs, start, stop)
    else:  # nothing but gaps in all frames
        record = demo.Record(np.asarray(signal, np.float64), float(fs), "record")
        found = sigkit.find_matches(np.zeros(880), 0.7)
        analysis = demo.Analysis(record, 458, 603, 0.7, np.zeros(880), found, np.empty((0, 1, 145), np.float32))
        _command_demo_figure._panel_spectra(figure := Figure(), analysis)
        figure.savefig(io.BytesIO())


def test_photograph():
    """What is drawn of it is what the filters' counterparts give, and the median takes the noise away."""
    figure = Figure(layout="constrained")
    _command_demo_figure._panel_filters(figure, CAMERA)
    figure.savefig(io.BytesIO())
    drawn = {axes.get_title(): np.asarray(axes.images[0].get_array()) for axes in figure.axes}
    image, noisy, smooth, median, magnitude, direction, log, normal = drawn.values()
    assert np.array_equal(image, CAMERA)
    changed = noisy != image
    assert 0.09 < changed.mean() < 0.11 and {*np.unique(noisy[changed])} == {0, 255}
    assert "10% of its samples black or white" in drawn
    assert abs(smooth - scipy.ndimage.gaussian_filter(noisy.astype(float), 1.5)).max() <= 0.5 + 1e-4
    assert np.array_equal(median, scipy.ndimage.median_filter(noisy, 3))
    error = {name: np.abs(drawn[name].astype(float) - image).mean() for name in drawn if "filter," in name}
    assert error["median_filter, 3 x 3"] < error["gaussian_filter, sigma 1.5"] / 2
    exact = scipy.ndimage.gaussian_gradient_magnitude(image.astype(float), 1.5)
    assert abs(magnitude - exact).max() <= 1e-6 * exact.max()
    assert np.array_equal(np.isnan(direction), magnitude <= _command_demo_figure.STEEP)
    assert np.nanmin(direction) < -90 and np.nanmax(direction) > 90
    assert abs(log - scipy.ndimage.gaussian_laplace(image.astype(float), 2)).max() <= 1e-4
    assert np.array_equal(normal, filters.local_normalize(image, 16))


def test_photograph_without_a_network(tmp_path):
    """It lies in scikit-image's wheel."""
    code = """
import socket
def connect(*args, **options): raise OSError("no network")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = connect
import skimage.data
assert skimage.data.camera().shape == (512, 512)
"""
    empty = {**os.environ, "SKIMAGE_DATADIR": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=empty, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_references_of_the_filters():
    """Those of the table are what SciPy computes in float64."""
    image = CAMERA[:40, :56]
    exact = [reference for _, _, reference in _command_demo_times._filter_jobs(image).values()]
    x = image.astype(float)
    doubles = [scipy.ndimage.gaussian_filter(x, 2)] * 2 + [
        scipy.ndimage.gaussian_laplace(x, 2), np.hypot(scipy.ndimage.sobel(x, 0), scipy.ndimage.sobel(x, 1)),
        scipy.ndimage.median_filter(x, 5)]  # fmt: skip
    for reference, double in zip(exact, doubles, strict=True):
        assert abs(reference - double).max() <= 64 * 2.0**-52 * 255 * 8


# -------------------------------------------------------------------------------------------------------- bad input


def fails(run, *arguments, says):
    """The exit code, one line that says what is wrong, and nothing written."""
    code, _, err, folder = run(*arguments)
    print(err)
    assert code == FAILED
    assert err.startswith(ERROR) and err.count("\n") == 1 and re.search(says, err)
    assert not folder.exists()


def npy(header, body=b""):
    header = repr(header).encode("latin1")
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + body


def claims(descr, shape):
    return {"descr": descr, "fortran_order": False, "shape": shape}


def wav(samples=None):
    file = io.BytesIO()
    soundfile.write(file, ECG / 512 if samples is None else samples, 360, format="WAV")
    return file.getvalue()


BYTES = {  # what is wrong with files is test_recordings_damaged.py's; here, how it is told
    "empty.npy": (b"", "is not a .npy file"),
    "empty.wav": (b"", "is empty"),
    "text.wav": (b"They said", "is not WAV, FLAC or OGG audio"),
    "raw.raw": (bytes(1000), "does not say what it holds"),
    "iq.cs16": (bytes(1000), "must hold real numbers, got complex64"),
    "truncated.npy": (npy(claims("<f8", (1024,)), bytes(4096)), "truncated: 8,192 bytes claimed"),
    "none.npy": (npy(claims("<f8", (0,))), "too short: 0 samples"),
    "half.wav": (wav()[:1000], "truncated: 2,048 bytes of samples claimed, 956 found"),
    "nothing.wav": (wav(np.empty(0)), "too short: 0 samples"),
}
ARRAYS = {
    "nan": (np.full(1024, np.nan), "no finite sample"),
    "inf": (np.full(1024, np.inf), "no finite sample"),
    "constant": (np.ones(1024), "constant"),
    "short": (ECG[:3], "too short: 3 samples"),
    "shorter than a template": (ECG[:100], "--template"),
    "no beat": (np.where(np.arange(1024) % 20, ECG, np.nan), "no beat"),
    "complex": (ECG + 1j, "must hold real numbers, got complex128"),
    "three axes": (np.zeros((4, 4, 4)), "1-D or 2-D"),
    "records": (np.zeros(100, "f8,f4"), "must hold numbers"),
    "dates": (ECG.astype("M8[s]"), "must hold numbers"),
    "huge": (ECG * 1e300, "rescale"),
    "tiny": (ECG * 1e-300, "rescale"),
    "no channel": (np.zeros((1024, 0)), "0 channel"),
}


@pytest.mark.parametrize("name", BYTES)
def test_damaged_files(run, tmp_path, name):
    content, says = BYTES[name]
    (tmp_path / name).write_bytes(content)
    fails(run, "--input", tmp_path / name, says=says)


@pytest.mark.parametrize("name", ARRAYS)
def test_useless_arrays(run, tmp_path, name):
    samples, says = ARRAYS[name]
    fails(run, "--input", save(tmp_path / "x.npy", samples), says=says)


def test_paths(run, tmp_path):
    fails(run, "--input", tmp_path / "missing.wav", says="No such file")
    fails(run, "--input", tmp_path / "missing.npy", says="No such file")
    fails(run, "--input", tmp_path, says="Is a directory")
    os.mkfifo(tmp_path / "pipe.wav")
    fails(run, "--input", tmp_path / "pipe.wav", says="not a regular file")  # and no waiting for a writer
    fails(run, "--input", save(tmp_path / "x.npy", ECG) / "inside.npy", says="Not a directory")


def test_output_that_cannot_be(run, tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "folder"):
        code, out, err, _ = run("--output", folder)
        assert code == FAILED and err.startswith(ERROR) and "Not a directory" in err and err.count("\n") == 1
        assert out == ""  # before any work


DISK_FULL = """
import resource
import matplotlib.font_manager  # has a file of its own to write at times
from sigkit import _command_demo_times, cli
_command_demo_times.compare = _command_demo_times.compare_filters = lambda *args: None
assert {alone} or cli.main(["demo", "--output", "a/b"]) == 0
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
raise SystemExit(cli.main(["demo", "--output", "a/b", "--threshold", "0.5"]))
"""


def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    """Nothing, or the files of the run before."""
    monkeypatch.chdir(tmp_path)
    code, _, err = finish(start_python(DISK_FULL.format(alone=True)))
    assert code == FAILED and re.fullmatch(rf"{ERROR}.*File too large: 'a/b/matches.png'\n", err)
    assert not (tmp_path / "a").exists()
    code, _, err = finish(start_python(DISK_FULL.format(alone=False)))
    assert code == FAILED and err.count("\n") == 1
    folder = tmp_path / "a" / "b"
    assert {path.name for path in folder.iterdir()} == {"tensors.npz", "windows.npz", "matches.png"}
    assert (folder / "matches.png").stat().st_size > 50_000 and len(load(folder)["windows"]) == 3


def test_a_second_run_replaces_its_files(run):
    run()
    folder = run("--template", 500, 540)[3]
    assert load(folder)["windows"].shape[-1] == 40
    assert {path.name for path in folder.iterdir()} == {"tensors.npz", "windows.npz", "matches.png"}


def test_output_that_may_not_be_written(run, tmp_path, monkeypatch):
    """The superuser may write anywhere: so the system is asked, and here its answer is no."""
    asked = []
    monkeypatch.setattr(os, "access", lambda path, mode: asked.append((path, mode)))
    code, out, err, _ = run("--output", tmp_path / "new" / "folder")
    assert asked == [(tmp_path, os.W_OK | os.X_OK)]
    assert (code, out) == (FAILED, "") and err.startswith(ERROR) and "Permission denied" in err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("options, says", [
    (["--channel", "1"], r"--channel 1: pywt.data.ecg\(\) has 1 channel"),
    (["--channel", "-1"], "--channel must be at least 0, got -1"),
    (["--fs", "0"], "--fs must be from"),
    (["--fs", "nan"], "--fs must be from"),
    (["--fs", "inf"], "--fs must be from"),
    (["--fs", "1e300"], "--fs must be from"),
    (["--fs", "1e10"], "--template"),
    (["--fs", "1"], "--template"),
    (["--threshold", "nan"], "--threshold must be"),
    (["--threshold", "1.5"], "--threshold must be"),
    (["--distance", "0"], "--distance must be at least 1"),
    (["--rounds", "0"], "--rounds must be at least 1"),
    (["--template", "-5", "100"], "--template must be"),
    (["--template", "100", "100"], "--template must be"),
    (["--template", "100", "101"], "--template must be"),
    (["--template", "600", "1025"], "--template must be"),
    (["--template", str(2**70), str(2**71)], "--template must be"),
])
def test_bad_options(run, options, says):
    fails(run, *options, says=says)


def test_bad_templates(run, tmp_path):
    samples = ECG.astype(np.float64)
    samples[100], samples[300:400] = np.nan, 5
    path = save(tmp_path / "x.npy", samples)
    fails(run, "--input", path, "--template", 50, 150, says="holds NaN or Inf")
    fails(run, "--input", path, "--template", 310, 350, says="is constant")


def test_wrong_usage_ends_with_2(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["demo", "--template", "one", "two"])
    assert stop.value.code == FAILED
    assert f"{ERROR}argument --template: invalid int value: 'one'" in capsys.readouterr().err


@pytest.mark.parametrize("module, extra, options", [
    ("pywt.data", "demo", []), ("matplotlib.figure", "demo", []), ("scipy.signal", "demo", []),
    ("skimage.data", "demo", []), ("soundfile", "io", ["--input", "x.wav"]),
])
def test_missing_extra(run, tmp_path, monkeypatch, module, extra, options):
    (tmp_path / "x.wav").write_bytes(wav())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, module, None)
    code, _, err, _ = run(*options)
    assert code == FAILED and err.startswith(ERROR) and err.count("\n") == 1
    assert f'pip install "sigkit-dsp[{extra}]"' in err and module in err


# ------------------------------------------------------------------------------------------------------------- plot


def drawn(**options):
    r = sigkit.sliding_pearson(ECG, ECG[458:603])
    found = sigkit.find_matches(r, 0.7, 100)
    axes = Figure().subplots(2)
    result = plot.matches(ECG, r, found, 145, axes=axes, **options)
    assert tuple(result) == tuple(axes)
    return r, found, *result


def test_figure_shows_what_was_found():
    r, found, trace, coefficient = drawn(threshold=0.7)
    np.testing.assert_array_equal(trace.lines[0].get_ydata(), ECG)
    np.testing.assert_array_equal(coefficient.lines[0].get_ydata(), r)
    corners = [path.get_extents() for path in trace.collections[0].get_paths()]
    assert [(box.x0, box.x1) for box in corners] == [(p, p + 144) for p in found.positions]
    assert trace.get_ylim()[0] > ECG.min() - 50 and trace.get_ylim()[1] < ECG.max() + 50  # the trace sets the scale
    threshold, marks = coefficient.lines[1:]
    assert list(threshold.get_ydata()) == [0.7, 0.7]
    np.testing.assert_array_equal(marks.get_xydata(), np.transpose(found))
    assert coefficient.get_xlabel() == "samples"


def test_figure_in_seconds():
    _, found, trace, coefficient = drawn(fs=360.0, start=720)
    assert len(coefficient.lines) == 2  # no threshold was given
    assert trace.get_xlim() == (720 / 360, (720 + 1023) / 360)
    np.testing.assert_array_equal(coefficient.lines[1].get_xdata(), (720 + found.positions) / 360)
    assert coefficient.get_xlabel() == "time (s)"


def test_figure_makes_its_own_axes(monkeypatch):
    pyplot = importlib.import_module("matplotlib.pyplot")
    pyplot.switch_backend("Agg")
    trace, coefficient = plot.matches(ECG, np.zeros(880), ([], []), 145)
    assert trace.figure is coefficient.figure
    pyplot.close(trace.figure)


@pytest.mark.parametrize("change, says", [
    ({"signal": np.zeros((2, 512))}, "`signal` must be 1-D"),
    ({"coefficients": np.zeros(881)}, r"`coefficients` must have shape \(880,\)"),
    ({"template_length": 144}, r"`coefficients` must have shape \(881,\)"),
    ({"found": ([880], [1.0])}, "`found` must hold positions from 0 to 879"),
    ({"found": ([-1], [1.0])}, "`found` must hold positions from 0 to 879"),
    ({"fs": 0}, "fs=.*: expected a finite number above 0"),
    ({"fs": np.nan}, "fs=.*: expected a finite number above 0"),
])
def test_figure_refuses(change, says):
    options = {"signal": ECG, "coefficients": np.zeros(880), "found": ([], []), "template_length": 145} | change
    with pytest.raises(ValueError, match=says):
        plot.matches(**options, axes=Figure().subplots(2))


def test_figure_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r'pip install "sigkit-dsp\[plot\]"'):
        plot.matches(ECG, np.zeros(880), ([], []), 145)

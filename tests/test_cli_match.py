"""`sigkit match`: the matches of one call on all samples, in a table and a figure, and what it refuses."""

import contextlib
import os
import pathlib
import re
import signal
import time

import numpy as np
import pytest
import soundfile
from commands import FS, fails, is_png, left, noise
from processes import finish, run_python, start_python

import sigkit
from sigkit import _command_files, _command_match

PLACES = [700, 5000, 9000, 9120, 17_300]
WAVE = np.random.default_rng(8).uniform(-1, 1, 120) * np.hanning(120)


def beats(n=20_000, channels=1):
    """Noise with five copies of WAVE in its last channel, of any size, one of them upside down."""
    samples = 0.1 * noise(n, channels)
    line = samples if channels == 1 else samples[:, -1]
    for place, size in zip(PLACES, (0.4, 0.3, 0.35, 0.3, -0.4), strict=True):
        line[place : place + WAVE.size] += size * WAVE
    return samples


def table(name):
    """(header, rows of numbers)"""
    header, *rows = pathlib.Path(name).read_text(encoding="ascii").splitlines()
    return header, np.array([[float(word) for word in row.split(",")] for row in rows])


def expect(samples, template, threshold=0.7, distance=None):
    found = sigkit.find_matches(sigkit.sliding_pearson(samples, template), threshold, distance or len(template))
    assert found.positions.size
    return found


@pytest.fixture
def audio(folder):
    """x.wav; its samples."""
    soundfile.write("x.wav", beats(), FS, subtype="DOUBLE")
    np.save("wave.npy", WAVE)
    return beats()


# -------------------------------------------------------------------------------------------------------- recordings


def test_default(run, folder, audio):
    code, out, err = run("match", "x.wav", "--template", "wave.npy")
    assert (code, err) == (0, "") and left(folder) == ["wave.npy", "x-matches.csv", "x-matches.png", "x.wav"]
    assert is_png(folder / "x-matches.png")
    assert out.splitlines() == ["recording    'x.wav', 20,000 samples at 8000 Hz",
                                "matches      4 of a template of 120 samples, at 0.7 and above",
                                "table        x-matches.csv", "figure       x-matches.png"]  # fmt: skip
    header, rows = table("x-matches.csv")
    assert header == "sample,seconds,coefficient,channel"
    assert rows[:, 0].tolist() == PLACES[:4] and (rows[:, 3] == 0).all()
    assert np.array_equal(rows[:, 1], np.array(PLACES[:4]) / FS)
    assert rows[:, 2].tolist() == expect(audio, WAVE).coefficients.tolist()  # every digit is written


@pytest.mark.parametrize("options, keywords", [
    ([], {}),
    (["--threshold", 0.2], {"threshold": 0.2}),
    (["--threshold", -1], {"threshold": -1}),
    (["--threshold", 0.1, "--distance", 1], {"threshold": 0.1, "distance": 1}),
    (["--threshold", 0.1, "--distance", 5000], {"threshold": 0.1, "distance": 5000}),
    (["--distance", 121], {"distance": 121}),
])  # fmt: skip
@pytest.mark.parametrize("samples", [1, 1000, None])
def test_blocks_find_what_one_call_finds(run, folder, audio, monkeypatch, options, keywords, samples):
    """Blocks of four templates, of some, of all."""
    if samples:
        monkeypatch.setattr(_command_files, "SAMPLES", samples)
    code, _, err = run("match", "x.wav", "--template", "wave.npy", "-o", "a.csv", *options)
    assert (code, err) == (0, "") and left(folder) == ["a.csv", "wave.npy", "x.wav"]
    found = expect(audio, WAVE, **keywords)
    _, rows = table("a.csv")
    assert rows[:, 0].tolist() == found.positions.tolist()
    assert abs(rows[:, 2] - found.coefficients).max() < 2e-12


def test_templates_from_anywhere(run, folder, audio):
    """A part of the recording, of another one, of one of several channels."""
    part = audio[5000:5120]
    np.save("x.npy", audio)
    soundfile.write("part.wav", np.stack([0 * part, part], axis=1), FS, subtype="DOUBLE")
    soundfile.write("two.wav", np.stack([noise(20_000), audio], axis=1), FS, subtype="DOUBLE")
    np.save("part.npy", part)
    for number, arguments in enumerate([
        ["x.wav", "--part", "5000:5120"],
        ["x.wav", "--template", "x.wav", "--part", " 5000:5120 "],
        ["x.npy", "--fs", FS, "--template", "x.wav", "--part", "5000:5120"],
        ["x.wav", "--template", "part.npy"],
        ["two.wav", "--channel", 1, "--template", "part.wav"],
        ["two.wav", "--channel", 1, "--template", "part.npy"],
        ["two.wav", "--channel", 1, "--part", "5000:5120"],
    ]):  # fmt: skip
        code, _, err = run("match", *arguments, "-o", f"{number}.csv", "-o", f"{number}.png")
        assert (code, err) == (0, "")
        _, rows = table(f"{number}.csv")
        assert rows[:, 0].tolist() == PLACES[:4] and rows[1, 2] == pytest.approx(1, abs=1e-12)
        assert (rows[:, 3] == ("two.wav" in arguments)).all()


@pytest.mark.parametrize("dtype", ["i2", ">i4", "u8", "f2", ">f4", "f8", "g"])
def test_dtypes(run, folder, dtype):
    samples = ((beats() + 1) * 10_000).astype(dtype)
    np.save("x.npy", samples)
    code, _, err = run("match", "x.npy", "--fs", FS, "--part", "700:820", "-o", "a.csv", "-o", "a.png")
    assert (code, err) == (0, "") and is_png(folder / "a.png")
    narrow = samples.astype("f8") if dtype == "g" else samples
    found = expect(narrow, narrow[700:820])
    _, rows = table("a.csv")
    assert rows[:, 0].tolist() == found.positions.tolist()
    assert np.array_equal(rows[:, 2].astype(found.coefficients.dtype), found.coefficients)


def test_gaps_and_silence(run, folder):
    samples = beats()
    samples[5010], samples[12_000:14_000], samples[17_000:] = np.nan, 3, np.inf
    np.save("x.npy", samples)
    np.save("wave.npy", WAVE)
    code, _, err = run("match", "x.npy", "--fs", 1, "--template", "wave.npy")
    assert (code, err) == (0, "") and is_png(folder / "x-matches.png")
    assert table("x-matches.csv")[1][:, 0].tolist() == [PLACES[0], *PLACES[2:4]]
    np.save("x.npy", np.full(5000, 7))
    code, out, err = run("match", "x.npy", "--fs", 1, "--template", "wave.npy", "--overwrite")
    assert (code, err) == (0, "") and "matches      0 of" in out
    assert table("x-matches.csv") == ("sample,seconds,coefficient,channel", pytest.approx(np.empty(0)))


def test_template_as_long_as_the_recording(run, folder):
    np.save("x.npy", WAVE)
    code, _, err = run("match", "x.npy", "--fs", 1, "--template", "x.npy")
    assert (code, err) == (0, "") and table("x-matches.csv")[1].tolist() == [[0, 0, pytest.approx(1), 0]]


def test_progress_counts_every_sample_once(run, folder, audio, monkeypatch):
    counts = []

    @contextlib.contextmanager
    def progress(total, quiet):
        counts.append(-total)
        yield counts.append

    monkeypatch.setattr(_command_files, "SAMPLES", 1000)
    monkeypatch.setattr(_command_files, "progress", progress)
    assert run("match", "x.wav", "--template", "wave.npy", "-o", "b.csv", "--quiet") == (0, "", "")
    assert len(counts) > 20 and sum(counts) == 0 and min(counts[1:]) > 0


# ------------------------------------------------------------------------------------------------------------ images


@pytest.fixture
def pictures(folder):
    """coins.png, grey; colours.png with a copy of a part of it, and alpha."""
    import PIL.Image
    import skimage.data

    image = skimage.data.coins()
    PIL.Image.fromarray(image).save("coins.png")
    PIL.Image.fromarray(image).save("coins.jpg", quality=95)
    np.save("coins.npy", image)
    return image


def test_image(run, folder, pictures):
    code, out, err = run("match", "coins.png", "--part", "20:75,310:370", "--threshold", 0.5)
    assert (code, err) == (0, "") and is_png(folder / "coins-matches.png")
    assert out.splitlines()[0] == "image        'coins.png', 303 x 384 pixels"
    coefficients = sigkit.pearson.match_template(pictures.astype(float), pictures[20:75, 310:370].astype(float))
    found = sigkit.find_matches(coefficients, 0.5, 55)
    header, rows = table("coins-matches.csv")
    assert header == "row,column,coefficient"
    assert rows[:, :2].tolist() == found.positions.tolist() and [20, 310] in rows[:, :2].tolist()
    assert abs(rows[:, 2] - found.coefficients).max() <= 1e-6  # float32, as a PNG is read
    assert f"matches      {len(rows)} of a template of 55 x 60 pixels, at 0.5 and above" in out


def test_images_of_all_kinds(run, folder, pictures):
    import matplotlib.image

    colours = np.stack([pictures, pictures // 2, 255 - pictures, np.full_like(pictures, 255)], axis=-1)
    matplotlib.image.imsave("colours.png", colours)
    part = np.zeros((40, 50, 3), np.uint8)
    part[:] = pictures[30:70, 300:350, None]
    matplotlib.image.imsave("part.png", part)
    for arguments in (["coins.jpg"], ["coins.npy", "--format", "image"], ["coins.png"], ["colours.png"]):
        code, _, err = run("match", *arguments, "--template", "part.png", "-o", "a.csv", "--overwrite")
        assert (code, err) == (0, "")
        _, rows = table("a.csv")
        assert rows[rows[:, 2].argmax(), :2].tolist() == [30, 300] and rows[:, 2].max() > 0.97


def test_image_errors(run, folder, pictures):
    (folder / "half.png").write_bytes((folder / "coins.png").read_bytes()[:5000])
    (folder / "text.jpg").write_text("no image")
    (folder / "folder.png").mkdir()
    np.save("cube.npy", np.zeros((3, 4)) + 1j)
    part = ["--part", "0:9,0:9"]
    for arguments, says in [
        (["half.png", *part], "'half.png' is no image that can be read|truncated"),
        (["text.jpg", *part], "text.jpg|cannot identify image file"),
        (["folder.png", *part], "Is a directory: 'folder.png'"),
        (["none.png", *part], "No such file or directory: 'none.png'"),
        (["cube.npy", "--format", "image", *part], "holds complex samples"),
        (["coins.png", "--part", "0:9"], r"--part '0:9': expected START:STOP,START:STOP \(rows, columns\)"),
        (["coins.png", "--part", "0:9,380:390"], "expected START < STOP <= 384"),
        (["coins.png", "--fs", "3", *part], "--fs is of recordings"),
        (["coins.png", "--channel", "1", *part], "--channel is of recordings"),
        (["coins.png", "--template", "coins.wav"], "No such file or directory: 'coins.wav'"),
        (["coins.png", "--template", "coins.png", "-o", "coins.png", "--overwrite"], "is the recording itself"),
    ]:
        fails(run, folder, "match", *arguments, says=says)
    import matplotlib.image

    matplotlib.image.imsave("large.png", np.tile(pictures, (1, 2)), cmap="gray")
    matplotlib.image.imsave("flat.png", np.zeros((9, 9)), vmin=0, vmax=1, cmap="gray")
    fails(run, folder, "match", "coins.png", "--template", "large.png", says="303 x 768 pixels do not fit into 'coins")
    fails(run, folder, "match", "coins.png", "--template", "flat.png", says="'flat.png'.* is constant")


# -------------------------------------------------------------------------------------------------- errors and files


@pytest.mark.parametrize("options, says", [
    ([], r"what to look for\? Pass --template FILE2, or --part"),
    (["--part", "5"], "--part '5': expected START:STOP of whole numbers"),
    (["--part", "5:4"], "expected START < STOP <= 20,000, as 'x.wav' has"),
    (["--part=-5:4"], "--part"),
    (["--part", "0:20001"], "expected START < STOP <= 20,000"),
    (["--part", "0:9,0:9"], "--part '0:9,0:9': expected START:STOP of"),
    (["--part", "7:7"], "expected START < STOP"),
    (["--part", "7:8"], r"the template \('x.wav'\) is constant"),
    (["--template", "none.wav"], "No such file or directory: 'none.wav'"),
    (["--template", "wave.npy", "--part", "0:121"], "expected START < STOP <= 120, as 'wave.npy' has"),
    (["--template", "long.npy"], "--template 'long.npy': 30,000 samples, more than the 20,000 of 'x.wav'"),
    (["--template", "bad.npy"], r"the template \('bad.npy'\) holds NaN or infinity"),
    (["--template", "iq.npy"], "'iq.npy' holds complex samples"),
    (["--template", "none.npy"], "expected START < STOP <= 0"),
    (["--template", "other.wav"], "--template 'other.wav' is at 16000 Hz, 'x.wav' at 8000 Hz"),
    (["--template", "wave.npy", "--threshold", "1.5"], "--threshold must be from -1 to 1, got 1.5"),
    (["--template", "wave.npy", "--threshold", "nan"], "--threshold must be"),
    (["--template", "wave.npy", "--distance", "0"], "--distance must be from 1 to 1e15, got 0"),
    (["--template", "wave.npy", "--distance", "nan"], "--distance must be"),
    (["--template", "wave.npy", "--channel", "1"], "--channel 1: 'x.wav' has 1 channel"),
    (["--template", "wave.npy", "-o", "a.npy"], "--output 'a.npy': expected a name that ends in .csv or .png"),
    (["--template", "wave.npy", "-o", "a.csv", "-o", "b.CSV"], "a second .csv"),
    (["--template", "wave.npy", "-o", "none/a.csv"], "No such file or directory: 'none/a.csv'"),
    (["--template", "table.csv", "-o", "table.csv"], "'table.csv'"),
])
def test_bad_options(run, folder, audio, options, says):
    np.save("long.npy", noise(30_000))
    np.save("bad.npy", [1, np.nan, 3])
    np.save("iq.npy", WAVE + 1j)
    np.save("none.npy", np.empty(0))
    (folder / "table.csv").write_text("dear")
    soundfile.write("other.wav", WAVE, 16_000)
    fails(run, folder, "match", "x.wav", *options, says=says)
    assert (folder / "table.csv").read_text() == "dear"


def test_complex_recordings(run, folder):
    np.save("x.npy", beats() + 1j)
    fails(run, folder, "match", "x.npy", "--fs", 1, "--part", "0:99", says="'x.npy' holds complex samples")
    np.save("wave.npy", WAVE)
    fails(run, folder, "match", "x.npy", "--fs", 1, "--template", "wave.npy", says="'x.npy' holds complex samples")


def test_channels_of_the_template(run, folder, audio):
    np.save("three.npy", np.zeros((500, 3)) + noise(500)[:, None])
    soundfile.write("four.wav", np.zeros((2000, 4)) + noise(2000)[:, None], FS)
    np.save("two.npy", noise(500, 2))
    fails(run, folder, "match", "four.wav", "--channel", 3, "--template", "three.npy",
          says="--channel 3: --template 'three.npy' has 3 channels")  # fmt: skip


def test_failure_leaves_nothing(run, folder, audio, monkeypatch):
    (folder / "a.csv").write_text("dear")
    for error, code in ((MemoryError("full"), 2), (OSError(28, "No space left"), 2), (KeyboardInterrupt(), 130)):
        for owner, name in ((_command_match.MatchStream, "flush"), (_command_match._Table, "add"),
                            (_command_match._command_match_figure.RecordingFigure, "draw")):  # fmt: skip
            def fail(*args, error=error):
                raise error

            with monkeypatch.context() as patch:
                patch.setattr(owner, name, fail)
                done = run("match", "x.wav", "--template", "wave.npy", "-o", "a.csv", "-o", "a.png", "--overwrite")
            assert done[0] == code and done[1] == "" and done[2].count("\n") == (code == 2)
            assert left(folder) == ["a.csv", "wave.npy", "x.wav"] and (folder / "a.csv").read_text() == "dear"


DISK_FULL = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
from sigkit import cli
raise SystemExit(cli.main(["match", "x.wav", "--template", "wave.npy", "-o", {output!r}, "--threshold", "-1",
                           "--distance", "1"]))
"""


@pytest.mark.parametrize("output", ["a.csv", "a.png"])
def test_disk_that_fills_up(folder, audio, output):
    code, out, err = finish(start_python(DISK_FULL.format(output=output)))
    assert code == 2 and out == "" and left(folder) == ["wave.npy", "x.wav"]
    assert re.fullmatch(rf"sigkit match: error: .*File too large: '{output}'\n", err)


INTERRUPTED = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from sigkit import _command_match, cli
put = _command_match._put
def told(*args):
    if not told.sent:
        told.sent = True
        print("begun", flush=True)
    put(*args)
told.sent = False
_command_match._put = told
raise SystemExit(cli.main(["match", "x.npy", "--fs", "9", "--template", "wave.npy"]))
"""


@pytest.mark.parametrize("number, expected", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupt(folder, number, expected):
    with open("x.npy", "wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": (1 << 30,)})
        file.truncate(file.tell() + (4 << 30))  # a hole: no disk is used
    np.save("wave.npy", WAVE)
    process = start_python(INTERRUPTED)
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.3)
    assert process.poll() is None
    os.kill(process.pid, number)
    code, _, err = finish(process)
    assert (code, err) == (expected, "") and left(folder) == ["wave.npy", "x.npy"]


MEMORY = """
import resource, sys
from sigkit import cli
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
def match(name):
    assert cli.main(["match", name, "--fs", "100", "--template", "wave.npy", "--threshold", "-1", "--quiet"]) == 0
match("small.npy")
before = peak()
match("large.npy")
print(peak() - before)
"""


def test_memory_does_not_grow(folder, rng):
    """From 2 to 12 million samples: 40 MB of them, and as much of coefficients, none of it kept."""
    np.save("wave.npy", WAVE)
    np.save("small.npy", rng.standard_normal(2_000_000, dtype=np.float32))
    np.save("large.npy", np.tile(np.load("small.npy"), 6))
    grown = int(run_python(MEMORY))
    print(f"{grown / 2**20:.1f} MiB more")
    assert grown < 8 << 20
    assert len(table("large-matches.csv")[1]) > 5 * len(table("small-matches.csv")[1]) > 50_000


def test_help_needs_nothing():
    code = """
import sys
from sigkit import cli
try:
    cli.main(["match", "--help"])
except SystemExit as end:
    assert end.code == 0
print([name for name in ("scipy", "matplotlib", "soundfile", "tqdm") if name in sys.modules])
"""
    assert run_python(code).splitlines()[-1] == "[]"

"""`open_recording` on good files: every sample against NumPy or soundfile, whole, in slices and in blocks."""

import os
import pathlib
import subprocess
import sys
import threading

import numpy as np
import pytest
import soundfile
from processes import run_python

import sigkit
from sigkit import _audio, recordings
from sigkit.recordings import open_recording

DATA = pathlib.Path(__file__).resolve().parents[2] / "shared" / "data"


def audio(path, n, channels=1, fs=8000, **options):
    """Write noise; give what soundfile reads of it in float64, which holds all samples exactly."""
    rng = np.random.default_rng([n, channels])
    samples = rng.uniform(-0.9, 0.9, (n, channels) if channels > 1 else n)
    soundfile.write(path, samples, fs, **options)
    return soundfile.read(path, dtype="float64")[0]


def check_reads(recording, expected, rng):
    """Every way to ask for samples against an array of them."""
    n = len(expected)
    assert len(recording) == n and recording.shape == expected.shape and recording.ndim == expected.ndim
    keys = [np.s_[:], np.s_[: n // 2], np.s_[n // 3 :], np.s_[-5:], np.s_[5:2], np.s_[n:], np.s_[n + 9 :], np.s_[::-1],
            np.s_[::3], np.s_[n - 2 :: -7], np.s_[1 : n - 1 : 1000], np.s_[3:0:-1], np.s_[0:0:-1]]  # fmt: skip
    keys += [np.s_[a:b] for a, b in np.sort(rng.integers(0, n + 1, (12, 2)), axis=1)]
    for key in keys:
        got = recording[key]
        assert got.dtype == recording.dtype and got.shape == expected[key].shape
        assert got.flags.writeable and got.flags.owndata and got.flags.c_contiguous
        assert np.array_equal(got, expected[key]), key
    for i in (0, n - 1, -1, -n, np.int64(n // 2)) if n else ():
        assert np.array_equal(recording[i], expected[i])
    for i in (n, -n - 1):
        with pytest.raises(IndexError, match=f"index {i} is out of range"):
            recording[i]
    if expected.ndim == 2:
        assert np.array_equal(recording[2:9, 0], expected[2:9, 0])
        assert np.array_equal(recording[::2, ::-1], expected[::2, ::-1])
        if n:
            assert recording[0, -1] == expected[0, -1]
    for whole in (recording.read(), recording[()], np.asarray(recording), np.array(recording)):
        assert whole.dtype == recording.dtype and np.array_equal(whole, expected)
    for length, overlap in ((1000, 0), (1000, 300), (7, 6), (n + 1, n), (max(n, 1), 0)):
        if length < 8:
            length, overlap = max(n // 50, 2), 1
        blocks = list(recording.blocks(length, overlap))
        starts = range(0, max(n - overlap, 1), length - overlap) if n else ()
        assert len(blocks) == len(starts)
        for start, block in zip(starts, blocks, strict=True):
            assert np.array_equal(block, expected[start : start + length])
            assert block.flags.writeable and block.flags.owndata
        assert all(len(block) == length for block in blocks[:-1])


# ---------------------------------------------------------------------------------------------------------- audio


@pytest.mark.parametrize("name, options", [
    ("pcm16.wav", {"subtype": "PCM_16"}),
    ("u8.wav", {"subtype": "PCM_U8"}),
    ("pcm24.WAV", {"subtype": "PCM_24"}),
    ("pcm32.wav", {"subtype": "PCM_32"}),
    ("float.wav", {"subtype": "FLOAT"}),
    ("double.wav", {"subtype": "DOUBLE"}),
    ("ulaw.wav", {"subtype": "ULAW"}),
    ("adpcm.wav", {"subtype": "IMA_ADPCM"}),
    ("big-endian.wav", {"endian": "BIG"}),
    ("extensible.wav", {"format": "WAVEX"}),
    ("rf64.wav", {"format": "RF64"}),
    ("pcm16.flac", {"subtype": "PCM_16"}),
    ("pcm24.flac", {"subtype": "PCM_24"}),
    ("vorbis.ogg", {}),
    ("opus.opus", {"format": "OGG", "subtype": "OPUS"}),
    ("name without extension that matters.xyz", {"format": "FLAC"}),
])  # fmt: skip
@pytest.mark.parametrize("channels", [1, 2])
def test_audio(tmp_path, rng, monkeypatch, name, options, channels):
    monkeypatch.setattr(_audio, "PIECE", 4001)
    path = tmp_path / name
    expected = audio(path, 30_000, channels, **options)
    with open_recording(path) as recording:
        exact = np.float64 if options.get("subtype") in ("PCM_32", "DOUBLE") else np.float32
        assert recording.dtype == exact and recording.fs == 8000 and recording.duration == len(expected) / 8000
        assert recording.metadata["format"] in ("WAV", "WAVEX", "RF64", "FLAC", "OGG")
        assert recording.metadata["subtype"] == options.get("subtype", recording.metadata["subtype"])
        if not name.endswith((".ogg", ".opus")):
            assert np.array_equal(expected.astype(exact), expected), "the narrow float holds every sample"
        check_reads(recording, expected.astype(exact), rng)


@pytest.mark.parametrize("name, n", [
    ("x.wav", 0), ("x.wav", 1), ("x.wav", 2), ("x.flac", 1), ("x.flac", 2), ("x.ogg", 1), ("x.ogg", 2),
])  # fmt: skip
def test_few_samples_of_audio(tmp_path, rng, name, n):
    expected = audio(tmp_path / name, n, 2)
    with open_recording(tmp_path / name) as recording:
        assert recording.duration == n / 8000
        check_reads(recording, expected.astype(np.float32), rng)


def test_tags_and_a_rate_of_the_users(tmp_path):
    with soundfile.SoundFile(tmp_path / "x.flac", "w", 44100, 1) as file:
        file.title, file.artist = "A title", "Somebody"
        file.write(np.zeros(100))
    with open_recording(tmp_path / "x.flac", fs=48_000) as recording:
        assert recording.fs == 48_000 and isinstance(recording.fs, float)
        assert recording.metadata["title"] == "A title" and recording.metadata["artist"] == "Somebody"


def test_threads_share_a_file(tmp_path):
    expected = audio(tmp_path / "x.flac", 200_000).astype(np.float32)
    wrong = []
    with open_recording(tmp_path / "x.flac") as recording:
        def work(seed):
            for start in np.random.default_rng(seed).integers(0, 199_000, 30):
                if not np.array_equal(recording[start : start + 500], expected[start : start + 500]):
                    wrong.append(start)

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong


# ------------------------------------------------------------------------------------------------------------ npy


@pytest.mark.parametrize("dtype", "? i1 u1 <i2 >i2 i4 <u8 f2 <f4 >f4 f8 g <c8 >c16".split())
def test_array(tmp_path, rng, dtype):
    expected = rng.integers(0, 100, 5000).astype(dtype)
    np.save(tmp_path / "x.npy", expected)
    with open_recording(tmp_path / "x.npy") as recording:
        assert recording.dtype == np.dtype(dtype) and recording.fs is None and recording.duration is None
        assert recording.metadata == {"format": "npy"}
        check_reads(recording, expected, rng)


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize("axis", [0, 1, -1, -2])
@pytest.mark.parametrize("shape", [(3000, 3), (3, 3000), (1, 10), (0, 2), (2, 0)])
def test_array_of_channels(tmp_path, rng, shape, order, axis):
    stored = np.asarray(rng.standard_normal(shape), order=order)
    np.save(tmp_path / "x.npy", stored)
    expected = np.moveaxis(stored, axis, 0)
    if not expected.shape[1]:
        with pytest.raises(ValueError, match="has 0 channels"):
            open_recording(tmp_path / "x.npy", axis=axis)
        return
    with open_recording(tmp_path / "x.npy", fs=10, axis=axis) as recording:
        assert recording.duration == len(expected) / 10
        check_reads(recording, expected, rng)


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_versions_of_npy(tmp_path, rng, version):
    expected = rng.standard_normal(100)
    with open(tmp_path / "x.npy", "wb") as file:
        np.lib.format.write_array(file, expected, version=version)
    with open_recording(tmp_path / "x.npy") as recording:
        check_reads(recording, expected, rng)


def test_array_is_mapped_not_read(tmp_path):
    """`np.asarray` of 4 GiB costs nothing, and is read-only; a sigkit function takes a recording as an array."""
    with open(tmp_path / "x.npy", "wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": (1 << 30,)}
        np.lib.format.write_array_header_1_0(file, header)
        file.truncate(file.tell() + (4 << 30))  # a hole: no disk is used
    with open_recording(tmp_path / "x.npy") as recording:
        mapped = np.asarray(recording)
        assert mapped.shape == (1 << 30,) and not mapped.flags.writeable and not mapped[-3:].any()
        assert recording[-3:].tolist() == [0, 0, 0]
        with pytest.raises(ValueError, match="without a copy"):
            np.asarray(recording, dtype=np.float64, copy=False)
    np.save(tmp_path / "y.npy", np.arange(5.0))
    with open_recording(tmp_path / "y.npy") as recording:
        assert np.asarray(recording, np.float32).dtype == np.float32
        assert sigkit.sliding_dot_product(recording, [1, 1]).tolist() == [1, 3, 5, 7]
        copy = np.array(recording)
    assert copy.flags.writeable and copy.tolist() == [0, 1, 2, 3, 4]


# ------------------------------------------------------------------------------------------------------------ I/Q


def oracle(raw, kind):
    """In float64, rounded once."""
    pairs = raw.astype(np.float64).reshape(-1, 2)
    pairs = {"cu8": (pairs - 127.5) / 127.5, "cs8": pairs / 128, "cs16": pairs / 32768, "cf32": pairs}[kind]
    return pairs.view(np.complex128)[:, 0].astype(np.complex64)


@pytest.mark.parametrize("kind, stored, words", [
    ("cu8", "u1", "cu8 uc8 CU8"), ("cs8", "i1", "cs8 sc8 c8 ci8"), ("cs16", "<i2", "cs16 sc16 c16 ci16 C16"),
    ("cf32", "<f4", "cf32 fc32 cfile"),
])
def test_iq(tmp_path, rng, monkeypatch, kind, stored, words):
    monkeypatch.setattr(recordings, "_AT_ONCE", 1001)
    if kind == "cf32":
        raw = rng.standard_normal(20_000).astype(stored)
        raw[[10, 11]] = np.nan, np.inf
    else:
        limits = np.iinfo(stored)
        raw = rng.integers(limits.min, limits.max, 20_000, stored, endpoint=True)
        raw[:4] = limits.min, limits.max, limits.max, limits.min
    for word in words.split():
        raw.tofile(path := tmp_path / f"x.{word}")
        with open_recording(path, fs=2_000_000) as recording:
            assert recording.dtype == np.complex64 and recording.metadata == {"format": kind}
            assert recording.fs == 2e6 and recording.duration == 0.005
            got, expected = recording.read(), oracle(raw, kind)
            np.testing.assert_array_equal(got, expected)
            if kind == "cf32":
                raw[[10, 11]] = 0
                raw.tofile(path)
                expected = oracle(raw, kind)
            check_reads(recording, expected, rng)
    raw.tofile(tmp_path / "x.dat")
    with open_recording(tmp_path / "x.dat", format=words.split()[0]) as recording:
        np.testing.assert_array_equal(recording.read(), expected)


def test_full_scale_of_iq(tmp_path):
    (tmp_path / "x.cu8").write_bytes(bytes([0, 255, 127, 128]))
    (tmp_path / "x.cs8").write_bytes(bytes([0x80, 0x7F, 0, 64]))
    (tmp_path / "x.cs16").write_bytes(bytes([0, 0x80, 0xFF, 0x7F]))
    step = np.float32(0.5) / np.float32(127.5)
    expected = {"cu8": [-1 + 1j, step * (-1 + 1j)], "cs8": [-1 + 127j / 128, 0.5j], "cs16": [-1 + 32767j / 32768]}
    for kind, values in expected.items():
        with open_recording(tmp_path / f"x.{kind}") as recording:
            np.testing.assert_array_equal(recording.read(), np.array(values, np.complex64))


# ------------------------------------------------------------------------------------------------ real recordings


def real(name):
    if not (DATA / name).is_file():
        pytest.skip(f"no {name} in shared/data beside the checkout")
    return DATA / name


def test_speech(rng):
    path = real("jfk.flac")
    with open_recording(path) as recording:
        assert (recording.shape, recording.fs, recording.duration) == ((485_100, 2), 44_100, 11)
        check_reads(recording, soundfile.read(path, dtype="float32")[0], rng)


def test_aircraft(rng):
    path = real("adsb_2mhz.cu8")
    raw = np.fromfile(path, np.uint8)
    with open_recording(path, fs=2e6) as recording:
        assert recording.shape == (356_868,) and abs(recording.duration - 0.178) < 1e-3
        check_reads(recording, oracle(raw, "cu8"), rng)


# ------------------------------------------------------------------------------------------------ paths, life, use


def test_paths(tmp_path, monkeypatch):
    for name in ("a b.npy", "\u5fc3\u96fb\u56f3.npy", "two\nlines.npy", "not utf-8 \udcff.npy", "UPPER.NPY"):
        path = os.path.join(tmp_path, name)
        with open(path, "wb") as file:
            np.save(file, np.arange(3))
        for spelling in (path, os.fsencode(path), pathlib.Path(path)):
            with open_recording(spelling) as recording:
                assert recording.read().tolist() == [0, 1, 2] and recording.path == path
                assert repr(recording).isascii() and repr(recording).startswith("<Recording ")
        os.remove(path)
    audio(tmp_path / "x.wav", 10)
    os.rename(tmp_path / "x.wav", os.fsencode(tmp_path) + b"/\xff\xfe.wav")
    with open_recording(os.fsencode(tmp_path) + b"/\xff\xfe.wav") as recording:
        assert len(recording) == 10
    monkeypatch.chdir(tmp_path)
    np.save("y.npy", np.arange(3))
    os.symlink("y.npy", "z.npy")
    with open_recording("z.npy") as recording:
        assert len(recording) == 3


def test_closed(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(5))
    audio(tmp_path / "x.wav", 10)
    for name in ("x.npy", "x.wav"):
        with open_recording(tmp_path / name) as recording:
            kept = np.asarray(recording)
        recording.close()
        assert len(recording) == len(kept) and kept[1] != 99
        for use in (recording.read, lambda r=recording: r[0], lambda r=recording: np.asarray(r),
                    lambda r=recording: list(r.blocks(2))):
            with pytest.raises(ValueError, match="is closed"):
                use()


def test_refused_uses(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(5))
    with open_recording(tmp_path / "x.npy") as recording:
        for key in ("x", 1.0, None, ..., True, [0, 1], np.ones(5, bool)):
            with pytest.raises(TypeError, match="index"):
                recording[key]
        with pytest.raises(TypeError):
            iter(recording)
        for arguments, error, says in (((0,), ValueError, "length=0"), ((2, 2), ValueError, "overlap=2: expected less"),
                                       ((2, -1), ValueError, "overlap=-1"), ((2.0,), TypeError, "length")):
            with pytest.raises(error, match=says):
                recording.blocks(*arguments)  # at the call, not at the first block


@pytest.mark.parametrize("arguments, error, says", [
    ({"path": 3}, TypeError, "int"),
    ({"path": None}, TypeError, "NoneType"),
    ({"fs": "44100"}, TypeError, "fs: expected a real number"),
    ({"fs": True}, TypeError, "fs: expected a real number"),
    ({"fs": 1j}, TypeError, "fs: expected a real number"),
    ({"fs": [1, 2]}, TypeError, "fs: expected a real number"),
    ({"fs": 0}, ValueError, "fs=0: expected"),
    ({"fs": -1.5}, ValueError, "fs=-1.5: expected"),
    ({"fs": np.nan}, ValueError, "fs=nan: expected"),
    ({"fs": np.inf}, ValueError, "fs=inf: expected"),
    ({"fs": 10**400}, ValueError, "fs=1000.*: expected a finite number above 0"),
    ({"format": 16}, TypeError, "format: expected a string"),
    ({"format": "mp3"}, ValueError, "format='mp3': expected one of audio, npy, cu8"),
    ({"axis": 0.5}, TypeError, "axis: expected an integer"),
    ({"axis": 1}, ValueError, "axis=1: out of range"),
    ({"axis": -2}, ValueError, "axis=-2: out of range"),
])
def test_refused_arguments(tmp_path, arguments, error, says):
    np.save(tmp_path / "x.npy", np.arange(5))
    with pytest.raises(error, match=says):
        open_recording(**{"path": tmp_path / "x.npy", **arguments})


def test_without_soundfile(tmp_path, monkeypatch):
    """Only audio needs it."""
    audio(tmp_path / "x.wav", 10)
    np.save(tmp_path / "x.npy", np.arange(5))
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with open_recording(tmp_path / "x.npy") as recording:
        assert len(recording) == 5
    with pytest.raises(ImportError, match=r'pip install "sigkit-dsp\[io\]"'):
        open_recording(tmp_path / "x.wav")


MEMORY = """
import resource, sys
import numpy as np
from sigkit.recordings import open_recording
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
with open_recording({path!r}) as recording:
    total = 0
    recording[:1000]
    before = peak()
    for block in recording.blocks(100_000):
        total += len(block)
    print(total, peak() - before)
"""


@pytest.mark.parametrize("name", ["x.npy", "x.cs16", "x.wav"])
def test_memory_of_blocks(tmp_path, name):
    """60 million samples, a hole on the disk, block by block: less than 16 MiB, though 120 or more MB pass by."""
    path, n = tmp_path / name, 60_000_000
    if name == "x.wav":
        soundfile.write(path, np.zeros(1), 8000)
        header = bytearray(path.read_bytes()[:44])
        header[40:44] = (2 * n).to_bytes(4, "little")
        path.write_bytes(header)
    elif name == "x.npy":
        np.save(path, np.zeros(0, np.float32))
        with open(path, "wb") as file:
            np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": (n,)})
    else:
        path.touch()
    os.truncate(path, path.stat().st_size + n * {"x.npy": 4, "x.cs16": 4, "x.wav": 2}[name])
    total, grown = map(int, run_python(MEMORY.format(path=str(path))).split())
    print(f"{name}: {grown / 2**20:.1f} MiB")
    assert total == n and grown < 16 << 20


def test_opening_costs_nothing(tmp_path):
    """Neither SciPy nor soundfile comes with the module, nor with a file that needs neither."""
    np.save(tmp_path / "x.npy", np.arange(5))
    code = f"""
import sys
from sigkit.recordings import open_recording
with open_recording({str(tmp_path / "x.npy")!r}) as recording:
    assert recording[:].tolist() == [0, 1, 2, 3, 4]
print([name for name in ("scipy", "soundfile", "matplotlib") if name in sys.modules])
"""
    assert run_python(code) == "[]"
    assert subprocess.run([sys.executable, "-c", "import sigkit; sigkit.recordings.open_recording"]).returncode == 0

"""`open_recording` on what is broken, lies or is no recording at all: one clear error, nothing read short in silence,
nothing unpickled, and neither a crash nor a hang whatever the bytes are."""

import gc
import io
import os
import pickle
import struct

import numpy as np
import pytest
import soundfile
from conftest import SEED
from processes import run_python

from sigkit.recordings import open_recording

NOISE = np.random.default_rng(1).uniform(-0.9, 0.9, 20_000)


def encoded(samples=NOISE, fs=8000, **options):
    file = io.BytesIO()
    soundfile.write(file, samples, fs, **options)
    return file.getvalue()


def wav(**fields):
    """A WAV file of 100 samples in 16 bits, with fields of its header changed: offset and layout by name."""
    content = bytearray(encoded(NOISE[:100], format="WAV"))
    places = {"riff": (4, "<I"), "codec": (20, "<H"), "channels": (22, "<H"), "rate": (24, "<I"), "align": (32, "<H"),
              "bits": (34, "<H"), "data": (40, "<I")}  # fmt: skip
    for name, value in fields.items():
        struct.pack_into(places[name][1], content, places[name][0], value)
    return bytes(content)


def npy(header, body=b"", version=1):
    header = header if isinstance(header, bytes) else repr(header).encode("latin1")
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(header)) + header + body


def claims(descr, shape, fortran_order=False):
    return {"descr": descr, "fortran_order": fortran_order, "shape": shape}


def flac(total):
    """A FLAC file whose header claims so many samples."""
    content = bytearray(encoded(format="FLAC"))
    field = int.from_bytes(content[18:26], "big") >> 36 << 36 | total
    content[18:26] = field.to_bytes(8, "big")
    return bytes(content)


def page(flags, body=b""):
    """An OGG page without a checksum."""
    return b"OggS\0" + bytes([flags]) + bytes(20) + bytes([1, len(body)]) + body


WAV, FLAC, OGG = wav(), encoded(format="FLAC"), encoded(format="OGG")
AUDIO = "is not WAV, FLAC or OGG audio"
DAMAGED = {
    # no recordings
    "empty.wav": (b"", "is empty"),
    "empty.npy": (b"", "is not a .npy file, or is damaged"),
    "empty.cu8": (b"", "is empty"),
    "text.wav": (b"RIFF, they said", AUDIO),
    "text.flac": (b"fLaC, they said", "cannot be read: truncated or damaged"),
    "text.ogg": (b"OggS, they said", "does not end with the last page"),
    "text.txt": (b"There once was", AUDIO),
    "short.wav": (b"RI", AUDIO),
    "film.avi": (b"RIFF\0\0\0\0AVI LIST" + bytes(100), "another RIFF file"),
    "song.mp3": (encoded(format="MP3", subtype="MPEG_LAYER_III"), AUDIO),
    "tagged.mp3": (b"ID3\3\0\0\0\0\0\0" + encoded(format="MP3", subtype="MPEG_LAYER_III"), "but MP3|cannot be read"),
    "other.aiff": (encoded(format="AIFF"), AUDIO),
    "zip.npy": (b"PK\3\4" + bytes(100), "is not a .npy file"),
    "archive.npz": (b"PK\3\4" + bytes(100), AUDIO),
    # WAV
    "half.wav": (WAV[:144], "is truncated: 200 bytes of samples claimed, 100 found"),
    "one byte.wav": (WAV[:-1], "is truncated: 200 bytes of samples claimed, 199 found"),
    "header.wav": (WAV[:30], "cannot be read"),
    "no data.wav": (WAV[:36], "cannot be read"),
    "4 GiB.wav": (wav(riff=0xFFFFFFFF, data=0xFFFFFFFE), "is truncated: 4,294,967,294 bytes of samples claimed, 200"),
    "2 GiB.wav": (wav(data=0x7FFFFFFF), "is truncated: 2,147,483,647 bytes"),
    "no channels.wav": (wav(channels=0), r"is damaged: 0 channel\(s\) of 16 bits claimed in 2 bytes"),
    "channels.wav": (wav(channels=65535), r"is damaged: 65535 channel\(s\) of 16 bits claimed in 2 bytes"),
    "stereo.wav": (wav(channels=2), r"is damaged: 2 channel\(s\) of 16 bits claimed in 2 bytes"),
    "24 bits.wav": (wav(bits=24), r"is damaged: 1 channel\(s\) of 24 bits claimed in 2 bytes"),
    "blocks.wav": (wav(align=4), r"is damaged: 1 channel\(s\) of 16 bits claimed in 4 bytes"),
    "no blocks.wav": (wav(align=0, bits=0, channels=0), "cannot be read"),
    "zeros.wav": (WAV[:36] + bytes(32 << 20), "cannot be read"),  # at 8 bytes a step it would take ten seconds
    "chunks.wav": (WAV[:36] + b"junk\0\0\0\0" * 4_000_000, "is damaged: 10,000 chunks before its samples"),
    "no rate.wav": (wav(rate=0), "cannot be read"),
    "rate.wav": (wav(rate=0xFFFFFFFF), "cannot be read"),
    "no bits.wav": (wav(bits=0, align=0), "cannot be read"),
    "codec.wav": (wav(codec=0x1234), "cannot be read"),
    "stopped.wav": (wav(riff=0, data=0), "no samples claimed by its header, 200 bytes behind it"),
    "rf64.wav": (encoded(format="RF64")[:-1], "is truncated: 40,000 bytes of samples claimed, 39,999 found"),
    "big-endian.wav": (encoded(format="WAV", endian="BIG")[:-1], "is truncated: 40,000 bytes"),
    # FLAC and OGG
    **{f"{part}.flac": (FLAC[: int(part * len(FLAC))], "cannot be read") for part in (0.01, 0.5, 0.9999)},
    **{f"claims {n}.flac": (flac(n), "cannot be read") for n in (0, 20_001, 400_000, 2**36 - 1)},
    **{f"{part}.ogg": (OGG[: int(part * len(OGG))], "truncated or damaged") for part in (0.001, 0.01, 0.5, 0.9999)},
    "chained.ogg": (OGG + OGG, "several OGG streams"),
    "behind.ogg": (OGG + b"more", "does not end with the last page"),
    "no codec.ogg": (page(2, b"nothing known") + page(4), "cannot be read"),
    # .npy
    "magic.npy": (b"\x93NUMPY", "is not a .npy file"),
    "version.npy": (b"\x93NUMPY\x09\x00" + bytes(100), "version"),
    "cut off.npy": (npy(claims("<f8", (4,)))[:40], "is not a .npy file"),
    "header of 4 GiB.npy": (b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + bytes(100), "is not a .npy file"),
    "header of 100 kB.npy": (npy(repr(claims("<f8", (4,))).encode() + 100_000 * b" ", bytes(32), 2), "is not a .npy"),
    "code.npy": (npy("__import__('os').abort()"), "is not a .npy file"),
    "deep.npy": (npy(8000 * b"("), "is not a .npy file"),
    "minus.npy": (npy(9000 * b"-"), "is not a .npy file"),
    "newlines.npy": (npy(b"a\nb\nc\n"), "is not a .npy file"),
    "truncated.npy": (npy(claims("<f8", (1024,)), bytes(4096)), "truncated: 8,192 bytes claimed by its header, 4,096"),
    "enormous.npy": (npy(claims("<f8", (2**62,)), bytes(64)), "is truncated: 36,893,488,147,419,103,232 bytes"),
    "beyond.npy": (npy(claims("<f8", (10**30, 2)), bytes(64)), "is truncated"),
    "long.npy": (npy(claims("<f8", (2**62, 0)), bytes(0)), "has 0 channels"),
    "negative.npy": (npy(claims("<f8", (-8,)), bytes(64)), "is damaged"),
    "twice negative.npy": (npy(claims("<f8", (-8, -1)), bytes(64)), "is damaged"),
    "fortran.npy": (npy(claims("<f8", (10, 3), True), bytes(239)), "is truncated: 240 bytes"),
    "scalar.npy": (npy(claims("<f8", ()), bytes(8)), "must be 1-D or 2-D"),
    "cube.npy": (npy(claims("<f8", (2, 2, 2)), bytes(64)), "must be 1-D or 2-D"),
    "text.npy": (npy(claims("<U4", (4,)), bytes(64)), "must hold numbers, got dtype <U4"),
    "dates.npy": (npy(claims("<M8[s]", (8,)), bytes(64)), "must hold numbers"),
    "void.npy": (npy(claims("V0", (8,)), bytes(64)), "must hold numbers"),
    "fields.npy": (npy(claims([("a", "<f8")], (8,)), bytes(64)), "must hold numbers"),
    "nested.npy": (npy(claims(("<f8", (2,)), (4,)), bytes(64)), "is not a .npy file|must hold numbers|is damaged"),
    "object.npy": (npy(claims("|O", (1,)), pickle.dumps(1)), "Python objects, which are never unpickled"),
    "objects.npy": (npy(claims([("a", "|O")], (1,)), pickle.dumps(1)), "Python objects"),
    "no channels.npy": (npy(claims("<f8", (7, 0))), "has 0 channels"),
    # I/Q
    "odd.cu8": (bytes(7), "has 7 bytes, expected a multiple of 2 as cu8: truncated, or of another format"),
    "odd.cs8": (bytes(1), "has 1 bytes"),
    "odd.cs16": (bytes(1022), "has 1,022 bytes, expected a multiple of 4 as cs16"),
    "odd.cf32": (bytes(12), "has 12 bytes, expected a multiple of 8 as cf32"),
    # names that say nothing
    **{f"x{suffix}": (bytes(64), "give its format") for suffix in ("", ".iq", ".raw", ".bin", ".dat", ".pcm", ".DATA")},
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_files(tmp_path, name):
    content, says = DAMAGED[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=says) as caught:
        open_recording(tmp_path / name).read()
    text = str(caught.value)
    print(text)
    assert ascii(str(tmp_path / name)) in text and "\n" not in text and text.isprintable() and len(text) < 600


def test_whole_files_of_these_kinds(tmp_path):
    """Canary: what is damaged above is readable as it was."""
    whole = {"x.wav": WAV, "x.flac": FLAC, "y.flac": flac(20_000), "x.ogg": OGG, "r.wav": encoded(format="RF64"),
             "x.npy": npy(claims("<f8", (10, 3), True), bytes(240)), "x.cu8": bytes(8)}  # fmt: skip
    for name, content in whole.items():
        (tmp_path / name).write_bytes(content)
        with open_recording(tmp_path / name) as recording:
            assert len(recording.read()) == len(recording) > 0


def test_a_wav_from_a_pipe_has_no_size(tmp_path):
    for content in (wav(riff=0xFFFFFFFF, data=0xFFFFFFFF), wav(data=0xFFFFFFFF)):
        (tmp_path / "x.wav").write_bytes(content)
        with open_recording(tmp_path / "x.wav") as recording:
            assert np.array_equal(recording.read(), soundfile.read(io.BytesIO(WAV), dtype="float32")[0])


@pytest.mark.parametrize("name, content, says", [
    ("x.flac", flac(1000), "bytes behind the samples that the header claims are not read"),
    ("x.wav", wav(data=100), "100 bytes behind the samples that the header claims are not read"),
    ("x.npy", npy(claims("<f8", (2,)), bytes(40)), "24 bytes behind the array are not read"),
])
def test_more_than_the_header_claims_is_told(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    with pytest.warns(UserWarning, match=says) as caught, open_recording(tmp_path / name) as recording:
        assert len(recording.read()) == {"x.wav": 50, "x.npy": 2, "x.flac": 1000}[name]
    assert caught[0].filename == __file__


def test_chunks_behind_the_samples_are_normal(tmp_path):
    for behind in (b"LIST\4\0\0\0abcd", b"id3 \0\0\0\0", b"end"):
        (tmp_path / "x.wav").write_bytes(WAV + behind)
        with open_recording(tmp_path / "x.wav") as recording:
            assert len(recording.read()) == 100


@pytest.mark.parametrize("name", ["x.npy", "x.cs16", "x.cf32", "x.wav", "x.flac"])
def test_shortened_meanwhile(tmp_path, name):
    """By another program, behind our back: an error, not a bus error, and not fewer samples."""
    content = {"x.npy": npy(claims("<f4", (500_000,)), bytes(2_000_000)), "x.cs16": bytes(2_000_000),
               "x.cf32": bytes(4_000_000), "x.wav": encoded(np.tile(NOISE, 50), format="WAV"),
               "x.flac": encoded(np.tile(NOISE, 50), format="FLAC")}  # fmt: skip
    (tmp_path / name).write_bytes(content[name])
    with open_recording(tmp_path / name) as recording:
        assert len(recording[:10]) == 10
        os.truncate(tmp_path / name, 100_000)
        with pytest.raises(ValueError, match="truncated"):
            recording.read()
        with pytest.raises(ValueError, match="truncated"):
            recording[-10:]
        with pytest.raises(ValueError, match="truncated"):
            list(recording.blocks(1000))


class Touch:
    """Unpickling this makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_nothing_is_unpickled(tmp_path):
    trace = tmp_path / "unpickled"
    np.save(tmp_path / "object.npy", np.array([Touch(trace)], object), allow_pickle=True)
    (tmp_path / "pickle.npy").write_bytes(pickle.dumps(Touch(trace)))
    for name in ("object.npy", "pickle.npy"):
        for options in ({}, {"format": "npy"}, {"format": "audio"}):
            with pytest.raises(ValueError):
                open_recording(tmp_path / name, **options)
    assert not trace.exists()
    np.load(tmp_path / "object.npy", allow_pickle=True)[0].close()
    assert trace.exists()  # the trap works


@pytest.mark.parametrize("suffix", [".wav", ".npy", ".cs16"])
def test_what_is_no_regular_file(tmp_path, suffix):
    with pytest.raises(FileNotFoundError, match="No such file"):
        open_recording(tmp_path / f"missing{suffix}")
    (tmp_path / f"folder{suffix}").mkdir()
    with pytest.raises(IsADirectoryError, match="Is a directory"):
        open_recording(tmp_path / f"folder{suffix}")
    os.mkfifo(tmp_path / f"pipe{suffix}")
    with pytest.raises(ValueError, match="is not a regular file"):
        open_recording(tmp_path / f"pipe{suffix}")  # and no waiting for a writer
    os.symlink(tmp_path / f"loop{suffix}", tmp_path / f"loop{suffix}")
    with pytest.raises(OSError, match="symbolic links"):
        open_recording(tmp_path / f"loop{suffix}")
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        open_recording(tmp_path / "file" / f"x{suffix}")
    with pytest.raises(ValueError, match="null"):
        open_recording(f"a\0b{suffix}")
    with pytest.raises(ValueError, match="is not a regular file"):
        open_recording("/dev/zero", format="cs16")
    if os.geteuid():
        (tmp_path / f"secret{suffix}").touch(0)
        with pytest.raises(PermissionError):
            open_recording(tmp_path / f"secret{suffix}")


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs Linux to list the open files")
def test_no_file_stays_open(tmp_path):
    for name, (content, _) in DAMAGED.items():
        (tmp_path / name).write_bytes(content)
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    for name in DAMAGED:
        with pytest.raises(ValueError):
            open_recording(tmp_path / name)
    assert len(os.listdir("/proc/self/fd")) == before


# ----------------------------------------------------------------------------------------------------------- fuzzing

FUZZ = """
import faulthandler, pathlib, resource, sys, warnings
import numpy as np
from sigkit.recordings import open_recording
faulthandler.enable()
warnings.simplefilter("ignore")  # of the bytes behind
limit = 3 << 30
resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))
whole, path = pathlib.Path({whole!r}).read_bytes(), pathlib.Path({path!r})
EXTREMES = [0, 1, 2, 255, 256, 65535, 2**31 - 1, 2**31, 2**32 - 1, 2**32 - 2]
read = refused = 0
for seed in range({first}, {first} + {count}):
    rng = np.random.default_rng([seed, {number}])
    content = bytearray(whole)
    for _ in range(rng.integers(1, 5)):
        at = int(rng.integers(0, min(len(content), {header})))
        kind = rng.integers(0, 6)
        if kind == 0:
            content[at] = rng.integers(0, 256)
        elif kind == 1:
            content[at] ^= 1 << int(rng.integers(0, 8))
        elif kind == 2:
            content[at : at + 4] = int(rng.choice(EXTREMES)).to_bytes(4, rng.choice(["little", "big"]))
        elif kind == 3:
            content[at : at + int(rng.integers(1, 9))] = rng.bytes(int(rng.integers(0, 9)))
        elif kind == 4:
            content = content[: int(rng.integers(1, len(content) + 1))]
        else:
            content[at : at + 1] = rng.choice([b"9", b"-", b"(", b"0", b"'", b",", b"O", b"\\n", b"\\xff"])
    path.write_bytes(content)
    try:
        with open_recording(path) as recording:
            n = len(recording)
            assert n <= 8 * len(content) * 64, f"seed {{seed}}: {{n}} samples claimed of {{len(content)}} bytes"
            assert recording.read().shape == recording.shape, f"seed {{seed}}"
            assert recording[n // 2 :].shape == (n - n // 2, *recording.shape[1:]), f"seed {{seed}}"
            assert sum(map(len, recording.blocks(5000))) == n, f"seed {{seed}}"
        read += 1
    except (ValueError, OSError) as error:
        text = str(error)
        assert "\\n" not in text and text.isprintable() and len(text) < 600, f"seed {{seed}}: {{error!r}}"
        refused += 1
    except BaseException:
        print(f"seed {{seed}}", file=sys.stderr)
        raise
print(read, refused)
"""


@pytest.mark.parametrize("name, content, header, count", [
    ("x.wav", WAV, 64, 500),
    ("x-rf64.wav", encoded(NOISE[:500], format="RF64"), 128, 200),
    ("x-float.wav", encoded(NOISE[:500], format="WAV", subtype="FLOAT"), 128, 200),
    ("x-adpcm.wav", encoded(NOISE[:3000], format="WAV", subtype="IMA_ADPCM"), 128, 200),
    ("x.npy", npy(repr(claims("<f8", (50, 2))).encode() + b"\n", bytes(800)), 90, 500),
    ("x-version-2.npy", npy(repr(claims("<i2", (500,))).encode() + b"\n", bytes(1000), 2), 90, 200),
    ("x.flac", encoded(NOISE[:3000], format="FLAC"), 300, 300),
    ("x.ogg", encoded(NOISE[:3000], format="OGG"), 6000, 300),
    ("x-opus.ogg", encoded(NOISE[:3000], format="OGG", subtype="OPUS"), 3000, 200),
    ("x.cs16", bytes(1000), 1000, 50),
])  # fmt: skip
def test_mutated_files(tmp_path, name, content, header, count):
    """Either all of the samples that a header claims, or one of two errors; in a process of its own, to see a crash."""
    (tmp_path / "whole").write_bytes(content)
    code = FUZZ.format(whole=str(tmp_path / "whole"), path=str(tmp_path / name), first=SEED * 10_000, count=count,
                       number=len(name), header=header)
    read, refused = map(int, run_python(code).split())
    print(f"{name}: of {count} mutations from seed {SEED * 10_000} on {read} read in full, {refused} refused")
    assert read + refused == count and refused

"""The files that commands write: whole or not there, whatever stops a command, and older ones as they were."""

import os
import re
import signal
import stat
import time
from unittest import mock

import numpy as np
import pytest
import soundfile
from commands import COMMANDS, fails, left, noise, recording
from processes import finish, start_python

import sigkit
from sigkit import _command_files


@pytest.mark.parametrize("command", COMMANDS)
def test_existing_outputs_are_kept(run, folder, command):
    recording("x.wav")
    for name in ("a.npy", "a.npz", "a.png"):
        (folder / name).write_text("dear")
        code, out, err = run(command, "x.wav", "-o", "new.png" if name != "a.png" else "new.npy", "-o", name)
        assert (code, out) == (2, "")
        assert err == f"sigkit {command}: error: --output '{name}': exists; pass --overwrite to replace it\n"
        assert left(folder) == [name, "x.wav"] and (folder / name).read_text() == "dear"
        code, _, err = run(command, "x.wav", "-o", name, "--overwrite")
        assert (code, err) == (0, "") and (folder / name).stat().st_size > 1000
        os.remove(name)


def test_default_outputs_are_kept_too(run, folder):
    recording("x.wav")
    assert run("features", "x.wav")[0] == 0
    before = {name: (folder / name).read_bytes() for name in left(folder)}
    assert "x-features.npz': exists" in run("features", "x.wav")[2]
    assert {name: (folder / name).read_bytes() for name in left(folder)} == before


def test_an_output_that_appears_meanwhile_is_kept(run, folder, monkeypatch):
    recording("x.wav")
    save = _command_files.Results.save
    monkeypatch.setattr(_command_files.Results, "save", lambda *args, **options:
                        (folder / "a.png").write_text("dear") and save(*args, **options))
    code, _, err = run("spectrogram", "x.wav", "-o", "a.npy", "-o", "a.png")
    assert code == 2 and "'a.png': exists" in err
    assert left(folder) == ["a.png", "x.wav"] and (folder / "a.png").read_text() == "dear"


@pytest.mark.parametrize("where", ["process", "flush", "draw"])
@pytest.mark.parametrize("command", COMMANDS)
def test_failure_leaves_nothing(run, folder, monkeypatch, command, where):
    """And an older output as it was."""
    recording("x.wav")
    (folder / "a.npy").write_text("dear")
    owner = {"spectrogram": sigkit.SpectrogramStream, "features": sigkit.FeatureStream}[command]
    owner = _command_files.Results if where == "draw" else owner

    for error, code in ((MemoryError("full"), 2), (OSError(28, "No space left"), 2), (KeyboardInterrupt(), 130)):
        with monkeypatch.context() as patch:
            patch.setattr(owner, where, mock.Mock(side_effect=error))
            done = run(command, "x.wav", "-o", "a.npy", "-o", "a.npz", "-o", "a.png", "--overwrite")
        assert done[0] == code and done[1] == "" and done[2].count("\n") == (code == 2)
        assert left(folder) == ["a.npy", "x.wav"] and (folder / "a.npy").read_text() == "dear"


def test_outputs_in_other_folders(run, folder, tmp_path):
    recording("x.wav")
    (tmp_path / "there").mkdir()
    code, out, err = run("features", folder / "x.wav", "-o", tmp_path / "there" / "a.npy", "-o", "b.png")
    assert (code, err) == (0, "") and left(folder) == ["b.png", "x.wav"] and left(tmp_path / "there") == ["a.npy"]
    os.symlink(tmp_path / "there" / "a.npy", "link.npy")
    code, out, err = run("features", "x.wav", "-o", "link.npy", "--overwrite", "--preset", "kaldi")
    assert (code, err) == (0, "") and os.path.islink("link.npy")  # what it points to is replaced
    assert np.load(tmp_path / "there" / "a.npy").shape[1] == 23


def test_permissions_are_the_users(run, folder):
    recording("x.wav")
    mask = os.umask(0o027)
    try:
        assert run("spectrogram", "x.wav", "-o", "a.npy", "-o", "a.png", "-o", "a.npz")[0] == 0
    finally:
        os.umask(mask)
    for name, mode in (("a.npy", 0o600), ("a.png", 0o444), ("a.npz", 0o664)):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o640
        (folder / name).chmod(mode)
    older = (folder / "a.npy").read_bytes()
    options = ["-o", "a.npy", "-o", "a.png", "-o", "a.npz", "--overwrite"]
    assert run("spectrogram", "x.wav", "--n-fft", 64, *options)[0] == 0
    assert (folder / "a.npy").read_bytes() != older
    for name, mode in (("a.npy", 0o600), ("a.png", 0o444), ("a.npz", 0o664)):  # what was private is so again
        assert stat.S_IMODE((folder / name).stat().st_mode) == mode


def test_nobody_else_reads_a_private_output_in_the_making(run, folder, monkeypatch):
    recording("x.wav")
    (folder / "a.npy").touch(0o600)
    modes, save = [], _command_files.Results.save
    monkeypatch.setattr(_command_files.Results, "save", lambda *args, **options: save(*args, **options) or modes.extend(
        stat.S_IMODE((folder / name).stat().st_mode) for name in left(folder) if name.startswith(".")))
    assert run("features", "x.wav", "-o", "a.npy", "--overwrite")[0] == 0
    assert modes == [0o600]


LONG = "b" * 252 + ".png"  # a longer name than file systems take


@pytest.mark.parametrize("command", COMMANDS)
def test_a_name_that_cannot_be_is_told_before_the_work(run, folder, command):
    recording("x.wav")
    fails(run, folder, command, "x.wav", "-o", "ok.npy", "-o", LONG, says=f"File name too long: '{LONG}'")


@pytest.mark.parametrize("existing", [False, True])
@pytest.mark.parametrize("links", [False, True])
def test_a_name_that_fails_at_the_end_takes_the_others_back(run, folder, monkeypatch, existing, links):
    recording("x.wav")
    if existing:
        (folder / "a.npy").write_text("dear")
    replace = os.replace

    def refuse(source, target):
        if target.endswith("b.png"):
            raise OSError(5, "Input/output error", source, None, target)
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    if not links:
        monkeypatch.setattr(os, "link", mock.Mock(side_effect=PermissionError(1, "Operation not permitted")))
    code, out, err = run("features", "x.wav", "-o", "a.npy", "-o", "a.npz", "-o", "b.png", "--overwrite")
    assert (code, out, err) == (2, "", "sigkit features: error: [Errno 5] Input/output error: 'b.png'\n")
    assert left(folder) == ["a.npy"] * existing + ["x.wav"]
    assert not existing or (folder / "a.npy").read_text() == "dear"


def test_missing_recording_is_told_first(run, folder):
    (folder / "x-features.png").write_text("dear")
    fails(run, folder, "features", "x.wav", says="No such file or directory: 'x.wav'")


DISK_FULL = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
from sigkit import cli
raise SystemExit(cli.main({arguments!r}))
"""


@pytest.mark.parametrize("command, output, options", [
    ("spectrogram", "a.npy", []), ("spectrogram", "a.png", []), ("features", "a.npz", []),
    ("features", "a.npy", ["--preset", "librosa"]),
])
def test_disk_that_fills_up(folder, command, output, options):
    soundfile.write("x.wav", noise(300_000), 16_000)
    code, out, err = finish(start_python(DISK_FULL.format(arguments=[command, "x.wav", "-o", output, *options])))
    assert code == 2 and out == "" and left(folder) == ["x.wav"]
    assert re.fullmatch(rf"sigkit {command}: error: .*File too large: '{output}'\n", err)


INTERRUPTED = """
import os, signal, threading
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs start with SIGINT ignored
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # as nohup's with SIGHUP
from sigkit import {module}, cli, _command_files
add = _command_files.Results.add
def told(*args):
    if not told.sent:
        told.sent = True
        print("begun", flush=True)
    add(*args)
told.sent = False
_command_files.Results.add = told
raise SystemExit(cli.main({arguments!r}))
"""


@pytest.mark.parametrize("number, expected", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
@pytest.mark.parametrize("command", COMMANDS)
def test_interrupt(folder, command, number, expected):
    """Ctrl-C, or a machine that shuts down, in the middle of a recording of hours: an exit code that says so, no
    traceback, and nothing but the recording left."""
    with open("x.cs8" if command == "spectrogram" else "x.npy", "wb") as file:
        if command == "features":
            header = {"descr": "<f4", "fortran_order": False, "shape": (1 << 30,)}
            np.lib.format.write_array_header_1_0(file, header)
        file.truncate(file.tell() + (4 << 30))  # a hole: no disk is used
    arguments = [command, *os.listdir(), "--fs", "16000", "-o", "a.npy", "-o", "a.png"]
    process = start_python(INTERRUPTED.format(module=f"_command_{command}", arguments=arguments))
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.3)
    assert process.poll() is None
    os.kill(process.pid, number)
    code, _, err = finish(process)
    assert (code, err) == (expected, "") and len(left(folder)) == 1

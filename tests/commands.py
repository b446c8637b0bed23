"""For tests of the commands that read a recording: files of noise, and what a command leaves."""

import os
import re

import numpy as np
import soundfile

from sigkit.recordings import open_recording

FS = 8000
COMMANDS = ["spectrogram", "features"]


def noise(n, channels=1, seed=3):
    rng = np.random.default_rng(seed)
    return rng.uniform(-0.5, 0.5, (n, channels) if channels > 1 else n)


def recording(path, n=20_000, channels=1):
    """Write an audio file of noise; its samples as `open_recording` gives them."""
    soundfile.write(path, noise(n, channels), FS)
    with open_recording(path) as file:
        return file.read()


def load(path):
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def is_png(path):
    return path.read_bytes().startswith(b"\x89PNG\r\n") and path.stat().st_size > 5000


def left(folder):
    """The files that are there, hidden ones as well."""
    return sorted(os.listdir(folder))


def fails(run, folder, *arguments, says):
    """Exit code 2, one line that says what is wrong, and no file more than before."""
    before = left(folder)
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"sigkit {arguments[0]}: error: ") and err.count("\n") == 1 and re.search(says, err)
    assert left(folder) == before

"""Real signals and noise for tests of spectra: speech, I/Q, and what stands for them in every precision."""

from pathlib import Path

import numpy as np
import pytest

RECORDINGS = Path(__file__).resolve().parents[2] / "shared" / "data"


def _recording(name):
    path = RECORDINGS / name
    if not path.is_file():
        pytest.skip(f"no {path.name} in shared/data beside the checkout")
    return path


def speech():
    """Two seconds of float32 at 44.1 kHz, one channel."""
    soundfile = pytest.importorskip("soundfile")
    return np.ascontiguousarray(soundfile.read(_recording("jfk.flac"), stop=88_200, dtype="float32")[0][:, 0])


def iq():
    """Half of a tenth of a second of complex64 at 2 MHz."""
    raw = np.fromfile(_recording("adsb_2mhz.cu8"), np.uint8, 200_000)
    return ((raw.astype(np.float32) - 127.5) / 127.5).view(np.complex64)


def noise(rng=None, n=20_000, dtype=np.float64):
    rng = np.random.default_rng(0) if rng is None else rng
    dtype = np.dtype(dtype)
    parts = rng.standard_normal((n, 2))
    return (parts[:, 0] + 1j * parts[:, 1] if dtype.kind == "c" else parts[:, 0]).astype(dtype)

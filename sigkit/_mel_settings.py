"""What decides the bits of a log-mel feature, resolved from a preset and the caller's own values."""

import contextlib
import dataclasses
import functools
import math
import sys

import numpy as np

from sigkit import _array, _core, _deltas, _fft_plan, _mel, _windows

LOGS = ("ln", "log10", "db")
# edges= of `log_mel`: where frames lie, and what stands outside the signal.
EDGES = {
    "snip": ("snip", "constant"),
    "reflect": ("center", "reflect"),
    "constant": ("center", "constant"),
    "symmetric": ("middle", "symmetric"),
}


FILTER_FIELDS = ("fs", "n_fft", "n_mels", "fmin", "fmax", "mel_scale", "norm")


@dataclasses.dataclass(frozen=True)
class Settings:
    """Frame t holds `frame_length` samples from ``t * hop_length + origin`` on, then zeros up to `n_fft`."""

    fs: float
    n_mels: int
    frame_length: int
    hop_length: int
    n_fft: int
    window: object  # what `_mel.window` takes; samples as bytes of float64, so that settings can be a key
    fmin: float
    fmax: float
    mel_scale: str
    norm: object
    power: float
    framing: str  # "snip", "center" (on t * hop_length), "middle" (of each hop, as Kaldi)
    boundary: str  # "constant" (zero), "reflect", "symmetric", "edge"
    origin: int
    span: int  # samples that frame 0 of "snip" needs
    preemphasis: float = 0.0
    remove_dc: bool = False
    log: str | None = None
    floor: float = 0.0
    top_db: float = math.inf
    whisper: bool = False  # no last frame, (x + 4) / 4

    def count(self, n):
        """Frames of n samples."""
        if self.framing == "snip":
            return max(0, 1 + (n - self.span) // self.hop_length)
        if self.framing == "middle":
            return (n + self.hop_length // 2) // self.hop_length
        return n // self.hop_length + (n > 0 and not self.whisper)

    def filters(self, dtype=np.float64):
        return _mel.filters(**{name: getattr(self, name) for name in FILTER_FIELDS}, dtype=dtype)

    @property
    def unit(self):
        """Of the logarithm: what ``10 log10`` is multiplied by."""
        if self.log == "db":
            return 1.0 if self.power == 2 else 2.0
        return 0.1 if self.log == "log10" else math.log(10) / 10

    @property
    def top(self):
        """`top_db` in that unit."""
        return self.top_db * self.unit / (1 if self.power == 2 else 2)


_KALDI_EPSILON = 2.0**-23
_WHISPER_RATE = 16000
# What a preset says. Without `frame_length` and `hop_length` (or `hops` to a frame) these are 25 and 10 ms.
PRESETS = {
    None: {"n_mels": 80, "edges": "reflect", "mel_scale": "slaney", "norm": "slaney", "log": "ln"},
    "librosa": {
        "n_mels": 128, "frame_length": 2048, "hops": 4, "edges": "constant", "mel_scale": "slaney", "norm": "slaney",
        "log": "db", "top_db": 80.0, "delta_method": "savgol",
    },
    "torchaudio": {
        "n_mels": 128, "frame_length": 400, "hops": 2, "edges": "reflect", "mel_scale": "htk", "norm": "peak",
        "log": "db",
    },
    "kaldi": {
        "n_mels": 23, "edges": "snip", "mel_scale": "kaldi", "norm": "peak", "log": "ln", "window": "povey",
        "fmin": 20.0, "preemphasis": 0.97, "remove_dc": True, "floor": _KALDI_EPSILON, "delta_method": "kaldi",
    },
    "whisper": {
        "n_mels": 80, "frame_length": 400, "hop_length": 160, "edges": "reflect", "mel_scale": "slaney",
        "norm": "slaney", "log": "log10", "fmax": 8000.0, "top_db": 80.0,
    },
}  # fmt: skip
_COMMON = {
    "window": "hann", "fmin": 0.0, "fmax": None, "power": 2, "preemphasis": 0.0, "remove_dc": False, "floor": 1e-10,
    "top_db": math.inf, "deltas": 0, "delta_method": "regression",
}  # fmt: skip


OPTIONS = frozenset((
    "n_mels", "frame_length", "hop_length", "n_fft", "window", "fmin", "fmax", "mel_scale", "norm", "power", "edges",
    "preemphasis", "remove_dc", "log", "floor", "top_db", "deltas", "delta_method", "delta_width",
))  # fmt: skip
"""Keywords that `resolve` takes."""


def sampling_rate(fs, name="fs"):
    return _array.real(fs, name, above=0)


def window_key(spec, length):
    """A window that can be part of a key, checked: names and pairs as they are, samples as bytes."""
    samples = _mel.window(spec, length)
    if _windows.is_named(spec):
        with contextlib.suppress(TypeError):  # of parameters that are arrays, which are no key
            hash(spec)
            return spec
    return samples.tobytes()


def _samples_of(milliseconds, fs):
    """Rounded down."""
    samples = int(min(fs * milliseconds, sys.float_info.max)) // 1000
    if samples > _array.LONGEST:
        raise ValueError(f"fs={fs}: {milliseconds} ms hold more samples than an array can")
    return samples


def resolve(fs, preset, given):
    """(Settings, Deltas) for the keywords of `log_mel`; a keyword that is None takes the preset's value."""
    fs = sampling_rate(fs)
    if preset is not None:
        _array.choice(preset, "preset", [name for name in PRESETS if name])
    if preset == "whisper" and fs != _WHISPER_RATE:
        raise ValueError(f"fs={fs:g}: expected {_WHISPER_RATE} with preset='whisper', as every Whisper model does; "
                         "sigkit.resample_poly changes the rate")
    value = {**_COMMON, **PRESETS[preset], **{name: v for name, v in given.items() if v is not None}}
    frame = value.get("frame_length")
    frame = _samples_of(25, fs) if frame is None else _array.size(frame, "frame_length")
    if frame < 1:
        raise ValueError(f"fs={fs}: a frame of 25 ms holds no sample; give frame_length")
    hop = value.get("hop_length")
    if hop is None:
        hop = frame // value["hops"] if "hops" in value else _samples_of(10, fs)
        hop = max(hop, 1)
    hop = _array.size(hop, "hop_length")
    n_fft = value.get("n_fft")
    if n_fft is None:
        n_fft = 1 << (frame - 1).bit_length() if preset in (None, "kaldi") else frame
    n_fft = _array.size(n_fft, "n_fft")
    if n_fft < frame:
        raise ValueError(f"n_fft={n_fft}: expected at least frame_length, which is {frame}")
    fmax = fs / 2 if value["fmax"] is None else _array.real(value["fmax"], "fmax", above=0, most=fs / 2)
    fmin = _array.real(value["fmin"], "fmin", least=0)
    if not fmin < fmax:
        raise ValueError(f"fmin={fmin}: expected less than fmax, which is {fmax}")
    power = _array.real(value["power"], "power")
    if power not in (1, 2):
        raise ValueError(f"power={power:g}: expected 1 (magnitude) or 2 (power)")
    framing, boundary = EDGES[_array.choice(value["edges"], "edges", EDGES)]
    origin = {"snip": 0, "center": (n_fft - frame) // 2 - n_fft // 2, "middle": hop // 2 - frame // 2}[framing]
    settings = Settings(
        fs=fs,
        n_mels=_array.size(value["n_mels"], "n_mels"),
        frame_length=frame,
        hop_length=hop,
        n_fft=n_fft,
        window=window_key(value["window"], frame),
        fmin=fmin,
        fmax=fmax,
        mel_scale=_array.choice(value["mel_scale"], "mel_scale", _mel.MEL_SCALES),
        norm=None if _array.choice(value["norm"], "norm", ("slaney", "peak")) == "peak" else "slaney",
        power=power,
        framing=framing,
        boundary=boundary,
        origin=origin,
        span=frame,
        preemphasis=_array.real(value["preemphasis"], "preemphasis", least=0, most=1),
        remove_dc=_array.flag(value["remove_dc"], "remove_dc"),
        log=_array.choice(value["log"], "log", LOGS),
        floor=_array.real(value["floor"], "floor", least=0),
        top_db=_array.real(value["top_db"], "top_db", least=0, finite=False),
        whisper=preset == "whisper",
    )
    deltas = _deltas.resolve(value["deltas"], value["delta_method"], value.get("delta_width"))
    return settings, deltas


_LONGEST = 8192
"""Points of a transform with frames in lanes: more would take too much scratch."""


def in_kernel(settings):
    """Whether the kernels have a transform of this length, and bands of this power."""
    half, odd = divmod(settings.n_fft, 2)
    return not odd and _fft_plan.is_smooth(half) and half <= _LONGEST and settings.power in (1, 2)


@functools.lru_cache(maxsize=32)
def window(settings, dtype):
    spec = np.frombuffer(settings.window) if isinstance(settings.window, bytes) else settings.window
    return _mel.window(spec, settings.frame_length).astype(dtype)


@functools.lru_cache(maxsize=32)
def plan(settings, dtype):
    """What C needs; without a transform of its own where there is none of this length."""
    s = settings
    _array.real(s.floor, "floor", most=float(np.finfo(dtype).max))
    fft, halved, split = None, np.zeros(1, dtype), np.zeros(1, dtype)
    if in_kernel(s):
        fft = _fft_plan.lane_is_frame(s.n_fft // 2, dtype)
        halved = np.zeros(s.n_fft, dtype)
        halved[: s.frame_length] = window(s, dtype) / 2
        split = _fft_plan.roots(np.arange(s.n_fft // 4 + 1), s.n_fft).view(np.float64).astype(dtype)
    return _core.MelPlan(
        fft, s.n_fft, s.frame_length, s.hop_length, halved, split, *_sparse(s.filters(dtype)), s.preemphasis,
        s.remove_dc, s.power == 1, s.log is not None, s.floor, s.unit,
    )  # fmt: skip


def matrix_plan(matrix):
    """To multiply by a matrix of the result's dtype."""
    nothing = np.zeros(1, matrix.dtype)
    return _core.MelPlan(None, 0, 0, 1, nothing, nothing, *_sparse(matrix), 0, False, False, False, 0, 1)


def _sparse(dense):
    """(first, start, weights): the rows of a matrix, each from its first nonzero element to its last."""
    nonzero = dense != 0
    any_ = nonzero.any(axis=1)
    first = np.where(any_, nonzero.argmax(axis=1), 0)
    stop = np.where(any_, dense.shape[1] - nonzero[:, ::-1].argmax(axis=1), 0)
    start = np.concatenate([[0], np.cumsum(stop - first)])
    rows = [row[a:b] for row, a, b in zip(dense, first, stop, strict=True)]
    weights = np.concatenate([np.zeros(0, dense.dtype), *rows])
    return first.astype(np.intp), start.astype(np.intp), weights if weights.size else np.zeros(1, dense.dtype)

"""Rows of `sigkit.features`: see cases.py. Frames of a few samples, so that oracles need no time."""

import numpy as np
import reference
import reference_features as oracle
from cases import EVERY, REALS, SINGLE, Case, samples

FRAMES = {"fs": 8000, "n_mels": 5, "frame_length": 16, "hop_length": 5}
SPECTROGRAM = {"sr": 8000, "n_fft": 20, "hop_length": 6, "n_mels": 4}


def signal(**keywords):
    return lambda dtype, rng, n: ((samples(rng, dtype, n),), keywords)


def two_signals(**keywords):
    """A batch; of n samples in all, about."""
    return lambda dtype, rng, n: ((samples(rng, dtype, 2, -(-n // 2)),), keywords)


def frames_by_bands(bands=4, **keywords):
    return lambda dtype, rng, n: ((samples(rng, dtype, -(-n // bands), bands),), keywords)


def energies(**keywords):
    """Bands by frames; not negative, and large enough that the gain matters."""
    def arguments(dtype, rng, n):
        wide = samples(rng, np.result_type(dtype, np.int8), 3, -(-n // 3))
        return (abs(wide % 97).astype(dtype),), keywords

    return arguments


def by(function):
    """A bound that a function of the oracle gives, of the first array and the precision of the result."""
    return lambda case, positional, keywords: function(positional[0], case.eps(positional), *positional[1:], **keywords)


def second_of(function):
    return by(lambda *positional, **keywords: function(*positional, **keywords)[1])


def filter_weights(case, positional, keywords):
    """eps of a weight (the last rounding), and 1e-12 of the largest of its row."""
    weights = oracle.mel_filters(**keywords)
    return np.finfo(keywords.get("dtype", SINGLE)).eps * weights + 1e-12 * weights.max(axis=1, keepdims=True)


def compressed(case, positional, keywords):
    """Logarithms of up to 50 cost as many eps of float64, the recursion 8 / b; the result is rounded once."""
    result = abs(reference.pcen(*positional, **keywords))
    fine, scale = np.finfo(float).eps, result + 2.0 ** keywords.get("power", 0.5)
    return 2 * case.eps(positional) * result + (100 + 8 / keywords["b"]) * fine * scale


def single(*dtypes):
    return np.dtype(SINGLE)


log_mel = second_of(oracle.log_mel_and_bound)
KALDI = {"window": "povey", "preemphasis": 0.97, "remove_dc": True, "mel_scale": "kaldi", "norm": "peak",
         "edges": "snip", "fmin": 20.0}  # fmt: skip

ROWS = [
    Case(
        "features.mel_filters",
        lambda dtype, rng, n: ((), {"sr": 16000, "n_fft": 64 + n, "n_mels": 6}),
        filter_weights,
        (SINGLE,),
        single,
        arrays=(),
        parallel=False,
    ),
    Case("features.log_mel", signal(**FRAMES), log_mel, REALS, out=True, arrays=(0,), bench=("log-mel",)),
    Case("features.log_mel:deltas", two_signals(**FRAMES, deltas=2, layout="ft"), log_mel, REALS, out=True, arrays=(0,),
         bench=("log-mel-deltas",)),
    Case("features.log_mel:kaldi", signal(**{**FRAMES, **KALDI}, deltas=2, delta_method="kaldi", delta_width=3),
         log_mel, REALS, out=True, arrays=(0,)),
    Case("features.log_mel:range", two_signals(**FRAMES, edges="constant", log="db", top_db=30.0, power=1, deltas=1,
         delta_method="savgol"), log_mel, REALS, out=True, arrays=(0,)),
    Case("features.log_mel:any length", signal(**{**FRAMES, "n_fft": 22}, edges="symmetric", log="log10"), log_mel,
         REALS, out=True, arrays=(0,), parallel=False),
    Case("features.melspectrogram", two_signals(**SPECTROGRAM, win_length=15, pad_mode="edge"),
         second_of(oracle.melspectrogram_and_bound), REALS, out=True, arrays=(0,)),
    Case("features.melspectrogram:uncentred", signal(**SPECTROGRAM, center=False, power=1.5, htk=True, norm=None),
         second_of(oracle.melspectrogram_and_bound), REALS, out=True, arrays=(0,), parallel=False),
    Case("features.mfcc", two_signals(**SPECTROGRAM, n_mfcc=3, lifter=5), second_of(oracle.mfcc_and_bound), REALS,
         out=True, arrays=(0,)),
    Case("features.delta", signal(), by(oracle.delta_bound), EVERY, out=True, arrays=(0,)),
    Case("features.delta:regression", frames_by_bands(axis=0, method="regression", order=2),
         by(oracle.delta_bound), EVERY, out=True, arrays=(0,)),
    Case("features.delta:modes", frames_by_bands(axis=-2, mode="mirror", width=5, polyorder=3, delta=0.5),
         by(oracle.delta_bound), EVERY, out=True, arrays=(0,)),
    Case("features.stack_deltas", frames_by_bands(method="kaldi"), by(oracle.stack_deltas_bound), EVERY, out=True,
         arrays=(0,)),
    Case("features.cmvn", frames_by_bands(), by(oracle.cmvn_bound), REALS, out=True, arrays=(0,), parallel=False),
    Case("features.cmvn:window", frames_by_bands(window=7, center=False, variance=False), by(oracle.cmvn_bound), REALS,
         out=True, arrays=(0,), parallel=False),
    Case("features.pcen", energies(b=0.1, max_size=2), compressed, REALS, arrays=(0,), parallel=False),
]  # fmt: skip

"""What the tools that `sigkit.features` follows return for one short signal: writes features.npz beside this file.

    pip install librosa==0.11.0 kaldi-native-fbank==1.22.5 transformers==5.23.0 torch==2.13.0 scipy
    pip install --no-deps torchaudio==2.11.0  # its Python sources; where its library fails to load, without that
    python tests/vectors/make_features.py

The file holds the signal, what each tool made of it, and the versions; tests/test_features.py reads it.
"""

import importlib.metadata
import json
import pathlib
import warnings

import kaldi_native_fbank
import librosa
import numpy as np
import scipy.signal
import torch
import torchaudio
import torchaudio.compliance.kaldi
from transformers import WhisperFeatureExtractor

warnings.simplefilter("ignore")
FS = 16000
TOOLS = ("librosa", "torchaudio", "kaldi-native-fbank", "transformers", "torch", "scipy", "numpy")


def signal():
    """A third of a second: a chirp that fades in noise."""
    t = np.arange(5400) / FS
    chirp = scipy.signal.chirp(t, 200, t[-1], 6000) * np.exp(-6 * t)
    return (0.3 * chirp + 0.02 * np.random.default_rng(20).standard_normal(t.size)).astype(np.float32)


def kaldi_native(x, **frame_options):
    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.dither = 0
    for name, value in frame_options.items():
        setattr(options.frame_opts, name, value)
    options.mel_opts.num_bins = 80
    bank = kaldi_native_fbank.OnlineFbank(options)
    bank.accept_waveform(FS, x.tolist())
    bank.input_finished()
    return np.array([bank.get_frame(t) for t in range(bank.num_frames_ready)])


def main():
    x = signal()
    wide, tensor = x.astype(np.float64), torch.from_numpy(x)
    mel = librosa.feature.melspectrogram(y=wide, sr=FS)
    whisper = WhisperFeatureExtractor()
    torch_mel = torchaudio.transforms.MelSpectrogram().double()(tensor.double())
    kaldi = {"num_mel_bins": 80, "dither": 0.0}
    features = torch.from_numpy(np.random.default_rng(21).normal(3, 2, (40, 6)))
    deltas = torchaudio.functional.compute_deltas(features.T)
    energies = np.random.default_rng(22).random((8, 30)) * 2.0**31
    out = {
        "x": x,
        "librosa": librosa.power_to_db(mel),
        "librosa_mfcc": librosa.feature.mfcc(y=wide, sr=FS, n_mfcc=13, lifter=22),
        "librosa_filters": librosa.filters.mel(sr=FS, n_fft=256, n_mels=20, htk=True, norm=np.inf, fmin=50),
        "librosa_melspectrogram": librosa.feature.melspectrogram(y=wide, sr=FS, n_fft=300, win_length=200,
            hop_length=250, n_mels=12, center=False, power=1.0),
        "librosa_delta": librosa.feature.delta(features.numpy(), axis=0),
        "librosa_delta2": librosa.feature.delta(features.numpy(), axis=0, order=2, width=7, mode="mirror"),
        "librosa_pcen": librosa.pcen(energies, sr=FS, hop_length=160),
        "librosa_pcen_max": librosa.pcen(energies, gain=0.8, bias=10, power=0.25, max_size=3, b=0.05),
        "torchaudio": torchaudio.transforms.AmplitudeToDB()(torch_mel).numpy(),
        "torchaudio_kaldi": torchaudio.compliance.kaldi.fbank(tensor[None] * 32768, **kaldi).numpy(),
        "torchaudio_kaldi_edges": torchaudio.compliance.kaldi.fbank(tensor[None] * 32768, **kaldi,
            snip_edges=False).numpy(),
        "torchaudio_kaldi_mfcc": torchaudio.compliance.kaldi.mfcc(tensor[None] * 32768, dither=0.0).numpy(),
        "torchaudio_delta": deltas.T.numpy(),
        "torchaudio_delta2": torchaudio.functional.compute_deltas(deltas).T.numpy(),
        "torchaudio_cmn": torchaudio.functional.sliding_window_cmn(features, 9, 9, True, True).numpy(),
        "torchaudio_cmn_left": torchaudio.functional.sliding_window_cmn(features, 9, 5, False, False).numpy(),
        "kaldi_native": kaldi_native(32768 * x),
        "kaldi_native_hann": kaldi_native(32768 * x, window_type="hann", preemph_coeff=0, remove_dc_offset=False,
            round_to_power_of_two=False),
        "whisper": whisper._np_extract_fbank_features(wide[None], "cpu")[0],
        "whisper_torch": whisper._torch_extract_fbank_features(x[None])[0],
        "features": features.numpy(),
        "energies": energies,
    }  # fmt: skip
    # Single precision holds them to a tenth of a millionth of their size, far below what tests allow.
    out = {name: value.astype(np.float32) if name != "features" else value for name, value in out.items()}
    versions = {tool: importlib.metadata.version(tool) for tool in TOOLS if tool != "torchaudio"}
    versions["torchaudio"] = torchaudio.__version__
    np.savez_compressed(pathlib.Path(__file__).with_name("features.npz"), versions=json.dumps(versions), **out)
    print(versions)


main()

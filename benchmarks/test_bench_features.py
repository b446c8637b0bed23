"""Rows of `sigkit.features`."""

import numpy as np
from rows import Contest, Target, peer, row
from test_bench_correlation import normal

import sigkit

FS, FRAME, HOP, N_FFT, BANDS = 16000, 400, 160, 512, 80
FRAMES = {"fs": FS, "n_mels": BANDS, "frame_length": FRAME, "hop_length": HOP, "n_fft": N_FFT, "edges": "snip"}
FLOOR = 1e-10


def minute(rng):
    """60 s at 16 kHz, and the same with the zeros that put a window in the middle of the peers' frames on ours."""
    x = normal(rng, 60 * FS)
    return x, np.pad(x, (N_FFT - FRAME) // 2)


def band_bound(x):
    """The rounding error of a logarithm: a bin is within 8 eps log2(n) of the norm of its frame, a power within twice
    that times its root, and a band, at worst, is the weakest that there is. And 1e-4 for tables of single precision."""
    weakest = np.exp(sigkit.log_mel(x, **FRAMES).min())
    weight = sigkit.mel_filters(sr=FS, n_fft=N_FFT, n_mels=BANDS).max()
    frame = np.sqrt(FRAME) * np.abs(x).max()
    return 2 * 8 * np.finfo(np.float32).eps * np.log2(N_FFT) * frame * np.sqrt(weight / weakest) + 1e-4


def by_torch(padded):
    torch = peer("torch")
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)).astype(np.float32)
    filters = sigkit.mel_filters(sr=FS, n_fft=N_FFT, n_mels=BANDS)

    def features():
        spectra = torch.stft(torch.from_numpy(padded), N_FFT, HOP, FRAME, torch.from_numpy(window), center=False,
                             return_complex=True)  # fmt: skip
        parts = torch.view_as_real(spectra)
        power = torch.addcmul(parts[..., 0].square(), parts[..., 1], parts[..., 1])
        return (torch.from_numpy(filters) @ power).clamp_(min=FLOOR).log_().T

    return torch, features


@row("log-mel", "log-mel of 60 s at 16 kHz float32, 80 bands of 25 ms every 10 ms",
     {"torch.stft, matmul, log": Target(5, 10), "librosa": Target(8, 20), "kaldi-native-fbank": Target(25, 45)})
def log_mel(rng):
    x, padded = minute(rng)
    librosa, kaldi, (_, torch_features) = peer("librosa"), peer("kaldi_native_fbank"), by_torch(padded)

    def by_librosa():
        mel = librosa.feature.melspectrogram(y=padded, sr=FS, n_fft=N_FFT, hop_length=HOP, win_length=FRAME,
                                             center=False, n_mels=BANDS)  # fmt: skip
        return np.log(np.maximum(mel, FLOOR, out=mel), out=mel).T

    def by_kaldi():
        options = kaldi.FbankOptions()
        frames, mel = options.frame_opts, options.mel_opts
        frames.dither, frames.preemph_coeff, frames.remove_dc_offset, frames.window_type = 0, 0, False, "hann"
        mel.num_bins, mel.low_freq, mel.high_freq, mel.is_librosa, mel.norm = BANDS, 0, FS / 2, True, "slaney"
        options.eps = FLOOR
        bank = kaldi.OnlineFbank(options)
        bank.accept_waveform(FS, x)
        bank.input_finished()
        return np.array([bank.get_frame(t) for t in range(bank.num_frames_ready)])

    calls = {"sigkit": lambda: sigkit.log_mel(x, **FRAMES), "torch.stft, matmul, log": lambda: torch_features().numpy(),
             "librosa": by_librosa, "kaldi-native-fbank": by_kaldi}  # fmt: skip
    return Contest(calls, band_bound(x))


@row("log-mel-deltas", "the same with deltas and delta-deltas, (frames, 80, 3)",
     {"torch, composed": Target(6, 12)})
def log_mel_deltas(rng):
    x, padded = minute(rng)
    torch, torch_features = by_torch(padded)

    def slope(c):
        c = torch.cat([c[:1], c[:1], c, c[-1:], c[-1:]])
        return (c[3:-1] - c[1:-3]).add_(c[4:] - c[:-4], alpha=2).div_(10)

    def composed():
        static = torch_features()
        delta = slope(static)
        return torch.stack([static, delta, slope(delta)], dim=-1).numpy()

    calls = {"sigkit": lambda: sigkit.log_mel(x, **FRAMES, deltas=2), "torch, composed": composed}
    return Contest(calls, band_bound(x))


def test_bench_features(benchmark, contender):
    benchmark(contender)

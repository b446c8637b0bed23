r"""Features of speech and audio: mel spectrograms, log-mel in the conventions of four toolkits, MFCC, derivatives.

From samples to what a network takes
------------------------------------
The encoders of end-to-end speech models take 80 log-mel bands in frames of 25 ms every 10 ms, with their first and
second derivatives as depth:

>>> import numpy as np
>>> import sigkit
>>> speech = np.random.default_rng(0).standard_normal(16000).astype(np.float32)
>>> sigkit.log_mel(speech, fs=16000, deltas=2).shape
(101, 80, 3)

A batch of recordings of different lengths gives padded features and a mask:

>>> batch = np.stack([speech, speech])
>>> features, mask = sigkit.log_mel(batch, fs=16000, lengths=[16000, 8000])
>>> features.shape, mask.sum(axis=1)
((2, 101, 80), array([101,  51]))

A model is trained on features of one convention, and `preset` names it; each equals its namesake within 1e-4 of the
logarithm, but for bands so far below their frame that float32 does not resolve them in either (see `log_mel`). What
differs between them:

==================  =================  =================  =================  =================  =================
preset              None               "librosa"          "torchaudio"       "kaldi"            "whisper"
==================  =================  =================  =================  =================  =================
n_mels              80                 128                128                23                 80
frame_length        25 ms              2048 samples       400 samples        25 ms              400 samples
hop_length          10 ms              frame / 4          frame / 2          10 ms              160 samples
n_fft               next power of 2    frame_length       frame_length       next power of 2    frame_length
window              hann               hann               hann               povey              hann
edges               reflect            constant (zero)    reflect            snip               reflect
frames of n         1 + n // hop       1 + n // hop       1 + n // hop       1 + (n-frame)//hop n // hop
before the window   -                  -                  -                  mean removed,      -
                                                                             pre-emphasis 0.97
mel_scale           slaney             slaney             htk                kaldi              slaney
norm                slaney (area)      slaney (area)      peak               peak               slaney (area)
fmin, fmax          0, fs / 2          0, fs / 2          0, fs / 2          20, fs / 2         0, 8000
log                 ln                 db                 db                 ln                 log10
floor               1e-10              1e-10              1e-10              2**-23             1e-10
range (top_db)      -                  80 dB              -                  -                  80 dB, then
                                                                                                (x + 4) / 4
deltas              regression, 5      savgol, 9          regression, 5      kaldi, 5           regression, 5
==================  =================  =================  =================  =================  =================

Kaldi's own tools feed samples in the range of int16: a model of theirs wants ``32768 * x``. librosa's namesake is
``power_to_db(melspectrogram(y=x, sr=fs))``, torchaudio's ``AmplitudeToDB()(MelSpectrogram(sample_rate=fs)(x))``,
Kaldi's ``fbank`` without dither, Whisper's the feature extractor without its padding to 30 s (pad to 480,000 samples
first).

Common to all functions here
----------------------------
float32 stays float32 and float64 stays float64; integers and bool compute in and return float64, float16 float32.
A sample that is NaN or infinite makes every band of the frames that hold it NaN, and no other (derivatives: of the
frames whose fit holds such a frame). All work is done by up to `sigkit.get_workers()` threads; features of frames have
the same bits for any number of them, any place in a batch and any way a stream is cut.

FFT lengths that are even and without a prime factor above 7 are computed by kernels that take samples to features in
one pass; others go through ``scipy.fft`` in pieces.
"""

import numpy as np

from sigkit import _array, _log_mel, _mel, _mel_settings
from sigkit._channel_normalization import cmvn, pcen
from sigkit._deltas import delta, stack_deltas
from sigkit._feature_stream import FeatureStream
from sigkit._melspectrogram import mel_filters, melspectrogram, mfcc

__all__ = [
    "FeatureStream",
    "cmvn",
    "delta",
    "log_mel",
    "mel_filters",
    "melspectrogram",
    "mfcc",
    "pcen",
    "stack_deltas",
]


def log_mel(x, *, fs, preset=None, n_mels=None, frame_length=None, hop_length=None, n_fft=None, window=None, fmin=None,
            fmax=None, mel_scale=None, norm=None, power=None, edges=None, preemphasis=None, remove_dc=None, log=None,
            floor=None, top_db=None, deltas=0, delta_method=None, delta_width=None, layout="tf", lengths=None,
            out=None):  # fmt: skip
    """Log-mel features of real signals, in one pass from samples to features.

    Every keyword that is None takes the value that the `preset` has in the table of the module.

    Parameters
    ----------
    x : array_like, shape (..., n)
        Real samples along the last axis; the other axes are a batch of recordings.
    fs : float
        Sampling rate in Hz. No default: features of one rate read as those of another are silently wrong.
    preset : {None, "librosa", "torchaudio", "kaldi", "whisper"}, default None
        Whose convention to follow. "whisper" is one of 16 kHz: other rates are refused.
    n_mels : int, optional
        How many mel bands. Where the FFT does not resolve them, the lowest are empty: always at the floor.
    frame_length : int, optional
        Samples of a frame, and of the window. Longer frames resolve more in frequency and less in time.
    hop_length : int, optional
        Samples from one frame to the next.
    n_fft : int, optional
        Length of the FFT, at least `frame_length`; zeros fill it up.
    window : str, tuple, float, callable or array_like, optional
        "povey" (Kaldi's: a symmetric hann to the power of 0.85), what ``scipy.signal.get_window`` takes (periodic), a
        function of the length, or `frame_length` samples.
    fmin, fmax : float, optional
        Where the lowest band begins and the highest ends, in Hz.
    mel_scale : {"slaney", "htk", "kaldi"}, optional
        Slaney's (linear below 1 kHz), HTK's (logarithmic all along), or HTK's with triangles straight over mels.
    norm : {"slaney", "peak"}, optional
        Triangles of unit area over Hz, or of peak 1.
    power : {1, 2}, optional
        Bands of magnitudes, or of powers. Default 2 in all presets.
    edges : {"snip", "reflect", "constant", "symmetric"}, optional
        Where frames lie, and what stands outside the signal, for samples a b c d (h is `hop_length`):

        ===========  ==============================  =======================  ==========================
        edges        frame t                         outside                  frames of n samples
        ===========  ==============================  =======================  ==========================
        snip         begins at t h                   not needed               1 + (n - frame_length) // h
        reflect      lies about t h                  d c b | a b c d | c b a  1 + n // h
        constant     lies about t h                  0 0 0 | a b c d | 0 0 0  1 + n // h
        symmetric    lies about t h + h // 2         c b a | a b c d | d c b  (n + h // 2) // h
        ===========  ==============================  =======================  ==========================

        A signal without samples has no frame; nor has, with "snip", one shorter than a frame. "symmetric" is Kaldi's
        ``snip_edges=false``.
    preemphasis : float, optional
        Within each frame, ``x[i] - preemphasis * x[i - 1]``, the first sample standing before itself. 0: none.
    remove_dc : bool, optional
        Subtract each frame's mean first.
    log : {"ln", "log10", "db"}, optional
        "db" is ``10 log10`` of powers and ``20 log10`` of magnitudes.
    floor : float, optional
        Bands below it are raised to it before the logarithm. 0: to the least normal number of the dtype.
    top_db : float, optional
        Features are raised to at least so many dB below the largest of their recording; ``np.inf``: no limit.
    deltas : int, default 0
        How many derivatives along time stand beside the features: 2 adds delta and delta-delta.
    delta_method, delta_width : optional
        `method` and `width` of `delta`; here a width of at most 255.
    layout : {"tf", "ft"}, default "tf"
        (frames, bands), what networks read and the order of memory in which features arise, or (bands, frames), that of
        librosa and torchaudio. Derivatives come last in both.
    lengths : array_like of int, shape (...), optional
        Samples of each recording of a batch that is padded: each row's features are, in bits, those of
        ``x[i, :lengths[i]]`` alone, and zeros behind them.
    out : ndarray, optional
        Where to put the features; of exactly their shape and dtype. May overlap `x`.

    Returns
    -------
    features : ndarray, shape (..., frames, n_mels), with deltas (..., frames, n_mels, 1 + deltas)
        Of the dtype of `x`; float64 for integers, float32 for float16. `out` where it was given.
    mask : ndarray of bool, shape (..., frames)
        Only with `lengths`: which frames are a recording's own. The frame axis is then as long as the longest of them
        needs, whatever the padding.

    Raises
    ------
    TypeError
        For complex `x`, masked arrays, matrices, unsupported dtypes, and parameters of the wrong type.
    ValueError
        For a parameter out of range (``n_fft < frame_length``, ``fmax > fs / 2``, ...) or beyond the dtype, an unknown
        word, a window that is not finite, another rate than 16 kHz with the preset "whisper", `lengths` of the wrong
        shape or above n, or an `out` that does not fit.

    See Also
    --------
    FeatureStream : the same of a stream that arrives in blocks.
    melspectrogram : without logarithm.
    mfcc : the cosine transform of the features.
    cmvn, pcen : against channels and noise.

    Notes
    -----
    Counterparts, within 1e-4 of the natural logarithm by test where float32 resolves the band (see below):
    ``power_to_db(melspectrogram(...))`` of librosa, ``AmplitudeToDB()(MelSpectrogram(...))`` of torchaudio, ``fbank``
    of Kaldi, torchaudio.compliance and kaldi-native-fbank with ``dither=0``, ``WhisperFeatureExtractor`` of
    transformers. Differences: `top_db` and Whisper's range are taken from each recording, also in a batch (librosa
    takes one maximum of all), and over the frames that are not NaN; signals shorter than half a frame are reflected
    again and again where torch raises.

    Error of a band of power m, in a frame of power E (the sum of its squared windowed samples):
    ``eps * (8 * log2(n_fft) * sqrt(m E W) + ...) / m``, W being the largest weight of the band; where a band lies far
    below the frame (80 dB in float32) float64 resolves it and float32 does not, whichever library computes it.

    Powers can overflow float32 for samples beyond ``3e19 / n_fft``, 1.4e16 in frames of 2048; no warning is given of
    empty bands, which are part of some presets ("torchaudio").

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> tone = np.sin(2 * np.pi * 440 / 16000 * np.arange(16000))
    >>> features = sigkit.log_mel(tone, fs=16000, preset="kaldi", n_mels=80)
    >>> features.shape, int(features[50].argmax())
    ((98, 80), 14)
    """
    samples = _array.as_array(x, "x", real=True)
    if samples.ndim < 1:
        raise ValueError("x: expected at least one dimension, got a scalar")
    dtype = _array.common_dtype(samples)
    settings, spec = _mel_settings.resolve(fs, preset, {
        "n_mels": n_mels, "frame_length": frame_length, "hop_length": hop_length, "n_fft": n_fft, "window": window,
        "fmin": fmin, "fmax": fmax, "mel_scale": mel_scale, "norm": norm, "power": power, "edges": edges,
        "preemphasis": preemphasis, "remove_dc": remove_dc, "log": log, "floor": floor, "top_db": top_db,
        "deltas": deltas, "delta_method": delta_method, "delta_width": delta_width,
    })  # fmt: skip
    _array.choice(layout, "layout", ("tf", "ft"))
    batch, n = samples.shape[:-1], samples.shape[-1]
    if lengths is not None:
        lengths = _mel.own_lengths(lengths, batch, n, "samples")
        counts = np.array([settings.count(int(k)) for k in lengths.ravel()], np.intp).reshape(batch)
        n = int(lengths.max(initial=0))
    frames = settings.count(n)
    shape = (*batch, *((frames, settings.n_mels) if layout == "tf" else (settings.n_mels, frames)))
    if spec.orders:
        shape += (1 + spec.orders,)
    computed, out = _array.output(out, shape, dtype, (samples,))
    view = computed if spec.orders else computed[..., None]
    if layout == "ft":
        view = np.swapaxes(view, -3, -2)
    if view.size:
        _log_mel.recordings(samples, lengths, settings, spec, view)
    out = _array.deliver(computed, out)
    if lengths is None:
        return out
    return out, np.arange(frames) < counts[..., None]


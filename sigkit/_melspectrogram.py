"""librosa's functions: mel filters, mel spectrograms, MFCC."""

import math

import numpy as np

from sigkit import _array, _deltas, _log_mel, _mel, _mel_settings

_PAD_MODES = ("constant", "reflect", "symmetric", "edge")


def mel_filters(*, sr, n_fft, n_mels=128, fmin=0.0, fmax=None, htk=False, norm="slaney", dtype=np.float32,
                mel_scale=None):  # fmt: skip
    """Triangular filters that sum the bins of a spectrum into mel bands.

    Parameters
    ----------
    sr : float
        Sampling rate in Hz.
    n_fft : int
        Length of the FFT whose bins are summed.
    n_mels : int, default 128
        How many bands. Fewer are smoother; more than the bins resolve are empty.
    fmin, fmax : float, default 0.0 and None
        Where the lowest band begins and the highest ends, in Hz. Default: from 0 to ``sr / 2``.
    htk : bool, default False
        HTK's mel scale in place of Slaney's.
    norm : {"slaney", None} or float, default "slaney"
        "slaney": triangles of unit area over Hz, so that noise gives bands of equal level; None: of peak 1; a number:
        rows of unit norm of that order (``inf``: largest weight 1).
    dtype : dtype, default float32
        Of the result, float32 or float64.
    mel_scale : {"slaney", "htk", "kaldi"}, optional
        In place of `htk`; "kaldi" is HTK's scale with triangles that are straight over mels instead of Hz.

    Returns
    -------
    ndarray, shape (n_mels, 1 + n_fft // 2)
        The weight of each bin in each band.

    Raises
    ------
    TypeError
        If a parameter is of the wrong type.
    ValueError
        For a rate or size below its least value, ``fmin >= fmax``, or an unknown `norm`, `mel_scale` or `dtype`.

    Warns
    -----
    UserWarning
        If a band has no bin, as librosa does: it will always be empty.

    See Also
    --------
    melspectrogram : applies them.

    Notes
    -----
    Counterpart: ``librosa.filters.mel``; ``mel_scale="htk", norm=None`` gives the transpose of torchaudio's
    ``melscale_fbanks``, ``mel_scale="kaldi", norm=None`` the filters of Kaldi. Computed in float64, then rounded once:
    each weight is within ``eps`` times itself plus 1e-12 times the largest of its row.

    Source: M. Slaney, Auditory Toolbox (1998); S. Young et al., The HTK Book, section 5.4.

    Examples
    --------
    >>> import sigkit
    >>> sigkit.mel_filters(sr=16000, n_fft=512, n_mels=80).shape
    (80, 257)
    """
    fields = _filter_fields(sr, n_fft, n_mels, fmin, fmax, htk, norm, mel_scale)
    try:
        dtype = np.dtype(dtype)
    except TypeError as error:
        raise TypeError(f"dtype: expected float32 or float64, got {dtype!r}") from error
    if dtype not in (_array.FLOAT32, _array.FLOAT64):
        raise ValueError(f"dtype={dtype}: expected float32 or float64")
    weights = _mel.filters(**fields, dtype=dtype)
    _mel.warn_of_empty(weights, fields["fmin"], stacklevel=2)
    return weights


def _filter_fields(sr, n_fft, n_mels, fmin, fmax, htk, norm, mel_scale, norm_name="norm"):
    """Those of `Settings` that make the filters, checked."""
    sr = _mel_settings.sampling_rate(sr, "sr")
    n_fft, n_mels = _array.size(n_fft, "n_fft"), _array.size(n_mels, "n_mels")
    fmax = sr / 2 if fmax is None else _array.real(fmax, "fmax", above=0)
    fmin = _array.real(fmin, "fmin", least=0)
    if not fmin < fmax:
        raise ValueError(f"fmin={fmin}: expected less than fmax, which is {fmax}")
    if isinstance(norm, str):
        _array.choice(norm, norm_name, ("slaney",))
    elif norm is not None:
        norm = _array.real(norm, norm_name, finite=False)
        if not (norm >= 0 or norm == -math.inf):
            raise ValueError(f"{norm_name}={norm}: expected 'slaney', None, or a number, at least 0 or -inf")
    htk = _array.flag(htk, "htk")
    if mel_scale is None:
        mel_scale = "htk" if htk else "slaney"
    _array.choice(mel_scale, "mel_scale", _mel.MEL_SCALES)
    values = (sr, n_fft, n_mels, fmin, fmax, mel_scale, norm)
    return dict(zip(_mel_settings.FILTER_FIELDS, values, strict=True))


def melspectrogram(y=None, *, sr=22050, S=None, n_fft=2048, hop_length=512, win_length=None, window="hann", center=True,
                   pad_mode="constant", power=2.0, n_mels=128, fmin=0.0, fmax=None, htk=False, norm="slaney",
                   mel_scale=None, out=None):  # fmt: skip
    """Mel spectrogram of real signals, or of a spectrogram that is there already.

    Parameters
    ----------
    y : array_like, shape (..., n), optional
        Real samples along the last axis. Not both `y` and `S`.
    sr : float, default 22050
        Sampling rate in Hz. The default is librosa's.
    S : array_like, shape (..., 1 + n_fft // 2, frames), optional
        A spectrogram, of powers or magnitudes as they are: `power` is not applied to it. Where `n_fft` does not fit its
        bins, theirs is taken.
    n_fft : int, default 2048
        Samples of a frame with the zeros round its window.
    hop_length : int, default 512
        Samples from one frame to the next.
    win_length : int, optional
        Samples of the window, which stands in the middle of the `n_fft`. Default: `n_fft`.
    window : str, tuple, float, callable or array_like, default "hann"
        What ``scipy.signal.get_window`` takes (periodic), "povey", a function of the length, or the samples.
    center : bool, default True
        Frame t lies about sample ``t * hop_length``; False: it begins there.
    pad_mode : {"constant", "reflect", "symmetric", "edge"}, default "constant"
        What stands outside the signal where frames are centred, in the words of ``np.pad``; "constant" is zero.
    power : float, default 2.0
        Bands are sums of magnitudes to this power: 2 of powers, 1 of magnitudes.
    n_mels : int, default 128
        How many bands.
    fmin, fmax : float, default 0.0 and None
        Where the lowest band begins and the highest ends, in Hz. Default: from 0 to ``sr / 2``.
    htk : bool, default False
        HTK's mel scale in place of Slaney's.
    norm : {"slaney", None} or float, default "slaney"
        Of the filters, as in `mel_filters`.
    mel_scale : {"slaney", "htk", "kaldi"}, optional
        In place of `htk`, as in `mel_filters`.
    out : ndarray, shape (..., n_mels, frames), optional
        Where to put the result; of exactly its dtype. May overlap the input.

    Returns
    -------
    ndarray, shape (..., n_mels, frames)
        ``1 + n // hop_length`` frames where they are centred (none of no sample), else
        ``1 + (n - n_fft) // hop_length`` (none of fewer samples than `n_fft`). Of the dtype of `y` or `S`; float64 for
        integers, float32 for float16. `out` where it was given.

    Raises
    ------
    TypeError
        If not exactly one of `y` and `S` is given; for complex input, masked arrays, matrices, unsupported dtypes, and
        parameters of the wrong type.
    ValueError
        For a parameter out of range, an unknown word, an `S` without frequency axis, or an `out` that does not fit.

    Warns
    -----
    UserWarning
        If a band has no bin, as librosa does: it will always be empty.

    See Also
    --------
    log_mel : with the logarithm, and in the conventions of several toolkits.
    mel_filters : the filters.
    mfcc : the cosine transform of its logarithm.

    Notes
    -----
    Counterpart: ``librosa.feature.melspectrogram``. Differences: filters have the precision of the data, so that
    float64 is exact (librosa's are float32 unless ``dtype`` says otherwise); a signal without samples, or uncentred and
    shorter than a frame, gives no frames where librosa raises. Errors and the NaN rule are those of `log_mel`.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> tone = np.sin(2 * np.pi * 440 / 22050 * np.arange(22050))
    >>> sigkit.melspectrogram(y=tone, sr=22050).shape
    (128, 44)
    """
    if (y is None) == (S is None):
        raise TypeError("y, S: expected exactly one of them")
    if S is not None:
        return _bands_of(S, sr, n_fft, n_mels, fmin, fmax, htk, norm, mel_scale, out)
    x = _array.as_array(y, "y", real=True)
    settings = _settings(x, sr, n_fft, hop_length, win_length, window, center, pad_mode, power, n_mels, fmin, fmax, htk,
                         norm, mel_scale)  # fmt: skip
    _mel.warn_of_empty(settings.filters(), settings.fmin, stacklevel=2)
    shape = (*x.shape[:-1], settings.n_mels, settings.count(x.shape[-1]))
    computed, out = _array.output(out, shape, _array.common_dtype(x), (x,))
    if computed.size:
        _log_mel.recordings(x, None, settings, _NO_DELTAS, np.swapaxes(computed, -1, -2)[..., None])
    return _array.deliver(computed, out)


def _settings(x, sr, n_fft, hop_length, win_length, window, center, pad_mode, power, n_mels, fmin, fmax, htk, norm,
              mel_scale, norm_name="norm", **more):  # fmt: skip
    if x.ndim < 1:
        raise ValueError("y: expected at least one dimension, got a scalar")
    fields = _filter_fields(sr, n_fft, n_mels, fmin, fmax, htk, norm, mel_scale, norm_name)
    n_fft = fields["n_fft"]
    frame = n_fft if win_length is None else _array.size(win_length, "win_length")
    if frame > n_fft:
        raise ValueError(f"win_length={frame}: expected at most n_fft, which is {n_fft}")
    center = _array.flag(center, "center")
    return _mel_settings.Settings(
        **fields,
        **more,
        frame_length=frame,
        hop_length=_array.size(hop_length, "hop_length"),
        window=_mel_settings.window_key(window, frame),
        power=_array.real(power, "power", above=0),
        framing="center" if center else "snip",
        boundary=_array.choice(pad_mode, "pad_mode", _PAD_MODES),
        origin=(n_fft - frame) // 2 - (n_fft // 2 if center else 0),
        span=n_fft,
    )


_NO_DELTAS = _deltas.Deltas(0)


def _bands_of(S, sr, n_fft, n_mels, fmin, fmax, htk, norm, mel_scale, out):
    spectrogram = _array.as_array(S, "S", real=True)
    if spectrogram.ndim < 2 or not spectrogram.shape[-2]:
        raise ValueError(f"S: expected shape (..., bins, frames), got {spectrogram.shape}")
    bins = spectrogram.shape[-2]
    if n_fft is None or _array.size(n_fft, "n_fft") // 2 + 1 != bins:
        n_fft = max(2 * (bins - 1), 1)
    fields = _filter_fields(sr, n_fft, n_mels, fmin, fmax, htk, norm, mel_scale)
    dtype = _array.common_dtype(spectrogram)
    weights = _mel.filters(**fields, dtype=dtype)
    _mel.warn_of_empty(weights, fields["fmin"], stacklevel=3)
    shape = (*spectrogram.shape[:-2], fields["n_mels"], spectrogram.shape[-1])
    computed, out = _array.output(out, shape, dtype, (spectrogram,))
    if computed.size:
        _array.combine_rows(spectrogram, computed, _mel_settings.matrix_plan(weights))
    return _array.deliver(computed, out)


_DCT_TYPES = (1, 2, 3)
_BLOCK_BYTES = 1 << 23
"""Of log-mel features between two steps."""


def _cosines(n_mfcc, n, kind, norm):
    """The first rows of the matrix of a discrete cosine transform of n values, as ``scipy.fft.dct`` defines it."""
    k, i = np.arange(n_mfcc)[:, None], np.arange(n)
    if kind == 1:
        basis = 2 * np.cos(np.pi * k * i / (n - 1))
        basis[:, [0, -1]] /= 2
        if norm == "ortho":  # orthogonal: the ends count sqrt(1/2) on both sides
            basis[:, [0, -1]] *= math.sqrt(2)
            basis[k[:, 0] % (n - 1) == 0] *= math.sqrt(0.5)
            basis *= math.sqrt(1 / (2 * (n - 1)))
    elif kind == 2:
        basis = 2 * np.cos(np.pi * k * (2 * i + 1) / (2 * n))
        if norm == "ortho":
            basis *= math.sqrt(1 / (2 * n))
            basis[:1] *= math.sqrt(0.5)
    else:
        basis = 2 * np.cos(np.pi * (2 * k + 1) * i / (2 * n))
        basis[:, 0] /= 2
        if norm == "ortho":
            basis[:, 0] *= math.sqrt(2)
            basis *= math.sqrt(1 / (2 * n))
    return basis


def mfcc(y=None, *, sr=22050, S=None, n_mfcc=20, dct_type=2, norm="ortho", lifter=0, mel_norm="slaney", n_fft=2048,
         hop_length=512, win_length=None, window="hann", center=True, pad_mode="constant", power=2.0, n_mels=128,
         fmin=0.0, fmax=None, htk=False, mel_scale=None, out=None):  # fmt: skip
    """Mel-frequency cepstral coefficients: the cosine transform of a log-mel spectrogram.

    Parameters
    ----------
    y : array_like, shape (..., n), optional
        Real samples along the last axis. Not both `y` and `S`.
    sr : float, default 22050
        Sampling rate in Hz. The default is librosa's.
    S : array_like, shape (..., bands, frames), optional
        A log-mel spectrogram that is there already, such as ``log_mel(..., layout="ft")``.
    n_mfcc : int, default 20
        How many coefficients, at most the bands.
    dct_type : {1, 2, 3}, default 2
        Of the cosine transform; 2 is the usual one, 3 that of HTK.
    norm : {"ortho", None}, default "ortho"
        Whether the transform is orthonormal.
    lifter : float, default 0
        Coefficient k (from 1 on) is multiplied by ``1 + lifter / 2 * sin(pi * k / lifter)``, which levels their
        variances. 0: not.
    mel_norm : {"slaney", None} or float, default "slaney"
        `norm` of `mel_filters`.
    n_fft, hop_length, win_length, window, center, pad_mode, power : optional
        As in `melspectrogram`.
    n_mels, fmin, fmax, htk, mel_scale : optional
        As in `melspectrogram`.
    out : ndarray, shape (..., n_mfcc, frames), optional
        Where to put the result; of exactly its dtype. May overlap the input.

    Returns
    -------
    ndarray, shape (..., n_mfcc, frames)
        Of the dtype of `y` or `S`; float64 for integers, float32 for float16. `out` where it was given.

    Raises
    ------
    TypeError
        If not exactly one of `y` and `S` is given; for complex input, masked arrays, matrices, unsupported dtypes, and
        parameters of the wrong type.
    ValueError
        For a parameter out of range, an unknown word, more coefficients than bands, or an `out` that does not fit.

    Warns
    -----
    UserWarning
        If a band has no bin, as librosa does: it will always be empty.

    See Also
    --------
    log_mel : the features of which these are the transform.
    delta : their derivatives.

    Notes
    -----
    Counterpart: ``librosa.feature.mfcc``: of ``power_to_db(melspectrogram(...))``, floor 1e-10, 80 dB of range.
    Differences: the range is taken from each recording of a batch alone; `n_mfcc` above the bands is refused, where
    librosa returns fewer. Coefficients of Kaldi are those of its features, with a lifter that counts from 0:
    ``mfcc(S=log_mel(x, fs=fs, preset="kaldi", layout="ft"), n_mfcc=13)`` times
    ``1 + 11 * np.sin(np.pi * np.arange(13) / 22)[:, None]``.

    A frame's coefficients depend on its bands alone and a NaN stays in its frame. Error: that of the log-mel features
    and ``(bands + 2) * eps * sum(|cosines| * |features|)``.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> tone = np.sin(2 * np.pi * 440 / 22050 * np.arange(22050))
    >>> sigkit.mfcc(y=tone, sr=22050, n_mfcc=13).shape
    (13, 44)
    """
    if (y is None) == (S is None):
        raise TypeError("y, S: expected exactly one of them")
    kind = _array.index(dct_type, "dct_type")
    if kind not in _DCT_TYPES:
        raise ValueError(f"dct_type={kind}: expected one of {_DCT_TYPES}")
    if norm is not None:
        _array.choice(norm, "norm", ("ortho",))
    lifter = _array.real(lifter, "lifter", least=0)
    x = _array.as_array(y if S is None else S, "y" if S is None else "S", real=True)
    dtype = _array.common_dtype(x)
    if S is None:
        settings = _settings(x, sr, n_fft, hop_length, win_length, window, center, pad_mode, power, n_mels, fmin, fmax,
                             htk, mel_norm, mel_scale, "mel_norm", log="db", floor=1e-10, top_db=80.0)  # fmt: skip
        _mel.warn_of_empty(settings.filters(), settings.fmin, stacklevel=2)
        bands, frames = settings.n_mels, settings.count(x.shape[-1])
    else:
        if x.ndim < 2:
            raise ValueError(f"S: expected shape (..., bands, frames), got {x.shape}")
        bands, frames = x.shape[-2:]
    n_mfcc = _array.index(n_mfcc, "n_mfcc", 1)
    if n_mfcc > bands:
        raise ValueError(f"n_mfcc={n_mfcc}: expected at most the {bands} bands")
    if kind == 1 and bands < 2:
        raise ValueError(f"dct_type=1: expected at least 2 bands, got {bands}")
    batch = x.shape[: -1 if S is None else -2]
    computed, out = _array.output(out, (*batch, n_mfcc, frames), dtype, (x,))
    if not computed.size:
        return out
    basis = _cosines(n_mfcc, bands, kind, norm)
    if lifter > np.finfo(np.float64).eps:  # less changes no digit
        basis *= (1 + lifter / 2 * np.sin(np.pi * np.arange(1, 1 + n_mfcc) / lifter))[:, None]
    matrix = _mel_settings.matrix_plan(basis.astype(dtype))
    if S is not None:
        _array.combine_rows(x, computed, matrix)
        return _array.deliver(computed, out)
    for i in np.ndindex(batch):
        _cepstrum(x[i], settings, matrix, computed[i])
    return _array.deliver(computed, out)


def _cepstrum(x, settings, matrix, out):
    """out (coefficients, frames) of one recording, by blocks of frames; of more than one, those are made once more for
    the largest feature, from which the range is counted."""
    frames, dtype = out.shape[-1], out.dtype
    step = max(1, _BLOCK_BYTES // (settings.n_mels * dtype.itemsize))
    buffer = np.empty((min(step, frames), settings.n_mels), dtype)

    def block(t):
        features = buffer[: min(step, frames - t)]
        _log_mel.frames(x, 0, x.shape[-1], t, settings, features)
        return features

    largest = np.fmax.reduce([_log_mel.largest(block(t)) for t in range(0, frames, step)])
    for t in range(0, frames, step):
        features = buffer if frames <= step else block(t)
        _log_mel.limit(features, largest, settings.top)
        _array.combine_rows(features.T, out[:, t : t + len(features)], matrix)

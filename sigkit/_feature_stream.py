"""Log-mel features of a signal that arrives in blocks."""

import numpy as np

from sigkit import _array, _log_mel, _mel_settings

_SAMPLES_AT_ONCE = 1 << 18


class FeatureStream:
    """Log-mel features of a stream: blocks of any size in, the same bits as one call of `log_mel` out.

    Parameters
    ----------
    fs : float
        Sampling rate in Hz.
    preset : {None, "librosa", "torchaudio", "kaldi", "whisper"}, default None
        Whose convention to follow, as in `log_mel`.
    **options : optional
        The other keywords of `log_mel` but `layout`, `lengths` and `out`.

    Raises
    ------
    TypeError, ValueError
        As `log_mel`; and for a limited range: `top_db` (of the presets "librosa" and "whisper") is counted from the
        largest feature of the whole recording, which a stream does not know. ``top_db=np.inf`` switches it off.

    See Also
    --------
    log_mel : all at once.

    Notes
    -----
    No counterpart of all of it; kaldi-native-fbank's ``OnlineFbank`` for Kaldi's features.

    A frame comes out as soon as the samples under it are in and, with deltas, the frames that its derivatives depend
    on: with the default ones four frames later. What is kept is a frame of samples and these few frames. A stream may
    have several channels, the axes of a block before its last; channels and dtype are those of the first block that has
    samples. A block without samples fits everywhere.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> speech = np.random.default_rng(0).standard_normal(16000)
    >>> stream = sigkit.FeatureStream(fs=16000, deltas=2)
    >>> parts = [stream.process(block) for block in np.array_split(speech, 7)]
    >>> parts.append(stream.flush())
    >>> bool((np.concatenate(parts) == sigkit.log_mel(speech, fs=16000, deltas=2)).all())
    True
    """

    def __init__(self, *, fs, preset=None, **options):
        unknown = options.keys() - _mel_settings.OPTIONS
        if unknown:
            raise TypeError(f"unexpected options of a stream: {', '.join(sorted(unknown))}")
        self._settings, self._deltas = _mel_settings.resolve(fs, preset, options)
        if self._settings.top_db != np.inf:
            raise ValueError(
                f"top_db={self._settings.top_db:g}: expected np.inf in a stream, where no feature is the largest"
            )
        self._begin()

    def _begin(self):
        self._samples = None  # those still needed, from sample _base on of the _seen ones
        self._base = self._seen = 0
        self._statics = None  # features still needed for derivatives, from frame _static_base on of the _done ones
        self._static_base = self._done = self._given = 0

    @property
    def delay(self):
        """Frames that derivatives wait for."""
        return self._deltas.reach if self._deltas.orders else 0

    def process(self, block):
        """Features that the next samples complete.

        Parameters
        ----------
        block : array_like, shape (..., k)
            The next samples, any number of them.

        Returns
        -------
        ndarray, shape (..., frames, n_mels), with deltas (..., frames, n_mels, 1 + deltas)
            The frames that became complete; often none.

        Raises
        ------
        TypeError, ValueError
            As `log_mel`, and for a block unlike the first one.
        """
        x = _array.as_array(block, "block", real=True)
        if x.ndim < 1:
            raise ValueError("block: expected at least one dimension, got a scalar")
        dtype = _array.common_dtype(x)
        if not self._seen:
            _mel_settings.plan(self._settings, dtype)  # raises where this precision does not hold a parameter
            self._samples = np.empty((*x.shape[:-1], 0), dtype)
            self._statics = np.empty((*x.shape[:-1], 0, self._settings.n_mels), dtype)
        elif not x.shape[-1]:
            x, dtype = self._samples[..., :0], self._samples.dtype
        if x.shape[:-1] != self._samples.shape[:-1]:
            raise ValueError(f"block: expected shape {(*self._samples.shape[:-1], 'k')}, got {x.shape}")
        if dtype != self._samples.dtype:
            raise ValueError(f"block: expected dtype {self._samples.dtype} as in the first block, got {x.dtype}")
        out = self._empty(self._ready(self._seen + x.shape[-1]) - self.delay)
        step = max(1, _SAMPLES_AT_ONCE // max(x[..., :1].size, 1))
        begin = self._given
        for i in range(0, x.shape[-1], step):
            piece = x[..., i : i + step]
            self._samples = np.concatenate([self._samples, piece.astype(dtype, copy=False)], axis=-1)
            self._seen += piece.shape[-1]
            self._advance(self._ready(self._seen), self.delay, out, begin)
        return self._shaped(out)

    def flush(self):
        """The remaining features, whose frames reach beyond the end; the stream then begins anew.

        Returns
        -------
        ndarray, shape (..., frames, n_mels), with deltas (..., frames, n_mels, 1 + deltas)
            The frames that no block completed.

        Raises
        ------
        ValueError
            If no block was given, not even one without samples.
        """
        if self._samples is None:
            raise ValueError("block: expected at least one before flush()")
        count = self._settings.count(self._seen)
        out = self._empty(count)
        self._advance(count, 0, out, self._given)
        self._begin()
        return self._shaped(out)

    def _ready(self, seen):
        """How many frames do not depend on what comes behind so many samples."""
        s = self._settings
        if s.boundary != "constant" and seen <= -s.origin:
            return 0  # the samples that mirror what stands before the first are not all there
        whole = (seen - s.span - s.origin) // s.hop_length + 1
        return max(self._done, min(whole, s.count(seen)))

    def _empty(self, upto):
        shape = (*self._samples.shape[:-1], max(upto - self._given, 0), self._settings.n_mels, 1 + self._deltas.orders)
        return np.empty(shape, self._samples.dtype)

    def _shaped(self, out):
        return out if self._deltas.orders else out[..., 0]

    def _advance(self, ready, delay, out, begin):
        """Compute features up to frame `ready`, deliver those `delay` frames before it; out begins at frame `begin`."""
        s, deltas = self._settings, self._deltas
        fresh = np.empty((*self._samples.shape[:-1], ready - self._done, s.n_mels), self._samples.dtype)
        _log_mel.frames(self._samples, self._base, self._seen, self._done, s, fresh)
        self._done = ready
        given = max(ready - delay, self._given)
        to = out[..., self._given - begin : given - begin, :, :]
        if deltas.orders:
            statics = np.concatenate([self._statics, fresh], axis=-2)
            _log_mel.stack(statics, self._given - self._static_base, deltas, to)
            keep = max(given - deltas.reach, 0)
            self._statics = statics[..., keep - self._static_base :, :].copy()
            self._static_base = keep
        else:
            to[..., 0] = fresh
        self._given = given
        # The next frame's samples, and at the end as many as its mirror image may need.
        first = max(min(ready * s.hop_length + s.origin, self._seen - s.span + min(s.origin, 0)), self._base)
        self._samples = self._samples[..., first - self._base :].copy()
        self._base = first

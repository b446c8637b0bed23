"""Spectrograms in one pass from samples to power, magnitude, phase or decibels, at once or block by block."""

import numpy as np

from sigkit import _array, _frames

REAL = (_array.FLOAT32, _array.FLOAT64)


class _Settings:
    """The arguments of `spectrogram` but for the samples, checked."""

    def __init__(self, fs, n_fft, hop_length, win_length, window, center, pad_mode, detrend, power, scaling, phase, db,
                 ref, amin, onesided, centered, layout, dtype):  # fmt: skip
        self.frames = _frames.frames_of(n_fft, hop_length, win_length, window, center, pad_mode)
        self.fs = _frames.sampling_rate(fs, self.frames.n_fft)
        self.power = _array.real(power, "power", above=0)
        self.detrend, self.scaling, self.dtype = _frames.trend(detrend), scaling, dtype
        self.onesided, self.centered, self.layout = onesided, _array.flag(centered, "centered"), layout
        phase, db = _array.flag(phase, "phase"), _array.flag(db, "db")
        _frames.check_layout(layout)
        if phase and (db or scaling is not None or power != 2):
            raise ValueError("phase=True: expected power, scaling and db at their defaults, which do not turn a phase")
        if db and power not in (1, 2):
            raise ValueError(f"db=True: expected power 2 or 1 (the same decibels), got {power}")
        self.gain = 1.0 if scaling is None else _frames.scale(self.frames.window, scaling, self.fs)
        self.floor, self.offset = _array.real(amin, "amin", above=0), 0.0
        reference = _array.real(ref, "ref", above=0)
        if db:
            self.offset = -10 * np.log10(max(reference, self.floor))
            self.kind = _frames.DECIBELS
        elif phase:
            self.kind = _frames.PHASE
        else:
            self.kind = _frames.MAGNITUDE if self.power == 1 else _frames.POWER

    def spectrum(self, x):
        """(frames with the scale in the window, what to keep, precision) for samples like x."""
        onesided = _frames.sides(x, self.onesided, self.centered)
        factor = np.sqrt(self.gain)
        frames = self.frames._replace(window=self.frames.window * factor) if factor != 1 else self.frames
        mirrored = 2.0 if onesided and self.scaling is not None else 1.0
        what = _frames.Spectrum(onesided, self.centered, self.kind, mirrored, self.floor, self.offset)
        return frames, what, _frames.precision(x, "dtype", self.dtype, REAL)

    def compute(self, x, frames, what, computes, count, out=None):
        """The result for `count` frames of x."""
        computed, out, view = _frames.output(out, x.shape[:-1], count, what.bins(frames.n_fft),
                                             _array.REAL_OF[computes], self.layout, (x,))  # fmt: skip
        _frames.transform(x, frames, what, view, self.detrend)
        if what.kind == _frames.POWER and self.power != 2:
            np.power(computed, computed.dtype.type(self.power / 2), out=computed)
        return _array.deliver(computed, out)


def spectrogram(x, *, fs=1.0, n_fft=2048, hop_length=None, win_length=None, window="hann", center=True,
                pad_mode="constant", detrend=False, power=2.0, scaling=None, phase=False, db=False, ref=1.0, amin=1e-10,
                onesided=None, centered=False, layout="ft", dtype=None, out=None):  # fmt: skip
    """Power, magnitude, decibels or phase of a short-time spectrum, in one pass over the samples.

    The complex spectrum of `stft` is never written: every frame goes from samples to its result in cache.

    Parameters
    ----------
    x : array_like, shape (..., n)
        Real or complex samples, time last; other axes are batches.
    fs : float, default 1.0
        Samples a second; counts only for ``scaling="density"``.
    n_fft : int, default 2048
        Points of each transform, as in `stft`.
    hop_length : int, optional
        Samples from one frame to the next. Default ``win_length // 4``, as in `stft`.
    win_length : int, optional
        Samples of a frame, as in `stft`. Default `n_fft`.
    window : str, tuple, float, function or array_like, default "hann"
        As in `stft`.
    center : bool, default True
        As in `stft`. (`scipy.signal.spectrogram` neither centres nor extends: ``center=False``.)
    pad_mode : str, default "constant"
        The extension where centred, as in `stft`.
    detrend : {False, "constant", "linear"}
        What each frame is freed of before it is windowed: nothing (default, as librosa), its mean or its least-squares
        line.
    power : float, default 2.0
        The exponent of the magnitude: 2 for power, 1 for magnitude, any other above 0.
    scaling : {None, "spectrum", "density"}
        The power as it is (default), or per window: "spectrum" (V**2: a sine's peak is its power), "density" (V**2/Hz:
        noise does not depend on `n_fft`). One-sided results of the two hold the power of both sides: all bins but DC
        and half the sampling rate are doubled.
    phase : bool, default False
        The angle in radians, from -pi to pi, instead of the power.
    db : bool, default False
        Decibels, ``10 * log10(max(P, amin)) - 10 * log10(max(ref, amin))`` of the power P, whether `power` is 2 or 1.
    ref : float, default 1.0
        The power of 0 dB.
    amin : float, default 1e-10
        The least power told apart in decibels; default as `power_to_db`'s.
    onesided : bool, optional
        As in `stft`: by default for real samples, unless `centered`.
    centered : bool, default False
        Bins from the lowest, negative frequency to the highest, DC at ``n_fft // 2``, as in `stft`.
    layout : {"ft", "tf"}
        Axes of the result: frequency, time (default) or time, frequency.
    dtype : dtype, optional
        float32 or float64, in which the work is done as well. Default: the samples' precision.
    out : ndarray, optional
        Where to put the result; of exactly its shape and dtype. May overlap `x`.

    Returns
    -------
    ndarray, shape (..., bins, frames), or (..., frames, bins) for "tf"
        float32 for float16, float32 and complex64 samples, else float64. Frames, bins and memory as of `stft`: bin k of
        a one-sided result is at ``k * fs / n_fft``, of a two-sided one at ``numpy.fft.fftfreq(n_fft, 1 / fs)[k]``, with
        `centered` ``(k - n_fft // 2) * fs / n_fft``; a centred frame f at ``f * hop_length / fs``.

    Raises
    ------
    TypeError
        As `stft`, and for numbers that are not real.
    ValueError
        As `stft`; for numbers not above 0, a phase with a power, scaling or decibels, decibels of another power, and a
        window that cannot be scaled.

    See Also
    --------
    stft : the complex spectrum.
    SpectrogramStream : block by block.
    welch : the average over all frames.
    power_to_db : decibels of what is there already, against the maximum, say.

    Notes
    -----
    Counterpart: none of this name is matched: `scipy.signal.spectrogram` returns frequencies and times as well and has
    other defaults, ``abs(librosa.stft(x)) ** 2`` is the default here. Magnitudes and decibels neither overflow nor
    vanish where the power would. With a scaling, ``power=1`` is the root of ``power=2``, where SciPy's
    ``mode="magnitude"`` is not doubled. Error bound and NaN rule: see `sigkit.spectral`; of the power twice the
    spectrum's relative one, of decibels that of the logarithm of a power so wrong.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> x = np.cos(2 * np.pi * 1000 * np.arange(8000) / 8000)
    >>> P = sigkit.spectrogram(x, n_fft=256, scaling="spectrum")
    >>> P.shape, float(P[:, 60].max().round(6))
    ((129, 126), 0.5)
    >>> z = np.exp(2j * np.pi * 0.25 * np.arange(4096)).astype(np.complex64)
    >>> P = sigkit.spectrogram(z, n_fft=64, db=True, centered=True, layout="tf")
    >>> P.argmax(axis=1)[:4]
    array([48, 48, 48, 48])
    """
    settings = _Settings(fs, n_fft, hop_length, win_length, window, center, pad_mode, detrend, power, scaling, phase,
                         db, ref, amin, onesided, centered, layout, dtype)  # fmt: skip
    x = _array.as_array(x, "x")
    frames, what, computes = settings.spectrum(x)
    if x.ndim == 0:
        raise ValueError("x: expected at least one dimension, got a scalar")
    count = frames.checked_count(x.shape[-1], "x")
    return settings.compute(x, frames, what, computes, count, out)


class SpectrogramStream:
    """
    A spectrogram block by block: the same bits as one call of `spectrogram`, however the signal is cut.

    `process` takes the next block and returns the frames that it completes; `flush` returns the last ones and starts
    anew. All frames side by side are what `spectrogram` returns for all blocks side by side; without a block these are
    no samples, in float64. Between calls a stream holds less than two frames of samples and one hop.

    Parameters
    ----------
    fs : float, default 1.0
        Samples a second; counts only for ``scaling="density"``.
    n_fft : int, default 2048
        Points of each transform.
    hop_length : int, optional
        Samples from one frame to the next. Default ``win_length // 4``.
    win_length : int, optional
        Samples of a frame. Default `n_fft`.
    window : str, tuple, float, function or array_like, default "hann"
        As in `spectrogram`.
    center : bool, default True
        As in `spectrogram`: a frame is then complete ``n_fft // 2`` samples after its centre, or at the end.
    pad_mode : str, default "constant"
        As in `spectrogram`, but for "wrap", which would need the end of the signal at its beginning.
    detrend : {False, "constant", "linear"}
        As in `spectrogram`. Default: nothing.
    power : float, default 2.0
        As in `spectrogram`.
    scaling : {None, "spectrum", "density"}
        As in `spectrogram`. Default: none.
    phase : bool, default False
        As in `spectrogram`.
    db : bool, default False
        As in `spectrogram`.
    ref : float, default 1.0
        As in `spectrogram`.
    amin : float, default 1e-10
        As in `spectrogram`.
    onesided : bool, optional
        As in `spectrogram`.
    centered : bool, default False
        As in `spectrogram`.
    layout : {"ft", "tf"}
        As in `spectrogram`. Default "ft".
    dtype : dtype, optional
        As in `spectrogram`. Default: the first block's precision.

    Raises
    ------
    TypeError, ValueError
        As `spectrogram`, and for ``pad_mode="wrap"``.

    See Also
    --------
    spectrogram : in one call.

    Notes
    -----
    Counterpart: none in librosa or SciPy. Not for two threads at once. Error bound and NaN rule: see
    `sigkit.spectral`.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> x = np.random.default_rng(0).standard_normal(5000)
    >>> stream = sigkit.SpectrogramStream(n_fft=256)
    >>> parts = [stream.process(x[:3000]), stream.process(x[3000:]), stream.flush()]
    >>> [part.shape[-1] for part in parts]
    [45, 32, 2]
    >>> bool((np.concatenate(parts, axis=-1) == sigkit.spectrogram(x, n_fft=256)).all())
    True
    """

    def __init__(self, *, fs=1.0, n_fft=2048, hop_length=None, win_length=None, window="hann", center=True,
                 pad_mode="constant", detrend=False, power=2.0, scaling=None, phase=False, db=False, ref=1.0,
                 amin=1e-10, onesided=None, centered=False, layout="ft", dtype=None):  # fmt: skip
        self._settings = _Settings(fs, n_fft, hop_length, win_length, window, center, pad_mode, detrend, power, scaling,
                                   phase, db, ref, amin, onesided, centered, layout, dtype)  # fmt: skip
        if pad_mode == "wrap":
            raise ValueError("pad_mode='wrap': a stream's beginning cannot know its end")
        self._restart()

    def _restart(self):
        self._like = None  # dtype and batch axes of all blocks
        self._held = None  # the samples that are still needed; the extension counts as samples
        self._start = 0  # how many came before them
        self._begun = False  # whether the extension at the beginning is among all these
        self._next = 0  # the first frame not returned yet

    def process(self, block):
        """Take the next samples and return the frames that are now complete.

        Parameters
        ----------
        block : array_like, shape (..., k)
            Any number of samples, none as well, which compute in the same precision as the first block's (int16 and
            float64 do, float32 and float64 do not) and have its batch axes; also where the first block is empty.

        Returns
        -------
        ndarray, shape (..., bins, frames), or (..., frames, bins) for "tf"
            As `spectrogram` returns them; perhaps of no frame.

        Raises
        ------
        TypeError, ValueError
            For a block that is no array or unlike the first one.
        """
        x = _array.as_array(block, "block")
        if x.ndim == 0:
            raise ValueError("block: expected at least one dimension, got a scalar")
        like = _array.common_dtype(x), x.shape[:-1]
        if self._like is None:
            self._plan = self._settings.spectrum(x)
            computes = self._plan[2]
            held = computes if x.dtype.kind == "c" else _array.REAL_OF[computes]
            self._like, self._held = like, np.empty((*x.shape[:-1], 0), held)
        if like != self._like:
            dtype, batch = self._like
            raise ValueError(f"block: expected shape {(*batch, 'k')} and samples that compute in {dtype} as the first "
                             f"block's, got {x.shape} and {x.dtype}")  # fmt: skip
        self._held = np.concatenate([self._held, x], axis=-1, dtype=self._held.dtype)
        n, frames = self._held.shape[-1], self._plan[0]
        mirrored = {"symmetric": frames.pad, "reflect": frames.pad + 1}  # samples that the extension is made of
        if not self._begun and n >= max(mirrored.get(frames.pad_mode, 1), 1):
            self._extend(-frames.pad, n)
        return self._complete() if self._begun else self._compute(0, 0)

    def flush(self):
        """Return the frames that are left, with the extension at the end, and begin a new signal.

        Returns
        -------
        ndarray, shape (..., bins, frames), or (..., frames, bins) for "tf"
            As `spectrogram` returns them; perhaps of no frame.

        Raises
        ------
        ValueError
            If the signal was too short for `spectrogram`.
        """
        try:
            if self._like is None:
                self.process(np.empty(0))
            n, frames = self._held.shape[-1], self._plan[0]
            if not self._begun:
                frames.checked_count(n, "all blocks together")
            self._extend(0 if self._begun else -frames.pad, n + frames.pad)
            result = self._complete()
            if not self._next:
                frames.checked_count(n - frames.pad, "all blocks together")
            return result
        finally:
            self._restart()

    def _extend(self, begin, end):
        frames = self._plan[0]
        self._held = _frames.extended(self._held, begin, end, frames.pad_mode, frames.pad, self._held.dtype)
        self._begun = True

    def _complete(self):
        """The frames that the samples held are enough for; those not needed again are dropped."""
        frames, held = self._plan[0], self._held.shape[-1]
        first = self._next * frames.hop - self._start
        count = max((held - first - frames.n_fft) // frames.hop + 1, 0)
        result = self._compute(first, count)
        self._next += count
        # The last of them are what an extension at the end reflects.
        drop = max(min(self._next * frames.hop - self._start, held - frames.pad - 1), 0)
        self._held, self._start = self._held[..., drop:].copy(), self._start + drop
        return result

    def _compute(self, first, count):
        frames, what, computes = self._plan
        return self._settings.compute(self._held[..., first:], frames._replace(pad=0), what, computes, count)

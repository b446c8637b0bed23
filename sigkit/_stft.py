"""Short-time Fourier transform and its inverse. See `sigkit.spectral`, which holds what both have in common."""

import math

from sigkit import _array, _frames, _overlap_add

COMPLEX = (_array.COMPLEX64, _array.COMPLEX128)


def stft(y, *, n_fft=2048, hop_length=None, win_length=None, window="hann", center=True, dtype=None,
         pad_mode="constant", out=None, onesided=None, centered=False, layout="ft"):  # fmt: skip
    """Short-time Fourier transform: the spectra of overlapping windowed frames.

    ``D[..., k, f] = sum over j < n_fft of w[j] y[f * hop_length + j - pad] exp(-2 pi i k j / n_fft)``, with `pad` as
    in the table of `sigkit.spectral`.

    Parameters
    ----------
    y : array_like, shape (..., n)
        Real or complex samples, time last; other axes are batches.
    n_fft : int, default 2048
        Points of each transform; the bins are ``fs / n_fft`` apart. Default as librosa's (93 ms at 22,050 Hz); products
        of 2, 3, 5 and 7 up to 16,384 are fast, any other is right.
    hop_length : int, optional
        Samples from one frame to the next. Default ``win_length // 4``, at least 1: a Hann window's frames then overlap
        evenly.
    win_length : int, optional
        Samples of a frame; the window is padded with zeros to `n_fft` on both sides (one more behind where the
        difference is odd). Default `n_fft`.
    window : str, tuple, float, function or array_like, default "hann"
        What `scipy.signal.get_window` names (periodic), Kaiser's beta, a function of the length, or `win_length` real
        values. Default "hann": low leakage, and it overlaps evenly at hops of a half and a quarter.
    center : bool, default True
        Frame f is centred on sample ``f * hop_length``; the signal is extended by ``n_fft // 2`` samples at each end.
        False: it starts there, and nothing is extended.
    dtype : dtype, optional
        complex64 or complex128, in which the work is done as well. Default: that of the samples' precision.
    pad_mode : str, default "constant"
        The extension: "constant" (zeros), "reflect", "symmetric", "edge", "linear_ramp" or "wrap", as `numpy.pad`.
        Default as librosa's: nothing is invented. torch.stft reflects.
    out : ndarray, optional
        Where to put the result; of exactly its shape and dtype. May overlap `y`. Without it a large result costs as
        much time in page faults as in transforms.
    onesided : bool, optional
        Only the bins up to half the sampling rate, ``n_fft // 2 + 1`` of them; for real samples only. Default: for real
        samples True (the others are their conjugates), unless `centered`; for complex ones False.
    centered : bool, default False
        Bins from the lowest, negative frequency to the highest, DC at ``n_fft // 2``. Default: DC first, as an FFT
        gives them.
    layout : {"ft", "tf"}
        Axes of the result: frequency, time (default, as librosa and torch) or time, frequency.

    Returns
    -------
    ndarray, shape (..., bins, frames), or (..., frames, bins) for "tf"
        complex64 for float16, float32 and complex64 samples, else complex128. The bins of a frame lie side by side in
        memory in both layouts, as librosa's: "tf" is C-contiguous.

    Raises
    ------
    TypeError
        For masked arrays, matrices, other dtypes than bool, integers, float16/32/64 and complex64/128, numbers that are
        not integers, flags other than True and False, and a function for `pad_mode`.
    ValueError
        For numbers out of range, an unknown name, a window of another length or with values that are not finite in the
        precision of the result, too few samples for a frame, and an `out` that does not fit.

    See Also
    --------
    istft : the inverse.
    spectrogram : power, magnitude, phase or decibels without the complex array.
    SpectrogramStream : block by block.

    Notes
    -----
    Counterpart: `librosa.stft`. Differences: complex samples, integers and lists are taken; float32 is transformed in
    float32, where librosa computes in float64 and rounds; batches do not interleave in memory; NaN and infinite samples
    are allowed; "wrap" is, too; pad functions are not, nor "empty"; no warning where `n_fft` exceeds the signal; an
    `out` that is too long is refused. Error bound, NaN rule and frame counts: see `sigkit.spectral`.
    Source: J. B. Allen, L. R. Rabiner, "A unified approach to short-time Fourier analysis and synthesis", 1977.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> y = np.cos(2 * np.pi * 1000 * np.arange(8000) / 8000)
    >>> D = sigkit.stft(y, n_fft=256, hop_length=64)
    >>> D.shape
    (129, 126)
    >>> int(abs(D[:, 60]).argmax()) * 8000 / 256
    1000.0
    >>> z = np.exp(2j * np.pi * -0.25 * np.arange(512)).astype(np.complex64)
    >>> abs(sigkit.stft(z, n_fft=8, centered=True, layout="tf")).argmax(axis=1)[:4]
    array([2, 2, 2, 2])
    """
    x = _array.as_array(y, "y")
    frames = _frames.frames_of(n_fft, hop_length, win_length, window, center, pad_mode)
    centered = _array.flag(centered, "centered")
    what = _frames.Spectrum(_frames.sides(x, onesided, centered), centered)
    _frames.check_layout(layout)
    computes = _frames.precision(x, "dtype", dtype, COMPLEX)
    if x.ndim == 0:
        raise ValueError("y: expected at least one dimension, got a scalar")
    count = frames.checked_count(x.shape[-1], "y")
    computed, out, view = _frames.output(
        out, x.shape[:-1], count, what.bins(frames.n_fft), computes, layout, (x,)
    )
    _frames.transform(x, frames, what, view)
    return _array.deliver(computed, out)


def istft(stft_matrix, *, hop_length=None, win_length=None, n_fft=None, window="hann", center=True, dtype=None,
          length=None, out=None, onesided=True, centered=False, layout="ft"):  # fmt: skip
    """Inverse short-time Fourier transform: the signal whose `stft` comes closest.

    Each spectrum is transformed back, windowed again, added where its frame was, and the sum divided by that of the
    squared windows: the least-squares solution. Where the matrix is a signal's `stft`, that is the signal as far as
    frames reach; `stft` has no frame for samples behind the last window, at most ``hop_length - win_length // 2`` of
    them where centred, and of these nothing comes back, as in librosa: they are cut off, or zero up to `length`.

    Parameters
    ----------
    stft_matrix : array_like, shape (..., bins, frames)
        Spectra as `stft` returns them, with the same arguments.
    hop_length : int, optional
        Samples from one frame to the next. Default ``win_length // 4``, at least 1, as `stft`'s.
    win_length : int, optional
        Samples of a frame, as in `stft`. Default `n_fft`.
    n_fft : int, optional
        Points of each transform. Default ``2 * (bins - 1)``, so an odd one must be given; with ``onesided=False`` bins.
    window : str, tuple, float, function or array_like, default "hann"
        As in `stft`. With the hop it must be invertible (NOLA): at each place some frame's window is not zero.
    center : bool, default True
        As in `stft`; the extension is cut off again.
    dtype : dtype, optional
        Of the result, and of the work: float32 or float64, with ``onesided=False`` complex64 or complex128. Default:
        the spectra's precision.
    length : int, optional
        Samples of the result: the rest is cut off, or is zero. Default: what whole frames cover, which may be up to a
        hop less than the signal had.
    out : ndarray, optional
        Where to put the result; of exactly its shape and dtype. May overlap the matrix.
    onesided : bool, default True
        The matrix has the bins up to half the sampling rate, and the result is real; the imaginary parts of DC and of
        half the rate count for nothing. False: it has `n_fft` bins, and the result is complex.
    centered : bool, default False
        DC is at ``n_fft // 2``, as of `stft` with ``centered=True``; implies ``onesided=False``.
    layout : {"ft", "tf"}
        Axes of the matrix: frequency, time (default) or time, frequency.

    Returns
    -------
    ndarray, shape (..., n)
        float32 or float64 (onesided), else complex64 or complex128. ``n = n_fft + hop_length * (frames - 1)``, less
        ``2 * (n_fft // 2)`` where centred, or `length`.

    Raises
    ------
    TypeError
        As `stft`.
    ValueError
        As `stft`; and where window and hop leave gaps, where the window's squares overflow or vanish, for no frames,
        and a number of bins that `n_fft` does not have.

    See Also
    --------
    stft : the forward transform.

    Notes
    -----
    Counterpart: `librosa.istft`. Differences: two-sided spectra; a window and hop that leave gaps are an error, where
    librosa returns zeros there (the least sum of squared windows must exceed 1e-10 of the largest); `length=0` is a
    length. Where only the edge of the signal has no weight (``center=False`` and a window that starts with zero) the
    result is not divided, as librosa's. A spectrum that holds a NaN or an infinite number makes the samples of its
    frame's window NaN, and no others. Error of ``istft(stft(y))``: ``2 g eps`` times the largest norm of a windowed
    frame, times ``sum |w| / sum w**2`` of the windows over the sample, with `g` as in `sigkit.spectral`.
    Source: D. W. Griffin, J. S. Lim, "Signal estimation from modified short-time Fourier transform", 1984.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> y = np.sin(np.arange(1000.0))
    >>> D = sigkit.stft(y, n_fft=128, hop_length=37)
    >>> bool(np.allclose(sigkit.istft(D, hop_length=37, length=1000), y))
    True
    """
    x = _array.as_array(stft_matrix, "stft_matrix")
    _frames.check_layout(layout)
    centered = _array.flag(centered, "centered")
    onesided = _array.flag(onesided, "onesided") and not centered
    if x.ndim < 2:
        raise ValueError(f"stft_matrix: expected at least 2 dimensions, got {x.ndim}")
    spectra = x.swapaxes(-1, -2) if layout == "ft" else x
    count, bins = spectra.shape[-2:]
    if not count or not bins:
        raise ValueError(f"stft_matrix: expected at least one bin and one frame, got shape {x.shape}")
    if n_fft is None:
        n_fft = max(2 * (bins - 1), 1) if onesided else bins
    n_fft = _array.size(n_fft, "n_fft")
    expected = _frames.Spectrum(onesided).bins(n_fft)
    if bins != expected:
        raise ValueError(f"stft_matrix: expected {expected} bins for n_fft={n_fft}, got {bins}")
    frames = _frames.frames_of(n_fft, hop_length, win_length, window, center, "constant")
    choices = (_array.FLOAT32, _array.FLOAT64) if onesided else COMPLEX
    computes = _frames.precision(x, "dtype", dtype, choices)
    _overlap_add.check_nola(frames, _array.REAL_OF[computes])
    n = frames.n_fft + frames.hop * (count - 1) - 2 * frames.pad
    if length is not None:
        n = _array.size(length, "length", 0)
    result = _array.REAL_OF[computes] if onesided else computes
    shape = (*spectra.shape[:-2], max(n, 0))
    _array.check_size(math.prod(shape), result, "length" if length is not None else "hop_length")
    computed, out = _array.output(out, shape, result, (x,))
    _overlap_add.inverse(spectra, frames, centered, computed)
    return _array.deliver(computed, out)

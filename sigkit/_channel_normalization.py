"""Features against the channel: mean and variance normalisation, per-channel energy normalisation."""

import math

import numpy as np

from sigkit import _array, _mel

_FRAMES_AT_ONCE, _BANDS_AT_ONCE = 1024, 128
"""Of a block in double precision."""


def cmvn(features, *, axis=-2, variance=True, window=None, center=True, min_window=None, lengths=None, floor=1e-20,
         out=None):  # fmt: skip
    """Cepstral mean and variance normalisation: every band to mean 0 and variance 1 over time.

    Takes away what does not change in a recording: microphone, room, level.

    Parameters
    ----------
    features : array_like, shape (..., frames, bands)
        Real features with time along `axis`.
    axis : int, default -2
        The time axis. Default -2: the layout of `log_mel`; -1 for librosa's.
    variance : bool, default True
        Divide by the standard deviation, too; False: subtract the mean alone.
    window : int, optional
        Statistics over so many frames round each frame, for recordings whose channel changes. Default: over all.
    center : bool, default True
        With `window`: frames ``t - window // 2`` to ``t - window // 2 + window - 1``, moved inwards at the ends; False:
        from ``t - window`` to t, at least the first `min_window` frames. As Kaldi and torchaudio count.
    min_window : int, optional
        With `window` and ``center=False``: see there; at most `window`. Default: 100, or `window` where that is less.
    lengths : array_like of int, optional
        Frames of each recording of a padded batch, of the shape of `features` without its last two axes: statistics
        are over these alone, and padding becomes 0.
    floor : float, default 1e-20
        Of the variance, so that a constant band becomes 0. Default: Kaldi's.
    out : ndarray, optional
        Where to put the result; of its shape and exactly its dtype. May overlap `features`.

    Returns
    -------
    ndarray, shape (..., frames, bands)
        Of the dtype of `features`; float64 for integers, float32 for float16. `out` where it was given.

    Raises
    ------
    TypeError
        For complex input, masked arrays, matrices, unsupported dtypes, and parameters of the wrong type.
    ValueError
        For fewer than two axes, a size below 1, an axis out of range, `lengths` that do not fit or together with
        `window`, or an `out` that does not fit.

    See Also
    --------
    log_mel : features to normalise.
    pcen : against noise, and as they arrive.

    Notes
    -----
    Counterparts: none in librosa; Kaldi's apply-cmvn ``--norm-vars`` over all frames, its apply-cmvn-sliding and
    ``torchaudio.functional.sliding_window_cmn`` with `window` (where `center` is False by default). Variances divide by
    the number of frames. With `window`, a lone frame becomes 0.

    Statistics are sums in float64 of the deviations from a value of the band, so that neither an offset nor what has
    left the window costs accuracy; a NaN reaches the frames whose statistics it is in. Error: ``4 * eps`` times the
    largest deviation over the standard deviation, and in float64 ``4 * eps`` times the mean over it.

    Source: F.-H. Liu et al., Efficient cepstral normalization for robust speech recognition, HLT 1993.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> features = np.random.default_rng(0).normal(5, 3, (200, 80))
    >>> normalized = sigkit.cmvn(features)
    >>> bool(abs(normalized.mean(axis=0)).max() < 1e-12), bool(abs(normalized.std(axis=0) - 1).max() < 1e-12)
    (True, True)
    """
    x = _array.as_array(features, "features", real=True)
    if x.ndim < 2:
        raise ValueError(f"features: expected at least two dimensions, got {x.ndim}")
    dtype = _array.common_dtype(x)
    lines = _array.axis_last(x, axis, "features")
    variance, center = _mel.flag(variance, "variance"), _mel.flag(center, "center")
    floor = _mel.real(floor, "floor", least=0)
    if min_window is not None:
        min_window = _array.index(min_window, "min_window", 1)
    if window is not None:
        window = _array.index(window, "window", 1)
        min_window = min(100, window) if min_window is None else min_window
        if min_window > window:
            raise ValueError(f"min_window={min_window}: expected at most window, which is {window}")
        if lengths is not None:
            raise ValueError("lengths: expected None with a window, whose statistics are local")
    if lengths is not None:
        lengths = _mel.own_lengths(lengths, lines.shape[:-2], lines.shape[-1], "frames")
    computed, out = _array.output(out, x.shape, dtype, (x,))
    target = np.moveaxis(computed, axis, -1)
    with np.errstate(invalid="ignore", over="ignore"):
        for i in np.ndindex(lines.shape[:-2]):  # a recording, as (frames, bands)
            n = lines.shape[-1] if lengths is None else int(lengths[i])
            one, to = lines[i].T[:n], target[i].T
            to[n:] = 0
            for k in range(0, one.shape[1] if n else 0, _BANDS_AT_ONCE):
                bands = slice(k, k + _BANDS_AT_ONCE)
                if window is None:
                    _normalize(one[:, bands], variance, floor, to[:n, bands])
                else:
                    _normalize_in_windows(one[:, bands], variance, floor, window, center, min_window, to[:, bands])
    return _array.deliver(computed, out)


def _wide(x):
    """In double precision and one order of memory: sums must not depend on another one."""
    return np.array(x, np.float64, order="C")


def _sum(x):
    """Over the frames, one after the other: NumPy would sum a band alone in another order than several."""
    return np.repeat(x, 2, axis=1).sum(axis=0)[::2] if x.shape[1] == 1 else x.sum(axis=0)


def _normalize(x, variance, floor, out):
    blocks = [slice(t, t + _FRAMES_AT_ONCE) for t in range(0, len(x), _FRAMES_AT_ONCE)]
    mean = sum(_sum(_wide(x[t])) for t in blocks) / len(x)
    scale = 1.0
    if variance:
        squares = sum(_sum(np.square(_wide(x[t]) - mean)) for t in blocks)
        scale = 1 / np.sqrt(np.maximum(squares / len(x), floor))
    for t in blocks:
        out[t] = (x[t] - mean) * scale


def _window_sums(x, function, first, count, length):
    """Sums over function(x[t : t + length]) for `count` t from `first` on, by additions alone: nothing outlives its
    window. In groups of `length` frames: what is left of one from t on and what the next one brings."""
    begin = first // length * length
    rows = np.zeros((-(-(first + count + length - 1 - begin) // length) * length, x.shape[1]))
    some = x[begin : begin + len(rows)]
    rows[: len(some)] = function(_wide(some))
    groups = rows.reshape(-1, length, x.shape[1])
    ahead = np.cumsum(groups, axis=1).reshape(rows.shape)
    rest = np.cumsum(groups[:, ::-1], axis=1)[:, ::-1].reshape(rows.shape)
    t = np.arange(first - begin, first - begin + count)
    sums = rest[t]
    crossing = t % length != 0
    sums[crossing] += ahead[t[crossing] + length - 1]
    return sums


def _normalize_in_windows(x, variance, floor, window, center, min_window, out):
    n = len(x)
    t = np.arange(n)
    if center:
        length = min(window, n)
        start = np.clip(t - window // 2, 0, n - length)
        whole = 0  # frames whose window begins at the first frame and grows
    else:
        length = min(window + 1, n)
        whole = length
        start = np.maximum(t - window, 0)
    functions = [lambda rows: rows, np.square][: 1 + variance]
    if whole:
        grown = np.minimum(np.maximum(t[:whole] + 1, min_window), n)
        head = _wide(x[: grown[-1]])
        sums = [np.cumsum(f(head), axis=0)[grown - 1] for f in functions]
        _standardize(x[:whole], sums, grown[:, None], floor, out[:whole])
    step = max(length, _FRAMES_AT_ONCE)
    for a in range(whole, n, step):
        b = min(a + step, n)
        first, count = start[a], start[b - 1] - start[a] + 1
        sums = [_window_sums(x, f, first, count, length)[start[a:b] - first] for f in functions]
        _standardize(x[a:b], sums, length, floor, out[a:b])


def _standardize(x, sums, count, floor, out):
    mean = sums[0] / count
    deviation = x - mean
    if len(sums) > 1:
        deviation /= np.sqrt(np.maximum(sums[1] / count - mean**2, floor))
    out[...] = deviation


def pcen(S, *, sr=22050, hop_length=512, gain=0.98, bias=2, power=0.5, time_constant=0.400, eps=1e-6, b=None,
         max_size=1, ref=None, axis=-1, max_axis=None, zi=None, return_zf=False):  # fmt: skip
    """Per-channel energy normalisation: automatic gain control of every band, then compression by a root.

    ``(S / (eps + M)**gain + bias)**power - bias**power``, where M follows S slowly:
    ``M[t] = (1 - b) * M[t - 1] + b * S[t]``. In place of a logarithm it suppresses steady noise and level.

    Parameters
    ----------
    S : array_like, shape (..., bands, frames)
        A spectrogram of magnitudes or energies, not negative. The defaults suit samples in the range of int32: multiply
        those in [-1, 1] by 2**31 first.
    sr : float, default 22050
        Sampling rate in Hz.
    hop_length : int, default 512
        Samples from one frame to the next.
    gain : float, default 0.98
        How much of the slow level is taken out: 1 is all.
    bias : float, default 2
        Below it, compression is linear.
    power : float, default 0.5
        Of the compression; 0 is its limit ``log1p(S / (eps + M)**gain)``.
    time_constant : float, default 0.4
        Seconds over which M follows.
    eps : float, default 1e-6
        Keeps silence from being amplified without end.
    b : float, optional
        The coefficient of M, in place of `time_constant`; from 0 to 1.
    max_size : int, default 1
        M follows the largest of so many neighbouring bands, so that partials that glide do not dim themselves.
    ref : array_like, of the shape of `S`, optional
        What M follows in place of `S`.
    axis : int, default -1
        The time axis.
    max_axis : int, optional
        The axis of the bands for `max_size`. Default: the other one of two.
    zi : array_like, of the shape of `S` with one frame, optional
        The state to begin with: `zf` of the block before. Default: as though M had been 1.
    return_zf : bool, default False
        Return the state at the end, too.

    Returns
    -------
    ndarray, of the shape of `S`
        Of the dtype of `S`; float64 for integers, float32 for float16.
    zf : ndarray of float64, of the shape of `S` with one frame
        Only with `return_zf`: the state for the next block.

    Raises
    ------
    TypeError
        For complex input, masked arrays, matrices, unsupported dtypes, and parameters of the wrong type.
    ValueError
        For a parameter out of range, an axis out of range, ``max_size > 1`` without a known axis of bands, or shapes
        that do not fit.

    See Also
    --------
    melspectrogram : makes `S`.
    log_mel : the logarithm instead.
    cmvn : mean and variance instead.

    Notes
    -----
    Counterpart: ``librosa.pcen``. Differences: float32 stays float32 (computed in float64), and complex `S` is refused
    where librosa takes its magnitude. M remembers: a NaN or an infinite value makes its band NaN from its frame on.

    Error: ``4 * eps`` of the result, and of ``bias**power`` where the result is below it.

    Source: Y. Wang et al., Trainable frontend for robust and far-field keyword spotting, ICASSP 2017; V. Lostanlen et
    al., Per-channel energy normalization: why and how, IEEE Signal Processing Letters 26 (2019).

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> S = np.abs(np.random.default_rng(0).standard_normal((40, 100))) * 2**31
    >>> louder = sigkit.pcen(100 * S)[:, 50:].mean() / sigkit.pcen(S)[:, 50:].mean()
    >>> bool(0.9 < louder < 1.2)
    True
    """
    x = _array.as_array(S, "S", real=True)
    dtype = _array.common_dtype(x)
    sr, hop_length = _mel.real(sr, "sr", above=0), _mel.real(hop_length, "hop_length", above=0)
    gain, bias = _mel.real(gain, "gain", least=0), _mel.real(bias, "bias", least=0)
    power = _mel.real(power, "power", least=0)
    time_constant, eps = _mel.real(time_constant, "time_constant", above=0), _mel.real(eps, "eps", above=0)
    max_size = _array.index(max_size, "max_size", 1)
    return_zf = _mel.flag(return_zf, "return_zf")
    if b is None:
        t = time_constant * sr / hop_length
        b = (math.sqrt(1 + 4 * t**2) - 1) / (2 * t**2)
    b = _mel.real(b, "b", least=0, most=1)
    lines = _array.axis_last(x, axis, "S")
    if max_size > 1:
        if max_axis is None and x.ndim != 2:
            raise ValueError(f"max_axis: expected the axis of the bands for S of {x.ndim} dimensions")
        bands = _axis_of_bands(max_axis, axis, x.ndim)
    else:
        bands = None
    follows = x if ref is None else _array.as_array(ref, "ref", real=True)
    if follows.shape != x.shape:
        raise ValueError(f"ref: expected the shape of S, {x.shape}, got {follows.shape}")
    shape = tuple(1 if i == axis % x.ndim else size for i, size in enumerate(x.shape))
    state = np.full(shape, 1 - b)
    if zi is not None:
        zi = _array.as_array(zi, "zi", real=True)
        try:
            state[...] = zi
        except ValueError:
            raise ValueError(f"zi: expected shape {shape}, got {zi.shape}") from None
    out = np.empty(x.shape, dtype)
    lines, follows, target, final = (_two_last(a, bands, axis) for a in (x, follows, out, state))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for i in np.ndindex(lines.shape[:-2]):
            step = max(1, _FRAMES_AT_ONCE * _BANDS_AT_ONCE // max(lines.shape[-2], 1))
            for t in range(0, lines.shape[-1] if lines.size else 0, step):
                some = slice(t, t + step)
                slow = _largest_neighbour(follows[i][:, some].astype(np.float64), max_size)
                slow = _follow(slow, b, final[i])
                target[i][:, some] = _compress(lines[i][:, some].astype(np.float64), slow, gain, bias, power, eps)
    return (out, state) if return_zf else out


def _axis_of_bands(max_axis, axis, ndim):
    if max_axis is None:
        return 1 - axis % 2
    max_axis = _array.index(max_axis, "max_axis")
    if not -ndim <= max_axis < ndim or max_axis % ndim == axis % ndim:
        raise ValueError(f"max_axis={max_axis}: expected another axis than axis={axis}, of {ndim} dimensions")
    return max_axis % ndim


def _two_last(a, bands, axis):
    """A view (..., bands, frames)."""
    if a.ndim == 1:
        return a[None]
    return np.moveaxis(a, axis, -1) if bands is None else np.moveaxis(a, (bands, axis), (-2, -1))


def _largest_neighbour(x, size):
    """The largest of `size` rows round each, those beyond the ends mirrored (b a | a b c | c b)."""
    if size == 1:
        return x
    n = len(x)
    place = np.arange(-(size // 2), n - size // 2 + size - 1) % (2 * n)
    rows = x[np.minimum(place, 2 * n - 1 - place)]
    largest = rows[:n]
    for k in range(1, size):
        largest = np.maximum(largest, rows[k : k + n])
    return largest


def _follow(x, b, state):
    """M along the last axis; `state`, (rows, 1), is taken on."""
    from scipy.signal import lfilter

    slow, state[...] = lfilter([b], [1, b - 1], x, axis=-1, zi=state)
    return slow


def _compress(x, slow, gain, bias, power, eps):
    # By logarithms: neither a small M to the power of the gain nor a large ratio leaves the range.
    ratio = np.exp(-gain * (math.log(eps) + np.log1p(slow / eps)))
    if power == 0:
        return np.log1p(x * ratio)
    if bias == 0:
        return np.exp(power * (np.log(x) + np.log(ratio)))
    return bias**power * np.expm1(power * np.log1p(x * ratio / bias))


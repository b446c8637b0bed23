"""Features against the channel: mean and variance normalisation, per-channel energy normalisation."""

import functools
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

    Statistics are sums in float64 of the differences from a value that is among them, and of squared deviations, so
    that neither an offset nor what has left the window costs accuracy, and what is constant becomes 0 exactly; a NaN
    reaches the frames whose statistics it is in. Error: ``eps`` of the result, and ``(n + 8) * (1 + z)**2`` times the
    eps of float64, n being the number of frames of the statistics and z the largest deviation among them over the
    standard deviation.

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
    variance, center = _array.flag(variance, "variance"), _array.flag(center, "center")
    floor = _array.real(floor, "floor", least=0)
    if min_window is not None:
        min_window = _array.index(min_window, "min_window", 1)
    if window is not None:
        window = _array.size(window, "window")
        min_window = min(100, window) if min_window is None else min_window
        if min_window > window:
            raise ValueError(f"min_window={min_window}: expected at most window, which is {window}")
        if lengths is not None:
            raise ValueError("lengths: expected None with a window, whose statistics are local")
    if lengths is not None:
        lengths = _mel.own_lengths(lengths, lines.shape[:-2], lines.shape[-1], "frames")
    computed, out = _array.output(out, x.shape, dtype, (x,))
    target = np.moveaxis(computed, axis, -1)
    many = _BANDS_AT_ONCE  # fewer where windows are long: they are in memory as a whole
    if window is not None:
        many = max(1, many * _FRAMES_AT_ONCE // max(_FRAMES_AT_ONCE, min(window, lines.shape[-1])))
    with np.errstate(invalid="ignore", over="ignore"):
        for i in np.ndindex(lines.shape[:-2]):  # a recording, as (frames, bands)
            n = lines.shape[-1] if lengths is None else int(lengths[i])
            one, to = lines[i].T[:n], target[i].T
            to[n:] = 0
            for k in range(0, one.shape[1] if n else 0, many):
                bands = slice(k, k + many)
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


_TINY = np.finfo(np.float64).tiny
_LARGE = 2.0**500
"""Beyond it, and below its inverse, squares may leave the range."""


def _zero(x):
    """What differences are taken from: x where it is finite, or an infinite one would make NaN of all others."""
    return np.where(np.isfinite(x), x, 0)


def _normalize(x, variance, floor, out):
    """out = x (frames, bands), by the mean and the deviation of all frames."""
    blocks = [slice(t, t + _FRAMES_AT_ONCE) for t in range(0, len(x), _FRAMES_AT_ONCE)]
    largest = functools.reduce(np.maximum, (np.abs(_wide(x[t])).max(axis=0) for t in blocks))
    factor = np.ldexp(1.0, -np.clip(np.frexp(largest)[1], -1000, 1000))  # differences and squares stay in the range
    first = _zero(_wide(x[0])) * factor

    def differences(t):  # from the first frame: an offset is gone before anything is rounded
        return _wide(x[t]) * factor - first

    mean = sum(_sum(differences(t)) for t in blocks) / len(x)
    divisor = factor
    if variance:
        squares = sum(_sum(np.square(differences(t) - mean)) for t in blocks)
        divisor = np.maximum(np.maximum(np.sqrt(squares / len(x)), math.sqrt(floor) * factor), _TINY)
    for t in blocks:
        out[t] = (differences(t) - mean) / divisor


def _grown(d):
    """(sums, sums of squared deviations from the mean) over the first 0, 1, 2, ... rows of d (groups, rows, bands): of
    additions alone, and of squares of what a row differs from the mean of those before it."""
    count = np.arange(1, 1 + d.shape[1])[:, None]
    sums, squares = np.zeros((2, d.shape[0], 1 + d.shape[1], d.shape[2]))
    np.cumsum(d, axis=1, out=sums[:, 1:])
    step = np.square(d[:, 1:] - sums[:, 1:-1] / count[:-1])
    step *= count[:-1] / count[1:]
    np.cumsum(step, axis=1, out=squares[:, 2:])
    return sums, squares


def _normalize_in_windows(x, variance, floor, window, center, min_window, out):
    n = len(x)
    t = np.arange(n)
    if center:
        length = min(window, n)
        start = np.clip(t - window // 2, 0, n - length)
        stop = start + length
    else:
        length = min(window + 1, n)
        start = np.maximum(t - window, 0)
        stop = np.minimum(np.maximum(t + 1, min_window), n)
    # Every window holds a frame whose number is a multiple of the length, and is what lies before it and from it on.
    group = -(-start // length)
    step = max(1, _FRAMES_AT_ONCE // length)
    for k in range(0, group[-1] + 1, step):
        some = slice(*np.searchsorted(group, (k, k + step)))
        middle = length * np.arange(k, min(k + step, group[-1] + 1))
        windows = middle, group[some] - k, start[some], stop[some]
        _normalize_groups(x, variance, floor, length, windows, t[some], out[some])


def _normalize_groups(x, variance, floor, length, windows, frames, out):
    """out = some frames of x: frame i by [start[i], stop[i]), which holds frame middle[group[i]]."""
    middle, group, start, stop = windows
    # Differences from a frame of the window's own: neither an offset nor what lies outside costs accuracy.
    zero = _zero(_wide(x[middle]))
    halves, extreme = [], np.zeros(out.shape, bool)
    for places, rows in ((middle[:, None] - np.arange(1, length), middle[group] - start),
                         (middle[:, None] + np.arange(length), stop - middle[group])):  # fmt: skip
        values = _wide(x[np.clip(places, 0, len(x) - 1)])
        differences = values - zero[:, None]
        sums, squares = _grown(differences)
        halves.append((rows[:, None], sums[group, rows], squares[group, rows]))
        values, differences = np.abs(values), np.abs(differences)
        beyond = (values > _LARGE) & (values < np.inf) | (differences < 1 / _LARGE) & (differences > 0)
        if beyond.any():
            extreme |= np.insert(np.cumsum(beyond, axis=1), 0, 0, axis=1)[group, rows] > 0
    (m, sum_before, squares_before), (n, sum_behind, squares_behind) = halves
    deviation = _wide(x[frames]) - zero[group] - (sum_before + sum_behind) / (m + n)
    if variance:
        apart = sum_behind / n - sum_before / np.maximum(m, 1)
        squares = squares_before + squares_behind + np.square(apart) * (m * n / (m + n))
        deviation /= np.maximum(np.maximum(np.sqrt(squares / (m + n)), math.sqrt(floor)), _TINY)
    out[...] = deviation
    for i in np.flatnonzero(extreme.any(axis=1)):
        bands = np.flatnonzero(extreme[i])
        alone = np.empty((stop[i] - start[i], len(bands)))
        _normalize(x[start[i] : stop[i], bands], variance, floor, alone)
        out[i, bands] = alone[frames[i] - start[i]]


def pcen(S, *, sr=22050, hop_length=512, gain=0.98, bias=2, power=0.5, time_constant=0.400, eps=1e-6, b=None,
         max_size=1, ref=None, axis=-1, max_axis=None, zi=None, return_zf=False):  # fmt: skip
    """Per-channel energy normalisation: automatic gain control of every band, then compression by a root.

    ``(S / (eps + M)**gain + bias)**power - bias**power``, where M follows S slowly:
    ``M[t] = (1 - b) * M[t - 1] + b * S[t]``. In place of a logarithm it suppresses steady noise and level.

    Parameters
    ----------
    S : array_like, shape (..., bands, frames)
        A spectrogram of magnitudes or energies. The defaults suit samples in the range of int32: multiply those in
        [-1, 1] by 2**31 first. Negative values are not refused, but what comes of them means nothing, and may be NaN.
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
        What M follows in place of `S`, as it is: without `max_size`.
    axis : int, default -1
        The time axis.
    max_axis : int, optional
        The axis of the bands for `max_size`. Default: the other one of two.
    zi : array_like, of the shape of `S` with one frame, optional
        The state to begin with, not negative: `zf` of the block before. Default: as though M had been 1.
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
    sr, hop_length = _array.real(sr, "sr", above=0), _array.real(hop_length, "hop_length", above=0)
    gain, bias = _array.real(gain, "gain", least=0), _array.real(bias, "bias", least=0)
    power = _array.real(power, "power", least=0)
    time_constant, eps = _array.real(time_constant, "time_constant", above=0), _array.real(eps, "eps", above=0)
    max_size = _array.size(max_size, "max_size")
    return_zf = _array.flag(return_zf, "return_zf")
    if b is None:
        t = time_constant * sr / hop_length
        b = 2 / (1 + math.hypot(1, 2 * t))
    b = _array.real(b, "b", least=0, most=1)
    if bias and power * math.log(bias) > math.log(np.finfo(np.float64).max):
        raise ValueError(f"power={power}: expected bias**power, of bias={bias}, to be a float64")
    lines = _array.axis_last(x, axis, "S")
    if max_size > 1 and max_axis is None and x.ndim != 2:
        raise ValueError(f"max_axis: expected the axis of the bands for S of {x.ndim} dimensions")
    bands = _axis_of_bands(max_axis, axis, x.ndim) if max_size > 1 or max_axis is not None else None
    follows = x if ref is None else _array.as_array(ref, "ref", real=True)
    if follows.shape != x.shape:
        raise ValueError(f"ref: expected the shape of S, {x.shape}, got {follows.shape}")
    shape = tuple(1 if i == axis % x.ndim else size for i, size in enumerate(x.shape))
    state = np.full(shape, 1 - b)
    if zi is not None:
        zi = _array.as_array(zi, "zi", real=True)
        if zi.shape != shape:
            raise ValueError(f"zi: expected shape {shape}, got {zi.shape}")
        if (zi < 0).any():
            raise ValueError("zi: expected a state that is not negative")
        state[...] = zi
    out = np.empty(x.shape, dtype)
    lines, follows, target, final = (_two_last(a, bands, axis) for a in (x, follows, out, state))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for i in np.ndindex(lines.shape[:-2]):
            step = max(1, _FRAMES_AT_ONCE * _BANDS_AT_ONCE // max(lines.shape[-2], 1))
            for t in range(0, lines.shape[-1] if lines.size else 0, step):
                some = slice(t, t + step)
                slow = follows[i][:, some].astype(np.float64)
                if ref is None:
                    slow = _largest_neighbour(slow, max_size)
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
    size = min(size, 2 * n)  # which are all of them
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


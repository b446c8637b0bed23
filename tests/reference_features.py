"""Naive oracles of `sigkit.features`, in longdouble: definitions written out, no fast transform, no block.

`log_mel_and_bound` and its like also say how far a result in a precision of `eps` may lie from them.
"""

import numpy as np

__all__ = ["cmvn", "delta", "log_mel", "mel_filters", "melspectrogram", "mfcc", "pcen", "stack_deltas"]

LONG = np.longdouble
QUIET = np.errstate(invalid="ignore", over="ignore", divide="ignore", under="ignore")


def widen(x):
    x = np.asarray(x)
    return x.astype(np.clongdouble if x.dtype.kind == "c" else LONG)


def each(function, x, kept):
    """function(x[i]) for each index of the axes before the last `kept` ones."""
    batch = x.shape[: x.ndim - kept]
    results = [function(x[i]) for i in np.ndindex(batch)]
    if not results:
        one = function(np.zeros(x.shape[x.ndim - kept :], x.dtype))
        return np.zeros((*batch, *one.shape), one.dtype)
    return np.stack(results).reshape(*batch, *results[0].shape)


# -------------------------------------------------------------------------------------------------- mel filters


def mel_of(hz, scale):
    if scale == "slaney":
        return hz * 3 / LONG(200) if hz < 1000 else 15 + 27 * np.log(hz / LONG(1000)) / np.log(LONG(6.4))
    return 2595 * np.log10(1 + hz / LONG(700))


def hz_of(mel, scale):
    if scale == "slaney":
        return mel * LONG(200) / 3 if mel < 15 else 1000 * np.exp((mel - 15) * np.log(LONG(6.4)) / 27)
    return 700 * (LONG(10) ** (mel / 2595) - 1)


def mel_filters(*, sr, n_fft, n_mels=128, fmin=0.0, fmax=None, htk=False, norm="slaney", dtype=None, mel_scale=None):
    scale = mel_scale or ("htk" if htk else "slaney")
    low, high = mel_of(LONG(fmin), scale), mel_of(LONG(sr) / 2 if fmax is None else LONG(fmax), scale)
    mels = [low + (high - low) * i / (n_mels + 1) for i in range(n_mels + 2)]
    corners = [hz_of(m, scale) for m in mels]
    weights = np.zeros((n_mels, 1 + n_fft // 2), LONG)
    for band in range(n_mels):
        left, top, right = (mels if scale == "kaldi" else corners)[band : band + 3]
        for k in range(1 + n_fft // 2):
            hz = LONG(sr) * k / n_fft
            at = mel_of(hz, scale) if scale == "kaldi" else hz
            weights[band, k] = max(0, min((at - left) / (top - left), (right - at) / (right - top)))
        if norm == "slaney":
            weights[band] *= 2 / (corners[band + 2] - corners[band])
        elif norm is not None:
            length = np.linalg.norm(weights[band].astype(float), norm)
            weights[band] /= length if length > 1e-300 else 1
    return weights


# ------------------------------------------------------------------------------------------------------- frames


def sample(x, i, outside):
    n = len(x)
    if 0 <= i < n:
        return x[i]
    if outside == "constant":
        return LONG(0)
    if outside == "edge":
        return x[0] if i < 0 else x[-1]
    while not 0 <= i < n:  # reflected again and again
        if outside == "symmetric":
            i = -1 - i if i < 0 else 2 * n - 1 - i
        elif n == 1:
            i = 0
        else:
            i = -i if i < 0 else 2 * n - 2 - i
    return x[i]


def window_of(window, length):
    i = np.arange(length, dtype=LONG)
    pi = LONG("3.14159265358979323846")
    if window == "hann":
        return (1 - np.cos(2 * pi * i / length)) / 2 if length > 1 else np.ones(1, LONG)
    if window == "povey":
        return ((1 - np.cos(2 * pi * i / (length - 1))) / 2) ** LONG(0.85)
    return np.asarray(window, LONG)


def spectrum(y, n_fft):
    """Bins 0 to n_fft // 2 of rows padded with zeros."""
    turns = np.outer(np.arange(y.shape[1]), np.arange(1 + n_fft // 2)) % n_fft
    angle = 2 * LONG("3.14159265358979323846") * turns / n_fft
    return y @ np.cos(angle), -(y @ np.sin(angle))


def bands_and_bound(x, eps, starts, frame_length, n_fft, window, outside, preemphasis, remove_dc, power, weights):
    """Mel bands (frames, bands) of one signal, and what `eps` may do to them.

    A bin of a frame of norm |y| is within d = 8 eps log2(2 n_fft) |y|, its power within (2 |X| + d) d, the sum of K
    bins within another (K + 4) eps of itself. What is subtracted first counts with its own size in |y|.
    """
    w = window_of(window, frame_length)
    raw = np.array([[sample(x, s + i, outside) for i in range(frame_length)] for s in starts], LONG)
    raw = raw.reshape(len(starts), frame_length)
    y, size = raw, abs(raw)
    if remove_dc:
        y, size = y - y.mean(axis=1, keepdims=True), size + 2 * size.mean(axis=1, keepdims=True)
    if preemphasis:
        before = np.concatenate([y[:, :1], y[:, :-1]], axis=1)
        y, size = y - LONG(preemphasis) * before, size + np.concatenate([size[:, :1], size[:, :-1]], axis=1)
    re, im = spectrum(y * w, n_fft)
    magnitude = np.sqrt(re**2 + im**2)
    magnitude[~np.isfinite(raw).all(axis=1)] = np.nan  # the rule: such a frame has no finite band
    d = 8 * eps * np.log2(2 * LONG(n_fft)) * np.sqrt(((size * w) ** 2).sum(axis=1, keepdims=True))
    mel = magnitude**power @ weights.T
    off = ((magnitude + d) ** power - magnitude**power) @ weights.T
    terms = (weights > 0).sum(axis=1)
    return mel, off + (terms + 4 + 2 * power) * eps * mel


# ------------------------------------------------------------------------------------------------ melspectrogram


@QUIET
def melspectrogram_and_bound(y, eps, *, sr=22050, n_fft=2048, hop_length=512, win_length=None, window="hann",
                             center=True, pad_mode="constant", power=2.0, n_mels=128, fmin=0.0, fmax=None, htk=False,
                             norm="slaney", mel_scale=None):  # fmt: skip
    length = win_length or n_fft
    weights = mel_filters(sr=sr, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax, htk=htk, norm=norm,
                          mel_scale=mel_scale)  # fmt: skip

    def one(x):
        n = len(x)
        frames = (1 + n // hop_length if n else 0) if center else max(0, 1 + (n - n_fft) // hop_length)
        first = (n_fft - length) // 2 - (n_fft // 2 if center else 0)
        starts = [first + t * hop_length for t in range(frames)]
        pair = bands_and_bound(x, eps, starts, length, n_fft, window, pad_mode, 0, False, power, weights)
        return np.stack([part.T for part in pair])

    both = each(one, widen(y), 1)
    return np.moveaxis(both, -3, 0)


def melspectrogram(y, **keywords):
    return melspectrogram_and_bound(y, 0, **keywords)[0]


# ------------------------------------------------------------------------------------------------------- log_mel


UNITS = {("ln", 2): LONG(1), ("ln", 1): LONG(1), ("log10", 2): 1 / np.log(LONG(10)), ("log10", 1): 1 / np.log(LONG(10)),
         ("db", 2): 10 / np.log(LONG(10)), ("db", 1): 20 / np.log(LONG(10))}  # fmt: skip


def logarithm_and_bound(mel, off, eps, floor, unit, top):
    """Of bands known within `off`; features are raised to the largest less `top`."""
    floor = LONG(floor)
    value = np.log(np.maximum(mel, floor))
    above = np.log(np.maximum(mel + off, floor)) - value
    below = value - np.log(np.maximum(mel - off, floor))
    value, bound = unit * value, unit * (np.fmax(above, below) + 4 * eps * np.fmax(abs(value), 1))
    if np.isfinite(top) and np.isfinite(value).any():
        largest = np.nanmax(value)
        value = np.maximum(value, largest - top)  # NaN stays
        bound = np.fmax(bound, np.nanmax(np.where(value + bound >= largest, bound, 0)) + 2 * eps * abs(largest - top))
    return value, bound


def frame_starts(n, frame_length, hop_length, n_fft, edges):
    if edges == "snip":
        return [t * hop_length for t in range(max(0, 1 + (n - frame_length) // hop_length))]
    if edges == "symmetric":
        first, frames = hop_length // 2 - frame_length // 2, (n + hop_length // 2) // hop_length
    else:
        first, frames = (n_fft - frame_length) // 2 - n_fft // 2, 1 + n // hop_length
    return [first + t * hop_length for t in range(frames if n else 0)]


@QUIET
def log_mel_and_bound(x, eps, *, fs, frame_length, hop_length, n_mels=80, n_fft=None, window="hann", fmin=0.0,
                      fmax=None, mel_scale="slaney", norm="slaney", power=2, edges="reflect", preemphasis=0.0,
                      remove_dc=False, log="ln", floor=1e-10, top_db=np.inf, deltas=0, delta_method="regression",
                      delta_width=None, layout="tf"):  # fmt: skip
    if n_fft is None:
        n_fft = 1
        while n_fft < frame_length:
            n_fft *= 2
    weights = mel_filters(sr=fs, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax, mel_scale=mel_scale,
                          norm=None if norm == "peak" else norm)  # fmt: skip
    unit = UNITS[log, power]
    outside = {"snip": "constant"}.get(edges, edges)

    def one(x):
        starts = frame_starts(len(x), frame_length, hop_length, n_fft, edges)
        bands = bands_and_bound(x, eps, starts, frame_length, n_fft, window, outside, preemphasis, remove_dc, power,
                                weights)  # fmt: skip
        value, bound = logarithm_and_bound(*bands, eps, floor, unit, top_db * unit / UNITS["db", power])
        if deltas:
            value, bound = stack_and_bound(value, bound, eps, deltas, delta_method, delta_width)
        if layout == "ft":
            value, bound = np.swapaxes(value, 0, 1), np.swapaxes(bound, 0, 1)
        return np.stack([value, bound])

    return np.moveaxis(each(one, widen(x), 1), -3 - bool(deltas), 0)


def log_mel(x, **keywords):
    return log_mel_and_bound(x, 0, **keywords)[0]


# ----------------------------------------------------------------------------------------------------- cepstrum


def cosines(n_mfcc, n, kind, norm):
    """scipy.fft.dct's definitions, and the scales that make them orthonormal."""
    pi = LONG("3.14159265358979323846")
    basis = np.zeros((n_mfcc, n), LONG)
    for k in range(n_mfcc):
        for i in range(n):
            if kind == 2:
                basis[k, i] = 2 * np.cos(pi * k * (2 * i + 1) / (2 * n))
                scale = np.sqrt(LONG(1 if k else 0.5) / (2 * n))
            elif kind == 3:
                basis[k, i] = (2 if i else 1) * np.cos(pi * (2 * k + 1) * i / (2 * n))
                scale = np.sqrt(LONG(1 if i else 2) / (2 * n))
            else:
                ends = i in (0, n - 1)
                basis[k, i] = (1 if ends else 2) * np.cos(pi * k * i / (n - 1))
                scale = np.sqrt(LONG((2 if ends else 1) * (0.5 if k in (0, n - 1) else 1)) / (2 * (n - 1)))
            if norm == "ortho":
                basis[k, i] *= scale
    return basis


@QUIET
def mfcc_and_bound(y, eps, *, S=None, n_mfcc=20, dct_type=2, norm="ortho", lifter=0, mel_norm="slaney", **keywords):
    power = keywords.get("power", 2.0)
    if S is None:
        mel, off = melspectrogram_and_bound(y, eps, norm=mel_norm, **keywords)
        pairs = [logarithm_and_bound(mel[i], off[i], eps, 1e-10, UNITS["db", int(power)], LONG(80))
                 for i in np.ndindex(mel.shape[:-2])]  # fmt: skip
        value = np.array([v for v, _ in pairs], LONG).reshape(mel.shape)
        bound = np.array([b for _, b in pairs], LONG).reshape(mel.shape)
    else:
        value, bound = widen(S), np.zeros(np.shape(S), LONG)
    basis = cosines(n_mfcc, value.shape[-2], dct_type, norm)
    if lifter:
        pi = LONG("3.14159265358979323846")
        basis *= (1 + LONG(lifter) / 2 * np.sin(pi * np.arange(1, n_mfcc + 1) / lifter))[:, None]
    terms = basis.shape[1] + 2
    return basis @ value, abs(basis) @ (bound + terms * eps * abs(value))


def mfcc(y=None, **keywords):
    return mfcc_and_bound(y, 0, **keywords)[0]


# ------------------------------------------------------------------------------------------------------- deltas


def solve(a, b):
    """The solution of a small, well-conditioned system, by elimination."""
    a, b = a.astype(LONG), b.astype(LONG)
    for i in range(len(a)):
        for j in range(len(a)):
            if i != j:
                factor = a[j, i] / a[i, i]
                a[j], b[j] = a[j] - factor * a[i], b[j] - factor * b[i]
    return b / np.diag(a)[:, None]


def derivative_weights(n, at, degree, order):
    """Of the polynomial through n frames, at frame `at`: in powers of the distance from there, one term is left."""
    degree = min(degree, n - 1)
    if order > degree:
        return np.zeros(n, LONG)
    scale = LONG(max(n - 1, 1))
    powers = ((np.arange(n, dtype=LONG) - at) / scale)[:, None] ** np.arange(degree + 1)
    fit = solve(powers.T @ powers, powers.T)[order]
    factorial = LONG(np.prod(np.arange(1, order + 1)))
    weights = factorial * fit / scale**order
    weights[abs(weights) < 1e-13 * abs(weights).max()] = 0
    return weights


def place(i, n, mode):
    if mode == "nearest":
        return min(max(i, 0), n - 1)
    if mode == "wrap":
        return i % n
    if mode == "mirror":
        while not 0 <= i < n:
            i = (-i if i < 0 else 2 * n - 2 - i) if n > 1 else 0
        return i
    return i if 0 <= i < n else None


def one_pass(x, h, mode, cval):
    n, half = len(x), len(h) // 2
    out = np.zeros(n, x.dtype)
    for t in range(n):
        for j, weight in enumerate(h):
            i = place(t - half + j, n, mode)
            out[t] += weight * (LONG(cval) if i is None else x[i])
    return out


def delta_of_line(x, width, order, mode, method, polyorder, spacing, cval, absolute=False):
    n, sign = len(x), np.abs if absolute else np.asarray
    if method == "savgol":
        width, mode, degree = width or 9, mode or "interp", order if polyorder is None else polyorder
        h = derivative_weights(width, width // 2, degree, order) / LONG(spacing) ** order
        if mode != "interp":
            return one_pass(x, sign(h), mode, cval)
        out = np.zeros(n, x.dtype)
        for t in range(n):
            first = min(max(t - width // 2, 0), max(n - width, 0))
            some = min(width, n)
            weights = sign(derivative_weights(some, t - first, degree, order) / LONG(spacing) ** order)
            for j in range(some):
                out[t] += weights[j] * x[first + j]
        return out
    width, mode = width or 5, mode or "nearest"
    k = np.arange(-(width // 2), width // 2 + 1, dtype=LONG)
    h = k / (k**2).sum() / LONG(spacing)
    if method == "kaldi":
        taps = h
        for _ in range(order - 1):
            taps = np.convolve(taps, h)
        return one_pass(x, sign(taps), mode, cval)
    for _ in range(order):
        x = one_pass(x, sign(h), mode, cval)
    return x


@QUIET
def delta(data, *, width=None, order=1, axis=-1, mode=None, method="savgol", polyorder=None, delta=1.0, cval=0.0,
          absolute=False):  # fmt: skip
    """With the sizes of the weights where `absolute`."""
    x = widen(data)
    if x.ndim == 0:
        raise ValueError("a scalar has no time")
    if np.iscomplexobj(x):  # a weight scales each part alone
        keywords = {"width": width, "order": order, "axis": axis, "mode": mode, "method": method,
                    "polyorder": polyorder, "delta": delta}  # fmt: skip
        out = np.zeros(x.shape, np.clongdouble)
        out.real = slope(x.real, **keywords, cval=np.real(cval), absolute=absolute)
        out.imag = slope(x.imag, **keywords, cval=np.imag(cval), absolute=absolute)
        return out
    lines = np.moveaxis(x, axis, -1)
    one = lambda line: delta_of_line(line, width, order, mode, method, polyorder, delta, cval, absolute)  # noqa: E731
    return np.moveaxis(each(one, lines, 1), -1, axis)


def passes_of(width, order, method):
    return (width or (9 if method == "savgol" else 5)) * order + 4


slope = delta  # within `delta` a parameter has that name


@QUIET
def delta_bound(data, eps, *, axis=-1, cval=0.0, **keywords):
    """(width + 4) eps sum |weight| |frame|, for each pass; of what `cval` adds the same."""
    terms = passes_of(keywords.get("width"), keywords.get("order", 1), keywords.get("method", "savgol"))
    return terms * eps * delta(abs(widen(data)), axis=axis, cval=abs(cval), **keywords, absolute=True)


def stack_and_bound(value, bound, eps, deltas, method, width):
    """Of (frames, bands)."""
    values, bounds = [value], [bound]
    for order in range(1, deltas + 1):
        keywords = {"method": method, "width": width, "order": order}
        values.append(delta(value, axis=0, **keywords))
        size = bound + passes_of(width, order, method) * eps * abs(value)
        bounds.append(delta(size, axis=0, **keywords, absolute=True))
    return np.stack(values, axis=-1), np.stack(bounds, axis=-1)


def stack_deltas(features, deltas=2, *, axis=-2, stack_axis=-1, method="regression", width=None):
    x = widen(features)
    parts = [x, *(delta(x, axis=axis, order=order, method=method, width=width) for order in range(1, deltas + 1))]
    return np.stack(parts, axis=stack_axis)


def stack_deltas_bound(features, eps, deltas=2, *, axis=-2, stack_axis=-1, method="regression", width=None):
    parts = [delta_bound(features, eps, axis=axis, order=order, method=method, width=width)
             for order in range(1, deltas + 1)]  # fmt: skip
    return np.stack([eps * abs(widen(features)), *parts], axis=stack_axis)


# ------------------------------------------------------------------------------------------------ normalisation


@QUIET
def pcen(S, *, sr=22050, hop_length=512, gain=0.98, bias=2, power=0.5, time_constant=0.400, eps=1e-6, b=None,
         max_size=1, ref=None, axis=-1, max_axis=None, zi=None):  # fmt: skip
    x = np.moveaxis(widen(S), axis, -1)
    if b is None:
        frames = LONG(time_constant) * sr / hop_length
        b = (np.sqrt(1 + 4 * frames**2) - 1) / (2 * frames**2)
    follows = x if ref is None else np.moveaxis(widen(ref), axis, -1)
    if max_size > 1:  # two axes: bands and frames
        n = len(x)
        rows = [[place_symmetric(k - max_size // 2 + j, n) for j in range(max_size)] for k in range(n)]
        follows = np.array([np.max(follows[places], axis=0) for places in rows]).reshape(x.shape)
    state = np.full(x.shape[:-1], 1 - b, LONG) if zi is None else np.moveaxis(widen(zi), axis, -1)[..., 0]
    out = np.zeros(x.shape, LONG)
    for t in range(x.shape[-1]):
        slow = b * follows[..., t] + state
        state = (1 - b) * slow + 0 * follows[..., t]  # what is not finite stays
        gained = x[..., t] / (eps + slow) ** LONG(gain)
        biased = np.where(gained + bias < 0, np.nan, gained + bias)  # which (-inf) ** 0.5 would not be
        out[..., t] = np.log1p(gained) if power == 0 else biased ** LONG(power) - LONG(bias) ** LONG(power)
    return np.moveaxis(out, -1, axis)


def place_symmetric(i, n):
    while not 0 <= i < n:
        i = -1 - i if i < 0 else 2 * n - 1 - i
    return i


def windows_of(lines, lengths, window, center, min_window):
    """(place of a line, frame, the frames of its statistics) for every frame of lines (..., frames)."""
    for i in np.ndindex(lines.shape[:-1]):
        line = lines[i] if lengths is None else lines[i][: np.asarray(lengths)[i[:-1]]]
        n = len(line)
        for t in range(n):
            first, end = 0, n
            if window is not None and center:
                first = max(min(t - window // 2, n - window), 0)
                end = min(first + window, n)
            elif window is not None:
                first = max(t - window, 0)
                end = t + 1 if first else min(max(t + 1, min_window or min(100, window)), n)
            yield i, t, line[first:end]


@QUIET
def cmvn(features, *, axis=-2, variance=True, window=None, center=True, min_window=None, lengths=None, floor=1e-20):
    x = widen(features)
    if x.ndim < 2:
        raise ValueError("bands and frames are needed")
    lines = np.moveaxis(x, axis, -1)
    out = np.zeros(lines.shape, LONG)
    for i, t, some in windows_of(lines, lengths, window, center, min_window):
        zero = some[0] if np.isfinite(some[0]) else 0  # an offset must not cost the oracle its digits
        rest = some - zero
        deviation = lines[i][t] - zero - rest.sum() / len(some)
        if variance and deviation != 0:  # what is constant stays 0, also without a floor
            mean_square = ((rest - rest.sum() / len(some)) ** 2).sum() / len(some)
            deviation /= np.maximum(np.sqrt(mean_square), np.sqrt(LONG(floor)))
        out[i][t] = deviation
    return np.moveaxis(out, -1, axis)


@QUIET
def cmvn_bound(features, eps, *, axis=-2, variance=True, window=None, center=True, min_window=None, lengths=None,
               floor=1e-20):  # fmt: skip
    """eps of the result; (n + 8) (1 + z)^2 of float64, z being the largest of the n deviations over the standard one;
    without the variance (n + 8) of the sum of the two."""
    keywords = {"axis": axis, "window": window, "center": center, "min_window": min_window, "lengths": lengths}
    result = abs(np.moveaxis(cmvn(features, variance=variance, floor=floor, **keywords), axis, -1))
    lines, fine = np.moveaxis(widen(features), axis, -1), np.finfo(float).eps
    for i, t, some in windows_of(lines, lengths, window, center, min_window):
        rest = some - (some[0] if np.isfinite(some[0]) else 0)
        deviations = rest - rest.sum() / len(some)
        largest, standard = abs(deviations).max(), np.sqrt((deviations**2).sum() / len(some))
        scale = np.fmax(standard, np.sqrt(LONG(floor)))
        error = (1 + (largest / scale if largest else 0)) ** 2 if variance else largest + standard
        result[i][t] = eps * result[i][t] + (len(some) + 8) * fine * error
    return np.moveaxis(result, -1, axis)

"""Coefficients of templates of several channels, stacked over a network."""

import numpy as np

from sigkit import _array, _sliding_pearson

_WINDOWS_AT_ONCE = 1 << 15
"""Of a channel, at least: long beside what blocks share of their ends."""
_NUMBERS_AT_ONCE = 1 << 21
"""Coefficients of templates with a block, about."""


def matched_filter(templates, moveouts, weights, data, *, out=None):
    """Weighted sum over channels of the coefficients of templates, each channel read at its moveout.

    ``out[t, i] = sum over c of weights[t, c] * r[t, c, i + moveouts[t, c]]``, where ``r[t, c, j]`` is the Pearson
    coefficient of ``templates[t, c]`` with ``data[c, j : j + m]``, as `sliding_pearson` gives it. What arrives at each
    station of a seismic network with its own delay adds up at one place, the same for all channels: events far below
    the noise of any one of them are found.

    Parameters
    ----------
    templates : array_like of real numbers, shape (t, channels, m) or (channels, m)
        The shapes to look for, with ``1 <= m <= n``. `channels` is one axis or several, such as (stations, components).
        Without its first axis, one template.
    moveouts : array_like of int, shape (t, channels) or less
        Where each channel of a template begins, in samples behind the time that is reported; may be negative. A shape
        of fewer axes holds for all of the last ones: (t, stations) for all components, a number for everything.
    weights : array_like of float, shape (t, channels) or less
        The factor of each channel, as `moveouts`. Coefficients lie within [-1, 1] where they sum to 1. A channel of
        weight 0 is not read.
    data : array_like of real numbers, shape (channels, n)
        The continuous records.
    out : ndarray, shape (t, n - m + 1), optional
        Where to put the result; of exactly the result's dtype. May overlap the inputs.

    Returns
    -------
    ndarray, shape (t, n - m + 1)
        The sums, also for one template. float32 for float16 and float32 input, else float64.

    Raises
    ------
    TypeError
        For complex and unsupported dtypes, masked arrays and matrices, and moveouts that are no integers.
    ValueError
        For shapes that do not fit, templates that are empty or longer than the data, weights that are not finite.

    See Also
    --------
    sliding_pearson : the coefficients of one channel.
    find_matches : where a row of the result says that its template is.

    Notes
    -----
    A channel that has nothing to say at a place adds nothing to it: where its window reaches beyond the data, and where
    the window (or the template) is constant, as in a gap that was filled with zeros. The other weights are not raised
    for that. A NaN or infinity gives NaN in the sums whose windows hold it, of any channel whose weight is not 0.

    |error| <= sum |weights| times that of `sliding_pearson` (1e-12 in float64, 1e-6 in float32), at any offset of any
    channel. Sums are of float64, in the order of the channels. The work goes block by block: beside the result there
    are a few million numbers, however long the data, as long as moveouts are small beside n.

    Counterparts: `fast_matched_filter.matched_filter` (with ``normalize="full"``, ``step=1``), whose arguments these
    are, and EQcorrscan. Differences: no record needs to be demeaned or scaled first, float64 stays float64, moveouts
    and weights broadcast, and at the ends of the data, where fast_matched_filter has 0, the channels that have data
    count. Source: Gibbons and Ringdal, The detection of low magnitude seismic events using array-based waveform
    correlation (2006).

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> wave = np.array([0.0, 1.0, 4.0, -2.0, 0.5])
    >>> data = np.random.default_rng(1).standard_normal((2, 40))
    >>> data[0, 10:15] += 20 * wave
    >>> data[1, 17:22] -= 30 * wave
    >>> stack = sigkit.matched_filter([[wave, -wave]], [[0, 7]], 0.5, data)
    >>> int(stack.argmax()), bool(0.99 < stack.max() <= 1)
    (10, True)
    """
    x, h = _array.as_array(data, "data", real=True), _array.as_array(templates, "templates", real=True)
    if x.ndim < 2:
        raise ValueError(f"data: expected shape (channels, n), got {x.shape}")
    channels, n = x.shape[:-1], x.shape[-1]
    if h.ndim == x.ndim:
        h = h[None]
    if h.ndim != x.ndim + 1 or h.shape[1:-1] != channels:
        shape = ", ".join(map(str, channels))
        raise ValueError(f"templates: expected shape (t, {shape}, m) or ({shape}, m) beside data of shape {x.shape}, "
                         f"got {np.shape(templates)}")  # fmt: skip
    m = h.shape[-1]
    if not 1 <= m <= n:
        raise ValueError(f"templates: expected between 1 and {n} samples (the length of data), got {m}")
    moves, factors = _of_channels(moveouts, "moveouts", h.shape[:-1]), _of_channels(weights, "weights", h.shape[:-1])
    if moves.dtype.kind not in "iu":
        raise TypeError(f"moveouts: expected integers, got dtype {moves.dtype}")
    moves = np.clip(moves, -n, n).astype(np.int64)  # further away there is nothing either
    factors = factors.astype(np.float64)
    if not np.isfinite(factors).all():
        raise ValueError(f"weights: expected finite numbers, got {factors[~np.isfinite(factors)][0]}")
    dtype = _array.common_dtype(x, h)
    computed, out = _array.output(out, (len(h), n - m + 1), dtype, (x, h))
    longest = _WINDOWS_AT_ONCE + int(np.ptp(moves, axis=None)) if moves.size else 1
    many = max(1, _NUMBERS_AT_ONCE // longest)
    for first in range(0, len(h), many):
        some = slice(first, first + many)
        _stack(h[some], moves[some], factors[some], x, computed[some])
    return _array.deliver(computed, out)


def _of_channels(values, name, shape):
    """An array of real numbers that broadcasts to `shape`, its own axes being the first of those."""
    values = _array.as_array(values, name, real=True)
    axes = values.ndim
    if axes <= len(shape):
        with_all = values.reshape(*values.shape, *(1,) * (len(shape) - axes))
        if all(own in (1, whole) for own, whole in zip(with_all.shape, shape, strict=True)):
            return np.broadcast_to(with_all, shape)
    raise ValueError(f"{name}: expected shape {shape}, or its first axes, got {values.shape}")


def _stack(templates, moves, factors, x, out):
    """The sums of these templates: data blocks, which are the same whatever the moveouts, one behind the other."""
    used = factors != 0
    if not used.any():
        out[...] = 0
        return
    m, size = templates.shape[-1], out.shape[-1]
    length = min(max(_WINDOWS_AT_ONCE, 4 * m), size)
    last, first = int(moves[used].max()), int(moves[used].min())
    out[:, : max(-last, 0)] = 0  # times before any channel's data, and behind
    out[:, max(size - first, 0) :] = 0
    total = np.zeros((len(templates), length + last - first))  # of the times from start - last on
    r, product = np.empty((len(templates), length), out.dtype), np.empty(length)
    for start in range(0, size, length):
        count = min(length, size - start)
        for c in np.ndindex(x.shape[:-1]):
            where = (slice(None), *c)
            (rows,) = used[where].nonzero()
            part = r[: rows.size, :count]
            _sliding_pearson.coefficients(x[c][start : start + count + m - 1], templates[where][rows], 0.0, part)
            for row, t in zip(part, rows, strict=True):
                place = last - moves[t][c]
                total[t, place : place + count] += np.multiply(row, factors[t][c], out=product[:count])
        _move(total[:, :length], start - last, out)
        total[:, : last - first] = total[:, length:].copy()
        total[:, last - first :] = 0
    _move(total[:, : last - first], start + length - last, out)


def _move(sums, first, out):
    """out[:, first:] = sums, as far as there is such a place."""
    begin, end = max(first, 0), min(first + sums.shape[-1], out.shape[-1])
    if begin < end:
        out[:, begin:end] = sums[:, begin - first : end - first]

"""The coefficient of a template with every window of images and volumes."""

import functools
import itertools
import math
from typing import NamedTuple

import numpy as np

from sigkit import _array, _fft_plan
from sigkit._image_arguments import normal_axes
from sigkit._unit_templates import unit_templates

# Rows and columns of a part of a template, for direct sums.
_DIRECT_PART = 64, 256
# Bytes of the largest block of samples that is transformed at once, of one whose spectra stay in a second-level cache,
# and of spectra of templates in one call.
_LARGEST_BLOCK, _CACHED_BLOCK = 1 << 21, 1 << 19
_SPECTRA = 1 << 24
# Multiply-adds in the time of a radix-2 step of one sample of a block, there and back.
_STEP_WORK = 3.0
# Multiply-adds of a tile of direct sums for all the templates of one call: Ctrl-C must not wait longer.
_TILE_WORK = 1 << 28
_TILE_WINDOWS = 64 * 128


def match_template(
    image, template, pad_input=False, mode="constant", constant_values=0, *, mask=None, axes=None, channel_axis=None,
    fill_value=0.0, out=None,
):  # fmt: skip
    """Pearson coefficient of a template with every window of an image: 1 where it is found.

    ``out[y, x]`` is the coefficient of ``image[y : y + h, x : x + w]`` with the template, whatever contrast and
    brightness either has: normalised cross-correlation, OpenCV's TM_CCOEFF_NORMED.

    Parameters
    ----------
    image : array_like of real numbers, shape (..., M, N) or (..., L, M, N)
        An image or a volume, or a stack of them in the leading axes.
    template : array_like of real numbers, shape (h, w) or (d, h, w)
        What to look for, no larger than the image. Its number of axes says how many of the last ones of `image` are
        searched.
    pad_input : bool, default False
        Whether to extend the image so that there is an output for each sample, at the template's centre
        (``shape // 2``). By default there is one for each window that lies inside, at its first sample.
    mode, constant_values : optional
        How to extend it: as in `numpy.pad`. Default: zeros.
    mask : array_like of real numbers, shape of `template` (one plane of a bank), optional
        Weights, not negative, of the template's samples: 0 leaves one out, so that a template may have any outline.
        Default None: all count alike.
    axes : tuple of two or three ints, optional
        The axes of `image` to search, in place of the last ones. With it the leading axes of `template` are a bank of
        templates.
    channel_axis : int, optional
        The axis of `image` that holds channels (colours), and, counted from the end, of a `template` that has the same
        number of them. Each
        is centred on a mean of its own, and all make one coefficient. Default None: no axis is.
    fill_value : float, default 0.0
        The value where the coefficient is not defined: all samples of the window (in each channel), or of the template,
        are equal. Default 0, as scikit-image: nothing was found there.
    out : ndarray, optional
        Where to put the result; of exactly its shape and dtype. May overlap the inputs.

    Returns
    -------
    ndarray, shape (..., M - h + 1, N - w + 1) or (..., L - d + 1, M - h + 1, N - w + 1)
        Coefficients in [-1, 1]; with `pad_input` the searched axes keep their lengths. Axes of a bank stand behind
        those of the stack. float32 for float16 and float32 images, else float64.

    Raises
    ------
    TypeError
        For complex and unsupported dtypes, masked arrays and matrices.
    ValueError
        A template that is empty, larger than the image or has neither two nor three axes to search; a mask of another
        shape, with negative weights or none at all; axes that `image` lacks; numbers of channels that differ; an `out`
        that does not fit.

    See Also
    --------
    find_matches : where the coefficient says that the template is.
    sliding_pearson : the same along lines.

    Notes
    -----
    |error| <= 1e-12 in float64 and 1e-6 in float32 against exact arithmetic on the samples given, at any mean offset
    up to 1e6 standard deviations of a window, beside edges and specks of that size, and at scales from 1e-30 to 1e30;
    samples of more than 53 bits are rounded to float64. Tiles of windows are centred on their median; the spread
    of each window is put together from those of its halves, by additions that cannot cancel, in float64; windows too
    flat for the rounding of their numerator are done again about their own level. Where neighbouring windows differ by
    many powers of ten, or nearly all are constant under a mask but for a few samples, that takes up to a hundred times
    as long. A NaN or infinity gives NaN in exactly the windows that hold it under a weight that is not 0.

    Counterparts: `skimage.feature.match_template`, with the same arguments and results, but for what cancellation
    makes of these (at an offset of 1e4 standard deviations its float32 coefficients reach 77, and OpenCV's are 0 at a
    perfect match), a NaN that reaches its whole image, and stacks, banks, masks and channels, which it has not;
    `cv2.matchTemplate` with TM_CCOEFF_NORMED, which gives 1 for constant windows and has channels as here.

    Small templates take direct sums, in time proportional to their size; large ones numerators through spectra of
    blocks. Sources: J. P. Lewis, Fast Normalized Cross-Correlation (1995); the update of spreads: T. F. Chan,
    G. H. Golub and R. J. LeVeque, Algorithms for computing the sample variance (1983).

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> image = np.random.default_rng(0).standard_normal((60, 80)) + 1e6
    >>> r = sigkit.match_template(image, 3 * image[20:28, 50:58])
    >>> [int(i) for i in np.unravel_index(r.argmax(), r.shape)], bool(abs(r.max() - 1) < 1e-12)
    ([20, 50], True)
    """
    x, h = _array.as_array(image, "image", real=True), _array.as_array(template, "template", real=True)
    dtype = _array.common_dtype(x)
    fill = _array.fill_value(fill_value, dtype)
    rows, h, axes = _searched(x, h, axes, channel_axis)
    rank = len(axes)
    m = h.shape[-rank:]
    weights = None if mask is None else _weights(mask, m)
    if _array.flag(pad_input, "pad_input"):
        rows = _padded(rows, m, mode, constant_values, dtype)
    windows = tuple(n - k + 1 for n, k in zip(rows.shape[-rank:], m, strict=True))
    if min(m) < 1 or min(windows) < 1:
        raise ValueError(f"template: expected at least one sample, and no side longer than the image's, got {m} "
                         f"for {rows.shape[-rank:]}")  # fmt: skip
    bank = h.shape[: h.ndim - rank - 1]
    computed, out = _array.output(out, (*rows.shape[: -rank - 1], *bank, *windows), dtype, (x, h))
    result = computed if bank else np.expand_dims(computed, -rank - 1)
    fewest = min(range(-rank, 0), key=m.__getitem__)  # of a volume, the planes: parts of a template are as many
    order = sorted(range(-rank, 0), key=lambda axis: rank == 3 and axis != fewest)
    rows, h, result = (_as_planes(a, order) for a in (rows, h if bank else h[np.newaxis], result))
    if weights is not None:
        weights = _as_planes(weights, order)
    _match(rows, h, weights, result, fill)
    return _array.deliver(computed, out)


def _searched(x, h, axes, channel_axis):
    """The image as (..., channels, *searched), the template as (..., channels, *searched), and the searched axes."""
    if channel_axis is None:
        image, template = x[..., np.newaxis], h[..., np.newaxis]
        channel = x.ndim
    else:
        channel = _array.index(channel_axis, "channel_axis")
        if not -x.ndim <= channel < x.ndim:
            raise ValueError(f"channel_axis={channel}: out of range for image of {x.ndim} dimensions")
        channel %= x.ndim
        if channel - x.ndim < -h.ndim:
            raise ValueError(f"template: expected the channels on axis {channel - x.ndim}, as the image has them, "
                             f"got shape {h.shape}")  # fmt: skip
        image, template = np.moveaxis(x, channel, -1), np.moveaxis(h, channel - x.ndim, -1)
        if image.shape[-1] != template.shape[-1] or not image.shape[-1]:
            raise ValueError(f"template: expected as many channels as the image has, {image.shape[-1]}, "
                             f"got {template.shape[-1]}")  # fmt: skip
    if axes is None:
        rank = template.ndim - 1
        if rank not in (2, 3):
            raise ValueError(f"template: expected two or three axes to search (a bank of templates takes `axes`, a "
                             f"line sliding_pearson), got shape {h.shape}")  # fmt: skip
        if rank > image.ndim - 1:
            raise ValueError(f"template: expected no more dimensions than the image, {x.ndim}, got {h.ndim}")
        chosen = list(range(image.ndim - 1 - rank, image.ndim - 1))
    else:
        chosen = normal_axes(axes, x.ndim, of="image")
        rank = len(chosen)
        if rank not in (2, 3) or channel in chosen:
            raise ValueError(f"axes={axes!r}: expected two or three axes, none of them channel_axis")
        if template.ndim - 1 - rank not in (0, 1):
            raise ValueError(f"template: expected {rank} searched axes, before them at most one of a bank, "
                             f"got shape {h.shape}")  # fmt: skip
        chosen = [axis - (axis > channel) for axis in chosen]
    image = np.moveaxis(image, [*chosen, -1], [*range(-rank, 0), -rank - 1])
    return image, np.moveaxis(template, -1, -rank - 1), chosen


def _weights(mask, m):
    weights = _array.as_array(mask, "mask", real=True).astype(np.float64)
    if weights.shape != m:
        raise ValueError(f"mask: expected shape {m}, the searched axes of the template, got {weights.shape}")
    if not np.isfinite(weights).all() or weights.min(initial=0) < 0 or not weights.any():
        raise ValueError("mask: expected finite weights, none negative and some not 0")
    return weights / weights.max()


def _padded(x, m, mode, constant_values, dtype):
    """The image with half a template around it."""
    keep = x.ndim - len(m)
    if 0 in x.shape[keep:] or min(m) < 1:
        return x
    width = [(0, 0)] * keep + [(k, k) for k in m]  # as scikit-image: some modes look at how much is asked for
    if isinstance(mode, str) and mode == "empty":
        raise ValueError("mode='empty': expected a mode that says what the samples outside are")
    options = {}
    if isinstance(mode, str) and mode == "constant":
        options["constant_values"] = constant_values = _array.as_array(constant_values, "constant_values", real=True)
    try:
        padded = np.pad(x.astype(dtype, copy=False), width, mode, **options)
    except (TypeError, ValueError) as error:
        raise ValueError(f"mode={mode!r}, constant_values={constant_values!r}: {error}") from error
    inner = tuple(slice(k - k // 2, k + n + (k - 1) // 2) for k, n in zip(m, x.shape[keep:], strict=True))
    return padded[(..., *inner)]


def _as_planes(a, order):
    """The last axes in this order, as planes, rows and columns."""
    a = np.moveaxis(a, order, range(-len(order), 0))
    return a if len(order) == 3 else np.expand_dims(a, -3)


def _match(x, h, weights, out, fill):
    """out[..., k, :, :, :] = coefficients of x (..., channels, planes, rows, columns) with h (k, channels, ...)."""
    if out.size == 0:
        return
    m = h.shape[-3:]
    flat = None if weights is None else weights.ravel()
    units, undefined = unit_templates(h.reshape(*h.shape[:2], -1), flat)
    bad = np.isnan(units).any(axis=(1, 2))
    units[bad] = 0.0
    units = units.reshape(h.shape)
    total = 0.0
    if weights is not None:
        own = np.broadcast_to(weights, (1, *h.shape[1:]))
        units = np.concatenate([units, own, own != 0])
        total = float(weights.sum())
    sizes = out.shape[-3:]
    plan = _plan(h.shape[1:], sizes)
    taps = np.concatenate(
        [units[:, c, z, y : y + rows, x0 : x0 + columns].swapaxes(1, 2).reshape(len(units), -1)
         for c, z, y, x0, rows, columns, _ in plan.parts], axis=1,
    )  # fmt: skip
    for first in range(0, len(h), plan.at_once):
        some = slice(first, min(first + plan.at_once, len(h)))
        of_call = np.r_[some, len(h) : len(units)]
        _array.match(x, taps[of_call], plan, out[..., some, :, :, :], m, total, fill)
    for k in undefined.nonzero()[0]:
        rows = out[..., k, :, :, :]
        np.copyto(rows, fill, where=~np.isnan(rows))
    out[..., bad, :, :, :] = np.nan


class _Plan(NamedTuple):
    parts: np.ndarray
    """sk_match_part in csrc/sk_similarity.h, a row each."""
    across: object
    down: object
    at_once: int
    """Templates in one call."""


@functools.lru_cache(maxsize=256)
def _plan(m, sizes):
    """How templates of shape m (channels, planes, rows, columns) find `sizes` windows soonest."""
    taps = math.prod(m)
    best = math.prod(sizes) * taps, None
    for rows, columns in itertools.product((1 << e for e in range(4, 11)), (1 << e for e in range(6, 12))):
        part = _halves(m[2], rows), _halves(m[3], columns)
        if rows * columns * 8 > _LARGEST_BLOCK or columns < 2 * _fft_plan.lanes(_array.FLOAT64) ** 2:
            continue
        tiles = sizes[0] * -(-sizes[1] // (rows - part[0] + 1)) * -(-sizes[2] // (columns - part[1] + 1))
        parts = m[0] * m[1] * -(-m[2] // part[0]) * -(-m[3] // part[1])
        slower = 1.0 if rows * columns * 8 <= _CACHED_BLOCK else 1.5
        time = _STEP_WORK * slower * tiles * parts * rows * columns * (math.log2(rows * columns) + 4)
        if time < best[0]:
            best = time, (rows, columns, part)
    if best[1] is None:
        most = max(1, _TILE_WORK // (min(_TILE_WINDOWS, sizes[1] * sizes[2]) * taps))
        return _Plan(_parts(m, _DIRECT_PART), None, None, most)
    rows, columns, part = best[1]
    parts = _parts(m, part)
    plans = _fft_plan.within(columns // 2, _array.FLOAT64), _fft_plan.lane_is_frame(rows, _array.FLOAT64)
    return _Plan(parts, *plans, max(1, _SPECTRA // (9 * rows * columns * len(parts))))


def _halves(m, block):
    """A template's side, cut into as many equal parts as it takes for each to leave half the block to windows."""
    count = -(-m // (block // 2))
    return -(-m // count)


def _parts(m, largest):
    """The parts of a template, of at most `largest` rows and columns."""
    parts, taps = [], 0
    for channel, plane in itertools.product(range(m[0]), range(m[1])):
        for y, x in itertools.product(range(0, m[2], largest[0]), range(0, m[3], largest[1])):
            rows, columns = min(largest[0], m[2] - y), min(largest[1], m[3] - x)
            parts.append((channel, plane, y, x, rows, columns, taps))
            taps += rows * columns
    return np.array(parts, np.intp)

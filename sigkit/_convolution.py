"""Correlation and convolution of lines and of N-D arrays: sizes, roles and methods, for `sigkit.correlation`.

Everything is a slice [lo, lo + size) along each axis of the full result. A convolution is computed as the correlation
with the reversed kernel.
"""

import math
import operator

import numpy as np

from sigkit import _array, _fft, _fft_plan

MODES = ("full", "same", "valid")
METHODS = ("auto", "direct", "fft")

FEW_PRODUCTS = 1 << 22
"""Below so many multiply-adds an N-D direct sum is done before an FFT has begun."""
DIRECT_TAPS = {
    _array.FLOAT32: 350,
    _array.FLOAT64: 250,
    _array.COMPLEX64: 120,
    _array.COMPLEX128: 100,
    _array.INT64: 100,
}
"""Most taps for which the N-D direct sum is the faster one on much data."""

# Times of one thread (AVX2) in nanoseconds: of a multiply-add of the direct sum, of a point of a block there and
# back, and of a call that transforms at all. Their ratios choose the method for lines.
PRODUCT = {
    _array.FLOAT32: 0.023,
    _array.FLOAT64: 0.046,
    _array.COMPLEX64: 0.12,
    _array.COMPLEX128: 0.24,
    _array.INT64: 0.2,
}
POINT = {_array.FLOAT32: 2.9, _array.FLOAT64: 6.6, _array.COMPLEX64: 3.0, _array.COMPLEX128: 7.0, _array.INT64: 9.0}
TRANSFORM_CALL = 25e3
IMAGE_POINT = 1 / 11
"""Of the time of a point of a line: what `_fft_plan.image_block` counts."""
FEW_PRODUCTS_OF_LINES = 1 << 17
"""Multiply-adds done before a call that transforms has begun."""

SHORT_LINE = 64
"""Outputs below which a line is not worth a kernel's call, if another axis has longer ones."""


def check_mode(mode):
    if not isinstance(mode, str) or mode not in MODES:
        raise ValueError(f"acceptable mode flags are 'valid', 'same', or 'full', got mode={mode!r}")


def check_method(method):
    if not isinstance(method, str) or method not in METHODS:
        raise ValueError(f"acceptable method flags are 'auto', 'direct', or 'fft', got method={method!r}")


def extent(mode, n, m):
    """(lo, size): the slice of the full convolution of n samples with m that `mode` asks for."""
    if mode == "full":
        return 0, n + m - 1
    if mode == "same":
        return (m - 1) // 2, n
    return min(n, m) - 1, max(n, m) - min(n, m) + 1


def extents(mode, x_shape, h_shape):
    if mode == "valid":
        larger = all(n >= m for n, m in zip(x_shape, h_shape, strict=True))
        if not larger and any(n > m for n, m in zip(x_shape, h_shape, strict=True)):
            raise ValueError(
                "For 'valid' mode, one must be at least as large as the other in every dimension: "
                f"in1 and in2 are {tuple(x_shape)} and {tuple(h_shape)}"
            )
    pairs = [extent(mode, n, m) for n, m in zip(x_shape, h_shape, strict=True)]
    return tuple(lo for lo, _ in pairs), tuple(size for _, size in pairs)


def choose_method(x_shape, h_shape, sizes, dtype, *, real_taps=False, lines=1, templates=1):
    """The faster method, by shapes (of the axes correlated) and dtype alone."""
    few = min(math.prod(x_shape), math.prod(h_shape))
    products = lines * templates * math.prod(sizes) * few
    if products <= FEW_PRODUCTS_OF_LINES:
        return "direct"
    real = _array.FLOAT64 if dtype == _array.INT64 else dtype
    if len(sizes) == 1:
        if few > _fft_plan.LONGEST:
            return "fft"
        points, samples = _fft_plan.block(few, sizes[0], real)
        blocks = -(-sizes[0] // max(samples - few + 1, 1))
        transformed = (lines * blocks * (1 + templates) + templates) / 2 * points
    else:
        taps_shape = min(tuple(x_shape), tuple(h_shape), key=math.prod)
        block = _fft_plan.image_block(taps_shape, tuple(sizes), real) if len(sizes) == 2 else None
        if block is None:
            return "direct" if products <= FEW_PRODUCTS or few <= DIRECT_TAPS[dtype] else "fft"
        transformed = lines * block.time * IMAGE_POINT
    direct_sum = products * PRODUCT[dtype] * (0.55 if real_taps and dtype.kind == "c" else 1)
    return "direct" if direct_sum <= TRANSFORM_CALL + transformed * POINT[dtype] else "fft"


def compute(x, h, lo, out, method, correlate):
    """out = slice from `lo` on of the full convolution (or correlation) of x and h over their last len(lo) axes."""
    axes = len(lo)
    dtype = out.dtype
    x_shape, h_shape = x.shape[x.ndim - axes :], h.shape[h.ndim - axes :]
    if method == "auto":
        batch, sizes = out.shape[: out.ndim - axes], out.shape[out.ndim - axes :]
        taps = x if x_shape < h_shape else h
        method = choose_method(x_shape, h_shape, sizes, dtype, real_taps=taps.dtype.kind != "c", lines=math.prod(batch))
    if method == "direct" or out.size == 0 or 0 in x_shape or 0 in h_shape:
        direct(x, h, lo, out, correlate)
    elif dtype == _array.INT64:
        _by_fft_exactly(x, h, lo, out, correlate)
    else:
        _by_fft(x, h, lo, out, correlate)


def compute_extended(x, h, lo, out, correlate, boundary, fill):
    """As `compute`, for images extended by a boundary: of a 2-D x under a 2-D h."""
    dtype = out.dtype
    real_taps = h.dtype.kind != "c"
    by_fft = dtype != _array.INT64 and choose_method(x.shape, h.shape, out.shape, dtype, real_taps=real_taps) == "fft"
    if by_fft and _fft_plan.image_block(h.shape, out.shape, dtype) and np.isfinite(h).all() and np.isfinite(fill):
        taps = np.ascontiguousarray(np.conjugate(reversed_lines(h, 2)) if correlate else h, dtype)
        if not _array.overlap_save_2d(x, taps, lo, out, boundary=boundary, fill=fill).any():
            return
    start = tuple(a - (m - 1) for a, m in zip(lo, h.shape, strict=True))
    taps = h if correlate else reversed_lines(h, 2)
    _array.correlation(x, taps, start, out, dtype, conjugate=correlate, boundary=boundary, fill=fill)


def reversed_lines(array, axes):
    return array[(..., *(slice(None, None, -1),) * axes)]


def direct(x, h, lo, out, correlate):
    """Direct sums; the smaller operand gives the taps."""
    axes = len(lo)
    x_shape, h_shape = x.shape[x.ndim - axes :], h.shape[h.ndim - axes :]
    if math.prod(h_shape) > math.prod(x_shape):
        if not correlate:
            x, h, x_shape, h_shape = h, x, h_shape, x_shape
        else:  # the correlation the other way round, read backwards and conjugated
            full = [n + m - 1 for n, m in zip(x_shape, h_shape, strict=True)]
            sizes = out.shape[out.ndim - axes :]
            lo = tuple(f - a - size for f, a, size in zip(full, lo, sizes, strict=True))
            _direct(h, x, lo, reversed_lines(out, axes), True)
            if out.dtype.kind == "c":
                np.conjugate(out, out=out)
            return
    _direct(x, h, lo, out, correlate)


def _direct(x, h, lo, out, correlate):
    axes = len(lo)
    single = [a for a in range(-axes, 0) if h.shape[a] == 1 and out.shape[a] == x.shape[a]] if axes > 1 else []
    if 0 < len(single) < axes:  # one tap along an axis: its lines are a batch
        kept = [a for a in range(-axes, 0) if a not in single]
        last = range(-len(kept), 0)
        x, h, out = (np.moveaxis(array, kept, last) for array in (x, h, out))
        lo, axes = tuple(lo[a] for a in kept), len(kept)
    sizes = out.shape[out.ndim - axes :]
    if sizes[-1] < SHORT_LINE and max(sizes) >= 2 * sizes[-1]:  # lines run along the longest axis
        longest = sizes.index(max(sizes)) - axes
        x, h, out = (np.moveaxis(array, longest, -1) for array in (x, h, out))
        lo = (*lo[:longest], *lo[longest + 1 :], lo[longest]) if longest != -1 else lo
    start = tuple(a - (m - 1) for a, m in zip(lo, h.shape[h.ndim - axes :], strict=True))
    taps = h if correlate else reversed_lines(h, axes)
    _array.correlation(x, taps, start, out, out.dtype, conjugate=correlate)


def _by_fft(x, h, lo, out, correlate):
    axes = len(lo)
    taps = np.conjugate(reversed_lines(h, axes)) if correlate else h
    if math.prod(taps.shape[taps.ndim - axes :]) > math.prod(x.shape[x.ndim - axes :]):
        x, taps = taps, x
    if not np.isfinite(taps).all():
        direct(x, taps, lo, out, False)
        return
    if axes == 1:
        _lines_by_fft(x, taps, lo[0], out)
    elif axes == 2 and _fft_plan.image_block(taps.shape[-2:], out.shape[-2:], out.dtype):
        _images_by_fft(x, taps, lo, out)
    else:
        _nd_by_fft(x, taps, lo, out)


def _lines_by_fft(x, taps, lo, out):
    """Overlap-save; taps for each line of its own are taken one line after the other."""
    if taps.size == taps.shape[-1]:
        overlap_save(x, taps.reshape(1, -1), lo, out[..., None, :])
        return
    batch = out.shape[:-1]
    x, taps = (np.broadcast_to(array, (*batch, array.shape[-1])) for array in (x, taps))
    for i in np.ndindex(batch):
        overlap_save(x[i], taps[i][None], lo, out[i][None])


def overlap_save(x, taps, lo, out):
    """out[..., k, :] = slice from `lo` on of the full convolution of x[...] with taps[k], which are finite, by an FFT
    in blocks; outputs over a sample that is not finite are summed directly."""
    batch = out.shape[:-2]
    if taps.shape[-1] <= _fft_plan.LONGEST:
        marks = _array.overlap_save(x, np.ascontiguousarray(taps, out.dtype), lo, out)
    else:
        marks = np.zeros(batch, bool)
        lines = np.broadcast_to(x, (*batch, x.shape[-1]))
        for i in np.ndindex(batch):
            marks[i] = _fft.overlap_save(lines[i], taps, lo, out[i])
    if marks.any():
        lines = np.broadcast_to(x, (*batch, x.shape[-1]))
        for i in map(tuple, np.argwhere(marks)):
            _patch(lines[i], taps, lo, out[i])


def _patch(x, taps, lo, out):
    """Sum directly what the samples of a line x that are not finite reach in out[k]."""
    m, size = taps.shape[-1], out.shape[-1]
    places = np.flatnonzero(~np.isfinite(x))
    begins, ends = np.maximum(places - lo, 0), np.minimum(places - lo + m, size)
    starts = np.flatnonzero(np.append(True, begins[1:] > ends[:-1]))
    for begin, end in zip(begins[starts], ends[np.append(starts[1:], 0) - 1], strict=True):
        if begin < end:
            direct(x, taps, (lo + begin,), out[:, begin:end], False)


def _images_by_fft(x, taps, lo, out):
    """The same for images; taps for each image of its own are taken one image after the other."""
    batch = out.shape[:-2]
    if taps.size == math.prod(taps.shape[-2:]):
        taps = np.ascontiguousarray(taps.reshape(taps.shape[-2:]), out.dtype)
        marks = _array.overlap_save_2d(x, taps, lo, out)
        images = np.broadcast_to(x, (*batch, *x.shape[-2:])) if marks.any() else x
        for i in map(tuple, np.argwhere(marks)):
            _patch_nd(images[i], taps, lo, out[i], ~np.isfinite(images[i]))
        return
    x, taps = (np.broadcast_to(array, (*batch, *array.shape[-2:])) for array in (x, taps))
    for i in np.ndindex(batch):
        _images_by_fft(x[i], taps[i], lo, out[i])


def _nd_by_fft(x, taps, lo, out):
    finite = np.isfinite(x)
    _fft.convolve_nd(np.where(finite, x, 0), taps, lo, out)
    if not finite.all():
        _patch_nd(x, taps, lo, out, ~finite)


def _patch_nd(x, taps, lo, out, poisoned):
    """Sum directly the box of outputs that the samples which are not finite reach."""
    box = []
    for index, a, m, size in zip(np.nonzero(poisoned)[x.ndim - len(lo) :], lo, taps.shape[taps.ndim - len(lo) :],
                                 out.shape[out.ndim - len(lo) :], strict=True):  # fmt: skip
        begin, end = max(int(index.min()) - a, 0), min(int(index.max()) - a + m, size)
        if begin >= end:
            return
        box.append(slice(begin, end))
    region = out[(..., *box)]
    direct(x, taps, tuple(a + s.start for a, s in zip(lo, box, strict=True)), region, False)


def _by_fft_exactly(x, h, lo, out, correlate):
    """Integers by a float64 FFT and rounding where its error bound leaves no doubt, else by the direct sum."""
    a, b = x.astype(np.float64), h.astype(np.float64)
    samples = min(math.prod(x.shape[x.ndim - len(lo) :]), math.prod(h.shape[h.ndim - len(lo) :]))
    largest = np.max(np.abs(a), initial=0) * np.max(np.abs(b), initial=0) * samples
    length = max(math.prod(x.shape[x.ndim - len(lo) :]), 2)
    if 8 * np.finfo(np.float64).eps * math.log2(2 * length) * largest * math.sqrt(length / samples) < 0.25:
        result = np.empty(out.shape)
        _by_fft(a, b, lo, result, correlate)
        np.copyto(out, np.rint(result), casting="unsafe")
    else:
        direct(x, h, lo, out, correlate)


def check_axes(axes, ndim):
    """`axes` of an N-D transform as a list of non-negative ints."""
    if axes is None:
        return list(range(ndim))
    try:
        chosen = [operator.index(a) for a in (axes if np.iterable(axes) else (axes,))]
    except TypeError:
        raise ValueError(f"axes must be a scalar or iterable of integers, got {axes!r}") from None
    if not chosen:
        raise ValueError("when provided, axes cannot be empty")
    if any(not -ndim <= a < ndim for a in chosen):
        raise ValueError(f"axes exceeds dimensionality of input: {axes!r} for {ndim} dimensions")
    chosen = [a % ndim for a in chosen]
    if len(set(chosen)) != len(chosen):
        raise ValueError(f"all axes must be unique, got {axes!r}")
    return chosen

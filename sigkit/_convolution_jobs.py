"""Convolution layers as jobs: which way one is summed. Arrays have axes (N, groups, C, H, W) here."""

import numpy as np

from sigkit import _array, _convolution, _fft_plan, _layer_arguments


def correlate(x, weight, bias, out, groups, stride, dilation, start, boundary=_array.EXISTING):
    """out[n, o, y, x] = sum over c and the kernel of weight[o, c] x[n, c, y stride + start + k dilation], plus bias[o].

    x (N, C, H, W), weight (O, C / groups, kernel), bias (O,), (O, H, W) or None; samples beyond the sides as `boundary`
    says. Any strides; `out` says what is computed in.
    """
    if not out.size:
        return
    dtype = out.dtype
    of_x, of_weight = _layer_arguments.part_dtype(x, dtype), _layer_arguments.part_dtype(weight, dtype)
    if dtype.kind == "c" and of_weight.kind != "c":
        of_x = dtype
    filters, channels, *kernel = weight.shape
    weight = _layer_arguments.plain(weight, of_weight).reshape(groups, filters // groups, channels, *kernel)
    kernel, stride, dilation, start = map(tuple, (kernel, stride, dilation, start))
    if bias is not None:
        bias = bias.reshape(groups, filters // groups, *(bias.shape[1:] or (1, 1)))
        bias = np.broadcast_to(bias, (*bias.shape[:2], *out.shape[2:]))
    if kernel == stride == (1, 1) and not any(start) and out.shape[2:] == x.shape[2:]:
        x, out, bias = _as_lines(x, out, bias)  # a matrix product: places are places
    x, out = _grouped(x, groups), _grouped(out, groups)
    windows = (kernel, stride, dilation, start, boundary)
    if stride == dilation == (1, 1) and _transforms(weight, out, of_weight):
        _transform(x, weight, bias, out, of_x, windows)
    else:
        _array.conv(x, weight, bias, out, of_x, windows)


def _grouped(x, groups):
    """A view with axes (N, groups, C, H, W)."""
    n, channels, *size = x.shape
    step = x.strides[1]
    return np.lib.stride_tricks.as_strided(
        x, (n, groups, channels // groups, *size), (x.strides[0], step * (channels // groups), *x.strides[1:])
    )


def _as_lines(x, out, bias):
    """Images as one row each, where their memory allows it."""
    lines = []
    for a in (x, out, bias):
        if a is None:
            lines.append(None)
            continue
        *_, height, width = a.shape
        if height > 1 and width > 1 and a.strides[-2] != width * a.strides[-1]:
            return x, out, bias
        step = a.strides[-1] if width > 1 else a.strides[-2]
        shape, strides = (*a.shape[:-2], 1, height * width), (*a.strides[:-2], 0, step)
        lines.append(np.lib.stride_tricks.as_strided(a, shape, strides))
    return lines


def _transforms(weight, out, of_weight):
    """Whether spectra are faster, by shapes and dtype, and can stand for the sums."""
    groups, filters, channels, *kernel = weight.shape
    taps, sizes, lines = tuple(kernel), out.shape[3:], out.shape[0] * groups * channels
    real_taps = of_weight.kind != "c"
    if taps[0] == sizes[0] == 1:
        if taps[1] > _fft_plan.LONGEST:
            return False
        chosen = _convolution.choose_method((taps[1] + sizes[1],), taps[1:], sizes[1:], out.dtype, real_taps=real_taps,
                                            lines=lines, templates=filters)  # fmt: skip
    else:
        longer = tuple(k + n for k, n in zip(taps, sizes, strict=True))
        chosen = _convolution.choose_method(longer, taps, sizes, out.dtype, real_taps=real_taps, lines=lines * filters)
        if chosen == "fft" and _fft_plan.image_block(taps, tuple(sizes), out.dtype) is None:
            return False
    return chosen == "fft" and bool(np.isfinite(weight).all())


def _transform(x, weight, bias, out, of_x, windows):
    """Channel by channel through spectra of blocks; images with a sample that is not finite are summed as such."""
    kernel, _, _, start, boundary = windows
    lo = tuple(s + k - 1 for s, k in zip(start, kernel, strict=True))
    taps = np.ascontiguousarray(weight[..., ::-1, ::-1], out.dtype)
    poisoned = np.zeros(out.shape[0], bool)
    part = np.empty(out.shape[:1] + out.shape[2:], out.dtype)
    for g in range(out.shape[1]):
        total = out[:, g]
        for c in range(weight.shape[2]):
            into = total if c == 0 else part
            if kernel[0] == out.shape[3] == 1:
                samples = x[:, g, c]
                if boundary != _array.EXISTING:
                    samples, begin = _extended(samples, lo[1] - kernel[1] + 1, out.shape[-1] + kernel[1] - 1, boundary)
                else:
                    samples, begin = samples[:, 0], 0
                marks = _array.overlap_save(samples, np.ascontiguousarray(taps[g, :, c, 0]), lo[1] - begin,
                                            into[:, :, 0])  # fmt: skip
                poisoned |= marks.astype(bool)
            else:
                for o in range(weight.shape[1]):
                    marks = _array.overlap_save_2d(x[:, g, c], taps[g, o, c], lo, into[:, o], boundary=boundary)
                    poisoned |= marks.astype(bool)
            if c:
                with np.errstate(all="ignore"):
                    total += part
    if bias is not None:
        with np.errstate(all="ignore"):
            out += bias
    for n in np.flatnonzero(poisoned):
        _array.conv(x[n : n + 1], weight, bias, out[n : n + 1], of_x, windows)


def _extended(rows, first, count, boundary):
    """Samples [first, first + count) of images of one row, with what lies beyond their sides; where they begin."""
    n = rows.shape[-1]
    modes = {_array.REFLECT: "reflect", _array.EDGE: "edge", _array.WRAP: "wrap"}
    before, after = max(-first, 0), max(first + count - n, 0)
    return np.pad(rows[:, 0], ((0, 0), (before, after)), modes[boundary]), -before

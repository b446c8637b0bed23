"""Complex samples as channels, and 2-D transforms of images in C: see csrc/sk_network.h."""

from sigkit import _array, _fft_plan

# sk_representation in csrc/sk_network.h
REPRESENTATIONS = {"iq": 0, "polar": 1, "log-polar": 2, "power": 3}
CHANNELS = {"iq": 2, "polar": 2, "log-polar": 3, "power": 1}
LARGEST_IMAGE = 1 << 22
"""Bytes of a spectrum that is worth keeping in the caches."""
MOST_POINTS = 1 << 14
"""Of a row or a column."""


def usable(shape, dtype):
    """Whether the kernels transform images of this shape, to spectra of `dtype`."""
    rows, columns = shape
    small = rows * columns * dtype.itemsize <= LARGEST_IMAGE and max(shape) <= MOST_POINTS
    return small and _fft_plan.is_smooth(rows) and _fft_plan.is_smooth(columns)


def shifts(shape, origin, inverse):
    """(the sample that becomes the first one, the place where the result's first one goes), as (rows, columns)."""
    half = (shape[0] // 2, shape[1] // 2)
    start = half if inverse or origin == "center" else (0, 0)
    return start, half if not inverse or origin == "center" else (0, 0)


def transform(x, out, dtype, origin, *, inverse=False, channels=0, representation="iq", floor=1.0):
    """out[..., :, :] = the 2-D transforms of the images x[...], in `dtype`; or to out[..., channels, :, :] what they
    look like as so many channels."""
    if out.size:
        plans = [_fft_plan.lane_is_frame(n, dtype) for n in (x.shape[-1], x.shape[-2])]
        _array.image_spectra(x, out, dtype, channels, REPRESENTATIONS[representation], floor, plans,
                             shifts(x.shape[-2:], origin, inverse), inverse)  # fmt: skip


def split(x, out, dtype, representation, floor):
    """out[..., channels, :] = the channels of the complex samples x[..., :], which are computed in `dtype`."""
    _array.split(x, out, dtype, REPRESENTATIONS[representation], floor)

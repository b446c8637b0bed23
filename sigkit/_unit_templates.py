"""Templates as the kernels of coefficients take them."""

import numpy as np

# Largest magnitudes with which a line can be centred and squared as it is.
_SAFE_SCALE = 1e-100, 1e100


def unit_templates(h, weights=None):
    """Templates h (k, channels, samples) less the means of their channels, of unit norm, in float64; with `weights`
    (samples) these are weighted, and so is the result. And which of them are finite without any spread, and come out
    as 0. What a weight of 0 leaves out does not count."""
    if weights is not None:
        first = int(np.argmax(weights > 0))
        h = np.where(weights > 0, h, h[..., first : first + 1])
    constant = (h == h[..., :1]).all(axis=(-1, -2)) & np.isfinite(h[..., 0]).all(axis=-1)
    units = _in_double(h)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        for _ in range(2):  # what a mean leaves may be smaller by far
            largest = np.abs(units).max(axis=(-1, -2), keepdims=True)
            # squares might overflow or vanish; a bank may be empty
            if not (_SAFE_SCALE[0] < largest.min(initial=1) and largest.max(initial=1) < _SAFE_SCALE[1]):
                units *= np.ldexp(1.0, -np.clip(np.frexp(largest)[1], -1000, 1000))
            mean = units.mean(axis=-1) if weights is None else units @ (weights / weights.sum())
            units -= mean[..., np.newaxis]
        weighted = units if weights is None else units * weights
        weighted /= np.sqrt(np.einsum("ijk,ijk->i", units, weighted))[:, None, None]
    weighted[constant] = 0.0
    return weighted, constant


def _in_double(h):
    """h in float64, as C reads it; integers that this would round less the first of their channel, which it will not
    miss."""
    if h.dtype.kind not in "iu" or h.dtype.itemsize < 8:
        return h.astype(np.float64, order="C")
    h = np.ascontiguousarray(h)
    first = h[..., :1]
    above = h >= first
    apart = np.where(above, h, first).astype(np.uint64) - np.where(above, first, h).astype(np.uint64)  # modulo 2^64
    return np.where(above, 1.0, -1.0) * apart

"""Templates as the kernels of coefficients take them."""

import numpy as np

# Largest magnitudes with which a line can be centred and squared as it is.
_SAFE_SCALE = 1e-100, 1e100
# Samples of a template, above which NumPy adds up those of a bank in another order than those of one.
_WHOLE = 4096


def unit_templates(h, weights=None):
    """Templates h (k, channels, samples) less the means of their channels, of unit norm, in float64; with `weights`
    (samples) these are weighted, and so is the result. And which of them are finite without any spread, and come out
    as 0. What a weight of 0 leaves out does not count."""
    h = h.astype(np.float64, order="C")
    if len(h) > 1 and h[0].size > _WHOLE:
        parts = [unit_templates(h[k : k + 1], weights) for k in range(len(h))]
        return tuple(np.concatenate(part) for part in zip(*parts, strict=True))
    if weights is not None:
        first = int(np.argmax(weights > 0))
        h = np.where(weights > 0, h, h[..., first : first + 1])
    constant = (h == h[..., :1]).all(axis=(-1, -2)) & np.isfinite(h[..., 0]).all(axis=-1)
    units = h.copy()
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

"""Templates as the kernels of coefficients take them."""

import numpy as np

# Largest magnitudes with which a line can be centred and squared as it is.
_SAFE_SCALE = 1e-100, 1e100


def unit_templates(h, weights=None):
    """Templates h (k, channels, samples) less the means of their channels, of unit norm, in float64; with `weights`
    (samples) these are weighted, and so is the result. And which of them have no spread, and come out as 0."""
    alike = h == h[..., :1] if weights is None else (h == h[..., [np.argmax(weights > 0)]]) | (weights == 0)
    constant = alike.all(axis=(-1, -2))
    units = np.array(h if weights is None else np.where(weights == 0, 0, h), np.float64, order="C")  # as C reads them
    with np.errstate(invalid="ignore", over="ignore"):
        largest = np.abs(units).max(axis=(-1, -2), keepdims=True)
        # squares might overflow or vanish; a bank may be empty
        if not (_SAFE_SCALE[0] < largest.min(initial=1) and largest.max(initial=1) < _SAFE_SCALE[1]):
            units *= np.ldexp(1.0, -np.clip(np.frexp(largest)[1], -1000, 1000))
        for _ in range(2):  # again: what rounding left
            mean = units.mean(axis=-1) if weights is None else units @ (weights / weights.sum())
            units -= mean[..., np.newaxis]
        weighted = units if weights is None else units * weights
        weighted /= np.sqrt(np.einsum("ijk,ijk->i", units, weighted))[:, None, None]
    weighted[constant] = 0.0
    return weighted, constant

"""Windows by name, parameter, function or values."""

import numpy as np

from sigkit import _array, _designs


def is_named(window):
    """Whether a window is what ``scipy.signal.get_window`` takes: a name, a tuple or Kaiser's beta."""
    return isinstance(window, (str, tuple)) or (np.isscalar(window) and not isinstance(window, (bool, bytes)))


def values(window, length):
    """`length` finite float64 values of a window given by name, tuple, Kaiser's beta, function or values."""
    if is_named(window):
        return _designs.window_values(length, window)
    if callable(window):
        window = window(length)
    samples = _array.as_array(window, "window", real=True).astype(np.float64)
    if samples.shape != (length,):
        raise ValueError(f"window: expected shape ({length},), got {samples.shape}")
    if not np.isfinite(samples).all():
        raise ValueError("window: expected finite values")
    return samples

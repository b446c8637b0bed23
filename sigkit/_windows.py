"""Windows by name, parameter, function or values."""

import functools

import numpy as np

from sigkit import _array


@functools.lru_cache(maxsize=64)
def _named(window, length):
    import scipy.signal

    with np.errstate(all="ignore"):  # what an absurd parameter gives is told of below
        values = np.array(scipy.signal.get_window(window, length), np.float64)
    values.flags.writeable = False
    return values


def is_named(window):
    """Whether a window is what ``scipy.signal.get_window`` takes: a name, a tuple or Kaiser's beta."""
    return isinstance(window, (str, tuple)) or (np.isscalar(window) and not isinstance(window, (bool, bytes)))


def values(window, length):
    """`length` finite float64 values of a window given by name, tuple, Kaiser's beta, function or values."""
    if is_named(window):
        try:
            hash(window)
        except TypeError:
            raise TypeError(f"window={window!r}: expected a tuple of a name and its parameters") from None
        try:
            samples = _named(window, length)
        except (ValueError, TypeError, IndexError, OverflowError) as error:
            raise ValueError(f"window={_array.shown(window)}: {error}") from None
    else:
        samples = _array.as_array(window(length) if callable(window) else window, "window", real=True)
        samples = samples.astype(np.float64)
    if samples.shape != (length,):
        raise ValueError(f"window: expected shape ({length},), got {samples.shape}")
    if not np.isfinite(samples).all():
        of_name = f"={_array.shown(window)}" if is_named(window) else ""
        raise ValueError(f"window{of_name}: expected finite values")
    return samples

"""What SciPy designs for sigkit, windows and low-pass filters: checked, and short ones kept for the next call."""

import functools

import numpy as np

LONGEST_KEPT = 1 << 13
"""Values of a design that is kept, 64 KiB: a longer one holds on to more memory than its next call would repay."""


def _kept(design):
    """`design(length, *arguments)`, checked, its short results kept. What cannot be hashed is no key and designed anew:
    a window's parameters may be arrays."""

    def checked(length, *arguments):
        window = arguments[-1]
        try:
            with np.errstate(all="ignore"):
                values = np.array(design(length, *arguments), np.float64)
        except (ValueError, TypeError, IndexError, ArithmeticError) as error:
            raise ValueError(f"window={window!r}: {error}") from None
        if not np.isfinite(values).all():
            raise ValueError(f"window={window!r}: its values are not finite")
        values.flags.writeable = False
        return values

    kept = functools.lru_cache(maxsize=64)(checked)

    @functools.wraps(design)
    def designed(length, *arguments):
        try:
            hash(arguments)
        except TypeError:
            return checked(length, *arguments)
        return (kept if length <= LONGEST_KEPT else checked)(length, *arguments)

    designed.kept = kept
    return designed


@_kept
def window_values(length, window):
    """scipy.signal.get_window's values, periodic, in float64, read-only."""
    import scipy.signal

    return scipy.signal.get_window(window, length)


@_kept
def lowpass(length, cutoff, window):
    """scipy.signal.firwin's taps, in float64, read-only."""
    import scipy.signal

    return scipy.signal.firwin(length, cutoff, window=window)

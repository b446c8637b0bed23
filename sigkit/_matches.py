"""Where coefficients say that a template was found."""

from typing import NamedTuple

import numpy as np

from sigkit import _array


class Matches(NamedTuple):
    """Where a template was found: the result of `find_matches`.

    Attributes
    ----------
    positions : ndarray of int64, shape (k,)
        Samples at which the matching windows start, ascending.
    coefficients : ndarray of float, shape (k,)
        The coefficient at each of them.
    """

    positions: np.ndarray
    coefficients: np.ndarray


def find_matches(coefficients, threshold, distance=1):
    """Local maxima of a coefficient series that reach a threshold: where the template was found.

    Parameters
    ----------
    coefficients : array_like of float, shape (n,)
        The output of `sliding_pearson` or of any other correlation.
    threshold : float
        Least coefficient of a match. 0.7 finds shapes that share half of their variance (r**2) with the template.
    distance : float, default 1
        Least number of samples between two matches, at least 1. Of matches that are nearer the highest is kept, the
        first of equally high ones. About one template length keeps one match per event; 1 keeps every maximum.

    Returns
    -------
    Matches
        The named tuple ``(positions, coefficients)``, positions int64 and ascending. A plateau is one match, in its
        middle (of an even number of samples, the left of the middle two). The first and the last sample can match.

    Raises
    ------
    TypeError
        `coefficients` is no array of real numbers, `threshold` or `distance` is no real number.
    ValueError
        `coefficients` is not 1-D, `threshold` is not finite, `distance` is less than 1 or not finite.

    See Also
    --------
    sliding_pearson : the coefficients.

    Notes
    -----
    Counterpart: `scipy.signal.find_peaks` with `height` and `distance`, which does the search. Differences: the end
    samples count, and among equally high maxima the first wins. NaN is never a match, and counts as lower than any
    number beside it.

    Examples
    --------
    >>> import sigkit
    >>> sigkit.find_matches([0.9, 0.1, 0.5, 0.8, 0.8, 0.8, 0.2, 0.7], threshold=0.6)
    Matches(positions=array([0, 4, 7]), coefficients=array([0.9, 0.8, 0.7]))
    """
    coefficients = _array.as_array(coefficients, "coefficients", real=True)
    if coefficients.ndim != 1:
        raise ValueError(f"coefficients: expected one dimension, got shape {coefficients.shape}")
    threshold, distance = _array.real(threshold, "threshold"), _array.real(distance, "distance", least=1)
    from scipy.signal import find_peaks

    heights = np.full(coefficients.size + 2, -np.inf)  # a bed for the ends
    np.copyto(heights[1:-1], coefficients, where=~np.isnan(coefficients))
    peaks, _ = find_peaks(heights, height=threshold)
    if distance > 1 and peaks.size:
        # Ranks in place of heights: with no two equal, the outcome hangs on no sorting routine's order of ties.
        ranks = np.zeros(heights.size)
        lowest_first = peaks[::-1][np.argsort(heights[peaks[::-1]], kind="stable")]
        ranks[lowest_first] = np.arange(1, peaks.size + 1)
        peaks, _ = find_peaks(ranks, distance=distance)
    positions = peaks.astype(np.int64) - 1
    return Matches(positions, coefficients[positions].astype(_array.common_dtype(coefficients), copy=False))

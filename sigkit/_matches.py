"""Where coefficients say that a template was found."""

from typing import NamedTuple

import numpy as np

from sigkit import _array, _subpixel
from sigkit._window_filters import maximum_filter


class Matches(NamedTuple):
    """Where a template was found: the result of `find_matches`.

    Attributes
    ----------
    positions : ndarray of int64, shape (k,) or (k, 2)
        Samples, or rows and columns, at which the matching windows start, ascending; float64 between samples.
    coefficients : ndarray of float, shape (k,)
        The coefficient at each of them.
    """

    positions: np.ndarray
    coefficients: np.ndarray


def find_matches(coefficients, threshold, distance=1, *, subpixel=False):
    """Local maxima of a coefficient series or image that reach a threshold: where the template was found.

    Parameters
    ----------
    coefficients : array_like of float, shape (n,) or (rows, columns)
        The output of `sliding_pearson`, of `match_template` or of any other correlation.
    threshold : float
        Least coefficient of a match. 0.7 finds shapes that share half of their variance (r**2) with the template.
    distance : float, default 1
        Least distance between two matches, at least 1: samples, in images along the axis where it is larger. Of matches
        that are nearer the highest is kept, the first of equally high ones. About one template length keeps one match
        per event; 1 keeps every maximum.
    subpixel : bool, default False
        Whether to place each match, with its coefficient, at the top of the quadratic through the samples round it.

    Returns
    -------
    Matches
        The named tuple ``(positions, coefficients)``. Positions are int64, shape (k,), ascending; of images (k, 2), row
        by row; float64 with `subpixel`. A plateau is one match, in its middle (of an even number of samples, the left
        of the middle two). Samples at the ends and borders can match.

    Raises
    ------
    TypeError
        `coefficients` is no array of real numbers, `threshold` or `distance` is no real number, `subpixel` no bool.
    ValueError
        `coefficients` is neither 1-D nor 2-D, `threshold` is not finite, `distance` is less than 1 or not finite.

    See Also
    --------
    sliding_pearson : the coefficients of a series.

    Notes
    -----
    Counterparts: `scipy.signal.find_peaks` with `height` and `distance`, which does the search in a series;
    `skimage.feature.peak_local_max` with `threshold_abs` and `min_distance`. Differences: the end samples and borders
    count, and among equally high maxima the first wins. NaN is never a match, and counts as lower than any number
    beside it.

    A maximum of an image is no lower than its 8 neighbours; a plateau is a set of equal samples that touch along sides
    or corners, none of which has a higher neighbour, and its middle is that of its samples which is nearest to the
    middle of the rows and columns that it spans, the first of equally near ones. Distances are the larger of those of
    rows and columns (Chebyshev's), as in scikit-image.

    With `subpixel` the quadratic takes its slopes and curvatures from central differences: in a series a parabola,
    whose top is within half a sample; in an image with the mixed term, so that a slanting peak is placed without bias:
    exact for any quadratic. Where that has no top within one sample, or where one of the 8 neighbours is missing or not
    finite, each axis has its own parabola; an axis with no finite neighbour on either side, or with equal ones on both,
    has none, and the match stays on its sample. Maxima are chosen, and their distance is measured, before. The top of a
    quadratic may lie above 1 a little. Of a band-limited correlation peak, sampled at twice the rate it needs, the top
    is found to some hundredths of a sample.

    Examples
    --------
    >>> import numpy as np
    >>> import sigkit
    >>> sigkit.find_matches([0.9, 0.1, 0.5, 0.8, 0.8, 0.8, 0.2, 0.7], threshold=0.6)
    Matches(positions=array([0, 4, 7]), coefficients=array([0.9, 0.8, 0.7]))

    A peak between the samples of an image:

    >>> y, x = np.mgrid[:9, :9]
    >>> r = 0.95 - 0.01 * ((y - 3.25) ** 2 + (x - 5.5) ** 2)
    >>> sigkit.find_matches(r, 0.6, subpixel=True).positions.round(6)
    array([[3.25, 5.5 ]])
    """
    coefficients = _array.as_array(coefficients, "coefficients", real=True)
    if coefficients.ndim not in (1, 2):
        raise ValueError(f"coefficients: expected one or two dimensions, got shape {coefficients.shape}")
    threshold, distance = _array.real(threshold, "threshold"), _array.real(distance, "distance", least=1)
    subpixel = _array.flag(subpixel, "subpixel")
    heights = coefficients.astype(np.float64)
    np.copyto(heights, -np.inf, where=np.isnan(coefficients))
    positions = (_of_line if heights.ndim == 1 else _of_image)(heights, threshold, distance)
    dtype = _array.common_dtype(coefficients)
    if subpixel:
        positions, found = _subpixel.tops(heights, positions)
    else:
        found = coefficients[tuple(positions.T) if heights.ndim == 2 else positions]
    return Matches(positions, found.astype(dtype, copy=False))


def _of_line(heights, threshold, distance):
    from scipy.signal import find_peaks

    heights = np.pad(heights, 1, constant_values=-np.inf)  # a bed for the ends
    peaks, _ = find_peaks(heights, height=threshold)
    if distance > 1 and peaks.size:
        # Ranks in place of heights: with no two equal, the outcome hangs on no sorting routine's order of ties.
        ranks = np.zeros(heights.size)
        ranks[_highest_last(heights[peaks], peaks)] = np.arange(1, peaks.size + 1)
        peaks, _ = find_peaks(ranks, distance=distance)
    return peaks.astype(np.int64) - 1


def _highest_last(heights, positions):
    """The positions by their heights; of equal ones the first is last."""
    return positions[::-1][np.argsort(heights[::-1], kind="stable")]


def _of_image(heights, threshold, distance):
    if not heights.size:
        return np.empty((0, 2), np.int64)
    candidates = heights == maximum_filter(heights, 3, mode="constant", cval=-np.inf)
    candidates &= heights >= threshold
    positions = _middles(heights, candidates)
    if distance > 1:
        positions = _apart(positions, heights, distance)
    return positions


def _middles(heights, candidates):
    """One position, row by row, of each set of neighbouring candidates that has no equally high sample beside it."""
    from scipy.ndimage import label

    others = maximum_filter(np.where(candidates, -np.inf, heights), 3, mode="constant", cval=-np.inf)
    labels, count = label(candidates, np.ones((3, 3)))
    rises = np.zeros(count + 1, bool)
    rises[labels[candidates & (others == heights)]] = True  # from such a neighbour on it goes up
    rows, columns = (candidates & ~rises[labels]).nonzero()
    if not rows.size:
        return np.empty((0, 2), np.int64)
    names = labels[rows, columns]
    order = np.argsort(names, kind="stable")
    rows, columns, names = rows[order], columns[order], names[order]
    begins = np.r_[True, names[1:] != names[:-1]]
    starts, plateau = begins.nonzero()[0], np.cumsum(begins) - 1

    def from_the_middle(places):
        twice = np.minimum.reduceat(places, starts) + np.maximum.reduceat(places, starts)
        return (2 * places - twice[plateau]) ** 2

    away = from_the_middle(rows) + from_the_middle(columns)
    (nearest,) = (away == np.minimum.reduceat(away, starts)[plateau]).nonzero()
    nearest = nearest[np.r_[True, plateau[nearest[1:]] != plateau[nearest[:-1]]]]
    positions = np.stack([rows[nearest], columns[nearest]], axis=-1)
    return positions[np.lexsort(positions.T[::-1])]


def _apart(positions, heights, distance):
    """The highest, then each next one that is not nearer than `distance` to any before it."""
    reach = int(min(np.ceil(distance), max(heights.shape))) - 1
    taken = np.zeros(heights.shape, bool)
    kept = np.zeros(len(positions), bool)
    rows, columns = positions.T
    for k in _highest_last(heights[rows, columns], np.arange(len(positions)))[::-1].tolist():
        row, column = rows[k], columns[k]
        if not taken[row, column]:
            kept[k] = True
            taken[max(row - reach, 0) : row + reach + 1, max(column - reach, 0) : column + reach + 1] = True
    return positions[kept]

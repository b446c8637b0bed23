"""Pearson correlation: of pairs of rows, of all rows with each other, and the matches read from a coefficient series.

Every coefficient here is the dot product of two zero-mean vectors over their norms. What goes wrong elsewhere is the
centring: sums of raw squares lose all their digits once the mean is large beside the spread. sigkit subtracts first
and sums afterwards, so a coefficient is as good at an offset of a million standard deviations as at none.
"""

from sigkit._corrcoef import corrcoef
from sigkit._matched_filter import matched_filter
from sigkit._matches import Matches, find_matches
from sigkit._max_coefficient import LagMaximum, max_coefficient
from sigkit._pearsonr import pearsonr
from sigkit._sliding_pearson import sliding_pearson
from sigkit._znorm_distance import znorm_distance

__all__ = [
    "LagMaximum", "Matches", "corrcoef", "find_matches", "matched_filter", "max_coefficient", "pearsonr",
    "sliding_pearson", "znorm_distance",
]  # fmt: skip

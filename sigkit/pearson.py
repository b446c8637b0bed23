"""Pearson correlation: of pairs of rows, of all rows with each other, and the matches read from a coefficient series.

Every coefficient here is the dot product of two zero-mean vectors over their norms. What goes wrong elsewhere is the
centring: sums of raw squares lose all their digits once the mean is large beside the spread. sigkit subtracts first
and sums afterwards, so a coefficient is as good at an offset of a million standard deviations as at none.
"""

from sigkit._corrcoef import corrcoef
from sigkit._cov import cov
from sigkit._matches import Matches, find_matches
from sigkit._pearsonr import pearsonr
from sigkit._sliding_pearson import sliding_pearson

__all__ = ["Matches", "corrcoef", "cov", "find_matches", "pearsonr", "sliding_pearson"]

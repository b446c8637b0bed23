"""Pearson correlation: of pairs of rows, of all rows with each other, and the matches read from a coefficient series;
and what else compares rows: cosines, mean absolute differences, and the groups of rows that are alike.

Every Pearson coefficient is the dot product of two zero-mean vectors over their norms. What goes wrong elsewhere is the
centring: sums of raw squares lose all their digits once the mean is large beside the spread. sigkit subtracts first
and sums afterwards, so a coefficient is as good at an offset of a million standard deviations as at none.
"""

from sigkit._corrcoef import corrcoef
from sigkit._cov import cov
from sigkit._match_template import match_template
from sigkit._matched_filter import matched_filter
from sigkit._matches import Matches, find_matches
from sigkit._max_coefficient import LagMaximum, max_coefficient
from sigkit._pearsonr import pearsonr
from sigkit._redundancy import DecorrelationPenalty, decorrelation_penalty, redundant_groups
from sigkit._rolling import rolling_mean, rolling_pearson, rolling_std
from sigkit._similarity import cosine_similarity, mean_absolute_difference
from sigkit._sliding_pearson import sliding_pearson
from sigkit._znorm_distance import znorm_distance

__all__ = [
    "DecorrelationPenalty", "LagMaximum", "Matches", "corrcoef", "cosine_similarity", "cov", "decorrelation_penalty",
    "find_matches", "match_template", "matched_filter", "max_coefficient", "mean_absolute_difference", "pearsonr",
    "redundant_groups", "rolling_mean", "rolling_pearson", "rolling_std", "sliding_pearson", "znorm_distance",
]  # fmt: skip

"""Matches in a coefficient series that arrives in blocks: those of `find_matches` on all of it."""

import bisect

import numpy as np


class MatchStream:
    """
    Takes coefficients block by block and gives matches as soon as nothing that follows can change them.

    What is kept is the last run of equal coefficients, and the maxima whose fate hangs on maxima to come: on the chain
    of ever higher ones, each nearer than `distance` to the next, that the next block may go on with.
    """

    def __init__(self, threshold, distance):
        self._threshold, self._distance = threshold, distance
        self._seen = 0
        self._before, self._level, self._first = -np.inf, -np.inf, 0  # the run that is not over, and what precedes it
        self._maxima = np.empty(0, np.int64), np.empty(0)  # open ones
        self._kept = []  # (position, coefficient) behind an open one

    def process(self, coefficients):
        """(positions, coefficients) of the matches that are certain now, behind those given before, ascending."""
        self._add(np.where(np.isnan(coefficients), -np.inf, coefficients))
        # a maximum to come may begin with the run that is not over
        return self._settle(self._first)

    def flush(self):
        """The remaining ones."""
        self._add(np.array([-np.inf]))
        return self._settle(np.inf)

    def _add(self, heights):
        if not heights.size:
            return
        starts = np.flatnonzero(np.r_[True, heights[1:] != heights[:-1]])
        if heights[0] == self._level:
            starts = starts[1:]
        levels = np.r_[self._before, self._level, heights[starts]]
        firsts = np.r_[self._first, self._seen + starts]
        top = (levels[1:-1] > levels[:-2]) & (levels[1:-1] > levels[2:]) & (levels[1:-1] >= self._threshold)
        middles = (firsts[:-1] + firsts[1:] - 1) // 2
        self._maxima = np.r_[self._maxima[0], middles[top]], np.r_[self._maxima[1], levels[1:-1][top]]
        self._seen += heights.size
        self._before, self._level, self._first = levels[-2], levels[-1], int(firsts[-1])

    def _settle(self, end):
        """Decide on the open maxima, knowing that there is no other one before `end`."""
        positions, heights = self._maxima
        if self._distance <= 2:  # there is a lower sample between any two
            self._maxima = np.empty(0, np.int64), np.empty(0)
            return positions, heights
        kept, open_ones = [], []
        for k in np.lexsort((positions, -heights)).tolist():
            position = int(positions[k])
            if self._near(kept, position):
                continue
            certain = end - position >= self._distance and not self._near(open_ones, position)
            bisect.insort(kept if certain else open_ones, position)
        height = dict(zip(positions.tolist(), heights.tolist(), strict=True))
        self._kept = sorted([*self._kept, *((position, height[position]) for position in kept)])
        self._maxima = np.array(open_ones, np.int64), np.array([height[position] for position in open_ones])
        ready = bisect.bisect(self._kept, (open_ones[0] if open_ones else np.inf,))
        given, self._kept = self._kept[:ready], self._kept[ready:]
        return np.array([position for position, _ in given], np.int64), np.array([height for _, height in given])

    def _near(self, others, position):
        """Whether one of these ascending positions is too near."""
        place = bisect.bisect(others, position)
        return bool(place and position - others[place - 1] < self._distance
                    or place < len(others) and others[place] - position < self._distance)

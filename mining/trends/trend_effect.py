"""What may happen to a series: its level shifts, its slope changes, or a few periods stand out; and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

LEAST_STAY = 3  # periods before and after a shift; what lasts shorter is a spike
LEAST_RUN, RUNS = 4, 6  # periods before and after a change of slope: so many, and a sixth of all
LONGEST_SPIKE = 3  # periods


class TrendKind(StrEnum):
    """What a series did."""

    SHIFT = "shift"
    SLOPE = "slope"
    SPIKE = "spike"
    SEASON = "season"
    SEASON_CHANGE = "season_change"


CHANGES = (TrendKind.SHIFT, TrendKind.SLOPE, TrendKind.SPIKE)
SEASONS = (TrendKind.SEASON, TrendKind.SEASON_CHANGE)


@dataclass(frozen=True, slots=True, order=True)
class TrendEffect:
    """A change at a place: `first` is the first period that it is seen in, `length` how many a spike lasts (else 0)."""

    kind: TrendKind
    first: int
    length: int = 0

    def column(self, periods: int) -> Numbers:
        """What an effect of size 1 adds to a series of so many periods."""
        since = np.arange(periods) - self.first
        if self.kind is TrendKind.SHIFT:
            return np.where(since >= 0, 1.0, 0.0)
        if self.kind is TrendKind.SLOPE:
            turned: Numbers = np.maximum(since + 1.0, 0.0)
            return turned
        return np.where((since >= 0) & (since < self.length), 1.0, 0.0)


def places_of(kind: TrendKind, periods: int) -> tuple[TrendEffect, ...]:
    """Every place in a series of so many periods that an effect of this kind is looked for at."""
    if kind is not TrendKind.SPIKE:
        least = LEAST_STAY if kind is TrendKind.SHIFT else max(LEAST_RUN, periods // RUNS)
        return tuple(TrendEffect(kind, at) for at in range(least, periods - least + 1))
    lengths = range(1, LONGEST_SPIKE + 1)
    return tuple(TrendEffect(kind, at, length) for length in lengths for at in range(periods - length + 1))

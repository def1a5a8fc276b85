"""What a series would do by itself: a level, a steady trend, and, from two years on, its season."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from mining.trends.trend_effect import Numbers

A_YEAR = {"month": 12, "week": 52}
FEWEST = {"month": 12, "week": 26}
YEARS_FOR_SEASON, YEARS_FOR_CHANGE = 2, 4


def phases(periods: Sequence[date], grain: str) -> np.ndarray:
    """Which part of its year each period is: 0 to 11, or 0 to 51 (a 53rd week counts as the 52nd)."""
    if grain == "month":
        return np.array([each.month - 1 for each in periods])
    return np.array([min(each.isocalendar().week, 52) - 1 for each in periods])


def level_and_trend(periods: int) -> Numbers:
    """Columns (periods x 2) of a level and a steady trend."""
    return np.column_stack([np.ones(periods), np.linspace(-1, 1, periods)])


def season(phase: np.ndarray) -> Numbers:
    """Columns of every phase but the last (periods x any), each less the last one: a season adds up to nothing."""
    there = (phase[:, None] == np.unique(phase)[None, :]).astype(float)
    found: Numbers = there[:, :-1] - there[:, -1:]
    return found


def knows_season(periods: int, grain: str) -> bool:
    """Whether there are the two years that a season is told from a change in."""
    return periods >= YEARS_FOR_SEASON * A_YEAR[grain]


def knows_season_change(periods: int, grain: str) -> bool:
    """Whether each half has two years."""
    return periods >= YEARS_FOR_CHANGE * A_YEAR[grain]

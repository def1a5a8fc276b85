"""Kaplan-Meier: how many still wait after so long, those counted who have not been seen to the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from data.errors import BadRequest
from mining.retention.wilson_interval import Z95

Numbers = npt.NDArray[np.floating[Any]]
Counts = npt.NDArray[np.integer[Any]]

HALF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalCurve:
    """`frame` has a row for each time at which a spell finished: `time`, `at_risk` before it, `finished` at it,
    `surviving` after it (0 to 1) with `low` and `high`. `median` is the first time at which half have finished, None
    where that was not reached within `longest`, the longest time that anybody was watched."""

    frame: pl.DataFrame
    spells: int
    finished: int
    longest: float
    median: float | None

    def surviving(self, time: float) -> float | None:
        """The share of spells longer than a time; None beyond the longest that was watched."""
        if time > self.longest:
            return None
        before = self.frame.filter(pl.col("time") <= time)
        return float(before["surviving"][-1]) if before.height else 1.0


def kaplan_meier(times: npt.ArrayLike, finished: npt.ArrayLike) -> SurvivalCurve:
    """The product-limit estimate of spells that took `times`, or are open after them where not `finished`.

    Kaplan & Meier, "Nonparametric estimation from incomplete observations", JASA 53 (1958), equation 2b. Intervals of
    95% by Greenwood's variance on the scale of log(-log) (Kalbfleisch & Prentice 1980), so that they stay within 0
    and 1. Raises BadRequest where there is no spell, or a time is negative.
    """
    took, ended = np.asarray(times, float), np.asarray(finished, bool)
    if not len(took) or np.isnan(took).any() or took.min() < 0:
        raise BadRequest(
            "There is nothing to follow: each spell needs a length of zero or more.",
            "Choose a longer period or fewer filters.",
        )
    at, events = np.unique(took[ended], return_counts=True)
    at_risk = len(took) - np.searchsorted(np.sort(took), at)
    surviving = np.cumprod(1 - events / at_risk)
    low, high = _greenwood(surviving, events, at_risk)
    frame = pl.DataFrame(
        {"time": at, "at_risk": at_risk, "finished": events, "surviving": surviving, "low": low, "high": high}
    )
    half = np.flatnonzero(surviving <= HALF + 1e-12)
    median = float(at[half[0]]) if len(half) else None
    return SurvivalCurve(frame, len(took), int(ended.sum()), float(took.max()), median)


def _greenwood(surviving: Numbers, events: Counts, at_risk: Counts) -> tuple[Numbers, Numbers]:
    """The ends of the interval; all of it where everybody has finished."""
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(events / (at_risk * (at_risk - events)))) / np.abs(np.log(surviving))
        low, high = (surviving ** np.exp(sign * Z95 * spread) for sign in (1, -1))
    gone = surviving <= 0
    return np.where(gone, 0.0, low), np.where(gone, 0.0, high)

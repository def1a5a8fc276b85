"""The next purchase: after how long a sequence goes on, those counted who wait still, and who of them is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import polars as pl

from data.errors import BadRequest
from mining.patterns.purchase_days import PurchaseDays
from mining.patterns.sequences import Steps, Timing, occurrences, rows_with_all
from mining.retention.kaplan_meier import SurvivalCurve, kaplan_meier

EARLY, LATE = 0.25, 0.9


class Due(StrEnum):
    """Whether a customer waits for less than the first quarter of those who go on, for more than nine in ten, or
    between."""

    EARLY = "early"
    NOW = "due"
    LATE = "late"


@dataclass(frozen=True, slots=True, eq=False)
class NextPurchase:
    """`spells`: of each customer with all elements but the last, `customer`, `since` (the day on which they had them
    first), `days` until the last element came or until the last day looked at, and `came`. `curve` is the share that
    still waits; `early`, `half` and `late` are the days by which a quarter, a half and nine tenths have come of those
    who come within the longest time that anybody was watched (None where nobody came)."""

    spells: pl.DataFrame
    curve: SurvivalCurve
    until: date
    early: float | None
    half: float | None
    late: float | None

    def waiting(self, within_days: int) -> pl.DataFrame:
        """Who waits: `customer`, `since`, `days`, `due`, and `chance` to come in the next days (null beyond what was
        watched); the most likely first."""
        open_ = self.spells.filter(~pl.col("came")).drop("came")
        frame = self.curve.frame
        now, then = (_surviving(frame, open_["days"] + more) for more in (0, within_days))
        watched = open_["days"] + within_days <= self.curve.longest
        chance = pl.Series("chance", 1 - then / np.where(now > 0, now, np.nan)).fill_nan(None)
        state = pl.Series("due", [self._state(each) for each in open_["days"]], dtype=pl.String)
        told = open_.with_columns(state, chance).with_columns(pl.when(watched).then("chance").alias("chance"))
        return told.sort("chance", "days", "customer", descending=[True, False, False], nulls_last=True)

    def _state(self, days: int) -> str | None:
        if self.early is None or self.late is None:
            return None
        return Due.EARLY if days < self.early else Due.LATE if days > self.late else Due.NOW


def next_purchase(days: PurchaseDays, steps: Steps, timing: Timing, until: date) -> NextPurchase:
    """How long the last element of a sequence takes after the others, a spell a customer, by Kaplan and Meier.

    A spell begins with the first day on which all but the last element were had within the gaps; it ends with the
    first later day (by the least gap) that holds the last, however late, and is open at `until` without one. Raises
    BadRequest for a sequence of one element.
    """
    if len(steps) < 2:
        raise BadRequest(
            "Nothing comes next in a sequence of one element.", "Take a sequence of two or more."
        )
    ends = occurrences(days, steps[:-1], timing).rows
    who, first = np.unique(days.customer[ends], return_index=True)
    begun = days.day[ends[first]]
    last = rows_with_all(days, steps[-1])
    at = np.searchsorted(days.moments[last], days.moments[ends[first]] + timing.least_gap)
    found = last[np.minimum(at, len(last) - 1)]
    came = (at < len(last)) & (days.customer[found] == who)
    over = days.day[found] - begun
    rest = (until - date(1970, 1, 1)).days - begun
    took = np.where(came, over, np.maximum(rest, 0))
    curve = kaplan_meier(took, came)
    names = pl.Series(days.customers).gather(who)
    since = pl.Series(begun).cast(pl.Int32).cast(pl.Date)
    spells = pl.DataFrame({"customer": names, "since": since, "days": took, "came": came})
    return NextPurchase(spells, curve, until, *(_time_of(curve, share) for share in (EARLY, 0.5, LATE)))


def _time_of(curve: SurvivalCurve, share: float) -> float | None:
    """When this share has come of all who come within what was watched."""
    if not curve.finished:
        return None
    gone = 1 - curve.frame["surviving"].to_numpy()
    return float(curve.frame["time"][int(np.argmax(gone >= share * gone[-1] - 1e-12))])


def _surviving(frame: pl.DataFrame, times: pl.Series) -> np.ndarray:
    at = np.searchsorted(frame["time"].to_numpy(), times.to_numpy(), side="right")
    return np.concatenate([[1.0], frame["surviving"].to_numpy()])[at]

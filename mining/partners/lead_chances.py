"""How surely a partner delivers within so many days: from its own orders, those that are open counted as far as they
were watched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.retention.kaplan_meier import SurvivalCurve, kaplan_meier
from mining.retention.wilson_interval import wilson

HALF, NINE_OF_TEN = 0.5, 0.1


@dataclass(frozen=True, slots=True)
class LeadChance:
    """The chance that an order is there within some days, with 95% between `low` and `high`, as `orders` of the
    partner tell, of which `known` were watched so long or came before. `at_least` where none was watched so long."""

    share: float
    low: float
    high: float
    orders: int
    known: int
    at_least: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class LeadTimes:
    """By partner (code) the curve of its orders; `before` are orders left out since they came before they were made.
    `took` holds the days and whether they came, by partner."""

    curves: Mapping[int, SurvivalCurve]
    took: Mapping[int, tuple[np.ndarray, np.ndarray]]
    before: int

    def orders(self, partner: int) -> int:
        """How many orders tell of a partner."""
        return self.curves[partner].spells if partner in self.curves else 0

    def chance(self, partner: int, days: int) -> LeadChance | None:
        """The chance that what is ordered of a partner today is there within so many days; None without any order.

        The share is Kaplan's and Meier's; its interval Wilson's among the orders of which it is known whether they
        came in time.
        """
        if partner not in self.curves:
            return None
        if days < 0:
            return LeadChance(0.0, 0.0, 0.0, self.curves[partner].spells, self.curves[partner].spells)
        return self._within(partner, float(days))

    def _within(self, partner: int, days: float) -> LeadChance:
        curve, (took, came) = self.curves[partner], self.took[partner]
        left = _left(curve, days)
        known = int(((came & (took <= days)) | (took > days)).sum())
        sure = np.array([float(max(known, 1))])
        low, high = wilson(sure * (1 - left), sure)
        beyond = days > curve.longest and left > 0
        return LeadChance(
            1 - left, float(low[0]), 1.0 if beyond else float(high[0]), curve.spells, known, beyond
        )

    def typical(self, partner: int) -> tuple[float | None, float | None]:
        """Within how many days a half and nine of ten orders came; None where that many were not seen to come."""
        if partner not in self.curves:
            return None, None
        curve = self.curves[partner]
        return curve.median, first_with(curve, NINE_OF_TEN)


def lead_times(orders: pl.DataFrame, as_of: int) -> LeadTimes:
    """The lead times of each partner up to a day (since 1970).

    `orders`: partner, ordered, received (the day on which all that ever came was there; null where nothing was or more
    is to come), in days since 1970. What ended without coming never comes: it is watched to the end like an open one.
    An order that came before it was made is left out and counted.
    """
    told = orders.filter(pl.col("ordered") <= as_of).with_columns(
        came=(pl.col("received") <= as_of).fill_null(False)
    )
    took = told.with_columns(
        took=(pl.when("came").then("received").otherwise(pl.lit(as_of)) - pl.col("ordered")).cast(pl.Float64)
    )
    sound = took.filter(pl.col("took") >= 0)
    spells = {
        int(partner[0]): (own["took"].to_numpy(), own["came"].to_numpy())
        for partner, own in sound.sort("partner", "ordered").partition_by("partner", as_dict=True).items()
    }
    curves = {partner: kaplan_meier(*each) for partner, each in spells.items()}
    return LeadTimes(curves, spells, took.height - sound.height)


def expected_orders(orders: pl.DataFrame, leads: LeadTimes, as_of: int) -> pl.DataFrame:
    """Open orders with the day on which the rest may be expected: product, partner, ordered, pieces, expected.

    `orders` have product, partner, ordered, promised, received, has_ended, pieces and came. Expected is the day that
    was promised; where that is past or was never told, half of the partner's orders that waited as long
    came by then. Null where nobody can say.
    """
    is_open = pl.col("received").is_null() & ~pl.col("has_ended")
    rest = (pl.col("pieces") - pl.col("came").fill_null(0)).clip(0)
    waiting = orders.filter(is_open).select(
        "product", "partner", "ordered", "promised", pieces=rest.cast(pl.Float64)
    )
    waiting = waiting.filter(pl.col("pieces") > 0)
    expected = [
        promised if promised is not None and promised > as_of else _half_by(leads, partner, ordered, as_of)
        for partner, ordered, promised in waiting.select("partner", "ordered", "promised").iter_rows()
    ]
    return waiting.drop("promised").with_columns(expected=pl.Series(expected, dtype=pl.Int64))


def _half_by(leads: LeadTimes, partner: int, ordered: int, as_of: int) -> int | None:
    curve = leads.curves.get(partner)
    if curve is None:
        return None
    days = first_with(curve, HALF * _left(curve, as_of - ordered), as_of - ordered)
    return None if days is None else ordered + int(days)


def first_with(curve: SurvivalCurve, left: float, after: float = -1.0) -> float | None:
    """The first time beyond `after` after which no more than a share of spells is left."""
    times, surviving = curve.frame["time"].to_numpy(), curve.frame["surviving"].to_numpy()
    at = np.flatnonzero((surviving <= left + 1e-12) & (times > after))
    return float(times[at[0]]) if len(at) else None


def _left(curve: SurvivalCurve, days: float) -> float:
    """The share that takes longer; as small as it was ever seen beyond the longest that was watched."""
    times = curve.frame["time"].to_numpy()
    at = int(np.searchsorted(times, days, side="right"))
    return float(curve.frame["surviving"][at - 1]) if at else 1.0

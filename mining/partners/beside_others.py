"""A partner beside the others of its district: its own figures, and the middle of theirs without saying whose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.retention.kaplan_meier import HALF, kaplan_meier
from mining.retention.wilson_interval import Z95, wilson

LEAST_OTHERS = 4


@dataclass(frozen=True, slots=True)
class OwnFigure:
    """A figure from `n` orders with its 95% interval; None where there is no data, or none is to be had."""

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class BesideOthers:
    """A figure of one partner and the median of those of the `others` that have one; None where they are fewer than
    LEAST_OTHERS. `unit` is share or days; `rising` whether more is better (1) or worse (-1)."""

    name: str
    label: str
    unit: str
    rising: int
    own: OwnFigure
    median: float | None
    others: int


def beside_others(orders: pl.DataFrame) -> tuple[BesideOthers, ...]:
    """The figures of partner 0 of `orders` (the columns of `data.portal.partner_orders.district_orders`) beside the
    others: fill rate, on time, in time and in full, and the median lead time, open orders counted as open so far."""
    own = orders.filter(pl.col("partner") == 0)
    others = [part for _, part in orders.filter(pl.col("partner") != 0).group_by("partner")]
    return tuple(_beside(*figure, own, others) for figure in FIGURES)


def _beside(
    name: str,
    label: str,
    unit: str,
    rising: int,
    figure: Callable[[pl.DataFrame], OwnFigure],
    own: pl.DataFrame,
    others: list[pl.DataFrame],
) -> BesideOthers:
    theirs = [value for each in others if (value := figure(each).value) is not None]
    median = float(np.median(theirs)) if len(theirs) >= LEAST_OTHERS else None
    return BesideOthers(name, label, unit, rising, figure(own), median, len(theirs))


def fill_rate(orders: pl.DataFrame) -> OwnFigure:
    """Of the pieces of orders that are due, those received in time: sum over sum. The interval is that of a ratio by
    linearisation (Cochran, "Sampling techniques", 1977, equation 6.13)."""
    due = orders.filter(pl.col("units_due") > 0)
    x, y = (due[each].to_numpy() for each in ("units_due", "units_in_time"))
    if not len(x):
        return OwnFigure(None, 0)
    rate = float(y.sum() / x.sum())
    if len(x) < 2:
        return OwnFigure(rate, 1)
    half = Z95 * float(np.sqrt(len(x) / (len(x) - 1) * ((y - rate * x) ** 2).sum()) / x.sum())
    if not half:  # all alike: as sure as so many orders can be
        return OwnFigure(rate, len(x), *_wilson(rate * len(x), len(x)))
    return OwnFigure(rate, len(x), max(0.0, rate - half), min(1.0, rate + half))


def _share(column: str) -> Callable[[pl.DataFrame], OwnFigure]:
    def share(orders: pl.DataFrame) -> OwnFigure:
        told = orders[column].drop_nulls()
        if told.is_empty():
            return OwnFigure(None, 0)
        part = float(told.sum())
        return OwnFigure(part / len(told), len(told), *_wilson(part, len(told)))

    return share


def _wilson(part: float, whole: int) -> tuple[float, float]:
    low, high = wilson(np.array([part]), np.array([float(whole)]))
    return float(low[0]), float(high[0])


def lead_time(orders: pl.DataFrame) -> OwnFigure:
    """Days until half of the orders were whole; its interval where those of Kaplan-Meier's curve cross a half
    (Brookmeyer & Crowley, "A confidence interval for the median survival time", Biometrics 38, 1982)."""
    watched = orders.with_columns(days=pl.coalesce("lead_days", "open_days")).drop_nulls("days")
    if watched.is_empty():
        return OwnFigure(None, 0)
    curve = kaplan_meier(watched["days"].to_numpy(), watched["lead_days"].is_not_null().to_numpy())
    low, high = (curve.frame.filter(pl.col(side) <= HALF)["time"] for side in ("low", "high"))
    ends = (float(low[0]) if len(low) else None, float(high[0]) if len(high) else None)
    return OwnFigure(curve.median, curve.spells, *ends)


FIGURES: tuple[tuple[str, str, str, int, Callable[[pl.DataFrame], OwnFigure]], ...] = (
    ("fill_rate", "Fill rate", "share", 1, fill_rate),
    ("on_time", "On time", "share", 1, _share("in_time")),
    ("in_full", "On time and in full", "share", 1, _share("in_time_in_full")),
    ("lead_time", "Median lead time", "days", -1, lead_time),
)

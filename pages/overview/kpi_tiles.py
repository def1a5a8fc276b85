"""What the overview's tiles need and no page: courses without the unfinished month, and where a tile leads."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Profile
from mining.retention.repeat_rate import repeat_rate
from pages.ui.time_course import in_traffic, is_partial

COURSE_MONTHS = 13


def whole_months(points: pl.DataFrame) -> tuple[float | None, ...]:
    """The last whole months of a course by month."""
    return tuple(points.filter(~pl.col("partial"))["value"].tail(COURSE_MONTHS))


def repeat_course(customers: pl.DataFrame, profile: Profile) -> tuple[float | None, ...]:
    """The repeat rate of the last whole months, from orders by month and customer; None for months without any."""
    known = customers.filter(pl.col("customer.id") != UNKNOWN)
    if known.is_empty():
        return ()
    days = in_traffic(known.with_columns(period=pl.col("month.id").str.to_date("%Y-%m")), "month", profile)
    rates = repeat_rate(days, "period").upsample("period", every="1mo")
    return tuple(rates.filter(~is_partial("period", "month", profile))["rate"].tail(COURSE_MONTHS))


def telling(profile: Profile, levels: Iterable[str]) -> list[str]:
    """Those levels that hold more than one known member."""
    return [level for level in levels if profile.known.get(level, 0) > 1]

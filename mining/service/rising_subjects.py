"""Subjects that rise: whose share of all contacts grew by more than their past, their season and chance explain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from mining.trends.member_trends import MemberTrends, Progress, find_trends
from mining.trends.trend_effect import TrendKind
from mining.trends.trend_finding import TrendFinding

WHOLE, MOST_SUBJECTS = "", 60
LASTING = (TrendKind.SHIFT, TrendKind.SLOPE)
# Subjects are no part of each other.
NO_KIN = pl.DataFrame(schema={"series": pl.String, "ancestor": pl.String})


@dataclass(frozen=True, slots=True, eq=False)
class RisingSubjects:
    """What was found at a rate of false discoveries: `rising` are the shifts and slopes upwards, the surest first, and
    `others` all other changes. `names` are the subjects as most contacts write them, `untold` contacts without one."""

    trends: MemberTrends
    rising: tuple[TrendFinding, ...]
    others: tuple[TrendFinding, ...]
    names: dict[str, str]
    untold: int


def rising_subjects(
    counts: pl.DataFrame, first: date, last: date, rate: float = 0.05, progress: Progress = lambda _: None
) -> RisingSubjects:
    """Subjects of `counts` (`day`, a date, `subject`, `contacts`) month by month, over the whole months from `first` to
    `last`. Subjects that differ by capitals and blanks at their ends alone are one; the most frequent are looked at.

    Raises BadRequest where the months are too few, or too empty.
    """
    months = counts.filter(pl.col("day").is_between(*_whole_months(first, last))).with_columns(
        period=pl.col("day").dt.truncate("1mo"),
        series=pl.col("subject").str.strip_chars().str.to_lowercase(),
    )
    told = months.filter(pl.col("series").fill_null("") != "")
    summed = pl.col("contacts").sum()
    most = told.group_by("series").agg(summed).sort("contacts", "series", descending=[True, False])
    names = most["series"].head(MOST_SUBJECTS).to_list()
    value = summed.cast(pl.Float64).alias("value")
    of_each = told.filter(pl.col("series").is_in(names)).group_by("series", "period").agg(value)
    whole = told.group_by("period").agg(value).with_columns(series=pl.lit(WHOLE))
    frame = pl.concat([each.select("series", "period", "value") for each in (whole, of_each)])
    found = find_trends(frame, NO_KIN, "month", WHOLE, rate=rate, progress=progress)
    causes = [alarm.cause for alarm in found.alarms if alarm.cause.series]
    rising = tuple(each for each in causes if each.kind in LASTING and each.size > 0)
    written = told.sort("contacts", "subject").group_by("series").agg(pl.col("subject").last())
    return RisingSubjects(
        found,
        rising,
        tuple(each for each in causes if each not in rising),
        dict(written.iter_rows()),
        int(months["contacts"].sum()) - int(told["contacts"].sum()),
    )


def _whole_months(first: date, last: date) -> tuple[date, date]:
    """The first and last day of the whole months between two days."""
    days = pl.Series([first, last, last]).dt
    begin = first if first.day == 1 else days.offset_by("1mo").dt.month_start()[0]
    end = last if days.month_end()[1] == last else days.month_start().dt.offset_by("-1d")[1]
    return begin, end

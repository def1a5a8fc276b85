"""The backlog: open cases by how long they have been, how many were open each week, and how many come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from mining.retention.wilson_interval import wilson
from mining.service.case_spells import REOPENED, CaseSpells

AGES = ((0, "Up to 1 day"), (2, "2 to 3 days"), (4, "4 to 7 days"), (8, "8 to 14 days"), (15, "15 to 30 days"),
        (31, "Over 30 days"))  # fmt: skip
WEEK = 7


@dataclass(frozen=True, slots=True, eq=False)
class CaseBacklog:
    """`ages` counts open cases by days since they were opened or reopened last (`age`, `cases`); `course` those open at
    the end of each week (`day`, `cases`). Of `closings` of cases that tell events, `reopenings` came back, a share from
    `low` to `high` (95%)."""

    cases: int
    ages: pl.DataFrame
    course: pl.DataFrame
    closings: int
    reopenings: int
    low: float
    high: float

    @property
    def reopening_rate(self) -> float | None:
        """None where nothing was closed."""
        return self.reopenings / self.closings if self.closings else None


def case_backlog(spells: CaseSpells, last_day: date) -> CaseBacklog:
    """What is open at the close of a day, of spells of which some may begin and end after it."""
    seen = spells.frame.filter(pl.col("day") <= last_day)
    ended = seen.with_columns(end=_end(seen))
    at_close = ended.filter(pl.col("end").is_null() | (pl.col("end") > last_day))
    age = (pl.lit(last_day) - pl.col("day")).dt.total_days()
    counts = np.histogram(
        at_close.select(age.alias("age"))["age"].to_numpy(), [*(a for a, _ in AGES), np.inf]
    )[0]
    closed = (pl.col("closed_day") <= last_day).fill_null(False)
    came_back = closed & (pl.col("began_as").shift(-1).over("case") == REOPENED).fill_null(False)
    told = seen.filter("has_events").select(closings=closed.sum(), reopenings=came_back.sum())
    closings, reopenings = told.row(0)
    low, high = wilson(np.array([reopenings], float), np.array([closings], float))
    return CaseBacklog(
        at_close.height,
        pl.DataFrame({"age": [name for _, name in AGES], "cases": counts.astype(np.int64)}),
        _course(ended, last_day),
        closings,
        reopenings,
        *(float(low[0]), float(high[0])) if closings else (0.0, 1.0),
    )


def _end(spells: pl.DataFrame) -> pl.Expr:
    """When a spell ended: with its closing, or with the reopening that took its place."""
    following = pl.col("day").shift(-1).over("case")
    return pl.coalesce("closed_day", following)


def _course(spells: pl.DataFrame, last_day: date) -> pl.DataFrame:
    """Open spells at the close of every seventh day up to the last."""
    if spells.is_empty():
        return pl.DataFrame(schema={"day": pl.Date, "cases": pl.Int64})
    first = spells["day"].min()
    assert isinstance(first, date)
    days = [last_day - timedelta(back) for back in range(0, (last_day - first).days + 1, WEEK)][::-1]
    began = np.searchsorted(np.sort(_numbers(spells["day"])), _numbers(pl.Series(days)), side="right")
    ends = np.sort(_numbers(spells["end"].drop_nulls()))
    return pl.DataFrame(
        {"day": days, "cases": began - np.searchsorted(ends, _numbers(pl.Series(days)), side="right")}
    )


def _numbers(days: pl.Series) -> np.ndarray:
    return days.cast(pl.Int32).to_numpy()

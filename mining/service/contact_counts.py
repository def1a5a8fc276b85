"""Contacts by day and hour as whole numbers on a grid without gaps: what forecasts are fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from data.errors import BadRequest

HOURS, WEEK = 24, 7
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ContactCounts:
    """`hours` has a row a day from `first` on and a column an hour; `days` their sums and what tells no time of day."""

    first: date
    days: Numbers
    hours: Numbers

    @property
    def weekdays(self) -> npt.NDArray[np.int64]:
        """Of each day, 0 for Monday."""
        return (np.arange(len(self.days)) + self.first.weekday()) % WEEK

    @property
    def has_hours(self) -> bool:
        """Whether the time of day is told of nine contacts of ten or more."""
        return bool(self.hours.sum() >= 0.9 * self.days.sum() > 0)

    def until(self, day: int) -> ContactCounts:
        """The first so many days alone."""
        return ContactCounts(self.first, self.days[:day], self.hours[:day])

    def day_of(self, at: int) -> date:
        return self.first + timedelta(at)


def contact_counts(frame: pl.DataFrame, last_day: date) -> ContactCounts:
    """The grid of counts: `day`, `hour` (0 to 23, or null), `contacts`; a day without rows had none.

    Errors: BadRequest where there is no contact.
    """
    seen = frame.filter(pl.col("day") <= last_day, pl.col("contacts") > 0)
    if seen.is_empty():
        raise BadRequest(
            "There is no contact yet.", "Load calls or tickets, or choose another kind of contact."
        )
    first = seen["day"].min()
    assert isinstance(first, date)
    days = (last_day - first).days + 1
    at = seen.select((pl.col("day") - first).dt.total_days())["day"].to_numpy()
    count = seen["contacts"].to_numpy().astype(float)
    told = seen["hour"].is_not_null().to_numpy()
    hours = np.zeros((days, HOURS))
    np.add.at(hours, (at[told], seen["hour"].drop_nulls().to_numpy()), count[told])
    return ContactCounts(first, np.bincount(at, count, days).astype(float), hours)

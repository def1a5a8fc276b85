"""How the parts of a cell moved in past periods like the two that are compared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl

from cubes.case import Case, column
from cubes.contributions import Amounts, Numbers
from cubes.query import Cut
from cubes.usual import Past, Usual, usual
from data.calendar import Calendar, to_date

Places = npt.NDArray[np.int64]


class History:
    """The past changes of one cell; one question a level."""

    def __init__(self, case: Case, calendar: Calendar, past: Past) -> None:
        self.case, self.calendar, self.past = case, calendar, past
        self.whole = self._changes(self._units(""), "", ("",))

    def usual_whole(self) -> Usual:
        """What is usual for the cell itself, as arrays of one."""
        case, whole = self.case, self.whole
        size = np.array([max(abs(case.value or 0.0), abs(case.base or 0.0))])
        return self._usual(whole.value - whole.base, size, whole)

    def usual(self, table: pl.DataFrame, few: tuple[Cut, ...]) -> Usual:
        """What is usual for the members in `table` (as `Case.members` gives it), asked within the cuts `few`."""
        level = table["level"][0]
        parts = self._changes(self._units(level, few), level, tuple(table["id"]))
        changes = self.case.effects(parts, self.whole).effect
        return self._usual(changes, table["size"].to_numpy(), parts)

    def _usual(self, changes: Numbers, size: Numbers, parts: Amounts) -> Usual:
        ratio = self.case.is_ratio
        units = size if ratio else np.mean(np.abs(parts.base), axis=1)
        return usual(changes, size, units, self.past, self.case.sums and not ratio)

    def _units(self, level: str, few: tuple[Cut, ...] = ()) -> pl.DataFrame:
        """The measure by member and unit of time before the period asked about; `unit` counts from the earliest."""
        past, query = self.past, self.case.query
        timed = [each.level for each in query.cuts if self.case.cube.level(each.level).is_time]
        rows = (level, past.grain) if level else (past.grain,)
        frame = self.case.ask(
            replace(query.uncut(*timed).cut(self._days(), *few), rows=rows, compare=None)
        ).frame
        names = frame[f"{past.grain}.id"]
        codes = {
            each: self.calendar.parse_period(past.grain, each) - past.earliest for each in names.unique()
        }
        return frame.with_columns(names.replace_strict(codes, return_dtype=pl.Int64).alias("unit"))

    def _days(self) -> Cut:
        """The days of the past: unbroken, or the first ones of each unit."""
        past, days_of = self.past, self.calendar.days_of
        if past.days:
            firsts = [days_of(past.grain, unit).first for unit in range(past.earliest, past.own)]
            days = (first + at for first in firsts for at in range(past.days))
            return Cut("day", tuple(to_date(day).isoformat() for day in days))
        first, last = days_of(past.grain, past.earliest).first, days_of(past.grain, past.own - 1).last
        return Cut("day", since=to_date(first).isoformat(), until=to_date(last).isoformat())

    def _changes(self, units: pl.DataFrame, level: str, ids: tuple[str, ...]) -> Amounts:
        """Amounts of the past periods and of those that they are held against, members x changes."""
        place = {each: at for at, each in enumerate(ids)}
        rows = units.filter(pl.col(f"{level}.id").is_in(ids)) if level else units
        at = np.array(
            [place[each] for each in rows[f"{level}.id"]] if level else [0] * rows.height, dtype=int
        )
        names = self.case.names
        if not self.case.is_ratio:
            value, base = self._periods(rows, at, names[0], len(ids))
            return Amounts(value, base, value, base, np.ones_like(value), np.ones_like(base))
        upper, upper_base = self._periods(rows, at, names[1], len(ids))
        lower, lower_base = self._periods(rows, at, names[2], len(ids))
        return Amounts(
            _ratio(upper, lower), _ratio(upper_base, lower_base), upper, upper_base, lower, lower_base
        )

    def _periods(self, rows: pl.DataFrame, at: Places, name: str, count: int) -> tuple[Numbers, Numbers]:
        """A measure in each past period, and in its counterpart."""
        past = self.past
        sums = np.zeros((count, past.own - past.earliest + 1))
        np.add.at(sums, (at, rows["unit"].to_numpy() + 1), column(rows, name))
        sums = np.cumsum(sums, axis=1)
        begin = np.array(past.starts) - past.earliest
        now = sums[:, begin + past.length] - sums[:, begin]
        return now, sums[:, begin - past.lag + past.length] - sums[:, begin - past.lag]


def _ratio(upper: Numbers, lower: Numbers) -> Numbers:
    return np.divide(upper, lower, out=np.zeros_like(upper), where=lower != 0)

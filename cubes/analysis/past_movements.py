"""How the parts of a cell moved in past periods like the two that are compared."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

import numpy as np
import polars as pl

from cubes.analysis.changed_cell import Case, column
from cubes.analysis.contributions import Amounts, Numbers
from cubes.analysis.usual_movement import Moves, Past, Standing, UsualMovement, standing, usual
from cubes.query import Cut
from data.model.calendar import Calendar, to_date

Sums = dict[str, Numbers]


class History:
    """The past changes of one cell; one question a level."""

    def __init__(self, case: Case, calendar: Calendar, past: Past) -> None:
        self.case, self.calendar, self.past = case, calendar, past
        self.earliest = past.earliest
        self.value, self.base = case.value or 0.0, case.base or 0.0
        self.levels: dict[str, tuple[tuple[str, ...], Sums]] = {}
        self.sums = self._sums(self._units(""), "", ("",))
        self.whole = self._changes(self.sums)

    def outside(self, level: str, member: str, value: float, base: float) -> History:
        """The same without a member that `usual` was told of; what it was in the two periods goes with it."""
        ids, sums = self.levels[level]
        at = ids.index(member)
        found = copy(self)
        found.value, found.base = self.value - value, self.base - base
        found.sums = {name: whole - sums[name][at : at + 1] for name, whole in self.sums.items()}
        found.whole = found._changes(found.sums)
        return found

    def usual_whole(self) -> UsualMovement:
        """What is usual for the cell itself, as arrays of one."""
        size = np.array([max(abs(self.value), abs(self.base))])
        change = self.whole.value - self.whole.base
        moves = Moves(change, np.zeros_like(change), change[0])
        return self._usual(moves, np.zeros(1), size, self.whole)

    def usual(self, table: pl.DataFrame, searched: int = 0) -> UsualMovement:
        """What is usual for the members in `table` (as `Case.members` gives it): all, or chosen out of more."""
        level, size = table["level"][0], table["size"].to_numpy()
        if level not in self.levels:
            ids = tuple(table["id"])
            few = (Cut(level, ids),) if searched else ()
            self.levels[level] = ids, self._sums(self._units(level, few), level, ids)
        sums = self.levels[level][1]
        parts = self._changes(sums)
        even = self._even(column(table, "base"), np.array(self.base), np.array(self.value - self.base))
        return self._usual(self._moves(parts), even, size, parts, self._standing(sums, table), searched)

    def _even(self, base: Numbers, whole: Numbers, change: Numbers) -> Numbers:
        """Parts of an even move of all; none of ratios, whose parts are held against the mean by themselves."""
        return np.zeros_like(base) if self.case.is_ratio else change * _over(np.abs(base), np.abs(whole))

    def _usual(
        self,
        moves: Moves,
        even: Numbers,
        size: Numbers,
        parts: Amounts,
        stood: Standing | None = None,
        searched: int = 0,
    ) -> UsualMovement:
        ratio = self.case.is_ratio
        units = size if ratio else np.mean(np.abs(parts.base), axis=1)
        return usual(moves, even, size, units, self.past, self.case.sums and not ratio, stood, searched)

    def _moves(self, parts: Amounts) -> Moves:
        """The past moves of parts, as they would be in a cell of today's size."""
        whole, change = self.whole, (self.whole.value - self.whole.base)[0]
        effect, even = self.case.effects(parts, whole).effect, self._even(parts.base, whole.base, change)
        if self.case.is_ratio or self.past.times > 1:
            return Moves(effect, even, change)
        grown = self._grown((whole.value + whole.base)[0])
        return Moves(effect * grown, even * grown, change * grown)

    def _grown(self, sizes: Numbers) -> Numbers:
        """How many times as far chance goes in a cell of today's size as in ones of these: their square root."""
        today = np.full_like(sizes, abs(self.value) + abs(self.base))
        grown = np.sqrt(_over(today, np.abs(sizes)))
        return np.where(grown > 0, grown, 1.0)

    def _standing(self, sums: Sums, table: pl.DataFrame) -> Standing | None:
        """How far the members stood out of the periods before; None of ratios, and where too few are known."""
        past, name = self.past, self.case.names[0]
        if self.case.is_ratio or not past.before:
            return None
        parts, whole = sums[name], self.sums[name]
        asked = table["value"].to_numpy()[:, None], np.array([[self.value]])
        own = _off(asked, self._before([past.own], parts, whole))
        known = past.own - past.lag - past.length * past.before >= self.earliest
        base = self._off_before([past.own - past.lag], parts, whole) if known else np.zeros_like(own)
        stood = self._off_before(past.standing, parts, whole)
        found = standing(stood, own[:, 0], base[:, 0], table["size"].to_numpy())
        # The period compared with is judged itself, so that it does not raise the bar.
        asked_too = np.array(past.standing) == past.own - past.lag
        return replace(found, past=np.where(asked_too, 0.0, found.past))

    def _off_before(self, starts: list[int], parts: Numbers, whole: Numbers) -> Numbers:
        now = self._over(parts, starts), self._over(whole, starts)
        return _off(now, self._before(starts, parts, whole))

    def _before(self, starts: list[int], parts: Numbers, whole: Numbers) -> tuple[Numbers, Numbers]:
        """The sums over the periods before."""
        length = self.past.length * self.past.before
        firsts = [start - length for start in starts]
        return self._over(parts, firsts, length), self._over(whole, firsts, length)

    def _over(self, sums: Numbers, starts: list[int], length: int = 0) -> Numbers:
        """What a measure sums to over the units from each start on, those of a period if no length is given."""
        begin = np.array(starts) - self.earliest
        return sums[:, begin + (length or self.past.length)] - sums[:, begin]

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
            each: self.calendar.parse_period(past.grain, each) - self.earliest for each in names.unique()
        }
        # Without any names Polars leaves texts.
        units = names.replace_strict(codes, return_dtype=pl.Int64).cast(pl.Int64)
        return frame.with_columns(units.alias("unit"))

    def _days(self) -> Cut:
        """The days of the past: unbroken, or the first ones of each unit."""
        past, days_of = self.past, self.calendar.days_of
        if past.days:
            firsts = [days_of(past.grain, unit).first for unit in range(self.earliest, past.own)]
            days = (first + at for first in firsts for at in range(past.days))
            return Cut("day", tuple(to_date(day).isoformat() for day in days))
        first, last = days_of(past.grain, self.earliest).first, days_of(past.grain, past.own - 1).last
        return Cut("day", since=to_date(first).isoformat(), until=to_date(last).isoformat())

    def _sums(self, units: pl.DataFrame, level: str, ids: tuple[str, ...]) -> Sums:
        """Running sums of what the measure is made of, members x units of time."""
        place = {each: at for at, each in enumerate(ids)}
        rows = units.filter(pl.col(f"{level}.id").is_in(ids)) if level else units
        at = np.array(
            [place[each] for each in rows[f"{level}.id"]] if level else [0] * rows.height, dtype=int
        )
        found = {}
        for name in self.case.names:
            sums = np.zeros((len(ids), self.past.own - self.earliest + 1))
            np.add.at(sums, (at, rows["unit"].to_numpy() + 1), column(rows, name))
            found[name] = np.cumsum(sums, axis=1)
        return found

    def _changes(self, sums: Sums) -> Amounts:
        """Amounts of the past periods and of those that they are held against, members x changes."""
        starts = self.past.starts
        bases = [start - self.past.lag for start in starts]
        pairs = [(self._over(sums[name], starts), self._over(sums[name], bases)) for name in self.case.names]
        if not self.case.is_ratio:
            value, base = pairs[0]
            return Amounts(value, base, value, base, np.ones_like(value), np.ones_like(base))
        (upper, upper_base), (lower, lower_base) = pairs[1:]
        return Amounts(
            _over(upper, lower), _over(upper_base, lower_base), upper, upper_base, lower, lower_base
        )


def _off(now: tuple[Numbers, Numbers], before: tuple[Numbers, Numbers]) -> Numbers:
    """How far parts are from the share of the whole that they had before, as multiples of the whole's chance."""
    (part, whole), (part_before, whole_before) = now, before
    expected = whole * _over(part_before, whole_before)
    return _over(part - expected, np.sqrt(np.abs(whole)))


def _over(upper: Numbers, lower: Numbers) -> Numbers:
    shape = np.broadcast_shapes(upper.shape, lower.shape)
    return np.divide(upper, lower, out=np.zeros(shape), where=np.broadcast_to(lower != 0, shape))

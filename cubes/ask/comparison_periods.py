"""Comparison with another period, by the calendar: like held against like, never a part against a whole.

Each cell's days are held against days of the other period, whatever way the question is put: the year before and the
period before go from date to date, weeks by days. A period that the data do not reach the end of is held against the
same part of the other; a period whose counterpart begins before the data do has nothing to be compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from cubes.ask.source_lags import Lag
from cubes.cells.scope import FOREVER, LeftOut, Moved, Scope
from cubes.query import Against, Comparison, Period
from data.model.calendar import A_YEAR_OF_WEEKS, GRAINS, Calendar, Days, day_key, merged, to_date
from data.model.canonical_tables import MAIN_FACT, TIME_HIERARCHIES
from data.model.said import Said, said
from data.store.warehouse import Profile

Runs = tuple[Days, ...]
Codes = tuple[int, ...]
Rule = Callable[[Days], Days]
OF_WHOLE_WEEKS = ("week", "day")


@dataclass(frozen=True, slots=True)
class PeriodPair:
    """Days of one cell, told by the codes of its periods, and the days that they are held against."""

    codes: Codes
    own: Days
    base: Days


@dataclass(frozen=True, slots=True)
class Baseline:
    """The days to ask about, and which periods of the question they stand for.

    `levels` are the time levels of the question's rows or columns; none compares its whole time. `own` are the days
    of the question that have a counterpart, `comparable` the codes of the cells that do. Where each period of the
    finest level stands for one of the question, `periods` pairs its code with the codes of that; else days are
    `moved` into the periods of the question. `left_out` is what a source has not delivered yet of the own period.
    """

    levels: tuple[str, ...]
    days: Runs = ()
    own: Runs = ()
    comparable: frozenset[Codes] = frozenset()
    periods: tuple[tuple[int, Codes], ...] = ()
    moved: tuple[Moved, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    reason: str = "the data do not reach that far"

    def sentence(self) -> Said:
        """The two spans in words, such as '2011-01-01 – 2011-12-09 against 2010-01-01 – 2010-12-09'."""
        if not self.days:
            return said("nothing to compare with: {}", self.reason)
        lengths = sum(map(len, self.own)), sum(map(len, self.days))
        is_unequal = lengths[0] != lengths[1] and not self.levels
        unequal = said(" ({:,} days against {:,})", *lengths) if is_unequal else ""
        return said("{} against {}{}", _span(self.own), _span(self.days), unequal)


def _span(runs: Runs) -> Said:
    return said("{} – {}", to_date(runs[0].first), to_date(runs[-1].last))


def baseline(
    profile: Profile,
    scope: Scope,
    levels: Sequence[str],
    comparison: Against,
    fact: str = MAIN_FACT.name,
    lags: Iterable[Lag] = (),
) -> Baseline:
    """What to compare with, by these time levels; `fact` is the table whose days are asked about.

    `lags` are its sources that have not delivered as far as the others. Raises BadRequest for a period that the
    calendar does not have.
    """
    asking = _Comparing(profile.calendar, scope, tuple(levels), _extent(profile, fact))
    if isinstance(comparison, Period):
        other = profile.calendar.span(comparison.value)
        return asking.in_turn(other, lags) if levels else asking.whole_against(other, lags)
    return asking.earlier(comparison, lags)


def _extent(profile: Profile, fact: str) -> Days:
    """The days that the data reach, none where there are no data."""
    found = profile.extents[fact]
    if found.first_day is None or found.last_day is None:
        return Days(0, -1)
    return Days(day_key(found.first_day), day_key(found.last_day))


class _Comparing:
    """One question's time and how it is held against another."""

    def __init__(self, calendar: Calendar, scope: Scope, levels: tuple[str, ...], extent: Days) -> None:
        self.calendar, self.scope, self.levels, self.extent = calendar, scope, levels, extent
        self.runs = scope.days if scope.days is not None else (FOREVER,)
        self.finest = finest_kept(levels)
        self.nested = _is_nested(levels, self.finest)

    def earlier(self, comparison: Comparison, lags: Iterable[Lag]) -> Baseline:
        """Each period against the one before, that of a year ago, or day by day the one 52 weeks before."""
        rule = self._rule(comparison)
        if rule is None:
            return Baseline(self.levels, reason="the question has no period of its own")
        pairs = [PeriodPair(codes, own, rule(own)) for codes, own in self._windows()]
        relabelled = comparison is not Comparison.WEEKDAYS or self.finest in OF_WHOLE_WEEKS
        return self._baseline(pairs, rule, lags, Days(self.extent.first, FOREVER.last), relabelled)

    def _rule(self, comparison: Comparison) -> Rule | None:
        """Which days answer to days of the question; None where its time as a whole has no counterpart."""
        calendar, grain = self.calendar, self.finest or self.scope.time_level
        if comparison is Comparison.WEEKDAYS:
            return lambda days: days.later(-A_YEAR_OF_WEEKS)
        if not self.finest and (not self.runs or self.runs[0].first <= FOREVER.first):
            return None
        if comparison is Comparison.PREVIOUS:
            level, periods = (self.finest, 1) if self.finest else self._length()
            return lambda days: calendar.earlier(level, days, periods)
        if grain in ("week", "iso_year"):
            return lambda days: calendar.earlier(grain, days, 52 if grain == "week" else 1)
        if self.finest == "day":
            return lambda days: Days(first := calendar.earlier("year", days, 1).first, first)
        return lambda days: calendar.earlier("year", days, 1)

    def _length(self) -> tuple[str, int]:
        """How long the question's time as a whole is: so many months, weeks, years of weeks, or else days."""
        grain = self.scope.time_level if self.scope.time_level in ("week", "iso_year") else "month"
        first, last = self.runs[0].first, self.runs[-1].last
        last = self.extent.last if last >= FOREVER.last else last
        if all(self._is_whole(grain, run) for run in self.runs):
            return grain, self.calendar.period_at(grain, last) - self.calendar.period_at(grain, first) + 1
        return "day", min(last, self.extent.last) - first + 1

    def _is_whole(self, grain: str, run: Days) -> bool:
        """Whether a run is made of whole periods, or has no end of its own."""
        first, last = (self.calendar.period_at(grain, each) for each in (run.first, run.last))
        begins = self.calendar.days_of(grain, first).first == run.first
        return begins and (run.last >= FOREVER.last or self.calendar.days_of(grain, last).last == run.last)

    def whole_against(self, other: Days, lags: Iterable[Lag]) -> Baseline:
        """The question's whole time against another period; against the same part of it where it is not over yet.

        Time that has no beginning or no end of its own is held against as many days, or against nothing.
        """
        own = tuple(met for run in self.runs if (met := run.meet(self.extent)))
        if not own:
            return Baseline(())
        first, end = max(self.runs[0].first, self.extent.first), self.runs[-1].last
        if self.runs[0].first <= FOREVER.first:
            length = own[-1].last - first + 1
            other = Days(max(other.first, other.last - length + 1), other.last)

        def rule(days: Days) -> Days:
            return Days(
                other.first, other.last if days.last >= end else self._reached(first, days.last, other)
            )

        base = rule(Days(first, own[-1].last))
        is_open = self.runs[0].first <= FOREVER.first or end >= FOREVER.last
        days = base.meet(self.extent)
        if days is None or base.first < self.extent.first:
            return Baseline(())
        if is_open and (sum(map(len, own)) > len(days) + 1 or days != base):
            return Baseline((), reason="the question's time has no such length; cut it to a period")
        left_out = _left_out([PeriodPair((), Days(first, own[-1].last), days)], rule, lags)
        return Baseline((), (days,), own, frozenset({()}), left_out=left_out)

    def _reached(self, first: int, last: int, other: Days) -> int:
        """The last day of the part of `other` that answers to the days from `first` to `last`.

        From date to date where both begin on the same day of a month, else by as many days.
        """
        begun, begins = to_date(first), to_date(other.first)
        if begun.day != begins.day:
            return min(other.first + last - first, other.last)
        months = (begun.year - begins.year) * 12 + begun.month - begins.month
        return min(self.calendar.earlier("month", Days(first, last), months).last, other.last)

    def in_turn(self, other: Days, lags: Iterable[Lag]) -> Baseline:
        """The first period against the first of the other span and so on; day by day where either begins amid one.

        A period that the other span or the data hold only a part of is compared with nothing.
        """
        windows, within, level = self._windows(), other.meet(self.extent), self.finest or "day"
        if not windows or within is None:
            return Baseline(self.levels)
        opening = windows[0][1].first
        first, began = (self.calendar.period_at(level, day) for day in (opening, other.first))
        starts = tuple(self.calendar.days_of(level, code).first for code in (first, began))
        aligned = starts == (opening, other.first)
        distance, shift = first - began, other.first - opening

        def rule(days: Days) -> Days:
            return self.calendar.earlier(level, days, distance) if aligned else days.later(shift)

        pairs = [PeriodPair(codes, own, rule(own)) for codes, own in windows]
        return self._baseline(pairs, rule, lags, within, aligned)

    def _windows(self) -> list[tuple[Codes, Days]]:
        """The periods that the question's days touch, and the days of each in them, up to the data's end."""
        found: list[tuple[Codes, Days]] = []
        for run in self.runs:
            inside = run.meet(self.extent)
            if inside:
                begins = inside.first if run.first <= FOREVER.first else run.first
                if self.finest:
                    period = self.calendar.period_at(self.finest, inside.first)
                    begins = max(run.first, self.calendar.days_of(self.finest, period).first)
                found += self.calendar.split(self.levels, Days(begins, inside.last))
        return found

    def _baseline(
        self, pairs: Sequence[PeriodPair], rule: Rule, lags: Iterable[Lag], within: Days, relabelled: bool
    ) -> Baseline:
        """From the pairs of cells whose other days all lie within the data; else a cell is compared with nothing."""
        lacking = {pair.codes for pair in pairs if not len(pair.base) or pair.base.meet(within) != pair.base}
        pairs = [pair for pair in pairs if pair.codes not in lacking]
        if not pairs:
            return Baseline(self.levels)
        relabelled = relabelled and self.nested
        found = Baseline(
            self.levels,
            days=merged(pair.base for pair in pairs),
            own=merged(pair.own for pair in pairs),
            comparable=frozenset(pair.codes for pair in pairs),
            left_out=_left_out(pairs, rule, lags),
        )
        if not self.levels:
            return found
        if not relabelled:
            return replace(found, moved=_moved(pairs, self.extent.first))
        codes = {
            (self.calendar.period_at(self.finest or "day", pair.base.first), pair.codes) for pair in pairs
        }
        return replace(found, periods=tuple(sorted(codes)))


def _moved(pairs: Iterable[PeriodPair], earliest: int) -> tuple[Moved, ...]:
    """Each base day in the periods of one of the own days that it answers to, in as few runs as possible."""
    found: list[Moved] = []
    for pair in sorted(pairs, key=lambda pair: pair.base):
        for day in range(pair.base.first, pair.base.last + 1):
            own = min(max(pair.own.first + day - pair.base.first, earliest), pair.own.last)
            before = found[-1] if found else None
            if before and day <= before.days.last:
                continue
            if before and before.days.last + 1 == day and before.later == own - day:
                found[-1] = Moved(Days(before.days.first, day), before.later)
            else:
                found.append(Moved(Days(day, day), own - day))
    return tuple(found)


def _left_out(pairs: Iterable[PeriodPair], rule: Rule, lags: Iterable[Lag]) -> tuple[LeftOut, ...]:
    """The days of the other period that answer to those that a source has not delivered yet."""
    found = []
    for lag in lags:
        days = []
        for pair in pairs:
            kept = (
                rule(Days(pair.own.first, lag.last)).last
                if pair.own.first <= lag.last
                else pair.base.first - 1
            )
            if pair.own.last > lag.last and kept < pair.base.last:
                days.append(Days(kept + 1, pair.base.last))
        if days:
            found.append(LeftOut(lag.batches, merged(days)))
    return tuple(found)


def finest_kept(levels: Iterable[str]) -> str | None:
    """The finest of these time levels, if there is one."""
    return max(levels, key=GRAINS.index, default=None)


def _is_nested(levels: Sequence[str], finest: str | None) -> bool:
    """Whether each member of the finest level lies in one of each other: months in years, but not weeks in months."""
    return all(
        level == finest
        or any(level in each and finest in each[each.index(level) :] for each in TIME_HIERARCHIES)
        for level in levels
    )

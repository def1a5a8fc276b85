"""Random comparisons of random firms, however the question is put: every cell's base is that of loops over days."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cubes.ask.answer import ask
from cubes.query import Comparison, Cut, Query
from data.model.canonical_tables import TIME_HIERARCHIES
from tests import oracle
from tests.cubes.test_properties import SUMS, assert_same, plain, some_lines
from tests.tiny import Line, tiny_warehouse

TIMES = ("year", "quarter", "month", "day", "iso_year", "week", "fiscal_year", "fiscal_quarter")
MEMBERS = ("country", "product", "customer")
MEASURES = (*oracle.measures([]), "customers_alive")
Cell = tuple[str | None, ...]


class Slow:
    """One question's comparison, day by day."""

    def __init__(self, lines: list[Line], query: Query, fiscal: int) -> None:
        self.lines, self.query, self.fiscal = lines, query, fiscal
        self.first, self.last = min(line.day for line in lines), max(line.day for line in lines)

    def period(self, day: date, level: str) -> str:
        return oracle.period(day, level, self.fiscal)

    def asked(self, day: date) -> bool:
        for cut in self.query.cuts:
            own = self.period(day, cut.level) if cut.level in TIMES else ""
            if cut.since and not cut.since <= own <= cut.until:
                return False
            if cut.level in TIMES and cut.members and (own in cut.members) == cut.exclude:
                return False
        return True

    def kept(self, line: Line) -> bool:
        return all(
            (oracle.member(line, cut.level) in cut.members) != cut.exclude
            for cut in self.query.cuts
            if cut.level not in TIMES
        )

    def windows(self, levels: tuple[str, ...]) -> Iterator[tuple[Cell, list[date]]]:
        """Unbroken runs of asked days in one period of each level, beginning with the period, ending with the data."""
        finest = max(levels, key=TIMES_BY_GRAIN.index, default=None)
        begin = self.first
        while finest and self.period(begin - timedelta(days=1), finest) == self.period(self.first, finest):
            begin -= timedelta(days=1)
        run: list[date] = []
        for day in oracle.days_between(begin - timedelta(days=800 if finest is None else 0), self.last):
            codes = [self.period(day, level) for level in levels]
            if run and (not self.asked(day) or codes != [self.period(run[-1], level) for level in levels]):
                yield tuple(self.period(run[-1], level) for level in levels), run
                run = []
            if self.asked(day):
                run.append(day)
        if run:
            yield tuple(self.period(run[-1], level) for level in levels), run

    def bases(self, levels: tuple[str, ...]) -> dict[Cell, list[date] | None]:
        """The days that the cells by these time levels are held against; None where the data begin after them."""
        finest = max(levels, key=TIMES_BY_GRAIN.index, default=None)
        found: dict[Cell, list[date] | None] = {}
        taken: set[date] = set()
        how = str(self.query.compare)
        runs = [(codes, run) for codes, run in self.windows(levels) if run[-1] >= self.first]
        whole = _whole(self.query, [run for _, run in runs], self.last)
        for codes, run in runs:
            days = oracle.days_before(run, finest, how, self.fiscal) if finest else whole(run)
            if days[0] < self.first:
                found[codes] = None
            elif found.get(codes, []) is not None:
                nested = all(any(level in h and finest in h for h in TIME_HIERARCHIES) for level in levels)
                found[codes] = [
                    *(found.get(codes) or []),
                    *(day for day in days if nested or day not in taken),
                ]
                taken |= set(days)
        if not levels and None in found.values():
            return {(): None}
        return found

    def value(self, cell: list[Line], days: list[date], measure: str) -> float | None:
        """Of lines of a cell, whatever their day, what the measure was on these days."""
        if measure == "customers_alive":
            if not days:
                return 0
            within = oracle.days_between(max(days) - timedelta(days=364), max(days))
            buyers = {line.customer for line in cell if line.day in within and not line.is_return}
            return len(buyers - {"(unknown)"})
        return oracle.measures([line for line in cell if line.day in days])[measure]


TIMES_BY_GRAIN = ("year", "fiscal_year", "iso_year", "quarter", "fiscal_quarter", "month", "week", "day")


def _whole(query: Query, runs: list[list[date]], last: date) -> Callable[[list[date]], list[date]]:
    """How the question's time as a whole is held against another: by the weeks that cut it, else by the calendar."""
    cut = [each.level for each in query.cuts if each.level in TIMES]
    how = str(query.compare)
    if how == "weekdays" or ("week" in cut and how == "year"):
        return lambda run: [day - timedelta(days=364) for day in run]
    if how == "year":
        return lambda run: oracle.dates_before(run, 12)
    (span,) = [each for each in query.cuts if each.level in TIMES] or [None]
    begin, end = (
        (date.fromisoformat(each) for each in (span.since, span.until)) if span else (runs[0][0], last)
    )
    if begin.day == 1 and (end + timedelta(days=1)).day == 1:
        months = (end.year - begin.year) * 12 + end.month - begin.month + 1
        return lambda run: oracle.dates_before(run, months)
    length = (min(end, last) - begin).days + 1
    return lambda run: [day - timedelta(days=length) for day in run]


@st.composite
def cuts_on_time(draw: st.DrawFn, how: Comparison) -> tuple[Cut, ...]:
    begin = date(2011, 6, 1) + timedelta(days=draw(st.integers(0, 500)))
    end = begin + timedelta(days=draw(st.integers(0, 300)))
    if draw(st.booleans()):
        begin, end = begin.replace(day=1), end.replace(day=1) - timedelta(days=1)
    within = (Cut("day", since=str(begin), until=str(max(begin, end))),)
    if how is Comparison.PREVIOUS:
        return draw(st.sampled_from([(), within]))
    quarter = Cut("quarter", ("2012-Q1", "2012-Q2"))
    week = Cut("week", tuple(f"2012-W{draw(st.integers(1, 40)):02}" for _ in range(2)))
    without = Cut("month", ("2012-02", "2012-05"), exclude=True)
    return draw(st.sampled_from([(), within, (quarter,), (week,), (Cut("year", ("2012",)), without)]))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines=some_lines, fiscal=st.sampled_from([1, 4, 7]), data=st.data())
def test_every_base_is_that_of_loops_over_days(lines: list[Line], fiscal: int, data: st.DataObject) -> None:
    edges = [Line(day=date(2010, 11, 20), order="first"), Line(day=date(2013, 1, 9), order="last")]
    lines = [*lines, *edges]
    times = TIMES if fiscal != 1 else TIMES[:6]
    with tempfile.TemporaryDirectory() as folder:
        warehouse = tiny_warehouse(Path(folder) / "w.duckdb", lines, fiscal_start=fiscal)
        for _ in range(3):
            how = data.draw(st.sampled_from(list(Comparison)))
            by = data.draw(st.lists(st.sampled_from(times), max_size=2, unique=True))
            by += data.draw(st.lists(st.sampled_from(MEMBERS), max_size=1))
            cuts = data.draw(cuts_on_time(how))
            filters = data.draw(st.sampled_from([(), (Cut("country", ("France", "Italy")),)]))
            filters = filters or data.draw(st.sampled_from([(), (Cut("product", ("Cup",), exclude=True),)]))
            known = {oracle.member(line, each.level) for each in filters for line in lines}
            filters = tuple(each for each in filters if set(each.members) <= known)
            measures = tuple(
                data.draw(st.lists(st.sampled_from(MEASURES), min_size=1, max_size=4, unique=True))
            )
            query = Query(
                measures, tuple(by), cuts=(*cuts, *filters), totals=data.draw(st.booleans()), compare=how
            )
            answer = ask(warehouse, query).frame
            _check(Slow(lines, query, fiscal), answer.iter_rows(named=True), bool(cuts))
        warehouse.close()


def _check(slow: Slow, rows: Iterator[dict[str, object]], is_cut: bool) -> None:
    by, seen = slow.query.by, set()
    bases: dict[tuple[str, ...], dict[Cell, list[date] | None]] = {}
    for row in rows:
        kept = [
            level for at, level in enumerate(by) if not int(str(row["grouping"])) >> (len(by) - 1 - at) & 1
        ]
        key = tuple(str(row[f"{level}.id"]) if level in kept else None for level in by)
        assert key not in seen, f"{slow.query}: {key} stands twice"
        seen.add(key)
        times = tuple(level for level in kept if level in TIMES)
        if not times and not is_cut:
            assert all(row[f"{name}:base"] is None for name in slow.query.measures)
            continue
        if times not in bases:
            bases[times] = slow.bases(times)
        days = bases[times].get(tuple(str(row[f"{level}.id"]) for level in times))
        members = plain(tuple(str(row[f"{level}.id"]) for level in kept if level not in TIMES))
        levels = [level for level in kept if level not in TIMES]
        cell = [
            line
            for line in slow.lines
            if slow.kept(line) and tuple(oracle.member(line, level) for level in levels) == members
        ]
        for name in slow.query.measures:
            expected = None if days is None else slow.value(cell, days, name)
            if expected is None and days is not None and name in SUMS:
                expected = 0.0
            shown = row[f"{name}:base"]
            try:
                assert_same({name: float(str(shown)) if shown is not None else None}, {name: expected})
            except AssertionError as error:
                raise AssertionError(
                    f"{slow.query}\n{key} against {days and (days[0], days[-1])}: {error}"
                ) from None

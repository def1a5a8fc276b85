"""All that came before a day: what a question asks of the past as a whole, whatever period it is cut to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from cubes import catalogue
from cubes.ask.fact_source import FactSource
from cubes.ask.resolve_conditions import conditioned
from cubes.ask.resolve_cuts import scope
from cubes.ask.source_lags import lags
from cubes.cells.cell_query import CellQuery
from cubes.cells.count_method import CountMethod, count_method
from cubes.cells.scope import Scope
from cubes.cells.statement import SqlStatement
from cubes.members.single_customers import check_single_customers
from cubes.model import Cube, Kind, Measure
from cubes.query import TIME_LEVELS, Query
from data.errors import BadRequest
from data.model.calendar import Days, day_key
from data.store.warehouse import Profile, Warehouse

NOT_OF_A_PERIOD = "The filter on time is passed over: a first purchase is the first of all, not of a period."
CUT = "Only purchases within the filters count, so that a first purchase is the first within them."


@dataclass(frozen=True, slots=True)
class WholeHistory:
    """A cube within a question's cuts but for those on time, from the first ordinary day of its fact to `until`.

    `notes` say what is to be known beside every number of it.
    """

    warehouse: Warehouse
    cube: Cube
    scope: Scope
    first: date
    until: date
    notes: tuple[str, ...]

    def lines(self, levels: tuple[str, ...], measures: tuple[str, ...]) -> tuple[FactSource, CellQuery]:
        """The lines, and the read of them that gives these measures by these levels."""
        found = tuple(self.cube.measure(each) for each in measures)
        asked = self.read(levels, found)
        return FactSource(self.warehouse, self.cube, self.counts(asked)), asked

    def counts(self, asked: CellQuery, sets: int = 1) -> dict[str, CountMethod]:
        """How the different values of a read, as many times over as there are sets, are counted, by measure."""
        distinct = (each for each in asked.measures if each.kind is Kind.DISTINCT)
        return {each.name: count_method(self.warehouse, self.cube, asked, each, sets) for each in distinct}

    def cells(self, levels: tuple[str, ...], measures: tuple[str, ...]) -> SqlStatement:
        """SQL that gives these measures by these levels: `<level>.code` of each level, then the measures."""
        source, asked = self.lines(levels, measures)
        return source.statement(asked)

    def read(self, levels: tuple[str, ...], measures: tuple[Measure, ...]) -> CellQuery:
        """These measures by these levels, without subtotals."""
        found = tuple(self.cube.level(each) for each in levels)
        return CellQuery(found, ((True,) * len(found),), measures, self.scope, {})

    def frame(self, statement: SqlStatement) -> pl.DataFrame:
        return self.warehouse.frame(statement.text, statement.parameters)

    @property
    def source(self) -> str:
        """What answers, in words."""
        return FactSource(self.warehouse, self.cube, {}).words()


def whole_history(warehouse: Warehouse, query: Query, until: date | None = None) -> WholeHistory:
    """All that came before the end of the day `until` (where None, the last of ordinary traffic).

    Raises BadRequest where nothing can have been bought by then, or where nobody knows yet what will be, and NotAllowed
    where a policy shows no single customers.
    """
    check_single_customers(warehouse.policy, "Histories of customers")
    cube = catalogue.load(query.cube, warehouse.profile)
    first, last = _extent(warehouse.profile, cube)
    day = last if until is None else until
    _check(first, last, day)
    found = conditioned(warehouse, query)
    whole = scope(warehouse, cube, found.query, found.met)
    days = (Days(day_key(first), day_key(day)),)
    return WholeHistory(
        warehouse, cube, replace(whole, days=days, time_level="day"), first, day,
        (*found.notes, *_notes(warehouse, cube, query, day)),
    )  # fmt: skip


def described(warehouse: Warehouse, query: Query, until: date | None = None, split: str = "") -> Query:
    """The question with customers described as of its last day, where cuts or the level that is `split` by tell them
    apart: one who moved would begin anew. Another day that it names stays. Raises BadRequest."""
    cube = catalogue.load(query.cube, warehouse.profile)
    told = [cut.level for cut in query.cuts if not cut.condition] + [split] * bool(split)
    if query.as_of or all(cube.level(each).dimension != "customer" for each in told):
        return query
    return replace(query, as_of=(until or _extent(warehouse.profile, cube)[1]).isoformat())


def _extent(profile: Profile, cube: Cube) -> tuple[date, date]:
    if not cube.has_orders:
        raise BadRequest(f"{cube.label} are no purchases.", "Ask the sales.")
    found = profile.extents[cube.fact]
    if found.first_day is None or found.last_day is None:
        raise BadRequest("Nobody has bought anything yet.", "Load order lines first.")
    return found.first_day, found.last_day


def _check(first: date, last: date, until: date) -> None:
    if until < first:
        raise BadRequest(
            f"By {until} nobody had bought anything: sales begin on {first}.",
            f"Name a day from {first} to {last}.",
        )
    if until > last:
        raise BadRequest(
            f"What is bought until {until} is not known: sales end on {last}.",
            f"Name a day from {first} to {last}, or none.",
        )


def _notes(warehouse: Warehouse, cube: Cube, query: Query, until: date) -> list[str]:
    said = [NOT_OF_A_PERIOD] if any(each.level in TIME_LEVELS for each in query.cuts) else []
    said += [CUT] if any(each.level not in TIME_LEVELS for each in query.cuts) else []
    said += [f"Customers and products are described as of {query.as_of}."] if query.as_of else []
    said += [
        f"{each.source} ends {day_key(until) - each.last:,} days before {until}: who buys there seems to have stopped."
        for each in lags(warehouse, cube.fact)
        if each.last < day_key(until)
    ]
    far = warehouse.profile.extents[cube.fact].far_lines
    if far:
        lines = (
            "1 line dated years away from the rest is"
            if far == 1
            else f"{far:,} lines dated years away from the rest are"
        )
        said.append(f"{lines} left out.")
    return said

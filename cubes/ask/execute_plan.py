"""The engine: carries a plan out and puts what its sources give side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cubes.aggregates import aggregate_kinds
from cubes.aggregates.aggregate import Aggregate
from cubes.ask.allowed_cells import AllowedCells
from cubes.ask.query_plan import Planner, SourceRead, adds_up
from cubes.cells import cell_sql
from cubes.cells.cell_arrays import Cells, coarser
from cubes.cells.cell_query import CellQuery, GroupingSet
from cubes.cells.cell_source import CellSource
from cubes.cells.packed_codes import grouped
from cubes.cells.scope import Moved, Scope
from cubes.cells.statement import SqlStatement
from cubes.model import Cube, Level, Measure
from data.errors import BadRequest
from data.model.calendar import Days
from data.model.said import said
from data.store.warehouse import Warehouse

FINEST = {"count": "sum", "sum": "sum", "min": "min", "max": "max"}


class TooLarge(BadRequest):
    """An answer of more cells than can be shown."""


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """What was read for an answer: the legs of the plan, and the SQL that says the same, with names."""

    legs: tuple[SourceRead, ...]

    def statements(self) -> list[SqlStatement]:
        return [cell_sql.named(leg.source.statement(leg.asked), leg.asked) for leg in self.legs]


class Engine:
    """One cube of one snapshot, ready to be asked. Safe to use from many threads."""

    def __init__(self, warehouse: Warehouse, cube: Cube) -> None:
        self.warehouse, self.cube = warehouse, cube
        self.allowed = AllowedCells(warehouse, cube)
        self.planner = Planner(warehouse, cube, _aggregates_of(warehouse.whole, cube), self.allowed)

    def cells(
        self, cell_query: CellQuery, limit: int | None = None
    ) -> tuple[dict[GroupingSet, Cells], QueryPlan]:
        """The cells of each grouping set, and what was read. Raises TooLarge beyond `limit` cells.

        The cuts of a policy are put into the question here and in `beforehand`, before anything is planned: there is no
        other way in.
        """
        cell_query = self._allowed(cell_query)
        plain = tuple(each for each in cell_query.measures if not each.of)
        read = cell_query if plain == cell_query.measures else replace(cell_query, measures=plain)
        legs = self.planner.legs(read, None if limit is None else limit + 1)
        found: dict[GroupingSet, list[Cells]] = {each: [] for each in cell_query.sets}
        for leg in legs:
            for each, own in self._spread(cell_query, leg, limit):
                found[each].append(own)
        for measure in cell_query.measures:
            if measure.of:
                legs += self._windowed(cell_query, measure, found)
        return {each: _beside(cell_query, own) for each, own in found.items()}, QueryPlan(tuple(legs))

    def beforehand(self, cell_query: CellQuery) -> list[CellSource]:
        """What is counted beforehand and could answer, each kind by itself, within what the policy shows."""
        return self.planner.beforehand(self._allowed(cell_query))

    def _allowed(self, cell_query: CellQuery) -> CellQuery:
        """The read within what the policy shows."""
        within = self.allowed.within(cell_query.scope)
        return cell_query if within is cell_query.scope else replace(cell_query, scope=within)

    def _spread(
        self, cell_query: CellQuery, leg: SourceRead, limit: int | None
    ) -> Iterator[tuple[GroupingSet, Cells]]:
        """What a leg gives of each grouping set; coarser cells of what adds up are made of the finest here."""
        read = leg.source.cells(leg.asked)
        for own in read:
            self._check(own, leg, limit)
        folds = {each.name: FINEST[each.aggregate] for each in leg.asked.measures if adds_up(each)}
        if leg.sets != cell_query.sets[:1] or len(folds) < len(leg.asked.measures):
            yield from zip(leg.sets, read, strict=True)
            return
        finest = read[0]
        yield cell_query.sets[0], finest
        for each in cell_query.sets[1:]:
            yield each, coarser(finest, each, folds)

    def _check(self, cells: Cells, leg: SourceRead, limit: int | None) -> None:
        if limit is not None and cells.height > limit:
            names = " x ".join(level.label.lower() for level in leg.asked.levels)
            raise TooLarge(
                said("By {} the answer has more than {:,} cells, too many to show.", names, limit),
                "Ask for the top 10 of a level, filter it, go up a level, or export the answer to a file.",
            )

    def _windowed(
        self, cell_query: CellQuery, measure: Measure, found: dict[GroupingSet, list[Cells]]
    ) -> list[SourceRead]:
        """A measure over the days that end with each period of the set, or with the question's time."""
        of = self.cube.measure(measure.of)
        legs: list[SourceRead] = []
        for each in cell_query.sets:
            levels = cell_query.kept(each)
            times = [level for level in levels if level.is_time]
            others = tuple(level for level in levels if not level.is_time)
            tops = {
                name: codes
                for name, codes in cell_query.tops.items()
                if name in {level.name for level in others}
            }
            parts = []
            for codes, end in self.ends(times, cell_query.scope):
                days = (Days(end - measure.window_days + 1, end),)
                inner = CellQuery(
                    others, ((True,) * len(others),), (of,), replace(cell_query.scope, days=days), tops
                )
                cells, read = self.cells(inner)
                legs += read.legs
                parts.append(_placed(levels, codes, next(iter(cells.values())), measure.name, of.name))
            found[each].append(_stacked(parts, len(levels), measure.name))
        return legs

    def ends(self, times: Sequence[Level], scope: Scope) -> list[tuple[dict[str, int], int]]:
        """The periods asked about, by their codes, and the last day of each that there are data of."""
        calendar, extent = self.warehouse.profile.calendar, self.planner.extent
        ordinary, outliers = self.planner.reached(scope)
        runs = scope.moved or tuple(Moved(run, 0) for run in ordinary)
        inside = [(met, run.later) for run in runs if (met := run.days.meet(extent))]
        if not times:
            ends = [met.last for met, _ in inside] or [run.last for run in outliers]
            return [({}, max(ends))] if ends else []
        inside += [(run, 0) for run in outliers if not scope.moved]
        names = [level.name for level in times]
        found: dict[tuple[int, ...], int] = {}
        for met, later in inside:
            for codes, own in calendar.split(names, met.later(later)):
                found[codes] = max(found.get(codes, met.first), own.last - later)
        return [(dict(zip(names, codes, strict=True)), end) for codes, end in found.items()]

    def ranked(self, level: Level, measure: str, cells: Cells, ratios: Sequence[Measure]) -> list[int]:
        """The codes of one level's cells, the greatest value of a measure first."""
        ratio = next((each for each in ratios if each.name == measure), None)
        with np.errstate(divide="ignore", invalid="ignore"):
            values = (
                cells.values[ratio.numerator] / cells.values[ratio.denominator]
                if ratio
                else cells.values[measure]
            )
        values = np.where(np.isfinite(values), values, -np.inf)
        found: list[int] = cells.codes[0][np.lexsort((cells.codes[0], -values))].tolist()
        return found


def engine_of(warehouse: Warehouse, cube: Cube) -> Engine:
    """The engine of a cube over this snapshot, made once."""
    name = f"engine:{cube.name}"
    if name not in warehouse.beside:
        warehouse.beside[name] = Engine(warehouse, cube)
    found: Engine = warehouse.beside[name]
    return found


def _aggregates_of(whole: Warehouse, cube: Cube) -> tuple[Aggregate, ...]:
    """What is counted beforehand of a cube, opened once for all policies: it holds all lines, and knows all members."""
    opened: tuple[Aggregate, ...] | None = whole.beside.get(("aggregates", cube))
    if opened is None:
        kinds = (aggregate_kinds.ROLL_UPS,) if whole.cluster else aggregate_kinds.KINDS
        opened = tuple(each.opened(whole, cube) for each in kinds)
        whole.beside["aggregates", cube] = opened
    return opened


def _beside(cell_query: CellQuery, sides: Sequence[Cells]) -> Cells:
    """What several sources gave of one grouping set, cell beside cell; a cell that a source lacks is 0 or not known.

    What a source itself does not know, such as the sum of no rows, stays so: as where it is asked alone.
    """
    if len(sides) == 1:
        return sides[0]
    if not sides:
        return Cells((), {})
    codes = [np.concatenate(each) for each in zip(*(side.codes for side in sides), strict=True)]
    groups = grouped(codes, sum(side.height for side in sides))
    zeros = {measure.name for measure in cell_query.measures if measure.zero_when_empty}
    values: dict[str, np.ndarray] = {}
    start, cell = 0, groups.of_rows
    for side in sides:
        own = cell[start : start + side.height]
        for name, array in side.values.items():
            values[name] = np.full(len(groups.places), 0.0 if name in zeros else np.nan)
            values[name][own] = array
        start += side.height
    return Cells(groups.codes, values)


def _placed(levels: Sequence[Level], codes: Mapping[str, int], cells: Cells, name: str, of: str) -> Cells:
    """Cells by all levels but time put into their periods."""
    own, placed = iter(cells.codes), []
    for level in levels:
        placed.append(
            np.full(cells.height, codes[level.name], np.int32) if level.name in codes else next(own)
        )
    return Cells(tuple(placed), {name: cells.values[of]})


def _stacked(parts: Sequence[Cells], levels: int, name: str) -> Cells:
    if not parts:
        return Cells(
            tuple(np.zeros(0, np.int32) for _ in range(levels)), {name: np.zeros(0 if levels else 1)}
        )
    codes = tuple(np.concatenate(each) for each in zip(*(part.codes for part in parts), strict=True))
    return Cells(codes, {name: np.concatenate([part.values[name] for part in parts])})

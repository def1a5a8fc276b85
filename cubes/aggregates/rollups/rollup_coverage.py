"""Which roll-up of a cube answers a read, the smallest of those that can, and why each other does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from cubes.aggregates.aggregate import NOTHING, WORDS_A_LINE, Offer, Refused
from cubes.aggregates.lattice import Lattice
from cubes.aggregates.rollups import partial_aggregates, stored_rollup
from cubes.aggregates.rollups.rollup_source import RollUpSource
from cubes.aggregates.rollups.stored_rollup import StoredRollUp
from cubes.aggregates.tail import tail_of
from cubes.aggregates.with_tail import WithTail
from cubes.cells.cell_query import CellQuery
from cubes.cells.reason import Because, Reason
from cubes.model import Cube, Kind, Measure
from data.model.calendar import Days
from data.store.warehouse import Warehouse

NEVER = Days(0, -1)


class RollUpReason(Reason):
    """Why a roll-up does not answer."""

    MORE_CELLS = ("it has more cells",)
    ONLY_LINES = ("{} cannot be had from cells, only from lines",)
    SPLIT_ORDERS = ("{} do not add up: some have several days, customers or channels",)
    SEVERAL_MEMBERS = ("{} of several members together do not add up",)
    NOT_ADDING_UP = ("{} do not add up",)
    LEVELS_NOT_KEPT = ("it keeps no {}", " and no ")
    COLUMNS_NOT_STORED = ("it does not store {}", " or ")
    PARTIAL_PERIODS = ("the days asked about are no whole {}s",)
    MOVED_DAYS = ("days are put into the periods of other days",)
    SOURCES_TOGETHER = ("it does not tell the sources apart, and one ends before the others",)
    MEMBERS_AS_THEY_WERE = ("it describes members as they were at each fact",)


class RollUps:
    """The roll-ups of one cube in one snapshot, the smallest first."""

    name = "roll-ups"

    def __init__(self, warehouse: Warehouse, cube: Cube) -> None:
        self.warehouse, self.cube, self.profile = warehouse, cube, warehouse.profile
        self.tail = None if warehouse.cluster else tail_of(warehouse, cube)  # a cluster's are of all lines
        self.stored = stored_rollup.open_to(warehouse, cube.name)
        self.lattice = Lattice.of(cube, self.profile)
        self._whole = self.profile.extents[cube.fact].whole or NEVER

    def offer(self, cell_query: CellQuery) -> Offer:
        """The smallest roll-up that can answer."""
        if not self.stored:
            return NOTHING
        at, hindrance = self._columns(cell_query)
        source = None if hindrance else self._smallest(cell_query, at)
        refusals = partial(self._refusals, cell_query)
        if source is None or self.tail is None:
            return Offer(source, source.kept.cells if source else 0, refusals)
        if not WithTail.serves(self.cube, cell_query):
            return Offer(None, refusals=refusals)
        return Offer(
            WithTail(source, self.tail), source.kept.cells + WORDS_A_LINE * self.tail.lines, refusals
        )

    def _smallest(self, cell_query: CellQuery, at: Mapping[str, str]) -> RollUpSource | None:
        levels, columns = set(self._levels(cell_query)), set(_stored(cell_query, at))
        for kept in self.stored:
            if levels <= kept.held and columns <= kept.parts and not self._misfit(kept, cell_query):
                return RollUpSource(self.warehouse, self.cube, kept, at)
        return None

    def _refusals(self, cell_query: CellQuery) -> Iterator[Refused]:
        """Why each roll-up but the one that answers does not."""
        at, hindrance = self._columns(cell_query)
        served = False
        for kept in self.stored:
            larger = Because(RollUpReason.MORE_CELLS) if served else None
            why = larger or hindrance or self._why_not(kept, cell_query, at)
            if why:
                yield Refused(str(kept.grain), why)
            served = served or not why

    def _columns(self, cell_query: CellQuery) -> tuple[dict[str, str], Because | None]:
        """In which column each flagged measure is stored at this grain, and what keeps all roll-ups from it."""
        at = {}
        for measure in cell_query.measures:
            if measure.kind in (Kind.HOLISTIC, Kind.SEMI_ADDITIVE):
                return {}, Because(RollUpReason.ONLY_LINES, (measure.label,))
            if measure.kind is Kind.DISTINCT and measure.flag:
                if not self.profile.orders_are_whole:
                    return {}, Because(RollUpReason.SPLIT_ORDERS, (measure.label,))
                level = self._resolved(cell_query, measure)
                if level is None:
                    return {}, Because(RollUpReason.SEVERAL_MEMBERS, (measure.label,))
                at[measure.name] = partial_aggregates.at_level(measure, level)
            elif (
                measure.kind is Kind.DISTINCT and partial_aggregates.counted_level(self.cube, measure) is None
            ):
                return {}, Because(RollUpReason.NOT_ADDING_UP, (measure.label,))
        return at, None

    def _resolved(self, cell_query: CellQuery, measure: Measure) -> str | None:
        """The one level across which a cell of the question is one member; "" where it touches none, None beyond."""
        across = set(partial_aggregates.across(self.cube, measure))
        grouped = {level.name for level in cell_query.kept(cell_query.sets[0])} & across
        single = {
            each.level for each in cell_query.scope.filters if len(each.codes) == 1 and not each.exclude
        } & across
        others = {each.level for each in cell_query.scope.filters} & across - single
        folded = {name for name in cell_query.tops if name in across and name in grouped}
        fixed, above = grouped | single, self.lattice.above
        finest = [name for name in fixed if not any(name != each and name in above(each) for each in fixed)]
        if (
            folded
            or len(finest) > 1
            or not all(any(name in above(each) for each in finest) for name in others)
        ):
            return None
        return finest[0] if finest else ""

    def _why_not(self, kept: StoredRollUp, cell_query: CellQuery, at: Mapping[str, str]) -> Because | None:
        levels = dict.fromkeys(self._levels(cell_query))
        lacking = tuple(self.cube.level(name).label.lower() for name in levels if name not in kept.held)
        if lacking:
            return Because(RollUpReason.LEVELS_NOT_KEPT, (lacking,))
        missing = tuple(name for name in _stored(cell_query, at) if name not in kept.parts)
        if missing:
            return Because(RollUpReason.COLUMNS_NOT_STORED, (missing,))
        return self._misfit(kept, cell_query)

    def _levels(self, cell_query: CellQuery) -> list[str]:
        """The levels that a roll-up must keep."""
        counted = [
            partial_aggregates.counted_level(self.cube, each) or ""
            for each in cell_query.measures
            if _is_counted(each)
        ]
        grouped = [level.name for level in cell_query.kept(cell_query.sets[0])]
        return [*grouped, *(each.level for each in cell_query.scope.filters), *counted]

    def _misfit(self, kept: StoredRollUp, cell_query: CellQuery) -> Because | None:
        """Why a roll-up that keeps and stores all that is asked for cannot tell it; None where it can."""
        period = kept.grain.period
        if cell_query.scope.days and not all(self._aligned(period, run) for run in cell_query.scope.days):
            return Because(RollUpReason.PARTIAL_PERIODS, (period,))
        if cell_query.scope.moved and any(level.is_time for level in cell_query.kept(cell_query.sets[0])):
            return Because(RollUpReason.MOVED_DAYS)
        if cell_query.scope.left_out:
            return Because(RollUpReason.SOURCES_TOGETHER)
        if (
            cell_query.scope.as_of
            and self.profile.has_history
            and any(not self.cube.level(name).is_time for name in self._levels(cell_query))
        ):
            return Because(RollUpReason.MEMBERS_AS_THEY_WERE)
        return None

    def _aligned(self, period: str, run: Days) -> bool:
        """Whether a run of days begins and ends with a period, or beyond the data."""
        calendar = self.profile.calendar
        first = calendar.days_of(period, calendar.period_at(period, run.first)).first
        last = calendar.days_of(period, calendar.period_at(period, run.last)).last
        begins = run.first == first or run.first <= self._whole.first
        return begins and (run.last == last or run.last >= self._whole.last)


def _is_counted(measure: Measure) -> bool:
    """Whether different members are counted that a roll-up keeps as a level."""
    return measure.kind is Kind.DISTINCT and not measure.flag


def _stored(cell_query: CellQuery, at: Mapping[str, str]) -> list[str]:
    """The columns that a roll-up must store."""
    return [at.get(each.name, each.name) for each in cell_query.measures if not _is_counted(each)]

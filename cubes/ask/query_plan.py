"""How a question will be answered: which source gives each measure at each grain, and why each other could not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import prod

from cubes.aggregates.bitmaps.bitmap_reading import Bitmaps
from cubes.aggregates.bitmaps.bitmap_source import BitmapSource
from cubes.aggregates.rollups import partial_aggregates, rollup_lattice
from cubes.aggregates.rollups.rollup_source import RollUpSource
from cubes.aggregates.rollups.stored_rollup import StoredRollUp
from cubes.ask.cell_sources import FactSource, Source
from cubes.ask.code_domains import code_domain
from cubes.ask.customer_spans import spans
from cubes.cells.cell_query import CellQuery, GroupingSet
from cubes.cells.fact_sql import CountMethod
from cubes.cells.scope import Scope
from cubes.model import Cube, Kind, Measure
from data.model.calendar import Days, day_key
from data.store.warehouse import Warehouse

BITMAP_BYTES = 128 * 1024 * 1024
BYTES_A_LINE = (
    256  # of bitmaps, that are cleared and put together in the time that a line is read and hashed in
)
NEVER = Days(0, -1)
WORDS_A_LINE = 4  # words of sets that are touched in the time that a line of the fact is read in
Refusals = Iterator[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SourceRead:
    """One read of one source; `refusals` tells why others that might have served did not, by what they are called.

    `sets` are the question's grouping sets that the sets of `asked` stand for, in their order.
    """

    source: Source
    asked: CellQuery
    sets: tuple[GroupingSet, ...]
    refusals: Callable[[], Refusals]

    def explained(self) -> list[str]:
        """What was read for which measures, and why nothing else was."""
        names = ", ".join(measure.label for measure in self.asked.measures)
        by = " x ".join(level.label.lower() for level in self.asked.levels) or "all"
        counts = self.source.counts.items() if isinstance(self.source, FactSource) else ()
        return [
            f"{names} by {by}: read from {self.source.words()}.",
            *(f"{name} counted by {count.road}: {count.reason}." for name, count in counts),
            *(f"Not from {other}: {why_not}." for other, why_not in dict(self.refusals()).items()),
        ]


class Planner:
    """Chooses sources over one snapshot of a cube."""

    def __init__(
        self,
        warehouse: Warehouse,
        cube: Cube,
        roll_ups: Sequence[StoredRollUp],
        bitmaps: Mapping[str, Bitmaps],
    ) -> None:
        self.warehouse, self.cube, self.profile = warehouse, cube, warehouse.profile
        self.roll_ups, self.bitmaps = roll_ups, bitmaps
        found = self.profile.extents[cube.fact]
        self.extent, self.whole = found.ordinary or NEVER, found.whole or NEVER

    def reached(self, scope: Scope) -> tuple[list[Days], list[Days]]:
        """The days asked about on which there may be lines: runs of ordinary ones, and each outlier."""
        runs = scope.days or (self.whole,)
        far = [day_key(each.day) for each in self.profile.extents[self.cube.fact].outliers]
        ordinary = [met for run in runs if (met := run.meet(self.extent))]
        return ordinary, [Days(day, day) for day in far if any(run.first <= day <= run.last for run in runs)]

    def legs(self, asked: CellQuery, limit: int | None = None) -> list[SourceRead]:
        """The reads that answer: what adds up by its finest cells alone, all else at each grouping set's own grain.

        Sets that only the lines can answer share one read of them, and what adds up joins it where it must be
        read there as well.
        """
        adding = tuple(each for each in asked.measures if adds_up(each))
        legs = self._finest(asked, adding)
        for measure in asked.measures:
            if measure not in adding:
                legs += self._apart(asked, measure)
        if not adding and any(isinstance(leg.source, BitmapSource) for leg in legs):
            legs += self._finest(asked, self._any_line())
        return [replace(leg, source=_limited(leg.source, limit)) for leg in self._together(asked, legs)]

    def _any_line(self) -> tuple[Measure, ...]:
        """A count of lines, which says whether a cell has any: sets of customers leave out the cells of nobody."""
        return tuple(each for each in self.cube.measures if adds_up(each) and each.aggregate == "count")[:1]

    def _finest(self, asked: CellQuery, measures: tuple[Measure, ...]) -> list[SourceRead]:
        if not measures:
            return []
        finest = replace(asked, sets=(asked.sets[0],), measures=measures)
        source = self._roll_up(finest) or FactSource(self.warehouse, self.cube, {}, None)
        return [SourceRead(source, finest, finest.sets, lambda: self._refusals(finest))]

    def _apart(self, asked: CellQuery, measure: Measure) -> list[SourceRead]:
        """A leg for each grouping set of a measure that does not add up."""
        return [self._leg(_alone(asked, each, measure), each, len(asked.sets)) for each in asked.sets]

    def _leg(self, asked: CellQuery, whole: GroupingSet, sets_: int) -> SourceRead:
        """The read of one measure of one grouping set."""
        (measure,) = asked.measures
        roll_up, no_sets = self._roll_up(asked), ""
        source: Source | None = roll_up
        if roll_up is None and measure.kind is Kind.DISTINCT:
            sets = self._sets(asked, measure)
            source, no_sets = (None, sets) if isinstance(sets, str) else (sets, "")
        source = source or self._lines(asked, measure, sets_)
        return SourceRead(source, asked, (whole,), lambda: self._refusals(asked, no_sets))

    def _together(self, asked: CellQuery, legs: Sequence[SourceRead]) -> list[SourceRead]:
        """Legs that read the lines anyway as one, but for measures of series, which are told apart line by line."""
        lines = [
            leg for leg in legs if isinstance(leg.source, FactSource) and _joins_in(leg.source, leg.asked)
        ]
        rest = [leg for leg in legs if leg not in lines]
        if len(lines) < 2:
            return [*rest, *lines]
        measures = tuple(dict.fromkeys(measure for leg in lines for measure in leg.asked.measures))
        sets = tuple(each for each in asked.sets if any(each in leg.sets for leg in lines))
        sets = asked.sets if any(adds_up(each) for each in measures) else sets
        whole = replace(asked, sets=sets, measures=measures)
        different = [measure for measure in measures if measure.kind is Kind.DISTINCT]
        counts = {measure.name: self._road(whole, measure, len(sets)) for measure in different}
        source = FactSource(self.warehouse, self.cube, counts, None)
        return [
            *rest,
            SourceRead(source, whole, sets, lambda: chain.from_iterable(leg.refusals() for leg in lines)),
        ]

    def _lines(self, asked: CellQuery, measure: Measure, sets_: int) -> FactSource:
        counts = {measure.name: self._road(asked, measure, sets_)} if measure.kind is Kind.DISTINCT else {}
        return FactSource(self.warehouse, self.cube, counts, None)

    def _sets(self, asked: CellQuery, measure: Measure) -> BitmapSource | str:
        """The stored sets of customers, or why they are of no use."""
        bitmaps = self.bitmaps.get(measure.name)
        if bitmaps is None:
            return f"{measure.label.lower()} are not counted by sets of customers"
        levels = [level.name for level in asked.kept(asked.sets[0])]
        way = bitmaps.way(levels, asked.scope, asked.tops)
        if isinstance(way, str):
            return way
        if levels and self._roll_up(replace(asked, measures=self._any_line())) is None:
            return "no roll-up tells the cells without a known customer from those without a line"
        words = bitmaps.cost(way)
        if words > WORDS_A_LINE * self.profile.extents[self.cube.fact].lines:
            return f"its {words:,} words are more than the lines themselves"
        return BitmapSource(self.cube, bitmaps, way, self._road(asked, measure))

    def _roll_up(self, asked: CellQuery) -> RollUpSource | None:
        """The smallest roll-up that can answer."""
        at, hindrance = self._columns(asked)
        if hindrance:
            return None
        levels, columns = set(self._levels(asked)), set(_stored(asked, at))
        for kept in self.roll_ups:
            if levels <= kept.held and columns <= kept.parts and not self._misfit(kept, asked):
                return RollUpSource(self.warehouse, self.cube, kept, at)
        return None

    def _refusals(self, asked: CellQuery, no_sets: str = "") -> Refusals:
        """Why each roll-up but the one that answers does not, and why the sets of customers do not."""
        at, hindrance = self._columns(asked)
        served = False
        for kept in self.roll_ups:
            why_not = "it has more cells" if served else hindrance or self._why_not(kept, asked, at)
            if why_not:
                yield str(kept.grain), why_not
            served = served or not why_not
        if no_sets:
            yield "the stored sets of customers", no_sets

    def _columns(self, asked: CellQuery) -> tuple[dict[str, str], str]:
        """In which column each flagged measure is stored at this grain, and what keeps all roll-ups from it."""
        at = {}
        for measure in asked.measures:
            if measure.kind in (Kind.HOLISTIC, Kind.SEMI_ADDITIVE):
                return {}, f"{measure.label} cannot be had from cells, only from lines"
            if measure.kind is Kind.DISTINCT and measure.flag:
                if not self.profile.orders_are_whole:
                    return {}, f"{measure.label} do not add up: some have several days, customers or channels"
                level = self._resolved(asked, measure)
                if level is None:
                    return {}, f"{measure.label} of several members together do not add up"
                at[measure.name] = partial_aggregates.at_level(measure, level)
            elif (
                measure.kind is Kind.DISTINCT and partial_aggregates.counted_level(self.cube, measure) is None
            ):
                return {}, f"{measure.label} do not add up"
        return at, ""

    def _resolved(self, asked: CellQuery, measure: Measure) -> str | None:
        """The one level across which a cell of the question is one member; "" where it touches none, None beyond."""
        across = set(partial_aggregates.across(self.cube, measure))
        grouped = {level.name for level in asked.kept(asked.sets[0])} & across
        single = {
            each.level for each in asked.scope.filters if len(each.codes) == 1 and not each.exclude
        } & across
        others = {each.level for each in asked.scope.filters} & across - single
        folded = {name for name in asked.tops if name in across and name in grouped}
        fixed = grouped | single
        finest = [
            name for name in fixed if not any(name != each and name in self._above(each) for each in fixed)
        ]
        if (
            folded
            or len(finest) > 1
            or not all(any(name in self._above(each) for each in finest) for name in others)
        ):
            return None
        return finest[0] if finest else ""

    def _above(self, level: str) -> tuple[str, ...]:
        return rollup_lattice.above(self.cube.dimension(self.cube.level(level).dimension), level)

    def _why_not(self, kept: StoredRollUp, asked: CellQuery, at: Mapping[str, str]) -> str:
        levels = dict.fromkeys(self._levels(asked))
        lacking = [self.cube.level(name).label.lower() for name in levels if name not in kept.held]
        if lacking:
            return f"it keeps no {' and no '.join(lacking)}"
        missing = [name for name in _stored(asked, at) if name not in kept.parts]
        if missing:
            return f"it does not store {' or '.join(missing)}"
        return self._misfit(kept, asked)

    def _levels(self, asked: CellQuery) -> list[str]:
        """The levels that a roll-up must keep."""
        counted = [
            partial_aggregates.counted_level(self.cube, each) or ""
            for each in asked.measures
            if _is_counted(each)
        ]
        grouped = [level.name for level in asked.kept(asked.sets[0])]
        return [*grouped, *(each.level for each in asked.scope.filters), *counted]

    def _misfit(self, kept: StoredRollUp, asked: CellQuery) -> str:
        """Why a roll-up that keeps and stores all that is asked for cannot tell it; "" where it can."""
        if asked.scope.days and not all(self._aligned(kept.grain.period, run) for run in asked.scope.days):
            return f"the days asked about are no whole {kept.grain.period}s"
        if asked.scope.moved and any(level.is_time for level in asked.kept(asked.sets[0])):
            return "days are put into the periods of other days"
        if asked.scope.left_out:
            return "it does not tell the sources apart, and one ends before the others"
        if (
            asked.scope.as_of
            and self.profile.has_history
            and any(not self.cube.level(name).is_time for name in self._levels(asked))
        ):
            return "it describes members as they were at each fact"
        return ""

    def _aligned(self, period: str, run: Days) -> bool:
        """Whether a run of days begins and ends with a period, or beyond the data."""
        calendar = self.profile.calendar
        first = calendar.days_of(period, calendar.period_at(period, run.first)).first
        last = calendar.days_of(period, calendar.period_at(period, run.last)).last
        begins = run.first == first or run.first <= self.whole.first
        return begins and (run.last == last or run.last >= self.whole.last)

    def _road(self, asked: CellQuery, measure: Measure, sets_: int = 1) -> CountMethod:
        """How different values are counted in the lines, where so many sets are counted at once."""
        touched = {level.dimension for level in asked.levels}
        touched |= {self.cube.level(each.level).dimension for each in asked.scope.filters}
        outside = sorted(touched - {*measure.additive_along, "time"})
        if measure.flag and not outside and self.profile.orders_are_whole:
            return CountMethod("flag", f"{measure.label} add up along {', '.join(measure.additive_along)}")
        lines = max(self.profile.extents[self.cube.fact].lines, 1)
        groups = sets_ * min(prod(self.profile.members.get(level.name, 1) for level in asked.levels), lines)
        low, high = code_domain(self.warehouse, measure.column)
        need = groups * (high - low + 8) // 8
        why = (
            f"the question touches {', '.join(outside)}"
            if measure.flag and outside
            else "different values never add up"
        )
        if high and need <= min(BITMAP_BYTES, BYTES_A_LINE * self._read(asked)):
            return CountMethod("bitmap", why, low, high)
        return CountMethod("hash", f"{why}; bitmaps of {groups:,} groups would take {need / 1e6:,.0f} MB")

    def _read(self, asked: CellQuery) -> float:
        """About how many lines a scan cannot skip: by the days asked about, and by customers who lie close together."""
        share, days = 1.0, asked.scope.days
        if days is not None:
            met = (run.meet(self.extent) for run in days)
            share = sum(len(run) for run in met if run) / max(len(self.extent), 1)
        for span in spans(self.warehouse, self.cube, asked)[:1]:
            share *= min((span.last - span.first + 1) / max(self.profile.members.get("customer", 1), 1), 1.0)
        return share * self.profile.extents[self.cube.fact].lines


def adds_up(measure: Measure) -> bool:
    return measure.kind is Kind.ADDITIVE


def _is_counted(measure: Measure) -> bool:
    """Whether different members are counted that a roll-up keeps as a level."""
    return measure.kind is Kind.DISTINCT and not measure.flag


def _stored(asked: CellQuery, at: Mapping[str, str]) -> list[str]:
    """The columns that a roll-up must store."""
    return [at.get(each.name, each.name) for each in asked.measures if not _is_counted(each)]


def _joins_in(source: FactSource, asked: CellQuery) -> bool:
    """Whether a read of the lines may be one with others: series are told line by line, hashes fill the memory."""
    (measure, *_) = asked.measures
    return not measure.series and all(count.road != "hash" for count in source.counts.values())


def _alone(asked: CellQuery, kept: GroupingSet, measure: Measure) -> CellQuery:
    """One measure of one grouping set, as a question by the levels that the set keeps."""
    levels = asked.kept(kept)
    names = {level.name for level in levels}
    tops = {name: codes for name, codes in asked.tops.items() if name in names}
    return replace(asked, levels=levels, sets=((True,) * len(levels),), measures=(measure,), tops=tops)


def _limited(source: Source, limit: int | None) -> Source:
    if isinstance(source, FactSource) and limit is not None:
        return FactSource(source.warehouse, source.cube, source.counts, limit)
    return source

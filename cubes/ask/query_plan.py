"""How a question will be answered: which source gives each measure at each grain, and why each other could not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from cubes.aggregates.aggregate import NOTHING, WORDS_A_LINE, Aggregate, Offer, Refused
from cubes.ask.allowed_cells import AllowedCells
from cubes.ask.explanation import CellsRead, Counted, Explained
from cubes.ask.fact_source import FactSource
from cubes.ask.line_coverage import A_PASS, LineCoverage
from cubes.ask.tail_lines import in_memory
from cubes.cells.cell_query import CellQuery, GroupingSet
from cubes.cells.cell_source import CellSource
from cubes.cells.count_method import count_method
from cubes.cells.reason import Because, Reason
from cubes.cells.scope import Scope
from cubes.model import Cube, Kind, Measure
from data.model.calendar import Days, day_key
from data.store.warehouse import Warehouse

NEVER = Days(0, -1)
CLEARLY = 0.2  # of what a pass about costs


class PlanReason(Reason):
    """Why something that covers a read is not what it is read from."""

    NO_CELLS_OF_NOBODY = ("no roll-up tells the cells without a known customer from those without a line",)
    DEARER_THAN_LINES = ("its {:,} words are more than the lines themselves",)
    DEARER = ("it is more to read than the lines themselves",)


@dataclass(frozen=True, slots=True)
class SourceRead:
    """One read of one source; `refusals` tells why others that might have served did not, by what they are called.

    `sets` are the question's grouping sets that the sets of `asked` stand for, in their order. `sized` says that
    whoever asks may know how much the source holds.
    """

    source: CellSource
    asked: CellQuery
    sets: tuple[GroupingSet, ...]
    refusals: Callable[[], Iterable[Refused]]
    sized: bool = True

    @property
    def words(self) -> str:
        """What was read."""
        return self.source.words(self.sized)

    def explained(self) -> Iterator[Explained]:
        """What was read for which measures, and why nothing else was."""
        labels = tuple(measure.label for measure in self.asked.measures)
        yield CellsRead(labels, tuple(level.label for level in self.asked.levels), self.words)
        if isinstance(self.source, FactSource):
            yield from (Counted(name, method) for name, method in self.source.counts.items())
        yield from {each.other: each for each in self.refusals()}.values()


class Planner:
    """Chooses sources over one snapshot of a cube: what is counted beforehand offers, and the cheapest is taken."""

    def __init__(
        self, warehouse: Warehouse, cube: Cube, aggregates: Sequence[Aggregate], allowed: AllowedCells
    ) -> None:
        self.warehouse, self.cube, self.profile = warehouse, cube, warehouse.profile
        self.aggregates, self.allowed = aggregates, allowed
        self.lines = LineCoverage(warehouse, cube)
        found = self.profile.extents[cube.fact]
        self.extent, self.whole = found.ordinary or NEVER, found.whole or NEVER
        self._stored_lines = warehouse.whole.profile.extents[cube.fact].lines  # a policy lets none go unread
        counts = (each for each in cube.measures if adds_up(each) and each.aggregate == "count")
        self._any_line = tuple(islice(counts, 1))

    def beforehand(self, cell_query: CellQuery) -> list[CellSource]:
        """What each kind of what is counted beforehand would be read from."""
        if not self.allowed.knows_aggregates(cell_query.scope):
            return []
        offered = (each.offer(cell_query).source for each in self.aggregates)
        return [each for each in offered if each is not None]

    def reached(self, scope: Scope) -> tuple[list[Days], list[Days]]:
        """The days asked about on which there may be lines: runs of ordinary ones, and each outlier."""
        runs = scope.days or (self.whole,)
        far = [day_key(each.day) for each in self.profile.extents[self.cube.fact].outliers]
        ordinary = [met for run in runs if (met := run.meet(self.extent))]
        return ordinary, [Days(day, day) for day in far if any(run.first <= day <= run.last for run in runs)]

    def legs(self, cell_query: CellQuery, limit: int | None = None) -> list[SourceRead]:
        """The reads that answer: what adds up by its finest cells alone, all else at each grouping set's own grain.

        Sets that only the lines can answer share one read of them, and what adds up joins it where it must be
        read there as well.
        """
        adding = tuple(each for each in cell_query.measures if adds_up(each))
        legs = self._finest(cell_query, adding)
        for measure in cell_query.measures:
            if measure not in adding:
                legs += self._apart(cell_query, measure)
        if not adding and any(not leg.source.names_every_cell for leg in legs):
            legs += self._finest(cell_query, self._any_line)
        sized = not self.allowed.is_limited
        together = self._together(cell_query, legs)
        return [_limited(leg, limit, sized) for leg in together]

    def _finest(self, cell_query: CellQuery, measures: tuple[Measure, ...]) -> list[SourceRead]:
        if not measures:
            return []
        sets = cell_query.sets[:1]
        is_finest = sets == cell_query.sets and measures == cell_query.measures
        finest = cell_query if is_finest else replace(cell_query, sets=sets, measures=measures)
        offer = self._cheapest(finest)
        source = in_memory(self._passed(finest, offer)) or self._lines(finest, (), 1)
        return [SourceRead(source, finest, finest.sets, offer.refusals)]

    def _apart(self, cell_query: CellQuery, measure: Measure) -> list[SourceRead]:
        """A leg for each grouping set of a measure that does not add up."""
        return [
            self._leg(_alone(cell_query, each, measure), each, len(cell_query.sets))
            for each in cell_query.sets
        ]

    def _leg(self, cell_query: CellQuery, whole: GroupingSet, sets: int) -> SourceRead:
        """The read of one measure of one grouping set."""
        offer = self._cheapest(cell_query)
        source = in_memory(self._passed(cell_query, offer)) or self._lines(
            cell_query, cell_query.measures, sets
        )
        return SourceRead(source, cell_query, (whole,), offer.refusals)

    def _passed(self, cell_query: CellQuery, offer: Offer) -> CellSource | None:
        """What was offered, or a pass over the lines in memory where that takes less; None where there is neither."""
        if not self.allowed.knows_aggregates(cell_query.scope):
            return offer.source
        if offer.source and offer.cost <= max(A_PASS, self.lines.about(cell_query) * CLEARLY):
            return offer.source  # nobody reads lines to learn what a pass would cost
        if self.warehouse.cluster:
            return offer.source
        passed = self.lines.offer(
            cell_query, lambda asked: self._lines(asked, asked.measures, 1).statement(asked)
        )
        if passed.source is None or (offer.source and offer.cost <= passed.cost):
            return offer.source
        return passed.source

    def _cheapest(self, cell_query: CellQuery) -> Offer:
        """The offer that touches least, and why those that stand before it in the list do not serve."""
        if not self.allowed.knows_aggregates(cell_query.scope):
            return Offer(None, refusals=lambda: self._kept_from(cell_query, NOTHING))
        offers = self._offers(cell_query)
        best = _least(offers)
        told = offers if best is NOTHING else offers[: offers.index(best) + 1]
        refused = (each.refusals for each in told)
        return Offer(
            best.source,
            best.cost,
            lambda: chain(self._kept_from(cell_query, best), *(each() for each in refused)),
        )

    def _offers(self, cell_query: CellQuery) -> list[Offer]:
        return [self._accepted(cell_query, each, each.offer(cell_query)) for each in self.aggregates]

    def _kept_from(self, cell_query: CellQuery, best: Offer) -> Iterator[Refused]:
        """What would have answered but for the cuts of a policy."""
        whole = replace(cell_query, scope=self.allowed.without(cell_query.scope))
        if self.allowed.is_limited:
            free = _least(self._offers(whole)).source
            if free is not None and (best.source is None or free.words() != best.source.words()):
                yield Refused(str(free.words(sized=False)), self.allowed.why_not(cell_query.scope))

    def _accepted(self, cell_query: CellQuery, aggregate: Aggregate, offer: Offer) -> Offer:
        """The offer, or why the lines are read instead."""
        if offer.source is None:
            return offer
        why: Because | None = None
        levels = cell_query.kept(cell_query.sets[0])
        if levels and not offer.source.names_every_cell and self._tells_no_cells(cell_query):
            why = Because(PlanReason.NO_CELLS_OF_NOBODY)
        elif offer.cost > WORDS_A_LINE * self._stored_lines:
            sized = Because(PlanReason.DEARER_THAN_LINES, (offer.cost,))
            why = Because(PlanReason.DEARER) if self.allowed.is_limited else sized
        return offer if why is None else Offer(None, refusals=lambda: (Refused(aggregate.name, why),))

    def _tells_no_cells(self, cell_query: CellQuery) -> bool:
        """Whether only the lines would tell which cells of a read there are."""
        return self._cheapest(replace(cell_query, measures=self._any_line)).source is None

    def _together(self, cell_query: CellQuery, legs: Sequence[SourceRead]) -> list[SourceRead]:
        """Legs that read the lines anyway as one, but for measures of series, which are told apart line by line."""
        lines = [
            leg for leg in legs if isinstance(leg.source, FactSource) and _joins_in(leg.source, leg.asked)
        ]
        if not lines:
            return list(legs)
        rest = [leg for leg in legs if leg not in lines]
        if len(lines) < 2:
            return [*rest, *lines]
        measures = tuple(dict.fromkeys(measure for leg in lines for measure in leg.asked.measures))
        sets = tuple(each for each in cell_query.sets if any(each in leg.sets for leg in lines))
        sets = cell_query.sets if any(adds_up(each) for each in measures) else sets
        whole = replace(cell_query, sets=sets, measures=measures)
        source = self._lines(whole, measures, len(sets))
        return [
            *rest,
            SourceRead(source, whole, sets, lambda: chain.from_iterable(leg.refusals() for leg in lines)),
        ]

    def _lines(self, cell_query: CellQuery, measures: Sequence[Measure], sets: int) -> FactSource:
        """The lines, and how the different values of some measures are counted in them."""
        counts = {
            each.name: count_method(self.warehouse, self.cube, cell_query, each, sets)
            for each in measures
            if each.kind is Kind.DISTINCT
        }
        by_cluster = self.warehouse.cluster is not None and self.allowed.knows_aggregates(cell_query.scope)
        if by_cluster:
            counts = {name: method.exact_anywhere for name, method in counts.items()}
        return FactSource(self.warehouse, self.cube, counts, by_cluster=by_cluster)


def _least(offers: Sequence[Offer]) -> Offer:
    """The offer that touches least."""
    made = (each for each in offers if each.source is not None)
    return min(made, key=lambda each: each.cost, default=NOTHING)


def adds_up(measure: Measure) -> bool:
    return measure.kind is Kind.ADDITIVE


def _joins_in(source: FactSource, cell_query: CellQuery) -> bool:
    """Whether a read of the lines may be one with others: series are told line by line, hashes fill the memory."""
    (measure, *_) = cell_query.measures
    return not measure.series and all(count.by != "hash" for count in source.counts.values())


def _alone(cell_query: CellQuery, kept: GroupingSet, measure: Measure) -> CellQuery:
    """One measure of one grouping set, as a question by the levels that the set keeps."""
    levels = cell_query.kept(kept)
    names = {level.name for level in levels}
    tops = {name: codes for name, codes in cell_query.tops.items() if name in names}
    return replace(cell_query, levels=levels, sets=((True,) * len(levels),), measures=(measure,), tops=tops)


def _limited(leg: SourceRead, limit: int | None, sized: bool) -> SourceRead:
    if isinstance(leg.source, FactSource):
        leg = replace(leg, source=replace(leg.source, limit=limit))
    return leg if leg.sized is sized else replace(leg, sized=sized)

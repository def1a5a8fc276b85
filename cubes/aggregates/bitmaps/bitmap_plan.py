"""Plans how distinct customers are counted from stored sets, at what cost, or says why they cannot be."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from cubes.aggregates.bitmaps.bitmap_cells import BitmapCells
from cubes.aggregates.bitmaps.bitmap_edges import EdgeLines
from cubes.aggregates.bitmaps.bitmap_grains import CUSTOMER, may_be_kept
from cubes.aggregates.bitmaps.bitmap_roads import Road, Tops, road_of
from cubes.aggregates.bitmaps.customer_filters import Clientele
from cubes.aggregates.bitmaps.period_cover import Cover, cover
from cubes.cells.byte_cache import MEGABYTE, SETS
from cubes.cells.grain import Grain
from cubes.cells.reason import Because, Reason
from cubes.cells.scope import Scope
from cubes.lines.customers_of_days import CustomersOfDays
from cubes.model import Cube, Level
from data.model.calendar import Days, to_date
from data.model.said import Said, said

EDGE_DAYS = 45
LEAST_KEPT, MOST_KEPT = 1000, MEGABYTE  # bytes of the way of one question
WORDS_AN_EDGE_LINE = 64  # what a line of the fact costs that is read beside the stored sets
WORDS_A_TAIL_LINE = 20  # one that came since, of those that lie side by side


class BitmapReason(Reason):
    """Why the stored sets of customers do not answer."""

    NOT_BY_SETS = ("{} are not counted by sets of customers",)
    NONE_STORED = ("no sets of customers are stored for {}",)
    CUSTOMER_BY_CUSTOMER = ("sets of customers are not told apart customer by customer",)
    SOURCES_TOGETHER = ("sets of customers do not tell the sources apart, and one ends before the others",)
    MEMBERS_AS_THEY_WERE = ("{} changed over time, and sets hold members as they were",)
    LEVELS_NOT_KEPT = ("no sets are stored by {}",)
    PARTIAL_PERIODS = (
        "{} is not made up of months, years or days of which sets are stored:"
        " {:,} days would be read from the lines",
    )
    PARTIAL_PERIODS_BY = (
        "{} is not made up of months, years or days of which sets are stored by {}:"
        " {:,} days would be read from the lines",
    )
    TOO_LARGE = ("its sets of customers take {:,.0f} MB, and {} grants {:,.0f}",)


Way = tuple[Cover, tuple[str, ...], Road | None]


@dataclass(frozen=True, slots=True)
class BitmapPlan:
    """How a question by the levels `kept` is answered: the stored periods, the levels beside time, the cells, and what
    lines in memory tell of the days that no stored period makes up."""

    kept: tuple[str, ...]
    scope: Scope
    tops: Tops
    covered: Cover
    family: tuple[str, ...]
    road: Road
    held: CustomersOfDays | None


class BitmapPlanner:
    """Plans by the stored cells of a measure, and the lines beside them. Safe to use from many threads."""

    def __init__(self, cells: BitmapCells, edges: EdgeLines, clientele: Clientele) -> None:
        self.cells, self.edges, self._clientele = cells, edges, clientele
        self.warehouse, self.cube, self.measure = cells.warehouse, cells.cube, cells.measure
        self._with_history: dict[str, bool] = {}

    def way(self, levels: Collection[str], scope: Scope, tops: Tops) -> BitmapPlan | Because:
        """How to count the distinct customers by these levels within the scope, or why they cannot be counted."""
        if not self.cells.grains:
            return Because(BitmapReason.NONE_STORED, (self.measure.label.lower(),))
        if CUSTOMER in levels:
            return Because(BitmapReason.CUSTOMER_BY_CUSTOMER)
        if scope.left_out:
            return Because(BitmapReason.SOURCES_TOGETHER)
        asked = [self.cube.level(name) for name in dict.fromkeys([*levels, *_filtered(scope)])]
        changed = sorted({each.dimension for each in asked if scope.as_of and self._has_history(each)})
        if changed:
            return Because(BitmapReason.MEMBERS_AS_THEY_WERE, (tuple(changed),))
        needed = [each.name for each in asked if may_be_kept(each)]
        families = self.cells.families(needed)
        if not families:
            return Because(BitmapReason.LEVELS_NOT_KEPT, (tuple(needed),))
        times = tuple(each.name for each in asked if each.is_time)
        kept = tuple(levels)
        covered, family, road = self._way(families, times, kept, scope, tops)
        if road is None:
            least = covered.gaps[0]
            days = _told(Days(int(least[0]), int(least[-1])))
            if needed:
                return Because(BitmapReason.PARTIAL_PERIODS_BY, (days, tuple(needed), len(least)))
            return Because(BitmapReason.PARTIAL_PERIODS, (days, len(least)))
        need = road.sizes(self._clientele.words) * 8
        if need > SETS.limit:
            granted = SETS.limit / MEGABYTE
            return Because(BitmapReason.TOO_LARGE, (need / MEGABYTE, SETS.setting, granted))
        held = self.edges.held_days(covered, kept, scope, self._clientele.words)
        return BitmapPlan(kept, scope, tops, covered, family, road, held)

    def _way(
        self,
        families: Sequence[tuple[str, ...]],
        times: tuple[str, ...],
        kept: tuple[str, ...],
        scope: Scope,
        tops: Tops,
    ) -> Way:
        """The stored periods, the levels beside time, and the cells that answer, or None where too many days are left.

        Kept where the cells are few, by all that they follow from: the levels, the members and the days asked about.
        """
        shown = tuple((level, tuple(codes)) for level, codes in tops.items())
        asked = (kept, times, scope.days, scope.moved, scope.filters, shown)
        key = (self.warehouse.version, "way", self.cube.name, self.measure.name, *asked)
        found = cast(Way | None, SETS.get(key))
        if found is None:
            covered, family = self._fewest(families, times, scope)
            is_covered = len(covered.gaps[0]) <= EDGE_DAYS
            road = road_of(self.cells, family, covered, kept, scope, tops, ()) if is_covered else None
            found, size = (covered, family, road), road.nbytes if road else 0
            if size <= MOST_KEPT:
                SETS.put(key, found, size + LEAST_KEPT)
        return found

    def cost(self, way: BitmapPlan) -> int:
        """About how many words are touched, at a nanosecond each or less."""
        road = way.road
        came = WORDS_A_TAIL_LINE * self.edges.tail.lines if self.edges.tail else 0
        edges = came + (way.held.cost if way.held else WORDS_AN_EDGE_LINE * self.edges.about(way.covered))
        customers = of_customers(self.cube, way.kept)
        sizes = np.minimum(road.counted // 2 + 1, self._clientele.words)
        each = np.add.reduceat(sizes, road.begins) if len(sizes) else sizes
        if not customers and not _masked(self.cube, way.scope):
            several = ~road.alone
            return edges + len(sizes) + int((2 * each[several] + self._clientele.cost((), {})[1]).sum())
        passes, beside = self._clientele.cost(customers, way.tops)
        united = np.minimum(each, self._clientele.words)
        return edges + int(sizes.sum() + passes * united.sum() + beside * len(each))

    def _fewest(
        self, families: Sequence[tuple[str, ...]], times: tuple[str, ...], scope: Scope
    ) -> tuple[Cover, tuple[str, ...]]:
        """The stored periods, and the levels beside time, with the fewest days to read, and then words to unite."""
        covers = {
            stored: self._cover(stored, times, scope)
            for stored in dict.fromkeys(self.cells.times[each] for each in families)
        }
        fewest = min(len(covered.gaps[0]) for covered in covers.values())
        ways = [(covers[self.cells.times[family]], family) for family in families]
        able = [way for way in ways if len(way[0].gaps[0]) == fewest]
        return able[0] if len(able) == 1 else min(able, key=lambda way: self._words_of(*way))

    def _words_of(self, covered: Cover, family: tuple[str, ...]) -> float:
        """How many words the sets of all cells of these periods take."""
        periods, words = covered.periods.items(), self._clientele.words
        return sum(self.cells.words_within(Grain(time, family), codes, words) for time, (codes, _) in periods)

    def _cover(self, stored: tuple[str, ...], times: tuple[str, ...], scope: Scope) -> Cover:
        """Which of the stored periods the scope is made of."""
        span = self.warehouse.profile.extents[self.cube.fact].whole
        if span is None:
            none = np.zeros(0, np.int32)
            return Cover({}, tuple(none for _ in times), (none, none), 0, none)
        key = (self.warehouse.version, "cover", span, scope.days, scope.moved, times, stored)
        calendar = self.warehouse.profile.calendar

        def make() -> tuple[Cover, int]:
            return cover(calendar, span, scope.days, times, stored, scope.moved), 16 * len(span)

        return SETS.keep(key, make)

    def _has_history(self, level: Level) -> bool:
        """Whether some member of the level's dimension is described in more than one way."""
        name = level.dimension
        if level.is_time or level.table is None:
            return False
        if name not in self._with_history:
            self._with_history[name] = bool(
                self.warehouse.rows(
                    f"SELECT count(*) - count(DISTINCT {name}_code) FROM {name} WHERE {name}_code > 0"
                )[0][0]
            )
        return self._with_history[name]


def of_customers(cube: Cube, levels: Sequence[str]) -> tuple[str, ...]:
    """Those of the levels that describe customers."""
    return tuple(name for name in levels if cube.level(name).dimension == CUSTOMER)


def _filtered(scope: Scope) -> list[str]:
    return [each.level for each in scope.filters]


def _masked(cube: Cube, scope: Scope) -> bool:
    return any(cube.level(each.level).dimension == CUSTOMER for each in scope.filters)


def _told(days: Days) -> Said:
    first, last = to_date(days.first), to_date(days.last)
    return said("{}", first) if first == last else said("{} to {}", first, last)

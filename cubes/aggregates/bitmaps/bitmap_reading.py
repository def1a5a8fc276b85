"""Counts the distinct customers of every cell of a question from stored sets, or says why it cannot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np

from cubes.aggregates.bitmaps import customer_sets, stored_bitmaps
from cubes.aggregates.bitmaps.bitmap_grains import CUSTOMER, names_every_cell
from cubes.aggregates.bitmaps.customer_filters import Clientele, Split
from cubes.aggregates.bitmaps.customers_of_cells import cells_of
from cubes.aggregates.bitmaps.period_cover import Cover, cover
from cubes.aggregates.codes_above import codes_above
from cubes.aggregates.tail import Tail
from cubes.cells.byte_cache import MEGABYTE, SETS
from cubes.cells.cell_arrays import with_others
from cubes.cells.fact_sql import where
from cubes.cells.grain import Grain, parsed
from cubes.cells.packed_codes import grouped
from cubes.cells.reason import Because, Reason
from cubes.cells.scope import Filter, Scope
from cubes.lines.customers_of_days import CustomersOfDays, customers_of_days
from cubes.model import Cube, Level, Measure
from data.model.calendar import Days, to_date
from data.model.said import Said, said
from data.store.warehouse import Warehouse

Tops = Mapping[str, Sequence[int]]
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


@dataclass(frozen=True, slots=True)
class Held:
    """The rows stored of one grain: row in the table, whether it is the first of its cell, period, a code a level.

    `counted` is how many customers come with each row; those of a cell add up. A row of which that is not known stands
    as the first of a cell of its own, to be united with the others.
    """

    row: np.ndarray
    first: np.ndarray
    period: np.ndarray
    codes: Mapping[str, np.ndarray]
    counted: np.ndarray

    def words(self, words: int) -> np.ndarray:
        """How many words the sets of each period take in memory, by the period's code from the first on."""
        sizes = np.minimum(self.counted // 2 + 1, words)
        return np.bincount(self.period - self.since, sizes)

    @property
    def since(self) -> int:
        """The first period."""
        return int(self.period.min(initial=np.iinfo(np.int32).max))


@dataclass(frozen=True, slots=True)
class Road:
    """The stored cells that answer a question: the rows of each group side by side, and the codes of the groups.

    Negative rows are of days that no stored period makes up, and of lines that came since: `read` has their customers,
    once they are read.
    """

    rows: np.ndarray
    first: np.ndarray
    counted: np.ndarray
    begins: np.ndarray
    codes: Mapping[str, np.ndarray]
    read: Mapping[int, np.ndarray]

    @property
    def alone(self) -> np.ndarray:
        """Whether a group is one stored cell, of which it is known how many customers it has."""
        return (
            np.add.reduceat(self.first, self.begins, dtype=np.int64) == 1 if len(self.begins) else self.first
        )

    @property
    def nbytes(self) -> int:
        """Its own size in memory."""
        return sum(
            each.nbytes for each in (self.rows, self.first, self.counted, self.begins, *self.codes.values())
        )

    def sizes(self, words: int) -> int:
        """How many words the sets take in memory."""
        return int(np.minimum(self.counted // 2 + 1, words).sum())


Way = tuple[Cover, tuple[str, ...], Road | None]
Customers = tuple[Mapping[str, np.ndarray], list[np.ndarray]]


@dataclass(frozen=True, slots=True)
class BitmapPlan:
    """How a question by the levels `kept` is answered: the stored periods, the levels beside time, the cells."""

    kept: tuple[str, ...]
    scope: Scope
    tops: Tops
    covered: Cover
    family: tuple[str, ...]
    road: Road


class Bitmaps:
    """The stored sets of one measure of a cube in one snapshot. Safe to use from many threads."""

    def __init__(self, warehouse: Warehouse, cube: Cube, measure: Measure, tail: Tail | None = None) -> None:
        self.warehouse, self.cube, self.measure, self.tail = warehouse, cube, measure, tail
        self.names_every_cell = names_every_cell(cube, measure)
        self._clientele = Clientele(warehouse)
        self._held: dict[Grain, Held] = {}
        self._words: dict[Grain, tuple[int, np.ndarray]] = {}
        self._told: dict[frozenset[str], list[tuple[str, ...]]] = {}
        self._parts: dict[int, list[int]] = {}
        self._above: dict[tuple[str, str], np.ndarray | None] = {}
        self._with_history: dict[str, bool] = {}

    @cached_property
    def grains(self) -> tuple[Grain, ...]:
        """What is stored."""
        if not stored_bitmaps.is_there(self.warehouse.rows):
            return ()
        rows = self.warehouse.rows(
            f"SELECT grain FROM rollup.{stored_bitmaps.KEPT} WHERE cube = ? AND measure = ? AND condition = ?"
            " ORDER BY rowid",
            [self.cube.name, self.measure.name, self.measure.condition],
        )
        return tuple(parsed(grain) for (grain,) in rows)

    @cached_property
    def _without_sets(self) -> frozenset[str]:
        """The grains whose cells are only counted."""
        rows = self.warehouse.rows(
            "SELECT DISTINCT grain FROM rollup.bitmap WHERE cube = ? AND measure = ? AND bits IS NULL",
            [self.cube.name, self.measure.name],
        )
        return frozenset(grain for (grain,) in rows)

    @cached_property
    def _times(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        """The times of which sets are stored, by the levels beside them."""
        found: dict[tuple[str, ...], tuple[str, ...]] = {}
        for grain in self.grains:
            found[grain.levels] = (*found.get(grain.levels, ()), grain.period)
        return found

    def way(self, levels: Collection[str], scope: Scope, tops: Tops) -> BitmapPlan | Because:
        """How to count the distinct customers by these levels within the scope, or why they cannot be counted."""
        if not self.grains:
            return Because(BitmapReason.NONE_STORED, (self.measure.label.lower(),))
        if CUSTOMER in levels:
            return Because(BitmapReason.CUSTOMER_BY_CUSTOMER)
        if scope.left_out:
            return Because(BitmapReason.SOURCES_TOGETHER)
        asked = [self.cube.level(name) for name in dict.fromkeys([*levels, *_filtered(scope)])]
        changed = sorted({each.dimension for each in asked if scope.as_of and self._has_history(each)})
        if changed:
            return Because(BitmapReason.MEMBERS_AS_THEY_WERE, (tuple(changed),))
        needed = [each.name for each in asked if _is_kept(each)]
        families = self._families(needed)
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
        return BitmapPlan(kept, scope, tops, covered, family, road)

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
            road = self._rows(family, covered, kept, scope, tops, ()) if is_covered else None
            found, size = (covered, family, road), road.nbytes if road else 0
            if size <= MOST_KEPT:
                SETS.put(key, found, size + LEAST_KEPT)
        return found

    def cost(self, way: BitmapPlan) -> int:
        """About how many words are touched, at a nanosecond each or less."""
        road = way.road
        came = WORDS_A_TAIL_LINE * self.tail.lines if self.tail else 0
        held = self._held_days(way.covered, way.kept, way.scope)
        edges = came + (held.cost if held else WORDS_AN_EDGE_LINE * self._lines_of(way.covered))
        customers = self._of_customers(way.kept)
        sizes = np.minimum(road.counted // 2 + 1, self._clientele.words)
        each = np.add.reduceat(sizes, road.begins) if len(sizes) else sizes
        if not customers and not _masked(self.cube, way.scope):
            several = ~road.alone
            return edges + len(sizes) + int((2 * each[several] + self._clientele.cost((), {})[1]).sum())
        passes, beside = self._clientele.cost(customers, way.tops)
        united = np.minimum(each, self._clientele.words)
        return edges + int(sizes.sum() + passes * united.sum() + beside * len(each))

    def counts(self, way: BitmapPlan) -> tuple[list[np.ndarray], np.ndarray]:
        """The codes of each kept level (int32; -1 beyond its top), and the exact number of customers (int64).

        Of one grouping set: those cells in which there is anybody, and where the sets tell of them, those that have
        lines of nobody known, with 0.
        """
        kept, scope, tops, road = way.kept, way.scope, way.tops, self._whole_road(way)
        customers = self._of_customers(kept)
        split = self._clientele.split(customers, tops)
        found, there = self._counted(road, split, self._clientele.mask(self._filters_of_customers(scope)))
        group, part = np.nonzero(there)
        codes = dict(zip(customers, (each[part] for each in split.codes), strict=True))
        codes |= {level: own[group] for level, own in road.codes.items()}
        return [codes[level] for level in kept], found[group, part]

    def customers(self, way: BitmapPlan) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
        """The codes of each cell of a way by levels that describe no customer, and the customers in it by their codes
        (int32, ascending, each once)."""
        road = self._whole_road(way)
        mask = self._clientele.mask(self._filters_of_customers(way.scope))
        of_key, ends = self._clientele.codes(CUSTOMER), np.append(road.begins[1:], len(road.rows))
        united = self._united(road, np.arange(len(ends)), ends)
        for cell, bits in zip(
            zip(*(road.codes[level] for level in way.kept), strict=True), united, strict=True
        ):
            kept = bits if mask is None else customer_sets.both(bits, mask)
            codes = of_key[customer_sets.as_keys(kept)]
            if len(known := codes[codes > 0]):
                yield tuple(map(int, cell)), customer_sets.distinct(known)

    def _whole_road(self, way: BitmapPlan) -> Road:
        """The road with the customers of the lines that are read beside what is stored."""
        for period in way.covered.periods:  # a way may be kept longer than what it was found in
            self._stored(Grain(period, way.family))
        held = self._held_days(way.covered, way.kept, way.scope)
        edges = [] if held is None else [held.sets()]
        if lines := self._edges(way.covered, way.kept, way.scope, held is not None):
            edges.append(self._customers_of(lines, way.covered, way.kept))
        return (
            self._rows(way.family, way.covered, way.kept, way.scope, way.tops, edges) if edges else way.road
        )

    def _held_days(self, covered: Cover, kept: tuple[str, ...], scope: Scope) -> CustomersOfDays | None:
        """The customers of the days that no stored period makes up, if lines in memory tell them."""
        days = covered.gaps[0]
        if not len(days) or not self.names_every_cell or scope.moved:
            return None
        levels = [self.cube.level(name) for name in self._beside_customers(kept)]
        filters = [each for each in scope.filters if _is_kept(self.cube.level(each.level))]
        return customers_of_days(
            self.warehouse, self.cube, levels, filters, days.tolist(), self._clientele.words
        )

    def _beside_customers(self, kept: Sequence[str]) -> list[str]:
        """The levels by which stored cells are put together: those of no customers, then time's."""
        levels = [self.cube.level(name) for name in kept]
        return [
            *(each.name for each in levels if _is_kept(each)),
            *(each.name for each in levels if each.is_time),
        ]

    def _filters_of_customers(self, scope: Scope) -> list[Filter]:
        return [each for each in scope.filters if self.cube.level(each.level).dimension == CUSTOMER]

    def _counted(self, road: Road, split: Split, mask: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """The customers of each group of the road (rows) in each group of the split (columns), and whether there are
        lines in it."""
        found = np.zeros((len(road.begins), split.groups), np.int64)
        there = np.zeros(found.shape, np.bool_)
        ends = np.append(road.begins[1:], len(road.rows))
        whole = split.groups == 1 and not split.codes and mask is None
        told = road.alone & (road.rows[road.begins] >= 0) & whole
        if told.any():
            found[told] = np.add.reduceat(road.counted, road.begins)[told, None]
            there[told] = True
        left = np.flatnonzero(~told)
        nobody = self._clientele.nobody
        for at, bits in zip(left, self._united(road, left, ends), strict=True):
            kept = bits if mask is None else customer_sets.both(bits, mask)
            found[at] = split.counts(kept)
            there[at] = found[at] > 0
            if len(unknown := customer_sets.held(kept, nobody)):
                found[at] -= split.counts(unknown)
        return found, there

    def _united(self, road: Road, groups: np.ndarray, ends: np.ndarray) -> Iterator[np.ndarray]:
        """The customers of each of some groups, a set at a time."""
        wanted = [self._with_sets(road.rows[road.begins[at] : ends[at]]) for at in groups]
        every = np.concatenate(wanted) if wanted else np.zeros(0, np.int64)
        fetched = self._fetched(every[every >= 0]) | dict(road.read)
        for rows in wanted:
            yield self._union(tuple(rows.tolist()), fetched)

    def _with_sets(self, rows: np.ndarray) -> np.ndarray:
        """The rows, with the years in the place of those of all time whose customers are only counted."""
        if not self._parts:
            return rows
        parts = dict.fromkeys(part for row in rows.tolist() for part in self._parts.get(row, (row,)))
        return np.array(list(parts), np.int64)

    def _union(self, rows: tuple[int, ...], fetched: Mapping[int, np.ndarray]) -> np.ndarray:
        """The customers of some rows; kept where many keys come together, which takes longest."""
        parts = [fetched[row] for row in rows]
        words = self._clientele.words

        def make() -> tuple[np.ndarray, int]:
            found = customer_sets.united(parts, words)
            return found, found.nbytes

        if (
            len(parts) > 1
            and min(rows) >= 0
            and sum(len(each) for each in parts if not customer_sets.is_dense(each)) > words
        ):
            return SETS.keep((self.warehouse.version, "union", rows), make)
        return customer_sets.united(parts, words)

    def _fetched(self, rows: np.ndarray) -> dict[int, np.ndarray]:
        """The stored set of each row, from the shelf or from the disk."""
        version = self.warehouse.version
        found = {row: cast(np.ndarray, SETS.get((version, row))) for row in rows.tolist()}
        missing = [row for row, bits in found.items() if bits is None]
        if missing:
            stored = self.warehouse.arrays(
                "SELECT rowid AS number, bits FROM rollup.bitmap WHERE rowid IN (SELECT unnest(?::BIGINT[]))",
                [missing],
            )
            for row, bits in zip(stored["number"].tolist(), stored["bits"], strict=True):
                found[row] = customer_sets.decoded(bits, self._clientele.words)
                SETS.put((version, row), found[row], found[row].nbytes)
        return found

    def _of_customers(self, kept: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in kept if self.cube.level(name).dimension == CUSTOMER)

    def _fewest(
        self, families: Sequence[tuple[str, ...]], times: tuple[str, ...], scope: Scope
    ) -> tuple[Cover, tuple[str, ...]]:
        """The stored periods, and the levels beside time, with the fewest days to read, and then words to unite."""
        covers = {
            stored: self._cover(stored, times, scope)
            for stored in dict.fromkeys(self._times[each] for each in families)
        }
        fewest = min(len(covered.gaps[0]) for covered in covers.values())
        ways = [(covers[self._times[family]], family) for family in families]
        able = [way for way in ways if len(way[0].gaps[0]) == fewest]
        return able[0] if len(able) == 1 else min(able, key=lambda way: self._words_of(*way))

    def _words_of(self, covered: Cover, family: tuple[str, ...]) -> float:
        """How many words the sets of all cells of these periods take."""
        periods = covered.periods.items()
        return sum(self._words_within(Grain(time, family), codes) for time, (codes, _) in periods)

    def _words_within(self, grain: Grain, periods: np.ndarray) -> float:
        if grain not in self._words:
            held = self._stored(grain)
            self._words[grain] = held.since, held.words(self._clientele.words)
        since, words = self._words[grain]
        at = periods - since
        return float(words[at[(at >= 0) & (at < len(words))]].sum())

    def _lines_of(self, covered: Cover) -> int:
        """About how many lines the days hold that no stored period makes up."""
        extent = self.warehouse.profile.extents[self.cube.fact]
        if extent.first_day is None or extent.last_day is None:
            return 0
        return len(covered.gaps[0]) * extent.lines // ((extent.last_day - extent.first_day).days + 1)

    def _edges(
        self, covered: Cover, kept: tuple[str, ...], scope: Scope, are_days_told: bool
    ) -> dict[str, np.ndarray]:
        """Customer, day and the kept levels of the lines of the days that no stored period makes up, unless these are
        told by others, and of those that came since; empty where there are none to read."""
        fact, days, parts = self.cube.fact, covered.gaps[0], list[dict[str, np.ndarray]]()
        if len(days) and not are_days_told:
            run = f"{fact}.day_key BETWEEN {int(days[0])} AND {int(days[-1])}"
            within = f"{run} AND {fact}.day_key IN (SELECT unnest(?::INTEGER[]))"
            parts.append(self._lines(within, [days.tolist()], kept, scope))
        if self.tail:
            parameters: list[Any] = []
            others = Scope(scope.days, (), (), after_batch=self.tail.through_batch)
            within = where(self.cube, others, parameters).removeprefix("\n  WHERE ")
            apart = f"{within} AND {fact}.day_key NOT IN (SELECT unnest(?::INTEGER[]))"
            parts.append(self._lines(apart, [*parameters, days.tolist()], kept, scope))
        return {name: np.concatenate([part[name] for part in parts]) for part in parts[:1] for name in part}

    def _lines(
        self, within: str, parameters: Sequence[Any], kept: tuple[str, ...], scope: Scope
    ) -> dict[str, np.ndarray]:
        """Customer, day and the kept levels of the lines that meet a condition, and are counted in the scope."""
        fact = self.cube.fact
        filters = [each for each in scope.filters if _is_kept(self.cube.level(each.level))]
        levels = [self.cube.level(name) for name in kept if _is_kept(self.cube.level(name))]
        tables = [each.table for each in (*levels, *(self.cube.level(each.level) for each in filters))]
        joins = "".join(f" JOIN {table} USING ({table}_key)" for table in dict.fromkeys(tables) if table)
        columns = "".join(f', {level.column}::INTEGER AS "{level.name}"' for level in levels)
        counts = "true" if self.names_every_cell else self.measure.condition
        conditions = [within, counts]
        conditions += [
            f"{self.cube.level(each.level).column} {'NOT ' * each.exclude}IN (SELECT unnest(?::INTEGER[]))"
            for each in filters
        ]
        return self.warehouse.arrays(
            f"SELECT {fact}.customer_key, {fact}.day_key{columns} FROM {fact}{joins}"
            f" WHERE ({') AND ('.join(conditions)})",
            [*parameters, *(list(each.codes) for each in filters)],
        )

    def _rows(
        self,
        family: tuple[str, ...],
        covered: Cover,
        kept: tuple[str, ...],
        scope: Scope,
        tops: Tops,
        edges: Sequence[Customers],
    ) -> Road:
        """The stored cells of a way, and the customers of cells that were read beside them."""
        levels = [name for name in kept if _is_kept(self.cube.level(name))]
        times = [name for name in kept if self.cube.level(name).is_time]
        filters = [each for each in scope.filters if _is_kept(self.cube.level(each.level))]
        names = (*levels, *times)
        parts = [
            [np.zeros(0, np.int64), np.zeros(0, np.bool_), np.zeros(0, np.int64)]
            + [np.zeros(0, np.int32)] * len(names)
        ]
        for time, (periods, groups) in covered.periods.items():
            held = self._stored(Grain(time, family))
            chosen, group = _chosen(held, periods, groups)
            for each in filters:
                chosen &= np.isin(self._codes(held, family, each.level), each.codes, invert=each.exclude)
            own = [self._codes(held, family, name)[chosen] for name in levels]
            in_time = [code[group[chosen]] for code in covered.codes]
            parts.append([held.row[chosen], held.first[chosen], held.counted[chosen], *own, *in_time])
        read: dict[int, np.ndarray] = {}
        for codes, sets in edges:
            number = -1 - np.arange(len(read), len(read) + len(sets))
            read |= zip(number.tolist(), sets, strict=True)
            size = np.array([customer_sets.size(each) for each in sets], np.int64)
            own = [codes[name] for name in names]
            parts.append([number, np.ones(len(number), np.bool_), size, *own])
        row, first, counted, *columns = (np.concatenate(each) for each in zip(*parts, strict=True))
        folded = [with_others(each, tops.get(name)) for name, each in zip(names, columns, strict=True)]
        return _sorted(row, first, counted, dict(zip(names, folded, strict=True)), read)

    def _customers_of(
        self, lines: Mapping[str, np.ndarray], covered: Cover, kept: Sequence[str]
    ) -> Customers:
        """The cells that lines lie in, and the customers of each."""
        names = self._beside_customers(kept)
        group = covered.group_of_day[lines["day_key"] - covered.first_day]
        times = iter(covered.codes)
        columns = [next(times)[group] if self.cube.level(name).is_time else lines[name] for name in names]
        cells = grouped(columns, len(group))
        keys = {int(cell): keys for (cell,), keys in cells_of([cells.of_rows], lines["customer_key"])}
        there = np.array(sorted(keys), np.int64)
        codes = {name: own[there] for name, own in zip(names, cells.codes, strict=True)}
        return codes, [keys[cell] for cell in there.tolist()]

    def _codes(self, held: Held, family: tuple[str, ...], level: str) -> np.ndarray:
        """The code of a level of each stored cell, from that of a level below where need be."""
        if level in held.codes:
            return held.codes[level]
        maps = ((name, self._upwards(name, level)) for name in family)
        below, codes = next((name, found) for name, found in maps if found is not None)
        above: np.ndarray = codes[held.codes[below]]
        return above

    def _families(self, needed: Sequence[str]) -> list[tuple[str, ...]]:
        """The sets of levels stored that tell all needed levels apart."""
        key = frozenset(needed)
        if key not in self._told:
            self._told[key] = [
                family
                for family in self._times
                if all(any(self._tells(name, level) for name in family) for level in key)
            ]
        return self._told[key]

    def _tells(self, below: str, level: str) -> bool:
        return below == level or self._upwards(below, level) is not None

    def _upwards(self, below: str, level: str) -> np.ndarray | None:
        """The code of `level` for each code of `below`; None where that is not one."""
        if (below, level) not in self._above:
            self._above[below, level] = self._map(self.cube.level(below), self.cube.level(level))
        return self._above[below, level]

    def _map(self, below: Level, level: Level) -> np.ndarray | None:
        if below.dimension != level.dimension:
            return None
        found = self.warehouse.arrays(
            f"SELECT DISTINCT {below.name}_code AS below, {level.name}_code AS above FROM {level.dimension}"
        )
        return codes_above(found["below"], found["above"])

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

    def _stored(self, grain: Grain) -> Held:
        if grain not in self._held:
            codes = "".join(f", cell[{at}] AS code{at}" for at in range(1, len(grain.levels) + 1))
            found = self.warehouse.arrays(
                "SELECT rowid AS number, row_number() OVER (PARTITION BY period, cell ORDER BY rowid) = 1 AS first,"
                f" period, counted{codes}"
                " FROM rollup.bitmap WHERE cube = ? AND measure = ? AND grain = ? ORDER BY ALL",
                [self.cube.name, self.measure.name, grain.written],
            )
            own = {name: np.asarray(found[f"code{at}"]) for at, name in enumerate(grain.levels, 1)}
            alone = found["first"] | (found["counted"] < 0)
            held = Held(found["number"], alone, found["period"], own, np.abs(found["counted"]))
            if grain.written in self._without_sets:
                self._note_parts(held, self._stored(Grain("year", grain.levels)))
            self._held[grain] = held
        return self._held[grain]

    def _note_parts(self, ever: Held, years: Held) -> None:
        """Note the rows of the years of each row of all time."""
        of_cell: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for row, *cell in zip(
            years.row.tolist(), *(each.tolist() for each in years.codes.values()), strict=True
        ):
            of_cell[tuple(cell)].append(row)
        for row, *cell in zip(
            ever.row.tolist(), *(each.tolist() for each in ever.codes.values()), strict=True
        ):
            self._parts[row] = of_cell[tuple(cell)]

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


def _chosen(held: Held, periods: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which stored cells lie in these periods (ascending), and in which group of time each of all cells."""
    if not len(periods):
        return np.zeros(len(held.period), np.bool_), np.zeros(len(held.period), np.int64)
    at = np.minimum(np.searchsorted(periods, held.period), len(periods) - 1)
    return periods[at] == held.period, groups[at]


def _sorted(
    row: np.ndarray,
    first: np.ndarray,
    counted: np.ndarray,
    columns: Mapping[str, np.ndarray],
    read: Mapping[int, np.ndarray],
) -> Road:
    """The rows with those of one group side by side."""
    groups = grouped(list(columns.values()), len(row))
    order = np.argsort(groups.of_rows, kind="stable")
    group = groups.of_rows[order]
    begins = np.flatnonzero(np.diff(group, prepend=-1))
    return Road(
        row[order], first[order], counted[order], begins, dict(zip(columns, groups.codes, strict=True)), read
    )


def _is_kept(level: Level) -> bool:
    """Whether a level is one that stored cells are told by, beside their time."""
    return not level.is_time and level.dimension != CUSTOMER


def _filtered(scope: Scope) -> list[str]:
    return [each.level for each in scope.filters]


def _masked(cube: Cube, scope: Scope) -> bool:
    return any(cube.level(each.level).dimension == CUSTOMER for each in scope.filters)


def _told(days: Days) -> Said:
    first, last = to_date(days.first), to_date(days.last)
    return said("{}", first) if first == last else said("{} to {}", first, last)

"""One pass over lines in memory: which of them, which cell each lies in, and the threads that share the work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, reduce
from itertools import chain, pairwise
from math import prod
from os import cpu_count
from typing import Any

import numpy as np

from cubes.lines.held_lines import BEGINS, DAY, HeldLines
from cubes.lines.line_store import LineStore
from cubes.lines.line_tables import CellTable, CustomerPlaces, DayTable
from cubes.lines.stretches import Run, Stretches, by_group, of_runs, shared
from data import environment
from data.model.canonical_tables import CUSTOMER

ALONE = 200_000  # fewer lines are not worth a second thread
SEEN_BYTES = (
    1 << 20
)  # of the bits of customers that are looked at together: they stay in the processor's cache
LANES, FEW_CELLS = 4, 1 << 14
SUMS, SLOTS = 3, 5  # values that are added up at once, and dimensions that a loop looks up
Value = np.ndarray | int | None


@dataclass(frozen=True, slots=True)
class LinePass:
    """The lines of a question and the tables that tell the cell of each, by the column that is looked up in them.

    The cells are numbered by customer's group, then by day's, then by the others', within a period's.
    """

    store: LineStore
    held: HeldLines
    runs: tuple[Run, ...]
    customer: CellTable | None
    days: DayTable | None
    others: Mapping[str, CellTable]
    periods: int
    is_rehearsal: bool = False

    @property
    def groups(self) -> int:
        """The cells of one period and one group of customers."""
        return prod(each.groups for each in self.others.values()) * (self.days.groups if self.days else 1)

    @property
    def cells(self) -> int:
        """All cells that there could be."""
        return self.periods * self.groups * (self.customer.groups if self.customer else 1)

    @property
    def lines(self) -> int:
        """How many lines are passed over."""
        return sum(run.stop - run.start for run in self.runs)

    def sums(self, values: Sequence[Value]) -> tuple[list[np.ndarray], np.ndarray]:
        """The sum of each value over the lines of each cell (int64; None is one a line), and which cells have lines."""
        arrays = [value for value in values if isinstance(value, np.ndarray)]
        is_counted = len(arrays) < len(values)
        there, lines, added = np.zeros(0, np.uint8), np.zeros(0, np.int64), list[np.ndarray]()
        for first in range(0, max(len(arrays), 1), SUMS):
            there, *some = self._added(arrays[first : first + SUMS], is_counted and not first)
            lines = some.pop(0) if is_counted and not first else lines
            added += some
        own = iter(added)
        return [
            next(own) if isinstance(each, np.ndarray) else lines * (1 if each is None else each)
            for each in values
        ], there

    def _added(self, values: Sequence[np.ndarray], is_counted: bool) -> list[np.ndarray]:
        """Which cells have lines, their number if it is wanted, and the sum of each value."""
        parts = _shared(lambda share: self._added_of(share, values, is_counted), self._shares())
        return [each[0] if len(each) == 1 else np.sum(each, axis=0) for each in zip(*parts, strict=True)]

    def _added_of(
        self, share: Sequence[Stretches], values: Sequence[np.ndarray], is_counted: bool
    ) -> list[np.ndarray]:
        """The same of some of the lines."""
        from cubes.lines.line_kernels import add_stretches, add_up

        slots, none = self._slots(True), [None] * (SUMS - len(values))
        there = np.zeros(self.cells, np.uint8)
        lines = self._lanes() if is_counted else None
        sums = [self._lanes() for _ in values]
        for each in share:
            looked_up, where = list(_looked_up(slots, each)), (each.starts, each.stops, each.bases)
            if all(slot is None for slot in looked_up):
                there[each.bases] = 1
                if lines is not None:
                    np.add.at(lines[0], each.bases, each.stops - each.starts)
                for value, found in zip(values, sums, strict=True):
                    add_stretches(*where, value, found[0])
            else:
                add_up(*where, *looked_up, *values, *none, self.lanes, there, lines, *sums, *none)
        added = (each.sum(axis=0) for each in ([] if lines is None else [lines]) + sums)
        return [there, *added]

    @property
    def lanes(self) -> int:
        """How many rows lines take turns at."""
        return LANES if self.cells <= FEW_CELLS else 1

    def _lanes(self) -> np.ndarray:
        return np.zeros((self.lanes, self.cells), np.int64)

    def orders(self, counts: Value) -> tuple[np.ndarray, np.ndarray]:
        """How many different orders each cell has, of the lines that count, and which cells have lines (0 or 1)."""
        from cubes.lines.line_kernels import count_orders

        slots, begins, each_line = self._slots(True), self.column(BEGINS), self._told(counts)

        def count(share: Sequence[Stretches]) -> tuple[np.ndarray, np.ndarray]:
            orders, last = np.zeros(self.cells, np.int64), np.zeros(self.cells, np.int32)
            there, number = np.zeros(self.cells, np.uint8), 0
            for each in share:
                number = count_orders(
                    each.starts, each.stops, each.bases, *_looked_up(slots, each), begins,
                    each_line, number + 1, last, orders, there,
                )  # fmt: skip
            return orders, there

        parts = _shared(count, self._shares(begins))
        return sum(part[0] for part in parts), np.bitwise_or.reduce([part[1] for part in parts])

    def customers(self, places: CustomerPlaces, counts: Value) -> tuple[np.ndarray, np.ndarray]:
        """How many different customers each cell has, of the lines that count, and which cells have lines (0 or 1)."""
        from cubes.lines.line_kernels import bounds

        runs, key, code = self.own_runs, self.column(CUSTOMER.key), self.store.code_of_key
        size = max(min(SEEN_BYTES * 8 // (self.groups * places.each), self._codes // (4 * _threads())), 64)
        codes = np.arange(0, self._codes + size, size, dtype=np.int64)
        at = np.zeros((len(runs), len(codes)), np.int64)
        starts = np.array([run.start for run in runs], np.int64)
        stops = np.array([run.stop for run in runs], np.int64)
        bounds(key, code, starts, stops, codes, at)
        blocks = [block for block in range(len(codes) - 1) if (at[:, block + 1] > at[:, block]).any()]
        share = (
            np.cumsum([(at[:, block + 1] - at[:, block]).sum() for block in blocks])
            if blocks
            else np.zeros(0)
        )
        count = _CustomerCount(self, places, self._told(counts), codes, at)
        parts = _shared(count, _parted(blocks, share))
        return sum(part[0] for part in parts), np.bitwise_or.reduce([part[1] for part in parts])

    def marks(self, words: int) -> np.ndarray:
        """The customers of each cell, a bit for each of so many words of keys (uint64, a row a cell)."""
        from cubes.lines.line_kernels import mark_customers

        slots, key = self._slots(True), self.column(CUSTOMER.key)

        def mark(share: Sequence[Stretches]) -> np.ndarray:
            found = np.zeros((self.cells, words), np.uint64)
            for each in share:
                own = [*_looked_up(slots, each)][2:]
                mark_customers(each.starts, each.stops, each.bases, key, *own, found)
            return found

        return reduce(lambda one, other: np.bitwise_or(one, other, out=one), _shared(mark, self._shares()))

    @property
    def _codes(self) -> int:
        return int(self.store.code_of_key.max(initial=0)) + 1

    def shape(self, values: Sequence[Value], are_customers_counted: bool) -> tuple[Any, ...]:
        """What tells the compiled loops that it takes from others."""
        kinds = (
            None if each is None else each.dtype.char
            for each in (*self._slots(True), *values)
            if not isinstance(each, int)
        )
        loops: Iterable[Any] = (
            sorted({run.by_day for run in self.runs})
            if are_customers_counted
            else ((each.by_day, each.by_customer) for each in self.stretches())
        )
        return (*kinds, *loops, *(each == 0 if isinstance(each, int) else type(each) for each in values))

    def rehearsed(self) -> LinePass:
        """The same over the first line of each kind of run and stretch: what it takes is compiled then."""
        return replace(self, is_rehearsal=True)

    @property
    def own_runs(self) -> Sequence[Run]:
        """The runs that are passed over."""
        if not self.is_rehearsal:
            return self.runs
        firsts = {run.by_day: run for run in self.runs}
        return [replace(run, stop=min(run.start + 1, run.stop)) for run in firsts.values()]

    def stretches(self) -> list[Stretches]:
        """The lines as loops pass over them, cut where their customers' group changes if that does not happen often."""
        found = of_runs(self.runs, by_customer=self.customer is not None)
        if self.customer is not None and self.customer.groups:
            key, code = self.column(CUSTOMER.key), self.store.code_of_key
            cut = (
                by_group(self.store.fact.name, each, key, code, self.customer, self.groups) for each in found
            )
            found = list(chain.from_iterable(cut))
        return [each.first_line() for each in found] if self.is_rehearsal else found

    def slots(self) -> list[Any]:
        """The columns and tables of the dimensions beside customers and days, as a loop takes them."""
        return self._slots(False)

    def _slots(self, all_of_them: bool) -> list[Any]:
        found, stride = list[Any](), 1
        for name, table in self.others.items():
            found += [self.column(name), table.times(stride).of_key]
            stride *= table.groups
        days = self.days.times(stride).of_day if self.days else None
        found += [None] * (2 * (SLOTS - 2) - len(found))
        found += [self.column(DAY) if self.days else None, days]
        if not all_of_them:
            return found
        customer = [None, None] if self.customer is None else [self.column(CUSTOMER.key), self.of_customer]
        return [*customer, *found]

    @property
    def of_customer(self) -> np.ndarray | None:
        """What a customer's key brings to a cell."""
        return None if self.customer is None else self.customer.times(self.groups).of_key

    def column(self, name: str) -> np.ndarray:
        """A column of the lines."""
        found = self.held.columns[name]
        return np.full(self.store.lines, found, np.uint16) if isinstance(found, int) else found

    def _told(self, counts: Value) -> np.ndarray | None:
        """Which lines count, where not all do."""
        if isinstance(counts, np.ndarray):
            return counts
        return np.zeros(self.store.lines, np.uint8) if counts == 0 else None

    def _shares(self, begins: np.ndarray | None = None) -> list[list[Stretches]]:
        """The lines in shares of about as many; where `begins` is given, no order lies in two."""
        return shared(self.stretches(), _threads() if self.lines >= ALONE else 1, begins)


class _CustomerCount:
    """Counts customers block by block of their codes, a thread some blocks: all their lines are looked at together."""

    def __init__(
        self,
        of: LinePass,
        places: CustomerPlaces,
        counts: np.ndarray | None,
        codes: np.ndarray,
        at: np.ndarray,
    ) -> None:
        self.of, self.places, self.counts, self.codes, self.at = of, places, counts, codes, at
        self.runs, self.by_base = of.own_runs, dict[int, list[int]]()
        for number, run in enumerate(self.runs):
            self.by_base.setdefault(run.base, []).append(number)
        self.slots, self.key, self.of_customer = of.slots(), of.column(CUSTOMER.key), of.of_customer

    def __call__(self, blocks: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        customers = np.zeros((self.of.lanes, self.of.cells), np.int64)
        there = np.zeros(self.of.cells, np.uint8)
        size = int(self.codes[1] - self.codes[0]) * self.places.each * self.of.groups
        seen = np.zeros(size // 8 + 1, np.uint8)
        for block in blocks:
            for runs in self.by_base.values():
                seen.fill(0)
                for run in runs:
                    self._count(run, block, seen, customers, there)
        return customers.sum(axis=0), there

    def _count(
        self, number: int, block: int, seen: np.ndarray, customers: np.ndarray, there: np.ndarray
    ) -> None:
        from cubes.lines.line_kernels import count_customers

        run, start, stop = self.runs[number], int(self.at[number, block]), int(self.at[number, block + 1])
        if stop > start:
            own = Run(start, stop, run.base, run.by_day)
            since = int(self.codes[block]) * self.places.each
            count_customers(
                run.base, stop - start, self.key[start:stop], self.of_customer, self.places.of_key, since,
                self.places.least, *_cut(self.slots, own), _of(self.counts, own), self.of.groups, seen, self.of.lanes,
                customers, there,
            )  # fmt: skip


def _cut(slots: Sequence[Any], run: Run) -> Iterator[Any]:
    """The lines of a run of each column, and the tables; those of days only where they are looked up."""
    for column, table in zip(slots[::2], slots[1::2], strict=True):
        is_passed = column is None or (table is slots[-1] and not run.by_day)
        yield from (None, None) if is_passed else (column[run.start : run.stop], table)


def _looked_up(slots: Sequence[Any], stretches: Stretches) -> Iterator[Any]:
    """The columns and tables that are looked up line by line; the first are those of customers, the last of days."""
    last = len(slots) - 2
    for at in range(0, len(slots), 2):
        is_passed = (at == 0 and not stretches.by_customer) or (at == last and not stretches.by_day)
        yield from (None, None) if is_passed else slots[at : at + 2]


def _of(counts: np.ndarray | None, run: Run) -> np.ndarray | None:
    return None if counts is None else counts[run.start : run.stop]


def _parted(blocks: Sequence[int], share: np.ndarray) -> list[Sequence[int]]:
    """Blocks in parts with about as many lines, one a thread."""
    count = _threads() if len(share) and share[-1] >= ALONE else 1
    cuts = (
        [int(np.searchsorted(share, share[-1] * at / count)) for at in range(1, count)] if count > 1 else []
    )
    ends = [0, *cuts, len(blocks)]
    return [blocks[first:last] for first, last in pairwise(ends)]


def _shared(work: Callable[[Any], Any], shares: Sequence[Any]) -> list[Any]:
    """What each share comes to, a thread each."""
    return [work(shares[0])] if len(shares) == 1 else list(_pool().map(work, shares))


@cache
def _threads() -> int:
    return environment.threads() or cpu_count() or 1


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_threads(), thread_name_prefix="lines")

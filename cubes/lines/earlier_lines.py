"""What was held in memory of an earlier snapshot, taken over where lines were only added: they are put between.

That nothing else was done is told by no promise: the fingerprints of each day of the earlier snapshot and of the added
lines (see `data.store.changed_days`) must add up to those of this one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import ReferenceType, ref

import numpy as np

from cubes.lines.held_lines import BEGINS, DAY, Column, HeldLines, Months, narrowest, ordered
from data.model.canonical_tables import CUSTOMER
from data.store.changed_days import OF_LAST, UNREAD
from data.store.warehouse import Warehouse

if TYPE_CHECKING:
    from cubes.lines.line_store import LineStore

DayPrints = Mapping[int, tuple[int, int]]  # of each day how many lines it has, and their fingerprint
NO_DAY = (0, 0)


@dataclass(frozen=True, slots=True)
class LinePrints:
    """By what the lines of a snapshot are told from those of others; `columns` is SQL of what was looked at."""

    days: DayPrints
    through_batch: int
    columns: str

    @staticmethod
    def of(warehouse: Warehouse, fact: str) -> LinePrints | None:
        """Those that the last publication kept; None where it kept none."""
        if not warehouse.rows(
            "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'rollup' AND table_name = 'printed'"
        ):
            return None
        kept = warehouse.rows(f"SELECT columns FROM rollup.printed WHERE fact = ? AND {OF_LAST}", [fact])
        if not kept:
            return None
        rows = warehouse.rows(
            "SELECT day_key, lines, fingerprint, through_batch FROM rollup.partition WHERE fact = ?", [fact]
        )
        days = {day: (lines, print) for day, lines, print, _ in rows if lines}
        return LinePrints(days, max((batch for *_, batch in rows), default=-1), kept[0][0])


@dataclass(slots=True)
class EarlierLines:
    """What the store of a snapshot held: columns, the SQL that each was read by, and what their order follows from.

    `highest` is the greatest number of an order; `store` may still be asked by whoever sees the earlier snapshot.
    """

    prints: LinePrints
    since: int
    code_of_key: np.ndarray | None
    highest: int
    sql: Mapping[str, str]
    held: HeldLines
    store: ReferenceType[LineStore]


_EARLIER: dict[tuple[Path, str], EarlierLines] = {}


def remember(store: LineStore, held: HeldLines | None) -> None:
    """Keep what a store holds, for the next snapshot; it takes no room of its own while the store lives."""
    place = (store.path, store.fact.name)
    prints = store.prints
    if held is None or prints is None:
        _EARLIER.pop(place, None)
    else:
        code = store.code_of_key if store.has_customers else None
        _EARLIER[place] = EarlierLines(
            prints, store.since, code, store.highest, dict(store.sql), held, ref(store)
        )


def forget() -> None:
    """There is no room for what is held of snapshots that nobody sees any more."""
    _EARLIER.clear()


def in_memory(stores: Collection[LineStore]) -> int:
    """What lines take in memory, in bytes: those of these stores and what is kept of earlier ones."""
    held = [*(each.holding for each in stores), *(each.held for each in [*_EARLIER.values()])]
    columns = [column for each in held if each for column in each.columns.values()]
    return sum({id(each): each.nbytes for each in columns if isinstance(each, np.ndarray)}.values())


def rehearse(held: HeldLines) -> None:
    """Have the loops compiled by which lines are added to those held."""
    from cubes.lines.line_insertion import insert, places

    one, none = np.zeros(1, np.int64), np.zeros(1, np.int32)
    for kind in {each.dtype for each in held.columns.values() if isinstance(each, np.ndarray)}:
        insert(np.zeros(1, kind), one, np.zeros(1, kind), np.zeros(2, kind))
    if isinstance(key := held.columns.get(CUSTOMER.key), np.ndarray):
        places(one, one, key[:0], none, none, one.copy())


@dataclass(slots=True)
class AddedLines:
    """The lines of a snapshot that an earlier one did not have, and their places between those.

    `order` puts them in order as the table gives them; `months` are those of all lines.
    """

    store: LineStore
    earlier: EarlierLines
    months: Months
    order: np.ndarray
    at: np.ndarray
    kept: dict[str, Column] = field(default_factory=dict)

    def column(self, name: str, sql: str) -> Column | None:
        """A column of all lines; None where the earlier snapshot did not have it, or it cannot tell that it is the
        same."""
        if name in self.kept:
            return self.kept[name]
        old = self.earlier.held.columns.get(name)
        if old is None or self.earlier.sql.get(name) != sql or {*re.findall(r"\w+", sql)} & {*UNREAD}:
            return None
        if not len(self.at):
            return old
        (came,) = self.store.added(self.earlier.prints.through_batch, {name: sql}).values()
        return self.together(old, came[self.order])

    def together(self, old: Column, came: np.ndarray) -> Column:
        """The column with those of the added lines, `came` in order, at their places."""
        from cubes.lines.line_insertion import insert

        if isinstance(old, int):
            if (came == old).all():
                return old
            old = np.full(self.store.lines - len(came), old, narrowest(np.array([old])))
        kind = np.promote_types(old.dtype, narrowest(came))
        into: np.ndarray = np.empty(len(old) + len(came), kind)
        insert(old.astype(kind, copy=False), self.at, came.astype(kind), into)
        return into


def added_lines(store: LineStore) -> AddedLines | None:
    """What came since the lines that are held of an earlier snapshot; None where there are none, or more was done than
    to add whole orders."""
    earlier = _EARLIER.get((store.path, store.fact.name))
    if earlier is None or store.prints is None or not _is_continued(store, store.prints, earlier):
        return None
    if store.prints.days == earlier.prints.days:
        nothing, held = np.zeros(0, np.int64), earlier.held
        store.highest = earlier.highest
        kept = {name: held.columns[name] for name in store.placed_by}
        return AddedLines(store, earlier, held.months, nothing, nothing, kept)
    found = _placed(store, earlier)
    if found and (before := earlier.store()):
        before.retire()
    return found


def _is_continued(store: LineStore, now: LinePrints, earlier: EarlierLines) -> bool:
    """Whether nothing was done but to add lines, and the others stand in the order in which they stood."""
    was = earlier.prints
    if store.since != earlier.since or now.columns != was.columns:
        return False
    if (code := earlier.code_of_key) is not None and not np.array_equal(store.code_of_key[: len(code)], code):
        return False
    return now.days == was.days or now.days == _added_up(was.days, store.added_prints(was))


def _added_up(one: DayPrints, other: DayPrints) -> DayPrints:
    found = dict(one)
    for day, (lines, print) in other.items():
        before = found.get(day, NO_DAY)
        found[day] = before[0] + lines, before[1] + print
    return found


def _placed(store: LineStore, earlier: EarlierLines) -> AddedLines | None:
    """The places of the added lines; None where they continue orders that were there."""
    from cubes.lines.line_insertion import places
    from cubes.lines.line_kernels import order_begins

    came = store.added(earlier.prints.through_batch, store.placing)
    day, key, number = came[DAY], came.get(CUSTOMER.key), came.get("@order")
    if number is not None and (not len(number) or number.min() <= earlier.highest):
        return None
    month, code = store.month_of_day, store.code_of_key if key is not None else None
    told = [month[day], None if key is None or code is None else code[key], number]
    order = ordered([each for each in told if each is not None])
    day, own_month = day[order], month[day[order]]
    held, numbers = earlier.held, store.month_numbers(earlier.held.months.codes)
    next_month = np.searchsorted(numbers, own_month)
    is_there = next_month < len(numbers)
    is_there[is_there] = numbers[next_month[is_there]] == own_month[is_there]
    starts = held.months.starts[next_month]
    stops = np.where(is_there, held.months.starts[np.minimum(next_month + 1, len(numbers))], starts)
    at = stops.copy()
    if key is not None and code is not None:
        key = key[order]
        old = held.columns[CUSTOMER.key]
        old = np.full(len(numbers) and int(held.months.starts[-1]), old) if isinstance(old, int) else old
        places(starts, stops, old, code, code[key], at)
    found = AddedLines(store, earlier, _months(store, held.months, own_month), order, at)
    found.kept[DAY] = found.together(held.columns[DAY], day)
    if key is not None:
        found.kept[CUSTOMER.key] = found.together(held.columns[CUSTOMER.key], key)
    if number is not None and code is not None and key is not None:
        begins = np.zeros(len(day), np.uint8)
        order_begins(month, day, code, key, number[order], begins)
        found.kept[BEGINS] = found.together(held.columns[BEGINS], begins)
        store.highest = max(earlier.highest, int(number.max()))
    return found


def _months(store: LineStore, old: Months, came: np.ndarray) -> Months:
    """The months with the added lines, each of a month by its number."""
    counts = np.bincount(came, minlength=len(store.month_codes)).astype(np.int64)
    counts[store.month_numbers(old.codes)] += np.diff(old.starts)
    return Months.of(np.array(store.month_codes, np.int32), counts)

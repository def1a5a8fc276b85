"""What a dimension brings to the cells of a question: a table with a number for each of its keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from cubes.cells.byte_cache import CELLS
from cubes.cells.cell_arrays import with_others
from cubes.cells.fact_sql import described_as_of
from cubes.cells.packed_codes import grouped
from cubes.cells.scope import Filter, Scope
from cubes.model import Level
from data.model.calendar import Calendar, Days
from data.model.canonical_tables import CUSTOMER
from data.store.warehouse import Warehouse

LEFT_OUT = -(
    1 << 28
)  # so far below zero that no cell that other dimensions bring makes up for it, nor all are too low
NEVER = np.iinfo(np.int64).min  # in whose periods no day stands: days before 1970 are below zero
Tops = Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class CellTable:
    """One dimension's part of a cell by key (int32): one of so many `groups`, whose codes are told by level.

    A key that no line is asked for of has LEFT_OUT; of customers `ends` are the least and the greatest code of all
    others. `told_by` names what it was made of.
    """

    told_by: tuple[Any, ...]
    ends: tuple[int, int]
    of_key: np.ndarray
    groups: int
    codes: Mapping[str, np.ndarray]

    def times(self, stride: int) -> CellTable:
        """The same where the next group of this dimension is so many cells away."""
        if stride == 1 or self.groups <= 1:
            return self

        def make() -> tuple[CellTable, int]:
            of_key = np.where(self.of_key < 0, np.int32(LEFT_OUT), self.of_key * np.int32(stride))
            return replace(self, of_key=of_key), of_key.nbytes

        return CELLS.keep((*self.told_by, "times", stride), make)


def table_of(level: Level) -> str:
    """The table by whose keys a level is looked up; a leaf's code stands in its dimension's as well."""
    return level.table or level.dimension


def cell_table(warehouse: Warehouse, levels: Sequence[Level], filters: Sequence[Filter], filtered: Sequence[Level],
               scope: Scope, tops: Tops) -> CellTable:  # fmt: skip
    """What a dimension other than time brings, by `levels` and within `filters`, which are of the levels `filtered`."""
    shown = tuple((level.name, tuple(tops[level.name]) if level.name in tops else None) for level in levels)
    key = (
        warehouse.version,
        "cell table",
        shown,
        tuple(filters),
        scope.as_of,
        *map(table_of, (*levels, *filtered)),
    )

    def make() -> tuple[CellTable, int]:
        found = _made(key, warehouse, levels, filters, filtered, scope.as_of, tops)
        return found, found.of_key.nbytes

    return CELLS.keep(key, make)


def _made(key: tuple[Any, ...], warehouse: Warehouse, levels: Sequence[Level], filters: Sequence[Filter],
          filtered: Sequence[Level], as_of: date | None, tops: Tops) -> CellTable:  # fmt: skip
    codes = {level.name: codes_by_key(warehouse, level, as_of) for level in (*levels, *filtered)}
    keys = len(next(iter(codes.values())))
    kept = np.ones(keys, np.bool_)
    for each in filters:
        kept &= _meets(codes[each.level], each)
    rows = np.flatnonzero(kept)
    groups = grouped(
        [with_others(codes[level.name][rows], tops.get(level.name)) for level in levels], len(rows)
    )
    of_key = np.full(keys, LEFT_OUT, np.int32)
    of_key[rows] = groups.of_rows
    own = dict(zip((level.name for level in levels), groups.codes, strict=True))
    whose = codes_of_customers(warehouse)[rows] if CUSTOMER.name in key else rows[:0]
    ends = int(whose.min(initial=np.iinfo(np.int32).max)), int(whose.max(initial=-1))
    return CellTable(key, ends, of_key, len(groups.places), own)


def _meets(codes: np.ndarray, kept: Filter) -> np.ndarray:
    wanted = np.full(max(int(codes.max(initial=0)), *kept.codes, 0) + 1, kept.exclude)
    wanted[[code for code in kept.codes if code >= 0]] = not kept.exclude
    found: np.ndarray = wanted[codes]
    return found


def codes_by_key(warehouse: Warehouse, level: Level, as_of: date | None = None) -> np.ndarray:
    """The code of a level (int32) by the key of its table."""
    table = table_of(level)

    def make() -> tuple[np.ndarray, int]:
        parameters: list[Any] = []
        described = described_as_of(table, as_of, parameters)
        column = level.column if level.table else f"{table}.{table}_code"
        found = warehouse.arrays(
            f"SELECT {table}.{table}_key AS key, {column} AS code FROM {described}", parameters
        )
        codes = np.zeros(int(found["key"].max(initial=0)) + 1, np.int32)
        codes[found["key"]] = found["code"]
        return codes, codes.nbytes

    return CELLS.keep((warehouse.version, "codes by key", level.name, table, as_of), make)


@dataclass(frozen=True, slots=True)
class DayTable:
    """What time brings: the part of a cell of each day from `since` on, `groups` of them, and their codes by level."""

    of_day: np.ndarray
    groups: int
    codes: Mapping[str, np.ndarray]

    def times(self, stride: int) -> DayTable:
        """The same where the next group of days is so many cells away."""
        return replace(self, of_day=np.where(self.of_day < 0, LEFT_OUT, self.of_day * np.int32(stride)))


def day_table(
    calendar: Calendar, whole: Days, levels: Sequence[str], scope: Scope, tops: Tops
) -> DayTable | None:
    """The days of a fact by time levels, within a scope; None where a day stands in several periods at once."""
    standing = _standing(whole, scope)
    if standing is None:
        return None
    rows = np.flatnonzero(standing != NEVER)
    each = {level: np.array([calendar.period_at(level, int(day)) for day in standing[rows]], np.int32)
            for level in levels}  # fmt: skip
    codes = [with_others(own, tops.get(level)) for level, own in each.items()]
    groups = grouped(codes, len(rows))
    of_day = np.full(len(whole), LEFT_OUT, np.int32)
    of_day[rows] = groups.of_rows
    return DayTable(of_day, len(groups.places), dict(zip(levels, groups.codes, strict=True)))


def _standing(whole: Days, scope: Scope) -> np.ndarray | None:
    """The day in whose periods each day of the fact stands; NEVER for those not asked about."""
    days = np.arange(whole.first, whole.last + 1)
    if scope.days is None:
        return days
    found = np.full(len(days), NEVER)
    runs = [(run.days, run.later) for run in scope.moved] or [(run, 0) for run in scope.days]
    taken = np.zeros(len(days), np.int32)
    for run, later in runs:
        met = run.meet(whole)
        if met:
            at = slice(met.first - whole.first, met.last - whole.first + 1)
            found[at] = days[at] + later
            taken[at] += 1
    if scope.moved and (taken > 1).any():
        return None
    return found


@dataclass(frozen=True, slots=True)
class CustomerPlaces:
    """Where each key's customer has a bit among those of all (int32; None is the key itself), `each` bits a customer.

    A customer who changed from one group to another has a place in each. Those below `least` are nobody's.
    """

    of_key: np.ndarray | None
    each: int
    least: int


def places(warehouse: Warehouse, table: CellTable | None, only_known: bool) -> CustomerPlaces:
    """The places of customers whose groups a table tells."""

    def make() -> tuple[CustomerPlaces, int]:
        found = _places(codes_of_customers(warehouse), None if table is None else table.of_key, only_known)
        return found, 0 if found.of_key is None else found.of_key.nbytes

    told_by = table.told_by if table else None
    return CELLS.keep((warehouse.version, "places", told_by, only_known), make)


def codes_of_customers(warehouse: Warehouse) -> np.ndarray:
    """The code of each customer by key (int32)."""

    def make() -> tuple[np.ndarray, int]:
        found = warehouse.arrays(
            f"SELECT {CUSTOMER.key} AS key, {CUSTOMER.code} AS code FROM {CUSTOMER.name}"
        )
        codes = np.zeros(int(found["key"].max(initial=0)) + 1, np.int32)
        codes[found["key"]] = found["code"]
        return codes, codes.nbytes

    return CELLS.keep((warehouse.version, "codes by key", CUSTOMER.name), make)


def _places(code: np.ndarray, group: np.ndarray | None, only_known: bool) -> CustomerPlaces:
    several = np.flatnonzero((np.bincount(code) > 1)[code])
    if group is None or not len(several):
        is_key = bool((code == np.arange(len(code))).all())
        return CustomerPlaces(None if is_key else code, 1, int(only_known))
    pairs = grouped([code[several], group[several]], len(several))
    whose = pairs.codes[0]
    begins = np.flatnonzero(np.diff(whose, prepend=-1))
    rank = np.arange(len(whose)) - np.repeat(begins, np.diff(np.append(begins, len(whose))))
    each = int(rank.max(initial=0)) + 1
    found = code * np.int32(each)
    found[several] += rank[pairs.of_rows].astype(np.int32)
    return CustomerPlaces(found, each, each if only_known else 0)

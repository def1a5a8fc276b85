"""What can answer: the lines themselves, a roll-up, the sets of customers; each gives cells, and says its SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from cubes import series, sql
from cubes.bitmaps import Bitmaps, Way
from cubes.cells import ROLLED_UP, Cells, grouped
from cubes.keys import spans
from cubes.members import Scope
from cubes.model import Cube, Kind, Measure
from cubes.rollups import parts
from cubes.rollups.kept import Kept
from cubes.sql import Asked, Count, Set, Statement
from cubes.store import Stored
from data.warehouse import Warehouse


class Lines:
    """The fact itself, joined to its dimensions."""

    def __init__(
        self, warehouse: Warehouse, cube: Cube, counts: Mapping[str, Count], limit: int | None
    ) -> None:
        self.warehouse, self.cube, self.counts, self.limit = warehouse, cube, counts, limit

    def words(self) -> str:
        return f"the {self.warehouse.profile.extents[self.cube.fact].lines:,} rows of {self.cube.fact}"

    def statement(self, asked: Asked) -> Statement:
        if any(measure.series for measure in asked.measures):
            return series.cells(self.cube, asked, self.warehouse.profile.extents[self.cube.fact])
        asked = replace(asked, scope=replace(asked.scope, spans=spans(self.warehouse, self.cube, asked)))
        return sql.cells(sql.Facts(self.cube, self.counts), asked, self.limit)

    def cells(self, asked: Asked) -> list[Cells]:
        return _read(self.warehouse, self.statement(asked), asked)


class RollUp:
    """Cells counted beforehand: in memory where they are few, else read from their table."""

    MOST_IN_MEMORY = 4_000_000

    def __init__(self, warehouse: Warehouse, cube: Cube, kept: Kept, at: Mapping[str, str]) -> None:
        self.warehouse, self.cube, self.kept, self.at = warehouse, cube, kept, at

    def words(self) -> str:
        return f"the roll-up {self.kept.grain} ({self.kept.cells:,} cells)"

    def statement(self, asked: Asked) -> Statement:
        return sql.cells(sql.Stored(self.cube, self.kept, self.at, self.warehouse.profile.calendar), asked)

    def cells(self, asked: Asked) -> list[Cells]:
        if self.kept.cells > self.MOST_IN_MEMORY:
            return _read(self.warehouse, self.statement(asked), asked)
        try:
            return [self._in_memory(asked, each) for each in asked.sets]
        except OverflowError:
            return _read(self.warehouse, self.statement(asked), asked)

    def _in_memory(self, asked: Asked, kept: Set) -> Cells:
        stored = Stored(self.warehouse, self.kept)
        rows = self._rows(stored, asked.scope)
        levels = asked.kept(kept)
        codes = [_folded(stored.codes(level.name)[rows], asked.tops.get(level.name)) for level in levels]
        height = self.kept.cells if isinstance(rows, slice) and rows == slice(None) else _height(rows)
        counted = [each for each in asked.measures if each.kind is Kind.DISTINCT and not each.flag]
        summed = [each for each in asked.measures if each not in counted]
        wanted = {"@cells": ("sum", np.ones(height))} if not summed else {}
        for measure in summed:
            wanted |= {name: (fold, stored.values(name, fold)[rows]) for name, fold in self._parts(measure)}
        found, values = grouped(codes, wanted, height)
        result = {measure.name: self._value(measure, values, height) for measure in summed}
        for measure in counted:
            result[measure.name] = self._distinct(stored, rows, measure, codes, found)
        return Cells(found, result)

    def _parts(self, measure: Measure) -> list[tuple[str, str]]:
        if measure.flag:
            return [(self.at[measure.name], "sum")]
        return [(part.name, part.fold) for part in parts.of(self.cube, measure)]

    def _value(self, measure: Measure, values: Mapping[str, np.ndarray], height: int) -> np.ndarray:
        """The measure out of its parts; a sum over no cell at all is not known."""
        own = values[self.at.get(measure.name, measure.name)]
        if measure.kind is not Kind.ADDITIVE or measure.aggregate != "sum":
            return own
        known = np.asarray(height > 0) if measure.zero_when_empty else values[f"{measure.name}#"] > 0
        return np.where(known, own / parts.SCALE, np.nan)

    def _rows(self, stored: Stored, scope: Scope) -> slice | np.ndarray:
        """The cells within the scope: a run of periods where nothing else is filtered."""
        calendar, period = self.warehouse.profile.calendar, self.kept.grain.period
        runs: list[slice] = [slice(None)]
        if scope.days is not None:
            periods = stored.codes(period)
            edges = [
                (calendar.period_at(period, run.first), calendar.period_at(period, run.last) + 1)
                for run in scope.days
            ]
            runs = [slice(*np.searchsorted(periods, edge)) for edge in edges]
        if len(runs) == 1 and not scope.filters:
            return runs[0]
        within = [self._mask(stored, scope, run) for run in runs]
        return np.concatenate(within) if within else np.zeros(0, np.int64)

    def _mask(self, stored: Stored, scope: Scope, run: slice) -> np.ndarray:
        first = run.start or 0
        kept: np.ndarray | None = None
        for each in scope.filters:
            codes = stored.codes(each.level)[run]
            if len(each.codes) == 1:
                meets = codes == each.codes[0]
            else:
                allowed = np.zeros(max(int(codes.max(initial=0)), *each.codes, 0) + 1, bool)
                allowed[list(each.codes)] = True
                meets = allowed[codes]
            meets = ~meets if each.exclude else meets
            kept = meets if kept is None else kept & meets
        if kept is None:
            return np.arange(first, first + len(stored.codes(self.kept.grain.period)[run]))
        return np.flatnonzero(kept) + first

    def _distinct(
        self,
        stored: Stored,
        rows: slice | np.ndarray,
        measure: Measure,
        codes: Sequence[np.ndarray],
        found: Sequence[np.ndarray],
    ) -> np.ndarray:
        """How many members of the measure's level each cell found has."""
        there = stored.values(f"{measure.name}#")[rows] > 0
        level = parts.counted_level(self.cube, measure) or ""
        own = [each[there] for each in codes]
        members, _ = grouped([*own, stored.codes(level)[rows][there]], {}, int(there.sum()))
        ones = np.ones(len(members[-1]))
        counted, values = grouped(members[:-1], {"n": ("sum", ones)}, len(ones))
        return _matched(found, counted, values["n"]) if codes else values["n"]


def _height(rows: slice | np.ndarray) -> int:
    return rows.stop - rows.start if isinstance(rows, slice) else len(rows)


def _folded(codes: np.ndarray, top: Sequence[int] | None) -> np.ndarray:
    return (
        codes
        if top is None
        else np.where(np.isin(codes, np.asarray(top, np.int32)), codes, -1).astype(np.int32)
    )


def _matched(found: Sequence[np.ndarray], counted: Sequence[np.ndarray], values: np.ndarray) -> np.ndarray:
    """Values of some cells put beside the same cells of another list; 0 where there is none."""
    both = list(zip(found, counted, strict=True))
    lows = [int(min(a.min(initial=-1), b.min(initial=-1))) for a, b in both]
    sizes = [
        int(max(a.max(initial=0), b.max(initial=0))) + 1 - low for (a, b), low in zip(both, lows, strict=True)
    ]
    keys = []
    for cells in (found, counted):
        key = np.zeros(len(cells[0]), np.int64)
        for each, low, size in zip(cells, lows, sizes, strict=True):
            key = key * size + each - low
        keys.append(key)
    order = np.argsort(keys[1])
    at = np.minimum(np.searchsorted(keys[1], keys[0], sorter=order), max(len(order) - 1, 0))
    if not len(order):
        return np.zeros(len(keys[0]))
    hit = keys[1][order[at]] == keys[0]
    return np.where(hit, values[order[at]], 0)


class Sets:
    """The stored sets of customers, and how they answer one question of one grouping set."""

    def __init__(self, cube: Cube, bitmaps: Bitmaps, way: Way, count: Count) -> None:
        self.cube, self.bitmaps, self.count = cube, bitmaps, count
        self._way: Way | None = way

    def words(self) -> str:
        return "the stored sets of customers, a bit each"

    def statement(self, asked: Asked) -> Statement:
        """The SQL that gives the same from the lines: sets are united and counted in memory."""
        counts = {measure.name: self.count for measure in asked.measures}
        return sql.cells(sql.Facts(self.cube, counts), asked)

    def cells(self, asked: Asked) -> list[Cells]:
        way, self._way = (
            self._way,
            None,
        )  # an answer and its sources are kept longer than what they were made of
        assert way, "it is read once"
        codes, counted = self.bitmaps.counts(way)
        values = counted.astype(float) if codes or len(counted) else np.zeros(1)
        return [Cells(tuple(codes), {asked.measures[0].name: values})]


Source = Lines | RollUp | Sets


def _read(warehouse: Warehouse, statement: Statement, asked: Asked) -> list[Cells]:
    """The cells of each grouping set out of one statement that gives them all."""
    found = warehouse.arrays(statement.text, statement.parameters)
    codes = [np.ma.filled(np.ma.asarray(found[f"{level.name}.code"]), ROLLED_UP) for level in asked.levels]
    values = {
        measure.name: np.ma.filled(np.ma.asarray(found[measure.name]).astype(float), np.nan)
        for measure in asked.measures
    }
    if len(asked.sets) == 1:
        return [Cells(tuple(code.astype(np.int32) for code in codes), values)]
    result = []
    for each in asked.sets:
        mask = sum(0 if keep else 1 << (len(each) - 1 - at) for at, keep in enumerate(each))
        rows = np.flatnonzero(found["grouping"] == mask)
        own = tuple(code[rows].astype(np.int32) for code, keep in zip(codes, each, strict=True) if keep)
        result.append(Cells(own, {name: array[rows] for name, array in values.items()}))
    return result

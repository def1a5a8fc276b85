"""Lines as arrays: the code of each at every level, and whatever else is taken of it, to be counted from.

A chunk is the lines of some months. Codes are looked up by key in arrays, not joined, and are as narrow as they can be:
that makes the cells of a roll-up some ten times faster than a join.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from cubes.aggregates.codes_above import codes_above
from cubes.lines.held_lines import narrowest
from cubes.model import Cube
from data.connection import Connection

Arrays = dict[str, np.ndarray]
BLOCK = 1 << 16
MANY_LINES = 1_500_000  # from so many on compiled loops pay, which take a second to be loaded


class Members:
    """The codes of a dimension's members by their keys, at the levels that are asked for."""

    def __init__(self, connection: Connection, table: str, columns: Mapping[str, str]) -> None:
        self.key = "day_key" if table == "time" else f"{table}_key"
        chosen = "".join(f', {column}::INTEGER AS "{name}"' for name, column in columns.items())
        found = connection.execute(f'SELECT {self.key} AS "@key"{chosen} FROM {table}').fetchnumpy()
        key = found.pop("@key")
        self._low = int(key.min(initial=0))
        self._by_key: Arrays = {}
        for name, codes in found.items():
            own: np.ndarray = np.zeros(int(key.max(initial=0)) - self._low + 1, narrowest(codes))
            own[key - self._low] = codes
            self._by_key[name] = own
        self._key = key - self._low

    def codes(self, levels: Sequence[str], keys: np.ndarray) -> Arrays:
        """The codes at some levels of each key; some keys at a time, so that they stay near the processor."""
        found = {level: np.empty(len(keys), self._by_key[level].dtype) for level in levels}
        for begin in range(0, len(keys), BLOCK):
            at = keys[begin : begin + BLOCK].astype(np.intp) - self._low
            for level, own in found.items():
                own[begin : begin + BLOCK] = self._by_key[level].take(at)
        return found

    def bound(self, level: str) -> int:
        """Below which number the codes of a level lie; 0 where some lie below 0."""
        codes = self._by_key[level]
        return int(codes.max()) + 1 if int(codes.min()) >= 0 else 0

    def above(self, below: str, level: str) -> np.ndarray | None:
        """The code of `level` by that of `below`; None where that does not tell it."""
        return codes_above(self._by_key[below][self._key], self._by_key[level][self._key])


def _array(column: pa.ChunkedArray) -> np.ndarray:
    """A column as one array, nothing known as 0; the engine's own arrays are twice as slow to be had."""
    pieces = [each.fill_null(0) if each.null_count else each for each in column.chunks]
    if not pieces:
        return np.zeros(0, column.type.to_pandas_dtype())
    return np.concatenate([each.to_numpy(zero_copy_only=False) for each in pieces])


@dataclass(frozen=True, slots=True)
class LineChunk:
    """Some lines: `codes` by level, and the other `columns` that were asked for."""

    codes: Arrays
    columns: Arrays


class LineReader:
    """Reads lines of a cube as chunks: their codes at these levels, and these columns (SQL by name)."""

    def __init__(
        self, connection: Connection, cube: Cube, levels: Collection[str], columns: Mapping[str, str]
    ) -> None:
        self._connection, self._cube, self._columns = connection, cube, columns
        self._levels = [cube.level(name) for name in sorted(levels)]

    @cached_property
    def members(self) -> dict[str, Members]:
        """The members of each dimension that codes are looked up in, by table."""
        columns: dict[str, dict[str, str]] = {}
        for level in self._levels:
            if level.table:
                columns.setdefault(level.table, {})[level.name] = level.column
        # A leaf's code stands in the lines; its dimension tells what lies above it.
        for level in self._levels:
            if not level.table and level.dimension in columns:
                own = "day_key" if level.is_time else f"{level.dimension}_code"
                columns[level.dimension][level.name] = own
        return {table: Members(self._connection, table, own) for table, own in columns.items()}

    def read(self, within: str) -> Arrays:
        """The columns of the lines that meet a condition, as the table has them."""
        fact = self._cube.fact
        columns = {level.name: level.column for level in self._levels if not level.table}
        columns |= {f"@{own.key}": f"{fact}.{own.key}" for own in self.members.values()}
        columns |= self._columns
        joined = dict.fromkeys(table for measure in self._cube.measures for table in measure.joins)
        joins = "".join(f" JOIN {table} USING ({table}_key)" for table in joined)
        chosen = ", ".join(f'{sql} AS "{name}"' for name, sql in columns.items())
        found = self._connection.sql(f"SELECT {chosen} FROM {fact}{joins} WHERE {within}").to_arrow_table()
        return {name: _array(found[name]) for name in found.column_names}

    def chunk(self, read: Arrays) -> LineChunk:
        """The chunk of what `read` gave; asks nothing of the connection, so that another thread may do it."""
        codes = {level.name: _narrow(read[level.name]) for level in self._levels if not level.table}
        for table, members in self.members.items():
            levels = [level.name for level in self._levels if level.table == table]
            codes |= members.codes(levels, read[f"@{members.key}"])
        return LineChunk(codes, {name: read[name] for name in self._columns})


def _narrow(codes: np.ndarray) -> np.ndarray:
    return codes.astype(narrowest(codes))

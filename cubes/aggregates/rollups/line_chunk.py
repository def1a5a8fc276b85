"""Lines as arrays: the code of each at every level, and what each measure takes of it, ready to be added up.

A piece is the lines of some days. Codes are looked up by key in arrays, not joined, and are as narrow as they can
be; counts of 0 and 1 share a column two by two. That makes the cells of a roll-up some ten times faster than a join.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cubes.aggregates.rollups import partial_aggregates
from cubes.aggregates.rollups.order_leads import firsts
from cubes.aggregates.rollups.partial_aggregates import PartialAggregate
from cubes.model import Cube, Level, Measure
from data.connection import Connection

HIGH = 32  # where the second count of a word begins: a piece has fewer lines than 2 to that

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Word:
    """A column of a piece: one part, or two parts that count."""

    name: str
    parts: tuple[PartialAggregate, ...]

    @property
    def folded(self) -> str:
        """SQL that puts the lines of a cell together."""
        return f'{self.parts[0].fold}("{self.name}")::BIGINT AS "{self.name}"'

    def columns(self) -> Iterator[tuple[PartialAggregate, str]]:
        """Each part, and SQL for it out of what was put together."""
        low, *high = self.parts
        own = f'"{self.name}"'
        if low.fold != "sum":
            own = f"nullif({own}, {partial_aggregates.NONE[low.fold]})"
        yield low, f"{own} & {(1 << HIGH) - 1}" if high else own
        for part in high:
            yield part, f"{own} >> {HIGH}"


def words(given: Sequence[PartialAggregate]) -> list[Word]:
    """The columns of a piece for these parts; counts of lines, and of the first lines of each measure, two by two."""
    apart = [[each] for each in given if not each.counts]
    together: dict[str, list[PartialAggregate]] = {}
    for each in given:
        if each.counts:
            together.setdefault(each.name.partition("@")[0] if each.level else "", []).append(each)
    for some in together.values():
        apart += [some[at : at + 2] for at in range(0, len(some), 2)]
    return [Word(f"w{at}", tuple(some)) for at, some in enumerate(apart)]


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

    def codes(self, level: str, keys: np.ndarray) -> np.ndarray:
        """The code at a level of each key."""
        return self._by_key[level].take(keys - self._low if self._low else keys)

    def above(self, below: str, level: str) -> np.ndarray | None:
        """The code of `level` by that of `below`; None where that does not tell it."""
        one, other = self._by_key[below][self._key], self._by_key[level][self._key]
        found = np.zeros(int(one.max(initial=0)) + 1, other.dtype)
        found[one] = other
        return found if bool((found[one] == other).all()) else None


def narrowest(codes: np.ndarray) -> type:
    """The narrowest type that holds these whole numbers."""
    low, high = int(codes.min(initial=0)), int(codes.max(initial=0))
    fitting = (kind for kind in (np.uint8, np.uint16) if low >= 0 and high <= np.iinfo(kind).max)
    return next(fitting, np.int32)


@dataclass(frozen=True, slots=True)
class LineChunk:
    """Some lines: `codes` by level, `words` by name, and what sets of customers are made of."""

    codes: Arrays
    words: Arrays
    beside: Arrays


class LineChunks:
    """How the lines of a cube become pieces, at these levels and for these parts."""

    def __init__(
        self, connection: Connection, cube: Cube, levels: Collection[str], counted: Sequence[Measure]
    ) -> None:
        self._connection, self._cube, self._counted = connection, cube, counted
        self._levels = [cube.level(name) for name in sorted(levels)]
        given = [part for part in partial_aggregates.parts(cube) if not part.level or part.level in levels]
        self.words = words(given)
        self._of_lines = [word for word in self.words if not word.parts[0].level]
        self._flagged = [
            each for each in cube.measures if each.flag and partial_aggregates.across(cube, each)
        ]

    @cached_property
    def members(self) -> dict[str, Members]:
        """The members of each dimension that codes are looked up in, by table."""
        columns: dict[str, dict[str, str]] = {}
        for level in self._levels:
            if level.table:
                columns.setdefault(level.table, {})[level.name] = level.column
        for (
            level
        ) in self._levels:  # a leaf's code stands in the lines; its dimension tells what lies above it
            if not level.table and level.dimension in columns:
                own = "day_key" if level.is_time else f"{level.dimension}_code"
                columns[level.dimension][level.name] = own
        return {table: Members(self._connection, table, own) for table, own in columns.items()}

    def read(self, within: str) -> Arrays:
        """The columns of the lines that meet a condition, as the table has them."""
        fact = self._cube.fact
        columns = {level.name: level.column for level in self._levels if not level.table}
        columns |= {f"@{own.key}": f"{fact}.{own.key}" for own in self.members.values()}
        for word in self._of_lines:
            low, *high = (part.line for part in word.parts)
            columns[word.name] = f"({low}) | (({high[0]}) << {HIGH})" if high else low
        for measure in self._flagged:
            columns[f"#{measure.name}"] = (
                f"CASE WHEN {measure.condition or 'true'} THEN {measure.column} ELSE -1 END"
            )
        if self._counted:
            columns["customer_key"] = f"{fact}.customer_key"
            columns |= {
                f"{each.name}?": f"coalesce({each.condition or 'true'}, false)" for each in self._counted
            }
        joined = dict.fromkeys(table for measure in self._cube.measures for table in measure.joins)
        joins = "".join(f" JOIN {table} USING ({table}_key)" for table in joined)
        chosen = ", ".join(f'{sql} AS "{name}"' for name, sql in columns.items())
        found: Arrays = self._connection.execute(
            f"SELECT {chosen} FROM {fact}{joins} WHERE {within}"
        ).fetchnumpy()
        return {name: np.ma.filled(column, 0) for name, column in found.items()}

    def piece(self, read: Arrays) -> LineChunk:
        """The piece of what `read` gave; asks nothing of the connection, so that another thread may do it."""
        codes = {level.name: self._codes(level, read) for level in self._levels}
        own = {word.name: read[word.name] for word in self._of_lines}
        for measure in self._flagged:
            own |= self._firsts(measure, read[f"#{measure.name}"], codes)
        beside = {
            name: read[name]
            for name in ("customer_key", *(f"{each.name}?" for each in self._counted))
            if name in read
        }
        return LineChunk(codes, own, beside)

    def _codes(self, level: Level, read: Arrays) -> np.ndarray:
        if level.table:
            members = self.members[level.table]
            return members.codes(level.name, read[f"@{members.key}"])
        codes = read[level.name]
        return codes.astype(narrowest(codes))

    def _firsts(self, measure: Measure, order: np.ndarray, codes: Arrays) -> Arrays:
        """The words of a measure that counts the first line of each order at some levels."""
        own = [word for word in self.words if word.parts[0].name.startswith(f"{measure.name}@")]
        levels = [part.level for word in own for part in word.parts]
        bits = firsts(order, {level: codes[level] for level in levels})
        several = np.array([0, 1, 1 << HIGH, 1 << HIGH | 1], np.int64)
        found = {}
        for at, word in enumerate(own):
            mask = (1 << len(word.parts)) - 1
            found[word.name] = several.take((bits >> bits.dtype.type(2 * at)) & bits.dtype.type(mask))
        return found

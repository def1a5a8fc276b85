"""Making roll-ups and following each load: the cells of some lines after the other's, then put together.

What is made for the first time, and what was changed, is made of all lines of its months (of its years, where a roll-up
keeps no month); what was only added to gets the cells of the added lines beside its own, since cells add up, and is put
together again when such rows have become many.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np

from cubes.aggregates import line_chunk
from cubes.aggregates.line_chunk import Arrays, LineChunk, LineReader
from cubes.aggregates.publication_work import Change, TouchedSpan, Work
from cubes.aggregates.rollups import cells_of_lines, partial_aggregates
from cubes.aggregates.rollups.added_words import AddedWords, Word
from cubes.aggregates.rollups.cells_of_lines import CellsOfLines, WordRows
from cubes.aggregates.rollups.stored_rollup import StoredRollUp, create
from cubes.model import Cube
from data.connection import Connection
from data.errors import WarehouseError

# So many rows may lie beside others of their cell, or such a share of all cells, until a roll-up is put together.
SLACK, SLACK_ROWS = 0.25, 200_000


class RollUpRefresh:
    """One cube's roll-ups being brought up to date in the writer's transaction; `fresh`: all are empty yet."""

    def __init__(
        self, connection: Connection, cube: Cube, roll_ups: Sequence[StoredRollUp], fresh: bool
    ) -> None:
        self.connection, self.cube, self.fresh = connection, cube, fresh
        self.roll_ups = _from_finer(roll_ups)
        self.by_name = {each.name: each for each in roll_ups}
        self.of_lines = [each for each in roll_ups if not each.parent]
        self.levels = frozenset({"month", "year"}.union(*(each.held for each in self.of_lines)))
        self.words = AddedWords(cube, self.levels)
        self.keys: dict[str, tuple[list[str], list[tuple[str, str]]]] = {}
        self.word_rows, self.arrays = WordRows.of(self.words.words), dict[str, CellsOfLines]()

    @cached_property
    def columns(self) -> Mapping[str, str]:
        """What is wanted of each line beside its codes."""
        return self.words.columns

    def begin(self, reader: LineReader, work: Work) -> None:
        """Take out the cells of what is made anew."""
        self.keys = {each.name: self._keys(each, reader) for each in self.of_lines}
        if self.fresh and self.of_lines and self._lines() >= line_chunk.MANY_LINES:
            self.arrays = self._by_arrays(reader, len(work.years))
        if not self.fresh and work.anew:
            for each in self.roll_ups:
                gone = self.connection.execute(
                    f"DELETE FROM {each.table} WHERE {_within(each, work)}"
                ).fetchall()
                self._count(each, f"greatest(together - {gone[0][0]}, 0)")
        for each in self.of_lines:
            if self._is_beside(each):
                create(self.connection, f"TEMP TABLE {_new(each)}", each.held, sorted(each.parts))

    def prepared(self, chunk: LineChunk, span: TouchedSpan) -> Arrays:
        """What each line brings."""
        return self.words.of(chunk)

    def add(self, chunk: LineChunk, span: TouchedSpan, prepared: Arrays) -> None:
        """Give the cells of some lines to the roll-ups that are made of lines."""
        if not len(chunk.codes["month"]):
            return
        every = [each for each in self.of_lines if self._is_touched(each, span)]
        fitting = [each for each in every if self._fits(each, chunk)]
        cells_of_lines.put(
            [self.arrays[each.name] for each in fitting], self.word_rows, chunk.codes, prepared
        )
        for each in fitting:
            self._take(each, int(chunk.codes["year"].max()) if each.grain.period == "year" else None)
        # The engine finds `piece` by its name; registered, all pieces would be kept until the commit.
        piece = {name: np.ascontiguousarray(each) for name, each in {**chunk.codes, **prepared}.items()}
        for each in every:
            if each not in fitting:
                table = _new(each) if self._is_beside(each) else each.table
                self.connection.sql(f"INSERT INTO {table} BY NAME {self._cells(each, self._grouped(each))}")
        del piece

    def _is_touched(self, roll_up: StoredRollUp, span: TouchedSpan) -> bool:
        """Whether a roll-up is made of the lines of a span."""
        return span.change is not Change.REST or roll_up.grain.period == "year"

    def finish(self, work: Work) -> None:
        """Put what was gathered into each roll-up, and see that none lost lines. Raises WarehouseError."""
        for each in self.roll_ups:
            if each.name in self.arrays:
                self._take(each)
            self._put(each, work)
        self._check()

    def _check(self) -> None:
        """See that no roll-up has lost or doubled lines. Raises WarehouseError."""
        counts = [
            each.name for each in self.cube.measures if each.aggregate == "count" and not each.condition
        ]
        if counts and self.roll_ups:
            lines = f"SELECT count(*) FROM {self.cube.fact}"
            sums = (f'SELECT sum("{counts[0]}")::BIGINT AS n FROM {each.table}' for each in self.roll_ups)
            wrong = f"SELECT count(*) FROM ({' UNION ALL '.join(sums)}) WHERE coalesce(n, 0) <> ({lines})"
            if self.connection.execute(wrong).fetchall()[0][0]:
                raise WarehouseError(
                    f"The roll-ups of {self.cube.label.lower()} do not add up to its lines.",
                    "Make them anew with 'python -m cubes rollups build'. Nothing was changed.",
                )

    def _is_beside(self, roll_up: StoredRollUp) -> bool:
        """Whether new cells are gathered beside the roll-up: several pieces may have some of the same cell."""
        return not self.fresh or (roll_up.grain.period == "year" and roll_up.name not in self.arrays)

    def _by_arrays(self, reader: LineReader, years: int) -> dict[str, CellsOfLines]:
        """Those roll-ups of lines whose cells are told by arrays: of years, if as many as there could be have room."""
        found = {}
        for each in self.of_lines:
            keys = self.keys[each.name][0]
            sizes = {name: self._codes(name, reader) for name in keys[1:]}
            if all(sizes.values()):
                cells = CellsOfLines(keys, sizes, self.word_rows)
                if cells.fits(years if each.grain.period == "year" else 1):
                    found[each.name] = cells
        return found

    def _codes(self, level: str, reader: LineReader) -> int:
        """Below which number the codes of a level lie; 0 where that is not known."""
        own = self.cube.level(level)
        members = reader.members.get(own.table or own.dimension)
        return members.bound(level) if members else 0

    def _fits(self, roll_up: StoredRollUp, chunk: LineChunk) -> bool:
        """Whether the cells of a chunk are told by arrays."""
        if roll_up.name not in self.arrays or roll_up.grain.period == "year":
            return roll_up.name in self.arrays
        period = chunk.codes[roll_up.grain.period]
        return self.arrays[roll_up.name].fits(int(period.max()) - int(period.min()) + 1)

    def _take(self, roll_up: StoredRollUp, kept_from: int | None = None) -> None:
        """Store the cells that arrays tell by now, but for those of periods that lines are still to come of."""
        found = self.arrays[roll_up.name].taken(kept_from)
        if found and len(found[roll_up.grain.period]):
            self.connection.sql(f"INSERT INTO {roll_up.table} BY NAME {self._cells(roll_up, 'found')}")
        del found

    def _lines(self) -> int:
        """How many lines the fact has."""
        rows = self.connection.execute(f"SELECT count(*) FROM {self.cube.fact}").fetchall()
        return int(rows[0][0])

    def _wanted(self, roll_up: StoredRollUp) -> list[Word]:
        """The words that a roll-up stores something of."""
        return [word for word in self.words.words if {part.name for part in word.parts} & roll_up.parts]

    def _grouped(self, roll_up: StoredRollUp) -> str:
        """SQL that puts the lines of the piece together by the levels that tell the others."""
        by = ", ".join(f'"{level}"' for level in self.keys[roll_up.name][0])
        return f"(SELECT {by}, {', '.join(word.folded for word in self._wanted(roll_up))} FROM piece GROUP BY {by})"

    def _cells(self, roll_up: StoredRollUp, grouped: str) -> str:
        """The cells of words put together by the levels that tell the others, which are looked up beside them."""
        _, above = self.keys[roll_up.name]
        wanted = self._wanted(roll_up)
        columns = [f'"{part.name}"' for part in partial_aggregates.stored(self.cube, roll_up.held)]
        made = [
            f"{sql} AS {name}"
            for word in wanted
            for part, sql in word.columns()
            if (name := f'"{part.name}"') in columns
        ]
        joins = "".join(f' JOIN {table} USING ("{below}")' for below, table in above)
        held = ", ".join(f'"{level}"::INTEGER AS "{level}"' for level in sorted(roll_up.held))
        return f"SELECT {held}, {', '.join(made)} FROM {grouped}{joins} ORDER BY {_order(roll_up)}"

    def _keys(self, roll_up: StoredRollUp, reader: LineReader) -> tuple[list[str], list[tuple[str, str]]]:
        """The levels by which the cells of a roll-up are told apart, and tables of what lies above them by those."""
        keys = list(roll_up.grain.all)
        above: dict[str, dict[str, np.ndarray]] = {}
        for level in sorted(roll_up.held - set(keys)):
            found = self._told(level, roll_up.grain.all, reader)
            if found is None:
                keys.append(level)
            else:
                above.setdefault(found[0], {})[level] = found[1]
        return keys, [(below, self._registered(below, codes)) for below, codes in above.items()]

    def _told(self, level: str, stops: Iterable[str], reader: LineReader) -> tuple[str, np.ndarray] | None:
        """The stop that tells a level, and the codes of the level by its own; None where no stop does."""
        dimension = self.cube.level(level).dimension
        members = reader.members.get(self.cube.level(level).table or dimension)
        for stop in stops:
            if members and self.cube.level(stop).dimension == dimension:
                found = members.above(stop, level)
                if found is not None:
                    return stop, found
        return None

    def _registered(self, below: str, codes: dict[str, np.ndarray]) -> str:
        """A temporary table of what lies above each code of a level."""
        table = f"above_{below}_{'_'.join(codes)}"
        given = {below: np.arange(len(next(iter(codes.values())))), **codes}
        self.connection.sql(f"CREATE OR REPLACE TEMP TABLE {table} AS FROM given")
        del given
        return table

    def _put(self, roll_up: StoredRollUp, work: Work) -> None:
        """Put the new cells of a roll-up into its table: those of lines were gathered, others come of a finer one."""
        finer = self.by_name.get(roll_up.parent)
        if self.fresh and finer:
            self._insert(roll_up, self._folded(roll_up, finer.table))
        elif self.fresh and self._is_beside(roll_up):
            self._insert(roll_up, self._folded(roll_up, _new(roll_up)))
        elif not self.fresh:
            source = self._of_another(finer, roll_up, work) if finer else _new(roll_up)
            several = work.anew and roll_up.grain.period == "year"  # pieces that have the same cells
            if finer or several:
                cells = self._folded(roll_up, source)
                self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {_new(roll_up)} AS {cells}")
            period = roll_up.grain.period
            others = f"{period} NOT IN (SELECT DISTINCT {period} FROM {roll_up.table})"
            self._count(roll_up, f"together + (SELECT count(*) FROM {_new(roll_up)} WHERE {others})")
            self._insert(roll_up, f"FROM {_new(roll_up)}")
        self._note(roll_up)

    def _of_another(self, finer: StoredRollUp, roll_up: StoredRollUp, work: Work) -> str:
        """The new cells of a finer roll-up, and all that it has of years that are made anew here but not there."""
        if roll_up.grain.period != "year" or finer.grain.period == "year" or not work.years:
            return _new(finer)
        years = _listed(work.years)
        others = f"FROM {_new(finer)} WHERE year NOT IN {years}"
        return f"(FROM {finer.table} WHERE year IN {years} UNION ALL BY NAME {others})"

    def _insert(self, roll_up: StoredRollUp, cells: str) -> None:
        self.connection.execute(f"INSERT INTO {roll_up.table} BY NAME {cells} ORDER BY {_order(roll_up)}")

    def _folded(self, roll_up: StoredRollUp, source: str) -> str:
        """The cells of a roll-up out of finer ones, or of several rows a cell."""
        levels = [f'"{level}"' for level in sorted(roll_up.held)]
        folds = [
            f'{part.fold}("{part.name}")::BIGINT AS "{part.name}"'
            for part in partial_aggregates.stored(self.cube, roll_up.held)
        ]
        return f"SELECT {', '.join([*levels, *folds])} FROM {source} GROUP BY {', '.join(levels)}"

    def _note(self, roll_up: StoredRollUp) -> None:
        """Note how many rows a roll-up has; where they have become many for its cells, put them together first."""
        rows = self._rows(roll_up)
        if self.fresh or rows > (together := self._together(roll_up)) + max(SLACK * together, SLACK_ROWS):
            if not self.fresh:
                cells = self._folded(roll_up, roll_up.table)
                self.connection.execute(f"CREATE OR REPLACE TEMP TABLE cell AS {cells}")
                self.connection.execute(f"DELETE FROM {roll_up.table}")
                self._insert(roll_up, "FROM cell")
                rows = self._rows(roll_up)
            self._count(roll_up, str(rows))
        self.connection.execute("UPDATE rollup.kept SET cells = ? WHERE name = ?", [rows, roll_up.name])

    def _rows(self, roll_up: StoredRollUp) -> int:
        return int(self.connection.execute(f"SELECT count(*) FROM {roll_up.table}").fetchall()[0][0])

    def _count(self, roll_up: StoredRollUp, together: str) -> None:
        """Note how many rows of a roll-up are the only one of their period and cell, more or less."""
        self.connection.execute(
            f"UPDATE rollup.kept SET together = {together} WHERE name = ?", [roll_up.name]
        )

    def _together(self, roll_up: StoredRollUp) -> int:
        """About how many rows it would have if there were one for each cell."""
        found = self.connection.execute("SELECT together FROM rollup.kept WHERE name = ?", [roll_up.name])
        return int(found.fetchall()[0][0])


def _new(roll_up: StoredRollUp) -> str:
    """The temporary table in which the new cells of a roll-up are gathered."""
    return f"new_{roll_up.name}"


def _within(roll_up: StoredRollUp, work: Work) -> str:
    """SQL for the cells of a roll-up that are made anew."""
    if roll_up.grain.period == "year":
        return f"year IN {_listed(work.years)}"
    return f"month IN {_listed(month.code for month in work.anew)}"


def _order(roll_up: StoredRollUp) -> str:
    return ", ".join(f'"{level}"' for level in roll_up.grain.all)


def _listed(codes: Iterable[int]) -> str:
    return f"({', '.join(map(str, sorted(set(codes)))) or 'NULL'})"


def _from_finer(roll_ups: Collection[StoredRollUp]) -> list[StoredRollUp]:
    """Roll-ups with each after the one that it is made of."""
    found: list[StoredRollUp] = []
    names = {""}
    while len(found) < len(roll_ups):
        found += (more := [each for each in roll_ups if each.parent in names and each not in found])
        names |= {each.name for each in more}
    return found

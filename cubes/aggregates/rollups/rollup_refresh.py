"""Making roll-ups and following each load: the cells of some lines after the other's, then put together.

Lines come in pieces of whole months. What is made for the first time, and what was changed, is made of all lines of
its months (of its years, where a roll-up keeps no month); what was only added to gets the cells of the added lines
beside its own, since cells add up, and is put together again when such rows have become many.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cubes.aggregates.bitmaps import bitmap_grains
from cubes.aggregates.bitmaps.bitmap_refresh import BitmapRefresh
from cubes.aggregates.rollups import partial_aggregates
from cubes.aggregates.rollups.line_chunk import LineChunk, LineChunks
from cubes.aggregates.rollups.stored_rollup import StoredRollUp
from cubes.model import Cube
from data.connection import Connection
from data.errors import WarehouseError

PIECE_LINES = 3_000_000
# So many rows may lie beside others of their cell, or such a share of all cells, until a roll-up is put together.
SLACK, SLACK_ROWS = 0.25, 200_000
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Month:
    """A month by its code, and its days since 1970-01-01."""

    code: int
    first: int
    last: int

    @property
    def year(self) -> int:
        return self.code // 12


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be followed: months made `anew` of all their lines, months that lines were `added` to, and the
    untouched `rest` of the years of the first, for roll-ups that keep no month."""

    anew: tuple[Month, ...]
    added: tuple[Month, ...]
    rest: tuple[Month, ...]

    @property
    def years(self) -> set[int]:
        """The years made anew."""
        return {month.year for month in self.anew}


@dataclass(frozen=True, slots=True)
class Some:
    """Neighbouring months whose lines are one piece, and which of the lists of the work they are of."""

    months: tuple[Month, ...]
    of: str


class RollUpRefresh:
    """One cube's roll-ups being brought up to date in the writer's transaction.

    Lines of batches after `through_batch` are those added since the last publication. `fresh` says that all roll-ups
    are empty still.
    """

    def __init__(
        self,
        connection: Connection,
        cube: Cube,
        roll_ups: Sequence[StoredRollUp],
        maker: BitmapRefresh,
        through_batch: int,
        fresh: bool,
    ) -> None:
        self.connection, self.cube, self.through_batch, self.fresh = connection, cube, through_batch, fresh
        self.maker = maker
        self.roll_ups = _from_finer(roll_ups)
        self.by_name = {each.name: each for each in roll_ups}
        self.of_lines = [each for each in roll_ups if not each.parent]
        levels = {level for each in self.of_lines for level in each.held} | {"month", "year", *maker.levels}
        self.pieces = LineChunks(connection, cube, levels, bitmap_grains.counted(cube))
        self.keys = {each.name: self._keys(each) for each in self.of_lines}

    def run(self, work: Work, progress: Progress) -> None:
        """Follow the work to its end."""
        self._forget(work)
        for each in self.of_lines:
            if self._is_beside(each):
                create(self.connection, f"TEMP TABLE {_new(each)}", each.held, sorted(each.parts))
        some = list(self._some(work))
        for at, (one, piece, found) in enumerate(self._read(some)):
            progress(at / len(some), f"{self.cube.label}: piece {at + 1} of {len(some)}")
            self._add(
                piece, [each for each in self.of_lines if one.of != "rest" or each.grain.period == "year"]
            )
            if one.of != "rest" or self.maker.needs_years:
                self.maker.keep(found.result())
        self.maker.finish()
        for each in self.roll_ups:
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

    def _forget(self, work: Work) -> None:
        """Take out the cells of what is made anew."""
        if self.fresh or not work.anew:
            return
        for each in self.roll_ups:
            gone = self.connection.execute(f"DELETE FROM {each.table} WHERE {_within(each, work)}").fetchall()
            self._count(each, f"greatest(together - {gone[0][0]}, 0)")
        self.maker.gone([month.code for month in work.anew])

    def _is_beside(self, roll_up: StoredRollUp) -> bool:
        """Whether new cells are gathered beside the roll-up: several pieces may have some of the same cell."""
        return not self.fresh or roll_up.grain.period == "year"

    def _some(self, work: Work) -> Iterator[Some]:
        """The pieces: months in a row, as many as have about PIECE_LINES lines."""
        for of in ("anew", "added", "rest"):
            months: Sequence[Month] = getattr(work, of)
            lines = self._lines(months, of)
            together: list[Month] = []
            for month in months:
                if together and sum(lines.get(each.code, 0) for each in (*together, month)) > PIECE_LINES:
                    yield Some(tuple(together), of)
                    together = []
                together.append(month)
            if together:
                yield Some(tuple(together), of)

    def _lines(self, months: Sequence[Month], of: str) -> dict[int, int]:
        """How many lines each month brings."""
        if not months:
            return {}
        rows = self.connection.execute(
            f"SELECT month_code, sum(n) FROM time JOIN (SELECT day_key, count(*) AS n FROM {self.cube.fact}"
            f" WHERE {self._those(months, of)} GROUP BY day_key) USING (day_key) GROUP BY month_code"
        ).fetchall()
        return dict(rows)

    def _those(self, months: Sequence[Month], of: str) -> str:
        """SQL for the lines of a piece."""
        fact = self.cube.fact
        runs: list[list[int]] = []
        for month in months:
            if runs and runs[-1][1] + 1 == month.first:
                runs[-1][1] = month.last
            else:
                runs.append([month.first, month.last])
        days = " OR ".join(f"{fact}.day_key BETWEEN {first} AND {last}" for first, last in runs)
        return f"({days}){f' AND {fact}.batch > {self.through_batch}' if of == 'added' else ''}"

    def _read(self, some: Sequence[Some]) -> Iterator[tuple[Some, LineChunk, Future[Any]]]:
        """Each piece, and the sets of customers in it to come: arrays are worked on while the engine adds up others."""
        with ThreadPoolExecutor(1) as worker:
            coming: list[tuple[Some, Future[LineChunk], Future[Any]]] = []
            for one in some:
                piece = worker.submit(self.pieces.piece, self.pieces.read(self._those(one.months, one.of)))
                coming.append((one, piece, worker.submit(self._found, one, piece)))
                if len(coming) > 1:
                    before, made, found = coming.pop(0)
                    yield before, made.result(), found
            for last, made, found in coming:
                yield last, made.result(), found

    def _found(self, one: Some, made: Future[LineChunk]) -> Any:
        """The sets of customers in a piece, where they are wanted."""
        if one.of == "rest" and not self.maker.needs_years:
            return None
        piece = made.result()
        return self.maker.found({**piece.codes, **piece.beside}, one.of == "added")

    def _add(self, some: LineChunk, roll_ups: Iterable[StoredRollUp]) -> None:
        """Give the cells of a piece to roll-ups."""
        # The engine finds `piece` by its name; registered, all pieces would be kept until the commit.
        piece = pd.DataFrame({**some.codes, **some.words}, copy=False)
        for each in roll_ups:
            table = _new(each) if self._is_beside(each) else each.table
            self.connection.execute(f"INSERT INTO {table} BY NAME {self._cells(each)}").fetchall()
        del piece

    def _cells(self, roll_up: StoredRollUp) -> str:
        """The cells of the piece: added up by the levels that tell the others, which are looked up afterwards."""
        keys, above = self.keys[roll_up.name]
        wanted = [word for word in self.pieces.words if {part.name for part in word.parts} & roll_up.parts]
        columns = [f'"{part.name}"' for part in partial_aggregates.stored(self.cube, roll_up.held)]
        made = [
            f"{sql} AS {name}"
            for word in wanted
            for part, sql in word.columns()
            if (name := f'"{part.name}"') in columns
        ]
        by = ", ".join(f'"{level}"' for level in keys)
        joins = "".join(f' JOIN {table} USING ("{below}")' for below, table in above)
        held = ", ".join(f'"{level}"::INTEGER AS "{level}"' for level in sorted(roll_up.held))
        return (
            f"SELECT {held}, {', '.join(made)} FROM (SELECT {by}, {', '.join(word.folded for word in wanted)}"
            f" FROM piece GROUP BY {by}){joins} ORDER BY {_order(roll_up)}"
        )

    def _keys(self, roll_up: StoredRollUp) -> tuple[list[str], list[tuple[str, str]]]:
        """The levels by which the cells of a roll-up are told apart, and tables of what lies above them by those."""
        keys = list(roll_up.grain.all)
        above: dict[str, dict[str, np.ndarray]] = {}
        for level in sorted(roll_up.held - set(keys)):
            found = self._told(level, roll_up.grain.all)
            if found is None:
                keys.append(level)
            else:
                above.setdefault(found[0], {})[level] = found[1]
        return keys, [(below, self._registered(below, codes)) for below, codes in above.items()]

    def _told(self, level: str, stops: Iterable[str]) -> tuple[str, np.ndarray] | None:
        """The stop that tells a level, and the codes of the level by its own; None where no stop does."""
        dimension = self.cube.level(level).dimension
        members = self.pieces.members.get(self.cube.level(level).table or dimension)
        for stop in stops:
            if members and self.cube.level(stop).dimension == dimension:
                found = members.above(stop, level)
                if found is not None:
                    return stop, found
        return None

    def _registered(self, below: str, codes: dict[str, np.ndarray]) -> str:
        """A temporary table of what lies above each code of a level."""
        table = f"above_{below}_{'_'.join(codes)}"
        given = pd.DataFrame({below: np.arange(len(next(iter(codes.values())))), **codes})
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS FROM given").fetchall()
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
        return f"(FROM {finer.table} WHERE year IN {years} UNION ALL FROM {_new(finer)} WHERE year NOT IN {years})"

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


def create(connection: Connection, table: str, held: Iterable[str], stored: Iterable[str]) -> None:
    """An empty table for cells; one made `AS ... LIMIT 0` would lose whole row groups in DuckDB 2.0."""
    columns = [*(f'"{level}" INTEGER' for level in sorted(held)), *(f'"{name}" BIGINT' for name in stored)]
    connection.execute(f"CREATE OR REPLACE {table} ({', '.join(columns)})")


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

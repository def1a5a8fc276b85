"""Making roll-ups and following each load: month by month, from the lines of the months that changed.

A piece is the lines of one month with the codes of every level and what each measure takes of a line. All roll-ups
are made of pieces: a month whose lines were changed is replaced, one to which lines were added is added to. So the
first building and every following are the same deed, and there is one row a cell at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from cubes import bitmaps
from cubes.bitmaps import Maker
from cubes.model import Cube
from cubes.rollups import firsts, parts
from cubes.rollups.kept import Kept
from data.index import Connection

PIECE = "piece"
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Month:
    """A month to follow: its code, its days (since 1970-01-01), and whether its lines were only added to."""

    code: int
    first: int
    last: int
    added: bool

    @property
    def year(self) -> int:
        return self.code // 12


class Making:
    """One cube's roll-ups being brought up to date in the writer's transaction.

    Lines of batches after `through_batch` are those added since the last publication.
    """

    def __init__(
        self, connection: Connection, cube: Cube, roll_ups: Sequence[Kept], maker: Maker, through_batch: int
    ) -> None:
        self.connection, self.cube, self.through_batch = connection, cube, through_batch
        self.maker = maker
        self.of_lines = [each for each in roll_ups if not each.parent]
        self.of_others = [each for each in roll_ups if each.parent]
        self.by_name = {each.name: each for each in roll_ups}
        self.counted = bitmaps.counted(cube)
        codes = connection.execute("SELECT level, min(code), max(code) FROM member GROUP BY level").fetchall()
        self.lowest = {level: low for level, low, _ in codes}
        self.highest = {level: high for level, _, high in codes}

    def run(self, months: Sequence[Month], others: Sequence[Month], progress: Progress) -> None:
        """Follow `months`; `others` are the untouched months of years in which lines were changed."""
        by_year = [each for each in self.of_lines if each.grain.period == "year"]
        for each in by_year:
            self._delete(each, {month.year for month in months if not month.added})
        total = len(months) + len(others)
        for at, month in enumerate([*months, *others]):
            progress(at / total, f"{self.cube.label}: month {at + 1} of {total}")
            self._piece(month)
            if month in months:
                for each in self.of_lines:
                    if each not in by_year:
                        self._follow(each, month)
                self.maker.month(PIECE, month.code, month.added)
            for each in by_year:
                self.connection.execute(f"INSERT INTO {each.table} BY NAME {self._cells(each, PIECE)}")
            self.connection.execute(f"DROP TABLE {PIECE}")
        years = _listed(month.year for month in months)
        for each in by_year:
            within = f"year IN {years}"
            self._replace(each, within, self._cells(each, f"(FROM {each.table} WHERE {within})"))
        for each in self.of_others:
            at_months = _listed(month.code for month in months)
            within = f"year IN {years}" if each.grain.period == "year" else f"month IN {at_months}"
            finer = self.by_name[each.parent]
            self._replace(each, within, self._cells(each, f"(FROM {finer.table} WHERE {within})"))
        self.maker.finish()

    def _piece(self, month: Month) -> None:
        """The lines of a month, or those added to it, as roll-ups want them."""
        fact = self.cube.fact
        new = f" AND {fact}.batch > {self.through_batch}" if month.added else ""
        within = f"{fact}.day_key BETWEEN {month.first} AND {month.last}{new}"
        levels = sorted(self._levels())
        columns = [f'{self.cube.level(name).column}::{self._kind(name)} AS "{name}"' for name in levels]
        columns += [f'({measure.condition or "true"}) AS "{measure.name}?"' for measure in self.counted]
        columns += [f"{fact}.customer_key", f"{fact}.customer_code"] if self.counted else []
        beside, at_first = firsts.beside(self.connection, self.cube, set(levels), within)
        columns += [
            f'{at_first.get(part.name, part.line)} AS "{part.name}"'
            for part in parts.parts(self.cube)
            if not part.level or part.name in at_first
        ]
        tables = [self.cube.level(name).table for name in levels]
        tables += [table for measure in self.cube.measures for table in measure.joins]
        joins = "".join(f" JOIN {table} USING ({_key(table)})" for table in dict.fromkeys(tables) if table)
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {PIECE} AS SELECT {', '.join(columns)}"
            f" FROM {fact}{beside}{joins} WHERE {within}"
        )

    def _kind(self, level: str) -> str:
        """The narrowest type that holds the level's codes: pieces are wide, and narrow ones are made faster."""
        return "USMALLINT" if self.lowest.get(level, -1) >= 0 and self.highest[level] < 1 << 16 else "INTEGER"

    def _levels(self) -> set[str]:
        """The levels that stand in any roll-up or bitmap."""
        return {level for each in self.of_lines for level in each.held} | {
            "month",
            "year",
            *self.maker.levels,
        }

    def _follow(self, roll_up: Kept, month: Month) -> None:
        """Put the piece's cells in the place of the month's, or add them to those that are there."""
        within, cells = f"month = {month.code}", self._cells(roll_up, PIECE)
        if month.added:
            within += (
                f" AND day IN (SELECT DISTINCT day FROM {PIECE})" if roll_up.grain.period == "day" else ""
            )
            cells = self._cells(roll_up, f"(FROM {roll_up.table} WHERE {within} UNION ALL BY NAME {cells})")
        self._replace(roll_up, within, cells)

    def _replace(self, roll_up: Kept, within: str, cells: str) -> None:
        order = ", ".join(f'"{level}"' for level in roll_up.grain.all)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE cell AS {cells}")
        self.connection.execute(f"DELETE FROM {roll_up.table} WHERE {within}")
        self.connection.execute(f"INSERT INTO {roll_up.table} BY NAME FROM cell ORDER BY {order}")

    def _delete(self, roll_up: Kept, years: Collection[int]) -> None:
        if years:
            self.connection.execute(f"DELETE FROM {roll_up.table} WHERE year IN {_listed(years)}")

    def _cells(self, roll_up: Kept, source: str) -> str:
        """The cells of a roll-up made of lines, of finer cells, or of several rows a cell."""
        levels = [f'"{level}"' for level in sorted(roll_up.held)]
        folds = [
            f'{part.fold}("{part.name}")::BIGINT AS "{part.name}"'
            for part in parts.stored(self.cube, roll_up.held)
        ]
        return f"SELECT {', '.join([*levels, *folds])} FROM {source} GROUP BY {', '.join(levels)}"


def _listed(codes: Iterable[int]) -> str:
    return f"({', '.join(map(str, sorted(set(codes))))})"


def _key(table: str) -> str:
    return "day_key" if table == "time" else f"{table}_key"

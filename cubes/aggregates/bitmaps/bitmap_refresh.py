"""Makes and follows the stored sets of customers inside the writer's transaction, from lines of months.

A set is one row, and each load that adds to it puts a row beside it, of the keys that came: `counted` is how many
customers came with them, so that the rows of a period and cell add up; where too many bytes would have to be read
to know, it is negative: at most so many. Now and then they are made one row again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from cubes.aggregates.bitmaps import customer_sets
from cubes.aggregates.bitmaps.bitmap_grains import has_sets, names_every_cell
from cubes.aggregates.bitmaps.bitmap_sample import keys_of
from cubes.aggregates.bitmaps.customers_of_cells import CustomersOfCells, cells_of
from cubes.aggregates.line_chunk import LineChunk, LineReader
from cubes.aggregates.publication_work import Change, TouchedSpan, Work
from cubes.cells.grain import ALL_TIME, Grain, parsed
from cubes.model import Cube
from data.connection import Connection

ROWS_A_CELL = 8
EXACT_BYTES = 64_000_000
COUNTED_ONLY = b""

OF_GRAIN = "cube = ? AND measure = ? AND grain = ?"

Cell = tuple[int, ...]
Parts = dict[Cell, list[np.ndarray]]
Stored = bytes | bytearray


@dataclass(frozen=True, slots=True)
class Found:
    """The customers of the cells of some lines: what `Maker.keep` stores. `append` says that others stay beside them.

    `rows` are those of `cells` that are stored as they are.
    """

    months: tuple[int, ...]
    append: bool
    cells: Mapping[tuple[str, Grain], CustomersOfCells]
    rows: Mapping[tuple[str, Grain], list[Row]]


@dataclass(frozen=True, slots=True)
class Row:
    """A row to store: the period and codes of a cell, how many customers it adds, and its set as stored."""

    cell: Cell
    counted: int
    bits: bytes


class BitmapRefresh:
    """Stores the sets of one cube: of whole months, or of lines added to any; then `finish`.

    `grains` tells what is kept of each measure; `levels` and `columns` what is wanted of each line. `fresh` says that
    nothing is stored yet. Years in which months were replaced are made of the months given, which therefore are all
    months of these years.
    """

    def __init__(
        self, connection: Connection, cube: Cube, grains: Mapping[str, tuple[Grain, ...]], fresh: bool
    ) -> None:
        self.grains = grains
        every = {name for each in grains.values() for grain in each for name in grain.levels}
        self.levels = ("day", "month", *sorted(every)) if grains else ()
        self._connection = connection
        self._cube = cube
        self._words = customer_sets.words_of(keys_of(connection))
        self._code, self._several = self._versions()
        self._fresh = fresh
        self._of_every_line = {name for name in grains if names_every_cell(cube, cube.measure(name))}
        self._seen: set[int] = set()
        self._anew: set[int] = set()
        self._years: defaultdict[tuple[str, tuple[str, ...]], Parts] = defaultdict(dict)

    @property
    def columns(self) -> Mapping[str, str]:
        """Whose each line is, and whether those measures count it that leave out some."""
        some = [name for name in self.grains if name not in self._of_every_line]
        counted = {f"{name}?": f"coalesce({self._cube.measure(name).condition}, false)" for name in some}
        return {"customer_key": f"{self._cube.fact}.customer_key", **counted} if self.grains else {}

    def begin(self, reader: LineReader, work: Work) -> None:
        """Take out the sets of months that are made anew."""
        assert self._without_sets is not None  # read before rows go
        if not self._fresh and work.anew:
            self.gone([month.code for month in work.anew])

    def prepared(self, chunk: LineChunk, span: TouchedSpan) -> Found | None:
        """The sets of some lines, where they are wanted."""
        if not self.grains or (span.change is Change.REST and not self.needs_years):
            return None
        return self.found({**chunk.codes, **chunk.columns}, span.change is Change.ADDED)

    def add(self, chunk: LineChunk, span: TouchedSpan, prepared: Found | None) -> None:
        """Store what was found."""
        if prepared is not None:
            self.keep(prepared)

    @property
    def needs_years(self) -> bool:
        """Whether, where a month is replaced, the lines of all months of its year are wanted."""
        return any(grain.period == "year" for each in self.grains.values() for grain in each)

    def found(self, lines: Mapping[str, np.ndarray], append: bool) -> Found:
        """The sets of some lines: of whole months, or (`append`) added to any. Any thread may run it."""
        cells: dict[tuple[str, Grain], CustomersOfCells] = {}
        lines = {**lines, "year": lines["month"] // 12}
        for measure, grains in self.grains.items():
            every = measure in self._of_every_line
            columns = lines if every else _those(lines, lines[f"{measure}?"], grains)
            for grain in grains:
                if append or self._is_of_months(measure, grain):
                    cells[measure, grain] = cells_of(_columns(columns, grain), columns["customer_key"])
        stored = {at: each for at, each in cells.items() if append or at[1].period in ("month", "day")}
        rows = {at: self._rows(each, at not in self._without_sets) for at, each in stored.items()}
        return Found(tuple(np.flatnonzero(np.bincount(lines["month"])).tolist()), append, cells, rows)

    def keep(self, found: Found) -> None:
        """Store what was found: in the place of its months, or beside what is there."""
        if found.append:
            self._add(found)
            return
        self.gone(found.months)
        self._seen.update(found.months)
        self._insert(found.rows)
        for (measure, grain), cells in found.cells.items():
            if self._is_of_months(measure, grain) and grain.period != "day":
                self._gather(self._years[measure, grain.levels], cells, grain)

    def gone(self, months: Collection[int]) -> None:
        """Delete what is stored of some months, whose years are made anew at the end."""
        self._anew.update(month // 12 for month in months)
        if self._fresh and self._seen.isdisjoint(months):
            return
        days = [day for month in months for day in _days(month)]
        for measure, grains in self.grains.items():
            for grain in grains:
                if grain.period in ("month", "day"):
                    self._delete(measure, grain, days if grain.period == "day" else list(months))

    def finish(self, work: Work) -> None:
        """Store anew the years of which months were replaced, and then all time."""
        if not self._anew:
            return
        rows: dict[tuple[str, Grain], list[Row]] = {}
        for measure, grains in self.grains.items():
            for grain in grains:
                if grain.period == "year":
                    years, ever = self._long(measure, grain.levels)
                    rows[measure, grain] = years
                    rows[measure, Grain(ALL_TIME, grain.levels)] = ever
        for (measure, grain), _ in rows.items():
            self._delete(measure, grain, [0] if grain.period == ALL_TIME else sorted(self._anew))
        self._insert(rows)
        self._anew.clear()
        self._years.clear()

    def _is_of_months(self, measure: str, grain: Grain) -> bool:
        """Whether the sets of a grain come from the lines of a month, and not from finer sets."""
        return grain.period in ("month", "day") or (
            grain.period == "year" and Grain("month", grain.levels) not in self.grains[measure]
        )

    def _gather(self, years: Parts, cells: CustomersOfCells, grain: Grain) -> None:
        """Put the sets of months beside those of their years; many keys of one cell become bits."""
        for cell, keys in cells:
            year = cell[0] // 12 if grain.period == "month" else cell[0]
            parts = years.setdefault((year, *cell[1:]), [])
            if (
                sum(len(each) for each in (*parts, keys) if not customer_sets.is_dense(each))
                > 2 * self._words
            ):
                parts[:] = [customer_sets.united([*parts, keys], self._words)]
            else:
                parts.append(keys.copy())  # a view would keep the keys of all cells

    def _long(self, measure: str, levels: tuple[str, ...]) -> tuple[list[Row], list[Row]]:
        """The years gathered, and all time made of them and of the years that are stored."""
        united = {
            cell: customer_sets.united(each, self._words)
            for cell, each in self._years[measure, levels].items()
        }
        ever: Parts = {}
        for cell, bits in united.items():
            ever.setdefault((0, *cell[1:]), []).append(bits)
        for cell, stored in self._stored(measure, Grain("year", levels)).items():
            if cell[0] not in self._anew:
                ever.setdefault((0, *cell[1:]), []).extend(
                    customer_sets.decoded(each, self._words) for each in stored
                )
        years = [self._row(cell, bits) for cell, bits in united.items()]
        has_sets = (measure, Grain(ALL_TIME, levels)) not in self._without_sets
        return years, [
            self._row(cell, customer_sets.united(each, self._words), has_sets) for cell, each in ever.items()
        ]

    def _rows(self, cells: CustomersOfCells, has_sets: bool) -> list[Row]:
        return [self._row(cell, keys, has_sets) for cell, keys in cells]

    def _row(self, cell: Cell, bits: np.ndarray, has_sets: bool = True) -> Row:
        return Row(cell, self._customers(bits), customer_sets.written(bits) if has_sets else COUNTED_ONLY)

    def _customers(self, bits: np.ndarray) -> int:
        """How many known customers these versions are."""
        if not self._with_several:
            return customer_sets.size(bits) - len(customer_sets.held(bits, self._nobody))
        keys = customer_sets.as_keys(bits)
        keys = keys[self._code[keys] > 0]
        several = keys[self._several[keys]]
        return len(keys) - len(several) + len(customer_sets.distinct(self._code[several]))

    def _versions(self) -> tuple[np.ndarray, np.ndarray]:
        """Of each key whose it is, and whether they have others."""
        found = self._connection.execute("SELECT customer_key, customer_code FROM customer").fetchnumpy()
        code = np.zeros(self._words * 64, np.int32)
        code[found["customer_key"]] = found["customer_code"]
        several = np.zeros(len(code), np.bool_)
        several[found["customer_key"]] = (np.bincount(found["customer_code"]) > 1)[found["customer_code"]]
        self._with_several = bool(several.any())
        self._nobody = np.sort(found["customer_key"][found["customer_code"] == 0])
        return code, several

    def _add(self, found: Found) -> None:
        """Store what came to each cell in a row beside those it has, or all of it in one row where they are many."""
        for measure, grains in self.grains.items():
            rows: dict[tuple[str, Grain], list[Row | None]] = {}
            gone: dict[Grain, list[Cell]] = {}
            for grain in grains:
                cells = found.cells[measure, grain]
                older, many = self._older(measure, grain, np.unique(cells.codes[:, 0]).tolist())
                came = list(zip(found.rows[measure, grain], cells, strict=True))
                many = {row.cell for row, _ in came if row.cell in many}
                rows[measure, grain] = [
                    self._whole(measure, grain, row.cell, keys)
                    if row.cell in many
                    else self._added(row, keys, older)
                    for row, (_, keys) in came
                ]
                gone[grain] = sorted(many)
            for grain in grains:  # not before: all time is counted beside the years that are stored
                self._take_out(measure, grain, gone[grain])
            self._insert({at: [row for row in some if row] for at, some in rows.items()})
            for grain in grains:
                if (measure, grain) in self._without_sets and self._is_many(measure, grain):
                    self._add_up(measure, grain)

    def _older(
        self, measure: str, grain: Grain, periods: Sequence[int]
    ) -> tuple[Mapping[Cell, Sequence[Stored]] | None, Collection[Cell]]:
        """What is stored of some periods by cell, None where that is too much to read; and the cells of many rows.

        Of cells of all time without sets it is what is stored of the years.
        """
        if (measure, grain) in self._without_sets:
            years = Grain("year", grain.levels)
            if self._bytes(measure, years, None) > EXACT_BYTES:
                return None, ()
            found: dict[Cell, list[Stored]] = defaultdict(list)
            for cell, stored in self._stored(measure, years).items():
                found[0, *cell[1:]] += stored
            return found, ()
        if self._bytes(measure, grain, periods) <= EXACT_BYTES:
            older = self._stored(measure, grain, periods)
            return older, {cell for cell, each in older.items() if len(each) >= ROWS_A_CELL}
        return None, self._many(measure, grain, periods)

    def _whole(self, measure: str, grain: Grain, cell: Cell, keys: np.ndarray) -> Row:
        """A cell's stored sets and what came, in one row."""
        parts = [customer_sets.decoded(each, self._words) for each in self._stored_of(measure, grain, cell)]
        return self._row(cell, customer_sets.united([*parts, keys], self._words))

    def _added(self, row: Row, keys: np.ndarray, older: Mapping[Cell, Sequence[Stored]] | None) -> Row | None:
        """The row of what came, counted beside what is stored; None where all of it is there."""
        if older is None:
            return replace(row, counted=-row.counted)
        there, new = older.get(row.cell, ()), keys
        for each in there:
            new = new[~customer_sets.among(each, new)]
        return replace(row, counted=self._more(new, there)) if len(new) else None

    def _more(self, came: np.ndarray, older: Sequence[Stored]) -> int:
        """How many customers come with keys that are not in the stored sets."""
        if not older or not self._with_several or not self._several[came].any():
            return self._customers(came)
        before = customer_sets.as_keys(
            customer_sets.united([customer_sets.decoded(each, self._words) for each in older], self._words)
        )
        return self._customers(np.concatenate([before, came])) - self._customers(before)

    @cached_property
    def _without_sets(self) -> set[tuple[str, Grain]]:
        """The grains without sets: as they are stored, or as they will be."""
        every = {(measure, grain) for measure, grains in self.grains.items() for grain in grains}
        if self._fresh:
            rows = self._connection.execute("SELECT level, count(*) FROM member GROUP BY level").fetchall()
            return {(measure, grain) for measure, grain in every if not has_sets(grain, dict(rows))}
        rows = self._connection.execute(
            "SELECT DISTINCT measure, grain FROM rollup.bitmap WHERE cube = ? AND bits IS NULL",
            [self._cube.name],
        ).fetchall()
        return {(measure, parsed(grain)) for measure, grain in rows}

    def _bytes(self, measure: str, grain: Grain, periods: Sequence[int] | None) -> int:
        """About how many bytes the sets of some periods take, without reading them."""
        within, of = self._within(measure, grain, periods)
        rows = self._connection.execute(
            f"SELECT sum(least(abs(counted), {8 * self._words})) FROM rollup.bitmap WHERE {within}", of
        ).fetchall()
        return int(rows[0][0] or 0)

    def _many(self, measure: str, grain: Grain, periods: Sequence[int]) -> set[Cell]:
        """The cells of so many rows that they are made one."""
        within, of = self._within(measure, grain, periods)
        rows = self._connection.execute(
            f"SELECT period, cell FROM rollup.bitmap WHERE {within} GROUP BY ALL HAVING count(*) >= {ROWS_A_CELL}",
            of,
        ).fetchall()
        return {(period, *codes) for period, codes in rows}

    def _stored_of(self, measure: str, grain: Grain, cell: Cell) -> list[Stored]:
        rows = self._connection.execute(
            f"SELECT bits FROM rollup.bitmap WHERE {OF_GRAIN} AND period = ? AND cell = ?::INTEGER[]",
            [self._cube.name, measure, grain.written, cell[0], list(cell[1:])],
        ).fetchall()
        return [bits for (bits,) in rows]

    def _stored(
        self, measure: str, grain: Grain, periods: Sequence[int] | None = None
    ) -> dict[Cell, list[Stored]]:
        """The sets stored of a grain, of some periods or all, by cell."""
        within, of = self._within(measure, grain, periods)
        rows = self._connection.execute(
            f"SELECT period, cell, bits FROM rollup.bitmap WHERE {within}", of
        ).fetchall()
        found: dict[Cell, list[Stored]] = defaultdict(list)
        for period, codes, bits in rows:
            found[period, *codes].append(bits)
        return found

    def _within(self, measure: str, grain: Grain, periods: Sequence[int] | None) -> tuple[str, list[object]]:
        """The condition, with its parameters, of the rows of a grain in some periods, or all."""
        of: list[object] = [self._cube.name, measure, grain.written]
        if periods is None:
            return OF_GRAIN, of
        return f"{OF_GRAIN} AND period IN (SELECT unnest(?::INTEGER[]))", [*of, list(periods)]

    def _delete(self, measure: str, grain: Grain, periods: Sequence[int]) -> None:
        within, of = self._within(measure, grain, periods)
        self._connection.execute(f"DELETE FROM rollup.bitmap WHERE {within}", of)

    def _take_out(self, measure: str, grain: Grain, cells: Sequence[Cell]) -> None:
        if cells:
            self._connection.execute(
                f"DELETE FROM rollup.bitmap WHERE {OF_GRAIN} AND list_prepend(period, cell)"
                " IN (SELECT unnest(?::INTEGER[][]))",
                [self._cube.name, measure, grain.written, [list(cell) for cell in cells]],
            )

    def _is_many(self, measure: str, grain: Grain) -> bool:
        """Whether a grain without sets has many rows a cell: to add them up makes the engine write all sets anew."""
        rows = self._connection.execute(
            f"SELECT count(*) > 0 AND sum(n) >= {ROWS_A_CELL} * count(*) FROM"
            f" (SELECT count(*) AS n FROM rollup.bitmap WHERE {OF_GRAIN} GROUP BY cell HAVING min(counted) >= 0)",
            [self._cube.name, measure, grain.written],
        ).fetchall()
        return bool(rows[0][0])

    def _add_up(self, measure: str, grain: Grain) -> None:
        """Make one row of those of each cell of a grain without sets; not where a row is only known to be at most."""
        of = [self._cube.name, measure, grain.written]
        self._connection.execute(
            "CREATE OR REPLACE TEMP TABLE added_up AS SELECT cube, measure, grain, period, cell,"
            f" sum(counted)::BIGINT AS counted, min(bits) AS bits FROM rollup.bitmap WHERE {OF_GRAIN}"
            " GROUP BY ALL HAVING min(counted) >= 0",
            of,
        )
        self._connection.execute(
            f"DELETE FROM rollup.bitmap WHERE {OF_GRAIN} AND cell IN (SELECT cell FROM added_up)", of
        )
        self._connection.execute("INSERT INTO rollup.bitmap FROM added_up ORDER BY period, cell")
        self._connection.execute("DROP TABLE added_up")

    def _insert(self, rows: Mapping[tuple[str, Grain], Sequence[Row]]) -> None:
        """Store all rows at once, those of one grain side by side."""
        every = [(measure, grain.written, row) for (measure, grain), some in rows.items() for row in some]
        if not every:
            return
        width = max(len(row.cell) for _, _, row in every)
        codes = np.array([(*row.cell, *(0,) * (width - len(row.cell))) for _, _, row in every], np.int32)
        given = {f"c{at}": np.ascontiguousarray(codes[:, at]) for at in range(width)}
        given["levels"] = np.array([len(row.cell) - 1 for _, _, row in every], np.int32)
        given["counted"] = np.array([row.counted for _, _, row in every], np.int64)
        for name, values in (
            ("measure", [measure for measure, _, _ in every]),
            ("grain", [grain for _, grain, _ in every]),
            ("bits", [row.bits for _, _, row in every]),
        ):
            given[name] = np.empty(len(every), object)
            given[name][:] = values
        listed = ", ".join(f"c{at}" for at in range(1, width))
        self._connection.sql(  # `given` is found by its name; registered, it would be kept until the commit
            f"INSERT INTO rollup.bitmap SELECT ?, measure, grain, c0, ([{listed}]::INTEGER[])[1:levels], counted,"
            f" CASE WHEN bits <> ''::BLOB THEN bits END"
            f" FROM given",
            params=[self._cube.name],
        )


def _those(
    lines: Mapping[str, np.ndarray], flags: np.ndarray, grains: Iterable[Grain]
) -> Mapping[str, np.ndarray]:
    """The flagged lines, with the columns that the grains are told by."""
    if flags.all():
        return lines
    names = {"customer_key", "day", "month", "year", *(name for grain in grains for name in grain.levels)}
    return {name: lines[name][flags] for name in names}


def _columns(lines: Mapping[str, np.ndarray], grain: Grain) -> list[np.ndarray]:
    """The codes of period and levels of each line."""
    month = lines["month"]
    period = lines[grain.period] if grain.period else np.zeros(len(month), np.int32)
    return [period, *(lines[name] for name in grain.levels)]


def _days(month: int) -> range:
    """The days of a month, since 1970."""
    first, end = (np.datetime64(f"{at // 12:04d}-{at % 12 + 1:02d}", "D") for at in (month, month + 1))
    return range(int(first.astype(int)), int(end.astype(int)))

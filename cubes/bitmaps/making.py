"""Makes and follows the stored sets of customers, month by month, inside the writer's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import islice
from math import prod
from typing import Any, TypeVar

import numpy as np

from cubes.bitmaps import sets
from cubes.bitmaps.cover import ALL_TIME
from cubes.bitmaps.grains import Grain, Lattice, chosen, counted, parsed
from cubes.model import Cube, Level, Measure
from data.index import Connection

BUDGET = 250_000_000
SAMPLE = 8192
HIDDEN_SHARE = 2
ROWS = 32

# Bits are not compressed, because the engine would have to unpack thousands of sets to read one.
TABLES = (
    "CREATE SCHEMA IF NOT EXISTS rollup",
    "CREATE TABLE IF NOT EXISTS rollup.bitmap_grain (cube VARCHAR, measure VARCHAR, grain VARCHAR)",
    """CREATE TABLE IF NOT EXISTS rollup.bitmap (cube VARCHAR, measure VARCHAR, grain VARCHAR, period INTEGER,
        cell INTEGER[], counted BIGINT, bits BLOB USING COMPRESSION uncompressed)""",
)
OF_GRAIN = "cube = ? AND measure = ? AND grain = ?"

Cell = tuple[int, ...]
Item = TypeVar("Item")


def begin(connection: Connection, cube: Cube, anew: bool, budget: int = BUDGET) -> Maker:
    """Ready to store the sets of a cube; `anew` forgets what was stored and chooses anew what is worth keeping.

    `budget` is the bytes that all measures of the cube may take on disk, about.
    """
    for statement in TABLES:
        connection.execute(statement)
    if anew:
        forget(connection, cube)
    grains = _kept(connection, cube)
    fresh = not grains
    if fresh:
        grains = _choice(connection, cube, budget)
        for measure, each in grains.items():
            names = [str(grain) for grain in each]
            connection.execute(
                "INSERT INTO rollup.bitmap_grain SELECT ?, ?, unnest(?::VARCHAR[])",
                [cube.name, measure, names],
            )
    return Maker(connection, cube, grains, fresh)


def forget(connection: Connection, cube: Cube) -> None:
    """Leave nothing stored of a cube."""
    for statement in TABLES:
        connection.execute(statement)
    for table in ("bitmap", "bitmap_grain"):
        connection.execute(f"DELETE FROM rollup.{table} WHERE cube = ?", [cube.name])


def _kept(connection: Connection, cube: Cube) -> dict[str, tuple[Grain, ...]]:
    rows = connection.execute(
        "SELECT measure, grain FROM rollup.bitmap_grain WHERE cube = ? ORDER BY rowid", [cube.name]
    ).fetchall()
    found: dict[str, tuple[Grain, ...]] = {}
    for measure, grain in rows:
        found[measure] = (*found.get(measure, ()), parsed(grain))
    return found


def _choice(connection: Connection, cube: Cube, budget: int) -> dict[str, tuple[Grain, ...]]:
    """What is worth keeping of each measure; those that are not offered to people get a smaller share."""
    measures = sorted(counted(cube), key=lambda each: not each.hidden)
    if not measures:
        return {}
    sample = Sample(connection, cube, measures)
    found = {}
    for at, measure in enumerate(measures):
        share = budget / HIDDEN_SHARE / len(measures) if measure.hidden else budget / (len(measures) - at)
        size = partial(sample.bytes_of, measure)
        found[measure.name] = chosen(sample.lattice, size, share)
        budget -= int(sum(map(size, found[measure.name])))
    return found


class Sample:
    """The lines of some customers in the busiest month, to tell how many bytes a grain will take."""

    def __init__(self, connection: Connection, cube: Cube, measures: Sequence[Measure]) -> None:
        self.members = dict(
            connection.execute("SELECT level, count(*) FROM member GROUP BY level").fetchall()
        )
        self.keys = keys_of(connection)
        self._every = max(self.keys // SAMPLE, 1)
        self.lattice = Lattice(cube, self.members, cache(partial(_tells, connection)))
        names = {name for levels in self.lattice.candidates() for name in levels}
        self._lines = self._fetched(connection, cube, measures, ("day", *sorted(names)))

    def _fetched(
        self, connection: Connection, cube: Cube, measures: Sequence[Measure], names: Sequence[str]
    ) -> dict[str, Any]:
        fact = cube.fact
        levels = [cube.level(name) for name in names]
        columns = "".join(f', {level.column} AS "{level.name}"' for level in levels)
        flags = "".join(
            f', coalesce({each.condition or "true"}, false) AS "{each.name}?"' for each in measures
        )
        tables = dict.fromkeys(level.table for level in levels if level.table)
        joins = "".join(f" JOIN {table} USING ({table}_key)" for table in tables)
        first, last = self._busiest(connection, fact)
        return connection.execute(
            f"SELECT {fact}.customer_key{columns}{flags} FROM {fact}{joins}"
            f" WHERE {fact}.day_key BETWEEN ? AND ? AND {fact}.customer_key % ? = 0",
            [first, last, self._every],
        ).fetchnumpy()

    def _busiest(self, connection: Connection, fact: str) -> tuple[int, int]:
        """The first and the last day of the month with most lines."""
        months = connection.execute(
            f"SELECT count(*), month_code FROM {fact} JOIN time USING (day_key) GROUP BY month_code ORDER BY ALL"
        ).fetchall()
        lines, busiest = months[-1] if months else (1, 0)
        self._months = sum(count for count, _ in months) / lines
        first, last = connection.execute(
            "SELECT min(day_key), max(day_key) FROM time WHERE month_code = ?", [busiest]
        ).fetchall()[0]
        return first or 0, last or 0

    def bytes_of(self, measure: Measure, grain: Grain) -> float:
        """About how many bytes the sets of a grain take, at most."""
        lines = _those(self._lines, self._lines[f"{measure.name}?"], [grain])
        levels = (*grain.levels, "day") if grain.time == "day" else grain.levels
        cell = mixed([lines[name] for name in levels], len(lines["customer_key"]))
        pairs = np.unique(cell * self.keys + lines["customer_key"])
        each = np.unique(pairs // self.keys, return_counts=True)[1] * self._every
        periods = (
            1
            if grain.time == ALL_TIME
            else self.members.get("year", 1)
            if grain.time == "year"
            else self._months
        )
        each = each * (1 if grain.time == "day" else max(self._months / periods, 1))
        gaps = 1 + self.keys / np.maximum(each, 1) / sets.LONG_GAP
        return float(np.minimum(each * np.minimum(gaps, 4), self.keys / 8).sum() * periods)


def _tells(connection: Connection, below: Level, above: Level) -> bool:
    """Whether each member of a level always lay in one member of another."""
    several = connection.execute(
        f"SELECT {below.name}_code FROM {below.dimension} GROUP BY ALL"
        f" HAVING min({above.name}_code) < max({above.name}_code) LIMIT 1"
    ).fetchall()
    return not several


def keys_of(connection: Connection) -> int:
    """One more than the greatest key of a customer."""
    return int(connection.execute("SELECT max(customer_key) + 1 FROM customer").fetchall()[0][0] or 1)


def mixed(
    columns: Sequence[np.ndarray], rows: int, kind: type[np.signedinteger[Any]] = np.int64
) -> np.ndarray:
    """One number for each row, which tells the rows apart as all the columns do."""
    found = np.zeros(rows, kind)
    for column in columns:
        if rows:
            low = int(column.min())
            found = found * (int(column.max()) - low + 1) + (column - low)
    return found


class Maker:
    """Stores the sets of one cube. Months first, then `finish` for what is made of them.

    `grains` tells what is kept of each measure; `levels` which columns a piece has, besides customer_key and
    "<measure>?" for each measure: the lines of one month, a code a level. `fresh` says that nothing is stored yet.
    """

    def __init__(
        self, connection: Connection, cube: Cube, grains: Mapping[str, tuple[Grain, ...]], fresh: bool
    ) -> None:
        self.grains = grains
        every = {name for each in grains.values() for grain in each for name in grain.levels}
        self.levels = ("day", *sorted(every))
        self._connection = connection
        self._cube = cube
        self._words = sets.words_of(keys_of(connection))
        self._code, self._several = self._versions()
        self._fresh = fresh
        self._seen: set[int] = set()
        self._anew: set[int] = set()
        self._more: dict[tuple[str, tuple[str, ...], int], dict[Cell, list[np.ndarray]]] = {}

    def month(self, piece: str, month: int, append: bool = False) -> None:
        """Store the sets of a month from its lines in `piece`; with `append` those are only what came to it."""
        year = month // 12
        append = append and (month in self._seen or not self._fresh)
        self._seen.add(month)
        if not append:
            self._anew.add(year)
        every = self._lines(piece)
        for measure, grains in self.grains.items():
            lines = _those(every, every[f"{measure}?"], grains)
            for grain in grains:
                if grain.time == "month":
                    cells = {(month, *cell): keys for cell, keys in _cells(lines, grain.levels)}
                    self._note(measure, grain.levels, year, cells)
                    self._put(measure, grain, cells, None if append else (month, month))
                elif grain.time == "day":
                    days = self._days(month)
                    self._put(measure, grain, dict(_cells(lines, ("day",))), None if append else days)

    def finish(self) -> None:
        """Store the sets of the years and of all time that are made of the months given."""
        for measure, grains in self.grains.items():
            for grain in grains:
                if grain.time == "year":
                    self._years(measure, grain)
            for grain in grains:
                if grain.time == ALL_TIME:
                    self._all_time(measure, grain)
        self._anew.clear()
        self._more.clear()

    def _lines(self, piece: str) -> dict[str, np.ndarray]:
        columns = "".join(
            f', "{name}"' for name in (*self.levels, *(f"{measure}?" for measure in self.grains))
        )
        found = self._connection.execute(f"SELECT customer_key{columns} FROM {piece}").fetchnumpy()
        return {name: np.ma.filled(column, False) for name, column in found.items()}

    def _days(self, month: int) -> tuple[int, int]:
        first, last = (np.datetime64(f"{at // 12:04d}-{at % 12 + 1:02d}", "D") for at in (month, month + 1))
        return int(first.astype(int)), int(last.astype(int)) - 1

    def _note(
        self, measure: str, levels: tuple[str, ...], year: int, cells: Mapping[Cell, np.ndarray]
    ) -> None:
        more = self._more.setdefault((measure, levels, year), defaultdict(list))
        if year not in self._anew:
            for cell, keys in cells.items():
                more[(year, *cell[1:])].append(keys)

    def _years(self, measure: str, grain: Grain) -> None:
        for (name, levels, year), more in self._more.items():
            if (name, levels) != (measure, grain.levels):
                continue
            if year in self._anew:
                self._put_union(measure, grain, year, Grain("month", levels), (year * 12, year * 12 + 11))
            else:
                self._put(measure, grain, _joined(more))

    def _all_time(self, measure: str, grain: Grain) -> None:
        mine = {key: more for key, more in self._more.items() if key[:2] == (measure, grain.levels)}
        if any(year in self._anew for _, _, year in mine):
            self._put_union(measure, grain, 0, Grain("year", grain.levels), (0, 9999))
            return
        gathered: dict[Cell, list[np.ndarray]] = defaultdict(list)
        for more in mine.values():
            for cell, keys in more.items():
                gathered[(0, *cell[1:])] += keys
        self._put(measure, grain, _joined(gathered))

    def _versions(self) -> tuple[np.ndarray, np.ndarray]:
        """Of each key whose it is, and whether they have others."""
        found = self._connection.execute("SELECT customer_key, customer_code FROM customer").fetchnumpy()
        code = np.zeros(self._words * 64, np.int32)
        code[found["customer_key"]] = found["customer_code"]
        several = np.zeros(len(code), np.bool_)
        several[found["customer_key"]] = (np.bincount(found["customer_code"]) > 1)[found["customer_code"]]
        return code, several

    def _customers(self, keys: np.ndarray) -> int:
        """How many customers these versions are."""
        several = keys[self._several[keys]]
        return len(keys) - len(several) + len(sets.distinct(self._code[several]))

    def _put_union(
        self, measure: str, grain: Grain, period: int, parts: Grain, periods: tuple[int, int]
    ) -> None:
        """Store a period anew as the union of shorter ones, a few cells at a time."""
        self._put(measure, grain, {}, (period, period))
        where = f"{OF_GRAIN} AND period BETWEEN ? AND ?"
        of = [self._cube.name, measure, str(parts), *periods]
        cells = self._connection.execute(
            f"SELECT DISTINCT cell FROM rollup.bitmap WHERE {where} ORDER BY ALL", of
        ).fetchall()
        for some in _batches([cell for (cell,) in cells]):
            rows = self._connection.execute(
                f"SELECT cell, bits FROM rollup.bitmap WHERE {where} AND cell IN (SELECT unnest(?::INTEGER[][]))",
                [*of, some],
            ).fetchall()
            gathered: dict[Cell, list[np.ndarray]] = defaultdict(list)
            for cell, bits in rows:
                gathered[(period, *cell)].append(sets.decoded(bits, self._words))
            self._insert(measure, grain, {cell: self._union(each) for cell, each in gathered.items()})

    def _union(self, parts: list[np.ndarray]) -> np.ndarray:
        return sets.as_keys(sets.united(parts, self._words))

    def _put(
        self,
        measure: str,
        grain: Grain,
        cells: Mapping[Cell, np.ndarray],
        replaced: tuple[int, int] | None = None,
    ) -> None:
        """Store cells, each by its period and codes, in the place of the periods `replaced` or beside what is there."""
        of = [self._cube.name, measure, str(grain)]
        if replaced:
            self._connection.execute(
                f"DELETE FROM rollup.bitmap WHERE {OF_GRAIN} AND period BETWEEN ? AND ?", [*of, *replaced]
            )
        else:
            cells = self._with_older(of, cells)
        self._insert(measure, grain, cells)

    def _insert(self, measure: str, grain: Grain, cells: Mapping[Cell, np.ndarray]) -> None:
        for some in _batches(cells.items()):
            values = [
                (
                    self._cube.name,
                    measure,
                    str(grain),
                    cell[0],
                    list(cell[1:]),
                    self._customers(keys),
                    sets.encoded(keys),
                )
                for cell, keys in some
            ]
            marks = ", ".join(["(?, ?, ?, ?, ?::INTEGER[], ?, ?)"] * len(values))
            self._connection.execute(
                f"INSERT INTO rollup.bitmap VALUES {marks}", [value for row in values for value in row]
            )

    def _with_older(self, of: Sequence[str], cells: Mapping[Cell, np.ndarray]) -> dict[Cell, np.ndarray]:
        """The cells together with what was stored of them, which is taken out."""
        found = dict(cells)
        for some in _batches(cells):
            chosen_ones = "(period, cell) IN (SELECT unnest(?::INTEGER[]), unnest(?::INTEGER[][]))"
            older = self._connection.execute(
                f"DELETE FROM rollup.bitmap WHERE {OF_GRAIN} AND {chosen_ones} RETURNING period, cell, bits",
                [*of, [cell[0] for cell in some], [list(cell[1:]) for cell in some]],
            ).fetchall()
            for period, codes, bits in older:
                cell = (period, *codes)
                found[cell] = self._union([sets.decoded(bits, self._words), cells[cell]])
        return found


def _those(
    lines: Mapping[str, np.ndarray], flags: np.ndarray, grains: Iterable[Grain]
) -> Mapping[str, np.ndarray]:
    """The flagged lines, with the columns that the grains are told by."""
    if flags.all():
        return lines
    names = {"customer_key", "day", *(name for grain in grains for name in grain.levels)}
    return {name: lines[name][flags] for name in names}


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while some := list(islice(rest, ROWS)):
        yield some


def _joined(gathered: Mapping[Cell, list[np.ndarray]]) -> dict[Cell, np.ndarray]:
    return {cell: sets.distinct(np.concatenate(each)) for cell, each in gathered.items()}


def _cells(lines: Mapping[str, np.ndarray], levels: tuple[str, ...]) -> Iterator[tuple[Cell, np.ndarray]]:
    """The codes of each cell that has lines, and the sorted keys (int32) of the customers in it."""
    keys = lines["customer_key"]
    if not len(keys):
        return
    columns = [lines[level] for level in levels]
    lows = [int(column.min()) for column in columns]
    sizes = [int(column.max()) + 1 - low for column, low in zip(columns, lows, strict=True)]
    width = int(keys.max()) + 1
    kind = np.int32 if prod(sizes) * width < 2**31 else np.int64
    pairs = mixed(columns, len(keys), kind)
    pairs *= width
    pairs += keys
    pairs.sort()
    pairs = pairs[np.concatenate([[True], pairs[1:] != pairs[:-1]])]
    begin = 0
    while begin < len(pairs):
        cell = int(pairs[begin]) // width
        end = int(np.searchsorted(pairs, kind((cell + 1) * width)))
        yield _codes(cell, lows, sizes), (pairs[begin:end] - cell * width).astype(np.int32)
        begin = end


def _codes(cell: int, lows: Sequence[int], sizes: Sequence[int]) -> Cell:
    """The codes that `mixed` made one number of."""
    codes = []
    for low, size in zip(reversed(lows), reversed(sizes), strict=True):
        cell, code = divmod(cell, size)
        codes.append(low + code)
    return tuple(reversed(codes))

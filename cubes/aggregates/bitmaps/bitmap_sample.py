"""The lines of some customers, from which it is told how much room sets of all customers will take."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial

import numpy as np

from cubes.aggregates.bitmaps import customer_sets
from cubes.aggregates.bitmaps.bitmap_grains import SetCandidates, has_sets
from cubes.aggregates.codes_above import codes_above
from cubes.aggregates.lattice import Lattice
from cubes.cells.grain import Grain
from cubes.cells.packed_codes import Packing
from cubes.model import Cube, Level, Measure
from data.connection import Connection

SAMPLE = 8192


class Sample:
    """All lines of some customers, to tell how many bytes a grain will take."""

    def __init__(self, connection: Connection, lattice: Lattice, measures: Sequence[Measure]) -> None:
        self.keys = keys_of(connection)
        self._members = lattice.members
        self._every = max(self.keys // SAMPLE, 1)
        self.candidates = SetCandidates(lattice, cache(partial(_tells, connection)))
        names = {name for levels in self.candidates.every() for name in levels}
        self._lines = self._fetched(connection, lattice.cube, measures, sorted(names))
        self.bytes_of = cache(self._bytes_of)

    def _fetched(
        self, connection: Connection, cube: Cube, measures: Sequence[Measure], names: Sequence[str]
    ) -> dict[str, np.ndarray]:
        fact = cube.fact
        levels = [cube.level(name) for name in names]
        columns = "".join(f', {level.column} AS "{level.name}"' for level in levels)
        flags = "".join(
            f', coalesce({each.condition or "true"}, false) AS "{each.name}?"' for each in measures
        )
        tables = dict.fromkeys(level.table for level in levels if level.table)
        joins = "".join(f" JOIN {table} USING ({table}_key)" for table in tables)
        return connection.execute(
            f"SELECT {fact}.customer_key, {fact}.day_key AS day, month_code AS month, year_code AS year{columns}{flags}"
            f" FROM {fact} JOIN time USING (day_key){joins} WHERE {fact}.customer_key % ? = ?",
            [self._every, self._every - 1],
        ).fetchnumpy()

    def _bytes_of(self, measure: Measure, grain: Grain) -> float:
        """About how many bytes the sets of a grain take."""
        if not has_sets(grain, self._members):
            return 0.0
        names = (*grain.levels, *((grain.period,) if grain.period else ()))
        columns = [self._lines[name] for name in names]
        cell = Packing.of(columns).packed(columns, len(self._lines["customer_key"]))
        pairs = customer_sets.distinct(
            (cell * self.keys + self._lines["customer_key"])[self._lines[f"{measure.name}?"]]
        )
        new = np.ones(len(pairs), np.bool_)
        new[1:] = pairs[1:] // self.keys != pairs[:-1] // self.keys
        each = np.diff(np.append(np.flatnonzero(new), len(pairs))) * self._every
        gaps = 1 + 1 / np.expm1(np.minimum(customer_sets.LONG_GAP * each / self.keys, 50))
        return float(np.minimum(each * np.minimum(gaps, 4), self.keys / 8).sum())


def _tells(connection: Connection, below: Level, above: Level) -> bool:
    """Whether each member of a level always lay in one member of another."""
    found = connection.execute(
        f"SELECT DISTINCT {below.name}_code AS below, {above.name}_code AS above FROM {below.dimension}"
    ).fetchnumpy()
    return codes_above(found["below"], found["above"]) is not None


def keys_of(connection: Connection) -> int:
    """One more than the greatest key of a customer."""
    return int(connection.execute("SELECT max(customer_key) + 1 FROM customer").fetchall()[0][0] or 1)

"""Roll-ups as one kind of what is counted beforehand: chosen by the advisor, each in a table of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from math import prod

from cubes.aggregates.aggregate import Asked
from cubes.aggregates.lattice import Lattice
from cubes.aggregates.rollups import partial_aggregates, rollup_advisor, stored_rollup
from cubes.aggregates.rollups.rollup_coverage import RollUps
from cubes.aggregates.rollups.rollup_refresh import RollUpRefresh
from cubes.aggregates.rollups.stored_rollup import StoredRollUp
from cubes.aggregates.writer_rows import rows_of
from cubes.cells.grain import Grain
from cubes.model import Cube
from data.connection import Connection
from data.model.calendar import day_key
from data.model.fact_extent import Rows
from data.model.warehouse_profile import Profile
from data.store.warehouse import Warehouse

SOME_DAYS, LINES_A_PAIR = 10, 20


class RollUpKind:
    """How roll-ups are read, chosen, refreshed and dropped."""

    name = "roll-ups"
    share = 0.46

    def opened(self, warehouse: Warehouse, cube: Cube) -> RollUps:
        """The roll-ups of a snapshot."""
        return RollUps(warehouse, cube)

    def tables(self, rows: Rows) -> Sequence[str]:
        """A table each."""
        return stored_rollup.tables(rows)

    def is_current(self, connection: Connection, cube: Cube, profile: Profile) -> bool:
        """Whether some are stored, each by the declarations of today; a level that came since, as a finding does,
        waits until roll-ups are chosen anew."""
        stored_rollup.prepare(connection)
        stored = stored_rollup.read(rows_of(connection), cube.name)
        known = {level.name for level in cube.levels}
        return bool(stored) and all(
            known.issuperset({*each.grain.all, *each.held})
            and each.declared == declared(cube, profile, each.grain, each.held)
            for each in stored
        )

    def choose(
        self, connection: Connection, cube: Cube, profile: Profile, asked: Asked, room: float
    ) -> float | None:
        """Empty roll-ups of the grains that the advisor chooses, noted among those kept, each after its parent."""
        names: dict[Grain | None, str] = {None: ""}
        lattice = Lattice.of(cube, profile)
        advised = rollup_advisor.advise(cube, profile, asked, room, _met(connection, lattice, profile))
        for at, each in enumerate(advised, 1):
            names[each.grain] = f"{cube.name}_{at}"
            held = lattice.kept(each.grain.all)
            parts = [part.name for part in partial_aggregates.stored(cube, held)]
            own = declared(cube, profile, each.grain, held)
            roll_up = StoredRollUp(
                names[each.grain], cube.name, each.grain, held, frozenset(parts), names[each.parent], own, 0
            )
            stored_rollup.note(connection, roll_up, parts)
        return sum(each.bytes for each in advised) if advised else None

    def refresh(self, connection: Connection, cube: Cube, fresh: bool) -> RollUpRefresh:
        """Those that are stored, ready to be followed."""
        stored = stored_rollup.read(rows_of(connection), cube.name)
        return RollUpRefresh(connection, cube, stored, fresh)

    def forget(self, connection: Connection, cube: Cube) -> None:
        """Drop all of a cube."""
        stored_rollup.prepare(connection)
        for each in stored_rollup.read(rows_of(connection), cube.name):
            connection.execute(f"DROP TABLE {each.table}")
        connection.execute("DELETE FROM rollup.kept WHERE cube = ?", [cube.name])


def declared(cube: Cube, profile: Profile, grain: Grain, held: Collection[str]) -> str:
    """What tells these declarations of a roll-up from others: another one makes it be built anew."""
    said = (
        grain,
        [(name, cube.level(name).column) for name in sorted(held)],
        partial_aggregates.parts(cube),
        profile.calendar,
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def _met(connection: Connection, lattice: Lattice, profile: Profile) -> Mapping[frozenset[str], float]:
    """The share of the members of a level that are met in the last days, and of the pairs of those of two levels, where
    their lines can tell."""
    cube = lattice.cube
    last = profile.extents[cube.fact].last_day
    if last is None:
        return {}
    within = f"{cube.fact}.day_key > {day_key(last) - SOME_DAYS}"
    lines = connection.execute(f"SELECT count(*) FROM {cube.fact} WHERE {within}").fetchall()[0][0]
    shares = {}
    for names in lattice.pairs():
        could = prod(max(lattice.members.get(name, 1), 1) for name in names)
        if could * LINES_A_PAIR <= lines:
            one, other = (cube.level(name) for name in names)
            tables = dict.fromkeys(each.table for each in (one, other) if each.table)
            joins = "".join(f" JOIN {table} USING ({table}_key)" for table in tables)
            select = f"SELECT DISTINCT {one.column} AS one, {other.column} AS other FROM {cube.fact}{joins}"
            pairs, *some = connection.execute(
                f"SELECT count(*), count(DISTINCT one), count(DISTINCT other) FROM ({select} WHERE {within})"
            ).fetchall()[0]
            shares[frozenset(names)] = pairs / max(prod(some), 1)
            for name, there in zip(names, some, strict=True):
                shares[frozenset([name])] = there / max(lattice.members.get(name, 1), 1)
    return shares

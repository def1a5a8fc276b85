"""The tables of sets of customers: a row a set, and which grains are kept of each measure, by which condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cubes.cells.grain import Grain, parsed
from cubes.model import Cube
from data.connection import Connection
from data.model.fact_extent import Rows
from data.store import rollup_schema
from data.store.warehouse import Warehouse

KEPT = "bitmap_kept"
# Bits are not compressed, because the engine would have to unpack thousands of sets to read one.
TABLES = (
    rollup_schema.CREATE,
    f"CREATE TABLE IF NOT EXISTS rollup.{KEPT} (cube VARCHAR, measure VARCHAR, grain VARCHAR, condition VARCHAR)",
    "DROP TABLE IF EXISTS rollup.bitmap_grain",  # of sets without key 0
    """CREATE TABLE IF NOT EXISTS rollup.bitmap (cube VARCHAR, measure VARCHAR, grain VARCHAR, period INTEGER,
        cell INTEGER[], counted BIGINT, bits BLOB USING COMPRESSION uncompressed)""",
)


def is_there(rows: Rows) -> bool:
    """Whether a snapshot notes what is kept, as it is noted today."""
    return KEPT in rollup_schema.tables(rows)


def tables(rows: Rows) -> Sequence[str]:
    """Those that a snapshot has."""
    return [f"rollup.{table}" for table in rollup_schema.tables(rows) if table in ("bitmap", KEPT)]


def prepare(connection: Connection) -> None:
    """Create what is not there yet."""
    for statement in TABLES:
        connection.execute(statement)


def grains(connection: Connection, cube: Cube) -> dict[str, tuple[Grain, ...]]:
    """What is kept of each measure of a cube by its condition of today."""
    prepare(connection)
    rows = connection.execute(
        f"SELECT measure, grain, condition FROM rollup.{KEPT} WHERE cube = ? ORDER BY rowid", [cube.name]
    ).fetchall()
    conditions = {measure.name: measure.condition for measure in cube.measures}
    found: dict[str, tuple[Grain, ...]] = {}
    for measure, grain, condition in rows:
        if measure in conditions and condition == conditions[measure]:
            found[measure] = (*found.get(measure, ()), parsed(grain))
    return found


def note(connection: Connection, cube: Cube, kept: Mapping[str, Sequence[Grain]]) -> None:
    """Write down what is kept of each measure from now on."""
    prepare(connection)
    for measure, each in kept.items():
        connection.execute(
            f"INSERT INTO rollup.{KEPT} SELECT ?, ?, unnest(?::VARCHAR[]), ?",
            [cube.name, measure, [grain.written for grain in each], cube.measure(measure).condition],
        )


def forget(connection: Connection, cube: Cube) -> None:
    """Leave nothing stored of a cube."""
    prepare(connection)
    for table in ("bitmap", KEPT):
        connection.execute(f"DELETE FROM rollup.{table} WHERE cube = ?", [cube.name])


@dataclass(frozen=True, slots=True)
class StoredSets:
    """The sets stored of one measure at one grain: how many, and the bytes of their members."""

    cube: str
    measure: str
    levels: tuple[str, ...]
    sets: int
    bytes: int


def stored_sets(warehouse: Warehouse) -> list[StoredSets]:
    """The grains at which sets of customers are stored, the largest first; none where there are none."""
    if not tables(warehouse.rows):
        return []
    rows = warehouse.rows(
        """SELECT cube, measure, grain, count(*), coalesce(sum(octet_length(bits)), 0)::BIGINT FROM rollup.bitmap
        GROUP BY cube, measure, grain ORDER BY 5 DESC, 1, 2, 3"""
    )
    return [
        StoredSets(cube, measure, tuple(filter(None, grain.split(","))), sets, size)
        for cube, measure, grain, sets, size in rows
    ]

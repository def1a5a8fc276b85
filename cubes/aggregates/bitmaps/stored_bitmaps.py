"""The tables of sets of customers: a row a set, and which grains are kept of each measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cubes.cells.grain import Grain, parsed
from cubes.model import Cube
from data.connection import Connection
from data.model.fact_extent import Rows
from data.store import rollup_schema
from data.store.warehouse import Warehouse

# Bits are not compressed, because the engine would have to unpack thousands of sets to read one.
TABLES = (
    rollup_schema.CREATE,
    "CREATE TABLE IF NOT EXISTS rollup.bitmap_grain (cube VARCHAR, measure VARCHAR, grain VARCHAR)",
    """CREATE TABLE IF NOT EXISTS rollup.bitmap (cube VARCHAR, measure VARCHAR, grain VARCHAR, period INTEGER,
        cell INTEGER[], counted BIGINT, bits BLOB USING COMPRESSION uncompressed)""",
)


def tables(rows: Rows) -> Sequence[str]:
    """Those that a snapshot has."""
    return [f"rollup.{table}" for table in rollup_schema.tables(rows) if table in ("bitmap", "bitmap_grain")]


def prepare(connection: Connection) -> None:
    """Create what is not there yet."""
    for statement in TABLES:
        connection.execute(statement)


def grains(connection: Connection, cube: Cube) -> dict[str, tuple[Grain, ...]]:
    """What is kept of each measure of a cube."""
    prepare(connection)
    rows = connection.execute(
        "SELECT measure, grain FROM rollup.bitmap_grain WHERE cube = ? ORDER BY rowid", [cube.name]
    ).fetchall()
    found: dict[str, tuple[Grain, ...]] = {}
    for measure, grain in rows:
        found[measure] = (*found.get(measure, ()), parsed(grain))
    return found


def note(connection: Connection, cube: Cube, kept: Mapping[str, Sequence[Grain]]) -> None:
    """Write down what is kept of each measure from now on."""
    prepare(connection)
    for measure, each in kept.items():
        connection.execute(
            "INSERT INTO rollup.bitmap_grain SELECT ?, ?, unnest(?::VARCHAR[])",
            [cube.name, measure, [grain.written for grain in each]],
        )


def forget(connection: Connection, cube: Cube) -> None:
    """Leave nothing stored of a cube."""
    prepare(connection)
    for table in ("bitmap", "bitmap_grain"):
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

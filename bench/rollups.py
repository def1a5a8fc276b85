"""The roll-ups of a firm: built anew and timed, and the room that they take beside the fact."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from bench.timing import clocked
from bench.wide import quoted
from data.model.canonical_tables import create_statements

TRUTH = "truth."  # where the simulator notes what it planted
MISSING = "No roll-ups are measured: this release offers no cubes.aggregates.follow_publication.build."


@dataclass(frozen=True, slots=True)
class Built:
    """What a full build took, and megabytes: of the fact, and of every table that is there beside the schema's."""

    seconds: float
    cpu_seconds: float
    tables: int
    fact_mb: float
    rollups_mb: float
    file_mb: float

    @property
    def share(self) -> float:
        """The roll-ups' room as a share of the fact's."""
        return self.rollups_mb / self.fact_mb

    def figures(self) -> dict[str, Any]:
        return {**asdict(self), "share": self.share}


def built(firm: Path) -> Built | None:
    """Build all roll-ups of a firm's warehouse anew; None, with the reason printed, where that cannot be done."""
    try:
        from cubes.aggregates.follow_publication import build
    except ImportError:
        print(MISSING)
        return None
    _, took = clocked(lambda: build(firm))
    shutil.rmtree(firm.with_name(f"{firm.name}.versions"), ignore_errors=True)  # what it replaced
    rooms = room(firm)
    declared = _declared()
    added = [name for name in rooms if name not in declared and not name.startswith(TRUTH)]
    return Built(
        took.wall_ms / 1000,
        took.cpu_ms / 1000,
        len(added),
        rooms["main.sale"],
        sum(rooms[name] for name in added),
        firm.stat().st_size / 1e6,
    )


def room(file: Path) -> dict[str, float]:
    """The megabytes of each table by schema and name: the blocks that hold some of it, a shared one in parts."""
    connection = duckdb.connect(":memory:")
    try:
        connection.execute(f"ATTACH '{quoted(file)}' AS own (READ_ONLY)")
        tables = connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = 'own'"
        ).fetchall()
        size = connection.execute("SELECT block_size FROM pragma_database_size() WHERE database_name = 'own'")
        block_mb = size.fetchall()[0][0] / 1e6
        blocks = {name: _blocks(connection, name) for (name,) in tables}
    finally:
        connection.close()
    holders: dict[int, int] = {}
    for own in blocks.values():
        for block in own:
            holders[block] = holders.get(block, 0) + 1
    return {name: sum(block_mb / holders[block] for block in own) for name, own in blocks.items()}


def _blocks(connection: duckdb.DuckDBPyConnection, table: str) -> set[int]:
    select = (
        "SELECT block_id FROM pragma_storage_info(?) WHERE block_id >= 0"
        " UNION SELECT unnest(additional_block_ids) FROM pragma_storage_info(?)"
    )
    name = f"own.{table}"
    return {block for (block,) in connection.execute(select, [name, name]).fetchall()}


def _declared() -> set[str]:
    """The tables that a warehouse has without any roll-up."""
    connection = duckdb.connect(":memory:")
    try:
        for statement in create_statements():
            connection.execute(statement)
        found = connection.execute("SELECT 'main.' || table_name FROM duckdb_tables()").fetchall()
    finally:
        connection.close()
    return {name for (name,) in found}

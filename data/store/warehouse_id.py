"""Which warehouse it is, whatever snapshot of it is put up, and wherever: what is written beside it is told by it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from data.connection import Connection
from data.errors import WarehouseError
from data.store import duckdb_engine as engine

SETTING = "warehouse_id"
ID = "SELECT value FROM setting WHERE name = ?"


def ensure(connection: Connection) -> None:
    """Give one to a warehouse that has none: it is new, or an earlier release's."""
    connection.execute("INSERT OR IGNORE INTO setting SELECT ?, uuid()::VARCHAR", [SETTING])


def read(rows: Callable[[str, list[Any]], list[tuple[Any, ...]]]) -> str:
    """The id of a snapshot; empty where an earlier release gave it none."""
    found = rows(ID, [SETTING])
    return str(found[0][0]) if found else ""


def carry_over(connection: Connection, path: Path) -> None:
    """Let a snapshot of the warehouse at `path` that is older than its id have it as well, if that can be read."""
    if not path.exists():
        return
    with suppress(WarehouseError), closing(engine.Reader(path)) as reader:
        id = read(reader.rows)
        if id:
            connection.execute("INSERT OR IGNORE INTO setting VALUES (?, ?)", [SETTING, id])

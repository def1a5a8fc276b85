"""Writers of a few rows: statements are executed as they are written, and files lie in small blocks.

To better the plan of a statement takes longer than the statement does, and to write an empty file of ordinary blocks
longer than most loads do. Modules that write many rows, or look at the engine itself, use the fixture `as_in_use`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from data.connection import Connection
from data.store import duckdb_engine

SMALL: dict[str, Any] = {"default_block_size": "16384"}
_in_use: dict[str, Any] = {}


def use() -> None:
    """Have the engine open files and scratch databases so."""
    _in_use.update(database=duckdb_engine.database, scratch=duckdb_engine.scratch)
    _plain()


def _plain() -> None:
    duckdb_engine.LOCAL_ONLY |= SMALL
    duckdb_engine.database = lambda file: plan_plainly(_in_use["database"](file))
    duckdb_engine.scratch = lambda: plan_plainly(_in_use["scratch"]())


def plan_plainly(connection: Connection) -> Connection:
    """Have this connection execute statements as they are written."""
    connection.execute("PRAGMA disable_optimizer")
    return connection


@contextmanager
def in_use() -> Iterator[None]:
    """Writers as users have them."""
    duckdb_engine.database, duckdb_engine.scratch = _in_use["database"], _in_use["scratch"]
    for name in SMALL:
        duckdb_engine.LOCAL_ONLY.pop(name, None)
    try:
        yield
    finally:
        _plain()

"""Temporary tables have an owner: who makes one names it once, hands the name on with its result, and drops it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from data.connection import Connection
from data.store.duckdb_engine import EngineError


def drop(connection: Connection, *names: str) -> None:
    """Away with the temporary tables of these names, as far as they are there."""
    connection.execute("; ".join(f"DROP TABLE IF EXISTS temp.{name}" for name in names))


@contextmanager
def owned(connection: Connection, *names: str) -> Iterator[None]:
    """Whoever leaves here leaves none of these temporary tables behind; where a transaction broke, they go with it."""
    try:
        yield
    finally:
        with suppress(EngineError):
            drop(connection, *names)

"""Temporary tables have an owner: who makes one names it once, hands the name on with its result, and drops it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from data.connection import Connection


def drop(connection: Connection, *names: str) -> None:
    """Away with the temporary tables of these names, as far as they are there; no name is none."""
    if found := [name for name in names if name]:
        connection.execute("; ".join(f"DROP TABLE IF EXISTS temp.{name}" for name in found))


@contextmanager
def owned(connection: Connection, *names: str) -> Iterator[None]:
    """Whoever leaves here leaves none of these temporary tables behind."""
    try:
        yield
    except BaseException:
        with suppress(Exception):  # of a transaction that broke they are gone already
            drop(connection, *names)
        raise
    drop(connection, *names)

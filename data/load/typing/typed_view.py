"""Typed rows that are read from the staged ones whenever they are asked for, instead of being written a second time.

So it is where nothing about them is doubtful: every number and day was staged as such, and no row is rejected. Whoever
takes rows out or changes them makes a table of them first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from data.connection import Connection
from data.temporary_tables import drop


def is_view(connection: Connection, typed: str) -> bool:
    """Whether the typed rows are read from the staged ones, which have to stay as long."""
    sql = "SELECT count(*) FROM duckdb_views() WHERE temporary AND view_name = ?"
    return bool(connection.execute(sql, [typed]).fetchall()[0][0])


def as_table(connection: Connection, typed: str) -> None:
    """Make sure that rows can be taken out or changed."""
    if not is_view(connection, typed):
        return
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {typed}_held AS FROM {typed}")
    connection.execute(f"DROP VIEW temp.{typed}")
    connection.execute(f"ALTER TABLE temp.{typed}_held RENAME TO {typed}")


@contextmanager
def owned_rows(connection: Connection, typed: str) -> Iterator[None]:
    """Whoever leaves here leaves neither a table nor a view of this name."""
    try:
        yield
    except BaseException:
        with suppress(Exception):  # of a transaction that broke they are gone already
            _drop(connection, typed)
        raise
    _drop(connection, typed)


def _drop(connection: Connection, typed: str) -> None:
    if is_view(connection, typed):
        connection.execute(f"DROP VIEW temp.{typed}")
    drop(connection, typed)

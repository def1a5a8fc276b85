"""From release 6 to 7: what mirrors other rows is derived anew, for it had not followed customers found to be one."""

from __future__ import annotations

from data.connection import Connection
from data.model.canonical_tables import FACTS

TABLES = "SELECT table_name FROM duckdb_tables()"


def migrate(connection: Connection) -> None:
    """Forget all of it, where there is any yet; the end of the write derives it from what it mirrors."""
    there = {name for (name,) in connection.execute(TABLES).fetchall()}
    for fact in FACTS:
        if fact.mirrors and fact.name in there:
            connection.execute(f"DELETE FROM {fact.name}")

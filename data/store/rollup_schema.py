"""The schema of what is counted beforehand: whether a snapshot has it, and which tables are in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

CREATE = "CREATE SCHEMA IF NOT EXISTS rollup"
IS_THERE = (
    "SELECT 1 FROM duckdb_schemas() WHERE schema_name = 'rollup' AND database_name = current_database()"
)
TABLES = """SELECT table_name FROM duckdb_tables() WHERE schema_name = 'rollup' AND database_name = current_database()
    ORDER BY table_name"""


def tables(rows: Callable[[str], list[tuple[Any, ...]]]) -> tuple[str, ...]:
    """The names of its tables; a snapshot without it is not asked for tables, which takes the engine long."""
    return tuple(name for (name,) in rows(TABLES)) if rows(IS_THERE) else ()

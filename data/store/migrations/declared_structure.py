"""The tables and columns that this release declares, as data, beside those that a warehouse has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from data.model.canonical_tables import create_statements
from data.store import duckdb_engine as engine
from data.store.schema_release import Rows, asks

COLUMNS = """SELECT table_name, column_name, data_type, NOT is_nullable, column_default FROM duckdb_columns()
WHERE database_name = current_database() AND schema_name = 'main' AND NOT internal ORDER BY table_oid, column_index"""
NAMES = "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = current_database()"
TABLES = "SELECT table_name, sql FROM duckdb_tables() WHERE database_name = current_database()"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type in SQL, whether each row must have a value, and what rows have that do not say one."""

    name: str
    kind: str
    required: bool
    default: str | None


@dataclass(frozen=True, slots=True)
class Structure:
    """Tables with their columns, and for those that are declared the SQL that makes each."""

    columns: Mapping[str, tuple[Column, ...]]
    made_by: Mapping[str, str]

    @property
    def names(self) -> frozenset[tuple[str, str]]:
        """Every column as (table, column)."""
        return frozenset((table, each.name) for table, found in self.columns.items() for each in found)


def declared() -> Structure:
    """What a warehouse of this release has, whatever a firm brings along."""
    return _declared(create_statements())


@cache
def _declared(statements: tuple[str, ...]) -> Structure:
    with engine.scratch() as connection:
        for statement in statements:
            connection.execute(statement)

        rows = asks(connection)
        return Structure(structure_of(rows).columns, dict(rows(TABLES)))


def fingerprint() -> str:
    """What tells these declarations from others, cheap enough to ask at every opening."""
    return sha256("\n".join(create_statements()).encode()).hexdigest()


def structure_of(rows: Rows) -> Structure:
    """What a warehouse has that is asked by `rows`."""
    found: dict[str, tuple[Column, ...]] = {}
    for table, *column in rows(COLUMNS):
        found[table] = (*found.get(table, ()), Column(*column))
    return Structure(found, {})


def is_whole(rows: Rows) -> bool:
    """Whether a warehouse has every table and column that is declared."""
    return declared().names <= set(rows(NAMES))

"""What is declared and a warehouse lacks: added to it, empty or as what stands for the unknown."""

from __future__ import annotations

from data.connection import Connection
from data.model.canonical_tables import DIMENSIONS, UNKNOWN
from data.store import member_codes
from data.store.migrations.declared_structure import Column, Structure, declared, structure_of
from data.store.schema_release import asks

NOTHING_KNOWN = {"VARCHAR": f"'{UNKNOWN}'", "BOOLEAN": "false"}


def add(connection: Connection) -> None:
    """Add the tables and columns that are declared since; rows that are there read null or (unknown) in them."""
    wanted, found = declared(), structure_of(asks(connection))
    for table, columns in wanted.columns.items():
        if table not in found.columns:
            connection.execute(wanted.made_by[table])
            continue
        for column in columns:
            _add_column(connection, table, column, found)
    for dimension in DIMENSIONS:
        member_codes.unknown_member(connection, dimension)


def _add_column(connection: Connection, table: str, column: Column, found: Structure) -> None:
    """Make sure that a table has a column, filled where each row must have a value."""
    there = {each.name: each for each in found.columns[table]}.get(column.name)
    filling = column.default or (_of_unknown(column) if column.required else None)
    if there is None:
        default = f" DEFAULT {filling}" if filling else ""
        connection.execute(f"ALTER TABLE {table} ADD COLUMN {column.name} {column.kind}{default}")
    elif column.required and not there.required:
        connection.execute(f"UPDATE {table} SET {column.name} = {filling} WHERE {column.name} IS NULL")
    else:
        return
    if column.required:
        connection.execute(f"ALTER TABLE {table} ALTER COLUMN {column.name} SET NOT NULL")
    if filling and not column.default:
        connection.execute(f"ALTER TABLE {table} ALTER COLUMN {column.name} DROP DEFAULT")


def _of_unknown(column: Column) -> str:
    """SQL for what a required column holds where nothing is known: key and code 0 are the unknown member's."""
    return NOTHING_KNOWN.get(column.kind, "0")

"""Attributes that a firm brought along by a name that is a level now: they become that level, or go by another name."""

from __future__ import annotations

from data.connection import Connection
from data.model.canonical_tables import DIMENSION, LEVELS

OWN = "own_"
COLUMNS = """SELECT table_name FROM duckdb_columns() WHERE database_name = current_database() AND schema_name = 'main'
AND table_name IN (?, ?) AND column_name = ? ORDER BY table_name"""
NOTES = (
    "UPDATE described SET texts = list_transform(texts, lambda text: CASE WHEN text = $old THEN $new ELSE text END)"
    " WHERE dimension = $dimension",
    "UPDATE left_empty SET texts = array_to_string(list_transform(string_split(texts, ' '), lambda text:"
    " CASE WHEN text = $old THEN $new ELSE text END), ' ') WHERE dimension = $dimension",
)


def make_room(connection: Connection) -> None:
    """Let no attribute bear the name of a level. What is a level of its own dimension now holds what it held.

    Mappings that bring one by the former name are refused in words, and bring it by the new one.
    """
    for name, dimension in connection.execute(
        "SELECT name, dimension FROM attribute ORDER BY name"
    ).fetchall():
        if name in DIMENSION[dimension].descriptors:
            connection.execute("DELETE FROM attribute WHERE name = ?", [name])
        elif name in LEVELS:
            _rename(connection, dimension, name)


def _rename(connection: Connection, dimension: str, name: str) -> None:
    new = f"{OWN}{name}"
    for (table,) in connection.execute(COLUMNS, [dimension, f"{dimension}_record", name]).fetchall():
        connection.execute(f"ALTER TABLE {table} RENAME COLUMN {name} TO {new}")
    connection.execute(f"ALTER TABLE {dimension} DROP COLUMN IF EXISTS {name}_code")
    connection.execute("UPDATE attribute SET name = ? WHERE name = ?", [new, name])
    for each in NOTES:
        connection.execute(each, {"old": name, "new": new, "dimension": dimension})

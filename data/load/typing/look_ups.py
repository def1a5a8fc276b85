"""Look-ups beside the rows of a part: staged, and left with one row a key so that no line is ever doubled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from data.connection import Connection
from data.load.mappings.mapping import Join
from data.load.notation.staged_column import ColumnNames, columns_of
from data.load.typing.typed_rows import LookUp, key_sql
from data.sources.file import AS_FOUND, Staged, stage
from data.temporary_tables import owned


def look_up_tables(table: str, files: Sequence[Path]) -> tuple[str, ...]:
    """Into which tables the look-ups of the rows of `table` are staged, a table a file."""
    return tuple(f"{table}_look{position}" for position in range(len(files)))


def look_ups(
    connection: Connection,
    joins: Sequence[Join],
    files: Sequence[Path],
    staged: Staged,
    limit: int | None = None,
) -> list[LookUp]:
    """Stage every look-up of the rows `staged`. Errors: BadInput for a column that is not there."""
    known = ColumnNames(columns_of(staged))
    found = []
    for join, path, table in zip(joins, files, look_up_tables(staged.table, files), strict=True):
        side = stage(connection, path, table, AS_FOUND, limit)
        own = ColumnNames(columns_of(side))
        found.append(
            LookUp(
                Path(join.file).stem,
                _one_a_key(connection, side, own[join.to].position, join.pad),
                known[join.on],
                own[join.to],
                join.pad,
            )
        )
        known.add(found[-1].stem, columns_of(side))
    return found


def raw_sql(staged: Staged, columns: str = "$columns") -> str:
    """SQL for a staged row as JSON, by the names in the list parameter `columns`."""
    values = ", ".join(f"c{i}::VARCHAR" for i in range(len(staged.own)))
    return f"to_json(map({columns}::VARCHAR[], [{values}]))::VARCHAR"


def where_sql(staged: Staged) -> str:
    """SQL that says in which row and column of the file a staged row stands, where it is but a cell of it."""
    if not staged.made:
        return "''"
    name = len(staged.own)
    return f"'row ' || c{name + 2} || ', ' || c{name} || ': '"


def _one_a_key(connection: Connection, side: Staged, key: int, pad: int | None) -> Staged:
    """Move every further row of a key to the bad ones: which is right cannot be told."""
    table, same, again = side.table, key_sql(f"c{key}", pad), f"{side.table}_again"
    with owned(connection, again):
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE {again} AS
            SELECT rowid AS place, rowid - (SELECT min(rowid) FROM {table}) + 1 AS row FROM {table}
            WHERE trim(c{key}) <> '' QUALIFY row_number() OVER (PARTITION BY {same} ORDER BY rowid) > 1"""
        )
        moved = int(connection.execute(f"SELECT count(*) FROM {again}").fetchall()[0][0])
        if moved:
            _move_to_bad(connection, side, key, again)
    return replace(side, rows=side.rows - moved, bad_rows=side.bad_rows + moved) if moved else side


def _move_to_bad(connection: Connection, side: Staged, key: int, again: str) -> None:
    connection.execute(
        f"""INSERT INTO {side.bad}
        SELECT a.row, $name || ' ''' || left(c{key}, 40) || ''' came before, and its first row is used', {raw_sql(side)}
        FROM {side.table} JOIN {again} AS a ON {side.table}.rowid = a.place""",
        {"name": side.columns[key], "columns": list(side.columns)},
    )
    connection.execute(f"DELETE FROM {side.table} WHERE rowid IN (SELECT place FROM {again})")

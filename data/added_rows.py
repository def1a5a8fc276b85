"""Which rows of a table the transaction under way added, by what the engine itself knows of them."""

from __future__ import annotations

from collections.abc import Sequence

from data.connection import Connection

OWN_ROWS = 36_028_797_018_960_000


def untouched_but_for(connection: Connection, table: str, columns: Sequence[str], rows: int) -> str | None:
    """SQL that tells the rows that this transaction added to `table`; None where it did more than to add.

    So it is where, of the rows that were there before, not as many as `rows` are left, or one of these `columns`
    was updated. The engine gives rows of the transaction numbers of their own (`MAX_ROW_ID` in its source) and
    notes the segments with updates (documentation: `pragma_storage_info`).
    """
    before = connection.execute(f"SELECT count(*) FROM {table} WHERE rowid < {OWN_ROWS}").fetchall()[0][0]
    if before != rows:
        return None
    updated = (
        "SELECT 1 FROM pragma_storage_info(?) WHERE has_updates AND list_contains(?, column_name) LIMIT 1"
    )
    if connection.execute(updated, [table, list(columns)]).fetchall():
        return None
    return f"rowid >= {OWN_ROWS}"

"""Which rows of a table the transaction under way added, by what the engine itself knows of them."""

from __future__ import annotations

from collections.abc import Sequence

from data.connection import Connection

OWN_ROWS = 36_028_797_018_960_000


def untouched_but_for(connection: Connection, table: str, columns: Sequence[str], rows: int) -> str | None:
    """SQL that tells the rows that this transaction added to `table`; None where it did more than to add.

    So it is where, of the rows that were there before, not as many as `rows` are left, or one of these `columns`
    was updated. The engine gives rows of the transaction numbers of their own (`MAX_ROW_ID` in its source) and
    notes the segments with updates (documentation: `pragma_storage_info`), which are looked through where a statement
    of this connection could have updated any.
    """
    before = connection.execute(f"SELECT count(*) FROM {table} WHERE rowid < {OWN_ROWS}").fetchall()[0][0]
    if before != rows:
        return None
    if _is_known_untouched(connection, table):
        return f"rowid >= {OWN_ROWS}"
    updated = (
        "SELECT 1 FROM pragma_storage_info(?) WHERE has_updates AND list_contains(?, column_name) LIMIT 1"
    )
    if connection.execute(updated, [table, list(columns)]).fetchall():
        return None
    return f"rowid >= {OWN_ROWS}"


def _is_known_untouched(connection: Connection, table: str) -> bool:
    """Whether nothing that was asked of this connection can have updated rows of a table: to look through the engine's
    list of segments takes a second where there are many."""
    told = getattr(connection, "may_have_updated", None)
    return told is not None and not told(table)

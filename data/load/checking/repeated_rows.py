"""Rows of a file that say exactly what another row says in every column, counted by their hashes.

Hashes that differ prove that rows do. Where some are equal, the rows that share one are compared in full.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from data.connection import Connection
from data.load.mappings.mapping import Part
from data.sources.file import Staged
from data.temporary_tables import owned

OF_A_LINE = ("order", "line")


def repeats(connection: Connection, part: Part, rows: Staged, among: str, into: str) -> int:
    """Make the table `into` (place): the rows that another before them says; how many they are.

    Only rows whose places stand in the table `among` count. Without any no table is made.
    """
    if _differ_by_line(connection, part, rows):
        return 0
    columns = [f"c{at}" for at in range(len(rows.columns))]
    shared = _shared(connection, rows.table, columns)
    if not len(shared):
        return 0
    with owned(connection, hashes := f"hash_of_{rows.table}"):
        connection.register("shared_hashes", pa.table({"hash": shared}))
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {hashes} AS FROM shared_hashes")
        connection.unregister("shared_hashes")
        listed = ", ".join(columns)
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE {into} AS
            SELECT place FROM (
                SELECT rowid - (SELECT min(rowid) FROM {rows.table}) + 1 AS place,
                    row_number() OVER (PARTITION BY {listed} ORDER BY rowid) AS n
                FROM {rows.table} WHERE hash({listed}) IN (FROM {hashes}))
            WHERE n > 1 AND place IN (SELECT place FROM {among})"""
        )
    return int(connection.execute(f"SELECT count(*) FROM {into}").fetchall()[0][0])


def _differ_by_line(connection: Connection, part: Part, rows: Staged) -> bool:
    """Whether orders and the lines within them are numbered, and no number stands twice: then no row does."""
    named = [part.columns.get(field) for field in OF_A_LINE]
    if not part.kind.is_lines or rows.made or not all(name in rows.columns for name in named):
        return False
    columns = [f"c{rows.columns.index(name)}" for name in named if name is not None]
    return not len(_shared(connection, rows.table, columns))


def _shared(connection: Connection, table: str, columns: list[str]) -> np.ndarray:
    """The hashes that several rows share."""
    found: np.ndarray = connection.execute(
        f"SELECT hash({', '.join(columns)}) AS hash FROM {table}"
    ).fetchnumpy()["hash"]
    found.sort()
    return np.unique(found[1:][found[1:] == found[:-1]])

"""Frozen audiences when an earlier snapshot is put up again: who stood in them is known to the later one alone."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from data.campaigns import audience_rows
from data.connection import Connection
from data.errors import WarehouseError
from data.store import warehouse_id
from data.store.duckdb_engine import EngineError
from data.store.schema_release import asks
from data.store.warehouse import asking, is_there

THERE = """SELECT numbering, id FROM audience_member JOIN customer_identity USING (identity_key)
WHERE audience = ? AND went IS NULL"""
KNOWN = """SELECT DISTINCT customer_code FROM customer_identity JOIN carried_numbers USING (numbering, id)"""


def carry_over(connection: Connection, path: Path, id: str, publication: int) -> bool:
    """Bring the customers of an audience from the snapshot at `path` into the one on its way there, as far as it knows
    them by a number; whether they were written there."""
    numbers = _numbers(connection, path, id)
    if not numbers:
        return False
    frame = pl.DataFrame(numbers, schema={"numbering": pl.String, "id": pl.String}, orient="row")
    connection.register("carried_numbers", frame.to_arrow(compat_level=pl.CompatLevel.newest()))
    try:
        codes = connection.execute(KNOWN).fetchnumpy()["customer_code"]
    finally:
        connection.unregister("carried_numbers")
    audience_rows.write(connection, id, codes, publication)
    return True


def _numbers(connection: Connection, path: Path, id: str) -> list[tuple[str, str]]:
    """The numbers of who stands in it there; nobody, where that is no warehouse of this firm that can be read."""
    if not is_there(path):
        return []
    try:
        with asking(path) as rows:
            if warehouse_id.read(rows) != warehouse_id.read(asks(connection)):
                return []
            return rows(THERE, [id]) if audience_rows.written(rows, id) else []
    except (WarehouseError, EngineError):  # torn, or of a release that had no audiences
        return []

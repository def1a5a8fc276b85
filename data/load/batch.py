"""The ledger of loads: which files came in by which mapping, and taking a batch out again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from data.load.report import Books, Report

Rows = Callable[[str, list[Any]], list[tuple[Any, ...]]]
LOADED = """SELECT batch, mapping_hash, file, rows_read, rows_loaded, rows_rejected, repeats_dropped, repeats_kept
            FROM batch WHERE source = ? AND content_hash = ?"""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The batch that holds the same order lines already; `same` if it was loaded in the same way, too."""

    batch: int
    same: bool
    books: Books


def earlier(rows: Rows, source: str, identity: tuple[str, str]) -> Earlier | None:
    """The batch of `source` with these order lines, if there is one."""
    content, how = identity
    for batch, loaded_how, file, *counts in rows(LOADED, [source, content]):
        return Earlier(batch, loaded_how == how, Books("order_lines", file, *counts))
    return None


def unchanged(source: str, before: Earlier, rejected: pl.DataFrame, extent: tuple[Any, ...]) -> Report:
    """The report of a load that changed nothing."""
    first, last, revenue = extent
    return Report(source, before.batch, (before.books,), rejected, first, last, revenue, unchanged=True)


def next_number(connection: Any) -> int:
    return int(connection.execute("SELECT coalesce(max(batch), 0) + 1 FROM batch").fetchall()[0][0])


def record(connection: Any, batch: int, source: str, identity: tuple[str, str], books: Books) -> None:
    """Enter a batch into the ledger."""
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    values = [batch, source, books.file, *identity, now, books.rows_read, books.rows_loaded, books.rows_rejected,
              books.repeats_dropped, books.repeats_kept]  # fmt: skip
    connection.execute(f"INSERT INTO batch VALUES ({', '.join('?' * len(values))})", values)


def take_out(connection: Any, batch: int) -> None:
    """Remove the lines and rejected rows of a batch, and its entry; members that it brought stay."""
    connection.execute(
        "DELETE FROM sales_order WHERE number = '' AND order_key IN (SELECT order_key FROM sale WHERE batch = ?)",
        [batch],
    )
    for table in ("sale", "rejected", "batch"):
        connection.execute(f"DELETE FROM {table} WHERE batch = ?", [batch])

"""Where a number comes from: the batches behind it, joined with what the ledger knows of their files."""

from __future__ import annotations

import polars as pl

from data.warehouse import Warehouse

FILES = """SELECT batch, source, origin, as_of, loaded_at,
    coalesce((SELECT string_agg(DISTINCT file, ', ' ORDER BY file) FROM delivery
        WHERE delivery.batch = batch.batch AND part = ?), '') AS file
FROM batch WHERE batch IN (SELECT unnest(?::INTEGER[]))"""
FILE_COLUMNS = ("source", "file", "as_of", "loaded_at", "origin")


def files(warehouse: Warehouse, batches: pl.DataFrame, part: str = "order_lines") -> pl.DataFrame:
    """`batches` (a column `batch`, and what each brought) with source, file and moments of each, latest first.

    A batch of which the ledger knows nothing stays, without a source: a sum never shrinks by explaining it.
    """
    known = warehouse.frame(FILES, [part, batches["batch"].to_list()])
    own = [name for name in batches.columns if name != "batch"]
    joined = batches.join(known, on="batch", how="left")
    return joined.select("batch", *FILE_COLUMNS, *own).sort("batch", descending=True)

"""The ledger as readers see it: which loads made the warehouse, and the rows that could not be loaded."""

from __future__ import annotations

import polars as pl

from data.store.duckdb_engine import Reader
from data.store.warehouse import Warehouse

BATCHES = """SELECT batch, source, part, file, loaded_at, as_of,
    rows_read, rows_loaded, rows_rejected, repeats_dropped, coalesce(rows_left_out, 0) AS rows_left_out, repeats_kept,
    rows_replaced,
    (SELECT count(*) FROM rejected WHERE rejected.batch = batch.batch) AS kept_aside
FROM batch JOIN delivery USING (batch) ORDER BY batch DESC"""
REJECTED = """SELECT part, row_in_source AS row, reason, raw FROM rejected
WHERE batch = ? ORDER BY part, row_in_source, reason"""


def batches(warehouse: Warehouse) -> pl.DataFrame:
    """One row a delivery, the latest first, with its books; `loaded_at` is UTC.

    `kept_aside` counts its rejected rows, those of the look-ups beside it included.
    """
    return warehouse.frame(BATCHES)


def rejected(warehouse: Warehouse, batch: int) -> pl.DataFrame:
    """The rejected rows of a batch: part, row, reason and the row as it stood in the file."""
    return warehouse.frame(REJECTED, [batch])


def is_simulated(warehouse: Warehouse | Reader) -> bool:
    """Whether all that a warehouse of any release holds is the demonstration firm: nothing that somebody would miss."""
    of_all, made_up = warehouse.rows("SELECT count(*), count(*) FILTER (origin = 'demo') FROM batch")[0]
    return bool(of_all and of_all == made_up)

"""Where a number comes from: the batches behind it, joined with what the ledger knows of their files."""

from __future__ import annotations

import polars as pl

from data.store.warehouse import Warehouse

FILES = """SELECT batch, source, origin, as_of, loaded_at,
    coalesce((SELECT string_agg(DISTINCT file, ', ' ORDER BY file) FROM delivery
        WHERE delivery.batch = batch.batch AND part IN (SELECT unnest(?::VARCHAR[]))), '') AS file
FROM batch WHERE batch IN (SELECT unnest(?::INTEGER[]))"""
FILE_COLUMNS = ("source", "file", "as_of", "loaded_at", "origin")


def files(warehouse: Warehouse, batches: pl.DataFrame, fact: str) -> pl.DataFrame:
    """`batches` (a column `batch`, and what each brought of a fact) with source, file and moments, latest first.

    A batch of which the ledger knows nothing stays, without a source: a sum never shrinks by explaining it.
    """
    known = warehouse.frame(FILES, [_parts(fact), batches["batch"].to_list()])
    own = [name for name in batches.columns if name != "batch"]
    joined = batches.join(known, on="batch", how="left")
    return joined.select("batch", *FILE_COLUMNS, *own).sort("batch", descending=True)


def _parts(fact: str) -> list[str]:
    """The subjects that a fact is loaded from; all that loads is imported where somebody asks for them."""
    from data.load.mappings.canonical_fields import SUBJECTS

    return [each.name for each in SUBJECTS if each.fact and each.fact.name == fact]

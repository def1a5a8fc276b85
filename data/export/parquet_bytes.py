"""A frame as a Parquet file in memory: what writes it then learns from the system itself when there is no room."""

from __future__ import annotations

import io

import polars as pl


def parquet_bytes(frame: pl.DataFrame) -> bytes:
    """Columns with their types, and the least and greatest of each."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=True)
    return buffer.getvalue()

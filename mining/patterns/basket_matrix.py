"""Baskets as a sparse matrix: encoded once a data set, so that every question about them is cheap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse

from data.errors import BadRequest


@dataclass(frozen=True, slots=True, eq=False)
class Baskets:
    """What stands in which basket.

    `matrix` is baskets x items (CSR, True where present), `items` the names of its columns in
    alphabetical order, `counts` the number of baskets that hold each item.
    """

    matrix: sparse.csr_array
    items: tuple[str, ...]
    counts: np.ndarray

    def __len__(self) -> int:
        return int(self.matrix.shape[0])


def encode(frame: pl.DataFrame) -> Baskets:
    """Encode rows of `basket` (integer) and `item` (text); repeats of an item in a basket count once.

    Rows without basket or item are left out. Raises BadRequest when a column or every row is missing.
    """
    missing = [name for name in ("basket", "item") if name not in frame.columns]
    if missing:
        raise BadRequest(
            f"The baskets have no column {', '.join(missing)}.", "Give a basket and an item in each row."
        )
    pairs = frame.select("basket", pl.col("item").cast(pl.String)).drop_nulls().unique()
    if pairs.is_empty():
        raise BadRequest("There are no baskets to look into.", "Widen the filter or the period.")
    rows = pairs["basket"].rank("dense").to_numpy().astype(np.int32) - 1
    names = pairs["item"].unique().sort()
    columns = names.search_sorted(pairs["item"]).to_numpy().astype(np.int32)
    matrix = sparse.csr_array((np.ones(len(rows), dtype=bool), (rows, columns)))
    matrix.sort_indices()
    return Baskets(matrix, tuple(names), np.bincount(columns, minlength=len(names)))

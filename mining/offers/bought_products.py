"""Which customer bought which product, on how many days and when last: what every model of offers stands on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse

from data.errors import BadRequest

HALF_LIFE_DAYS = 90
COLUMNS = ("customer", "product", "day", "margin", "returned")


@dataclass(frozen=True, slots=True, eq=False)
class BoughtProducts:
    """Customers x products by the close of the day `until`, in the order of compressed sparse rows.

    `customers` and `products` are the codes of rows and columns, ascending. Of each pair that was bought: `days`
    (different days), `last` (the last of them) and `weight` (days, each counting half as much every 90 days before
    `until`). Days are days since 1970-01-01.
    """

    customers: np.ndarray
    products: np.ndarray
    indptr: np.ndarray
    indices: np.ndarray
    days: np.ndarray
    last: np.ndarray
    weight: np.ndarray
    until: int

    def matrix(self, values: np.ndarray | None = None) -> sparse.csr_array:
        """Customers x products with these values of the pairs; ones where none are given (float32)."""
        held = np.ones(len(self.indices), dtype=np.float32) if values is None else values.astype(np.float32)
        shape = (len(self.customers), len(self.products))
        return sparse.csr_array((held, self.indices, self.indptr), shape=shape)

    @property
    def rows(self) -> np.ndarray:
        """The row of each pair."""
        return np.repeat(np.arange(len(self.customers), dtype=np.int32), np.diff(self.indptr))

    @property
    def buyers(self) -> np.ndarray:
        """How many customers bought each product."""
        return np.bincount(self.indices, minlength=len(self.products))


def bought_products(frame: pl.DataFrame, until: int) -> BoughtProducts:
    """From rows of customer and product (codes), `day`, `margin` and `returned`, one a customer, product and day.

    What came back, and what was bought after `until`, is left out. Raises BadRequest where nothing is left.
    """
    kept = frame.lazy().filter(~pl.col("returned"), pl.col("day") <= until)
    age = (until - pl.col("day")).cast(pl.Float32)
    pairs = (
        kept.group_by("customer", "product")
        .agg(
            days=pl.col("day").n_unique().cast(pl.Int32),
            last=pl.col("day").max().cast(pl.Int32),
            weight=(0.5 ** (age / HALF_LIFE_DAYS)).sum().cast(pl.Float32),
        )
        .sort("customer", "product")
        .collect()
    )
    if pairs.is_empty():
        raise BadRequest("Nobody bought a known product here.", "Take a filter away, or a later day.")
    customers, counts = np.unique(pairs["customer"].to_numpy(), return_counts=True)
    products, columns = np.unique(pairs["product"].to_numpy(), return_inverse=True)
    return BoughtProducts(
        customers,
        products,
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        columns.astype(np.int32),
        pairs["days"].to_numpy(),
        pairs["last"].to_numpy(),
        pairs["weight"].to_numpy(),
        until,
    )

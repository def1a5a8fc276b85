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
    customer, product, day = in_order(frame, until)
    if not len(day):
        raise BadRequest("Nobody bought a known product here.", "Take a filter away, or a later day.")
    first, other_day = first_of_pairs(customer, product), np.ones(len(day), dtype=bool)
    other_day[1:] = day[1:] != day[:-1]
    other_day[first] = True
    fading = (0.5 ** (np.arange(until - int(day.min()) + 1) / HALF_LIFE_DAYS)).astype(np.float32)
    who, what = customer[first], product[first]
    begins = np.flatnonzero(np.concatenate([[True], who[1:] != who[:-1]]))
    products = np.unique(what)
    return BoughtProducts(
        who[begins],
        products,
        np.append(begins, len(who)).astype(np.int32),
        np.searchsorted(products, what).astype(np.int32),
        np.add.reduceat(other_day, first, dtype=np.int32),
        day[np.append(first[1:], len(day)) - 1],
        np.add.reduceat(fading[until - day], first, dtype=np.float64).astype(np.float32),
        until,
    )


def in_order(frame: pl.DataFrame, until: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Customer, product and day of each row that did not come back and is not after `until`, by these three (int32)."""
    kept = frame.lazy().filter(~pl.col("returned"), pl.col("day") <= until).select(COLUMNS[:3]).collect()
    columns = [kept[name].to_numpy() for name in kept.columns]
    least = [int(each.min(initial=0)) for each in columns]
    bits = [(int(each.max(initial=0)) - low).bit_length() for each, low in zip(columns, least, strict=True)]
    if sum(bits) > 63:
        columns = [each.to_numpy() for each in kept.sort(COLUMNS[:3])]
        return columns[0], columns[1], columns[2]
    keys = np.zeros(len(kept), dtype=np.int64)
    for each, low, width in zip(columns, least, bits, strict=True):
        keys <<= width
        keys |= each - low
    del kept, columns, each
    keys.sort()
    day, product, customer = (
        _taken(keys, low, width) for low, width in zip(least[::-1], bits[::-1], strict=True)
    )
    return customer, product, day


def _taken(keys: np.ndarray, low: int, width: int) -> np.ndarray:
    """What stands in the last bits of the keys, which are gone afterwards."""
    found = np.empty(len(keys), dtype=np.int32)
    np.bitwise_and(keys, (1 << width) - 1, out=found, casting="unsafe")
    found += np.int32(low)
    keys >>= width
    return found


def first_of_pairs(customer: np.ndarray, product: np.ndarray) -> np.ndarray:
    """Where each pair of customer and product begins, rows being in order."""
    changes = (customer[1:] != customer[:-1]) | (product[1:] != product[:-1])
    return np.flatnonzero(np.concatenate([[True], changes]))

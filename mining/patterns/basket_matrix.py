"""Baskets as item codes, basket after basket: encoded once a slice, so that every question about them is cheap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl
from scipy import sparse

from data.errors import BadRequest
from mining.patterns.pair_table import pair_table

CHUNK = 1 << 18
KEPT_TABLE = 2048  # items whose table of pairs takes 16 MB
ROOM_A_ROW = 4
NO_KIN = np.empty((0, 2), dtype=np.int64)


@dataclass(frozen=True, slots=False, eq=False)
class Baskets:
    """What stands in which basket.

    `codes` are the items of the first basket, of the second, and so on (ascending within each, none twice); basket
    b holds `codes[starts[b]:starts[b + 1]]`. A code is a place in `items`, which are in alphabetical order; `counts`
    are the baskets that hold each item. `kin` are pairs of codes of which one contains the other, such as a product
    and its category: no itemset holds both. `keys` are the baskets' own numbers, ascending.
    """

    starts: np.ndarray
    codes: np.ndarray
    items: tuple[str, ...]
    counts: np.ndarray
    kin: np.ndarray = field(default_factory=lambda: NO_KIN)
    keys: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> np.ndarray:
        """How many items each basket holds."""
        return np.diff(self.starts)

    @cached_property
    def together(self) -> np.ndarray | None:
        """Baskets with both of two items, by their codes; None where their table would be too large to be kept."""
        return pair_table(self.codes, self.starts, len(self.items)) if len(self.items) <= KEPT_TABLE else None

    @property
    def matrix(self) -> sparse.csr_array:
        """Baskets x items, True where present: as libraries want them."""
        present = np.ones(len(self.codes), dtype=bool)
        return sparse.csr_array((present, self.codes, self.starts), shape=(len(self), len(self.items)))


def encode(frame: pl.DataFrame) -> Baskets:
    """Encode rows of `basket` (integer) and `item` (text); repeats of an item in a basket count once.

    Rows without basket or item are left out. Raises BadRequest when a column or every row is missing.
    """
    missing = [name for name in ("basket", "item") if name not in frame.columns]
    if missing:
        raise BadRequest(
            f"The baskets have no column {', '.join(missing)}.", "Give a basket and an item in each row."
        )
    pairs = frame.select("basket", pl.col("item").cast(pl.String)).drop_nulls()
    names = pairs["item"].unique().sort()
    codes = names.search_sorted(pairs["item"]).to_numpy() if len(names) else np.empty(0, dtype=np.int64)
    return encode_codes(pairs["basket"].to_numpy(), codes, list(names))


def encode_codes(
    baskets: np.ndarray, codes: np.ndarray, names: Sequence[str], kin: np.ndarray = NO_KIN
) -> Baskets:
    """Encode one integer a row for the basket and one for the item, whose name is `names[code]`.

    Items that no row holds are left out. Rows are counted into their baskets and sorted within each alone.
    Raises BadRequest when there is no row.
    """
    if not len(codes):
        raise BadRequest("There are no baskets to look into.", "Widen the filter or the period.")
    names = tuple(names)
    order = np.array(sorted(range(len(names)), key=names.__getitem__))
    code_of = places(order, len(names))
    in_order = bool((order[1:] > order[:-1]).all())
    rows, known = numbered(np.asarray(baskets))
    starts, found, full = held_rows(rows, codes if in_order else code_of[codes], len(names))
    counts = np.zeros(len(names), dtype=np.int64)
    for at in range(0, len(found), CHUNK):
        counts += np.bincount(found[at : at + CHUNK], minlength=len(names))
    if not counts.all():
        used = np.flatnonzero(counts)
        place = places(used, len(names))
        for at in range(0, len(found), CHUNK):
            found[at : at + CHUNK] = place[found[at : at + CHUNK]]
        order, counts, code_of = order[used], counts[used], place[code_of]
    apart = code_of[kin]
    return Baskets(
        starts,
        found,
        names if in_order and len(order) == len(names) else tuple(map(names.__getitem__, order.tolist())),
        counts,
        apart[(apart >= 0).all(axis=1)],
        full if known is None else known,
    )


def numbered(baskets: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """The baskets as numbers small enough to count by, and which basket each number stands for (None: itself)."""
    if baskets.min() < 0 or baskets.max() > ROOM_A_ROW * max(len(baskets), CHUNK):
        known, rows = np.unique(baskets, return_inverse=True)
        return rows, known
    return baskets, None


def held_rows(rows: np.ndarray, codes: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each row that holds anything starts, what they hold one after another (ascending, each once), and which
    rows these are."""
    shape = int(rows.max()) + 1, width
    held = sparse.coo_array((np.ones(len(codes), dtype=bool), (rows, codes)), shape=shape).tocsr()
    full = np.flatnonzero(np.diff(held.indptr))
    return np.append(held.indptr[full], held.indptr[-1]).astype(np.int64), held.indices, full


def places(order: np.ndarray, size: int) -> np.ndarray:
    """Where each of so many codes stands in `order`; -1 where it does not."""
    width = np.int16 if len(order) <= np.iinfo(np.int16).max else np.int32
    found = np.full(size, -1, dtype=width)
    found[order] = np.arange(len(order), dtype=width)
    return found

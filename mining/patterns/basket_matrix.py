"""Baskets as item codes, basket after basket: encoded once a slice, so that every question about them is cheap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from scipy import sparse

from data.errors import BadRequest

CHUNK = 1 << 18
NO_KIN = np.empty((0, 2), dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
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

    Items that no row holds are left out. One sort of 64-bit keys does it: basket above, item below.
    Raises BadRequest when there is no row.
    """
    if not len(codes):
        raise BadRequest("There are no baskets to look into.", "Widen the filter or the period.")
    names = tuple(names)
    order = np.argsort(np.array(names, dtype=object), kind="stable")
    code_of = places(order, len(names))
    in_order = bool((order[1:] > order[:-1]).all())
    bits = max(len(names) - 1, 1).bit_length()
    baskets, known = np.asarray(baskets), None
    if baskets.min() < 0 or int(baskets.max()).bit_length() + bits > 63:
        known, baskets = np.unique(baskets, return_inverse=True)
    keys = np.empty(len(codes), dtype=np.int64)
    for at in range(0, len(keys), CHUNK):
        part = slice(at, at + CHUNK)
        np.left_shift(baskets[part], bits, out=keys[part], dtype=np.int64)
        keys[part] |= codes[part] if in_order else code_of[codes[part]]
    keys.sort()
    starts, found, numbers = taken_apart(keys, bits)
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
        names if in_order and len(order) == len(names) else tuple(names[at] for at in order.tolist()),
        counts,
        apart[(apart >= 0).all(axis=1)],
        numbers if known is None else known,
    )


def places(order: np.ndarray, size: int) -> np.ndarray:
    """Where each of so many codes stands in `order`; -1 where it does not."""
    width = np.int16 if len(order) <= np.iinfo(np.int16).max else np.int32
    found = np.full(size, -1, dtype=width)
    found[order] = np.arange(len(order), dtype=width)
    return found


def taken_apart(keys: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where baskets start, the items one after another, and the numbers of the baskets, of sorted keys.

    In chunks and in the memory of the keys, which are gone afterwards: fresh memory costs more than the work on it.
    """
    found, filled, last_key, last_basket = keys.view(np.int32), 0, -1, -1
    starts, numbers = [], []
    for at in range(0, len(keys), CHUNK):
        part = keys[at : at + CHUNK]
        part = part[np.concatenate([[part[0] != last_key], part[1:] != part[:-1]])]
        last_key = keys[min(at + CHUNK, len(keys)) - 1]
        if not len(part):
            continue
        found[filled : filled + len(part)] = part & ((1 << bits) - 1)
        part >>= bits
        begins = np.flatnonzero(np.concatenate([[part[0] != last_basket], part[1:] != part[:-1]]))
        starts.append(begins + filled)
        numbers.append(part[begins])
        last_basket, filled = part[-1], filled + len(part)
    del found
    keys.resize((filled + 1) // 2, refcheck=False)
    return np.concatenate([*starts, [filled]]), keys.view(np.int32)[:filled], np.concatenate(numbers)

"""What rules earn: the margin of both sides where they stand together, and of the right side for each left one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from mining.patterns.basket_matrix import Baskets
from mining.patterns.basket_rows import BasketRows


def entry_margins(baskets: Baskets, rows: np.ndarray, codes: np.ndarray, margins: np.ndarray) -> np.ndarray:
    """The margin of each entry of `baskets.codes`, added up over lines (basket number, code in `baskets.items`,
    margin); NaN as soon as one of its lines has none."""
    bits = max(len(baskets.items) - 1, 1).bit_length()
    place = np.repeat(np.arange(len(baskets), dtype=np.int64), baskets.lengths)
    keys = (place << bits) | baskets.codes
    lines = (np.searchsorted(baskets.keys, rows).astype(np.int64) << bits) | codes
    return np.bincount(np.searchsorted(keys, lines), weights=margins, minlength=len(keys))


def with_margins(rules: pl.DataFrame, baskets: Baskets, margins: np.ndarray) -> pl.DataFrame:
    """Rules (antecedent, consequent, confidence) with `margin`, what both sides earn together in the baskets with both,
    and `expected_margin`, what the right side earns for each basket with the left: confidence times its mean.

    Where the margin of an entry is not known (NaN), sums are of those that are, and the mean is of these alone; without
    any, both are null. The greatest expected margin first.
    """
    held = BasketRows(baskets)
    rows_of: dict[frozenset[str], np.ndarray] = {}
    earned, expected = [], []
    for left, right, confidence in rules.select("antecedent", "consequent", "confidence").iter_rows():
        items = frozenset((*left, *right))
        if items not in rows_of:
            rows_of[items] = held.of_all([*items])
        rows = rows_of[items]
        earned.append(_sum(_margins(held, items, rows, margins)))
        of_right = _margins(held, right, rows, margins).sum(axis=0)
        known = of_right[~np.isnan(of_right)]
        expected.append(confidence * float(known.mean()) if len(known) else None)
    columns = {"margin": earned, "expected_margin": expected}
    more = rules.with_columns(pl.Series(name, each, pl.Float64) for name, each in columns.items())
    return more.sort("expected_margin", descending=True, nulls_last=True, maintain_order=True)


def _margins(
    held: BasketRows, items: Sequence[str] | frozenset[str], rows: np.ndarray, margins: np.ndarray
) -> np.ndarray:
    """Items x baskets."""
    return np.array([margins[held.entries_of(item, rows)] for item in items])


def _sum(margins: np.ndarray) -> float | None:
    known = margins[~np.isnan(margins)]
    return float(known.sum()) if len(known) else None

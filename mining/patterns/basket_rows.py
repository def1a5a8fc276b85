"""Which baskets hold all items of a set, one set at a time: for the few rules that are looked at closer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mining.patterns.basket_matrix import Baskets

NO_ROWS = np.empty(0, dtype=np.int64)


class BasketRows:
    """The baskets with each item, ascending, and where in `Baskets.codes` they hold it."""

    def __init__(self, baskets: Baskets) -> None:
        self.entries = np.argsort(baskets.codes, kind="stable")
        self.rows = np.repeat(np.arange(len(baskets), dtype=np.int32), baskets.lengths)[self.entries]
        self.starts = np.concatenate([[0], np.cumsum(baskets.counts)])
        self.code_of = {name: code for code, name in enumerate(baskets.items)}

    def of_all(self, items: Sequence[str]) -> np.ndarray:
        """The baskets with all of these items; none where an item is in none."""
        codes = [self.code_of.get(item, -1) for item in items]
        if min(codes) < 0:
            return NO_ROWS
        first, *others = sorted((self._rows(code) for code in codes), key=len)
        for rows in others:
            at = np.minimum(np.searchsorted(rows, first), len(rows) - 1)
            first = first[rows[at] == first]
        return first

    def entries_of(self, item: str, rows: np.ndarray) -> np.ndarray:
        """Where these baskets, which all hold the item, hold it."""
        code = self.code_of[item]
        at = np.searchsorted(self._rows(code), rows)
        found: np.ndarray = self.entries[self.starts[code] + at]
        return found

    def _rows(self, code: int) -> np.ndarray:
        return self.rows[self.starts[code] : self.starts[code + 1]]

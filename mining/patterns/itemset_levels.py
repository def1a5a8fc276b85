"""Itemsets by length, as arrays: which subset of each stands where, and which are closed or maximal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mining.patterns.pair_counts import FrequentItems, Pairs


@dataclass(frozen=True, eq=False)
class Itemsets:
    """Every itemset in at least `least` of `baskets`, of at most `max_len` items (None: of any length).

    `codes` and `counts` by length: sets x length (ascending in each row), and the baskets that hold each set.
    """

    codes: dict[int, np.ndarray]
    counts: dict[int, np.ndarray]
    baskets: int
    least: int
    max_len: int | None

    def __len__(self) -> int:
        return sum(map(len, self.counts.values()))

    @cached_property
    def _weights(self) -> np.ndarray:
        """A random number an item, under which no two itemsets add up to one key."""
        width = 1 + max((int(codes.max()) for codes in self.codes.values() if len(codes)), default=0)
        for seed in range(100):
            weights = np.random.default_rng(seed).integers(0, 2**64, width, dtype=np.uint64)
            keys = [weights[codes].sum(axis=1) for codes in self.codes.values()]
            if not keys or len(np.unique(np.concatenate(keys))) == len(self):
                break
        return weights

    @cached_property
    def _sorted_keys(self) -> dict[int, tuple[np.ndarray, np.ndarray]]:
        found = {}
        for length, codes in self.codes.items():
            keys = self._weights[codes].sum(axis=1)
            order = np.argsort(keys)
            found[length] = keys[order], order
        return found

    def places(self, codes: np.ndarray) -> np.ndarray:
        """Where these itemsets (sets x length, all of them frequent) stand among those of their length."""
        keys, order = self._sorted_keys[codes.shape[1]]
        found: np.ndarray = order[np.searchsorted(keys, self._weights[codes].sum(axis=1))]
        return found

    def subset(self, length: int, positions: Sequence[int]) -> np.ndarray:
        """Where the items at these positions of each itemset of a length stand, among those of their own length."""
        return self.places(self.codes[length][:, list(positions)])

    @cached_property
    def superset_counts(self) -> dict[int, np.ndarray]:
        """The greatest count of an itemset that holds each one and one item more; 0 where none is frequent."""
        found = {length: np.zeros(len(counts), dtype=np.int64) for length, counts in self.counts.items()}
        for length, counts in self.counts.items():
            if length > 1:
                for left_out in range(length):
                    kept = [at for at in range(length) if at != left_out]
                    np.maximum.at(found[length - 1], self.subset(length, kept), counts)
        return found


def itemsets_of(
    items: FrequentItems,
    pairs: Pairs,
    order: np.ndarray,
    longer: Sequence[tuple[tuple[int, ...], int]],
    baskets: int,
    least: int,
    max_len: int | None,
) -> Itemsets:
    """Itemsets of what was found: the pairs by rank, and longer ones whose ranks `order` has the codes of."""
    codes, counts = {}, {}
    if len(items):
        codes[1], counts[1] = items.order[:, None], items.counts.astype(np.int64)
    ranks, others, together = pairs
    if len(ranks):
        codes[2], counts[2] = items.order[np.column_stack([ranks, others])], together
    by_length: dict[int, list[tuple[tuple[int, ...], int]]] = {}
    for itemset in longer:
        by_length.setdefault(len(itemset[0]), []).append(itemset)
    for length in sorted(by_length):
        codes[length] = order[np.array([ranks for ranks, _ in by_length[length]], dtype=np.int64)]
        counts[length] = np.array([count for _, count in by_length[length]], dtype=np.int64)
    sorted_codes = {length: np.sort(each, axis=1) for length, each in codes.items()}
    return Itemsets(sorted_codes, counts, baskets, least, max_len)

"""Baskets in which nothing goes together: each item as often as it was, in baskets drawn at random."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from mining.patterns.association_rules import RuleCounts, RuleDemands, chosen
from mining.patterns.basket_matrix import Baskets, held_rows
from mining.patterns.candidate_rules import candidate_rules
from mining.patterns.itemsets import BUDGET, frequent

SHUFFLES = 10


@dataclass(frozen=True, slots=True)
class ShuffledCounts:
    """How many rules the same settings give on each of the shuffled copies."""

    copies: tuple[RuleCounts, ...] = ()

    @property
    def rules(self) -> list[int]:
        """Those that meet every demand, a number a copy."""
        return [each.productive for each in self.copies]


def shuffled_counts(
    baskets: Baskets, demands: RuleDemands, max_len: int | None, seed: int = 0, budget: int = BUDGET
) -> Iterator[ShuffledCounts]:
    """What the demands leave on one shuffled copy, on two, up to ten: whoever asks may stop in between.

    Raises TooManyItemsets where a copy has more than `budget`.
    """
    found = ShuffledCounts()
    for at in range(SHUFFLES):
        copy = shuffled(baskets, np.random.default_rng([seed, at]))
        candidates = candidate_rules(frequent(copy, demands.support, max_len, budget))
        found = replace(found, copies=(*found.copies, chosen(candidates, demands).counts))
        yield found


def shuffled(baskets: Baskets, random: np.random.Generator) -> Baskets:
    """Each item in as many baskets as before, drawn at random without regard to any other item."""
    size, many = len(baskets), baskets.counts > len(baskets) // 2
    bits = max(len(baskets.items) - 1, 1).bit_length()
    keys = np.empty(0, dtype=np.int64)
    lacking = np.where(many, 0, baskets.counts)
    while lacking.any():
        items = np.repeat(np.arange(len(lacking)), lacking)
        drawn = (random.integers(0, size, len(items)) << bits) | items
        keys = np.unique(np.concatenate([keys, drawn]))  # one drawn twice is drawn again
        lacking = np.where(many, 0, baskets.counts) - np.bincount(
            keys & ((1 << bits) - 1), minlength=len(lacking)
        )
    often = [
        (random.permutation(size)[: baskets.counts[item]] << bits) | item for item in np.flatnonzero(many)
    ]
    keys = np.concatenate([keys, *often])
    starts, codes, rows = held_rows(keys >> bits, keys & ((1 << bits) - 1), len(baskets.items))
    lengths = np.zeros(size, dtype=np.int64)
    lengths[rows] = np.diff(starts)
    return replace(baskets, starts=np.concatenate([[0], np.cumsum(lengths)]), codes=codes)

"""Every rule that frequent itemsets make, as counts alone: what is tested, and what thresholds choose from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from math import comb

import numpy as np

from data.errors import BadRequest
from data.model.said import said
from mining.patterns.exact_shares import count_at_least
from mining.patterns.hypergeometric_tail import log_tail
from mining.patterns.itemset_levels import Itemsets

CANDIDATES = 5_000_000


@dataclass(frozen=True, slots=True)
class RuleSplit:
    """One way to split all itemsets of a length: the places of their items on the left and on the right, and the
    range of candidates that this makes, an itemset each."""

    length: int
    left: tuple[int, ...]
    right: tuple[int, ...]
    candidates: slice

    def without(self, place: int) -> tuple[int, tuple[int, ...]]:
        """What the split is called among shorter itemsets, when an item of the left is taken away."""
        return self.length - 1, tuple(each - (each > place) for each in self.right)


@dataclass(frozen=True, eq=False)
class CandidateRules:
    """Every split of every itemset with at most `max_consequent` items on the right, whatever its confidence.

    `both`, `left`, `right` are the baskets with both sides and with either, a candidate each.
    """

    itemsets: Itemsets
    splits: tuple[RuleSplit, ...]
    both: np.ndarray
    left: np.ndarray
    right: np.ndarray

    def __len__(self) -> int:
        return len(self.both)

    @property
    def baskets(self) -> int:
        return self.itemsets.baskets

    @cached_property
    def log_p(self) -> np.ndarray:
        """The logarithm of Fisher's one-sided p of each: both sides so often together by chance."""
        return log_tail(self.both, self.left, self.right, self.baskets)

    def log_p_given(self, least: int) -> np.ndarray:
        """The same of those with `least` baskets or more, given that they have so many: P(X >= both) / P(X >= least).

        Where baskets are sparse, a pair that chance brings together thrice reaches a support of three, and those that
        it brings together less are not tested: chosen by what is tested. Conditioning on the choice makes p fair again
        (Fithian, Sun and Taylor, "Optimal inference after model selection", arXiv 1410.2597, section 2).
        """
        chosen = log_tail(np.minimum(self.both, least), self.left, self.right, self.baskets)
        fair: np.ndarray = np.minimum(self.log_p - chosen, 0.0)
        return fair

    def sure(self, confidence: Fraction) -> np.ndarray:
        """Which have this confidence, compared on integer counts."""
        unique, place = np.unique(self.left, return_inverse=True)
        needed = [count_at_least(confidence, each) for each in unique.tolist()]
        return self.both >= np.array(needed, dtype=np.int64)[place]

    @cached_property
    def _split_of(self) -> dict[tuple[int, tuple[int, ...]], RuleSplit]:
        return {(split.length, split.right): split for split in self.splits}

    def shorter(self, split: RuleSplit) -> Iterator[np.ndarray]:
        """For each item of a split's left side, where the rules without it stand; empty where nothing would be left."""
        if len(split.left) == 1:
            return
        for place in split.left:
            kept = [at for at in range(split.length) if at != place]
            start = self._split_of[split.without(place)].candidates.start
            yield self.itemsets.subset(split.length, kept) + start


def candidate_rules(itemsets: Itemsets, max_consequent: int = 1) -> CandidateRules:
    """Every rule of frequent itemsets. Raises BadRequest for more than five million of them."""
    sizes = {each: range(1, min(max_consequent, each - 1) + 1) for each in itemsets.codes}
    many = sum(len(itemsets.counts[each]) * comb(each, size) for each in sizes for size in sizes[each])
    if many > CANDIDATES:
        raise BadRequest(
            said("These itemsets make {:,} rules, too many to hold.", many),
            "Raise the support or allow fewer items on the right side.",
        )
    splits: list[RuleSplit] = []
    both, left, right = (np.empty(many, dtype=np.int64) for _ in range(3))
    filled = 0
    for length, counts in sorted(itemsets.counts.items()):
        for sides in _splits(length, sizes[length]):
            part = slice(filled, filled + len(counts))
            splits.append(RuleSplit(length, *sides, part))
            both[part] = counts
            for side, column in zip(sides, (left, right), strict=True):
                column[part] = itemsets.counts[len(side)][itemsets.subset(length, side)]
            filled += len(counts)
    return CandidateRules(itemsets, tuple(splits), both, left, right)


def _splits(length: int, sizes: Sequence[int]) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    for size in sizes:
        for right in combinations(range(length), size):
            yield tuple(at for at in range(length) if at not in right), right

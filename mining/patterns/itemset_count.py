"""How many itemsets there are, where they are too many to find: guessed from random ways down the tree of them."""

from __future__ import annotations

import numpy as np

from mining.patterns.pair_counts import FrequentItems, Tail, tails

RANKS = 100
WAYS = 100
BEYOND = 1e9


def estimated_count(items: FrequentItems, least: int, max_len: int | None) -> float:
    """About how many itemsets reach `least`; infinite where they are beyond telling.

    Knuth (1975), Estimating the efficiency of backtrack programs: a way down the tree, at each node one child at
    random, stands for as many as there were to choose from. Items with many partners are tried more often.
    """
    random = np.random.default_rng(0)
    partners = np.arange(len(items)) + 1.0
    if items.is_narrow:
        partners = 1e-9 + (items.table >= least).sum(axis=1) ** 2.0
    chance = partners / partners.sum()
    found = []
    for rank in random.choice(len(items), RANKS, p=chance):
        beside, _ = items.beside(rank, least)
        here = float(len(beside))
        if max_len != 2 and len(beside) > 1:
            ((_, tail),) = tails(items, [(int(rank), beside)])
            here += float(np.mean([_way(tail, least, max_len, items, random) for _ in range(WAYS)]))
        found.append(here / chance[rank])
    return len(items) + float(np.mean(found))


def _way(
    tail: Tail, least: int, max_len: int | None, items: FrequentItems, random: np.random.Generator
) -> float:
    """How many itemsets of three and more one way down stands for."""
    stands_for, total, length = 1.0, 0.0, 2
    while len(tail) > 1 and (max_len is None or length < max_len) and stands_for < BEYOND**2:
        # A later item has more before it to go on with: it is chosen in proportion.
        at = int((0.25 + random.random() * len(tail) * (len(tail) - 1)) ** 0.5 + 0.5)
        at = min(max(at, 1), len(tail) - 1)
        stands_for *= len(tail) * (len(tail) - 1) / 2 / at
        code, bits = tail[at]
        tail = [
            (other, both)
            for other, others in tail[:at]
            if (both := bits & others).bit_count() >= least and (code, other) not in items.kin
        ]
        total += stands_for * len(tail)
        length += 1
    return total if stands_for < BEYOND**2 else float("inf")

"""Frequent itemsets that a distributed engine counted, as if they had been found here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from mining.patterns.basket_matrix import Baskets
from mining.patterns.exact_shares import Share, count_at_least, exact
from mining.patterns.itemset_levels import Itemsets
from mining.patterns.itemsets import BUDGET, check_length, frequent

FEW = 5_000_000  # baskets below which they are found here before a cluster has begun
# Of every itemset in at least so many baskets how many hold it, by the names of its items; None where nobody counts
# there, or more sets than so many are found.
Counted = Callable[[int, int], Mapping[frozenset[str], int] | None]


def frequent_elsewhere(
    baskets: Baskets, min_support: Share, max_len: int | None, counted: Counted, budget: int = BUDGET
) -> Itemsets:
    """The same as `frequent` finds, by `counted` of the same baskets where it tells; found here where it does not, and
    of few baskets.

    Raises BadRequest, TooManyItemsets.
    """
    check_length(max_len)
    least = count_at_least(exact(min_support, "support"), len(baskets))
    found = counted(least, budget) if len(baskets) >= FEW else None
    if found is None:
        return frequent(baskets, min_support, max_len, budget)
    code_of = {name: code for code, name in enumerate(baskets.items)}
    by_length: dict[int, list[tuple[tuple[int, ...], int]]] = {}
    for names, count in found.items():
        if max_len is None or len(names) <= max_len:
            codes = tuple(sorted(code_of[name] for name in names))
            by_length.setdefault(len(names), []).append((codes, count))
    sets = {length: sorted(by_length[length]) for length in sorted(by_length)}
    return Itemsets(
        {length: np.array([codes for codes, _ in each], dtype=np.int64) for length, each in sets.items()},
        {length: np.array([count for _, count in each], dtype=np.int64) for length, each in sets.items()},
        len(baskets),
        least,
        max_len,
    )

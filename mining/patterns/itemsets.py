"""Frequent itemsets within a budget: what stands together often enough, and never more than memory holds."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from data.errors import BadRequest
from mining.patterns.basket_matrix import Baskets
from mining.patterns.exact_shares import Share, count_at_least, exact, shortest_share
from mining.patterns.itemset_count import BEYOND, estimated_count
from mining.patterns.itemset_levels import Itemsets, itemsets_of
from mining.patterns.pair_counts import NO_PAIRS, FrequentItems, Tail, tails
from mining.patterns.rule_refusals import RuleAdvice, TooManyItemsets

BUDGET = 200_000
FIRST_LOOK = 2048  # the fewest frequent items whose pairs tell where the count of a budget may begin

Ranks = tuple[int, ...]


@dataclass(slots=True)
class Bar:
    """The least count that still interests whoever reads a walk; the reader may raise it on the way."""

    count: int


def frequent(
    baskets: Baskets, min_support: Share, max_len: int | None = None, budget: int = BUDGET
) -> Itemsets:
    """Every itemset in at least `min_support` of the baskets.

    Raises TooManyItemsets, with a support that would do, when there are more than `budget` of them.
    """
    check_length(max_len)
    least = count_at_least(exact(min_support, "support"), len(baskets))
    items = FrequentItems.of(baskets, least)
    pairs = NO_PAIRS if max_len == 1 else items.pairs(least, budget - len(items))
    if pairs is None or len(items) > budget:
        raise _too_many(baskets, items, min_support, max_len, budget)
    longer: list[tuple[Ranks, int]] = []
    core = items
    if max_len is None or max_len > 2:
        core = items.core(least)
        for itemset in _longer(core, Bar(least), max_len):
            longer.append(itemset)
            if len(items) + len(pairs[0]) + len(longer) > budget:
                raise _too_many(baskets, items, min_support, max_len, budget)
    return itemsets_of(items, pairs, core.order, longer, len(baskets), least, max_len)


def suggest_support(baskets: Baskets, target: int = 300) -> Decimal:
    """The least support (of two baskets or more) that at most `target` sets of two or more items reach."""
    least = max(2, least_count_for(baskets, target, shortest=2))
    return shortest_share(min(least, len(baskets)), len(baskets))


def least_count_for(baskets: Baskets, budget: int, max_len: int | None = None, shortest: int = 1) -> int:
    """The least count that at most `budget` itemsets reach; above the number of baskets when none does."""
    singles = baskets.counts if shortest == 1 else baskets.counts[:0]
    if max_len == 1:
        return _beyond(singles, budget)
    first = FrequentItems.of(baskets, 1, max(FIRST_LOOK, int(4 * budget**0.5)))
    bar = Bar(_beyond(np.concatenate([singles, first.table[first.table > 0]]), budget))
    whole = len(first) == len(baskets.items) or first.counts[-1] < bar.count
    items = first if whole else FrequentItems.of(baskets, bar.count)
    best = sorted(singles[singles >= bar.count].tolist())[-budget - 1 :]
    for count in _counts_beyond_singles(items, bar, max_len):
        if count < bar.count:  # the walk looked ahead when the bar was lower
            continue
        heapq.heappush(best, count)
        if len(best) > budget:
            bar.count = best[0] + 1
            while best and best[0] < bar.count:
                heapq.heappop(best)
    return bar.count


def _counts_beyond_singles(items: FrequentItems, bar: Bar, max_len: int | None) -> Iterator[int]:
    """The count of every itemset of two and more items that reaches the bar, from the most frequent item on."""
    if items.is_narrow:
        yield from np.sort(items.table[items.table >= bar.count])[::-1].tolist()
    else:
        yield from (
            count for rank in range(len(items)) for count in items.beside(rank, bar.count)[1].tolist()
        )
    if max_len == 2:
        return
    yield from (count for _, count in _longer(items.core(bar.count), bar, max_len))


def _beyond(counts: np.ndarray, budget: int) -> int:
    """The least count that at most `budget` of these reach."""
    return 1 if len(counts) <= budget else int(np.partition(counts, -budget - 1)[-budget - 1]) + 1


def check_length(max_len: int | None) -> None:
    """Raise BadRequest unless itemsets may hold one item at least."""
    if max_len is not None and max_len < 1:
        raise BadRequest(f"Itemsets of at most {max_len} items do not exist.", "Allow at least two items.")


def _longer(items: FrequentItems, bar: Bar, max_len: int | None) -> Iterator[tuple[Ranks, int]]:
    """The itemsets of three and more items, with their counts, from the most frequent item on.

    Eclat (Zaki 2000, IEEE TKDE 12(3)): an itemset grows only by items more frequent than all its own,
    and its baskets are one long integer of bits, counted after each AND.
    """
    beside = ((rank, items.joined(items.beside(rank, bar.count)[0], bar.count)) for rank in range(len(items)))
    wanted = [(rank, others) for rank, others in beside if len(others) > 1]
    for rank, tail in tails(items, wanted):
        if items.counts[rank] >= bar.count:
            yield from _deepen((rank,), tail, bar, max_len, items.kin)


def _deepen(
    prefix: Ranks, tail: Tail, bar: Bar, max_len: int | None, kin: set[tuple[int, int]]
) -> Iterator[tuple[Ranks, int]]:
    """Yield the itemsets of three and more items that begin with `prefix`, without recursion."""
    stack = [(prefix, tail)]
    while stack:
        prefix, tail = stack[-1]
        if len(tail) < 2:
            stack.pop()
            continue
        code, bits = tail.pop()
        longer = (*prefix, code)
        children: Tail = []
        for other, others in tail:
            both = bits & others
            count = both.bit_count()
            if count >= bar.count and not (kin and (code, other) in kin):
                children.append((other, both))
                yield (*longer, other), count
        if max_len is None or len(longer) + 1 < max_len:
            stack.append((longer, children))


def _too_many(
    baskets: Baskets, items: FrequentItems, min_support: Share, max_len: int | None, budget: int
) -> TooManyItemsets:
    least = count_at_least(exact(min_support, "support"), len(baskets))
    about = max(estimated_count(items, least, max_len), budget + 1)
    enough_for = least_count_for(baskets, budget // 4, max_len)
    enough = shortest_share(enough_for, len(baskets)) if enough_for <= len(baskets) else None
    advice = RuleAdvice(enough) if enough else RuleAdvice(longest=2)
    return TooManyItemsets(min_support, budget, advice, about if about < BEYOND else None)

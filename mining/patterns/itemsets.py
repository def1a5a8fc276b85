"""Frequent itemsets within a budget: what stands together often enough, and never more than memory holds."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from scipy import sparse

from data.errors import BadRequest
from mining.patterns.basket_matrix import Baskets
from mining.patterns.exact_shares import Share, count_at_least, exact, shortest_share
from mining.patterns.rule_refusals import RuleAdvice, TooManyItemsets

BUDGET = 200_000

Codes = tuple[int, ...]
Tail = list[tuple[int, int]]


@dataclass(slots=True)
class Bar:
    """The least count that still interests whoever reads a walk; the reader may raise it on the way."""

    count: int


def frequent(
    baskets: Baskets, min_support: Share, max_len: int | None = None, budget: int = BUDGET
) -> list[tuple[Codes, int]]:
    """Every itemset in at least `min_support` of the baskets, as (columns of the matrix, count).

    Raises TooManyItemsets, with a support that would do, when there are more than `budget` of them.
    """
    check_length(max_len)
    least = count_at_least(exact(min_support, "support"), len(baskets))
    found: list[tuple[Codes, int]] = []
    for itemset in walk(baskets, Bar(least), max_len):
        if len(found) == budget:
            raise _too_many(baskets, min_support, max_len, budget)
        found.append(itemset)
    return found


def suggest_support(baskets: Baskets, target: int = 300) -> Decimal:
    """The least support (of two baskets or more) that at most `target` sets of two or more items reach."""
    least = max(2, least_count_for(baskets, target, shortest=2))
    return shortest_share(min(least, len(baskets)), len(baskets))


def least_count_for(baskets: Baskets, budget: int, max_len: int | None = None, shortest: int = 1) -> int:
    """The least count that at most `budget` itemsets reach; above the number of baskets when none does."""
    bar = Bar(1)
    best: list[int] = []
    for codes, count in walk(baskets, bar, max_len):
        if len(codes) < shortest or count < bar.count:  # `walk` looked ahead when the bar was lower
            continue
        heapq.heappush(best, count)
        if len(best) > budget:
            bar.count = best[0] + 1
            while best and best[0] < bar.count:
                heapq.heappop(best)
    return bar.count


def walk(baskets: Baskets, bar: Bar, max_len: int | None = None) -> Iterator[tuple[Codes, int]]:
    """Yield each itemset whose count reaches the bar once, depth first, from the most frequent item on.

    Eclat (Zaki 2000, IEEE TKDE 12(3)): an itemset grows only by items more frequent than all its own,
    and its baskets are one long integer of bits, counted after each AND.
    """
    order = np.lexsort((np.arange(len(baskets.items)), -baskets.counts))
    order = order[baskets.counts[order] >= bar.count]
    matrix = baskets.matrix[:, order]
    columns = matrix.tocsc()
    for rank, code in enumerate(order.tolist()):
        count = int(baskets.counts[code])
        if count < bar.count:
            return
        yield (code,), count
        if max_len == 1:
            continue
        rows = columns.indices[columns.indptr[rank] : columns.indptr[rank + 1]]
        tail, counts = _beside(matrix[rows], rank, bar.count)
        pairs = [(int(order[other]), bits) for other, bits in tail]
        yield from (((code, other), each) for (other, _), each in zip(pairs, counts, strict=True))
        if max_len != 2:
            yield from _deepen((code,), pairs, bar, max_len)


def check_length(max_len: int | None) -> None:
    """Raise BadRequest unless itemsets may hold one item at least."""
    if max_len is not None and max_len < 1:
        raise BadRequest(f"Itemsets of at most {max_len} items do not exist.", "Allow at least two items.")


def _beside(part: sparse.csr_array, rank: int, least: int) -> tuple[Tail, list[int]]:
    """The more frequent items in these baskets that reach `least`, with their baskets as bits, and counts."""
    earlier = part.indices < rank
    found = part.indices[earlier]
    rows = np.repeat(np.arange(part.shape[0]), np.diff(part.indptr))[earlier]
    counts = np.bincount(found, minlength=rank)
    kept = np.flatnonzero(counts >= least)
    slot = np.full(rank, -1)
    slot[kept] = np.arange(len(kept))
    inside = slot[found] >= 0
    packed = _pack(slot[found[inside]], rows[inside], (len(kept), part.shape[0]))
    return list(zip(kept.tolist(), packed, strict=True)), counts[kept].tolist()


def _pack(slots: np.ndarray, rows: np.ndarray, shape: tuple[int, int]) -> list[int]:
    """One integer a slot, with the bit of each of its rows set."""
    width = (shape[1] + 7) // 8
    packed = np.zeros(shape[0] * width, dtype=np.uint8)
    np.add.at(packed, slots * width + (rows >> 3), np.left_shift(1, rows & 7).astype(np.uint8))
    raw = packed.tobytes()
    return [int.from_bytes(raw[at : at + width], "little") for at in range(0, len(raw), width)]


def _deepen(prefix: Codes, tail: Tail, bar: Bar, max_len: int | None) -> Iterator[tuple[Codes, int]]:
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
            if count >= bar.count:
                children.append((other, both))
                yield (*longer, other), count
        if max_len is None or len(longer) + 1 < max_len:
            stack.append((longer, children))


def _too_many(baskets: Baskets, min_support: Share, max_len: int | None, budget: int) -> TooManyItemsets:
    least = least_count_for(baskets, budget // 4, max_len)
    enough = shortest_share(least, len(baskets)) if least <= len(baskets) else None
    return TooManyItemsets(min_support, budget, RuleAdvice(enough) if enough else RuleAdvice(longest=2))

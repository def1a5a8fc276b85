"""Sequences: what customers buy after what, within gaps and a window of days, counted by customer and exactly."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property, lru_cache, partial

import numpy as np

from data.errors import BadRequest
from data.model.said import said
from mining.patterns.exact_shares import Share, count_at_least, exact, shortest_share
from mining.patterns.purchase_days import Integers, PurchaseDays, spread

BUDGET = 20_000
CELLS = 20_000_000
PREFIXES = 16  # of sequences in the order in which they are found, these are asked for again and again

Element = tuple[int, ...]
Steps = tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Timing:
    """Days between one element and the next, at least and at most, and from the first to the last (None: any)."""

    least_gap: int = 1
    most_gap: int | None = None
    window: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether what comes once may come however late."""
        return self.most_gap is None and self.window is None

    def check(self) -> None:
        """Raise BadRequest unless something can lie within it."""
        if self.least_gap < 1:
            raise BadRequest(
                f"A gap of {self.least_gap} days puts nothing after anything.",
                "Purchases of one day stand together: take 1 day or more.",
            )
        for name, most in (("longest gap", self.most_gap), ("window", self.window)):
            if most is not None and most < self.least_gap:
                raise BadRequest(
                    f"A {name} of {most} days is shorter than the shortest gap of {self.least_gap}.",
                    "Take a longer one, or a shorter least gap.",
                )


class TooManySequences(BadRequest):
    """More sequences reach a support than can be read; `enough` is a support that would do."""

    def __init__(self, support: Share, budget: int, enough: Decimal | None) -> None:
        super().__init__(
            said("At support {} more than {:,} sequences come out, too many to read.", support, budget),
            said("Raise the support: {:f} would do.", enough) if enough else "Allow fewer items a sequence.",
        )
        self.support, self.budget, self.enough = support, budget, enough


@dataclass(frozen=True, slots=True, eq=False)
class Occurrences:
    """Where a sequence ends: `rows` of the purchase days, ascending, and of each the latest day it can have begun (None
    where no window asks for it).

    Of all embeddings that end in a row the one begun latest is the shortest, so no other need be kept. It never moves
    back from one end of a customer to the next: hence the latest end that is far enough away is the one to go on from.
    """

    rows: Integers
    begins: Integers | None

    def at(self, rows: Integers, places: Integers) -> Occurrences:
        """Other rows, each begun as the one at its place."""
        return Occurrences(rows, None if self.begins is None else self.begins[places])


def frequent_sequences(
    days: PurchaseDays,
    min_support: Share,
    timing: Timing = Timing(),
    longest: int | None = None,
    budget: int = BUDGET,
) -> list[tuple[Steps, int]]:
    """Every sequence that `min_support` of the customers or more have, as (elements of items' places, customers).

    Sequences of elements by prefix growth (Pei et al. 2001, PrefixSpan), with the gaps of Srikant & Agrawal 1996 (GSP)
    and the window of Zaki 2000 (cSPADE) held against all embeddings. `longest` bounds the items of a sequence.
    Raises BadRequest, TooManySequences for more than `budget`.
    """
    timing.check()
    if longest is not None and longest < 1:
        raise BadRequest(f"Sequences of {longest} items do not exist.", "Allow two items at least.")
    least = count_at_least(exact(min_support, "support"), len(days))
    kept = days.only(days.counts >= least)
    found: list[tuple[Steps, int]] = []

    def enough(_: Steps, growth: Growth) -> Iterable[int]:
        return np.flatnonzero(growth.counts >= least).tolist()

    first = np.flatnonzero(kept.counts >= least).tolist()
    for steps, count, _ in walk(kept, timing, first, enough, longest):
        if len(found) == budget:
            best = least_count_for(kept, budget // 4, timing, longest)
            raise TooManySequences(
                min_support, budget, shortest_share(best, len(days)) if best <= len(days) else None
            )
        found.append((steps, count))
    return found


def suggest_sequence_support(days: PurchaseDays, timing: Timing = Timing(), target: int = 120) -> Decimal:
    """The least support (of two customers or more) that at most `target` pairs of one item after another reach."""
    least = max(2, least_count_for(days, target, timing, 2, only_later=True))
    return shortest_share(min(least, len(days)), len(days))


def least_count_for(
    days: PurchaseDays, budget: int, timing: Timing, longest: int | None, *, only_later: bool = False
) -> int:
    """The least count that at most `budget` sequences reach; those of one element do not count where `only_later`."""
    bar, best = 1, list[int]()
    order = np.argsort(-days.counts, kind="stable").tolist()

    def enough(_: Steps, growth: Growth) -> Iterable[int]:
        if only_later and not growth.later:
            return []
        return np.flatnonzero(growth.counts >= bar).tolist()

    first = (item for item in order if days.counts[item] >= bar)
    for steps, count, _ in walk(days, timing, first, enough, longest):
        if count < bar or (only_later and len(steps) == 1):
            continue
        heapq.heappush(best, count)
        if len(best) > budget:
            bar = best[0] + 1
            while best and best[0] < bar:
                heapq.heappop(best)
    return bar


def holders(days: PurchaseDays, sequences: Sequence[Steps], timing: Timing) -> list[Integers]:
    """The customers (their places, ascending) who have each of these sequences."""

    @lru_cache(PREFIXES)
    def ends(steps: Steps) -> Occurrences:
        *before, last = steps
        if len(last) > 1:
            return growth((*before, last[:-1]), False).with_item(last[-1])
        return growth(tuple(before), True).with_item(last[0]) if before else _single(days, last[0], timing)

    @lru_cache(PREFIXES)
    def growth(steps: Steps, later: bool) -> Growth:
        return Growth(days, partial(ends, steps), steps[-1][-1], later, timing)

    return [days.customer[days.first_of_each(ends(steps).rows)] for steps in sequences]


@dataclass(frozen=True, slots=False, eq=False)
class Growth:
    """What a sequence can go on with, of items that come `later` or stand in its last element; found when asked."""

    days: PurchaseDays
    ends: Callable[[], Occurrences]
    last: int
    later: bool
    timing: Timing

    @cached_property
    def counts(self) -> Integers:
        """How many customers have the sequence gone on with each item."""
        if self.later and self.timing.is_open:
            first = self.days.first_of_each(self.ends().rows)
            since = self.days.first_after(first, self.timing.least_gap)
            return self.days.customers_since(since, self.days.customer[first])
        items, owner = self.days.items_of(self._onward.rows)
        if not self.later:
            beyond = items > self.last
            items, owner = items[beyond], owner[beyond]
        return _customers_by_item(self.days, items, self._onward.rows[owner])

    def with_item(self, item: int) -> Occurrences:
        rows = self.days.rows_with(item)
        at = self._places[rows]
        held = at >= 0
        return self._onward.at(rows[held], at[held])

    @cached_property
    def _onward(self) -> Occurrences:
        return following(self.days, self.ends(), self.timing) if self.later else self.ends()

    @cached_property
    def _places(self) -> Integers:
        """Where each row of the purchase days stands among those to go on with; -1 where it does not."""
        found = np.full(len(self.days.day), -1, dtype=np.int32)
        found[self._onward.rows] = np.arange(len(self._onward.rows), dtype=np.int32)
        return found


Choice = Callable[[Steps, Growth], Iterable[int]]
Placed = tuple[Steps, int, Callable[[], Occurrences]]


def walk(
    days: PurchaseDays, timing: Timing, first: Iterable[int], choose: Choice, longest: int | None
) -> Iterator[Placed]:
    """Yield each sequence that is chosen, with how many customers have it and where, depth first, without recursion.

    It begins with the items `first`; `choose` gets a sequence and its growth, and gives the items to go on with.
    """
    for begin in first:
        stack: list[Placed] = [(((begin,),), int(days.counts[begin]), partial(_single, days, begin, timing))]
        while stack:
            steps, count, place = stack.pop()
            ends = cache(place)
            yield steps, count, ends
            if longest is not None and sum(map(len, steps)) >= longest:
                continue
            for later in (True, False):
                growth = Growth(days, ends, steps[-1][-1], later, timing)
                for item in reversed([*choose(steps, growth)]):
                    grown = (*steps, (item,)) if later else (*steps[:-1], (*steps[-1], item))
                    stack.append((grown, int(growth.counts[item]), partial(growth.with_item, item)))


def _single(days: PurchaseDays, item: int, timing: Timing) -> Occurrences:
    return _begun(days, days.rows_with(item), timing)


def _begun(days: PurchaseDays, rows: Integers, timing: Timing) -> Occurrences:
    return Occurrences(rows, None if timing.window is None else days.day[rows])


def occurrences(days: PurchaseDays, steps: Steps, timing: Timing) -> Occurrences:
    """Where a sequence ends."""
    ends: Occurrences | None = None
    for element in steps:
        rows = rows_with_all(days, element)
        if ends is None:
            ends = _begun(days, rows, timing)
            continue
        onward = following(days, ends, timing)
        held = np.flatnonzero(np.isin(onward.rows, rows, assume_unique=True))
        ends = onward.at(onward.rows[held], held)
    assert ends
    return ends


def rows_with_all(days: PurchaseDays, element: Element) -> Integers:
    """The rows that hold every item of an element, ascending."""
    rows = days.rows_with(element[0])
    for item in element[1:]:
        rows = np.intersect1d(rows, days.rows_with(item), assume_unique=True)
    return rows


def following(days: PurchaseDays, ends: Occurrences, timing: Timing) -> Occurrences:
    """The rows that can come after a sequence that ends there, whatever they hold."""
    begins = days.first_after(ends.rows, timing.least_gap)
    until = np.minimum(np.append(begins[1:], len(days.day)), days.ends[days.customer[ends.rows]])
    rows, at = spread(begins, np.maximum(until, begins))
    if timing.most_gap is not None:
        near = days.day[rows] - days.day[ends.rows[at]] <= timing.most_gap
        rows, at = rows[near], at[near]
    if timing.window is not None and ends.begins is not None:
        near = days.day[rows] - ends.begins[at] <= timing.window
        rows, at = rows[near], at[near]
    return ends.at(rows, at)


def _customers_by_item(days: PurchaseDays, items: Integers, rows: Integers) -> Integers:
    """How many customers have each item in these rows, which ascend."""
    width = len(days.items)
    counts = np.zeros(width, dtype=np.int64)
    if not len(items):
        return counts
    who = days.customer[rows]
    place = np.concatenate([[0], np.cumsum(np.diff(who) > 0)])
    most = max(1, CELLS // width)
    for begin in range(0, int(place[-1]) + 1, most):
        part = slice(*np.searchsorted(place, (begin, begin + most)))
        height = int(place[part][-1]) - begin + 1
        held = np.zeros((height, width), dtype=bool)
        held[place[part] - begin, items[part]] = True
        counts += held.sum(axis=0)
    return counts

"""Shown before: what each person was shown of a snapshot, so that no later answer tells what is withheld.

Answers tell things together: a total less all months but one is that month. What a person was shown is kept as systems
of counts, and an answer that would tell a small count with them is withheld where it does.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from cachetools import LRUCache

from cubes.withholding.counted_lines import read_lines
from cubes.withholding.seen_lines import SeenLines
from cubes.withholding.small_counts import WithheldRead
from data.errors import NotAllowed
from data.store.warehouse import Warehouse

MOST_PEOPLE = 64


@dataclass(frozen=True, slots=True)
class SeenPlace:
    """Which lines are seen together: those of a fact that meet a condition, told apart by some dimensions at most; None
    is by all."""

    fact: str
    condition: str
    dimensions: frozenset[str] | None = None

    def holds(self, other: SeenPlace) -> bool:
        """Whether what is seen there is seen here as well."""
        same = (self.fact, self.condition) == (other.fact, other.condition)
        if self.dimensions is None or other.dimensions is None:
            return same and self.dimensions is None
        return same and other.dimensions <= self.dimensions


def place_of(read: WithheldRead) -> SeenPlace:
    """The place of a read: its dimensions are those of its levels and of all that it is cut by."""
    cube, scope = read.cube, read.cell_query.scope
    levels = [*read.cell_query.levels, *(cube.level(each.level) for each in scope.filters)]
    timed = {"time"} if scope.days is not None else set()
    return SeenPlace(cube.fact, read.condition, frozenset({each.dimension for each in levels} | timed))


@dataclass(eq=False)
class ShownBefore:
    """What one person was shown of one snapshot: of each fact one system, or where that is too `large` one for each set
    of dimensions, of all that is told by those or fewer.

    `also` are the regions that were withheld beside what the policy asks for, by what was read for an answer.
    """

    seen: dict[SeenPlace, SeenLines] = field(default_factory=dict)
    reads: dict[tuple[object, ...], WithheldRead] = field(default_factory=dict)
    large: set[SeenPlace] = field(default_factory=set)
    also: dict[tuple[object, ...], frozenset[int]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, warehouse: Warehouse, reads: Iterable[WithheldRead]) -> frozenset[int]:
        """Remember that these reads were shown, unless they tell a small count together with what was shown before.

        Returns the regions to withhold as well in that case; none where the answer may be shown. Errors: NotAllowed
        where nothing that can be withheld would help.
        """
        with self.lock:
            new = {each.told: each for each in reads if each.told not in self.reads}
            after = self._after(warehouse, new.values())
            also = frozenset[int]().union(
                *(self._leaks(place, found, warehouse.policy.smallest) for place, found in after.items())
            )
            if not also:
                self.seen = after
                self.reads |= new
            return also

    def _after(self, warehouse: Warehouse, new: Collection[WithheldRead]) -> dict[SeenPlace, SeenLines]:
        """What is seen with these reads; each begins its system where there is none."""
        for read in new:
            whole = SeenPlace(read.cube.fact, read.condition)
            place = place_of(read) if whole in self.large else whole
            if place not in self.seen:
                begun = _with_reads(warehouse, {place: SeenLines()}, self.reads.values())
                self.seen = self.seen | begun
        after = _with_reads(warehouse, self.seen, new)
        large = {place for place, found in after.items() if place.dimensions is None and found.is_large}
        if not large:
            return after
        self.large |= large
        self.seen = {place: found for place, found in self.seen.items() if place not in large}
        return self._after(warehouse, new)

    def _leaks(self, place: SeenPlace, after: SeenLines, smallest: int) -> frozenset[int]:
        before = self.seen[place]
        if after is before:
            return frozenset()
        exposed, also = (True, frozenset[int]()) if after.is_too_large else after.leaks(before, smallest)
        if exposed:
            raise told_together(smallest)
        return also


def _with_reads(
    warehouse: Warehouse, seen: Mapping[SeenPlace, SeenLines], reads: Iterable[WithheldRead]
) -> dict[SeenPlace, SeenLines]:
    """What is seen in each place, with those reads as well that are seen there."""
    found = dict(seen)
    for read in reads:
        own = [place for place in found if place.holds(place_of(read))]
        if own:
            (counted,) = read_lines(warehouse, read.cube, read.cell_query, [read.condition])
            for place in own if len(counted.lines) else ():
                found[place] = found[place].with_read(counted, read.hidden)
    return found


def told_together(smallest: int) -> NotAllowed:
    """The refusal of an answer that tells too much beside earlier ones."""
    return NotAllowed(
        f"Together with what you were shown before, this answer would tell of fewer than {smallest} customers.",
        "Ask for coarser cells, or for those that you asked for before.",
    )


@cache
def _records() -> LRUCache[tuple[str, str, str], ShownBefore]:
    return LRUCache(MOST_PEOPLE)


_LOCK = threading.Lock()


def shown_before(person: str, warehouse: Warehouse) -> ShownBefore:
    """What a person was shown of the snapshot by this process."""
    with _LOCK:
        return _records().setdefault((person, str(warehouse.path), warehouse.snapshot), ShownBefore())

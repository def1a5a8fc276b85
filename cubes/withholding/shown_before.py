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

from cubes.model import Level
from cubes.withholding.counted_lines import read_lines
from cubes.withholding.fact_lines import fact_lines
from cubes.withholding.seen_lines import SeenLines
from cubes.withholding.small_counts import WithheldRead
from data.errors import NotAllowed
from data.store.warehouse import Warehouse

MOST_PEOPLE = 64


@dataclass(frozen=True, slots=True)
class SeenPlace:
    """Which reads are seen together: those of the lines of a fact that meet a condition, told apart by nothing but what
    is named: dimensions, or `levels` of them; None is by all."""

    fact: str
    condition: str
    names: frozenset[str] | None = None
    levels: bool = False

    def holds(self, read: WithheldRead) -> bool:
        """Whether a read is seen here."""
        if (self.fact, self.condition) != (read.cube.fact, read.condition):
            return False
        return self.names is None or (_levels if self.levels else _dimensions)(read) <= self.names


def places_of(read: WithheldRead) -> tuple[SeenPlace, ...]:
    """Where a read may be seen: beside all others, those by its dimensions or fewer, those by its levels or above."""
    own = read.cube.fact, read.condition
    return (
        SeenPlace(*own),
        SeenPlace(*own, _dimensions(read)),
        SeenPlace(*own, _levels(read) | _above(read), levels=True),
    )


def _told_by(read: WithheldRead) -> list[Level]:
    """The levels that a read is told apart or cut by, but for its days."""
    asked = read.cell_query
    return [*asked.levels, *(read.cube.level(each.level) for each in asked.scope.filters)]


def _dimensions(read: WithheldRead) -> frozenset[str]:
    timed = {"time"} if read.cell_query.scope.days is not None else set()
    return frozenset({each.dimension for each in _told_by(read)} | timed)


def _levels(read: WithheldRead) -> frozenset[str]:
    """Of time the dimension alone: its levels are runs of days."""
    timed = {"time"} if read.cell_query.scope.days is not None else set()
    return frozenset({"time" if each.is_time else each.name for each in _told_by(read)} | timed)


def _above(read: WithheldRead) -> frozenset[str]:
    """The levels above those of a read."""
    own = _levels(read)
    chains = [each.levels for dimension in read.cube.dimensions for each in dimension.hierarchies]
    return frozenset(
        above for each in chains for at, name in enumerate(each) if name in own for above in each[:at]
    )


@dataclass(eq=False)
class ShownBefore:
    """What one person was shown of one snapshot: of each fact one system, or where that is too `large` one for each set
    of dimensions, of all that is told by those or fewer; and where one of these is, one for each set of levels.

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
            before = self._before(warehouse, new.values())
            after = _with_reads(warehouse, before, new.values())
            while large := {each for each in after if not each.levels and after[each].is_large}:
                self.large |= large
                self.seen = {place: found for place, found in self.seen.items() if place not in large}
                before = self._before(warehouse, new.values())
                after = _with_reads(warehouse, before, new.values())
            smallest = warehouse.policy.smallest
            also = frozenset[int]().union(
                *(_leaks(before[place], found, smallest) for place, found in after.items())
            )
            if not also:
                self.seen = after
                self.reads |= new
            return also

    def _before(self, warehouse: Warehouse, new: Collection[WithheldRead]) -> dict[SeenPlace, SeenLines]:
        """What was seen before these reads in each place, also in those that one of them begins."""
        found = dict(self.seen)
        for read in new:
            place = next(each for each in places_of(read) if each.levels or each not in self.large)
            if place not in found:
                begun = {place: SeenLines.of(fact_lines(warehouse, read.cube))}
                found |= _with_reads(warehouse, begun, self.reads.values())
        return found


def _leaks(before: SeenLines, after: SeenLines, smallest: int) -> frozenset[int]:
    """The regions to withhold for nothing to be told. Errors: NotAllowed where nothing would help."""
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
        own = [place for place in found if place.holds(read)]
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

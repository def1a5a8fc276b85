"""Shown before: what each person was shown of a snapshot, so that no later answer tells what is withheld.

Answers tell things together: a total less all months but one is that month. All that a person was shown is kept as one
system of counts, and an answer that would tell a small count with it is withheld where it does.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from cachetools import LRUCache

from cubes.withholding.counted_lines import read_lines
from cubes.withholding.seen_lines import SeenLines
from cubes.withholding.small_counts import WithheldRead
from data.errors import NotAllowed
from data.store.warehouse import Warehouse

MOST_PEOPLE = 64


@dataclass(eq=False)
class ShownBefore:
    """What one person was shown of one snapshot, by the lines' fact and the condition that they meet.

    `also` are the regions that were withheld beside what the policy asks for, by what was read for an answer.
    """

    seen: dict[tuple[str, str], SeenLines] = field(default_factory=dict)
    reads: set[tuple[object, ...]] = field(default_factory=set)
    also: dict[tuple[object, ...], frozenset[int]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, warehouse: Warehouse, reads: Iterable[WithheldRead]) -> frozenset[int]:
        """Remember that these reads were shown, unless they tell a small count together with what was shown before.

        Returns the regions to withhold as well in that case; none where the answer may be shown. Errors: NotAllowed
        where nothing that can be withheld would help.
        """
        with self.lock:
            new = [each for each in reads if each.told not in self.reads]
            after = dict(self.seen)
            for each in new:
                place = (each.cube.fact, each.condition)
                (counted,) = read_lines(warehouse, each.cube, each.cell_query, [each.condition])
                if len(counted.lines):
                    after[place] = after.get(place, SeenLines()).with_read(counted, each.hidden)
            also = frozenset().union(
                *(self._leaks(place, found, warehouse.policy.smallest) for place, found in after.items())
            )
            if not also:
                self.seen = after
                self.reads.update(each.told for each in new)
            return also

    def _leaks(self, place: tuple[str, str], after: SeenLines, smallest: int) -> frozenset[int]:
        before = self.seen.get(place, SeenLines())
        if after is before:
            return frozenset()
        exposed, also = (True, frozenset[int]()) if after.is_too_large else after.leaks(before, smallest)
        if exposed:
            raise told_together(smallest)
        return also


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

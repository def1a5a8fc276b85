"""One read of cells: measures of grouping sets of levels, within a scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cubes.cells.scope import Scope
from cubes.model import Level, Measure

GroupingSet = tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class CellQuery:
    """One read: these measures of these grouping sets of the levels, within a scope; beyond the tops are Others."""

    levels: tuple[Level, ...]
    sets: tuple[GroupingSet, ...]
    measures: tuple[Measure, ...]
    scope: Scope
    tops: Mapping[str, Sequence[int]]

    def kept(self, each: GroupingSet) -> tuple[Level, ...]:
        """The levels that a grouping set keeps."""
        if all(each):
            return self.levels
        return tuple(level for level, keep in zip(self.levels, each, strict=True) if keep)

"""Compare: the cells beside what they were in each compared period, as `<measure>@<comparison>`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import polars as pl

from cubes.ask.compared_cells import beside, settled, told_by_own_periods
from cubes.ask.comparison_periods import Baseline, baseline
from cubes.ask.resolve_query import ResolvedQuery, times
from cubes.ask.source_lags import lags
from cubes.cells.scope import Scope
from cubes.query import Against
from data.model.said import said
from data.store.warehouse import Warehouse

ReadCells = Callable[[Scope], pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Comparing:
    """One question's comparisons: `read` gives its cells within another scope."""

    warehouse: Warehouse
    resolved: ResolvedQuery
    read: ReadCells

    def with_bases(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
        """The cells with their bases, and what they were compared with, in words.

        Where the question itself compares, cells that were there only then are added. What cannot be compared
        is null; what can, and had no line, is what its measure says of an empty cell.
        """
        if not self.resolved.comparisons:
            return frame, []
        parts, notes = [], []
        by_time = self._groupings_by_time()
        for kept, groupings in by_time.items():
            bases = {each: self._baseline(kept, each) for each in self.resolved.comparisons}
            notes += self._notes(kept, bases)
            parts.append(self._compared(frame, groupings if len(by_time) > 1 else None, bases))
        return pl.concat(parts, how="vertical_relaxed") if len(parts) > 1 else parts[0], notes

    def _compared(
        self, frame: pl.DataFrame, groupings: Sequence[int] | None, bases: dict[Against, Baseline]
    ) -> pl.DataFrame:
        own, resolved = _of(frame, groupings), self.resolved
        for against, base in bases.items():
            then = _of(self._cells(base), groupings) if base.days else frame.clear()
            then = then[resolved.columns]
            own = beside(own, then, resolved.query.by, resolved.values, against, self._adds(against))
        unknown = [name for name in resolved.zeros if own[name].null_count()]
        own = own.with_columns(pl.col(name).fill_null(0) for name in unknown) if unknown else own
        for against, base in bases.items():
            own = settled(own, base, against, resolved.values, resolved.zeros)
        return own

    def _adds(self, against: Against) -> bool:
        """Whether cells that were there only in the compared period belong to the answer."""
        return against == self.resolved.query.compare or any(
            each.either and each.comparison == against for each in self.resolved.needs
        )

    def _baseline(self, kept: tuple[str, ...], against: Against) -> Baseline:
        profile, fact = self.warehouse.profile, self.resolved.cube.fact
        return baseline(profile, self.resolved.scope, kept, against, fact, lags(self.warehouse, fact))

    def _notes(self, kept: tuple[str, ...], bases: dict[Against, Baseline]) -> list[str]:
        """The compared periods of the finest cells, and of the total of a question that asks for totals."""
        whole = times(self.resolved.levels, self.resolved.sets[0])
        told = kept == whole or (not kept and self.resolved.query.totals)
        return [said("Compared: {}.", base.sentence()) for base in bases.values() if told]

    def _cells(self, base: Baseline) -> pl.DataFrame:
        """The cells of the compared period, told by the periods that they stand for."""
        then = replace(self.resolved.scope, days=base.days, moved=base.moved, left_out=base.left_out)
        return told_by_own_periods(self.read(then), base, self.warehouse.profile.calendar)

    def _groupings_by_time(self) -> dict[tuple[str, ...], list[int]]:
        """The grouping sets by the time levels that they keep."""
        found: dict[tuple[str, ...], list[int]] = {}
        for kept in self.resolved.sets:
            mask = sum(0 if here else self.resolved.bit(at) for at, here in enumerate(kept))
            found.setdefault(times(self.resolved.levels, kept), []).append(mask)
        return found


def _of(frame: pl.DataFrame, groupings: Sequence[int] | None) -> pl.DataFrame:
    """The cells of some grouping sets; of all where it is None."""
    return frame if groupings is None else frame.filter(pl.col("grouping").is_in(groupings))

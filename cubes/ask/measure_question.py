"""Measure a whole question: its cells of one cube, or of several where they meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from cubes.ask import drill_across
from cubes.ask.cell_columns import CellColumns
from cubes.ask.measure_cells import MeasuredCells, measure
from cubes.ask.met_condition import MetCondition
from cubes.ask.resolve_query import resolve
from cubes.query import Cut, Query
from cubes.withholding.small_counts import AS_POLICY, WithheldRead, Withholding
from data.store.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class MeasuredQuestion:
    """The cells of each cube that a question takes, first that of its first measure; `met` are those of several."""

    cells: tuple[MeasuredCells, ...]
    met: pl.DataFrame | None
    notes: tuple[str, ...]

    @property
    def frame(self) -> pl.DataFrame:
        """The cells of all together."""
        return self.cells[0].frame if self.met is None else self.met

    @property
    def columns(self) -> CellColumns | None:
        """The same as they were read, where they are of one cube and nothing was derived of them."""
        told = self.cells[0].told
        return told if self.met is None and isinstance(told, CellColumns) else None

    @property
    def counted(self) -> tuple[WithheldRead, ...]:
        """What was withheld of each read of the cells."""
        return tuple(read for each in self.cells for read in each.counted)


def measure_question(
    warehouse: Warehouse,
    query: Query,
    met: Mapping[Cut, MetCondition],
    limit: int | None = None,
    gapless: bool = False,
    ranked: Mapping[str, Sequence[int]] = MappingProxyType({}),
    withholding: Withholding = AS_POLICY,
) -> MeasuredQuestion:
    """Each cube at its own grain, in at most `limit` cells; `met` says who meets each condition of the question.

    `ranked` are the codes of levels whose members the question ranks by something else than its first measure.

    Raises BadRequest, TooLarge, NotAllowed.
    """
    crossing = drill_across.crosses(query)
    parts = drill_across.parts(query, warehouse.profile) if crossing else (query,)
    gapless = gapless or (crossing and bool(drill_across.running_totals(query)))
    first, *rest = [resolve(warehouse, part, gapless, met) for part in parts]
    lead = measure(warehouse, first, limit, crossing=crossing, ranked=ranked, withholding=withholding)
    cells = (lead, *(measure(warehouse, each, limit, lead.tops, withholding=withholding) for each in rest))
    if not crossing:
        return MeasuredQuestion(cells, None, lead.notes)
    notes = tuple(drill_across.notes(query, cells, first.levels))
    return MeasuredQuestion(cells, drill_across.joined(query, cells), notes)

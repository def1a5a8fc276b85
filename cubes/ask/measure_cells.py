"""Measure: the cells of a question to one cube, read, compared and derived from, before they have names and order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import polars as pl

from cubes.ask import standing_scorings, uncounted_series, unfollowed_lines
from cubes.ask.cell_columns import CellColumns
from cubes.ask.compare_cells import Comparing
from cubes.ask.derived_measures import along, derived, growth, needs
from cubes.ask.empty_periods import filled
from cubes.ask.execute_plan import Engine, QueryPlan, engine_of
from cubes.ask.resolve_query import ResolvedQuery
from cubes.ask.source_lags import lags
from cubes.ask.top_members import Tops, tops_of
from cubes.ask.withheld_values import withheld, withheld_derived
from cubes.catalogue import segment_formation
from cubes.cells.cell_query import CellQuery
from cubes.cells.scope import Scope
from cubes.members.member_names import MemberNames, names_of
from cubes.withholding.small_counts import (
    AS_POLICY,
    SmallCounts,
    WithheldRead,
    Withholding,
    check_levels,
    small_counts,
)
from data.model.calendar import Days
from data.store.warehouse import Warehouse


@dataclass(frozen=True)
class MeasuredCells:
    """The cells of one cube, `told` as columns of numbers where they are as they were read: nothing compared, derived,
    added or withheld. `plans` are the reads that gave them.

    Under a policy that withholds small counts `counted` says what of each read.
    """

    resolved: ResolvedQuery
    told: CellColumns | pl.DataFrame
    names: MemberNames
    tops: Tops
    plans: tuple[QueryPlan, ...]
    notes: tuple[str, ...]
    counted: tuple[WithheldRead, ...] = ()

    @cached_property
    def frame(self) -> pl.DataFrame:
        """For each level its name, `.id` and `.code`, then `grouping`, then the measures.

        With a comparison also `<measure>:base` and `<measure>:growth`; `<column>|withheld` says where values are
        withheld.
        """
        return self.told.frame(self.names) if isinstance(self.told, CellColumns) else self.told


def measure(
    warehouse: Warehouse,
    resolved: ResolvedQuery,
    limit: int | None,
    tops: Tops | None = None,
    crossing: bool = False,
    ranked: Mapping[str, Sequence[int]] = MappingProxyType({}),
    withholding: Withholding = AS_POLICY,
) -> MeasuredCells:
    """Read the cells, beyond the same `tops` as another cube where those are given.

    `ranked` are the codes of levels whose members the question ranks by something else than its first measure.
    Raises BadRequest, TooLarge, NotAllowed.
    """
    engine = engine_of(warehouse, resolved.cube)
    small = _small_counts(warehouse, resolved, withholding)
    own = tops_of(engine, resolved, crossing, ranked, small) if tops is None else replace(tops, plans=())
    names = names_of(warehouse)
    plans = list(own.plans)
    counted: list[WithheldRead] = []

    def columns(within: Scope) -> tuple[CellColumns, CellQuery]:
        cell_query = CellQuery(resolved.levels, resolved.sets, resolved.measures, within, own.codes)
        cells, plan = engine.cells(cell_query, limit)
        plans.append(plan)
        return CellColumns.of(cell_query, resolved.ratios, cells), cell_query

    def read(within: Scope) -> pl.DataFrame:
        found, cell_query = columns(within)
        frame = found.frame(names)
        if small:
            frame, withheld_reads = small.marked(frame, cell_query)
            counted.extend(withheld_reads)
        return frame

    if small is None and resolved.is_plain:
        plain, _ = columns(resolved.scope)
        notes = tuple(_notes(warehouse, engine, resolved))
        return MeasuredCells(resolved, plain, names, own, tuple(plans), notes)
    marked = replace(resolved, measures=(*resolved.measures, *small.marks)) if small else resolved
    frame = read(resolved.scope)
    frame = _gapless(engine, marked, frame) if resolved.gapless else frame
    frame, compared = Comparing(warehouse, marked, read).with_bases(frame)
    frame = withheld(frame, small, resolved.comparisons) if small else frame
    frame = _derived(frame, resolved)
    frame = withheld_derived(frame, resolved) if small else frame
    notes = (*_notes(warehouse, engine, resolved), *compared)
    return MeasuredCells(resolved, frame, names, own, tuple(plans), notes, tuple(counted))


def _small_counts(
    warehouse: Warehouse, resolved: ResolvedQuery, withholding: Withholding
) -> SmallCounts | None:
    """How small counts are withheld of a question. Errors: NotAllowed."""
    found = small_counts(warehouse, resolved.cube, resolved.measures, resolved.ratios, withholding)
    if found:
        check_levels(warehouse, resolved.levels, resolved.scope.cuts)
    return found


def _gapless(engine: Engine, resolved: ResolvedQuery, frame: pl.DataFrame) -> pl.DataFrame:
    """With the periods in which nothing happened, as zero or as not known, as each measure says."""
    ordinary, outliers = engine.planner.reached(resolved.scope)
    calendar = engine.warehouse.profile.calendar
    return filled(frame, resolved.levels, resolved.zeros, calendar, (*ordinary, *outliers))


def _derived(frame: pl.DataFrame, resolved: ResolvedQuery) -> pl.DataFrame:
    """With what is derived of each measure, but for what runs along the rows as people read them."""
    for text, (name, derivation) in zip(resolved.query.measures, resolved.derived, strict=True):
        if derivation and not needs(derivation).order:
            series = derived(frame, resolved.levels, resolved.cube.measure(name), derivation)
            frame = frame.hstack([series.alias(text)])
        elif not derivation and resolved.query.compare:
            base = frame[f"{name}@{resolved.query.compare}"]
            frame = frame.hstack(
                [base.alias(f"{name}:base"), growth(frame[name], base).alias(f"{name}:growth")]
            )
    return frame


def _notes(warehouse: Warehouse, engine: Engine, resolved: ResolvedQuery) -> Iterator[str]:
    """What stands beside the numbers, but for what they are compared with."""
    if any(each.order for each in resolved.needs):
        yield along(resolved.levels)
    extent = engine.planner.extent
    runs = resolved.scope.days or (extent,)
    for each in lags(warehouse, resolved.cube.fact):
        if any(run.meet(Days(each.last + 1, extent.last)) for run in runs):
            yield each.sentence(extent.last)
    yield from unfollowed_lines.notes(warehouse, resolved.cube.fact)
    yield from segment_formation.notes(resolved.cube, resolved.query)
    yield from standing_scorings.notes(warehouse, resolved.cube, resolved.scope)
    yield from uncounted_series.notes(
        warehouse, resolved.cube, resolved.levels, resolved.measures, resolved.scope
    )

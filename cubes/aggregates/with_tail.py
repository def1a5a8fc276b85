"""Cells counted beforehand put together with those of the lines that came since: as if all were counted beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from cubes.aggregates.rollups import partial_aggregates
from cubes.aggregates.rollups.partial_aggregates import SCALE
from cubes.aggregates.tail import Tail
from cubes.cells.cell_arrays import Cells
from cubes.cells.cell_query import CellQuery
from cubes.cells.cell_source import CellSource
from cubes.cells.packed_codes import grouped
from cubes.cells.statement import SqlStatement
from cubes.model import Cube, Kind, Measure
from data.model.said import Said


@dataclass(frozen=True, slots=True, eq=False)
class WithTail:
    """A roll-up and the lines after it.

    Sums, counts and orders add up cell by cell, since no order has lines in both; of least and greatest values the
    lesser and greater count. Different members are counted by the members of both.
    """

    names_every_cell: ClassVar[bool] = True

    stored: CellSource
    tail: Tail

    @staticmethod
    def serves(cube: Cube, cell_query: CellQuery) -> bool:
        """Whether both can be put together for a read: members that are counted must not be Others as well."""
        (measure, *others) = cell_query.measures
        level = counted_level(cube, measure)
        if not level:
            return not any(counted_level(cube, each) for each in others)
        return (
            not others
            and len(cell_query.sets) == 1
            and all(cell_query.sets[0])
            and level not in cell_query.tops
        )

    def words(self, sized: bool = True) -> Said:
        return self.tail.beside(self.stored.words(sized), sized)

    def statement(self, cell_query: CellQuery) -> SqlStatement:
        asked, level = self._by_members(cell_query)
        stored, came = self.stored.statement(asked), self.tail.statement(asked)
        codes = "".join(f'"{each.name}.code", ' for each in cell_query.levels)
        folded = ", ".join(f"{_folded(each, level)} AS {each.name}" for each in cell_query.measures)
        text = (
            f"SELECT {codes}grouping, {folded} FROM (\n  ({stored.text})\n  UNION ALL\n  ({came.text})\n)"
            f" GROUP BY {codes}grouping"
        )
        return SqlStatement(text, (*stored.parameters, *came.parameters))

    def cells(self, cell_query: CellQuery) -> list[Cells]:
        asked, level = self._by_members(cell_query)
        sides = zip(self.stored.cells(asked), self.tail.cells(asked), strict=True)
        together = [_together(asked.measures, one, other) for one, other in sides]
        return [_members(each) for each in together] if level else together

    def _by_members(self, cell_query: CellQuery) -> tuple[CellQuery, str | None]:
        """The read by the members that are counted, where they are, and their level; as it is where it is by them."""
        level = counted_level(self.tail.cube, cell_query.measures[0])
        if not level or any(each.name == level for each in cell_query.levels):
            return cell_query, None
        levels = (*cell_query.levels, self.tail.cube.level(level))
        return replace(cell_query, levels=levels, sets=((True,) * len(levels),)), level


def counted_level(cube: Cube, measure: Measure) -> str | None:
    """The level whose members a measure counts, where it counts any."""
    if measure.kind is not Kind.DISTINCT or measure.flag:
        return None
    return partial_aggregates.counted_level(cube, measure)


def _folded(measure: Measure, level: str | None) -> str:
    """SQL for a measure out of both sides."""
    if level:
        return f'count(DISTINCT "{level}.code") FILTER (WHERE {measure.name} > 0)'
    fold = _fold(measure)
    if fold == "sum" and (measure.kind is Kind.DISTINCT or measure.aggregate == "count"):
        return f"coalesce(sum({measure.name}), 0)::BIGINT"
    return f"{fold}({measure.name})"


def _fold(measure: Measure) -> str:
    if measure.kind is Kind.DISTINCT:
        return "sum" if measure.flag else "max"
    return "sum" if measure.aggregate == "count" else measure.aggregate


def _together(measures: Sequence[Measure], one: Cells, other: Cells) -> Cells:
    codes = [np.concatenate(each) for each in zip(one.codes, other.codes, strict=True)]
    groups = grouped(codes, one.height + other.height)
    wanted: dict[str, tuple[str, np.ndarray]] = {}
    for measure in measures:
        own, fold = np.concatenate([one.values[measure.name], other.values[measure.name]]), _fold(measure)
        if fold == "sum":
            wanted[f"{measure.name} known"] = ("sum", (~np.isnan(own)).astype(float))
            own = np.rint(np.nan_to_num(own) * SCALE)  # as whole numbers, which add up exactly
        wanted[measure.name] = (fold, own)
    found = groups.folded(wanted)
    return Cells(groups.codes, {each.name: _value(found, each) for each in measures})


def _value(found: Mapping[str, np.ndarray], measure: Measure) -> np.ndarray:
    own = found[measure.name]
    if _fold(measure) != "sum":
        return own
    return np.where(found[f"{measure.name} known"] > 0, own / SCALE, np.nan)


def _members(cells: Cells) -> Cells:
    """How many members there are in each cell, of cells by them as their last level."""
    *codes, _ = cells.codes
    groups = grouped(codes, cells.height)
    there: dict[str, tuple[str, Any]] = {
        name: ("sum", (own > 0).astype(float)) for name, own in cells.values.items()
    }
    return Cells(groups.codes, groups.folded(there))

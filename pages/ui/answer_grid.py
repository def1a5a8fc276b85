"""An answer laid out as rows by columns, in reading order: what pivot, charts and exports all draw from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from cubes.ask.answer import Answer
from cubes.model import Cube, Measure
from data.model.calendar import day_key
from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Profile
from pages.ui.figures import OTHERS
from pages.ui.period_choices import fact_of
from pages.ui.pivot_table import Header, PivotCell, PivotTable, heats
from pages.ui.style.formats import Scale, delta_text, format_value, scale_of, trend

Ids = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """One row or column: the ids of its members from the first level down; a shorter tuple is a subtotal."""

    ids: Ids
    label: str


class AnswerGrid:
    """The cells of an answer that was asked with totals, found by the ids of their row and column."""

    def __init__(self, answer: Answer, cube: Cube, measure: Measure, column: str = "") -> None:
        self.answer, self.cube, self.measure = answer, cube, measure
        self.shown = column or measure.name
        self.levels_of_rows = answer.query.rows
        self.levels_of_columns = answer.query.columns
        self.cells: dict[tuple[Ids, Ids], dict[str, Any]] = {}
        self.labels: dict[tuple[str, str], str] = {}
        for row in answer.frame.iter_rows(named=True):
            self.cells[self._ids(row, self.levels_of_rows, 0), self._ids(row, self.levels_of_columns, 1)] = (
                row
            )
        self.rows = self._heads(0)
        self.columns = self._heads(1)

    def _ids(self, row: dict[str, Any], levels: Iterable[str], side: int) -> Ids:
        by = self.answer.query.by
        ids = []
        for level in levels:
            if row["grouping"] >> (len(by) - 1 - by.index(level)) & 1:
                break
            identity = row[f"{level}.id"] or OTHERS
            self.labels[level, identity] = row[level]
            ids.append(identity)
        return tuple(ids)

    def _heads(self, side: int) -> list[Head]:
        levels = (self.levels_of_rows, self.levels_of_columns)[side]
        keys = {key[side] for key in self.cells if not key[1 - side] and key[side]}
        ordered = sorted(keys, key=lambda ids: self._place(ids, levels, side))
        return [Head(ids, self.labels[levels[len(ids) - 1], ids[-1]]) for ids in ordered]

    def _place(self, ids: Ids, levels: tuple[str, ...], side: int) -> tuple[Any, ...]:
        """Where a head stands: periods by their ids, which sort in time; others by value, "Others" last.

        A subtotal stands before its members, the unknown customer after "Others".
        """
        place: list[Any] = []
        for depth, identity in enumerate(ids):
            level = self.cube.level(levels[depth])
            if level.is_time:
                place.append((0, 0, identity))
                continue
            key = (ids[: depth + 1], ()) if side == 0 else ((), ids[: depth + 1])
            value = (self.cells.get(key) or {}).get(self.measure.name)
            ranked = -float(value) if isinstance(value, int | float) else float("inf")
            nobody = level.is_customer and identity == UNKNOWN
            place.append((nobody, identity == OTHERS, ranked, self.labels[level.name, identity]))
        return tuple(place)

    def cell(self, row: Ids = (), column: Ids = ()) -> dict[str, Any] | None:
        return self.cells.get((row, column))

    def value(self, row: Ids = (), column: Ids = ()) -> Any:
        found = self.cells.get((row, column))
        return found[self.shown] if found else None

    def base(self, row: Ids = (), column: Ids = ()) -> Any:
        return (self.cells.get((row, column)) or {}).get(f"{self.measure.name}:base")

    @property
    def members(self) -> list[Head]:
        """The rows of the finest level."""
        return [head for head in self.rows if len(head.ids) == len(self.levels_of_rows)]

    def is_partial(self, level: str, identity: str, profile: Profile) -> bool:
        """Whether the data end inside this period."""
        end = profile.extents[fact_of(self.answer.query, profile)].last_day
        if not self.cube.level(level).is_time or identity == OTHERS or end is None:
            return False
        days = profile.calendar.days_written(level, identity)
        return days.first <= day_key(end) < days.last


def table(grid: AnswerGrid, profile: Profile, base: str, unit: str, limit: int = 400) -> PivotTable:
    """The grid as a pivot table; `unit` is that of what is shown, `base` names the view on screen."""
    rows, columns = grid.rows[:limit], grid.columns[:60]
    currency = profile.currency
    plain = [head for head in rows if len(head.ids) == len(grid.levels_of_rows)]
    values = [[grid.value(row.ids, column.ids) for column in columns] for row in plain]
    everywhere = (
        (row, column) for row in (*(r.ids for r in rows), ()) for column in (*(c.ids for c in columns), ())
    )
    scale = scale_of((grid.value(*place) for place in everywhere), unit, currency)
    size = [None if unit == "rank" else v for line in values for v in line]
    heat = iter(heats(size))
    warmth = {(row.ids, column.ids): next(heat) for row in plain for column in columns}

    def cell(row: Ids, column: Ids) -> PivotCell | None:
        found = grid.cell(row, column)
        if found is None:
            return None
        edge = not row or not column
        warm = warmth.get((row, column), 0.0)
        return _cell(grid, found, warm, edge or not grid.columns, scale, unit, currency)

    return PivotTable(
        caption=f"{grid.measure.label} by {' and '.join(grid.answer.query.by) or 'nothing'}",
        row_levels=tuple(grid.cube.level(name).label for name in grid.levels_of_rows),
        column_level=" / ".join(grid.cube.level(name).label for name in grid.levels_of_columns),
        rows=tuple(_header(grid, head, grid.levels_of_rows, profile) for head in rows),
        columns=tuple(_header(grid, head, grid.levels_of_columns, profile) for head in columns),
        cells=tuple(tuple(cell(row.ids, column.ids) for column in columns) for row in rows),
        row_totals=tuple(cell(row.ids, ()) for row in rows),
        column_totals=() if unit == "rank" else tuple(_bare(cell((), column.ids)) for column in columns),
        grand_total=None if unit == "rank" else cell((), ()),
        base=base,
    )


def _bare(cell: PivotCell | None) -> PivotCell | None:
    """A column's total without its change, for which there is no room."""
    return cell and replace(cell, delta="", trend=0, good=None)


def _header(grid: AnswerGrid, head: Head, levels: tuple[str, ...], profile: Profile) -> Header:
    level, identity = levels[len(head.ids) - 1], head.ids[-1]
    subtotal = len(head.ids) < len(levels)
    return Header(
        id="\x1f".join(head.ids),
        label=head.label,
        depth=len(head.ids) - 1,
        kind="others" if identity == OTHERS else "subtotal" if subtotal else "member",
        opens=OTHERS not in head.ids[:-1],
        partial=grid.is_partial(level, identity, profile),
    )


def _cell(
    grid: AnswerGrid,
    found: dict[str, Any],
    heat: float,
    compared: bool,
    scale: Scale,
    unit: str,
    currency: str,
) -> PivotCell:
    value, base = found[grid.shown], found.get(f"{grid.measure.name}:base")
    own = found.get(grid.measure.name)
    text = format_value(value, unit, currency, scale)
    if not compared or base is None:
        return PivotCell(text, value if isinstance(value, int | float) else None, heat)
    direction = trend(own, base, grid.measure.unit)
    good = None if not direction or not grid.measure.rising else direction * grid.measure.rising > 0
    return PivotCell(text, None, heat, delta_text(own, base, grid.measure.unit), direction, good)

"""The pivot table: totals come from the engine, clicks go back as ids, and names are text, never markup."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import streamlit as st

ASSETS = Path(__file__).parent / "assets"

Kind = Literal["member", "subtotal", "others"]
Where = Literal["row", "column", "cell", "others", "why"]


@dataclass(frozen=True, slots=True)
class Header:
    """A member at the head of a row or column; rows below a `subtotal` and deeper than it belong to it.

    `opens` says whether a click on it leads anywhere.
    """

    id: str
    label: str
    depth: int = 0
    kind: Kind = "member"
    opens: bool = True
    partial: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class PivotCell:
    """A number as the reader sees it. `heat` is -1 to 1; `delta` is signed text, `trend` its arrow."""

    text: str
    value: float | None = None
    heat: float = 0.0
    delta: str = ""
    trend: int = 0
    good: bool | None = None
    partial: bool = False


@dataclass(frozen=True, slots=True)
class PivotTable:
    """Rows by columns with their totals, all given. `base` names the question that is on screen."""

    caption: str
    row_levels: tuple[str, ...]
    column_level: str
    rows: tuple[Header, ...]
    columns: tuple[Header, ...]
    cells: tuple[tuple[PivotCell | None, ...], ...]
    row_totals: tuple[PivotCell | None, ...] = ()
    column_totals: tuple[PivotCell | None, ...] = ()
    grand_total: PivotCell | None = None
    total_label: str = "Total"
    base: str = ""

    def __post_init__(self) -> None:
        if len(self.cells) != len(self.rows) or any(len(line) != len(self.columns) for line in self.cells):
            raise ValueError(
                f"pivot {self.caption!r}: the cells are not {len(self.rows)} by {len(self.columns)}"
            )
        for name, totals, heads in (
            ("row", self.row_totals, self.rows),
            ("column", self.column_totals, self.columns),
        ):
            if totals and len(totals) != len(heads):
                raise ValueError(
                    f"pivot {self.caption!r}: {len(totals)} {name} totals for {len(heads)} {name}s"
                )


@dataclass(frozen=True, slots=True)
class Click:
    """What was clicked, and the `base` that was on screen then, however many clicks are under way."""

    where: Where
    row: str | None
    column: str | None
    base: str


_mount = st.components.v2.component(
    "clientela_pivot",
    html='<div class="root"></div>',
    css=(ASSETS / "pivot.css").read_text(encoding="utf-8"),
    js=(ASSETS / "pivot.js").read_text(encoding="utf-8"),
)


def pivot(
    table: PivotTable, key: str, on_click: Callable[[Click], None] | None = None, max_height: int = 560
) -> Click | None:
    """Draw the table; the click of this run, if any. `on_click` runs before the page, as a widget's callback."""

    def clicked() -> None:
        click = parse_click((st.session_state.get(key) or {}).get("click"))
        if click is not None and on_click is not None:
            on_click(click)

    result = _mount(key=key, data=payload(table, max_height), on_click_change=clicked)
    return parse_click(result.get("click"))


def parse_click(raw: Any) -> Click | None:
    """A click as the browser sent it; nothing unless it has the right shape."""
    if not isinstance(raw, dict) or raw.get("where") not in get_args(Where):
        return None
    row, column, base = raw.get("row"), raw.get("column"), raw.get("base")
    if not (isinstance(row, str | None) and isinstance(column, str | None) and isinstance(base, str)):
        return None
    return Click(raw["where"], row, column, base)


def payload(table: PivotTable, max_height: int = 560) -> dict[str, Any]:
    """The table as the browser gets it: cells as short lists."""
    return {
        "base": table.base,
        "caption": table.caption,
        "corner": " / ".join(table.row_levels),
        "columnLevel": table.column_level,
        "rows": [_head(each) for each in table.rows],
        "columns": [_head(each) for each in table.columns],
        "cells": [[_cell(each) for each in line] for line in table.cells],
        "rowTotals": [_cell(each) for each in table.row_totals],
        "columnTotals": [_cell(each) for each in table.column_totals],
        "grand": _cell(table.grand_total),
        "totalLabel": table.total_label,
        "maxHeight": max_height,
    }


def heats(values: list[float | None], diverging: bool = False) -> list[float]:
    """Shares of the largest value, for `PivotCell.heat`; signed when diverging, else from zero up."""
    known = [abs(each) for each in values if each is not None]
    top = max(known, default=0.0) or 1.0
    return [0.0 if each is None or (each < 0 and not diverging) else each / top for each in values]


def _head(head: Header) -> dict[str, Any]:
    return {
        "id": head.id,
        "label": head.label,
        "depth": head.depth,
        "kind": head.kind,
        "opens": head.opens,
        "partial": head.partial,
        "note": head.note,
    }


def _cell(cell: PivotCell | None) -> list[Any] | None:
    if cell is None:
        return None
    good = None if cell.good is None else int(cell.good)
    return [cell.text, round(cell.heat, 3), cell.delta, cell.trend, good, int(cell.partial)]

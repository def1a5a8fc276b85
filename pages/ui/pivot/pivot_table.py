"""The pivot table: numbers come from the engine, clicks go back as ids, and names are text, never markup."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import streamlit as st

from pages.ui.pivot.value_limits import ValueLimits
from pages.ui.served_component import served_component
from pages.ui.style.formats import NUMBERS, NumberForm
from pages.ui.style.locales import ENGLISH, Locale

HERE = Path(__file__).parent
SCRIPTS = ("click_menu.js", "limits_form.js", "pivot_table.js")
DECIMALS_SENT = 6
NARROWEST, WIDEST = 48, 600  # of columns made so by hand, in pixels

HeadKind = Literal["member", "subtotal", "others"]
Where = Literal[
    "open", "level", "keep", "exclude", "customers", "lines", "customer", "rest", "why", "expand",
    "sort", "look", "move", "place", "unplace", "width", "hide", "unhide", "totals", "note", "audience",
]  # fmt: skip
TotalsAt = Literal["above", "below", "off"]


class Look(StrEnum):
    """How the numbers of a column are marked beside being written."""

    PLAIN = "plain"
    BARS = "bars"
    COLOURS = "colours"
    AROUND_ZERO = "around_zero"


@dataclass(frozen=True, slots=True)
class Header:
    """A member at the head of a row or column; heads below a `subtotal` and deeper than it belong to it.

    `opens` says whether a click on it leads anywhere.
    """

    id: str
    label: str
    depth: int = 0
    kind: HeadKind = "member"
    opens: bool = True
    partial: bool = False


@dataclass(frozen=True, slots=True)
class PivotMeasure:
    """One measure of the table: its numbers, rows by columns, the totals in the last row and the last column.

    `values` and, where something is compared, `growths` (shares; differences for percentages) have one shape, NaN
    where there is nothing, or a number is `withheld`. `rising`: whether more is good news (1), bad (-1) or neither (0).
    """

    name: str
    label: str
    doc: str
    form: NumberForm
    values: np.ndarray
    growths: np.ndarray | None = None
    growth_unit: str = "%"
    rising: int = 1
    look: Look | ValueLimits = Look.PLAIN
    totals: bool = True
    withheld: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class AxisLevel:
    """A level of rows or columns: what a click on its members may lead to. `finer` is the next level down."""

    name: str
    label: str
    finer: str = ""
    expands: bool = False
    is_customer: bool = False


@dataclass(frozen=True, slots=True)
class Sorting:
    """What the rows are sorted by: a measure (or "name"), in one column or in the total (None)."""

    measure: str
    column: str | None = None
    ascending: bool = False


@dataclass(frozen=True, slots=True)
class NotedCell:
    """A cell that people wrote about: the ids of its heads (None for the total), its measure, and what they wrote."""

    row: str | None
    column: str | None
    measure: str
    text: str


@dataclass(frozen=True, slots=True)
class PivotTable:
    """Rows by columns with their totals, all given. `base` names the question that is on screen.

    `levels` are those that a member may be opened by, name and label, grouped by dimension. `placed` says that members
    of columns stand in an order of one's own. `widths` are pixels of columns by name: `head` of the rows' heads, `m:`
    and a measure below members, `t:` and a measure in the total or where there is no other column; what a hand makes of
    them is sent as clicks if `keeps_widths`. `customers` and `audiences` say whether the customers of a cell are shown,
    and whether an audience is made of them.
    """

    caption: str
    row_levels: tuple[AxisLevel, ...]
    column_levels: tuple[AxisLevel, ...]
    rows: tuple[Header, ...]
    columns: tuple[Header, ...]
    measures: tuple[PivotMeasure, ...]
    levels: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    sorting: Sorting | None = None
    totals: TotalsAt = "below"
    hidden: tuple[str, ...] = ()
    placed: bool = False
    widths: tuple[tuple[str, int], ...] = ()
    keeps_widths: bool = True
    customers: bool = True
    audiences: bool = False
    notes: tuple[NotedCell, ...] = ()
    locale: Locale = ENGLISH
    base: str = ""

    def __post_init__(self) -> None:
        shape = (len(self.rows) + 1, len(self.columns) + 1)
        for measure in self.measures:
            for array in (measure.values, measure.growths):
                if array is not None and array.shape != shape:
                    raise ValueError(
                        f"pivot {self.caption!r}, {measure.name}: cells of {array.shape}, not {shape}"
                    )


@dataclass(frozen=True, slots=True)
class Click:
    """What was asked for of which cell, and the `base` that was on screen then, however many clicks are under way.

    `row` and `column` are the ids of heads (None for the total), `side` says of which the members are meant.
    `value` is the level to open by, the look or the limits to mark by, the direction to sort in or move to, the members
    of a column's level in their order (joined by BETWEEN_IDS), or `name=pixels` of a width; no pixels for the usual.
    """

    where: Where
    row: str | None
    column: str | None
    measure: str
    side: str
    value: str
    base: str


_mount = served_component(
    "clientela_pivot",
    html='<div class="root"></div>',
    css=(HERE / "pivot_table.css").read_text(encoding="utf-8"),
    js="\n".join((NUMBERS, *((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS))),
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
    row, column = raw.get("row"), raw.get("column")
    texts = [raw.get(name, "") for name in ("measure", "side", "value")]
    base = raw.get("base")
    if not (isinstance(row, str | None) and isinstance(column, str | None) and isinstance(base, str)):
        return None
    measure, side, value = texts
    return (
        Click(raw["where"], row, column, measure, side, value, base)
        if all(isinstance(each, str) for each in texts)
        else None
    )


def payload(table: PivotTable, max_height: int = 560) -> dict[str, Any]:
    """The table as the browser gets it: numbers as flat lists, row by row.

    What holds several is a tuple, since Streamlit looks at each list for a frame.
    """
    sorting = table.sorting
    return {
        "base": table.base,
        "caption": table.caption,
        "locale": table.locale.sent(),
        "rowLevels": tuple(map(_level, table.row_levels)),
        "columnLevels": tuple(map(_level, table.column_levels)),
        "levels": tuple((name, *levels) for name, levels in table.levels.items()),
        "rows": tuple(map(_head, table.rows)),
        "columns": tuple(map(_head, table.columns)),
        "measures": tuple(map(_measure, table.measures)),
        "sorting": (sorting.measure, sorting.column, sorting.ascending) if sorting else None,
        "totals": table.totals,
        "hidden": table.hidden,
        "placed": table.placed,
        "widths": table.widths,
        "keepsWidths": table.keeps_widths,
        "customers": table.customers,
        "audiences": table.audiences,
        "notes": tuple((each.row, each.column, each.measure, each.text) for each in table.notes),
        "maxHeight": max_height,
    }


def _level(level: AxisLevel) -> dict[str, Any]:
    return {
        "name": level.name,
        "label": level.label,
        "finer": level.finer,
        "expands": level.expands,
        "customer": level.is_customer,
    }


def _head(head: Header) -> list[Any]:
    return [head.id, head.label, head.depth, head.kind, int(head.opens), int(head.partial)]


def _measure(measure: PivotMeasure) -> dict[str, Any]:
    limits = measure.look if isinstance(measure.look, ValueLimits) else None
    return {
        "name": measure.name,
        "label": measure.label,
        "doc": measure.doc,
        "form": measure.form.sent(),
        "rising": measure.rising,
        "growthUnit": measure.growth_unit,
        "look": str(measure.look) if limits is None else "limits",
        "limits": limits and (limits.low, limits.high),
        "totals": measure.totals,
        "values": _numbers(measure.values),
        "growths": None if measure.growths is None else _numbers(measure.growths),
        "withheld": [] if measure.withheld is None else np.flatnonzero(measure.withheld).tolist(),
    }


def _numbers(array: np.ndarray) -> list[float | None]:
    flat = np.round(array.ravel(), DECIMALS_SENT)
    numbers: list[float | None] = flat.tolist()
    for at in np.flatnonzero(~np.isfinite(flat)):
        numbers[at] = None
    return numbers

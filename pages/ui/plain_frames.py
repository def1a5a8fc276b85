"""Plain tables: a frame with headings that people read, dates as days, money with cents and its currency named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import polars as pl
import streamlit as st

from pages.ui import page_record, session
from pages.ui.page_record import ToldTable
from pages.ui.style import locales
from pages.ui.style.formats import ABSENT
from pages.ui.style.locales import ENGLISH
from pages.ui.written_cells import are_written, writes_of, written

HEADINGS = {
    "row_in_source": "Row in file",
    "is_return": "Return",
    "order_number": "Order",
    "customer": "Customer",
    "email": "E-mail",
    "customer_kind": "Kind",
}
ROW_PIXELS = 31
NAMES = ("year", "batch", "row", "row_in_source")  # numbers that name a thing and count nothing
MONEY: dict[str, Literal["euro", "dollar", "yen"]] = {"EUR": "euro", "USD": "dollar", "JPY": "yen"}

DAY, MOMENT = "D MMM YYYY", "D MMM YYYY, HH:mm"  # English, whatever the browser


def frame_view(
    frame: pl.DataFrame,
    key: str,
    units: Mapping[str, str] | None = None,
    height: int = 320,
    on_row: Callable[[int | None], None] | None = None,
) -> None:
    """Draw a frame to scroll through; `units` says which numbers are money, percent or counts. `on_row` gets the place
    of a row that was picked, None where it was let go."""
    units, by_python = units or {}, are_written(frame)
    page_record.note(ToldTable(key, lambda: frame, units))

    def picked() -> None:
        assert on_row
        rows = (st.session_state.get(key) or {}).get("selection", {}).get("rows", [])
        on_row(rows[0] if rows else None)

    choosing: dict[str, Any] = {"on_select": picked, "selection_mode": "single-row"} if on_row else {}
    st.dataframe(
        written(frame, writes_of(frame, units, session.currency())) if by_python else frame,
        hide_index=True,
        height=height,
        key=key,
        placeholder=ABSENT,
        column_config=columns_of(frame, units, by_python),
        **choosing,
    )


def columns_of(frame: pl.DataFrame, units: Mapping[str, str], by_python: bool) -> dict[str, Any]:
    """How Streamlit heads and writes each column; `by_python` where its cells are written already."""
    column = _bare if by_python else _column
    return {name: column(name, kind, units.get(name, "")) for name, kind in frame.schema.items()}


def whole_height(frame: pl.DataFrame, most: int = 12) -> int:
    """As high as a frame's rows and its heading, without an empty row below; beyond so many rows it scrolls."""
    return ROW_PIXELS * (1 + min(frame.height, most)) + 2


def heading_of(name: str) -> str:
    """What people read above a column; what people wrote themselves stays as it is but for its first letter.

    >>> heading_of("last_purchase"), heading_of("email"), heading_of("June, 21:05")
    ('Last purchase', 'E-mail', 'June, 21:05')
    """
    text = name if " " in name else name.replace("_", " ").replace(":", " ")
    is_plain = text in (text.lower(), text.upper())
    return HEADINGS.get(name) or (text.capitalize() if is_plain else text[:1].upper() + text[1:])


def is_browsers_language() -> bool:
    """Whether a grid, which knows the browser's language alone, writes as this run does, where that is not English."""
    here = locales.current()
    return here != ENGLISH and here == locales.locale_of(st.context.locale or "")


def _bare(name: str, kind: pl.DataType, unit: str) -> Any:
    """A column whose cells are written already: what it holds alone says how they sort and lie."""
    heading = heading_of(name)
    if kind == pl.Date:
        return st.column_config.DateColumn(heading)
    if kind == pl.Datetime:
        return st.column_config.DatetimeColumn(heading)
    if kind == pl.Boolean:
        return st.column_config.CheckboxColumn(heading)
    return (st.column_config.NumberColumn if kind.is_numeric() else st.column_config.Column)(heading)


def _column(name: str, kind: pl.DataType, unit: str) -> Any:
    heading = heading_of(name)
    localized = is_browsers_language()
    if kind == pl.Date:
        return st.column_config.DateColumn(heading, format="localized" if localized else DAY)
    if kind == pl.Datetime:
        return st.column_config.DatetimeColumn(heading, format="localized" if localized else MOMENT)
    if unit == "percent":
        return st.column_config.NumberColumn(heading, format="percent")
    if unit == "money" and localized and session.currency() in MONEY:
        return st.column_config.NumberColumn(heading, format=MONEY[session.currency()])
    if unit == "money":
        return st.column_config.NumberColumn(f"{heading}, {session.currency()}".rstrip(", "), format="%,.2f")
    if unit == "count" or (kind.is_integer() and name not in NAMES):
        return st.column_config.NumberColumn(heading, format="localized" if localized else "%,d")
    if kind.is_numeric():
        return st.column_config.NumberColumn(heading)
    if kind == pl.Boolean:
        return st.column_config.CheckboxColumn(heading)
    return st.column_config.Column(heading)

"""Plain tables: a frame with headings that people read, dates as days, money with cents and its currency named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from pages.ui import session

HEADINGS = {
    "row_in_source": "Row in file",
    "is_return": "Return",
    "order_number": "Order",
    "customer": "Customer",
}


def frame_view(
    frame: pl.DataFrame, key: str, units: Mapping[str, str] | None = None, height: int = 320
) -> None:
    """Draw a frame to scroll through; `units` says which numbers are money, percent or counts."""
    st.dataframe(
        frame,
        hide_index=True,
        height=height,
        key=key,
        column_config={
            name: _column(name, kind, (units or {}).get(name, "")) for name, kind in frame.schema.items()
        },
    )


def _column(name: str, kind: pl.DataType, unit: str) -> Any:
    heading = HEADINGS.get(name) or name.replace("_", " ").replace(":", " ").capitalize()
    if kind == pl.Date:
        return st.column_config.DateColumn(heading, format="YYYY-MM-DD")
    if unit == "percent":
        return st.column_config.NumberColumn(heading, format="percent")
    if unit == "money":
        return st.column_config.NumberColumn(f"{heading}, {session.currency()}".rstrip(", "), format="%.2f")
    if kind.is_numeric():
        return st.column_config.NumberColumn(heading)
    if kind == pl.Boolean:
        return st.column_config.CheckboxColumn(heading)
    return st.column_config.Column(heading)

"""Clicks on charts: draws a figure so that they arrive, and reads the ids that they carry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from data.access.deed import Deed
from pages.ui import page_record
from pages.ui.acting_person import policy
from pages.ui.figures import BETWEEN_IDS, config
from pages.ui.page_record import ToldPicture


def chart(
    figure: go.Figure, key: str, alt: str, on_click: Callable[[tuple[str, ...]], None] | None = None
) -> None:
    """Draw a figure; `on_click` gets the ids of the mark that was clicked, before the page runs again.

    Put what is on screen in `key` (path, level, kind of chart): the same point clicked again would deselect,
    and a click on a chart that is gone is then dropped instead of meaning something else.
    """
    page_record.note(ToldPicture(alt))
    if on_click is None:
        st.plotly_chart(figure, theme=None, key=key, config=_settings(alt), alt=alt)
        return

    def clicked() -> None:
        ids = ids_of(st.session_state.get(key))
        if ids:
            on_click(ids)

    st.plotly_chart(
        figure,
        theme=None,
        key=key,
        config=_settings(alt),
        alt=alt,
        on_select=clicked,
        selection_mode="points",
    )


def _settings(alt: str) -> dict[str, Any]:
    """Plotly's settings of a chart. Its image is a file that no server hears of: not for those who may take none away,
    nor for those who say why."""
    who = policy()
    takes = who.may(Deed.EXPORT) and not who.reason
    return config(alt) if takes else config(alt) | {"displayModeBar": False}


def ids_of(event: Any) -> tuple[str, ...]:
    """The ids of the first mark in a chart's selection: one of a bar, row and column of a heat map cell.

    A line gives the series and the period. Labels and texts, which follow the ids for the hover, are left out.
    """
    points = ((event or {}).get("selection") or {}).get("points") or []
    if not points:
        return ()
    point = points[0]
    custom = point.get("customdata")
    first = (
        next(iter(custom.values() if isinstance(custom, dict) else custom), None)
        if custom
        else point.get("id")
    )
    return tuple(str(first).split(BETWEEN_IDS)) if first is not None else ()

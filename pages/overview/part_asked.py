"""What a built-in tile is drawn for: a question, a page, a place on it; and what such tiles say and open alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import polars as pl
import streamlit as st

from cubes.query import Query
from pages.explore.explore_view import Chart, View, with_tops
from pages.ui import session
from pages.ui.figures import Quantity, described
from pages.ui.open_pages import is_open
from pages.ui.period_choices import baseline_name

EXPLORE = "explore/explore_page.py"
LEAD = "board-lead"


@dataclass(frozen=True, slots=True)
class PartAsked:
    """Revenue within a period, the page whose panel says why it moved, and the tile's own key on the page."""

    query: Query
    page: str
    key: str


def before_name(query: Query) -> str:
    return baseline_name(query.compare).capitalize() if query.compare else ""


def told(title: str, kind: str, points: pl.DataFrame) -> str:
    """A chart of revenue in words, for those who do not see it."""
    return (
        f"{title}. {described(points, kind=kind, measure=Quantity('Revenue', 'money', session.currency()))}"
    )


def open_explore(query: Query, measure: str, by: tuple[str, ...], kind: Chart) -> None:
    asked = replace(query, measures=(measure,), rows=by[:1], columns=by[1:2])
    view = View(with_tops(asked, session.cube()), kind)
    st.switch_page(EXPLORE, query_params=view.to_parameters())


def leading(into: Callable[[tuple[str, ...]], None]) -> Callable[[tuple[str, ...]], None] | None:
    """What a click on a chart does that leads into Explore: nothing where that is closed to whoever looks."""
    return into if is_open(EXPLORE) else None


def lead_to(script: str, parameters: Mapping[str, list[str]]) -> None:
    """For callbacks: the next run goes there."""
    st.session_state[LEAD] = (script, dict(parameters))


def follow_lead() -> None:
    """Go where a click on a tile led."""
    lead = st.session_state.pop(LEAD, None)
    if lead is not None:
        st.switch_page(lead[0], query_params=lead[1])

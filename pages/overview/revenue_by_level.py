"""Revenue of the greatest members of one level, beside that of the compared period."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import polars as pl
import streamlit as st

from cubes.query import Cut, Query
from data.errors import BadRequest
from pages.explore.explore_view import Chart, View
from pages.overview.kpi_tiles import telling
from pages.overview.part_asked import PartAsked, before_name, leading, open_explore, told
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.figures import OTHERS, bars
from pages.ui.page_states import section

MOST = 8


def revenue_by_level(level: str, asked: PartAsked) -> None:
    """Raises BadRequest where the level tells nothing apart."""
    cube, query = session.cube(), asked.query
    name = cube.level(level).label.lower()
    if not telling(session.warehouse().profile, (level,)):
        raise BadRequest(f"Fewer than two members of {name} are known.", "Take the tile away.")
    section(f"Revenue by {name}")
    frame = session.ask(replace(query, rows=(level,), top=((level, MOST),))).frame
    points = frame.select(
        id=pl.col(f"{level}.id").fill_null(OTHERS), label=pl.col(level), value=pl.col("revenue")
    )
    if query.compare:
        points = points.with_columns(previous=frame["revenue:base"].cast(pl.Float64))
    figure = bars(
        points,
        session.colours(),
        unit="money",
        currency=session.currency(),
        previous_name=before_name(query),
    )
    opened = f"{level}-open-{asked.key}"

    def into(ids: tuple[str, ...]) -> None:
        st.session_state[opened] = ids[0]

    chart(
        figure, f"{level}-{asked.key}-{query!r}", told(f"Revenue by {level}", "Bars", points), leading(into)
    )
    member = st.session_state.pop(opened, None)
    if member:
        _open(level, member, query, frame[f"{level}.id"].drop_nulls())


def _open(level: str, member: str, query: Query, shown: Iterable[str]) -> None:
    """Explore within a member, a level further down; of the others, by the same level."""
    if member == OTHERS:
        beyond = View(replace(query, rows=(level,))).open_others(level, shown)
        open_explore(beyond.query, "revenue", (level, "month"), Chart.BARS)
    by = (session.cube().finer(level) or level, "month")
    open_explore(query.cut(Cut(level, (member,))), "revenue", by, Chart.BARS)

"""Biggest movers: the members whose revenue rose and fell most since the compared period."""

from __future__ import annotations

import polars as pl
import streamlit as st

from cubes.analysis.movers import movers
from cubes.query import Cut
from pages.explore.explore_view import Chart
from pages.explore.why_panel import why_button
from pages.overview.kpi_tiles import telling
from pages.overview.part_asked import EXPLORE, PartAsked, leading, open_explore, told
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.figures import BETWEEN_IDS, bars
from pages.ui.open_pages import is_open
from pages.ui.page_states import empty_state, section
from pages.ui.period_choices import default_comparison
from pages.ui.style.formats import delta_text, format_day, format_value, scale_of

MOVING = ("region", "subcategory", "channel", "customer_kind", "country", "category")
MOST = 6


def biggest_movers(asked: PartAsked) -> None:
    query = asked.query
    with st.container(horizontal=True, vertical_alignment="top", key=f"movers-heading-{asked.key}"):
        leads = "; a click opens it" if is_open(EXPLORE) else ""
        section("Biggest movers", f"Where revenue rose and fell most{leads}.")
        st.space("stretch")
        why_button(asked.page, query, f"movers-why-{asked.key}")
    profile = session.warehouse().profile
    if not query.compare and default_comparison(profile, query.cuts):
        empty_state(
            "Nothing to compare",
            "Choose a comparison above to see what moved.",
            key=f"no-comparison-{asked.key}",
        )
        return
    found = (
        movers(session.ask_whole, query, telling(profile, MOVING), MOST) if query.compare else pl.DataFrame()
    )
    if found.is_empty():
        empty_state(
            "No earlier period",
            f"The data begin on {format_day(profile.first_day)}, too late to compare this period. A shorter one "
            "may do, or another comparison."
            if profile.first_day
            else "There are no data.",
            key=f"no-base-{asked.key}",
        )
        return
    _drawn(found, asked)


def _drawn(found: pl.DataFrame, asked: PartAsked) -> None:
    """The bars; a click goes into a member, a level further down."""
    currency = session.currency()
    scale = scale_of(found["change"], "money", currency)
    texts = [
        f"{'+' if change > 0 else ''}{format_value(change, 'money', currency, scale)}  {delta_text(value, base)}"
        for change, value, base in found.select("change", "value", "base").iter_rows()
    ]
    points = found.select(
        id=pl.concat_str("level", "id", separator=BETWEEN_IDS),
        label=pl.col("label"),
        value=pl.col("change"),
        text=pl.Series(texts),
    )
    steps = dict(zip(points["id"], found.select("level", "id").rows(), strict=True))
    figure = bars(points, session.colours(), unit="money", currency=currency)
    opened = f"movers-open-{asked.key}"

    def into(ids: tuple[str, ...]) -> None:
        st.session_state[opened] = steps.get(BETWEEN_IDS.join(ids))

    words = told("Biggest movers", "Bars of the change", points)
    chart(figure, f"movers-{asked.key}-{asked.query!r}", words, leading(into))
    chosen = st.session_state.pop(opened, None)
    if chosen:
        level, member = chosen
        finer = session.cube().finer(level) or level
        open_explore(asked.query.cut(Cut(level, (member,))), "revenue", (finer, "month"), Chart.BARS)

"""Key figures: the firm's headline measures and repeat rate; each opens what it is made of."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import polars as pl
import streamlit as st

from cubes.ask.answer import Answer
from cubes.members.single_customers import tells_single_customers
from cubes.model import Measure
from cubes.query import Query
from data.model.canonical_tables import UNKNOWN
from mining.retention.repeat_rate import repeat_rate
from pages.explore.explore_view import Chart, View, with_tops
from pages.explore.why_panel import ask_why
from pages.overview.kpi_tiles import (
    repeat_course,
    telling,
    whole_months,
)
from pages.overview.part_asked import EXPLORE, PartAsked
from pages.overview.tile_details import by_orders, repeats_told
from pages.ui import session
from pages.ui.export_files import downloads
from pages.ui.kpi_row import Kpi, kpi_strip
from pages.ui.open_pages import is_open
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view
from pages.ui.style.formats import delta_text, format_value, trend
from pages.ui.time_course import course

HEADLINE = ("revenue", "customers", "orders", "average_order_value")
BEHIND_HEADLINES = ("country", "region", "category", "channel", "customer_kind")
ORDERS = "Orders within the period; returns are none."
PARTS_UNITS = {"share": "percent"}


def key_figures(asked: PartAsked) -> None:
    """Headline measures and repeat rate; a click opens what the tile's number is made of."""
    query, opened = asked.query, f"figures-open-{asked.key}"
    shown = [headline(session.cube().measure(name), query) for name in HEADLINE]
    if tells_single_customers(session.warehouse().policy):
        shown += [repeat_tile(query)]
    clicked = kpi_strip(
        shown,
        f"figures-{asked.key}",
        on_click=lambda tile: st.session_state.update({opened: tile}),
        on_why=lambda measure: ask_why(asked.page, replace(query, measures=(measure,))),
    )
    if clicked in HEADLINE and is_open(EXPLORE):
        st.switch_page(EXPLORE, query_params=behind(clicked, query).to_parameters())
    if st.session_state.get(opened) == "repeat":
        parts = by_orders(per_customer(query))
        made_of("Customers by their orders", ORDERS, parts, repeats_told(parts), opened)


def behind(measure: str, query: Query) -> View:
    """Where a headline leads: its own measure, by the first level that tells anything apart."""
    by = telling(session.warehouse().profile, BEHIND_HEADLINES)[:1] or ["month"]
    asked = replace(query, measures=(measure,), rows=tuple(by))
    return View(with_tops(asked, session.cube()), Chart.BARS)


def made_of(title: str, sentence: str, parts: pl.DataFrame, told: str, opened: str) -> None:
    """A tile's number, which no cube has as a measure, part by part; closing forgets what is `opened`."""
    with card(f"tile-parts-{opened}"):
        with st.container(horizontal=True, vertical_alignment="top", key=f"parts-heading-{opened}"):
            section(title, sentence)
            st.space("stretch")
            st.button(
                "Close",
                key=f"parts-close-{opened}",
                type="tertiary",
                icon=":material/close:",
                on_click=lambda: st.session_state.pop(opened, None),
            )
        height = min(320, 40 + 35 * max(parts.height, 1))
        frame_view(parts, f"parts-{opened}", PARTS_UNITS, height)
        with st.container(horizontal=True, vertical_alignment="center", key=f"parts-foot-{opened}"):
            st.html(f'<p class="clientela-quiet" data-testid="tile-told">{escape(told)}</p>')
            st.space("stretch")
            downloads("clientela-tile", lambda: parts, f"parts-{opened}", PARTS_UNITS)


def headline(measure: Measure, query: Query) -> Kpi:
    answer = session.ask(replace(query, measures=(measure.name,)))
    row = answer.frame.row(0, named=True) if answer.frame.height else {}
    value, base = row.get(measure.name), row.get(f"{measure.name}:base")
    direction = trend(value, base, measure.unit)
    currency = session.currency()
    return Kpi(
        id=measure.name,
        label="Active customers" if measure.name == "customers" else measure.label,
        value=format_value(value, measure.unit, currency, True),
        delta=delta_text(value, base, measure.unit),
        trend=direction,
        good=None if not direction else direction * measure.rising > 0,
        note=f"vs {format_value(base, measure.unit, currency, True)}" if base is not None else "",
        course=whole_months(by_month(monthly(query, measure.name))),
        help=measure.doc,
        moved=base is not None,
    )


def monthly(query: Query, measure: str) -> Answer:
    """A measure by month within the cuts."""
    return session.ask(Query((measure,), ("month",), cuts=query.cuts))


def by_month(answer: Answer) -> pl.DataFrame:
    return course(answer, "month", "", session.warehouse().profile)


def per_customer(query: Query) -> pl.DataFrame:
    frame = session.ask_whole(Query(("orders", "revenue"), ("customer",), cuts=query.cuts)).frame
    return frame.filter(pl.col("customer.id") != UNKNOWN)


def repeat_tile(query: Query) -> Kpi:
    now = repeat_rate(per_customer(query))["rate"][0]
    months = session.ask_whole(Query(("orders",), ("month", "customer"), cuts=query.cuts)).frame
    return Kpi(
        id="repeat",
        label="Repeat rate",
        value=format_value(now, "percent"),
        note="bought twice or more",
        course=repeat_course(months, session.warehouse().profile),
        help="Customers with two orders or more in the period, of all who ordered; the course is month by month.",
    )

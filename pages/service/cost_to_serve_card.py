"""Cost to serve beside what customers bring: prices to state, who costs more than that, and them as an audience."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape

import polars as pl
import streamlit as st

from cubes.members.coded_customers import coded_customers
from mining.service.cost_to_serve import losing_customers
from pages.discover.customer_list import customer_list
from pages.service import insight_words as words
from pages.service.found_insight import (
    FoundCosts,
    FoundInsight,
    offered_brings,
    offered_parts,
)
from pages.service.insight_view import MOST_PRICE, InsightView
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.figures import Quantity, break_even, dot_intervals
from pages.ui.page_record import told_words
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import count_text, number_text

MONEY = (
    "cost",
    "brought",
    "left",
    "cost_each",
    "cost_low",
    "cost_high",
    "brought_each",
    "brought_low",
    "brought_high",
)
UNITS = (
    dict.fromkeys(MONEY, "money") | dict.fromkeys(("share", "low", "high"), "percent") | {"minutes": "units"}
)
Go = Callable[[InsightView], None]


def cost_to_serve_card(view: InsightView, found: FoundInsight, costs: FoundCosts, go: Go) -> None:
    currency = session.currency()
    with card("cost-to-serve"):
        brings = words.BRINGS[costs.brings].lower()
        section(
            "Cost to serve beside what customers bring",
            f"Contacts and minutes at your prices, beside the {brings} of the same customers"
            f"{'' if costs.brings == 'value' else ' in the period'}.",
        )
        choices(view, found, costs, go)
        told = told_words(words.prices_told(view, currency))
        st.html(f'<p class="clientela-quiet" data-testid="prices">{escape(told)}</p>')
        fact = told_words(words.costs_told(view, costs, currency))
        st.html(f'<p data-testid="costs">{escape(fact)}</p>')
        left, right = st.columns(2, gap="medium")
        with left:
            each_customer(view, costs, currency)
        with right:
            each_group(view, costs, currency)
        with st.expander("As a table", icon=":material/table:"):
            frame_view(costs.groups, "costs-table", UNITS, whole_height(costs.groups))
        downloads("clientela-cost-to-serve", lambda: costs.groups, "costs", UNITS)
    losing_card(view, costs)


def choices(view: InsightView, found: FoundInsight, costs: FoundCosts, go: Go) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="costs-choices"):
        chooser(
            "Brings", "insight-brings", offered_brings(found), costs.brings, words.BRINGS.__getitem__,
            lambda brings: go(replace(view, brings=brings)), 190,
        )  # fmt: skip
        parts = offered_parts()
        chooser(
            "Parted", "insight-by", [*parts, *({view.by} - {*parts})], view.by, words.parts_label,
            lambda by: go(replace(view, by=by)), 250,
        )  # fmt: skip
        prices(view, go)


def prices(view: InsightView, go: Go) -> None:
    """A field a price; an emptied one is assumed again."""
    every = {"minute": view.prices.minute} | dict(view.prices.contacts)
    with st.popover("Prices", icon=":material/payments:", key="insight-prices"):
        st.caption(f"In {session.currency()}. An emptied field takes what is assumed.")
        for name, price in every.items():
            key = f"insight-price-{name}"
            st.session_state[key] = price
            mark = "stated" if view.is_stated(name) else "assumed"
            st.number_input(
                f"{words.PRICES[name]} ({mark})", 0.0, MOST_PRICE, value=None, step=0.1, format="%.2f", key=key,
                on_change=lambda name=name, key=key: go(view.priced(name, st.session_state[key])),
            )  # fmt: skip


def each_customer(view: InsightView, costs: FoundCosts, currency: str) -> None:
    drawn, said = words.drawn_customers(costs)
    st.caption("Each dot a customer; on the dashed line they cost what they bring, above it more.")
    if drawn.is_empty():
        st.html('<p class="clientela-quiet">Of nobody who cost anything is it known what they bring.</p>')
        return
    x, y = (
        Quantity(words.BRINGS[costs.brings], "money", currency),
        Quantity("Cost to serve", "money", currency),
    )
    losing = losing_customers(costs.served).height
    alt = (
        f"Customers by what they bring and cost; {count_text(losing, 'customer')} cost more than they bring."
    )
    chart(break_even(drawn, session.colours(), x=x, y=y), f"served-{view.to_parameters()}", alt)
    if said:
        st.caption(said)


def each_group(view: InsightView, costs: FoundCosts, currency: str) -> None:
    st.caption("What serving a customer costs, on average, with the 95% interval.")
    dots = words.cost_dots(costs, currency)
    figure = dot_intervals(dots, session.colours(), unit="money", currency=currency)
    alt = (
        "Cost of a customer: "
        + "; ".join(f"{each['label']} {each['text']}" for each in dots.to_dicts())
        + "."
    )
    chart(figure, f"groups-{view.to_parameters()}", alt)
    if costs.groups.height > dots.height:
        st.caption(f"{number_text(costs.groups.height - dots.height)} more stand in the table.")


def losing_card(view: InsightView, costs: FoundCosts) -> None:
    """Those who cost more than they bring, as a list of which an audience is made."""
    losing = losing_customers(costs.served)
    brings = words.BRINGS[costs.brings].lower()
    with card("losing"):
        section(
            "Customers who cost more than they bring",
            f"Who were in touch and cost more than their {brings}, at the prices above; the greatest loss first.",
        )
        if losing.is_empty():
            st.html('<p class="clientela-quiet">None, at these prices.</p>')
            return
        listed = losing.with_columns(
            pl.col("minutes").round(1),
            customer=coded_customers(session.warehouse(), losing["customer"])["id"],
        )
        shown = ("customer", "name", "contacts", "minutes", "cost", "brought", "left")
        customer_list(
            listed, "clientela-cost-more-than-they-bring", "losing", UNITS, shown,
            audience=f"Cost more to serve than their {brings}",
        )  # fmt: skip

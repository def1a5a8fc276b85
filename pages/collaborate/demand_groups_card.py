"""Demand by group of customers: who would pay the best price of all, and which price is best for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape

import streamlit as st

from data.errors import BadRequest
from mining.pricing.named_prices import FEW_PEOPLE
from pages.collaborate import demand_words as words
from pages.collaborate.demand_view import DemandView
from pages.collaborate.found_demand import FoundDemand, found_groups, group_levels
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.figures import Quantity, dot_intervals
from pages.ui.page_record import told_words
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height

MOST_DOTS = 14


def demand_groups_card(
    view: DemandView,
    product: int | None,
    found: FoundDemand,
    price: Quantity,
    go: Callable[[DemandView], None],
) -> None:
    levels = group_levels()
    if not levels or found.best is None:
        return
    view = view if view.by else replace(view, by=levels[0])
    with card("demand-groups"):
        section(
            "By group",
            f"Who would pay {words.said(found.best.price, price)}, the best price of all, with the interval of 95%;"
            f" and the best price of each group. Of groups below {FEW_PEOPLE} persons only their number is told.",
        )
        with st.container(width=240):
            label = session.cube().level
            chooser(
                "Group", "demand-by", [*levels, *({view.by} - {*levels})], view.by,
                lambda level: f"By {label(level).label.lower()}" if level in levels else level,
                lambda level: go(replace(view, by=level)),
            )  # fmt: skip
        try:
            groups = found_groups(view, product, found)
        except BadRequest as error:
            st.html(f'<p class="clientela-quiet" role="alert">{escape(str(error))}</p>')
            return
        st.html(f'<p data-testid="groups">{escape(told_words(words.groups_apart(groups)))}</p>')
        left, right = st.columns([2, 3], gap="medium")
        dots = words.group_dots(groups).head(MOST_DOTS)
        with left:
            if dots.height:
                figure = dot_intervals(dots, session.colours(), unit="percent")
                chart(figure, f"demand-groups-{view.to_parameters()}", words.groups_apart(groups))
        table, units = groups.rename(words.GROUP_HEADINGS), words.group_units(price.unit)
        with right:
            frame_view(table, "demand-groups-table", units, height=whole_height(table, 14))
        downloads("clientela-demand-by-group", lambda: table, "demand-groups", units)

"""Virtual warehouse: what the district's partners have, who could deliver by when, and what hangs on one of them."""

from __future__ import annotations

from html import escape

import streamlit as st

from data.errors import BadRequest
from pages.collaborate import virtual_warehouse_words as words
from pages.collaborate.delivery_card import delivery_card, product_card
from pages.collaborate.found_virtual_warehouse import FoundWarehouse, found_warehouse, supply_named
from pages.collaborate.partner_loss_card import partner_loss_card
from pages.collaborate.stock_moves_card import stock_moves_card
from pages.collaborate.virtual_warehouse_view import (
    IDLE,
    SHORT,
    WEEKS,
    VirtualWarehouseView,
    parse_virtual_warehouse,
)
from pages.discover.finding_footer import finding_footer
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.figures import pareto
from pages.ui.kpi_row import kpi_strip
from pages.ui.limits_told import rows_told
from pages.ui.page_record import told_words
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import count_text

TITLE, PATH = "Virtual warehouse", "virtual-warehouse"
RISK_COLUMNS = (
    "product", "only", "free", "expected", "promise", "daily", "cover", "cover_low", "cover_high", "revenue",
)  # fmt: skip


def go(view: VirtualWarehouseView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    session.write_url(view.to_parameters())


@session.fragment
def virtual_warehouse() -> None:
    try:
        view = parse_virtual_warehouse(session.read_url())
        with st.spinner("Looking at all shelves …"):
            found = found_warehouse(view)
    except BadRequest as error:
        page_title(TITLE)
        refused(error)
        return
    seen = rows_told()
    page_title(TITLE, words.as_of_told(found) + (f" Of rows with {seen}." if seen else ""))
    choices(view)
    if found.products.is_empty():
        nothing()
        return
    show(view, found)
    finding_footer(PATH, view.to_parameters())
    ready("found", found)


def refused(error: BadRequest) -> None:
    empty_state(
        error.problem,
        error.remedy,
        "Start afresh",
        on_click=lambda: go(VirtualWarehouseView()),
        key="refused",
        drawing="filter",
    )
    ready("refused")


def nothing() -> None:
    empty_state(
        "No product is known here",
        "Load counts of stock and orders to suppliers on the page Data, each with product, partner and day.",
        key="no-stock",
    )
    ready("nothing")


def choices(view: VirtualWarehouseView) -> None:
    """What demand is, when stock is short, and when it is dead."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="warehouse-choices"):
        chooser(
            "Weeks", "warehouse-weeks", sorted({*WEEKS, view.weeks}), view.weeks,
            lambda weeks: f"Demand of {count_text(weeks, 'week')}", lambda weeks: go(view.changed(weeks=weeks)), 200,
        )  # fmt: skip
        chooser(
            "Short", "warehouse-short", sorted({*SHORT, view.short}), view.short,
            lambda days: f"Short under {count_text(days, 'day')}", lambda days: go(view.changed(short=days)), 200,
        )  # fmt: skip
        chooser(
            "Dead", "warehouse-idle", sorted({*IDLE, view.idle}), view.idle,
            lambda days: f"Dead after {count_text(days, 'day')}", lambda days: go(view.changed(idle=days)), 200,
        )  # fmt: skip


def show(view: VirtualWarehouseView, found: FoundWarehouse) -> None:
    fact = told_words(words.main_fact(found, view))
    st.html(f'<p class="clientela-verdict" data-testid="main-fact"><b>{escape(fact)}</b></p>')
    for each in words.cautions(found):
        st.html(f'<p class="clientela-quiet">{escape(told_words(each))}</p>')
    kpi_strip(words.tiles(found, view, session.currency()), "warehouse-tiles")
    product = delivery_card(view, found, go)
    if product is not None:
        product_card(product)
    left, right = st.columns([3, 2], gap="small")
    with left:
        risk_card(view, found)
    with right:
        supply_card(view, found)
    stock_moves_card(view, found, go)
    partner_loss_card(view, found, go)


def risk_card(view: VirtualWarehouseView, found: FoundWarehouse) -> None:
    with card("risk", height="stretch"):
        section(
            "At risk: one source, and soon gone",
            f"Products that one partner alone supplies or holds, with less than {count_text(view.short, 'day')} of"
            " cover. Cover is in days, with the interval of 95%. A click on a row asks who could deliver it.",
        )
        if found.at_risk.is_empty():
            st.html('<p class="clientela-quiet">No product of one source is short.</p>')
        else:
            table = words.rounded(found.at_risk.select(RISK_COLUMNS)).rename({"only": "only_source"})

            def picked(row: int | None) -> None:
                if row is not None:
                    go(view.changed(product=found.at_risk["product_id"][row], pieces=0))

            frame_view(table, "risk-table", words.RISK_UNITS, whole_height(table), on_row=picked)
            downloads("clientela-products-at-risk", lambda: found.at_risk, "risk", words.RISK_UNITS)
        with st.expander("All products", icon=":material/table:"):
            frame_view(words.rounded(found.products), "all-products", words.RISK_UNITS)
            downloads("clientela-virtual-warehouse", lambda: found.products, "all-products", words.RISK_UNITS)


def supply_card(view: VirtualWarehouseView, found: FoundWarehouse) -> None:
    with card("supply", height="stretch"):
        section(
            "On whom sales hang",
            "Revenue of the last year by the partners who supply it: that of each product by pieces received, or held"
            " where none were. A click asks what hangs on a partner.",
        )
        told = told_words(words.supply_fact(found.supply, session.currency()))
        st.html(f'<p data-testid="supply-fact">{escape(told)}</p>')
        named = supply_named(found)
        frame = words.supply_bars(named)
        if frame.height:
            figure = pareto(frame, session.colours(), unit="money", currency=session.currency(), height=300)
            chart(
                figure, f"supply-{view.to_parameters()}", told, lambda ids: go(view.changed(without=ids[0]))
            )
        with st.expander("As a table", icon=":material/table:"):
            frame_view(named, "supply-table", words.SUPPLY_UNITS, whole_height(named))
        downloads("clientela-supply", lambda: named, "supply", words.SUPPLY_UNITS)


def ready(state: str, found: FoundWarehouse | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    marks = {"state": state, "products": found.products.height if found else 0}
    attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in marks.items())
    st.html(f'<p class="clientela-quiet" data-testid="warehouse-ready"{attributes}></p>')


virtual_warehouse()

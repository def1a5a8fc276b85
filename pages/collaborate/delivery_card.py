"""The card that answers who could deliver so many pieces of a product by a day, and the one of the product itself."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from data.errors import BadRequest
from mining.partners.delivery_plans import MOST_PIECES
from pages.collaborate import virtual_warehouse_words as words
from pages.collaborate.found_virtual_warehouse import FoundProduct, FoundWarehouse, found_product
from pages.collaborate.virtual_warehouse_view import VirtualWarehouseView
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.export_files import downloads
from pages.ui.figures import Quantity, bars, chance_by_cost, described, dot_intervals, line
from pages.ui.member_finder import member_finder
from pages.ui.page_record import told_words
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import count_text

Go = Callable[[VirtualWarehouseView], None]
PRODUCT = "product"


def delivery_card(view: VirtualWarehouseView, found: FoundWarehouse, go: Go) -> FoundProduct | None:
    """Ask and answer; the product that it is about, None where there is none."""
    with card("delivery"):
        section("Who could deliver", "So many pieces by a day, whole or split, from what lies with partners.")
        level = session.cube("stock").level(PRODUCT)
        with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="delivery-asked"):
            member_finder("delivery", level, lambda each: go(view.changed(product=each.id, pieces=0)), 8)
        try:
            product = found_product(view, found)
        except BadRequest as error:
            st.html(f'<p data-testid="delivery-fact">{escape(told_words(str(error)))}</p>')
            return None
        if product is None:
            return None
        _asked(view, found, product, go)
        _answer(view, found, product)
    return product


def _asked(view: VirtualWarehouseView, found: FoundWarehouse, product: FoundProduct, go: Go) -> None:
    st.html(f'<h3 class="clientela-section" data-testid="product">{escape(product.member.label)}</h3>')
    st.session_state["delivery-pieces"], st.session_state["delivery-by"] = product.pieces, found.by
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="delivery-terms"):
        st.number_input(
            "Pieces", 1, MOST_PIECES, key="delivery-pieces", step=1, width=160,
            on_change=lambda: go(view.changed(product=product.member.id, pieces=st.session_state["delivery-pieces"])),
        )  # fmt: skip
        st.date_input(
            "By", key="delivery-by", min_value=found.house.as_of, format="YYYY-MM-DD", width=160,
            on_change=lambda: go(
                view.changed(product=product.member.id, pieces=product.pieces, by=st.session_state["delivery-by"])
            ),
        )  # fmt: skip


def _answer(view: VirtualWarehouseView, found: FoundWarehouse, product: FoundProduct) -> None:
    fact = told_words(words.delivery_fact(product, found.by, session.currency()))
    st.html(f'<p data-testid="delivery-fact"><b>{escape(fact)}</b></p>')
    for each in words.delivery_notes(product):
        st.html(f'<p class="clientela-quiet">{escape(told_words(each))}</p>')
    if product.holders.is_empty():
        return
    left, right = st.columns([1, 1], gap="medium")
    with left:
        _picture(view, product, fact)
    with right:
        table = words.plan_table(product)
        if table.height:
            shown = words.shown_plans(table)
            frame_view(shown, "plans", words.PLAN_UNITS, whole_height(shown, 8))
            if shown.height < table.height:
                st.caption(
                    f"{count_text(table.height - shown.height, 'plan')} of unknown chance are in the files."
                )
            downloads("clientela-delivery-plans", lambda: table, "plans", words.PLAN_UNITS)
    st.caption("Who has it, and how long they take: from each of their own orders until all of it was there")
    holders = words.holder_table(product)
    frame_view(holders, "holders", words.HOLDER_UNITS, whole_height(holders, 8))
    downloads("clientela-who-has-it", lambda: product.holders, "holders", words.HOLDER_UNITS)


def _picture(view: VirtualWarehouseView, product: FoundProduct, fact: str) -> None:
    """Chance against cost; chances alone, with their intervals, of few plans or where no cost is known."""
    currency = session.currency()
    points = words.plan_points(product, currency)
    key = f"plans-{view.to_parameters()}-{product.member.id}"
    if points.height >= words.LEAST_POINTS:
        chart(chance_by_cost(points, session.colours(), currency=currency), key, fact)
        return
    dots = words.plan_dots(product)
    if dots.height:
        chart(dot_intervals(dots, session.colours(), unit="percent"), key, fact)


def product_card(found: FoundProduct) -> None:
    """The product opened: where it lies, how that went, what is on order."""
    with card("product"):
        section(f"{found.member.label}: where it lies", words.product_fact(found))
        left, right = st.columns([2, 3], gap="medium")
        with left:
            frame = words.stock_bars(found)
            if frame.height:
                alt = described(frame, kind="Bars", measure=Quantity("pieces free", "units"), adds=True)
                chart(bars(frame, session.colours(), unit="count"), f"held-{found.member.id}", alt)
            else:
                st.html('<p class="clientela-quiet">No partner has a piece free.</p>')
            if found.due.height:
                st.caption("On order")
                frame_view(found.due, "due", {"pieces": "count"}, whole_height(found.due, 6))
                downloads("clientela-on-order", lambda: found.due, "due")
        with right:
            course = words.course_lines(found)
            if course.height:
                alt = described(course, kind="Course", measure=Quantity("pieces counted", "units"))
                chart(line(course, session.colours(), unit="units"), f"course-{found.member.id}", alt)
                downloads("clientela-stock-course", lambda: found.course, "course")

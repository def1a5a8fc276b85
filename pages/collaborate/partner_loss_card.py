"""The card of what would be at risk if a partner left: products, revenue, customers."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from cubes.members.member_search import Member
from cubes.members.single_customers import tells_single_customers
from data.errors import BadRequest
from pages.collaborate import virtual_warehouse_words as words
from pages.collaborate.found_virtual_warehouse import (
    FoundLoss,
    FoundWarehouse,
    found_loss,
    named_customers,
    partners_named,
)
from pages.collaborate.virtual_warehouse_view import VirtualWarehouseView
from pages.discover.customer_list import customer_list
from pages.ui import session
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.kpi_row import kpi_strip
from pages.ui.page_record import told_words
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height

Go = Callable[[VirtualWarehouseView], None]


def partner_loss_card(view: VirtualWarehouseView, found: FoundWarehouse, go: Go) -> None:
    with card("loss"):
        section(
            "If this partner left",
            "Products that nobody else supplies or holds, their revenue of the last year, and who bought them.",
        )
        try:
            loss = found_loss(view, found)
        except BadRequest as error:
            _choose(view, found, None, go)
            st.html(f'<p data-testid="loss-fact">{escape(told_words(str(error)))}</p>')
            return
        if loss is None:
            st.html('<p class="clientela-quiet">No partner is known to supply anything.</p>')
            return
        _choose(view, found, loss.member, go)
        _show(loss)


def _choose(view: VirtualWarehouseView, found: FoundWarehouse, member: Member | None, go: Go) -> None:
    offered = partners_named(found.supply.partners["partner"])
    if member is not None and member not in offered:
        offered = [member, *offered]
    if offered:
        chooser(
            "Partner", "loss-partner", offered, member or offered[0], lambda each: each.label,
            lambda each: go(view.changed(without=each.id)), 320,
        )  # fmt: skip


def _show(found: FoundLoss) -> None:
    currency, policy = session.currency(), session.warehouse().policy
    fact = told_words(words.loss_fact(found, currency))
    st.html(f'<p data-testid="loss-fact"><b>{escape(fact)}</b></p>')
    kpi_strip(words.loss_tiles(found, currency, policy.smallest), "loss-tiles")
    products, customers = st.tabs(["Products", "Customers"])
    with products:
        frame_view(
            words.rounded(found.products), "loss-products", words.LOSS_UNITS, whole_height(found.products)
        )
        downloads("clientela-without-partner", lambda: found.products, "loss-products", words.LOSS_UNITS)
    with customers:
        if not tells_single_customers(policy):
            st.caption("Single customers are withheld from you.")
        elif found.buyers.is_empty():
            st.caption("No known customer bought a product of this source alone in the last year.")
        else:
            customer_list(
                named_customers(found.buyers),
                "clientela-customers-at-risk",
                "loss-customers",
                words.BUYER_UNITS,
                ("customer", "name", "revenue", "share", "products"),
                audience=f"Buy what {found.member.label} supplies",
            )

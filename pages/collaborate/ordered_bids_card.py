"""Accepted offers on their way to be ordered: put into a file once, and each file to be taken as often as one likes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import polars as pl
import streamlit as st

from data.access.deed import Deed
from data.collaborate import bid_deeds
from data.collaborate.bid_desk import BidDesk
from data.collaborate.bid_surroundings import bid_goods
from data.collaborate.order_lines import OrderLine
from data.collaborate.price_bid import PriceBid
from data.operational.operational_store import OperationalStore
from pages.collaborate import bid_words as words
from pages.collaborate.bid_table import bid_link
from pages.collaborate.price_offers_view import ORDERS, PriceOffersView
from pages.explore.written_deeds import Standing
from pages.manage.shared.html_tables import TableCell, table
from pages.service.service_deeds import said
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.export_files import downloads
from pages.ui.local_time import in_words, today
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import count_text, number_text

UNITS = {"price": "money", "amount": "money", "pieces": "units"}
MOST_FILES = 20
SCHEMA = {
    "offer": pl.String, "source": pl.String, "customer": pl.String, "numbered_by": pl.String, "product": pl.String,
    "pieces": pl.Float64, "price": pl.Float64, "amount": pl.Float64, "currency": pl.String, "requirements": pl.String,
    "accepted_by": pl.String,
}  # fmt: skip
WAITING = ("Offer", "Customer", "Product", "#Pieces", "#Price")


def ordered_bids_card(desk: BidDesk) -> None:
    ready = words.to_order(desk)
    with card("orders"):
        section(words.NAMES["orders"], words.SENTENCES["orders"])
        if not ready:
            st.html(
                '<p class="clientela-quiet" data-testid="no-orders">No accepted offer waits to be ordered.</p>'
            )
        else:
            table(WAITING, _waiting(ready), "orders-ready", "Accepted offers that did not go out yet")
        if ready and may(Deed.PRICE):
            st.button(f"Put {count_text(len(ready), 'offer')} into a file", key="orders-send", type="primary",
                      icon=":material/outbox:", on_click=partial(_send, ready))  # fmt: skip
    for number in sorted(desk.files, reverse=True)[:MOST_FILES]:
        lines = desk.files[number]
        at = lines[0].sent_at
        with card(f"orders-{number}"):
            when = f"{in_words(at)}, " if at else ""
            section(
                f"Order file {number}",
                f"{when}{count_text(len(lines), 'offer')}; taken again it is the same.",
            )
            frame = order_frame(lines)
            frame_view(frame, f"orders-file-{number}", UNITS, whole_height(frame))
            downloads(f"clientela-order-file-{number}", partial(order_frame, lines), f"orders-{number}", UNITS,
                      made_at=at)  # fmt: skip


def _waiting(ready: Sequence[PriceBid]) -> list[tuple[TableCell, ...]]:
    goods, currency = bid_goods(session.warehouse(), ready, today()).products, session.currency()
    return [
        (
            TableCell(each.bid.id, href=bid_link(PriceOffersView(ORDERS), each.bid)),
            TableCell(each.called or each.shown),
            TableCell(goods[each.product].name if each.product in goods else "(unknown)"),
            TableCell(number_text(float(each.pieces)), number=True),
            TableCell(words.price_text(each.answer.price if each.answer else None, currency), number=True),
        )
        for each in ready
    ]


def order_frame(lines: Sequence[OrderLine]) -> pl.DataFrame:
    """What is to be ordered, a row an offer: SCHEMA. `customer` is their number in the source `numbered_by`."""
    rows = [
        (
            each.bid.id, each.bid.source, each.customer.id if each.customer else "",
            each.customer.numbering if each.customer else "", each.product.id if each.product else "",
            float(each.pieces), float(each.price), float(each.price * each.pieces), each.currency, each.requirements,
            each.accepted_by,
        )
        for each in lines
    ]  # fmt: skip
    return pl.DataFrame(rows, SCHEMA, orient="row")


def _send(bids: Sequence[PriceBid]) -> None:
    def deed(store: OperationalStore, who: str, on: Standing) -> str:
        bid_deeds.send_orders(store, bids, session.currency(), who)
        return ""

    said("Saved: the file stands below. From now on these answers stand.", deed, None)

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
from data.collaborate.price_bid import PriceBid
from data.operational.operational_store import OperationalStore
from pages.collaborate import bid_words as words
from pages.explore.written_deeds import Standing
from pages.service.service_deeds import said
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.export_files import downloads
from pages.ui.local_time import today
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import count_text

UNITS = {"price": "money", "amount": "money", "pieces": "units"}
MOST_FILES = 20
SCHEMA = {
    "offer": pl.String, "source": pl.String, "customer": pl.String, "product": pl.String, "product_name": pl.String,
    "pieces": pl.Float64, "price": pl.Float64, "amount": pl.Float64, "currency": pl.String, "requirements": pl.String,
    "accepted_on": pl.Date, "accepted_by": pl.String,
}  # fmt: skip


def ordered_bids_card(desk: BidDesk) -> None:
    ready = words.to_order(desk)
    with card("orders"):
        section(words.NAMES["orders"], words.SENTENCES["orders"])
        if not ready:
            st.html(
                '<p class="clientela-quiet" data-testid="no-orders">No accepted offer waits to be ordered.</p>'
            )
        elif may(Deed.PRICE):
            frame = order_frame(ready)
            frame_view(frame, "orders-ready", UNITS, whole_height(frame))
            st.button(f"Put {count_text(len(ready), 'offer')} into a file", key="orders-send", type="primary",
                      icon=":material/outbox:", on_click=partial(_send, ready))  # fmt: skip
    every = desk.in_files
    for number in sorted(every, reverse=True)[:MOST_FILES]:
        bids = every[number]
        with card(f"orders-{number}"):
            section(f"Order file {number}", f"{count_text(len(bids), 'offer')}; taken again it is the same.")
            frame = order_frame(bids)
            frame_view(frame, f"orders-file-{number}", UNITS, whole_height(frame))
            downloads(f"clientela-order-file-{number}", partial(order_frame, bids), f"orders-{number}", UNITS)


def order_frame(bids: Sequence[PriceBid]) -> pl.DataFrame:
    """What is to be ordered, a row an offer, by its number: SCHEMA; of the same offers always the same."""
    goods = bid_goods(session.warehouse(), bids, today()).products
    rows = []
    for each in sorted(bids, key=lambda each: each.bid):
        answer, product = each.answer, goods.get(each.product)
        if answer is None or answer.price is None:
            continue
        rows.append((
            each.bid.id, each.bid.source, each.shown, each.product_number.id if each.product_number else "",
            product.name if product else "", float(each.pieces), float(answer.price), float(answer.price * each.pieces),
            each.currency or session.currency(), each.requirements, answer.at.date() if answer.at else None, answer.by,
        ))  # fmt: skip
    return pl.DataFrame(rows, SCHEMA, orient="row")


def _send(bids: Sequence[PriceBid]) -> None:
    def deed(store: OperationalStore, who: str, on: Standing) -> str:
        number = bid_deeds.send_orders(store, {each.bid for each in bids}, who)
        return str(number) and ""

    said("Saved: the file stands below. From now on these answers stand.", deed, None)

"""Price offers: a customer names a price, the firm answers: accepts, asks more, or declines, by hand or by rule."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from data.collaborate.bid_desk import BidDesk, bid_desk
from data.collaborate.bid_surroundings import answer_times, bid_goods, bid_surroundings
from data.collaborate.price_bid import PriceBid
from data.errors import BadRequest, WarehouseError
from data.operational.plain_names import LONGEST_NAME
from pages.collaborate import bid_words as words
from pages.collaborate.bid_table import bid_rows, without_empty
from pages.collaborate.named_price_card import named_price_card
from pages.collaborate.opened_bid_card import opened_bid_card
from pages.collaborate.ordered_bids_card import ordered_bids_card
from pages.collaborate.price_offers_view import (
    ANSWERED,
    OPEN,
    ORDERS,
    QUEUES,
    RULES,
    PriceOffersView,
    parse_price_offers,
)
from pages.collaborate.price_rules_card import price_rules_card
from pages.manage.shared.html_tables import table
from pages.manage.shared.manage_style import looks
from pages.service import service_deeds
from pages.service.case_words import shown_page
from pages.ui import noted_looks, session
from pages.ui.local_time import today
from pages.ui.page_record import told_words
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.style.formats import count_text

SIZE = 50
SENTENCE = (
    "What customers would pay, beside what it costs, what lies there and who they are; and what we answer."
)


def go(view: PriceOffersView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    service_deeds.forget()
    session.write_url(view.to_parameters())


@session.fragment
def price_offers() -> None:
    looks()
    page_title("Price offers", SENTENCE)
    try:
        view = parse_price_offers(session.read_url())
        desk = bid_desk(session.warehouse())
    except (BadRequest, WarehouseError) as error:
        empty_state(error.problem, error.remedy or "", "Start afresh", on_click=lambda: go(PriceOffersView()),
                    key="refused", drawing="filter")  # fmt: skip
        ready("refused")
        return
    service_deeds.told("price-offers")
    if view.offer:
        opened(view, desk)
        return
    queue_bar(view, desk)
    if view.queue == RULES:
        price_rules_card(desk, today())
    elif view.queue == ORDERS:
        ordered_bids_card(desk)
    else:
        queue_card(view, desk)
        if view.queue == OPEN:
            named_price_card()
    ready(view.queue, desk)


def opened(view: PriceOffersView, desk: BidDesk) -> None:
    """The offer of the address, whatever queue it stands in."""
    bid = desk.bid(view.number)
    if bid is None:
        sentence = "A source may have answered it, or it was taken back. Look through the queues."
        empty_state(f"There is no offer {view.offer!r} on the desk", sentence, "Back to the queue",
                    on_click=lambda: go(view.closed()), key="no-such-offer", drawing="filter")  # fmt: skip
        ready("no offer")
        return
    beside = bid_surroundings(session.warehouse(), [bid], desk.rules, today())[bid.bid]
    opened_bid_card(bid, beside, today(), lambda: go(view.closed()))
    ready("offer", desk, bid)


def queue_bar(view: PriceOffersView, desk: BidDesk) -> None:
    """The queues with how much stands in each, and a field that narrows them."""
    key = "bids-queue"
    names = {each: words.queue_name(desk, each, today()) for each in QUEUES}
    st.session_state[key], st.session_state["bids-find"] = view.queue, view.of
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="bids-bar"):
        st.segmented_control("Queue", QUEUES, key=key, required=True, format_func=names.__getitem__,
                             on_change=lambda: go(PriceOffersView(st.session_state[key] or view.queue, of=view.of)),
                             label_visibility="collapsed")  # fmt: skip
        st.space("stretch")
        if view.queue not in (RULES, ORDERS):
            st.text_input("Narrow down", key="bids-find", placeholder="Offer, customer or product", width=230,
                          max_chars=LONGEST_NAME, label_visibility="collapsed",
                          on_change=lambda: go(view.narrowed(st.session_state["bids-find"])))  # fmt: skip


def queue_card(view: PriceOffersView, desk: BidDesk) -> None:
    every = words.in_queue(desk, view.queue, today())
    listed = _narrowed(view, every)
    with card("queue"):
        section(words.NAMES[view.queue], _told(view, len(listed)))
        if view.queue in (OPEN, ANSWERED):
            _times(desk)
        if flood := words.flood_words(listed):
            st.html(f'<p class="clientela-verdict look" data-testid="flood">{escape(told_words(flood))}</p>')
        if not listed:
            nothing(view, bool(every))
            return
        shown, pages = shown_page(listed, view.page, SIZE)
        noted_looks.saw_rows("price_offers", len(shown))
        beside = bid_surroundings(session.warehouse(), shown, desk.rules, today())
        heads, rows = without_empty(bid_rows(view, shown, beside, today(), session.currency()))
        table(heads, rows, "bids", "Offers of the queue")
        if pages > 1:
            turning(view, pages)


def _narrowed(view: PriceOffersView, every: Sequence[PriceBid]) -> tuple[PriceBid, ...]:
    if not view.of:
        return tuple(every)
    noted_looks.searched(view.of, "price_offers")
    goods = bid_goods(session.warehouse(), every, today())
    return words.narrowed(every, view.of, {code: each.name for code, each in goods.products.items()})


def _told(view: PriceOffersView, many: int) -> str:
    of = f" of “{view.of}”" if view.of else ""
    counted = f" {count_text(many, 'offer')}{of}." if many else ""
    return f"{words.SENTENCES[view.queue]}{counted}"


def _times(desk: BidDesk) -> None:
    """How soon offers are answered."""
    spells = answer_times(session.warehouse(), desk, today())
    told = words.answer_time_words(words.waits_of(spells["days"].to_list(), spells["ended"].to_list()))
    if told:
        st.html(f'<p data-testid="answer-time">{escape(told_words(told))}</p>')


def nothing(view: PriceOffersView, is_narrowed: bool) -> None:
    """What to do where a queue is empty."""
    told = f"No offer of this queue is of “{view.of}”." if is_narrowed else words.NOTHING[view.queue]
    st.html(f'<p class="clientela-quiet" data-testid="no-bids">{escape(told)}</p>')
    if not is_narrowed and not session.warehouse().profile.extents["price_offer"].last_day:
        st.html(
            '<p class="clientela-quiet">Write one down below, or bring price offers as a file under Data.</p>'
        )


def turning(view: PriceOffersView, pages: int) -> None:
    at = min(view.page, pages)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="bids-pages"):
        st.button("Newer", key="bids-before", disabled=at == 1, on_click=lambda: go(view.turned(at - 1)))
        st.caption(f"Page {at} of {pages}", width="content")
        st.button("Older", key="bids-after", disabled=at == pages, on_click=lambda: go(view.turned(at + 1)))


def ready(state: str, desk: BidDesk | None = None, bid: PriceBid | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    marks = {
        "state": state,
        "open": len(words.in_queue(desk, "open", today())) if desk else "",
        "offer": bid.bid.id if bid else "",
    }
    attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in marks.items())
    st.html(f'<p class="clientela-quiet" data-testid="price-offers-ready"{attributes}></p>')


price_offers()

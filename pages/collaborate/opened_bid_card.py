"""One offer opened: what is named, what it is held against, who names it, what may be answered, and what was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from html import escape
from urllib.parse import quote

import streamlit as st

from data.collaborate.bid_surroundings import BidSurroundings
from data.collaborate.bid_terms import doubts
from data.collaborate.price_bid import PriceBid
from data.operational import operational_store
from data.people.portal_links import WHO
from data.portal.partner_suggestions import PRICE_OFFER
from pages.collaborate import bid_words as words
from pages.collaborate.bid_answer_form import answer_ways
from pages.collaborate.counter_suggestion import counter_suggestion, suggested_price, suggestion_words
from pages.collaborate.partner_suggestions_card import partner_suggestions_card
from pages.manage.shared.html_tables import TableCell, table
from pages.ui import noted_looks, session
from pages.ui.local_time import in_words
from pages.ui.page_states import card, section
from pages.ui.style.formats import format_day, format_value, money_text, number_text

Line = tuple[TableCell, TableCell, TableCell]
ELSEWHERE = (
    "An offer of a source: what is answered here stands beside what it tells, and changes nothing there."
)


def opened_bid_card(bid: PriceBid, beside: BidSurroundings, today: date, shut: Callable[[], None]) -> None:
    """All that an offer shows."""
    if bid.shown:
        noted_looks.saw_customer(bid.shown)
    currency = session.currency()
    with card("opened-bid"):
        with st.container(horizontal=True, vertical_alignment="center", key="bid-heading"):
            section(f"{bid.bid.name}: {beside.product.name}")
            st.space("stretch")
            st.button("Back to the queue", key="bid-shut", type="tertiary", icon=":material/arrow_back:",
                      on_click=shut)  # fmt: skip
        st.html(
            f'<p data-testid="bid-fact"><b>{escape(main_fact(bid, beside, today, currency))}</b></p>'
            f'<p class="clientela-quiet service-about">{_about(bid)}</p>'
        )
        for each in doubts(bid, beside.terms):
            st.html(f'<p class="clientela-verdict bad" data-testid="bid-odd">{escape(each)}</p>')
        if bid.told:
            told = f"The source says: {bid.told}."
            st.html(f'<p class="clientela-verdict look" data-testid="bid-told">{escape(told)}</p>')
        suggested = None
        if not bid.is_answered and not bid.waits and not doubts(bid, beside.terms):
            found = counter_suggestion(session.warehouse(), bid, beside)
            told, sure = suggestion_words(found, currency)
            suggested = suggested_price(found)
            st.html(
                f'<p data-testid="suggestion">{escape(told)} <span class="clientela-quiet">{escape(sure)}</span></p>'
            )
        answer_ways(bid, beside.terms, today, suggested)
        if bid.bid.source:
            st.html(f'<p class="clientela-quiet">{escape(ELSEWHERE)}</p>')
        table(("What", "Is", "From, and how sure"), _beside(bid, beside, currency), "beside-bid",
              "What stands beside this offer")  # fmt: skip
        _happened(bid, currency)
    store = operational_store.of(session.warehouse())
    partner_suggestions_card(store, PRICE_OFFER, f"{bid.bid.source}/{bid.bid.id}")


def main_fact(bid: PriceBid, beside: BidSurroundings, today: date, currency: str) -> str:
    """What is named and where it stands, in a sentence or two."""
    price = money_text(bid.price, currency) if bid.price is not None else "no price"
    share = words.of_asked(bid, beside.terms)
    of = f", {share} of the price asked" if share else ""
    pieces = "1 piece" if bid.pieces == 1 else f"{number_text(float(bid.pieces))} pieces"
    wants = f"{price} a piece for {pieces}"
    state = words.state_words(bid, today)
    until = (
        f" Expires {words.expiry_words(bid, today)}." if bid.expires_on and not bid.is_expired(today) else ""
    )
    return (
        f"Offers {wants}{of}. It is {state}.{until}"
        if state != "waits for a second person"
        else (f"Offers {wants}{of}. Its answer {state}.{until}")
    )


def _about(bid: PriceBid) -> str:
    """Whose it is, in HTML: the customer as a link, when and where it came from."""
    name = escape(bid.called or bid.shown or "a customer who is not known")
    whose = (
        f'<a href="customer?who={quote(bid.shown, safe="")}" target="_self">{name}</a>' if bid.shown else name
    )
    here = "named at the portal" if bid.by == WHO else f"written down here by {escape(bid.by)}"
    source = f"from {escape(bid.bid.source)}" if bid.bid.source else here
    return f"Of {whose}, {escape(format_day(bid.day))}, {source}."


def _line(what: str, told: str, source: str = "", tone: str = "") -> Line:
    return TableCell(what, "quiet"), TableCell(told, tone), TableCell(source, "quiet")


def _beside(bid: PriceBid, beside: BidSurroundings, currency: str) -> list[Line]:
    return [*_of_product(bid, beside, currency), *_of_customer(beside, currency)]


def _of_product(bid: PriceBid, beside: BidSurroundings, currency: str) -> Iterator[Line]:
    terms, product = beside.terms, beside.product
    if bid.requirements:
        yield _line("Requirements", bid.requirements, "As the customer said them")
    since = (
        f"Since {format_day(product.priced_on)}" if product.priced_on else "Bring prices and costs as a file"
    )
    yield _line("List price", words.price_text(terms.listed, currency), since)
    if bid.asked is not None:
        yield _line(
            "Price asked", money_text(bid.asked, currency), "Of this customer, when the offer was made"
        )
    yield _line("Cost", words.price_text(terms.cost, currency), since if terms.cost is not None else "")
    yield _line("Floor", words.floor_words(terms, currency), "Below it a second person decides")
    if bid.price is not None and (margin := terms.margin(bid.price, bid.pieces)) is not None:
        yield _line("Margin if accepted", money_text(margin, currency), "Price less cost, of all pieces",
                    "bad" if margin < 0 else "")  # fmt: skip
    if beside.on_hand is not None and beside.counted_on is not None:
        short = beside.on_hand < bid.pieces
        yield _line("On hand", f"{number_text(float(beside.on_hand))} pieces",
                    f"Counted last on {format_day(beside.counted_on)}, all places together",
                    "look" if short else "")  # fmt: skip
    else:
        yield _line("On hand", "Not known", "No count of the last three months")
    yield _line("Comes in", *words.lead_words(beside))
    yield _line("Named as much", *words.as_much_words(beside))


def _of_customer(beside: BidSurroundings, currency: str) -> Iterator[Line]:
    scored = (
        "The mean that a model expects" if beside.value is not None else "Save scores on the page Lifetime"
    )
    value = format_value(beside.value, "money", currency) if beside.value is not None else "Not known"
    yield _line("Customer’s value to come", value, scored)
    if beside.head_room is not None:
        yield _line("Head-room", format_value(beside.head_room, "money", currency),
                    "What they spend elsewhere, as a model says (Customer share)")  # fmt: skip
    yield _line("Stage", beside.stage or "None", "Rules of the life cycle")
    yield _line("Offers so far", words.earlier_words(beside), "All of one customer are one voice")


def _happened(bid: PriceBid, currency: str) -> None:
    """What was said of it here, the latest first."""
    rows = []
    answer = bid.answer
    if answer is not None and answer.at is not None:
        rows.append((answer.at, words.answered_words(answer, currency), answer.reason, answer.by))
        for saying in filter(None, (answer.approval, answer.reply)):
            rows.append((saying.at, saying.verdict.capitalize(), saying.reason, saying.by))
    if bid.at is not None:
        rows.append((bid.at, "Written down", bid.requirements, bid.by))
    if rows:
        cells = [
            (TableCell(in_words(at), "quiet"), TableCell(what), TableCell(why), TableCell(by, "quiet"))
            for at, what, why, by in sorted(rows, key=lambda each: each[0], reverse=True)
        ]
        table(("When", "What", "Why", "By"), cells, "bid-events", "What happened, the latest first")

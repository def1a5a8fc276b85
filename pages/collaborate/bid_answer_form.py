"""What may be answered to an offer: each a small form; below the floor a second person decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from html import escape

import streamlit as st

from data import environment
from data.access.deed import Deed
from data.collaborate import bid_deeds
from data.collaborate.bid_terms import BidTerms
from data.collaborate.price_bid import (
    ACCEPTED,
    APPROVED,
    COUNTERED,
    DECLINED,
    LEFT,
    REFUSED,
    TAKEN,
    BidAnswer,
    PriceBid,
)
from data.operational.operational_store import OperationalStore
from pages.collaborate import bid_words as words
from pages.explore.written_deeds import Standing, as_seen
from pages.service.service_deeds import once, said, turn
from pages.ui import session
from pages.ui.allowed_deeds import for_deed
from pages.ui.style.formats import money_text

LABELS = {ACCEPTED: "Accept", COUNTERED: "Ask more", DECLINED: "Decline"}
ICONS = {ACCEPTED: ":material/check:", COUNTERED: ":material/reply:", DECLINED: ":material/close:"}
SAVES = {ACCEPTED: "Accept the offer", COUNTERED: "Save the counter-offer", DECLINED: "Decline the offer"}
REPLIES = {
    TAKEN: ("The customer takes it", ":material/handshake:"),
    LEFT: ("The customer leaves it", ":material/close:"),
}
COUNTER_DAYS = 7
STEP = 0.01


@for_deed(Deed.PRICE)
def answer_ways(bid: PriceBid, terms: BidTerms, today: date, suggested: float | None) -> None:
    """The forms that can follow where the offer stands."""
    if bid.told and bid.answer is None:
        return
    if bid.waits and bid.answer:
        st.html(f'<p data-testid="bid-waits">{escape(words.waits_words(bid.answer, session.currency()))}</p>')
    with st.container(horizontal=True, gap="small", key="bid-ways"):
        if bid.waits:
            _deciding(bid, today)
        elif not bid.is_answered and bid.is_expired(today):
            st.html('<p class="clientela-quiet" data-testid="bid-expired">It expired: it cannot be answered. Ask the'
                    " customer to name a price again.</p>")  # fmt: skip
        elif not bid.is_answered:
            for answer in LABELS:
                with _popover(LABELS[answer], ICONS[answer], f"bid-{answer}"):
                    _form(bid, terms, answer, today, suggested)
        elif bid.answer and bid.answer.answer == COUNTERED and bid.answer.reply is None:
            for verdict, (label, icon) in REPLIES.items():
                st.button(
                    label, key=f"bid-{verdict}", icon=icon, on_click=partial(_reply, bid, verdict, today)
                )
        _taking_back(bid)


def _reply(bid: PriceBid, verdict: str, today: date) -> None:
    """What the customer says to a counter-offer."""

    def deed(store: OperationalStore, who: str, on: Standing) -> str:
        return bid_deeds.reply(store, bid, verdict, today, who)

    then = "It can be ordered." if verdict == TAKEN else "It is not sold."
    said(f"Saved: the counter-offer is {verdict}. {then}", deed, bid_deeds.take_back)


def _popover(label: str, icon: str, key: str):  # type: ignore[no-untyped-def]
    found = st.popover(label, icon=icon, key=key)
    with found:
        st.html(f'<style>[data-testid="stPopoverBody"] {{ color-scheme: {session.colours().name}; }}</style>')
    return found


def _form(bid: PriceBid, terms: BidTerms, answer: str, today: date, suggested: float | None) -> None:
    name = f"bid-{answer}-{bid.bid.source}-{bid.bid.id}"
    at = turn(name)
    key = f"{name}-{at}"
    with st.form(f"form-{key}", border=False):
        if answer == COUNTERED:
            begins = suggested or float(terms.asked or terms.floor or bid.price or 0)
            st.number_input(
                f"Price of one piece, {session.currency()}", 0.0, None, begins, STEP, key=f"{key}-price"
            )
            st.date_input(
                "Stands until", today + timedelta(COUNTER_DAYS), key=f"{key}-until", min_value=today
            )
        if floor := terms.floor:
            st.caption(
                f"The floor is {money_text(floor, session.currency())}: below it a second person decides."
            )
        st.text_area("Reason, told to the customer" if answer == DECLINED else "Reason (needed below the floor)",
                     key=f"{key}-reason", max_chars=bid_deeds.LONGEST_REASON, height=80)  # fmt: skip
        save = partial(_answer, key, bid, terms, answer, today)
        st.form_submit_button(
            SAVES[answer], type="primary", key=f"{key}-save", on_click=partial(once, name, at, save)
        )


def _answer(key: str, bid: PriceBid, terms: BidTerms, answer: str, today: date) -> bool:
    typed = st.session_state
    price = Decimal(str(typed[f"{key}-price"])) if answer == COUNTERED else None
    until = typed[f"{key}-until"] if answer == COUNTERED else None
    new = BidAnswer(answer, price, until, typed[f"{key}-reason"])

    def deed(store: OperationalStore, who: str, on: Standing) -> str:
        return bid_deeds.answer_bid(store, bid, terms, new, today, who, on)

    return said(f"Saved: {answer}.", deed, bid_deeds.take_back, as_seen(*bid.statements))


def _deciding(bid: PriceBid, today: date) -> None:
    """What a second person says; for whoever answered, that somebody else must."""
    answer = bid.answer
    if answer is None:
        return
    if answer.by == environment.who():
        st.html('<p class="clientela-quiet">You answered it: somebody else who answers offers decides.</p>')
        return
    for verdict, label, icon in (
        (APPROVED, "Approve", ":material/check:"),
        (REFUSED, "Refuse", ":material/close:"),
    ):
        with _popover(label, icon, f"bid-{verdict}"):
            _verdict_form(bid, verdict, label, today)


def _verdict_form(bid: PriceBid, verdict: str, label: str, today: date) -> None:
    name = f"bid-{verdict}-{bid.answer.said if bid.answer else ''}"
    at = turn(name)
    key = f"{name}-{at}"
    with st.form(f"form-{key}", border=False):
        st.text_area("Reason, told to who answered" if verdict == REFUSED else "Reason (may be left empty)",
                     key=f"{key}-reason", max_chars=bid_deeds.LONGEST_REASON, height=80)  # fmt: skip
        save: Callable[[], bool] = partial(_decide, key, bid, verdict, today)
        st.form_submit_button(
            f"{label} it", type="primary", key=f"{key}-save", on_click=partial(once, name, at, save)
        )


def _decide(key: str, bid: PriceBid, verdict: str, today: date) -> bool:
    reason = st.session_state[f"{key}-reason"]

    def deed(store: OperationalStore, who: str, on: Standing) -> str:
        bid_deeds.approve(store, bid, verdict, reason, today, who)
        return ""

    told = "The answer stands from now on." if verdict == APPROVED else "The offer is open again."
    return said(f"Saved: {verdict}. {told}", deed, None)


def _taking_back(bid: PriceBid) -> None:
    """What was said here last, to be taken back by a counter-entry until it went out to be ordered."""
    answer = bid.answer
    if answer is not None and answer.order_file is not None:
        return
    held = answer if answer is not None and not answer.is_refused else None
    statement = held.said if held else bid.said
    if statement:
        label = "Take the answer back" if held else "Take the offer back"
        st.button(label, key="bid-taken-back", type="tertiary", icon=":material/history:",
                  on_click=partial(_take_back, statement))  # fmt: skip


def _take_back(statement: str) -> None:
    def deed(store: OperationalStore, who: str, on: Standing) -> str:
        bid_deeds.take_back(store, statement, who)
        return ""

    said("Taken back: it is as it was before. Both are kept.", deed, None)

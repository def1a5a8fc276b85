"""Customers who ask for their data or to be forgotten: who waits, and what whoever looks after that answers them."""

from __future__ import annotations

from functools import partial
from urllib.parse import quote

import streamlit as st

from data import environment
from data.access.deed import Deed
from data.operational import operational_store
from data.operational.operational_store import OperationalStore
from data.portal import privacy_requests
from data.portal.privacy_requests import DATA, ERASURE, LONGEST_ANSWER, PrivacyRequest
from data.review import customer_records
from pages.manage.shared.html_tables import TableCell, table
from pages.manage.shared.warehouse_changes import doing
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.local_time import day_in_words
from pages.ui.page_states import card, section
from pages.ui.style.formats import count_text

WANTED = {DATA: "What is held of them", ERASURE: "To be forgotten"}
HOW = {
    DATA: "python -m data access NUMBER writes all of it to a file.",
    ERASURE: "python -m data forget NUMBER forgets a person, and this request with them.",
}
HINT = "Do what was asked, then say so: the customer reads it."


def privacy_requests_card(store: OperationalStore, only_waiting: bool = False) -> None:
    """Nothing where nobody waits and `only_waiting`."""
    waiting = [each for each in privacy_requests.privacy_requests(store) if not each.answer]
    seen = [(each, id) for each in waiting if (id := _shown(each))]
    if not seen and only_waiting:
        return
    with card("privacy-requests"):
        section(
            "Asked at the portal",
            f"{count_text(len(seen), 'request')} for their own data, or to be forgotten, unanswered.",
        )
        if not seen:
            st.html('<p class="clientela-quiet" data-testid="no-requests">Nobody waits for an answer.</p>')
            return
        table(
            ("Customer", "Asks for", "Since"),
            [
                (
                    TableCell(id, href=f"customer?who={quote(id, safe='')}"),
                    TableCell(WANTED[each.what]),
                    TableCell(day_in_words(each.at), "quiet"),
                )
                for each, id in seen
            ],
            "privacy-requests",
            "Customers who ask for their data or to be forgotten",
        )
        if may(Deed.ERASE):
            for each, id in seen[:20]:
                _answer(each, id)


def _shown(request: PrivacyRequest) -> str:
    """The number by which cubes show the customer; empty where whoever looks may not see them."""
    store = session.warehouse()
    code = store.rows(
        "SELECT customer_code FROM customer_identity WHERE numbering = ? AND id = ?", [*request.customer]
    )
    return customer_records.id_of(store, code[0][0]) if code else ""


def _answer(request: PrivacyRequest, id: str) -> None:
    key = f"answer-{request.said}"
    with (
        st.expander(f"Answer {id}: {WANTED[request.what].lower()}"),
        st.form(f"{key}-form", border=False, clear_on_submit=True),
    ):
        st.caption(f"{HINT} {HOW[request.what]}")
        st.text_area("What was done", key=key, max_chars=LONGEST_ANSWER, height=80)
        st.form_submit_button("Tell the customer", on_click=doing(partial(_told, request.said, key)))


def _told(request: str, key: str) -> str:
    store = operational_store.ready(environment.warehouse().resolve())
    privacy_requests.answer(store, request, st.session_state[key], environment.who())
    return "Saved: the customer reads it at the portal."

"""Customer: one person, one time line. Found by anything that is known of them, seen whole, over all systems."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import streamlit as st

from data.access.deed import Deed
from data.errors import WarehouseError
from data.operational import operational_store
from data.operational.planned_campaigns import DRAFT, planned_campaigns
from data.review import customer_finder, customer_records, time_line
from data.review.customer_index import FoundCustomer
from data.review.customer_standing import Window, campaign_arms
from data.store.warehouse import Warehouse
from pages.manage.customers.privacy_requests_card import privacy_requests_card
from pages.manage.shared.html_tables import TableCell, table
from pages.manage.shared.manage_style import looks, ready
from pages.manage.shared.warehouse_changes import told
from pages.service.consents_card import consents_card
from pages.service.customer_box.customer_box import customer_box, note
from pages.service.glance_card import glance_card, tests_told
from pages.service.offers_card import offers_card
from pages.service.open_card import open_card
from pages.service.open_things_card import open_things_card
from pages.service.record_card import record_card
from pages.service.record_cards import record_cards
from pages.service.time_line_card import time_line_card
from pages.service.time_line_view import TimeLineView, parse_time_line
from pages.service.written_events import written_of
from pages.ui import noted_looks, session
from pages.ui.allowed_deeds import may
from pages.ui.local_time import today
from pages.ui.open_pages import link_to
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.style.formats import count_text

SENTENCE = "Who they are, what happened over all systems, what is open, and what to offer next."
IDENTITY_PAGE = "manage/customers/identity_page.py"
MOST = 20


@session.fragment
def customer() -> None:
    looks()
    store = session.warehouse()
    page_title("Customer", SENTENCE)
    told()
    if not store.profile.customers:
        if empty_state("No customer is known yet", "Load a list of customers, or order lines that name them.",
                       "Bring a file", key="no-customers"):  # fmt: skip
            st.switch_page("manage/files/data_page.py")
        ready("customer", customers=0)
        return
    customer_finder.prepare(store)
    time_line.prepare(store)
    view = parse_time_line(session.read_url())
    find(view)
    code = asked_for(store, view)
    if code is not None:
        whole_customer(store, code, view)
    elif may(Deed.CURATE) and not (view.who or view.phone):
        link_to(
            IDENTITY_PAGE, label="Records that may be one person wait in Who is who", icon=":material/join:"
        )
    if code is None and may(Deed.ERASE):
        privacy_requests_card(operational_store.of(store), only_waiting=True)
    ready("customer", code="" if code is None else code)


def find(view: TimeLineView) -> None:
    with card("find"), st.container(horizontal=True, vertical_alignment="bottom"):
        customer_box()
        if view.who or view.phone:
            st.button(
                "Close", key="customer-back", type="tertiary", icon=":material/arrow_back:", on_click=back
            )


def back() -> None:
    session.write_url({})


def asked_for(store: Warehouse, view: TimeLineView) -> int | None:
    """The customer of the address. One of a phone opens, several are a choice, none is said so."""
    if view.who:
        return of_number(store, view.who)
    if view.phone:
        noted_looks.searched(view.phone, "phone_of_a_call")
        found = customer_finder.with_phone(store, view.phone, MOST)
        if len(found) == 1:
            session.write_url(view.of(found[0].id).to_parameters())
            st.rerun()
        choice(found, "This phone is in no list", "Find them by name, number or e-mail; a call may come from anybody.",
               f"{count_text(len(found), 'customer has', 'customers have')} this phone")  # fmt: skip
    return None


def of_number(store: Warehouse, who: str) -> int | None:
    """The customer whom cubes or a source call so; several sources may mean several."""
    codes = customer_records.codes_of(store, who)
    if len(codes) == 1:
        return codes[0]
    found = [FoundCustomer(code, *customer_records.shown_as(store, code), "number") for code in codes[:MOST]]
    several = (
        f"{count_text(len(codes), 'customer has', 'customers have')} the number {who!r}, in several sources"
    )
    choice(found, f"No customer is called {who!r}", "Find them by name, number, e-mail or phone.", several)
    return None


def choice(found: list[FoundCustomer], nobody: str, remedy: str, several: str) -> None:
    """Those who may be meant, each a link to their page."""
    if not found:
        empty_state(
            nobody, remedy, "Find a customer", on_click=back, key="no-such-customer", drawing="filter"
        )
        return
    with card("found"):
        section(several, "Choose whom you mean.")
        rows = [
            (
                TableCell(each.name or each.id, href=f"customer?who={quote(each.id, safe='')}"),
                TableCell(note(each), "quiet"),
            )
            for each in found
        ]
        table(("Name", "Number"), rows, "found", "Customers who may be meant")


def whole_customer(store: Warehouse, code: int, view: TimeLineView) -> None:
    """Everything about one customer, what an answer on the phone needs first."""
    now, name = customer_records.shown_as(store, code)
    noted_looks.saw_customer(now)
    arms = campaign_arms(store, code, _windows(store), today())
    every = customer_records.said_of(store, code)
    section(name or now, who_words(now, dict(every.golden.select("field", "value").rows())))
    tests_told(arms)
    left, right = st.columns([7, 5], gap="small")
    with left:
        glance_card(code, now, arms)
    with right:
        open_things_card(code)
        open_card(code)
        offers_card(now, arms)
    record_card(code)
    time_line_card(code, now, view, written_of(store, code))
    record_cards(every, now, name)
    consents_card(code)


def who_words(customer_id: str, told: Mapping[str, str]) -> str:
    """Who somebody is in one line, as far as it is known and may be seen.

    >>> who_words("C1", {"city": "Prato", "country": "Italy", "phone": "0574 1"})
    'Number C1 · Prato, Italy · 0574 1'
    """
    where = ", ".join(told[each] for each in ("city", "country") if each in told)
    parts = (f"Number {customer_id}", told.get("customer_kind"), where, told.get("phone"), told.get("email"))
    return " · ".join(filter(None, parts))


def _windows(store: Warehouse) -> dict[str, Window]:
    """From when to when planned campaigns run; nothing where what is planned cannot be read."""
    try:
        planned = planned_campaigns(operational_store.of(store))
    except WarehouseError:
        return {}
    return {each.id: (each.starts, each.ends) for each in planned if each.state != DRAFT}


customer()

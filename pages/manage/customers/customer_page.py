"""One customer: who is who across the sources. People decide what the computer could not, and can take it back."""

from __future__ import annotations

from urllib.parse import quote

import polars as pl
import streamlit as st

from data.access.deed import Deed
from data.review import customer_records, decided_pairs
from pages.manage.customers.customer_card import customer_card
from pages.manage.customers.decisions_card import decisions_card
from pages.manage.customers.review_card import review_card
from pages.manage.shared.html_tables import TableCell, count, table
from pages.manage.shared.manage_style import looks, ready
from pages.manage.shared.warehouse_changes import told
from pages.ui import noted_looks, session
from pages.ui.allowed_deeds import may
from pages.ui.page_states import card, empty_state, page_title

TEXT = "customer-text"
DECIDES = "Who is who across the sources; what you decide here can be undone."
LOOKS = "What the sources say of one customer."


@session.fragment
def customer() -> None:
    looks()
    store = session.warehouse()
    with st.container(horizontal=True, vertical_alignment="center", key="customer-head"):
        page_title("One customer", DECIDES if may(Deed.CURATE) else LOOKS)
    told()
    if not store.profile.customers:
        if empty_state("No customer is known yet", "Load a list of customers, or order lines that name them.",
                       "Bring a file", key="no-customers"):  # fmt: skip
            st.switch_page("manage/files/data_page.py")
        ready("customer", customers=0)
        return
    code = find()
    waiting, decisions = customer_records.doubtful(store), decided_pairs.decisions(store)
    held = decisions.filter(pl.col("undone_at").is_null())
    if code is not None:
        now = customer_records.id_of(store, code)
        customer_card(code, now, customer_records.name_of(store, code))
    else:
        review_card(waiting, held.height)
        decisions_card(decisions)
    ready("customer", waiting=len(waiting), decided=held.height, code="" if code is None else code)


def find() -> int | None:
    """The customer of the address; a search beside it, which never goes into the address."""
    store = session.warehouse()
    with card("find"), st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input("Find a customer by number, name, e-mail or phone", key=TEXT, on_change=leave)
        written = session.read_own_url("who")["who"]
        if written:
            st.button(
                "Back to the review" if may(Deed.CURATE) else "Close",
                key="customer-back",
                type="tertiary",
                icon=":material/arrow_back:",
                on_click=back,
            )
    if written:
        code = customer_records.code_of(store, written)
        if code is None:
            empty_state(f"No customer is called {written!r}", "Find them by name, e-mail or phone.",
                        "Back to the review", on_click=back, key="no-such-customer", drawing="filter")  # fmt: skip
        return code
    if text.strip():
        noted_looks.searched(text, "customer_field")
        results(customer_records.search(store, text))
    return None


def back() -> None:
    session.write_url({})
    st.session_state[TEXT] = ""


def leave() -> None:
    """Another search leaves the customer who is looked at."""
    session.write_url({})


def results(found: pl.DataFrame) -> None:
    """Those who are called so, each a link to their card."""
    with card("found"):
        if found.is_empty():
            st.html(
                '<p class="clientela-quiet" data-testid="nobody">Nobody is called so. Two letters are the least.</p>'
            )
            return
        rows = [
            (
                TableCell(row["name"], href=f"customer?who={quote(row['id'], safe='')}"),
                TableCell(row["id"]),
                count(row["numbers"]),
            )
            for row in found.iter_rows(named=True)
        ]
        table(("Name", "Number", "#Numbers in the sources"), rows, "found", "Customers found")


customer()

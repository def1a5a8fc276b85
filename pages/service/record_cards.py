"""Who a customer is: the record that counts and where it is from, numbers and statements; merge, split, forget."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from data.access.deed import Deed
from data.model.canonical_tables import CUSTOMER
from data.review import customer_finder, customer_records
from data.review.customer_records import Identity, SaidOfCustomer
from pages.manage.customers import resolve_identity
from pages.manage.shared.html_tables import TableCell, count, table
from pages.manage.shared.source_words import stream_name
from pages.manage.shared.warehouse_changes import do, doing
from pages.ui import noted_looks, session
from pages.ui.allowed_deeds import for_deed, may
from pages.ui.limits_told import MASKED, is_masked
from pages.ui.local_time import day_in_words
from pages.ui.offered_files import offering
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view
from pages.ui.style.formats import count_text, format_value

CONFIRM = "ERASE"
FOUND = 30
LABELS = {"name": "Name", "street": "Street", "postcode": "Postcode", "email": "E-mail", "phone": "Phone",
          "country": "Country", "region": "Region", "city": "City", "customer_kind": "Kind"}  # fmt: skip


def record_cards(every: SaidOfCustomer, customer_id: str, name: str) -> None:
    """What the sources say of one customer, and what those may do about it who may."""
    noted_looks.saw_customer(customer_id)
    store = session.warehouse()
    numbers = customer_records.known_as(store, every)
    left, right = st.columns([6, 6], gap="small")
    with left, card("golden", "stretch"):
        golden(every.golden, name)
    with right, card("numbers", "stretch"):
        known_as(numbers)
        split(numbers)
        merge(numbers)
    with card("history"):
        said = every.statements
        kept = ", ".join(LABELS[field].lower() for field in _masked())
        masked = f" Masked for you: {kept}." if kept else ""
        section(
            "History", f"{count_text(said.height, 'statement')} of its sources, the latest first.{masked}"
        )
        if said.height:
            frame_view(_told(said), f"history-{every.code}", height=min(340, 40 + 35 * said.height))
    if may(Deed.ERASE):
        with card("privacy"):
            privacy(customer_id)


def golden(found: pl.DataFrame, name: str) -> None:
    section(name or "Without a name", "Of each field the most trusted source counts, then the latest.")
    rows = [
        (
            TableCell(LABELS.get(row["field"], row["field"].capitalize()), "quiet"),
            TableCell(row["value"]),
            TableCell(f"{stream_name(row['stream'])} ({row['number']})", "quiet"),
            TableCell(day_in_words(row["said_at"]), "quiet"),
        )
        for row in found.iter_rows(named=True)
    ]
    rows += [
        (TableCell(LABELS[field], "quiet"), TableCell(MASKED, "quiet"), TableCell(""), TableCell(""))
        for field in _masked()
    ]
    if rows:
        table(("Field", "Value", "From", "Said"), rows, "golden", "The record that counts")
    else:
        st.html(
            '<p class="clientela-quiet">No list tells of this customer: only rows such as order lines or contacts'
            " name the number.</p>"
        )


def _masked() -> list[str]:
    """The fields that are kept from whoever looks."""
    return [field for field in LABELS if is_masked(f"{CUSTOMER.name}.{field}")]


def known_as(numbers: list[Identity]) -> None:
    stand = count_text(len(numbers), "number in the sources stands", "numbers in the sources stand")
    section("Numbers", f"{stand} for this customer.")
    rows = [
        (
            TableCell(each.called),
            TableCell(each.streams or "order lines alone", "quiet"),
            count(each.orders),
            TableCell(format_value(each.revenue, "money", session.currency(), True), number=True),
        )
        for each in numbers
    ]
    table(("Number", "Told by", "#Orders", "#Revenue"), rows, "numbers", "Numbers of this customer")


@for_deed(Deed.CURATE)
def split(numbers: list[Identity]) -> None:
    """Take a number out of a customer who is two people."""
    if len(numbers) < 2:
        return
    named = {each.key: each for each in numbers}
    with st.popover(
        "A number is somebody else's", icon=":material/call_split:", type="tertiary", key="split-popover"
    ):
        chosen = st.selectbox(
            "Number", list(named), format_func=lambda key: named[key].called, key="split-number"
        )
        st.button("Split it off", key="split-off", type="primary",
                  on_click=doing(lambda: resolve_identity.split(named[chosen], numbers)))  # fmt: skip


@for_deed(Deed.CURATE)
def merge(numbers: list[Identity]) -> None:
    """Join another customer who is the same person."""
    with st.popover(
        "Another customer is the same", icon=":material/call_merge:", type="tertiary", key="merge-popover"
    ):
        text = st.text_input("Find the other by number, name, e-mail or phone", key="merge-text")
        own = {each.code for each in numbers}
        found = customer_finder.find(session.warehouse(), text, FOUND) if text else []
        noted_looks.searched(text, "other_customer_field")
        others = [each for each in found if each.code not in own]
        if text and not others:
            st.caption("Nobody else is called so.")
        if not others or not numbers:
            return
        names = {each.code: f"{each.name} ({each.id})" for each in others}
        chosen = st.selectbox("Customer", list(names), format_func=names.__getitem__, key="merge-other")
        st.button("Merge the two", key="merge", type="primary",
                  on_click=doing(lambda: _merged(numbers[0], chosen)))  # fmt: skip


def _merged(one: Identity, code: int) -> str:
    store = session.warehouse()
    other = customer_records.known_as(store, customer_records.said_of(store, code))[0]
    return resolve_identity.merge(one, other)


def _told(said: pl.DataFrame) -> pl.DataFrame:
    """Columns that say something, days without hours where no hour was meant."""
    kept = [name for name in said.columns if said[name].null_count() < said.height]
    return said.select(kept).with_columns(pl.col("stream").map_elements(stream_name, return_dtype=pl.String))


def privacy(customer_id: str) -> None:
    """What the person may ask for: to be told, and to be forgotten."""
    section("Privacy", "For a person who asks what is held, or to be forgotten.")
    with st.container(horizontal=True, vertical_alignment="bottom", key="privacy-ways"):
        with offering("privacy-files") as offer:
            offer.file(
                "Export what we hold",
                lambda: resolve_identity.held(customer_id),
                f"customer-{_plain(customer_id)}.zip",
                "application/zip",
                "privacy-export",
                "Every statement, fact and decision as CSV files. That it was given out is written down.",
            )
        with st.popover("Erase this person", icon=":material/person_remove:", key="erase-popover"):
            erase(customer_id)


def erase(customer_id: str) -> None:
    """Names, numbers and addresses go for good; totals stay. Only a typed word does it."""
    st.markdown(
        "Name, numbers and addresses go **for good**, from kept states as well. Totals stay as they are."
    )
    wanted = f"{CONFIRM} {customer_id}"
    typed = st.text_input(f"Type {wanted} to confirm", key=f"erase-typed-{customer_id}")
    st.button(
        "Erase for good",
        key="erase",
        type="primary",
        disabled=typed.strip() != wanted,
        on_click=lambda: erased(customer_id),
    )


def erased(customer_id: str) -> None:
    if do(lambda: resolve_identity.erase(customer_id)):
        session.write_url({})


def _plain(text: Any) -> str:
    return "".join(each if each.isalnum() or each in "-_" else "_" for each in str(text))

"""Local accounts and who is signed in, with the way to end somebody's sessions. Passwords are set by a command."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from pathlib import Path

import streamlit as st

from data.access.deed import Deed
from data.access.role import label_of
from data.people import accounts, sessions
from data.people.sessions import SignedInSession
from pages.manage.shared.html_tables import TableCell, table
from pages.manage.shared.warehouse_changes import doing
from pages.ui.acting_person import policy
from pages.ui.controls import as_plain
from pages.ui.local_time import in_words
from pages.ui.page_states import card, section
from pages.ui.style.formats import count_text

NONE = "There are no local accounts. Make the first: python -m data people add NAME. From then on everybody signs in."
HOW = "Made, changed and removed by python -m data people add, password, roles, remove."


def accounts_card(warehouse: Path) -> None:
    """Errors: WarehouseError."""
    listed, signed = accounts.listed(warehouse), sessions.listed(warehouse)
    with card("accounts"):
        section("Accounts", HOW if listed else NONE)
        if listed:
            rows = [
                (
                    TableCell(each.name),
                    TableCell(
                        ", ".join(map(label_of, each.roles)) or "those of the file",
                        "" if each.roles else "quiet",
                    ),
                    TableCell(in_words(each.changed_at.astimezone(UTC).replace(tzinfo=None)), "quiet"),
                )
                for each in listed
            ]
            table(("Name", "Roles of the account", "Changed"), rows, "accounts", "Local accounts")
        section(
            "Signed in now",
            "Sessions end by themselves when nothing is done, and when somebody's roles change.",
        )
        by_person = groupby(sorted(signed, key=lambda each: each.person), key=lambda each: each.person)
        for at, (person, theirs) in enumerate(by_person):
            _person(at, warehouse, person, list(theirs))
        if not signed:
            st.html('<p class="clientela-quiet" data-testid="nobody-signed-in">Nobody.</p>')


def _person(at: int, warehouse: Path, person: str, theirs: list[SignedInSession]) -> None:
    last = datetime.fromtimestamp(max(each.acted for each in theirs), UTC).replace(tzinfo=None)
    began = datetime.fromtimestamp(max(each.began for each in theirs), UTC).replace(tzinfo=None)
    with st.container(horizontal=True, vertical_alignment="center", key=f"signed-in-{at}"):
        told = (
            f"{count_text(len(theirs), 'browser')}, signed in {in_words(began)}, last active {in_words(last)}"
        )
        st.markdown(f"{as_plain(person)} :gray[{as_plain(told)}]")
        st.space("stretch")
        st.button("Sign out everywhere", key=f"sign-out-{person}", icon=":material/logout:", type="tertiary",
                  on_click=doing(partial(_signed_out, warehouse, person)))  # fmt: skip


def _signed_out(warehouse: Path, person: str) -> str:
    policy().check(Deed.ADMINISTER)
    ended = sessions.end_all(warehouse, person)
    return f"{count_text(ended, 'session')} of {person} ended."

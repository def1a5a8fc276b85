"""What is open for one customer: cases and tasks, and what was recorded here lately, which can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from data.access.deed import Deed
from data.operational.operational_store import OperationalStore
from data.service import recorded_contacts
from data.service.case_deeds import now
from data.service.case_list import front_office
from data.service.recorded_contacts import RecordedContact
from pages.explore.written_deeds import Standing
from pages.manage.shared.html_tables import table
from pages.service import case_words as words
from pages.service.case_rows import HEADS, case_rows
from pages.service.cases_view import CasesView
from pages.service.service_deeds import said
from pages.service.tasks_card import task_line
from pages.ui import session
from pages.ui.allowed_deeds import for_deed
from pages.ui.controls import as_plain
from pages.ui.local_time import in_words, today
from pages.ui.page_states import card, section
from pages.ui.style.formats import count_text

NOTHING = "Nothing is open for this customer."
LATELY = 5


def open_things_card(code: int) -> None:
    """Draw the card of a customer (code)."""
    office = front_office(session.warehouse())
    cases = [each for each in office.open_cases if each.customer == code]
    tasks = [(each, person) for each, person in office.tasks if person and person.code == code]
    contacts = [each for each in office.contacts if office.code_of(each.customer) == code]
    with card("open-things"):
        counted = f"{count_text(len(cases), 'open case')}, {count_text(len(tasks), 'task')}."
        section("What is open", counted if cases or tasks else NOTHING)
        if cases:
            table(
                HEADS,
                case_rows(CasesView(), cases, now(), today()),
                "open-cases",
                "Open cases of this customer",
            )
        for each, person in tasks:
            task_line(each, person, today())
        if contacts:
            lately(contacts)


@for_deed(Deed.SERVE)
def lately(contacts: Sequence[RecordedContact]) -> None:
    """The contacts recorded last, each with its counter-entry."""
    with st.expander(f"Recorded here: {count_text(len(contacts), 'contact')}", key="recorded-here"):
        for each in reversed(contacts[-LATELY:]):
            with st.container(horizontal=True, vertical_alignment="center", key=f"recorded-{each.said}"):
                told = as_plain(words.contact_words(each))
                st.markdown(f"{told}  \n:gray[{as_plain(in_words(each.at))}, {as_plain(each.by)}]")
                st.space("stretch")
                st.button("Take back", key=f"unrecord-{each.said}", type="tertiary", icon=":material/undo:",
                          on_click=partial(_take_back, each.said))  # fmt: skip


def _take_back(statement: str) -> None:
    def deed(store: OperationalStore, who: str, on: Standing) -> str:
        recorded_contacts.take_back(store, statement, who)
        return ""

    said("Taken back: the contact counts no longer. Both are kept.", deed, None)

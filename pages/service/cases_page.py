"""Cases: what customers asked, whose it is, what is due and what waits for an answer; tasks beside them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from data import environment
from data.errors import BadRequest, WarehouseError
from data.operational.plain_names import LONGEST_NAME
from data.service.case_deeds import now
from data.service.case_list import FrontOffice, find_cases, front_office
from data.service.service_case import ServiceCase
from data.service.service_choices import known_people, service_choices
from pages.manage.shared.html_tables import table
from pages.manage.shared.manage_style import looks
from pages.service import case_words as words
from pages.service import service_deeds
from pages.service.case_rows import HEADS, case_rows
from pages.service.cases_view import QUEUES, TASKS, CasesView, parse_cases
from pages.service.opened_case_card import opened_case_card
from pages.service.tasks_card import tasks_card
from pages.ui import noted_looks, session
from pages.ui.local_time import today
from pages.ui.menu import MENU
from pages.ui.open_pages import link_to
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.style.formats import count_text

SIZE = 50
SENTENCE = "What customers asked, whose it is, what is due and what waits for an answer."


def go(view: CasesView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    service_deeds.forget()
    session.write_url(view.to_parameters())


@session.fragment
def cases() -> None:
    looks()
    page_title("Cases", SENTENCE)
    try:
        view = parse_cases(session.read_url())
        office = front_office(session.warehouse())
    except (BadRequest, WarehouseError) as error:
        empty_state(error.problem, error.remedy or "", "Start afresh", on_click=lambda: go(CasesView()),
                    key="refused", drawing="filter")  # fmt: skip
        ready("refused")
        return
    service_deeds.told("cases")
    if view.case:
        opened(view, office)
        return
    queue_bar(view, office)
    if view.queue == TASKS:
        who = environment.who()
        tasks_card(office.tasks, today(), who, known_people(session.warehouse(), office, who))
    else:
        queue_card(view, office)
    ready("queue", office)


def opened(view: CasesView, office: FrontOffice) -> None:
    """The case of the address, whatever queue it stands in."""
    store, who = session.warehouse(), environment.who()
    case = office.case(view.number)
    if case is None:
        found = [each for each in find_cases(store, view.case) if each.case.source == view.source]
        case = found[0] if found else None
    if case is None:
        sentence = "Find it by its number, or look through the queues."
        empty_state(f"There is no case {view.case!r}", sentence, "Back to the queue",
                    on_click=lambda: go(view.closed()), key="no-such-case", drawing="filter")  # fmt: skip
        ready("no case")
        return
    people = known_people(store, office, who)
    opened_case_card(case, now(), today(), service_choices(store), people, lambda: go(view.closed()))
    ready("case", office, case)


def queue_bar(view: CasesView, office: FrontOffice) -> None:
    """The queues with how much stands in each, and a way to any case by its number."""
    who, day, key = environment.who(), today(), "cases-queue"
    names = {each: words.queue_name(office, each, who, day) for each in QUEUES}
    st.session_state[key] = view.queue

    def chosen() -> None:
        st.session_state["cases-find"] = ""
        go(CasesView(st.session_state[key] or view.queue))

    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="cases-bar"):
        st.segmented_control("Queue", QUEUES, key=key, required=True, format_func=names.__getitem__,
                             on_change=chosen, label_visibility="collapsed")  # fmt: skip
        st.space("stretch")
        st.text_input("Case number", key="cases-find", placeholder="Find a case by its number", width=230,
                      max_chars=LONGEST_NAME, label_visibility="collapsed", on_change=lambda: find(view))  # fmt: skip


def find(view: CasesView) -> None:
    """Open the case of that number; of several the page lists them."""
    text = st.session_state["cases-find"]
    found = find_cases(session.warehouse(), text)
    noted_looks.searched(text, "case_field")
    if len(found) == 1:
        st.session_state["cases-find"] = ""
        go(view.opened(found[0].case))


def queue_card(view: CasesView, office: FrontOffice) -> None:
    text = st.session_state.get("cases-find", "").strip()
    found: Sequence[ServiceCase] = find_cases(session.warehouse(), text) if text else ()
    listed = found or words.in_queue(office, view.queue, environment.who(), today())
    with card("queue"):
        section(words.NAMES[view.queue] if not text else "Found", _told(view, text, found, len(listed)))
        if text and not found:
            return
        if not listed:
            nothing(view, office)
            return
        shown, pages = words.shown_page(listed, view.page, SIZE)
        noted_looks.saw_rows("cases", len(shown))
        table(HEADS, case_rows(view, shown, now(), today()), "cases", "Cases of the queue")
        if pages > 1:
            turning(view, pages)


def _told(view: CasesView, text: str, found: Sequence[ServiceCase], many: int) -> str:
    if text:
        return f"{count_text(many, 'case')} of that number." if found else f"No case is numbered “{text}”."
    counted = f" {count_text(many, 'case')}, the most urgent first." if many else ""
    return f"{words.SENTENCES[view.queue]}{counted}"


def nothing(view: CasesView, office: FrontOffice) -> None:
    """What to do where a queue is empty."""
    st.html(f'<p class="clientela-quiet" data-testid="no-cases">{escape(words.NOTHING[view.queue])}</p>')
    if office.open_cases:
        return
    st.html('<p class="clientela-quiet">Open one on a customer’s page, or bring tickets as a file.</p>')
    with st.container(horizontal=True, gap="small"):
        for entry in MENU:
            if entry.path in ("customer", "data"):
                link_to(entry.script, label=entry.title, icon=entry.icon)


def turning(view: CasesView, pages: int) -> None:
    at = min(view.page, pages)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="cases-pages"):
        st.button("Earlier", key="cases-before", disabled=at == 1, on_click=lambda: go(view.turned(at - 1)))
        st.caption(f"Page {at} of {pages}", width="content")
        st.button("Later", key="cases-after", disabled=at == pages, on_click=lambda: go(view.turned(at + 1)))


def ready(state: str, office: FrontOffice | None = None, case: ServiceCase | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    marks = {
        "state": state,
        "open": len(office.open_cases) if office else "",
        "tasks": len(office.tasks) if office else "",
        "case": case.case.id if case else "",
    }
    attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in marks.items())
    st.html(f'<p class="clientela-quiet" data-testid="cases-ready"{attributes}></p>')


cases()

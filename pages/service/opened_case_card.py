"""One case opened: where it stands, what may be done, and everything that happened, the latest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from html import escape
from urllib.parse import quote

import streamlit as st

from data.service.case_course import CaseEvent
from data.service.service_case import ServiceCase
from data.service.service_choices import ServiceChoices
from pages.manage.shared.html_tables import TableCell, table
from pages.service import case_words as words
from pages.service.case_ways import case_ways
from pages.ui import noted_looks
from pages.ui.local_time import day_in_words, in_words
from pages.ui.page_states import card, section
from pages.ui.style.formats import format_day

ELSEWHERE = (
    "A case of a source: what is done here stands beside what the source tells, and does not change it there."
)


def opened_case_card(
    case: ServiceCase,
    now: datetime,
    today: date,
    choices: ServiceChoices,
    people: Sequence[str],
    shut: Callable[[], None],
) -> None:
    """All that a case shows."""
    if case.shown:
        noted_looks.saw_customer(case.shown)
    state = case.state
    with card("opened-case"):
        with st.container(horizontal=True, vertical_alignment="center", key="case-heading"):
            section(f"{case.case.name}: {state.topic}" if state.topic else case.case.name)
            st.space("stretch")
            st.button(
                "Back to the queue",
                key="case-shut",
                type="tertiary",
                icon=":material/arrow_back:",
                on_click=shut,
            )
        st.html(
            f'<p data-testid="case-fact"><b>{escape(words.main_fact(case, now, today))}</b></p>'
            f'<p class="clientela-quiet service-about">{_about(case)}</p>'
        )
        for each in state.odd:
            st.html(f'<p class="clientela-verdict bad" data-testid="case-odd">{escape(each)}</p>')
        if not state.odd or state.is_known:
            case_ways(case, choices, people)
        if case.case.source:
            st.html(f'<p class="clientela-quiet">{escape(ELSEWHERE)}</p>')
        _happened(case.course)


def _about(case: ServiceCase) -> str:
    """Whose it is, in HTML: the customer as a link, priority, where it came from."""
    name = escape(case.called or case.shown or "a customer who is not known")
    whose = (
        f'<a href="customer?who={quote(case.shown, safe="")}" target="_self">{name}</a>'
        if case.shown
        else name
    )
    state = case.state
    told = [f"Of {whose}", f"priority {escape(state.priority)}"]
    if state.opened_at:
        told.append(f"opened {escape(format_day(state.opened_at.date()))}")
    if case.channel and case.channel != "(unknown)":
        told.append(f"by {escape(case.channel)}")
    told.append(f"from {escape(case.case.source)}" if case.case.source else "opened here")
    return ", ".join(told) + "."


def _happened(course: Sequence[CaseEvent]) -> None:
    rows = [
        (
            TableCell(day_in_words(each.at) if each.is_dated else in_words(each.at), "quiet"),
            TableCell(words.event_words(each)),
            TableCell(each.note),
            TableCell(each.by, "quiet"),
        )
        for each in reversed(course)
        if each.event
    ]
    table(("When", "What", "Note", "By"), rows, "case-events", "What happened, the latest first")

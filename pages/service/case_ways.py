"""What may be done with one case: each a small form that says one event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from data.access.deed import Deed
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import LONGEST_NAME, LONGEST_TEXT
from data.operational.statement_kinds import PRIORITIES
from data.service import case_deeds
from data.service.case_course import (
    ANSWERED,
    ASSIGNED,
    CLOSED,
    HANDED_OVER,
    NOTED,
    REACHED,
    REOPENED,
    WROTE,
    CaseEvent,
)
from data.service.service_case import ServiceCase
from data.service.service_choices import ServiceChoices
from pages.explore.written_deeds import Standing, as_seen
from pages.service.case_words import event_words
from pages.service.service_deeds import once, said, turn
from pages.ui import session
from pages.ui.allowed_deeds import for_deed
from pages.ui.local_time import in_words

Read = Callable[[], dict[str, Any]]
POINTS = ["–", *map(str, range(11))]
ICONS = {
    ANSWERED: ":material/reply:",
    ASSIGNED: ":material/person_add:",
    HANDED_OVER: ":material/move_up:",
    NOTED: ":material/sticky_note_2:",
    CLOSED: ":material/task_alt:",
    REOPENED: ":material/undo:",
}
LABELS = {
    ANSWERED: "Answer",
    ASSIGNED: "Assign",
    HANDED_OVER: "Hand over",
    NOTED: "Note",
    CLOSED: "Close",
    REOPENED: "Reopen",
}
SAVES = {
    ANSWERED: "Save the answer",
    ASSIGNED: "Assign it",
    HANDED_OVER: "Hand it over",
    NOTED: "Save the note",
    CLOSED: "Close the case",
    REOPENED: "Reopen the case",
}
SAVED = {
    ANSWERED: "Saved: the answer is noted.",
    ASSIGNED: "Saved: assigned.",
    HANDED_OVER: "Saved: handed over.",
    NOTED: "Saved: the note stands in the case.",
    CLOSED: "Saved: the case is closed.",
    REOPENED: "Saved: the case is open again.",
}


@for_deed(Deed.SERVE)
def case_ways(case: ServiceCase, choices: ServiceChoices, people: Sequence[str]) -> None:
    """The forms that can follow where the case stands."""
    state = case.state
    open_ways = (ANSWERED, HANDED_OVER if state.assignee else ASSIGNED, NOTED, CLOSED)
    with st.container(horizontal=True, gap="small", key="case-ways"):
        for event in open_ways if state.is_open else (REOPENED, NOTED):
            with st.popover(LABELS[event], icon=ICONS[event], key=f"case-{event.replace(' ', '-')}"):
                st.html(
                    f'<style>[data-testid="stPopoverBody"] {{ color-scheme: {session.colours().name}; }}</style>'
                )
                _form(case, event, choices, people)
        _taking_back(case)


def _taking_back(case: ServiceCase) -> None:
    """What was said here, the latest first, each to be taken back by a counter-entry."""
    own = {
        each.said: f"{event_words(each)}, {in_words(each.at)}"
        for each in reversed(case.course)
        if each.said and each.event not in (WROTE, REACHED)
    }
    if not own:
        return
    with st.popover("Take back", icon=":material/history:", type="tertiary", key="case-take-back"):
        chosen = st.selectbox("What was said here", list(own), format_func=own.__getitem__, key="case-taken")
        st.button("Take it back", key="case-taken-back", type="primary", on_click=partial(_take_back, chosen))
        st.caption("It counts no longer; that it was said, and taken back, stays written.")


def _take_back(statement: str) -> None:
    def deed(store: OperationalStore, who: str, on: Standing) -> str:
        case_deeds.take_back(store, statement, who)
        return ""

    said("Taken back: it is as it was before. Both are kept.", deed, None)


def _form(case: ServiceCase, event: str, choices: ServiceChoices, people: Sequence[str]) -> None:
    name = f"{event.replace(' ', '-')}-{case.case.source}-{case.case.id}"
    at = turn(name)
    key = f"{name}-{at}"
    with st.form(f"form-{key}", border=False):
        if event in (ASSIGNED, HANDED_OVER):
            _whom(case, key, people)
        if event == CLOSED:
            _outcome(key, choices)
        st.text_area(
            "Note" if event != ANSWERED else "What was answered", key=f"{key}-note", max_chars=LONGEST_TEXT
        )
        st.form_submit_button(
            SAVES[event],
            type="primary",
            key=f"{key}-save",
            on_click=lambda: once(name, at, partial(_say, case, event, key, as_seen(*case.said))),
        )


def _whom(case: ServiceCase, key: str, people: Sequence[str]) -> None:
    others = [each for each in people if each != case.state.assignee]
    st.selectbox("To whom", others, index=None, key=f"{key}-assignee", accept_new_options=True,
                 placeholder="Choose or write a name")  # fmt: skip
    st.selectbox("Priority", PRIORITIES, index=PRIORITIES.index(case.state.priority), key=f"{key}-priority",
                 format_func=str.capitalize)  # fmt: skip
    st.date_input("Due", case.state.due, key=f"{key}-due")


def _outcome(key: str, choices: ServiceChoices) -> None:
    st.selectbox("Outcome", choices.outcomes, index=None, key=f"{key}-outcome", accept_new_options=True,
                 placeholder="Choose or write one")  # fmt: skip
    st.selectbox("Satisfaction, 0 to 10, if the customer said it", POINTS, key=f"{key}-points")


def _say(case: ServiceCase, event: str, key: str, standing: Standing) -> bool:
    new = _read(event, key)

    def deed(store: OperationalStore, who: str, on: Standing) -> str:
        return case_deeds.add_event(store, case, replace(new, at=case_deeds.now()), who, on)

    return said(SAVED[event], deed, case_deeds.take_back, standing)


def _read(event: str, key: str) -> CaseEvent:
    """What the form says."""
    typed = st.session_state
    points = typed.get(f"{key}-points", POINTS[0])
    return CaseEvent(
        event,
        case_deeds.now(),
        priority=typed.get(f"{key}-priority") or "",
        assignee=(typed.get(f"{key}-assignee") or "")[:LONGEST_NAME],
        due=typed.get(f"{key}-due"),
        outcome=typed.get(f"{key}-outcome") or "",
        satisfaction=None if points == POINTS[0] else int(points),
        note=typed.get(f"{key}-note") or "",
    )

"""What the events of a case come to, by a second and naive way; what cannot be is refused in a sentence, or told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadRequest
from data.service.case_course import (
    ANSWERED,
    ASSIGNED,
    CLOSED,
    HANDED_OVER,
    NOTED,
    OPENED,
    REACHED,
    REOPENED,
    WROTE,
    CaseEvent,
    CaseState,
    check_next,
    course_of,
)

MORNING = datetime(2026, 3, 2, 9)
DEEDS = (OPENED, ASSIGNED, ANSWERED, CLOSED, REOPENED, HANDED_OVER, NOTED)


def happened(*names: str, **more: Any) -> list[CaseEvent]:
    """Events an hour apart."""
    return [
        CaseEvent(name, MORNING + timedelta(hours=at), f"agent {at}", **more) for at, name in enumerate(names)
    ]


def plain(events: list[CaseEvent]) -> tuple[Any, ...]:
    """The same as `course_of`, by looking through all events once for each thing that is asked."""
    turns = [each for each in events if each.event in (OPENED, CLOSED, REOPENED)]
    is_open = bool(turns) and turns[-1].event != CLOSED
    since = turns[-1].at if is_open else None
    answered = [each.at for each in events if each.event in (ANSWERED, REACHED)]
    asked = [
        each.at
        for each in events
        if is_open and each.at >= since  # type: ignore[operator]
        and each.event in (OPENED, REOPENED, WROTE) and not any(at > each.at for at in answered)
    ]  # fmt: skip
    named = [each.assignee for each in events if each.assignee]
    return (
        is_open,
        sum(each.event == REOPENED for each in events),
        named[-1] if named else "",
        asked[0] if asked else None,
        None if is_open or not turns else turns[-1].at,
        answered[-1] if answered else None,
    )


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(st.sampled_from((*DEEDS, WROTE, REACHED)), st.sampled_from(("", "Ann", "Bob"))), max_size=14
    )
)
def test_what_may_happen_comes_to_what_a_plain_list_says(wanted: list[tuple[str, str]]) -> None:
    events: list[CaseEvent] = []
    sentences: list[str] = []
    for at, (name, who) in enumerate(wanted):
        new = CaseEvent(
            name, MORNING + timedelta(hours=at), "me", assignee=who if name in (ASSIGNED, HANDED_OVER) else ""
        )
        try:
            if name in DEEDS:
                check_next(course_of(events), new, "Case 1")
        except BadRequest as refused:
            sentences.append(refused.remedy)
            continue
        if name in (WROTE, REACHED) and not events:
            continue
        events.append(new)
    state = course_of(reversed(events))
    found = (
        state.is_open,
        state.reopenings,
        state.assignee,
        state.waits_since,
        state.closed_at,
        state.answered_at,
    )
    assert found == plain(events)
    assert all(sentences)
    assert state.odd == (), "whatever was not refused can be"


@pytest.mark.parametrize(
    ("before", "name", "why"),
    [
        ((), CLOSED, "Case 1 is not opened. Open it first."),
        ((), REOPENED, "is not opened"),
        ((OPENED,), OPENED, "was opened already"),
        ((OPENED,), REOPENED, "is open: it cannot be reopened"),
        ((OPENED, CLOSED), CLOSED, "was closed already by agent 1. Reopen it first"),
        ((OPENED, CLOSED), ANSWERED, "is closed: it cannot be answered"),
        ((OPENED, CLOSED), ASSIGNED, "is closed: it cannot be assigned"),
        ((OPENED,), ASSIGNED, "Nobody is named"),
    ],
)  # fmt: skip
def test_what_cannot_follow_is_refused(before: tuple[str, ...], name: str, why: str) -> None:
    new = CaseEvent(name, MORNING + timedelta(hours=9))
    with pytest.raises(BadRequest, match=why):
        check_next(course_of(happened(*before)), new, "Case 1")


def test_nobody_hands_over_what_is_nobodys_or_to_whom_it_is() -> None:
    free = course_of(happened(OPENED))
    anns = course_of([*happened(OPENED), CaseEvent(ASSIGNED, MORNING + timedelta(hours=1), assignee="Ann")])
    new = CaseEvent(HANDED_OVER, MORNING + timedelta(hours=2), assignee="Ann")
    with pytest.raises(BadRequest, match="is nobody’s"):
        check_next(free, new, "Case 1")
    with pytest.raises(BadRequest, match="is Ann’s already"):
        check_next(anns, new, "Case 1")
    check_next(anns, replace(new, assignee="Bob"), "Case 1")


def test_nothing_happens_before_the_opening() -> None:
    early = CaseEvent(CLOSED, MORNING - timedelta(days=1))
    with pytest.raises(BadRequest, match=r"cannot be closed before it was opened \(2026-03-02\)"):
        check_next(course_of(happened(OPENED)), early, "Case 1")


@pytest.mark.parametrize(
    ("names", "is_open", "told"),
    [
        ((CLOSED, OPENED), False, "It was closed before it was opened."),
        ((OPENED, REOPENED), True, "It was reopened while it was open."),
        ((OPENED, CLOSED, CLOSED), False, "It was closed while it was closed."),
        ((OPENED, OPENED), True, "It was opened twice."),
        ((REOPENED,), True, "It was reopened, and nothing tells when it was opened."),
    ],
)
def test_what_a_source_tells_that_cannot_be_is_said(names: tuple[str, ...], is_open: bool, told: str) -> None:
    state = course_of(happened(*names))
    assert (state.is_open, state.odd) == (is_open, (told,))


def test_a_reopened_case_waits_anew_and_its_due_day_is_gone() -> None:
    events = happened(OPENED, ANSWERED, CLOSED, due=MORNING.date())
    assert course_of(events).due == MORNING.date()
    again = course_of([*events, CaseEvent(REOPENED, MORNING + timedelta(days=1))])
    assert (again.since, again.waits_since, again.due) == (MORNING + timedelta(days=1),) * 2 + (None,)
    assert again.opened_at == MORNING
    assert CaseState().waits_since is None

"""The course of a case: its events in order, and what they come to. Pure: it knows no store and no clock.

Sources tell what they like, so what cannot be (a closing before the opening) is told and does no harm; what people say
here is refused before it is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from data.errors import BadRequest
from data.operational.statement_kinds import CASE_EVENTS

OPENED, ASSIGNED, ANSWERED, CLOSED, REOPENED, HANDED_OVER, NOTED = CASE_EVENTS
WROTE, REACHED = "contact in", "contact out"  # recorded contacts about a case
# What an event changes of its case: two who change the same of one meet.
CHANGES: dict[str, frozenset[str]] = {
    OPENED: frozenset({"state"}),
    CLOSED: frozenset({"state"}),
    REOPENED: frozenset({"state"}),
    ASSIGNED: frozenset({"assignee"}),
    HANDED_OVER: frozenset({"assignee"}),
}
LOOK = "Look at the case again."


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """What happened to a case `at` a moment (UTC), `by` whom; without an `event`, what a ticket says of itself.

    `said` is the statement that says so, "" of a source's; `is_dated` where a source told the day alone.
    """

    event: str
    at: datetime
    by: str = ""
    topic: str = ""
    priority: str = ""
    assignee: str = ""
    due: date | None = None
    outcome: str = ""
    satisfaction: int | None = None
    note: str = ""
    said: str = ""
    is_dated: bool = False


@dataclass(frozen=True, slots=True)
class CaseState:
    """What the events of a case come to.

    `opened_at` is its first opening, `since` the last opening or reopening; `waits_since` the oldest thing that was not
    answered, None where nothing waits. `odd` are sentences on what cannot be.
    """

    is_open: bool = False
    opened_at: datetime | None = None
    since: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    answered_at: datetime | None = None
    waits_since: datetime | None = None
    assignee: str = ""
    topic: str = ""
    priority: str = "normal"
    due: date | None = None
    outcome: str = ""
    satisfaction: int | None = None
    reopenings: int = 0
    last_at: datetime | None = None
    odd: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether anything happened to it at all."""
        return self.last_at is not None


def in_order(events: Iterable[CaseEvent]) -> tuple[CaseEvent, ...]:
    """By time; of one moment as they are given."""
    return tuple(sorted(events, key=lambda each: each.at))


def course_of(events: Iterable[CaseEvent]) -> CaseState:
    """What events come to, in whatever order they are given."""
    state = CaseState()
    for each in in_order(events):
        state = after(state, each)
    return state


def after(state: CaseState, each: CaseEvent) -> CaseState:
    """The state after one more event."""
    odd = _odd(state, each)
    state = replace(
        state,
        topic=each.topic or state.topic,
        priority=each.priority or state.priority,
        due=each.due or state.due,
        satisfaction=state.satisfaction if each.satisfaction is None else each.satisfaction,
        last_at=each.at,
        odd=(*state.odd, odd) if odd else state.odd,
    )
    if each.event in (OPENED, REOPENED):
        return _opened(state, each)
    if each.event == CLOSED:
        return _closed(state, each)
    if each.event in (ASSIGNED, HANDED_OVER, ""):
        return replace(state, assignee=each.assignee or state.assignee)
    if each.event in (ANSWERED, REACHED):
        return replace(state, answered_at=each.at, waits_since=None)
    if each.event == WROTE and state.is_open:
        return replace(state, waits_since=state.waits_since or each.at)
    return state


def _opened(state: CaseState, each: CaseEvent) -> CaseState:
    if state.is_open:
        return replace(state, assignee=each.assignee or state.assignee)
    if each.event == OPENED and state.closed_at is not None:  # days that were told the wrong way round
        return replace(state, opened_at=state.opened_at or each.at, since=state.since or each.at)
    return replace(
        state,
        is_open=True,
        opened_at=state.opened_at or each.at,
        since=each.at,
        waits_since=each.at,
        closed_at=None,
        closed_by="",
        outcome="",
        due=each.due,
        assignee=each.assignee or state.assignee,
        reopenings=state.reopenings + (each.event == REOPENED),
    )


def _closed(state: CaseState, each: CaseEvent) -> CaseState:
    if state.closed_at is not None:
        return state
    return replace(
        state, is_open=False, closed_at=each.at, closed_by=each.by, outcome=each.outcome, waits_since=None
    )


def _odd(state: CaseState, each: CaseEvent) -> str:
    """What cannot be about this event after those before; empty where nothing is wrong."""
    is_begun = state.opened_at is not None
    if each.event == OPENED and is_begun:
        return "It was opened twice."
    if each.event == CLOSED and not is_begun:
        return "It was closed before it was opened."
    if each.event == CLOSED and not state.is_open:
        return "It was closed while it was closed."
    if each.event == REOPENED and state.is_open:
        return "It was reopened while it was open."
    if each.event == REOPENED and not is_begun:
        return "It was reopened, and nothing tells when it was opened."
    return ""


def check_next(state: CaseState, new: CaseEvent, name: str) -> None:
    """Whether `new` can follow. Errors: BadRequest, in a sentence that calls the case by its name."""
    is_closed = state.is_known and not state.is_open
    if new.event == OPENED and state.is_known:
        raise BadRequest(f"{name} was opened already.", LOOK)
    if new.event != OPENED and not state.is_known:
        raise BadRequest(f"{name} is not opened.", "Open it first.")
    if new.event == REOPENED and state.is_open:
        raise BadRequest(f"{name} is open: it cannot be reopened.", LOOK)
    if new.event == CLOSED and is_closed:
        by = f" by {state.closed_by}" if state.closed_by else ""
        raise BadRequest(
            f"{name} was closed already{by}.", "Reopen it first if it is to be closed otherwise."
        )
    if new.event in (ASSIGNED, HANDED_OVER, ANSWERED) and is_closed:
        raise BadRequest(f"{name} is closed: it cannot be {new.event}.", "Reopen it first.")
    if new.event in (ASSIGNED, HANDED_OVER) and not new.assignee:
        raise BadRequest("Nobody is named.", "Say who is to look after it.")
    if new.event == HANDED_OVER and not state.assignee:
        raise BadRequest(f"{name} is nobody’s: it cannot be handed over.", "Assign it.")
    if new.event == HANDED_OVER and new.assignee == state.assignee:
        raise BadRequest(f"{name} is {state.assignee}’s already.", "Name somebody else.")
    if state.opened_at is not None and new.at < state.opened_at and not _same_day(new.at, state.opened_at):
        raise BadRequest(
            f"{name} cannot be {new.event} before it was opened ({state.opened_at:%Y-%m-%d}).",
            "Choose a later moment.",
        )


def _same_day(one: datetime, other: datetime) -> bool:
    return one.date() == other.date()


def clashing(new: CaseEvent, others: Sequence[CaseEvent]) -> list[CaseEvent]:
    """Those of the others that change the same as `new` does."""
    mine = CHANGES.get(new.event, frozenset())
    return [each for each in others if mine & CHANGES.get(each.event, frozenset())]

"""What people do with cases: open, answer, assign, hand over, close, reopen, note; each is taken back by itself.

Each deed is judged by all that was said until then, in the transaction that says it: two who close one case do not both
close it, and the second is shown both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from data import environment
from data.errors import BadRequest, ChangedMeanwhile, MeanwhileChange
from data.operational import statement_log
from data.operational.free_number import free_number
from data.operational.meanwhile_words import refusal
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import plain_name, plain_text
from data.operational.standing_on import StandingOn
from data.operational.statement_kinds import CASE_EVENT, SourceNumber, Values
from data.operational.statement_log import Statement, StatementLog
from data.service.case_course import (
    CHANGES,
    HANDED_OVER,
    NOTED,
    OPENED,
    CaseEvent,
    CaseState,
    check_next,
    clashing,
    course_of,
    in_order,
)
from data.service.service_case import OWN, CaseNumber, ServiceCase

AHEAD = timedelta(minutes=5)  # a clock that goes before
SATISFACTION = range(11)
DUE_AFTER = {"urgent": 0, "high": 1, "normal": 3, "low": 7}  # days, where nobody says a day


class OpenedCase(NamedTuple):
    """A case that was opened just now, and the statement that says so."""

    case: CaseNumber
    said: str


def usual_due(priority: str, today: date) -> date:
    """The day that a form begins with."""
    return today + timedelta(days=DUE_AFTER[priority])


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def open_case(
    store: OperationalStore, customer: SourceNumber | None, opening: CaseEvent, who: str = ""
) -> OpenedCase:
    """Open a case and return its number, once it is on the disk. Errors: BadRequest, NotAllowed, WarehouseError."""
    if not opening.topic.strip():
        raise BadRequest("The case has no subject.", "Choose one, or write what the customer asks.")
    opening = _checked(replace(opening, event=OPENED))
    with statement_log.writing(store) as log:
        taken = {str(each.told["case"]) for each in log.history(CASE_EVENT) if each.told}
        case = CaseNumber(OWN, free_number("W", taken))
        said = log.say(CASE_EVENT, _values(case, customer, opening), who)
    return OpenedCase(case, said)


def add_event(
    store: OperationalStore,
    seen: ServiceCase,
    new: CaseEvent,
    who: str = "",
    standing_on: StandingOn | None = None,
) -> str:
    """Say one more event of a case; the id of the statement, once it is on the disk.

    What others said of the case since it was `seen` counts. Errors: ChangedMeanwhile where somebody changed the same
    after the statements that it is `standing_on`; BadRequest where the event cannot follow; NotAllowed; WarehouseError.
    """
    new, who = _checked(new), who or environment.who()
    of_source = [each for each in seen.events if not each.said]
    with statement_log.writing(store) as log:
        told = _told_of(log, seen.case)
        if standing_on is not None:
            for each in _overruled(told, seen.case, new, who, standing_on):
                log.take_back(each, who)
            told = _told_of(log, seen.case)
        state = course_of([*of_source, *map(case_event, told)])
        check_next(state, new, seen.case.name)
        return log.say(CASE_EVENT, _values(seen.case, seen.number, _behind(state, new)), who)


def _behind(state: CaseState, new: CaseEvent) -> CaseEvent:
    """The event behind all others of its day: of some the day alone is told."""
    last = state.last_at
    is_before = last is not None and new.at <= last and new.at.date() == last.date()
    return replace(new, at=last + timedelta(microseconds=1)) if last and is_before else new


def _told_of(log: StatementLog, case: CaseNumber) -> list[Statement]:
    return [each for each in log.current(CASE_EVENT) if case_of(each) == case]


def _overruled(
    told: Sequence[Statement], case: CaseNumber, new: CaseEvent, who: str, standing_on: StandingOn
) -> list[str]:
    """The statements that give way to what is said now. Errors: ChangedMeanwhile for those that nobody looked at."""
    since = [case_event(each) for each in told if each.id not in standing_on.seen]
    against = clashing(new, since)
    unseen = [each for each in against if each.said not in standing_on.overruled]
    if not unseen:
        return [each.said for each in against]
    last, part = unseen[-1], min(CHANGES[new.event])
    change = MeanwhileChange(case.name, part, _words(last), _words(new), last.by, last.at)
    raise ChangedMeanwhile(
        *refusal([change], who), [change], standing_on.over(*(each.said for each in against))
    )


def _words(each: CaseEvent) -> str:
    """What an event says, in a few words."""
    more = each.assignee if "assignee" in CHANGES.get(each.event, ()) else each.outcome
    to = "to " if each.assignee and more == each.assignee else ""
    said = f"{each.event}{f' {to}{more}' if to else f': {more}' if more else ''}"
    return f"{said} ({each.note})" if each.note else said


def take_back(store: OperationalStore, statement: str, who: str = "") -> None:
    """Take an event back, by a counter-entry. Errors: BadRequest where what came after it could not stand without it.

    Events of a source's own are not taken back here.
    """
    with statement_log.writing(store) as log:
        told = log.current(CASE_EVENT)
        meant = next((each for each in told if each.id == statement), None)
        if meant is not None:
            _refuse_stranded(told, meant)
        log.take_back(statement, who)


def _refuse_stranded(told: Sequence[Statement], meant: Statement) -> None:
    case, event = case_of(meant), case_event(meant)
    own = in_order(case_event(each) for each in told if case_of(each) == case)
    later = own[own.index(event) + 1 :]
    changed = CHANGES.get(event.event, frozenset())
    bound = [each for each in later if each.event != NOTED] if "state" in changed else []
    if "assignee" in changed or event.event == OPENED:
        bound += [each for each in later if each.event == HANDED_OVER]
    if bound:
        raise BadRequest(
            f"{case.name} was {bound[-1].event} after that.",
            "Take that back first, or look at the case again.",
        )


def case_of(statement: Statement) -> CaseNumber:
    told = statement.told
    return CaseNumber(str(told.get("source") or OWN), str(told.get("case") or ""))


def case_event(statement: Statement) -> CaseEvent:
    """The event that a statement of `CASE_EVENT` says."""
    values = statement.values(CASE_EVENT)
    at, due, points = values["at"], values["due"], values["satisfaction"]
    return CaseEvent(
        event=str(values["event"]),
        at=at if isinstance(at, datetime) else statement.said_at,
        by=statement.said_by,
        due=due if isinstance(due, date) else None,
        satisfaction=points if isinstance(points, int) else None,
        said=statement.id,
        topic=str(values["topic"] or ""),
        priority=str(values["priority"] or ""),
        assignee=str(values["assignee"] or ""),
        outcome=str(values["outcome"] or ""),
        note=str(values["note"] or ""),
    )


def _checked(new: CaseEvent) -> CaseEvent:
    """The event as it is kept. Errors: BadRequest."""
    if new.at > now() + AHEAD:
        raise BadRequest("That moment is still to come.", "Say what happened once it has.")
    check_satisfaction(new.satisfaction)
    return replace(
        new,
        topic=short(new.topic),
        assignee=short(new.assignee),
        outcome=short(new.outcome),
        note=plain_text(new.note) if new.note.strip() else "",
    )


def check_satisfaction(points: int | None) -> None:
    """Errors: BadRequest."""
    if points is not None and points not in SATISFACTION:
        raise BadRequest(f"{points} is no satisfaction.", "Write a whole number from 0 to 10.")


def short(text: str) -> str:
    """A text of one line, empty where nothing is written. Errors: BadRequest where it is too long."""
    return plain_name(text) if text.strip() else ""


def _values(case: CaseNumber, customer: SourceNumber | None, each: CaseEvent) -> Values:
    return {
        "source": case.source or None,
        "case": case.id,
        "customer": customer,
        "event": each.event,
        "at": each.at,
        "topic": each.topic or None,
        "priority": each.priority or None,
        "assignee": each.assignee or None,
        "due": each.due,
        "outcome": each.outcome or None,
        "satisfaction": each.satisfaction,
        "note": each.note or None,
    }

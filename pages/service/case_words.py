"""Cases and tasks in words: queues, ages, what is due, what waits, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

from data.service.case_course import REACHED, WROTE, CaseEvent
from data.service.case_list import CasePerson, FrontOffice
from data.service.recorded_contacts import RecordedContact
from data.service.service_case import ServiceCase
from data.service.service_tasks import ServiceTask
from pages.service.cases_view import ALL, DUE, MINE, TASKS, UNASSIGNED, WAITING
from pages.ui.style.formats import count_text, format_day, number_text

Listed = TypeVar("Listed")
NAMES = {
    MINE: "Mine",
    UNASSIGNED: "Unassigned",
    DUE: "Due",
    WAITING: "Waiting",
    ALL: "All open",
    TASKS: "Tasks",
}
SENTENCES = {
    MINE: "Open cases that are assigned to you.",
    UNASSIGNED: "Open cases that nobody looks after.",
    DUE: "Open cases whose day is today or past.",
    WAITING: "Open cases whose customer waits for an answer: to the opening, or to what they said last.",
    ALL: "All open cases.",
    TASKS: "What somebody is to do, the first due first.",
}
NOTHING = {
    MINE: "No open case is yours.",
    UNASSIGNED: "Every open case is somebody’s.",
    DUE: "No case is due.",
    WAITING: "No customer waits for an answer.",
    ALL: "No case is open.",
    TASKS: "Nothing is to be done.",
}
TODAY = "today"
HAPPENED = {WROTE: "the customer was in touch", REACHED: "the customer was reached", "noted": "note"}


def in_queue(office: FrontOffice, queue: str, who: str, today: date) -> tuple[ServiceCase, ...]:
    """The cases of a queue, the most urgent first."""
    found = office.open_cases
    if queue == MINE:
        return tuple(each for each in found if each.state.assignee == who)
    if queue == UNASSIGNED:
        return tuple(each for each in found if not each.state.assignee)
    if queue == DUE:
        return tuple(each for each in found if each.is_due(today))
    if queue == WAITING:
        return tuple(each for each in found if each.state.waits_since)
    return found if queue == ALL else ()


def queue_name(office: FrontOffice, queue: str, who: str, today: date) -> str:
    """What a queue is called, with how much stands in it."""
    many = len(office.tasks) if queue == TASKS else len(in_queue(office, queue, who, today))
    return f"{NAMES[queue]} {number_text(many)}"


def age_words(days: int) -> str:
    """
    >>> age_words(0), age_words(1), age_words(12)
    ('today', '1 day', '12 days')
    """
    return count_text(days, "day") if days else TODAY


def due_words(due: date | None, today: date) -> str:
    """What a day means today; empty where none is said.

    >>> due_words(date(2026, 3, 2), date(2026, 3, 4)), due_words(date(2026, 3, 4), date(2026, 3, 4))
    ('2 days late', 'today')
    """
    if due is None:
        return ""
    if due < today:
        return f"{count_text((today - due).days, 'day')} late"
    if due == today:
        return TODAY
    return "tomorrow" if due == today + timedelta(days=1) else format_day(due)


def waits_words(case: ServiceCase, now: datetime) -> str:
    since = case.state.waits_since
    return age_words(max(0, (now - since).days)) if since else ""


def main_fact(case: ServiceCase, now: datetime, today: date) -> str:
    """Where a case stands, in a sentence or two."""
    state = case.state
    if not state.is_open:
        how = f": {state.outcome}" if state.outcome else ""
        by = f" by {state.closed_by}" if state.closed_by else ""
        on = f" on {format_day(state.closed_at.date())}" if state.closed_at else ""
        return f"Closed{on}{by}{how}."
    told = [f"Open for {age_words(case.age_days(now))}" if case.age_days(now) else "Opened today"]
    told.append(f"{state.assignee} looks after it" if state.assignee else "nobody looks after it")
    if state.due:
        late = state.due < today
        told.append(f"it is {due_words(state.due, today)}" if late else f"due {due_words(state.due, today)}")
    days = waits_words(case, now)
    waits = f"The customer has waited {days} for an answer." if days else ""
    if days == TODAY:
        waits = "The customer has waited for an answer since today."
    again = f" It was reopened {count_text(state.reopenings, 'time')}." if state.reopenings else ""
    return f"{', '.join(told)}. {waits}{again}".strip()


def event_words(each: CaseEvent) -> str:
    """What happened, in a few words."""
    name = HAPPENED.get(each.event, each.event)
    to = f" to {each.assignee}" if each.assignee and each.event in ("assigned", "handed over") else ""
    of = f": {each.topic}" if each.topic and each.event == "opened" else ""
    how = f": {each.outcome}" if each.outcome else ""
    points = f" (satisfaction {each.satisfaction} of 10)" if each.satisfaction is not None else ""
    return f"{name[:1].upper()}{name[1:]}{to}{of}{how}{points}"


def contact_words(each: RecordedContact) -> str:
    """A contact that was recorded, in a line."""
    way = "from the customer" if each.direction == "in" else "to the customer"
    told = [each.topic, each.outcome, each.note]
    told += [each.promise and f"promised: {each.promise}", each.refusal and f"refuses: {each.refusal}"]
    points = "" if each.satisfaction is None else f"satisfaction {each.satisfaction} of 10"
    more = "; ".join(filter(None, [*told, points]))
    return f"{each.kind.capitalize()} {way}{f': {more}' if more else ''}"


def task_for(task: ServiceTask, person: CasePerson | None) -> str:
    """For whom a task is."""
    if person:
        return person.name or person.id
    return task.customer.id if task.customer else ""


def shown_page(cases: Sequence[Listed], page: int, size: int) -> tuple[Sequence[Listed], int]:
    """What stands on a page, and how many pages there are; beyond the last the last one."""
    pages = max(1, -(-len(cases) // size))
    at = min(page, pages)
    return cases[(at - 1) * size : at * size], pages

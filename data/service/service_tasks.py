"""Tasks: what somebody is to do by a day, for a customer or without one. Of each the last word holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import uuid4

from data.errors import BadRequest
from data.operational import statement_log
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import plain_text
from data.operational.standing_on import StandingOn
from data.operational.statement_erasure import ERASED
from data.operational.statement_kinds import SERVICE_TASK, SourceNumber, Values
from data.operational.statement_log import Statement
from data.service.case_deeds import short
from data.service.service_case import OWN, CaseNumber

OPEN, DONE, DROPPED = "open", "done", "dropped"
LONGEST = 500
WITHHELD = "(the text is withheld from you)"


@dataclass(frozen=True, slots=True)
class ServiceTask:
    """`what` is to be done by the day `due`, by whom (`assignee`). `said` is the statement that says so last."""

    what: str
    due: date
    assignee: str
    customer: SourceNumber | None = None
    case: CaseNumber | None = None
    state: str = OPEN
    id: str = ""
    by: str = ""
    said: str = ""


def tasks(store: OperationalStore) -> tuple[ServiceTask, ...]:
    """Those that are to be done, the first due first. Errors: WarehouseError."""
    return tasks_among(statement_log.current(store, SERVICE_TASK))


def tasks_among(told: Iterable[Statement]) -> tuple[ServiceTask, ...]:
    """The same of statements that were read already."""
    found = (_task(each) for each in told if each.told.get("task") not in (None, ERASED))
    return tuple(
        sorted((each for each in found if each.state == OPEN), key=lambda each: (each.due, each.what))
    )


def add_task(store: OperationalStore, task: ServiceTask, who: str = "") -> ServiceTask:
    """Say a new task. Errors: BadRequest, NotAllowed, WarehouseError."""
    new = checked_task(replace(task, id=uuid4().hex))
    said = statement_log.say(store, SERVICE_TASK, task_values(new), who)
    return replace(new, said=said)


def checked_task(task: ServiceTask) -> ServiceTask:
    """A new task as it is kept. Errors: BadRequest."""
    new = replace(task, what=plain_text(task.what, LONGEST), assignee=short(task.assignee), state=OPEN)
    if not new.assignee:
        raise BadRequest("Nobody is named.", "Say who is to do it.")
    return new


def change_task(
    store: OperationalStore,
    task: ServiceTask,
    who: str = "",
    standing_on: StandingOn | None = None,
) -> str:
    """Say a task otherwise: done, dropped, another day or person; the statement, which `take_back` takes back.

    Errors: BadRequest; ChangedMeanwhile where somebody else changed the same of it; NotAllowed; WarehouseError.
    """
    with statement_log.writing(store) as log:
        if task.what == WITHHELD:  # from whoever changes it
            told = (each.told for each in log.current(SERVICE_TASK))
            task = replace(task, what=next(str(each["what"]) for each in told if each["task"] == task.id))
        return log.say(SERVICE_TASK, task_values(task), who, standing_on)


def take_back(store: OperationalStore, statement: str, who: str = "") -> None:
    """The task is as it was before. Errors: BadRequest where it is taken back already; WarehouseError."""
    statement_log.take_back(store, statement, who)


def task_values(task: ServiceTask) -> Values:
    """What the statement of a task says."""
    case = task.case or CaseNumber(OWN, "")
    return {
        "task": task.id,
        "customer": task.customer,
        "what": task.what,
        "due": task.due,
        "assignee": task.assignee,
        "source": case.source or None,
        "case": case.id or None,
        "state": task.state,
    }


def _task(statement: Statement) -> ServiceTask:
    values = statement.values(SERVICE_TASK)
    number, due = values["customer"], values["due"]
    case = CaseNumber(str(values["source"] or OWN), str(values["case"])) if values["case"] else None
    return ServiceTask(
        what=str(values["what"]),
        due=due if isinstance(due, date) else statement.said_at.date(),
        assignee=str(values["assignee"]),
        customer=number if isinstance(number, SourceNumber) else None,
        case=case,
        state=str(values["state"]),
        id=str(values["task"]),
        by=statement.said_by,
        said=statement.id,
    )

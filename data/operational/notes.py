"""Notes: what people wrote about a number, which everybody reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from data.errors import BadRequest
from data.operational import statement_log
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import plain_text
from data.operational.statement_kinds import NOTE, SourceNumber, Values
from data.operational.statement_log import Statement, StatementLog

KEPT, DELETED = "kept", "deleted"


@dataclass(frozen=True, slots=True)
class NotePlace:
    """The number that a note is about: a measure of a cube within cuts, each as a question writes it."""

    cube: str
    measure: str
    cuts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Note:
    """A text about a number; who wrote it, who alone deletes it, and when (UTC)."""

    id: str
    place: NotePlace
    text: str
    author: str
    written_at: datetime
    customer: SourceNumber | None = None


def notes(store: OperationalStore) -> tuple[Note, ...]:
    """All that were written and not deleted, in that order. Errors: WarehouseError."""
    return notes_among(statement_log.current(store, NOTE))


def notes_among(told: Iterable[Statement]) -> tuple[Note, ...]:
    """The same of statements that were read already."""
    return tuple(_note(each) for each in told if each.told["state"] == KEPT)


def write(
    store: OperationalStore, place: NotePlace, text: str, who: str, customer: SourceNumber | None = None
) -> str:
    """Write a note and return its id; one about a customer goes with them. Errors: BadRequest, WarehouseError."""
    note = Note(uuid4().hex, place, plain_text(text), who, datetime.min, customer)
    statement_log.say(store, NOTE, _values(note, KEPT), who)
    return note.id


def delete(store: OperationalStore, id: str, who: str) -> str:
    """Delete a note; the statement which says so, which `undelete` takes back. Errors: BadRequest, WarehouseError."""
    with statement_log.writing(store) as log:
        return log.say(NOTE, _values(_own(log, id, who), DELETED), who)


def undelete(store: OperationalStore, statement: str, who: str) -> None:
    """Take a deletion back. Errors: BadRequest where it is back already; WarehouseError."""
    statement_log.take_back(store, statement, who)


def _own(log: StatementLog, id: str, who: str) -> Note:
    found = [
        _note(each) for each in log.current(NOTE) if each.told["state"] == KEPT and each.told["note"] == id
    ]
    if not found:
        raise BadRequest("That note is not there any more.", "Look at the notes again.")
    if found[0].author != who:
        raise BadRequest(f"That note is {found[0].author}'s.", "Write one of your own beside it.")
    return found[0]


def _values(note: Note, state: str) -> Values:
    place = note.place
    return {
        "note": note.id,
        "cube": place.cube,
        "measure": place.measure,
        "cuts": "\n".join(sorted(place.cuts)),
        "customer": note.customer,
        "text": note.text,
        "state": state,
    }


def _note(statement: Statement) -> Note:
    told, customer = statement.told, statement.values(NOTE)["customer"]
    place = NotePlace(told["cube"], told["measure"], frozenset(told["cuts"].split("\n")) - {""})
    number = customer if isinstance(customer, SourceNumber) else None
    return Note(told["note"], place, told["text"], statement.said_by, statement.said_at, number)

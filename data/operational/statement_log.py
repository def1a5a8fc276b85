"""Statements: what people said, when and who; said, taken back, and folded to what holds now."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from data import environment
from data.access.acting import acting
from data.errors import BadRequest, ChangedMeanwhile, MeanwhileChange
from data.operational import operational_store, statement_kinds
from data.operational.meanwhile_words import refusal, thing_words
from data.operational.operational_store import OperationalStore
from data.operational.standing_on import Clash, StandingOn, held_by, joined
from data.operational.statement_kinds import StatementKind, Value, Values
from data.people import audit_log
from data.people.audit_event import NOTHING, AuditEvent, thing

COLUMNS = "seq, id, kind, said_at, said_by, takes_back, payload, erased_at"
TOLD = f"SELECT {COLUMNS} FROM statement WHERE warehouse = ? AND seq > ? ORDER BY seq"
STATE = """SELECT count(*), max(seq), max(said_at), count(erased_at), max(erased_at), total(length(payload))
FROM statement WHERE warehouse = ? AND kind = ?"""
_HEARD: ContextVar[list[str] | None] = ContextVar("heard", default=None)
OF_KIND = f"SELECT {COLUMNS} FROM statement WHERE warehouse = ? AND kind = ? ORDER BY seq"


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody said (`told`, as JSON holds it), or that they take back the statement `takes_back`.

    `seq` is its place in the store, which only rises; of what was erased with a person the personal part is gone.
    """

    seq: int
    id: str
    kind: str
    said_at: datetime
    said_by: str
    takes_back: str | None = None
    told: Mapping[str, Any] = field(default_factory=dict)
    erased_at: datetime | None = None

    def values(self, kind: StatementKind) -> dict[str, Value]:
        return statement_kinds.read(kind, self.told)


class SaidWhen(NamedTuple):
    """When something was said, by whom, and when it was taken back."""

    at: datetime
    by: str
    until: datetime | None = None


def say(store: OperationalStore, kind: StatementKind, values: Values, who: str = "") -> str:
    """Say something, and return its id once it is on the disk. Errors: BadRequest, WarehouseError."""
    with writing(store) as log:
        return log.say(kind, values, who)


def take_back(store: OperationalStore, id: str, who: str = "") -> str:
    """Take a statement back by another, whose id is returned. Errors: BadRequest where it cannot be; WarehouseError."""
    with writing(store) as log:
        return log.take_back(id, who)


def current(store: OperationalStore, kind: StatementKind) -> tuple[Statement, ...]:
    """The statements of a kind that hold now, in the order in which they were said."""
    told = history(store, kind)
    ended = held_until(told, kind)
    return tuple(each for each in told if each.takes_back is None and each.id not in ended)


def current_of(store: OperationalStore, *kinds: StatementKind) -> tuple[tuple[Statement, ...], ...]:
    """The same of several kinds, the store opened once."""
    with operational_store.reading(store.file) as connection:
        if connection is None:
            return tuple(() for _ in kinds)
        return tuple(map(StatementLog(connection, store.warehouse).current, kinds))


def history_of(store: OperationalStore, *kinds: StatementKind) -> tuple[tuple[Statement, ...], ...]:
    """Everything that was said of several kinds, and what was taken back, the store opened once."""
    with operational_store.reading(store.file) as connection:
        if connection is None:
            return tuple(() for _ in kinds)
        return tuple(map(StatementLog(connection, store.warehouse).history, kinds))


def state_of(store: OperationalStore, kind: StatementKind) -> tuple[Any, ...]:
    """What differs whenever anything more was said of a kind, or erased from it: for whoever keeps what was read."""
    with operational_store.reading(store.file) as connection:
        found = connection.execute(STATE, [store.warehouse, kind.name]).fetchone() if connection else ()
    return tuple(found or ())


def since(store: OperationalStore, watermark: int) -> tuple[Statement, ...]:
    """What was said after the statement whose `seq` is the watermark, counter-entries included."""
    with operational_store.reading(store.file) as connection:
        return _read(connection, store.warehouse, watermark) if connection else ()


def history(store: OperationalStore, kind: StatementKind | None = None) -> tuple[Statement, ...]:
    """Everything that was said, of a kind or of all, and what was taken back."""
    if kind is None:
        return since(store, 0)
    with operational_store.reading(store.file) as connection:
        return _of_kind(connection, store.warehouse, kind) if connection else ()


def held_until(told: Sequence[Statement], kind: StatementKind) -> dict[str, datetime]:
    """Of the statements of a kind that hold no longer, since when: they were taken back, or others took their place.

    What was taken back takes nobody's place: the one before it holds again.
    """
    ended = {each.takes_back: each.said_at for each in told if each.takes_back}
    last: dict[tuple[str, ...], Statement] = {}
    for each in (each for each in told if kind.key and each.takes_back is None and each.id not in ended):
        key = key_of(kind, each.told)
        if key in last:
            ended[last[key].id] = each.said_at
        last[key] = each
    return ended


def key_of(kind: StatementKind, told: Mapping[str, Any]) -> tuple[str, ...]:
    """What is alike in all statements about one thing."""
    return tuple(json.dumps(told.get(name), sort_keys=True) for name in kind.key)


@contextmanager
def heard() -> Iterator[list[str]]:
    """The ids of what is said in here, also of what is undone again."""
    said: list[str] = []
    token = _HEARD.set(said)
    try:
        yield said
    finally:
        _HEARD.reset(token)


@contextmanager
def writing(store: OperationalStore) -> Iterator[StatementLog]:
    """Several statements that are said together or not at all, and nobody says another meanwhile."""
    with operational_store.writing(store.file) as connection:
        log = StatementLog(connection, store.warehouse)
        yield log
        _note(log.said, store.file)


@dataclass(frozen=True, slots=True)
class StatementLog:
    """The statements about a warehouse, open to say more."""

    connection: sqlite3.Connection
    warehouse: str
    said: list[tuple[str, str]] = field(default_factory=list)

    def history(self, kind: StatementKind) -> tuple[Statement, ...]:
        return _of_kind(self.connection, self.warehouse, kind)

    def current(self, kind: StatementKind) -> tuple[Statement, ...]:
        told = self.history(kind)
        ended = held_until(told, kind)
        return tuple(each for each in told if each.takes_back is None and each.id not in ended)

    def say(
        self, kind: StatementKind, values: Values, who: str = "", standing_on: StandingOn | None = None
    ) -> str:
        """Errors: BadRequest where the values are not what the kind declares; ChangedMeanwhile as `say_all`."""
        return self.say_all(kind, [values], who, standing_on)[0]

    def say_all(
        self,
        kind: StatementKind,
        every: Iterable[Values],
        who: str = "",
        standing_on: StandingOn | None = None,
    ) -> list[str]:
        """Say several; their ids.

        Each is joined with what was said of the same thing since the statements that it is `standing_on`; without that
        it stands on what holds now. Errors: BadRequest where values are not what the kind declares; ChangedMeanwhile,
        with all of them, where somebody said otherwise what they change: then nothing is said; NotAllowed.
        """
        acting().policy.check(kind.needs)
        told: list[Mapping[str, Any]] = [statement_kinds.written(kind, values) for values in every]
        who = who or environment.who()
        if standing_on is not None:
            told = self._joined(kind, told, who, standing_on)
        payloads = [json.dumps(each, ensure_ascii=False) for each in told]
        return [self._add(uuid.uuid4().hex, kind.name, _now(), (who, None, payload)) for payload in payloads]

    def _joined(
        self, kind: StatementKind, every: Sequence[Mapping[str, Any]], who: str, standing: StandingOn
    ) -> list[Mapping[str, Any]]:
        """What is to be said, joined with what others said of the same. Errors: ChangedMeanwhile."""
        courses = _courses(kind, self.history(kind))
        holding = {key_of(kind, each.told): each for each in self.current(kind)}
        told: list[Mapping[str, Any]] = []
        changes: list[MeanwhileChange] = []
        for mine in every:
            course = courses.get(key_of(kind, mine), [])
            now = holding.get(key_of(kind, mine))
            seen = next((each for each in reversed(course) if each.id in standing.seen), None)
            both, clashes = joined(kind, _told(seen), _told(now), mine)
            told.append(both)
            last = course[-1] if course else None
            if last and clashes and last.id not in standing.overruled:
                standing = standing.over(last.id)
                changes += [_change(kind, _told(seen) or mine, each, course) for each in clashes]
        if changes:
            raise ChangedMeanwhile(*refusal(changes, who), changes, standing)
        return told

    def take_back(self, id: str, who: str = "") -> str:
        """Errors: BadRequest where it was not said, or is taken back already; NotAllowed."""
        found = self._found(id)
        if found is None or found[1]:
            raise BadRequest("There is no such statement.", "Look at what was written again.")
        acting().policy.check(statement_kinds.NEEDS.get(found[0], statement_kinds.UNKNOWN_NEEDS))
        if self.connection.execute(
            "SELECT 1 FROM statement WHERE warehouse = ? AND takes_back = ?", [self.warehouse, id]
        ).fetchall():
            raise BadRequest("That is taken back already.", "Look at what was written again.")
        return self._add(uuid.uuid4().hex, found[0], _now(), (who or environment.who(), id, None))

    def bring(self, id: str, kind: StatementKind, values: Values, said: SaidWhen) -> None:
        """Take over what was said elsewhere, with when, by whom and until when; what is here already stays as it is."""
        if self._found(id) is not None:
            return
        payload = json.dumps(statement_kinds.written(kind, values), ensure_ascii=False)
        self._add(id, kind.name, said.at, (said.by, None, payload))
        if said.until is not None:
            counter = uuid.uuid5(uuid.NAMESPACE_OID, id).hex
            self._add(counter, kind.name, said.until, (said.by, id, None))

    def _found(self, id: str) -> tuple[str, str | None] | None:
        found: tuple[str, str | None] | None = self.connection.execute(
            "SELECT kind, takes_back FROM statement WHERE warehouse = ? AND id = ?", [self.warehouse, id]
        ).fetchone()
        return found

    def _add(self, id: str, kind: str, at: datetime, rest: tuple[str, str | None, str | None]) -> str:
        self.connection.execute(
            """INSERT INTO statement (warehouse, id, kind, said_at, said_by, takes_back, payload)
            VALUES (?, ?, ?, ?, ?, ?, ?)""",
            [self.warehouse, id, kind, at.isoformat(timespec="microseconds"), *rest],
        )
        self.said.append((kind, id))
        if (said := _HEARD.get()) is not None:
            said.append(id)
        return id


def _note(said: Sequence[tuple[str, str]], file: Path) -> None:
    """The audit knows before it is saved: an entry a kind, with how many statements, of one which."""
    for kind in dict.fromkeys(kind for kind, _ in said):
        ids = [id for each, id in said if each == kind]
        subject = thing("statement", ids[0]) if len(ids) == 1 else NOTHING
        audit_log.note(
            AuditEvent.CHANGED, subject, kind, amount=len(ids), at=operational_store.warehouse_of(file)
        )


def _courses(kind: StatementKind, told: Sequence[Statement]) -> dict[tuple[str, ...], list[Statement]]:
    """What was said of each thing, in order: its statements, and those that took one back."""
    of = {each.id: key_of(kind, each.told) for each in told if each.takes_back is None}
    found: dict[tuple[str, ...], list[Statement]] = {}
    for each in told:
        found.setdefault(of[each.takes_back or each.id], []).append(each)
    return found


def _told(statement: Statement | None) -> Mapping[str, Any] | None:
    return None if statement is None else statement.told


def _change(
    kind: StatementKind, about: Mapping[str, Any], clash: Clash, course: Sequence[Statement]
) -> MeanwhileChange:
    """A clash as it is told: who brought its part to what it is now, and when."""
    by = course[0]
    for before, each in pairwise(course):
        if held_by(kind, each.told, clash.part) != held_by(kind, before.told, clash.part):
            by = each
    return MeanwhileChange(thing_words(kind.name, about), *clash, by.said_by, by.said_at)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _read(connection: sqlite3.Connection, warehouse: str, watermark: int) -> tuple[Statement, ...]:
    return tuple(_statement(*row) for row in connection.execute(TOLD, [warehouse, watermark]))


def _of_kind(connection: sqlite3.Connection, warehouse: str, kind: StatementKind) -> tuple[Statement, ...]:
    return tuple(_statement(*row) for row in connection.execute(OF_KIND, [warehouse, kind.name]))


def _statement(seq: int, id: str, kind: str, said_at: str, said_by: str, takes_back: str | None,
               payload: str | None, erased_at: str | None) -> Statement:  # fmt: skip
    at, erased = datetime.fromisoformat(said_at), datetime.fromisoformat(erased_at) if erased_at else None
    return Statement(seq, id, kind, at, said_by, takes_back, json.loads(payload or "{}"), erased)

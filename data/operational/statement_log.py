"""Statements: what people said, when and who; said, taken back, and folded to what holds now."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from data import environment
from data.access.acting import acting
from data.errors import BadRequest
from data.operational import operational_store, statement_kinds
from data.operational.operational_store import OperationalStore
from data.operational.statement_kinds import StatementKind, Value, Values
from data.people import audit_log
from data.people.audit_event import NOTHING, AuditEvent, thing

COLUMNS = "seq, id, kind, said_at, said_by, takes_back, payload, erased_at"
TOLD = f"SELECT {COLUMNS} FROM statement WHERE warehouse = ? AND seq > ? ORDER BY seq"
STATE = """SELECT count(*), max(seq), max(said_at), count(erased_at), max(erased_at), total(length(payload))
FROM statement WHERE warehouse = ? AND kind = ?"""
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
        key = tuple(json.dumps(each.told.get(name), sort_keys=True) for name in kind.key)
        if key in last:
            ended[last[key].id] = each.said_at
        last[key] = each
    return ended


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

    def say(self, kind: StatementKind, values: Values, who: str = "") -> str:
        """Errors: BadRequest where the values are not what the kind declares; NotAllowed."""
        acting().policy.check(kind.needs)
        payload = json.dumps(statement_kinds.written(kind, values), ensure_ascii=False)
        return self._add(uuid.uuid4().hex, kind.name, _now(), (who or environment.who(), None, payload))

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
        return id


def _note(said: Sequence[tuple[str, str]], file: Path) -> None:
    """The audit knows before it is saved: an entry a kind, with how many statements, of one which."""
    for kind in dict.fromkeys(kind for kind, _ in said):
        ids = [id for each, id in said if each == kind]
        subject = thing("statement", ids[0]) if len(ids) == 1 else NOTHING
        audit_log.note(
            AuditEvent.CHANGED, subject, kind, amount=len(ids), at=operational_store.warehouse_of(file)
        )


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

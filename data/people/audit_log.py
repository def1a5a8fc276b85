"""The audit: who signed in, was refused, saw which customer, searched, exported and changed what.

`note` is the one way in. What is written before it happens (`BEFOREHAND`) is on the disk when `note` returns, or what
was about to happen is refused; what was only looked at is handed to a thread, which writes it within `GATHERED`
seconds, so that a page pays microseconds: a process that is killed loses at most that.
"""

from __future__ import annotations

import atexit
import logging
import os
import queue
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from data import environment
from data.access.acting import acting
from data.errors import ClientelaError, WarehouseError
from data.people import audit_store
from data.people.audit_event import BEFOREHAND, NOTHING, WORD, WORDS, AuditEvent, AuditSubject, words
from data.people.audit_store import AuditEntry, ChainHead
from data.store import event_log, private_files

GATHERED = 0.2
LONGEST_REASON = 200
NOBODY = "somebody"
_REASON: ContextVar[str] = ContextVar("reason_of_export", default="")


@dataclass(frozen=True, slots=True)
class Doer:
    """Who does something: the person, their roles, whence (`browser`, `command`), and the print of their policy."""

    person: str
    roles: str = ""
    place: str = ""
    policy: str = ""


@dataclass(frozen=True, slots=True)
class NotedEvent:
    """What happened, before it has a number: a line of the audit of the warehouse at `warehouse`."""

    warehouse: Path
    moment: datetime
    doer: Doer
    event: AuditEvent
    subject: AuditSubject
    detail: str
    amount: int | None
    reason: str


def note(
    event: AuditEvent,
    subject: AuditSubject | str = NOTHING,
    detail: str = "",
    *,
    amount: int | None = None,
    reason: str = "",
    person: str = "",
    at: Path | None = None,
) -> None:
    """Say in the audit what is about to happen, or was seen; who, whence and when are found here.

    `subject` as plain text is taken for words that could tell a person (a name that was refused), and never written.
    `detail` is one closed word, `amount` a count (rows, letters), `reason` why, in the person's own words. `person` is
    who tried in the browser, where nobody is signed in yet; `at` the warehouse, if it is not that of this process.
    Errors: WarehouseError where one of `BEFOREHAND` cannot be written; ValueError where `detail` is no word.
    """
    if detail and not WORD.fullmatch(detail):
        raise ValueError(f"{detail!r} is no closed word")
    about = words(subject) if isinstance(subject, str) else subject
    told = NotedEvent(
        at or environment.warehouse(), datetime.now(UTC), doer(person), event, about if about.value else NOTHING,
        detail, amount, event_log.clean((reason or _REASON.get()).strip())[:LONGEST_REASON],
    )  # fmt: skip
    if event in BEFOREHAND:
        WRITER.write_now(told)
    else:
        WRITER.hand_over(told)


@contextmanager
def because(reason: str) -> Iterator[None]:
    """What is exported in here is exported for this reason."""
    token = _REASON.set(reason)
    try:
        yield
    finally:
        _REASON.reset(token)


def reason_given() -> str:
    """Why what is exported now is exported, as far as it was said."""
    return _REASON.get().strip()


def written_moment(moment: datetime) -> str:
    """A moment as entries hold it, which sorts: UTC to the millisecond."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")


def flush() -> None:
    """Write what was handed over so far, and return when it is on the disk."""
    WRITER.flush()


def doer(person: str = "") -> Doer:
    """Who does what is being done: `person` in the browser, else whoever acts."""
    if person:
        return Doer(person, place="browser")
    try:
        acts = acting()
    except ClientelaError:  # whoever is let in no longer: that they were refused is noted all the same
        return Doer(NOBODY)
    return Doer(acts.person or environment.who(), " ".join(acts.policy.roles), acts.where, acts.policy.print)


class _AuditWriter:
    """The one writer of a process: what is handed over is gathered by a thread, what cannot wait takes it along."""

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """Also in a fork: what waits there is written by the process that heard it."""
        self._waiting: queue.SimpleQueue[NotedEvent] = queue.SimpleQueue()
        self._there = threading.Event()
        self._writing = threading.Lock()
        self._process = 0

    def hand_over(self, told: NotedEvent) -> None:
        self._waiting.put(told)
        self._there.set()
        if self._process != os.getpid():
            self._process = os.getpid()
            threading.Thread(target=self._gather, name="audit", daemon=True).start()

    def write_now(self, told: NotedEvent) -> None:
        """Errors: WarehouseError."""
        private_files.make_folder(told.warehouse.parent)
        with self._writing:
            self._write(self._handed_over())
            _write([told])

    def flush(self) -> None:
        with self._writing:
            self._write(self._handed_over())

    def _gather(self) -> None:
        while True:
            self._there.wait()
            self._there.clear()
            threading.Event().wait(GATHERED)
            self.flush()

    def _handed_over(self) -> list[NotedEvent]:
        found = []
        while True:
            try:
                found.append(self._waiting.get_nowait())
            except queue.Empty:
                return found

    def _write(self, told: Sequence[NotedEvent]) -> None:
        """What cannot be written is told in the log, where somebody still looks at that warehouse: nobody waits."""
        there = [each for each in told if each.warehouse.parent.is_dir()]
        try:
            _write(there)
        except (ClientelaError, sqlite3.Error) as error:
            logging.getLogger(event_log.NAME).error("audit: %s events lost: %s", len(there), error)


WRITER = _AuditWriter()


def _write(told: Sequence[NotedEvent]) -> None:
    """Errors: WarehouseError."""
    for warehouse in dict.fromkeys(each.warehouse for each in told):
        try:
            _write_beside(warehouse, [each for each in told if each.warehouse == warehouse])
        except OSError as error:
            raise WarehouseError(
                f"The audit beside {warehouse.name} cannot be written: {error.strerror or error}.",
                "Nothing is exported or changed unseen: make room or give leave to write there, then try again.",
            ) from error


def _write_beside(warehouse: Path, told: Sequence[NotedEvent]) -> None:
    """Seal events and add them to the audit of one warehouse, in one transaction."""
    file = audit_store.place(warehouse)
    key = audit_store.key_of(file, make=True)
    with audit_store.writing(file) as connection:
        head = audit_store.last(connection, file)
        for each in told:
            entry = _entry(connection, key, head.number + 1, each)
            head = ChainHead(entry.number, entry.seal(head.seal, key))
            audit_store.add(connection, entry, head.seal)
    audit_store.tell_head(file, head)


def _entry(connection: sqlite3.Connection, key: bytes, number: int, told: NotedEvent) -> AuditEntry:
    """What is sealed; the subject stands by a made-up value, the reason by a salted hash."""
    subject, doer = told.subject, told.doer
    amount = len(subject.value) if told.amount is None and subject.kind == WORDS else told.amount
    return AuditEntry(
        number, written_moment(told.moment), doer.person, doer.roles, doer.place, told.event.value,
        told.detail, subject.kind, audit_store.pseudonym(connection, subject, key), amount,
        audit_store.keep_reason(connection, number, told.reason), doer.policy,
    )  # fmt: skip


atexit.register(WRITER.flush)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=WRITER.begin_anew)

"""Whether the audit is whole: every entry sealed as it stands, none missing between, before or after the others.

What can be told, and what not: an entry that was changed, taken out or put in by whoever has no key, at once; entries
cut off at the end, by the head that lies apart, by the head that each publication of the warehouse keeps, and by any
head that somebody wrote down. Who has the key, the head and the warehouse can write another history: keep a head
elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from data.errors import BadInput
from data.people import audit_log, audit_store
from data.people.audit_event import AuditEvent, thing
from data.people.audit_store import FIELDS, GENESIS, NO_ENTRY, AuditEntry, ChainHead

VERIFIED, UNVERIFIED = "verified", "unverified"
SELECTED = f"SELECT {', '.join(FIELDS)}, seal FROM entry WHERE number > ? ORDER BY number"
NEWER = """SELECT number, seal FROM entry WHERE number <= (SELECT max(number) FROM entry) - ?
ORDER BY number DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class KnownHead:
    """A head that was kept elsewhere, and in words where: `warehouse`, `written down`."""

    head: ChainHead
    where: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a check found: the entries there are, and the first thing that is wrong, empty where nothing is.

    `broken_at` is the number of the first entry that is not as it was written, or is not there. `is_part` where only
    the newest were read.
    """

    entries: int = 0
    first: int = 0
    head: ChainHead = NO_ENTRY
    broken_at: int | None = None
    problem: str = ""
    is_part: bool = False

    @property
    def is_sound(self) -> bool:
        return not self.problem

    @property
    def sentence(self) -> str:
        if self.problem:
            return self.problem
        if not self.entries:
            return "Nothing was noted yet."
        if self.is_part:
            return f"Chain verified from entry {self.first:,} to {self.head.number:,}, the newest; a command reads all."
        gone = f" Entries 1 to {self.first - 1:,} were purged, as an entry says." if self.first > 1 else ""
        return f"Chain verified to entry {self.head.number:,}: {self.entries:,} entries, each as it was written.{gone}"


@dataclass(frozen=True, slots=True)
class Purged:
    """How many entries went, and up to which number."""

    entries: int
    up_to: int


def parse_head(text: str) -> ChainHead:
    """A head as `verify` tells it, `1204:9f…`. Errors: BadInput."""
    number, _, seal = text.strip().partition(":")
    if not number.isdecimal() or len(seal) != len(GENESIS):
        raise BadInput(
            f"{text!r} is no head of the audit.", "Give it as 'audit verify' told it, NUMBER:SEAL."
        )
    return ChainHead(int(number), seal)


def chain_print(key: bytes) -> str:
    """By which a head that is kept elsewhere is known to be of this chain."""
    return hmac.new(key, b"chain", hashlib.sha256).hexdigest()[:16]


def verify(file: Path, known: Iterable[KnownHead] = (), newest: int = 0) -> ChainReport:
    """Read the whole chain, or only its `newest` entries, for whoever waits.

    Errors: WarehouseError where it cannot be read, or its key is not there.
    """
    told = KnownHead(audit_store.head_told(file), "its head")
    with audit_store.reading(file) as connection:
        if connection is None:
            lost = max((told, *known), key=lambda each: each.head.number)
            return _lost(lost) if lost.head.number else ChainReport()
        return _verify(connection, audit_store.key_of(file), (told, *known), newest)


def _lost(known: KnownHead) -> ChainReport:
    told = f"The audit is gone: {known.where} knows of {known.head.number:,} entries."
    return ChainReport(broken_at=1, problem=told)


def _verify(
    connection: sqlite3.Connection, key: bytes, known: tuple[KnownHead, ...], newest: int
) -> ChainReport:
    expected = {each.head.number: each for each in known if each.head.number}
    reasons = _reasons(connection)
    count, first, head = 0, 0, _start(connection, newest)
    is_part = bool(head.number)
    for entry, seal in _entries(connection, head.number):
        if not count:
            first, head = entry.number, head if is_part else _before(connection, entry.number)
        problem = _problem(entry, seal, head, key)
        problem = problem or _other_reason(entry, reasons) or _not_as_known(expected.get(entry.number), seal)
        if problem:
            return ChainReport(count, first, head, head.number + 1 if head.seal else 1, problem)
        count, head = count + 1, ChainHead(entry.number, seal)
    cut = max(expected.values(), key=lambda each: each.head.number, default=None)
    if cut and cut.head.number > head.number:
        told = f"Entries {head.number + 1:,} to {cut.head.number:,} are gone at the end: {cut.where} knows of them."
        return ChainReport(count, first, head, head.number + 1, told)
    return ChainReport(count, first, head, is_part=is_part)


def _start(connection: sqlite3.Connection, newest: int) -> ChainHead:
    """The entry after which reading begins, taken as it is; none where all are read."""
    found = connection.execute(NEWER, [newest]).fetchone() if newest else None
    return ChainHead(*found) if found else NO_ENTRY


def _entries(connection: sqlite3.Connection, after: int) -> Iterator[tuple[AuditEntry, str]]:
    for row in connection.execute(SELECTED, [after]):
        yield AuditEntry(*row[:-1]), row[-1]


def _before(connection: sqlite3.Connection, first: int) -> ChainHead:
    """What the first entry that is there continues: nothing, or what a purge says of the last that went."""
    if first == 1:
        return NO_ENTRY
    found = connection.execute(
        "SELECT subject FROM entry WHERE event = ? AND amount = ? ORDER BY number DESC LIMIT 1",
        [AuditEvent.PURGED.value, first - 1],
    ).fetchone()
    return ChainHead(first - 1, found[0] if found else "")


def _problem(entry: AuditEntry, seal: str, before: ChainHead, key: bytes) -> str:
    if not before.seal:
        return f"Entries 1 to {before.number:,} are gone, and no purge tells of them."
    if entry.number != before.number + 1:
        return f"Entry {before.number + 1:,} is missing: {entry.number:,} follows {before.number:,}."
    if not hmac.compare_digest(entry.seal(before.seal, key), seal):
        return f"Entry {entry.number:,} is not as it was written, or one before it was taken out."
    return ""


def _reasons(connection: sqlite3.Connection) -> dict[int, str]:
    told = connection.execute("SELECT number, salt, words FROM reason")
    return {number: audit_store.reason_hash(salt, words) for number, salt, words in told}


def _other_reason(entry: AuditEntry, reasons: dict[int, str]) -> str:
    """Reasons may go with a person who is erased; those that are there are as they were given."""
    is_other = entry.number in reasons and reasons[entry.number] != entry.reason
    return f"The reason of entry {entry.number:,} is not as it was given." if is_other else ""


def _not_as_known(known: KnownHead | None, seal: str) -> str:
    if known is None or known.head.seal == seal:
        return ""
    return f"Entry {known.head.number:,} is not the one that {known.where} knows."


def purge(warehouse: Path, days: int) -> Purged:
    """Take away the entries older than so many days; an entry that says so is written first, and stays.

    Errors: WarehouseError.
    """
    audit_log.flush()
    file = audit_store.place(warehouse)
    last = _last_before(file, datetime.now(UTC) - timedelta(days=days))
    if not last.number:
        return Purged(0, 0)
    detail = VERIFIED if verify(file).is_sound else UNVERIFIED
    audit_log.note(AuditEvent.PURGED, thing("seal", last.seal), detail, amount=last.number, at=warehouse)
    with audit_store.writing(file) as connection:
        went = connection.execute("DELETE FROM entry WHERE number <= ?", [last.number]).rowcount
        connection.execute("DELETE FROM reason WHERE number <= ?", [last.number])
        connection.execute("DELETE FROM pseudonym WHERE value NOT IN (SELECT subject FROM entry)")
    audit_store.leave_nothing(file)
    return Purged(went, last.number)


def _last_before(file: Path, moment: datetime) -> ChainHead:
    """The last of the oldest entries before a moment; number 0 where there is none."""
    with audit_store.reading(file) as connection:
        if connection is None:
            return NO_ENTRY
        found = connection.execute(
            """SELECT number, seal FROM entry WHERE number <
            (SELECT coalesce(min(number), 9e18) FROM entry WHERE moment >= ?) ORDER BY number DESC LIMIT 1""",
            [audit_log.written_moment(moment)],
        ).fetchone()
    return ChainHead(*found) if found else NO_ENTRY


def overdue(warehouse: Path, days: int) -> int:
    """How many entries are older than they may be. Errors: WarehouseError."""
    limit = audit_log.written_moment(datetime.now(UTC) - timedelta(days=days))
    with audit_store.reading(audit_store.place(warehouse)) as connection:
        if connection is None:
            return 0
        return int(connection.execute("SELECT count(*) FROM entry WHERE moment < ?", [limit]).fetchone()[0])

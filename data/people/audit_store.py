"""The file of the audit: entries that only grow, each sealed by a hash over itself and the one before.

Beside it lie its key (`.audit.key`), without which no entry can be forged, and its head (`.audit.head`): the number and
seal of the last entry, by which entries that were cut off at the end are missed. What could tell a person stands apart
from the entries, so that it can be erased without breaking the chain: `pseudonym` holds which made-up value stands for
a customer or for searched words (known by a keyed hash), `reason` the words that somebody gave for an export, of which
the entry holds a salted hash.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import sqlite3
from contextlib import AbstractContextManager, suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from data.errors import WarehouseError
from data.people.audit_event import AuditSubject
from data.store import private_files
from data.store.sqlite_file import SqliteKind

ENDING, KEY_ENDING, HEAD_ENDING = ".audit.sqlite", ".audit.key", ".audit.head"
MARK = 0x434C4155  # "CLAU"
GENESIS = "0" * 64
CREATED = (
    """CREATE TABLE entry (
        number INTEGER PRIMARY KEY, moment TEXT NOT NULL, person TEXT NOT NULL, roles TEXT NOT NULL,
        place TEXT NOT NULL, event TEXT NOT NULL, detail TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,
        amount INTEGER, reason TEXT NOT NULL, policy TEXT NOT NULL, seal TEXT NOT NULL)""",
    "CREATE INDEX entry_moment ON entry (moment)",
    "CREATE TABLE pseudonym (known_by TEXT PRIMARY KEY, kind TEXT NOT NULL, value TEXT NOT NULL UNIQUE)",
    "CREATE TABLE reason (number INTEGER PRIMARY KEY, salt TEXT NOT NULL, words TEXT NOT NULL)",
    """CREATE TRIGGER entries_never_change BEFORE UPDATE ON entry
        BEGIN SELECT RAISE(ABORT, 'entries of the audit are never changed'); END""",
    """CREATE TRIGGER entries_go_by_purge BEFORE DELETE ON entry
        WHEN OLD.number > (SELECT coalesce(max(amount), 0) FROM entry WHERE event = 'purged')
        BEGIN SELECT RAISE(ABORT, 'entries of the audit go by a purge alone'); END""",
)
KIND = SqliteKind(
    MARK,
    (CREATED,),
    holds="who did what",
    other="the audit of Clientela",
    remedy="Put it back from a copy together with its key; or move all three files of the audit away to begin another.",
    synchronous="FULL",
)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit, as it is sealed. `moment` in UTC; `amount` rows, letters or numbers, as `detail` says."""

    number: int
    moment: str
    person: str
    roles: str
    place: str
    event: str
    detail: str
    kind: str
    subject: str
    amount: int | None
    reason: str
    policy: str

    def seal(self, before: str, key: bytes) -> str:
        """HMAC-SHA256 over the seal of the entry before and this one, in hexadecimal."""
        told = json.dumps([before, *astuple(self)], ensure_ascii=False, separators=(",", ":"))
        return hmac.new(key, told.encode(), hashlib.sha256).hexdigest()


FIELDS = tuple(each.name for each in fields(AuditEntry))
INSERTED = f"INSERT INTO entry ({', '.join(FIELDS)}, seal) VALUES ({', '.join('?' * (len(FIELDS) + 1))})"


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The last entry: its number, 0 where there is none, and its seal."""

    number: int = 0
    seal: str = GENESIS


NO_ENTRY = ChainHead()


def place(warehouse: Path) -> Path:
    """Where the audit of a warehouse lies."""
    return warehouse.with_name(f"{warehouse.name}{ENDING}")


def reading(file: Path) -> AbstractContextManager[sqlite3.Connection | None]:
    """One state of the audit; None where nothing was ever noted. Errors: WarehouseError."""
    return KIND.reading(file)


def writing(file: Path) -> AbstractContextManager[sqlite3.Connection]:
    """A transaction alone with the audit. Errors: WarehouseError."""
    return KIND.writing(file)


def beside(file: Path, ending: str) -> Path:
    """The key or the head of the audit at `file`."""
    return file.with_name(f"{file.name.removesuffix(ENDING)}{ending}")


def key_of(file: Path, make: bool = False) -> bytes:
    """The key of the installation; made where there is no entry yet and `make`. Errors: WarehouseError."""
    at = beside(file, KEY_ENDING)
    with suppress(FileNotFoundError):
        return bytes.fromhex(at.read_text("ascii").strip())
    if not make or beside(file, HEAD_ENDING).exists():
        raise WarehouseError(
            f"{at.name} is not there: without the key of the audit nothing can be noted or checked.",
            "Put it back from a copy; or move all files of the audit away to begin another.",
        )
    return private_files.made_secret(at)


def head_told(file: Path) -> ChainHead:
    """The head as it was told apart from the entries; of nothing where there is none, or none that can be read."""
    try:
        number, seal = beside(file, HEAD_ENDING).read_text("ascii").split()
        return ChainHead(int(number), seal)
    except (FileNotFoundError, ValueError):
        return NO_ENTRY


def tell_head(file: Path, head: ChainHead) -> None:
    """Write the head down, unless another process went further meanwhile."""
    if head.number < head_told(file).number:
        return
    told = f"{head.number:020} {head.seal}\n".encode()
    written = os.open(beside(file, HEAD_ENDING), os.O_WRONLY | os.O_CREAT, private_files.FILE)
    try:
        os.pwrite(written, told, 0)  # always as long: whoever reads meanwhile has the one before or this one
    finally:
        os.close(written)


def last(connection: sqlite3.Connection, file: Path) -> ChainHead:
    """What the next entry continues: the last one; where all are gone, the head that was told, so that it shows."""
    found = connection.execute("SELECT number, seal FROM entry ORDER BY number DESC LIMIT 1").fetchone()
    return ChainHead(*found) if found else head_told(file)


def add(connection: sqlite3.Connection, entry: AuditEntry, seal: str) -> None:
    """Insert an entry with its seal."""
    connection.execute(INSERTED, (*astuple(entry), seal))


def known_by(subject: AuditSubject, key: bytes) -> str:
    """The keyed hash by which the made-up value of a subject is found again."""
    return hmac.new(key, f"{subject.kind}\0{subject.value}".encode(), hashlib.sha256).hexdigest()


def pseudonym(connection: sqlite3.Connection, subject: AuditSubject, key: bytes) -> str:
    """What stands for a subject: itself where it tells nobody, else the made-up value of it."""
    if not subject.secret or not subject.value:
        return subject.value
    told = [known_by(subject, key), subject.kind, secrets.token_hex(8)]
    connection.execute("INSERT OR IGNORE INTO pseudonym VALUES (?, ?, ?)", told)
    return str(connection.execute("SELECT value FROM pseudonym WHERE known_by = ?", told[:1]).fetchone()[0])


def keep_reason(connection: sqlite3.Connection, number: int, text: str) -> str:
    """Keep the words of a reason apart; what the entry holds of them, nothing where there are none."""
    if not text:
        return ""
    salt = secrets.token_hex(16)
    connection.execute("INSERT INTO reason VALUES (?, ?, ?)", [number, salt, text])
    return reason_hash(salt, text)


def reason_hash(salt: str, text: str) -> str:
    """What an entry holds of a reason: a check while the words are there, nothing once they went."""
    return hashlib.sha256(f"{salt}\0{text}".encode()).hexdigest()


def leave_nothing(file: Path) -> None:
    """Leave no byte of what was taken out: in no free page and in no log of SQLite. Errors: WarehouseError."""
    with KIND.alone(file) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

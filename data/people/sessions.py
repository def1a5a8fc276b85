"""Who is signed in: sessions on the server, of which a browser holds a random token and the store that token's hash.

Every request asks, so a process keeps what it read for a second. What another process ends is ended here then.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from data import environment
from data.access.policies import policy_of
from data.errors import BadInput, NotAllowed
from data.people import audit_event, audit_log, people_store
from data.people.audit_event import AuditEvent
from data.people.people_store import changing

KEPT_SECONDS = 1.0
LONGEST_HOURS = 12
CLOCKS_DIFFER_SECONDS = 300
ACT_WRITTEN_SECONDS = 20.0
TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class SignedInSession:
    """One browser's session: `token` is the hash of what it holds, `may` what tells apart what the person might as it
    began. `groups` are the provider's, `roles` those of the person's account by now."""

    token: str
    person: str
    groups: tuple[str, ...]
    provider: bool
    may: str
    began: float
    acted: float
    roles: tuple[str, ...] = ()


@dataclass(slots=True)
class _Known:
    """What this process last read of one store."""

    connection: sqlite3.Connection | None = None
    file: tuple[int, int] = (0, 0)
    version: int = -1
    read_at: float = -KEPT_SECONDS
    has_accounts: bool = False
    found: dict[str, SignedInSession] = field(default_factory=dict)


_known: dict[Path, _Known] = {}
_reading = threading.RLock()


def begin(
    warehouse: Path,
    person: str,
    groups: tuple[str, ...] = (),
    roles: tuple[str, ...] = (),
    account_of: datetime | None = None,
) -> str:
    """A new session; what the browser is to hold. `account_of` is when the account that was checked was changed last;
    without, a provider said who signs in.

    Errors: NotAllowed where the person has no role or the account was changed meanwhile, BadInput where what roles may
    cannot be read, WarehouseError.
    """
    may = policy_of(warehouse, person, groups, roles).whole_print
    token, now = secrets.token_urlsafe(TOKEN_BYTES), time.time()
    row = (hashed(token), person, json.dumps(groups), account_of is None, may, now, now)
    with changing(warehouse) as rows:
        if account_of is not None and not _is_unchanged(rows, person, account_of):
            raise NotAllowed("The account was changed just now.", "Sign in again.")
        rows.execute("DELETE FROM session WHERE began < ? OR acted < ?", _outlived(now))
        how = "provider" if account_of is None else "account"
        audit_log.note(AuditEvent.SIGNED_IN, detail=how, person=person, at=warehouse)
        rows.execute("INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    look_again(warehouse)
    return token


def _is_unchanged(rows: sqlite3.Connection, name: str, changed_at: datetime) -> bool:
    asked = "SELECT 1 FROM account WHERE name = ? AND changed_at = ?"
    return rows.execute(asked, [name, changed_at.isoformat()]).fetchone() is not None


def found(warehouse: Path, token: str) -> SignedInSession | None:
    """The session of a browser that holds `token`; None where there is none any longer. Errors: WarehouseError."""
    if not token:
        return None
    key = hashed(token)
    with _reading:
        known = _renewed(warehouse)
        session = known.found.get(key) or _renewed(warehouse, anew=True).found.get(key)
    if session is None or not _lasts(session, time.time()):
        return None
    if not _may_as_before(warehouse, session):
        return None
    return session


def _may_as_before(warehouse: Path, session: SignedInSession) -> bool:
    """Whether the person's roles are what they were. Where they are others, the session has ended for good; where there
    are none or the file cannot be read, as while somebody writes it, it is shut until they are back."""
    try:
        may = policy_of(warehouse, session.person, session.groups, session.roles).whole_print
    except (NotAllowed, BadInput):
        return False
    if may != session.may:
        _end(warehouse, session.token, "roles_changed")
    return may == session.may


def acted(warehouse: Path, session: SignedInSession) -> None:
    """A person did something: the session lasts from now on. Errors: WarehouseError."""
    now = time.time()
    if now - session.acted < ACT_WRITTEN_SECONDS:
        return
    with changing(warehouse, lasting=False) as rows:
        rows.execute("UPDATE session SET acted = ? WHERE token = ?", [now, session.token])
    look_again(warehouse)


def end(warehouse: Path, token: str) -> None:
    """Sign one browser out, in all its tabs. Errors: WarehouseError."""
    _end(warehouse, hashed(token), "left")


def _end(warehouse: Path, hashed_token: str, why: str) -> None:
    with changing(warehouse) as rows:
        for (person,) in rows.execute(
            "SELECT person FROM session WHERE token = ?", [hashed_token]
        ).fetchall():
            audit_log.note(AuditEvent.SIGNED_OUT, detail=why, person=person, at=warehouse)
        rows.execute("DELETE FROM session WHERE token = ?", [hashed_token])
    look_again(warehouse)


def end_all(warehouse: Path, person: str) -> int:
    """Sign a person out of every browser; of how many. Errors: WarehouseError."""
    with changing(warehouse) as rows:
        asked = "DELETE FROM session WHERE person IN (?, ?)"
        audit_log.note(AuditEvent.ADMINISTERED, audit_event.account(person), "sessions_ended", at=warehouse)
        ended = rows.execute(asked, [person, person.casefold()]).rowcount
    look_again(warehouse)
    return ended


def listed(warehouse: Path) -> tuple[SignedInSession, ...]:
    """Whoever is signed in now, one a browser. Errors: WarehouseError."""
    with _reading:
        every = tuple(_renewed(warehouse).found.values())
    return tuple(each for each in every if _lasts(each, time.time()))


def has_accounts(warehouse: Path) -> bool:
    """Whether anybody may sign in with a password. Errors: WarehouseError."""
    with _reading:
        return _renewed(warehouse).has_accounts


def spent(warehouse: Path, state: str) -> bool:
    """Whether this answer of a provider was used before; from now on it was. Errors: WarehouseError."""
    now = time.time()
    with changing(warehouse) as rows:
        rows.execute("DELETE FROM spent WHERE at < ?", [now - LONGEST_HOURS * 3600])
        return not rows.execute("INSERT OR IGNORE INTO spent VALUES (?, ?)", [hashed(state), now]).rowcount


def read(warehouse: Path, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
    """Rows of the store, none where there is no store. Errors: WarehouseError."""
    file = people_store.place(warehouse)
    with _reading, people_store.in_words(file):
        known = _connected(file)
        return known.connection.execute(sql, parameters or []).fetchall() if known.connection else []


def look_again(warehouse: Path) -> None:
    """This process changed the store: what it kept is read anew."""
    with _reading:
        if known := _known.get(people_store.place(warehouse)):
            known.read_at = -KEPT_SECONDS


def hashed(token: str) -> str:
    """What is kept of a token: enough to know it by, nothing to sign in with."""
    return hashlib.sha256(token.encode()).hexdigest()


def _lasts(session: SignedInSession, now: float) -> bool:
    """Neither idle for too long nor too old; nor from a time to come, as where a clock was put back."""
    idle = now - session.acted
    is_old = now - session.began > LONGEST_HOURS * 3600
    return -CLOCKS_DIFFER_SECONDS <= idle <= environment.idle_minutes() * 60 and not is_old


def _outlived(now: float) -> tuple[float, float]:
    return now - LONGEST_HOURS * 3600, now - environment.idle_minutes() * 60


def _renewed(warehouse: Path, anew: bool = False) -> _Known:
    """What is known, at most KEPT_SECONDS old."""
    file = people_store.place(warehouse)
    known = _known.get(file)
    if known and not anew and time.monotonic() - known.read_at < KEPT_SECONDS:
        return known
    with people_store.in_words(file):
        known = _connected(file)
        if known.connection is not None:
            (version,) = known.connection.execute("PRAGMA data_version").fetchone()
            if version != known.version:
                _read_all(known, known.connection)
                known.version = version
    known.read_at = time.monotonic()
    return known


def _read_all(known: _Known, rows: sqlite3.Connection) -> None:
    roles = {name: tuple(json.loads(held)) for name, held in rows.execute("SELECT name, roles FROM account")}
    known.has_accounts = bool(roles)
    known.found = {}
    for token, person, groups, provider, may, began, acted in rows.execute("SELECT * FROM session"):
        held = () if provider else roles.get(person, ())
        known.found[token] = SignedInSession(
            token, person, tuple(json.loads(groups)), bool(provider), may, began, acted, held
        )


def _connected(file: Path) -> _Known:
    """Held open, so that it is told cheaply whether another changed it; anew where another file lies there."""
    try:
        about = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        about = None
    is_now = (about.st_dev, about.st_ino) if about and about.st_size else (0, 0)
    known = _known.get(file)
    if known is None or known.file != is_now:
        if known and known.connection:
            known.connection.close()
        connection = people_store.opened(file) if any(is_now) else None
        known = _known[file] = _Known(connection, is_now)
    return known

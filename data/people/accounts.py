"""Local accounts: for a firm without a provider of sign-in. Of a password only its argon2id hash is kept."""

from __future__ import annotations

import re
import sqlite3
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from data.errors import BadInput, did_you_mean
from data.people import sessions
from data.people.people_store import changing

SHORTEST, LONGEST = 12, 1024
NAME = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]{0,62}[a-z0-9])?")
ADMINISTRATORS = "administrators"
_hasher = PasswordHasher()
_at_once = threading.BoundedSemaphore(2)  # 64 MiB each


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in with a password."""

    name: str
    administrator: bool
    changed_at: datetime

    @property
    def groups(self) -> tuple[str, ...]:
        """What a policies file may map to roles."""
        return (ADMINISTRATORS,) if self.administrator else ()


def add(warehouse: Path, name: str, password: str, administrator: bool = False) -> Account:
    """A new account; the first of all is an administrator's.

    Errors: BadInput where the name is none or taken, or the password too short.
    """
    name = known_as(name)
    hashed = _hashed(name, password)
    with changing(warehouse) as rows:
        if rows.execute("SELECT 1 FROM account WHERE name = ?", [name]).fetchone():
            raise BadInput(
                f"There is an account {name!r} already.", f"Change its password: people password {name}."
            )
        first = not rows.execute("SELECT 1 FROM account").fetchone()
        row = (name, hashed, administrator or first, _now())
        rows.execute("INSERT INTO account VALUES (?, ?, ?, ?)", row)
    sessions.look_again(warehouse)
    return Account(name, administrator or first, datetime.fromisoformat(row[3]))


def change_password(warehouse: Path, name: str, password: str) -> None:
    """Another password; whoever is signed in with the old one is signed out. Errors: BadInput."""
    name = known_as(name)
    hashed = _hashed(name, password)
    with changing(warehouse) as rows:
        _found(rows, name)
        rows.execute("UPDATE account SET password = ?, changed_at = ? WHERE name = ?", [hashed, _now(), name])
        rows.execute("DELETE FROM session WHERE person = ? AND NOT provider", [name])
    sessions.look_again(warehouse)


def remove(warehouse: Path, name: str) -> None:
    """No account of that name any longer, and nobody signed in by it.

    Errors: BadInput where there is none, or it is the last administrator's.
    """
    name = known_as(name)
    with changing(warehouse) as rows:
        if _found(rows, name).administrator and _administrators(rows) == 1:
            raise BadInput(
                f"{name!r} is the last administrator.",
                "Add another first: python -m data people add NAME --administrator.",
            )
        rows.execute("DELETE FROM account WHERE name = ?", [name])
        rows.execute("DELETE FROM session WHERE person = ?", [name])
    sessions.look_again(warehouse)


def listed(warehouse: Path) -> tuple[Account, ...]:
    """All accounts by name. Errors: WarehouseError."""
    return tuple(
        Account(name, bool(administrator), datetime.fromisoformat(changed))
        for name, administrator, changed in sessions.read(
            warehouse, "SELECT name, administrator, changed_at FROM account ORDER BY name"
        )
    )


def checked(warehouse: Path, name: str, password: str) -> Account | None:
    """The account that this name and password open. It takes as long where there is no such account.

    Errors: WarehouseError.
    """
    name, nobodys = name.strip().casefold(), _nobodys()
    found = sessions.read(
        warehouse, "SELECT password, administrator, changed_at FROM account WHERE name = ?", [name]
    )
    hashed, administrator, changed = found[0] if found else (nobodys, False, _now())
    is_right = _verified(hashed, password[:LONGEST])
    return Account(name, bool(administrator), datetime.fromisoformat(changed)) if found and is_right else None


def known_as(name: str) -> str:
    """A name as it is kept. Errors: BadInput."""
    found = name.strip().casefold()
    if not NAME.fullmatch(found):
        raise BadInput(
            f"{name!r} is no name of an account.",
            "Give 1 to 64 letters of a to z, digits and . _ @ + -, such as maria or maria@example.com.",
        )
    return found


def _hashed(name: str, password: str) -> str:
    if not SHORTEST <= len(password) <= LONGEST or len(set(password)) < 4 or name in password.casefold():
        raise BadInput(
            "The password is too easy to guess.",
            f"Give {SHORTEST} to {LONGEST:,} letters that do not hold the name: four words do well.",
        )
    with _at_once:
        return _hasher.hash(password)


def _verified(hashed: str, password: str) -> bool:
    try:
        with _at_once:
            return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    """The hash that a name without an account is checked against."""
    return _hasher.hash("nobody's")


def _found(rows: sqlite3.Connection, name: str) -> Account:
    found = rows.execute("SELECT administrator, changed_at FROM account WHERE name = ?", [name]).fetchone()
    if found is None:
        names = [each for (each,) in rows.execute("SELECT name FROM account")]
        raise BadInput(f"There is no account {name!r}.", did_you_mean(name, names))
    return Account(name, bool(found[0]), datetime.fromisoformat(found[1]))


def _administrators(rows: sqlite3.Connection) -> int:
    found: int = rows.execute("SELECT count(*) FROM account WHERE administrator").fetchone()[0]
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")

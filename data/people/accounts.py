"""Local accounts: for a firm without a provider of sign-in. Of a password only its argon2id hash is kept."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from data.access.deed import Deed
from data.access.policies import policy_of
from data.errors import BadInput, NotAllowed, did_you_mean
from data.people import audit_event, audit_log, sessions
from data.people.audit_event import AuditEvent
from data.people.people_store import changing

SHORTEST, LONGEST = 12, 1024
NAME = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]{0,62}[a-z0-9])?")
ADMINISTRATOR = "administrator"
SELECTED = "SELECT name, roles, changed_at FROM account"
_hasher = PasswordHasher()


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in with a password, and the roles that they have beside those of the policies."""

    name: str
    roles: tuple[str, ...]
    changed_at: datetime


def add(warehouse: Path, name: str, password: str, roles: Sequence[str] = ()) -> Account:
    """A new account; the first of all is an administrator's.

    Errors: BadInput where the name is none or taken, the password too short, or there is no such role; NotAllowed where
    it would have no role.
    """
    name = known_as(name)
    hashed = _hashed(name, password)
    with changing(warehouse) as rows:
        every = _listed(rows)
        if name in every:
            raise BadInput(
                f"There is an account {name!r} already.", "Change its password: people password NAME."
            )
        first = () if every else (ADMINISTRATOR,)
        account = Account(name, tuple(dict.fromkeys((*roles, *first))), datetime.now(UTC))
        policy_of(warehouse, name, (), account.roles)
        _note(warehouse, name, "account_added")
        rows.execute("INSERT INTO account VALUES (?, ?, ?, ?)", [name, hashed, *_rest(account)])
    sessions.look_again(warehouse)
    return account


def change_password(warehouse: Path, name: str, password: str) -> None:
    """Another password; whoever is signed in with the old one is signed out. Errors: BadInput."""
    name = known_as(name)
    hashed = _hashed(name, password)
    with changing(warehouse) as rows:
        account = replace(_found(rows, name), changed_at=datetime.now(UTC))
        _note(warehouse, name, "password_changed")
        rows.execute("REPLACE INTO account VALUES (?, ?, ?, ?)", [name, hashed, *_rest(account)])
        rows.execute("DELETE FROM session WHERE person = ? AND NOT provider", [name])
    sessions.look_again(warehouse)


def change_roles(warehouse: Path, name: str, roles: Sequence[str]) -> Account:
    """Other roles; whoever is signed in with the old ones is signed out.

    Errors: BadInput where there is no such account or role, or no administrator would be left; NotAllowed where none is
    left to them.
    """
    name = known_as(name)
    with changing(warehouse) as rows:
        account = replace(_found(rows, name), roles=tuple(dict.fromkeys(roles)))
        policy_of(warehouse, name, (), account.roles)
        _check_somebody_administers(warehouse, {**_listed(rows), name: account}, name)
        _note(warehouse, name, "roles_changed")
        rows.execute("UPDATE account SET roles = ? WHERE name = ?", [json.dumps(account.roles), name])
    sessions.look_again(warehouse)
    return account


def remove(warehouse: Path, name: str) -> None:
    """No account of that name any longer, and nobody signed in by it.

    Errors: BadInput where there is none, or it is the last administrator's.
    """
    name = known_as(name)
    with changing(warehouse) as rows:
        _found(rows, name)
        kept = {each: account for each, account in _listed(rows).items() if each != name}
        _check_somebody_administers(warehouse, kept, name)
        _note(warehouse, name, "account_removed")
        rows.execute("DELETE FROM account WHERE name = ?", [name])
        rows.execute("DELETE FROM session WHERE person = ?", [name])
    sessions.look_again(warehouse)


def _note(warehouse: Path, name: str, deed: str) -> None:
    """The audit knows of it first. Errors: WarehouseError."""
    audit_log.note(AuditEvent.ADMINISTERED, audit_event.account(name), deed, at=warehouse)


def _check_somebody_administers(warehouse: Path, accounts: Mapping[str, Account], name: str) -> None:
    for each in accounts.values():
        with suppress(NotAllowed):
            if policy_of(warehouse, each.name, (), each.roles).may(Deed.ADMINISTER):
                return
    raise BadInput(
        f"{name!r} is the last administrator.",
        "Make another first: python -m data people add NAME --role administrator.",
    )


def listed(warehouse: Path) -> tuple[Account, ...]:
    """All accounts by name. Errors: WarehouseError."""
    return tuple(_account(*row) for row in sessions.read(warehouse, f"{SELECTED} ORDER BY name"))


def checked(warehouse: Path, name: str, password: str) -> Account | None:
    """The account that this name and password open. It takes as long where there is no such account.

    Errors: WarehouseError.
    """
    nobodys, asked = _nobodys(), "SELECT password, name, roles, changed_at FROM account WHERE name = ?"
    found = sessions.read(warehouse, asked, [name.strip().casefold()])
    is_right = _verified(found[0][0] if found else nobodys, password[:LONGEST])
    return _account(*found[0][1:]) if found and is_right else None


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
    return _hasher.hash(password)


def _verified(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    """The hash that a name without an account is checked against."""
    return _hasher.hash("nobody's")


def _found(rows: sqlite3.Connection, name: str) -> Account:
    every = _listed(rows)
    if name not in every:
        raise BadInput(f"There is no account {name!r}.", did_you_mean(name, every))
    return every[name]


def _listed(rows: sqlite3.Connection) -> dict[str, Account]:
    return {row[0]: _account(*row) for row in rows.execute(SELECTED)}


def _account(name: str, roles: str, changed_at: str) -> Account:
    return Account(name, tuple(json.loads(roles)), datetime.fromisoformat(changed_at))


def _rest(account: Account) -> tuple[str, str]:
    return json.dumps(account.roles), account.changed_at.isoformat()

"""Tries to sign in: who fails waits longer each time, by account and by address, and nobody for ever.

An address from which an account was opened lately does not wait for what others try with that account.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from pathlib import Path

from data.people.people_store import changing

FREE_OF_ACCOUNT, FREE_OF_ADDRESS = 5, 20
LONGEST_WAIT = 60.0
FORGOTTEN_AFTER = 15 * 60
KNOWN_FOR = 30 * 24 * 3600


def tried(warehouse: Path, name: str, address: str) -> float:
    """Count a try before its password is looked at; the seconds to wait first, 0 where it may go on.

    One that has to wait does not count. Errors: WarehouseError.
    """
    now = time.time()
    of_account, of_address, known = _keys(name, address)
    with changing(warehouse) as rows:
        rows.execute(
            "DELETE FROM failure WHERE latest < ? AND (times > 0 OR latest < ?)",
            [now - FORGOTTEN_AFTER, now - KNOWN_FOR],
        )
        waits = [_wait(rows, of_address, FREE_OF_ADDRESS, now)]
        if not rows.execute("SELECT 1 FROM failure WHERE whose = ?", [known]).fetchone():
            waits.append(_wait(rows, of_account, FREE_OF_ACCOUNT, now))
        if max(waits) <= 0:
            for whose in (of_account, of_address):
                rows.execute(
                    "INSERT INTO failure VALUES (?, 1, ?) ON CONFLICT DO UPDATE SET times = times + 1, latest = ?",
                    [whose, now, now],
                )
    return max(0.0, *waits)


def succeeded(warehouse: Path, name: str, address: str) -> None:
    """The password was right: the account's tries are forgotten, half of the address's, and they know each other."""
    of_account, of_address, known = _keys(name, address)
    with changing(warehouse) as rows:
        rows.execute("DELETE FROM failure WHERE whose = ?", [of_account])
        rows.execute("UPDATE failure SET times = times / 2 WHERE whose = ?", [of_address])
        rows.execute("REPLACE INTO failure VALUES (?, 0, ?)", [known, time.time()])


def _wait(rows: sqlite3.Connection, whose: str, free: int, now: float) -> float:
    found = rows.execute("SELECT times, latest FROM failure WHERE whose = ?", [whose]).fetchone()
    if found is None or found[0] < free:
        return 0.0
    times, latest = found
    return float(min(2.0 ** min(times - free, 10), LONGEST_WAIT) - abs(now - latest))


def _keys(name: str, address: str) -> tuple[str, str, str]:
    """Whose tries these are, and whether they know each other: hashed, for a name may be a mistyped password."""
    name = name.strip().casefold()
    of_each = f"account {name}", f"address {address}", f"both {name} {address}"
    account, place, both = (hashlib.sha256(each.encode()).hexdigest() for each in of_each)
    return account, place, both

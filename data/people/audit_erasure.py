"""A person who is erased can no longer be found in the audit; that somebody saw a customer, and when, stays.

Whoever is erased has no longer anything that stands for them, nor has any word that was searched, which may have been
their name; reasons that name them go. The entries themselves are not touched: the chain is as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from data.people import audit_event, audit_log, audit_store


def unlink(warehouse: Path, numbers: Iterable[str], named: re.Pattern[str]) -> int:
    """Forget what stands for a customer of these numbers, and for any searched words, and reasons that `named` finds.

    Returns how much went. Errors: WarehouseError.
    """
    audit_log.flush()
    file = audit_store.place(warehouse)
    if not file.exists():
        return 0
    key = audit_store.key_of(file)
    known = [(audit_store.known_by(audit_event.customer(each), key),) for each in numbers]
    with audit_store.writing(file) as connection:
        told = connection.execute("SELECT number, words FROM reason").fetchall()
        naming = [(number,) for number, words in told if named.search(words)]
        went = [
            connection.executemany("DELETE FROM pseudonym WHERE known_by = ?", known),
            connection.execute("DELETE FROM pseudonym WHERE kind = ?", [audit_event.WORDS]),
            connection.executemany("DELETE FROM reason WHERE number = ?", naming),
        ]
    audit_store.leave_nothing(file)
    return sum(max(each.rowcount, 0) for each in went)

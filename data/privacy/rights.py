"""A customer's rights: to be told what is held (`access`), and to be forgotten without changing any total.

Forgetting makes a customer nobody: names, addresses, numbers and free texts go, and so do the kept snapshots that
hold them; what was bought, when and where stays, under a made-up number. Salted hashes of the numbers stay, so
that a later load of the same number brings nobody back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data.access.acting import acting
from data.access.deed import Deed
from data.connection import Connection
from data.errors import BadRequest
from data.people.audit_event import customer
from data.people.export_note import exporting
from data.privacy.access import access, write_zip
from data.privacy.erasure import erase, leftovers, namesakes, remember
from data.privacy.person import Person, asks, find
from data.privacy.purge import purge
from data.store import end_of_write, extension, publication
from data.store.warehouse import Warehouse, current_version, writing

__all__ = ["Erasure", "access", "forget", "tell"]

ELSEWHERE = (
    "Backups, exports and the files from which was loaded lie elsewhere: erase the person there, too.",
    "Let the sources know, or they deliver the person again; under the same numbers nothing of it is stored.",
)


@dataclass(frozen=True, slots=True)
class Erasure:
    """What forgetting did: the number that stands for the customer now, and sentences for whoever asked."""

    id: str
    told: tuple[str, ...]


def forget(path: Path, customer_id: str, by: str = "") -> Erasure:
    """Erase the person behind `customer_id` from the warehouse at `path` and from everything kept beside it.

    Errors: BadRequest where there is no such customer; WarehouseError. Done again after an interruption, it
    ends what it began.
    """
    current_version(path)
    told: list[str] = []
    person = _look(path, customer_id)
    with publication.erasing(
        path, "erased a customer", lambda: told.extend(purge(path, person))
    ) as connection:
        rows = asks(connection)
        person = find(rows, customer_id)
        _refuse_nobody(rows, person)
        remember(connection, person)
        id, sentences = erase(connection, person)
        told += [*sentences, *namesakes(rows, person), *leftovers(connection, person)]
        _write_down(connection, "erased", id, by)
        end_of_write.complete(connection)
        extension.conclude(connection, path)
    return Erasure(id, (*told, *ELSEWHERE))


def _refuse_nobody(rows: Any, person: Person) -> None:
    forgotten = {key for (key,) in rows("SELECT identity_key FROM erased", [])}
    if person.keys and forgotten.issuperset(person.keys):
        raise BadRequest(f"{person.id} is forgotten already.", "There is nothing left to erase.")


def tell(path: Path, customer_id: str, to: Path, by: str = "") -> None:
    """Write what is held of a customer to the zip file `to`, and that it was done. Errors: BadRequest, BadInput,
    NotAllowed."""
    acting().policy.check(Deed.ERASE)
    warehouse = Warehouse(path)
    try:
        held = access(warehouse, customer_id)
        exporting("customer_held", customer(customer_id), sum(each.height for each in held.values()), path)
        write_zip(held, to)
    finally:
        warehouse.close()
    with writing(path, "told a customer what is held", Deed.ERASE) as connection:
        _write_down(connection, "exported", f"customer {find(asks(connection), customer_id).code}", by)


def _look(path: Path, customer_id: str) -> Person:
    warehouse = Warehouse(path)
    try:
        return find(warehouse.rows, customer_id)
    finally:
        warehouse.close()


def _write_down(connection: Connection, deed: str, subject: str, by: str) -> None:
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    connection.execute("INSERT INTO privacy VALUES (?, ?, ?, ?, ?)",
                       [now, deed, subject, by or "command line", " ".join(ELSEWHERE)])  # fmt: skip

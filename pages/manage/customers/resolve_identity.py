"""What people decide about customers, done in the warehouse: same, different, undone, told, erased."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from data import environment
from data.errors import BadRequest
from data.privacy import rights
from data.review import customer_records, identity_decisions
from data.review.customer_records import APART, TOGETHER, Identity
from data.store import private_files
from pages.ui import session

BY = "dashboard"
NOT_YET = (
    "It is saved; the numbers follow when the load that is writing has ended, with the next publication."
)


def _path() -> Path:
    return environment.warehouse().resolve()


def merge(one: Identity, other: Identity) -> str:
    """Errors: BadRequest, WarehouseError."""
    if one.code == other.code:
        raise BadRequest(
            f"{one.called} and {other.called} are one customer already.", "There is nothing to merge."
        )
    followed = identity_decisions.decide(_path(), one.key, other.key, TOGETHER, BY)
    return _told(f"{one.called} and {other.called} are one customer from now on.", followed)


def review(one: Identity, other: Identity, decide: Callable[[Identity, Identity], str]) -> str:
    """Merge or part two that wait for it: a second key that is pressed before the page changed decides nothing.

    Errors: BadRequest, WarehouseError.
    """
    waiting = {(pair.one, pair.other) for pair in customer_records.doubtful(session.renewed())}
    if not {(one.key, other.key), (other.key, one.key)} & waiting:
        raise BadRequest(
            f"{one.called} and {other.called} were decided a moment ago: that stands.",
            "What was pressed after it changed nothing.",
        )
    return decide(one, other)


def part(one: Identity, other: Identity) -> str:
    """Errors: BadRequest, WarehouseError."""
    followed = identity_decisions.decide(_path(), one.key, other.key, APART, BY)
    return _told(f"{one.called} and {other.called} are different people.", followed)


def split(one: Identity, everyone: list[Identity]) -> str:
    """Take one number out of its customer. Errors: BadRequest, WarehouseError."""
    followed = [
        identity_decisions.decide(_path(), one.key, other.key, APART, BY)
        for other in everyone
        if other.key != one.key
    ]
    return _told(f"{one.called} is a customer of its own.", all(followed))


def undo(one: int, other: int) -> str:
    """Errors: BadRequest, WarehouseError."""
    return _told("The decision is undone.", identity_decisions.undo(_path(), one, other, BY))


def _told(sentence: str, followed: bool) -> str:
    """What was done, and that numbers are still as they were where somebody else is writing."""
    return sentence if followed else f"{sentence} {NOT_YET}"


def held(customer_id: str) -> bytes:
    """A zip of all that is held of a customer; that it was given out is written down. Errors: ClientelaError."""
    with private_files.folder_for_a_while() as folder:
        to = Path(folder) / "held.zip"
        rights.tell(_path(), customer_id, to, BY)
        return to.read_bytes()


def erase(customer_id: str) -> str:
    """Errors: BadRequest, WarehouseError."""
    done = rights.forget(_path(), customer_id, BY)
    return f"The person is erased; what was bought stands under {done.id}. {' '.join(done.told)}"

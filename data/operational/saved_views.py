"""Saved views: addresses of Explore under a name, for whoever saved them or for everybody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import uuid4

from data.errors import BadRequest
from data.operational import statement_log
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import plain_name
from data.operational.standing_on import StandingOn
from data.operational.statement_erasure import ERASED
from data.operational.statement_kinds import SAVED_VIEW
from data.operational.statement_log import Statement, StatementLog

PRIVATE, SHARED = "private", "shared"
KEPT, DELETED = "kept", "deleted"
LOOK = "Look at the list again."


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view as it was saved last (UTC). Its owner alone renames, saves over and deletes it."""

    id: str
    name: str
    address: str
    audience: str
    owner: str
    saved_at: datetime
    said: str = field(default="", compare=False)

    @property
    def is_shared(self) -> bool:
        return self.audience == SHARED

    @property
    def is_erased(self) -> bool:
        """Whether it named a customer who was erased, so that it leads nowhere any longer."""
        return self.address == ERASED


def saved_views(store: OperationalStore, who: str) -> tuple[SavedView, ...]:
    """What a person saved and what others share, the newest first."""
    found = _kept(statement_log.current(store, SAVED_VIEW))
    return tuple(each for each in reversed(found) if each.is_shared or each.owner == who)


def find(store: OperationalStore, id: str, who: str) -> SavedView | None:
    """A saved view that a person may open; None where it is gone, or is somebody else's own."""
    return next((each for each in saved_views(store, who) if each.id == id), None)


def every_view(store: OperationalStore) -> dict[str, SavedView]:
    """All saved views by their ids, others' own ones too: for whoever says of one that it is not theirs to see."""
    return {each.id: each for each in _kept(statement_log.current(store, SAVED_VIEW))}


def save(store: OperationalStore, name: str, address: str, audience: str, who: str) -> str:
    """Save an address under a new name, and return the view's id. Errors: BadRequest, WarehouseError."""
    with statement_log.writing(store) as log:
        return _say(log, SavedView(uuid4().hex, plain_name(name), address, audience, who, datetime.min))


def rename(
    store: OperationalStore, id: str, name: str, who: str, standing_on: StandingOn | None = None
) -> None:
    """Errors: BadRequest, ChangedMeanwhile, WarehouseError."""
    with statement_log.writing(store) as log:
        _say(log, replace(_own(log, id, who, standing_on), name=plain_name(name)), standing_on)


def save_over(
    store: OperationalStore, id: str, address: str, who: str, standing_on: StandingOn | None = None
) -> None:
    """Let a saved view be another one from now on. Errors: BadRequest, ChangedMeanwhile, WarehouseError."""
    with statement_log.writing(store) as log:
        _say(log, replace(_own(log, id, who, standing_on), address=address), standing_on)


def show_to(
    store: OperationalStore, id: str, audience: str, who: str, standing_on: StandingOn | None = None
) -> None:
    """Share a view, or keep it for oneself again. Errors: BadRequest, ChangedMeanwhile, WarehouseError."""
    with statement_log.writing(store) as log:
        _say(log, replace(_own(log, id, who, standing_on), audience=audience), standing_on)


def delete(store: OperationalStore, id: str, who: str, standing_on: StandingOn | None = None) -> str:
    """Delete a view; the statement which says so, which `undelete` takes back.

    Errors: BadRequest, ChangedMeanwhile, WarehouseError.
    """
    with statement_log.writing(store) as log:
        return log.say(SAVED_VIEW, _values(_own(log, id, who), DELETED), who, standing_on)


def undelete(store: OperationalStore, statement: str, who: str) -> None:
    """Take a deletion back. Errors: BadRequest where the name is another's meanwhile; WarehouseError."""
    with statement_log.writing(store) as log:
        before = {each.id for each in _kept(log.current(SAVED_VIEW))}
        log.take_back(statement, who)
        kept = _kept(log.current(SAVED_VIEW))
        for each in kept:
            if each.id not in before:
                _refuse_taken(kept, each)


def _say(log: StatementLog, view: SavedView, standing_on: StandingOn | None = None) -> str:
    _refuse_taken(_kept(log.current(SAVED_VIEW)), view)
    log.say(SAVED_VIEW, _values(view, KEPT), view.owner, standing_on)
    return view.id


def _values(view: SavedView, state: str) -> dict[str, str]:
    return {
        "view": view.id,
        "name": view.name,
        "address": view.address,
        "audience": view.audience,
        "state": state,
    }


def _own(log: StatementLog, id: str, who: str, standing_on: StandingOn | None = None) -> SavedView:
    """Errors: BadRequest. Who says on what they stand is told by whom it was deleted, when they say it."""
    found = log.current(SAVED_VIEW)
    view = next((each for each in _kept(found, standing_on is not None) if each.id == id), None)
    if view is None:
        raise BadRequest("That view is not there any more.", LOOK)
    if view.owner != who:
        raise BadRequest(f"That view is {view.owner}'s.", "Save it under a name of your own.")
    return view


def _refuse_taken(kept: Iterable[SavedView], view: SavedView) -> None:
    name = view.name.casefold()
    if any(each.name.casefold() == name for each in kept if each.owner == view.owner and each.id != view.id):
        raise BadRequest(
            f"You have a view called “{view.name}” already.", "Choose another name, or save over it."
        )


def _kept(holding: Iterable[Statement], and_deleted: bool = False) -> list[SavedView]:
    """The views of statements that hold, in the order in which they were saved."""
    return [
        SavedView(
            told["view"], told["name"], told["address"], told["audience"], each.said_by, each.said_at, each.id
        )
        for each in holding
        if (told := each.told)["state"] == KEPT or and_deleted
    ]

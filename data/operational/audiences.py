"""Audiences: customers under a name, found by a question, to be reached by campaigns; everybody of the firm sees them.

What is said here is what was asked; who stands in an audience are rows of the warehouse (`data.campaigns`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import uuid4

from data.errors import BadRequest, did_you_mean
from data.operational import statement_log
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import plain_name
from data.operational.standing_on import StandingOn
from data.operational.statement_erasure import ERASED
from data.operational.statement_kinds import AUDIENCE, Values
from data.operational.statement_log import Statement, StatementLog

FROZEN, LIVING = "frozen", "living"
KEPT, DELETED = "kept", "deleted"
# What the publications are called that bring what was said.
DEEDS = MADE, RENAMED, REMOVED, BACK = (
    "made an audience",
    "renamed an audience",
    "deleted an audience",
    "brought an audience back",
)
LOOK = "Look at the audiences again."


@dataclass(frozen=True, slots=True)
class Audience:
    """An audience as it was said last. Its owner alone renames and deletes it.

    `question` is its text, as `cubes.analysis.audience_question` writes it; `mode` says whether its customers stay as
    they were found (frozen) or follow the question at each publication (living); `version` is the snapshot on which
    they were `counted` when it was made, at `said_at` (UTC).
    """

    id: str
    name: str
    owner: str
    question: str
    mode: str
    version: str
    counted: int
    said_at: datetime
    said: str = field(default="", compare=False)

    @property
    def is_living(self) -> bool:
        return self.mode == LIVING

    @property
    def is_erased(self) -> bool:
        """Whether its question named a customer who was erased, so that it asks for nobody any longer."""
        return self.question == ERASED


def audiences(store: OperationalStore) -> tuple[Audience, ...]:
    """All that are kept, the newest first. Errors: WarehouseError."""
    told = statement_log.history(store, AUDIENCE)
    ended = statement_log.held_until(told, AUDIENCE)
    holding = [each for each in told if each.takes_back is None and each.id not in ended]
    return tuple(sorted(_kept(holding, told), key=lambda each: each.said_at, reverse=True))


def audience_named(found: Sequence[Audience], written: str) -> Audience:
    """The audience of that id, or of that name in any case. Errors: BadRequest where there is none, or several."""
    name = written.strip().casefold()
    of_id = [each for each in found if each.id == written]
    meant = of_id or [each for each in found if each.name.casefold() == name]
    if len(meant) > 1:
        ids = " or ".join(each.id for each in meant)
        raise BadRequest(f"{len(meant)} audiences are called “{written}”.", f"Write its id: {ids}.")
    if meant:
        return meant[0]
    if not found:
        raise BadRequest(f"There is no audience “{written}”.", "Make one first: nobody made any yet.")
    raise BadRequest(
        f"There is no audience “{written}”, or not any more.",
        did_you_mean(written, [each.name for each in found]),
    )


def save(store: OperationalStore, name: str, question: str, mode: str, version: str, counted: int,
         who: str) -> Audience:  # fmt: skip
    """Say a new audience, durable at once. Errors: BadRequest for a name that is taken; WarehouseError."""
    new = Audience(uuid4().hex, plain_name(name), who, question, mode, version, counted, datetime.min)
    with statement_log.writing(store) as log:
        _say(log, new)
        return _own(log, new.id, who)


def unsay(store: OperationalStore, id: str, who: str) -> None:
    """Take back that an audience was made: what was to be written of it never was. Errors: WarehouseError."""
    with statement_log.writing(store) as log:
        for each in log.current(AUDIENCE):
            if each.told["audience"] == id:
                log.take_back(each.id, who)


def check_name(store: OperationalStore, name: str) -> str:
    """The name as it would be kept. Errors: BadRequest where it is none, or taken; WarehouseError."""
    kept = plain_name(name)
    _refuse_taken(audiences(store), kept, "")
    return kept


def rename(
    store: OperationalStore, id: str, name: str, who: str, standing_on: StandingOn | None = None
) -> None:
    """Errors: BadRequest, ChangedMeanwhile, WarehouseError."""
    with statement_log.writing(store) as log:
        _say(log, replace(_own(log, id, who, standing_on), name=plain_name(name)), standing_on)


def delete(store: OperationalStore, id: str, who: str, standing_on: StandingOn | None = None) -> str:
    """Delete an audience; the statement which says so, which `undelete` takes back.

    Errors: BadRequest, ChangedMeanwhile, WarehouseError. Who stood in it stays in the warehouse, and is not followed
    any longer.
    """
    with statement_log.writing(store) as log:
        return log.say(AUDIENCE, _values(_own(log, id, who), DELETED), who, standing_on)


def undelete(store: OperationalStore, statement: str, who: str) -> None:
    """Take back a deletion or a new name. Errors: BadRequest where the name is another's meanwhile; WarehouseError."""
    with statement_log.writing(store) as log:
        before = {(each.id, each.name) for each in _all(log)}
        log.take_back(statement, who)
        kept = _all(log)
        for each in kept:
            if (each.id, each.name) not in before:
                _refuse_taken(kept, each.name, each.id)


def _say(log: StatementLog, new: Audience, standing_on: StandingOn | None = None) -> None:
    _refuse_taken(_all(log), new.name, new.id)
    log.say(AUDIENCE, _values(new, KEPT), new.owner, standing_on)


def _refuse_taken(kept: Iterable[Audience], name: str, id: str) -> None:
    for each in kept:
        if each.name.casefold() == name.casefold() and each.id != id:
            raise BadRequest(
                f"There is an audience called “{each.name}” already, {each.owner}’s.", "Choose another name."
            )


def _own(log: StatementLog, id: str, who: str, standing_on: StandingOn | None = None) -> Audience:
    """Errors: BadRequest. Who says on what they stand is told by whom it was deleted, when they say it."""
    found = next((each for each in _all(log, standing_on is not None) if each.id == id), None)
    if found is None:
        raise BadRequest("That audience is not there any more.", LOOK)
    if found.owner != who:
        raise BadRequest(f"That audience is {found.owner}’s.", "Make one of your own that leans on it.")
    return found


def _all(log: StatementLog, and_deleted: bool = False) -> list[Audience]:
    return _kept(log.current(AUDIENCE), log.history(AUDIENCE), and_deleted)


def _kept(
    holding: Iterable[Statement], told: Iterable[Statement], and_deleted: bool = False
) -> list[Audience]:
    """The audiences of statements that hold; each is as old as the first that was said of it."""
    first: dict[str, datetime] = {}
    for each in (each for each in told if each.takes_back is None):
        first.setdefault(each.told["audience"], each.said_at)
    return [
        _audience(each, first[each.told["audience"]])
        for each in holding
        if each.told["state"] == KEPT or and_deleted
    ]


def _audience(statement: Statement, said_at: datetime) -> Audience:
    told = statement.told
    return Audience(
        told["audience"], told["name"], statement.said_by, told["question"], told["mode"], told["version"],
        told["counted"], said_at, statement.id,
    )  # fmt: skip


def _values(each: Audience, state: str) -> Values:
    return {
        "audience": each.id,
        "name": each.name,
        "question": each.question,
        "mode": each.mode,
        "version": each.version,
        "counted": each.counted,
        "state": state,
    }

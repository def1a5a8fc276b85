"""Member sets: members of one level under a name, by which questions are filtered; somebody's own, or everybody's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, cast
from uuid import uuid4

from data.errors import BadRequest, did_you_mean
from data.operational import statement_log
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import plain_name
from data.operational.standing_on import StandingOn
from data.operational.statement_kinds import MEMBER_SET, HeldMembers, SetMember, Values
from data.operational.statement_log import Statement, StatementLog

PRIVATE, SHARED = "private", "shared"
KEPT, DELETED = "kept", "deleted"
MOST = 10_000
ID = re.compile("[0-9a-f]{32}")
LOOK = "Look at the sets again."


@dataclass(frozen=True, slots=True)
class MemberSet:
    """A set as it was said last (UTC), by the statement `said`. Its owner alone changes it.

    `held` are its members: ids of its level, customers by a number of their sources, None for each who was erased.
    """

    id: str
    name: str
    level: str
    held: HeldMembers
    audience: str
    owner: str
    saved_at: datetime
    said: str = ""

    @property
    def is_shared(self) -> bool:
        return self.audience == SHARED

    @property
    def members(self) -> tuple[SetMember, ...]:
        return tuple(each for each in self.held if each is not None)

    @property
    def erased(self) -> int:
        """How many of its members were erased as persons."""
        return len(self.held) - len(self.members)


def member_sets(store: OperationalStore, who: str) -> tuple[MemberSet, ...]:
    """A person's own and those that others share, the newest first. Errors: WarehouseError."""
    found = _every(store, statement_log.state_of(store, MEMBER_SET))
    return tuple(each for each in found if each.is_shared or each.owner == who)


@lru_cache(maxsize=2)
def _every(store: OperationalStore, state: tuple[Any, ...]) -> tuple[MemberSet, ...]:
    """All that are kept, the newest first: pages ask for them many times a run, and sets may be long."""
    return tuple(reversed(_kept(statement_log.current(store, MEMBER_SET))))


def named(sets: Sequence[MemberSet], written: str, level: str, who: str) -> MemberSet:
    """The set of that id, or else of that name in any case: rather one of the level, rather one's own.

    `sets` are those that the person sees, so that another's private one is not there. Errors: BadRequest where there is
    none, or where there are several.
    """
    name = written.strip().casefold()
    found = [each for each in sets if each.id == written] or [
        each for each in sets if each.name.casefold() == name
    ]
    found = [each for each in found if each.level == level] or found
    found = [each for each in found if each.owner == who] or found
    if not found and ID.fullmatch(written):
        raise BadRequest(
            "The set of this filter is not there any more, or nobody shares it.",
            "Take the filter away, or choose another set.",
        )
    if not found:
        raise BadRequest(f"There is no set “{written}”, or not any more.", _nearest(sets, written))
    if len(found) > 1:
        ways = " or ".join(f"{each.id} ({each.owner}’s)" for each in found)
        raise BadRequest(
            f"“{written}” is the name of {len(found)} sets.", f"Write {ways} instead of the name."
        )
    return found[0]


def _nearest(sets: Sequence[MemberSet], written: str) -> str:
    if not sets:
        return "Save one under Sets in Explore, or take the filter away."
    return did_you_mean(written, dict.fromkeys(each.name for each in sets))


def save(store: OperationalStore, name: str, level: str, members: Iterable[SetMember], audience: str,
         who: str) -> str:  # fmt: skip
    """Save members under a new name, and return the set's id. Errors: BadRequest, WarehouseError."""
    held = _checked(members)
    if not held:
        raise BadRequest("There is nobody to save.", "Choose at least one member.")
    with statement_log.writing(store) as log:
        new = MemberSet(uuid4().hex, plain_name(name), level, held, audience, who, datetime.min)
        _say(log, new)
        return new.id


def rename(
    store: OperationalStore, id: str, name: str, who: str, standing_on: StandingOn | None = None
) -> None:
    """Errors: BadRequest, ChangedMeanwhile, WarehouseError."""
    with statement_log.writing(store) as log:
        _say(log, replace(_own(log, id, who, standing_on), name=plain_name(name)), standing_on)


def show_to(
    store: OperationalStore, id: str, audience: str, who: str, standing_on: StandingOn | None = None
) -> None:
    """Share a set, or keep it for oneself again. Errors: BadRequest, ChangedMeanwhile, WarehouseError."""
    with statement_log.writing(store) as log:
        _say(log, replace(_own(log, id, who, standing_on), audience=audience), standing_on)


def add(store: OperationalStore, id: str, members: Iterable[SetMember], who: str) -> None:
    """Take more members in; those that another window added meanwhile stay. Errors: BadRequest, WarehouseError."""
    with statement_log.writing(store) as log:
        own = _own(log, id, who)
        new = [each for each in members if each not in set(own.members)]
        _say(log, replace(own, held=_checked((*own.held, *new))))


def remove(store: OperationalStore, id: str, members: Iterable[SetMember], who: str) -> None:
    """Take members out, and leave all others. Errors: BadRequest, WarehouseError."""
    out = set(members)
    with statement_log.writing(store) as log:
        own = _own(log, id, who)
        _say(log, replace(own, held=tuple(each for each in own.held if each not in out)))


def replace_members(store: OperationalStore, id: str, members: Iterable[SetMember], who: str,
                    standing_on: StandingOn) -> None:  # fmt: skip
    """Let these be its members in place of those that were there when it was looked at.

    Errors: BadRequest; ChangedMeanwhile where other members were said since; WarehouseError.
    """
    with statement_log.writing(store) as log:
        _say(log, replace(_own(log, id, who, standing_on), held=_checked(members)), standing_on)


def delete(store: OperationalStore, id: str, who: str, standing_on: StandingOn | None = None) -> str:
    """Delete a set; the statement which says so, which `undelete` takes back.

    Errors: BadRequest, ChangedMeanwhile, WarehouseError.
    """
    with statement_log.writing(store) as log:
        return log.say(MEMBER_SET, _values(_own(log, id, who), DELETED), who, standing_on)


def undelete(store: OperationalStore, statement: str, who: str) -> None:
    """Take a deletion back. Errors: BadRequest where the name is another's meanwhile; WarehouseError."""
    with statement_log.writing(store) as log:
        before = {each.id for each in _kept(log.current(MEMBER_SET))}
        log.take_back(statement, who)
        kept = _kept(log.current(MEMBER_SET))
        for each in kept:
            if each.id not in before:
                _refuse_taken(kept, each)


def _checked(members: Iterable[SetMember | None]) -> HeldMembers:
    held = tuple(members)
    once = tuple(dict.fromkeys(each for each in held if each is not None))
    if len(once) > MOST:
        raise BadRequest(
            f"A set holds {MOST:,} members at most, and this one would have {len(once):,}.",
            "Filter by a number instead, such as customer by revenue > 10000.",
        )
    return (*once, *[None] * held.count(None))


def _say(log: StatementLog, new: MemberSet, standing_on: StandingOn | None = None) -> None:
    _refuse_taken(_kept(log.current(MEMBER_SET)), new)
    log.say(MEMBER_SET, _values(new, KEPT), new.owner, standing_on)


def _values(each: MemberSet, state: str) -> Values:
    return {
        "set": each.id,
        "name": each.name,
        "level": each.level,
        "members": each.held,
        "audience": each.audience,
        "state": state,
    }


def _own(log: StatementLog, id: str, who: str, standing_on: StandingOn | None = None) -> MemberSet:
    """Errors: BadRequest. Who says on what they stand is told by whom it was deleted, when they say it."""
    kept = _kept(log.current(MEMBER_SET), standing_on is not None)
    found = next((each for each in kept if each.id == id and (each.is_shared or each.owner == who)), None)
    if found is None:
        raise BadRequest("That set is not there any more.", LOOK)
    if found.owner != who:
        raise BadRequest(f"That set is {found.owner}’s.", "Save its members as a set of your own.")
    return found


def _refuse_taken(kept: Iterable[MemberSet], new: MemberSet) -> None:
    name = new.name.casefold()
    if any(each.name.casefold() == name for each in kept if each.owner == new.owner and each.id != new.id):
        raise BadRequest(
            f"You have a set called “{new.name}” already.", "Choose another name, or change that set."
        )


def _kept(holding: Iterable[Statement], and_deleted: bool = False) -> list[MemberSet]:
    """The sets of statements that hold, in the order in which they were said."""
    return [_set(each) for each in holding if each.told["state"] == KEPT or and_deleted]


def _set(statement: Statement) -> MemberSet:
    told, held = statement.told, cast(HeldMembers, statement.values(MEMBER_SET)["members"])
    return MemberSet(
        told["set"], told["name"], told["level"], held, told["audience"], statement.said_by,
        statement.said_at, statement.id,
    )  # fmt: skip

"""On which statements a write stands: what its writer had seen is joined, part by part, with what holds by now.

Two who change different parts of one thing both get their way. Where both changed the same part, or one deleted what
the other changed, neither is lost: the later write is refused, with both versions, until its writer has seen the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from data.operational.statement_kinds import StatementKind

STATE = "state"
GONE = frozenset({"deleted", "removed", "withdrawn"})
Told = Mapping[str, Any]
Part = tuple[str, ...]  # a field, or a field and a name in the object that it holds


@dataclass(frozen=True, slots=True)
class StandingOn:
    """The statements (their ids) that held when somebody looked; and those, said since, that they have seen by now and
    put theirs in the place of."""

    seen: frozenset[str] = frozenset()
    overruled: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *statements: str) -> StandingOn:
        """What stands on these statements; on nothing where each is empty, for nothing was said yet."""
        return cls(frozenset(statements) - {""})

    def over(self, *statements: str) -> StandingOn:
        return StandingOn(self.seen, self.overruled | set(statements))


class Clash(NamedTuple):
    """A part of which both changed something: what it is now, and what it would be; None where it is gone."""

    part: str
    theirs: Any
    mine: Any


def joined(
    kind: StatementKind, seen: Told | None, theirs: Told | None, mine: Told
) -> tuple[Told, list[Clash]]:
    """What three versions of one thing come to, and what stands against each other in them.

    Each is what a statement tells: the one that was `seen`, that which holds now (None where there was or is none), and
    `mine`: what was seen, or what holds, with what its writer changed. What one side alone changed is as that side has
    it; where they clash it is as in `mine`.
    """
    if theirs is None or (seen is None and _is_gone(theirs)):
        changed = [name for name in mine if seen and mine[name] != seen.get(name)]
        return mine, [Clash(name, None, mine[name]) for name in changed]
    objects = {field.name for field in kind.fields if field.is_object}
    base, now, new = (dict(_parts(told or {}, objects)) for told in (seen, theirs, mine))
    ours = [name for name in new if new[name] not in (base.get(name), now.get(name))]
    others = [name for name in now if now[name] != base.get(name)]
    against = [name for name in ours if name in others]
    stays = {name: new[name] for name in ours}
    if seen is not None and (STATE,) in (*ours, *others) and ours and others:
        against = list(dict.fromkeys((*ours, *others)))  # it stands or falls as a whole
        stays[STATE,] = new[STATE,]
    shown = base | stays  # what its writer meant, where `mine` has theirs already
    clashes = _clashes(against, None if _is_gone(theirs) else now, None if _is_gone(mine) else shown)
    return _whole(now | stays, objects), clashes


def _clashes(
    against: list[Part], theirs: Mapping[Part, Any] | None, mine: Mapping[Part, Any] | None
) -> list[Clash]:
    """None where both are gone; of one that is, all that the other changed."""
    if theirs is None and mine is None:
        return []
    some = [name for name in against if name != (STATE,)] if theirs is None or mine is None else against
    return [Clash(name[-1], theirs and theirs.get(name), mine and mine.get(name)) for name in some or against]


def held_by(kind: StatementKind, told: Told, part: str) -> tuple[Any, Any]:
    """What a statement says of a part, with whether the thing is there at all."""
    parts = _parts(told, {field.name for field in kind.fields if field.is_object})
    return told.get(STATE), {name[-1]: value for name, value in parts}.get(part)


def _is_gone(told: Told) -> bool:
    return told.get(STATE) in GONE


def _parts(told: Told, objects: set[str]) -> Iterator[tuple[Part, Any]]:
    for name, value in told.items():
        held = _object(value) if name in objects else None
        if held is None:
            yield (name,), value
        else:
            yield from (((name, each), part) for each, part in held.items())


def _object(text: Any) -> dict[str, Any] | None:
    """The object that a text holds; None of one that was erased with a person whom it named."""
    try:
        held = json.loads(text)
    except (TypeError, ValueError):
        return None
    return held if isinstance(held, dict) else None


def _whole(parts: Mapping[Part, Any], objects: set[str]) -> dict[str, Any]:
    told: dict[str, Any] = {name: value for (name, *rest), value in parts.items() if not rest}
    for name in objects - told.keys():
        held = {part[1]: value for part, value in parts.items() if part[0] == name}
        told[name] = json.dumps(held, ensure_ascii=False)
    return told

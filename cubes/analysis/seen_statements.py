"""What a person under a policy sees of what others wrote: what names no hidden member, and tells of no hidden row.

Whoever sees all rows sees all of it, and everybody what they wrote themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from cubes.analysis.audience_question import AudienceQuestion, OtherAudience, parse_audience
from cubes.query import Cut, Query, parse_cut
from data import environment
from data.access.row_cut import RowCut
from data.campaigns.audience_standing import AudienceStanding, audience_standing
from data.errors import BadRequest
from data.model.canonical_tables import DIMENSIONS
from data.operational import audiences, operational_store, planned_campaigns
from data.operational.audiences import Audience
from data.operational.notes import Note
from data.operational.planned_campaigns import PlannedCampaign
from data.operational.targets import TargetPlace
from data.store.warehouse import Warehouse

FOUND = """SELECT DISTINCT level, text FROM member JOIN
(SELECT unnest(?::VARCHAR[]) AS level, unnest(?::VARCHAR[]) AS text) USING (level)
WHERE code <> 0 AND (id = text OR lower(label) = lower(text))"""
WITHIN = "cuts whose rows are all shown"
Named = tuple[str, str]
Said = TypeVar("Said")


def seen_notes(warehouse: Warehouse, found: Sequence[Note]) -> tuple[Note, ...]:
    """The notes on numbers whose rows are all shown: others may tell what is hidden."""
    if not warehouse.policy.rows:
        return tuple(found)
    who = environment.who()
    return tuple(
        each for each in found if each.author == who or lie_within(warehouse, _parsed(each.place.cuts))
    )


def seen_targets(warehouse: Warehouse, held: Mapping[TargetPlace, Said]) -> dict[TargetPlace, Said]:
    """The targets of members whose rows are all shown; none of the whole firm where rows are cut."""
    return {place: told for place, told in held.items() if sees_target(warehouse, place)}


def sees_target(warehouse: Warehouse, place: TargetPlace) -> bool:
    """Whether the targets of a place, and who set which, are shown."""
    if not warehouse.policy.rows:
        return True
    return bool(place.level) and lie_within(warehouse, [Cut(place.level, (place.member,))])


def seen_audiences(warehouse: Warehouse) -> tuple[Audience, ...]:
    """The audiences whose questions name nobody who is hidden, the newest first; `counted` are those of another's
    customers who are shown. Errors: WarehouseError."""
    found = audiences.audiences(operational_store.of(warehouse))
    if not warehouse.policy.rows:
        return found
    own, known = environment.who(), {each.id: each for each in found}
    return tuple(
        each if each.owner == own else _with_shown(warehouse, each)
        for each in found
        if each.owner == own or _names_nobody_hidden(warehouse, each, known, frozenset())
    )


def standing_of(warehouse: Warehouse, audience: Audience) -> AudienceStanding:
    """How an audience stands, as far as its customers are shown."""
    return audience_standing(warehouse.rows, audience, bool(warehouse.policy.rows))


def seen_campaigns(warehouse: Warehouse) -> tuple[PlannedCampaign, ...]:
    """The planned campaigns whose audiences are seen, the newest first. Errors: WarehouseError."""
    found = planned_campaigns.planned_campaigns(operational_store.of(warehouse))
    if not warehouse.policy.rows:
        return found
    own, seen = environment.who(), {each.id for each in seen_audiences(warehouse)}
    return tuple(each for each in found if each.said_by == own or each.audience in seen)


def lie_within(warehouse: Warehouse, cuts: Sequence[Cut] | None) -> bool:
    """Whether all rows of these cuts are shown: each cut of the policy is met by one that names shown members of its
    level, or shown members that it describes; no where what is cut cannot be read (None)."""
    if cuts is None:
        return False
    known: dict[frozenset[Cut], bool] = warehouse.beside.setdefault(WITHIN, {})
    asked = frozenset(cuts)
    if asked not in known:
        known[asked] = all(_meets(warehouse, asked, each) for each in warehouse.policy.rows)
    return known[asked]


def _meets(warehouse: Warehouse, cuts: Iterable[Cut], own: RowCut) -> bool:
    levels = {own.level, _leaf(warehouse, own.level)}
    narrow = (each for each in cuts if each.level in levels and each.members and not each.exclude)
    return any(_all_shown(warehouse, each) for each in narrow)


def _leaf(warehouse: Warehouse, level: str) -> str:
    """The members that a level describes."""
    brought = {each.name: each.dimension for each in warehouse.profile.attributes}
    for table in DIMENSIONS:
        if level in {*table.descriptors, *table.derived_levels} or brought.get(level) == table.name:
            return table.leaf or level
    return level


def _all_shown(warehouse: Warehouse, cut: Cut) -> bool:
    named = {(cut.level, each) for each in cut.members}
    return _found(warehouse, named) == named


def _found(warehouse: Warehouse, named: Iterable[Named], whole: bool = False) -> set[Named]:
    """Those of these that there are, or that are shown."""
    listed = sorted(named)
    ask = warehouse.whole.rows if whole else warehouse.rows
    return {(level, text) for level, text in ask(FOUND, [list(part) for part in zip(*listed, strict=True)])}


def _names_nobody_hidden(
    warehouse: Warehouse, each: Audience, known: Mapping[str, Audience], above: frozenset[str]
) -> bool:
    """Whether an audience's question, and those of all that it leans on, names members alone who are shown."""
    if each.id in above:
        return False
    try:
        question = parse_audience(each.question)
    except BadRequest:
        return False
    named = set(_named(question))
    if named and _found(warehouse, named, whole=True) - _found(warehouse, named):
        return False
    leant = [
        known.get(part.asked.audience) for part in question.parts if isinstance(part.asked, OtherAudience)
    ]
    return all(
        other is not None and _names_nobody_hidden(warehouse, other, known, above | {each.id})
        for other in leant
    )


def _named(question: AudienceQuestion) -> Iterator[Named]:
    """The members that a question names, its conditions too."""
    for part in question.parts:
        for cut in part.asked.cuts if isinstance(part.asked, Query) else ():
            within = _parsed(cut.condition.within or ()) if cut.condition else ()
            for each in (cut, *(within or ())):
                yield from ((each.level, member) for member in each.members)


def _parsed(written: Iterable[str]) -> tuple[Cut, ...] | None:
    """Cuts as they were written; None where one cannot be read any more."""
    try:
        return tuple(map(parse_cut, written))
    except BadRequest:
        return None


def _with_shown(warehouse: Warehouse, each: Audience) -> Audience:
    return replace(each, counted=standing_of(warehouse, each).customers)

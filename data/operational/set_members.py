"""Who stands in a set: members as sets hold them, whatever is merged or loaded later, and as a snapshot has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from data.model.canonical_tables import CUSTOMER
from data.operational import member_sets, operational_store
from data.operational.member_sets import MemberSet
from data.operational.statement_kinds import SetMember, SourceNumber
from data.store.warehouse import Warehouse

NUMBERED = """SELECT member.id, numbering, number FROM member JOIN (
    SELECT customer_code, arg_min(numbering, identity_key) AS numbering, arg_min(id, identity_key) AS number
    FROM customer_identity GROUP BY customer_code) ON customer_code = code
WHERE level = ? AND code > 0 AND member.id IN (SELECT unnest(?::VARCHAR[]))"""
SHOWN_OF_NUMBERS = """SELECT numbering, number, member.code, member.id, label FROM
(SELECT unnest(?::VARCHAR[]) AS numbering, unnest(?::VARCHAR[]) AS number)
JOIN customer_identity AS known USING (numbering) JOIN member ON level = ? AND code = customer_code
WHERE known.id = number"""
SHOWN_OF_IDS = """SELECT id, code, id, label FROM member
WHERE level = ? AND id IN (SELECT unnest(?::VARCHAR[]))"""
Shown = tuple[int, str, str]
SEEN = "sets as they are seen"


def seen_sets(warehouse: Warehouse, who: str) -> tuple[MemberSet, ...]:
    """A person's own sets and those that others share, the newest first, without members whom a policy hides.

    Errors: WarehouseError.
    """
    store = operational_store.of(warehouse)
    found = member_sets.member_sets(store, who)
    if not warehouse.policy.rows:
        return found
    kept: dict[str, MemberSet] = warehouse.beside.setdefault(SEEN, {})
    return tuple(kept.get(each.said) or kept.setdefault(each.said, _seen(warehouse, each)) for each in found)


def _seen(warehouse: Warehouse, each: MemberSet) -> MemberSet:
    shown = as_shown(warehouse, each.level, each.members)
    return replace(each, held=tuple(member for member in each.members if member in shown))


def as_held(warehouse: Warehouse, level: str, ids: Sequence[str]) -> tuple[SetMember, ...]:
    """The members of these ids as sets hold them: customers by a number of a source, others by their ids."""
    if level != CUSTOMER.leaf:
        return tuple(ids)
    found = warehouse.rows(NUMBERED, [level, list(ids)])
    numbers = {id: SourceNumber(numbering, number) for id, numbering, number in found}
    return tuple(numbers.get(each, each) for each in ids)


def as_shown(warehouse: Warehouse, level: str, members: Sequence[SetMember]) -> dict[SetMember, Shown]:
    """The code, id and name of each member that the snapshot knows; two may be one customer meanwhile."""
    numbers = [each for each in members if isinstance(each, SourceNumber)]
    ids = [each for each in members if not isinstance(each, SourceNumber)]
    found: dict[SetMember, Shown] = {}
    if numbers:
        numberings, texts = (list(part) for part in zip(*numbers, strict=True))
        rows = warehouse.rows(SHOWN_OF_NUMBERS, [numberings, texts, level])
        found |= {SourceNumber(numbering, number): tuple(rest) for numbering, number, *rest in rows}
    if ids:
        found |= {each: tuple(rest) for each, *rest in warehouse.rows(SHOWN_OF_IDS, [level, ids])}
    return {each: found[each] for each in members if each in found}

"""Resolve: who stands in the sets that a question names, by what people wrote and by what the snapshot knows."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from cubes.ask.met_condition import MetCondition
from cubes.cells.byte_cache import CELLS
from cubes.condition import Condition, plural
from cubes.named_set import NamedSet, SetContent
from cubes.query import Cut, Query, parse_cut
from data import environment
from data.errors import BadRequest
from data.operational import member_sets, set_members
from data.operational.member_sets import MemberSet
from data.operational.set_members import Shown
from data.operational.statement_kinds import SetMember
from data.store.warehouse import Warehouse

BYTES_A_MEMBER = 300
TAKE_AWAY = "Change the set under Sets in Explore, or take the filter away."


def with_sets(warehouse: Warehouse, query: Query, anew: bool = False) -> Query:
    """The question with what stands in each set that it names, also where its conditions are measured.

    Sets that were read stay as they are, unless `anew`. Raises BadRequest for what is no set that the person sees.
    """
    if not any(map(_names_sets, query.cuts)):
        return query
    reading = _Reading(warehouse, query, anew)
    return replace(query, cuts=tuple(map(reading.cut, query.cuts)))


def _names_sets(cut: Cut) -> bool:
    within = (cut.condition.within if cut.condition else None) or ()
    return cut.named_set is not None or any(parse_cut(each).named_set for each in within)


class _Reading:
    """The sets of one question, all read at one moment."""

    def __init__(self, warehouse: Warehouse, query: Query, anew: bool) -> None:
        self.warehouse, self.query, self.anew = warehouse, query, anew

    @cached_property
    def sets(self) -> tuple[MemberSet, ...]:
        return set_members.seen_sets(self.warehouse, environment.who())

    def cut(self, cut: Cut) -> Cut:
        if cut.named_set:
            return replace(cut, named_set=self.read(cut.named_set, cut))
        return replace(cut, condition=self.within(cut.condition)) if cut.condition else cut

    def within(self, condition: Condition) -> Condition:
        """A condition with the sets that it is measured within by its own words."""
        if not condition.within:
            return condition
        cuts = self.query.context(condition)
        return replace(
            condition,
            read=tuple((str(cut), self.read(cut.named_set, cut)) for cut in cuts if cut.named_set),
        )

    def read(self, named: NamedSet, cut: Cut) -> NamedSet:
        if named.content is not None and not self.anew:
            return named
        found = member_sets.named(self.sets, named.written, cut.level, environment.who())
        if found.level != cut.level:
            raise BadRequest(
                f"“{found.name}” is a set of {_several(found.level)}, not of {_several(cut.level)}.",
                f"Write {found.level}{' not' if cut.exclude else ''} in set {found.name}.",
            )
        return NamedSet(named.written, SetContent(found.name, found.members, found.erased))


def _several(level: str) -> str:
    return plural(level.replace("_", " "))


def who_stands_in(warehouse: Warehouse, cut: Cut) -> MetCondition:
    """The codes of who stands in the set of a cut, which was read, and what is said of them.

    Raises BadRequest where nobody is left in it.
    """
    assert cut.named_set
    assert cut.named_set.content
    content = cut.named_set.content
    key = (warehouse.version, "set", cut.level, content.members)
    found = CELLS.keep(key, lambda: _sized(set_members.as_shown(warehouse, cut.level, content.members)))
    codes = tuple(dict.fromkeys(code for code, _, _ in found.values()))
    if not codes:
        raise _nobody(content, _several(cut.level), bool(warehouse.policy.rows))
    gone = len(content.members) - len(found)
    told = [
        *([f"{gone:,} more {'is' if gone == 1 else 'are'} not in the warehouse"] if gone else []),
        *(
            [f"{content.erased:,} {'was' if content.erased == 1 else 'were'} erased"]
            if content.erased
            else []
        ),
    ]
    many = cut.level.replace("_", " ") if len(codes) == 1 else _several(cut.level)
    note = f"{content.name}: {len(codes):,} {many}{', left out' if cut.exclude else ''}"
    return MetCondition(codes, cut.exclude, (f"{'; '.join((note, *told))}.",))


def _sized(found: dict[SetMember, Shown]) -> tuple[dict[SetMember, Shown], int]:
    return found, BYTES_A_MEMBER * len(found)


def _nobody(content: SetContent, several: str, limited: bool) -> BadRequest:
    """What is said of a set of nobody; under a policy the same whoever else stands in it."""
    if limited:
        return BadRequest(f"None of the {several} that you see is in the set “{content.name}”.", TAKE_AWAY)
    if not content.members and content.erased:
        return BadRequest(f"All {several} in the set “{content.name}” were erased.", TAKE_AWAY)
    if not content.members:
        return BadRequest(f"The set “{content.name}” is empty.", TAKE_AWAY)
    erased = f", and {content.erased:,} were erased" if content.erased else ""
    return BadRequest(
        f"The warehouse has none of the {len(content.members):,} {several} in the set “{content.name}”{erased}.",
        TAKE_AWAY,
    )

"""An audience made under a policy: its question keeps the policy's cuts, for whoever's write asks it again.

Each question to a cube is cut, and so are the conditions in it; whoever else may come in by another audience is cut at
the end to customers whom the policy shows. It never holds more than its owner saw.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cubes import catalogue
from cubes.analysis.audience_customers import counted_by
from cubes.analysis.audience_question import (
    CUSTOMERS,
    Asked,
    AudienceQuestion,
    Joining,
    known_customers,
)
from cubes.query import MAIN_CUBE, Cut, Query
from data.access.row_cut import RowCut
from data.errors import NotAllowed
from data.model.canonical_tables import CUSTOMER
from data.store.warehouse import Warehouse

IDS = "SELECT id FROM member WHERE level = ? AND code IN (SELECT unnest(?::INTEGER[])) ORDER BY id"


def within_policy(warehouse: Warehouse, question: AudienceQuestion) -> AudienceQuestion:
    """The question as it is kept. Raises NotAllowed for what cannot be asked with the policy's cuts alone."""
    if not warehouse.policy.rows or question.handed_over:
        return question
    cuts = tuple(_cut(warehouse, each) for each in warehouse.policy.rows)
    parts = (replace(part, asked=_asked(warehouse, part.asked, cuts)) for part in question.parts)
    found = AudienceQuestion(tuple(parts))
    for bound in _bounds(warehouse, found, cuts):
        found = found.joined(Joining.AND, bound)
    return found


def _cut(warehouse: Warehouse, own: RowCut) -> Cut:
    ids = warehouse.whole.rows(IDS, [own.level, list(warehouse.codes_of_cuts[own])])
    return Cut(own.level, tuple(id for (id,) in ids), exclude=own.exclude)


def _asked(warehouse: Warehouse, asked: Asked, cuts: tuple[Cut, ...]) -> Asked:
    if not isinstance(asked, Query):
        return asked
    own = tuple(_of_condition(warehouse, asked, each, cuts) for each in asked.cuts)
    return replace(asked, cuts=(*own, *(each for each in _known(warehouse, asked, cuts) if each not in own)))


def _known(warehouse: Warehouse, asked: Query, cuts: tuple[Cut, ...]) -> tuple[Cut, ...]:
    """The cuts as a question takes them. Raises NotAllowed where it cannot be cut by all of them."""
    if asked.cube == CUSTOMERS:
        return tuple(each for each in cuts if each.level in _levels(warehouse, MAIN_CUBE, CUSTOMER.name))
    if asked.as_of:
        raise NotAllowed(
            f"{_rows(warehouse)} as members were at each row, and this describes them as of {asked.as_of}.",
            "Leave the day out.",
        )
    _check_told(warehouse, counted_by(warehouse, asked)[0].name, cuts)
    return cuts


def _of_condition(warehouse: Warehouse, asked: Query, cut: Cut, cuts: tuple[Cut, ...]) -> Cut:
    """A condition that is measured in the policy's rows, whatever it says it is measured within."""
    if cut.condition is None:
        return cut
    if cut.condition.cube or asked.cube == CUSTOMERS:
        _check_told(warehouse, cut.condition.cube or MAIN_CUBE, cuts)
    within = cut.condition.within
    if within is None and asked.cube == CUSTOMERS:
        within = tuple(str(each) for each in asked.cuts if not each.by_rule)
    if within is None:  # it is measured within the question, which is cut
        return cut
    return replace(cut, condition=replace(cut.condition, within=(*within, *map(str, cuts))))


def _check_told(warehouse: Warehouse, cube: str, cuts: tuple[Cut, ...]) -> None:
    """Raises NotAllowed where a cube does not know a level of the cuts."""
    known = _levels(warehouse, cube)
    for each in cuts:
        if each.level not in known:
            raise NotAllowed(
                f"{_rows(warehouse)}, and {cube.replace('_', ' ')} do not tell {each.level.replace('_', ' ')}.",
                "Ask another cube, such as sales.",
            )


def _rows(warehouse: Warehouse) -> str:
    return f"You see {warehouse.policy.words} alone"


def _levels(warehouse: Warehouse, cube: str, dimension: str = "") -> set[str]:
    found = catalogue.load(cube, warehouse.profile)
    return {each.name for each in (found.dimension(dimension).levels if dimension else found.levels)}


def _bounds(warehouse: Warehouse, question: AudienceQuestion, cuts: tuple[Cut, ...]) -> Iterator[Query]:
    """Questions for the customers whom the policy shows, where a part finds others."""
    if all(isinstance(each.asked, Query) and each.asked.cube != CUSTOMERS for each in question.parts):
        return
    own = _levels(warehouse, MAIN_CUBE, CUSTOMER.name)
    described = tuple(each for each in cuts if each.level in own)
    if described and any(not isinstance(each.asked, Query) for each in question.parts):
        yield known_customers(*described)
    if len(described) < len(cuts):
        yield Query(("customers",), cuts=cuts, cube=MAIN_CUBE)

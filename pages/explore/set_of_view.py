"""Members that a view chooses or shows, saved as a set; and the view that is filtered by a set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cubes.analysis.audience_question import known_customers
from cubes.members.member_search import find
from cubes.named_set import NamedSet
from cubes.query import Cut, Query
from data import environment
from data.errors import BadRequest
from data.model.canonical_tables import CUSTOMER
from data.operational import member_sets, operational_store, set_members
from data.operational.member_sets import PRIVATE, MemberSet
from data.operational.statement_kinds import SetMember
from data.store.warehouse import Warehouse
from pages.explore.explore_view import View
from pages.ui import session
from pages.ui.answer_grid import AnswerGrid
from pages.ui.figures import OTHERS

Shown = Mapping[str, tuple[str, ...]]


def saved_as_set(view: View, level: str, name: str) -> View:
    """Save the members that a level is filtered by; the view with the set in their place. Raises BadRequest."""
    cut = next((each for each in view.query.cuts if each.level == level and each.members), None)
    if cut is None:
        raise BadRequest("No members are chosen.", "Choose some, then save them as a set.")
    store = session.warehouse()
    found = find(store, session.cube(view.query.cube).level(level), cut.members)
    held = set_members.as_held(store, level, [each.id for each in found])
    writable = operational_store.ready(store.path)
    id = member_sets.save(writable, name, level, held, PRIVATE, environment.who())
    by_set = Cut(level, named_set=NamedSet(id), exclude=cut.exclude)
    cuts = tuple(by_set if each == cut else each for each in view.query.cuts)
    return view.with_query(replace(view.query, cuts=cuts))


def customers_of_set(each: MemberSet) -> Query:
    """The question for a set's customers: those described so, or else those who bought of its members."""
    cut = Cut(each.level, named_set=NamedSet(each.id))
    describing = session.cube().dimension(CUSTOMER.name).levels
    if any(level.name == each.level for level in describing):
        return known_customers(cut)
    return Query(("customers",), cuts=(cut,))


def is_within(view: View, each: MemberSet) -> bool:
    """Whether the view is filtered by a set."""
    return any(cut.named_set and cut.named_set.written == each.id for cut in view.query.cuts)


def toggled_set(view: View, each: MemberSet) -> View:
    """Filtered by a set, or no longer."""
    if not is_within(view, each):
        return view.with_query(view.query.cut(Cut(each.level, named_set=NamedSet(each.id))))
    kept = (cut for cut in view.query.cuts if not (cut.named_set and cut.named_set.written == each.id))
    return view.with_query(replace(view.query, cuts=tuple(kept)))


def shown_in_rows(grid: AnswerGrid) -> Shown:
    """The members that the rows of a table show, by their levels; Others are none, nor are days."""
    found: dict[str, tuple[str, ...]] = {}
    for at, level in enumerate(grid.levels_of_rows):
        ids = dict.fromkeys(head.ids[at] for head in grid.rows if len(head.ids) > at)
        found[level] = tuple(each for each in ids if each != OTHERS)
    return {level: ids for level, ids in found.items() if ids and level != "day"}


def named_members(store: Warehouse, each: MemberSet) -> dict[str, str]:
    """The names of a set's members, as far as the warehouse knows them, by their ids, in alphabetical order."""
    shown = set_members.as_shown(store, each.level, each.members)
    return dict(sorted(((id, label) for _, id, label in shown.values()), key=lambda pair: pair[1].casefold()))


def ids_of_members(store: Warehouse, each: MemberSet) -> dict[SetMember, str]:
    """The ids of a set's members, as far as the warehouse knows them; a customer may stand in it under two numbers."""
    shown = set_members.as_shown(store, each.level, each.members)
    return {member: id for member, (_, id, _) in shown.items()}

"""The named sets that the person of this process sees, and how a filter by one is called."""

from __future__ import annotations

from cubes.condition import plural
from cubes.model import Cube
from cubes.query import Cut
from data import environment
from data.errors import BadRequest, WarehouseError
from data.operational import member_sets, set_members
from data.operational.member_sets import MemberSet
from data.store.warehouse import Warehouse
from pages.ui.style.formats import count_text

GONE = "a set that is gone"


def seen_sets(warehouse: Warehouse) -> tuple[MemberSet, ...]:
    """The newest first; nothing where they cannot be read, for questions stand without."""
    try:
        return set_members.seen_sets(warehouse, environment.who())
    except WarehouseError:  # who saves or lists them is told
        return ()


def set_of(warehouse: Warehouse, cut: Cut) -> MemberSet | None:
    """The set that a cut names; None where it is gone."""
    if cut.named_set is None:
        return None
    try:
        return member_sets.named(seen_sets(warehouse), cut.named_set.written, cut.level, environment.who())
    except BadRequest:
        return None


def set_called(warehouse: Warehouse, cut: Cut) -> str:
    """The set of a cut as a filter says it: `in “Key accounts”`."""
    found = set_of(warehouse, cut)
    return f"in “{found.name}”" if found else f"in {GONE}"


def set_size(each: MemberSet, cube: Cube | None = None) -> str:
    """How many members of what a set has: `12 customers`."""
    known = next((level.label for level in cube.levels if level.name == each.level), "") if cube else ""
    one = (known or each.level.replace("_", " ")).lower()
    return count_text(len(each.members), one, plural(one))

"""Cuts of roles that fit no row of this warehouse: a level that there is not, or a member that is called otherwise."""

from __future__ import annotations

from collections.abc import Iterable

from cubes.members.member_search import find
from data.access.policy import Policy
from data.access.role import Role
from data.access.row_cut import RowCut
from data.errors import BadRequest, did_you_mean
from pages.ui import explore_links, session


def cut_troubles(roles: Iterable[Role]) -> list[str]:
    """A sentence each, with its place in the file. Whoever has such a role sees nothing, or less than was meant."""
    found = ((role.name, _trouble(cut)) for role in roles for cut in role.rows)
    return [f"[roles.{name}] rows: {trouble}" for name, trouble in found if trouble]


def _trouble(cut: RowCut) -> str:
    store = session.seen_under(Policy())
    levels = explore_links.levels(store.profile)
    if cut.level not in levels:
        return f"{cut.level!r} is no level of which members are known. {did_you_mean(cut.level, levels)}"
    try:
        find(store, levels[cut.level].level(cut.level), cut.members)
    except BadRequest as error:
        return str(error)
    return ""

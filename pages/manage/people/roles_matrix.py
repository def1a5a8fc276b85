"""Roles side by side: the pages that each opens, what it allows, and its limits."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from html import escape

import streamlit as st

from data.access.deed import Deed
from data.access.policy import OF_ONESELF
from data.access.role import Role
from pages.manage.shared.html_tables import TableCell, scrolling, table
from pages.ui import session
from pages.ui.limits_told import columns_told, cut_told, level_label
from pages.ui.menu import MENU, grouped
from pages.ui.style.formats import ABSENT, number_text

YES, NO = "yes", "no"
CAPTION = "Pages and deeds of each role"


def roles_matrix(roles: Iterable[Role]) -> None:
    """A line a page and a deed, a column a role."""
    roles = tuple(roles)
    heads = "".join(f'<th scope="col"><span>{escape(each.label)}</span></th>' for each in roles)
    held = (
        f'<table aria-label="{CAPTION}"><thead><tr><th scope="col">Pages and deeds</th>{heads}</tr></thead>'
        f"{_pages(roles)}{_deeds(roles)}</table>"
    )
    st.html(scrolling(held, "people-matrix", "roles", CAPTION))


def _pages(roles: Collection[Role]) -> str:
    return "".join(
        _part(group, ((each.title, [opens(role, each.path) for role in roles]) for each in entries), roles)
        for group, entries in grouped(MENU).items()
    )


def opens(role: Role, path: str) -> bool:
    """Whether a role opens the page at a path; that of what one may oneself is open to all."""
    return path in role.paths or path == OF_ONESELF


def _deeds(roles: Collection[Role]) -> str:
    lines = ((each.label.capitalize(), [allows(role, each) for role in roles]) for each in Deed)
    return _part("Deeds", lines, roles)


def allows(role: Role, deed: Deed) -> bool:
    """Whether a role alone allows a deed; files where it does not forbid them as well."""
    return role.exports is True if deed is Deed.EXPORT else deed in role.deeds


def _part(name: str, lines: Iterable[tuple[str, list[bool]]], roles: Collection[Role]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(label)}</th>{"".join(map(_mark, holds))}</tr>' for label, holds in lines
    )
    return (
        f'<tbody><tr><th scope="rowgroup" colspan="{len(roles) + 1}">{escape(name)}</th></tr>{rows}</tbody>'
    )


def _mark(holds: bool) -> str:
    return f'<td class="{YES if holds else NO}"><span>{YES if holds else NO}</span></td>'


def smallest_told(smallest: int) -> TableCell:
    """Below how many customers a count is withheld."""
    return TableCell(number_text(smallest) if smallest else ABSENT, "" if smallest else "quiet", number=True)


def limits_table(roles: Iterable[Role]) -> None:
    """Of each role what of the data it shows, and what may be taken away."""
    heads = ("Role", "Rows", "Masked", "Files", "#Counts withheld below", "Reason of a file")
    table(heads, [_limits(each) for each in roles], "role-limits", "Limits of roles")


def _limits(role: Role) -> tuple[TableCell, ...]:
    profile = session.warehouse().profile
    rows = " and ".join(cut_told(cut, level_label(cut.level, profile)) for cut in role.rows)
    masked = columns_told(role.masked)
    return (
        TableCell(role.label),
        TableCell(rows or "all", "" if rows else "quiet"),
        TableCell(masked or "nothing", "" if masked else "quiet"),
        TableCell({True: "allowed", False: "forbidden", None: "not allowed by it"}[role.exports],
                  "" if role.exports is not None else "quiet"),
        smallest_told(role.smallest),
        TableCell("asked for" if role.reason else "not asked for", "" if role.reason else "quiet"),
    )  # fmt: skip

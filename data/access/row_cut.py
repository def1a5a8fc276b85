"""A cut on rows as a policy writes it: `country=France|Germany`, or `channel_type!=Store` for all others."""

from __future__ import annotations

import re
from dataclasses import dataclass

from data.errors import BadInput
from data.model.written_members import apart, joined

WRITTEN = re.compile(r"\s*(\w+)\s*(!?=)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class RowCut:
    """The members of one level whose rows are shown, or, where `exclude`, are not."""

    level: str
    members: tuple[str, ...]
    exclude: bool = False

    def __str__(self) -> str:
        return f"{self.level}{'!=' if self.exclude else '='}{joined(self.members)}"


def parse_row_cut(text: str) -> RowCut:
    """Read `level=member|member` or `level!=member`. Raises BadInput.

    >>> parse_row_cut("country = France|Germany").members
    ('France', 'Germany')
    """
    found = WRITTEN.fullmatch(text)
    members = tuple(dict.fromkeys(each.strip() for each in apart(found[3]) if each.strip())) if found else ()
    if found is None or not members:
        raise BadInput(
            f"{text!r} names no level and its members.", "Write rows as in country=France|Germany."
        )
    return RowCut(found[1], members, found[2] == "!=")

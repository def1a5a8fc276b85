"""What one person may see and do: what all of their roles say together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from data.access.deed import Deed
from data.access.role import Role
from data.access.row_cut import RowCut
from data.errors import NotAllowed


@dataclass(frozen=True)
class Policy:
    """The limits of one person. `pages` is None where every page is open.

    Rows meet all cuts of all roles; a column masked by one role is masked; files are taken away where a role allows
    it and none forbids it; the largest `smallest` holds. Pages and deeds are those of any role.
    """

    person: str = ""
    roles: tuple[str, ...] = ()
    rows: tuple[RowCut, ...] = ()
    masked: frozenset[str] = frozenset()
    exports: bool = True
    smallest: int = 0
    reason: bool = False
    pages: frozenset[str] | None = None
    deeds: frozenset[Deed] = field(default_factory=lambda: frozenset(Deed))

    @cached_property
    def print(self) -> str:
        """What tells apart what policies show of the data: a digest; empty where they show all of it."""
        if not (self.rows or self.masked or self.smallest):
            return ""
        told = [sorted(map(str, self.rows)), sorted(self.masked), self.smallest]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:12]

    @cached_property
    def whole_print(self) -> str:
        """What tells apart policies in anything: pages and deeds as well."""
        pages = None if self.pages is None else sorted(self.pages)
        told = [self.print, sorted(self.roles), pages, sorted(self.deeds), self.exports, self.reason]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:12]

    @property
    def is_unlimited(self) -> bool:
        """Whether it shows all data."""
        return not self.print

    @property
    def of_data(self) -> Policy:
        """What it shows of the data, whoever is under it."""
        return Policy(rows=self.rows, masked=self.masked, smallest=self.smallest)

    def may(self, deed: Deed) -> bool:
        """Whether the person may do this."""
        return deed in self.deeds

    def sees(self, page: str) -> bool:
        """Whether the page at this path is open."""
        return self.pages is None or page in self.pages

    def check(self, deed: Deed) -> None:
        """Errors: NotAllowed where the person may not do this."""
        if not self.may(deed):
            named = f" ({', '.join(self.roles)})" if self.roles else ""
            raise NotAllowed(
                f"{self.person or 'You'} may not {deed.label}: no role{named} allows it.",
                "Whoever looks after the policies can change that.",
            )

    @property
    def words(self) -> str:
        """What it leaves of the rows, in words; empty where that is all."""
        return " and ".join(map(str, self.rows))


UNLIMITED = Policy()


def together(person: str, roles: Sequence[Role]) -> Policy:
    """What all roles say together. One at least."""
    exports = [each.exports for each in roles]
    allowed = True in exports and False not in exports
    deeds = frozenset().union(*(each.deeds for each in roles))
    return Policy(
        person=person,
        roles=tuple(each.name for each in roles),
        rows=tuple(dict.fromkeys(cut for each in roles for cut in each.rows)),
        masked=frozenset().union(*(each.masked for each in roles)),
        exports=allowed,
        smallest=max(each.smallest for each in roles),
        reason=any(each.reason for each in roles),
        pages=frozenset().union(*(each.paths for each in roles)),
        deeds=deeds | {Deed.EXPORT} if allowed else deeds - {Deed.EXPORT},
    )

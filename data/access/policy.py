"""What one person may see and do: what all of their roles say together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from data.access.deed import Deed
from data.access.role import Role
from data.access.row_cut import RowCut
from data.errors import NotAllowed

# The page on which whoever administers sees all people and roles, and everybody else what they may themselves.
OF_ONESELF = "people"
# Pages that tell of deliveries, of stores and of everybody's deeds as a whole.
OF_WHOLE_FIRM = frozenset(["data", "sources", "rollups", "rejected", "audit"])
# Pages of customers one by one, which nobody sees from whom counts of few are withheld.
OF_SINGLE_CUSTOMERS = frozenset(
    ["customer", "identity", "audiences", "plan", "cases", "price-offers", "proposals"]
)
# What changes what everybody sees, tells all that is held of a person, or who saw whom.
OF_ALL_ROWS = frozenset([Deed.LOAD, Deed.CURATE, Deed.ERASE, Deed.AUDIT])
UNMASKED = frozenset([Deed.ERASE])
REMEDY = "Whoever looks after the policies can change that."


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
    def figures_print(self) -> str:
        """What tells apart what figures come to: as `print`, whichever columns of persons are masked."""
        return replace(self.of_data, masked=frozenset()).print

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
        """Whether the person may do this. What changes or tells the whole firm's data needs to see all of it."""
        return (
            deed in self.deeds
            and not (self.rows and deed in OF_ALL_ROWS)
            and not (self.masked and deed in UNMASKED)
        )

    def sees(self, page: str) -> bool:
        """Whether the page at this path is open. Those that tell of the whole firm's data need to see all of it."""
        return self.has_page(page) and not self.closes(page)

    def closes(self, page: str) -> str:
        """Why a page that a role names is closed all the same, in words; empty where it is not."""
        if self.rows and page in OF_WHOLE_FIRM:
            return f"It tells of the whole firm's data, and you see a part of its rows ({self.words})."
        if self.smallest > 1 and page in OF_SINGLE_CUSTOMERS:
            return f"It shows customers one by one, and counts of fewer than {self.smallest} are withheld from you."
        return ""

    def has_page(self, page: str) -> bool:
        """Whether a role names the page. Everybody reads what they may themselves."""
        return self.pages is None or page in self.pages or page == OF_ONESELF

    def check(self, deed: Deed) -> None:
        """Errors: NotAllowed where the person may not do this."""
        if not self.may(deed):
            raise NotAllowed(f"{self.person or 'You'} may not {deed.label}: {self.why_not(deed)}.", REMEDY)

    def why_not(self, deed: Deed) -> str:
        """Why the person may not do this."""
        named = f" ({', '.join(self.roles)})" if self.roles else ""
        if deed not in self.deeds:
            return f"no role{named} allows it"
        limit = "rows are limited" if self.rows and deed in OF_ALL_ROWS else "columns are masked"
        return f"that is for the whole firm's data, of which {limit}{named}"

    def check_whole(self, what: str) -> None:
        """Errors: NotAllowed where it cuts rows; `what` is done to all of them."""
        if self.rows:
            raise NotAllowed(
                f"{what}, and {self.person or 'you'} may see {self.words} alone.",
                "Ask somebody whose roles cut no rows.",
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

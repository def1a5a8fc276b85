"""Roles: which pages a person reads, what they may do, and what of the data they see. Seven are built in."""

from __future__ import annotations

from dataclasses import dataclass

from data.access.deed import Deed
from data.access.row_cut import RowCut

# The pages there are, by the group that they stand in: a policy names either. ("" is the overview.)
PAGES: dict[str, tuple[str, ...]] = {
    "overview": ("", "boards"),
    "explore": ("explore",),
    "discover": ("segments", "baskets", "sequences", "trends", "portfolio", "offers", "runs"),
    "value": ("lifetime", "kpis", "share", "loyalty", "retention", "lifecycle"),
    "act": ("audiences", "plan", "campaigns"),
    "service": ("customer", "cases", "call-centre", "journeys", "service-insight"),
    "collaborate": (
        "partners",
        "partner-life",
        "virtual-warehouse",
        "proposals",
        "proposal-insight",
        "price-offers",
        "demand",
        "portal-links",
    ),
    "manage": ("data", "sources", "rollups", "rejected", "identity", "glossary", "people", "audit"),
}
READING = ("overview", "explore", "discover", "value", "glossary")
CONTACTS = frozenset(f"customer.{each}" for each in ("name", "street", "postcode", "email", "phone"))


@dataclass(frozen=True, slots=True)
class Role:
    """What one role may see and do.

    `pages` are groups or paths of pages. `rows` are cuts that every row shown meets; `masked` are columns, written
    `customer.email`, that read as if nobody had said anything. Counts of customers below `smallest` are withheld.
    `exports` forbids files where it is False, and says nothing where it is None. `reason` says that whoever takes a
    file away must say why.
    """

    name: str
    pages: tuple[str, ...] = READING
    deeds: frozenset[Deed] = frozenset()
    rows: tuple[RowCut, ...] = ()
    masked: frozenset[str] = frozenset()
    exports: bool | None = None
    smallest: int = 0
    reason: bool = False

    @property
    def label(self) -> str:
        return label_of(self.name).capitalize()

    @property
    def paths(self) -> frozenset[str]:
        """The paths of its pages."""
        return frozenset(path for each in self.pages for path in PAGES.get(each, (each,)))


def _role(name: str, pages: str, *deeds: Deed, masked: frozenset[str] = frozenset()) -> Role:
    return Role(
        name, tuple(pages.split()), frozenset(deeds), masked=masked, exports=Deed.EXPORT in deeds or None
    )


def label_of(name: str) -> str:
    """A role's name as one reads it.

    >>> label_of("partner_manager")
    'partner manager'
    """
    return name.replace("_", " ")


BUILT_IN = {
    each.name: each
    for each in (
        _role(
            "executive",
            "overview explore value call-centre service-insight partners proposal-insight demand glossary",
            Deed.WRITE,
            Deed.EXPORT,
            masked=CONTACTS,
        ),
        _role(
            "marketing",
            "overview explore discover value act journeys service-insight customer proposals proposal-insight"
            " price-offers demand glossary",
            *(Deed.WRITE, Deed.CAMPAIGN, Deed.PRICE, Deed.EXPORT),
        ),
        _role(
            "analyst",
            "overview explore discover value call-centre journeys service-insight partners partner-life"
            " virtual-warehouse proposal-insight demand glossary",
            Deed.WRITE,
            Deed.EXPORT,
            masked=CONTACTS,
        ),
        _role(
            "service",
            "overview customer cases call-centre journeys proposals glossary",
            Deed.WRITE,
            Deed.SERVE,
        ),
        _role(
            "steward",
            "overview explore data sources rollups rejected customer identity glossary",
            *(Deed.LOAD, Deed.CURATE, Deed.ERASE, Deed.WRITE, Deed.EXPORT),
        ),
        _role(
            "partner_manager",
            "overview explore portfolio collaborate glossary",
            *(Deed.WRITE, Deed.PARTNER, Deed.PRICE, Deed.EXPORT),
            masked=CONTACTS,
        ),
        _role("administrator", "people audit glossary", Deed.ADMINISTER, Deed.AUDIT),
    )
}

"""Who is at the portal: one browser that opened a link, and what it may read and send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from data.errors import BadRequest
from data.people import portal_links
from data.people.portal_links import PortalLink, PortalPlace, SubjectKind
from data.portal.own_rows import OwnRows
from pages.web.portal.portal_door import PORTAL


@dataclass(frozen=True, slots=True)
class PortalVisit:
    """A request of a browser (the token that it holds) for the page at `address`."""

    place: PortalPlace
    link: PortalLink
    rows: OwnRows
    browser: str
    address: str
    asked: Mapping[str, str] = field(default_factory=dict)

    def new_form(self) -> str:
        """What the forms of the page carry."""
        return portal_links.new_form(self.place, self.browser, self.address)


class NeedsLook(BadRequest):
    """What is sent needs a look first at what is `alike`; sent again, it is done."""

    def __init__(self, problem: str, alike: tuple[Any, ...]) -> None:
        super().__init__(problem)
        self.alike = alike


Typed = Mapping[str, str]
Shown = Callable[[PortalVisit], dict[str, Any]]
Deed = Callable[[PortalVisit, Typed], str]


@dataclass(frozen=True, slots=True)
class PortalPage:
    """A page below PORTAL for one `kind` of members: what its template shows, and what its forms do. A deed gives one
    of the words of `PORTAL_WORDS`."""

    path: str
    label: str
    template: str
    kind: SubjectKind
    show: Shown
    deeds: Mapping[str, Deed] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"{PORTAL}/{self.path}".rstrip("/")

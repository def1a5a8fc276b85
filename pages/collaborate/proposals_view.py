"""What the page Proposals shows, frozen: board or list, its filters, which proposal is open; the URL holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from cubes.address_parameters import check_names, only
from data.collaborate.proposal_course import ProposalNumber
from data.errors import BadRequest, did_you_mean
from data.operational.statement_kinds import PROPOSAL_STATUSES

BOARD, LIST = LOOKS = ("board", "list")
SUPPORTED, NEWEST, OLDEST = ORDERS = ("supported", "newest", "oldest")
LANGUAGES = {
    "it": "Italian",
    "en": "English",
    "ru": "Russian",
    "es": "Spanish",
    "de": "German",
    "fr": "French",
}
UNSURE = "unsure"
CATEGORY, PRODUCT = "category", "product"


@dataclass(frozen=True, slots=True)
class ProposalsView:
    """`ware` is a product or category, as `kind:name`; `language` a code, or unsure; `proposal` with `source` the one
    that is open ("" none); `new` whether one is being recorded; pages count from 1."""

    look: str = BOARD
    text: str = ""
    status: str = ""
    ware: str = ""
    language: str = ""
    place: str = ""
    order: str = SUPPORTED
    proposal: str = ""
    source: str = ""
    new: bool = False
    page: int = 1

    @property
    def number(self) -> ProposalNumber:
        return ProposalNumber(self.source, self.proposal)

    @property
    def is_filtered(self) -> bool:
        return any((self.text, self.status, self.ware, self.language, self.place))

    def to_parameters(self) -> dict[str, list[str]]:
        """The URL's parameters, defaults left out."""
        told = {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if each.default != getattr(self, each.name)
        }
        if not self.proposal:
            told.pop("source", None)
        return {name: ["yes" if value is True else str(value)] for name, value in told.items()}

    def opened(self, number: ProposalNumber) -> ProposalsView:
        return replace(self, proposal=number.id, source=number.source, new=False)

    def closed(self) -> ProposalsView:
        return replace(self, proposal="", source="", new=False)

    def recording(self) -> ProposalsView:
        return replace(self, proposal="", source="", new=True)

    def turned(self, page: int) -> ProposalsView:
        return replace(self, page=max(1, page))

    def changed(self, **parts: Any) -> ProposalsView:
        """With other filters, from the first page on."""
        return replace(self, page=1, **parts)

    def unfiltered(self) -> ProposalsView:
        return ProposalsView(self.look, order=self.order)


def parse_proposals(parameters: Mapping[str, list[str]]) -> ProposalsView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    names = [each.name for each in fields(ProposalsView)]
    check_names(parameters, names)
    told: dict[str, Any] = {name: value for name in names if (value := only(parameters, name))}
    for name, known in (("look", LOOKS), ("order", ORDERS), ("status", PROPOSAL_STATUSES),
                        ("language", (*LANGUAGES, UNSURE))):  # fmt: skip
        if name in told and told[name] not in known:
            raise BadRequest(f"There is no {name} {told[name][:40]!r}.", did_you_mean(told[name], known))
    if "new" in told and told.pop("new") != "yes":
        raise BadRequest("new can only be yes.", "Leave it out.")
    page = told.pop("page", "1")
    if not (page.isascii() and page.isdecimal() and 0 < len(page) < 7 and int(page)):
        raise BadRequest(f"page={page[:20]!r} is no page.", "Write its number, like page=2, or leave it out.")
    return ProposalsView(**told, new="new" in parameters, page=int(page))

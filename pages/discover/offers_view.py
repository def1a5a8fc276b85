"""What the page Offers shows, frozen: the slice, the terms, the rules, the customer; the URL holds all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cubes.address_parameters import check_names, only
from cubes.query import Cut, parse_cut
from data.errors import BadRequest
from mining.offers.next_offers import OfferTerms

PARAMETERS = ("where", "offers", "horizon", "consent", "cap", "who")
USUAL = OfferTerms(0)


@dataclass(frozen=True, slots=True)
class OffersView:
    """`offers` of each list, chances over `horizon` days; `consent` says who may be reached, `cap` how often in 30
    days (0: as often as it goes); `who` is the id of the customer who is looked up."""

    cuts: tuple[Cut, ...] = ()
    offers: int = USUAL.offers
    horizon: int = USUAL.horizon_days
    consent: Cut | None = None
    cap: int = 0
    who: str = ""

    def to_parameters(self) -> dict[str, list[str]]:
        """The URL's parameters, defaults left out."""
        found = {
            "where": [str(cut) for cut in self.cuts],
            "offers": [str(self.offers)] if self.offers != USUAL.offers else [],
            "horizon": [str(self.horizon)] if self.horizon != USUAL.horizon_days else [],
            "consent": [str(self.consent)] if self.consent else [],
            "cap": [str(self.cap)] if self.cap else [],
            "who": [self.who] if self.who else [],
        }
        return {name: values for name, values in found.items() if values}

    @property
    def terms(self) -> OfferTerms:
        """The terms, but for the day until which purchases are known."""
        return OfferTerms(0, self.horizon, self.offers)

    def within(self, cuts: tuple[Cut, ...]) -> OffersView:
        return replace(self, cuts=cuts)

    def at(self, offers: int, horizon: int, cap: int) -> OffersView:
        return replace(self, offers=offers, horizon=horizon, cap=cap)

    def of(self, who: str) -> OffersView:
        """The same for one customer; for nobody where empty."""
        return replace(self, who=who)


def parse_offers(parameters: Mapping[str, list[str]]) -> OffersView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    consent = only(parameters, "consent")
    view = OffersView(
        tuple(parse_cut(text) for text in parameters.get("where", ())),
        _count(only(parameters, "offers"), "offers", USUAL.offers),
        _count(only(parameters, "horizon"), "horizon", USUAL.horizon_days),
        parse_cut(consent) if consent else None,
        _count(only(parameters, "cap"), "cap", 0),
        only(parameters, "who"),
    )
    assert view.terms
    return view


def _count(text: str, name: str, usual: int) -> int:
    if not text:
        return usual
    if not (text.isascii() and text.isdecimal() and len(text) < 5):
        raise BadRequest(f"{name}={text[:20]!r} is no number.", f"Write it in digits, such as {name}=5.")
    return int(text)

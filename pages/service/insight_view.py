"""What the page Service insight shows, frozen: slice, prices, what customers bring, which contacts are bad."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cubes.address_parameters import check_names, only
from cubes.query import Cut, parse_cut
from data.errors import BadRequest, did_you_mean
from mining.service.bad_contacts import WAITED_FROM, BadContact
from mining.service.cost_to_serve import ASSUMED_CONTACTS, ServicePrices
from mining.service.matched_moments import MomentMatching

BRINGS = ("margin", "revenue", "value")
BESIDE = ("contacts", "customers")
FIFTHS, USUAL_DAYS, DAYS = "fifths", 90, (30, 60, 90, 180)
MOST_DAYS, MOST_PRICE, MOST_WAIT = 730, 100_000.0, 86_400
PARAMETERS = (
    "where",
    "minute",
    *ASSUMED_CONTACTS,
    "brings",
    "by",
    "bad",
    "waited",
    "days",
    "beside",
    "match",
)


@dataclass(frozen=True, slots=True)
class InsightView:
    """`stated` are the prices that somebody stated, of a `minute` and of contacts by kind: all others are assumed.
    `brings` is empty where the page chooses, `by` the level by which customers are parted (or FIFTHS)."""

    cuts: tuple[Cut, ...] = ()
    stated: tuple[tuple[str, float], ...] = ()
    brings: str = ""
    by: str = FIFTHS
    bad: BadContact = BadContact.ANY
    waited: int = WAITED_FROM
    days: int = USUAL_DAYS
    beside: str = BESIDE[0]
    match: MomentMatching = MomentMatching.NEAREST

    @property
    def prices(self) -> ServicePrices:
        """Those stated, and what is assumed of all others."""
        said, usual = dict(self.stated), ServicePrices()
        contacts = {kind: said.get(kind, price) for kind, price in ASSUMED_CONTACTS.items()}
        return ServicePrices(said.get("minute", usual.minute), contacts)

    def is_stated(self, name: str) -> bool:
        return name in dict(self.stated)

    def to_parameters(self) -> dict[str, list[str]]:
        usual = InsightView()
        found = {"where": [str(cut) for cut in self.cuts]}
        found |= {name: [f"{price:g}"] for name, price in self.stated}
        for name in ("brings", "by", "bad", "waited", "days", "beside", "match"):
            value = getattr(self, name)
            found[name] = [str(value)] if value != getattr(usual, name) else []
        return {name: values for name, values in found.items() if values}

    def within(self, cuts: tuple[Cut, ...]) -> InsightView:
        return replace(self, cuts=cuts)

    def priced(self, name: str, price: float | None) -> InsightView:
        """With a price stated; assumed again where it is None."""
        rest = {each: value for each, value in self.stated if each != name}
        told = rest if price is None else rest | {name: price}
        order = ("minute", *ASSUMED_CONTACTS)
        return replace(self, stated=tuple((each, told[each]) for each in order if each in told))


def parse_insight(parameters: Mapping[str, list[str]]) -> InsightView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    view = InsightView(tuple(parse_cut(text) for text in parameters.get("where", ())))
    for name in ("minute", *ASSUMED_CONTACTS):
        if text := only(parameters, name):
            view = view.priced(name, price_of(text))
    bad, match = only(parameters, "bad") or view.bad, only(parameters, "match") or view.match
    return replace(
        view,
        brings=_one_of("What customers bring", only(parameters, "brings"), ("", *BRINGS)),
        by=only(parameters, "by") or FIFTHS,
        bad=BadContact(_one_of("A bad contact", bad, tuple(BadContact))),
        waited=_whole(only(parameters, "waited"), WAITED_FROM, MOST_WAIT, "second"),
        days=_whole(only(parameters, "days"), USUAL_DAYS, MOST_DAYS, "day"),
        beside=_one_of("Those beside whom", only(parameters, "beside") or BESIDE[0], BESIDE),
        match=MomentMatching(_one_of("A way to match", match, tuple(MomentMatching))),
    )


def price_of(text: str) -> float:
    """A price that was written, to four digits behind the point. Raises BadRequest."""
    try:
        found = round(float(text), 4)
    except ValueError:
        found = math.nan
    if not 0 <= found <= MOST_PRICE:
        raise BadRequest(
            f"{text[:20]!r} is no price of a contact or a minute.",
            "Write a number from 0 to 100000, such as 0.7.",
        )
    return float(f"{found:g}")  # as the address writes it


def _one_of(what: str, text: str, offered: tuple[str, ...]) -> str:
    if text not in offered:
        raise BadRequest(
            f"{what} is not told by {text[:20]!r}.", did_you_mean(text, [*filter(None, offered)])
        )
    return text


def _whole(text: str, usual: int, most: int, unit: str) -> int:
    if not text:
        return usual
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 0 < int(text) <= most):
        raise BadRequest(f"{text[:20]!r} is no number of {unit}s.", f"Take a whole number from 1 to {most}.")
    return int(text)

"""What the page Journeys shows, frozen: slice, what counts as a path, the chain's order. The URL holds it all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cubes.address_parameters import check_names, only
from cubes.query import Cut, parse_cut
from data.errors import BadRequest, did_you_mean
from mining.journeys.channel_chain import ORDERS
from mining.journeys.journey_paths import LONGEST_WINDOW, PathTerms, RepeatedTouches

PARAMETERS = ("where", "window", "repeats", "without", "order", "ways", "others")
WINDOW, WINDOWS = 30, (7, 14, 30, 60, 90)
WAYS = {5: "Five ways", 8: "Eight ways", 12: "Twelve ways", 20: "Twenty ways"}
USUAL_WAYS = 8


@dataclass(frozen=True, slots=True)
class JourneysView:
    """Paths by `terms` within the cuts, the chain of an `order` (None: chosen on held-out paths), so many `ways` by
    themselves, and whether the others are open."""

    cuts: tuple[Cut, ...] = ()
    terms: PathTerms = field(default_factory=PathTerms)
    order: int | None = None
    ways: int = USUAL_WAYS
    others: bool = False

    def to_parameters(self) -> dict[str, list[str]]:
        terms = self.terms
        found = {
            "where": [str(cut) for cut in self.cuts],
            "window": [str(terms.window_days)] if terms.window_days != WINDOW else [],
            "repeats": [terms.repeats.value] if terms.repeats is not RepeatedTouches.ONE_A_DAY else [],
            "without": list(terms.without),
            "order": [str(self.order)] if self.order else [],
            "ways": [str(self.ways)] if self.ways != USUAL_WAYS else [],
            "others": ["yes"] if self.others else [],
        }
        return {name: values for name, values in found.items() if values}

    def within(self, cuts: tuple[Cut, ...]) -> JourneysView:
        return replace(self, cuts=cuts)

    def counted(self, terms: PathTerms) -> JourneysView:
        return replace(self, terms=terms)

    def of_order(self, order: int | None) -> JourneysView:
        return replace(self, order=order)

    def showing(self, ways: int) -> JourneysView:
        return replace(self, ways=ways)

    def with_others(self, others: bool) -> JourneysView:
        return replace(self, others=others)


def parse_journeys(parameters: Mapping[str, list[str]]) -> JourneysView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    window, order = only(parameters, "window") or str(WINDOW), only(parameters, "order")
    repeats = only(parameters, "repeats") or RepeatedTouches.ONE_A_DAY.value
    ways, others = only(parameters, "ways") or str(USUAL_WAYS), only(parameters, "others")
    if not (
        window.isascii() and window.isdecimal() and len(window) < 4 and 0 < int(window) <= LONGEST_WINDOW
    ):
        raise BadRequest(
            f"A touch cannot count for {window[:20]!r} days.",
            f"Take a whole number from 1 to {LONGEST_WINDOW}.",
        )
    if repeats not in set(RepeatedTouches):
        raise BadRequest(
            f"Touches are not counted by {repeats[:20]!r}.", did_you_mean(repeats, RepeatedTouches)
        )
    if order and order not in map(str, ORDERS):
        raise BadRequest(
            f"A chain of order {order[:20]!r} is not offered.", "Take 1, 2 or 3, or leave it away."
        )
    if ways not in map(str, WAYS):
        raise BadRequest(f"{ways[:20]!r} ways are not offered.", f"Take {', '.join(map(str, WAYS))}.")
    if others not in ("", "yes"):
        raise BadRequest(f"The other ways are not opened by {others[:20]!r}.", "Write others=yes.")
    cuts = tuple(parse_cut(text) for text in parameters.get("where", ()))
    terms = PathTerms(
        int(window), RepeatedTouches(repeats), tuple(dict.fromkeys(parameters.get("without", ())))
    )
    return JourneysView(cuts, terms, int(order) if order else None, int(ways), bool(others))

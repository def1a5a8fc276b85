"""What the page Demand shows, frozen: slice, product, how prices are read, cost, conventions. The URL holds it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cubes.address_parameters import check_names, only
from cubes.query import Cut, parse_cut
from data.errors import BadRequest, did_you_mean
from mining.pricing.answer_rule import RuleBase
from mining.pricing.named_prices import SLIP_TIMES, PriceTerms, PriceUnit
from mining.pricing.price_sensitivity import Crossing, FallingCurves, SensitivityTerms

ALL_PRODUCTS = "all"
SHADINGS = (1.0, 0.95, 0.9, 0.85, 0.8, 0.7)
SLIPS = (5.0, 10.0, 100.0, 1_000.0, 0.0)
MOST_PRICES, MOST = 20, 1e9
PARAMETERS = (
    "where", "product", "unit", "shading", "cost", "slip", "at", "bid", "by", "base", "falling", "crossing",
    "between",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemandView:
    """Prices within the cuts of a `product` (its number; empty: the one most persons named a price of; ALL_PRODUCTS),
    read by unit, `shading` and `slip`; `cost` is None where the price list says it, `at` empty where the page chooses
    prices, `bid` the price that is answered (None: the page's choice), `by` a level that parts customers, `base`
    None where the page chooses what a rule's threshold is of."""

    cuts: tuple[Cut, ...] = ()
    product: str = ""
    unit: PriceUnit | None = None
    shading: float = 1.0
    cost: float | None = None
    slip: float = SLIP_TIMES
    at: tuple[float, ...] = ()
    bid: float | None = None
    by: str = ""
    base: RuleBase | None = None
    limits: SensitivityTerms = SensitivityTerms()  # noqa: RUF009 (frozen)

    @property
    def terms(self) -> PriceTerms:
        """Money of one product, shares of the price asked of all, unless somebody chose."""
        usual = PriceUnit.OF_ASKED if self.product == ALL_PRODUCTS else PriceUnit.MONEY
        return PriceTerms(self.unit or usual, self.shading, self.slip)

    def to_parameters(self) -> dict[str, list[str]]:
        limits, usual = self.limits, SensitivityTerms()
        found = {
            "where": [str(cut) for cut in self.cuts],
            "product": [self.product],
            "unit": [self.unit.value if self.unit else ""],
            "shading": [f"{self.shading:g}" if self.shading != 1 else ""],
            "cost": ["" if self.cost is None else f"{self.cost:.12g}"],
            "slip": [f"{self.slip:g}" if self.slip != SLIP_TIMES else ""],
            "at": [",".join(f"{each:.12g}" for each in self.at)],
            "bid": ["" if self.bid is None else f"{self.bid:.12g}"],
            "by": [self.by],
            "base": [self.base.value if self.base else ""],
            "falling": [limits.falling.value if limits.falling is not usual.falling else ""],
            "crossing": [limits.crossing.value if limits.crossing is not usual.crossing else ""],
            "between": ["yes" if limits.interpolated else ""],
        }
        return {name: values for name, values in found.items() if any(values)}

    def within(self, cuts: tuple[Cut, ...]) -> DemandView:
        return replace(self, cuts=cuts)

    def of_product(self, product: str) -> DemandView:
        """Of another product: prices, and what it costs, are chosen anew."""
        return replace(self, product=product, unit=None, cost=None, at=(), bid=None)


def parse_demand(parameters: Mapping[str, list[str]]) -> DemandView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)

    def said(name: str) -> str:
        return only(parameters, name) or ""

    shading = number_of(said("shading") or "1", "a share of what persons would pay", 0.01, 1)
    cost = number_of(said("cost"), "a cost", 0, MOST) if said("cost") else None
    bid = number_of(said("bid"), "a price that somebody named", 0, MOST) if said("bid") else None
    slip = number_of(said("slip") or f"{SLIP_TIMES:g}", "a number of times", 0, MOST)
    falling = _one_of(said("falling") or FallingCurves.OVER.value, tuple(FallingCurves), "Falling curves")
    crossing = _one_of(said("crossing") or Crossing.MIN.value, tuple(Crossing), "A crossing")
    unit = _one_of(said("unit"), ("", *PriceUnit), "A unit of prices")
    base = _one_of(said("base"), ("", *RuleBase), "A base of the rule")
    between = _one_of(said("between"), ("", "yes"), "Whether one goes straight between prices")
    return DemandView(
        tuple(parse_cut(text) for text in parameters.get("where", ())),
        said("product"),
        PriceUnit(unit) if unit else None,
        shading,
        cost,
        slip,
        prices_of(said("at")),
        bid,
        said("by"),
        RuleBase(base) if base else None,
        SensitivityTerms(FallingCurves(falling), Crossing(crossing), bool(between)),
    )


def number_of(text: str, what: str, least: float, most: float) -> float:
    """A number that was written. Raises BadRequest."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not least <= found <= most:
        raise BadRequest(f"{text[:20]!r} is not {what}.", f"Write a number from {least:g} to {most:g}.")
    return found


def prices_of(text: str) -> tuple[float, ...]:
    """Prices that were written like 50, 100, 150: rising, each once. Raises BadRequest."""
    parts = [each.strip() for each in text.replace(";", ",").split(",") if each.strip()]
    if len(parts) > MOST_PRICES:
        raise BadRequest(f"{len(parts)} prices are too many for one table.", f"Take up to {MOST_PRICES}.")
    found = {number_of(each, "a price", 0, MOST) for each in parts}
    if 0 in found:
        raise BadRequest("At a price of 0 everybody would buy.", "Write prices above 0, like 50, 100, 150.")
    return tuple(sorted(found))


def _one_of(text: str, offered: tuple[str, ...], what: str) -> str:
    if text not in offered:
        raise BadRequest(
            f"{what} is not told by {text[:20]!r}.", did_you_mean(text, [*filter(None, offered)])
        )
    return text

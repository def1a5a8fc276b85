"""What the page Customer share shows, frozen: the slice, the tier, what it is compared with. The URL holds it all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cubes.address_parameters import check_names, only
from cubes.query import Cut, parse_cut
from data.errors import BadRequest, did_you_mean
from mining.customer_share.attainable_ceiling import QUANTILES
from mining.customer_share.nbd_dirichlet import PanelBrand
from mining.customer_share.share_tier import Tier

TIERS = {
    Tier.OBSERVED: "Observed",
    Tier.SURVEYED: "Surveyed",
    Tier.ATTAINABLE: "Attainable",
    Tier.BREADTH: "Breadth",
    Tier.DIRICHLET: "Market model",
}
PARAMETERS = ("where", "tier", "quantile", "by", "group", "penetration", "rate", "brand")
MOST_BRANDS = 30


@dataclass(frozen=True, slots=True)
class PanelTotals:
    """What a panel tells of a category: part of households that buy it, purchases a buyer, and its brands."""

    penetration: float
    rate: float
    brands: tuple[PanelBrand, ...]


@dataclass(frozen=True, slots=True)
class ShareView:
    """`quantile` matters to the attainable tier and `panel` to the market model alone; `by` is the level of groups,
    empty where the page chooses; `group` is the one opened."""

    cuts: tuple[Cut, ...] = ()
    tier: Tier = Tier.ATTAINABLE
    quantile: float = QUANTILES[0]
    by: str = ""
    group: str = ""
    panel: PanelTotals | None = None

    def to_parameters(self) -> dict[str, list[str]]:
        """The URL's parameters; the tier always stands there."""
        found = {
            "where": [str(cut) for cut in self.cuts],
            "tier": [self.tier.value],
            "quantile": [f"{self.quantile:g}"] if self.tier is Tier.ATTAINABLE else [],
            "by": [self.by] if self.by else [],
            "group": [self.group] if self.group else [],
        }
        if self.panel and self.tier is Tier.DIRICHLET:
            found["penetration"] = [repr(self.panel.penetration)]
            found["rate"] = [repr(self.panel.rate)]
            found["brand"] = [
                f"{each.share!r}:{each.penetration!r}:{each.name}" for each in self.panel.brands
            ]
        return {name: values for name, values in found.items() if values}

    def within(self, cuts: tuple[Cut, ...]) -> ShareView:
        """The same tier over another slice; the group that was open may not be there."""
        return replace(self, cuts=cuts, group="")

    def of(self, tier: Tier) -> ShareView:
        return replace(self, tier=tier, group="")

    def against(self, quantile: float) -> ShareView:
        return replace(self, quantile=quantile, tier=Tier.ATTAINABLE)

    def grouped(self, by: str) -> ShareView:
        return replace(self, by=by, group="")

    def open(self, group: str) -> ShareView:
        return replace(self, group=group)

    def told(self, panel: PanelTotals) -> ShareView:
        return replace(self, panel=panel, tier=Tier.DIRICHLET)


def parse_share(parameters: Mapping[str, list[str]]) -> ShareView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    tier = only(parameters, "tier") or Tier.ATTAINABLE.value
    if tier not in set(Tier):
        raise BadRequest(f"There is no tier {tier!r} of customer share.", did_you_mean(tier, Tier))
    return ShareView(
        tuple(parse_cut(text) for text in parameters.get("where", ())),
        Tier(tier),
        parse_number(only(parameters, "quantile") or f"{QUANTILES[0]:g}", "quantile"),
        only(parameters, "by"),
        only(parameters, "group"),
        _panel(parameters),
    )


def parse_brands(lines: list[str]) -> tuple[PanelBrand, ...]:
    """Brands from lines of share, penetration and name, such as 0.25:0.20:Colgate. Raises BadRequest."""
    told = [line for line in lines if line.strip()]
    if len(told) > MOST_BRANDS:
        raise BadRequest(
            f"{len(told)} brands are more than anybody can read.", f"Name at most {MOST_BRANDS}."
        )
    return tuple(map(_brand, told))


def parse_number(text: str, name: str) -> float:
    """A number written in digits. Raises BadRequest."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not (text.isascii() and math.isfinite(found)):
        raise BadRequest(f"{name}={text[:20]!r} is no number.", f"Write it in digits, such as {name}=0.8.")
    return found


def _brand(line: str) -> PanelBrand:
    share, _, rest = line.partition(":")
    penetration, colon, name = rest.partition(":")
    if not colon or not name.strip():
        raise BadRequest(
            f"{line[:40]!r} is no brand.", "Write share, penetration and name with colons: 0.25:0.20:Colgate."
        )
    return PanelBrand(
        name.strip(), parse_number(share.strip(), "share"), parse_number(penetration.strip(), "penetration")
    )


def _panel(parameters: Mapping[str, list[str]]) -> PanelTotals | None:
    if not parameters.get("brand"):
        return None
    brands = parse_brands(list(parameters["brand"]))
    penetration, rate = (parse_number(only(parameters, name), name) for name in ("penetration", "rate"))
    return PanelTotals(penetration, rate, brands)

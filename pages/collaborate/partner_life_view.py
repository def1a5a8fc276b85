"""What the page Partner life cycle shows, frozen: which type of partner, over which months, who is open; the URL holds
it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cubes.address_parameters import check_names, only
from data.errors import BadRequest, did_you_mean

SPANS = {"3": "Last 3 months", "12": "Last 12 months", "24": "Last 24 months", "0": "All time"}
PARAMETERS = ("type", "months", "partner")


@dataclass(frozen=True, slots=True)
class PartnerLifeView:
    """`type` of partner ("" all), the `months` that are looked at (0 all), the id of the `partner` that is open."""

    type: str = ""
    months: int = 12
    partner: str = ""

    def to_parameters(self) -> dict[str, list[str]]:
        """The URL's parameters, defaults left out."""
        told = {
            "type": self.type,
            "months": str(self.months) if self.months != 12 else "",
            "partner": self.partner,
        }
        return {name: [each] for name, each in told.items() if each}

    def of_type(self, kind: str) -> PartnerLifeView:
        return replace(self, type=kind)

    def over(self, months: int) -> PartnerLifeView:
        return replace(self, months=months)

    def opened(self, partner: str) -> PartnerLifeView:
        return replace(self, partner=partner)


def parse_partner_life(parameters: Mapping[str, list[str]]) -> PartnerLifeView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    told = {name: only(parameters, name) for name in PARAMETERS}
    months = told["months"] or "12"
    if months not in SPANS:
        raise BadRequest(f"months={months[:20]!r} is no choice.", did_you_mean(months, SPANS))
    return PartnerLifeView(told["type"], int(months), told["partner"])

"""What the page Plan shows, frozen: which campaign is open, or for which audience one is begun. The URL holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cubes.address_parameters import check_names, only

PARAMETERS = ("campaign", "audience")


@dataclass(frozen=True, slots=True)
class PlanView:
    """The ids of the campaign that is open and of the audience that a new one is begun with; each empty where none."""

    campaign: str = ""
    audience: str = ""

    def to_parameters(self) -> dict[str, list[str]]:
        """The URL's parameters, defaults left out."""
        return {name: [value] for name in PARAMETERS if (value := getattr(self, name))}


def parse_plan(parameters: Mapping[str, list[str]]) -> PlanView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    return PlanView(*(only(parameters, name) for name in PARAMETERS))

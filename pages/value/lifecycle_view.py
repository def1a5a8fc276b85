"""What the page Life cycle shows, frozen: slice, period, stage of those who are due. The URL holds it all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from cubes.address_parameters import check_names, only
from cubes.query import Cut, parse_cut
from data.errors import BadRequest
from pages.value.retention_view import parse_until

PARAMETERS = ("where", "until", "months", "stage")
SPANS = {12: "Twelve months", 3: "Three months", 1: "One month", 0: "All time"}


@dataclass(frozen=True, slots=True)
class LifecycleView:
    """The book of the `months` (0: all time) that end with the day `until` (None: the last of the data), and who is
    due of the `stage` (all, where none is named)."""

    cuts: tuple[Cut, ...] = ()
    until: date | None = None
    months: int = 12
    stage: str = ""

    def to_parameters(self) -> dict[str, list[str]]:
        found = {
            "where": [str(cut) for cut in self.cuts],
            "until": [self.until.isoformat()] if self.until else [],
            "months": [str(self.months)] if self.months != 12 else [],
            "stage": [self.stage] if self.stage else [],
        }
        return {name: values for name, values in found.items() if values}

    def within(self, cuts: tuple[Cut, ...]) -> LifecycleView:
        return replace(self, cuts=cuts)

    def seen_until(self, until: date | None) -> LifecycleView:
        return replace(self, until=until)

    def over(self, months: int) -> LifecycleView:
        return replace(self, months=months)

    def due_in(self, stage: str) -> LifecycleView:
        return replace(self, stage=stage)


def parse_lifecycle(parameters: Mapping[str, list[str]]) -> LifecycleView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    months = only(parameters, "months") or "12"
    if months not in map(str, SPANS):
        raise BadRequest(
            f"The book has no period of {months[:20]!r} months.", "Choose 12, 3, 1, or 0 for all."
        )
    cuts = tuple(parse_cut(text) for text in parameters.get("where", ()))
    return LifecycleView(cuts, parse_until(only(parameters, "until")), int(months), only(parameters, "stage"))

"""What the page Life cycle shows, frozen: slice, period, picture, who is due. The URL holds it all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from cubes.address_parameters import check_names, only
from cubes.query import Cut, parse_cut
from data.errors import BadRequest, did_you_mean
from pages.value.retention_view import parse_until

PARAMETERS = ("where", "until", "months", "picture", "stage", "by")
SPANS = {12: "Twelve months", 3: "Three months", 1: "One month", 0: "All time"}
BEFORE = "before"  # customers are told apart by the stage that they came from


class FlowPicture(StrEnum):
    BANDS = "bands"
    CELLS = "cells"


@dataclass(frozen=True, slots=True)
class LifecycleView:
    """The book and the moves of the `months` (0: all time) that end with the day `until` (None: the last of the data);
    who is due of the `stage` (all, where none is named), held against others of their member of the level `by`."""

    cuts: tuple[Cut, ...] = ()
    until: date | None = None
    months: int = 12
    picture: FlowPicture = FlowPicture.BANDS
    stage: str = ""
    by: str = ""

    def to_parameters(self) -> dict[str, list[str]]:
        found = {
            "where": [str(cut) for cut in self.cuts],
            "until": [self.until.isoformat()] if self.until else [],
            "months": [str(self.months)] if self.months != 12 else [],
            "picture": [self.picture.value] if self.picture is not FlowPicture.BANDS else [],
            "stage": [self.stage] if self.stage else [],
            "by": [self.by] if self.by else [],
        }
        return {name: values for name, values in found.items() if values}

    def within(self, cuts: tuple[Cut, ...]) -> LifecycleView:
        return replace(self, cuts=cuts)

    def seen_until(self, until: date | None) -> LifecycleView:
        return replace(self, until=until)

    def over(self, months: int) -> LifecycleView:
        return replace(self, months=months)

    def drawn_as(self, picture: FlowPicture) -> LifecycleView:
        return replace(self, picture=picture)

    def due_in(self, stage: str) -> LifecycleView:
        return replace(self, stage=stage)

    def told_apart(self, by: str) -> LifecycleView:
        return replace(self, by=by)


def parse_lifecycle(parameters: Mapping[str, list[str]]) -> LifecycleView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, PARAMETERS)
    months = only(parameters, "months") or "12"
    if months not in map(str, SPANS):
        raise BadRequest(
            f"The book has no period of {months[:20]!r} months.", "Choose 12, 3, 1, or 0 for all."
        )
    picture = only(parameters, "picture") or FlowPicture.BANDS
    if picture not in set(FlowPicture):
        raise BadRequest(f"Moves have no picture {picture[:20]!r}.", did_you_mean(picture, FlowPicture))
    cuts = tuple(parse_cut(text) for text in parameters.get("where", ()))
    return LifecycleView(
        cuts,
        parse_until(only(parameters, "until")),
        int(months),
        FlowPicture(picture),
        only(parameters, "stage"),
        only(parameters, "by"),
    )

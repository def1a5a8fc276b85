"""What the page Call centre shows, frozen: which contacts of which weeks, targets, business hours, the hour opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from cubes.address_parameters import check_names, only
from data.errors import BadRequest, did_you_mean
from mining.service.agents_needed import ServiceTarget
from mining.service.business_hours import USUAL, BusinessHours, parse_hours
from mining.service.contact_resolution import MOST_DAYS, WITHIN_DAYS

KINDS = {"calls": ("call",), "tickets": ("ticket",), "both": ("call", "ticket")}
SHOWN = ("contacts", "answered", "wait", "handle", "abandoned")
WEEKS = (13, 26, 52, 0)
SHARES, SECONDS = (50, 99), (0, 180)


@dataclass(frozen=True, slots=True)
class CallCentreView:
    """`kinds` are calls, tickets or both, of the last so many `weeks` (0: all). `show` is what the map of the week
    tells; `days` those within which a further contact says that the first settled nothing. `share` (percent) of calls
    is to be answered within `seconds`, by agents busy `busy` percent at most, of whom `away` percent are away; callers
    hang up where `patience` counts. `opens` and `holidays` are the business hours; `hour` (weekday-hour) is opened."""

    kinds: str = "calls"
    weeks: int = 52
    show: str = SHOWN[0]
    days: int = WITHIN_DAYS
    share: int = 80
    seconds: int = 20
    busy: int = 100
    away: int = 0
    patience: bool = False
    opens: str = USUAL
    holidays: str = ""
    hour: str = ""

    def to_parameters(self) -> dict[str, list[str]]:
        usual = CallCentreView()
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: [_written(value)] for name, value in said.items() if value != getattr(usual, name)}

    def changed(self, **said: Any) -> CallCentreView:
        return replace(self, **said)

    @property
    def kinds_read(self) -> tuple[str, ...]:
        return KINDS[self.kinds]

    @property
    def noun(self) -> str:
        """What one of its contacts is called."""
        return {"calls": "call", "tickets": "ticket", "both": "contact"}[self.kinds]

    @property
    def target(self) -> ServiceTarget:
        return ServiceTarget(self.share / 100, float(self.seconds), self.busy / 100, self.away / 100)

    @property
    def hours(self) -> BusinessHours:
        return parse_hours(self.opens, self.holidays)

    @property
    def opened(self) -> tuple[int, int] | None:
        """The weekday (1 is Monday) and hour that are opened."""
        weekday, _, hour = self.hour.partition("-")
        return (int(weekday), int(hour)) if self.hour else None


def _written(value: object) -> str:
    return "yes" if value is True else str(value)


def parse_call_centre(parameters: Mapping[str, list[str]]) -> CallCentreView:
    """The view that `to_parameters` wrote. Raises BadRequest, in words, on what it can't read."""
    check_names(parameters, [each.name for each in fields(CallCentreView)])
    said = {name: only(parameters, name) for name in parameters}
    usual = CallCentreView()
    found = CallCentreView(
        _one_of(said.get("kinds"), usual.kinds, [*KINDS], "kind of contact"),
        _number(said, "weeks", usual.weeks, 0, 520),
        _one_of(said.get("show"), usual.show, [*SHOWN], "map of the week"),
        _number(said, "days", usual.days, 1, MOST_DAYS),
        _number(said, "share", usual.share, *SHARES),
        _number(said, "seconds", usual.seconds, *SECONDS),
        _number(said, "busy", usual.busy, 1, 100),
        _number(said, "away", usual.away, 0, 99),
        said.get("patience") == "yes",
        said.get("opens") or usual.opens,
        said.get("holidays") or "",
        said.get("hour") or "",
    )
    _ = found.hours
    if found.hour and found.hour not in {f"{day}-{hour}" for day in range(1, 8) for hour in range(24)}:
        raise BadRequest(f"{found.hour[:20]!r} is no hour of a week.", "Write one like 1-10: Monday from 10.")
    return found


def _one_of(text: str | None, usual: str, known: list[str], name: str) -> str:
    if text and text not in known:
        raise BadRequest(f"There is no {name} {text[:20]!r}.", did_you_mean(text, known))
    return text or usual


def _number(said: Mapping[str, str], name: str, usual: int, least: int, most: int) -> int:
    text = said.get(name, str(usual))
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and least <= int(text) <= most):
        raise BadRequest(f"{name}={text[:20]!r} cannot be.", f"Write a whole number from {least} to {most}.")
    return int(text)

"""The fields of a plan as its widgets hold them: each read from a planned campaign, and put into one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from data.errors import BadRequest
from data.operational.planned_campaigns import TREATED, CampaignDesign, DesignKind, PlannedCampaign

PERCENT = 100
NO_CAP, NEVER = 0, -1  # what stands for none among numbers
PART = re.compile(r"(?P<name>.*?)(?:\s+(?P<part>\d+(?:[.,]\d+)?)\s*%?)?")
MOST_ARMS = 10
OF_DESIGN = frozenset(each.name for each in fields(CampaignDesign))


@dataclass(frozen=True, slots=True)
class PlanField:
    """How a widget's value is read from a campaign, and put into it; `put` raises BadRequest for what cannot be."""

    read: Callable[[PlannedCampaign], Any]
    put: Callable[[PlannedCampaign, Any], PlannedCampaign]


def value_of(campaign: PlannedCampaign, name: str) -> Any:
    """What the widget of a field shows."""
    return _field(name).read(campaign)


def with_values(campaign: PlannedCampaign, values: Mapping[str, Any]) -> PlannedCampaign:
    """The campaign with what widgets hold. Raises BadRequest for the first that cannot be read."""
    for name, value in values.items():
        campaign = _field(name).put(campaign, value)
    return campaign


def arms_text(arms: Iterable[tuple[str, float]]) -> str:
    """The arms as people write them: empty for one, else each with its part of those reached.

    >>> arms_text((("A", 0.6), ("B", 0.3))), arms_text((("treated", 0.9),))
    ('A 66.67%, B 33.33%', '')
    """
    named = tuple(arms)
    if [name for name, _ in named] == [TREATED]:
        return ""
    whole = sum(share for _, share in named)
    return ", ".join(f"{name} {share / whole * PERCENT:.4g}%" for name, share in named)


def parse_arms(text: str) -> tuple[tuple[str, float], ...]:
    """Arms with their parts (adding up to 1) of those reached, as `A, B` or `A 60%, B 40%`; one where nothing is
    written. Raises BadRequest.

    >>> parse_arms("A 2, B 2"), parse_arms(" ")
    ((('A', 0.5), ('B', 0.5)), (('treated', 1.0),))
    """
    found = [match for each in text.split(",") if (match := PART.fullmatch(each.strip())) and match["name"]]
    if not text.strip():
        return ((TREATED, 1.0),)
    if len(found) != len(text.split(",")) or len(found) > MOST_ARMS:
        raise BadRequest(
            f"“{text[:40]}” are no arms.", f"Write up to {MOST_ARMS} names with their parts: A 50%, B 50%."
        )
    parts = [float((match["part"] or "1").replace(",", ".")) for match in found]
    if not sum(parts):
        raise BadRequest("The arms have no part of anybody.", "Write them like A 50%, B 50%.")
    return tuple((match["name"], part / sum(parts)) for match, part in zip(found, parts, strict=True))


def _with_design(campaign: PlannedCampaign, **changed: Any) -> PlannedCampaign:
    """With another design: how it is measured follows from who is held out, and who stays together."""
    design = replace(campaign.design, **changed)
    if design.kind in ("customer", "cluster", "none"):
        design = replace(design, kind=_kind(design))
    return replace(campaign, design=design)


def _kind(design: CampaignDesign) -> DesignKind:
    if not design.held_out:
        return "none"
    return "cluster" if design.together else "customer"


def _held_out(campaign: PlannedCampaign, percent: float) -> PlannedCampaign:
    held = round(percent / PERCENT, 6)
    return _with_design(campaign, held_out=held, arms=_shared(campaign.design.arms, 1 - held))


def _arms(campaign: PlannedCampaign, text: str) -> PlannedCampaign:
    return _with_design(campaign, arms=_shared(parse_arms(text), 1 - campaign.design.held_out))


def _shared(arms: Iterable[tuple[str, float]], among: float) -> tuple[tuple[str, float], ...]:
    """The same arms over another share of all."""
    named = tuple(arms)
    whole = sum(share for _, share in named)
    return tuple((name, share / whole * among if whole else among / len(named)) for name, share in named)


def _amount(value: Any) -> Decimal:
    try:
        return round(Decimal(str(value or 0)), 4)
    except InvalidOperation:
        raise BadRequest(f"{value!r} is no amount.", "Write a number, such as 0.25.") from None


def _smallest(campaign: PlannedCampaign, percent: float | None) -> PlannedCampaign:
    return replace(campaign, smallest=_amount(percent) if percent else None)


def _day(name: str) -> PlanField:
    def put(campaign: PlannedCampaign, day: Any) -> PlannedCampaign:
        if not isinstance(day, date):
            raise BadRequest("No day is chosen.", "Choose the days from and until which it runs.")
        changed: dict[str, Any] = {name: day}
        return replace(campaign, **changed)

    return PlanField(lambda each: getattr(each, name), put)


def _measure(campaign: PlannedCampaign, name: str | None) -> PlannedCampaign:
    others = tuple(each for each in campaign.secondary if each != name)
    return replace(campaign, measure=name or "", secondary=others)


def _or_none(name: str, none: int) -> PlanField:
    """A number of the design that may be missing, which lists offer as another number."""

    def read(campaign: PlannedCampaign) -> int:
        value: int | None = getattr(campaign.design, name)
        return none if value is None else value

    def put(campaign: PlannedCampaign, value: int | None) -> PlannedCampaign:
        return _with_design(campaign, **{name: None if value == none else value})

    return PlanField(read, put)


SPECIAL: Mapping[str, PlanField] = {
    "most_contacts": _or_none("most_contacts", NO_CAP),
    "reentry_days": _or_none("reentry_days", NEVER),
    "measure": PlanField(lambda each: each.measure, _measure),
    "starts": _day("starts"),
    "ends": _day("ends"),
    "held_out": PlanField(lambda each: round(each.design.held_out * PERCENT, 4), _held_out),
    "arms": PlanField(lambda each: arms_text(each.design.arms), _arms),
    "cost": PlanField(lambda each: float(each.cost), lambda each, value: replace(each, cost=_amount(value))),
    "smallest": PlanField(lambda each: None if each.smallest is None else float(each.smallest), _smallest),
    "secondary": PlanField(
        lambda each: list(each.secondary), lambda each, value: replace(each, secondary=tuple(value))
    ),
    "strata": PlanField(
        lambda each: list(each.design.strata), lambda each, value: _with_design(each, strata=tuple(value))
    ),
    "quiet_days": PlanField(
        lambda each: list(each.design.quiet_days),
        lambda each, value: _with_design(each, quiet_days=tuple(value)),
    ),
}


def _field(name: str) -> PlanField:
    if name in SPECIAL:
        return SPECIAL[name]
    if name in OF_DESIGN:
        return PlanField(
            lambda each: getattr(each.design, name), lambda each, value: _with_design(each, **{name: value})
        )
    return PlanField(lambda each: getattr(each, name), lambda each, text: _with_text(each, name, text))


def _with_text(campaign: PlannedCampaign, name: str, text: str | None) -> PlannedCampaign:
    changed: dict[str, Any] = {name: (text or "").strip()}
    return replace(campaign, **changed)

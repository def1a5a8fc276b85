"""The effect of a campaign that was drawn for regions or days, as a row of the command `effect`."""

from __future__ import annotations

import math
from typing import Any

from cubes.analysis.campaign_outcomes import Outcome, RunCampaign
from cubes.analysis.drawn_units import SUMMED, region_periods, unit_days
from data.errors import BadRequest
from data.store.warehouse import Warehouse
from mining.campaigns.effect_design import EffectDesign
from mining.campaigns.switchback_difference import switchback_difference
from mining.campaigns.synthetic_control import synthetic_control

Told = tuple[dict[str, Any], tuple[str, ...]]
OF_TIME = ("switchback", "geo")


def effect_over_time(
    warehouse: Warehouse, campaign: RunCampaign, outcome: Outcome, design: EffectDesign, days: int
) -> Told:
    """What tells an effect by units and time, by name, and what is to be known beside it.

    Raises BadRequest for a measure that does not add up by day and for what is no level of customers.
    """
    if outcome.name not in SUMMED:
        raise BadRequest(
            f"{outcome.label} does not add up by {design.level} and day.",
            f"Choose one of: {', '.join(SUMMED)}.",
        )
    if design.kind == "geo":
        return _by_region(warehouse, campaign, outcome.name, design, days)
    return _switched(warehouse, campaign, outcome.name, design)


def _by_region(
    warehouse: Warehouse, campaign: RunCampaign, measure: str, design: EffectDesign, days: int
) -> Told:
    periods = region_periods(warehouse, campaign, measure, design.level, days)
    found = synthetic_control(periods.frame, periods.treated)
    mixed = ", ".join(f"{name} {weight:.2f}" for name, weight in found.weights)
    notes = [
        f"By week and {design.level}: {found.treated} had the campaign, {found.others} others did not;"
        f" {found.before} weeks before it, {found.after} after."
    ]
    if not found.refusal:
        notes += [
            f"Its like is mixed of {mixed}; before the campaign that is off by {found.fit:.1%}.",
            f"p is that of placebos: with {found.others} others it cannot be below {1 / (found.others + 1):.2g}.",
        ]
    row = {"effect": _known(found.difference), "p": _known(found.p), "relative": _known(found.relative)}
    return {**row, "refusal": found.refusal}, tuple(notes)


def _switched(warehouse: Warehouse, campaign: RunCampaign, measure: str, design: EffectDesign) -> Told:
    frame = unit_days(warehouse, campaign, measure, design.level, design.block_days)
    found = switchback_difference(frame, design.block_days, design.burn_in)
    notes = [
        f"By day and {design.level}: {found.units} units, {found.on} blocks on and {found.off} off, the first"
        f" {design.burn_in} days of each dropped; p is that of the schedule drawn anew.",
        *([f"Blocks that were both on and off, left out: {found.mixed}."] if found.mixed else []),
        *found.notes,
    ]
    named = {"effect": found.difference, "low": found.low, "high": found.high, "p": found.p,
             "held_out_mean": found.off_mean}  # fmt: skip
    return {**{name: _known(one) for name, one in named.items()}, "refusal": found.refusal}, tuple(notes)


def _known(number: float) -> float | None:
    return number if math.isfinite(number) else None

"""How a campaign is to be measured: as its stored plan says, where it was planned here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cubes.analysis.campaign_outcomes import DAYS_AFTER, RunCampaign
from data.operational import operational_store
from data.operational.planned_campaigns import DELETED, DRAFT, PlannedCampaign, all_plans
from data.store.warehouse import Warehouse

Plans = Mapping[str, PlannedCampaign]


@dataclass(frozen=True, slots=True)
class CampaignMeasurement:
    """`shares` of those reached and held out (None: not known), `days` from the contact over which the measure is read,
    the `design` by which arms were drawn and the `level` of customers that was drawn ("" for customers themselves), and
    the last day (None: not known). `measure` is the one it is to move ("": not known). `is_planned` where a stored plan
    says so that one can still look at."""

    shares: tuple[float, float] | None = None
    days: int = DAYS_AFTER
    design: str = "customer"
    level: str = ""
    ends: date | None = None
    is_planned: bool = False
    measure: str = ""

    def notes(self, campaign: RunCampaign) -> tuple[str, ...]:
        """What is to be known where contacts go on after the end that was planned."""
        if self.ends is None or campaign.last <= self.ends:
            return ()
        return (
            f"The last contact is of {campaign.last}, after the campaign's end on {self.ends}; all count.",
        )


def stored_plans(warehouse: Warehouse) -> Plans:
    """The campaigns that were planned and are no drafts, by id; of those that were deleted the arms stay what they are.
    Errors: WarehouseError."""
    planned = all_plans(operational_store.of(warehouse))
    return {each.id: each for each in planned if each.state != DRAFT}


def measurement(plans: Plans, campaign: RunCampaign) -> CampaignMeasurement:
    """What the plan of a campaign says; the usual where there is none."""
    plan = plans.get(campaign.id)
    if plan is None:
        return CampaignMeasurement()
    design, held = plan.design, plan.design.held_out
    level = design.together if design.kind in ("cluster", "geo", "switchback") else ""
    return CampaignMeasurement(
        (1 - held, held) if held else None,
        design.days,
        design.kind,
        level,
        plan.ends,
        plan.state != DELETED,
        plan.measure,
    )


def last_days(plans: Plans, campaigns: list[RunCampaign]) -> dict[int, date]:
    """The last day of each campaign that was planned, by its code."""
    return {each.code: plans[each.id].ends for each in campaigns if each.id in plans}

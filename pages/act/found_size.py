"""What a planned campaign could find with the customers whom it reaches: their past handed to the miner of plans."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import streamlit as st

from cubes.analysis.campaign_outcomes import PURCHASES, Outcome
from cubes.analysis.measure_past import past_of_customers
from data.campaigns.contact_rules import ContactRules
from data.errors import BadRequest
from data.operational.planned_campaigns import PlannedCampaign
from mining.campaigns.campaign_plan import CampaignPlan, campaign_plan
from pages.act.found_reach import FoundReach
from pages.ui import session

USUAL_LIFT = 5  # percent of the mean, where nobody said what is worth finding
PERCENT = 100


@dataclass(frozen=True, slots=True)
class FoundSize:
    """What all who are reached show together, by what they did in the last `days`; where there are several arms, what
    the smallest, `arm`, shows alone against those held out."""

    plan: CampaignPlan
    days: int
    arm: str
    alone: CampaignPlan | None

    @property
    def basis(self) -> str:
        """Of what its mean and variance are, in words."""
        return f"what these customers did in the last {self.days} days"


def found_size(campaign: PlannedCampaign, reach: FoundReach, outcome: Outcome) -> FoundSize:
    """Which effect the customers whom a campaign may reach can show, and how many the effect worth finding takes.

    Raises BadRequest where nothing tells: nobody held out, too few customers, or all did the same.
    """
    if not campaign.design.held_out:
        raise BadRequest("Nobody is held out, so no effect can be told.", "Hold out a part, such as 10%.")
    if campaign.measure not in PURCHASES:
        raise BadRequest(
            f"What {outcome.label.lower()} could show is not told before it starts.",
            "Look at what it is made of, such as revenue or orders.",
        )
    if len(reach.measured) < 2:
        raise BadRequest("Too few customers may be reached to tell an effect.", "Choose another audience.")
    asked = (session.warehouse().version, campaign.audience, reach.rules)
    frame = _past(*asked, campaign.measure, campaign.design.days, reach)
    lift = float(campaign.smallest or USUAL_LIFT) / PERCENT
    value, before = frame["value"].to_numpy(), frame["before"].to_numpy()

    def planned(customers: int, held: float) -> CampaignPlan:
        return campaign_plan(value, before, customers, held, lift, outcome.is_share)

    customers, held = arms_of(campaign, reach)
    name, alone = _smallest_arm(campaign, customers, held)
    try:
        arm = planned(*alone) if name else None
        return FoundSize(planned(customers, held), campaign.design.days, name, arm)
    except ValueError as error:
        raise BadRequest(str(error), "Choose another audience, measure or more days.") from error


def _smallest_arm(campaign: PlannedCampaign, customers: int, held: float) -> tuple[str, tuple[int, float]]:
    """The smallest of several arms, and customers in it and held out, with the part of the latter; "" for one arm."""
    design, out = campaign.design, round(customers * held)
    name, share = min(design.arms, key=lambda each: each[1])
    if len(design.arms) < 2:
        return "", (customers, held)
    both = round((customers - out) * share / (1 - design.held_out)) + out
    return name, (both, out / max(both, 1))


def arms_of(campaign: PlannedCampaign, reach: FoundReach) -> tuple[int, float]:
    """Customers in both arms, and the part of them held out: as drawn, or as planned where that leaves an arm empty."""
    held, drawn = reach.held_out, reach.reached + reach.held_out
    return (drawn, held / drawn) if 0 < held < drawn else (len(reach.measured), campaign.design.held_out)


def is_enough(plan: CampaignPlan) -> bool:
    """Whether an effect as large as is worth finding is found, the past taken out."""
    return plan.wanted >= plan.smallest_adjusted


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={ContactRules: repr})
def _past(
    version: str, audience: str, rules: ContactRules, measure: str, days: int, _reach: FoundReach
) -> pl.DataFrame:
    return past_of_customers(session.warehouse(), _reach.measured, measure, days)

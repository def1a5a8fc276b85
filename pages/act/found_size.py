"""What a planned campaign could find with the customers whom it reaches: their past handed to the miner of plans."""

from __future__ import annotations

import polars as pl
import streamlit as st

from cubes.analysis.campaign_outcomes import PURCHASES, Outcome
from cubes.analysis.measure_past import past_of_customers
from data.campaigns.contact_rules import ContactRules
from data.errors import BadRequest
from data.operational.planned_campaigns import PlannedCampaign
from mining.campaigns.campaign_plan import CampaignPlan, campaign_plan
from pages.act.found_plan import FoundPlan
from pages.act.found_reach import FoundReach
from pages.ui import session

USUAL_LIFT = 5  # percent of the mean, where nobody said what is worth finding
PERCENT = 100


def found_size(campaign: PlannedCampaign, reach: FoundReach, outcome: Outcome) -> FoundPlan:
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
    customers, held = arms_of(campaign, reach)
    try:
        plan = campaign_plan(
            frame["value"].to_numpy(), frame["before"].to_numpy(), customers, held, lift, outcome.is_share
        )
    except ValueError as error:
        raise BadRequest(str(error), "Choose another audience, measure or more days.") from error
    return FoundPlan(plan, f"what these customers did in the last {campaign.design.days} days")


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

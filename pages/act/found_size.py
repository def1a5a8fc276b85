"""What a planned campaign could find with the customers whom it reaches: their past handed to the miner of plans."""

from __future__ import annotations

import polars as pl
import streamlit as st

from cubes.analysis.campaign_outcomes import Outcome
from cubes.analysis.measure_past import past_of_customers
from data.campaigns.contact_rules import ContactRules
from data.errors import BadRequest
from data.operational.planned_campaigns import DRAFT, HELD_OUT, PlannedCampaign
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
    if len(reach.measured) < 2:
        raise BadRequest("Too few customers may be reached to tell an effect.", "Choose another audience.")
    asked = (session.warehouse().version, campaign.audience, reach.rules)
    frame = _past(*asked, campaign.measure, campaign.design.days, reach)
    lift = float(campaign.smallest or USUAL_LIFT) / PERCENT
    try:
        plan = campaign_plan(
            frame["value"].to_numpy(),
            frame["before"].to_numpy(),
            frame.height,
            held_share(campaign, reach),
            lift,
            outcome.is_share,
        )
    except ValueError as error:
        raise BadRequest(str(error), "Choose another audience, measure or more days.") from error
    return FoundPlan(plan, f"what these customers did in the last {campaign.design.days} days")


def held_share(campaign: PlannedCampaign, reach: FoundReach) -> float:
    """The part that is held out: as it is drawn, or as it was planned where that leaves an arm empty."""
    fresh, held = reach.drawn.fresh.height, reach.arms[HELD_OUT]
    is_draft = campaign.state == DRAFT and 0 < held < fresh
    return held / fresh if is_draft else campaign.design.held_out


def is_enough(plan: CampaignPlan) -> bool:
    """Whether an effect as large as is worth finding is found, the past taken out."""
    return plan.wanted >= plan.smallest_adjusted


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={ContactRules: repr})
def _past(
    version: str, audience: str, rules: ContactRules, measure: str, days: int, _reach: FoundReach
) -> pl.DataFrame:
    return past_of_customers(session.warehouse(), _reach.measured, measure, days)

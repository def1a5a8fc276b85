"""What the next campaign could find: what customers did lately handed to the miner of plans, the past remembered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import streamlit as st

from cubes.analysis.campaign_outcomes import PURCHASES
from cubes.analysis.measure_past import measure_past
from data.errors import BadRequest
from mining.campaigns.campaign_plan import CampaignPlan, campaign_plan
from mining.campaigns.ratio_difference import linearised
from pages.act.campaigns_view import CampaignsView
from pages.act.found_campaigns import CampaignLine, FoundCampaigns
from pages.ui import session


@dataclass(frozen=True, slots=True, eq=False)
class FoundPlan:
    """The plan, and of whom its mean and variance are, in words."""

    plan: CampaignPlan
    basis: str


def found_plan(view: CampaignsView, found: FoundCampaigns, opened: CampaignLine) -> FoundPlan:
    """From the last days of purchases; of what responses tell, from those held out of the campaign that is open.

    Raises BadRequest where neither is known.
    """
    frame, basis = _past(view, found, opened)
    before = frame["before"].to_numpy() if "before" in frame.columns else None
    people = view.people or frame.height
    try:
        plan = campaign_plan(
            frame["value"].to_numpy(),
            before,
            people,
            view.holdout / 100,
            view.lift / 100,
            found.outcome.is_share,
        )
    except ValueError as error:
        raise BadRequest(str(error), "Choose more customers, another measure or more days.") from error
    return FoundPlan(plan, basis)


def _past(view: CampaignsView, found: FoundCampaigns, opened: CampaignLine) -> tuple[pl.DataFrame, str]:
    if found.measure in PURCHASES and not found.outcome.kind:
        frame = _purchases(session.warehouse().version, found.measure, view.days)
        return frame, f"what customers who had bought before did in the last {view.days} days"
    told = opened.told
    held = told.frame.filter(pl.col("arm") == "held out") if told else pl.DataFrame()
    if held.height < 2:
        raise BadRequest(
            "Nobody was held out, so nothing tells this measure of people left alone.", "Choose another."
        )
    if found.outcome.parts:
        held = held.select(_linearised(held, "value", "below"), _linearised(held, "before", "before_below"))
    return held, f"what those held out of {opened.campaign.name} did within {view.days} days"


def _linearised(held: pl.DataFrame, above: str, below: str) -> pl.Series:
    """A value a customer of the ratio; where nobody has anything below, all alike."""
    divided = held[below].to_numpy()
    found = linearised(held[above].to_numpy(), divided) if divided.any() else np.zeros(held.height)
    return pl.Series(above, found)


@st.cache_resource(show_spinner=False, max_entries=8)
def _purchases(version: str, measure: str, days: int) -> pl.DataFrame:
    return measure_past(session.warehouse(), measure, days)

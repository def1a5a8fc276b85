"""Whom a planned campaign reaches: its audience, less those who may not be reached, in arms; remembered by snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
import streamlit as st

from data.campaigns import audience_rows
from data.campaigns.contact_rules import ContactRules, left_out, not_asked, reasons_told
from data.campaigns.planned_rules import planned_rules
from data.operational.audiences import Audience
from data.operational.planned_campaigns import HELD_OUT, OPEN, TREATED, PlannedCampaign
from pages.ui import session

AUDIENCE_GONE = "The audience of this plan is not there any more."


@dataclass(frozen=True, slots=True, eq=False)
class FoundReach:
    """`audience` customers, of whom `reasons` (reason, words, customers, share) leave some out; `reached` are the codes
    of the others. `notes` are sentences on what the `rules` cannot ask of anybody."""

    audience: int
    reasons: pl.DataFrame
    reached: np.ndarray
    rules: ContactRules
    notes: tuple[str, ...]

    @property
    def left_out(self) -> int:
        return self.audience - len(self.reached)


def found_reach(
    campaign: PlannedCampaign, audience: Audience, every: Sequence[PlannedCampaign], day: date
) -> FoundReach:
    """The reach of a campaign on a day. Raises BadRequest for rules that cannot be."""
    version = session.warehouse().version
    return _reach(version, audience.id, planned_rules(campaign, every, day))


def arm_sizes(campaign: PlannedCampaign, customers: int) -> dict[str, int]:
    """About how many of so many customers each arm gets: those reached first, then those held out."""
    design = campaign.design
    held = round(customers * design.held_out)
    name = {TREATED: OPEN} if campaign.is_global_holdout else {}
    left, sizes = customers - held, dict[str, int]()
    reached = sum(share for _, share in design.arms)
    for at, (arm, share) in enumerate(design.arms, 1):
        many = left - sum(sizes.values()) if at == len(design.arms) else round(left * share / reached)
        sizes[name.get(arm, arm)] = many
    return sizes | {HELD_OUT: held}


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={ContactRules: repr})
def _reach(version: str, audience: str, rules: ContactRules) -> FoundReach:
    store = session.warehouse()
    customers = audience_rows.members(store.arrays, audience)
    barred = left_out(store.frame, pl.Series(customers, dtype=pl.Int32), rules)
    kept = np.setdiff1d(customers, barred["customer"].to_numpy(), assume_unique=True)
    reasons = reasons_told(barred, len(customers))
    return FoundReach(len(customers), reasons, kept, rules, not_asked(store.frame, rules))

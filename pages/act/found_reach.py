"""Whom a planned campaign reaches: its audience, less those who may not be reached, in arms; remembered by snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
import polars as pl
import streamlit as st

from data.campaigns import audience_rows
from data.campaigns.contact_rules import ContactRules, not_asked
from data.campaigns.drawn_contacts import DrawnContacts, draw
from data.campaigns.planned_rules import planned_rules
from data.operational.planned_campaigns import HELD_OUT, OPEN, PlannedCampaign
from pages.ui import session


@dataclass(frozen=True, slots=True, eq=False)
class FoundReach:
    """`members` (codes) stand in the audience; `drawn` is what an export on the day of the `rules` would write of them;
    `measured` (codes) are all who are in an arm then. `notes` are what the rules cannot ask of anybody."""

    members: np.ndarray
    drawn: DrawnContacts
    rules: ContactRules
    measured: np.ndarray
    notes: tuple[str, ...]

    @property
    def left_out(self) -> int:
        return sum(self.drawn.left_out.values())

    @property
    def reachable(self) -> int:
        """How many of the audience are not left out."""
        return len(self.members) - self.left_out

    @property
    def reached(self) -> int:
        """How many are reached, or open to other campaigns, those of earlier exports included."""
        fresh = sum(self.arms.values()) - self.arms[HELD_OUT]
        return self.drawn.unchanged + fresh + self._before(OPEN)

    @property
    def held_out(self) -> int:
        """How many of the audience are held out, those of earlier exports included."""
        return self.arms[HELD_OUT] + self._before(HELD_OUT)

    @property
    def taken_back(self) -> int:
        """How many of the audience were reached before, and are not any longer."""
        return self.reachable - self.reached - self.held_out

    def _before(self, arm: str) -> int:
        drawn = self.drawn.before.filter(pl.col("arm") == arm)["customer"].to_numpy()
        return int(np.isin(self.members, drawn).sum())

    @property
    def arms(self) -> dict[str, int]:
        """How many an export adds to each arm: those that are reached first, then those held out."""
        arm = pl.coalesce(pl.when(pl.col("arm") != HELD_OUT).then("variant"), "arm")
        counted = dict(self.drawn.fresh.group_by(arm.alias("arm")).len().sort("arm").iter_rows())
        held = counted.pop(HELD_OUT, 0)
        return {**counted, HELD_OUT: held}


def found_reach(campaign: PlannedCampaign, every: Sequence[PlannedCampaign], day: date) -> FoundReach:
    """The reach of a campaign on a day, beside `every` other that is planned. Raises BadRequest for what cannot be."""
    drawn_by = replace(
        campaign, name="", offer="", measure="", secondary=(), smallest=None, said_by="", said_at=datetime.min
    )
    return _reach(session.warehouse().version, drawn_by, planned_rules(campaign, every, day))


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={ContactRules: repr, PlannedCampaign: repr})
def _reach(version: str, campaign: PlannedCampaign, rules: ContactRules) -> FoundReach:
    store = session.warehouse()
    members = audience_rows.members(store.arrays, campaign.audience)
    drawn = draw(store.frame, campaign, members, rules)
    measured = pl.concat([drawn.before["customer"], drawn.fresh["customer"]]).unique().sort().to_numpy()
    notes = () if campaign.is_global_holdout else not_asked(store.frame, rules)
    return FoundReach(members, drawn, rules, measured, notes)

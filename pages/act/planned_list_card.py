"""All planned campaigns, and the first words of a new one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import polars as pl
import streamlit as st

from cubes.analysis.campaign_outcomes import Outcome, RunCampaign
from data.operational.plain_names import LONGEST_NAME
from data.operational.planned_campaigns import DRAFT, ENDED, PlannedCampaign
from pages.act.plan_what_card import WAYS, channel_names, names_of_level
from pages.act.write_plan import begin
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height

USUAL_TYPE = "Newsletter"
ASKED_FOR = "plan-audience-asked-for"  # by the link that led here
SCHEMA = {
    **dict.fromkeys(("campaign", "state", "type", "channel", "audience"), pl.String),
    **dict.fromkeys(("from", "until"), pl.Date),
    **dict.fromkeys(("reached", "held_out"), pl.Int64),
}
Open = Callable[[str], None]


def list_of_planned(
    every: Sequence[PlannedCampaign], reached: Mapping[str, RunCampaign], audiences: Mapping[str, str],
    day: date, open: Open,
) -> None:  # fmt: skip
    with card("planned"):
        section("Planned campaigns", "The last that was changed first; a row opens a campaign.")
        frame = planned_frame(every, reached, audiences, day)

        def picked(row: int | None) -> None:
            if row is not None:
                open(every[row].id)

        frame_view(frame, "planned-list", height=whole_height(frame, 8), on_row=picked)


def planned_frame(
    every: Sequence[PlannedCampaign],
    reached: Mapping[str, RunCampaign],
    audiences: Mapping[str, str],
    day: date,
) -> pl.DataFrame:
    """A row a campaign, in order."""
    channels = channel_names()
    rows = [
        {
            "campaign": each.name, "state": state_of(each, day), "type": each.type,
            "channel": channels.get(each.channel, each.channel),
            "audience": audiences.get(each.audience, "deleted"), "from": each.starts, "until": each.ends,
            "reached": reached[each.id].treated if each.id in reached else None,
            "held_out": reached[each.id].held_out if each.id in reached else None,
        }
        for each in every
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA)


def state_of(campaign: PlannedCampaign, day: date) -> str:
    """How far a campaign is on a day: a draft, planned, running or over.

    A campaign whose last day has gone by is over, whether or not anybody ended it.
    """
    if campaign.state == DRAFT:
        return "Draft"
    if campaign.state == ENDED or campaign.ends < day:
        return "Over"
    return "Planned" if campaign.starts > day else "Running"


def new_card(audiences: Mapping[str, str], chosen: str, outcomes: Mapping[str, Outcome], open: Open) -> None:
    """A name and an audience begin a plan; all else can be changed then."""
    with card("plan-new"):
        section(
            "A new campaign",
            "A name and an audience are enough to begin; nothing is sent before you draw it.",
        )
        if chosen in audiences and st.session_state.get(ASKED_FOR) != chosen:
            st.session_state.update({ASKED_FOR: chosen, "plan-new-audience": chosen})
        left, right = st.columns(2, gap="small")
        with left:
            st.text_input(
                "Name", key="plan-new-name", max_chars=LONGEST_NAME, placeholder="What people call it"
            )
        with right:
            st.selectbox(
                "Audience",
                list(audiences),
                key="plan-new-audience",
                format_func=lambda each: audiences.get(each, each),
            )

        def begun() -> None:
            state = st.session_state
            kinds, ways = names_of_level("campaign_type"), channel_names()
            id = begin(state["plan-new-name"], state["plan-new-audience"], next(iter(kinds.values()), USUAL_TYPE),
                       usual_channel(ways), usual_measure(outcomes))  # fmt: skip
            if id:
                for name in ("plan-new-name", "plan-new-audience", ASKED_FOR):
                    state.pop(name, None)
                open(id)

        st.button("Begin a plan", key="plan-begin", type="primary", icon=":material/add:", on_click=begun)


def usual_channel(ways: Mapping[str, str]) -> str:
    """E-mail, by the firm's own channel where it has one.

    >>> usual_channel({"Mail": "Mail", "CH9": "e-mail"}), usual_channel({"CH1": "Shop"})
    ('CH9', 'CH1')
    """
    first = WAYS[0].casefold()
    return next((id for id, name in ways.items() if name.casefold() == first), next(iter(ways)))


def usual_measure(outcomes: Mapping[str, Outcome]) -> str:
    """Revenue, else the first that there is; empty where nothing is known of purchases."""
    return "revenue" if "revenue" in outcomes else next(iter(outcomes), "")

"""What a person does with a planned campaign: begin it, draw and export it, end it, delete it and take that back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import streamlit as st

from data import environment
from data.campaigns.write_contacts import ContactExport, write_contacts
from data.operational import operational_store, planned_campaigns
from data.operational.operational_store import OperationalStore
from data.operational.planned_campaigns import DRAFT, RUNNING, PlannedCampaign
from pages.act.found_reach import FoundReach
from pages.explore.written_deeds import do
from pages.ui import session
from pages.ui.local_time import today
from pages.ui.style.formats import count_text, number_text

SAID, GONE = "plan-said", "plan-gone"
USUAL_DAYS = 30
NOTHING = "Nothing was new, so nothing was written."


def begin(name: str, audience: str, type: str, channel: str, measure: str) -> str:
    """Keep a new draft, its other fields as is usual; its id, empty where that was refused, which is told."""
    starts = today()
    draft = PlannedCampaign(
        name, type, channel, audience, starts, starts + timedelta(days=USUAL_DAYS), measure
    )
    kept = [""]

    def deed(store: OperationalStore) -> str:
        kept[0] = planned_campaigns.save(store, draft, environment.who())
        return f"“{draft.name.strip()}” is kept as a draft."

    _do(deed)
    return kept[0]


def export(
    campaign: PlannedCampaign, every: Sequence[PlannedCampaign], reach: FoundReach, confirmed: bool
) -> str:
    """Let a draft run, and write its contacts; what was done, in a sentence. Raises BadRequest, WarehouseError."""
    path, who = session.warehouse().path, environment.who()
    planned_campaigns.start(operational_store.ready(path), campaign.id, who)
    running = replace(campaign, state=RUNNING) if campaign.state == DRAFT else campaign
    return told(write_contacts(path, running, reach.members, reach.rules, None, who, confirmed))


def told(done: ContactExport) -> str:
    """What an export did."""
    if not done.is_new:
        return NOTHING
    parts = [f"{count_text(done.added, 'contact')} written", f"{number_text(done.held_out)} held out"]
    if done.removed:
        parts.append(f"{number_text(done.removed)} taken back")
    return f"Export {done.number}: {', '.join(parts)}. Its files are below."


def end(campaign: PlannedCampaign, day: date) -> None:
    def deed(store: OperationalStore) -> str:
        planned_campaigns.end(store, campaign.id, day, environment.who())
        return f"“{campaign.name}” has ended. Its contacts, and what is read of them, stay."

    _do(deed)


def delete(campaign: PlannedCampaign) -> None:
    """Delete it; the statement that `undelete` takes back is remembered with where it stood."""

    def deed(store: OperationalStore) -> str:
        statement = planned_campaigns.delete(store, campaign.id, environment.who())
        st.session_state[GONE] = (statement, campaign.id)
        return f"“{campaign.name}” is deleted."

    _do(deed)


def undelete() -> str:
    """Take the last deletion back; the id of the campaign."""
    statement, id = st.session_state[GONE]

    def deed(store: OperationalStore) -> str:
        planned_campaigns.undelete(store, statement, environment.who())
        st.session_state.pop(GONE)
        return "It is back."

    do(SAID, deed)
    return str(id)


def _do(deed) -> None:  # type: ignore[no-untyped-def]
    st.session_state.pop(GONE, None)
    do(SAID, deed)

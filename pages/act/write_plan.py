"""What a person does with a planned campaign: begin it, draw and export it, end it, delete it and take that back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

import streamlit as st

from data import environment
from data.campaigns import audience_rows
from data.campaigns.contact_messages import Messages
from data.campaigns.contact_webhook import send_contacts
from data.campaigns.write_contacts import ContactExport, write_contacts
from data.errors import BadRequest, ClientelaError
from data.operational import operational_store, planned_campaigns
from data.operational.operational_store import OperationalStore
from data.operational.planned_campaigns import PlannedCampaign
from data.operational.standing_on import StandingOn
from pages.act.found_reach import FoundReach
from pages.explore.written_deeds import Standing, as_seen, do
from pages.ui import session
from pages.ui.local_time import today
from pages.ui.style.formats import count_text, number_text

SAID, UNDO = "plan-said", "plan-undo"
USUAL_DAYS = 30
NOTHING = "Nothing was new, so nothing was written."


@dataclass(frozen=True, slots=True)
class UndoablePlan:
    """The last statement about a campaign that can be taken back, and what takes it back."""

    campaign: str
    statement: str
    take_back: Callable[[OperationalStore, str, str], None]


def begin(name: str, audience: str, type: str, channel: str, measure: str) -> str:
    """Keep a new draft, its other fields as is usual; its id, empty where that was refused, which is told."""
    starts = today()
    draft = PlannedCampaign(
        name, type, channel, audience, starts, starts + timedelta(days=USUAL_DAYS), measure
    )
    kept = [""]

    def deed(store: OperationalStore) -> str:
        if not measure:
            raise BadRequest(
                "Nothing is known of what customers buy: there is no measure to move.",
                "Load order lines first.",
            )
        kept[0] = planned_campaigns.save(store, draft, environment.who())
        return f"“{draft.name.strip()}” is kept as a draft."

    _do(deed)
    return kept[0]


def export(campaign: PlannedCampaign, reach: FoundReach, messages: Messages | None, confirmed: bool) -> str:
    """Let a draft run, and write its contacts with who stands in its audience now; what was done, in a sentence.
    Raises BadRequest, WarehouseError."""
    path, who = session.warehouse().path, environment.who()
    store = operational_store.ready(path)
    started = planned_campaigns.start(store, campaign.id, who, StandingOn.of(campaign.said))
    running = replace(campaign, state="running")
    members = audience_rows.members(session.renewed().arrays, campaign.audience)
    try:
        done = write_contacts(path, running, members, reach.rules, messages, who, confirmed)
    except ClientelaError:
        if started:  # nothing came of it: it is a draft again, which can be mended
            planned_campaigns.take_back(store, started, who)
        raise
    return f"{told(done)} {send(running)}".strip()


def send(campaign: PlannedCampaign) -> str:
    """Send to the webhook, where one is set up, what it was not sent yet; what was done, in a sentence."""
    store = session.renewed()
    try:
        sent = send_contacts(store, operational_store.ready(store.path), campaign)
    except ClientelaError as error:
        return f"The webhook did not take them in: {error.problem} They are written; send them again."
    return f"{count_text(sent, 'line')} sent to the webhook." if sent else ""


def told(done: ContactExport) -> str:
    """What an export did."""
    if not done.is_new:
        return NOTHING
    parts = [f"{count_text(done.added, 'contact')} written"] if done.added else []
    parts.append(f"{number_text(done.held_out)} held out")
    if done.removed:
        parts.append(f"{number_text(done.removed)} taken back")
    return f"Export {done.number}: {', '.join(parts)}."


def end(campaign: PlannedCampaign, day: date) -> None:
    """End it; what `undo` takes back is remembered."""

    def deed(store: OperationalStore) -> str:
        statement = planned_campaigns.end(store, campaign.id, day, environment.who())
        st.session_state[UNDO] = UndoablePlan(campaign.id, statement, planned_campaigns.take_back)
        return f"“{campaign.name}” has ended. Its contacts, and what is read of them, stay."

    _do(deed)


def delete(campaign: PlannedCampaign, standing: Standing = None) -> bool:
    """Delete it, and say whether it could be; what `undo` takes back is remembered."""

    def deed(store: OperationalStore) -> str:
        standing_on = standing or as_seen(campaign.said)
        statement = planned_campaigns.delete(store, campaign.id, environment.who(), standing_on)
        st.session_state[UNDO] = UndoablePlan(campaign.id, statement, planned_campaigns.undelete)
        return f"“{campaign.name}” is deleted."

    return _do(deed, partial(delete, campaign))


def undo() -> str:
    """Take the last deletion or end back; the id of the campaign."""
    last: UndoablePlan = st.session_state.pop(UNDO)

    def deed(store: OperationalStore) -> str:
        last.take_back(store, last.statement, environment.who())
        return "It is as it was before."

    do(SAID, deed)
    return last.campaign


def _do(deed: Callable[[OperationalStore], str], again: Callable[[StandingOn], object] | None = None) -> bool:
    st.session_state.pop(UNDO, None)
    return do(SAID, deed, again)

"""Step 5 of a plan: what is about to be written, the confirmation, and the files of every export."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape

import polars as pl
import streamlit as st

from data import environment
from data.access.deed import Deed
from data.campaigns.contact_files import added_contacts, contact_list, csv_bytes, exports_of, removed_contacts
from data.operational.planned_campaigns import DRAFT, ENDED, TREATED, PlannedCampaign
from data.people import audit_log
from data.store.warehouse import Warehouse
from pages.act.found_content import ContentSetting, messages_of, read_content
from pages.act.found_reach import FoundReach
from pages.act.reach_frames import changes_frame, export_sentence
from pages.act.write_plan import export, send
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.attempted_write import attempt
from pages.ui.local_time import today
from pages.ui.offered_files import FileOffer, offering
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import count_text, format_day, number_text

ASKED, EXPORTED, ALL_BACK = "plan-export-asked", "plan-exported", "plan-all-back"
NO_TEXT = "No message is written: the contacts have no text, and whoever sends them writes it."
MOST_SHOWN = 500
STAYS = "The plan stays as it is from then on."
Rows = Callable[[Warehouse, PlannedCampaign, int | None], pl.DataFrame]
FILES: dict[str, tuple[Rows, str]] = {
    "List": (contact_list, "Everybody whom it reaches by then; nobody who is held out"),
    "Adds": (added_contacts, "Those whom this export added"),
    "Removals": (removed_contacts, "Those whom this export took back"),
}


def export_card(campaign: PlannedCampaign, reach: FoundReach | None, trouble: str) -> None:
    """`reach` is None where `trouble` says why nobody is known."""
    with card("plan-export"):
        section("5. Draw and export", "The lot is drawn once and written down: who is in which arm stays so.")
        if campaign.state != ENDED and may(Deed.CAMPAIGN):
            next_export(campaign, reach, trouble)
        past_exports(campaign)


def next_export(campaign: PlannedCampaign, reach: FoundReach | None, trouble: str) -> None:
    """What an export would write, and the button."""
    trouble = trouble or _impossible(campaign, reach)
    if reach is None or trouble:
        st.html(f'<p class="clientela-verdict bad" data-testid="export-told">{escape(trouble)}</p>')
        return
    said = f"As of {format_day(reach.rules.day)}: {export_sentence(reach)}"
    st.html(f'<p data-testid="export-told">{escape(said)}</p>')
    st.button(
        "Draw and export" if campaign.state == DRAFT else "Export what is new",
        key="plan-export",
        type="primary",
        icon=":material/outbox:",
        disabled=not reach.drawn.is_new,
        on_click=lambda: st.session_state.update({ASKED: campaign.id}),
    )
    if campaign.state != DRAFT and reach.drawn.is_new:
        changes(campaign, reach)
    if st.session_state.get(ASKED) == campaign.id:
        confirm = partial(_confirm, campaign, reach, said)
        st.dialog("Write the contacts?", icon=":material/outbox:", on_dismiss=_close)(lambda: confirm())()


def changes(campaign: PlannedCampaign, reach: FoundReach) -> None:
    """Who a later export would add and take back."""
    frame = changes_frame(reach, session.warehouse())
    if frame.is_empty():
        return
    with st.expander("Who would be added and taken back", icon=":material/group:"):
        if frame.height > MOST_SHOWN:
            st.caption(f"The first {number_text(MOST_SHOWN)} of {number_text(frame.height)}.")
        shown = frame.head(MOST_SHOWN)
        frame_view(shown, f"plan-changes-{campaign.id}", height=whole_height(shown, 8))


def _impossible(campaign: PlannedCampaign, reach: FoundReach | None) -> str:
    """Why nothing can be written now; empty where it can."""
    if campaign.ends < today():
        last = f"Its last day, {format_day(campaign.ends)}, has gone by"
        return (
            f"{last}: choose later ones." if campaign.state == DRAFT else f"{last}: nobody more is reached."
        )
    if reach is None or campaign.state != DRAFT or reach.drawn.is_new:
        return ""
    if not len(reach.members):
        return "Nobody stands in this audience: there is nobody to reach."
    return "Everybody of this audience is left out: there is nobody to reach."


def _confirm(campaign: PlannedCampaign, reach: FoundReach, said: str) -> None:
    # A dialog lies outside the page's root, which alone knows whether it is light or dark.
    st.html(f'<style>[data-testid="stDialog"] {{ color-scheme: {session.colours().name}; }}</style>')
    content = read_content(campaign.id)
    is_silent = not content.variants and not campaign.is_global_holdout
    notes = [said, *campaign.notes, *[NO_TEXT] * is_silent, *[STAYS] * (campaign.state == DRAFT)]
    st.html("".join(f"<p>{escape(each)}</p>" for each in notes))
    all_back = reach.drawn.removes_all
    if all_back:
        st.checkbox(f"Yes, take all {count_text(reach.drawn.active, 'contact')} back", key=ALL_BACK)
    confirmed = bool(st.session_state.get(ALL_BACK))

    def work() -> str:
        done = export(campaign, reach, messages_of(setting_of(campaign, reach), content), confirmed)
        _close()
        return done

    if st.button("Write them", key="plan-write", type="primary", disabled=all_back and not confirmed):
        attempt(work, EXPORTED)


def _close() -> None:
    st.session_state.pop(ASKED, None)
    st.session_state.pop(ALL_BACK, None)


def setting_of(campaign: PlannedCampaign, reach: FoundReach) -> ContentSetting:
    """What the content of a campaign is written for: whom it reaches from now on, else those whom it has."""
    fresh, before = (
        each.filter(pl.col("arm") == TREATED).select("customer", arm=own)
        for each, own in ((reach.drawn.fresh, "variant"), (reach.drawn.before, "drawn"))
    )
    drawn = (before if fresh.is_empty() else fresh).unique("customer", keep="last", maintain_order=True)
    arms = tuple(name for name, _ in campaign.design.arms)
    return ContentSetting(
        campaign.id,
        campaign.name,
        drawn["customer"].to_numpy(),
        campaign.starts,
        campaign.ends,
        reach.rules.day,
        arms if len(arms) > 1 else (),
        drawn,
        campaign.state == DRAFT,
    )


def past_exports(campaign: PlannedCampaign) -> None:
    """Every export, and the files of one of them."""
    store = session.warehouse()
    frame = exports_of(store, campaign)
    if frame.is_empty():
        if campaign.state != DRAFT:
            st.html('<p class="clientela-quiet" data-testid="no-exports">Nothing has been exported.</p>')
        return
    frame_view(frame, f"plan-exports-{campaign.id}", height=whole_height(frame, 8))
    if campaign.is_global_holdout:
        return
    numbers = frame["export"].to_list()
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="plan-files"):
        key = f"plan-files-{campaign.id}-{len(numbers)}"
        chosen = st.selectbox("Files of export", numbers, key=key, width=140)
        with offering("plan-file-offer") as offer:
            for name, (rows, told) in FILES.items():
                _file(offer, name, partial(rows, store, campaign, chosen), f"{campaign.id}-{chosen}", told)
            if environment.webhook() and campaign.state != ENDED:
                st.button(
                    "Send to the webhook",
                    key="plan-send",
                    icon=":material/send:",
                    type="tertiary",
                    on_click=_send,
                    args=(campaign, offer.reason),
                    disabled=bool(offer.refusal),
                    help=offer.refusal or None,
                )


def _file(offer: FileOffer, name: str, rows: Callable[[], pl.DataFrame], file: str, told: str) -> None:
    offer.table(name, rows, csv_bytes, f"{file}-{name.lower()}.csv", "text/csv", f"plan-file-{name}", told)


def _send(campaign: PlannedCampaign, reason: str) -> None:
    with audit_log.because(reason):
        said = send(campaign)
    st.session_state[EXPORTED] = said or "The webhook was sent everything before."

"""Step 5 of a plan: what is about to be written, the confirmation, and the files of every export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import polars as pl
import streamlit as st

from data.campaigns.contact_files import added_contacts, contact_list, csv_bytes, exports_of, removed_contacts
from data.operational.planned_campaigns import DRAFT, ENDED, PlannedCampaign
from data.store.warehouse import Warehouse
from pages.act.found_reach import FoundReach
from pages.act.reach_frames import export_sentence
from pages.act.write_plan import export
from pages.ui import session
from pages.ui.attempted_write import attempt
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import count_text, format_day

ASKED, EXPORTED = "plan-export-asked", "plan-exported"
Files = Callable[[Warehouse, PlannedCampaign, int | None], pl.DataFrame]
FILES: dict[str, tuple[Files, str]] = {
    "List": (contact_list, "Everybody whom it reaches by then, without those held out"),
    "Adds": (added_contacts, "Those whom this export added"),
    "Removals": (removed_contacts, "Those whom this export took back"),
}


def export_card(
    campaign: PlannedCampaign, every: Sequence[PlannedCampaign], reach: FoundReach | None, trouble: str
) -> None:
    with card("plan-export"):
        section("5. Draw and export", "The lot is drawn once and written down: who is in which arm stays so.")
        if campaign.state != ENDED:
            next_export(campaign, every, reach, trouble)
        past_exports(campaign)


def next_export(
    campaign: PlannedCampaign, every: Sequence[PlannedCampaign], reach: FoundReach | None, trouble: str
) -> None:
    """What an export would write, and the button."""
    trouble = trouble or _impossible(campaign, reach)
    if reach is None or trouble:
        st.html(f'<p class="clientela-verdict bad" data-testid="export-told">{escape(trouble)}</p>')
        return
    said = f"As of {format_day(reach.rules.day)}: {export_sentence(reach)}"
    st.html(f'<p data-testid="export-told">{escape(said)}</p>')
    label = "Draw and export" if campaign.state == DRAFT else "Export what is new"
    st.button(
        label,
        key="plan-export",
        type="primary",
        icon=":material/outbox:",
        disabled=not reach.drawn.is_new,
        on_click=lambda: st.session_state.update({ASKED: campaign.id}),
    )
    if st.session_state.get(ASKED) == campaign.id:
        st.dialog("Write the contacts?", icon=":material/outbox:", on_dismiss=_close)(
            lambda: _confirm(campaign, every, reach, said)
        )()


def _impossible(campaign: PlannedCampaign, reach: FoundReach | None) -> str:
    """Why there is nothing to draw of; empty where there is."""
    if reach is None or campaign.state != DRAFT or reach.drawn.is_new:
        return ""
    if not len(reach.members):
        return "Nobody stands in this audience: there is nobody to reach."
    return "Everybody of this audience is left out: there is nobody to reach."


def _confirm(
    campaign: PlannedCampaign, every: Sequence[PlannedCampaign], reach: FoundReach, said: str
) -> None:
    # A dialog lies outside the page's root, which alone knows whether it is light or dark.
    st.html(f'<style>[data-testid="stDialog"] {{ color-scheme: {session.colours().name}; }}</style>')
    notes = (
        said,
        *campaign.notes,
        "The plan stays as it is from then on." if campaign.state == DRAFT else "",
    )
    st.html("".join(f"<p>{escape(each)}</p>" for each in notes if each))
    all_back = reach.drawn.removes_all
    if all_back:
        st.checkbox(f"Yes, take all {count_text(reach.drawn.active, 'contact')} back", key="plan-all-back")
    confirmed = bool(st.session_state.get("plan-all-back"))

    def work() -> str:
        st.session_state.pop(ASKED, None)
        return export(campaign, every, reach, confirmed)

    pressed = st.button("Write them", key="plan-write", type="primary", disabled=all_back and not confirmed)
    if pressed:
        attempt(work, EXPORTED)


def _close() -> None:
    st.session_state.pop(ASKED, None)
    st.session_state.pop("plan-all-back", None)


def past_exports(campaign: PlannedCampaign) -> None:
    """Every export, and the files of one of them."""
    store = session.warehouse()
    frame = exports_of(store, campaign)
    if frame.is_empty():
        if campaign.state != DRAFT:
            st.html('<p class="clientela-quiet">Nothing has been exported.</p>')
        return
    frame_view(frame, f"plan-exports-{campaign.id}", height=whole_height(frame, 8))
    numbers = frame["export"].to_list()
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="plan-files"):
        chosen = st.selectbox(
            "Files of export", numbers, key=f"plan-files-{campaign.id}-{len(numbers)}", width=140
        )
        for name, (make, told) in FILES.items():
            st.download_button(
                name,
                lambda make=make: csv_bytes(make(store, campaign, chosen)),
                f"{campaign.id}-{chosen}-{name.lower()}.csv",
                "text/csv",
                key=f"plan-file-{name}",
                help=told,
                on_click="ignore",
                icon=":material/download:",
            )

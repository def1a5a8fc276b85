"""What is saved as segments now: when and how they were formed, and who moved from which to which."""

from __future__ import annotations

from datetime import date
from html import escape

import streamlit as st

from cubes.catalogue.segment_formation import sentence
from data.store.segment_flow import flow
from data.store.warehouse import Attribute
from pages.discover.save_segments import place
from pages.discover.segment_frames import moves, transitions
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.figures import heatmap
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view
from pages.ui.style.formats import days_named, format_day, number_text

BEFORE, AFTER = "segments-before", "segments-after"


def saved_segments() -> None:
    """The card of the saved segments; nothing where none are."""
    saved = place(session.warehouse().profile).saved
    if saved is None:
        return
    with card("saved-segments"):
        section("Saved segments")
        st.html(f'<p class="clientela-quiet" data-testid="formed">{escape(days_named(sentence(saved)))}</p>')
        if len(saved.segmentations) > 1:
            moved_between(saved)


def moved_between(saved: Attribute) -> None:
    """Who moved from which segment to which between two days, as a heat map and a table."""
    days = [each.formed_on for each in saved.segmentations]
    before, after = st.session_state.get(BEFORE), st.session_state.get(AFTER)
    if before not in days[:-1]:
        before = days[-2]
    later = [day for day in days if day > before]
    if after not in later:
        after = later[-1]
    section(
        "How they moved",
        "Down: the segment on the first day. Across, by its number: on the second. (unknown): not there yet.",
    )
    with st.container(horizontal=True, gap="small"):
        day_choice("From", BEFORE, days[:-1], before)
        day_choice("To", AFTER, later, after)
    moved = flow(session.warehouse(), saved.name, before, after)
    stayed = int(moved.filter(moved["before"] == moved["after"])["members"].sum())
    total = int(moved["members"].sum())
    said = f"{number_text(stayed)} of {number_text(total)} customers stayed where they were."
    figure = heatmap(transitions(moved), session.colours(), unit="count")
    chart(
        figure,
        f"flow-{before}-{after}",
        f"Customers by segment on {format_day(before)} and on {format_day(after)}. {said}",
    )
    st.html(f'<p class="clientela-quiet" data-testid="flow" data-moved="{total - stayed}">{said}</p>')
    table = moves(moved)
    frame_view(table, f"flow-table-{before}-{after}", {"share": "percent"}, height=240)
    downloads("clientela-flow", lambda: table, "flow", {"share": "percent"})


def day_choice(name: str, key: str, offered: list[date], chosen: date) -> None:
    """One of the days on which the segments were formed, the latest first."""
    named = {format_day(day): day for day in reversed(offered)}

    def went(day: str) -> None:
        st.session_state[key] = named[day]

    with st.container(width=190):
        chooser(name, f"{key}-chosen", list(named), format_day(chosen), lambda day: f"{name} {day}", went)

"""What is saved as segments now: when and how they were formed, and who moved from which to which."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from html import escape

import polars as pl
import streamlit as st

from cubes.analysis.audience_question import known_customers
from cubes.catalogue.segment_formation import sentence
from cubes.query import Cut
from data.access.deed import Deed
from data.errors import ClientelaError
from data.model.canonical_tables import UNKNOWN
from data.model.segmentation import NOT_YET
from data.store.segment_flow import flow, standing
from data.store.warehouse import Attribute, save_attribute
from mining.segments.customer_features import NO_PURCHASE, RFM, prepare
from mining.segments.segment_drift import SegmentDrift, drift
from pages.discover.found_segments import customers_by, formed_by, measures_by
from pages.discover.save_segments import place
from pages.discover.segment_frames import moves, transitions
from pages.discover.segment_recipe import Recipe, recipe_in
from pages.ui import member_lookup, session
from pages.ui.allowed_deeds import for_deed
from pages.ui.audience_dialog import audience_button, offered_query
from pages.ui.chart_clicks import chart
from pages.ui.controls import as_plain, chooser, remembered_choice
from pages.ui.export_files import downloads
from pages.ui.figures import heatmap
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view
from pages.ui.segment_figures import segment_colours
from pages.ui.segment_flow_figure import segment_flow
from pages.ui.style.formats import count_text, days_named, format_day, number_text, share_text

RIBBONS, CELLS = "Flow", "Cells"
WHOM, MOST_NAMED = "saved-segment", 100
BEFORE, AFTER = "segments-before", "segments-after"


def saved_segments() -> None:
    """The card of the saved segments; nothing where none are."""
    saved = place(session.warehouse().profile).saved
    if saved is None:
        return
    with card("saved-segments"):
        section("Saved segments")
        st.html(f'<p class="clientela-quiet" data-testid="formed">{escape(days_named(sentence(saved)))}</p>')
        saved_audience(saved)
        assign_anew(saved)
        if len(saved.segmentations) > 1:
            moved_between(saved)


@for_deed(Deed.CAMPAIGN)
def saved_audience(saved: Attribute) -> None:
    """A saved segment to choose, and the button: living, the audience follows those who come into the segment."""
    cube = session.cube()
    if all(level.name != saved.name for level in cube.levels):
        return
    names = [
        each.id for each in member_lookup.search(session.warehouse(), cube.level(saved.name), "", MOST_NAMED)
    ]
    offered = [each for each in names if each not in (UNKNOWN, NOT_YET)]
    if not offered:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="saved-segment-whom"):
        chosen = remembered_choice("Saved segment", WHOM, offered, str, 260)
        asked = known_customers(Cut(saved.name, (chosen,)))
        audience_button(lambda: offered_query(asked, chosen), "saved-segment")


@for_deed(Deed.WRITE)
def assign_anew(saved: Attribute) -> None:
    """Everybody, who is new included, by the rule as it was saved: nothing is fitted anew."""
    last, day = saved.segmentations[-1] if saved.segmentations else None, session.warehouse().profile.last_day
    recipe = recipe_in(last) if last else None
    if last is None or recipe is None or recipe.rule is None or day is None or last.formed_on >= day:
        return
    if not st.button(
        f"Assign everybody as of {format_day(day)}",
        key="segments-assign",
        icon=":material/person_add:",
        help="New customers get a segment, and others the one that suits them now, by the rule that was saved",
    ):
        return
    try:
        frame = customers_by(recipe.cuts, day, recipe.wanted)
        values = dict(formed_by(recipe.rule, frame, day).iter_rows())
        told = replace(last, formed_on=day)
        save_attribute(session.warehouse().path, "customer", saved.name, saved.label, values, told)
    except ClientelaError as error:
        st.error(as_plain(str(error)))
        return
    st.rerun()


def drifted(saved: Attribute, before: date, after: date) -> None:
    """On demand: which features changed between the days, and who moved though nothing of theirs did."""
    recipe = recipe_in(saved.segmentations[-1])
    if recipe is None:
        return
    key = f"drift-{before}-{after}"
    if not st.session_state.get(key):
        if st.button(
            "Have customers changed, or only the segments?", key=f"{key}-ask", icon=":material/compare:"
        ):
            st.session_state[key] = True
            st.rerun()
        return
    try:
        with st.spinner("Comparing the customers of both days …"):
            found = _drift(session.warehouse().version, saved.name, before, after, recipe)
    except ClientelaError as error:
        st.error(as_plain(str(error)))
        return
    quiet_words(drift_words(found), "drift")
    frame_view(found.features.select(feature="words", index="psi", reads="said"), f"{key}-table", height=240)
    st.caption(
        "Index: population stability, by tenths of the first day; below 0.1 as it was, from 0.25 changed."
    )


def drift_words(found: SegmentDrift) -> str:
    """Who moved, and who of them for no reason of their own."""
    share = share_text(found.moved_still / found.moved) if found.moved else share_text(0.0)
    return (
        f"{number_text(found.moved)} of {count_text(found.customers, 'customer')} who had bought by the first day"
        f" moved. Of them {number_text(found.moved_still)} ({share}) moved though no feature of theirs changed by more"
        f" than a tenth of its standard deviation, days gone by aside; {number_text(found.still)} stood so still."
    )


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Recipe: repr})
def _drift(version: str, attribute: str, before: date, after: date, recipe: Recipe) -> SegmentDrift:
    features = recipe.rule.features if recipe.rule else RFM
    words, sides = dict[str, str](), list[pl.DataFrame]()
    for day in (before, after):
        told = measures_by(recipe.cuts, day, recipe.wanted)
        words |= told.words
        buyers = prepare(told.frame, day).buyers
        sides.append(buyers.join(standing(session.warehouse(), attribute, day), on="customer"))
    return drift(sides[0], sides[1], features, words)


def quiet_words(said: str, test_id: str = "") -> None:
    st.html(f'<p class="clientela-quiet" data-testid="{test_id}">{escape(said)}</p>')


def moved_between(saved: Attribute) -> None:
    """Who moved from which segment to which between two days, as a heat map and a table."""
    days = [each.formed_on for each in saved.segmentations]
    before, after = st.session_state.get(BEFORE), st.session_state.get(AFTER)
    if before not in days[:-1]:
        before = days[-2]
    later = [day for day in days if day > before]
    if after not in later:
        after = later[-1]
    section("How they moved", "(unknown): not there yet. Names are those of each day.")
    with st.container(horizontal=True, gap="small"):
        day_choice("From", BEFORE, days[:-1], before)
        day_choice("To", AFTER, later, after)
    moved = flow(session.warehouse(), saved.name, before, after)
    stayed = int(moved.filter(moved["before"] == moved["after"])["members"].sum())
    total = int(moved["members"].sum())
    said = f"{number_text(stayed)} of {number_text(total)} customers stayed where they were."
    told = f"Customers by segment on {format_day(before)} and on {format_day(after)}. {said}"
    pictures = [RIBBONS, CELLS]
    kind = st.segmented_control("Picture", pictures, default=RIBBONS, key="flow-picture", required=True,
                                label_visibility="collapsed")  # fmt: skip
    if kind == CELLS:
        quiet_words("Down: the segment on the first day. Across, by its number: on the second.")
        figure = heatmap(transitions(moved), session.colours(), unit="count")
    else:
        none = (UNKNOWN, NOT_YET, NO_PURCHASE)
        every = sorted({*moved["before"], *moved["after"]}, key=lambda name: (name in none, name))
        tints = segment_colours(every, session.colours()) | dict.fromkeys(
            (name for name in none if name in every), session.colours().others
        )
        figure = segment_flow(moved, tints, session.colours())
    chart(figure, f"flow-{kind}-{before}-{after}", told)
    st.html(f'<p class="clientela-quiet" data-testid="flow" data-moved="{total - stayed}">{said}</p>')
    drifted(saved, before, after)
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

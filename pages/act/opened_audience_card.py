"""One audience opened: how many stand in it and since when, who came and left, who may be reached, and its deeds."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import polars as pl
import streamlit as st

from cubes.query import Query
from data.campaigns.reach_choices import channels_offered, purposes_offered
from data.errors import BadRequest
from pages.act import audience_sentences as words
from pages.act.audience_deeds import deeds
from pages.act.audiences_view import AudiencesView
from pages.act.explored_members import explored_members
from pages.act.found_audiences import (
    AudienceLine,
    OpenedAudience,
    explored_part,
    found_makeup,
    found_reach,
    named_customers,
    offered_descriptors,
    reach_day,
)
from pages.discover.customer_list import customer_list
from pages.discover.mined_slice import explore_link
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.explore_links import explored_question
from pages.ui.export_files import downloads
from pages.ui.figures import bars
from pages.ui.menu import MENU
from pages.ui.open_pages import link_to
from pages.ui.page_record import told_words
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, heading_of, whole_height
from pages.ui.style.formats import count_text

Go = Callable[[AudiencesView], None]
EVERY = ""
MOST_LISTED = 1000


def opened_audience_card(view: AudiencesView, opened: OpenedAudience, go: Go) -> None:
    """All that an audience shows."""
    line = opened.line
    with card("opened-audience"):
        heading(view, line, go)
        fact = told_words(words.main_fact(opened, session.warehouse().profile.customers))
        st.html(
            f'<p data-testid="audience-fact" data-customers="{len(opened.codes)}"><b>{escape(fact)}</b></p>'
            f'<p class="clientela-quiet" data-testid="audience-asks">{escape(line.words)}</p>'
            f'<p class="clientela-quiet">{escape(words.made_words(opened))}</p>'
        )
        if notes := words.notes_words(line):
            st.html(f'<p class="clientela-verdict bad" data-testid="cautions">{escape(notes)}</p>')
        ways(opened)
    if line.customers is None:
        return
    left, right = st.columns(2, gap="small")
    with left:
        course_card(view, opened, go)
        moves_card(view, opened, go)
    with right:
        makeup_card(view, opened, go)
        reach_card(view, opened, go)
    members_card(opened)


def heading(view: AudiencesView, line: AudienceLine, go: Go) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="audience-heading"):
        section(line.audience.name)
        st.space("stretch")
        deeds(line.audience, lambda: go(view.closed()))
        st.button("Close", key="audience-shut", type="tertiary", icon=":material/close:",
                  on_click=lambda: go(view.closed()))  # fmt: skip


def ways(opened: OpenedAudience) -> None:
    """Where one goes from here: a campaign for it, and its question in Explore."""
    line = opened.line
    asked = explored_part(line)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="audience-ways"):
        for entry in MENU:
            if entry.path == "plan":
                link_to(
                    entry.script,
                    label="Plan a campaign",
                    icon=":material/outgoing_mail:",
                    query_params={"audience": line.audience.id},
                )
        if asked is not None:
            open_in_explore(asked)
        else:
            explored_members(opened)


def open_in_explore(asked: Query) -> None:
    try:
        parameters = explored_question(asked, session.warehouse().profile)
    except BadRequest:  # it names what is not there any more, which is told beside the number
        return
    explore_link("Open in Explore", parameters)


def course_card(view: AudiencesView, opened: OpenedAudience, go: Go) -> None:
    with card("audience-course", height="stretch"):
        section(
            "How many stood in it",
            "After each publication that changed it, the latest last; a bar lists who moved.",
        )
        frame = words.course_frame(opened)
        if frame.is_empty():
            st.html('<p class="clientela-quiet">Nobody stood in it yet.</p>')
            return
        figure = bars(frame, session.colours(), unit="count", previous_name="Before")
        told = words.bars_told("Customers after each publication", frame)
        chart(figure, f"audience-course-{view.audience}", told, lambda ids: go(view.seen_at(int(ids[0]))))


def makeup_card(view: AudiencesView, opened: OpenedAudience, go: Go) -> None:
    with card("audience-makeup", height="stretch"):
        section("Who they are", "As customers are described today.")
        offered = offered_descriptors()
        if not offered:
            st.html('<p class="clientela-quiet">Nothing that is loaded tells these customers apart.</p>')
            return
        level = view.by if view.by else offered[0]
        if level in offered and len(offered) > 1:
            with st.container(width=220):
                chooser(
                    "Told apart by",
                    "audience-by",
                    offered,
                    level,
                    heading_of,
                    lambda by: go(view.told_by(by)),
                )
        try:
            frame = found_makeup(opened, level)
        except BadRequest as error:
            st.html(f'<p data-testid="makeup-refused">{escape(str(error))}</p>')
            st.button("Start afresh", key="audience-by-afresh", on_click=lambda: go(view.told_by("")))
            return
        figure = bars(frame, session.colours(), unit="count")
        key = f"audience-makeup-{view.audience}-{level}"
        chart(figure, key, words.bars_told(f"Customers by {heading_of(level)}", frame))


def reach_card(view: AudiencesView, opened: OpenedAudience, go: Go) -> None:
    """Who may be reached and who is left out, by the rules that every export asks."""
    frame = session.warehouse().frame
    channels, purposes = channels_offered(frame), purposes_offered(frame)
    channel = view.channel or channels[0]
    with card("audience-reach", height="stretch"):
        section("Who may be reached", "Each left out by the first reason that there is. A planned campaign asks more: "
                "how often one was contacted, quiet days, other campaigns.")  # fmt: skip
        with st.container(horizontal=True, gap="small", key="audience-reach-choices"):
            offered = list(dict.fromkeys((*channels, channel)))
            chooser("Channel", "audience-channel", offered, channel, str,
                    lambda each: go(view.reached(each, view.purpose)), 200)  # fmt: skip
            named = list(dict.fromkeys((EVERY, *purposes, view.purpose)))
            chooser("Purpose", "audience-purpose", named, view.purpose, lambda each: each or "No purpose named",
                    lambda each: go(view.reached(view.channel, each)), 200)  # fmt: skip
        try:
            reach = found_reach(opened, channel, view.purpose, reach_day())
        except BadRequest as error:
            st.html(f'<p data-testid="reach-refused">{escape(str(error))}</p>')
            return
        told = told_words(words.reach_words(reach))
        st.html(f'<p data-testid="reach-told" data-reached="{reach.reached}">{escape(told)}</p>')
        drawn = words.reach_frame(reach)
        chart(bars(drawn, session.colours(), unit="count"), f"audience-reach-{view.to_parameters()}",
              words.bars_told("Who may be reached", drawn))  # fmt: skip
        if reach.left_out.height:
            st.caption("Who is left out, with the reason of each:")
            downloads("clientela-left-out", lambda: reach.left_out, "left-out")


def moves_card(view: AudiencesView, opened: OpenedAudience, go: Go) -> None:
    with card("audience-moves", height="stretch"):
        section("Who came and who left", "With one publication: a load, or whatever else was written.")
        if opened.course.is_empty():
            st.html('<p class="clientela-quiet">Nobody yet.</p>')
            return
        known = opened.course["publication"].to_list()[::-1]
        chooser("Publication", "audience-at", known, opened.publication,
                lambda each: words.publication_words(opened, each), lambda each: go(view.seen_at(each)))  # fmt: skip
        for title, frame, key in (("Came", opened.came, "came"), ("Left", opened.left, "left")):
            moved(title, frame, key)


def moved(title: str, frame: pl.DataFrame, key: str) -> None:
    """The customers who came, or who left."""
    st.html(f'<b data-testid="audience-{key}">{title}: {escape(count_text(frame.height, "customer"))}</b>')
    if frame.height:
        shown = frame.head(MOST_LISTED)
        frame_view(shown, f"audience-{key}-list", height=whole_height(shown, 5))
        downloads(f"clientela-audience-{key}", lambda: frame, f"audience-{key}")


def members_card(opened: OpenedAudience) -> None:
    with card("audience-members"):
        section("Its customers", f"Who stands in {opened.line.audience.name} today.")
        customer_list(named_customers(opened.codes), "clientela-audience", "audience-members", {})

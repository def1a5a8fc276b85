"""Partner life cycle: who stands in which stage, how long they stay, whose agreement ends, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from html import escape
from typing import Any

import polars as pl
import streamlit as st

from data.errors import BadRequest, NotAllowed
from pages.collaborate import partner_life_words as words
from pages.collaborate.found_partner_life import FoundPartnerLife, found_partner_life
from pages.collaborate.found_partners import scorecard
from pages.collaborate.opened_partner_card import opened_partner_card
from pages.collaborate.partner_life_view import SPANS, PartnerLifeView, parse_partner_life
from pages.manage.shared.manage_style import looks
from pages.service import service_deeds
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.figures import age_curves, flow_diagram, stacked
from pages.ui.page_record import told_words
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import format_day
from pages.value import flow_words

TITLE = "Partner life cycle"
SENTENCE = "Recruit, onboard, enable, co-sell, optimise, renew, exit: dated, by rules that are declared."
COUNTS = {"opening": "count", "entered": "count", "left": "count", "closing": "count"}


def go(view: PartnerLifeView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    session.write_url(view.to_parameters())


@session.fragment
def partner_life() -> None:
    page_title(TITLE, SENTENCE)
    try:
        view = parse_partner_life(session.read_url())
        found = found_partner_life(view)
    except BadRequest as error:
        empty_state(
            error.problem,
            error.remedy,
            "Start afresh",
            on_click=lambda: go(PartnerLifeView()),
            drawing="filter",
        )
        ready("refused")
        return
    looks()
    service_deeds.told("partner-life")
    choices(view, found)
    if view.partner:
        if view.partner in set(found.partners["partner"]):
            opened_partner_card(found, view.partner, lambda: go(view.opened("")), todays_scorecard)
            ready("opened", found)
            return
        go(view.of_type(""))
    show(found)
    ready("found", found)


def choices(view: PartnerLifeView, found: FoundPartnerLife) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="partner-life-choices"):
        with st.container(width=200):
            chooser("Type", "partner-life-type", ["", *found.types], view.type, lambda each: each or "All types",
                    lambda kind: go(view.of_type(kind)))  # fmt: skip
        with st.container(width=180):
            chooser("Period", "partner-life-months", list(SPANS), str(view.months), SPANS.__getitem__,
                    lambda months: go(view.over(int(months))))  # fmt: skip
        with st.container(width=280):
            names = {"": "Open a partner"} | dict(
                found.partners.select("partner", "name").sort("name").iter_rows()
            )
            chooser("Partner", "partner-life-partner", list(names), view.partner if view.partner in names else "",
                    names.__getitem__, lambda each: go(view.opened(each)))  # fmt: skip
        with st.popover(
            f"Rules, version {found.rules.version}", icon=":material/rule:", key="partner-life-rules"
        ):
            st.html(f"<ul>{''.join(f'<li>{escape(each)}</li>' for each in rule_words(found))}</ul>")


def rule_words(found: FoundPartnerLife) -> list[str]:
    """The rules, a sentence each."""
    told = [f"A partner enters {found.rules.first} on the first day on which it is known."]
    for each in found.rules.transitions:
        many = f", on the {each.at_least}. such day" if each.at_least > 1 else ""
        told.append(f"{', '.join(each.origins)} to {each.to}: {each.on}{many}.")
    told += [
        f"{', '.join(each.origins)} to {each.to}: {each.silent_days} days without “{each.since}”."
        for each in found.rules.timers
    ]
    return told


def show(found: FoundPartnerLife) -> None:
    st.html(f'<p data-testid="partner-life-fact">{escape(told_words(words.main_fact(found)))}</p>')
    for each in words.cautions(found):
        st.html(f'<p class="clientela-quiet">{escape(told_words(each))}</p>')
    left, right = st.columns([1, 1], gap="small")
    with left:
        stock_card(found)
    with right:
        flow_card(found)
        dwell_card(found)
    left, right = st.columns([1, 1], gap="small")
    with left:
        renewals_card(found)
    with right:
        first_card(found)
    partners_card(found)


def stock_card(found: FoundPartnerLife) -> None:
    with card("partner-stock", height="stretch"):
        section(
            "The book",
            f"From {format_day(found.since)} to {format_day(found.until)}: before, and entered, less left, is now.",
        )
        chart(stacked(words.stock_parts(found), session.colours(), unit="count"), "partner-stock",
              "Partners in each stage at the end of each month.")  # fmt: skip
        sums = found.book.select(pl.lit("All stages").alias("stage"), pl.exclude("stage").sum())
        book = pl.concat([found.book, sums])
        frame_view(book, "partner-book", COUNTS, height=whole_height(book))
        downloads("clientela-partner-stages", lambda: book, "partner-book", COUNTS)


def flow_card(found: FoundPartnerLife) -> None:
    with card("partner-flow"):
        section(
            "From stage to stage", "Moves in the period; skipped stages and ways back are counted as such."
        )
        if found.flow.is_empty():
            st.html('<p class="clientela-quiet">Nobody moved in this period.</p>')
        else:
            colours = session.colours()
            bands = words.flow_bands(found)
            chart(flow_diagram(bands, colours, flow_words.tints(colours), flow_words.SIGNS), "partner-flow",
                  "Moves of partners between stages.")  # fmt: skip
        told = "; ".join(f"{flow_words.NAMES[kind]} {many:,}" for kind, many in found.moves.items() if many)
        st.html(f'<p class="clientela-quiet">Of all time: {escape(told or "no moves")}.</p>')


def renewals_card(found: FoundPartnerLife) -> None:
    with card("partner-renewals", height="stretch"):
        section(
            "Renewals due",
            f"The last agreement of each partner that has an end, as of {format_day(found.until)}.",
        )
        if found.renewals.is_empty():
            st.html(f'<p class="clientela-quiet">{escape(words.NO_END)}</p>')
            return
        frame = found.renewals.select("partner", "name", "event", "since", "until", "days_left", "state")
        frame_view(frame, "partner-renewals", {"days_left": "count"}, height=whole_height(frame))
        downloads("clientela-renewals", lambda: frame, "partner-renewals", {"days_left": "count"})


def first_card(found: FoundPartnerLife) -> None:
    with card("partner-first", height="stretch"):
        section(
            "Time to the first order",
            "The share still without one, by days since the partner was known (Kaplan-Meier).",
        )
        curve = words.first_curve(found)
        if curve.height:
            chart(age_curves(curve, session.colours(), age_name="Days since known", height=280, steps=True),
                  "partner-first", words.first_words(found))  # fmt: skip
        st.html(
            f'<p class="clientela-quiet" data-testid="partner-first">{escape(told_words(words.first_words(found)))}</p>'
        )


def dwell_card(found: FoundPartnerLife) -> None:
    with card("partner-dwell", height="stretch"):
        section(
            "How long they stay",
            "Whoever still stands in a stage counts as far as watched (Kaplan and Meier, 1958).",
        )
        stays = words.dwell_table(found)
        frame_view(
            stays, "partner-dwell", {"stays": "count", "still_open": "count"}, height=whole_height(stays)
        )
        downloads("clientela-partner-stays", lambda: stays, "partner-dwell")


def partners_card(found: FoundPartnerLife) -> None:
    with card("partner-list"):
        section("Partners", "Where each stands; open one above for its course and to record what was agreed.")
        told = found.partners.select(
            "partner", "name", "type", "stage", "since", "days", "listed_as", "known", "first"
        )
        frame = told.rename({"days": "days_in_stage", "first": "first_order"})
        frame_view(frame, "partner-list", {"days_in_stage": "count"}, height=whole_height(frame, 14))
        downloads("clientela-partners", lambda: frame, "partner-list", {"days_in_stage": "count"})


def todays_scorecard() -> Mapping[str, Any] | None:
    """The scorecard by the usual criteria as it is today, as a decision keeps it; None where nothing is known."""
    try:
        return scorecard(session.warehouse(), {}).as_record()
    except (BadRequest, NotAllowed):
        return None


def ready(state: str, found: FoundPartnerLife | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    until = found.until if found else date.min
    many = found.partners.height if found else 0
    st.html(
        f'<p class="clientela-quiet" data-testid="partner-life-ready" data-state="{state}" data-partners="{many}"'
        f' data-until="{until}"></p>'
    )


partner_life()

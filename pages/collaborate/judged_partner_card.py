"""One partner opened: its figures with n and interval, their course beside all partners, what it has brought so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape

import polars as pl
import streamlit as st

from mining.partners.criterion import Criterion
from mining.partners.partner_course import ITSELF
from pages.collaborate import scorecard_words as words
from pages.collaborate.found_partners import FoundPartners, found_course, found_worth
from pages.collaborate.partners_view import PartnersView
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.figures import age_curves, line
from pages.ui.page_record import told_words
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height

Go = Callable[[PartnersView], None]


def judged_partner_card(view: PartnersView, found: FoundPartners, go: Go) -> None:
    row = found.scorecard.partners.filter(pl.col("id") == view.partner)
    with card("opened-partner"):
        if row.is_empty():
            section("No such partner", f"No partner within the filters has the number {view.partner[:40]}.")
            st.button(
                "Close", key="partner-close", icon=":material/close:", on_click=lambda: go(view.opened(""))
            )
            return
        one = row.row(0, named=True)
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container():
                section(one["name"], f"Number {one['id']} · {one['type']} · {one['stage']}")
            st.button(
                "Close", key="partner-close", icon=":material/close:", on_click=lambda: go(view.opened(""))
            )
        left, right = st.columns([1, 1], gap="medium")
        with left:
            figures(found, view)
        with right:
            course_of(view, found, one["partner"], one["name"], go)
        worth_of(view, one["partner"], one["name"])


def figures(found: FoundPartners, view: PartnersView) -> None:
    table = words.figure_rows(found.scorecard, view.partner, session.currency())
    frame_view(table, "partner-figures", height=whole_height(table))
    downloads("clientela-partner-figures", lambda: table, "partner-figures")


def course_of(view: PartnersView, found: FoundPartners, partner: int, name: str, go: Go) -> None:
    course = found_course(view, partner)
    known = set(course.filter(pl.col("whose") == ITSELF)["criterion"])
    offered = [each for each in found.scorecard.criteria if each.name in known]
    if not offered:
        st.html(
            '<p class="clientela-quiet">Nothing is known of it in this period, so that there is no course.</p>'
        )
        return
    chosen = next((each for each in offered if each.name == view.course), offered[0])
    by = {each.name: each for each in offered}
    chooser(
        "Course of", "partner-course", [*by], chosen.name, lambda name: f"{by[name].label}, month by month",
        lambda name: go(replace(view, course=name)), 340,
    )  # fmt: skip
    lines = words.course_lines(course, chosen, name)
    figure = line(lines, session.colours(), unit=chosen.unit, currency=session.currency(), height=270)
    chart(figure, f"course-{view.to_parameters()}", course_alt(lines, chosen))
    table = words.course_table(course, chosen)
    with st.expander("As a table, with n and interval", icon=":material/table:"):
        units = dict.fromkeys(("value", "low", "high"), chosen.unit)
        frame_view(table, "course-table", units, height=whole_height(table, 8))
        downloads("clientela-partner-course", lambda: table, "partner-course", units)


def course_alt(lines: pl.DataFrame, criterion: Criterion) -> str:
    own = lines.filter(pl.col("id") == ITSELF).drop_nulls("value")
    if own.is_empty():
        return f"{criterion.label}: no month tells it."
    first, last = own.row(0, named=True), own.row(-1, named=True)
    ends = [words.figure_text(each["value"], criterion, session.currency()) for each in (first, last)]
    told = f"{ends[0]} in {first['period']:%Y-%m}, {ends[1]} in {last['period']:%Y-%m}"
    return f"{criterion.label} of {first['label']}: {told}."


def worth_of(view: PartnersView, partner: int, name: str) -> None:
    worth = found_worth(view, partner)
    if worth.is_empty():
        return
    section(
        "What it has brought so far",
        "Margin of what it supplied or sold, added up since its first sale whatever the period, with the band of 95%"
        " over resampled customers.",
    )
    said = words.worth_words(worth, session.currency())
    st.html(f'<p data-testid="partner-worth">{escape(told_words(said))}</p>')
    figure = age_curves(
        words.worth_curve(worth, name), session.colours(), unit="money", currency=session.currency(), height=240,
        age_name="Months since the first sale",
    )  # fmt: skip
    chart(figure, f"worth-{partner}", said)
    downloads("clientela-partner-worth", lambda: worth, "partner-worth",
              dict.fromkeys(("margin", "so_far", "low", "high"), "money"))  # fmt: skip

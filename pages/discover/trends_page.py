"""Trends nobody asked for: which members of the cube did what neither their past nor the whole firm explains."""

from __future__ import annotations

from html import escape

import polars as pl
import streamlit as st

from cubes.analysis.member_courses import BY, offered_levels, offered_measures
from data.errors import BadRequest
from mining.trends.trend_finding import TrendAlarm
from pages.discover import trend_sentences as words
from pages.discover.finding_footer import finding_footer
from pages.discover.found_trends import FoundTrends, asked_trends, levels_of
from pages.discover.mined_slice import explore_link, period_choice, slice_bar
from pages.discover.trends_view import RATES, TrendsView, parse_trends
from pages.explore.explore_view import Chart, View
from pages.explore.outlier_days import outliers
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import as_plain, chooser
from pages.ui.export_files import downloads
from pages.ui.figures import expected_course
from pages.ui.kpi_row import kpi_strip
from pages.ui.page_record import told_words
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.sought_work import await_work
from pages.ui.style.formats import count_text, format_month, number_text, share_text

FOLDED_SHOWN = 12
SEEKING = "Holding each member against its own past …"
UNITS = {"above_mean": "percent", "below_mean": "percent", "change": "percent", "low": "percent", "high": "percent",
         "growth_before": "percent"}  # fmt: skip


def go(view: TrendsView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    session.write_url(view.to_parameters())


@session.fragment
def trends() -> None:
    try:
        view = parse_trends(session.read_url())
    except BadRequest as error:
        page_title("Trends")
        refused(error, TrendsView())
        return
    if not slice_bar("Trends", view.cuts, lambda cuts: go(view.within(cuts))):
        ready(view, "refused")
        return
    try:
        session.cube().measure(view.measure)
        choices(view)
        found = await_work(asked_trends(view), SEEKING)
    except BadRequest as error:
        refused(error, TrendsView())
        return
    if found is None:
        ready(view, "awaited")
        return
    show(view, found)
    outliers(session.cube(), "trends")
    finding_footer("trends", view.to_parameters())
    ready(view, "found" if found.trends.alarms else "none", found)


def refused(error: BadRequest, instead: TrendsView) -> None:
    empty_state(
        error.problem, error.remedy, "Start afresh", on_click=lambda: go(instead), key="refused", drawing="filter"
    )  # fmt: skip
    ready(instead, "refused")


def choices(view: TrendsView) -> None:
    """Measure, periods, time, levels, and the share of false discoveries that is allowed."""
    cube, profile = session.cube(), session.warehouse().profile
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="trends-choices"):
        offered = offered_measures(cube)
        chooser(
            "Measure", "trends-measure", [*offered, *({view.measure} - {*offered})], view.measure,
            lambda name: cube.measure(name).label, lambda name: go(view.of(name)), 190,
        )  # fmt: skip
        chooser(
            "Periods", "trends-by", BY, view.by, lambda by: f"By {by}", lambda by: go(view.every(by)), 125
        )
        with st.container(width=180):
            period_choice(view.cuts, lambda cuts: go(view.within(cuts)), "trends-period")
        rates = sorted({*RATES, view.rate})
        chooser(
            "Rate", "trends-rate", rates, view.rate, lambda rate: f"At most {share_text(rate)} false",
            lambda rate: go(view.at(rate)), 180,
        )  # fmt: skip
        known = levels_of(view)
        with st.popover(
            count_text(len(known), "level"),
            icon=":material/account_tree:",
            help="Whose members are looked at",
        ):
            st.session_state["trends-levels"] = list(known)
            st.pills(
                "Members of, and pairs of them",
                [
                    *offered_levels(cube, profile),
                    *(each for each in known if each not in offered_levels(cube, profile)),
                ],
                selection_mode="multi",
                key="trends-levels",
                format_func=lambda name: cube.level(name).label,
                on_change=lambda: go(view.along(st.session_state["trends-levels"])),
            )


def show(view: TrendsView, found: FoundTrends) -> None:
    measure = session.cube().measure(view.measure).label
    trends = found.trends
    fact = told_words(words.main_fact(trends, len(levels_of(view))))
    st.html(f'<p data-testid="main-fact">{escape(fact)}</p>')
    notes(found)
    kpi_strip(words.tiles(trends), "trends-tiles")
    if not trends.alarms:
        empty_state(
            "Nothing moves by more than chance",
            f"{count_text(trends.series, 'series', 'series')} were tested, each against its own past; allowing more "
            "false discoveries or another measure may show more.",
            "Allow 20% false" if view.rate < RATES[-1] else "",
            on_click=lambda: go(view.at(RATES[-1])),
            key="no-trends",
        )
    for at, alarm in enumerate(trends.alarms[: view.shown]):
        with card(f"alarm-{at}"):
            alarm_card(view, found, alarm, at, measure)
    if trends.alarms:
        with st.container(horizontal=True, vertical_alignment="center"):
            left = len(trends.alarms) - view.shown
            if left > 0:
                st.button(
                    f"Show more of {number_text(left)} left", key="trends-more", on_click=lambda: go(view.more())
                )  # fmt: skip
            st.space("stretch")
            downloads(
                "clientela-trends", lambda: words.trend_file(found.courses, trends, measure), "trends", UNITS
            )  # fmt: skip
    seasons(found, measure)
    with st.expander("How this is found, and by whom", icon=":material/menu_book:"):
        st.markdown(METHOD)


def notes(found: FoundTrends) -> None:
    """What is to be known before anything is believed."""
    told = [str(each) for each in found.courses.notes]
    if not found.trends.season_tests:
        told.append("Less than two years are known: a season cannot be told from a change.")
    cube = session.cube()
    told += [
        f"Pairs of {cube.level(one).label.lower()} and {cube.level(other).label.lower()} are too many to look at."
        for one, other in found.courses.too_many
    ]
    if found.trends.left_out:
        out = count_text(len(found.trends.left_out), "series", "series")
        told.append(f"{out} are left out: too short, with gaps, or the same as another.")
    st.caption(as_plain(told_words(" ".join(told))))


def alarm_card(view: TrendsView, found: FoundTrends, alarm: TrendAlarm, at: int, measure: str) -> None:
    courses, cause = found.courses, alarm.cause
    asked, currency = session.cube().measure(view.measure), session.currency()
    told = words.sentence(courses, cause, measure)
    section(
        f"{at + 1}. {words.member_names(courses, cause.series) or 'All'}: {words.KINDS[cause.kind].lower()}",
        told,
    )
    points = cause.course.with_columns(id=pl.lit(cause.series))
    figure = expected_course(points, session.colours(), unit=asked.unit, currency=currency)
    chart(figure, f"trend-{at}-{view.to_parameters()}", told)
    st.caption(as_plain(told_words(words.doubts(courses, cause, asked.unit, currency))))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"alarm-ways-{at}"):
        explore_link(
            "See it in Explore", View(view.opened(courses.cuts(cause.series)), Chart.LINE).to_parameters()
        )
        if alarm.folded:
            with st.popover(
                f"Explains {count_text(len(alarm.folded), 'other change')}", icon=":material/merge:"
            ):
                lines = [words.folded_told(courses, each, measure) for each in alarm.folded[:FOLDED_SHOWN]]
                more = len(alarm.folded) - FOLDED_SHOWN
                lines += [f"{number_text(more)} more stand in the files"] if more > 0 else []
                st.markdown("\n".join(f"- {as_plain(each)}." for each in lines))


def seasons(found: FoundTrends, measure: str) -> None:
    """Who has a season of its own beside the whole's."""
    if not found.trends.seasons:
        return
    table = words.season_table(found.courses, found.trends, measure)
    with card("seasons"):
        section(
            count_text(table.height, "season"),
            f"{words.seasonal(found.courses)} comes and goes with the year; the surest first. Shares of the year's"
            " mean.",
        )
        frame_view(table, f"seasons-{table.height}", UNITS, whole_height(table))
        with st.container(horizontal=True):
            st.space("stretch")
            downloads("clientela-seasons", lambda: table, "seasons", UNITS)


def ready(view: TrendsView, state: str, found: FoundTrends | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    marks = {
        "state": state,
        "measure": view.measure,
        "by": view.by,
        "series": found.trends.series if found else 0,
        "alarms": len(found.trends.alarms) if found else 0,
    }
    attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in marks.items())
    last = found.trends.periods[-1] if found else None
    text = f"Until {format_month(last)}, the last whole {view.by}." if last and view.by == "month" else ""
    st.html(f'<p class="clientela-quiet" data-testid="trends-ready"{attributes}>{escape(text)}</p>')


METHOD = """
Each series is held against what it would have done by itself: its level, a steady trend and, from two years on, its
season, with as much likeness from one period to the next as it has. A member is looked at by its share of the whole,
so that what all do alike is no news of each. A *shift* lasts three periods or more, a *spike* three at most, a *change
of slope* turns the growth. How often chance makes as much is worked out for the best of all places, not for one; and of
all changes told, no more than the chosen share are false on average (Benjamini–Hochberg over all tests).

A part that moved as its whole did is told by the whole; a whole that moved by one part alone is told by the part.
Intervals hold for what was chosen to be told. The dashed line is what was expected without the change, the band around
it holds 95 of 100 periods, the grey ground is where it went another way. A trend says when, never why.
"""

trends()

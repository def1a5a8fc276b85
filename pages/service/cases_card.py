"""Response times in business hours, and the backlog with what comes back."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import polars as pl
import streamlit as st

from data.errors import BadRequest
from mining.service.business_hours import parse_hours
from pages.service import service_words as words
from pages.service.call_centre_view import CallCentreView
from pages.service.found_service import FoundCases, found_cases
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import as_plain
from pages.ui.export_files import downloads
from pages.ui.figures import Quantity, bars, described, line
from pages.ui.page_record import told_words
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import count_text, format_day

Go = Callable[[CallCentreView], None]


def cases_cards(view: CallCentreView, go: Go) -> None:
    found = found_cases(view)
    if found is None:
        with card("cases"):
            section("Cases", "Response times, backlog and reopenings of tickets and cases.")
            st.html(
                '<p class="clientela-quiet">No ticket is here yet. Bring tickets, best with their events (opened,'
                " answered, closed, reopened) and the time of each.</p>"
            )
        return
    left, right = st.columns(2, gap="small")
    with left:
        response_card(view, found, go)
    with right:
        backlog_card(found)


def response_card(view: CallCentreView, found: FoundCases, go: Go) -> None:
    with card("responses", height="stretch"):
        section(
            "Time to respond",
            "From each opening or reopening to the first answer after it, or the closing where none is told, in"
            " business hours; cases that wait still count as long as they have waited (Kaplan and Meier).",
        )
        calendar(view, go)
        if not found.spells.has_answers and found.responses.in_days:
            st.html(
                '<p class="clientela-quiet">No answer is told of any case: days to the closing are shown. Bring the'
                " events of tickets to see answers.</p>"
            )
        fact = words.response_fact(found.responses.kinds, found.responses.in_days)
        st.html(f'<p data-testid="response-fact">{escape(told_words(fact))}</p>')
        table = words.response_table(found.responses)
        frame_view(table, "responses-table", {}, whole_height(table))
        for note in words.case_notes(found.spells, found.responses):
            st.caption(as_plain(told_words(note)))


def calendar(view: CallCentreView, go: Go) -> None:
    """The business hours that count, and the way to change them."""
    holidays = view.holidays or "none"
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.html(
            f'<p class="clientela-quiet" data-testid="calendar">Business hours: {escape(str(view.hours))}.'
            f" Holidays: {escape(holidays)}.</p>"
        )
        with st.popover("Change", icon=":material/schedule:", key="call-centre-calendar"):
            calendar_form(view, go)


def calendar_form(view: CallCentreView, go: Go) -> None:
    st.session_state.setdefault("call-centre-opens", view.opens)
    st.session_state.setdefault("call-centre-holidays", view.holidays)
    opens = st.text_input(
        "Hours, such as Mon-Fri 9-13, Mon-Fri 14-18, Sat 10-12:30", key="call-centre-opens", max_chars=200
    )
    holidays = st.text_input(
        "Holidays, such as 2025-12-25, 2025-12-26", key="call-centre-holidays", max_chars=1_000
    )  # fmt: skip
    try:
        parse_hours(opens, holidays)
    except BadRequest as error:
        st.error(as_plain(str(error)))
        return
    st.button(
        "Count in these hours",
        key="call-centre-hours",
        on_click=lambda: go(view.changed(opens=opens, holidays=holidays)),
    )


def backlog_card(found: FoundCases) -> None:
    with card("backlog", height="stretch"):
        section(
            f"Open at the close of {format_day(found.last)}",
            "By the days since a case was opened, or reopened last: reopened ones are open again.",
        )
        fact = words.backlog_fact(found.backlog, found.spells.has_events)
        st.html(f'<p data-testid="backlog-fact">{escape(told_words(fact))}</p>')
        ages = found.backlog.ages.select(
            pl.col("age").alias("id"), pl.col("age").alias("label"), pl.col("cases").alias("value")
        )  # fmt: skip
        alt = described(ages, kind="Bars", measure=Quantity("Open cases by age", "count"), adds=True)
        chart(bars(ages, session.colours(), unit="count"), f"backlog-{found.last}", alt)
        course = found.backlog.course.select(
            pl.lit("open").alias("id"), pl.lit("Open cases").alias("label"), pl.col("day").alias("period"),
            pl.col("cases").alias("value"), pl.lit(False).alias("partial"),
        )  # fmt: skip
        if course.height > 1:
            st.caption(f"Open at the close of each week, {count_text(course.height, 'week')}")
            told = described(course, kind="Line", measure=Quantity("Open cases", "count"))
            chart(
                line(course, session.colours(), unit="count", height=170),
                f"backlog-course-{found.last}",
                told,
            )
        downloads("clientela-backlog", lambda: found.backlog.course, "backlog")

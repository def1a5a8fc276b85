"""Subjects that rise: each with its course beside what was expected of it, and the way to Trends."""

from __future__ import annotations

from html import escape

import polars as pl
import streamlit as st

from data.errors import BadRequest
from pages.discover.trend_sentences import chance_text
from pages.service import insight_words as words
from pages.service.found_insight import FoundInsight, found_rising
from pages.service.insight_view import InsightView
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.figures import expected_course
from pages.ui.open_pages import link_to
from pages.ui.page_record import told_words
from pages.ui.page_states import card, section

TRENDS = "discover/trends_page.py"
MOST = 6


def rising_card(view: InsightView, found: FoundInsight) -> None:
    with card("rising"):
        section(
            "Subjects that rise",
            "Whose share of all contacts grew by more than their past, their season and chance explain, month by month"
            " until the end of the period.",
        )
        try:
            rising = found_rising(view, found)
        except BadRequest as error:
            st.html(
                f'<p class="clientela-quiet" data-testid="no-rising">{escape(told_words(str(error)))}</p>'
            )
            return
        for at, finding in enumerate(rising.rising[:MOST]):
            told = told_words(words.rising_words(rising, finding))
            st.html(f'<p data-testid="rising">{escape(told)}</p>')
            points = finding.course.with_columns(id=pl.lit(finding.series))
            figure = expected_course(points, session.colours(), unit="count")
            chart(figure, f"rising-{at}-{view.to_parameters()}", told)
            doubt = f"{words.began_words(finding)} Chance makes as much in {chance_text(finding.p_value)}."
            st.caption(f"Contacts a month; dashed, what was expected without the change. {told_words(doubt)}")
        if not rising.rising:
            st.html('<p data-testid="rising">No subject rises by more than chance.</p>')
        st.html(f'<p class="clientela-quiet">{escape(told_words(words.looked_words(rising)))}</p>')
        link_to(TRENDS, label="What else moves, on Trends", icon=":material/trending_up:")

"""Trends nobody asked for in small: the three most surprising causes of all history, found behind the page's back."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import streamlit as st

from pages.discover import trend_sentences as words
from pages.discover.found_trends import FoundTrends, asked_trends
from pages.discover.trends_view import TrendsView
from pages.explore.explore_view import Chart, View
from pages.overview.awaited_tile import is_there
from pages.overview.part_asked import EXPLORE, PartAsked
from pages.ui import session
from pages.ui.controls import as_plain
from pages.ui.open_pages import link_to, name_link
from pages.ui.page_states import section
from pages.ui.style.formats import count_text

TRENDS = "discover/trends_page.py"
MOST = 3


@dataclass(frozen=True, slots=True)
class DigestLine:
    """An alarm in a sentence, and the parameters of Explore that show its cell."""

    name: str
    sentence: str
    parameters: dict[str, list[str]]


def trends_tile(asked: PartAsked) -> None:
    """Of all history by month, whatever the period. Raises BadRequest where too little is known."""
    section(
        "Trends nobody asked for",
        "What moved by more than chance, against its own past; a name opens its cell.",
    )
    view = TrendsView()
    trends = asked_trends(view)
    if not is_there(trends.sought(), "Holding each member against its own past …"):
        return
    found = trends.found()
    if not found.trends.alarms:
        told = (
            f"{count_text(found.trends.series, 'series', 'series')} tested, none moves by more than chance."
        )
        st.html(f'<p class="clientela-quiet" data-testid="no-trends">{escape(told)}</p>')
    for at, each in enumerate(digest(view, found)):
        with st.container(gap=None, key=f"trend-{asked.key}-{at}"):
            name_link(EXPLORE, as_plain(each.name), query_params=each.parameters)
            st.html(f'<p class="clientela-quiet" data-testid="trend">{escape(each.sentence)}</p>')
    left = len(found.trends.alarms) - MOST
    label = f"All trends: {left} more" if left > 0 else "All trends"
    link_to(TRENDS, label=label, icon=":material/trending_up:")


def digest(view: TrendsView, found: FoundTrends) -> list[DigestLine]:
    """The alarms that chance makes least often."""
    courses, measure = found.courses, session.cube().measure(view.measure).label
    return [
        DigestLine(
            words.member_names(courses, each.cause.series) or f"{measure} as a whole",
            words.sentence(courses, each.cause, measure),
            View(view.opened(courses.cuts(each.cause.series)), Chart.LINE).to_parameters(),
        )
        for each in found.trends.alarms[:MOST]
    ]

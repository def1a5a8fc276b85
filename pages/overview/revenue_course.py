"""Revenue from month to month within a period, beside that of the compared one."""

from __future__ import annotations

from dataclasses import replace

from pages.overview.part_asked import PartAsked, before_name, told
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.figures import line
from pages.ui.page_states import section
from pages.ui.time_course import course


def revenue_course(asked: PartAsked) -> None:
    query = asked.query
    answer = session.ask(replace(query, rows=("month",)))
    points = course(answer, "month", "", session.warehouse().profile)
    section("Revenue by month")
    figure = line(
        points,
        session.colours(),
        unit="money",
        currency=session.currency(),
        height=250,
        previous_name=before_name(query),
    )
    chart(figure, f"course-{asked.key}-{query!r}", told("Revenue by month", "Line", points))

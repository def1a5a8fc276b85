"""Trends found: the courses of members of a slice asked once, searched once for each rate, behind the page's back."""

from __future__ import annotations

from dataclasses import dataclass

from cubes.analysis.member_courses import WHOLE, MemberCourses, member_courses, usual_levels
from cubes.query import Cut
from mining.trends.member_trends import MemberTrends, find_trends
from pages.discover.trends_view import TrendsView
from pages.ui import session
from pages.ui.sought_result import Progress
from pages.ui.sought_work import AskedWork, asked_work

MOST = 12  # Overview's own among them


@dataclass(frozen=True, slots=True, eq=False)
class FoundTrends:
    """What was found, and the courses that it was found in."""

    courses: MemberCourses
    trends: MemberTrends


def levels_of(view: TrendsView) -> tuple[str, ...]:
    """The levels that are looked at."""
    return view.levels or usual_levels(session.cube(), session.warehouse().profile)


def asked_trends(view: TrendsView) -> AskedWork[FoundTrends]:
    """What is found in a slice, sought when somebody waits for it. Finding raises BadRequest."""
    asked = (session.sets_read(view.cuts), view.measure, view.by, levels_of(view), view.rate)
    return asked_work("trends", asked, lambda done: _found(*asked, done), MOST)


def _found(
    cuts: tuple[Cut, ...], measure: str, by: str, levels: tuple[str, ...], rate: float, done: Progress
) -> FoundTrends:
    store, view = session.warehouse(), TrendsView(cuts, measure, by, levels, rate)
    courses = member_courses(store, session.ask_whole, view.query(), session.cube(), by, levels)
    trends = find_trends(
        courses.frame,
        courses.kin,
        by,
        WHOLE,
        rate=rate,
        empty=courses.empty,
        adds=courses.adds,
        progress=done,
    )
    return FoundTrends(courses, trends)

"""Trends found: the courses of members of a slice asked once, searched once for each rate, behind the page's back."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from cubes.analysis.member_courses import WHOLE, MemberCourses, member_courses, usual_levels
from cubes.query import Cut
from data.errors import BadRequest
from mining.trends.member_trends import MemberTrends, find_trends
from pages.discover.trends_view import TrendsView
from pages.ui import session
from pages.ui.sought_result import Progress, SoughtResult


@dataclass(frozen=True, slots=True, eq=False)
class FoundTrends:
    """What was found, and the courses that it was found in."""

    courses: MemberCourses
    trends: MemberTrends


def levels_of(view: TrendsView) -> tuple[str, ...]:
    """The levels that are looked at."""
    return view.levels or usual_levels(session.cube(), session.warehouse().profile)


def found_trends(view: TrendsView, progress: Progress) -> FoundTrends:
    """What is found in a slice, for whoever asks after the first at once. Raises BadRequest."""
    try:
        return sought_trends(view).found(progress)
    except BadRequest as error:
        raise BadRequest(error.problem, error.remedy) from error
    except Exception:
        _sought.clear()
        raise


def sought_trends(view: TrendsView) -> SoughtResult[FoundTrends]:
    """It, from the first who asks on."""
    cuts = session.sets_read(view.cuts)
    return _sought(session.warehouse().version, cuts, view.measure, view.by, levels_of(view), view.rate)


@st.cache_resource(show_spinner=False, max_entries=12, hash_funcs={Cut: repr})
def _sought(
    version: str, cuts: tuple[Cut, ...], measure: str, by: str, levels: tuple[str, ...], rate: float
) -> SoughtResult[FoundTrends]:
    store, view = session.warehouse(), TrendsView(cuts, measure, by, levels, rate)

    def work(done: Progress) -> FoundTrends:
        session.reads(store)
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

    return SoughtResult[FoundTrends]("trends").begin(work)

"""Explore's row of choices: measure, rows, columns, period, comparison."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import streamlit as st

from cubes import catalogue
from cubes.model import Cube, Measure
from cubes.query import NOW, Against, Cut, Period
from data.model.calendar import to_date
from data.store.warehouse import Extent, Profile
from pages.explore.explore_view import View, with_tops
from pages.ui import session
from pages.ui.controls import chooser
from pages.ui.period_choices import ALL_TIME, COMPARISONS, comparison_name, fact_of, period_before, presets

Go = Callable[[View], None]
NOTHING = "–"
CUSTOM = "Choose days …"
OTHER_DAYS = "vs other days …"
DESCRIBED = {"As they were": "", "As they are": NOW}
ON_A_DAY = "As of a day …"
COUNTS = (5, 12, 25, 50, 100, 200)


def choices(view: View, cube: Cube, go: Go) -> None:
    """Draw the row; each choice gives the next view."""
    query = view.query
    known = session.warehouse().profile.known
    levels = [level.name for level in cube.levels if known.get(level.name) or level.name in query.by]
    measures = measures_of(cube, session.warehouse().profile)
    measures |= {} if query.measures[0] in measures else {query.measures[0]: query.measures[0]}

    def asked(rows: tuple[str, ...], columns: tuple[str, ...]) -> None:
        columns = tuple(each for each in columns if each not in rows)
        go(view.with_query(with_tops(replace(query, rows=rows, columns=columns), cube)))

    def rowed(name: str) -> None:
        asked((name, *(each for each in query.rows[1:] if each != name)), query.columns)

    def then(name: str) -> None:
        asked(query.rows[:1] if name in (NOTHING, query.rows[0]) else (query.rows[0], name), query.columns)

    def columned(name: str) -> None:
        rows = tuple(each for each in query.rows if each != name) or query.columns[:1] or query.rows
        asked(rows, () if name == NOTHING else (name,))

    def label(prefix: str) -> Callable[[str], str]:
        return lambda name: f"{prefix}: {cube.level(name).label if name != NOTHING else NOTHING}"

    def measured(name: str) -> None:
        go(view.with_query(replace(query, measures=(name,))))

    with st.container(horizontal=True, gap="small", key="explore-choices"):
        chooser("Measure", "measure", list(measures), query.measures[0], measures.__getitem__, measured)
        chooser("Rows", "rows", levels, query.rows[0], label("Rows"), rowed)
        chooser("Then by", "then", [NOTHING, *levels], (*query.rows, NOTHING)[1], label("Then"), then)
        chooser(
            "Columns", "columns", [NOTHING, *levels], (*query.columns, NOTHING)[0], label("Columns"), columned
        )
        _top(view, cube, go)
        _period(view, go)
        _comparison(view, go)
        _as_of(view, go)


def measures_of(cube: Cube, profile: Profile) -> dict[str, str]:
    """How questions to a cube write the measures there are, and what people read: its own, then those of others.

    Of other cubes only those are offered whose fact has rows.
    """
    others = [name for name in catalogue.CUBES if name != cube.name]
    found = {each.name: each.label for each in _shown(cube)}
    for name in others:
        other = catalogue.load(name, profile)
        if profile.extents[other.fact].lines:
            found |= {f"{name}.{each.name}": f"{other.label}: {each.label}" for each in _shown(other)}
    return found


def _shown(cube: Cube) -> list[Measure]:
    return [each for each in cube.measures if not each.hidden and each.unit != "date"]


def _top(view: View, cube: Cube, go: Go) -> None:
    tops = dict(view.query.top)
    shown = next((tops[level] for level in view.query.rows if level in tops), None)
    if shown is None:
        return

    def went(count: int) -> None:
        go(view.with_query(with_tops(view.query, cube, count)))

    options = sorted({*COUNTS, shown})
    chooser("How many rows", "top", options, shown, lambda count: f"Top {count}", went)


def _period(view: View, go: Go) -> None:
    profile, extent = _asked(view)
    offered = presets(profile, fact_of(view.query, profile))
    now = tuple(cut for cut in view.query.cuts if cut.level == "day")
    chosen = next((name for name, cuts in offered.items() if cuts == now), CUSTOM)

    def went(name: str) -> None:
        cuts = offered.get(name) or (() if name == ALL_TIME else _last_days(extent))
        go(view.with_query(view.query.uncut("day").cut(*cuts)))

    chooser("Period", "period", [*offered, CUSTOM], chosen, str, went)
    if chosen == CUSTOM:
        _days(view, now[0], extent, go)


def _comparison(view: View, go: Go) -> None:
    """What the period is held against: the usual comparisons, or any days of one's own."""
    query, profile = view.query, session.warehouse().profile
    before = period_before(query.cuts, profile, fact_of(query, profile))
    chosen = comparison_name(query.compare)

    def went(name: str) -> None:
        go(view.with_query(replace(query, compare=before if name == OTHER_DAYS else COMPARISONS.get(name))))

    offered = [*COMPARISONS, *_free(query.compare, before)]
    chooser("Comparison", "compare", offered, chosen, _short(query.compare), went)
    if isinstance(query.compare, Period):
        _days_compared(view, query.compare, profile, go)


def _short(compared: Against | None) -> Callable[[str], str]:
    """How names of comparisons are shown: of days of one's own, the first and last are told beside it."""
    own = comparison_name(compared) if isinstance(compared, Period) and ".." in compared.value else ""
    return lambda name: "vs these days" if name == own else name


def _free(against: Against | None, before: Period | None) -> list[str]:
    """Days of one's own as they are offered: those that were chosen, or to choose some."""
    if isinstance(against, Period):
        return [comparison_name(against)]
    return [OTHER_DAYS] if before else []


def _days_compared(view: View, against: Period, profile: Profile, go: Go) -> None:
    days = profile.calendar.span(against.value)
    st.session_state["compared-days"] = (to_date(days.first), to_date(days.last))

    def went() -> None:
        chosen = st.session_state["compared-days"]
        if len(chosen) == 2:
            go(view.with_query(replace(view.query, compare=Period(f"{chosen[0]}..{chosen[1]}"))))

    st.date_input("Days compared with", key="compared-days", on_change=went, label_visibility="collapsed")


def _as_of(view: View, go: Go) -> None:
    """How members are described, where any of them changed: at the time of each order line, today, or on a day."""
    if not session.warehouse().profile.has_history and not view.query.as_of:
        return
    query = view.query
    chosen = next((name for name, as_of in DESCRIBED.items() if as_of == query.as_of), ON_A_DAY)

    def went(name: str) -> None:
        last = _asked(view)[1].last_day or date.today()
        go(view.with_query(replace(query, as_of=DESCRIBED.get(name, last.isoformat()))))

    def dated(day: date) -> None:
        go(view.with_query(replace(query, as_of=day.isoformat())))

    chooser("Customers and products", "as_of", [*DESCRIBED, ON_A_DAY], chosen, str, went)
    if chosen == ON_A_DAY:
        st.session_state["as_of_day"] = date.fromisoformat(query.as_of)
        st.date_input(
            "As of", key="as_of_day", label_visibility="collapsed",
            on_change=lambda: dated(st.session_state["as_of_day"]),
        )  # fmt: skip


def _asked(view: View) -> tuple[Profile, Extent]:
    """The snapshot, and the days of the fact that is asked."""
    profile = session.warehouse().profile
    return profile, profile.extents[fact_of(view.query, profile)]


def _last_days(extent: Extent, count: int = 30) -> tuple[Cut, ...]:
    if extent.last_day is None:
        return ()
    first = extent.last_day - timedelta(days=count - 1)
    return (Cut("day", since=first.isoformat(), until=extent.last_day.isoformat()),)


def _days(view: View, cut: Cut, extent: Extent, go: Go) -> None:
    first, last = (cut.members[0], cut.members[-1]) if cut.members else (cut.since, cut.until)
    st.session_state["days"] = (
        date.fromisoformat(first) if first else extent.first_day,
        date.fromisoformat(last) if last else extent.last_day,
    )

    def went() -> None:
        chosen = st.session_state["days"]
        if len(chosen) == 2:
            span = Cut("day", since=chosen[0].isoformat(), until=chosen[1].isoformat())
            go(view.with_query(view.query.cut(span)))

    st.date_input("Days", key="days", on_change=went, label_visibility="collapsed")

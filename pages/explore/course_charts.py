"""Charts over time: the courses of a view's members, in one figure or a panel each, and what a click on them means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import plotly.graph_objects as go
import polars as pl

from cubes.analysis.slice_days import span_of
from cubes.model import Cube, Measure
from cubes.query import Query, split_measure
from data.model.calendar import day_key
from pages.explore import shown_as
from pages.explore.explore_view import Steps, View, with_tops
from pages.explore.noted_places import noted_days
from pages.explore.notes_panel import all_notes, told
from pages.ui import session
from pages.ui.figures import OTHERS, line, small_multiples
from pages.ui.period_choices import baseline_name, fact_of
from pages.ui.time_course import course

Into = Callable[[Steps], None]
Clicked = Callable[[tuple[str, ...]], None]
LINES, PANELS = 7, 11


def over_time(
    view: View, cube: Cube, measure: Measure, into: Into
) -> tuple[go.Figure, pl.DataFrame, Clicked]:
    """One figure of all courses."""
    frame, clicked = _courses(view, cube, into, LINES)
    previous = baseline_name(view.query.compare).capitalize() if view.query.compare else "Before"
    notes = noted_days(all_notes(), view, cube, session.warehouse().profile.calendar, told)
    figure = line(
        frame,
        session.colours(),
        unit=measure.unit,
        currency=session.currency(),
        height=420,
        previous_name=previous,
        notes=notes.filter(pl.col("day").is_between(frame["period"].min(), frame["period"].max())),
    )
    return figure, frame, clicked


def panels(view: View, cube: Cube, measure: Measure, into: Into) -> tuple[go.Figure, pl.DataFrame, Clicked]:
    """A panel a member, all on the same axes."""
    frame, clicked = _courses(view, cube, into, PANELS)
    figure = small_multiples(frame, session.colours(), unit=measure.unit, currency=session.currency())
    return figure, frame, clicked


def _courses(view: View, cube: Cube, into: Into, lines: int) -> tuple[pl.DataFrame, Clicked]:
    series = next((name for name in view.query.by if not cube.level(name).is_time), "")
    chosen = view.grain if any(level.name == view.grain for level in cube.levels) else ""
    grain = (
        chosen or next((name for name in view.query.by if cube.level(name).is_time), "") or usual_grain(view)
    )
    text = view.query.measures[0]
    name, derivation = split_measure(text)
    query = Query(
        (name,),
        (grain,),
        (series,) if series else (),
        view.query.cuts,
        top=((series, lines),) if series else (),
        compare=None if series else view.query.compare,
        cube=view.query.cube,
        as_of=view.query.as_of,
    )
    runs = shown_as.is_over_time(derivation)
    query = with_tops(replace(query, measures=(name, text)) if runs else query, cube)
    frame = course(session.ask(query), grain, series, session.warehouse().profile, text if runs else "")

    def clicked(ids: tuple[str, ...]) -> None:
        calendar = session.warehouse().profile.calendar
        code = calendar.period_at(grain, day_key(date.fromisoformat(ids[-1])))
        period = calendar.period_id(grain, code)
        into(((grain, period), *([(series, ids[0])] if series and ids[0] != OTHERS else [])))

    return frame, clicked


def usual_grain(view: View) -> str:
    """Days for a season, months beyond."""
    profile = session.warehouse().profile
    span = span_of(view.query.cuts, profile, fact_of(view.query, profile))
    return "day" if span and span[1] - span[0] <= timedelta(days=100) else "month"

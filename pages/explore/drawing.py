"""The chart of a view, and what a click on it leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from cubes.model import Cube, Measure
from cubes.query import Query
from data.calendar import day_key
from pages.explore import shown_as
from pages.explore.view import MOST_SHOWN, Chart, View
from pages.ui import session
from pages.ui.clicks import chart
from pages.ui.course import course
from pages.ui.figures import BETWEEN_IDS, OTHERS, bars, heatmap, line, treemap
from pages.ui.grid import Grid
from pages.ui.periods import comparison_name, fact_of, span_of

Go = Callable[[View], None]
SERIES = 7
MOST_COLUMNS = 60


def draw(view: View, cube: Cube, grid: Grid, go: Go) -> None:
    """The chart of a view; a click on a mark goes into it."""
    measure = grid.measure
    height = max(300, min(640, 60 + 33 * max(len(grid.members), 1)))
    if view.chart is Chart.LINE:
        _line(view, cube, measure, go)
        return
    view, grid = _drawn(view, grid)
    if view.chart is Chart.HEATMAP and grid.columns:
        figure = heatmap(
            cells(grid), session.colours(), unit=shown_unit(view, measure), currency=session.currency()
        )
        alt = f"Heat map of {measure.label}"
    elif view.chart is Chart.TREEMAP:
        figure = treemap(
            points(grid),
            session.colours(),
            unit=shown_unit(view, measure),
            currency=session.currency(),
            height=height,
        )
        alt = f"Treemap of {measure.label}"
    else:
        figure = bars(
            points(grid),
            session.colours(),
            unit=shown_unit(view, measure),
            currency=session.currency(),
            previous_name=comparison_name(view.query.compare).removeprefix("vs ").capitalize(),
        )
        alt = f"Bars of {measure.label}"
    chart(figure, f"chart-{view.token()}", alt, lambda ids: go(clicked(view, cube, grid, ids)))


def _drawn(view: View, grid: Grid) -> tuple[View, Grid]:
    """What charts draw: values where what the table shows is no size, such as ranks, or no mark has any."""
    marks = [grid.value(head.ids) for head in grid.members]
    if view.shown in (None, *shown_as.SHARES) or (view.shown in shown_as.OVER_TIME and any(marks)):
        return view, grid
    return replace(view, shown=None), Grid(grid.answer, grid.cube, grid.measure)


def shown_unit(view: View, measure: Measure) -> str:
    return shown_as.unit(measure, view.shown)


def clicked(view: View, cube: Cube, grid: Grid, ids: tuple[str, ...]) -> View:
    """The view that a click on the marks of these ids leads to: row, then column."""
    rows = ids[: len(view.query.rows)]
    columns = ids[len(view.query.rows) :] if grid.columns else ()
    return opened(view, cube, grid, rows, columns)


def opened(view: View, cube: Cube, grid: Grid, rows: tuple[str, ...], columns: tuple[str, ...]) -> View:
    """Into a row, a column or both; "Others" opens what lies beyond the members on screen."""
    steps = [*zip(view.query.rows, rows, strict=False), *zip(view.query.columns, columns, strict=False)]
    result = view.open(cube, *(step for step in steps if step[1] != OTHERS))
    for level, identity in steps:
        if identity == OTHERS:
            heads = grid.rows if level in view.query.rows else grid.columns
            depth = (view.query.rows if level in view.query.rows else view.query.columns).index(level)
            shown = dict.fromkeys(
                h.ids[depth] for h in heads if len(h.ids) > depth and h.ids[depth] != OTHERS
            )
            result = result.open_others(level, shown)
    return result


def points(grid: Grid) -> pl.DataFrame:
    heads = grid.members[:MOST_SHOWN]
    frame = pl.DataFrame(
        {
            "id": [BETWEEN_IDS.join(head.ids) for head in heads],
            "label": [_joined(grid, head.ids) for head in heads],
            "value": [grid.value(head.ids) for head in heads],
        },
        schema_overrides={"value": pl.Float64},
        strict=False,
    )
    if not grid.answer.query.compare or grid.shown != grid.measure.name:
        return frame
    return frame.with_columns(
        previous=pl.Series([grid.base(head.ids) for head in heads], dtype=pl.Float64, strict=False)
    )


def _joined(grid: Grid, ids: tuple[str, ...]) -> str:
    levels = grid.levels_of_rows
    return " · ".join(grid.labels[level, identity] for level, identity in zip(levels, ids, strict=True))


def cells(grid: Grid) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "row_id": BETWEEN_IDS.join(row.ids),
                "row_label": _joined(grid, row.ids),
                "column_id": BETWEEN_IDS.join(column.ids),
                "column_label": column.label,
                "value": grid.value(row.ids, column.ids),
            }
            for row in grid.members[:MOST_SHOWN]
            for column in grid.columns[:MOST_COLUMNS]
        ],
        schema_overrides={"value": pl.Float64},
    )


def _line(view: View, cube: Cube, measure: Measure, go: Go) -> None:
    series = next((name for name in view.query.by if not cube.level(name).is_time), "")
    grain = next((name for name in view.query.by if cube.level(name).is_time), None) or _grain(view)
    query = Query(
        view.query.measures[:1],
        (grain,),
        (series,) if series else (),
        view.query.cuts,
        top=((series, SERIES),) if series else (),
        compare=None if series else view.query.compare,
        cube=view.query.cube,
        as_of=view.query.as_of,
    )
    runs = view.shown if view.shown in shown_as.OVER_TIME else None
    asked = shown_as.asked(query, runs)
    column = asked.measures[-1] if runs else ""
    frame = course(session.ask(asked), grain, series, session.warehouse().profile, column)
    figure = line(frame, session.colours(), unit=measure.unit, currency=session.currency(), height=420)

    def into(ids: tuple[str, ...]) -> None:
        calendar = session.warehouse().profile.calendar
        code = calendar.period_at(grain, day_key(date.fromisoformat(ids[-1])))
        period = calendar.period_id(grain, code)
        steps = [(grain, period)] + ([(series, ids[0])] if series and ids[0] != OTHERS else [])
        go(view.open(cube, *steps))

    chart(figure, f"chart-{view.token()}", f"{measure.label} over time", into)


def _grain(view: View) -> str:
    """Days for a season, months beyond."""
    profile = session.warehouse().profile
    span = span_of(view.query.cuts, profile, fact_of(view.query, profile))
    return "day" if span and span[1] - span[0] <= timedelta(days=100) else "month"

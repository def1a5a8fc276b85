"""The chart of a view, and what a click on it leads to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from cubes.model import Cube, Measure
from cubes.query import Derivation, Query, split_measure
from data.model.calendar import day_key
from pages.explore import shown_as
from pages.explore.explore_view import MOST_SHOWN, Chart, Steps, View, with_tops
from pages.explore.noted_places import noted_days
from pages.explore.notes_panel import all_notes, told
from pages.ui import session
from pages.ui.answer_grid import AnswerGrid
from pages.ui.chart_clicks import chart
from pages.ui.figures import BETWEEN_IDS, OTHERS, bars, heatmap, line, treemap
from pages.ui.period_choices import baseline_name, fact_of, span_of
from pages.ui.time_course import course

Into = Callable[[Steps], None]
SERIES = 7
MOST_COLUMNS = 60


def draw(view: View, cube: Cube, grid: AnswerGrid, into: Into, key: str = "chart") -> None:
    """The chart of a view, of its first measure; a click on a mark goes into its members.

    Where several views stand on a page, each has a `key` of its own.
    """
    text, derivation = _drawn(view, grid)
    name, _ = split_measure(text)
    measure, currency = session.measure(name, view.query.cube), session.currency()
    if view.chart is Chart.LINE:
        _line(view, cube, measure, into, key)
        return
    unit = shown_as.unit(measure, derivation)
    if view.chart is Chart.HEATMAP and grid.columns:
        figure = heatmap(cells(grid, text), session.colours(), unit=unit, currency=currency)
        alt = f"Heat map of {measure.label}"
    elif view.chart is Chart.TREEMAP:
        height = max(300, min(640, 60 + 33 * max(len(grid.members), 1)))
        figure = treemap(points(grid, text), session.colours(), unit=unit, currency=currency, height=height)
        alt = f"Treemap of {measure.label}"
    else:
        previous = baseline_name(view.query.compare).capitalize() if view.query.compare else ""
        figure = bars(
            points(grid, text), session.colours(), unit=unit, currency=currency, previous_name=previous
        )
        alt = f"Bars of {measure.label}"
    depth = len(view.query.rows)
    chart(
        figure,
        f"{key}-{view.token()}",
        alt,
        lambda ids: into(steps_of(view.query, ids[:depth], ids[depth:])),
    )


def _drawn(view: View, grid: AnswerGrid) -> tuple[str, Derivation | None]:
    """The measure that charts draw: the first that is a size, such as a value or a share, and no rank."""
    for text in view.query.measures:
        derivation = split_measure(text)[1]
        if not shown_as.is_rank(text) and grid.has(text):
            return text, derivation
    return grid.answer.query.measures[0], None


def steps_of(query: Query, rows: Sequence[str], columns: Sequence[str]) -> Steps:
    """The members of a row and a column with their levels."""
    return (*zip(query.rows, rows, strict=False), *zip(query.columns, columns, strict=False))


def opened(view: View, cube: Cube, grid: AnswerGrid, steps: Steps) -> View:
    """Into these members; "Others" opens what lies beyond the members on screen."""
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


def points(grid: AnswerGrid, measure: str) -> pl.DataFrame:
    """The rows of the finest level as the marks of a chart."""
    heads = grid.members[:MOST_SHOWN]
    frame = pl.DataFrame(
        {
            "id": [BETWEEN_IDS.join(head.ids) for head in heads],
            "label": [_joined(grid, head.ids) for head in heads],
            "value": [grid.value(measure, head.ids) for head in heads],
        },
        schema_overrides={"value": pl.Float64},
        strict=False,
    )
    if not grid.has(f"{measure}:base"):
        return frame
    previous = [grid.value(f"{measure}:base", head.ids) for head in heads]
    return frame.with_columns(previous=pl.Series(previous, dtype=pl.Float64, strict=False))


def _joined(grid: AnswerGrid, ids: tuple[str, ...]) -> str:
    levels = grid.levels_of_rows
    return " · ".join(grid.labels[level, identity] for level, identity in zip(levels, ids, strict=True))


def cells(grid: AnswerGrid, measure: str) -> pl.DataFrame:
    """Rows by columns as the marks of a heat map."""
    return pl.DataFrame(
        [
            {
                "row_id": BETWEEN_IDS.join(row.ids),
                "row_label": _joined(grid, row.ids),
                "column_id": BETWEEN_IDS.join(column.ids),
                "column_label": column.label,
                "value": grid.value(measure, row.ids, column.ids),
            }
            for row in grid.members[:MOST_SHOWN]
            for column in grid.columns[:MOST_COLUMNS]
        ],
        schema_overrides={"value": pl.Float64},
    )


def _line(view: View, cube: Cube, measure: Measure, into: Into, key: str) -> None:
    series = next((name for name in view.query.by if not cube.level(name).is_time), "")
    grain = next((name for name in view.query.by if cube.level(name).is_time), None) or _grain(view)
    query = Query(
        (split_measure(view.query.measures[0])[0],),
        (grain,),
        (series,) if series else (),
        view.query.cuts,
        top=((series, SERIES),) if series else (),
        compare=None if series else view.query.compare,
        cube=view.query.cube,
        as_of=view.query.as_of,
    )
    query = with_tops(query, cube)
    text, derivation = view.query.measures[0], split_measure(view.query.measures[0])[1]
    runs = shown_as.is_over_time(derivation)
    asked = replace(query, measures=(*query.measures, text)) if runs else query
    frame = course(session.ask(asked), grain, series, session.warehouse().profile, text if runs else "")
    notes = noted_days(all_notes(), view, cube, session.warehouse().profile.calendar, told)
    shown = notes.filter(pl.col("day").is_between(frame["period"].min(), frame["period"].max()))
    figure = line(
        frame, session.colours(), unit=measure.unit, currency=session.currency(), height=420, notes=shown
    )

    def clicked(ids: tuple[str, ...]) -> None:
        calendar = session.warehouse().profile.calendar
        code = calendar.period_at(grain, day_key(date.fromisoformat(ids[-1])))
        period = calendar.period_id(grain, code)
        into(((grain, period), *([(series, ids[0])] if series and ids[0] != OTHERS else [])))

    chart(figure, f"{key}-{view.token()}", f"{measure.label} over time", clicked)


def _grain(view: View) -> str:
    """Days for a season, months beyond."""
    profile = session.warehouse().profile
    span = span_of(view.query.cuts, profile, fact_of(view.query, profile))
    return "day" if span and span[1] - span[0] <= timedelta(days=100) else "month"

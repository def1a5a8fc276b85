"""The chart of a view, and what a click on it leads to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import plotly.graph_objects as go
import polars as pl
import streamlit as st

from cubes.model import Cube, Kind, Measure
from cubes.query import Derivation, Query, split_measure
from pages.explore import shown_as
from pages.explore.chart_marks import MOST_BARS, cells, points, several
from pages.explore.course_charts import over_time, panels
from pages.explore.customer_values import CUSTOMER, customer_values
from pages.explore.explore_view import MOST_SHOWN, Chart, Steps, View
from pages.explore.offered_measures import measure_of_cubes
from pages.ui import session
from pages.ui.answer_grid import AnswerGrid
from pages.ui.chart_clicks import chart
from pages.ui.figures import (
    OTHERS,
    Quantity,
    bars,
    changes,
    described,
    distribution_words,
    heatmap,
    histogram,
    measure_bars,
    pareto,
    pareto_words,
    scatter,
    stacked,
    treemap,
    waterfall,
)
from pages.ui.period_choices import baseline_name
from pages.ui.width_watch import is_narrow

Into = Callable[[Steps], None]
SUMS = ("sum", "count")
NAMES = {
    Chart.BARS: "Bars",
    Chart.STACKED: "Stacked bars",
    Chart.SHARES: "100% bars",
    Chart.TREEMAP: "Treemap",
    Chart.HEATMAP: "Heat map",
    Chart.LINE: "Over time",
    Chart.MULTIPLES: "Small multiples",
    Chart.SCATTER: "Scatter",
    Chart.PARETO: "Pareto",
    Chart.WATERFALL: "Waterfall",
    Chart.DISTRIBUTION: "Distribution",
    Chart.LEADERS: "Leaderboards",
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a chart draws: the text of a measure, its declaration, and the unit of what is shown of it."""

    text: str
    measure: Measure
    unit: str
    currency: str

    @property
    def quantity(self) -> Quantity:
        return Quantity(self.measure.label, self.unit, self.currency)

    @property
    def adds(self) -> bool:
        """Whether its parts add up to a whole."""
        return self.measure.kind is Kind.ADDITIVE and self.measure.aggregate in SUMS


def draw(view: View, cube: Cube, grid: AnswerGrid, into: Into, key: str = "chart") -> None:
    """The chart of a view; a click on a mark goes into its members. What cannot be drawn says what it takes.

    Where several views stand on a page, each has a `key` of its own.
    """
    shown = [drawn(text, view.query.cube) for text in sizes(view.query, grid)]
    lacking = lacks(view, cube, grid, shown)
    if lacking:
        st.html(f'<p class="clientela-quiet" data-testid="no-chart">{lacking}</p>')
        return
    key, first = f"{key}-{view.token()}", shown[0]
    if view.chart in (Chart.LINE, Chart.MULTIPLES):
        ask = over_time if view.chart is Chart.LINE else panels
        measures = (first.text, *view.query.measures)
        drawn_first = view.with_query(replace(view.query, measures=measures))
        figure, frame, clicked = ask(drawn_first, cube, first.measure, into)
        of_course = Quantity(first.measure.label, first.measure.unit, first.currency)
        alt = described(frame, kind=NAMES[view.chart], measure=of_course)
        chart(figure, key, alt, clicked)
        return
    figure, alt = _figure(view, cube, grid, shown)
    depth = len(view.query.rows)
    rows = {head.ids for head in grid.rows}

    def clicked_mark(ids: tuple[str, ...]) -> None:
        if ids[:depth] in rows:  # the sums of a waterfall are no members
            into(steps_of(view.query, ids[:depth], ids[depth:]))

    chart(figure, key, alt, None if view.chart is Chart.DISTRIBUTION else clicked_mark)


def sizes(query: Query, grid: AnswerGrid) -> list[str]:
    """The measures that can be drawn: sizes, such as values or shares, and no ranks; the first measure if none is."""
    found = [text for text in query.measures if grid.has(text) and not shown_as.is_rank(text)]
    return found or [split_measure(query.measures[0])[0]]


def drawn(text: str, cube: str) -> Drawn:
    """A measure as charts draw it."""
    name, derivation = split_measure(text)
    measure = session.measure(name, cube)
    return Drawn(text, measure, shown_as.unit(measure, derivation), session.currency())


def lacks(view: View, cube: Cube, grid: AnswerGrid, shown: Sequence[Drawn]) -> str:
    """What the kind of chart takes that the view does not have, as a sentence; empty where nothing lacks."""
    first, name = shown[0], NAMES[view.chart]
    derivation: Derivation | None = split_measure(first.text)[1]
    match view.chart:
        case Chart.HEATMAP if not grid.columns:
            return "A heat map takes columns: add a level to them."
        case Chart.STACKED | Chart.SHARES if not grid.columns:
            return f"{name} take columns: add a level to them."
        case Chart.STACKED | Chart.SHARES | Chart.PARETO | Chart.WATERFALL if not first.adds or derivation:
            return f"{first.measure.label} does not add up, so there is no {name.lower()} chart of it."
        case Chart.SCATTER if len(shown) < 2:
            return "A scatter takes two measures: add one."
        case Chart.WATERFALL if not grid.has(f"{first.text}:base"):
            return "A waterfall goes from an earlier period to this one: choose a comparison."
        case Chart.DISTRIBUTION if lacking := _without_customers(first.text, cube):
            return f"{lacking} have no customers to distribute over."
        case Chart.DISTRIBUTION if derivation:
            return "What is derived from others has no distribution: put a plain measure first."
    return ""


def _without_customers(text: str, cube: Cube) -> str:
    """The cube in which a measure is counted that has no customers; empty where all have."""
    cubes = measure_of_cubes(text, cube, session.warehouse().profile).cubes
    return next((each.label for each in cubes if all(level.name != CUSTOMER for level in each.levels)), "")


def _figure(view: View, cube: Cube, grid: AnswerGrid, shown: Sequence[Drawn]) -> tuple[go.Figure, str]:
    """The figure of a chart whose marks are the grid's own, and what it says to those who do not see it."""
    colours, first = session.colours(), shown[0]
    unit, currency = first.unit, first.currency
    match view.chart:
        case Chart.HEATMAP:
            frame = cells(grid, first.text)
            return heatmap(frame, colours, unit=unit, currency=currency), _cells_told(frame, view, first)
        case Chart.STACKED | Chart.SHARES:
            frame = cells(grid, first.text, MOST_BARS)
            shares = view.chart is Chart.SHARES
            figure = stacked(frame, colours, unit=unit, currency=currency, shares=shares)
            return figure, _cells_told(frame, view, first)
        case Chart.SCATTER:
            return _scatter(grid, shown)
        case Chart.DISTRIBUTION:
            values = customer_values(view.query, first.text, session.ask_whole)
            words = distribution_words(values, measure=first.quantity)
            return histogram(values, colours, measure=first.quantity), words
    frame = points(grid, first.text, MOST_BARS)
    alt = described(frame, kind=NAMES[view.chart], measure=first.quantity, adds=first.adds)
    match view.chart:
        case Chart.TREEMAP:
            frame = points(grid, first.text)
            height = max(300, min(640, 60 + 33 * max(frame.height, 1)))
            return treemap(frame, colours, unit=unit, currency=currency, height=height), alt
        case Chart.PARETO:
            return pareto(frame, colours, unit=unit, currency=currency), f"{alt} {pareto_words(frame)}"
        case Chart.WATERFALL:
            assert view.query.compare
            before = baseline_name(view.query.compare).capitalize()
            return waterfall(changes(points(grid, first.text), first.quantity, before=before), colours), alt
    if len(shown) > 1:
        columns = {
            each.measure.label if each.text == each.measure.name else each.text: each for each in shown
        }
        quantities = [Quantity(name, each.unit, each.currency) for name, each in columns.items()]
        marks = several(grid, {name: each.text for name, each in columns.items()})
        return measure_bars(marks, colours, quantities, narrow=is_narrow()), alt
    previous = baseline_name(view.query.compare).capitalize() if view.query.compare else ""
    return bars(frame, colours, unit=unit, currency=currency, previous_name=previous), alt


def _cells_told(frame: pl.DataFrame, view: View, first: Drawn) -> str:
    marks = frame.with_columns(label=pl.format("{}, {}", "row_label", "column_label"), id="row_id")
    return described(marks, kind=NAMES[view.chart], measure=first.quantity, adds=first.adds)


def _scatter(grid: AnswerGrid, shown: Sequence[Drawn]) -> tuple[go.Figure, str]:
    """Members by the first two measures, their area the third, their colour the fourth."""
    columns = dict(zip(("x", "y", "size", "shade"), shown, strict=False))
    frame = several(grid, {name: each.text for name, each in columns.items()}, MOST_SHOWN)
    frame = frame.filter(
        ~pl.col("id").str.contains(OTHERS, literal=True)
    )  # many members are no point among others
    quantities = {name: each.quantity for name, each in columns.items()}
    figure = scatter(
        frame,
        session.colours(),
        x=quantities["x"],
        y=quantities["y"],
        size=quantities.get("size"),
        shade=quantities.get("shade"),
    )
    told = described(frame.rename({"x": "value"}), kind="Scatter", measure=quantities["x"])
    return figure, f"{told} Against {quantities['y'].label}."


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

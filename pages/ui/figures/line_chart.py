"""Lines over time, gaps and unfinished periods told apart."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.categorical_marks import series_colour, series_symbol
from pages.ui.figures.figure_layout import OTHERS, ids, label, layout, legend_above, note, plain, texted
from pages.ui.figures.number_axes import value_axis
from pages.ui.figures.rest_members import is_others, is_rest, scaling, within
from pages.ui.figures.sketch import Sketch
from pages.ui.figures.time_axis import period_text, time_axis
from pages.ui.style import formats
from pages.ui.style.theme import SERIES, Palette, faded

NAME_LENGTH, CUT_LENGTH, NAME_PIXELS, NAME_GAP = 16, 11, 7, 15
BELOW_AXIS = 38
DASH, CUT = "6px,3px", {"↑": "triangle-up", "↓": "triangle-down"}
BEYOND = "Others goes beyond the axis (↑)"
POINTED = 40
DAY_MS = 86_400_000

Points = dict[date, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Course:
    """One line: whose it is, its points by period, and how it is drawn."""

    identity: Any
    name: str
    points: Points
    colour: str
    symbol: str
    dash: str = "solid"

    @property
    def is_cut(self) -> bool:
        """Whether any of its points lies beyond the axis."""
        return any("whole" in point for point in self.points.values())

    def cut(self, edges: list[float]) -> Course:
        """Drawn no further than the edges of the axis; what a cut point is worth stays in its `whole`."""
        points = {}
        for period, point in self.points.items():
            drawn = within(point["value"], *edges)
            points[period] = (
                point if drawn == point["value"] else point | {"value": drawn, "whole": point["value"]}
            )
        return replace(self, points=points)

    def known(self) -> list[date]:
        return [period for period, point in sorted(self.points.items()) if point["value"] is not None]


def line(
    frame: pl.DataFrame,
    colours: Palette,
    *,
    unit: str = "money",
    currency: str = "",
    height: int = 300,
    from_zero: bool = True,
    previous_name: str = "Before",
    notes: pl.DataFrame | None = None,
) -> go.Figure:
    """Values over time: `period` (a date), `value`, and where there are several lines `id` and `label`.

    A period without a value is a gap; a `partial` period is reached by a dotted line and drawn hollow. Others and the
    unknown member are grey, and Others dashed: it does not stretch the axis, and is cut where it would, which its name
    tells with its value. With `previous`, a lone line shows it dashed. The pointer anywhere in a period tells all
    values there. A click on a point gives `[series id, period as ISO text]`, so does one beside a lone line.
    `notes` (`day`, `text`) stand as dotted lines, read by pointing at their foot.
    """
    if "id" not in frame.columns:
        frame = frame.with_columns(id=pl.lit("all"), label=pl.lit(""))
    rows = texted(frame, unit, currency)
    periods = sorted({row["period"] for row in rows})
    figure = Sketch(layout(colours, height))
    if not periods:
        return figure.blank()
    courses = _courses(rows, colours)
    alone = len(courses) == 1
    earlier = alone and any(row.get("previous") is not None for row in rows)
    reached = ((row["id"], row[key]) for row in rows for key in ("value", *(["previous"] if earlier else [])))
    axis = value_axis(scaling(reached), unit, currency, colours, from_zero)
    courses = [each.cut(axis["range"]) for each in courses]
    told = _told(courses, periods, unit, currency, previous_name)
    _bands(figure, periods, axis["range"], told, courses[0].identity if alone else None)
    if earlier:
        _earlier_line(figure, courses[0], periods, previous_name, colours)
    for course in courses:
        _one_line(figure, course, periods, told, alone)
    figure.update_yaxes(**axis)
    figure.update_xaxes(**time_axis(periods, colours))
    if earlier:
        figure.update_layout(showlegend=True, legend=legend_above(), margin={"t": 34})
    if not alone:
        _direct_names(figure, courses, axis["range"], colours)
    if notes is not None and notes.height:
        _noted_days(figure, notes, axis["range"][0], colours)
    if any(each.is_cut for each in courses):
        note(figure, BEYOND, colours, below=BELOW_AXIS)
    return figure.figure()


def _courses(rows: list[dict[str, Any]], colours: Palette) -> list[Course]:
    """A line each of the first members, then those of Others and the unknown member."""
    names = {row["id"]: row["label"] for row in rows}
    points: dict[Any, Points] = {each: {} for each in names}
    for row in rows:
        points[row["id"]][row["period"]] = row
    named = [each for each in names if not is_rest(each)][:SERIES]
    if len(names) == 1:
        one = next(iter(names))
        return [Course(one, names[one], points[one], colours.primary, "circle")]
    drawn = [
        Course(each, names[each], points[each], series_colour(place, colours), series_symbol(place))
        for place, each in enumerate(named)
    ]
    rest = (each for each in names if is_rest(each))
    return drawn + [
        Course(
            each, names[each], points[each], colours.others, "circle", DASH if is_others(each) else "solid"
        )
        for each in rest
    ]


def _told(
    courses: list[Course], periods: list[date], unit: str, currency: str, previous_name: str
) -> dict[date, str]:
    """What the pointer tells at each period: every line's value, and what it was before."""
    told = {}
    for period in periods:
        lines = [f"<b>{plain(period_text(period, periods))}</b>"]
        for course in courses:
            point = course.points.get(period)
            if point is not None:
                lines.append(_told_point(course, point, unit, currency, previous_name))
        told[period] = "<br>".join(lines)
    return told


def _told_point(course: Course, point: dict[str, Any], unit: str, currency: str, previous_name: str) -> str:
    mark = f'<span style="color:{course.colour}">●</span> '
    name = f"{plain(course.name)}: " if course.name else ""
    partial = " (partial period)" if point.get("partial") else ""
    beyond = f" {_arrow(point)} beyond the axis" if "whole" in point else ""
    said = f"{mark}{name}{plain(point['text'])}{partial}{beyond}"
    if point.get("previous") is None:
        return said
    change = formats.delta_text(point.get("whole", point["value"]), point["previous"], unit)
    then = plain(formats.format_value(point["previous"], unit, currency, compact=True))
    return f"{said}<br>{plain(previous_name)}: {then}{f' ({change})' if change else ''}"


def _bands(figure: Sketch, periods: list[date], edges: list[float], told: dict[date, str], lone: Any) -> None:
    """An unseen column a period, as high as the chart: where the pointer finds it; a lone line's takes clicks."""
    half = (periods[1] - periods[0]) / 2 if len(periods) > 1 else timedelta(days=1)
    middles = [a + (b - a) / 2 for a, b in pairwise(periods)]
    borders = [periods[0] - half, *middles, periods[-1] + half]
    figure.add_bar(
        x=borders[:-1],
        y=[edges[1] - edges[0]] * len(periods),
        base=edges[0],
        offset=0,
        width=[(b - a).days * DAY_MS for a, b in pairwise(borders)],
        customdata=None if lone is None else [[ids(lone, period), told[period]] for period in periods],
        hovertext=[told[period] for period in periods],
        hovertemplate="%{hovertext}<extra></extra>",
        marker={"color": "rgba(0,0,0,0)", "line": {"width": 0}},
        showlegend=False,
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
    )


def _one_line(
    figure: Sketch, course: Course, periods: list[date], told: dict[date, str], alone: bool
) -> None:
    points = [course.points.get(each) for each in periods]
    whole = [None if point is None or point.get("partial") else point["value"] for point in points]
    custom = [[ids(course.identity, period), told[period]] for period in periods]
    figure.add_scatter(
        x=periods,
        y=whole,
        name=label(course.name) or "This period",
        mode="lines+markers",
        connectgaps=False,
        customdata=custom,
        hovertemplate="%{customdata[1]}<extra></extra>",
        line={"color": course.colour, "width": 2, "dash": course.dash},
        marker={
            "size": 6 if len(periods) <= POINTED else 4,
            "color": course.colour,
            "symbol": _symbols(course, periods) if course.is_cut else course.symbol,
        },
        fill="tozeroy" if alone and min((v for v in whole if v is not None), default=0) >= 0 else "none",
        fillcolor=faded(course.colour, 0.08),
        cliponaxis=False,
        unselected={"marker": {"opacity": 1}},
    )
    for place, point in enumerate(points):
        if point is not None and point.get("partial"):
            _partial_end(figure, periods, whole, custom, point, place, course.colour)


def _arrow(point: dict[str, Any]) -> str:
    return "↑" if point["whole"] > point["value"] else "↓"


def _symbols(course: Course, periods: list[date]) -> list[str]:
    """Arrows where the line is cut."""
    points = (course.points.get(each, {}) for each in periods)
    return [CUT[_arrow(point)] if "whole" in point else course.symbol for point in points]


def _partial_end(
    figure: Sketch,
    periods: list[date],
    whole: list[float | None],
    custom: list[list[Any]],
    point: dict[str, Any],
    place: int,
    colour: str,
) -> None:
    """A dotted way to a period that is not over (or began before the data), and a hollow point there."""
    beside = place - 1 if place else 1
    known = 0 <= beside < len(whole) and whole[beside] is not None
    figure.add_scatter(
        x=[periods[beside], periods[place]] if known else [periods[place]],
        y=[whole[beside], point["value"]] if known else [point["value"]],
        customdata=[custom[beside], custom[place]] if known else [custom[place]],
        mode="lines+markers",
        showlegend=False,
        hovertemplate="%{customdata[1]}<extra></extra>",
        cliponaxis=False,
        line={"color": colour, "width": 2, "dash": "2px,4px"},
        marker={
            "size": [0, 8] if known else [8],
            "symbol": "circle-open",
            "color": colour,
            "line": {"width": 2},
        },
        unselected={"marker": {"opacity": 1}},
    )


def _earlier_line(figure: Sketch, course: Course, periods: list[date], name: str, colours: Palette) -> None:
    figure.add_scatter(
        x=periods,
        y=[(course.points.get(each) or {}).get("previous") for each in periods],
        name=plain(name),
        mode="lines",
        hoverinfo="skip",
        line={"color": colours.muted, "width": 1.5, "dash": "7px,4px"},
        cliponaxis=False,
    )


def _direct_names(figure: Sketch, courses: list[Course], edges: list[float], colours: Palette) -> None:
    """Each line's name at its end, moved up or down where two would touch, with a thin line to what it names."""
    named = [(course, course.known()[-1]) for course in courses if course.known()]
    at = [course.points[last]["value"] for course, last in named]
    room = figure.layout["height"] - 40
    wanted = [room * (edges[1] - value) / (edges[1] - edges[0]) for value in at]
    names = [
        {
            "x": last,
            "y": value,
            "ax": 16,
            "ay": place - want,
            "xanchor": "left",
            "text": f'<span style="color:{course.colour}">●</span> {_end_name(course, course.points[last])}',
            "hovertext": plain(course.name),
            "showarrow": True,
            "arrowhead": 0,
            "arrowwidth": 1,
            "arrowcolor": faded(course.colour, 0.6),
            "standoff": 4,
            "font": {"size": 12, "color": colours.text},
        }
        for (course, last), value, want, place in zip(named, at, wanted, _spread(wanted, room), strict=True)
    ]
    longest = max(
        (len(html.unescape(_end_name(course, course.points[last]))) for course, last in named), default=0
    )
    for each in names:
        figure.add_annotation(**each)
    figure.update_layout(margin={"r": 36 + NAME_PIXELS * longest})


def _end_name(course: Course, point: dict[str, Any]) -> str:
    """The name of a line; of one that ends beyond the axis the value in place of how many it stands for."""
    if "whole" not in point:
        return label(course.name, NAME_LENGTH)
    name, _, _ = course.name.partition(" (")
    return f"{label(name, CUT_LENGTH)} {_arrow(point)} {plain(point['text'])}"


def _noted_days(figure: Sketch, notes: pl.DataFrame, foot: float, colours: Palette) -> None:
    """A dotted line at each day, its foot a mark to point at."""
    told = [(day, plain(text).replace("\n", "<br>")) for day, text in notes.select("day", "text").iter_rows()]
    for day in notes["day"].unique():
        figure.add_vline(day, line={"color": colours.muted, "width": 1, "dash": "dot"})
    figure.add_scatter(
        x=notes["day"].to_list(),
        y=[foot] * notes.height,
        customdata=[[ids(OTHERS, day), text] for day, text in told],
        mode="markers",
        showlegend=False,
        cliponaxis=False,
        hovertemplate="%{customdata[1]}<extra></extra>",
        marker={"symbol": "diamond", "size": 9, "color": colours.muted},
        unselected={"marker": {"opacity": 1}},
    )


def _spread(wanted: list[float], room: float, gap: float = NAME_GAP) -> list[float]:
    """Places in pixels as near as may be to those wanted, in their order, at least `gap` apart where there is room."""
    order = sorted(range(len(wanted)), key=lambda each: wanted[each])
    gap = min(gap, room / max(len(wanted), 1))
    places = [0.0] * len(wanted)
    floor = 0.0
    for rank, each in enumerate(order):
        ceiling = room - gap * (len(order) - 1 - rank)
        places[each] = min(max(wanted[each], floor), ceiling)
        floor = places[each] + gap
    return places

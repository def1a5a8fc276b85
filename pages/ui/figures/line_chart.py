"""Lines over time, gaps and unfinished periods told apart."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import plotly.graph_objects as go
import polars as pl

from data.model.canonical_tables import UNKNOWN
from pages.ui.figures.figure_layout import OTHERS, ids, label, layout, plain, round_ticks, texted, tick_texts
from pages.ui.style.theme import SERIES, Palette, faded


def line(
    frame: pl.DataFrame,
    colours: Palette,
    *,
    unit: str = "money",
    currency: str = "",
    height: int = 300,
    from_zero: bool = True,
    notes: pl.DataFrame | None = None,
) -> go.Figure:
    """Values over time: `period` (a date), `value`, and where there are several lines `id` and `label`.

    A period without a value is a gap; a `partial` period is reached by a dotted line and drawn hollow. The
    series whose id is `(others)` or `(unknown)` is grey; with `previous`, a lone line shows it thin behind.
    A click gives `[series id, period as ISO text]`. `notes` (`day`, `text`) stand as dotted lines, read by pointing.
    """
    if "id" not in frame.columns:
        frame = frame.with_columns(id=pl.lit("all"), label=pl.lit(""))
    rows = texted(frame, unit, currency)
    periods = sorted({row["period"] for row in rows})
    if not periods:
        blank = go.Figure(layout=layout(colours, height))
        return blank.update_xaxes(visible=False).update_yaxes(visible=False)
    series = {row["id"]: row["label"] for row in rows}
    rest = [each for each in (OTHERS, UNKNOWN) if each in series]
    named = [each for each in series if each not in rest][:SERIES]
    figure = go.Figure(layout=layout(colours, height))
    if len(series) == 1 and "previous" in frame.columns:
        _earlier_line(figure, rows, periods, colours)
    for place, one in enumerate([*named, *rest]):
        colour = (
            colours.others if one in rest else colours.primary if len(series) == 1 else colours.series[place]
        )
        points = {row["period"]: row for row in rows if row["id"] == one}
        _one_line(
            figure,
            (one, series[one]),
            [points.get(each) for each in periods],
            periods,
            colour,
            len(series) == 1,
        )
    _value_axis(figure, [row["value"] for row in rows], unit, currency, colours, from_zero)
    if notes is not None and notes.height:
        _noted_days(figure, notes, colours)
    side = (periods[-1] - periods[0]) * 0.015
    figure.update_xaxes(
        range=[periods[0] - side, periods[-1] + side],
        showgrid=False,
        tickformat=_day_format(periods),
        tickangle=0,
        ticks="outside",
        ticklen=4,
        tickcolor=colours.border,
        showline=True,
        linecolor=colours.border,
    )
    if len(series) > 1:
        figure.update_layout(showlegend=True, legend=_legend_above(), margin_t=34)
    return figure


def _one_line(
    figure: go.Figure,
    name: tuple[str, str],
    points: list[dict[str, Any] | None],
    periods: list[date],
    colour: str,
    alone: bool,
) -> None:
    whole = [None if point is None or point.get("partial") else point["value"] for point in points]
    custom = [
        [ids(name[0], period), plain(name[1]), plain((point or {}).get("text", ""))]
        for point, period in zip(points, periods, strict=True)
    ]
    hover = ("<b>%{customdata[1]}</b><br>" if name[1] else "") + "%{x|%d %b %Y}<br>%{customdata[2]}"
    figure.add_scatter(
        x=periods,
        y=whole,
        name=label(name[1]),
        mode="lines+markers",
        connectgaps=False,
        customdata=custom,
        hovertemplate=hover + "<extra></extra>",
        line={"color": colour, "width": 2},
        marker={"size": 6 if len(periods) <= 40 else 4, "color": colour},
        fill="tozeroy" if alone and min((v for v in whole if v is not None), default=0) >= 0 else "none",
        fillcolor=faded(colour, 0.08),
        cliponaxis=False,
        unselected={"marker": {"opacity": 1}},
    )
    for place, point in enumerate(points):
        if point is not None and point.get("partial"):
            _partial_end(figure, periods, whole, custom, point, place, colour, hover)


def _partial_end(
    figure: go.Figure,
    periods: list[date],
    whole: list[float | None],
    custom: list[list[Any]],
    point: dict[str, Any],
    place: int,
    colour: str,
    hover: str,
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
        hovertemplate=hover + "<br>Partial period<extra></extra>",
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


def _earlier_line(
    figure: go.Figure, rows: list[dict[str, Any]], periods: list[date], colours: Palette
) -> None:
    before = {row["period"]: row["previous"] for row in rows}
    figure.add_scatter(
        x=periods,
        y=[before.get(each) for each in periods],
        mode="lines",
        hoverinfo="skip",
        line={"color": colours.others, "width": 1.5},
        cliponaxis=False,
    )


def _noted_days(figure: go.Figure, notes: pl.DataFrame, colours: Palette) -> None:
    """A dotted line at each day, its foot a mark to point at."""
    told = [(day, plain(text).replace("\n", "<br>")) for day, text in notes.select("day", "text").iter_rows()]
    for day in notes["day"].unique():
        figure.add_vline(x=day, line={"color": colours.muted, "width": 1, "dash": "dot"})
    figure.add_scatter(
        x=notes["day"].to_list(),
        y=[0.0] * notes.height,
        customdata=[[ids(OTHERS, day), text] for day, text in told],
        mode="markers",
        showlegend=False,
        cliponaxis=False,
        hovertemplate="%{customdata[1]}<extra></extra>",
        marker={"symbol": "diamond", "size": 9, "color": colours.muted},
        unselected={"marker": {"opacity": 1}},
    )


def _value_axis(
    figure: go.Figure,
    values: Iterable[float | None],
    unit: str,
    currency: str,
    colours: Palette,
    from_zero: bool,
) -> None:
    known = [each for each in values if each is not None] or [0.0]
    low, high = (min(0.0, *known), max(0.0, *known)) if from_zero else (min(known), max(known))
    ticks = round_ticks(low, high)
    figure.update_yaxes(
        tickvals=ticks,
        ticktext=tick_texts(ticks, unit, currency),
        range=[ticks[0], max(ticks[-1], high * 1.02)],
        gridcolor=colours.line,
        ticklabelstandoff=6,
    )


def _day_format(periods: list[date]) -> str:
    span = (periods[-1] - periods[0]).days if len(periods) > 1 else 0
    return "%Y" if span > 365 * 8 else "%b %Y" if span > 120 else "%d %b"


def _legend_above() -> dict[str, Any]:
    return {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "y": 1.02,
        "yanchor": "bottom",
        "itemclick": False,
        "itemdoubleclick": False,
        "font": {"size": 12},
    }

"""Figures: pure functions from a polars frame and a palette to a Plotly figure.

Frames have `id` and `label`, a `value`, and where it helps `previous` (the value compared with) and `text`
(the value as the table prints it; else `unit` and `currency` say how). Every mark carries its id first in
`customdata` (row and column, or series and period, joined by BETWEEN_IDS), so that a click says what was
clicked; labels are data and never markup.
"""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui import formats, spring
from pages.ui.theme import FONT, SERIES, Palette, faded, mix, readable_on

CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}
OTHERS = "(others)"
BETWEEN_IDS = "\x1f"
LABEL_LENGTH = 26
ROW_PIXELS = 32
CELL_TEXTS = 240


def bars(
    frame: pl.DataFrame,
    colours: Palette,
    *,
    unit: str = "money",
    currency: str = "",
    height: int | None = None,
    previous_name: str = "Before",
) -> go.Figure:
    """Horizontal bars in the frame's order, the value written at each, a tick where it stood before."""
    rows = _texted(frame, unit, currency)
    spots = list(range(len(rows)))
    height = height or max(96, 18 + ROW_PIXELS * len(rows))
    thick = 0.62 if len(rows) > 2 else 0.42
    custom = [
        [row["id"], plain(row["label"]), plain(row["text"]), _before(row, unit, currency, previous_name)]
        for row in rows
    ]
    figure = go.Figure(layout=layout(colours, height))
    figure.add_bar(
        x=[row["value"] for row in rows],
        y=spots,
        orientation="h",
        width=thick,
        customdata=custom,
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}%{customdata[3]}<extra></extra>",
        marker={"color": [_bar_colour(row, colours) for row in rows], "cornerradius": 3, "line_width": 0},
        unselected={"marker": {"opacity": 1}},
    )
    _ticks(figure, rows, custom, thick * (height - 18) / max(len(rows), 1), colours)
    reach = [[v for v in (row["value"], row.get("previous")) if v is not None] or [0] for row in rows]
    _bar_texts(figure, rows, reach, colours)
    low, high = min(0, *map(min, reach), 0), max(0, *map(max, reach), 0)
    beyond = 14 + 7 * max((len(row["text"]) for row in rows), default=0)
    figure.update_xaxes(visible=False, range=[low, high if high > low else low + 1])
    figure.update_layout(margin_r=beyond)
    if low < 0:
        figure.add_vline(x=0, line_color=colours.muted, line_width=1)
    figure.update_yaxes(
        tickvals=spots,
        ticktext=[_label(row["label"]) for row in rows],
        range=[max(len(rows), 1) - 0.5, -0.5],
        showgrid=False,
        tickfont={"size": 12, "color": colours.text},
        ticklabelstandoff=beyond if low < 0 else 6,
    )
    return figure


def treemap(
    frame: pl.DataFrame,
    colours: Palette,
    *,
    unit: str = "money",
    currency: str = "",
    height: int = 420,
) -> go.Figure:
    """Areas by value; with `previous`, coloured by growth. A `parent` column nests them.

    What is not above zero has no area and is counted in a note.
    """
    rows = [row for row in _texted(frame, unit, currency) if (row["value"] or 0) > 0]
    grows = "previous" in frame.columns
    tiles = [_tile_colour(row, rows, grows, unit, colours) for row in rows]
    growths = [formats.delta_text(row["value"], row.get("previous"), unit) for row in rows]
    figure = go.Figure(layout=layout(colours, height))
    figure.add_treemap(
        ids=[str(row["id"]) for row in rows],
        labels=[plain(row["label"]) for row in rows],
        parents=[str(row.get("parent") or "") for row in rows],
        values=[row["value"] for row in rows],
        text=[
            f"{plain(row['text'])}   {_arrow(change)}{change}" if change else plain(row["text"])
            for row, change in zip(rows, growths, strict=True)
        ],
        customdata=[
            [row["id"], plain(row["label"]), plain(row["text"]), change or "no comparison"]
            for row, change in zip(rows, growths, strict=True)
        ],
        branchvalues="total",
        texttemplate="\N{NO-BREAK SPACE}<b>%{label}</b><br>\N{NO-BREAK SPACE}%{text}",
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<br>%{customdata[3]}<extra></extra>",
        textposition="top left",
        textfont={"color": [readable_on(tile) for tile in tiles], "size": 12},
        marker={
            "colors": tiles,
            "cornerradius": 4,
            "line": {"width": 2, "color": colours.card},
            "pad": {"t": 20 if "parent" in frame.columns else 0, "l": 0, "r": 0, "b": 0},
        },
        root={"color": "rgba(0,0,0,0)"},
        tiling={"packing": "squarify", "pad": 1},
        pathbar={"visible": False},
        sort=False,
        maxdepth=3,
    )
    left_out = frame.height - len(rows)
    if left_out:
        _note(figure, f"{formats.count_text(left_out, 'member')} at or below zero not drawn", colours)
    figure.update_layout(
        margin={"l": 0, "r": 0, "t": 0, "b": 18 if left_out else 0},
        uniformtext={"minsize": 9, "mode": "hide"},
    )
    return figure


def heatmap(
    frame: pl.DataFrame,
    colours: Palette,
    *,
    unit: str = "money",
    currency: str = "",
    height: int | None = None,
    middle: float | None = None,
) -> go.Figure:
    """Rows by columns (`row_id`, `row_label`, `column_id`, `column_label`, `value`); diverging around `middle`.

    Clicks give `[row_id, column_id]`: they arrive by transparent squares, since Plotly's heat map sends none.
    """
    rows, columns = _members(frame, "row"), _members(frame, "column")
    cells = {(cell["row_id"], cell["column_id"]): cell for cell in _texted(frame, unit, currency)}
    grid = [[cells.get((r, c)) for c in columns] for r in rows]
    values = [[None if cell is None else cell["value"] for cell in line] for line in grid]
    height = height or max(160, 44 + 30 * len(rows))
    figure = go.Figure(layout=layout(colours, height))
    bottom, top, scale = _heat_range(values, middle, colours)
    figure.add_heatmap(
        z=values,
        x=list(range(len(columns))),
        y=list(range(len(rows))),
        colorscale=_colorscale(scale),
        zmin=bottom,
        zmax=top,
        xgap=2,
        ygap=2,
        showscale=False,
        hoverinfo="skip",
    )
    flat = [
        (x, y, cell)
        for y, line in enumerate(grid)
        for x, cell in enumerate(line)
        if cell and cell["value"] is not None
    ]
    _heat_clicks(figure, flat, rows, columns, height)
    if len(flat) <= CELL_TEXTS and len(columns) <= 16:
        _heat_texts(figure, flat, bottom, top, scale)
    figure.update_xaxes(
        side="top",
        tickvals=list(range(len(columns))),
        ticktext=[_wrapped(t) for t in columns.values()],
        showgrid=False,
        range=[-0.5, len(columns) - 0.5],
        autotickangles=[0, -45, -90],
    )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[_label(t) for t in rows.values()],
        showgrid=False,
        range=[len(rows) - 0.5, -0.5],
        ticklabelstandoff=6,
    )
    return figure


def line(
    frame: pl.DataFrame,
    colours: Palette,
    *,
    unit: str = "money",
    currency: str = "",
    height: int = 300,
    from_zero: bool = True,
) -> go.Figure:
    """Values over time: `period` (a date), `value`, and where there are several lines `id` and `label`.

    A period without a value is a gap; a `partial` period is reached by a dotted line and drawn hollow. The
    series whose id is `(others)` is grey; with `previous`, a lone line shows it thin behind.
    A click gives `[series id, period as ISO text]`.
    """
    if "id" not in frame.columns:
        frame = frame.with_columns(id=pl.lit("all"), label=pl.lit(""))
    rows = _texted(frame, unit, currency)
    periods = sorted({row["period"] for row in rows})
    if not periods:
        return sparkline([], colours, height=height)
    series = {row["id"]: row["label"] for row in rows}
    named = [each for each in series if each != OTHERS][:SERIES]
    figure = go.Figure(layout=layout(colours, height))
    if len(series) == 1 and "previous" in frame.columns:
        _earlier_line(figure, rows, periods, colours)
    for place, one in enumerate([*named, *([OTHERS] if OTHERS in series else [])]):
        colour = (
            colours.others
            if one == OTHERS
            else colours.primary
            if len(series) == 1
            else colours.series[place]
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


def sparkline(values: Sequence[float | None], colours: Palette, *, height: int = 40) -> go.Figure:
    """The course of a number without axes; the last point is marked. Trim the partial period first."""
    figure = go.Figure(layout=layout(colours, height))
    places = list(range(len(values)))
    figure.add_scatter(
        x=places,
        y=list(values),
        mode="lines",
        line={"color": colours.primary, "width": 1.6},
        hoverinfo="skip",
    )
    if values and values[-1] is not None:
        figure.add_scatter(
            x=[places[-1]],
            y=[values[-1]],
            mode="markers",
            hoverinfo="skip",
            cliponaxis=False,
            marker={"color": colours.primary, "size": 5},
        )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.update_layout(margin={"l": 2, "r": 5, "t": 4, "b": 4})
    return figure


def scatter(
    frame: pl.DataFrame,
    colours: Palette,
    *,
    x_name: str,
    y_name: str,
    x_unit: str = "days",
    y_unit: str = "money",
    currency: str = "",
    height: int = 420,
) -> go.Figure:
    """Members as bubbles: `id`, `label`, `x`, `y`, and where it helps `size` and `text`; named where few."""
    rows = frame.to_dicts()
    sizes = _bubbles([row.get("size") for row in rows], 14, 54)
    named = len(rows) <= 14
    figure = go.Figure(layout=layout(colours, height))
    x_scale, y_scale = (
        formats.scale_of([row[k] for row in rows], u, currency) for k, u in (("x", x_unit), ("y", y_unit))
    )
    figure.add_scatter(
        x=[row["x"] for row in rows],
        y=[row["y"] for row in rows],
        mode="markers+text" if named else "markers",
        text=[_label(row["label"]) for row in rows],
        textposition="top center",
        textfont={"size": 12, "color": colours.text},
        cliponaxis=False,
        customdata=[
            [
                row["id"],
                plain(row["label"]),
                formats.format_value(row["x"], x_unit, currency, x_scale),
                formats.format_value(row["y"], y_unit, currency, y_scale),
                plain(row.get("text") or ""),
            ]
            for row in rows
        ],
        hovertemplate=f"<b>%{{customdata[1]}}</b><br>{plain(x_name)}: %{{customdata[2]}}<br>{plain(y_name)}: "
        "%{customdata[3]}<br>%{customdata[4]}<extra></extra>",
        marker={
            "size": sizes,
            "color": [_series_colour(i, len(rows), colours) for i in range(len(rows))],
            "opacity": 0.78,
            "line": {"width": 1, "color": colours.card},
        },
        unselected={"marker": {"opacity": 0.78}},
    )
    _scatter_axes(figure, rows, (x_name, y_name), (x_unit, y_unit), currency, colours)
    return figure


def rules_network(
    nodes: pl.DataFrame, edges: pl.DataFrame, colours: Palette, *, height: int = 460
) -> go.Figure:
    """What goes with what: `nodes` (id, label, value), `edges` (id, source, target, value, text).

    Edges widen with their value; the arrow half-way points at what follows and is what one clicks.
    """
    items, links = nodes.to_dicts(), edges.to_dicts()
    spots = spring.layout(
        [row["id"] for row in items], [(e["source"], e["target"], e["value"]) for e in links]
    )
    links = [edge for edge in links if edge["source"] in spots and edge["target"] in spots]
    figure = go.Figure(layout=layout(colours, height))
    for edge, width in zip(links, _bubbles([edge["value"] for edge in links], 1, 5), strict=True):
        _edge(figure, edge, spots[edge["source"]], spots[edge["target"]], width, colours)
    names = {row["id"]: row["label"] for row in items}
    _arrows(figure, links, spots, names, colours)
    figure.add_scatter(
        x=[spots[row["id"]][0] for row in items],
        y=[spots[row["id"]][1] for row in items],
        mode="markers+text",
        text=[_label(row["label"], 22) for row in items],
        textposition="bottom center",
        textfont={"size": 11, "color": colours.text},
        cliponaxis=False,
        customdata=[[row["id"], plain(row["label"]), plain(row.get("text") or "")] for row in items],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
        marker={
            "size": _bubbles([row["value"] for row in items], 12, 34),
            "color": colours.fill,
            "opacity": 1,
            "line": {"width": 2, "color": colours.card},
        },
        unselected={"marker": {"opacity": 1}},
    )
    figure.update_xaxes(visible=False, range=[-1.18, 1.18])
    figure.update_yaxes(visible=False, range=[-1.18, 1.12])
    return figure


def rules_matrix(rules: pl.DataFrame, colours: Palette, *, height: int | None = None) -> go.Figure:
    """Rules as bubbles: `id`, `antecedent`, `consequent`, `support` (size), `lift` (colour), `text`."""
    rows = rules.to_dicts()
    left = list(dict.fromkeys(row["antecedent"] for row in rows))
    right = list(dict.fromkeys(row["consequent"] for row in rows))
    height = height or max(220, 80 + 28 * len(left))
    figure = go.Figure(layout=layout(colours, height))
    lifts = [row["lift"] for row in rows]
    low, high = min(lifts, default=1), max(lifts, default=2)
    shade = colours.sequential[2:]
    figure.add_scatter(
        x=[right.index(row["consequent"]) for row in rows],
        y=[left.index(row["antecedent"]) for row in rows],
        mode="markers",
        customdata=[
            [row["id"], plain(f"{row['antecedent']} → {row['consequent']}"), plain(row.get("text") or "")]
            for row in rows
        ],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
        marker={
            "size": _bubbles([row["support"] for row in rows], 8, 24),
            "opacity": 1,
            "line": {"width": 1, "color": faded(colours.text, 0.3)},
            "color": [mix(shade, (row["lift"] - low) / ((high - low) or 1)) for row in rows],
        },
        unselected={"marker": {"opacity": 1}},
        cliponaxis=False,
    )
    figure.update_xaxes(
        side="top",
        tickvals=list(range(len(right))),
        ticktext=[_label(t, 18) for t in right],
        tickangle=-40,
        range=[-0.6, len(right) - 0.4],
        gridcolor=colours.line,
    )
    figure.update_yaxes(
        tickvals=list(range(len(left))),
        ticktext=[_label(t, 34) for t in left],
        range=[len(left) - 0.4, -0.6],
        gridcolor=colours.line,
        ticklabelstandoff=6,
    )
    _note(figure, f"Size: support · colour: lift {low:,.1f} to {high:,.1f}", colours)
    return figure


def segment_profile(frame: pl.DataFrame, colours: Palette, *, height: int | None = None) -> go.Figure:
    """Segments (`column_id`, `column_label`) against everyone, as an index where 100 is the average."""
    return heatmap(frame, colours, unit="index", middle=100.0, height=height)


def layout(colours: Palette, height: int) -> dict[str, Any]:
    """What all figures share: no frame of their own, the page's font, axes that do not move."""
    axis = {
        "automargin": True,
        "zeroline": False,
        "fixedrange": True,
        "ticks": "",
        "gridcolor": colours.line,
        "ticklabelstandoff": 2,
    }
    return {
        "height": height,
        "margin": {"l": 4, "r": 8, "t": 10, "b": 4},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": colours.muted},
        "colorway": list(colours.series),
        "hoverlabel": {
            "bgcolor": colours.card,
            "bordercolor": colours.border,
            "align": "left",
            "font": {"family": FONT, "size": 12, "color": colours.text},
        },
        "hovermode": "closest",
        "dragmode": False,
        "clickmode": "event+select",
        "showlegend": False,
        "xaxis": dict(axis),
        "yaxis": dict(axis),
    }


def _texted(frame: pl.DataFrame, unit: str, currency: str) -> list[dict[str, Any]]:
    """The frame's rows, each with a text; written here where the caller gave none."""
    rows = frame.to_dicts()
    scale = formats.scale_of((row["value"] for row in rows), unit, currency)
    for row in rows:
        row["text"] = row.get("text") or formats.format_value(row["value"], unit, currency, scale)
    return rows


def _before(row: dict[str, Any], unit: str, currency: str, name: str) -> str:
    if row.get("previous") is None:
        return ""
    change = formats.delta_text(row["value"], row["previous"], unit)
    then = formats.format_value(row["previous"], unit, currency, compact=True)
    return f"<br>{plain(name)}: {then}{f' ({change})' if change else ''}"


def _bar_colour(row: dict[str, Any], colours: Palette) -> str:
    return colours.others if row["id"] == OTHERS else colours.fill


def _ticks(
    figure: go.Figure, rows: list[dict[str, Any]], custom: list[list[Any]], pixels: float, colours: Palette
) -> None:
    """A tick across each bar where the value stood before."""
    places = [place for place, row in enumerate(rows) if row.get("previous") is not None]
    if not places:
        return
    for width, colour in ((5, colours.card), (2, colours.previous)):
        figure.add_scatter(
            x=[rows[place]["previous"] for place in places],
            y=places,
            mode="markers",
            cliponaxis=False,
            customdata=[custom[place] for place in places],
            hovertemplate="<b>%{customdata[1]}</b>%{customdata[3]}<extra></extra>",
            marker={
                "symbol": "line-ns",
                "size": min(pixels, 26) * 0.62 + 3,
                "line": {"width": width, "color": colour},
            },
            unselected={"marker": {"opacity": 1}},
        )


def _bar_texts(
    figure: go.Figure, rows: list[dict[str, Any]], reach: list[list[float]], colours: Palette
) -> None:
    """The value beyond the bar and its tick; left of a bar that goes below zero."""
    below = [(row["value"] or 0) < 0 for row in rows]
    figure.add_scatter(
        x=[min(0, *each, 0) if left else max(0, *each, 0) for each, left in zip(reach, below, strict=True)],
        y=list(range(len(rows))),
        mode="text",
        cliponaxis=False,
        hoverinfo="skip",
        text=[
            f"{plain(row['text'])}\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}"
            if left
            else f"\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}{plain(row['text'])}"
            for row, left in zip(rows, below, strict=True)
        ],
        textposition=["middle left" if left else "middle right" for left in below],
        textfont={"size": 12, "color": colours.text},
    )


def _tile_colour(
    row: dict[str, Any], rows: list[dict[str, Any]], grows: bool, unit: str, colours: Palette
) -> str:
    if row["id"] == OTHERS:
        return colours.diverging[3]
    if not grows:
        return mix(colours.sequential[1:6], row["value"] / max(each["value"] for each in rows))
    changes = [formats.growth(each["value"], each.get("previous"), unit) for each in rows]
    widest = max((abs(each) for each in changes if each is not None), default=0) or 1
    change = formats.growth(row["value"], row.get("previous"), unit) or 0
    return mix(colours.diverging, 0.5 + 0.5 * change / max(widest, 0.02))


def _arrow(change: str) -> str:
    return "▲ " if change.startswith("+") else "▼ " if change.startswith("-") else ""


def _members(frame: pl.DataFrame, side: str) -> dict[str, str]:
    """Ids with labels of one side of a heat map, in order of appearance."""
    pairs = frame.select(f"{side}_id", f"{side}_label").unique(maintain_order=True).iter_rows()
    return {one: str(label) for one, label in pairs}


def _heat_range(
    values: list[list[float | None]], middle: float | None, colours: Palette
) -> tuple[float, float, tuple[str, ...]]:
    flat = [each for row in values for each in row if each is not None] or [0.0]
    if middle is None:
        return min(0.0, *flat), max(*flat, 0.0) or 1.0, colours.sequential
    reach = max(abs(each - middle) for each in flat) or 1.0
    return middle - reach, middle + reach, colours.diverging


def _heat_clicks(
    figure: go.Figure,
    flat: list[tuple[int, int, dict[str, Any]]],
    rows: dict[str, str],
    columns: dict[str, str],
    height: int,
) -> None:
    figure.add_scatter(
        x=[x for x, _, _ in flat],
        y=[y for _, y, _ in flat],
        mode="markers",
        customdata=[
            [
                _ids(cell["row_id"], cell["column_id"]),
                plain(cell["row_label"]),
                plain(cell["column_label"]),
                plain(cell["text"]),
            ]
            for _, _, cell in flat
        ],
        hovertemplate="<b>%{customdata[1]} · %{customdata[2]}</b><br>%{customdata[3]}<extra></extra>",
        marker={
            "symbol": "square",
            "size": max(10, (height - 44) / max(len(rows), 1) - 4),
            "opacity": 0,
            "color": "#000000",
        },
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
    )


def _heat_texts(
    figure: go.Figure,
    flat: list[tuple[int, int, dict[str, Any]]],
    bottom: float,
    top: float,
    scale: tuple[str, ...],
) -> None:
    figure.add_scatter(
        x=[x for x, _, _ in flat],
        y=[y for _, y, _ in flat],
        mode="text",
        hoverinfo="skip",
        text=[plain(cell["text"]) for _, _, cell in flat],
        textfont={
            "size": 11,
            "color": [
                readable_on(mix(scale, (cell["value"] - bottom) / (top - bottom))) for _, _, cell in flat
            ],
        },
    )


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
        [_ids(name[0], period), plain(name[1]), plain((point or {}).get("text", ""))]
        for point, period in zip(points, periods, strict=True)
    ]
    hover = ("<b>%{customdata[1]}</b><br>" if name[1] else "") + "%{x|%d %b %Y}<br>%{customdata[2]}"
    figure.add_scatter(
        x=periods,
        y=whole,
        name=_label(name[1]),
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
    ticks = _round_ticks(low, high)
    figure.update_yaxes(
        tickvals=ticks,
        ticktext=_tick_texts(ticks, unit, currency),
        range=[ticks[0], max(ticks[-1], high * 1.02)],
        gridcolor=colours.line,
        ticklabelstandoff=6,
    )


def _scatter_axes(
    figure: go.Figure,
    rows: list[dict[str, Any]],
    names: tuple[str, str],
    units: tuple[str, str],
    currency: str,
    colours: Palette,
) -> None:
    for key, name, unit, update in (
        ("x", names[0], units[0], figure.update_xaxes),
        ("y", names[1], units[1], figure.update_yaxes),
    ):
        known = [row[key] for row in rows if row[key] is not None] or [0.0]
        ticks = _round_ticks(min(0.0, *known), max(0.0, *known) * 1.08)
        update(
            tickvals=ticks,
            ticktext=_tick_texts(ticks, unit, currency),
            range=[ticks[0], ticks[-1]],
            gridcolor=colours.line,
            title={"text": plain(name), "font": {"size": 12, "color": colours.muted}, "standoff": 10},
        )


def _round_ticks(low: float, high: float) -> list[float]:
    """Four to six round numbers that hold a range."""
    span = (high - low) or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(span / 4))
    step = next(power * each for each in (1, 2, 2.5, 5, 10) if span / (power * each) <= 5)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [each * step for each in range(first, max(last, first + 1) + 1)]


def _tick_texts(ticks: list[float], unit: str, currency: str) -> list[str]:
    scale = formats.scale_of(ticks, unit, currency)
    decimals = next(
        (
            d
            for d in range(3)
            if all(abs(round(t / scale.divisor, d) - t / scale.divisor) < 1e-9 for t in ticks)
        ),
        2,
    )
    scales = [formats.Scale(scale.divisor, scale.letter if t else "", decimals if t else 0) for t in ticks]
    return [formats.format_value(t, unit, currency, each) for t, each in zip(ticks, scales, strict=True)]


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


def _bubbles(values: Sequence[float | None], smallest: float, largest: float) -> list[float]:
    """Sizes whose areas follow the values."""
    top = max((each for each in values if each is not None), default=0) or 1
    return [
        max(smallest, largest * math.sqrt(max(each or 0, 0) / top)) if each is not None else smallest
        for each in values
    ]


def _series_colour(place: int, number: int, colours: Palette) -> str:
    return colours.series[place % SERIES] if number <= SERIES else colours.primary


def _edge(
    figure: go.Figure,
    edge: dict[str, Any],
    start: tuple[float, float],
    end: tuple[float, float],
    width: float,
    colours: Palette,
) -> None:
    figure.add_scatter(
        x=[start[0], end[0]],
        y=[start[1], end[1]],
        mode="lines",
        hoverinfo="skip",
        line={"width": width, "color": faded(colours.muted, 0.38)},
    )


def _arrows(
    figure: go.Figure,
    links: list[dict[str, Any]],
    spots: dict[str, tuple[float, float]],
    names: dict[str, str],
    colours: Palette,
) -> None:
    ends = [(spots[edge["source"]], spots[edge["target"]]) for edge in links]
    figure.add_scatter(
        x=[a[0] * 0.45 + b[0] * 0.55 for a, b in ends],
        y=[a[1] * 0.45 + b[1] * 0.55 for a, b in ends],
        mode="markers",
        customdata=[
            [
                edge.get("id") or f"{edge['source']}>{edge['target']}",
                plain(f"{names[edge['source']]} → {names[edge['target']]}"),
                plain(edge.get("text") or ""),
            ]
            for edge in links
        ],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
        marker={
            "symbol": "arrow",
            "size": 11,
            "color": colours.muted,
            "angle": [math.degrees(math.atan2(b[0] - a[0], b[1] - a[1])) for a, b in ends],
        },
        unselected={"marker": {"opacity": 1}},
    )


def _note(figure: go.Figure, text: str, colours: Palette) -> None:
    figure.add_annotation(
        text=plain(text),
        x=0,
        y=0,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="top",
        yshift=-4,
        showarrow=False,
        font={"size": 11, "color": colours.muted},
    )
    figure.update_layout(margin_b=22)


def _colorscale(scale: tuple[str, ...]) -> list[list[Any]]:
    return [[place / (len(scale) - 1), colour] for place, colour in enumerate(scale)]


def _ids(*parts: Any) -> str:
    return BETWEEN_IDS.join(map(str, parts))


def _label(text: Any, length: int = LABEL_LENGTH) -> str:
    """A name short enough for an axis, and safe there."""
    name = str(text)
    return plain(name if len(name) <= length else name[: length - 1].rstrip() + "…")


def _wrapped(text: Any, width: int = 13) -> str:
    """A column's name on at most two lines."""
    lines = textwrap.wrap(str(text), width, max_lines=2, placeholder="…") or [""]
    return "<br>".join(plain(each) for each in lines)


def plain(text: Any) -> str:
    """Plotly reads a little HTML in texts: names are shown as they are."""
    return html.escape(str(text), quote=False)

"""Horizontal bars, with a tick where each stood before."""

from __future__ import annotations

import math
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.figure_layout import label, layout, plain, shortened, texted
from pages.ui.figures.rest_members import hatch, is_others, is_rest, reach, within
from pages.ui.figures.sketch import Sketch
from pages.ui.figures.text_width import pixels
from pages.ui.style import formats
from pages.ui.style.theme import Palette

ROW_PIXELS = 32
BREAK = 0.9
HOVER = "<b>%{customdata[1]}</b><br>%{customdata[2]}%{customdata[3]}<extra></extra>"
GAP = "\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}"


def bars(
    frame: pl.DataFrame,
    colours: Palette,
    *,
    unit: str = "money",
    currency: str = "",
    height: int | None = None,
    previous_name: str = "Before",
) -> go.Figure:
    """Horizontal bars in the frame's order, the value written at each, a tick where it stood before.

    Others is hatched, and broken at the edge where it is longer than every member.
    """
    rows = texted(frame, unit, currency)
    low, high = reach((row["id"], row[key]) for row in rows for key in ("value", "previous") if key in row)
    rows = [row | {"drawn": within(row["value"], low, high)} for row in rows]
    height = height or max(96, 18 + ROW_PIXELS * len(rows))
    thick = 0.62 if len(rows) > 2 else 0.42
    custom = [
        [row["id"], plain(row["label"]), plain(row["text"]), _before(row, unit, currency, previous_name)]
        for row in rows
    ]
    figure = Sketch(layout(colours, height))
    figure.add_bar(
        x=[row["drawn"] for row in rows],
        y=list(range(len(rows))),
        orientation="h",
        width=thick,
        customdata=custom,
        hovertemplate=HOVER,
        marker={
            "color": [colours.others if is_rest(row["id"]) else colours.fill for row in rows],
            "pattern": hatch(colours, [is_others(row["id"]) for row in rows]),
            "cornerradius": 3,
            "line": {"width": 0},
        },
        unselected={"marker": {"opacity": 1}},
    )
    thickness = thick * (height - 18) / max(len(rows), 1)
    _ticks(figure, rows, custom, thickness, high, colours)
    cut = {place: row["drawn"] for place, row in enumerate(rows) if row["drawn"] != row["value"]}
    breaks(figure, cut, thickness, colours)
    _bar_texts(figure, rows, (low, high), colours)
    beyond = 14 + 7 * max((len(row["text"]) for row in rows), default=0)
    figure.update_xaxes(visible=False, automargin=False, range=[low, high if high > low else low + 1])
    figure.update_layout(margin={"r": beyond})
    if low < 0:
        zero = {"color": colours.muted, "width": 1}
        figure.add_shape(type="line", x0=0, x1=0, y0=0, y1=1, xref="x", yref="y domain", line=zero)
    member_axis(figure, [row["label"] for row in rows], beyond if low < 0 else 6, colours)
    return figure.figure()


def member_axis(figure: Sketch, names: list[Any], standoff: int, colours: Palette) -> None:
    """Members down the left side, the first at the top; the margin fits their names."""
    widest = max((pixels(shortened(each)) for each in names), default=0)
    figure.update_layout(margin={"l": 6 + standoff + math.ceil(1.03 * widest)})
    figure.update_yaxes(automargin=False, **member_ticks(names, standoff, colours))


def member_ticks(names: list[Any], standoff: int, colours: Palette) -> dict[str, Any]:
    """What an axis takes that names members, the first at the top."""
    return {
        "tickvals": list(range(len(names))),
        "ticktext": [label(each) for each in names],
        "range": [max(len(names), 1) - 0.5, -0.5],
        "showgrid": False,
        "tickfont": {"size": 12, "color": colours.text},
        "ticklabelstandoff": standoff,
    }


def _before(row: dict[str, Any], unit: str, currency: str, name: str) -> str:
    if row.get("previous") is None:
        return ""
    change = formats.delta_text(row["value"], row["previous"], unit)
    then = formats.format_value(row["previous"], unit, currency, compact=True)
    return f"<br>{plain(name)}: {plain(then)}{f' ({change})' if change else ''}"


def _ticks(
    figure: Sketch,
    rows: list[dict[str, Any]],
    custom: list[list[Any]],
    pixels: float,
    high: float,
    colours: Palette,
) -> None:
    """A tick across each bar where the value stood before, unless that is beyond the edge."""
    places = [
        place
        for place, row in enumerate(rows)
        if row.get("previous") is not None and row["drawn"] == row["value"] and row["previous"] <= high
    ]
    if not places:
        return
    for width, colour in ((5, colours.card), (2, colours.previous)):
        figure.add_scatter(
            x=[rows[place]["previous"] for place in places],
            y=places,
            mode="markers",
            cliponaxis=False,
            customdata=[custom[place] for place in places],
            hovertemplate=HOVER,
            marker={
                "symbol": "line-ns",
                "size": min(pixels, 26) * 0.62 + 3,
                "line": {"width": width, "color": colour},
            },
            unselected={"marker": {"opacity": 1}},
        )


def breaks(figure: Sketch, ends: dict[int, float], pixels: float, colours: Palette) -> None:
    """A slanted gap near the end of each bar that is shorter than its value, by its place."""
    if ends:
        figure.add_scatter(
            x=[end * BREAK for end in ends.values()],
            y=list(ends),
            mode="markers",
            hoverinfo="skip",
            showlegend=False,
            marker={
                "symbol": "line-ne",
                "size": min(pixels, 26),
                "line": {"width": 5, "color": colours.card},
            },
        )


def _bar_texts(
    figure: Sketch, rows: list[dict[str, Any]], edges: tuple[float, float], colours: Palette
) -> None:
    """The value beyond the bar and its tick; left of a bar that goes below zero."""
    below = [(row["value"] or 0) < 0 for row in rows]
    ends = [[0, *(within(each, *edges) or 0 for each in (row["value"], row.get("previous")))] for row in rows]
    figure.add_scatter(
        x=[min(each) if left else max(each) for each, left in zip(ends, below, strict=True)],
        y=list(range(len(rows))),
        mode="text",
        cliponaxis=False,
        hoverinfo="skip",
        text=[
            f"{plain(row['text'])}{GAP}" if left else f"{GAP}{plain(row['text'])}"
            for row, left in zip(rows, below, strict=True)
        ],
        textposition=["middle left" if left else "middle right" for left in below],
        textfont={"size": 12, "color": colours.text},
    )

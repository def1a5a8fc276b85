"""Horizontal bars, with a tick where each stood before."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from data.model.canonical_tables import UNKNOWN
from pages.ui.figures.figure_layout import OTHERS, label, layout, plain, texted
from pages.ui.style import formats
from pages.ui.style.theme import Palette

ROW_PIXELS = 32


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
    rows = texted(frame, unit, currency)
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
        ticktext=[label(row["label"]) for row in rows],
        range=[max(len(rows), 1) - 0.5, -0.5],
        showgrid=False,
        tickfont={"size": 12, "color": colours.text},
        ticklabelstandoff=beyond if low < 0 else 6,
    )
    return figure


def _before(row: dict[str, Any], unit: str, currency: str, name: str) -> str:
    if row.get("previous") is None:
        return ""
    change = formats.delta_text(row["value"], row["previous"], unit)
    then = formats.format_value(row["previous"], unit, currency, compact=True)
    return f"<br>{plain(name)}: {plain(then)}{f' ({change})' if change else ''}"


def _bar_colour(row: dict[str, Any], colours: Palette) -> str:
    return colours.others if row["id"] in (OTHERS, UNKNOWN) else colours.fill


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

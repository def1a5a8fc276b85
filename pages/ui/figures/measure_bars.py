"""Bars of several measures side by side: one row a member, one panel a measure, each on a scale of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.bar_chart import BREAK, ROW_PIXELS, member_axis
from pages.ui.figures.figure_layout import layout, plain, shortened
from pages.ui.figures.quantity import Quantity
from pages.ui.figures.rest_members import hatch, is_others, is_rest, reach, within
from pages.ui.figures.sketch import Sketch
from pages.ui.style.theme import Palette

MOST_PANELS = 4
BETWEEN = 0.03
TEXT_ROOM = 1.42
TITLE = 26


def measure_bars(frame: pl.DataFrame, colours: Palette, measures: Sequence[Quantity]) -> go.Figure:
    """A panel each of the first four measures: `id`, `label`, then one column a measure, named by its label.

    Others is hatched and cut where it is longer than every member. A click gives `[id]`.
    """
    shown = measures[:MOST_PANELS]
    rows = frame.to_dicts()
    figure = Sketch(layout(colours, max(96, TITLE + 18 + ROW_PIXELS * len(rows))))
    wide = (1 - BETWEEN * (len(shown) - 1)) / max(len(shown), 1)
    for at, measure in enumerate(shown):
        _panel(figure, at, (wide + BETWEEN) * at, wide, rows, measure, colours)
    figure.update_layout(margin={"t": TITLE, "r": 8}, showlegend=False)
    member_axis(figure, [row["label"] for row in rows], 6, colours)
    return figure.figure()


def _panel(
    figure: Sketch,
    at: int,
    begin: float,
    wide: float,
    rows: list[dict[str, Any]],
    measure: Quantity,
    colours: Palette,
) -> None:
    axis = "x" if at == 0 else f"x{at + 1}"
    low, high = reach((row["id"], row[measure.label]) for row in rows)
    texts = measure.texts([row[measure.label] for row in rows])
    drawn = [within(row[measure.label], low, high) for row in rows]
    figure.add_bar(
        x=drawn,
        y=list(range(len(rows))),
        xaxis=axis,
        orientation="h",
        width=0.62,
        text=texts,
        textposition="outside",
        cliponaxis=False,
        textfont={"size": 12, "color": colours.text},
        customdata=[
            [row["id"], plain(row["label"]), plain(f"{measure.label}: {text}")]
            for row, text in zip(rows, texts, strict=True)
        ],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
        marker={
            "color": [colours.others if is_rest(row["id"]) else colours.fill for row in rows],
            "pattern": hatch(colours, [is_others(row["id"]) for row in rows]),
            "cornerradius": 3,
            "line": {"width": 0},
        },
        unselected={"marker": {"opacity": 1}},
    )
    room = (high - low or 1) * (TEXT_ROOM - 1)
    figure.layout["xaxis" if at == 0 else f"xaxis{at + 1}"] = {
        "domain": [begin, begin + wide],
        "visible": False,
        "range": [low - (room if low < 0 else 0), (high if high > low else low + 1) + room],
        "fixedrange": True,
    }
    cut = [place for place, row in enumerate(rows) if drawn[place] != row[measure.label]]
    if cut:
        figure.add_scatter(
            x=[(drawn[place] or 0) * BREAK for place in cut],
            y=cut,
            xaxis=axis,
            mode="markers",
            hoverinfo="skip",
            marker={"symbol": "line-ne", "size": 18, "line": {"width": 5, "color": colours.card}},
        )
    figure.add_annotation(
        x=begin,
        xref="paper",
        y=1,
        yref="paper",
        yanchor="bottom",
        xanchor="left",
        showarrow=False,
        text=plain(shortened(measure.label, 26)),
        font={"size": 12, "color": colours.muted},
    )

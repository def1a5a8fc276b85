"""Pareto curves: what share of a total the first part of members makes, from the greatest down, one line a kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.categorical_marks import series_colour
from pages.ui.figures.figure_layout import label, layout, legend_above, plain
from pages.ui.figures.sketch import Sketch
from pages.ui.style import formats
from pages.ui.style.theme import Palette

HOVER = "<b>%{customdata[0]}</b><br>make %{customdata[1]}<extra></extra>"
PERCENTS = (0, 0.2, 0.4, 0.6, 0.8, 1)


def share_curves(
    frame: pl.DataFrame, colours: Palette, *, marks: Sequence[float] = (), height: int = 320
) -> go.Figure:
    """Lines of `share` (of the total) by `part` (of the members) for each `id` and `label`, `count` and `text` telling
    how many those are. `marks` are shares at which the first line is marked and named."""
    figure = Sketch(layout(colours, height))
    ids = frame["id"].unique(maintain_order=True).to_list()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", hoverinfo="skip", showlegend=False,
        line={"color": colours.others, "width": 1, "dash": "dot"},
    )  # fmt: skip
    for at, one in enumerate(ids):
        rows = frame.filter(pl.col("id") == one).to_dicts()
        figure.add_scatter(
            x=[row["part"] for row in rows],
            y=[row["share"] for row in rows],
            name=label(rows[0]["label"]),
            mode="lines",
            line={"color": series_colour(at, colours), "width": 2.5 if at == 0 else 1.5},
            customdata=[[plain(row["text"]), formats.share_text(row["share"], 1)] for row in rows],
            hovertemplate=HOVER,
        )
    if ids:
        _marked(figure, frame.filter(pl.col("id") == ids[0]), marks, colours)
    _axes(figure, frame["label"].unique(maintain_order=True).to_list(), colours)
    return figure.figure()


def _marked(figure: Sketch, line: pl.DataFrame, marks: Sequence[float], colours: Palette) -> None:
    """The points at which shares are reached, with how many make them."""
    reached = [
        row
        for share in marks
        for row in line.filter(pl.col("share") >= share - 1e-9).head(1).iter_rows(named=True)
    ]
    figure.add_scatter(
        x=[row["part"] for row in reached],
        y=[row["share"] for row in reached],
        mode="markers+text",
        text=[f"{formats.share_text(row['share'])}: {formats.number_text(row['count'])}" for row in reached],
        textposition="bottom right",
        textfont={"size": 12, "color": colours.text},
        marker={"size": 8, "color": colours.text},
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
    )


def _axes(figure: Sketch, labels: Sequence[Any], colours: Palette) -> None:
    ticks = {"tickvals": list(PERCENTS), "ticktext": [formats.share_text(each) for each in PERCENTS]}
    figure.update_xaxes(
        **ticks,
        range=[0, 1.01],
        showgrid=False,
        title={"text": "Part of them, the greatest first", "font": {"size": 12}},
    )
    figure.update_yaxes(**ticks, range=[0, 1.03])
    figure.update_layout(margin={"r": 24})
    if len(labels) > 1:
        figure.update_layout(showlegend=True, legend=legend_above(), margin={"t": 36})

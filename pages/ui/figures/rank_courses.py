"""Ranks by several ways side by side, a line for each member: who is first by one way and far behind by another."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.categorical_marks import series_colour, series_symbol
from pages.ui.figures.figure_layout import layout, plain, shortened
from pages.ui.figures.sketch import Sketch
from pages.ui.style.theme import Palette

ROW, ABOVE = 30, 34


def rank_courses(frame: pl.DataFrame, colours: Palette) -> go.Figure:
    """`rank` (1 is first; null: not known, drawn last) of each `id` and `label` by each `way`, in the frame's order of
    ways; `text` is told of a point. Each way has the members in its own order, one a line, each with its rank."""
    ways = frame["way"].unique(maintain_order=True).to_list()
    ordered = pl.col("rank").fill_null(frame["rank"].max()).rank("ordinal").over("way").alias("place")
    members = frame.with_columns(ordered).partition_by("id", maintain_order=True)
    figure = Sketch(layout(colours, ABOVE + ROW * (len(members) + 1)))
    for at, member in enumerate(members):
        _course(figure, member.to_dicts(), ways, at, colours)
    figure.update_xaxes(
        tickvals=list(range(len(ways))), ticktext=[plain(way) for way in ways], side="top", showgrid=False,
        range=[-0.14, len(ways) - 1 + 0.3],
    )  # fmt: skip
    names = sorted((member["place"][0], shortened(plain(member["label"][0]))) for member in members)
    figure.update_yaxes(
        range=[len(members) + 0.7, 0.3], showgrid=False, tickvals=[place for place, _ in names],
        ticktext=[name for _, name in names],
    )  # fmt: skip
    figure.update_layout(margin={"t": ABOVE, "r": 12})
    return figure.figure()


def _course(figure: Sketch, rows: list[dict[str, Any]], ways: list[str], at: int, colours: Palette) -> None:
    colour = series_colour(at, colours)
    figure.add_scatter(
        x=[ways.index(row["way"]) for row in rows],
        y=[row["place"] for row in rows],
        mode="lines+markers+text",
        text=[f"{row['rank']:,}" if row["rank"] is not None else "–" for row in rows],
        textposition="top right",
        textfont={"size": 12, "color": colours.text},
        line={"color": colour, "width": 2},
        marker={"size": 10, "color": colour, "symbol": series_symbol(at)},
        customdata=[[row["id"], plain(row["text"])] for row in rows],
        hovertemplate="%{customdata[1]}<extra></extra>",
        showlegend=False,
        cliponaxis=False,
        unselected={"marker": {"opacity": 1}},
    )

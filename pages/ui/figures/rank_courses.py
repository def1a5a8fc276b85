"""Ranks by several ways side by side, a line for each member: who is first by one way and far behind by another."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.categorical_marks import series_colour, series_symbol
from pages.ui.figures.figure_layout import layout, plain
from pages.ui.figures.sketch import Sketch
from pages.ui.style.theme import Palette

ROW, ABOVE, SIDE = 30, 34, 150
LONGEST = 24
PLACES = 6  # that are drawn below the last shown one, for those farther behind


def rank_courses(frame: pl.DataFrame, colours: Palette, *, shown: int) -> go.Figure:
    """`rank` (1 is first, null: not known) of each `id` and `label` by each `way`, in the frame's order of ways; `text`
    is told of a point. Ranks beyond `shown` lie below, closer together, and say which they are."""
    ways = frame["way"].unique(maintain_order=True).to_list()
    figure = Sketch(layout(colours, ABOVE + ROW * (shown + 2)))
    members = frame.partition_by("id", maintain_order=True)
    for at, member in enumerate(members):
        _course(figure, member.to_dicts(), ways, shown, at, colours)
    figure.update_xaxes(
        tickvals=list(range(len(ways))), ticktext=[plain(way) for way in ways], side="top", showgrid=False,
        range=[-0.62, len(ways) - 1 + 0.12], fixedrange=True, zeroline=False,
    )  # fmt: skip
    figure.update_yaxes(
        range=[shown + 1.8, 0.3], tickvals=list(range(1, shown + 1)), showgrid=False, fixedrange=True, zeroline=False
    )  # fmt: skip
    figure.add_hline(shown + 0.5, {"color": colours.muted, "width": 1, "dash": "dot"})
    figure.update_layout(margin={"t": ABOVE, "r": 12})
    return figure.figure()


def _course(
    figure: Sketch, rows: list[dict[str, Any]], ways: list[str], shown: int, at: int, colours: Palette
) -> None:
    known = [row for row in rows if row["rank"] is not None]
    heights = [_height(row["rank"], shown) for row in known]
    figure.add_scatter(
        x=[ways.index(row["way"]) for row in known],
        y=heights,
        mode="lines+markers+text",
        text=["" if row["rank"] <= shown else f"{row['rank']:,}" for row in known],
        textposition="middle right",
        textfont={"size": 11, "color": colours.muted},
        line={"color": series_colour(at, colours), "width": 2},
        marker={"size": 10, "color": series_colour(at, colours), "symbol": series_symbol(at)},
        customdata=[[row["id"], plain(row["text"])] for row in known],
        hovertemplate="%{customdata[1]}<extra></extra>",
        showlegend=False,
        cliponaxis=False,
        unselected={"marker": {"opacity": 1}},
    )
    if known:
        label = known[0]["label"]
        short = label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…"
        figure.add_annotation(
            x=ways.index(known[0]["way"]) - 0.05, y=heights[0], text=plain(short), showarrow=False, xanchor="right",
            font={"size": 12, "color": colours.text},
        )  # fmt: skip


def _height(rank: int, shown: int) -> float:
    """Where a rank lies: its own place, or just below the last one that is shown."""
    return float(rank) if rank <= shown else shown + 1 + min(rank - shown, PLACES) / (2 * PLACES)

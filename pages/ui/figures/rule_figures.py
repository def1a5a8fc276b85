"""Association rules as a network and as a matrix."""

from __future__ import annotations

import math
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.figure_layout import bubbles, label, layout, note, plain
from pages.ui.style import spring_layout
from pages.ui.style.formats import number_text
from pages.ui.style.theme import Palette, faded, mix


def rules_network(
    nodes: pl.DataFrame, edges: pl.DataFrame, colours: Palette, *, height: int = 460
) -> go.Figure:
    """What goes with what: `nodes` (id, label, value), `edges` (id, source, target, value, text).

    Edges widen with their value; the arrow half-way points at what follows and is what one clicks.
    """
    items, links = nodes.to_dicts(), edges.to_dicts()
    spots = spring_layout.layout(
        [row["id"] for row in items], [(e["source"], e["target"], e["value"]) for e in links]
    )
    links = [edge for edge in links if edge["source"] in spots and edge["target"] in spots]
    figure = go.Figure(layout=layout(colours, height))
    for edge, width in zip(links, bubbles([edge["value"] for edge in links], 1, 5), strict=True):
        _edge(figure, edge, spots[edge["source"]], spots[edge["target"]], width, colours)
    names = {row["id"]: row["label"] for row in items}
    _arrows(figure, links, spots, names, colours)
    figure.add_scatter(
        x=[spots[row["id"]][0] for row in items],
        y=[spots[row["id"]][1] for row in items],
        mode="markers+text",
        text=[label(row["label"], 22) for row in items],
        textposition="bottom center",
        textfont={"size": 11, "color": colours.text},
        cliponaxis=False,
        customdata=[[row["id"], plain(row["label"]), plain(row.get("text") or "")] for row in items],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
        marker={
            "size": bubbles([row["value"] for row in items], 12, 34),
            "color": colours.fill,
            "opacity": 1,
            "line": {"width": 2, "color": colours.card},
        },
        unselected={"marker": {"opacity": 1}},
    )
    figure.update_xaxes(visible=False, range=[-1.3, 1.3])  # room for the names of the outermost
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
            "size": bubbles([row["support"] for row in rows], 8, 24),
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
        ticktext=[label(t, 18) for t in right],
        tickangle=-40,
        ticklabeloverflow="allow",
        range=[-0.6, len(right) - 0.4],
        gridcolor=colours.line,
    )
    figure.update_yaxes(
        tickvals=list(range(len(left))),
        ticktext=[label(t, 34) for t in left],
        range=[len(left) - 0.4, -0.6],
        gridcolor=colours.line,
        ticklabelstandoff=6,
    )
    figure.update_layout(margin_r=4 + 5 * min(max(map(len, right[-1:]), default=0), 18))
    note(figure, f"Size: support · colour: lift {number_text(low, 1)} to {number_text(high, 1)}", colours)
    return figure


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

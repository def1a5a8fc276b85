"""Figures of segments: customers on a plane, and several numbers of segments side by side.

As in `figures`: pure, ids first in `customdata`, names are text and never markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures import layout, plain
from pages.ui.style import formats
from pages.ui.style.theme import Palette, mix

POINTS = 2_500
SYMBOLS = ("circle", "diamond", "square", "cross", "triangle-up")


def segment_colours(names: list[str], colours: Palette, without: str = "") -> dict[str, str]:
    """A colour a segment, in their order; grey for the one `without` anything to compare."""
    return {
        name: colours.others if name == without else colours.series[at % len(colours.series)]
        for at, name in enumerate(names)
    }


def segment_plane(
    points: pl.DataFrame, tints: Mapping[str, str], colours: Palette, *, chosen: str = "", height: int = 420
) -> go.Figure:
    """Customers (`customer`, `label`, `segment`, `x`, `y`) coloured by segment; all but the chosen one fade.

    A click gives the segment. Beyond eight segments colours come again with another symbol.
    """
    shown = _within_sight(points if points.height <= POINTS else points.sample(POINTS, seed=0))
    figure = go.Figure(layout=layout(colours, height))
    for at, (name, tint) in enumerate(tints.items()):
        part = shown.filter(pl.col("segment") == name)
        if part.is_empty():
            continue
        faint = bool(chosen) and name != chosen
        symbol = SYMBOLS[at // len(colours.series) % len(SYMBOLS)]
        figure.add_scatter(
            x=part["x"].to_list(),
            y=part["y"].to_list(),
            name=plain(name if len(name) <= 34 else name[:33].rstrip() + "…"),
            mode="markers",
            customdata=[[name, plain(label), plain(name)] for label in part["label"]],
            hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
            marker={"size": 5, "color": tint, "symbol": symbol, "opacity": 0.12 if faint else 0.7},
            selected={"marker": {"opacity": 0.12 if faint else 0.7}},
            unselected={"marker": {"opacity": 0.12 if faint else 0.7}},
        )
    axis = {"showticklabels": False, "zeroline": True, "zerolinecolor": colours.border, "showgrid": False}
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    figure.update_layout(showlegend=True, legend=_legend())
    return figure


def _within_sight(points: pl.DataFrame) -> pl.DataFrame:
    """A few far outliers moved to the edge, lest they press all others into a corner."""
    edges = []
    for name in ("x", "y"):
        low, high = (float(points[name].quantile(part, "linear") or 0) for part in (0.005, 0.995))
        reach = 0.35 * (high - low)
        edges.append(pl.col(name).clip(low - reach, high + reach))
    return points.with_columns(edges)


def sweep_figure(
    frame: pl.DataFrame, colours: Palette, *, suggested: int, chosen: int, height: int = 300
) -> go.Figure:
    """Silhouette for each `k`, dotted that of shuffled columns, and beneath the sizes of the segments as parts of all;
    a click gives k."""
    rows = frame.to_dicts()
    places = [row["k"] for row in rows]
    scores = [row["silhouette"] for row in rows]
    custom = [
        [str(row["k"]), f"{row['k']} segments", f"silhouette {formats.number_text(row['silhouette'], 3)}"]
        for row in rows
    ]
    hover = "<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>"
    figure = go.Figure(layout=layout(colours, height))
    noise = [row["shuffled_silhouette"] for row in rows]
    figure.add_scatter(
        x=places,
        y=noise,
        mode="lines",
        line={"color": colours.others, "width": 1.5, "dash": "dot"},
        customdata=custom,
        hovertemplate=[
            f"<b>{row['k']} segments</b><br>on shuffled columns {formats.number_text(each, 3)}<extra></extra>"
            for row, each in zip(rows, noise, strict=True)
        ],
    )
    figure.add_scatter(
        x=places,
        y=scores,
        mode="lines+markers+text",
        text=[formats.number_text(score, 2) for score in scores],
        textposition="top center",
        textfont={"size": 11, "color": colours.text},
        line={"color": colours.others, "width": 1.5},
        marker={
            "size": [11 if k in (suggested, chosen) else 7 for k in places],
            "color": [colours.primary if k == suggested else colours.others for k in places],
            "line": {"width": [2 if k == chosen else 0 for k in places], "color": colours.text},
        },
        unselected={"marker": {"opacity": 1}},
        cliponaxis=False,
        customdata=custom,
        hovertemplate=hover,
    )
    _sizes(figure, rows, colours, chosen)
    low, high = min(*scores, *noise), max(*scores, *noise)
    room = (high - low) or 0.1
    figure.update_xaxes(tickvals=places, ticktext=[str(k) for k in places], showgrid=False)
    figure.update_yaxes(visible=False, range=[low - 0.25 * room, high + 0.35 * room], domain=[0.5, 1])
    figure.update_layout(
        barmode="stack",
        bargap=0.28,
        yaxis2={"visible": False, "domain": [0, 0.42], "range": [0, 1], "fixedrange": True, "anchor": "x"},
    )
    return figure


def _sizes(figure: go.Figure, rows: list[dict[str, Any]], colours: Palette, chosen: int) -> None:
    """One stack of blocks a k, the largest segment at the bottom."""
    deepest = max((len(row["sizes"]) for row in rows), default=0)
    for place in range(deepest):
        having = [row for row in rows if len(row["sizes"]) > place]
        tint = mix(colours.sequential[1:6], 1 - place / max(deepest - 1, 1))
        figure.add_bar(
            x=[row["k"] for row in having],
            y=[row["sizes"][place] / sum(row["sizes"]) for row in having],
            yaxis="y2",
            marker={"color": tint, "line": {"width": 1, "color": colours.card}},
            unselected={"marker": {"opacity": 1}},
            customdata=[
                [
                    str(row["k"]),
                    f"{row['k']} segments",
                    f"{formats.share_text(row['sizes'][place] / sum(row['sizes']))} of buyers in the {_nth(place)}"
                    " largest",
                ]
                for row in having
            ],
            hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
        )


def _nth(place: int) -> str:
    return "" if place == 0 else {1: "2nd", 2: "3rd"}.get(place, f"{place + 1}th")


def _legend() -> dict[str, Any]:
    return {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "y": -0.02,
        "yanchor": "top",
        "itemclick": False,
        "itemdoubleclick": False,
        "itemsizing": "constant",
        "font": {"size": 11},
    }

"""Members as bubbles."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.figure_layout import bubbles, label, layout, plain, round_ticks, tick_texts
from pages.ui.style import formats
from pages.ui.style.theme import SERIES, Palette


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
    sizes = bubbles([row.get("size") for row in rows], 14, 54)
    named = len(rows) <= 14
    figure = go.Figure(layout=layout(colours, height))
    x_scale, y_scale = (
        formats.scale_of([row[k] for row in rows], u, currency) for k, u in (("x", x_unit), ("y", y_unit))
    )
    figure.add_scatter(
        x=[row["x"] for row in rows],
        y=[row["y"] for row in rows],
        mode="markers+text" if named else "markers",
        text=[label(row["label"]) for row in rows],
        textposition="top center",
        textfont={"size": 12, "color": colours.text},
        cliponaxis=False,
        customdata=[
            [
                row["id"],
                plain(row["label"]),
                plain(formats.format_value(row["x"], x_unit, currency, x_scale)),
                plain(formats.format_value(row["y"], y_unit, currency, y_scale)),
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
        ticks = round_ticks(min(0.0, *known), max(0.0, *known) * 1.08)
        update(
            tickvals=ticks,
            ticktext=tick_texts(ticks, unit, currency),
            range=[ticks[0], ticks[-1]],
            gridcolor=colours.line,
            title={"text": plain(name), "font": {"size": 12, "color": colours.muted}, "standoff": 10},
        )


def _series_colour(place: int, number: int, colours: Palette) -> str:
    return colours.series[place % SERIES] if number <= SERIES else colours.primary

"""Plans by cost and by how surely they hold: those that nothing beats are joined, each has its interval."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.categorical_marks import series_colour, series_symbol
from pages.ui.figures.figure_layout import layout, legend_above, plain
from pages.ui.figures.number_axes import value_axis
from pages.ui.figures.sketch import Sketch
from pages.ui.style.theme import Palette

HOVER = "<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>"
KINDS = ((True, "Nothing beats it", 11), (False, "Beaten in cost or chance", 8))
ROOM = 0.06  # of the reach of costs, left and right of them


def chance_by_cost(
    frame: pl.DataFrame, colours: Palette, *, currency: str = "", height: int = 340
) -> go.Figure:
    """A mark a plan: `id`, `label`, `cost`, `chance` with `low` to `high` (0 to 1), `is_unbeaten` and `text`, what it
    is in words. A click gives `[id]`."""
    figure = Sketch(layout(colours, height) | {"margin": {"l": 4, "r": 12, "t": 36, "b": 4}})
    if frame.is_empty():
        return figure.blank()
    for at, (unbeaten, name, size) in enumerate(KINDS):
        rows = frame.filter(pl.col("is_unbeaten") == unbeaten).sort("cost").to_dicts()
        if rows:
            _whiskers(figure, rows, series_colour(at, colours))
            _marks(figure, rows, at, name, size, colours)
    _axes(figure, frame, currency, colours)
    figure.update_layout(showlegend=True, legend=legend_above())
    return figure.figure()


def _whiskers(figure: Sketch, rows: list[dict[str, Any]], colour: str) -> None:
    figure.add_scatter(
        x=[each for row in rows for each in (row["cost"], row["cost"], None)],
        y=[each for row in rows for each in (row["low"], row["high"], None)],
        mode="lines",
        line={"color": colour, "width": 1.5},
        opacity=0.5,
        hoverinfo="skip",
        showlegend=False,
    )


def _marks(
    figure: Sketch, rows: list[dict[str, Any]], at: int, name: str, size: int, colours: Palette
) -> None:
    figure.add_scatter(
        x=[row["cost"] for row in rows],
        y=[row["chance"] for row in rows],
        mode="lines+markers" if rows[0]["is_unbeaten"] else "markers",
        line={"color": series_colour(at, colours), "width": 1, "dash": "dot", "shape": "hv"},
        name=plain(name),
        marker={"size": size, "color": series_colour(at, colours), "symbol": series_symbol(at)},
        customdata=[[row["id"], plain(row["label"]), plain(row["text"])] for row in rows],
        hovertemplate=HOVER,
        cliponaxis=False,
        unselected={"marker": {"opacity": 1}},
    )


def _axes(figure: Sketch, frame: pl.DataFrame, currency: str, colours: Palette) -> None:
    costs = frame["cost"].to_list()
    room = ROOM * ((max(costs) - min(costs)) or max(costs) or 1.0)
    ends = [min(costs) - room, max(costs) + room]
    font = {"size": 12, "color": colours.muted}
    across = value_axis(ends, "money", currency, colours, from_zero=False) | {"range": ends}
    figure.update_xaxes(**across, showgrid=True, title={"text": "Cost", "font": font, "standoff": 10})
    upward = value_axis([0, 1], "percent", "", colours)
    figure.update_yaxes(**upward, title={"text": "On time", "font": font, "standoff": 10})

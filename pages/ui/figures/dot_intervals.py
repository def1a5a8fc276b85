"""Dots with their intervals, a row each: effects and means, of which the sure part matters as much as the middle."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.bar_chart import member_axis
from pages.ui.figures.categorical_marks import series_colour, series_symbol
from pages.ui.figures.figure_layout import label, layout, legend_above, plain
from pages.ui.figures.number_axes import value_axis
from pages.ui.figures.sketch import Sketch
from pages.ui.style import formats
from pages.ui.style.theme import Palette

ROW, ABOVE, BELOW = 36, 30, 40
APART, WIDTH = 0.3, 0.9  # of a row: between two series, and all of them
SERIES_PIXELS = 13


def dot_intervals(
    frame: pl.DataFrame, colours: Palette, *, unit: str, currency: str = "", from_zero: bool = True
) -> go.Figure:
    """Rows of `label` in the frame's order, a dot at `value` with a line from `low` to `high` for each `series`, which
    differ by sign and colour; `id` is what a click gives, `text` what stands beside the dot in words."""
    rows, series = frame.to_dicts(), frame["series"].unique(maintain_order=True).to_list()
    places = {each: at for at, each in enumerate(frame["id"].unique(maintain_order=True).to_list())}
    names = frame.unique("id", keep="first", maintain_order=True)["label"].to_list()
    row, apart = max(ROW, SERIES_PIXELS * len(series)), min(APART, WIDTH / max(len(series), 1))
    figure = Sketch(layout(colours, ABOVE + BELOW + row * max(len(names), 1)))
    for at, name in enumerate(series):
        shift = apart * (at - (len(series) - 1) / 2)
        own = [(places[row["id"]] + shift, row) for row in rows if row["series"] == name]
        _whiskers(figure, own, series_colour(at, colours))
        _dots(figure, own, at, name, unit, currency, colours)
    reach = [row[each] for row in rows for each in ("value", "low", "high") if row[each] is not None]
    axis = value_axis(reach, unit, currency, colours, from_zero)
    low = min([axis["range"][0], *reach])
    figure.update_xaxes(**axis | {"range": [low, axis["range"][1]]}, showgrid=True)
    member_axis(figure, names, 6, colours)
    figure.update_layout(margin={"t": ABOVE if len(series) > 1 else 8, "r": 24})
    if from_zero:
        figure.add_vline(0, {"color": colours.muted, "width": 1, "dash": "dash"})
    if len(series) > 1:
        figure.update_layout(showlegend=True, legend=legend_above())
    return figure.figure()


def _whiskers(figure: Sketch, own: list[tuple[float, dict[str, Any]]], colour: str) -> None:
    known = [(y, row) for y, row in own if row["low"] is not None and row["high"] is not None]
    figure.add_scatter(
        x=[each for _, row in known for each in (row["low"], row["high"], None)],
        y=[each for y, _ in known for each in (y, y, None)],
        mode="lines",
        line={"color": colour, "width": 2.5},
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
    )


def _dots(
    figure: Sketch,
    own: list[tuple[float, dict[str, Any]]],
    at: int,
    name: str,
    unit: str,
    currency: str,
    colours: Palette,
) -> None:
    figure.add_scatter(
        x=[row["value"] for _, row in own],
        y=[y for y, _ in own],
        mode="markers",
        name=label(name),
        marker={"size": 10, "color": series_colour(at, colours), "symbol": series_symbol(at)},
        customdata=[[row["id"], plain(row["label"]), _told(row, unit, currency)] for _, row in own],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
        cliponaxis=False,
        unselected={"marker": {"opacity": 1}},
    )


def _told(row: dict[str, Any], unit: str, currency: str) -> str:
    if row.get("text"):
        return plain(row["text"])
    middle, low, high = (formats.format_value(row[each], unit, currency) for each in ("value", "low", "high"))
    return plain(f"{middle} ({low} to {high})")

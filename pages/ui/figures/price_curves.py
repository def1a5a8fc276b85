"""Curves over prices: who would buy, what it earns, how often a price is taken, each with its band; prices marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.categorical_marks import series_colour
from pages.ui.figures.figure_layout import ids, label, layout, legend_above, plain
from pages.ui.figures.number_axes import value_axis
from pages.ui.figures.quantity import Quantity
from pages.ui.figures.sketch import Sketch
from pages.ui.style import formats
from pages.ui.style.theme import Palette, faded

DASHES = ("solid", "6px,3px", "2px,2px", "9px,3px,2px,3px")
MARK_PIXELS, LEGEND_PIXELS = 16, 22
Shape = Literal["vh", "hv", "linear"]


def price_curves(
    frame: pl.DataFrame,
    colours: Palette,
    *,
    x: Quantity,
    y: Quantity,
    marks: Sequence[tuple[float, str]] = (),
    span: tuple[float, float] | None = None,
    shape: Shape = "linear",
    height: int = 320,
) -> go.Figure:
    """`value` by `price` for each `id` and `label`, `low` to `high` (where known) a band around it; lines differ by
    dash as well as by colour. `marks` are prices with a name, `span` prices on a grey ground. `shape` is how a line
    goes from one price to the next: "vh" where a value holds up to its own price."""
    figure = Sketch(layout(colours, height))
    if frame.is_empty():
        return figure.blank()
    lines = frame.partition_by("id", maintain_order=True)
    if span:
        figure.add_shape(
            type="rect", x0=span[0], x1=span[1], xref="x", y0=0, y1=1, yref="y domain",
            fillcolor=faded(colours.others, 0.18), line={"width": 0}, layer="below",
        )  # fmt: skip
    for at, line in enumerate(lines):
        _band(figure, line.to_dicts(), series_colour(at, colours), shape)
    for at, line in enumerate(lines):
        _line(figure, line.to_dicts(), at, x, y, colours, shape)
    _marked(figure, marks, frame, colours)
    _axes(figure, frame, x, y, colours)
    above = 8 + MARK_PIXELS * len(marks)
    if len(lines) > 1:
        at_top = {"yref": "container", "y": 1, "yanchor": "top"}
        figure.update_layout(showlegend=True, legend=legend_above() | at_top)
        above += LEGEND_PIXELS * (1 + len(lines) // 3)
    figure.update_layout(margin={"t": above + 4, "r": 16})
    return figure.figure()


def _band(figure: Sketch, line: list[dict[str, Any]], colour: str, shape: Shape) -> None:
    known = [row for row in line if row.get("low") is not None and row.get("high") is not None]
    for key, fill in (("high", None), ("low", "tonexty")):
        figure.add_scatter(
            x=[row["price"] for row in known],
            y=[row[key] for row in known],
            mode="lines",
            line={"shape": shape, "width": 0},
            fill=fill,
            fillcolor=faded(colour, 0.16),
            hoverinfo="skip",
            showlegend=False,
        )


def _line(
    figure: Sketch,
    line: list[dict[str, Any]],
    at: int,
    x: Quantity,
    y: Quantity,
    colours: Palette,
    shape: Shape,
) -> None:
    figure.add_scatter(
        x=[row["price"] for row in line],
        y=[row["value"] for row in line],
        name=label(line[0]["label"]),
        mode="lines",
        line={
            "color": series_colour(at, colours),
            "width": 2,
            "shape": shape,
            "dash": DASHES[at % len(DASHES)],
        },
        customdata=[
            [ids(row["id"], row["price"]), plain(row["label"]), plain(_at(row["price"], x)), _told(row, y)]
            for row in line
        ],
        hovertemplate="<b>%{customdata[1]}</b> at %{customdata[2]}<br>%{customdata[3]}<extra></extra>",
        connectgaps=False,
    )


def _at(price: float, x: Quantity) -> str:
    return formats.format_value(price, x.unit, x.currency)


def _told(row: dict[str, Any], y: Quantity) -> str:
    value, low, high = (
        formats.format_value(row.get(each), y.unit, y.currency) for each in ("value", "low", "high")
    )
    known = row.get("low") is not None and row.get("high") is not None
    return plain(f"{value} ({low} to {high})" if known else value)


def _marked(
    figure: Sketch, marks: Sequence[tuple[float, str]], frame: pl.DataFrame, colours: Palette
) -> None:
    """A line at each price, named above, each on a line of its own so that names never meet."""
    low, high = float(frame["price"].min() or 0), float(frame["price"].max() or 0)  # type: ignore[arg-type]
    for rank, (price, name) in enumerate(marks):
        figure.add_vline(price, {"color": colours.text, "width": 1, "dash": "dot"})
        figure.add_annotation(
            x=price, y=1, yref="paper", yanchor="bottom", yshift=2 + MARK_PIXELS * rank, showarrow=False,
            xanchor="left" if price <= (low + high) / 2 else "right", text=plain(name),
            font={"size": 11, "color": colours.text},
        )  # fmt: skip


def _axes(figure: Sketch, frame: pl.DataFrame, x: Quantity, y: Quantity, colours: Palette) -> None:
    reach = [
        each
        for name in ("value", "low", "high")
        if name in frame.columns
        for each in frame[name].drop_nulls().to_list()
    ]
    figure.update_yaxes(**value_axis(reach, y.unit, y.currency, colours))
    across = value_axis(frame["price"].to_list(), x.unit, x.currency, colours, from_zero=False)
    ends = [float(frame["price"].min() or 0), float(frame["price"].max() or 0)]  # type: ignore[arg-type]
    title = {"text": plain(x.label), "font": {"size": 12, "color": colours.muted}, "standoff": 8}
    figure.update_xaxes(**across | {"range": ends}, showgrid=False, title=title)

"""Curves by age: how something goes on after it began, one line for all and a band around it, thin ones beside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.categorical_marks import series_colour, series_symbol
from pages.ui.figures.figure_layout import ids, label, layout, legend_above, plain, texted
from pages.ui.figures.number_axes import value_axis
from pages.ui.figures.sketch import Sketch
from pages.ui.style import formats
from pages.ui.style.theme import SERIES, Palette, faded

MARKED = 30  # ages, up to which each has its mark


def age_curves(
    frame: pl.DataFrame,
    colours: Palette,
    *,
    unit: str = "percent",
    currency: str = "",
    height: int = 300,
    age_name: str = "Periods since the first purchase",
    behind: str = "",
    steps: bool = False,
) -> go.Figure:
    """`value` by `age` (a number) for each `id` and `label`; `low` and `high`, where known, are the band of a line
    that stands alone. The lines of the id `behind` (told apart by their labels) are thin and grey. `steps` holds each
    value until the next age. A click on a point gives its id and age."""
    lines = _lines(frame, unit, currency)
    figure = Sketch(layout(colours, height))
    named = [each for each in lines if each[0]["id"] != behind]
    for line in lines:
        if line[0]["id"] == behind:
            _thin(figure, line, colours)
    for at, line in enumerate(named[:SERIES]):
        colour = colours.primary if len(named) == 1 else series_colour(at, colours)
        if len(named) == 1:
            _band(figure, line, colour, steps)
        _line(figure, line, colour, series_symbol(at) if len(named) > 1 else "circle", steps)
    reach = [
        row[key] for line in lines for row in line for key in ("value", "high") if row.get(key) is not None
    ]
    figure.update_yaxes(**value_axis(reach, unit, currency, colours))
    figure.update_xaxes(
        title={"text": plain(age_name), "font": {"size": 12}}, showgrid=False, rangemode="tozero"
    )
    if len(named) > 1:
        figure.update_layout(
            showlegend=True, legend=legend_above(), margin={"t": 18 + 18 * (1 + len(named) // 5)}
        )
    return figure.figure()


def _lines(frame: pl.DataFrame, unit: str, currency: str) -> list[list[dict[str, Any]]]:
    found: dict[tuple[Any, Any], list[dict[str, Any]]] = {}
    for row in texted(frame, unit, currency):
        row["band"] = _between(row, unit, currency)
        found.setdefault((row["id"], row["label"]), []).append(row)
    return list(found.values())


def _between(row: dict[str, Any], unit: str, currency: str) -> str:
    if row.get("low") is None or row.get("high") is None:
        return ""
    low, high = (plain(formats.format_value(row[each], unit, currency)) for each in ("low", "high"))
    return f" ({low} to {high})"


def _thin(figure: Sketch, line: Sequence[dict[str, Any]], colours: Palette) -> None:
    figure.add_scatter(
        x=[row["age"] for row in line],
        y=[row["value"] for row in line],
        mode="lines",
        line={"color": faded(colours.others, 0.55), "width": 1},
        customdata=[[ids(row["id"], row["age"]), plain(row["label"]), plain(row["text"])] for row in line],
        hovertemplate="%{customdata[1]}: %{customdata[2]}<extra></extra>",
        showlegend=False,
        connectgaps=False,
    )


def _band(figure: Sketch, line: Sequence[dict[str, Any]], colour: str, steps: bool) -> None:
    known = [row for row in line if row.get("low") is not None and row.get("high") is not None]
    if not known:
        return
    shape = {"shape": "hv" if steps else "linear", "width": 0}
    ages = [row["age"] for row in known]
    for key, fill in (("high", None), ("low", "tonexty")):
        figure.add_scatter(
            x=ages,
            y=[row[key] for row in known],
            mode="lines",
            line=shape,
            fill=fill,
            fillcolor=faded(colour, 0.16),
            hoverinfo="skip",
            showlegend=False,
        )


def _line(figure: Sketch, line: Sequence[dict[str, Any]], colour: str, symbol: str, steps: bool) -> None:
    few = len(line) <= MARKED and not steps
    figure.add_scatter(
        x=[row["age"] for row in line],
        y=[row["value"] for row in line],
        name=label(line[0]["label"]),
        mode="lines+markers" if few else "lines",
        marker={"size": 6, "color": colour, "symbol": symbol},
        line={"color": colour, "width": 2, "shape": "hv" if steps else "linear"},
        customdata=[
            [ids(row["id"], row["age"]), plain(row["label"]), plain(row["text"]) + row["band"]]
            for row in line
        ],
        hovertemplate="<b>%{customdata[1]}</b>, %{x}: %{customdata[2]}<extra></extra>",
        connectgaps=False,
        cliponaxis=False,
        unselected={"marker": {"opacity": 1}},
    )

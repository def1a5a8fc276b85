"""The picture of loyalty: each customer by duration and profit, the thresholds as lines, a sign and colour a cell.

As in `figures`: pure, ids first in `customdata`, names are text and never markup.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
import polars as pl

from mining.loyalty.loyalty_cells import CELLS, TOO_NEW, LoyaltyCells
from pages.ui.figures import layout, plain
from pages.ui.figures.figure_layout import legend_above
from pages.ui.style import formats
from pages.ui.style.theme import Palette

POINTS = 2_500
SYMBOLS = ("circle", "triangle-up", "square", "x", "circle-open")
EDGES = (0.002, 0.998)
FIRST_DECADE = 1


def cell_colours(colours: Palette) -> dict[str, str]:
    """A colour a cell; grey for those who are too new."""
    return {
        name: colours.others if name == TOO_NEW else colours.series[at % len(colours.series)]
        for at, name in enumerate(CELLS)
    }


def loyalty_plane(
    found: LoyaltyCells, currency: str, colours: Palette, *, chosen: str = "", height: int = 440
) -> go.Figure:
    """Customers across days and up money, which grows tenfold a step away from nothing; a click gives the cell."""
    figure = go.Figure(layout=layout(colours, height))
    shown = sampled(found.members)
    unit = _unit(found.members["profit"])
    tints: Mapping[str, str] = cell_colours(colours)
    for at, name in enumerate(CELLS):
        part = shown.filter(pl.col("cell") == name)
        if part.is_empty():
            continue
        opacity = 0.12 if chosen and name != chosen else 0.7
        texts = [formats.format_value(each, "money", currency) for each in part["profit"]]
        figure.add_scatter(
            x=part["duration_days"].to_list(),
            y=_squeezed(part["profit"], unit),
            name=name,
            mode="markers",
            customdata=[
                [name, plain(label), f"{formats.count_text(days, 'day')}, {plain(text)}"]
                for label, days, text in zip(part["label"], part["duration_days"], texts, strict=True)
            ],
            hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<br>%{customdata[0]}<extra></extra>",
            marker={"size": 6, "color": tints[name], "symbol": SYMBOLS[at], "opacity": opacity},
            selected={"marker": {"opacity": opacity}},
            unselected={"marker": {"opacity": opacity}},
        )
    _axes(figure, found, unit, currency, colours)
    figure.update_layout(showlegend=True, legend=legend_above(), margin_t=30)
    return figure


def sampled(members: pl.DataFrame) -> pl.DataFrame:
    """At most 2,500 customers, the same each time."""
    return members if members.height <= POINTS else members.sample(POINTS, seed=0)


def _axes(figure: go.Figure, found: LoyaltyCells, unit: float, currency: str, colours: Palette) -> None:
    at = found.thresholds
    ticks = _ticks(found.members["profit"], unit)
    figure.update_xaxes(
        title={"text": "Days from first to last purchase", "font": {"size": 12}}, rangemode="tozero"
    )
    figure.update_yaxes(
        tickvals=_squeezed(pl.Series(ticks), unit),
        ticktext=[plain(formats.format_value(each, "money", currency, True)) for each in ticks],
    )
    line = {"color": colours.muted, "width": 1, "dash": "dash"}
    figure.add_vline(x=at.duration_days, line=line)
    figure.add_hline(y=_squeezed(pl.Series([at.profit]), unit)[0], line=line)


def _unit(profit: pl.Series) -> float:
    """What counts as nothing: the power of ten below a hundredth of the middle size."""
    middle = float(profit.cast(pl.Float64).abs().median() or 1.0)  # type: ignore[arg-type]
    return 10.0 ** math.floor(math.log10(max(middle, 1.0) / 10))


def _squeezed(profit: pl.Series, unit: float) -> list[float]:
    found: list[float] = np.arcsinh(profit.cast(pl.Float64).to_numpy() / unit).tolist()
    return found


def _ticks(profit: pl.Series, unit: float) -> list[float]:
    """Nothing, and the powers of ten within sight on either side."""
    low, high = float(profit.min() or 0), float(profit.max() or 0)  # type: ignore[arg-type]
    powers = [unit * 10**step for step in range(FIRST_DECADE, 12)]
    above = [each for each in powers if each <= high]
    below = [-each for each in powers if -each >= low]
    return [*reversed(below), 0.0, *above]

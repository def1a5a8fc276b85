"""Deliveries over time: a bar each, what was rejected hollow on top."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.figure_layout import layout, plain
from pages.ui.figures.number_axes import value_axis
from pages.ui.style import formats
from pages.ui.style.theme import Palette

FEWEST = 8


def volumes(frame: pl.DataFrame, colours: Palette, *, height: int = 220) -> go.Figure:
    """One bar a row of `batch`, `as_of`, `loaded`, `repeats` and `rejected`, the oldest first.

    A click gives `[batch]`. Bars stand side by side, whatever the time between them: what is compared is size.
    """
    figure = go.Figure(layout=layout(colours, height))
    places = list(range(frame.height))
    held = (frame["rows"] - frame["rejected"]).to_list()
    custom = [[str(row["batch"]), plain(_told(row))] for row in frame.iter_rows(named=True)]
    hover = "%{customdata[1]}<extra></extra>"
    figure.add_bar(x=places, y=held, customdata=custom, hovertemplate=hover, marker={"color": colours.fill})
    figure.add_bar(
        x=places,
        y=[each or None for each in frame["rejected"]],
        customdata=custom,
        hovertemplate=hover,
        marker={"color": "rgba(0,0,0,0)", "line": {"color": colours.bad, "width": 1.5}},
    )
    figure.update_yaxes(**value_axis(frame["rows"], "count", "", colours))
    shown = places[:: max(1, -(-len(places) // 6))]
    days = [f"{formats.format_day_of_year(each)}<br>{each.year}" for each in frame["as_of"].to_list()]
    figure.update_xaxes(
        showgrid=False, tickmode="array", tickvals=shown, ticktext=[days[at] for at in shown], tickangle=0
    )
    # Few bars stand at the left in their usual width: one as wide as the card would look like a block.
    figure.update_xaxes(range=[-0.6, max(frame.height, FEWEST) - 0.4])
    return figure.update_layout(barmode="stack", bargap=0.3)


def _told(row: dict[str, Any]) -> str:
    rejected = f", {formats.number_text(row['rejected'])} rejected" if row["rejected"] else ""
    return f"{formats.format_day(row['as_of'])}: {formats.count_text(row['rows'], 'row')}{rejected}"

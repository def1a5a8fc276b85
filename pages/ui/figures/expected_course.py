"""The course of a series beside what was expected of it, the place where it went another way marked."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.figure_layout import layout, plain, texted
from pages.ui.figures.number_axes import value_axis
from pages.ui.figures.sketch import Sketch
from pages.ui.figures.time_axis import period_text, time_axis
from pages.ui.style import formats
from pages.ui.style.theme import Palette, faded


def expected_course(
    frame: pl.DataFrame, colours: Palette, *, unit: str = "money", currency: str = "", height: int = 170
) -> go.Figure:
    """`value` by `period` (a date) as a line, `expected` dashed, `low` to `high` as a band around it. The periods where
    `in_place` holds lie on a grey ground and have filled marks. A click on a point gives its `id`."""
    rows = texted(frame, unit, currency)
    figure = Sketch(layout(colours, height))
    if not rows:
        return figure.blank()
    periods = [row["period"] for row in rows]
    places = [row["period"] for row in rows if row["in_place"]]
    if places:
        half = (periods[-1] - periods[0]) / max(len(periods) - 1, 1) / 2
        figure.add_shape(
            type="rect", x0=places[0] - half, x1=places[-1] + half, xref="x", y0=0, y1=1, yref="y domain",
            fillcolor=faded(colours.others, 0.18), line={"width": 0}, layer="below",
        )  # fmt: skip
    _band(figure, rows, periods, colours)
    figure.add_scatter(
        x=periods,
        y=[row["value"] for row in rows],
        mode="lines+markers",
        connectgaps=False,
        line={"color": colours.primary, "width": 2},
        marker={
            "size": [7 if row["in_place"] else 3 for row in rows],
            "color": colours.primary,
            "symbol": ["diamond" if row["in_place"] else "circle" for row in rows],
        },
        customdata=[_told(row, periods, unit, currency) for row in rows],
        hovertemplate="%{customdata[1]}<extra></extra>",
        cliponaxis=False,
        unselected={"marker": {"opacity": 1}},
    )
    reach = [row[key] for row in rows for key in ("value", "expected") if row[key] is not None]
    axis = value_axis(reach, unit, currency, colours)
    figure.update_yaxes(**axis)
    figure.update_xaxes(**time_axis(periods, colours))
    return figure.figure()


def _band(figure: Sketch, rows: list[dict[str, Any]], periods: list[Any], colours: Palette) -> None:
    """The band in grey, and the expected as a dashed line in its midst."""
    for key, fill in (("high", None), ("low", "tonexty")):
        figure.add_scatter(
            x=periods, y=[row[key] for row in rows], mode="lines", line={"width": 0}, fill=fill,
            fillcolor=faded(colours.others, 0.3), hoverinfo="skip", showlegend=False,
        )  # fmt: skip
    figure.add_scatter(
        x=periods,
        y=[row["expected"] for row in rows],
        mode="lines",
        line={"color": colours.muted, "width": 1.5, "dash": "4px,3px"},
        hoverinfo="skip",
        showlegend=False,
    )


def _told(row: dict[str, Any], periods: list[Any], unit: str, currency: str) -> list[str]:
    def text(key: str) -> str:
        return plain(formats.format_value(row[key], unit, currency))

    between = "" if row["low"] is None or row["high"] is None else f" ({text('low')} to {text('high')})"
    expected = "" if row["expected"] is None else f"<br>Expected: {text('expected')}{between}"
    period = plain(period_text(row["period"], periods))
    return [row["id"], f"<b>{period}</b><br>{plain(row['text'])}{expected}"]

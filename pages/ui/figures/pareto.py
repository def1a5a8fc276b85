"""A Pareto chart: members from the greatest down, and what they make of the total together."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.figure_layout import headline, label, layout, plain, texted
from pages.ui.figures.number_axes import value_axis
from pages.ui.figures.rest_members import hatch, is_others, is_rest, reach, within
from pages.ui.figures.sketch import Sketch
from pages.ui.style import formats
from pages.ui.style.theme import Palette

VITAL = 0.8
ROUNDING = 1e-9
NAMED, POINTED = 24, 40
HOVER = "<b>%{customdata[1]}</b><br>%{customdata[2]}<br>With those before: %{customdata[3]}<extra></extra>"


def pareto(
    frame: pl.DataFrame,
    colours: Palette,
    *,
    unit: str = "money",
    currency: str = "",
    height: int = 360,
) -> go.Figure:
    """Bars from the greatest down, Others last, and the running share of the total on the right.

    Only for what adds up. Members at or below zero have no part of the total and are counted in the headline.
    """
    rows = _ranked(texted(frame, unit, currency))
    figure = Sketch(layout(colours, height))
    if not rows:
        return figure.blank()
    shares = _running_shares(rows)
    vital = _vital(shares)
    _, high = reach((row["id"], row["value"]) for row in rows)
    custom = [
        [row["id"], plain(row["label"]), plain(row["text"]), formats.share_text(share, 1)]
        for row, share in zip(rows, shares, strict=True)
    ]
    _bars(figure, rows, custom, vital, high, colours)
    _share_line(figure, shares, custom, colours)
    _broken_text(figure, rows, high, colours)
    _axes(figure, rows, value_axis([0, high], unit, currency, colours), colours)
    headline(figure, pareto_words(frame), colours)
    return figure.figure()


def pareto_words(frame: pl.DataFrame) -> str:
    """How few members make 80% of the total, as a sentence; empty where there is no total."""
    rows = _ranked(frame.to_dicts())
    if not rows:
        return ""
    named = [row for row in rows if not is_others(row["id"])]
    vital = _vital(_running_shares(rows))
    left_out = sum(not is_others(row["id"]) for row in frame.iter_rows(named=True)) - len(named)
    members = formats.count_text(len(named), "member")
    beside = f" {formats.count_text(left_out, 'member')} at or below zero not drawn." if left_out else ""
    if vital > len(named):
        share = _running_shares(rows)[len(named) - 1] if named else 0.0
        return f"The {members} named make {formats.share_text(share)} of the total.{beside}"
    makes = f"{'makes' if vital == 1 else 'make'} {formats.share_text(VITAL)}"
    return f"{formats.number_text(vital)} of {members} {makes} of the total.{beside}"


def _ranked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Members above zero from the greatest down, Others at the end."""
    above = [row for row in rows if (row["value"] or 0) > 0]
    return sorted(above, key=lambda row: (is_others(row["id"]), -row["value"]))


def _running_shares(rows: list[dict[str, Any]]) -> list[float]:
    total = sum(row["value"] for row in rows)
    return [min(running / total, 1.0) for running in accumulate(row["value"] for row in rows)]


def _vital(shares: list[float]) -> int:
    """How many of the first reach 80% together."""
    return next((place for place, share in enumerate(shares, 1) if share >= VITAL - ROUNDING), len(shares))


def _colour(row: dict[str, Any], vital: bool, colours: Palette) -> str:
    if is_rest(row["id"]):
        return colours.others
    return colours.fill if vital else colours.sequential[3]


def _bars(
    figure: Sketch,
    rows: list[dict[str, Any]],
    custom: list[list[Any]],
    vital: int,
    high: float,
    colours: Palette,
) -> None:
    figure.add_bar(
        x=list(range(len(rows))),
        y=[within(row["value"], 0, high) for row in rows],
        width=0.72,
        customdata=custom,
        hovertemplate=HOVER,
        marker={
            "color": [_colour(row, place < vital, colours) for place, row in enumerate(rows)],
            "pattern": hatch(colours, [is_others(row["id"]) for row in rows]),
            "line": {"width": 0},
            "cornerradius": 3 if len(rows) <= POINTED else 0,
        },
        unselected={"marker": {"opacity": 1}},
    )


def _share_line(figure: Sketch, shares: list[float], custom: list[list[Any]], colours: Palette) -> None:
    figure.add_scatter(
        x=list(range(len(shares))),
        y=shares,
        yaxis="y2",
        mode="lines+markers" if len(shares) <= POINTED else "lines",
        customdata=custom,
        hovertemplate=HOVER,
        line={"color": colours.text, "width": 1.5},
        marker={"size": 5, "color": colours.text},
        cliponaxis=False,
        unselected={"marker": {"opacity": 1}},
    )
    figure.add_shape(
        type="line",
        x0=0,
        x1=1,
        xref="paper",
        y0=VITAL,
        y1=VITAL,
        yref="y2",
        line={"color": colours.muted, "width": 1, "dash": "dot"},
    )


def _broken_text(figure: Sketch, rows: list[dict[str, Any]], high: float, colours: Palette) -> None:
    """The value of a bar that ends before it, written on the bar."""
    for place, row in enumerate(rows):
        if row["value"] > high:
            figure.add_annotation(
                x=place,
                y=high / 2,
                text=plain(row["text"]),
                textangle=-90,
                showarrow=False,
                bgcolor=colours.card,
                font={"size": 11, "color": colours.text},
            )


def _axes(figure: Sketch, rows: list[dict[str, Any]], values: dict[str, Any], colours: Palette) -> None:
    few = len(rows) <= NAMED
    figure.update_xaxes(
        tickvals=list(range(len(rows))) if few else [],
        ticktext=[label(row["label"], 16) for row in rows] if few else [],
        autotickangles=[0, -45, -90],
        range=[-0.6, len(rows) - 0.4],
        showgrid=False,
        tickfont={"color": colours.text},
    )
    figure.update_yaxes(**values)
    figure.update_layout(
        margin={"b": 4 if few else 12},
        yaxis2={
            "overlaying": "y",
            "side": "right",
            "range": [0, 1.02],
            "tickvals": [0, 0.2, 0.4, 0.6, 0.8, 1],
            "ticktext": ["0%", "20%", "40%", "60%", "80%", "100%"],
            "showgrid": False,
            "fixedrange": True,
            "automargin": True,
            "ticklabelstandoff": 6,
        },
    )

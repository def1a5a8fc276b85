"""A treemap: areas by value, coloured by growth."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.figure_layout import layout, note, plain, texted
from pages.ui.figures.rest_members import hatch, is_others
from pages.ui.figures.sketch import Sketch
from pages.ui.style import formats
from pages.ui.style.theme import Palette, mix, readable_on

STRIP, AIR = 26, 6  # pixels of the strip of Others, and above it


def treemap(
    frame: pl.DataFrame,
    colours: Palette,
    *,
    unit: str = "money",
    currency: str = "",
    height: int = 420,
) -> go.Figure:
    """Areas by value; with `previous`, coloured by growth. A `parent` column nests them.

    Others lies in a strip of its own with its share told, or hatched where it has a parent; its area would leave the
    members none. What is not above zero has no area and is counted in a note.
    """
    drawn = [row for row in texted(frame, unit, currency) if (row["value"] or 0) > 0]
    apart = [] if "parent" in frame.columns else [row for row in drawn if is_others(row["id"])]
    rows = [row for row in drawn if row not in apart]
    grows = "previous" in frame.columns
    tiles = [_tile_colour(row, rows, grows, unit, colours) for row in rows]
    growths = [_growth(row, unit) for row in rows]
    figure = Sketch(layout(colours, height))
    figure.add_treemap(
        ids=[str(row["id"]) for row in rows],
        labels=[plain(row["label"]) for row in rows],
        parents=[str(row.get("parent") or "") for row in rows],
        values=[row["value"] for row in rows],
        text=[
            f"{plain(row['text'])}   {change}" if change else plain(row["text"])
            for row, change in zip(rows, growths, strict=True)
        ],
        customdata=[
            [row["id"], plain(row["label"]), plain(row["text"]), change or "no comparison"]
            for row, change in zip(rows, growths, strict=True)
        ],
        branchvalues="total",
        texttemplate="\N{NO-BREAK SPACE}<b>%{label}</b><br>\N{NO-BREAK SPACE}%{text}",
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<br>%{customdata[3]}<extra></extra>",
        textposition="top left",
        textfont={"color": [readable_on(tile) for tile in tiles], "size": 12},
        marker={
            "colors": tiles,
            "cornerradius": 4,
            "line": {"width": 2, "color": colours.card},
            "pattern": hatch(colours, [is_others(row["id"]) for row in rows]),
            "pad": {"t": 20 if "parent" in frame.columns else 0, "l": 0, "r": 0, "b": 0},
        },
        root={"color": "rgba(0,0,0,0)"},
        tiling={"packing": "squarify", "pad": 1},
        pathbar={"visible": False},
        sort=False,
        maxdepth=3,
        domain={"y": [STRIP / height + AIR / height, 1]} if apart else None,
    )
    if apart:
        _strip(figure, apart, sum(row["value"] for row in drawn), colours)
    left_out = frame.height - len(drawn)
    if left_out:
        note(figure, f"{formats.count_text(left_out, 'member')} at or below zero not drawn", colours)
    figure.update_layout(
        margin={"l": 0, "r": 0, "t": 0, "b": 18 if left_out else 0},
        uniformtext={"minsize": 9, "mode": "hide"},
    )
    return figure.figure()


def _strip(figure: Sketch, apart: list[dict[str, Any]], total: float, colours: Palette) -> None:
    """Others below the tiles: not to their scale, its value and its share of all written on it."""
    share = STRIP / figure.layout["height"]
    figure.add_bar(
        x=[1 / len(apart)] * len(apart),
        y=[0] * len(apart),
        orientation="h",
        width=1,
        customdata=[[row["id"], plain(row["label"]), plain(row["text"])] for row in apart],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}, not drawn to scale<extra></extra>",
        marker={
            "color": colours.others,
            "pattern": hatch(colours, [True] * len(apart)),
            "cornerradius": 4,
            "line": {"width": 0},
        },
        unselected={"marker": {"opacity": 1}},
    )
    said = " · ".join(
        f"<b>{plain(row['label'])}</b> {plain(row['text'])}, {formats.share_text(row['value'] / total)} of all"
        for row in apart
    )
    figure.add_annotation(
        text=said,
        x=0,
        y=0,
        xanchor="left",
        xshift=6,
        showarrow=False,
        bgcolor=colours.card,
        borderpad=2,
        font={"size": 12, "color": colours.text},
    )
    figure.update_xaxes(visible=False, range=[0, 1])
    figure.update_yaxes(visible=False, range=[-0.5, 0.5], domain=[0, share])
    figure.update_layout(barmode="stack")


def _tile_colour(
    row: dict[str, Any], rows: list[dict[str, Any]], grows: bool, unit: str, colours: Palette
) -> str:
    if is_others(row["id"]):
        return colours.diverging[3]
    if not grows:
        named = [each["value"] for each in rows if not is_others(each["id"])]
        return mix(colours.sequential[1:6], row["value"] / max(named))
    changes = [
        formats.growth(each["value"], each.get("previous"), unit)
        for each in rows
        if not is_others(each["id"])
    ]
    widest = max((abs(each) for each in changes if each is not None), default=0) or 1
    change = formats.growth(row["value"], row.get("previous"), unit) or 0
    return mix(colours.diverging, 0.5 + 0.5 * change / max(widest, 0.02))


def _growth(row: dict[str, Any], unit: str) -> str:
    """How much a member grew, after an arrow that says which way; empty where nothing compares."""
    pair = row["value"], row.get("previous")
    arrow = ("", "▲ ", "▼ ")[formats.trend(*pair, unit)]
    return f"{arrow}{formats.delta_text(*pair, unit)}"

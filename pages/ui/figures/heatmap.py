"""A heat map of rows by columns, whose cells can be clicked."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.figure_layout import ids, label, layout, members, plain, shortened, texted
from pages.ui.figures.rest_members import hatch, is_others
from pages.ui.figures.sketch import Sketch
from pages.ui.style.theme import Palette, mix, readable_on

CELL_TEXTS = 240
PARTIAL, PLAIN = "partial", "plain"
ROOM, CHARACTER, AIR = (
    405,
    6.4,
    6,
)  # pixels: all columns in the narrowest card of a screen, a figure, between two texts


def heatmap(
    frame: pl.DataFrame,
    colours: Palette,
    *,
    unit: str = "money",
    currency: str = "",
    height: int | None = None,
    middle: float | None = None,
    room: int = ROOM,
    most_texts: int = CELL_TEXTS,
    hatch_absent: bool = False,
    chosen: tuple[str, str] | None = None,
    edges: Mapping[tuple[str, str], str] | None = None,
) -> go.Figure:
    """Rows by columns (`row_id`, `row_label`, `column_id`, `column_label`, `value`); diverging around `middle`.

    The cells of Others are hatched and give the colours no scale; so do those of `mark` PARTIAL, and those of `mark`
    PLAIN, which have no colour at all. `hatch_absent` hatches the cells that there are not, too. All columns have
    `room` pixels; more than `most_texts` cells, or texts that would touch, are not written. `chosen` (row and column)
    gets a frame, as do those of `edges`, each in its colour. Clicks give `[row_id, column_id]`: they arrive by
    transparent squares, since Plotly's heat map sends none.
    """
    rows, columns = members(frame, "row"), members(frame, "column")
    cells = {(cell["row_id"], cell["column_id"]): cell for cell in texted(frame, unit, currency)}
    grid = [[cells.get((r, c)) for c in columns] for r in rows]
    values = [[cell["value"] if cell and not _off_scale(cell) else None for cell in line] for line in grid]
    height = height or max(160, 44 + 30 * len(rows))
    figure = Sketch(layout(colours, height))
    bottom, top, scale = _heat_range(values, middle, colours)
    figure.add_heatmap(
        z=values,
        x=list(range(len(columns))),
        y=list(range(len(rows))),
        colorscale=_colorscale(scale),
        zmin=bottom,
        zmax=top,
        xgap=2,
        ygap=2,
        showscale=False,
        hoverinfo="skip",
    )
    flat = [
        (x, y, cell)
        for y, line in enumerate(grid)
        for x, cell in enumerate(line)
        if cell and cell["value"] is not None
    ]
    _hatched(figure, [(x, y) for x, y, cell in flat if _is_hatched(cell)], colours)
    if hatch_absent:
        absent = [(x, y) for y, line in enumerate(grid) for x, cell in enumerate(line) if cell is None]
        _hatched(figure, absent, colours, 0.07)
    _heat_clicks(figure, flat, rows, columns, height)
    if len(flat) <= most_texts and _fit([cell["text"] for _, _, cell in flat], len(columns), room):
        _heat_texts(figure, flat, bottom, top, scale, colours)
    figure.update_layout(barmode="overlay")
    framed = {**(edges or {}), **({chosen: colours.text} if chosen else {})}
    for (row, column), colour in framed.items():
        if row in rows and column in columns:
            _framed(figure, [*columns].index(column), [*rows].index(row), colour)
    figure.update_xaxes(
        side="top",
        tickvals=list(range(len(columns))),
        ticktext=[_wrapped(t) for t in columns.values()],
        showgrid=False,
        range=[-0.5, len(columns) - 0.5],
        autotickangles=[0, -45, -90],
    )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[label(t) for t in rows.values()],
        showgrid=False,
        range=[len(rows) - 0.5, -0.5],
        ticklabelstandoff=6,
    )
    return figure.figure()


def segment_profile(frame: pl.DataFrame, colours: Palette, *, height: int | None = None) -> go.Figure:
    """Segments (`column_id`, `column_label`) against everyone, as an index where 100 is the average."""
    return heatmap(frame, colours, unit="index", middle=100.0, height=height)


def _fit(texts: list[str], columns: int, room: int = ROOM) -> bool:
    """Whether texts stand beside each other without touching; on a phone the style sheet has the last word."""
    widest = max(map(len, texts), default=0)
    return columns * (widest * CHARACTER + AIR) <= room


def _heat_range(
    values: list[list[float | None]], middle: float | None, colours: Palette
) -> tuple[float, float, tuple[str, ...]]:
    flat = [each for row in values for each in row if each is not None] or [0.0]
    if middle is None:
        return min(0.0, *flat), max(*flat, 0.0) or 1.0, colours.sequential
    reach = max(abs(each - middle) for each in flat) or 1.0
    return middle - reach, middle + reach, colours.diverging


def _off_scale(cell: dict[str, Any]) -> bool:
    return bool(cell.get("mark")) or is_others(cell["row_id"]) or is_others(cell["column_id"])


def _is_hatched(cell: dict[str, Any]) -> bool:
    return _off_scale(cell) and cell.get("mark") != PLAIN


def _hatched(figure: Sketch, apart: list[tuple[int, int]], colours: Palette, opacity: float = 0.15) -> None:
    if apart:
        figure.add_bar(
            x=[x for x, _ in apart],
            y=[0.93] * len(apart),
            base=[y - 0.465 for _, y in apart],
            width=0.97,
            hoverinfo="skip",
            marker={
                "color": colours.card,
                "line": {"width": 0},
                "pattern": hatch(colours, [True] * len(apart)) | {"fgopacity": opacity},
            },
        )


def _framed(figure: Sketch, x: int, y: int, colour: str) -> None:
    sides = {"x0": x - 0.5, "x1": x + 0.5, "y0": y - 0.5, "y1": y + 0.5}
    figure.add_shape(type="rect", line={"color": colour, "width": 2}, **sides)


def _heat_clicks(
    figure: Sketch,
    flat: list[tuple[int, int, dict[str, Any]]],
    rows: dict[str, str],
    columns: dict[str, str],
    height: int,
) -> None:
    figure.add_scatter(
        x=[x for x, _, _ in flat],
        y=[y for _, y, _ in flat],
        mode="markers",
        customdata=[
            [
                ids(cell["row_id"], cell["column_id"]),
                plain(cell["row_label"]),
                plain(cell["column_label"]),
                plain(cell["text"]),
            ]
            for _, _, cell in flat
        ],
        hovertemplate="<b>%{customdata[1]} · %{customdata[2]}</b><br>%{customdata[3]}<extra></extra>",
        marker={
            "symbol": "square",
            "size": max(10, (height - 44) / max(len(rows), 1) - 4),
            "opacity": 0,
            "color": "#000000",
        },
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
    )


def _heat_texts(
    figure: Sketch,
    flat: list[tuple[int, int, dict[str, Any]]],
    bottom: float,
    top: float,
    scale: tuple[str, ...],
    colours: Palette,
) -> None:
    figure.add_scatter(
        x=[x for x, _, _ in flat],
        y=[y for _, y, _ in flat],
        mode="text",
        hoverinfo="skip",
        text=[plain(cell["text"]) for _, _, cell in flat],
        textfont={
            "size": 11,
            "color": [
                colours.text
                if _off_scale(cell)
                else readable_on(mix(scale, (cell["value"] - bottom) / (top - bottom)))
                for _, _, cell in flat
            ],
        },
    )


def _colorscale(scale: tuple[str, ...]) -> list[list[Any]]:
    return [[place / (len(scale) - 1), colour] for place, colour in enumerate(scale)]


def _wrapped(text: Any, width: int = 13) -> str:
    """A column's name on at most two lines, shortened in the middle."""
    lines = textwrap.wrap(shortened(text, 2 * width - 2), width, max_lines=2, placeholder="…") or [""]
    return "<br>".join(plain(each) for each in lines)

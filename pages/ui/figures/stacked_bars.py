"""Stacked bars: rows, each made of the members of a column level, as amounts or as shares of the row."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.bar_chart import GAP, ROW_PIXELS, breaks, member_axis
from pages.ui.figures.categorical_marks import series_colour, series_pattern
from pages.ui.figures.figure_layout import ids, label, layout, legend_above, members, note, plain, texted
from pages.ui.figures.rest_members import is_others, is_rest
from pages.ui.figures.sketch import Sketch
from pages.ui.style import formats
from pages.ui.style.theme import SERIES, Palette, readable_on

WRITTEN = 0.09
LEGEND_PIXELS = 17

Cells = dict[tuple[Any, Any], dict[str, Any]]


def stacked(
    frame: pl.DataFrame,
    colours: Palette,
    *,
    unit: str = "money",
    currency: str = "",
    shares: bool = False,
    height: int | None = None,
) -> go.Figure:
    """A bar a row and a part a column (`row_id`, `row_label`, `column_id`, `column_label`, `value`), both in order.

    Only for what adds up. `shares` draws every bar as 100%; parts below zero, which are no share of anything, are
    then counted in a note. The row of Others is squeezed to the longest member's bar, its total written. A click
    gives `[row_id, column_id]`.
    """
    rows, columns = members(frame, "row"), members(frame, "column")
    cells: Cells = {(cell["row_id"], cell["column_id"]): cell for cell in texted(frame, unit, currency)}
    totals = {row: sum((cells[row, c]["value"] or 0) for c in columns if (row, c) in cells) for row in rows}
    sizes = _shares(cells) if shares else _squeezed(cells, rows)
    height = height or max(130, 30 + ROW_PIXELS * len(rows) + LEGEND_PIXELS * -(-len(columns) // 2))
    figure = Sketch(layout(colours, height))
    for place, column in enumerate(_drawn_order(columns)):
        _part(figure, place, (column, columns[column]), rows, cells, sizes, shares, colours)
    reached = [0.0, 1.0] if shares else _ends(sizes, rows)
    beyond = 10
    if not shares:
        beyond = _totals(figure, rows, totals, sizes, (unit, currency), colours)
    low, high = min([0.0, *reached]), max([0.0, *reached])
    figure.update_xaxes(visible=False, range=[low, high if high > low else low + 1])
    figure.update_layout(uniformtext={"minsize": 10, "mode": "hide"})
    figure.update_layout(barmode="relative", margin={"r": beyond}, showlegend=True, legend=legend_above())
    below = sum(1 for cell in cells.values() if (cell["value"] or 0) < 0)
    if shares and below:
        note(figure, f"{formats.count_text(below, 'part')} below zero not drawn", colours)
    member_axis(figure, list(rows.values()), 6, colours)
    return figure.figure()


def _drawn_order(columns: dict[Any, str]) -> list[Any]:
    """Members first, the rest behind them."""
    return sorted(columns, key=is_rest)


def _shares(cells: Cells) -> dict[tuple[Any, Any], float]:
    wholes: dict[Any, float] = {}
    for (row, _), cell in cells.items():
        wholes[row] = wholes.get(row, 0.0) + max(cell["value"] or 0, 0)
    return {key: max(cell["value"] or 0, 0) / (wholes[key[0]] or 1) for key, cell in cells.items()}


def _squeezed(cells: Cells, rows: dict[Any, str]) -> dict[tuple[Any, Any], float]:
    """The values as they are, but for Others, whose parts are made smaller until its bar fits."""
    sizes = {key: cell["value"] or 0.0 for key, cell in cells.items()}
    longest = max(_lengths(sizes, [row for row in rows if not is_others(row)]), default=0.0)
    for row in filter(is_others, rows):
        whole = max(_lengths(sizes, [row]), default=0.0)
        if longest and whole > longest:
            sizes |= {key: value * longest / whole for key, value in sizes.items() if key[0] == row}
    return sizes


def _lengths(sizes: dict[tuple[Any, Any], float], rows: list[Any]) -> list[float]:
    return [sum(value for (at, _), value in sizes.items() if at == row and value > 0) for row in rows]


def _ends(sizes: dict[tuple[Any, Any], float], rows: dict[Any, str]) -> list[float]:
    ups = _lengths(sizes, list(rows))
    return [*ups, *(-each for each in _lengths({key: -value for key, value in sizes.items()}, list(rows)))]


def _part(
    figure: Sketch,
    place: int,
    column: tuple[Any, str],
    rows: dict[Any, str],
    cells: Cells,
    sizes: dict[tuple[Any, Any], float],
    shares: bool,
    colours: Palette,
) -> None:
    """One column's part of every row that has it."""
    identity, name = column
    grey = is_rest(identity) or place >= SERIES
    colour = colours.others if grey else series_colour(place, colours)
    pattern = "/" if grey else series_pattern(place)
    having = [(at, row) for at, row in enumerate(rows) if (row, identity) in cells]
    parts = [sizes[row, identity] for _, row in having]
    written = [formats.share_text(part) if part >= WRITTEN else "" for part in parts]
    figure.add_bar(
        x=parts,
        y=[at for at, _ in having],
        orientation="h",
        width=0.62 if len(rows) > 2 else 0.42,
        name=label(name, 20),
        customdata=_custom(cells, [(row, identity) for _, row in having]),
        hovertemplate="<b>%{customdata[1]} · %{customdata[2]}</b><br>%{customdata[3]}<br>"
        "%{customdata[4]} of the row<extra></extra>",
        text=written if shares and not pattern else None,
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        textfont={"size": 11, "color": readable_on(colour)},
        marker=_marker(colour, pattern, colours),
        unselected={"marker": {"opacity": 1}},
    )


def _custom(cells: Cells, keys: list[tuple[Any, Any]]) -> list[list[str]]:
    whole = _shares(cells)
    return [
        [
            ids(*key),
            plain(cells[key]["row_label"]),
            plain(cells[key]["column_label"]),
            plain(cells[key]["text"]),
            formats.share_text(whole[key], 1),
        ]
        for key in keys
    ]


def _marker(colour: str, pattern: str, colours: Palette) -> dict[str, Any]:
    return {
        "color": colour,
        "line": {"width": 1, "color": colours.card},
        "pattern": {
            "shape": pattern,
            "size": 7,
            "solidity": 0.2,
            "fillmode": "overlay",
            "fgcolor": colours.card,
            "fgopacity": 0.75,
        },
    }


def _totals(
    figure: Sketch,
    rows: dict[Any, str],
    totals: dict[Any, float],
    sizes: dict[tuple[Any, Any], float],
    shown: tuple[str, str],
    colours: Palette,
) -> int:
    """Each row's total beyond its bar, which is broken where it is squeezed; how many pixels the totals take."""
    scale = formats.scale_of(totals.values(), *shown)
    texts = [formats.format_value(total, *shown, scale) for total in totals.values()]
    ends = _lengths(sizes, list(rows))
    figure.add_scatter(
        x=ends,
        y=list(range(len(rows))),
        mode="text",
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
        text=[f"{GAP}{plain(text)}" for text in texts],
        textposition="middle right",
        textfont={"size": 12, "color": colours.text},
    )
    cut = {
        place: ends[place]
        for place, (row, total) in enumerate(totals.items())
        if is_others(row) and sum(size for (at, _), size in sizes.items() if at == row) < total * (1 - 1e-9)
    }
    breaks(figure, cut, ROW_PIXELS * 0.62, colours)
    return 14 + 7 * max(map(len, texts), default=0)

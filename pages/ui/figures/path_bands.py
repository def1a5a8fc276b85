"""A Sankey diagram of ways: channels one after another from the left, and at the right what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.figure_layout import label, layout, plain
from pages.ui.figures.flow_diagram import BAND, GAP, HALO, NODE_PIXELS
from pages.ui.figures.sketch import Sketch
from pages.ui.style.formats import number_text
from pages.ui.style.theme import Palette, faded

LEAST, PIXELS_A_NODE = 360, 52


def path_bands(
    frame: pl.DataFrame, colours: Palette, tints: Mapping[str, str], signs: Mapping[str, str]
) -> go.Figure:
    """Bands between `from` at step `from_step` (0 is the left) and `to` at the next; those that end (`is_end`) go to
    their `outcome`, at the right, as wide as `paths`. Each outcome has its tint and its sign, which stands in its name,
    so that whoever does not tell the tints apart reads the signs."""
    bands = [row for row in frame.to_dicts() if row["paths"] > 0]
    totals: dict[tuple[int, str], float] = {}
    for row in bands:
        begin, end = _begin(row), _end(row)
        if row["from_step"] == 0 or begin not in totals:
            totals.setdefault(begin, 0.0)
        if row["from_step"] == 0:
            totals[begin] += row["paths"]
        totals[end] = totals.get(end, 0.0) + row["paths"]
    place = {node: at for at, node in enumerate(totals)}
    columns: dict[int, int] = {}
    for step, _ in totals:
        columns[step] = columns.get(step, 0) + 1
    figure = Sketch(layout(colours, max(LEAST, PIXELS_A_NODE * max(columns.values(), default=0))))
    if not bands:
        return figure.blank()
    figure.add_sankey(
        arrangement="snap",
        node={
            "label": [_name(node, total, signs) for node, total in totals.items()],
            "color": [tints[name] if step < 0 else colours.muted for step, name in totals],
            "thickness": NODE_PIXELS,
            "pad": GAP,
            "line": {"width": 0},
            "hovertemplate": "<b>%{label}</b><extra></extra>",
        },
        link={
            "source": [place[_begin(row)] for row in bands],
            "target": [place[_end(row)] for row in bands],
            "value": [row["paths"] for row in bands],
            "color": [faded(tints[row["outcome"]], BAND) for row in bands],
            "customdata": [_told(row, signs) for row in bands],
            "hovertemplate": "<b>%{customdata[0]}</b><br>%{customdata[1]}<extra></extra>",
        },
        textfont={"size": 12, "color": colours.text, "shadow": HALO.format(colours.card)},
    )
    return figure.blank()


def _begin(row: Mapping[str, Any]) -> tuple[int, str]:
    return row["from_step"], row["from"]


def _end(row: Mapping[str, Any]) -> tuple[int, str]:
    """The node that a band goes to; outcomes stand at no step."""
    return (-1, row["outcome"]) if row["is_end"] else (row["from_step"] + 1, row["to"])


def _name(node: tuple[int, str], total: float, signs: Mapping[str, str]) -> str:
    step, name = node
    sign = f"{plain(signs[name])} " if step < 0 else ""
    return f"{sign}{label(name)} {number_text(total)}"


def _told(row: Mapping[str, Any], signs: Mapping[str, str]) -> list[str]:
    to = row["outcome"] if row["is_end"] else row["to"]
    ends = f"{plain(signs[row['outcome']])} {plain(row['outcome'])} in the end"
    return [f"{plain(row['from'])} › {plain(to)}", f"{number_text(row['paths'])}, {ends}"]

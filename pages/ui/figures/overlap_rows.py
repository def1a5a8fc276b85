"""How groups overlap, a row a region: which groups it lies in as joined dots, how many are there as a bar (UpSet).

After Lex et al. (2014), UpSet: Visualization of intersecting sets, IEEE TVCG 20(12), rows for columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.figure_layout import layout, plain, texted
from pages.ui.figures.sketch import Sketch
from pages.ui.style.theme import Palette

ROW, ABOVE, BELOW = 30, 26, 6
DOTS, A_DOT, GAP = 0.06, 0.045, 0.03  # shares of the width
THICK = 0.6


def overlap_rows(frame: pl.DataFrame, letters: Sequence[str], colours: Palette) -> go.Figure:
    """Rows in the frame's order: `id`, `label` (the region in words), `mask` (bit n: it lies in the group of the n-th
    letter), `value` (how many), `kept` (whether it is chosen: those bars are full and dark, the others hatched)."""
    rows = texted(frame, "count", "")
    height = ABOVE + BELOW + ROW * max(len(rows), 1)
    figure = Sketch(layout(colours, height))
    _sizes(figure, rows, colours)
    _membership(figure, rows, len(letters), colours)
    most = max((row["value"] for row in rows), default=0) or 1
    beyond = 14 + 7 * max((len(row["text"]) for row in rows), default=0)
    lines = [max(len(rows), 1) - 0.5, -0.5]
    edge = DOTS + A_DOT * len(letters)
    figure.update_xaxes(domain=[edge + GAP, 1], visible=False, range=[0, most], automargin=False)
    figure.update_yaxes(visible=False, range=lines, automargin=False)
    figure.update_layout(
        margin={"t": ABOVE, "b": BELOW, "l": 4, "r": beyond},
        xaxis2=_heads(letters, edge, colours),
        yaxis2={"visible": False, "range": lines, "fixedrange": True, "anchor": "x2"},
    )
    return figure.figure()


def _heads(letters: Sequence[str], edge: float, colours: Palette) -> dict[str, Any]:
    """The groups' letters above their dots."""
    return {
        "domain": [0, edge],
        "anchor": "y2",
        "side": "top",
        "fixedrange": True,
        "zeroline": False,
        "showgrid": False,
        "ticks": "",
        "range": [-0.6, len(letters) - 0.4],
        "tickvals": list(range(len(letters))),
        "ticktext": [f"<b>{plain(each)}</b>" for each in letters],
        "tickfont": {"size": 12, "color": colours.text},
    }


def _sizes(figure: Sketch, rows: list[dict[str, Any]], colours: Palette) -> None:
    places, custom = list(range(len(rows))), [[row["id"], plain(row["label"]), row["text"]] for row in rows]
    shared: dict[str, Any] = {"customdata": custom, "hovertemplate": "<b>%{customdata[1]}</b><br>%{customdata[2]}"
                              "<extra></extra>"}  # fmt: skip
    figure.add_bar(
        x=[row["value"] for row in rows],
        y=places,
        orientation="h",
        width=THICK,
        marker={
            "color": [colours.fill if row["kept"] else colours.others for row in rows],
            "pattern": {
                "shape": ["" if row["kept"] else "/" for row in rows],
                "size": 7,
                "solidity": 0.22,
                "fillmode": "overlay",
                "fgcolor": colours.text,
                "fgopacity": 0.4,
            },
            "cornerradius": 3,
            "line": {"width": 0},
        },
        unselected={"marker": {"opacity": 1}},
        **shared,
    )
    figure.add_scatter(
        x=[row["value"] for row in rows],
        y=places,
        mode="text",
        text=[f"\N{NO-BREAK SPACE}{plain(row['text'])}" for row in rows],
        textposition="middle right",
        textfont={"size": 12, "color": colours.text},
        cliponaxis=False,
        hoverinfo="skip",
    )


def _membership(figure: Sketch, rows: list[dict[str, Any]], groups: int, colours: Palette) -> None:
    """A full dot where a region lies in a group, a small pale one where it does not, the full ones of a row joined."""
    held = [[at for at in range(groups) if row["mask"] >> at & 1] for row in rows]
    joined = [(edge, place) for place, own in enumerate(held) if own for edge in (own[0], own[-1], None)]
    figure.add_scatter(
        x=[x for x, _ in joined],
        y=[None if x is None else place for x, place in joined],
        mode="lines",
        line={"color": colours.text, "width": 2},
        hoverinfo="skip",
        xaxis="x2",
        yaxis="y2",
    )
    dots = [(at, place, at in held[place]) for place in range(len(rows)) for at in range(groups)]
    figure.add_scatter(
        x=[at for at, _, _ in dots],
        y=[place for _, place, _ in dots],
        mode="markers",
        marker={
            "size": [11 if full else 5 for _, _, full in dots],
            "color": [colours.text if full else colours.others for _, _, full in dots],
            "opacity": 1,
            "line": {"width": 0},
        },
        hoverinfo="skip",
        xaxis="x2",
        yaxis="y2",
        cliponaxis=False,
    )

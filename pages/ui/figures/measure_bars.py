"""Bars of several measures: one row a member, one panel a measure, each on a scale of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.bar_chart import BREAK, ROW_PIXELS, member_ticks
from pages.ui.figures.figure_layout import layout, plain, shortened
from pages.ui.figures.quantity import Quantity
from pages.ui.figures.rest_members import hatch, is_others, is_rest, reach, within
from pages.ui.figures.sketch import Sketch
from pages.ui.style.theme import Palette

MOST_PANELS = 4
BETWEEN = 0.03
ROOM_BELOW, ROOM_BESIDE = 0.36, 0.24  # for texts, by the length of a bar; the more panels, the more
TITLE, NARROW_ROW = 26, 25
Part = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Panel:
    """Where the bars of a measure stand: the endings of their axes, and which part of width and height they take.

    `room` is what their texts take beyond the longest bar, by its length.
    """

    x: str
    y: str
    room: float
    across: Part = (0, 1)
    down: Part = (0, 1)


def measure_bars(
    frame: pl.DataFrame, colours: Palette, measures: Sequence[Quantity], *, narrow: bool = False
) -> go.Figure:
    """A panel each of the first four measures: `id`, `label`, then one column a measure, named by its label.

    They stand side by side, or where it is `narrow` one below the other. Others is hatched and cut where it is longer
    than every member. A click gives `[id]`.
    """
    shown = measures[:MOST_PANELS]
    rows = frame.to_dicts()
    block = TITLE + NARROW_ROW * max(len(rows), 1)
    height = block * len(shown) if narrow else TITLE + 18 + ROW_PIXELS * len(rows)
    figure = Sketch(layout(colours, max(96, height)))
    figure.update_layout(margin={"t": 0 if narrow else TITLE, "r": 8}, showlegend=False)
    panels = _below(len(shown), TITLE / block) if narrow else _beside(len(shown))
    for panel, measure in zip(panels, shown, strict=True):
        _bars(figure, panel, rows, measure, colours)
        _title(figure, panel, measure, colours)
    names = member_ticks([row["label"] for row in rows], 6, colours)
    for ending in {panel.y: None for panel in panels}:
        figure.update_layout(**{f"yaxis{ending}": figure.layout["yaxis"] | names})
    for panel in panels if narrow else ():
        figure.update_layout(**{f"yaxis{panel.y}": {"domain": list(panel.down), "anchor": f"x{panel.x}"}})
    return figure.figure()


def _beside(count: int) -> list[Panel]:
    wide = (1 - BETWEEN * (count - 1)) / max(count, 1)
    return [
        Panel(
            _ending(at), "", ROOM_BESIDE * count, across=((wide + BETWEEN) * at, (wide + BETWEEN) * at + wide)
        )
        for at in range(count)
    ]


def _below(count: int, title: float) -> list[Panel]:
    """`title` is the part of each panel that its name takes."""
    return [
        Panel(_ending(at), _ending(at), ROOM_BELOW, down=(1 - (at + 1) / count, 1 - (at + title) / count))
        for at in range(count)
    ]


def _ending(at: int) -> str:
    return "" if at == 0 else f"{at + 1}"


def _bars(
    figure: Sketch, panel: Panel, rows: list[dict[str, Any]], measure: Quantity, colours: Palette
) -> None:
    low, high = reach((row["id"], row[measure.label]) for row in rows)
    texts = measure.texts([row[measure.label] for row in rows])
    drawn = [within(row[measure.label], low, high) for row in rows]
    axes = {"xaxis": f"x{panel.x}", "yaxis": f"y{panel.y}"}
    figure.add_bar(
        x=drawn,
        y=list(range(len(rows))),
        **axes,
        orientation="h",
        width=0.62,
        text=texts,
        textposition="outside",
        cliponaxis=False,
        textfont={"size": 12, "color": colours.text},
        customdata=[
            [row["id"], plain(row["label"]), plain(f"{measure.label}: {text}")]
            for row, text in zip(rows, texts, strict=True)
        ],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
        marker={
            "color": [colours.others if is_rest(row["id"]) else colours.fill for row in rows],
            "pattern": hatch(colours, [is_others(row["id"]) for row in rows]),
            "cornerradius": 3,
            "line": {"width": 0},
        },
        unselected={"marker": {"opacity": 1}},
    )
    room = (high - low or 1) * panel.room
    figure.layout[f"xaxis{panel.x}"] = {
        "domain": list(panel.across),
        "anchor": f"y{panel.y}",
        "visible": False,
        "range": [low - (room if low < 0 else 0), (high if high > low else low + 1) + room],
        "fixedrange": True,
    }
    cut = [place for place, row in enumerate(rows) if drawn[place] != row[measure.label]]
    if cut:
        figure.add_scatter(
            x=[(drawn[place] or 0) * BREAK for place in cut],
            y=cut,
            **axes,
            mode="markers",
            hoverinfo="skip",
            marker={"symbol": "line-ne", "size": 18, "line": {"width": 5, "color": colours.card}},
        )


def _title(figure: Sketch, panel: Panel, measure: Quantity, colours: Palette) -> None:
    figure.add_annotation(
        x=panel.across[0],
        xref="paper",
        y=panel.down[1],
        yref="paper",
        yanchor="bottom",
        xanchor="left",
        showarrow=False,
        text=plain(shortened(measure.label, 26)),
        font={"size": 12, "color": colours.muted},
    )

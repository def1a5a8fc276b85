"""A waterfall: from what a number was to what it is, a floating bar for each part of the change."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.figure_layout import OTHERS, label, layout, plain
from pages.ui.figures.quantity import Quantity
from pages.ui.figures.rest_members import is_others
from pages.ui.figures.sketch import Sketch
from pages.ui.style import formats
from pages.ui.style.theme import Palette

ROW_PIXELS = 36
ENOUGH = 0.45
EDGES = ("before", "now")
MOST_PARTS = 12
STEPS = {"id": pl.String, "label": pl.String, "kind": pl.String, "value": pl.Float64, "text": pl.String}


def waterfall(
    frame: pl.DataFrame, colours: Palette, *, height: int | None = None, from_zero: bool = False
) -> go.Figure:
    """One row a step of `id`, `label`, `kind`, `value` and `text`, from above to below.

    `kind` is `before` or `now` (`value` is the level there), `part` or `rest` (`value` is the change). Levels are
    ticks and not bars, for the axis does not begin at zero: bars show changes alone; `from_zero` it does, and levels
    are bars as well, so that lengths are parts of them. Rises are blue and falls are orange, which all eyes tell apart,
    and each bears its sign. A click on a part gives its id.
    """
    rows = _placed(frame.to_dicts(), from_zero)
    height = height or 24 + ROW_PIXELS * len(rows)
    figure = Sketch(layout(colours, height))
    steps = [row for row in rows if from_zero or row["kind"] not in EDGES]
    figure.add_bar(
        x=[row["to"] - row["from"] for row in steps],
        base=[row["from"] for row in steps],
        y=[row["place"] for row in steps],
        orientation="h",
        width=0.56,
        customdata=[[row["id"], plain(row["label"]), plain(row["text"])] for row in steps],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
        marker={"color": [_colour(row, colours) for row in steps], "cornerradius": 3, "line": {"width": 0}},
        unselected={"marker": {"opacity": 1}},
    )
    _connect(figure, rows, colours)
    if not from_zero:
        _levels(figure, [row for row in rows if row["kind"] in EDGES], colours)
    _texts(figure, rows, colours)
    low, high = _reach(rows)
    left, right = _room(rows)
    figure.update_xaxes(visible=False, range=[low, high if high > low else low + 1])
    figure.update_yaxes(
        tickvals=[row["place"] for row in rows],
        ticktext=[label(row["label"], 22) for row in rows],
        range=[len(rows) - 0.5, -0.5],
        showgrid=False,
        tickfont={"size": 12, "color": colours.text},
        ticklabelstandoff=left + 8,
    )
    figure.update_layout(margin={"l": 4, "r": right + 4, "t": 4, "b": 4})
    return figure.figure()


def changes(
    frame: pl.DataFrame,
    measure: Quantity,
    *,
    before: str = "Before",
    now: str = "Now",
    most: int = MOST_PARTS,
) -> pl.DataFrame:
    """The steps from the sum of `previous` to the sum of `value`, one a member of `id` and `label`.

    Only for what adds up. The greatest changes stand first, rises and falls alike; those beyond `most` and Others are
    one step, the rest. Absent on one side counts as 0 there; empty where no member has been compared.
    """
    moved = [
        row | {"change": (row["value"] or 0.0) - (row["previous"] or 0.0)}
        for row in frame.to_dicts()
        if row["value"] is not None or row["previous"] is not None
    ]
    if not moved:
        return pl.DataFrame(schema=STEPS)
    ranked = sorted((row for row in moved if not is_others(row["id"])), key=lambda row: -abs(row["change"]))
    parts, left = ranked[:most], ranked[most:]
    apart = left + [row for row in moved if is_others(row["id"])]
    start = sum(row["previous"] or 0.0 for row in moved)
    end = sum(row["value"] or 0.0 for row in moved)
    scale = formats.scale_of((row["change"] for row in parts), measure.unit, measure.currency)

    def step(identity: str, name: str, kind: str, value: float) -> dict[str, Any]:
        text = formats.format_value(value, measure.unit, measure.currency, kind in EDGES or scale)
        sign = "+" if kind not in EDGES and value > 0 else ""
        return {"id": identity, "label": name, "kind": kind, "value": value, "text": f"{sign}{text}"}

    steps = [step("", before, "before", start)]
    steps += [step(str(row["id"]), str(row["label"]), "part", row["change"]) for row in parts]
    if apart:
        steps.append(step(OTHERS, "All others", "rest", sum(row["change"] for row in apart)))
    return pl.DataFrame([*steps, step("", now, "now", end)], schema=STEPS)


def _placed(rows: list[dict[str, Any]], from_zero: bool) -> list[dict[str, Any]]:
    """Each row with its place, and where its bar runs from and to."""
    at, placed = 0.0, []
    for place, row in enumerate(rows):
        start = at if row["kind"] not in EDGES else 0.0 if from_zero else row["value"]
        at = row["value"] if row["kind"] in EDGES else at + row["value"]
        placed.append(row | {"place": place, "from": start, "to": at})
    return placed


def _colour(row: dict[str, Any], colours: Palette) -> str:
    if row["kind"] == "rest":
        return colours.others
    if row["kind"] in EDGES:
        return colours.fill
    return colours.fill if row["value"] >= 0 else colours.falls


def _connect(figure: Sketch, rows: list[dict[str, Any]], colours: Palette) -> None:
    """A thin line from where each step ends to where the next begins."""
    x: list[float | None] = []
    y: list[float | None] = []
    for row in rows[:-1]:
        x += [row["to"], row["to"], None]
        y += [row["place"], row["place"] + 1, None]
    figure.add_scatter(
        x=x, y=y, mode="lines", hoverinfo="skip", line={"color": colours.muted, "width": 1, "dash": "dot"}
    )


def _levels(figure: Sketch, rows: list[dict[str, Any]], colours: Palette) -> None:
    figure.add_scatter(
        x=[row["to"] for row in rows],
        y=[row["place"] for row in rows],
        mode="markers",
        hoverinfo="skip",
        marker={"symbol": "line-ns", "size": 20, "line": {"width": 3, "color": colours.text}},
    )


def _reach(rows: list[dict[str, Any]]) -> tuple[float, float]:
    ends = [end for row in rows for end in (row["from"], row["to"])]
    return min(ends, default=0.0), max(ends, default=1.0)


def _free(row: dict[str, Any], rows: list[dict[str, Any]]) -> tuple[float, float]:
    """The shares of the width that are free to the left and to the right of a row's bar."""
    low, high = _reach(rows)
    span = (high - low) or 1.0
    return (min(row["from"], row["to"]) - low) / span, (high - max(row["from"], row["to"])) / span


def _room(rows: list[dict[str, Any]]) -> tuple[int, int]:
    """Pixels for texts to the left and the right of the bars, where the bars leave too little."""
    pixels = [0, 0]
    for row in rows:
        free = _free(row, rows)
        side = 0 if free[0] > free[1] else 1
        if free[side] < ENOUGH:
            pixels[side] = max(pixels[side], 16 + 7 * len(row["text"]))
    return pixels[0], pixels[1]


def _texts(figure: Sketch, rows: list[dict[str, Any]], colours: Palette) -> None:
    """The text beyond each bar, on the side that has more room."""
    left = [free[0] > free[1] for free in (_free(row, rows) for row in rows)]
    gap = "\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}"
    figure.add_scatter(
        x=[
            min(row["from"], row["to"]) if inward else max(row["from"], row["to"])
            for row, inward in zip(rows, left, strict=True)
        ],
        y=[row["place"] for row in rows],
        mode="text",
        cliponaxis=False,
        hoverinfo="skip",
        text=[
            f"{plain(row['text'])}{gap}" if inward else f"{gap}{plain(row['text'])}"
            for row, inward in zip(rows, left, strict=True)
        ],
        textposition=["middle left" if inward else "middle right" for inward in left],
        textfont={"size": 12, "color": colours.text},
    )

"""Bars of what is expected, each with how sure that is and what chance may make of it."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.bar_chart import GAP, ROW_PIXELS, member_axis
from pages.ui.figures.figure_layout import layout, legend_above, plain, texted
from pages.ui.figures.rest_members import is_rest
from pages.ui.figures.sketch import Sketch
from pages.ui.style import formats
from pages.ui.style.theme import Palette

ENDS = ("low", "high", "least", "most")
ABOVE = 26


def interval_bars(
    frame: pl.DataFrame,
    colours: Palette,
    *,
    unit: str = "money",
    currency: str = "",
    expectation: str = "How sure the expectation is",
    outcome: str = "What chance may make of it",
) -> go.Figure:
    """Horizontal bars of `id`, `label` and `value` in the frame's order; `low` to `high` is the expectation's interval,
    drawn thick, `least` to `most` the outcome's, thin with ends (either null where unknown). A click gives `[id]`."""
    rows = texted(frame, unit, currency)
    figure = Sketch(layout(colours, max(120, ABOVE + 18 + ROW_PIXELS * len(rows))))
    figure.add_bar(
        x=[row["value"] for row in rows],
        y=list(range(len(rows))),
        orientation="h",
        width=0.62,
        customdata=[_custom(row, unit, currency) for row in rows],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}%{customdata[3]}<extra></extra>",
        showlegend=False,
        marker={
            "color": [colours.others if is_rest(row["id"]) else colours.fill for row in rows],
            "cornerradius": 3,
            "line": {"width": 0},
        },
        unselected={"marker": {"opacity": 1}},
    )
    _spans(figure, rows, ("least", "most"), outcome, {"color": colours.text, "width": 1.4}, "line-ns-open")
    _spans(figure, rows, ("low", "high"), expectation, {"color": colours.text, "width": 5}, "")
    _texts(figure, rows, colours)
    reach = [row[each] for row in rows for each in ("value", *ENDS) if row.get(each) is not None]
    low, high = min([0.0, *reach]), max([0.0, *reach])
    figure.update_xaxes(visible=False, range=[low, high if high > low else low + 1])
    member_axis(figure, [row["label"] for row in rows], 6, colours)
    beyond = 14 + 7 * max((len(row["text"]) for row in rows), default=0)
    figure.update_layout(margin={"r": beyond, "t": ABOVE}, showlegend=True, legend=legend_above())
    return figure.figure()


def _custom(row: dict[str, Any], unit: str, currency: str) -> list[str]:
    said = "".join(
        f"<br>{name}: {plain(_between(row, ends, unit, currency))}"
        for name, ends in (("Expected", ("low", "high")), ("Outcome", ("least", "most")))
        if all(row.get(each) is not None for each in ends)
    )
    return [row["id"], plain(row["label"]), plain(row["text"]), said]


def _between(row: dict[str, Any], ends: tuple[str, str], unit: str, currency: str) -> str:
    return " to ".join(formats.format_value(row[each], unit, currency, compact=True) for each in ends)


def _spans(
    figure: Sketch,
    rows: list[dict[str, Any]],
    ends: tuple[str, str],
    name: str,
    line: dict[str, Any],
    cap: str,
) -> None:
    """A line across each row from one end to the other, in one trace with gaps."""
    known = [(at, row) for at, row in enumerate(rows) if all(row.get(each) is not None for each in ends)]
    if not known:
        return
    figure.add_scatter(
        x=[each for _, row in known for each in (row[ends[0]], row[ends[1]], None)],
        y=[each for at, _ in known for each in (at, at, None)],
        mode="lines+markers" if cap else "lines",
        line=line,
        marker={"symbol": cap, "size": 9, "color": line["color"]} if cap else None,
        name=plain(name),
        hoverinfo="skip",
        cliponaxis=False,
    )


def _texts(figure: Sketch, rows: list[dict[str, Any]], colours: Palette) -> None:
    figure.add_scatter(
        x=[
            max(0.0, *(row[each] for each in ("value", *ENDS) if row.get(each) is not None), 0.0)
            for row in rows
        ],
        y=list(range(len(rows))),
        mode="text",
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
        text=[f"{GAP}{plain(row['text'])}" for row in rows],
        textposition="middle right",
        textfont={"size": 12, "color": colours.text},
    )

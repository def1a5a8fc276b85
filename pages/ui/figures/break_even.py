"""Dots by what each brings and costs, beside the line where both are the same: who is above it costs more."""

from __future__ import annotations

import math

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.figure_layout import layout, legend_above, plain
from pages.ui.figures.number_axes import tick_texts
from pages.ui.figures.quantity import Quantity
from pages.ui.figures.sketch import Sketch
from pages.ui.style.theme import Palette

FLOOR = 1.0  # what is less, or below zero, stands at the edge
SIGNS = {True: ("cost more", "diamond"), False: ("bring more", "circle")}


def break_even(
    frame: pl.DataFrame, colours: Palette, *, x: Quantity, y: Quantity, height: int = 380
) -> go.Figure:
    """A dot a row at `x` and `y`, both on axes of powers of ten; those where `y` is more have another sign and colour.
    What is below FLOOR stands at the edge, which says so. A dot has no id: it tells nobody by name."""
    figure = Sketch(layout(colours, height) | {"margin": {"l": 4, "r": 8, "t": 44, "b": 4}})
    rows = frame.filter(pl.col("x").is_not_null() & pl.col("y").is_not_null())
    if rows.is_empty():
        return figure.blank()
    for above, colour in ((False, colours.fill), (True, colours.bad)):
        own = rows.filter((pl.col("y") > pl.col("x")) == above)
        figure.add_scatter(
            x=own["x"].clip(FLOOR).to_list(),
            y=own["y"].clip(FLOOR).to_list(),
            mode="markers",
            name=SIGNS[above][0],
            customdata=[
                [f"{plain(x.label)}: {plain(x.text(one))}<br>{plain(y.label)}: {plain(y.text(other))}"]
                for one, other in own.select("x", "y").iter_rows()
            ],
            hovertemplate="%{customdata[0]}<extra></extra>",
            marker={"size": 7 if above else 5, "color": colour, "symbol": SIGNS[above][1],
                    "opacity": 0.75 if above else 0.4},
            cliponaxis=False,
        )  # fmt: skip
    axes = {name: _axis(rows[name], measure, colours) for name, measure in (("x", x), ("y", y))}
    ends = [FLOOR, min(_greatest(rows[name]) for name in axes)]
    figure.add_scatter(
        x=ends,
        y=ends,
        mode="lines",
        line={"color": colours.muted, "width": 1.5, "dash": "dash"},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.update_xaxes(**axes["x"], showgrid=True)
    figure.update_yaxes(**axes["y"])
    figure.update_layout(showlegend=True, legend=legend_above())
    return figure.figure()


def _axis(values: pl.Series, measure: Quantity, colours: Palette) -> dict[str, object]:
    greatest = _greatest(values)
    ticks = [10.0**power for power in range(math.ceil(math.log10(greatest)) + 1)]
    texts = [tick_texts([each], measure.unit, measure.currency)[0] for each in ticks]
    texts[0] = f"≤ {texts[0]}"
    return {
        "type": "log",
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": texts,
        "range": [-0.12, math.log10(greatest) + 0.1],
        "gridcolor": colours.line,
        "title": {
            "text": plain(f"{measure.label} (logarithmic)"),
            "font": {"size": 12, "color": colours.muted},
            "standoff": 10,
        },
    }


def _greatest(values: pl.Series) -> float:
    return max(float(values.max() or 0.0), 10 * FLOOR)  # type: ignore[arg-type]

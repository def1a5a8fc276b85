"""What was told beside what came, group by group: a calibration picture."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.figure_layout import label, layout, legend_above, plain
from pages.ui.figures.number_axes import value_axis
from pages.ui.figures.sketch import Sketch
from pages.ui.style import formats
from pages.ui.style.theme import Palette


def told_and_came(
    frame: pl.DataFrame,
    colours: Palette,
    *,
    unit: str = "percent",
    currency: str = "",
    height: int = 300,
    told: str = "Told",
    came: str = "Came, with its interval",
    group_name: str = "",
) -> go.Figure:
    """A column each of `id` and `label` in the frame's order: `value`, what was told, is a hollow diamond; `came` a dot
    with a line from `low` to `high`. A click gives `[id]`."""
    rows = frame.to_dicts()
    figure = Sketch(layout(colours, height))
    places = list(range(len(rows)))
    known = [(at, row) for at, row in enumerate(rows) if row["low"] is not None and row["high"] is not None]
    figure.add_scatter(
        x=[each for at, _ in known for each in (at, at, None)],
        y=[each for _, row in known for each in (row["low"], row["high"], None)],
        mode="lines",
        line={"color": colours.primary, "width": 3},
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
    )
    custom = [_custom(row, unit, currency, told, came) for row in rows]
    for name, key, marker in (
        (came, "came", {"symbol": "circle", "size": 9, "color": colours.primary}),
        (told, "value", {"symbol": "diamond-open", "size": 13, "color": colours.text, "line": {"width": 2}}),
    ):
        figure.add_scatter(
            x=places,
            y=[row[key] for row in rows],
            mode="markers",
            marker=marker,
            name=plain(name),
            customdata=custom,
            hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
            cliponaxis=False,
            unselected={"marker": {"opacity": 1}},
        )
    reach = [row[each] for row in rows for each in ("value", "came", "low", "high")]
    figure.update_yaxes(**value_axis(reach, unit, currency, colours))
    figure.update_xaxes(
        title={"text": plain(group_name), "font": {"size": 12}},
        showgrid=False,
        ticklabelstandoff=8,
        tickvals=places,
        ticktext=[label(row["label"]) for row in rows],
        range=[-0.5, max(len(rows), 1) - 0.5],
    )
    figure.update_layout(showlegend=True, legend=legend_above(), margin={"t": 30})
    return figure.figure()


def _custom(row: dict[str, Any], unit: str, currency: str, told: str, came: str) -> list[str]:
    def text(key: str) -> str:
        return plain(formats.format_value(row[key], unit, currency))

    between = (
        f" ({text('low')} to {text('high')})" if row["low"] is not None and row["high"] is not None else ""
    )
    name = plain(came.partition(",")[0])
    return [
        row["id"],
        plain(row["label"]),
        f"{plain(told)}: {text('value')}<br>{name}: {text('came')}{between}",
    ]

"""Small multiples: one small chart a member on shared axes, so that their shapes compare."""

from __future__ import annotations

from datetime import date
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.figure_layout import ids, label, layout, note, plain, texted
from pages.ui.figures.number_axes import value_axis
from pages.ui.figures.rest_members import hatch, is_rest, scaling, within
from pages.ui.figures.sketch import Sketch
from pages.ui.style import formats
from pages.ui.style.theme import Palette, faded

MOST, ABREAST, BESIDE = 12, 3, 0.04
PANEL_PIXELS = 118


def small_multiples(
    frame: pl.DataFrame,
    colours: Palette,
    *,
    unit: str = "money",
    currency: str = "",
    height: int | None = None,
) -> go.Figure:
    """A panel each of the first twelve members, in order: `id`, `label`, `value` and where along the panel.

    That is `period` (a date, drawn as a line; hollow where `partial`), or `column_id` and `column_label` (drawn as
    bars). All share both axes, which Others does not stretch: what goes beyond is cut and told. A click gives
    `[id, period as ISO text]` or `[id, column id]`.
    """
    rows = texted(frame, unit, currency)
    names = {row["id"]: row["label"] for row in rows}
    shown = list(names)[:MOST]
    if not shown:
        return Sketch(layout(colours, height or PANEL_PIXELS)).blank()
    lines = -(-len(shown) // ABREAST)
    figure = _panels(shown, names, height or 24 + PANEL_PIXELS * lines, colours)
    axis = value_axis(
        scaling((row["id"], row["value"]) for row in rows if row["id"] in shown), unit, currency, colours
    )
    along = "period" if "period" in frame.columns else "column_id"
    places = sorted({row[along] for row in rows}) if along == "period" else _in_order(rows)
    for at, identity in enumerate(shown):
        points = {row[along]: row for row in rows if row["id"] == identity}
        marks = [points.get(each) for each in places]
        draw = _line_panel if along == "period" else _bar_panel
        draw(figure, at, identity, marks, places, axis["range"], colours)
    _name_panels(figure, shown, rows, axis["range"])
    _axes(figure, axis, places, rows)
    said = [f"{_month(places[0])} to {_month(places[-1])}"] if along == "period" else []
    said += [f"the first {MOST} of {formats.number_text(len(names))} members"] if len(names) > MOST else []
    if said:
        note(figure, " · ".join(said), colours, below=4 if along == "period" else 24)
    return figure.figure()


def _month(period: date) -> str:
    return formats.format_month(period)


def _name_panels(figure: Sketch, shown: list[Any], rows: list[dict[str, Any]], edges: list[float]) -> None:
    """What a panel cuts is said beside its name."""
    for place, identity in enumerate(shown):
        mine = [row for row in rows if row["id"] == identity and row["value"] is not None]
        most = max(mine, key=lambda row: abs(row["value"]), default=None)
        if most and within(most["value"], *edges) != most["value"]:
            name = f"{label(most['label'], 11)} ↑ {plain(most['text'])}"
            figure.layout["annotations"][place]["text"] = name


def _in_order(rows: list[dict[str, Any]]) -> list[Any]:
    return list(dict.fromkeys(row["column_id"] for row in rows))


def _panels(shown: list[Any], names: dict[Any, str], height: int, colours: Palette) -> Sketch:
    """Axes of a panel each, all moving with the first of the last line, and the names above them."""
    figure = Sketch(layout(colours, height) | {"margin": {"l": 4, "r": 8, "t": 22, "b": 4}})
    lines = -(-len(shown) // ABREAST)
    gap = min(0.3, 26 / max(height - 40, 1) + 0.02) if lines > 1 else 0
    wide, high = (1 - BESIDE * (ABREAST - 1)) / ABREAST, (1 - gap * (lines - 1)) / lines
    for at in range(lines * ABREAST):
        line, column = divmod(at, ABREAST)
        left, low = (wide + BESIDE) * column, (high + gap) * (lines - 1 - line)
        last = line == lines - 1
        figure.layout[f"xaxis{_ending(at)}"] = {
            "domain": [left, left + wide], "anchor": f"y{_ending(at)}", "showticklabels": last
        }  # fmt: skip
        figure.layout[f"yaxis{_ending(at)}"] = {
            "domain": [low, low + high], "anchor": f"x{_ending(at)}", "showticklabels": column == 0
        }  # fmt: skip
        if at < len(shown):
            figure.add_annotation(
                text=label(names[shown[at]], 16),
                x=left + wide / 2,
                y=low + high,
                xref="paper",
                yref="paper",
                xanchor="center",
                yanchor="bottom",
                yshift=2,
                showarrow=False,
                font={"size": 12, "color": colours.text},
            )
    return figure


def _ending(at: int) -> str:
    return "" if at == 0 else f"{at + 1}"


def _hover(identity: Any, marks: list[dict[str, Any] | None], places: list[Any]) -> list[list[str]]:
    return [
        [
            ids(identity, place),
            plain((mark or {}).get("label", "")),
            plain(_place_text(place, mark)),
            plain((mark or {}).get("text", ""))
            + (" (partial period)" if (mark or {}).get("partial") else ""),
        ]
        for mark, place in zip(marks, places, strict=True)
    ]


def _place_text(place: Any, mark: dict[str, Any] | None) -> str:
    return (
        formats.format_day(place) if isinstance(place, date) else str((mark or {}).get("column_label", place))
    )


PLAIN = {"automargin": True, "zeroline": False, "fixedrange": True, "ticks": ""}
HOVER = "<b>%{customdata[1]}</b><br>%{customdata[2]}<br>%{customdata[3]}<extra></extra>"


def _line_panel(
    figure: Sketch,
    at: int,
    identity: Any,
    marks: list[Any],
    places: list[Any],
    edges: list[float],
    colours: Palette,
) -> None:
    colour = colours.others if is_rest(identity) else colours.primary
    figure.add_scatter(
        xaxis=f"x{_ending(at)}",
        yaxis=f"y{_ending(at)}",
        x=places,
        y=[None if mark is None else within(mark["value"], *edges) for mark in marks],
        mode="lines+markers",
        connectgaps=False,
        customdata=_hover(identity, marks, places),
        hovertemplate=HOVER,
        line={"color": colour, "width": 1.5},
        fill="tozeroy" if edges[0] >= 0 else "none",
        fillcolor=faded(colour, 0.08),
        marker={
            "size": 4,
            "color": colour,
            "symbol": ["circle-open" if (mark or {}).get("partial") else "circle" for mark in marks],
        },
        unselected={"marker": {"opacity": 1}},
    )


def _bar_panel(
    figure: Sketch,
    at: int,
    identity: Any,
    marks: list[Any],
    places: list[Any],
    edges: list[float],
    colours: Palette,
) -> None:
    cut = [mark is not None and within(mark["value"], *edges) != mark["value"] for mark in marks]
    figure.add_bar(
        xaxis=f"x{_ending(at)}",
        yaxis=f"y{_ending(at)}",
        x=list(range(len(places))),
        y=[None if mark is None else within(mark["value"], *edges) for mark in marks],
        customdata=_hover(identity, marks, places),
        hovertemplate=HOVER,
        marker={
            "color": colours.others if is_rest(identity) else colours.fill,
            "line": {"width": 0},
            "pattern": hatch(colours, cut),
        },
        unselected={"marker": {"opacity": 1}},
    )


def _axes(figure: Sketch, axis: dict[str, Any], places: list[Any], rows: list[dict[str, Any]]) -> None:
    along = _along(places, rows)
    for name in [each for each in figure.layout if each[1:5] == "axis"]:
        own = axis | {"tickfont": {"size": 11}} if name[0] == "y" else along
        figure.update_layout(**{name: PLAIN | own | figure.layout[name]})


def _along(places: list[Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What the axes along the panels take: periods without ticks, or columns, named where they are few."""
    axis: dict[str, Any] = {"showgrid": False, "tickfont": {"size": 11}}
    if places and isinstance(places[0], date):
        side = (places[-1] - places[0]) * 0.03
        return axis | {"tickvals": [], "range": [places[0] - side, places[-1] + side]}
    columns = {row["column_id"]: str(row["column_label"]) for row in rows}
    few = len(places) <= 6
    return axis | {
        "tickvals": list(range(len(places))) if few else [],
        "ticktext": [label(columns[each], 8) for each in places] if few else [],
        "range": [-0.6, len(places) - 0.4],
        "autotickangles": [0, -45, -90],
    }

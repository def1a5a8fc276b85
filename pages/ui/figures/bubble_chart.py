"""Members by two measures, with a third as size and a fourth, or what they belong to, as colour."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.categorical_marks import series_colour, series_symbol
from pages.ui.figures.figure_layout import bubbles, layout, legend_above, note, plain, shortened
from pages.ui.figures.number_axes import decade_axis, spans_decades, value_axis
from pages.ui.figures.point_labels import telling
from pages.ui.figures.quantity import Quantity
from pages.ui.figures.rest_members import is_rest
from pages.ui.figures.sketch import Sketch
from pages.ui.style import formats
from pages.ui.style.theme import SERIES, Palette, mix

SMALLEST, LARGEST, ALIKE = 8, 40, 11
FEW = 4
ROOM = 1.1  # above the greatest value, for its name
OPACITY = 0.8
HALO = "0 0 3px {0}, 0 0 3px {0}, 0 0 3px {0}"


def scatter(
    frame: pl.DataFrame,
    colours: Palette,
    *,
    x: Quantity,
    y: Quantity,
    size: Quantity | None = None,
    shade: Quantity | None = None,
    height: int = 420,
) -> go.Figure:
    """A bubble a member: `id`, `label`, `x`, `y`, and where named here `size` (its area) and `shade` (its colour).

    Without `shade`, `parent_id` and `parent_label` colour the members by what they belong to, and a legend names it.
    Dotted lines stand at the medians. An axis whose values, all above zero, span over three powers of ten is
    logarithmic, and says so. Members without `x` or `y` are counted in a note.
    """
    rows = [row for row in frame.to_dicts() if row["x"] is not None and row["y"] is not None]
    figure = Sketch(layout(colours, height) | {"margin": {"l": 4, "r": 8, "t": 22, "b": 4}})
    axes = {"x": _axis(rows, "x", x, colours), "y": _axis(rows, "y", y, colours)}
    measures = {"x": x, "y": y, "size": size, "shade": shade}
    told = _told(rows, {key: each for key, each in measures.items() if each is not None})
    _draw(figure, rows, told, size is not None, shade is not None, colours)
    figure.update_xaxes(**axes["x"])
    figure.update_yaxes(**axes["y"])
    if len(rows) >= FEW:
        _medians(figure, rows, (x, y), colours)
    _names(figure, rows, axes, size is not None, colours)
    words = _note(rows, frame.height, size, shade)
    if words:
        note(figure, words, colours, below=44)
        figure.update_layout(margin={"b": 26})
    return figure.figure()


def _axis(rows: list[dict[str, Any]], key: str, measure: Quantity, colours: Palette) -> dict[str, Any]:
    values = [row[key] for row in rows]
    decades = spans_decades(values)
    held = values if decades else [*values, ROOM * max(values, default=0.0)]
    axis = (decade_axis if decades else value_axis)(held, measure.unit, measure.currency, colours)
    name = plain(f"{measure.label}{' (logarithmic)' if decades else ''}")
    return axis | {"title": {"text": name, "font": {"size": 12, "color": colours.muted}, "standoff": 10}}


def _told(rows: list[dict[str, Any]], measures: dict[str, Quantity]) -> list[str]:
    """What the pointer tells of each member: every measure by its name, what it belongs to, and its `text`."""
    texts = {key: each.texts([row.get(key) for row in rows]) for key, each in measures.items()}
    told = []
    for place, row in enumerate(rows):
        lines = [f"<b>{plain(row['label'])}</b>"]
        lines += [plain(row[key]) for key in ("parent_label",) if row.get(key)]
        lines += [f"{plain(each.label)}: {plain(texts[key][place])}" for key, each in measures.items()]
        lines += [plain(row["text"])] if row.get("text") else []
        told.append("<br>".join(lines))
    return told


def _sizes(rows: list[dict[str, Any]], sized: bool) -> list[float]:
    return bubbles([row.get("size") for row in rows], SMALLEST, LARGEST) if sized else [ALIKE] * len(rows)


def _draw(
    figure: Sketch,
    rows: list[dict[str, Any]],
    told: list[str],
    sized: bool,
    shaded: bool,
    colours: Palette,
) -> None:
    """The bubbles, one trace a parent; the largest below, so that no small one hides."""
    sizes = _sizes(rows, sized)
    grouped = not shaded and bool(rows) and "parent_id" in rows[0]
    parents = dict.fromkeys(row["parent_id"] for row in rows) if grouped else {None: None}
    for place, parent in enumerate(sorted(parents, key=is_rest)):
        mine = [at for at, row in enumerate(rows) if not grouped or row["parent_id"] == parent]
        mine.sort(key=lambda at: -sizes[at])
        grey = place >= SERIES or is_rest(parent)
        colour = colours.others if grey else series_colour(place, colours) if grouped else colours.fill
        figure.add_scatter(
            x=[rows[at]["x"] for at in mine],
            y=[rows[at]["y"] for at in mine],
            mode="markers",
            name=plain(shortened(rows[mine[0]]["parent_label"], 20)) if grouped else "",
            cliponaxis=False,
            customdata=[[rows[at]["id"], told[at]] for at in mine],
            hovertemplate="%{customdata[1]}<extra></extra>",
            marker={
                "size": [sizes[at] for at in mine],
                "color": _shades(rows, mine, colours) if shaded else colour,
                "symbol": series_symbol(place) if grouped and not sized else "circle",
                "opacity": OPACITY,
                "line": {"width": 1, "color": colours.card},
            },
            unselected={"marker": {"opacity": OPACITY}},
        )
    if grouped:
        figure.update_layout(
            showlegend=True, legend=legend_above() | {"itemsizing": "constant", "y": 1.06}, margin={"t": 44}
        )


def _shades(rows: list[dict[str, Any]], mine: list[int], colours: Palette) -> list[str]:
    """Colours along the sequential scale, grey where the value is not known or stands for many."""
    known = [row["shade"] for row in rows if row["shade"] is not None and not is_rest(row["id"])]
    low, high = min(known, default=0.0), max(known, default=1.0)
    return [
        colours.others
        if rows[at]["shade"] is None or is_rest(rows[at]["id"])
        else mix(colours.sequential[2:], (rows[at]["shade"] - low) / ((high - low) or 1))
        for at in mine
    ]


def _medians(
    figure: Sketch, rows: list[dict[str, Any]], measures: tuple[Quantity, Quantity], colours: Palette
) -> None:
    line = {"color": colours.muted, "width": 1, "dash": "dot"}
    font = {"size": 11, "color": colours.muted}
    x, y = (_median([row[key] for row in rows]) for key in ("x", "y"))
    figure.add_vline(x=x, line=line)
    figure.add_hline(y=y, line=line)
    at = math.log10(x) if figure.layout["xaxis"].get("type") == "log" else x
    height = math.log10(y) if figure.layout["yaxis"].get("type") == "log" else y
    words = [f"median {plain(each.text(value))}" for each, value in zip(measures, (x, y), strict=True)]
    frame = {"showarrow": False, "font": font, "yanchor": "bottom"}
    figure.add_annotation(x=at, y=1, yref="paper", text=words[0], **frame)
    figure.add_annotation(x=1, xref="paper", xanchor="right", y=height, text=words[1], **frame)


def _median(values: Sequence[float]) -> float:
    return float(pl.Series(values, dtype=pl.Float64).median())  # type: ignore[arg-type]


def _names(
    figure: Sketch, rows: list[dict[str, Any]], axes: dict[str, Any], sized: bool, colours: Palette
) -> None:
    """The names of the points that tell most, above unseen copies of their bubbles that no pointer meets."""
    named, sizes = telling(rows, axes, figure.layout["height"]), _sizes(rows, sized)
    if named:
        figure.add_scatter(
            x=[rows[at]["x"] for at in named],
            y=[rows[at]["y"] for at in named],
            mode="markers+text",
            text=[plain(shortened(rows[at]["label"], 18)) for at in named],
            textposition=[_side(rows[at]["x"], axes["x"]) for at in named],
            textfont={"size": 12, "color": colours.text, "shadow": HALO.format(colours.card)},
            marker={"size": [sizes[at] for at in named], "opacity": 0},
            hoverinfo="skip",
            showlegend=False,
            cliponaxis=False,
        )


def _side(value: float, axis: dict[str, Any]) -> str:
    """Where a name goes, so that those near the edges stay inside."""
    low, high = axis["range"]
    at = ((math.log10(value) if axis.get("type") == "log" else value) - low) / ((high - low) or 1)
    return "top right" if at < 0.1 else "top left" if at > 0.85 else "top center"


def _note(rows: list[dict[str, Any]], given: int, size: Quantity | None, shade: Quantity | None) -> str:
    said = [f"Size: {size.label}"] if size else []
    known = [row["shade"] for row in rows if shade and row["shade"] is not None]
    if shade and known:
        said.append(f"colour: {shade.label}, {shade.text(min(known))} to {shade.text(max(known))}")
    if len(rows) < given:
        said.append(f"{formats.count_text(given - len(rows), 'member')} without a value not drawn")
    return " · ".join(said)

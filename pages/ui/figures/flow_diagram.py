"""A Sankey diagram: how many went from each member on the left to each on the right, by bands as wide as many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.figure_layout import label, layout, plain, texted
from pages.ui.figures.sketch import Sketch
from pages.ui.style.formats import format_value
from pages.ui.style.theme import Palette, faded

NODE_PIXELS, GAP, BAND = 12, 18, 0.45
ROW_PIXELS, LEAST = 42, 200
# Names lie on the bands, and thin ones shall not strike them out.
HALO = ", ".join(["0 0 3px {0}"] * 6)


def flow_diagram(
    frame: pl.DataFrame,
    colours: Palette,
    tints: Mapping[str, str],
    signs: Mapping[str, str],
    *,
    unit: str = "count",
    height: int | None = None,
) -> go.Figure:
    """Bands from the left to the right (`row_id`, `row_label`, `column_id`, `column_label`, `value`, `kind`), in order.

    Each `kind` has its tint and its sign, and ends at a mark of its own on the right, so that whoever does not tell the
    tints apart reads the signs. Bands have two sides and never a way back: a member stands on both.
    """
    bands = [row for row in texted(frame, unit, "") if (row["value"] or 0) > 0]
    left = {row["row_id"]: row["row_label"] for row in bands}
    right = {(row["column_id"], row["kind"]): row["column_label"] for row in bands}
    begin = {one: at for at, one in enumerate(left)}
    end = {one: len(left) + at for at, one in enumerate(right)}
    figure = Sketch(layout(colours, height or max(LEAST, ROW_PIXELS * max(len(left), len(right)))))
    if not bands:
        return figure.blank()
    totals = [sum(row["value"] for row in bands if row["row_id"] == one) for one in left]
    totals += [
        sum(row["value"] for row in bands if (row["column_id"], row["kind"]) == mark) for mark in right
    ]
    names = [label(name) for name in left.values()]
    names += [f"{plain(signs[kind])} {label(name)}" for (_, kind), name in right.items()]
    texts = [format_value(total, unit) for total in totals]
    figure.add_sankey(
        arrangement="fixed",
        node={
            "label": [f"{name} {text}" for name, text in zip(names, texts, strict=True)],
            "color": [colours.muted] * len(left) + [tints[kind] for _, kind in right],
            "thickness": NODE_PIXELS,
            "pad": GAP,
            "line": {"width": 0},
            "sort": "input",
            "hovertemplate": "<b>%{label}</b><extra></extra>",
        },
        link={
            "source": [begin[row["row_id"]] for row in bands],
            "target": [end[row["column_id"], row["kind"]] for row in bands],
            "value": [row["value"] for row in bands],
            "color": [faded(tints[row["kind"]], BAND) for row in bands],
            "customdata": [_told(row, signs) for row in bands],
            "hovertemplate": "<b>%{customdata[0]}</b><br>%{customdata[1]}<extra></extra>",
        },
        textfont={"size": 12, "color": colours.text, "shadow": HALO.format(colours.card)},
    )
    return figure.blank()


def _told(row: Mapping[str, Any], signs: Mapping[str, str]) -> list[str]:
    way = f"{plain(row['row_label'])} {plain(signs[row['kind']])} {plain(row['column_label'])}"
    return [way, f"{plain(row['text'])}, {plain(row['kind'])}"]

"""What the figures share: layout, colours, labels, axes, and how a mark carries its id."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.style import formats
from pages.ui.style.theme import FONT, Palette

CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}
OTHERS = "(others)"
BETWEEN_IDS = "\x1f"
LABEL_LENGTH = 26


def layout(colours: Palette, height: int) -> dict[str, Any]:
    """What all figures share: no frame of their own, the page's font, axes that do not move."""
    axis = {
        "automargin": True,
        "zeroline": False,
        "fixedrange": True,
        "ticks": "",
        "gridcolor": colours.line,
        "ticklabelstandoff": 2,
    }
    return {
        "height": height,
        "margin": {"l": 4, "r": 8, "t": 10, "b": 4},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": colours.muted},
        "colorway": list(colours.series),
        "hoverlabel": {
            "bgcolor": colours.card,
            "bordercolor": colours.border,
            "align": "left",
            "font": {"family": FONT, "size": 12, "color": colours.text},
        },
        "hovermode": "closest",
        "dragmode": False,
        "clickmode": "event+select",
        "showlegend": False,
        "xaxis": dict(axis),
        "yaxis": dict(axis),
    }


def texted(frame: pl.DataFrame, unit: str, currency: str) -> list[dict[str, Any]]:
    """The frame's rows, each with a text; written here where the caller gave none."""
    rows = frame.to_dicts()
    scale = formats.scale_of((row["value"] for row in rows), unit, currency)
    for row in rows:
        row["text"] = row.get("text") or formats.format_value(row["value"], unit, currency, scale)
    return rows


def round_ticks(low: float, high: float) -> list[float]:
    """Four to six round numbers that hold a range."""
    span = (high - low) or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(span / 4))
    step = next(power * each for each in (1, 2, 2.5, 5, 10) if span / (power * each) <= 5)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [each * step for each in range(first, max(last, first + 1) + 1)]


def tick_texts(ticks: list[float], unit: str, currency: str) -> list[str]:
    scale = formats.scale_of(ticks, unit, currency)
    decimals = next(
        (
            d
            for d in range(7)
            if all(abs(round(t / scale.divisor, d) - t / scale.divisor) < 1e-9 for t in ticks)
        ),
        2,
    )
    scales = [formats.Scale(scale.divisor, scale.letter if t else "", decimals if t else 0) for t in ticks]
    return [
        plain(formats.format_value(t, unit, currency, each)) for t, each in zip(ticks, scales, strict=True)
    ]


def bubbles(values: Sequence[float | None], smallest: float, largest: float) -> list[float]:
    """Sizes whose areas follow the values."""
    top = max((each for each in values if each is not None), default=0) or 1
    return [
        max(smallest, largest * math.sqrt(max(each or 0, 0) / top)) if each is not None else smallest
        for each in values
    ]


def note(figure: go.Figure, text: str, colours: Palette) -> None:
    figure.add_annotation(
        text=plain(text),
        x=0,
        y=0,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="top",
        yshift=-4,
        showarrow=False,
        font={"size": 11, "color": colours.muted},
    )
    figure.update_layout(margin_b=22)


def ids(*parts: Any) -> str:
    return BETWEEN_IDS.join(map(str, parts))


def label(text: Any, length: int = LABEL_LENGTH) -> str:
    """A name short enough for an axis, and safe there."""
    name = str(text)
    return plain(name if len(name) <= length else name[: length - 1].rstrip() + "…")


def plain(text: Any) -> str:
    """Plotly reads a little HTML in texts: names are shown as they are."""
    return html.escape(str(text), quote=False)

"""What the figures share: layout, colours, labels, axes, and how a mark carries its id."""

from __future__ import annotations

import html
import math
import re
import textwrap
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.sketch import Sketch
from pages.ui.style import formats, locales
from pages.ui.style.locales import ENGLISH, Locale
from pages.ui.style.theme import FONT, Palette

CONFIG = {
    "displayModeBar": "hover",
    "modeBarButtonsToRemove": ["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "resetScale2d"],
    "displayNotifier": False,
    "scrollZoom": False,
    "doubleClick": False,
    "showTips": False,
}
IMAGE_SCALE = 2
OTHERS = "(others)"
BETWEEN_IDS = "\x1f"
LABEL_LENGTH = 26
HEADLINE = 46


def config(name: str) -> dict[str, Any]:
    """Plotly's settings of one chart; its image is saved under the first words of a name, which may be a sentence."""
    words = "-".join(re.findall(r"\w+", re.split(r"[.,;:]\s", name.lower())[0])[:8])
    image = {"format": "png", "filename": words or "chart", "scale": IMAGE_SCALE}
    return CONFIG | {"toImageButtonOptions": image} | _in_language(locales.current())


def _in_language(locale: Locale) -> dict[str, Any]:
    """What Plotly itself writes: the months of an axis of time. It knows English."""
    if locale == ENGLISH:
        return {}
    signs = {"shortMonths": list(locale.names), "decimal": locale.decimal, "thousands": locale.group}
    return {"locale": locale.language, "locales": {locale.language: {"dictionary": {}, "format": signs}}}


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
        "template": {},
        "height": height,
        "margin": {"l": 4, "r": 8, "t": 20, "b": 4},
        "paper_bgcolor": colours.card,
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": colours.muted},
        "colorway": list(colours.series),
        "modebar": {"bgcolor": colours.card, "color": colours.muted, "activecolor": colours.text},
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


def bubbles(values: Sequence[float | None], smallest: float, largest: float) -> list[float]:
    """Sizes whose areas follow the values."""
    top = max((each for each in values if each is not None), default=0) or 1
    return [
        max(smallest, largest * math.sqrt(max(each or 0, 0) / top)) if each is not None else smallest
        for each in values
    ]


def note(figure: go.Figure | Sketch, text: str, colours: Palette, below: int = 4) -> None:
    """A sentence `below` the marks by so many pixels."""
    figure.add_annotation(
        text=plain(text),
        x=0,
        y=0,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="top",
        yshift=-below,
        showarrow=False,
        font={"size": 11, "color": colours.muted},
    )
    figure.update_layout(margin={"b": 18 + below})


def headline(figure: Sketch, text: str, colours: Palette, above: int = 8) -> None:
    """A sentence `above` the marks by so many pixels that says what they come to, on lines that a phone holds."""
    lines = textwrap.wrap(text, HEADLINE) or [""]
    figure.add_annotation(
        text="<br>".join(map(plain, lines)),
        x=0,
        y=1,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="bottom",
        yshift=above,
        align="left",
        showarrow=False,
        font={"size": 12, "color": colours.muted},
    )
    figure.update_layout(margin={"t": 10 + above + 16 * len(lines)})


def legend_above() -> dict[str, Any]:
    """A legend that only names: a click on it would hide a mark and its part of the whole."""
    return {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "y": 1.02,
        "yanchor": "bottom",
        "maxheight": 0.9,
        "itemclick": False,
        "itemdoubleclick": False,
        "font": {"size": 12},
        "bgcolor": "rgba(0,0,0,0)",
    }


def members(frame: pl.DataFrame, side: str) -> dict[str, str]:
    """Ids with labels of the rows or the columns of cells, in order of appearance."""
    pairs = frame.select(f"{side}_id", f"{side}_label").unique(maintain_order=True).iter_rows()
    return {one: str(label) for one, label in pairs}


def ids(*parts: Any) -> str:
    return BETWEEN_IDS.join(map(str, parts))


def label(text: Any, length: int = LABEL_LENGTH) -> str:
    """A name short enough for an axis, and safe there."""
    return plain(shortened(text, length))


def shortened(text: Any, length: int = LABEL_LENGTH) -> str:
    """A name cut in the middle, for either end may tell it from others."""
    name = str(text)
    if len(name) <= length:
        return name
    end = (length - 1) // 3
    return f"{name[: length - 1 - end].rstrip()}…{name[-end:].lstrip()}"


def plain(text: Any) -> str:
    """Plotly reads a little HTML in texts: names are shown as they are."""
    return html.escape(str(text), quote=False)

"""A histogram: how many members have how much, with the values that a tenth, half and nine tenths do not exceed."""

from __future__ import annotations

import math

import plotly.graph_objects as go
import polars as pl

from pages.ui.figures.figure_layout import headline, ids, layout, plain
from pages.ui.figures.number_axes import tick_texts, value_axis
from pages.ui.figures.quantity import Quantity
from pages.ui.figures.rest_members import hatch
from pages.ui.figures.sketch import Sketch
from pages.ui.figures.value_bins import LOWER, MIDDLE, UPPER, ValueBin, counts_of_values, quantile, value_bins
from pages.ui.style import formats
from pages.ui.style.formats import count_text, number_text, share_text
from pages.ui.style.theme import Palette

MARKED = ((LOWER, "10%"), (MIDDLE, "Half"), (UPPER, "90%"))
MARK_PIXELS = 17
MOST_TICKS = 9
WRITTEN = 18


def histogram(
    frame: pl.DataFrame,
    colours: Palette,
    *,
    measure: Quantity,
    member: str = "customer",
    height: int = 340,
) -> go.Figure:
    """How many members have how much of `measure`: a `value` each, or distinct values with their `members`.

    Bins widen (1, 2, 5, 10 ...) where values are skewed, which the axis says. Exactly zero is a bin of its own, and
    what lies below zero is orange. A click gives `[low, high]` of a bin as text, empty where it is open.
    """
    figure = Sketch(layout(colours, height))
    counted = counts_of_values(frame)
    if counted.is_empty():
        return figure.blank()
    bins, widens = value_bins(frame)
    _bars(figure, bins, _names(bins, widens, measure), member, colours)
    figure.update_yaxes(**value_axis([each.members for each in bins], "count", "", colours))
    _bin_axis(figure, bins, widens, measure, colours)
    _quantiles(figure, bins, counted, widens, measure, colours)
    words = distribution_words(frame, measure=measure, member=member)
    headline(figure, words, colours, above=8 + MARK_PIXELS * len(MARKED))
    return figure.figure()


def _bars(figure: Sketch, bins: list[ValueBin], names: list[str], member: str, colours: Palette) -> None:
    total = sum(each.members for each in bins)
    figure.add_bar(
        x=[place + 0.5 for place in range(len(bins))],
        y=[each.members for each in bins],
        width=[0.94] * len(bins),
        customdata=[
            [
                ids(*("" if math.isinf(end) else f"{end:g}" for end in (each.low, each.high))),
                name,
                plain(f"{count_text(each.members, member)}, {share_text(each.members / total, 1)}"),
            ]
            for each, name in zip(bins, names, strict=True)
        ],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
        text=[_bin_text(each.members) if len(bins) <= WRITTEN else "" for each in bins],
        textposition="outside",
        textangle=0,
        cliponaxis=False,
        textfont={"size": 11, "color": colours.muted},
        marker={
            "color": [_colour(each, colours) for each in bins],
            "pattern": hatch(colours, [each.is_zero for each in bins]),
            "line": {"width": 0},
        },
        unselected={"marker": {"opacity": 1}},
    )


def distribution_words(frame: pl.DataFrame, *, measure: Quantity, member: str = "customer") -> str:
    """How many members, what half of them do not exceed, and how many lie at or below zero, as a sentence."""
    counted = counts_of_values(frame)
    if counted.is_empty():
        return f"No {member} has any {measure.label.lower()}."
    half = measure.text(quantile(counted, MIDDLE))
    said = f"{count_text(int(counted['members'].sum()), member)}; half have {half} or less"
    below = int(counted.filter(pl.col("value") < 0)["members"].sum())
    zero = int(counted.filter(pl.col("value") == 0)["members"].sum())
    apart = [f"{number_text(zero)} at zero"] * bool(zero)
    apart += [f"{number_text(below)} below zero"] * bool(below)
    return f"{said}; {', '.join(apart)}." if apart else f"{said}."


def _bin_text(members: int) -> str:
    return formats.format_value(members, "count", compact=True) if members else ""


def _edge_texts(edges: list[float], widens: bool, measure: Quantity) -> list[str]:
    """Edges in one unit; each in its own where they are powers of ten apart."""
    if widens:
        return [tick_texts([each], measure.unit, measure.currency)[0] for each in edges]
    return tick_texts(edges, measure.unit, measure.currency)


def _names(bins: list[ValueBin], widens: bool, measure: Quantity) -> list[str]:
    bounded = [each for each in bins if not math.isinf(each.low)]
    edges = sorted({edge for each in bounded for edge in (each.low, each.high)})
    texts = dict(zip(edges, _edge_texts(edges, widens, measure), strict=True))
    return [
        "Zero"
        if each.is_zero
        else "Below zero"
        if math.isinf(each.low)
        else f"{texts[each.low]} to {texts[each.high]}"
        for each in bins
    ]


def _colour(each: ValueBin, colours: Palette) -> str:
    if each.is_zero:
        return colours.others
    return colours.fill if each.low >= 0 else colours.falls


def _bin_axis(
    figure: Sketch, bins: list[ValueBin], widens: bool, measure: Quantity, colours: Palette
) -> None:
    """Edges below the borders of bins, every few where they are many; zero below the middle of its own."""
    own = {place + 0.5: "0" for place, each in enumerate(bins) if each.is_zero}
    own |= {place + 0.5: "&lt; 0" for place, each in enumerate(bins) if math.isinf(each.low)}
    edges = {float(place): each.low for place, each in enumerate(bins) if place + 0.5 not in own}
    edges[float(len(bins))] = bins[-1].high
    edges = {at: edge for at, edge in edges.items() if all(abs(at - mark) > 1 for mark in own)}
    step = -(-len(edges) // MOST_TICKS)
    wide = 1.0 if widens else max(each.high - each.low for each in bins)
    shown = {
        at: edge
        for rank, (at, edge) in enumerate(edges.items())
        if (rank if widens else round(edge / wide)) % step == 0
    }
    texts = _edge_texts(list(shown.values()), widens, measure) if shown else []
    ticks = own | dict(zip(shown, texts, strict=True))
    figure.update_xaxes(
        tickvals=list(ticks),
        ticktext=list(ticks.values()),
        range=[-0.05, len(bins) + 0.05],
        showgrid=False,
        tickangle=0,
        title={
            "text": plain(f"{measure.label}{' (bins widen: logarithmic)' if widens else ''}"),
            "font": {"size": 12, "color": colours.muted},
            "standoff": 10,
        },
    )


def _quantiles(
    figure: Sketch,
    bins: list[ValueBin],
    counted: pl.DataFrame,
    widens: bool,
    measure: Quantity,
    colours: Palette,
) -> None:
    """A line at each quantile, named above the bars, each on a line of its own so that names never meet."""
    for rank, (share, name) in enumerate(MARKED):
        value = quantile(counted, share)
        at = _place(value, bins, widens)
        left = at <= len(bins) / 2
        figure.add_shape(
            type="line",
            x0=at,
            x1=at,
            y0=0,
            y1=1,
            yref="paper",
            line={"color": colours.text, "width": 1.5 if share == MIDDLE else 1, "dash": "dot"},
        )
        figure.add_annotation(
            x=at,
            y=1,
            yref="paper",
            yanchor="bottom",
            yshift=4 + MARK_PIXELS * rank,
            xanchor="left" if left else "right",
            showarrow=False,
            text=f"<b>{name}</b> {plain(measure.text(value))} or less",
            font={"size": 11, "color": colours.text},
        )


def _place(value: float, bins: list[ValueBin], widens: bool) -> float:
    """Where a value lies along bins of one width each; in the middle of one whose inside is not told apart."""
    place = next((at for at, each in enumerate(bins) if each.holds(value)), len(bins) - 1)
    low, high = bins[place].low, bins[place].high
    if bins[place].is_zero or math.isinf(low):
        return place + 0.5
    start, end, at = (math.log10(each) for each in (low, high, value)) if widens else (low, high, value)
    return place + (at - start) / (end - start)

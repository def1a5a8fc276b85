"""Axes of numbers: round ticks in one unit, from zero or by decades."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from pages.ui.figures.figure_layout import plain
from pages.ui.style import formats
from pages.ui.style.theme import Palette

MOST_DECADES = 3


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


def value_axis(
    values: Iterable[float | None],
    unit: str,
    currency: str,
    colours: Palette,
    from_zero: bool = True,
) -> dict[str, Any]:
    """What an axis takes so that it holds these values, and zero where asked."""
    known = [each for each in values if each is not None] or [0.0]
    low, high = (min(0.0, *known), max(0.0, *known)) if from_zero else (min(known), max(known))
    ticks = round_ticks(low, high)
    return {
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": tick_texts(ticks, unit, currency),
        "range": [ticks[0], max(ticks[-1], high * 1.02)],
        "gridcolor": colours.line,
        "ticklabelstandoff": 6,
    }


def spans_decades(values: Iterable[float | None]) -> bool:
    """Whether values are all above zero and so far apart that only powers of ten show the small ones."""
    known = [each for each in values if each is not None]
    return bool(known) and min(known) > 0 and max(known) / min(known) > 10**MOST_DECADES


def decade_axis(values: Iterable[float | None], unit: str, currency: str, colours: Palette) -> dict[str, Any]:
    """What a logarithmic axis takes so that it holds these values, all above zero; a tick each power of ten."""
    known = [each for each in values if each is not None]
    first, last = math.log10(min(known)), math.log10(max(known))
    ticks = [10.0**power for power in range(math.floor(first), math.ceil(last) + 1)]
    air = (last - first) * 0.1
    return {
        "type": "log",
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [tick_texts([each], unit, currency)[0] for each in ticks],
        "range": [first - air, last + air],
        "gridcolor": colours.line,
        "ticklabelstandoff": 6,
    }

"""An axis of time, and what its periods are called."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from pages.ui.style import formats
from pages.ui.style.theme import Palette


def time_axis(periods: list[date], colours: Palette) -> dict[str, Any]:
    """What an axis takes so that it holds these periods, in order, and a little room beside them."""
    side = (periods[-1] - periods[0]) * 0.015
    return {
        "range": [periods[0] - side, periods[-1] + side],
        "showgrid": False,
        "tickformat": _day_format(periods),
        "tickangle": 0,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": colours.border,
        "showline": True,
        "linecolor": colours.border,
    }


def period_text(period: date, periods: Iterable[date]) -> str:
    """A year or a month by its name where all periods begin one; else the day that a period begins with."""
    days = {(each.month, each.day) for each in periods}
    if days == {(1, 1)}:
        return f"{period.year}"
    return formats.format_month(period) if {day for _, day in days} == {1} else formats.format_day(period)


def _day_format(periods: list[date]) -> str:
    """Years, months with the year below its first, or days."""
    span = (periods[-1] - periods[0]).days if len(periods) > 1 else 0
    return "%Y" if span > 365 * 8 else "%b\n%Y" if span > 120 else "%-d %b"

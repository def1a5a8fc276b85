"""Segments formed anew at each month's end, by the same recipe and from what was known by then alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta

import polars as pl

Frame = Callable[[date], pl.DataFrame]
Form = Callable[[pl.DataFrame, date], Mapping[str, str]]
Progress = Callable[[float, str], object]


def month_ends(first: date, last: date) -> list[date]:
    """The last days of the months from `first` on that end before `last`."""
    found, month = [], first.year * 12 + first.month
    while (end := date(month // 12, month % 12 + 1, 1) - timedelta(days=1)) < last:
        found.append(end)
        month += 1
    return found


def formed_anew(
    days: Sequence[date], frame: Frame, form: Form, progress: Progress
) -> Iterator[tuple[date, Mapping[str, str]]]:
    """Each day with the segment of each customer known by then; days before anybody is known are left out."""
    for at, day in enumerate(days):
        progress(at / len(days), f"{day:%B %Y}, {at + 1} of {len(days)} months")
        known = frame(day)
        if not known.is_empty():
            yield day, form(known, day)

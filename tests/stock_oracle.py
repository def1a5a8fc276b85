"""Stock answered the slow way: each period, each series, each day looked at in turn; nothing shared with `cubes`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tests.oracle import period

Key = tuple[str | None, ...]
CARRIED_DAYS = 92
TIMES = ("year", "quarter", "month", "week", "iso_year", "day")


@dataclass(frozen=True)
class Count:
    """One count: what lay of a product, which then was in a category, of a partner in a place."""

    day: date
    product: str
    category: str
    partner: str
    place: str
    on_hand: int | None

    @property
    def series(self) -> tuple[str, str, str]:
        return self.product, self.partner, self.place

    def member(self, level: str) -> str:
        return f"Home/{self.category}" if level == "category" else str(getattr(self, level))


def cells(
    counts: Sequence[Count],
    rows: tuple[str, ...],
    how: str,
    asked: Callable[[date], bool] = lambda day: True,
    met: Callable[[Count], bool] = lambda count: True,
) -> dict[Key, float]:
    """The cells by `rows` and their subtotals, of stock at its `last` or `first` count, or on `average`."""
    if not counts:
        return {}
    first, last = min(each.day for each in counts), max(each.day for each in counts)
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    days = [day for day in days if asked(day)]
    known = [each for each in counts if each.on_hand is not None]
    found: dict[Key, float] = {}
    for kept in range(len(rows) + 1):
        levels = rows[:kept]
        times = [level for level in levels if level in TIMES]
        for names in {tuple(period(day, level) for level in times) for day in days}:
            inside = [day for day in days if tuple(period(day, level) for level in times) == names]
            for series in {each.series for each in known}:
                own = [each for each in known if each.series == series]
                for count, value in taken(own, inside, how):
                    if met(count):
                        own_names = iter(names)
                        key = [next(own_names) if x in TIMES else count.member(x) for x in levels]
                        whole = (*key, *[None] * (len(rows) - kept))
                        found[whole] = found.get(whole, 0) + value
    return found


def taken(own: list[Count], days: list[date], how: str) -> list[tuple[Count, float]]:
    """The counts of one series that a period of these days takes, and what each brings."""
    inside = [each for each in own if each.day in days]
    if how == "average":
        counted = len({each.day for each in inside})
        return [(each, (each.on_hand or 0) / counted) for each in inside]
    if inside:
        at = (max if how == "last" else min)(each.day for each in inside)
    else:
        before = [each.day for each in own if each.day < days[0]]
        at = max(before, default=date.min)
        if days[-1] - at > timedelta(days=CARRIED_DAYS):
            return []
    return [(each, each.on_hand or 0) for each in own if each.day == at]


def uncounted(counts: Sequence[Count], days: list[date]) -> tuple[int, int]:
    """Of how many series a period has no count but an earlier one, and how many it has any of."""
    known = [each for each in counts if each.on_hand is not None]
    series = {each.series for each in known}
    stands = [each for each in series if taken([x for x in known if x.series == each], days, "last")]
    counted = {each.series for each in known if each.day in days}
    return len(set(stands) - counted), len(stands)

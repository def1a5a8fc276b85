"""The days of a fact: those of ordinary traffic, which say what "now" is, and the few that lie years from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from data.model.calendar import Days, day_key, to_date

Rows = Callable[..., list[tuple[Any, ...]]]
Day = tuple[int, int]  # its key, and how many rows it has
DaysOf = Callable[[str], Sequence[Day] | None]

A_YEAR = 366
PAUSES = 3  # as long as so many of the longest pause is no pause any longer
HANDFUL = 5  # days
SHARE = 10  # one in so many days and rows
FEW = 20  # rows
PLACEHOLDERS = frozenset(
    day_key(date.fromisoformat(each)) for each in ("1900-01-01", "1970-01-01", "2099-12-31", "2199-12-31")
)


@dataclass(frozen=True, slots=True)
class Outlier:
    """A day years away from the ordinary ones, and how many rows are dated so."""

    day: date
    lines: int


@dataclass(frozen=True, slots=True)
class Extent:
    """How many rows a fact table holds, and its first and last day of ordinary traffic; None where it is empty.

    `outliers` are the days years away from those; their rows are among `lines`.
    """

    lines: int
    first_day: date | None
    last_day: date | None
    outliers: tuple[Outlier, ...] = ()

    @property
    def ordinary(self) -> Days | None:
        """The days of ordinary traffic."""
        if self.first_day is None or self.last_day is None:
            return None
        return Days(day_key(self.first_day), day_key(self.last_day))

    @property
    def whole(self) -> Days | None:
        """From the first to the last day of all rows."""
        if self.ordinary is None:
            return None
        far = [day_key(each.day) for each in self.outliers]
        return Days(min(self.ordinary.first, *far), max(self.ordinary.last, *far)) if far else self.ordinary

    @property
    def far_lines(self) -> int:
        """How many rows lie outside ordinary traffic."""
        return sum(each.lines for each in self.outliers)


def extents_of(rows: Rows, facts: Sequence[str], days: DaysOf = lambda _: None) -> dict[str, Extent]:
    """The extents of fact tables; `days` tells those of one, in order, where they are known already."""
    known = {fact: own for fact in facts if (own := days(fact)) is not None}
    others = [fact for fact in facts if fact not in known]
    ends = " UNION ALL ".join(
        f"SELECT '{fact}', count(*), min(day_key), max(day_key) FROM {fact}" for fact in others
    )
    found = {fact: told for fact, *told in (rows(ends) if others else [])}
    return {
        fact: _of_days(known[fact]) if fact in known else _extent(rows, fact, *found[fact]) for fact in facts
    }


def _extent(rows: Rows, fact: str, lines: int, first: int | None, last: int | None) -> Extent:
    """The days of a fact table are only looked at one by one where they could lie far apart."""
    if first is None or last is None:
        return Extent(0, None, None)
    if last - first <= A_YEAR:
        return Extent(lines, to_date(first), to_date(last))
    return _of_days(rows(f"SELECT day_key, count(*) FROM {fact} GROUP BY day_key ORDER BY day_key"))


def _of_days(days: Sequence[Day]) -> Extent:
    if not days:
        return Extent(0, None, None)
    first, last, lines = days[0][0], days[-1][0], _rows(days)
    if last - first <= A_YEAR:
        return Extent(lines, to_date(first), to_date(last))
    ordinary, far = told_apart(days)
    return Extent(lines, to_date(ordinary.first), to_date(ordinary.last),
                  tuple(Outlier(to_date(day), count) for day, count in far))  # fmt: skip


def told_apart(days: Sequence[Day]) -> tuple[Days, tuple[Day, ...]]:
    """The days of ordinary traffic, and the outliers before and after them; `days` in order, one at least.

    Where more than a year passes without a row, the days fall into parts; the one with the most days is ordinary.
    Another part is so as well where the pause between is at most three times as long as the longest of the ordinary
    days, and where it is more than a handful: more than five days, a tenth of the ordinary part's days or rows, or
    more rows than an ordinary day brings (20 at least). Days that stand for "no date" are outliers however many rows
    they have. What lies between ordinary parts is ordinary.
    """
    parts = _parts(days)
    at = max(range(len(parts)), key=lambda each: (len(parts[each]), _rows(parts[each])))
    main = parts[at]
    pause = max([A_YEAR, *(PAUSES * (later[0] - day[0]) for day, later in pairwise(main))])
    first = main[0][0]
    for part in reversed(parts[:at]):
        first = part[0][0] if first - part[-1][0] <= pause or not _is_handful(part, main) else first
    last = main[-1][0]
    for part in parts[at + 1 :]:
        last = part[-1][0] if part[0][0] - last <= pause or not _is_handful(part, main) else last
    return Days(first, last), tuple(day for day in days if not first <= day[0] <= last)


def _parts(days: Sequence[Day]) -> list[list[Day]]:
    """The days cut where more than a year passes without a row."""
    parts = [[days[0]]]
    for day, later in pairwise(days):
        if later[0] - day[0] > A_YEAR:
            parts.append([])
        parts[-1].append(later)
    return parts


def _is_handful(part: Sequence[Day], main: Sequence[Day]) -> bool:
    if all(day in PLACEHOLDERS for day, _ in part):
        return True
    usual = max(FEW, _rows(main) // len(main))
    few_days = len(part) <= min(HANDFUL, len(main) // SHARE)
    return few_days and _rows(part) <= min(usual, _rows(main) // SHARE)


def _rows(part: Iterable[Day]) -> int:
    return sum(count for _, count in part)

"""Periods told from where the data end: the last 90 days, this year to date. A link holds the words, not the dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from data.errors import BadRequest
from data.model.calendar import FIRST_YEAR, GRAINS, Calendar, Days, day_key
from data.model.typed_count import whole

EXAMPLES = (
    "last 90 days, last 12 months, last complete month, previous year, this quarter or fiscal year to date"
)
MOST = 9999
EARLIEST = day_key(date(FIRST_YEAR, 1, 1))  # many periods may reach back before all calendars
UNITS = "|".join(grain.replace("_", " ") for grain in sorted(GRAINS, key=len, reverse=True))
SEVERAL = re.compile(rf"last (\d+) (complete )?({UNITS})s?")
ONE = re.compile(rf"(?:(last complete|last|previous|this) )?({UNITS})( to date)?")
LIKE_ONE = re.compile(r"(last|previous|this)\s+\S.*|.*\S\s+to date", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RelativePeriod:
    """So many periods of a level, the last of them `back` before the one that the data end in.

    `complete`: periods that the data do not reach the end of are passed over. `to_date`: no day after the data's last.
    """

    level: str
    count: int = 1
    back: int = 0
    complete: bool = False
    to_date: bool = False

    def days(self, calendar: Calendar, end: int) -> Days:
        """The days meant, where the data end on the day `end`."""
        last = calendar.period_at(self.level, end) - self.back
        if self.complete and calendar.days_of(self.level, last).last > end:
            last -= 1
        earliest = calendar.period_at(self.level, EARLIEST) + 1
        first = calendar.days_of(self.level, max(last - self.count + 1, earliest)).first
        final = calendar.days_of(self.level, last).last
        return Days(first, min(final, end) if self.to_date else final)


def parse_relative(text: str) -> RelativePeriod | None:
    """What the words say; None for what is no such period. Raises BadRequest for words that only look like one.

    >>> parse_relative("last complete month")
    RelativePeriod(level='month', count=1, back=0, complete=True, to_date=False)
    """
    words = " ".join(text.casefold().split()).removeprefix("the ")
    several, one = SEVERAL.fullmatch(words), ONE.fullmatch(words)
    count = whole(several[1]) if several else None
    if several and count and count <= MOST:
        return RelativePeriod(
            several[3].replace(" ", "_"), count, complete=bool(several[2]), to_date=not several[2]
        )
    if one and (one[1] in ("this", None) if one[3] else one[1]):
        level, complete = one[2].replace(" ", "_"), one[1] == "last complete"
        return RelativePeriod(level, 1, int(one[1] in ("last", "previous")), complete, bool(one[3]))
    if LIKE_ONE.fullmatch(words):
        raise BadRequest(f"{text!r} is no period.", f"Write {EXAMPLES}.")
    return None
